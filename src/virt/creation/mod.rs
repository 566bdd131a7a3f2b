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
mod note;
mod settings;
mod tree;
mod undo;

use uuid::Uuid;

pub(crate) use examine::examine;
pub use installed::FINISHED_START;
pub(crate) use installed::{finish_installation, reads, restarted};
pub(crate) use leftover::remove_leftover;
pub(crate) use note::begin_installation;

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
    let mut keep = keeps(plan);
    let result = make(
        connection,
        plan,
        &mut Ledger {
            record: &mut record,
            done: &mut done,
            keep: &mut keep,
        },
        job,
    );
    match result {
        Ok(uuid) => {
            record.end();
            Ok(uuid)
        }
        Err(error) => {
            job.stage(tr("Removing what was made"));
            // Only what was truly made: a name that was noted and then found taken is somebody else's.
            let staying = undo::undo(connection, &done, keep);
            if staying.is_empty() {
                if error.kind == Kind::Unreachable {
                    // What was at work when the line broke may be there in part: the journal keeps it in mind.
                    drop(record);
                } else {
                    record.end();
                }
                return Err(error);
            }
            remember(&mut record, &staying);
            let list: Vec<&str> = staying.iter().map(|one| one.line.as_str()).collect();
            let list = list.join("\n");
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

/// Keeps in mind what could not be removed. Not with a machine among it: that is whole, and has the files.
fn remember(record: &mut Record, staying: &[undo::Staying<'_>]) {
    let has_machine = staying.iter().any(|one| matches!(one.made, Made::Domain { .. }));
    if has_machine || !record.made().is_empty() {
        return;
    }
    for one in staying {
        if let Err(error) = record.will_make(one.made.clone()) {
            tracing::warn!(%error, "what stays is not in the journal");
        }
    }
}

/// What a definition that names its identity may have found there from before. Its firmware's settings are looked at before its
/// first start.
fn keeps(plan: &Plan) -> Keep {
    let own = Domain::parse(&plan.xml).is_ok_and(|domain| domain.uuid().is_some());
    Keep { nvram: false, tpm: own }
}

fn make(connection: &Connection, plan: &Plan, ledger: &mut Ledger<'_>, job: &Job) -> Result<Uuid> {
    let mut drafts = definition::drafts(plan)?;
    definition::check_free(connection, &drafts)?;
    let mut made = Vec::new();
    for file in &plan.files {
        job.check(OP)?;
        made.extend(file::make(connection, plan, file, drafts.uuid, ledger, job)?);
    }
    definition::settle(&mut drafts, &made)?;
    job.check(OP)?;
    job.stage(tr("Defining the machine"));
    let machine = Made::Domain {
        uuid: drafts.uuid,
        name: drafts.name.clone(),
    };
    ledger.record.note(machine.clone(), OP)?;
    // Whoever starts it later starts the installation.
    let kept = drafts.first.as_ref().filter(|_| !plan.start).unwrap_or(&drafts.xml);
    definition::define(connection, kept)?;
    ledger.keep.nvram |= settings::were_there(connection, drafts.uuid, ledger.record);
    ledger.done.push(machine);
    // It is whole now: after a crash nobody may take it for half-done.
    let forgotten = ledger.record.forget_made();
    forgotten.map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))?;
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
        // Not before: who sees it off in between would take the installation for ended.
        if let Err(error) = note::begin_installation(connection, drafts.uuid) {
            tracing::warn!("the end of the installation will not be known: {error}");
        }
    }
    Ok(drafts.uuid)
}

/// What is noted before it is made, and what was made.
struct Ledger<'a> {
    record: &'a mut Record,
    done: &'a mut Vec<Made>,
    /// What was there before and stays when the machine is taken back.
    keep: &'a mut Keep,
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
