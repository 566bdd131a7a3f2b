//! Network interfaces: new ones with addresses of their own, and removed ones.

use uuid::Uuid;

use super::fields::interface;
use super::{DeviceKind, Domain};
use crate::i18n::{tr, tr_f};
use crate::model::xml::scan::escape_attribute;
use crate::model::xml::{Document, NodeId, Refused};

/// A hardware address in the form in which two can be compared: lower case, colons, two digits each.
#[must_use]
pub fn normal_mac(mac: &str) -> Option<String> {
    // Rust's own parser would take a sign, too.
    let is_octet = |octet: &str| (1..=2).contains(&octet.len()) && octet.bytes().all(|byte| byte.is_ascii_hexdigit());
    let octets: Option<Vec<u8>> = mac
        .trim()
        .split([':', '-'])
        .map(|octet| u8::from_str_radix(octet, 16).ok().filter(|_| is_octet(octet)))
        .collect();
    let octets = octets.filter(|octets| octets.len() == 6)?;
    Some(
        octets
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<Vec<_>>()
            .join(":"),
    )
}

impl Domain {
    /// A random hardware address that no interface here has, with the prefix that goes with the hypervisor.
    #[must_use]
    pub fn new_mac(&self) -> String {
        let vendor = match self.hypervisor().as_str() {
            "xen" => "00:16:3e",
            "vmware" => "00:0c:29",
            "hyperv" => "00:15:5d",
            "parallels" | "vz" => "00:1c:42",
            "vbox" => "08:00:27",
            _ => "52:54:00",
        };
        loop {
            // The first bytes of a random UUID are random.
            let [a, b, c, ..] = *Uuid::new_v4().as_bytes();
            let mac = format!("{vendor}:{a:02x}:{b:02x}:{c:02x}");
            if self.nics_with(&mac).next().is_none() {
                return mac;
            }
        }
    }

    fn nics_with<'d>(&'d self, mac: &str) -> impl Iterator<Item = NodeId> + 'd {
        let wanted = normal_mac(mac).unwrap_or_default();
        self.devices_of(DeviceKind::Interface).filter(move |id| {
            self.document()
                .get(*id, interface::MAC)
                .and_then(|mac| normal_mac(&mac))
                .as_ref()
                == Some(&wanted)
        })
    }

    /// Adds an interface on a virtual network, with a new hardware address and the model that the machine's interfaces have.
    ///
    /// # Errors
    /// Where the network has no name.
    pub fn add_nic(&mut self, network: &str) -> Result<NodeId, Refused> {
        if network.trim().is_empty() {
            return Err(Refused(tr("The network has no name.")));
        }
        if let Some(c) = network.chars().find(|c| c.is_control()) {
            let shown = c.escape_default().to_string();
            return Err(Refused(tr_f(
                "A name cannot contain “{character}”.",
                &[("character", &shown)],
            )));
        }
        let usual = self
            .devices_of(DeviceKind::Interface)
            .find_map(|id| self.document().get(id, interface::MODEL));
        let model = usual.or_else(|| self.is_virtio().then(|| "virtio".to_owned()));
        let model = model.map(|model| format!("  <model type='{}'/>\n", escape_attribute(&model, '\'')));
        let (mac, network) = (self.new_mac(), escape_attribute(network, '\''));
        let xml = format!(
            "<interface type='network'>\n  <mac address='{mac}'/>\n  <source network='{network}'/>\n{}</interface>",
            model.unwrap_or_default()
        );
        self.put_device(&xml)
    }

    /// The interface with this hardware address, however it is written.
    ///
    /// # Errors
    /// Where it is no address, no interface has it, or more than one.
    pub fn nic(&self, mac: &str) -> Result<NodeId, Refused> {
        if normal_mac(mac).is_none() {
            return Err(Refused(tr_f("“{mac}” is no hardware address.", &[("mac", mac)])));
        }
        let mut found = self.nics_with(mac);
        match (found.next(), found.next()) {
            (Some(nic), None) => Ok(nic),
            (None, _) => Err(Refused(tr_f("There is no network interface {mac}.", &[("mac", mac)]))),
            _ => Err(Refused(tr_f(
                "There is more than one network interface {mac}.",
                &[("mac", mac)],
            ))),
        }
    }

    /// Removes the interface with this hardware address.
    ///
    /// # Errors
    /// As [`Domain::nic`].
    pub fn remove_nic(&mut self, mac: &str) -> Result<(), Refused> {
        let nic = self.nic(mac)?;
        self.remove_device(nic)
    }

    /// Refuses a new interface whose hardware address is taken.
    pub(super) fn check_new_nic(&self, fragment: &Document) -> Result<(), Refused> {
        let mac = fragment.get(fragment.root(), interface::MAC);
        match mac {
            Some(mac) if self.nics_with(&mac).next().is_some() => Err(Refused(tr_f(
                "There is a network interface {mac} already.",
                &[("mac", &mac)],
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_addresses_are_the_same_however_they_are_written() {
        assert_eq!(normal_mac("52:54:00:AB:0c:1").as_deref(), Some("52:54:00:ab:0c:01"));
        assert_eq!(normal_mac("52-54-00-ab-0c-01").as_deref(), Some("52:54:00:ab:0c:01"));
        for wrong in [
            "",
            "52:54:00:ab:0c",
            "52:54:00:ab:0c:01:02",
            "zz:54:00:ab:0c:01",
            "+5:54:00:ab:0c:01",
            "vda",
        ] {
            assert_eq!(normal_mac(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_new_address_has_the_prefix_of_its_hypervisor() {
        for (kind, prefix) in [("kvm", "52:54:00:"), ("xen", "00:16:3e:"), ("vmware", "00:0c:29:")] {
            let domain = Domain::parse(&format!("<domain type='{kind}'/>")).expect("a domain");
            let (one, other) = (domain.new_mac(), domain.new_mac());
            assert!(one.starts_with(prefix), "{one}");
            assert_ne!(one, other);
        }
    }
}
