//! Keys that nobody presses, as a user sends them: the menu, own combinations, texts. Needs a display
//! (`scripts/headless cargo test --test send_key`).

mod support;

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk::glib;
use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::widgets::{all, button, dialog_called, entry, says, screenshot, until, windows};
use uuid::Uuid;
use vireo::model::display::keys::{Layout, Macro, Stroke, Typist};
use vireo::model::display::wire::Request;
use vireo::model::key::{DomainKey, HostId};
use vireo::model::settings::Settings;
use vireo::ui::core::Core;
use vireo::ui::vm::console::send_key::SendKey;

/// A machine's keys in a window, and what a display would get of them.
struct Desk {
    core: Core,
    key: DomainKey,
    keys: SendKey,
    window: adw::Window,
    got: Rc<RefCell<Vec<Request>>>,
}

impl Desk {
    fn new() -> Self {
        adw::init().expect("a display");
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let key = DomainKey::new(HostId::new(), Uuid::new_v4());
        let keys = SendKey::new(&core, key);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&gtk::MenuButton::builder().menu_model(keys.menu()).build());
        content.append(keys.progress());
        keys.install(&content);
        let window = adw::Window::builder().content(&content).build();
        window.present();
        let desk = Self {
            core,
            key,
            keys,
            window,
            got: Rc::default(),
        };
        desk.open_display();
        desk
    }

    fn open_display(&self) {
        let got = self.got.clone();
        self.keys
            .set_display(Some(Rc::new(move |request| got.borrow_mut().push(request))));
    }

    fn activate(&self, action: &str, target: Option<&glib::Variant>) {
        let content = self.window.content().expect("content");
        content
            .activate_action(&format!("send-key.{action}"), target)
            .expect("an action");
    }

    /// Keys that went down, in order.
    fn pressed(&self) -> Vec<u32> {
        let down = |request: &Request| match request {
            Request::Key { down: true, code, .. } => Some(*code),
            _ => None,
        };
        self.got.borrow().iter().filter_map(down).collect()
    }

    /// Whether every key that went down went up again.
    fn is_released(&self) -> bool {
        let mut held: Vec<u32> = Vec::new();
        for request in self.got.borrow().iter() {
            match request {
                Request::Key { down: true, code, .. } => held.push(*code),
                Request::Key { code, .. } => held.retain(|other| other != code),
                other => panic!("{other:?}"),
            }
        }
        held.is_empty()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

fn strokes(layout: &str, text: &str) -> Vec<u32> {
    let layout = Layout::parse(layout).expect("a layout");
    let script = Typist::learn(&layout).expect("xkb's data").script(text);
    script.strokes().flat_map(Stroke::codes).collect()
}

#[gtk4::test]
fn a_combination_of_the_menu_is_pressed_and_released() {
    let desk = Desk::new();
    desk.activate("combination", Some(&"Ctrl+Alt+Delete".to_variant()));
    until("the keys", || desk.got.borrow().len() == 6);
    assert_eq!(desk.pressed(), [29, 56, 111]);
    assert!(desk.is_released());
}

#[gtk4::test]
fn every_entry_of_the_menu_can_be_chosen_while_a_display_is_open() {
    fn entries(menu: &gio::MenuModel, found: &mut Vec<(String, String)>) {
        for at in 0..menu.n_items() {
            let text = |name: &str| {
                menu.item_attribute_value(at, name, None)
                    .and_then(|value| value.get::<String>())
            };
            if let Some(action) = text("action") {
                found.push((text("label").unwrap_or_default(), action));
            }
            for link in ["section", "submenu"] {
                if let Some(below) = menu.item_link(at, link) {
                    entries(&below, found);
                }
            }
        }
    }
    let desk = Desk::new();
    let login = Macro::read("Log_in", &["Ctrl+Alt+F2".to_owned()]).expect("a macro");
    desk.core.settings().set_macros(&[login]);
    let mut found = Vec::new();
    entries(desk.keys.menu().upcast_ref(), &mut found);
    assert!(found.len() > 40, "{found:?}");
    assert!(
        found.iter().any(|(label, _)| label == "Log__in"),
        "an underline became a mark"
    );
    let content = desk.window.content().expect("content");
    for (label, action) in &found {
        assert!(!label.is_empty());
        assert!(action.starts_with("send-key."), "{action}");
    }
    let button = content
        .first_child()
        .and_downcast::<gtk::MenuButton>()
        .expect("a button");
    button.popup();
    screenshot("menu");
    button.popdown();
}

#[gtk4::test]
fn nothing_is_sent_while_the_user_only_looks_or_there_is_no_way() {
    let desk = Desk::new();
    let target = "Super".to_variant();
    let sends = |desk: &Desk| {
        desk.activate("combination", Some(&target));
        while glib::MainContext::default().iteration(false) {}
        !desk.got.take().is_empty()
    };
    assert!(sends(&desk));
    desk.keys.set_view_only(true);
    assert!(!sends(&desk));
    desk.keys.set_view_only(false);
    assert!(sends(&desk));
    // Neither a display nor a host that could be asked.
    desk.keys.set_display(None);
    assert!(!sends(&desk));
}

#[gtk4::test]
fn a_text_is_typed_in_the_layout_of_the_guest_and_what_it_lacks_is_named_before() {
    let desk = Desk::new();
    let layout = Layout::parse("de").expect("a layout");
    desk.core.settings().set_guest_layout(desk.key, &layout);
    desk.core.settings().set_typing_speed(200);
    desk.activate("type-text", None);
    let dialog = dialog_called("Type Text");
    let view = all::<gtk::TextView>(&dialog).remove(0);
    view.buffer().set_text("Größe @ 漢\n");
    until("the layout to be learned", || dialog.is_response_enabled("type"));
    assert!(says(&dialog, "can't type 漢"));
    assert!(says(&dialog, "9 characters"));
    assert!(says(&dialog, "typed as Enter"));
    screenshot("type-text");
    dialog.response("type");
    dialog.close();
    let wanted = strokes("de", "Größe @ \n");
    until("all keys", || {
        desk.pressed().len() >= wanted.len() && !desk.keys.is_typing()
    });
    assert_eq!(desk.pressed(), wanted);
    assert!(desk.is_released());
    assert!(desk.core.settings().guest_layout(desk.key) == Some(layout));
}

#[gtk4::test]
fn typing_can_be_stopped_and_leaves_no_key_down() {
    let desk = Desk::new();
    let layout = Layout::parse("us").expect("a layout");
    let script = Typist::learn(&layout).expect("xkb's data").script(&"A".repeat(900));
    desk.keys.type_script(script, 100);
    assert!(desk.keys.is_typing());
    until("progress", || {
        desk.pressed().len() > 10 && says(desk.keys.progress(), " of 900")
    });
    screenshot("typing");
    let stop = all::<gtk::Button>(desk.keys.progress()).remove(0);
    stop.emit_clicked();
    assert!(!desk.keys.is_typing());
    let typed = desk.pressed().len();
    assert!(typed < 900 && desk.is_released());
    while glib::MainContext::default().iteration(false) {}
    assert_eq!(desk.pressed().len(), typed, "keys came after Stop");
}

#[gtk4::test]
fn typing_ends_with_its_page() {
    let desk = Desk::new();
    let layout = Layout::parse("us").expect("a layout");
    let script = Typist::learn(&layout).expect("xkb's data").script(&"x".repeat(900));
    desk.keys.type_script(script, 200);
    until("some keys", || desk.pressed().len() > 3);
    let got = desk.got.clone();
    let page = desk.keys.progress().downgrade();
    drop(desk);
    until("the page to be gone", || page.upgrade().is_none());
    let typed = got.borrow().len();
    let start = Instant::now();
    until("a moment in which nothing comes", || {
        start.elapsed() > Duration::from_millis(50)
    });
    assert_eq!(got.borrow().len(), typed);
}

#[gtk4::test]
fn typing_ends_with_its_display_and_says_how_far_it_came() {
    let desk = Desk::new();
    let layout = Layout::parse("us").expect("a layout");
    let script = Typist::learn(&layout).expect("xkb's data").script(&"x".repeat(900));
    desk.keys.type_script(script, 100);
    until("some keys", || desk.pressed().len() > 3);
    desk.keys.set_display(None);
    let typed = desk.pressed().len();
    assert!(!desk.keys.is_typing());
    until("the reason", || {
        says(desk.keys.progress(), &format!("stopped after {typed} of 900"))
    });
}

#[gtk4::test]
fn an_own_combination_is_made_of_names_and_sent_step_by_step() {
    const KEYS: &str = "Keys, for example Ctrl+Alt+F2";
    let desk = Desk::new();
    desk.activate("edit-macros", None);
    until("the list", || !windows::<adw::PreferencesWindow>().is_empty());
    let list = windows::<adw::PreferencesWindow>().remove(0);
    button(&list, "Add a combination").expect("a button").emit_clicked();
    let editor = dialog_called("New Combination");
    assert!(!editor.is_response_enabled("save"));
    entry(&editor, "Name").set_text("To the shell");
    entry(&editor, KEYS).set_text("ctrl+alt+f2");
    entry(&editor, KEYS).emit_by_name::<()>("apply", &[]);
    assert!(says(&editor, "Ctrl+Alt+F2"));
    entry(&editor, KEYS).set_text("Hyper+X");
    assert!(says(&editor, "no key called “Hyper”") && !editor.is_response_enabled("save"));
    entry(&editor, KEYS).set_text("Enter");
    assert!(editor.is_response_enabled("save"));
    screenshot("combination");
    editor.response("save");
    editor.close();
    until("the macro", || desk.core.settings().macros().len() == 1);
    let made = desk.core.settings().macros().remove(0);
    assert_eq!(
        (made.name.as_str(), made.label().as_str()),
        ("To the shell", "Ctrl+Alt+F2, Enter")
    );
    until("the list to show it", || says(&list, "To the shell"));
    screenshot("combinations");
    list.close();

    desk.activate("macro", Some(&0u32.to_variant()));
    until("both steps", || desk.pressed().len() == 4 && !desk.keys.is_typing());
    assert_eq!(desk.pressed(), [29, 56, 60, 28]);
    assert!(desk.is_released());
}

/// The steps of the test below, each in a process of its own with the settings of the user.
#[test]
fn own_combinations_are_kept_over_a_restart() {
    const STEP: &str = "VIREO_TEST_STEP";
    let wanted = Macro::read("Login", &["Ctrl+Alt+F2".to_owned(), "R".to_owned()]).expect("a macro");
    match std::env::var(STEP).as_deref() {
        Ok("write") => {
            let settings = Settings::open().expect("the schema");
            settings.set_macros(&[wanted]);
            gio::Settings::sync();
        }
        Ok("read") => assert_eq!(Settings::open().expect("the schema").macros(), [wanted]),
        _ => {
            let home = tempfile::tempdir().expect("a folder");
            for step in ["write", "read"] {
                let status = Command::new(std::env::current_exe().expect("this program"))
                    .args(["--exact", "own_combinations_are_kept_over_a_restart"])
                    .env(STEP, step)
                    .env("GSETTINGS_BACKEND", "keyfile")
                    .env("XDG_CONFIG_HOME", home.path())
                    .status()
                    .expect("the step");
                assert!(status.success(), "{step}");
            }
        }
    }
}
