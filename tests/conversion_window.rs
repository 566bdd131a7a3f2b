//! Importing a machine, as the user meets it. Needs a display (`scripts/headless cargo test --test conversion_window`).

mod support;

use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::{Daemon, iterate_until};
use vireo::model::host::HostConfig;
use vireo::model::settings::Settings;
use vireo::ui::conversion;
use vireo::ui::core::Core;
use vireo::virt::client::EventLoop;

const LIMIT: Duration = Duration::from_secs(60);

#[track_caller]
fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

fn dialog() -> Option<adw::MessageDialog> {
    gtk::Window::list_toplevels()
        .into_iter()
        .filter_map(|window| window.downcast::<adw::MessageDialog>().ok())
        .find(|dialog| dialog.is_visible())
}

fn all<T: IsA<gtk::Widget>>(root: &gtk::Widget) -> Vec<T> {
    let mut found = Vec::new();
    let mut child = root.first_child();
    while let Some(widget) = child {
        child = widget.next_sibling();
        found.extend(widget.clone().downcast::<T>());
        found.extend(all::<T>(&widget));
    }
    found
}

fn name_of(dialog: &adw::MessageDialog) -> adw::EntryRow {
    let rows = all::<adw::EntryRow>(dialog.upcast_ref());
    rows.into_iter()
        .find(|row| row.title() == "Name")
        .expect("a row for the name")
}

fn says(dialog: &adw::MessageDialog, words: &str) -> bool {
    all::<gtk::Label>(dialog.upcast_ref())
        .iter()
        .any(|label| label.is_visible() && label.text().contains(words))
}

#[gtk4::test]
fn a_disk_of_another_program_becomes_a_machine_and_what_is_wrong_is_said_before() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let daemon = Daemon::start_prepared("", |folder| {
        std::fs::create_dir(folder.join("pool")).expect("the pool's folder");
    });
    let uri = daemon.uri_qemu();
    let folder = daemon.directory().join("pool");
    daemon.virsh(
        &uri,
        &[
            "pool-create-as",
            "default",
            "dir",
            "--target",
            &folder.to_string_lossy(),
        ],
    );
    let _taken = daemon.guest("taken").empty().define();
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("office.vmdk");
    let made = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "vmdk"])
        .arg(&file)
        .arg("8M")
        .status();
    assert!(made.expect("qemu-img").success());

    let core = Core::new(Settings::in_memory().expect("the schema"));
    let config = HostConfig::new("here", uri);
    let host = config.id;
    core.put_host(config, false);
    core.connect_host(host);
    until("the list", || core.store().host(host).is_some_and(|host| host.listed));
    let window = gtk::Window::new();
    window.present();
    let nothing = home.path().join("empty.ova");
    std::fs::write(&nothing, "no archive").expect("written");
    conversion::import_file(&window, &core, Some(host), &nothing);
    until("the reason", || {
        dialog().is_some_and(|dialog| says(&dialog, "empty.ova"))
    });
    dialog().expect("the reason").close();
    until("the reason to go", || dialog().is_none());

    conversion::import_file(&window, &core, Some(host), &file);
    until("the question", || {
        dialog().is_some_and(|dialog| dialog.has_response("import") && dialog.is_response_enabled("import"))
    });
    let asked = dialog().expect("the question");
    assert_eq!(asked.heading().as_deref(), Some("Import office"));
    assert!(asked.body().starts_with("1 disk"), "{}", asked.body());
    name_of(&asked).set_text("taken");
    until("the problem", || says(&asked, "taken"));
    assert!(!asked.is_response_enabled("import"));
    name_of(&asked).set_text("brought");
    until("the consent", || asked.is_response_enabled("import"));
    asked.response("import");
    asked.close();
    until("the machine", || {
        core.store().domains().any(|domain| domain.name == "brought")
    });
    until("the end of the job", || {
        core.operations().iter().all(|job| !job.is_ongoing())
    });
    assert!(folder.join("brought.qcow2").exists(), "its disk is in the pool");
    assert!(dialog().is_none(), "nothing went wrong");
    window.destroy();
}
