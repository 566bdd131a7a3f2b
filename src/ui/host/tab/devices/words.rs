//! What is said of a device of a host. Pure.

use crate::i18n::{tr, tr_f};
use crate::model::facts::{HostDevice, HostDeviceKind, Numbered, PciDevice};
use crate::model::node::{Category, DeviceCall, NodeDeviceFact, group_title};
use crate::ui::format;
use crate::ui::host::tab::facts::Fact;

/// What a person calls a device: never empty.
pub(super) fn title(device: &HostDevice) -> String {
    let named = |vendor: &Numbered, product: &Numbered| {
        let (vendor, product) = (vendor.name.clone(), product.name.clone());
        match (vendor, product) {
            (_, Some(product)) => product,
            (Some(vendor), None) => vendor,
            (None, None) => String::new(),
        }
    };
    let title = match &device.kind {
        HostDeviceKind::Pci(pci) => named(&pci.vendor, &pci.product),
        HostDeviceKind::Usb(usb) => named(&usb.vendor, &usb.product),
        HostDeviceKind::Storage { block, model, .. } => model.clone().unwrap_or_else(|| block.clone()),
        HostDeviceKind::ScsiHost { host, .. } => tr_f("SCSI adapter {n}", &[("n", &host.to_string())]),
        HostDeviceKind::Mediated { type_id, .. } => type_id.clone(),
        HostDeviceKind::Other(kind) if kind == "system" => tr("The host itself"),
        _ => device.label(),
    };
    if !title.trim().is_empty() {
        return title;
    }
    match &device.kind {
        HostDeviceKind::Pci(pci) => pci_class(pci.class),
        HostDeviceKind::Usb(_) => tr("USB device"),
        _ => device.name.clone(),
    }
}

/// What stands below the title in the tree.
pub(super) fn subtitle(fact: &NodeDeviceFact) -> String {
    let device = &fact.device;
    let place = match &device.kind {
        HostDeviceKind::Pci(pci) => pci.address.to_string(),
        HostDeviceKind::Usb(usb) => format!("{:03}:{:03}", usb.bus, usb.device),
        HostDeviceKind::Storage { block, model, .. } if model.is_some() => block.clone(),
        HostDeviceKind::Mediated { uuid, .. } => uuid.clone(),
        HostDeviceKind::Net { mac, .. } => mac.clone().unwrap_or_default(),
        HostDeviceKind::Scsi { class, .. } => class.clone(),
        _ => device.name.clone(),
    };
    // Groups of several have a line of their own.
    let group = device.pci().filter(|pci| pci.group.len() == 1);
    let group = group.and_then(|pci| pci.iommu_group).map(group_title);
    let parts = [
        place,
        device.driver.clone().unwrap_or_default(),
        group.unwrap_or_default(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// A symbolic icon.
pub(super) fn icon(kind: &HostDeviceKind) -> &'static str {
    match kind {
        HostDeviceKind::Pci(pci) => match pci.class.map(|class| class >> 16) {
            Some(0x01) => "drive-harddisk-symbolic",
            Some(0x02) => "network-wired-symbolic",
            Some(0x03) => "vireo-video-card-symbolic",
            Some(0x04) => "audio-card-symbolic",
            _ => "vireo-card-symbolic",
        },
        HostDeviceKind::Other(name) if name == "system" => "computer-symbolic",
        other => category_icon(Category::of(other)),
    }
}

/// The icon of a category.
pub(super) fn category_icon(category: Category) -> &'static str {
    match category {
        Category::Usb => "vireo-usb-symbolic",
        Category::Storage | Category::Scsi => "drive-harddisk-symbolic",
        Category::Net => "network-wired-symbolic",
        Category::Mediated => "vireo-video-card-symbolic",
        Category::Pci | Category::Other => "vireo-card-symbolic",
    }
}

fn pci_class(class: Option<u32>) -> String {
    match class.map(|class| class >> 16) {
        Some(0x01) => tr("Storage controller"),
        Some(0x02) => tr("Network card"),
        Some(0x03) => tr("Graphics card"),
        Some(0x04) => tr("Sound card"),
        Some(0x06) => tr("Bridge"),
        Some(0x0c) => tr("Bus controller"),
        _ => tr("PCI device"),
    }
}

fn numbered(what: &Numbered) -> Option<String> {
    match (&what.name, &what.id) {
        (Some(name), Some(id)) => Some(format!("{name} ({id})")),
        (name, id) => name.clone().or_else(|| id.clone()),
    }
}

/// Everything about a device. What the host does not tell is left out, apart from what people look for.
pub(super) fn facts(fact: &NodeDeviceFact) -> Vec<Fact> {
    let device = &fact.device;
    let mut all = vec![Fact::new(tr("Name for libvirt"), Some(device.name.clone()))];
    match &device.kind {
        HostDeviceKind::Pci(pci) => all.extend(of_pci(pci)),
        HostDeviceKind::Usb(usb) => all.extend([
            Fact::new(tr("Vendor"), numbered(&usb.vendor)),
            Fact::new(tr("Product"), numbered(&usb.product)),
            Fact::new(tr("Bus and number"), Some(format!("{:03}:{:03}", usb.bus, usb.device))),
        ]),
        HostDeviceKind::Storage {
            block,
            drive,
            model,
            size,
            medium,
            label,
        } => {
            all.extend([
                Fact::new(tr("Device file"), Some(block.clone())),
                Fact::new(tr("Kind"), Some(drive.clone())),
                Fact::new(tr("Model"), model.clone()),
                Fact::new(tr("Size"), size.map(|size| format::bytes(size as f64))),
            ]);
            if let Some(medium) = medium {
                let text = if *medium { tr("There is one") } else { tr("None") };
                all.push(Fact::new(tr("Medium"), Some(label.clone().unwrap_or(text))));
            }
        }
        HostDeviceKind::Net { interface, mac, up } => all.extend([
            Fact::new(tr("Interface"), Some(interface.clone())),
            Fact::new(tr("Hardware address"), mac.clone()),
            Fact::new(tr("Link"), up.map(|up| if up { tr("Up") } else { tr("Down") })),
        ]),
        HostDeviceKind::ScsiHost { wwpn, .. } if wwpn.is_some() => {
            all.push(Fact::new(tr("Port name (WWPN)"), wwpn.clone()));
        }
        HostDeviceKind::Mediated { uuid, type_id } => all.extend([
            Fact::new(tr("Identity"), Some(uuid.clone())),
            Fact::new(tr("Kind"), Some(type_id.clone())),
            Fact::new(tr("State"), Some(if fact.active { tr("On") } else { tr("Off") })),
            Fact::new(
                tr("Starts with the host"),
                fact.autostart.map(|on| if on { tr("Yes") } else { tr("No") }),
            ),
        ]),
        _ => {}
    }
    all.push(Fact::new(tr("Driver"), device.driver.clone()));
    if let Some(parent) = &device.parent {
        all.push(Fact::new(tr("Part of"), Some(parent.clone())));
    }
    if !fact.files.is_empty() && !matches!(device.kind, HostDeviceKind::Storage { .. }) {
        all.push(Fact::new(tr("Device files"), Some(fact.files.join("\n"))));
    }
    if let Some(path) = &fact.path {
        all.push(Fact::new(tr("Place in sysfs"), Some(path.clone())));
    }
    all
}

fn of_pci(pci: &PciDevice) -> Vec<Fact> {
    let mut all = vec![
        Fact::new(tr("Address"), Some(pci.address.to_string())),
        Fact::new(tr("Vendor"), numbered(&pci.vendor)),
        Fact::new(tr("Product"), numbered(&pci.product)),
        Fact::new(tr("Class"), Some(pci_class(pci.class))),
        Fact::new(tr("IOMMU group"), pci.iommu_group.map(|group| group.to_string())),
        Fact::new(tr("NUMA cell"), pci.numa_cell.map(|cell| cell.to_string())),
    ];
    if let Some(of) = pci.physical_function {
        all.push(Fact::new(tr("Virtual function of"), Some(of.to_string())));
    }
    if !pci.virtual_functions.is_empty() {
        let list: Vec<String> = pci.virtual_functions.iter().map(ToString::to_string).collect();
        all.push(Fact::new(tr("Virtual functions"), Some(list.join(", "))));
    }
    all
}

/// The button of a call.
pub(super) fn button(call: &DeviceCall, fact: &NodeDeviceFact) -> String {
    match call {
        DeviceCall::Detach => tr("_Detach From Host"),
        DeviceCall::Reattach => tr("Give _Back to Host"),
        DeviceCall::Reset => tr("_Reset"),
        DeviceCall::Start => tr("_Start"),
        DeviceCall::Stop if fact.is_port() => tr("_Remove Port"),
        DeviceCall::Stop => tr("S_top"),
        DeviceCall::Undefine => tr("_Delete"),
        DeviceCall::Autostart(true) => tr("Start _With Host"),
        DeviceCall::Autostart(false) => tr("Don't Start _With Host"),
    }
}

/// What a call does, where that takes something away: heading, sentence, button.
pub(super) fn warning(call: &DeviceCall, fact: &NodeDeviceFact) -> Option<(String, String, String)> {
    let name = title(&fact.device);
    let device = [("device", name.as_str())];
    Some(match call {
        DeviceCall::Detach => (
            tr_f("Detach {device} from the host?", &device),
            tr(
                "The host loses it until it is given back: a disk, its network, or its screen may be gone. Machines that take it by themselves need no detaching.",
            ),
            tr("_Detach"),
        ),
        DeviceCall::Reset => (
            tr_f("Reset {device}?", &device),
            tr("It forgets everything, as after power-on. It must not be in use."),
            tr("_Reset"),
        ),
        DeviceCall::Stop => (
            tr_f("Stop {device}?", &device),
            tr("Whoever uses it loses it at once."),
            tr("_Stop"),
        ),
        DeviceCall::Undefine => (
            tr_f("Delete {device}?", &device),
            tr("Its definition is deleted. While it is on it stays until it is stopped."),
            tr("_Delete"),
        ),
        DeviceCall::Reattach | DeviceCall::Start | DeviceCall::Autostart(_) => return None,
    })
}
