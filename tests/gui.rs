//! The window as a user meets it: through the accessibility bus, mouse and keyboard, on a display of its own.

mod support;

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use support::{Daemon, is_root, root};

const SYSTEM: &str = "/run/libvirt";
const COVER: &str = "mount -t tmpfs tmpfs /run/libvirt && exec \"$@\"";
const LIMIT: Duration = Duration::from_secs(240);

/// Starts `tests/gui/NAME.py` on a display and a session bus of its own.
fn start(name: &str, variables: &[(&str, &str)]) -> Child {
    start_by(Command::new(root().join("scripts/headless")), name, variables)
}

/// The same as somebody who is not root, for whom there is no libvirt of the system: where there is one, its directory is
/// covered by an empty one.
fn start_as_new_user(name: &str, variables: &[(&str, &str)]) -> Child {
    let mut words: Vec<&str> = Vec::new();
    if Path::new(SYSTEM).exists() {
        words.extend(["unshare", "--mount"]);
        if !is_root() {
            words.push("--map-root-user");
        }
        words.extend(["sh", "-c", COVER, "sh"]);
    }
    if is_root() {
        words.extend(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
    }
    let headless = root().join("scripts/headless");
    let Some((program, arguments)) = words.split_first() else {
        return start(name, variables);
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(headless);
    start_by(command, name, variables)
}

fn start_by(mut command: Command, name: &str, variables: &[(&str, &str)]) -> Child {
    command
        // Not any python: the accessibility module belongs to the system's.
        .args(["timeout", "-k", "5", "220", "/usr/bin/python3"])
        .arg(root().join(format!("tests/gui/{name}.py")))
        .env("VIREO", env!("CARGO_BIN_EXE_vireo"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(variables.iter().copied())
        .current_dir(root())
        .spawn()
        .expect("scripts/headless")
}

#[track_caller]
fn finish(mut script: Child, mut meanwhile: impl FnMut()) {
    let start = Instant::now();
    loop {
        if let Some(status) = script.try_wait().expect("its end") {
            assert!(status.success(), "the user was not content: {status}");
            return;
        }
        if start.elapsed() > LIMIT {
            let _ = script.kill();
            panic!("the user waited in vain");
        }
        meanwhile();
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn demo_fills_its_list_and_searches() {
    finish(start("demo", &[]), || ());
}

#[test]
fn first_start_opens_the_demo_where_there_is_no_hypervisor() {
    finish(start_as_new_user("first", &[("VIREO_FOUND", "nothing")]), || ());
}

#[test]
fn first_start_connects_the_users_own_qemu() {
    let daemon = Daemon::start();
    daemon.guest("my-own").empty().define();
    let run = daemon.directory().join("run");
    let variables = [("VIREO_FOUND", "qemu"), ("VIREO_RUN", &*run.to_string_lossy())];
    finish(start_as_new_user("first", &variables), || ());
}

#[test]
fn arrangement_survives_the_next_start() {
    finish(start("memory", &[]), || ());
}

#[test]
fn keyboard_and_headings_do_what_they_say() {
    finish(start("keys", &[]), || ());
}

#[test]
fn tags_for_many_and_saved_searches_are_used_from_start_to_end() {
    finish(start("searches", &[]), || ());
}

#[test]
fn hostile_names_are_read_as_they_are_in_every_place() {
    finish(start("hostile", &[]), || ());
}

#[test]
fn menus_say_why_entries_are_grey_and_leave_vireo_alive_when_they_close() {
    finish(start("menus", &[]), || ());
}

#[test]
fn second_start_hands_its_wishes_to_the_first() {
    finish(start("second", &[]), || ());
}

#[test]
fn every_control_has_a_name_that_is_said_once() {
    finish(start("names", &[]), || ());
}

#[test]
fn every_page_of_the_hardware_has_names_that_are_said_once() {
    finish(start("hardware", &[]), || ());
}

#[test]
fn keyboard_alone_is_enough() {
    finish(start("keyboard", &[]), || ());
}

#[test]
fn germans_read_german_and_their_own_numbers() {
    finish(start("german", &[]), || ());
}

#[test]
fn guest_started_elsewhere_shows_and_answers_on_its_console() {
    let daemon = Daemon::start();
    let guest = daemon.guest("vm").define();
    let log = daemon.directory().join(format!("{}-0.log", guest.name));
    let script = start(
        "guest",
        &[
            ("VIREO_URI", &daemon.uri_qemu()),
            ("VIREO_SERIAL_LOG", &log.to_string_lossy()),
        ],
    );
    finish(script, || ());
}

#[test]
fn guest_obeys_menus_and_buttons_and_vireo_ends_beside_a_frozen_host() {
    let daemon = Daemon::start();
    let guest = daemon.guest("vm").define();
    daemon.guest("empty").empty().define();
    let log = daemon.directory().join(format!("{}-0.log", guest.name));
    let folder = tempfile::tempdir().expect("a directory");
    let control = folder.path().join("order");
    let script = start(
        "lifecycle",
        &[
            ("VIREO_URI", &daemon.uri_qemu()),
            ("VIREO_SERIAL_LOG", &log.to_string_lossy()),
            ("VIREO_CONTROL", &control.to_string_lossy()),
        ],
    );
    finish(script, || obey(&daemon, &control));
}

#[test]
fn window_survives_lost_daemon_removed_machine_and_hostile_names() {
    let daemon = Daemon::start();
    daemon.guest("leaving").empty().define();
    let hostile = daemon
        .guest("hostile")
        .empty()
        .xml()
        .replace("<name>hostile</name>", "<name>&lt;b&gt;bold &amp;amp; %s</name>");
    let file = daemon.write("hostile.xml", &hostile);
    daemon.virsh(&daemon.uri_qemu(), &["define", &file.to_string_lossy()]);
    let folder = tempfile::tempdir().expect("a directory");
    let control = folder.path().join("order");
    let script = start(
        "faults",
        &[
            ("VIREO_URI", &daemon.uri_qemu()),
            ("VIREO_CONTROL", &control.to_string_lossy()),
        ],
    );
    finish(script, || obey(&daemon, &control));
}

/// Does to the daemon what the script asks for in a file, and removes the file.
fn obey(daemon: &Daemon, control: &Path) {
    match std::fs::read_to_string(control).unwrap_or_default().as_str() {
        "kill" => daemon.kill9(),
        "restart" => daemon.restart(),
        "stop" => daemon.stop(),
        "cont" => daemon.cont(),
        _ => return,
    }
    std::fs::remove_file(control).expect("the order");
}
