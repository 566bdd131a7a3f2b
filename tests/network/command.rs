//! The same from the command line.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use super::HOSTILE;
use super::support::{Daemon, SystemDaemon};

fn vireo(uri: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_vireo"))
        .args(["-c", uri])
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vireo");
    let mut stdin = process.stdin.take().expect("its input");
    // One that says no has not read it.
    let _ = stdin.write_all(input);
    drop(stdin);
    process.wait_with_output().expect("its end")
}

#[track_caller]
fn said(uri: &str, arguments: &[&str]) -> String {
    let output = vireo(uri, arguments, b"");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn refused(uri: &str, arguments: &[&str], code: i32) -> String {
    let output = vireo(uri, arguments, b"");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_network_is_made_changed_and_deleted_by_words() {
    let daemon = Daemon::start();
    let _world = daemon.hold_world();
    let uri = daemon.uri_test();
    let dry = said(
        &uri,
        &[
            "network",
            "create",
            HOSTILE,
            "--dry-run",
            "--ipv6",
            "auto",
            "--domain",
            "lab.test",
        ],
    );
    assert!(
        dry.contains("<domain name='lab.test'/>") && dry.contains("family='ipv6'"),
        "{dry}"
    );
    assert_eq!(
        json(&said(&uri, &["network", "list", "--json"]))
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    said(&uri, &["network", "create", HOSTILE, "--ipv4", "10.5.0.0/16"]);
    let list = json(&said(&uri, &["network", "list", "--json"]));
    let mut made = list
        .as_array()
        .expect("a list")
        .iter()
        .filter(|network| network["name"] == HOSTILE);
    let made = made.next().expect("the new one");
    assert_eq!((&made["active"], &made["autostart"]), (&true.into(), &true.into()));
    assert_eq!(made["addresses"], serde_json::json!(["10.5.0.1/16"]));
    let table = said(&uri, &["network", "list"]);
    assert!(table.contains("10.5.0.1/16") && !table.contains('\u{202e}'), "{table}");
    // What is in the way is said before the host is asked.
    let words = refused(&uri, &["network", "create", "other", "--ipv4", "10.5.7.1/24"], 1);
    assert!(words.contains("subnet already"), "{words}");
    let plan = said(
        &uri,
        &[
            "network",
            "update",
            HOSTILE,
            "--add-host",
            "52:54:00:00:00:01,10.5.0.9,one",
            "--dry-run",
        ],
    );
    assert!(plan.starts_with("now ") && plan.contains("10.5.0.9"), "{plan}");
    assert!(!said(&uri, &["network", "dumpxml", HOSTILE]).contains("10.5.0.9"));
    let done = said(
        &uri,
        &[
            "network",
            "update",
            HOSTILE,
            "--add-host",
            "52:54:00:00:00:01,10.5.0.9,one",
        ],
    );
    assert!(done.contains("holds now"), "{done}");
    assert!(said(&uri, &["network", "dumpxml", HOSTILE]).contains("10.5.0.9"));
    refused(&uri, &["network", "update", HOSTILE, "--remove-host", "two"], 1);
    assert!(refused(&uri, &["network", "undefine", HOSTILE], 1).contains("stop it first"));
    said(&uri, &["network", "stop", HOSTILE]);
    said(&uri, &["network", "undefine", HOSTILE]);
    refused(&uri, &["network", "info", HOSTILE], 1);
    let info = said(&uri, &["network", "info", "default"]);
    assert!(info.contains("192.168.122.1/24") && info.contains("machine"), "{info}");
}

#[test]
fn what_cannot_start_is_not_left_behind() {
    let Some(daemon) = SystemDaemon::start() else { return };
    let uri = daemon.uri();
    // Taken by a bridge that libvirt knows nothing of.
    daemon.inside("ip link add taken type bridge");
    refused(&uri, &["network", "create", "lab", "--bridge", "taken"], 1);
    assert_eq!(said(&uri, &["network", "list", "--json"]).trim(), "[]");
    said(&uri, &["network", "create", "lab", "--mode", "isolated"]);
    assert_eq!(said(&uri, &["network", "leases", "lab", "--json"]).trim(), "[]");
    said(&uri, &["network", "stop", "lab"]);
    let filters = json(&said(&uri, &["nwfilter", "list", "--json"]));
    assert!(filters.is_array(), "{filters}");
    let words = refused(&uri, &["interface", "list"], 1);
    assert!(words.contains("does not set up"), "{words}");
}

#[test]
fn a_secret_gets_its_value_from_standard_input_and_shows_it_nowhere() {
    let daemon = Daemon::start();
    let uri = daemon.uri_qemu();
    let uuid = said(
        &uri,
        &["secret", "create", "client.admin secret", "--description", "for tests"],
    );
    let output = vireo(&uri, &["secret", "set-value", "client.admin secret"], b"open sesame");
    assert!(output.status.success(), "{output:?}");
    for arguments in [
        &["secret", "list"][..],
        &["secret", "list", "--json"],
        &["secret", "dumpxml", uuid.trim()],
    ] {
        let text = said(&uri, arguments);
        assert!(
            text.contains("client.admin secret") && !text.contains("sesame"),
            "{text}"
        );
    }
    let value = daemon.virsh(&uri, &["secret-get-value", uuid.trim(), "--plain"]);
    assert_eq!(value.trim(), "open sesame");
    said(&uri, &["secret", "undefine", uuid.trim()]);
    refused(&uri, &["secret", "dumpxml", uuid.trim()], 1);
}
