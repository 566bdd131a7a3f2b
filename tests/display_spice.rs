//! Displays that speak SPICE: the helper against real guests, and against servers that do what a test says.

#[path = "display_spice/hostile.rs"]
mod hostile;
#[path = "display_spice/played.rs"]
mod played;
#[path = "display_spice/server.rs"]
mod server;
#[path = "display_spice/tls.rs"]
mod tls;
#[path = "display_spice/viewer.rs"]
mod viewer;

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use support::{Daemon, Footprint, Guest, skipped, wait_for};
use viewer::{Image, Viewer, open};
use vireo::model::display::wire::{Button, End, Hidden, News, Open, Request, Route, Tls, Wheel};

const LIMIT: Duration = Duration::from_secs(30);

/// Whether the distribution's QEMU speaks SPICE at all.
#[track_caller]
fn spice_is_there(daemon: &Daemon) -> bool {
    let capabilities = daemon.virsh(&daemon.uri_qemu(), &["domcapabilities"]);
    let there = capabilities.contains("<value>spice</value>");
    if !there {
        skipped("needs SPICE in QEMU (package qemu-system-modules-spice)");
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
fn screenshot(daemon: &Daemon, name: &str) -> Option<Image> {
    let path = daemon.directory().join(format!("{name}.ppm"));
    let dump = format!("screendump {}", path.display());
    daemon.virsh(&daemon.uri_qemu(), &["qemu-monitor-command", name, "--hmp", &dump]);
    Image::read(&fs::read(path).ok()?)
}

/// Waits until the viewer shows what the guest shows.
#[track_caller]
fn same_picture(daemon: &Daemon, guest: &Guest, viewer: &mut Viewer) {
    same_picture_as(daemon, &guest.name, viewer);
}

#[track_caller]
fn same_picture_as(daemon: &Daemon, name: &str, viewer: &mut Viewer) {
    viewer.until("the guest's picture", |viewer| {
        let mine = viewer.image(0)?;
        (mine.shows_something() && screenshot(daemon, name)? == mine).then_some(())
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

const LOCKED: &str = "<graphics type='spice' autoport='yes' listen='127.0.0.1' passwd='correct'/>";

fn question(viewer: &mut Viewer, wanted: u32) -> Option<String> {
    let news = viewer.news(
        "a question",
        |news| matches!(news, News::NeedCredentials { attempt, .. } if *attempt == wanted),
    );
    let News::NeedCredentials {
        user, password, reason, ..
    } = news
    else {
        unreachable!("the question");
    };
    assert!(password && !user, "SPICE asks for a password alone");
    reason
}

fn answer(viewer: &Viewer, password: &str) {
    viewer.display.send(Request::Credentials {
        user: None,
        password: Some(Hidden(password.to_owned())),
    });
}

#[test]
fn password_is_asked_for_until_it_is_right() {
    let daemon = Daemon::start();
    if !spice_is_there(&daemon) {
        return;
    }
    let guest = guest(&daemon, "vm", LOCKED);
    let mut viewer = Viewer::open(open(tcp(&guest)));
    assert_eq!(question(&mut viewer, 1), None, "nothing was refused yet");
    answer(&viewer, "wrong");
    let reason = question(&mut viewer, 2).expect("a reason");
    assert!(reason.contains("uthentication"), "{reason}");
    answer(&viewer, "wrong again");
    question(&mut viewer, 3);
    answer(&viewer, "correct");
    same_picture(&daemon, &guest, &mut viewer);

    let known = |password: &str| Open {
        password: Some(Hidden(password.to_owned())),
        ..open(tcp(&guest))
    };
    let mut viewer = Viewer::open(known("correct"));
    same_picture(&daemon, &guest, &mut viewer);
    let asked = viewer
        .news
        .iter()
        .any(|news| matches!(news, News::NeedCredentials { .. }));
    assert!(!asked, "a password that is known is not asked for");
    let mut viewer = Viewer::open(known("stale"));
    assert!(question(&mut viewer, 2).is_some(), "the known password was refused");
    viewer.display.send(Request::Credentials {
        user: None,
        password: None,
    });
    assert!(matches!(viewer.end(), End::Refused(_)));
}

#[test]
fn tls_is_taken_only_from_the_right_server() {
    let daemon = tls::daemon();
    if !spice_is_there(&daemon) {
        return;
    }
    let secure = "<graphics type='spice' autoport='yes' listen='127.0.0.1' defaultMode='secure'/>";
    let guest = guest(&daemon, "vm", secure);
    let Route::Tcp {
        tls_port: Some(tls_port),
        port,
        ..
    } = tcp(&guest)
    else {
        panic!("no port with TLS: {}", guest.virsh("dumpxml", &[]));
    };
    let file = |name: &str| daemon.directory().join("tls").join(name).display().to_string();
    let trusting = |host: &str, ca: &str, subject: &str, port: Option<u16>| Open {
        tls: Tls {
            ca: file(ca),
            subject: subject.to_owned(),
            ..Tls::default()
        },
        ..open(Route::Tcp {
            host: host.to_owned(),
            port,
            tls_port: Some(tls_port),
        })
    };
    let mut viewer = Viewer::open(trusting("localhost", "ca-cert.pem", "", None));
    same_picture(&daemon, &guest, &mut viewer);
    let secured = |news: &News| matches!(news, News::Connected { security } if security == "TLS");
    viewer.news("a secured connection", secured);
    // The certificate names neither this address nor the subject asked for.
    for (host, ca, subject, why) in [
        ("localhost", "other-cert.pem", "", "certificate chain"),
        ("127.0.0.1", "ca-cert.pem", "", "127.0.0.1"),
        ("localhost", "ca-cert.pem", "O=Vireo,CN=elsewhere.example", "subject"),
    ] {
        let end = Viewer::open(trusting(host, ca, subject, None)).end();
        let End::Untrusted(reason) = end else {
            panic!("{host}, {ca}, {subject}: {end:?}");
        };
        assert!(reason.contains(why), "{reason}");
    }
    let subject = "O=Vireo,CN=display.example";
    let mut viewer = Viewer::open(trusting("127.0.0.1", "ca-cert.pem", subject, None));
    same_picture(&daemon, &guest, &mut viewer);
    if port.is_some() {
        // Channels that want TLS are taken over it, although a port without is there.
        let mut viewer = Viewer::open(trusting("localhost", "ca-cert.pem", "", port));
        same_picture(&daemon, &guest, &mut viewer);
        viewer.news("a secured connection", secured);
    }
}

#[test]
fn what_can_not_be_reached_or_ends_is_told() {
    let nobody = Route::Unix {
        path: "/nonexistent/socket".to_owned(),
    };
    assert!(matches!(Viewer::open(open(nobody)).end(), End::Unreachable(_)));
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = closed.local_addr().expect("its number").port();
    drop(closed);
    let refused = Route::Tcp {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls_port: None,
    };
    assert!(matches!(Viewer::open(open(refused)).end(), End::Unreachable(_)));
}

/// Other tests of this program have threads and files as well, so it runs by itself.
#[test]
fn hundred_displays_leave_nothing_behind() {
    let alone = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "hundred_displays_alone", "--ignored", "--nocapture"])
        .output()
        .expect("this program again");
    let words = String::from_utf8_lossy(&alone.stdout);
    assert!(
        words.contains("1 passed"),
        "{words}{}",
        String::from_utf8_lossy(&alone.stderr)
    );
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn hundred_displays_alone() {
    let daemon = Daemon::start();
    if !spice_is_there(&daemon) {
        return;
    }
    let _guest = guest(&daemon, "vm", BY_SOCKET);
    let once = || {
        let mut viewer = Viewer::through(socket(&daemon, "vm"));
        viewer.picture(0);
        viewer.display.send(Request::Close);
        viewer.end();
    };
    for _ in 0..5 {
        once();
    }
    let settled = |files: usize, threads: usize| {
        wait_for("threads and files to go", LIMIT, || {
            let now = Footprint::now();
            (now.files <= files && now.threads <= threads).then_some(now)
        })
    };
    let before = settled(usize::MAX, 4);
    for _ in 0..100 {
        once();
    }
    let after = settled(before.files, before.threads);
    assert!(
        after.memory_kib < before.memory_kib + 2048,
        "memory grew: {before:?}, {after:?}"
    );
}

#[test]
fn who_looks_again_sees_the_picture_of_now() {
    let daemon = Daemon::start();
    if !spice_is_there(&daemon) {
        return;
    }
    let guest = guest(&daemon, "vm", BY_SOCKET);
    let mut viewer = Viewer::through(socket(&daemon, "vm"));
    same_picture(&daemon, &guest, &mut viewer);
    let asked = viewer.asked.len();
    viewer.display.send(Request::Hidden(true));
    wait_for("the display channel's end", LIMIT, || {
        let channels = guest.virsh("qemu-monitor-command", &["--hmp", "info spice"]);
        (channels.contains("channel: 1:0") && !channels.contains("channel: 2:0")).then_some(())
    });
    guest.virsh("reset", &[]);
    viewer.display.send(Request::Hidden(false));
    viewer.until("a new display channel", |viewer| {
        (viewer.asked.len() > asked).then_some(())
    });
    same_picture(&daemon, &guest, &mut viewer);
}

#[test]
fn display_follows_its_machine_to_another_host() {
    let hosts = [
        "11111111-2222-3333-4444-555555555501",
        "11111111-2222-3333-4444-555555555502",
    ]
    .map(|uuid| Daemon::start_with(&format!("host_uuid = \"{uuid}\"")));
    let [from, to] = &hosts;
    if !spice_is_there(from) {
        return;
    }
    let guest = guest(from, "vm", "<graphics type='spice' autoport='yes' listen='127.0.0.1'/>");
    let mut viewer = Viewer::open(open(tcp(&guest)));
    same_picture(from, &guest, &mut viewer);
    let target = to.uri_qemu();
    guest.virsh(
        "migrate",
        &[
            "--live",
            "--undefinesource",
            "--persistent",
            "--desturi",
            &target,
            "--migrateuri",
            "tcp://127.0.0.1",
        ],
    );
    let moved = to.virsh(&target, &["domstate", "vm"]);
    assert!(moved.contains("running"), "{moved}");
    to.virsh(&target, &["reset", "vm"]);
    same_picture_as(to, "vm", &mut viewer);
    for down in [true, false] {
        let (code, symbol) = (30, 0);
        viewer.display.send(Request::Key { down, code, symbol });
    }
    wait_for("a key on the other host", LIMIT, || {
        log(to, "vm").contains("qcode a, down 0").then_some(())
    });
    let ended = |news: &News| matches!(news, News::Ended(_));
    assert!(!viewer.news.iter().any(ended), "{:?}", viewer.news);
}
