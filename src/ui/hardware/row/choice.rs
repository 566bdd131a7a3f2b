//! Rows with one of several values. What cannot be chosen is there, grey, with the reason.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::pango;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Frame, RowView, Say, Shown, set_class};
use crate::i18n::tr;
use crate::model::facts::with_current;
use crate::model::hardware::{Choice, Control, Row, Value};
use crate::ui::widgets::set_tip;

/// From this many on a list is searched rather than read.
const MANY: usize = 14;

/// Lines of a list are that many characters wide before they are broken.
const WIDE: usize = 36;

/// A list that drops down.
pub struct ChoiceRow {
    frame: Frame,
    list: gtk::DropDown,
    choices: Rc<RefCell<Vec<Choice>>>,
    shown: Shown,
}

impl ChoiceRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let frame = Frame::new(row);
        let choices: Rc<RefCell<Vec<Choice>>> = Rc::default();
        let list = gtk::DropDown::builder().valign(gtk::Align::Center).build();
        list.set_expression(Some(gtk::PropertyExpression::new(
            gtk::StringObject::static_type(),
            gtk::Expression::NONE,
            "string",
        )));
        list.set_factory(Some(&face(&choices)));
        list.set_list_factory(Some(&lines(&choices)));
        frame.hold(&list);
        frame.row.set_activatable_widget(Some(&list));
        let shown = Shown::new();
        let (own, known) = (shown.clone(), choices.clone());
        list.connect_selected_notify(move |list| {
            let chosen = usize::try_from(list.selected())
                .ok()
                .and_then(|index| known.borrow().get(index).cloned());
            if let Some(choice) = chosen {
                own.say(Value::of(choice.value), &say);
            }
        });
        Self {
            frame,
            list,
            choices,
            shown,
        }
    }
}

impl RowView for ChoiceRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.frame.row.clone().upcast()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::Choice(_))
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.frame.show(row, problem);
        let Control::Choice(choices) = &row.control else { return };
        let mut choices = with_current(choices.clone(), row.value.some());
        if row.value.some().is_none() && !choices.iter().any(|choice| choice.value.is_empty()) {
            choices.insert(0, Choice::new("", tr("Not set")));
        }
        let selected = choices.iter().position(|choice| choice.value == row.value.text());
        self.shown.show(&row.value, |_| {
            if *self.choices.borrow() != choices {
                let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
                let model = gtk::StringList::new(&labels);
                self.list.set_enable_search(choices.len() >= MANY);
                self.choices.replace(choices);
                self.list.set_model(gtk::gio::ListModel::NONE);
                self.list.set_model(Some(&model));
            }
            let selected = selected.and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
            if self.list.selected() != selected {
                self.list.set_selected(selected);
            }
        });
        set_class(&self.list, "error", problem.is_some());
        self.list.set_sensitive(row.locked.is_none());
        self.frame.row.set_activatable(row.locked.is_none());
    }

    fn focus(&self) {
        self.list.grab_focus();
    }
}

type Known = Rc<RefCell<Vec<Choice>>>;

/// What the button shows: the label alone.
fn face(choices: &Known) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            let label = gtk::Label::builder()
                .xalign(0.0)
                .ellipsize(pango::EllipsizeMode::End)
                .max_width_chars(34)
                .css_classes(["vireo-plain"])
                .build();
            item.set_child(Some(&label));
        }
    });
    let choices = choices.clone();
    factory.connect_bind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let (Some(label), Some(text)) = (item.child().and_downcast::<gtk::Label>(), text_of(item)) else {
            return;
        };
        label.set_text(&text);
        let note = choices
            .borrow()
            .iter()
            .find(|choice| choice.label == text)
            .and_then(|choice| choice.note.clone());
        set_tip(&label, note.as_deref());
    });
    factory
}

fn text_of(item: &gtk::ListItem) -> Option<String> {
    let object = item.item().and_downcast::<gtk::StringObject>()?;
    Some(object.string().to_string())
}

/// What the open list shows.
fn lines(choices: &Known) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let choices = choices.clone();
    factory.connect_bind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let Some(text) = text_of(item) else { return };
        let found = choices.borrow().iter().find(|choice| choice.label == text).cloned();
        let choice = found.unwrap_or_else(|| Choice::plain(text));
        let line = line(&choice);
        line.set_sensitive(choice.is_usable());
        item.set_activatable(choice.is_usable());
        item.set_selectable(choice.is_usable());
        item.set_child(Some(&line));
    });
    factory.connect_unbind(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(gtk::Widget::NONE);
        }
    });
    factory
}

/// A choice with what there is to know about it.
pub(super) fn line(choice: &Choice) -> gtk::Box {
    let line = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .margin_top(3)
        .margin_bottom(3)
        .build();
    let label = |text: &str, classes: &'static [&'static str]| {
        // A list is as wide as its button, unless its lines need more.
        let chars = text.chars().count().min(WIDE);
        gtk::Label::builder()
            .label(text)
            .css_classes(classes)
            .xalign(0.0)
            .wrap(true)
            .wrap_mode(pango::WrapMode::WordChar)
            .width_chars(i32::try_from(chars).unwrap_or(0))
            .max_width_chars(48)
            .build()
    };
    line.append(&label(&choice.label, &[]));
    if let Some(text) = choice.problem.as_ref().or(choice.note.as_ref()) {
        line.append(&label(text, &["dim-label", "caption"]));
    }
    line
}
