//! What the two protocols have in common.

use std::os::fd::OwnedFd;

use crate::wire::Request;

/// One connection to a display server. It tells what happens through its [`Outlet`](crate::outlet::Outlet).
pub trait Backend {
    /// Does what was asked; never waits. `Open` never comes here. `Drawn` comes after the outlet has been told, so that more can be
    /// asked of the server; after `Close` the outlet's `end` is expected soon. The descriptor belongs to `Socket`.
    fn handle(&self, request: Request, descriptor: Option<OwnedFd>);
}
