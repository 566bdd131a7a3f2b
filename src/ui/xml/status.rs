//! The line below a text: what is wrong with it, and where the cursor stands.

use gtk::pango;
use gtk::prelude::*;
use relm4::{Sender, gtk};
use sourceview5::Buffer;

use super::EditorMsg;
use crate::i18n::{tr, tr_f};
use crate::ui::widgets::{Tip, set_tip};

/// The line.
pub(super) struct Status {
    root: gtk::Box,
    problem: gtk::Button,
    text: gtk::Label,
    sound: gtk::Label,
    place: gtk::Label,
}

impl Status {
    pub(super) fn new(input: &Sender<EditorMsg>) -> Self {
        let text = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .wrap_mode(pango::WrapMode::WordChar)
            .lines(3)
            .ellipsize(pango::EllipsizeMode::End)
            .build();
        let icon = gtk::Image::builder()
            .icon_name("dialog-error-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        let row = gtk::Box::builder().spacing(6).build();
        row.append(&icon);
        row.append(&text);
        let problem = gtk::Button::builder()
            .child(&row)
            .css_classes(["flat", "error", "vireo-xml-problem"])
            .hexpand(true)
            .halign(gtk::Align::Start)
            .visible(false)
            .build()
            .with_tip(tr("Go to the line"));
        let clicked = input.clone();
        problem.connect_clicked(move |_| clicked.emit(EditorMsg::ProblemClicked));
        let sound = gtk::Label::builder()
            .label(tr("Well-formed"))
            .xalign(0.0)
            .hexpand(true)
            .ellipsize(pango::EllipsizeMode::End)
            .css_classes(["dim-label"])
            .build();
        let place = gtk::Label::builder().css_classes(["dim-label", "numeric"]).build();
        let root = gtk::Box::builder()
            .spacing(12)
            .css_classes(["caption", "vireo-xml-status"])
            .build();
        root.append(&problem);
        root.append(&sound);
        root.append(&place);
        Self {
            root,
            problem,
            text,
            sound,
            place,
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Says what is wrong, or that nothing is.
    pub(super) fn set_problem(&self, problem: Option<&str>) {
        self.text.set_label(problem.unwrap_or_default());
        self.sound.set_label(&tr("Well-formed"));
        set_tip(&self.sound, None);
        self.problem.set_visible(problem.is_some());
        self.sound.set_visible(problem.is_none());
    }

    /// Says something about a text that is well-formed, until it is read again.
    pub(super) fn set_note(&self, note: &str) {
        self.sound.set_label(note);
        set_tip(&self.sound, Some(note));
    }

    /// Says where the cursor stands.
    pub(super) fn set_place(&self, buffer: &Buffer) {
        let at = buffer.iter_at_mark(&buffer.get_insert());
        let (line, column) = (at.line() + 1, at.line_offset() + 1);
        self.place.set_label(&tr_f(
            "Line {line}, column {column}",
            &[("line", &line.to_string()), ("column", &column.to_string())],
        ));
    }
}
