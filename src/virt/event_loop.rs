//! libvirt's event-loop hooks on GLib's main loop.
//!
//! libvirt registers file handles and timeouts from any thread; their callbacks, and the functions that free their data,
//! run on the thread of the one context that was chosen at the start.

mod entry;
mod gate;
mod plug;
mod table;

use std::ffi::{c_int, c_void};
use std::sync::{Mutex, OnceLock, PoisonError};

use glib::{MainContext, Priority};

use crate::virt::error::silence_default_handler;
use crate::virt::sys;

pub(crate) use plug::Plug;
#[doc(hidden)]
pub use table::Table;

/// Priority of everything that comes from hosts: just below GTK's redraw (120), above ordinary idle work (200). At the
/// default priority a socket that stays readable, or a zero timer that stays armed, starves every frame. Handles, zero
/// timers and the bridge share one number: were one of them lower, a flood on the socket would starve it in turn, and
/// libvirt would hand over what has gathered meanwhile in a single long call.
const HOST_PRIORITY: i32 = 125;

/// [`HOST_PRIORITY`] as GLib wants it.
pub(crate) fn host_priority() -> Priority {
    Priority::from(HOST_PRIORITY)
}

/// The table that libvirt's six functions work on. Never replaced: libvirt keeps the functions for ever.
static INSTALLED: OnceLock<Table> = OnceLock::new();

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
    /// Initialises libvirt, turns off its printing of errors, and installs the loop on `context` (`virInitialize`,
    /// `virSetErrorFunc`, `virEventRegisterImpl`). From now on `context` must be run for as long as the process lives:
    /// keepalive depends on it.
    ///
    /// # Errors
    /// See [`InstallError`].
    pub fn install(context: &MainContext) -> Result<(), InstallError> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        if INSTALLED.get().is_some() {
            return Err(InstallError::Installed);
        }
        silence_default_handler();
        // SAFETY: no precondition; may be called several times from any thread.
        if unsafe { sys::virInitialize() } < 0 {
            return Err(InstallError::Libvirt);
        }
        INSTALLED
            .set(Table::new(context))
            .map_err(|_| InstallError::Installed)?;
        // SAFETY: the six functions have the signatures that libvirt wants, need no state of the caller, never go away,
        // and may be called from any thread.
        unsafe {
            sys::virEventRegisterImpl(
                Some(add_handle),
                Some(update_handle),
                Some(remove_handle),
                Some(add_timeout),
                Some(update_timeout),
                Some(remove_timeout),
            );
        }
        Ok(())
    }

    /// Handles and timeouts of the whole process that are registered now, or removed with their data not freed yet.
    /// Any thread.
    #[must_use]
    pub fn pending() -> usize {
        INSTALLED.get().map_or(0, Table::pending)
    }

    /// Completes when nothing is registered any more and all data has been freed. Poll it on the context's thread, or
    /// while another thread runs the context.
    pub async fn drained() {
        if let Some(table) = INSTALLED.get() {
            table.drained().await;
        }
    }
}

/// `virEventAddHandleFunc`
unsafe extern "C" fn add_handle(
    fd: c_int,
    events: c_int,
    callback: sys::virEventHandleCallback,
    opaque: *mut c_void,
    free: sys::virFreeCallback,
) -> c_int {
    INSTALLED.get().map_or(-1, |table| {
        // SAFETY: libvirt promises that callback and data stay valid until `free` has been called.
        let watch = unsafe { table.add_handle(fd, events, callback, opaque, free) };
        if watch >= 0 {
            plug::noted(fd);
        }
        watch
    })
}

/// `virEventUpdateHandleFunc`
unsafe extern "C" fn update_handle(watch: c_int, events: c_int) {
    if let Some(table) = INSTALLED.get() {
        table.update_handle(watch, events);
    }
}

/// `virEventRemoveHandleFunc`
unsafe extern "C" fn remove_handle(watch: c_int) -> c_int {
    INSTALLED.get().map_or(-1, |table| table.remove_handle(watch))
}

/// `virEventAddTimeoutFunc`
unsafe extern "C" fn add_timeout(
    interval_ms: c_int,
    callback: sys::virEventTimeoutCallback,
    opaque: *mut c_void,
    free: sys::virFreeCallback,
) -> c_int {
    INSTALLED.get().map_or(-1, |table| {
        // SAFETY: libvirt promises that callback and data stay valid until `free` has been called.
        unsafe { table.add_timeout(interval_ms, callback, opaque, free) }
    })
}

/// `virEventUpdateTimeoutFunc`
unsafe extern "C" fn update_timeout(timer: c_int, interval_ms: c_int) {
    if let Some(table) = INSTALLED.get() {
        table.update_timeout(timer, interval_ms);
    }
}

/// `virEventRemoveTimeoutFunc`
unsafe extern "C" fn remove_timeout(timer: c_int) -> c_int {
    INSTALLED.get().map_or(-1, |table| table.remove_timeout(timer))
}

/// A loop for the unit tests of this crate, which share one process: installed once, on a context with its own thread.
#[cfg(test)]
pub(crate) fn test_loop() -> MainContext {
    static CONTEXT: OnceLock<MainContext> = OnceLock::new();
    CONTEXT
        .get_or_init(|| {
            let context = MainContext::new();
            EventLoop::install(&context).unwrap();
            let running = context.clone();
            std::thread::Builder::new()
                .name("test loop".into())
                .spawn(move || {
                    running
                        .with_thread_default(|| glib::MainLoop::new(Some(&running), false).run())
                        .unwrap();
                })
                .unwrap();
            context
        })
        .clone()
}
