//! An icon and a word for a state: shape, colour and text say the same.

use gtk::prelude::*;
use gtk::subclass::prelude::*;
use gtk::{glib, pango};
use relm4::gtk;

use crate::model::state::Severity;

use super::tip::set_tip;

mod imp {
    use super::*;

    pub struct StateBadge {
        pub(super) icon: gtk::Image,
        pub(super) label: gtk::Label,
    }

    impl Default for StateBadge {
        fn default() -> Self {
            let icon = gtk::Image::builder()
                .accessible_role(gtk::AccessibleRole::Presentation)
                .build();
            let label = gtk::Label::builder()
                .ellipsize(pango::EllipsizeMode::End)
                .xalign(0.0)
                .build();
            Self { icon, label }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for StateBadge {
        const NAME: &'static str = "VireoStateBadge";
        type Type = super::StateBadge;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("statebadge");
            class.set_layout_manager_type::<gtk::BoxLayout>();
        }
    }

    impl ObjectImpl for StateBadge {
        fn constructed(&self) {
            self.parent_constructed();
            if let Some(layout) = self.obj().layout_manager().and_downcast::<gtk::BoxLayout>() {
                layout.set_spacing(6);
            }
            self.icon.set_parent(&*self.obj());
            self.label.set_parent(&*self.obj());
        }

        fn dispose(&self) {
            self.icon.unparent();
            self.label.unparent();
        }
    }

    impl WidgetImpl for StateBadge {}
}

glib::wrapper! {
    /// Icon with shape and colour, and a text beside it.
    pub struct StateBadge(ObjectSubclass<imp::StateBadge>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for StateBadge {
    fn default() -> Self {
        Self::new()
    }
}

impl StateBadge {
    /// An empty badge.
    #[must_use]
    pub fn new() -> Self {
        glib::Object::new()
    }

    /// Shows a state. Only what differs is touched.
    pub fn set_state(&self, icon_name: &str, text: &str, severity: Severity) {
        let imp = self.imp();
        if imp.icon.icon_name().as_deref() != Some(icon_name) {
            imp.icon.set_icon_name(Some(icon_name));
        }
        if imp.label.text() != text {
            imp.label.set_text(text);
            set_tip(self, Some(text));
            self.update_property(&[gtk::accessible::Property::Label(text)]);
        }
        for other in Severity::ALL {
            if other == severity {
                imp.icon.add_css_class(other.css_class());
            } else {
                imp.icon.remove_css_class(other.css_class());
            }
        }
    }

    /// Hides or shows the text, for narrow places; the tooltip and screen readers keep it.
    pub fn set_text_visible(&self, visible: bool) {
        self.imp().label.set_visible(visible);
    }
}
