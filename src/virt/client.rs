//! The door to a host: everything the rest of the program may ask of it. Cheap to clone; every call returns at once and
//! completes later on the host's own threads. Dropping a returned future gives the call up.

mod cloning;
mod conversion;
mod creation;
mod display;
mod export;
mod network;
mod node;
pub mod osinfo;
mod storage;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

pub use self::conversion::{has_virt_v2v, inspect_appliance};
pub use self::display::Way;
pub use self::node::{look, uses};
pub use self::storage::PoolBuild;
pub use crate::virt::askpass;
pub use crate::virt::bridge::{EventSink, EventStream, channel};
pub use crate::virt::clock::{monotonic_ns, since_start_ms, thread_cpu_ns};
pub use crate::virt::creation::FINISHED_START;
pub use crate::virt::definition::Archive;
pub use crate::virt::display::{Display, DisplayNews, Picture};
pub use crate::virt::event_loop::{EventLoop, InstallError};
pub use crate::virt::journal::{Journal, Leftover, Record};
pub use crate::virt::process::{choose_renderer, with_number_marks};
#[doc(hidden)]
pub use crate::virt::session::Limits;
pub use crate::virt::stream::ConsoleStream;

use crate::model::action::{GuestSignal, LiveChange, StartOptions};
use crate::model::credential::CredentialQuestion;
use crate::model::deletion::{Belongings, Keep};
use crate::model::display::image::Screenshot;
use crate::model::domain::{DomainSummary, GuestAddress};
use crate::model::error::VirtError;
use crate::model::facts::{GuestKind, HostFacts, NewImage, PoolFact, VolumeFact, Volumes};
use crate::model::hardware::apply::{Definitions, Outcome, Redefined, Verdict, Wish};
use crate::model::host::{ConnectionStatus, HostConfig, HostInfo};
use crate::model::key::HostId;
use crate::model::operation::Progress;
use crate::model::sample::Interest;
use crate::model::usage::{Deleted, Machine, Usage};
use crate::virt::definition;
use crate::virt::deletion;
use crate::virt::domain as calls;
use crate::virt::facts;
use crate::virt::screenshot;
use crate::virt::session::{self, Control, Crew, Session, details, listing};
use crate::virt::sys;

/// Acts as what ssh or libvirt starts when the program was started under such a name: the helper that asks for passwords,
/// or the ssh that a host's connections share. To be called first in `main`; `None` in every other case.
#[must_use]
pub fn helper_if_invoked() -> Option<std::process::ExitCode> {
    askpass::main_if_invoked().or_else(crate::virt::ssh::program::main_if_invoked)
}

type Result<T> = std::result::Result<T, VirtError>;

/// Which definition to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct XmlFlags {
    /// The definition of the next start instead of the running one.
    pub inactive: bool,
    /// With passwords; needs a writable connection.
    pub secure: bool,
}

/// The door to one host. When the last clone is dropped, the host is disconnected.
#[derive(Debug, Clone)]
pub struct HostClient(Arc<Door>);

struct Door(Arc<Session>);

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.config.id)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.0.tell(Control::Disconnect);
    }
}

/// Methods that are one call on one machine each: `name(arguments) -> result = crew, "operation", call`.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty = $crew:ident, $op:literal, $call:expr;)*) => {
        impl HostClient {
            $($(#[$doc])*
            ///
            /// # Errors
            /// What libvirt says, by remedy.
            pub async fn $name(&self, uuid: Uuid $(, $arg: $type)*) -> Result<$result> {
                self.0.0.run(Crew::$crew, Some(uuid), $op, move |connection| $call(connection, uuid $(, $arg)*)).await
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
        Self::connect_within(config, events, questions, Limits::default())
    }

    /// As [`HostClient::connect`], with other limits.
    #[doc(hidden)]
    #[must_use]
    pub fn connect_within(
        config: HostConfig,
        events: EventSink,
        questions: async_channel::Sender<CredentialQuestion>,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Door(Session::start(config, events, questions, limits))))
    }

    /// Identity of the host.
    #[must_use]
    pub fn id(&self) -> HostId {
        self.0.0.config.id
    }

    /// How the connection stands (the same as the last `HostEvent::Connection`).
    #[must_use]
    pub fn status(&self) -> ConnectionStatus {
        self.0.0.status()
    }

    /// Tries to connect now, also during the wait of a back-off and after a failure. Does nothing when connected.
    pub fn reconnect(&self) {
        self.0.0.tell(Control::Reconnect);
    }

    /// Checks at once whether a connection that looks open still is (after resume from suspend, after a network change).
    pub fn check_alive(&self) {
        self.0.0.tell(Control::CheckAlive);
    }

    /// Closes in order; returns at once. `ConnectionStatus::Disconnected` follows, for a hung host, too: it is abandoned.
    /// A client that was disconnected stays so: connect anew for another one.
    pub fn disconnect(&self) {
        self.0.0.tell(Control::Disconnect);
    }

    /// Completes when the host's threads have closed the connection, or after it was abandoned.
    pub async fn closed(&self) {
        self.0.0.closed().await;
    }

    /// Says what the windows show; decides what is polled. Nothing is polled before the first call.
    pub fn set_interest(&self, interest: Interest) {
        self.0.0.change_polling(|state| state.interest = interest);
    }

    /// Time between two statistics polls.
    pub fn set_poll_interval(&self, interval: Duration) {
        self.0.0.change_polling(|state| state.interval = interval);
    }

    /// Reads the definitions of these machines soon, in this order, before all others; replaces what an earlier call
    /// asked and is not read yet. Answers come as `HostEvent::Details`.
    pub fn request_details(&self, uuids: Vec<Uuid>) {
        self.0.0.request_details(uuids);
    }

    /// Reads the whole list anew.
    pub fn resync(&self) {
        self.0.0.resync();
    }

    /// Opens a text console. `alias` as in `ConsoleInfo`; `force` takes it from another client
    /// (`VIR_DOMAIN_CONSOLE_FORCE`), otherwise a busy one is `Kind::Busy`.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn open_console(&self, uuid: Uuid, alias: Option<String>, force: bool) -> Result<ConsoleStream> {
        self.0
            .0
            .run(Crew::Queries, Some(uuid), "open console", move |connection| {
                crate::virt::stream::open(connection, uuid, alias.as_deref(), force)
            })
            .await
    }

    /// Takes a picture of a running machine's screen, counted from 0 (`virDomainScreenshot`). At most two are under way for
    /// one host; dropping the future gives it up.
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Timeout` after 20 seconds.
    pub async fn screenshot(&self, uuid: Uuid, screen: u32) -> Result<Screenshot> {
        let wanted = Arc::new(());
        let watch = Arc::downgrade(&wanted);
        let take = self
            .0
            .0
            .run(Crew::Pictures, Some(uuid), screenshot::OP, move |connection| {
                screenshot::take(connection, uuid, screen, &watch)
            });
        let taken = glib::future_with_timeout(screenshot::LIMIT, take).await;
        drop(wanted);
        taken.unwrap_or_else(|_| Err(screenshot::too_late()))
    }

    /// Saves memory to disk and stops (`virDomainManagedSave`). A long job: `progress` is told about twice a second;
    /// cancel with [`HostClient::abort_job`].
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Cancelled` after an abort.
    pub async fn save(&self, uuid: Uuid, progress: async_channel::Sender<Progress>) -> Result<()> {
        self.0.0.save(uuid, progress).await
    }

    /// Writes a core dump to a file on the host (`virDomainCoreDumpWithFormat`). A long job like [`HostClient::save`], but
    /// libvirt refuses to abort a dump of memory alone.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn core_dump(&self, uuid: Uuid, path: String, progress: async_channel::Sender<Progress>) -> Result<()> {
        self.0.0.core_dump(uuid, path, progress).await
    }

    /// Stops at once (`virDomainDestroy`); works while the machine's queue or the connection is stuck, on a second
    /// connection if need be.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn force_off(&self, uuid: Uuid) -> Result<()> {
        self.0.0.force_off(uuid).await
    }

    /// What the host has and can do, for machines of this kind: what can be chosen. Read in pieces and kept until an event
    /// tells that one changed; a piece that the host's driver doesn't know is `None`.
    ///
    /// # Errors
    /// `Kind::Unreachable` without a connection.
    pub async fn facts(&self, kind: GuestKind) -> Result<HostFacts> {
        self.0
            .0
            .run(Crew::Queries, None, "read facts", move |connection| {
                facts::facts(connection, kind)
            })
            .await
    }

    /// The storage pools without their volumes (`virConnectListAllStoragePools`), kept until an event tells that one changed.
    ///
    /// # Errors
    /// What libvirt says, by remedy: `Kind::Unsupported` where the host has none.
    pub async fn pools(&self) -> Result<Arc<[PoolFact]>> {
        self.0.0.run(Crew::Queries, None, "list pools", facts::pools).await
    }

    /// The volumes of a pool (`virStoragePoolListAllVolumes`), kept until an event tells that the pool changed.
    ///
    /// # Errors
    /// What libvirt says, by remedy: a pool that is off has none.
    pub async fn volumes(&self, pool: String) -> Result<Arc<[VolumeFact]>> {
        self.0
            .0
            .run(Crew::Queries, None, "list volumes", move |connection| {
                facts::volumes(connection, &pool)
            })
            .await
    }

    /// The volumes of all pools that run. Kept like those of [`HostClient::volumes`].
    ///
    /// # Errors
    /// What libvirt says, by remedy: `Kind::Unsupported` where the host has no storage pools.
    pub async fn storage(&self) -> Result<Volumes> {
        self.0.0.run(Crew::Queries, None, "list volumes", facts::storage).await
    }

    /// Makes an image in a storage pool (`virStorageVolCreateXML`).
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn create_image(&self, image: NewImage) -> Result<VolumeFact> {
        self.0
            .0
            .run(Crew::Jobs, None, "create image", move |connection| {
                facts::create_image(connection, &image)
            })
            .await
    }

    /// Deletes images (`virStorageVolDelete`), by the paths of volumes, and tells of each what became of it. None is deleted
    /// that a machine uses, running or not, or that another volume builds on: all definitions and volumes are read for that
    /// at this moment. `known` are the machines as they were read before, for those that do not answer now.
    ///
    /// # Errors
    /// Where the host cannot be asked at all: then nothing was deleted.
    pub async fn delete_volumes(&self, paths: Vec<String>, known: Vec<Machine>) -> Result<Vec<Deleted>> {
        self.0
            .0
            .run(Crew::Jobs, None, "delete storage", move |connection| {
                facts::delete_volumes(connection, &paths, &known)
            })
            .await
    }

    /// Who uses which image at this moment, for callers without a store: all definitions and volumes are read.
    ///
    /// # Errors
    /// Where the host cannot be asked.
    pub async fn usage(&self) -> Result<Usage> {
        self.0
            .0
            .run(Crew::Queries, None, "read definitions", |connection| {
                facts::usage(connection, &[])
            })
            .await
    }

    /// What these images build on (`virStorageVolLookupByPath`), nearest first, as far as they are volumes of pools that
    /// run; and whether all were looked at: a host with thousands of images is not asked about each. For machines that
    /// are off: the definition of one that runs tells it.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn chains(&self, paths: Vec<String>) -> Result<(HashMap<String, Vec<String>>, bool)> {
        self.0
            .0
            .run(Crew::Queries, None, "read volumes", move |connection| {
                facts::chains(connection, &paths)
            })
            .await
    }

    /// Applies what a user has made of a definition: brings it together with what others have changed meanwhile, defines it
    /// (`virDomainDefineXMLFlags`), gives the running machine what it can take (the calls that
    /// [`LiveChange`] names) and reads back what has come of it. When the future is dropped, what is
    /// done stays done and the rest of the changes waits for the next start.
    ///
    /// # Errors
    /// What libvirt says, by remedy: `Kind::Denied` on a read-only connection, `Kind::Invalid` for the definition of another
    /// machine. Before the definition was written nothing has changed then.
    pub async fn apply(&self, uuid: Uuid, wish: Wish) -> Result<Verdict> {
        definition::apply(&self.0.0, uuid, wish).await
    }

    /// Lists all machines, for callers without a store.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn list(&self) -> Result<Vec<DomainSummary>> {
        self.0
            .0
            .run(Crew::Queries, None, "list machines", |connection| {
                listing::summaries(connection)
            })
            .await
    }
}

calls! {
    /// Starts or restores a machine (`virDomainCreateWithFlags`).
    start(options: StartOptions) -> () = Actions, "start", calls::start;
    /// Asks the guest to shut down (`virDomainShutdownFlags`).
    shutdown(signal: GuestSignal) -> () = Actions, "shut down", calls::shutdown;
    /// Asks the guest to reboot (`virDomainReboot`).
    reboot(signal: GuestSignal) -> () = Actions, "reboot", calls::reboot;
    /// Resets without asking the guest (`virDomainReset`).
    reset() -> () = Actions, "reset", calls::reset;
    /// Pauses (`virDomainSuspend`).
    suspend() -> () = Actions, "pause", calls::suspend;
    /// Resumes (`virDomainResume`).
    resume() -> () = Actions, "resume", calls::resume;
    /// Discards the saved memory image (`virDomainManagedSaveRemove`).
    discard_saved() -> () = Actions, "discard saved state", calls::discard_saved;
    /// Sends a non-maskable interrupt (`virDomainInjectNMI`).
    inject_nmi() -> () = Actions, "send NMI", calls::inject_nmi;
    /// Presses keys together on the machine's keyboard, by their Linux input event codes, and releases them
    /// (`virDomainSendKey`). Calls keep their order.
    send_key(codes: Vec<u32>) -> () = Actions, "send keys", |connection, uuid, codes: Vec<u32>| calls::send_key(connection, uuid, &codes);
    /// Wakes a guest from power-management suspend (`virDomainPMWakeup`).
    pm_wakeup() -> () = Actions, "wake up", calls::pm_wakeup;
    /// Starts with the host or not (`virDomainSetAutostart`).
    set_autostart(autostart: bool) -> () = Actions, "set autostart", calls::set_autostart;
    /// Gives another name (`virDomainRename`); only while off.
    rename(name: String) -> () = Actions, "rename", |connection, uuid, name: String| calls::rename(connection, uuid, &name);
    /// What the machine has besides its definition (`virDomainHasManagedSaveImage`, `virDomainListAllSnapshots`,
    /// `virDomainListAllCheckpoints`, and what its definitions name): what goes when it is deleted.
    belongings() -> Belongings = Queries, "read definition", deletion::belongings;
    /// Deletes the definition with saved state, snapshots, checkpoints, firmware settings and TPM keys, but what is to be kept
    /// (`virDomainUndefineFlags`). Only while off; its images stay.
    undefine(keep: Keep) -> () = Actions, "delete", deletion::undefine;
    /// Sets or removes the title, live and persistent where both exist (`virDomainSetMetadata`).
    set_title(title: Option<String>) -> () = Actions, "set title",
        |connection, uuid, title: Option<String>| calls::set_title(connection, uuid, title.as_deref());
    /// Sets or removes the description.
    set_description(text: Option<String>) -> () = Actions, "set description",
        |connection, uuid, text: Option<String>| calls::set_description(connection, uuid, text.as_deref());
    /// Sets the tags (metadata element of our own namespace, see `model::tags`).
    set_tags(tags: Vec<String>) -> () = Actions, "set tags",
        |connection, uuid, tags: Vec<String>| calls::set_tags(connection, uuid, &tags);
    /// Cancels the running job of a machine (`virDomainAbortJob`).
    abort_job() -> () = Actions, "cancel", calls::abort_job;
    /// Reads the definition (`virDomainGetXMLDesc`).
    dump_xml(flags: XmlFlags) -> String = Queries, "read definition", |connection, uuid, flags: XmlFlags| {
        let secure = if flags.secure { sys::VIR_DOMAIN_XML_SECURE } else { 0 };
        let inactive = if flags.inactive { sys::VIR_DOMAIN_XML_INACTIVE } else { 0 };
        details::xml(connection, uuid, secure | inactive, "read definition")
    };
    /// Both definitions, with passwords where that is allowed, and whether they may be edited: what an editor begins with.
    definitions() -> Definitions = Queries, "read definition", definition::definitions;
    /// The first half of [`HostClient::apply`]: the definition of the next start, and nothing of the running machine.
    redefine(base: String, edited: String, validate: bool) -> Redefined = Actions, "define",
        |connection, uuid, base: String, edited: String, validate|
            definition::redefine(connection, uuid, &base, &edited, validate);
    /// Asks the guest again to let go of a device of the running machine, by its alias (`virDomainDetachDeviceAlias`):
    /// `Outcome::Now` where it is gone already, else `Outcome::Waiting`.
    unplug(alias: String) -> Outcome = Actions, "remove device",
        |connection, uuid, alias: String| definition::unplug(connection, uuid, &alias);
    /// Makes a disk larger, by its target, in bytes (`virDomainBlockResize`; while off `virStorageVolResize`).
    resize_disk(target: String, bytes: u64) -> () = Actions, "resize disk",
        |connection, uuid, target: String, bytes| definition::resize_disk(connection, uuid, &target, bytes);
    /// Replaces the definition of the next start (`virDomainDefineXMLFlags`), which must carry the UUID of this machine.
    define(xml: String, validate: bool) -> () = Actions, "define",
        |connection, uuid, xml: String, validate| definition::define(connection, uuid, &xml, validate);
    /// Changes the running machine and not its definition.
    change_live(change: LiveChange) -> () = Actions, "change the running machine",
        |connection, uuid, change: LiveChange| definition::change_live(connection, uuid, &change);
    /// Addresses of a running guest: agent, then leases, then ARP (`virDomainInterfaceAddresses`).
    addresses() -> Vec<GuestAddress> = Queries, "read addresses", calls::addresses;
}

/// Opens a connection, reads the facts, closes it: the *Test* button. One attempt for each address is under way at a time;
/// dropping the future gives it up.
///
/// # Errors
/// Why it could not be opened.
pub async fn probe(config: HostConfig, questions: async_channel::Sender<CredentialQuestion>) -> Result<HostInfo> {
    session::probe(config, questions, Limits::default().open).await
}

/// As [`probe`], with another limit.
///
/// # Errors
/// As [`probe`].
#[doc(hidden)]
pub async fn probe_within(
    config: HostConfig,
    questions: async_channel::Sender<CredentialQuestion>,
    limits: Limits,
) -> Result<HostInfo> {
    session::probe(config, questions, limits.open).await
}
