//! How devices are named in the list: kind, number among its kind, and what tells it from its like.

use std::collections::HashMap;

use super::{Context, Entry, PageId};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{Choice, PciAddress};
use crate::model::xml::domain::fields::{
    controller, disk, filesystem, graphics, hostdev, input, interface, port, video,
};
use crate::model::xml::domain::{Device, DeviceKind};
use crate::model::xml::field::Field;

/// Place of a kind in the list.
pub(super) fn rank(kind: DeviceKind) -> usize {
    const ORDER: &[DeviceKind] = &[
        DeviceKind::Disk,
        DeviceKind::Interface,
        DeviceKind::Input,
        DeviceKind::Graphics,
        DeviceKind::Video,
        DeviceKind::Sound,
        DeviceKind::Audio,
        DeviceKind::Serial,
        DeviceKind::Parallel,
        DeviceKind::Console,
        DeviceKind::Channel,
        DeviceKind::Hostdev,
        DeviceKind::Redirdev,
        DeviceKind::Redirfilter,
        DeviceKind::Filesystem,
        DeviceKind::Tpm,
        DeviceKind::Rng,
        DeviceKind::Watchdog,
        DeviceKind::Panic,
        DeviceKind::Vsock,
        DeviceKind::Smartcard,
        DeviceKind::Memballoon,
        DeviceKind::Memory,
        DeviceKind::Shmem,
        DeviceKind::Iommu,
        DeviceKind::Crypto,
        DeviceKind::Lease,
        DeviceKind::Nvram,
        DeviceKind::Pstore,
        DeviceKind::Hub,
        DeviceKind::Controller,
    ];
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}

/// The lines of the list for devices in this order.
pub(super) fn entries(context: &Context<'_>, devices: &[Device]) -> Vec<Entry> {
    let titles: Vec<String> = devices.iter().map(|device| title(context, *device)).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for title in &titles {
        *counts.entry(title).or_default() += 1;
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    devices
        .iter()
        .zip(&titles)
        .map(|(device, title)| {
            let number = seen.entry(title).or_default();
            *number += 1;
            let numbered = match counts.get(title.as_str()) {
                Some(count) if *count > 1 => {
                    tr_f("{name} {number}", &[("name", title), ("number", &number.to_string())])
                }
                _ => title.clone(),
            };
            Entry {
                id: PageId::Device(device.node),
                title: numbered,
                subtitle: subtitle(context, *device),
                icon: icon(context, *device),
            }
        })
        .collect()
}

fn says<T>(context: &Context<'_>, device: Device, field: Field<T>) -> String {
    context
        .domain
        .document()
        .get(device.node, field.raw())
        .unwrap_or_default()
}

fn title(context: &Context<'_>, device: Device) -> String {
    match device.kind {
        DeviceKind::Disk => match says(context, device, disk::DEVICE).as_str() {
            "cdrom" => tr("CD/DVD Drive"),
            "floppy" => tr("Floppy Drive"),
            "lun" => tr("SCSI LUN"),
            _ => tr("Disk"),
        },
        DeviceKind::Hostdev => match says(context, device, hostdev::TYPE).as_str() {
            "usb" => tr("USB Host Device"),
            "pci" => tr("PCI Host Device"),
            "mdev" => tr("Mediated Device"),
            "scsi" | "scsi_host" => tr("SCSI Host Device"),
            _ => tr("Host Device"),
        },
        DeviceKind::Input => match says(context, device, input::TYPE).as_str() {
            "keyboard" => tr("Keyboard"),
            "mouse" => tr("Mouse"),
            "tablet" => tr("Tablet"),
            _ => tr("Input Device"),
        },
        DeviceKind::Controller => controller_title(context, device),
        DeviceKind::Other => {
            let name = context.domain.document().name(device.node).to_owned();
            tr_f("Other Device <{name}>", &[("name", &name)])
        }
        kind => kind_title(kind),
    }
}

fn controller_title(context: &Context<'_>, device: Device) -> String {
    let model = says(context, device, controller::MODEL);
    match says(context, device, controller::TYPE).as_str() {
        "usb" => tr("USB Controller"),
        "scsi" => tr("SCSI Controller"),
        "sata" => tr("SATA Controller"),
        "ide" => tr("IDE Controller"),
        "fdc" => tr("Floppy Controller"),
        "isa" => tr("ISA Controller"),
        "nvme" => tr("NVMe Controller"),
        "ccid" => tr("Smartcard Controller"),
        "virtio-serial" => tr("VirtIO Serial Controller"),
        "xenbus" => tr("Xen Controller"),
        "pci" => match model.as_str() {
            "pci-root" => tr("PCI Root"),
            "pcie-root" => tr("PCIe Root"),
            "pcie-root-port" => tr("PCIe Port"),
            "pcie-switch-upstream-port" | "pcie-switch-downstream-port" => tr("PCIe Switch Port"),
            "pci-expander-bus" | "pcie-expander-bus" => tr("PCI Expander"),
            _ => tr("PCI Bridge"),
        },
        _ => tr("Controller"),
    }
}

/// What a controller says besides its kind: of those of PCI the name that addresses and logs have for them.
fn controller_subtitle(context: &Context<'_>, device: Device) -> String {
    let (kind, model) = (
        says(context, device, controller::TYPE),
        says(context, device, controller::MODEL),
    );
    if kind != "pci" {
        return label_of(context.facts.controller_models(&kind), model);
    }
    let index = says(context, device, controller::INDEX);
    let bus = match model.as_str() {
        "pcie-root" => "pcie",
        _ => "pci",
    };
    match index.as_str() {
        "" => model,
        index => format!("{bus}.{index}"),
    }
}

/// What a value is called, the value itself where it has no name.
fn label_of(choices: Vec<Choice>, value: String) -> String {
    let found = choices.into_iter().find(|choice| choice.value == value);
    found.map_or(value, |choice| choice.label)
}

/// What a kind of device is called.
#[must_use]
pub fn kind_title(kind: DeviceKind) -> String {
    match kind {
        DeviceKind::Emulator => tr("Emulator"),
        DeviceKind::Disk => tr("Disk"),
        DeviceKind::Controller => tr("Controller"),
        DeviceKind::Lease => tr("Lock Lease"),
        DeviceKind::Filesystem => tr("Shared Folder"),
        DeviceKind::Interface => tr("Network Interface"),
        DeviceKind::Smartcard => tr("Smartcard Reader"),
        DeviceKind::Serial => tr("Serial Port"),
        DeviceKind::Parallel => tr("Parallel Port"),
        DeviceKind::Console => tr("Text Console"),
        DeviceKind::Channel => tr("Channel"),
        DeviceKind::Input => tr("Input Device"),
        DeviceKind::Tpm => tr("TPM"),
        DeviceKind::Graphics => tr("Display"),
        DeviceKind::Sound => tr("Sound Card"),
        DeviceKind::Audio => tr("Audio Backend"),
        DeviceKind::Video => tr("Video Card"),
        DeviceKind::Hostdev => tr("Host Device"),
        DeviceKind::Redirdev => tr("USB Redirection"),
        DeviceKind::Redirfilter => tr("USB Redirection Filter"),
        DeviceKind::Hub => tr("USB Hub"),
        DeviceKind::Watchdog => tr("Watchdog"),
        DeviceKind::Memballoon => tr("Memory Balloon"),
        DeviceKind::Rng => tr("Random Number Generator"),
        DeviceKind::Nvram => tr("NVRAM"),
        DeviceKind::Panic => tr("Panic Notifier"),
        DeviceKind::Shmem => tr("Shared Memory"),
        DeviceKind::Memory => tr("Memory Module"),
        DeviceKind::Iommu => tr("IOMMU"),
        DeviceKind::Vsock => tr("VSOCK"),
        DeviceKind::Crypto => tr("Crypto Accelerator"),
        DeviceKind::Pstore => tr("Crash Storage"),
        DeviceKind::Other => tr("Other Device"),
    }
}

/// The NVMe controller of the host that a disk is.
fn host_controller(context: &Context<'_>, device: Device) -> String {
    let document = context.domain.document();
    let address = document.find(device.node, "source/address");
    let address = address.and_then(|address| PciAddress::read(document, address));
    address.map(|address| address.to_string()).unwrap_or_default()
}

/// The first of these that says something.
fn first(texts: impl IntoIterator<Item = String>) -> String {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

fn subtitle(context: &Context<'_>, device: Device) -> String {
    let says_file = || {
        first([
            says(context, device, disk::SOURCE_FILE),
            says(context, device, disk::SOURCE_DEV),
            says(context, device, disk::SOURCE_DIR),
            says(context, device, disk::SOURCE_VOLUME),
            says(context, device, disk::SOURCE_NAME),
            host_controller(context, device),
        ])
    };
    match device.kind {
        DeviceKind::Disk => {
            let file = says_file();
            let file = file.rsplit('/').next().unwrap_or_default().to_owned();
            join([says(context, device, disk::TARGET), file])
        }
        DeviceKind::Interface => join([
            first([
                says(context, device, interface::SOURCE_NETWORK),
                says(context, device, interface::SOURCE_BRIDGE),
                says(context, device, interface::SOURCE_DEV),
                label_of(context.facts.nic_sources(), says(context, device, interface::TYPE)),
            ]),
            says(context, device, interface::MAC),
        ]),
        DeviceKind::Graphics => says(context, device, graphics::TYPE).to_uppercase(),
        DeviceKind::Video => says(context, device, video::MODEL),
        DeviceKind::Controller => controller_subtitle(context, device),
        DeviceKind::Filesystem => says(context, device, filesystem::TARGET),
        DeviceKind::Input => says(context, device, input::BUS),
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel => first([
            says(context, device, port::TARGET_NAME),
            says(context, device, port::TYPE),
        ]),
        _ => first(["model", "type"].map(|name| {
            let document = context.domain.document();
            document
                .attribute(device.node, name)
                .map(std::borrow::Cow::into_owned)
                .unwrap_or_default()
        })),
    }
}

fn join(texts: [String; 2]) -> String {
    texts
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn icon(context: &Context<'_>, device: Device) -> &'static str {
    match device.kind {
        DeviceKind::Disk => match says(context, device, disk::DEVICE).as_str() {
            "cdrom" => "media-optical-symbolic",
            "floppy" => "media-floppy-symbolic",
            _ => "drive-harddisk-symbolic",
        },
        DeviceKind::Interface => "network-wired-symbolic",
        DeviceKind::Input => match says(context, device, input::TYPE).as_str() {
            "keyboard" => "input-keyboard-symbolic",
            "tablet" => "input-tablet-symbolic",
            _ => "input-mouse-symbolic",
        },
        DeviceKind::Graphics => "video-display-symbolic",
        DeviceKind::Video => "vireo-video-card-symbolic",
        DeviceKind::Sound | DeviceKind::Audio => "audio-card-symbolic",
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console => "utilities-terminal-symbolic",
        DeviceKind::Channel => "network-transmit-receive-symbolic",
        DeviceKind::Redirdev | DeviceKind::Redirfilter | DeviceKind::Hub => "vireo-usb-symbolic",
        DeviceKind::Hostdev if says(context, device, hostdev::TYPE) == "usb" => "vireo-usb-symbolic",
        DeviceKind::Filesystem => "folder-remote-symbolic",
        DeviceKind::Tpm | DeviceKind::Smartcard | DeviceKind::Crypto => "security-high-symbolic",
        DeviceKind::Memory | DeviceKind::Memballoon | DeviceKind::Shmem => "vireo-memory-symbolic",
        DeviceKind::Watchdog => "alarm-symbolic",
        DeviceKind::Panic => "dialog-warning-symbolic",
        DeviceKind::Lease => "changes-prevent-symbolic",
        _ => "vireo-card-symbolic",
    }
}
