use crate::model::conversion::tests::host;
use crate::model::conversion::{Bundle, ImportWish, not_here, plan};
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

#[test]
fn a_card_on_a_network_or_with_a_filter_that_the_host_lacks_is_connected_as_usual_and_that_is_told() {
    let cards = "<interface type='network'><source network='lab'/><filterref filter='gone'/></interface>\
        <interface type='network'><source network='lab' portgroup='guests'/><virtualport type='openvswitch'/>\
        <vlan><tag id='42'/></vlan></interface>\
        <interface type='network'><source network='default' portgroup='ours'/><filterref filter='clean-traffic'/></interface>";
    let xml = format!(
        "<domain type='qemu'><name>web</name><vcpu>1</vcpu><os><type>hvm</type></os><devices>{cards}</devices></domain>"
    );
    let appliance = Bundle::new("web").appliance(&xml).unwrap();
    let network = NetworkFact::read("<network><name>default</name></network>", true, false).unwrap();
    let facts = HostFacts {
        networks: Some([network].into()),
        filters: Some(["clean-traffic".to_owned()].into()),
        ..host(None)
    };
    let wish = ImportWish::default();
    let made = plan(&appliance, &[], &wish, &Surroundings::new(&facts)).unwrap().xml;
    assert_eq!(made.matches("<source network='default'").count(), 3, "{made}");
    assert!(!made.contains("lab") && !made.contains("gone"), "{made}");
    assert!(made.contains("filter='clean-traffic'"), "{made}");
    for port in ["virtualport", "vlan", "portgroup='guests'"] {
        assert!(
            !made.contains(port),
            "no other network takes a port of the lost one: {made}"
        );
    }
    assert!(made.contains("portgroup='ours'"), "another card keeps its own: {made}");
    let told: Vec<String> = not_here(&appliance, &wish, &facts)
        .into_iter()
        .map(|problem| problem.text)
        .collect();
    assert_eq!(told.len(), 2, "each is told once: {told:?}");
    assert!(told[0].contains("“lab”") && told[1].contains("“gone”"), "{told:?}");

    let chosen = ImportWish {
        network: NetworkWish::Network("default".into()),
        ..ImportWish::default()
    };
    assert_eq!(not_here(&appliance, &chosen, &facts).len(), 1, "the network is chosen");
    let none = ImportWish {
        network: NetworkWish::None,
        ..ImportWish::default()
    };
    assert!(not_here(&appliance, &none, &facts).is_empty(), "there is no card");

    let mut alone = HostFacts {
        networks: Some([].into()),
        ..host(None)
    };
    alone.kind.hypervisor = "xen".into();
    let made = plan(&appliance, &[], &wish, &Surroundings::new(&alone)).unwrap().xml;
    assert_eq!(made.matches("<source network=").count(), 3, "they can be made: {made}");
    let told = not_here(&appliance, &wish, &alone);
    assert!(
        told.len() == 2 && told.iter().all(|problem| problem.text.contains("make one")),
        "{told:?}"
    );

    let unknown = host(None);
    assert!(unknown.networks.is_none() && unknown.filters.is_none());
    let made = plan(&appliance, &[], &wish, &Surroundings::new(&unknown)).unwrap().xml;
    assert!(
        made.contains("lab") && made.contains("gone"),
        "nothing is known: {made}"
    );
    assert!(not_here(&appliance, &wish, &unknown).is_empty());
}
