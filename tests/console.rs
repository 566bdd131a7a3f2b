//! Text consoles of real guests.

mod support;

#[path = "console/typed.rs"]
mod typed;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use glib::MainContext;
use support::{Daemon, Guest, Host, block_on, on_main};
use vireo::model::error::{Kind, VirtError};
use vireo::virt::client::ConsoleStream;

const LIMIT: Duration = Duration::from_secs(20);

fn open(host: &Host, guest: &Guest, force: bool) -> Result<ConsoleStream, VirtError> {
    let (client, uuid) = (host.client.clone(), guest.uuid);
    block_on("the console to open", LIMIT, async move {
        client.open_console(uuid, None, force).await
    })
}

/// Reads until the output contains `text`.
#[track_caller]
fn read_until(console: &ConsoleStream, text: &str) -> String {
    let output = RefCell::new(Vec::new());
    support::iterate_until(&MainContext::default(), text, LIMIT, || {
        while let Ok(piece) = console.output.try_recv() {
            output.borrow_mut().extend(piece.expect("no error"));
        }
        String::from_utf8_lossy(&output.borrow()).contains(text)
    });
    String::from_utf8_lossy(&output.into_inner()).into_owned()
}

/// Waits for the end of the output and returns the last item if it is an error.
#[track_caller]
fn end_of(console: &ConsoleStream) -> Option<VirtError> {
    let output = console.output.clone();
    block_on("the end of the output", LIMIT, async move {
        let mut error = None;
        while let Ok(piece) = output.recv().await {
            error = piece.err();
        }
        error
    })
}

#[test]
fn typed_command_is_answered_and_the_end_of_the_machine_is_the_end_of_the_stream() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        let clicked = Instant::now();
        let console = open(&host, &guest, false).unwrap();
        assert!(console.write(b"echo sum $((40 + 2))\n"));
        read_until(&console, "sum 42");
        eprintln!("answer after {:?}", clicked.elapsed());
        guest.destroy();
        assert_eq!(end_of(&console), None);
        assert!(!console.write(b"x"), "an ended console takes input");
        host.close();
    });
}

#[test]
fn console_in_use_is_busy_until_taken_over_or_let_go() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let (first, second) = (Host::connect(&daemon.uri_qemu()), Host::connect(&daemon.uri_qemu()));
        let mine = open(&first, &guest, false).unwrap();
        assert_eq!(open(&second, &guest, false).unwrap_err().kind, Kind::Busy);
        let theirs = open(&second, &guest, true).unwrap();
        end_of(&mine);
        assert!(theirs.write(b"echo taken $((1 + 1))\n"));
        read_until(&theirs, "taken 2");
        drop(theirs);
        // Dropping closes soon, on another thread.
        support::wait_for("the console to be free", LIMIT, || open(&first, &guest, false).ok());
        first.close();
        second.close();
    });
}

#[test]
fn flood_nobody_reads_is_not_kept_and_leaves_the_console_usable() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        let console = open(&host, &guest, false).unwrap();
        // Ends by itself, so that the test does not depend on Ctrl+C getting through.
        assert!(
            console.write(b"yes 0123456789012345678901234567890123456789 | head -c 1500000; echo done $((3 + 4))\n")
        );
        read_until(&console, "0123456789012345678901234567890123456789\r\n");
        let start = Instant::now();
        let done = || guest.serial_log(0).contains("done 7");
        support::iterate_until(
            &MainContext::default(),
            "the flood to end",
            Duration::from_secs(120),
            || start.elapsed() > Duration::from_secs(3) && done(),
        );
        let rest = read_until(&console, "done 7");
        assert!(rest.contains(" KiB …]"), "nothing says that output is missing");
        // Eight pieces of 64 KiB in the queue, one on its way, and half a MiB of the newest.
        assert!(rest.len() < 1_200_000, "{} bytes were kept", rest.len());
        assert!(console.write(b"echo alive $((5 + 5))\n"));
        read_until(&console, "alive 10");
        host.close();
    });
}

#[test]
fn lost_daemon_ends_the_console_with_an_error() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        let console = open(&host, &guest, false).unwrap();
        daemon.kill9();
        let start = Instant::now();
        let error = end_of(&console);
        assert!(start.elapsed() < Duration::from_secs(5));
        assert!(
            error.is_some(),
            "a lost connection looks like a machine that was shut down"
        );
        host.close();
        daemon.restart();
    });
}

#[test]
fn machine_that_is_off_or_unknown_has_no_console() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().define();
        let host = Host::connect(&daemon.uri_qemu());
        let off = open(&host, &guest, false).unwrap_err();
        assert_eq!(off.kind, Kind::Invalid, "{off:?}");
        let (client, unknown) = (host.client.clone(), uuid::Uuid::new_v4());
        let gone = block_on("an answer", LIMIT, async move {
            client.open_console(unknown, None, false).await
        });
        assert_eq!(gone.unwrap_err().kind, Kind::Gone);
        let (client, uuid) = (host.client.clone(), guest.uuid);
        let odd = Some("a\0b".to_owned());
        let invalid = block_on("an answer", LIMIT, async move {
            client.open_console(uuid, odd, false).await
        });
        assert_eq!(invalid.unwrap_err().kind, Kind::Invalid);
        host.close();
    });
}
