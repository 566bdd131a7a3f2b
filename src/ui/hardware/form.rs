//! A page of rows on screen. It follows the page that it is given and touches only what differs, so that whoever types is
//! not disturbed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::row::{self, RowEvent, RowView};
use crate::model::hardware::{Group, Page, Row, Value};
use crate::ui::widgets::{hide_pictures, name_lists};

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

/// A row, and the fold that it stands in.
pub struct Place {
    view: Rc<dyn RowView>,
    fold: Option<adw::ExpanderRow>,
}

impl Place {
    /// Unfolds it, puts the keyboard on it and brings it into sight.
    pub fn reveal(&self) {
        if let Some(fold) = &self.fold {
            fold.set_expanded(true);
        }
        self.view.focus();
    }
}

/// The rows of one page.
pub struct FormView {
    root: gtk::Box,
    notice: gtk::Label,
    groups: Vec<adw::PreferencesGroup>,
    rows: HashMap<String, Rc<dyn RowView>>,
    shape: Shape,
    folds: Vec<adw::ExpanderRow>,
    /// Headings of the folds that are open.
    open: HashSet<String>,
    say: Say,
    /// How many values of a row nobody has heard of yet: what is shown of it then is older than what was typed.
    unheard: Rc<RefCell<HashMap<String, usize>>>,
}

impl FormView {
    /// A form without rows; `say` is told by which row, and what.
    pub fn new(say: impl Fn(&str, RowEvent) + 'static) -> Self {
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .css_classes(["vireo-form"])
            .build();
        let notice = gtk::Label::builder()
            .css_classes(["card", "vireo-notice"])
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .selectable(true)
            .visible(false)
            .build();
        root.append(&notice);
        let unheard = Rc::new(RefCell::new(HashMap::new()));
        let count = Rc::clone(&unheard);
        let say = move |row: &str, event: RowEvent| {
            if matches!(event, RowEvent::Set(_)) {
                *count.borrow_mut().entry(row.to_owned()).or_insert(0) += 1;
            }
            say(row, event);
        };
        Self {
            root,
            notice,
            groups: Vec::new(),
            rows: HashMap::new(),
            shape: Shape(Vec::new()),
            folds: Vec::new(),
            open: HashSet::new(),
            say: Rc::new(say),
            unheard,
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
        self.open.clear();
        self.unheard.borrow_mut().clear();
    }

    /// A value that the row has said was taken in. Until then the row is left as the user has it.
    pub fn heard(&self, row: &str) {
        let mut unheard = self.unheard.borrow_mut();
        match unheard.get_mut(row) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                unheard.remove(row);
            }
        }
    }

    /// Shows a page.
    pub fn show(&mut self, page: &Page, problems: &Problems) {
        let notice = page.missing.as_deref().or(page.notice.as_deref()).unwrap_or_default();
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
            if self.unheard.borrow().contains_key(&row.id) {
                continue;
            }
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

    /// A row, to be shown to the user: rows say things when they are touched, and the form has to be free then.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<Place> {
        let view = self.rows.get(id)?.clone();
        let widget = view.widget();
        let fold = self.folds.iter().find(|fold| widget.is_ancestor(*fold)).cloned();
        Some(Place { view, fold })
    }

    fn rebuild(&mut self, page: &Page) {
        let focused = self.focused();
        self.take_apart();
        let mut old = std::mem::take(&mut self.rows);
        let mut was_fold = false;
        for group in shown(page) {
            // Folds that follow one another are one list.
            let frame = match self.groups.last().filter(|_| group.advanced && was_fold) {
                Some(frame) => frame.clone(),
                None => self.frame(group, page),
            };
            was_fold = group.advanced;
            let fold = group.advanced.then(|| self.fold(group));
            if let Some(fold) = &fold {
                frame.add(fold);
            }
            for row in &group.rows {
                let view = match old.remove(&row.id).filter(|view| view.fits(row)) {
                    Some(view) => view,
                    None => {
                        let (say, id) = (self.say.clone(), row.id.clone());
                        Rc::from(row::build(row, Rc::new(move |event| say(&id, event))))
                    }
                };
                match &fold {
                    Some(fold) => fold.add_row(&view.widget()),
                    None => frame.add(&view.widget()),
                }
                self.rows.insert(row.id.clone(), view);
            }
            match &fold {
                Some(fold) => name_lists(fold, &group.title),
                None if group.title.is_empty() => name_lists(&frame, name_of(group, page)),
                // The title of the group names its list.
                None => hide_pictures(&frame),
            }
            self.folds.extend(fold);
        }
        if let Some((id, cursor)) = focused
            && let Some(view) = self.rows.get(&id)
        {
            view.focus();
            // What is typed next goes on where the last letter was.
            let text = self
                .root
                .root()
                .and_then(|root| root.focus())
                .and_downcast::<gtk::Text>();
            if let (Some(text), Some(cursor)) = (text, cursor) {
                text.set_position(cursor);
            }
        }
    }

    fn frame(&mut self, group: &Group, page: &Page) -> adw::PreferencesGroup {
        let frame = adw::PreferencesGroup::new();
        if !group.advanced {
            frame.set_title(&glib::markup_escape_text(&group.title));
            frame.set_description(
                Some(&glib::markup_escape_text(&group.description))
                    .filter(|text| !text.is_empty())
                    .map(|text| text.as_str()),
            );
        }
        if group.advanced || group.title.is_empty() {
            name_lists(&frame, name_of(group, page));
        }
        self.root.append(&frame);
        self.groups.push(frame.clone());
        frame
    }

    fn fold(&self, group: &Group) -> adw::ExpanderRow {
        let row = adw::ExpanderRow::builder()
            .title(glib::markup_escape_text(&group.title))
            .subtitle(glib::markup_escape_text(&group.description))
            .expanded(self.open.contains(&group.title))
            .build();
        row.update_property(&[gtk::accessible::Property::Label(&group.title)]);
        row
    }

    fn take_apart(&mut self) {
        if !self.folds.is_empty() {
            self.open = self
                .folds
                .iter()
                .filter(|fold| fold.is_expanded())
                .map(|fold| fold.title().to_string())
                .collect();
        }
        let folds: Vec<adw::ExpanderRow> = self.folds.drain(..).collect();
        for view in self.rows.values() {
            let row = view.widget();
            if let Some(fold) = folds.iter().find(|fold| row.is_ancestor(*fold)) {
                fold.remove(&row);
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

    /// The row that has the keyboard, and where its cursor is.
    fn focused(&self) -> Option<(String, Option<i32>)> {
        let focus = self.root.root()?.focus()?;
        let found = self.rows.iter().find(|(_, view)| focus.is_ancestor(&view.widget()));
        let cursor = focus.downcast_ref::<gtk::Text>().map(EditableExt::position);
        found.map(|(id, _)| (id.clone(), cursor))
    }
}

fn shown(page: &Page) -> impl Iterator<Item = &Group> {
    page.groups.iter().filter(|group| !group.rows.is_empty())
}

/// What a list without a heading is called: as its page's first row.
fn name_of<'a>(group: &'a Group, page: &'a Page) -> &'a str {
    match group.title.as_str() {
        "" => page.rows().next().map_or("", |row| &row.title),
        title => title,
    }
}
