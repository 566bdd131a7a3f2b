//! The definition of a machine, as far as list and overview show it.

use super::{Document, NodeId, XmlError, unit};
use crate::model::cloning::TEMPLATE_URI;
use crate::model::domain::{ConsoleInfo, DiskInfo, DomainDetails, NicInfo};
use crate::model::{node, tags, usage};

/// Reads a `<domain>` document as `virDomainGetXMLDesc` gives it.
///
/// # Errors
/// Where it is not well-formed, not a domain, or beyond the bounds of size and depth.
pub fn read_domain(xml: &str) -> Result<DomainDetails, XmlError> {
    let document = Document::parse(xml)?;
    let root = document.root();
    if !document.is(root, "domain") {
        let (line, column) = document.position(root);
        let message = "expected a <domain> document".to_owned();
        return Err(XmlError { line, column, message });
    }
    let mut reader = Reader {
        document: &document,
        details: DomainDetails::default(),
    };
    reader.details.hypervisor = reader.attribute(root, "type").unwrap_or_default();
    for child in own(&document, root) {
        reader.setting(child);
    }
    let mut details = reader.details;
    if details.max_vcpus == 0 {
        details.max_vcpus = 1;
    }
    if details.vcpus == 0 {
        details.vcpus = details.max_vcpus;
    }
    if details.current_memory_kib == 0 {
        details.current_memory_kib = details.memory_kib;
    }
    details.tags = tags::normalise(details.tags);
    details.images = usage::images(&document).into();
    details.given = node::given(&document);
    Ok(details)
}

/// The children that libvirt reads: none of other namespaces.
fn own(document: &Document, parent: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    document
        .children(parent)
        .filter(|id| document.is(*id, document.local_name(*id)))
}

struct Reader<'d> {
    document: &'d Document,
    details: DomainDetails,
}

impl Reader<'_> {
    fn attribute(&self, id: NodeId, name: &str) -> Option<String> {
        self.document.attribute(id, name).map(std::borrow::Cow::into_owned)
    }

    fn number(&self, id: NodeId, name: &str) -> u32 {
        self.document
            .attribute(id, name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    }

    fn setting(&mut self, id: NodeId) {
        let document = self.document;
        let text = || document.text(id).trim().to_owned();
        match document.local_name(id) {
            "title" => set_once(&mut self.details.title, text()),
            "description" => set_once(&mut self.details.description, text()),
            "memory" => self.details.memory_kib = self.kib(id),
            "currentMemory" => self.details.current_memory_kib = self.kib(id),
            "vcpu" => {
                self.details.max_vcpus = text().parse().unwrap_or(0);
                self.details.vcpus = self.number(id, "current");
            }
            "os" => self.system(id),
            "metadata" => document.children(id).for_each(|child| self.metadata(child)),
            "devices" => own(document, id).for_each(|child| self.device(child)),
            _ => {}
        }
    }

    fn kib(&self, id: NodeId) -> u64 {
        let unit = self.document.attribute(id, "unit");
        let bytes = unit::bytes_per(unit.as_deref().unwrap_or("KiB")).unwrap_or(1024);
        let value: u64 = self.document.text(id).trim().parse().unwrap_or(0);
        value.saturating_mul(bytes) / 1024
    }

    fn system(&mut self, id: NodeId) {
        self.details.firmware = self.attribute(id, "firmware");
        if let Some(kind) = self.document.child(id, "type") {
            self.details.arch = self.attribute(kind, "arch");
            self.details.machine = self.attribute(kind, "machine");
        }
        if let (None, Some(loader)) = (&self.details.firmware, self.document.child(id, "loader")) {
            let is_flash = self.document.attribute(loader, "type").as_deref() == Some("pflash");
            self.details.firmware = Some(if is_flash { "efi" } else { "bios" }.to_owned());
        }
    }

    fn metadata(&mut self, id: NodeId) {
        let document = self.document;
        self.details.is_template |= document.namespace(id).as_deref() == Some(TEMPLATE_URI);
        if document.local_name(id) == "installation" {
            self.details.installation = Some(self.attribute(id, "begun").as_deref() == Some("yes"));
        }
        for child in document.children(id) {
            match (document.local_name(id), document.local_name(child)) {
                ("tags", "tag") => self.details.tags.push(document.text(child).trim().to_owned()),
                // "http://debian.org/debian/12" → "debian12"
                ("libosinfo", "os") => self.details.os = self.attribute(child, "id").map(|id| short_os(&id)),
                _ => {}
            }
        }
    }

    fn device(&mut self, id: NodeId) {
        match self.document.local_name(id) {
            "disk" => self.disk(id),
            "interface" => self.nic(id),
            kind @ ("serial" | "console") => self.console(id, kind),
            "graphics" => self.details.graphics.extend(self.attribute(id, "type")),
            "memballoon" => {
                let model = self.attribute(id, "model").unwrap_or_default();
                self.details.has_balloon = model.starts_with("virtio") || model == "xen";
            }
            "channel" => {
                let Some(target) = self.document.child(id, "target") else {
                    return;
                };
                if self.document.attribute(target, "name").as_deref() == Some("org.qemu.guest_agent.0") {
                    self.details.has_agent_channel = true;
                    self.details.agent_connected |=
                        self.document.attribute(target, "state").as_deref() == Some("connected");
                }
            }
            _ => {}
        }
    }

    fn disk(&mut self, id: NodeId) {
        let mut disk = DiskInfo {
            device: self.attribute(id, "device").unwrap_or_else(|| "disk".to_owned()),
            ..DiskInfo::default()
        };
        if let Some(target) = self.document.child(id, "target") {
            disk.target = self.attribute(target, "dev").unwrap_or_default();
            disk.bus = self.attribute(target, "bus");
        }
        disk.source = self
            .document
            .child(id, "source")
            .and_then(|source| self.disk_source(source));
        self.details.disks.push(disk);
    }

    fn disk_source(&self, id: NodeId) -> Option<String> {
        if let (Some(pool), Some(volume)) = (self.attribute(id, "pool"), self.attribute(id, "volume")) {
            return Some(format!("{pool}/{volume}"));
        }
        ["file", "dev", "dir", "name", "path"]
            .into_iter()
            .find_map(|name| self.attribute(id, name))
    }

    fn nic(&mut self, id: NodeId) {
        let part = |name: &str, attribute: &str| {
            let child = self.document.child(id, name)?;
            self.attribute(child, attribute)
        };
        self.details.nics.push(NicInfo {
            kind: self.attribute(id, "type").unwrap_or_default(),
            mac: part("mac", "address"),
            model: part("model", "type"),
            target: part("target", "dev"),
            source: ["network", "bridge", "dev", "path", "address"]
                .into_iter()
                .find_map(|name| part("source", name)),
        });
    }

    fn console(&mut self, id: NodeId, kind: &str) {
        let console = ConsoleInfo {
            alias: self
                .document
                .child(id, "alias")
                .and_then(|alias| self.attribute(alias, "name")),
            kind: kind.to_owned(),
            port: self
                .document
                .child(id, "target")
                .map_or(0, |target| self.number(target, "port")),
            backend: self.attribute(id, "type").unwrap_or_default(),
        };
        // libvirt repeats the first serial port as the first console.
        let repeated = self.details.consoles.iter().any(|known| {
            (known.alias.is_some() && known.alias == console.alias)
                || (console.kind == "console" && known.kind == "serial" && console.port == 0 && known.port == 0)
        });
        if !repeated {
            self.details.consoles.push(console);
        }
    }
}

fn set_once(place: &mut Option<String>, text: String) {
    if place.is_none() && !text.is_empty() {
        *place = Some(text);
    }
}

fn short_os(id: &str) -> String {
    let mut parts = id.trim_end_matches('/').rsplit('/');
    let version = parts.next().unwrap_or_default();
    match parts.next() {
        Some(family) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("{family}{version}"),
        _ => version.to_owned(),
    }
}
