//! Deleting a machine's definition, and what goes with it.

use std::ptr;

use uuid::Uuid;

use crate::model::deletion::{Belongings, Keep};
use crate::model::error::{Kind, VirtError};
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result};
use crate::virt::session::details;
use crate::virt::sys;

const OP: &str = "delete";
const READ: &str = "read definition";

/// Flags with the release that brought them, the newest first: what a driver does not know, the machine does not have there.
const BY_AGE: [u32; 4] = [
    // 8.9
    sys::VIR_DOMAIN_UNDEFINE_TPM,
    // 5.6
    sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
    // 1.2.9
    sys::VIR_DOMAIN_UNDEFINE_NVRAM,
    // 0.9.5 and before
    sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
];
/// What the user asked for: never left out, since the host would delete it then.
const KEPT: u32 = sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM | sys::VIR_DOMAIN_UNDEFINE_KEEP_TPM;

/// What a machine has besides its definition.
///
/// # Errors
/// What libvirt says where its definition cannot be read.
pub(crate) fn belongings(connection: &Connection, uuid: Uuid) -> Result<Belongings> {
    let domain = connection.look_up(uuid, READ)?;
    let handle = domain.as_ptr();
    // SAFETY: the machine lives as long as `domain`; where a driver doesn't know an answer it is −1. Without a place for a
    // list, the lists of snapshots and checkpoints are only counted.
    let (active, persistent, saved, snapshots, checkpoints) = unsafe {
        (
            sys::virDomainIsActive(handle) > 0,
            sys::virDomainIsPersistent(handle) != 0,
            sys::virDomainHasManagedSaveImage(handle, 0) > 0,
            sys::virDomainListAllSnapshots(handle, ptr::null_mut(), 0),
            sys::virDomainListAllCheckpoints(handle, ptr::null_mut(), 0),
        )
    };
    let mut found = Belongings {
        saved,
        snapshots: usize::try_from(snapshots).unwrap_or(0),
        checkpoints: usize::try_from(checkpoints).unwrap_or(0),
        ..Belongings::default()
    };
    let mut flags = Vec::new();
    // The running one would be waited for as long as the machine's process hangs.
    if active && !connection.is_unresponsive(uuid) {
        flags.push(0);
    }
    if persistent {
        flags.push(sys::VIR_DOMAIN_XML_INACTIVE);
    }
    for flags in flags {
        let text = details::xml(connection, uuid, flags, READ)?;
        let definition =
            Domain::parse(&text).map_err(|error| VirtError::own(Kind::Invalid, READ, error.to_string()))?;
        found.learn(definition.document());
    }
    Ok(found)
}

/// `virDomainUndefineFlags`, with all that goes with a definition but what is to be kept; a driver that does not know some of
/// that is asked without.
///
/// # Errors
/// `Kind::Invalid` while the machine runs, `Kind::Unsupported` where the host cannot keep what is to be kept, else what
/// libvirt says.
pub(crate) fn undefine(connection: &Connection, uuid: Uuid, keep: Keep) -> Result<()> {
    let domain = connection.look_up(uuid, OP)?;
    // SAFETY: the machine lives as long as `domain`.
    if unsafe { sys::virDomainIsActive(domain.as_ptr()) } > 0 {
        // libvirt would make it one that vanishes when it stops.
        return Err(VirtError::own(Kind::Invalid, OP, "the machine runs"));
    }
    let mut flags = wanted(keep);
    loop {
        // SAFETY: as above.
        if unsafe { sys::virDomainUndefineFlags(domain.as_ptr(), flags) } >= 0 {
            break;
        }
        let error = connection.error(OP);
        match without_unknown(flags, &error) {
            Some(fewer) if (flags & !fewer) & KEPT != 0 => {
                return Err(VirtError::own(
                    Kind::Unsupported,
                    OP,
                    "the host deletes firmware settings and TPM keys with the machine: it can't keep them",
                ));
            }
            Some(fewer) => flags = fewer,
            None if error.code == sys::VIR_ERR_NO_SUPPORT as i32 && flags & KEPT == 0 => {
                // SAFETY: as above.
                if unsafe { sys::virDomainUndefine(domain.as_ptr()) } < 0 {
                    return Err(connection.error(OP));
                }
                break;
            }
            None => return Err(error),
        }
    }
    connection.forget(uuid);
    Ok(())
}

fn wanted(keep: Keep) -> u32 {
    let mut flags = sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        | sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
    flags |= if keep.nvram {
        sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
    } else {
        sys::VIR_DOMAIN_UNDEFINE_NVRAM
    };
    flags |= if keep.tpm {
        sys::VIR_DOMAIN_UNDEFINE_KEEP_TPM
    } else {
        sys::VIR_DOMAIN_UNDEFINE_TPM
    };
    flags
}

/// The flags but those that a driver refused because it does not know them; `None` where it refused for another reason.
fn without_unknown(flags: u32, error: &VirtError) -> Option<u32> {
    let unknown = matches!(u32::try_from(error.code), Ok(code) if code == sys::VIR_ERR_INVALID_ARG || code == sys::VIR_ERR_ARGUMENT_UNSUPPORTED);
    if !unknown {
        return None;
    }
    // "unsupported flags (0x24) in function …", in the language of libvirt.
    let named = error.message.split_once("(0x").and_then(|(_, rest)| {
        let digits = rest.split(')').next()?;
        u32::from_str_radix(digits, 16).ok()
    });
    let dropped = match named {
        Some(named) => flags & named,
        None => BY_AGE.into_iter().find(|group| flags & group != 0).unwrap_or(0),
    };
    (dropped != 0).then_some(flags & !dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: u32, message: &str) -> VirtError {
        VirtError {
            code: i32::try_from(code).unwrap(),
            ..VirtError::own(Kind::Invalid, OP, message)
        }
    }

    #[test]
    fn flags_that_a_driver_does_not_know_are_left_out_and_no_others() {
        let all = wanted(Keep::default());
        let told = refusal(
            sys::VIR_ERR_INVALID_ARG,
            "nicht unterstützte Flags (0x24) in Funktion testDomainUndefineFlags",
        );
        assert_eq!(
            without_unknown(all, &told),
            Some(all & !(sys::VIR_DOMAIN_UNDEFINE_TPM | sys::VIR_DOMAIN_UNDEFINE_NVRAM))
        );
        // Where it does not say which, the newest goes first, and at last there is nothing to leave out.
        let untold = refusal(sys::VIR_ERR_INVALID_ARG, "invalid argument");
        let mut flags = all;
        let mut steps = 0;
        while let Some(fewer) = without_unknown(flags, &untold) {
            if steps == 0 {
                assert_eq!(flags & !fewer, sys::VIR_DOMAIN_UNDEFINE_TPM);
            }
            flags = fewer;
            steps += 1;
        }
        assert_eq!((flags, steps), (0, BY_AGE.len()));
        let other = refusal(sys::VIR_ERR_OPERATION_INVALID, "cannot undefine (0x1)");
        assert_eq!(without_unknown(all, &other), None);
        // Named flags that were not asked for are no reason to ask again.
        let foreign = refusal(sys::VIR_ERR_INVALID_ARG, "unsupported flags (0x400)");
        assert_eq!(without_unknown(all, &foreign), None);
    }

    #[test]
    fn what_is_to_be_kept_is_asked_to_be_kept() {
        let keep = Keep { nvram: true, tpm: true };
        assert_eq!(wanted(keep) & KEPT, KEPT);
        assert_eq!(
            wanted(keep) & (sys::VIR_DOMAIN_UNDEFINE_NVRAM | sys::VIR_DOMAIN_UNDEFINE_TPM),
            0
        );
        assert_eq!(wanted(Keep::default()) & KEPT, 0);
    }
}
