//! What libvirt has learnt of the QEMU programs of this machine, kept from one daemon for the next: it starts each of them
//! to ask, which takes seconds and now and then fails. libvirt itself drops what is older than a program.

use std::fs;
use std::path::{Path, PathBuf};

/// Below the folder that a daemon has as `XDG_CACHE_HOME` (`virQEMUCapsCacheNew`).
const FOLDER: &str = "libvirt/qemu/cache/capabilities";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("capabilities")
}

/// Files that hold the capabilities of one program each.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .collect()
}

/// Gives a daemon that is to be started what is known. Without it the daemon asks.
pub fn give(cache: &Path) {
    let folder = cache.join(FOLDER);
    if fs::create_dir_all(&folder).is_err() {
        return;
    }
    for file in files(&kept()) {
        let _ = file.file_name().map(|name| fs::copy(&file, folder.join(name)));
    }
}

/// Keeps what a daemon has learnt that has ended, for the next ones. Those may start at the same time: each file is whole, or not
/// there.
pub fn keep(cache: &Path) {
    let folder = kept();
    for file in files(&cache.join(FOLDER)) {
        let Some(name) = file.file_name() else { continue };
        let place = folder.join(name);
        let learnt = fs::read(&file).unwrap_or_default();
        // One that was killed may have been writing.
        let is_whole = learnt.trim_ascii_end().ends_with(b"</qemuCaps>");
        if !is_whole || fs::read(&place).is_ok_and(|known| known == learnt) || fs::create_dir_all(&folder).is_err() {
            continue;
        }
        let Ok(fresh) = tempfile::NamedTempFile::new_in(&folder) else {
            continue;
        };
        if fs::copy(&file, fresh.path()).is_ok() {
            let _ = fresh.persist(place);
        }
    }
}
