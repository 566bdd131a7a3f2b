//! The ways to the displays of a machine.

use std::os::fd::OwnedFd;

use uuid::Uuid;

use super::{HostClient, Result};
use crate::model::display::cause::Cause;
use crate::model::display::plan::{Road, Target};
use crate::model::display::wire::Protocol;
pub use crate::virt::display::road::Way;

impl HostClient {
    /// Opens the way to a display that `model::display::plan` has found, for the display with this number: what `wire::Open`
    /// needs of it. Nothing is said to the display server yet.
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Other` with the system's words for a socket.
    pub async fn open_way(&self, uuid: Uuid, index: u32, protocol: Protocol, road: Road) -> Result<Way> {
        self.0.0.open_way(uuid, index, protocol, road).await
    }

    /// One more connection to the same display, to its port with TLS or to the other: the answer to `News::NeedSocket`.
    ///
    /// # Errors
    /// As [`HostClient::open_way`]; `Kind::Unsupported` if the display has no such port.
    pub async fn open_socket(&self, uuid: Uuid, index: u32, road: Road, tls: bool) -> Result<OwnedFd> {
        self.0.0.open_socket(uuid, index, &road, tls).await
    }

    /// A connection to the machine's display with this number, counted over all its displays, past the password
    /// (`virDomainOpenGraphicsFD`).
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Unsupported` for a host that is not this computer, without asking it.
    pub async fn open_graphics(&self, uuid: Uuid, index: u32) -> Result<OwnedFd> {
        self.0.0.open_graphics(uuid, index).await
    }

    /// A connection to somewhere on the host or behind it, over the ssh of the host. Returns at once: whether it leads
    /// anywhere is seen by its data or its end, and then by [`HostClient::diagnose`]. Should ssh have to log in again, it asks
    /// as if for the host.
    ///
    /// # Errors
    /// `Kind::Unsupported` for a host that is not reached by the ssh program, `Kind::Unreachable` after the end of the session.
    pub fn tunnel(&self, target: Target) -> Result<OwnedFd> {
        self.0.0.tunnel(target)
    }

    /// Why a display that was reached over this road has ended, as far as the road is to blame. May take some seconds, for a
    /// second look at a port.
    pub async fn diagnose(&self, road: Road) -> Cause {
        self.0.0.diagnose(road).await
    }
}
