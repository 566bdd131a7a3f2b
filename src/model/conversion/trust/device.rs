//! What a device has of the host, and what stays of it without.

use std::net::IpAddr;

use super::{Sifted, climbs, said};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::interface;
use crate::model::xml::{NodeId, Refused};

/// What is in a disk's source and names secrets, sockets and files of the host.
const SECRETS: [&str; 6] = ["auth", "encryption", "reservations", "config", "identity", "knownHosts"];
/// What a network card has of its connection.
const CONNECTION: [&str; 7] = ["source", "virtualport", "vlan", "teaming", "target", "ip", "route"];
/// Where libvirt puts the sockets of channels, below a folder of the system or of a user.
const CHANNELS: [&str; 2] = ["/libvirt/qemu/channel/", "/libvirt/qemu/run/channel/"];

/// Takes out of all devices what is the host's, and those of which nothing can stay.
///
/// # Errors
/// Where the definition does not allow it.
pub(super) fn tame_all(domain: &mut Domain, devices: NodeId, sifted: &mut Sifted) -> Result<(), Refused> {
    let all: Vec<NodeId> = domain.document().children(devices).collect();
    for device in all {
        let name = domain.document().name(device).to_owned();
        let mut part = Part {
            domain: &mut *domain,
            sifted: &mut *sifted,
            node: device,
            name: &name,
        };
        part.drop_code();
        if !part.tame()? {
            domain.document_mut().remove(device);
        }
    }
    drop_lost_sound(domain, devices);
    Ok(())
}

/// Takes out what leads to sound of the host that has gone.
fn drop_lost_sound(domain: &mut Domain, devices: NodeId) {
    let document = domain.document();
    let number = |id: NodeId| document.attribute(id, "id");
    let known: Vec<_> = document.children_named(devices, "audio").filter_map(number).collect();
    let inner = document
        .children(devices)
        .flat_map(|device| document.children_named(device, "audio"));
    let lost = inner.filter(|id| number(*id).is_none_or(|number| !known.contains(&number)));
    let lost: Vec<NodeId> = lost.collect();
    for id in lost {
        domain.document_mut().remove(id);
    }
}

/// Whether an address is one that only the host itself reaches.
fn is_local(address: &str) -> bool {
    let is_loopback = |address: IpAddr| address.is_loopback();
    matches!(address, "" | "localhost") || address.parse().is_ok_and(is_loopback)
}

/// A device that is being looked through.
struct Part<'a> {
    domain: &'a mut Domain,
    sifted: &'a mut Sifted,
    node: NodeId,
    name: &'a str,
}

impl Part<'_> {
    fn said(&self, attribute: &str) -> String {
        said(self.domain, self.node, attribute)
    }

    /// Notes that the device had this of the host.
    fn note(&mut self, what: &str) {
        let text = match what {
            "" => self.name.to_owned(),
            what => format!("{} ({what})", self.name),
        };
        self.sifted.note(&text);
    }

    fn all(&self, parent: NodeId, names: &[&str]) -> Vec<NodeId> {
        let document = self.domain.document();
        let is_one = |id: &NodeId| names.iter().any(|name| document.is(*id, name));
        document.children(parent).filter(is_one).collect()
    }

    fn drop_all(&mut self, parent: NodeId, names: &[&str]) {
        for id in self.all(parent, names) {
            self.domain.document_mut().remove(id);
        }
    }

    /// As [`Part::drop_all`], and notes what was there.
    fn tell_all(&mut self, parent: NodeId, names: &[&str]) {
        for id in self.all(parent, names) {
            let name = self.domain.document().name(id).to_owned();
            self.note(&name);
            self.domain.document_mut().remove(id);
        }
    }

    fn drop_attributes(&mut self, names: &[&str]) {
        for name in names {
            self.domain.document_mut().remove_attribute(self.node, name);
        }
    }

    /// Whether the device is of one of these kinds; notes that of another.
    fn is_kind(&mut self, kinds: &[&str]) -> bool {
        let kind = self.said("type");
        let is_one = kinds.contains(&kind.as_str());
        if !is_one {
            self.note(&kind);
        }
        is_one
    }

    /// Takes out the program that a card brings for the guest's firmware: it is any file of the host.
    fn drop_code(&mut self) {
        for rom in self.all(self.node, &["rom"]) {
            let document = self.domain.document_mut();
            if document.remove_attribute(rom, "file") {
                if document.attributes(rom).next().is_none() {
                    document.remove(rom);
                }
                self.note("rom");
            }
        }
    }

    /// Takes out what is the host's; false where nothing can stay.
    fn tame(&mut self) -> Result<bool, Refused> {
        match self.name {
            "disk" => self.tame_disk()?,
            "interface" => self.tame_card()?,
            "input" => return Ok(self.is_kind(&["mouse", "tablet", "keyboard"])),
            "graphics" => return Ok(self.tame_screen()),
            "video" => self.tame_video(),
            "audio" => return Ok(self.is_kind(&["none", "spice"])),
            "memory" => return Ok(self.tame_memory()),
            "rng" => return Ok(self.tame_source_of_chance()),
            "serial" | "parallel" | "console" => self.tame_port()?,
            "channel" => return Ok(self.tame_channel()),
            "tpm" => return Ok(self.tame_tpm()),
            "redirdev" => return Ok(self.is_kind(&["spicevmc"])),
            _ => {}
        }
        Ok(true)
    }

    fn tame_disk(&mut self) -> Result<(), Refused> {
        let kind = self.said("type");
        if matches!(kind.as_str(), "dir" | "nvme" | "vhostuser" | "vhostvdpa") {
            self.note(&kind);
        }
        if self.said("device") == "lun" {
            self.note("lun");
            self.domain.document_mut().set_attribute(self.node, "device", "disk")?;
        }
        for (attribute, usual) in [("rawio", "no"), ("sgio", "filtered")] {
            let value = self.said(attribute);
            if !value.is_empty() && value != usual {
                self.note(attribute);
            }
        }
        self.drop_attributes(&["rawio", "sgio"]);
        let document = self.domain.document();
        let inside = document.descendants(self.node);
        let names: Vec<&str> = inside.iter().map(|id| document.name(*id)).collect();
        for name in SECRETS.iter().filter(|name| names.contains(*name)) {
            let text = format!("disk ({name})");
            self.sifted.note(&text);
        }
        self.drop_all(self.node, &["backingStore", "mirror", "encryption", "auth"]);
        let sources = self.all(self.node, &["source"]);
        for (number, source) in sources.into_iter().enumerate() {
            let document = self.domain.document();
            let mut gone: Vec<NodeId> = document.children(source).collect();
            if number > 0 {
                gone.push(source);
            }
            for id in gone {
                self.domain.document_mut().remove(id);
            }
        }
        Ok(())
    }

    fn tame_card(&mut self) -> Result<(), Refused> {
        self.tell_all(self.node, &["script", "downscript", "portForward"]);
        for backend in self.all(self.node, &["backend"]) {
            let has = |name: &str| !said(self.domain, backend, name).is_empty();
            if has("logFile") || has("tap") || has("vhost") {
                self.note("backend");
            }
        }
        self.drop_all(self.node, &["backend"]);
        let kind = self.said("type");
        if matches!(kind.as_str(), "network" | "bridge" | "user" | "null") {
            for source in self.all(self.node, &["source"]).into_iter().skip(1) {
                self.domain.document_mut().remove(source);
            }
            return Ok(());
        }
        self.drop_all(self.node, &CONNECTION);
        self.drop_attributes(&["managed", "trustGuestRxFilters"]);
        if kind == "hostdev" {
            self.drop_all(self.node, &["driver"]);
            let document = self.domain.document_mut();
            if document.get(self.node, interface::MODEL).is_none() {
                document.set(self.node, interface::MODEL, Some("virtio".to_owned()))?;
            }
        }
        let document = self.domain.document_mut();
        document.set(self.node, interface::TYPE, Some("network".to_owned()))?;
        self.sifted.cards.push(kind);
        Ok(())
    }

    fn tame_screen(&mut self) -> bool {
        if !self.is_kind(&["vnc", "spice"]) {
            return false;
        }
        let listens = self.all(self.node, &["listen"]);
        let elsewhere = |part: &Self, id: NodeId| {
            said(part.domain, id, "type") == "network" || !is_local(&said(part.domain, id, "address"))
        };
        if !is_local(&self.said("listen")) || listens.iter().any(|id| elsewhere(self, *id)) {
            self.note("listen");
        }
        let has_socket = |id: NodeId| !said(self.domain, id, "socket").is_empty();
        if has_socket(self.node) || listens.iter().any(|id| has_socket(*id)) {
            self.note("socket");
        }
        for gl in self.all(self.node, &["gl"]) {
            if said(self.domain, gl, "enable") == "yes" {
                self.note("gl");
            }
        }
        self.drop_all(self.node, &["listen", "gl"]);
        self.drop_attributes(&["listen", "socket", "passwd"]);
        true
    }

    fn tame_video(&mut self) {
        for driver in self.all(self.node, &["driver"]) {
            if said(self.domain, driver, "name") == "vhostuser" {
                self.note("vhostuser");
                self.domain.document_mut().remove(driver);
            }
        }
        for model in self.all(self.node, &["model"]) {
            for id in self.all(model, &["acceleration"]) {
                let is_on = |name: &str| said(self.domain, id, name) == "yes";
                if is_on("accel3d") || is_on("accel2d") || !said(self.domain, id, "rendernode").is_empty() {
                    self.note("acceleration");
                }
            }
            self.drop_all(model, &["acceleration"]);
        }
    }

    fn tame_memory(&mut self) -> bool {
        let model = self.said("model");
        let is_plain = matches!(model.as_str(), "dimm" | "virtio-mem");
        if is_plain {
            self.drop_all(self.node, &["source"]);
        } else {
            self.note(&model);
        }
        is_plain
    }

    fn tame_source_of_chance(&mut self) -> bool {
        let backends = self.all(self.node, &["backend"]);
        let document = self.domain.document();
        let is_plain = |backend: &NodeId| match &*said(self.domain, *backend, "model") {
            "builtin" => true,
            "random" => matches!(document.text(*backend).trim(), "" | "/dev/urandom" | "/dev/random"),
            _ => false,
        };
        let stays = !backends.is_empty() && backends.iter().all(is_plain);
        if !stays {
            self.note("");
        }
        stays
    }

    fn tame_port(&mut self) -> Result<(), Refused> {
        let kind = self.said("type");
        let is_plain = matches!(kind.as_str(), "" | "pty" | "null");
        self.tell_all(self.node, &["log"]);
        self.drop_all(self.node, &["source", "protocol"]);
        if !is_plain {
            self.note(&kind);
            self.domain.document_mut().set_attribute(self.node, "type", "pty")?;
        }
        Ok(())
    }

    fn tame_channel(&mut self) -> bool {
        if !self.is_kind(&["unix", "spicevmc", "spiceport", "qemu-vdagent", "pty", "null"]) {
            return false;
        }
        self.tell_all(self.node, &["log"]);
        self.drop_all(self.node, &["protocol"]);
        let kind = self.said("type");
        if kind == "unix" {
            let sources = self.all(self.node, &["source"]);
            if sources.iter().any(|id| !self.is_own_socket(*id)) {
                self.note(&kind);
            }
        }
        if matches!(kind.as_str(), "unix" | "pty") {
            self.drop_all(self.node, &["source"]);
        }
        true
    }

    /// Whether the socket of a channel is none, or what libvirt makes up by itself and shows while a machine runs.
    fn is_own_socket(&self, source: NodeId) -> bool {
        let path = said(self.domain, source, "path");
        let listens = said(self.domain, source, "mode") == "bind";
        let is_own = CHANNELS.iter().any(|folder| path.contains(folder)) && !climbs(&path);
        path.is_empty() || (listens && is_own)
    }

    fn tame_tpm(&mut self) -> bool {
        let backends = self.all(self.node, &["backend"]);
        let kinds: Vec<String> = backends.iter().map(|id| said(self.domain, *id, "type")).collect();
        let other = kinds.iter().find(|kind| *kind != "emulator");
        if let Some(other) = other {
            self.note(other);
        }
        for backend in &backends {
            self.tell_all(*backend, &["source", "encryption"]);
            self.drop_all(*backend, &["device"]);
        }
        other.is_none() && !backends.is_empty()
    }
}
