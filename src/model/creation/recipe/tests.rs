//! The recipe, row by row, beside the definitions that were looked at and found right (`tests/corpus/creation`). After a
//! change on purpose, `VIREO_BLESS=1 cargo test --lib recipe` writes them anew.

use std::sync::Arc;

use crate::model::creation::{DiskWish, ImageRef, NetworkWish, Order, Source, Surroundings, plan};
use crate::model::facts::{GuestKind, HostFacts, NetworkFact, NodeFact, PoolFact};
use crate::model::os::{Firmware, Os};
use crate::model::xml::object::{Capabilities, DomainCapabilities};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/");

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A host with one network and one pool; its domain capabilities as `caps` says.
fn host(hypervisor: &str, arch: &str, machine: Option<&str>, caps: Option<String>) -> HostFacts {
    HostFacts {
        kind: GuestKind {
            hypervisor: hypervisor.to_owned(),
            arch: Some(arch.to_owned()),
            machine: machine.map(str::to_owned),
            emulator: None,
        },
        capabilities: Some(Arc::new(Capabilities::parse(&read("capabilities/qemu.xml")).unwrap())),
        domain_capabilities: caps.map(|text| Arc::new(DomainCapabilities::parse(&text).unwrap())),
        networks: Some(Arc::new([NetworkFact {
            name: "default".to_owned(),
            active: true,
            ..NetworkFact::default()
        }])),
        pools: Some(Arc::new([PoolFact {
            name: "default".to_owned(),
            kind: "dir".to_owned(),
            active: true,
            path: Some("/var/lib/libvirt/images".to_owned()),
            available: Some(100 << 30),
            ..PoolFact::default()
        }])),
        node: Some(Arc::new(NodeFact {
            memory_kib: 16 << 20,
            cpus: 8,
            ..NodeFact::default()
        })),
        ..HostFacts::default()
    }
}

/// The q35 of a real host, with KVM and all that distributions build into QEMU.
fn q35() -> HostFacts {
    let caps = read("creation/domcaps-kvm-q35.xml");
    host("kvm", "x86_64", Some("q35"), Some(caps))
}

fn linux() -> Os {
    Os {
        id: "http://debian.org/debian/12".to_owned(),
        short_id: "debian12".to_owned(),
        family: "linux".to_owned(),
        released: Some("2023-06-10".to_owned()),
        ..Os::default()
    }
}

fn windows(short_id: &str, released: &str) -> Os {
    Os {
        id: format!("http://microsoft.com/{short_id}"),
        short_id: short_id.to_owned(),
        family: "winnt".to_owned(),
        released: Some(released.to_owned()),
        firmware: if short_id == "win11" {
            let one = |kind: &str, supported| Firmware {
                arch: "x86_64".to_owned(),
                kind: kind.to_owned(),
                supported,
            };
            vec![one("efi", true), one("bios", false)]
        } else {
            Vec::new()
        },
        devices: vec!["http://pcisig.com/pci/8086/10d3".to_owned()],
        ..Os::default()
    }
}

fn medium() -> Order {
    Order {
        name: "web".to_owned(),
        source: Source::Media(ImageRef::Path("/iso/debian.iso".to_owned())),
        disk: DiskWish::New {
            pool: "default".to_owned(),
            name: String::new(),
            format: None,
            capacity: 20 << 30,
            allocate: false,
        },
        start: true,
        ..Order::default()
    }
}

/// Compares with the file of that name, and with the one of the first start where that differs; or writes them.
fn check(name: &str, order: &Order, facts: &HostFacts, os: Option<&Os>) {
    let plan = plan(
        order,
        &Surroundings {
            os,
            ..Surroundings::new(facts)
        },
    )
    .unwrap_or_else(|problem| panic!("{name}: {}", problem.text));
    let first_start = plan.install_xml.map(|xml| (format!("{name}.first-start"), xml));
    for (name, text) in [(name.to_owned(), plan.xml)].into_iter().chain(first_start) {
        let path = format!("{ROOT}creation/{name}.xml");
        if std::env::var_os("VIREO_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, known, "{name}");
    }
}

#[test]
fn pcs_with_kvm_are_as_a_specialist_makes_them() {
    check("q35-linux", &medium(), &q35(), Some(&linux()));
    check("q35-unknown", &medium(), &q35(), None);
    check("q35-win11", &medium(), &q35(), Some(&windows("win11", "2021-10-05")));
    check("q35-win10", &medium(), &q35(), Some(&windows("win10", "2015-07-29")));
}

#[test]
fn other_sources_differ_where_they_must() {
    let order = |source, disk| Order {
        source,
        disk,
        ..medium()
    };
    let new = || medium().disk;
    let path = |path: &str| ImageRef::Path(path.to_owned());
    let rows = [
        ("source-network", order(Source::NetworkBoot, new())),
        ("source-empty", order(Source::Empty, new())),
        (
            "source-disk",
            order(Source::Disk(path("/images/old.qcow2")), DiskWish::None),
        ),
        (
            "source-tree",
            order(
                Source::Tree {
                    url: "https://deb.debian.org/debian/dists/bookworm/main/installer-amd64/".to_owned(),
                    arguments: "console=ttyS0".to_owned(),
                },
                new(),
            ),
        ),
        (
            "source-medium-over-a-system",
            order(medium().source, DiskWish::Existing(path("/images/old.qcow2"))),
        ),
        (
            "source-cloud",
            order(
                Source::Cloud {
                    image: path("/images/debian-12-generic.qcow2"),
                    seed: crate::model::creation::Seed::default(),
                },
                new(),
            ),
        ),
    ];
    for (name, order) in rows {
        check(name, &order, &q35(), Some(&linux()));
    }
}

#[test]
fn disks_on_servers_are_reached_by_the_machine_itself() {
    let pool = |kind: &str| PoolFact::read(&read(&format!("libvirt/test-pool-{kind}.xml")), true, false).unwrap();
    let facts = HostFacts {
        pools: Some(["rbd", "gluster", "iscsi-direct"].map(pool).into()),
        ..q35()
    };
    let new = DiskWish::New {
        pool: "rbd".to_owned(),
        name: String::new(),
        format: None,
        capacity: 20 << 30,
        allocate: false,
    };
    let volume = |pool: &str, name: &str, path: &str| {
        DiskWish::Existing(ImageRef::Volume {
            pool: pool.to_owned(),
            name: name.to_owned(),
            path: path.to_owned(),
        })
    };
    let rows = [
        ("remote-rbd", new),
        (
            "remote-gluster",
            volume("gluster", "web.qcow2", "gluster://g.example/vol/web.qcow2"),
        ),
        (
            "remote-iscsi-direct",
            volume("iscsi-direct", "unit:0:0:1", "ip-iscsi.example-lun-1"),
        ),
    ];
    for (name, disk) in rows {
        let order = Order {
            source: Source::Empty,
            disk,
            ..medium()
        };
        check(name, &order, &facts, Some(&linux()));
        let warned = crate::model::creation::problems(&order, &Surroundings::new(&facts));
        assert!(
            !warned.iter().any(|one| one.text.contains("over the network")),
            "{name}: {warned:?}"
        );
    }
}

#[test]
fn other_boards_get_what_they_have() {
    let rows = [
        ("board-aarch64", "kvm", "aarch64", Some("virt")),
        ("board-riscv64", "qemu", "riscv64", Some("virt")),
        ("board-ppc64le", "kvm", "ppc64le", Some("pseries")),
        ("board-s390x", "kvm", "s390x", Some("s390-ccw-virtio")),
        ("board-pc", "kvm", "x86_64", Some("pc")),
        ("board-xen-hvm", "xen", "x86_64", Some("xenfv")),
        ("board-xen-pv", "xen", "x86_64", Some("xenpv")),
        ("board-xen-pvh", "xen", "x86_64", Some("xenpvh")),
        ("board-test", "test", "i686", None),
    ];
    for (name, hypervisor, arch, machine) in rows {
        let facts = host(hypervisor, arch, machine, None);
        check(name, &medium(), &facts, Some(&linux()));
    }
}

#[test]
fn containers_have_no_hardware() {
    use crate::model::creation::Container;
    let facts = host("lxc", "x86_64", None, None);
    let order = |container| Order {
        source: Source::Container(container),
        disk: DiskWish::None,
        network: NetworkWish::Usual,
        ..medium()
    };
    let application = Container::Application {
        init: "/bin/sh -l".to_owned(),
    };
    let system = Container::System {
        root: "/srv/c & d".to_owned(),
    };
    check("container-application", &order(application), &facts, None);
    check("container-system", &order(system), &facts, None);
}
