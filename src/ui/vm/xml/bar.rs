//! What is to be seen: the definition of the next start or of the running machine, all of it or one device.

use std::cell::RefCell;

use gtk::prelude::*;
use gtk::{glib, pango};
use relm4::{Sender, adw, gtk};

use super::{Side, XmlMsg};
use crate::i18n::{tr, tr_c};
use crate::model::markup::spoken;
use crate::ui::widgets::Tip;

/// The widgets before an editor's own tools.
pub(super) struct Bar {
    root: gtk::Box,
    sides: adw::Squeezer,
    parts: gtk::DropDown,
    places: RefCell<Vec<String>>,
}

impl Bar {
    /// The bar of the editor for `side`.
    pub(super) fn new(side: Side, input: &Sender<XmlMsg>) -> Self {
        let sides = gtk::Box::builder().css_classes(["linked"]).build();
        let button = |other: Side| {
            let (label, text) = match other {
                Side::Next => (tr("Next Start"), tr("The definition that the machine starts with")),
                Side::Running => (
                    tr("Running"),
                    tr("The definition of the running machine, which cannot be edited"),
                ),
            };
            let button = gtk::ToggleButton::builder()
                .label(label)
                .active(other == side)
                .build()
                .with_tip(text);
            let input = input.clone();
            button.connect_clicked(move |button| {
                // It is the bar of one side: what is chosen here shows another one.
                button.set_active(other == side);
                input.emit(XmlMsg::SideChosen(other));
            });
            sides.append(&button);
        };
        button(Side::Next);
        button(Side::Running);
        let list = gtk::DropDown::builder()
            .model(&gtk::StringList::new(&[&tr("Next Start"), &tr("Running")]))
            .factory(&short_labels())
            .list_factory(&labels())
            .selected(u32::from(side == Side::Running))
            .build()
            .with_tip(tr("Which definition is shown"));
        list.update_property(&[gtk::accessible::Property::Label(&tr("Which definition is shown"))]);
        let chosen = input.clone();
        list.connect_selected_notify(move |list| {
            let other = if list.selected() == 0 {
                Side::Next
            } else {
                Side::Running
            };
            if other != side {
                list.set_selected(u32::from(side == Side::Running));
                chosen.emit(XmlMsg::SideChosen(other));
            }
        });
        let squeezer = adw::Squeezer::builder()
            .homogeneous(false)
            .switch_threshold_policy(adw::FoldThresholdPolicy::Natural)
            .visible(false)
            .build();
        squeezer.add(&sides);
        squeezer.add(&list);
        let parts = gtk::DropDown::builder()
            .factory(&short_labels())
            .list_factory(&labels())
            .build()
            .with_tip(tr("All of it, or one device"));
        parts.update_property(&[gtk::accessible::Property::Label(&tr("Part of the definition"))]);
        let input = input.clone();
        parts.connect_selected_notify(move |parts| input.emit(XmlMsg::PartChosen(side, parts.selected())));
        let root = gtk::Box::builder().spacing(6).build();
        root.append(&squeezer);
        root.append(&parts);
        Self {
            root,
            sides: squeezer,
            parts,
            places: RefCell::default(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows what can be chosen, and what is.
    pub(super) fn show(&self, places: &[String], part: Option<&str>) {
        if *self.places.borrow() != places || self.parts.model().is_none() {
            let mut labels = vec![tr_c("part of a definition", "Everything")];
            labels.extend(places.iter().map(|place| spoken(place)));
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            *self.places.borrow_mut() = places.to_vec();
            self.parts.set_model(Some(&gtk::StringList::new(&labels)));
        }
        let position = part.and_then(|part| places.iter().position(|place| place == part));
        let selected = position
            .and_then(|position| u32::try_from(position + 1).ok())
            .unwrap_or(0);
        if self.parts.selected() != selected {
            self.parts.set_selected(selected);
        }
    }

    /// Whether there are two definitions to choose from.
    pub(super) fn set_both(&self, both: bool) {
        self.sides.set_visible(both);
    }

    /// While something is under way the part stays.
    pub(super) fn set_busy(&self, busy: bool) {
        self.parts.set_sensitive(!busy);
    }

    /// The place of a line of the list; `None` for the first one, which is everything.
    pub(super) fn place(&self, selected: u32) -> Option<String> {
        let index = usize::try_from(selected).ok()?.checked_sub(1)?;
        self.places.borrow().get(index).cloned()
    }
}

fn labels() -> gtk::SignalListItemFactory {
    factory(|| gtk::Label::builder().xalign(0.0).build())
}

/// A device's name can be long, a window narrow.
fn short_labels() -> gtk::SignalListItemFactory {
    factory(|| {
        gtk::Label::builder()
            .xalign(0.0)
            .ellipsize(pango::EllipsizeMode::End)
            .width_chars(9)
            .max_width_chars(24)
            .build()
    })
}

fn factory(label: fn() -> gtk::Label) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(move |_, item: &glib::Object| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&label()));
        }
    });
    factory.connect_bind(|_, item: &glib::Object| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let text = item.item().and_downcast::<gtk::StringObject>();
        if let (Some(label), Some(text)) = (item.child().and_downcast::<gtk::Label>(), text) {
            label.set_label(&text.string());
        }
    });
    factory
}
