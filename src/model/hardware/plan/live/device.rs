//! Devices that come, go and change while a machine runs.

use super::{Live, Running, is_qemu};
use crate::i18n::{tr, tr_f};
use crate::model::action::{LiveChange, Setting};
use crate::model::hardware::plan::{Change, Step, pair};
use crate::model::xml::domain::fields::{self, controller, device, disk, graphics, interface, memballoon, module};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Document, NodeId};

/// Whether a device of this kind and form can come to the running machine, as far as a definition can tell: `live` is that of
/// the running machine, `device` the element.
///
/// # Errors
/// Why not before the next start.
pub fn hot_pluggable(live: &Domain, device: &Document) -> Result<(), String> {
    if !is_qemu(live) {
        return Ok(());
    }
    let root = device.root();
    let kind = DeviceKind::of(device.name(root));
    can_come(kind, device, root)?;
    match place_for(kind, live, device, root) {
        Some(Bus::Pcie) if live.has_pcie_root() && live.free_pcie_ports().is_empty() => Err(no_port()),
        Some(Bus::Pci) if live.has_pcie_root() && !live.has_pci_slots() => Err(no_bridge()),
        _ => Ok(()),
    }
}

fn no_port() -> String {
    tr("No PCIe port of the running machine is free.")
}

fn no_bridge() -> String {
    tr("The running machine has no PCI slot for it.")
}

/// Where a device would sit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bus {
    Pci,
    Pcie,
}

/// What QEMU under libvirt plugs into a running machine.
fn can_come(kind: DeviceKind, document: &Document, node: NodeId) -> Result<(), String> {
    let get = |field| document.get::<String>(node, field).unwrap_or_default();
    let bus = get(disk::BUS);
    let target_type = || get(crate::model::xml::domain::fields::port::TARGET_TYPE);
    let fits = match kind {
        DeviceKind::Disk => match get(disk::DEVICE).as_str() {
            "floppy" => false,
            "cdrom" => matches!(bus.as_str(), "scsi" | "usb"),
            _ => matches!(bus.as_str(), "virtio" | "scsi" | "usb"),
        },
        DeviceKind::Controller => matches!(get(controller::TYPE).as_str(), "scsi" | "virtio-serial"),
        DeviceKind::Interface
        | DeviceKind::Hostdev
        | DeviceKind::Rng
        | DeviceKind::Memory
        | DeviceKind::Shmem
        | DeviceKind::Redirdev
        | DeviceKind::Vsock
        | DeviceKind::Channel
        | DeviceKind::Lease => true,
        DeviceKind::Console => target_type() == "virtio",
        DeviceKind::Serial => matches!(target_type().as_str(), "usb-serial" | "pci-serial"),
        DeviceKind::Watchdog => document.attribute(node, "model").as_deref() == Some("i6300esb"),
        DeviceKind::Input => matches!(document.attribute(node, "bus").as_deref(), Some("usb" | "virtio")),
        DeviceKind::Filesystem => get(crate::model::xml::domain::fields::filesystem::DRIVER) == "virtiofs",
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(match kind {
        DeviceKind::Disk => tr_f(
            "A drive on the {bus} bus cannot come or go while the machine runs.",
            &[("bus", &bus)],
        ),
        _ => tr("Such a device cannot come or go while the machine runs."),
    })
}

/// What leaves a running machine again.
fn can_go(kind: DeviceKind, document: &Document, node: NodeId) -> Result<(), String> {
    let get = |field| document.get::<String>(node, field).unwrap_or_default();
    if kind == DeviceKind::Controller && get(controller::TYPE) != "scsi" {
        return Err(tr("Such a device cannot come or go while the machine runs."));
    }
    can_come(kind, document, node)
}

/// What kind of slot a device takes; `None` where it needs none, or where it says which.
fn place_for(kind: DeviceKind, live: &Domain, document: &Document, node: NodeId) -> Option<Bus> {
    let get = |field| document.get::<String>(node, field).unwrap_or_default();
    if document.child(node, "address").is_some() && !is_taken(live, document, node) {
        return None;
    }
    let attribute = |name| document.attribute(node, name);
    match kind {
        DeviceKind::Disk => (get(disk::BUS) == "virtio").then_some(Bus::Pcie),
        DeviceKind::Interface => match get(interface::MODEL).as_str() {
            "usb-net" => None,
            "virtio" | "virtio-non-transitional" | "e1000e" | "igb" | "" => Some(Bus::Pcie),
            _ => Some(Bus::Pci),
        },
        DeviceKind::Hostdev => matches!(attribute("type").as_deref(), Some("pci" | "mdev")).then_some(Bus::Pcie),
        DeviceKind::Input => (attribute("bus").as_deref() == Some("virtio")).then_some(Bus::Pcie),
        DeviceKind::Rng | DeviceKind::Vsock | DeviceKind::Filesystem | DeviceKind::Controller | DeviceKind::Shmem => {
            Some(Bus::Pcie)
        }
        DeviceKind::Watchdog => Some(Bus::Pci),
        DeviceKind::Serial => {
            let kind = get(crate::model::xml::domain::fields::port::TARGET_TYPE);
            (kind == "pci-serial").then_some(Bus::Pci)
        }
        _ => None,
    }
}

/// Whether something else sits at the address of a device.
fn is_taken(live: &Domain, document: &Document, node: NodeId) -> bool {
    let Some(address) = document.child(node, "address") else {
        return false;
    };
    let wanted = document.canonical(address);
    let running = live.document();
    live.devices().any(|other| {
        running
            .child(other.node, "address")
            .is_some_and(|address| running.canonical(address) == wanted)
    })
}

impl Running<'_> {
    pub(super) fn added(&self, kind: DeviceKind, node: NodeId) -> Live {
        let document = self.edited.document();
        if is_named(kind)
            && let Some(there) = pair::partner(self.edited, node, self.live)
        {
            return match self.is_there(node, there) {
                true => Live::Steps(Vec::new()),
                false => Live::NextStart(tr("The running machine still has another device in this place.")),
            };
        }
        if is_qemu(self.live) {
            if let Err(reason) = can_come(kind, document, node) {
                return Live::NextStart(reason);
            }
            match place_for(kind, self.live, document, node) {
                Some(Bus::Pcie) if self.live.has_pcie_root() => match self.ports.get().checked_sub(1) {
                    Some(left) => self.ports.set(left),
                    None => return Live::NextStart(no_port()),
                },
                Some(Bus::Pci) if self.live.has_pcie_root() && !self.live.has_pci_slots() => {
                    return Live::NextStart(no_bridge());
                }
                _ => {}
            }
        } else if !is_named(kind) {
            return Live::NextStart(tr("Such a device cannot come or go while the machine runs."));
        }
        let mut copy = self.edited.clone();
        if is_taken(self.live, document, node)
            && let Some(address) = copy.document().child(node, "address")
        {
            copy.document_mut().remove(address);
        }
        let xml = copy.document().source(node);
        Live::Steps(vec![Step {
            does: LiveChange::Attach(xml.clone()),
            back: Some(LiveChange::Detach(xml)),
        }])
    }

    /// Whether a device of the running machine is this one of the edited definition, wherever it sits.
    fn is_there(&self, node: NodeId, there: NodeId) -> bool {
        let mut copy = self.edited.document().clone();
        for name in ["address", "alias"] {
            while let Some(child) = copy.child(node, name) {
                copy.remove(child);
            }
        }
        self.live.document().covers(there, &copy, node)
    }

    pub(super) fn removed(&self, kind: DeviceKind, node: NodeId) -> Live {
        let Some(node) = self.partner(node) else {
            return Live::Steps(Vec::new());
        };
        let document = self.live.document();
        let xml = document.source(node);
        let alias = document.get(node, device::ALIAS).filter(|_| kind != DeviceKind::Lease);
        let does = match alias {
            Some(alias) if is_qemu(self.live) => LiveChange::Unplug(alias),
            _ => LiveChange::Detach(xml.clone()),
        };
        let possible = match is_qemu(self.live) {
            true => can_go(kind, document, node),
            false if is_named(kind) => Ok(()),
            false => Err(tr("Such a device cannot come or go while the machine runs.")),
        };
        match possible {
            Ok(()) => Live::Steps(vec![Step {
                does,
                back: Some(LiveChange::Attach(xml)),
            }]),
            Err(reason) => Live::NextStart(reason),
        }
    }

    pub(super) fn changed(&self, change: &Change, kind: DeviceKind, node: NodeId) -> Live {
        let Some(live) = self.partner(node) else {
            return Live::NextStart(tr("The running machine does not have this device."));
        };
        let start = format!("devices/{}/", change.owner.label);
        let key = change.place.strip_prefix(&start).unwrap_or(&change.place);
        match (kind, key) {
            (DeviceKind::Disk, "iotune") => self.throttle(change, node, live),
            (DeviceKind::Memballoon, "stats/@period" | "stats") => self.period(change, live),
            (DeviceKind::Disk, "source") => self.medium(change, live),
            _ if !is_qemu(self.live) && matches!(kind, DeviceKind::Disk | DeviceKind::Interface) => {
                self.update(change, live)
            }
            (DeviceKind::Disk, "source/@startupPolicy") => self.update(change, live),
            (DeviceKind::Interface, "source") => self.reconnect(change, live),
            (
                DeviceKind::Interface,
                "bandwidth"
                | "filterref"
                | "link/@state"
                | "vlan"
                | "virtualport"
                | "coalesce"
                | "port/@isolated"
                | "@trustGuestRxFilters",
            ) => self.update(change, live),
            (DeviceKind::Graphics, "@passwd" | "@passwdValidTo") => self.password(change, live),
            (DeviceKind::Graphics, "@connected") if self.text(live, graphics::TYPE) == "spice" => {
                self.update(change, live)
            }
            (DeviceKind::Memory, "target/requested") if self.text(live, module::MODEL) == "virtio-mem" => {
                self.update(change, live)
            }
            _ => Live::fixed(),
        }
    }

    fn text(&self, live: NodeId, field: crate::model::xml::field::Field<String>) -> String {
        self.live.document().get(live, field).unwrap_or_default()
    }

    fn update(&self, change: &Change, live: NodeId) -> Live {
        match self.updated(change, live) {
            Some((copy, old)) => Live::step(
                LiveChange::Update(copy.document().source(live)),
                LiveChange::Update(old),
            ),
            None => Live::fixed(),
        }
    }

    /// QEMU changes a password of a display; whether there is one is decided when it starts.
    fn password(&self, change: &Change, live: NodeId) -> Live {
        let has = |domain: &Domain, node| domain.document().attribute(node, fields::PASSWORD).is_some();
        let after = change.parts.first().and_then(|part| part.after);
        match (has(self.live, live), after.is_some_and(|after| has(self.edited, after))) {
            (true, true) => self.update(change, live),
            (false, _) => Live::NextStart(tr("The machine was started without a password for its display.")),
            (true, false) => Live::NextStart(tr("The machine was started with a password for its display.")),
        }
    }

    /// As [`Running::update`], with all of the new source: what the running machine has added there belongs to the old one.
    fn update_source(&self, change: &Change, live: NodeId) -> Live {
        let after = change.parts.first().and_then(|part| part.after);
        let (Some((mut copy, old)), Some(after)) = (self.updated(change, live), after) else {
            return Live::fixed();
        };
        let edited = self.edited.document();
        let document = copy.document_mut();
        for name in ["source", "backingStore"] {
            while let Some(old) = document.child(live, name) {
                document.remove(old);
            }
        }
        if let Some(source) = edited.child(after, "source")
            && document.insert_ordered(live, &edited.source(source)).is_err()
        {
            return Live::fixed();
        }
        let kind = edited.attribute(after, "type").map(std::borrow::Cow::into_owned);
        if let Some(kind) = kind
            && document.set_attribute(live, "type", &kind).is_err()
        {
            return Live::fixed();
        }
        let running = self.live.document();
        let here = running
            .child(live, "source")
            .map(|source| without_index(running, source));
        let there = copy
            .document()
            .child(live, "source")
            .map(|source| without_index(copy.document(), source));
        if here == there {
            return Live::Steps(Vec::new());
        }
        Live::step(
            LiveChange::Update(copy.document().source(live)),
            LiveChange::Update(old),
        )
    }

    fn medium(&self, change: &Change, live: NodeId) -> Live {
        if matches!(self.text(live, disk::DEVICE).as_str(), "cdrom" | "floppy") {
            return self.update_source(change, live);
        }
        Live::NextStart(tr(
            "Only the medium of a CD-ROM or floppy drive can change while the machine runs.",
        ))
    }

    /// The cable goes into another socket.
    fn reconnect(&self, change: &Change, live: NodeId) -> Live {
        let can = |kind: &str| matches!(kind, "network" | "bridge" | "ethernet" | "direct");
        let after = change.parts.first().and_then(|part| part.after);
        let edited = self.edited.document();
        let new: Option<String> = after.and_then(|after| edited.get(after, interface::TYPE));
        if can(&self.text(live, interface::TYPE)) && new.is_some_and(|new| can(&new)) {
            return self.update_source(change, live);
        }
        Live::NextStart(tr("A connection of this kind is fixed while the machine runs."))
    }

    fn throttle(&self, change: &Change, node: NodeId, live: NodeId) -> Live {
        if change
            .parts
            .iter()
            .any(|part| part.place.starts_with("throttlefilters"))
        {
            return Live::fixed();
        }
        let after = change.parts.first().and_then(|part| part.after);
        let Some(after) = after.filter(|_| self.base.document().contains(node)) else {
            return Live::fixed();
        };
        let target = self.text(live, disk::TARGET);
        let (new, old) = (
            limits(self.edited.document(), after),
            limits(self.live.document(), live),
        );
        let change = |limits, others: &[(String, Setting)]| LiveChange::Throttle {
            disk: target.clone(),
            limits: complete(limits, others),
        };
        Live::step(change(new.clone(), &old), change(old, &new))
    }

    fn period(&self, change: &Change, live: NodeId) -> Live {
        let after = change.parts.first().and_then(|part| part.after);
        let new = after.and_then(|after| self.edited.document().get(after, memballoon::PERIOD));
        let old = self.live.document().get(live, memballoon::PERIOD);
        let period = |value: Option<u64>| u32::try_from(value.unwrap_or(0)).map(LiveChange::StatsPeriod);
        match (period(new), period(old)) {
            (Ok(new), Ok(old)) => Live::step(new, old),
            _ => Live::fixed(),
        }
    }
}

/// Devices that keep what they are known by from one definition to another, so that one can be found in the running machine.
fn is_named(kind: DeviceKind) -> bool {
    use DeviceKind::{Channel, Controller, Disk, Filesystem, Hostdev, Interface, Lease, Shmem};
    matches!(
        kind,
        Disk | Interface | Hostdev | Channel | Controller | Filesystem | Shmem | Lease
    )
}

fn without_index(document: &Document, source: NodeId) -> String {
    let mut copy = document.clone();
    copy.remove_attribute(source, "index");
    copy.canonical(source)
}

/// The limits that a disk has.
fn limits(document: &Document, disk: NodeId) -> Vec<(String, Setting)> {
    let Some(iotune) = document.child(disk, "iotune") else {
        return Vec::new();
    };
    let read = |node| {
        let (name, text) = (
            document.local_name(node).to_owned(),
            document.text(node).trim().to_owned(),
        );
        let setting = match name.as_str() {
            "group_name" => Setting::Text(text),
            _ => Setting::Large(text.parse().ok()?),
        };
        Some((name, setting))
    };
    document.children(iotune).filter_map(read).collect()
}

/// libvirt leaves limits alone that are not named, so all are: the plain ones, and those that were there.
fn complete(mut limits: Vec<(String, Setting)>, others: &[(String, Setting)]) -> Vec<(String, Setting)> {
    const PLAIN: [&str; 6] = [
        "total_bytes_sec",
        "read_bytes_sec",
        "write_bytes_sec",
        "total_iops_sec",
        "read_iops_sec",
        "write_iops_sec",
    ];
    let gone = others.iter().filter_map(|(name, setting)| match setting {
        // Without a burst there is no length of one.
        Setting::Large(_) if !name.ends_with("_length") => Some(name.as_str()),
        _ => None,
    });
    for name in PLAIN.into_iter().chain(gone) {
        if !limits.iter().any(|(known, _)| known == name) {
            limits.push((name.to_owned(), Setting::Large(0)));
        }
    }
    limits.sort_by(|(one, _), (other, _)| one.cmp(other));
    limits
}
