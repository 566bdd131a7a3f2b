//! Ways out of what speaks against an order.

use std::rc::Rc;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::CreatePage;
use crate::i18n::tr;
use crate::model::creation::sheet::Begin;
use crate::model::creation::{ImageRef, Remedy};
use crate::ui::{errors, message};

impl CreatePage {
    /// Does what the button of a problem says.
    pub(super) fn remedy(self: &Rc<Self>, number: usize) {
        let problem = self.desk.borrow().problems().get(number).cloned();
        let Some((problem, remedy)) = problem.and_then(|problem| Some((problem.clone(), problem.remedy?))) else {
            return;
        };
        match remedy {
            Remedy::StartNetwork(name) => self.start(name, true),
            Remedy::StartPool(name) => self.start(name, false),
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
            Remedy::StartNetwork(_) | Remedy::StartPool(_) | Remedy::Grant(_) => {}
        }
        // What the host said was about the order as it was.
        desk.asked.clear();
    }

    fn start(self: &Rc<Self>, name: String, is_network: bool) {
        let (host, network) = {
            let desk = self.desk.borrow();
            let network = desk.world.facts.network(&name).and_then(|network| network.uuid);
            (desk.world.host, network)
        };
        let Some(client) = host.and_then(|host| self.core.client(host)) else {
            return;
        };
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let done = match (is_network, network) {
                (true, Some(network)) => client.start_network(network).await,
                (true, None) => return,
                (false, _) => client.start_pool(name).await,
            };
            let Some(this) = weak.upgrade() else { return };
            match done {
                Ok(()) => this.read_host(),
                Err(error) => {
                    let context = errors::Context {
                        title: Some(match is_network {
                            true => tr("The network could not be started"),
                            false => tr("The storage pool could not be started"),
                        }),
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
