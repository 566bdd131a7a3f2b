//! Deleting machines: the question, and what is told when not everything went.

mod form;
mod report;
mod undo;

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::action::DomainAction;
use crate::model::deletion::Keep;
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::{actions, message, text};
use form::Form;
pub use undo::offer as offer_undo;

/// Machines whose images are offered for deletion with them. A longer list nobody reads.
const MOST: usize = 50;

/// Asks whether to delete those of these machines that can be, forced off first where they run, and with which of their
/// images; then does it, and tells what could not be done.
pub fn ask(parent: &impl IsA<gtk::Widget>, core: &Core, keys: &[DomainKey]) {
    let action = DomainAction::Delete(Keep::default());
    let mut keys = keys.to_vec();
    keys.retain(|key| actions::is_possible(core, &action, *key));
    let Some(dialog) = dialog(parent, core, &keys) else {
        return;
    };
    let form = Form::new(&dialog, core, &keys);
    let watched = Rc::downgrade(&form);
    let news = core.subscribe(move |_, _| {
        if let Some(form) = watched.upgrade() {
            form.refresh();
        }
    });
    let filled = Rc::clone(&form);
    let filling = glib::spawn_future_local(async move { fill(&filled).await });
    let (core, parent) = (core.clone(), parent.upcast_ref::<gtk::Widget>().clone());
    glib::spawn_future_local(async move {
        let answer = message::choose(dialog).await;
        filling.abort();
        drop(news);
        if answer != "delete" {
            return;
        }
        let (machines, images) = form.choice();
        drop(form);
        let report = core.delete(machines, images).await;
        if !report.is_complete() {
            report::tell(&parent, &report);
        }
    });
}

async fn fill(form: &Rc<Form>) {
    let (core, keys) = (form.core().clone(), form.keys().to_vec());
    if keys.len() > MOST {
        form.fill(&[], &[]);
        return;
    }
    let machines = core.belongings(&keys).await;
    let left = core.leftovers(&machines).await;
    form.fill(&machines, &left);
}

/// The dialog, whose button can't be pressed yet; `None` where no machine is left.
fn dialog(parent: &impl IsA<gtk::Widget>, core: &Core, keys: &[DomainKey]) -> Option<adw::MessageDialog> {
    let heading = match keys {
        [] => return None,
        [only] => tr_f(
            "Delete {name}?",
            &[("name", &text::name(&core.store().domain(*only)?.name))],
        ),
        several => tr_n("Delete {n} machine?", "Delete {n} machines?", several.len(), &[]),
    };
    let dialog = message::dialog(parent, &heading, "");
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
    dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
    dialog.set_response_enabled("delete", false);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    Some(dialog)
}
