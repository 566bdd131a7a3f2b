//! What waits for the next start: where the definition says otherwise than the running machine.

use adw::prelude::*;
use relm4::{ComponentSender, Sender, adw, gtk};
use uuid::Uuid;

use super::{Overview, OverviewMsg};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::error::VirtError;
use crate::model::hardware::apply::{Verdict, Wish};
use crate::model::hardware::plan::{self, Change};
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;
use crate::ui::hardware::sides;
use crate::ui::widgets::{Tip, plain_row};
use crate::virt::client::HostClient;

/// The definitions of a running machine, and what differs between them in ways that matter to a person.
#[derive(Debug, Clone)]
pub struct Waiting {
    live: Domain,
    persistent: Domain,
    /// [`Change::before`] is what runs, [`Change::after`] what comes.
    pub changes: Vec<Change>,
    locked: bool,
}

/// Reads and compares; `None` for a machine that is off or transient.
///
/// # Errors
/// What libvirt says.
pub async fn read(client: &HostClient, uuid: Uuid) -> Result<Option<Waiting>, VirtError> {
    let read = client.definitions(uuid).await?;
    let (Some(live), Some(persistent)) = (read.live, read.persistent) else {
        return Ok(None);
    };
    let locked = read.locked.is_some();
    let compared = gio::spawn_blocking(move || {
        let (live, persistent) = (Domain::parse(&live).ok()?, Domain::parse(&persistent).ok()?);
        let changes = plan::pending(&live, &persistent);
        Some(Waiting {
            live,
            persistent,
            changes,
            locked,
        })
    });
    Ok(compared.await.ok().flatten())
}

impl Waiting {
    /// What brings the definition back to what runs, for some of the changes.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn taken_back(&self, places: &[String]) -> Result<Wish, Refused> {
        let chosen = self.changes.iter().filter(|change| places.contains(&change.place));
        let edited = plan::taken_back(&self.live, &self.persistent, chosen)?;
        Ok(Wish {
            base: self.persistent.document().to_string(),
            edited: edited.document().to_string(),
            live: false,
            validate: false,
        })
    }
}

/// Brings the definition back to what runs.
///
/// # Errors
/// A sentence on why not.
pub async fn take_back(client: &HostClient, uuid: Uuid, wish: Wish) -> Result<(), String> {
    match client.apply(uuid, wish).await {
        Ok(Verdict::Done(_)) => Ok(()),
        Ok(Verdict::Clash { .. }) => Err(tr(
            "Someone else has changed the machine meanwhile. Look again and decide anew.",
        )),
        Ok(Verdict::Invalid { error, .. }) | Err(error) => Err(error.message),
    }
}

/// The group of rows, hidden while nothing waits.
pub struct WaitingGroup {
    root: adw::PreferencesGroup,
    rows: Vec<adw::ActionRow>,
    shown: Vec<Change>,
    restart: gtk::Button,
    input: Sender<OverviewMsg>,
}

impl WaitingGroup {
    /// A hidden group.
    pub fn new(input: &Sender<OverviewMsg>) -> Self {
        let restart = gtk::Button::builder()
            .label(tr("Restart Now"))
            .build()
            .with_tip(tr("Shuts the guest down and starts it again"));
        let revert = gtk::Button::builder()
            .label(tr("Revert All"))
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Keeps the machine as it runs"));
        for (button, message) in [
            (&restart, OverviewMsg::RestartClicked),
            (&revert, OverviewMsg::RevertClicked(None)),
        ] {
            let input = input.clone();
            button.connect_clicked(move |_| input.emit(message.clone()));
        }
        let buttons = gtk::Box::builder().spacing(6).valign(gtk::Align::Center).build();
        buttons.append(&revert);
        buttons.append(&restart);
        let root = adw::PreferencesGroup::builder()
            .visible(false)
            .header_suffix(&buttons)
            .build();
        Self {
            root,
            rows: Vec::new(),
            shown: Vec::new(),
            restart,
            input: input.clone(),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &adw::PreferencesGroup {
        &self.root
    }

    /// Shows what waits. `restarting` while the machine is about to go off and on again.
    pub fn show(&mut self, waiting: Option<&Waiting>, restarting: bool) {
        let changes = waiting.map(|waiting| waiting.changes.as_slice()).unwrap_or_default();
        self.root.set_visible(!changes.is_empty());
        let locked = waiting.is_some_and(|waiting| waiting.locked);
        if let Some(buttons) = self.restart.parent() {
            buttons.set_sensitive(!locked && !restarting);
        }
        if self.shown == changes {
            return;
        }
        for row in self.rows.drain(..) {
            self.root.remove(&row);
        }
        let title = tr_n(
            "{n} Change Waits for the Next Start",
            "{n} Changes Wait for the Next Start",
            changes.len(),
            &[],
        );
        self.root.set_title(&title);
        for change in changes {
            let row = self.row(change, locked);
            self.root.add(&row);
            self.rows.push(row);
        }
        crate::ui::widgets::hide_pictures(&self.root);
        self.shown = changes.to_vec();
    }

    fn row(&self, change: &Change, locked: bool) -> adw::ActionRow {
        let row = plain_row(&change.title, &sides(change));
        let revert = gtk::Button::builder()
            .icon_name("edit-undo-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .sensitive(!locked)
            .build()
            .with_tip(tr("Revert: keep this as it runs"));
        revert.update_property(&[gtk::accessible::Property::Label(&tr_f(
            "Revert {change}",
            &[("change", &change.title)],
        ))]);
        let (input, place) = (self.input.clone(), change.place.clone());
        revert.connect_clicked(move |_| input.emit(OverviewMsg::RevertClicked(Some(place.clone()))));
        row.add_suffix(&revert);
        row
    }
}

/// Read while the page is seen.
impl Overview {
    pub(super) fn read_waiting(&mut self, sender: &ComponentSender<Self>) {
        if !self.stale || self.reading || self.focus.is_none() {
            return;
        }
        let runs = self
            .core
            .store()
            .domain(self.key)
            .is_some_and(|domain| domain.state.is_active() && domain.persistent);
        self.stale = false;
        let (true, Some(client)) = (runs, self.core.client(self.key.host)) else {
            self.waiting = None;
            return;
        };
        self.reading = true;
        let (uuid, input) = (self.key.uuid, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let read = read(&client, uuid).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "what waits for the next start cannot be told");
                None
            });
            input.emit(OverviewMsg::Waits(read.map(Box::new)));
        });
    }

    pub(super) fn revert(&self, place: Option<String>, sender: &ComponentSender<Self>) {
        let (Some(waiting), Some(client)) = (&self.waiting, self.core.client(self.key.host)) else {
            return;
        };
        let places = match place {
            Some(place) => vec![place],
            None => waiting.changes.iter().map(|change| change.place.clone()).collect(),
        };
        let wish = waiting.taken_back(&places);
        let (uuid, input) = (self.key.uuid, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let done = match wish {
                Ok(wish) => take_back(&client, uuid, wish).await,
                Err(refused) => Err(refused.0),
            };
            match done {
                Ok(()) => input.emit(OverviewMsg::Changed),
                Err(reason) => input.emit(OverviewMsg::RevertFailed(reason)),
            }
        });
    }
}
