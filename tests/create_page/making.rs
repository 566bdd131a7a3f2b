//! What becomes of the page.

use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;

use vireo::model::facts::GuestKind;

use crate::form::{self, on_gtk};
use crate::page::Page;

#[test]
fn a_machine_is_made_and_the_page_goes() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.choose("Disk", "No disk");
        page.types("Name", "made-here");
        page.presses_create();
        page.until("the machine", |page| form::key_of(&page.core, "made-here").is_some());
        page.until("the page to go", |page| !page.window.is_visible());
        let last = page.core.settings().last_host();
        assert_eq!(last, Some(page.host.to_string()));
        page.close();
    });
}

#[test]
fn a_failure_brings_the_page_back_with_everything_as_it_was_typed() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.choose("Disk", "No disk");
        page.types("Name", "made-here");
        page.types("Memory", "3 GiB");
        page.until("it to be possible", |page| page.create().is_sensitive());
        // The host goes before it is asked.
        page.core.disconnect_host(page.host);
        page.until("the host to be gone", |page| {
            let store = page.core.store();
            store.host(page.host).is_none_or(|host| !host.status.is_connected())
        });
        page.presses_create();
        page.until("the page to be back", |page| {
            form::button(&page.window, "Details").is_some()
        });
        assert_eq!(page.entry("Name").text(), "made-here");
        assert_eq!(page.entry("Memory").text(), "3 GiB");
        form::click(&page.window, "Details");
        let details = form::window("Details");
        details.destroy();
        page.close();
    });
}

#[test]
fn a_network_that_is_off_is_started_from_its_row() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        let client = page.core.client(page.host).expect("a client");
        let facts = gtk::glib::MainContext::default().block_on(client.facts(GuestKind::default()));
        let network = facts
            .expect("facts")
            .network("default")
            .and_then(|network| network.uuid)
            .expect("it");
        let stopped = std::rc::Rc::new(std::cell::Cell::new(false));
        let own = stopped.clone();
        gtk::glib::spawn_future_local(async move {
            client.stop_network(network).await.expect("stopping");
            own.set(true);
        });
        page.until("the network to be off", |_| stopped.get());
        page.begin("Empty");
        page.choose("Connected to", "Virtual network default");
        page.until("the problem", |page| {
            form::button(&page.window, "Start Network").is_some()
        });
        page.picture("create-problem", Duration::from_millis(700));
        form::click(&page.window, "Start Network");
        page.until("it to be solved", |page| {
            form::button(&page.window, "Start Network").is_none()
        });
        page.close();
    });
}

#[test]
fn a_name_that_is_taken_is_said_at_its_row() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.choose("Disk", "No disk");
        page.types("Name", "test");
        page.until("it to be impossible", |page| !page.create().is_sensitive());
        page.types("Name", "test-2");
        page.until("it to be possible", |page| page.create().is_sensitive());
        page.close();
    });
}
