//! A NetworkManager that is played: on the session bus of the test, with one wired device, one wireless, and what a test says
//! becomes of a bridge.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use glib::Variant;
use glib::variant::{ObjectPath, ToVariant};
use gtk4::{gio, glib};

const NAME: &str = "org.freedesktop.NetworkManager";
const INTERFACES: &str = "<node>\
    <interface name='org.freedesktop.NetworkManager'>\
      <method name='GetDevices'><arg type='ao' direction='out'/></method>\
      <method name='CheckpointCreate'><arg type='ao' direction='in'/><arg type='u' direction='in'/>\
        <arg type='u' direction='in'/><arg type='o' direction='out'/></method>\
      <method name='CheckpointDestroy'><arg type='o' direction='in'/></method>\
      <method name='CheckpointRollback'><arg type='o' direction='in'/><arg type='a{su}' direction='out'/></method>\
      <method name='ActivateConnection'><arg type='o' direction='in'/><arg type='o' direction='in'/>\
        <arg type='o' direction='in'/><arg type='o' direction='out'/></method>\
    </interface>\
    <interface name='org.freedesktop.NetworkManager.Settings'>\
      <method name='AddConnection'><arg type='a{sa{sv}}' direction='in'/><arg type='o' direction='out'/></method>\
    </interface>\
    <interface name='org.freedesktop.NetworkManager.Settings.Connection'>\
      <method name='GetSettings'><arg type='a{sa{sv}}' direction='out'/></method>\
    </interface>\
    <interface name='org.freedesktop.NetworkManager.Device'>\
      <property name='Interface' type='s' access='read'/><property name='DeviceType' type='u' access='read'/>\
      <property name='HwAddress' type='s' access='read'/><property name='Managed' type='b' access='read'/>\
      <property name='ActiveConnection' type='o' access='read'/>\
    </interface>\
    <interface name='org.freedesktop.NetworkManager.Connection.Active'>\
      <property name='Id' type='s' access='read'/><property name='Connection' type='o' access='read'/>\
      <property name='Master' type='o' access='read'/><property name='State' type='u' access='read'/>\
    </interface></node>";

pub type Sections = HashMap<String, HashMap<String, Variant>>;

/// What becomes of a bridge that is activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It gets a connection after its port was plugged in.
    Connects,
    /// Nobody answers on the other end.
    Fails,
    /// Adding connections is refused.
    Refuses,
}

/// The manager.
pub struct Manager {
    pub asked: RefCell<Vec<String>>,
    pub added: RefCell<Vec<Sections>>,
    pub checkpoint: RefCell<Option<(u32, u32)>>,
    state: Cell<u32>,
    fate: Fate,
    bus: gio::DBusConnection,
    owner: RefCell<Option<gio::OwnerId>>,
}

pub fn bus() -> gio::DBusConnection {
    let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").expect("a bus of the test");
    let flags = gio::DBusConnectionFlags::AUTHENTICATION_CLIENT | gio::DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
    gio::DBusConnection::for_address_sync(&address, flags, None, gio::Cancellable::NONE).expect("the bus")
}

impl Manager {
    pub fn play(fate: Fate) -> Rc<Self> {
        let bus = bus();
        let manager = Rc::new(Self {
            asked: RefCell::default(),
            added: RefCell::default(),
            checkpoint: RefCell::default(),
            state: Cell::new(1),
            fate,
            bus: bus.clone(),
            owner: RefCell::default(),
        });
        let node = gio::DBusNodeInfo::for_xml(INTERFACES).expect("the interfaces");
        let paths = [
            ("/org/freedesktop/NetworkManager", NAME.to_owned()),
            ("/org/freedesktop/NetworkManager/Settings", format!("{NAME}.Settings")),
            ("/saved/wired", format!("{NAME}.Settings.Connection")),
            ("/device/eth0", format!("{NAME}.Device")),
            ("/device/wlan0", format!("{NAME}.Device")),
            ("/active/wired", format!("{NAME}.Connection.Active")),
            ("/active/bridge", format!("{NAME}.Connection.Active")),
        ];
        for (path, name) in paths {
            let interface = node.lookup_interface(&name).expect("an interface");
            let (calls, properties) = (Rc::downgrade(&manager), Rc::downgrade(&manager));
            bus.register_object(path, &interface)
                .method_call(move |_, _, _, _, method, arguments, invocation| {
                    let Some(manager) = calls.upgrade() else { return };
                    match manager.answer(method, &arguments) {
                        Some(answer) => invocation.return_value(Some(&answer)),
                        None => {
                            invocation.return_dbus_error("org.freedesktop.NetworkManager.Refused", "No permission.")
                        }
                    }
                })
                .property(move |_, _, path, _, name| match properties.upgrade() {
                    Some(manager) => manager.property(path, name),
                    None => String::new().to_variant(),
                })
                .build()
                .expect("registered");
        }
        let owned = Rc::new(Cell::new(false));
        let told = Rc::clone(&owned);
        let owner = gio::bus_own_name_on_connection(
            &bus,
            NAME,
            gio::BusNameOwnerFlags::NONE,
            move |_, _| told.set(true),
            |_, _| {},
        );
        manager.owner.replace(Some(owner));
        crate::support::widgets::until("the name on the bus", || owned.get());
        manager
    }

    pub fn has_asked(&self, what: &str) -> bool {
        self.asked.borrow().iter().any(|asked| asked.starts_with(what))
    }

    fn answer(&self, method: &str, arguments: &Variant) -> Option<Variant> {
        self.asked.borrow_mut().push(format!("{method} {arguments}"));
        let path = |text: &str| ObjectPath::try_from(text.to_owned()).expect("a path");
        Some(match method {
            "GetDevices" => (vec![path("/device/wlan0"), path("/device/eth0")],).to_variant(),
            "GetSettings" => (saved(),).to_variant(),
            "CheckpointCreate" => {
                let (_, seconds, flags): (Vec<ObjectPath>, u32, u32) = arguments.get().expect("its arguments");
                self.checkpoint.replace(Some((seconds, flags)));
                (path("/checkpoint/1"),).to_variant()
            }
            "CheckpointRollback" => (HashMap::<String, u32>::new(),).to_variant(),
            "AddConnection" if self.fate == Fate::Refuses => return None,
            "AddConnection" => {
                let (sections,): (Sections,) = arguments.get().expect("sections");
                self.added.borrow_mut().push(sections);
                (path(&format!("/saved/{}", self.added.borrow().len())),).to_variant()
            }
            "ActivateConnection" => {
                let (_, device, _): (ObjectPath, ObjectPath, ObjectPath) = arguments.get().expect("paths");
                if device.as_str() == "/device/eth0" {
                    self.state.set(if self.fate == Fate::Connects { 2 } else { 4 });
                    self.tell();
                    return Some((path("/active/port"),).to_variant());
                }
                (path("/active/bridge"),).to_variant()
            }
            _ => ().to_variant(),
        })
    }

    fn tell(&self) {
        let changed: HashMap<String, Variant> = HashMap::from([("State".to_owned(), self.state.get().to_variant())]);
        let body = (format!("{NAME}.Connection.Active"), changed, Vec::<String>::new()).to_variant();
        self.bus
            .emit_signal(
                None,
                "/active/bridge",
                "org.freedesktop.DBus.Properties",
                "PropertiesChanged",
                Some(&body),
            )
            .expect("told");
    }

    fn property(&self, path: &str, name: &str) -> Variant {
        let object = |text: &str| ObjectPath::try_from(text.to_owned()).expect("a path").to_variant();
        match (path, name) {
            ("/device/eth0", "Interface") => "eth0".to_variant(),
            ("/device/wlan0", "Interface") => "wlan0".to_variant(),
            ("/device/eth0", "DeviceType") => 1_u32.to_variant(),
            ("/device/wlan0", "DeviceType") => 2_u32.to_variant(),
            (_, "HwAddress") => "52:54:00:AA:BB:CC".to_variant(),
            (_, "Managed") => true.to_variant(),
            ("/device/eth0", "ActiveConnection") => object("/active/wired"),
            ("/active/wired", "Id") => "Wired office".to_variant(),
            ("/active/bridge", "Id") => "br0".to_variant(),
            ("/active/wired", "Connection") => object("/saved/wired"),
            ("/active/bridge", "State") => self.state.get().to_variant(),
            (_, "State") => 2_u32.to_variant(),
            _ => object("/"),
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            gio::bus_unown_name(owner);
        }
        let _ = self.bus.close_sync(gio::Cancellable::NONE);
    }
}

/// The connection of the wired device: with a fixed address and a wire that is spoken to in its own way.
fn saved() -> Sections {
    let section = |values: &[(&str, Variant)]| -> HashMap<String, Variant> {
        values
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect()
    };
    let address = section(&[("address", "192.0.2.7".to_variant()), ("prefix", 24_u32.to_variant())]);
    HashMap::from([
        (
            "connection".to_owned(),
            section(&[
                ("id", "Wired office".to_variant()),
                ("type", "802-3-ethernet".to_variant()),
                ("zone", "work".to_variant()),
            ]),
        ),
        ("802-3-ethernet".to_owned(), section(&[("mtu", 9000_u32.to_variant())])),
        (
            "ipv4".to_owned(),
            section(&[
                ("method", "manual".to_variant()),
                ("address-data", vec![address].to_variant()),
            ]),
        ),
    ])
}
