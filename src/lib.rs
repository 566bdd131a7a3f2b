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

/// Runs Vireo: sets up what must precede the first thread, then the window or a command without one.
#[must_use]
pub fn run() -> std::process::ExitCode {
    if let Some(code) = virt::client::helper_if_invoked() {
        return code;
    }
    i18n::init();
    virt::client::with_number_marks(i18n::write_numbers);
    let options = match cli::parse(std::env::args_os()) {
        Ok(options) => options,
        Err(stop) => return stop.finish(),
    };
    let usual = match (options.debug, options.command.is_some()) {
        (true, _) => "info,vireo=debug,relm4=warn",
        (false, true) => "error",
        (false, false) => "warn,vireo=info,relm4=warn",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("VIREO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    if options.command.is_some() {
        return cli::run(&options);
    }
    virt::client::choose_renderer(gtk4::minor_version());
    ui::launch::run()
}
