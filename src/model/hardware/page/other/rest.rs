//! What the definition says and no page has a row for, as it stands there.

use crate::model::hardware::page::device::heading;
use crate::model::hardware::page::{Group, raw};
use crate::model::xml::{Document, NodeId};

/// Elements of the machine that pages have rows for; of all others everything is shown here.
const KNOWN: &[&str] = &[
    "name",
    "uuid",
    "genid",
    "title",
    "description",
    "metadata",
    "maxMemory",
    "memory",
    "currentMemory",
    "blkiotune",
    "memtune",
    "memoryBacking",
    "vcpu",
    "vcpus",
    "iothreads",
    "iothreadids",
    "cputune",
    "numatune",
    "resource",
    "sysinfo",
    "bootloader",
    "bootloader_args",
    "os",
    "idmap",
    "features",
    "cpu",
    "clock",
    "on_poweroff",
    "on_reboot",
    "on_crash",
    "on_lockfailure",
    "pm",
    "perf",
    "devices",
    "seclabel",
    "launchSecurity",
];

/// Places in those that no row is for: an element with all below it, or one attribute.
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
    !KNOWN.contains(&top) || raw::is_among(leaf, PLACES)
}

/// Whether an element is the command line of QEMU or in it: that has tables.
fn is_command_line(document: &Document, node: NodeId) -> bool {
    let Some(line) = super::command::holder(document) else {
        return false;
    };
    std::iter::successors(Some(node), |node| document.parent(*node)).any(|node| node == line)
}
