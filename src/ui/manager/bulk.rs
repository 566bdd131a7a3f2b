//! The bar below the list: what can be done with the selected machines.

use std::cell::OnceCell;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_n};
use crate::model::action::{DomainAction, GuestSignal, StartOptions};
use crate::model::key::DomainKey;
use crate::ui::actions;
use crate::ui::core::Core;
use crate::ui::widgets::Tip;

/// The bar of one list.
pub(super) struct Bulk {
    bar: gtk::ActionBar,
    /// Made with the first selection.
    content: OnceCell<Content>,
}

struct Content {
    count: gtk::Label,
    buttons: Vec<(gtk::Button, DomainAction)>,
    more: gtk::MenuButton,
}

impl Bulk {
    /// A hidden bar.
    pub(super) fn new() -> Self {
        Self {
            bar: gtk::ActionBar::builder().revealed(false).build(),
            content: OnceCell::new(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ActionBar {
        &self.bar
    }

    /// Follows the selection and the states of its machines. Buttons for what none of them can do are hidden.
    pub(super) fn show(&self, core: &Core, keys: &[DomainKey]) {
        if !keys.is_empty() {
            self.content.get_or_init(|| Content::new(&self.bar)).show(core, keys);
        }
        self.bar.set_revealed(!keys.is_empty());
    }
}

impl Content {
    fn new(bar: &gtk::ActionBar) -> Self {
        let count = gtk::Label::builder()
            .css_classes(["dim-label", "numeric"])
            .margin_start(6)
            .margin_end(6)
            .build();
        bar.pack_start(&count);
        let kinds = [
            (
                "media-playback-start-symbolic",
                tr("Start"),
                "domain.start",
                DomainAction::Start(StartOptions::default()),
            ),
            (
                "media-playback-pause-symbolic",
                tr("Pause"),
                "domain.pause",
                DomainAction::Suspend,
            ),
            (
                "media-playback-start-symbolic",
                tr("Resume"),
                "domain.resume",
                DomainAction::Resume,
            ),
            (
                "system-shutdown-symbolic",
                tr("Shut Down"),
                "domain.shutdown",
                DomainAction::Shutdown(GuestSignal::Default),
            ),
            (
                "system-reboot-symbolic",
                tr("Reboot"),
                "domain.reboot",
                DomainAction::Reboot(GuestSignal::Default),
            ),
            (
                "process-stop-symbolic",
                tr("Force Off"),
                "domain.force-off",
                DomainAction::ForceOff,
            ),
        ];
        let mut buttons = Vec::new();
        for (icon, label, action, deed) in kinds {
            let button = gtk::Button::builder().icon_name(icon).build().with_tip(&label);
            button.set_action_target_value(Some(&actions::target(&[])));
            button.set_action_name(Some(action));
            button.update_property(&[gtk::accessible::Property::Label(&label)]);
            bar.pack_start(&button);
            buttons.push((button, deed));
        }
        let more = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .direction(gtk::ArrowType::Up)
            .build()
            .with_tip(tr("More Actions"));
        more.update_property(&[gtk::accessible::Property::Label(&tr("More Actions"))]);
        let close = gtk::Button::builder()
            .icon_name("window-close-symbolic")
            .action_name("win.unselect")
            .css_classes(["flat", "circular"])
            .build()
            .with_tip(tr("Clear Selection"));
        close.update_property(&[gtk::accessible::Property::Label(&tr("Clear Selection"))]);
        bar.pack_end(&close);
        bar.pack_end(&more);
        Self { count, buttons, more }
    }

    fn show(&self, core: &Core, keys: &[DomainKey]) {
        self.count
            .set_label(&tr_n("{n} selected", "{n} selected", keys.len(), &[]));
        let target = actions::target(keys);
        for (button, deed) in &self.buttons {
            button.set_action_target_value(Some(&target));
            button.set_visible(keys.iter().any(|key| actions::is_possible(core, deed, *key)));
        }
        // Made when it is opened: what is grey, and why, changes with the machines.
        let (core, keys) = (core.clone(), keys.to_vec());
        self.more.set_create_popup_func(move |button| {
            button.set_popover(Some(&actions::menu(&core, &keys).popover()));
        });
    }
}
