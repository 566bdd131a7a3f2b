//! What a host and its hypervisors can do.

use std::collections::HashMap;

use super::object;
use crate::model::xml::field::fields;
use crate::model::xml::{Document, NodeId};

object! {
    /// What a host is and which guests it can run (`virConnectGetCapabilities`).
    Capabilities = "capabilities"
}

object! {
    /// What a machine of one kind can have there (`virConnectGetDomainCapabilities`).
    DomainCapabilities = "domainCapabilities"
}

/// One kind of guest that a host can run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guest {
    /// `hvm`, `exe`, `xen`, `linux`.
    pub os_type: String,
    /// Architecture.
    pub arch: String,
    /// 32 or 64.
    pub word_size: Option<u64>,
    /// Program that runs it.
    pub emulator: Option<String>,
    /// Hypervisors: `kvm`, `qemu` …
    pub hypervisors: Vec<String>,
    /// Names of machine types, as they are listed.
    pub machines: Vec<String>,
    /// The same with what is told about them.
    pub machine_types: Vec<MachineType>,
}

/// One machine type of a hypervisor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MachineType {
    /// Name.
    pub name: String,
    /// The type that a short name stands for now.
    pub canonical: Option<String>,
    /// Most virtual CPUs.
    pub max_cpus: Option<u64>,
    /// It should not be used any more.
    pub deprecated: bool,
}

/// One CPU model of a hypervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuModel {
    /// Name.
    pub name: String,
    /// Whether this host can run it; `None` where it does not know.
    pub usable: Option<bool>,
    /// It should not be used any more.
    pub deprecated: bool,
    /// Features that this host lacks for it.
    pub blockers: Vec<String>,
}

fields! {
    /// Fields of a machine's capabilities.
    domain_capabilities {
        /// Program that runs it.
        PATH: String = Text, "path";
        /// Hypervisor.
        DOMAIN: String = Text, "domain";
        /// Machine type.
        MACHINE: String = Text, "machine";
        /// Architecture.
        ARCH: String = Text, "arch";
        /// Most virtual CPUs.
        MAX_VCPUS: u64 = Number, "vcpu/@max";
    }
}

impl Capabilities {
    /// Architecture of the host.
    #[must_use]
    pub fn arch(&self) -> Option<String> {
        self.document().value(self.document().root(), "host/cpu/arch")
    }

    /// CPU model of the host.
    #[must_use]
    pub fn cpu_model(&self) -> Option<String> {
        self.document().value(self.document().root(), "host/cpu/model")
    }

    /// Features of the host's CPU beyond those of its model.
    #[must_use]
    pub fn cpu_features(&self) -> Vec<String> {
        let cpu = self.document().find(self.document().root(), "host/cpu");
        cpu.map(|cpu| names(self.document(), cpu, "feature"))
            .unwrap_or_default()
    }

    /// The kinds of guests.
    #[must_use]
    pub fn guests(&self) -> Vec<Guest> {
        let document = self.document();
        document
            .children_named(document.root(), "guest")
            .map(|id| guest(document, id))
            .collect()
    }
}

fn guest(document: &Document, id: NodeId) -> Guest {
    let mut guest = Guest {
        os_type: document.value(id, "os_type").unwrap_or_default(),
        ..Guest::default()
    };
    let Some(arch) = document.child(id, "arch") else {
        return guest;
    };
    guest.arch = document.attribute(arch, "name").unwrap_or_default().into_owned();
    guest.word_size = document.value(arch, "wordsize").and_then(|text| text.parse().ok());
    guest.emulator = document.value(arch, "emulator");
    let mut types: Vec<MachineType> = Vec::new();
    // Some drivers list machines with the hypervisor.
    let places = std::iter::once(arch).chain(document.children_named(arch, "domain"));
    for id in places.flat_map(|place| document.children_named(place, "machine")) {
        let machine = machine(document, id);
        if !types.iter().any(|other| other.name == machine.name) {
            types.push(machine);
        }
    }
    guest.machines = types.iter().map(|machine| machine.name.clone()).collect();
    guest.machine_types = types;
    for domain in document.children_named(arch, "domain") {
        guest
            .hypervisors
            .extend(document.attribute(domain, "type").map(std::borrow::Cow::into_owned));
    }
    guest
}

fn machine(document: &Document, id: NodeId) -> MachineType {
    let said = |name| document.attribute(id, name);
    MachineType {
        name: document.text(id).trim().to_owned(),
        canonical: said("canonical").map(std::borrow::Cow::into_owned),
        max_cpus: said("maxCpus").and_then(|text| text.parse().ok()),
        deprecated: said("deprecated").as_deref() == Some("yes"),
    }
}

/// The names of the elements of a kind.
fn names(document: &Document, parent: NodeId, kind: &str) -> Vec<String> {
    let all = document.children_named(parent, kind);
    all.filter_map(|id| document.attribute(id, "name").map(std::borrow::Cow::into_owned))
        .collect()
}

impl DomainCapabilities {
    /// Whether something is supported, by its path: `devices/disk`, `os/loader`. `None` where the host doesn't say.
    #[must_use]
    pub fn is_supported(&self, path: &str) -> Option<bool> {
        let document = self.document();
        let place = document.find(document.root(), path)?;
        Some(document.attribute(place, "supported")? == "yes")
    }

    /// What can be chosen for a property (`bus` of `devices/disk`); `None` where the host doesn't say.
    #[must_use]
    pub fn values(&self, path: &str, property: &str) -> Option<Vec<String>> {
        let document = self.document();
        let place = document.find(document.root(), path)?;
        let list = document
            .children_named(place, "enum")
            .find(|id| document.attribute(*id, "name").as_deref() == Some(property))?;
        Some(
            document
                .children_named(list, "value")
                .map(|id| document.text(id).trim().to_owned())
                .collect(),
        )
    }

    /// Firmware images for `<loader>`.
    #[must_use]
    pub fn loaders(&self) -> Vec<String> {
        let document = self.document();
        let loader = document.find(document.root(), "os/loader");
        let values = loader
            .into_iter()
            .flat_map(|loader| document.children_named(loader, "value"));
        values.map(|id| document.text(id).trim().to_owned()).collect()
    }

    /// CPU modes that are supported.
    #[must_use]
    pub fn cpu_modes(&self) -> Vec<String> {
        let document = self.document();
        let cpu = document.child(document.root(), "cpu");
        let modes = cpu.into_iter().flat_map(|cpu| document.children_named(cpu, "mode"));
        let supported = modes.filter(|id| document.attribute(*id, "supported").as_deref() == Some("yes"));
        supported
            .filter_map(|id| document.attribute(id, "name").map(std::borrow::Cow::into_owned))
            .collect()
    }

    /// The description of a CPU mode.
    fn cpu_mode(&self, name: &str) -> Option<NodeId> {
        let document = self.document();
        let cpu = document.child(document.root(), "cpu")?;
        let mut modes = document.children_named(cpu, "mode");
        modes.find(|id| document.attribute(*id, "name").as_deref() == Some(name))
    }

    /// The model that the mode `host-model` gives.
    #[must_use]
    pub fn host_model(&self) -> Option<String> {
        self.document().value(self.cpu_mode("host-model")?, "model")
    }

    /// Features that the mode `host-model` asks for on top of its model.
    #[must_use]
    pub fn host_model_features(&self) -> Vec<String> {
        let Some(mode) = self.cpu_mode("host-model") else {
            return Vec::new();
        };
        let lines = self.document().lines(Some(mode), "feature", &["name", "policy"]);
        let required = lines.into_iter().filter(|line| line[1] == "require");
        required.filter_map(|line| line.into_iter().next()).collect()
    }

    /// Features of CPUs that are named: those of the host's model, and those that the host lacks for others.
    #[must_use]
    pub fn cpu_features(&self) -> Vec<String> {
        let document = self.document();
        let host = self.cpu_mode("host-model");
        let mut all = host.map(|mode| names(document, mode, "feature")).unwrap_or_default();
        let custom = self.cpu_mode("custom");
        let blockers = custom
            .into_iter()
            .flat_map(|mode| document.children_named(mode, "blockers"));
        all.extend(blockers.flat_map(|id| names(document, id, "feature")));
        all
    }

    /// CPU models for the mode `custom`.
    #[must_use]
    pub fn cpu_models(&self) -> Vec<CpuModel> {
        let document = self.document();
        let Some(custom) = self.cpu_mode("custom") else {
            return Vec::new();
        };
        let mut blockers: HashMap<String, Vec<String>> = HashMap::new();
        for id in document.children_named(custom, "blockers") {
            if let Some(model) = document.attribute(id, "model") {
                blockers.insert(model.into_owned(), names(document, id, "feature"));
            }
        }
        let models = document.children_named(custom, "model");
        let is = |id, name, word| document.attribute(id, name).as_deref() == Some(word);
        models
            .map(|id| CpuModel {
                name: document.text(id).trim().to_owned(),
                blockers: blockers.remove(document.text(id).trim()).unwrap_or_default(),
                usable: match document.attribute(id, "usable").as_deref() {
                    Some("yes") => Some(true),
                    Some("no") => Some(false),
                    _ => None,
                },
                deprecated: is(id, "deprecated", "yes"),
            })
            .collect()
    }
}
