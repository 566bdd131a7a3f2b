//! One change to a machine's definition, as a value: what the command line and the pages ask for.

use super::Domain;
use crate::model::xml::Refused;

/// What to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainChange {
    /// Nothing.
    Nothing,
    /// Memory that the machine starts with, in KiB.
    Memory(u64),
    /// What the guest has of it, in KiB.
    CurrentMemory(u64),
    /// Virtual CPUs that the machine starts with.
    Vcpus(u64),
    /// The most virtual CPUs that it can have.
    MaxVcpus(u64),
    /// The title; empty removes it.
    Title(String),
    /// The description; empty removes it.
    Description(String),
    /// The name.
    Name(String),
    /// A new disk in this file.
    AddDisk(String),
    /// No disk with this target name any more.
    RemoveDisk(String),
    /// A new interface on this network.
    AddNic(String),
    /// No interface with this hardware address any more.
    RemoveNic(String),
    /// A new device, as XML.
    AddDevice(String),
    /// The order of boot devices: see [`Domain::set_boot`].
    Boot(Vec<String>),
    /// A program's element in the metadata; empty XML removes it.
    Metadata {
        /// The prefix.
        key: String,
        /// The namespace.
        uri: String,
        /// The element.
        xml: String,
    },
}

impl DomainChange {
    /// Changes the definition. After an error the definition may be half changed: work on a copy.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn apply(&self, domain: &mut Domain) -> Result<(), Refused> {
        match self {
            Self::Nothing => Ok(()),
            Self::Memory(kib) => domain.set_memory_kib(*kib),
            Self::CurrentMemory(kib) => domain.set_current_memory_kib(*kib),
            Self::Vcpus(count) => domain.set_vcpus(*count),
            Self::MaxVcpus(count) => domain.set_max_vcpus(*count),
            Self::Title(text) => domain.set_title(text),
            Self::Description(text) => domain.set_description(text),
            Self::Name(name) => domain.set_name(name),
            Self::AddDisk(file) => domain.add_disk_file(file).map(drop),
            Self::RemoveDisk(target) => domain.remove_disk(target),
            Self::AddNic(network) => domain.add_nic(network).map(drop),
            Self::RemoveNic(mac) => domain.remove_nic(mac),
            Self::AddDevice(xml) => domain.add_device(xml).map(drop),
            Self::Boot(order) => domain.set_boot(order),
            Self::Metadata { key, uri, xml } => domain.set_metadata(key, uri, xml),
        }
    }

    /// Makes all changes, in their order, on a copy.
    ///
    /// # Errors
    /// Why the first one that cannot be done cannot; then none is.
    pub fn apply_all(changes: &[Self], domain: &Domain) -> Result<Domain, Refused> {
        let mut copy = domain.clone();
        for change in changes {
            change.apply(&mut copy)?;
        }
        Ok(copy)
    }
}
