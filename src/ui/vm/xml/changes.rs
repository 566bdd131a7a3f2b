//! The strip below the text while there is something to apply.

use gtk::prelude::*;
use relm4::{Sender, gtk};

use super::XmlMsg;
use crate::i18n::tr;
use crate::ui::widgets::set_tip;

/// The strip.
pub(super) struct Changes {
    root: gtk::Revealer,
    discard: gtk::Button,
    apply: gtk::Button,
}

impl Changes {
    pub(super) fn new(input: &Sender<XmlMsg>) -> Self {
        let label = gtk::Label::builder()
            .label(tr("Not applied yet"))
            .xalign(0.0)
            .hexpand(true)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let discard = gtk::Button::with_mnemonic(&tr("_Discard"));
        let clicked = input.clone();
        discard.connect_clicked(move |_| clicked.emit(XmlMsg::DiscardClicked));
        let apply = gtk::Button::with_mnemonic(&tr("_Review…"));
        set_tip(&apply, Some(&tr("See what changes, and apply it")));
        apply.add_css_class("suggested-action");
        let clicked = input.clone();
        apply.connect_clicked(move |_| clicked.emit(XmlMsg::ApplyClicked));
        let row = gtk::Box::builder()
            .spacing(6)
            .css_classes(["toolbar", "vireo-xml-changes"])
            .build();
        for widget in [
            label.upcast_ref::<gtk::Widget>(),
            discard.upcast_ref(),
            apply.upcast_ref(),
        ] {
            row.append(widget);
        }
        let root = gtk::Revealer::builder()
            .child(&row)
            .transition_type(gtk::RevealerTransitionType::SlideUp)
            .build();
        Self { root, discard, apply }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Revealer {
        &self.root
    }

    /// Shows the strip or hides it; while something is under way nothing can be clicked.
    pub(super) fn set(&self, changed: bool, busy: bool) {
        self.root.set_reveal_child(changed);
        self.discard.set_sensitive(!busy);
        self.apply.set_sensitive(!busy);
    }
}
