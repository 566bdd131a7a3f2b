//! Controllers: new ones, their models, and what hangs on them.

use super::device::number;
use super::fields::{controller, cpu, disk};
use super::{DeviceKind, Domain};
use crate::i18n::tr;
use crate::model::xml::{NodeId, Refused};

/// The partners of a USB 2 controller, which do the work of USB 1, with the port from which each is there.
const COMPANIONS: &[(&str, u64)] = &[("ich9-uhci1", 0), ("ich9-uhci2", 2), ("ich9-uhci3", 4)];

impl Domain {
    /// Adds a controller with the next number of its kind. Number 0 of PCI is the root, even where it is not written.
    ///
    /// # Errors
    /// Where the definition cannot hold it.
    pub fn add_controller(&mut self, kind: &str, model: Option<&str>) -> Result<NodeId, Refused> {
        let model_text = model.map(|model| format!(" model='{model}'")).unwrap_or_default();
        // libvirt finds such a bridge a port only where there is one before it.
        if model == Some("pcie-to-pci-bridge") && self.free_pcie_ports().is_empty() {
            self.add_controller("pci", Some("pcie-root-port"))?;
        }
        // On a board with PCI Express it needs a slot for old cards, which another bridge has.
        if model == Some("pci-bridge") && self.has_pcie_root() && !self.has_pci_slots() {
            self.add_controller("pci", Some("pcie-to-pci-bridge"))?;
        }
        let index = match kind {
            "pci" => self.next_index(kind).max(1),
            _ => self.next_index(kind),
        };
        let index = format!(" index='{index}'");
        let node = self.put_device(&format!("<controller type='{kind}'{index}{model_text}/>"))?;
        if model == Some("ich9-ehci1") {
            self.add_companions(node)?;
        }
        Ok(node)
    }

    /// Whether a machine with PCI Express has slots for old cards: a bridge.
    #[must_use]
    pub fn has_pci_slots(&self) -> bool {
        let document = self.document();
        self.devices_of(DeviceKind::Controller).any(|node| {
            let model = document.attribute(node, "model");
            matches!(
                model.as_deref(),
                Some("pcie-to-pci-bridge" | "dmi-to-pci-bridge" | "pci-bridge")
            )
        })
    }

    /// The number that the next controller of a kind gets.
    fn next_index(&self, kind: &str) -> u64 {
        let document = self.document();
        self.devices_of(DeviceKind::Controller)
            .filter(|node| document.get(*node, controller::TYPE).as_deref() == Some(kind))
            .filter_map(|node| document.get::<u64>(node, controller::INDEX))
            .max()
            .map_or(0, |most| most.saturating_add(1))
    }

    /// Gives a controller another number; `None` lets libvirt choose one.
    ///
    /// # Errors
    /// Where another one of its kind has the number.
    pub fn set_controller_index(&mut self, node: NodeId, index: Option<u64>) -> Result<(), Refused> {
        let document = self.document();
        let kind: Option<String> = document.get(node, controller::TYPE);
        let is_taken = self.devices_of(DeviceKind::Controller).any(|other| {
            other != node
                && document.get(other, controller::TYPE) == kind
                && index.is_some()
                && document.get(other, controller::INDEX) == index
        });
        if is_taken {
            return Err(Refused(tr("Another controller of the kind has this number.")));
        }
        self.document_mut().set(node, controller::INDEX, index)
    }

    /// Gives a controller another model. Its place in the machine is libvirt's to find anew; a USB 2 controller comes and goes
    /// with the partners that do USB 1 for it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_controller_model(&mut self, node: NodeId, model: Option<&str>) -> Result<(), Refused> {
        let document = self.document_mut();
        let old = document.get(node, controller::MODEL);
        if old.as_deref() == model {
            return Ok(());
        }
        let kind = document.get(node, controller::TYPE).unwrap_or_default();
        if kind == "usb" {
            self.check_usb(node, model.unwrap_or_default())?;
        }
        let document = self.document_mut();
        document.set(node, controller::MODEL, model.map(str::to_owned))?;
        if let Some(address) = document.child(node, "address") {
            document.remove(address);
        }
        match kind.as_str() {
            "usb" => {
                if !model.is_some_and(|model| model.ends_with("xhci")) {
                    document.set(node, controller::PORTS, None)?;
                }
                if old.as_deref() == Some("ich9-ehci1") {
                    self.remove_companions(node);
                }
                if model == Some("ich9-ehci1") {
                    self.add_companions(node)?;
                }
            }
            "scsi" if !model.is_some_and(|model| model.starts_with("virtio")) => {
                for field in [
                    controller::QUEUES,
                    controller::IOTHREAD,
                    controller::COMMANDS,
                    controller::SECTORS,
                ] {
                    self.document_mut().set(node, field, None)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes an I/O thread of this number where there is none: a disk cannot name one that is missing.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn ensure_iothread(&mut self, number: u64) -> Result<(), Refused> {
        let document = self.document_mut();
        let root = document.root();
        let count = document.get(root, cpu::IOTHREADS).unwrap_or(0);
        let Some(ids) = document.child(root, "iothreadids") else {
            return match count < number {
                true => document.set(root, cpu::IOTHREADS, Some(number)),
                false => Ok(()),
            };
        };
        let said: Vec<u64> = document
            .children_named(ids, "iothread")
            .filter_map(|thread| document.attribute(thread, "id")?.parse().ok())
            .collect();
        // Threads that are only counted get the lowest numbers that are free.
        let counted = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(said.len());
        let mut free = (1_u64..).filter(|id| !said.contains(id)).take(counted.min(4096));
        if said.contains(&number) || free.any(|id| id == number) {
            return Ok(());
        }
        document.insert_ordered(ids, &format!("<iothread id='{number}'/>"))?;
        document.set(
            root,
            cpu::IOTHREADS,
            Some(count.max(said.len() as u64).saturating_add(1)),
        )
    }

    /// What libvirt takes only once.
    fn check_usb(&self, node: NodeId, model: &str) -> Result<(), Refused> {
        let document = self.document();
        let companions = self.companions(node);
        let mut others = self
            .devices_of(DeviceKind::Controller)
            .filter(|other| document.get(*other, controller::TYPE).as_deref() == Some("usb"))
            .filter(|other| *other != node && !companions.contains(other));
        let is = |other, model: &str| document.get(other, controller::MODEL).as_deref() == Some(model);
        match model {
            "none" if others.next().is_some() => {
                Err(Refused(tr("The machine has other USB controllers: remove them first.")))
            }
            "ich9-ehci1" if others.any(|other| is(other, model)) => {
                Err(Refused(tr("The machine has such a controller already.")))
            }
            _ => Ok(()),
        }
    }

    fn companions(&self, node: NodeId) -> Vec<NodeId> {
        let document = self.document();
        let index = |node| document.get::<u64>(node, controller::INDEX).unwrap_or(0);
        self.devices_of(DeviceKind::Controller)
            .filter(|other| {
                let model = document.get(*other, controller::MODEL).unwrap_or_default();
                *other != node && index(*other) == index(node) && COMPANIONS.iter().any(|(name, _)| *name == model)
            })
            .collect()
    }

    fn remove_companions(&mut self, node: NodeId) {
        for companion in self.companions(node) {
            self.document_mut().remove(companion);
        }
    }

    fn add_companions(&mut self, node: NodeId) -> Result<(), Refused> {
        if !self.companions(node).is_empty() {
            return Ok(());
        }
        let index = self.document().get::<u64>(node, controller::INDEX).unwrap_or(0);
        for (model, port) in COMPANIONS {
            self.put_device(&format!(
                "<controller type='usb' index='{index}' model='{model}'>\n  <master startport='{port}'/>\n</controller>"
            ))?;
        }
        Ok(())
    }

    /// The devices that hang on a controller, by their addresses.
    #[must_use]
    pub fn attached(&self, node: NodeId) -> Vec<NodeId> {
        let document = self.document();
        let kind = document.get(node, controller::TYPE).unwrap_or_default();
        let index = document.attribute(node, "index").and_then(|index| number(&index));
        let place = |other: NodeId| {
            let address = document.child(other, "address")?;
            let form = document.attribute(address, "type")?.into_owned();
            let name = match (form.as_str(), kind.as_str()) {
                ("drive", "ide" | "scsi" | "sata" | "fdc") => {
                    let bus = document.get(other, disk::BUS);
                    // A host device of SCSI has no bus to tell.
                    (bus.as_deref().unwrap_or("scsi") == kind).then_some("controller")?
                }
                ("virtio-serial", "virtio-serial") | ("ccid", "ccid") => "controller",
                ("usb", "usb") | ("pci", "pci") => "bus",
                _ => return None,
            };
            number(&document.attribute(address, name)?)
        };
        self.devices()
            .filter(|other| other.node != node && place(other.node) == Some(index.unwrap_or(0)))
            .map(|other| other.node)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(devices: &str) -> Domain {
        Domain::parse(&format!("<domain type='kvm'><devices>{devices}</devices></domain>")).expect("a machine")
    }

    fn controllers(domain: &Domain) -> Vec<NodeId> {
        domain.devices_of(DeviceKind::Controller).collect()
    }

    fn devices(domain: &Domain) -> String {
        let text = domain.document().to_string();
        text.replace("<domain type='kvm'><devices>", "")
            .replace("</devices></domain>", "")
            .replace("\n", "")
            .replace("  ", "")
    }

    #[test]
    fn usb_2_comes_and_goes_with_its_partners() {
        let text = "<controller type='usb' index='0' model='qemu-xhci' ports='15'><address type='pci' bus='0x02' slot='0x00'/></controller>";
        let mut domain = machine(text);
        let node = controllers(&domain)[0];
        domain.set_controller_model(node, Some("ich9-ehci1")).expect("possible");
        assert_eq!(
            devices(&domain),
            "<controller type='usb' index='0' model='ich9-ehci1'></controller>\
             <controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>\
             <controller type='usb' index='0' model='ich9-uhci2'><master startport='2'/></controller>\
             <controller type='usb' index='0' model='ich9-uhci3'><master startport='4'/></controller>"
        );
        domain.set_controller_model(node, Some("qemu-xhci")).expect("possible");
        assert_eq!(
            devices(&domain),
            "<controller type='usb' index='0' model='qemu-xhci'></controller>"
        );
    }

    #[test]
    fn another_scsi_model_loses_what_only_virtio_has() {
        let mut domain = machine(
            "<controller type='scsi' index='0' model='virtio-scsi'><driver queues='4' iothread='2'/></controller>",
        );
        let node = controllers(&domain)[0];
        domain.set_controller_model(node, Some("lsilogic")).expect("possible");
        assert_eq!(
            devices(&domain),
            "<controller type='scsi' index='0' model='lsilogic'></controller>"
        );
    }

    #[test]
    fn a_new_controller_has_the_next_number() {
        let mut domain = machine("<controller type='scsi' index='0'/><controller type='scsi' index='4'/>");
        domain.add_controller("scsi", Some("virtio-scsi")).expect("possible");
        domain.add_controller("pci", Some("pcie-root-port")).expect("possible");
        assert!(devices(&domain).ends_with(
            "<controller type='scsi' index='5' model='virtio-scsi'/><controller type='pci' index='1' model='pcie-root-port'/>"
        ));
    }

    #[test]
    fn a_pci_bridge_hangs_on_a_bridge_to_pci_where_the_board_has_pcie() {
        let models = |domain: &Domain| -> Vec<String> {
            let all = controllers(domain).into_iter();
            all.filter_map(|node| domain.document().get(node, controller::MODEL))
                .collect()
        };
        let mut domain = machine("<controller type='pci' index='0' model='pcie-root'/>");
        domain.add_controller("pci", Some("pci-bridge")).expect("possible");
        let all = ["pcie-root", "pcie-root-port", "pcie-to-pci-bridge", "pci-bridge"];
        assert_eq!(models(&domain), all);
        domain.add_controller("pci", Some("pci-bridge")).expect("possible");
        assert_eq!(models(&domain)[4..], ["pci-bridge"]);
        let mut domain = machine("<controller type='pci' index='0' model='pci-root'/>");
        domain.add_controller("pci", Some("pci-bridge")).expect("possible");
        assert_eq!(models(&domain), ["pci-root", "pci-bridge"]);
    }

    #[test]
    fn a_bridge_to_pci_has_a_port_before_it() {
        let mut domain = machine("<controller type='pci' index='0' model='pcie-root'/>");
        domain
            .add_controller("pci", Some("pcie-to-pci-bridge"))
            .expect("possible");
        assert_eq!(
            devices(&domain),
            "<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='pcie-root-port'/>\
             <controller type='pci' index='2' model='pcie-to-pci-bridge'/>"
        );
    }

    #[test]
    fn no_two_controllers_of_a_kind_have_one_number() {
        let mut domain = machine(
            "<controller type='scsi' index='0'/><controller type='scsi' index='4'/><controller type='sata' index='1'/>",
        );
        let nodes = controllers(&domain);
        assert!(domain.set_controller_index(nodes[0], Some(4)).is_err());
        domain.set_controller_index(nodes[0], Some(1)).expect("it is free");
        assert!(devices(&domain).starts_with("<controller type='scsi' index='1'/>"));
    }

    #[test]
    fn a_thread_that_a_disk_names_is_there() {
        let after = |text: &str, number| {
            let mut domain = Domain::parse(&format!("<domain type='kvm'>{text}</domain>")).expect("a machine");
            domain.ensure_iothread(number).expect("possible");
            let text = domain.document().to_string();
            text.replace("<domain type='kvm'>", "")
                .replace("</domain>", "")
                .replace('\n', "")
        };
        assert_eq!(after("<iothreads>2</iothreads>", 2), "<iothreads>2</iothreads>");
        assert_eq!(after("<iothreads>2</iothreads>", 3), "<iothreads>3</iothreads>");
        assert_eq!(after("<vcpu>1</vcpu>", 1), "<vcpu>1</vcpu><iothreads>1</iothreads>");
        let some = "<iothreads>2</iothreads><iothreadids><iothread id='4'/></iothreadids>";
        assert_eq!(after(some, 1), some, "the one that is only counted");
        assert_eq!(
            after(some, 2),
            "<iothreads>3</iothreads><iothreadids><iothread id='4'/><iothread id='2'/></iothreadids>"
        );
    }

    #[test]
    fn usb_is_not_turned_off_while_it_is_there() {
        let mut domain =
            machine("<controller type='usb' index='0'/><controller type='usb' index='1' model='ich9-ehci1'/>");
        let nodes = controllers(&domain);
        assert!(domain.set_controller_model(nodes[0], Some("none")).is_err());
        assert!(domain.set_controller_model(nodes[0], Some("ich9-ehci1")).is_err());
        domain
            .set_controller_model(nodes[0], Some("qemu-xhci"))
            .expect("possible");
    }

    #[test]
    fn what_hangs_on_a_controller_is_named() {
        let domain = machine(
            "<disk><target dev='sda' bus='scsi'/><address type='drive' controller='0' unit='0'/></disk>\
             <disk><target dev='sdb' bus='sata'/><address type='drive' controller='0' unit='0'/></disk>\
             <controller type='scsi' index='0'/><controller type='sata' index='0'/>\
             <hostdev><address type='drive' controller='0' unit='1'/></hostdev>",
        );
        let nodes = controllers(&domain);
        let names = |controller| -> Vec<String> {
            let document = domain.document();
            let name = |node| {
                document
                    .get(node, disk::TARGET)
                    .unwrap_or_else(|| document.name(node).to_owned())
            };
            domain.attached(controller).into_iter().map(name).collect()
        };
        assert_eq!(names(nodes[0]), ["sda", "hostdev"]);
        assert_eq!(names(nodes[1]), ["sdb"]);
    }
}
