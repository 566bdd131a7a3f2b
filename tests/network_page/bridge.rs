//! A bridge through NetworkManager: made, taken back, refused; and the commands where there is none.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use vireo::model::bridge::BridgePlan;
use vireo::model::job::Job;
use vireo::ui::network::bridge::{Assistant, Device, Manager};

use crate::desk::Desk;
use crate::manager::{self, Fate};
use crate::support::block_on;
use crate::support::widgets::{LIMIT, button, find, on_gtk, says, screenshot, until};

fn plan() -> BridgePlan {
    BridgePlan {
        bridge: "br0".to_owned(),
        port: "eth0".to_owned(),
        mac: Some("52:54:00:AA:BB:CC".to_owned()),
        stp: false,
    }
}

fn door() -> Manager {
    block_on("the door", LIMIT, async {
        Ok::<_, ()>(Manager::on(manager::bus()).await)
    })
    .expect("an answer")
    .expect("a manager")
}

fn devices(door: &Manager) -> Vec<Device> {
    let door = door.clone();
    block_on("the devices", LIMIT, async move { door.devices().await }).expect("devices")
}

fn make(door: &Manager, device: &Device) -> Result<(), (String, bool)> {
    let (door, device) = (door.clone(), device.clone());
    let (job, _watch) = Job::new();
    block_on("the bridge", LIMIT, async move {
        let made = door.make(&plan(), &device, &job).await;
        made.map_err(|failure| (failure.reason, failure.restored))
    })
}

#[test]
fn a_bridge_takes_over_addresses_and_is_kept_when_it_has_a_connection() {
    on_gtk(|| {
        let played = manager::Manager::play(Fate::Connects);
        let door = door();
        let devices = devices(&door);
        let names: Vec<(&str, bool)> = devices
            .iter()
            .map(|it| (it.name.as_str(), it.obstacle.is_none()))
            .collect();
        assert_eq!(names, [("eth0", true), ("wlan0", false)]);
        assert_eq!(devices[0].connection.as_deref(), Some("Wired office"));
        make(&door, &devices[0]).expect("a bridge");
        let (seconds, flags) = played.checkpoint.borrow().expect("a checkpoint");
        assert!(seconds >= 60 && flags & 2 == 2, "new connections go with a rollback");
        assert!(played.has_asked("CheckpointDestroy") && !played.has_asked("CheckpointRollback"));
        let added = played.added.borrow();
        let [bridge, port] = &added[..] else {
            panic!("{added:?}")
        };
        let said = |sections: &manager::Sections, section: &str, key: &str| {
            sections
                .get(section)
                .and_then(|values| values.get(key))
                .map(|value| value.print(false).to_string())
        };
        assert_eq!(said(bridge, "connection", "interface-name").as_deref(), Some("'br0'"));
        assert_eq!(said(bridge, "connection", "zone").as_deref(), Some("'work'"));
        assert_eq!(said(bridge, "ipv4", "method").as_deref(), Some("'manual'"));
        assert!(said(bridge, "ipv4", "address-data").is_some_and(|data| data.contains("192.0.2.7")));
        assert_eq!(said(bridge, "ipv6", "method").as_deref(), Some("'auto'"));
        let mac: Vec<u8> = bridge["bridge"]["mac-address"].get().expect("bytes");
        assert_eq!(mac, [0x52, 0x54, 0, 0xaa, 0xbb, 0xcc]);
        assert_eq!(said(port, "connection", "master"), said(bridge, "connection", "uuid"));
        assert_eq!(said(port, "802-3-ethernet", "mtu").as_deref(), Some("9000"));
        assert!(!port.contains_key("ipv4"));
        // A priority above that of the old connection, which nobody touched.
        assert_eq!(said(port, "connection", "autoconnect-priority").as_deref(), Some("100"));
        assert!(!played.has_asked("Update") && !played.has_asked("Delete"));
    });
}

#[test]
fn a_bridge_without_a_connection_is_taken_back() {
    on_gtk(|| {
        for fate in [Fate::Fails, Fate::Refuses] {
            let played = manager::Manager::play(fate);
            let door = door();
            let (reason, restored) = make(&door, &devices(&door)[0]).expect_err("no bridge");
            assert!(!reason.is_empty() && !reason.contains("GDBus"), "{reason}");
            assert!(restored && played.has_asked("CheckpointRollback"), "{fate:?}");
            assert!(!played.has_asked("CheckpointDestroy"), "{fate:?}");
        }
    });
}

#[test]
fn nothing_is_begun_for_a_job_that_was_cancelled() {
    on_gtk(|| {
        let played = manager::Manager::play(Fate::Connects);
        let door = door();
        let device = devices(&door)[0].clone();
        let (job, watch) = Job::new();
        watch.cancel();
        let made = block_on("the end", LIMIT, async move {
            Ok::<_, ()>(door.make(&plan(), &device, &job).await.is_err())
        });
        assert_eq!(made, Ok(true));
        assert!(!played.has_asked("ActivateConnection"));
        assert!(played.has_asked("CheckpointRollback"));
    });
}

#[test]
fn without_a_manager_there_are_commands_and_with_one_the_consequences() {
    on_gtk(|| {
        let desk = Desk::open(1100, 800);
        let known = vec![Device::known("enp3s0", Some("52:54:00:12:34:56"), "ethernet")];
        let made: Rc<RefCell<Option<String>>> = Rc::default();
        let told = Rc::clone(&made);
        let (core, host) = (desk.core.clone(), desk.host);
        let assistant = block_on("the assistant", LIMIT, async move {
            let done = move |name| {
                told.replace(Some(name));
            };
            Ok::<_, ()>(Assistant::new(&core, host, None, known, done).await)
        });
        let assistant = assistant.expect("the assistant");
        assistant.window().present();
        let root = assistant.window().clone().upcast::<gtk::Widget>();
        let text = |root: &gtk::Widget| {
            let view = find::<gtk::TextView>(root, &|view| view.is_mapped()).expect("the commands");
            let buffer = view.buffer();
            buffer.text(&buffer.start_iter(), &buffer.end_iter(), false).to_string()
        };
        until("the window", || root.is_mapped());
        assert!(
            text(&root).contains("nmcli connection add type bridge con-name br0"),
            "{}",
            text(&root)
        );
        let view = find::<gtk::TextView>(&root, &|view| view.is_mapped()).expect("the commands");
        assert!(view.has_css_class("monospace"));
        screenshot("network-bridge-commands");
        let name = find::<adw::EntryRow>(&root, &|row| row.is_mapped()).expect("the name");
        name.set_text("bad name");
        assert!(text(&root).is_empty());
        assert!(!button(&root, "Next").expect("the button").is_sensitive());
        name.set_text("br7");
        assert!(text(&root).contains("br7-enp3s0"));
        button(&root, "Next").expect("the button").emit_clicked();
        assert_eq!(made.borrow().as_deref(), Some("br7"));

        let _played = manager::Manager::play(Fate::Connects);
        let (core, host, door) = (desk.core.clone(), desk.host, door());
        let told = Rc::clone(&made);
        let assistant = block_on("the assistant", LIMIT, async move {
            let done = move |name| {
                told.replace(Some(name));
            };
            Ok::<_, ()>(Assistant::new(&core, host, Some(door), Vec::new(), done).await)
        });
        let assistant = assistant.expect("the assistant");
        assistant.window().present();
        let root = assistant.window().clone().upcast::<gtk::Widget>();
        until("the window", || root.is_mapped());
        assert!(says(&root, "Wired office") && says(&root, "put back as it was"));
        screenshot("network-bridge");
        button(&root, "Make Bridge").expect("the button").emit_clicked();
        until("the bridge", || made.borrow().as_deref() == Some("br0"));
    });
}
