//! The harness itself: if these fail, failures of other tests say little.

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use support::{Daemon, Proxy, wait_for};

#[test]
fn private_daemon_serves_test_driver_on_both_sockets_and_ends_without_trace() {
    let daemon = Daemon::start();
    for uri in [daemon.uri_test(), daemon.uri_test_tcp(daemon.address().port())] {
        assert!(daemon.virsh(&uri, &["list", "--all"]).contains("test"), "{uri}");
    }
    let mut world = daemon.hold_world();
    world.run("destroy test; undefine test");
    assert_eq!(world.run("list --all --name").trim(), "");
    assert_eq!(
        daemon.virsh(&daemon.uri_test(), &["list", "--all", "--name"]).trim(),
        ""
    );
    drop(world);
    let directory = daemon.directory().to_owned();
    drop(daemon);
    assert!(!directory.exists(), "{} is left", directory.display());
}

#[test]
fn daemon_comes_back_after_a_kill_with_its_guests() {
    let daemon = Daemon::start();
    let guest = daemon.guest("vm").start();
    guest.wait_ready();
    let pid = guest.qemu_pid();
    daemon.kill9();
    daemon.restart();
    assert!(guest.virsh("domstate", &[]).contains("running"));
    assert_eq!(guest.qemu_pid(), pid);
    guest.destroy();
    wait_for("the process to end", Duration::from_secs(10), || {
        (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(())
    });
}

#[test]
fn a_panic_ends_the_daemon_and_its_guests() {
    let result = std::thread::spawn(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().start();
        std::panic::panic_any((daemon.directory().to_owned(), guest.qemu_pid(), daemon.pid()));
    })
    .join();
    let payload = result.expect_err("a panic");
    let (directory, qemu, libvirtd) = payload.downcast_ref::<(std::path::PathBuf, u32, u32)>().expect("ours");
    for pid in [qemu, libvirtd] {
        wait_for("the process to end", Duration::from_secs(10), || {
            (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(())
        });
    }
    assert!(!directory.exists());
}

/// An echo server behind a proxy.
fn echo() -> Proxy {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut input = stream.try_clone().expect("a clone");
                let mut output = stream;
                let _ = std::io::copy(&mut input, &mut output);
            });
        }
    });
    Proxy::start(address)
}

fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).expect("a connection")
}

#[test]
fn proxy_delays_counts_trips_freezes_and_cuts() {
    let proxy = echo();
    let mut stream = connect(&proxy);
    let mut answer = [0; 4];
    let mut ask = |stream: &mut TcpStream| {
        stream.write_all(b"ping")?;
        stream.read_exact(&mut answer)
    };
    ask(&mut stream).expect("an answer");
    ask(&mut stream).expect("an answer");
    assert_eq!((proxy.accepted(), proxy.trips()), (1, 2));

    proxy.delay(Duration::from_millis(50));
    let start = Instant::now();
    ask(&mut stream).expect("an answer");
    assert!(start.elapsed() >= Duration::from_millis(100), "{:?}", start.elapsed());
    proxy.delay(Duration::ZERO);

    proxy.freeze();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("a limit");
    assert!(ask(&mut stream).is_err(), "a frozen proxy answered");
    proxy.thaw();
    stream.read_exact(&mut [0; 4]).expect("the late answer");

    proxy.cut_after(2);
    assert!(ask(&mut stream).is_err(), "an answer came whole");
    let mut stream = connect(&proxy);
    ask(&mut stream).expect("an answer");
    proxy.cut();
    assert!(ask(&mut stream).is_err(), "a cut connection answered");
}

#[test]
fn silent_proxy_accepts_and_says_nothing() {
    let proxy = echo();
    proxy.silence();
    let mut stream = connect(&proxy);
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("a limit");
    stream.write_all(b"ping").expect("to send");
    let error = stream.read(&mut [0; 4]).expect_err("silence");
    assert!(matches!(
        error.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    ));
}
