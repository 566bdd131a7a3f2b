//! What is polled of a host, and how often.

use std::sync::Mutex;
use std::time::Duration;

use crate::model::sample::Interest;
use crate::virt::connection::lock;

/// What the windows show and how often it is polled: written by the client, read by the statistics threads.
#[derive(Debug, Default)]
pub(crate) struct Polling(Mutex<PollState>);

/// One state of [`Polling`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PollState {
    /// What is shown.
    pub(crate) interest: Interest,
    /// Time between two polls.
    pub(crate) interval: Duration,
}

impl Default for PollState {
    fn default() -> Self {
        Self {
            interest: Interest::default(),
            interval: Duration::from_secs(2),
        }
    }
}

impl Polling {
    /// The state now.
    pub(crate) fn get(&self) -> PollState {
        lock(&self.0).clone()
    }

    /// Changes the state.
    pub(crate) fn update(&self, change: impl FnOnce(&mut PollState)) {
        change(&mut lock(&self.0));
    }
}
