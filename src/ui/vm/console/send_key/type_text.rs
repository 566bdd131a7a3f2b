//! The dialog that types a text into a guest that shares no clipboard: a boot loader, an installer, a login screen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gtk::{gio, glib};
use relm4::{adw, gtk};

use super::SendKey;
use super::layouts::LayoutRow;
use crate::i18n::{tr, tr_f, tr_n, whole};
use crate::model::display::keys::{Script, Typist};
use crate::ui::{format, message};

/// Characters at most: minutes of typing.
const LONGEST: usize = 20_000;
/// Characters that are named at most.
const MOST_NAMED: usize = 12;

struct Form {
    keys: SendKey,
    dialog: glib::WeakRef<adw::MessageDialog>,
    text: gtk::TextBuffer,
    layout: LayoutRow,
    speed: gtk::SpinButton,
    summary: gtk::Label,
    problem: gtk::Label,
    typist: RefCell<Option<Typist>>,
    /// Why the layout can't be used.
    refusal: RefCell<String>,
    /// Number of the layout that was asked for last.
    asked: Cell<u32>,
}

/// Opens the dialog over the window of `place`, with the text of the clipboard.
pub fn open(place: &gtk::Widget, keys: &SendKey) {
    let dialog = message::dialog(
        place,
        &tr("Type Text"),
        &tr("The text is typed on the keyboard of the machine, as if somebody sat there."),
    );
    let (view, frame) = text_view();
    let form = Rc::new(Form {
        keys: keys.clone(),
        dialog: dialog.downgrade(),
        text: view.buffer(),
        layout: LayoutRow::new(),
        speed: gtk::SpinButton::with_range(1.0, 200.0, 1.0),
        summary: line(&["dim-label", "caption"]),
        problem: line(&["caption", "warning"]),
        typist: RefCell::default(),
        refusal: RefCell::default(),
        asked: Cell::default(),
    });
    dialog.set_extra_child(Some(&form.content(&frame)));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("type", &tr("_Type"))]);
    dialog.set_response_appearance("type", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    GtkWindowExt::set_focus(&dialog, Some(&view));
    form.follow();
    form.judge();
    let filling = {
        let (form, clipboard) = (form.clone(), place.clipboard());
        glib::spawn_future_local(async move {
            let settings = form.keys.0.core.settings();
            let known = settings.guest_layout(form.keys.0.key);
            form.layout.fill(known.or_else(|| settings.last_guest_layout())).await;
            let text = clipboard.read_text_future().await.ok().flatten();
            if let Some(text) = text.filter(|_| form.text.char_count() == 0) {
                form.text.set_text(&text.chars().take(LONGEST).collect::<String>());
            }
        })
    };
    glib::spawn_future_local(async move {
        let answer = message::choose(dialog).await;
        filling.abort();
        if answer == "type" {
            form.begin();
        }
    });
}

fn text_view() -> (gtk::TextView, gtk::ScrolledWindow) {
    let view = gtk::TextView::builder()
        .wrap_mode(gtk::WrapMode::WordChar)
        .accepts_tab(false)
        .monospace(true)
        .left_margin(9)
        .right_margin(9)
        .top_margin(9)
        .bottom_margin(9)
        .build();
    view.update_property(&[gtk::accessible::Property::Label(&tr("Text to type"))]);
    let frame = gtk::ScrolledWindow::builder()
        .child(&view)
        .css_classes(["card"])
        .min_content_height(120)
        .max_content_height(240)
        .propagate_natural_height(true)
        .min_content_width(260)
        .build();
    (view, frame)
}

fn line(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .css_classes(classes)
        .build()
}

impl Form {
    fn content(&self, frame: &gtk::ScrolledWindow) -> gtk::Box {
        self.speed
            .set_value(f64::from(self.keys.0.core.settings().typing_speed()));
        self.speed.set_valign(gtk::Align::Center);
        let title = tr("Characters a second");
        self.speed.update_property(&[gtk::accessible::Property::Label(&title)]);
        let speed = adw::ActionRow::builder()
            .title(&title)
            .subtitle(tr("Fewer if the guest loses some"))
            .build();
        speed.add_suffix(&self.speed);
        let rows = message::rows(&tr("How to type"));
        rows.append(self.layout.widget());
        rows.append(&speed);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
        content.append(frame);
        content.append(&self.problem);
        content.append(&self.summary);
        rows.set_margin_top(6);
        content.append(&rows);
        content
    }

    fn follow(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.text.connect_changed(move |_| {
            if let Some(form) = weak.upgrade() {
                form.judge();
            }
        });
        let weak = Rc::downgrade(self);
        self.speed.connect_value_changed(move |_| {
            if let Some(form) = weak.upgrade() {
                form.judge();
            }
        });
        let weak = Rc::downgrade(self);
        self.layout.connect_chosen(move || {
            if let Some(form) = weak.upgrade() {
                form.learn();
            }
        });
    }

    /// Learns the chosen layout on another thread.
    fn learn(self: &Rc<Self>) {
        let Some(layout) = self.layout.chosen() else { return };
        let asked = self.asked.get() + 1;
        self.asked.set(asked);
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let learned = gio::spawn_blocking(move || Typist::learn(&layout)).await;
            let Some(form) = weak.upgrade().filter(|form| form.asked.get() == asked) else {
                return;
            };
            let (typist, refusal) = match learned {
                Ok(Ok(typist)) => (Some(typist), String::new()),
                Ok(Err(wrong)) => (None, wrong.words()),
                Err(_) => (None, tr("The keyboard layout could not be read.")),
            };
            form.typist.replace(typist);
            form.refusal.replace(refusal);
            form.judge();
        });
    }

    fn written(&self) -> String {
        self.text
            .text(&self.text.start_iter(), &self.text.end_iter(), false)
            .into()
    }

    /// What would be typed; nothing while the layout isn't known, or for a text that is too long.
    fn script(&self) -> Option<Script> {
        let count = usize::try_from(self.text.char_count()).unwrap_or(usize::MAX);
        let typist = self.typist.borrow();
        let typist = typist.as_ref().filter(|_| count <= LONGEST)?;
        Some(typist.script(&self.written()))
    }

    /// Says what will be typed and what can't be.
    fn judge(&self) {
        let script = self.script();
        let ready = script.as_ref().is_some_and(|script| !script.is_empty());
        if let Some(dialog) = self.dialog.upgrade() {
            message::allow(&dialog, "type", ready);
        }
        let problem = match &script {
            _ if usize::try_from(self.text.char_count()).is_ok_and(|count| count > LONGEST) => tr_f(
                "The text is too long: {n} characters at most.",
                &[("n", &whole(LONGEST))],
            ),
            None => self.refusal.borrow().clone(),
            Some(script) if script.missing().is_empty() => String::new(),
            Some(script) => tr_f(
                "This layout can't type {characters}: left out.",
                &[("characters", &named(script.missing()))],
            ),
        };
        self.problem.set_visible(!problem.is_empty());
        self.problem.set_text(&problem);
        self.summary
            .set_text(&script.map(|script| self.summary_of(&script)).unwrap_or_default());
    }

    fn summary_of(&self, script: &Script) -> String {
        let seconds = script.len() as f64 / self.speed.value().max(1.0);
        let time = format::duration(Duration::from_secs_f64(seconds.ceil()));
        let mut words = tr_n(
            "{n} character, {time}.",
            "{n} characters, {time}.",
            script.len(),
            &[("time", &time)],
        );
        if script.text().contains('\n') {
            words = format!("{words} {}", tr("Line ends are typed as Enter."));
        }
        words
    }

    fn begin(&self) {
        let Some(script) = self.script() else { return };
        let settings = self.keys.0.core.settings();
        let speed = self.speed.value_as_int().unsigned_abs();
        settings.set_typing_speed(speed);
        if let Some(layout) = self.layout.chosen() {
            settings.set_guest_layout(self.keys.0.key, &layout);
        }
        self.keys.type_script(script, speed);
    }
}

/// Characters as they are read: those that can't be seen by their number.
fn named(characters: &[char]) -> String {
    let seen = |letter: char| !letter.is_control() && !letter.is_whitespace();
    let mut names: Vec<String> = characters
        .iter()
        .take(MOST_NAMED)
        .map(|letter| {
            if seen(*letter) {
                letter.to_string()
            } else {
                format!("U+{:04X}", u32::from(*letter))
            }
        })
        .collect();
    if characters.len() > MOST_NAMED {
        names.push("…".to_owned());
    }
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn characters_are_named_so_that_they_can_be_found() {
        assert_eq!(named(&['é', '\u{7}', '\u{a0}']), "é U+0007 U+00A0");
        let many: Vec<char> = ('α'..='ω').collect();
        assert!(named(&many).ends_with("μ …"));
    }
}
