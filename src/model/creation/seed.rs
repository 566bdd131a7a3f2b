//! The disk from which cloud-init learns at the first start what to set up ("NoCloud": an ISO image with the label `cidata`).

mod check;
mod password;
mod texts;

use std::fmt;

use uuid::Uuid;

use crate::i18n::tr;
use crate::model::creation::Seed;
use crate::model::iso::{self, File};

pub use password::hashed;

/// The label by which cloud-init finds the disk.
pub const LABEL: &str = "cidata";

/// The files of the disk, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// `user-data`.
    pub user_data: String,
    /// `meta-data`.
    pub meta_data: String,
    /// `network-config`, where there is one.
    pub network_config: Option<String>,
}

/// What is wrong with what the user typed. Its text form is a whole sentence, translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which field: `hostname`, `user`, `full-name`, `password`, `ssh-keys`, `packages`, `locale`, `timezone`, `user-data`,
    /// `network-config`.
    pub field: &'static str,
    /// Line of a text of several lines, or number of the entry, from 1.
    pub line: Option<usize>,
    /// What it is.
    pub text: String,
    /// The disk can't be made like this; else only something to know.
    pub fatal: bool,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// All that is wrong with what the user typed; empty if nothing is.
#[must_use]
pub fn problems(seed: &Seed) -> Vec<Wrong> {
    check::all(seed)
}

/// The files for a machine, with the password as a hash that differs each time (some milliseconds of work).
///
/// # Errors
/// The first of [`problems`] that is fatal.
pub fn texts(seed: &Seed, machine: &str, uuid: Uuid) -> Result<Texts, Wrong> {
    sound(seed)?;
    let hash = match seed.account.password.as_str() {
        "" => None,
        password => Some(hashed(password).ok_or_else(|| check::wrong("password", tr("This password can’t be used.")))?),
    };
    texts::made(seed, machine, uuid, hash.as_deref()).map_err(|text| check::wrong("user-data", text))
}

/// As [`texts`], for showing: dots stand for the password's hash. Cheap enough for every key that is typed.
///
/// # Errors
/// As [`texts`].
pub fn preview(seed: &Seed, machine: &str, uuid: Uuid) -> Result<Texts, Wrong> {
    sound(seed)?;
    let hash = (!seed.account.password.is_empty()).then_some("$6$…");
    texts::made(seed, machine, uuid, hash).map_err(|text| check::wrong("user-data", text))
}

/// The bytes of the disk.
///
/// # Errors
/// As [`texts`].
pub fn disk(seed: &Seed, machine: &str, uuid: Uuid) -> Result<Vec<u8>, Wrong> {
    let texts = texts(seed, machine, uuid)?;
    let mut files = vec![
        File {
            name: "user-data",
            bytes: texts.user_data.as_bytes(),
        },
        File {
            name: "meta-data",
            bytes: texts.meta_data.as_bytes(),
        },
    ];
    if let Some(network) = &texts.network_config {
        files.push(File {
            name: "network-config",
            bytes: network.as_bytes(),
        });
    }
    iso::image(LABEL, &files).map_err(|_| check::wrong("user-data", tr("This is too much for the disk of cloud-init.")))
}

/// A name for the guest, made of that of the machine: letters, digits and hyphens.
#[must_use]
pub fn hostname(machine: &str) -> String {
    let letters = machine.chars().map(|letter| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_lowercase(),
        false => '-',
    });
    let mut name = String::new();
    for letter in letters.take(63) {
        if letter != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(letter);
        }
    }
    match name.trim_end_matches('-') {
        "" => "machine".into(),
        name => name.into(),
    }
}

fn sound(seed: &Seed) -> Result<(), Wrong> {
    problems(seed).into_iter().find(|wrong| wrong.fatal).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
