//! The helper and the real widget in a window.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk4 as gtk;
use libadwaita as adw;
use vireo::model::display::wire::{News, Open, Route};
use vireo::ui::vm::console::screen::Screen;
use vireo::virt::client::{Display, DisplayNews};

use crate::link::{over, way};
use crate::part::{self, Figure};
use crate::process::{children, scheduled};
use crate::support::rfb::{Area, Heard, Options, Server};

const LIMIT: Duration = Duration::from_secs(30);

/// A window with the screen of a display.
struct Shown {
    window: adw::Window,
    screen: Screen,
    /// Frames drawn after news of the picture.
    frames: Rc<Cell<u64>>,
    /// When the server let us in, and when the first picture was there.
    connected: Rc<Cell<Option<Instant>>>,
    pictured: Rc<Cell<Option<Instant>>>,
    _display: Rc<Display>,
}

impl Shown {
    fn new(open: Open, socket: Option<OwnedFd>) -> Self {
        let screen = Screen::new();
        let window = adw::Window::builder()
            .default_width(1280)
            .default_height(800)
            .content(&screen)
            .build();
        let display = Rc::new(Display::open(open, socket).expect("a helper"));
        let sending = Rc::downgrade(&display);
        screen.connect_request(move |request| {
            if let Some(display) = sending.upgrade() {
                display.send(request);
            }
        });
        let (news, target) = (display.news.clone(), screen.downgrade());
        let fresh = Rc::new(Cell::new(false));
        let marking = Rc::clone(&fresh);
        let (connected, pictured) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(None)));
        let (entering, showing) = (Rc::clone(&connected), Rc::clone(&pictured));
        glib::MainContext::default().spawn_local(async move {
            while let Ok(news) = news.recv().await {
                let Some(screen) = target.upgrade() else { return };
                match news {
                    DisplayNews::Surface { picture, .. } => screen.set_picture(picture),
                    DisplayNews::News(News::Damage { rects, .. }) => {
                        marking.set(true);
                        showing.set(showing.get().or_else(|| Some(Instant::now())));
                        screen.damage(&rects);
                    }
                    DisplayNews::News(News::Connected { .. }) => entering.set(Some(Instant::now())),
                    DisplayNews::News(News::Cursor(cursor)) => screen.set_cursor_shape(&cursor),
                    DisplayNews::News(News::PointerMode { absolute }) => screen.set_pointer_mode(absolute),
                    DisplayNews::News(_) => {}
                }
            }
        });
        window.present();
        let frames = Rc::new(Cell::new(0));
        let counted = Rc::clone(&frames);
        let clock = window.frame_clock().expect("a window that is shown");
        clock.connect_after_paint(move |_| {
            if fresh.take() {
                counted.set(counted.get() + 1);
            }
        });
        Self {
            window,
            screen,
            frames,
            connected,
            pictured,
            _display: display,
        }
    }
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "waited in vain for {what}");
        // Not only the main loop has news for us.
        if !glib::MainContext::default().iteration(false) {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// Shows the display until told to stop.
pub fn run(port: u16) {
    adw::init().expect("a display");
    let main_loop = glib::MainLoop::new(None, false);
    let shown = Shown::new(over(port), None);
    until("the first frame", || shown.frames.get() > 0);
    part::ready();
    let ending = main_loop.clone();
    part::when_told(move || ending.quit());
    let before = shown.frames.get();
    main_loop.run();
    println!("{}", shown.frames.get() - before);
}

/// Shows a picture in which wrong scaling is seen at once: lines of one pixel, a frame at the edges, a slope of colours.
pub fn show() {
    adw::init().expect("a display");
    let (width, height) = (640, 400);
    let server = Server::start(Options {
        width,
        height,
        ..Options::default()
    });
    server.paint(Area::new(0, 0, width, height), |x, y| match (x, y) {
        _ if x == 0 || y == 0 || x == width - 1 || y == height - 1 => 0x00ff_0000,
        (..160, _) if (x + y) % 2 == 0 => 0x00ff_ffff,
        (..160, _) => 0,
        (160..320, _) if x % 2 == 0 => 0x00ff_ffff,
        (160..320, _) => 0,
        (320..480, _) if y % 2 == 0 => 0x00ff_ffff,
        (320..480, _) => 0,
        _ => (u32::from(x % 256) << 16) | (u32::from(y % 256) << 8) | 0x80,
    });
    let shown = Shown::new(way(Route::Socket), Some(server.connect()));
    shown.window.set_default_size(i32::from(width), i32::from(height));
    until("the first frame", || shown.frames.get() > 0);
    part::ready();
    glib::MainLoop::new(None, false).run();
}

/// From opening to the first frame, again and again.
pub fn open(runs: usize) {
    adw::init().expect("a display");
    let server = Server::start(Options {
        width: 1280,
        height: 800,
        ..Options::default()
    });
    let own = std::process::id();
    let (mut connected, mut pictured, mut framed, mut program, mut helper) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..runs {
        until("the helper before to be gone", || children(own).is_empty());
        let (start, before) = (Instant::now(), scheduled(own));
        let shown = Shown::new(way(Route::Socket), Some(server.connect()));
        until("the first frame", || shown.frames.get() > 0);
        let since = |at: Instant| at.duration_since(start).as_secs_f64() * 1000.0;
        framed.push(since(Instant::now()));
        connected.extend(shown.connected.get().map(since));
        pictured.extend(shown.pictured.get().map(since));
        program.push((scheduled(own) - before).as_secs_f64() * 1000.0);
        helper.extend(
            children(own)
                .into_iter()
                .map(|pid| scheduled(pid).as_secs_f64() * 1000.0),
        );
        shown.window.destroy();
    }
    Figure::new("from opening to the first frame, with window, ms", Some(150.0), framed).tell();
    Figure::new("… until the server lets us in, ms", None, connected).tell();
    Figure::new("… until the picture is there, ms", None, pictured).tell();
    Figure::new("… work of the program's main thread, ms", None, program).tell();
    Figure::new("… work of the helper, ms", None, helper).tell();
}

/// From the key in the widget to the server.
pub fn keys(runs: usize) {
    adw::init().expect("a display");
    let server = Server::start(Options::default());
    let shown = Shown::new(way(Route::Socket), Some(server.connect()));
    until("the first frame", || shown.frames.get() > 0);
    shown.window.set_focus_visible(true);
    shown.screen.hold();
    let controllers = shown.screen.observe_controllers();
    let mut keys = controllers
        .iter::<glib::Object>()
        .filter_map(|controller| controller.ok()?.downcast::<gtk::EventControllerKey>().ok());
    let keys = keys.next().expect("a screen that listens to keys");
    let mut times = Vec::new();
    for run in 0..runs * 4 {
        server.forget();
        let press = run % 2 == 0;
        let signal = if press { "key-pressed" } else { "key-released" };
        let arguments: [&dyn ToValue; 3] = [&u32::from(b'a'), &38_u32, &gtk::gdk::ModifierType::empty()];
        let start = Instant::now();
        if press {
            keys.emit_by_name::<bool>(signal, &arguments);
        } else {
            keys.emit_by_name::<()>(signal, &arguments);
        }
        let event = server.wait("a key", |heard| {
            matches!(heard, Heard::ExtKey { .. } | Heard::Key { .. })
        });
        times.push(event.at.duration_since(start).as_secs_f64() * 1000.0);
    }
    Figure::new("from a key in the widget to the server, ms", Some(2.0), times).tell();
}
