//! Asks before an address is used that does more than connect.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::tr;
use crate::model::uri::Risk;
use crate::ui::{message, text};

/// Shows the address in full with what each risky part does; true when the user goes on.
pub(super) async fn ask(parent: &impl IsA<gtk::Widget>, address: &str, risks: &[Risk]) -> bool {
    let dialog = message::dialog(
        parent,
        &tr("This address does more than connect"),
        &tr("Go on only if you wrote it yourself or trust whoever did."),
    );
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    let shown = gtk::Label::builder()
        .label(text::one_line(address, 4096).as_ref())
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::Char)
        .selectable(true)
        .can_focus(false)
        .xalign(0.0)
        .css_classes(["monospace", "caption"])
        .build();
    content.append(&shown);
    for risk in risks {
        let line = gtk::Box::new(gtk::Orientation::Horizontal, 9);
        let icon = gtk::Image::from_icon_name("dialog-warning-symbolic");
        icon.add_css_class("warning");
        icon.set_valign(gtk::Align::Start);
        let label = gtk::Label::builder()
            .label(text::one_line(&risk.text(), 600).as_ref())
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .hexpand(true)
            .build();
        line.append(&icon);
        line.append(&label);
        content.append(&line);
    }
    dialog.set_extra_child(Some(&content));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("use", &tr("_Use Anyway"))]);
    dialog.set_response_appearance("use", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    message::choose(dialog).await == "use"
}
