//! What an edited definition changes, as a person would count it: what each change is called, when it takes effect, and what
//! makes it real on the running machine.

mod live;
mod pair;
mod part;
mod property;
mod runtime;
#[cfg(test)]
mod tests;
mod value;

use indexmap::IndexMap;

pub use live::hot_pluggable;
pub use part::{chosen, reverted};
pub use runtime::{pending, settled, taken_back, tidied};
pub(crate) use value::masked;

use self::pair::{Pair, pairs};
use self::part::Part;
use crate::i18n::tr;
use crate::model::action::LiveChange;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Difference, Document, differences};

/// Whose change it is, for a list that groups by device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The kind of device; `None` for the machine itself.
    pub kind: Option<DeviceKind>,
    /// Which one, as in [`Change::place`]: `disk[vda]`; empty for the machine itself.
    pub label: String,
    /// What a person calls it: “Disk vda”, “Machine”.
    pub title: String,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A new device.
    Added,
    /// A device that goes.
    Removed,
    /// A property of a device or of the machine.
    Changed,
}

/// When a change takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timing {
    /// At once, and never in the definition: the machine is transient, or what changes is no part of a definition.
    Now,
    /// At the next start; the text says why not at once. Empty where the machine is off.
    NextStart(String),
    /// At once and for all later starts.
    Both,
    /// Not before the machine is off; the text says why.
    Off(String),
}

/// A step on the running machine, and what takes it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub does: LiveChange,
    /// What undoes it; `None` where nothing does.
    pub back: Option<LiveChange>,
}

/// One change, as a person would count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, as in [`Difference::place`]: `devices/disk[vda]/iotune`. No two changes of a plan have the same.
    pub place: String,
    /// Whose.
    pub owner: Owner,
    /// In the words of the user: “Disk vda: cache mode”.
    pub title: String,
    /// What happens.
    pub kind: ChangeKind,
    /// What was there, for people; without passwords. `None` for nothing.
    pub before: Option<String>,
    /// What will be there.
    pub after: Option<String>,
    /// When it takes effect, on a machine that is persistent.
    pub timing: Timing,
    /// What makes it real on the running machine, in this order; empty where [`Timing::NextStart`] holds, and where the
    /// running machine is so already.
    pub steps: Vec<Step>,
    /// Every single difference, without passwords.
    pub details: Vec<Difference>,
    parts: Vec<Part>,
}

/// How many changes take effect when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// At once ([`Timing::Now`] and [`Timing::Both`]).
    pub now: usize,
    /// At the next start ([`Timing::NextStart`]).
    pub next_start: usize,
    /// Not while the machine runs ([`Timing::Off`]).
    pub off: usize,
}

impl Counts {
    /// Counts.
    #[must_use]
    pub fn of(changes: &[Change]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            match change.timing {
                Timing::Now | Timing::Both => counts.now += 1,
                Timing::NextStart(_) => counts.next_start += 1,
                Timing::Off(_) => counts.off += 1,
            }
        }
        counts
    }
}

/// What `edited` changes of `base`. `live` is the definition of the running machine, read with its passwords; without one the
/// machine is off and everything waits for its start.
///
/// The order is that of a definition: the machine first, then devices by kind.
#[must_use]
pub fn plan(base: &Domain, edited: &Domain, live: Option<&Domain>) -> Vec<Change> {
    let mut changes = changes(base, edited);
    let running = live.map(|live| live::Running::new(base, edited, live));
    for change in &mut changes {
        time(change, running.as_ref());
    }
    changes
}

/// Says anew what makes a change real, for the running machine as it is by now: other changes were made to it since the plan,
/// perhaps to the same device, of which libvirt takes the whole description only. `base` and `edited` are those of the plan.
pub fn renew(change: &mut Change, base: &Domain, edited: &Domain, live: Option<&Domain>) {
    change.steps.clear();
    let running = live.map(|live| live::Running::new(base, edited, live));
    time(change, running.as_ref());
}

fn time(change: &mut Change, running: Option<&live::Running<'_>>) {
    match running.map(|running| running.steps(change)) {
        None => change.timing = Timing::NextStart(String::new()),
        Some(live::Live::Steps(steps)) => (change.timing, change.steps) = (Timing::Both, steps),
        Some(live::Live::NextStart(reason)) => change.timing = Timing::NextStart(reason),
        Some(live::Live::Off(reason)) => change.timing = Timing::Off(reason),
    }
}

/// A change that is being gathered.
struct Group {
    owner: Owner,
    title: String,
    kind: ChangeKind,
    before: Option<String>,
    after: Option<String>,
    details: Vec<Difference>,
    parts: Vec<Part>,
}

impl Group {
    fn new(owner: Owner, title: String, kind: ChangeKind) -> Self {
        Self {
            owner,
            title,
            kind,
            before: None,
            after: None,
            details: Vec::new(),
            parts: Vec::new(),
        }
    }
}

/// The changes without a word on when.
fn changes(base: &Domain, edited: &Domain) -> Vec<Change> {
    let mut groups = IndexMap::new();
    of_machine(base, edited, &mut groups);
    of_devices(base, edited, &mut groups);
    let done = groups.into_iter().map(|(place, group)| {
        let (before, after) = match group.kind {
            ChangeKind::Changed => value::sides(&place, &group.details, base, edited),
            _ => (group.before, group.after),
        };
        Change {
            place,
            owner: group.owner,
            title: group.title,
            kind: group.kind,
            before,
            after,
            timing: Timing::Both,
            steps: Vec::new(),
            details: group.details.into_iter().map(value::masked).collect(),
            parts: group.parts,
        }
    });
    done.collect()
}

fn machine() -> Owner {
    Owner {
        kind: None,
        label: String::new(),
        // Translators: what a change belongs to that belongs to no device.
        title: tr("Machine"),
    }
}

fn of_machine(base: &Domain, edited: &Domain, groups: &mut IndexMap<String, Group>) {
    let (one, other) = (base.document(), edited.document());
    let roots = (Some(one.root()), Some(other.root()));
    let is_device = |place: &str| place == "devices" || place.starts_with("devices/") || place.starts_with("devices#");
    let all = differences(one, other);
    for difference in all
        .into_iter()
        .filter(|difference| !is_device(&difference.place))
        .flat_map(spread)
    {
        let property = property::of_machine(&difference.place, base, edited);
        let group = groups
            .entry(property.key)
            .or_insert_with(|| Group::new(machine(), property.title, ChangeKind::Changed));
        group.parts.push(Part {
            before: roots.0,
            after: roots.1,
            place: difference.place.clone(),
        });
        group.details.push(difference);
    }
}

/// An element that came or went as a whole, and that only holds other things, is those things.
fn spread(difference: Difference) -> Vec<Difference> {
    const HOLDERS: &[&str] = &["cputune", "features", "metadata"];
    let place = difference.place.clone();
    let ((None, Some(source)) | (Some(source), None)) = (&difference.before, &difference.after) else {
        return vec![difference];
    };
    if !HOLDERS.contains(&place.as_str()) {
        return vec![difference];
    }
    let (Ok(whole), Ok(empty)) = (Document::parse(source), Document::parse(&format!("<{place}/>"))) else {
        return vec![difference];
    };
    let parts = match difference.before {
        None => differences(&empty, &whole),
        Some(_) => differences(&whole, &empty),
    };
    if parts.is_empty() {
        return vec![difference];
    }
    let within = |part: Difference| Difference {
        place: format!("{place}/{}", part.place),
        ..part
    };
    parts.into_iter().map(within).collect()
}

fn of_devices(base: &Domain, edited: &Domain, groups: &mut IndexMap<String, Group>) {
    let (one, other) = (base.document(), edited.document());
    let shadows = (base.shadow_console(), edited.shadow_console());
    let is_shadow = |pair: &Pair| {
        (pair.before.is_none() || pair.before == shadows.0) && (pair.after.is_none() || pair.after == shadows.1)
    };
    for Pair { kind, before, after } in pairs(base, edited).into_iter().filter(|pair| !is_shadow(pair)) {
        let (domain, node) = match (before, after) {
            (_, Some(node)) => (edited, node),
            (Some(node), None) => (base, node),
            (None, None) => continue,
        };
        let label = pair::label(kind, domain, node);
        let title = property::device_title(kind, domain, node);
        let owner = Owner {
            kind: Some(kind),
            label: label.clone(),
            title: title.clone(),
        };
        let mut place = format!("devices/{label}");
        if let (Some(before), Some(after)) = (before, after) {
            for difference in inside(one, before, other, after) {
                let property = property::of_device(kind, &difference, (one, before), (other, after));
                let (key, owner, title) = match property.key.as_str() {
                    // Wherever it stands, it is one order.
                    property::BOOT => (property.key, machine(), property.title),
                    key => (
                        format!("{place}/{key}"),
                        owner.clone(),
                        property::of_its(&owner.title, &property.title),
                    ),
                };
                let group = groups
                    .entry(key)
                    .or_insert_with(|| Group::new(owner, title, ChangeKind::Changed));
                group.parts.push(Part {
                    before: Some(before),
                    after: Some(after),
                    place: difference.place.clone(),
                });
                group.details.push(Difference {
                    place: format!("{place}/{}", difference.place),
                    ..difference
                });
            }
            continue;
        }
        // Two that nothing tells apart are two changes still.
        while groups.contains_key(&place) {
            place.push('+');
        }
        let (kind_of_change, title) = match before {
            None => (ChangeKind::Added, property::new_device(&title)),
            Some(_) => (ChangeKind::Removed, property::no_device(&title)),
        };
        let mut group = Group::new(owner, title, kind_of_change);
        let text = Some(value::device(kind, domain, node));
        let source = Some(value::without_password(&domain.document().source(node)));
        let detail = |before: Option<String>, after| Difference {
            place: place.clone(),
            before,
            after,
        };
        match before {
            None => (group.after, group.details) = (text, vec![detail(None, source)]),
            Some(_) => (group.before, group.details) = (text, vec![detail(source, None)]),
        }
        group.parts.push(Part {
            before,
            after,
            place: String::new(),
        });
        groups.insert(place, group);
    }
}

/// What differs in two forms of one device, with places relative to it.
fn inside(
    one: &Document,
    before: crate::model::xml::NodeId,
    other: &Document,
    after: crate::model::xml::NodeId,
) -> Vec<Difference> {
    if one.canonical(before) == other.canonical(after) {
        return Vec::new();
    }
    match (
        Document::parse(&one.source(before)),
        Document::parse(&other.source(after)),
    ) {
        (Ok(before), Ok(after)) => differences(&before, &after),
        // A piece of a document that was read already.
        _ => Vec::new(),
    }
}
