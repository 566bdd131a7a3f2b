//! XML on screen: differences, the editor, the page of a machine. Needs a display
//! (`scripts/headless cargo test --test xml_editor`). With `VIREO_PICTURES` a folder, pictures are left in it.

mod support;

#[path = "xml_editor/hardware.rs"]
mod hardware;
#[path = "xml_editor/page.rs"]
mod page;
#[path = "xml_editor/sheet.rs"]
mod sheet;
#[path = "xml_editor/stage.rs"]
mod stage;

use gtk4::prelude::*;
use relm4::ComponentController;
use stage::{Desk, Stage, on_gtk};
use support::skipped;
use support::widgets::{all, screenshot, shown, until};
use vireo::ui::xml::EditorMsg;
use vireo::ui::xml::diff;

const MACHINE: &str = include_str!("xml_editor/machine.xml");

#[test]
fn differences_stand_beside_each_other_and_passwords_are_hidden() {
    on_gtk(|| {
        let after = MACHINE
            .replace("<memory unit='KiB'>2097152", "<memory unit='KiB'>4194304")
            .replace("swordfish", "trout")
            .replace("cache='none'", "cache='writeback' discard='unmap'")
            .replace("    <memballoon model='virtio'/>\n", "")
            .replace("  </devices>", "    <rng model='virtio'>\n      <backend model='random'>/dev/urandom</backend>\n    </rng>\n  </devices>");
        let view = diff::view(MACHINE, &after);
        let stage = Stage::new(&view, 900, 620);
        stage.sees("A password changes; it is not shown.");
        stage.sees("disk vda");
        stage.sees("4194304");
        assert!(!stage.has_text("swordfish") && !stage.has_text("trout"));
        assert!(stage.has_text("Before"), "two columns where there is room");
        screenshot("diff");
        stage.window.set_default_size(360, 620);
        stage.waits("one column where there is none", |stage| !stage.has_text("Before"));
        stage.sees("4194304");
        screenshot("diff-narrow");
    });
}

#[test]
fn what_is_typed_is_read_and_a_mistake_is_marked_on_its_line() {
    on_gtk(|| {
        let desk = Desk::open(MACHINE, 900, 700);
        desk.stage.sees("Well-formed");
        screenshot("editor");
        desk.behind("<acpi/");
        desk.forget();
        desk.view.buffer().insert_at_cursor("x");
        desk.stage.sees("Line 12:");
        screenshot("editor-problem");
        assert_eq!(desk.last_change(), Some(true));
        // What is not well-formed is not handed out: the cursor goes where it is wrong.
        desk.view.buffer().place_cursor(&desk.view.buffer().start_iter());
        desk.editor.emit(EditorMsg::SubmitClicked);
        until("the cursor to stand on the line", || {
            desk.view.buffer().cursor_position() > 100
        });
        desk.view.buffer().undo();
        desk.stage.sees("Well-formed");
        until("no change", || desk.last_change() == Some(false));
        assert_eq!(desk.submitted(), MACHINE);
    });
}

/// The names of the colours at the first place of a text.
fn colours(desk: &Desk, text: &str) -> Vec<String> {
    let buffer = desk.view.buffer();
    let found = buffer
        .start_iter()
        .forward_search(text, gtk4::TextSearchFlags::TEXT_ONLY, None);
    let (start, _) = found.expect("the text is there");
    let names = start.tags().into_iter().filter_map(|tag| tag.name());
    names
        .map(Into::into)
        .filter(|name: &String| name.starts_with("xml:"))
        .collect()
}

#[test]
fn what_is_on_screen_has_colours_however_long_the_text_is() {
    on_gtk(|| {
        let lines: String = (0..30_000).map(|line| format!("  <disk id='{line}'/>\n")).collect();
        let desk = Desk::open(&format!("<domain>\n{lines}</domain>\n"), 900, 700);
        until("colours", || colours(&desk, "disk id='3'") == ["xml:element-name"]);
        assert_eq!(colours(&desk, "id='3'"), ["xml:attribute-name"]);
        assert_eq!(colours(&desk, "'3'"), ["xml:attribute-value"]);
        assert!(colours(&desk, "disk id='20000'").is_empty(), "nobody sees it");
        desk.behind("id='20000'");
        desk.view
            .scroll_to_mark(&desk.view.buffer().get_insert(), 0.0, true, 0.0, 0.5);
        until("colours there", || {
            colours(&desk, "disk id='20000'") == ["xml:element-name"]
        });
        // A comment takes in what follows, and gives it back.
        desk.behind("<disk id='19999'/>");
        desk.view.buffer().insert_at_cursor("<!-- ");
        until("a comment", || colours(&desk, "disk id='20000'") == ["xml:comment"]);
        desk.view.buffer().undo();
        until("an element", || {
            colours(&desk, "disk id='20000'") == ["xml:element-name"]
        });
    });
}

#[test]
fn passwords_are_masked_until_asked_and_whole_in_what_is_applied() {
    on_gtk(|| {
        let desk = Desk::open(MACHINE, 900, 700);
        assert!(!desk.text().contains("swordfish"));
        assert_eq!(desk.submitted(), MACHINE);
        desk.editor.emit(EditorMsg::PasswordsShown(true));
        until("the password", || desk.text().contains("passwd='swordfish'"));
        assert_eq!(desk.submitted(), MACHINE);
        desk.editor.emit(EditorMsg::PasswordsShown(false));
        until("no password", || !desk.text().contains("swordfish"));
        // A mask that was edited is not taken for a password.
        desk.behind("passwd='••");
        desk.view.buffer().insert_at_cursor("x");
        desk.editor.emit(EditorMsg::SubmitClicked);
        desk.stage.sees("This password is masked in part.");
        desk.view.buffer().undo();
        assert_eq!(desk.submitted(), MACHINE);
    });
}

#[test]
fn elements_fold_and_unfold_without_being_lost() {
    on_gtk(|| {
        let desk = Desk::open(MACHINE, 900, 700);
        desk.editor.emit(EditorMsg::FoldAsked(true));
        let hidden = |text: &str| {
            let start = desk.view.buffer().start_iter();
            let found = start.forward_search(text, gtk4::TextSearchFlags::TEXT_ONLY, None);
            let tag = desk.view.buffer().tag_table().lookup("folded").expect("the tag");
            found.is_some_and(|(start, _)| start.has_tag(&tag))
        };
        until("the devices to be folded", || hidden("<emulator>"));
        assert!(!hidden("<devices>") && !hidden("</devices>"));
        screenshot("editor-folded");
        assert_eq!(desk.submitted(), MACHINE);
        desk.editor.emit(EditorMsg::FoldAsked(false));
        until("the devices to be seen", || !hidden("<emulator>"));
        desk.behind("<acpi/");
        desk.editor.emit(EditorMsg::FoldHereAsked);
        until("the features to be folded", || hidden("<apic/>"));
        assert!(!hidden("<emulator>"));
    });
}

#[test]
fn tags_close_themselves_and_words_are_offered() {
    on_gtk(|| {
        let desk = Desk::open(MACHINE, 900, 700);
        let before = desk.text();
        desk.behind("<apic/>");
        desk.keys(&["Return", "less", "p", "a", "e", "greater"]);
        desk.stage.waits("a closed element", |_| {
            desk.text().contains("    <apic/>\n    <pae></pae>\n")
        });
        desk.keys(&["Return"]);
        desk.stage.waits("a line inside", |_| {
            desk.text().contains("    <pae>\n      \n    </pae>\n")
        });
        while desk.text() != before {
            assert!(desk.view.buffer().can_undo());
            desk.view.buffer().undo();
        }
        desk.behind("<driver name='qemu' type='qcow2' cache='none'");
        desk.keys(&["space", "d", "i", "s"]);
        if vireo::model::schema::folder().is_some() {
            desk.stage.sees("discard");
            screenshot("editor-words");
            desk.keys(&["Tab"]);
            desk.stage
                .waits("an attribute", |_| desk.text().contains("cache='none' discard=''/>"));
        }
    });
}

#[test]
fn search_finds_counts_and_replaces() {
    on_gtk(|| {
        let desk = Desk::open(MACHINE, 900, 700);
        desk.view.grab_focus();
        desk.keys(&["ctrl+h"]);
        desk.stage
            .waits("the bar", |stage| !shown::<gtk4::SearchEntry>(&stage.window).is_empty());
        desk.keys(&["v", "i", "r", "t", "i", "o"]);
        desk.stage.sees("of 4");
        screenshot("editor-search");
        let entries = shown::<gtk4::Entry>(&desk.stage.window);
        entries
            .first()
            .expect("an entry for what comes instead")
            .set_text("sata");
        desk.stage.click("Replace All");
        desk.stage.waits("nothing left", |_| !desk.text().contains("virtio"));
        assert_eq!(desk.text().matches("sata").count(), 5);
        desk.view.buffer().undo();
        desk.stage
            .waits("one step of undo", |_| desk.text().matches("virtio").count() == 4);
    });
}

#[test]
fn what_the_schema_does_not_know_is_named_on_request() {
    on_gtk(|| {
        if vireo::model::schema::folder().is_none() {
            skipped("needs libvirt's schemas");
            return;
        }
        let desk = Desk::open(MACHINE, 900, 700);
        desk.editor.emit(EditorMsg::CheckAsked);
        desk.stage.sees("All names and listed values are in the schema.");
        desk.behind("<acpi/>");
        desk.view.buffer().insert_at_cursor("<gadget/>");
        desk.editor.emit(EditorMsg::CheckAsked);
        desk.stage
            .sees("Line 12: The schema has no element <gadget> at this place.");
        desk.view.buffer().undo();
        desk.stage.sees("Well-formed");
    });
}

#[test]
fn the_search_of_the_window_opens_that_of_the_editor_on_screen() {
    on_gtk(|| {
        let desk = Desk::open(MACHINE, 900, 700);
        desk.stage.sees("Well-formed");
        let bar = all::<gtk4::SearchBar>(&desk.stage.window).remove(0);
        assert!(!bar.is_search_mode());
        assert!(vireo::ui::xml::search(desk.stage.window.upcast_ref()));
        until("the search", || bar.is_search_mode());
        desk.editor.widget().set_visible(false);
        assert!(!vireo::ui::xml::search(desk.stage.window.upcast_ref()));
    });
}
