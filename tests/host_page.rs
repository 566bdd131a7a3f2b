//! The page of a host, its devices and its check, as the user meets them. Needs a display
//! (`scripts/headless cargo test --test host_page`).

mod support;

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::Daemon;
use support::core::{connected, played, read_definitions};
use support::widgets::{LIMIT, all, button, dialog, shown, until, windows};
use vireo::model::host::HostConfig;
use vireo::model::key::HostId;
use vireo::ui::core::Core;
use vireo::ui::host::doctor;
use vireo::ui::host::tab::{HostTab, Place};
use vireo::virt::client::EventLoop;

/// A host with a graphics card, a network card with its interface and a mouse, and a machine that has the first.
fn world() -> &'static str {
    "<node><cpu><mhz>2000</mhz><model>x86_64</model><active>8</active><nodes>1</nodes><sockets>1</sockets><cores>4</cores>\
     <threads>2</threads></cpu><memory>16777216</memory>\
     <domain type='test'><name>gamer</name><memory>524288</memory><os><type>hvm</type></os><devices>\
     <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x01' slot='0x00' \
     function='0x0'/></source></hostdev></devices></domain>\
     <network><name>default</name><bridge name='virbr9'/></network>\
     <pool type='dir'><name>default</name><target><path>/images</path></target></pool>\
     <device><name>pci_0000_01_00_0</name><parent>computer</parent>\
     <capability type='pci'><class>0x030000</class><domain>0</domain><bus>1</bus><slot>0</slot><function>0</function>\
     <product id='0x2684'>Fast &amp; Loud</product><vendor id='0x10de'>Vendor</vendor>\
     <iommuGroup number='14'><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\
     <address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/></iommuGroup></capability></device>\
     <device><name>pci_0000_01_00_1</name><parent>computer</parent>\
     <capability type='pci'><class>0x040300</class><domain>0</domain><bus>1</bus><slot>0</slot><function>1</function>\
     <product id='0x22ba'/><vendor id='0x10de'/>\
     <iommuGroup number='14'><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\
     <address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/></iommuGroup></capability></device>\
     <device><name>computer</name><capability type='system'><hardware><vendor>Maker</vendor>\
     <uuid>a227eb9b-db83-58c1-94ea-fca779a5cc16</uuid></hardware><firmware/></capability></device>\
     <device><name>pci_0000_02_00_0</name><parent>computer</parent>\
     <capability type='pci'><class>0x020000</class><domain>0</domain><bus>2</bus><slot>0</slot><function>0</function>\
     <product id='0x1572'>Fast Net</product><vendor id='0x8086'/></capability></device>\
     <device><name>net_eno1</name><parent>pci_0000_02_00_0</parent><capability type='net'><interface>eno1</interface>\
     <address>52:54:00:00:00:01</address><link state='up'/></capability></device>\
     <device><name>usb_1_4</name><parent>computer</parent><capability type='usb_device'><bus>1</bus><device>4</device>\
     <product id='0xc077'>Mouse</product><vendor id='0x046d'>Maker</vendor></capability></device></node>"
}

/// The texts of all labels that are seen.
fn texts(root: &impl IsA<gtk::Widget>) -> Vec<String> {
    let labels = shown::<gtk::Label>(root).into_iter();
    labels.map(|label| label.text().to_string()).collect()
}

/// Whether a label says this and nothing else.
fn says(root: &impl IsA<gtk::Widget>, text: &str) -> bool {
    texts(root).iter().any(|label| label == text)
}

struct Desk {
    _folder: tempfile::TempDir,
    core: Core,
    host: HostId,
    window: adw::Window,
    _tab: Rc<HostTab>,
}

impl Desk {
    fn open(place: Place) -> Self {
        Self::open_with(place, world())
    }

    fn open_with(place: Place, world: &str) -> Self {
        let (folder, config) = played(world);
        let (core, host) = connected(config);
        read_definitions(&core);
        let tab = HostTab::new(&core, host, place);
        let window = adw::Window::builder()
            .default_width(1000)
            .default_height(800)
            .content(tab.widget())
            .build();
        window.present();
        Self {
            _folder: folder,
            core,
            host,
            window,
            _tab: tab,
        }
    }

    #[track_caller]
    fn until_says(&self, text: &str) {
        let deadline = std::time::Instant::now() + LIMIT;
        let context = glib::MainContext::default();
        while !says(&self.window, text) {
            assert!(
                std::time::Instant::now() < deadline,
                "never said {text:?}, but {:#?}",
                texts(&self.window)
            );
            context.iteration(true);
        }
    }

    fn close(self) {
        self.window.destroy();
        let context = glib::MainContext::default();
        context.block_on(self.core.close());
    }
}

fn overview_tells_what_the_host_is() {
    let desk = Desk::open(Place::Overview);
    for text in ["TEST", "1 socket × 4 cores × 2 threads", "1 network", "5 devices"] {
        desk.until_says(text);
    }
    assert!(says(&desk.window, "16.0 GiB"), "{:#?}", texts(&desk.window));
    desk.close();
}

fn devices_are_a_tree_with_groups_users_and_names_that_are_no_markup() {
    let desk = Desk::open(Place::Devices);
    desk.until_says("IOMMU group 14");
    // A card that tells neither product nor vendor by name is named by its class.
    for text in ["Fast & Loud", "Sound card", "Mouse", "In use"] {
        assert!(says(&desk.window, text), "{text}: {:#?}", texts(&desk.window));
    }
    let view = all::<gtk::ListView>(&desk.window).remove(0);
    let model = view
        .model()
        .and_downcast::<gtk::SingleSelection>()
        .expect("a selection");
    // Category, group, card.
    model.set_selected(2);
    desk.until_says("Used By");
    for text in ["gamer", "Detach From Host", "Reset"] {
        let there = says(&desk.window, text) || button(&desk.window, text).is_some();
        assert!(there, "{text}: {:#?}", texts(&desk.window));
    }
    // Search narrows the tree and keeps what it hangs on.
    let search = all::<gtk::SearchEntry>(&desk.window).remove(0);
    search.set_text("mouse");
    until("the search", || model.n_items() == 2);
    search.set_text("");
    until("everything again", || model.n_items() > 5);
    desk.close();
}

fn device_is_assigned_with_its_whole_group() {
    let desk = Desk::open(Place::Devices);
    desk.until_says("Mouse");
    let view = all::<gtk::ListView>(&desk.window).remove(0);
    let model = view
        .model()
        .and_downcast::<gtk::SingleSelection>()
        .expect("a selection");
    // The sound card of the same group, which the machine has not.
    model.set_selected(3);
    until("the page of the card", || {
        button(&desk.window, "Assign to Machine…").is_some()
    });
    button(&desk.window, "Assign to Machine…")
        .expect("the button")
        .emit_clicked();
    until("the dialog", || dialog().is_some());
    let dialog = dialog().expect("the dialog");
    assert!(!dialog.is_response_enabled("assign"), "no machine is chosen yet");
    let whole = all::<gtk::Switch>(&dialog).remove(0);
    // The machine has the other card already, which once made the whole group be refused.
    assert!(whole.is_active());
    let tick = all::<gtk::CheckButton>(&dialog).remove(0);
    tick.set_active(true);
    assert!(dialog.is_response_enabled("assign"));
    dialog.response("assign");
    dialog.close();
    // It would outlive the window that it is over.
    drop(dialog);
    let given = || {
        let store = desk.core.store();
        let mut domains = store.domains();
        domains
            .next()
            .and_then(|domain| domain.details.as_ref().map(|details| details.given.len()))
    };
    until("the machine has both", || given() == Some(2));
    desk.close();
}

fn card_of_the_hosts_network_is_not_given_away_without_a_word() {
    let desk = Desk::open(Place::Devices);
    desk.until_says("Fast Net");
    let view = all::<gtk::ListView>(&desk.window).remove(0);
    let model = view
        .model()
        .and_downcast::<gtk::SingleSelection>()
        .expect("a selection");
    // Category, group, two cards, and this one, which has no group.
    model.set_selected(4);
    let word = "The host may need its network interface eno1, which is connected.";
    desk.until_says("Used by the Host");
    assert!(says(&desk.window, word), "{:#?}", texts(&desk.window));
    for (press, close) in [("Assign to Machine…", "cancel"), ("Detach From Host", "cancel")] {
        button(&desk.window, press).expect(press).emit_clicked();
        until("the question", || dialog().is_some_and(|dialog| says(&dialog, word)));
        let asked = dialog().expect("the question");
        // This host says that it has no IOMMU, and the card has no group that would tell otherwise.
        let warned = says(&asked, "PCI passthrough is off on this host");
        assert_eq!(warned, press.starts_with("Assign"), "{:#?}", texts(&asked));
        asked.response(close);
        asked.close();
        until("its end", || dialog().is_none());
    }
    // The other cards carry nothing of the host.
    model.set_selected(3);
    until("another card", || !says(&desk.window, "Used by the Host"));
    desk.close();
}

fn check_window() -> Option<adw::Window> {
    let mut all = windows::<adw::Window>().into_iter();
    all.rfind(|window| window.title().is_some_and(|title| title.contains("Check")))
}

/// Waits until the check says something, and presses the button beside it.
#[track_caller]
fn cure(finding: &str, remedy: &str) {
    until(finding, || check_window().is_some_and(|window| says(&window, finding)));
    let window = check_window().expect("the window");
    let rows = all::<adw::PreferencesRow>(&window).into_iter();
    let row = rows.filter(|row| says(row, finding)).last().expect("the row");
    button(&row, remedy).expect(remedy).emit_clicked();
    until(&format!("{finding}: no longer"), || {
        check_window().is_some_and(|window| !says(&window, finding))
    });
}

fn every_button_of_the_check_mends_what_it_stands_beside() {
    let empty = "<node><cpu><mhz>2000</mhz><model>x86_64</model><active>8</active><nodes>1</nodes><sockets>1</sockets>\
                 <cores>4</cores><threads>2</threads></cpu><memory>16777216</memory></node>";
    let desk = Desk::open_with(Place::Overview, empty);
    let client = desk.core.client(desk.host).expect("a client");
    let context = glib::MainContext::default();
    doctor::open(&desk.window, &desk.core, desk.host);
    cure("There is no virtual network", "Create");
    cure("There is no storage pool", "Create");
    let stop = client.stop_pool("default".to_owned());
    context.block_on(stop).expect("stopped");
    cure("The storage pool “default” is off", "Start");
    let by_hand = client.set_pool_autostart("default".to_owned(), false);
    context.block_on(by_hand).expect("changed");
    check_window().expect("the window").close();
    doctor::open(&desk.window, &desk.core, desk.host);
    cure(
        "The storage pool “default” does not start with the host",
        "Start With Host",
    );
    let facts = context.block_on(client.facts(Default::default())).expect("facts");
    let pool = facts.pools.and_then(|pools| pools.first().cloned()).expect("a pool");
    assert!(pool.active && pool.autostart, "{pool:?}");
    let network = facts.networks.and_then(|all| all.first().cloned()).expect("a network");
    assert!(network.active && network.autostart, "{network:?}");
    check_window().expect("the window").close();
    desk.close();
}

/// A real service: the test driver has no folders.
fn missing_folder_of_a_pool_is_made() {
    let daemon = Daemon::start();
    let folder = daemon.directory().join("lost images");
    let xml = format!(
        "<pool type='dir'><name>images</name><target><path>{}</path></target></pool>",
        folder.display()
    );
    let file = daemon.write("pool.xml", &xml);
    let uri = daemon.uri_qemu();
    daemon.virsh(&uri, &["pool-define", &file.to_string_lossy()]);
    daemon.virsh(&uri, &["pool-autostart", "images"]);
    let (core, host) = connected(HostConfig::new("real", &*uri));
    let window = adw::Window::new();
    window.present();
    doctor::open(&window, &core, host);
    cure("The storage pool “images” is off", "Create Folder");
    assert!(folder.is_dir());
    assert!(daemon.virsh(&uri, &["pool-list"]).contains("images"));
    // Deleted under a pool that is on.
    std::fs::remove_dir(&folder).expect("removed");
    check_window().expect("the window").close();
    doctor::open(&window, &core, host);
    cure(&format!("The folder {} is missing", folder.display()), "Create Folder");
    assert!(folder.is_dir());
    check_window().expect("the window").close();
    window.destroy();
    glib::MainContext::default().block_on(core.close());
}

fn check_finds_the_network_off_and_starts_it() {
    let desk = Desk::open(Place::Overview);
    let client = desk.core.client(desk.host).expect("a client");
    let context = glib::MainContext::default();
    let networks = context
        .block_on(client.facts(Default::default()))
        .expect("facts")
        .networks;
    let uuid = networks
        .and_then(|all| all.first().and_then(|network| network.uuid))
        .expect("a network");
    context.block_on(client.stop_network(uuid)).expect("stopped");
    doctor::open(&desk.window, &desk.core, desk.host);
    cure("The network “default” is off", "Start");
    check_window().expect("the window").close();
    desk.close();
}

#[test]
fn pages_of_a_host_as_the_user_meets_them() {
    adw::init().expect("a display");
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    overview_tells_what_the_host_is();
    devices_are_a_tree_with_groups_users_and_names_that_are_no_markup();
    device_is_assigned_with_its_whole_group();
    card_of_the_hosts_network_is_not_given_away_without_a_word();
    check_finds_the_network_off_and_starts_it();
    every_button_of_the_check_mends_what_it_stands_beside();
    missing_folder_of_a_pool_is_made();
}
