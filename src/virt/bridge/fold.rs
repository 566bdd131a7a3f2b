//! Leaves out news that later news makes void. Pure.

use std::collections::{HashMap, HashSet, VecDeque};

use uuid::Uuid;

use crate::model::event::{DomainNews, HostEvent, Lifecycle, Seq};
use crate::model::key::{DomainKey, HostId};
use crate::model::sample::DomainSample;

/// What is known of later events of one machine, while walking backwards.
#[derive(Default)]
struct Later {
    /// A change of state follows.
    state: bool,
    /// A start or stop follows.
    instance: bool,
    summary: Option<Seq>,
    details: Option<Seq>,
    addresses: bool,
    responding: bool,
    balloon: bool,
}

/// The events that count, in their order.
///
/// * Pause and resume are void when another change of state follows; a start or a stop only when another start or stop
///   does, because a start tells more than a state. Crashes and failures stay: somebody wants to hear of them.
/// * Defined and undefined (renames included) stay, and nothing before them is void because of something after them.
/// * Answers (summary, details, addresses, list, balloon) are void when a newer one of the same kind follows, samples
///   when newer ones follow for the same machines.
/// * Everything else stays.
pub(super) fn fold(events: Vec<HostEvent>) -> VecDeque<HostEvent> {
    let mut later: HashMap<DomainKey, Later> = HashMap::new();
    let mut listed: HashMap<HostId, Seq> = HashMap::new();
    let mut sampled: HashMap<HostId, HashSet<Uuid>> = HashMap::new();
    let mut left = VecDeque::with_capacity(events.len());
    for event in events.into_iter().rev() {
        let counts = match &event {
            HostEvent::Lifecycle {
                key, change, detail, ..
            } => lifecycle_counts(later.entry(*key).or_default(), *change, *detail),
            HostEvent::Summary { seq, summary } => newest(&mut later.entry(summary.key).or_default().summary, *seq),
            HostEvent::Details { key, seq, .. } => newest(&mut later.entry(*key).or_default().details, *seq),
            HostEvent::Addresses { key, .. } => first(&mut later.entry(*key).or_default().addresses),
            HostEvent::Responding { key, .. } => first(&mut later.entry(*key).or_default().responding),
            HostEvent::Domain {
                key,
                news: DomainNews::BalloonChanged(_),
                ..
            } => first(&mut later.entry(*key).or_default().balloon),
            HostEvent::Listed { host, seq, .. } => match listed.get(host) {
                Some(newer) if newer >= seq => false,
                _ => {
                    listed.insert(*host, *seq);
                    true
                }
            },
            HostEvent::Samples { host, samples, .. } => samples_count(&mut sampled, *host, samples),
            _ => true,
        };
        if counts {
            left.push_front(event);
        }
    }
    left
}

fn lifecycle_counts(later: &mut Later, change: Lifecycle, detail: i32) -> bool {
    /// `VIR_DOMAIN_EVENT_STOPPED_CRASHED` and `VIR_DOMAIN_EVENT_STOPPED_FAILED`
    const ACCIDENTS: [i32; 2] = [2, 5];
    match change {
        Lifecycle::Defined | Lifecycle::Undefined => {
            later.state = false;
            later.instance = false;
            true
        }
        Lifecycle::Suspended | Lifecycle::Resumed | Lifecycle::PmSuspended | Lifecycle::Shutdown => {
            first(&mut later.state)
        }
        Lifecycle::Started | Lifecycle::Stopped => {
            later.state = true;
            first(&mut later.instance) || (change == Lifecycle::Stopped && ACCIDENTS.contains(&detail))
        }
        Lifecycle::Crashed => {
            later.state = true;
            true
        }
        Lifecycle::Other(_) => true,
    }
}

/// Whether nothing was noted yet; notes it.
fn first(noted: &mut bool) -> bool {
    !std::mem::replace(noted, true)
}

/// Whether nothing as new was noted yet; notes it.
fn newest(noted: &mut Option<Seq>, seq: Seq) -> bool {
    if noted.is_some_and(|newer| newer >= seq) {
        return false;
    }
    *noted = Some(seq);
    true
}

/// One poll may come in several pieces, and a machine may be left out of the next: only what is wholly repeated is void.
fn samples_count(sampled: &mut HashMap<HostId, HashSet<Uuid>>, host: HostId, samples: &[DomainSample]) -> bool {
    let last = !sampled.contains_key(&host);
    let seen = sampled.entry(host).or_default();
    let counts = last || samples.iter().any(|sample| !seen.contains(&sample.uuid));
    if counts {
        seen.extend(samples.iter().map(|sample| sample.uuid));
    }
    counts
}
