use std::collections::HashSet;

use uuid::Uuid;

use super::*;

fn machine(number: u128, name: &str, running: bool, plugs: &[Target]) -> Machine {
    Machine {
        uuid: Uuid::from_u128(number),
        name: name.to_owned(),
        running,
        plugs: Some(plugs.to_vec()),
    }
}

fn network(name: &str) -> Target {
    Target::Network(name.to_owned())
}

fn nat(name: &str, bridge: &str) -> Net {
    Net {
        name: name.to_owned(),
        active: true,
        forward: Some("nat".to_owned()),
        bridge: Some(bridge.to_owned()),
        ..Net::default()
    }
}

fn linked(topology: &Topology, from: &Subject, to: &Subject) -> Option<(bool, usize)> {
    let (from, to) = (topology.find(from)?, topology.find(to)?);
    let link = topology.links.iter().find(|link| link.from == from && link.to == to)?;
    Some((link.live, link.count))
}

fn closed() -> HashSet<String> {
    HashSet::new()
}

#[test]
fn packets_go_from_a_machine_through_network_and_bridge_outside() {
    let machines = [
        machine(1, "on", true, &[network("default")]),
        machine(2, "off", false, &[network("default"), network("default")]),
    ];
    let topology = Topology::of(&machines, &[nat("default", "virbr0")], &[], &closed());
    let (default, bridge) = (Subject::Network("default".into()), Subject::Bridge("virbr0".into()));
    let (on, off) = (
        Subject::Machine(Uuid::from_u128(1)),
        Subject::Machine(Uuid::from_u128(2)),
    );
    assert_eq!(linked(&topology, &on, &default), Some((true, 1)));
    assert_eq!(linked(&topology, &off, &default), Some((false, 2)));
    assert_eq!(linked(&topology, &default, &bridge), Some((true, 1)));
    assert_eq!(linked(&topology, &bridge, &Subject::Outside), Some((true, 1)));
    let columns: Vec<Column> = topology.nodes.iter().map(|node| node.column).collect();
    assert!(columns.is_sorted(), "{columns:?}");
}

#[test]
fn an_isolated_network_leads_nowhere_and_a_named_device_is_the_way_out() {
    let isolated = Net {
        forward: None,
        ..nat("inner", "virbr1")
    };
    let routed = Net {
        forward: Some("route".to_owned()),
        uplinks: vec!["eth0".to_owned()],
        ..nat("routed", "virbr2")
    };
    let topology = Topology::of(&[], &[isolated, routed], &[], &closed());
    assert_eq!(topology.find(&Subject::Outside), None);
    let eth0 = Subject::Interface("eth0".into());
    assert_eq!(
        linked(&topology, &Subject::Bridge("virbr2".into()), &eth0),
        Some((true, 1))
    );
    assert_eq!(
        topology
            .neighbours(topology.find(&Subject::Bridge("virbr1".into())).unwrap())
            .count(),
        1
    );
}

#[test]
fn a_host_bridge_has_the_ports_that_the_host_tells() {
    let bridged = Net {
        name: "lan".to_owned(),
        active: true,
        forward: Some("bridge".to_owned()),
        bridge: Some("br0".to_owned()),
        ..Net::default()
    };
    let port = |name: &str, bridge, active, ports: &[&str]| Port {
        name: name.to_owned(),
        bridge,
        active,
        ports: ports.iter().map(|port| (*port).to_owned()).collect(),
        ..Port::default()
    };
    let ports = [
        port("br0", true, Some(true), &["eth0"]),
        port("eth0", false, Some(true), &[]),
        port("eth1", false, Some(false), &[]),
    ];
    let machines = [machine(1, "a", true, &[Target::Bridge("br0".into()), network("lan")])];
    let topology = Topology::of(&machines, &[bridged], &ports, &closed());
    let (br0, eth0) = (Subject::Bridge("br0".into()), Subject::Interface("eth0".into()));
    assert_eq!(linked(&topology, &br0, &eth0), Some((true, 1)));
    assert_eq!(
        linked(&topology, &Subject::Network("lan".into()), &br0),
        Some((true, 1))
    );
    assert_eq!(
        linked(&topology, &Subject::Machine(Uuid::from_u128(1)), &br0),
        Some((true, 1))
    );
    assert_eq!(topology.find(&Subject::Outside), None);
    let eth1 = &topology.nodes[topology.find(&Subject::Interface("eth1".into())).unwrap()];
    assert_eq!((eth1.column, eth1.standing), (Column::Host, Standing::Off));
}

#[test]
fn what_the_host_does_not_have_is_missing_only_where_it_tells() {
    let machines = [machine(1, "a", true, &[network("gone"), Target::Bridge("br9".into())])];
    let blind = Topology::of(&machines, &[], &[], &closed());
    let standing = |topology: &Topology, subject: Subject| topology.nodes[topology.find(&subject).unwrap()].standing;
    assert_eq!(standing(&blind, Subject::Network("gone".into())), Standing::Missing);
    assert_eq!(standing(&blind, Subject::Bridge("br9".into())), Standing::Unknown);
    let ports = [Port {
        name: "eth0".to_owned(),
        ..Port::default()
    }];
    let seeing = Topology::of(&machines, &[], &ports, &closed());
    assert_eq!(standing(&seeing, Subject::Bridge("br9".into())), Standing::Missing);
    assert_eq!(
        linked(
            &seeing,
            &Subject::Machine(Uuid::from_u128(1)),
            &Subject::Bridge("br9".into())
        ),
        Some((false, 1))
    );
}

#[test]
fn hundreds_of_machines_are_a_group_until_it_is_opened() {
    let mut machines: Vec<Machine> = (0..300)
        .map(|number| machine(number, &format!("m{number}"), number % 3 == 0, &[network("default")]))
        .collect();
    machines.push(machine(1000, "lonely", true, &[]));
    let folded = Topology::of(&machines, &[nat("default", "virbr0")], &[], &closed());
    let group = folded
        .column(Column::Machines)
        .find_map(|at| match &folded.nodes[at].subject {
            Subject::Machines(key, members) => Some((at, key.clone(), members.len())),
            _ => None,
        });
    let (at, key, members) = group.expect("a group");
    assert_eq!((members, folded.nodes[at].running), (300, 100));
    assert_eq!(folded.column(Column::Machines).count(), 2);
    assert_eq!(
        linked(&folded, &folded.nodes[at].subject, &Subject::Network("default".into())),
        Some((true, 300))
    );
    let open = Topology::of(&machines, &[nat("default", "virbr0")], &[], &HashSet::from([key]));
    assert_eq!(open.column(Column::Machines).count(), 301);
}

#[test]
fn a_way_never_turns_back() {
    let machines = [
        machine(1, "a", true, &[network("one")]),
        machine(2, "b", true, &[network("two")]),
    ];
    let topology = Topology::of(&machines, &[nat("one", "virbr0"), nat("two", "virbr1")], &[], &closed());
    let way = topology.way(topology.find(&Subject::Machine(Uuid::from_u128(1))).unwrap());
    assert!(way.contains(&topology.find(&Subject::Outside).unwrap()));
    assert!(!way.contains(&topology.find(&Subject::Network("two".into())).unwrap()));
    let world = topology.way(topology.find(&Subject::Outside).unwrap());
    assert_eq!(world.len(), topology.nodes.len());
}

#[test]
fn machines_stand_beside_their_networks() {
    let machines = [
        machine(1, "a", true, &[network("two")]),
        machine(2, "b", true, &[network("one")]),
        machine(3, "c", true, &[network("two")]),
    ];
    let topology = Topology::of(&machines, &[nat("one", "virbr0"), nat("two", "virbr1")], &[], &closed());
    let names: Vec<&str> = topology
        .column(Column::Machines)
        .map(|at| topology.nodes[at].name.as_str())
        .collect();
    assert_eq!(names, ["b", "a", "c"]);
}
