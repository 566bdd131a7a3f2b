//! What can be chosen, one method a question. A value that the host does not offer is last, with the reason.

mod board;
mod character;
mod cpu;
mod disk;
mod given;
mod machine;
mod memory;
mod net;
mod screen;
mod sound;
#[cfg(test)]
mod tests;

use super::{Board, Choice, Family, HostFacts};
use crate::i18n::{tr, tr_f};
use crate::model::xml::object::domain_capabilities;

/// What the domain capabilities say to a question.
enum Answer {
    /// Nothing: the host's libvirt or its driver doesn't tell.
    Silent,
    /// The device is not there at all.
    Absent,
    /// These values.
    Values(Vec<String>),
}

impl HostFacts {
    /// What the domain capabilities say about `property` (an `<enum>`) of `place` (`devices/disk`).
    fn answer(&self, place: &str, property: &str) -> Answer {
        let Some(capabilities) = &self.domain_capabilities else {
            return Answer::Silent;
        };
        if capabilities.is_supported(place) == Some(false) {
            return Answer::Absent;
        }
        match capabilities.values(place, property) {
            Some(values) => Answer::Values(values),
            None => Answer::Silent,
        }
    }

    /// All of `known`, and what the host offers besides; usable ones first, in the order of `known`, which is that of
    /// preference.
    fn ask(&self, place: &str, property: &str, known: &[&str], label: impl Fn(&str) -> String) -> Vec<Choice> {
        let offered = match self.answer(place, property) {
            Answer::Silent => return choices(known, label),
            Answer::Absent => Vec::new(),
            Answer::Values(values) => values,
        };
        let more = offered
            .iter()
            .map(String::as_str)
            .filter(|value| !known.contains(value));
        let all = known.iter().copied().chain(more).map(|value| {
            let problem = (!offered.iter().any(|other| other == value)).then(|| self.not_offered());
            Choice::new(value, label(value)).but(problem)
        });
        usable_first(all.collect())
    }

    /// Notes that libvirt has no slot for cards on boards without PCI; `but` are those that are no cards.
    fn card(&self, choices: Vec<Choice>, but: &[&str]) -> Vec<Choice> {
        let no_slot = self.family() == Family::Qemu && !self.board().has_pci();
        forbid(choices, |value| {
            (no_slot && !but.contains(&value)).then(|| self.not_possible())
        })
    }

    /// The reason where no better one is known.
    fn not_offered(&self) -> String {
        let capabilities = self.domain_capabilities.as_ref();
        let named = capabilities.and_then(|capabilities| capabilities.get(domain_capabilities::MACHINE));
        match named.or_else(|| self.kind.machine.clone()) {
            // Translators: reason why something can't be chosen; {machine} is a machine type such as pc-q35-9.0.
            Some(machine) => tr_f(
                "This host does not offer it to machines of type {machine}.",
                &[("machine", &machine)],
            ),
            None => tr("This host does not offer it."),
        }
    }
}

/// Choices without anything against them.
fn choices(values: &[&str], label: impl Fn(&str) -> String) -> Vec<Choice> {
    values.iter().map(|value| Choice::new(*value, label(value))).collect()
}

/// Moves what can't be used to the end.
fn usable_first(mut choices: Vec<Choice>) -> Vec<Choice> {
    choices.sort_by_key(|choice| !choice.is_usable());
    choices
}

/// Adds what speaks against a value whatever the host offers.
fn forbid(choices: Vec<Choice>, problem: impl Fn(&str) -> Option<String>) -> Vec<Choice> {
    let all = choices.into_iter().map(|choice| match problem(&choice.value) {
        Some(reason) => choice.but(Some(reason)),
        None => choice,
    });
    usable_first(all.collect())
}

/// Says better why a value can't be used, where that is known.
fn explain(choices: Vec<Choice>, reason: impl Fn(&str) -> Option<String>) -> Vec<Choice> {
    let all = choices.into_iter().map(|choice| {
        let better = choice.problem.as_ref().and_then(|_| reason(&choice.value));
        match better {
            Some(better) => choice.but(Some(better)),
            None => choice,
        }
    });
    all.collect()
}

/// Names of virtio models and other things that are the same in every language.
fn virtio_model(value: &str) -> String {
    match value {
        "virtio" => "VirtIO".to_owned(),
        "virtio-transitional" => tr("VirtIO, for old and new guests"),
        "virtio-non-transitional" => tr("VirtIO, for new guests only"),
        other => other.to_owned(),
    }
}

const VIRTIO: &[&str] = &["virtio", "virtio-transitional", "virtio-non-transitional"];
