//! A machine that runs: what takes effect when, what waits, and guests that take their time.

use gtk4::prelude::{CheckButtonExt, EditableExt};
use vireo::ui::vm::Page;

use crate::form::{click, connect_to, find_window, on_gtk, window};
use crate::support::Daemon;
use crate::support::widgets::{button, says, shown, until};
use crate::world::{World, place, places};

#[test]
fn the_bar_says_what_takes_effect_when_and_goes_when_all_is_typed_back() {
    on_gtk(|| {
        let mut world = World::new();
        world.run("start spare");
        let (_core, _key, form) = world.open("spare");
        form.choose("Overview");
        form.types("Title", "Front");
        form.waits_for_bar("1 change · 1 takes effect now");
        form.choose("Memory");
        form.types("Memory", "256 MiB");
        form.waits_for_bar("2 changes · 2 take effect now");
        form.choose("Boot");
        form.types("Kernel", "/boot/vmlinuz");
        form.waits_for_bar("3 changes · 2 take effect now, 1 at the next start");

        form.click("Review…");
        let review = window("Review Changes");
        for text in ["now", "next start", "/boot/vmlinuz", "Front"] {
            assert!(says(&review, text), "the review says {text}");
        }
        click(&review, "Close");
        until("the review to go", || find_window("Review Changes").is_none());

        form.types("Kernel", "");
        form.waits_for_bar("2 changes · 2 take effect now");
        form.choose("Overview");
        form.types("Title", "");
        form.waits_for_bar("1 change · 1 takes effect now");
        form.choose("Memory");
        form.types("Memory", "512 MiB");
        form.waits_for_no_bar();
    });
}

#[test]
fn a_single_change_is_forgotten_in_the_review() {
    on_gtk(|| {
        let world = World::new();
        let (_core, _key, form) = world.open("spare");
        form.choose("a.img");
        form.types("Serial number", "S-1");
        form.waits_for_bar("1 change");
        form.choose("Memory");
        form.types("Memory", "256 MiB");
        form.waits_for_bar("2 changes");
        form.click("Review…");
        click(&window("Review Changes"), "Forget this change");
        form.waits_for_bar("1 change");
        assert_eq!(
            form.entry("Memory").text(),
            "512 MiB",
            "the machine's own change came first"
        );
        form.choose("a.img");
        assert_eq!(form.entry("Serial number").text(), "S-1");
    });
}

#[test]
fn what_waits_is_on_the_overview_is_reverted_and_comes_with_a_restart() {
    on_gtk(|| {
        let mut world = World::new();
        world.run("start spare");
        let before = world.definition("spare");
        let (core, key, form) = world.open("spare");
        let apply = || {
            form.desk.page(Page::Hardware);
            form.choose("Boot");
            until("what is there now", || form.entry("Kernel").text().is_empty());
            form.types("Kernel", "/boot/vmlinuz");
            form.choose("Processors");
            until("what is there now", || form.entry("Maximum").text() == "2");
            form.types("Maximum", "4");
            form.waits_for_bar("2 changes · 2 at the next start");
            form.click("Apply");
            form.waits_for_no_bar();
            form.desk.page(Page::Overview);
            form.sees("2 Changes Wait for the Next Start");
        };
        apply();
        form.click("Revert: keep this as it runs");
        form.sees("1 Change Waits for the Next Start");
        let left = places(&before, &world.definition("spare"));
        assert!(left.iter().all(|(place, ..)| place.starts_with("vcpu")), "{left:?}");
        form.click("Revert All");
        until("nothing to wait", || !says(form.root(), "for the Next Start"));
        assert_eq!(places(&before, &world.definition("spare")), []);

        apply();
        let id = core.store().domain(key).and_then(|domain| domain.id);
        form.click("Restart Now");
        if find_window("Restart spare?").is_some() {
            click(&window("Restart spare?"), "Restart");
        }
        until("another run", || {
            let store = core.store();
            let domain = store.domain(key).expect("the machine");
            domain.state.is_running() && domain.id.is_some() && domain.id != id
        });
        until("nothing to wait", || !says(form.root(), "for the Next Start"));
        let live = world.run("dumpxml spare");
        assert!(
            live.contains("/boot/vmlinuz") && live.contains("<vcpu placement='static' current='2'>4</vcpu>"),
            "{live}"
        );
        assert_eq!(
            places(&before, &world.definition("spare")),
            [
                place("os/kernel", "", "<kernel>/boot/vmlinuz</kernel>"),
                place("vcpu", "2", "4"),
                place("vcpu/@current", "", "2"),
            ]
        );
    });
}

#[test]
fn a_guest_that_does_not_let_go_is_waited_for_and_asked_again() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("deaf").empty().disk_mib(4).start();
        let (_core, _key, form) = connect_to(&daemon, "deaf");
        form.choose("vda");
        form.click("Remove this device");
        click(&window("Remove Disk?"), "Remove");
        form.waits_for_bar("1 change · 1 takes effect now");
        form.click("Apply");
        form.waits_for_no_bar();
        form.sees("Waiting for the guest to let go of Disk vda");
        assert!(button(form.root(), "Try Again").is_none(), "it had no time yet");
        form.sees("The guest has not let go of Disk vda yet.");
        form.click("Try Again");
        form.sees("Waiting for the guest to let go of Disk vda");
        form.sees("The guest has not let go of Disk vda yet.");
        guest.destroy();
        until("the banner to go", || !says(form.root(), "let go of Disk vda"));
        form.sees("Disk vda was removed");
        assert!(!guest.virsh("dumpxml", &[]).contains("<disk"));
    });
}

#[test]
fn image_of_a_disk_that_the_guest_has_not_let_go_yet_is_deleted_when_it_does() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("deaf").empty().disk_mib(4).start();
        let (folder, image) = (daemon.directory(), daemon.directory().join("deaf.img"));
        let folder = folder.to_string_lossy();
        let pool = ["pool-create-as", "images", "dir", "--target", &folder];
        daemon.virsh(&daemon.uri_qemu(), &pool);
        let (_core, _key, form) = connect_to(&daemon, "deaf");
        form.choose("vda");
        form.click("Remove this device");
        let question = window("Remove Disk?");
        shown::<gtk4::CheckButton>(&question)[0].set_active(true);
        click(&question, "Remove");
        form.waits_for_bar("1 change · 1 takes effect now");
        form.click("Apply");
        form.sees("The guest has not let go of Disk vda yet.");
        assert!(find_window("1 file was kept").is_none() && image.exists());
        guest.destroy();
        form.sees("Disk vda was removed");
        until("the image to go", || !image.exists());
    });
}
