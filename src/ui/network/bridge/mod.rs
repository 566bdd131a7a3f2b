//! A bridge of the host that machines share a network card with: made through `NetworkManager` where that runs on this
//! computer, else explained with the commands.

mod manager;

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

pub use self::manager::{Device, Failure, Manager};
use crate::i18n::{tr, tr_f};
use crate::model::bridge::{BridgePlan, Caretaker, free_name, name_problem};
use crate::model::error::{Kind, VirtError};
use crate::model::key::HostId;
use crate::model::uri::Uri;
use crate::ui::core::Core;
use crate::ui::widgets::{Tip, name_lists, name_once, set_tip};
use crate::ui::{hardware, message, text};

/// Opens the assistant over `parent`. `known` are the devices that libvirt tells of; `made` gets the name of a bridge that
/// was made.
pub fn open(
    parent: &impl IsA<gtk::Widget>,
    core: &Core,
    host: HostId,
    known: Vec<Device>,
    made: impl Fn(String) + 'static,
) {
    let (parent, core) = (parent.upcast_ref::<gtk::Widget>().clone(), core.clone());
    glib::spawn_future_local(async move {
        let manager = match is_here(&core, host) {
            true => Manager::of_system().await,
            false => None,
        };
        let assistant = Assistant::new(&core, host, manager, known, made).await;
        assistant.window.set_transient_for(message::window_of(&parent).as_ref());
        assistant.window.present();
        // Not on Cancel, which comes first.
        assistant.device.grab_focus();
    });
}

/// Whether the host is this computer: only here its `NetworkManager` can be asked.
fn is_here(core: &Core, host: HostId) -> bool {
    let store = core.store();
    let uri = store.host(host).map(|host| host.config.uri.clone());
    uri.and_then(|uri| Uri::parse(&uri).ok())
        .is_some_and(|uri| !uri.is_remote() && uri.driver != "test")
}

/// The assistant.
pub struct Assistant {
    core: Core,
    window: adw::Window,
    manager: Option<Manager>,
    devices: Vec<Device>,
    taken: Vec<String>,
    device: adw::ComboRow,
    name: adw::EntryRow,
    stp: gtk::Switch,
    problem: gtk::Label,
    what: gtk::Label,
    caretaker: adw::ComboRow,
    commands: gtk::TextView,
    create: gtk::Button,
    host_name: String,
    made: Box<dyn Fn(String)>,
}

impl Assistant {
    /// Builds it: with a manager it makes the bridge itself.
    pub async fn new(
        core: &Core,
        host: HostId,
        manager: Option<Manager>,
        known: Vec<Device>,
        made: impl Fn(String) + 'static,
    ) -> Rc<Self> {
        let devices = match &manager {
            Some(manager) => manager.devices().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "NetworkManager does not tell its devices");
                Vec::new()
            }),
            None => known,
        };
        let host_name = core
            .store()
            .host(host)
            .map(|host| text::name(&host.config.name))
            .unwrap_or_default();
        let taken: Vec<String> = devices.iter().map(|device| device.name.clone()).collect();
        let devices: Vec<Device> = devices.into_iter().filter(|device| !device.is_bridge).collect();
        let this = Rc::new(Self::build(core, host_name, manager, devices, taken, Box::new(made)));
        this.listen();
        this.refresh();
        // The window keeps what it is made of, until it is closed.
        let kept = RefCell::new(Some(Rc::clone(&this)));
        this.window.connect_destroy(move |_| drop(kept.take()));
        this
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> &adw::Window {
        &self.window
    }

    fn build(
        core: &Core,
        host_name: String,
        manager: Option<Manager>,
        devices: Vec<Device>,
        taken: Vec<String>,
        made: Box<dyn Fn(String)>,
    ) -> Self {
        let names: Vec<String> = devices.iter().map(label).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let device = adw::ComboRow::builder()
            .title(tr("Device"))
            .model(&gtk::StringList::new(&names))
            .build();
        let name = adw::EntryRow::builder()
            .title(tr("Name of the bridge"))
            .text(free_name(&taken))
            .build();
        let stp = gtk::Switch::builder().valign(gtk::Align::Center).build();
        let stp_row = adw::ActionRow::builder()
            .title(tr("Spanning tree"))
            .subtitle(tr("Needed only where two bridges lead to the same switch"))
            .activatable_widget(&stp)
            .build();
        stp_row.add_suffix(&stp);
        let rows = adw::PreferencesGroup::new();
        rows.add(&device);
        rows.add(&name);
        rows.add(&stp_row);
        name_lists(&rows, &tr("The bridge"));
        let caretakers: Vec<String> = Caretaker::ALL.into_iter().map(Caretaker::label).collect();
        let caretakers: Vec<&str> = caretakers.iter().map(String::as_str).collect();
        let caretaker = adw::ComboRow::builder()
            .title(tr("Who manages the network there"))
            .model(&gtk::StringList::new(&caretakers))
            .build();
        let commands = gtk::TextView::builder()
            .editable(false)
            .wrap_mode(gtk::WrapMode::WordChar)
            .accepts_tab(false)
            .css_classes(["vireo-code", "monospace"])
            .left_margin(9)
            // Beside the button for copying.
            .right_margin(48)
            .top_margin(9)
            .bottom_margin(9)
            .build();
        commands.update_property(&[gtk::accessible::Property::Label(&tr("Commands"))]);
        let line = |classes: &'static [&'static str]| {
            gtk::Label::builder()
                .css_classes(classes)
                .xalign(0.0)
                .wrap(true)
                .wrap_mode(gtk::pango::WrapMode::WordChar)
                .build()
        };
        let create = gtk::Button::with_mnemonic(&match manager {
            Some(_) => tr("_Make Bridge"),
            None => tr("_Next"),
        });
        create.add_css_class("suggested-action");
        Self {
            core: core.clone(),
            window: window(),
            manager,
            devices,
            taken,
            problem: line(&["error", "caption"]),
            what: line(&[]),
            device,
            name,
            stp,
            caretaker,
            commands,
            create,
            host_name,
            made,
        }
        .assembled(&rows)
    }

    fn assembled(self, rows: &adw::PreferencesGroup) -> Self {
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        let lead = gtk::Label::builder()
            .label(tr("A bridge lets machines stand in the same network as the host, as if they were plugged into the same switch. The device below becomes a port of it, and the host’s own addresses move to the bridge."))
            .wrap(true)
            .xalign(0.0)
            .build();
        column.append(&lead);
        column.append(rows);
        column.append(&self.problem);
        column.append(&self.what);
        if self.manager.is_none() {
            let group = adw::PreferencesGroup::new();
            group.add(&self.caretaker);
            name_lists(&group, &tr("Commands"));
            column.append(&group);
            let copy = gtk::Button::builder()
                .icon_name("edit-copy-symbolic")
                .css_classes(["flat"])
                .halign(gtk::Align::End)
                .valign(gtk::Align::Start)
                .margin_top(6)
                .margin_end(6)
                .build()
                .with_tip(tr("Copy the commands"));
            copy.update_property(&[gtk::accessible::Property::Label(&tr("Copy the commands"))]);
            let buffer = self.commands.buffer();
            copy.connect_clicked(move |button| {
                let text = buffer.text(&buffer.start_iter(), &buffer.end_iter(), false);
                button.clipboard().set_text(&text);
            });
            let over = gtk::Overlay::builder().child(&self.commands).build();
            over.add_overlay(&copy);
            column.append(&over);
            let next = gtk::Label::builder()
                .label(tr("When the bridge is there, go on to a network that uses it."))
                .wrap(true)
                .xalign(0.0)
                .build();
            column.append(&next);
        }
        let clamp = adw::Clamp::builder().maximum_size(680).child(&column).build();
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let cancel = gtk::Button::with_mnemonic(&tr("_Cancel"));
        let weak = self.window.downgrade();
        cancel.connect_clicked(move |_| weak.upgrade().iter().for_each(GtkWindowExt::close));
        let header = adw::HeaderBar::builder()
            .show_end_title_buttons(false)
            .show_start_title_buttons(false)
            .build();
        header.pack_start(&cancel);
        header.pack_end(&self.create);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&scrolled);
        self.window.set_content(Some(&content));
        self
    }

    fn listen(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.device
            .connect_selected_notify(move |_| weak.upgrade().iter().for_each(|this| this.refresh()));
        let weak = Rc::downgrade(self);
        self.name
            .connect_changed(move |_| weak.upgrade().iter().for_each(|this| this.refresh()));
        let weak = Rc::downgrade(self);
        self.caretaker
            .connect_selected_notify(move |_| weak.upgrade().iter().for_each(|this| this.refresh()));
        let weak = Rc::downgrade(self);
        self.stp
            .connect_active_notify(move |_| weak.upgrade().iter().for_each(|this| this.refresh()));
        let weak = Rc::downgrade(self);
        self.create
            .connect_clicked(move |_| weak.upgrade().iter().for_each(Self::make));
    }

    fn chosen(&self) -> Option<&Device> {
        self.devices.get(usize::try_from(self.device.selected()).ok()?)
    }

    fn plan(&self) -> Option<BridgePlan> {
        let device = self.chosen()?;
        Some(BridgePlan {
            bridge: self.name.text().trim().to_owned(),
            port: device.name.clone(),
            mac: device.mac.clone(),
            stp: self.stp.is_active(),
        })
    }

    fn refresh(&self) {
        let plan = self.plan();
        let wrong = plan.as_ref().and_then(|plan| name_problem(&plan.bridge, &self.taken));
        let obstacle = match self.chosen() {
            None => Some(tr("No network device is known that could become a port.")),
            Some(device) => device.obstacle.clone(),
        };
        let said = wrong.or(obstacle);
        self.problem.set_visible(said.is_some());
        self.problem.set_text(said.as_deref().unwrap_or_default());
        self.create.set_sensitive(said.is_none());
        set_tip(&self.create, said.as_deref());
        let caretaker = usize::try_from(self.caretaker.selected())
            .ok()
            .and_then(|at| Caretaker::ALL.get(at).copied())
            .unwrap_or(Caretaker::NetworkManager);
        self.caretaker
            .set_subtitle(&glib::markup_escape_text(&caretaker.sign()));
        self.what.set_text(&match (&self.manager, &plan) {
            (Some(_), Some(plan)) => self.consequences(plan),
            _ => tr_f(
                "Vireo cannot do this by itself on {host}. Run these commands there as its administrator, best at its console: the connection over the device is interrupted. Fixed addresses have to be moved to the bridge by hand.",
                &[("host", &self.host_name)],
            ),
        });
        let text = plan.and_then(|plan| plan.commands(caretaker)).unwrap_or_default();
        let text = text.trim_end();
        let buffer = self.commands.buffer();
        if buffer.text(&buffer.start_iter(), &buffer.end_iter(), false) != text {
            buffer.set_text(text);
        }
    }

    fn consequences(&self, plan: &BridgePlan) -> String {
        let names = [("bridge", plan.bridge.as_str()), ("device", plan.port.as_str())];
        let mut lines = Vec::new();
        match self.chosen().and_then(|device| device.connection.as_deref()) {
            Some(connection) => lines.push(tr_f(
                "{bridge} takes over how the connection “{connection}” gets its addresses, and the hardware address of {device}. The connection itself stays saved and unchanged.",
                &[names[0], names[1], ("connection", &text::one_line(connection, 80))],
            )),
            None => lines.push(tr_f("{bridge} asks for its addresses by DHCP.", &names[..1])),
        }
        lines.push(tr_f(
            "The network of this computer is interrupted for some seconds. If {bridge} has no connection after a minute, everything is put back as it was, even if Vireo is closed meanwhile.",
            &names[..1],
        ));
        lines.push(tr_f(
            "To go back later, delete the connections “{bridge}” and “{bridge} ({device})” in the network settings.",
            &names,
        ));
        lines.join("\n\n")
    }

    fn make(self: &Rc<Self>) {
        let Some(plan) = self.plan() else { return };
        let (Some(manager), Some(device)) = (self.manager.clone(), self.chosen().cloned()) else {
            // The user says that it is there.
            (self.made)(plan.bridge);
            self.window.close();
            return;
        };
        let this = Rc::clone(self);
        self.create.set_sensitive(false);
        self.window.close();
        glib::spawn_future_local(async move {
            let title = tr_f("Making the bridge {name}", &[("name", &plan.bridge)]);
            let failure = Rc::new(RefCell::new(None));
            let (told, wanted) = (Rc::clone(&failure), plan.clone());
            let made = this.core.do_job(&title, |job| async move {
                manager.make(&wanted, &device, &job).await.map_err(|failed: Failure| {
                    let kind = if job.is_cancelled() {
                        Kind::Cancelled
                    } else {
                        Kind::Other
                    };
                    let error = VirtError::own(kind, "make bridge", failed.reason.clone());
                    told.replace(Some(failed));
                    error
                })
            });
            match made.await {
                Ok(()) => (this.made)(plan.bridge),
                Err(_) => {
                    if let Some(failed) = failure.take() {
                        this.tell(&failed);
                    }
                }
            }
        });
    }

    fn tell(&self, failed: &Failure) {
        let state = match failed.restored {
            true => tr("The network is as it was before."),
            false => tr("NetworkManager puts the network back by itself within a minute and a half."),
        };
        let parent = self.window.transient_for();
        let body = format!("{}\n\n{state}", failed.reason);
        let dialog = adw::MessageDialog::new(parent.as_ref(), Some(&tr("There is no bridge")), Some(&body));
        dialog.add_responses(&[("close", &tr("_Close"))]);
        dialog.present();
    }
}

fn window() -> adw::Window {
    let window = adw::Window::builder()
        .title(tr("Host Bridge"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(620)
        .default_height(640)
        .width_request(360)
        .height_request(360)
        .build();
    hardware::add::escape(&window);
    window.connect_map(name_once);
    window
}

fn label(device: &Device) -> String {
    match (&device.connection, &device.obstacle) {
        (_, Some(obstacle)) => format!("{} – {obstacle}", device.name),
        (Some(connection), None) => format!("{} – {}", device.name, text::one_line(connection, 60)),
        (None, None) => device.name.clone(),
    }
}
