//! What can be done with a host, and with files that come to the window.

use gtk4::prelude::*;
use libadwaita as adw;

use crate::model::key::HostId;
use crate::ui::core::Core;
use crate::ui::{create, errors, host};

/// Actions about one host; the target is its identity.
pub(super) fn group(core: &Core, window: &adw::ApplicationWindow) -> gio::SimpleActionGroup {
    type Act = fn(&Core, &adw::ApplicationWindow, HostId);
    let all: [(&str, Act); 7] = [
        ("check", |core, window, id| host::doctor::open(window, core, id)),
        ("create", |core, window, id| {
            create::open(window.upcast_ref(), core, Some(id))
        }),
        ("connect", |core, _, id| core.connect_host(id)),
        ("disconnect", |core, _, id| core.disconnect_host(id)),
        ("edit", |core, window, id| host::edit(window, core, id)),
        ("remove", |core, window, id| {
            let (core, window) = (core.clone(), window.clone());
            glib::MainContext::default().spawn_local(async move {
                host::confirm_remove(&window, &core, id).await;
            });
        }),
        ("details", |core, window, id| {
            use crate::model::host::ConnectionStatus as Status;
            let status = core.store().host(id).map(|host| host.status.clone());
            if let Some(Status::Failed { error, .. } | Status::Lost { error, .. }) = status {
                errors::show_details(window, &error);
            }
        }),
    ];
    let group = gio::SimpleActionGroup::new();
    for (name, act) in all {
        let action = gio::SimpleAction::new(name, Some(glib::VariantTy::STRING));
        let (core, window) = (core.clone(), window.downgrade());
        action.connect_activate(move |_, target| {
            let id = target.and_then(glib::Variant::str).and_then(|id| id.parse().ok());
            if let (Some(id), Some(window)) = (id, window.upgrade()) {
                act(&core, &window, id);
            }
        });
        group.add_action(&action);
    }
    group
}
