//! The kinds of machines that a host runs, each with its machine types.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_n};
use crate::model::xml::object::Guest;
use crate::ui::widgets::name_lists;

/// The group.
pub(super) struct GuestGroup {
    group: adw::PreferencesGroup,
    shown: RefCell<(Vec<Guest>, Vec<adw::ExpanderRow>)>,
}

impl GuestGroup {
    /// An empty group.
    pub(super) fn new() -> Self {
        let group = adw::PreferencesGroup::builder()
            .title(tr("Machines It Can Run"))
            .build();
        Self {
            group,
            shown: RefCell::default(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Shows these kinds.
    pub(super) fn show(&self, guests: Vec<Guest>) {
        if self.shown.borrow().0 == guests {
            return;
        }
        let (_, rows) = self.shown.take();
        for row in rows {
            self.group.remove(&row);
        }
        let rows: Vec<adw::ExpanderRow> = guests.iter().map(row).collect();
        for row in &rows {
            self.group.add(row);
        }
        self.group.set_visible(!rows.is_empty());
        self.shown.replace((guests, rows));
    }
}

fn row(guest: &Guest) -> adw::ExpanderRow {
    let row = adw::ExpanderRow::new();
    row.set_use_markup(false);
    row.set_title(&format!("{} · {}", guest.arch, os_type(&guest.os_type)));
    let mut parts = vec![guest.hypervisors.join(", ")];
    if !guest.machines.is_empty() {
        parts.push(tr_n("{n} machine type", "{n} machine types", guest.machines.len(), &[]));
    }
    parts.extend(guest.emulator.clone());
    parts.retain(|part| !part.is_empty());
    row.set_subtitle(&parts.join(" · "));
    let names = guest.machine_types.iter().map(|machine| match &machine.canonical {
        Some(canonical) => format!("{} ({canonical})", machine.name),
        None => machine.name.clone(),
    });
    let names: Vec<String> = names.collect();
    let text = match names.is_empty() {
        true => tr("The host names no machine types."),
        false => names.join(", "),
    };
    let label = gtk::Label::builder()
        .label(&text)
        .wrap(true)
        .selectable(true)
        .xalign(0.0)
        .margin_top(9)
        .margin_bottom(9)
        .margin_start(12)
        .margin_end(12)
        .build();
    let line = gtk::ListBoxRow::builder().child(&label).activatable(false).build();
    row.add_row(&line);
    name_lists(&row, &row.title());
    row
}

fn os_type(name: &str) -> String {
    match name {
        "hvm" => tr("full virtualisation"),
        "xen" | "linux" => tr("paravirtualisation"),
        "exe" => tr("containers"),
        other => other.to_owned(),
    }
}
