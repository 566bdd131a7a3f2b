//! Two people and a machine.

use gtk4::prelude::*;

use crate::adding;
use crate::form::{Form, click, find_window, on_gtk, rest, window};
use crate::support::widgets::{says, until};
use crate::world::{World, places};

const CLASH: &str = "Someone else has changed this, too";

#[test]
fn changes_of_two_people_at_different_places_both_survive() {
    on_gtk(|| {
        let mut world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("a.img");
        form.types("Serial number", "S-1");
        form.waits_for_bar("1 change");
        let before = world.definition("spare");
        world.replace(
            "spare",
            "<vcpu placement='static'>2</vcpu>",
            "<vcpu placement='static'>3</vcpu>",
        );
        form.sees("Someone else changed the machine. Your edits are kept on top of it.");
        form.waits_for_bar("1 change");
        assert_eq!(form.entry("Serial number").text(), "S-1");
        form.click("Apply");
        form.waits_for_no_bar();
        let changed: Vec<String> = places(&before, &world.definition("spare"))
            .into_iter()
            .map(|(place, ..)| place)
            .collect();
        assert_eq!(changed, ["devices/disk[vda]/serial", "vcpu"]);
    });
}

/// An edit of the memory, and another one by virsh meanwhile.
fn clash(world: &mut World) -> Form {
    let (_core, _key, form) = world.open("spare");
    form.choose("Memory");
    form.types("Memory", "256 MiB");
    form.waits_for_bar("1 change");
    world.replace(
        "spare",
        "<currentMemory unit='KiB'>524288<",
        "<currentMemory unit='KiB'>131072<",
    );
    form.sees("Someone else has changed what you are editing. When you apply, you decide whose changes hold.");
    form
}

fn current(world: &mut World) -> String {
    let text = world.definition("spare");
    let (_, rest) = text.split_once("<currentMemory unit='KiB'>").expect("memory");
    rest.split_once('<').expect("its end").0.to_owned()
}

#[test]
fn changes_of_two_people_at_the_same_place_are_shown_and_the_user_decides() {
    on_gtk(|| {
        let mut world = World::new();
        let form = clash(&mut world);
        form.click("Apply");
        let dialog = window(CLASH);
        for text in ["currentMemory", "262144", "131072"] {
            assert!(says(&dialog, text), "the dialog says {text}");
        }
        click(&dialog, "Back to Editing");
        until("the dialog to close", || find_window(CLASH).is_none());
        rest();
        assert_eq!(form.entry("Memory").text(), "256 MiB", "the edit is kept");
        form.waits_for_bar("1 change");
        assert_eq!(current(&mut world), "131072");

        form.click("Apply");
        click(&window(CLASH), "Apply Mine");
        form.waits_for_no_bar();
        assert_eq!(current(&mut world), "262144");
        until("the banner to go", || {
            !says(form.root(), "Someone else has changed what you are editing")
        });
        assert_eq!(form.entry("Memory").text(), "256 MiB");
    });
}

#[test]
fn taking_theirs_shows_what_the_others_have_made_of_it() {
    on_gtk(|| {
        let mut world = World::new();
        let form = clash(&mut world);
        form.click("Apply");
        click(&window(CLASH), "Take Theirs");
        form.waits_for_no_bar();
        until("their value", || form.entry("Memory").text() == "128 MiB");
        until("the banner to go", || {
            !says(form.root(), "Someone else has changed what you are editing")
        });
        assert_eq!(current(&mut world), "131072");
    });
}

#[test]
fn the_banner_takes_theirs_and_goes_with_the_clash() {
    on_gtk(|| {
        let mut world = World::new();
        let form = clash(&mut world);
        let gone = || !says(form.root(), "Someone else has changed what you are editing");
        form.click("Take Theirs");
        form.waits_for_no_bar();
        until("their value", || form.entry("Memory").text() == "128 MiB");
        until("the banner to go", gone);

        // The others take it back: nothing clashes any more, and the edit is still there.
        form.types("Memory", "64 MiB");
        form.waits_for_bar("1 change");
        world.replace(
            "spare",
            "<currentMemory unit='KiB'>131072<",
            "<currentMemory unit='KiB'>262144<",
        );
        until("the banner", || !gone());
        world.replace(
            "spare",
            "<currentMemory unit='KiB'>262144<",
            "<currentMemory unit='KiB'>131072<",
        );
        until("the banner to go with the clash", gone);
        assert_eq!(form.entry("Memory").text(), "64 MiB");

        // Undone, there is nothing that could clash: what the others made of it shows.
        world.replace(
            "spare",
            "<currentMemory unit='KiB'>131072<",
            "<currentMemory unit='KiB'>262144<",
        );
        until("the banner", || !gone());
        form.click("Take the last change back");
        form.waits_for_no_bar();
        until("their value", || form.entry("Memory").text() == "256 MiB");
        until("the banner to go with the edit", gone);
    });
}

#[test]
fn disk_that_is_removed_is_the_one_that_was_asked_about() {
    on_gtk(|| {
        let mut world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("b.img");
        form.click("Remove this device");
        let question = window("Remove Disk 2?");
        // Others put something before it while the question is open: every element has another number now.
        world.replace(
            "spare",
            "<memory ",
            "<title>X</title><description>Y</description><memory ",
        );
        world.replace("spare", "/tmp/a.img", "/tmp/other.img");
        until("the other image", || {
            form.lines().iter().any(|(_, text)| text.contains("other.img"))
        });
        click(&question, "Remove");
        form.waits_for_bar("1 change");
        let before = world.definition("spare");
        form.click("Apply");
        form.waits_for_no_bar();
        let found = places(&before, &world.definition("spare"));
        let found: Vec<_> = found.iter().map(|(place, ..)| place.as_str()).collect();
        assert_eq!(found, ["devices/disk[vdb]"]);
    });
}

#[test]
fn disk_that_others_changed_during_the_question_stays() {
    on_gtk(|| {
        let mut world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("b.img");
        form.click("Remove this device");
        let question = window("Remove Disk 2?");
        world.replace("spare", "/tmp/b.img", "/tmp/other.img");
        until("the other image", || {
            form.lines().iter().any(|(_, text)| text.contains("other.img"))
        });
        click(&question, "Remove");
        form.sees("Someone else has changed this device meanwhile. It was not removed.");
        assert_eq!(form.bar(), None);
    });
}

#[test]
fn new_hardware_keeps_what_others_changed_meanwhile() {
    on_gtk(|| {
        let mut world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("a.img");
        let (dialog, list) = adding::dialog(&form);
        adding::choose(&dialog, &list, "Watchdog");
        world.replace("spare", "/tmp/b.img", "/tmp/other.img");
        until("the other image", || {
            form.lines().iter().any(|(_, text)| text.contains("other.img"))
        });
        let before = world.definition("spare");
        click(&dialog, "Add");
        form.waits_for_bar("1 change");
        form.click("Apply");
        form.waits_for_no_bar();
        let found = places(&before, &world.definition("spare"));
        assert!(
            !found.is_empty() && found.iter().all(|(_, before, _)| before.is_none()),
            "{found:?}"
        );
        assert!(world.definition("spare").contains("/tmp/other.img"));
    });
}
