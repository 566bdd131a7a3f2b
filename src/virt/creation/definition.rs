//! The definition of a new machine.

use uuid::Uuid;

use super::OP;
use crate::i18n::{tr, tr_f};
use crate::model::creation::{Installation, Plan};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::VolumeFact;
use crate::model::storage::VolumeRef;
use crate::model::xml::domain::fields::interface;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Dom, Handle};
use crate::virt::sys;
use crate::virt::validation::{Unread, validated};

/// The definitions of a plan, with what makes them this machine: identity and hardware addresses, the same in both.
pub(super) struct Drafts {
    pub(super) uuid: Uuid,
    pub(super) name: String,
    /// The one that stays.
    pub(super) xml: String,
    /// That of the first start, where it differs.
    pub(super) first: Option<String>,
}

/// A file that was made.
pub(super) struct Finished {
    /// The path by which the definitions name it.
    pub(super) planned: String,
    pub(super) volume: VolumeFact,
    /// Its bytes decide what format it has.
    pub(super) is_disk: bool,
}

fn invalid(text: impl Into<String>) -> VirtError {
    VirtError::own(Kind::Invalid, OP, text)
}

fn refused(error: Refused) -> VirtError {
    invalid(error.0)
}

fn parse(xml: &str) -> Result<Domain> {
    Domain::parse(xml).map_err(|error| invalid(error.to_string()))
}

pub(super) fn drafts(plan: &Plan) -> Result<Drafts> {
    let mut domain = parse(&plan.xml)?;
    let uuid = match domain.uuid() {
        Some(uuid) => uuid,
        None => domain.set_new_uuid().map_err(refused)?,
    };
    Installation::adopt(&mut domain, uuid).map_err(refused)?;
    let nics: Vec<NodeId> = domain.devices_of(DeviceKind::Interface).collect();
    let mut macs = Vec::new();
    for nic in nics {
        let mac = match domain.document().get(nic, interface::MAC) {
            Some(mac) => mac,
            None => domain.new_mac(),
        };
        domain
            .document_mut()
            .set(nic, interface::MAC, Some(mac.clone()))
            .map_err(refused)?;
        macs.push(mac);
    }
    let first = plan.install_xml.as_deref().map(|xml| -> Result<String> {
        let mut first = parse(xml)?;
        set_identity(&mut first, uuid).map_err(refused)?;
        Installation::adopt(&mut first, uuid).map_err(refused)?;
        let nics: Vec<NodeId> = first.devices_of(DeviceKind::Interface).collect();
        for (nic, mac) in nics.into_iter().zip(&macs) {
            first
                .document_mut()
                .set(nic, interface::MAC, Some(mac.clone()))
                .map_err(refused)?;
        }
        Ok(first.into_document().to_string())
    });
    Ok(Drafts {
        uuid,
        name: domain.name(),
        first: first.transpose()?,
        xml: domain.into_document().to_string(),
    })
}

fn set_identity(domain: &mut Domain, uuid: Uuid) -> std::result::Result<(), Refused> {
    if domain.uuid().is_none() {
        domain.set_new_uuid()?;
    }
    let document = domain.document_mut();
    match document.child(document.root(), "uuid") {
        Some(element) => document.set_value(element, &uuid.to_string()),
        None => Ok(()),
    }
}

/// Refuses a name or identity that a machine has: defining would change that machine.
pub(super) fn check_free(connection: &Connection, drafts: &Drafts) -> Result<()> {
    if drafts.name.is_empty() {
        return Err(invalid(tr("The machine has no name.")));
    }
    if is_taken(connection, &drafts.name)? {
        return Err(invalid(tr_f(
            "There is a machine “{name}” already.",
            &[("name", &drafts.name)],
        )));
    }
    match connection.look_up(drafts.uuid, OP) {
        Ok(_) => Err(invalid(tr(
            "The definition has the UUID of another machine of the host. Remove its line with <uuid>.",
        ))),
        Err(error) if error.kind == Kind::Gone => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether a machine has this name (`virDomainLookupByName`).
pub(super) fn is_taken(connection: &Connection, name: &str) -> Result<bool> {
    let name = c_string(name, OP)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let found =
        unsafe { Handle::<Dom>::from_owned(sys::virDomainLookupByName(connection.handle().as_ptr(), name.as_ptr())) };
    if found.is_some() {
        return Ok(true);
    }
    let error = connection.error(OP);
    if error.kind == Kind::Gone {
        Ok(false)
    } else {
        Err(error)
    }
}

/// Writes into the definitions where the files have come to be, and in what format: what was uploaded says so itself.
pub(super) fn settle(drafts: &mut Drafts, made: &[Finished]) -> Result<()> {
    drafts.xml = settled(&drafts.xml, made)?;
    if let Some(first) = &drafts.first {
        drafts.first = Some(settled(first, made)?);
    }
    Ok(())
}

fn settled(xml: &str, made: &[Finished]) -> Result<String> {
    let mut domain = parse(xml)?;
    let disks: Vec<NodeId> = domain.devices_of(DeviceKind::Disk).collect();
    for disk in disks {
        let document = domain.document();
        let Some(source) = document.child(disk, "source") else {
            continue;
        };
        let named = ["file", "dev"].into_iter().find_map(|name| {
            let value = document.attribute(source, name)?.into_owned();
            Some((name, value))
        });
        let Some((attribute, path)) = named else { continue };
        let Some(file) = made.iter().find(|file| file.planned == path) else {
            continue;
        };
        let driver = document.child(disk, "driver");
        let is_disk = file.is_disk && document.attribute(disk, "device").as_deref() != Some("cdrom");
        let document = domain.document_mut();
        document
            .set_attribute(source, attribute, &file.volume.path)
            .map_err(refused)?;
        let known = file.volume.format.as_deref();
        let known = known.filter(|format| matches!(*format, "raw" | "qcow2" | "qed" | "vmdk" | "vdi" | "vpc"));
        if let (Some(driver), Some(format), true) = (driver, known, is_disk) {
            document.set_attribute(driver, "type", format).map_err(refused)?;
        }
    }
    for path in ["os/kernel", "os/initrd", "os/nvram"] {
        let document = domain.document_mut();
        let Some(element) = document.find(document.root(), path) else {
            continue;
        };
        let text = document.text(element).trim().to_owned();
        if let Some(file) = made.iter().find(|file| file.planned == text) {
            document.set_value(element, &file.volume.path).map_err(refused)?;
        }
    }
    Ok(domain.into_document().to_string())
}

/// Defines a new machine (`virDomainDefineXMLFlags`, checked against the schema where the host can read that).
pub(super) fn define(connection: &Connection, xml: &str) -> Result<()> {
    let text = c_string(xml, OP)?;
    validated(sys::VIR_DOMAIN_DEFINE_VALIDATE, Unread::Take, |flags| {
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let domain = unsafe {
            let raw = sys::virDomainDefineXMLFlags(connection.handle().as_ptr(), text.as_ptr(), flags);
            Handle::<Dom>::from_owned(raw)
        };
        domain.map(drop).ok_or_else(|| connection.error(OP))
    })
}

/// Starts a machine from another definition than the one that stays (`virDomainCreateXML`).
pub(super) fn run(connection: &Connection, xml: &str) -> Result<()> {
    const OP: &str = "start";
    let text = c_string(xml, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let domain = unsafe {
        let raw = sys::virDomainCreateXML(connection.handle().as_ptr(), text.as_ptr(), 0);
        Handle::<Dom>::from_owned(raw)
    };
    domain.map(drop).ok_or_else(|| connection.error(OP))
}

/// The place of a planned file.
pub(super) fn place(pool: &str, name: &str) -> VolumeRef {
    VolumeRef::new(pool, name)
}
