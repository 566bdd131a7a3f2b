//! Rows of a name and a value, as many as there are facts.

use std::cell::RefCell;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::ui::format;
use crate::ui::widgets::plain_row;

/// Values longer than this stand below their names.
const SHORT: usize = 20;

/// One fact. What is not known is shown as a dash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

impl Fact {
    /// A fact.
    pub(super) fn new(name: String, value: Option<String>) -> Self {
        Self {
            name,
            value: value.filter(|text| !text.trim().is_empty()),
        }
    }
}

/// A group of rows that follows facts.
pub(super) struct FactGroup {
    group: adw::PreferencesGroup,
    shown: RefCell<Vec<(Fact, adw::ActionRow)>>,
}

impl FactGroup {
    /// An empty group.
    pub(super) fn new(title: &str) -> Self {
        let group = adw::PreferencesGroup::builder().title(title).build();
        Self {
            group,
            shown: RefCell::default(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Shows these, and touches only what differs.
    pub(super) fn show(&self, facts: Vec<Fact>) {
        let same = {
            let shown = self.shown.borrow();
            shown.len() == facts.len() && shown.iter().zip(&facts).all(|((old, _), new)| old == new)
        };
        if same {
            return;
        }
        for (_, row) in self.shown.take() {
            self.group.remove(&row);
        }
        let rows = facts.into_iter().map(|fact| {
            let row = row(&fact);
            self.group.add(&row);
            (fact, row)
        });
        let rows = rows.collect();
        self.shown.replace(rows);
    }
}

fn row(fact: &Fact) -> adw::ActionRow {
    let value = fact.value.as_deref().unwrap_or(format::UNKNOWN);
    if value.chars().count() > SHORT {
        return plain_row(&fact.name, value);
    }
    let row = plain_row(&fact.name, "");
    let label = gtk::Label::builder()
        .label(value)
        .css_classes(["dim-label"])
        .xalign(1.0)
        .selectable(true)
        .build();
    row.add_suffix(&label);
    row
}
