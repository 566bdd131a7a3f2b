//! Definitions that were replaced, kept on this computer, so that what a machine hung on can be had again.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Definitions that are kept of each machine.
const KEPT: usize = 20;
/// Firmware keeps its variables in far less; a larger file is something else.
const LARGEST: u64 = 64 << 20;

/// A folder with a folder for each machine. Only the user may look into it: definitions hold passwords.
#[derive(Debug, Clone)]
pub struct Archive(PathBuf);

impl Archive {
    /// That of the user, in the folder for state (`XDG_STATE_HOME`).
    #[must_use]
    pub fn of_user() -> Self {
        Self(glib::user_state_dir().join("vireo/definitions"))
    }

    /// One in another place.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Keeps a definition, and the variables of its firmware where they are given; forgets the oldest beyond twenty.
    /// Returns the file of the definition.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep(&self, uuid: Uuid, xml: &str, variables: Option<&[u8]>) -> io::Result<PathBuf> {
        let folder = self.folder(uuid);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let millis = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis());
        let stem = self.next_stem(uuid, millis)?;
        // First what belongs to it: a definition that is there is whole.
        if let Some(variables) = variables {
            write(&folder, &format!("{stem}.nvram"), variables)?;
        }
        let file = write(&folder, &format!("{stem}.xml"), xml.as_bytes())?;
        self.prune(uuid)?;
        Ok(file)
    }

    /// What is kept of a machine, the oldest first.
    ///
    /// # Errors
    /// Those of the file system; a machine of which nothing is kept has an empty list.
    pub fn list(&self, uuid: Uuid) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(self.folder(uuid)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
            .collect();
        found.sort();
        Ok(found)
    }

    fn folder(&self, uuid: Uuid) -> PathBuf {
        self.0.join(uuid.to_string())
    }

    /// The name of what is kept next: the time, and a number that tells apart what is kept within a millisecond. Always
    /// behind all that is there, also after the clock was set back: the order of names is that of time.
    fn next_stem(&self, uuid: Uuid, millis: u128) -> io::Result<String> {
        let last = self.list(uuid)?.pop();
        let last = last.as_deref().and_then(Path::file_stem).and_then(OsStr::to_str);
        let (time, number) = last.map_or((0, 0), |stem| {
            let (time, number) = stem.split_once('-').unwrap_or((stem, "0"));
            (time.parse().unwrap_or(0), number.parse().unwrap_or(0_u32))
        });
        Ok(match millis > time {
            true => format!("{millis:015}-000"),
            false if number < 999 => format!("{time:015}-{:03}", number + 1),
            false => format!("{:015}-000", time + 1),
        })
    }

    fn prune(&self, uuid: Uuid) -> io::Result<()> {
        let kept = self.list(uuid)?;
        for old in kept.iter().take(kept.len().saturating_sub(KEPT)) {
            fs::remove_file(old)?;
            match fs::remove_file(old.with_extension("nvram")) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes a file as a whole or not at all.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (path, part) = (folder.join(name), folder.join(format!(".{name}.part")));
    let written = (|| {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, &path)
    })();
    if written.is_err() {
        // The reason is told; what is left of it is of no use.
        let _ = fs::remove_file(&part);
    }
    written.map(|()| path)
}

/// The variables of a firmware, where their file is on this computer and can be read.
pub(super) fn local_variables(path: &Path) -> Option<Vec<u8>> {
    let about = fs::metadata(path).ok()?;
    (about.is_file() && about.len() <= LARGEST).then(|| fs::read(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_last_twenty_definitions_are_kept_and_only_the_user_may_read_them() {
        let home = tempfile::tempdir().expect("a folder");
        let archive = Archive::at(home.path().join("vireo/definitions"));
        let (uuid, other) = (Uuid::new_v4(), Uuid::new_v4());
        assert!(archive.list(uuid).expect("an empty list").is_empty());
        archive.keep(other, "<other/>", None).expect("kept");
        for number in 0..25 {
            let variables = (number % 2 == 0).then_some(&b"vars"[..]);
            archive
                .keep(uuid, &format!("<n>{number}</n>"), variables)
                .expect("kept");
        }
        let kept = archive.list(uuid).expect("a list");
        let texts: Vec<_> = kept
            .iter()
            .map(|path| fs::read_to_string(path).expect("text"))
            .collect();
        let wanted: Vec<_> = (5..25).map(|number| format!("<n>{number}</n>")).collect();
        assert_eq!(texts, wanted);
        assert_eq!(archive.list(other).expect("a list").len(), 1);
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        let folder = kept[0].parent().expect("a folder");
        assert_eq!((mode(&kept[0]), mode(folder)), (0o600, 0o700));
        let mut variables = 0;
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            assert_eq!(mode(&path), 0o600);
            variables += usize::from(path.extension().is_some_and(|extension| extension == "nvram"));
        }
        assert_eq!(variables, 10, "those of forgotten definitions are forgotten");
    }

    #[test]
    fn definitions_kept_within_a_millisecond_or_before_a_clock_set_back_stay_in_their_order() {
        let home = tempfile::tempdir().expect("a folder");
        let archive = Archive::at(home.path());
        let uuid = Uuid::new_v4();
        let folder = archive.folder(uuid);
        fs::create_dir(&folder).expect("made");
        let mut stems = Vec::new();
        for millis in [5, 5, 5, 4, 9, 8, 10] {
            let stem = archive.next_stem(uuid, millis).expect("a name");
            fs::write(folder.join(format!("{stem}.xml")), "<a/>").expect("written");
            stems.push(stem);
        }
        let listed = archive.list(uuid).expect("a list");
        let listed: Vec<_> = listed.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
        assert_eq!(listed, stems);
        fs::write(folder.join("000000000000010-999.xml"), "<a/>").expect("written");
        assert_eq!(archive.next_stem(uuid, 10).expect("a name"), "000000000000011-000");
    }

    #[test]
    fn a_definition_that_cannot_be_kept_is_told() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(Archive::at(&file).keep(Uuid::new_v4(), "<a/>", None).is_err());
    }
}
