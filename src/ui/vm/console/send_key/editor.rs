//! The dialog for one combination of the user's own: a name, and steps that are typed or recorded.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gdk, glib};
use relm4::{adw, gtk};

use crate::i18n::{tr, tr_f};
use crate::model::display::keys::{Combination, LONGEST_NAME, MOST_STEPS, Macro, Recording};
use crate::ui::message;
use crate::ui::widgets::{Tip, plain_row};

/// What X and Wayland add to the codes of Linux.
const OFFSET: u32 = 8;

struct Editor {
    dialog: glib::WeakRef<adw::MessageDialog>,
    name: adw::EntryRow,
    typed: adw::EntryRow,
    record: gtk::ToggleButton,
    problem: gtk::Label,
    list: gtk::ListBox,
    steps: RefCell<Vec<Combination>>,
    recording: RefCell<Recording>,
    /// The desktop was asked to leave its shortcuts alone.
    inhibits: Cell<bool>,
}

/// Edits a macro, or makes one; `saved` gets the result.
pub fn open(parent: &impl IsA<gtk::Widget>, old: Option<Macro>, saved: impl Fn(Macro) + 'static) {
    let heading = if old.is_some() {
        tr("Edit Combination")
    } else {
        tr("New Combination")
    };
    let dialog = message::dialog(
        parent,
        &heading,
        &tr(
            "Type the names of the keys with “+” between them, or record them. Several steps are sent one after the other.",
        ),
    );
    let editor = Rc::new(Editor::build(&dialog, old));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("save", &tr("_Save"))]);
    dialog.set_response_appearance("save", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("save"));
    GtkWindowExt::set_focus(&dialog, Some(&editor.name));
    editor.connect(&dialog);
    editor.fill();
    glib::spawn_future_local(async move {
        if message::choose(dialog).await == "save"
            && let Some(edited) = editor.result()
        {
            saved(edited);
        }
    });
}

impl Editor {
    fn build(dialog: &adw::MessageDialog, old: Option<Macro>) -> Self {
        let (name, steps) = old.map(|old| (old.name, old.steps)).unwrap_or_default();
        let record = gtk::ToggleButton::builder()
            .icon_name("media-record-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Record: press the keys"));
        record.update_property(&[gtk::accessible::Property::Label(&tr("Record the keys"))]);
        let typed = adw::EntryRow::builder()
            .title(tr("Keys, for example Ctrl+Alt+F2"))
            .show_apply_button(true)
            .build();
        typed.add_suffix(&record);
        let name = adw::EntryRow::builder()
            .title(tr("Name"))
            .text(name)
            .activates_default(true)
            .build();
        let names = message::rows(&tr("Name"));
        names.append(&name);
        let list = message::rows(&tr("Steps"));
        list.append(&typed);
        let problem = gtk::Label::builder()
            .wrap(true)
            .xalign(0.0)
            .visible(false)
            .css_classes(["caption", "error"])
            .build();
        let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
        content.set_width_request(280);
        content.append(&names);
        content.append(&list);
        content.append(&problem);
        dialog.set_extra_child(Some(&content));
        Self {
            dialog: dialog.downgrade(),
            name,
            typed,
            record,
            problem,
            list,
            steps: RefCell::new(steps),
            recording: RefCell::default(),
            inhibits: Cell::default(),
        }
    }

    fn connect(self: &Rc<Self>, dialog: &adw::MessageDialog) {
        let weak = Rc::downgrade(self);
        let judge = move || {
            if let Some(editor) = weak.upgrade() {
                editor.judge();
            }
        };
        let judged = judge.clone();
        self.name.connect_changed(move |_| judged());
        self.typed.connect_changed(move |_| judge());
        let weak = Rc::downgrade(self);
        self.typed.connect_apply(move |_| {
            if let Some(editor) = weak.upgrade() {
                editor.add_typed();
            }
        });
        let weak = Rc::downgrade(self);
        self.record.connect_toggled(move |record| {
            if let Some(editor) = weak.upgrade() {
                editor.set_recording(record.is_active());
            }
        });
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, _, code, _| match weak.upgrade() {
            Some(editor) if editor.record.is_active() => {
                editor.pressed(code.saturating_sub(OFFSET));
                glib::Propagation::Stop
            }
            _ => glib::Propagation::Proceed,
        });
        let weak = Rc::downgrade(self);
        keys.connect_key_released(move |_, _, code, _| {
            if let Some(editor) = weak.upgrade().filter(|editor| editor.record.is_active()) {
                editor.released(code.saturating_sub(OFFSET));
            }
        });
        dialog.add_controller(keys);
        let record = self.record.downgrade();
        dialog.connect_is_active_notify(move |dialog| {
            // Releases that go elsewhere are never heard of.
            if let Some(record) = record.upgrade().filter(|_| !dialog.is_active()) {
                record.set_active(false);
            }
        });
    }

    fn set_recording(&self, active: bool) {
        self.recording.replace(Recording::default());
        self.typed.set_editable(!active);
        let title = if active {
            tr("Press the keys…")
        } else {
            tr("Keys, for example Ctrl+Alt+F2")
        };
        self.typed.set_title(&title);
        self.typed.set_text("");
        let surface = self.dialog.upgrade().and_then(|dialog| dialog.surface());
        let Some(toplevel) = surface.and_downcast::<gdk::Toplevel>() else {
            return;
        };
        if active && !self.inhibits.replace(true) {
            toplevel.inhibit_system_shortcuts(gdk::Event::NONE);
        } else if !active && self.inhibits.replace(false) {
            toplevel.restore_system_shortcuts();
        }
    }

    fn pressed(&self, code: u32) {
        self.recording.borrow_mut().press(code);
        let so_far = Combination::from_codes(self.recording.borrow().so_far());
        if let Ok(combination) = so_far {
            self.typed.set_text(&combination.label());
        }
    }

    fn released(self: &Rc<Self>, code: u32) {
        let Some(codes) = self.recording.borrow_mut().release(code) else {
            return;
        };
        self.record.set_active(false);
        match Combination::from_codes(&codes) {
            Ok(combination) => self.add(combination),
            Err(_) => self.say(&tr("This key can't be sent.")),
        }
    }

    fn add_typed(self: &Rc<Self>) {
        if let Ok(combination) = self.typed.text().parse::<Combination>() {
            self.typed.set_text("");
            self.add(combination);
        } else {
            self.judge();
        }
    }

    fn add(self: &Rc<Self>, combination: Combination) {
        self.steps.borrow_mut().push(combination);
        self.fill();
    }

    /// Shows the steps above the line for the next one.
    fn fill(self: &Rc<Self>) {
        while let Some(row) = self.list.row_at_index(0).filter(|row| row != &self.typed) {
            self.list.remove(&row);
        }
        for (at, step) in self.steps.borrow().iter().enumerate() {
            let row = plain_row(&step.label(), "");
            let name = tr_f("Remove {keys}", &[("keys", &step.label())]);
            let remove = gtk::Button::builder()
                .icon_name("list-remove-symbolic")
                .valign(gtk::Align::Center)
                .css_classes(["flat"])
                .build()
                .with_tip(&name);
            remove.update_property(&[gtk::accessible::Property::Label(&name)]);
            row.add_suffix(&remove);
            let weak = Rc::downgrade(self);
            remove.connect_clicked(move |_| {
                if let Some(editor) = weak.upgrade() {
                    editor.steps.borrow_mut().remove(at);
                    editor.fill();
                }
            });
            self.list.insert(&row, at as i32);
        }
        self.typed.set_visible(self.steps.borrow().len() < MOST_STEPS);
        self.judge();
    }

    /// All steps, with one that is typed and not added yet.
    fn all_steps(&self) -> Result<Vec<Combination>, String> {
        let mut steps = self.steps.borrow().clone();
        let typed = self.typed.text();
        if !typed.trim().is_empty() && !self.record.is_active() {
            steps.push(typed.parse::<Combination>().map_err(|wrong| wrong.words())?);
        }
        Ok(steps)
    }

    fn result(&self) -> Option<Macro> {
        let steps: Vec<String> = self.all_steps().ok()?.iter().map(ToString::to_string).collect();
        Macro::read(&self.name.text(), &steps)
    }

    fn judge(&self) {
        let wrong_keys = self.all_steps().err();
        let long = self.name.text().trim().chars().count() > LONGEST_NAME;
        let too_long = long.then(|| tr("The name is too long."));
        self.say(&wrong_keys.or(too_long).unwrap_or_default());
        if let Some(dialog) = self.dialog.upgrade() {
            message::allow(&dialog, "save", self.result().is_some());
        }
    }

    fn say(&self, problem: &str) {
        self.problem.set_visible(!problem.is_empty());
        self.problem.set_text(problem);
    }
}
