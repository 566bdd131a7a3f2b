//! What the definition says and no page has a row for, as it stands there.

use crate::model::hardware::Row;
use crate::model::hardware::page::Group;
use crate::model::hardware::page::device::{all_rows, heading};
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
    "features/hyperv/spinlocks@retries",
    "features/hyperv/stimer/direct",
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

/// More rows than this nobody reads; the XML has them all.
const MOST: usize = 200;

/// The rows, by element.
pub(super) fn groups(document: &Document) -> Vec<Group> {
    let mut found = Vec::new();
    let mut count = 0;
    let mut left: Vec<(NodeId, String)> = children(document, document.root(), "").collect();
    let mut number = 0;
    while let Some((node, path)) = left.pop() {
        number += 1;
        if path == "devices" || path == "metadata" {
            continue;
        }
        let rows: Vec<Row> = all_rows(document, node, number)
            .into_iter()
            .filter(|row| is_here(document, node, &path, &row.id))
            .collect();
        count += rows.len();
        if count > MOST {
            break;
        }
        if !rows.is_empty() {
            found.push(Group::new(heading(document, document.root(), node), rows));
        }
        left.extend(children(document, node, &path));
    }
    found
}

/// Elements inside another one with their paths, the last one first.
fn children<'d>(document: &'d Document, node: NodeId, path: &str) -> impl Iterator<Item = (NodeId, String)> + use<'d> {
    let path = path.to_owned();
    let mut all: Vec<NodeId> = document.children(node).collect();
    all.reverse();
    all.into_iter().map(move |child| {
        let name = document.name(child);
        let path = match path.as_str() {
            "" => name.to_owned(),
            outer => format!("{outer}/{name}"),
        };
        (child, path)
    })
}

fn is_here(document: &Document, node: NodeId, path: &str, row: &str) -> bool {
    let top = path.split('/').next().unwrap_or(path);
    if top.contains(':') {
        return !is_command_line(document, node);
    }
    if !KNOWN.contains(&top) {
        return true;
    }
    let leaf = match row.split_once('@') {
        Some((_, attribute)) => format!("{path}@{attribute}"),
        None => path.to_owned(),
    };
    PLACES.iter().any(|place| {
        leaf.strip_prefix(place)
            .is_some_and(|rest| place.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '@']))
    })
}

/// Whether an element is the command line of QEMU or in it: that has tables.
fn is_command_line(document: &Document, node: NodeId) -> bool {
    let Some(line) = super::command::holder(document) else {
        return false;
    };
    std::iter::successors(Some(node), |node| document.parent(*node)).any(|node| node == line)
}
