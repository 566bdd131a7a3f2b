//! A network: what it is and who is on it, what can be changed of it, and its definition.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::overview::Overview;
use super::reading::Reading;
use super::settings::{Settings, lock_of};
use super::sheet::Sheet;
use super::{Pane, applying, restart};
use crate::i18n::{tr, tr_f};
use crate::model::facts::NetworkFact;
use crate::model::key::HostId;
use crate::model::network::{FormFacts, NetworkDefinitions, NetworkWish};
use crate::model::schema::DocumentKind;
use crate::ui::core::Core;
use crate::ui::widgets::Tip;
use crate::ui::{message, text};

/// The page of one network.
pub(super) struct NetworkPane {
    core: Core,
    host: HostId,
    uuid: Uuid,
    name: String,
    root: gtk::Box,
    tools: gtk::Box,
    run: gtk::Button,
    delete: gtk::Button,
    overview: Rc<Overview>,
    settings: Rc<Settings>,
    sheet: Rc<Sheet>,
    active: Cell<bool>,
    definitions: RefCell<NetworkDefinitions>,
}

impl NetworkPane {
    /// The page of the network with this name and identity.
    pub(super) fn new(core: &Core, host: HostId, fact: &NetworkFact, uuid: Uuid) -> Rc<Self> {
        Rc::new_cyclic(|weak: &Weak<Self>| {
            let of_leases = weak.clone();
            let overview = Overview::new(core, host, uuid, move |lease| {
                if let Some(pane) = of_leases.upgrade() {
                    pane.reserve(lease);
                }
            });
            let settings = Settings::new(core, host, Some(uuid), |_| {});
            let of_sheet = weak.clone();
            let sheet = Sheet::new(DocumentKind::Network, move |base, edited| {
                if let Some(pane) = of_sheet.upgrade() {
                    pane.apply_xml(base, edited);
                }
            });
            let stack = gtk::Stack::builder().hhomogeneous(false).vexpand(true).build();
            stack.add_titled(overview.widget(), Some("overview"), &tr("Overview"));
            stack.add_titled(settings.widget(), Some("settings"), &tr("Settings"));
            stack.add_titled(sheet.widget(), Some("xml"), &tr("XML"));
            let switcher = pages(&stack);
            let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
            root.append(&switcher);
            root.append(&stack);
            let run = gtk::Button::new();
            let delete = gtk::Button::builder()
                .icon_name("user-trash-symbolic")
                .build()
                .with_tip(tr("Delete the network…"));
            delete.update_property(&[gtk::accessible::Property::Label(&tr("Delete the network…"))]);
            let tools = gtk::Box::builder().spacing(6).build();
            tools.append(&run);
            tools.append(&delete);
            let of_run = weak.clone();
            run.connect_clicked(move |_| {
                if let Some(pane) = of_run.upgrade() {
                    pane.start_or_stop();
                }
            });
            let of_delete = weak.clone();
            delete.connect_clicked(move |_| {
                if let Some(pane) = of_delete.upgrade() {
                    pane.ask_delete();
                }
            });
            Self {
                core: core.clone(),
                host,
                uuid,
                name: fact.name.clone(),
                root,
                tools,
                run,
                delete,
                overview,
                settings,
                sheet,
                active: Cell::new(fact.active),
                definitions: RefCell::default(),
            }
        })
    }

    /// Reads definitions and surroundings anew.
    fn read(self: &Rc<Self>, facts: FormFacts) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let this = Rc::downgrade(self);
        let uuid = self.uuid;
        glib::spawn_future_local(async move {
            let definitions = client.network_definitions(uuid).await;
            let around = client.network_surroundings().await.unwrap_or_default();
            let Some(this) = this.upgrade() else { return };
            this.settings.set_surroundings(facts, around);
            match definitions {
                Ok(definitions) => this.take(definitions),
                // A network that is gone leaves the list with the next news.
                Err(error) => tracing::info!(%error, "the network was not read"),
            }
        });
    }

    fn take(self: &Rc<Self>, definitions: NetworkDefinitions) {
        self.settings.follow(&definitions);
        if let Some(base) = definitions.base() {
            self.sheet.follow(base);
        }
        self.overview.follow(&definitions);
        self.definitions.replace(definitions);
    }

    fn start_or_stop(self: &Rc<Self>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let (uuid, this) = (self.uuid, Rc::clone(self));
        let root = self.root.clone().upcast::<gtk::Widget>();
        if !self.active.get() {
            let title = tr_f("{name} was not started", &[("name", &text::name(&self.name))]);
            applying::act(&self.root, &self.core, self.host, title, async move {
                restart::start(&root, &this.core, this.host, uuid, &this.name).await
            });
            return;
        }
        glib::spawn_future_local(async move {
            if !restart::confirm_stop(&root, &this.core, this.host, &this.name).await {
                return;
            }
            let title = tr_f("{name} was not stopped", &[("name", &text::name(&this.name))]);
            applying::act(&root, &this.core, this.host, title, async move {
                client.stop_network(uuid).await
            });
        });
    }

    fn ask_delete(self: &Rc<Self>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let name = text::name(&this.name);
            let users = this.overview.machines();
            let body = match users.is_empty() {
                true => tr("Its definition is deleted. No machine is plugged into it."),
                false => tr_f(
                    "Its definition is deleted. These machines are plugged into it, and cannot start without it: {machines}",
                    &[("machines", &text::one_line(&users.join(", "), 600))],
                ),
            };
            let dialog = message::dialog(
                &this.root,
                &tr_f("Delete the network {name}?", &[("name", &name)]),
                &body,
            );
            dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
            dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
            dialog.set_close_response("cancel");
            dialog.set_default_response(Some("cancel"));
            if message::choose(dialog).await != "delete" {
                return;
            }
            let (uuid, active) = (this.uuid, this.active.get());
            let title = tr_f("{name} was not deleted", &[("name", &name)]);
            applying::act(&this.root, &this.core, this.host, title, async move {
                // One without a definition of its own is gone when it is stopped.
                let undefined = client.undefine_network(uuid).await;
                if active {
                    client.stop_network(uuid).await?;
                }
                undefined
            });
        });
    }

    fn apply_xml(self: &Rc<Self>, base: String, edited: String) {
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let wish = NetworkWish {
                base,
                edited,
                live: true,
                validate: true,
            };
            let applied = applying::apply(&this.root, &this.core, this.host, this.uuid, wish).await;
            this.sheet.applied(applied.is_some());
            if let Some(definitions) = applied {
                this.take(definitions);
            }
        });
    }

    /// Keeps an address for who has it now: as a change that is applied at once.
    fn reserve(self: &Rc<Self>, lease: &crate::model::network::Lease) {
        let Some(base) = self.definitions.borrow().base().map(str::to_owned) else {
            return;
        };
        match super::overview::reserved(&base, lease) {
            Some(edited) => self.apply_xml(base, edited),
            None => {
                let dialog = message::dialog(
                    &self.root,
                    &tr("This address cannot be reserved"),
                    &tr("The network’s definition lends no addresses of this subnet."),
                );
                dialog.add_responses(&[("close", &tr("_Close"))]);
                dialog.present();
            }
        }
    }
}

impl Pane for Rc<NetworkPane> {
    fn widget(&self) -> gtk::Widget {
        self.root.clone().upcast()
    }

    fn title(&self) -> String {
        text::name(&self.name)
    }

    fn tools(&self) -> Option<gtk::Widget> {
        Some(self.tools.clone().upcast())
    }

    fn show(&self, reading: &Reading) {
        let Some(fact) = reading
            .networks
            .iter()
            .flatten()
            .find(|fact| fact.uuid == Some(self.uuid))
        else {
            return;
        };
        self.active.set(fact.active);
        let locked = lock_of(&self.core, self.host);
        self.run.set_label(&if fact.active { tr("Stop") } else { tr("Start") });
        self.run.set_sensitive(locked.is_none());
        self.delete.set_sensitive(locked.is_none());
        self.sheet.set_locked(locked.is_some());
        self.settings.set_locked(locked);
        self.overview.show(fact);
        self.read(reading.form.clone());
    }
}

/// The choice of a page. A stack's own switcher would make every button as wide as the widest, which a narrow window has no
/// room for.
fn pages(stack: &gtk::Stack) -> gtk::Box {
    let row = gtk::Box::builder()
        .css_classes(["linked"])
        .halign(gtk::Align::Center)
        .margin_top(6)
        .margin_bottom(6)
        .build();
    let mut first: Option<gtk::ToggleButton> = None;
    for page in ["overview", "settings", "xml"] {
        let title = stack.child_by_name(page).map(|child| stack.page(&child).title());
        let button = gtk::ToggleButton::builder()
            .label(title.flatten().unwrap_or_default())
            .active(first.is_none())
            .build();
        button.set_group(first.as_ref());
        first.get_or_insert_with(|| button.clone());
        let weak = stack.downgrade();
        button.connect_toggled(move |button| {
            if let Some(stack) = weak.upgrade().filter(|_| button.is_active()) {
                stack.set_visible_child_name(page);
            }
        });
        row.append(&button);
    }
    row
}
