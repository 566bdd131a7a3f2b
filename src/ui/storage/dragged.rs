//! Copies of volumes that were dragged to another program. That program reads them when it likes, so they stay for a day.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long a copy stays after it was written.
const KEPT: Duration = Duration::from_hours(24);

fn home() -> PathBuf {
    glib::user_cache_dir().join("vireo").join("dragged")
}

/// Makes a folder for the copies of one drag, which only the user may look into, and forgets the old ones. Blocks.
///
/// # Errors
/// Those of the file system.
pub(super) fn new_folder() -> io::Result<PathBuf> {
    forget_old();
    let folder = home().join(glib::uuid_string_random());
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    Ok(folder)
}

/// Removes the copies of a drag that came to nothing. Blocks; what cannot be removed goes after a day.
pub(super) fn forget(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

/// Removes the copies of the days before. Blocks; what cannot be removed stays.
pub fn forget_old() {
    if let Some(day) = SystemTime::now().checked_sub(KEPT) {
        forget_older(&home(), day);
    }
}

fn forget_older(home: &Path, than: SystemTime) {
    for folder in fs::read_dir(home).into_iter().flatten().flatten() {
        if last_change(&folder.path()).is_none_or(|time| time >= than) {
            continue;
        }
        if let Err(error) = fs::remove_dir_all(folder.path()) {
            tracing::warn!(%error, "copies of volumes that were dragged stay");
        }
    }
}

/// When a folder or something in it was written last.
fn last_change(folder: &Path) -> Option<SystemTime> {
    let changed = |path: &Path| fs::symlink_metadata(path).and_then(|data| data.modified()).ok();
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let newest = files.filter_map(|file| changed(&file.path())).max();
    changed(folder).max(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_go_after_their_time_and_one_that_is_still_written_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let past = SystemTime::now() - Duration::from_hours(48);
        let make = |name: &str, is_written: bool| {
            let folder = home.path().join(name);
            fs::create_dir(&folder).expect("a folder");
            let file = fs::File::create(folder.join("disk.img")).expect("a file");
            if !is_written {
                file.set_modified(past).expect("its time");
            }
            let opened = fs::File::open(&folder).expect("the folder");
            opened.set_modified(past).expect("its time");
            folder
        };
        let (old, written) = (make("old", false), make("written", true));
        forget_older(home.path(), SystemTime::now() - KEPT);
        assert!(!old.exists() && written.exists());
        forget_older(&home.path().join("none"), SystemTime::now());
    }
}
