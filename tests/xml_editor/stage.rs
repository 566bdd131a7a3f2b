//! A window with something in it, and what a user sees there.

use std::cell::{Cell, RefCell};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::glib;
use gtk4::prelude::*;
use libadwaita as adw;
use relm4::{Component, ComponentController, Controller};
use vireo::model::schema::DocumentKind;
use vireo::ui::xml::{EditorInit, EditorMsg, EditorOutput, Text, XmlEditor};
use vireo::virt::client::EventLoop;

use crate::support::iterate_until;

pub const LIMIT: Duration = Duration::from_secs(60);

/// Runs a test on the one thread that GTK belongs to.
pub fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    gtk::test_synced(move || {
        thread_local!(static INSTALLED: Cell<bool> = const { Cell::new(false) });
        if !INSTALLED.replace(true) {
            EventLoop::install(&glib::MainContext::default()).expect("the event loop");
            adw::init().expect("a display");
            let sheet = gtk::CssProvider::new();
            sheet.load_from_data(include_str!("../../resources/style.css"));
            let display = gtk::gdk::Display::default().expect("a display");
            gtk::style_context_add_provider_for_display(&display, &sheet, gtk::STYLE_PROVIDER_PRIORITY_APPLICATION);
            if let Some(settings) = gtk::Settings::default() {
                settings.set_gtk_enable_animations(false);
            }
        }
        test();
    });
}

/// All widgets of a type below `root`, `root` included, of which `wanted` holds.
pub fn all<T: IsA<gtk::Widget>>(root: &gtk::Widget, wanted: &dyn Fn(&T) -> bool) -> Vec<T> {
    let mut found = Vec::new();
    let mut waiting = vec![root.clone()];
    while let Some(widget) = waiting.pop() {
        let mut child = widget.last_child();
        while let Some(next) = child {
            child = next.prev_sibling();
            waiting.push(next);
        }
        found.extend(widget.downcast::<T>().ok().filter(|widget| wanted(widget)));
    }
    found
}

#[track_caller]
pub fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

/// A window of its own.
pub struct Stage {
    pub window: adw::Window,
}

impl Stage {
    pub fn new(content: &impl IsA<gtk::Widget>, width: i32, height: i32) -> Self {
        let window = adw::Window::builder()
            .title("A window")
            .default_width(width)
            .default_height(height)
            .content(content)
            .build();
        window.present();
        Self { window }
    }

    /// Whether this is to be read somewhere.
    pub fn has_text(&self, text: &str) -> bool {
        let root = self.window.upcast_ref();
        !all::<gtk::Label>(root, &|label| label.is_mapped() && label.text().contains(text)).is_empty()
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        self.waits(text, |stage| stage.has_text(text));
    }

    #[track_caller]
    pub fn waits(&self, what: &str, done: impl Fn(&Self) -> bool) {
        until(what, || done(self));
    }

    /// Clicks a button that is on screen.
    #[track_caller]
    pub fn click(&self, label: &str) {
        let wanted = |button: &gtk::Button| button.is_mapped() && button.label().is_some_and(|text| text == label);
        let found = all::<gtk::Button>(self.window.upcast_ref(), &wanted);
        found
            .first()
            .unwrap_or_else(|| panic!("no button {label}"))
            .emit_clicked();
    }

    /// Leaves a picture of the display, where pictures are wanted.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("VIREO_PICTURES") else {
            return;
        };
        let frames = Cell::new(0);
        let clock = self.window.frame_clock().expect("a frame clock");
        let counted = std::rc::Rc::new(frames);
        let count = counted.clone();
        let handler = clock.connect_after_paint(move |_| count.set(count.get() + 1));
        until("some frames", || {
            self.window.queue_draw();
            counted.get() > 5
        });
        clock.disconnect(handler);
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        let done = Command::new("import").args(["-window", "root"]).arg(path).status();
        assert!(done.is_ok_and(|status| status.success()), "a picture");
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

/// An editor in a window.
pub struct Desk {
    pub stage: Stage,
    pub editor: Controller<XmlEditor>,
    pub view: sourceview5::View,
    told: Rc<RefCell<Vec<EditorOutput>>>,
}

impl Desk {
    pub fn open(text: &str, width: i32, height: i32) -> Self {
        let told = Rc::new(RefCell::new(Vec::new()));
        let heard = told.clone();
        let init = EditorInit {
            kind: DocumentKind::Domain,
            text: Text(text.to_owned()),
            editable: true,
            lead: None,
            trail: None,
        };
        let editor = XmlEditor::builder()
            .launch(init)
            .connect_receiver(move |_, output| heard.borrow_mut().push(output));
        let stage = Stage::new(editor.widget(), width, height);
        let view = all::<sourceview5::View>(editor.widget().upcast_ref(), &|_| true).remove(0);
        let desk = Self {
            stage,
            editor,
            view,
            told,
        };
        desk.stage
            .waits("the text to be read", |_| desk.last_change().is_some());
        desk
    }

    pub fn text(&self) -> String {
        let buffer = self.view.buffer();
        buffer.text(&buffer.start_iter(), &buffer.end_iter(), true).into()
    }

    /// Puts the cursor behind the first place of a text.
    pub fn behind(&self, text: &str) {
        let buffer = self.view.buffer();
        let found = buffer
            .start_iter()
            .forward_search(text, gtk::TextSearchFlags::TEXT_ONLY, None);
        let (_, end) = found.expect("the text is there");
        buffer.place_cursor(&end);
        self.view.grab_focus();
    }

    /// Presses keys as a user does.
    pub fn keys(&self, words: &[&str]) {
        until("the window to be active", || {
            self.stage.window.is_active() || focus(&self.stage.window)
        });
        let pressed = Command::new("xdotool")
            .args(["key", "--delay", "20"])
            .args(words)
            .status();
        assert!(pressed.is_ok_and(|status| status.success()), "keys are pressed");
    }

    /// What was told last about changes.
    pub fn last_change(&self) -> Option<bool> {
        let told = self.told.borrow();
        told.iter().rev().find_map(|output| match output {
            EditorOutput::Changed(changed) => Some(*changed),
            EditorOutput::Submitted(_) | EditorOutput::Unsound => None,
        })
    }

    /// Forgets what was told.
    pub fn forget(&self) {
        self.told.borrow_mut().clear();
    }

    /// Asks for the text; gives it as soon as it comes.
    #[track_caller]
    pub fn submitted(&self) -> String {
        self.forget();
        self.editor.emit(EditorMsg::SubmitClicked);
        let submitted = || {
            self.told.borrow().iter().find_map(|output| match output {
                EditorOutput::Submitted(text) => Some(text.0.clone()),
                EditorOutput::Changed(_) | EditorOutput::Unsound => None,
            })
        };
        until("the text", || submitted().is_some());
        submitted().unwrap_or_default()
    }
}

/// Without a window manager nobody gives a window the focus.
fn focus(window: &adw::Window) -> bool {
    let found = Command::new("xdotool")
        .args(["search", "--onlyvisible", "--name", "A window"])
        .output();
    let Ok(found) = found else { return false };
    let ids = String::from_utf8_lossy(&found.stdout).into_owned();
    if let Some(id) = ids.lines().last() {
        let _ = Command::new("xdotool").args(["windowfocus", id]).status();
    }
    window.is_active()
}
