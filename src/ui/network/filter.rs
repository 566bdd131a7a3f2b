//! A packet filter: its rules as XML, and on which interfaces it is at work.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::reading::Reading;
use super::settings::lock_of;
use super::sheet::Sheet;
use super::{Pane, applying};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::key::HostId;
use crate::model::network::FilterBinding;
use crate::model::schema::DocumentKind;
use crate::ui::core::Core;
use crate::ui::widgets::Tip;
use crate::ui::{message, text};

/// The page of one filter.
pub(super) struct FilterPane {
    core: Core,
    host: HostId,
    name: String,
    uuid: Cell<Option<Uuid>>,
    root: gtk::Box,
    users: gtk::Label,
    delete: gtk::Button,
    sheet: Rc<Sheet>,
    bindings: RefCell<Vec<FilterBinding>>,
}

impl FilterPane {
    /// The page of the filter with this name.
    pub(super) fn new(core: &Core, host: HostId, name: &str) -> Rc<Self> {
        Rc::new_cyclic(|weak: &Weak<Self>| {
            let of_sheet = weak.clone();
            let sheet = Sheet::new(DocumentKind::NwFilter, move |_, edited| {
                if let Some(pane) = of_sheet.upgrade() {
                    pane.apply(edited);
                }
            });
            let users = gtk::Label::builder()
                .xalign(0.0)
                .wrap(true)
                .wrap_mode(gtk::pango::WrapMode::WordChar)
                .margin_start(12)
                .margin_end(12)
                .margin_top(6)
                .margin_bottom(9)
                .build();
            let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
            root.append(&users);
            root.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
            root.append(sheet.widget());
            let delete = gtk::Button::builder()
                .icon_name("user-trash-symbolic")
                .build()
                .with_tip(tr("Delete the filter…"));
            delete.update_property(&[gtk::accessible::Property::Label(&tr("Delete the filter…"))]);
            let of_delete = weak.clone();
            delete.connect_clicked(move |_| {
                if let Some(pane) = of_delete.upgrade() {
                    pane.ask_delete();
                }
            });
            Self {
                core: core.clone(),
                host,
                name: name.to_owned(),
                uuid: Cell::new(None),
                root,
                users,
                delete,
                sheet,
                bindings: RefCell::default(),
            }
        })
    }

    fn read(self: &Rc<Self>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let weak = Rc::downgrade(self);
        let name = self.name.clone();
        glib::spawn_future_local(async move {
            let filters = client.filters().await.unwrap_or_default();
            let Some(found) = filters.into_iter().find(|filter| filter.name == name) else {
                return;
            };
            let xml = client.filter_xml(found.uuid).await;
            let bindings = client.filter_bindings().await.unwrap_or_default();
            let Some(this) = weak.upgrade() else { return };
            this.uuid.set(Some(found.uuid));
            if let Ok(xml) = xml {
                this.sheet.follow(&xml);
            }
            this.bindings
                .replace(bindings.into_iter().filter(|binding| binding.filter == name).collect());
            this.show_users();
        });
    }

    fn show_users(&self) {
        let bindings = self.bindings.borrow();
        let at = |binding: &FilterBinding| match &binding.machine {
            Some(machine) => format!("{} ({})", text::name(machine), binding.device),
            None => binding.device.clone(),
        };
        let names: Vec<String> = bindings.iter().map(at).collect();
        self.users.set_text(&match names.len() {
            0 => tr("At work on no interface. Machines get a filter on the page of their network card."),
            count => tr_n(
                "At work on {n} interface: {names}",
                "At work on {n} interfaces: {names}",
                count,
                &[("names", &text::one_line(&names.join(", "), 600))],
            ),
        });
    }

    fn apply(self: &Rc<Self>, edited: String) {
        let (Some(client), Some(uuid)) = (self.core.client(self.host), self.uuid.get()) else {
            return self.sheet.applied(false);
        };
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let defined = client.define_filter(edited, Some(uuid)).await;
            this.sheet.applied(defined.is_ok());
            match defined {
                Ok(_) => this.read(),
                Err(error) => {
                    let title = tr("The changes were not applied");
                    applying::tell_error(&this.root, &this.core, this.host, &title, &error);
                }
            }
        });
    }

    fn ask_delete(self: &Rc<Self>) {
        let (Some(client), Some(uuid)) = (self.core.client(self.host), self.uuid.get()) else {
            return;
        };
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let name = text::name(&this.name);
            let dialog = message::dialog(
                &this.root,
                &tr_f("Delete the packet filter {name}?", &[("name", &name)]),
                &tr("A machine whose network card names it cannot start without it."),
            );
            dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
            dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
            dialog.set_close_response("cancel");
            dialog.set_default_response(Some("cancel"));
            if message::choose(dialog).await != "delete" {
                return;
            }
            let title = tr_f("{name} was not deleted", &[("name", &name)]);
            match client.undefine_filter(uuid).await {
                // libvirt tells no news of filters.
                Ok(()) => {
                    if let Err(error) = this.root.activate_action("networks.refresh", None) {
                        tracing::debug!(%error, "the page is gone");
                    }
                }
                Err(error) => applying::tell_error(&this.root, &this.core, this.host, &title, &error),
            }
        });
    }
}

impl Pane for Rc<FilterPane> {
    fn widget(&self) -> gtk::Widget {
        self.root.clone().upcast()
    }

    fn title(&self) -> String {
        text::name(&self.name)
    }

    fn tools(&self) -> Option<gtk::Widget> {
        Some(self.delete.clone().upcast())
    }

    fn show(&self, _reading: &Reading) {
        let locked = lock_of(&self.core, self.host).is_some();
        self.sheet.set_locked(locked);
        self.delete.set_sensitive(!locked);
        self.read();
    }
}

/// What a new filter begins with.
const TEMPLATE: &str = "<filter name='NAME' chain='root'>\n  \
    <!-- No spoofed addresses; then what else a machine may send and receive. -->\n  \
    <filterref filter='clean-traffic'/>\n  \
    <rule action='accept' direction='inout' priority='500'>\n    <all/>\n  </rule>\n</filter>\n";

/// Asks for a name and makes a filter with it that lets everything but spoofed addresses through; `made` gets the name.
pub(super) async fn create(parent: &gtk::Widget, core: &Core, host: HostId, made: impl Fn(String)) {
    let Some(client) = core.client(host) else { return };
    let dialog = message::dialog(
        parent,
        &tr("New packet filter"),
        &tr("It begins with rules that let everything through but spoofed addresses."),
    );
    let entry = gtk::Entry::builder().activates_default(true).build();
    entry.set_placeholder_text(Some(&tr("Name")));
    entry.update_property(&[gtk::accessible::Property::Label(&tr("Name"))]);
    dialog.set_extra_child(Some(&entry));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("create", &tr("_Create"))]);
    dialog.set_response_appearance("create", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("create"));
    message::allow(&dialog, "create", false);
    let weak = dialog.downgrade();
    entry.connect_changed(move |entry| {
        if let Some(dialog) = weak.upgrade() {
            message::allow(&dialog, "create", !entry.text().trim().is_empty());
        }
    });
    if message::choose(dialog).await != "create" {
        return;
    }
    let name = entry.text().trim().to_owned();
    let xml = TEMPLATE.replace("NAME", &crate::model::xml::escape(&name));
    match client.define_filter(xml, None).await {
        Ok(_) => made(name),
        Err(error) => applying::tell_error(parent, core, host, &tr("The filter was not created"), &error),
    }
}
