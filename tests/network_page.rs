//! The Networks page of a host, as a user meets it: on libvirt's test driver, and the bridge assistant on a NetworkManager that
//! is played. Needs a display (`scripts/headless cargo test --test network_page`). With `VIREO_PICTURES` a folder, pictures are
//! left in it.

mod support;

#[path = "network_page/bridge.rs"]
mod bridge;
#[path = "network_page/desk.rs"]
mod desk;
#[path = "network_page/lease.rs"]
mod lease;
#[path = "network_page/manager.rs"]
mod manager;

use desk::Desk;
use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::widgets::{button, dialog_called, find, on_gtk, screenshot, until};
use vireo::model::network::NetworkDetails;
use vireo::model::topology::{Machine, Subject, Target, Topology};
use vireo::ui::network::Topic;

#[test]
fn networks_are_listed_and_the_picture_leads_to_them() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        desk.sees("default");
        desk.sees("NAT · 192.168.122.0/24");
        desk.sees("Isolated · 10.99.0.0/24");
        let network = Subject::Network("default".to_owned());
        until("the node", || desk.page.picture().canvas().node(&network).is_some());
        let web = Subject::Machine(desk.machine("web"));
        until("the machines' definitions", || {
            desk.page.picture().canvas().node(&web).is_some()
        });
        screenshot("networks");
        let node = desk.page.picture().canvas().node(&network).expect("the node");
        node.emit_clicked();
        desk.sees("The host has 192.168.122.1/24");
        desk.sees("Machines on it");
        desk.sees("web");
        assert!(!desk.has_text("“"), "no text is quoted by mistake");
        screenshot("network");
    });
}

#[test]
fn the_picture_is_one_stop_for_tab_and_says_all_in_words() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        let canvas = desk.page.picture().canvas().clone();
        let network = Subject::Network("default".to_owned());
        until("the node", || {
            canvas.node(&network).is_some_and(|node| node.is_mapped())
        });
        assert!(canvas.child_focus(gtk::DirectionType::TabForward), "Tab enters");
        let first = canvas.focus_child().expect("a node has the focus");
        // Below it, or beside it where it is alone in its column.
        let ways = [
            gtk::DirectionType::Down,
            gtk::DirectionType::Right,
            gtk::DirectionType::Left,
        ];
        until("arrows to go on", || ways.iter().any(|way| canvas.child_focus(*way)));
        assert_ne!(canvas.focus_child(), Some(first));
        assert!(!canvas.child_focus(gtk::DirectionType::TabForward), "Tab leaves");
    });
}

#[test]
fn arrows_go_on_in_a_picture_that_has_just_changed() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        let canvas = desk.page.picture().canvas().clone();
        let network = Subject::Network("default".to_owned());
        until("the node", || {
            canvas.node(&network).is_some_and(|node| node.is_mapped())
        });
        let machines: Vec<Machine> = (1..=9)
            .map(|number| Machine {
                uuid: uuid::Uuid::from_u128(number),
                name: format!("m{number}"),
                running: true,
                plugs: Some(vec![Target::Network("default".to_owned())]),
            })
            .collect();
        let open = std::collections::HashSet::from(["network default".to_owned()]);
        // Nothing was laid out since.
        canvas.show_topology(Topology::of(&machines, &[], &[], &open));
        assert!(canvas.child_focus(gtk::DirectionType::TabForward), "Tab enters");
        let first = canvas.focus_child().expect("a node has the focus");
        assert!(
            canvas.child_focus(gtk::DirectionType::Right) || canvas.child_focus(gtk::DirectionType::Left),
            "arrows go on"
        );
        assert_ne!(canvas.focus_child(), Some(first));
    });
}

#[test]
fn a_network_is_made_changed_stopped_and_deleted() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        desk.sees("default");
        desk.act("networks.new");
        let window = desk.window_called("New Network");
        until("a name that is free", || {
            desk::entry(&window, "Name").is_some_and(|entry| !entry.text().is_empty())
        });
        let name = desk::entry(&window, "Name").expect("the name");
        name.set_text("default");
        until("the taken name to be refused", || {
            !button(&window, "Create").expect("the button").is_sensitive()
        });
        name.set_text("office");
        until("the free name to be taken", || {
            button(&window, "Create").expect("the button").is_sensitive()
        });
        screenshot("network-new");
        button(&window, "Create").expect("the button").emit_clicked();
        desk.sees("office");
        let running = || desk.network("office").filter(|network| network.active);
        until("the network to run", || running().is_some());
        let fact = running().expect("the network");
        assert!(fact.autostart);
        let uuid = fact.uuid.expect("an identity");
        // The first subnet that neither of the others has.
        assert_eq!(
            fact.addresses.first().map(ToString::to_string).as_deref(),
            Some("192.168.100.1/24")
        );

        desk.page.enter(Topic::Network("office".to_owned()));
        desk.sees("The host has 192.168.100.1/24");
        desk.click("Stop");
        until("the network to stop", || {
            desk.network("office").is_some_and(|network| !network.active)
        });
        desk.sees("Start");
        desk.show_page("settings");
        let address = || desk::entry(&desk.window, "Address of the host");
        until("the form", || address().is_some());
        address().expect("the entry").set_text("nonsense");
        desk.sees("An address with the length of its prefix, like 192.168.100.1/24.");
        address().expect("the entry").set_text("10.5.0.1/24");
        desk.sees("1 change");
        screenshot("network-changes");
        let apply = || button(&desk.window, "Apply");
        until("the change to be possible", || {
            apply().is_some_and(|apply| apply.is_sensitive())
        });
        apply().expect("the button").emit_clicked();
        let read = || {
            let said = desk.ask(move |client| async move { client.network_definitions(uuid).await });
            NetworkDetails::parse(&said.expect("the definitions").persistent.expect("a definition")).expect("a network")
        };
        until("the change to be applied", || {
            read().ips[0].address_text() == "10.5.0.1/24"
        });
        let details = read();
        let range = &details.ips[0].dhcp.as_ref().expect("DHCP").ranges[0];
        assert_eq!(range.start.as_deref(), Some("10.5.0.128"), "the usual range came along");

        desk.click_icon("user-trash-symbolic");
        let question = dialog_called("Delete the network office?");
        question.response("delete");
        question.close();
        until("the network to go", || desk.network("office").is_none());
    });
}

#[test]
fn a_network_that_is_off_gets_another_name_by_form() {
    support::private_state();
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        let xml = "<network><name>garden</name><ip address='10.44.0.1' prefix='24'/></network>";
        let made = desk.ask(|client| async move { client.define_network(xml.to_owned(), true).await });
        let uuid = made.expect("a network");
        desk.sees("garden");
        desk.page.enter(Topic::Network("garden".to_owned()));
        desk.show_page("settings");
        let name = || desk::entry(&desk.window, "Name");
        until("the form", || name().is_some());
        name().expect("the entry").set_text("orchard");
        desk.sees("1 change");
        desk.click("Apply");
        until("the new name", || desk.network("orchard").is_some());
        assert_eq!(desk.network("orchard").and_then(|network| network.uuid), Some(uuid));
        desk.sees("orchard");
        until("its page", || !desk.has_text("garden") && desk.has_text("10.44.0.1/24"));
    });
}

#[test]
fn changes_of_a_network_are_taken_back_one_by_one() {
    support::private_state();
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        let xml = "<network><name>garden</name><ip address='10.44.0.1' prefix='24'/></network>";
        let made = desk.ask(|client| async move { client.define_network(xml.to_owned(), true).await });
        made.expect("a network");
        desk.sees("garden");
        desk.page.enter(Topic::Network("garden".to_owned()));
        desk.show_page("settings");
        let name = || desk::entry(&desk.window, "Name");
        until("the form", || name().is_some());
        let name = name().expect("the entry");
        for letter in ["s", "!"] {
            let mut end = -1;
            name.insert_text(letter, &mut end);
            desk.sees("1 change");
        }
        assert_eq!(name.text(), "gardens!");
        desk.click_icon("edit-undo-symbolic");
        until("one letter less", || name.text() == "gardens");
        desk.click_icon("edit-undo-symbolic");
        until("the name that it has", || name.text() == "garden");
        until("nothing to apply", || !desk.has_text("1 change"));
    });
}

#[test]
fn stopping_a_network_names_the_machines_that_lose_their_link() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        desk.enter_default();
        desk.click("Stop");
        let question = dialog_called("Stop default?");
        assert!(question.body().contains("web"), "{}", question.body());
        assert!(!question.body().contains("db"), "{}", question.body());
        question.response("cancel");
        question.close();
        assert!(desk.network("default").is_some_and(|network| network.active));
    });
}

#[test]
fn a_restart_plugs_machines_in_again_and_tells_where_that_fails() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        desk.enter_default();
        desk.show_page("settings");
        let address = || desk::entry(&desk.window, "Leave with addresses");
        until("the form", || address().is_some());
        address().expect("the entry").set_text("203.0.113.10");
        desk.sees("1 change");
        desk.click("Apply");
        let question = dialog_called("Restart the network?");
        assert!(question.body().contains("web"), "{}", question.body());
        assert!(!question.body().contains("db"), "{}", question.body());
        assert_eq!(question.response_label("restart"), "_Restart and Reattach");
        screenshot("network-restart");
        question.response("restart");
        question.close();
        // The test driver changes no devices of machines that run.
        let told = dialog_called("1 network card has no link");
        let row = |row: &adw::ActionRow| {
            row.title() == "web · 52:54:00:00:00:01" && row.subtitle().is_some_and(|why| !why.is_empty())
        };
        assert!(find::<adw::ActionRow>(&told, &row).is_some());
        screenshot("network-restart-failed");
        told.close();
        assert!(desk.network("default").is_some_and(|network| network.active));
        assert!(!desk.has_text("vireo-restart"), "nothing is left of it");
    });
}

#[test]
fn an_interface_is_stopped_after_a_question_and_started() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        desk.sees("eth1");
        desk.page.enter(Topic::Interface("eth1".to_owned()));
        desk.sees("52:54:00:00:00:99");
        screenshot("network-interface");
        let up = || {
            let listed = desk.ask(|client| async move { client.interfaces().await });
            listed
                .expect("the interfaces")
                .iter()
                .any(|it| it.name == "eth1" && it.active)
        };
        assert!(up());
        desk.click("Stop");
        let question = dialog_called("Stop eth1?");
        question.response("cancel");
        question.close();
        assert!(up(), "nothing happens without a yes");
        desk.click("Stop");
        let question = dialog_called("Stop eth1?");
        question.response("stop");
        question.close();
        until("the interface to go down", || !up());
        desk.click("Start");
        until("the interface to come up", up);
    });
}

#[test]
fn on_a_narrow_window_the_list_folds_and_the_page_leads_back() {
    on_gtk(|| {
        let desk = Desk::open(360, 640);
        desk.sees("default");
        screenshot("networks-narrow");
        desk.page.enter(Topic::Picture);
        until("the picture", || desk.page.picture().canvas().is_mapped());
        screenshot("network-picture-narrow");
        assert!(
            desk.window.width() <= 360,
            "{} is wider than asked for",
            desk.window.width()
        );
        desk.page.enter(Topic::Network("default".to_owned()));
        desk.sees("The host has 192.168.122.1/24");
        assert!(
            desk.window.width() <= 360,
            "{} is wider than asked for",
            desk.window.width()
        );
        screenshot("network-narrow");
        desk.show_page("settings");
        until("the form", || {
            desk::entry(&desk.window, "Domain").is_some() || desk.has_text("Kind")
        });
        screenshot("network-settings-narrow");
        assert!(
            desk.window.width() <= 360,
            "{} is wider than asked for",
            desk.window.width()
        );
    });
}

#[test]
fn a_host_that_only_may_be_looked_at_offers_nothing_to_change() {
    on_gtk(|| {
        let desk = Desk::open_read_only(1100, 800);
        desk.sees("default");
        desk.page.enter(Topic::Network("default".to_owned()));
        desk.sees("The host has 192.168.122.1/24");
        assert!(!button(&desk.window, "Stop").expect("the button").is_sensitive());
        desk.show_page("settings");
        desk.sees("This connection is for viewing only.");
    });
}
