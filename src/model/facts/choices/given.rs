//! Devices of the host that a machine can be given, and storage that it can use.

use super::{Answer, Choice, HostFacts, usable_first};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{HostDevice, HostDeviceKind, PciDevice};

impl HostFacts {
    /// How a device is given (`mode` of `<hostdev>`).
    #[must_use]
    pub fn hostdev_modes(&self) -> Vec<Choice> {
        let known: &[&str] = if self.is_container() {
            &["capabilities"]
        } else {
            &["subsystem"]
        };
        self.ask("devices/hostdev", "mode", known, |value| match value {
            "subsystem" => tr("The whole device"),
            "capabilities" => tr("A device file or network interface"),
            other => other.to_owned(),
        })
    }

    /// Kinds of devices that can be given (`type` of `<hostdev>`).
    #[must_use]
    pub fn hostdev_types(&self) -> Vec<Choice> {
        let known = &["usb", "pci", "scsi", "scsi_host", "mdev"];
        self.ask("devices/hostdev", "subsysType", known, |value| match value {
            "usb" => "USB".to_owned(),
            "pci" => "PCI".to_owned(),
            "scsi" => "SCSI".to_owned(),
            "scsi_host" => tr("SCSI adapter (vhost)"),
            "mdev" => tr("Mediated device"),
            other => other.to_owned(),
        })
    }

    /// Kinds of devices that the host has and can list: PCI addresses as values, bridges left out.
    #[must_use]
    pub fn pci_choices(&self) -> Vec<Choice> {
        let devices = self.devices().filter_map(|device| Some((device, device.pci()?)));
        let mut all: Vec<_> = devices
            .filter(|(_, pci)| !pci.is_bridge)
            .map(|(device, pci)| {
                let choice = Choice::new(pci.address.to_string(), device.label());
                (
                    pci.address,
                    choice.noted(device.driver.clone()).but(self.pci_problem(pci)),
                )
            })
            .collect();
        all.sort_by_key(|(address, _)| *address);
        usable_first(all.into_iter().map(|(_, choice)| choice).collect())
    }

    /// What speaks against giving a PCI device away.
    #[must_use]
    pub fn pci_problem(&self, device: &PciDevice) -> Option<String> {
        if let Answer::Values(kinds) = self.answer("devices/hostdev", "subsysType")
            && !kinds.iter().any(|kind| kind == "pci")
        {
            return Some(self.not_offered());
        }
        let no_iommu = self.node.as_ref().is_some_and(|node| node.iommu == Some(false));
        if no_iommu && device.iommu_group.is_none() {
            return Some(tr("The host has no IOMMU, or it is off in firmware or kernel."));
        }
        None
    }

    /// The other devices of a PCI device's IOMMU group that go with it, bridges left out.
    #[must_use]
    pub fn companions(&self, device: &PciDevice) -> Vec<&HostDevice> {
        let others = self.devices().filter(|other| {
            other.pci().is_some_and(|pci| {
                !pci.is_bridge && pci.address != device.address && device.group.contains(&pci.address)
            })
        });
        others.collect()
    }

    /// USB devices by `BUS:DEVICE`, hubs left out.
    #[must_use]
    pub fn usb_choices(&self) -> Vec<Choice> {
        let devices = self.devices().filter_map(|device| match &device.kind {
            HostDeviceKind::Usb(usb) => Some((device, usb)),
            _ => None,
        });
        // Linux's root hubs are devices of the Linux Foundation.
        let devices = devices.filter(|(_, usb)| usb.vendor.id.as_deref() != Some("0x1d6b"));
        let mut all: Vec<_> = devices
            .map(|(device, usb)| {
                let value = format!("{}:{}", usb.bus, usb.device);
                ((usb.bus, usb.device), Choice::new(value, device.label()))
            })
            .collect();
        all.sort_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, choice)| choice).collect()
    }

    /// SCSI units by `HOST:BUS:TARGET:UNIT`.
    #[must_use]
    pub fn scsi_choices(&self) -> Vec<Choice> {
        let all = self.devices().filter_map(|device| match &device.kind {
            HostDeviceKind::Scsi {
                host,
                bus,
                target,
                unit,
                ..
            } => Some(Choice::new(format!("{host}:{bus}:{target}:{unit}"), device.label())),
            _ => None,
        });
        all.collect()
    }

    /// Mediated devices that exist, by UUID.
    #[must_use]
    pub fn mediated_choices(&self) -> Vec<Choice> {
        let all = self.devices().filter_map(|device| match &device.kind {
            HostDeviceKind::Mediated { uuid, .. } => Some(Choice::new(uuid.clone(), device.label())),
            _ => None,
        });
        all.collect()
    }

    /// Kinds of mediated devices that could be made, by name, with the device that makes them.
    #[must_use]
    pub fn mediated_types(&self) -> Vec<Choice> {
        let parents = self.devices().filter_map(|device| Some((device, device.pci()?)));
        let all = parents.flat_map(|(device, pci)| {
            pci.mediated.iter().map(|kind| {
                let label = kind.name.clone().unwrap_or_else(|| kind.id.clone());
                let none = kind.available == Some(0);
                let problem = none.then(|| tr_f("{device} cannot make another one.", &[("device", &device.label())]));
                Choice::new(kind.id.clone(), label)
                    .noted(Some(device.label()))
                    .but(problem)
            })
        });
        usable_first(all.collect())
    }

    /// Storage pools, running ones first.
    #[must_use]
    pub fn pool_choices(&self) -> Vec<Choice> {
        let pools = self.pools.iter().flat_map(|pools| pools.iter());
        let mut all: Vec<Choice> = pools
            .map(|pool| {
                let problem = (!pool.active).then(|| tr("The storage pool is not running."));
                Choice::plain(pool.name.clone())
                    .noted(Some(pool.kind.clone()))
                    .but(problem)
            })
            .collect();
        all.sort_by_cached_key(|choice| choice.value.to_lowercase());
        usable_first(all)
    }

    /// Secrets for a use (`volume`, `ceph`, `iscsi`, `tls`, `vtpm`), by UUID.
    #[must_use]
    pub fn secret_choices(&self, usage: &str) -> Vec<Choice> {
        let secrets = self.secrets.iter().flat_map(|secrets| secrets.iter());
        let fitting = secrets.filter(|secret| secret.usage.as_deref() == Some(usage));
        let all = fitting.map(|secret| {
            let label = secret.name.clone().or_else(|| secret.description.clone());
            Choice::new(secret.uuid.clone(), label.unwrap_or_else(|| secret.uuid.clone()))
        });
        all.collect()
    }
}
