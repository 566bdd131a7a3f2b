//! What the page waits for before it makes a machine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use gtk4::prelude::*;

use crate::form::{self, on_gtk};
use crate::page::Page;
use crate::support::core::key_of;
use crate::support::widgets::says;

/// A web server that takes a question and does not answer it.
struct Silent(TcpListener);

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("nobody waits");
        Self(listener)
    }

    fn address(&self) -> String {
        format!("http://{}/tree", self.0.local_addr().expect("its number"))
    }

    /// The line of whoever asks.
    #[track_caller]
    fn asked(&self, page: &Page) -> TcpStream {
        let line = std::cell::RefCell::new(None);
        page.until("the question", |_| {
            if let Ok((asked, _)) = self.0.accept() {
                line.replace(Some(asked));
            }
            line.borrow().is_some()
        });
        line.take().expect("a line")
    }
}

/// Whether the other side still waits for an answer.
fn is_waited_for(line: &mut TcpStream) -> bool {
    line.set_nonblocking(true).expect("nobody waits");
    let mut question = [0; 4096];
    loop {
        match line.read(&mut question) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

#[test]
fn an_address_that_is_not_wanted_any_more_holds_up_no_machine() {
    on_gtk(|| {
        let (page, server) = (Page::open("test:///default"), Silent::start());
        page.begin("Install Tree");
        page.types("Address", &server.address());
        let mut line = server.asked(&page);
        page.begin("Empty");
        page.choose("Disk", "No disk");
        page.types("Name", "not-held-up");
        page.presses_create();
        page.until("the machine", |page| key_of(&page.core, "not-held-up").is_some());
        assert!(is_waited_for(&mut line), "the machine came after the answer");
        page.close();
    });
}

#[test]
fn an_order_is_taken_back_by_who_goes_on_to_the_definition() {
    on_gtk(|| {
        let (page, server) = (Page::open("test:///default"), Silent::start());
        page.begin("Install Tree");
        page.types("Name", "not-ordered");
        page.types("Address", &server.address());
        let mut line = server.asked(&page);
        page.presses_create();
        let waits = |page: &Page| page.reason() == "Looking once more before the machine is made.";
        page.until("the order", waits);
        assert!(page.xml().contains("<name>not-ordered</name>"));
        assert!(!waits(&page), "{}", page.reason());
        // The answer comes, and no machine with it.
        drop(server);
        line.set_nonblocking(false).expect("an answer");
        write!(
            line,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .expect("an answer");
        drop(line);
        let looks = |page: &Page| says(&page.window, "Looking…");
        page.until("what was found out", |page| !looks(page));
        form::rest();
        assert!(page.create().is_sensitive(), "{}", page.reason());
        page.close();
    });
}
