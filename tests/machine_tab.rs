//! A machine's tab on a real guest: the console is typed on and read, follows the machine through stop and start, and the
//! overview gets its figures. Needs a display (`scripts/headless cargo test --test machine_tab`).

mod support;

use std::time::Duration;

use gtk::{gio, glib};
use relm4::{Component, ComponentController, Controller, adw, gtk};
use support::{Daemon, iterate_until};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::ui::core::Core;
use vireo::ui::vm::{Page, VmInit, VmMsg, VmPage};
use vireo::virt::client::EventLoop;
use vte4::prelude::*;

const LIMIT: Duration = Duration::from_secs(60);

/// The first widget of a type below `root`.
fn find<T: IsA<gtk::Widget>>(root: &gtk::Widget, wanted: &dyn Fn(&T) -> bool) -> Option<T> {
    if let Some(found) = root.downcast_ref::<T>()
        && wanted(found)
    {
        return Some(found.clone());
    }
    let mut child = root.first_child();
    while let Some(widget) = child {
        if let Some(found) = find(&widget, wanted) {
            return Some(found);
        }
        child = widget.next_sibling();
    }
    None
}

fn text_of(terminal: &vte4::Terminal) -> String {
    let memory = gio::MemoryOutputStream::new_resizable();
    terminal
        .write_contents_sync(&memory, vte4::WriteFlags::Default, gio::Cancellable::NONE)
        .expect("the contents");
    memory.close(gio::Cancellable::NONE).expect("closing");
    String::from_utf8_lossy(&memory.steal_as_bytes()).into_owned()
}

fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

fn has_text(root: &gtk::Widget, text: &str) -> bool {
    find::<gtk::Label>(root, &|label| label.is_mapped() && label.text().contains(text)).is_some()
}

fn open(core: &Core, key: DomainKey, page: Page) -> (adw::Window, Controller<VmPage>) {
    let tab = VmPage::builder()
        .launch(VmInit {
            core: core.clone(),
            key,
            page,
        })
        .detach();
    let window = adw::Window::builder()
        .default_width(1100)
        .default_height(800)
        .content(tab.widget())
        .build();
    window.present();
    (window, tab)
}

#[test]
fn console_answers_and_follows_the_machine_while_overview_fills() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let daemon = Daemon::start();
    let guest = daemon.guest("vm").vcpus(2).disk_mib(64).nic().start();
    guest.wait_ready();
    let core = Core::new(vireo::model::settings::Settings::in_memory().expect("the schema"));
    let host = HostConfig::new("private", daemon.uri_qemu());
    let key = DomainKey::new(host.id, guest.uuid);
    core.put_host(host.clone(), false);
    core.connect_host(host.id);
    until("the machine to be listed", || core.store().domain(key).is_some());

    let (window, tab) = open(&core, key, Page::Console);
    let root: gtk::Widget = tab.widget().clone().upcast();
    let terminal = find::<vte4::Terminal>(&root, &|_| true).expect("a terminal");
    until("the console to connect", || terminal.is_mapped());
    terminal.paste_text("\r");
    terminal.paste_text("echo $((6*7))-answer\r");
    until("the guest's answer", || text_of(&terminal).contains("42-answer"));

    // What the guest prints must not come back to it as typing.
    terminal.paste_text("printf '\\033]0;evil\\007\\033[21t\\033]52;c;ZXZpbA==\\007\\033P$qm\\033\\\\'; echo do''ne\r");
    until("the escapes to be printed", || text_of(&terminal).contains("done"));
    // What came back would stand in the guest's input before this.
    terminal.paste_text("echo e''nd\r");
    until("the next command", || text_of(&terminal).contains("end"));
    assert!(!text_of(&terminal).contains("1$r"), "{}", text_of(&terminal));

    tab.emit(VmMsg::PageChosen(Page::Overview));
    until("figures of the machine", || {
        core.store().history(key).is_some_and(|history| history.len() >= 4)
    });
    tab.emit(VmMsg::PageChosen(Page::Console));

    guest.virsh("destroy", &[]);
    until("the banner of a machine that is off", || has_text(&root, "vm is off"));
    guest.virsh("start", &[]);
    until("the machine to run", || {
        core.store().domain(key).is_some_and(|domain| domain.state.is_running())
    });
    guest.wait_ready();
    until("the console to come back", || !has_text(&root, "vm is off"));
    let asked = std::cell::Cell::new(std::time::Instant::now() - LIMIT);
    until("the guest's second answer", || {
        // The guest boots meanwhile and drops what comes too early.
        if asked.get().elapsed() > Duration::from_secs(1) {
            asked.set(std::time::Instant::now());
            terminal.paste_text("echo $((6*7))-again\r");
        }
        text_of(&terminal).contains("42-again")
    });

    guest.virsh("destroy", &[]);
    guest.virsh("undefine", &[]);
    until("the word that the machine was removed", || has_text(&root, "removed"));
    window.destroy();
}
