//! What libvirt found that a pool could be made of.

use crate::model::xml::{Document, NodeId, XmlError};

/// A source that a pool could have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundSource {
    /// Server.
    pub host: Option<String>,
    /// Folder there.
    pub directory: Option<String>,
    /// Devices; for iSCSI the name of the target.
    pub devices: Vec<String>,
    /// Name: volume group, ZFS pool.
    pub name: Option<String>,
    /// Format.
    pub format: Option<String>,
}

impl FoundSource {
    /// Reads what `virConnectFindStoragePoolSources` answers.
    ///
    /// # Errors
    /// Where it is no XML.
    pub fn read_all(xml: &str) -> Result<Vec<Self>, XmlError> {
        let document = Document::parse(xml)?;
        let sources = document.children(document.root());
        let sources = sources.filter(|node| document.is(*node, "source"));
        Ok(sources.map(|node| Self::read(&document, node)).collect())
    }
}

impl FoundSource {
    fn read(document: &Document, source: NodeId) -> Self {
        let text = |element: &str| document.value(source, element).filter(|text| !text.trim().is_empty());
        let attribute = |element: &str, name: &str| {
            let found = document.child(source, element)?;
            document.attribute(found, name).map(std::borrow::Cow::into_owned)
        };
        let devices = document.children_named(source, "device");
        Self {
            host: attribute("host", "name"),
            directory: attribute("dir", "path"),
            devices: devices
                .filter_map(|device| document.attribute(device, "path"))
                .map(std::borrow::Cow::into_owned)
                .collect(),
            name: text("name").map(|name| name.trim().to_owned()),
            format: attribute("format", "type"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_libvirt_writes_them() {
        let found = FoundSource::read_all(
            "<sources><source><host name='nas'/><dir path='/export/a'/><format type='nfs'/></source>\
             <source><name>vg0</name><device path='/dev/sdb1'/><device path='/dev/sdc1'/><format type='lvm2'/></source></sources>",
        )
        .unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].host.as_deref(), Some("nas"));
        assert_eq!(found[0].directory.as_deref(), Some("/export/a"));
        assert_eq!(found[1].name.as_deref(), Some("vg0"));
        assert_eq!(found[1].devices, ["/dev/sdb1", "/dev/sdc1"]);
        assert!(FoundSource::read_all("<sources/>").unwrap().is_empty());
    }
}
