//! Pictures of screens: of libvirt's test driver and of real guests.

mod support;

use std::process::Command;
use std::time::Duration;

use support::{Daemon, Host, on_main};
use uuid::Uuid;
use vireo::model::display::image::{Pixels, Screenshot};
use vireo::model::error::Kind;

const LIMIT: Duration = Duration::from_secs(20);
/// What text mode of a VGA card looks like.
const TEXT_MODE: (u32, u32) = (720, 400);
const GREY: [u8; 3] = [168; 3];
const GRAPHICS: &str = "<graphics type='vnc'><listen type='none'/></graphics><video><model type='vga'/></video>";

fn demo() -> Host {
    Host::connect(&format!("test://{}/data/demo.xml", support::root().display()))
}

/// A picture of a guest whose firmware has written something. Before, QEMU shows a notice of its own.
#[track_caller]
fn picture(host: &Host, uuid: Uuid) -> Pixels {
    support::wait_for("a picture with something on it", LIMIT, || {
        let shot = host.ask(async move |client| client.screenshot(uuid, 0).await);
        // PPM or PNG, by the age of libvirt and QEMU.
        let pixels = vireo::ui::picture::pixels(shot.expect("a picture")).expect("a sound one");
        // The firmware writes while it is looked at: a first letter is no line yet.
        let written = pixels.rgb().chunks_exact(3).filter(|pixel| *pixel == GREY).count();
        ((pixels.width(), pixels.height()) == TEXT_MODE && written > 100).then_some(pixels)
    })
}

#[test]
fn test_driver_sends_a_png() {
    on_main(|| {
        let host = demo();
        let uuid = host
            .list()
            .iter()
            .find(|machine| machine.state.is_running())
            .expect("a machine that runs")
            .key
            .uuid;
        let shot = host.ask(async move |client| client.screenshot(uuid, 0).await);
        let shot = shot.expect("a picture");
        assert_eq!(shot.size(), (1120, 832));
        assert!(matches!(shot, Screenshot::Png { .. }));
        host.close();
    });
}

#[test]
fn guest_shows_grey_letters_on_black_in_the_size_of_text_mode() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().device(GRAPHICS).start();
        let host = Host::connect(&daemon.uri_qemu());
        let pixels = picture(&host, guest.uuid);
        let count = |wanted: [u8; 3]| pixels.rgb().chunks_exact(3).filter(|pixel| **pixel == wanted).count();
        let all = (TEXT_MODE.0 * TEXT_MODE.1) as usize;
        assert!(count([0, 0, 0]) > all / 2, "the screen of the firmware is black");
        assert_eq!(pixels.clone().within(200, 125).width(), 200);

        // The same from the command line.
        let file = daemon.directory().join("shot.png");
        let output = Command::new(env!("CARGO_BIN_EXE_vireo"))
            .args(["screenshot", "-c", &daemon.uri_qemu(), "vm"])
            .arg(&file)
            .output()
            .expect("vireo");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let png = std::fs::read(&file).expect("the picture");
        let text = String::from_utf8_lossy(&png).into_owned();
        for part in [
            "Domain Name\0vm".to_owned(),
            format!("Domain UUID\0{}", guest.uuid),
            format!("Hypervisor URI\0{}", daemon.uri_qemu()),
        ] {
            assert!(text.contains(&part), "{part:?} is not in the picture");
        }
        assert_eq!(Screenshot::read(png).map(|shot| shot.size()), Ok(TEXT_MODE));
        host.close();
    });
}

#[test]
fn machine_that_is_off_has_no_screen_or_is_unknown_says_so() {
    on_main(|| {
        let daemon = Daemon::start();
        let off = daemon.guest("off").empty().device(GRAPHICS).define();
        let blind = daemon.guest("blind").empty().start();
        let host = Host::connect(&daemon.uri_qemu());
        for (uuid, screen, kind) in [
            (off.uuid, 0, Kind::Invalid),
            (blind.uuid, 0, Kind::Invalid),
            (Uuid::new_v4(), 0, Kind::Gone),
        ] {
            let error = host.ask(async move |client| client.screenshot(uuid, screen).await);
            let error = error.expect_err("no picture");
            assert_eq!(error.kind, kind, "{error:?}");
        }
        host.close();
    });
}

#[test]
fn guest_that_hangs_holds_up_neither_pictures_of_others_nor_questions() {
    on_main(|| {
        let daemon = Daemon::start();
        let hung = daemon.guest("hung").empty().device(GRAPHICS).start();
        let other = daemon.guest("other").empty().device(GRAPHICS).start();
        let host = Host::connect(&daemon.uri_qemu());
        hung.signal("STOP");
        let uuid = hung.uuid;
        let waiting = host.call(async move |client| client.screenshot(uuid, 0).await);
        picture(&host, other.uuid);
        let uuid = other.uuid;
        let xml = host.ask(async move |client| client.dump_xml(uuid, Default::default()).await);
        assert!(xml.expect("a definition").contains("other"));
        assert!(waiting.borrow().is_none(), "a process that stands still took a picture");
        hung.signal("CONT");
        let shot = support::answer("the late picture", 30, &waiting);
        assert!(shot.expect("a picture").size().0 >= 640);
        host.close();
    });
}

#[test]
fn picture_that_nobody_waits_for_any_more_leaves_the_connection_usable() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().device(GRAPHICS).start();
        let host = Host::connect(&daemon.uri_qemu());
        let uuid = guest.uuid;
        for _ in 0..20 {
            let client = host.client.clone();
            let given_up = glib::MainContext::default().spawn_local(async move { client.screenshot(uuid, 0).await });
            // Far enough to be asked, not far enough to be answered.
            glib::MainContext::default().iteration(false);
            given_up.abort();
        }
        picture(&host, uuid);
        host.close();
    });
}
