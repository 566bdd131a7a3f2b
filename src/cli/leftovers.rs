//! What jobs left half-done when their program died.

use clap::Args;

use super::host::why;
use super::{Stop, print};
use crate::model::journal::Made;
use crate::virt::client::{HostClient, Journal, Leftover};

/// What stands behind `vireo leftovers`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct LeftoverWords {
    /// Removes what was left on the host of --connect, as far as no machine uses it
    #[arg(long, conflicts_with = "forget")]
    pub remove: bool,
    /// Keeps everything, and does not name it again
    #[arg(long)]
    pub forget: bool,
    /// Prints JSON
    #[arg(long, conflicts_with_all = ["remove", "forget"])]
    pub json: bool,
}

fn all() -> Result<Vec<Leftover>, Stop> {
    let found = Journal::of_user().leftovers();
    found.map_err(|error| Stop::refused(format!("The journal cannot be read: {error}")))
}

/// Prints or forgets what was left; nothing of it needs a connection.
pub(super) fn look(words: &LeftoverWords) -> Result<(), Stop> {
    let found = all()?;
    let text = if words.json {
        let entries: Vec<_> = found.iter().map(|one| &one.entry).collect();
        serde_json::to_string_pretty(&entries).unwrap_or_default()
    } else {
        found.iter().map(lines).collect::<Vec<_>>().join("\n")
    };
    if words.forget {
        found.into_iter().for_each(Leftover::forget);
    }
    if text.is_empty() {
        return Ok(());
    }
    print::wanted(&text).map(|_| ())
}

fn lines(leftover: &Leftover) -> String {
    let entry = &leftover.entry;
    let mut text = print::safe(&format!("{} ({})", entry.title, entry.uri));
    for made in &entry.made {
        let name = match made {
            Made::Volume { pool, name } => format!("volume {pool}/{name}"),
            Made::Domain { name, uuid } => format!("machine {name} ({uuid})"),
            Made::File { path } => format!("file {path}"),
            Made::HostFile { path } => format!("file {path} on the host"),
            Made::Pool { name } => format!("pool {name}"),
            Made::Detour { name, .. } => format!("network {name}"),
            Made::Folder { path } => format!("folder {path}"),
        };
        text.push_str("\n  ");
        text.push_str(&print::safe(&name));
    }
    text
}

/// Removes what was left on a host.
pub(super) async fn remove(host: &HostClient, uri: &str) -> Result<(), Stop> {
    let mut staying = Vec::new();
    for leftover in all()?.into_iter().filter(|one| one.entry.uri == uri) {
        let made = leftover.entry.made.clone();
        let stays = host
            .remove_leftover(made)
            .await
            .map_err(|error| Stop::refused(why(&error)))?;
        if stays.is_empty() {
            leftover.forget();
        }
        staying.extend(stays);
    }
    if staying.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = staying.iter().map(|line| print::safe(line)).collect();
    Err(Stop::refused(lines.join("\n")))
}
