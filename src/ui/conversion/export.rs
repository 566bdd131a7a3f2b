//! Exports a machine into a folder that the user chooses.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_f};
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
            let to = folder.join(plain(&machine));
            let (core, parent, machine) = (core.clone(), parent.clone(), machine.clone());
            glib::spawn_future_local(async move { export(&parent, &core, key, &machine, to).await });
        }
        // Kept until here: nothing else holds it.
        let _ = &own;
        chooser.destroy();
    });
    chooser.show();
}

async fn export(parent: &gtk::Widget, core: &Core, key: DomainKey, machine: &str, to: std::path::PathBuf) {
    let Some(client) = core.client(key.host) else { return };
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
        Err(error) => {
            let context = errors::Context {
                host: core.store().host(key.host).map(|host| host.config.clone()),
                title: Some(tr_f("{name} could not be exported", &[("name", &name)])),
                ..errors::Context::default()
            };
            errors::show(parent, None, &error, context);
        }
    }
}

/// The name of a machine as that of a folder.
fn plain(machine: &str) -> String {
    let letters = machine.chars().map(|letter| {
        if letter == '/' || letter.is_control() {
            '-'
        } else {
            letter
        }
    });
    let name: String = letters.collect();
    match name.trim_start_matches('.') {
        "" => "machine".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert_eq!(plain("web"), "web");
        assert_eq!(plain("../../etc"), "-..-etc");
        assert_eq!(plain(".."), "machine");
        assert_eq!(plain("a\nb"), "a-b");
    }
}
