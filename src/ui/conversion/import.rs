//! Imports a machine from a file: looks what it offers, asks what it is to be here, does it.

use std::path::{Path, PathBuf};

use gtk4 as gtk;
use libadwaita::prelude::*;

use super::form::{Form, Offer};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::{Appliance, ImportWish};
use crate::model::facts::GuestKind;
use crate::model::key::{DomainKey, HostId};
use crate::model::storage::usual_order;
use crate::ui::core::Core;
use crate::ui::{actions, errors, message, text};
use crate::virt::client;

/// Endings of files that may hold a machine or a disk.
const ENDINGS: [&str; 12] = [
    "ova", "ovf", "vmdk", "vdi", "vhd", "vhdx", "qcow2", "raw", "img", "gz", "xz", "json",
];

/// Whether a file is one that only an import can make a machine of, by its name.
#[must_use]
pub fn is_appliance(file: &Path) -> bool {
    let ending = file
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    ["ova", "ovf", "vmdk", "vdi", "vhd", "vhdx"].contains(&ending.as_str())
}

/// Asks for a file of this computer and imports it; `host` is where the machine is to be, if that is known.
pub fn choose(window: &gtk::Window, core: &Core, host: Option<HostId>) {
    let chooser = gtk::FileChooserNative::new(
        Some(&tr("Import a Machine")),
        Some(window),
        gtk::FileChooserAction::Open,
        None,
        None,
    );
    chooser.set_modal(true);
    let known = gtk::FileFilter::new();
    known.set_name(Some(&tr("Appliances and disk images")));
    for ending in ENDINGS {
        known.add_suffix(ending);
    }
    let all = gtk::FileFilter::new();
    all.set_name(Some(&tr("All files")));
    all.add_pattern("*");
    chooser.add_filter(&known);
    chooser.add_filter(&all);
    let (core, over, own) = (core.clone(), window.clone(), chooser.clone());
    chooser.connect_response(move |chooser, response| {
        if response == gtk::ResponseType::Accept
            && let Some(path) = chooser.file().and_then(|file| file.path())
        {
            open(&over, &core, host, &path);
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}

/// Imports a file of this computer.
pub fn open(window: &gtk::Window, core: &Core, host: Option<HostId>, file: &Path) {
    let hosts = hosts(core, host);
    if hosts.is_empty() {
        let dialog = message::dialog(
            window,
            &tr("No host is connected"),
            &tr("Connect to a host first: the machine is made there."),
        );
        dialog.add_response("close", &tr("_Close"));
        dialog.present();
        return;
    }
    let (window, core, file) = (window.clone(), core.clone(), file.to_owned());
    glib::spawn_future_local(async move {
        match client::inspect_appliance(file.clone()).await {
            Ok(appliance) => converse(&window, &core, hosts, file, appliance).await,
            Err(error) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let context = errors::Context {
                    title: Some(tr_f(
                        "{name} can't be imported",
                        &[("name", &text::one_line(&name, 120))],
                    )),
                    ..errors::Context::default()
                };
                errors::show(&window, None, &error, context);
            }
        }
    });
}

/// Hosts on which machines can be made now, the wanted one first.
fn hosts(core: &Core, wanted: Option<HostId>) -> Vec<(HostId, String)> {
    let store = core.store();
    let able = store.hosts().filter(|host| {
        let around = actions::Surroundings::of(host);
        around.connected && !around.read_only
    });
    let mut found: Vec<(HostId, String)> = able
        .map(|host| (host.config.id, text::name(&host.config.name)))
        .collect();
    found.sort_by_key(|(id, _)| Some(*id) != wanted);
    found
}

/// Asks until it is imported or the user thinks better of it: what fails comes back as it was filled in.
async fn converse(
    window: &gtk::Window,
    core: &Core,
    hosts: Vec<(HostId, String)>,
    file: PathBuf,
    appliance: Appliance,
) {
    let mut wish = ImportWish {
        start: false,
        ..ImportWish::default()
    };
    let mut host = hosts.first().map(|(id, _)| *id);
    let drivers = client::has_virt_v2v().await;
    loop {
        let offer = Offer {
            appliance: appliance.clone(),
            hosts: hosts.clone(),
            host,
            drivers,
        };
        let form = Form::new(window, core, offer, &wish);
        let Some((chosen, wanted)) = Form::ask(&form).await else {
            return;
        };
        (host, wish) = (Some(chosen), wanted);
        let Some(client) = core.client(chosen) else { return };
        let title = tr_f("Importing {name}", &[("name", &text::name(form.machine()))]);
        drop(form);
        let (path, what, asked) = (file.clone(), appliance.clone(), wish.clone());
        let done = core
            .do_job(&title, |job| async move {
                client.import_machine(path, what, asked, job).await
            })
            .await;
        match done {
            Ok(uuid) => {
                let target = actions::target(&[DomainKey::new(chosen, uuid)]);
                if let Some(app) = gio::Application::default() {
                    app.activate_action("open-domain", Some(&target));
                }
                return;
            }
            Err(error) => {
                let explained = errors::explain(&error, None);
                if explained.quiet {
                    return;
                }
                let dialog = message::dialog(window, &tr("The machine could not be imported"), &explained.body);
                dialog.add_responses(&[("close", &tr("_Close")), ("again", &tr("Try _Again…"))]);
                dialog.set_close_response("close");
                dialog.set_default_response(Some("again"));
                if message::choose(dialog).await != "again" {
                    return;
                }
            }
        }
    }
}

/// Names of what a host has for a machine: pools that take images, networks.
pub(super) async fn places(core: &Core, host: HostId) -> (Vec<String>, Vec<String>) {
    let facts = core.facts(host, GuestKind::default()).await.unwrap_or_default();
    let pools = facts.pools.iter().flat_map(|all| all.iter());
    let mut pools: Vec<_> = pools.filter(|pool| pool.takes_images()).collect();
    // The one that the page for a new machine takes comes first, too.
    pools.sort_by(|one, other| {
        usual_order(other)
            .cmp(&usual_order(one))
            .then_with(|| one.name.cmp(&other.name))
    });
    let pools = pools.into_iter().map(|pool| pool.name.clone());
    let networks = facts.networks.iter().flat_map(|all| all.iter());
    let networks = networks.map(|network| network.name.clone());
    (pools.collect(), networks.collect())
}
