//! NUMA cells: what is in each, how full it is, and how far they are from each other.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::words::ranges;
use crate::i18n::{tr, tr_f};
use crate::model::facts::NumaCell;
use crate::model::node::NodeLoad;
use crate::ui::format;
use crate::ui::widgets::Meter;

/// Cells that are drawn; no host has more, and a table of their distances is seen to no end.
const MOST: usize = 64;

struct Card {
    cell: u32,
    meter: Meter,
    used: gtk::Label,
}

/// The picture.
pub(super) struct NumaPicture {
    root: gtk::Box,
    shown: RefCell<Vec<NumaCell>>,
    cards: RefCell<Vec<Card>>,
}

fn label(text: &str, classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .css_classes(classes.iter().copied().map(str::to_owned).collect::<Vec<_>>())
        .xalign(0.0)
        .wrap(true)
        .build()
}

impl NumaPicture {
    /// An empty picture that shows nothing.
    pub(super) fn new() -> Self {
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .visible(false)
            .build();
        Self {
            root,
            shown: RefCell::default(),
            cards: RefCell::default(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows these cells; nothing for a host with one or none, whose page says all that is to be said.
    pub(super) fn show(&self, cells: &[NumaCell]) {
        let cells = &cells[..cells.len().min(MOST)];
        if *self.shown.borrow() == cells {
            return;
        }
        self.shown.replace(cells.to_vec());
        while let Some(child) = self.root.first_child() {
            self.root.remove(&child);
        }
        self.cards.take();
        self.root.set_visible(cells.len() > 1);
        if cells.len() < 2 {
            return;
        }
        self.root.append(&label(&tr("NUMA Cells"), &["heading"]));
        let flow = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .accessible_role(gtk::AccessibleRole::Group)
            .homogeneous(true)
            .min_children_per_line(1)
            .max_children_per_line(4)
            .column_spacing(12)
            .row_spacing(12)
            .build();
        let mut cards = Vec::new();
        for cell in cells {
            let (widget, card) = card(cell);
            let child = gtk::FlowBoxChild::builder()
                .child(&widget)
                .focusable(false)
                .accessible_role(gtk::AccessibleRole::Group)
                .build();
            flow.append(&child);
            cards.push(card);
        }
        self.root.append(&flow);
        if cells.iter().any(|cell| !cell.distances.is_empty()) {
            self.root.append(&distances(cells));
        }
        self.cards.replace(cards);
    }

    /// Shows how full the cells are.
    pub(super) fn follow(&self, load: &NodeLoad) {
        for card in self.cards.borrow().iter() {
            let memory = load.cells.iter().find(|(cell, _)| *cell == card.cell);
            let Some((_, memory)) = memory else { continue };
            let text = format::used_of_kib(memory.used(), memory.total);
            if card.used.text() != text {
                card.used.set_text(&text);
                card.meter.set_accessible_text(&text);
            }
            card.meter
                .set_fraction(Some(memory.used() as f64 / memory.total.max(1) as f64));
        }
    }
}

fn card(cell: &NumaCell) -> (gtk::Box, Card) {
    let inner = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(6)
        .margin_top(12)
        .margin_bottom(12)
        .margin_start(12)
        .margin_end(12)
        .width_request(150)
        .hexpand(true)
        .build();
    inner.append(&label(&tr_f("Cell {n}", &[("n", &cell.id.to_string())]), &["heading"]));
    let cpus = if cell.cpus.is_empty() {
        tr("No processors")
    } else {
        tr_f("Processors {numbers}", &[("numbers", &ranges(&cell.cpus))])
    };
    inner.append(&label(&cpus, &["dim-label"]));
    let used = label(&format::bytes_kib(cell.memory_kib), &["numeric"]);
    inner.append(&used);
    let meter = Meter::new();
    meter.set_accessible_text(&tr_f("Memory of cell {n}", &[("n", &cell.id.to_string())]));
    inner.append(&meter);
    let root = gtk::Box::builder().css_classes(["card"]).build();
    root.append(&inner);
    let card = Card {
        cell: cell.id,
        meter,
        used,
    };
    (root, card)
}

/// The table of distances, a row for each cell.
fn distances(cells: &[NumaCell]) -> gtk::Widget {
    let grid = gtk::Grid::builder()
        .column_spacing(18)
        .row_spacing(6)
        .margin_top(12)
        .margin_bottom(12)
        .margin_start(12)
        .margin_end(12)
        .build();
    let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    grid.attach(&label(&tr("Distance"), &["dim-label"]), 0, 0, 1, 1);
    for (at, cell) in cells.iter().enumerate() {
        let name = tr_f("Cell {n}", &[("n", &cell.id.to_string())]);
        grid.attach(&label(&name, &["dim-label"]), place(at + 1), 0, 1, 1);
        grid.attach(&label(&name, &["dim-label"]), 0, place(at + 1), 1, 1);
        for (to, other) in cells.iter().enumerate() {
            let distance = cell.distances.iter().find(|(id, _)| *id == other.id);
            let text = distance.map_or_else(|| format::UNKNOWN.to_owned(), |(_, value)| value.to_string());
            let class: &[&str] = if at == to {
                &["numeric", "heading"]
            } else {
                &["numeric"]
            };
            grid.attach(&label(&text, class), place(to + 1), place(at + 1), 1, 1);
        }
    }
    let scrolled = gtk::ScrolledWindow::builder()
        .child(&grid)
        .vscrollbar_policy(gtk::PolicyType::Never)
        .css_classes(["card"])
        .build();
    scrolled.upcast()
}
