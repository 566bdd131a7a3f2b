//! X11: raw movements of the devices over a connection of our own, and the pointer put back after each of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use glib::ControlFlow;
use gtk::gio;
use gtk4 as gtk;
use x11rb::connection::Connection;
use x11rb::errors::ConnectionError;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{
    ConnectionExt as _, Device, DeviceClassData, EventMask, Fp3232, RawMotionEvent, ValuatorMode, XIEventMask,
};
use x11rb::protocol::xproto::{ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::watch::Watch;

/// A pointer that is held. The watch is there once the server was reached.
pub struct Lock(#[expect(dead_code, reason = "held for its drop")] Rc<RefCell<Option<Watch>>>);

/// The X server, and the pointer as it was when it was caught.
struct Server {
    connection: RustConnection,
    root: Window,
    /// Where the pointer is put back to.
    home: (i16, i16),
    axes: Axes,
}

impl Lock {
    /// Holds the pointer of display `name` where it is; `scale` is how many pixels of the monitor one of the desktop has.
    pub fn new(name: &str, scale: i32, moved: impl Fn(f64, f64) + 'static) -> Self {
        let held = Rc::new(RefCell::new(None));
        let weak = Rc::downgrade(&held);
        let name = name.to_owned();
        glib::spawn_future_local(async move {
            // Connecting waits for the server.
            let server = gio::spawn_blocking(move || Server::connect(&name)).await;
            match (server, weak.upgrade()) {
                (Ok(Ok(server)), Some(held)) => {
                    let scale = f64::from(scale.max(1));
                    held.replace(Some(server.watch(move |x, y| moved(x / scale, y / scale))));
                }
                (Ok(Err(error)), _) => tracing::warn!(%error, "the pointer could not be caught"),
                _ => {}
            }
        });
        Self(held)
    }
}

impl Server {
    fn connect(name: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (connection, screen) = RustConnection::connect(Some(name))?;
        let screen = &connection.setup().roots[screen];
        let root = screen.root;
        let size = [f64::from(screen.width_in_pixels), f64::from(screen.height_in_pixels)];
        connection.xinput_xi_query_version(2, 2)?.reply()?;
        let mut axes = Axes::default();
        for device in connection.xinput_xi_query_device(Device::ALL)?.reply()?.infos {
            for class in device.classes {
                if let DeviceClassData::Valuator(axis) = class.data
                    && axis.mode == ValuatorMode::ABSOLUTE
                    && let Some(length) = size.get(usize::from(axis.number))
                {
                    let range = number(axis.max) - number(axis.min);
                    axes.add(device.deviceid, axis.number, length / range.max(1.0));
                }
            }
        }
        let mask = EventMask {
            deviceid: Device::ALL_MASTER.into(),
            mask: vec![XIEventMask::RAW_MOTION],
        };
        connection.xinput_xi_select_events(root, &[mask])?.check()?;
        let place = connection.query_pointer(root)?.reply()?;
        Ok(Self {
            connection,
            root,
            home: (place.root_x, place.root_y),
            axes,
        })
    }

    fn watch(mut self, moved: impl Fn(f64, f64) + 'static) -> Watch {
        let socket = self.connection.stream().as_raw_fd();
        Watch::new(socket, move || match self.movements() {
            Ok(by) => {
                if by != (0.0, 0.0) {
                    moved(by.0, by.1);
                }
                ControlFlow::Continue
            }
            Err(error) => {
                tracing::warn!(%error, "the pointer is not caught any more");
                ControlFlow::Break
            }
        })
    }

    /// What has moved since the last time; puts the pointer back.
    fn movements(&mut self) -> Result<(f64, f64), ConnectionError> {
        let mut sum = (0.0, 0.0);
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::XinputRawMotion(motion) = event {
                let by = self.axes.movement(&motion);
                sum = (sum.0 + by.0, sum.1 + by.1);
            }
        }
        if sum != (0.0, 0.0) {
            let none = x11rb::NONE;
            self.connection
                .warp_pointer(none, self.root, 0, 0, 0, 0, self.home.0, self.home.1)?;
            self.connection.flush()?;
        }
        Ok(sum)
    }
}

/// Axes that tell places instead of movements, by device and number: pixels of the monitor per step, and the last place. A
/// tablet has them, and so has the only pointer of a virtual machine.
#[derive(Default)]
struct Axes(HashMap<(u16, u16), (f64, Option<f64>)>);

impl Axes {
    fn add(&mut self, device: u16, axis: u16, pixels: f64) {
        self.0.insert((device, axis), (pixels, None));
    }

    /// How far a device has moved, in pixels of the monitor.
    fn movement(&mut self, motion: &RawMotionEvent) -> (f64, f64) {
        let mut by = [0.0, 0.0];
        let mut values = motion.axisvalues.iter();
        let axes = motion
            .valuator_mask
            .iter()
            .flat_map(|mask| (0..32).map(move |bit| mask >> bit & 1 == 1));
        for (axis, _) in (0_u16..).zip(axes).filter(|(_, set)| *set) {
            let Some(value) = values.next().copied().map(number) else {
                break;
            };
            let Some(sum) = by.get_mut(usize::from(axis)) else {
                break;
            };
            *sum += match self.0.get_mut(&(motion.sourceid, axis)) {
                Some((pixels, last)) => last.replace(value).map_or(0.0, |last| (value - last) * *pixels),
                None => value,
            };
        }
        (by[0], by[1])
    }
}

fn number(value: Fp3232) -> f64 {
    f64::from(value.integral) + f64::from(value.frac) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn motion(device: u16, mask: u32, values: &[i32]) -> RawMotionEvent {
        RawMotionEvent {
            sourceid: device,
            valuator_mask: vec![mask],
            axisvalues: values
                .iter()
                .map(|value| Fp3232 {
                    integral: *value,
                    frac: 0,
                })
                .collect(),
            ..Default::default()
        }
    }

    #[test]
    fn a_mouse_tells_movements_and_a_tablet_places() {
        let mut axes = Axes::default();
        axes.add(7, 0, 0.5);
        axes.add(7, 1, 0.25);
        assert_eq!(axes.movement(&motion(2, 0b11, &[3, -4])), (3.0, -4.0));
        assert_eq!(axes.movement(&motion(2, 0b10, &[5])), (0.0, 5.0));
        assert_eq!(
            axes.movement(&motion(7, 0b11, &[1000, 1000])),
            (0.0, 0.0),
            "the first place is no movement"
        );
        assert_eq!(axes.movement(&motion(7, 0b11, &[1010, 900])), (5.0, -25.0));
    }

    #[test]
    fn a_wheel_and_a_broken_event_move_nothing() {
        let mut axes = Axes::default();
        assert_eq!(axes.movement(&motion(2, 0b1000, &[15])), (0.0, 0.0));
        assert_eq!(axes.movement(&motion(2, 0b11, &[])), (0.0, 0.0));
    }
}
