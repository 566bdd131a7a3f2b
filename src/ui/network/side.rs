//! The list beside the page: the picture, networks, interfaces, filters.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_c};
use crate::ui::host::tab::side::SideLine;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Topic {
    /// Everything, as a picture.
    #[default]
    Picture,
    /// A network, by its name.
    Network(String),
    /// An interface of the host, by its name.
    Interface(String),
    /// A packet filter, by its name.
    Filter(String),
}

impl Topic {
    fn section(&self) -> usize {
        match self {
            Self::Picture => 0,
            Self::Network(_) => 1,
            Self::Interface(_) => 2,
            Self::Filter(_) => 3,
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// What it leads to.
    pub(super) topic: Topic,
    /// First line.
    pub(super) title: String,
    /// Second line; may be empty.
    pub(super) detail: String,
    /// It runs, or is up; `None` for what has no such state.
    pub(super) on: Option<bool>,
}

struct Shown {
    line: Line,
    side: SideLine,
}

/// The list.
pub(super) struct Side {
    root: gtk::ScrolledWindow,
    list: gtk::ListBox,
    lines: Rc<RefCell<Vec<Shown>>>,
    quiet: Rc<Cell<bool>>,
}

impl Side {
    /// An empty one; `chosen` hears which line was chosen.
    pub(super) fn new(chosen: impl Fn(Topic) + 'static) -> Self {
        let list = gtk::ListBox::builder()
            .css_classes(["navigation-sidebar"])
            .selection_mode(gtk::SelectionMode::Browse)
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&tr("Networks of the host"))]);
        let lines: Rc<RefCell<Vec<Shown>>> = Rc::default();
        let of_headings = Rc::clone(&lines);
        list.set_header_func(move |row, before| {
            let section = |row: &gtk::ListBoxRow| {
                let lines = of_headings.borrow();
                let at = usize::try_from(row.index()).ok()?;
                lines.get(at).map(|shown| shown.line.topic.section())
            };
            let (own, before) = (section(row), before.and_then(section));
            let heading = (own != before).then(|| own.and_then(heading)).flatten();
            // Also where there is one: the line of this row may have become one of another section.
            row.set_header(heading.as_ref());
        });
        let quiet = Rc::new(Cell::new(false));
        let (of_choice, silent) = (Rc::clone(&lines), Rc::clone(&quiet));
        let choose = move |row: &gtk::ListBoxRow| {
            let at = usize::try_from(row.index()).ok();
            let topic = at.and_then(|at| of_choice.borrow().get(at).map(|shown| shown.line.topic.clone()));
            if let Some(topic) = topic.filter(|_| !silent.get()) {
                chosen(topic);
            }
        };
        // Also a click on the line that is chosen already: folded, it leads to the page.
        list.connect_row_activated(move |_, row| choose(row));
        let root = gtk::ScrolledWindow::builder()
            .child(&list)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        Self {
            root,
            list,
            lines,
            quiet,
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Shows these lines, which are in the order of their sections.
    pub(super) fn show(&self, lines: Vec<Line>) {
        loop {
            let surplus = self.lines.borrow().len() > lines.len();
            let Some(shown) = surplus.then(|| self.lines.borrow_mut().pop()).flatten() else {
                break;
            };
            self.list.remove(shown.side.row());
        }
        let known = self.lines.borrow().len();
        for (at, line) in lines.into_iter().enumerate() {
            if at < known {
                if let Some(shown) = self.lines.borrow_mut().get_mut(at) {
                    shown.follow(line);
                }
            } else {
                let shown = Shown::new(line);
                let row = shown.side.row().clone();
                self.lines.borrow_mut().push(shown);
                self.list.append(&row);
            }
        }
        self.list.invalidate_headers();
    }

    /// Whether there is a line of a topic.
    pub(super) fn has(&self, topic: &Topic) -> bool {
        self.lines.borrow().iter().any(|shown| shown.line.topic == *topic)
    }

    /// Marks the line of a topic; false where it has none.
    pub(super) fn select(&self, topic: &Topic) -> bool {
        let row = {
            let lines = self.lines.borrow();
            let shown = lines.iter().find(|shown| shown.line.topic == *topic);
            shown.map(|shown| shown.side.row().clone())
        };
        let Some(row) = row else { return false };
        self.quiet.set(true);
        self.list.select_row(Some(&row));
        self.quiet.set(false);
        true
    }
}

impl Shown {
    fn new(line: Line) -> Self {
        let empty = Line {
            topic: Topic::Picture,
            title: String::new(),
            detail: String::new(),
            on: Some(false),
        };
        let mut shown = Self {
            line: empty,
            side: SideLine::new(),
        };
        shown.write(line);
        shown
    }

    fn follow(&mut self, line: Line) {
        if self.line != line {
            self.write(line);
        }
    }

    fn write(&mut self, line: Line) {
        let state = match line.on {
            Some(true) => tr_c("network", "on"),
            Some(false) => tr_c("network", "off"),
            None => String::new(),
        };
        let said: Vec<&str> = [line.title.as_str(), &state, &line.detail]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        self.side.show(&line.title, &line.detail, line.on, &said.join(", "));
        self.line = line;
    }
}

fn heading(section: usize) -> Option<gtk::Widget> {
    let words = match section {
        1 => tr("Virtual networks"),
        2 => tr("Host interfaces"),
        3 => tr("Packet filters"),
        _ => return None,
    };
    let label = gtk::Label::builder()
        .label(words)
        .css_classes(["heading", "dim-label"])
        .xalign(0.0)
        .margin_start(12)
        .margin_top(12)
        .margin_bottom(3)
        .build();
    Some(label.upcast())
}
