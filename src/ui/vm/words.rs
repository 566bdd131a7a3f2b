//! A machine's state in words, with the shape and weight that go with it.

use relm4::gtk;

use crate::i18n::tr;
use crate::model::domain::DomainState;
use crate::model::state::{self, icon_name, pending_text, reason_text, state_text};
use crate::model::store::Domain;
use crate::ui::widgets::Severity;

/// Everything about the state in one line: "Running · shutting down…".
#[must_use]
pub fn status(domain: &Domain) -> String {
    let mut parts = vec![state_text(domain.state)];
    if !domain.responding {
        parts.push(tr("not responding"));
    }
    if let Some(asked) = domain.pending {
        parts.push(pending_text(asked));
    } else {
        parts.extend(reason_text(domain.state, domain.reason));
        if !domain.state.is_active() && domain.managed_save {
            parts.push(tr("memory saved"));
        }
    }
    parts.join(" · ")
}

/// Name of the icon for a state: the program's own, or a common one where the theme does not have it.
#[must_use]
pub fn icon(domain: &Domain) -> &'static str {
    if !domain.responding {
        return "dialog-warning-symbolic";
    }
    let own = icon_name(domain.state);
    let known = gtk::gdk::Display::default().is_some_and(|display| gtk::IconTheme::for_display(&display).has_icon(own));
    if known {
        return own;
    }
    match domain.state {
        DomainState::Paused => "media-playback-pause-symbolic",
        DomainState::Off => "media-playback-stop-symbolic",
        DomainState::Crashed => "dialog-error-symbolic",
        DomainState::Suspended => "weather-clear-night-symbolic",
        _ => "media-playback-start-symbolic",
    }
}

/// How the state wants to be seen.
#[must_use]
pub fn severity(domain: &Domain) -> Severity {
    if !domain.responding {
        return Severity::Error;
    }
    match state::severity(domain.state, domain.reason) {
        state::Severity::Good => Severity::Good,
        state::Severity::Attention => Severity::Warning,
        state::Severity::Problem => Severity::Error,
        state::Severity::Neutral => Severity::Neutral,
    }
}

/// A name that may hold anything, isolated so that its direction does not turn the sentence around it.
#[must_use]
pub fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
