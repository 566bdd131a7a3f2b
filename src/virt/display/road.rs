//! The ways to a display, opened: what `model::display::plan` has decided, done.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::model::display::cause::Cause;
use crate::model::display::plan::{Road, Target};
use crate::model::display::wire::{Protocol, Route, Tls};
use crate::model::error::{Kind, VirtError};
use crate::model::uri::Uri;
use crate::virt::connection::{Connection, Result, unreachable};
use crate::virt::display::trust::trust;
use crate::virt::session::{Crew, Session};
use crate::virt::ssh::tunnel;
use crate::virt::sys;

const OP: &str = "open display";
/// How long a second look at a port may take.
const LOOK: Duration = Duration::from_secs(5);

/// A way to a display, open: what `wire::Open` wants to know of it.
#[derive(Debug)]
pub struct Way {
    /// For `Open::route`.
    pub route: Route,
    /// The first socket where the route is [`Route::Socket`]; `None` there if the display takes TLS only, so that each
    /// socket is asked for by name.
    pub socket: Option<OwnedFd>,
    /// For `Open::tls`: what to check a server by that offers TLS.
    pub tls: Tls,
}

/// Lets libvirt hand over a connection to a display (`virDomainOpenGraphicsFD`), past its password.
///
/// # Errors
/// What libvirt says; `Kind::Unsupported` on a connection that can't pass descriptors: libvirt closes such a one when it is
/// tried. `Kind::Busy` while the hypervisor's process hangs.
pub(crate) fn hand_over(connection: &Arc<Connection>, uuid: Uuid, index: u32) -> Result<OwnedFd> {
    if !connection.passes_descriptors {
        let text = "the display can be handed over on its own computer only";
        return Err(VirtError::own(Kind::Unsupported, OP, text));
    }
    if connection.is_unresponsive(uuid) {
        return Err(VirtError::own(Kind::Busy, OP, "the machine does not answer"));
    }
    let flags = sys::VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH;
    let descriptor = connection.on_domain(uuid, OP, |domain| {
        // SAFETY: the machine lives during the call; everything else is a number.
        unsafe { sys::virDomainOpenGraphicsFD(domain, index, flags) }
    })?;
    // SAFETY: libvirt gave us a new descriptor, open and nobody else's; it is not negative.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

impl Session {
    /// See [`crate::virt::client::HostClient::open_graphics`].
    pub(crate) async fn open_graphics(&self, uuid: Uuid, index: u32) -> Result<OwnedFd> {
        self.run(Crew::Queries, Some(uuid), OP, move |connection| {
            hand_over(connection, uuid, index)
        })
        .await
    }

    /// See [`crate::virt::client::HostClient::tunnel`].
    pub(crate) fn tunnel(&self, target: Target) -> Result<OwnedFd> {
        let line = self
            .line
            .as_ref()
            .ok_or_else(|| VirtError::own(Kind::Unsupported, OP, "the host is not reached by ssh"))?;
        if self.is_over() {
            return Err(unreachable(OP));
        }
        tunnel::open(line, target, self.conversation()).map_err(|error| own(&error))
    }

    /// See [`crate::virt::client::HostClient::open_way`].
    pub(crate) async fn open_way(&self, uuid: Uuid, index: u32, protocol: Protocol, road: Road) -> Result<Way> {
        let uri = Uri::parse(&self.config.uri).unwrap_or_default();
        let socket = match &road {
            Road::Direct { .. } => None,
            Road::Tunnel { plain: None, .. } => None,
            _ => Some(self.open_socket(uuid, index, &road, false).await?),
        };
        let (to, home) = (road.clone(), glib::home_dir());
        let tls = aside(move || trust(&uri, protocol, &to, &home)).await?;
        let route = match road {
            Road::Direct { host, port, tls_port } => Route::Tcp { host, port, tls_port },
            _ => Route::Socket,
        };
        Ok(Way { route, socket, tls })
    }

    /// See [`crate::virt::client::HostClient::open_socket`].
    pub(crate) async fn open_socket(&self, uuid: Uuid, index: u32, road: &Road, tls: bool) -> Result<OwnedFd> {
        if *road == Road::Handover {
            return self.open_graphics(uuid, index).await;
        }
        let target = road
            .target(tls)
            .ok_or_else(|| VirtError::own(Kind::Unsupported, OP, "the display has no such port"))?;
        match road {
            Road::Tunnel { .. } => self.tunnel(target),
            _ => aside(move || connect(&target)).await?.map_err(|error| own(&error)),
        }
    }

    /// See [`crate::virt::client::HostClient::diagnose`].
    pub(crate) async fn diagnose(&self, road: Road) -> Cause {
        match road {
            Road::Handover => Cause::Server,
            Road::Tunnel { .. } => {
                let line = self.line.as_ref();
                let failure = |tls| line?.failure(&road.target(tls)?);
                failure(false).or_else(|| failure(true)).unwrap_or(Cause::Server)
            }
            Road::Direct { .. } | Road::Unix { .. } => {
                let Some(target) = road.target(false).or_else(|| road.target(true)) else {
                    return Cause::Server;
                };
                aside(move || look(&target)).await.unwrap_or(Cause::Server)
            }
        }
    }
}

fn own(error: &io::Error) -> VirtError {
    VirtError::own(Kind::Other, OP, error.to_string())
}

/// Runs what may wait on a thread of its own.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    gio::spawn_blocking(work)
        .await
        .map_err(|_| VirtError::own(Kind::Other, OP, "the thread ended"))
}

fn connect(target: &Target) -> io::Result<OwnedFd> {
    match target {
        Target::Unix { path } => Ok(UnixStream::connect(path)?.into()),
        Target::Tcp { host, port } => {
            let mut last = io::Error::from(io::ErrorKind::NotFound);
            for address in (host.as_str(), *port).to_socket_addrs()? {
                match TcpStream::connect_timeout(&address, LOOK) {
                    Ok(stream) => return Ok(stream.into()),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

/// Connects once more, to see what is in the way.
fn look(target: &Target) -> Cause {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable, NotFound};
    use io::ErrorKind::{PermissionDenied, TimedOut};
    let Err(error) = connect(target) else {
        return Cause::Server;
    };
    match (target, error.kind()) {
        (Target::Unix { path }, PermissionDenied) => Cause::SocketDenied(path.clone()),
        (Target::Unix { path }, _) => Cause::SocketGone(path.clone()),
        (_, ConnectionRefused) => Cause::Refused(target.clone()),
        (_, TimedOut) => Cause::NoAnswer(target.clone()),
        (_, HostUnreachable | NetworkUnreachable | AddrNotAvailable) => Cause::NoRoute(target.clone()),
        (Target::Tcp { host, .. }, NotFound) => Cause::UnknownHost(host.clone()),
        (Target::Tcp { host, .. }, _) if error.raw_os_error().is_none() => Cause::UnknownHost(host.clone()),
        _ => Cause::NoRoute(target.clone()),
    }
}
