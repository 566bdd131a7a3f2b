//! Ways out of what speaks against an order.

use std::rc::Rc;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::CreatePage;
use crate::i18n::tr;
use crate::model::creation::sheet::Begin;
use crate::model::creation::{ImageRef, Remedy};
use crate::model::doctor::Remedy as Cure;
use crate::ui::host::doctor;
use crate::ui::{errors, message};

impl CreatePage {
    /// Does what the button of a problem says.
    pub(super) fn remedy(self: &Rc<Self>, number: usize) {
        let problem = self.desk.borrow().problems().get(number).cloned();
        let Some((problem, remedy)) = problem.and_then(|problem| Some((problem.clone(), problem.remedy?))) else {
            return;
        };
        match remedy {
            Remedy::StartNetwork(name) => self.cure(Cure::StartNetwork(name), tr("The network could not be started")),
            Remedy::StartPool(name) => self.cure(Cure::StartPool(name), tr("The storage pool could not be started")),
            Remedy::MakePool => {
                let folder = self.desk.borrow().world.pool_folder.clone();
                if let Some(folder) = folder {
                    self.cure(Cure::DefinePool(folder), tr("The storage pool could not be made"));
                }
            }
            Remedy::CheckHost => {
                if let Some(host) = self.desk.borrow().world.host {
                    doctor::open(&self.view.window, &self.core, host);
                }
            }
            Remedy::Grant(commands) => self.show_commands(&problem.text, &commands),
            remedy => {
                self.obey(remedy, problem.row);
                self.refresh();
                self.think_soon();
            }
        }
    }

    fn obey(&self, remedy: Remedy, row: &str) {
        let mut desk = self.desk.borrow_mut();
        let sheet = &mut desk.sheet;
        match remedy {
            Remedy::Rename(name) => sheet.name = name,
            Remedy::Memory(bytes) => sheet.memory = Some(bytes),
            Remedy::Capacity(bytes) => sheet.capacity = Some(bytes),
            Remedy::CopyToPool(pool) => {
                let copied = |image: &ImageRef| match image {
                    ImageRef::Path(path) => Some(ImageRef::Upload {
                        file: path.into(),
                        pool: pool.clone(),
                    }),
                    _ => None,
                };
                if row == "disk" && sheet.begin != Begin::Disk {
                    sheet.existing = sheet.existing.as_ref().and_then(copied).or(sheet.existing.take());
                } else {
                    let image = sheet.image().and_then(copied).or_else(|| sheet.image().cloned());
                    sheet.set_image(image);
                }
            }
            Remedy::StartNetwork(_)
            | Remedy::StartPool(_)
            | Remedy::MakePool
            | Remedy::CheckHost
            | Remedy::Grant(_) => {}
        }
        // What the host said was about the order as it was.
        desk.asked.clear();
    }

    /// Has the host put right what is wrong with it, and goes on.
    fn cure(self: &Rc<Self>, cure: Cure, failed: String) {
        let Some(host) = self.desk.borrow().world.host else {
            return;
        };
        let weak = Rc::downgrade(self);
        let core = self.core.clone();
        glib::spawn_future_local(async move {
            let done = doctor::cure(&core, host, &cure).await;
            let Some(this) = weak.upgrade() else { return };
            match done {
                Ok(_) => this.read_host(),
                Err(error) => {
                    let context = errors::Context {
                        title: Some(failed),
                        ..errors::Context::default()
                    };
                    errors::show(&this.view.window, None, &error, context);
                }
            }
        });
    }

    /// The exact commands, to be copied: Vireo does not change who may read what by itself.
    fn show_commands(&self, text: &str, commands: &[String]) {
        let dialog = message::dialog(&self.view.window, &tr("Commands to Run on the Host"), text);
        let commands = commands.join("\n");
        let label = gtk::Label::builder()
            .label(&commands)
            .selectable(true)
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::Char)
            .xalign(0.0)
            .css_classes(["monospace", "vireo-code"])
            .build();
        dialog.set_extra_child(Some(&label));
        dialog.add_responses(&[("close", &tr("_Close")), ("copy", &tr("C_opy"))]);
        dialog.set_response_appearance("copy", adw::ResponseAppearance::Suggested);
        dialog.set_default_response(Some("copy"));
        dialog.set_close_response("close");
        let window = self.view.window.downgrade();
        dialog.connect_response(Some("copy"), move |_, _| {
            if let Some(window) = window.upgrade() {
                window.clipboard().set_text(&commands);
            }
        });
        dialog.present();
    }
}
