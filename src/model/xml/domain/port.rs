//! PCIe ports: each takes one device, and a machine that runs can get no more of them.

use super::{DeviceKind, Domain, device::number};
use crate::model::xml::{NodeId, Refused};

impl Domain {
    /// Whether devices sit on PCIe ports (q35, the `virt` machines): libvirt gives such a machine a PCIe root.
    #[must_use]
    pub fn has_pcie_root(&self) -> bool {
        self.controllers("pcie-root").next().is_some()
    }

    /// Root ports that no device sits on. Those whose number libvirt has still to choose are free, too.
    #[must_use]
    pub fn free_pcie_ports(&self) -> Vec<NodeId> {
        let document = self.document();
        let used: Vec<u64> = self
            .devices()
            .filter_map(|device| {
                let address = document.child(device.node, "address")?;
                (document.attribute(address, "type").as_deref() == Some("pci")).then_some(())?;
                number(&document.attribute(address, "bus")?)
            })
            .collect();
        let index = |id| document.attribute(id, "index").and_then(|index| number(&index));
        self.controllers("pcie-root-port")
            .filter(|id| index(*id).is_none_or(|index| !used.contains(&index)))
            .collect()
    }

    /// Adds root ports until so many are free for devices that come while the machine runs. Devices that have no address yet
    /// get ports of their own from libvirt. Nothing is done where the machine has no PCIe root.
    ///
    /// # Errors
    /// Where the definition cannot hold more.
    pub fn ensure_free_pcie_ports(&mut self, count: usize) -> Result<(), Refused> {
        if !self.has_pcie_root() {
            return Ok(());
        }
        for _ in self.free_pcie_ports().len()..count {
            self.put_device("<controller type='pci' model='pcie-root-port'/>")?;
        }
        Ok(())
    }

    fn controllers<'d>(&'d self, model: &'d str) -> impl Iterator<Item = NodeId> + 'd {
        let is = |id, name, word: &str| self.document().attribute(id, name).as_deref() == Some(word);
        self.devices_of(DeviceKind::Controller)
            .filter(move |id| is(*id, "type", "pci") && is(*id, "model", model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_added_until_so_many_are_free() {
        let text = "<domain type='kvm'><devices><controller type='pci' index='0' model='pcie-root'/>\
             <controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-root-port'/>\
             <rng model='virtio'><address type='pci' bus='0x02' slot='0x00'/></rng></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        assert_eq!(domain.free_pcie_ports().len(), 1);
        domain.ensure_free_pcie_ports(3).expect("possible");
        assert_eq!(domain.free_pcie_ports().len(), 3);
        let once = domain.document().to_string();
        domain.ensure_free_pcie_ports(2).expect("nothing to do");
        assert_eq!(domain.document().to_string(), once);
        let mut other = Domain::parse("<domain type='kvm'><devices/></domain>").expect("a machine");
        other.ensure_free_pcie_ports(2).expect("nothing to do");
        assert_eq!(other.document().to_string(), "<domain type='kvm'><devices/></domain>");
    }

    #[test]
    fn a_controller_that_others_hang_on_stays() {
        let text = "<domain type='kvm'><devices><controller type='scsi' index='0'/><controller type='scsi' index='1'/>\
             <disk><target dev='sda' bus='scsi'/><address type='drive' controller='0' unit='0'/></disk></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let controllers: Vec<_> = domain.devices_of(DeviceKind::Controller).collect();
        assert!(domain.remove_device(controllers[0]).is_err());
        domain.remove_device(controllers[1]).expect("nothing hangs on it");
    }

    #[test]
    fn a_disk_on_another_bus_loses_its_address_and_nothing_else() {
        let text = "<domain type='kvm'><devices><disk type='file'><source file='/a'/><backingStore/><target dev='vda' bus='virtio'/>\
             <address type='pci' bus='0x02' slot='0x00'/></disk></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let disk = domain.disk("vda").expect("it is there");
        domain.set_disk_bus(disk, "virtio").expect("nothing to do");
        assert_eq!(domain.document().to_string(), text);
        domain.set_disk_bus(disk, "sata").expect("possible");
        let expected = text
            .replace("dev='vda' bus='virtio'", "dev='sda' bus='sata'")
            .replace("<address type='pci' bus='0x02' slot='0x00'/>", "");
        assert_eq!(domain.document().to_string(), expected);
    }
}
