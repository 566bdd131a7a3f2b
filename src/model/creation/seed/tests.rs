use std::io::Cursor;

use serde_norway::Value;

use super::*;
use crate::model::creation::Account;
use crate::model::iso::Medium;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Yp0vJ0sUq2vXyQh0zq1u7c9mW1kq3s8bq0o7dQw2X anna@desk";

fn seed() -> Seed {
    Seed {
        account: Account {
            name: "anna".into(),
            full_name: "Anna \"A\" O'Hara #1".into(),
            password: String::from("s3cret: yes").into(),
        },
        ssh_keys: vec![KEY.into(), String::new()],
        packages: vec!["qemu-guest-agent".into()],
        locale: Some("de_DE.UTF-8".into()),
        timezone: Some("Europe/Berlin".into()),
        ..Seed::default()
    }
}

fn yaml(text: &str) -> Value {
    serde_norway::from_str(text).unwrap()
}

fn fields(seed: &Seed) -> Vec<(&'static str, Option<usize>)> {
    problems(seed).iter().map(|wrong| (wrong.field, wrong.line)).collect()
}

#[test]
fn the_disk_holds_what_was_asked_for() {
    let uuid = Uuid::from_u128(7);
    let bytes = disk(&seed(), "Web Server", uuid).unwrap();
    let mut source = Cursor::new(bytes);
    let medium = Medium::read(&mut source).unwrap().unwrap();
    assert_eq!(medium.volume, "cidata");
    let mut read = |name: &str| {
        let bytes = medium.file(&mut source, name, 10_000).unwrap();
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let text = read("user-data").unwrap();
    assert!(text.starts_with("#cloud-config\n"), "{text}");
    assert!(!text.contains("s3cret"), "never in plain");
    let config = yaml(&text);
    assert_eq!(config["hostname"], "web-server");
    let user = &config["users"][0];
    assert_eq!(user["name"], "anna");
    assert_eq!(user["gecos"], "Anna \"A\" O'Hara #1");
    assert_eq!(user["lock_passwd"], false);
    assert_eq!(user["ssh_authorized_keys"], Value::Sequence(vec![KEY.into()]));
    assert_eq!(config["packages"][0], "qemu-guest-agent");
    assert_eq!(
        (&config["locale"], &config["timezone"]),
        (&"de_DE.UTF-8".into(), &"Europe/Berlin".into())
    );
    let meta = yaml(&read("meta-data").unwrap());
    assert_eq!(meta["instance-id"], uuid.to_string().as_str());
    assert_eq!(meta["local-hostname"], "web-server");
    assert_eq!(read("network-config"), None);
}

#[test]
fn a_password_is_hashed_as_crypt_does_and_never_twice_alike() {
    let one = hashed("geheim").unwrap();
    assert_ne!(one, hashed("geheim").unwrap());
    let salt = one.split('$').nth(3).unwrap();
    assert_eq!(salt.len(), 16);
    // openssl has crypt's SHA-512 of its own.
    let output = std::process::Command::new("openssl")
        .args(["passwd", "-6", "-salt", salt, "geheim"])
        .output()
        .unwrap();
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert_eq!(one.replace("rounds=5000$", ""), theirs.trim());
}

#[test]
fn without_a_user_the_one_of_the_image_gets_key_and_password() {
    let mut seed = seed();
    seed.account.name.clear();
    let config = yaml(&texts(&seed, "web", Uuid::nil()).unwrap().user_data);
    assert!(config.get("users").is_none());
    assert!(config["password"].as_str().unwrap().starts_with("$6$"));
    assert_eq!(config["ssh_authorized_keys"][0], KEY);
    seed.account.name = "root".into();
    let config = yaml(&texts(&seed, "web", Uuid::nil()).unwrap().user_data);
    assert_eq!(config["disable_root"], false);
    assert!(config["chpasswd"]["list"].as_str().unwrap().starts_with("root:$6$"));
    assert!(config["users"][0].get("sudo").is_none());
}

#[test]
fn a_preview_has_no_hash() {
    let text = preview(&seed(), "web", Uuid::nil()).unwrap().user_data;
    assert!(text.contains("$6$…") && !text.contains("rounds"), "{text}");
}

#[test]
fn what_is_typed_wrong_is_said_with_its_place() {
    assert_eq!(fields(&seed()), []);
    let change = |change: &dyn Fn(&mut Seed)| {
        let mut seed = seed();
        change(&mut seed);
        let found = fields(&seed);
        assert!(texts(&seed, "web", Uuid::nil()).is_err(), "{found:?}");
        found
    };
    assert_eq!(change(&|seed| seed.account.name = "Anna".into()), [("user", None)]);
    assert_eq!(change(&|seed| seed.account.name = "a b".into()), [("user", None)]);
    assert_eq!(change(&|seed| seed.hostname = "-web".into()), [("hostname", None)]);
    assert_eq!(change(&|seed| seed.hostname = "web..de".into()), [("hostname", None)]);
    assert_eq!(
        change(&|seed| seed.account.full_name = "a:b".into()),
        [("full-name", None)]
    );
    assert_eq!(
        change(&|seed| seed.account.password = String::from("a\nb").into()),
        [("password", None)]
    );
    assert_eq!(
        change(&|seed| seed.packages.push("a; b".into())),
        [("packages", Some(2))]
    );
    assert_eq!(change(&|seed| seed.locale = Some("a b".into())), [("locale", None)]);
    assert_eq!(
        change(&|seed| seed.timezone = Some("../etc".into())),
        [("timezone", None)]
    );
    for key in [
        "hello",
        "ssh-ed25519",
        "ssh-rsa AAAA",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "ssh-ed25519 AAAA\nB",
    ] {
        assert_eq!(
            change(&|seed| seed.ssh_keys.push(key.into())),
            [("ssh-keys", Some(3))],
            "{key}"
        );
    }
}

#[test]
fn nobody_who_can_log_in_is_only_a_hint() {
    let found = problems(&Seed::default());
    assert_eq!(found.len(), 1);
    assert!(!found[0].fatal);
    assert!(texts(&Seed::default(), "web", Uuid::nil()).is_ok());
}

#[test]
fn own_user_data_is_taken_as_it_is_and_its_mistakes_have_a_line() {
    let with = |text: &str| Seed {
        user_data: Some(text.into()),
        ..Seed::default()
    };
    let good = "#cloud-config\n# mine\nruncmd: [ls]\n";
    assert_eq!(texts(&with(good), "web", Uuid::nil()).unwrap().user_data, good);
    let script = "#!/bin/sh\necho: [";
    assert_eq!(
        texts(&with(script), "web", Uuid::nil()).unwrap().user_data,
        format!("{script}\n")
    );
    assert_eq!(fields(&with("packages: []\n")), [("user-data", Some(1))]);
    assert_eq!(fields(&with("#cloud-config\n- a\n")), [("user-data", None)]);
    assert_eq!(
        fields(&with("#cloud-config\na: 1\nb: [1\nc: 2\n")),
        [("user-data", Some(4))]
    );
    let wrong = problems(&with("#cloud-config\na: 1\n  b: 2\n"));
    assert_eq!(wrong[0].line, Some(3), "{wrong:?}");
}

#[test]
fn a_bomb_of_references_does_no_harm() {
    let mut text = String::from("#cloud-config\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let parts = vec![format!("*a{}", level - 1); 9].join(", ");
        text += &format!("a{level}: &a{level} [{parts}]\n");
    }
    let seed = Seed {
        user_data: Some(text),
        ..Seed::default()
    };
    assert_eq!(problems(&seed).len(), 1);
}

#[test]
fn a_network_configuration_says_its_version() {
    let with = |text: &str| Seed {
        network_config: Some(text.into()),
        ..seed()
    };
    let good = "version: 2\nethernets: {e: {match: {name: 'en*'}, dhcp4: true}}\n";
    assert_eq!(fields(&with(good)), []);
    assert_eq!(
        texts(&with(good), "web", Uuid::nil())
            .unwrap()
            .network_config
            .as_deref(),
        Some(good)
    );
    assert_eq!(fields(&with("network: {version: 1, config: []}")), []);
    assert_eq!(fields(&with("eth0: dhcp\n")), [("network-config", None)]);
    assert_eq!(fields(&with(" \n")), []);
}

#[test]
fn a_host_name_is_made_of_any_name() {
    let cases = [
        ("web", "web"),
        ("Web Server (2)", "web-server-2"),
        ("--", "machine"),
        ("Zürich", "z-rich"),
        ("日本", "machine"),
    ];
    for (machine, host) in cases {
        assert_eq!(hostname(machine), host);
    }
}
