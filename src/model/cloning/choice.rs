//! What can become of each disk, and why not.

use super::{Fate, Lies, Original, OriginalDisk};
use crate::i18n::{tr, tr_f};
use crate::model::facts::PoolFact;
use crate::model::storage::pool_kind;

/// A disk with what can become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskChoice {
    /// Its target: `vda`.
    pub target: String,
    /// `disk`, `cdrom`, `floppy`, `lun`.
    pub device: String,
    /// Path or name of its image, for the user; empty for an empty drive.
    pub source: String,
    /// Size that the guest sees in bytes, and what it takes.
    pub size: Option<(u64, u64)>,
    /// What becomes of it if nobody says something.
    pub usual: Fate,
    /// Every fate, with the reason why it is not possible.
    pub fates: [(Fate, Result<(), String>); 4],
    /// What has to be known of sharing it; `None` where it is harmless.
    pub warning: Option<String>,
}

impl DiskChoice {
    /// Whether a fate is possible.
    ///
    /// # Errors
    /// Why it is not.
    pub fn may(&self, fate: Fate) -> Result<(), String> {
        let found = self.fates.iter().find(|(known, _)| *known == fate);
        found.map_or(Ok(()), |(_, may)| may.clone())
    }
}

impl Original {
    /// What can become of each disk. `linked` is whether new images build on the original's where that is possible.
    #[must_use]
    pub fn choices(&self, linked: bool) -> Vec<DiskChoice> {
        self.disks.iter().map(|disk| disk.choice(linked)).collect()
    }
}

impl OriginalDisk {
    fn choice(&self, linked: bool) -> DiskChoice {
        let fates = [
            (Fate::Clone, self.may_clone()),
            (Fate::Linked, self.may_link()),
            (Fate::Share, Ok(())),
            (Fate::LeaveOut, Ok(())),
        ];
        let may = |fate| fates.iter().any(|(known, may)| *known == fate && may.is_ok());
        let usual = if self.is_medium() || self.is_readonly || self.is_shareable {
            Fate::Share
        } else if linked && may(Fate::Linked) {
            Fate::Linked
        } else if may(Fate::Clone) {
            Fate::Clone
        } else {
            Fate::LeaveOut
        };
        let (source, size) = match &self.lies {
            Lies::Pool { volume, .. } => (
                volume.path.clone(),
                volume.capacity.map(|bytes| (bytes, volume.allocation.unwrap_or(bytes))),
            ),
            Lies::File(path) => (path.clone(), None),
            Lies::Elsewhere | Lies::Nowhere => (String::new(), None),
        };
        DiskChoice {
            target: self.target.clone(),
            device: self.device.clone(),
            source,
            size,
            usual,
            fates,
            warning: self.sharing_warning(),
        }
    }

    /// A drive for media: what is in it is read only.
    fn is_medium(&self) -> bool {
        matches!(self.device.as_str(), "cdrom" | "floppy")
    }

    fn sharing_warning(&self) -> Option<String> {
        let harmless = self.is_medium() || self.is_readonly || self.is_shareable || self.lies == Lies::Nowhere;
        (!harmless)
            .then(|| tr("Two machines that write to the same disk destroy what is on it: never run both at once."))
    }

    fn may_clone(&self) -> Result<(), String> {
        if self.device == "lun" {
            return Err(tr("It is a SCSI unit of the host, not an image."));
        }
        if self.is_encrypted {
            return Err(tr("The image is encrypted, and a copy would need a secret of its own."));
        }
        match &self.lies {
            Lies::Pool { .. } | Lies::File(_) => Ok(()),
            Lies::Elsewhere => Err(tr("The image is in no storage pool that runs.")),
            Lies::Nowhere => Err(tr("The drive is empty.")),
        }
    }

    fn may_link(&self) -> Result<(), String> {
        self.may_clone()?;
        if self.is_medium() {
            return Err(tr("A medium is only read: there is nothing to keep apart."));
        }
        match &self.lies {
            Lies::Pool { pool, .. } if !holds_files(pool) => Err(tr_f(
                "The pool “{pool}” holds no files: other images cannot build on what is in it.",
                &[("pool", &pool.name)],
            )),
            Lies::Pool { .. } | Lies::File(_) => match self.base_format().as_deref() {
                Some("qcow2" | "raw") => Ok(()),
                Some(format) => Err(tr_f(
                    "Images cannot safely build on one of the format {format}.",
                    &[("format", format)],
                )),
                None => Err(tr("The format of the image is not known.")),
            },
            _ => Ok(()),
        }
    }

    /// The format of the image. What the definition says counts: the guest decides what a plain image looks like.
    pub(super) fn base_format(&self) -> Option<String> {
        self.format.clone().or_else(|| match &self.lies {
            Lies::Pool { volume, .. } => volume.format.clone(),
            _ => None,
        })
    }
}

/// Whether volumes of a pool are files, so that images in it can build on others.
pub(super) fn holds_files(pool: &PoolFact) -> bool {
    pool_kind(&pool.kind).is_some_and(|kind| kind.volume_formats.contains(&"qcow2"))
}
