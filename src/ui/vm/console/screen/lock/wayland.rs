//! Wayland: the protocols for pointer constraints and relative movements, over GDK's own connection. GDK reads the socket; what
//! is ours waits in a queue of ours.

use std::cell::RefCell;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use gdk4_wayland::prelude::*;
use gdk4_wayland::{WaylandDevice, WaylandDisplay, WaylandSurface};
use glib::ControlFlow;
use gtk::gdk;
use gtk4 as gtk;
use wayland_client::protocol::wl_pointer::WlPointer;
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, delegate_noop};
use wayland_protocols::wp::pointer_constraints::zv1::client::zwp_locked_pointer_v1::{self, ZwpLockedPointerV1};
use wayland_protocols::wp::pointer_constraints::zv1::client::zwp_pointer_constraints_v1::{
    Lifetime, ZwpPointerConstraintsV1,
};
use wayland_protocols::wp::relative_pointer::zv1::client::zwp_relative_pointer_manager_v1::ZwpRelativePointerManagerV1;
use wayland_protocols::wp::relative_pointer::zv1::client::zwp_relative_pointer_v1::{self, ZwpRelativePointerV1};

use super::watch::Watch;

/// A pointer that is held.
pub struct Lock {
    state: Rc<RefCell<State>>,
    connection: Connection,
    _watch: Watch,
}

struct State {
    surface: WlSurface,
    pointer: WlPointer,
    registry: WlRegistry,
    constraints: Option<ZwpPointerConstraintsV1>,
    movements: Option<ZwpRelativePointerManagerV1>,
    locked: Option<ZwpLockedPointerV1>,
    relative: Option<ZwpRelativePointerV1>,
    moved: (f64, f64),
}

impl Lock {
    pub fn new(surface: &gdk::Surface, device: &gdk::Device, moved: impl Fn(f64, f64) + 'static) -> Option<Self> {
        let display = surface.display().downcast::<WaylandDisplay>().ok()?.wl_display()?;
        let pointer = device.downcast_ref::<WaylandDevice>()?.wl_pointer()?;
        let surface = surface.downcast_ref::<WaylandSurface>()?.wl_surface()?;
        let connection = Connection::from_backend(display.backend().upgrade()?);
        let mut queue = connection.new_event_queue::<State>();
        let registry = display.get_registry(&queue.handle(), ());
        let state = Rc::new(RefCell::new(State {
            surface,
            pointer,
            registry,
            constraints: None,
            movements: None,
            locked: None,
            relative: None,
            moved: (0.0, 0.0),
        }));
        connection.flush().ok()?;
        let (theirs, flushed) = (state.clone(), connection.clone());
        // Of the same priority as GDK's source, which has read the socket when this is called.
        let watch = Watch::new(connection.backend().poll_fd().as_raw_fd(), move || {
            if queue.dispatch_pending(&mut *theirs.borrow_mut()).is_err() {
                return ControlFlow::Break;
            }
            let by = std::mem::take(&mut theirs.borrow_mut().moved);
            if by != (0.0, 0.0) {
                moved(by.0, by.1);
            }
            // What can't be sent now goes with GDK's next flush.
            let _ = flushed.flush();
            ControlFlow::Continue
        });
        Some(Self {
            state,
            connection,
            _watch: watch,
        })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut state = self.state.borrow_mut();
        if let Some(locked) = state.locked.take() {
            locked.destroy();
        }
        if let Some(relative) = state.relative.take() {
            relative.destroy();
        }
        if let Some(constraints) = state.constraints.take() {
            constraints.destroy();
        }
        if let Some(movements) = state.movements.take() {
            movements.destroy();
        }
        let _ = self.connection.flush();
    }
}

impl State {
    /// Holds the pointer as soon as the compositor has told that it can.
    fn hold(&mut self, queue: &QueueHandle<Self>) {
        if self.locked.is_some() {
            return;
        }
        if let (Some(constraints), Some(movements)) = (&self.constraints, &self.movements) {
            let lifetime = Lifetime::Persistent;
            self.locked = Some(constraints.lock_pointer(&self.surface, &self.pointer, None, lifetime, queue, ()));
            self.relative = Some(movements.get_relative_pointer(&self.pointer, queue, ()));
        }
    }
}

impl Dispatch<WlRegistry, ()> for State {
    fn event(
        state: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        let wl_registry::Event::Global { name, interface, .. } = event else {
            return;
        };
        if *registry != state.registry {
            return;
        }
        if interface == ZwpPointerConstraintsV1::interface().name {
            state.constraints = Some(registry.bind(name, 1, queue, ()));
        } else if interface == ZwpRelativePointerManagerV1::interface().name {
            state.movements = Some(registry.bind(name, 1, queue, ()));
        }
        state.hold(queue);
    }
}

impl Dispatch<ZwpRelativePointerV1, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwpRelativePointerV1,
        event: zwp_relative_pointer_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let zwp_relative_pointer_v1::Event::RelativeMotion { dx, dy, .. } = event {
            state.moved.0 += dx;
            state.moved.1 += dy;
        }
    }
}

impl Dispatch<ZwpLockedPointerV1, ()> for State {
    fn event(
        _: &mut Self,
        _: &ZwpLockedPointerV1,
        _: zwp_locked_pointer_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(State: ZwpPointerConstraintsV1);
delegate_noop!(State: ZwpRelativePointerManagerV1);
