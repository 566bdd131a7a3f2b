//! The images that a disk's image builds on, as facts.

use crate::i18n::{tr, tr_f};
use crate::model::hardware::Row;
use crate::model::hardware::page::{Form, Group};
use crate::model::usage;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::field::Field;
use crate::model::xml::{Document, NodeId};

/// More than this nobody reads.
const MOST: usize = 30;

/// Names of the rows.
const IDS: [&str; MOST] = [
    "chain1", "chain2", "chain3", "chain4", "chain5", "chain6", "chain7", "chain8", "chain9", "chain10", "chain11",
    "chain12", "chain13", "chain14", "chain15", "chain16", "chain17", "chain18", "chain19", "chain20", "chain21",
    "chain22", "chain23", "chain24", "chain25", "chain26", "chain27", "chain28", "chain29", "chain30",
];

/// The images below the disk's, top first: from the running machine where it runs, which knows them all.
pub(super) fn group(form: &Form<'_>) -> Group {
    let live = form.context.live.and_then(|live| {
        let target: String = form.context.domain.document().get(form.node, disk::TARGET)?;
        let node = live.disk(&target).ok()?;
        let document = live.document();
        let same = image(document, node) == image(form.context.domain.document(), form.node);
        same.then(|| below(document, node))
    });
    let written = || below(form.context.domain.document(), form.node);
    let images = live.filter(|images| !images.is_empty()).unwrap_or_else(written);
    let images = if images.is_empty() { told(form) } else { images };
    let rows: Vec<Row> = images
        .into_iter()
        .zip(IDS)
        .enumerate()
        .map(|(number, (image, id))| {
            let title = tr_f("Image {number}", &[("number", &(number + 1).to_string())]);
            form.fact(id, title, image)
        })
        .collect();
    // Translators: the images that a disk image builds on.
    Group::new(tr("Backing images"), rows).description(tr("What the image builds on, from the top."))
}

/// The images below that of a machine that is off, as the storage pools of the host tell.
fn told(form: &Form<'_>) -> Vec<String> {
    let usage = form.context.facts.usage.as_ref();
    let image = usage::disk(form.context.domain.document(), form.node);
    let Some((usage, image)) = usage.zip(image) else {
        return Vec::new();
    };
    let chain = usage.lore().chain(&image.source);
    chain
        .iter()
        .take(MOST)
        .map(|source| source.as_str().to_owned())
        .collect()
}

/// What a source points to, in one line; empty where it says nothing.
fn image(document: &Document, node: NodeId) -> String {
    let says = |field: Field<String>| document.get(node, field).filter(|text| !text.is_empty());
    let plain = [disk::SOURCE_FILE, disk::SOURCE_DEV, disk::SOURCE_DIR]
        .into_iter()
        .find_map(says);
    let volume = || Some(format!("{}/{}", says(disk::SOURCE_POOL)?, says(disk::SOURCE_VOLUME)?));
    let network = || {
        let protocol = says(disk::SOURCE_PROTOCOL)?;
        let host = says(disk::SOURCE_HOST).unwrap_or_default();
        let name = says(disk::SOURCE_NAME).unwrap_or_default();
        Some(format!("{protocol}://{host}/{}", name.trim_start_matches('/')))
    };
    plain.or_else(volume).or_else(network).unwrap_or_default()
}

fn below(document: &Document, disk: NodeId) -> Vec<String> {
    let mut images = Vec::new();
    let mut at = disk;
    while let Some(next) = document.child(at, "backingStore") {
        let path = image(document, next);
        if path.is_empty() || images.len() == MOST {
            break;
        }
        let format = document
            .child(next, "format")
            .and_then(|format| document.attribute(format, "type").map(std::borrow::Cow::into_owned));
        images.push(match format {
            Some(format) => format!("{path} ({format})"),
            None => path,
        });
        at = next;
    }
    images
}
