//! The way of a back end to Vireo: news, and the pictures of its surfaces.
//!
//! A picture is copied from the back end's frame buffer into shared memory when the last damage was drawn, not before: so
//! Vireo never sees half of a change, and a server that changes faster than Vireo draws costs no more than what is drawn.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use crate::outbox::Outbox;
use crate::surface::Surface;
use crate::wire::{End, MOST_HEADS, MOST_PIXELS, News, Rect};

/// Below what the libraries do when the main loop is idle, so that a whole change is copied at once.
const COPYING: glib::Priority = glib::Priority::LOW;
/// Damage that is older is copied at once: a server that never pauses must not hold the picture back. In microseconds.
const OLDEST: i64 = 50_000;
/// Time without news, before the connection stands, after which the server is silent.
const PATIENCE: Duration = Duration::from_secs(15);

/// Tells Vireo what happens. Cheap to clone.
#[derive(Clone)]
pub struct Outlet(Rc<Inner>);

struct Inner {
    outbox: Outbox,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    surfaces: BTreeMap<u32, Surface>,
    ended: bool,
    /// The connection stands.
    connected: bool,
    patience: Option<glib::SourceId>,
}

impl Outlet {
    pub fn new(socket: Rc<OwnedFd>) -> Self {
        Self(Rc::new(Inner {
            outbox: Outbox::new(socket),
            state: RefCell::default(),
        }))
    }

    /// Tells news; never blocks. Of those of which only the last counts, an older one that has not gone is forgotten.
    pub fn tell(&self, news: News) {
        let mut state = self.0.state.borrow_mut();
        if state.ended {
            return;
        }
        match &news {
            News::Connected { .. } => {
                state.connected = true;
                state.rest();
            }
            // The turn is Vireo's.
            News::NeedCredentials { .. } | News::NeedSocket { .. } => state.rest(),
            _ => {}
        }
        drop(state);
        self.0.outbox.send(news);
    }

    /// The turn is the server's: it has some time to be heard of.
    pub fn expect_progress(&self) {
        let mut state = self.0.state.borrow_mut();
        state.rest();
        if state.connected || state.ended {
            return;
        }
        let outlet = self.clone();
        state.patience = Some(glib::timeout_add_local_once(PATIENCE, move || {
            outlet.0.state.borrow_mut().patience = None;
            outlet.end(End::Silent);
        }));
    }

    /// Begins a surface or gives it another size, and tells it. Its source is unknown until [`Outlet::set_source`].
    ///
    /// # Errors
    /// The bounds are exceeded or there is no memory: end with that.
    pub fn surface(&self, head: u32, width: u32, height: u32) -> Result<(), End> {
        let mut state = self.0.state.borrow_mut();
        if state.ended {
            return Ok(());
        }
        state.surfaces.remove(&head);
        let size = |surface: &Surface| u64::from(surface.width) * u64::from(surface.height);
        let others: u64 = state.surfaces.values().map(size).sum();
        let all = others + u64::from(width) * u64::from(height);
        if head >= MOST_HEADS || !Surface::fits(width, height) || all > MOST_PIXELS {
            return Err(End::Broken(format!("surface {head}: {width}×{height}")));
        }
        let (surface, descriptor) =
            Surface::new(width, height).map_err(|error| End::Broken(format!("surface {head}: {error}")))?;
        let news = News::Surface {
            head,
            width,
            height,
            stride: surface.stride(),
        };
        state.surfaces.insert(head, surface);
        drop(state);
        self.0.outbox.send_now(&news, Some(descriptor));
        Ok(())
    }

    /// A surface is no more.
    pub fn gone(&self, head: u32) {
        if self.0.state.borrow_mut().surfaces.remove(&head).is_some() {
            self.tell(News::HeadGone { head });
        }
    }

    /// Where the pixels of a surface are: four bytes each, blue, green, red and one that does not count.
    ///
    /// # Safety
    /// As many rows as the surface has must stay readable there, `stride` bytes each, until the source is replaced, cleared,
    /// or the surface has another size or is gone.
    pub unsafe fn set_source(&self, head: u32, start: *const u8, stride: usize) {
        if let Some(surface) = self.0.state.borrow_mut().surfaces.get_mut(&head) {
            // SAFETY: promised by the caller.
            unsafe { surface.set_source(start, stride) };
        }
    }

    /// The frame buffer of a surface goes away.
    pub fn clear_source(&self, head: u32) {
        if let Some(surface) = self.0.state.borrow_mut().surfaces.get_mut(&head) {
            surface.clear_source();
        }
    }

    /// A part of a surface has changed.
    pub fn damage(&self, head: u32, rect: Rect) {
        let mut state = self.0.state.borrow_mut();
        let Some(surface) = state.surfaces.get_mut(&head) else {
            return;
        };
        surface.damage.add(rect, surface.width, surface.height);
        if surface.drawing || surface.damage.is_empty() {
            return;
        }
        let now = glib::monotonic_time();
        let since = *surface.since.get_or_insert(now);
        if now - since > OLDEST {
            drop(state);
            self.copy(head);
        } else {
            self.schedule(surface, head);
        }
    }

    /// Vireo has drawn what it was told last.
    pub fn drawn(&self, head: u32) {
        let mut state = self.0.state.borrow_mut();
        if let Some(surface) = state.surfaces.get_mut(&head) {
            surface.drawing = false;
            if !surface.damage.is_empty() {
                self.schedule(surface, head);
            }
        }
    }

    /// Whether there is damage that Vireo was not told yet, because it still draws.
    pub fn backlog(&self, head: u32) -> bool {
        let state = self.0.state.borrow();
        let surface = state.surfaces.get(&head);
        surface.is_some_and(|surface| surface.drawing && !surface.damage.is_empty())
    }

    /// The last news; then the process ends, at once: nothing of what the server has sent is looked at any more.
    pub fn end(&self, end: End) {
        self.tell(News::Ended(end));
        let mut state = self.0.state.borrow_mut();
        if state.ended {
            return;
        }
        state.ended = true;
        state.rest();
        drop(state);
        self.0.outbox.finish();
        // Nothing is taken apart in order: that is where old libraries crash, and the kernel does it as well.
        // SAFETY: ends the process; whatever it holds goes with it.
        unsafe { libc::_exit(0) }
    }

    fn schedule(&self, surface: &mut Surface, head: u32) {
        if surface.scheduled {
            return;
        }
        surface.scheduled = true;
        let outlet = self.clone();
        glib::idle_add_local_full(COPYING, move || {
            outlet.copy(head);
            glib::ControlFlow::Break
        });
    }

    fn copy(&self, head: u32) {
        let mut state = self.0.state.borrow_mut();
        let Some(surface) = state.surfaces.get_mut(&head) else {
            return;
        };
        surface.scheduled = false;
        if surface.drawing || surface.damage.is_empty() || !surface.has_source() {
            return;
        }
        let rects = surface.damage.take();
        for rect in &rects {
            surface.copy(rect);
        }
        surface.drawing = true;
        surface.since = None;
        drop(state);
        self.tell(News::Damage { head, rects });
    }
}

impl State {
    fn rest(&mut self) {
        if let Some(patience) = self.patience.take() {
            patience.remove();
        }
    }
}
