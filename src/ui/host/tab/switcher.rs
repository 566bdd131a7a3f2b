//! The choice of a page: buttons with icon and label where there is room, else with the icon alone.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::Place;
use crate::i18n::tr;
use crate::ui::widgets::set_tip;

/// The choice.
pub(super) struct Switcher {
    root: adw::Squeezer,
    buttons: Vec<(Place, gtk::ToggleButton)>,
}

impl Switcher {
    /// Builds it; choices go to `chosen`.
    pub(super) fn new(chosen: impl Fn(Place) + 'static) -> Self {
        let chosen: Rc<dyn Fn(Place)> = Rc::new(chosen);
        let root = adw::Squeezer::builder().homogeneous(false).build();
        let mut buttons = Vec::new();
        for wide in [true, false] {
            let row = gtk::Box::builder().css_classes(["linked"]).build();
            for place in Place::ALL {
                let button = button(place, wide);
                let chosen = chosen.clone();
                button.connect_clicked(move |_| chosen(place));
                row.append(&button);
                buttons.push((place, button));
            }
            root.add(&row);
        }
        Self { root, buttons }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::Squeezer {
        &self.root
    }

    /// Shows which page is open.
    pub(super) fn set_place(&self, place: Place) {
        for (other, button) in &self.buttons {
            if button.is_active() != (*other == place) {
                button.set_active(*other == place);
            }
        }
    }
}

fn button(place: Place, wide: bool) -> gtk::ToggleButton {
    let (icon, label) = match place {
        Place::Overview => ("view-grid-symbolic", tr("Overview")),
        Place::Storage => ("drive-multidisk-symbolic", tr("Storage")),
        Place::Networks => ("network-workgroup-symbolic", tr("Networks")),
        Place::Devices => ("vireo-processor-symbolic", tr("Devices")),
    };
    let button = gtk::ToggleButton::new();
    if wide {
        let content = adw::ButtonContent::builder().icon_name(icon).label(label).build();
        button.set_child(Some(&content));
    } else {
        button.set_icon_name(icon);
        set_tip(&button, Some(&label));
        button.update_property(&[gtk::accessible::Property::Label(&label)]);
    }
    button
}
