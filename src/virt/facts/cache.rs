//! What was read of a host, until it is old or an event tells that it changed.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::error::VirtError;
use crate::model::event::{HostEvent, ObjectKind};
use crate::model::facts::{
    GuestKind, HostDevice, HostInterface, NetworkFact, NodeFact, PoolFact, SecretFact, VolumeFact,
};
use crate::model::xml::object::{Capabilities, DomainCapabilities};
use crate::virt::connection::{Result, lock};

/// How long something is believed of which events tell.
const TOLD: Duration = Duration::from_secs(60);
/// The same where none do, and of failures.
const UNTOLD: Duration = Duration::from_secs(10);
/// The same for what changes only with the host's software.
const LASTING: Duration = Duration::from_secs(300);
/// Kinds of machines and pools that are kept at most.
const KEPT: usize = 64;

/// Something that is read by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Capabilities,
    Domain(GuestKind),
    Networks,
    Pools,
    Devices,
    Filters,
    Secrets,
    Interfaces,
    Node,
    Sysinfo,
    Volumes(String),
}

/// What was read.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Capabilities(Arc<Capabilities>),
    Domain(Arc<DomainCapabilities>),
    Networks(Arc<[NetworkFact]>),
    Pools(Arc<[PoolFact]>),
    Devices(Arc<[HostDevice]>),
    Filters(Arc<[String]>),
    Secrets(Arc<[SecretFact]>),
    Interfaces(Arc<[HostInterface]>),
    Node(Arc<NodeFact>),
    Sysinfo(Arc<str>),
    Volumes(Arc<[VolumeFact]>),
}

impl Piece {
    /// All that don't depend on a machine or pool, the longest last: readers begin at the end.
    pub(super) const GENERAL: [Self; 9] = [
        Self::Sysinfo,
        Self::Node,
        Self::Filters,
        Self::Secrets,
        Self::Interfaces,
        Self::Capabilities,
        Self::Pools,
        Self::Networks,
        Self::Devices,
    ];

    fn lasts(&self) -> Duration {
        match self {
            Self::Capabilities | Self::Domain(_) | Self::Node | Self::Sysinfo => LASTING,
            Self::Networks | Self::Pools | Self::Devices | Self::Secrets | Self::Volumes(_) => TOLD,
            Self::Filters | Self::Interfaces => UNTOLD,
        }
    }

    /// Whether news about an object of this kind may have changed it.
    fn is_about(&self, kind: ObjectKind) -> bool {
        match kind {
            ObjectKind::Network => matches!(self, Self::Networks),
            ObjectKind::StoragePool => matches!(self, Self::Pools | Self::Volumes(_)),
            ObjectKind::NodeDevice => matches!(self, Self::Devices),
            ObjectKind::Secret => matches!(self, Self::Secrets),
            ObjectKind::Filter => matches!(self, Self::Filters),
            ObjectKind::Interface => matches!(self, Self::Interfaces),
        }
    }
}

#[derive(Debug, Default)]
struct Slot {
    /// The last answer, with the time of the question.
    value: Option<(Instant, Result<Value>)>,
    /// The answer is out of date.
    stale: bool,
    /// Somebody reads it now.
    reading: bool,
    /// Counts the news about it.
    epoch: u64,
}

impl Slot {
    fn is_fresh(&self, piece: &Piece) -> bool {
        self.value.as_ref().is_some_and(|(at, value)| {
            let lasts = if value.is_ok() { piece.lasts() } else { UNTOLD };
            !self.stale && at.elapsed() < lasts
        })
    }
}

/// The facts of one connection.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    slots: Mutex<HashMap<Piece, Slot>>,
    arrived: Condvar,
}

impl Cache {
    /// Forgets what an event makes doubtful.
    pub(crate) fn note(&self, event: &HostEvent) {
        if let HostEvent::Object { kind, .. } = event {
            self.doubt(*kind);
        }
    }

    /// Reads what is known of objects of this kind again, the next time that it is asked for.
    pub(crate) fn doubt(&self, kind: ObjectKind) {
        let mut slots = lock(&self.slots);
        for (_, slot) in slots.iter_mut().filter(|(piece, _)| piece.is_about(kind)) {
            slot.stale = true;
            slot.epoch += 1;
        }
    }

    /// Those of `wanted` that have to be read and that nobody reads: the caller does, and calls [`Cache::put`] for each.
    pub(super) fn take_over(&self, wanted: &[Piece]) -> Vec<(Piece, u64)> {
        let mut slots = lock(&self.slots);
        if slots.len() > KEPT {
            slots.retain(|piece, slot| slot.reading || slot.is_fresh(piece) && !matches!(piece, Piece::Volumes(_)));
        }
        let mut missing = Vec::new();
        for piece in wanted {
            let slot = slots.entry(piece.clone()).or_default();
            if !slot.reading && !slot.is_fresh(piece) {
                slot.reading = true;
                missing.push((piece.clone(), slot.epoch));
            }
        }
        missing
    }

    /// Takes an answer in. One that was overtaken by news is given to who waits, and asked anew the next time.
    pub(super) fn put(&self, piece: Piece, epoch: u64, value: Result<Value>) {
        let mut slots = lock(&self.slots);
        let slot = slots.entry(piece).or_default();
        slot.reading = false;
        slot.stale = slot.epoch != epoch;
        slot.value = Some((Instant::now(), value));
        drop(slots);
        self.arrived.notify_all();
    }

    /// Waits until nobody reads any of `wanted` any more, but not longer than `until`, and gives what there is. What is
    /// still being read is given as it was before.
    pub(super) fn wait(&self, wanted: &[Piece], until: Instant) -> Vec<Value> {
        let mut slots = lock(&self.slots);
        while wanted
            .iter()
            .any(|piece| slots.get(piece).is_some_and(|slot| slot.reading))
        {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            slots = self
                .arrived
                .wait_timeout(slots, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let found = wanted.iter().filter_map(|piece| slots.get(piece)?.value.as_ref());
        found.filter_map(|(_, value)| value.as_ref().ok().cloned()).collect()
    }

    /// Why a piece could not be read the last time.
    pub(super) fn error(&self, piece: &Piece) -> Option<VirtError> {
        let slots = lock(&self.slots);
        let (_, value) = slots.get(piece)?.value.as_ref()?;
        value.as_ref().err().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::Kind;
    use crate::model::key::HostId;

    fn network_event() -> HostEvent {
        HostEvent::Object {
            host: HostId::new(),
            kind: ObjectKind::Network,
            name: "default".into(),
            event: 2,
            detail: 0,
        }
    }

    fn networks(names: &[&str]) -> Result<Value> {
        let all = names.iter().map(|name| NetworkFact {
            name: (*name).into(),
            ..NetworkFact::default()
        });
        Ok(Value::Networks(all.collect()))
    }

    fn count(cache: &Cache) -> usize {
        match cache.wait(&[Piece::Networks], Instant::now()).first() {
            Some(Value::Networks(all)) => all.len(),
            _ => 0,
        }
    }

    #[test]
    fn what_is_known_is_read_once_until_an_event_tells_otherwise() {
        let cache = Cache::default();
        let wanted = [Piece::Networks, Piece::Pools];
        let missing = cache.take_over(&wanted);
        assert_eq!(missing.len(), 2);
        assert!(cache.take_over(&wanted).is_empty(), "somebody reads them already");
        for (piece, epoch) in missing {
            let value = match piece {
                Piece::Networks => networks(&["a"]),
                _ => Ok(Value::Pools(Arc::from([]))),
            };
            cache.put(piece, epoch, value);
        }
        assert!(cache.take_over(&wanted).is_empty());
        cache.note(&network_event());
        let again: Vec<Piece> = cache.take_over(&wanted).into_iter().map(|(piece, _)| piece).collect();
        assert_eq!(again, [Piece::Networks]);
    }

    #[test]
    fn answer_that_news_overtook_is_given_but_not_kept() {
        let cache = Cache::default();
        let (piece, epoch) = cache.take_over(&[Piece::Networks]).remove(0);
        cache.note(&network_event());
        cache.put(piece, epoch, networks(&["a", "b"]));
        assert_eq!(count(&cache), 2);
        assert_eq!(cache.take_over(&[Piece::Networks]).len(), 1);
    }

    #[test]
    fn piece_that_takes_too_long_is_given_as_it_was() {
        let cache = Cache::default();
        let (piece, epoch) = cache.take_over(&[Piece::Networks]).remove(0);
        cache.put(piece, epoch, networks(&["a"]));
        cache.note(&network_event());
        assert_eq!(cache.take_over(&[Piece::Networks]).len(), 1);
        assert_eq!(count(&cache), 1);
    }

    #[test]
    fn failure_is_no_value_and_says_why() {
        let cache = Cache::default();
        let (piece, epoch) = cache.take_over(&[Piece::Interfaces]).remove(0);
        let error = VirtError::own(Kind::Unsupported, "list interfaces", "no");
        cache.put(piece.clone(), epoch, Err(error.clone()));
        assert!(cache.wait(&[Piece::Interfaces], Instant::now()).is_empty());
        assert_eq!(cache.error(&piece), Some(error));
    }
}
