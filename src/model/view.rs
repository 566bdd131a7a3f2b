//! What the list shows and in which order, worked out from the store without a widget: filter, sort, group.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::model::key::{DomainKey, HostId};
use crate::model::query::Query;
use crate::model::store::{Aspects, Domain, Host, Store};

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// A host, above its machines.
    Host(HostId),
    /// A machine.
    Domain(DomainKey),
}

/// A column, by what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Column {
    /// Name.
    #[default]
    Name,
    /// Title.
    Title,
    /// State.
    State,
    /// Host.
    Host,
    /// CPU load.
    Cpu,
    /// Memory in use.
    Memory,
    /// Disk rate.
    Disk,
    /// Network rate.
    Network,
    /// Address.
    Address,
    /// Tags.
    Tags,
    /// Autostart.
    Autostart,
}

/// Which part of all machines is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// All hosts.
    #[default]
    All,
    /// One host.
    Host(HostId),
    /// Machines with this tag.
    Tag(String),
}

/// What the list is to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    /// The part chosen in the sidebar.
    pub scope: Scope,
    /// The search.
    pub query: Query,
    /// Column to sort by, and whether downwards; by name where there is none. Ties are broken by name.
    pub order: Option<(Column, bool)>,
    /// Machines beneath their hosts instead of one flat list.
    pub grouped: bool,
    /// Hosts whose machines are folded away; a search shows them all the same.
    pub collapsed: HashSet<HostId>,
}

impl Wanted {
    /// Whether a change of these aspects of some machine can change what is shown or its order.
    #[must_use]
    pub fn depends_on(&self, aspects: Aspects) -> bool {
        let sorted = match self.order.unwrap_or_default().0 {
            Column::Cpu | Column::Memory | Column::Disk | Column::Network => aspects.load,
            Column::State => aspects.state,
            Column::Address => aspects.addresses,
            Column::Name | Column::Title | Column::Host | Column::Tags | Column::Autostart => false,
        };
        let searched = !self.query.is_empty()
            && (aspects.state || aspects.addresses || (aspects.load && self.query.depends_on_load()));
        sorted || searched || aspects.identity
    }
}

/// The lines of the list in order.
#[must_use]
pub fn arrange(store: &Store, wanted: &Wanted) -> Vec<Item> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (position, host) in store.hosts().enumerate() {
        if matches!(wanted.scope, Scope::Host(only) if only != host.config.id) {
            continue;
        }
        for uuid in &host.domains {
            let Some(domain) = store.domain(DomainKey::new(host.config.id, *uuid)) else {
                continue;
            };
            if in_scope(&wanted.scope, domain) && (wanted.query.is_empty() || wanted.query.matches(domain, host)) {
                lines.push(Line {
                    position,
                    host,
                    domain,
                    name: natural_key(&domain.name),
                });
            }
        }
    }
    let (column, descending) = wanted.order.unwrap_or_default();
    lines.sort_unstable_by(|a, b| {
        let grouping = if wanted.grouped {
            a.position.cmp(&b.position)
        } else {
            Ordering::Equal
        };
        let by_column = || compare(column, a, b);
        let by_column = || {
            if descending { by_column().reverse() } else { by_column() }
        };
        let by_name = || a.name.cmp(&b.name).then_with(|| a.domain.key.cmp(&b.domain.key));
        grouping.then_with(by_column).then_with(by_name)
    });
    if wanted.grouped {
        group(store, wanted, &lines)
    } else {
        lines.iter().map(|line| Item::Domain(line.domain.key)).collect()
    }
}

struct Line<'s> {
    position: usize,
    host: &'s Host,
    domain: &'s Domain,
    name: Vec<NameToken>,
}

fn in_scope(scope: &Scope, domain: &Domain) -> bool {
    match scope {
        Scope::Tag(tag) => domain
            .details
            .as_ref()
            .is_some_and(|details| details.tags.contains(tag)),
        Scope::All | Scope::Host(_) => true,
    }
}

/// Puts each host above its machines. A host without a match stays only while nothing is searched.
fn group(store: &Store, wanted: &Wanted, lines: &[Line<'_>]) -> Vec<Item> {
    let searching = !wanted.query.is_empty() || matches!(wanted.scope, Scope::Tag(_));
    let mut items = Vec::with_capacity(lines.len() + 8);
    let mut rest = lines;
    for (position, host) in store.hosts().enumerate() {
        let id = host.config.id;
        if matches!(wanted.scope, Scope::Host(only) if only != id) {
            continue;
        }
        let own = rest.partition_point(|line| line.position <= position);
        let (mine, others) = rest.split_at(own);
        rest = others;
        if mine.is_empty() && searching {
            continue;
        }
        items.push(Item::Host(id));
        if searching || !wanted.collapsed.contains(&id) {
            items.extend(mine.iter().map(|line| Item::Domain(line.domain.key)));
        }
    }
    items
}

/// Compares by what a column shows. What is unknown comes last when ascending.
fn compare(column: Column, a: &Line<'_>, b: &Line<'_>) -> Ordering {
    let text = |of: fn(&Domain) -> Option<&str>| {
        let (a, b) = (of(a.domain), of(b.domain));
        match (a, b) {
            (Some(a), Some(b)) => natural_key(a).cmp(&natural_key(b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    };
    let number = |of: fn(&Domain) -> Option<f64>| {
        let rank = |value: Option<f64>| value.unwrap_or(-1.0);
        rank(of(a.domain)).total_cmp(&rank(of(b.domain)))
    };
    match column {
        Column::Name => a.name.cmp(&b.name),
        Column::Title => text(|domain| domain.details.as_ref()?.title.as_deref()),
        Column::Tags => text(|domain| domain.details.as_ref()?.tags.first().map(String::as_str)),
        Column::Address => text(|domain| domain.addresses.first().map(|address| address.address.as_str())),
        Column::State => state_rank(a.domain).cmp(&state_rank(b.domain)),
        Column::Host => a
            .position
            .cmp(&b.position)
            .then_with(|| a.host.config.name.cmp(&b.host.config.name)),
        Column::Cpu => number(|domain| domain.load.cpu.map(f64::from)),
        Column::Memory => number(|domain| domain.load.memory_used_kib.map(|kib| kib as f64)),
        Column::Disk => number(|domain| sum(domain.load.disk_read, domain.load.disk_write)),
        Column::Network => number(|domain| sum(domain.load.net_rx, domain.load.net_tx)),
        Column::Autostart => b.domain.autostart.cmp(&a.domain.autostart),
    }
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    }
}

/// Trouble first, then what runs, then what is off.
fn state_rank(domain: &Domain) -> u8 {
    use crate::model::domain::DomainState as State;
    match domain.state {
        _ if !domain.responding => 0,
        State::Crashed => 1,
        State::Running | State::Blocked | State::NoState => 2,
        State::ShuttingDown => 3,
        State::Paused => 4,
        State::Suspended => 5,
        State::Off if domain.managed_save => 6,
        State::Off => 7,
        State::Other(_) => 8,
    }
}

/// A piece of a name: numbers compare by value, so that `vm2` comes before `vm10`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NameToken {
    Number(u64),
    Text(String),
}

/// Pieces to compare a name by. Only the beginning of an absurdly long name counts.
fn natural_key(name: &str) -> Vec<NameToken> {
    const LIMIT: usize = 256;
    let mut tokens = Vec::new();
    let mut chars = name.chars().take(LIMIT).flat_map(char::to_lowercase).peekable();
    while let Some(&first) = chars.peek() {
        let digits = first.is_ascii_digit();
        let mut piece = String::new();
        while let Some(c) = chars.next_if(|c| c.is_ascii_digit() == digits) {
            piece.push(c);
        }
        tokens.push(match (digits, piece.parse()) {
            (true, Ok(number)) => NameToken::Number(number),
            _ => NameToken::Text(piece),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::domain::{DomainState, DomainSummary};
    use crate::model::event::HostEvent;
    use crate::model::host::{ConnectionStatus, HostConfig};

    fn store_of(hosts: &[(&str, &[(&str, DomainState)])]) -> (Store, Vec<HostId>) {
        let mut store = Store::default();
        let mut ids = Vec::new();
        for (host, machines) in hosts {
            let config = HostConfig::new(*host, "test:///default");
            let id = config.id;
            ids.push(id);
            store.put_host(config);
            store.apply(HostEvent::Connection {
                host: id,
                status: ConnectionStatus::Connected,
            });
            let domains = machines
                .iter()
                .map(|(name, state)| DomainSummary {
                    key: DomainKey::new(id, Uuid::new_v4()),
                    name: (*name).to_owned(),
                    id: None,
                    state: *state,
                    reason: 0,
                    persistent: true,
                    autostart: false,
                    managed_save: false,
                })
                .collect();
            store.apply(HostEvent::Listed {
                host: id,
                seq: 1,
                domains,
            });
        }
        (store, ids)
    }

    fn names(store: &Store, items: &[Item]) -> Vec<String> {
        items
            .iter()
            .map(|item| match item {
                Item::Host(id) => format!("[{}]", store.host(*id).map_or("?", |host| &host.config.name)),
                Item::Domain(key) => store.domain(*key).map_or("?".to_owned(), |domain| domain.name.clone()),
            })
            .collect()
    }

    use DomainState::{Off, Running};

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let (store, _) = store_of(&[("a", &[("vm10", Off), ("VM2", Off), ("vm1", Off)])]);
        let items = arrange(&store, &Wanted::default());
        assert_eq!(names(&store, &items), ["vm1", "VM2", "vm10"]);
    }

    #[test]
    fn groups_keep_the_order_of_hosts_and_fold() {
        let (store, ids) = store_of(&[("b", &[("z", Off), ("y", Running)]), ("a", &[("x", Off)]), ("c", &[])]);
        let mut wanted = Wanted {
            grouped: true,
            ..Wanted::default()
        };
        assert_eq!(
            names(&store, &arrange(&store, &wanted)),
            ["[b]", "y", "z", "[a]", "x", "[c]"]
        );
        wanted.order = Some((Column::Name, true));
        assert_eq!(
            names(&store, &arrange(&store, &wanted)),
            ["[b]", "z", "y", "[a]", "x", "[c]"]
        );
        wanted.collapsed.insert(ids[0]);
        assert_eq!(names(&store, &arrange(&store, &wanted)), ["[b]", "[a]", "x", "[c]"]);
        wanted.query = Query::parse("state:running");
        assert_eq!(
            names(&store, &arrange(&store, &wanted)),
            ["[b]", "y"],
            "a search looks into folded hosts"
        );
    }

    #[test]
    fn scope_limits_to_a_host() {
        let (store, ids) = store_of(&[("b", &[("z", Off)]), ("a", &[("x", Off)])]);
        let wanted = Wanted {
            scope: Scope::Host(ids[1]),
            ..Wanted::default()
        };
        assert_eq!(names(&store, &arrange(&store, &wanted)), ["x"]);
    }

    #[test]
    fn states_sort_running_before_off() {
        let (store, _) = store_of(&[("b", &[("a", Off), ("b", Running), ("c", DomainState::Crashed)])]);
        let wanted = Wanted {
            order: Some((Column::State, false)),
            ..Wanted::default()
        };
        assert_eq!(names(&store, &arrange(&store, &wanted)), ["c", "b", "a"]);
    }
}
