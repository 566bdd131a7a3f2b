//! A host that asks polkit whether one may, where nobody can say yes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use vireo::model::host::ConnectionStatus;

use crate::host::Host;
use crate::support::{Daemon, Process, is_root, on_main, skipped, wait_for};

const LIMIT: Duration = Duration::from_secs(20);

/// Takes connections on `$1` and carries them on to `$2`: root itself is never asked for anything, whoever is behind
/// this is.
const RELAY: &str = r#"
import socket, sys, threading
def pump(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)
door = socket.socket(socket.AF_UNIX)
door.bind(sys.argv[1])
door.listen()
while True:
    near, _ = door.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[2])
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"#;

/// A bus of the system's kind.
const BUS: &str = "<busconfig><type>system</type><listen>unix:path=PATH</listen><auth>EXTERNAL</auth>\
    <policy context='default'><allow user='*'/><allow send_destination='*' eavesdrop='true'/>\
    <allow eavesdrop='true'/><allow own='*'/></policy></busconfig>";

/// A daemon whose system bus is at `DIRECTORY/bus`, if there is one.
fn with_polkit(prepare: impl FnOnce(&Path)) -> Daemon {
    Daemon::start_prepared("auth_unix_rw = \"polkit\"", |directory| {
        let bus = format!(
            "DBUS_SYSTEM_BUS_ADDRESS=unix:path={}\n",
            directory.join("bus").display()
        );
        fs::write(directory.join("environment"), bus).unwrap();
        prepare(directory);
    })
}

fn start_bus(directory: &Path) -> Process {
    let configuration = directory.join("bus.conf");
    let path = directory.join("bus");
    fs::write(&configuration, BUS.replace("PATH", &path.display().to_string())).unwrap();
    let child = Command::new("dbus-daemon")
        .args(["--nofork", "--config-file"])
        .arg(&configuration)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let bus = Process::new(child);
    wait_for("the bus", LIMIT, || path.exists().then_some(()));
    bus
}

/// polkit itself, without any agent; only root can start it.
#[track_caller]
fn start_polkit(directory: &Path) -> Option<Process> {
    let places = ["/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd", "/usr/lib/polkitd"];
    let program = places.into_iter().find(|place| Path::new(place).exists());
    let (Some(program), true) = (program, is_root()) else {
        skipped("needs polkitd and root");
        return None;
    };
    let address = format!("unix:path={}", directory.join("bus").display());
    let child = Command::new(program)
        .arg("--no-debug")
        .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let polkit = Process::new(child);
    wait_for("polkit", LIMIT, || {
        let output = Command::new("gdbus")
            .args([
                "call",
                "--address",
                &address,
                "--dest",
                "org.freedesktop.DBus",
                "--object-path",
                "/",
            ])
            .args([
                "--method",
                "org.freedesktop.DBus.NameHasOwner",
                "org.freedesktop.PolicyKit1",
            ])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains("true").then_some(())
    });
    Some(polkit)
}

/// Connects as somebody who is not root, and gives what the user is told and whether it is tried again.
fn refused(daemon: &Daemon) -> (String, bool) {
    let relay = daemon.directory().join("relay.sock");
    let mut command = Command::new(if is_root() { "setpriv" } else { "python3" });
    if is_root() {
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "python3"]);
    }
    // Not a Python of the user's, which nobody else may run.
    let child = command
        .env("PATH", "/usr/bin:/bin")
        .args(["-c", RELAY])
        .args([&relay, &daemon.socket()])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let _relay = Process::new(child);
    wait_for("the relay", LIMIT, || relay.exists().then_some(()));
    let host = Host::new(&format!("test+unix:///default?socket={}", relay.display()));
    let ((error, retry), asked) = host.failed(None);
    assert!(asked.is_empty(), "polkit is no question of ours");
    let told = host.told(&error);
    assert!(matches!(host.client.status(), ConnectionStatus::Failed { .. }));
    host.close();
    (told, retry.is_some())
}

#[test]
fn polkit_without_an_agent_is_told_with_both_ways_out() {
    on_main(|| {
        let mut servers = Vec::new();
        let daemon = with_polkit(|directory| {
            let bus = start_bus(directory);
            servers.extend(start_polkit(directory));
            servers.push(bus);
        });
        if servers.len() < 2 {
            return;
        }
        let (told, again) = refused(&daemon);
        assert!(told.starts_with("Not authorised."), "{told}");
        assert!(told.contains("agent") && told.contains("group “libvirt”"), "{told}");
        assert!(!again, "asked again by itself");
    });
}

#[test]
fn host_whose_polkit_does_not_run_is_told_from_one_that_says_no() {
    on_main(|| {
        let daemon = with_polkit(|_| ());
        let (without_bus, _) = refused(&daemon);
        let mut bus = None;
        let daemon = with_polkit(|directory| bus = Some(start_bus(directory)));
        let (without_polkit, _) = refused(&daemon);
        for told in [without_bus, without_polkit] {
            assert!(told.starts_with("Permissions can't be checked."), "{told}");
            assert!(told.contains("polkit"), "{told}");
        }
    });
}
