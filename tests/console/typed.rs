//! Texts that are typed on the keyboard of a real guest through libvirt: its kernel has the layout, and what arrives on its
//! own screen is read back over the serial line.

use vireo::model::display::keys::{Layout, Stroke, Typist};
use xkbcommon::xkb;

use super::*;

/// Keys of a table of the kernel.
const KEYS: usize = 128;
/// No meaning.
const HOLE: u16 = 0x0200;

/// What Linux's own keyboard calls a symbol of X11.
fn meaning(symbol: xkb::Keysym) -> u16 {
    match symbol.raw() {
        // Dead accents: grave, acute, circumflex, tilde, diaeresis, cedilla.
        0xfe50..=0xfe53 => 0x0400 | (symbol.raw() - 0xfe50) as u16,
        0xfe57 => 0x0404,
        0xfe5b => 0x0405,
        _ => match xkb::keysym_to_utf32(symbol) {
            0 => HOLE,
            letter @ 1..=0xff => letter as u16,
            letter => letter as u16 ^ 0xf000,
        },
    }
}

/// A layout as `loadkmap` takes it: plain, with Shift, with AltGr, with both.
fn tables(layout: &str) -> Vec<u8> {
    let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
    let options = Some(String::new());
    let keymap = xkb::Keymap::new_from_names(&context, "evdev", "pc105", layout, "", options, xkb::COMPILE_NO_FLAGS);
    let keymap = keymap.expect("xkb's data");
    let mut file = b"bkeymap".to_vec();
    file.extend((0..256).map(|table| u8::from(table < 4)));
    for level in 0..4 {
        for code in 0..KEYS as u32 {
            let meaning = match code {
                14 => 0x7f,
                28 => 0x0201,
                15 => 0x09,
                42 | 54 => 0x0700,
                100 => 0x0701,
                29 => 0x0702,
                56 => 0x0703,
                2..=53 | 57 | 86 => match keymap.key_get_syms_by_level(xkb::Keycode::new(code + 8), 0, level) {
                    [symbol] => meaning(*symbol),
                    _ => HOLE,
                },
                _ => HOLE,
            };
            file.extend(meaning.to_ne_bytes());
        }
    }
    file
}

/// What the guest reads on its own screen when `text` is typed with its layout.
#[track_caller]
fn arrives(host: &Host, guest: &Guest, console: &ConsoleStream, layout: &str, text: &str) {
    let script = Typist::learn(&Layout::parse(layout).expect("a layout"))
        .expect("xkb's data")
        .script(&format!("{text}\n"));
    assert!(script.missing().is_empty(), "{layout}: {:?}", script.missing());
    let encoded = glib::base64_encode(&tables(layout));
    assert!(console.write(b"stty -echo; : >/tmp/map\n"));
    for line in encoded.as_bytes().chunks(200) {
        assert!(console.write(format!("echo {} >>/tmp/map\n", String::from_utf8_lossy(line)).as_bytes()));
    }
    assert!(console.write(b"base64 -d </tmp/map | loadkmap && echo loaded $((40 + 2))\n"));
    read_until(console, "loaded 42");
    assert!(console.write(b"{ echo waiting $((40 + 3)); read -r line; echo \"<$line>\"; } </dev/tty1\n"));
    read_until(console, "waiting 43");
    let (client, uuid) = (host.client.clone(), guest.uuid);
    let codes: Vec<Vec<u32>> = script.strokes().map(Stroke::codes).collect();
    block_on("the keys to be sent", Duration::from_secs(120), async move {
        for codes in codes {
            client.send_key(uuid, codes).await.expect("keys");
            // As the dialog does; a guest without KVM is slow.
            glib::timeout_future(Duration::from_millis(40)).await;
        }
    });
    let arrived = read_until(console, ">\r\n");
    assert!(arrived.contains(&format!("<{text}>")), "{layout}: {arrived:?}");
}

#[test]
fn text_typed_in_three_layouts_arrives_in_a_guest_that_has_them() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let host = Host::connect(&daemon.uri_qemu());
        let console = open(&host, &guest, false).unwrap();
        arrives(
            &host,
            &guest,
            &console,
            "us",
            "echo \"$((6*7))\" | tr -d '{[\\~^@`]}' > /tmp/x; A-Z 09 <&#%!?_=+:,.",
        );
        arrives(
            &host,
            &guest,
            &console,
            "de",
            "Größe, Äpfel & Öl: @ € {[]} \\ | ~ ^ é ê à µ § ° #+-_'\"!?",
        );
        arrives(
            &host,
            &guest,
            &console,
            "fr",
            "été où ça, français: @ € {[]} \\ | ~ ^ ê ü à §!?;.:/(-_)=&",
        );
        host.close();
    });
}

#[test]
fn keys_that_libvirt_would_not_take_are_refused() {
    on_main(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").empty().define();
        let host = Host::connect(&daemon.uri_qemu());
        for codes in [Vec::new(), vec![30; 17], vec![29, 56, 111]] {
            let (client, uuid) = (host.client.clone(), guest.uuid);
            let refused = block_on("an answer", LIMIT, async move { client.send_key(uuid, codes).await });
            // The last ones would be taken by a machine that runs.
            assert_eq!(refused.unwrap_err().kind, Kind::Invalid);
        }
        host.close();
    });
}
