//! USB devices of this computer, handed over to the guest.

use std::cell::RefCell;
use std::rc::Rc;

use spice_client_glib::{UsbDevice as Device, UsbDeviceManager};

use super::Spice;
use crate::wire::{LONGEST_TEXT, News, UsbDevice};

/// The library's manager, once the server has a channel for devices.
#[derive(Debug, Default)]
pub struct Usb {
    manager: RefCell<Option<UsbDeviceManager>>,
}

/// Names a device in words that end with bus and address, so that no two are the same.
fn named(device: &Device) -> String {
    let description = device.clone().description(None).map(String::from).unwrap_or_default();
    description.chars().take(LONGEST_TEXT).collect()
}

impl Spice {
    fn manager(&self) -> Option<UsbDeviceManager> {
        self.usb.manager.borrow().clone()
    }

    pub(super) fn add_usb(self: &Rc<Self>) {
        if self.manager().is_some() {
            return;
        }
        let manager = match UsbDeviceManager::get(&self.session) {
            Ok(manager) => manager,
            Err(error) => return eprintln!("no USB redirection: {error}"),
        };
        let weak = Rc::downgrade(self);
        let changed = move || {
            if let Some(spice) = weak.upgrade() {
                spice.tell_devices();
            }
        };
        let (added, removed) = (changed.clone(), changed.clone());
        manager.connect_device_added(move |_, _| added());
        manager.connect_device_removed(move |_, _| removed());
        manager.connect_free_channels_notify(move |_| changed());
        let weak = Rc::downgrade(self);
        let failed = move |_: &UsbDeviceManager, device: &Device, error: &glib::Error| {
            if let Some(spice) = weak.upgrade() {
                spice.usb_failed(named(device), error);
            }
        };
        manager.connect_auto_connect_failed(failed.clone());
        manager.connect_device_error(failed);
        manager.set_auto_connect(self.open.usb_auto);
        self.usb.manager.replace(Some(manager));
        self.change_abilities(|abilities| abilities.usb = true);
        self.tell_devices();
    }

    fn usb_failed(&self, id: String, error: &glib::Error) {
        self.tell(News::UsbFailed {
            id,
            error: error.message().to_owned(),
        });
        self.tell_devices();
    }

    fn tell_devices(&self) {
        let Some(manager) = self.manager() else { return };
        let devices = manager.devices().into_iter().map(|device| {
            let connected = manager.is_device_connected(&device);
            let obstacle = manager.can_redirect_device(&device).err().filter(|_| !connected);
            let name = named(&device);
            UsbDevice {
                id: name.clone(),
                name,
                connected,
                obstacle: obstacle.map(|error| error.message().to_owned()),
            }
        });
        self.tell(News::UsbDevices(devices.collect()));
    }

    /// Hands a device to the guest, or takes it back.
    pub(super) fn hand_over(self: &Rc<Self>, id: &str, connect: bool) {
        let Some(manager) = self.manager() else { return };
        let Some(device) = manager.devices().into_iter().find(|device| named(device) == id) else {
            // It was unplugged meanwhile: the list says so.
            return self.tell_devices();
        };
        let (weak, id) = (Rc::downgrade(self), id.to_owned());
        let done = move |result: Result<(), glib::Error>| {
            let Some(spice) = weak.upgrade() else { return };
            match result {
                Ok(()) => spice.tell_devices(),
                Err(error) => spice.usb_failed(id, &error),
            }
        };
        if connect {
            manager.connect_device_async(&device, gio::Cancellable::NONE, done);
        } else {
            manager.disconnect_device_async(&device, gio::Cancellable::NONE, done);
        }
    }
}
