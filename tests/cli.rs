//! The commands that need no window, as a user runs them.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::Daemon;

fn vireo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
    command
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("LIBVIRT_DEFAULT_URI")
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"))
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    vireo(arguments).output().expect("vireo")
}

#[track_caller]
fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs, expects this exit code, and gives what was said on standard error.
#[track_caller]
fn fail(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    assert!(!error.trim().is_empty(), "{arguments:?} failed without a word");
    error
}

fn machines(uri: &str) -> serde_json::Value {
    serde_json::from_str(&succeed(&["list", "-c", uri, "--json"])).expect("JSON")
}

#[test]
fn demo_file_lists_in_every_form() {
    let uri = format!("test://{}/data/demo.xml", support::root().display());
    let table = succeed(&["list", "-c", &uri]);
    assert!(table.starts_with("ID"), "{table}");
    let names = succeed(&["list", "-c", &uri, "--names"]);
    let listed = machines(&uri);
    let listed = listed.as_array().expect("an array");
    assert_eq!(listed.len(), names.lines().count());
    assert_eq!(listed.len() + 1, table.lines().count());
    for state in ["running", "paused", "off", "crashed", "suspended", "shutting-down"] {
        assert!(
            listed.iter().any(|machine| machine["state"] == state),
            "the demo shows no machine {state}"
        );
    }
    assert!(
        listed.iter().any(|machine| machine["saved"] == true),
        "the demo shows no saved machine"
    );
}

#[test]
fn a_machine_goes_through_its_states() {
    let daemon = Daemon::start();
    let _world = daemon.hold_world();
    let uri = daemon.uri_test();
    let uuid = machines(&uri)[0]["uuid"].as_str().expect("a uuid").to_owned();
    for (command, machine, state) in [
        ("suspend", "test", "paused"),
        ("resume", uuid.as_str(), "running"),
        ("destroy", "test", "off"),
        ("start", "test", "running"),
        ("shutdown", "test", "off"),
    ] {
        succeed(&[command, "-c", &uri, machine]);
        assert_eq!(machines(&uri)[0]["state"], state, "after {command}");
    }
    assert!(succeed(&["dumpxml", "-c", &uri, "test"]).contains("<name>test</name>"));
}

#[test]
fn machine_is_undefined_when_all_that_goes_is_named() {
    let daemon = Daemon::start_prepared("", |folder| {
        std::fs::create_dir(folder.join("pool")).expect("the pool's folder");
    });
    let uri = daemon.uri_qemu();
    let folder = daemon.directory().join("pool");
    let pool = folder.to_string_lossy();
    daemon.virsh(&uri, &["pool-create-as", "images", "dir", "--target", &pool]);
    for volume in ["mail.qcow2", "web.qcow2"] {
        daemon.virsh(&uri, &["vol-create-as", "images", volume, "4M", "--format", "qcow2"]);
    }
    let path = |volume: &str| folder.join(volume).to_string_lossy().into_owned();
    let machine = |name: &str, volume: &str| {
        let disk = format!(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
             <target dev='vda' bus='virtio'/></disk>",
            path(volume)
        );
        daemon.guest(name).empty().device(&disk).define()
    };
    let mail = machine("mail", "mail.qcow2");
    let _web = machine("web", "web.qcow2");
    mail.virsh("snapshot-create-as", &["first"]);

    let told = fail(&["undefine", "-c", &uri, "mail"], 1);
    assert!(told.contains("--snapshots-metadata"), "{told}");
    mail.start();
    let told = fail(&["undefine", "-c", &uri, "mail", "--snapshots-metadata"], 1);
    assert!(told.contains("runs"), "{told}");
    mail.destroy();
    let (own, other) = (path("mail.qcow2"), path("web.qcow2"));
    let line = ["undefine", "-c", &uri, "mail", "--snapshots-metadata"];
    let told = fail(&[&line[..], &["--storage", &own, "--storage", &other]].concat(), 1);
    assert!(
        told.contains("“web” uses it as vda (off).") && !told.contains(&own),
        "{told}"
    );
    assert_eq!(succeed(&["list", "-c", &uri, "--names"]).trim(), "web");
    assert!(!folder.join("mail.qcow2").exists() && folder.join("web.qcow2").exists());
    succeed(&["undefine", "-c", &uri, "web", "--storage", &other]);
    assert!(!folder.join("web.qcow2").exists());
}

#[test]
fn machines_are_deleted_with_their_own_images_and_what_others_need_stays() {
    let daemon = Daemon::start_prepared("", |folder| {
        std::fs::create_dir(folder.join("pool")).expect("the pool's folder");
    });
    let uri = daemon.uri_qemu();
    let folder = daemon.directory().join("pool");
    daemon.virsh(
        &uri,
        &["pool-create-as", "images", "dir", "--target", &folder.to_string_lossy()],
    );
    let base = ["vol-create-as", "images", "base.qcow2", "4M", "--format", "qcow2"];
    daemon.virsh(&uri, &base);
    let over = ["--backing-vol", "base.qcow2", "--backing-vol-format", "qcow2"];
    for volume in ["mail.qcow2", "web.qcow2"] {
        let line = ["vol-create-as", "images", volume, "4M", "--format", "qcow2"];
        daemon.virsh(&uri, &[&line[..], &over].concat());
    }
    daemon.virsh(&uri, &["vol-create-as", "images", "setup.iso", "1M", "--format", "raw"]);
    let path = |volume: &str| folder.join(volume).to_string_lossy().into_owned();
    let machine = |name: &str, volume: &str| {
        let disk = format!(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
             <target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'><source file='{}'/>\
             <target dev='sda' bus='sata'/><readonly/></disk>",
            path(volume),
            path("setup.iso")
        );
        daemon.guest(name).empty().device(&disk).define()
    };
    let mail = machine("mail", "mail.qcow2");
    let _web = machine("web", "web.qcow2");
    let there = || -> Vec<String> {
        let entries = std::fs::read_dir(&folder).expect("the pool's folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let all = ["base.qcow2", "mail.qcow2", "setup.iso", "web.qcow2"];

    let line = ["delete", "-c", &uri, "mail", "--storage", "--json", "--dry-run"];
    let told: serde_json::Value = serde_json::from_str(&succeed(&line)).expect("JSON");
    let deleted = |told: &serde_json::Value, name: &str| {
        let files = told["files"].as_array().expect("files").clone();
        let file = files.into_iter().find(|file| file["path"] == path(name));
        file.map(|file| file["deleted"].as_bool().expect("yes or no"))
    };
    assert_eq!(deleted(&told, "mail.qcow2"), Some(true), "{told}");
    assert_eq!(deleted(&told, "base.qcow2"), Some(false), "{told}");
    assert_eq!(deleted(&told, "setup.iso"), Some(false), "{told}");
    assert_eq!(there(), all, "nothing was done");
    assert_eq!(succeed(&["list", "-c", &uri, "--names"]).lines().count(), 2);

    mail.start();
    let told = fail(&["delete", "-c", &uri, "mail", "--storage"], 1);
    assert!(told.contains("--force-off"), "{told}");
    let told = succeed(&["delete", "-c", &uri, "mail", "--storage", "--force-off"]);
    assert!(
        told.contains("mail: deleted") && told.contains(&path("mail.qcow2")),
        "{told}"
    );
    assert_eq!(there(), ["base.qcow2", "setup.iso", "web.qcow2"]);

    let told = succeed(&["delete", "-c", &uri, "web"]);
    assert!(told.contains("stay without --storage"), "{told}");
    assert_eq!(there(), ["base.qcow2", "setup.iso", "web.qcow2"]);
    assert_eq!(succeed(&["list", "-c", &uri, "--names"]).trim(), "");
}

#[test]
fn what_the_host_refuses_is_told_with_code_1() {
    let uri = "test:///default";
    assert!(fail(&["start", "-c", uri, "nobody"], 1).contains("nobody"));
    assert!(fail(&["start", "-c", uri, "test"], 1).contains("running"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    drop(listener);
    let refused = fail(&["list", "-c", &format!("test+tcp://127.0.0.1:{port}/default")], 1);
    assert!(refused.contains(&port.to_string()), "{refused}");
    fail(&["list", "-c", "nonsense:///system"], 1);
    let unknown = fail(&["list", "-c", "qemu+tcp://nobody.invalid/system"], 1);
    assert!(
        unknown.starts_with("vireo: ") && unknown.contains("nobody.invalid"),
        "{unknown}"
    );
}

#[test]
fn a_wrong_command_line_is_told_with_code_2() {
    fail(&["list"], 2);
    fail(&["start", "-c", "test:///default"], 2);
    fail(&["explode"], 2);
    fail(&["list", "-c", "not a uri"], 2);
    fail(&["list", "-c", ""], 2);
    for uri in [
        "qemu+bad://h/system",
        "qemu+ssh:///system",
        "qemu:///nowhere",
        "qemu+ssh://-oProxyCommand=x/system",
        "qemu+ssh://h:99999/system",
        "qemu+ssh://me:secret@h/system",
    ] {
        let told = fail(&["list", "-c", uri], 2);
        assert!(told.contains(uri), "{told}");
    }
    assert!(fail(&["list", "-c", "qemu+ssh://h/system?command=/tmp/x"], 2).contains("--allow-risky-uri"));
    let mut command = vireo(&["list"]);
    command.env("LIBVIRT_DEFAULT_URI", "qemu+ext:///system?command=/tmp/x");
    assert_eq!(command.output().expect("vireo").status.code(), Some(2));
}

#[test]
fn a_host_that_wants_a_password_does_not_hang_a_script() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("auth.xml");
    std::fs::write(&file, "<node><auth><user password='123456'>admin</user></auth></node>").expect("written");
    let start = Instant::now();
    fail(&["list", "-c", &format!("test://{}", file.display())], 1);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn events_of_another_client_arrive_typed_until_the_count() {
    let daemon = Daemon::start();
    let mut world = daemon.hold_world();
    let uri = daemon.uri_test_tcp(daemon.address().port());
    let mut watcher = vireo(&["events", "-c", &uri, "--json", "--count", "3", "--timeout", "30"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("vireo");
    let mut lines = BufReader::new(watcher.stdout.take().expect("its output"));
    // Something is changed until the watcher hears it.
    let listening = std::thread::spawn(move || {
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        (line, lines)
    });
    while !listening.is_finished() {
        world.run("net-destroy default; net-start default");
    }
    let (first, mut lines) = listening.join().expect("the reader");
    assert!(first.contains("\"network\""), "{first:?}");
    let mut rest = String::new();
    world.run("suspend test; resume test");
    lines.read_to_string(&mut rest).expect("the rest");
    for line in rest.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(event["event"].is_string(), "{line}");
    }
    assert!(watcher.wait().expect("its end").success());
}

#[test]
fn events_end_after_the_timeout() {
    let start = Instant::now();
    succeed(&["events", "-c", "test:///default", "--timeout", "1"]);
    assert!((1..8).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut list = vireo(&["list", "-c", "test:///default"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vireo");
    drop(list.stdout.take());
    let output = list.wait_with_output().expect("its end");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_machine_with_a_hostile_name_cannot_steer_the_terminal() {
    let daemon = Daemon::start();
    let mut world = daemon.hold_world();
    let file = daemon.write(
        "hostile.xml",
        "<domain type='test'><name>&#x202e;evil\u{9b}31m</name><memory>8192</memory><os><type>hvm</type></os></domain>",
    );
    world.run(&format!("define {}", file.display()));
    let table = succeed(&["list", "-c", &daemon.uri_test()]);
    assert!(table.contains("evil"), "{table}");
    assert!(!table.contains(['\u{202e}', '\u{9b}']), "{table}");
}

#[test]
fn a_machine_is_found_by_name_uuid_and_number_and_by_nothing_else() {
    let uri = "test:///default";
    let uuid = machines(uri)[0]["uuid"].as_str().expect("a uuid").to_owned();
    let by_name = succeed(&["dumpxml", "-c", uri, "test"]);
    for word in [uuid.as_str(), &uuid.to_uppercase(), "1"] {
        assert_eq!(succeed(&["dumpxml", "-c", uri, word]), by_name, "{word}");
    }
    for word in ["", "Test", "tes", "2", "00000000-0000-0000-0000-000000000000"] {
        let told = fail(&["dumpxml", "-c", uri, word], 1);
        assert!(told.contains(&format!("{word:?}")), "{told}");
    }
}

#[test]
fn output_that_can_not_be_written_is_a_failure_that_is_told() {
    for arguments in [
        &["list", "-c", "test:///default"][..],
        &["list", "-c", "test:///default", "--json"],
        &["dumpxml", "-c", "test:///default", "test"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let output = vireo(arguments).stdout(full).output().expect("vireo");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?} failed without a word");
    }
}

#[test]
fn what_is_asked_on_a_terminal_is_answered_there_and_the_password_is_not_shown() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("auth.xml");
    let world = "<node><auth><user password='open sesame'>admin</user></auth></node>";
    std::fs::write(&file, world).expect("written");
    let command = format!(
        "{} list --json -c test://{}",
        env!("CARGO_BIN_EXE_vireo"),
        file.display()
    );
    // A terminal of its own, which shows what is typed.
    let mut terminal = Command::new("timeout")
        .args(["60", "script", "-qec", &command, "/dev/null"])
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script");
    let mut keys = terminal.stdin.take().expect("its keyboard");
    let mut screen = terminal.stdout.take().expect("its screen");
    let mut shown = String::new();
    let mut until = |shown: &mut String, words: &str| {
        let mut byte = [0];
        while !shown.contains(words) {
            assert_eq!(screen.read(&mut byte).expect("more"), 1, "no {words:?} in {shown:?}");
            shown.push(char::from(byte[0]));
        }
    };
    until(&mut shown, "username for localhost");
    keys.write_all(b"admin\n").expect("typed");
    until(&mut shown, "password for localhost: ");
    keys.write_all(b"open sesame\n").expect("typed");
    until(&mut shown, "]");
    assert!(terminal.wait().expect("its end").success(), "{shown}");
    assert!(shown.contains("admin") && !shown.contains("sesame"), "{shown}");
}
