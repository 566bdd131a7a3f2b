//! Deleting images, and why one is kept.

use std::collections::HashSet;

use super::{Access, Conflict, Holder, Image, Purpose, Role, Source, Usage};
use crate::i18n::{tr, tr_f};
use crate::model::error::VirtError;
use crate::model::name::name;

/// What became of an image that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its path, as it was asked for.
    pub path: String,
    /// Why it is still there.
    pub result: Result<(), Kept>,
}

/// Why an image was not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is used.
    Used(Vec<Conflict>),
    /// The definition of a machine, by its name, could not be read: it may use it.
    Unknown(String),
    /// No storage pool that runs has it: libvirt knows no way to delete it.
    NoVolume,
    /// libvirt could not.
    Failed(VirtError),
}

impl Kept {
    /// Why, in one sentence for each user.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Used(conflicts) => {
                let sentences: Vec<String> = conflicts.iter().map(|conflict| conflict.holder.sentence()).collect();
                sentences.join(" ")
            }
            Self::Unknown(machine) => tr_f(
                "The definition of “{machine}” is not known: it may use it.",
                &[("machine", &name(machine))],
            ),
            Self::NoVolume => tr("No storage pool that runs has it, so it can't be deleted from here."),
            Self::Failed(error) => error.message.clone(),
        }
    }
}

impl Usage {
    /// Why an image must be kept, when every use counts; those volumes in `gone` are deleted already.
    ///
    /// # Errors
    /// That it must.
    pub fn may_delete(&self, source: &Source, gone: &HashSet<Source>) -> Result<(), Kept> {
        let image = Image {
            source: source.clone(),
            // No use is the asker's own.
            role: Role::Lease,
            access: Access::Write,
            chain: Box::default(),
        };
        let mut conflicts = self.check(None, &image, Purpose::Delete);
        conflicts.retain(|conflict| !matches!(&conflict.holder, Holder::Volume(overlay) if gone.contains(overlay)));
        if !conflicts.is_empty() {
            return Err(Kept::Used(conflicts));
        }
        match self.unknown().next() {
            Some(machine) => Err(Kept::Unknown(machine.to_owned())),
            None => Ok(()),
        }
    }

    /// These images in the order in which they can be deleted: what builds on another one before that.
    #[must_use]
    pub fn in_order_of_deletion(&self, mut sources: Vec<Source>) -> Vec<Source> {
        sources.sort_by_key(|source| std::cmp::Reverse(self.lore.chain(source).len()));
        sources
    }
}
