//! The question before a disk goes: whether its files go, too. Nothing is ticked beforehand.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::hardware::Draft;
use crate::model::usage::Removal;
use crate::model::xml::NodeId;
use crate::ui::widgets::tick_row;
use crate::ui::{format, message};

/// A device that is to go, known by where it stands and what stands there: while the user is asked, the definition may be
/// read anew, and the nodes are others then.
#[derive(Debug, Clone)]
pub struct Going {
    place: String,
    before: String,
}

impl Going {
    /// A device of a draft.
    #[must_use]
    pub fn of(draft: &Draft, node: NodeId) -> Self {
        Self {
            place: draft.edited().document().place(node),
            before: draft.source(node),
        }
    }

    /// The device in a later state of the draft; `None` where somebody has changed it meanwhile, or it is gone.
    #[must_use]
    pub fn node(&self, draft: &Draft) -> Option<NodeId> {
        let node = draft.edited().document().at_place(&self.place)?;
        (draft.source(node) == self.before).then_some(node)
    }
}

/// What the user decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Paths of the files to delete when the removal is applied.
    pub files: Vec<String>,
}

/// Asks over the window of `parent`; `None` where the device stays.
pub async fn ask(parent: &gtk::Box, title: &str, removal: &Removal) -> Option<Decision> {
    let dialog = message::dialog(
        parent,
        &tr_f("Remove {name}?", &[("name", title)]),
        &tr("It goes when the changes are applied. Its files stay unless you choose them here."),
    );
    let list = message::rows(&tr("Files to delete"));
    let mut ticks = Vec::new();
    for file in &removal.files {
        let size = file.size.map(|size| format::bytes(size as f64));
        let below = [file.problem.clone().or_else(|| file.note.clone()), size];
        let below: Vec<String> = below.into_iter().flatten().collect();
        let title = tr_f("Delete {file}", &[("file", &file.path)]);
        let (row, tick) = tick_row(&title, &below.join(" · "), &title);
        row.set_sensitive(file.problem.is_none());
        list.append(&row);
        ticks.push((tick, file.path.clone()));
    }
    if !removal.files.is_empty() {
        dialog.set_extra_child(Some(&message::scrolled(&list)));
    }
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("remove", &tr("_Remove"))]);
    dialog.set_response_appearance("remove", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    if message::choose(dialog).await != "remove" {
        return None;
    }
    let files = ticks
        .into_iter()
        .filter(|(tick, _)| tick.is_active())
        .map(|(_, path)| path)
        .collect();
    Some(Decision { files })
}
