//! What the arrows beside rows offer.

use super::*;

/// What the arrow beside a row offers.
fn proposed(sheet: &Sheet, around: &Around, row: &str) -> Vec<String> {
    let page = sheet.page(around);
    let row = page.row(row).expect("the row");
    let choices = match &row.control {
        Control::Proposal(choices) => choices,
        _ => &row.proposals,
    };
    choices.iter().map(|choice| choice.value.clone()).collect()
}

#[test]
fn drives_of_the_host_stand_before_media_that_were_used() {
    use crate::model::facts::HostDevice;
    let drive = "<device><name>block_sr0</name><path>/sys/x</path><capability type='storage'><block>/dev/sr0</block>\
        <drive_type>cdrom</drive_type><capability type='removable'><media_available>1</media_available></capability>\
        </capability></device>";
    let mut place = Place::new();
    place.facts.devices = Some([HostDevice::read(drive).expect("a drive")].into());
    place.facts.recent_media = Some(["/dev/sr0".to_owned(), "/iso/a.iso".to_owned()].into());
    let sheet = Sheet::new("alice");
    assert_eq!(proposed(&sheet, &place.around(), "image"), ["/dev/sr0", "/iso/a.iso"]);
}

#[test]
fn trees_that_were_used_stand_before_those_of_the_database_each_once() {
    use crate::model::os::Offer;
    let mut place = Place::new();
    let tree = |url: &str| Offer {
        url: url.to_owned(),
        arch: "x86_64".to_owned(),
        ..Offer::default()
    };
    place.systems[0].trees = vec![tree("https://deb.example.org/12/")];
    let mut sheet = Sheet::new("alice");
    sheet.begin = Begin::Tree;
    let recent = [
        "https://mirror.example.org/own/".to_owned(),
        "https://deb.example.org/12/".to_owned(),
    ];
    assert_eq!(
        proposed(&sheet, &place.around(), "tree"),
        ["https://deb.example.org/12/"]
    );
    let around = Around {
        recent_trees: &recent,
        ..place.around()
    };
    assert_eq!(proposed(&sheet, &around, "tree"), recent);
}

#[test]
fn a_container_is_never_proposed_as_a_cloud_image() {
    use crate::model::os::Offer;
    let mut place = Place::new();
    let image = |url: &str| Offer {
        url: url.to_owned(),
        arch: "x86_64".to_owned(),
        cloud_init: true,
        ..Offer::default()
    };
    place.systems[0].images = vec![
        image("docker://quay.example.org/debian:12"),
        image("https://example.org/d.qcow2"),
    ];
    let mut sheet = Sheet::new("alice");
    sheet.begin = Begin::Cloud;
    assert_eq!(
        proposed(&sheet, &place.around(), "image"),
        ["https://example.org/d.qcow2"]
    );
}
