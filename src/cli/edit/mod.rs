//! `vireo edit`: changes a definition in a file or on a host, over the code that the pages use. All operations or none.

mod file;
mod machine;
mod words;

use similar::TextDiff;

use super::{Stop, print};
use crate::model::xml::Refused;
use crate::model::xml::domain::{DomainChange, fields};
use crate::model::xml::{Document, domain::Domain};
pub(super) use machine::run as on_machine;
pub use words::EditWords;
pub(super) use words::Plan;

/// Edits a file.
pub(super) fn run(words: &EditWords, connect: Option<&str>) -> Result<Option<Plan>, Stop> {
    let plan = Plan::read(words, connect)?;
    match &plan.file {
        Some(input) => file::run(input, &plan).map(|()| None),
        None => Ok(Some(plan)),
    }
}

impl From<Refused> for Stop {
    fn from(Refused(reason): Refused) -> Self {
        Self::refused(one_line(&reason))
    }
}

/// A reason as one line that cannot steer the terminal.
fn one_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    print::safe(&line)
}

/// Prints what changes, without passwords.
fn print_diff(before: &Domain, after: &Domain, names: (&str, &str)) -> Result<(), Stop> {
    let (old, new) = (masked(before.document()), masked(after.document()));
    if old == new && before.document().to_string() != after.document().to_string() {
        return print::wanted("(only a password changes)").map(drop);
    }
    let diff = TextDiff::from_lines(&old, &new);
    let text = diff.unified_diff().header(names.0, names.1).to_string();
    if text.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = text
        .trim_end_matches('\n')
        .split('\n')
        .map(|line| print::safe(line.trim_end_matches('\r')))
        .collect();
    print::wanted(&lines.join("\n")).map(drop)
}

/// The text with asterisks for passwords.
fn masked(document: &Document) -> String {
    let mut copy = document.clone();
    for id in copy.descendants(copy.root()) {
        if copy.attribute(id, fields::PASSWORD).is_some() {
            // An attribute that is there takes any text.
            let _ = copy.set_attribute(id, fields::PASSWORD, "***");
        }
    }
    copy.to_string()
}

/// The definition with all changes, or the reason for none.
fn changed(domain: &Domain, changes: &[DomainChange]) -> Result<Domain, Stop> {
    Ok(DomainChange::apply_all(changes, domain)?)
}
