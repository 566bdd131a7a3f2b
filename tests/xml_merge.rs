//! Two people change one machine: what comes together, and what has to be asked.

use vireo::model::xml::domain::{Domain, DomainChange};
use vireo::model::xml::{Document, differences, merge};

const BASE: &str = "<domain type='kvm'>
  <name>web</name>
  <memory unit='KiB'>1048576</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='/a'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
      <source network='default'/>
    </interface>
    <!-- keep -->
  </devices>
</domain>
";

fn document(text: &str) -> Document {
    Document::parse(text).expect("well-formed")
}

/// The base with one piece replaced.
#[track_caller]
fn changed(old: &str, new: &str) -> Document {
    assert_eq!(BASE.matches(old).count(), 1, "{old}");
    document(&BASE.replace(old, new))
}

#[track_caller]
fn together(ours: &Document, theirs: &Document) -> String {
    merge(&document(BASE), ours, theirs).expect("no conflict").to_string()
}

/// The places of conflict; the order of both sides must not matter.
#[track_caller]
fn conflicts(ours: &Document, theirs: &Document) -> Vec<String> {
    let places = |ours, theirs| {
        let conflicts = merge(&document(BASE), ours, theirs).expect_err("a conflict");
        conflicts.into_iter().map(|conflict| conflict.place).collect::<Vec<_>>()
    };
    assert_eq!(places(ours, theirs), places(theirs, ours));
    places(ours, theirs)
}

#[test]
fn changes_in_different_places_come_together() {
    let ours = changed("cache='none'", "cache='none' discard='unmap'");
    let theirs = changed("file='/a'", "file='/b'");
    let both = BASE
        .replace("cache='none'", "cache='none' discard='unmap'")
        .replace("file='/a'", "file='/b'");
    assert_eq!(together(&ours, &theirs), both);
    assert_eq!(together(&theirs, &ours), both);
}

#[test]
fn the_same_change_on_both_sides_is_no_conflict() {
    let ours = changed(">2<", ">4<");
    assert_eq!(together(&ours, &ours), ours.to_string());
    let disk = "    <disk type='file'><source file='/n'/><target dev='vdb'/></disk>\n    <interface";
    let ours = changed("    <interface", disk);
    assert_eq!(together(&ours, &ours), ours.to_string());
}

#[test]
fn one_value_changed_in_two_ways_is_a_conflict() {
    assert_eq!(conflicts(&changed(">2<", ">4<"), &changed(">2<", ">8<")), ["vcpu"]);
    let (ours, theirs) = (changed("cache='none'", "cache='unsafe'"), changed(" cache='none'", ""));
    assert_eq!(conflicts(&ours, &theirs), ["devices/disk[vda]/driver/@cache"]);
    let detail = merge(&document(BASE), &ours, &theirs)
        .expect_err("a conflict")
        .remove(0);
    assert_eq!((detail.ours.as_deref(), detail.theirs), (Some("unsafe"), None));
}

#[test]
fn a_device_removed_here_and_changed_there_is_a_conflict() {
    let mut ours = Domain::parse(BASE).expect("a machine");
    ours.remove_disk("vda").expect("it is there");
    let ours = ours.into_document();
    assert_eq!(
        conflicts(&ours, &changed("file='/a'", "file='/b'")),
        ["devices/disk[vda]"]
    );
    // Removed here, untouched there; and removed on both sides.
    assert!(!together(&ours, &changed(">2<", ">3<")).contains("vda"));
    assert_eq!(together(&ours, &ours), ours.to_string());
}

#[test]
fn two_new_disks_under_one_name_are_a_conflict() {
    let add = |file: &str| {
        let base = Domain::parse(BASE).expect("a machine");
        DomainChange::apply_all(&[DomainChange::AddDisk(file.to_owned())], &base)
            .expect("possible")
            .into_document()
    };
    assert_eq!(conflicts(&add("/x"), &add("/y")), ["devices/disk[vdb]"]);
}

#[test]
fn new_devices_of_both_stand_beside_each_other() {
    let ours = changed("    <!-- keep", "    <rng model='virtio'/>\n    <!-- keep");
    let theirs = changed(
        "    <interface",
        "    <disk type='file'>\n      <target dev='vdb'/>\n    </disk>\n    <interface",
    );
    let both = together(&ours, &theirs);
    assert_eq!(
        both,
        theirs
            .to_string()
            .replace("    <!-- keep", "    <rng model='virtio'/>\n    <!-- keep")
    );
}

#[test]
fn layout_comments_and_the_order_of_attributes_are_no_differences() {
    let other = BASE
        .replace("\n    ", "\n\t\t")
        .replace("<!-- keep -->", "<!-- other -->")
        .replace("name='qemu' type='qcow2'", "type=\"qcow2\"  name='qemu'")
        .replace("<name>web</name>", "<name><![CDATA[web]]></name>");
    assert!(differences(&document(BASE), &document(&other)).is_empty());
}

#[test]
fn differences_name_the_place_as_a_person_would() {
    let theirs = BASE
        .replace("cache='none'", "cache='none' io='native'")
        .replace(
            "<source network='default'/>",
            "<source network='lan'/><link state='down'/>",
        )
        .replace("<boot dev='hd'/>", "");
    let mut places: Vec<_> = differences(&document(BASE), &document(&theirs))
        .into_iter()
        .map(|one| one.place)
        .collect();
    places.sort();
    assert_eq!(
        places,
        [
            "devices/disk[vda]/driver/@io",
            "devices/interface[52:54:00:00:00:01]/link",
            "devices/interface[52:54:00:00:00:01]/source/@network",
            "os/boot",
        ]
    );
}

#[test]
fn a_device_that_the_host_has_filled_in_already_is_not_added_a_second_time() {
    let end = "    <!-- keep -->";
    let rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>";
    let nic = "<interface type='user'><model type='virtio'/></interface>";
    let filled = "<rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci' slot='0x05'/></rng>\n    \
                  <interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/><address type='pci' slot='0x06'/></interface>";
    let ours = changed(end, &format!("    {rng}\n    {nic}\n{end}"));
    let theirs = changed(end, &format!("    {filled}\n{end}"));
    assert_eq!(together(&ours, &theirs), theirs.to_string());
    // A second one of ours is a second one.
    let ours = changed(end, &format!("    {rng}\n    {nic}\n    {nic}\n{end}"));
    let both = together(&ours, &theirs);
    assert_eq!(both.matches("<interface").count(), 3, "{both}");
    assert_eq!(both.matches("<rng").count(), 1, "{both}");
    // One that says something else is another one.
    let ours = changed(end, &format!("    {}\n{end}", nic.replace("'virtio'", "'e1000e'")));
    assert_eq!(together(&ours, &theirs).matches("<interface").count(), 3);
}
