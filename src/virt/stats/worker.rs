//! The thread that makes the polls. It may hang in one; then it is left behind and its late answer thrown away.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::model::event::HostEvent;
use crate::model::sample::{DomainSample, Interest, StatGroups};
use crate::virt::clock::monotonic_ns;
use crate::virt::connection::{Connection, lock};
use crate::virt::handle::{Dom, Handle};
use crate::virt::stats::call::{self, Record};
use crate::virt::stats::fallback::Cache;
use crate::virt::stats::{Flags, Wake};

/// Machines asked in one call: older protocols cap a reply at 4,096 records.
const CHUNK: usize = 4_000;
/// Machines whose balloon is told to report, in one poll: each costs a call.
const BALLOONS_A_POLL: usize = 4;
/// Seconds between two reports of a balloon.
const BALLOON_PERIOD: i32 = 2;

/// How a poll ended; its samples went to the sink.
pub(super) type Outcome = Result<(), VirtError>;

/// What one poll asks.
pub(super) struct Plan {
    pub(super) number: u64,
    pub(super) interest: Interest,
    /// Groups for all running machines.
    pub(super) list: StatGroups,
    /// Groups for the focused ones.
    pub(super) focused_groups: StatGroups,
    /// Machines in quarantine.
    pub(super) without: HashSet<Uuid>,
    /// Set the balloon's period where needed.
    pub(super) balloon: bool,
    /// Ask nothing that a hypervisor process has to answer.
    pub(super) harmless: bool,
}

impl Plan {
    /// Machines on screen with the groups that are shown of each, focused ones first.
    fn on_screen(&self) -> Vec<(Uuid, StatGroups)> {
        let mut seen = HashSet::new();
        let focused = self.interest.focused.iter().map(|&uuid| (uuid, self.focused_groups));
        let visible = self.interest.visible.iter().map(|&uuid| (uuid, self.list));
        focused
            .chain(visible)
            .filter(|(uuid, groups)| !groups.is_empty() && seen.insert(*uuid))
            .collect()
    }
}

/// The thread as its coordinator sees it; it ends when this is dropped and its call returns.
pub(super) struct Worker {
    plans: Sender<Plan>,
}

impl Worker {
    /// Starts one; `None` if there is no thread for it.
    pub(super) fn start(connection: Arc<Connection>, flags: Arc<Flags>, answers: Sender<Wake>) -> Option<Self> {
        let (plans, inbox) = mpsc::channel();
        let work = Work {
            connection,
            flags,
            focused: HashMap::new(),
            cache: Cache::default(),
            chunked: false,
        };
        let spawned = thread::Builder::new()
            .name("stats-poll".to_owned())
            .stack_size(512 * 1024)
            .spawn(move || work.run(&inbox, &answers));
        match spawned {
            Ok(_) => Some(Self { plans }),
            Err(error) => {
                tracing::error!("no thread for statistics: {error}");
                None
            }
        }
    }

    /// Hands a poll over; false if the thread is gone.
    pub(super) fn poll(&self, plan: Plan) -> bool {
        self.plans.send(plan).is_ok()
    }
}

struct Work {
    connection: Arc<Connection>,
    flags: Arc<Flags>,
    focused: HashMap<Uuid, Handle<Dom>>,
    cache: Cache,
    /// One reply is too small for all machines.
    chunked: bool,
}

impl Work {
    fn run(mut self, plans: &Receiver<Plan>, answers: &Sender<Wake>) {
        while let Ok(plan) = plans.recv() {
            let outcome = self.poll(&plan);
            if answers.send(Wake::Answer(plan.number, outcome)).is_err() {
                return;
            }
        }
    }

    fn poll(&mut self, plan: &Plan) -> Outcome {
        if self.flags.bulk.load(Ordering::Acquire) {
            if plan.harmless {
                return self.poll_harmlessly(plan);
            }
            let asked_more_than_state = !plan.list.is_empty() || !plan.focused_groups.is_empty();
            match self.poll_in_bulk(plan) {
                Ok(records) => {
                    if !(asked_more_than_state && only_state(&records)) {
                        self.deliver(plan, records.iter().map(|record| record.sample.clone()).collect());
                        self.start_balloons(plan, &records);
                        return Ok(());
                    }
                }
                Err(error) if error.kind == Kind::Unsupported => {}
                Err(error) => return Err(error),
            }
            tracing::info!(host = %self.connection.host, "no bulk statistics here; figures for visible machines only");
            self.flags.bulk.store(false, Ordering::Release);
        }
        let mut wanted = plan.on_screen();
        wanted.retain(|(uuid, _)| !plan.without.contains(uuid));
        let samples = self.cache.poll(&self.connection, &wanted)?;
        self.deliver(plan, samples);
        Ok(())
    }

    /// What libvirt tells without asking a hypervisor process: CPU time and memory of the machines on screen, those that
    /// hang included, and network figures.
    fn poll_harmlessly(&mut self, plan: &Plan) -> Outcome {
        let wanted = plan.on_screen();
        let net = StatGroups {
            net: true,
            ..StatGroups::default()
        };
        let mut records = if wanted.iter().any(|(_, groups)| groups.net) {
            call::all(&self.connection, call::mask(net))?
        } else {
            Vec::new()
        };
        let mut samples = self.cache.plain(&self.connection, &wanted)?;
        for sample in &mut samples {
            if let Some(record) = records.iter_mut().find(|record| record.sample.uuid == sample.uuid) {
                sample.nics = std::mem::take(&mut record.sample.nics);
            }
        }
        self.deliver(plan, samples);
        Ok(())
    }

    fn poll_in_bulk(&mut self, plan: &Plan) -> Result<Vec<Record>, VirtError> {
        let list = call::mask(plan.list);
        let focused = call::mask(plan.focused_groups);
        let mut records = if list == 0 {
            Vec::new()
        } else {
            self.poll_list(plan, list)?
        };
        let focused_uuids: Vec<Uuid> = plan
            .interest
            .focused
            .iter()
            .copied()
            .filter(|uuid| !plan.without.contains(uuid))
            .collect();
        self.focused.retain(|uuid, _| focused_uuids.contains(uuid));
        if focused_uuids.is_empty() || focused & !list == 0 {
            return Ok(records);
        }
        for &uuid in &focused_uuids {
            if !self.focused.contains_key(&uuid) {
                let known = records.iter().find(|record| record.sample.uuid == uuid);
                let domain = match known {
                    Some(record) => Some(record.domain.clone()),
                    None => self.connection.look_up(uuid, "read statistics").ok(),
                };
                self.focused.extend(domain.map(|domain| (uuid, domain)));
            }
        }
        let detailed = call::some(&self.connection, &self.focused.values().collect::<Vec<_>>(), focused)?;
        for record in detailed {
            match records.iter_mut().find(|known| known.sample.uuid == record.sample.uuid) {
                Some(known) => *known = record,
                None => records.push(record),
            }
        }
        Ok(records)
    }

    /// All running machines but those in quarantine: in one call where possible.
    fn poll_list(&mut self, plan: &Plan, mask: u32) -> Result<Vec<Record>, VirtError> {
        if plan.without.is_empty() && !self.chunked {
            match call::all(&self.connection, mask) {
                Ok(records) => {
                    self.chunked = records.len() > CHUNK;
                    return Ok(records);
                }
                Err(error) if matches!(error.kind, Kind::Unsupported) || !self.connection.is_alive() => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::debug!(host = %self.connection.host, "one reply is too small, asking in parts: {}", error.message);
                }
            }
        }
        let running = call::running(&self.connection)?;
        let answering: Vec<&Handle<Dom>> = running
            .iter()
            .filter(|domain| call::uuid_of(domain).is_some_and(|uuid| !plan.without.contains(&uuid)))
            .collect();
        self.chunked = answering.len() > CHUNK;
        let mut records = Vec::with_capacity(answering.len());
        for part in answering.chunks(CHUNK) {
            records.extend(call::some(&self.connection, part, mask)?);
        }
        Ok(records)
    }

    fn deliver(&self, plan: &Plan, samples: Vec<DomainSample>) {
        if self.flags.current.load(Ordering::Acquire) == plan.number {
            self.connection.sink.push(HostEvent::Samples {
                host: self.connection.host,
                at_ns: monotonic_ns(),
                samples,
            });
        }
    }

    /// Guests report their use of memory only when told how often. Once for each running instance, a few a poll.
    fn start_balloons(&self, plan: &Plan, records: &[Record]) {
        if !plan.balloon {
            return;
        }
        let silent = records.iter().filter(|record| {
            let sample = &record.sample;
            sample.balloon_kib.is_some() && sample.unused_kib.is_none() && sample.usable_kib.is_none()
        });
        let mut set = 0;
        for record in silent {
            let instance = call::id_of(&record.domain);
            let known = lock(&self.flags.balloons).insert(record.sample.uuid, instance) == Some(instance);
            if known {
                continue;
            }
            if let Err(error) = call::set_balloon_period(&record.domain, BALLOON_PERIOD) {
                tracing::debug!(uuid = %record.sample.uuid, "no balloon: {}", error.message);
            }
            set += 1;
            if set == BALLOONS_A_POLL || self.flags.stopping.load(Ordering::Acquire) {
                return;
            }
        }
    }
}

/// Whether no machine told more than its state, as the test driver does.
fn only_state(records: &[Record]) -> bool {
    !records.is_empty() && records.iter().all(|record| !record.has_figures)
}
