//! What becomes of the page.

use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;

use vireo::model::facts::GuestKind;

use crate::form::{self, on_gtk};
use crate::page::Page;
use crate::support::core::key_of;
use crate::support::widgets::{button, says, shown};

#[test]
fn a_machine_is_made_and_the_page_goes() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        page.begin("Empty");
        page.choose("Disk", "No disk");
        page.types("Name", "made-here");
        page.presses_create();
        page.until("the machine", |page| key_of(&page.core, "made-here").is_some());
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
        page.until("the page to be back", |page| button(&page.window, "Details").is_some());
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
        page.until("the problem", |page| button(&page.window, "Start Network").is_some());
        form::click(&page.window, "Start Network");
        page.until("it to be solved", |page| {
            button(&page.window, "Start Network").is_none()
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

/// Does it on the host, and waits for it.
#[track_caller]
fn done(page: &Page, what: &str, work: impl Future<Output = Result<(), vireo::model::error::VirtError>> + 'static) {
    let ended = std::rc::Rc::new(std::cell::Cell::new(false));
    let own = ended.clone();
    gtk::glib::spawn_future_local(async move {
        work.await.expect("it");
        own.set(true);
    });
    page.until(what, |_| ended.get());
}

/// Pressing a remedy while the rows it changes were typed in made the form borrow itself twice.
#[test]
fn every_remedy_is_pressed_after_typing() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        let client = page.core.client(page.host).expect("a client");
        page.begin("Network Boot");
        page.types("Name", "test");
        page.cures("Take Another Name");
        page.until("another name", |page| page.entry("Name").text() == "test-2");
        page.types("Memory", "900GiB");
        page.until("the problem", |page| says(&page.window, "of memory only"));
        let take = || {
            let buttons = shown::<gtk::Button>(&page.window).into_iter();
            buttons
                .filter_map(|button| button.label())
                .find(|label| label.starts_with("Take ") && label.ends_with('B'))
        };
        let words = take().expect("the remedy");
        page.cures(&words);
        page.until("less memory", |page| {
            page.entry("Memory").text() != "900GiB" && !says(&page.window, "of memory only")
        });
        page.types("Size", "900 TiB");
        page.until("the problem", |_| take().is_some());
        let words = take().expect("the remedy");
        page.cures(&words);
        page.until("a smaller disk", |page| {
            page.entry("Size").text() != "900 TiB" && take().is_none()
        });
        // Off while rows are being typed in, and on again from the page.
        let own = client.clone();
        done(&page, "the pool to be off", async move {
            own.stop_pool("default-pool".to_owned()).await
        });
        page.until("the problem", |page| button(&page.window, "Start Pool").is_some());
        page.types("Name", "typed-meanwhile");
        page.cures("Start Pool");
        page.until("it to be solved", |page| {
            button(&page.window, "Start Pool").is_none() && page.create().is_sensitive()
        });
        assert_eq!(page.entry("Name").text(), "typed-meanwhile");
        page.close();
    });
}

#[test]
fn a_host_without_pools_gets_its_default_one_from_the_row() {
    on_gtk(|| {
        let page = Page::open("test:///default");
        let client = page.core.client(page.host).expect("a client");
        done(&page, "the pool to be gone", async move {
            client.stop_pool("default-pool".to_owned()).await?;
            client.undefine_pool("default-pool".to_owned()).await
        });
        page.begin("Empty");
        page.types("Name", "first");
        page.until("the problem", |page| {
            page.reason() == "The host has no storage pool for disks yet."
        });
        assert!(!page.create().is_sensitive());
        page.picture("create-problem", Duration::from_millis(700));
        page.cures("Create the Default Pool");
        page.until("it to be possible", |page| page.create().is_sensitive());
        page.until("it to be said", |page| page.summary().contains("in default"));
        page.presses_create();
        page.until("the machine", |page| key_of(&page.core, "first").is_some());
        page.close();
    });
}
