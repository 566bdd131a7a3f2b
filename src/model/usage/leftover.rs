//! What machines leave behind when they are deleted.

use std::collections::HashSet;

use uuid::Uuid;

use super::removal::judged;
use super::{Access, File, Holder, Image, Purpose, Role, Source, Usage, chain};
use crate::i18n::tr;

/// A machine that is about to be deleted.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// Identity.
    pub uuid: Uuid,
    /// The images that its definitions name.
    pub images: &'a [Image],
}

/// An image that is still there when its machines are gone, for the question whether to delete it. None is ever chosen
/// beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Where it is, and what speaks against deleting it.
    pub file: File,
    /// The first of these machines that has it, and what for: `vda`.
    pub owner: (Uuid, String),
    /// Places in the list of what builds on it: it can go only together with all of these.
    pub above: Vec<usize>,
}

/// The images that these machines of a host leave behind, each once. What others use has a problem, and so has what these
/// machines don't have for themselves: media, what they only read, what they share.
#[must_use]
pub fn leftovers(machines: &[Leaving<'_>], usage: &Usage) -> Vec<Leftover> {
    let mut found: Vec<(Source, Leftover)> = Vec::new();
    let leaving: HashSet<Uuid> = machines.iter().map(|machine| machine.uuid).collect();
    let ours: HashSet<Source> = machines
        .iter()
        .flat_map(|machine| machine.images)
        .filter(|image| is_storage(&image.role))
        .flat_map(|image| {
            let top = usage.lore.resolved(&image.source).clone();
            std::iter::once(top).chain(chain(&usage.lore, image))
        })
        .collect();
    let stays = |holder: &Holder| match holder {
        Holder::Machine { uuid, .. } => !leaving.contains(uuid),
        Holder::Volume(overlay) => !ours.contains(overlay),
    };
    for machine in machines {
        for image in machine.images.iter().filter(|image| is_storage(&image.role)) {
            let mut above = None;
            let top = usage.lore.resolved(&image.source).clone();
            for (depth, source) in std::iter::once(top).chain(chain(&usage.lore, image)).enumerate() {
                let known = found.iter().position(|(known, _)| *known == source);
                let place = known.unwrap_or_else(|| {
                    let file = file(usage, image, &source, depth > 0, stays);
                    let owner = (machine.uuid, image.role.label());
                    let above = Vec::new();
                    found.push((source, Leftover { file, owner, above }));
                    found.len() - 1
                });
                let leftover = &mut found[place].1;
                // Of two that have it the stricter one counts.
                if depth == 0 && leftover.file.problem.is_none() {
                    leftover.file.problem = foreign(image.access);
                }
                if let Some(above) = above.filter(|above| !leftover.above.contains(above)) {
                    leftover.above.push(above);
                }
                above = Some(place);
            }
        }
    }
    found.into_iter().map(|(_, leftover)| leftover).collect()
}

/// Whether an image is a disk or the like, or what the machine is started with, which stays but is told. Firmware belongs to the
/// host, firmware settings go with the machine.
fn is_storage(role: &Role) -> bool {
    matches!(
        role,
        Role::Disk(_)
            | Role::Copy(_)
            | Role::Filesystem(_)
            | Role::MemoryModule
            | Role::Kernel
            | Role::Initrd
            | Role::DeviceTree
    )
}

fn file(usage: &Usage, image: &Image, source: &Source, base: bool, stays: impl Fn(&Holder) -> bool) -> File {
    let asked = Image {
        source: source.clone(),
        ..image.clone()
    };
    let mut conflicts = usage.check(None, &asked, Purpose::Delete);
    conflicts.retain(|conflict| stays(&conflict.holder));
    let foreign = if base { None } else { foreign(image.access) };
    let note = base.then(|| tr("Others of these images build on it: it can go only together with them."));
    judged(usage, source, &conflicts, foreign, note, base)
}

/// Why an image is not one that a machine has for itself.
fn foreign(access: Access) -> Option<String> {
    match access {
        Access::Read => Some(tr("It is only read: others may want it, too.")),
        Access::Share => Some(tr("It is made to be shared with other machines.")),
        Access::Base => Some(tr("It is a base that other machines may start from, too.")),
        Access::Write => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::usage::{Lore, Machine, images};
    use crate::model::xml::domain::Domain;

    #[test]
    fn what_a_machine_is_started_with_is_told_and_stays() {
        let text = "<domain type='kvm'><name>web</name><uuid>11111111-1111-4111-8111-111111111111</uuid>\
            <os><type>hvm</type><loader>/usr/share/firmware.fd</loader><kernel>/boot/vmlinuz</kernel>\
            <initrd>/boot/initrd</initrd><dtb>/boot/board.dtb</dtb></os><devices/></domain>";
        let domain = Domain::parse(text).unwrap();
        let uuid = domain.uuid().unwrap();
        let images: Arc<[Image]> = images(domain.document()).into();
        let machine = Machine {
            uuid,
            name: "web".into(),
            active: false,
            locks: true,
            images: Some(images.clone()),
        };
        let usage = Usage::new(vec![machine], Arc::new(Lore::default()));
        let found = leftovers(&[Leaving { uuid, images: &images }], &usage);
        let files: Vec<&str> = found.iter().map(|left| left.file.path.as_str()).collect();
        assert_eq!(files, ["/boot/vmlinuz", "/boot/initrd", "/boot/board.dtb"]);
        assert!(found.iter().all(|left| left.file.problem.is_some()), "{found:?}");
    }
}
