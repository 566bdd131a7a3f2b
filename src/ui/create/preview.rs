//! What cloud-init is told, to be looked at before it is.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::desk::Desk;
use crate::i18n::{tr, tr_f};
use crate::model::creation::seed;
use crate::ui::widgets::name_once;

/// Shows the texts over `parent`; the machine's identity in them is an example.
pub fn show(parent: &adw::Window, desk: &RefCell<Desk>) {
    let made = {
        let desk = desk.borrow();
        let name = desk.plan.as_ref().map(|plan| plan.name.clone()).unwrap_or_default();
        seed::texts(&desk.sheet.whole_seed(), &name, Uuid::nil())
    };
    let window = adw::Window::builder()
        .title(tr("What cloud-init Is Told"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(600)
        .default_height(520)
        .width_request(340)
        .height_request(300)
        .build();
    window.set_transient_for(Some(parent));
    let content = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(12)
        .margin_top(12)
        .margin_bottom(18)
        .margin_start(12)
        .margin_end(12)
        .build();
    match made {
        Ok(texts) => {
            add(&content, "user-data", &texts.user_data);
            add(&content, "meta-data", &texts.meta_data);
            if let Some(text) = &texts.network_config {
                add(&content, "network-config", text);
            }
        }
        Err(wrong) => {
            let text = match wrong.line {
                Some(line) => tr_f(
                    "Line {line}: {message}",
                    &[("line", &line.to_string()), ("message", &wrong.text)],
                ),
                None => wrong.text,
            };
            let page = adw::StatusPage::builder()
                .icon_name("dialog-warning-symbolic")
                .title(tr("This can't be written yet"))
                .description(glib::markup_escape_text(&text))
                .vexpand(true)
                .build();
            content.append(&page);
        }
    }
    let scrolled = gtk::ScrolledWindow::builder()
        .child(&adw::Clamp::builder().maximum_size(760).child(&content).build())
        .hscrollbar_policy(gtk::PolicyType::Never)
        .vexpand(true)
        .build();
    let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
    all.append(&adw::HeaderBar::new());
    all.append(&scrolled);
    window.set_content(Some(&all));
    window.connect_map(name_once);
    crate::ui::hardware::escape(&window);
    window.present();
}

fn add(content: &gtk::Box, name: &str, text: &str) {
    let heading = gtk::Label::builder()
        .label(name)
        .xalign(0.0)
        .css_classes(["heading"])
        .build();
    let view = gtk::TextView::builder()
        .editable(false)
        .cursor_visible(false)
        .accepts_tab(false)
        .monospace(true)
        .wrap_mode(gtk::WrapMode::Char)
        .top_margin(9)
        .bottom_margin(9)
        .left_margin(9)
        .right_margin(9)
        .build();
    view.buffer().set_text(text);
    view.update_property(&[gtk::accessible::Property::Label(name)]);
    let frame = gtk::Box::builder()
        .css_classes(["vireo-frame"])
        .overflow(gtk::Overflow::Hidden)
        .build();
    view.set_hexpand(true);
    frame.append(&view);
    content.append(&heading);
    content.append(&frame);
}
