//! The ways to show the machines: grouped by host, as one flat list, as a grid.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::i18n::tr;
use crate::model::settings::ListMode;
use crate::ui::core::Core;
use crate::ui::widgets::Tip;

/// The buttons for the header bar.
pub(super) fn buttons() -> gtk::Box {
    let button = |icon: &str, action: &str, name: &str, tip: String| {
        let button = gtk::ToggleButton::builder()
            .icon_name(icon)
            .action_name(action)
            .build()
            .with_tip(tip);
        button.update_property(&[gtk::accessible::Property::Label(name)]);
        button
    };
    let grid = button(
        "view-grid-symbolic",
        "win.grid",
        &tr("Grid With Pictures"),
        tr("Grid With Pictures (Ctrl+Shift+G)"),
    );
    let grouped = button(
        "format-indent-more-symbolic",
        "win.grouped",
        &tr("Group by Host"),
        tr("Group by Host (Ctrl+G)"),
    );
    let both = gtk::Box::builder().spacing(6).build();
    both.append(&grouped);
    both.append(&grid);
    both
}

/// The entries for a menu.
pub(super) fn add_entries(menu: &gio::Menu) {
    menu.append(Some(&tr("_Group by Host")), Some("win.grouped"));
    menu.append(Some(&tr("G_rid With Pictures")), Some("win.grid"));
}

/// The actions, which are on or off. A grid has no groups; when it ends, they are as they were before.
pub(super) fn add_actions(core: &Core, window: &adw::ApplicationWindow, chosen: impl Fn(ListMode) + 'static) {
    let now = core.settings().list_mode();
    let is_grid = now == ListMode::Grid;
    let grouped = gio::SimpleAction::new_stateful("grouped", None, &(now != ListMode::Flat).to_variant());
    let grid = gio::SimpleAction::new_stateful("grid", None, &is_grid.to_variant());
    grouped.set_enabled(!is_grid);
    let is_on = |action: &gio::SimpleAction| action.state().and_then(|state| state.get()).unwrap_or(false);
    let tell = {
        let (grouped, grid) = (grouped.downgrade(), grid.downgrade());
        Rc::new(move || {
            let (Some(grouped), Some(grid)) = (grouped.upgrade(), grid.upgrade()) else {
                return;
            };
            grouped.set_enabled(!is_on(&grid));
            chosen(match (is_on(&grid), is_on(&grouped)) {
                (true, _) => ListMode::Grid,
                (false, true) => ListMode::Tree,
                (false, false) => ListMode::Flat,
            });
        })
    };
    for action in [&grouped, &grid] {
        let tell = tell.clone();
        action.connect_change_state(move |action, state| {
            if let Some(state) = state {
                action.set_state(state);
                tell();
            }
        });
        window.add_action(action);
    }
}
