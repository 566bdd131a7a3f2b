//! A machine whose disk another one uses, as the user meets it. Needs a display (`scripts/headless cargo test --test
//! in_use_window`).

mod support;

use std::rc::Rc;

use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::core::{connected, key_of, played, read_definitions};
use support::widgets::{dialog, told, until};
use vireo::model::action::{DomainAction, StartOptions};
use vireo::ui::confirm;
use vireo::ui::core::Notice;
use vireo::virt::client::EventLoop;

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
    let world = format!("<node>{}{}</node>", machine("mail", 5), machine("old-mail", 1));
    let (_folder, config) = played(&world);
    let (core, _) = connected(config);
    read_definitions(&core);
    let named = |name: &str| key_of(&core, name).expect("the machine");
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
    let text = told(&asked);
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
