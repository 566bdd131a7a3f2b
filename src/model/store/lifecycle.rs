//! From lifecycle events to states: libvirt numbers the details of events and the reasons of states differently.

use crate::model::domain::DomainState;
use crate::model::event::Lifecycle;

/// The state and reason that an event tells; `None` where it tells none.
pub(super) fn state_after(change: Lifecycle, detail: i32) -> Option<(DomainState, i32)> {
    match change {
        Lifecycle::Started => Some((DomainState::Running, running_reason(detail))),
        Lifecycle::Suspended => Some((DomainState::Paused, paused_reason(detail))),
        Lifecycle::Resumed => Some((DomainState::Running, resumed_reason(detail))),
        Lifecycle::Stopped => Some((DomainState::Off, stopped_reason(detail))),
        Lifecycle::Shutdown => Some((DomainState::ShuttingDown, i32::from(detail != 0))),
        Lifecycle::PmSuspended => Some((DomainState::Suspended, 0)),
        // Detail 1: the guest loaded its crash kernel and runs on.
        Lifecycle::Crashed => (detail == 0).then_some((DomainState::Crashed, 1)),
        Lifecycle::Defined | Lifecycle::Undefined | Lifecycle::Other(_) => None,
    }
}

/// `virDomainEventStartedDetailType` to `virDomainRunningReason`.
fn running_reason(detail: i32) -> i32 {
    match detail {
        0..=3 => detail + 1,
        4 => 8,
        _ => 0,
    }
}

/// `virDomainEventResumedDetailType` to `virDomainRunningReason`.
fn resumed_reason(detail: i32) -> i32 {
    match detail {
        0 => 5,
        1 => 2,
        2 => 4,
        3 => 10,
        4 => 11,
        _ => 0,
    }
}

/// `virDomainEventSuspendedDetailType` to `virDomainPausedReason`.
fn paused_reason(detail: i32) -> i32 {
    match detail {
        // A machine saved while paused was paused by somebody.
        0 | 4 => 1,
        1 => 2,
        2 => 5,
        3 => 6,
        5 => 7,
        6 => 14,
        7 => 12,
        8 => 13,
        _ => 0,
    }
}

/// `virDomainEventStoppedDetailType` to `virDomainShutoffReason`.
fn stopped_reason(detail: i32) -> i32 {
    if (0..=6).contains(&detail) { detail + 1 } else { 0 }
}
