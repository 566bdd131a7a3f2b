//! Rows with a line of text: words, passwords, numbers, sizes, and texts with proposals.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Frame, RowView, Say, Shown, name, set_class};
use crate::i18n::{tr, tr_f};
use crate::model::hardware::{Choice, Control, Row, Value, size};
use crate::ui::widgets::Tip;

/// Which of the controls an entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Password,
    Number,
    Size,
    Proposal,
    Path,
}

impl Kind {
    pub(super) fn of(control: &Control) -> Option<Self> {
        Some(match control {
            Control::Text => Self::Text,
            Control::Password => Self::Password,
            Control::Number { .. } => Self::Number,
            Control::Size { .. } => Self::Size,
            Control::Proposal(_) => Self::Proposal,
            Control::Path(_) => Self::Path,
            _ => return None,
        })
    }

    /// The value of what is typed in an entry, beside its hint; what means none stays as it is, for the model to refuse.
    fn typed(self, entry: &gtk::Entry) -> Value {
        self.value(&entry.text(), &entry.placeholder_text().unwrap_or_default())
    }

    fn value(self, text: &str, hint: &str) -> Value {
        match self {
            Self::Size => match size::read_beside(text, hint) {
                Some(bytes) => Value::of(bytes.to_string()),
                None => Value::of(text),
            },
            Self::Number => Value::of(text.trim()),
            _ => Value::of(text),
        }
    }

    /// The text for a value.
    fn text(self, value: &Value) -> String {
        match (self, value.number()) {
            (Self::Size, Some(bytes)) => size::write(bytes),
            _ => value.text().to_owned(),
        }
    }
}

/// An entry behind a title.
pub struct EntryRow {
    pub(super) frame: Frame,
    pub(super) entry: gtk::Entry,
    pub(super) kind: Kind,
    pub(super) content: gtk::Box,
    shown: Shown,
    proposals: Option<Proposals>,
    unit: gtk::Label,
}

impl EntryRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let kind = Kind::of(&row.control).unwrap_or(Kind::Text);
        let frame = Frame::typed(row);
        // Least and natural width in characters: on a narrow window the title comes first.
        let (least, natural) = match kind {
            Kind::Number | Kind::Size => (7, 12),
            _ => (8, 34),
        };
        let entry = gtk::Entry::builder()
            .valign(gtk::Align::Center)
            .hexpand(!matches!(kind, Kind::Number | Kind::Size))
            .width_chars(least)
            .max_width_chars(natural)
            .build();
        if kind == Kind::Password {
            mask(&entry);
        }
        let shown = Shown::new();
        {
            let (own, say) = (shown.clone(), say.clone());
            entry.connect_changed(move |entry| own.say(kind.typed(entry), &say));
        }
        if kind == Kind::Size {
            // Written anew in the usual way when the typing is over.
            let own = shown.clone();
            let focus = gtk::EventControllerFocus::new();
            let weak = entry.downgrade();
            focus.connect_leave(move |_| {
                let (weak, own) = (weak.clone(), own.clone());
                // A row that is moved loses the keyboard and gets it back: the typing goes on.
                glib::idle_add_local_once(move || {
                    let Some(entry) = weak.upgrade() else { return };
                    if entry.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN) {
                        return;
                    }
                    let value = own.value.borrow().clone();
                    if let Some(bytes) = value.number().filter(|bytes| entry.text() != size::write(*bytes)) {
                        own.show(&value, |_| entry.set_text(&size::write(bytes)));
                    }
                });
            });
            entry.add_controller(focus);
        }
        let content = gtk::Box::builder().spacing(6).valign(gtk::Align::Center).build();
        let unit = gtk::Label::builder().css_classes(["dim-label"]).visible(false).build();
        let proposals = matches!(kind, Kind::Proposal | Kind::Path).then(|| Proposals::new(&entry, row));
        if let Some(proposals) = &proposals {
            let linked = gtk::Box::builder().css_classes(["linked"]).hexpand(true).build();
            linked.append(&entry);
            linked.append(&proposals.button);
            content.append(&linked);
        } else {
            content.append(&entry);
            content.append(&unit);
        }
        frame.hold(&content);
        frame.row.set_activatable_widget(Some(&entry));
        Self {
            frame,
            entry,
            kind,
            content,
            shown,
            proposals,
            unit,
        }
    }
}

/// What an empty entry says: not to be taken for its value.
pub(super) fn example_hint(example: &str) -> String {
    match example {
        "" => String::new(),
        example => tr_f("e.g. {example}", &[("example", example)]),
    }
}

impl RowView for EntryRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.frame.row.clone().upcast()
    }

    fn fits(&self, row: &Row) -> bool {
        Kind::of(&row.control) == Some(self.kind)
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.frame.show(row, problem);
        set_class(&self.entry, "error", problem.is_some());
        let meant = self.kind.typed(&self.entry);
        self.shown.show(&row.value, |_| {
            // What was typed may say the same in other words.
            if meant != row.value {
                self.entry.set_text(&self.kind.text(&row.value));
            }
        });
        let hint = match (&row.control, row.example) {
            (Control::Password, _) => String::new(),
            _ if !row.blank.is_empty() => row.blank.clone(),
            (_, "") if row.value.some().is_none() => tr("Default"),
            (_, example) => example_hint(&self.kind.text(&Value::of(example))),
        };
        if self.entry.placeholder_text().unwrap_or_default() != hint {
            self.entry.set_placeholder_text(Some(&hint));
        }
        if let Control::Number { unit, .. } = row.control {
            self.unit.set_text(unit);
            self.unit.set_visible(!unit.is_empty());
        }
        self.entry.set_sensitive(row.locked.is_none());
        if let Some(proposals) = &self.proposals {
            let choices = match &row.control {
                Control::Proposal(choices) => choices,
                _ => &row.proposals,
            };
            proposals.show(choices, row.locked.is_none());
        }
    }

    fn focus(&self) {
        self.entry.grab_focus_without_selecting();
    }
}

/// Shows dots, with an eye that shows the password.
fn mask(entry: &gtk::Entry) {
    let label = tr("Show the password");
    entry.set_visibility(false);
    entry.set_input_purpose(gtk::InputPurpose::Password);
    entry.set_icon_from_icon_name(gtk::EntryIconPosition::Secondary, Some("view-reveal-symbolic"));
    entry.set_icon_tooltip_text(gtk::EntryIconPosition::Secondary, Some(&label));
    entry.connect_icon_press(|entry, _| {
        let seen = !entry.is_visible_text();
        entry.set_visibility(seen);
        let icon = if seen {
            "view-conceal-symbolic"
        } else {
            "view-reveal-symbolic"
        };
        entry.set_icon_from_icon_name(gtk::EntryIconPosition::Secondary, Some(icon));
    });
}

trait VisibleText {
    fn is_visible_text(&self) -> bool;
}

impl VisibleText for gtk::Entry {
    fn is_visible_text(&self) -> bool {
        self.property::<bool>("visibility")
    }
}

/// The arrow beside an entry that opens a list of proposals.
struct Proposals {
    button: gtk::MenuButton,
    choices: Rc<RefCell<Vec<Choice>>>,
}

impl Proposals {
    fn new(entry: &gtk::Entry, row: &Row) -> Self {
        let button = gtk::MenuButton::builder()
            .icon_name("pan-down-symbolic")
            .valign(gtk::Align::Center)
            .build()
            .with_tip(tr("Proposals"));
        name(&button, row);
        let choices: Rc<RefCell<Vec<Choice>>> = Rc::default();
        let (own, weak) = (choices.clone(), entry.downgrade());
        button.set_create_popup_func(move |button| {
            if let Some(entry) = weak.upgrade() {
                button.set_popover(Some(&proposals(&own.borrow(), &entry)));
            }
        });
        Self { button, choices }
    }

    fn show(&self, choices: &[Choice], usable: bool) {
        if *self.choices.borrow() != choices {
            self.choices.replace(choices.to_vec());
        }
        self.button.set_visible(!choices.is_empty());
        self.button.set_sensitive(usable);
    }
}

fn proposals(choices: &[Choice], entry: &gtk::Entry) -> gtk::Popover {
    let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).build();
    for choice in choices.iter().filter(|choice| !choice.value.is_empty()) {
        let row = gtk::ListBoxRow::builder()
            .child(&super::choice::line(choice))
            .activatable(choice.is_usable())
            .sensitive(choice.is_usable())
            .build();
        list.append(&row);
    }
    let scrolled = gtk::ScrolledWindow::builder()
        .child(&list)
        .hscrollbar_policy(gtk::PolicyType::Never)
        // Lines can be cut to nothing: without it they are.
        .propagate_natural_width(true)
        .propagate_natural_height(true)
        .max_content_height(360)
        .build();
    let popover = gtk::Popover::builder().child(&scrolled).css_classes(["menu"]).build();
    let values: Vec<String> = choices
        .iter()
        .filter(|choice| !choice.value.is_empty())
        .map(|choice| choice.value.clone())
        .collect();
    let (entry, weak) = (entry.downgrade(), popover.downgrade());
    list.connect_row_activated(move |_, row| {
        let value = usize::try_from(row.index()).ok().and_then(|index| values.get(index));
        if let (Some(entry), Some(value)) = (entry.upgrade(), value) {
            entry.set_text(value);
        }
        if let Some(popover) = weak.upgrade() {
            popover.popdown();
        }
    });
    popover
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::model::hardware::Value;

    #[test]
    fn sizes_are_bytes_and_what_is_none_is_kept_for_the_model_to_refuse() {
        assert_eq!(Kind::Size.value("4 GiB", ""), Value::of("4294967296"));
        assert_eq!(Kind::Size.text(&Value::of("4294967296")), "4 GiB");
        assert_eq!(Kind::Size.value("much", "2 GiB"), Value::of("much"));
        assert_eq!(Kind::Size.value("", "2 GiB"), Value::Text(None));
        assert_eq!(Kind::Number.value(" 8 ", "2 GiB"), Value::of("8"));
    }
}
