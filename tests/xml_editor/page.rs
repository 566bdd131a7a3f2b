//! The XML page of a machine, in the demo.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use vireo::ui::vm::Page;

use crate::sheet::Sheet;
use crate::stage::on_gtk;
use crate::support::widgets::{screenshot, shown, until};

#[test]
fn a_mistake_is_shown_and_its_correction_is_applied_and_read_back() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        screenshot("page");
        let before = sheet.definition();
        sheet.replace("</vcpu>", "</vcpuu>");
        sheet.stage.sees("Not applied yet");
        sheet.stage.sees("instead of");
        sheet.click("Review…");
        sheet.replace("</vcpuu>", "</vcpu>");
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        sheet.stage.sees("Well-formed");
        sheet.replace("<title>", "<title>The ");
        sheet.stage.sees("Not applied yet");
        screenshot("page-changed");
        sheet.click("Review…");
        sheet.sees_anywhere("Edited");
        screenshot("page-review");
        sheet.click("Apply");
        let wanted = before.replace("<title>", "<title>The ");
        until("the new definition", || sheet.definition() == wanted);
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        assert!(sheet.text().contains("<title>The "));
        assert!(sheet.view().buffer().can_undo(), "undo is kept");
        screenshot("page-applied");
    });
}

#[test]
fn undo_is_kept_while_other_pages_and_the_running_definition_are_looked_at() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        let before = sheet.text();
        sheet.replace("<title>", "<title>The ");
        sheet.stage.sees("Not applied yet");
        let edited = sheet.text();
        sheet.click("Running");
        until("the running machine", || {
            sheet.text().contains("<domain") && !sheet.view().is_editable()
        });
        assert!(!sheet.text().contains("<title>The "));
        sheet.click("Next Start");
        until("the edited text", || sheet.text() == edited);
        sheet.show(Page::Overview);
        until("the overview", || sheet.text().is_empty());
        sheet.show(Page::Xml);
        until("the edited text again", || sheet.text() == edited);
        sheet.view().buffer().undo();
        until("the text as it was", || sheet.text() == before);
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
    });
}

#[test]
fn one_device_is_edited_and_nothing_else() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        let before = sheet.definition();
        let parts = shown::<gtk::DropDown>(&sheet.stage.window);
        let parts = parts.first().expect("a list of devices");
        let names = parts.model().expect("names");
        let position = (0..names.n_items()).find(|position| {
            let name = names.item(*position).and_downcast::<gtk::StringObject>();
            name.is_some_and(|name| name.string() == "disk vda")
        });
        parts.set_selected(position.expect("a disk"));
        until("the disk alone", || sheet.text().starts_with("<disk"));
        screenshot("page-device");
        sheet.replace("</disk>", "  <serial>VIREO-1</serial>\n</disk>");
        sheet.stage.sees("Not applied yet");
        sheet.click("Review…");
        sheet.click("Apply");
        until("the new definition", || {
            sheet.definition().contains("<serial>VIREO-1</serial>")
        });
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        let after = sheet.definition();
        let rest: String = after
            .split_inclusive('\n')
            .filter(|line| !line.contains("VIREO-1"))
            .collect();
        assert_eq!(rest, before);
        // The whole text has it, too.
        parts.set_selected(0);
        until("everything", || sheet.text().starts_with("<domain"));
        assert!(sheet.text().contains("VIREO-1"));
    });
}

#[test]
fn what_others_change_meanwhile_is_shown_and_merged() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        sheet.replace("<title>", "<title>My ");
        sheet.stage.sees("Not applied yet");
        sheet.meddle("</vcpu>", "</vcpu>\n  <iothreads>3</iothreads>");
        sheet.stage.sees("Someone else has changed the definition meanwhile.");
        assert!(sheet.text().contains("<title>My ") && !sheet.text().contains("<iothreads>3"));
        sheet.click("Show…");
        sheet.sees_anywhere("On the host now");
        screenshot("page-others");
        sheet.click("Merge");
        until("both changes", || {
            sheet.text().contains("<title>My ") && sheet.text().contains("<iothreads>3")
        });
        sheet
            .stage
            .waits("the banner to go", |stage| !stage.has_text("Someone else has changed"));
        sheet.stage.sees("Not applied yet");
        // A text without edits follows the host by itself.
        sheet.click("Discard");
        until("the host's text", || !sheet.text().contains("<title>My "));
        sheet
            .stage
            .waits("the strip to go", |stage| !stage.has_text("Not applied yet"));
        sheet.meddle("<iothreads>3", "<iothreads>4");
        until("the newer text", || sheet.text().contains("<iothreads>4"));
    });
}

#[test]
fn a_text_that_is_refused_stays() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 1100);
        let before = sheet.definition();
        sheet.replace("<devices>", "<gadgets/>\n  <devices>");
        sheet.stage.sees("Not applied yet");
        sheet.click("Review…");
        sheet.click("Apply");
        sheet.sees_anywhere("Define it anyway?");
        screenshot("page-refused");
        sheet.click("Back to Editing");
        until("the dialog to go", || {
            gtk::Window::list_toplevels()
                .iter()
                .filter(|window| window.is_mapped())
                .count()
                == 1
        });
        assert!(sheet.text().contains("<gadgets/>"));
        assert_eq!(sheet.definition(), before);
        sheet.stage.sees("Not applied yet");
    });
}

#[test]
fn the_page_fits_a_narrow_window_and_looks_right_in_the_dark() {
    on_gtk(|| {
        let sheet = Sheet::open("gitlab", 360);
        let (least, ..) = sheet.stage.window.measure(gtk::Orientation::Horizontal, -1);
        assert!(least <= 360, "the window can't be narrower than {least}");
        sheet.replace("<title>", "<title>The ");
        sheet.stage.sees("Not applied yet");
        screenshot("page-narrow");
        let style = adw::StyleManager::default();
        style.set_color_scheme(adw::ColorScheme::ForceDark);
        until("the dark", || style.is_dark());
        sheet.stage.window.set_default_size(1000, 760);
        sheet.replace("</title>", "</titl>");
        sheet.stage.sees("instead of");
        screenshot("page-dark");
        style.set_color_scheme(adw::ColorScheme::ForceLight);
    });
}
