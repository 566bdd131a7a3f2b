//! Long work as values: what runs, how far it is, how it ended.

use crate::model::error::VirtError;
use crate::model::key::DomainKey;

/// Identity of an operation within one run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub u64);

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Bytes or units done.
    pub done: u64,
    /// Bytes or units in all; 0 where unknown.
    pub total: u64,
}

impl Progress {
    /// 0.0 to 1.0; `None` while the total is unknown.
    #[must_use]
    pub fn fraction(self) -> Option<f64> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).clamp(0.0, 1.0))
    }
}

/// Where an operation stands. One way only: from `Ongoing` to one of the others.
#[derive(Debug, Clone, PartialEq)]
pub enum OperationState {
    /// At work.
    Ongoing(Progress),
    /// Cancel was asked, the host has not answered.
    Cancelling,
    /// Ended well.
    Done,
    /// Ended with an error.
    Failed(VirtError),
    /// Ended because the user said so.
    Cancelled,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Identity.
    pub id: OperationId,
    /// What is done, in the words of the user: "Saving debian-12". Names in it are safe to show.
    pub title: String,
    /// The machine it is about.
    pub target: Option<DomainKey>,
    /// What is done now, of several stages: "Uploading debian.iso".
    pub stage: Option<String>,
    /// Monotonic nanoseconds at the start.
    pub started_ns: u64,
    /// Where it stands.
    pub state: OperationState,
    /// Whether the host can be asked to stop it.
    pub can_cancel: bool,
}

impl Operation {
    /// Whether it still runs.
    #[must_use]
    pub fn is_ongoing(&self) -> bool {
        matches!(self.state, OperationState::Ongoing(_) | OperationState::Cancelling)
    }
}

/// All operations of this run of the program, newest first. What has ended never changes again.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    all: Vec<Operation>,
    last: u64,
}

impl Operations {
    /// Begins one.
    pub fn begin(
        &mut self,
        title: impl Into<String>,
        target: Option<DomainKey>,
        started_ns: u64,
        can_cancel: bool,
    ) -> OperationId {
        self.last += 1;
        let id = OperationId(self.last);
        let operation = Operation {
            id,
            title: title.into(),
            target,
            stage: None,
            started_ns,
            state: OperationState::Ongoing(Progress::default()),
            can_cancel,
        };
        self.all.insert(0, operation);
        id
    }

    /// Takes a step. Returns whether it was one: nothing leads out of an end, and nothing but an end out of `Cancelling`.
    pub fn advance(&mut self, id: OperationId, state: OperationState) -> bool {
        let Some(operation) = self.all.iter_mut().find(|operation| operation.id == id) else {
            return false;
        };
        let ends = !matches!(state, OperationState::Ongoing(_) | OperationState::Cancelling);
        let possible = match operation.state {
            OperationState::Ongoing(_) => operation.can_cancel || state != OperationState::Cancelling,
            OperationState::Cancelling => ends,
            _ => false,
        };
        let moves = possible && operation.state != state;
        if moves {
            operation.state = state;
        }
        moves
    }

    /// Takes an ended one off the list. Returns whether it was there and had ended.
    pub fn dismiss(&mut self, id: OperationId) -> bool {
        let before = self.all.len();
        self.all
            .retain(|operation| operation.id != id || operation.is_ongoing());
        self.all.len() < before
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: OperationId) -> Option<&Operation> {
        self.all.iter().find(|operation| operation.id == id)
    }

    /// All, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.all.iter()
    }

    /// How many still run.
    #[must_use]
    pub fn ongoing(&self) -> usize {
        self.iter().filter(|operation| operation.is_ongoing()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_final_and_late_progress_is_dropped() {
        let mut all = Operations::default();
        let id = all.begin("Saving", None, 0, true);
        let half = OperationState::Ongoing(Progress { done: 1, total: 2 });
        assert!(all.advance(id, half.clone()));
        assert!(!all.dismiss(id), "it still runs");
        assert!(all.advance(id, OperationState::Cancelling));
        assert!(!all.advance(id, half.clone()), "cancel was asked");
        assert!(
            all.advance(id, OperationState::Done),
            "it ended before the cancel arrived"
        );
        for late in [half, OperationState::Cancelling, OperationState::Cancelled] {
            assert!(!all.advance(id, late));
        }
        assert_eq!(all.ongoing(), 0);
        assert!(all.dismiss(id) && !all.dismiss(id));
    }

    #[test]
    fn what_cannot_be_cancelled_is_not_shown_as_cancelling() {
        let mut all = Operations::default();
        let id = all.begin("Starting", None, 0, false);
        assert!(!all.advance(id, OperationState::Cancelling));
    }
}
