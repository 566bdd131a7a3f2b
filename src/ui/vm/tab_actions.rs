//! The actions of a machine's tab: those of the lists, without a target, and enabled while they make sense.

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::store::Domain;
use crate::ui::actions::{self, Deed, Surroundings, obstacle};
use crate::ui::core::Core;

/// Prefix of the action group.
pub const GROUP: &str = "machine";

/// The actions of one tab.
pub struct Actions {
    group: gio::SimpleActionGroup,
    deeds: Vec<(&'static str, Deed)>,
}

impl Actions {
    /// Makes the actions and installs them in `root`.
    pub fn install(root: &gtk::Box, core: &Core, key: DomainKey) -> Self {
        let group = gio::SimpleActionGroup::new();
        let deeds = actions::deeds();
        for (name, deed) in deeds.clone() {
            let action = if matches!(deed, Deed::ToggleAutostart) {
                autostart(name, core, key)
            } else {
                let action = gio::SimpleAction::new(name, None);
                let core = core.clone();
                let weak = root.downgrade();
                action.connect_activate(move |_, _| {
                    if let Some(root) = weak.upgrade() {
                        actions::run(&core, root.upcast_ref(), &deed, &[key]);
                    }
                });
                action
            };
            group.add_action(&action);
        }
        root.insert_action_group(GROUP, Some(&group));
        Self { group, deeds }
    }

    /// Enables what can be done with `domain`; nothing while it does not exist.
    pub fn refresh(&self, domain: Option<&Domain>, around: Surroundings) {
        let free = |action: DomainAction| domain.is_some_and(|domain| obstacle(&action, domain, around).is_none());
        for (name, deed) in &self.deeds {
            let enabled = deed.needs().is_none_or(free);
            if let Some(action) = self.action(name)
                && action.is_enabled() != enabled
            {
                action.set_enabled(enabled);
            }
        }
        if let (Some(action), Some(domain)) = (self.action("autostart"), domain) {
            action.set_state(&domain.autostart.to_variant());
        }
    }

    fn action(&self, name: &str) -> Option<gio::SimpleAction> {
        self.group.lookup_action(name).and_downcast()
    }
}

/// A mark in menus and a switch: it follows the host's answer, not the click.
fn autostart(name: &str, core: &Core, key: DomainKey) -> gio::SimpleAction {
    let action = gio::SimpleAction::new_stateful(name, None, &false.to_variant());
    let core = core.clone();
    action.connect_change_state(move |_, wanted| {
        if let Some(wanted) = wanted.and_then(glib::Variant::get::<bool>) {
            core.perform(key, DomainAction::SetAutostart(wanted));
        }
    });
    action
}

/// The menu behind the arrow beside *Start*.
#[must_use]
pub fn start_menu() -> gio::Menu {
    menu(&[&["start-paused", "start-fresh", "discard-saved"]])
}

/// The menu behind the arrow beside *Shut Down*.
#[must_use]
pub fn stop_menu() -> gio::Menu {
    menu(&[
        &["shutdown-agent", "shutdown-acpi", "reboot"],
        &["save"],
        &["reset", "force-off"],
    ])
}

/// The menu of the rest.
#[must_use]
pub fn more_menu() -> gio::Menu {
    menu(&[
        &["rename", "title", "description", "tags"],
        &["autostart"],
        &["wakeup", "nmi", "core-dump"],
        &["copy-uuid"],
    ])
}

fn menu(sections: &[&[&str]]) -> gio::Menu {
    let menu = gio::Menu::new();
    for names in sections {
        let section = gio::Menu::new();
        for name in *names {
            section.append(Some(&actions::label(name)), Some(&format!("{GROUP}.{name}")));
        }
        menu.append_section(None, &section);
    }
    menu
}
