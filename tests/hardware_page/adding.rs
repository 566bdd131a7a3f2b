//! New hardware, and hardware that goes.

use gtk4::prelude::*;
use libadwaita::prelude::*;

use crate::form::{Form, click, find_window, on_gtk, rest, row, type_over, window};
use crate::support::widgets::{button, says, shown, until};
use crate::world::{World, places};

/// The dialog for new hardware and its list of types.
pub fn dialog(form: &Form) -> (gtk4::Window, gtk4::ListBox) {
    form.click("Add Hardware…");
    let dialog = window("Add Hardware");
    let mut lists = shown::<gtk4::ListBox>(&dialog).into_iter();
    let list = lists.find(|list| list.has_css_class("navigation-sidebar"));
    (dialog, list.expect("the types"))
}

fn words(row: &gtk4::ListBoxRow) -> String {
    let labels = shown::<gtk4::Label>(row);
    labels.first().expect("its name").text().into()
}

/// The XML of the new device, as the dialog shows it.
fn preview(dialog: &gtk4::Window) -> String {
    let expander = shown::<gtk4::Expander>(dialog).remove(0);
    expander.set_expanded(true);
    until("the preview", || !shown::<gtk4::TextView>(dialog).is_empty());
    let mut views = shown::<gtk4::TextView>(dialog).into_iter();
    let view = views.find(|view| !view.is_editable()).expect("the preview");
    let buffer = view.buffer();
    buffer.text(&buffer.start_iter(), &buffer.end_iter(), false).into()
}

pub fn choose(dialog: &gtk4::Window, list: &gtk4::ListBox, title: &str) {
    let row = (0..).map_while(|index| list.row_at_index(index));
    let row = row.into_iter().find(|row| words(row) == title);
    list.select_row(Some(&row.unwrap_or_else(|| panic!("no type {title}"))));
    until(title, || {
        shown::<gtk4::Label>(dialog)
            .iter()
            .any(|label| label.has_css_class("title-4") && label.text() == title)
    });
}

#[test]
fn every_type_is_previewed_and_added_or_says_why_not() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        let (mut offered, mut refused) = (0, 0);
        for index in 0.. {
            let (dialog, list) = dialog(&form);
            let Some(row) = list.row_at_index(index) else {
                click(&dialog, "Cancel");
                break;
            };
            let name = words(&row);
            list.select_row(Some(&row));
            rest();
            assert!(
                shown::<gtk4::Label>(&dialog)
                    .iter()
                    .any(|label| label.has_css_class("dim-label") && label.text().ends_with('.')),
                "{name} says what it is for"
            );
            if !button(&dialog, "Add").expect("the button").is_sensitive() {
                let mut notices = shown::<gtk4::Label>(&dialog).into_iter();
                let notice = notices.find(|label| label.has_css_class("vireo-notice"));
                assert!(
                    notice.is_some_and(|label| !label.text().is_empty()),
                    "{name} says why not"
                );
                click(&dialog, "Cancel");
                refused += 1;
                continue;
            }
            assert!(
                !shown::<libadwaita::PreferencesRow>(&dialog).is_empty(),
                "{name} has rows"
            );
            let xml = preview(&dialog);
            assert!(xml.starts_with('<') && xml.ends_with('>'), "{name}: {xml}");
            click(&dialog, "Add");
            until(&format!("{name} to be a change"), || form.bar().is_some());
            assert!(find_window("Add Hardware").is_none(), "{name}: the dialog is gone");
            form.click("Discard");
            form.waits_for_no_bar();
            offered += 1;
        }
        assert!(offered > 40, "{offered} of {} types can be added", offered + refused);
    });
}

#[test]
fn new_hardware_is_typed_applied_and_read_back() {
    on_gtk(|| {
        let mut world = World::new();
        let before = world.definition("spare");
        let (_core, _key, form) = world.open("spare");
        let (adding, list) = dialog(&form);
        choose(&adding, &list, "Disk");
        let image = shown::<gtk4::Entry>(&row(&adding, "Image")).remove(0);
        type_over(&image, "/tmp/new.img");
        until("the preview", || preview(&adding).contains("/tmp/new.img"));
        for fold in shown::<libadwaita::ExpanderRow>(&adding) {
            fold.set_expanded(true);
        }
        type_over(&shown::<gtk4::Entry>(&row(&adding, "Queues")).remove(0), "none");
        until("a wrong number", || {
            !button(&adding, "Add").expect("the button").is_sensitive()
        });
        type_over(&shown::<gtk4::Entry>(&row(&adding, "Queues")).remove(0), "4");
        click(&adding, "Add");
        form.waits_for_bar("1 change");
        assert_eq!(form.title(), "Disk 3", "its page is shown");
        let (adding, list) = dialog(&form);
        choose(&adding, &list, "Watchdog");
        click(&adding, "Add");
        form.waits_for_bar("2 changes");
        form.click("Apply");
        form.waits_for_no_bar();
        let places: Vec<_> = places(&before, &world.definition("spare"));
        let names: Vec<_> = places.iter().map(|(place, ..)| place.as_str()).collect();
        assert!(
            names.iter().any(|place| place.starts_with("devices/disk[vdc]"))
                && names.iter().any(|place| place.starts_with("devices/watchdog")),
            "{places:?}"
        );
        assert!(
            names
                .iter()
                .all(|place| ["devices/disk[vdc]", "devices/watchdog", "devices/controller"]
                    .iter()
                    .any(|new| place.starts_with(new))),
            "{places:?}"
        );
        assert!(places.iter().all(|(_, before, _)| before.is_none()), "{places:?}");
    });
}

#[test]
fn another_bus_gives_a_new_disk_another_name_and_nothing_is_said_by_the_way() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        let (adding, list) = dialog(&form);
        choose(&adding, &list, "Disk");
        let image = shown::<gtk4::Entry>(&row(&adding, "Image")).remove(0);
        type_over(&image, "/tmp/new.img");
        until("the preview", || preview(&adding).contains("/tmp/new.img"));
        let bus = shown::<gtk4::DropDown>(&row(&adding, "Bus")).remove(0);
        let model = bus.model().expect("the choices");
        let sata = (0..model.n_items()).find(|at| {
            let item = model.item(*at).and_downcast::<gtk4::StringObject>();
            item.is_some_and(|item| item.string() == "SATA")
        });
        bus.set_selected(sata.expect("every board has it"));
        until("the other name", || {
            preview(&adding).replace('"', "'").contains("bus='sata'")
        });
        let xml = preview(&adding).replace('"', "'");
        assert!(xml.contains("dev='sd") && xml.contains("/tmp/new.img"), "{xml}");
        click(&adding, "Cancel");
    });
}

#[test]
fn a_disk_that_goes_keeps_its_files_unless_they_are_chosen() {
    on_gtk(|| {
        let mut world = World::new();
        let before = world.definition("spare");
        let (_core, _key, form) = world.open("spare");
        form.choose("b.img");
        form.click("Remove this device");
        let question = window("Remove Disk 2?");
        assert!(says(&question, "/tmp/b.img"));
        let ticks = shown::<gtk4::CheckButton>(&question);
        assert!(
            !ticks.is_empty() && ticks.iter().all(|tick| !tick.is_active()),
            "nothing is ticked"
        );
        click(&question, "Cancel");
        until("the question to go", || find_window("Remove Disk 2?").is_none());
        rest();
        assert_eq!(form.bar(), None);
        assert_eq!(form.title(), "Disk 2");

        form.click("Remove this device");
        click(&window("Remove Disk 2?"), "Remove");
        form.waits_for_bar("1 change");
        form.click("Apply");
        form.waits_for_no_bar();
        let found = places(&before, &world.definition("spare"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "devices/disk[vdb]");
        assert_eq!(found[0].2, None);
        assert!(form.lines().iter().all(|(_, text)| !text.contains("vdb")));
    });
}

/// `spare` with its second disk in a pool, the image ticked to go with it, and the removal not applied yet.
fn doomed(world: &mut World) -> Form {
    world.run("vol-create-as default-pool gone.img 1M");
    world.replace("spare", "/tmp/b.img", "/default-pool/gone.img");
    let (_core, _key, form) = world.open("spare");
    form.choose("gone.img");
    form.click("Remove this device");
    let question = window("Remove Disk 2?");
    let ticks = shown::<gtk4::CheckButton>(&question);
    ticks[0].set_active(true);
    click(&question, "Remove");
    form.waits_for_bar("1 change");
    form
}

#[test]
fn image_of_a_removed_disk_is_deleted_as_the_review_says() {
    on_gtk(|| {
        let mut world = World::new();
        let form = doomed(&mut world);
        form.click("Review…");
        let review = window("Review Changes");
        assert!(says(&review, "Files to delete") && says(&review, "/default-pool/gone.img"));
        click(&review, "Apply");
        form.waits_for_no_bar();
        until("the image to go", || {
            !world.run("vol-list default-pool").contains("gone.img")
        });
    });
}

#[test]
fn image_of_a_disk_whose_removal_was_forgotten_is_not_deleted() {
    on_gtk(|| {
        let mut world = World::new();
        let form = doomed(&mut world);
        form.click("Review…");
        click(&window("Review Changes"), "Forget this change");
        form.waits_for_no_bar();
        form.choose("gone.img");
        form.types("Image", "/tmp/b.img");
        form.waits_for_bar("1 change");
        form.click("Review…");
        let review = window("Review Changes");
        assert!(!says(&review, "Files to delete"));
        click(&review, "Apply");
        form.waits_for_no_bar();
        until("the other image", || world.definition("spare").contains("/tmp/b.img"));
        rest();
        assert!(world.run("vol-list default-pool").contains("gone.img"));
    });
}

#[test]
fn search_for_a_type_shows_what_it_found_and_escape_clears_it_first() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        let (dialog, list) = dialog(&form);
        let title = |wanted: &str| {
            let mut labels = shown::<gtk4::Label>(&dialog).into_iter();
            labels.any(|label| label.has_css_class("title-4") && label.text() == wanted)
        };
        let search = shown::<gtk4::SearchEntry>(&dialog).remove(0);
        search.set_text("watchdog");
        until("the watchdog", || title("Watchdog"));
        assert!(list.selected_row().is_some_and(|row| words(&row) == "Watchdog"));
        // Return takes what was found to the page, even before the pause after the last letter is over.
        search.set_text("panic");
        search.emit_activate();
        let row = list.selected_row().expect("what was found");
        assert!(words(&row).to_lowercase().contains("panic"), "{}", words(&row));
        assert!(title(&words(&row)));
        let focus = gtk4::prelude::GtkWindowExt::focus(&dialog).expect("the keyboard");
        assert!(!focus.is_ancestor(&list) && !focus.is_ancestor(&search), "{focus:?}");
        search.emit_by_name::<()>("stop-search", &[]);
        assert_eq!(search.text(), "");
        assert!(find_window("Add Hardware").is_some());
        search.emit_by_name::<()>("stop-search", &[]);
        until("the dialog to go", || find_window("Add Hardware").is_none());
    });
}
