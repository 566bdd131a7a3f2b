//! Devices of a host.

use super::object;
use crate::model::xml::NodeId;
use crate::model::xml::field::fields;

object! {
    /// A device of a host.
    NodeDevice = "device"
}

fields! {
    /// Fields of a device of a host.
    node_device {
        /// Name for libvirt.
        NAME: String = Text, "name";
        /// Path in sysfs.
        PATH: String = Text, "path";
        /// The device that it is a part of.
        PARENT: String = Text, "parent";
        /// Driver that the host has for it.
        DRIVER: String = Text, "driver/name";
        /// What it is: `pci`, `usb_device`, `net`, `storage`, `scsi`, `mdev` …
        CAPABILITY: String = Text, "capability/@type";
        /// Product, by name.
        PRODUCT: String = Text, "capability/product";
        /// Product, by number.
        PRODUCT_ID: String = Text, "capability/product/@id";
        /// Vendor, by name.
        VENDOR: String = Text, "capability/vendor";
        /// Vendor, by number.
        VENDOR_ID: String = Text, "capability/vendor/@id";
        /// Class of a PCI device.
        CLASS: String = Text, "capability/class";
        /// Domain of a PCI address.
        DOMAIN: u64 = Number, "capability/domain";
        /// Bus of a PCI or USB address.
        BUS: u64 = Number, "capability/bus";
        /// Slot of a PCI address.
        SLOT: u64 = Number, "capability/slot";
        /// Function of a PCI address.
        FUNCTION: u64 = Number, "capability/function";
        /// Device of a USB address.
        DEVICE: u64 = Number, "capability/device";
        /// IOMMU group.
        IOMMU_GROUP: u64 = Number, "capability/iommuGroup/@number";
        /// NUMA node.
        NUMA_NODE: u64 = Number, "capability/numa/@node";
        /// Name of a network interface.
        INTERFACE: String = Text, "capability/interface";
        /// Hardware address of a network interface.
        ADDRESS: String = Text, "capability/address";
        /// Device file of a disk.
        BLOCK: String = Text, "capability/block";
        /// Kind of a mediated device.
        MDEV_TYPE: String = Text, "capability/type/@id";
        /// Identity of a mediated device.
        MDEV_UUID: String = Text, "capability/uuid";
    }
}

impl NodeDevice {
    /// Everything that it is: capabilities, inner ones included.
    #[must_use]
    pub fn capabilities(&self) -> Vec<String> {
        let document = self.document();
        let all = document.descendants(document.root()).into_iter();
        let capabilities = all.filter(|id| document.is(*id, "capability"));
        capabilities
            .filter_map(|id| document.attribute(id, "type").map(std::borrow::Cow::into_owned))
            .collect()
    }

    /// PCI addresses of the devices that can only be given away together, this one included.
    #[must_use]
    pub fn iommu_group(&self) -> Vec<NodeId> {
        let document = self.document();
        let group = document.find(document.root(), "capability/iommuGroup");
        group
            .into_iter()
            .flat_map(|group| document.children_named(group, "address"))
            .collect()
    }
}
