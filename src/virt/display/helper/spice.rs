//! SPICE, on `spice-client-glib`.

use std::os::fd::OwnedFd;

use crate::backend::Backend;
use crate::outlet::Outlet;
use crate::wire::{End, Open};

/// Connects to a SPICE server.
///
/// # Errors
/// Nothing was even begun, for this reason.
pub fn start(_open: Open, _socket: Option<OwnedFd>, _outlet: Outlet) -> Result<Box<dyn Backend>, End> {
    Err(End::UnknownSecurity("SPICE".to_owned()))
}
