//! What can be put into a drive: drives of the host, media that were in it, media of the storage pools.

use super::Disk;
use crate::i18n::tr;
use crate::model::facts::Choice;

/// Media of the storage pools that are proposed at most.
const MOST: usize = 40;

/// Drives of the host first, then recent media, then those of the storage pools.
pub(super) fn proposals(disk: &Disk<'_>) -> Vec<Choice> {
    let facts = disk.form.context.facts;
    let mut found = facts.host_drives(&disk.device);
    let recent = facts.recent_media.iter().flat_map(|media| media.iter());
    let recent = recent.map(|path| image(path, tr("used recently")));
    let ending = if disk.device == "floppy" { ".img" } else { ".iso" };
    let lore = facts.usage.as_ref().map(|usage| usage.lore().media(ending));
    let stored = lore.unwrap_or_default().into_iter().take(MOST);
    let stored = stored.map(|path| image(path, tr("in a storage pool")));
    for choice in recent.chain(stored) {
        if found.iter().all(|known| known.value != choice.value) {
            found.push(choice);
        }
    }
    found
}

/// An image by its name, with the folder that it is in.
fn image(path: &str, origin: String) -> Choice {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let note = match folder {
        "" => origin,
        folder => format!("{folder} · {origin}"),
    };
    Choice::new(path, name).noted(Some(note))
}
