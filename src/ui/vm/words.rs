//! A machine's state in words, with the shape and weight that go with it. Pure.

use crate::i18n::{tr, tr_c, tr_f};
use crate::model::domain::DomainState;
use crate::model::store::{Domain, Pending};
use crate::ui::widgets::Severity;

/// The state alone.
#[must_use]
pub fn state(state: DomainState) -> String {
    match state {
        DomainState::Running | DomainState::Blocked | DomainState::NoState => tr_c("state", "Running"),
        DomainState::Paused => tr_c("state", "Paused"),
        DomainState::ShuttingDown => tr_c("state", "Shutting down"),
        DomainState::Off => tr_c("state", "Off"),
        DomainState::Crashed => tr_c("state", "Crashed"),
        DomainState::Suspended => tr_c("state", "Asleep"),
        DomainState::Other(number) => tr_f("State {n}", &[("n", &number.to_string())]),
    }
}

/// What was asked and is not answered.
#[must_use]
pub fn pending(pending: Pending) -> String {
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
    }
}

/// Why the machine is in its state, where that is worth a word (`virDomain…Reason`).
#[must_use]
pub fn reason(state: DomainState, reason: i32) -> Option<String> {
    let text = match (state, reason) {
        (DomainState::Paused, 2 | 12) => tr("being migrated or copied"),
        (DomainState::Paused, 3) => tr("being saved"),
        (DomainState::Paused, 4) => tr("writing a core dump"),
        (DomainState::Paused, 5) => tr("a disk failed or is full"),
        (DomainState::Paused, 6) => tr("the watchdog fired"),
        (DomainState::Paused, 7) => tr("restored from a snapshot"),
        (DomainState::Paused, 9) => tr("taking a snapshot"),
        (DomainState::Paused, 10) => tr("the guest crashed"),
        (DomainState::Paused, 11) => tr("started paused"),
        (DomainState::Paused, 13) => tr("migration failed"),
        (DomainState::Off, 3) => tr("crashed"),
        (DomainState::Off, 4) => tr("moved to another host"),
        (DomainState::Off, 5) => tr("saved"),
        (DomainState::Off, 6) => tr("stopped unexpectedly"),
        (DomainState::Off, 9) => tr("the host's daemon stopped it"),
        _ => return None,
    };
    Some(text)
}

/// Everything about the state in one line: "Running · shutting down…".
#[must_use]
pub fn status(domain: &Domain) -> String {
    let mut text = state(domain.state);
    let mut add = |more: &str| {
        text.push_str(" · ");
        text.push_str(more);
    };
    if let Some(asked) = domain.pending {
        add(&pending(asked));
        return text;
    }
    if !domain.responding {
        add(&tr("not responding"));
    }
    if let Some(why) = reason(domain.state, domain.reason) {
        add(&why);
    }
    if !domain.state.is_active() && domain.managed_save {
        add(&tr("memory saved"));
    }
    text
}

/// Name of the icon for a state.
#[must_use]
pub fn icon(domain: &Domain) -> &'static str {
    match domain.state {
        _ if !domain.responding => "dialog-warning-symbolic",
        DomainState::Paused => "media-playback-pause-symbolic",
        DomainState::Off if domain.managed_save => "document-save-symbolic",
        DomainState::Off => "media-playback-stop-symbolic",
        DomainState::Crashed => "dialog-error-symbolic",
        DomainState::Suspended => "weather-clear-night-symbolic",
        _ => "media-playback-start-symbolic",
    }
}

/// How the state wants to be seen.
#[must_use]
pub fn severity(domain: &Domain) -> Severity {
    match (domain.state, domain.reason) {
        _ if !domain.responding => Severity::Error,
        (DomainState::Crashed, _) | (DomainState::Paused, 5 | 10) | (DomainState::Off, 3 | 6) => Severity::Error,
        (DomainState::Paused | DomainState::Suspended, _) => Severity::Warning,
        (DomainState::Off, _) => Severity::Neutral,
        _ => Severity::Good,
    }
}

/// A name that may hold anything, isolated so that its direction does not turn the sentence around it.
#[must_use]
pub fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
