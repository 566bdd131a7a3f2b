//! `NetworkManager` over D-Bus: which devices there are, and making a bridge of one, all of which is taken back where it does
//! not get a connection. It is asked for a checkpoint first, which it undoes by itself when nobody says that all is well: also
//! when this program or the whole session dies meanwhile.

use std::collections::HashMap;
use std::time::Duration;

use glib::Variant;
use glib::variant::{FromVariant, ObjectPath, ToVariant};

use crate::i18n::{tr, tr_f};
use crate::model::bridge::{BridgePlan, mac_bytes};
use crate::model::job::Job;

const NAME: &str = "org.freedesktop.NetworkManager";
const ROOT: &str = "/org/freedesktop/NetworkManager";
const DEVICE: &str = "org.freedesktop.NetworkManager.Device";
const ACTIVE: &str = "org.freedesktop.NetworkManager.Connection.Active";
const CONNECTION: &str = "org.freedesktop.NetworkManager.Settings.Connection";
const SETTINGS: &str = "org.freedesktop.NetworkManager.Settings";
const SETTINGS_PATH: &str = "/org/freedesktop/NetworkManager/Settings";

/// Every answer comes within this, or not at all. Polkit may ask the user first.
const PATIENCE_MS: i32 = 60_000;
/// `NetworkManager` takes everything back after this many seconds.
const ROLLBACK_S: u32 = 90;
/// New connections go, and devices that came with them are cut off.
const DELETE_NEW_CONNECTIONS: u32 = 2;
const DISCONNECT_NEW_DEVICES: u32 = 4;

const ETHERNET: u32 = 1;
const WIFI: u32 = 2;
const BOND: u32 = 10;
const VLAN: u32 = 11;
const BRIDGE: u32 = 13;
const TEAM: u32 = 15;

const ACTIVATED: u32 = 2;
const DEACTIVATING: u32 = 3;

type Section = HashMap<String, Variant>;
/// A connection as `NetworkManager` describes it: sections of values.
type Sections = HashMap<String, Section>;

/// A network device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    path: String,
    /// Name.
    pub name: String,
    /// Hardware address.
    pub mac: Option<String>,
    /// It has a connection now.
    pub active: bool,
    /// Name of that connection.
    pub connection: Option<String>,
    saved: Option<String>,
    /// Why it cannot be the port of a bridge.
    pub obstacle: Option<String>,
    /// It is a bridge itself.
    pub is_bridge: bool,
}

impl Device {
    /// A device that libvirt tells of, where no `NetworkManager` can be asked.
    #[must_use]
    pub fn known(name: &str, mac: Option<&str>, kind: &str) -> Self {
        Self {
            path: String::new(),
            name: name.to_owned(),
            mac: mac.map(str::to_owned),
            active: false,
            connection: None,
            saved: None,
            obstacle: None,
            is_bridge: kind == "bridge",
        }
    }
}

/// The door to `NetworkManager`.
#[derive(Debug, Clone)]
pub struct Manager {
    bus: gio::DBusConnection,
}

type Answer<T> = Result<T, glib::Error>;

/// Why there is no bridge.
#[derive(Debug, Clone)]
pub struct Failure {
    /// A sentence.
    pub reason: String,
    /// Everything is as it was before. Else `NetworkManager` will do that by itself.
    pub restored: bool,
}

impl Manager {
    /// That of this computer; `None` where none runs.
    pub async fn of_system() -> Option<Self> {
        // Where a bus is missing, somebody else manages the network.
        let bus = gio::bus_get_future(gio::BusType::System).await.ok()?;
        Self::on(bus).await
    }

    /// That on a bus; `None` where none runs.
    pub async fn on(bus: gio::DBusConnection) -> Option<Self> {
        let owned = bus
            .call_future(
                Some("org.freedesktop.DBus"),
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "NameHasOwner",
                Some(&(NAME,).to_variant()),
                None,
                gio::DBusCallFlags::NONE,
                PATIENCE_MS,
            )
            .await;
        let owned: bool = owned.ok()?.get::<(bool,)>()?.0;
        owned.then_some(Self { bus })
    }

    async fn call(&self, path: &str, interface: &str, method: &str, arguments: Variant) -> Answer<Variant> {
        self.bus
            .call_future(
                Some(NAME),
                path,
                interface,
                method,
                Some(&arguments),
                None,
                gio::DBusCallFlags::ALLOW_INTERACTIVE_AUTHORIZATION,
                PATIENCE_MS,
            )
            .await
    }

    async fn properties(&self, path: &str, interface: &str) -> Answer<Section> {
        let answer = self
            .call(
                path,
                "org.freedesktop.DBus.Properties",
                "GetAll",
                (interface,).to_variant(),
            )
            .await?;
        Ok(answer.get::<(Section,)>().map(|(all,)| all).unwrap_or_default())
    }

    /// The devices that could be ports of a bridge or that say why not; those that nobody would think of are left out.
    ///
    /// # Errors
    /// What `NetworkManager` says.
    pub async fn devices(&self) -> Answer<Vec<Device>> {
        let answer = self.call(ROOT, NAME, "GetDevices", ().to_variant()).await?;
        let paths: Vec<ObjectPath> = answer.get::<(Vec<ObjectPath>,)>().map(|(all,)| all).unwrap_or_default();
        let mut devices = Vec::new();
        for path in paths {
            // A device may go while others are asked.
            if let Ok(properties) = self.properties(path.as_str(), DEVICE).await {
                devices.extend(self.device(path.as_str(), &properties).await);
            }
        }
        devices.sort_by(|a, b| {
            (a.obstacle.is_some(), !a.active, &a.name).cmp(&(b.obstacle.is_some(), !b.active, &b.name))
        });
        Ok(devices)
    }

    async fn device(&self, path: &str, properties: &Section) -> Option<Device> {
        let kind: u32 = value(properties, "DeviceType")?;
        let mut device = Device {
            path: path.to_owned(),
            name: value(properties, "Interface")?,
            mac: value::<String>(properties, "HwAddress").filter(|mac| mac_bytes(mac).is_some()),
            active: false,
            connection: None,
            saved: None,
            obstacle: None,
            is_bridge: kind == BRIDGE,
        };
        device.obstacle = match kind {
            ETHERNET | BOND | VLAN | TEAM => None,
            WIFI => Some(tr("A wireless device cannot be the port of a bridge.")),
            BRIDGE => Some(tr("It is a bridge already.")),
            _ => return None,
        };
        if value(properties, "Managed") == Some(false) {
            device.obstacle = Some(tr("NetworkManager leaves this device alone."));
        }
        let active = value::<ObjectPath>(properties, "ActiveConnection").filter(|active| active.as_str() != "/");
        if let Some(active) = active {
            device.active = true;
            let about = self.properties(active.as_str(), ACTIVE).await.unwrap_or_default();
            device.connection = value(&about, "Id");
            device.saved = value::<ObjectPath>(&about, "Connection").map(|path| path.as_str().to_owned());
            let port_of = value::<ObjectPath>(&about, "Master").filter(|master| master.as_str() != "/");
            if port_of.is_some() && device.obstacle.is_none() {
                device.obstacle = Some(tr("It is the port of another device already."));
            }
        }
        Some(device)
    }

    /// Makes a bridge with a device as its port, and waits until it has a connection. Where anything goes wrong, or the job is
    /// cancelled, all is as before.
    ///
    /// # Errors
    /// Why there is no bridge.
    pub async fn make(&self, plan: &BridgePlan, device: &Device, job: &Job) -> Result<(), Failure> {
        job.stage(tr("Noting how the network is now"));
        let kept = self.sections(device).await.map_err(|error| untouched(&error))?;
        if kept.contains_key("802-1x") {
            return Err(Failure {
                reason: tr(
                    "The connection of this device logs in with 802.1X, which cannot be carried over to a bridge.",
                ),
                restored: true,
            });
        }
        let flags = DELETE_NEW_CONNECTIONS | DISCONNECT_NEW_DEVICES;
        let everything: Vec<ObjectPath> = Vec::new();
        let checkpoint = self
            .call(
                ROOT,
                NAME,
                "CheckpointCreate",
                (everything, ROLLBACK_S, flags).to_variant(),
            )
            .await
            .map_err(|error| untouched(&error))?;
        let Some((checkpoint,)) = checkpoint.get::<(ObjectPath,)>() else {
            return Err(untouched(&odd("CheckpointCreate")));
        };
        match self.build(plan, device, &kept, job).await {
            Ok(()) => {
                // Once the bridge works, a checkpoint that cannot be ended would only take it away again.
                let ended = self
                    .call(ROOT, NAME, "CheckpointDestroy", (checkpoint.clone(),).to_variant())
                    .await;
                match ended {
                    Ok(_) => Ok(()),
                    Err(error) => Err(self.restore(&checkpoint, &message(&error)).await),
                }
            }
            Err(reason) => {
                job.stage(tr("Putting the network back as it was"));
                Err(self.restore(&checkpoint, &reason).await)
            }
        }
    }

    async fn restore(&self, checkpoint: &ObjectPath, reason: &str) -> Failure {
        let back = self
            .call(ROOT, NAME, "CheckpointRollback", (checkpoint.clone(),).to_variant())
            .await;
        if let Err(error) = &back {
            tracing::warn!(%error, "the network was not put back; NetworkManager does so by itself");
        }
        Failure {
            reason: reason.to_owned(),
            restored: back.is_ok(),
        }
    }

    async fn sections(&self, device: &Device) -> Answer<Sections> {
        let Some(saved) = &device.saved else {
            return Ok(Sections::new());
        };
        let answer = self.call(saved, CONNECTION, "GetSettings", ().to_variant()).await?;
        answer
            .get::<(Sections,)>()
            .map(|(all,)| all)
            .ok_or_else(|| odd("GetSettings"))
    }

    async fn build(&self, plan: &BridgePlan, device: &Device, kept: &Sections, job: &Job) -> Result<(), String> {
        let cancelled = || tr("It was cancelled.");
        let check = || if job.is_cancelled() { Err(cancelled()) } else { Ok(()) };
        let said = |error: glib::Error| message(&error);
        job.stage(tr_f("Making the bridge {name}", &[("name", &plan.bridge)]));
        let identity = uuid::Uuid::new_v4().to_string();
        let bridge = self.add(&bridge_sections(plan, kept, &identity)).await.map_err(said)?;
        let port = self.add(&port_sections(plan, kept, &identity)).await.map_err(said)?;
        check()?;
        job.stage(tr_f("Plugging {device} into it", &[("device", &device.name)]));
        let active = self.activate(&bridge, "/").await.map_err(said)?;
        self.activate(&port, &device.path).await.map_err(said)?;
        check()?;
        job.stage(tr("Waiting for the bridge’s connection"));
        self.wait_for(&active, job).await
    }

    async fn add(&self, sections: &Sections) -> Answer<String> {
        let answer = self
            .call(SETTINGS_PATH, SETTINGS, "AddConnection", (sections,).to_variant())
            .await?;
        answer
            .get::<(ObjectPath,)>()
            .map(|(path,)| path.as_str().to_owned())
            .ok_or_else(|| odd("AddConnection"))
    }

    async fn activate(&self, connection: &str, device: &str) -> Answer<String> {
        let path = |text: &str| ObjectPath::try_from(text.to_owned()).map_err(|_| odd("ActivateConnection"));
        let arguments = (path(connection)?, path(device)?, path("/")?).to_variant();
        let answer = self.call(ROOT, NAME, "ActivateConnection", arguments).await?;
        answer
            .get::<(ObjectPath,)>()
            .map(|(path,)| path.as_str().to_owned())
            .ok_or_else(|| odd("ActivateConnection"))
    }

    /// Waits until a connection is there. It has as long as the checkpoint, less what undoing takes.
    async fn wait_for(&self, active: &str, job: &Job) -> Result<(), String> {
        let (told, news) = async_channel::unbounded();
        let subscription = self.bus.subscribe_to_signal(
            Some(NAME),
            Some("org.freedesktop.DBus.Properties"),
            Some("PropertiesChanged"),
            Some(active),
            Some(ACTIVE),
            gio::DBusSignalFlags::NONE,
            move |_| {
                let _ = told.try_send(());
            },
        );
        let wait = async {
            loop {
                if job.is_cancelled() {
                    return Err(tr("It was cancelled."));
                }
                let about = self.properties(active, ACTIVE).await.map_err(|error| message(&error))?;
                match value::<u32>(&about, "State") {
                    Some(ACTIVATED) => return Ok(()),
                    Some(state) if state >= DEACTIVATING => {
                        return Err(tr("The bridge got no connection: nobody answered on the other end."));
                    }
                    _ => {}
                }
                // Also looks whether the job was cancelled meanwhile.
                let _ = glib::future_with_timeout(Duration::from_millis(500), news.recv()).await;
            }
        };
        let limit = Duration::from_secs(u64::from(ROLLBACK_S) - 30);
        let waited = glib::future_with_timeout(limit, wait).await;
        drop(subscription);
        waited.unwrap_or_else(|_| Err(tr("The bridge got no connection in time.")))
    }
}

fn value<T: FromVariant>(section: &Section, key: &str) -> Option<T> {
    section.get(key)?.get()
}

fn text(text: &str) -> Variant {
    text.to_variant()
}

/// The bridge's connection: how the device got its addresses is how the bridge gets them.
fn bridge_sections(plan: &BridgePlan, kept: &Sections, identity: &str) -> Sections {
    let mut connection = Section::from([
        ("id".to_owned(), text(&plan.bridge)),
        ("uuid".to_owned(), text(identity)),
        ("type".to_owned(), text("bridge")),
        ("interface-name".to_owned(), text(&plan.bridge)),
        ("autoconnect".to_owned(), true.to_variant()),
        // Ports come up with it.
        ("autoconnect-slaves".to_owned(), 1_i32.to_variant()),
    ]);
    for key in ["zone", "metered", "dns-over-tls", "mdns", "llmnr"] {
        if let Some(value) = kept.get("connection").and_then(|old| old.get(key)) {
            connection.insert(key.to_owned(), value.clone());
        }
    }
    let mut bridge = Section::from([("stp".to_owned(), plan.stp.to_variant())]);
    if let Some(mac) = plan.mac.as_deref().and_then(mac_bytes) {
        bridge.insert("mac-address".to_owned(), mac.to_variant());
    }
    let automatic = || Section::from([("method".to_owned(), text("auto"))]);
    let mut sections = Sections::from([("connection".to_owned(), connection), ("bridge".to_owned(), bridge)]);
    for family in ["ipv4", "ipv6"] {
        let addresses = kept.get(family).cloned().unwrap_or_else(automatic);
        sections.insert(family.to_owned(), addresses);
    }
    if let Some(proxy) = kept.get("proxy") {
        sections.insert("proxy".to_owned(), proxy.clone());
    }
    sections
}

/// The port's connection: what the device's own says of the wire, and nothing of addresses. It comes before that one, which
/// stays as it is for whoever removes the bridge.
fn port_sections(plan: &BridgePlan, kept: &Sections, bridge: &str) -> Sections {
    let mut sections: Sections = kept
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "connection" | "ipv4" | "ipv6" | "proxy"))
        .map(|(name, section)| (name.clone(), section.clone()))
        .collect();
    let kind = kept
        .get("connection")
        .and_then(|old| value::<String>(old, "type"))
        .unwrap_or_else(|| "802-3-ethernet".to_owned());
    sections.entry(kind.clone()).or_default();
    let connection = Section::from([
        ("id".to_owned(), text(&format!("{} ({})", plan.bridge, plan.port))),
        ("uuid".to_owned(), text(&uuid::Uuid::new_v4().to_string())),
        ("type".to_owned(), text(&kind)),
        ("interface-name".to_owned(), text(&plan.port)),
        ("master".to_owned(), text(bridge)),
        ("slave-type".to_owned(), text("bridge")),
        ("autoconnect".to_owned(), true.to_variant()),
        ("autoconnect-priority".to_owned(), 100_i32.to_variant()),
    ]);
    sections.insert("connection".to_owned(), connection);
    sections
}

fn untouched(error: &glib::Error) -> Failure {
    Failure {
        reason: message(error),
        restored: true,
    }
}

fn odd(method: &str) -> glib::Error {
    glib::Error::new(gio::IOErrorEnum::InvalidData, &format!("unexpected answer to {method}"))
}

fn message(error: &glib::Error) -> String {
    let mut error = error.clone();
    let _ = gio::DBusError::strip_remote_error(&mut error);
    error.message().to_owned()
}
