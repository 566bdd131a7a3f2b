//! What an edited definition changes, and when.

use super::*;

fn planned(change: impl FnOnce(&mut NetworkDetails), runs: bool) -> Vec<NetworkChange> {
    let base = Network::parse(FULL).expect("a network");
    let mut details = full();
    change(&mut details);
    let edited = Network::parse(&details.write_into(FULL).expect("a definition")).expect("a network");
    plan(&base, &edited, runs.then_some(&base))
}

#[test]
fn what_is_the_same_changes_nothing() {
    assert_eq!(planned(|_| (), true), []);
}

#[test]
fn entries_change_while_the_network_runs() {
    let changes = planned(
        |details| {
            let dhcp = details.ips[0].dhcp.as_mut().unwrap();
            dhcp.hosts[0].ip = Some("192.168.9.9".into());
            dhcp.hosts.remove(1);
            dhcp.ranges[1].end = Some("192.168.9.221".into());
            details.dns.txts[0].value = Some("c".into());
            details.portgroups[0].default = None;
        },
        true,
    );
    let mut told: Vec<String> = Vec::new();
    for change in &changes {
        assert_eq!(change.timing, NetworkTiming::Now, "{change:?}");
        let updates = change
            .updates
            .iter()
            .map(|update| (update.command, update.section, update.block));
        told.push(format!("{:?}", updates.collect::<Vec<_>>()));
    }
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "[(Add, DhcpRange, Some(0))]",
            "[(Delete, DhcpHost, Some(0))]",
            "[(Delete, DhcpRange, Some(0))]",
            "[(Delete, DnsTxt, None), (Add, DnsTxt, None)]",
            "[(Modify, DhcpHost, Some(0))]",
            "[(Modify, PortGroup, None)]",
        ]
    );
}

#[test]
fn a_name_that_another_reservation_has_is_not_modified_into_it() {
    // libvirt looks by hardware address or name, and would change the other one.
    let changes = planned(
        |details| {
            let hosts = &mut details.ips[0].dhcp.as_mut().unwrap().hosts;
            hosts[1].name = hosts[0].name.take();
        },
        true,
    );
    let commands: Vec<Vec<Command>> = changes
        .iter()
        .map(|change| change.updates.iter().map(|update| update.command).collect())
        .collect();
    assert_eq!(commands, [vec![Command::Modify], vec![Command::Delete, Command::Add]]);
}

#[test]
fn everything_else_waits_for_a_restart_and_words_for_nothing() {
    let changes = planned(
        |details| {
            details.mtu = Some(1400);
            details.dns.forwarders.pop();
            details.title = Some("A title".into());
            details.ips[1].prefix = Some(60);
        },
        true,
    );
    let timing = |place: &str| {
        changes
            .iter()
            .find(|change| change.place == place)
            .map(|change| &change.timing)
    };
    assert!(matches!(timing("mtu"), Some(NetworkTiming::Restart(_))), "{changes:?}");
    assert!(matches!(timing("dns"), Some(NetworkTiming::Restart(_))), "{changes:?}");
    assert!(matches!(timing("ip"), Some(NetworkTiming::Restart(_))), "{changes:?}");
    assert_eq!(timing("title"), Some(&NetworkTiming::Now));
    assert_eq!(changes.len(), 4, "{changes:?}");
    let off = planned(|details| details.mtu = Some(1400), false);
    assert_eq!(off[0].timing, NetworkTiming::NextStart);
}

#[test]
fn a_subnet_that_the_running_network_has_not_takes_nothing_yet() {
    let base = Network::parse(FULL).expect("a network");
    let mut details = full();
    details.ips[1].dhcp = Some(Dhcp {
        ranges: vec![usual_range(net("fd00:9::1/64")).expect("a range")],
        ..Dhcp::default()
    });
    let edited = Network::parse(&details.write_into(FULL).expect("a definition")).expect("a network");
    let mut running = full();
    running.ips.pop();
    let live = Network::parse(&running.write_into(FULL).expect("a definition")).expect("a network");
    let changes = plan(&base, &edited, Some(&live));
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(matches!(changes[0].timing, NetworkTiming::Restart(_)));
    // In its own definition it is the second block.
    let changes = plan(&base, &edited, Some(&base));
    assert_eq!(changes[0].updates[0].block, Some(1));
}
