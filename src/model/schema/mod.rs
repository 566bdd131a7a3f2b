//! libvirt's own schema as a list of words: which elements, attributes and values may stand at a place of a document.
//!
//! libvirt installs its RelaxNG grammars. They are read for completion only: whether a document is valid is asked of a validator.

mod grammar;
mod kind;
mod lookup;
mod read;

use std::path::{Path, PathBuf};

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
