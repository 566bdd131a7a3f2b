//! What can be asked of a host about storage pools and their volumes.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{HostClient, Result};
use crate::i18n::tr_f;
use crate::model::error::Kind;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::job::Job;
use crate::model::journal::{Entry, Made};
use crate::model::storage::{Brought, FoundSource, IfUsed, NewPool, NewVolume, Reach, Resize, VolumeRef, Wipe};
use crate::virt::connection::Connection;
use crate::virt::facts;
use crate::virt::journal::Journal;
use crate::virt::session::Crew;
pub use crate::virt::storage::pool::PoolBuild;
use crate::virt::storage::{bring, pool, rename, volume};

/// Methods that are one call each: `name(arguments) -> result = crew, "operation", call`.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty = $crew:ident, $op:literal, $call:expr;)*) => {
        impl HostClient {
            $($(#[$doc])*
            ///
            /// # Errors
            /// What libvirt says, by remedy.
            pub async fn $name(&self $(, $arg: $type)*) -> Result<$result> {
                self.0.0.run(Crew::$crew, None, $op, move |connection| $call(connection $(, &$arg)*)).await
            })*
        }
    };
}

calls! {
    /// A pool as it is now, and not as it was read some time ago.
    pool(name: String) -> PoolFact = Queries, "read pool", |connection, name: &String| pool::read(connection, name);
    /// Defines a pool (`virStoragePoolDefineXML`, checked against the schema) and makes a secret for a typed password. It is
    /// neither built nor started by that.
    define_pool(new: NewPool) -> PoolFact = Actions, "define pool", |connection, new: &NewPool| pool::define(connection, new);
    /// Defines a pool from XML. One that is there already is refused.
    define_pool_xml(xml: String) -> PoolFact = Actions, "define pool",
        |connection, xml: &String| pool::define_xml(connection, xml, None);
    /// The definition of a pool (`virStoragePoolGetXMLDesc`); with `inactive` what its next start takes, which is what can
    /// be edited.
    pool_xml(name: String, inactive: bool) -> String = Queries, "read definition",
        |connection, name: &String, inactive: &bool| pool::xml(connection, name, *inactive);
    /// Defines what `edited` changes of `base`, together with what others have changed meanwhile. A pool that runs takes it at
    /// its next start.
    redefine_pool(name: String, base: String, edited: String) -> PoolFact = Actions, "define pool",
        |connection, name: &String, base: &String, edited: &String| pool::redefine(connection, name, base, edited);
    /// Gives a pool that is stopped another name; what it holds is not touched.
    rename_pool(name: String, new: String) -> PoolFact = Actions, "rename pool",
        |connection, name: &String, new: &String| rename::rename(connection, name, new);
    /// Makes what the pool is: its folder, file system, partition table or volume group (`virStoragePoolBuild`).
    build_pool(name: String, how: PoolBuild) -> () = Jobs, "build pool",
        |connection, name: &String, how: &PoolBuild| pool::build(connection, name, *how);
    /// Starts a pool (`virStoragePoolCreate`). A server that does not answer makes it take minutes.
    start_pool(name: String) -> () = Jobs, "start pool", |connection, name: &String| pool::start(connection, name);
    /// Stops a pool (`virStoragePoolDestroy`): nothing is deleted, and machines that run go on.
    stop_pool(name: String) -> () = Jobs, "stop pool", |connection, name: &String| pool::stop(connection, name);
    /// Lets a pool look at its volumes anew (`virStoragePoolRefresh`).
    refresh_pool(name: String) -> () = Jobs, "refresh pool", |connection, name: &String| pool::refresh(connection, name);
    /// Starts a pool with the host or not (`virStoragePoolSetAutostart`).
    set_pool_autostart(name: String, autostart: bool) -> () = Actions, "set autostart",
        |connection, name: &String, autostart: &bool| pool::set_autostart(connection, name, *autostart);
    /// Removes the definition of a pool that is stopped (`virStoragePoolUndefine`); what it holds stays.
    undefine_pool(name: String) -> () = Actions, "remove pool", |connection, name: &String| pool::undefine(connection, name);
    /// Deletes what a stopped pool was built from (`virStoragePoolDelete`): an empty folder, a volume group with everything in
    /// it. The definition stays.
    delete_pool(name: String, zeroed: bool) -> () = Jobs, "delete pool",
        |connection, name: &String, zeroed: &bool| pool::delete(connection, name, *zeroed);
    /// What a pool of the kind of `wish` could be made of (`virConnectFindStoragePoolSources`), on the servers that it names.
    /// Can take as long as a server that does not answer.
    pool_sources(wish: NewPool) -> Vec<FoundSource> = Jobs, "look for storage",
        |connection, wish: &NewPool| pool::sources(connection, wish);
    /// The volumes of a pool with nothing but their names, and their paths where a pool has its volumes in a folder: one
    /// round trip, however many there are. The rest tells [`HostClient::describe_volumes`].
    volume_names(pool: String) -> Vec<VolumeFact> = Queries, "list volumes",
        |connection, pool: &String| volume::names(connection, pool);
    /// What these volumes of a pool are, in full: for the lines of a list that are seen. Those that are gone are left out.
    describe_volumes(pool: String, names: Vec<String>) -> Vec<VolumeFact> = Queries, "read volumes",
        |connection, pool: &String, names: &Vec<String>| volume::describe_all(connection, pool, names);
    /// A volume as it is now.
    volume(of: VolumeRef) -> VolumeFact = Queries, "read volume", |connection, of: &VolumeRef| volume::read(connection, of);
    /// What libvirt says of a volume (`virStorageVolGetXMLDesc`).
    volume_xml(of: VolumeRef) -> String = Queries, "read volume", |connection, of: &VolumeRef| volume::xml(connection, of);
}

impl HostClient {
    /// Does what is left for a pool that was just defined: builds it as `build` says, starts it, and lets it start with the host.
    /// Where that fails the definition goes again: half a pool is none. A driver that starts no pools with the host is no failure.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn set_up_pool(&self, name: &str, build: Option<PoolBuild>, start: bool, autostart: bool) -> Result<()> {
        let work = async {
            if let Some(how) = build {
                self.build_pool(name.to_owned(), how).await?;
            }
            if start {
                self.start_pool(name.to_owned()).await?;
            }
            if !autostart {
                return Ok(());
            }
            match self.set_pool_autostart(name.to_owned(), true).await {
                Err(error) if error.kind == Kind::Unsupported => Ok(()),
                set => set,
            }
        };
        let done = work.await;
        if done.is_err() {
            // One that runs has to be stopped before; it is new, and nobody uses it.
            let _ = self.stop_pool(name.to_owned()).await;
            if let Err(left) = self.undefine_pool(name.to_owned()).await {
                tracing::warn!(error = %left, "a pool that could not be started stays defined");
            }
        }
        done
    }

    /// Makes a volume (`virStorageVolCreateXML`). libvirt cannot be stopped while it does: after a cancel the volume is removed
    /// as soon as it is there.
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Cancelled`. Nothing stays then.
    pub async fn create_volume(&self, new: NewVolume, job: Job) -> Result<VolumeFact> {
        let title = tr_f("Creating {name}", &[("name", &new.name)]);
        let entry = self.entry(title);
        self.0
            .0
            .apart("create volume", move |connection| {
                noted(connection, entry, &new.volume(), || {
                    volume::create(connection, &new, &job)
                })
            })
            .await
    }

    /// Copies a volume, into the same pool or another (`virStorageVolCreateXMLFrom`); blocks are shared where the file system
    /// can. A copy is never smaller than the original. A cancel works as with [`HostClient::create_volume`].
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Cancelled`. Nothing stays then.
    pub async fn clone_volume(&self, from: VolumeRef, new: NewVolume, job: Job) -> Result<VolumeFact> {
        let title = tr_f("Copying {name}", &[("name", &from.name)]);
        let entry = self.entry(title);
        self.0
            .0
            .apart("copy volume", move |connection| {
                noted(connection, entry, &new.volume(), || {
                    volume::clone(connection, &from, &new, &job)
                })
            })
            .await
    }

    /// Gives a volume another size (`virStorageVolResize`). The disk of a machine that runs is resized with
    /// [`HostClient::resize_disk`].
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Busy` for a smaller size where somebody uses it.
    pub async fn resize_volume(&self, of: VolumeRef, wish: Resize) -> Result<()> {
        if wish.shrink {
            self.check_unused(&of, wish.if_used, "resize volume").await?;
        }
        self.0
            .0
            .run(Crew::Jobs, None, "resize volume", move |connection| {
                volume::resize(connection, &of, wish)
            })
            .await
    }

    /// Where that is not allowed, refuses what takes from a volume what others need.
    async fn check_unused(&self, of: &VolumeRef, if_used: IfUsed, op: &'static str) -> Result<()> {
        if if_used == IfUsed::Insist {
            return Ok(());
        }
        let of = of.clone();
        self.0
            .0
            .run(Crew::Jobs, None, op, move |connection| {
                facts::check_unused(connection, &volume::read(connection, &of)?.path, op)
            })
            .await
    }

    /// Overwrites what a volume holds (`virStorageVolWipePattern`). libvirt cannot be stopped while it does, and tells no
    /// progress.
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Busy` where somebody uses it and that was not insisted on.
    pub async fn wipe_volume(&self, of: VolumeRef, how: Wipe, if_used: IfUsed) -> Result<()> {
        self.check_unused(&of, if_used, "wipe volume").await?;
        self.0
            .0
            .apart("wipe volume", move |connection| volume::wipe(connection, &of, how))
            .await
    }

    /// Makes a volume of a file of this computer, of bytes or of something from the network, as it comes, with its holes
    /// (`virStorageVolUpload`). A cancel or failure removes it.
    ///
    /// # Errors
    /// What libvirt, the network or the file system says; `Kind::Cancelled`; `Kind::Invalid` for a name that is taken. Where the
    /// volume cannot be removed because the line broke, the message says that it stays, and the journal has it.
    pub async fn bring(&self, wish: Brought, job: Job) -> Result<VolumeFact> {
        let title = tr_f("Uploading {name}", &[("name", &wish.volume.name)]);
        let entry = self.entry(title);
        self.0
            .0
            .in_turn("upload", job, move |connection, job| {
                noted(connection, entry, &wish.volume, || bring::bring(connection, &wish, job))
            })
            .await
    }

    /// Writes what comes from elsewhere over a volume that is there (`virStorageVolUpload`), and tells how many bytes that
    /// were. After a cancel or failure the volume holds a mixture.
    ///
    /// # Errors
    /// As [`HostClient::bring`]; `Kind::Busy` where somebody uses it and that was not insisted on.
    pub async fn overwrite_volume(&self, wish: Brought, reach: Reach, if_used: IfUsed, job: Job) -> Result<u64> {
        self.check_unused(&wish.volume, if_used, "upload").await?;
        let of = wish.volume.clone();
        // Its turn may come hours later.
        let still_unused = self.check_unused(&of, if_used, "upload");
        self.0
            .0
            .in_turn_after("upload", job, still_unused, move |connection, job| {
                bring::overwrite(connection, &wish, reach, job)
            })
            .await
    }

    /// Writes a volume to a file of this computer, with its holes (`virStorageVolDownload`), and tells its length. A file of
    /// that name is replaced when everything is there.
    ///
    /// # Errors
    /// What libvirt or the file system says; `Kind::Cancelled`. Nothing stays then.
    pub async fn download_volume(&self, from: VolumeRef, file: PathBuf, reach: Reach, job: Job) -> Result<u64> {
        self.0
            .0
            .in_turn("download", job, move |connection, job| {
                bring::download(connection, &from, &file, reach, job)
            })
            .await
    }

    /// An entry for the journal: a job of this host that begins now.
    pub(super) fn entry(&self, title: String) -> Entry {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Entry {
            title,
            host: self.id(),
            uri: self.0.0.config.uri.clone(),
            started: since.as_secs(),
            made: Vec::new(),
        }
    }
}

/// Does work that makes one volume, with an entry in the journal that stays where the line to the host broke. A name that is
/// taken is refused before anything is noted: what is there is somebody's.
fn noted<T>(connection: &Connection, entry: Entry, target: &VolumeRef, work: impl FnOnce() -> Result<T>) -> Result<T> {
    volume::check_free(connection, target, "create volume")?;
    let mut record = Journal::of_user().begun(entry, "note")?;
    record.note(Made::of(target), "note")?;
    let result = work();
    match &result {
        // Whether it is there, and how much of it, nobody knows now.
        Err(error) if error.kind == Kind::Unreachable => drop(record),
        _ => record.end(),
    }
    result
}
