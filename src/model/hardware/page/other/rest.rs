//! What the definition says and no page has a row for, as it stands there.

use crate::model::hardware::page::device::heading;
use crate::model::hardware::page::{Group, raw};
use crate::model::xml::{Document, NodeId, order_of};

/// Elements of the machine that no page has rows for. Everything is shown of them here, and of those that libvirt did not know
/// when this was written.
const ROWLESS: &[&str] = &["hwuuid", "defaultiothread", "throttlegroups", "keywrap"];

/// Places in the others that no row is for: an element with all below it, or one attribute.
const PLACES: &[&str] = &[
    "clock/timer/catchup",
    "clock/timer@track",
    "cpu/numa/cell/distances",
    "cpu/numa/cell/cache",
    "cpu/numa/cell@discard",
    "cpu/numa/interconnects",
    "cputune/cachetune",
    "cputune/emulatorsched",
    "cputune/iothreadsched",
    "cputune/memorytune",
    "features/capabilities/",
    "features/smm/tseg",
    "iothreadids/iothread/poll",
    "iothreadids/iothread@thread_pool_max",
    "iothreadids/iothread@thread_pool_min",
    "os/acpi",
    "os/loader@format",
    "os/nvram@format",
    "os/shim",
    "vcpus/vcpu@order",
];

/// The rows, by element.
pub(super) fn groups(document: &Document) -> Vec<Group> {
    let root = document.root();
    let is_passed = |path: &str| path == "devices" || path == "metadata";
    let found = raw::elements(document, root, is_passed, |node, leaf| is_here(document, node, leaf));
    let group = |(node, _, rows)| Group::new(heading(document, root, node), rows);
    found.into_iter().map(group).collect()
}

fn is_here(document: &Document, node: NodeId, leaf: &str) -> bool {
    let top = leaf.split(['/', '@']).next().unwrap_or(leaf);
    if top.contains(':') {
        return !is_command_line(document, node);
    }
    let has_rows = order_of("domain").contains(&top) && !ROWLESS.contains(&top);
    !has_rows || raw::is_among(leaf, PLACES)
}

/// Whether an element is the command line of QEMU or in it: that has tables.
fn is_command_line(document: &Document, node: NodeId) -> bool {
    let Some(line) = super::command::holder(document) else {
        return false;
    };
    std::iter::successors(Some(node), |node| document.parent(*node)).any(|node| node == line)
}
