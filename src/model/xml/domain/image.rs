//! The image of a disk: where it is, and what it is.

use super::Domain;
use super::disk::format_of;
use super::fields::disk;
use crate::model::xml::{NodeId, Refused};

/// An image on a host, as a volume of a storage pool tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiskImage {
    /// Kind of the volume: `file`, `block`, `dir`, `network`.
    pub kind: String,
    /// Path on the host.
    pub path: String,
    /// Its pool.
    pub pool: String,
    /// Its name there.
    pub volume: String,
    /// Format (`qcow2`, `raw` …), where the pool tells.
    pub format: Option<String>,
}

impl Domain {
    /// Gives a disk this image: a source of its kind, by path where the hypervisor can open that, else as a volume of the
    /// pool; and its format.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_disk_image(&mut self, node: NodeId, image: &DiskImage) -> Result<(), Refused> {
        let kind = match image.kind.as_str() {
            "file" | "block" | "dir" => image.kind.as_str(),
            _ => "volume",
        };
        self.set_disk_source(node, kind)?;
        self.forget_disk_chain(node);
        let says = |text: &str| Some(text.to_owned());
        let document = self.document_mut();
        match kind {
            "file" => document.set(node, disk::SOURCE_FILE, says(&image.path))?,
            "block" => document.set(node, disk::SOURCE_DEV, says(&image.path))?,
            "dir" => document.set(node, disk::SOURCE_DIR, says(&image.path))?,
            _ => {
                document.set(node, disk::SOURCE_POOL, says(&image.pool))?;
                document.set(node, disk::SOURCE_VOLUME, says(&image.volume))?;
            }
        }
        if let Some(source) = document.child(node, "source") {
            document.remove_attribute(source, "index");
        }
        match image.format.as_deref() {
            // A pool's word for an ISO 9660 image and for a device.
            Some("iso" | "unknown" | "none" | "") => self.set_image_format(node, "raw"),
            Some(format) => self.set_image_format(node, format),
            None if kind == "file" => self.set_image_format(node, format_of(&image.path)),
            None => self.set_image_format(node, "raw"),
        }
    }

    fn set_image_format(&mut self, node: NodeId, format: &str) -> Result<(), Refused> {
        // Others find out by themselves, or know one only.
        if !matches!(self.hypervisor().as_str(), "kvm" | "qemu" | "hvf" | "nvmm") {
            return Ok(());
        }
        self.document_mut().set(node, disk::FORMAT, Some(format.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    fn with(disk: &str) -> (Domain, NodeId) {
        let text = format!("<domain type='kvm'><name>vm</name><devices>{disk}</devices></domain>");
        let domain = Domain::parse(&text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Disk).next().expect("a disk");
        (domain, node)
    }

    fn source(domain: &Domain, node: NodeId) -> String {
        domain.document().source(node).replace("\n", "").replace("  ", "")
    }

    const EMPTY: &str =
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><target dev='vda' bus='virtio'/></disk>";

    #[test]
    fn an_image_of_a_pool_brings_its_kind_and_format() {
        let (mut domain, node) = with(EMPTY);
        let image = DiskImage {
            kind: "block".into(),
            path: "/dev/vg/data".into(),
            pool: "vg".into(),
            volume: "data".into(),
            format: None,
        };
        domain.set_disk_image(node, &image).expect("set");
        assert_eq!(
            source(&domain, node),
            "<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/vg/data'/><target dev='vda' bus='virtio'/></disk>"
        );
        let image = DiskImage {
            kind: "network".into(),
            path: "rbd/data".into(),
            pool: "ceph".into(),
            volume: "data".into(),
            format: Some("raw".into()),
        };
        domain.set_disk_image(node, &image).expect("set");
        assert_eq!(
            source(&domain, node),
            "<disk type='volume' device='disk'><driver name='qemu' type='raw'/><source pool='ceph' volume='data'/><target dev='vda' bus='virtio'/></disk>"
        );
        let image = DiskImage {
            kind: "file".into(),
            path: "/images/odd.img".into(),
            format: Some("qcow2".into()),
            ..DiskImage::default()
        };
        domain.set_disk_image(node, &image).expect("set");
        assert_eq!(
            source(&domain, node),
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/images/odd.img'/><target dev='vda' bus='virtio'/></disk>"
        );
    }
}
