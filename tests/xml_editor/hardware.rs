//! Devices as XML, from the Hardware page and from *Add Hardware*, in the demo.

use gtk4 as gtk;
use gtk4::prelude::*;
use vireo::ui::vm::Page;

use crate::sheet::Sheet;
use crate::stage::on_gtk;
use crate::support::widgets::{button, screenshot, shown, until};

fn hardware(machine: &str, device: &str) -> Sheet {
    let sheet = Sheet::open_page(machine, 1100, Page::Hardware);
    choose(&sheet, device);
    sheet
}

/// Selects a line of a list in the window in front.
fn choose(sheet: &Sheet, title: &str) {
    let line = || {
        let labels = shown::<gtk::Label>(&sheet.front());
        let mut rows = labels
            .iter()
            .filter(|label| label.text() == title)
            .filter_map(|label| label.ancestor(gtk::ListBoxRow::static_type()));
        rows.next().and_downcast::<gtk::ListBoxRow>()
    };
    until(title, || line().is_some());
    let row = line().expect("as above");
    let list = row.parent().and_downcast::<gtk::ListBox>().expect("a list");
    list.select_row(Some(&row));
}

#[test]
fn a_device_is_edited_as_xml_among_the_other_changes() {
    on_gtk(|| {
        let sheet = hardware("gitlab", "Memory Balloon");
        let before = sheet.definition();
        sheet.click("Edit as XML…");
        sheet.sees_anywhere("XML of Memory Balloon");
        until("the device", || sheet.text().starts_with("<memballoon model='virtio'"));
        screenshot("hardware-xml");
        // What is no device stays in the window, with the reason.
        let element = sheet.text();
        sheet.replace("<memballoon", "<rng/>\n<memballoon");
        sheet.click("Done");
        sheet.sees_anywhere("Line 2");
        sheet.view().buffer().undo();
        until("the text as it was", || sheet.text() == element);
        sheet.replace("model='virtio'", "model='virtio' autodeflate='on'");
        sheet.click("Done");
        sheet.stage.sees("1 change");
        assert_eq!(sheet.definition(), before, "nothing is applied yet");
        sheet.click("Apply");
        let wanted = before.replace(
            "<memballoon model='virtio'",
            "<memballoon model='virtio' autodeflate='on'",
        );
        until("the new definition", || sheet.definition() == wanted);
    });
}

#[test]
fn xml_that_was_not_taken_is_not_lost_without_a_question() {
    on_gtk(|| {
        let sheet = hardware("gitlab", "Memory Balloon");
        sheet.click("Edit as XML…");
        until("the device", || sheet.text().starts_with("<memballoon"));
        sheet.replace("virtio", "none");
        until("a change", || {
            button(&sheet.front(), "Done").is_some_and(|done| done.is_sensitive())
        });
        sheet.click("Cancel");
        sheet.sees_anywhere("Discard changes?");
        sheet.click("Cancel");
        until("the text", || sheet.text().contains("model='none'"));
        sheet.click("Cancel");
        sheet.sees_anywhere("Discard changes?");
        sheet.click("Discard");
        until("the page", || {
            sheet.front() == *sheet.stage.window.upcast_ref::<gtk::Window>()
        });
        assert!(!sheet.stage.has_text("1 change"));
    });
}

#[test]
fn new_hardware_shows_its_xml_and_takes_another_one() {
    on_gtk(|| {
        let sheet = Sheet::open_page("gitlab", 1100, Page::Hardware);
        sheet.stage.sees("Add Hardware…");
        let add = || button(&sheet.stage.window, "Add Hardware…");
        until("the button", || add().is_some_and(|add| add.is_sensitive()));
        add().expect("as above").emit_clicked();
        choose(&sheet, "Watchdog");
        let opened = || {
            let mut expanders = shown::<gtk::Expander>(&sheet.front()).into_iter();
            let xml = expanders.find(|it| it.label().is_some_and(|text| text == "XML"));
            xml.map(|expander| expander.set_expanded(true)).is_some()
        };
        until("the XML", opened);
        until("the device", || {
            let views = shown::<sourceview5::View>(&sheet.front());
            views.iter().filter(|view| !view.is_editable()).count() == 1
        });
        until("a watchdog", || sheet.text().starts_with("<watchdog"));
        screenshot("add-xml");
        sheet.click("Edit as XML…");
        until("an editor", || sheet.view().is_editable());
        let text = sheet.text();
        let old = text
            .split_once("action='")
            .and_then(|(_, rest)| rest.split_once('\''))
            .expect("an action")
            .0;
        sheet.replace(&format!("action='{old}'"), "action='pause'");
        sheet.click("Done");
        until("the preview", || {
            !sheet.view().is_editable() && sheet.text().contains("action='pause'")
        });
        sheet.click("Add");
        sheet.stage.sees("1 change");
    });
}
