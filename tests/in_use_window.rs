//! A machine whose disk another one uses, as the user meets it. Needs a display (`scripts/headless cargo test --test
//! in_use_window`).

mod support;

use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::iterate_until;
use vireo::model::action::{DomainAction, StartOptions};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::model::sample::StatGroups;
use vireo::model::settings::Settings;
use vireo::ui::confirm;
use vireo::ui::core::{Core, Notice};
use vireo::virt::client::EventLoop;

const LIMIT: Duration = Duration::from_secs(20);

fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

/// The dialog that is open.
fn dialog() -> Option<adw::MessageDialog> {
    gtk::Window::list_toplevels()
        .into_iter()
        .filter(WidgetExt::is_visible)
        .find_map(|window| window.downcast().ok())
}

fn labels(root: &gtk::Widget) -> String {
    let mut text = match root.downcast_ref::<gtk::Label>() {
        Some(label) => format!("{}\n", label.text()),
        None => String::new(),
    };
    let mut child = root.first_child();
    while let Some(widget) = child {
        text.push_str(&labels(&widget));
        child = widget.next_sibling();
    }
    text
}

fn machine(name: &str, state: u8) -> String {
    format!(
        "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name>\
         <memory>524288</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>\
         <disk type='file' device='disk'><source file='/images/mail.img'/><target dev='vda' bus='virtio'/></disk>\
         </devices><test:runstate>{state}</test:runstate></domain>"
    )
}

#[gtk4::test]
fn whoever_starts_a_second_writer_reads_who_the_first_is_and_decides() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    adw::init().expect("a display");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("world.xml");
    let world = format!("<node>{}{}</node>", machine("mail", 5), machine("old-mail", 1));
    std::fs::write(&file, world).expect("the world");
    let core = Core::new(Settings::in_memory().expect("the schema"));
    let config = HostConfig::new("world", format!("test://{}", file.display()));
    let host = config.id;
    core.put_host(config, false);
    core.connect_host(host);
    until("the list", || core.store().domains().count() == 2);
    let keys: Vec<DomainKey> = core.store().domains().map(|domain| domain.key).collect();
    core.show_rows(1, keys, StatGroups::default());
    until("the definitions", || {
        core.store().domains().all(|domain| domain.details.is_some())
    });
    let named = |name: &str| {
        let store = core.store();
        let found = store.domains().find(|domain| domain.name == name);
        found.map(|domain| domain.key).expect("the machine")
    };
    let (key, old) = (named("mail"), named("old-mail"));

    let window = Rc::new(adw::Window::new());
    window.present();
    let parent = Rc::clone(&window);
    let _notices = core.subscribe_notices(move |core, notice| {
        if let Notice::InUse { key, action, conflicts } = notice {
            confirm::in_use(&*parent, core, *key, action.clone(), conflicts);
        }
    });
    let start = DomainAction::Start(StartOptions::default());
    core.perform(key, start.clone());
    until("the question", || dialog().is_some());
    let asked = dialog().expect("the question");
    let text = labels(asked.upcast_ref());
    assert!(
        text.contains("/images/mail.img: “old-mail” uses it as vda (running)."),
        "{text}"
    );
    // Nothing is started by pressing Return.
    assert_eq!(asked.default_response().as_deref(), Some("close"));
    asked.close();
    until("the dialog to go", || dialog().is_none());
    let runs = |key| core.store().domain(key).is_some_and(|domain| domain.state.is_running());
    assert!(!runs(key) && runs(old));

    core.perform(key, start);
    until("the question again", || dialog().is_some());
    let asked = dialog().expect("the question");
    asked.response("insist");
    asked.close();
    until("the machine to run", || runs(key));
    window.destroy();
}
