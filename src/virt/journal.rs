//! The journal of long work on this computer: an entry for each job while it runs, removed when it has ended. What is there
//! without a living job was left half-done by a crash.
//!
//! Each entry is a file of its own, locked by the program that does the work (`flock`): a second program, or the command
//! line, sees which jobs live.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::model::journal::{Entry, Made};

/// The folder of the journal.
#[derive(Debug, Clone)]
pub struct Journal(PathBuf);

/// An entry in its file, with the computer that it is of: several may share a home folder, and only its own knows whether the
/// program lives, and has the files that are named.
#[derive(Serialize, Deserialize)]
struct Stored<E> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    computer: Option<String>,
    #[serde(flatten)]
    entry: E,
}

/// What tells this computer from all others (`machine-id`), hashed as its manual asks for; `None` where it has none.
fn computer() -> Option<String> {
    let id = fs::read_to_string("/etc/machine-id").ok()?;
    let sum = Sha256::digest(format!("vireo journal {}", id.trim()));
    Some(sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// The entry of a job that runs. Dropped without [`Record::end`], it stays and is a leftover.
#[derive(Debug)]
pub struct Record {
    entry: Entry,
    path: PathBuf,
    /// Holds the lock.
    file: File,
}

/// What a job of a program that has died left behind.
#[derive(Debug)]
pub struct Leftover {
    /// What it did and made.
    pub entry: Entry,
    record: Record,
}

impl Journal {
    /// That of the user, in the folder for state (`XDG_STATE_HOME`).
    #[must_use]
    pub fn of_user() -> Self {
        Self(glib::user_state_dir().join("vireo/jobs"))
    }

    /// One in another place.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Begins the entry of a job, before it makes anything.
    ///
    /// # Errors
    /// Those of the file system: then the job must not begin.
    pub fn begin(&self, entry: Entry) -> io::Result<Record> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let path = self.0.join(format!("{}.json", Uuid::new_v4()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let mut record = Record { entry, path, file };
        record.write()?;
        Ok(record)
    }

    /// The same, for a call that is named `op`.
    ///
    /// # Errors
    /// Those of the file system: then the job must not begin.
    pub fn begun(&self, entry: Entry, op: &'static str) -> Result<Record, VirtError> {
        self.begin(entry).map_err(|error| unwritten(&error, op))
    }

    /// The jobs that died, the oldest first. While one is held, no other program takes it for dead. Entries that can't be read
    /// are left alone.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn leftovers(&self) -> io::Result<Vec<Leftover>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let (mut found, done): (Vec<Leftover>, Vec<Leftover>) = paths
            .filter_map(|path| dead(&path))
            .partition(|left| !left.entry.made.is_empty());
        // Nothing half-done is in these.
        done.into_iter().for_each(Leftover::forget);
        found.sort_by_key(|left| left.entry.started);
        Ok(found)
    }
}

fn unwritten(error: &io::Error, op: &'static str) -> VirtError {
    VirtError::own(Kind::Other, op, error.to_string())
}

fn dead(path: &Path) -> Option<Leftover> {
    if path.extension()? != "json" {
        return None;
    }
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    // Its owner may have put another file in its place meanwhile, and holds the lock of that one.
    let (held, there) = (file.metadata().ok()?, fs::metadata(path).ok()?);
    if (held.dev(), held.ino()) != (there.dev(), there.ino()) {
        return None;
    }
    let Stored { computer: of, entry }: Stored<Entry> = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    if of.is_some() && of != computer() {
        return None;
    }
    let record = Record {
        entry: entry.clone(),
        path: path.to_owned(),
        file,
    };
    Some(Leftover { entry, record })
}

impl Record {
    /// Notes what is about to be made. Before it is made: an entry that names something that isn't there does no harm.
    ///
    /// # Errors
    /// Those of the file system: then it must not be made.
    pub fn will_make(&mut self, made: Made) -> io::Result<()> {
        self.entry.made.push(made);
        self.write()
    }

    /// The same, for a call that is named `op`.
    ///
    /// # Errors
    /// Those of the file system: then it must not be made.
    pub fn note(&mut self, made: Made, op: &'static str) -> Result<(), VirtError> {
        self.will_make(made).map_err(|error| unwritten(&error, op))
    }

    /// What was noted is whole now, and nobody may remove it as half-done.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn forget_made(&mut self) -> io::Result<()> {
        self.entry.made.clear();
        self.write()
    }

    /// What was noted, in that order.
    #[must_use]
    pub fn made(&self) -> &[Made] {
        &self.entry.made
    }

    /// The job has ended, well or with everything cleaned up: nothing is left to say.
    pub fn end(self) {
        // Whoever died while it wrote has left half of that.
        let _ = fs::remove_file(self.path.with_extension("next"));
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "an entry of the journal stays");
        }
    }

    /// Writes the entry anew beside the old one, then in its place: a crash leaves one of both whole.
    fn write(&mut self) -> io::Result<()> {
        let next = self.path.with_extension("next");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&next)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let stored = Stored {
            computer: computer(),
            entry: &self.entry,
        };
        file.write_all(serde_json::to_string(&stored)?.as_bytes())?;
        file.sync_data()?;
        fs::rename(&next, &self.path)?;
        self.file = file;
        Ok(())
    }
}

impl Leftover {
    /// It was dealt with, or the user wants it to stay: it is not named again.
    pub fn forget(self) {
        self.record.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::HostId;

    fn entry() -> Entry {
        Entry {
            title: "Creating web".into(),
            host: HostId::new(),
            uri: "test:///default".into(),
            started: 1,
            made: Vec::new(),
        }
    }

    #[test]
    fn a_job_that_died_while_it_wrote_leaves_no_half_of_an_entry() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path().join("jobs"));
        let mut record = journal.begin(entry()).unwrap();
        record.will_make(Made::File { path: "/tmp/x".into() }).unwrap();
        let half = record.path.with_extension("next");
        fs::write(&half, "{").unwrap();
        drop(record);
        let mut found = journal.leftovers().unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0).forget();
        assert_eq!(fs::read_dir(folder.path().join("jobs")).unwrap().count(), 0);
    }

    #[test]
    fn a_living_job_is_no_leftover_and_a_dead_one_names_what_it_made() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path().join("jobs"));
        let made = Made::File { path: "/tmp/x".into() };
        let mut record = journal.begin(entry()).unwrap();
        record.will_make(made.clone()).unwrap();
        assert!(journal.leftovers().unwrap().is_empty(), "it lives");
        drop(record);
        let left = journal.leftovers().unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].entry.made, [made]);
        assert!(journal.leftovers().unwrap().is_empty(), "somebody deals with it");
        left.into_iter().for_each(Leftover::forget);
        assert!(journal.leftovers().unwrap().is_empty());
    }

    #[test]
    fn what_another_computer_left_in_a_shared_home_is_not_offered_here() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path());
        let mut record = journal.begin(entry()).unwrap();
        record.will_make(Made::File { path: "/tmp/x".into() }).unwrap();
        let path = record.path.clone();
        drop(record);
        let text = fs::read_to_string(&path).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["computer"] = "another".into();
        fs::write(&path, value.to_string()).unwrap();
        assert!(journal.leftovers().unwrap().is_empty());
        assert!(path.exists(), "the other one deals with it");
        // One of an older version belongs to whoever finds it.
        value.as_object_mut().unwrap().remove("computer");
        fs::write(&path, value.to_string()).unwrap();
        assert_eq!(journal.leftovers().unwrap().len(), 1);
    }

    #[test]
    fn a_job_that_ended_leaves_nothing_and_a_broken_entry_stays() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path());
        journal.begin(entry()).unwrap().end();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join("x.json"), "{").unwrap();
        assert!(journal.leftovers().unwrap().is_empty());
        assert!(folder.path().join("x.json").exists());
    }
}
