//! Rows with a table whose lines can be edited, added and removed.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::block::Block;
use super::entry::example_hint;
use super::{RowView, Say, Shown, name};
use crate::i18n::tr;
use crate::model::facts::with_current;
use crate::model::hardware::{Column, Control, Row, Value};
use crate::ui::widgets::Tip;

/// A table below its title.
pub struct TableRow {
    block: Block,
    grid: gtk::Grid,
    add: gtk::Button,
    shown: Shown,
    say: Say,
    columns: Rc<RefCell<Vec<Column>>>,
    /// Lines as they are on screen: one that was begun says nothing yet.
    lines: Rc<RefCell<Vec<Vec<String>>>>,
}

impl TableRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let add = gtk::Button::builder().css_classes(["flat"]).build();
        let grid = gtk::Grid::builder().column_spacing(6).row_spacing(6).build();
        name(&grid, row);
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&grid)
            .vscrollbar_policy(gtk::PolicyType::Never)
            .margin_bottom(6)
            .build();
        grid.bind_property("visible", &scrolled, "visible")
            .sync_create()
            .build();
        let this = Self {
            block: Block::new(row, &scrolled).with_button(&add),
            grid,
            add,
            shown: Shown::new(),
            say,
            columns: Rc::default(),
            lines: Rc::default(),
        };
        this.connect_add();
        this
    }

    fn connect_add(&self) {
        let table = self.table();
        self.add.connect_clicked(move |_| {
            let first = |column: &Column| {
                let first = column.choices.iter().find(|choice| choice.is_usable());
                first.map(|choice| choice.value.clone()).unwrap_or_default()
            };
            let line = table.columns.borrow().iter().map(first).collect();
            table.lines.borrow_mut().push(line);
            table.fill(true);
            let last = i32::try_from(table.lines.borrow().len()).unwrap_or(0);
            if let Some(cell) = table.grid.child_at(0, last) {
                cell.grab_focus();
            }
            table.tell();
        });
    }

    fn table(&self) -> Table {
        Table {
            grid: self.grid.clone(),
            columns: self.columns.clone(),
            lines: self.lines.clone(),
            shown: self.shown.clone(),
            say: self.say.clone(),
        }
    }
}

impl RowView for TableRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.block.row.clone()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::Table { .. })
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        let Control::Table { columns, add } = &row.control else {
            return;
        };
        self.block.show(row, problem);
        self.add.set_child(Some(
            &adw::ButtonContent::builder()
                .icon_name("list-add-symbolic")
                .label(add)
                .build(),
        ));
        self.add.set_sensitive(row.locked.is_none());
        let other = *self.columns.borrow() != *columns;
        if other {
            self.columns.replace(columns.clone());
        }
        // What was typed and not taken stays, and so does a line that was only begun.
        let told = self.shown.take(&row.value);
        if other || told {
            self.lines.replace(row.value.lines().to_vec());
            self.table().fill(row.locked.is_none());
        }
        self.grid.set_sensitive(row.locked.is_none());
    }

    fn focus(&self) {
        self.grid.child_focus(gtk::DirectionType::TabForward);
    }
}

/// What cells need to change the table.
#[derive(Clone)]
struct Table {
    grid: gtk::Grid,
    columns: Rc<RefCell<Vec<Column>>>,
    lines: Rc<RefCell<Vec<Vec<String>>>>,
    shown: Shown,
    say: Say,
}

impl Table {
    fn fill(&self, usable: bool) {
        while let Some(child) = self.grid.first_child() {
            self.grid.remove(&child);
        }
        let (columns, lines) = (self.columns.borrow().clone(), self.lines.borrow().clone());
        self.grid.set_visible(!lines.is_empty());
        for (column, place) in columns.iter().zip(0..) {
            let head = gtk::Label::builder()
                .label(&column.title)
                .css_classes(["caption", "dim-label"])
                .xalign(0.0)
                .build();
            self.grid.attach(&head, place, 0, 1, 1);
        }
        for (index, line) in lines.iter().enumerate() {
            let place = i32::try_from(index + 1).unwrap_or(i32::MAX);
            for ((column, number), left) in columns.iter().zip(0..).zip(0..) {
                let text = line.get(number).cloned().unwrap_or_default();
                self.grid
                    .attach(&self.cell(column, &text, index, number), left, place, 1, 1);
            }
            let remove = gtk::Button::builder()
                .icon_name("list-remove-symbolic")
                .css_classes(["flat"])
                .sensitive(usable)
                .build()
                .with_tip(tr("Remove this line"));
            remove.update_property(&[gtk::accessible::Property::Label(&tr("Remove this line"))]);
            let table = self.clone();
            remove.connect_clicked(move |_| {
                table.lines.borrow_mut().remove(index);
                table.fill(true);
                table.tell();
            });
            let width = i32::try_from(columns.len()).unwrap_or(i32::MAX);
            self.grid.attach(&remove, width, place, 1, 1);
        }
    }

    fn cell(&self, column: &Column, text: &str, line: usize, number: usize) -> gtk::Widget {
        let table = self.clone();
        let set = move |text: String| {
            if let Some(cell) = table
                .lines
                .borrow_mut()
                .get_mut(line)
                .and_then(|line| line.get_mut(number))
            {
                *cell = text;
            }
            table.tell();
        };
        let cell: gtk::Widget = if column.choices.is_empty() {
            let entry = gtk::Entry::builder()
                .text(text)
                .placeholder_text(example_hint(column.example))
                .width_chars(8)
                .hexpand(true)
                .build();
            entry.connect_changed(move |entry| set(entry.text().into()));
            entry.upcast()
        } else {
            let choices: Vec<_> = with_current(column.choices.clone(), Some(text))
                .into_iter()
                .filter(|choice| choice.is_usable() || choice.value == text)
                .collect();
            let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
            let list = gtk::DropDown::from_strings(&labels);
            let at = choices.iter().position(|choice| choice.value == text).unwrap_or(0);
            list.set_selected(u32::try_from(at).unwrap_or(0));
            list.connect_selected_notify(move |list| {
                let chosen = usize::try_from(list.selected()).ok().and_then(|at| choices.get(at));
                if let Some(choice) = chosen {
                    set(choice.value.clone());
                }
            });
            list.upcast()
        };
        cell.update_property(&[gtk::accessible::Property::Label(&column.title)]);
        cell
    }

    /// Says what the table holds; lines in which nothing stands yet are not there.
    fn tell(&self) {
        let lines = self.lines.borrow().clone();
        let free = self
            .columns
            .borrow()
            .iter()
            .map(|column| column.choices.is_empty())
            .collect::<Vec<_>>();
        let is_begun = |line: &Vec<String>| {
            let typed = line.iter().zip(&free).filter(|(_, free)| **free);
            typed.clone().count() == 0 || typed.clone().any(|(text, _)| !text.trim().is_empty())
        };
        self.shown
            .say(Value::Table(lines.into_iter().filter(is_begun).collect()), &self.say);
    }
}
