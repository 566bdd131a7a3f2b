use std::rc::Rc;

use uuid::Uuid;

use super::*;
use crate::model::domain::{DomainDetails, DomainSummary, GuestAddress};
use crate::model::host::HostConfig;
use crate::model::key::DomainKey;

fn machine() -> (Domain, Host) {
    let host = Host::new(HostConfig::new("Rack 1", "test:///default"));
    let summary = DomainSummary {
        key: DomainKey::new(host.config.id, Uuid::from_u128(0xabcd)),
        name: "gitlab-Büro".into(),
        id: Some(3),
        state: DomainState::Running,
        reason: 1,
        persistent: true,
        autostart: false,
        managed_save: false,
    };
    let mut domain = Domain::new(summary, 1);
    domain.details = Some(Rc::new(DomainDetails {
        title: Some("Source code of everybody".into()),
        tags: vec!["web".into(), "dev".into()],
        os: Some("debian12".into()),
        ..DomainDetails::default()
    }));
    domain.addresses = vec![GuestAddress {
        interface: "eth0".into(),
        mac: None,
        address: "10.0.0.20".into(),
        prefix: 24,
    }];
    domain.load.cpu = Some(0.71);
    domain.load.memory_used_kib = Some(50);
    domain.load.memory_total_kib = Some(100);
    (domain, host)
}

#[test]
fn everything_a_machine_is_known_by_is_found() {
    let (domain, host) = machine();
    for text in [
        "",
        "  ",
        "gitlab",
        "BURO",
        "büro",
        "everybody",
        "web",
        "rack",
        "10.0.0",
        "debian",
        "abcd",
        "git dev",
        "\"code of\"",
        "\"code of",
        "state:running",
        "state:run",
        "is:active",
        "state:off,running",
        "tag:WEB",
        "host:\"rack 1\"",
        "os:deb",
        "ip:.20",
        "cpu:>50",
        "cpu:71",
        "cpu:>=71%",
        "cpu:<72",
        "mem:=50",
        "-tag:mail",
        "-state:off",
        "-mail",
        "tag:",
        "state:",
        "cpu:>",
        "-",
        "uuid:abcd",
        "name:lab",
        "title:source",
    ] {
        // A value that is still being typed must not empty the list.
        assert!(Query::parse(text).matches(&domain, &host), "{text:?}");
    }
}

#[test]
fn what_does_not_fit_is_left_out() {
    let (domain, host) = machine();
    for text in [
        "mail",
        "git mail",
        "-git",
        "-tag:web",
        "state:off",
        "state:nonsense",
        "cpu:>71.5",
        "mem:>50",
        "mem:<50",
        "http://x",
        "\"state:running\"",
        "host:rack-2",
        "::",
        "\"",
        "\"\"",
    ] {
        let expected = matches!(text, "\"" | "\"\"");
        assert_eq!(Query::parse(text).matches(&domain, &host), expected, "{text:?}");
    }
}

#[test]
fn unknown_load_is_neither_high_nor_low() {
    let (mut domain, host) = machine();
    domain.load = Default::default();
    assert!(!Query::parse("cpu:>0").matches(&domain, &host));
    assert!(!Query::parse("cpu:<100").matches(&domain, &host));
}

#[test]
fn only_queries_about_load_are_asked_again_at_every_poll() {
    assert!(!Query::parse("web state:running").depends_on(Aspects::LOAD));
    assert!(Query::parse("web cpu:>5").depends_on(Aspects::LOAD));
    assert!(!Query::default().depends_on(Aspects::ALL));
}

fn web_server() -> (Domain, Host) {
    let host = Host::new(HostConfig::new("Rack 1", "test:///default"));
    let summary = DomainSummary {
        key: DomainKey::new(host.config.id, Uuid::from_u128(0xabcd_1234)),
        name: "web-01".to_owned(),
        id: Some(1),
        state: DomainState::Running,
        reason: 0,
        persistent: true,
        autostart: false,
        managed_save: false,
    };
    let mut domain = Domain::new(summary, 1);
    domain.details = Some(Rc::new(DomainDetails {
        title: Some("Café menu".to_owned()),
        tags: vec!["Prod".to_owned()],
        os: Some("debian12".to_owned()),
        ..DomainDetails::default()
    }));
    domain.addresses = vec![GuestAddress {
        interface: "eth0".to_owned(),
        mac: None,
        address: "192.168.122.7".to_owned(),
        prefix: 24,
    }];
    domain.load.cpu = Some(0.6);
    (domain, host)
}

#[test]
fn terms_find_what_they_say() {
    let (domain, host) = web_server();
    for text in [
        "",
        "WEB",
        "cafe menu",
        "\"café menu\"",
        "tag:prod",
        "host:rack",
        "host:\"rack 1\"",
        "os:debian",
        "ip:192.168",
        "state:running",
        "state:run",
        "cpu:>50",
        "cpu:>50%",
        "cpu:<90",
        "-state:off",
        "web -tag:test",
        "abcd",
        "122.7",
    ] {
        assert!(Query::parse(text).matches(&domain, &host), "{text}");
    }
    for text in [
        "mail",
        "tag:pro",
        "host:rack2",
        "cpu:<50",
        "-web",
        "state:off",
        "menu-",
        "mem:>1",
        "web mail",
    ] {
        assert!(!Query::parse(text).matches(&domain, &host), "{text}");
    }
}

#[test]
fn half_typed_conditions_are_words_and_never_fail() {
    let (domain, host) = web_server();
    for text in [
        "state:",
        "cpu:>",
        "tag:\"",
        "\"",
        ":",
        "::",
        "-",
        "cpu:>nan",
        "unknown:thing",
        "\u{202e}",
    ] {
        let _ = Query::parse(text).matches(&domain, &host);
    }
    assert!(Query::parse("  \"\" ").is_empty());
}

#[test]
fn not_in_words_means_what_a_dash_means() {
    let (domain, host) = machine();
    let holds = |text: &str| Query::parse(text).matches(&domain, &host);
    for text in [
        "not tag:lab",
        "NOT tag:lab tag:web",
        "not not tag:web",
        "not -tag:web",
        "gitlab not",
        "tag:web not",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in ["not tag:web", "not gitlab", "-tag:web", "\"not\""] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn a_comparison_without_its_number_is_still_being_typed() {
    let (domain, host) = machine();
    for text in ["memory:>", "cpu:>=", "cpu:<", "gitlab memory:="] {
        assert!(Query::parse(text).matches(&domain, &host), "{text}");
    }
}
