//! From a definition that was written to the running machine: what is to be done there, and what came of it.

use std::path::PathBuf;

use super::{Applied, Outcome, Report};
use crate::i18n::tr;
use crate::model::action::LiveChange;
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::plan::{Change, Step, Timing, plan, renew, reverted};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Conflict, Difference};

const OP: &str = "apply";
/// The place of a new name.
const NAME: &str = "name";

/// What came of giving a machine another definition.
#[derive(Debug, Clone)]
pub enum Redefined {
    /// It has it.
    Done(Box<Defined>),
    /// See [`super::Verdict::Clash`].
    Clash {
        /// The places.
        conflicts: Vec<Conflict>,
        /// The definition as it is now.
        current: String,
    },
    /// See [`super::Verdict::Invalid`].
    Invalid {
        /// libvirt's words.
        error: VirtError,
        /// What it names.
        named: Option<String>,
    },
}

/// A definition that was written, or found to be there already. A transient machine has none: nothing was written then.
#[derive(Debug, Clone)]
pub struct Defined {
    /// What was there before; of a transient machine the running definition.
    pub before: Domain,
    /// What was asked for, with the changes of others.
    pub wanted: Domain,
    /// The definition of the running machine, before its turn.
    pub live: Option<String>,
    /// It has a definition of its own.
    pub is_persistent: bool,
    /// It is off and has a saved state, with which its next start goes on as it was.
    pub is_saved: bool,
    /// Changes of others came in between.
    pub merged: bool,
    /// The definition as libvirt has it now; empty where the machine is transient.
    pub definition: String,
    /// See [`Report::dropped`].
    pub dropped: Vec<Difference>,
    /// See [`Report::added`].
    pub added: Vec<Difference>,
    /// Why it has not got the new name that was asked for.
    pub not_renamed: Option<VirtError>,
    /// See [`Report::backup`].
    pub backup: Option<PathBuf>,
}

impl Defined {
    /// What is to be done on the running machine, and the fate of everything else. `live` is whether the user wants that.
    #[must_use]
    pub fn tasks(&self, live: bool) -> Vec<Task> {
        let running = self.live.as_deref().and_then(|text| Domain::parse(text).ok());
        let changes = plan(&self.before, &self.wanted, running.as_ref());
        let is_running = running.is_some();
        let ignored = self.ignored(&changes);
        let task = |mut change: Change| {
            let fate = match self.is_persistent {
                true if ignored.contains(&change.place) => Fate::Known(Outcome::Failed(VirtError::own(
                    Kind::Unsupported,
                    OP,
                    tr("libvirt has left this as it was."),
                ))),
                true => self.fate(&change, is_running, live),
                false => transient_fate(&change),
            };
            if !self.is_persistent {
                change.timing = Timing::Now;
            }
            Task { change, fate }
        };
        changes.into_iter().map(task).collect()
    }

    /// Places that the definition says nothing else about than before, because libvirt has left out or changed back what
    /// was asked for there, or put a device in again.
    fn ignored(&self, changes: &[Change]) -> Vec<String> {
        let Ok(defined) = Domain::parse(&self.definition) else {
            return Vec::new();
        };
        let done = plan(&self.before, &defined, None);
        let is_below = |place: &str, other: &str| {
            let rest = place.strip_prefix(other);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_dropped = |place: &str| {
            let dropped = self.dropped.iter().map(|one| one.place.as_str());
            dropped
                .into_iter()
                .any(|one| is_below(one, place) || is_below(place, one))
        };
        changes
            .iter()
            .map(|change| &change.place)
            .filter(|place| *place != NAME && is_dropped(place) && !done.iter().any(|done| done.place == **place))
            .cloned()
            .collect()
    }

    fn fate(&self, change: &Change, is_running: bool, live: bool) -> Fate {
        if change.place == NAME {
            return Fate::Known(match &self.not_renamed {
                None => Outcome::Now,
                Some(error) => Outcome::Failed(error.clone()),
            });
        }
        if !is_running {
            return Fate::Known(Outcome::NextStart(match self.is_saved {
                true => tr("The machine goes on from its saved state first, with the hardware that it had then."),
                false => String::new(),
            }));
        }
        match &change.timing {
            Timing::NextStart(reason) | Timing::Off(reason) => Fate::Known(Outcome::NextStart(reason.clone())),
            Timing::Now | Timing::Both if change.steps.is_empty() => Fate::Known(Outcome::Now),
            Timing::Now | Timing::Both if !live => {
                Fate::Known(Outcome::NextStart(tr("The running machine was to be left as it is.")))
            }
            Timing::Now | Timing::Both => Fate::Open,
        }
    }

    /// Prepares a task for its turn: `live` is the definition that the running machine has at that moment, `None` where it is
    /// off by now. Whether there is something to do still.
    pub fn take_turn(&self, task: &mut Task, live: Option<&str>) -> bool {
        let running = live.and_then(|text| Domain::parse(text).ok());
        renew(&mut task.change, &self.before, &self.wanted, running.as_ref());
        if self.is_persistent {
            task.fate = self.fate(&task.change, running.is_some(), true);
        } else {
            task.fate = transient_fate(&task.change);
            task.change.timing = Timing::Now;
        }
        task.fate == Fate::Open
    }

    /// The report where the connection was lost after the definition was written: what was not done by then holds from the
    /// next start.
    #[must_use]
    pub fn cut_short(self, tasks: Vec<Task>, refused: &[String]) -> Report {
        let lost = || tr("The connection was lost before the running machine was changed.");
        let applied = tasks.into_iter().map(|task| Applied {
            outcome: match task.fate {
                Fate::Open => Outcome::NextStart(lost()),
                Fate::Known(Outcome::Failed(error)) if refused.contains(&task.change.place) => {
                    Outcome::NextStart(error.message)
                }
                Fate::Known(outcome) => outcome,
            },
            change: task.change,
        });
        let applied = applied.collect();
        self.report(applied)
    }

    /// The definition without what the running machine did not take and what would hinder its next start: the text to
    /// define, and the places that could not be found in it again.
    #[must_use]
    pub fn without(&self, places: &[String]) -> Option<String> {
        let after = Domain::parse(&self.definition).ok()?;
        let changes = plan(&self.before, &after, None);
        let known: Vec<_> = changes.iter().filter(|change| places.contains(&change.place)).collect();
        if known.len() != places.len() {
            return None;
        }
        let left = reverted(&self.before, &after, known).ok()?;
        Some(left.document().to_string())
    }

    /// The report at the end.
    #[must_use]
    pub fn report(self, changes: Vec<Applied>) -> Report {
        Report {
            changes,
            definition: self.definition,
            merged: self.merged,
            dropped: self.dropped,
            added: self.added,
            backup: self.backup,
            is_saved: self.is_saved,
        }
    }
}

/// Nothing of a transient machine waits for a next start: there is none.
fn transient_fate(change: &Change) -> Fate {
    match &change.timing {
        Timing::NextStart(reason) | Timing::Off(reason) => Fate::Known(Outcome::Failed(VirtError::own(
            Kind::Unsupported,
            OP,
            match reason.is_empty() {
                true => tr("The machine is off."),
                false => reason.clone(),
            },
        ))),
        Timing::Now | Timing::Both if change.steps.is_empty() => Fate::Known(Outcome::Now),
        Timing::Now | Timing::Both => Fate::Open,
    }
}

/// A change on its way.
#[derive(Debug, Clone)]
pub struct Task {
    /// Which one.
    pub change: Change,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is for the running machine to say.
    Open,
    /// That is known.
    Known(Outcome),
}

impl Task {
    /// Place in the order of work: controllers before what hangs on them, devices before the rest, because plugging is what
    /// fails.
    #[must_use]
    pub fn rank(&self) -> u8 {
        let is_plug = |step: &Step| {
            matches!(
                step.does,
                LiveChange::Attach(_) | LiveChange::Detach(_) | LiveChange::Unplug(_)
            )
        };
        match self.change.owner.kind {
            Some(DeviceKind::Controller) if self.change.steps.iter().any(is_plug) => 0,
            _ if self.change.steps.iter().any(is_plug) => 1,
            _ => 2,
        }
    }

    /// What a change is that the running machine took: done, or for the guest to answer.
    #[must_use]
    pub fn taken(&self) -> Outcome {
        let asked = self.change.steps.iter().find_map(|step| match &step.does {
            LiveChange::Unplug(alias) => Some(alias.clone()),
            _ => None,
        });
        asked.map_or(Outcome::Now, Outcome::Waiting)
    }
}
