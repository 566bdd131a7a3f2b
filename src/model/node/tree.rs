//! Devices of a host as a tree: by what they are, or by what hangs on what. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::NodeDeviceFact;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::facts::{HostDeviceKind, PciAddress};

/// Devices that hang on each other at most.
const DEEPEST: usize = 32;

/// How the tree is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrangement {
    /// PCI by IOMMU group, USB, disks, network …
    #[default]
    Kind,
    /// As they hang on each other.
    Connection,
}

/// What a device is, as the tree sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// PCI cards and bridges.
    Pci,
    /// USB devices.
    Usb,
    /// Disks and drives.
    Storage,
    /// Network interfaces.
    Net,
    /// SCSI adapters and units.
    Scsi,
    /// Mediated devices.
    Mediated,
    /// Everything else.
    Other,
}

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// What it shows.
    pub line: Line,
    /// What hangs on it.
    pub children: Vec<Branch>,
}

/// What a line of the tree shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A category.
    Category(Category),
    /// An IOMMU group.
    Group(u32),
    /// A device, by its place among those that were given.
    Device(usize),
}

impl Category {
    /// What a device is.
    #[must_use]
    pub fn of(kind: &HostDeviceKind) -> Self {
        match kind {
            HostDeviceKind::Pci(_) => Self::Pci,
            HostDeviceKind::Usb(_) => Self::Usb,
            HostDeviceKind::Storage { .. } => Self::Storage,
            HostDeviceKind::Net { .. } => Self::Net,
            HostDeviceKind::Scsi { .. } | HostDeviceKind::ScsiHost { .. } => Self::Scsi,
            HostDeviceKind::Mediated { .. } => Self::Mediated,
            HostDeviceKind::Other(name) if name.starts_with("scsi") => Self::Scsi,
            HostDeviceKind::Other(name) if name.starts_with("usb") => Self::Usb,
            _ => Self::Other,
        }
    }

    /// Its name.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Pci => tr("PCI Devices"),
            Self::Usb => tr("USB Devices"),
            Self::Storage => tr("Disks and Drives"),
            Self::Net => tr("Network Interfaces"),
            Self::Scsi => tr("SCSI"),
            Self::Mediated => tr("Mediated Devices"),
            Self::Other => tr("Other Devices"),
        }
    }
}

impl Branch {
    fn of(line: Line, children: Vec<Self>) -> Self {
        Self { line, children }
    }

    /// How many devices are in it.
    #[must_use]
    pub fn devices(&self) -> usize {
        let own = usize::from(matches!(self.line, Line::Device(_)));
        own + self.children.iter().map(Self::devices).sum::<usize>()
    }

    /// What is said below the title of a line that is no device; "3 devices".
    #[must_use]
    pub fn count(&self) -> String {
        tr_n("{n} device", "{n} devices", self.devices(), &[])
    }
}

/// The title of an IOMMU group.
#[must_use]
pub fn group_title(group: u32) -> String {
    tr_f("IOMMU group {n}", &[("n", &group.to_string())])
}

/// Makes the tree of those devices that have all words of `search` in what they say, with what they hang on.
#[must_use]
pub fn arrange(devices: &[NodeDeviceFact], arrangement: Arrangement, search: &str) -> Vec<Branch> {
    let found = matching(devices, search);
    match arrangement {
        Arrangement::Kind => by_kind(devices, &found),
        Arrangement::Connection => by_connection(devices, &found),
    }
}

fn matching(devices: &[NodeDeviceFact], search: &str) -> HashSet<usize> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let all = devices.iter().enumerate();
    let found = all.filter(|(_, device)| {
        let text = haystack(device);
        words.iter().all(|word| text.contains(word))
    });
    found.map(|(at, _)| at).collect()
}

/// Everything that somebody might type to find a device.
fn haystack(fact: &NodeDeviceFact) -> String {
    let device = &fact.device;
    let mut text = [
        device.name.as_str(),
        &device.label(),
        device.driver.as_deref().unwrap_or(""),
    ]
    .join(" ");
    let mut say = |more: &[Option<&str>]| {
        for one in more.iter().flatten() {
            text.push(' ');
            text.push_str(one);
        }
    };
    match &device.kind {
        HostDeviceKind::Pci(pci) => say(&[pci.vendor.id.as_deref(), pci.product.id.as_deref()]),
        HostDeviceKind::Usb(usb) => say(&[usb.vendor.id.as_deref(), usb.product.id.as_deref()]),
        HostDeviceKind::Net { mac, .. } => say(&[mac.as_deref()]),
        HostDeviceKind::ScsiHost { wwpn, .. } => say(&[wwpn.as_deref()]),
        _ => {}
    }
    for file in &fact.files {
        say(&[Some(file)]);
    }
    text.to_lowercase()
}

fn by_kind(devices: &[NodeDeviceFact], found: &HashSet<usize>) -> Vec<Branch> {
    let mut categories: BTreeMap<Category, Vec<usize>> = BTreeMap::new();
    // The host is no device of its own; as what all others hang on it is shown in the other arrangement.
    let members = found.iter().copied().filter(|at| !devices[*at].device.is_host());
    for at in sorted(devices, members) {
        categories
            .entry(Category::of(&devices[at].device.kind))
            .or_default()
            .push(at);
    }
    let branches = categories.into_iter().map(|(category, members)| {
        let children = match category {
            Category::Pci => groups(devices, &members),
            _ => nested(devices, &members),
        };
        Branch::of(Line::Category(category), children)
    });
    branches.collect()
}

/// PCI devices below their IOMMU groups; those without one, or alone in theirs, stand for themselves.
fn groups(devices: &[NodeDeviceFact], members: &[usize]) -> Vec<Branch> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut alone = Vec::new();
    for &at in members {
        match devices[at].device.pci().and_then(|pci| pci.iommu_group) {
            Some(group) => groups.entry(group).or_default().push(at),
            None => alone.push(at),
        }
    }
    // Also where a search has found only one of several.
    let sizes = devices.iter().filter_map(|fact| fact.device.pci()?.iommu_group);
    let is_alone = |group: u32| sizes.clone().filter(|other| *other == group).count() == 1;
    let grouped = groups.into_iter().flat_map(|(group, members)| match is_alone(group) {
        true => leaves(members),
        false => vec![Branch::of(Line::Group(group), leaves(members))],
    });
    grouped.chain(leaves(alone)).collect()
}

fn leaves(members: Vec<usize>) -> Vec<Branch> {
    let all = members.into_iter();
    all.map(|at| Branch::of(Line::Device(at), Vec::new())).collect()
}

/// Devices of one category, below those of it that they are a part of.
fn nested(devices: &[NodeDeviceFact], members: &[usize]) -> Vec<Branch> {
    let known: HashSet<usize> = members.iter().copied().collect();
    hang(devices, members, &known)
}

fn by_connection(devices: &[NodeDeviceFact], found: &HashSet<usize>) -> Vec<Branch> {
    // Whoever is found is shown with all that it hangs on.
    let places = places(devices);
    let mut shown = HashSet::new();
    for &at in found {
        let mut next = Some(at);
        while let Some(at) = next.filter(|at| shown.insert(*at)) {
            next = parent(devices, &places, at);
        }
    }
    let members = sorted(devices, shown.iter().copied());
    hang(devices, &members, &shown)
}

fn places(devices: &[NodeDeviceFact]) -> HashMap<&str, usize> {
    let all = devices.iter().enumerate();
    all.map(|(at, device)| (device.device.name.as_str(), at)).collect()
}

fn parent(devices: &[NodeDeviceFact], places: &HashMap<&str, usize>, at: usize) -> Option<usize> {
    let parent = devices[at].device.parent.as_deref()?;
    places.get(parent).copied().filter(|parent| *parent != at)
}

/// Hangs each member on the one of `known` that it is a part of. What is deeper than any real device (or in a ring, which a
/// host should not tell either) begins anew at the left.
fn hang(devices: &[NodeDeviceFact], members: &[usize], known: &HashSet<usize>) -> Vec<Branch> {
    let places = places(devices);
    let above = |at: usize| parent(devices, &places, at).filter(|parent| known.contains(parent));
    let is_deep = |at: usize| std::iter::successors(Some(at), |at| above(*at)).nth(DEEPEST).is_some();
    let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for &at in members {
        match above(at).filter(|_| !is_deep(at)) {
            Some(parent) => below.entry(parent).or_default().push(at),
            None => roots.push(at),
        }
    }
    roots.into_iter().map(|at| grow(at, &below)).collect()
}

fn grow(at: usize, below: &HashMap<usize, Vec<usize>>) -> Branch {
    let children = below.get(&at).into_iter().flatten();
    Branch::of(Line::Device(at), children.map(|child| grow(*child, below)).collect())
}

/// In the order of their addresses and names.
fn sorted(devices: &[NodeDeviceFact], members: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut members: Vec<usize> = members.collect();
    members.sort_by_cached_key(|at| order(&devices[*at]));
    members
}

/// Kind, PCI address, USB bus and number, and the name in pieces of letters and numbers.
type Order = (Category, PciAddress, (u32, u32), Vec<(String, u64)>);

/// PCI by address, USB by place, all others by name with numbers as numbers.
fn order(fact: &NodeDeviceFact) -> Order {
    let kind = &fact.device.kind;
    let place = match kind {
        HostDeviceKind::Usb(usb) => (usb.bus, usb.device),
        _ => (0, 0),
    };
    let address = fact.device.pci().map(|pci| pci.address).unwrap_or_default();
    (Category::of(kind), address, place, pieces(&fact.device.label()))
}

/// A text as words and the numbers behind them: `sda10` comes after `sda9`.
fn pieces(text: &str) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(digits);
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, left) = after.split_at(end);
        all.push((word.to_lowercase(), number.parse().unwrap_or(0)));
        rest = left;
    }
    all
}

#[cfg(test)]
mod tests;
