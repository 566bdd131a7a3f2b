use super::*;
use crate::model::domain::GuestAddress;

const CARD: &str = "<interface type='user'><mac address='52:54:00:AA:00:01'/></interface>";

fn shown(addresses: &[(&str, &str)], runs: bool) -> Option<String> {
    let domain = machine(&["<devices>", CARD, "</devices>"]);
    let addresses = addresses.iter().map(|(mac, address)| GuestAddress {
        interface: "eth0".to_owned(),
        mac: Some((*mac).to_owned()),
        address: (*address).to_owned(),
        prefix: 24,
    });
    let facts = HostFacts {
        addresses: Some(addresses.collect()),
        ..HostFacts::default()
    };
    let node = domain
        .devices_of(crate::model::xml::domain::DeviceKind::Interface)
        .next()
        .expect("the card");
    let context = Context {
        domain: &domain,
        live: runs.then_some(&domain),
        facts: &facts,
    };
    let page = page(&context, PageId::Device(node));
    page.row("guest-addresses").map(|row| row.value.text().to_owned())
}

#[test]
fn card_of_a_running_machine_says_its_addresses() {
    let own = "52:54:00:aa:00:01";
    let all = [
        ("52:54:00:aa:00:02", "192.0.2.9"),
        (own, "fe80::1"),
        (own, "192.0.2.7"),
        (own, "2001:db8::7"),
    ];
    assert_eq!(shown(&all, true).as_deref(), Some("192.0.2.7, 2001:db8::7"));
    assert_eq!(shown(&all[..2], true).as_deref(), Some("fe80::1"));
    assert_eq!(shown(&all[..1], true).as_deref(), Some("Not known"));
    assert_eq!(shown(&all, false), None);
}
