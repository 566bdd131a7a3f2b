//! Rows with an ordered list: what is ticked comes first, in its order, and can be dragged or moved by buttons.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::pango;
use gtk4::prelude::*;
use libadwaita as adw;

use super::block::Block;
use super::{RowView, Say, Shown, name, set_class};
use crate::i18n::{tr, tr_f};
use crate::model::hardware::{Control, OrderItem, Row, Value};
use crate::ui::widgets::{Tip, set_tip};

/// A list of lines with a tick, two arrows, and a handle to drag them by.
pub struct OrderRow {
    block: Block,
    list: gtk::ListBox,
    items: RefCell<Vec<OrderItem>>,
    shown: Shown,
    say: Say,
}

impl OrderRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .css_classes(["vireo-frame", "vireo-order"])
            .build();
        name(&list, row);
        Self {
            block: Block::new(row, &list),
            list,
            items: RefCell::default(),
            shown: Shown::new(),
            say,
        }
    }

    fn fill(&self, row: &Row, items: &[OrderItem]) {
        while let Some(line) = self.list.row_at_index(0) {
            self.list.remove(&line);
        }
        let keys: Rc<[String]> = row.value.keys().into();
        let place = |key: &str| keys.iter().position(|chosen| chosen == key);
        let mut lines: Vec<&OrderItem> = items.iter().collect();
        lines.sort_by_key(|item| place(&item.key).unwrap_or(usize::MAX));
        for item in lines {
            let say: Rc<dyn Fn(Vec<String>)> = {
                let (shown, say) = (self.shown.clone(), self.say.clone());
                Rc::new(move |keys| shown.say(Value::Order(keys), &say))
            };
            let line = line(item, &keys, row.locked.is_none(), &say);
            self.list.append(&line);
        }
    }
}

impl RowView for OrderRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.block.row.clone()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::Order(_))
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        let Control::Order(items) = &row.control else { return };
        self.block.show(row, problem);
        let other = *self.items.borrow() != *items;
        let was_shown = self.shown.take(&row.value);
        if other || was_shown || self.list.row_at_index(0).is_none() || self.is_stale(row) {
            self.items.replace(items.clone());
            let focus = self.focused();
            self.fill(row, items);
            if let Some((key, part)) = focus {
                self.focus_at(&key, part);
            }
        }
    }

    fn focus(&self) {
        self.list.child_focus(gtk::DirectionType::TabForward);
    }
}

/// The part of a line that has the keyboard, to be kept when lines change places.
impl OrderRow {
    /// Whether the lines stand in another order than the value, as after a move that was said and taken.
    fn is_stale(&self, row: &Row) -> bool {
        let chosen = (0..).map_while(|index| self.list.row_at_index(index));
        let keys: Vec<String> = chosen
            .take(row.value.keys().len())
            .map(|line| line.widget_name().to_string())
            .collect();
        keys != row.value.keys()
    }

    fn focused(&self) -> Option<(String, usize)> {
        let focus = self.list.root()?.focus()?;
        let line = focus
            .ancestor(gtk::ListBoxRow::static_type())?
            .downcast::<gtk::ListBoxRow>()
            .ok()?;
        let inside = line.child()?;
        let part = children(&inside).position(|child| child == focus)?;
        Some((line.widget_name().to_string(), part))
    }

    fn focus_at(&self, key: &str, part: usize) {
        let line = (0..)
            .map_while(|index| self.list.row_at_index(index))
            .find(|line| line.widget_name() == key);
        if let Some(child) = line
            .and_then(|line| line.child())
            .and_then(|inside| children(&inside).nth(part))
        {
            child.grab_focus();
        }
    }
}

fn children(widget: &gtk::Widget) -> impl Iterator<Item = gtk::Widget> + use<> {
    std::iter::successors(widget.first_child(), gtk::Widget::next_sibling)
}

fn line(item: &OrderItem, keys: &Rc<[String]>, usable: bool, say: &Rc<dyn Fn(Vec<String>)>) -> gtk::ListBoxRow {
    let at = keys.iter().position(|key| *key == item.key);
    let content = gtk::Box::builder()
        .spacing(6)
        .margin_start(6)
        .margin_end(6)
        .margin_top(3)
        .margin_bottom(3)
        .build();
    let tick = gtk::CheckButton::builder().active(at.is_some()).build();
    let words = tr_f("Boot from {name}", &[("name", &item.label)]);
    tick.update_property(&[gtk::accessible::Property::Label(&words)]);
    let icon = gtk::Image::from_icon_name(item.icon);
    icon.set_accessible_role(gtk::AccessibleRole::Presentation);
    let label = gtk::Label::builder()
        .label(&item.label)
        .xalign(0.0)
        .hexpand(true)
        .ellipsize(pango::EllipsizeMode::End)
        .build();
    set_class(&label, "dim-label", at.is_none());
    content.append(&tick);
    content.append(&icon);
    content.append(&label);
    if let Some(at) = at {
        for (to, icon, words) in [
            (
                at.checked_sub(1),
                "go-up-symbolic",
                tr_f("Move {name} up", &[("name", &item.label)]),
            ),
            (
                Some(at + 1).filter(|to| *to < keys.len()),
                "go-down-symbolic",
                tr_f("Move {name} down", &[("name", &item.label)]),
            ),
        ] {
            content.append(&arrow(icon, &words, at, to, keys, say));
        }
    }
    {
        let (keys, say, key) = (keys.clone(), say.clone(), item.key.clone());
        tick.connect_toggled(move |tick| {
            let mut new: Vec<String> = keys.iter().filter(|other| **other != key).cloned().collect();
            if tick.is_active() {
                new.push(key.clone());
            }
            say(new);
        });
    }
    let line = gtk::ListBoxRow::builder()
        .child(&content)
        .activatable(false)
        .focusable(false)
        .sensitive(usable)
        .name(&item.key)
        .build();
    if at.is_some() {
        drag(&line, &item.key, keys, say);
    }
    line
}

fn arrow(
    icon: &str,
    words: &str,
    at: usize,
    to: Option<usize>,
    keys: &Rc<[String]>,
    say: &Rc<dyn Fn(Vec<String>)>,
) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name(icon)
        .css_classes(["flat"])
        .sensitive(to.is_some())
        .build()
        .with_tip(words);
    button.update_property(&[gtk::accessible::Property::Label(words)]);
    let (keys, say) = (keys.clone(), say.clone());
    button.connect_clicked(move |_| {
        if let Some(to) = to {
            let mut new = keys.to_vec();
            new.swap(at, to);
            say(new);
        }
    });
    button
}

/// A line can be dragged onto another one, and takes its place.
fn drag(line: &gtk::ListBoxRow, key: &str, keys: &Rc<[String]>, say: &Rc<dyn Fn(Vec<String>)>) {
    let source = gtk::DragSource::builder().actions(gdk::DragAction::MOVE).build();
    let own = key.to_owned();
    source.connect_prepare(move |_, _, _| Some(gdk::ContentProvider::for_value(&own.to_value())));
    line.add_controller(source);
    let target = gtk::DropTarget::new(String::static_type(), gdk::DragAction::MOVE);
    let (keys, say, own) = (keys.clone(), say.clone(), key.to_owned());
    target.connect_drop(move |_, value, _, _| {
        let Ok(moved) = value.get::<String>() else { return false };
        let from = keys.iter().position(|key| *key == moved);
        let to = keys.iter().position(|key| *key == own);
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        let mut new = keys.to_vec();
        let key = new.remove(from);
        new.insert(to, key);
        say(new);
        true
    });
    line.add_controller(target);
    set_tip(line, Some(&tr("Drag to another place")));
}
