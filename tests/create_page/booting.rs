//! From the page to a guest that runs, on a private daemon with real QEMU.

use std::path::Path;
use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::form::{self, on_gtk};
use crate::page::Page;
use crate::support::core::key_of;
use crate::support::widgets::{button, says, shown};
use crate::support::{Daemon, iterate_until, skipped};

/// The installer takes its time without KVM.
const BOOT: Duration = Duration::from_secs(400);

/// A daemon with a pool in a folder of its own.
fn daemon() -> Daemon {
    let daemon = Daemon::start_prepared("", |folder| {
        std::fs::create_dir_all(folder.join("images")).expect("a folder");
    });
    let target = daemon.directory().join("images").display().to_string();
    daemon.virsh(
        &daemon.uri_qemu(),
        &["pool-create-as", "images", "dir", "--target", &target],
    );
    daemon
}

/// Share of the screen's pixels that are not black, in percent; `None` while there is no picture.
fn lit(page: &Page, name: &str) -> Option<usize> {
    let key = key_of(&page.core, name)?;
    let client = page.core.client(page.host)?;
    let taken = gtk::glib::MainContext::default()
        .block_on(client.screenshot(key.uuid, 0))
        .ok()?;
    let bytes = gtk::glib::Bytes::from_owned(taken.to_png(&[]));
    let picture = gtk::gdk::Texture::from_bytes(&bytes).ok()?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut pixels = vec![0_u8; width * height * 4];
    picture.download(&mut pixels, width * 4);
    let lit = pixels
        .chunks(4)
        .filter(|pixel| pixel[..3].iter().any(|part| *part > 0x40));
    Some(lit.count() * 100 / (width * height).max(1))
}

/// The installer of Debian, from its tree: a package of Debian has it.
#[test]
fn an_installer_is_started_from_the_page_and_shows_its_screen() {
    on_gtk(|| {
        let tree = Path::new("/usr/lib/debian-installer/images/12/amd64/text");
        if !tree.exists() {
            skipped("needs the package debian-installer-12-netboot-amd64");
            return;
        }
        let daemon = daemon();
        let page = Page::open(&daemon.uri_qemu());
        page.begin("Install Tree");
        page.until("what the host offers", |page| says(&page.window, "The host has"));
        page.types("Address", &tree.display().to_string());
        page.types("Name", "installer");
        page.types("Memory", "1 GiB");
        page.types("Size", "1 GiB");
        page.choose("Connected to", "None");
        for fold in shown::<adw::ExpanderRow>(&page.window) {
            fold.set_expanded(true);
        }
        form::rest();
        // KVM may be there and still not work where tests run.
        page.choose("Hypervisor", "QEMU without acceleration");
        page.presses_create();
        page.picture("create-progress", Duration::from_millis(250));
        page.until("the machine to run", |page| {
            key_of(&page.core, "installer")
                .and_then(|key| page.core.store().domain(key).map(|domain| domain.state.is_active()))
                .unwrap_or_default()
        });
        // Its dialogs are on blue and grey; firmware and kernel write some words on black. A look costs the guest time.
        let mut looked = Instant::now();
        iterate_until(
            &gtk::glib::MainContext::default(),
            "the installer's screen",
            BOOT,
            || {
                if looked.elapsed() < Duration::from_millis(500) {
                    return false;
                }
                let shows = lit(&page, "installer").is_some_and(|share| share > 40);
                looked = Instant::now();
                shows
            },
        );
        daemon.virsh(&daemon.uri_qemu(), &["destroy", "installer"]);
        page.close();
    });
}

#[test]
fn what_a_failure_has_made_is_gone_and_the_page_is_back() {
    on_gtk(|| {
        let daemon = daemon();
        let page = Page::open(&daemon.uri_qemu());
        page.begin("Empty");
        page.types("Name", "broken");
        page.turns_on("Start it now");
        page.choose("Connected to", "None");
        page.until("a definition", |page| page.xml().contains("<name>broken</name>"));
        form::click(&page.window, "XML…");
        let window = form::window("XML of the new machine");
        let view = shown::<gtk::TextView>(&window).into_iter().next().expect("the editor");
        let buffer = view.buffer();
        let (start, end) = buffer.bounds();
        let text = buffer.text(&start, &end, false);
        // The machine is defined, and cannot start.
        let broken = text.replace("</devices>", "<hostdev mode='subsystem' type='usb'><source><vendor id='0xdead'/><product id='0xbeef'/></source></hostdev></devices>");
        buffer.set_text(&broken);
        form::click(&window, "Done");
        page.sees("The definition was changed by hand");
        page.presses_create();
        page.until("the page to be back", |page| button(&page.window, "Details").is_some());
        let uri = daemon.uri_qemu();
        assert!(!daemon.virsh(&uri, &["list", "--all", "--name"]).contains("broken"));
        assert!(!daemon.virsh(&uri, &["vol-list", "images"]).contains("broken"));
        assert_eq!(page.entry("Name").text(), "broken");
        page.close();
    });
}
