use uuid::Uuid;

use super::*;
use crate::model::domain::DomainSummary;
use crate::model::event::HostEvent;
use crate::model::host::{ConnectionStatus, HostConfig};

fn store(hosts: &[(&str, &[&str])]) -> Store {
    let mut store = Store::default();
    for (name, machines) in hosts {
        let config = HostConfig::new(*name, "test:///default");
        let id = config.id;
        store.put_host(config);
        let domains = machines
            .iter()
            .enumerate()
            .map(|(number, name)| DomainSummary {
                key: DomainKey::new(id, Uuid::from_u128(number as u128 + 1)),
                name: (*name).to_owned(),
                id: None,
                state: DomainState::from_raw(if number % 2 == 0 { 5 } else { 1 }),
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
    store
}

fn shown(store: &Store, wanted: &Wanted) -> Vec<String> {
    arrange(store, wanted)
        .iter()
        .map(|item| match item {
            Item::Host(id) => format!("[{}]", store.host(*id).unwrap().config.name),
            Item::Domain(key) => store.domain(*key).unwrap().name.clone(),
        })
        .collect()
}

#[test]
fn names_sort_naturally_in_both_directions() {
    let store = store(&[("a", &["vm10", "vm2", "VM1"])]);
    let mut wanted = Wanted::default();
    assert_eq!(shown(&store, &wanted), ["VM1", "vm2", "vm10"]);
    wanted.order = Some((Column::Name, true));
    assert_eq!(shown(&store, &wanted), ["vm10", "vm2", "VM1"]);
}

#[test]
fn unknown_figures_come_last_in_both_directions_and_ties_go_by_name() {
    let store = store(&[("a", &["c", "b", "a"])]);
    for descending in [false, true] {
        let wanted = Wanted {
            order: Some((Column::Cpu, descending)),
            ..Wanted::default()
        };
        assert_eq!(shown(&store, &wanted), ["a", "b", "c"]);
    }
    let wanted = Wanted {
        order: Some((Column::State, false)),
        ..Wanted::default()
    };
    assert_eq!(shown(&store, &wanted), ["b", "a", "c"]);
}

#[test]
fn groups_keep_the_hosts_order_and_searching_opens_them() {
    let store = store(&[("z", &["z2", "z1"]), ("a", &["a1"]), ("m", &[])]);
    let mut wanted = Wanted {
        grouped: true,
        ..Wanted::default()
    };
    assert_eq!(shown(&store, &wanted), ["[z]", "z1", "z2", "[a]", "a1", "[m]"]);
    wanted.collapsed = store.hosts().map(|host| host.config.id).collect();
    assert_eq!(shown(&store, &wanted), ["[z]", "[a]", "[m]"]);
    wanted.query = Query::parse("z1");
    assert_eq!(shown(&store, &wanted), ["[z]", "z1"]);
    wanted.query = Query::default();
    wanted.scope = Scope::Host(store.hosts().next().unwrap().config.id);
    wanted.collapsed.clear();
    assert_eq!(shown(&store, &wanted), ["[z]", "z1", "z2"]);
}

fn item(number: u128) -> Item {
    Item::Domain(DomainKey::new(HostId(Uuid::nil()), Uuid::from_u128(number)))
}

fn replay(old: &[Item], new: &[Item]) -> Vec<Splice> {
    let splices = diff(old, new);
    let mut list = old.to_vec();
    for splice in &splices {
        let added = new[splice.position..splice.position + splice.added].to_vec();
        list.splice(splice.position..splice.position + splice.removed, added);
    }
    assert_eq!(list, new);
    splices
}

/// Goes the steps; how many lines came or went in the largest one near a screen, and how many were exchanged.
fn walk(old: &[Item], new: &[Item]) -> (usize, usize) {
    let (mut largest, mut exchanged) = (0, 0);
    let mut list = old.to_vec();
    for step in steps(old, new) {
        match step {
            Step::Splice {
                position,
                removed,
                added,
            } => {
                if added.len().max(removed) <= 240 {
                    largest = largest.max(removed + added.len());
                }
                list.splice(position..position + removed, added);
            }
            Step::Exchange { position, items } => {
                exchanged += items.len();
                list.splice(position..position + items.len(), items);
            }
        }
        let different: HashSet<Item> = list.iter().copied().collect();
        assert_eq!(different.len(), list.len(), "an item is in the list twice");
    }
    assert_eq!(list, new);
    (largest, exchanged)
}

fn dice(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    }
}

#[test]
fn steps_lead_from_one_order_to_the_other_in_portions() {
    let mut random = dice(11);
    for _ in 0..200 {
        let pick = |random: &mut dyn FnMut(usize) -> usize| -> Vec<Item> {
            let mut items: Vec<Item> = (0..random(900) as u128).map(item).collect();
            for place in (1..items.len()).rev() {
                items.swap(place, random(place + 1));
            }
            items.truncate(random(items.len() + 1));
            items
        };
        let (old, new) = (pick(&mut random), pick(&mut random));
        walk(&old, &new);
        let mut sorted = old.clone();
        sorted.reverse();
        walk(&old, &sorted);
    }
}

#[test]
fn a_line_that_moves_up_is_not_in_the_list_twice() {
    let old: Vec<Item> = (0..50).map(item).collect();
    let mut new = old.clone();
    let last = new.remove(40);
    new.insert(3, last);
    new.swap(10, 20);
    walk(&old, &new);
    walk(&new, &old);
}

#[test]
fn sorting_a_long_list_makes_and_destroys_no_line() {
    let old: Vec<Item> = (0..1000).map(item).collect();
    let mut new = old.clone();
    new[1..].reverse();
    assert_eq!(walk(&old, &new), (0, 999));
}

#[test]
fn a_long_list_comes_in_portions_and_its_end_at_once() {
    let new: Vec<Item> = (0..1000).map(item).collect();
    assert_eq!(walk(&[], &new), (40, 0));
    assert_eq!(steps(&[], &new).len(), 7);
    assert_eq!(walk(&new, &[]), (40, 0));
    assert_eq!(steps(&new, &[]).len(), 7);
}

#[test]
fn splices_lead_from_one_order_to_the_other() {
    let mut random = dice(7);
    for _ in 0..500 {
        let mut old: Vec<Item> = (0..random(40) as u128).map(item).collect();
        let mut new = old.clone();
        for _ in 0..random(6) {
            if !new.is_empty() {
                let moved = new.remove(random(new.len()));
                if random(2) == 0 {
                    new.insert(random(new.len() + 1), moved);
                }
            }
            new.insert(random(new.len() + 1), item(1000 + random(1_000_000) as u128));
        }
        let mut seen = HashSet::new();
        new.retain(|item| seen.insert(*item));
        replay(&old, &new);
        replay(&new, &old);
        old.reverse();
        replay(&old, &new);
    }
}

#[test]
fn one_moved_row_does_not_touch_the_rows_in_between() {
    let old: Vec<Item> = (0..1000).map(item).collect();
    let mut new = old.clone();
    let moved = new.remove(10);
    new.insert(900, moved);
    let touched: usize = replay(&old, &new)
        .iter()
        .map(|splice| splice.removed + splice.added)
        .sum();
    assert_eq!(touched, 2);
}

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
