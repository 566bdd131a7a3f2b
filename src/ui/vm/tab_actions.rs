//! The actions of a machine's tab: those of the lists, without a target, and enabled while they make sense.

use std::cell::RefCell;
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::store::Domain;
use crate::ui::actions::{self, Deed, Surroundings, obstacle};
use crate::ui::core::Core;
use crate::ui::menu::Menu;

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
        // GTK 4.8 forgets to enable the buttons again of a tab that was out of its window for a moment, as it is while dragged.
        let own = group.clone();
        root.connect_root_notify(move |root| {
            if root.root().is_some() {
                root.insert_action_group(GROUP, gio::ActionGroup::NONE);
                root.insert_action_group(GROUP, Some(&own));
            }
        });
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
pub const START: &[&[&str]] = &[&["start-paused", "start-fresh", "discard-saved"]];
/// The menu behind the arrow beside *Shut Down*.
pub const STOP: &[&[&str]] = &[
    &["shutdown-agent", "shutdown-acpi", "reboot"],
    &["save"],
    &["reset", "force-off"],
];
/// The menu of the rest.
pub const MORE: &[&[&str]] = &[
    &["rename", "title", "description", "tags"],
    &["autostart"],
    &["wakeup", "nmi", "core-dump"],
    &["screenshot", "copy-uuid"],
    &["delete"],
];

/// A menu of the tab. What can't be done now is grey, and says why. It changes while it is closed only.
pub struct Dropdown {
    popover: gtk::PopoverMenu,
    sections: &'static [&'static [&'static str]],
    /// Why each entry is grey, in order; what holds and what the popover shows.
    wanted: RefCell<Vec<Option<String>>>,
    shown: RefCell<Option<Vec<Option<String>>>>,
}

impl Dropdown {
    /// A menu of these sections of actions.
    pub fn new(sections: &'static [&'static [&'static str]]) -> Rc<Self> {
        let entries = sections.iter().map(|section| section.len()).sum();
        let this = Rc::new(Self {
            popover: gtk::PopoverMenu::from_model(None::<&gio::MenuModel>),
            sections,
            wanted: RefCell::new(vec![None; entries]),
            shown: RefCell::new(None),
        });
        this.fill();
        let weak = Rc::downgrade(&this);
        this.popover.connect_closed(move |_| {
            // After the action that was chosen.
            let weak = weak.clone();
            glib::idle_add_local_once(move || {
                if let Some(this) = weak.upgrade() {
                    this.fill();
                }
            });
        });
        this
    }

    /// The popover for the button.
    #[must_use]
    pub fn popover(&self) -> &gtk::PopoverMenu {
        &self.popover
    }

    /// Follows the machine.
    pub fn refresh(&self, domain: &Domain, around: Surroundings) {
        let deeds = actions::deeds();
        let reason = |name: &&str| {
            let (_, deed) = deeds.iter().find(|(own, _)| own == name)?;
            obstacle(&deed.needs()?, domain, around)
        };
        let reasons = self.sections.iter().copied().flatten().map(reason).collect();
        self.wanted.replace(reasons);
        self.fill();
    }

    fn fill(&self) {
        let wanted = self.wanted.borrow();
        if self.popover.is_visible() || self.shown.borrow().as_ref() == Some(&*wanted) {
            return;
        }
        let mut menu = Menu::default();
        let mut reasons = wanted.iter();
        for names in self.sections {
            let section = gio::Menu::new();
            for name in *names {
                let label = actions::label(name);
                if *name == "autostart" {
                    menu.has_checks();
                }
                match reasons.next() {
                    Some(Some(reason)) => menu.add_grey(&section, name, &label, reason),
                    _ => section.append(Some(&label), Some(&format!("{GROUP}.{name}"))),
                }
            }
            menu.model().append_section(None, &section);
        }
        menu.fill(&self.popover);
        self.shown.replace(Some(wanted.clone()));
    }
}
