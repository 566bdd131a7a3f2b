//! The pages: which ones a machine has, and what is on each.

mod boot;
mod cpu;
mod device;
mod features;
mod form;
mod label;
mod memory;
mod other;
mod overview;
mod pci;
mod raw;
mod security;
mod system;
mod table;
#[cfg(test)]
mod tests;
mod tuning;

use super::Row;
use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::xml::NodeId;
use crate::model::xml::domain::{DeviceKind, Domain};

pub(super) use device::{additions, removal};
pub use form::Form;

/// A page of the hardware list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageId {
    /// Identity, words, firmware, chipset.
    Overview,
    /// Operating system of the guest.
    System,
    /// Processors.
    Cpu,
    /// Memory.
    Memory,
    /// What it boots from.
    Boot,
    /// Features, clock, power, what happens at the end.
    Features,
    /// Shares and limits on the host.
    Tuning,
    /// Launch security, security labels, SMBIOS tables.
    Security,
    /// What has no page of its own.
    Other,
    /// A device, by its element in the edited definition.
    Device(NodeId),
}

/// What pages are made from.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The definition as it is edited.
    pub domain: &'a Domain,
    /// The definition of the running machine; `None` while it is off.
    pub live: Option<&'a Domain>,
    /// What the host can do and has.
    pub facts: &'a HostFacts,
}

/// Rows that belong together.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Heading; empty for none.
    pub title: String,
    /// A sentence below it; empty for none.
    pub description: String,
    /// What few people need: folded away at first.
    pub advanced: bool,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Group {
    /// A group with a heading, which may be empty.
    #[must_use]
    pub fn new(title: String, rows: Vec<Row>) -> Self {
        Self {
            title,
            rows,
            ..Self::default()
        }
    }

    /// What few people need: folded away at first.
    #[must_use]
    pub fn advanced(rows: Vec<Row>) -> Self {
        Self::folded(tr("Advanced"), rows)
    }

    /// Many rows of one kind that few people need: folded away at first, below a heading of their own.
    #[must_use]
    pub fn folded(title: String, rows: Vec<Row>) -> Self {
        Self {
            title,
            advanced: true,
            rows,
            ..Self::default()
        }
    }

    /// With a sentence below the heading.
    #[must_use]
    pub fn description(mut self, text: String) -> Self {
        self.description = text;
        self
    }
}

/// What is on a page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Groups of rows, in their order. Empty ones are not shown.
    pub groups: Vec<Group>,
    /// Something that the user should know about the device, on top of the page: a command to mount, a warning.
    pub notice: Option<String>,
    /// What has to be said before a machine can have the device.
    pub missing: Option<String>,
}

impl Page {
    /// A page of these groups.
    #[must_use]
    pub fn new(groups: Vec<Group>) -> Self {
        Self {
            groups,
            ..Self::default()
        }
    }

    /// Says why rows cannot be changed once for all of a page or group, where it is the same for several of them.
    pub fn tell_locks_once(&mut self) {
        let has_open = self.rows().any(|row| row.can_act() && row.locked.is_none());
        let reason = shared_lock(self.rows()).filter(|_| !has_open && self.notice.is_none());
        if let Some(reason) = reason {
            let rows = self.groups.iter_mut().flat_map(|group| &mut group.rows);
            rows.for_each(|row| row.is_lock_told |= row.locked.as_ref() == Some(&reason));
            self.notice = Some(reason);
        }
        for group in &mut self.groups {
            let Some(reason) = shared_lock(group.rows.iter().filter(|row| !row.is_lock_told)) else {
                continue;
            };
            for row in &mut group.rows {
                row.is_lock_told |= row.locked.as_ref() == Some(&reason);
            }
            group.description = match group.description.as_str() {
                "" => reason,
                text => format!("{text} {reason}"),
            };
        }
    }

    /// With what has to be said before a machine can have the device.
    #[must_use]
    pub fn missing(mut self, what: Option<String>) -> Self {
        self.missing = what;
        self
    }

    /// The row with this id.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows().find(|row| row.id == id)
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.groups.iter().flat_map(|group| &group.rows)
    }
}

/// The first reason that locks more than one of these rows.
fn shared_lock<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<String> {
    let mut seen: Vec<&String> = Vec::new();
    for reason in rows.filter_map(|row| row.locked.as_ref()) {
        if seen.contains(&reason) {
            return Some(reason.clone());
        }
        seen.push(reason);
    }
    None
}

/// One line of the list of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The page.
    pub id: PageId,
    /// Name, with a number where there are several.
    pub title: String,
    /// What tells it from its like: a file, an address. May be empty.
    pub subtitle: String,
    /// Symbolic icon.
    pub icon: &'static str,
}

/// The pages of a machine, in the order of the list.
#[must_use]
pub fn entries(context: &Context<'_>) -> Vec<Entry> {
    let settings = [
        (PageId::Overview, tr("Overview"), "computer-symbolic"),
        (PageId::System, tr("Operating System"), "applications-system-symbolic"),
        (PageId::Cpu, tr("Processors"), "vireo-processor-symbolic"),
        (PageId::Memory, tr("Memory"), "vireo-memory-symbolic"),
        (PageId::Boot, tr("Boot"), "system-reboot-symbolic"),
        (
            PageId::Features,
            tr("Features and Clock"),
            "preferences-system-time-symbolic",
        ),
        (
            PageId::Tuning,
            tr("Shares and Limits"),
            "power-profile-performance-symbolic",
        ),
        (PageId::Security, tr("Security"), "security-high-symbolic"),
        (PageId::Other, tr("Other Settings"), "preferences-other-symbolic"),
    ];
    let is_shown = |id| id != PageId::Other || !other::is_empty(context);
    let settings = settings
        .into_iter()
        .filter(|(id, _, _)| is_shown(*id))
        .map(|(id, title, icon)| Entry {
            id,
            title,
            subtitle: String::new(),
            icon,
        });
    // What is said there is said on the page of the serial port.
    let shadow = context.domain.shadow_console();
    let mut devices: Vec<_> = context
        .domain
        .devices()
        .filter(|device| device.kind != DeviceKind::Emulator && Some(device.node) != shadow)
        .collect();
    devices.sort_by_key(|device| label::rank(device.kind));
    settings.chain(label::entries(context, &devices)).collect()
}

/// What is on a page; empty for a device that is gone.
#[must_use]
pub fn page(context: &Context<'_>, id: PageId) -> Page {
    let mut page = rows_of(context, id);
    page.tell_locks_once();
    page
}

fn rows_of(context: &Context<'_>, id: PageId) -> Page {
    match id {
        PageId::Overview => overview::page(context),
        PageId::System => system::page(context),
        PageId::Cpu => cpu::page(context),
        PageId::Memory => memory::page(context),
        PageId::Boot => boot::page(context),
        PageId::Features => features::page(context),
        PageId::Tuning => tuning::page(context),
        PageId::Security => security::page(context),
        PageId::Other => other::page(context),
        PageId::Device(node) if context.domain.document().contains(node) => device::page(context, node),
        PageId::Device(_) => Page::default(),
    }
}

impl PageId {
    /// The element that the rows of the page are relative to.
    #[must_use]
    pub fn node(self, domain: &Domain) -> NodeId {
        match self {
            Self::Device(node) => node,
            _ => domain.document().root(),
        }
    }
}
