//! Networks that start, stop and start again under machines that run.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::applying::tell_error;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::error::{Kind, VirtError};
use crate::model::key::HostId;
use crate::model::network::{NetworkDetails, Replugged};
use crate::ui::core::Core;
use crate::ui::widgets::plain_row;
use crate::ui::{message, text};

/// Names in a question.
const LONGEST: usize = 600;

/// Names of running machines that are plugged into a network, by its name.
fn running_on(core: &Core, host: HostId, network: &str) -> Vec<String> {
    let store = core.store();
    let on = |domain: &&crate::model::store::Domain| {
        domain.key.host == host
            && domain.state.is_active()
            && domain
                .details
                .as_ref()
                .is_some_and(|details| details.nics_on(network).next().is_some())
    };
    let mut names: Vec<String> = store
        .domains()
        .filter(on)
        .map(|domain| text::name(&domain.name))
        .collect();
    names.sort();
    names
}

/// Asks before machines lose their link; true where none would.
pub(super) async fn confirm_stop(parent: &gtk::Widget, core: &Core, host: HostId, network: &str) -> bool {
    let machines = running_on(core, host, network);
    if machines.is_empty() {
        return true;
    }
    let dialog = message::dialog(
        parent,
        &tr_f("Stop {name}?", &[("name", &text::name(network))]),
        &tr_f(
            "These machines lose their link, and get it back when the network is started again here: {machines}",
            &[("machines", &text::one_line(&machines.join(", "), LONGEST))],
        ),
    );
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("stop", &tr("_Stop"))]);
    dialog.set_response_appearance("stop", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    message::choose(dialog).await == "stop"
}

/// Offers to restart a network for what waits for that.
pub(super) async fn offer(parent: &gtk::Widget, core: &Core, host: HostId, uuid: Uuid, waiting: &str) {
    let Some(client) = core.client(host) else { return };
    let name = match client.network_definitions(uuid).await {
        Ok(definitions) => definitions
            .live
            .and_then(|xml| NetworkDetails::parse(&xml).ok())
            .map(|details| details.name)
            .unwrap_or_default(),
        Err(error) => return tell_error(parent, core, host, &tr("The network was not restarted"), &error),
    };
    let machines = running_on(core, host, &name);
    let mut body = tr_f(
        "The network runs as before until it is restarted. Waiting:\n{changes}",
        &[("changes", waiting)],
    );
    let verb = if machines.is_empty() {
        tr("_Restart")
    } else {
        let names = machines.join(", ");
        let lost = tr_f(
            "These machines lose their link for a moment, and are plugged in again then: {machines}",
            &[("machines", &text::one_line(&names, LONGEST))],
        );
        body = format!("{body}\n\n{lost}");
        tr("_Restart and Reattach")
    };
    let dialog = message::dialog(parent, &tr("Restart the network?"), &body);
    dialog.add_responses(&[("later", &tr("_Later")), ("restart", &verb)]);
    dialog.set_close_response("later");
    dialog.set_default_response(Some("later"));
    if message::choose(dialog).await != "restart" {
        return;
    }
    let title = tr_f("Restarting {name}", &[("name", &text::name(&name))]);
    let restarted = core.do_job(&title, |job| async move { client.restart_network(uuid, job).await });
    match restarted.await {
        Ok(cards) => tell(parent, &cards),
        Err(error) if error.kind == Kind::Cancelled => {}
        Err(error) => tell_error(parent, core, host, &tr("The network was not restarted"), &error),
    }
}

/// Starts a network, and gives machines that run their link back.
///
/// # Errors
/// What libvirt says, by remedy: it did not start.
pub(super) async fn start(
    parent: &gtk::Widget,
    core: &Core,
    host: HostId,
    uuid: Uuid,
    name: &str,
) -> Result<(), VirtError> {
    let Some(client) = core.client(host) else {
        return Ok(());
    };
    client.start_network(uuid).await?;
    if running_on(core, host, name).is_empty() {
        return Ok(());
    }
    let title = tr_f("Plugging machines into {name}", &[("name", &text::name(name))]);
    let plugged = core.do_job(&title, |job| async move { client.reattach_network(uuid, job).await });
    match plugged.await {
        Ok(cards) => tell(parent, &cards),
        Err(error) => tell_error(parent, core, host, &tr("The machines have no link yet"), &error),
    }
    Ok(())
}

/// Names the cards that are not plugged in again, with the reason of each.
fn tell(parent: &gtk::Widget, cards: &[Replugged]) {
    let failed: Vec<(&Replugged, &VirtError)> = cards
        .iter()
        .filter_map(|card| card.failure.as_ref().map(|why| (card, why)))
        .collect();
    if failed.is_empty() {
        return;
    }
    let heading = tr_n(
        "{n} network card has no link",
        "{n} network cards have no link",
        failed.len(),
        &[],
    );
    let dialog = message::dialog(
        parent,
        &heading,
        &tr("A card gets its link back when its machine is started anew, or when it is removed and added again."),
    );
    let list = message::rows(&heading);
    for (card, why) in &failed {
        let mac = card.mac.as_deref().unwrap_or_default();
        let title = [text::name(&card.name), mac.to_owned()];
        let title: Vec<String> = title.into_iter().filter(|part| !part.is_empty()).collect();
        let row = plain_row(&title.join(" · "), &why.message);
        row.set_subtitle_lines(4);
        list.append(&row);
    }
    dialog.set_extra_child(Some(&message::scrolled(&list)));
    dialog.add_response("close", &tr("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    dialog.present();
}
