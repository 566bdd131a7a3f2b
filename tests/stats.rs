//! Load figures from real QEMU processes and from the test driver.

mod support;

use std::collections::HashSet;
use std::time::Duration;

use glib::MainContext;
use support::{Daemon, Host, Proxy, on_main};
use uuid::Uuid;
use vireo::model::event::HostEvent;
use vireo::model::host::HostConfig;
use vireo::model::sample::{DomainSample, Interest, StatGroups};
use vireo::virt::client::Limits;

fn all_in_list() -> Interest {
    Interest {
        list: StatGroups::ALL,
        ..Interest::default()
    }
}

/// Iterates the main context for a while; for what must *not* happen.
fn let_pass(time: Duration) {
    let start = std::time::Instant::now();
    support::iterate_until(&MainContext::default(), "time to pass", time * 2, || {
        start.elapsed() >= time
    });
}

fn polls(host: &Host, seen: usize) -> usize {
    host.news
        .borrow()
        .iter()
        .skip(seen)
        .filter(|event| matches!(event, HostEvent::Samples { .. }))
        .count()
}

#[test]
fn samples_of_real_machines_arrive_in_one_batch_and_end_with_the_interest() {
    on_main(|| {
        let daemon = Daemon::start();
        let guests: Vec<_> = (0..3)
            .map(|n| daemon.guest(&format!("vm{n}")).empty().disk_mib(4).vcpus(2).start())
            .collect();
        let host = Host::connect(&daemon.uri_qemu());
        host.client.set_poll_interval(Duration::from_millis(300));
        let_pass(Duration::from_millis(900));
        assert_eq!(polls(&host, 0), 0, "polled though nobody looked");

        host.client.set_interest(all_in_list());
        let uuids: HashSet<Uuid> = guests.iter().map(|guest| guest.uuid).collect();
        host.wait("a batch of all", 20, 0, |event| match event {
            HostEvent::Samples { samples, .. } => {
                let sampled: HashSet<Uuid> = samples.iter().map(|sample| sample.uuid).collect();
                (sampled == uuids).then_some(())
            }
            _ => None,
        });
        let first = host.sample(guests[0].uuid, 5, 0, |_| true);
        assert!(first.cpu_time_ns.is_some_and(|time| time > 0));
        assert_eq!(first.vcpus, Some(2));
        assert_eq!(first.vcpu_time_ns.len(), 2);
        assert!(first.balloon_kib.is_some_and(|size| size > 0));
        assert_eq!(first.disks[0].name, "vda");
        assert!(first.disks[0].read_ops.is_some());
        let grown = first.cpu_time_ns;
        host.sample(guests[0].uuid, 20, 0, |sample| sample.cpu_time_ns > grown);

        host.client.set_interest(Interest::default());
        let_pass(Duration::from_millis(600));
        let seen = host.seen();
        let_pass(Duration::from_millis(1200));
        assert_eq!(polls(&host, seen), 0, "still polled though nobody looks any more");
        host.close();
    });
}

#[test]
fn only_groups_that_something_shows_are_asked_and_a_focused_machine_gets_all() {
    on_main(|| {
        let daemon = Daemon::start();
        let plain = daemon.guest("plain").empty().disk_mib(4).start();
        let focused = daemon.guest("focused").empty().disk_mib(4).start();
        let host = Host::connect(&daemon.uri_qemu());
        host.client.set_poll_interval(Duration::from_millis(300));
        host.client.set_interest(Interest {
            list: StatGroups {
                memory: true,
                ..StatGroups::default()
            },
            focused: vec![focused.uuid],
            ..Interest::default()
        });
        let sample = host.sample(plain.uuid, 20, 0, |_| true);
        assert!(sample.balloon_kib.is_some() && sample.cpu_time_ns.is_none() && sample.disks.is_empty());
        let sample = host.sample(focused.uuid, 20, 0, |_| true);
        assert!(sample.balloon_kib.is_some() && sample.cpu_time_ns.is_some() && sample.disks.len() == 1);
        host.close();
    });
}

#[test]
fn stopped_process_is_marked_while_the_others_keep_their_graphs() {
    on_main(|| {
        let daemon = Daemon::start();
        let guests: Vec<_> = (0..4)
            .map(|n| daemon.guest(&format!("vm{n}")).empty().start())
            .collect();
        let host = Host::connect(&daemon.uri_qemu());
        host.client.set_poll_interval(Duration::from_millis(500));
        host.client.set_interest(all_in_list());
        for guest in &guests {
            host.sample(guest.uuid, 20, 0, |_| true);
        }

        guests[1].signal("STOP");
        let seen = host.seen();
        host.responding(guests[1].uuid, false, 15, seen);
        // A second one, while the first still holds a call.
        guests[2].signal("STOP");
        let seen = host.seen();
        host.responding(guests[2].uuid, false, 15, seen);
        for _ in 0..3 {
            let seen = host.seen();
            for guest in [&guests[0], &guests[3]] {
                host.sample(guest.uuid, 10, seen, |sample| sample.cpu_time_ns.is_some());
            }
        }
        let alive = [guests[0].uuid, guests[3].uuid];
        assert!(
            !host.news.borrow().iter().any(|event| matches!(
                event,
                HostEvent::Responding { key, responding: false } if alive.contains(&key.uuid)
            )),
            "a healthy machine was blamed"
        );

        let seen = host.seen();
        guests[1].signal("CONT");
        host.responding(guests[1].uuid, true, 15, seen);
        host.sample(guests[1].uuid, 15, seen, |sample| sample.cpu_time_ns.is_some());
        // A process that is killed instead leaves quarantine, too.
        let seen = host.seen();
        guests[2].signal("KILL");
        host.responding(guests[2].uuid, true, 15, seen);
        host.sample(guests[0].uuid, 10, seen, |sample| sample.cpu_time_ns.is_some());
        host.close();
    });
}

#[test]
fn any_number_of_stopped_processes_leaves_the_others_their_graphs() {
    const STOPPED: usize = 5;
    on_main(|| {
        let daemon = Daemon::start();
        let guests: Vec<_> = (0..STOPPED + 2)
            .map(|n| daemon.guest(&format!("vm{n}")).empty().disk_mib(1).start())
            .collect();
        let host = Host::connect(&daemon.uri_qemu());
        host.client.set_poll_interval(Duration::from_millis(500));
        host.client.set_interest(all_in_list());
        for guest in &guests {
            host.sample(guest.uuid, 20, 0, |_| true);
        }
        let (stopped, fine) = guests.split_at(STOPPED);
        let seen = host.seen();
        stopped.iter().for_each(|guest| guest.signal("STOP"));
        for guest in stopped {
            host.responding(guest.uuid, false, 40, seen);
        }
        for _ in 0..3 {
            let seen = host.seen();
            for guest in fine {
                // Operations of disks: the process itself was asked.
                host.sample(guest.uuid, 10, seen, |sample| sample.disks[0].read_ops.is_some());
            }
        }
        // The session's own connection has seats left for the user.
        let uuid = fine[0].uuid;
        let began = std::time::Instant::now();
        assert_eq!(host.ask(async move |client| client.suspend(uuid).await), Ok(()));
        assert!(began.elapsed() < Duration::from_secs(2));
        let seen = host.seen();
        stopped.iter().for_each(|guest| guest.signal("CONT"));
        for guest in stopped {
            host.responding(guest.uuid, true, 20, seen);
            host.sample(guest.uuid, 20, seen, |sample| !sample.disks.is_empty());
        }
        host.close();
    });
}

#[test]
fn machines_on_screen_keep_what_asks_no_process_when_no_more_polls_may_hang() {
    on_main(|| {
        let daemon = Daemon::start();
        let (stopped, fine) = (
            daemon.guest("stopped").empty().disk_mib(1).start(),
            daemon.guest("fine").empty().disk_mib(1).start(),
        );
        let limits = Limits {
            lost_polls: 1,
            ..Limits::default()
        };
        let host = Host::within(HostConfig::new("test", daemon.uri_qemu()), limits);
        host.listed(0);
        host.client.set_poll_interval(Duration::from_millis(300));
        host.client.set_interest(Interest {
            visible: vec![fine.uuid, stopped.uuid],
            ..all_in_list()
        });
        let full = |sample: &DomainSample| !sample.disks.is_empty();
        let plain = |sample: &DomainSample| {
            sample.disks.is_empty() && sample.cpu_time_ns.is_some() && sample.balloon_kib.is_some()
        };
        host.sample(fine.uuid, 20, 0, full);
        let seen = host.seen();
        stopped.signal("STOP");
        host.responding(stopped.uuid, false, 20, seen);
        let first = host.sample(fine.uuid, 10, host.seen(), plain);
        host.sample(stopped.uuid, 10, seen, plain);
        host.sample(fine.uuid, 10, seen, |sample| {
            plain(sample) && sample.cpu_time_ns > first.cpu_time_ns
        });
        stopped.signal("CONT");
        let seen = host.seen();
        host.sample(fine.uuid, 20, seen, full);
        host.sample(stopped.uuid, 20, seen, full);
        host.close();
    });
}

#[test]
fn stopped_process_is_left_alone_while_nobody_looks() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let proxy = Proxy::counting(daemon.address());
        let host = Host::connect(&daemon.uri_qemu_tcp(proxy.port()));
        host.client.set_poll_interval(Duration::from_millis(300));
        host.client.set_interest(all_in_list());
        host.sample(guest.uuid, 20, 0, |_| true);
        let seen = host.seen();
        guest.signal("STOP");
        host.responding(guest.uuid, false, 20, seen);
        host.client.set_interest(Interest::default());
        // What was under way ends.
        let_pass(Duration::from_secs(1));
        let before = proxy.calls();
        let_pass(Duration::from_secs(5));
        assert_eq!(proxy.calls().len(), before.len(), "asked though nobody looked");
        guest.signal("CONT");
        let seen = host.seen();
        host.client.set_interest(all_in_list());
        host.responding(guest.uuid, true, 2, seen);
        host.close();
    });
}

#[test]
fn host_can_be_left_while_a_poll_hangs() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let host = Host::connect(&daemon.uri_qemu());
        host.client.set_poll_interval(Duration::from_millis(300));
        host.client.set_interest(all_in_list());
        host.sample(guest.uuid, 20, 0, |_| true);
        guest.signal("STOP");
        let_pass(Duration::from_millis(800));
        host.close();
        guest.signal("CONT");
    });
}

#[test]
fn driver_that_tells_only_states_in_bulk_is_asked_for_visible_machines() {
    on_main(|| {
        let host = Host::connect("test:///default");
        host.client.set_poll_interval(Duration::from_millis(300));
        let uuid = host.wait("the machine", 5, 0, |event| match event {
            HostEvent::Listed { domains, .. } => domains.first().map(|domain| domain.key.uuid),
            _ => None,
        });
        host.client.set_interest(all_in_list());
        let_pass(Duration::from_millis(700));
        assert!(
            !host
                .news
                .borrow()
                .iter()
                .any(|event| matches!(event, HostEvent::Samples { samples, .. } if !samples.is_empty())),
            "machines that nobody sees were asked one by one"
        );
        host.client.set_interest(Interest {
            visible: vec![uuid, Uuid::new_v4()],
            ..all_in_list()
        });
        let first = host.sample(uuid, 10, 0, |sample| sample.cpu_time_ns.is_some());
        assert!(first.balloon_kib.is_some() && first.vcpus.is_some_and(|vcpus| vcpus > 0));
        host.sample(uuid, 10, 0, |sample| sample.cpu_time_ns > first.cpu_time_ns);
        host.close();
    });
}

#[test]
fn driver_without_bulk_is_asked_about_memory_seldom_and_about_the_hidden_never() {
    /// `REMOTE_PROC_DOMAIN_MEMORY_STATS`
    const MEMORY_STATS: u32 = 159;
    on_main(|| {
        let daemon = Daemon::start();
        let proxy = Proxy::counting(daemon.address());
        let host = Host::connect(&daemon.uri_test_tcp(proxy.port()));
        let uuid = host.only_machine();
        host.client.set_poll_interval(Duration::from_millis(250));
        host.client.set_interest(Interest {
            visible: vec![uuid],
            ..all_in_list()
        });
        let known = |sample: &DomainSample| sample.unused_kib.is_some() && sample.rss_kib.is_some();
        host.sample(uuid, 10, 0, known);
        let mut seen = host.seen();
        for _ in 0..11 {
            assert!(
                known(&host.sample(uuid, 10, seen, |_| true)),
                "memory is not known between two questions"
            );
            seen = host.seen();
        }
        let asked = proxy.calls().iter().filter(|call| **call == MEMORY_STATS).count();
        assert!((2..=4).contains(&asked), "{asked} questions in 12 polls");
        host.client.set_interest(Interest::default());
        let_pass(Duration::from_millis(600));
        let before = proxy.calls().len();
        let_pass(Duration::from_millis(1500));
        assert_eq!(proxy.calls().len(), before);
        host.close();
    });
}

#[test]
fn balloon_of_a_guest_is_told_to_report() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        host.client.set_poll_interval(Duration::from_millis(500));
        host.client.set_interest(all_in_list());
        host.sample(guest.uuid, 30, 0, |sample| {
            sample.unused_kib.is_some_and(|unused| unused > 0)
        });
        host.close();
    });
}
