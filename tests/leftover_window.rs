//! What a crash left half-done, as the user meets it at the next start. Needs a display
//! (`scripts/headless cargo test --test leftover_window`).

mod support;

#[path = "storage/server.rs"]
#[allow(dead_code, reason = "shared with another program, and each uses its own part")]
mod server;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use server::{Manner, Server};
use support::core::connected;
use support::widgets::{LIMIT, dialog, dialog_called, screenshot, told, until};
use support::{Daemon, block_on, private_state};
use vireo::model::host::HostConfig;
use vireo::model::journal::{Entry, Made};
use vireo::model::key::HostId;
use vireo::model::operation::OperationState;
use vireo::model::settings::Settings;
use vireo::ui::core::Core;
use vireo::ui::leftover;
use vireo::virt::client::{EventLoop, Journal};

/// Asks what is to become of it, gives an answer, and returns what was said.
#[track_caller]
fn answer(window: &gtk::Window, core: &Core, response: &str) -> String {
    leftover::look(window, core);
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    assert_eq!(asked.heading().as_deref(), Some("Unfinished Work"));
    // Neither Return nor Escape deletes anything.
    assert_eq!(asked.default_response().as_deref(), Some("later"));
    assert_eq!(asked.close_response(), "later");
    let text = told(&asked);
    screenshot(&format!("leftover-{response}"));
    asked.response(response);
    asked.close();
    until("the dialog to go", || dialog().is_none());
    text
}

fn entries() -> usize {
    std::fs::read_dir(private_state().join("vireo/jobs")).map_or(0, Iterator::count)
}

/// A job that dies after it has noted this image.
fn dies(host: HostId, uri: &str, image: &str) {
    let entry = Entry {
        title: "Creating <half>".to_owned(),
        host,
        uri: uri.to_owned(),
        started: 1,
        made: Vec::new(),
    };
    let mut record = Journal::of_user().begin(entry).expect("an entry");
    let made = Made::Volume {
        pool: "images".to_owned(),
        name: image.to_owned(),
    };
    record.will_make(made).expect("noted");
}

#[gtk4::test]
fn what_a_crash_left_is_named_at_the_start_and_goes_only_if_the_user_says_so() {
    private_state();
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let daemon = Daemon::start_prepared("", |folder| {
        std::fs::create_dir(folder.join("images")).expect("the pool's folder");
    });
    let uri = daemon.uri_qemu();
    let folder = daemon.directory().join("images");
    daemon.virsh(
        &uri,
        &["pool-create-as", "images", "dir", "--target", &folder.to_string_lossy()],
    );
    for name in ["half.qcow2", "kept.qcow2", "far.qcow2"] {
        daemon.virsh(&uri, &["vol-create-as", "images", name, "1M", "--format", "qcow2"]);
    }
    let (core, host) = connected(HostConfig::new("here", uri.clone()));
    let window = gtk::Window::builder().default_width(900).default_height(700).build();
    window.present();

    // Asked later, it is asked again, and nothing has changed.
    dies(host, &uri, "half.qcow2");
    let text = answer(&window, &core, "later");
    assert!(
        text.contains("Creating <half>") && text.contains("On here") && text.contains("half.qcow2"),
        "{text}"
    );
    until("the entry to be let go", || {
        Journal::of_user().leftovers().is_ok_and(|found| found.len() == 1)
    });
    assert!(folder.join("half.qcow2").exists());

    answer(&window, &core, "delete");
    until("the end of the entry", || entries() == 0);
    assert!(!folder.join("half.qcow2").exists() && folder.join("kept.qcow2").exists());
    assert!(dialog().is_none(), "nothing went wrong");

    // A host that was not saved has another identity after the start: its address tells.
    dies(HostId::new(), &uri, "kept.qcow2");
    answer(&window, &core, "keep");
    until("the end of the entry", || entries() == 0);
    assert!(folder.join("kept.qcow2").exists(), "kept");
    dies(HostId::new(), &uri, "kept.qcow2");
    answer(&window, &core, "delete");
    until("the end of the entry", || entries() == 0);
    assert!(!folder.join("kept.qcow2").exists());

    // A host that nobody reaches is told, and asked for again.
    dies(HostId::new(), "qemu+tcp://127.0.0.1:1/system", "far.qcow2");
    answer(&window, &core, "delete");
    let report = dialog_called("Not Everything Could Be Deleted");
    let text = told(&report);
    assert!(text.contains("not connected"), "{text}");
    screenshot("leftover-report");
    report.close();
    until("the report to go", || dialog().is_none());
    until("the entry to be let go", || {
        Journal::of_user().leftovers().is_ok_and(|found| found.len() == 1)
    });
    assert!(folder.join("far.qcow2").exists());
    Journal::of_user()
        .leftovers()
        .expect("the journal")
        .into_iter()
        .for_each(vireo::virt::client::Leftover::forget);

    one_that_was_never_accepted_is_not_waited_for(&window);

    // One that nobody has connected since is connected for that.
    let quiet = Core::new(Settings::in_memory().expect("the schema"));
    quiet.put_host(HostConfig::new("quiet", uri.clone()), false);
    dies(HostId::new(), &uri, "far.qcow2");
    let text = answer(&window, &quiet, "delete");
    assert!(text.contains("On quiet"), "{text}");
    until("the end of the entry", || entries() == 0);
    assert!(!folder.join("far.qcow2").exists());
    daemon.virsh(
        &uri,
        &["vol-create-as", "images", "far.qcow2", "1M", "--format", "qcow2"],
    );

    what_a_killed_program_left_goes_and_what_lives_is_not_offered(&window, &core, &uri, &folder);
    window.destroy();
}

/// A saved host whose address runs a program is not connected before somebody has accepted that.
fn one_that_was_never_accepted_is_not_waited_for(window: &gtk::Window) {
    let core = Core::new(Settings::in_memory().expect("the schema"));
    let uri = "qemu+ssh://127.0.0.1:1/system?command=/bin/false";
    let config = HostConfig::new("risky", uri);
    let host = config.id;
    core.put_host(config, true);
    dies(host, uri, "far.qcow2");
    dies(host, uri, "kept.qcow2");
    let start = std::time::Instant::now();
    answer(window, &core, "delete");
    until("the report", || dialog().is_some());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let jobs = core.operations();
    assert!(
        jobs.iter()
            .any(|job| job.title == "Deleting what unfinished work left"
                && matches!(job.state, OperationState::Failed(_))),
        "{jobs:?}"
    );
    let report = dialog().expect("the report");
    assert_eq!(told(&report).matches("not connected").count(), 2);
    report.close();
    until("the report to go", || dialog().is_none());
    Journal::of_user()
        .leftovers()
        .expect("the journal")
        .into_iter()
        .for_each(vireo::virt::client::Leftover::forget);
}

/// The program itself, at work on what the network sends.
fn at_work(uri: &str, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
    command.args(["--connect", uri, "--allow-risky-uri"]).args(arguments);
    command.env("XDG_STATE_HOME", private_state()).env("LC_ALL", "C");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program")
}

fn what_a_killed_program_left_goes_and_what_lives_is_not_offered(
    window: &gtk::Window,
    core: &Core,
    uri: &str,
    folder: &Path,
) {
    // The server says no more after the first part, so the work is never done.
    let content: Vec<u8> = (0..8 << 20).map(|at| u8::try_from(at % 251 + 1).unwrap_or(1)).collect();
    let server = Server::start(content, Manner::Stalls(1 << 20));
    let address = server.url("/image");
    // A medium that takes a while.
    let here = tempfile::tempdir().expect("a folder");
    let medium = here.path().join("setup.iso");
    std::fs::write(&medium, vec![7; 400 << 20]).expect("a medium");
    let medium = medium.to_string_lossy();
    let machine = [
        "create",
        "--name",
        "half",
        "--cdrom",
        &medium,
        "--upload",
        "--pool",
        "images",
        "--size",
        "1",
        "--virt-type",
        "qemu",
        "--network",
        "none",
        "--no-start",
    ];
    let upload = ["volume", "upload", "images", "sent.iso", &address];
    let is_there = |name: &str| folder.join(name).exists();
    let before: Vec<_> = std::fs::read_dir(folder)
        .expect("the pool")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    let fresh = || {
        let all = std::fs::read_dir(folder)
            .expect("the pool")
            .flatten()
            .map(|entry| entry.path());
        all.filter(|path| !before.contains(path)).count()
    };
    for (arguments, title) in [(&upload[..], "Uploading sent.iso"), (&machine[..], "half")] {
        let mut program = at_work(uri, arguments);
        until("something half-done", || {
            assert!(program.try_wait().expect("a child").is_none(), "{title}: it has ended");
            fresh() > 0
        });
        // It lives: nobody is asked.
        let alive = Journal::of_user().leftovers().expect("the journal");
        assert!(alive.is_empty(), "{alive:?}");
        let looked = leftover::look(window, core);
        block_on("the end of the look, which a question would hold up", LIMIT, looked).expect("no panic");
        assert!(dialog().is_none() && fresh() > 0);
        assert!(program.try_wait().expect("a child").is_none(), "{title}: it has ended");
        program.kill().expect("killed");
        program.wait().expect("its end");
        let text = answer(window, core, "delete");
        assert!(text.contains(title) && text.contains("On here"), "{text}");
        until("the end of the entry", || {
            assert!(dialog().is_none(), "{}", told(&dialog().expect("it")));
            entries() == 0
        });
        assert_eq!(fresh(), 0, "{title}: something stays");
        assert!(is_there("far.qcow2") && dialog().is_none(), "nothing went wrong");
    }
}
