//! One `<graphics>` of a machine, as a viewer sees it.

use std::fmt;

use super::listen::{self, Listen};
use crate::model::display::wire::{Hidden, Protocol};
use crate::model::xml::domain::fields::graphics;
use crate::model::xml::{Document, NodeId};

/// The kind of a display.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// RFB over a socket.
    Vnc,
    /// SPICE.
    Spice,
    /// A window on the host itself.
    Sdl,
    /// Remote Desktop Protocol.
    Rdp,
    /// On a D-Bus of the host.
    Dbus,
    /// Pictures drawn by the host's graphics card, for another display of the machine.
    EglHeadless,
    /// A window of the hypervisor's own on the host.
    Desktop,
    /// One that libvirt has learnt since.
    Other(String),
}

impl Kind {
    fn read(text: &str) -> Self {
        match text {
            "vnc" => Self::Vnc,
            "spice" => Self::Spice,
            "sdl" => Self::Sdl,
            "rdp" => Self::Rdp,
            "dbus" => Self::Dbus,
            "egl-headless" => Self::EglHeadless,
            "desktop" => Self::Desktop,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// libvirt's word for it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vnc => "vnc",
            Self::Spice => "spice",
            Self::Sdl => "sdl",
            Self::Rdp => "rdp",
            Self::Dbus => "dbus",
            Self::EglHeadless => "egl-headless",
            Self::Desktop => "desktop",
            Self::Other(name) => name,
        })
    }
}

/// One display of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// Its place among all displays of the machine, from 0: `virDomainOpenGraphicsFD` counts so.
    pub index: u32,
    /// What it is.
    pub kind: Kind,
    /// Where it listens.
    pub listens: Vec<Listen>,
    /// Port; `None` where it has none or libvirt has not chosen it yet.
    pub port: Option<u16>,
    /// Port with TLS of SPICE.
    pub tls_port: Option<u16>,
    /// Port for browsers of VNC.
    pub websocket: Option<u16>,
    /// The password, if the definition was read with passwords (`XmlFlags::secure`).
    pub password: Option<Hidden>,
    /// Until when the password holds, as libvirt writes it (`2030-01-01T00:00:00`, UTC).
    pub password_valid_to: Option<String>,
    /// Who may connect beside others (`allow-exclusive`, `force-shared`, `ignore`), where it is said.
    pub share_policy: Option<String>,
    /// Every SPICE channel must be encrypted (`defaultMode='secure'`), or one of them.
    pub demands_tls: bool,
    /// The SPICE channels whose mode differs from the default, by their names in libvirt, with `secure`, `insecure` or `any`.
    pub modes: Vec<(String, String)>,
    /// Drawn with OpenGL, so that pictures may come as textures of the host's graphics card only.
    pub gl: bool,
    /// Number of the `<audio>` that goes with it.
    pub audio: Option<u64>,
    /// SPICE lets text and files pass; `None` where nothing is said (that is: yes).
    pub clipboard: Option<bool>,
    /// SPICE lets files pass; `None` where nothing is said (that is: yes).
    pub file_transfer: Option<bool>,
    /// Keyboard layout that the server was given, if any: places of keys are then translated by it.
    pub keymap: Option<String>,
    /// What other devices of the machine add to it.
    pub extras: Extras,
    default_secure: bool,
}

impl Display {
    pub(super) fn read(definition: &Document, element: NodeId, index: usize, extras: Extras) -> Self {
        let text = |field| definition.get(element, field).filter(|text: &String| !text.is_empty());
        let [port, tls_port, websocket] = listen::ports(definition, element);
        let modes = modes(definition, element);
        let default_secure = text(graphics::DEFAULT_MODE).as_deref() == Some("secure");
        Self {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            kind: Kind::read(&text(graphics::TYPE).unwrap_or_default()),
            listens: Listen::read(definition, element),
            port,
            tls_port,
            websocket,
            password: text(graphics::PASSWORD).map(Hidden),
            password_valid_to: text(graphics::PASSWORD_VALID_TO),
            share_policy: text(graphics::SHARE_POLICY),
            demands_tls: default_secure || modes.iter().any(|(_, mode)| mode == "secure"),
            modes,
            gl: definition.get(element, graphics::GL).unwrap_or(false),
            audio: definition.get(element, graphics::AUDIO),
            clipboard: definition.get(element, graphics::CLIPBOARD),
            file_transfer: definition.get(element, graphics::FILE_TRANSFER),
            keymap: text(graphics::KEYMAP),
            extras,
            default_secure,
        }
    }

    /// The protocol that Vireo speaks with it; `None` where it can't.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        match self.kind {
            Kind::Vnc => Some(Protocol::Vnc),
            Kind::Spice => Some(Protocol::Spice),
            _ => None,
        }
    }

    /// Nothing may pass without TLS.
    pub(super) fn only_tls(&self) -> bool {
        self.kind == Kind::Spice && self.default_secure && self.modes.iter().all(|(_, mode)| mode == "secure")
    }
}

fn modes(definition: &Document, element: NodeId) -> Vec<(String, String)> {
    definition
        .children_named(element, "channel")
        .filter_map(|channel| {
            let value = |name| definition.attribute(channel, name).map(std::borrow::Cow::into_owned);
            Some((value("name")?, value("mode")?))
        })
        .collect()
}

/// What other devices of a machine add to its displays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extras {
    /// USB ports that a SPICE viewer may connect devices to.
    pub usb_ports: u32,
    /// A channel for folders of the viewer (SPICE's webdav).
    pub folder: bool,
    /// A channel for the agent in the guest that shares clipboard and files (SPICE's, or QEMU's own for VNC).
    pub agent: bool,
    /// A reader for the smartcards of the viewer (SPICE).
    pub smartcard: bool,
    /// A sound card.
    pub sound: bool,
}

impl Extras {
    pub(super) fn read(definition: &Document) -> Self {
        let mut extras = Self::default();
        let Some(devices) = definition.child(definition.root(), "devices") else {
            return extras;
        };
        for device in definition.children(devices) {
            let value = |name| definition.attribute(device, name);
            let through_spice = value("type").as_deref() == Some("spicevmc");
            match definition.local_name(device) {
                "redirdev" => extras.usb_ports += u32::from(through_spice),
                "smartcard" => extras.smartcard |= through_spice,
                "sound" => extras.sound = true,
                "channel" => {
                    let target = definition.child(device, "target");
                    let name = target.and_then(|target| definition.attribute(target, "name"));
                    match name.as_deref() {
                        Some("org.spice-space.webdav.0") => extras.folder = true,
                        Some("com.redhat.spice.0") => extras.agent = true,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        extras
    }
}
