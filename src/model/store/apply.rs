//! How each kind of news changes the store. The rule for order: an event counts when its number is larger than that of
//! what is known; an answer counts when it was asked at or after what is known.

use std::rc::Rc;

use super::lifecycle::state_after;
use super::{Absent, Aspects, ChangeSet, Domain, Entry, Pending, Store};
use crate::model::domain::{DomainDetails, DomainState, DomainSummary};
use crate::model::error::Kind;
use crate::model::error::VirtError;
use crate::model::event::{DomainNews, HostEvent, Lifecycle, Seq};
use crate::model::host::ConnectionStatus;
use crate::model::key::{DomainKey, HostId};
use crate::model::load::{Load, Meter, load_of};
use crate::model::sample::DomainSample;

/// More notes about absent machines than this are thrown away, and answers as old as they are not believed any more.
const MAX_ABSENT: usize = 50_000;

impl Store {
    pub(super) fn apply_into(&mut self, event: HostEvent, changes: &mut ChangeSet) {
        let host = event.host();
        let Some(entry) = self.hosts.get_mut(&host) else { return };
        if let HostEvent::Connection { status, .. } = event {
            self.connection(host, status, changes);
            return;
        }
        if entry.closed {
            return;
        }
        match event {
            HostEvent::HostInfo { info, .. } => {
                if entry.host.info.as_ref() != Some(&info) {
                    entry.host.info = Some(info);
                    changes.note_host(host);
                }
            }
            HostEvent::Listed { seq, domains, .. } => self.listed(host, seq, domains, changes),
            HostEvent::Summary { seq, summary } => self.summary(seq, summary, changes),
            HostEvent::Lifecycle {
                key,
                seq,
                name,
                id,
                change,
                detail,
            } => {
                self.lifecycle(
                    key,
                    seq,
                    Happened {
                        name,
                        id,
                        change,
                        detail,
                    },
                    changes,
                );
            }
            HostEvent::Details { key, seq, details } => self.details(key, seq, details, changes),
            HostEvent::Addresses { key, addresses } => {
                if let Some(entry) = self.domains.get_mut(&key)
                    && entry.domain.addresses != addresses
                {
                    entry.domain.addresses = addresses;
                    changes.note_changed(key, Aspects::ADDRESSES);
                }
            }
            HostEvent::Samples { at_ns, samples, .. } => {
                for sample in samples {
                    self.sample(DomainKey::new(host, sample.uuid), at_ns, sample, changes);
                }
            }
            HostEvent::Responding { key, responding } => {
                if let Some(entry) = self.domains.get_mut(&key)
                    && entry.domain.responding != responding
                {
                    entry.domain.responding = responding;
                    changes.note_changed(key, Aspects::STATE);
                }
            }
            HostEvent::Domain { key, seq, news } => self.news(key, seq, &news, changes),
            HostEvent::Overflow { .. } => self.distrust_details(host, changes),
            HostEvent::Connection { .. } => {}
            HostEvent::Object { host, kind, .. } => {
                changes.objects.insert((host, kind));
            }
        }
    }

    fn connection(&mut self, id: HostId, status: ConnectionStatus, changes: &mut ChangeSet) {
        let Some(entry) = self.hosts.get_mut(&id) else { return };
        // Whoever cancels the login knows that there is no connection: that is no failure.
        let cancelled = matches!(&status, ConnectionStatus::Failed { error, .. } if error.kind == Kind::AuthCancelled);
        let status = if cancelled && !entry.host.listed {
            ConnectionStatus::Disconnected
        } else {
            status
        };
        let was = std::mem::replace(&mut entry.host.status, status);
        entry.closed = entry.host.status == ConnectionStatus::Disconnected;
        if was == entry.host.status && !entry.closed {
            return;
        }
        changes.note_host(id);
        if was.is_connected() {
            self.forget_starts(id);
        }
        let Some(entry) = self.hosts.get(&id) else { return };
        if entry.closed {
            self.clear_host(id, changes);
        } else if entry.host.status.is_connected() && entry.host.listed {
            // Nobody told us what changed in between.
            self.distrust_details(id, changes);
            self.trust_processes(id, changes);
        }
    }

    /// Takes back that machines don't respond: a new connection finds that out for itself, and tells only then.
    fn trust_processes(&mut self, id: HostId, changes: &mut ChangeSet) {
        let Some(entry) = self.hosts.get(&id) else { return };
        for uuid in &entry.host.domains {
            let key = DomainKey::new(id, *uuid);
            if let Some(entry) = self.domains.get_mut(&key)
                && !std::mem::replace(&mut entry.domain.responding, true)
            {
                changes.note_changed(key, Aspects::STATE);
            }
        }
    }

    /// Forgets everything that was learnt from a host; the next connection counts its news from the start.
    pub(super) fn clear_host(&mut self, id: HostId, changes: &mut ChangeSet) {
        let Some(entry) = self.hosts.get_mut(&id) else { return };
        for uuid in entry.host.domains.drain() {
            let key = DomainKey::new(id, uuid);
            self.domains.remove(&key);
            changes.note_removed(key);
            changes.note_host(id);
        }
        entry.host.running = 0;
        entry.host.listed = false;
        entry.absent.clear();
        entry.floor = 0;
    }

    fn distrust_details(&mut self, id: HostId, changes: &mut ChangeSet) {
        let Some(entry) = self.hosts.get(&id) else { return };
        for uuid in &entry.host.domains {
            let key = DomainKey::new(id, *uuid);
            if let Some(entry) = self.domains.get_mut(&key)
                && (entry.domain.details.is_some() || entry.domain.details_error.is_some())
                && !std::mem::replace(&mut entry.domain.details_stale, true)
            {
                changes.note_changed(key, Aspects::IDENTITY);
            }
        }
    }

    fn listed(&mut self, id: HostId, seq: Seq, domains: Vec<DomainSummary>, changes: &mut ChangeSet) {
        self.listings += 1;
        let listing = self.listings;
        self.domains.reserve(domains.len().saturating_sub(self.domains.len()));
        for mut summary in domains {
            summary.key.host = id;
            let key = summary.key;
            // The second of two with one UUID does not count.
            if self.domains.get(&key).is_some_and(|known| known.listing == listing) {
                continue;
            }
            self.summary(seq, summary, changes);
            if let Some(entry) = self.domains.get_mut(&key) {
                entry.listing = listing;
            }
        }
        let Some(entry) = self.hosts.get_mut(&id) else { return };
        let missing: Vec<DomainKey> = entry
            .host
            .domains
            .iter()
            .map(|uuid| DomainKey::new(id, *uuid))
            .filter(|key| {
                self.domains
                    .get(key)
                    .is_some_and(|known| known.listing != listing && known.domain.seq <= seq)
            })
            .collect();
        entry.floor = entry.floor.max(seq);
        entry.absent.retain(|_, (noted, _)| *noted > seq);
        if !std::mem::replace(&mut entry.host.listed, true) {
            changes.note_host(id);
        }
        for key in missing {
            self.remove(key, changes);
        }
    }

    fn summary(&mut self, seq: Seq, mut summary: DomainSummary, changes: &mut ChangeSet) {
        let key = summary.key;
        let Some(host) = self.hosts.get_mut(&key.host) else {
            return;
        };
        if let Some(entry) = self.domains.get_mut(&key) {
            let mut aspects = Aspects::default();
            if seq >= entry.facts_seq {
                entry.facts_seq = seq;
                let domain = &mut entry.domain;
                let same = domain.name == summary.name
                    && domain.persistent == summary.persistent
                    && domain.autostart == summary.autostart
                    && domain.managed_save == summary.managed_save;
                if !same {
                    domain.rename(summary.name);
                    domain.persistent = summary.persistent;
                    domain.autostart = summary.autostart;
                    domain.managed_save = summary.managed_save;
                    aspects.identity = true;
                }
            }
            if seq >= entry.domain.seq {
                entry.domain.seq = seq;
                self.set_state(key, summary.state, summary.reason, summary.id, changes);
            }
            changes.note_changed(key, aspects);
            return;
        }
        if seq < host.floor {
            return;
        }
        let mut state_seq = seq;
        if let Some((noted, absent)) = host.absent.get(&key.uuid).copied()
            && noted > seq
        {
            match absent {
                Absent::Stopped(reason) if summary.persistent => {
                    summary.state = DomainState::Off;
                    summary.reason = reason;
                    summary.id = None;
                    state_seq = noted;
                }
                Absent::Gone | Absent::Stopped(_) => return,
            }
        }
        self.insert(Domain::new(summary, state_seq), seq, changes);
    }

    fn lifecycle(&mut self, key: DomainKey, seq: Seq, happened: Happened, changes: &mut ChangeSet) {
        let Happened {
            name,
            id,
            change,
            detail,
        } = happened;
        // The half of a rename that would make the machine flicker; the other half brings the new name.
        if change == Lifecycle::Undefined && detail == 1 {
            return;
        }
        let Some(entry) = self.domains.get_mut(&key) else {
            self.lifecycle_of_unknown(
                key,
                seq,
                Happened {
                    name,
                    id,
                    change,
                    detail,
                },
                changes,
            );
            return;
        };
        if seq <= entry.domain.seq {
            return;
        }
        entry.domain.seq = seq;
        if entry.domain.name != name && !name.is_empty() && seq > entry.facts_seq {
            entry.domain.rename(name);
            entry.facts_seq = seq;
            changes.note_changed(key, Aspects::IDENTITY);
        }
        match change {
            Lifecycle::Undefined | Lifecycle::Defined => {
                let persistent = change == Lifecycle::Defined;
                if !persistent && !entry.domain.state.is_active() && entry.domain.id.is_none() {
                    self.remove_as_of(key, seq, changes);
                    return;
                }
                if entry.domain.persistent != persistent && seq > entry.facts_seq {
                    entry.domain.persistent = persistent;
                    entry.facts_seq = seq;
                    changes.note_changed(key, Aspects::IDENTITY);
                }
                if persistent && detail != 2 {
                    self.mark_details(key, seq, changes);
                }
            }
            Lifecycle::Stopped if !entry.domain.persistent => {
                // Known from events alone, it may have a definition: the list that is on its way tells.
                let told = entry.facts_seq > 0;
                self.remove_as_of(key, seq, changes);
                if !told {
                    let reason = state_after(change, detail).map_or(0, |(_, reason)| reason);
                    self.note_absent(key, seq, Absent::Stopped(reason));
                }
            }
            _ => {
                if change == Lifecycle::Started && entry.domain.managed_save {
                    // Starting uses the image up, or throws it away.
                    entry.domain.managed_save = false;
                    entry.facts_seq = entry.facts_seq.max(seq);
                    changes.note_changed(key, Aspects::IDENTITY);
                }
                if let Some((state, reason)) = state_after(change, detail) {
                    self.set_state(key, state, reason, id, changes);
                }
                if change == Lifecycle::Started {
                    self.note_start(key, detail);
                }
                if matches!(change, Lifecycle::Started | Lifecycle::Stopped) {
                    self.mark_details(key, seq, changes);
                }
            }
        }
    }

    fn lifecycle_of_unknown(&mut self, key: DomainKey, seq: Seq, happened: Happened, changes: &mut ChangeSet) {
        let Some(host) = self.hosts.get_mut(&key.host) else {
            return;
        };
        let noted = host.absent.get(&key.uuid).map_or(0, |(noted, _)| *noted);
        if seq <= host.floor.max(noted) {
            return;
        }
        let Happened {
            name,
            id,
            change,
            detail,
        } = happened;
        let (state, reason) = match change {
            Lifecycle::Undefined => return self.note_absent(key, seq, Absent::Gone),
            Lifecycle::Stopped => {
                let reason = state_after(change, detail).map_or(0, |(_, reason)| reason);
                return self.note_absent(key, seq, Absent::Stopped(reason));
            }
            Lifecycle::Other(_) => return,
            Lifecycle::Defined if id.is_none() => (DomainState::Off, 0),
            _ => state_after(change, detail).unwrap_or((DomainState::Running, 0)),
        };
        let summary = DomainSummary {
            key,
            name,
            id,
            state,
            reason,
            persistent: change == Lifecycle::Defined,
            autostart: false,
            managed_save: false,
        };
        self.insert(Domain::new(summary, seq), 0, changes);
        if change == Lifecycle::Started {
            self.note_start(key, detail);
        }
    }

    /// A machine started before our eyes. One that migrated here (detail 1) has been running before.
    fn note_start(&mut self, key: DomainKey, detail: i32) {
        if let Some(entry) = self.domains.get_mut(&key) {
            entry.domain.started = (detail != 1).then_some(self.clock);
        }
    }

    /// Without a connection nobody sees it when a machine ends and starts again.
    fn forget_starts(&mut self, id: HostId) {
        let Some(entry) = self.hosts.get(&id) else { return };
        for uuid in &entry.host.domains {
            if let Some(entry) = self.domains.get_mut(&DomainKey::new(id, *uuid)) {
                entry.domain.started = None;
            }
        }
    }

    fn insert(&mut self, domain: Domain, facts_seq: Seq, changes: &mut ChangeSet) {
        let key = domain.key;
        let Some(host) = self.hosts.get_mut(&key.host) else {
            return;
        };
        host.absent.remove(&key.uuid);
        host.host.domains.insert(key.uuid);
        host.host.running += usize::from(domain.state.is_running());
        let entry = Entry {
            domain,
            facts_seq,
            details_seq: 0,
            details_mark: 0,
            listing: 0,
            meter: None,
            sparkline: None,
            history: None,
        };
        self.domains.insert(key, entry);
        changes.note_host(key.host);
        changes.note_added(key);
    }

    fn remove(&mut self, key: DomainKey, changes: &mut ChangeSet) {
        let Some(entry) = self.domains.remove(&key) else { return };
        if let Some(host) = self.hosts.get_mut(&key.host) {
            host.host.domains.remove(&key.uuid);
            host.host.running -= usize::from(entry.domain.state.is_running());
        }
        changes.note_host(key.host);
        changes.note_removed(key);
    }

    fn remove_as_of(&mut self, key: DomainKey, seq: Seq, changes: &mut ChangeSet) {
        self.remove(key, changes);
        self.note_absent(key, seq, Absent::Gone);
    }

    fn note_absent(&mut self, key: DomainKey, seq: Seq, absent: Absent) {
        let Some(host) = self.hosts.get_mut(&key.host) else {
            return;
        };
        if host.absent.len() >= MAX_ABSENT {
            let newest = host.absent.values().map(|(noted, _)| *noted).max().unwrap_or(0);
            host.floor = host.floor.max(newest);
            host.absent.clear();
        }
        host.absent.insert(key.uuid, (seq, absent));
    }

    fn set_state(&mut self, key: DomainKey, state: DomainState, reason: i32, id: Option<u32>, changes: &mut ChangeSet) {
        let Some(Entry {
            domain,
            meter,
            sparkline,
            ..
        }) = self.domains.get_mut(&key)
        else {
            return;
        };
        if (domain.state, domain.reason, domain.id) == (state, reason, id) {
            return;
        }
        let mut aspects = Aspects::STATE;
        let (was_running, same_run) = (domain.state.is_running(), domain.id == id);
        let moved = (domain.state, domain.reason) != (state, reason);
        domain.state = state;
        domain.reason = reason;
        domain.id = id;
        if moved && domain.pending.is_some_and(|pending| answers(state, pending)) {
            domain.pending = None;
        }
        if !state.is_running() || !same_run {
            *meter = None;
            if domain.load != Load::default() {
                domain.load = Load::default();
                aspects.load = true;
            }
        }
        if !state.is_active() || !same_run {
            domain.started = None;
            aspects.load |= sparkline.take().is_some();
            domain.responding = true;
            if !domain.addresses.is_empty() {
                domain.addresses = Vec::new();
                aspects.addresses = true;
            }
        }
        changes.note_changed(key, aspects);
        if was_running != state.is_running()
            && let Some(host) = self.hosts.get_mut(&key.host)
        {
            if was_running {
                host.host.running -= 1;
            } else {
                host.host.running += 1;
            }
            changes.note_host(key.host);
        }
    }

    fn mark_details(&mut self, key: DomainKey, seq: Seq, changes: &mut ChangeSet) {
        let Some(entry) = self.domains.get_mut(&key) else {
            return;
        };
        entry.details_mark = entry.details_mark.max(seq);
        if entry.details_mark <= entry.details_seq {
            return;
        }
        let domain = &mut entry.domain;
        if domain.details.is_some() || domain.details_error.is_some() {
            domain.details_stale = true;
        }
        // Each time: who reads definitions on his own waits for no details.
        changes.note_changed(key, Aspects::IDENTITY);
    }

    fn details(
        &mut self,
        key: DomainKey,
        seq: Seq,
        details: Result<Box<DomainDetails>, VirtError>,
        changes: &mut ChangeSet,
    ) {
        let Some(entry) = self.domains.get_mut(&key) else {
            return;
        };
        if seq < entry.details_seq {
            return;
        }
        entry.details_seq = seq;
        let stale = entry.details_mark > seq;
        let domain = &mut entry.domain;
        let mut changed = std::mem::replace(&mut domain.details_stale, stale) != stale;
        match details {
            Ok(details) => {
                changed |= domain.details_error.take().is_some();
                if domain.details.as_deref() != Some(&*details) {
                    domain.details = Some(Rc::from(details));
                    changed = true;
                }
            }
            Err(error) => {
                if domain.details_error.as_ref() != Some(&error) {
                    domain.details_error = Some(error);
                    changed = true;
                }
            }
        }
        if changed {
            changes.note_changed(key, Aspects::IDENTITY);
        }
    }

    fn news(&mut self, key: DomainKey, seq: Seq, news: &DomainNews, changes: &mut ChangeSet) {
        match news {
            DomainNews::MetadataChanged { .. }
            | DomainNews::DeviceAdded(_)
            | DomainNews::DeviceRemoved(_)
            | DomainNews::DiskChanged { .. }
            | DomainNews::MemoryDeviceSizeChanged { .. } => self.mark_details(key, seq, changes),
            DomainNews::AgentLifecycle { state } => {
                if let Some(entry) = self.domains.get_mut(&key)
                    && seq > entry.details_seq
                    && let Some(details) = &mut entry.domain.details
                    && details.agent_connected != (*state == 1)
                {
                    Rc::make_mut(details).agent_connected = *state == 1;
                    changes.note_changed(key, Aspects::IDENTITY);
                }
            }
            DomainNews::Rebooted => {
                if let Some(entry) = self.domains.get_mut(&key)
                    && matches!(entry.domain.pending, Some(Pending::Rebooting | Pending::Resetting))
                {
                    entry.domain.pending = None;
                    changes.note_changed(key, Aspects::STATE);
                }
                changes.restarted.insert(key);
            }
            _ => {}
        }
    }

    fn sample(&mut self, key: DomainKey, at_ns: u64, sample: DomainSample, changes: &mut ChangeSet) {
        let max_gap = self.tick_ns.saturating_mul(3);
        let Some(entry) = self.domains.get_mut(&key) else {
            return;
        };
        if !entry.domain.state.is_running() {
            return;
        }
        let vcpus = entry.domain.details.as_ref().map(|details| details.vcpus);
        let before = entry
            .meter
            .as_deref()
            .and_then(|meter| Some((meter.last(), meter.elapsed(at_ns, max_gap)?)));
        let load = load_of(before, &sample, vcpus);
        if let Some(history) = &mut entry.history {
            history.push(at_ns, &load, before, &sample);
        }
        let drawn = entry.sparkline.get_or_insert_default().push(load.cpu);
        match &mut entry.meter {
            Some(meter) => meter.advance(at_ns, sample),
            None => entry.meter = Some(Box::new(Meter::new(at_ns, sample))),
        }
        if drawn || entry.domain.load != load {
            entry.domain.load = load;
            changes.note_changed(key, Aspects::LOAD);
        }
    }
}

/// A lifecycle event without its address.
struct Happened {
    name: String,
    id: Option<u32>,
    change: Lifecycle,
    detail: i32,
}

/// Whether coming to `state` is what was asked, or makes it void.
fn answers(state: DomainState, pending: Pending) -> bool {
    match pending {
        Pending::Starting => state.is_active(),
        Pending::Pausing => state == DomainState::Paused,
        Pending::Resuming => state == DomainState::Running,
        Pending::Resetting | Pending::Rebooting | Pending::Dumping | Pending::Changing => !state.is_active(),
        Pending::ShuttingDown | Pending::ForcingOff | Pending::Saving => !state.is_active(),
        // One that runs is forced off on the way.
        Pending::Deleting => false,
    }
}
