//! Displays that speak VNC: the helper against real guests, and against a server that does what a test says.

#[allow(dead_code, reason = "shared with another test program, which uses more of it")]
#[path = "display_spice/viewer.rs"]
mod viewer;

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use support::rfb::{Area, Clip, Heard, Options, Server, Shape};
use support::{Daemon, Footprint, Guest, wait_for};
use viewer::{Image, Viewer};
use vireo::model::display::wire::{
    Button, Cursor, End, Hidden, Locks, News, Open, Protocol, Request, Route, Tls, Wheel,
};

const LIMIT: Duration = Duration::from_secs(30);
/// Held alone by the test that counts what the program holds.
static COUNTING: RwLock<()> = RwLock::new(());

fn together() -> RwLockReadGuard<'static, ()> {
    COUNTING.read().unwrap_or_else(PoisonError::into_inner)
}

fn open(route: Route) -> Open {
    Open {
        protocol: Protocol::Vnc,
        ..viewer::open(route)
    }
}

/// A display of the scripted server.
fn view(server: &Server) -> Viewer {
    Viewer::open(open(tcp(server.port())))
}

fn tcp(port: u16) -> Route {
    Route::Tcp {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls_port: None,
    }
}

const TRACES: &str = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\
     <qemu:arg value='-trace'/><qemu:arg value='input_event_*'/></qemu:commandline>";
const BY_SOCKET: &str = "<graphics type='vnc'><listen type='socket' socket='SOCKET'/></graphics>";

fn socket(daemon: &Daemon, name: &str) -> PathBuf {
    daemon.directory().join(format!("{name}.vnc"))
}

/// A machine without a system: its firmware shows something and waits.
fn guest<'a>(daemon: &'a Daemon, name: &str, graphics: &str) -> Guest<'a> {
    let graphics = graphics.replace("SOCKET", &socket(daemon, name).to_string_lossy());
    daemon
        .guest(name)
        .empty()
        .device("<video><model type='vga'/></video><input type='tablet' bus='usb'/>")
        .device(&graphics)
        .element(TRACES)
        .start()
}

fn by_socket(daemon: &Daemon, name: &str) -> Route {
    Route::Unix {
        path: socket(daemon, name).to_string_lossy().into_owned(),
    }
}

/// What the guest's QEMU has written.
fn log(daemon: &Daemon, name: &str) -> String {
    let path = daemon.directory().join(format!("cache/libvirt/qemu/log/{name}.log"));
    fs::read_to_string(path).unwrap_or_default()
}

/// The port that a running guest listens on.
fn port(guest: &Guest) -> u16 {
    let xml = guest.virsh("dumpxml", &[]);
    let graphics = xml.split("<graphics").nth(1).expect("a display");
    let port = graphics
        .split(" port='")
        .nth(1)
        .and_then(|rest| rest.split('\'').next());
    port.and_then(|port| port.parse().ok()).expect("a port")
}

/// The host's own picture of the guest.
fn screenshot(daemon: &Daemon, guest: &Guest) -> Option<Image> {
    let path = daemon.directory().join(format!("{}.ppm", guest.name));
    guest.virsh("screenshot", &[&path.to_string_lossy()]);
    let shot = fs::read(&path).ok()?;
    if shot.starts_with(b"P6") {
        return Image::read(&shot);
    }
    let converted = Command::new("convert").arg(&path).arg("ppm:-").output().ok()?;
    Image::read(&converted.stdout)
}

/// Waits until the viewer shows what the guest shows.
#[track_caller]
fn same_picture(daemon: &Daemon, guest: &Guest, viewer: &mut Viewer) {
    viewer.until("the guest's picture", |viewer| {
        let mine = Image::of(viewer.pictures.get(&0)?);
        (mine.shows_something() && screenshot(daemon, guest)? == mine).then_some(())
    });
}

/// Waits until the viewer shows what the server shows.
#[track_caller]
fn same_as_server(server: &Server, viewer: &mut Viewer) {
    viewer.until("the server's picture", |viewer| {
        let mine = Image::of(viewer.pictures.get(&0)?);
        let theirs = server.picture();
        let fits = (mine.width, mine.height) == (u32::from(theirs.width), u32::from(theirs.height));
        let colour = |pixel: &[u8]| u32::from_be_bytes([0, pixel[0], pixel[1], pixel[2]]);
        (fits
            && mine
                .pixels
                .chunks_exact(3)
                .map(colour)
                .eq(theirs.pixels.iter().copied()))
        .then_some(())
    });
}

#[test]
fn picture_is_that_of_the_host_by_every_road() {
    let _together = together();
    let daemon = Daemon::start();
    let vm = guest(&daemon, "vm", BY_SOCKET);
    let mut viewer = Viewer::open(open(by_socket(&daemon, "vm")));
    same_picture(&daemon, &vm, &mut viewer);
    assert!(viewer.news.contains(&News::Connected {
        security: "None".to_owned()
    }));
    let mut second = Viewer::start(open(Route::Socket), Some(socket(&daemon, "vm")));
    same_picture(&daemon, &vm, &mut second);
    vm.destroy();
    assert_eq!(viewer.end(), End::Closed);
    assert_eq!(second.asked, ["clipboard"]);
    assert_eq!(second.end(), End::Closed);
    let other = guest(
        &daemon,
        "port",
        "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>",
    );
    let mut viewer = Viewer::open(open(tcp(port(&other))));
    same_picture(&daemon, &other, &mut viewer);
}

#[test]
fn keys_and_pointer_reach_the_guest() {
    let _together = together();
    let daemon = Daemon::start();
    let _vm = guest(&daemon, "vm", BY_SOCKET);
    let mut viewer = Viewer::open(open(by_socket(&daemon, "vm")));
    viewer.picture(0);
    viewer.until("a frame", |viewer| viewer.painted.contains(&0).then_some(()));
    for (code, symbol) in [(30, 0x61), (108, 0xff54), (100, 0xfe03), (89, 0)] {
        for down in [true, false] {
            viewer.display.send(Request::Key { down, code, symbol });
        }
    }
    for key in ["a", "down", "alt_r", "ro"] {
        for down in [1, 0] {
            let event = format!("key qcode {key}, down {down}");
            wait_for(&event, LIMIT, || log(&daemon, "vm").contains(&event).then_some(()));
        }
    }
    viewer.display.send(Request::Click {
        button: Button::Left,
        down: true,
    });
    viewer.display.send(Request::Click {
        button: Button::Left,
        down: false,
    });
    for event in ["button left, down 1", "button left, down 0"] {
        wait_for(event, LIMIT, || log(&daemon, "vm").contains(event).then_some(()));
    }
}

#[test]
fn wrong_password_is_asked_for_again_and_the_right_one_lets_in() {
    let _together = together();
    let daemon = Daemon::start();
    let vm = guest(
        &daemon,
        "vm",
        "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='secret'/>",
    );
    let mut wrong = open(tcp(port(&vm)));
    wrong.password = Some(Hidden("wrong".to_owned()));
    let mut viewer = Viewer::open(wrong);
    let asked = viewer.news("a question", |news| matches!(news, News::NeedCredentials { .. }));
    let News::NeedCredentials {
        user,
        password,
        attempt,
        reason,
    } = asked
    else {
        unreachable!("just matched");
    };
    assert_eq!((user, password, attempt), (false, true, 2));
    assert!(reason.is_some());
    viewer.display.send(Request::Credentials {
        user: None,
        password: Some(Hidden("secret".to_owned())),
    });
    same_picture(&daemon, &vm, &mut viewer);
    let mut right = open(tcp(port(&vm)));
    right.password = Some(Hidden("secret".to_owned()));
    let mut viewer = Viewer::open(right);
    same_picture(&daemon, &vm, &mut viewer);
    assert!(
        !viewer
            .news
            .iter()
            .any(|news| matches!(news, News::NeedCredentials { .. }))
    );
    let mut viewer = Viewer::open(open(tcp(port(&vm))));
    let first = viewer.news("a question", |news| matches!(news, News::NeedCredentials { .. }));
    assert!(
        matches!(
            first,
            News::NeedCredentials {
                attempt: 1,
                reason: None,
                ..
            }
        ),
        "{first:?}"
    );
}

/// Makes an authority, a server's certificate for `name`, and another authority; with the key where QEMU looks for it.
fn certify(folder: &Path, name: &str) {
    let tool = |arguments: &[&str]| {
        let done = Command::new("certtool").current_dir(folder).args(arguments).output();
        let done = done.expect("certtool (package gnutls-bin)");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    fs::create_dir_all(folder).expect("a folder");
    let authority = "cn = An authority\nca\ncert_signing_key\nexpiration_days = 30\n";
    let server =
        format!("cn = {name}\ndns_name = {name}\ntls_www_server\nencryption_key\nsigning_key\nexpiration_days = 30\n");
    fs::write(folder.join("authority"), authority).expect("written");
    fs::write(folder.join("server"), server).expect("written");
    for (key, certificate) in [("ca-key.pem", "ca-cert.pem"), ("other-key.pem", "other-cert.pem")] {
        tool(&[
            "--generate-privkey",
            "--key-type",
            "rsa",
            "--bits",
            "2048",
            "--outfile",
            key,
        ]);
        tool(&[
            "--generate-self-signed",
            "--load-privkey",
            key,
            "--template",
            "authority",
            "--outfile",
            certificate,
        ]);
    }
    tool(&[
        "--generate-privkey",
        "--key-type",
        "rsa",
        "--bits",
        "2048",
        "--outfile",
        "server-key.pem",
    ]);
    tool(&[
        "--generate-certificate",
        "--load-privkey",
        "server-key.pem",
        "--load-ca-certificate",
        "ca-cert.pem",
        "--load-ca-privkey",
        "ca-key.pem",
        "--template",
        "server",
        "--outfile",
        "server-cert.pem",
    ]);
}

/// Makes QEMU protect its displays with TLS, and whatever these lines of its configuration say.
fn protect(directory: &Path, further: &str) {
    let folder = directory.join("pki");
    certify(&folder, "localhost");
    let configuration = format!(
        "stdio_handler = \"file\"\nsecurity_driver = \"none\"\nvnc_tls = 1\nvnc_tls_x509_cert_dir = \"{}\"\n{further}",
        folder.display()
    );
    fs::write(directory.join("config/libvirt/qemu.conf"), configuration).expect("written");
}

#[test]
fn name_and_password_of_sasl_are_asked_for_and_let_in() {
    let _together = together();
    let daemon = Daemon::start_prepared("", |directory| {
        let folder = directory.join("sasl");
        fs::create_dir_all(&folder).expect("a folder");
        let users = folder.join("users.db");
        let text = format!("mech_list: digest-md5\nsasldb_path: {}\n", users.display());
        fs::write(folder.join("qemu.conf"), text).expect("written");
        let command = format!(
            "printf secret | saslpasswd2 -c -p -f '{}' -a qemu anna",
            users.display()
        );
        let made = Command::new("sh").args(["-c", &command]).status();
        assert!(made.expect("saslpasswd2 (package sasl2-bin)").success());
        let lines = format!("vnc_sasl = 1\nvnc_sasl_dir = \"{}\"\n", folder.display());
        protect(directory, &lines);
    });
    let vm = guest(
        &daemon,
        "vm",
        "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>",
    );
    let mut viewer = Viewer::open(Open {
        tls: Tls {
            name: "localhost".to_owned(),
            ca: daemon
                .directory()
                .join("pki/ca-cert.pem")
                .to_string_lossy()
                .into_owned(),
            ..Tls::default()
        },
        ..open(tcp(port(&vm)))
    });
    for (attempt, password) in [(1, "wrong"), (2, "secret")] {
        let asked = |news: &News| matches!(news, News::NeedCredentials { user: true, password: true, attempt: at, .. } if *at == attempt);
        viewer.news("a question", asked);
        viewer.display.send(Request::Credentials {
            user: Some("anna".to_owned()),
            password: Some(Hidden(password.to_owned())),
        });
    }
    same_picture(&daemon, &vm, &mut viewer);
    assert!(viewer.news.contains(&News::Connected {
        security: "VeNCrypt X509sasl".to_owned()
    }));
}

#[test]
fn tls_lets_in_who_is_certified_by_whom_vireo_was_told_and_nobody_else() {
    let _together = together();
    let daemon = Daemon::start_prepared("", |directory| protect(directory, ""));
    let vm = guest(
        &daemon,
        "vm",
        "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='secret'/>",
    );
    let open = |ca: &str, name: &str| Open {
        tls: Tls {
            name: name.to_owned(),
            ca: daemon.directory().join("pki").join(ca).to_string_lossy().into_owned(),
            ..Tls::default()
        },
        password: Some(Hidden("secret".to_owned())),
        ..open(tcp(port(&vm)))
    };
    let mut viewer = Viewer::open(open("ca-cert.pem", "localhost"));
    same_picture(&daemon, &vm, &mut viewer);
    let connected = viewer.news("the connection", |news| matches!(news, News::Connected { .. }));
    assert_eq!(
        connected,
        News::Connected {
            security: "VeNCrypt X509vnc".to_owned()
        }
    );
    // The second connection checks as the first does.
    viewer.news(
        "the clipboard",
        |news| matches!(news, News::Abilities(abilities) if abilities.clipboard),
    );
    let stranger = Viewer::open(open("other-cert.pem", "localhost")).end();
    assert!(matches!(stranger, End::Untrusted(_)), "{stranger:?}");
    let renamed = Viewer::open(open("ca-cert.pem", "another.example")).end();
    assert!(matches!(renamed, End::Untrusted(_)), "{renamed:?}");
}

#[test]
fn changes_of_the_server_are_seen() {
    let _together = together();
    let server = Server::start(Options::default());
    let mut viewer = view(&server);
    same_as_server(&server, &mut viewer);
    server.paint(Area::new(10, 20, 300, 200), |x, y| {
        u32::from(x) << 8 | u32::from(y & 0xff)
    });
    same_as_server(&server, &mut viewer);
    server.resize(800, 600);
    same_as_server(&server, &mut viewer);
    server.fill(Area::new(799, 599, 1, 1), 0x00ff_0000);
    same_as_server(&server, &mut viewer);
    server.rename("zwei");
    viewer.news("the name", |news| *news == News::Name("zwei".to_owned()));
    server.bell();
    viewer.news("the bell", |news| *news == News::Bell);
    server.absolute(false);
    viewer.news("the mode", |news| *news == News::PointerMode { absolute: false });
    server.leds(6);
    let locks = Locks {
        caps: true,
        num: true,
        scroll: false,
    };
    viewer.news("the lights", |news| *news == News::Locks(locks));
    server.cursor(Some(Shape {
        width: 2,
        height: 1,
        hot_x: 1,
        hot_y: 0,
        pixels: vec![[255, 0, 0, 255], [0, 0, 255, 255]],
    }));
    viewer.news("the pointer", |news| {
        *news
            == News::Cursor(Cursor::Shape {
                width: 2,
                height: 1,
                hot_x: 1,
                hot_y: 0,
                pixels: vec![255, 0, 0, 255, 0, 0, 255, 255],
            })
    });
    server.cursor(None);
    viewer.news("no pointer", |news| *news == News::Cursor(Cursor::Hidden));
}

#[test]
fn input_says_what_it_means() {
    let _together = together();
    let server = Server::start(Options::default());
    let mut viewer = view(&server);
    viewer.until("a frame", |viewer| viewer.painted.contains(&0).then_some(()));
    let send = |request| viewer.display.send(request);
    let pointer = |buttons, x, y| Heard::Pointer { buttons, x, y };
    send(Request::Key {
        down: true,
        code: 103,
        symbol: 0xff52,
    });
    let key = Heard::ExtKey {
        down: true,
        symbol: 0xff52,
        code: 0xc8,
    };
    server.wait("the key", |heard| *heard == key);
    send(Request::Move { head: 0, x: 7, y: 9 });
    server.wait("the place", |heard| *heard == pointer(0, 7, 9));
    send(Request::Click {
        button: Button::Right,
        down: true,
    });
    server.wait("the button", |heard| *heard == pointer(4, 7, 9));
    send(Request::Scroll(Wheel::Down));
    server.wait("the wheel", |heard| *heard == pointer(4 | 16, 7, 9));
    server.wait("the end of the notch", |heard| *heard == pointer(4, 7, 9));
    server.absolute(false);
    viewer.news("the mode", |news| *news == News::PointerMode { absolute: false });
    viewer.display.send(Request::MoveBy { dx: -3, dy: 5 });
    server.wait("the movement", |heard| *heard == pointer(4, 0x7ffc, 0x8004));
    server.leds(0);
    viewer.news("the lights", |news| *news == News::Locks(Locks::default()));
    viewer.display.send(Request::SetLocks(Locks {
        num: true,
        ..Locks::default()
    }));
    server.wait("Num Lock", |heard| {
        matches!(
            heard,
            Heard::ExtKey {
                down: true,
                code: 69,
                ..
            }
        )
    });
    server.wait("its release", |heard| {
        matches!(
            heard,
            Heard::ExtKey {
                down: false,
                code: 69,
                ..
            }
        )
    });
}

#[test]
fn guest_takes_the_size_that_is_wanted() {
    let _together = together();
    let server = Server::start(Options::default());
    let mut viewer = view(&server);
    viewer.news(
        "the ability",
        |news| matches!(news, News::Abilities(abilities) if abilities.resize),
    );
    viewer.display.send(Request::Resize {
        head: 0,
        width: 1024,
        height: 768,
    });
    let size = |heard: &Heard| {
        matches!(
            heard,
            Heard::SetSize {
                width: 1024,
                height: 768,
                ..
            }
        )
    };
    server.wait("the size", size);
    viewer.until("the new size", |viewer| {
        let picture = viewer.pictures.get(&0)?;
        (picture.width() == 1024 && picture.height() == 768).then_some(())
    });
    same_as_server(&server, &mut viewer);
}

#[test]
fn nobody_looks_and_the_server_is_asked_for_nothing() {
    let _together = together();
    let server = Server::start(Options::default());
    let mut viewer = view(&server);
    same_as_server(&server, &mut viewer);
    viewer.display.send(Request::Hidden(true));
    viewer.display.send(Request::Move { head: 0, x: 1, y: 1 });
    server.wait("the place", |heard| matches!(heard, Heard::Pointer { x: 1, .. }));
    server.forget();
    // The request that is open already is answered, no other one comes.
    for colour in 1..=3 {
        server.fill(Area::new(0, 0, 10, 10), colour);
        viewer.display.send(Request::Move { head: 0, x: 1, y: 1 });
        let mut asked = 0;
        server.wait("the place", |heard| {
            asked += u32::from(matches!(heard, Heard::Request { .. }));
            matches!(heard, Heard::Pointer { .. })
        });
        assert_eq!(asked, 0);
    }
    viewer.display.send(Request::Hidden(false));
    same_as_server(&server, &mut viewer);
}

#[test]
fn texts_go_both_ways_and_only_when_asked_for() {
    let _together = together();
    let server = Server::start(Options::default());
    let mut viewer = view(&server);
    let able = |news: &News| matches!(news, News::Abilities(abilities) if abilities.clipboard);
    viewer.news("the clipboard", able);
    viewer.display.send(Request::OfferClipboard);
    server.wait("the offer", |heard| *heard == Heard::Clipboard(Clip::Notify(1)));
    server.ask_text();
    viewer.news("the question", |news| *news == News::ClipboardWanted);
    viewer
        .display
        .send(Request::ClipboardText(Hidden("über\nzwei Zeilen".to_owned())));
    let event = server.wait("the text", |heard| {
        matches!(heard, Heard::Clipboard(Clip::Provide { .. }))
    });
    let Heard::Clipboard(clip) = event.heard else {
        unreachable!("just matched");
    };
    assert_eq!(clip.as_text().as_deref(), Some("über\nzwei Zeilen"));
    // Nobody has asked for this one.
    server.clip(&Clip::text("hijacked"));
    server.offer_text("from the\nguest");
    viewer.news("the offer", |news| *news == News::ClipboardOffered);
    viewer.display.send(Request::WantClipboard);
    let text = viewer.news("the text", |news| matches!(news, News::ClipboardText(_)));
    assert_eq!(text, News::ClipboardText(Hidden("from the\nguest".to_owned())));
    assert_eq!(server.connections(), (2, 2));
    let mut closed = open(tcp(server.port()));
    closed.clipboard = false;
    let mut viewer = Viewer::open(closed);
    same_as_server(&server, &mut viewer);
    assert_eq!(server.connections(), (3, 3));
}

#[test]
fn texts_pass_through_a_real_qemu() {
    let _together = together();
    let daemon = Daemon::start();
    let agent = "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/></source>\
                 <target type='virtio' name='com.redhat.spice.0'/></channel>";
    let _vm = guest(&daemon, "vm", &format!("{BY_SOCKET}{agent}"));
    let able = |news: &News| matches!(news, News::Abilities(abilities) if abilities.clipboard);
    let mut first = Viewer::open(open(by_socket(&daemon, "vm")));
    first.news("the clipboard", able);
    // Another viewer of the same guest sees what the first has put there.
    let mut second = Viewer::open(open(by_socket(&daemon, "vm")));
    second.news("the clipboard", able);
    first.display.send(Request::OfferClipboard);
    second.news("the offer", |news| *news == News::ClipboardOffered);
    second.display.send(Request::WantClipboard);
    first.news("the question", |news| *news == News::ClipboardWanted);
    first
        .display
        .send(Request::ClipboardText(Hidden("grüß\nGott".to_owned())));
    let text = second.news("the text", |news| matches!(news, News::ClipboardText(_)));
    assert_eq!(text, News::ClipboardText(Hidden("grüß\nGott".to_owned())));
}

/// Helpers that this program has started and not reaped.
fn helpers() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let own = entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (head, rest) = stat.rsplit_once(')')?;
        let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
        (head.ends_with("(vireo-display") && parent == std::process::id()).then_some(pid)
    });
    own.collect()
}

#[test]
fn a_flood_reaches_vireo_as_a_trickle() {
    let _together = together();
    let server = Server::start(Options::default());
    let mut viewer = view(&server);
    viewer.picture(0);
    let began = std::time::Instant::now();
    for _ in 0..20_000 {
        server.bell();
    }
    server.rename("after the flood");
    viewer.news("the name", |news| *news == News::Name("after the flood".to_owned()));
    let bells = viewer.news.iter().filter(|news| **news == News::Bell).count();
    let most = usize::try_from(began.elapsed().as_millis() / 100).expect("few") + 2;
    assert!(bells <= most, "{bells} bells in {:?}", began.elapsed());
}

/// The helper that is connected to this server.
fn helper_of(server: &Server) -> u32 {
    wait_for("the helper's connection", LIMIT, || {
        let table = fs::read_to_string("/proc/net/tcp").ok()?;
        let remote = format!("0100007F:{:04X}", server.port());
        let of_helper = |line: &str| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            (columns.get(2) == Some(&remote.as_str()))
                .then(|| columns.get(9).map(|inode| format!("socket:[{inode}]")))?
        };
        let sockets: Vec<String> = table.lines().filter_map(of_helper).collect();
        helpers().into_iter().find(|pid| {
            let mut files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            files.any(|file| {
                let target = fs::read_link(file.path()).unwrap_or_default();
                sockets.iter().any(|socket| Path::new(socket) == target)
            })
        })
    })
}

#[test]
fn a_helper_that_dies_is_an_end_like_any_other() {
    let _together = together();
    let server = Server::start(Options::default());
    let other = Server::start(Options::default());
    let mut viewer = view(&server);
    let mut neighbour = view(&other);
    viewer.picture(0);
    let pid = helper_of(&server);
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits");
    assert!(
        limits
            .lines()
            .any(|line| line.starts_with("Max core file size        0 ")),
        "{limits}"
    );
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    support::signal(pid, "ABRT");
    let end = viewer.end();
    assert!(
        matches!(&end, End::HelperLost(why) if why.contains("signal 6")),
        "{end:?}"
    );
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "it was reaped");
    same_as_server(&other, &mut neighbour);
}

#[test]
fn a_server_that_says_nothing_is_silent() {
    let _together = together();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    assert_eq!(Viewer::open(open(tcp(port))).end(), End::Silent);
    drop(listener);
    let closed = Viewer::open(open(tcp(port))).end();
    assert!(matches!(closed, End::Unreachable(_)), "{closed:?}");
}

#[test]
fn a_hundred_displays_leave_nothing_behind() {
    let _alone = COUNTING.write().unwrap_or_else(PoisonError::into_inner);
    let server = Server::start(Options::default());
    let visit = || {
        let mut viewer = view(&server);
        viewer.until("a frame", |viewer| viewer.painted.contains(&0).then_some(()));
        let news = viewer.display.news.clone();
        drop(viewer);
        // Closed by the thread's end.
        wait_for("the end", LIMIT, || (news.sender_count() == 0).then_some(()));
    };
    let settle = || {
        wait_for("the server to see the end", LIMIT, || {
            (server.connections().1 == 0).then_some(())
        });
        server.forget();
    };
    (0..30).for_each(|_| visit());
    settle();
    let before = Footprint::now();
    (0..100).for_each(|_| visit());
    settle();
    let after = wait_for("the threads to end", LIMIT, || {
        let now = Footprint::now();
        (now.threads <= before.threads && now.files <= before.files).then_some(now)
    });
    let grown = after.memory_kib.saturating_sub(before.memory_kib);
    // Less for each than the smallest thing that a display holds: the buffer that it reads into.
    assert!(grown < 100 * 64, "{grown} KiB more: {before:?}, {after:?}");
    assert_eq!(helpers(), Vec::<u32>::new(), "no process is left");
}
