//! Two people and a machine.

use gtk4::prelude::*;

use crate::form::{Form, click, find_window, has_text, on_gtk, rest, until, window};
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
            assert!(has_text(&dialog, text), "the dialog says {text}");
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
            !has_text(form.root(), "Someone else has changed what you are editing")
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
            !has_text(form.root(), "Someone else has changed what you are editing")
        });
        assert_eq!(current(&mut world), "131072");
    });
}

#[test]
fn the_banner_takes_theirs_and_goes_with_the_clash() {
    on_gtk(|| {
        let mut world = World::new();
        let form = clash(&mut world);
        let gone = || !has_text(form.root(), "Someone else has changed what you are editing");
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
