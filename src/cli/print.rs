//! Printing for people and for programs.

use std::io::{self, Write};

use serde_json::json;

use super::Stop;
use crate::model::domain::{DomainState, DomainSummary};

/// Prints a line.
pub(super) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Prints a line; false when nobody reads any more, which is no failure (`vireo events | head`).
pub(super) fn wanted(text: &str) -> Result<bool, Stop> {
    match line(text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Stop::refused(format!("standard output: {error}"))),
    }
}

/// A text from a host, safe on a terminal: what could steer it is shown as a code.
pub(super) fn safe(text: &str) -> String {
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The word for a state, the same in every language: programs read it.
pub(super) fn state_word(state: DomainState) -> &'static str {
    match state {
        DomainState::NoState | DomainState::Running | DomainState::Blocked => "running",
        DomainState::Paused => "paused",
        DomainState::ShuttingDown => "shutting-down",
        DomainState::Off => "off",
        DomainState::Crashed => "crashed",
        DomainState::Suspended => "suspended",
        DomainState::Other(_) => "unknown",
    }
}

/// All machines as a JSON array.
pub(super) fn machines_json(machines: &[DomainSummary]) -> String {
    let list: Vec<_> = machines
        .iter()
        .map(|machine| {
            json!({
                "uuid": machine.key.uuid,
                "name": machine.name,
                "id": machine.id,
                "state": state_word(machine.state),
                "reason": machine.reason,
                "persistent": machine.persistent,
                "autostart": machine.autostart,
                "saved": machine.managed_save,
            })
        })
        .collect();
    serde_json::Value::Array(list).to_string()
}

/// A table: columns stand under each other, as wide as what is in them. What comes from a host is made safe before.
pub(super) fn columns(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|title| (*title).to_owned()).collect();
    let length = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count().min(60));
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            rows.iter()
                .chain([&head])
                .map(|row| length(row, column))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<0$}", *width));
        let line = cells.collect::<Vec<_>>().join("  ");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// All machines as a table.
pub(super) fn machines_table(machines: &[DomainSummary]) -> String {
    let rows: Vec<[String; 4]> = machines
        .iter()
        .map(|machine| {
            [
                machine.id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
                safe(&machine.name),
                state_word(machine.state).to_owned(),
                machine.key.uuid.to_string(),
            ]
        })
        .collect();
    let head = ["ID", "NAME", "STATE", "UUID"].map(str::to_owned);
    let width = |column: usize| {
        rows.iter()
            .chain([&head])
            .map(|row| row[column].chars().count().min(60))
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut out = String::new();
    for [id, name, state, uuid] in std::iter::once(&head).chain(&rows) {
        out.push_str(&format!(
            "{id:>0$}  {name:<1$}  {state:<2$}  {uuid}\n",
            widths[0], widths[1], widths[2]
        ));
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::{DomainKey, HostId};
    use uuid::Uuid;

    fn machine(name: &str) -> DomainSummary {
        DomainSummary {
            key: DomainKey::new(HostId(Uuid::nil()), Uuid::nil()),
            name: name.to_owned(),
            id: Some(3),
            state: DomainState::Running,
            reason: 1,
            persistent: true,
            autostart: false,
            managed_save: false,
        }
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let table = machines_table(&[machine("a\u{1b}]0;title\u{7}\u{202e}b")]);
        assert!(!table.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{table}");
        assert!(table.contains("\\u{1b}"), "{table}");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let table = machines_table(&[machine("a"), machine("long-name")]);
        let starts: Vec<_> = table.lines().map(|line| line.find(['S', 'r'])).collect();
        assert!(starts.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
    }

    #[test]
    fn json_holds_a_name_as_it_is() {
        let text = machines_json(&[machine("a\"\n\u{1b}")]);
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read[0]["name"], "a\"\n\u{1b}");
    }
}
