//! A window with something in it, and what a user sees there.

use std::cell::{Cell, RefCell};
use std::process::Command;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use relm4::{Component, ComponentController, Controller};
use vireo::model::schema::DocumentKind;
use vireo::ui::xml::{EditorInit, EditorMsg, EditorOutput, Text, XmlEditor};

use crate::support::widgets::{self, all, button, says, until};

/// Runs a test on the one thread that GTK belongs to, with our style and without animations.
pub fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    widgets::on_gtk(|| {
        thread_local!(static PREPARED: Cell<bool> = const { Cell::new(false) });
        if !PREPARED.replace(true) {
            widgets::use_style();
            if let Some(settings) = gtk::Settings::default() {
                settings.set_gtk_enable_animations(false);
            }
        }
        test();
    });
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
        says(&self.window, text)
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
        let found = button(&self.window, label);
        found.unwrap_or_else(|| panic!("no button {label}")).emit_clicked();
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
        let view = all::<sourceview5::View>(editor.widget()).remove(0);
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
