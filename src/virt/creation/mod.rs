//! Carrying out what `model::creation` has planned: files first, then the definition, then the first start. Whatever fails,
//! everything that was made goes again, and nothing that was there before is touched.
//!
//! Everything here blocks, on a thread of the host.

mod access;
mod definition;
mod examine;
mod file;
mod installed;
mod leftover;
mod tree;
mod undo;

use uuid::Uuid;

pub(crate) use examine::examine;
pub(crate) use installed::finish_installation;
pub(crate) use leftover::remove_leftover;
pub(crate) use undo::undo;

use crate::i18n::{tr, tr_f};
use crate::model::creation::{Plan, Planned};
use crate::model::deletion::Keep;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::name;
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result};
use crate::virt::deletion;
use crate::virt::domain as calls;
use crate::virt::journal::Record;

const OP: &str = "create";

/// Makes a machine and tells its identity.
///
/// # Errors
/// What libvirt, the network or the file system says, by remedy; `Kind::Cancelled`. Everything that was made is gone then; what
/// could not be removed is named in the message, and stays in the journal.
pub(crate) fn create(connection: &Connection, plan: &Plan, mut record: Record, job: &Job) -> Result<Uuid> {
    let mut done = Vec::new();
    let result = make(connection, plan, &mut record, &mut done, job);
    match result {
        Ok(uuid) => {
            record.end();
            Ok(uuid)
        }
        Err(error) => {
            job.stage(tr("Removing what was made"));
            // Only what was truly made: a name that was noted and then found taken is somebody else's.
            let staying = undo(connection, &done, keeps(plan));
            if staying.is_empty() {
                record.end();
                return Err(error);
            }
            let list = staying.join("\n");
            Err(VirtError {
                message: tr_f(
                    "{reason}\nWhat was made could not be removed:\n{list}",
                    &[("reason", &error.message), ("list", &list)],
                ),
                ..error
            })
        }
    }
}

/// What a definition that names its identity or the file of its firmware settings may have found there from before.
fn keeps(plan: &Plan) -> Keep {
    let own = Domain::parse(&plan.xml).is_ok_and(|domain| {
        let document = domain.document();
        domain.uuid().is_some() || document.find(document.root(), "os/nvram").is_some()
    });
    Keep { nvram: own, tpm: own }
}

fn make(connection: &Connection, plan: &Plan, record: &mut Record, done: &mut Vec<Made>, job: &Job) -> Result<Uuid> {
    let mut drafts = definition::drafts(plan)?;
    definition::check_free(connection, &drafts)?;
    let mut made = Vec::new();
    for file in &plan.files {
        job.check(OP)?;
        made.extend(file::make(
            connection,
            plan,
            file,
            drafts.uuid,
            &mut Ledger { record, done },
            job,
        )?);
    }
    definition::settle(&mut drafts, &made)?;
    job.check(OP)?;
    job.stage(tr("Defining the machine"));
    let machine = Made::Domain {
        uuid: drafts.uuid,
        name: drafts.name.clone(),
    };
    note(record, machine.clone())?;
    // Whoever starts it later starts the installation.
    let kept = drafts.first.as_ref().filter(|_| !plan.start).unwrap_or(&drafts.xml);
    definition::define(connection, kept)?;
    done.push(machine);
    // It is whole now: after a crash nobody may take it for half-done.
    record
        .forget_made()
        .map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))?;
    job.check(OP)?;
    if plan.autostart {
        calls::set_autostart(connection, drafts.uuid, true)?;
    }
    if plan.start {
        job.stage(tr_f("Starting {name}", &[("name", &name::name(&drafts.name))]));
        match &drafts.first {
            Some(xml) => definition::run(connection, xml)?,
            None => calls::start(connection, drafts.uuid, Default::default())?,
        }
    }
    Ok(drafts.uuid)
}

/// What is noted before it is made, and what was made.
struct Ledger<'a> {
    record: &'a mut Record,
    done: &'a mut Vec<Made>,
}

/// Notes in the journal what is about to be made.
fn note(record: &mut Record, made: Made) -> Result<()> {
    record
        .will_make(made)
        .map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))
}

/// Whether a file of the plan is an image for a disk, whose format its bytes decide.
fn is_disk(file: &Planned) -> bool {
    matches!(
        file,
        Planned::Upload { .. } | Planned::Download { .. } | Planned::Copy { .. }
    )
}

/// Deletes the definition of a machine that was just made, with its firmware settings; one that is gone is fine.
fn remove_domain(connection: &Connection, uuid: Uuid, keep: Keep) -> Result<()> {
    let gone = |error: VirtError| if error.kind == Kind::Gone { Ok(()) } else { Err(error) };
    if let Err(error) = connection.look_up(uuid, OP) {
        return gone(error);
    }
    // Off already is fine.
    let _ = calls::destroy(connection, uuid);
    // One that was not kept is gone with its end.
    deletion::undefine(connection, uuid, keep).or_else(gone)
}
