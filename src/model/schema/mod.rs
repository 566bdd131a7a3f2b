//! libvirt's own schema as a list of words: which elements, attributes and values may stand at a place of a document.
//!
//! libvirt installs its RelaxNG grammars. They are read for completion only: whether a document is valid is asked of a validator.

mod check;
mod grammar;
mod kind;
mod lookup;
mod read;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

pub use check::Finding;
pub use grammar::Schema;
pub use kind::DocumentKind;
pub use read::SchemaError;

/// The folder with libvirt's grammars, where they are installed.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let folders = std::env::var("XDG_DATA_DIRS").unwrap_or_default();
    let usual = ["/usr/local/share", "/usr/share"];
    folders
        .split(':')
        .filter(|folder| !folder.is_empty())
        .chain(usual)
        .map(|folder| Path::new(folder).join("libvirt/schemas"))
        .find(|folder| folder.join("domain.rng").is_file())
}

/// The grammar file for documents of a kind, where it is installed.
#[must_use]
pub fn file(kind: DocumentKind) -> Option<PathBuf> {
    Some(folder()?.join(kind.file())).filter(|path| path.is_file())
}

/// The grammar for documents of a kind, where it is installed and can be read: read once, kept as long as the program runs.
/// Blocks: not for the main thread.
#[must_use]
pub fn installed(kind: DocumentKind) -> Option<Arc<Schema>> {
    type Known = HashMap<&'static str, Option<Arc<Schema>>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let read = || {
        let schema = Schema::load(&folder()?, kind);
        schema
            .inspect_err(|error| tracing::warn!(%error, "no words for completion"))
            .ok()
            .map(Arc::new)
    };
    known.entry(kind.file()).or_insert_with(read).clone()
}
