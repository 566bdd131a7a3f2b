//! What can be asked of machines, as GTK actions: one group for windows (`domain.*`), one menu for the list and the
//! machine's own page. The target is a key, or several with blanks between.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;
use crate::model::action::{DomainAction, GuestSignal, StartOptions, availability};
use crate::model::deletion::Keep;
use crate::model::host::Features;
use crate::model::key::DomainKey;
use crate::model::state::pending_text;
use crate::model::store::{Domain, Host, Pending};
use crate::ui::core::Core;
use crate::ui::manager::tagging;
use crate::ui::menu::Menu;
use crate::ui::vm::screenshot;
use crate::ui::{clone, confirm, conversion, deletion, edit};

/// Name of the group; windows insert it under this name.
pub const GROUP: &str = "domain";

/// What is known of a machine's surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// The host can be asked now.
    pub connected: bool,
    /// Nothing may be changed there.
    pub read_only: bool,
}

impl Surroundings {
    /// Those of the machines of `host`.
    #[must_use]
    pub fn of(host: &Host) -> Self {
        Self {
            connected: host.status.is_connected(),
            read_only: host.config.read_only || host.info.as_ref().is_some_and(|info| info.features.read_only),
        }
    }
}

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
    if matches!(action, DomainAction::Start(_)) && is_template(domain) {
        return Some(tr("It is a template: make a machine from it"));
    }
    let features = Features {
        read_only: around.read_only,
        ..Features::default()
    };
    availability(action, domain, &features).err()
}

fn is_template(domain: &Domain) -> bool {
    domain.details.as_ref().is_some_and(|details| details.is_template)
}

/// What an action does when it has its machines.
#[derive(Clone)]
pub enum Deed {
    /// Asked of each.
    Ask(DomainAction),
    /// A dialog for one machine that ends in an action of this kind.
    Edit(fn(&gtk::Widget, &Core, DomainKey), DomainAction),
    /// A picture of what one machine shows.
    Screenshot,
    /// Puts something on the clipboard.
    CopyUuid,
    /// Autostart becomes what it is not.
    ToggleAutostart,
    /// Its disks and definition as a bundle of files, for one machine.
    Export,
    /// Copies, after a dialog that says what becomes of each disk.
    Clone,
    /// The machine becomes a template, or a machine again.
    ToggleTemplate,
    /// Deletion, after a dialog that says what goes.
    Delete,
}

impl Deed {
    /// What the machine must be able to do for this; `None` for what concerns no host.
    #[must_use]
    pub fn needs(&self) -> Option<DomainAction> {
        match self {
            Self::Ask(action) | Self::Edit(_, action) => Some(action.clone()),
            Self::ToggleAutostart => Some(DomainAction::SetAutostart(true)),
            Self::Delete => Some(DomainAction::Delete(Keep::default())),
            // The same as for a dump: a process, and a connection that is not read-only.
            Self::Screenshot => Some(DomainAction::CoreDump(String::new())),
            // Only while off, like a new name.
            Self::Export => Some(DomainAction::Rename(String::new())),
            // The same as for a change of the definition: a connection that is not read-only.
            Self::Clone | Self::ToggleTemplate => Some(DomainAction::SetDescription(None)),
            Self::CopyUuid => None,
        }
    }
}

/// All actions by name.
#[must_use]
pub fn deeds() -> Vec<(&'static str, Deed)> {
    use DomainAction as A;
    let start = |paused, force_boot| {
        Deed::Ask(A::Start(StartOptions {
            paused,
            force_boot,
            ..StartOptions::default()
        }))
    };
    vec![
        ("start", start(false, false)),
        ("start-paused", start(true, false)),
        ("start-fresh", start(false, true)),
        ("pause", Deed::Ask(A::Suspend)),
        ("resume", Deed::Ask(A::Resume)),
        ("shutdown", Deed::Ask(A::Shutdown(GuestSignal::Default))),
        ("shutdown-agent", Deed::Ask(A::Shutdown(GuestSignal::Agent))),
        ("shutdown-acpi", Deed::Ask(A::Shutdown(GuestSignal::Acpi))),
        ("reboot", Deed::Ask(A::Reboot(GuestSignal::Default))),
        ("reset", Deed::Ask(A::Reset)),
        ("force-off", Deed::Ask(A::ForceOff)),
        ("save", Deed::Ask(A::Save)),
        ("discard-saved", Deed::Ask(A::DiscardSaved)),
        ("nmi", Deed::Ask(A::InjectNmi)),
        ("wakeup", Deed::Ask(A::PmWakeup)),
        ("autostart", Deed::ToggleAutostart),
        ("rename", Deed::Edit(edit::rename, A::Rename(String::new()))),
        ("title", Deed::Edit(edit::title, A::SetTitle(None))),
        ("description", Deed::Edit(edit::description, A::SetDescription(None))),
        ("tags", Deed::Edit(edit::tags, A::SetTags(Vec::new()))),
        ("core-dump", Deed::Edit(edit::core_dump, A::CoreDump(String::new()))),
        ("screenshot", Deed::Screenshot),
        ("copy-uuid", Deed::CopyUuid),
        ("export", Deed::Export),
        ("clone", Deed::Clone),
        ("template", Deed::ToggleTemplate),
        ("delete", Deed::Delete),
    ]
}

/// The words of an action in menus.
#[must_use]
pub fn label(name: &str) -> String {
    match name {
        "start" => tr("_Start"),
        "start-paused" => tr("Start _Paused"),
        "start-fresh" => tr("Start _Without Saved State"),
        "pause" => tr("P_ause"),
        "resume" => tr("R_esume"),
        "shutdown" => tr("Shut _Down"),
        "shutdown-agent" => tr("Shut Down by Guest Agen_t"),
        "shutdown-acpi" => tr("Shut Down by A_CPI"),
        "reboot" => tr("Re_boot"),
        "reset" => tr("_Reset"),
        "force-off" => tr("_Force Off"),
        "save" => tr("Sa_ve"),
        "discard-saved" => tr("_Discard Saved State"),
        "nmi" => tr("Send _NMI"),
        "wakeup" => tr("Wa_ke Up"),
        "autostart" => tr("Start With the _Host"),
        "rename" => tr("Re_name…"),
        "title" => tr("_Title…"),
        "description" => tr("Descri_ption…"),
        "tags" => tr("Ta_gs…"),
        "core-dump" => tr("Core D_ump…"),
        "screenshot" => tr("Ta_ke Screenshot…"),
        "copy-uuid" => tr("Copy _UUID"),
        "export" => tr("E_xport…"),
        "clone" => tr("_Clone…"),
        "template" => tr("_Make a Template"),
        "delete" => tr("De_lete…"),
        _ => name.to_owned(),
    }
}

/// The target for these machines.
#[must_use]
pub fn target(keys: &[DomainKey]) -> glib::Variant {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    keys.join(" ").to_variant()
}

/// The machines of a target; what is no key is left out.
#[must_use]
pub fn keys(target: Option<&glib::Variant>) -> Vec<DomainKey> {
    let text = target.and_then(glib::Variant::str).unwrap_or_default();
    text.split(' ').filter_map(|key| key.parse().ok()).collect()
}

/// The group for a window; `parent` is where questions appear.
pub fn group(core: &Core, parent: &impl IsA<gtk::Widget>) -> gio::SimpleActionGroup {
    let group = gio::SimpleActionGroup::new();
    for (name, deed) in deeds() {
        let action = gio::SimpleAction::new(name, Some(glib::VariantTy::STRING));
        let core = core.clone();
        let parent = parent.upcast_ref::<gtk::Widget>().downgrade();
        action.connect_activate(move |_, target| {
            if let Some(parent) = parent.upgrade() {
                run(&core, &parent, &deed, &keys(target));
            }
        });
        group.add_action(&action);
    }
    group
}

/// Does it to `keys`; questions appear over `parent`.
pub fn run(core: &Core, parent: &gtk::Widget, deed: &Deed, keys: &[DomainKey]) {
    match deed {
        Deed::Ask(action) => ask(core, parent, action, keys),
        Deed::Edit(open, kind) => match keys {
            [] => {}
            [only] => open(parent, core, *only),
            several if matches!(kind, DomainAction::SetTags(_)) => tagging::edit(parent, core, several),
            _ => {}
        },
        Deed::Screenshot => {
            if let [only] = keys {
                screenshot::show(parent, core, *only);
            }
        }
        Deed::CopyUuid => {
            let uuids: Vec<String> = keys.iter().map(|key| key.uuid.to_string()).collect();
            parent.clipboard().set_text(&uuids.join("\n"));
        }
        Deed::ToggleAutostart => {
            let on = keys
                .iter()
                .any(|key| core.store().domain(*key).is_some_and(|domain| !domain.autostart));
            ask(core, parent, &DomainAction::SetAutostart(on), keys);
        }
        Deed::Export => {
            if let [only] = keys {
                conversion::export(parent, core, *only);
            }
        }
        Deed::Clone => {
            if let [only] = keys {
                clone::open(parent, core, *only);
            }
        }
        Deed::ToggleTemplate => {
            if let [only] = keys {
                clone::toggle_template(parent, core, *only);
            }
        }
        Deed::Delete => deletion::ask(parent, core, keys),
    }
}

/// Asks something of all machines that can do it now, after the question if there is one.
pub fn ask(core: &Core, parent: &impl IsA<gtk::Widget>, action: &DomainAction, keys: &[DomainKey]) {
    let able: Vec<DomainKey> = keys
        .iter()
        .copied()
        .filter(|key| is_possible(core, action, *key))
        .collect();
    if able.is_empty() {
        return;
    }
    let (core, action) = (core.clone(), action.clone());
    let parent = parent.upcast_ref::<gtk::Widget>().clone();
    glib::MainContext::default().spawn_local(async move {
        if confirm::confirm(&parent, &core, &action, &able).await {
            for key in able {
                core.perform(key, action.clone());
            }
        }
    });
}

/// Whether the machine can do this now; unknown machines can do nothing.
#[must_use]
pub fn is_possible(core: &Core, action: &DomainAction, key: DomainKey) -> bool {
    let store = core.store();
    let Some((domain, host)) = store.domain(key).zip(store.host(key.host)) else {
        return false;
    };
    obstacle(action, domain, Surroundings::of(host)).is_none()
}

/// The menu for machines. What none of them can do now is grey, and says why.
#[must_use]
pub fn menu(core: &Core, keys: &[DomainKey]) -> Menu {
    let mut menu = Menu::default();
    let target = target(keys);
    let all = deeds();
    let store = core.store();
    let saved = keys
        .iter()
        .any(|key| store.domain(*key).is_some_and(|domain| domain.managed_save));
    let autostart = keys
        .iter()
        .all(|key| store.domain(*key).is_some_and(|domain| domain.autostart));
    let template = keys.iter().any(|key| store.domain(*key).is_some_and(is_template));
    drop(store);
    let mut section = |names: &[&str]| {
        let section = gio::Menu::new();
        for (name, deed) in names.iter().filter_map(|name| all.iter().find(|(own, _)| own == name)) {
            let text = match *name {
                "start" if saved => tr("_Restore"),
                "autostart" if autostart => tr("Don't Start With the Host"),
                "clone" if template => tr("_New From Template…"),
                "template" if template => tr("_Make It a Machine Again"),
                "start-fresh" | "discard-saved" if !saved => continue,
                name => label(name),
            };
            if let Some(reason) = hindrance(core, name, deed, keys) {
                menu.add_grey(&section, name, &text, &reason);
            } else {
                let item = gio::MenuItem::new(Some(&text), None);
                item.set_action_and_target_value(Some(&format!("{GROUP}.{name}")), Some(&target));
                section.append_item(&item);
            }
        }
        section
    };
    // As long as a low screen is high; what is used less is one step away.
    let run = section(&["start", "pause", "resume"]);
    let stop = section(&["shutdown", "reboot", "force-off"]);
    let power = section(&[
        "save",
        "start-paused",
        "start-fresh",
        "discard-saved",
        "shutdown-agent",
        "shutdown-acpi",
        "reset",
        "wakeup",
        "nmi",
        "core-dump",
    ]);
    let change = section(&["rename"]);
    let details = section(&["title", "description", "tags", "autostart"]);
    let copies = section(&["clone"]);
    let take = section(&["template", "export", "screenshot", "copy-uuid"]);
    let end = section(&["delete"]);
    stop.append_submenu(Some(&tr("More Po_wer Actions")), &power);
    change.append_submenu(Some(&tr("Deta_ils")), &details);
    for at in 0..copies.n_items() {
        change.append_item(&gio::MenuItem::from_model(&copies, at));
    }
    change.append_submenu(Some(&tr("_More")), &take);
    for part in [&run, &stop, &change, &end] {
        menu.model().append_section(None, part);
    }
    menu
}

/// Why none of the machines can do this now; `None` when one can.
fn hindrance(core: &Core, name: &str, deed: &Deed, keys: &[DomainKey]) -> Option<String> {
    let single = matches!(
        deed,
        Deed::Edit(..) | Deed::Screenshot | Deed::Export | Deed::Clone | Deed::ToggleTemplate
    );
    if keys.len() > 1 && single && name != "tags" {
        return Some(tr("Only for one machine at a time"));
    }
    let action = deed.needs()?;
    let store = core.store();
    let runs = |key: &DomainKey| store.domain(*key).is_some_and(|domain| domain.state.is_active());
    if matches!(deed, Deed::ToggleTemplate) && keys.iter().any(runs) {
        return Some(tr("A template never runs: shut the machine down first"));
    }
    let mut first = None;
    for (domain, host) in keys
        .iter()
        .filter_map(|key| store.domain(*key).zip(store.host(key.host)))
    {
        let reason = obstacle(&action, domain, Surroundings::of(host))?;
        first.get_or_insert(reason);
    }
    Some(first.unwrap_or_else(|| tr("This machine was removed")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::HostId;
    use uuid::Uuid;

    #[test]
    fn targets_survive_the_road_and_nonsense_is_left_out() {
        let all = [
            DomainKey::new(HostId::new(), Uuid::new_v4()),
            DomainKey::new(HostId::new(), Uuid::new_v4()),
        ];
        assert_eq!(keys(Some(&target(&all))), all);
        assert!(keys(Some(&"a b ../c".to_variant())).is_empty());
        assert!(keys(None).is_empty());
    }
}
