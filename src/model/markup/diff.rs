//! Two texts side by side, line by line: what a user reads before something is applied. Passwords are not in it.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp};

use super::part::spoken;
use super::secret::masked;
use super::token::{Kind, tokens};
use crate::model::xml::Document;

/// Unchanged lines that are shown around a change.
const AROUND: usize = 3;
/// Texts that have nothing in common take the square of their length to compare; after this time a coarser answer will do.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line of one of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// What it says, without its end and with a mask for passwords.
    pub text: String,
    /// The bytes of `text` that the line beside it doesn't have; empty where that is all of it or nothing.
    pub changed: Range<usize>,
}

/// What stands on one row of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Lines that both have and that are left out, before the place that follows: `disk vda`; empty for the root.
    Gap {
        /// How many lines are left out.
        lines: usize,
        /// What the next rows belong to.
        place: String,
    },
    /// A line that both have.
    Same(Line, Line),
    /// A line that was changed, or stands in one text only. One of the two is always there.
    Changed {
        /// In the first text.
        before: Option<Line>,
        /// In the second one.
        after: Option<Line>,
    },
}

/// What two texts say differently.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// The rows, without the long stretches that both have. None where the texts are the same.
    pub rows: Vec<Row>,
    /// Lines that only the second text has.
    pub added: usize,
    /// Lines that only the first text has.
    pub removed: usize,
    /// A password changes, which no row shows.
    pub secret: bool,
}

/// Compares two texts. Blocks for half a second at most: not for the main thread where they are large.
#[must_use]
pub fn compare(before: &str, after: &str) -> Comparison {
    let raw = (lines(before), lines(after));
    let (old, new) = (masked(before), masked(after));
    let shown = Pair {
        before: lines(&old),
        after: lines(&new),
    };
    let deadline = Instant::now() + PATIENCE;
    let ops = similar::capture_diff_slices_deadline(Algorithm::Myers, &raw.0, &raw.1, Some(deadline));
    let mut found = Comparison::default();
    let groups = similar::group_diff_ops(ops, AROUND);
    let groups: Vec<_> = groups.into_iter().filter(|group| group.iter().any(is_change)).collect();
    let firsts: Vec<(bool, usize)> = groups.iter().filter_map(|group| first_change(group)).collect();
    let places = (
        Places::of(&shown.before, &old, &firsts, true),
        Places::of(&shown.after, &new, &firsts, false),
    );
    let mut seen = 0;
    for (number, group) in groups.iter().enumerate() {
        let start = group.first().map_or(0, |op| op.new_range().start);
        let in_old = firsts.get(number).is_some_and(|(in_old, _)| *in_old);
        let place = if in_old { &places.0 } else { &places.1 };
        found.rows.push(Row::Gap {
            lines: start - seen,
            place: place.0.get(number).cloned().unwrap_or_default(),
        });
        seen = group.last().map_or(seen, |op| op.new_range().end);
        for op in group {
            shown.rows(op, &mut found);
        }
    }
    if !found.rows.is_empty() && raw.1.len() > seen {
        found.rows.push(Row::Gap {
            lines: raw.1.len() - seen,
            place: String::new(),
        });
    }
    found
}

/// Lines without their ends; a text that ends without one has a last line like others.
fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

fn is_change(op: &DiffOp) -> bool {
    !matches!(op, DiffOp::Equal { .. })
}

/// The first changed line of a group: whether it is one of the first text, and its index.
fn first_change(group: &[DiffOp]) -> Option<(bool, usize)> {
    let op = group.iter().find(|op| is_change(op))?;
    Some(match op {
        DiffOp::Delete { old_index, .. } => (true, *old_index),
        _ => (false, op.new_range().start),
    })
}

struct Pair<'a> {
    before: Vec<&'a str>,
    after: Vec<&'a str>,
}

impl Pair<'_> {
    fn rows(&self, op: &DiffOp, found: &mut Comparison) {
        let (old, new) = (op.old_range(), op.new_range());
        if !is_change(op) {
            let pairs = old.zip(new);
            found
                .rows
                .extend(pairs.map(|(old, new)| Row::Same(line(&self.before, old), line(&self.after, new))));
            return;
        }
        found.removed += old.len();
        found.added += new.len();
        for step in 0..old.len().max(new.len()) {
            let index = |range: &Range<usize>| range.clone().nth(step);
            let mut before = index(&old).map(|index| line(&self.before, index));
            let mut after = index(&new).map(|index| line(&self.after, index));
            if let (Some(before), Some(after)) = (&mut before, &mut after) {
                found.secret |= before.text == after.text;
                (before.changed, after.changed) = changed(&before.text, &after.text);
            }
            found.rows.push(Row::Changed { before, after });
        }
    }
}

fn line(lines: &[&str], index: usize) -> Line {
    Line {
        number: index + 1,
        text: lines.get(index).copied().unwrap_or_default().to_owned(),
        changed: 0..0,
    }
}

/// What two lines don't have in common between their begin and their end; nothing where they share too little.
fn changed(before: &str, after: &str) -> (Range<usize>, Range<usize>) {
    let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b);
    let start: usize = same.map(|(a, _)| a.len_utf8()).sum();
    let (rest, other) = (&before[start..], &after[start..]);
    let same = rest.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    let end: usize = same.map(|(a, _)| a.len_utf8()).sum();
    let shared = before[..start].trim_start().len() + end;
    if shared < 4 {
        return (0..0, 0..0);
    }
    (start..before.len() - end, start..after.len() - end)
}

/// What each first change of a group belongs to, as far as it is one of this text.
struct Places(Vec<String>);

impl Places {
    fn of(lines: &[&str], text: &str, firsts: &[(bool, usize)], in_old: bool) -> Self {
        let mut starts = Vec::with_capacity(lines.len());
        for line in lines {
            // Lines are pieces of the text.
            starts.push(line.as_ptr() as usize - text.as_ptr() as usize);
        }
        let document = Document::parse(text).ok();
        let mut walk = Walk::default();
        let mut pieces = tokens(text).peekable();
        let mut places = Vec::with_capacity(firsts.len());
        for (old, index) in firsts {
            let Some(start) = starts.get(*index).filter(|_| *old == in_old) else {
                places.push(String::new());
                continue;
            };
            let line = lines[*index];
            let content = start + line.len() - line.trim_start().len();
            while let Some(token) = pieces.next_if(|token| token.span.start < content) {
                walk.step(&text[token.name], token.kind);
            }
            // A line that begins an element belongs to it.
            let own = pieces.peek().filter(|token| {
                token.span.start == content && matches!(token.kind, Kind::Start | Kind::Empty) && walk.open.len() < 3
            });
            let mut steps: Vec<_> = walk.open.iter().take(3).cloned().collect();
            if let Some(own) = own {
                steps.push((
                    text[own.name.clone()].to_owned(),
                    walk.counts.last().copied().unwrap_or(0),
                ));
            }
            places.push(label(document.as_ref(), &steps));
        }
        Self(places)
    }
}

/// The elements around a place, each with its number among its siblings.
#[derive(Default)]
struct Walk {
    open: Vec<(String, usize)>,
    /// How many elements were seen on each level so far.
    counts: Vec<usize>,
}

impl Walk {
    fn step(&mut self, name: &str, kind: Kind) {
        if self.counts.is_empty() {
            self.counts.push(0);
        }
        let number = self.counts.last().copied().unwrap_or(0);
        match kind {
            Kind::Start | Kind::Empty => {
                if let Some(count) = self.counts.last_mut() {
                    *count += 1;
                }
                if kind == Kind::Start {
                    self.open.push((name.to_owned(), number));
                    self.counts.push(0);
                }
            }
            Kind::End => {
                if self.open.pop().is_some() {
                    self.counts.pop();
                }
            }
            Kind::Other => {}
        }
    }
}

/// `disk vda` for a device, the name of the section for what is none, nothing for the root.
fn label(document: Option<&Document>, steps: &[(String, usize)]) -> String {
    let names: Vec<_> = steps.iter().skip(1).map(|(name, _)| name.as_str()).collect();
    let plain = match names.as_slice() {
        ["devices", device] => (*device).to_owned(),
        [section, ..] => (*section).to_owned(),
        [] => String::new(),
    };
    let Some(document) = document.filter(|_| names.first() == Some(&"devices") && names.len() > 1) else {
        return plain;
    };
    let mut at = document.root();
    for (_, number) in steps.iter().skip(1) {
        let Some(child) = document.children(at).nth(*number) else {
            return plain;
        };
        at = child;
    }
    spoken(&document.place(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as a person would sketch them.
    fn shown(before: &str, after: &str) -> Vec<String> {
        let text = |line: &Option<Line>| line.as_ref().map_or("", |line| line.text.trim()).to_owned();
        compare(before, after)
            .rows
            .iter()
            .map(|row| match row {
                Row::Gap { lines, place } => format!("… {lines} {place}"),
                Row::Same(a, b) => format!("{}={} {}", a.number, b.number, a.text.trim()),
                Row::Changed { before, after } => format!("{} > {}", text(before), text(after)),
            })
            .collect()
    }

    const MACHINE: &str = "<domain>\n  <name>a</name>\n  <memory>1</memory>\n  <devices>\n    <disk>\n      \
        <source file='/a'/>\n      <target dev='vda'/>\n    </disk>\n    <disk>\n      <source file='/b'/>\n      \
        <target dev='vdb'/>\n      <a/>\n      <b/>\n      <c/>\n    </disk>\n  </devices>\n</domain>\n";

    #[test]
    fn a_change_stands_beside_what_was_there_under_the_name_of_its_device() {
        let after = MACHINE.replace("<c/>", "<c d='1'/>");
        let all = shown(MACHINE, &after);
        assert_eq!(all[0], "… 10 disk vdb");
        assert_eq!(all[4], "<c/> > <c d='1'/>");
        assert_eq!(all.len(), 8, "three lines on both sides: {all:?}");
        assert_eq!(all[7], "17=17 </domain>");
    }

    #[test]
    fn what_is_new_and_what_is_gone_have_nothing_beside_them() {
        let after = MACHINE.replace(
            "    <disk>\n      <source file='/a'/>\n      <target dev='vda'/>\n    </disk>\n",
            "",
        );
        let all = shown(MACHINE, &after);
        assert!(all[0].ends_with("disk vda"), "{all:?}");
        assert_eq!(all.iter().filter(|row| row.ends_with(" > ")).count(), 4, "{all:?}");
        let back = compare(&after, MACHINE);
        assert_eq!((back.added, back.removed), (4, 0));
        assert!(shown(&after, MACHINE).iter().any(|row| row == " > <target dev='vda'/>"));
    }

    #[test]
    fn settings_outside_of_devices_are_named_by_their_section() {
        let after = MACHINE.replace("<memory>1<", "<memory>2<");
        assert_eq!(shown(MACHINE, &after)[0], "… 0 memory");
        // A text that is no XML has rows, too.
        assert_eq!(shown("a\n", "b\n"), ["… 0 ", "a > b"]);
        assert!(shown(MACHINE, MACHINE).is_empty());
    }

    #[test]
    fn the_part_of_a_line_that_changed_is_marked() {
        let found = compare("  <a b='één'/>\n", "  <a b='twéé'/>\n");
        let Some(Row::Changed {
            before: Some(before),
            after: Some(after),
        }) = found.rows.last()
        else {
            panic!("a changed line");
        };
        assert_eq!(&before.text[before.changed.clone()], "één");
        assert_eq!(&after.text[after.changed.clone()], "twéé");
    }

    #[test]
    fn passwords_are_not_in_a_comparison() {
        let before = "<domain>\n<graphics passwd='swordfish'/>\n</domain>\n";
        let found = compare(before, &before.replace("swordfish", "trout"));
        assert!(found.secret);
        let all = format!("{found:?}");
        assert!(!all.contains("swordfish") && !all.contains("trout"), "{all}");
        assert_eq!((found.added, found.removed), (1, 1));
    }

    #[test]
    fn many_lines_without_anything_in_common_are_compared_in_time() {
        let text = |word: &str| {
            (0..60_000)
                .map(|line| format!("<{word} n='{line}'/>\n"))
                .collect::<String>()
        };
        let started = Instant::now();
        let found = compare(&text("a"), &text("b"));
        assert_eq!((found.added, found.removed), (60_000, 60_000));
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }
}
