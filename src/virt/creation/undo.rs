//! Taking back what was made.

use super::{OP, remove_domain};
use crate::i18n::tr_f;
use crate::model::deletion::Keep;
use crate::model::error::{Kind, VirtError};
use crate::model::journal::Made;
use crate::model::storage::VolumeRef;
use crate::virt::connection::Connection;
use crate::virt::storage::volume;

/// What could not be removed.
pub(super) struct Staying<'a> {
    pub(super) made: &'a Made,
    /// What it is called, and why it stays.
    pub(super) line: String,
}

/// Removes what a job has made and nobody else can use yet, the last first; what is not there is fine. A machine that cannot be
/// removed keeps its files. Tells what stays.
pub(super) fn undo<'a>(connection: &Connection, made: &'a [Made], keep: Keep) -> Vec<Staying<'a>> {
    taken_back(made, |thing| remove(connection, thing, keep))
}

fn taken_back(made: &[Made], remove: impl Fn(&Made) -> std::result::Result<(), String>) -> Vec<Staying<'_>> {
    let mut staying: Vec<Staying<'_>> = Vec::new();
    let mut machine: Option<String> = None;
    for thing in made.iter().rev() {
        let removed = match &machine {
            Some(name) => Err(tr_f(
                "The machine “{machine}” is there still and may use it.",
                &[("machine", name)],
            )),
            None => remove(thing),
        };
        let Err(reason) = removed else { continue };
        if let Made::Domain { name, .. } = thing {
            machine = Some(name.clone());
        }
        let label = label(thing);
        staying.push(Staying {
            made: thing,
            line: tr_f("{name}: {reason}", &[("name", &label), ("reason", &reason)]),
        });
    }
    staying
}

fn remove(connection: &Connection, made: &Made, keep: Keep) -> std::result::Result<(), String> {
    let result = match made {
        Made::Volume { pool, name } => volume::remove(connection, &VolumeRef::new(pool, name)),
        Made::Domain { uuid, .. } => remove_domain(connection, *uuid, keep),
        // Nothing else is told to be made here: what passes by is noted in the journal only.
        Made::File { .. } | Made::HostFile { .. } | Made::Pool { .. } | Made::Detour { .. } | Made::Folder { .. } => {
            Err(VirtError::own(Kind::Unsupported, OP, label(made)))
        }
    };
    result.map_err(|error| error.message)
}

/// What something is called in a list.
pub(super) fn label(made: &Made) -> String {
    match made {
        Made::Volume { pool, name } => format!("{pool}/{name}"),
        Made::Domain { name, .. } => name.clone(),
        Made::File { path } | Made::HostFile { path } | Made::Folder { path } => path.clone(),
        Made::Pool { name } | Made::Detour { name, .. } => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_machine_that_cannot_be_removed_keeps_its_disks() {
        let made = [
            Made::of(&VolumeRef::new("default", "web.qcow2")),
            Made::Domain {
                uuid: uuid::Uuid::nil(),
                name: "web".to_owned(),
            },
        ];
        let tried = RefCell::new(Vec::new());
        let staying = taken_back(&made, |thing| {
            tried.borrow_mut().push(thing.clone());
            match thing {
                Made::Domain { .. } => Err("the line is broken".to_owned()),
                _ => Ok(()),
            }
        });
        assert_eq!(*tried.borrow(), [made[1].clone()], "the disk is not touched");
        let lines: Vec<&str> = staying.iter().map(|one| one.line.as_str()).collect();
        assert!(lines[0].contains("the line is broken"), "{lines:?}");
        assert!(
            lines[1].starts_with("default/web.qcow2") && lines[1].contains("web"),
            "{lines:?}"
        );
        // With the machine gone its disks go as well.
        tried.borrow_mut().clear();
        assert!(
            taken_back(&made, |thing| {
                tried.borrow_mut().push(thing.clone());
                Ok(())
            })
            .is_empty()
        );
        assert_eq!(tried.borrow().len(), 2);
    }
}
