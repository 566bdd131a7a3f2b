//! The types of new hardware, and looking for one of them.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::model::hardware::Addition;

/// Shows the types that have to do with some words, and selects one of them: rather one that is called so.
pub fn find(list: &gtk::ListBox, kinds: &[Addition], words: &str) {
    let wanted = words.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let (mut called, mut first) = (None, None);
    for (kind, index) in kinds.iter().zip(0..) {
        let Some(row) = list.row_at_index(index) else { continue };
        let found = [kind.id, &kind.title, &kind.description].into_iter().any(has);
        row.set_visible(found);
        if found && kind.problem.is_none() {
            called = called.or_else(|| has(&kind.title).then(|| row.clone()));
        }
        first = first.or_else(|| found.then_some(row));
    }
    let selected = list.selected_row().is_some_and(|row| row.is_visible());
    if !wanted.is_empty()
        && !selected
        && let Some(row) = called.or(first)
    {
        list.select_row(Some(&row));
    }
}
