//! The choice of a page: buttons with icon and label where there is room, with the icon alone where there is less, one button
//! with a menu on the narrowest window.

use gtk::prelude::*;
use relm4::{Sender, adw, gtk};

use super::{Page, VmMsg};
use crate::i18n::tr;
use crate::ui::widgets::{Tip, set_tip};

const PAGES: [Page; 4] = [Page::Console, Page::Overview, Page::Hardware, Page::Xml];

/// How much of a page is written on its button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Both,
    Icon,
    Menu,
}

/// The choice.
pub(super) struct Switcher {
    root: adw::Squeezer,
    buttons: Vec<(Page, gtk::ToggleButton)>,
    menu: gtk::MenuButton,
}

impl Switcher {
    /// Builds it; choices go to `input`.
    pub(super) fn new(input: &Sender<VmMsg>) -> Self {
        let root = adw::Squeezer::builder()
            .homogeneous(false)
            .orientation(gtk::Orientation::Horizontal)
            .build();
        let mut buttons = Vec::new();
        for look in [Look::Both, Look::Icon] {
            let row = gtk::Box::builder().css_classes(["linked"]).build();
            for (page, button) in PAGES.map(|page| (page, button(page, look, input))) {
                row.append(&button);
                buttons.push((page, button));
            }
            root.add(&row);
        }
        let list = gtk::Box::new(gtk::Orientation::Vertical, 0);
        let popover = gtk::Popover::builder().child(&list).css_classes(["menu"]).build();
        for (page, button) in PAGES.map(|page| (page, button(page, Look::Menu, input))) {
            let weak = popover.downgrade();
            button.connect_clicked(move |_| {
                if let Some(popover) = weak.upgrade() {
                    popover.popdown();
                }
            });
            list.append(&button);
            buttons.push((page, button));
        }
        let menu = gtk::MenuButton::builder()
            .popover(&popover)
            .build()
            .with_tip(tr("Pages"));
        root.add(&menu);
        Self { root, buttons, menu }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::Squeezer {
        &self.root
    }

    /// Shows which page is open.
    pub(super) fn set_page(&self, page: Page) {
        for (other, button) in &self.buttons {
            if button.is_active() != (*other == page) {
                button.set_active(*other == page);
            }
        }
        let (icon, label) = face(page);
        self.menu.set_icon_name(icon);
        self.menu.update_property(&[gtk::accessible::Property::Label(&label)]);
    }
}

fn face(page: Page) -> (&'static str, String) {
    match page {
        Page::Console => ("utilities-terminal-symbolic", tr("Console")),
        Page::Overview => ("view-grid-symbolic", tr("Overview")),
        Page::Hardware => ("vireo-processor-symbolic", tr("Hardware")),
        // Translators: a page with the definition of a machine as XML.
        Page::Xml => ("text-x-generic-symbolic", tr("XML")),
    }
}

fn button(page: Page, look: Look, input: &Sender<VmMsg>) -> gtk::ToggleButton {
    let (icon, label) = face(page);
    let button = gtk::ToggleButton::new();
    if look == Look::Icon {
        button.set_icon_name(icon);
        set_tip(&button, Some(&label));
        button.update_property(&[gtk::accessible::Property::Label(&label)]);
    } else {
        let content = adw::ButtonContent::builder().icon_name(icon).label(label).build();
        if look == Look::Menu {
            content.set_halign(gtk::Align::Start);
            button.add_css_class("flat");
        }
        button.set_child(Some(&content));
    }
    let input = input.clone();
    button.connect_clicked(move |_| input.emit(VmMsg::PageChosen(page)));
    button
}
