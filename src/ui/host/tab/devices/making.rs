//! Dialogs for new devices: a mediated device, a virtual port.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Devices, words};
use crate::i18n::{tr, tr_f};
use crate::model::node::{NodeDeviceFact, mediated_xml, port_xml};
use crate::ui::message;

/// Asks for a new mediated device of a kind below a card, and makes it.
pub(super) fn mediated(devices: &Rc<Devices>, parent: &NodeDeviceFact, kind: &str) {
    let name = words::title(&parent.device);
    let dialog = message::dialog(
        &devices.toasts,
        &tr("New Mediated Device"),
        &tr_f(
            "A part of {device} of the kind {kind}.",
            &[("device", &name), ("kind", kind)],
        ),
    );
    let rows = message::rows(&tr("New mediated device"));
    let uuid = adw::EntryRow::builder()
        .title(tr("Identity (UUID), if it matters"))
        .build();
    let lasting = gtk::Switch::builder().active(true).valign(gtk::Align::Center).build();
    let row = adw::ActionRow::builder()
        .title(tr("Keep it"))
        .subtitle(tr("It can be started again after the host's next start."))
        .activatable_widget(&lasting)
        .build();
    row.add_suffix(&lasting);
    rows.append(&uuid);
    rows.append(&row);
    dialog.set_extra_child(Some(&rows));
    offer(&dialog);
    let of = dialog.downgrade();
    uuid.connect_changed(move |entry| {
        let text = entry.text();
        let valid = text.trim().is_empty() || uuid::Uuid::parse_str(text.trim()).is_ok();
        if let Some(dialog) = of.upgrade() {
            message::allow(&dialog, "create", valid);
        }
        if valid {
            entry.remove_css_class("error");
        } else {
            entry.add_css_class("error");
        }
    });
    let (devices, parent, kind) = (Rc::clone(devices), parent.device.name.clone(), kind.to_owned());
    glib::spawn_future_local(async move {
        if message::choose(dialog).await != "create" {
            return;
        }
        let text = uuid.text();
        let own = Some(text.trim()).filter(|text| !text.is_empty());
        make(&devices, mediated_xml(&parent, &kind, own), lasting.is_active()).await;
    });
}

/// Asks for a new virtual port of a Fibre Channel adapter, and makes it.
pub(super) fn port(devices: &Rc<Devices>, parent: &NodeDeviceFact) {
    let dialog = message::dialog(
        &devices.toasts,
        &tr("New Virtual Port"),
        &tr(
            "A port of its own on the storage network, which lasts until it is removed or the host starts anew. The host chooses names where none are given.",
        ),
    );
    let rows = message::rows(&tr("New virtual port"));
    let node = adw::EntryRow::builder().title(tr("Node name (WWNN)")).build();
    let port = adw::EntryRow::builder().title(tr("Port name (WWPN)")).build();
    rows.append(&node);
    rows.append(&port);
    dialog.set_extra_child(Some(&rows));
    offer(&dialog);
    let check = {
        let (dialog, node, port) = (dialog.downgrade(), node.clone(), port.clone());
        move || {
            let (node, port) = (node.text(), port.text());
            let both_empty = node.trim().is_empty() && port.trim().is_empty();
            if let Some(dialog) = dialog.upgrade() {
                message::allow(&dialog, "create", both_empty || (is_wwn(&node) && is_wwn(&port)));
            }
        }
    };
    let again = check.clone();
    node.connect_changed(move |_| again());
    port.connect_changed(move |_| check());
    let (devices, parent) = (Rc::clone(devices), parent.device.name.clone());
    glib::spawn_future_local(async move {
        if message::choose(dialog).await != "create" {
            return;
        }
        let (node, port) = (node.text(), port.text());
        let names = Some((node.trim(), port.trim())).filter(|(node, _)| !node.is_empty());
        make(&devices, port_xml(&parent, names), false).await;
    });
}

/// A name on a storage network: sixteen hexadecimal digits.
fn is_wwn(text: &str) -> bool {
    let text = text.trim();
    text.len() == 16 && text.chars().all(|c| c.is_ascii_hexdigit())
}

fn offer(dialog: &adw::MessageDialog) {
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("create", &tr("C_reate"))]);
    dialog.set_response_appearance("create", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("create"));
}

async fn make(devices: &Rc<Devices>, xml: String, lasting: bool) {
    let Some(client) = devices.core.client(devices.host) else {
        return;
    };
    let made = client.create_device(xml, lasting).await;
    devices.refresh();
    match made {
        Ok(name) => {
            devices.toast(&tr("The device was created"));
            devices.chosen.replace(Some(name));
        }
        Err(error) => devices.fail(&error),
    }
}
