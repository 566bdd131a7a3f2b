//! A socket that the main loop watches.

use std::cell::RefCell;
use std::os::fd::RawFd;
use std::rc::Rc;

use glib::{ControlFlow, IOCondition};

/// Calls back whenever the socket is readable, until this is dropped or the callback ends it.
pub struct Watch(Rc<RefCell<Option<glib::SourceId>>>);

impl Watch {
    /// Watches `socket`, which must stay open as long as the callback lives.
    pub fn new(socket: RawFd, mut readable: impl FnMut() -> ControlFlow + 'static) -> Self {
        let source: Rc<RefCell<Option<glib::SourceId>>> = Rc::default();
        let ended = source.clone();
        let id = glib_unix::unix_fd_add_local(socket, IOCondition::IN | IOCondition::HUP, move |_, _| {
            let flow = readable();
            if flow == ControlFlow::Break {
                ended.take();
            }
            flow
        });
        source.replace(Some(id));
        Self(source)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            source.remove();
        }
    }
}
