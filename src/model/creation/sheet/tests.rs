use std::sync::Arc;

use super::*;
use crate::model::creation::{Problem, Remedy, Weight};
use crate::model::facts::NetworkFact;
use crate::model::hardware::{Button, Control, Value};
use crate::model::os::{Amounts, Resources, Script};

mod proposals;

struct Place {
    facts: HostFacts,
    systems: Vec<Os>,
    keys: Vec<PublicKey>,
    originals: Vec<Choice>,
}

impl Place {
    fn new() -> Self {
        let pool = |name: &str, active, available| PoolFact {
            name: name.to_owned(),
            kind: "dir".to_owned(),
            active,
            available: Some(available),
            ..PoolFact::default()
        };
        let network = |name: &str, active| NetworkFact {
            name: name.to_owned(),
            active,
            ..NetworkFact::default()
        };
        let facts = HostFacts {
            pools: Some(
                [
                    pool("big", true, 9 << 40),
                    pool("default", true, 1 << 40),
                    pool("off", false, 0),
                ]
                .into(),
            ),
            networks: Some([network("default", false), network("lab", true)].into()),
            ..HostFacts::default()
        };
        let debian = Os {
            id: "http://debian.org/debian/12".to_owned(),
            short_id: "debian12".to_owned(),
            name: "Debian 12".to_owned(),
            resources: vec![Resources {
                arch: "all".to_owned(),
                recommended: Amounts {
                    storage: Some(10 << 30),
                    ..Amounts::default()
                },
                ..Resources::default()
            }],
            scripts: vec![Script {
                profile: "jeos".to_owned(),
                ..Script::default()
            }],
            ..Os::default()
        };
        let key = |name: &str| PublicKey {
            line: format!("ssh-ed25519 AAAA {name}"),
            name: name.to_owned(),
        };
        Self {
            facts,
            systems: vec![debian],
            keys: vec![key("alice@laptop"), key("alice@work")],
            originals: vec![Choice::new("1", "golden (template)"), Choice::new("2", "web")],
        }
    }

    fn around(&self) -> Around<'_> {
        Around {
            hosts: &[],
            host: "",
            is_here: true,
            facts: &self.facts,
            systems: &self.systems,
            is_looking: false,
            keys: &self.keys,
            machines: &[],
            originals: &self.originals,
            recent_trees: &[],
            volumes: None,
            prepared: None,
            planned: None,
        }
    }
}

fn set(sheet: &mut Sheet, place: &Place, row: &str, value: &str) {
    sheet.set(&place.around(), row, &Value::of(value)).expect(row);
}

#[test]
fn going_from_one_source_to_another_loses_nothing() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    set(&mut sheet, &place, "image", "/iso/debian.iso");
    sheet.begin = Begin::Cloud;
    set(&mut sheet, &place, "image", "https://example.org/debian.qcow2");
    set(&mut sheet, &place, "user", "bob");
    sheet.begin = Begin::Media;
    let order = sheet.order(&place.around());
    assert_eq!(
        order.source,
        Source::Media(ImageRef::Path("/iso/debian.iso".to_owned()))
    );
    sheet.begin = Begin::Cloud;
    let Source::Cloud { image, seed } = sheet.order(&place.around()).source else {
        panic!("no cloud image");
    };
    let download = ImageRef::Download {
        url: "https://example.org/debian.qcow2".to_owned(),
        pool: "default".to_owned(),
    };
    assert_eq!((image, seed.account.name.as_str()), (download, "bob"));
}

#[test]
fn a_volume_that_was_chosen_stays_one_while_its_path_is_not_changed() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    let volume = ImageRef::Volume {
        pool: "big".to_owned(),
        name: "a.iso".to_owned(),
        path: "/big/a.iso".to_owned(),
    };
    sheet.set_image(Some(volume.clone()));
    set(&mut sheet, &place, "image", "/big/a.iso");
    assert_eq!(sheet.image(), Some(&volume));
    set(&mut sheet, &place, "image", "/big/b.iso");
    assert_eq!(sheet.image(), Some(&ImageRef::Path("/big/b.iso".to_owned())));
    sheet
        .set(&place.around(), "image", &Value::Text(None))
        .expect("nothing");
    assert_eq!(sheet.image(), None);
}

#[test]
fn each_source_shows_its_rows() {
    let place = Place::new();
    for (begin, has, lacks) in [
        (Begin::Media, ["image", "os", "storage", "network"], "user"),
        (Begin::Cloud, ["image", "user", "key-1", "capacity"], "storage"),
        (Begin::Disk, ["image", "os", "memory", "network"], "storage"),
        (Begin::NetworkBoot, ["os", "memory", "storage", "start"], "image"),
        (Begin::Tree, ["tree", "arguments", "os", "storage"], "image"),
        (Begin::Empty, ["os", "name", "storage", "network"], "image"),
        (Begin::Container, ["container", "init", "memory", "network"], "os"),
        (Begin::Xml, ["definition", "file", "start", "start"], "memory"),
    ] {
        let sheet = Sheet {
            begin,
            ..Sheet::new("alice")
        };
        let page = sheet.page(&place.around());
        for id in has {
            assert!(page.row(id).is_some(), "{begin:?} has {id}");
        }
        assert!(page.row(lacks).is_none(), "{begin:?} lacks {lacks}");
        let mut ids: Vec<&str> = page.rows().map(|row| row.id.as_str()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{begin:?} has each row once");
    }
}

#[test]
fn the_system_of_another_image_does_not_hold() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    set(&mut sheet, &place, "image", "/iso/debian.iso");
    sheet.found = Found {
        what: Some(Recognised {
            os: "http://debian.org/debian/12".to_owned(),
            ..Recognised::default()
        }),
        of: "/iso/debian.iso".to_owned(),
    };
    let page = sheet.page(&place.around());
    assert_eq!(page.row("os").expect("it").value.text(), "Debian 12");
    assert_eq!(sheet.disk_size(&place.around()), 10 << 30);
    set(&mut sheet, &place, "image", "/iso/other.iso");
    assert_eq!(sheet.system(), None);
    // What the user says holds for any image, also that it is none of those that are known.
    sheet.os = Some("http://debian.org/debian/12".to_owned());
    assert_eq!(sheet.system(), Some("http://debian.org/debian/12"));
    sheet.os = Some(String::new());
    assert_eq!(sheet.system(), None);
}

#[test]
fn questions_are_answered_only_where_there_is_a_script() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    sheet.is_unattended = true;
    assert_eq!(sheet.order(&place.around()).unattended, None);
    sheet.os = Some("http://debian.org/debian/12".to_owned());
    let wish = sheet.order(&place.around()).unattended.expect("a wish");
    assert_eq!((wish.profile.as_str(), wish.account.name.as_str()), ("jeos", "alice"));
    sheet.begin = Begin::Empty;
    assert_eq!(sheet.order(&place.around()).unattended, None);
}

#[test]
fn new_disks_go_to_the_pool_named_default_or_the_one_that_was_chosen() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    assert_eq!(sheet.pool_name(&place.around()), "default");
    set(&mut sheet, &place, "pool", "big");
    set(&mut sheet, &place, "capacity", "5368709120");
    set(&mut sheet, &place, "format", "raw");
    let wish = DiskWish::New {
        pool: "big".to_owned(),
        name: String::new(),
        format: Some("raw".to_owned()),
        capacity: 5 << 30,
        allocate: false,
    };
    assert_eq!(sheet.order(&place.around()).disk, wish);
    let refused = sheet.set(&place.around(), "pool", &Value::of("off"));
    assert!(refused.is_err(), "it is not running");
    let refused = sheet.set(&place.around(), "capacity", &Value::of("much"));
    assert!(refused.is_err());
    assert_eq!(sheet.capacity, Some(5 << 30));
}

#[test]
fn keys_are_chosen_and_typed() {
    let place = Place::new();
    let mut sheet = Sheet {
        begin: Begin::Cloud,
        ..Sheet::new("alice")
    };
    sheet.offer_keys(&place.keys);
    assert_eq!(sheet.seed.ssh_keys, ["ssh-ed25519 AAAA alice@laptop"]);
    set(&mut sheet, &place, "key-0", "no");
    set(&mut sheet, &place, "key-1", "yes");
    set(
        &mut sheet,
        &place,
        "more-keys",
        "ssh-rsa BBBB bob\n\n  ssh-rsa CCCC carol \n",
    );
    set(&mut sheet, &place, "packages", "vim, git\nhtop");
    let seed = sheet.whole_seed();
    assert_eq!(
        seed.ssh_keys,
        ["ssh-ed25519 AAAA alice@work", "ssh-rsa BBBB bob", "ssh-rsa CCCC carol"]
    );
    assert_eq!(seed.packages, ["vim", "git", "htop"]);
}

#[test]
fn networks_are_one_list_with_their_state() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    let page = sheet.page(&place.around());
    let Control::Choice(choices) = &page.row("network").expect("it").control else {
        panic!("no choice");
    };
    let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
    // What is usual is one of them, by its name.
    assert_eq!(page.row("network").expect("it").value.text(), "network:default");
    assert_eq!(values, ["network:lab", "network:default", "user", "none"]);
    assert!(
        choices[1]
            .note
            .as_deref()
            .is_some_and(|note| note.contains("not running"))
    );
    for (value, wish) in [
        ("network:lab", NetworkWish::Network("lab".to_owned())),
        ("none", NetworkWish::None),
    ] {
        set(&mut sheet, &place, "network", value);
        assert_eq!(sheet.network, wish);
    }
}

fn problem(row: &'static str, weight: Weight, remedy: Option<Remedy>) -> Problem {
    Problem {
        weight,
        row,
        text: format!("Something about the {row}."),
        remedy,
    }
}

#[test]
fn problems_stand_at_their_rows_with_their_remedies() {
    let place = Place::new();
    let sheet = Sheet::new("alice");
    let mut page = sheet.page(&place.around());
    let all = [
        problem(
            "network",
            Weight::Error,
            Some(Remedy::StartNetwork("default".to_owned())),
        ),
        problem("name", Weight::Error, None),
        problem("memory", Weight::Warning, None),
        problem("elsewhere", Weight::Warning, None),
    ];
    let told = tell(&mut page, all.iter().enumerate());
    let ids: Vec<&str> = page.rows().map(|row| row.id.as_str()).collect();
    let at = ids.iter().position(|id| *id == "network").expect("it");
    assert_eq!(ids[at + 1], "problem-0");
    let row = page.row("problem-0").expect("it");
    assert_eq!(row.title, "Something about the network.");
    assert!(matches!(row.control, Control::Button(_, Button::Own("remedy", 0))));
    let name = told.errors.iter().find(|(id, _)| id == "name").expect("at the name");
    assert!(name.1.starts_with("Something about the name."), "{}", name.1);
    let memory = page.row("memory").and_then(|row| row.note.clone()).expect("a note");
    assert!(memory.ends_with("Something about the memory."), "{memory}");
    assert_eq!(
        hurdle(&sheet, &all).map(|hurdle| hurdle.text).as_deref(),
        Some("Choose an installation image first.")
    );
    // With that, what is wrong first, where its remedy is.
    let empty = Sheet {
        begin: Begin::Empty,
        ..sheet
    };
    let first = hurdle(&empty, &all).expect("an error");
    assert_eq!(first.rows, ["problem-0", "network"]);
}

#[test]
fn a_definition_that_was_changed_by_hand_locks_what_it_says() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    sheet.customised = Some(Customised {
        xml: "<domain><name>web</name></domain>".to_owned(),
        planned: String::new(),
    });
    assert!(sheet.set(&place.around(), "memory", &Value::of("1073741824")).is_err());
    set(&mut sheet, &place, "start", "no");
    assert!(!sheet.starts());
    set(&mut sheet, &place, "name", "other");
    let order = sheet.order(&place.around());
    assert_eq!(order.name, "other");
    assert_eq!(order.customised.as_deref(), Some("<domain><name>other</name></domain>"));
}

#[test]
fn machine_types_are_forgotten_with_their_architecture() {
    let place = Place::new();
    let mut sheet = Sheet::new("alice");
    set(&mut sheet, &place, "machine", "");
    sheet.kind.machine = Some("q35".to_owned());
    set(&mut sheet, &place, "arch", "");
    assert_eq!(sheet.kind.machine, None);
}

#[test]
fn a_login_name_is_one_that_guests_allow() {
    assert_eq!(Sheet::new("alice").seed.account.name, "alice");
    for odd in ["root", "Ällis", "", "9lives", "a b"] {
        assert_eq!(Sheet::new(odd).seed.account.name, "user", "{odd}");
    }
}

#[test]
fn passwords_are_not_in_what_is_logged() {
    let mut sheet = Sheet::new("alice");
    sheet.seed.account.password = String::from("hunter2").into();
    sheet.unattended.account.password = String::from("hunter2").into();
    assert!(!format!("{sheet:?}").contains("hunter2"));
}

#[test]
fn a_host_without_pools_is_offered_one() {
    let mut place = Place::new();
    let page = Sheet::new("alice").page(
        &Place {
            facts: HostFacts::default(),
            ..Place::new()
        }
        .around(),
    );
    assert!(page.row("pool").is_none(), "what is not known is not missed");
    place.facts.pools = Some(Arc::from([]));
    let sheet = Sheet::new("alice");
    let around = place.around();
    assert!(sheet.page(&around).row("pool").is_none(), "a list of nothing");
    let found = |place: &Place| {
        let around = place.around();
        let order = Sheet {
            begin: Begin::Empty,
            ..Sheet::new("alice")
        };
        let problems = crate::model::creation::problems(&order.order(&around), &order.surroundings(&around));
        let found = problems.into_iter().find(|problem| problem.row == "disk");
        found.expect("a problem").remedy
    };
    assert_eq!(found(&place), Some(Remedy::MakePool));
    // One that is off is started, not doubled.
    let off = |name: &str| PoolFact {
        name: name.to_owned(),
        kind: "dir".to_owned(),
        ..PoolFact::default()
    };
    place.facts.pools = Some([off("images"), off("default")].into());
    assert_eq!(found(&place), Some(Remedy::StartPool("default".to_owned())));
}

#[test]
fn without_a_default_pool_images_go_to_the_folder_for_them_and_then_where_there_is_most_space() {
    let mut place = Place::new();
    let pool = |name: &str, path: &str, available| PoolFact {
        name: name.to_owned(),
        kind: "dir".to_owned(),
        active: true,
        available: Some(available),
        path: Some(path.to_owned()),
        ..PoolFact::default()
    };
    let (mine, isos, big) = (
        pool("mine", "/var/lib/libvirt/images", 3),
        pool("isos", "/srv/iso", 900),
        pool("big", "/srv/big", 500),
    );
    let usual = |place: &Place| place.around().usual_pool(2).expect("one").name.clone();
    place.facts.pools = Some([big.clone(), isos.clone(), mine].into());
    assert_eq!(usual(&place), "mine");
    place.facts.pools = Some([isos, big.clone()].into());
    assert_eq!(usual(&place), "big");
    // One that is full is nobody's choice.
    place.facts.pools = Some([pool("default", "/var/lib/libvirt/images", 1), big].into());
    assert_eq!(usual(&place), "big");
}

#[test]
fn a_pool_that_a_disk_fills_is_said_before() {
    let mut place = Place::new();
    let full = |available: u64| PoolFact {
        name: "default".to_owned(),
        kind: "dir".to_owned(),
        active: true,
        capacity: Some(1000 << 30),
        available: Some(available),
        ..PoolFact::default()
    };
    let said = |place: &Place| {
        let (around, sheet) = (
            place.around(),
            Sheet {
                begin: Begin::Empty,
                ..Sheet::new("alice")
            },
        );
        let problems = crate::model::creation::problems(&sheet.order(&around), &sheet.surroundings(&around));
        problems
            .into_iter()
            .find(|problem| problem.row == "disk")
            .map(|problem| (problem.weight, problem.text))
    };
    place.facts.pools = Some([full(500 << 30)].into());
    assert_eq!(said(&place), None);
    place.facts.pools = Some([full(30 << 30)].into());
    let (weight, text) = said(&place).expect("a warning");
    assert_eq!(weight, Weight::Warning);
    assert!(text.contains("nearly full"), "{text}");
}

#[test]
fn a_copy_begins_with_the_first_machine_until_another_is_chosen() {
    let mut place = Place::new();
    let mut sheet = Sheet::new("alice");
    sheet.begin = Begin::Machine;
    assert_eq!(sheet.original(&place.around()), Some("1"));
    set(&mut sheet, &place, "original", "2");
    assert_eq!(sheet.original(&place.around()), Some("2"));
    let page = sheet.page(&place.around());
    let rows: Vec<&str> = page
        .groups
        .iter()
        .flat_map(|group| &group.rows)
        .map(|row| row.id.as_str())
        .collect();
    assert_eq!(rows, ["original"], "everything else is asked of the copy");
    assert_eq!(hurdle(&sheet, &[]), None);
    // The chosen one is gone, and then all are.
    place.originals.pop();
    assert_eq!(sheet.original(&place.around()), Some("1"));
    assert!(Begin::offered(&place.around()).contains(&Begin::Machine));
    place.originals.clear();
    assert_eq!(sheet.original(&place.around()), None);
    assert!(!Begin::offered(&place.around()).contains(&Begin::Machine));
}
