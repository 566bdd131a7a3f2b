//! What speaks against an order, at the rows that it is about.

use super::source::row;
use crate::i18n::{tr, tr_f};
use crate::model::creation::{Problem, Remedy, Weight};
use crate::model::hardware::{Button, Control, Page, Value, size};

/// What of the problems is said where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What is wrong with rows, by their id.
    pub errors: Vec<(String, String)>,
}

/// The row that a problem belongs to; the first of these that the page has.
pub(super) fn places(row: &str) -> &'static [&'static str] {
    match row {
        "source" => &["image", "tree", "root", "init", "definition"],
        "os" => &["os"],
        "memory" => &["memory"],
        "cpus" => &["cpus"],
        "disk" => &["existing", "pool", "capacity", "storage"],
        "network" => &["network"],
        "firmware" => &["firmware", "machine"],
        "user" => &["user", "installer-user"],
        "host" => &["host", "hypervisor", "start"],
        _ => &["name", "start"],
    }
}

/// The row below the one that a problem is about, which has the button for its remedy.
pub(super) fn problem_row(number: usize) -> String {
    format!("problem-{number}")
}

/// What the button of a remedy says.
#[must_use]
pub fn verb(remedy: &Remedy) -> String {
    match remedy {
        Remedy::StartNetwork(_) => tr("Start Network"),
        Remedy::StartPool(_) => tr("Start Pool"),
        Remedy::MakePool => tr("Create the Default Pool"),
        Remedy::CheckHost => tr("Check Host…"),
        Remedy::Rename(_) => tr("Take Another Name"),
        Remedy::Grant(_) => tr("Show Commands…"),
        Remedy::CopyToPool(_) => tr("Copy to Pool"),
        Remedy::Memory(bytes) | Remedy::Capacity(bytes) => tr_f("Take {size}", &[("size", &size::about(*bytes))]),
    }
}

/// Puts problems on a page: what has a remedy below its row with a button for that, the rest at the row.
/// Each comes with its number, which its button names it by.
pub fn tell<'a>(page: &mut Page, problems: impl IntoIterator<Item = (usize, &'a Problem)>) -> Told {
    let mut told = Told::default();
    for (number, problem) in problems {
        let found = places(problem.row).iter().find_map(|id| {
            let mut groups = page.groups.iter().enumerate();
            groups.find_map(|(group, rows)| Some((group, rows.rows.iter().position(|row| row.id == *id)?)))
        });
        let Some((group, at)) = found else {
            page.notice = Some(match page.notice.take() {
                Some(notice) => format!("{notice}\n{}", problem.text),
                None => problem.text.clone(),
            });
            continue;
        };
        let rows = &mut page.groups[group].rows;
        match &problem.remedy {
            Some(remedy) => {
                let control = Control::Button(verb(remedy), Button::Own("remedy", number));
                let mut row = row(problem_row(number), problem.text.clone(), control, Value::Text(None));
                if problem.weight == Weight::Error {
                    told.errors.push((row.id.clone(), String::new()));
                }
                row.note = None;
                rows.insert(at + 1, row);
            }
            None if problem.weight == Weight::Error => {
                let id = rows[at].id.clone();
                match told.errors.iter_mut().find(|(other, _)| *other == id) {
                    Some((_, text)) => *text = format!("{text} {}", problem.text),
                    None => told.errors.push((id, problem.text.clone())),
                }
            }
            None => {
                // What explains a problem of the host stands below it.
                let below = rows.get(at + 1).filter(|row| row.id.starts_with("problem-"));
                let at = if problem.row == "host" && below.is_some() {
                    at + 1
                } else {
                    at
                };
                let note = rows[at].note.take();
                rows[at].note = Some(match note {
                    Some(note) => format!("{note} {}", problem.text),
                    None => problem.text.clone(),
                });
            }
        }
    }
    told
}
