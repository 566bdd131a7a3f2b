//! Storage of a real host: a private daemon with QEMU's driver and folders of its own.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use vireo::model::creation::ImageRef;
use vireo::model::host::HostConfig;
use vireo::ui::storage::chooser::{self, Choice, Fetch, Purpose, Request};

use super::server::{Manner, Server};
use super::support::core::connected;
use super::support::widgets::{all, button, dialog, entry, picture, row, says, until};
use super::support::{Daemon, private_state};
use super::{Desk, answer, titled};

const MIB: usize = 1 << 20;

/// Bytes of which none is nothing.
fn content() -> Vec<u8> {
    (0..2 * MIB).map(|at| u8::try_from(at % 251 + 1).unwrap_or(1)).collect()
}

/// Everything that a pool in a folder can do, from making it to its last volume.
pub fn images_come_change_and_go() {
    // The journal of the user who runs the tests is none of theirs.
    private_state();
    let daemon = Daemon::start();
    let folder = daemon.directory().join("data").join("disks");
    let (core, host) = connected(HostConfig::new("daemon", daemon.uri_qemu()));
    let desk = Desk::show(core, host);
    until("the empty page", || says(&desk.page, "No storage pools"));
    picture("storage-empty", &desk.window);
    assert!(button(&desk.page, "Create the Default Pool").is_some());
    make_pool(&desk, &folder.display().to_string());
    fetch(&desk, &folder.join("image"));
    change(&desk, &folder);
    // All volumes go, in one question.
    let list = all::<gtk::ListView>(&desk.page).remove(0);
    list.model().expect("a model").select_all();
    desk.act("volume.delete");
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    all::<gtk::CheckButton>(&asked).remove(0).set_active(true);
    answer(&asked, "delete");
    until("the pool to be empty", || says(&desk.page, "No volumes"));
    assert_eq!(fs::read_dir(&folder).map_or(9, Iterator::count), 0);
    desk.window.destroy();
}

fn make_pool(desk: &Desk, folder: &str) {
    // There is no list yet: the button of the page makes the default pool, the action any.
    desk.page
        .first_child()
        .expect("the page")
        .activate_action("pool.new", None)
        .expect("an action");
    until("the window", || titled("New Storage Pool").is_some());
    let form = titled("New Storage Pool").expect("the window");
    entry(&form, "Name").set_text("disks");
    // Where nothing is typed the usual folder stands in the title.
    let rows = all::<adw::EntryRow>(&form);
    let target = rows.iter().find(|row| row.title().starts_with("Folder on the host"));
    target.expect("a row").set_text(folder);
    button(&form, "Create").expect("a button").emit_clicked();
    until("the pool", || {
        titled("New Storage Pool").is_none() && says(&desk.page, "No volumes")
    });
    assert!(says(&desk.page, folder));
}

/// Something from the network, by the chooser.
fn fetch(desk: &Desk, file: &std::path::Path) {
    let server = Server::start(content(), Manner::Proper);
    let chosen: Rc<RefCell<Option<Choice>>> = Rc::default();
    let taken = chosen.clone();
    let request = Request {
        fetch: Fetch::Now,
        ..Request::new(Purpose::Disk)
    };
    let take = Rc::new(move |choice| {
        taken.replace(Some(choice));
    });
    chooser::open_for(&desk.core, desk.host, desk.window.upcast_ref(), request, take);
    until("the places", || {
        titled("Choose a Disk Image").is_some_and(|window| says(&window, "Address"))
    });
    let window = titled("Choose a Disk Image").expect("the chooser");
    let rows = all::<adw::ActionRow>(&window);
    let place = rows.iter().find(|row| row.title() == "Address").expect("a place");
    place.emit_activate();
    until("the address", || {
        row::<adw::EntryRow>(&window, "Address (http or https)").is_some()
    });
    let choose = button(&window, "Choose").expect("a button");
    let address = entry(&window, "Address (http or https)");
    address.set_text("ftp://nowhere");
    assert!(!choose.is_sensitive());
    address.set_text(&server.url("/image"));
    assert!(choose.is_sensitive());
    picture("storage-address", &window);
    choose.emit_clicked();
    until("the image", || chosen.borrow().is_some());
    let choice = chosen.take().expect("an answer");
    let image = ImageRef::Volume {
        pool: "disks".to_owned(),
        name: "image".to_owned(),
        path: file.display().to_string(),
    };
    assert_eq!(choice.image, image);
    assert!(fs::read(file).is_ok_and(|bytes| bytes == content()), "other bytes");
    until("its line", || desk.lines() == 1);
}

/// Larger, copied and wiped.
fn change(desk: &Desk, folder: &std::path::Path) {
    let file = folder.join("image");
    desk.select(0);
    desk.act("volume.resize");
    until("the size", || dialog().is_some());
    let asked = dialog().expect("the size");
    let size = entry(&asked, "Size");
    size.set_text("1 MiB");
    assert!(!asked.is_response_enabled("resize"), "it would lose its end");
    size.set_text("3 MiB");
    assert!(asked.is_response_enabled("resize"));
    answer(&asked, "resize");
    until("it to be larger", || {
        fs::metadata(&file).is_ok_and(|file| file.len() == 3 << 20)
    });
    until("the dialog to go", || dialog().is_none());

    desk.select(0);
    desk.act("volume.clone");
    until("the name", || dialog().is_some());
    let asked = dialog().expect("the name");
    assert_eq!(entry(&asked, "Name").text(), "image-1");
    answer(&asked, "copy");
    until("the copy", || desk.lines() == 2);
    let same = fs::read(folder.join("image-1")).is_ok_and(|copy| fs::read(&file).is_ok_and(|own| copy == own));
    assert!(same, "the copy differs");

    desk.select(0);
    desk.act("volume.wipe");
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    picture("storage-wipe", &asked);
    let typed = entry(&asked, "Type “image” to confirm");
    typed.set_text("imag");
    assert!(!asked.is_response_enabled("wipe"));
    typed.set_text("image");
    assert!(asked.is_response_enabled("wipe"));
    answer(&asked, "wipe");
    until("nothing but zeroes", || {
        fs::read(&file).is_ok_and(|bytes| bytes.len() == 3 * MIB && bytes.iter().all(|byte| *byte == 0))
    });
    until("the wiping to end", || {
        desk.core.operations().iter().all(|job| !job.is_ongoing())
    });
    assert!(fs::read(folder.join("image-1")).is_ok_and(|copy| copy[..2 * MIB] == content()[..]));
}
