//! What can be deleted together with a disk.

use super::{Access, Conflict, Holder, Image, Purpose, Source, Usage, disk};
use crate::i18n::{tr, tr_f};
use crate::model::name::name;
use crate::model::xml::NodeId;
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::disk as field;

/// The files behind a disk that is about to be removed, for the question whether to delete them. None is ever chosen
/// beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removal {
    /// The image of the disk, then what it builds on. Empty for an empty drive and for what is no image.
    pub files: Vec<File>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is, as [`crate::virt::client::HostClient::delete_volumes`] takes it.
    pub path: String,
    /// Space that it takes, in bytes, where the host told.
    pub size: Option<u64>,
    /// It is a base of the disk's image, which other images may build on.
    pub base: bool,
    /// Something to know before it is deleted: that it is a CD image, that it was shared, that not all is known of others.
    pub note: Option<String>,
    /// Why it is not deleted: who uses it elsewhere, that libvirt knows no way to.
    pub problem: Option<String>,
}

impl Removal {
    /// Whether anything can be deleted.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.files.iter().any(|file| file.problem.is_none())
    }
}

/// What could be deleted with the disk at `node` of a definition, and what speaks against it. `usage` should know the
/// storage pools ([`super::Lore`]): what no pool is known to have is called impossible to delete.
#[must_use]
pub fn removal(domain: &Domain, node: NodeId, usage: &Usage) -> Removal {
    let document = domain.document();
    let Some(image) = disk(document, node) else {
        return Removal::default();
    };
    let kind = document.get(node, field::TYPE).unwrap_or_default();
    let device = document.get(node, field::DEVICE).unwrap_or_default();
    let top = {
        let foreign = match kind.as_str() {
            "dir" => Some(tr("It is a folder.")),
            "nvme" | "vhostvdpa" => Some(tr("It is a device of the host.")),
            _ => None,
        };
        let note = match (device.as_str(), image.access) {
            ("cdrom" | "floppy", _) => Some(tr("It is a medium, which other machines may want, too.")),
            (_, Access::Read) => Some(tr("This machine can only read it.")),
            (_, Access::Share) => Some(tr("It is made to be shared with other machines.")),
            _ => None,
        };
        file(domain, usage, &image, None, foreign, note)
    };
    let mut files = vec![top];
    let mut above = usage.lore.resolved(&image.source).clone();
    for source in super::chain(&usage.lore, &image) {
        // By its role, this machine's use of it is that of the disk.
        let base = Image {
            source: source.clone(),
            access: Access::Base,
            ..image.clone()
        };
        let mut base = file(domain, usage, &base, Some(&above), None, None);
        base.note = Some(tr("The image of this disk builds on it."));
        files.push(base);
        above = source;
    }
    Removal { files }
}

/// A file behind a disk of this machine.
fn file(
    domain: &Domain,
    usage: &Usage,
    image: &Image,
    above: Option<&Source>,
    foreign: Option<String>,
    note: Option<String>,
) -> File {
    let mut conflicts = usage.check(domain.uuid(), image, Purpose::Delete);
    // Below an image of this disk it is the disk itself that builds on the base.
    conflicts.retain(
        |conflict| !matches!((&conflict.holder, above), (Holder::Volume(overlay), Some(above)) if overlay == above),
    );
    judged(usage, &image.source, &conflicts, foreign, note, above.is_some())
}

/// A file with what speaks against deleting it: who uses it, something `foreign` to its being a file, or that no pool has it.
pub(super) fn judged(
    usage: &Usage,
    source: &Source,
    conflicts: &[Conflict],
    foreign: Option<String>,
    note: Option<String>,
    base: bool,
) -> File {
    let source = usage.lore.resolved(source);
    let seen = usage.lore.seen(source);
    let users: Vec<String> = conflicts.iter().map(|conflict| conflict.holder.sentence()).collect();
    let problem = match () {
        () if !users.is_empty() => Some(users.join(" ")),
        () if foreign.is_some() => foreign,
        () if !seen.is_some_and(|seen| seen.is_volume) => Some(tr_f(
            "No storage pool that runs has {image}, so it can't be deleted from here.",
            &[("image", &source.label())],
        )),
        () => None,
    };
    let note = note.or_else(|| {
        let machine = usage.unknown().next()?;
        Some(tr_f(
            "The definition of “{machine}” is not known yet; it is read before the file is deleted.",
            &[("machine", &name(machine))],
        ))
    });
    File {
        path: seen.map_or(source.as_str(), |seen| &seen.path).to_owned(),
        size: seen.and_then(|seen| seen.size),
        base,
        note,
        problem,
    }
}
