//! Adding, changing and removing hosts; a host's tab; what keeps its machines from running.

mod color;
pub mod doctor;
mod draft;
mod form;
mod risk;
mod rows;
pub mod tab;
mod test;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

pub use color::{patch, rgba};

use crate::i18n::{tr, tr_f};
use crate::model::key::HostId;
use crate::model::uri::Uri;
use crate::ui::core::Core;
use crate::ui::{keyring, message, text};

/// Opens the dialog for a new host; on *Add* it is put into the core, saved, and connected.
pub fn add(parent: &impl IsA<gtk::Widget>, core: &Core) {
    form::open(parent, core, None);
}

/// Opens the dialog for a known host.
pub fn edit(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId) {
    let config = core.store().host(host).map(|host| host.config.clone());
    if config.is_some() {
        form::open(parent, core, config);
    }
}

/// Asks whether to forget a host, and does so: stored passwords go, too. Machines there are not touched.
pub async fn confirm_remove(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId) -> bool {
    let Some(name) = core.store().host(host).map(|host| text::name(&host.config.name)) else {
        return false;
    };
    let dialog = message::dialog(
        parent,
        &tr_f("Remove {host} from the list?", &[("host", &name)]),
        &tr("The machines there stay and keep running. Vireo forgets how to reach the host, and its passwords."),
    );
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("remove", &tr("_Remove"))]);
    dialog.set_response_appearance("remove", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    if message::choose(dialog).await != "remove" {
        return false;
    }
    core.remove_host(host);
    keyring::forget(host).await;
    true
}

/// Whether a URI that came from outside may be used without a question, by [`confirm_uri`].
#[must_use]
pub fn is_harmless(uri: &str) -> bool {
    Uri::parse(uri).is_ok_and(|parsed| !parsed.wants_consent())
}

/// For a URI that the user did not type this minute (command line, another program, imported settings): true at once when
/// it neither runs something nor decides what to trust, otherwise shows it in full with what each part does, and asks. False
/// for one that can't be understood: what is not understood can't be judged.
pub async fn confirm_uri(parent: &impl IsA<gtk::Widget>, uri: &str) -> bool {
    match Uri::parse(uri) {
        Ok(parsed) if parsed.wants_consent() => risk::ask(parent, uri, &parsed.effects()).await,
        Ok(_) => true,
        Err(_) => false,
    }
}
