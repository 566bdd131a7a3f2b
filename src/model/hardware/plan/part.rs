//! Doing some of the changes of a plan and leaving others.

use super::{Change, ChangeKind};
use crate::model::xml::domain::Domain;
use crate::model::xml::{Document, NodeId, Place, Refused};

/// A place that a change touches: where it lies in the two definitions that the plan was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The element in the first definition that `place` is seen from.
    pub(super) before: Option<NodeId>,
    /// The same in the second one.
    pub(super) after: Option<NodeId>,
    /// The place below it; empty for the element itself.
    pub(super) place: String,
}

/// `edited` with what `base` says at the places of these changes. They must come from the plan of these two definitions (or
/// of copies of them).
///
/// # Errors
/// Where a place cannot be written.
pub fn reverted<'c>(
    base: &Domain,
    edited: &Domain,
    changes: impl IntoIterator<Item = &'c Change>,
) -> Result<Domain, Refused> {
    let mut result = edited.clone();
    for change in changes {
        for part in &change.parts {
            revert(change.kind, part, base.document(), result.document_mut())?;
        }
    }
    Ok(result)
}

/// `base` with those of the changes that `keep` wants. `changes` must be the whole plan of these two definitions.
///
/// # Errors
/// Where a place cannot be written.
pub fn chosen(
    base: &Domain,
    edited: &Domain,
    changes: &[Change],
    mut keep: impl FnMut(&Change) -> bool,
) -> Result<Domain, Refused> {
    let left: Vec<_> = changes.iter().filter(|change| !keep(change)).collect();
    if left.len() == changes.len() {
        return Ok(base.clone());
    }
    reverted(base, edited, left)
}

fn revert(kind: ChangeKind, part: &Part, base: &Document, edited: &mut Document) -> Result<(), Refused> {
    match (kind, part.before, part.after) {
        (ChangeKind::Changed, Some(before), Some(after)) => edited.carry(after, &part.place, base, before),
        (ChangeKind::Added, _, Some(after)) => {
            edited.remove(after);
            Ok(())
        }
        (ChangeKind::Removed, Some(before), _) => put_device(edited, base, before),
        _ => Ok(()),
    }
}

/// Puts a device where it was: before the next one of its neighbours that is still there, else behind the last one.
fn put_device(document: &mut Document, base: &Document, device: NodeId) -> Result<(), Refused> {
    let root = document.root();
    let devices = match document.child(root, "devices") {
        Some(devices) => devices,
        None => document.insert_ordered(root, "<devices/>")?,
    };
    let neighbours: Vec<NodeId> = base
        .parent(device)
        .into_iter()
        .flat_map(|parent| base.children(parent))
        .collect();
    let at = neighbours
        .iter()
        .position(|other| *other == device)
        .unwrap_or(neighbours.len());
    let (before, after) = neighbours.split_at(at);
    let same = |other: &NodeId| {
        let text = base.source(*other);
        let as_it_was = document.children(devices).find(|node| document.source(*node) == text);
        let found = as_it_was.or_else(|| document.at_place(&base.place(*other)))?;
        (document.parent(found) == Some(devices)).then_some(found)
    };
    let next = after.iter().skip(1).find_map(same).map(Place::Before);
    let place = next.or_else(|| before.iter().rev().find_map(same).map(Place::After));
    let source = base.source(device);
    match place {
        Some(place) => document.insert(devices, place, &source),
        None => document.insert_ordered(devices, &source),
    }
    .map(drop)
}

/// Makes the change in a device of a third definition: what `edited` says at the places of the change is written below
/// `node`.
pub(super) fn carry_into(
    change: &Change,
    edited: &Document,
    document: &mut Document,
    node: NodeId,
) -> Result<(), Refused> {
    for part in &change.parts {
        if let Some(after) = part.after {
            document.carry(node, &part.place, edited, after)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::plan;
    use super::*;

    #[test]
    fn a_device_whose_removal_is_forgotten_is_where_it_was() {
        let text = "<domain type='test'>
  <name>vm</name>
  <devices>
    <emulator>/bin/true</emulator>
    <disk type='file' device='disk'>
      <source file='/a'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/b'/>
      <target dev='vdb' bus='virtio'/>
    </disk>
    <input type='tablet' bus='usb'/>
    <input type='mouse' bus='ps2'/>
    <memballoon model='virtio'/>
  </devices>
</domain>
";
        let base = Domain::parse(text).expect("a machine");
        let devices: Vec<NodeId> = base.devices().map(|device| device.node).collect();
        for device in devices {
            let mut edited = base.clone();
            edited.remove_device(device).expect("a device");
            let changes = plan(&base, &edited, None);
            let result = reverted(&base, &edited, &changes).expect("as it was");
            assert_eq!(result.document().to_string(), text);
        }
    }
}
