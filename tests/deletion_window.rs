//! Deleting machines, as the user meets it. Needs a display (`scripts/headless cargo test --test deletion_window`).

mod support;

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::core::{connected, key_of, played, read_definitions};
use support::widgets::{all, dialog, dialog_called, told, until};
use vireo::model::deletion::Undo;
use vireo::model::key::DomainKey;
use vireo::ui::actions::{self, Deed};
use vireo::ui::core::{Core, Notice};
use vireo::virt::client::EventLoop;

/// A host of libvirt's test driver with a pool: “mail” runs, “web” and “clone” are off, and a base is below two of them.
/// “vault” has firmware settings and a TPM, and “loose” runs with a disk that is in no pool.
fn world() -> String {
    let volume = |name: &str, base: &str| {
        format!(
            "<volume><name>{name}</name><capacity>4096</capacity><allocation>4096</allocation>\
             <target><path>/images/{name}</path><format type='qcow2'/></target>{base}</volume>"
        )
    };
    let base = "<backingStore><path>/images/base.qcow2</path><format type='qcow2'/></backingStore>";
    let disk = |path: &str, target: &str, kind: &str| {
        format!("<disk type='file' device='{kind}'><source file='{path}'/><target dev='{target}' bus='sata'/></disk>")
    };
    let machine = |name: &str, state: u8, disks: &str| {
        format!(
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name>\
             <memory>524288</memory><os><type>hvm</type></os><devices>{disks}</devices>\
             <test:runstate>{state}</test:runstate></domain>"
        )
    };
    let tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
    let mail = disk("/images/mail.qcow2", "sda", "disk") + &disk("/images/setup.iso", "sdb", "cdrom");
    let web = disk("/images/web.qcow2", "sda", "disk") + &disk("/images/mail.qcow2", "sdc", "disk");
    format!(
        "<node>{}{}{}{}{}<pool type='dir'><name>images</name><target><path>/images</path></target>{}{}{}{}{}</pool></node>",
        machine("mail", 1, &mail),
        machine("web", 5, &web),
        machine("clone", 5, &disk("/images/clone.qcow2", "sda", "disk")),
        machine("vault", 5, tpm).replace(
            "</type>",
            "</type><loader readonly='yes' type='pflash'>/code.fd</loader><nvram>/vault.fd</nvram>"
        ),
        machine("loose", 1, &disk("/elsewhere/loose.img", "sda", "disk")),
        volume("mail.qcow2", ""),
        volume("web.qcow2", base),
        volume("clone.qcow2", base),
        volume("base.qcow2", ""),
        volume("setup.iso", ""),
    )
}

/// A row of the dialog: its title, what stands below, whether it can be ticked, and the box.
struct Row {
    title: String,
    below: String,
    free: bool,
    tick: gtk::CheckButton,
}

fn rows(dialog: &adw::MessageDialog) -> Vec<Row> {
    let rows = all::<adw::ActionRow>(dialog).into_iter();
    let shown = rows.filter(|row| row.is_mapped());
    let row = shown.map(|row| Row {
        title: row.title().to_string(),
        below: row.subtitle().unwrap_or_default().to_string(),
        free: all::<gtk::CheckButton>(&row).iter().all(WidgetExt::is_sensitive),
        tick: all(&row).remove(0),
    });
    row.collect()
}

#[track_caller]
fn row(dialog: &adw::MessageDialog, title: &str) -> Row {
    let found = rows(dialog).into_iter().find(|row| row.title == title);
    found.unwrap_or_else(|| panic!("no row {title}"))
}

struct Desk {
    _folder: tempfile::TempDir,
    core: Core,
    window: Rc<adw::Window>,
}

impl Desk {
    fn open() -> Self {
        let (folder, config) = played(&world());
        let (core, _) = connected(config);
        read_definitions(&core);
        let window = Rc::new(adw::Window::new());
        window.present();
        Self {
            _folder: folder,
            core,
            window,
        }
    }

    fn key(&self, name: &str) -> Option<DomainKey> {
        key_of(&self.core, name)
    }

    /// Asks to delete these machines, and waits until their images are read.
    #[track_caller]
    fn ask(&self, names: &[&str]) -> adw::MessageDialog {
        self.ask_until(names, "/images/")
    }

    /// Asks to delete these machines, and waits until there is a row whose title begins like this.
    #[track_caller]
    fn ask_until(&self, names: &[&str], title: &str) -> adw::MessageDialog {
        let keys: Vec<DomainKey> = names.iter().filter_map(|name| self.key(name)).collect();
        actions::run(&self.core, self.window.upcast_ref(), &Deed::Delete, &keys);
        until("the question", || {
            dialog().is_some_and(|dialog| rows(&dialog).iter().any(|row| row.title.starts_with(title)))
        });
        dialog().expect("the question")
    }
}

#[gtk4::test]
fn nothing_is_ticked_beforehand_and_only_what_is_ticked_goes() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let desk = Desk::open();
    let mail = desk.key("mail").expect("the machine");
    what_was_to_be_kept_and_cannot_be_leaves_the_machine_and_is_told(&desk);
    a_machine_of_which_only_the_definition_went_comes_back(&desk);
    what_libvirt_keeps_is_told_and_a_file_in_no_pool_stays(&desk);

    // What others have, and media, can't be chosen; a machine that runs is deleted only with consent.
    let asked = desk.ask(&["mail"]);
    assert_eq!(asked.heading().as_deref(), Some("Delete mail?"));
    assert!(rows(&asked).iter().all(|row| !row.tick.is_active()));
    let own = row(&asked, "/images/mail.qcow2");
    assert!(
        !own.free && own.below.contains("“web” uses it as sdc (off)."),
        "{}",
        own.below
    );
    let medium = row(&asked, "/images/setup.iso");
    assert!(
        !medium.free && medium.below.contains("It is only read"),
        "{}",
        medium.below
    );
    assert!(!asked.is_response_enabled("delete"));
    // Return deletes nothing.
    assert_eq!(asked.default_response().as_deref(), Some("cancel"));
    // Why the button is grey, and what it will do.
    let why = row(&asked, "Force it off first").below;
    assert!(why.contains("only what is off can be deleted"), "{why}");
    assert_eq!(asked.response_label("delete"), "_Force Off and Delete");
    let consent = row(&asked, "Force it off first").tick;
    consent.set_active(true);
    assert!(asked.is_response_enabled("delete"));
    consent.set_active(false);
    assert!(!asked.is_response_enabled("delete"));
    asked.close();
    until("the dialog to go", || dialog().is_none());
    assert!(
        desk.core
            .store()
            .domain(mail)
            .is_some_and(|domain| domain.state.is_running())
    );

    // A base goes only with all that builds on it.
    let asked = desk.ask(&["web", "clone"]);
    assert_eq!(asked.heading().as_deref(), Some("Delete 2 machines?"));
    assert!(rows(&asked).iter().all(|row| !row.tick.is_active()));
    let tick = |name: &str| row(&asked, name).tick;
    assert!(row(&asked, "/images/web.qcow2").below.contains("web: sda"));
    tick("/images/web.qcow2").set_active(true);
    assert!(!row(&asked, "/images/base.qcow2").free);
    tick("/images/clone.qcow2").set_active(true);
    assert!(row(&asked, "/images/base.qcow2").free);
    tick("/images/base.qcow2").set_active(true);
    tick("/images/clone.qcow2").set_active(false);
    let base = row(&asked, "/images/base.qcow2");
    assert!(
        !base.free && !base.tick.is_active(),
        "it would be deleted under the other one"
    );
    asked.response("delete");
    asked.close();
    until("the machines to go", || {
        desk.key("web").is_none() && desk.key("clone").is_none()
    });
    until("the deletion", || {
        let operations = desk.core.operations();
        let mut images = operations
            .iter()
            .filter(|operation| operation.title.contains("disk image"));
        images.next().is_some_and(|operation| !operation.is_ongoing())
    });
    assert!(dialog().is_none(), "nothing went wrong");

    // Of the images only the one that was ticked is gone; what nobody else has any more can be chosen now.
    let asked = desk.ask(&["mail"]);
    assert!(row(&asked, "/images/mail.qcow2").free);
    let usage = desk.core.usage(mail.host);
    let is_there = |path: &str| usage.lore().seen(&vireo::model::usage::Source::path(path)).is_some();
    assert!(!is_there("/images/web.qcow2") && is_there("/images/clone.qcow2") && is_there("/images/base.qcow2"));

    // A machine that ends while one is asked needs no consent any more.
    desk.core.perform(mail, vireo::model::action::DomainAction::ForceOff);
    until("the end of the machine", || asked.is_response_enabled("delete"));
    assert_eq!(asked.response_label("delete"), "_Delete");
    row(&asked, "/images/mail.qcow2").tick.set_active(true);
    asked.response("delete");
    asked.close();
    until("the machine to go", || desk.key("mail").is_none());
    desk.window.destroy();
}

fn a_machine_of_which_only_the_definition_went_comes_back(desk: &Desk) {
    let key = desk.key("clone").expect("the machine");
    let offered: Rc<std::cell::RefCell<Vec<Undo>>> = Rc::default();
    let heard = offered.clone();
    let _notices = desk.core.subscribe_notices(move |_, notice| {
        if let Notice::Deleted(undo) = notice {
            heard.borrow_mut().extend(undo.clone());
        }
    });
    let asked = desk.ask(&["clone"]);
    assert!(
        asked.body().ends_with("You can undo this right afterwards."),
        "{}",
        asked.body()
    );
    let image = row(&asked, "/images/clone.qcow2").tick;
    image.set_active(true);
    assert!(asked.body().ends_with("This can't be undone."), "{}", asked.body());
    image.set_active(false);
    asked.response("delete");
    asked.close();
    until("the machine to go", || desk.key("clone").is_none());
    until("the offer", || !offered.borrow().is_empty());
    let undo = offered.borrow_mut().remove(0);
    let core = desk.core.clone();
    let done = Rc::new(std::cell::Cell::new(None));
    let told = done.clone();
    glib::spawn_future_local(async move { told.set(Some(core.undelete(&undo).await.is_ok())) });
    until("the machine to come back", || desk.key("clone") == Some(key));
    until("the end of it", || done.get().is_some());
    assert_eq!(done.get(), Some(true));
}

fn what_was_to_be_kept_and_cannot_be_leaves_the_machine_and_is_told(desk: &Desk) {
    let asked = desk.ask_until(&["vault"], "Keep the keys");
    for title in ["Keep the firmware's settings", "Keep the keys of the TPM"] {
        assert!(!row(&asked, title).tick.is_active(), "{title}");
    }
    row(&asked, "Keep the keys of the TPM").tick.set_active(true);
    asked.response("delete");
    asked.close();
    let report = dialog_called("vault could not be deleted");
    assert!(told(&report).contains("This host can't keep"), "{}", told(&report));
    report.close();
    until("the report to go", || dialog().is_none());
    assert!(desk.key("vault").is_some());

    let asked = desk.ask_until(&["vault"], "Keep the keys");
    asked.response("delete");
    asked.close();
    until("the machine to go", || desk.key("vault").is_none());
}

fn what_libvirt_keeps_is_told_and_a_file_in_no_pool_stays(desk: &Desk) {
    let key = desk.key("loose").expect("the machine");
    desk.core.perform(key, vireo::model::action::DomainAction::Save);
    until("its memory to be saved", || {
        let store = desk.core.store();
        store.domain(key).is_some_and(|domain| domain.managed_save)
    });
    let asked = desk.ask_until(&["loose"], "/elsewhere/");
    assert!(told(&asked).contains("1 saved state"), "{}", told(&asked));
    assert!(asked.body().ends_with("This can't be undone."), "{}", asked.body());
    let file = row(&asked, "/elsewhere/loose.img");
    assert!(
        !file.free && !file.tick.is_active() && file.below.contains("pool"),
        "{}",
        file.below
    );
    assert_eq!(asked.response_label("delete"), "_Delete");
    asked.response("delete");
    asked.close();
    until("the machine to go", || desk.key("loose").is_none());
    until("the end of it", || {
        desk.core.operations().iter().all(|operation| !operation.is_ongoing())
    });
    assert!(dialog().is_none(), "nothing went wrong");
}
