//! libosinfo: which operating systems there are, which one a medium holds, and the scripts of their installers. The database
//! is read once, on a thread of its own that keeps it; every question is answered there.

mod database;
mod entity;
mod ffi;
mod location;
mod media;
mod thread;
pub(crate) mod volume;

use std::path::PathBuf;
use std::sync::Arc;

use crate::i18n::tr;
use crate::model::creation::Unattended;
use crate::model::creation::unattended::{Prepared, Setting};
use crate::model::error::{Kind, VirtError};
use crate::model::iso::Medium;
use crate::model::os::{Os, Recognised, guess};

/// All operating systems, the newest of each distribution first. `None` where the database is not installed. The first call
/// reads it (about a second), later ones answer at once.
pub async fn all() -> Option<Arc<[Os]>> {
    thread::all().await
}

/// What a file of this computer holds: a medium by what stands in it, a disk image by its name ([`Recognised::guess`]). `None`
/// where it can't be told, also where it can't be read. It may take as long as the file system does.
pub async fn recognise(file: PathBuf) -> Option<Recognised> {
    let name = file.to_string_lossy().into_owned();
    let medium = location::aside(move || location::medium(&file)).await;
    identify(medium, name).await
}

/// As [`recognise`], from the first bytes of a file (64 KiB are enough) and its name.
pub(crate) async fn recognise_head(head: Vec<u8>, name: String) -> Option<Recognised> {
    identify(Medium::parse(&head), name).await
}

async fn identify(medium: Option<Medium>, name: String) -> Option<Recognised> {
    let known = thread::ask(move |database| {
        let found = medium.as_ref().and_then(|medium| media::medium(database, medium));
        // A label that says nothing is no better than a name.
        let named = || guess::by_name(&database.all(), &name);
        found.or_else(named)
    });
    known.await.flatten()
}

/// What an installation tree holds: from its `.treeinfo`, else from its address. `None` where it can't be told. Servers get
/// a quarter of a minute.
pub async fn recognise_tree(url: String) -> Option<Recognised> {
    let asked = url.clone();
    let treeinfo = location::aside(move || location::treeinfo(&asked)).await;
    let known = thread::ask(move |database| {
        let told = treeinfo.and_then(|treeinfo| media::tree(database, &treeinfo, &url));
        told.or_else(|| guess::by_address(&database.all(), &url))
    });
    known.await.flatten()
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

#[cfg(test)]
mod tests;
