//! What will be created, always in sight: in words, with what stands in the way, and the ways to its definition.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;
use crate::model::creation::sheet::Hurdle;
use crate::ui::widgets::set_tip;

/// The bar at the lower edge.
pub struct Foot {
    root: gtk::Box,
    words: gtk::Label,
    why: gtk::Button,
    icon: gtk::Image,
    reason: gtk::Label,
    xml: gtk::Button,
    customise: gtk::Button,
    again: gtk::Button,
}

impl Foot {
    /// Says nothing yet.
    pub fn new() -> Self {
        let words = line();
        words.set_selectable(true);
        words.add_css_class("vireo-summary");
        words.update_property(&[gtk::accessible::Property::Label(&tr("What will be created"))]);
        let reason = line();
        reason.set_hexpand(true);
        let icon = gtk::Image::builder()
            .accessible_role(gtk::AccessibleRole::Presentation)
            .valign(gtk::Align::Center)
            .build();
        let face = gtk::Box::builder().spacing(8).build();
        face.append(&icon);
        face.append(&reason);
        let why = gtk::Button::builder()
            .child(&face)
            .css_classes(["flat", "vireo-why"])
            .build();
        set_tip(&why, Some(&tr("Go to the row that this is about")));
        let button = |label: String, tip: String| {
            let button = gtk::Button::builder().label(label).use_underline(true).build();
            set_tip(&button, Some(&tip));
            button
        };
        let xml = button(tr("_XML…"), tr("Look at the definition, and change it by hand"));
        let customise = button(
            tr("C_ustomise…"),
            tr("All pages of the hardware, before anything is made"),
        );
        let again = button(tr("Start _Over"), tr("Make the definition from the rows again"));
        let buttons = gtk::Box::builder().spacing(6).halign(gtk::Align::End).build();
        for button in [&again, &xml, &customise] {
            buttons.append(button);
        }
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .css_classes(["vireo-foot"])
            .build();
        root.append(&why);
        root.append(&words);
        root.append(&buttons);
        let foot = Self {
            root,
            words,
            why,
            icon,
            reason,
            xml,
            customise,
            again,
        };
        foot.show("", None, false, false);
        foot
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Does this when a button is pressed: the reason, XML, Customise, Start Over.
    pub fn connect(
        &self,
        why: impl Fn() + 'static,
        xml: impl Fn() + 'static,
        customise: impl Fn() + 'static,
        again: impl Fn() + 'static,
    ) {
        self.why.connect_clicked(move |_| why());
        self.xml.connect_clicked(move |_| xml());
        self.customise.connect_clicked(move |_| customise());
        self.again.connect_clicked(move |_| again());
    }

    /// Says what will be created, and why it can't be yet.
    pub fn show(&self, words: &str, hurdle: Option<&Hurdle>, has_definition: bool, is_customised: bool) {
        self.words.set_visible(!words.is_empty());
        if self.words.text() != words {
            self.words.set_text(words);
        }
        self.why.set_visible(hurdle.is_some());
        if let Some(hurdle) = hurdle {
            let name = if hurdle.is_open {
                "dialog-information-symbolic"
            } else {
                "dialog-warning-symbolic"
            };
            if self.reason.text() != hurdle.text {
                self.reason.set_text(&hurdle.text);
            }
            self.icon.set_icon_name(Some(name));
        }
        self.xml.set_sensitive(has_definition);
        self.customise.set_sensitive(has_definition);
        self.again.set_visible(is_customised);
    }
}

fn line() -> gtk::Label {
    gtk::Label::builder()
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .lines(4)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .css_classes(["caption"])
        .build()
}
