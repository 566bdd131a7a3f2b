//! The door to a host: everything the rest of the program may ask of it. Cheap to clone; every call returns at once and
//! completes later on the host's own threads. Dropping a returned future gives the call up.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

pub use crate::virt::bridge::{EventSink, EventStream, channel};
pub use crate::virt::event_loop::{EventLoop, InstallError};

use crate::model::action::{GuestSignal, StartOptions};
use crate::model::credential::CredentialQuestion;
use crate::model::domain::{DomainSummary, GuestAddress};
use crate::model::error::{Kind, VirtError};
use crate::model::host::{ConnectionStatus, HostConfig, HostInfo};
use crate::model::key::HostId;
use crate::model::operation::Progress;
use crate::model::sample::Interest;

type Result<T> = std::result::Result<T, VirtError>;

/// Which definition to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct XmlFlags {
    /// The definition of the next start instead of the running one.
    pub inactive: bool,
    /// With passwords; needs a writable connection.
    pub secure: bool,
}

/// An open text console. Dropping it closes the stream.
#[derive(Debug)]
pub struct ConsoleStream {
    /// What the guest writes, in pieces of at most 64 KiB; bounded, so a slow reader slows the guest. Closed at the end of
    /// the stream; the last item is the error if there was one.
    pub output: async_channel::Receiver<Result<Vec<u8>>>,
    input: async_channel::Sender<Vec<u8>>,
}

impl ConsoleStream {
    /// Queues bytes for the guest; never blocks. Returns false when the stream has ended or its queue (1 MiB) is full.
    pub fn write(&self, bytes: &[u8]) -> bool {
        self.input.try_send(bytes.to_vec()).is_ok()
    }
}

/// The door to one host.
#[derive(Debug, Clone)]
pub struct HostClient {
    config: Arc<HostConfig>,
}

macro_rules! pending {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        impl HostClient {
            $($(#[$doc])*
            ///
            /// # Errors
            /// What libvirt says, by remedy.
            pub async fn $name(&self, $($arg: $type),*) -> Result<$result> {
                $(let _ = $arg;)*
                Err(VirtError::own(Kind::Unsupported, stringify!($name), ""))
            })*
        }
    };
}

impl HostClient {
    /// Starts the threads of a host and the first attempt to connect. News go to `events`, questions to `questions`.
    #[must_use]
    pub fn connect(
        config: HostConfig,
        events: EventSink,
        questions: async_channel::Sender<CredentialQuestion>,
    ) -> Self {
        let _ = (events, questions);
        Self {
            config: Arc::new(config),
        }
    }

    /// Identity of the host.
    #[must_use]
    pub fn id(&self) -> HostId {
        self.config.id
    }

    /// How the connection stands (the same as the last `HostEvent::Connection`).
    #[must_use]
    pub fn status(&self) -> ConnectionStatus {
        ConnectionStatus::Disconnected
    }

    /// Tries to connect now, also during the wait of a back-off and after a failure. Does nothing when connected.
    pub fn reconnect(&self) {}

    /// Checks at once whether a connection that looks open still is (after resume from suspend, after a network change).
    pub fn check_alive(&self) {}

    /// Closes in order; returns at once. `ConnectionStatus::Disconnected` follows, for a hung host, too: it is abandoned.
    pub fn disconnect(&self) {}

    /// Completes when the host's threads have closed the connection, or after it was abandoned.
    pub async fn closed(&self) {}

    /// Says what the windows show; decides what is polled. Nothing is polled before the first call.
    pub fn set_interest(&self, interest: Interest) {
        let _ = interest;
    }

    /// Time between two statistics polls.
    pub fn set_poll_interval(&self, interval: Duration) {
        let _ = interval;
    }

    /// Reads the definitions of these machines soon, in this order, before all others; replaces what an earlier call
    /// asked and is not read yet. Answers come as `HostEvent::Details`.
    pub fn request_details(&self, uuids: Vec<Uuid>) {
        let _ = uuids;
    }

    /// Reads the whole list anew.
    pub fn resync(&self) {}

    /// Opens a text console. `alias` as in `ConsoleInfo`; `force` takes it from another client
    /// (`VIR_DOMAIN_CONSOLE_FORCE`), otherwise a busy one is `Kind::Busy`.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn open_console(&self, uuid: Uuid, alias: Option<String>, force: bool) -> Result<ConsoleStream> {
        let _ = (uuid, alias, force);
        Err(VirtError::own(Kind::Unsupported, "open console", ""))
    }

    /// Saves memory to disk and stops (`virDomainManagedSave`). A long job: `progress` is called on a thread of the host
    /// about twice a second; cancel with [`HostClient::abort_job`].
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Cancelled` after an abort.
    pub async fn save(&self, uuid: Uuid, progress: async_channel::Sender<Progress>) -> Result<()> {
        let _ = (uuid, progress);
        Err(VirtError::own(Kind::Unsupported, "save", ""))
    }

    /// Writes a core dump to a file on the host (`virDomainCoreDumpWithFormat`). A long job like [`HostClient::save`].
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Cancelled` after an abort.
    pub async fn core_dump(&self, uuid: Uuid, path: String, progress: async_channel::Sender<Progress>) -> Result<()> {
        let _ = (uuid, path, progress);
        Err(VirtError::own(Kind::Unsupported, "core dump", ""))
    }
}

pending! {
    /// Starts or restores a machine (`virDomainCreateWithFlags`).
    start(uuid: Uuid, options: StartOptions) -> ();
    /// Asks the guest to shut down (`virDomainShutdownFlags`).
    shutdown(uuid: Uuid, signal: GuestSignal) -> ();
    /// Asks the guest to reboot (`virDomainReboot`).
    reboot(uuid: Uuid, signal: GuestSignal) -> ();
    /// Resets without asking the guest (`virDomainReset`).
    reset(uuid: Uuid) -> ();
    /// Stops at once (`virDomainDestroy`); works while the machine's queue or the connection is stuck, on a second
    /// connection if need be.
    force_off(uuid: Uuid) -> ();
    /// Pauses (`virDomainSuspend`).
    suspend(uuid: Uuid) -> ();
    /// Resumes (`virDomainResume`).
    resume(uuid: Uuid) -> ();
    /// Discards the saved memory image (`virDomainManagedSaveRemove`).
    discard_saved(uuid: Uuid) -> ();
    /// Sends a non-maskable interrupt (`virDomainInjectNMI`).
    inject_nmi(uuid: Uuid) -> ();
    /// Wakes a guest from power-management suspend (`virDomainPMWakeup`).
    pm_wakeup(uuid: Uuid) -> ();
    /// Starts with the host or not (`virDomainSetAutostart`).
    set_autostart(uuid: Uuid, autostart: bool) -> ();
    /// Gives another name (`virDomainRename`); only while off.
    rename(uuid: Uuid, name: String) -> ();
    /// Sets or removes the title, live and persistent where both exist (`virDomainSetMetadata`).
    set_title(uuid: Uuid, title: Option<String>) -> ();
    /// Sets or removes the description.
    set_description(uuid: Uuid, description: Option<String>) -> ();
    /// Sets the tags (metadata element of our own namespace, see `model::tags`).
    set_tags(uuid: Uuid, tags: Vec<String>) -> ();
    /// Cancels the running job of a machine (`virDomainAbortJob`).
    abort_job(uuid: Uuid) -> ();
    /// Reads the definition (`virDomainGetXMLDesc`).
    dump_xml(uuid: Uuid, flags: XmlFlags) -> String;
    /// Lists all machines, for callers without a store.
    list() -> Vec<DomainSummary>;
    /// Addresses of a running guest: agent, then leases, then ARP (`virDomainInterfaceAddresses`).
    addresses(uuid: Uuid) -> Vec<GuestAddress>;
}

/// Opens a connection, reads the facts, closes it: the *Test* button.
///
/// # Errors
/// Why it could not be opened.
pub async fn probe(config: HostConfig, questions: async_channel::Sender<CredentialQuestion>) -> Result<HostInfo> {
    let _ = (config, questions);
    Err(VirtError::own(Kind::Unsupported, "probe", ""))
}
