use super::*;
use crate::model::usage::{Lore, Machine, Usage, images};

const DISK: &str = "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>";

/// Facts with an index of these machines and their disks.
fn facts(machines: &[(u128, &str, bool, &str)], lore: Lore) -> HostFacts {
    let machines = machines.iter().map(|(number, name, active, devices)| {
        let domain = machine(&["<devices>", devices, "</devices>"]);
        Machine {
            uuid: uuid::Uuid::from_u128(*number),
            name: (*name).into(),
            active: *active,
            locks: true,
            images: Some(images(domain.document()).into()),
        }
    });
    HostFacts {
        usage: Some(Arc::new(Usage::new(machines.collect(), Arc::new(lore)))),
        ..HostFacts::default()
    }
}

fn note(devices: &[&str], facts: &HostFacts, id: &str) -> Option<String> {
    let uuid = format!("<uuid>{}</uuid>", uuid::Uuid::from_u128(1));
    let domain = machine(&[&[uuid.as_str(), "<devices>"], devices, &["</devices>"]].concat());
    let disk = domain.disk("vda").expect("the disk");
    row(&domain, facts, PageId::Device(disk), id).expect("the row").note
}

#[test]
fn disk_says_who_else_uses_its_image() {
    let own = (1, "mail", false, DISK);
    let old = (2, "old-mail", true, DISK);
    let said = note(&[DISK], &facts(&[own, old], Lore::default()), "source-file");
    assert_eq!(said.as_deref(), Some("“old-mail” uses it as vda (running)."));
    assert_eq!(note(&[DISK], &facts(&[own], Lore::default()), "source-file"), None);
    // As somebody edits it, the name in the machine is another one than in the index.
    let moved = DISK.replace("vda", "vdz");
    assert_eq!(
        note(
            &[DISK],
            &facts(&[(1, "mail", false, &moved)], Lore::default()),
            "source-file"
        ),
        None
    );
    let twice = DISK.replace("vda", "vdb");
    let said = note(&[DISK, &twice], &facts(&[own], Lore::default()), "source-file");
    assert!(said.is_some_and(|said| said.contains("as vdb")));
}

#[test]
fn medium_that_many_read_needs_no_word() {
    let drive = "<disk type='file' device='cdrom'><source file='/iso'/><target dev='vda' bus='sata'/></disk>";
    let others = facts(&[(2, "b", true, drive), (3, "c", true, drive)], Lore::default());
    assert_eq!(note(&[drive], &others, "medium"), None);
}

#[test]
fn chain_of_a_machine_that_is_off_comes_from_the_pools() {
    let mut lore = Lore::default();
    lore.learn_chains(&std::collections::HashMap::from([(
        "/a".to_owned(),
        vec!["/base".to_owned(), "/root".to_owned()],
    )]));
    let facts = facts(&[], lore);
    let domain = machine(&["<devices>", DISK, "</devices>"]);
    let disk = PageId::Device(domain.disk("vda").expect("the disk"));
    let value = |id: &str| row(&domain, &facts, disk, id).map(|row| row.value);
    assert_eq!(value("chain1"), Some(Value::of("/base")));
    assert_eq!(value("chain2"), Some(Value::of("/root")));
    assert_eq!(value("chain3"), None);
}
