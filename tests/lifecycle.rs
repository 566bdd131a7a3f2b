//! What takes time or a guest's help, on real guests: work that is cancelled, sleep and waking up.

mod support;

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use support::{Daemon, Host, answer, on_main, signal, wait_for};
use vireo::model::domain::DomainState;
use vireo::model::error::Kind;
use vireo::model::event::{HostEvent, Lifecycle};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::model::state::reason_text;
use vireo::model::store::Store;

/// Stops the daemon's helper that writes a saved image as soon as there is one, and hands over its number.
fn stop_writer(daemon: &Daemon) -> mpsc::Receiver<u32> {
    let (found, writer) = mpsc::channel();
    let parent = daemon.pid();
    std::thread::spawn(move || {
        let pid = wait_for("the daemon to write the image", Duration::from_secs(60), || {
            let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
            let every = fs::read_dir(format!("/proc/{parent}/task")).ok()?.flatten();
            let every: String = every
                .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
                .chain([children])
                .collect();
            every.split_whitespace().find_map(|pid| {
                let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
                name.starts_with("libvirt_iohelp").then(|| pid.parse().ok()).flatten()
            })
        });
        signal(pid, "STOP");
        let _ = found.send(pid);
    });
    writer
}

#[test]
fn save_that_is_cancelled_leaves_the_machine_running() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        let uuid = guest.uuid;
        let writer = stop_writer(&daemon);
        let (progress, _steps) = async_channel::bounded(4);
        let saved = host.call(async move |client| client.save(uuid, progress).await);
        let pid = support::until("the image to be written", 60, || writer.try_recv().ok());
        host.wait("the pause", 20, 0, |event| match event {
            HostEvent::Lifecycle {
                change: Lifecycle::Suspended,
                ..
            } => Some(()),
            _ => None,
        });
        assert!(saved.borrow().is_none());
        let seen = host.seen();
        let cancelled = host.call(async move |client| client.abort_job(uuid).await);
        assert_eq!(answer("the host to take it in", 20, &cancelled), Ok(()));
        signal(pid, "CONT");
        let error = answer("the save to end", 30, &saved).unwrap_err();
        assert_eq!(error.kind, Kind::Cancelled, "{error:?}");
        host.lifecycle(uuid, Lifecycle::Resumed, seen);
        assert!(guest.virsh("domstate", &[]).contains("running"));
        assert!(
            !daemon
                .virsh(&daemon.uri_qemu(), &["list", "--all", "--with-managed-save"])
                .contains("vm")
        );
        guest.destroy();
        host.close();
    });
}

#[test]
fn guest_that_went_to_sleep_is_woken_up() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon
            .guest("vm")
            .element("<pm><suspend-to-mem enabled='yes'/></pm>")
            .start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        let uuid = guest.uuid;
        let console = host
            .ask(async move |client| client.open_console(uuid, None, false).await)
            .unwrap();
        let seen = host.seen();
        assert!(console.write(b"echo mem > /sys/power/state; echo awake $((40 + 2))\n"));
        host.lifecycle(uuid, Lifecycle::PmSuspended, seen);
        host.client.resync();
        let state = host.wait("the list", 20, host.seen(), |event| match event {
            HostEvent::Listed { domains, .. } => Some(domains[0].state),
            _ => None,
        });
        assert_eq!(state, DomainState::Suspended);
        assert_eq!(host.ask(async move |client| client.pm_wakeup(uuid).await), Ok(()));
        wait_for("the guest to go on", Duration::from_secs(60), || {
            guest.serial_log(0).contains("awake 42").then_some(())
        });
        let state = host.ask(async |client| client.list().await).unwrap()[0].state;
        assert_eq!(state, DomainState::Running);
        guest.destroy();
        host.close();
    });
}

#[test]
fn guest_whose_process_is_ended_from_outside_shows_as_off() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_qemu());
        for (signal, name, unexpected) in [("TERM", "asked", false), ("KILL", "killed", true)] {
            let guest = daemon.guest(name).empty().start();
            let uuid = guest.uuid;
            host.lifecycle(uuid, Lifecycle::Started, 0);
            let mut store = Store::default();
            store.put_host(HostConfig {
                id: host.client.id(),
                ..HostConfig::new("test", daemon.uri_qemu())
            });
            guest.signal(signal);
            host.lifecycle(uuid, Lifecycle::Stopped, 0);
            for event in host.news.borrow().iter() {
                store.apply(event.clone());
            }
            let machine = store
                .domain(DomainKey::new(host.client.id(), uuid))
                .expect("the machine");
            assert_eq!(machine.state, DomainState::Off, "{signal}");
            let text = reason_text(machine.state, machine.reason);
            assert_eq!(
                text.as_deref() == Some("stopped unexpectedly"),
                unexpected,
                "{signal}: {text:?}"
            );
        }
        host.close();
    });
}
