//! What can be asked of a machine, as values: menus, buttons, shortcuts and the command line all speak these.

/// How to start a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StartOptions {
    /// Leave the guest paused (`VIR_DOMAIN_START_PAUSED`).
    pub paused: bool,
    /// Ignore a saved memory image (`VIR_DOMAIN_START_FORCE_BOOT`).
    pub force_boot: bool,
}

/// How to ask the guest for a shutdown or reboot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GuestSignal {
    /// libvirt chooses.
    #[default]
    Default,
    /// Through the guest agent.
    Agent,
    /// With the ACPI power button.
    Acpi,
}

/// One thing to ask of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DomainAction {
    /// Start, or restore from the saved image.
    Start(StartOptions),
    /// Ask the guest to shut down.
    Shutdown(GuestSignal),
    /// Ask the guest to reboot.
    Reboot(GuestSignal),
    /// Reset without asking the guest.
    Reset,
    /// Stop at once.
    ForceOff,
    /// Pause.
    Suspend,
    /// Resume.
    Resume,
    /// Save memory to disk and stop.
    Save,
    /// Throw the saved memory image away.
    DiscardSaved,
    /// Send a non-maskable interrupt.
    InjectNmi,
    /// Write a core dump to this path on the host.
    CoreDump(String),
    /// Wake up from power-management suspend.
    PmWakeup,
    /// Start with the host or not.
    SetAutostart(bool),
    /// Another name.
    Rename(String),
    /// Title; `None` removes it.
    SetTitle(Option<String>),
    /// Description; `None` removes it.
    SetDescription(Option<String>),
    /// Tags.
    SetTags(Vec<String>),
}
