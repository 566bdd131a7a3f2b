//! Pieces of a definition that no page has a form for, found by where they stand.

use super::device::all_rows;
use crate::model::hardware::Row;
use crate::model::xml::{Document, NodeId};

/// More rows than this nobody reads; the XML has them all.
const MOST: usize = 200;

/// The elements below `top` with those of their rows that are wanted, and their paths from there. `is_wanted` is asked for
/// each value: `os/acpi/table` for a text, `os/acpi/table@type` for an attribute. What `is_passed` is true for is left out
/// with everything in it.
pub(super) fn elements(
    document: &Document,
    top: NodeId,
    is_passed: impl Fn(&str) -> bool,
    is_wanted: impl Fn(NodeId, &str) -> bool,
) -> Vec<(NodeId, String, Vec<Row>)> {
    let mut found = Vec::new();
    let mut count = 0;
    let mut number = 0;
    let mut left = children(document, top, "");
    while let Some((node, path)) = left.pop() {
        number += 1;
        if is_passed(&path) {
            continue;
        }
        let mut rows = all_rows(document, node, number);
        rows.retain(|row| match row.id.split_once('@') {
            Some((_, attribute)) => is_wanted(node, &format!("{path}@{attribute}")),
            None => is_wanted(node, &path),
        });
        count += rows.len();
        if count > MOST {
            break;
        }
        left.extend(children(document, node, &path));
        if !rows.is_empty() {
            found.push((node, path, rows));
        }
    }
    found
}

/// Elements inside another one with their paths, the last one first.
fn children(document: &Document, node: NodeId, path: &str) -> Vec<(NodeId, String)> {
    let place = |child| match path {
        "" => document.name(child).to_owned(),
        outer => format!("{outer}/{}", document.name(child)),
    };
    let mut all: Vec<(NodeId, String)> = document.children(node).map(|child| (child, place(child))).collect();
    all.reverse();
    all
}

/// Whether a value is one of these places or inside: an element with all below it, with `/` at the end only what is below,
/// or one attribute.
pub(super) fn is_among(leaf: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        leaf.strip_prefix(place)
            .is_some_and(|rest| place.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '@']))
    })
}
