//! Rows with a path on the host, and a button to look for one.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::entry::EntryRow;
use super::{RowEvent, RowView, Say};
use crate::i18n::tr;
use crate::model::hardware::{Control, Row};
use crate::ui::widgets::{Tip, set_tip};

/// An entry with a button that opens a browser of storage.
pub struct PathRow {
    entry: EntryRow,
    button: gtk::Button,
}

impl PathRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let entry = EntryRow::new(row, say.clone());
        let button = gtk::Button::builder()
            .icon_name("folder-open-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Choose…"));
        button.update_property(&[gtk::accessible::Property::Label(&tr("Choose…"))]);
        if let Control::Path(kind) = row.control {
            button.connect_clicked(move |_| say(RowEvent::Browse(kind)));
        }
        entry.content.append(&button);
        Self { entry, button }
    }
}

impl RowView for PathRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.entry.widget()
    }

    fn fits(&self, row: &Row) -> bool {
        self.entry.fits(row)
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.entry.show(row, problem);
        self.button.set_sensitive(row.locked.is_none());
        set_tip(&self.entry.entry, row.value.some().filter(|path| path.len() > 30));
    }

    fn focus(&self) {
        self.entry.focus();
    }
}
