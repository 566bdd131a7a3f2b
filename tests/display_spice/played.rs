//! Against a server that does what is told: heads, forms of pixels, cursors, the agent.

use vireo::model::display::wire::{Abilities, Cursor, End, Hidden, Locks, News, Open, Request};

use crate::server::{CURSOR, DISPLAY, INPUTS, MAIN, PLAYBACK, RECORD, SMARTCARD, Server, WEBDAV, numbers};
use crate::viewer::{Viewer, open};

const ALL: [(u8, u8); 3] = [(DISPLAY, 0), (INPUTS, 0), (CURSOR, 0)];

fn connected(channels: &[(u8, u8)]) -> (Server, Viewer) {
    let server = Server::start(channels);
    let viewer = Viewer::open(open(server.route()));
    for channel in channels {
        server.wait_channel(*channel);
    }
    (server, viewer)
}

/// Waits until a head shows one colour, in that size.
#[track_caller]
fn shows(viewer: &mut Viewer, head: u32, size: (u32, u32), colour: [u8; 3]) {
    viewer.until(&format!("head {head} in {colour:?}"), |viewer| {
        let image = viewer.image(head)?;
        let same = image.pixels.chunks_exact(3).all(|pixel| pixel == colour);
        ((image.width, image.height) == size && same).then_some(())
    });
}

#[test]
fn monitors_of_one_picture_are_heads_of_their_own() {
    let (server, mut viewer) = connected(&ALL);
    server.surface(0, 300, 100, 32);
    server.fill(0, 0, 0, 200, 100, 0x00ff_0000);
    server.fill(0, 200, 0, 100, 100, 0x0000_00ff);
    server.monitors(0, &[(0, 0, 0, 200, 100), (1, 200, 0, 100, 100)]);
    shows(&mut viewer, 0, (200, 100), [255, 0, 0]);
    shows(&mut viewer, 1, (100, 100), [0, 0, 255]);
    // A change across both is told to both.
    server.fill(0, 0, 0, 300, 100, 0x0000_ff00);
    shows(&mut viewer, 0, (200, 100), [0, 255, 0]);
    shows(&mut viewer, 1, (100, 100), [0, 255, 0]);
    // Without an agent the guest's tablet knows only the whole picture.
    viewer.display.send(Request::Move { head: 1, x: 7, y: 9 });
    let place = server.wait("the pointer", |heard| heard.kind == 112);
    assert_eq!(place.data[..8], numbers(&[207, 9]));
    server.monitors(0, &[(0, 0, 0, 300, 100)]);
    viewer.news("the second head's end", |news| *news == News::HeadGone { head: 1 });
    shows(&mut viewer, 0, (300, 100), [0, 255, 0]);
}

#[test]
fn several_graphics_devices_are_several_heads() {
    let (server, mut viewer) = connected(&[(DISPLAY, 0), (DISPLAY, 1), (INPUTS, 0)]);
    server.surface(0, 64, 48, 32);
    server.surface(1, 80, 60, 32);
    server.fill(0, 0, 0, 64, 48, 0x0011_2233);
    server.fill(1, 0, 0, 80, 60, 0x0044_5566);
    shows(&mut viewer, 0, (64, 48), [0x11, 0x22, 0x33]);
    shows(&mut viewer, 1, (80, 60), [0x44, 0x55, 0x66]);
    // A picture that goes for a moment leaves the head where it is.
    server.send((DISPLAY, 1), 315, &numbers(&[0]));
    server.surface(1, 40, 30, 32);
    server.fill(1, 0, 0, 40, 30, 0x0077_7777);
    shows(&mut viewer, 1, (40, 30), [0x77; 3]);
    assert!(!viewer.news.contains(&News::HeadGone { head: 1 }));
    server.send((DISPLAY, 1), 315, &numbers(&[0]));
    viewer.news("the second head's end", |news| *news == News::HeadGone { head: 1 });
}

#[test]
fn pictures_of_16_bits_are_shown_in_their_colours() {
    for (format, red) in [(80, 0xf800), (16, 0x7c00)] {
        let (server, mut viewer) = connected(&ALL);
        server.surface(0, 32, 32, format);
        // The library takes 32 bits of colour for a fill and makes the pixel of it.
        server.fill(0, 0, 0, 32, 32, 0x00ff_0000);
        let image = viewer.until("a red picture", |viewer| {
            let image = viewer.image(0)?;
            image
                .pixels
                .chunks_exact(3)
                .all(|pixel| pixel == &image.pixels[..3])
                .then_some(image)
        });
        let _ = red;
        assert_eq!((image.width, image.height), (32, 32));
        eprintln!("{format}: {:?}", &image.pixels[..3]);
    }
}

fn cursor(kind: u8, width: u16, height: u16, hot: (u16, u16), data: &[u8]) -> Vec<u8> {
    // Place and visible; no flags; a number for the cache.
    let mut message = vec![0, 0, 0, 0, 1, 0, 0];
    message.extend(1_u64.to_le_bytes());
    message.push(kind);
    for number in [width, height, hot.0, hot.1] {
        message.extend(number.to_le_bytes());
    }
    message.extend(data);
    message
}

#[test]
fn cursors_of_every_kind_have_a_shape() {
    let (server, mut viewer) = connected(&ALL);
    let set = |data: &[u8]| server.send((CURSOR, 0), 103, data);
    // Blue, green, red, alpha.
    set(&cursor(0, 2, 1, (1, 0), &[1, 2, 3, 128, 4, 5, 6, 255]));
    let shape = viewer.news("a shape", |news| matches!(news, News::Cursor(Cursor::Shape { .. })));
    let expected = Cursor::Shape {
        width: 2,
        height: 1,
        hot_x: 1,
        hot_y: 0,
        pixels: vec![3, 2, 1, 128, 6, 5, 4, 255],
    };
    assert_eq!(shape, News::Cursor(expected));
    viewer.news.clear();
    // Two masks of one bit: the left pixel white, the right one seen through.
    let mut masks = vec![0x7f; 8];
    masks.extend([0x80; 8]);
    set(&cursor(1, 8, 8, (0, 0), &masks));
    let shape = viewer.news("a shape of one bit", |news| {
        matches!(news, News::Cursor(Cursor::Shape { .. }))
    });
    let News::Cursor(Cursor::Shape { width, pixels, .. }) = shape else {
        unreachable!("a shape");
    };
    assert_eq!((width, pixels.len()), (8, 8 * 8 * 4));
    assert_eq!(pixels[..4], [255; 4], "the white pixel");
    assert_eq!(pixels[7 * 4 + 3], 0, "the pixel that is seen through");
    viewer.news.clear();
    server.send((CURSOR, 0), 105, &[]);
    viewer.news("a hidden cursor", |news| *news == News::Cursor(Cursor::Hidden));
    server.surface(0, 64, 64, 32);
    viewer.picture(0);
    server.send((CURSOR, 0), 104, &[5, 0, 6, 0]);
    viewer.news("its place", |news| *news == News::CursorAt { head: 0, x: 5, y: 6 });
    viewer.news("the shape again", |news| {
        matches!(news, News::Cursor(Cursor::Shape { .. }))
    });
    server.send((CURSOR, 0), 102, &[]);
    viewer.news("the usual cursor", |news| *news == News::Cursor(Cursor::Default));
}

#[test]
fn lights_and_modes_are_told_and_asked_for() {
    let (server, mut viewer) = connected(&ALL);
    viewer.news("places", |news| *news == News::PointerMode { absolute: true });
    server.send((MAIN, 0), 105, &[3, 0, 1, 0]);
    viewer.news("movements", |news| *news == News::PointerMode { absolute: false });
    server.send((INPUTS, 0), 102, &[6, 0]);
    let lit = Locks {
        caps: true,
        num: true,
        scroll: false,
    };
    viewer.news("lights", |news| *news == News::Locks(lit));
    viewer.display.send(Request::SetLocks(Locks {
        caps: true,
        ..Locks::default()
    }));
    server.wait("the locks", |heard| {
        heard.kind == 103 && heard.channel.0 == INPUTS && heard.data[0] == 4
    });
}

/// The agent comes: it can resize and give and take text by demand, with selections.
fn agent(server: &Server, viewer: &mut Viewer) {
    server.send((MAIN, 0), 107, &[]);
    let can = 1 << 1 | 1 << 5 | 1 << 6 | 1 << 7;
    server.agent(6, &numbers(&[0, can]));
    viewer.news("an agent", |news| {
        let wanted = Abilities {
            resize: true,
            clipboard: true,
            files: true,
            agent: true,
            ..Abilities::default()
        };
        *news == News::Abilities(wanted)
    });
}

#[test]
fn text_goes_both_ways_when_it_is_asked_for() {
    let (server, mut viewer) = connected(&ALL);
    agent(&server, &mut viewer);
    let text = "Grüße, 世界";
    viewer.display.send(Request::OfferClipboard);
    let offer = server.wait_agent("an offer", |kind, _| kind == 7);
    assert_eq!(offer[..4], [0; 4], "of the clipboard");
    server.agent(8, &numbers(&[0, 1]));
    viewer.news("a wish", |news| *news == News::ClipboardWanted);
    viewer.display.send(Request::ClipboardText(Hidden(text.to_owned())));
    let given = server.wait_agent("text", |kind, _| kind == 4);
    assert_eq!(&given[8..], text.as_bytes());

    let grab = |types: &[u32]| server.agent(7, &numbers(&[&[0], types].concat()));
    grab(&[1]);
    viewer.news("an offer", |news| *news == News::ClipboardOffered);
    viewer.display.send(Request::WantClipboard);
    server.wait_agent("a wish", |kind, _| kind == 8);
    let mut answer = numbers(&[0, 1]);
    answer.extend(text.as_bytes());
    server.agent(4, &answer);
    viewer.news("text", |news| *news == News::ClipboardText(Hidden(text.to_owned())));
    server.agent(9, &numbers(&[0]));
    viewer.news("its end", |news| *news == News::ClipboardGone);
    // Too much is answered with nothing.
    grab(&[1]);
    viewer.display.send(Request::WantClipboard);
    let mut answer = numbers(&[0, 1]);
    answer.resize(8 + 2 * 1024 * 1024, b'x');
    server.agent(4, &answer);
    viewer.news("an empty text", |news| {
        *news == News::ClipboardText(Hidden(String::new()))
    });
}

#[test]
fn clipboard_that_is_not_allowed_is_neither_offered_nor_taken() {
    let server = Server::start(&ALL);
    let mut opening = open(server.route());
    opening.clipboard = false;
    let mut viewer = Viewer::open(opening);
    server.wait_channel((INPUTS, 0));
    server.send((MAIN, 0), 107, &[]);
    server.agent(6, &numbers(&[0, 1 << 1 | 1 << 5 | 1 << 6]));
    viewer.news(
        "an agent",
        |news| matches!(news, News::Abilities(can) if can.agent && !can.clipboard),
    );
    server.agent(7, &numbers(&[0, 1]));
    server.agent(8, &numbers(&[0, 1]));
    viewer.display.send(Request::OfferClipboard);
    viewer.display.send(Request::WantClipboard);
    viewer.display.send(Request::ClipboardText(Hidden("secret".to_owned())));
    // What comes later in both directions has passed everything before it.
    viewer.display.send(Request::Resize {
        head: 0,
        width: 800,
        height: 600,
    });
    server.wait_agent("the size", |kind, _| kind == 2);
    server.send((INPUTS, 0), 102, &[4, 0]);
    server.send((MAIN, 0), 105, &[3, 0, 1, 0]);
    viewer.news("a later word", |news| *news == News::PointerMode { absolute: false });
    let told = server.told_agent();
    assert!(!told.iter().any(|(kind, _)| [4, 7, 8].contains(kind)), "{told:?}");
    let clipboard = |news: &News| {
        matches!(
            news,
            News::ClipboardOffered | News::ClipboardWanted | News::ClipboardText(_)
        )
    };
    assert!(!viewer.news.iter().any(clipboard), "{:?}", viewer.news);
}

#[test]
fn sizes_of_screens_are_asked_of_the_agent() {
    let (server, mut viewer) = connected(&ALL);
    agent(&server, &mut viewer);
    server.surface(0, 640, 480, 32);
    viewer.picture(0);
    viewer.display.send(Request::Resize {
        head: 0,
        width: 1024,
        height: 768,
    });
    // Count, flags; then height, width, depth, x, y of each.
    let sizes = server.wait_agent("a size", |kind, _| kind == 2);
    assert_eq!(sizes[8..16], numbers(&[768, 1024]));
    viewer.display.send(Request::ShowHead { head: 1, shown: true });
    let both = server.wait_agent("two screens", |kind, data| {
        kind == 2 && data.len() >= 8 + 40 && data[28..36] != [0; 8]
    });
    assert_eq!(both[8..16], numbers(&[768, 1024]));
    assert_eq!(both[28..36], numbers(&[768, 1024]), "as large as the first");
    assert_eq!(both[40..44], numbers(&[1024]), "to the right of it");
}

#[test]
fn files_are_copied_with_progress_and_can_be_given_up() {
    let (server, mut viewer) = connected(&ALL);
    agent(&server, &mut viewer);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "x".repeat(5000)).expect("a file");
    let paths = vec![path.to_string_lossy().into_owned()];
    viewer.display.send(Request::SendFiles {
        id: 7,
        paths: paths.clone(),
    });
    let start = server.wait_agent("a file", |kind, _| kind == 10);
    assert!(
        String::from_utf8_lossy(&start[4..]).contains("name=letter.txt"),
        "{start:?}"
    );
    let id = u32::from_le_bytes(start[..4].try_into().expect("a number"));
    // Go on; the file follows; done.
    server.agent(11, &numbers(&[id, 0]));
    server.wait_agent("its bytes", |kind, data| kind == 12 && data.len() >= 5000);
    server.agent(11, &numbers(&[id, 3]));
    viewer.news("the end of the transfer", |news| {
        *news == News::FilesDone { id: 7, error: None }
    });
    viewer.news("progress", |news| {
        matches!(
            news,
            News::FilesProgress {
                id: 7,
                done: 5000,
                total: 5000
            }
        )
    });

    viewer.display.send(Request::SendFiles { id: 8, paths });
    wait_for_second(&server);
    viewer.display.send(Request::CancelFiles { id: 8 });
    viewer.news("a transfer given up", |news| {
        matches!(news, News::FilesDone { id: 8, error: Some(_) })
    });
    let missing = vec!["/nonexistent/file".to_owned(), "/".to_owned()];
    viewer.display.send(Request::SendFiles { id: 9, paths: missing });
    viewer.news("a file that is not there", |news| {
        matches!(news, News::FilesDone { id: 9, error: Some(_) })
    });
}

fn wait_for_second(server: &Server) {
    crate::support::wait_for("a second file", std::time::Duration::from_secs(20), || {
        let starts = server.told_agent().iter().filter(|(kind, _)| *kind == 10).count();
        (starts == 2).then_some(())
    });
}

#[test]
fn server_that_closes_its_display_alone_is_told_apart_from_an_end() {
    let (server, mut viewer) = connected(&ALL);
    server.close((DISPLAY, 0));
    let End::Broken(reason) = viewer.end() else {
        panic!("{:?}", viewer.news);
    };
    assert!(reason.contains("OpenGL"), "{reason}");
    let (server, mut viewer) = connected(&ALL);
    for channel in [(DISPLAY, 0), (MAIN, 0)] {
        server.close(channel);
    }
    assert_eq!(viewer.end(), End::Closed);
}

#[test]
fn nothing_is_drawn_while_nobody_looks() {
    let (server, mut viewer) = connected(&ALL);
    server.surface(0, 64, 48, 32);
    server.fill(0, 0, 0, 64, 48, 0x00ff_0000);
    shows(&mut viewer, 0, (64, 48), [255, 0, 0]);
    viewer.display.send(Request::Hidden(true));
    server.wait_closed((DISPLAY, 0));
    viewer.display.send(Request::Hidden(false));
    server.wait_channel((DISPLAY, 0));
    server.surface(0, 64, 48, 32);
    server.fill(0, 0, 0, 64, 48, 0x0000_ff00);
    shows(&mut viewer, 0, (64, 48), [0, 255, 0]);
    assert!(!viewer.news.iter().any(|news| matches!(news, News::HeadGone { .. })));
    // Away and back before anything is done about it.
    viewer.display.send(Request::Hidden(true));
    viewer.display.send(Request::Hidden(false));
    server.fill(0, 0, 0, 64, 48, 0x0000_00ff);
    shows(&mut viewer, 0, (64, 48), [0, 0, 255]);
}

/// The channels of a server with everything that are connected, for a display that is opened so.
fn taken(change: impl Fn(&mut Open)) -> (Server, Viewer) {
    let channels = [
        (DISPLAY, 0),
        (INPUTS, 0),
        (PLAYBACK, 0),
        (RECORD, 0),
        (SMARTCARD, 0),
        (WEBDAV, 0),
    ];
    let server = Server::start(&channels);
    let mut opening = open(server.route());
    change(&mut opening);
    let mut viewer = Viewer::open(opening);
    server.wait_channel((DISPLAY, 0));
    viewer.news("sound", |news| matches!(news, News::Abilities(can) if can.sound));
    (server, viewer)
}

#[test]
fn only_what_is_allowed_is_connected() {
    let optional = [PLAYBACK, RECORD, SMARTCARD, WEBDAV];
    let connected = |server: &Server| optional.map(|kind| server.is_connected((kind, 0)));
    let (server, viewer) = taken(|_| {});
    // The picture comes by a channel that was asked for later than those could be.
    server.surface(0, 64, 48, 32);
    let mut viewer = viewer;
    viewer.picture(0);
    assert_eq!(connected(&server), [false; 4]);
    viewer.display.send(Request::Sound(true));
    server.wait_channel((PLAYBACK, 0));
    viewer.display.send(Request::Sound(false));
    server.wait_closed((PLAYBACK, 0));
    viewer.display.send(Request::Sound(true));
    server.wait_channel((PLAYBACK, 0));
    assert_eq!(connected(&server), [true, false, false, false]);
    // Off and on again before it is closed.
    viewer.display.send(Request::Sound(false));
    viewer.display.send(Request::Sound(true));
    server.wait_channel((PLAYBACK, 0));

    let (server, _viewer) = taken(|open| open.microphone = true);
    server.wait_channel((RECORD, 0));
    assert_eq!(connected(&server), [false, true, false, false]);
    let folder = tempfile::tempdir().expect("a folder");
    let (server, _viewer) = taken(|open| {
        open.sound = true;
        open.smartcard = true;
        open.folder = Some((folder.path().to_string_lossy().into_owned(), true));
    });
    for kind in [PLAYBACK, SMARTCARD, WEBDAV] {
        server.wait_channel((kind, 0));
    }
    assert_eq!(connected(&server), [true, false, true, true]);
}

/// The channels that the session gives up for that say that they are closed; this was taken for the end.
#[test]
fn display_goes_on_at_the_host_that_it_is_sent_to() {
    let (from, mut viewer) = connected(&ALL);
    from.surface(0, 64, 48, 32);
    viewer.picture(0);
    let to = Server::start(&ALL);
    from.switch_host(&to);
    for channel in ALL {
        to.wait_channel(channel);
    }
    to.surface(0, 80, 60, 32);
    to.fill(0, 0, 0, 80, 60, 0x0000_ff00);
    shows(&mut viewer, 0, (80, 60), [0, 255, 0]);
    viewer.display.send(Request::Move { head: 0, x: 1, y: 2 });
    to.wait("the pointer", |heard| heard.kind == 112);
    let ended = |news: &News| matches!(news, News::Ended(_));
    assert!(!viewer.news.iter().any(ended), "{:?}", viewer.news);
}
