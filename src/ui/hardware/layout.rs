//! The list beside the page, or one of them where there is no room for both.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::i18n::tr;
use crate::ui::widgets::Tip;

/// Widest a page gets.
const WIDTH: i32 = 760;

/// The two halves.
pub struct Layout {
    root: adw::Leaflet,
    back: gtk::Box,
    title: gtk::Label,
    page: gtk::ScrolledWindow,
}

impl Layout {
    /// Puts the list with the buttons below it beside the page, whose title has the other `buttons` behind it.
    pub fn new(
        list: &impl IsA<gtk::Widget>,
        below: &impl IsA<gtk::Widget>,
        form: &impl IsA<gtk::Widget>,
        buttons: [&gtk::Button; 2],
    ) -> Self {
        let side = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .width_request(250)
            .build();
        side.append(list);
        side.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        side.append(below);

        let back = gtk::Button::builder()
            .icon_name("go-previous-symbolic")
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Back to the list"));
        back.update_property(&[gtk::accessible::Property::Label(&tr("Back to the list"))]);
        let bar = gtk::Box::builder().visible(false).margin_start(6).margin_top(6).build();
        bar.append(&back);
        let title = gtk::Label::builder()
            .css_classes(["title-4"])
            .xalign(0.0)
            .hexpand(true)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let head = gtk::Box::builder().spacing(6).build();
        head.append(&title);
        for button in buttons {
            head.append(button);
        }
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        content.append(&head);
        content.append(form);
        let clamp = adw::Clamp::builder()
            .maximum_size(WIDTH)
            .tightening_threshold(560)
            .child(&content)
            .build();
        let page = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .hexpand(true)
            .vexpand(true)
            .build();
        let right = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .hexpand(true)
            .width_request(340)
            .build();
        right.append(&bar);
        right.append(&page);

        let root = adw::Leaflet::builder().can_navigate_back(true).vexpand(true).build();
        root.append(&side);
        let separator = root.append(&gtk::Separator::new(gtk::Orientation::Vertical));
        separator.set_navigatable(false);
        root.append(&right);
        root.bind_property("folded", &bar, "visible").sync_create().build();
        {
            let (weak, side) = (root.downgrade(), side.clone());
            back.connect_clicked(move |_| {
                if let Some(root) = weak.upgrade() {
                    root.set_visible_child(&side);
                }
            });
        }
        Self {
            root,
            back: right,
            title,
            page,
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &adw::Leaflet {
        &self.root
    }

    /// Goes to the page where only one half is seen.
    pub fn enter(&self) {
        let focus = self.root.root().and_then(|window| window.focus());
        self.root.set_visible_child(&self.back);
        // Where both are seen, the keyboard stays in the list.
        if let Some(focus) = focus.filter(|_| !self.root.is_folded()) {
            focus.grab_focus();
        }
    }

    /// Names the page.
    pub fn set_title(&self, title: &str) {
        if self.title.text() != title {
            self.title.set_text(title);
        }
    }

    /// Shows the page from its beginning.
    pub fn scroll_up(&self) {
        self.page.vadjustment().set_value(0.0);
    }
}
