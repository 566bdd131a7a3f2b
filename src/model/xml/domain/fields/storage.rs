//! Disks, controllers, file systems.

use crate::model::xml::field::fields;

fields! {
    /// A disk, CD-ROM drive, floppy drive or SCSI unit.
    disk {
        /// `disk`, `cdrom`, `floppy`, `lun`.
        DEVICE: String = Text, "@device";
        /// Name in the guest.
        TARGET: String = Text, "target/@dev";
        /// Bus.
        BUS: String = Text, "target/@bus";
    }
}
