//! What becomes of one disk.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::cloning::{DiskChoice, Fate};
use crate::ui::format;

/// The row of a disk: only what is possible can be chosen, and what is not is explained.
pub(super) struct DiskRow {
    row: adw::ComboRow,
    choice: RefCell<DiskChoice>,
    fates: Rc<RefCell<Vec<Fate>>>,
    quiet: Rc<Cell<bool>>,
}

fn word(fate: Fate) -> String {
    match fate {
        Fate::Clone => tr("Copied"),
        Fate::Linked => tr("Linked"),
        Fate::Share => tr("Shared"),
        Fate::LeaveOut => tr("Left out"),
    }
}

impl DiskRow {
    /// A row; `changed` hears that the user chose something else.
    pub(super) fn new(choice: DiskChoice, changed: impl Fn() + 'static) -> Self {
        let fates: Vec<Fate> = choice
            .fates
            .iter()
            .filter(|(_, may)| may.is_ok())
            .map(|(fate, _)| *fate)
            .collect();
        let words: Vec<String> = fates.iter().map(|fate| word(*fate)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let row = adw::ComboRow::builder()
            .model(&gtk::StringList::new(&words))
            .use_markup(false)
            .subtitle_lines(6)
            .build();
        row.set_title(&choice.target);
        let this = Self {
            row,
            choice: RefCell::new(choice),
            fates: Rc::new(RefCell::new(fates)),
            quiet: Rc::default(),
        };
        this.select();
        this.describe();
        let quiet = Rc::clone(&this.quiet);
        this.row.connect_selected_notify(move |_| {
            if !quiet.get() {
                changed();
            }
        });
        this
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::ComboRow {
        &self.row
    }

    /// What is usual has changed.
    pub(super) fn follow(&self, choice: DiskChoice) {
        self.choice.replace(choice);
        self.select();
        self.describe();
    }

    fn select(&self) {
        let usual = self.choice.borrow().usual;
        let at = self.fates.borrow().iter().position(|fate| *fate == usual).unwrap_or(0);
        self.quiet.set(true);
        self.row.set_selected(u32::try_from(at).unwrap_or(0));
        self.quiet.set(false);
    }

    /// Target and what becomes of it.
    pub(super) fn fate(&self) -> (String, Fate) {
        let choice = self.choice.borrow();
        let at = usize::try_from(self.row.selected()).unwrap_or(0);
        let fate = self.fates.borrow().get(at).copied().unwrap_or(choice.usual);
        (choice.target.clone(), fate)
    }

    /// Image and size, and why something is not possible.
    fn describe(&self) {
        let choice = self.choice.borrow();
        let mut lines = Vec::new();
        if !choice.source.is_empty() {
            lines.push(choice.source.clone());
        }
        if let Some((capacity, taken)) = choice.size {
            lines.push(tr_f(
                "{size}, of which {taken} are taken",
                &[
                    ("size", &format::bytes(capacity as f64)),
                    ("taken", &format::bytes(taken as f64)),
                ],
            ));
        }
        let whys = choice.fates.iter().filter_map(|(fate, may)| {
            let reason = may.as_ref().err()?;
            let reason = [("reason", reason.as_str())];
            match fate {
                Fate::Clone => Some(tr_f("Cannot be copied: {reason}", &reason)),
                Fate::Linked => Some(tr_f("Cannot be linked: {reason}", &reason)),
                Fate::Share | Fate::LeaveOut => None,
            }
        });
        lines.extend(whys);
        self.row.set_subtitle(&lines.join("\n"));
    }
}
