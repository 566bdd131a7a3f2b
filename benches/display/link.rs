//! The helper and the program's side of it, without a widget.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use vireo::model::display::wire::{News, Open, Protocol, Request, Route, Tls};
use vireo::virt::client::{Display, DisplayNews};

use crate::part::{self, Figure};
use crate::process::children;
use crate::support::rfb::{Options, Server};
use crate::support::{Footprint, wait_for};

/// A display of a server on this computer.
pub fn way(route: Route) -> Open {
    Open {
        protocol: Protocol::Vnc,
        route,
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
    }
}

/// The way over a port.
pub fn over(port: u16) -> Open {
    way(Route::Tcp {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls_port: None,
    })
}

/// Takes pictures and answers that they were drawn.
pub fn run(port: u16) {
    let main_loop = glib::MainLoop::new(None, false);
    let display = Display::open(over(port), None).expect("a helper");
    let frames = Rc::new(Cell::new(0_u64));
    let counted = Rc::clone(&frames);
    let news = display.news.clone();
    let display = Rc::new(display);
    let answering = Rc::clone(&display);
    glib::MainContext::default().spawn_local(async move {
        while let Ok(news) = news.recv().await {
            if let DisplayNews::News(News::Damage { head, .. }) = news {
                if counted.get() == 0 {
                    part::ready();
                }
                counted.set(counted.get() + 1);
                answering.send(Request::Drawn { head });
            }
        }
    });
    let ending = main_loop.clone();
    part::when_told(move || ending.quit());
    main_loop.run();
    println!("{}", frames.get());
}

/// Opens and closes many times: descriptors, threads, memory and processes that are left.
pub fn leave(times: usize) {
    let server = Server::start(Options::default());
    let own = std::process::id();
    let once = || {
        let display = Display::open(way(Route::Socket), Some(server.connect())).expect("a helper");
        wait_for("a picture", Duration::from_secs(10), || {
            let news = display.news.try_recv().ok()?;
            matches!(news, DisplayNews::News(News::Damage { .. })).then_some(())
        });
        drop(display);
        wait_for("the helper's end", Duration::from_secs(10), || {
            (children(own).is_empty() && server.connections().1 == 0).then_some(())
        });
    };
    for _ in 0..10 {
        once();
    }
    let (before, begin) = (settled(), Instant::now());
    for _ in 0..times {
        once();
    }
    let took = begin.elapsed();
    let after = settled();
    let more = |after: usize, before: usize| after.saturating_sub(before) as f64;
    let memory = after.memory_kib.saturating_sub(before.memory_kib) as f64;
    let name = |what: &str| format!("after {times} displays: more {what}");
    Figure::new(&name("descriptors"), Some(0.0), vec![more(after.files, before.files)]).tell();
    Figure::new(&name("threads"), Some(0.0), vec![more(after.threads, before.threads)]).tell();
    Figure::new(&name("KiB"), Some(512.0), vec![memory]).tell();
    Figure::new(
        "to open and close one, ms",
        None,
        vec![took.as_secs_f64() * 1000.0 / times as f64],
    )
    .tell();
}

/// What is held once threads that are about to end have ended.
fn settled() -> Footprint {
    let mut last = Footprint::now();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = Footprint::now();
        if (now.files, now.threads) == (last.files, last.threads) {
            return now;
        }
        last = now;
    }
}
