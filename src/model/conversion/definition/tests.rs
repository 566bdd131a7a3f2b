use crate::model::conversion::tests::host;
use crate::model::conversion::{Bundle, ImportWish, plan};
use crate::model::creation::{NetworkWish, Surroundings};
use crate::model::facts::{HostFacts, NetworkFact};

#[test]
fn a_card_that_was_connected_to_a_device_of_the_other_host_is_connected_as_usual_here() {
    let card = "<interface type='direct'><mac address='52:54:00:00:00:01'/><source dev='eth7' mode='bridge'/><model type='e1000e'/></interface>";
    let kept = "<interface type='network'><mac address='52:54:00:00:00:02'/><source network='lab'/></interface>";
    let xml = format!(
        "<domain type='qemu'><name>web</name><vcpu>1</vcpu><os><type>hvm</type></os><devices>{card}{kept}</devices></domain>"
    );
    let appliance = Bundle::new("web").appliance(&xml).unwrap();
    assert_eq!(appliance.left_out.len(), 1, "{:?}", appliance.left_out);
    assert!(
        appliance.left_out[0].starts_with("1 network card"),
        "{:?}",
        appliance.left_out
    );
    let network = |name: &str| {
        let xml = format!("<network><name>{name}</name></network>");
        NetworkFact::read(&xml, true, false).unwrap()
    };
    let made = |networks: &[&str], network_wish: NetworkWish| {
        let facts = HostFacts {
            networks: Some(networks.iter().map(|name| network(name)).collect()),
            ..host(None)
        };
        let wish = ImportWish {
            network: network_wish,
            ..ImportWish::default()
        };
        plan(&appliance, &[], &wish, &Surroundings::new(&facts)).unwrap().xml
    };
    let usual = made(&["lab", "default"], NetworkWish::Usual);
    assert!(
        usual.contains("<source network='default'/>") && usual.contains("e1000e"),
        "{usual}"
    );
    assert!(
        usual.contains("<source network='lab'/>"),
        "another card stays where it was: {usual}"
    );
    assert!(!usual.contains("eth7") && !usual.contains("direct"), "{usual}");
    let chosen = made(&["lab", "default"], NetworkWish::Network("lab".into()));
    assert_eq!(chosen.matches("<source network='lab'/>").count(), 2, "{chosen}");
    let alone = made(&[], NetworkWish::Usual);
    assert!(
        alone.contains("<interface type='user'>") && alone.contains("e1000e"),
        "the host has no network: {alone}"
    );
    let mut facts = HostFacts {
        networks: Some([].into()),
        ..host(None)
    };
    facts.kind.hypervisor = "xen".into();
    let made = plan(&appliance, &[], &ImportWish::default(), &Surroundings::new(&facts)).unwrap();
    assert!(
        made.xml.matches("<interface").count() == 1 && !made.xml.contains("e1000e"),
        "Xen has no network without one of the host: {}",
        made.xml
    );
}

#[test]
fn a_drive_has_no_medium_of_the_other_host_although_two_are_named() {
    let xml = "<domain type='qemu'><name>web</name><vcpu>1</vcpu><os><type>hvm</type></os><devices><disk type='file' device='cdrom'>\
        <source file='/there/x.iso'/><source file='/etc/shadow'/><target dev='sda' bus='sata'/></disk></devices></domain>";
    let appliance = Bundle::new("web").appliance(xml).unwrap();
    let made = plan(&appliance, &[], &ImportWish::default(), &Surroundings::new(&host(None))).unwrap();
    assert!(
        made.xml.contains("cdrom") && !made.xml.contains("<source"),
        "{}",
        made.xml
    );
}
