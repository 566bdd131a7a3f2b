//! `vireo-display`: speaks VNC or SPICE with one display server on behalf of Vireo, which started it with a socket as standard
//! input. See `wire` for what passes over it.
//!
//! The server is a stranger and the libraries that read its bytes are old C. So this process has little memory and few rights
//! (`rights`), and whatever goes wrong in it is its end, never Vireo's.

mod backend;
#[allow(dead_code)] // Each of the two programs uses its half.
#[path = "../channel.rs"]
mod channel;
mod damage;
mod outbox;
mod outlet;
mod rights;
mod spice;
mod surface;
mod vnc;
#[allow(dead_code)] // Each of the two programs uses its half.
#[path = "../../../model/display/wire.rs"]
mod wire;

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{self, ExitCode};
use std::rc::Rc;
use std::time::Duration;

use glib::ControlFlow;

use backend::Backend;
use channel::Inbox;
use outlet::Outlet;
use wire::{End, LONGEST_MESSAGE, News, Open, Protocol, Request, VERSION};

/// Time that a back end has to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        // Unwinding through the frames of C would be worse.
        process::abort();
    }));
    let socket = match rights::own_socket() {
        Ok(socket) => Rc::new(socket),
        Err(error) => {
            eprintln!("vireo-display {VERSION} is started by Vireo alone: {error}");
            return ExitCode::FAILURE;
        }
    };
    rights::drop_first();
    let outlet = Outlet::new(Rc::clone(&socket));
    outlet.tell(News::Hello { version: VERSION });
    let helper = Rc::new(Helper {
        outlet,
        inbox: RefCell::new(Inbox::new(LONGEST_MESSAGE)),
        backend: RefCell::default(),
    });
    let fd = socket.as_raw_fd();
    glib_unix::unix_fd_add_local(fd, glib::IOCondition::IN | glib::IOCondition::HUP, move |_, _| {
        helper.read(&socket);
        ControlFlow::Continue
    });
    glib::MainLoop::new(None, false).run();
    ExitCode::SUCCESS
}

struct Helper {
    outlet: Outlet,
    inbox: RefCell<Inbox>,
    backend: RefCell<Option<Rc<dyn Backend>>>,
}

impl Helper {
    /// Reads what has come and does it.
    fn read(&self, socket: &OwnedFd) {
        match self.inbox.borrow_mut().read(socket) {
            Ok(true) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            // Vireo has gone: nobody to tell.
            Ok(false) => process::exit(0),
            Err(error) => return self.outlet.end(End::Broken(error.to_string())),
        }
        loop {
            let next = self.inbox.borrow_mut().next::<Request>();
            match next {
                Ok(Some((request, descriptor))) => self.take(request, descriptor),
                Ok(None) => return,
                Err(error) => return self.outlet.end(End::Broken(error.to_string())),
            }
        }
    }

    fn take(&self, request: Request, descriptor: Option<OwnedFd>) {
        let request = match request {
            Request::Open(open) => return self.open(*open, descriptor),
            other => other,
        };
        match &request {
            Request::Drawn { head } => self.outlet.drawn(*head),
            Request::Credentials { .. } | Request::Socket { .. } => self.outlet.expect_progress(),
            Request::Close => {
                let outlet = self.outlet.clone();
                glib::timeout_add_local_once(FAREWELL, move || outlet.end(End::Closed));
            }
            _ => {}
        }
        let backend = self.backend.borrow().clone();
        match backend {
            Some(backend) => backend.handle(request, descriptor),
            None if request == Request::Close => self.outlet.end(End::Closed),
            None => {}
        }
    }

    fn open(&self, open: Open, socket: Option<OwnedFd>) {
        if self.backend.borrow().is_some() {
            return self.outlet.end(End::Broken("a display is opened twice".to_owned()));
        }
        rights::drop_rest(&open);
        self.outlet.expect_progress();
        let start = match open.protocol {
            Protocol::Vnc => vnc::start,
            Protocol::Spice => spice::start,
        };
        match start(open, socket, self.outlet.clone()) {
            Ok(backend) => *self.backend.borrow_mut() = Some(Rc::from(backend)),
            Err(end) => self.outlet.end(end),
        }
    }
}
