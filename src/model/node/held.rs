//! What a host would lose with a device. Pure.

use std::collections::HashSet;

use super::NodeDeviceFact;
use crate::i18n::{tr, tr_f};
use crate::model::facts::{HostDeviceKind, PciAddress};

/// Devices that hang on each other at most.
const DEEPEST: usize = 32;
/// PCI class of graphics cards.
const DISPLAY: u32 = 0x03;
/// Drivers that hold a device for machines, not for the host.
const FOR_MACHINES: [&str; 3] = ["vfio-pci", "pci-stub", "pciback"];

/// What this computer uses its devices for, as far as it was seen. Only a host that is this computer can be looked at so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostUses {
    /// Interfaces below the default route, those below a bridge or bond included.
    pub routes: HashSet<String>,
    /// Disks with mounted file systems or swap, by their device files: `/dev/sda`.
    pub disks: HashSet<String>,
    /// There are file systems that do not tell which disks they lie on (ZFS): any other disk may be one of theirs.
    pub hides_disks: bool,
    /// Graphics cards that the computer began to show its screen on.
    pub screens: HashSet<PciAddress>,
}

/// Something that the host has of a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Its screen.
    Screen,
    /// The way to other computers, by this interface.
    Route(String),
    /// Files that it runs from or has open, on this disk.
    Disk(String),
    /// Perhaps its screen: a distant host does not tell.
    MaybeScreen,
    /// An interface that has a link.
    Link(String),
    /// A disk that may be in use: a distant host does not tell.
    MaybeDisk(String),
}

impl Hold {
    /// The host does lose something, for all that is known.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        matches!(self, Self::Screen | Self::Route(_) | Self::Disk(_))
    }

    /// A sentence about it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Screen => tr("The host shows its own screen on it."),
            Self::Route(interface) => tr_f(
                "The host reaches other computers through it ({interface}).",
                &[("interface", interface)],
            ),
            Self::Disk(disk) => tr_f("The host has files in use on {disk}.", &[("disk", disk)]),
            Self::MaybeScreen => tr("The host may show its own screen on it."),
            Self::Link(interface) => tr_f(
                "The host may need its network interface {interface}, which is connected.",
                &[("interface", interface)],
            ),
            Self::MaybeDisk(disk) => tr_f("The host may have files on {disk}.", &[("disk", disk)]),
        }
    }
}

/// What the host has of these devices and of all that hangs on them, the surest first. `seen` is what was seen on this
/// computer, where that is the host.
#[must_use]
pub fn holds(all: &[NodeDeviceFact], of: &[&NodeDeviceFact], seen: Option<&HostUses>) -> Vec<Hold> {
    let mut names: HashSet<&str> = of.iter().map(|fact| fact.device.name.as_str()).collect();
    // Each turn goes one step further down.
    for _ in 0..DEEPEST {
        let below = all.iter().filter(|fact| {
            let parent = fact.device.parent.as_deref();
            parent.is_some_and(|parent| names.contains(parent))
        });
        let before = names.len();
        let below: Vec<&str> = below.map(|fact| fact.device.name.as_str()).collect();
        names.extend(below);
        if names.len() == before {
            break;
        }
    }
    let concerned = all.iter().filter(|fact| names.contains(fact.device.name.as_str()));
    let mut holds: Vec<Hold> = concerned.filter_map(|fact| hold(fact, seen)).collect();
    holds.sort_by_key(|hold| !hold.is_sure());
    holds.dedup();
    holds
}

fn hold(fact: &NodeDeviceFact, seen: Option<&HostUses>) -> Option<Hold> {
    let driver = fact.device.driver.as_deref();
    match (&fact.device.kind, seen) {
        (HostDeviceKind::Pci(_), _) if driver.is_some_and(|driver| FOR_MACHINES.contains(&driver)) => None,
        (HostDeviceKind::Pci(pci), Some(seen)) => seen.screens.contains(&pci.address).then_some(Hold::Screen),
        (HostDeviceKind::Pci(pci), None) => {
            let is_display = pci.class.is_some_and(|class| class >> 16 == DISPLAY);
            (is_display && driver.is_some()).then_some(Hold::MaybeScreen)
        }
        (HostDeviceKind::Net { interface, .. }, Some(seen)) if seen.routes.contains(interface) => {
            Some(Hold::Route(interface.clone()))
        }
        (HostDeviceKind::Net { interface, up, .. }, _) => (*up == Some(true)).then(|| Hold::Link(interface.clone())),
        (HostDeviceKind::Storage { block, .. }, Some(seen)) if seen.disks.contains(block) => {
            Some(Hold::Disk(block.clone()))
        }
        (HostDeviceKind::Storage { block, drive, .. }, seen) => {
            let may_be = drive == "disk" && seen.is_none_or(|seen| seen.hides_disks);
            may_be.then(|| Hold::MaybeDisk(block.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> Vec<NodeDeviceFact> {
        let all = [
            "<device><name>pci_disk</name><parent>computer</parent><driver><name>ahci</name></driver><capability type='pci'>\
             <class>0x010601</class><bus>0</bus><slot>23</slot></capability></device>",
            "<device><name>scsi_host0</name><parent>pci_disk</parent><capability type='scsi_host'><host>0</host></capability></device>",
            "<device><name>scsi_0_0_0_0</name><parent>scsi_host0</parent><capability type='scsi'><host>0</host><bus>0</bus>\
             <target>0</target><lun>0</lun><type>disk</type></capability></device>",
            "<device><name>block_sda</name><parent>scsi_0_0_0_0</parent><capability type='storage'><block>/dev/sda</block>\
             <drive_type>disk</drive_type></capability></device>",
            "<device><name>pci_net</name><parent>computer</parent><driver><name>igb</name></driver><capability type='pci'>\
             <class>0x020000</class><bus>3</bus><slot>0</slot></capability></device>",
            "<device><name>net_eno1</name><parent>pci_net</parent><capability type='net'><interface>eno1</interface>\
             <link state='up'/></capability></device>",
            "<device><name>pci_vga</name><parent>computer</parent><driver><name>amdgpu</name></driver><capability type='pci'>\
             <class>0x030000</class><bus>1</bus><slot>0</slot></capability></device>",
        ];
        all.iter()
            .map(|text| NodeDeviceFact::read(text).expect("a device"))
            .collect()
    }

    fn of(name: &str, seen: Option<&HostUses>) -> Vec<Hold> {
        let all = devices();
        let fact = all.iter().find(|fact| fact.device.name == name).expect("the device");
        holds(&all, &[fact], seen)
    }

    #[test]
    fn controller_of_the_disk_that_the_host_runs_from_is_held_by_it() {
        let seen = HostUses {
            disks: HashSet::from(["/dev/sda".to_owned()]),
            ..HostUses::default()
        };
        for name in ["pci_disk", "scsi_0_0_0_0"] {
            assert_eq!(of(name, Some(&seen)), [Hold::Disk("/dev/sda".into())], "{name}");
        }
        // A disk that nobody has mounted is what is given away.
        assert_eq!(of("pci_disk", Some(&HostUses::default())), []);
    }

    #[test]
    fn any_disk_may_be_in_use_where_a_file_system_does_not_tell_its_disks() {
        let seen = HostUses {
            hides_disks: true,
            ..HostUses::default()
        };
        assert_eq!(of("pci_disk", Some(&seen)), [Hold::MaybeDisk("/dev/sda".into())]);
        let seen = HostUses {
            disks: HashSet::from(["/dev/sda".to_owned()]),
            ..seen
        };
        assert_eq!(of("pci_disk", Some(&seen)), [Hold::Disk("/dev/sda".into())]);
    }

    #[test]
    fn card_that_carries_the_default_route_is_held_by_the_host() {
        let seen = HostUses {
            routes: HashSet::from(["eno1".to_owned()]),
            ..HostUses::default()
        };
        assert_eq!(of("pci_net", Some(&seen)), [Hold::Route("eno1".into())]);
        let elsewhere = of("pci_net", Some(&HostUses::default()));
        assert_eq!(elsewhere, [Hold::Link("eno1".into())]);
        assert!(!elsewhere[0].is_sure());
    }

    #[test]
    fn screen_of_the_host_is_held_until_the_card_waits_for_machines() {
        let address = PciAddress {
            bus: 1,
            ..PciAddress::default()
        };
        let seen = HostUses {
            screens: HashSet::from([address]),
            ..HostUses::default()
        };
        assert_eq!(of("pci_vga", Some(&seen)), [Hold::Screen]);
        let waiting = NodeDeviceFact::read(
            "<device><name>pci_vga</name><driver><name>vfio-pci</name></driver><capability type='pci'>\
             <class>0x030000</class><bus>1</bus><slot>0</slot></capability></device>",
        );
        let waiting = [waiting.expect("a device")];
        assert_eq!(holds(&waiting, &[&waiting[0]], Some(&seen)), []);
        assert_eq!(holds(&waiting, &[&waiting[0]], None), []);
    }

    #[test]
    fn what_a_distant_host_does_not_tell_is_said_to_be_unsure() {
        assert_eq!(of("pci_disk", None), [Hold::MaybeDisk("/dev/sda".into())]);
        assert_eq!(of("pci_vga", None), [Hold::MaybeScreen]);
        let all = devices();
        let every: Vec<&NodeDeviceFact> = all.iter().collect();
        assert_eq!(holds(&all, &every, None).len(), 3);
        assert!(holds(&all, &every, None).iter().all(|hold| !hold.is_sure()));
    }
}
