//! What the menu offers to everybody.

use super::combination::Combination;
use crate::i18n::tr;

/// One thing to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it does, where the keys alone don't say it.
    pub meaning: Option<String>,
    /// The keys.
    pub combination: Combination,
}

/// Things that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Title of a menu of its own; `None` stands in the menu itself.
    pub title: Option<String>,
    /// What is in it.
    pub entries: Vec<Entry>,
}

/// The usual combinations.
#[must_use]
pub fn catalog() -> Vec<Section> {
    let terminals: Vec<String> = (1..=12).map(|number| format!("Ctrl+Alt+F{number}")).collect();
    let terminals: Vec<&str> = terminals.iter().map(String::as_str).collect();
    vec![
        section(None, &["Ctrl+Alt+Delete", "Ctrl+Alt+Backspace", "Ctrl+Shift+Esc"]),
        section(None, &["Alt+Tab", "Alt+F4", "Print", "Pause", "Menu"]),
        section(Some(tr("Text Screens")), &terminals),
        section(
            Some(tr("Super Key")),
            &[
                "Super",
                "Super+A",
                "Super+D",
                "Super+E",
                "Super+I",
                "Super+L",
                "Super+P",
                "Super+R",
                "Super+V",
                "Super+X",
                "Super+Tab",
                "Super+Pause",
            ],
        ),
        Section {
            title: Some(tr("Magic SysRq")),
            entries: magic(),
        },
    ]
}

fn section(title: Option<String>, combinations: &[&str]) -> Section {
    let entries = combinations.iter().filter_map(|text| entry(None, text));
    Section {
        title,
        entries: entries.collect(),
    }
}

fn entry(meaning: Option<String>, text: &str) -> Option<Entry> {
    let combination = text.parse().ok()?;
    Some(Entry { meaning, combination })
}

/// What the Linux kernel does by itself, in the order that a machine which hangs needs.
fn magic() -> Vec<Entry> {
    let known = [
        (tr("Take the keyboard back"), "Alt+Print+R"),
        (tr("Ask all programs to end"), "Alt+Print+E"),
        (tr("Kill all programs"), "Alt+Print+I"),
        (tr("Write file systems to disk"), "Alt+Print+S"),
        (tr("Make file systems read-only"), "Alt+Print+U"),
        (tr("Restart at once"), "Alt+Print+B"),
        (tr("Power off at once"), "Alt+Print+O"),
        (tr("Kill the largest program"), "Alt+Print+F"),
        (tr("List blocked programs"), "Alt+Print+W"),
        (tr("Crash and write a dump"), "Alt+Print+C"),
        (tr("List the commands"), "Alt+Print+H"),
    ];
    known
        .into_iter()
        .filter_map(|(meaning, text)| entry(Some(meaning), text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_a_combination_and_none_is_there_twice() {
        let all: Vec<Entry> = catalog().into_iter().flat_map(|section| section.entries).collect();
        assert_eq!(all.len(), 3 + 5 + 12 + 12 + 11);
        for (at, entry) in all.iter().enumerate() {
            assert!(
                !all[..at].iter().any(|other| other.combination == entry.combination),
                "{}",
                entry.combination
            );
        }
        assert_eq!(all[0].combination.codes(), [29, 56, 111]);
    }
}
