//! The dialog that sets huge pages apart.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::words::huge;
use crate::i18n::{tr, tr_f};
use crate::model::facts::NodeFact;
use crate::model::key::HostId;
use crate::model::node::PageGoal;
use crate::ui::core::Core;
use crate::ui::errors::{self, Context};
use crate::ui::{format, message};

/// Asks how many pages of which size which cell is to have, sets them apart, and completes with whether something was done.
pub(super) async fn ask(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId, node: &NodeFact) -> bool {
    let sizes = huge(Some(node));
    let dialog = message::dialog(
        parent,
        &tr("Set Huge Pages Apart"),
        &tr(
            "Machines whose memory is in huge pages run faster. What is set apart is lost to everything else, until it is given back or the host starts anew. Where memory is scattered the host may find room for fewer pages.",
        ),
    );
    let rows = message::rows(&tr("Huge pages"));
    let words: Vec<String> = sizes.iter().map(|page| format::bytes_kib(page.size_kib)).collect();
    let size = choice(&tr("Size of a page"), &words);
    let cells: Vec<String> = node
        .cells
        .iter()
        .map(|cell| tr_f("Cell {n}", &[("n", &cell.id.to_string())]))
        .collect();
    let cell = choice(&tr("NUMA cell"), &cells);
    cell.set_visible(cells.len() > 1);
    let count = gtk::SpinButton::with_range(0.0, 1e7, 1.0);
    count.set_valign(gtk::Align::Center);
    let count_row = adw::ActionRow::builder()
        .title(tr("Pages"))
        .activatable_widget(&count)
        .build();
    count_row.add_suffix(&count);
    for row in [
        size.upcast_ref::<gtk::Widget>(),
        cell.upcast_ref(),
        count_row.upcast_ref(),
    ] {
        rows.append(row);
    }
    let at = |row: &adw::ComboRow| usize::try_from(row.selected()).unwrap_or(0);
    let follow = {
        let (node, sizes) = (node.clone(), sizes.clone());
        let (size, cell, count, row) = (size.clone(), cell.clone(), count.clone(), count_row.clone());
        move || {
            let Some(page) = sizes.get(at(&size)) else { return };
            let cell = node.cells.get(at(&cell));
            let pages = cell.and_then(|cell| cell.pages.iter().find(|other| other.size_kib == page.size_kib));
            let known = pages.or_else(|| node.pages.iter().find(|other| other.size_kib == page.size_kib));
            count.set_value(known.and_then(|page| page.count).unwrap_or(0) as f64);
            let most = cell.map_or(node.memory_kib, |cell| cell.memory_kib) / page.size_kib.max(1);
            count.set_range(0.0, most as f64);
            row.set_subtitle(&tr_f("At most {n}", &[("n", &most.to_string())]));
        }
    };
    follow();
    let again = follow.clone();
    size.connect_selected_notify(move |_| again());
    cell.connect_selected_notify(move |_| follow());
    dialog.set_extra_child(Some(&rows));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("set", &tr("_Set Apart"))]);
    dialog.set_response_appearance("set", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("set"));
    let answer = message::choose(dialog).await;
    let (Some(page), "set") = (sizes.get(at(&size)), answer.as_str()) else {
        return false;
    };
    let Some(client) = core.client(host) else { return false };
    let goal = PageGoal {
        cell: node.cells.get(at(&cell)).map(|cell| cell.id),
        size_kib: u32::try_from(page.size_kib).unwrap_or(u32::MAX),
        count: count.value() as u64,
    };
    if let Err(error) = client.set_huge_pages(goal).await {
        let config = core.store().host(host).map(|host| host.config.clone());
        let context = Context {
            host: config,
            title: Some(tr("The pages could not be set apart")),
            ..Context::default()
        };
        errors::show(parent, None, &error, context);
        return false;
    }
    true
}

fn choice(title: &str, words: &[String]) -> adw::ComboRow {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    adw::ComboRow::builder()
        .title(title)
        .model(&gtk::StringList::new(&words))
        .build()
}
