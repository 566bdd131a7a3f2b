use super::*;
use crate::model::facts::{HostDevice, HostDeviceKind, HostFacts, Numbered, PciAddress, PciDevice, UsbDevice};
use crate::model::hardware::page::{Context, PageId, page as page_of};
use crate::model::hardware::{Addition, Draft};
use crate::model::xml::Refused;
use crate::model::xml::domain::{DeviceKind, Domain};

fn id(text: &str) -> Numbered {
    Numbered {
        id: Some(text.to_owned()),
        name: None,
    }
}

fn card(slot: u32, group: &[u32]) -> HostDevice {
    let at = |slot: u32| PciAddress {
        bus: 1,
        slot,
        ..PciAddress::default()
    };
    let pci = PciDevice {
        address: at(slot),
        iommu_group: Some(7),
        group: group.iter().map(|slot| at(*slot)).collect(),
        ..PciDevice::default()
    };
    HostDevice {
        name: format!("pci_{slot}"),
        driver: Some("e1000e".to_owned()),
        kind: HostDeviceKind::Pci(Box::new(pci)),
        ..HostDevice::default()
    }
}

fn host() -> HostFacts {
    let stick = UsbDevice {
        bus: 3,
        device: 9,
        vendor: id("0x0951"),
        product: id("0x1666"),
    };
    let stick = HostDevice {
        kind: HostDeviceKind::Usb(stick),
        ..HostDevice::default()
    };
    HostFacts {
        devices: Some(vec![stick, card(1, &[1, 2]), card(2, &[1, 2]), card(3, &[3])].into()),
        ..HostFacts::default()
    }
}

fn draft(device: &str) -> (Draft, PageId) {
    let domain = Domain::parse(&format!("<domain type='kvm'><devices>{device}</devices></domain>")).expect("a machine");
    let node = domain.devices_of(DeviceKind::Hostdev).next().expect("there");
    (Draft::new(domain, None), PageId::Device(node))
}

fn set(device: &str, facts: &HostFacts, row: &str, value: &str) -> Result<String, Refused> {
    let (mut draft, id) = draft(device);
    draft.set(facts, id, row, &Value::of(value))?;
    Ok(draft.edited().document().source(id.node(draft.edited())))
}

const STICK: &str = "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><vendor id='0x0951'/><product id='0x1666'/></source></hostdev>";

#[test]
fn a_usb_device_is_known_by_its_model_or_by_its_place() {
    let place = set(STICK, &host(), "by", PLACE).expect("it is plugged in");
    assert_eq!(
        place,
        "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><address bus='3' device='9'/></source></hostdev>"
    );
    assert_eq!(set(&place, &host(), "by", PRODUCT).expect("it is there"), STICK);
    assert!(
        set(&place.replace("'9'", "'8'"), &host(), "by", PRODUCT).is_err(),
        "it is not plugged in"
    );
    assert!(set(STICK, &HostFacts::default(), "device", "1234").is_err());
}

const PRODUCT: &str = "product";
const PLACE: &str = "place";

#[test]
fn a_card_tells_what_goes_with_it() {
    let (draft, id) = draft(
        "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='1' function='0'/></source></hostdev>",
    );
    let facts = host();
    let page = page_of(&draft.context(&facts), id);
    let row = page.row("device").expect("there");
    assert_eq!(row.value, Value::of("0000:01:01.0"));
    let note = row.note.clone().expect("it is not alone");
    assert!(
        note.contains("0000:01:02.0") && !note.contains("0000:01:03.0"),
        "{note}"
    );
    assert_eq!(
        page.row("driver-now").map(|row| row.value.clone()),
        Some(Value::of("e1000e"))
    );
    let other = set(
        &draft.edited().document().source(id.node(draft.edited())),
        &facts,
        "device",
        "0000:01:03.0",
    );
    assert!(
        other
            .expect("possible")
            .contains("<address domain='0x0000' bus='0x01' slot='0x03' function='0x0'/>")
    );
}

#[test]
fn a_scsi_unit_is_the_host_s_or_on_the_network() {
    let unit = "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/></source><readonly/></hostdev>";
    let other = set(unit, &HostFacts::default(), "device", "2:0:1:3").expect("possible");
    assert_eq!(
        other,
        "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host2'/><address bus='0' target='1' unit='3'/></source><readonly/></hostdev>"
    );
    let remote = set(unit, &HostFacts::default(), "source", "iscsi").expect("possible");
    assert!(
        remote.contains("<source protocol='iscsi'") && remote.ends_with("<readonly/></hostdev>"),
        "{remote}"
    );
    assert!(set(unit, &HostFacts::default(), "device", "2:0:x:3").is_err());
}

#[test]
fn a_picture_while_starting_needs_the_display() {
    let part = "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='u'/></source></hostdev>";
    let on = set(part, &HostFacts::default(), "ramfb", "yes").expect("possible");
    assert!(on.contains("display='on' ramfb='on'"), "{on}");
    let off = set(&on, &HostFacts::default(), "display", "no").expect("possible");
    assert!(off.contains("display='off'") && !off.contains("ramfb"), "{off}");
}

#[test]
fn a_new_device_is_one_that_the_host_has() {
    let facts = host();
    let domain = Domain::parse("<domain type='kvm'><devices/></domain>").expect("a machine");
    let context = Context {
        domain: &domain,
        live: None,
        facts: &facts,
    };
    let find = |id| -> Addition {
        additions(&context)
            .into_iter()
            .find(|addition| addition.id == id)
            .expect("listed")
    };
    let (with, node) = find("hostdev-usb").try_on(&domain, &facts).expect("possible");
    assert!(with.document().source(node).contains("<vendor id='0x0951'/>"));
    let (with, node) = find("hostdev-pci").try_on(&domain, &facts).expect("possible");
    assert!(with.document().source(node).contains("slot='0x01'"));
    assert!(find("hostdev-mdev").problem.is_some(), "the host has none");
    let (with, _) = find("hostdev-scsi").try_on(&domain, &facts).expect("possible");
    assert!(with.document().to_string().contains("model='virtio-scsi'"));
}
