//! States in words, with the shape and weight that go with them.

use crate::i18n::{tr, tr_c, tr_f};
use crate::model::domain::DomainState;
use crate::model::store::{Domain, Pending};

/// How much a state wants to be looked at. Never shown by colour alone: the icon differs, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Severity {
    /// Nothing happens.
    #[default]
    Neutral,
    /// At work.
    Good,
    /// Held up or on its way.
    Attention,
    /// Something went wrong.
    Problem,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Neutral, Self::Good, Self::Attention, Self::Problem];

    /// The style class of libadwaita that colours it.
    #[must_use]
    pub fn css_class(self) -> &'static str {
        match self {
            Self::Neutral => "dim-label",
            Self::Good => "success",
            Self::Attention => "warning",
            Self::Problem => "error",
        }
    }
}

/// Everything about a machine's state in one line: "Running · shutting down…".
#[must_use]
pub fn status(domain: &Domain) -> String {
    let is_template = domain.details.as_ref().is_some_and(|details| details.is_template);
    let mut parts = vec![if is_template && domain.state == DomainState::Off {
        tr("Template")
    } else {
        state_text(domain.state)
    }];
    if !domain.responding {
        parts.push(tr("not responding"));
    }
    if let Some(asked) = domain.pending {
        parts.push(pending_text(asked));
    } else {
        parts.extend(reason_text(domain.state, domain.reason));
        let memory_saved = tr("memory saved");
        if !domain.state.is_active() && domain.managed_save && !parts.contains(&memory_saved) {
            parts.push(memory_saved);
        }
    }
    parts.join(" · ")
}

/// Name of the symbolic icon of a machine.
#[must_use]
pub fn icon(domain: &Domain) -> &'static str {
    if domain.responding {
        icon_name(domain.state)
    } else {
        "dialog-warning-symbolic"
    }
}

/// How much a machine wants to be looked at.
#[must_use]
pub fn urgency(domain: &Domain) -> Severity {
    if domain.responding {
        severity(domain.state, domain.reason)
    } else {
        Severity::Problem
    }
}

/// The state in a word or two.
#[must_use]
pub fn state_text(state: DomainState) -> String {
    match state {
        DomainState::NoState | DomainState::Running | DomainState::Blocked => tr_c("state", "Running"),
        DomainState::Paused => tr_c("state", "Paused"),
        DomainState::ShuttingDown => tr_c("state", "Shutting down"),
        DomainState::Off => tr_c("state", "Off"),
        DomainState::Crashed => tr_c("state", "Crashed"),
        DomainState::Suspended => tr_c("state", "Asleep"),
        DomainState::Other(number) => tr_f("State {n}", &[("n", &number.to_string())]),
    }
}

/// Why a machine is in its state, where that is worth a word (`virDomainPausedReason`, `virDomainShutoffReason` …).
#[must_use]
pub fn reason_text(state: DomainState, reason: i32) -> Option<String> {
    let text = match (state, reason) {
        (DomainState::Running, 2) => tr("migrated here"),
        (DomainState::Running, 9) => tr("resumed after a crash"),
        (DomainState::Running, 10) => tr("migration goes on"),
        (DomainState::Running, 11) => tr("migration failed"),
        (DomainState::Paused, 2) => tr("being migrated"),
        (DomainState::Paused, 3) => tr("being saved"),
        (DomainState::Paused, 4) => tr("writing a core dump"),
        (DomainState::Paused, 5) => tr("a disk failed or is full"),
        (DomainState::Paused, 6) => tr("the watchdog fired"),
        (DomainState::Paused, 7) => tr("restored from a snapshot"),
        (DomainState::Paused, 8) => tr("shutting down"),
        (DomainState::Paused, 9) => tr("taking a snapshot"),
        (DomainState::Paused, 10) => tr("the guest crashed"),
        (DomainState::Paused, 11) => tr("starting"),
        (DomainState::Paused, 12) => tr("migration goes on"),
        (DomainState::Paused, 13) => tr("migration failed"),
        (DomainState::Paused, 14) => tr("the host could not resume it"),
        (DomainState::Off, 3) => tr("crashed"),
        (DomainState::Off, 4) => tr("moved to another host"),
        (DomainState::Off, 5) => tr("memory saved"),
        (DomainState::Off, 6) => tr("stopped unexpectedly"),
        (DomainState::Off, 7) => tr("restored from a snapshot"),
        (DomainState::Off, 8) => tr("stopped by the service"),
        (DomainState::Crashed, 1) => tr("the guest panicked"),
        _ => return None,
    };
    Some(text)
}

/// What was asked and is not answered.
#[must_use]
pub fn pending_text(pending: Pending) -> String {
    match pending {
        Pending::Starting => tr("starting…"),
        Pending::Pausing => tr("pausing…"),
        Pending::Resuming => tr("resuming…"),
        Pending::ShuttingDown => tr("shutting down…"),
        Pending::Rebooting => tr("rebooting…"),
        Pending::Resetting => tr("resetting…"),
        Pending::ForcingOff => tr("forcing off…"),
        Pending::Saving => tr("saving…"),
        Pending::Dumping => tr("writing a core dump…"),
        Pending::Changing => tr("changing…"),
        Pending::Deleting => tr("deleting…"),
    }
}

/// Name of the symbolic icon of a state; each has its own shape.
#[must_use]
pub fn icon_name(state: DomainState) -> &'static str {
    match state {
        DomainState::NoState | DomainState::Running | DomainState::Blocked => "media-playback-start-symbolic",
        DomainState::Paused => "media-playback-pause-symbolic",
        DomainState::ShuttingDown => "system-shutdown-symbolic",
        DomainState::Off => "media-playback-stop-symbolic",
        DomainState::Crashed => "dialog-error-symbolic",
        DomainState::Suspended => "weather-clear-night-symbolic",
        DomainState::Other(_) => "dialog-question-symbolic",
    }
}

/// How much a state wants to be looked at.
#[must_use]
pub fn severity(state: DomainState, reason: i32) -> Severity {
    match (state, reason) {
        (DomainState::Crashed, _) | (DomainState::Paused, 5 | 6 | 10 | 13 | 14) => Severity::Problem,
        (DomainState::Off, 3 | 6) => Severity::Problem,
        (DomainState::Paused | DomainState::ShuttingDown | DomainState::Suspended, _) => Severity::Attention,
        (DomainState::Off | DomainState::Other(_), _) => Severity::Neutral,
        (DomainState::NoState | DomainState::Running | DomainState::Blocked, _) => Severity::Good,
    }
}
