//! What a machine's tab offers to do: one action for each, enabled while it makes sense, with the reason while it does not.

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use crate::i18n::tr;
use crate::model::action::{DomainAction, GuestSignal, StartOptions, availability};
use crate::model::host::Features;
use crate::model::key::DomainKey;
use crate::model::state::pending_text;
use crate::model::store::{Domain, Pending};
use crate::ui::core::Core;
use crate::ui::{confirm, edit};

/// Prefix of the action group.
pub const GROUP: &str = "machine";

/// What is known of the machine's surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// The host can be asked now.
    pub connected: bool,
    /// Nothing may be changed there.
    pub read_only: bool,
}

/// Actions without a parameter, by name.
pub const PLAIN: [(&str, DomainAction); 16] = [
    (
        "start",
        DomainAction::Start(StartOptions {
            paused: false,
            force_boot: false,
        }),
    ),
    (
        "start-paused",
        DomainAction::Start(StartOptions {
            paused: true,
            force_boot: false,
        }),
    ),
    (
        "start-fresh",
        DomainAction::Start(StartOptions {
            paused: false,
            force_boot: true,
        }),
    ),
    ("pause", DomainAction::Suspend),
    ("resume", DomainAction::Resume),
    ("shutdown", DomainAction::Shutdown(GuestSignal::Default)),
    ("shutdown-agent", DomainAction::Shutdown(GuestSignal::Agent)),
    ("shutdown-acpi", DomainAction::Shutdown(GuestSignal::Acpi)),
    ("reboot", DomainAction::Reboot(GuestSignal::Default)),
    ("reset", DomainAction::Reset),
    ("force-off", DomainAction::ForceOff),
    ("save", DomainAction::Save),
    ("discard-saved", DomainAction::DiscardSaved),
    ("nmi", DomainAction::InjectNmi),
    ("wake-up", DomainAction::PmWakeup),
    ("core-dump", DomainAction::CoreDump(String::new())),
];

/// Why `action` can't be done now; `None` when it can.
#[must_use]
pub fn obstacle(action: &DomainAction, domain: &Domain, around: Surroundings) -> Option<String> {
    if !around.connected {
        return Some(tr("The host is not connected"));
    }
    let rescue = matches!(action, DomainAction::ForceOff | DomainAction::Reset);
    let patient = matches!(domain.pending, Some(Pending::ShuttingDown | Pending::Rebooting));
    if let Some(asked) = domain.pending
        && !rescue
        && !patient
    {
        return Some(pending_text(asked));
    }
    let features = Features {
        read_only: around.read_only,
        ..Features::default()
    };
    availability(action, domain, &features).err()
}

/// Opens a dialog about a machine.
type Open = fn(&gtk::Box, &Core, DomainKey);

/// The actions of one tab.
pub struct Actions {
    group: gio::SimpleActionGroup,
}

impl Actions {
    /// Makes the actions and installs them in `root`.
    pub fn install(root: &gtk::Box, core: &Core, key: DomainKey) -> Self {
        let group = gio::SimpleActionGroup::new();
        for (name, action) in PLAIN {
            let simple = gio::SimpleAction::new(name, None);
            let core = core.clone();
            let weak = root.downgrade();
            simple.connect_activate(move |_, _| {
                if let Some(root) = weak.upgrade() {
                    ask_and_perform(&root, &core, key, action.clone());
                }
            });
            group.add_action(&simple);
        }
        let dialogs: [(&str, Open); 4] = [
            ("rename", |root, core, key| edit::rename(root, core, key)),
            ("title", |root, core, key| edit::title(root, core, key)),
            ("description", |root, core, key| edit::description(root, core, key)),
            ("tags", |root, core, key| edit::tags(root, core, key)),
        ];
        for (name, open) in dialogs {
            let simple = gio::SimpleAction::new(name, None);
            let core = core.clone();
            let weak = root.downgrade();
            simple.connect_activate(move |_, _| {
                if let Some(root) = weak.upgrade() {
                    open(&root, &core, key);
                }
            });
            group.add_action(&simple);
        }
        let copy = gio::SimpleAction::new("copy-uuid", None);
        let weak = root.downgrade();
        copy.connect_activate(move |_, _| {
            if let Some(root) = weak.upgrade() {
                root.clipboard().set_text(&key.uuid.to_string());
            }
        });
        group.add_action(&copy);
        let autostart = gio::SimpleAction::new_stateful("autostart", None, &false.to_variant());
        let core = core.clone();
        // The mark follows the host's answer, not the click.
        autostart.connect_change_state(move |_, wanted| {
            if let Some(wanted) = wanted.and_then(glib::Variant::get::<bool>) {
                core.perform(key, DomainAction::SetAutostart(wanted));
            }
        });
        group.add_action(&autostart);
        root.insert_action_group(GROUP, Some(&group));
        Self { group }
    }

    /// Enables what can be done with `domain`; nothing while it does not exist.
    pub fn refresh(&self, domain: Option<&Domain>, around: Surroundings) {
        let free = |action: &DomainAction| domain.is_some_and(|domain| obstacle(action, domain, around).is_none());
        for (name, action) in PLAIN {
            self.enable(name, free(&action));
        }
        self.enable("rename", free(&DomainAction::Rename(String::new())));
        self.enable("title", free(&DomainAction::SetTitle(None)));
        self.enable("description", free(&DomainAction::SetDescription(None)));
        self.enable("tags", free(&DomainAction::SetTags(Vec::new())));
        self.enable("autostart", free(&DomainAction::SetAutostart(true)));
        if let (Some(action), Some(domain)) = (self.action("autostart"), domain) {
            action.set_state(&domain.autostart.to_variant());
        }
    }

    fn action(&self, name: &str) -> Option<gio::SimpleAction> {
        self.group.lookup_action(name).and_downcast()
    }

    fn enable(&self, name: &str, enabled: bool) {
        if let Some(action) = self.action(name)
            && action.is_enabled() != enabled
        {
            action.set_enabled(enabled);
        }
    }
}

/// Asks where something would be lost, then does it.
pub fn ask_and_perform(root: &gtk::Box, core: &Core, key: DomainKey, action: DomainAction) {
    if matches!(action, DomainAction::CoreDump(_)) {
        edit::core_dump(root, core, key);
        return;
    }
    let (root, core) = (root.clone(), core.clone());
    glib::spawn_future_local(async move {
        if confirm::confirm(&root, &core, &action, &[key]).await {
            core.perform(key, action);
        }
    });
}

/// The menu behind the arrow beside *Start*.
#[must_use]
pub fn start_menu() -> gio::Menu {
    menu(&[&[
        (tr("Start _Paused"), "start-paused"),
        (tr("_Discard Saved Memory and Start"), "start-fresh"),
        (tr("Discard _Saved Memory"), "discard-saved"),
    ]])
}

/// The menu behind the arrow beside *Shut Down*.
#[must_use]
pub fn stop_menu() -> gio::Menu {
    menu(&[
        &[
            (tr("Shut Down by Guest _Agent"), "shutdown-agent"),
            (tr("Shut Down by _Power Button (ACPI)"), "shutdown-acpi"),
            (tr("_Reboot"), "reboot"),
        ],
        &[(tr("_Save Memory and Stop"), "save")],
        &[(tr("R_eset"), "reset"), (tr("_Force Off"), "force-off")],
    ])
}

/// The menu of the rest.
#[must_use]
pub fn more_menu() -> gio::Menu {
    menu(&[
        &[
            (tr("_Rename…"), "rename"),
            (tr("Edit _Title…"), "title"),
            (tr("Edit _Description…"), "description"),
            (tr("Edit Ta_gs…"), "tags"),
        ],
        &[(tr("Start with the _Host"), "autostart")],
        &[
            (tr("_Wake Up"), "wake-up"),
            (tr("Send _Non-Maskable Interrupt"), "nmi"),
            (tr("Write _Core Dump…"), "core-dump"),
        ],
        &[(tr("Copy _UUID"), "copy-uuid")],
    ])
}

fn menu(sections: &[&[(String, &str)]]) -> gio::Menu {
    let menu = gio::Menu::new();
    for entries in sections {
        let section = gio::Menu::new();
        for (label, name) in *entries {
            section.append(Some(label), Some(&format!("{GROUP}.{name}")));
        }
        menu.append_section(None, &section);
    }
    menu
}
