//! The *About* window.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::i18n::{tr, tr_c};
use crate::ui::message;

/// Shows what Vireo is, who made it and under which licence, over `parent`'s window.
pub fn show(parent: &impl IsA<gtk::Widget>) {
    let window = adw::AboutWindow::builder()
        .application_name("Vireo")
        .application_icon("io.github.vireo_vm.Vireo")
        .version(env!("CARGO_PKG_VERSION"))
        .comments(tr("Virtual machines of all your hosts, live"))
        .developer_name(tr("The Vireo contributors"))
        .website(env!("CARGO_PKG_HOMEPAGE"))
        .issue_url(concat!(env!("CARGO_PKG_REPOSITORY"), "/issues"))
        .license_type(gtk::License::Gpl30)
        .copyright(tr("© The Vireo contributors"))
        // Translators: your names, one a line, with addresses if you like.
        .translator_credits(tr_c("names of the translators", "translator-credits").replace("translator-credits", ""))
        .debug_info(debug_info())
        .debug_info_filename("vireo.txt")
        .modal(true)
        .destroy_with_parent(true)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    window.present();
}

/// Versions that a report about a fault needs; nothing about the user or the hosts.
fn debug_info() -> String {
    format!(
        "Vireo {}\nGTK {}.{}.{}\nlibadwaita {}.{}.{}\nRenderer: {}\nDisplay: {}\nLanguage: {}\n",
        env!("CARGO_PKG_VERSION"),
        gtk::major_version(),
        gtk::minor_version(),
        gtk::micro_version(),
        adw::major_version(),
        adw::minor_version(),
        adw::micro_version(),
        std::env::var("GSK_RENDERER").unwrap_or_else(|_| "default".to_owned()),
        gtk::gdk::Display::default().map_or_else(|| "none".to_owned(), |display| display.type_().to_string()),
        glib::language_names().first().map_or("C", |name| name.as_str()),
    )
}
