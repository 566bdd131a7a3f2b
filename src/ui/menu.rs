//! Menus whose grey entries say why they are grey. GTK's own entries can't: what makes them is private to it, so that a
//! grey entry is a widget of ours in the place that a menu keeps for such.

use crate::ui::widgets::set_tip;
use glib::subclass::prelude::*;
use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct GreyEntry;

    #[glib::object_subclass]
    impl ObjectSubclass for GreyEntry {
        const NAME: &'static str = "VireoGreyEntry";
        type Type = super::GreyEntry;
        type ParentType = gtk::Box;

        fn class_init(class: &mut Self::Class) {
            // Looks like its neighbours.
            class.set_css_name("modelbutton");
            class.set_accessible_role(gtk::AccessibleRole::MenuItem);
        }
    }

    impl ObjectImpl for GreyEntry {}
    impl WidgetImpl for GreyEntry {}
    impl BoxImpl for GreyEntry {}
}

glib::wrapper! {
    /// An entry that can't be chosen now.
    pub struct GreyEntry(ObjectSubclass<imp::GreyEntry>)
        @extends gtk::Box, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Orientable;
}

impl GreyEntry {
    fn new(label: &str, reason: &str, indented: bool) -> Self {
        let entry: Self = glib::Object::new();
        let words = gtk::Label::builder()
            .label(label)
            .use_underline(true)
            .margin_start(if indented { INDENTATION } else { 0 })
            .build();
        entry.append(&words);
        entry.set_sensitive(false);
        set_tip(&entry, Some(reason));
        entry.update_property(&[gtk::accessible::Property::Label(&words.text())]);
        entry
    }
}

/// An entry that can't be chosen now: what it is called in its menu, its words, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grey {
    id: String,
    label: String,
    reason: String,
}

/// A menu to be shown. Main thread only.
#[derive(Debug, Clone, Default)]
pub struct Menu {
    model: gio::Menu,
    grey: Vec<Grey>,
    indented: bool,
}

/// Room that GTK's entries keep for check marks in a menu that has one.
const INDENTATION: i32 = 22;

impl Menu {
    /// The model, to add sections to.
    #[must_use]
    pub fn model(&self) -> &gio::Menu {
        &self.model
    }

    /// Adds an entry that can't be chosen now to a section or a submenu of this menu. `id` is the name of its action and
    /// stands in this menu once; `reason` is a sentence.
    pub fn add_grey(&mut self, section: &gio::Menu, id: &str, label: &str, reason: &str) {
        let item = gio::MenuItem::new(Some(label), None);
        item.set_attribute_value("custom", Some(&id.to_variant()));
        section.append_item(&item);
        self.grey.push(Grey {
            id: id.to_owned(),
            label: label.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Says that an entry has a check mark: GTK indents all others then.
    pub fn has_checks(&mut self) {
        self.indented = true;
    }

    /// A popover with this menu.
    #[must_use]
    pub fn popover(&self) -> gtk::PopoverMenu {
        let popover = gtk::PopoverMenu::from_model(None::<&gio::MenuModel>);
        self.fill(&popover);
        popover
    }

    /// Puts this menu into a popover, in place of what was there.
    pub fn fill(&self, popover: &gtk::PopoverMenu) {
        popover.set_menu_model(Some(&self.model));
        for grey in &self.grey {
            if !popover.add_child(&GreyEntry::new(&grey.label, &grey.reason, self.indented), &grey.id) {
                tracing::warn!(id = grey.id, "a menu has no place for its entry");
            }
        }
    }
}
