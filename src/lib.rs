//! Vireo, a desktop manager for libvirt virtual machines.
//!
//! The map of the program (details in `ARCHITECTURE.md`):
//!
//! * [`model`] — what the user manages, as plain values: keys, machines, hosts, samples, the
//!   [`model::store::Store`] that is the single truth. Knows neither libvirt nor widgets.
//! * [`virt`] — everything that talks to libvirt: the event loop, the threads of a host, calls,
//!   events, streams. The only place with `unsafe`. Speaks to the rest in `model` values.
//! * [`ui`] — GTK, libadwaita and relm4: windows, pages, dialogs. Sees `virt` only through
//!   [`virt::client::HostClient`].
//! * [`cli`] — the same core without a window.

pub mod cli;
pub mod i18n;
pub mod model;
pub mod ui;
pub mod virt;

use std::process::ExitCode;

/// The program: reads the command line, then does a command or opens the window.
#[must_use]
pub fn run() -> ExitCode {
    let options = match cli::parse(std::env::args_os()) {
        Ok(options) => options,
        Err(stop) => return stop.finish(),
    };
    if options.command.is_some() {
        return cli::run(&options);
    }
    ExitCode::SUCCESS
}
