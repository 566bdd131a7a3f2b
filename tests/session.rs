//! Sessions against a private daemon and through a proxy: what happens when host or network fail.

mod support;

use std::cell::RefCell;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use glib::MainContext;
use support::{Daemon, Footprint, Host, Proxy, answer, on_main, until};
use vireo::model::action::StartOptions;
use vireo::model::domain::{DomainState, DomainSummary};
use vireo::model::error::Kind;
use vireo::model::event::{HostEvent, Lifecycle};
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::sample::{Interest, StatGroups};
use vireo::model::store::Store;
use vireo::virt::bridge::channel_of;
use vireo::virt::client::{EventLoop, HostClient, Limits, XmlFlags};

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn killed_daemon_is_noticed_and_found_again() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_test());
        assert_eq!(host.listed(0), 1);
        let seen = host.seen();
        daemon.kill9();
        host.lost(2, seen);
        daemon.restart();
        assert_eq!(host.listed(seen), 1);
        assert!(host.client.status().is_connected());
        host.close();
    });
}

#[test]
fn daemon_killed_in_the_middle_of_calls_fails_them_and_is_found_again() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_test());
        let uuid = host.only_machine();
        let seen = host.seen();
        // It has the calls and cannot answer any more.
        daemon.stop();
        let action = host.call(async move |client| client.suspend(uuid).await);
        let question = host.call(async move |client| client.dump_xml(uuid, XmlFlags::default()).await.map(drop));
        let list = host.call(async |client| client.list().await.map(drop));
        host.client.resync();
        assert!(action.borrow().is_none() && question.borrow().is_none());
        daemon.kill9();
        for call in [action, question, list] {
            let error = answer("the end of a call", 5, &call).unwrap_err();
            assert_eq!(error.kind, Kind::Unreachable, "{}: {}", error.op, error.message);
        }
        host.lost(5, seen);
        daemon.restart();
        assert_eq!(host.listed(seen), 1);
        assert_eq!(host.ask(async move |client| client.suspend(uuid).await), Ok(()));
        host.close();
    });
}

#[test]
fn crash_loop_piles_up_no_threads() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_test());
        host.listed(0);
        let before = threads();
        for _ in 0..5 {
            let seen = host.seen();
            daemon.kill9();
            host.lost(5, seen);
            daemon.restart();
            host.client.reconnect();
            host.listed(seen);
        }
        support::iterate_until(
            &MainContext::default(),
            "threads as before",
            Duration::from_secs(10),
            || threads() <= before + 1,
        );
        host.close();
    });
}

#[test]
fn frozen_daemon_counts_as_lost_and_disturbs_nobody() {
    on_main(|| {
        let (daemon, other) = (Daemon::start(), Daemon::start());
        let host = Host::with(HostConfig {
            keepalive_interval: 1,
            keepalive_count: 1,
            ..HostConfig::new("frozen", daemon.uri_test())
        });
        host.listed(0);
        let seen = host.seen();
        daemon.stop();
        let began = Instant::now();
        let free = Host::new(&other.uri_test());
        free.listed(0);
        assert!(began.elapsed() < Duration::from_secs(2), "the other host had to wait");
        host.lost(10, seen);
        daemon.cont();
        host.listed(seen);
        host.close();
        free.close();
    });
}

#[test]
fn frozen_daemon_can_be_left_at_once() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_test());
        host.listed(0);
        daemon.stop();
        let began = Instant::now();
        host.close();
        assert!(began.elapsed() < Duration::from_secs(1));
        daemon.cont();
    });
}

#[test]
fn check_finds_a_dead_line_before_keepalive_does() {
    on_main(|| {
        let daemon = Daemon::start();
        let proxy = Proxy::start(daemon.address());
        let host = Host::new(&daemon.uri_test_tcp(proxy.port()));
        host.listed(0);
        let seen = host.seen();
        proxy.freeze();
        host.client.check_alive();
        host.lost(5, seen);
        proxy.thaw();
        host.listed(seen);
        host.close();
    });
}

#[test]
fn port_that_never_answers_can_be_cancelled_and_holds_up_nobody() {
    on_main(|| {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = Host::new(&format!(
            "test+tcp://127.0.0.1:{}/default",
            silent.local_addr().unwrap().port()
        ));
        let other = Host::new("test:///default");
        other.listed(0);
        assert_eq!(host.client.status(), ConnectionStatus::Connecting);
        let began = Instant::now();
        host.close();
        assert!(began.elapsed() < Duration::from_secs(1));
        other.close();
    });
}

#[test]
fn refused_port_and_unknown_name_are_tried_again() {
    on_main(|| {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for uri in [
            format!("test+tcp://127.0.0.1:{port}/default"),
            "test+tcp://no-such-host.invalid/default".into(),
        ] {
            let host = Host::new(&uri);
            let (kind, retry) = host.failed(20, 0);
            assert_eq!(kind, Kind::Unreachable, "{uri}");
            assert!(retry.is_some_and(|ms| (800..1300).contains(&ms)), "{uri} {retry:?}");
            host.close();
        }
    });
}

#[test]
fn cut_in_the_middle_of_an_answer_is_a_loss_and_heals() {
    on_main(|| {
        let daemon = Daemon::start();
        let proxy = Proxy::start(daemon.address());
        let host = Host::new(&daemon.uri_test_tcp(proxy.port()));
        host.listed(0);
        let seen = host.seen();
        proxy.cut_after(10);
        host.client.resync();
        host.lost(5, seen);
        host.listed(seen);
        host.close();
    });
}

#[test]
fn list_over_a_slow_line_takes_few_trips() {
    const TRIP: Duration = Duration::from_millis(200);
    on_main(|| {
        let daemon = Daemon::start();
        let proxy = Proxy::start(daemon.address());
        proxy.delay(TRIP / 2);
        let began = Instant::now();
        let host = Host::new(&daemon.uri_test_tcp(proxy.port()));
        host.listed(0);
        // By the clock: what the line carries when the list is told belongs to what comes after it.
        let trips = began.elapsed().as_secs_f64() / TRIP.as_secs_f64();
        eprintln!("list after {trips:.1} trips");
        assert!(trips < 7.9, "{trips}");
        host.close();
    });
}

#[test]
fn wedged_machine_is_forced_off_while_the_others_obey() {
    on_main(|| {
        let daemon = Daemon::start();
        let (stuck, fine) = (
            daemon.guest("stuck").empty().start(),
            daemon.guest("fine").empty().start(),
        );
        let host = Host::new(&daemon.uri_qemu());
        host.listed(0);
        let uuid = |name: &str| {
            host.wait("the list", 20, 0, |event| match event {
                HostEvent::Listed { domains, .. } => domains
                    .iter()
                    .find(|domain| domain.name == name)
                    .map(|domain| domain.key.uuid),
                _ => None,
            })
        };
        let (one, other) = (uuid("stuck"), uuid("fine"));
        support::signal(stuck.qemu_pid(), "STOP");
        let pause = host.call(async move |client| client.suspend(one).await);
        // What is asked now ends up behind the pause, which holds the machine's job on the host. libvirt 9.0 reads a
        // definition all the same, but no load figures.
        host.client.request_details(vec![one]);
        host.client.set_interest(Interest {
            focused: vec![one, other],
            ..Interest::default()
        });
        host.wait("the mark", 20, 0, |event| match event {
            HostEvent::Responding { key, responding: false } if key.uuid == one => Some(()),
            _ => None,
        });
        assert!(pause.borrow().is_none());
        let began = Instant::now();
        let suspended = host.call(async move |client| client.suspend(other).await);
        let context = MainContext::default();
        assert_eq!(answer("the other machine", 10, &suspended), Ok(()));
        assert!(began.elapsed() < Duration::from_secs(2));
        assert!(fine.virsh("domstate", &[]).contains("paused"));
        let off = host.call(async move |client| client.force_off(one).await);
        assert_eq!(answer("force off", 40, &off), Ok(()));
        support::iterate_until(&context, "the pause to fail", Duration::from_secs(20), || {
            pause.borrow().is_some()
        });
        host.wait("the mark to go", 20, 0, |event| match event {
            HostEvent::Responding { key, responding: true } if key.uuid == one => Some(()),
            _ => None,
        });
        host.close();
    });
}

#[test]
fn definitions_are_read_again_as_soon_as_any_of_those_that_hung_comes_back() {
    on_main(|| {
        let daemon = Daemon::start();
        let guests: Vec<_> = (0..3)
            .map(|n| daemon.guest(&format!("vm{n}")).empty().start())
            .collect();
        let [one, two, fine] = [0, 1, 2].map(|n: usize| guests[n].uuid);
        let host = Host::connect(&daemon.uri_qemu());
        let details = |uuid, seen| {
            host.wait("a definition", 20, seen, |event| match event {
                HostEvent::Details {
                    key, details: Ok(_), ..
                } if key.uuid == uuid => Some(()),
                _ => None,
            });
        };
        for guest in &guests {
            details(guest.uuid, 0);
        }
        guests[..2].iter().for_each(|guest| guest.signal("STOP"));
        // Each call holds the job that reading a definition of a running machine waits for.
        let mut pauses: Vec<_> = guests[..2]
            .iter()
            .map(|guest| {
                let mut command = daemon.virsh_command(&daemon.uri_qemu());
                command
                    .args(["suspend", &guest.name])
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for guest in &guests[..2] {
            support::wait_for("the job to be held", Duration::from_secs(20), || {
                guest.virsh("domcontrol", &[]).contains("occupied").then_some(())
            });
        }
        let seen = host.seen();
        host.client.request_details(vec![one, two, fine]);
        for uuid in [one, two] {
            host.responding(uuid, false, 20, seen);
        }
        // The first one, while the second still hangs.
        guests[0].signal("CONT");
        details(fine, seen);
        assert!(pauses[1].try_wait().unwrap().is_none());
        guests[1].signal("CONT");
        host.responding(two, true, 20, seen);
        for pause in &mut pauses {
            pause.wait().unwrap();
        }
        host.close();
    });
}

/// In a process of its own, not root's: nobody refuses threads to root.
#[test]
fn console_that_gets_no_thread_is_given_back() {
    const GUEST: &str = "VIREO_TEST_CONSOLE";
    const NAME: &str = "console_that_gets_no_thread_is_given_back";
    on_main(|| {
        if let Ok(uri) = std::env::var(GUEST) {
            return refuse_threads(&uri);
        }
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let program = daemon.directory().join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let mut command = if support::is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        let output = command
            .args(["--exact", NAME, "--nocapture"])
            .env(GUEST, daemon.uri_qemu())
            .env("HOME", daemon.directory().join("home"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("opened after all"), "{text}");
        guest.destroy();
    });
}

fn refuse_threads(uri: &str) {
    let host = Host::connect(uri);
    let uuid = host.only_machine();
    let limit = |threads: Option<u64>| {
        let mut limit = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: a place for the answer, then values that came from it.
        unsafe {
            assert_eq!(libc::getrlimit(libc::RLIMIT_NPROC, &raw mut limit), 0);
            limit.rlim_cur = threads.unwrap_or(limit.rlim_max);
            assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit), 0);
        }
    };
    let open = || host.ask(async move |client| client.open_console(uuid, None, false).await);
    // The host's thread for questions stays for a while, and the console's is one more.
    host.wait("the definition", 20, 0, |event| {
        matches!(event, HostEvent::Details { .. }).then_some(())
    });
    assert!(
        host.ask(async move |client| client.dump_xml(uuid, XmlFlags::default()).await)
            .is_ok()
    );
    limit(Some(1));
    assert_eq!(open().map(drop).map_err(|error| error.kind), Err(Kind::Other));
    limit(None);
    assert_eq!(open().map(drop), Ok(()));
    eprintln!("opened after all");
    host.end();
}

#[test]
fn call_on_a_frozen_host_ends_when_the_host_is_left() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_test());
        host.listed(0);
        daemon.stop();
        let hanging = host.call(async |client| client.list().await.map(drop));
        host.client.disconnect();
        support::iterate_until(&MainContext::default(), "an answer", Duration::from_secs(5), || {
            hanging.borrow().is_some()
        });
        assert_eq!(hanging.take().unwrap().unwrap_err().kind, Kind::Unreachable);
        daemon.cont();
        host.close();
    });
}

#[test]
fn saved_machine_says_so_and_comes_back() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let host = Host::new(&daemon.uri_qemu());
        let uuid = host.only_machine();
        let (progress, _steps) = async_channel::bounded(4);
        let saved = host.call(async move |client| client.save(uuid, progress).await);
        assert_eq!(answer("the save", 60, &saved), Ok(()));
        let flag = |wanted: bool| {
            host.wait("the flag", 20, 0, |event| match event {
                HostEvent::Summary { summary, .. } if summary.managed_save == wanted => Some(()),
                _ => None,
            });
        };
        flag(true);
        let started = host.call(async move |client| client.start(uuid, StartOptions::default()).await);
        assert_eq!(answer("the start", 60, &started), Ok(()));
        flag(false);
        guest.destroy();
        host.close();
    });
}

fn summary(host: &Host, what: &str, seen: usize, fits: impl Fn(&DomainSummary) -> bool) {
    host.wait(what, 30, seen, |event| match event {
        HostEvent::Summary { summary, .. } => fits(summary).then_some(()),
        HostEvent::Listed { domains, .. } => domains.iter().any(&fits).then_some(()),
        _ => None,
    });
}

#[test]
fn save_and_restore_by_somebody_else_show_at_once() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let host = Host::new(&daemon.uri_qemu());
        host.only_machine();
        let seen = host.seen();
        guest.virsh("managedsave", &[]);
        summary(&host, "the saved image", seen, |domain| domain.managed_save);
        let seen = host.seen();
        guest.start();
        summary(&host, "the image to be used up", seen, |domain| {
            !domain.managed_save && domain.state.is_running()
        });
        guest.destroy();
        host.close();
    });
}

#[test]
fn what_no_event_tells_shows_with_the_next_list() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let limits = Limits {
            relist: Duration::from_millis(500),
            ..Limits::default()
        };
        let host = Host::within(HostConfig::new("test", daemon.uri_qemu()), limits);
        let uuid = host.only_machine();
        guest.virsh("managedsave", &[]);
        summary(&host, "the saved image", 0, |domain| domain.managed_save);
        host.client.set_interest(Interest {
            list: StatGroups::default(),
            visible: vec![uuid],
            focused: Vec::new(),
        });
        let seen = host.seen();
        guest.virsh("managedsave-remove", &[]);
        guest.virsh("autostart", &[]);
        summary(&host, "both flags", seen, |domain| {
            !domain.managed_save && domain.autostart
        });
        // Nobody looks: nothing is asked any more.
        host.client.set_interest(Interest::default());
        let lists = |host: &Host| {
            let news = host.news.borrow();
            news.iter()
                .filter(|event| matches!(event, HostEvent::Listed { .. }))
                .count()
        };
        // A call that ends after whatever list was on its way.
        let fence = |host: &Host| {
            let listed = host.call(async |client| client.list().await.map(drop));
            support::iterate_until(&MainContext::default(), "a call", Duration::from_secs(20), || {
                listed.borrow().is_some()
            });
        };
        fence(&host);
        let until = Instant::now() + Duration::from_secs(2);
        let before = lists(&host);
        support::iterate_until(&MainContext::default(), "two seconds", Duration::from_secs(5), || {
            Instant::now() > until
        });
        assert!(lists(&host) <= before + 1, "{before} {}", lists(&host));
        host.close();
    });
}

#[test]
fn flood_of_starts_and_stops_makes_no_calls() {
    on_main(|| {
        let daemon = Daemon::start();
        let mut world = daemon.hold_world();
        let proxy = Proxy::start(daemon.address());
        let host = Host::new(&daemon.uri_test_tcp(proxy.port()));
        let uuid = host.only_machine();
        host.wait("the facts", 20, 0, |event| match event {
            HostEvent::HostInfo { .. } => Some(()),
            _ => None,
        });
        // Whatever belongs to connecting is over when the line is silent for a while.
        let quiet = |host: &Host| {
            let (mut trips, mut since) = (proxy.trips(), Instant::now());
            support::iterate_until(&MainContext::default(), "silence", Duration::from_secs(20), || {
                let _ = host;
                if proxy.trips() != trips {
                    (trips, since) = (proxy.trips(), Instant::now());
                }
                since.elapsed() > Duration::from_millis(700)
            });
            trips
        };
        let before = quiet(&host);
        for _ in 0..10 {
            world.run(&"destroy test; start test; ".repeat(250));
        }
        world.run("destroy test");
        host.wait("the last event", 20, 0, |event| match event {
            HostEvent::Lifecycle {
                key,
                id: None,
                change: Lifecycle::Stopped,
                ..
            } if key.uuid == uuid => Some(()),
            _ => None,
        });
        let after = quiet(&host);
        // Keepalive messages of the daemon are answered.
        assert!(after - before <= 6, "{} trips", after - before);
        host.close();
    });
}

#[test]
fn news_beyond_the_queue_end_in_a_list_that_is_right() {
    on_main(|| {
        let daemon = Daemon::start();
        let mut world = daemon.hold_world();
        let (sink, stream) = channel_of(500);
        let (ask, _) = async_channel::unbounded();
        let client = HostClient::connect(HostConfig::new("test", daemon.uri_test()), sink, ask);
        let context = MainContext::default();
        support::iterate_until(&context, "the connection", Duration::from_secs(20), || {
            client.status().is_connected()
        });
        // The main thread takes libvirt's events from the line, but nobody takes them from the queue.
        for _ in 0..4 {
            world.run(&"destroy test; start test; suspend test; resume test; ".repeat(100));
            let ping = Rc::new(RefCell::new(false));
            let (put, caller) = (Rc::clone(&ping), client.clone());
            context.spawn_local(async move {
                let _ = caller.list().await;
                *put.borrow_mut() = true;
            });
            support::iterate_until(&context, "a call", Duration::from_secs(20), || *ping.borrow());
        }
        world.run("destroy test");
        let news = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&news);
        stream.attach(&context, move |batch| into.borrow_mut().extend(batch));
        support::iterate_until(&context, "the list after the loss", Duration::from_secs(20), || {
            let news = news.borrow();
            let lost = news
                .iter()
                .position(|event| matches!(event, HostEvent::Overflow { .. }));
            lost.is_some_and(|at| news[at..].iter().any(|event| matches!(event, HostEvent::Listed { .. })))
        });
        let off = || {
            let mut store = Store::default();
            store.put_host(HostConfig {
                id: client.id(),
                ..HostConfig::new("test", "")
            });
            store.apply_all(news.borrow().iter().cloned());
            store.domains().map(|domain| domain.state).collect::<Vec<_>>() == [DomainState::Off]
        };
        support::iterate_until(&context, "the right state", Duration::from_secs(20), off);
        client.disconnect();
    });
}

fn named(name: &str) -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .flatten()
        .filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim() == name))
        .count()
}

#[test]
fn host_that_never_answers_is_given_up_without_a_pile_of_threads() {
    on_main(|| {
        let before = named("vireo-open");
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("test+tcp://127.0.0.1:{}/default", silent.local_addr().unwrap().port());
        let limits = Limits {
            open: Duration::from_millis(300),
            ..Limits::default()
        };
        let host = Host::within(HostConfig::new("silent", uri), limits);
        for _ in 0..4 {
            let seen = host.seen();
            host.client.reconnect();
            let (kind, retry) = host.wait("a failure", 20, seen, |event| match event {
                HostEvent::Connection {
                    status: ConnectionStatus::Failed { error, retry_in_ms },
                    ..
                } => Some((error.kind, *retry_in_ms)),
                _ => None,
            });
            assert_eq!(kind, Kind::Timeout);
            assert!(retry.is_some());
        }
        assert!(
            named("vireo-open") <= before + 2,
            "{} attempts hang",
            named("vireo-open")
        );
        // The far side lets go: the threads end, and the next attempt is a real one again.
        drop(silent);
        support::iterate_until(&MainContext::default(), "the threads", Duration::from_secs(20), || {
            named("vireo-open") <= before
        });
        let seen = host.seen();
        host.client.reconnect();
        host.wait("a refusal", 20, seen, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Failed { error, .. },
                ..
            } if error.kind == Kind::Unreachable => Some(()),
            _ => None,
        });
        host.close();
    });
}

#[test]
fn reset_interrupt_dump_and_abort_on_a_real_guest() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        let host = Host::new(&daemon.uri_qemu());
        let uuid = host.only_machine();
        let path = daemon.directory().join("run/dump");
        let target = path.display().to_string();
        let (progress, _steps) = async_channel::bounded(4);
        let done = host.call(async move |client| {
            client.reset(uuid).await?;
            client.inject_nmi(uuid).await?;
            assert_eq!(client.abort_job(uuid).await.unwrap_err().kind, Kind::Invalid);
            assert_eq!(client.pm_wakeup(uuid).await.map_err(|error| error.op), Err("wake up"));
            // Without agent, leases and traffic there is none.
            assert!(client.addresses(uuid).await.unwrap_or_default().is_empty());
            client.core_dump(uuid, target, progress).await
        });
        assert_eq!(answer("the dump", 60, &done), Ok(()));
        assert!(std::fs::metadata(&path).is_ok_and(|file| file.len() > 1 << 20));
        guest.destroy();
        host.close();
    });
}

/// A world of `count` machines in turn: four that run, two that are off, one paused, one crashed, one with a saved image,
/// one transient.
fn crowd(count: usize) -> tempfile::NamedTempFile {
    let machine = |number| {
        let special = match number % 10 {
            0..4 => "",
            4 | 5 => "<test:runstate>5</test:runstate>",
            6 => "<test:runstate>3</test:runstate>",
            7 => "<test:runstate>6</test:runstate>",
            8 => "<test:runstate>5</test:runstate><test:hasmanagedsave>1</test:hasmanagedsave>",
            _ => "<test:transient>1</test:transient>",
        };
        format!(
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>m{number:05}</name>\
             <memory>8192</memory><os><type>hvm</type></os>{special}</domain>"
        )
    };
    let machines: String = (0..count).map(machine).collect();
    let file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::fs::write(file.path(), format!("<node>{machines}</node>")).unwrap();
    file
}

#[track_caller]
fn assert_crowd(domains: &[DomainSummary], count: usize) {
    assert_eq!(domains.len(), count);
    for domain in domains {
        let number: usize = domain.name[1..].parse().unwrap();
        let state = match number % 10 {
            0..4 | 9 => DomainState::Running,
            6 => DomainState::Paused,
            7 => DomainState::Crashed,
            _ => DomainState::Off,
        };
        assert_eq!(domain.state, state, "{}", domain.name);
        assert_eq!(domain.managed_save, number % 10 == 8, "{}", domain.name);
        assert_eq!(domain.persistent, number % 10 != 9, "{}", domain.name);
    }
}

#[test]
fn first_list_takes_twelve_calls_at_most_however_many_machines_there_are() {
    on_main(|| {
        let daemon = Daemon::start();
        for count in [10, 5_000, 10_000] {
            let proxy = Proxy::counting(daemon.address());
            // What would follow is held back: the list came without it.
            proxy.allow_calls(12);
            let file = crowd(count);
            let host = Host::new(&daemon.uri_test_file_tcp(file.path(), proxy.port()));
            assert_crowd(&host.list(), count);
            assert!(proxy.calls().len() <= 12);
            proxy.allow_calls(usize::MAX);
            host.close();
        }
    });
}

#[test]
fn why_a_machine_stopped_is_told_after_the_first_list() {
    /// `VIR_DOMAIN_SHUTOFF_CRASHED`
    const CRASHED: i32 = 3;
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        guest.signal("KILL");
        support::wait_for("its end", Duration::from_secs(20), || {
            guest
                .virsh("domstate", &["--reason"])
                .contains("shut off (crashed)")
                .then_some(())
        });
        let host = Host::new(&daemon.uri_qemu());
        summary(&host, "the reason", 0, |domain| {
            domain.state == DomainState::Off && domain.reason == CRASHED
        });
        let seen = host.seen();
        host.client.resync();
        let later = host.wait("another list", 20, seen, |event| match event {
            HostEvent::Listed { domains, .. } => Some(domains[0].reason),
            _ => None,
        });
        assert_eq!(later, CRASHED);
        host.close();
    });
}

#[test]
fn more_machines_than_one_list_holds_are_asked_for_in_parts() {
    on_main(|| {
        let daemon = Daemon::start();
        let file = crowd(20_000);
        let host = Host::new(&daemon.uri_test_file(file.path()));
        // The driver takes seconds to read that file.
        let listed = |event: &HostEvent| match event {
            HostEvent::Listed { domains, .. } => Some(domains.clone()),
            _ => None,
        };
        assert_crowd(&host.wait("the list", 60, 0, listed), 20_000);
        let seen = host.seen();
        host.client.resync();
        assert_eq!(host.listed(seen), 20_000);
        assert!(host.client.status().is_connected());
        host.close();
    });
}

/// Connects and disconnects that often; each time the list is read and all events are subscribed to.
fn come_and_go(uri: &str, times: usize) {
    for _ in 0..times {
        let host = Host::connect(uri);
        host.wait("the facts", 20, 0, |event| {
            matches!(event, HostEvent::HostInfo { .. }).then_some(())
        });
        host.end();
    }
}

#[test]
fn connecting_1000_times_leaves_nothing_behind() {
    on_main(|| {
        let daemon = Daemon::start();
        let _world = daemon.hold_world();
        come_and_go(&daemon.uri_test(), 200);
        let before = Footprint::now();
        come_and_go(&daemon.uri_test(), 1000);
        // The last threads may still be on their way out.
        until("threads and files as before", 20, || {
            let now = Footprint::now();
            (now.files <= before.files && now.threads <= before.threads).then_some(())
        });
        until("libvirt's handles to be gone", 20, || {
            (EventLoop::pending() == 0).then_some(())
        });
        let grown = Footprint::now().memory_kib.saturating_sub(before.memory_kib);
        eprintln!("grown by {grown} KiB");
        assert!(grown < 512, "{grown} KiB");
    });
}
