//! Shared folders: what each way to share them has and needs.

use super::fields::filesystem;
use super::{DeviceKind, Domain};
use crate::model::xml::scan::escape_attribute;
use crate::model::xml::{NodeId, Refused};

/// What only virtiofs has.
const OF_VIRTIOFS: &[&str] = &["binary", "idmap"];

impl Domain {
    /// Adds a folder of the host for the guest, with a tag that no other one has.
    ///
    /// # Errors
    /// Where the definition cannot hold it.
    pub fn add_folder(&mut self, driver: Option<&str>, folder: &str) -> Result<NodeId, Refused> {
        let document = self.document();
        let used: Vec<String> = self
            .devices_of(DeviceKind::Filesystem)
            .filter_map(|node| document.get(node, filesystem::TARGET))
            .collect();
        let tags = std::iter::once("shared".to_owned()).chain((2_u32..).map(|number| format!("shared{number}")));
        let tag = tags.into_iter().find(|tag| !used.contains(tag)).unwrap_or_default();
        let tag = if driver.is_none() { format!("/{tag}") } else { tag };
        let driver_text = driver
            .map(|driver| format!("  <driver type='{driver}'/>\n"))
            .unwrap_or_default();
        let access = match driver {
            Some("virtiofs") => " accessmode='passthrough'",
            Some(_) => " accessmode='mapped'",
            None => "",
        };
        let folder = escape_attribute(folder, '\'');
        let xml = format!(
            "<filesystem type='mount'{access}>\n{driver_text}  <source dir='{folder}'/>\n  <target dir='{tag}'/>\n</filesystem>"
        );
        if driver == Some("virtiofs") {
            self.share_memory()?;
        }
        self.put_device(&xml)
    }

    /// Shares a folder in another way (`virtiofs`, `path`, `mtp`, or the usual one). What only the old way has goes; virtiofs
    /// needs memory that the host's daemon sees.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_folder_driver(&mut self, node: NodeId, driver: Option<&str>) -> Result<(), Refused> {
        let document = self.document_mut();
        if document.get(node, filesystem::DRIVER).as_deref() == driver {
            return Ok(());
        }
        document.set(node, filesystem::DRIVER, driver.map(str::to_owned))?;
        if driver == Some("virtiofs") {
            for field in [filesystem::FILE_MODE, filesystem::DIR_MODE, filesystem::MULTIDEVS] {
                document.set(node, field, None)?;
            }
            for field in [filesystem::FORMAT, filesystem::WRITE_POLICY] {
                document.set(node, field, None)?;
            }
            document.set(node, filesystem::ACCESS_MODE, Some("passthrough".to_owned()))?;
            return self.share_memory();
        }
        for name in OF_VIRTIOFS {
            if let Some(old) = document.child(node, name) {
                document.remove(old);
            }
        }
        document.set(node, filesystem::QUEUE, None)?;
        if document.get(node, filesystem::SOURCE_SOCKET).is_some() {
            document.set(node, filesystem::SOURCE_SOCKET, None)?;
            document.set(node, filesystem::SOURCE_DIR, Some("/".to_owned()))?;
        }
        if driver == Some("mtp") {
            document.set(node, filesystem::FORMAT, None)?;
            document.set(node, filesystem::WRITE_POLICY, None)?;
        }
        Ok(())
    }

    /// Gives a shared folder another kind of source (`mount`, `file`, `block`, `ram`, `bind`, `template`).
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_folder_source(&mut self, node: NodeId, kind: &str) -> Result<(), Refused> {
        let document = self.document_mut();
        if document
            .get(node, filesystem::TYPE)
            .unwrap_or_else(|| "mount".to_owned())
            == kind
        {
            return Ok(());
        }
        let source = match document.child(node, "source") {
            Some(source) => source,
            None => document.insert_ordered(node, "<source/>")?,
        };
        for name in [
            "dir", "file", "dev", "name", "usage", "units", "socket", "pool", "volume",
        ] {
            document.remove_attribute(source, name);
        }
        if kind != "mount" {
            for name in OF_VIRTIOFS {
                if let Some(old) = document.child(node, name) {
                    document.remove(old);
                }
            }
            if document.get(node, filesystem::DRIVER).as_deref() == Some("virtiofs") {
                document.set(node, filesystem::DRIVER, None)?;
                document.set(node, filesystem::QUEUE, None)?;
            }
        }
        document.set(node, filesystem::TYPE, Some(kind.to_owned()))?;
        let (name, value) = match kind {
            "file" => ("file", "/var/lib/images/files.img"),
            "block" => ("dev", "/dev/vg/files"),
            "ram" => ("usage", "65536"),
            "template" => ("name", "template"),
            _ => ("dir", "/srv"),
        };
        document.set_attribute(source, name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(folder: &str) -> (Domain, NodeId) {
        let text = format!("<domain type='kvm'><devices>{folder}</devices></domain>");
        let domain = Domain::parse(&text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Filesystem).next().expect("a folder");
        (domain, node)
    }

    #[test]
    fn virtiofs_turns_on_shared_memory() {
        let (mut domain, node) = machine(
            "<filesystem type='mount' accessmode='mapped' fmode='644' multidevs='remap'><driver type='path' wrpolicy='immediate'/>\
             <source dir='/a'/><target dir='t'/><readonly/></filesystem>",
        );
        domain.set_folder_driver(node, Some("virtiofs")).expect("possible");
        assert_eq!(
            domain.document().source(node),
            "<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/>\
             <readonly/></filesystem>"
        );
        let text = domain.document().to_string();
        assert!(text.contains("<source type='memfd'/><access mode='shared'/>"), "{text}");
    }

    #[test]
    fn what_virtiofs_has_goes_with_it() {
        let (mut domain, node) = machine(
            "<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs' queue='1024'/><binary xattr='on'/>\
             <source dir='/a'/><target dir='t'/><idmap><uid start='0' target='1' count='1'/></idmap></filesystem>",
        );
        domain.set_folder_driver(node, Some("path")).expect("possible");
        assert_eq!(
            domain.document().source(node),
            "<filesystem type='mount' accessmode='passthrough'><driver type='path'/><source dir='/a'/><target dir='t'/></filesystem>"
        );
    }

    #[test]
    fn a_new_folder_has_a_tag_of_its_own() {
        let (mut domain, _) = machine("<filesystem><source dir='/a'/><target dir='shared'/></filesystem>");
        let node = domain.add_folder(Some("virtiofs"), "/b'c").expect("possible");
        let document = domain.document();
        assert_eq!(document.get(node, filesystem::TARGET).as_deref(), Some("shared2"));
        assert_eq!(document.get(node, filesystem::SOURCE_DIR).as_deref(), Some("/b'c"));
        assert!(domain.shares_memory());
    }

    #[test]
    fn a_folder_in_memory_has_a_size_and_no_path() {
        let (mut domain, node) = machine("<filesystem type='mount'><source dir='/a'/><target dir='/t'/></filesystem>");
        domain.set_folder_source(node, "ram").expect("possible");
        assert_eq!(
            domain.document().source(node),
            "<filesystem type='ram'><source usage='65536'/><target dir='/t'/></filesystem>"
        );
    }
}
