//! A new network: the form of one that is there, with values that fit the host, and what is to happen with it afterwards.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::applying;
use super::settings::Settings;
use crate::i18n::tr;
use crate::model::error::VirtError;
use crate::model::key::HostId;
use crate::model::network::{FormFacts, ForwardMode, NetworkDetails, NetworkDraft, new_network};
use crate::ui::core::Core;
use crate::ui::widgets::{name_lists, name_once, set_tip};
use crate::ui::xml::Excerpt;
use crate::ui::{hardware, message};

/// Opens the window over `parent`. `bridge` is a bridge of the host that the network is to use.
pub(super) fn open(
    parent: &impl IsA<gtk::Widget>,
    core: &Core,
    host: HostId,
    facts: FormFacts,
    bridge: Option<String>,
    made: impl Fn(String) + 'static,
) {
    let parent = parent.upcast_ref::<gtk::Widget>().clone();
    let core = core.clone();
    glib::spawn_future_local(async move {
        let Some(client) = core.client(host) else { return };
        let around = client.network_surroundings().await.unwrap_or_default();
        let draft = NetworkDraft {
            name: bridge
                .clone()
                .filter(|name| around.networks.iter().all(|other| other.name != *name)),
            mode: if bridge.is_some() {
                ForwardMode::Bridge
            } else {
                ForwardMode::Nat
            },
            ipv4: true,
            ipv6: false,
            dhcp: true,
        };
        let mut details = new_network(&draft, &around);
        if bridge.is_some() {
            details.bridge.name = bridge;
        }
        let window = Window::new(&parent, &core, host, made);
        window.settings.set_surroundings(facts, around);
        window.settings.begin(details);
        window.window.present();
        // Not on Cancel, which comes first.
        window.settings.widget().child_focus(gtk::DirectionType::TabForward);
    });
}

/// The window.
struct Window {
    core: Core,
    host: HostId,
    window: adw::Window,
    settings: Rc<Settings>,
    start: gtk::Switch,
    autostart: gtk::Switch,
    create: gtk::Button,
    made: Box<dyn Fn(String)>,
}

impl Window {
    fn new(parent: &gtk::Widget, core: &Core, host: HostId, made: impl Fn(String) + 'static) -> Rc<Self> {
        let window = adw::Window::builder()
            .title(tr("New Network"))
            .modal(true)
            .destroy_with_parent(true)
            .default_width(720)
            .default_height(720)
            .width_request(360)
            .height_request(360)
            .build();
        window.set_transient_for(message::window_of(parent).as_ref());
        let create = gtk::Button::with_mnemonic(&tr("_Create"));
        create.add_css_class("suggested-action");
        let xml = Rc::new(Excerpt::new(&tr("Definition of the network")));
        let stack = adw::ViewStack::new();
        let (button, weak_window) = (create.downgrade(), window.downgrade());
        let settings = Settings::new(core, host, None, move |obstacle| {
            if let (Some(button), Some(_)) = (button.upgrade(), weak_window.upgrade()) {
                button.set_sensitive(obstacle.is_none());
                set_tip(&button, obstacle.as_deref());
            }
        });
        let (start, autostart) = (switch(true), switch(true));
        let after = adw::PreferencesGroup::builder()
            .margin_start(12)
            .margin_end(12)
            .margin_bottom(12)
            .build();
        after.add(&switch_row(&tr("Start it now"), &start));
        after.add(&switch_row(&tr("Start it with the host"), &autostart));
        name_lists(&after, &tr("Afterwards"));
        let clamp = adw::Clamp::builder()
            .maximum_size(760)
            .tightening_threshold(560)
            .child(&after)
            .build();
        let form = gtk::Box::new(gtk::Orientation::Vertical, 0);
        form.append(settings.widget());
        form.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        clamp.set_margin_top(12);
        form.append(&clamp);
        stack
            .add_titled(&form, Some("form"), &tr("Settings"))
            .set_icon_name(Some("network-workgroup-symbolic"));
        let text = gtk::ScrolledWindow::builder()
            .child(xml.widget())
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        stack
            .add_titled(&text, Some("xml"), &tr("XML"))
            .set_icon_name(Some("vireo-xml-symbolic"));
        stack.set_vexpand(true);
        let weak = Rc::downgrade(&settings);
        stack.connect_visible_child_notify(move |stack| {
            let text = weak.upgrade().and_then(|settings| settings.edited_xml());
            if let Some(text) = text.filter(|_| stack.visible_child_name().as_deref() == Some("xml")) {
                xml.show(&text);
            }
        });
        let header = adw::HeaderBar::builder()
            .title_widget(
                &adw::ViewSwitcher::builder()
                    .stack(&stack)
                    .policy(adw::ViewSwitcherPolicy::Wide)
                    .build(),
            )
            .show_end_title_buttons(false)
            .show_start_title_buttons(false)
            .build();
        let cancel = gtk::Button::with_mnemonic(&tr("_Cancel"));
        header.pack_start(&cancel);
        header.pack_end(&create);
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
            settings,
            start,
            autostart,
            create,
            made: Box::new(made),
        });
        let weak = this.window.downgrade();
        cancel.connect_clicked(move |_| weak.upgrade().iter().for_each(GtkWindowExt::close));
        // The window keeps what it is made of, until it is closed.
        let kept = std::cell::RefCell::new(Some(Rc::clone(&this)));
        let weak = Rc::downgrade(&this);
        this.create.connect_clicked(move |_| {
            if let Some(this) = weak.upgrade() {
                this.make();
            }
        });
        this.window.connect_destroy(move |_| drop(kept.take()));
        this
    }

    fn make(self: &Rc<Self>) {
        let (Some(client), Some(xml)) = (self.core.client(self.host), self.settings.edited_xml()) else {
            return;
        };
        let name = NetworkDetails::parse(&xml)
            .map(|details| details.name)
            .unwrap_or_default();
        self.create.set_sensitive(false);
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let uuid = match client.define_network(xml, true).await {
                Ok(uuid) => uuid,
                Err(error) => {
                    this.create.set_sensitive(true);
                    let title = tr("The network was not created");
                    return applying::tell_error(&this.window, &this.core, this.host, &title, &error);
                }
            };
            let (start, autostart) = (this.start.is_active(), this.autostart.is_active());
            let parent = this.window.transient_for();
            this.window.close();
            (this.made)(name);
            let rest = async {
                if autostart {
                    client.set_network_autostart(uuid, true).await?;
                }
                if start {
                    client.start_network(uuid).await?;
                }
                Ok::<(), VirtError>(())
            };
            if let (Err(error), Some(parent)) = (rest.await, parent) {
                let title = tr("The network was created but not started");
                applying::tell_error(&parent, &this.core, this.host, &title, &error);
            }
        });
    }
}

fn switch(active: bool) -> gtk::Switch {
    gtk::Switch::builder().active(active).valign(gtk::Align::Center).build()
}

fn switch_row(title: &str, switch: &gtk::Switch) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(title)
        .activatable_widget(switch)
        .build();
    row.add_suffix(switch);
    row
}
