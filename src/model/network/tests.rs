//! Tests of what is decided here.

use ipnet::IpNet;

mod planning;

use super::*;
use crate::model::xml::object::Network;

/// One network with everything that there is, and things that nobody knows.
const FULL: &str = "<network ipv6='yes' trustGuestRxFilters='no' connections='2'>
  <!-- ours -->
  <name>full</name>
  <uuid>7d1ec1a1-0000-4000-8000-000000000001</uuid>
  <metadata><a:b xmlns:a='urn:a'>kept</a:b></metadata>
  <forward dev='eth0' mode='nat'>
    <nat ipv6='yes'>
      <address start='10.1.1.1' end='10.1.1.9'/>
      <port start='1024' end='65535'/>
    </nat>
    <interface dev='eth0' connections='1'/>
  </forward>
  <bridge name='virbr7' stp='on' delay='0' zone='libvirt' future='1'/>
  <mtu size='9000'/>
  <domain name='full.test' localOnly='yes' register='no'/>
  <dns enable='yes' forwardPlainNames='no'>
    <forwarder domain='corp.test' addr='8.8.8.8'/>
    <forwarder addr='1.1.1.1'/>
    <txt name='example' value='a b'/>
    <host ip='192.168.9.2'><hostname>one</hostname><hostname>two</hostname></host>
    <srv service='ldap' protocol='tcp' domain='full.test' target='one' port='389' priority='1' weight='2'/>
  </dns>
  <ip address='192.168.9.1' netmask='255.255.255.0' localPtr='yes'>
    <tftp root='/srv/tftp'/>
    <dhcp>
      <range start='192.168.9.128' end='192.168.9.200'><lease expiry='1' unit='hours'/></range>
      <range start='192.168.9.210' end='192.168.9.220'/>
      <host mac='52:54:00:00:00:01' name='one' ip='192.168.9.2' future='1'><lease expiry='0'/></host>
      <host mac='52:54:00:00:00:02' ip='192.168.9.3'/>
      <bootp file='pxe.0' server='192.168.9.5'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd00:9::1' prefix='64'/>
  <route address='10.9.0.0' prefix='16' gateway='192.168.9.7' metric='2'/>
  <bandwidth><inbound average='1000' peak='2000' burst='512'/></bandwidth>
  <vlan trunk='yes'><tag id='5' nativeMode='tagged'/><tag id='6'/></vlan>
  <port isolated='yes'/>
  <portgroup name='web' default='yes'><vlan><tag id='7'/></vlan><future/></portgroup>
  <dnsmasq:options xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
    <dnsmasq:option value='dhcp-option=3'/>
  </dnsmasq:options>
</network>
";

fn full() -> NetworkDetails {
    NetworkDetails::parse(FULL).expect("a network")
}

fn net(text: &str) -> IpNet {
    text.parse().expect("a subnet")
}

#[test]
fn everything_is_read() {
    let full = full();
    assert_eq!(
        (full.name.as_str(), full.guest_ipv6, full.mtu),
        ("full", Some(true), Some(9000))
    );
    assert_eq!(full.forward.mode, Some(ForwardMode::Nat));
    assert_eq!(full.forward.nat_port_end, Some(65535));
    assert_eq!(full.bridge.zone.as_deref(), Some("libvirt"));
    assert_eq!(full.domain.register, Some(false));
    assert_eq!(full.dns.forwarders.len(), 2);
    assert_eq!(full.dns.hosts[0].names, ["one", "two"]);
    assert_eq!(full.dns.srvs[0].weight, Some(2));
    let dhcp = full.ips[0].dhcp.as_ref().expect("DHCP");
    assert_eq!((dhcp.ranges.len(), dhcp.hosts.len()), (2, 2));
    assert_eq!(dhcp.ranges[0].unit.as_deref(), Some("hours"));
    assert_eq!(dhcp.boot_server.as_deref(), Some("192.168.9.5"));
    assert_eq!(full.ips[0].address_text(), "192.168.9.1/24");
    assert_eq!(full.ips[1].net(), Some(net("fd00:9::1/64")));
    assert_eq!(full.routes[0].address_text(), "10.9.0.0/16");
    assert_eq!(full.traffic.inbound.peak, Some(2000));
    assert_eq!(full.traffic.tags.len(), 2);
    assert_eq!(full.portgroups[0].traffic.tags[0].id, Some(7));
    assert_eq!(full.dnsmasq, ["dhcp-option=3"]);
}

#[test]
fn what_is_not_changed_is_written_back_to_the_byte() {
    assert_eq!(full().write_into(FULL).as_deref(), Ok(FULL));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut seen = 0;
    for folder in [format!("{folder}/libvirt"), format!("{folder}/network")] {
        for entry in std::fs::read_dir(folder).expect("the corpus").flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            let Ok(details) = NetworkDetails::parse(&text) else {
                continue;
            };
            assert_eq!(
                details.write_into(&text).as_ref(),
                Ok(&text),
                "{}",
                entry.path().display()
            );
            // Written anew it says the same, as far as it is known.
            let again = NetworkDetails::parse(&details.to_xml().expect("a definition")).expect("a network");
            assert_eq!(again, details, "{}", entry.path().display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn an_edit_changes_its_place_and_keeps_what_nobody_knows() {
    let mut edited = full();
    let dhcp = edited.ips[0].dhcp.as_mut().expect("DHCP");
    dhcp.hosts[0].ip = Some("192.168.9.9".into());
    dhcp.hosts.remove(1);
    dhcp.ranges.remove(0);
    edited.bridge.delay = Some(4);
    edited.portgroups[0].name = Some("www".into());
    edited.dns.forwarders.swap(0, 1);
    edited.dnsmasq.push("dhcp-option=option:mtu,1400".into());
    let text = edited.write_into(FULL).expect("a definition");
    assert!(
        text.contains(
            "<host mac='52:54:00:00:00:01' name='one' ip='192.168.9.9' future='1'><lease expiry='0'/></host>"
        ),
        "{text}"
    );
    assert!(text.contains("delay='4' zone='libvirt' future='1'"), "{text}");
    assert!(text.contains("<portgroup name='www' default='yes'><vlan><tag id='7'/></vlan><future/></portgroup>"));
    assert!(text.contains("<!-- ours -->") && text.contains(">kept</a:b>"));
    assert!(!text.contains("52:54:00:00:00:02") && !text.contains("192.168.9.128"));
    assert!(text.find("1.1.1.1") < text.find("8.8.8.8"), "{text}");
    assert_eq!(NetworkDetails::parse(&text), Ok(edited));
}

#[test]
fn what_is_no_value_stays_until_it_gets_one() {
    let odd = "<network><name>x</name><bridge name='b' delay='soon'/><mtu size='big'/></network>";
    let mut details = NetworkDetails::parse(odd).expect("a network");
    assert_eq!((details.bridge.delay, details.mtu), (None, None));
    assert_eq!(details.write_into(odd).as_deref(), Ok(odd));
    details.mtu = Some(1500);
    let text = details.write_into(odd).expect("a definition");
    assert!(text.contains("delay='soon'") && text.contains("size='1500'"), "{text}");
}

#[test]
fn an_unknown_mode_stays() {
    let odd = "<network><name>x</name><forward mode='teleport'/></network>";
    let details = NetworkDetails::parse(odd).expect("a network");
    assert_eq!(details.forward.mode, None);
    assert_eq!(details.write_into(odd).as_deref(), Ok(odd));
}

#[test]
fn each_mode_has_its_form() {
    let around = Surroundings::default();
    let of = |mode| {
        let draft = NetworkDraft {
            name: Some("lab <1>".into()),
            mode,
            ipv4: true,
            ipv6: true,
            dhcp: true,
        };
        new_network(&draft, &around).to_xml().expect("a definition")
    };
    let own = "  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.100.1' prefix='24'>
    <dhcp>
      <range start='192.168.100.128' end='192.168.100.254'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd00:0:0:64::1' prefix='64'>
    <dhcp>
      <range start='fd00:0:0:64::1000' end='fd00:0:0:64::ffff'/>
    </dhcp>
  </ip>
";
    for mode in ForwardMode::ALL {
        let forward = match mode {
            ForwardMode::Isolated => String::new(),
            ForwardMode::Nat => "  <forward mode='nat'>\n    <nat ipv6='yes'/>\n  </forward>\n".to_owned(),
            mode => format!("  <forward mode='{}'/>\n", mode.word().unwrap_or_default()),
        };
        let rest = if mode.has_own_bridge() { own } else { "" };
        let wanted = format!("<network>\n  <name>lab &lt;1&gt;</name>\n{forward}{rest}</network>\n");
        assert_eq!(of(mode), wanted);
        assert_eq!(mode.word().and_then(ForwardMode::from_word), mode.word().map(|_| mode));
    }
}

#[test]
fn a_mode_can_be_changed_into_every_other() {
    for from in ForwardMode::ALL {
        for to in ForwardMode::ALL {
            let mut details = full();
            details.forward.mode = Some(from);
            let before = details.write_into(FULL).expect("a definition");
            let mut details = NetworkDetails::parse(&before).expect("a network");
            details.forward.mode = Some(to);
            let after = details.write_into(&before).expect("a definition");
            let read = NetworkDetails::parse(&after).expect("a network");
            assert_eq!(read.forward.mode, Some(to), "{from:?} {to:?}");
            assert_eq!(read.ips, details.ips);
        }
    }
}

#[test]
fn free_subnets_avoid_what_is_taken() {
    let taken = [
        net("192.168.100.0/24"),
        net("0.0.0.0/0"),
        net("192.168.101.128/25"),
        net("fd00:0:0:64::/62"),
    ];
    assert_eq!(
        first_free_ipv4(&taken).map(|net| net.to_string()).as_deref(),
        Some("192.168.102.1/24")
    );
    assert_eq!(
        first_free_ipv6(&taken).map(|net| net.to_string()).as_deref(),
        Some("fd00:0:0:68::1/64")
    );
    assert_eq!(
        first_free_ipv4(&[net("192.168.0.0/16")])
            .map(|net| net.to_string())
            .as_deref(),
        Some("172.16.100.1/24")
    );
    let all = [net("192.168.0.0/16"), net("172.16.0.0/12"), net("10.0.0.0/8")];
    assert_eq!(first_free_ipv4(&all), None);
}

#[test]
fn usual_ranges_fit_their_subnets() {
    let range = |text: &str| usual_range(net(text)).map(|range| (range.start.unwrap(), range.end.unwrap()));
    let some = |start: &str, end: &str| Some((start.to_owned(), end.to_owned()));
    assert_eq!(range("192.168.100.1/24"), some("192.168.100.128", "192.168.100.254"));
    // The host's own address is not lent.
    assert_eq!(range("192.168.100.254/24"), some("192.168.100.1", "192.168.100.253"));
    assert_eq!(range("10.0.0.1/29"), some("10.0.0.4", "10.0.0.6"));
    assert_eq!(range("10.0.0.1/30"), None);
    assert_eq!(range("fd00::1/120"), None);
}

fn spots(details: &NetworkDetails, around: &Surroundings) -> Vec<(Spot, Severity)> {
    let problems = check(details, around).into_iter();
    problems.map(|problem| (problem.spot, problem.severity)).collect()
}

#[test]
fn a_sound_network_has_no_problem() {
    let mut sound = full();
    sound.forward.interfaces.clear();
    assert_eq!(spots(&sound, &Surroundings::default()), []);
    for mode in ForwardMode::ALL.into_iter().filter(|mode| mode.has_own_bridge()) {
        let draft = NetworkDraft {
            mode,
            ipv4: true,
            ipv6: true,
            dhcp: true,
            ..NetworkDraft::default()
        };
        let details = new_network(&draft, &Surroundings::default());
        assert_eq!(check(&details, &Surroundings::default()), [], "{mode:?}");
    }
}

#[test]
fn problems_stand_at_their_values() {
    let none = Surroundings::default();
    let error = |spot| vec![(spot, Severity::Error)];
    let mut base = full();
    base.forward.interfaces.clear();
    let with = |change: &dyn Fn(&mut NetworkDetails)| {
        let mut details = base.clone();
        change(&mut details);
        spots(&details, &none)
    };
    let dhcp = |details: &mut NetworkDetails| details.ips[0].dhcp.clone().unwrap_or_default();
    assert_eq!(with(&|details| details.name = " ".into()), error(Spot::Name));
    assert_eq!(with(&|details| details.name = "a/b".into()), error(Spot::Name));
    assert_eq!(
        with(&|details| details.bridge.name = Some("a-very-long-name".into())),
        error(Spot::Bridge)
    );
    assert_eq!(with(&|details| details.mtu = Some(10)), error(Spot::Mtu));
    assert_eq!(
        with(&|details| details.mac = Some("53:54:00:00:00:00".into())),
        error(Spot::Mac)
    );
    assert_eq!(
        with(&|details| details.forward.nat_port_end = Some(5)),
        error(Spot::Nat)
    );
    assert_eq!(
        with(&|details| details.ips[0].address = Some("192.168.9".into()))[0],
        (Spot::Ip(0), Severity::Error)
    );
    assert_eq!(
        with(&|details| details.ips[0].address = Some("192.168.9.0".into()))[0],
        (Spot::Ip(0), Severity::Error)
    );
    assert_eq!(
        with(&|details| details.ips[1].prefix = Some(48)),
        [(Spot::Ip(1), Severity::Warning)]
    );
    assert_eq!(with(&|details| details.ips[1].family = None), error(Spot::Ip(1)));
    let outside = with(&|details| {
        let mut dhcp = dhcp(details);
        dhcp.ranges[1].end = Some("192.168.10.5".into());
        details.ips[0].dhcp = Some(dhcp);
    });
    assert_eq!(outside, error(Spot::Range(0, 1)));
    let overlapping = with(&|details| {
        let mut dhcp = dhcp(details);
        dhcp.ranges[1].start = Some("192.168.9.199".into());
        details.ips[0].dhcp = Some(dhcp);
    });
    assert_eq!(overlapping, error(Spot::Range(0, 1)));
    let double = with(&|details| {
        let mut dhcp = dhcp(details);
        dhcp.hosts[1].mac = Some("52:54:00:00:00:01".into());
        details.ips[0].dhcp = Some(dhcp);
    });
    assert_eq!(double, error(Spot::Host(0, 1)));
    assert_eq!(
        with(&|details| details.routes[0].gateway = Some("10.0.0.1".into())),
        error(Spot::Route(0))
    );
    assert_eq!(
        with(&|details| details.routes[0].address = Some("10.9.1.0".into())),
        error(Spot::Route(0))
    );
    assert_eq!(
        with(&|details| details.dns.forwarders[1].address = None),
        error(Spot::Forwarder(1))
    );
    assert_eq!(
        with(&|details| details.dns.hosts[0].names.clear()),
        error(Spot::DnsHost(0))
    );
    assert_eq!(
        with(&|details| details.dns.srvs[0].protocol = Some("sctp".into())),
        error(Spot::Srv(0))
    );
    assert_eq!(
        with(&|details| details.traffic.inbound.average = None),
        error(Spot::Traffic)
    );
    assert_eq!(
        with(&|details| details.portgroups[0].traffic.tags[0].id = Some(4096)),
        error(Spot::PortGroup(0))
    );
    assert_eq!(with(&|details| details.forward.mode = Some(ForwardMode::Vepa)).len(), 2);
}

#[test]
fn a_network_must_not_be_in_the_way_of_others() {
    let mut details = full();
    details.forward.interfaces.clear();
    let mut around = Surroundings {
        networks: vec![Neighbour {
            name: "other".into(),
            uuid: Some("u".into()),
            bridge: Some("virbr7".into()),
            owns_bridge: true,
            subnets: vec![net("192.168.8.0/22")],
        }],
        routes: vec![("eth0".into(), net("fd00:9::/32")), ("eth0".into(), net("0.0.0.0/0"))],
    };
    let found = spots(&details, &around);
    assert_eq!(
        found,
        [Spot::Bridge, Spot::Ip(0), Spot::Ip(1)].map(|spot| (spot, Severity::Error))
    );
    // What leads to a network is not in its own way.
    around.routes = vec![("virbr7".into(), net("fd00:9::/64"))];
    assert_eq!(spots(&details, &around.without("u")), []);
    assert_eq!(around.free_bridge(), "virbr0");
}

#[test]
fn interfaces_of_machines_tell_what_they_are_plugged_into() {
    let text = "<domain><name>vm</name><uuid>7d1ec1a1-0000-4000-8000-0000000000aa</uuid><devices>
        <interface type='network'><mac address='52:54:00:00:00:01'/>
          <source network='lan' portgroup='web' bridge='virbr3'/><target dev='vnet0'/><link state='down'/>
          <filterref filter='clean-traffic'/></interface>
        <interface type='bridge'><source bridge='br0'/></interface>
        <interface type='direct'><source dev='eth0' mode='vepa'/></interface>
        <interface type='user'/>
      </devices></domain>";
    let domain = crate::model::xml::domain::Domain::parse(text).expect("a machine");
    let found = Attachment::of(&domain, true);
    let kinds: Vec<_> = found.iter().map(|attachment| attachment.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            AttachmentKind::Network("lan".into()),
            AttachmentKind::Bridge("br0".into()),
            AttachmentKind::Direct("eth0".into()),
            AttachmentKind::Other("user".into())
        ]
    );
    assert_eq!(found[0].bridge.as_deref(), Some("virbr3"));
    assert_eq!(found[0].device.as_deref(), Some("vnet0"));
    assert!(found[0].link_down && !found[1].link_down);
    assert_eq!(found[0].filter.as_deref(), Some("clean-traffic"));
}

#[test]
fn secrets_are_found_by_identity_and_by_name() {
    let uuid: uuid::Uuid = "7d1ec1a1-0000-4000-8000-0000000000bb".parse().expect("a UUID");
    let names = |text: &str| {
        let document = crate::model::xml::Document::parse(text).expect("a document");
        SecretUse::names(&document, uuid, Some("ceph admin"))
    };
    assert!(names(
        "<domain><auth><secret type='ceph' uuid='7D1EC1A1-0000-4000-8000-0000000000BB'/></auth></domain>"
    ));
    assert!(names("<pool><auth><secret usage='ceph admin'/></auth></pool>"));
    assert!(!names("<pool><auth><secret usage='other'/></auth></pool>"));
    let text = secret_xml(Some("ceph"), "a <b>", None, false, true).expect("a definition");
    assert!(
        text.contains("<name>a &lt;b&gt;</name>") && text.contains("private='yes'"),
        "{text}"
    );
    let text = secret_xml(Some("iscsi"), "x", Some("words"), true, false).expect("a definition");
    assert!(
        text.contains("<target>x</target>") && text.contains("<description>words</description>"),
        "{text}"
    );
}
