//! What the list remembers between two runs.

use super::column::{self, Columns};
use crate::model::settings::ColumnSetting;
use crate::model::view::Column;
use crate::ui::core::Core;

/// Remembers by what the list is sorted.
pub(super) fn remember_order(core: &Core, order: Option<(Column, bool)>) {
    if let Some((column, descending)) = order {
        core.settings().set_sort(column::id(column), descending);
    } else {
        core.settings().set_sort("", false);
    }
}

/// The remembered sorting; by name for a new user.
pub(super) fn order(core: &Core) -> (Column, bool) {
    let (id, descending) = core.settings().sort();
    column::from_id(&id).map_or((Column::Name, false), |column| (column, descending))
}

/// Remembers which columns show, and where.
pub(super) fn remember_columns(core: &Core, columns: &Columns) {
    let stored: Vec<ColumnSetting> = columns
        .chosen()
        .into_iter()
        .map(|(id, width)| ColumnSetting {
            id: id.to_owned(),
            visible: true,
            width,
        })
        .collect();
    core.settings().set_list_columns(&stored);
}

/// The remembered columns, in order and with their widths; nothing for the default.
pub(super) fn columns(core: &Core) -> Option<Vec<(String, Option<i32>)>> {
    let stored: Vec<_> = core
        .settings()
        .list_columns()
        .into_iter()
        .filter(|column| column.visible)
        .map(|column| (column.id, column.width))
        .collect();
    (!stored.is_empty()).then_some(stored)
}
