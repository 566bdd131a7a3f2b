//! Who else uses the image of a disk, said where the image is chosen.

use crate::model::hardware::Row;
use crate::model::hardware::page::Form;
use crate::model::usage::{self, Holder, Image, Usage, clash};

/// The rows that an image is chosen in, the one that says most last.
const ROWS: &[&str] = &[
    "pool",
    "volume",
    "source-name",
    "nvme",
    "source-dir",
    "source-dev",
    "source-file",
    "medium",
];

/// Sets the note of the row that the image is chosen in, where that has none that matters more.
pub(super) fn tell(form: &Form<'_>, rows: &mut [Row]) {
    let Some(note) = note(form) else { return };
    let found = ROWS
        .iter()
        .rev()
        .find_map(|id| rows.iter().position(|row| row.id == *id));
    if let Some(row) = found.and_then(|at| rows.get_mut(at))
        && row.note.is_none()
    {
        row.note = Some(note);
    }
}

fn note(form: &Form<'_>) -> Option<String> {
    let usage = form.context.facts.usage.as_ref()?;
    let domain = form.context.domain;
    let image = usage::disk(domain.document(), form.node)?;
    let mut sentences = elsewhere(usage, &image, domain.uuid());
    // A second time in this definition, as it is edited.
    let twice = usage::images(domain.document());
    let twice = twice.iter().filter(|other| {
        other.source == image.source && other.role != image.role && clash(image.access, other.access).is_some()
    });
    sentences.extend(twice.map(|other| {
        let name = domain.name();
        Holder::Machine {
            uuid: domain.uuid().unwrap_or_default(),
            name: name.into(),
            active: form.context.live.is_some(),
            role: other.role.clone(),
            access: other.access,
        }
        .sentence()
    }));
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Other machines whose use of the image does not go with this one.
fn elsewhere(usage: &Usage, image: &Image, own: Option<uuid::Uuid>) -> Vec<String> {
    let holders = usage.holders(&image.source).into_iter();
    let others = holders.filter(|holder| match holder {
        Holder::Machine { uuid, access, .. } => Some(*uuid) != own && clash(image.access, *access).is_some(),
        Holder::Volume(_) => true,
    });
    others.take(MOST).map(|holder| holder.sentence()).collect()
}

/// Users that a note names at most.
const MOST: usize = 3;
