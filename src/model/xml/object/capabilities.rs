//! What a host and its hypervisors can do.

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
    /// Machine types, as they are listed.
    pub machines: Vec<String>,
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
    let texts = |from, name| {
        document
            .children_named(from, name)
            .map(|id| document.text(id).trim().to_owned())
    };
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
    guest.machines = texts(arch, "machine").collect();
    for domain in document.children_named(arch, "domain") {
        guest
            .hypervisors
            .extend(document.attribute(domain, "type").map(std::borrow::Cow::into_owned));
        // Some drivers list machines with the hypervisor.
        for machine in texts(domain, "machine") {
            if !guest.machines.contains(&machine) {
                guest.machines.push(machine);
            }
        }
    }
    guest
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

    /// CPU models for the mode `custom`.
    #[must_use]
    pub fn cpu_models(&self) -> Vec<CpuModel> {
        let document = self.document();
        let Some(cpu) = document.child(document.root(), "cpu") else {
            return Vec::new();
        };
        let mut modes = document.children_named(cpu, "mode");
        let custom = modes.find(|id| document.attribute(*id, "name").as_deref() == Some("custom"));
        let models = custom
            .into_iter()
            .flat_map(|mode| document.children_named(mode, "model"));
        let is = |id, name, word| document.attribute(id, name).as_deref() == Some(word);
        models
            .map(|id| CpuModel {
                name: document.text(id).trim().to_owned(),
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
