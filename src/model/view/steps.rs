//! The way from one order to another in steps that are each quick to show.

use std::collections::{HashSet, VecDeque};

use super::{Item, Splice, diff};

/// Lines that come or go at a time. A list view makes a widget for each line near the screen, which costs it 0.05 to 0.1 ms.
const PORTION: usize = 40;
/// A list view has widgets for fewer lines than this (GTK: 200). Beyond, lines come and go for nothing.
const WIDGETS: usize = 240;
/// When more lines than this move, contents are exchanged in place instead of moving the lines.
const MOVES: usize = 64;

/// A step. Positions count in the list as it is after the steps before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Lines go and others come in their place.
    Splice {
        /// Where.
        position: usize,
        /// How many go.
        removed: usize,
        /// What comes.
        added: Vec<Item>,
    },
    /// As many lines as before, with other contents.
    Exchange {
        /// Where.
        position: usize,
        /// What they show now.
        items: Vec<Item>,
    },
}

/// The steps that turn `old` into `new`. At no time is an item in the list twice.
#[must_use]
pub fn steps(old: &[Item], new: &[Item]) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    let splices = diff(old, new);
    let moves: usize = splices.iter().map(|splice| splice.removed + splice.added).sum();
    let plain = matches!(&splices[..], [only] if only.removed == 0 || only.added == 0);
    if !plain && moves > MOVES {
        let start = old.iter().zip(new).take_while(|(left, right)| left == right).count();
        exchange(&mut steps, start, &old[start..], &new[start..]);
        return steps;
    }
    if is_moving(old, new, &splices) {
        apart(&mut steps, &splices, new);
        return steps;
    }
    for splice in splices {
        let added = &new[splice.position..splice.position + splice.added];
        if splice.removed == 0 {
            insert(&mut steps, splice.position, added);
        } else if added.is_empty() {
            remove(&mut steps, splice.position, splice.removed);
        } else {
            steps.push_back(Step::Splice {
                position: splice.position,
                removed: splice.removed,
                added: added.to_vec(),
            });
        }
    }
    steps
}

/// The pieces with the places that they have in the old list.
fn places(splices: &[Splice]) -> impl DoubleEndedIterator<Item = (usize, &Splice)> {
    let mut place = 0;
    let mut after = 0;
    let places: Vec<_> = splices
        .iter()
        .map(|splice| {
            place += splice.position - after;
            let start = place;
            place += splice.removed;
            after = splice.position + splice.added;
            (start, splice)
        })
        .collect();
    places.into_iter()
}

/// Whether an item goes in one place and comes in another.
fn is_moving(old: &[Item], new: &[Item], splices: &[Splice]) -> bool {
    let removed = places(splices).flat_map(|(place, splice)| &old[place..place + splice.removed]);
    let removed: HashSet<&Item> = removed.collect();
    let mut added = splices
        .iter()
        .flat_map(|splice| &new[splice.position..splice.position + splice.added]);
    added.any(|item| removed.contains(item))
}

/// All that goes, from the end, and then all that comes, from the start: what moves is gone before it comes again.
fn apart(steps: &mut VecDeque<Step>, splices: &[Splice], new: &[Item]) {
    for (place, splice) in places(splices).rev() {
        remove(steps, place, splice.removed);
    }
    for splice in splices {
        insert(
            steps,
            splice.position,
            &new[splice.position..splice.position + splice.added],
        );
    }
}

/// Brings the list to its new length at the end, with what comes or goes anyway as far as possible, and orders it in place:
/// before it gets shorter, after it got longer.
fn exchange(steps: &mut VecDeque<Step>, position: usize, old: &[Item], new: &[Item]) {
    let shown: HashSet<&Item> = new.iter().collect();
    let mut items = new.to_vec();
    if new.len() > old.len() {
        let known: HashSet<&Item> = old.iter().collect();
        let fresh = new.iter().filter(|item| !known.contains(item));
        let fresh: Vec<Item> = fresh.take(new.len() - old.len()).copied().collect();
        insert(steps, position + old.len(), &fresh);
    } else {
        let rest = old.iter().filter(|item| !shown.contains(item));
        items.extend(rest.take(old.len() - new.len()));
    }
    steps.push_back(Step::Exchange { position, items });
    if new.len() < old.len() {
        remove(steps, position + new.len(), old.len() - new.len());
    }
}

fn insert(steps: &mut VecDeque<Step>, position: usize, added: &[Item]) {
    let (near, far) = added.split_at(added.len().min(WIDGETS));
    let mut place = position;
    for portion in near.chunks(PORTION).chain(Some(far).filter(|far| !far.is_empty())) {
        steps.push_back(Step::Splice {
            position: place,
            removed: 0,
            added: portion.to_vec(),
        });
        place += portion.len();
    }
}

fn remove(steps: &mut VecDeque<Step>, position: usize, removed: usize) {
    let mut left = removed;
    let far = removed.saturating_sub(WIDGETS);
    while left > 0 {
        let count = if left == removed && far > 0 {
            far
        } else {
            left.min(PORTION)
        };
        left -= count;
        steps.push_back(Step::Splice {
            position: position + left,
            removed: count,
            added: Vec::new(),
        });
    }
}
