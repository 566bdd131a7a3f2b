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
    /// What is done, in the user's words: "Saving debian-12".
    pub title: String,
    /// The machine it is about.
    pub target: Option<DomainKey>,
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
