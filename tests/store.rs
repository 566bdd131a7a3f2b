//! The store against news in every order: what is older never undoes what is newer, nothing is reported that did not change.

use std::time::Instant;

use uuid::Uuid;
use vireo::model::domain::{DomainDetails, DomainState, DomainSummary};
use vireo::model::error::{Kind, VirtError};
use vireo::model::event::{DomainNews, HostEvent, Lifecycle};
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::key::{DomainKey, HostId};
use vireo::model::sample::{DiskSample, DomainSample, NicSample};
use vireo::model::store::{Aspects, ChangeSet, Pending, Store};

struct World {
    store: Store,
    host: HostId,
}

impl World {
    fn new() -> Self {
        let mut store = Store::default();
        let config = HostConfig::new("h", "test:///default");
        let host = config.id;
        assert!(store.put_host(config).hosts.contains(&host));
        let mut world = Self { store, host };
        world.status(ConnectionStatus::Connected);
        world
    }

    fn key(&self, number: u128) -> DomainKey {
        DomainKey::new(self.host, Uuid::from_u128(number))
    }

    fn status(&mut self, status: ConnectionStatus) -> ChangeSet {
        self.store.apply(HostEvent::Connection {
            host: self.host,
            status,
        })
    }

    fn summary(&self, number: u128, state: DomainState) -> DomainSummary {
        DomainSummary {
            key: self.key(number),
            name: format!("vm{number}"),
            id: state.is_active().then_some(number as u32),
            state,
            reason: 1,
            persistent: true,
            autostart: false,
            managed_save: false,
        }
    }

    fn list(&mut self, seq: u64, machines: &[(u128, DomainState)]) -> ChangeSet {
        let domains = machines
            .iter()
            .map(|(number, state)| self.summary(*number, *state))
            .collect();
        self.store.apply(HostEvent::Listed {
            host: self.host,
            seq,
            domains,
        })
    }

    fn event(&self, number: u128, seq: u64, change: Lifecycle, detail: i32) -> HostEvent {
        let on = !matches!(change, Lifecycle::Stopped | Lifecycle::Undefined | Lifecycle::Defined);
        HostEvent::Lifecycle {
            key: self.key(number),
            seq,
            name: format!("vm{number}"),
            id: on.then_some(number as u32),
            change,
            detail,
        }
    }

    fn happen(&mut self, number: u128, seq: u64, change: Lifecycle, detail: i32) -> ChangeSet {
        let event = self.event(number, seq, change, detail);
        self.store.apply(event)
    }

    fn details(&mut self, number: u128, seq: u64, title: &str) -> ChangeSet {
        let details = DomainDetails {
            title: Some(title.to_owned()),
            ..DomainDetails::default()
        };
        self.store.apply(HostEvent::Details {
            key: self.key(number),
            seq,
            details: Ok(Box::new(details)),
        })
    }

    fn sample(&mut self, at_s: u64, sample: DomainSample) -> ChangeSet {
        self.store.apply(HostEvent::Samples {
            host: self.host,
            at_ns: at_s * 1_000_000_000,
            samples: vec![sample],
        })
    }

    fn state(&self, number: u128) -> Option<DomainState> {
        self.store.domain(self.key(number)).map(|domain| domain.state)
    }
}

use DomainState::{Crashed, Off, Paused, Running, ShuttingDown, Suspended};

fn lost() -> ConnectionStatus {
    ConnectionStatus::Lost {
        error: VirtError::own(Kind::Unreachable, "test", "gone"),
        retry_in_ms: 1000,
    }
}

#[test]
fn an_older_list_undoes_no_event() {
    let mut world = World::new();
    world.list(1, &[(1, Off), (2, Off), (3, Off)]);
    world.happen(1, 5, Lifecycle::Started, 0);
    world.happen(2, 6, Lifecycle::Undefined, 0);
    world.happen(4, 7, Lifecycle::Defined, 0);
    // Asked before all of that.
    let changes = world.list(4, &[(1, Off), (2, Off), (3, Off)]);
    assert!(changes.is_empty(), "{changes:?}");
    assert_eq!(world.state(1), Some(Running));
    assert_eq!(world.state(2), None, "removed machines stay removed");
    assert_eq!(world.state(4), Some(Off), "newer machines stay");
    // Asked afterwards.
    let changes = world.list(7, &[(1, Running), (3, Paused)]);
    assert_eq!(changes.removed.iter().copied().collect::<Vec<_>>(), [world.key(4)]);
    assert_eq!(changes.changed.len(), 1);
    assert_eq!(changes.changed[&world.key(3)], Aspects::STATE);
}

#[test]
fn an_older_summary_neither_undoes_nor_resurrects() {
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    world.happen(1, 5, Lifecycle::Suspended, 2);
    let summary = world.summary(1, Running);
    world.store.apply(HostEvent::Summary { seq: 4, summary });
    assert_eq!(world.state(1), Some(Paused));
    assert_eq!(world.store.domain(world.key(1)).unwrap().reason, 5);
    world.list(9, &[]);
    let summary = world.summary(1, Running);
    assert!(world.store.apply(HostEvent::Summary { seq: 8, summary }).is_empty());
    assert_eq!(world.state(1), None);
    let summary = world.summary(1, Running);
    world.store.apply(HostEvent::Summary { seq: 10, summary });
    assert_eq!(world.state(1), Some(Running), "a newer one is a new machine");
}

#[test]
fn events_that_the_list_has_seen_change_nothing() {
    let mut world = World::new();
    world.list(5, &[(1, Running)]);
    assert!(world.happen(1, 5, Lifecycle::Stopped, 0).is_empty());
    assert!(world.happen(2, 3, Lifecycle::Defined, 0).is_empty());
    assert_eq!(world.state(1), Some(Running));
}

#[test]
fn events_before_the_first_list_are_not_lost() {
    let mut world = World::new();
    world.happen(1, 3, Lifecycle::Stopped, 1);
    world.happen(2, 4, Lifecycle::Started, 0);
    world.happen(3, 5, Lifecycle::Started, 0);
    world.happen(3, 6, Lifecycle::Stopped, 0);
    world.happen(4, 7, Lifecycle::Undefined, 0);
    world.list(2, &[(1, Running), (2, Off), (3, Off), (4, Off)]);
    assert_eq!(world.state(1), Some(Off), "stopped after the list was asked");
    assert_eq!(world.state(2), Some(Running));
    assert!(
        world.store.domain(world.key(2)).unwrap().persistent,
        "the list tells what events don't"
    );
    assert_eq!(world.state(3), Some(Off), "a definition outlives the run");
    assert_eq!(world.state(4), None);
    assert_eq!(world.store.totals().running, 1);
}

#[test]
fn a_rename_keeps_the_machine() {
    let mut world = World::new();
    world.list(1, &[(1, Off)]);
    assert!(world.happen(1, 2, Lifecycle::Undefined, 1).is_empty(), "no flicker");
    let changes = world.store.apply(HostEvent::Lifecycle {
        key: world.key(1),
        seq: 3,
        name: "other".into(),
        id: None,
        change: Lifecycle::Defined,
        detail: 2,
    });
    assert_eq!(changes.changed[&world.key(1)], Aspects::IDENTITY);
    assert!(changes.removed.is_empty() && changes.added.is_empty());
    assert_eq!(world.store.domain(world.key(1)).unwrap().name, "other");
}

#[test]
fn a_transient_machine_ends_with_its_run_and_an_undefined_one_lives_on_until_then() {
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    world.happen(1, 2, Lifecycle::Undefined, 0);
    assert_eq!(world.state(1), Some(Running), "still runs");
    let changes = world.happen(1, 3, Lifecycle::Stopped, 0);
    assert!(changes.removed.contains(&world.key(1)));
    assert_eq!(world.store.counts(world.host).total, 0);
    let mut summary = world.summary(2, Running);
    summary.persistent = false;
    world.store.apply(HostEvent::Summary { seq: 5, summary });
    world.happen(2, 6, Lifecycle::Stopped, 0);
    assert_eq!(world.state(2), None);
}

#[test]
fn every_lifecycle_event_leads_to_its_state_and_reason() {
    let table = [
        (Lifecycle::Started, 0, Running, 1),
        (Lifecycle::Started, 2, Running, 3),
        (Lifecycle::Started, 4, Running, 8),
        (Lifecycle::Resumed, 0, Running, 5),
        (Lifecycle::Suspended, 0, Paused, 1),
        (Lifecycle::Suspended, 2, Paused, 5),
        (Lifecycle::Suspended, 3, Paused, 6),
        (Lifecycle::Shutdown, 1, ShuttingDown, 1),
        (Lifecycle::PmSuspended, 0, Suspended, 0),
        (Lifecycle::Crashed, 0, Crashed, 1),
        (Lifecycle::Stopped, 1, Off, 2),
        (Lifecycle::Stopped, 5, Off, 6),
        (Lifecycle::Started, 99, Running, 0),
        (Lifecycle::Stopped, -7, Off, 0),
    ];
    for (change, detail, state, reason) in table {
        let mut world = World::new();
        world.list(1, &[(1, DomainState::Other(9))]);
        world.happen(1, 2, change, detail);
        let domain = world.store.domain(world.key(1)).unwrap();
        assert_eq!((domain.state, domain.reason), (state, reason), "{change:?} {detail}");
    }
}

#[test]
fn repeated_news_report_nothing() {
    let mut world = World::new();
    let machines = [(1, Running), (2, Off)];
    let first = world.list(1, &machines);
    assert_eq!(first.added.len(), 2);
    assert!(world.list(2, &machines).is_empty());
    assert!(world.status(ConnectionStatus::Connected).is_empty());
    world.details(1, 3, "a");
    assert!(world.details(1, 4, "a").is_empty());
    assert!(
        world
            .store
            .put_host(world.store.host(world.host).unwrap().config.clone())
            .is_empty()
    );
}

#[test]
fn a_uuid_listed_twice_counts_once() {
    let mut world = World::new();
    let changes = world.list(1, &[(1, Running), (1, Off)]);
    assert_eq!(changes.added.len(), 1);
    assert_eq!(world.state(1), Some(Running));
    assert_eq!(world.store.counts(world.host).running, 1);
}

#[test]
fn a_lost_host_keeps_its_machines_and_a_disconnected_one_does_not() {
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    world.details(1, 1, "a");
    world.status(lost());
    assert!(world.store.is_stale(world.host));
    world.status(ConnectionStatus::Connecting);
    assert_eq!(world.state(1), Some(Running));
    let changes = world.status(ConnectionStatus::Connected);
    assert!(!world.store.is_stale(world.host));
    assert!(
        changes.changed[&world.key(1)].identity,
        "definitions may have changed unseen"
    );
    assert!(world.store.wants_details(world.key(1)));
    let changes = world.status(ConnectionStatus::Disconnected);
    assert!(changes.removed.contains(&world.key(1)));
    assert!(
        world.happen(1, 99, Lifecycle::Started, 0).is_empty(),
        "late news of a closed connection"
    );
    // The next connection counts from the start again.
    world.status(ConnectionStatus::Connected);
    world.list(1, &[(1, Off)]);
    assert_eq!(world.state(1), Some(Off));
    assert_eq!(world.store.totals().total, 1);
}

#[test]
fn machine_that_hung_before_the_line_broke_is_not_marked_for_ever() {
    let mut world = World::new();
    world.list(0, &[(1, DomainState::Running)]);
    let key = world.key(1);
    world.store.apply(HostEvent::Responding { key, responding: false });
    let lost = VirtError::own(Kind::Unreachable, "connect", "gone");
    world.status(ConnectionStatus::Lost {
        error: lost,
        retry_in_ms: 1,
    });
    assert!(!world.store.domain(key).unwrap().responding);
    let changes = world.status(ConnectionStatus::Connected);
    assert!(world.store.domain(key).unwrap().responding);
    assert!(changes.changed[&key].state);
}

#[test]
fn news_of_unknown_hosts_and_machines_are_ignored() {
    let mut world = World::new();
    let other = DomainKey::new(HostId::new(), Uuid::nil());
    let event = HostEvent::Responding {
        key: other,
        responding: false,
    };
    assert!(world.store.apply(event).is_empty());
    assert!(world.details(7, 1, "x").is_empty());
    assert!(world.sample(1, DomainSample::default()).is_empty());
    assert!(world.store.remove_host(HostId::new()).is_empty());
}

#[test]
fn a_second_change_of_a_definition_is_told_although_nobody_read_the_first() {
    let mut world = World::new();
    world.list(1, &[(1, Off)]);
    let key = world.key(1);
    world.details(1, 2, "old");
    for seq in [5, 6] {
        let changes = world.happen(1, seq, Lifecycle::Defined, 1);
        assert_eq!(changes.changed.get(&key), Some(&Aspects::IDENTITY), "{seq}");
    }
}

#[test]
fn details_are_wanted_until_they_are_newer_than_the_last_change() {
    let mut world = World::new();
    world.list(1, &[(1, Off)]);
    let key = world.key(1);
    assert!(world.store.wants_details(key));
    world.details(1, 2, "old");
    assert!(!world.store.wants_details(key));
    let changes = world.happen(1, 5, Lifecycle::Defined, 1);
    assert_eq!(changes.changed[&key], Aspects::IDENTITY);
    world.details(1, 4, "asked before the change");
    assert!(world.store.wants_details(key), "that answer may be the old definition");
    world.details(1, 5, "new");
    assert!(!world.store.wants_details(key));
    world.details(1, 3, "late");
    assert_eq!(
        world
            .store
            .domain(key)
            .unwrap()
            .details
            .as_ref()
            .unwrap()
            .title
            .as_deref(),
        Some("new")
    );
    let news = HostEvent::Domain {
        key,
        seq: 6,
        news: DomainNews::MetadataChanged { kind: 1, uri: None },
    };
    assert!(!world.store.apply(news).is_empty());
    assert!(world.store.wants_details(key));
}

#[test]
fn pending_marks_end_with_the_state_they_wait_for() {
    let table = [
        (Pending::Starting, Off, Lifecycle::Started),
        (Pending::Pausing, Running, Lifecycle::Suspended),
        (Pending::Resuming, Paused, Lifecycle::Resumed),
        (Pending::ShuttingDown, Running, Lifecycle::Stopped),
        (Pending::ForcingOff, Paused, Lifecycle::Stopped),
        (Pending::Rebooting, Running, Lifecycle::Stopped),
    ];
    for (pending, before, change) in table {
        let mut world = World::new();
        world.list(1, &[(1, before)]);
        assert_eq!(world.store.set_pending(world.key(1), Some(pending)).changed.len(), 1);
        assert!(world.store.set_pending(world.key(1), Some(pending)).is_empty());
        world.happen(1, 2, change, 0);
        assert_eq!(world.store.domain(world.key(1)).unwrap().pending, None, "{pending:?}");
    }
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    world.store.set_pending(world.key(1), Some(Pending::ShuttingDown));
    world.happen(1, 2, Lifecycle::Shutdown, 0);
    assert_eq!(
        world.store.domain(world.key(1)).unwrap().pending,
        Some(Pending::ShuttingDown)
    );
}

fn busy(cpu_s: f64, bytes: u64) -> DomainSample {
    DomainSample {
        uuid: Uuid::from_u128(1),
        cpu_time_ns: Some((cpu_s * 1e9) as u64),
        vcpus: Some(2),
        vcpu_time_ns: vec![(cpu_s * 1e9) as u64, 0],
        balloon_kib: Some(1000),
        unused_kib: Some(400),
        disks: vec![DiskSample {
            name: "vda".into(),
            read_bytes: Some(bytes),
            read_ops: Some(bytes / 100),
            ..DiskSample::default()
        }],
        nics: vec![NicSample {
            name: "vnet0".into(),
            rx_bytes: Some(bytes * 2),
            rx_packets: Some(bytes / 50),
            tx_packets: Some(bytes / 200),
            ..NicSample::default()
        }],
        ..DomainSample::default()
    }
}

#[test]
fn load_comes_from_counters_and_survives_resets_pauses_and_gaps() {
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    let key = world.key(1);
    world.store.keep_history(key, true);
    world.sample(10, busy(1.0, 0));
    let first = world.store.domain(key).unwrap().load;
    assert_eq!(
        (first.cpu, first.disk_read, first.memory_used_kib),
        (None, None, Some(600))
    );
    assert!(!first.memory_by_host);
    world.sample(12, busy(3.0, 4000));
    let load = world.store.domain(key).unwrap().load;
    assert_eq!(load.cpu, Some(0.5), "two seconds of two CPUs in two seconds are half");
    assert_eq!(
        (load.disk_read, load.net_rx, load.net_tx),
        (Some(2000.0), Some(4000.0), None)
    );
    assert_eq!((load.disk_ops, load.net_packets), (Some(20.0), Some(50.0)));
    world.sample(14, busy(0.1, 10));
    assert_eq!(
        world.store.domain(key).unwrap().load.cpu,
        None,
        "a counter that went back"
    );
    world.sample(16, busy(99.0, 10));
    assert_eq!(world.store.domain(key).unwrap().load.cpu, Some(1.0), "clamped");
    world.sample(23, busy(100.0, 10));
    assert_eq!(world.store.domain(key).unwrap().load.cpu, None, "a gap");
    world.happen(1, 5, Lifecycle::Suspended, 0);
    assert_eq!(world.store.domain(key).unwrap().load, Default::default());
    assert!(world.sample(24, busy(100.0, 10)).is_empty());
    world.happen(1, 6, Lifecycle::Resumed, 0);
    world.sample(25, busy(101.0, 10));
    assert_eq!(world.store.domain(key).unwrap().load.cpu, None, "first after a pause");

    let history = world.store.history(key).unwrap();
    assert_eq!(history.len(), 6);
    assert_eq!(history.times().nth(1), Some(12_000_000_000));
    assert_eq!(history.cpu().nth(1), Some(Some(0.5)));
    assert_eq!(
        history.vcpus().map(|mut cpu| cpu.nth(1)).collect::<Vec<_>>(),
        [Some(Some(1.0)), Some(Some(0.0))]
    );
    let (name, disk) = history.disks().next().unwrap();
    assert_eq!(
        (name, disk.input().nth(1), disk.input().next()),
        ("vda", Some(Some(2000.0)), Some(None))
    );
    world.happen(1, 7, Lifecycle::Stopped, 0);
    assert!(world.store.sparkline(key).is_none());
}

#[test]
fn memory_of_a_guest_without_driver_is_what_the_host_holds() {
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    let sample = DomainSample {
        uuid: Uuid::from_u128(1),
        balloon_kib: Some(1000),
        rss_kib: Some(1500),
        ..DomainSample::default()
    };
    world.sample(1, sample);
    let load = world.store.domain(world.key(1)).unwrap().load;
    assert_eq!((load.memory_used_kib, load.memory_by_host), (Some(1000), true));
}

#[test]
fn disks_that_come_and_go_keep_series_aligned() {
    let mut world = World::new();
    world.list(1, &[(1, Running)]);
    let key = world.key(1);
    world.store.keep_history(key, true);
    world.sample(2, busy(1.0, 0));
    let mut two = busy(2.0, 100);
    two.disks.insert(
        0,
        DiskSample {
            name: "vdb".into(),
            read_bytes: Some(5_000_000),
            ..DiskSample::default()
        },
    );
    world.sample(4, two);
    assert_eq!(
        world.store.domain(key).unwrap().load.disk_read,
        Some(50.0),
        "a new disk is no burst"
    );
    let mut none = busy(3.0, 200);
    none.disks.clear();
    world.sample(6, none);
    let history = world.store.history(key).unwrap();
    for (name, disk) in history.disks() {
        assert_eq!(disk.input().count(), 3, "{name}");
    }
    world.store.keep_history(key, false);
    assert!(world.store.history(key).is_none());
}

#[test]
fn merged_changes_tell_the_whole_way() {
    let mut world = World::new();
    let mut all = world.list(1, &[(1, Running), (2, Off)]);
    all.merge(world.happen(1, 2, Lifecycle::Suspended, 0));
    all.merge(world.happen(2, 3, Lifecycle::Undefined, 0));
    assert!(all.added.contains(&world.key(1)) && all.changed.is_empty());
    assert!(
        !all.added.contains(&world.key(2)) && all.removed.is_empty(),
        "came and went in between"
    );
    let mut all = world.happen(1, 4, Lifecycle::Undefined, 0);
    all.merge(world.happen(1, 5, Lifecycle::Stopped, 0));
    assert!(all.removed.contains(&world.key(1)) && all.changed.is_empty());
    all.merge(world.happen(1, 6, Lifecycle::Defined, 0));
    assert_eq!(
        all.changed[&world.key(1)],
        Aspects::ALL,
        "is there again, all of it may differ"
    );
    assert!(all.removed.is_empty() && all.added.is_empty());
}

#[test]
fn counts_hold_through_a_storm_of_random_news() {
    let mut world = World::new();
    let mut seed = 1_u64;
    let mut random = move |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut known = std::collections::HashSet::new();
    for seq in 1..20_000_u64 {
        let number = u128::from(random(50));
        let old = seq.saturating_sub(random(20));
        let changes = match random(12) {
            0 => world.list(old, &[(1, Running), (number, Off), (number + 1, Paused)]),
            1 => {
                let summary = world.summary(number, Running);
                world.store.apply(HostEvent::Summary { seq: old, summary })
            }
            pick => world.happen(number, seq, Lifecycle::from_raw(pick as i32 - 2), random(4) as i32),
        };
        for key in &changes.removed {
            assert!(known.remove(key), "removed what was not there");
        }
        for key in &changes.added {
            assert!(known.insert(*key), "added twice");
        }
        assert!(changes.changed.keys().all(|key| known.contains(key)));
    }
    let running = world.store.domains().filter(|domain| domain.state.is_running()).count();
    assert_eq!(world.store.totals().running, running);
    assert_eq!(world.store.totals().total, world.store.domains().count());
    assert_eq!(known.len(), world.store.domains().count());
}

#[test]
fn ten_thousand_machines_and_events_take_no_time() {
    let mut world = World::new();
    let machines: Vec<_> = (1..=10_000).map(|number| (number, Running)).collect();
    let start = Instant::now();
    world.list(1, &machines);
    let listed = start.elapsed();
    let events: Vec<_> = (0..10_000_u64)
        .map(|seq| {
            world.event(
                u128::from(seq % 100) + 1,
                seq + 2,
                Lifecycle::from_raw(3 + (seq % 2) as i32),
                0,
            )
        })
        .collect();
    let start = Instant::now();
    let changes = world.store.apply_all(events);
    let applied = start.elapsed();
    println!("listed 10,000 in {listed:?}, applied 10,000 events in {applied:?}");
    assert_eq!(changes.changed.len(), 100);
    // Generous: unoptimised, on a busy machine. It would take minutes if anything grew with the square.
    assert!(listed.as_millis() < 2000 && applied.as_millis() < 2000);
}

#[test]
fn a_start_is_known_only_when_it_was_seen() {
    let mut world = World::new();
    world.list(1, &[(1, DomainState::Running), (2, DomainState::Off)]);
    let started = |world: &World, number| world.store.domain(world.key(number)).expect("known").started;
    assert_eq!(started(&world, 1), None, "it ran before we looked");
    world.store.set_clock(1000);
    world.happen(2, 2, Lifecycle::Started, 0);
    assert_eq!(started(&world, 2), Some(1000));
    world.store.set_clock(2000);
    world.happen(2, 3, Lifecycle::Suspended, 0);
    world.happen(2, 4, Lifecycle::Resumed, 0);
    assert_eq!(started(&world, 2), Some(1000), "a pause is no start");
    world.happen(2, 5, Lifecycle::Stopped, 0);
    assert_eq!(started(&world, 2), None);
    // One that comes by migration has been running elsewhere.
    world.happen(2, 6, Lifecycle::Started, 1);
    assert_eq!(started(&world, 2), None);
}

#[test]
fn a_start_is_forgotten_with_the_connection_that_saw_it() {
    let mut world = World::new();
    world.list(1, &[(1, DomainState::Off)]);
    world.store.set_clock(1000);
    world.happen(1, 2, Lifecycle::Started, 0);
    world.status(ConnectionStatus::Connecting);
    world.status(ConnectionStatus::Connected);
    world.list(3, &[(1, DomainState::Running)]);
    let domain = world.store.domain(world.key(1)).expect("known");
    assert_eq!(domain.started, None, "it may have ended and started again meanwhile");
}
