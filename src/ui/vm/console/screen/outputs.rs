//! The scale of monitors on Wayland. GTK before 4.12 knows whole numbers only: on a monitor of 1.5 it draws for 2, and the
//! compositor shrinks that. What a monitor really has follows from its size in its own pixels and in the desktop's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use gdk4_wayland::WaylandDisplay;
use gdk4_wayland::prelude::*;
use glib::ControlFlow;
use gtk::{gdk, glib};
use gtk4 as gtk;
use wayland_client::protocol::wl_output::{self, Transform, WlOutput};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum, delegate_noop};
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_manager_v1::ZxdgOutputManagerV1;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_v1::{self, ZxdgOutputV1};

use super::Screen;
use super::lock::Watch;

/// Scales are told in steps of this by all compositors.
const STEPS: f64 = 120.0;

thread_local!(static OUTPUTS: RefCell<Option<Outputs>> = const { RefCell::new(None) });

/// Follows the monitors of the display, of which a program has one.
struct Outputs {
    state: Rc<RefCell<State>>,
    screens: Rc<RefCell<Vec<glib::WeakRef<Screen>>>>,
    _watch: Watch,
}

#[derive(Default)]
struct State {
    manager: Option<ZxdgOutputManagerV1>,
    outputs: BTreeMap<u32, Output>,
    changed: bool,
}

struct Output {
    proxy: WlOutput,
    logical: Option<ZxdgOutputV1>,
    facts: Facts,
}

/// What is known of a monitor.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Facts {
    /// In its own pixels.
    mode: (i32, i32),
    /// It stands on its side.
    turned: bool,
    /// In pixels of the desktop.
    size: (i32, i32),
    place: (i32, i32),
}

impl Facts {
    fn scale(self) -> Option<f64> {
        let mode = if self.turned {
            (self.mode.1, self.mode.0)
        } else {
            self.mode
        };
        if mode.0.min(mode.1).min(self.size.0).min(self.size.1) <= 0 {
            return None;
        }
        // The longer side is rounded less.
        let (pixels, length) = if self.size.0 >= self.size.1 {
            (mode.0, self.size.0)
        } else {
            (mode.1, self.size.1)
        };
        let scale = (f64::from(pixels) / f64::from(length) * STEPS).round() / STEPS;
        (0.5..=8.0).contains(&scale).then_some(scale)
    }
}

/// Tells `screen` when the scale of a monitor changes or becomes known.
pub fn follow(screen: &Screen, display: &gdk::Display) {
    let Some(display) = display.downcast_ref::<WaylandDisplay>() else {
        return;
    };
    OUTPUTS.with_borrow_mut(|outputs| {
        if outputs.is_none() {
            *outputs = Outputs::new(display);
        }
        if let Some(outputs) = outputs {
            let mut screens = outputs.screens.borrow_mut();
            screens.retain(|screen| screen.upgrade().is_some());
            screens.push(screen.downgrade());
        }
    });
}

/// The scale of the monitor that shows most of `surface`; `None` where it is not known.
pub fn scale_of(surface: &gdk::Surface) -> Option<f64> {
    let monitor = surface.display().monitor_at_surface(surface)?.geometry();
    OUTPUTS.with_borrow(|outputs| {
        let state = outputs.as_ref()?.state.borrow();
        let place = (monitor.x(), monitor.y());
        let output = state
            .outputs
            .values()
            .find(|output| output.facts.place == place && output.facts.size.0 > 0)?;
        output.facts.scale()
    })
}

impl Outputs {
    fn new(display: &WaylandDisplay) -> Option<Self> {
        let display = display.wl_display()?;
        let connection = Connection::from_backend(display.backend().upgrade()?);
        let mut queue = connection.new_event_queue::<State>();
        display.get_registry(&queue.handle(), ());
        connection.flush().ok()?;
        let state: Rc<RefCell<State>> = Rc::default();
        let screens: Rc<RefCell<Vec<glib::WeakRef<Screen>>>> = Rc::default();
        let (theirs, listeners) = (state.clone(), screens.clone());
        let socket = connection.backend().poll_fd().as_raw_fd();
        // GDK's source has read the socket when this is called.
        let watch = Watch::new(socket, move || {
            if queue.dispatch_pending(&mut *theirs.borrow_mut()).is_err() {
                return ControlFlow::Break;
            }
            let _ = connection.flush();
            if std::mem::take(&mut theirs.borrow_mut().changed) {
                let screens: Vec<_> = listeners.borrow().iter().filter_map(glib::WeakRef::upgrade).collect();
                for screen in screens {
                    screen.scale_changed();
                }
            }
            ControlFlow::Continue
        });
        Some(Self {
            state,
            screens,
            _watch: watch,
        })
    }
}

impl State {
    /// Asks for the size in pixels of the desktop, for all monitors of which it is not known.
    fn ask(&mut self, queue: &QueueHandle<Self>) {
        let Some(manager) = &self.manager else { return };
        for (name, output) in &mut self.outputs {
            if output.logical.is_none() {
                output.logical = Some(manager.get_xdg_output(&output.proxy, queue, *name));
            }
        }
    }

    fn learn(&mut self, name: u32, learn: impl FnOnce(&mut Facts)) {
        if let Some(output) = self.outputs.get_mut(&name) {
            let before = output.facts;
            learn(&mut output.facts);
            self.changed |= before != output.facts;
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
        match event {
            wl_registry::Event::Global { name, interface, .. } if interface == WlOutput::interface().name => {
                let proxy = registry.bind(name, 1, queue, name);
                let facts = Facts::default();
                state.outputs.insert(
                    name,
                    Output {
                        proxy,
                        logical: None,
                        facts,
                    },
                );
            }
            wl_registry::Event::Global { name, interface, .. }
                if interface == ZxdgOutputManagerV1::interface().name =>
            {
                state.manager = Some(registry.bind(name, 1, queue, ()));
            }
            wl_registry::Event::GlobalRemove { name } => {
                if let Some(logical) = state.outputs.remove(&name).and_then(|output| output.logical) {
                    logical.destroy();
                }
            }
            _ => return,
        }
        state.ask(queue);
    }
}

impl Dispatch<WlOutput, u32> for State {
    fn event(
        state: &mut Self,
        _: &WlOutput,
        event: wl_output::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_output::Event::Mode {
                flags: WEnum::Value(flags),
                width,
                height,
                ..
            } if flags.contains(wl_output::Mode::Current) => {
                state.learn(*name, |facts| facts.mode = (width, height));
            }
            wl_output::Event::Geometry {
                transform: WEnum::Value(transform),
                ..
            } => {
                let sideways = [
                    Transform::_90,
                    Transform::_270,
                    Transform::Flipped90,
                    Transform::Flipped270,
                ];
                state.learn(*name, |facts| facts.turned = sideways.contains(&transform));
            }
            _ => {}
        }
    }
}

impl Dispatch<ZxdgOutputV1, u32> for State {
    fn event(
        state: &mut Self,
        _: &ZxdgOutputV1,
        event: zxdg_output_v1::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zxdg_output_v1::Event::LogicalPosition { x, y } => state.learn(*name, |facts| facts.place = (x, y)),
            zxdg_output_v1::Event::LogicalSize { width, height } => {
                state.learn(*name, |facts| facts.size = (width, height));
            }
            _ => {}
        }
    }
}

delegate_noop!(State: ignore ZxdgOutputManagerV1);

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(mode: (i32, i32), size: (i32, i32), turned: bool) -> Facts {
        Facts {
            mode,
            turned,
            size,
            place: (0, 0),
        }
    }

    #[test]
    fn scales_follow_from_sizes_that_were_rounded() {
        for (mode, size, scale) in [
            ((2560, 1440), (1707, 960), 1.5),
            ((3840, 2160), (3072, 1728), 1.25),
            ((3840, 2160), (2194, 1234), 1.75),
            ((1920, 1080), (1920, 1080), 1.0),
            ((3840, 2160), (1920, 1080), 2.0),
        ] {
            assert_eq!(facts(mode, size, false).scale(), Some(scale));
            assert_eq!(facts(mode, (size.1, size.0), true).scale(), Some(scale), "on its side");
        }
    }

    #[test]
    fn what_is_not_known_is_no_scale() {
        assert_eq!(facts((0, 0), (1920, 1080), false).scale(), None);
        assert_eq!(facts((1920, 1080), (0, 0), false).scale(), None);
        assert_eq!(facts((1920, 1080), (1, 1), false).scale(), None);
    }
}
