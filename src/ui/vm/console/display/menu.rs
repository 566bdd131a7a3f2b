//! The menus over a screen.

use gtk::gio;
use gtk::prelude::*;
use relm4::gtk;

use crate::i18n::{tr, tr_c};
use crate::model::settings::{Scaling, Sharing};
use crate::ui::menu::Menu;

/// What the menus depend on. A reason is a sentence; `None` means that it can be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Pictures come.
    pub live: bool,
    /// Why the clipboard can't be exchanged.
    pub clipboard: Option<String>,
    /// Which way it may pass.
    pub sharing: Sharing,
    /// Nothing is typed or clicked.
    pub view_only: bool,
    /// Why there is no sound.
    pub sound: Option<String>,
    /// Why no USB device can be handed over.
    pub usb: Option<String>,
    /// Why no file can be sent.
    pub files: Option<String>,
    /// Further screens of the guest: number and whether it is shown.
    pub heads: Vec<u32>,
    /// What only SPICE has can be chosen.
    pub spice: bool,
    /// The guest sees a folder of this computer.
    pub folder: bool,
    /// Names of the monitors, if there are several.
    pub monitors: Vec<String>,
}

/// Which way the clipboard passes, as it stands in its menu.
#[must_use]
pub fn sharing_name(sharing: Sharing) -> String {
    match sharing {
        Sharing::Off => tr_c("clipboard", "Off"),
        Sharing::ToGuest => tr("To the Guest"),
        Sharing::FromGuest => tr("From the Guest"),
        Sharing::Both => tr("Both Ways"),
    }
}

/// How the picture fills its place, as it stands in its menu.
#[must_use]
pub fn scaling_name(scaling: Scaling) -> String {
    match scaling {
        Scaling::Fit => tr("Fit to the Window"),
        Scaling::Integer => tr("Whole Multiples"),
        Scaling::Device => tr("Actual Size, Monitor Pixels"),
        Scaling::Logical => tr("Actual Size, Desktop Pixels"),
    }
}

/// The direction of the clipboard.
#[must_use]
pub fn clipboard() -> gio::MenuModel {
    let menu = gio::Menu::new();
    let section = gio::Menu::new();
    for sharing in Sharing::ALL {
        let item = gio::MenuItem::new(Some(&sharing_name(sharing)), None);
        item.set_action_and_target_value(Some("display.clipboard"), Some(&sharing.word().to_variant()));
        section.append_item(&item);
    }
    menu.append_section(Some(&tr("Share the clipboard")), &section);
    menu.upcast()
}

/// The size of the picture.
#[must_use]
pub fn size() -> gio::MenuModel {
    let menu = gio::Menu::new();
    let section = gio::Menu::new();
    for scaling in Scaling::ALL {
        let item = gio::MenuItem::new(Some(&scaling_name(scaling)), None);
        item.set_action_and_target_value(Some("display.scaling"), Some(&scaling.word().to_variant()));
        section.append_item(&item);
    }
    menu.append_section(None, &section);
    let rest = gio::Menu::new();
    rest.append(Some(&tr("Smooth _Edges")), Some("display.smooth"));
    rest.append(
        Some(&tr("_Resize the Guest with the Window")),
        Some("display.resize-guest"),
    );
    menu.append_section(None, &rest);
    menu.upcast()
}

/// Everything else.
#[must_use]
pub fn more(facts: &Facts) -> Menu {
    let mut menu = Menu::default();
    menu.has_checks();
    let off = (!facts.live).then(|| tr("The screen is not connected"));
    let add = |menu: &mut Menu, section: &gio::Menu, label: &str, name: &str, reason: Option<&String>| match off
        .as_ref()
        .or(reason)
    {
        Some(reason) => menu.add_grey(section, name, label, reason),
        None => section.append(Some(label), Some(&format!("display.{name}"))),
    };
    let section = gio::Menu::new();
    section.append(Some(&tr("_View Only")), Some("display.view-only"));
    add(&mut menu, &section, &tr("_Sound"), "sound", facts.sound.as_ref());
    section.append(Some(&tr("_Window of Its Own")), Some("display.window"));
    if facts.live && facts.monitors.len() > 1 {
        section.append_submenu(Some(&tr("_Full Screen On")), &monitors(&facts.monitors));
    }
    if facts.live && !facts.heads.is_empty() {
        section.append_submenu(Some(&tr("F_urther Screens")), &heads(&facts.heads));
    }
    menu.model().append_section(None, &section);
    let section = gio::Menu::new();
    add(&mut menu, &section, &tr("Save S_creenshot…"), "save-screenshot", None);
    add(&mut menu, &section, &tr("Co_py Screenshot"), "copy-screenshot", None);
    menu.model().append_section(None, &section);
    let section = gio::Menu::new();
    add(
        &mut menu,
        &section,
        &tr("S_end Files…"),
        "send-files",
        facts.files.as_ref(),
    );
    add(&mut menu, &section, &tr("_USB Devices…"), "usb", facts.usb.as_ref());
    if facts.live && facts.spice {
        section.append(Some(&tr("Share a F_older…")), Some("display.folder"));
        if facts.folder {
            section.append(Some(&tr("The Guest May C_hange It")), Some("display.folder-writable"));
        }
        section.append(Some(&tr("_Microphone")), Some("display.microphone"));
        section.append(Some(&tr("S_martcards")), Some("display.smartcard"));
    }
    menu.model().append_section(None, &section);
    let section = gio::Menu::new();
    section.append(Some(&tr("_Open in External Viewer")), Some("display.external"));
    section.append(Some(&tr("Save Viewer _File…")), Some("display.save-viewer"));
    menu.model().append_section(None, &section);
    let section = gio::Menu::new();
    if facts.live {
        section.append(Some(&tr("_Disconnect")), Some("display.disconnect"));
    } else {
        section.append(Some(&tr("_Connect")), Some("display.connect"));
    }
    menu.model().append_section(None, &section);
    menu
}

fn monitors(names: &[String]) -> gio::Menu {
    let menu = gio::Menu::new();
    for (name, index) in names.iter().zip(0_u32..) {
        let item = gio::MenuItem::new(Some(name), None);
        item.set_action_and_target_value(Some("display.fullscreen-on"), Some(&index.to_variant()));
        menu.append_item(&item);
    }
    menu
}

fn heads(numbers: &[u32]) -> gio::Menu {
    let menu = gio::Menu::new();
    for number in numbers {
        let label = crate::i18n::tr_f("Screen {n}", &[("n", &(number + 1).to_string())]);
        let item = gio::MenuItem::new(Some(&label), None);
        item.set_action_and_target_value(Some("display.head"), Some(&number.to_variant()));
        menu.append_item(&item);
    }
    menu
}
