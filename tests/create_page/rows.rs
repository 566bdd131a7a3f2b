//! Rows, and what follows from what is typed in them.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::form::{self, on_gtk};
use crate::page::Page;
use crate::support::widgets::{button, says, shown};

#[test]
fn each_source_shows_its_rows() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        for (tile, rows) in [
            (
                "Installation Image",
                &[
                    "Installation image",
                    "Operating system",
                    "Memory",
                    "Size",
                    "Connected to",
                ][..],
            ),
            (
                "Cloud Image",
                &[
                    "Cloud image",
                    "User",
                    "Password",
                    "Size of the copy",
                    "What cloud-init is told",
                ],
            ),
            ("Existing Disk", &["Disk", "Operating system", "Memory"]),
            (
                "Install Tree",
                &["Address", "Arguments for the kernel", "Operating system"],
            ),
            ("Network Boot", &["Operating system", "Memory", "Size"]),
            ("Empty", &["Name", "Memory", "Processors", "Size"]),
            (
                "Definition (XML)",
                &["Definition", "From a file on this computer", "Start it now"],
            ),
        ] {
            page.begin(tile);
            for row in rows {
                form::row(&page.window, row);
            }
        }
        page.close();
    });
}

#[test]
fn what_is_typed_is_in_the_summary_and_in_the_definition() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.until("a summary", |page| page.summary().contains("memory"));
        page.types("Name", "web");
        page.types("Memory", "3 GiB");
        page.types("Processors", "3");
        page.until("the summary to follow", |page| {
            let words = page.summary();
            words.starts_with("web: ") && words.contains("3 GiB memory") && words.contains("3 processors")
        });
        let xml = page.xml();
        assert!(xml.contains("<name>web</name>"), "{xml}");
        assert!(xml.contains("3145728") || xml.contains("3072"), "{xml}");
        page.close();
    });
}

#[test]
fn what_is_typed_stays_while_another_source_is_looked_at() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.types("Installation image", "/iso/a.iso");
        page.begin("Empty");
        page.types("Name", "web");
        page.begin("Installation Image");
        assert_eq!(page.entry("Installation image").text(), "/iso/a.iso");
        assert_eq!(page.entry("Name").text(), "web");
        page.close();
    });
}

#[test]
fn what_is_missing_is_said_at_the_button() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        let create = page.create();
        assert!(!create.is_sensitive());
        assert_eq!(
            create.tooltip_text().as_deref(),
            Some("Choose an installation image first.")
        );
        // The same stands below, and leads to the row.
        assert_eq!(page.reason(), "Choose an installation image first.");
        page.why().expect("the button").emit_clicked();
        page.until("the row of the image to have the keyboard", |page| {
            page.has_keyboard("Installation image")
        });
        page.begin("Empty");
        page.until("it to be possible", |page| page.create().is_sensitive());
        assert_eq!(page.reason(), "");
        page.types("Memory", "much");
        page.until("it to be impossible", |page| !page.create().is_sensitive());
        assert!(
            page.reason().starts_with("Memory: a size, such as 4 GiB"),
            "{}",
            page.reason()
        );
        page.why().expect("the button").emit_clicked();
        page.until("the row of memory to have the keyboard", |page| {
            page.has_keyboard("Memory")
        });
        page.close();
    });
}

#[test]
fn the_summary_does_not_stand_beside_a_value_that_cannot_be() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.until("a summary", |page| page.summary().contains("memory"));
        page.types("Memory", "much");
        page.until("the summary to go", |page| page.summary().is_empty());
        let editor = button(&page.window, "XML…").expect("the button");
        assert!(!editor.is_sensitive(), "it would show another definition");
        page.types("Memory", "2 GiB");
        page.until("the summary to be back", |page| page.summary().contains("2 GiB"));
        page.close();
    });
}

#[test]
fn a_wrong_value_of_a_row_that_is_not_shown_does_not_stand_in_the_way() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.types("Memory", "much");
        page.until("it to be impossible", |page| !page.create().is_sensitive());
        page.begin("Another Machine");
        page.until("a copy to be possible", |page| {
            button(&page.window, "Continue…").is_some_and(|button| button.is_sensitive())
        });
        page.begin("Empty");
        page.until("it to be said again", |page| {
            page.reason().starts_with("Memory: a size, such as 4 GiB")
        });
        page.close();
    });
}

#[test]
fn an_empty_machine_is_not_started_unless_asked() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.until("a summary", |page| page.summary().ends_with("not started yet"));
        page.begin("Network Boot");
        page.until("one that starts", |page| page.summary().ends_with("starts at once"));
        page.close();
    });
}

#[test]
fn what_is_usual_is_called_by_its_name() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.until("the network", |page| {
            says(&form::row(&page.window, "Connected to"), "Virtual network default")
        });
        assert!(!says(&page.window, "The usual one"));
        page.close();
    });
}

#[test]
fn a_definition_changed_by_hand_holds_until_it_is_started_over() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.until("a definition", |page| page.xml().contains("<name>"));
        form::click(&page.window, "Customise…");
        let window = form::window("Customise the New Machine");
        let list = shown::<gtk::ListBox>(&window)
            .into_iter()
            .find(|list| list.has_css_class("navigation-sidebar"))
            .expect("the list");
        let memory = shown::<gtk::ListBoxRow>(&list)
            .into_iter()
            .find(|row| says(row, "Memory"))
            .expect("the page");
        list.select_row(Some(&memory));
        let row = form::row(&window, "Memory");
        let entry = shown::<gtk::Entry>(&row).into_iter().next().expect("an entry");
        form::type_over(&entry, "1 GiB");
        form::click(&window, "Done");
        page.until("the change", |page| page.summary().contains("1 GiB memory"));
        page.sees("The definition was changed by hand");
        assert!(!page.entry("Memory").is_sensitive());
        form::click(&page.window, "Start Over");
        page.until("the rows to hold", |page| page.entry("Memory").is_sensitive());
        page.close();
    });
}

#[test]
fn every_control_has_a_name_and_the_keyboard_comes_to_each_tile() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        let tiles: Vec<gtk::ToggleButton> = shown::<gtk::ToggleButton>(&page.window)
            .into_iter()
            .filter(|tile| tile.has_css_class("vireo-tile"))
            .collect();
        assert!(tiles.len() >= 7);
        assert!(tiles[0].has_focus(), "the page begins with what it begins with");
        // One stop for Tab; arrows go from tile to tile.
        assert!(tiles.iter().skip(1).all(|tile| tile.tooltip_text().is_some()));
        page.presses_on_tiles(gtk::gdk::Key::End);
        let last = tiles.last().expect("the last one");
        assert!(last.is_active() && last.has_focus());
        page.presses_on_tiles(gtk::gdk::Key::Home);
        assert!(tiles[0].is_active() && tiles[0].has_focus());
        page.presses_on_tiles(gtk::gdk::Key::Right);
        assert!(tiles[1].is_active() && tiles[1].has_focus());
        form::row(&page.window, "Cloud image");
        page.presses_on_tiles(gtk::gdk::Key::Tab);
        page.until("Tab to lead to the image", |page| page.has_keyboard("Cloud image"));
        page.window.child_focus(gtk::DirectionType::TabBackward);
        page.until("the way back to lead to the one that is chosen", |_| {
            tiles[1].has_focus()
        });
        page.close();
    });
}

#[test]
fn a_copy_of_another_machine_goes_on_where_machines_are_cloned() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Another Machine");
        page.choose("Machine to copy", "test");
        page.until("it to go on", |page| {
            button(&page.window, "Continue…").is_some_and(|button| button.is_sensitive())
        });
        assert!(page.summary().is_empty(), "{}", page.summary());
        page.picture("create-copy", std::time::Duration::from_millis(700));
        page.begin("Empty");
        page.until("what is made here to be made here", |page| {
            button(&page.window, "Create").is_some_and(|button| button.is_sensitive())
        });
        page.begin("Another Machine");
        form::click(&page.window, "Continue…");
        let dialog = form::window("Clone test");
        form::row(&dialog, "Copies");
        page.until("the page to go", |page| !page.window.is_visible());
        dialog.destroy();
        page.close();
    });
}
