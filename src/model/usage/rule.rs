//! Who may use an image beside whom: libvirt's and QEMU's rules in one place.

use super::image::Access;

/// How two uses of one image disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clash {
    /// Both write, and at least one does not expect it.
    BothWrite,
    /// The first writes what the other reads.
    WritesRead,
    /// The first reads what the other writes.
    ReadsWritten,
    /// The first writes the base of the other: even if the other is off, its image is worthless afterwards.
    WritesBase,
    /// The first builds on what the other writes.
    BaseWritten,
}

/// Whether two machines may use an image at the same time: any number may read it or build on it, any number may write it
/// that all call it shareable. A base may never be written while somebody builds on it, shareable or not.
#[must_use]
pub fn clash(first: Access, other: Access) -> Option<Clash> {
    use Access::{Base, Read, Share, Write};
    match (first, other) {
        (Read | Base, Read | Base) | (Share, Share) => None,
        (Write | Share, Write | Share) => Some(Clash::BothWrite),
        (Write | Share, Base) => Some(Clash::WritesBase),
        (Base, Write | Share) => Some(Clash::BaseWritten),
        (Write | Share, Read) => Some(Clash::WritesRead),
        (Read, Write | Share) => Some(Clash::ReadsWritten),
    }
}
