use std::sync::Arc;

use super::super::*;
use super::*;
use crate::model::xml::object::{Capabilities, DomainCapabilities};

fn corpus(path: &str) -> String {
    let path = format!("{}/tests/corpus/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the corpus can be read")
}

/// A QEMU host without KVM, with what it says about one machine type.
fn host(machine: &str) -> HostFacts {
    let domain = DomainCapabilities::parse(&corpus(&format!("domaincaps/qemu-{machine}.xml"))).expect("capabilities");
    let host = Capabilities::parse(&corpus("capabilities/qemu.xml")).expect("capabilities");
    let mut node = NodeFact::default();
    node.learn(&host);
    HostFacts {
        kind: GuestKind {
            hypervisor: "qemu".into(),
            arch: Some("x86_64".into()),
            machine: domain.get(domain_capabilities::MACHINE),
            emulator: None,
        },
        capabilities: Some(Arc::new(host)),
        domain_capabilities: Some(Arc::new(domain)),
        node: Some(Arc::new(node)),
        ..HostFacts::default()
    }
}

/// A host that tells nothing.
fn silent(hypervisor: &str, machine: &str) -> HostFacts {
    HostFacts {
        kind: GuestKind {
            hypervisor: hypervisor.into(),
            arch: Some("x86_64".into()),
            machine: Some(machine.into()),
            emulator: None,
        },
        ..HostFacts::default()
    }
}

/// `virtio sata -ide`: a minus before what can't be used.
fn shown(choices: &[Choice]) -> String {
    let words: Vec<String> = choices
        .iter()
        .map(|choice| format!("{}{}", if choice.is_usable() { "" } else { "-" }, choice.value))
        .collect();
    words.join(" ")
}

#[test]
fn what_a_board_offers_comes_first_and_the_rest_is_there_with_a_reason() {
    let cases = [
        ("q35", "virtio scsi sata usb -ide -sd"),
        ("pc", "virtio scsi sata usb ide -sd"),
        ("isapc", "-virtio -scsi -sata -usb -ide -sd"),
        ("microvm", "virtio -scsi -sata -usb -ide -sd"),
    ];
    for (machine, buses) in cases {
        assert_eq!(shown(&host(machine).disk_buses("disk")), buses, "{machine}");
    }
    let ide = host("q35")
        .disk_buses("disk")
        .into_iter()
        .find(|choice| choice.value == "ide");
    assert_eq!(
        ide.and_then(|choice| choice.problem).as_deref(),
        Some("Machines of type q35 have SATA instead of IDE.")
    );
}
