//! The disk from which cloud-init learns at the first start what to set up ("NoCloud": an ISO image with the label `cidata`).

use std::fmt;

use uuid::Uuid;

use crate::model::creation::Seed;

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
    /// Which field: `hostname`, `user`, `password`, `ssh-keys`, `packages`, `locale`, `timezone`, `user-data`, `network-config`.
    pub field: &'static str,
    /// Line of a text of several lines, from 1.
    pub line: Option<usize>,
    /// What it is.
    pub text: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// All that is wrong with what the user typed; empty if nothing is.
#[must_use]
pub fn problems(seed: &Seed) -> Vec<Wrong> {
    let _ = seed;
    Vec::new()
}

/// The files for a machine, with the password as a hash that differs each time. For showing, too.
///
/// # Errors
/// The first of [`problems`].
pub fn texts(seed: &Seed, machine: &str, uuid: Uuid) -> Result<Texts, Wrong> {
    let _ = (seed, machine, uuid);
    Ok(Texts::default())
}

/// The bytes of the disk.
///
/// # Errors
/// The first of [`problems`].
pub fn disk(seed: &Seed, machine: &str, uuid: Uuid) -> Result<Vec<u8>, Wrong> {
    texts(seed, machine, uuid).map(|_| Vec::new())
}
