//! What the list of machines shows, in which order: a pure pipeline from the store to a sequence of keys, and the
//! difference between two such sequences.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::model::domain::DomainState;
use crate::model::key::{DomainKey, HostId};
use crate::model::query::Query;
use crate::model::query::text::natural_key;
use crate::model::store::{Aspects, Domain, Host, Store};

mod diff;
mod steps;
#[cfg(test)]
mod tests;
mod volumes;

pub use diff::{Splice, diff};
pub use steps::{Step, steps};
pub use volumes::{VolumeColumn, VolumeOrder, users, volume_order};

/// One row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// The heading of a host.
    Host(HostId),
    /// A machine.
    Domain(DomainKey),
}

/// What is chosen in the sidebar. A saved search is [`Scope::All`] with its query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// Machines of all hosts.
    #[default]
    All,
    /// Machines of one host.
    Host(HostId),
    /// Machines with a tag.
    Tag(String),
}

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Column {
    /// Name, with numbers in it as numbers.
    #[default]
    Name,
    /// State: trouble first, then what runs.
    State,
    /// Title.
    Title,
    /// Name of the host.
    Host,
    /// CPU load.
    Cpu,
    /// Memory in use.
    Memory,
    /// Bytes a second of all disks.
    Disk,
    /// Bytes a second of all interfaces.
    Network,
    /// First address.
    Address,
    /// Tags.
    Tags,
    /// Autostart: those with it first.
    Autostart,
}

/// What a list wants to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    /// Choice of the sidebar.
    pub scope: Scope,
    /// Choice of the search entry.
    pub query: Query,
    /// Column and whether downwards; `None` sorts by name.
    pub order: Option<(Column, bool)>,
    /// With a heading for each host.
    pub grouped: bool,
    /// Hosts whose machines are folded away; a search looks into them nevertheless.
    pub collapsed: HashSet<HostId>,
}

impl Wanted {
    /// Whether a change of these aspects of machines can change what is shown or its order.
    #[must_use]
    pub fn depends_on(&self, aspects: Aspects) -> bool {
        let order = match self.order.map_or(Column::Name, |(column, _)| column) {
            Column::State => aspects.state,
            Column::Cpu | Column::Memory | Column::Disk | Column::Network => aspects.load,
            Column::Address => aspects.addresses,
            Column::Name | Column::Title | Column::Tags | Column::Autostart => aspects.identity,
            Column::Host => false,
        };
        // Names break ties whatever the column.
        order || aspects.identity || self.query.depends_on(aspects)
    }

    fn holds(&self, domain: &Domain, host: &Host) -> bool {
        let in_scope = match &self.scope {
            Scope::All => true,
            Scope::Host(id) => domain.key.host == *id,
            Scope::Tag(tag) => domain
                .details
                .as_ref()
                .is_some_and(|details| details.tags.contains(tag)),
        };
        in_scope && self.query.matches(domain, host)
    }
}

/// A value to sort by.
#[derive(Debug)]
enum Value {
    Unknown,
    Number(f64),
    Text(Vec<u8>),
}

#[derive(Debug)]
struct Line<'a> {
    key: DomainKey,
    host: usize,
    value: Value,
    name: &'a [u8],
}

/// The rows for what is wanted, in order.
#[must_use]
pub fn arrange(store: &Store, wanted: &Wanted) -> Vec<Item> {
    let hosts: HashMap<HostId, (usize, &Host)> = store
        .hosts()
        .enumerate()
        .map(|(place, host)| (host.config.id, (place, host)))
        .collect();
    let (column, descending) = wanted.order.unwrap_or((Column::Name, false));
    let mut lines: Vec<Line> = store
        .domains()
        .filter_map(|domain| {
            let (place, host) = hosts.get(&domain.key.host)?;
            wanted.holds(domain, host).then(|| Line {
                key: domain.key,
                host: *place,
                value: value(domain, host, column),
                name: &domain.name_order,
            })
        })
        .collect();
    let headed = wanted.grouped;
    lines.sort_unstable_by(|left, right| {
        let group = if headed {
            left.host.cmp(&right.host)
        } else {
            Ordering::Equal
        };
        group
            .then_with(|| compare(&left.value, &right.value, descending))
            .then_with(|| {
                let names = left.name.cmp(right.name);
                if column == Column::Name && descending {
                    names.reverse()
                } else {
                    names
                }
            })
            .then_with(|| left.host.cmp(&right.host))
            .then_with(|| left.key.uuid.cmp(&right.key.uuid))
    });
    if headed {
        with_headings(store, wanted, &lines)
    } else {
        lines.into_iter().map(|line| Item::Domain(line.key)).collect()
    }
}

/// Headings before the machines of each host; a host without any is left out only while something is searched for.
fn with_headings(store: &Store, wanted: &Wanted, lines: &[Line]) -> Vec<Item> {
    let narrowed = !wanted.query.is_empty() || matches!(wanted.scope, Scope::Tag(_));
    let mut items = Vec::with_capacity(lines.len() + 8);
    let mut rest = lines;
    for (place, host) in store.hosts().enumerate() {
        let count = rest.iter().take_while(|line| line.host == place).count();
        let (own, later) = rest.split_at(count);
        rest = later;
        if matches!(wanted.scope, Scope::Host(only) if only != host.config.id) {
            continue;
        }
        if own.is_empty() && narrowed {
            continue;
        }
        items.push(Item::Host(host.config.id));
        if narrowed || !wanted.collapsed.contains(&host.config.id) {
            items.extend(own.iter().map(|line| Item::Domain(line.key)));
        }
    }
    items
}

/// What is unknown comes last in both directions.
fn compare(left: &Value, right: &Value, descending: bool) -> Ordering {
    let order = match (left, right) {
        (Value::Unknown, Value::Unknown) => return Ordering::Equal,
        (Value::Unknown, _) => return Ordering::Greater,
        (_, Value::Unknown) => return Ordering::Less,
        (Value::Number(left), Value::Number(right)) => left.total_cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Number(_), Value::Text(_)) => Ordering::Less,
        (Value::Text(_), Value::Number(_)) => Ordering::Greater,
    };
    if descending { order.reverse() } else { order }
}

fn value(domain: &Domain, host: &Host, column: Column) -> Value {
    let number = |value: Option<f64>| value.map_or(Value::Unknown, Value::Number);
    let text = |value: Option<&str>| match value {
        Some(value) if !value.is_empty() => Value::Text(natural_key(value)),
        _ => Value::Unknown,
    };
    let details = domain.details.as_deref();
    match column {
        // Names are compared anyway where the values are equal.
        Column::Name => Value::Unknown,
        Column::State => Value::Number(rank(domain)),
        Column::Title => text(details.and_then(|details| details.title.as_deref())),
        Column::Host => text(Some(&host.config.name)),
        Column::Cpu => number(domain.load.cpu.map(f64::from)),
        Column::Memory => number(domain.load.memory_used_kib.map(|kib| kib as f64)),
        Column::Disk => number(domain.load.disk()),
        Column::Network => number(domain.load.net()),
        Column::Address => text(domain.addresses.first().map(|address| address.address.as_str())),
        Column::Tags => text(details.map(|details| details.tags.join(" ")).as_deref()),
        Column::Autostart => Value::Number(f64::from(u8::from(!domain.autostart))),
    }
}

/// Trouble first, then what runs, then what is off.
fn rank(domain: &Domain) -> f64 {
    match domain.state {
        _ if !domain.responding => 0.0,
        DomainState::Crashed => 1.0,
        DomainState::Running | DomainState::Blocked | DomainState::NoState => 2.0,
        DomainState::ShuttingDown => 3.0,
        DomainState::Paused => 4.0,
        DomainState::Suspended => 5.0,
        DomainState::Off if domain.managed_save => 6.0,
        DomainState::Off => 7.0,
        DomainState::Other(_) => 8.0,
    }
}
