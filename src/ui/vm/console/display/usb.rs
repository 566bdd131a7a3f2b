//! The window with the USB devices of this computer, each with a switch that hands it to the guest.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use relm4::{adw, gtk};

use super::line::Line;
use crate::i18n::tr;
use crate::model::display::wire::{Request, UsbDevice};
use crate::model::key::DomainKey;
use crate::model::settings::Settings;
use crate::ui::{message, text};

/// What is known of the devices, and the window while it is open.
#[derive(Clone)]
pub struct Usb(Rc<Inner>);

struct Inner {
    line: Line,
    devices: RefCell<Vec<UsbDevice>>,
    group: RefCell<Option<adw::PreferencesGroup>>,
    rows: RefCell<Vec<adw::ActionRow>>,
    toasts: RefCell<Option<adw::PreferencesWindow>>,
    /// Our own changes of switches are no wishes.
    quiet: Cell<bool>,
}

impl Usb {
    /// Nothing is known yet.
    pub fn new(line: Line) -> Self {
        Self(Rc::new(Inner {
            line,
            devices: RefCell::default(),
            group: RefCell::default(),
            rows: RefCell::default(),
            toasts: RefCell::default(),
            quiet: Cell::default(),
        }))
    }

    /// These are the devices of this computer now.
    pub fn set_devices(&self, devices: Vec<UsbDevice>) {
        self.0.devices.replace(devices);
        self.fill();
    }

    /// A device could not be handed over or taken back.
    pub fn failed(&self, id: &str, reason: &str) {
        tracing::warn!(id, reason, "a USB device was not handed over");
        if let Some(window) = self.0.toasts.borrow().as_ref() {
            window.add_toast(super::hearing::toast(&text::one_line(reason, 200)));
        }
        self.fill();
    }

    /// Opens the window over that of `parent`.
    pub fn show(&self, parent: &impl IsA<gtk::Widget>, settings: &Settings, key: DomainKey) {
        let window = adw::PreferencesWindow::builder()
            .title(tr("USB Devices"))
            .modal(true)
            .destroy_with_parent(true)
            .search_enabled(false)
            .default_width(460)
            .default_height(480)
            .build();
        window.set_transient_for(message::window_of(parent).as_ref());
        let page = adw::PreferencesPage::new();
        let group = adw::PreferencesGroup::builder()
            .title(tr("Devices of This Computer"))
            .description(tr("A device that the guest has can't be used here meanwhile"))
            .build();
        page.add(&group);
        page.add(&automatic(settings, key));
        window.add(&page);
        self.0.rows.borrow_mut().clear();
        self.0.group.replace(Some(group));
        self.0.toasts.replace(Some(window.clone()));
        let weak = Rc::downgrade(&self.0);
        window.connect_close_request(move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.group.take();
                inner.toasts.take();
                inner.rows.borrow_mut().clear();
            }
            gtk::glib::Propagation::Proceed
        });
        self.fill();
        window.present();
    }

    fn fill(&self) {
        let inner = &self.0;
        let Some(group) = inner.group.borrow().clone() else {
            return;
        };
        inner.quiet.set(true);
        for row in inner.rows.borrow_mut().drain(..) {
            group.remove(&row);
        }
        let devices = inner.devices.borrow().clone();
        let mut rows: Vec<adw::ActionRow> = devices.iter().map(|device| self.row(device)).collect();
        if rows.is_empty() {
            rows.push(
                adw::ActionRow::builder()
                    .title(tr("No devices are plugged in"))
                    .sensitive(false)
                    .build(),
            );
        }
        for row in &rows {
            group.add(row);
        }
        inner.rows.replace(rows);
        inner.quiet.set(false);
    }

    fn row(&self, device: &UsbDevice) -> adw::ActionRow {
        let switch = gtk::Switch::builder()
            .valign(gtk::Align::Center)
            .active(device.connected)
            .sensitive(device.obstacle.is_none())
            .build();
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .activatable_widget(&switch)
            .build();
        row.set_title(&text::one_line(&device.name, 120));
        if let Some(obstacle) = &device.obstacle {
            row.set_subtitle(&text::one_line(obstacle, 200));
        }
        row.add_suffix(&switch);
        let (weak, id) = (Rc::downgrade(&self.0), device.id.clone());
        switch.connect_active_notify(move |switch| {
            if let Some(inner) = weak.upgrade().filter(|inner| !inner.quiet.get()) {
                let id = id.clone();
                let connect = switch.is_active();
                inner.line.send(Request::Usb { id, connect });
            }
        });
        row
    }
}

fn automatic(settings: &Settings, key: DomainKey) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::new();
    let switch = gtk::Switch::builder()
        .valign(gtk::Align::Center)
        .active(settings.console_settings(key).usb_auto)
        .build();
    let row = adw::ActionRow::builder()
        .title(tr("Hand over new devices"))
        .subtitle(tr("As they are plugged in, from the next connection on"))
        .activatable_widget(&switch)
        .build();
    row.add_suffix(&switch);
    let settings = settings.clone();
    switch.connect_active_notify(move |switch| {
        settings.change_console_settings(key, |own| own.usb_auto = switch.is_active());
    });
    group.add(&row);
    group
}
