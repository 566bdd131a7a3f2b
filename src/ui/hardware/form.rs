//! A page of rows on screen. It follows the page that it is given and touches only what differs, so that whoever types is
//! not disturbed.

use std::collections::HashMap;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::row::{self, RowEvent, RowView};
use crate::model::hardware::{Group, Page, Row, Value};

/// What a row is called and what it has to say.
type Say = Rc<dyn Fn(&str, RowEvent)>;

/// A value that a row cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What the user gave it, which stays on screen.
    pub value: Value,
    /// Why it cannot be.
    pub reason: String,
}

/// What is wrong with rows, by their id.
pub type Problems = HashMap<String, Problem>;

/// Which rows stand where: while it stays, rows only change what they show.
#[derive(Debug, PartialEq, Eq)]
struct Shape(Vec<(String, String, bool, Vec<String>)>);

impl Shape {
    fn of(page: &Page) -> Self {
        let group = |group: &Group| {
            let rows = group.rows.iter().map(|row| row.id.clone()).collect();
            (group.title.clone(), group.description.clone(), group.advanced, rows)
        };
        Self(shown(page).map(group).collect())
    }
}

/// The rows of one page.
pub struct FormView {
    root: gtk::Box,
    notice: gtk::Label,
    groups: Vec<adw::PreferencesGroup>,
    rows: HashMap<String, Box<dyn RowView>>,
    shape: Shape,
    expander: Option<adw::ExpanderRow>,
    is_expanded: bool,
    say: Say,
}

impl FormView {
    /// A form without rows; `say` is told by which row, and what.
    pub fn new(say: impl Fn(&str, RowEvent) + 'static) -> Self {
        let root = gtk::Box::new(gtk::Orientation::Vertical, 18);
        let notice = gtk::Label::builder()
            .css_classes(["card", "vireo-notice"])
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .selectable(true)
            .visible(false)
            .build();
        root.append(&notice);
        Self {
            root,
            notice,
            groups: Vec::new(),
            rows: HashMap::new(),
            shape: Shape(Vec::new()),
            expander: None,
            is_expanded: false,
            say: Rc::new(say),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Forgets the rows: another page comes.
    pub fn clear(&mut self) {
        self.take_apart();
        self.rows.clear();
        self.shape = Shape(Vec::new());
        self.is_expanded = false;
    }

    /// Shows a page.
    pub fn show(&mut self, page: &Page, problems: &Problems) {
        let notice = page.notice.as_deref().unwrap_or_default();
        self.notice.set_visible(!notice.is_empty());
        if self.notice.text() != notice {
            self.notice.set_text(notice);
        }
        let shape = Shape::of(page);
        let fits = page
            .rows()
            .all(|row| self.rows.get(&row.id).is_some_and(|view| view.fits(row)));
        if shape != self.shape || !fits {
            self.rebuild(page);
            self.shape = shape;
        }
        for row in page.rows() {
            let Some(view) = self.rows.get(&row.id) else { continue };
            match problems.get(&row.id) {
                None => view.show(row, None),
                Some(problem) => {
                    let typed = Row {
                        value: problem.value.clone(),
                        ..row.clone()
                    };
                    view.show(&typed, Some(&problem.reason));
                }
            }
        }
    }

    fn rebuild(&mut self, page: &Page) {
        let focused = self.focused();
        self.take_apart();
        let mut old = std::mem::take(&mut self.rows);
        for group in shown(page) {
            let frame = adw::PreferencesGroup::new();
            if !group.advanced {
                frame.set_title(&glib::markup_escape_text(&group.title));
                frame.set_description(
                    Some(&glib::markup_escape_text(&group.description))
                        .filter(|text| !text.is_empty())
                        .map(|text| text.as_str()),
                );
            }
            let expander = group.advanced.then(|| self.expander(group));
            if let Some(expander) = &expander {
                frame.add(expander);
            }
            for row in &group.rows {
                let view = match old.remove(&row.id).filter(|view| view.fits(row)) {
                    Some(view) => view,
                    None => {
                        let (say, id) = (self.say.clone(), row.id.clone());
                        row::build(row, Rc::new(move |event| say(&id, event)))
                    }
                };
                match &expander {
                    Some(expander) => expander.add_row(&view.widget()),
                    None => frame.add(&view.widget()),
                }
                self.rows.insert(row.id.clone(), view);
            }
            crate::ui::widgets::name_lists(
                &frame,
                if group.title.is_empty() {
                    page_name(page)
                } else {
                    &group.title
                },
            );
            self.root.append(&frame);
            self.groups.push(frame);
            self.expander = expander.or(self.expander.take());
        }
        if let Some(view) = focused.and_then(|id| self.rows.get(&id)) {
            view.focus();
        }
    }

    fn expander(&self, group: &Group) -> adw::ExpanderRow {
        adw::ExpanderRow::builder()
            .title(glib::markup_escape_text(&group.title))
            .subtitle(glib::markup_escape_text(&group.description))
            .expanded(self.is_expanded)
            .build()
    }

    fn take_apart(&mut self) {
        if let Some(expander) = self.expander.take() {
            self.is_expanded = expander.is_expanded();
            for view in self.rows.values() {
                let row = view.widget();
                if row.is_ancestor(&expander) {
                    expander.remove(&row);
                }
            }
        }
        for group in self.groups.drain(..) {
            for view in self.rows.values() {
                let row = view.widget();
                if row.is_ancestor(&group) {
                    group.remove(&row);
                }
            }
            self.root.remove(&group);
        }
    }

    /// The row that has the keyboard.
    fn focused(&self) -> Option<String> {
        let focus = self.root.root()?.focus()?;
        let found = self.rows.iter().find(|(_, view)| focus.is_ancestor(&view.widget()));
        found.map(|(id, _)| id.clone())
    }
}

fn shown(page: &Page) -> impl Iterator<Item = &Group> {
    page.groups.iter().filter(|group| !group.rows.is_empty())
}

fn page_name(page: &Page) -> &str {
    page.rows().next().map_or("", |row| &row.title)
}
