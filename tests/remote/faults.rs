//! What the user is told of faults on the way, each made for real: a sentence with the cause and the way out, never the raw
//! text; and that it heals by itself where the cause goes away.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use vireo::model::event::HostEvent;
use vireo::model::host::ConnectionStatus;
use vireo::virt::client::Limits;

use crate::host::Host;
use crate::server::Ssh;
use crate::support::{Daemon, Proxy, is_root, on_main};

/// Connects in vain, and gives what the user is told and whether it is tried again.
#[track_caller]
fn refused(uri: &str, limits: Limits) -> (String, bool) {
    let host = Host::within(uri, limits);
    let ((error, retry), asked) = host.failed(None);
    assert!(asked.is_empty());
    let told = host.told(&error);
    host.close();
    (told, retry.is_some())
}

#[test]
fn refused_port_and_unknown_name_are_told_with_host_and_port() {
    on_main(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (told, again) = refused(&format!("test+tcp://127.0.0.1:{port}/default"), Limits::default());
        assert!(told.starts_with("Connection refused."), "{told}");
        assert!(
            told.contains("127.0.0.1") && told.contains(&port.to_string()) && again,
            "{told}"
        );
        let (told, again) = refused("test+tcp://nobody.invalid/default", Limits::default());
        assert!(
            told.starts_with("Host not found.") && told.contains("nobody.invalid") && again,
            "{told}"
        );
    });
}

#[test]
fn socket_that_is_missing_or_forbidden_is_told_apart() {
    on_main(|| {
        let (told, again) = refused(
            "test+unix:///default?socket=/nonexistent/libvirt-sock",
            Limits::default(),
        );
        assert!(
            told.starts_with("No virtualisation service.") && told.contains("/nonexistent/libvirt-sock"),
            "{told}"
        );
        assert!(again);
        // Root may open everything.
        if !is_root() {
            let daemon = Daemon::start();
            fs::set_permissions(daemon.socket(), fs::Permissions::from_mode(0o000)).unwrap();
            let (told, _) = refused(&daemon.uri_test(), Limits::default());
            assert!(
                told.starts_with("Not authorised.") && told.contains("group “libvirt”"),
                "{told}"
            );
        }
    });
}

#[test]
fn host_that_does_not_answer_or_takes_no_more_connections_is_told_and_found_later() {
    on_main(|| {
        let limits = Limits {
            open: Duration::from_secs(1),
            ..Limits::default()
        };
        let daemon = Daemon::start_with("max_clients = 1\nmax_anonymous_clients = 1\n");
        let world = daemon.hold_world();
        let host = Host::within(&daemon.uri_test_tcp(daemon.address().port()), limits);
        let ((error, retry), _) = host.failed(None);
        let told = host.told(&error);
        assert!(
            told.starts_with("No answer.") && told.contains("no more connections"),
            "{told}"
        );
        assert!(retry.is_some());
        drop(world);
        host.listed(None);
        host.close();
    });
}

#[test]
fn server_that_talks_nonsense_is_an_error_and_no_crash() {
    on_main(|| {
        for answer in [
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            b"\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x00\x00\x00\x1c\x20\x00\x80\x86\x00\x00\x00\x01\x00\x00\x00\x42\x00\x00\x00\x01\x00\x00\x00\x63\x00\x00\x00\x00",
            b"\x00\x00\x00\x04",
            b"",
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = thread::spawn(move || {
                let (mut line, _) = listener.accept().unwrap();
                let mut question = [0; 28];
                let _ = line.read_exact(&mut question);
                let _ = line.write_all(answer);
            });
            let (told, again) = refused(&format!("test+tcp://127.0.0.1:{port}/default"), Limits::default());
            server.join().unwrap();
            assert!(told.contains("127.0.0.1") && again, "{answer:?}: {told}");
            let heading = if answer.len() > 4 { "Unexpected answer." } else { "Connection lost." };
            assert!(told.starts_with(heading), "{answer:?}: {told}");
        }
    });
}

/// Waits for the loss after `seen` news, and says what the user is told.
#[track_caller]
fn lost(host: &Host, seen: usize) -> String {
    let (error, _) = host.wait("the loss", seen, None, |event| match event {
        HostEvent::Connection {
            status: ConnectionStatus::Lost { error, .. },
            ..
        } => Some(error.clone()),
        _ => None,
    });
    format!("{} ({})", host.told(&error), error.message)
}

#[test]
fn service_that_ends_or_line_that_breaks_is_told_and_machines_are_said_to_run_on() {
    on_main(|| {
        let daemon = Daemon::start();
        let proxy = Proxy::start(daemon.address());
        let uris = [daemon.uri_test(), daemon.uri_test_tcp(proxy.port())];
        for (uri, breaks) in uris.iter().zip([
            Box::new(|| daemon.terminate()) as Box<dyn Fn()>,
            Box::new(|| proxy.cut()),
        ]) {
            let host = Host::new(uri);
            host.listed(None);
            let seen = host.news.borrow().len();
            breaks();
            let told = lost(&host, seen);
            assert!(told.contains("keep running"), "{told}");
            daemon.restart();
            host.wait("the list", seen, None, |event| {
                matches!(event, HostEvent::Listed { .. }).then_some(())
            });
            host.close();
        }
    });
}

#[test]
fn nothing_of_libvirt_on_the_other_side_of_ssh_is_told() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        fs::remove_file(ssh.path("relay")).unwrap();
        for uri in [
            ssh.uri(&daemon, "user"),
            ssh.uri_builtin(&daemon, "libssh", "privkey", "user"),
            ssh.uri_builtin(&daemon, "libssh2", "privkey", "user"),
        ] {
            let host = Host::new(&uri);
            // libvirt has no word for a command that ends between two of its questions. The next attempt tells.
            let silent = "An error occurred, but the cause is unknown";
            let (error, _) = host.wait("a failure with a cause", 0, None, |event| match event {
                HostEvent::Connection {
                    status: ConnectionStatus::Failed { error, retry_in_ms },
                    ..
                } if error.message != silent || retry_in_ms.is_none() => Some(error.clone()),
                _ => None,
            });
            let told = host.told(&error);
            assert!(
                told.starts_with("No virtualisation service."),
                "{uri}: {told} {error:?}"
            );
            host.close();
        }
    });
}
