//! A device of a host with what only a page about it wants to know, and what can be asked of it.

use crate::model::facts::{HostDevice, HostDeviceKind};
use crate::model::xml::object::{NodeDevice, node_device};
use crate::model::xml::{XmlError, escape};

/// A device of a host, described for its page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeDeviceFact {
    /// What machines are told of it.
    pub device: HostDevice,
    /// Place in sysfs.
    pub path: Option<String>,
    /// Device files.
    pub files: Vec<String>,
    /// Everything that it can do, by libvirt's names: `pci`, `virt_functions`, `vports` …
    pub capabilities: Vec<String>,
    /// Parent that a mediated device is made on, by its address; it has that as its parent only while it runs.
    pub parent_address: Option<String>,
    /// It is there; a mediated device may be defined and not started.
    pub active: bool,
    /// It is made when the host starts; `None` where nothing can be defined.
    pub autostart: Option<bool>,
    /// It has a definition that outlasts the host's next start; `None` where that is not told.
    pub persistent: Option<bool>,
    /// The description, as libvirt gave it.
    pub xml: String,
}

/// What can be asked of a device of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceCall {
    /// Take it from the host's driver (`virNodeDeviceDetachFlags`).
    Detach,
    /// Give it back to the host's driver (`virNodeDeviceReAttach`).
    Reattach,
    /// Put it into the state that it has after power-on (`virNodeDeviceReset`).
    Reset,
    /// Start a defined mediated device (`virNodeDeviceCreate`).
    Start,
    /// Stop a mediated device, or end a virtual port (`virNodeDeviceDestroy`).
    Stop,
    /// Forget a defined mediated device (`virNodeDeviceUndefine`).
    Undefine,
    /// Make it when the host starts, or no more (`virNodeDeviceSetAutostart`).
    Autostart(bool),
}

impl NodeDeviceFact {
    /// Reads a description (`virNodeDeviceGetXMLDesc`).
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str) -> Result<Self, XmlError> {
        let description = NodeDevice::parse(xml)?;
        let document = description.document();
        let files = document.children_named(document.root(), "devnode");
        Ok(Self {
            device: HostDevice::read(xml)?,
            path: description.get(node_device::PATH),
            files: files.map(|id| document.text(id).trim().to_owned()).collect(),
            capabilities: description.capabilities(),
            parent_address: document.value(document.root(), "capability/parent_addr"),
            active: true,
            autostart: None,
            persistent: None,
            xml: xml.to_owned(),
        })
    }

    /// Whether it can make virtual ports of a Fibre Channel adapter.
    #[must_use]
    pub fn makes_ports(&self) -> bool {
        self.capabilities
            .iter()
            .any(|name| name == "vports" || name == "vport_ops")
    }

    /// Whether it is such a virtual port, by the adapter that it belongs to.
    #[must_use]
    pub fn is_port(&self) -> bool {
        let of_adapter = self.device.parent.as_deref();
        matches!(self.device.kind, HostDeviceKind::ScsiHost { wwpn: Some(_), .. })
            && of_adapter.is_some_and(|parent| parent.starts_with("scsi_host"))
    }

    /// Which calls make sense for it now.
    #[must_use]
    pub fn calls(&self) -> Vec<DeviceCall> {
        match &self.device.kind {
            HostDeviceKind::Pci(pci) if !pci.is_bridge => {
                let away = matches!(self.device.driver.as_deref(), Some("vfio-pci" | "pci-stub" | "pciback"));
                let turn = if away { DeviceCall::Reattach } else { DeviceCall::Detach };
                vec![turn, DeviceCall::Reset]
            }
            HostDeviceKind::Mediated { .. } => {
                let mut calls = vec![if self.active {
                    DeviceCall::Stop
                } else {
                    DeviceCall::Start
                }];
                if self.persistent == Some(true) {
                    calls.extend(self.autostart.map(|on| DeviceCall::Autostart(!on)));
                    calls.push(DeviceCall::Undefine);
                }
                calls
            }
            HostDeviceKind::ScsiHost { .. } if self.is_port() => vec![DeviceCall::Stop],
            _ => Vec::new(),
        }
    }
}

/// A new mediated device of a kind below a parent; the host chooses its identity where none is given.
#[must_use]
pub fn mediated_xml(parent: &str, type_id: &str, uuid: Option<&str>) -> String {
    let uuid = uuid.map_or_else(String::new, |uuid| format!("    <uuid>{}</uuid>\n", escape(uuid)));
    format!(
        "<device>\n  <parent>{}</parent>\n  <capability type='mdev'>\n    <type id='{}'/>\n{uuid}  </capability>\n</device>\n",
        escape(parent),
        escape(type_id),
    )
}

/// A new virtual port below a Fibre Channel adapter; the host chooses names where none are given (node name, port name).
#[must_use]
pub fn port_xml(parent: &str, names: Option<(&str, &str)>) -> String {
    let names = names.map_or_else(String::new, |(node, port)| {
        format!(
            "      <wwnn>{}</wwnn>\n      <wwpn>{}</wwpn>\n",
            escape(node),
            escape(port)
        )
    });
    format!(
        "<device>\n  <parent>{}</parent>\n  <capability type='scsi_host'>\n    <capability type='fc_host'>\n{names}    \
         </capability>\n  </capability>\n</device>\n",
        escape(parent),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> NodeDeviceFact {
        NodeDeviceFact::read(xml).expect("a device")
    }

    #[test]
    fn calls_are_those_that_make_sense_now() {
        let pci = |driver: &str| {
            read(&format!(
                "<device><name>pci_0000_01_00_0</name><driver><name>{driver}</name></driver>\
                 <capability type='pci'><bus>1</bus><slot>0</slot><function>0</function></capability></device>"
            ))
        };
        assert_eq!(pci("e1000e").calls(), [DeviceCall::Detach, DeviceCall::Reset]);
        assert_eq!(pci("vfio-pci").calls(), [DeviceCall::Reattach, DeviceCall::Reset]);
        let mut mediated = read(
            "<device><name>m</name><capability type='mdev'><type id='i915-1'/><uuid>u</uuid>\
             <parent_addr>0000:00:02.0</parent_addr></capability></device>",
        );
        assert_eq!(mediated.parent_address.as_deref(), Some("0000:00:02.0"));
        assert_eq!(mediated.calls(), [DeviceCall::Stop]);
        mediated.active = false;
        mediated.persistent = Some(true);
        mediated.autostart = Some(false);
        let calls = [DeviceCall::Start, DeviceCall::Autostart(true), DeviceCall::Undefine];
        assert_eq!(mediated.calls(), calls);
    }

    #[test]
    fn virtual_port_is_told_from_the_adapter_that_makes_it() {
        let host = |name: &str, parent: &str, more: &str| {
            read(&format!(
                "<device><name>{name}</name><parent>{parent}</parent><capability type='scsi_host'><host>1</host>\
                 <capability type='fc_host'><wwnn>2</wwnn><wwpn>1</wwpn></capability>{more}</capability></device>"
            ))
        };
        let adapter = host("scsi_host1", "computer", "<capability type='vport_ops'/>");
        let port = host("scsi_host11", "scsi_host1", "");
        assert!(adapter.makes_ports() && !adapter.is_port() && adapter.calls().is_empty());
        assert!(!port.makes_ports() && port.is_port());
        assert_eq!(port.calls(), [DeviceCall::Stop]);
    }

    #[test]
    fn device_that_says_nothing_is_read_all_the_same() {
        let bare = read("<device><name>x</name></device>");
        assert_eq!(bare.device.kind, HostDeviceKind::Unknown);
        assert!(bare.calls().is_empty());
    }

    #[test]
    fn new_devices_are_written_as_they_are_read() {
        let text = mediated_xml(
            "pci_0000_00_02_0",
            "i915-<1>",
            Some("c2177883-f1bb-47f0-914d-32a22e3a8804"),
        );
        let device = read(&text);
        assert_eq!(device.device.parent.as_deref(), Some("pci_0000_00_02_0"));
        assert!(matches!(&device.device.kind, HostDeviceKind::Mediated { uuid, type_id }
            if uuid.starts_with("c2177883") && type_id == "i915-<1>"));
        let port = read(&port_xml("scsi_host1", Some(("20", "10"))));
        assert!(matches!(&port.device.kind, HostDeviceKind::ScsiHost { wwpn: Some(wwpn), .. } if wwpn == "10"));
    }
}
