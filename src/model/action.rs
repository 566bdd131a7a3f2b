//! What can be asked of a machine, as values: menus, buttons, shortcuts and the command line all speak these.

use crate::i18n::tr;
use crate::model::deletion::Keep;
use crate::model::domain::DomainState;
use crate::model::host::Features;
use crate::model::store::Domain;

/// How to start a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StartOptions {
    /// Leave the guest paused (`VIR_DOMAIN_START_PAUSED`).
    pub paused: bool,
    /// Ignore a saved memory image (`VIR_DOMAIN_START_FORCE_BOOT`).
    pub force_boot: bool,
    /// Give the firmware new variables (`VIR_DOMAIN_START_RESET_NVRAM`): its settings and boot entries are lost.
    pub reset_nvram: bool,
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
    /// Delete the definition and all that goes with it but this. Images stay.
    Delete(Keep),
}

impl DomainAction {
    /// Whether something may be lost, so that it has to be confirmed.
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        matches!(self, Self::Delete(_)) || self.confirmation().is_some()
    }

    /// Key under which "don't ask again" is kept; `None` where nothing is asked, or always.
    #[must_use]
    pub fn confirmation(&self) -> Option<&'static str> {
        match self {
            Self::ForceOff => Some("force-off"),
            Self::Reset => Some("reset"),
            Self::DiscardSaved => Some("discard-saved"),
            Self::Start(options) if options.force_boot => Some("discard-saved"),
            Self::InjectNmi => Some("nmi"),
            _ => None,
        }
    }

    /// What is done, for buttons and titles of operations.
    #[must_use]
    pub fn verb(&self) -> String {
        match self {
            Self::Start(options) if options.paused => tr("Start Paused"),
            Self::Start(options) if options.force_boot => tr("Discard Saved State and Start"),
            Self::Start(options) if options.reset_nvram => tr("Reset Firmware Variables and Start"),
            Self::Start(_) => tr("Start"),
            Self::Shutdown(_) => tr("Shut Down"),
            Self::Reboot(_) => tr("Reboot"),
            Self::Reset => tr("Reset"),
            Self::ForceOff => tr("Force Off"),
            Self::Suspend => tr("Pause"),
            Self::Resume => tr("Resume"),
            Self::Save => tr("Save"),
            Self::DiscardSaved => tr("Discard Saved State"),
            Self::InjectNmi => tr("Send NMI"),
            Self::CoreDump(_) => tr("Write Core Dump"),
            Self::PmWakeup => tr("Wake Up"),
            Self::SetAutostart(true) => tr("Start with the Host"),
            Self::SetAutostart(false) => tr("Don't Start with the Host"),
            Self::Rename(_) => tr("Rename"),
            Self::SetTitle(_) => tr("Change Title"),
            Self::SetDescription(_) => tr("Change Description"),
            Self::SetTags(_) => tr("Change Tags"),
            Self::Delete(_) => tr("Delete"),
        }
    }
}

/// Whether a machine can be asked this now.
///
/// # Errors
/// The reason why not, as a sentence for a tooltip.
pub fn availability(action: &DomainAction, domain: &Domain, features: &Features) -> Result<(), String> {
    if features.read_only {
        return Err(tr("The connection is read-only."));
    }
    let state = domain.state;
    // A crashed machine may still have its process; only that can be reset or forced off.
    let exists = state.is_active() || domain.id.is_some();
    let need = |possible: bool, reason: fn() -> String| if possible { Ok(()) } else { Err(reason()) };
    let off = || tr("The machine is off.");
    match action {
        DomainAction::Start(_) => need(!exists, || tr("The machine is on already.")),
        DomainAction::Shutdown(_) | DomainAction::Reboot(_) => {
            need(exists, off)?;
            need(state != DomainState::Paused, || {
                tr("The machine is paused and would not notice. Resume it first.")
            })?;
            need(state != DomainState::Suspended, || {
                tr("The machine is asleep. Wake it up first.")
            })?;
            need(state != DomainState::Crashed, || {
                tr("The guest has crashed and would not notice.")
            })?;
            agent(action, domain)
        }
        DomainAction::Reset | DomainAction::ForceOff => need(exists, off),
        DomainAction::Suspend => {
            need(exists, off)?;
            need(state != DomainState::Paused, || tr("The machine is paused already."))?;
            need(state.is_running(), || tr("The guest does not run."))
        }
        DomainAction::Resume => need(state == DomainState::Paused, || tr("The machine is not paused.")),
        DomainAction::Save => {
            need(state.is_active(), off)?;
            need(domain.persistent, || {
                tr("The machine is transient: it has no definition to restore it from.")
            })
        }
        DomainAction::DiscardSaved => need(domain.managed_save, || tr("There is no saved state.")),
        DomainAction::InjectNmi | DomainAction::CoreDump(_) => need(exists, off),
        DomainAction::PmWakeup => need(state == DomainState::Suspended, || tr("The machine is not asleep.")),
        DomainAction::SetAutostart(_) => need(domain.persistent, || {
            tr("The machine is transient: it vanishes when it stops.")
        }),
        DomainAction::Rename(_) => {
            need(!exists, || tr("Only a machine that is off can be renamed."))?;
            need(domain.persistent, || {
                tr("The machine is transient: it vanishes when it stops.")
            })
        }
        DomainAction::SetTitle(_)
        | DomainAction::SetDescription(_)
        | DomainAction::SetTags(_)
        // One that runs is forced off first, when the user agrees.
        | DomainAction::Delete(_) => Ok(()),
    }
}

/// Asking through the agent needs one; where the definition is not read yet, libvirt will tell.
fn agent(action: &DomainAction, domain: &Domain) -> Result<(), String> {
    let through_agent = matches!(
        action,
        DomainAction::Shutdown(GuestSignal::Agent) | DomainAction::Reboot(GuestSignal::Agent)
    );
    match &domain.details {
        Some(details) if through_agent && !details.has_agent_channel => {
            Err(tr("The machine has no channel for a guest agent."))
        }
        _ => Ok(()),
    }
}

/// A number or text that tunes something, with the type that libvirt wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `VIR_TYPED_PARAM_UINT`.
    Small(u32),
    /// `VIR_TYPED_PARAM_ULLONG`.
    Large(u64),
    /// `VIR_TYPED_PARAM_LLONG`.
    Signed(i64),
    /// `VIR_TYPED_PARAM_STRING`.
    Text(String),
}

/// Settings by libvirt's names for them (`VIR_DOMAIN_BLOCK_IOTUNE_…` and the like).
pub type Settings = Vec<(String, Setting)>;

/// A change of a running machine that leaves its definition alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveChange {
    /// The balloon's target in KiB (`virDomainSetMemoryFlags`).
    Memory(u64),
    /// Virtual CPUs in use (`virDomainSetVcpusFlags`).
    Vcpus(u32),
    /// The title; empty removes it (`virDomainSetMetadata`).
    Title(String),
    /// The description; empty removes it (`virDomainSetMetadata`).
    Description(String),
    /// A program's element in the metadata; empty XML removes it (`virDomainSetMetadata`).
    Metadata {
        /// The prefix.
        key: String,
        /// The namespace.
        uri: String,
        /// The element, without prefix.
        xml: String,
    },
    /// A new device, as XML (`virDomainAttachDeviceFlags`).
    Attach(String),
    /// A device that goes, as XML; libvirt waits some seconds for the guest (`virDomainDetachDeviceFlags`).
    Detach(String),
    /// A device that goes, by its alias in the running machine: asks only, the guest's answer comes as an event
    /// (`virDomainDetachDeviceAlias`).
    Unplug(String),
    /// A device that changes, as XML of all of it (`virDomainUpdateDeviceFlags`).
    Update(String),
    /// Limits of a disk's traffic (`virDomainSetBlockIoTune`).
    Throttle {
        /// Target of the disk.
        disk: String,
        /// All limits, 0 for none.
        limits: Settings,
    },
    /// The size of a disk that the running machine sees, in bytes (`virDomainBlockResize`).
    Resize {
        /// Target of the disk.
        disk: String,
        /// Bytes.
        bytes: u64,
    },
    /// Seconds between two figures of the balloon, 0 for none (`virDomainSetMemoryStatsPeriod`).
    StatsPeriod(u32),
    /// Shares, periods and quotas (`virDomainSetSchedulerParametersFlags`).
    Scheduler(Settings),
    /// Limits of memory in KiB (`virDomainSetMemoryParameters`).
    MemoryLimits(Settings),
    /// Weights of disk traffic (`virDomainSetBlkioParameters`).
    BlkioWeights(Settings),
    /// NUMA nodes that memory comes from (`virDomainSetNumaParameters`).
    NumaNodes(Settings),
    /// Host CPUs of a virtual CPU, as in `0-3,^2`; empty for all (`virDomainPinVcpuFlags`).
    PinVcpu(u32, String),
    /// Host CPUs of the emulator (`virDomainPinEmulator`).
    PinEmulator(String),
    /// Host CPUs of an I/O thread (`virDomainPinIOThread`).
    PinIoThread(u32, String),
    /// A new I/O thread (`virDomainAddIOThread`).
    AddIoThread(u32),
    /// An I/O thread that goes (`virDomainDelIOThread`).
    RemoveIoThread(u32),
}
