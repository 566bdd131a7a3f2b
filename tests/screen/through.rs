//! From a VNC server through the helper and shared memory to the screen, and back.

use std::rc::Rc;
use std::time::Instant;

use gtk::glib;
use gtk4 as gtk;

use crate::desk::{Desk, on_gtk, xdotool};
use crate::support::rfb::{Area, Heard, Options, Server};
use crate::support::widgets::until;
use vireo::model::display::wire::{News, Open, Protocol, Request, Route, Tls};
use vireo::ui::vm::console::screen::Scaling;
use vireo::virt::client::{Display, DisplayNews};

/// Opens the server's display on the screen.
fn connect(desk: &Desk, server: &Server) -> Rc<Display> {
    let open = Open {
        protocol: Protocol::Vnc,
        route: Route::Socket,
        tls: Tls::default(),
        user: None,
        password: None,
        shared: true,
        clipboard: false,
        sound: false,
        microphone: false,
        smartcard: false,
        folder: None,
        usb_auto: false,
    };
    let display = Rc::new(Display::open(open, Some(server.connect())).expect("the helper"));
    let (sending, screen, news) = (display.clone(), desk.screen.clone(), display.news.clone());
    let requests = desk.requests.clone();
    desk.screen.connect_request(move |request| {
        requests.borrow_mut().push(request.clone());
        sending.send(request);
    });
    glib::spawn_future_local(async move {
        while let Ok(news) = news.recv().await {
            match news {
                DisplayNews::Surface { picture, .. } => screen.set_picture(picture),
                DisplayNews::News(News::Damage { rects, .. }) => screen.damage(&rects),
                DisplayNews::News(News::Cursor(cursor)) => screen.set_cursor_shape(&cursor),
                DisplayNews::News(News::Locks(locks)) => screen.set_locks(Some(locks)),
                DisplayNews::News(News::PointerMode { absolute }) => screen.set_pointer_mode(absolute),
                DisplayNews::News(News::Ended(_)) => screen.clear_picture(),
                DisplayNews::News(_) => {}
            }
        }
    });
    display
}

fn colour(x: u16, y: u16) -> u32 {
    u32::from(x % 256) << 16 | u32::from(y % 256) << 8 | u32::from(x ^ y) & 1
}

#[test]
fn what_a_server_paints_is_on_the_screen_and_keys_arrive_there() {
    on_gtk(|| {
        let server = Server::start(Options {
            width: 400,
            height: 300,
            ..Default::default()
        });
        server.paint(Area::new(0, 0, 400, 300), colour);
        let desk = Desk::open(400, 300);
        let start = Instant::now();
        let display = connect(&desk, &server);
        until("the first frame", || {
            desk.take(|request| matches!(request, Request::Drawn { .. }))
        });
        println!("first frame after {:?}", start.elapsed());
        let at = |desk: &Desk, x: u16, y: u16| {
            let [red, green, blue] = desk.shot().at(u32::from(x), u32::from(y));
            u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue)
        };
        for (x, y) in [(0, 0), (399, 299), (200, 63), (201, 64)] {
            until("the picture", || at(&desk, x, y) == colour(x, y));
        }
        server.fill(Area::new(100, 100, 50, 50), 0x00ff_8000);
        until("the new part", || at(&desk, 120, 120) == 0x00ff_8000);
        assert_eq!(at(&desk, 99, 120), colour(99, 120));

        desk.focus();
        desk.screen.hold();
        xdotool(&["key", "a", "mousemove", "30", "40", "click", "1"]);
        until("the click", || {
            desk.take(|request| matches!(request, Request::Click { down: false, .. }))
        });
        server.wait("the key", |heard| {
            matches!(
                heard,
                Heard::ExtKey {
                    down: true,
                    code: 30,
                    ..
                }
            )
        });
        server.wait("the button there", |heard| {
            *heard
                == Heard::Pointer {
                    buttons: 1,
                    x: 30,
                    y: 40,
                }
        });

        server.resize(800, 600);
        until("the larger picture", || desk.screen.picture_size() == Some((800, 600)));
        desk.screen.set_scaling(Scaling::Fit);
        until("that is drawn", || desk.shot().at(200, 150) != [0, 0, 0]);
        drop(display);
    });
}
