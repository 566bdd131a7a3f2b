//! The button with all consoles of a machine. A menu can't say why an entry can't be chosen in words that are simply there, so
//! this one is made of rows of its own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::pango;
use gtk::prelude::*;
use relm4::gtk;

use super::choice::{self, ConsoleId, Offer};
use crate::i18n::tr;
use crate::ui::widgets::Tip;

/// The choice of a console: a button with a list.
#[derive(Clone)]
pub struct Chooser(Rc<Inner>);

struct Inner {
    button: gtk::MenuButton,
    face: gtk::Label,
    list: gtk::Box,
    shown: RefCell<(Vec<Offer>, Option<ConsoleId>)>,
    /// Our own changes are no choices.
    quiet: Cell<bool>,
    chosen: Box<dyn Fn(ConsoleId)>,
}

impl Chooser {
    /// An empty choice; `chosen` is called with what the user clicks.
    pub fn new(chosen: impl Fn(ConsoleId) + 'static) -> Self {
        let face = gtk::Label::builder()
            .ellipsize(pango::EllipsizeMode::End)
            .xalign(0.0)
            .build();
        let content = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        content.append(&face);
        content.append(&gtk::Image::from_icon_name("pan-down-symbolic"));
        let list = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(2)
            .build();
        let popover = gtk::Popover::builder().child(&list).build();
        let button = gtk::MenuButton::builder()
            .child(&content)
            .popover(&popover)
            .css_classes(["flat"])
            .visible(false)
            .build()
            .with_tip(tr("Consoles of the machine"));
        Self(Rc::new(Inner {
            button,
            face,
            list,
            shown: RefCell::default(),
            quiet: Cell::new(false),
            chosen: Box::new(chosen),
        }))
    }

    /// The button.
    #[must_use]
    pub fn widget(&self) -> &gtk::MenuButton {
        &self.0.button
    }

    /// Shows these consoles.
    pub fn set(&self, offers: &[Offer], chosen: Option<&ConsoleId>) {
        let inner = &self.0;
        let wanted = (offers.to_vec(), chosen.cloned());
        if *inner.shown.borrow() == wanted {
            return;
        }
        let face = choice::face(offers, chosen);
        inner.face.set_label(&face);
        let name = gtk::accessible::Property::Label(&face);
        inner.button.update_property(&[name]);
        inner.button.set_visible(offers.len() > 1);
        inner.shown.replace(wanted);
        inner.quiet.set(true);
        while let Some(row) = inner.list.first_child() {
            inner.list.remove(&row);
        }
        let mut first: Option<gtk::CheckButton> = None;
        for offer in offers {
            let row = self.row(offer, chosen == Some(&offer.id));
            row.set_group(first.as_ref());
            inner.list.append(&row);
            first.get_or_insert(row);
        }
        inner.quiet.set(false);
    }

    fn row(&self, offer: &Offer, active: bool) -> gtk::CheckButton {
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .margin_start(6)
            .build();
        words.append(&gtk::Label::builder().label(&offer.label).xalign(0.0).build());
        if let Some(reason) = &offer.reason {
            words.append(
                &gtk::Label::builder()
                    .label(reason)
                    .xalign(0.0)
                    .wrap(true)
                    .max_width_chars(32)
                    .css_classes(["caption", "dim-label"])
                    .build(),
            );
        }
        let row = gtk::CheckButton::builder()
            .active(active)
            .sensitive(!offer.hopeless)
            .child(&words)
            .build();
        let name = match &offer.reason {
            Some(reason) => format!("{}. {reason}", offer.label),
            None => offer.label.clone(),
        };
        row.update_property(&[gtk::accessible::Property::Label(&name)]);
        let (weak, id) = (Rc::downgrade(&self.0), offer.id.clone());
        row.connect_toggled(move |row| {
            if let Some(inner) = weak.upgrade()
                && row.is_active()
                && !inner.quiet.get()
            {
                inner.button.popdown();
                (inner.chosen)(id.clone());
            }
        });
        row
    }
}
