//! The definition of a machine, as far as list and overview show it.

use super::XmlError;
use super::walk::{Attributes, Name, Visitor, at, walk};
use crate::model::domain::{ConsoleInfo, DiskInfo, DomainDetails, NicInfo};
use crate::model::tags;

/// Reads a `<domain>` document as `virDomainGetXMLDesc` gives it.
///
/// # Errors
/// Where it is not well-formed, not a domain, or beyond the bounds of size and depth.
pub fn read_domain(xml: &str) -> Result<DomainDetails, XmlError> {
    let mut reader = Reader::default();
    walk(xml, &mut reader)?;
    if !reader.is_domain {
        return Err(XmlError {
            line: 1,
            column: 1,
            message: "not a <domain> document".to_owned(),
        });
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
    Ok(details)
}

#[derive(Default)]
struct Reader {
    details: DomainDetails,
    is_domain: bool,
    unit: Option<String>,
    disk: DiskInfo,
    nic: NicInfo,
    console: Option<ConsoleInfo>,
    channel_is_agent: bool,
    channel_connected: bool,
}

impl Visitor for Reader {
    fn start(&mut self, path: &[Name], attributes: &Attributes<'_, '_>) {
        match path {
            [root] if *root == *"domain" => {
                self.is_domain = true;
                self.details.hypervisor = attributes.get("type").unwrap_or_default();
            }
            [root, devices, device] if *root == *"domain" && *devices == *"devices" => {
                self.device(&device.local, attributes);
            }
            [root, devices, device, part] if *root == *"domain" && *devices == *"devices" => {
                self.device_part(&device.local, &part.local, attributes);
            }
            _ => self.setting(path, attributes),
        }
    }

    fn end(&mut self, path: &[Name], text: &str) {
        if !path.first().is_some_and(|root| *root == *"domain") {
            return;
        }
        match &path[1..] {
            [name] if *name == *"title" => set_once(&mut self.details.title, text),
            [name] if *name == *"description" => set_once(&mut self.details.description, text),
            [name] if *name == *"memory" => self.details.memory_kib = self.kib(text),
            [name] if *name == *"currentMemory" => self.details.current_memory_kib = self.kib(text),
            [name] if *name == *"vcpu" => self.details.max_vcpus = text.parse().unwrap_or(0),
            [metadata, tags, tag] if *metadata == *"metadata" && *tags == *"tags" && *tag == *"tag" => {
                self.details.tags.push(text.to_owned());
            }
            [devices, device] if *devices == *"devices" => self.device_end(&device.local),
            _ => {}
        }
    }
}

impl Reader {
    fn setting(&mut self, path: &[Name], attributes: &Attributes<'_, '_>) {
        if at(path, &["domain", "memory"]) || at(path, &["domain", "currentMemory"]) {
            self.unit = attributes.get("unit");
        } else if at(path, &["domain", "vcpu"]) {
            self.details.vcpus = number(attributes.get("current"));
        } else if at(path, &["domain", "os"]) {
            self.details.firmware = attributes.get("firmware");
        } else if at(path, &["domain", "os", "type"]) {
            self.details.arch = attributes.get("arch");
            self.details.machine = attributes.get("machine");
        } else if at(path, &["domain", "os", "loader"]) && self.details.firmware.is_none() {
            let is_flash = attributes.get("type").as_deref() == Some("pflash");
            self.details.firmware = Some(if is_flash { "efi" } else { "bios" }.to_owned());
        } else if at(path, &["domain", "metadata", "libosinfo", "os"]) {
            // "http://debian.org/debian/12" → "debian12"
            self.details.os = attributes.get("id").map(|id| short_os(&id));
        }
    }

    fn device(&mut self, device: &str, attributes: &Attributes<'_, '_>) {
        match device {
            "disk" => {
                self.disk = DiskInfo {
                    device: attributes.get("device").unwrap_or_else(|| "disk".to_owned()),
                    ..DiskInfo::default()
                };
            }
            "interface" => {
                self.nic = NicInfo {
                    kind: attributes.get("type").unwrap_or_default(),
                    ..NicInfo::default()
                };
            }
            "serial" | "console" => {
                self.console = Some(ConsoleInfo {
                    alias: None,
                    kind: device.to_owned(),
                    port: 0,
                    backend: attributes.get("type").unwrap_or_default(),
                });
            }
            "graphics" => self.details.graphics.extend(attributes.get("type")),
            "memballoon" => {
                let model = attributes.get("model").unwrap_or_default();
                self.details.has_balloon = model.starts_with("virtio") || model == "xen";
            }
            "channel" => (self.channel_is_agent, self.channel_connected) = (false, false),
            _ => {}
        }
    }

    fn device_part(&mut self, device: &str, part: &str, attributes: &Attributes<'_, '_>) {
        match (device, part) {
            ("disk", "target") => {
                self.disk.target = attributes.get("dev").unwrap_or_default();
                self.disk.bus = attributes.get("bus");
            }
            ("disk", "source") => self.disk.source = disk_source(attributes),
            ("interface", "mac") => self.nic.mac = attributes.get("address"),
            ("interface", "model") => self.nic.model = attributes.get("type"),
            ("interface", "target") => self.nic.target = attributes.get("dev"),
            ("interface", "source") => {
                self.nic.source = ["network", "bridge", "dev", "path", "address"]
                    .into_iter()
                    .find_map(|name| attributes.get(name));
            }
            ("serial" | "console", "target") => {
                if let Some(console) = &mut self.console {
                    console.port = number(attributes.get("port"));
                }
            }
            ("serial" | "console", "alias") => {
                if let Some(console) = &mut self.console {
                    console.alias = attributes.get("name");
                }
            }
            ("channel", "target") => {
                self.channel_is_agent = attributes.get("name").as_deref() == Some("org.qemu.guest_agent.0");
                self.channel_connected = attributes.get("state").as_deref() == Some("connected");
            }
            _ => {}
        }
    }

    fn device_end(&mut self, device: &str) {
        match device {
            "disk" => self.details.disks.push(std::mem::take(&mut self.disk)),
            "interface" => self.details.nics.push(std::mem::take(&mut self.nic)),
            "serial" | "console" => {
                let Some(console) = self.console.take() else { return };
                // libvirt repeats the first serial port as the first console.
                let repeated = self.details.consoles.iter().any(|known| {
                    (known.alias.is_some() && known.alias == console.alias)
                        || (console.kind == "console" && known.kind == "serial" && console.port == 0 && known.port == 0)
                });
                if !repeated {
                    self.details.consoles.push(console);
                }
            }
            "channel" if self.channel_is_agent => {
                self.details.has_agent_channel = true;
                self.details.agent_connected |= self.channel_connected;
            }
            _ => {}
        }
    }

    /// A memory size in KiB. KiB is libvirt's default; `KB` and the like are powers of 1000.
    fn kib(&self, text: &str) -> u64 {
        let value: u64 = text.parse().unwrap_or(0);
        let bytes: u64 = match self.unit.as_deref() {
            Some("b" | "bytes") => 1,
            Some("KB") => 1000,
            Some("MB") => 1_000_000,
            Some("GB") => 1_000_000_000,
            Some("TB") => 1_000_000_000_000,
            Some("M" | "MiB") => 1 << 20,
            Some("G" | "GiB") => 1 << 30,
            Some("T" | "TiB") => 1 << 40,
            _ => 1024,
        };
        value.saturating_mul(bytes) / 1024
    }
}

fn number(text: Option<String>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn set_once(place: &mut Option<String>, text: &str) {
    if place.is_none() && !text.is_empty() {
        *place = Some(text.to_owned());
    }
}

fn disk_source(attributes: &Attributes<'_, '_>) -> Option<String> {
    if let (Some(pool), Some(volume)) = (attributes.get("pool"), attributes.get("volume")) {
        return Some(format!("{pool}/{volume}"));
    }
    ["file", "dev", "dir", "name", "path"]
        .into_iter()
        .find_map(|name| attributes.get(name))
}

fn short_os(id: &str) -> String {
    let mut parts = id.trim_end_matches('/').rsplit('/');
    let version = parts.next().unwrap_or_default();
    match parts.next() {
        Some(family) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("{family}{version}"),
        _ => version.to_owned(),
    }
}
