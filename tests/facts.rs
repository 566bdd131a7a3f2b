//! What can be chosen: read from the test driver and from QEMU, and true there.

mod support;

use std::fmt::Write as _;

use support::{Daemon, Host, on_main};
use vireo::model::error::Kind;
use vireo::model::event::{HostEvent, ObjectKind};
use vireo::model::facts::{Choice, GuestKind, HostDeviceKind, HostFacts, NewImage};
use vireo::model::node::{DeviceCall, mediated_xml, port_xml};

fn kind(hypervisor: &str, machine: Option<&str>) -> GuestKind {
    GuestKind {
        hypervisor: hypervisor.into(),
        arch: (hypervisor == "qemu").then(|| "x86_64".into()),
        machine: machine.map(str::to_owned),
        emulator: None,
    }
}

fn facts(host: &Host, kind: GuestKind) -> HostFacts {
    host.ask(async move |client| client.facts(kind).await).expect("facts")
}

fn networks(facts: &HostFacts) -> Vec<(&str, bool)> {
    let all = facts.networks.as_ref().expect("networks");
    all.iter()
        .map(|network| (network.name.as_str(), network.active))
        .collect()
}

#[test]
fn test_driver_tells_what_it_knows_and_no_more() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let facts = facts(&host, kind("test", None));
        assert_eq!(networks(&facts), [("default", true)]);
        let pools = facts.pools.as_ref().expect("pools");
        assert_eq!(pools[0].name, "default-pool");
        assert_eq!(pools[0].path.as_deref(), Some("/default-pool"));
        let node = facts.node.as_ref().expect("the node");
        assert_eq!((node.cpus, node.cells.len()), (16, 2));
        assert!(facts.capabilities.is_some());
        let scsi = facts
            .devices()
            .filter(|device| matches!(device.kind, HostDeviceKind::ScsiHost { .. }));
        assert!(scsi.count() > 0, "{:?}", facts.devices);
        // Not supported is not the same as none.
        assert_eq!(facts.filters, None);
        assert_eq!(facts.secrets, None);
        host.close();
    });
}

#[test]
fn what_another_administrator_changes_is_read_again() {
    on_main(|| {
        let daemon = Daemon::start();
        let uri = daemon.uri_test();
        let host = Host::connect(&uri);
        assert_eq!(networks(&facts(&host, kind("test", None))), [("default", true)]);
        let seen = host.seen();
        daemon.virsh(&uri, &["net-destroy", "default"]);
        host.wait("the event", 20, seen, |event| match event {
            HostEvent::Object { kind, .. } if *kind == ObjectKind::Network => Some(()),
            _ => None,
        });
        assert_eq!(networks(&facts(&host, kind("test", None))), [("default", false)]);
        host.close();
    });
}

#[test]
fn virtual_port_is_made_below_its_adapter_and_ended() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let devices = || {
            let all = host.ask(async move |client| client.node_devices().await);
            all.expect("devices")
        };
        let before = devices().len();
        let xml = port_xml("scsi_host1", None);
        let made = host.ask(async move |client| client.create_device(xml, false).await);
        let name = made.expect("a port");
        let all = devices();
        assert_eq!(all.len(), before + 1);
        let port = all.iter().find(|fact| fact.device.name == name).expect("the port");
        assert!(port.is_port(), "{port:?}");
        assert_eq!(port.calls(), [DeviceCall::Stop]);
        let end = name.clone();
        let ended = host.ask(async move |client| client.device(end, DeviceCall::Stop).await);
        ended.expect("its end");
        assert!(devices().iter().all(|fact| fact.device.name != name));
        host.close();
    });
}

#[test]
fn what_cannot_be_done_with_a_device_is_told_apart() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let kind_of = |name: &'static str, call: DeviceCall| {
            let answer = host.ask(async move |client| client.device(name.to_owned(), call).await);
            answer.expect_err("this driver has no such hardware").kind
        };
        for call in [DeviceCall::Detach, DeviceCall::Reattach, DeviceCall::Reset] {
            assert_eq!(kind_of("scsi_host1", call.clone()), Kind::Unsupported, "{call:?}");
            assert_eq!(kind_of("pci_0000_99_00_0", call.clone()), Kind::Gone, "{call:?}");
        }
        let xml = mediated_xml("pci_0000_99_00_0", "x", None);
        let made = host.ask(async move |client| client.create_device(xml, true).await);
        assert_eq!(made.expect_err("no mediated devices here").kind, Kind::Unsupported);
        host.close();
    });
}

#[test]
fn volumes_are_read_for_one_pool_and_again_when_it_is_refreshed() {
    on_main(|| {
        let daemon = Daemon::start();
        let uri = daemon.uri_test();
        let host = Host::connect(&uri);
        let volumes = || {
            host.ask(async |client| client.volumes("default-pool".into()).await)
                .expect("volumes")
        };
        assert!(volumes().is_empty());
        let seen = host.seen();
        daemon.virsh(&uri, &["vol-create-as", "default-pool", "new.img", "1M"]);
        daemon.virsh(&uri, &["pool-refresh", "default-pool"]);
        host.wait("the event", 20, seen, |event| match event {
            HostEvent::Object { kind, .. } if *kind == ObjectKind::StoragePool => Some(()),
            _ => None,
        });
        let volumes = volumes();
        assert_eq!(volumes[0].path, "/default-pool/new.img");
        assert_eq!(volumes[0].capacity, Some(1 << 20));
        let missing = host.ask(async |client| client.volumes("nothing".into()).await);
        assert_eq!(missing.map(drop).map_err(|error| error.kind), Err(Kind::Gone));
        host.close();
    });
}

#[test]
fn image_that_is_made_is_listed_at_once() {
    on_main(|| {
        let daemon = Daemon::start();
        let folder = daemon.directory().join("data/images");
        let uri = daemon.uri_qemu();
        let target = folder.display().to_string();
        daemon.virsh(&uri, &["pool-define-as", "images", "dir", "--target", &target]);
        daemon.virsh(&uri, &["pool-build", "images"]);
        daemon.virsh(&uri, &["pool-start", "images"]);
        let host = Host::connect(&uri);
        let volumes = || {
            host.ask(async |client| client.volumes("images".into()).await)
                .expect("volumes")
        };
        assert!(volumes().is_empty());
        let image = NewImage {
            pool: "images".into(),
            name: "a & b.qcow2".into(),
            format: Some("qcow2".into()),
            capacity: 20 << 30,
        };
        let make = |image: NewImage| host.ask(async move |client| client.create_image(image).await);
        let made = make(image.clone()).expect("there is room");
        assert_eq!(made.path, format!("{target}/a & b.qcow2"));
        assert_eq!((made.format.as_deref(), made.capacity), (Some("qcow2"), Some(20 << 30)));
        assert!(made.allocation.is_some_and(|taken| taken < 1 << 20), "{made:?}");
        assert_eq!(*volumes(), [made]);
        // A name is never taken twice.
        assert!(make(image.clone()).is_err());
        let nowhere = NewImage {
            pool: "nothing".into(),
            ..image
        };
        assert_eq!(make(nowhere).map_err(|error| error.kind), Err(Kind::Gone));
        host.close();
    });
}

#[test]
fn without_a_connection_nothing_is_known() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let seen = host.seen();
        daemon.kill9();
        host.lost(5, seen);
        let error = host
            .ask(async |client| client.facts(GuestKind::default()).await)
            .unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable);
        host.close();
    });
}

/// A question, with the device that a value would be.
type Question = (&'static str, fn(&HostFacts) -> Vec<Choice>, fn(&str) -> String);

fn disk(device: &str, bus: &str) -> String {
    let name = match bus {
        "virtio" => "vda",
        "ide" => "hda",
        "fdc" => "fda",
        _ => "sda",
    };
    let source = if device == "lun" {
        "<source dev='/dev/sda'/>"
    } else {
        "<source file='/x'/>"
    };
    let kind = if device == "lun" { "block" } else { "file" };
    format!(
        "<disk type='{kind}' device='{device}'><driver name='qemu' type='raw'/>{source}<target dev='{name}' bus='{bus}'/></disk>"
    )
}

const QUESTIONS: &[Question] = &[
    ("disk", |f| f.disk_buses("disk"), |v| disk("disk", v)),
    ("cdrom", |f| f.disk_buses("cdrom"), |v| disk("cdrom", v)),
    ("floppy", |f| f.disk_buses("floppy"), |v| disk("floppy", v)),
    ("lun", |f| f.disk_buses("lun"), |v| disk("lun", v)),
    ("nic", HostFacts::nic_models, |v| {
        format!("<interface type='user'><model type='{v}'/></interface>")
    }),
    ("video", HostFacts::video_models, |v| {
        format!("<graphics type='vnc'/><video><model type='{v}'/></video>")
    }),
    ("graphics", HostFacts::graphics_types, |v| {
        format!("<graphics type='{v}'/>")
    }),
    ("sound", HostFacts::sound_models, |v| format!("<sound model='{v}'/>")),
    ("watchdog", HostFacts::watchdog_models, |v| {
        format!("<watchdog model='{v}'/>")
    }),
    ("tpm", HostFacts::tpm_models, |v| {
        format!("<tpm model='{v}'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>")
    }),
    ("rng", HostFacts::rng_models, |v| {
        format!("<rng model='{v}'><backend model='builtin'/></rng>")
    }),
    ("balloon", HostFacts::balloon_models, |v| {
        format!("<memballoon model='{v}'/>")
    }),
    ("panic", HostFacts::panic_models, |v| format!("<panic model='{v}'/>")),
    ("vsock", HostFacts::vsock_models, |v| {
        format!("<vsock model='{v}'><cid auto='yes'/></vsock>")
    }),
    ("crypto", HostFacts::crypto_models, |v| {
        format!("<crypto model='{v}' type='qemu'><backend model='builtin'/></crypto>")
    }),
    ("iommu", HostFacts::iommu_models, |v| format!("<iommu model='{v}'/>")),
    (
        "tablet",
        |f| f.input_buses("tablet"),
        |v| format!("<input type='tablet' bus='{v}'/>"),
    ),
    (
        "keyboard",
        |f| f.input_buses("keyboard"),
        |v| format!("<input type='keyboard' bus='{v}'/>"),
    ),
    ("shmem", HostFacts::shmem_models, |v| {
        let server = if v == "ivshmem-doorbell" {
            "<server path='/x'/>"
        } else {
            "<size unit='M'>4</size>"
        };
        format!("<shmem name='x'><model type='{v}'/>{server}</shmem>")
    }),
    (
        "scsi",
        |f| f.controller_models("scsi"),
        |v| format!("<controller type='scsi' model='{v}'/>"),
    ),
    (
        "usb",
        |f| f.controller_models("usb"),
        |v| format!("<controller type='usb' model='{v}'/>"),
    ),
    (
        "serial port",
        |f| f.controller_models("virtio-serial"),
        |v| format!("<controller type='virtio-serial' model='{v}'/>"),
    ),
    ("serial", HostFacts::serial_types, |v| {
        format!("<serial type='pty'><target type='{v}'/></serial>")
    }),
    ("console", HostFacts::console_types, |v| {
        format!("<console type='pty'><target type='{v}'/></console>")
    }),
    ("disk model", HostFacts::disk_models, |v| {
        disk("disk", "virtio").replace("<disk ", &format!("<disk model='{v}' "))
    }),
];

#[test]
fn everything_that_is_offered_can_be_defined() {
    on_main(|| {
        let daemon = Daemon::start();
        let uri = daemon.uri_qemu();
        let host = Host::connect(&uri);
        let mut lies = String::new();
        for machine in ["q35", "pc", "isapc", "microvm"] {
            let facts = facts(&host, kind("qemu", Some(machine)));
            assert!(facts.domain_capabilities.is_some(), "{machine}");
            for (question, ask, device) in QUESTIONS {
                for choice in ask(&facts) {
                    let device = device(&choice.value);
                    // What libvirt adds by itself where nothing is said needs PCI.
                    let mut bare = String::new();
                    if matches!(machine, "isapc" | "microvm") {
                        for (kind, none) in [
                            ("type='usb'", "<controller type='usb' model='none'/>"),
                            ("<memballoon", "<memballoon model='none'/>"),
                            ("<video", "<video><model type='none'/></video>"),
                        ] {
                            if !device.contains(kind) {
                                bare.push_str(none);
                            }
                        }
                    }
                    let text = format!(
                        "<domain type='qemu'><name>probe</name><memory>65536</memory><os><type arch='x86_64' \
                         machine='{machine}'>hvm</type></os><features><acpi/></features>\
                         <devices>{device}{bare}</devices></domain>"
                    );
                    let file = daemon.write("probe.xml", &text);
                    let defined = daemon
                        .virsh_command(&uri)
                        .arg("define")
                        .arg(&file)
                        .output()
                        .expect("virsh");
                    let value = &choice.value;
                    match (defined.status.success(), &choice.problem) {
                        (true, None) | (false, Some(_)) => {}
                        // libvirt takes it, and QEMU refuses to start.
                        (true, Some(_)) if value == "sd" => {}
                        (true, Some(problem)) => {
                            let _ = writeln!(lies, "{machine}: {question} {value} works, though: {problem}");
                        }
                        (false, None) => {
                            let error = String::from_utf8_lossy(&defined.stderr).trim().replace('\n', " ");
                            let _ = writeln!(lies, "{machine}: {question} {value} is offered, but: {error}");
                        }
                    }
                    if defined.status.success() {
                        daemon.virsh(&uri, &["undefine", "probe"]);
                    }
                }
            }
        }
        assert!(lies.is_empty(), "{lies}");
        host.close();
    });
}
