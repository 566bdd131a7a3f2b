//! Displays that speak SPICE: the helper against real guests, and against servers that do what a test says.

#[path = "display_spice/viewer.rs"]
mod viewer;

mod support;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use support::{Daemon, Guest, wait_for};
use viewer::{Image, Viewer, open};
use vireo::model::display::wire::{Button, End, News, Request, Route, Wheel};

const LIMIT: Duration = Duration::from_secs(30);

/// Whether the distribution's QEMU speaks SPICE at all.
fn spice_is_there(daemon: &Daemon) -> bool {
    let capabilities = daemon.virsh(&daemon.uri_qemu(), &["domcapabilities"]);
    let there = capabilities.contains("<value>spice</value>");
    if !there {
        eprintln!("SKIPPED: QEMU has no SPICE here (package qemu-system-modules-spice)");
    }
    there
}

const TRACES: &str = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\
     <qemu:arg value='-trace'/><qemu:arg value='input_event_*'/></qemu:commandline>";

/// A machine without a system: its firmware shows something and waits.
fn guest<'a>(daemon: &'a Daemon, name: &str, graphics: &str) -> Guest<'a> {
    let socket = socket(daemon, name);
    let graphics = graphics.replace("SOCKET", &socket.to_string_lossy());
    daemon
        .guest(name)
        .empty()
        .device("<video><model type='vga'/></video><input type='tablet' bus='usb'/>")
        .device(&graphics)
        .element(TRACES)
        .start()
}

const BY_SOCKET: &str = "<graphics type='spice'><listen type='socket' socket='SOCKET'/></graphics>";

fn socket(daemon: &Daemon, name: &str) -> PathBuf {
    daemon.directory().join(format!("{name}.spice"))
}

/// What the guest's QEMU has written.
fn log(daemon: &Daemon, name: &str) -> String {
    let path = daemon.directory().join(format!("cache/libvirt/qemu/log/{name}.log"));
    fs::read_to_string(path).unwrap_or_default()
}

/// QEMU's own picture of the guest.
fn screenshot(daemon: &Daemon, guest: &Guest) -> Option<Image> {
    let path = daemon.directory().join(format!("{}.ppm", guest.name));
    guest.virsh(
        "qemu-monitor-command",
        &["--hmp", &format!("screendump {}", path.display())],
    );
    Image::read(&fs::read(path).ok()?)
}

/// Waits until the viewer shows what the guest shows.
#[track_caller]
fn same_picture(daemon: &Daemon, guest: &Guest, viewer: &mut Viewer) {
    viewer.until("the guest's picture", |viewer| {
        let mine = Image::of(viewer.pictures.get(&0)?);
        (mine.shows_something() && screenshot(daemon, guest)? == mine).then_some(())
    });
}

#[test]
fn picture_is_that_of_the_host_by_every_road() {
    let daemon = Daemon::start();
    if !spice_is_there(&daemon) {
        return;
    }
    let by_socket = guest(&daemon, "socket", BY_SOCKET);
    let path = socket(&daemon, "socket");
    let mut viewer = Viewer::through(path.clone());
    same_picture(&daemon, &by_socket, &mut viewer);
    assert!(
        viewer.asked.iter().any(|channel| channel == "display"),
        "{:?}",
        viewer.asked
    );
    drop(viewer);
    let unix = Route::Unix {
        path: path.to_string_lossy().into_owned(),
    };
    same_picture(&daemon, &by_socket, &mut Viewer::open(open(unix)));
    let by_port = guest(
        &daemon,
        "port",
        "<graphics type='spice' autoport='yes' listen='127.0.0.1'/>",
    );
    let mut viewer = Viewer::open(open(tcp(&by_port)));
    same_picture(&daemon, &by_port, &mut viewer);
    by_port.destroy();
    assert_eq!(viewer.end(), End::Closed);
}

/// Host and ports of a running guest.
fn tcp(guest: &Guest) -> Route {
    let xml = guest.virsh("dumpxml", &[]);
    let graphics = xml.split("<graphics").nth(1).expect("a display");
    let port = |name: &str| -> Option<u16> {
        let value = graphics.split(&format!(" {name}='")).nth(1)?;
        value.split('\'').next()?.parse().ok()
    };
    Route::Tcp {
        host: "127.0.0.1".to_owned(),
        port: port("port"),
        tls_port: port("tlsPort"),
    }
}

#[test]
fn keys_and_pointer_arrive_as_they_were_sent() {
    let daemon = Daemon::start();
    if !spice_is_there(&daemon) {
        return;
    }
    let _guest = guest(&daemon, "vm", BY_SOCKET);
    let mut viewer = Viewer::through(socket(&daemon, "vm"));
    viewer.picture(0);
    viewer.news("the mode of the pointer", |news| {
        matches!(news, News::PointerMode { .. })
    });
    let log = || log(&daemon, "vm");
    let key = |viewer: &Viewer, code: u32| {
        for down in [true, false] {
            viewer.display.send(Request::Key { down, code, symbol: 0 });
        }
    };
    // Until the channel is there, keys go nowhere.
    wait_for("a first key", LIMIT, || {
        key(&viewer, 59);
        log().contains("qcode f1,").then_some(())
    });
    let keys = [
        (30, "a"),
        (96, "kp_enter"),
        (97, "ctrl_r"),
        (99, "print"),
        (100, "alt_r"),
        (103, "up"),
        (111, "delete"),
        (119, "pause"),
        (125, "meta_l"),
        (127, "compose"),
        (86, "less"),
    ];
    for (code, _) in keys {
        key(&viewer, code);
    }
    key(&viewer, 88);
    wait_for("the last key", LIMIT, || {
        log().contains("qcode f12, down 0").then_some(())
    });
    let all = log();
    let mut pressed = all
        .lines()
        .filter_map(|line| line.split_once("key qcode "))
        .map(|(_, key)| key);
    let typed: Vec<&str> = pressed.by_ref().filter(|key| !key.starts_with('f')).collect();
    let expected: Vec<String> = keys
        .iter()
        .flat_map(|(_, name)| [format!("{name}, down 1"), format!("{name}, down 0")])
        // A PC keyboard never tells that Pause is released.
        .filter(|key| key != "pause, down 0")
        .collect();
    assert_eq!(typed, expected);
    viewer.display.send(Request::MoveBy { dx: 5, dy: -3 });
    for down in [true, false] {
        let button = Button::Right;
        viewer.display.send(Request::Click { button, down });
    }
    viewer.display.send(Request::Scroll(Wheel::Down));
    wait_for("the wheel", LIMIT, || {
        log().contains("button wheel-down, down 0").then_some(())
    });
    let all = log();
    for line in [
        "axis x, value 5",
        "axis y, value -3",
        "button right, down 1",
        "button right, down 0",
    ] {
        assert!(all.contains(line), "{line}: {all}");
    }
}
