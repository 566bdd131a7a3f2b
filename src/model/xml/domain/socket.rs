//! What a network interface is plugged into: each kind of source has its own attributes and elements.

use super::Domain;
use super::fields::interface;
use crate::model::xml::{NodeId, Refused};

/// Attributes of a `<source>` that belong to the kind of it.
const ATTRIBUTES: &[&str] = &[
    "network",
    "portgroup",
    "portid",
    "bridge",
    "macTableManager",
    "dev",
    "mode",
    "type",
    "path",
    "name",
    "address",
    "port",
    "missing",
    "switchid",
    "portgroupid",
    "connectionid",
];

/// Elements in a `<source>` that belong to the kind of it.
const ELEMENTS: &[&str] = &["ip", "route", "reconnect", "local", "address", "vendor", "product"];

/// The attributes of a virtual port's parameters, each with the types that have it.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("managerid", &["802.1Qbg"]),
    ("typeid", &["802.1Qbg"]),
    ("typeidversion", &["802.1Qbg"]),
    ("instanceid", &["802.1Qbg"]),
    ("profileid", &["802.1Qbh", "openvswitch"]),
    ("interfaceid", &["openvswitch", "midonet"]),
];

impl Domain {
    /// Plugs an interface into another kind of source, as libvirt names it. `place` is the network, bridge or device there;
    /// what else the new kind cannot be without is filled in. What only the old kind has goes.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_nic_source(&mut self, node: NodeId, kind: &str, place: &str) -> Result<(), Refused> {
        if self.document().get(node, interface::TYPE).as_deref() == Some(kind) {
            return Ok(());
        }
        self.clear_nic_source(node, kind)?;
        let document = self.document_mut();
        document.set(node, interface::TYPE, Some(kind.to_owned()))?;
        let attributes: Vec<(&str, &str)> = match kind {
            "network" => vec![("network", place)],
            "bridge" => vec![("bridge", place)],
            "direct" => vec![("dev", place), ("mode", "bridge")],
            "vdpa" => vec![("dev", place)],
            "internal" => vec![("name", place)],
            "vhostuser" => vec![("type", "unix"), ("path", place), ("mode", "client")],
            "mcast" => vec![("address", "230.0.0.1"), ("port", "5558")],
            "client" | "udp" => vec![("address", "127.0.0.1"), ("port", "5558")],
            "server" => vec![("port", "5558")],
            "vds" => vec![("switchid", "00000000-0000-0000-0000-000000000000")],
            "hostdev" => Vec::new(),
            _ => {
                if let Some(source) = document.child(node, "source")
                    && document.is_bare_element(source)
                {
                    document.remove(source);
                }
                return Ok(());
            }
        };
        let source = match document.child(node, "source") {
            Some(source) => source,
            None => document.insert_ordered(node, "<source/>")?,
        };
        for (name, value) in attributes {
            document.set_attribute(source, name, value)?;
        }
        match kind {
            "udp" => document
                .insert_ordered(source, "<local address='127.0.0.1' port='5559'/>")
                .map(drop),
            "hostdev" => {
                document.set(node, interface::MANAGED, Some(true))?;
                document
                    .insert_ordered(
                        source,
                        "<address type='pci' domain='0x0000' bus='0x00' slot='0x00' function='0x0'/>",
                    )
                    .map(drop)
            }
            "vhostuser" => self.share_memory(),
            _ => Ok(()),
        }
    }

    fn clear_nic_source(&mut self, node: NodeId, kind: &str) -> Result<(), Refused> {
        let document = self.document_mut();
        if let Some(source) = document.child(node, "source") {
            for name in ATTRIBUTES {
                document.remove_attribute(source, name);
            }
            for name in ELEMENTS {
                while let Some(old) = document.child(source, name) {
                    document.remove(old);
                }
            }
        }
        let mut gone = Vec::new();
        if !matches!(kind, "network" | "bridge" | "direct" | "hostdev") {
            gone.push("virtualport");
        }
        if kind != "user" {
            gone.push("portForward");
            document.set(node, interface::BACKEND, None)?;
            document.set(node, interface::BACKEND_LOG, None)?;
        }
        for name in gone {
            while let Some(old) = document.child(node, name) {
                document.remove(old);
            }
        }
        document.set(node, interface::MANAGED, None)
    }

    /// Gives an interface another model of card. Cards of another kind of slot cannot stay where the old one was: libvirt
    /// finds it a new place.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_nic_model(&mut self, node: NodeId, model: Option<&str>) -> Result<(), Refused> {
        let document = self.document_mut();
        if document.get(node, interface::MODEL).as_deref() == model {
            return Ok(());
        }
        document.set(node, interface::MODEL, model.map(str::to_owned))?;
        if let Some(address) = document.child(node, "address") {
            document.remove(address);
        }
        Ok(())
    }

    /// Gives an interface's virtual port another type; `None` takes it away. Parameters that the type does not have go.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_virtual_port(&mut self, node: NodeId, kind: Option<&str>) -> Result<(), Refused> {
        let document = self.document_mut();
        let old = document.child(node, "virtualport");
        let Some(kind) = kind else {
            if let Some(old) = old {
                document.remove(old);
            }
            return Ok(());
        };
        let port = match old {
            Some(old) => old,
            None => document.insert_ordered(node, "<virtualport/>")?,
        };
        document.set_attribute(port, "type", kind)?;
        let parameters = document.child(port, "parameters");
        if let Some(parameters) = parameters {
            for (name, kinds) in PARAMETERS {
                if !kinds.contains(&kind) {
                    document.remove_attribute(parameters, name);
                }
            }
            if document.is_bare_element(parameters) {
                document.remove(parameters);
            }
        }
        // MidoNet knows a port by nothing else.
        if kind == "midonet" && document.get(node, interface::INTERFACE_ID).is_none() {
            let id = uuid::Uuid::new_v4().to_string();
            document.set(node, interface::INTERFACE_ID, Some(id))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    fn machine(nic: &str) -> (Domain, NodeId) {
        let text = format!("<domain type='kvm'><devices>{nic}</devices></domain>");
        let domain = Domain::parse(&text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Interface).next().expect("an interface");
        (domain, node)
    }

    #[test]
    fn another_socket_keeps_the_card() {
        let (mut domain, nic) = machine(
            "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='a' portgroup='b' x='1'/>\
             <virtualport type='openvswitch'/><model type='virtio'/><boot order='1'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
        );
        domain.set_nic_source(nic, "direct", "eth0").expect("possible");
        assert_eq!(
            domain.document().source(nic),
            "<interface type='direct'><mac address='52:54:00:00:00:01'/><source x='1' dev='eth0' mode='bridge'/>\
             <virtualport type='openvswitch'/><model type='virtio'/><boot order='1'/><address type='pci' bus='0x01' slot='0x00'/></interface>"
        );
    }

    #[test]
    fn port_forwards_stay_with_user_mode() {
        let (mut domain, nic) = machine(
            "<interface type='user'><mac address='52:54:00:00:00:01'/><portForward proto='tcp'><range start='2222' to='22'/></portForward>\
             <backend type='passt' logFile='/l'/></interface>",
        );
        domain.set_nic_source(nic, "bridge", "br'0").expect("possible");
        assert_eq!(
            domain.document().source(nic),
            "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br&apos;0'/></interface>"
        );
        domain.set_nic_source(nic, "user", "").expect("possible");
        assert_eq!(
            domain.document().source(nic),
            "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>"
        );
    }

    #[test]
    fn a_switch_in_user_space_sees_the_memory() {
        let (mut domain, nic) = machine("<interface type='user'/>");
        domain
            .set_nic_source(nic, "vhostuser", "/run/switch.sock")
            .expect("possible");
        assert_eq!(
            domain.document().source(nic),
            "<interface type='vhostuser'><source type='unix' path='/run/switch.sock' mode='client'/></interface>"
        );
        assert!(domain.shares_memory());
    }

    #[test]
    fn another_model_finds_another_slot() {
        let (mut domain, nic) = machine(
            "<interface type='user'><model type='virtio'/><driver queues='4'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
        );
        domain.set_nic_model(nic, Some("e1000")).expect("possible");
        assert_eq!(
            domain.document().source(nic),
            "<interface type='user'><model type='e1000'/><driver queues='4'/></interface>"
        );
    }

    #[test]
    fn another_type_of_port_keeps_what_it_has_too() {
        let (mut domain, nic) = machine(
            "<interface type='bridge'><virtualport type='openvswitch'><parameters profileid='p' \
             interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport></interface>",
        );
        domain.set_virtual_port(nic, Some("802.1Qbh")).expect("possible");
        assert_eq!(
            domain.document().source(nic),
            "<interface type='bridge'><virtualport type='802.1Qbh'><parameters profileid='p'/></virtualport></interface>"
        );
        domain.set_virtual_port(nic, None).expect("possible");
        assert_eq!(domain.document().source(nic), "<interface type='bridge'></interface>");
    }
}
