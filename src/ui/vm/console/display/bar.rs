//! The strip over a screen: which console, what to do with it. It fits into 360 pixels.

use std::cell::{Cell, RefCell};

use gtk::prelude::*;
use gtk::{gio, pango};
use relm4::{adw, gtk};

use super::menu;
use crate::i18n::{tr, tr_f};
use crate::model::settings::Sharing;
use crate::ui::widgets::{Tip, set_tip};

/// The strip.
pub struct Bar {
    root: gtk::Box,
    /// Things that make sense while pictures come.
    live: gtk::Box,
    hint: gtk::Label,
    room: adw::Squeezer,
    clipboard: gtk::MenuButton,
    keys: gtk::MenuButton,
    more: gtk::MenuButton,
    fullscreen: gtk::Button,
    shown: RefCell<Option<menu::Facts>>,
    is_full: Cell<bool>,
}

impl Bar {
    /// Builds the strip with the choice of consoles at its head.
    pub fn new(chooser: &impl IsA<gtk::Widget>, keys: &gio::MenuModel) -> Self {
        let root = gtk::Box::builder()
            .spacing(3)
            .margin_start(6)
            .margin_end(6)
            .margin_top(3)
            .margin_bottom(3)
            .build();
        root.append(chooser);
        let hint = gtk::Label::builder()
            .ellipsize(pango::EllipsizeMode::None)
            .css_classes(["caption", "dim-label"])
            .build();
        // Where the hint does not fit, a pill over the screen says it.
        let room = adw::Squeezer::builder()
            .orientation(gtk::Orientation::Horizontal)
            .homogeneous(false)
            .allow_none(true)
            .hexpand(true)
            .build();
        room.add(&hint);
        root.append(&room);
        let live = gtk::Box::builder().spacing(3).build();
        let clipboard = menu_button("edit-paste-symbolic", &tr("Clipboard"), Some(&menu::clipboard()));
        let keys = menu_button("input-keyboard-symbolic", &tr("Send keys"), Some(keys));
        let size = menu_button(
            "zoom-fit-best-symbolic",
            &tr("Size of the picture"),
            Some(&menu::size()),
        );
        let fullscreen = gtk::Button::builder()
            .icon_name("view-fullscreen-symbolic")
            .action_name("display.fullscreen")
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Full screen (F11)"));
        fullscreen.update_property(&[gtk::accessible::Property::Label(&tr("Full screen"))]);
        for button in [
            clipboard.upcast_ref::<gtk::Widget>(),
            keys.upcast_ref(),
            size.upcast_ref(),
            fullscreen.upcast_ref(),
        ] {
            live.append(button);
        }
        root.append(&live);
        let more = menu_button("view-more-symbolic", &tr("Menu of the screen"), None);
        more.set_popover(Some(&gtk::PopoverMenu::from_model(None::<&gio::MenuModel>)));
        root.append(&more);
        Self {
            root,
            live,
            hint,
            room,
            clipboard,
            keys,
            more,
            fullscreen,
            shown: RefCell::default(),
            is_full: Cell::default(),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// The button of the menu with keys to send.
    #[must_use]
    pub fn keys(&self) -> &gtk::MenuButton {
        &self.keys
    }

    /// Where the hint stands, if there is room for it.
    #[must_use]
    pub fn room(&self) -> &adw::Squeezer {
        &self.room
    }

    /// Whether the hint can be read here: not in full screen, where the strip is away most of the time.
    #[must_use]
    pub fn has_room(&self) -> bool {
        !self.is_full.get() && self.room.visible_child().is_some()
    }

    /// Says how the keyboard is given back, or nothing.
    pub fn set_hint(&self, hint: Option<&str>) {
        self.hint.set_label(hint.unwrap_or_default());
    }

    /// Shows the controls of a picture, or hides them.
    pub fn set_live(&self, live: bool) {
        self.live.set_visible(live);
    }

    /// Follows what can be done.
    pub fn set_facts(&self, facts: &menu::Facts) {
        if self.shown.borrow().as_ref() == Some(facts) {
            return;
        }
        let popover = self.more.popover().and_downcast::<gtk::PopoverMenu>();
        if let Some(popover) = popover.filter(|popover| !popover.is_visible()) {
            menu::more(facts).fill(&popover);
            self.shown.replace(Some(facts.clone()));
        }
        let sharing = facts.sharing;
        let direction = menu::sharing_name(sharing);
        let mut tip = tr_f("Clipboard: {direction}", &[("direction", &direction)]);
        if let Some(reason) = &facts.clipboard {
            tip = format!("{tip}\n{reason}");
        }
        set_tip(&self.clipboard, Some(&tip));
        self.clipboard
            .update_property(&[gtk::accessible::Property::Label(&tip)]);
        if sharing == Sharing::Off {
            self.clipboard.remove_css_class("accent");
        } else {
            self.clipboard.add_css_class("accent");
        }
        self.keys.set_sensitive(!facts.view_only);
    }

    /// Shows how to come back, in full screen.
    pub fn set_full(&self, full: bool) {
        if self.is_full.replace(full) == full {
            return;
        }
        let (icon, tip) = if full {
            ("view-restore-symbolic", tr("Leave full screen (F11)"))
        } else {
            ("view-fullscreen-symbolic", tr("Full screen (F11)"))
        };
        self.fullscreen.set_icon_name(icon);
        set_tip(&self.fullscreen, Some(&tip));
        self.fullscreen
            .update_property(&[gtk::accessible::Property::Label(&tip)]);
    }
}

fn menu_button(icon: &str, name: &str, model: Option<&gio::MenuModel>) -> gtk::MenuButton {
    let button = gtk::MenuButton::builder()
        .icon_name(icon)
        .css_classes(["flat"])
        .build()
        .with_tip(name);
    button.set_menu_model(model);
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}
