//! The difference between two orders, as GTK's list models want it told.

use std::collections::HashMap;

use super::Item;

/// More pieces than this are told as one: each costs the list view more than the rows in between.
const MAX_SPLICES: usize = 64;

/// One call of `items_changed`. Positions count in the list as it is after the splices before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splice {
    /// Where.
    pub position: usize,
    /// How many items go there.
    pub removed: usize,
    /// How many come in their place.
    pub added: usize,
}

/// The splices that turn `old` into `new`. Rows that keep their order among each other are not touched, as long as few
/// others moved.
#[must_use]
pub fn diff(old: &[Item], new: &[Item]) -> Vec<Splice> {
    let start = old.iter().zip(new).take_while(|(left, right)| left == right).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(left, right)| left == right)
        .count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let whole = Splice {
        position: start,
        removed: old.len(),
        added: new.len(),
    };
    if old.is_empty() || new.is_empty() {
        return vec![whole];
    }
    let kept = keepers(old, new);
    let mut splices = Vec::new();
    let (mut from, mut to) = (0, 0);
    for (old_next, new_next) in kept.into_iter().chain([(old.len(), new.len())]) {
        if old_next > from || new_next > to {
            splices.push(Splice {
                position: start + to,
                removed: old_next - from,
                added: new_next - to,
            });
            if splices.len() > MAX_SPLICES {
                return vec![whole];
            }
        }
        (from, to) = (old_next + 1, new_next + 1);
    }
    splices
}

/// The longest run of items that stand in the same order in both: pairs of positions, rising.
fn keepers(old: &[Item], new: &[Item]) -> Vec<(usize, usize)> {
    let places: HashMap<Item, usize> = new.iter().enumerate().map(|(place, item)| (*item, place)).collect();
    let pairs: Vec<(usize, usize)> = old
        .iter()
        .enumerate()
        .filter_map(|(place, item)| Some((place, *places.get(item)?)))
        .collect();
    // Patience sorting: `tails[n]` ends the best run of n + 1 pairs, `before` leads back through it.
    let mut tails: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; pairs.len()];
    for (index, (_, place)) in pairs.iter().enumerate() {
        let slot = tails.partition_point(|tail| pairs[*tail].1 < *place);
        if slot > 0 {
            before[index] = tails[slot - 1];
        }
        if slot == tails.len() {
            tails.push(index);
        } else {
            tails[slot] = index;
        }
    }
    let mut run = Vec::with_capacity(tails.len());
    let mut next = tails.last().copied();
    while let Some(index) = next {
        run.push(pairs[index]);
        next = Some(before[index]).filter(|earlier| *earlier != usize::MAX);
    }
    run.reverse();
    run
}
