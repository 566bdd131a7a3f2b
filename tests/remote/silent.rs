//! Hosts that take the line and say nothing.

use std::cell::RefCell;
use std::fs;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::{Duration, Instant};

use glib::MainContext;
use vireo::model::error::Kind;
use vireo::model::host::HostConfig;
use vireo::virt::client::{Limits, probe, probe_within};

use crate::support::{Daemon, block_on, iterate_until, on_main};

const LIMIT: Duration = Duration::from_secs(20);

/// Threads of this process that test a connection.
fn probes() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    tasks
        .filter_map(|task| fs::read_to_string(task.path().join("comm")).ok())
        .filter(|name| name.trim() == "vireo-probe")
        .count()
}

fn silent() -> (TcpListener, HostConfig) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (
        listener,
        HostConfig::new("silent", format!("test+tcp://127.0.0.1:{port}/default")),
    )
}

#[track_caller]
fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&MainContext::default(), what, LIMIT, done);
}

#[test]
fn test_that_is_pressed_again_and_again_hangs_one_thread_only() {
    on_main(|| {
        let (listener, config) = silent();
        let results = Rc::new(RefCell::new(0));
        for _ in 0..10 {
            let (ask, _questions) = async_channel::unbounded();
            let (config, into) = (config.clone(), results.clone());
            let test = MainContext::default().spawn_local(async move {
                let _ = probe(config, ask).await;
                *into.borrow_mut() += 1;
            });
            let start = Instant::now();
            until("the test to begin", || {
                probes() > 0 && start.elapsed() > Duration::from_millis(50)
            });
            assert_eq!(probes(), 1);
            // What the Cancel button does.
            test.abort();
        }
        assert_eq!((probes(), *results.borrow()), (1, 0));

        // Another address is not held up by it.
        let daemon = Daemon::start();
        let (ask, _questions) = async_channel::unbounded();
        let other = HostConfig::new("other", daemon.uri_test_tcp(daemon.address().port()));
        let info = block_on("another test", LIMIT, probe(other, ask));
        assert!(info.is_ok(), "{info:?}");

        // When the host hangs up, the next test begins at once, and says so.
        let (ask, _questions) = async_channel::unbounded();
        drop(listener);
        let refused = block_on("a refusal", LIMIT, probe(config, ask));
        assert_eq!(refused.map_err(|error| error.kind), Err(Kind::Unreachable));
        until("the threads to end", || probes() == 0);
    });
}

#[test]
fn test_of_a_silent_host_ends_by_itself_and_says_so_again() {
    on_main(|| {
        let (listener, config) = silent();
        let limits = Limits {
            open: Duration::from_millis(500),
            ..Limits::default()
        };
        for _ in 0..2 {
            let (ask, _questions) = async_channel::unbounded();
            let start = Instant::now();
            let result = block_on("the end", LIMIT, probe_within(config.clone(), ask, limits));
            assert_eq!(result.map_err(|error| error.kind), Err(Kind::Timeout));
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
            assert_eq!(probes(), 1);
        }
        drop(listener);
        until("the threads to end", || probes() == 0);
    });
}

#[test]
fn many_silent_addresses_do_not_pile_up_threads() {
    on_main(|| {
        let hosts: Vec<_> = (0..8).map(|_| silent()).collect();
        let limits = Limits {
            open: Duration::from_millis(200),
            ..Limits::default()
        };
        for (_, config) in &hosts {
            let (ask, _questions) = async_channel::unbounded();
            let result = block_on("the end", LIMIT, probe_within(config.clone(), ask, limits));
            assert_eq!(result.map_err(|error| error.kind), Err(Kind::Timeout));
        }
        assert_eq!(probes(), 4);
        drop(hosts);
        until("the threads to end", || probes() == 0);
    });
}
