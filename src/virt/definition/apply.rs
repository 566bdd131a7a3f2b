//! Applying what a user has edited: the definition first, then the running machine, change by change.
//!
//! Each piece is work of its own on the host's threads, so that a machine that takes its time delays nobody else.

use std::sync::Arc;

use uuid::Uuid;

use super::change_live;
use super::reading::running;
use super::redefine::redefine;
use crate::model::action::LiveChange;
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::apply::{
    Applied, Defined, Fate, Outcome, Redefined, Remedy, Report, Task, Verdict, Wish, remedy,
};
use crate::model::hardware::plan::Step;
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result};
use crate::virt::session::details::xml;
use crate::virt::session::{Crew, Session};

const OP: &str = "apply";

/// Does it; see [`crate::virt::client::HostClient::apply`].
pub(crate) async fn apply(session: &Session, uuid: Uuid, wish: Wish) -> Result<Verdict> {
    let live = wish.live;
    let redefined = session
        .run(Crew::Actions, Some(uuid), OP, move |connection| {
            redefine(connection, uuid, &wish.base, &wish.edited, wish.validate)
        })
        .await?;
    let defined = match redefined {
        Redefined::Done(defined) => Arc::new(*defined),
        Redefined::Clash { conflicts, current } => return Ok(Verdict::Clash { conflicts, current }),
        Redefined::Invalid { error, named } => return Ok(Verdict::Invalid { error, named }),
    };
    let mut course = Course::new(session, uuid, defined, live);
    match course.run().await {
        Ok(()) => {}
        // What was written is written, and what the running machine is like will be seen when the host is there again.
        Err(error) if error.kind == Kind::Unreachable && course.defined.is_persistent => {
            return Ok(Verdict::Done(Box::new(course.cut_short())));
        }
        Err(error) => return Err(error),
    }
    let (defined, tasks, refused) = (
        Arc::clone(&course.defined),
        course.tasks.clone(),
        course.refused.clone(),
    );
    let report = session
        .run(Crew::Actions, Some(uuid), OP, move |connection| {
            finish(connection, uuid, &defined, tasks, &refused)
        })
        .await;
    match report {
        Err(error) if error.kind == Kind::Unreachable && course.defined.is_persistent => {
            Ok(Verdict::Done(Box::new(course.cut_short())))
        }
        report => report.map(|report| Verdict::Done(Box::new(report))),
    }
}

/// What is done on the running machine, change by change.
struct Course<'s> {
    session: &'s Session,
    uuid: Uuid,
    defined: Arc<Defined>,
    tasks: Vec<Task>,
    /// Places that have to leave the definition again.
    refused: Vec<String>,
}

impl<'s> Course<'s> {
    fn new(session: &'s Session, uuid: Uuid, defined: Arc<Defined>, live: bool) -> Self {
        Self {
            session,
            uuid,
            tasks: defined.tasks(live),
            defined,
            refused: Vec::new(),
        }
    }

    async fn run(&mut self) -> Result<()> {
        let is_open = |at: &usize| self.tasks[*at].fate == Fate::Open;
        let mut open: Vec<usize> = (0..self.tasks.len()).filter(is_open).collect();
        open.sort_by_key(|at| self.tasks[*at].rank());
        let mut silent: Option<String> = None;
        for at in open {
            if let Some(reason) = &silent {
                self.tasks[at].fate = Fate::Known(Outcome::NextStart(reason.clone()));
                continue;
            }
            let (uuid, defined, task) = (self.uuid, Arc::clone(&self.defined), self.tasks[at].clone());
            let turn = self
                .session
                .run(Crew::Actions, Some(uuid), OP, move |connection| {
                    Ok(turn(connection, uuid, &defined, task))
                })
                .await?;
            let (mut task, done) = turn;
            if let Err(error) = done {
                let remedy = remedy(&error);
                match remedy {
                    Remedy::Stop => return Err(error),
                    Remedy::WaitAll => silent = Some(error.message.clone()),
                    Remedy::TakeBack => self.refused.push(task.change.place.clone()),
                    Remedy::Wait => {}
                }
                task.fate = Fate::Known(match remedy {
                    _ if !self.defined.is_persistent => Outcome::Failed(error),
                    Remedy::TakeBack => Outcome::Failed(error),
                    _ => Outcome::NextStart(error.message),
                });
            }
            self.tasks[at] = task;
        }
        Ok(())
    }

    fn cut_short(self) -> Report {
        Defined::clone(&self.defined).cut_short(self.tasks, &self.refused)
    }
}

/// One change, with what the running machine needs for it at this moment: somebody else, or the change before, may have made
/// another machine of it since the definition was written.
fn turn(connection: &Connection, uuid: Uuid, defined: &Defined, mut task: Task) -> (Task, Result<()>) {
    let done = running(connection, uuid, OP).and_then(|live| {
        if defined.take_turn(&mut task, live.as_deref()) {
            steps_of(connection, uuid, &task.change.steps)?;
            task.fate = Fate::Known(task.taken());
        }
        Ok(())
    });
    (task, done)
}

/// Does all steps, or takes back those before the one that fails.
pub(crate) fn steps_of(connection: &Connection, uuid: Uuid, steps: &[Step]) -> Result<()> {
    let mut done: Vec<&Step> = Vec::new();
    for step in steps {
        if let Err(error) = change_live(connection, uuid, &step.does) {
            for before in done.into_iter().rev() {
                if let Some(back) = &before.back
                    && let Err(error) = change_live(connection, uuid, back)
                {
                    tracing::warn!(%uuid, "a part of a change stays: {error}");
                }
            }
            return Err(error);
        }
        done.push(step);
    }
    Ok(())
}

/// Takes out of the definition again what would hinder a start, and looks at what has come of the rest.
fn finish(
    connection: &Connection,
    uuid: Uuid,
    defined: &Defined,
    tasks: Vec<Task>,
    refused: &[String],
) -> Result<Report> {
    let mut result = defined.clone();
    let mut stays = false;
    if defined.is_persistent && !refused.is_empty() {
        match take_back(connection, uuid, defined, refused) {
            Some(definition) => result.definition = definition,
            None => stays = true,
        }
    }
    let is_waiting = tasks
        .iter()
        .any(|task| matches!(task.fate, Fate::Known(Outcome::Waiting(_))));
    let aliases = if is_waiting {
        aliases(connection, uuid)?
    } else {
        Vec::new()
    };
    let applied = tasks.into_iter().map(|task| {
        let outcome = match task.fate {
            // The guest has answered already.
            Fate::Known(Outcome::Waiting(alias)) if !aliases.contains(&alias) => Outcome::Now,
            Fate::Known(Outcome::Failed(error)) if stays && refused.contains(&task.change.place) => {
                Outcome::NextStart(error.message)
            }
            Fate::Known(outcome) => outcome,
            Fate::Open => Outcome::NextStart(String::new()),
        };
        Applied {
            change: task.change,
            outcome,
        }
    });
    let applied = applied.collect();
    Ok(result.report(applied))
}

fn take_back(connection: &Connection, uuid: Uuid, defined: &Defined, places: &[String]) -> Option<String> {
    let text = defined.without(places)?;
    match redefine(connection, uuid, &defined.definition, &text, false) {
        Ok(Redefined::Done(done)) => Some(done.definition),
        Ok(other) => {
            tracing::warn!(%uuid, "a change that failed stays in the definition: {other:?}");
            None
        }
        Err(error) => {
            tracing::warn!(%uuid, "a change that failed stays in the definition: {error}");
            None
        }
    }
}

/// Names of the devices that the running machine has; none where it is off.
fn aliases(connection: &Connection, uuid: Uuid) -> Result<Vec<String>> {
    let (_, is_active) = super::lives(connection, uuid)?;
    if !is_active {
        return Ok(Vec::new());
    }
    let text = xml(connection, uuid, 0, OP)?;
    let live = Domain::parse(&text).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))?;
    Ok(live.aliases())
}

/// Asks the guest again to let go of a device; see [`crate::virt::client::HostClient::unplug`].
pub(crate) fn unplug(connection: &Connection, uuid: Uuid, alias: &str) -> Result<Outcome> {
    if !aliases(connection, uuid)?.iter().any(|known| known == alias) {
        return Ok(Outcome::Now);
    }
    match change_live(connection, uuid, &LiveChange::Unplug(alias.to_owned())) {
        // QEMU says so for some seconds after each request.
        Err(error) if error.message.contains("already in the process of unplug") => {}
        done => done?,
    }
    let is_there = aliases(connection, uuid)?.iter().any(|known| known == alias);
    Ok(if is_there {
        Outcome::Waiting(alias.to_owned())
    } else {
        Outcome::Now
    })
}
