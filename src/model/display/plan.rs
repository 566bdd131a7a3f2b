//! Which way leads to each display of a machine, or why none does: decided from the *live* definition and the address of the
//! host, before anything is opened.
//!
//! * A host on this computer hands over a connected socket (`virDomainOpenGraphicsFD`): no port, no password. Never asked of
//!   another computer: libvirt closes the whole connection then.
//! * Through ssh everything goes over the ssh of the host, wherever the display listens.
//! * For every other transport the display must listen where this computer can reach it.

mod device;
mod listen;
#[cfg(test)]
mod tests;

use crate::model::display::wire::Protocol;
use crate::model::uri::Uri;
use crate::model::xml::{Document, NodeId};

pub use device::{Display, Extras, Kind};
pub use listen::{Listen, is_loopback};

/// A place to connect to, as the computer sees it that connects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A TCP port.
    Tcp {
        /// Name or address; IPv6 without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// A socket in the file system.
    Unix {
        /// Its path.
        path: String,
    },
}

/// The way to a display.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Road {
    /// libvirt hands over a connected socket for each connection, past the password
    /// ([`HostClient::open_graphics`](crate::virt::client::HostClient::open_graphics)).
    Handover,
    /// Through the ssh of the host ([`HostClient::tunnel`](crate::virt::client::HostClient::tunnel)). Targets are the host's.
    Tunnel {
        /// The port without TLS (VNC: the port, whatever comes over it).
        plain: Option<Target>,
        /// The port with TLS of SPICE.
        tls: Option<Target>,
    },
    /// A TCP connection from this computer.
    Direct {
        /// Name or address.
        host: String,
        /// Port without TLS (VNC: the port, whatever comes over it).
        port: Option<u16>,
        /// Port with TLS of SPICE.
        tls_port: Option<u16>,
    },
    /// A socket in the file system of this computer.
    Unix {
        /// Its path.
        path: String,
    },
}

impl Road {
    /// Where a connection with or without TLS goes; `None` for what libvirt opens, and where there is no such port.
    #[must_use]
    pub fn target(&self, with_tls: bool) -> Option<Target> {
        match self {
            Self::Handover => None,
            Self::Tunnel { plain, tls } => if with_tls { tls } else { plain }.clone(),
            Self::Direct { host, port, tls_port } => {
                let port = if with_tls { *tls_port } else { *port };
                port.map(|port| Target::Tcp {
                    host: host.clone(),
                    port,
                })
            }
            Self::Unix { path } => (!with_tls).then(|| Target::Unix { path: path.clone() }),
        }
    }

    /// Whether the connection crosses a network without the protection of ssh.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        matches!(self, Self::Direct { host, .. } if !is_loopback(host))
    }
}

/// Why no way leads to a display.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The machine is off: its displays exist only while it runs.
    NotRunning,
    /// The display is of a kind that Vireo can't show.
    NoViewer(Kind),
    /// It has no port yet, or none at all (SPICE with TLS required and no port for it).
    NoPort,
    /// It listens nowhere (`<listen type='none'/>`), and only libvirt on its own computer could hand it over. *Remedy:* let
    /// it listen on an address.
    ListensNowhere,
    /// It listens on the host's own address only, and this transport brings us nowhere else. *Remedy:* connect to the host
    /// through ssh (`qemu+ssh://`), or let it listen on the network.
    LocalOnly {
        /// Where it listens: an address or the path of a socket.
        listens: String,
        /// The transport of the host.
        transport: String,
    },
    /// The address of the host names no computer that could be connected to (`ext`).
    NoHost,
    /// SPICE demands TLS for some channels, and what leads there carries none: a socket in the file system, or ssh to a display
    /// that listens on the host's own address. *Remedy:* no TLS (ssh protects it), or a TLS port in the network.
    NeedsTls,
}

/// What is known of a connection besides its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Read-only: libvirt hands no displays over.
    pub read_only: bool,
}

/// The displays of a machine, in the order of its definition, each with the way there.
#[must_use]
pub fn plan(definition: &Document, uri: &Uri, standing: Standing) -> Vec<(Display, Result<Road, Obstacle>)> {
    let root = definition.root();
    // Only the definition of a running machine carries its number.
    let running = definition.attribute(root, "id").is_some();
    let extras = Extras::read(definition);
    elements(definition)
        .enumerate()
        .map(|(index, element)| {
            let display = Display::read(definition, element, index, extras);
            let road = road(&display, running, uri, standing);
            (display, road)
        })
        .collect()
}

fn elements(definition: &Document) -> impl Iterator<Item = NodeId> + '_ {
    definition
        .child(definition.root(), "devices")
        .into_iter()
        .flat_map(|devices| definition.children_named(devices, "graphics"))
}

/// Where the client stands, seen from the host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// On the same computer, with a daemon that hands over sockets.
    Beside,
    /// On the same computer.
    Local,
    /// At the other end of an ssh that can be asked for more.
    Ssh,
    /// Somewhere in the network.
    Network,
    /// Unknown.
    Nowhere,
}

fn standpoint(uri: &Uri, standing: Standing) -> From {
    let host = uri.host.as_deref().filter(|host| !host.is_empty());
    match (uri.effective_transport(), host) {
        ("ssh", Some(_)) => From::Ssh,
        // QEMU's driver alone can.
        ("unix", None) if uri.driver == "qemu" && !standing.read_only => From::Beside,
        ("unix", None) => From::Local,
        // Of its own computer libvirt's `tcp` and `tls` see the same network as we do.
        (_, Some(host)) if is_loopback(host) => From::Local,
        (_, Some(_)) => From::Network,
        (_, None) => From::Nowhere,
    }
}

fn road(display: &Display, running: bool, uri: &Uri, standing: Standing) -> Result<Road, Obstacle> {
    let Some(protocol) = display.protocol() else {
        return Err(Obstacle::NoViewer(display.kind.clone()));
    };
    if !running {
        return Err(Obstacle::NotRunning);
    }
    let from = standpoint(uri, standing);
    // A server that demands TLS refuses the channels of a socket that was handed over.
    let needs_tls = protocol == Protocol::Spice && display.demands_tls;
    if from == From::Beside && !needs_tls {
        return Ok(Road::Handover);
    }
    let place = listen::best(&display.listens).ok_or(Obstacle::ListensNowhere)?;
    if let Listen::Socket(path) = place {
        return if needs_tls {
            Err(Obstacle::NeedsTls)
        } else {
            through_socket(path, from, uri)
        };
    }
    let (port, tls_port) = (display.port.filter(|_| !display.only_tls()), display.tls_port);
    if port.is_none() && tls_port.is_none() || needs_tls && tls_port.is_none() {
        return Err(Obstacle::NoPort);
    }
    let at = |port: Option<u16>, host: &str| {
        port.map(|port| Target::Tcp {
            host: host.to_owned(),
            port,
        })
    };
    match from {
        // The library does no TLS over a socket that is given to it; what is encrypted may cross the network by itself.
        From::Ssh if needs_tls => match place.seen_from_network(uri.host.as_deref().unwrap_or_default()) {
            Some(host) => Ok(Road::Direct { host, port, tls_port }),
            None => Err(Obstacle::NeedsTls),
        },
        From::Ssh => {
            let host = place.seen_from_host();
            Ok(Road::Tunnel {
                plain: at(port, &host),
                tls: at(tls_port, &host),
            })
        }
        From::Beside | From::Local => Ok(Road::Direct {
            host: place.seen_from_host(),
            port,
            tls_port,
        }),
        From::Network => match place.seen_from_network(uri.host.as_deref().unwrap_or_default()) {
            Some(host) => Ok(Road::Direct { host, port, tls_port }),
            None => Err(local_only(place.seen_from_host(), uri)),
        },
        From::Nowhere => Err(Obstacle::NoHost),
    }
}

fn through_socket(path: &str, from: From, uri: &Uri) -> Result<Road, Obstacle> {
    match from {
        From::Beside | From::Local => Ok(Road::Unix { path: path.to_owned() }),
        From::Ssh => Ok(Road::Tunnel {
            plain: Some(Target::Unix { path: path.to_owned() }),
            tls: None,
        }),
        From::Network => Err(local_only(path.to_owned(), uri)),
        From::Nowhere => Err(Obstacle::NoHost),
    }
}

fn local_only(listens: String, uri: &Uri) -> Obstacle {
    Obstacle::LocalOnly {
        listens,
        transport: uri.effective_transport().to_owned(),
    }
}
