//! What the Hardware page costs: from the click to the frame that shows it, for a machine with 90 devices, and a letter typed
//! into one of its rows.
//!
//! `scripts/headless cargo bench --bench hardware`. The promise: shown under 100 ms.

use std::cell::Cell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use relm4::{Component, ComponentController, Controller, adw, gtk};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::model::settings::Settings;
use vireo::ui::core::Core;
use vireo::ui::vm::{Page, VmInit, VmMsg, VmPage};
use vireo::virt::client::EventLoop;

const ROUNDS: usize = 9;
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("node.xml");
    std::fs::write(&file, node()).expect("written");
    let core = Core::new(Settings::in_memory().expect("the schema"));
    let host = HostConfig::new("bench", format!("test://{}", file.display()));
    let id = host.id;
    core.put_host(host, false);
    core.connect_host(id);
    let key = Cell::new(None::<DomainKey>);
    until("the machine", || {
        key.set(core.store().domains().next().map(|domain| domain.key));
        key.get().is_some()
    });
    let key = key.get().expect("a machine");
    let (mut shown, mut typed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let tab = VmPage::builder()
            .launch(VmInit {
                core: core.clone(),
                key,
                page: Page::Overview,
            })
            .detach();
        let window = adw::Window::builder()
            .default_width(1200)
            .default_height(800)
            .content(tab.widget())
            .build();
        window.present();
        until("the overview", || tab.widget().is_mapped());
        settle();
        shown.push(show(&tab, &window));
        typed.push(letter(&tab, &window));
        window.destroy();
    }
    report("90 devices, from the click to the frame", &mut shown);
    report("a letter in a row, to the frame", &mut typed);
}

/// From the choice of the page to the frame that has all its lines.
fn show(tab: &Controller<VmPage>, window: &adw::Window) -> Duration {
    let painted = watch_frames(window);
    let start = Instant::now();
    tab.emit(VmMsg::PageChosen(Page::Hardware));
    until("the list of devices", || lines(tab) >= 90);
    let seen = painted.get();
    until("its frame", || painted.get() > seen);
    start.elapsed()
}

/// A letter typed into the entry for the memory.
fn letter(tab: &Controller<VmPage>, window: &adw::Window) -> Duration {
    let list = list(tab).expect("the list");
    let row = list.row_at_index(3).expect("memory");
    list.select_row(Some(&row));
    until("the memory", || entry(tab).is_some());
    settle();
    let entry = entry(tab).expect("an entry");
    let painted = watch_frames(window);
    let seen = painted.get();
    let start = Instant::now();
    entry.set_text("2 GiB");
    until("the frame", || painted.get() > seen);
    start.elapsed()
}

fn watch_frames(window: &adw::Window) -> Rc<Cell<u32>> {
    let painted = Rc::new(Cell::new(0));
    if let Some(clock) = window.frame_clock() {
        let painted = painted.clone();
        clock.connect_after_paint(move |_| painted.set(painted.get() + 1));
    }
    painted
}

fn lines(tab: &Controller<VmPage>) -> usize {
    list(tab).map_or(0, |list| (0..).map_while(|index| list.row_at_index(index)).count())
}

fn list(tab: &Controller<VmPage>) -> Option<gtk::ListBox> {
    find(tab.widget().upcast_ref(), &|list: &gtk::ListBox| {
        list.is_mapped() && list.has_css_class("navigation-sidebar")
    })
}

fn entry(tab: &Controller<VmPage>) -> Option<gtk::Entry> {
    find(tab.widget().upcast_ref(), &|entry: &gtk::Entry| {
        entry.is_mapped() && entry.text().contains("GiB")
    })
}

fn find<T: IsA<gtk::Widget>>(root: &gtk::Widget, wanted: &dyn Fn(&T) -> bool) -> Option<T> {
    if let Some(found) = root.downcast_ref::<T>().filter(|found| wanted(found)) {
        return Some(found.clone());
    }
    std::iter::successors(root.first_child(), gtk::Widget::next_sibling).find_map(|child| find(&child, wanted))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "waited in vain for {what}");
        glib::MainContext::default().iteration(false);
    }
}

/// Until nothing is left to do for a moment.
fn settle() {
    let mut quiet = Instant::now();
    while quiet.elapsed() < Duration::from_millis(300) {
        if glib::MainContext::default().iteration(false) {
            quiet = quiet.max(Instant::now() - Duration::from_millis(250));
        }
    }
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{what:<42} {:>7.1} ms, worst {:.1} ms",
        ms(times[times.len() / 2]),
        ms(times[times.len() - 1])
    );
}

/// A host with one machine of 90 devices.
fn node() -> String {
    let mut devices = String::new();
    for n in 0..40_u8 {
        let name = (b'a' + n % 26) as char;
        let target = if n < 26 {
            format!("vd{name}")
        } else {
            format!("vda{name}")
        };
        let _ = write!(
            devices,
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/>\
             <source file='/images/{target}.qcow2'/><target dev='{target}' bus='virtio'/></disk>"
        );
    }
    for n in 0..40_u8 {
        let _ = write!(
            devices,
            "<interface type='network'><mac address='52:54:00:00:00:{n:02x}'/><source network='default'/>\
             <model type='virtio'/></interface>"
        );
    }
    for n in 0..10_u8 {
        let _ = write!(devices, "<serial type='pty'><target port='{n}'/></serial>");
    }
    format!(
        "<node><domain type='test'><name>large</name><memory unit='GiB'>4</memory><vcpu>2</vcpu>\
         <os><type arch='x86_64'>hvm</type></os><devices>{devices}</devices></domain></node>"
    )
}
