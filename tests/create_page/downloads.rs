//! What operating systems offer to download, in the chooser of the page.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::form::{self, on_gtk};
use crate::page::Page;
use crate::support::widgets::{button, says, shown, until};
use libadwaita::prelude::*;

/// The rows of downloads: those that have a line about their server.
fn offered(window: &gtk::Window) -> Vec<adw::ActionRow> {
    let lists = shown::<gtk::ListBox>(window);
    let list = lists
        .into_iter()
        .find(|list| list.has_css_class("boxed-list") && list.selection_mode() == gtk::SelectionMode::Single);
    list.map(|list| shown::<adw::ActionRow>(&list)).unwrap_or_default()
}

#[test]
fn an_operating_system_is_found_by_words_and_taken_for_download() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        form::click(&form::row(&page.window, "Installation image"), "Choose…");
        let window = form::window("Choose a Medium");
        let place = form::row(&window, "Operating Systems");
        place.downcast::<adw::ActionRow>().expect("a place").emit_activate();
        until("the downloads", || !offered(&window).is_empty());
        let choose = button(&window, "Choose").expect("the button");
        assert!(!choose.is_sensitive(), "nothing is chosen yet");
        let search = shown::<gtk::SearchEntry>(&window).into_iter().next().expect("a search");
        search.set_text("debian 11 netinst");
        until("what is found", || {
            let rows = offered(&window);
            rows.len() == 1 && rows[0].title() == "Debian 11"
        });
        // Return in the search takes the first.
        search.emit_activate();
        until("the choice", || choose.is_sensitive());
        search.set_text("no such system");
        until("nothing", || says(&window, "Nothing found"));
        assert!(!choose.is_sensitive(), "what is not shown is not chosen");
        search.set_text("debian 11 netinst");
        until("it again", || {
            offered(&window).iter().any(|row| row.title() == "Debian 11")
        });
        search.emit_activate();
        page.picture("create-systems", std::time::Duration::from_secs(2));
        form::click(&window, "Choose");
        until("the address", || {
            page.entry("Installation image").text().contains("netinst.iso")
        });
        page.sees("It is downloaded to the storage pool default-pool first.");
        // The database names this very address, so the system is no guess.
        page.sees("Debian 11");
        page.close();
    });
}
