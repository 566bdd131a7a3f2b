//! The widgets of rows: one kind for each way that a value is shown and changed.

mod block;
mod choice;
mod entry;
mod fact;
mod help;
mod keyed;
mod of_host;
mod order;
mod path;
mod switch;
mod table;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::model::hardware::{Button, Control, PathKind, Row, Value};
use crate::ui::widgets::set_tip;

/// What a row has to say.
#[derive(Debug, Clone)]
pub enum RowEvent {
    /// The user gave it another value.
    Set(Value),
    /// Its button was pressed.
    Pressed(Button),
    /// The user wants to look for a path.
    Browse(PathKind),
}

/// Takes what rows have to say.
pub type Say = Rc<dyn Fn(RowEvent)>;

/// A row on screen. It follows its [`Row`] without saying that anything was changed.
pub trait RowView {
    /// The widget for a list of rows.
    fn widget(&self) -> adw::PreferencesRow;
    /// Whether it can show this row: the same kind of control.
    fn fits(&self, row: &Row) -> bool;
    /// Shows the row. `problem` is what is wrong with what was typed, which stays.
    fn show(&self, row: &Row, problem: Option<&str>);
    /// Puts the keyboard back after the row was moved.
    fn focus(&self);
}

/// A new row on screen.
#[must_use]
pub fn build(row: &Row, say: Say) -> Box<dyn RowView> {
    match &row.control {
        Control::Fact => Box::new(fact::FactRow::new(row)),
        Control::OfHost(setting) => Box::new(of_host::HostRow::new(row, *setting)),
        Control::Button(..) => Box::new(fact::ButtonRow::new(row, say)),
        Control::Text | Control::Password | Control::Number { .. } | Control::Size { .. } => {
            Box::new(entry::EntryRow::new(row, say))
        }
        Control::Proposal(_) => Box::new(entry::EntryRow::new(row, say)),
        Control::Path(_) => Box::new(path::PathRow::new(row, say)),
        Control::LongText => Box::new(words::WordsRow::new(row, say)),
        Control::Switch { .. } => Box::new(switch::SwitchRow::new(row, say)),
        Control::Choice(_) => Box::new(choice::ChoiceRow::new(row, say)),
        Control::Order(_) => Box::new(order::OrderRow::new(row, say)),
        Control::Table { .. } => Box::new(table::TableRow::new(row, say)),
    }
}

/// What all rows have: title, a line below, the question mark.
pub struct Frame {
    row: adw::ActionRow,
    help: help::Help,
}

impl Frame {
    fn new(row: &Row) -> Self {
        Self::around(glib::Object::new(), row)
    }

    /// For a value that is typed: the keyboard goes straight to it.
    fn typed(row: &Row) -> Self {
        Self::around(keyed::KeyedRow::new().upcast(), row)
    }

    fn around(frame: adw::ActionRow, row: &Row) -> Self {
        frame.set_use_markup(false);
        frame.set_title(&row.title);
        frame.set_title_lines(3);
        frame.set_subtitle_lines(4);
        frame.set_activatable(false);
        keep_words(frame.upcast_ref());
        Self {
            row: frame,
            help: help::Help::new(),
        }
    }

    /// Puts the widget that holds the value, and the question mark behind it.
    fn hold(&self, control: &impl IsA<gtk::Widget>) {
        self.row.add_suffix(control);
        self.row.add_suffix(self.help.widget());
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        if self.row.title() != row.title {
            self.row.set_title(&row.title);
        }
        let below = below(row, problem).unwrap_or_default();
        if self.row.subtitle().unwrap_or_default() != below {
            self.row.set_subtitle(below);
        }
        set_tip(&self.row, row.locked.as_deref());
        set_class(&self.row, "error", problem.is_some());
        self.help.show(row);
    }
}

/// The value that a row shows. Showing another one says nothing, whatever the widget tells on the way: an entry that gets
/// another text is empty for a moment, a list with other choices has the first one.
#[derive(Clone)]
struct Shown {
    value: Rc<RefCell<Value>>,
    is_silent: Rc<Cell<bool>>,
}

impl Shown {
    fn new() -> Self {
        Self {
            value: Rc::new(RefCell::new(Value::Text(None))),
            is_silent: Rc::default(),
        }
    }

    /// Takes what the row is to show, and puts it into the widget with `put`, which hears whether it is another value.
    fn show(&self, value: &Value, put: impl FnOnce(bool)) {
        let is_other = self.take(value);
        self.is_silent.set(true);
        put(is_other);
        self.is_silent.set(false);
    }

    /// Takes a value; whether it is another one.
    fn take(&self, value: &Value) -> bool {
        let is_other = *self.value.borrow() != *value;
        if is_other {
            self.value.replace(value.clone());
        }
        is_other
    }

    /// Says what the user has made of it, if it is another value.
    fn say(&self, value: Value, say: &Say) {
        if !self.is_silent.get() && self.take(&value) {
            say(RowEvent::Set(value));
        }
    }
}

/// Lets a title have the width of its words: a box that is two lines high would break "Title" to give the value more room.
fn keep_words(widget: &gtk::Widget) {
    if let Some(label) = widget.downcast_ref::<gtk::Label>()
        && label.has_css_class("title")
    {
        label.set_natural_wrap_mode(gtk::NaturalWrapMode::Word);
    }
    for child in std::iter::successors(widget.first_child(), gtk::Widget::next_sibling) {
        keep_words(&child);
    }
}

/// What stands below a row: what is wrong with it, why it cannot be changed, or a hint.
fn below<'a>(row: &'a Row, problem: Option<&'a str>) -> Option<&'a str> {
    let locked = row.locked.as_deref().filter(|_| !row.is_lock_told);
    problem.or(locked).or(row.note.as_deref())
}

fn set_class(widget: &impl IsA<gtk::Widget>, class: &str, wanted: bool) {
    if wanted == widget.has_css_class(class) {
        return;
    }
    if wanted {
        widget.add_css_class(class);
    } else {
        widget.remove_css_class(class);
    }
}

/// Calls a control by the title of its row, where that is not the row's [`adw::ActionRow::activatable_widget`]: that one is
/// labelled by the title already, and would be called twice.
fn name(widget: &impl IsA<gtk::Accessible>, row: &Row) {
    widget.update_property(&[gtk::accessible::Property::Label(&row.title)]);
}
