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
