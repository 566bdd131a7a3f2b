//! What the page is made from, as the host has it.

use gtk4 as gtk;
use libadwaita as adw;
use relm4::ComponentSender;
use uuid::Uuid;

use super::editing::{Editing, Followed};
use super::view::HardwareView;
use super::{HardwareMsg, HardwarePage, Matter, deed};
use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{GuestKind, HostFacts};
use crate::model::key::HostId;
use crate::model::usage;
use crate::model::xml::domain::Domain;
use crate::ui::core::Core;
use crate::ui::errors;
use crate::virt::client::HostClient;

/// A machine's definitions.
#[derive(Debug, Clone)]
pub struct Reading {
    /// That of the next start; that of the running machine where it is transient.
    pub base: Domain,
    /// That of the running machine; `None` while it is off.
    pub live: Option<Domain>,
    /// Why nothing can be changed.
    pub locked: Option<String>,
}

/// Reads the definitions of a machine.
///
/// # Errors
/// What libvirt says; and where it gave what is no definition.
pub async fn definitions(client: &HostClient, uuid: Uuid) -> Result<Reading, VirtError> {
    let read = client.definitions(uuid).await?;
    let live = read.live.as_deref().map(parse).transpose()?;
    let base = match (&read.persistent, &live) {
        (Some(text), _) => parse(text)?,
        (None, Some(live)) => live.clone(),
        (None, None) => return Err(VirtError::own(Kind::Gone, "read definition", "the machine is gone")),
    };
    Ok(Reading {
        base,
        live,
        locked: read.locked,
    })
}

/// What the host offers to machines like this one, and who uses its images; nothing where it doesn't tell.
pub async fn facts(core: &Core, host: HostId, kind: GuestKind) -> HostFacts {
    core.facts(host, kind).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the host does not tell what it offers");
        HostFacts::default()
    })
}

fn parse(text: &str) -> Result<Domain, VirtError> {
    Domain::parse(text).map_err(|error| VirtError::own(Kind::Other, "read definition", error.to_string()))
}

/// Reading, when it is looked at and after news.
impl HardwarePage {
    pub(super) fn read(&mut self, sender: &ComponentSender<Self>) {
        if !self.stale || self.reading || !self.shown || self.busy {
            return;
        }
        let Some(client) = self.core.client(self.key.host) else {
            return;
        };
        (self.stale, self.reading) = (false, true);
        let (uuid, input) = (self.key.uuid, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let read = definitions(&client, uuid).await;
            input.emit(HardwareMsg::Read(read.map(Box::new)));
        });
    }

    pub(super) fn take(
        &mut self,
        view: &mut HardwareView,
        root: &gtk::Box,
        read: Result<Box<Reading>, VirtError>,
        sender: &ComponentSender<Self>,
    ) {
        self.reading = false;
        let reading = match read {
            Ok(reading) => *reading,
            Err(error) => {
                if self.editing.is_none() {
                    let text = errors::explain(&error, None).body;
                    view.show_failure(&tr("The hardware cannot be shown"), &text);
                }
                return;
            }
        };
        let mut files = self.see_who_left(view, reading.live.as_ref());
        let kind = GuestKind::of(&reading.base);
        match &mut self.editing {
            None => {
                self.editing = Some(Editing::new(reading));
                self.ask_facts(kind, sender);
            }
            Some(editing) => {
                let is_other = editing.facts().kind != kind;
                match editing.follow(reading) {
                    Followed::Same => {}
                    Followed::Merged => {
                        let text = tr("Someone else changed the machine. Your edits are kept on top of it.");
                        view.toasts.add_toast(adw::Toast::new(&text));
                    }
                    Followed::Clash => self.matter = Some(Matter::Clash),
                }
                editing.recount();
                view.forget(editing.selected());
                if is_other {
                    self.ask_facts(kind, sender);
                }
            }
        }
        // Somebody may have given them to a disk again meanwhile.
        if let Some(editing) = &self.editing {
            let draft = editing.draft();
            files.retain(|file| !usage::names(draft.base(), file) && !usage::names(draft.edited(), file));
        }
        self.delete_files(root, files);
        // What has changed meanwhile.
        self.read(sender);
    }

    pub(super) fn ask_facts(&self, kind: GuestKind, sender: &ComponentSender<Self>) {
        let (core, host, input) = (self.core.clone(), self.key.host, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let facts = facts(&core, host, kind).await;
            input.emit(HardwareMsg::Facts(Box::new(facts.clone())));
            // Pools take longer, and tell what images of machines that are off build on.
            core.learn_storage(host).await;
            let usage = Some(core.usage(host));
            input.emit(HardwareMsg::Facts(Box::new(HostFacts { usage, ..facts })));
        });
    }

    /// Devices that the guest was asked to let go, and that the running machine has no more. Gives the files that are to
    /// go with them.
    fn see_who_left(&mut self, view: &HardwareView, live: Option<&Domain>) -> Vec<String> {
        let is_there = |alias: &str| live.is_some_and(|live| deed::device_by_alias(live, alias).is_some());
        let (left, gone): (Vec<_>, Vec<_>) = self.leaving.drain(..).partition(|device| is_there(&device.alias));
        self.leaving = left;
        let mut files = Vec::new();
        for device in gone {
            let text = tr_f("{name} was removed", &[("name", &device.title)]);
            view.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(&text)));
            files.extend(device.files);
        }
        if self.leaving.is_empty() && self.matter == Some(Matter::Leaving) {
            self.matter = None;
        }
        files
    }
}
