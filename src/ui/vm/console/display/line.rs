//! Where what the user types and clicks goes: the open display, if there is one and it may be touched.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::doors::Link;
use crate::model::display::wire::Request;

/// The line to the display; cheap to clone, all clones are the same line.
#[derive(Clone, Default)]
pub struct Line(Rc<Inner>);

#[derive(Default)]
struct Inner {
    link: RefCell<Option<Rc<dyn Link>>>,
    view_only: Cell<bool>,
}

/// Whether the user does something to the guest by this.
fn touches(request: &Request) -> bool {
    matches!(
        request,
        Request::Key { .. }
            | Request::Move { .. }
            | Request::MoveBy { .. }
            | Request::Click { .. }
            | Request::Scroll(_)
            | Request::SetLocks(_)
            | Request::Resize { .. }
            | Request::OfferClipboard
            | Request::ClipboardText(_)
            | Request::SendFiles { .. }
            | Request::Usb { connect: true, .. }
    )
}

impl Line {
    /// Connects another display, or none; what was connected before is closed.
    pub fn set(&self, link: Option<Rc<dyn Link>>) {
        let before = self.0.link.replace(link);
        drop(before);
    }

    /// Lets nothing pass that touches the guest.
    pub fn set_view_only(&self, view_only: bool) {
        self.0.view_only.set(view_only);
    }

    /// Sends a request, if that is allowed and there is somebody to send it to.
    pub fn send(&self, request: Request) {
        if self.0.view_only.get() && touches(&request) {
            return;
        }
        let link = self.0.link.borrow().clone();
        if let Some(link) = link {
            link.send(request);
        }
    }

    /// The open display.
    #[must_use]
    pub fn link(&self) -> Option<Rc<dyn Link>> {
        self.0.link.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::display::wire::{Button, Locks, Wheel};
    use crate::virt::client::DisplayNews;
    use std::os::fd::OwnedFd;

    #[derive(Default)]
    struct Ear(RefCell<Vec<Request>>);

    impl Link for Ear {
        fn news(&self) -> async_channel::Receiver<DisplayNews> {
            async_channel::bounded(1).1
        }

        fn send(&self, request: Request) {
            self.0.borrow_mut().push(request);
        }

        fn send_socket(&self, _: u64, _: Result<OwnedFd, String>) {}
    }

    #[test]
    fn who_only_looks_sends_nothing_that_touches_the_guest() {
        let (line, ear) = (Line::default(), Rc::new(Ear::default()));
        line.set(Some(ear.clone()));
        line.set_view_only(true);
        for request in [
            Request::Key {
                down: true,
                code: 30,
                symbol: 97,
            },
            Request::Move { head: 0, x: 1, y: 1 },
            Request::MoveBy { dx: 1, dy: 1 },
            Request::Click {
                button: Button::Left,
                down: true,
            },
            Request::Scroll(Wheel::Up),
            Request::SetLocks(Locks::default()),
            Request::OfferClipboard,
            Request::SendFiles {
                id: 1,
                paths: vec!["/tmp/file".to_owned()],
            },
            Request::Usb {
                id: "1".to_owned(),
                connect: true,
            },
        ] {
            line.send(request);
        }
        assert!(ear.0.borrow().is_empty());
        line.send(Request::Drawn { head: 0 });
        line.set_view_only(false);
        line.send(Request::Scroll(Wheel::Up));
        assert_eq!(
            *ear.0.borrow(),
            [Request::Drawn { head: 0 }, Request::Scroll(Wheel::Up)]
        );
    }

    #[test]
    fn a_display_that_is_replaced_is_let_go() {
        let (line, ear) = (Line::default(), Rc::new(Ear::default()));
        line.set(Some(ear.clone()));
        line.set(None);
        assert_eq!(Rc::strong_count(&ear), 1);
        line.send(Request::Close);
        assert!(ear.0.borrow().is_empty());
    }
}
