//! One user and a machine.

use gtk4::prelude::*;

use crate::form::{click, on_gtk, rest, window};
use crate::support::widgets::{button, says, shown, until};
use crate::world::{World, place, places};

#[test]
fn edits_gather_are_undone_discarded_applied_and_read_back() {
    on_gtk(|| {
        let mut world = World::new();
        let before = world.definition("spare");
        let (_core, _key, form) = world.open("spare");
        assert_eq!(form.bar(), None);

        form.choose("Memory");
        form.types("Memory", "256 MiB");
        form.waits_for_bar("1 change");
        form.choose("a.img");
        form.types("Serial number", "S-1");
        form.waits_for_bar("2 changes");
        form.unfold("Advanced");
        form.types("Queues", "2");
        form.waits_for_bar("3 changes");

        form.click("Take the last change back");
        form.waits_for_bar("2 changes");
        assert_eq!(form.entry("Queues").text(), "");
        assert_eq!(form.entry("Serial number").text(), "S-1");
        form.click("Take the last change back");
        form.waits_for_bar("1 change");
        assert_eq!(form.entry("Serial number").text(), "");
        form.click("Take the last change back");
        form.waits_for_no_bar();
        form.choose("Memory");
        assert_eq!(form.entry("Memory").text(), "512 MiB");

        form.types("Memory", "256 MiB");
        form.waits_for_bar("1 change");
        form.click("Discard");
        form.waits_for_no_bar();
        assert_eq!(form.entry("Memory").text(), "512 MiB");
        assert_eq!(
            world.definition("spare"),
            before,
            "nothing reaches the host before Apply"
        );

        form.types("Memory", "256 MiB");
        form.choose("a.img");
        form.types("Serial number", "S-1");
        form.waits_for_bar("2 changes");
        form.click("Apply");
        form.waits_for_no_bar();
        form.sees("2 changes saved for the next start");
        assert_eq!(
            places(&before, &world.definition("spare")),
            [
                place("currentMemory", "524288", "262144"),
                place("devices/disk[vda]/serial", "", "<serial>S-1</serial>"),
            ]
        );
    });
}

#[test]
fn undo_is_not_held_up_by_what_the_page_shows_again() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("Overview");
        form.types("Title", "One");
        form.waits_for_bar("1 change");
        form.types("Title", "Two");
        form.choose("a.img");
        form.choose("Overview");
        for text in ["A first line", "A first line\nand another one"] {
            let view = shown::<gtk4::TextView>(&form.row("Description")).remove(0);
            view.buffer().insert(
                &mut view.buffer().end_iter(),
                &text[view.buffer().char_count() as usize..],
            );
        }
        form.waits_for_bar("2 changes");
        form.click("Take the last change back");
        form.waits_for_bar("1 change");
        form.click("Take the last change back");
        form.waits_for_no_bar();
        assert_eq!(form.entry("Title").text(), "");
    });
}

#[test]
fn values_that_cannot_be_keep_their_text_say_why_and_stop_apply() {
    on_gtk(|| {
        let mut world = World::new();
        let before = world.definition("spare");
        let (_core, _key, form) = world.open("spare");
        let can_apply = || button(form.root(), "Apply").is_some_and(|button| button.is_sensitive());

        form.choose("Memory");
        form.types("Memory", "256 MiB");
        form.waits_for_bar("1 change");
        assert!(can_apply());
        for nonsense in [
            "much",
            "99999999999999999999999 GiB",
            "-4 MiB",
            "1 B",
            "1e9",
            "",
            "4 PiB",
        ] {
            form.types("Memory", nonsense);
            until(&format!("{nonsense:?} to be refused"), || {
                form.row("Memory").has_css_class("error") && !can_apply()
            });
            assert!(!form.below("Memory").is_empty(), "{nonsense:?} has a reason");
            assert_eq!(form.entry("Memory").text(), nonsense);
        }
        form.types("Memory", "much");
        until("it to be refused", || form.row("Memory").has_css_class("error"));
        // It is still there after a look elsewhere.
        form.choose("Overview");
        assert!(!can_apply(), "what cannot be is elsewhere");
        form.choose("Memory");
        assert_eq!(form.entry("Memory").text(), "much");
        assert!(form.row("Memory").has_css_class("error"));
        form.types("Memory", "128 MiB");
        until("Apply to be possible", can_apply);
        assert!(!form.row("Memory").has_css_class("error"));
        form.click("Apply");
        form.waits_for_no_bar();
        assert_eq!(
            places(&before, &world.definition("spare")),
            [place("currentMemory", "524288", "131072")]
        );
    });
}

#[test]
fn a_refused_value_goes_with_its_device() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("b.img");
        form.unfold("Advanced");
        form.types("Queues", "none");
        until("it to be refused", || form.row("Queues").has_css_class("error"));
        form.click("Remove this device");
        click(&window("Remove Disk 2?"), "Remove");
        form.waits_for_bar("1 change");
        until("Apply to be possible", || {
            button(form.root(), "Apply").is_some_and(|button| button.is_sensitive())
        });
    });
}

#[test]
fn size_that_loses_the_keyboard_keeps_the_program_alive() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("Memory");
        let entry = form.entry("Memory");
        entry.grab_focus();
        until("the keyboard", || {
            entry.has_focus() || entry.first_child().is_some_and(|text| text.has_focus())
        });
        crate::form::type_over(&entry, "0.25 GiB");
        form.waits_for_bar("1 change");
        assert_eq!(entry.text(), "0.25 GiB", "it is not written anew while it is typed");
        form.entry("Maximum").grab_focus();
        until("the usual way of writing", || entry.text() == "256 MiB");
        form.waits_for_bar("1 change");
        assert!(!says(form.root(), "corrected"));
    });
}

#[test]
fn one_tab_leads_from_what_is_typed_to_what_is_typed() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("Memory");
        let (first, second) = (form.entry("Memory"), form.entry("Maximum"));
        let window: gtk4::Window = first.root().and_downcast().expect("a window");
        let typed_in = |entry: &gtk4::Entry| {
            GtkWindowExt::focus(&window).is_some_and(|focus| focus.is::<gtk4::Text>() && focus.is_ancestor(entry))
        };
        first.grab_focus();
        until("the keyboard", || typed_in(&first));
        // Its question mark is a stop of its own, its row is not.
        let mut stops = 0;
        while !typed_in(&second) {
            stops += 1;
            assert!(stops <= 2, "{:?}", GtkWindowExt::focus(&window));
            window.child_focus(gtk4::DirectionType::TabForward);
        }
        let mut stops = 0;
        while !typed_in(&first) {
            stops += 1;
            assert!(stops <= 2, "{:?}", GtkWindowExt::focus(&window));
            window.child_focus(gtk4::DirectionType::TabBackward);
        }
    });
}

#[test]
fn letters_typed_one_by_one_stay_in_order_while_rows_come_and_go() {
    on_gtk(|| {
        let mut world = World::new();
        world.replace(
            "spare",
            "<vcpu placement='static'>2</vcpu>",
            "<vcpu placement='static' current='4'>8</vcpu>",
        );
        let (_core, _key, form) = world.open("spare");
        for (page, title, letters) in [
            ("Processors", "Maximum", "12"),
            ("Processors", "Virtual CPUs", "10"),
            ("Memory", "Maximum", "16GiB"),
            ("Memory", "Memory", "14GiB"),
        ] {
            form.choose(page);
            let entry = form.entry(title);
            entry.grab_focus();
            entry.select_region(0, -1);
            entry.delete_selection();
            for letter in letters.chars() {
                let focus = entry.root().and_then(|root| root.focus());
                let text = focus.and_downcast::<gtk4::Text>();
                let text = text.unwrap_or_else(|| panic!("{title} keeps the keyboard before {letter}"));
                text.emit_by_name::<()>("insert-at-cursor", &[&letter.to_string()]);
                for _ in 0..3 {
                    rest();
                }
            }
            assert_eq!(form.entry(title).text(), letters, "{page}, {title}");
        }
        form.waits_for_bar("4 changes");
    });
}

#[test]
fn a_page_chosen_right_after_typing_stays() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("Memory");
        // What was typed is still on its way when the other page is chosen.
        form.types("Memory", "256 MiB");
        form.choose("a.img");
        for _ in 0..3 {
            rest();
            assert_eq!(form.title(), "Disk 1", "the pages are shown in turn");
        }
        form.waits_for_bar("1 change");
        form.choose("Memory");
        assert_eq!(form.entry("Memory").text(), "256 MiB");
    });
}

#[test]
fn the_bar_says_what_is_wrong_when_nothing_else_was_changed() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("Memory");
        form.types("Memory", "much");
        form.waits_for_bar("1 value has to be corrected first.");
        form.types("Memory", "512 MiB");
        form.waits_for_no_bar();
    });
}

#[test]
fn letters_typed_faster_than_they_are_taken_are_not_lost() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("a.img");
        let entry = form.entry("Serial number");
        // Between the letters the page takes one message at a time.
        for end in 1..=12 {
            crate::form::type_over(&entry, &"S-1234567890"[..end]);
            gtk4::glib::MainContext::default().iteration(false);
        }
        form.waits_for_bar("1 change");
        rest();
        assert_eq!(entry.text(), "S-1234567890");
    });
}

#[test]
fn undo_takes_back_what_was_done_last_and_leaves_other_wrong_values() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("b.img");
        form.types("Queues", "none");
        until("it to be refused", || form.row("Queues").has_css_class("error"));
        form.choose("a.img");
        form.types("Serial number", "S-1");
        form.waits_for_bar("1 change · 1 value has to be corrected first.");
        form.types("Queues", "many");
        until("it to be refused", || form.row("Queues").has_css_class("error"));
        form.click("Take the last change back");
        until("the wrong value to go", || !form.row("Queues").has_css_class("error"));
        assert_eq!(form.entry("Serial number").text(), "S-1");
        form.click("Take the last change back");
        until("the serial number to go", || {
            form.entry("Serial number").text().is_empty()
        });
        form.choose("b.img");
        assert_eq!(form.entry("Queues").text(), "none");
        form.click("Take the last change back");
        form.waits_for_no_bar();
        assert!(!form.row("Queues").has_css_class("error"));
    });
}
