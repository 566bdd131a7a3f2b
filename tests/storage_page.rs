//! Storage of a host, as the user meets it. Needs a display (`scripts/headless cargo test --test storage_page`). With
//! `VIREO_PICTURES` a folder, pictures are left in it.

mod support;

#[path = "storage_page/daemon.rs"]
mod daemon;
#[path = "storage_page/dead.rs"]
mod dead;
#[path = "storage_page/dropped.rs"]
mod dropped;
#[path = "storage/server.rs"]
#[allow(dead_code, reason = "shared with another program, and each uses its own part")]
mod server;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::core::{connected, played, read_definitions};
use support::widgets::{all, button, dialog, dialog_called, entry, picture, says, until, use_style, windows};
use vireo::model::creation::ImageRef;
use vireo::model::key::HostId;
use vireo::ui::core::Core;
use vireo::ui::storage::chooser::{self, Purpose};
use vireo::ui::storage::volumes::VolumeList;
use vireo::virt::client::EventLoop;

/// A host of libvirt's test driver: a pool with images, two of which build on a third, one that is off, and an empty one.
fn world(more: usize) -> String {
    let volume = |name: &str, format: &str, size: u64, base: &str| {
        format!(
            "<volume><name>{name}</name><capacity>{size}</capacity><allocation>{}</allocation>\
             <target><path>/images/{name}</path><format type='{format}'/></target>{base}</volume>",
            size / 3
        )
    };
    let base = "<backingStore><path>/images/base.qcow2</path><format type='qcow2'/></backingStore>";
    let disk = |path: &str| {
        format!("<disk type='file' device='disk'><source file='{path}'/><target dev='sda' bus='sata'/></disk>")
    };
    let machine = |name: &str, state: u8, disks: &str| {
        format!(
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name>\
             <memory>524288</memory><os><type>hvm</type></os><devices>{disks}</devices>\
             <test:runstate>{state}</test:runstate></domain>"
        )
    };
    let many: String = (0..more)
        .map(|n| volume(&format!("disk-{n}.qcow2"), "qcow2", 1 << 30, ""))
        .collect();
    format!(
        "<node>{}{}<pool type='dir'><name>images</name><target><path>/images</path></target>{}{}{}{}{}{many}</pool>\
         <pool type='dir'><name>empty</name><target><path>/empty</path></target></pool></node>",
        machine("mail", 1, &disk("/images/mail.qcow2")),
        machine("web", 5, &disk("/images/web.qcow2")),
        volume("mail.qcow2", "qcow2", 20 << 30, ""),
        volume("web.qcow2", "qcow2", 40 << 30, base),
        volume("clone.qcow2", "qcow2", 40 << 30, base),
        volume("base.qcow2", "qcow2", 8 << 30, ""),
        volume("setup.iso", "iso", 700 << 20, ""),
    )
}

fn titled(title: &str) -> Option<adw::Window> {
    let windows = windows::<adw::Window>();
    windows
        .into_iter()
        .find(|window| window.title().as_deref() == Some(title))
}

/// Presses a button of a dialog, which closes with that.
fn answer(dialog: &adw::MessageDialog, response: &str) {
    dialog.response(response);
    dialog.destroy();
}

struct Desk {
    #[expect(dead_code, reason = "what is in it lives as long as the desk")]
    folder: Option<tempfile::TempDir>,
    core: Core,
    host: HostId,
    window: adw::Window,
    page: gtk::Widget,
}

impl Desk {
    fn open(world: &str, read_only: bool) -> Self {
        let (folder, mut config) = played(world);
        config.read_only = read_only;
        let (core, host) = connected(config);
        read_definitions(&core);
        let desk = Self::show(core, host);
        Self {
            folder: Some(folder),
            ..desk
        }
    }

    /// The page of a host that is connected.
    fn show(core: Core, host: HostId) -> Self {
        let page = vireo::ui::storage::page(&core, host);
        let window = adw::Window::builder().default_width(1180).default_height(760).build();
        window.set_content(Some(&page));
        window.present();
        Self {
            folder: None,
            core,
            host,
            window,
            page,
        }
    }

    fn act(&self, action: &str) {
        let list = all::<gtk::ListView>(&self.page).remove(0);
        list.activate_action(action, None).expect("an action");
    }

    /// Goes to a pool by a click on its line, once it is there.
    fn go(&self, pool: &str) {
        let rows = all::<gtk::ListBoxRow>(&self.page);
        let row = rows
            .into_iter()
            .find(|row| all::<gtk::Label>(row).first().is_some_and(|label| label.text() == pool));
        let Some(row) = row else { return };
        let list = row.parent().and_downcast::<gtk::ListBox>().expect("its list");
        list.select_row(Some(&row));
    }

    /// Goes to a pool as a click on a narrow window does.
    fn enter(&self, pool: &str) {
        self.go(pool);
        let rows = all::<gtk::ListBoxRow>(&self.page);
        if let Some(row) = rows.into_iter().find(gtk::ListBoxRow::is_selected) {
            row.emit_activate();
        }
    }

    /// What the lines of the volumes say to a screen reader is the widget's own; the number of them is GTK's.
    fn lines(&self) -> u32 {
        let list = all::<gtk::ListView>(&self.page).remove(0);
        list.model().map_or(0, |model| model.n_items())
    }

    fn select(&self, position: u32) {
        let list = all::<gtk::ListView>(&self.page).remove(0);
        let model = list.model().expect("a model");
        model.select_item(position, true);
    }
}

/// Runs a body on the thread that has GTK.
#[gtk4::test]
fn storage_of_a_host() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    use_style();
    pools_and_volumes_are_seen_found_and_sorted();
    what_is_used_is_not_deleted();
    what_is_not_listed_goes_with_all_that_nobody_uses();
    pools_stop_start_and_are_made();
    volumes_are_made_and_chosen();
    nothing_can_be_changed_on_a_host_that_is_only_looked_at();
    ten_thousand_volumes_leave_the_window_alive();
    daemon::images_come_change_and_go();
    dropped::files_that_are_dropped_become_volumes();
    dead::a_server_that_is_silent_holds_up_only_its_own_pool();
}

fn pools_and_volumes_are_seen_found_and_sorted() {
    let desk = Desk::open(&world(0), false);
    until("the volumes", || {
        desk.go("images");
        desk.lines() == 5
    });
    until("the pool", || {
        says(&desk.page, "/images") && says(&desk.page, "5 volumes")
    });
    picture("storage", &desk.window);
    desk.window.set_default_size(360, 720);
    picture("storage-narrow-pools", &desk.window);
    let folded = all::<adw::Leaflet>(&desk.page).remove(0);
    until("the narrow page", || folded.is_folded());
    desk.go("empty");
    desk.enter("images");
    until("the volumes without the list of pools", || {
        says(&desk.page, "5 volumes") && !says(&desk.page, "Add")
    });
    picture("storage-narrow", &desk.window);
    desk.window.set_default_size(1180, 760);
    let filter = all::<gtk::SearchEntry>(&desk.page).remove(0);
    filter.set_text("web.q");
    until("the filter", || desk.lines() == 1 && says(&desk.page, "1 of 5 volumes"));
    filter.set_text("nothing like this");
    until("no volume", || says(&desk.page, "Nothing found"));
    filter.set_text("");
    until("all volumes", || desk.lines() == 5);
    // The details: what it builds on, and who uses it. Sorted by name: base, clone, mail, setup, web.
    desk.select(4);
    desk.act("volume.details");
    until("the details", || titled("web.qcow2").is_some());
    let details = titled("web.qcow2").expect("the details");
    until("its base and its user", || {
        says(&details, "base.qcow2") && says(&details, "“web” uses it as sda (off).")
    });
    picture("storage-volume", &details);
    details.close();
    desk.window.destroy();
}

fn what_is_used_is_not_deleted() {
    let desk = Desk::open(&world(0), false);
    until("the volumes", || {
        desk.go("images");
        desk.lines() == 5
    });
    // The base, on which others build.
    desk.select(0);
    desk.act("volume.delete");
    dialog_called("base.qcow2 is in use").close();
    until("the answer to go", || dialog().is_none());
    // What a machine that runs has is not wiped either.
    desk.select(2);
    desk.act("volume.wipe");
    let told = dialog_called("mail.qcow2 is in use");
    assert!(says(&told, "“mail” uses it as sda (running)."));
    told.close();
    until("the answer to go", || dialog().is_none());
    // Several: nothing is ticked beforehand, and what is used can't be.
    let list = all::<gtk::ListView>(&desk.page).remove(0);
    list.model().expect("a model").select_all();
    desk.act("volume.delete");
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    let ticks = all::<gtk::CheckButton>(&asked);
    assert!(ticks.iter().all(|tick| !tick.is_active()));
    assert!(!asked.is_response_enabled("delete"));
    let free = all::<adw::ActionRow>(&asked).into_iter().filter(|row| {
        let ticks = all::<gtk::CheckButton>(row);
        ticks.iter().all(WidgetExt::is_sensitive)
    });
    let free: Vec<String> = free.map(|row| row.title().to_string()).collect();
    assert_eq!(free, ["All 2 that nobody uses", "clone.qcow2", "setup.iso"]);
    ticks[0].set_active(true);
    assert!(asked.is_response_enabled("delete"));
    picture("storage-delete", &asked);
    answer(&asked, "delete");
    until("two volumes to go", || desk.lines() == 3);
    desk.window.destroy();
}

/// Of many volumes the first hundred are listed: they may all be in use.
fn what_is_not_listed_goes_with_all_that_nobody_uses() {
    let letters = |n: usize| {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
        format!("{}{}", letter(n / 26), letter(n))
    };
    let names = (0..100).map(|n| format!("disk-{n}.qcow2"));
    let disks: String = std::iter::once("clone.qcow2".to_owned())
        .chain(names)
        .enumerate()
        .map(|(n, name)| {
            format!(
                "<disk type='file' device='disk'><source file='/images/{name}'/><target dev='vd{}' bus='virtio'/></disk>",
                letters(n)
            )
        })
        .collect();
    let own = "<disk type='file' device='disk'><source file='/images/web.qcow2'/><target dev='sda' bus='sata'/></disk>";
    let desk = Desk::open(&world(120).replace(own, &disks), false);
    until("the volumes", || {
        desk.go("images");
        desk.lines() == 125
    });
    let list = all::<gtk::ListView>(&desk.page).remove(0);
    list.model().expect("a model").select_all();
    desk.act("volume.delete");
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    let ticks = all::<gtk::CheckButton>(&asked);
    assert!(says(&asked, "All 22 that nobody uses"));
    assert!(
        ticks[1..].iter().all(|tick| !tick.is_sensitive()),
        "one that is listed is free"
    );
    assert!(!asked.is_response_enabled("delete"));
    ticks[0].set_active(true);
    assert!(asked.is_response_enabled("delete"));
    ticks[0].set_active(false);
    assert!(!asked.is_response_enabled("delete"));
    ticks[0].set_active(true);
    answer(&asked, "delete");
    until("those that nobody uses to go", || desk.lines() == 103);
    desk.window.destroy();
}

fn pools_stop_start_and_are_made() {
    let desk = Desk::open(&world(0), false);
    until("the pools", || says(&desk.page, "empty"));
    desk.go("empty");
    until("the empty pool", || says(&desk.page, "No volumes"));
    desk.act("pool.stop");
    until("it to be off", || says(&desk.page, "The pool is off"));
    picture("storage-off", &desk.window);
    desk.act("pool.start");
    until("it to run", || says(&desk.page, "No volumes"));
    // Deleted, only its definition.
    desk.act("pool.delete");
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    assert!(all::<gtk::CheckButton>(&asked).iter().all(|tick| !tick.is_active()));
    assert_eq!(asked.default_response().as_deref(), Some("cancel"));
    answer(&asked, "delete");
    until("it to go", || !says(&desk.page, "empty"));
    // A new one.
    desk.act("pool.new");
    until("the window", || titled("New Storage Pool").is_some());
    let form = titled("New Storage Pool").expect("the window");
    picture("storage-new-pool", &form);
    let create = button(&form, "Create").expect("a button");
    // What is usual is there already, and goes as soon as somebody types.
    let name = entry(&form, "Name");
    let target = entry(&form, "Folder on the host");
    assert_eq!(
        (name.text(), target.text()),
        ("default".into(), "/var/lib/libvirt/images".into())
    );
    assert!(create.is_sensitive());
    assert_eq!(name.selection_bounds(), Some((0, 7)), "typing replaces it");
    entry(&form, "Name").set_text("images");
    assert!(says(&form, "There is a pool “images” already."));
    entry(&form, "Name").set_text("spare");
    assert_eq!(target.text(), "/var/lib/libvirt/images/spare");
    assert!(create.is_sensitive());
    // Every kind has its own rows and says what it needs.
    let kind = all::<adw::ComboRow>(&form).remove(0);
    for at in 0..kind.model().map_or(0, |model| model.n_items()) {
        kind.set_selected(at);
    }
    kind.set_selected(2);
    assert!(!create.is_sensitive() && says(&form, "Name the server."));
    picture("storage-new-pool-netfs", &form);
    kind.set_selected(0);
    assert!(create.is_sensitive());
    create.emit_clicked();
    until("the new pool", || {
        titled("New Storage Pool").is_none() && says(&desk.page, "spare")
    });
    desk.window.destroy();
}

fn volumes_are_made_and_chosen() {
    let desk = Desk::open(&world(0), false);
    until("the volumes", || {
        desk.go("images");
        desk.lines() == 5
    });
    desk.act("pool.new-volume");
    until("the window", || titled("New Volume in images").is_some());
    let form = titled("New Volume in images").expect("the window");
    picture("storage-new-volume", &form);
    let create = button(&form, "Create").expect("a button");
    entry(&form, "Name").set_text("web.qcow2");
    assert!(!create.is_sensitive() && says(&form, "already"));
    entry(&form, "Name").set_text("data.qcow2");
    entry(&form, "Size").set_text("much");
    assert!(!create.is_sensitive());
    entry(&form, "Size").set_text("3 GiB");
    create.emit_clicked();
    until("the new volume", || desk.lines() == 6);
    // The chooser has it.
    let chosen: Rc<RefCell<Option<ImageRef>>> = Rc::default();
    let taken = chosen.clone();
    let take = Rc::new(move |image| {
        taken.replace(Some(image));
    });
    chooser::open(&desk.core, desk.host, desk.window.upcast_ref(), Purpose::Media, take);
    until("the places", || {
        titled("Choose a Medium").is_some_and(|window| says(&window, "images"))
    });
    let window = titled("Choose a Medium").expect("the chooser");
    let rows = all::<adw::ActionRow>(&window);
    let place = rows.iter().find(|row| row.title() == "images").expect("a place");
    place.emit_activate();
    until("the media", || {
        titled("Choose a Medium").is_some_and(|window| {
            let list = all::<gtk::ListView>(&window).pop();
            list.and_then(|list| list.model())
                .is_some_and(|model| model.n_items() == 1)
        })
    });
    let window = titled("Choose a Medium").expect("the chooser");
    picture("storage-chooser", &window);
    let choose = button(&window, "Choose").expect("a button");
    assert!(!choose.is_sensitive(), "nothing is selected");
    let list = all::<gtk::ListView>(&window).remove(0);
    list.model().expect("a model").select_item(0, true);
    choose.emit_clicked();
    until("the answer", || chosen.borrow().is_some());
    let image = ImageRef::Volume {
        pool: "images".to_owned(),
        name: "setup.iso".to_owned(),
        path: "/images/setup.iso".to_owned(),
    };
    assert_eq!(chosen.take(), Some(image));
    until("the chooser to go", || titled("Choose a Medium").is_none());
    desk.window.destroy();
}

fn nothing_can_be_changed_on_a_host_that_is_only_looked_at() {
    let desk = Desk::open(&world(0), true);
    until("the volumes", || {
        desk.go("images");
        desk.lines() == 5
    });
    for label in ["Stop", "Start"] {
        assert!(button(&desk.page, label).is_none(), "{label}");
    }
    assert!(all::<gtk::Switch>(&desk.page).iter().all(|switch| !switch.is_mapped()));
    let buttons = all::<gtk::MenuButton>(&desk.page);
    let add = buttons.iter().find(|button| says(*button, "Add")).expect("the button");
    assert_eq!(
        add.menu_model().map(|menu| menu.n_items()),
        Some(1),
        "only secrets are left"
    );
    desk.window.destroy();
}

fn ten_thousand_volumes_leave_the_window_alive() {
    let desk = Desk::open(&world(10_000), false);
    until("the volumes", || {
        desk.go("images");
        desk.lines() == 10_005
    });
    let list = VolumeList::new(true);
    assert_eq!(list.counts(), (0, 0));
    let filter = all::<gtk::SearchEntry>(&desk.page).remove(0);
    filter.set_text("disk-777");
    until("those that are looked for", || desk.lines() == 11);
    filter.set_text("");
    until("all of them", || desk.lines() == 10_005);
    // All of them are chosen, and one is asked about all of them; what needs long is done beside the main loop.
    let view = all::<gtk::ListView>(&desk.page).remove(0);
    let start = Instant::now();
    view.model().expect("a model").select_all();
    let chosen = start.elapsed();
    desk.act("volume.delete");
    let (mut turn, mut longest) = (Instant::now(), Duration::ZERO);
    until("the question", || {
        longest = longest.max(turn.elapsed());
        turn = Instant::now();
        dialog().is_some()
    });
    println!("select all: {chosen:?}; longest turn until the question about 10,005 volumes: {longest:?}");
    assert!(
        longest < Duration::from_secs(2),
        "the window stood still for {longest:?}"
    );
    let asked = dialog().expect("the question");
    assert!(says(&asked, "All 10002 that nobody uses") || says(&asked, "All 10,002 that nobody uses"));
    assert!(says(&asked, "and 9905 more") || says(&asked, "and 9,905 more"));
    // Without one of them it is not all any more.
    let ticks = all::<gtk::CheckButton>(&asked);
    ticks[0].set_active(true);
    let free: Vec<_> = ticks[1..].iter().filter(|tick| tick.is_sensitive()).collect();
    assert!(free.len() > 2 && free.iter().all(|tick| tick.is_active()));
    free[1].set_active(false);
    assert!(!ticks[0].is_active() && free[0].is_active() && free[2].is_active());
    assert!(asked.is_response_enabled("delete"));
    answer(&asked, "cancel");
    desk.window.destroy();
}
