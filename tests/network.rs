//! Networks, packet filters and secrets on hosts: made, started, changed while they run, and deleted.

#[path = "network/command.rs"]
mod command;
#[path = "network/restart.rs"]
mod restart;
#[path = "network/schema.rs"]
mod schema;
mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{Daemon, Host, SystemDaemon, on_main, private_state, wait_for};
use uuid::Uuid;
use vireo::model::error::{Kind, VirtError};
use vireo::model::event::{HostEvent, ObjectKind};
use vireo::model::network::{
    DhcpHost, ForwardInterface, ForwardMode, NetworkDefinitions, NetworkDetails, NetworkDraft, NetworkOutcome,
    NetworkReport, NetworkVerdict, NetworkWish, SecretUse, Surroundings, Txt, new_network, secret_xml,
};
use zeroize::Zeroizing;

/// A name that means something to XML, shells, markup and terminals.
const HOSTILE: &str = "<b>&amp;'\"\u{202e}$(id) ü";

fn draft(name: &str, mode: ForwardMode) -> NetworkDetails {
    let draft = NetworkDraft {
        name: Some(name.into()),
        mode,
        ipv4: true,
        ipv6: false,
        dhcp: true,
    };
    new_network(&draft, &Surroundings::default())
}

fn define(host: &Host, details: &NetworkDetails) -> Result<Uuid, VirtError> {
    let xml = details.to_xml().expect("a definition");
    host.ask(async move |client| client.define_network(xml, true).await)
}

fn definitions(host: &Host, uuid: Uuid) -> NetworkDefinitions {
    host.ask(async move |client| client.network_definitions(uuid).await)
        .expect("the definitions")
}

fn apply(
    host: &Host,
    uuid: Uuid,
    base: &str,
    change: impl FnOnce(&mut NetworkDetails),
) -> Result<NetworkVerdict, VirtError> {
    let mut details = NetworkDetails::parse(base).expect("a network");
    change(&mut details);
    let wish = NetworkWish {
        base: base.to_owned(),
        edited: details.write_into(base).expect("a definition"),
        live: true,
        validate: true,
    };
    host.ask(async move |client| client.apply_network(uuid, wish).await)
}

#[track_caller]
fn report(verdict: Result<NetworkVerdict, VirtError>) -> NetworkReport {
    match verdict.expect("a verdict") {
        NetworkVerdict::Done(report) => *report,
        NetworkVerdict::Clash { conflicts, .. } => panic!("{conflicts:?}"),
    }
}

fn outcomes(report: &NetworkReport) -> Vec<(&str, &NetworkOutcome)> {
    let changes = report.changes.iter();
    changes
        .map(|applied| (applied.change.place.as_str(), &applied.outcome))
        .collect()
}

#[track_caller]
fn told(host: &Host, seen: usize, wanted: ObjectKind) {
    host.wait("the event", 20, seen, |event| match event {
        HostEvent::Object { kind, .. } if *kind == wanted => Some(()),
        _ => None,
    });
}

fn kind<T>(result: Result<T, VirtError>) -> Option<Kind> {
    result.err().map(|error| error.kind)
}

#[test]
fn every_mode_keeps_to_libvirts_schema() {
    for mode in ForwardMode::ALL {
        let mut details = draft("lab", mode);
        match mode {
            ForwardMode::Bridge => details.bridge.name = Some("br0".into()),
            ForwardMode::Private | ForwardMode::Vepa | ForwardMode::Passthrough => {
                details.forward.interfaces = vec![ForwardInterface {
                    dev: Some("eth0".into()),
                }];
            }
            ForwardMode::Hostdev => {
                details.forward.pf = Some("eth0".into());
                details.forward.managed = Some(true);
                details.forward.driver = Some("vfio".into());
            }
            _ => {}
        }
        let xml = details.to_xml().expect("a definition");
        let mut check = Command::new("virt-xml-validate")
            .args(["-", "network"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("virt-xml-validate (see scripts/install-deps)");
        let mut input = check.stdin.take().expect("its input");
        input.write_all(xml.as_bytes()).expect("to write");
        drop(input);
        let output = check.wait_with_output().expect("its end");
        assert!(output.status.success(), "{mode:?}\n{xml}\n{output:?}");
    }
}

#[test]
fn a_network_lives_from_definition_to_deletion() {
    on_main(|| {
        let daemon = Daemon::start();
        let uri = daemon.uri_test();
        let host = Host::connect(&uri);
        let seen = host.seen();
        let uuid = define(&host, &draft(HOSTILE, ForwardMode::Nat)).expect("a network");
        told(&host, seen, ObjectKind::Network);
        let found = definitions(&host, uuid);
        assert_eq!(found.live, None);
        let base = found.base().expect("a definition").to_owned();
        assert_eq!(NetworkDetails::parse(&base).expect("a network").name, HOSTILE);
        // The same once more would replace it.
        let mut again = draft("other", ForwardMode::Nat);
        again.uuid = Some(uuid.to_string());
        assert_eq!(kind(define(&host, &again)), Some(Kind::Invalid));
        host.ask(async move |client| client.start_network(uuid).await)
            .expect("to start");
        let deleted = host.ask(async move |client| client.undefine_network(uuid).await);
        assert_eq!(kind(deleted), Some(Kind::Invalid), "one that runs");
        host.ask(async move |client| client.set_network_autostart(uuid, true).await)
            .expect("autostart");
        assert!(definitions(&host, uuid).autostart);
        // While it runs: an entry at once, the rest at the next start.
        let report = report(apply(&host, uuid, &base, |details| {
            details.mtu = Some(1400);
            details.ips[0].dhcp.get_or_insert_default().hosts.push(DhcpHost {
                mac: Some("52:54:00:00:00:01".into()),
                ip: Some("192.168.100.10".into()),
                name: Some("one".into()),
                ..DhcpHost::default()
            });
        }));
        let outcomes = outcomes(&report);
        assert_eq!(
            outcomes[0],
            ("ip 192.168.100.0/24 host 52:54:00:00:00:01", &NetworkOutcome::Now)
        );
        assert!(
            matches!(outcomes[1], ("mtu", NetworkOutcome::Restart(_))),
            "{outcomes:?}"
        );
        assert!(report.needs_restart());
        let found = definitions(&host, uuid);
        assert!(found.live.is_some_and(|live| live.contains("192.168.100.10")));
        host.ask(async move |client| client.stop_network(uuid).await)
            .expect("to stop");
        host.ask(async move |client| client.undefine_network(uuid).await)
            .expect("to delete");
        let gone = host.ask(async move |client| client.network_xml(uuid, false).await);
        assert_eq!(kind(gone), Some(Kind::Gone));
        host.close();
    });
}

#[test]
fn what_two_administrators_change_comes_together_or_nothing_is_written() {
    on_main(|| {
        let daemon = Daemon::start();
        let uri = daemon.uri_test();
        let host = Host::connect(&uri);
        let uuid = define(&host, &draft("shared", ForwardMode::Isolated)).expect("a network");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        let other = base.replace("<name>shared</name>", "<name>shared</name><mtu size='1400'/>");
        let file = daemon.write("other.xml", &other);
        daemon.virsh(&uri, &["net-define", file.to_str().expect("a path")]);
        let report = report(apply(&host, uuid, &base, |details| {
            details.domain.name = Some("lab.test".into())
        }));
        assert!(report.merged);
        assert!(report.definition.contains("size='1400'") && report.definition.contains("lab.test"));
        let verdict = apply(&host, uuid, &base, |details| {
            details.domain.name = Some("other.test".into())
        });
        assert!(matches!(verdict, Ok(NetworkVerdict::Clash { .. })), "{verdict:?}");
        let kept = definitions(&host, uuid).persistent.expect("a definition");
        assert!(kept.contains("lab.test"), "{kept}");
        host.close();
    });
}

#[test]
fn a_new_name_keeps_identity_and_autostart_and_takes_nobodys_name() {
    private_state();
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let uuid = define(&host, &draft("old", ForwardMode::Isolated)).expect("a network");
        host.ask(async move |client| client.set_network_autostart(uuid, true).await)
            .expect("autostart");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        let taken = apply(&host, uuid, &base, |details| details.name = "default".into());
        assert_eq!(kind(taken), Some(Kind::Invalid));
        report(apply(&host, uuid, &base, |details| details.name = "new".into()));
        let found = definitions(&host, uuid);
        let base = found.persistent.expect("a definition");
        assert!(found.autostart && base.contains("<name>new</name>"), "{base}");
        host.ask(async move |client| client.start_network(uuid).await)
            .expect("to start");
        let running = apply(&host, uuid, &base, |details| details.name = "newer".into());
        assert_eq!(kind(running), Some(Kind::Invalid));
        host.close();
    });
}

#[test]
fn a_running_network_follows_and_lends_what_is_kept() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let mut details = draft("lab", ForwardMode::Nat);
        details.bridge.name = None;
        let uuid = define(&host, &details).expect("a network");
        host.ask(async move |client| client.start_network(uuid).await)
            .expect("to start");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        let report = report(apply(&host, uuid, &base, |details| {
            let dhcp = details.ips[0].dhcp.get_or_insert_default();
            dhcp.hosts.push(DhcpHost {
                mac: Some("52:54:00:00:00:01".into()),
                ip: Some("192.168.100.10".into()),
                name: Some("one".into()),
                ..DhcpHost::default()
            });
            dhcp.ranges[0].end = Some("192.168.100.200".into());
            details.dns.txts.push(Txt {
                name: Some("note".into()),
                value: Some("hello".into()),
            });
        }));
        assert!(!report.needs_restart(), "{:?}", outcomes(&report));
        assert_eq!(report.changes.len(), 4, "{:?}", outcomes(&report));
        // dnsmasq was told, and both definitions say it.
        let known = daemon.inside("cat /var/lib/libvirt/dnsmasq/lab.hostsfile /var/lib/libvirt/dnsmasq/lab.conf");
        assert!(known.contains("52:54:00:00:00:01,192.168.100.10,one"), "{known}");
        assert!(
            known.contains("192.168.100.200") && known.contains("txt-record=note,hello"),
            "{known}"
        );
        let found = definitions(&host, uuid);
        for text in [&found.live, &found.persistent] {
            let text = text.as_deref().expect("a definition");
            assert!(
                text.contains("192.168.100.10'") && text.contains("192.168.100.200'"),
                "{text}"
            );
            assert!(!text.contains("192.168.100.254"), "{text}");
        }
        // Somebody comes and gets it.
        let bridge = NetworkDetails::parse(&found.live.expect("it runs"))
            .expect("a network")
            .bridge
            .name;
        let bridge = bridge.expect("a bridge");
        daemon.inside(&format!(
            "ip link add vireo0 type veth peer name vireo1 && ip link set vireo0 master {bridge} up \
             && ip link set vireo1 address 52:54:00:00:00:01 up"
        ));
        daemon.inside("busybox udhcpc -i vireo1 -n -q -f -s /bin/true -t 30 -T 1 -x hostname:one");
        let leases = wait_for("the lease", Duration::from_secs(20), || {
            let leases = host.ask(async move |client| client.network_leases(uuid, None).await);
            leases.ok().filter(|leases| !leases.is_empty())
        });
        assert_eq!(
            (leases.len(), leases[0].ip.as_str(), leases[0].prefix),
            (1, "192.168.100.10", 24)
        );
        assert_eq!(leases[0].mac.as_deref(), Some("52:54:00:00:00:01"));
        assert_eq!(leases[0].hostname.as_deref(), Some("one"));
        assert!(leases[0].expires.is_some());
        let none = host.ask(async move |client| client.network_leases(uuid, Some("52:54:00:00:00:02".into())).await);
        assert_eq!(none, Ok(Vec::new()));
        // What the other network would be in the way of is known.
        let around = host
            .ask(async |client| client.network_surroundings().await)
            .expect("the surroundings");
        assert_eq!(
            around.networks[0].subnets,
            ["192.168.100.0/24".parse().expect("a subnet")]
        );
        assert_eq!(
            host.ask(async move |client| client.network_ports(uuid).await),
            Ok(Vec::new())
        );
        // Taken away again, also where it is lent.
        let base = report.definition.clone();
        let report = self::report(apply(&host, uuid, &base, |details| {
            details.ips[0].dhcp.get_or_insert_default().hosts.clear();
        }));
        assert_eq!(outcomes(&report).len(), 1);
        assert!(
            !daemon
                .inside("cat /var/lib/libvirt/dnsmasq/lab.hostsfile")
                .contains("52:54")
        );
        // What libvirt cannot change is in the definition and waits.
        let report = self::report(apply(&host, uuid, &report.definition, |details| {
            details.mtu = Some(1400)
        }));
        assert!(matches!(outcomes(&report)[..], [("mtu", NetworkOutcome::Restart(_))]));
        let found = definitions(&host, uuid);
        assert!(found.persistent.is_some_and(|text| text.contains("<mtu size='1400'/>")));
        assert!(found.live.is_some_and(|text| !text.contains("1400")));
        host.ask(async move |client| client.stop_network(uuid).await)
            .expect("to stop");
        host.close();
    });
}

#[test]
fn a_refused_update_leaves_the_running_network_as_it_was() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let uuid = define(&host, &draft("lab", ForwardMode::Isolated)).expect("a network");
        host.ask(async move |client| client.start_network(uuid).await)
            .expect("to start");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        // Another administrator has given the address away, in the running network only.
        daemon.virsh(&[
            "net-update",
            "lab",
            "add",
            "ip-dhcp-host",
            "<host mac='52:54:00:00:00:02' ip='192.168.100.10'/>",
            "--live",
        ]);
        let report = report(apply(&host, uuid, &base, |details| {
            details.ips[0].dhcp.get_or_insert_default().hosts.push(DhcpHost {
                mac: Some("52:54:00:00:00:01".into()),
                ip: Some("192.168.100.10".into()),
                ..DhcpHost::default()
            });
        }));
        let outcomes = outcomes(&report);
        assert!(
            matches!(outcomes[..], [(_, NetworkOutcome::Restart(why))] if why.contains("192.168.100.10")),
            "{outcomes:?}"
        );
        let found = definitions(&host, uuid);
        assert!(found.persistent.is_some_and(|text| text.contains("52:54:00:00:00:01")));
        assert!(found.live.is_some_and(|text| !text.contains("52:54:00:00:00:01")));
        host.ask(async move |client| client.stop_network(uuid).await)
            .expect("to stop");
        host.close();
    });
}

#[test]
fn packet_filters_are_made_changed_and_deleted_and_never_replaced_by_accident() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let xml = "<filter name='no-mail' chain='root'>\
                   <rule action='drop' direction='out' priority='500'><tcp dstportstart='25'/></rule></filter>";
        let seen = host.seen();
        let uuid = host
            .ask(async move |client| client.define_filter(xml.into(), None).await)
            .expect("a filter");
        told(&host, seen, ObjectKind::Filter);
        let twin = host.ask(async move |client| client.define_filter(xml.into(), None).await);
        assert_eq!(kind(twin), Some(Kind::Invalid));
        let text = host
            .ask(async move |client| client.filter_xml(uuid).await)
            .expect("its definition");
        let changed = text.replace("'25'", "'26'");
        assert_ne!(text, changed);
        let again = host.ask(async move |client| client.define_filter(changed, Some(uuid)).await);
        assert_eq!(again, Ok(uuid));
        let other = host.ask(async move |client| client.define_filter(text, Some(Uuid::nil())).await);
        assert_eq!(kind(other), Some(Kind::Invalid));
        let names: Vec<String> = host
            .ask(async |client| client.filters().await)
            .expect("filters")
            .into_iter()
            .map(|filter| filter.name)
            .collect();
        assert!(names.contains(&"no-mail".to_owned()), "{names:?}");
        assert_eq!(host.ask(async |client| client.filter_bindings().await), Ok(Vec::new()));
        host.ask(async move |client| client.undefine_filter(uuid).await)
            .expect("to delete");
        assert!(kind(host.ask(async move |client| client.filter_xml(uuid).await)).is_some());
        host.close();
    });
}

#[test]
fn secrets_get_values_and_private_ones_never_give_them_back() {
    on_main(|| {
        let daemon = Daemon::start();
        let uri = daemon.uri_qemu();
        let host = Host::connect(&uri);
        let make = |name: &str, private| {
            let xml = secret_xml(Some("ceph"), name, Some("for tests"), false, private).expect("a definition");
            host.ask(async move |client| client.define_secret(xml, None).await)
                .expect("a secret")
        };
        let (open, private) = (make(HOSTILE, false), make("private", true));
        for uuid in [open, private] {
            let value = Zeroizing::new(b"s3cret\0\xff".to_vec());
            host.ask(async move |client| client.set_secret_value(uuid, value).await)
                .expect("to set");
        }
        let value = host
            .ask(async move |client| client.secret_value(open).await)
            .expect("the value");
        assert_eq!(&value[..], b"s3cret\0\xff");
        let hidden = host.ask(async move |client| client.secret_value(private).await);
        assert!(hidden.is_err(), "a private secret was read");
        let xml = host
            .ask(async move |client| client.secret_xml(open).await)
            .expect("its definition");
        assert!(!xml.contains("s3cret"), "{xml}");
        assert_eq!(
            host.ask(async move |client| client.secret_uses(open).await),
            Ok(Vec::new())
        );
        let machine = daemon.write(
            "vm.xml",
            &format!(
                "<domain type='qemu'><name>vm</name><memory>65536</memory><os><type>hvm</type></os><devices>\
                 <disk type='network' device='disk'><auth username='a'><secret type='ceph' uuid='{open}'/></auth>\
                 <source protocol='rbd' name='p/i'><host name='h'/></source><target dev='vda' bus='virtio'/></disk>\
                 </devices></domain>"
            ),
        );
        daemon.virsh(&uri, &["define", machine.to_str().expect("a path")]);
        let uses = host.ask(async move |client| client.secret_uses(open).await);
        assert_eq!(uses, Ok(vec![SecretUse::Machine("vm".into())]));
        let seen = host.seen();
        host.ask(async move |client| client.undefine_secret(open).await)
            .expect("to delete");
        told(&host, seen, ObjectKind::Secret);
        assert_eq!(
            kind(host.ask(async move |client| client.secret_xml(open).await)),
            Some(Kind::Gone)
        );
        host.close();
    });
}

#[test]
fn what_a_driver_has_not_is_unsupported_and_not_empty() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let unsupported = Some(Kind::Unsupported);
        assert_eq!(kind(host.ask(async |client| client.filters().await)), unsupported);
        assert_eq!(
            kind(host.ask(async |client| client.filter_bindings().await)),
            unsupported
        );
        let qemu = Host::connect(&daemon.uri_qemu());
        assert_eq!(
            kind(qemu.ask(async |client| client.begin_interface_changes().await)),
            unsupported
        );
        assert_eq!(
            kind(qemu.ask(async |client| client.stop_interface("eth0".into()).await)),
            unsupported
        );
        // Every machine of the test driver has its plug.
        let plugs = host
            .ask(async |client| client.attachments().await)
            .expect("attachments");
        assert!(plugs.iter().all(|plug| plug.active), "{plugs:?}");
        qemu.close();
        host.close();
    });
}
