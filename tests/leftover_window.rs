//! What a crash left half-done, as the user meets it at the next start. Needs a display
//! (`scripts/headless cargo test --test leftover_window`).

mod support;

use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::{Daemon, iterate_until, private_state};
use vireo::model::host::HostConfig;
use vireo::model::journal::{Entry, Made};
use vireo::model::key::HostId;
use vireo::model::settings::Settings;
use vireo::ui::core::Core;
use vireo::ui::leftover;
use vireo::virt::client::{EventLoop, Journal};

const LIMIT: Duration = Duration::from_secs(60);

#[track_caller]
fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

fn dialog() -> Option<adw::MessageDialog> {
    gtk::Window::list_toplevels()
        .into_iter()
        .filter_map(|window| window.downcast::<adw::MessageDialog>().ok())
        .find(WidgetExt::is_visible)
}

/// What the labels of a dialog say.
fn told(root: &gtk::Widget) -> String {
    let mut text = String::new();
    if let Some(label) = root.downcast_ref::<gtk::Label>() {
        text.push_str(&label.text());
        text.push('\n');
    }
    let mut child = root.first_child();
    while let Some(widget) = child {
        text.push_str(&told(&widget));
        child = widget.next_sibling();
    }
    text
}

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
    let text = told(asked.upcast_ref());
    shoot(response);
    asked.response(response);
    asked.close();
    until("the dialog to go", || dialog().is_none());
    text
}

/// A picture of the screen, where one is wanted.
fn shoot(name: &str) {
    let Some(folder) = std::env::var_os("VIREO_PICTURES") else {
        return;
    };
    let start = std::time::Instant::now();
    until("the dialog to be drawn", || start.elapsed() > Duration::from_secs(1));
    let file = std::path::Path::new(&folder).join(format!("leftover-{name}.png"));
    let status = std::process::Command::new("import")
        .args(["-window", "root"])
        .arg(file)
        .status();
    assert!(status.expect("import").success());
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
    let core = Core::new(Settings::in_memory().expect("the schema"));
    let config = HostConfig::new("here", uri.clone());
    let host = config.id;
    core.put_host(config, false);
    core.connect_host(host);
    until("the list", || core.store().host(host).is_some_and(|host| host.listed));
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
    until("the report", || {
        dialog().is_some_and(|dialog| dialog.heading().as_deref() == Some("Not Everything Could Be Deleted"))
    });
    let report = dialog().expect("the report");
    let text = told(report.upcast_ref());
    assert!(text.contains("not connected"), "{text}");
    shoot("report");
    report.close();
    until("the report to go", || dialog().is_none());
    until("the entry to be let go", || {
        Journal::of_user().leftovers().is_ok_and(|found| found.len() == 1)
    });
    assert!(folder.join("far.qcow2").exists());
    window.destroy();
}
