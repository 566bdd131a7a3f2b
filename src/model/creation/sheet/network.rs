//! What a machine can be connected to, as one list.

use super::super::NetworkWish;
use super::super::recipe::usual_network;
use crate::i18n::{tr, tr_f};
use crate::model::facts::{Choice, Family, HostFacts};

/// A wish as the value of a row.
#[must_use]
pub fn value(wish: &NetworkWish) -> String {
    match wish {
        NetworkWish::None => "none".to_owned(),
        NetworkWish::Usual => "usual".to_owned(),
        NetworkWish::Network(name) => format!("network:{name}"),
        NetworkWish::Bridge(name) => format!("bridge:{name}"),
        NetworkWish::Direct(name) => format!("direct:{name}"),
        NetworkWish::User => "user".to_owned(),
    }
}

/// The value that a row shows for a wish: what is usual by its name, where that is known.
#[must_use]
pub fn chosen(wish: &NetworkWish, facts: &HostFacts) -> String {
    match wish {
        NetworkWish::Usual if facts.networks.is_some() => value(&usual_network(facts)),
        wish => value(wish),
    }
}

/// The wish that a value means.
#[must_use]
pub fn wish(value: &str) -> NetworkWish {
    match value.split_once(':') {
        Some(("network", name)) => NetworkWish::Network(name.to_owned()),
        Some(("bridge", name)) => NetworkWish::Bridge(name.to_owned()),
        Some(("direct", name)) => NetworkWish::Direct(name.to_owned()),
        _ => match value {
            "none" => NetworkWish::None,
            "user" => NetworkWish::User,
            _ => NetworkWish::Usual,
        },
    }
}

/// All that the host has.
#[must_use]
pub fn choices(facts: &HostFacts) -> Vec<Choice> {
    let mut all = Vec::new();
    if facts.networks.is_none() {
        all.push(Choice::new("usual", tr("The usual one")));
    }
    let named = |kind: &str, label: String, choice: Choice| Choice {
        value: format!("{kind}:{}", choice.value),
        label,
        ..choice
    };
    for choice in facts.network_choices() {
        let label = tr_f("Virtual network {name}", &[("name", &choice.value)]);
        all.push(named("network", label, choice));
    }
    for choice in facts.bridges() {
        let label = tr_f("Bridge {name}", &[("name", &choice.value)]);
        all.push(named("bridge", label, choice));
    }
    for choice in facts.host_cards() {
        let label = tr_f("Network card {name}, shared (macvtap)", &[("name", &choice.value)]);
        all.push(named("direct", label, choice));
    }
    if facts.family() == Family::Qemu {
        let note = tr("The guest reaches out; nobody reaches the guest");
        all.push(Choice::new("user", tr("Network of the user who runs it")).noted(Some(note)));
    }
    all.push(Choice::new("none", tr("None")));
    all
}
