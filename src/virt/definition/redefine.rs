//! Giving a machine another definition for its next start.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::archive::{Archive, local_variables};
use super::reading::present;
use super::{define, volume};
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::apply::{Defined, Prepared, Ready, Redefined, named, prepare, read_back};
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::os;
use crate::virt::connection::{Connection, Result};
use crate::virt::domain::rename;
use crate::virt::session::details::xml;
use crate::virt::sys;

const OP: &str = "apply";
/// `VIR_ERR_XML_INVALID_SCHEMA`.
const INVALID_SCHEMA: i32 = 92;

pub(super) fn refused(Refused(reason): Refused) -> VirtError {
    VirtError::own(Kind::Invalid, OP, reason)
}

/// Defines what `edited` changes of `base`, together with what others have changed meanwhile, and reads back what libvirt
/// has made of it. `validate` has it checked against the schema before.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Denied` on a read-only connection. Nothing was written then.
pub(crate) fn redefine(
    connection: &Connection,
    uuid: Uuid,
    base: &str,
    edited: &str,
    validate: bool,
) -> Result<Redefined> {
    let mut found = present(connection, uuid, OP)?;
    let mut kept: Option<(String, Option<PathBuf>)> = None;
    let ready = loop {
        let mut ready = match prepare(uuid, base, edited, &found.definition).map_err(refused)? {
            Prepared::Ready(ready) => *ready,
            Prepared::Clash(conflicts) => {
                return Ok(Redefined::Clash {
                    conflicts,
                    current: found.definition,
                });
            }
        };
        let is_kept = kept.as_ref().is_some_and(|(text, _)| *text == found.definition);
        if !found.is_persistent || !ready.is_delicate() || is_kept {
            if found.is_persistent && found.live.is_some() {
                ready.name_interfaces();
            }
            break ready;
        }
        let backup = keep(connection, uuid, &ready, &found.definition);
        kept = Some((found.definition, backup));
        // That may have taken a while, and what others define meanwhile must not be lost.
        found = present(connection, uuid, OP)?;
    };
    let mut wanted = ready.wanted.clone();
    if let Some(name) = &ready.name {
        wanted.set_name(name).map_err(refused)?;
    }
    let mut done = Defined {
        before: ready.current.clone(),
        wanted,
        live: found.live,
        is_persistent: found.is_persistent,
        is_saved: found.is_saved,
        merged: ready.merged,
        definition: String::new(),
        dropped: Vec::new(),
        added: Vec::new(),
        not_renamed: None,
        backup: kept.and_then(|(_, backup)| backup),
    };
    if !found.is_persistent {
        return Ok(Redefined::Done(Box::new(done)));
    }
    if ready.is_changed() {
        let text = ready.wanted.document().to_string();
        match define(connection, uuid, &text, validate) {
            Err(error) if error.code == INVALID_SCHEMA => {
                let named = named(&error.message);
                return Ok(Redefined::Invalid { error, named });
            }
            defined => defined?,
        }
    }
    if let Some(name) = &ready.name {
        done.not_renamed = rename(connection, uuid, name).err();
    }
    let secure = sys::VIR_DOMAIN_XML_SECURE | sys::VIR_DOMAIN_XML_INACTIVE;
    done.definition = xml(connection, uuid, secure, OP)?;
    // Without a change of ours everything is as libvirt has it.
    if ready.is_changed()
        && let Ok(defined) = Domain::parse(&done.definition)
    {
        let asked = if done.not_renamed.is_some() {
            &ready.wanted
        } else {
            &done.wanted
        };
        (done.dropped, done.added) = read_back(asked, &defined);
    }
    Ok(Redefined::Done(Box::new(done)))
}

/// Keeps the definition that is replaced, and the variables of its firmware. That it cannot be kept hinders nobody.
fn keep(connection: &Connection, uuid: Uuid, ready: &Ready, text: &str) -> Option<PathBuf> {
    let document = ready.current.document();
    let path: Option<String> = document
        .get(document.root(), os::NVRAM)
        .filter(|path: &String| path.starts_with('/'));
    let variables = path.and_then(|path| {
        if connection.is_local {
            local_variables(Path::new(&path))
        } else {
            None
        }
        .or_else(|| volume::read(connection, &path))
    });
    match Archive::of_user().keep(uuid, text, variables.as_deref()) {
        Ok(file) => Some(file),
        Err(error) => {
            tracing::warn!(%uuid, "the definition that is replaced cannot be kept: {error}");
            None
        }
    }
}
