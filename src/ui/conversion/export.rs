//! Exports a machine into a folder that the user chooses.

use std::path::PathBuf;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::conversion::folder_name;
use crate::model::error::VirtError;
use crate::model::key::DomainKey;
use crate::ui::core::{Core, Notice};
use crate::ui::{errors, message, text};

/// Asks for a folder, and makes a bundle of the machine in a new one there: its disks, its definition, and a list with checksums.
pub fn ask(parent: &gtk::Widget, core: &Core, key: DomainKey) {
    let Some(machine) = core.store().domain(key).map(|domain| domain.name.clone()) else {
        return;
    };
    let title = tr_f("Export {name} To", &[("name", &text::name(&machine))]);
    let window = message::window_of(parent);
    let chooser = gtk::FileChooserNative::new(
        Some(&title),
        window.as_ref(),
        gtk::FileChooserAction::SelectFolder,
        Some(&tr("_Export")),
        None,
    );
    chooser.set_modal(true);
    let (core, parent, own) = (core.clone(), parent.clone(), chooser.clone());
    chooser.connect_response(move |chooser, response| {
        if response == gtk::ResponseType::Accept
            && let Some(folder) = chooser.file().and_then(|file| file.path())
        {
            let to = folder.join(folder_name(&machine));
            let (core, parent, machine) = (core.clone(), parent.clone(), machine.clone());
            glib::spawn_future_local(async move { export(&parent, &core, key, &machine, to).await });
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}

async fn export(parent: &gtk::Widget, core: &Core, key: DomainKey, machine: &str, to: PathBuf) {
    let Some(client) = core.client(key.host) else { return };
    let left_out = match client.export_plan(key.uuid).await {
        Ok(plan) => plan.left_out,
        Err(error) => return failed(parent, core, key, machine, &error),
    };
    if !left_out.is_empty() && !agreed(parent, machine, &left_out).await {
        return;
    }
    let name = text::name(machine);
    let title = tr_f("Exporting {name}", &[("name", &name)]);
    let done = core
        .do_job(
            &title,
            |job| async move { client.export_machine(key.uuid, to, job).await },
        )
        .await;
    match done {
        Ok(folder) => {
            let folder = folder.display().to_string();
            let told = tr_f(
                "{name} was exported to {folder}",
                &[("name", &name), ("folder", &text::one_line(&folder, 200))],
            );
            core.tell(Notice::Told(told));
        }
        Err(error) => failed(parent, core, key, machine, &error),
    }
}

/// Says what does not come along, before an hour of copying.
async fn agreed(parent: &gtk::Widget, machine: &str, left_out: &[String]) -> bool {
    let Some(window) = message::window_of(parent) else {
        return true;
    };
    let title = tr_f("Export {name}?", &[("name", &text::name(machine))]);
    let body = format!(
        "{}\n\n{}",
        tr("Not everything of it can be taken along."),
        left_out.join("\n\n")
    );
    let dialog = message::dialog(&window, &title, &body);
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("export", &tr("_Export"))]);
    dialog.set_response_appearance("export", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("export"));
    message::choose(dialog).await == "export"
}

fn failed(parent: &gtk::Widget, core: &Core, key: DomainKey, machine: &str, error: &VirtError) {
    let context = errors::Context {
        host: core.store().host(key.host).map(|host| host.config.clone()),
        title: Some(tr_f("{name} could not be exported", &[("name", &text::name(machine))])),
        ..errors::Context::default()
    };
    errors::show(parent, None, error, context);
}
