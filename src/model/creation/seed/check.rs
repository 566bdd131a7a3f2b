//! What is wrong with what a user typed for cloud-init.

use serde_norway::Value;

use super::Wrong;
use crate::i18n::{tr, tr_f};
use crate::model::creation::Seed;

/// Most bytes of a text that the user brings.
const LARGEST: usize = 1024 * 1024;
/// Kinds of public keys; those on security keys have an address.
const KEYS: &[&str] = &[
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Something that the disk can't be made with.
pub(super) fn wrong(field: &'static str, text: impl Into<String>) -> Wrong {
    Wrong {
        field,
        line: None,
        text: text.into(),
        fatal: true,
    }
}

/// All of it.
pub(super) fn all(seed: &Seed) -> Vec<Wrong> {
    let mut found = Vec::new();
    found.extend(hostname(seed.hostname.trim()));
    match &seed.user_data {
        Some(text) => found.extend(user_data(text)),
        None => fields(seed, &mut found),
    }
    if let Some(text) = seed.network_config.as_deref().filter(|text| !text.trim().is_empty()) {
        found.extend(network_config(text));
    }
    found
}

fn fields(seed: &Seed, found: &mut Vec<Wrong>) {
    found.extend(user(seed.account.name.trim()));
    if seed
        .account
        .full_name
        .contains(|letter: char| letter == ':' || letter.is_control())
    {
        found.push(wrong("full-name", tr("A full name has no colon and is one line.")));
    }
    if seed.account.password.contains(char::is_control) {
        found.push(wrong(
            "password",
            tr("A password has no line breaks or control characters."),
        ));
    }
    for (number, key) in seed.ssh_keys.iter().enumerate() {
        let problem = ssh_key(key.trim()).map(|text| Wrong {
            line: Some(number + 1),
            ..wrong("ssh-keys", text)
        });
        found.extend(problem);
    }
    let fine = |letter: char| letter.is_ascii_alphanumeric() || "+-._:=~/@".contains(letter);
    for (number, name) in seed.packages.iter().enumerate() {
        let name = name.trim();
        if !name.chars().all(fine) || name.starts_with('-') {
            found.push(Wrong {
                line: Some(number + 1),
                ..wrong(
                    "packages",
                    tr_f("“{name}” is not the name of a package.", &[("name", name)]),
                )
            });
        }
    }
    let place = |text: &str, more: &str| {
        text.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
            && !text.contains("..")
    };
    if seed.locale.as_deref().is_some_and(|text| !place(text.trim(), "_.-@")) {
        found.push(wrong("locale", tr("A language is written like de_DE.UTF-8.")));
    }
    if seed.timezone.as_deref().is_some_and(|text| !place(text.trim(), "_/+-")) {
        found.push(wrong("timezone", tr("A time zone is written like Europe/Berlin.")));
    }
    if seed.account.password.is_empty() && seed.ssh_keys.iter().all(|key| key.trim().is_empty()) {
        found.push(Wrong {
            fatal: false,
            ..wrong("password", tr("Without a password or an SSH key nobody can log in."))
        });
    }
}

fn hostname(name: &str) -> Option<Wrong> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let sound = name.is_empty() || (name.len() <= 253 && name.split('.').all(label));
    (!sound).then(|| {
        wrong(
            "hostname",
            tr("A host name has letters, digits and hyphens, with dots between its parts."),
        )
    })
}

fn user(name: &str) -> Option<Wrong> {
    let mut letters = name.chars();
    let first = letters
        .next()
        .is_none_or(|letter| letter.is_ascii_lowercase() || letter == '_');
    let rest = letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter));
    (!first || !rest || name.len() > 32).then(|| {
        wrong(
            "user",
            tr("A user name begins with a small letter and has small letters, digits, hyphens and underscores, at most 32."),
        )
    })
}

/// What is wrong with a public key; an empty one is none.
fn ssh_key(key: &str) -> Option<String> {
    if key.is_empty() {
        return None;
    }
    if key.contains("PRIVATE KEY") {
        return Some(tr(
            "This is a private key. It must not leave this computer; the public one ends with .pub.",
        ));
    }
    let mut words = key.split_whitespace();
    let kind = words.by_ref().find(|word| KEYS.contains(word));
    let body = words.next().unwrap_or_default();
    let letters = body.trim_end_matches('=');
    // All begin with the length of their kind, which is below 64.
    let sound = letters.starts_with("AAAA")
        && body.len() >= 60
        && body.len().is_multiple_of(4)
        && letters
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "+/".contains(letter));
    if kind.is_none() || !sound || key.contains(char::is_control) {
        return Some(tr(
            "This is not a public SSH key: one line that begins like ssh-ed25519 AAAA…",
        ));
    }
    None
}

/// What cloud-init takes by the first line of a text.
fn user_data(text: &str) -> Option<Wrong> {
    if text.len() > LARGEST {
        return Some(wrong("user-data", tr("This is too much for the disk of cloud-init.")));
    }
    let first = text.lines().next().unwrap_or_default().trim_end();
    let other = [
        "#!",
        "#include",
        "#cloud-boothook",
        "## template:",
        "Content-Type:",
        "MIME-Version:",
        "#upstart-job",
    ];
    if other.iter().any(|start| first.starts_with(start)) {
        return None;
    }
    if first != "#cloud-config" {
        return Some(Wrong {
            line: Some(1),
            ..wrong(
                "user-data",
                tr("The first line has to be #cloud-config, or #! and an interpreter for a script."),
            )
        });
    }
    mapping("user-data", text).err()
}

fn network_config(text: &str) -> Option<Wrong> {
    if text.len() > LARGEST {
        return Some(wrong(
            "network-config",
            tr("This is too much for the disk of cloud-init."),
        ));
    }
    let value = match mapping("network-config", text) {
        Ok(value) => value,
        Err(wrong) => return Some(wrong),
    };
    let inner = value.get("network").unwrap_or(&value);
    let known = inner
        .get("version")
        .and_then(Value::as_u64)
        .is_some_and(|version| matches!(version, 1 | 2))
        || inner.get("config").and_then(Value::as_str) == Some("disabled");
    (!known).then(|| {
        wrong(
            "network-config",
            tr("A network configuration says “version: 1” or “version: 2”."),
        )
    })
}

/// The text as YAML with named values.
fn mapping(field: &'static str, text: &str) -> Result<Value, Wrong> {
    match serde_norway::from_str::<Value>(text) {
        Ok(value @ (Value::Mapping(_) | Value::Null)) => Ok(value),
        Ok(_) => Err(wrong(
            field,
            tr("This is not a list of named values: each line needs “name: value”."),
        )),
        Err(error) => {
            let line = error.location().map(|place| place.line());
            let reason = error.to_string();
            // The place is told beside.
            let reason = reason.split(" at line ").next().unwrap_or(&reason);
            let text = match line {
                Some(line) => tr_f(
                    "Line {line} is not valid YAML: {reason}",
                    &[("line", &line.to_string()), ("reason", reason)],
                ),
                None => tr_f("This is not valid YAML: {reason}", &[("reason", reason)]),
            };
            Err(Wrong {
                line,
                ..wrong(field, text)
            })
        }
    }
}
