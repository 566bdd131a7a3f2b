//! *Assign to Machine*: which machine gets a device of the host, and what goes with it.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Devices, held, words};
use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::apply::{Outcome, Verdict, Wish};
use crate::model::key::DomainKey;
use crate::model::node::{Hold, NodeDeviceFact, assign, companions, given as named};
use crate::model::state;
use crate::model::xml::domain::Domain;
use crate::ui::{message, text};
use crate::virt::client::HostClient;

/// A machine that can be chosen.
struct Choice {
    key: DomainKey,
    name: String,
    row: adw::ActionRow,
    tick: gtk::CheckButton,
}

/// Asks which machine gets the device, and gives it.
pub(super) fn open(devices: &Rc<Devices>, fact: &NodeDeviceFact) {
    let (devices, fact) = (Rc::clone(devices), fact.clone());
    glib::spawn_future_local(async move {
        devices.have_looked().await;
        ask(&devices, &fact);
    });
}

fn ask(devices: &Rc<Devices>, fact: &NodeDeviceFact) {
    let device = words::title(&fact.device);
    let dialog = message::dialog(
        &devices.toasts,
        &tr_f("Assign {device}", &[("device", &device)]),
        &tr("The machine gets it for itself, and the host does without it while the machine runs."),
    );
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("assign", &tr("_Assign"))]);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    let known = Rc::clone(&devices.known.borrow());
    let others: Vec<NodeDeviceFact> = companions(&known, fact).into_iter().cloned().collect();
    let whole = gtk::Switch::builder().active(true).valign(gtk::Align::Center).build();
    if !others.is_empty() {
        content.append(&whole_group(&others, &whole));
    }
    // Where there are groups it is on, whatever the host says.
    let ungrouped = fact.device.pci().is_some_and(|pci| pci.iommu_group.is_none());
    if ungrouped && devices.iommu.get() == Some(false) {
        content.append(&held::no_passthrough());
    }
    content.append(&held_by_host(devices, &dialog, fact, &others, &whole));
    let search = gtk::SearchEntry::builder()
        .placeholder_text(tr("Search machines"))
        .build();
    search.update_property(&[gtk::accessible::Property::Label(&tr("Search machines"))]);
    let list = message::rows(&tr("Machines"));
    let none = gtk::Label::builder()
        .label(tr("There is no machine on this host."))
        .css_classes(["dim-label"])
        .margin_top(18)
        .margin_bottom(18)
        .build();
    list.set_placeholder(Some(&none));
    let choices = Rc::new(choices(devices, &list));
    search.set_visible(choices.len() > 8);
    content.append(&search);
    content.append(&message::scrolled(&list));
    dialog.set_extra_child(Some(&content));
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("assign"));
    dialog.set_response_enabled("assign", false);
    let shown = Rc::clone(&choices);
    search.connect_search_changed(move |entry| {
        let wanted = entry.text().to_lowercase();
        for choice in shown.iter() {
            choice.row.set_visible(choice.name.to_lowercase().contains(&wanted));
        }
    });
    for choice in choices.iter() {
        let dialog = dialog.downgrade();
        choice.tick.connect_toggled(move |tick| {
            if let Some(dialog) = dialog.upgrade().filter(|_| tick.is_active()) {
                message::allow(&dialog, "assign", true);
            }
        });
    }
    let (devices, fact) = (Rc::clone(devices), fact.clone());
    glib::spawn_future_local(async move {
        if message::choose(dialog).await != "assign" {
            return;
        }
        let Some(choice) = choices.iter().find(|choice| choice.tick.is_active()) else {
            return;
        };
        let mut given = vec![fact];
        if whole.is_active() {
            given.extend(others);
        }
        give(&devices, choice.key, &choice.name, &given).await;
    });
}

fn whole_group(others: &[NodeDeviceFact], whole: &gtk::Switch) -> gtk::ListBox {
    let rows = message::rows(&tr("IOMMU group"));
    let names: Vec<String> = others.iter().map(|other| words::title(&other.device)).collect();
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .subtitle_lines(8)
        .activatable_widget(whole)
        .build();
    row.set_title(&tr("With its whole IOMMU group"));
    row.set_subtitle(&tr_f(
        "The machine starts only when these have left the host, too: {devices}.",
        &[("devices", &names.join(", "))],
    ));
    row.add_suffix(whole);
    rows.append(&row);
    rows
}

fn choices(devices: &Rc<Devices>, list: &gtk::ListBox) -> Vec<Choice> {
    let store = devices.core.store();
    let machines = store.domains().filter(|domain| domain.key.host == devices.host);
    let mut machines: Vec<(DomainKey, String, String)> = machines
        .map(|domain| (domain.key, text::name(&domain.name), state::status(domain)))
        .collect();
    drop(store);
    machines.sort_by_key(|(_, name, _)| name.to_lowercase());
    let mut first: Option<gtk::CheckButton> = None;
    let all = machines.into_iter().map(|(key, name, state)| {
        let tick = gtk::CheckButton::builder().valign(gtk::Align::Center).build();
        tick.set_group(first.as_ref());
        first.get_or_insert_with(|| tick.clone());
        let row = crate::ui::widgets::plain_row(&name, &state);
        row.add_prefix(&tick);
        row.set_activatable_widget(Some(&tick));
        tick.update_property(&[gtk::accessible::Property::Label(&name)]);
        list.append(&row);
        Choice { key, name, row, tick }
    });
    all.collect()
}

/// What the host has of the devices that would go, as the switch for the whole group stands.
fn held_by_host(
    devices: &Rc<Devices>,
    dialog: &adw::MessageDialog,
    fact: &NodeDeviceFact,
    others: &[NodeDeviceFact],
    whole: &gtk::Switch,
) -> gtk::ListBox {
    let list = held::list(&[]);
    let follow = {
        let (weak, dialog, list) = (Rc::downgrade(devices), dialog.downgrade(), list.downgrade());
        let (fact, others) = (fact.clone(), others.to_vec());
        move |whole: &gtk::Switch| {
            let (Some(devices), Some(dialog), Some(list)) = (weak.upgrade(), dialog.upgrade(), list.upgrade()) else {
                return;
            };
            let mut going = vec![&fact];
            going.extend(others.iter().filter(|_| whole.is_active()));
            let holds = devices.holds(&going);
            held::fill(&list, &holds);
            let appearance = if holds.iter().any(Hold::is_sure) {
                adw::ResponseAppearance::Destructive
            } else {
                adw::ResponseAppearance::Suggested
            };
            dialog.set_response_appearance("assign", appearance);
        }
    };
    follow(whole);
    whole.connect_active_notify(follow);
    list
}

async fn give(devices: &Rc<Devices>, key: DomainKey, name: &str, given: &[NodeDeviceFact]) {
    let Some(client) = devices.core.client(devices.host) else {
        return;
    };
    match change(&client, key, given).await {
        Ok(Given::Now) => devices.toast(&tr_f("{machine} has the device now", &[("machine", name)])),
        Ok(Given::NextStart) => devices.toast(&tr_f(
            "{machine} gets the device at its next start",
            &[("machine", name)],
        )),
        Err(error) => devices.fail(&error),
    }
    devices.show_detail();
}

enum Given {
    Now,
    NextStart,
}

fn has(domain: &Domain, fact: &NodeDeviceFact) -> bool {
    named(domain.document()).iter().any(|one| one.is(&fact.device))
}

/// Puts the devices into the definition of a machine, and into the machine itself while it runs.
async fn change(client: &HostClient, key: DomainKey, given: &[NodeDeviceFact]) -> Result<Given, VirtError> {
    const OP: &str = "assign device";
    let refused = |text: String| VirtError::own(Kind::Invalid, OP, text);
    let definitions = client.definitions(key.uuid).await?;
    if let Some(reason) = definitions.locked {
        return Err(VirtError::own(Kind::Denied, OP, reason));
    }
    let base = definitions.persistent.or(definitions.live.clone());
    let base = base.ok_or_else(|| VirtError::own(Kind::Gone, OP, ""))?;
    let mut edited = Domain::parse(&base).map_err(|error| refused(error.to_string()))?;
    for fact in given {
        // The others of a group may be there already.
        if has(&edited, fact) && given.len() > 1 {
            continue;
        }
        assign(&mut edited, fact).map_err(|error| refused(error.0))?;
    }
    let wish = Wish {
        base,
        edited: edited.document().to_string(),
        live: definitions.live.is_some(),
        validate: true,
    };
    match client.apply(key.uuid, wish).await? {
        Verdict::Done(report) => {
            let failed = report.changes.iter().find_map(|change| match &change.outcome {
                Outcome::Failed(error) => Some(error.clone()),
                _ => None,
            });
            if let Some(error) = failed {
                return Err(error);
            }
            let now = report.changes.iter().all(|change| change.outcome == Outcome::Now);
            Ok(if now { Given::Now } else { Given::NextStart })
        }
        Verdict::Clash { .. } => Err(VirtError::own(
            Kind::Busy,
            OP,
            tr("Someone else changes this machine at the same time."),
        )),
        Verdict::Invalid { error, .. } => Err(error),
    }
}
