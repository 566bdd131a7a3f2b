use std::collections::HashSet;

use super::*;
use crate::model::network::check::{Surroundings, check};
use crate::model::network::defaults::{NetworkDraft, new_network};
use crate::model::xml::object::Network;

fn around() -> Surroundings {
    Surroundings::default()
}

fn fresh(mode: ForwardMode) -> NetworkDetails {
    let draft = NetworkDraft {
        name: Some("lab".to_owned()),
        mode,
        ipv4: true,
        ipv6: true,
        dhcp: true,
    };
    new_network(&draft, &around())
}

fn form(details: &NetworkDetails) -> Page {
    page(&FormContext {
        details,
        facts: &FormFacts::default(),
        running: false,
        locked: None,
        problems: &[],
    })
}

fn value_of(details: &NetworkDetails, id: &str) -> Value {
    let page = form(details);
    let row = page.rows().find(|row| row.id == id);
    row.unwrap_or_else(|| panic!("no row {id}")).value.clone()
}

fn lines(cells: &[&[&str]]) -> Value {
    Value::Table(
        cells
            .iter()
            .map(|line| line.iter().map(|cell| (*cell).to_owned()).collect())
            .collect(),
    )
}

#[test]
fn rows_of_every_kind_have_names_of_their_own() {
    for mode in ForwardMode::ALL {
        let details = fresh(mode);
        let page = form(&details);
        let mut seen = HashSet::new();
        for row in page.rows() {
            assert!(seen.insert(row.id.clone()), "{mode:?}: {} twice", row.id);
            assert!(!row.title.is_empty());
        }
    }
}

#[test]
fn what_a_row_shows_can_be_written_back_and_changes_nothing() {
    let xml = include_str!("example.xml");
    for mode in ForwardMode::ALL
        .into_iter()
        .map(fresh)
        .chain([NetworkDetails::parse(xml).expect("a network")])
    {
        for row in form(&mode).rows() {
            if matches!(row.control, Control::Switch { .. }) && row.value == Value::Text(None) {
                continue;
            }
            let mut edited = mode.clone();
            set(&mut edited, &around(), &row.id, &row.value).unwrap_or_else(|why| panic!("{}: {why}", row.id));
            assert_eq!(edited, mode, "{}", row.id);
        }
    }
}

#[test]
fn every_table_takes_a_line_of_its_examples() {
    let mut details = NetworkDetails::parse(include_str!("example.xml")).expect("a network");
    let around = around();
    let tables: Vec<(String, Vec<String>)> = form(&details)
        .rows()
        .filter_map(|row| match &row.control {
            Control::Table { columns, .. } => {
                let cells = columns.iter().map(|column| column.example.to_owned()).collect();
                Some((row.id.clone(), cells))
            }
            _ => None,
        })
        .collect();
    assert!(tables.len() >= 9, "{tables:?}");
    for (id, cells) in tables {
        let mut wanted = value_of(&details, &id).lines().to_vec();
        wanted.push(cells);
        set(&mut details, &around, &id, &Value::Table(wanted.clone())).unwrap_or_else(|why| panic!("{id}: {why}"));
        assert_eq!(value_of(&details, &id), Value::Table(wanted), "{id}");
    }
}

#[test]
fn another_kind_takes_along_what_it_knows_and_gets_what_it_needs() {
    let mut details = fresh(ForwardMode::Nat);
    set(&mut details, &around(), "mode", &Value::of("bridge")).unwrap();
    set(&mut details, &around(), "bridge", &Value::of("br0")).unwrap();
    assert!(details.ips.is_empty() && details.forward.nat_ipv6.is_none());
    assert_eq!(check(&details, &around()), []);
    set(&mut details, &around(), "mode", &Value::Text(None)).unwrap();
    assert_eq!(details.forward.mode, Some(ForwardMode::Isolated));
    assert_eq!(details.ips.len(), 1);
    assert_eq!(check(&details, &around()), []);
    for mode in ["nat", "route", "open", ""] {
        set(&mut details, &around(), "mode", &Value::of(mode)).unwrap();
        assert_eq!(check(&details, &around()), [], "{mode}");
        assert_eq!(details.ips.len(), 1, "{mode}");
    }
}

#[test]
fn a_new_subnet_takes_its_usual_range_along_and_no_other() {
    let mut details = fresh(ForwardMode::Nat);
    set(&mut details, &around(), "0.address", &Value::of("10.7.0.1/24")).unwrap();
    assert_eq!(
        value_of(&details, "0.ranges"),
        lines(&[&["10.7.0.128", "10.7.0.254", ""]])
    );
    set(
        &mut details,
        &around(),
        "0.ranges",
        &lines(&[&["10.7.0.50", "10.7.0.60", "30"]]),
    )
    .unwrap();
    set(&mut details, &around(), "0.address", &Value::of("10.8.0.1/24")).unwrap();
    assert_eq!(
        value_of(&details, "0.ranges"),
        lines(&[&["10.7.0.50", "10.7.0.60", "30"]])
    );
    let why = set(&mut details, &around(), "0.address", &Value::of("fd00::1/64"));
    assert!(why.is_err());
    assert!(
        check(&details, &around())
            .iter()
            .any(|problem| row_of(problem.spot) == "0.ranges")
    );
}

#[test]
fn families_come_and_go() {
    let mut details = fresh(ForwardMode::Nat);
    set(&mut details, &around(), "ipv6", &Value::of("no")).unwrap();
    assert_eq!(details.ips.iter().filter(|block| block.is_ipv6()).count(), 0);
    set(&mut details, &around(), "ipv6", &Value::of("yes")).unwrap();
    assert_eq!(
        details.ips.iter().map(IpBlock::is_ipv6).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(check(&details, &around()), []);
}

#[test]
fn a_reservation_keeps_what_the_table_does_not_show() {
    let xml = include_str!("example.xml");
    let mut definition = Network::parse(xml).expect("a network");
    let mut details = NetworkDetails::read(&definition);
    set(
        &mut details,
        &around(),
        "0.hosts",
        &lines(&[&["52:54:00:00:00:01", "192.168.122.77", "web", "90"]]),
    )
    .unwrap();
    details.write(&mut definition).expect("written");
    let text = definition.document().to_string();
    assert!(
        text.contains("192.168.122.77") && text.contains("kept-by='somebody'"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let mut details = NetworkDetails::parse(include_str!("example.xml")).expect("a network");
    let before = details.clone();
    for (row, value) in [
        ("mtu", Value::of("many")),
        ("delay", Value::of("-1")),
        ("0.address", Value::of("nonsense")),
        ("9.address", Value::of("10.0.0.1/8")),
        ("nothing", Value::of("x")),
        ("vlans", lines(&[&["x", ""]])),
        ("routes", lines(&[&["10.0.0.0/8", "192.168.122.2", "cheap"]])),
    ] {
        let why = set(&mut details, &around(), row, &value).expect_err(row);
        assert!(!why.is_empty());
        assert_eq!(details, before, "{row}");
    }
}

#[test]
fn every_value_of_a_definition_but_its_identity_has_a_row() {
    let mut details = NetworkDetails::parse(include_str!("example.xml")).expect("a network");
    details.portgroups = vec![crate::model::network::PortGroupDetails {
        name: Some("web".to_owned()),
        ..Default::default()
    }];
    let all = |edits: &[(&str, Value)]| {
        let mut details = details.clone();
        for (row, value) in edits {
            set(&mut details, &around(), row, value).unwrap_or_else(|why| panic!("{row}: {why}"));
            assert_eq!(value_of(&details, row), *value, "{row}");
        }
        details
    };
    let edited = all(&[
        ("nat-ports", Value::of("1024 – 2048")),
        ("register", Value::of("yes")),
        ("mac-table", Value::of("libvirt")),
        ("dnsmasq", Value::of("log-queries\ncache-size=5000")),
        ("0.local-ptr", Value::of("yes")),
        (
            "services",
            lines(&[&["ldap", "tcp", "lab", "ldap.lab", "389", "10", "50"]]),
        ),
        ("trust", Value::of("yes")),
        ("groups", lines(&[&["web", "yes", "42, 43", "100", "200"]])),
        ("group0.native", Value::of("43")),
        ("group0.inbound-peak", Value::of("400")),
        ("group0.trunk", Value::of("yes")),
        ("group0.virtualport", Value::of("openvswitch")),
        ("group0.parameters", lines(&[&["profileid", "guests"]])),
    ]);
    let xml = edited.to_xml().expect("a definition");
    for part in [
        "<port start='1024' end='2048'/>",
        "register='yes'",
        "macTableManager='libvirt'",
        "value='cache-size=5000'",
        "localPtr='yes'",
        "priority='10'",
        "weight='50'",
        "trustGuestRxFilters='yes'",
        "nativeMode='untagged'",
        "peak='400'",
        "profileid='guests'",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    let again = NetworkDetails::parse(&xml).expect("a network");
    assert_eq!(again.portgroups, edited.portgroups);
    let mut details = edited;
    assert!(set(&mut details, &around(), "group0.native", &Value::of("7")).is_err());
    assert!(set(&mut details, &around(), "nat-ports", &Value::of("70000")).is_err());
    let pool = fresh(ForwardMode::Hostdev);
    assert_eq!(value_of(&pool, "driver"), Value::Text(Some(String::new())));
}

#[test]
fn only_a_network_that_runs_keeps_its_name() {
    let details = fresh(ForwardMode::Nat);
    let locked = |running| {
        let page = page(&FormContext {
            details: &details,
            facts: &FormFacts::default(),
            running,
            locked: None,
            problems: &[],
        });
        page.rows()
            .find(|row| row.id == "name")
            .is_some_and(|row| row.locked.is_some())
    };
    assert!(locked(true) && !locked(false));
}
