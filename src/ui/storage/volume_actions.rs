//! What can be done with volumes, as actions of the page: `volume.resize`, `volume.delete` and so on.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;

use super::page::StoragePage;
use super::{clone_volume, delete_volumes, details, resize, transfer, wipe};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::schema::DocumentKind;
use crate::model::storage::VolumeRef;
use crate::ui::menu::Menu;
use crate::ui::xml::object;
use crate::ui::{menu, text};

/// Makes the actions, and the menu, keys and double click that lead to them.
pub(super) fn install(page: &Rc<StoragePage>) {
    type Act = fn(&Rc<StoragePage>, &PoolFact, Vec<VolumeFact>);
    let all: [(&str, Act); 9] = [
        ("details", |page, pool, volumes| {
            one(volumes, |volume| details::open(page, pool, &volume));
        }),
        ("copy-path", |page, _, volumes| copy_paths(page, &volumes)),
        ("download", |page, pool, volumes| {
            one(volumes, |volume| transfer::download(page, pool, &volume));
        }),
        ("resize", |page, pool, volumes| {
            one(volumes, |volume| resize::ask(page, pool, &volume));
        }),
        ("clone", |page, pool, volumes| {
            one(volumes, |volume| clone_volume::ask(page, pool, &volume));
        }),
        ("wipe", |page, pool, volumes| {
            one(volumes, |volume| wipe::ask(page, pool, &volume));
        }),
        ("delete", |page, _, volumes| delete_volumes::ask(page, volumes)),
        ("xml", |page, pool, volumes| {
            one(volumes, |volume| source(page, pool, &volume))
        }),
        ("menu", |page, _, _| open_menu(page, None)),
    ];
    let group = gio::SimpleActionGroup::new();
    for (name, act) in all {
        let action = gio::SimpleAction::new(name, None);
        let weak = page.weak();
        action.connect_activate(move |_, _| {
            if let Some(page) = weak.upgrade()
                && let Some(pool) = page.pool()
            {
                let volumes = page.pane.volumes.selected();
                if !volumes.is_empty() {
                    act(&page, &pool, volumes);
                }
            }
        });
        group.add_action(&action);
    }
    page.widget().insert_action_group("volume", Some(&group));
    connect_keys(page);
    connect_pointer(page);
    let weak = page.weak();
    page.pane.volumes.connect_activated(move |volume| {
        if let Some(page) = weak.upgrade()
            && let Some(pool) = page.pool()
        {
            details::open(&page, &pool, &volume);
        }
    });
}

fn one(volumes: Vec<VolumeFact>, act: impl FnOnce(VolumeFact)) {
    let mut volumes = volumes.into_iter();
    if let (Some(volume), None) = (volumes.next(), volumes.next()) {
        act(volume);
    }
}

fn connect_keys(page: &Rc<StoragePage>) {
    let keys = gtk::EventControllerKey::new();
    let weak = page.weak();
    keys.connect_key_pressed(move |_, key, _, modifiers| {
        let Some(page) = weak.upgrade() else {
            return glib::Propagation::Proceed;
        };
        let control = modifiers.contains(gdk::ModifierType::CONTROL_MASK);
        let shift = modifiers.contains(gdk::ModifierType::SHIFT_MASK);
        let action = match key {
            gdk::Key::Delete | gdk::Key::KP_Delete if page.may_change() => "volume.delete",
            gdk::Key::c if control => "volume.copy-path",
            gdk::Key::Menu => "volume.menu",
            gdk::Key::F10 if shift => "volume.menu",
            _ => return glib::Propagation::Proceed,
        };
        if page.pane.volumes.view().activate_action(action, None).is_err() {
            tracing::warn!(action, "a key leads nowhere");
        }
        glib::Propagation::Stop
    });
    page.pane.volumes.view().add_controller(keys);
}

fn connect_pointer(page: &Rc<StoragePage>) {
    let click = gtk::GestureClick::builder().button(gdk::BUTTON_SECONDARY).build();
    let weak = page.weak();
    click.connect_pressed(move |gesture, _, x, y| {
        if let Some(page) = weak.upgrade()
            && page.pane.volumes.select_at(x, y).is_some()
        {
            gesture.set_state(gtk::EventSequenceState::Claimed);
            open_menu(&page, Some((x, y)));
        }
    });
    page.pane.volumes.view().add_controller(click);
}

/// Opens the menu of the selected volumes, at a point of the list.
fn open_menu(page: &Rc<StoragePage>, at: Option<(f64, f64)>) {
    let (Some(pool), volumes) = (page.pool(), page.pane.volumes.selected()) else {
        return;
    };
    let view = page.pane.volumes.view();
    let (x, y) = at.unwrap_or_else(|| {
        let focus = view.root().and_then(|root| root.focus());
        let bounds = focus.and_then(|line| line.compute_bounds(view));
        bounds.map_or((24.0, 24.0), |bounds| {
            (
                f64::from(bounds.x()) + 48.0,
                f64::from(bounds.y() + bounds.height() / 2.0),
            )
        })
    });
    let popover = entries(page, &pool, &volumes).popover();
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    popover.set_pointing_to(Some(&gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
    popover.set_parent(page.pane.volumes.widget());
    if let Some((x, y)) = view.translate_coordinates(page.pane.volumes.widget(), x, y) {
        popover.set_pointing_to(Some(&gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
    }
    popover.connect_closed(|popover| {
        // Its actions are still to be activated.
        let popover = popover.clone();
        glib::idle_add_local_once(move || popover.unparent());
    });
    popover.popup();
}

fn entries(page: &StoragePage, pool: &PoolFact, volumes: &[VolumeFact]) -> Menu {
    let mut menu = menu::Menu::default();
    let single = volumes.len() == 1;
    let first = gio::Menu::new();
    if single {
        first.append(Some(&tr("_Details…")), Some("volume.details"));
    }
    first.append(
        Some(&tr_n("Copy _Path", "Copy _Paths", volumes.len(), &[])),
        Some("volume.copy-path"),
    );
    if single {
        first.append(Some(&tr("Show as _XML…")), Some("volume.xml"));
        first.append(Some(&tr("Do_wnload…")), Some("volume.download"));
    }
    menu.model().append_section(None, &first);
    if page.may_change() {
        let change = gio::Menu::new();
        if single {
            if pool.takes_images() {
                change.append(Some(&tr("_Resize…")), Some("volume.resize"));
                change.append(Some(&tr("_Copy…")), Some("volume.clone"));
            } else {
                let why = tr("Pools of this kind make no volumes.");
                menu.add_grey(&change, "copy", &tr("_Copy…"), &why);
            }
            change.append(Some(&tr("W_ipe…")), Some("volume.wipe"));
        }
        change.append(Some(&tr("De_lete…")), Some("volume.delete"));
        menu.model().append_section(None, &change);
    }
    menu
}

fn copy_paths(page: &StoragePage, volumes: &[VolumeFact]) {
    let paths: Vec<&str> = volumes.iter().map(|volume| volume.path.as_str()).collect();
    page.toasts.clipboard().set_text(&paths.join("\n"));
    let said = tr_n("The path was copied.", "The paths were copied.", paths.len(), &[]);
    page.toasts.add_toast(libadwaita::Toast::new(&said));
}

fn source(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact) {
    let Some(client) = page.core.client(page.host) else {
        return;
    };
    let (page, of) = (page.clone(), VolumeRef::new(&pool.name, &volume.name));
    glib::spawn_future_local(async move {
        let name = text::name(&of.name);
        match client.volume_xml(of).await {
            // libvirt describes volumes; what is written there changes nothing.
            Ok(xml) => object::show(&page.toasts, &name, DocumentKind::Volume, xml, None),
            Err(error) => page.tell(tr_f("{name} could not be read", &[("name", &name)]), &error),
        }
    });
}
