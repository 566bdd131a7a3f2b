//! What can be asked of machines, as GTK actions: one group for windows (`domain.*`), one menu for the list and the
//! machine's own page. The target is a key, or several with blanks between.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;
use crate::model::action::{DomainAction, GuestSignal, StartOptions};
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::vm::actions::{Surroundings, obstacle};
use crate::ui::{confirm, edit};

/// Name of the group; windows insert it under this name.
pub const GROUP: &str = "domain";

/// What an action does when it has its machines.
#[derive(Clone)]
enum Deed {
    /// Asked of each.
    Ask(DomainAction),
    /// A dialog for one machine.
    Edit(fn(&gtk::Widget, &Core, DomainKey)),
    /// Puts something on the clipboard.
    CopyUuid,
    /// Autostart becomes what it is not.
    ToggleAutostart,
}

/// All actions by name.
fn deeds() -> Vec<(&'static str, Deed)> {
    use DomainAction as A;
    let start = |paused, force_boot| Deed::Ask(A::Start(StartOptions { paused, force_boot }));
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
        ("rename", Deed::Edit(edit::rename)),
        ("title", Deed::Edit(edit::title)),
        ("description", Deed::Edit(edit::description)),
        ("tags", Deed::Edit(edit::tags)),
        ("core-dump", Deed::Edit(edit::core_dump)),
        ("copy-uuid", Deed::CopyUuid),
    ]
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

fn run(core: &Core, parent: &gtk::Widget, deed: &Deed, keys: &[DomainKey]) {
    match deed {
        Deed::Ask(action) => ask(core, parent, action, keys),
        Deed::Edit(open) => {
            if let [only] = keys {
                open(parent, core, *only);
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
    let around = Surroundings {
        connected: host.status.is_connected(),
        read_only: host.config.read_only || host.info.as_ref().is_some_and(|info| info.features.read_only),
    };
    obstacle(action, domain, around).is_none()
}

/// The menu for machines. What none of them can do now is grey.
#[must_use]
pub fn menu(core: &Core, keys: &[DomainKey]) -> gio::Menu {
    let menu = gio::Menu::new();
    let target = target(keys);
    let all = deeds();
    let add = |section: &gio::Menu, label: String, name: &str| {
        let possible = all
            .iter()
            .find(|(own, _)| *own == name)
            .is_some_and(|(_, deed)| match deed {
                Deed::Ask(action) => keys.iter().any(|key| is_possible(core, action, *key)),
                Deed::ToggleAutostart => {
                    let action = DomainAction::SetAutostart(true);
                    keys.iter().any(|key| is_possible(core, &action, *key))
                }
                Deed::Edit(_) => keys.len() == 1,
                Deed::CopyUuid => true,
            });
        // An action that does not exist is shown grey: whether ours is enabled is a matter of its target.
        let group = if possible { GROUP } else { "impossible" };
        let item = gio::MenuItem::new(Some(&label), None);
        item.set_action_and_target_value(Some(&format!("{group}.{name}")), Some(&target));
        section.append_item(&item);
    };
    let saved = keys
        .iter()
        .any(|key| core.store().domain(*key).is_some_and(|domain| domain.managed_save));
    let run = gio::Menu::new();
    add(&run, if saved { tr("_Restore") } else { tr("_Start") }, "start");
    add(&run, tr("P_ause"), "pause");
    add(&run, tr("R_esume"), "resume");
    menu.append_section(None, &run);
    let stop = gio::Menu::new();
    add(&stop, tr("Shut _Down"), "shutdown");
    add(&stop, tr("Re_boot"), "reboot");
    add(&stop, tr("Sa_ve"), "save");
    add(&stop, tr("_Force Off"), "force-off");
    menu.append_section(None, &stop);
    let more = gio::Menu::new();
    add(&more, tr("Start _Paused"), "start-paused");
    if saved {
        add(&more, tr("Start Without Saved State"), "start-fresh");
        add(&more, tr("Discard Saved State"), "discard-saved");
    }
    add(&more, tr("Shut Down by Guest Agent"), "shutdown-agent");
    add(&more, tr("Shut Down by ACPI"), "shutdown-acpi");
    add(&more, tr("Reset"), "reset");
    add(&more, tr("Wake Up"), "wakeup");
    add(&more, tr("Send NMI"), "nmi");
    add(&more, tr("Core Dump…"), "core-dump");
    let deeper = gio::Menu::new();
    deeper.append_submenu(Some(&tr("_More")), &more);
    menu.append_section(None, &deeper);
    let change = gio::Menu::new();
    add(&change, tr("Re_name…"), "rename");
    add(&change, tr("_Title…"), "title");
    add(&change, tr("Descri_ption…"), "description");
    add(&change, tr("Ta_gs…"), "tags");
    let autostart = keys
        .iter()
        .all(|key| core.store().domain(*key).is_some_and(|domain| domain.autostart));
    let label = if autostart {
        tr("Don't Start With the Host")
    } else {
        tr("Start With the _Host")
    };
    add(&change, label, "autostart");
    add(&change, tr("Copy _UUID"), "copy-uuid");
    menu.append_section(None, &change);
    menu
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
