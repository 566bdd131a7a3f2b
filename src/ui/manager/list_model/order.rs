//! How the list model takes another order. GTK destroys and makes a widget for each line that moves, some two hundred at a
//! time, so a line that is at hand shows another machine instead of moving. Those that GTK itself keeps in mind by their
//! line, which are the selected ones and the one with the keyboard, do move.

use std::collections::{HashMap, HashSet};

use gio::prelude::*;
use gio::subclass::prelude::*;
use gtk4::prelude::*;

use super::{ListModel, Row};
use crate::model::view::{Item, Step};

impl ListModel {
    /// Goes one step on the way to another order. `focused` keeps its line, as what is selected does. Gives the lines that
    /// stand for something else now, from the top; they are not filled yet.
    pub fn take(&self, step: Step, focused: Option<Item>) -> Vec<Row> {
        match step {
            Step::Splice {
                position,
                removed,
                added,
            } => {
                let count = added.len();
                // GTK asks between two calls, so the list is at every moment what it was told.
                self.imp()
                    .items
                    .borrow_mut()
                    .splice(position..position + removed, added);
                self.items_changed(number(position), number(removed), number(count));
                Vec::new()
            }
            Step::Exchange { position, items } => self.exchange(position, items, focused),
        }
    }

    /// Takes what is gone from the selection, at the end of the way to another order.
    pub fn forget_gone(&self) {
        let mut selected = self.imp().selected.borrow_mut();
        if !selected.is_empty() {
            let there: HashSet<Item> = self.imp().items.borrow().iter().copied().collect();
            selected.retain(|item| there.contains(item));
        }
    }

    fn exchange(&self, position: usize, items: Vec<Item>, focused: Option<Item>) -> Vec<Row> {
        let imp = self.imp();
        let count = items.len();
        let (mut lines, moved) = {
            let old = imp.items.borrow();
            let rows = imp.rows.borrow();
            let old = old.iter().skip(position).take(count).enumerate();
            let lines: HashMap<usize, Row> = old
                .filter_map(|(place, item)| Some((place, rows.get(item)?.upgrade()?)))
                .collect();
            let selected = imp.selected.borrow();
            let stays = |item: &Item| selected.contains(item) || Some(*item) == focused;
            let known = lines.iter().filter_map(|(place, row)| Some((*place, row.item()?)));
            let moved = moves(known, &items, stays);
            (lines, moved)
        };
        let span = follow(&mut lines, &moved);
        {
            let mut rows = imp.rows.borrow_mut();
            for item in lines.values().filter_map(Row::item) {
                rows.remove(&item);
            }
            for (place, row) in &lines {
                rows.insert(items[*place], row.downgrade());
            }
        }
        let mut other: Vec<(usize, Row)> = lines.into_iter().collect();
        other.retain(|(place, row)| row.item() != Some(items[*place]));
        other.sort_unstable_by_key(|(place, _)| *place);
        for (place, row) in &other {
            row.set_item(items[*place]);
        }
        imp.items.borrow_mut().splice(position..position + count, items);
        if let Some((first, last)) = span {
            let length = number(last - first + 1);
            self.items_changed(number(position + first), length, length);
        }
        if !imp.selected.borrow().is_empty() {
            self.selection_changed(number(position), number(count));
        }
        other.into_iter().map(|(_, row)| row).collect()
    }
}

/// The lines that have to move with what they show: from where to where.
fn moves(
    lines: impl Iterator<Item = (usize, Item)>,
    items: &[Item],
    stays: impl Fn(&Item) -> bool,
) -> Vec<(usize, usize)> {
    let movers: HashMap<Item, usize> = lines
        .filter(|(_, item)| stays(item))
        .map(|(place, item)| (item, place))
        .collect();
    if movers.is_empty() {
        return Vec::new();
    }
    let places = items.iter().enumerate();
    places
        .filter_map(|(to, item)| Some((*movers.get(item)?, to)))
        .filter(|(from, to)| from != to)
        .collect()
}

/// Moves lines. A line that is in the way goes to a place that was left. Gives the first and the last place that has
/// another line now.
fn follow<Line>(lines: &mut HashMap<usize, Line>, moved: &[(usize, usize)]) -> Option<(usize, usize)> {
    let movers: Vec<(usize, Line)> = moved
        .iter()
        .filter_map(|(from, to)| Some((*to, lines.remove(from)?)))
        .collect();
    let targets: HashSet<usize> = moved.iter().map(|(_, to)| *to).collect();
    let mut left = moved
        .iter()
        .map(|(from, _)| *from)
        .filter(|from| !targets.contains(from));
    for (to, row) in movers {
        if let Some(other) = lines.insert(to, row)
            && let Some(place) = left.next()
        {
            lines.insert(place, other);
        }
    }
    let places = || moved.iter().flat_map(|(from, to)| [*from, *to]);
    places().min().zip(places().max())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::key::{DomainKey, HostId};

    fn item(number: u128) -> Item {
        Item::Domain(DomainKey::new(HostId(Uuid::nil()), Uuid::from_u128(number)))
    }

    /// The first twenty of these, which have lines.
    fn lines(items: &[Item]) -> HashMap<usize, Item> {
        items.iter().copied().enumerate().take(20).collect()
    }

    fn known(lines: &HashMap<usize, Item>) -> impl Iterator<Item = (usize, Item)> {
        lines.iter().map(|(place, item)| (*place, *item))
    }

    #[test]
    fn lines_stay_where_they_are_when_nothing_is_selected() {
        let items: Vec<Item> = (0..100).map(item).collect();
        let mut lines = lines(&items);
        let turned: Vec<Item> = items.iter().rev().copied().collect();
        let moved = moves(known(&lines), &turned, |_| false);
        assert_eq!(follow(&mut lines, &moved), None);
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[&5], items[5]);
    }

    #[test]
    fn selected_lines_follow_their_machines_and_no_line_is_lost_when_a_list_is_sorted() {
        let items: Vec<Item> = (0..100).map(item).collect();
        for step in 1..100 {
            let mut lines = lines(&items);
            // 37 and 100 have no divisor in common: every place comes once.
            let sorted: Vec<Item> = (0..100).map(|place| items[(place * 37 + step) % 100]).collect();
            let selected = [items[3], items[7], items[8], items[50]];
            let moved = moves(known(&lines), &sorted, |item| selected.contains(item));
            let span = follow(&mut lines, &moved);
            for item in &selected[..3] {
                let place = sorted.iter().position(|own| own == item).unwrap();
                assert_eq!(lines.get(&place), Some(item), "step {step}");
            }
            let different: HashSet<Item> = lines.values().copied().collect();
            assert_eq!((lines.len(), different.len()), (20, 20), "step {step}");
            let (first, last) = span.unwrap();
            for (place, line) in &lines {
                let moved = *place >= 20 || items[*place] != *line;
                assert!(!moved || (first..=last).contains(place), "step {step}: {place}");
            }
        }
    }

    #[test]
    fn what_is_selected_and_gone_is_nowhere() {
        let items: Vec<Item> = (0..100).map(item).collect();
        let mut lines = lines(&items);
        let moved = moves(known(&lines), &items[50..], |item| *item == items[3]);
        assert_eq!(moved, []);
        assert_eq!(follow(&mut lines, &moved), None);
    }
}
