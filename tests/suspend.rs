//! A computer that wakes from suspend: the program itself beside a stand-in for the system's login service. Needs a display
//! (`scripts/headless cargo test --test suspend`).

mod support;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gio::prelude::*;
use support::{Daemon, Proxy, wait_for};

/// Ends with its value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A bus in the place of the system's, and its address.
fn system_bus() -> (Running, String) {
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--print-address"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon");
    let mut address = String::new();
    let output = bus.stdout.take().expect("its output");
    let bus = Running(bus);
    BufReader::new(output).read_line(&mut address).expect("an address");
    (bus, address.trim().to_owned())
}

/// Plays the login service.
fn login_service(address: &str) -> gio::DBusConnection {
    let flags = gio::DBusConnectionFlags::AUTHENTICATION_CLIENT | gio::DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
    let nobody = None::<&gio::Cancellable>;
    let bus = gio::DBusConnection::for_address_sync(address, flags, None, nobody).expect("a connection");
    let name = ("org.freedesktop.login1", 0_u32).to_variant();
    bus.call_sync(
        Some("org.freedesktop.DBus"),
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus",
        "RequestName",
        Some(&name),
        None,
        gio::DBusCallFlags::NONE,
        -1,
        nobody,
    )
    .expect("the name");
    bus
}

#[test]
fn line_that_died_during_suspend_is_noticed_on_waking_up_before_keepalive_would() {
    let daemon = Daemon::start();
    let proxy = Proxy::start(daemon.address());
    let (_bus, address) = system_bus();
    let login = login_service(&address);
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    let output = File::create(&log).unwrap();
    let vireo = Command::new(env!("CARGO_BIN_EXE_vireo"))
        .args(["--connect", &daemon.uri_test_tcp(proxy.port())])
        .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
        .env("NO_COLOR", "1")
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .expect("vireo");
    let _vireo = Running(vireo);
    let says = |text: &str| {
        fs::read_to_string(&log)
            .unwrap_or_default()
            .contains(text)
            .then_some(())
    };
    wait_for("the list", Duration::from_secs(60), || says("machines listed"));

    proxy.freeze();
    let woken = Instant::now();
    let wake = || {
        let signal = login.emit_signal(
            None,
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
            "PrepareForSleep",
            Some(&(false,).to_variant()),
        );
        signal
            .and_then(|()| login.flush_sync(None::<&gio::Cancellable>))
            .expect("a signal");
    };
    // Keepalive needs fifteen seconds at least. Said again and again, because nothing tells when Vireo begins to listen.
    wait_for("the loss", Duration::from_secs(10), || {
        wake();
        says("host lost")
    });
    eprintln!("noticed after {:?}", woken.elapsed());
    proxy.thaw();
    wait_for("the host to be back", Duration::from_secs(20), || {
        let text = fs::read_to_string(&log).unwrap_or_default();
        (text.matches("machines listed").count() >= 2).then_some(())
    });
}
