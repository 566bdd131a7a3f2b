//! What there is to know about one volume: where it is, what it builds on, what builds on it, who uses it.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::StoragePage;
use crate::i18n::{tr, tr_f};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::key::DomainKey;
use crate::model::usage::{Holder, Lore, Source, Usage};
use crate::ui::widgets::{Tip, name_lists, name_once, plain_row};
use crate::ui::{actions, format, hardware, message, text};

/// Opens the window over the page.
pub(super) fn open(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact) {
    let name = text::one_line(&volume.name, 200).into_owned();
    let window = adw::Window::builder()
        .title(&name)
        .modal(true)
        .destroy_with_parent(true)
        .default_width(520)
        .default_height(680)
        .width_request(340)
        .height_request(240)
        .build();
    window.set_transient_for(message::window_of(&page.toasts).as_ref());
    window.connect_map(name_once);
    hardware::escape(&window);
    let usage = page.core.usage(page.host);
    let content = adw::PreferencesPage::new();
    content.add(&about(page, pool, volume, &window));
    content.add(&chain(&usage, volume));
    content.add(&held(page, &usage, volume, &window));
    let body = gtk::Box::new(gtk::Orientation::Vertical, 0);
    body.append(&adw::HeaderBar::new());
    body.append(&content);
    window.set_content(Some(&body));
    window.present();
}

fn about(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact, window: &adw::Window) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::new();
    let size = |bytes: Option<u64>| bytes.map(|bytes| format::bytes(bytes as f64));
    let path = plain_row(&tr("Path"), &text::one_line(&volume.path, 1000));
    let copy = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Copy the path"));
    copy.update_property(&[gtk::accessible::Property::Label(&tr("Copy the path"))]);
    let text = volume.path.clone();
    copy.connect_clicked(move |button| button.clipboard().set_text(&text));
    path.add_suffix(&copy);
    group.add(&path);
    let format = volume.format.as_deref().map(text::name);
    for (title, value) in [
        (tr("Pool"), Some(text::name(&pool.name))),
        (tr("Format"), format),
        (tr("Takes"), size(volume.allocation)),
    ] {
        if let Some(value) = value {
            group.add(&plain_row(&title, &value));
        }
    }
    if let Some(capacity) = size(volume.capacity) {
        let row = plain_row(&tr("Size"), &capacity);
        if page.may_change() && pool.takes_images() {
            let resize = gtk::Button::builder()
                .label(tr("_Resize…"))
                .use_underline(true)
                .valign(gtk::Align::Center)
                .build();
            let (weak, window, pool, volume) = (page.weak(), window.downgrade(), pool.clone(), volume.clone());
            resize.connect_clicked(move |_| {
                if let Some(window) = window.upgrade() {
                    window.close();
                }
                if let Some(page) = weak.upgrade() {
                    super::resize::ask(&page, &pool, &volume);
                }
            });
            row.add_suffix(&resize);
        }
        group.add(&row);
    }
    name_lists(&group, &tr("Volume"));
    group
}

/// The images below and above, as a path: each line further in builds on the one before.
fn chain(usage: &Usage, volume: &VolumeFact) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder()
        .title(tr("Builds on each other"))
        .description(tr("Each image holds what differs from the one above it."))
        .build();
    let lore = usage.lore();
    let own = Lore::source_of(volume);
    let mut below = lore.chain(&own);
    if below.is_empty() {
        below.extend(volume.backing.as_deref().map(Source::backing));
    }
    let mut above: Vec<&Source> = lore.overlays(&own).collect();
    above.sort_unstable();
    group.set_visible(!below.is_empty() || !above.is_empty());
    let mut depth = 0;
    for base in below.iter().rev() {
        group.add(&link(&base.label(), depth, None));
        depth += 1;
    }
    let this = tr("this volume");
    group.add(&link(&own.label(), depth, Some(&this)));
    for overlay in above {
        group.add(&link(&overlay.label(), depth + 1, None));
    }
    name_lists(&group, &tr("Builds on each other"));
    group
}

fn link(label: &str, depth: i32, note: Option<&str>) -> adw::ActionRow {
    let row = plain_row(&text::one_line(label, 400), note.unwrap_or_default());
    let icon = if depth == 0 {
        "drive-harddisk-symbolic"
    } else {
        "pan-end-symbolic"
    };
    let icon = gtk::Image::builder()
        .icon_name(icon)
        .margin_start(depth.min(8) * 18)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    row.add_prefix(&icon);
    if note.is_some() {
        row.add_css_class("heading");
    }
    row
}

/// The machines that use it. Each opens with a click.
fn held(page: &Rc<StoragePage>, usage: &Usage, volume: &VolumeFact, window: &adw::Window) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Used by")).build();
    let mut any = false;
    for holder in usage.holders(&Lore::source_of(volume)) {
        let Holder::Machine { uuid, .. } = &holder else {
            continue;
        };
        any = true;
        let row = plain_row(&holder.name(), &holder.sentence());
        row.set_activatable(true);
        row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
        let key = DomainKey::new(page.host, *uuid);
        let (parent, window) = (page.toasts.downgrade(), window.downgrade());
        row.connect_activated(move |_| {
            if let Some(window) = window.upgrade() {
                window.close();
            }
            if let Some(parent) = parent.upgrade()
                && parent
                    .activate_action("win.open", Some(&actions::target(&[key])))
                    .is_err()
            {
                tracing::warn!("there is no window to open a machine in");
            }
        });
        group.add(&row);
    }
    let unknown = usage.unknown().count();
    if !any {
        let said = match unknown {
            0 => tr("No machine of this host uses it."),
            _ => tr("No machine whose definition is known uses it."),
        };
        group.add(&plain_row(&said, ""));
    }
    if unknown > 0 {
        let names: Vec<String> = usage.unknown().take(5).map(text::name).collect();
        let said = tr_f("Not known yet of: {machines}", &[("machines", &names.join(", "))]);
        group.add(&plain_row(&said, ""));
    }
    name_lists(&group, &tr("Used by"));
    group
}
