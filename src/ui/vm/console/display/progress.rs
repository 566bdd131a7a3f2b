//! Files on their way into the guest, each with its progress and a button that gives it up.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;

use gtk::pango;
use gtk::prelude::*;
use relm4::{Sender, gtk};

use super::DisplayMsg;
use crate::i18n::{tr, tr_n};
use crate::ui::widgets::Tip;

/// The list of transfers.
pub struct Transfers {
    root: gtk::Box,
    rows: RefCell<BTreeMap<u64, (gtk::Box, gtk::ProgressBar)>>,
    last: Cell<u64>,
    input: Sender<DisplayMsg>,
}

impl Transfers {
    /// An empty list, which is not seen.
    pub fn new(input: &Sender<DisplayMsg>) -> Self {
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .halign(gtk::Align::End)
            .valign(gtk::Align::End)
            .margin_end(12)
            .margin_bottom(12)
            .margin_start(12)
            .css_classes(["osd", "vireo-transfers"])
            .visible(false)
            .build();
        Self {
            root,
            rows: RefCell::default(),
            last: Cell::new(0),
            input: input.clone(),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Lists a new transfer; its number.
    pub fn begin(&self, paths: &[PathBuf]) -> u64 {
        let id = self.last.get() + 1;
        self.last.set(id);
        let name = match paths {
            [one] => one.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            _ => tr_n("{n} file", "{n} files", paths.len(), &[("n", &paths.len().to_string())]),
        };
        let label = gtk::Label::builder()
            .label(&name)
            .xalign(0.0)
            .ellipsize(pango::EllipsizeMode::Middle)
            .max_width_chars(28)
            .build();
        let bar = gtk::ProgressBar::builder().hexpand(true).build();
        bar.update_property(&[gtk::accessible::Property::Label(&name)]);
        let words = gtk::Box::new(gtk::Orientation::Vertical, 3);
        words.append(&label);
        words.append(&bar);
        let cancel = gtk::Button::builder()
            .icon_name("process-stop-symbolic")
            .css_classes(["flat", "circular"])
            .valign(gtk::Align::Center)
            .build()
            .with_tip(tr("Cancel"));
        cancel.update_property(&[gtk::accessible::Property::Label(&tr("Cancel"))]);
        let input = self.input.clone();
        cancel.connect_clicked(move |_| input.emit(DisplayMsg::TransferCancelled(id)));
        let row = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        row.append(&words);
        row.append(&cancel);
        self.root.append(&row);
        self.root.set_visible(true);
        self.rows.borrow_mut().insert(id, (row, bar));
        id
    }

    /// A transfer has come this far.
    pub fn moved(&self, id: u64, done: u64, total: u64) {
        if let Some((_, bar)) = self.rows.borrow().get(&id)
            && total > 0
        {
            // A fraction for the eye.
            bar.set_fraction((done as f64 / total as f64).clamp(0.0, 1.0));
        }
    }

    /// A transfer is over. Whether it was known.
    pub fn end(&self, id: u64) -> bool {
        let row = self.rows.borrow_mut().remove(&id);
        if let Some((row, _)) = &row {
            self.root.remove(row);
        }
        self.root.set_visible(!self.rows.borrow().is_empty());
        row.is_some()
    }

    /// The connection is gone, and all transfers with it.
    pub fn clear(&self) {
        let ids: Vec<u64> = self.rows.borrow().keys().copied().collect();
        for id in ids {
            self.end(id);
        }
    }
}
