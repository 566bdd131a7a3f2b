//! libosinfo: which operating systems there are, which one a medium holds, and the scripts of their installers. The database
//! is read once, on a thread of its own that keeps it; every question is answered there.

mod database;
mod entity;
mod ffi;
mod location;
mod media;
mod script;
mod thread;
pub(crate) mod volume;

use std::path::PathBuf;
use std::sync::Arc;

use crate::i18n::tr;
use crate::model::creation::Unattended;
use crate::model::creation::unattended::{Prepared, Setting, Way, archive};
use crate::model::error::{Kind, VirtError};
use crate::model::iso::{self, Medium};
use crate::model::os::{Os, Recognised, guess};

const OP: &str = "prepare installation";

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
    let file = setting.medium.clone();
    let medium = match file.clone() {
        Some(file) => location::aside(move || location::medium(&file)).await,
        None => None,
    };
    let (asked, known) = (setting.clone(), medium.clone());
    let made = thread::ask(move |database| {
        let recognised = known.as_ref().and_then(|known| media::medium(database, known));
        script::scripts(database, &wanted, &asked, known.as_ref()).map(|scripts| (scripts, recognised))
    });
    let (scripts, recognised) = made.await.ok_or_else(|| {
        let why = tr("The database of operating systems (osinfo-db) is not installed.");
        VirtError::own(Kind::Unsupported, OP, why)
    })??;
    let restarts = recognised.as_ref().map_or(0, |recognised| recognised.restarts);
    let mut prepared = Prepared {
        way: scripts.way,
        image: None,
        appendix: None,
        kernel: None,
        arguments: scripts.arguments,
        restarts,
        scripts: scripts.files,
    };
    match scripts.way {
        Way::Cdrom => prepared.image = Some(disk(scripts.label, &prepared.scripts)?.into()),
        Way::Initrd => {
            let appendix = archive(&prepared.scripts);
            if let (Some(file), Some(medium), Some(recognised)) = (file, medium, recognised) {
                let after = appendix.clone();
                let kernel = location::aside(move || location::kernel(&file, &medium, &recognised, &after)).await;
                prepared.kernel = Some(kernel.ok_or_else(|| {
                    let why = tr("The kernel of the installer was not found on the medium.");
                    VirtError::own(Kind::Unsupported, OP, why)
                })?);
            }
            prepared.appendix = Some(appendix.into());
        }
    }
    Ok(prepared)
}

/// A CD with the scripts.
fn disk(label: &str, scripts: &[(String, String)]) -> Result<Vec<u8>, VirtError> {
    let files: Vec<iso::File<'_>> = scripts
        .iter()
        .map(|(name, text)| iso::File {
            name,
            bytes: text.as_bytes(),
        })
        .collect();
    iso::image(label, &files).map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))
}

#[cfg(test)]
mod tests;
