use super::*;
use crate::model::facts::{HostDevice, HostDeviceKind, VolumeFact};
use crate::model::usage::{Lore, Usage};

const DRIVE: &str = "<disk type='file' device='cdrom'><driver type='raw'/><source file='/iso/a.iso'/>\
                     <target dev='sda' bus='sata'/><readonly/></disk>";

/// A host with a drive, recent media, and a pool `default` with these volumes of 2 GiB.
fn facts(recent: &[&str], volumes: &[&str]) -> HostFacts {
    let mut lore = Lore::default();
    let volumes: Vec<VolumeFact> = volumes
        .iter()
        .map(|name| VolumeFact {
            name: (*name).to_owned(),
            path: format!("/pool/{name}"),
            kind: "file".to_owned(),
            capacity: Some(2 << 30),
            ..VolumeFact::default()
        })
        .collect();
    lore.learn_pool("default", &volumes);
    let drive = HostDevice {
        kind: HostDeviceKind::Storage {
            block: "/dev/sr0".to_owned(),
            drive: "cdrom".to_owned(),
            model: None,
            size: None,
            medium: Some(true),
            label: None,
        },
        ..HostDevice::default()
    };
    HostFacts {
        devices: Some(vec![drive].into()),
        recent_media: Some(recent.iter().map(|path| (*path).to_owned()).collect()),
        usage: Some(Arc::new(Usage::new(Vec::new(), Arc::new(lore)))),
        ..HostFacts::default()
    }
}

fn of(devices: &str, facts: &HostFacts, target: &str, id: &str) -> Option<Row> {
    let domain = machine(&["<devices>", devices, "</devices>"]);
    let disk = domain.disk(target).expect("the disk");
    row(&domain, facts, PageId::Device(disk), id)
}

#[test]
fn drive_offers_drives_of_the_host_recent_media_and_those_of_pools() {
    let facts = facts(&["/iso/b.iso", "/pool/c.iso"], &["c.iso", "D.ISO", "disk.qcow2"]);
    let medium = of(DRIVE, &facts, "sda", "medium").expect("the row");
    let offered: Vec<&str> = medium.proposals.iter().map(|choice| choice.value.as_str()).collect();
    assert_eq!(offered, ["/dev/sr0", "/iso/b.iso", "/pool/c.iso", "/pool/D.ISO"]);
    assert_eq!(medium.proposals[1].label, "b.iso");
    assert_eq!(medium.value, Value::of("/iso/a.iso"));
}

#[test]
fn cdrom_is_not_asked_whether_it_can_be_written() {
    let facts = facts(&[], &[]);
    for id in ["readonly", "error-policy", "encryption", "source-file"] {
        assert!(of(DRIVE, &facts, "sda", id).is_none(), "{id}");
    }
    assert!(of(DRIVE, &facts, "sda", "eject").is_some());
}

#[test]
fn drive_can_take_its_media_from_a_server() {
    let domain = machine(&["<devices>", DRIVE, "</devices>"]);
    let disk = PageId::Device(domain.disk("sda").expect("the drive"));
    let text = set(
        &domain,
        &HostFacts::default(),
        disk,
        "source-type",
        &Value::of("network"),
    )
    .expect("possible");
    assert!(text.contains("<disk type='network' device='cdrom'>"), "{text}");
}

#[test]
fn disk_of_a_pool_says_its_size_and_offers_the_volumes() {
    let facts = facts(&[], &["b.qcow2", "a.qcow2"]);
    let disk = "<disk type='volume'><source pool='default' volume='a.qcow2'/><target dev='vda' bus='virtio'/></disk>";
    let size = of(disk, &facts, "vda", "resize").expect("the row");
    assert_eq!(size.value, Value::of("2 GiB"));
    let volume = of(disk, &facts, "vda", "volume").expect("the row");
    let crate::model::hardware::Control::Proposal(volumes) = volume.control else {
        panic!("{:?}", volume.control);
    };
    let names: Vec<&str> = volumes.iter().map(|choice| choice.value.as_str()).collect();
    assert_eq!(names, ["a.qcow2", "b.qcow2"]);
}

#[test]
fn media_of_a_machine_are_those_of_its_drives() {
    let devices = format!(
        "{DRIVE}<disk device='floppy'><source dev='/dev/fd0'/><target dev='fda'/></disk>\
         <disk device='cdrom'><target dev='sdb'/></disk><disk><source file='/a'/><target dev='vda'/></disk>"
    );
    let domain = machine(&["<devices>", &devices, "</devices>"]);
    assert_eq!(domain.media(), ["/iso/a.iso", "/dev/fd0"]);
}
