//! A line across a page that says what is the matter and offers a way out. (libadwaita's own came after 1.2.)

use gtk::pango;
use gtk::prelude::*;
use relm4::gtk;

/// Revealed while there is something to say.
#[derive(Debug, Clone)]
pub struct Banner {
    root: gtk::Revealer,
    icon: gtk::Image,
    label: gtk::Label,
    button: gtk::Button,
}

impl Banner {
    /// A hidden banner; `clicked` is called by its button.
    pub fn new(clicked: impl Fn() + 'static) -> Self {
        let icon = gtk::Image::builder()
            .icon_name("dialog-information-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        let label = gtk::Label::builder()
            .xalign(0.0)
            .hexpand(true)
            .wrap(true)
            .wrap_mode(pango::WrapMode::WordChar)
            .lines(3)
            .ellipsize(pango::EllipsizeMode::End)
            .build();
        let button = gtk::Button::builder().valign(gtk::Align::Center).build();
        button.connect_clicked(move |_| clicked());
        let row = gtk::Box::builder()
            .spacing(12)
            .margin_start(12)
            .margin_end(12)
            .margin_top(6)
            .margin_bottom(6)
            .build();
        row.append(&icon);
        row.append(&label);
        row.append(&button);
        let frame = gtk::Box::new(gtk::Orientation::Vertical, 0);
        frame.add_css_class("banner-row");
        frame.append(&row);
        frame.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        let root = gtk::Revealer::builder().child(&frame).build();
        root.set_accessible_role(gtk::AccessibleRole::Group);
        Self {
            root,
            icon,
            label,
            button,
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Revealer {
        &self.root
    }

    /// Says `text`, with a button if `action` names one.
    pub fn show(&self, text: &str, action: Option<&str>, warning: bool) {
        let icon = if warning {
            "dialog-warning-symbolic"
        } else {
            "dialog-information-symbolic"
        };
        self.icon.set_icon_name(Some(icon));
        if self.label.text() != text {
            self.label.set_text(text);
        }
        self.button.set_visible(action.is_some());
        self.button.set_label(action.unwrap_or_default());
        self.root.set_reveal_child(true);
    }

    /// Says nothing any more.
    pub fn hide(&self) {
        self.root.set_reveal_child(false);
    }
}
