//! Secrets of a host: passwords and keys that pools, disks and machines use by name. Values go one way, to the host; they are
//! never read back here.

mod draft;

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::event::ObjectKind;
use crate::model::facts::{GuestKind, SecretFact};
use crate::model::key::HostId;
use crate::model::network::SecretUse;
use crate::ui::core::{Core, Subscription};
use crate::ui::widgets::{Tip, name_once, plain_row};
use crate::ui::{errors, hardware, message, text};

/// Opens the list of a host's secrets over `parent`.
pub fn open(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId) {
    let list = Secrets::new(core, host);
    list.window.set_transient_for(message::window_of(parent).as_ref());
    list.window.present();
}

/// The list.
pub struct Secrets {
    core: Core,
    host: HostId,
    window: adw::Window,
    stack: gtk::Stack,
    column: gtk::Box,
    empty: adw::StatusPage,
    new: gtk::Button,
    group: RefCell<Option<adw::PreferencesGroup>>,
    news: RefCell<Option<Subscription>>,
}

impl Secrets {
    /// Builds the window; it reads at once, and after news.
    #[must_use]
    pub fn new(core: &Core, host: HostId) -> Rc<Self> {
        let name = core
            .store()
            .host(host)
            .map(|host| text::name(&host.config.name))
            .unwrap_or_default();
        let window = adw::Window::builder()
            .title(tr_f("Secrets of {host}", &[("host", &name)]))
            .modal(true)
            .destroy_with_parent(true)
            .default_width(620)
            .default_height(560)
            .width_request(360)
            .height_request(360)
            .build();
        let new = gtk::Button::builder()
            .icon_name("list-add-symbolic")
            .build()
            .with_tip(tr("New secret…"));
        new.update_property(&[gtk::accessible::Property::Label(&tr("New secret…"))]);
        let header = adw::HeaderBar::new();
        header.pack_start(&new);
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .margin_top(18)
            .margin_bottom(18)
            .margin_start(12)
            .margin_end(12)
            .build();
        let lead = gtk::Label::builder()
            .label(tr("Passwords and keys that storage pools, encrypted disks, TLS and virtual TPMs use by name. The host keeps their values; they are not shown here."))
            .wrap(true)
            .xalign(0.0)
            .css_classes(["dim-label"])
            .build();
        column.append(&lead);
        let clamp = adw::Clamp::builder().maximum_size(680).child(&column).build();
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        let empty = adw::StatusPage::builder()
            .icon_name("dialog-password-symbolic")
            .title(tr("Reading the secrets…"))
            .build();
        let stack = gtk::Stack::builder().vexpand(true).hhomogeneous(false).build();
        stack.add_named(&empty, Some("empty"));
        stack.add_named(&scrolled, Some("list"));
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&stack);
        window.set_content(Some(&content));
        hardware::add::escape(&window);
        window.connect_map(name_once);
        let this = Rc::new(Self {
            core: core.clone(),
            host,
            window,
            stack,
            column,
            empty,
            new,
            group: RefCell::default(),
            news: RefCell::default(),
        });
        this.listen();
        this.read();
        this
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> &adw::Window {
        &self.window
    }

    fn listen(self: &Rc<Self>) {
        let (weak, host) = (Rc::downgrade(self), self.host);
        let news = self.core.subscribe(move |_, changes| {
            if changes.objects.contains(&(host, ObjectKind::Secret)) {
                weak.upgrade().iter().for_each(Self::read);
            }
        });
        self.news.replace(Some(news));
        let weak = Rc::downgrade(self);
        self.new
            .connect_clicked(move |_| weak.upgrade().iter().for_each(Self::ask_new));
        // The window keeps what it is made of, until it is closed.
        let kept = RefCell::new(Some(Rc::clone(self)));
        self.window.connect_destroy(move |_| {
            if let Some(this) = kept.take() {
                this.news.take();
            }
        });
    }

    fn read(self: &Rc<Self>) {
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let read = this.core.facts(this.host, GuestKind::default()).await;
            match read.map(|facts| facts.secrets) {
                Ok(Some(secrets)) if secrets.is_empty() => this.say(
                    &tr("No secrets yet"),
                    &tr("A secret holds the password of a storage server or the key of an encrypted disk, so that definitions only have to name it."),
                ),
                Ok(Some(secrets)) => this.show(&secrets),
                Ok(None) => {
                    this.new.set_sensitive(false);
                    this.say(&tr("No secrets here"), &tr("This kind of host keeps no secrets."));
                }
                Err(error) => {
                    let host = this.core.store().host(this.host).map(|host| host.config.clone());
                    let why = errors::explain(&error, host.as_ref());
                    this.say(&why.title, &why.body);
                }
            }
        });
    }

    fn say(&self, title: &str, description: &str) {
        self.empty.set_title(&glib::markup_escape_text(title));
        self.empty.set_description(Some(&glib::markup_escape_text(description)));
        self.stack.set_visible_child_name("empty");
    }

    fn show(self: &Rc<Self>, secrets: &[SecretFact]) {
        let group = adw::PreferencesGroup::new();
        for secret in secrets {
            if let Ok(uuid) = secret.uuid.parse() {
                group.add(&self.row(secret, uuid));
            }
        }
        crate::ui::widgets::name_lists(&group, &tr("Secrets"));
        if let Some(old) = self.group.replace(Some(group.clone())) {
            self.column.remove(&old);
        }
        self.column.append(&group);
        self.stack.set_visible_child_name("list");
    }

    fn row(self: &Rc<Self>, secret: &SecretFact, uuid: Uuid) -> adw::ActionRow {
        let name = secret.name.clone().unwrap_or_else(|| secret.uuid.clone());
        let mut below = vec![draft::usage_label(secret.usage.as_deref())];
        below.extend(secret.description.clone());
        let row = plain_row(&text::name(&name), &below.join(" · "));
        let locked = read_only(&self.core, self.host);
        for (icon, label, act) in [
            (
                "dialog-password-symbolic",
                tr_f("Set the value of {name}…", &[("name", &name)]),
                Act::Set,
            ),
            (
                "user-trash-symbolic",
                tr_f("Delete {name}…", &[("name", &name)]),
                Act::Delete,
            ),
        ] {
            let button = gtk::Button::builder()
                .icon_name(icon)
                .css_classes(["flat"])
                .valign(gtk::Align::Center)
                .sensitive(!locked)
                .build()
                .with_tip(&label);
            button.update_property(&[gtk::accessible::Property::Label(&label)]);
            let (weak, name) = (Rc::downgrade(self), name.clone());
            button.connect_clicked(move |_| {
                if let Some(this) = weak.upgrade() {
                    let name = name.clone();
                    glib::spawn_future_local(async move {
                        match act {
                            Act::Set => this.ask_value(uuid, &name).await,
                            Act::Delete => this.ask_delete(uuid, &name).await,
                        }
                    });
                }
            });
            row.add_suffix(&button);
        }
        row
    }

    fn ask_new(self: &Rc<Self>) {
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let Some((xml, value)) = draft::ask(&this.window).await else {
                return;
            };
            let Some(client) = this.core.client(this.host) else {
                return;
            };
            let made = async {
                let uuid = client.define_secret(xml, None).await?;
                if value.is_empty() {
                    Ok(())
                } else {
                    client.set_secret_value(uuid, value).await
                }
            };
            this.tell(&tr("The secret was not created"), made.await);
            this.read();
        });
    }

    async fn ask_value(self: &Rc<Self>, uuid: Uuid, name: &str) {
        let dialog = message::dialog(
            &self.window,
            &tr_f("Set the value of {name}", &[("name", &text::name(name))]),
            &tr(
                "It replaces the one that the host keeps. What uses the secret needs the new value from its next start on.",
            ),
        );
        let entry = gtk::PasswordEntry::builder()
            .show_peek_icon(true)
            .activates_default(true)
            .build();
        entry.update_property(&[gtk::accessible::Property::Label(&tr("New value"))]);
        dialog.set_extra_child(Some(&entry));
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("set", &tr("_Set"))]);
        dialog.set_response_appearance("set", adw::ResponseAppearance::Suggested);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("set"));
        message::allow(&dialog, "set", false);
        let weak = dialog.downgrade();
        entry.connect_changed(move |entry| {
            if let Some(dialog) = weak.upgrade() {
                message::allow(&dialog, "set", !entry.text().is_empty());
            }
        });
        if message::choose(dialog).await != "set" {
            return;
        }
        let value = Zeroizing::new(entry.text().as_bytes().to_vec());
        entry.set_text("");
        if let Some(client) = self.core.client(self.host) {
            self.tell(&tr("The value was not set"), client.set_secret_value(uuid, value).await);
        }
    }

    async fn ask_delete(self: &Rc<Self>, uuid: Uuid, name: &str) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let uses = client.secret_uses(uuid).await;
        let body = match uses {
            Ok(uses) if uses.is_empty() => tr("Its value is lost. No machine and no storage pool names it."),
            Ok(uses) => {
                let names: Vec<String> = uses
                    .iter()
                    .map(|used| match used {
                        SecretUse::Machine(name) | SecretUse::Pool(name) => text::name(name),
                    })
                    .collect();
                tr_f(
                    "Its value is lost. These machines and storage pools name it and cannot start without it: {names}",
                    &[("names", &text::one_line(&names.join(", "), 600))],
                )
            }
            Err(_) => tr("Its value is lost. Whether anything uses it could not be found out."),
        };
        let dialog = message::dialog(
            &self.window,
            &tr_f("Delete the secret {name}?", &[("name", &text::name(name))]),
            &body,
        );
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
        dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("cancel"));
        if message::choose(dialog).await == "delete" {
            self.tell(&tr("The secret was not deleted"), client.undefine_secret(uuid).await);
            self.read();
        }
    }

    fn tell(&self, title: &str, result: Result<(), VirtError>) {
        let Err(error) = result else { return };
        let context = errors::Context {
            host: self.core.store().host(self.host).map(|host| host.config.clone()),
            title: Some(title.to_owned()),
            ..errors::Context::default()
        };
        errors::show(&self.window, None, &error, context);
    }
}

#[derive(Clone, Copy)]
enum Act {
    Set,
    Delete,
}

fn read_only(core: &Core, host: HostId) -> bool {
    let store = core.store();
    let host = store.host(host);
    host.is_some_and(|host| host.config.read_only || host.info.as_ref().is_some_and(|info| info.features.read_only))
}
