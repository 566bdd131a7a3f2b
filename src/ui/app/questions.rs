//! Questions that connections ask, over whatever window is in front.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::model::key::HostId;
use crate::ui::core::{Core, Notice, Subscription};
use crate::ui::{auth, host};

/// Answers them from the keyring, or by asking, for as long as the subscriptions live.
pub(super) fn answer(app: &adw::Application, core: &Core) -> [Subscription; 2] {
    let front = app.downgrade();
    let asked = auth::answer(core, move || front.upgrade()?.active_window());
    let front = app.downgrade();
    let unaccepted = core.subscribe_notices(move |core, notice| {
        let Notice::Unaccepted(id) = notice else { return };
        let (front, core, id) = (front.clone(), core.clone(), *id);
        // In a turn of its own: at the start hosts are connected before there is a window.
        glib::spawn_future_local(async move {
            if let Some(window) = front.upgrade().and_then(|app| app.active_window()) {
                confirm_saved(&window, &core, id).await;
            }
        });
    });
    [asked, unaccepted]
}

/// Asks about the address of a saved host that nobody on this computer has accepted yet; connects it after a yes.
async fn confirm_saved(window: &gtk::Window, core: &Core, id: HostId) {
    let Some(uri) = core.store().host(id).map(|host| host.config.uri.clone()) else {
        return;
    };
    if host::confirm_uri(window, &uri).await {
        core.settings().accept_address(&uri);
        core.connect_host(id);
    }
}
