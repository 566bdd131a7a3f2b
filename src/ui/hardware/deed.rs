//! What the page does besides editing: removing devices, the buttons in rows, waiting for the guest.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::ComponentSender;

use super::removing::Going;
use super::view::HardwareView;
use super::{HardwareMsg, HardwarePage, Leaving, Matter, PATIENCE, applying, removing};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::action::{DomainAction, StartOptions};
use crate::model::error::VirtError;
use crate::model::hardware::{Button, Draft, PageId, entries, size};
use crate::model::usage::{self, Removal};
use crate::model::xml::NodeId;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::ui::{actions, errors, message};

/// The device of a running machine that has this alias.
#[must_use]
pub fn device_by_alias(live: &Domain, alias: &str) -> Option<NodeId> {
    live.devices()
        .map(|device| device.node)
        .find(|node| alias_of(live, *node).as_deref() == Some(alias))
}

/// The alias of a device.
#[must_use]
pub fn alias_of(live: &Domain, node: NodeId) -> Option<String> {
    let document = live.document();
    let alias = document.child(node, "alias")?;
    Some(document.attribute(alias, "name")?.into_owned())
}

/// The pages of the devices that the guest was asked to let go.
pub(super) fn leaving_pages(draft: &Draft, leaving: &[Leaving]) -> Vec<PageId> {
    let Some(live) = draft.live().filter(|_| !leaving.is_empty()) else {
        return Vec::new();
    };
    let is_leaving = |node: &NodeId| {
        let alias = alias_of(live, *node);
        alias.is_some_and(|alias| leaving.iter().any(|device| device.alias == alias))
    };
    let nodes = live.devices().map(|device| device.node).filter(is_leaving);
    nodes
        .filter_map(|node| draft.same_page(live, PageId::Device(node)))
        .collect()
}

/// Removing.
impl HardwarePage {
    /// A disk asks what becomes of its files, when the host has told who uses them.
    pub(super) fn ask_removal(&self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(editing) = self.editing.as_ref().filter(|_| !self.busy) else {
            return;
        };
        let Some((node, Ok(()))) = editing.removal() else {
            return;
        };
        let (id, input) = (PageId::Device(node), sender.input_sender().clone());
        let going = Going::of(editing.draft(), node);
        let domain = editing.draft().edited().clone();
        let is_disk = DeviceKind::of(domain.document().name(node)) == DeviceKind::Disk;
        if !is_disk {
            input.emit(HardwareMsg::Remove(going, Vec::new()));
            return;
        }
        let title = entries(&editing.context())
            .into_iter()
            .find(|entry| entry.id == id)
            .map(|entry| entry.title)
            .unwrap_or_default();
        let (core, host, root) = (self.core.clone(), self.key.host, root.clone());
        glib::spawn_future_local(async move {
            let asked = core.learn_storage(host);
            if glib::future_with_timeout(PATIENCE, asked).await.is_err() {
                tracing::debug!("the host has not told about its storage in time");
            }
            let removal = usage::removal(&domain, node, &core.usage(host));
            if removal == Removal::default() {
                input.emit(HardwareMsg::Remove(going, Vec::new()));
            } else if let Some(decision) = removing::ask(&root, &title, &removal).await {
                input.emit(HardwareMsg::Remove(going, decision.files));
            }
        });
    }

    pub(super) fn remove(&mut self, view: &HardwareView, going: &Going, files: Vec<String>) {
        let Some(editing) = &mut self.editing else { return };
        let Some(node) = going.node(editing.draft()) else {
            let text = tr("Someone else has changed this device meanwhile. It was not removed.");
            view.toasts.add_toast(adw::Toast::new(&text));
            return;
        };
        let list = editing.entries();
        let at = list
            .iter()
            .position(|entry| entry.id == PageId::Device(node))
            .unwrap_or(0);
        let (facts, before) = (editing.facts().clone(), editing.draft().edited().clone());
        if let Err(refused) = editing.draft_mut().remove(&facts, node) {
            let text = glib::markup_escape_text(&refused.0);
            view.toasts.add_toast(adw::Toast::new(&text));
            return;
        }
        self.doomed.add(editing.draft().base(), &before, node, files);
        // The next one in the list, or the last one.
        let next = editing.entries();
        if let Some(entry) = next.get(at).or(next.last()) {
            editing.select(entry.id);
        }
        editing.recount();
    }

    /// Deletes files of removed disks; the host refuses what somebody uses.
    pub(super) fn delete_files(&self, root: &gtk::Box, paths: Vec<String>) {
        if paths.is_empty() {
            return;
        }
        let (core, host, root) = (self.core.clone(), self.key.host, root.clone());
        glib::spawn_future_local(async move {
            match core.delete_images(host, paths).await {
                Err(error) => show_error(&root, &tr("The files could not be deleted"), &error),
                Ok(results) => {
                    let kept: Vec<String> = results
                        .into_iter()
                        .filter_map(|deleted| Some(format!("{}: {}", deleted.path, deleted.result.err()?.sentence())))
                        .collect();
                    if !kept.is_empty() {
                        let heading = tr_n("{n} file was kept", "{n} files were kept", kept.len(), &[]);
                        tell(&root, &heading, &kept.join("\n"));
                    }
                }
            }
        });
    }
}

/// Waiting for the guest.
impl HardwarePage {
    /// Says so when the guest has not let go of a device in time.
    pub(super) fn wait_for_guest(&mut self, sender: &ComponentSender<Self>) {
        if let Some(wait) = self.patience.take() {
            wait.abort();
        }
        if self.leaving.is_empty() {
            return;
        }
        let input = sender.input_sender().clone();
        self.patience = Some(glib::spawn_future_local(async move {
            glib::timeout_future(PATIENCE).await;
            input.emit(HardwareMsg::PatienceOver);
        }));
    }

    pub(super) fn patience_over(&mut self) {
        self.patience = None;
        if !self.leaving.is_empty() {
            self.matter = Some(Matter::Leaving);
        }
    }

    pub(super) fn banner_clicked(&mut self, sender: &ComponentSender<Self>) {
        match self.matter.take() {
            Some(Matter::Clash) => {
                if let Some(editing) = &mut self.editing {
                    editing.discard();
                    editing.recount();
                }
                self.stale = true;
                self.read(sender);
            }
            Some(Matter::Leaving) => {
                if let Some(client) = self.core.client(self.key.host) {
                    let uuid = self.key.uuid;
                    for device in &self.leaving {
                        let (client, alias) = (client.clone(), device.alias.clone());
                        glib::spawn_future_local(async move {
                            if let Err(error) = client.unplug(uuid, alias).await {
                                tracing::info!(%error, "the device stays");
                            }
                        });
                    }
                }
                self.wait_for_guest(sender);
            }
            None => {}
        }
    }
}

/// Buttons.
impl HardwarePage {
    pub(super) fn press(
        &mut self,
        view: &HardwareView,
        root: &gtk::Box,
        button: Button,
        sender: &ComponentSender<Self>,
    ) {
        match button {
            Button::Rename => {
                if let Some((_, deed)) = actions::deeds().into_iter().find(|(name, _)| *name == "rename") {
                    actions::run(&self.core, root.upcast_ref(), &deed, &[self.key]);
                }
            }
            Button::RefreshAddresses => self.core.refresh_addresses(self.key),
            Button::ResetNvram => self.reset_nvram(root),
            Button::Eject => self.eject(view),
            Button::Resize => self.resize(root, sender),
            Button::EditXml => self.show_source(root, sender),
            // Pages of a machine have none.
            Button::Own(..) => {}
        }
    }

    fn eject(&mut self, view: &HardwareView) {
        let Some(editing) = &mut self.editing else { return };
        let PageId::Device(node) = editing.selected() else {
            return;
        };
        let done = editing.draft_mut().change(|domain| {
            let document = domain.document_mut();
            if let Some(source) = document.child(node, "source") {
                document.remove(source);
            }
            Ok(())
        });
        if let Err(refused) = done {
            view.toasts
                .add_toast(adw::Toast::new(&glib::markup_escape_text(&refused.0)));
        }
        editing.recount();
    }

    fn reset_nvram(&self, root: &gtk::Box) {
        let dialog = message::dialog(
            root,
            &tr("Start with fresh firmware variables?"),
            &tr("The machine starts now. Boot entries, settings and keys that the firmware keeps are lost."),
        );
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("start", &tr("_Reset and Start"))]);
        dialog.set_response_appearance("start", adw::ResponseAppearance::Destructive);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("cancel"));
        let (core, key) = (self.core.clone(), self.key);
        glib::spawn_future_local(async move {
            if message::choose(dialog).await == "start" {
                let options = StartOptions {
                    reset_nvram: true,
                    ..StartOptions::default()
                };
                core.perform(key, DomainAction::Start(options));
            }
        });
    }

    fn resize(&self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(editing) = &self.editing else { return };
        let PageId::Device(node) = editing.selected() else {
            return;
        };
        let document = editing.draft().edited().document();
        let Some(target) = document
            .get(node, disk::TARGET.raw())
            .filter(|target| !target.is_empty())
        else {
            return;
        };
        let Some(client) = self.core.client(self.key.host) else {
            return;
        };
        let (root, uuid, input) = (root.clone(), self.key.uuid, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let Some(bytes) = ask_size(&root, &target).await else {
                return;
            };
            match client.resize_disk(uuid, target.clone(), bytes).await {
                Ok(()) => input.emit(HardwareMsg::Resized(target, bytes)),
                Err(error) => show_error(&root, &tr("The disk could not be resized"), &error),
            }
        });
    }

    pub(super) fn resized(view: &HardwareView, target: &str, bytes: u64) {
        let text = tr_f(
            "Disk {name} has {size} now. The guest has to enlarge its partitions itself.",
            &[("name", target), ("size", &size::write(bytes))],
        );
        view.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(&text)));
    }
}

/// How the size of a disk is written.
const SIZE: &str = "40 GiB";

/// Asks for the new size of a disk.
async fn ask_size(root: &gtk::Box, target: &str) -> Option<u64> {
    let dialog = message::dialog(
        root,
        &tr_f("Resize disk {name}", &[("name", target)]),
        &tr("The new size must be larger than it is now. Enlarging cannot be taken back."),
    );
    let entry = gtk::Entry::builder()
        .placeholder_text(SIZE)
        .activates_default(true)
        .build();
    entry.update_property(&[gtk::accessible::Property::Label(&tr("New size"))]);
    dialog.set_extra_child(Some(&entry));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("resize", &tr("_Resize"))]);
    dialog.set_response_appearance("resize", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("resize"));
    dialog.set_response_enabled("resize", false);
    let weak = dialog.downgrade();
    entry.connect_changed(move |entry| {
        if let Some(dialog) = weak.upgrade() {
            message::allow(
                &dialog,
                "resize",
                size::read_beside(&entry.text(), SIZE).is_some_and(|bytes| bytes > 0),
            );
        }
    });
    let answer = message::choose(dialog).await;
    size::read_beside(&entry.text(), SIZE).filter(|_| answer == "resize")
}

fn show_error(root: &gtk::Box, title: &str, error: &VirtError) {
    let context = errors::Context {
        title: Some(title.to_owned()),
        ..errors::Context::default()
    };
    errors::show(root, None, error, context);
}

fn tell(root: &gtk::Box, heading: &str, body: &str) {
    let dialog = message::dialog(root, heading, body);
    dialog.add_response("close", &tr("_Close"));
    dialog.set_default_response(Some("close"));
    dialog.present();
}

/// Why the host is not asked anything: kept here so that what is shown of it is the same everywhere.
impl HardwarePage {
    pub(super) fn show_failure(&self, root: &gtk::Box, error: &VirtError) {
        let host = self.core.store().host(self.key.host).map(|host| host.config.clone());
        let context = errors::Context {
            host,
            title: Some(tr("The changes could not be applied")),
            ..errors::Context::default()
        };
        errors::show(root, None, error, context);
    }

    /// Says what came of applying.
    pub(super) fn tell_report(view: &HardwareView, root: &gtk::Box, report: &crate::model::hardware::apply::Report) {
        if applying::is_eventful(report) {
            applying::show_report(root, report);
            return;
        }
        let text = applying::summary(report);
        if !text.is_empty() {
            view.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(&text)));
        }
    }
}
