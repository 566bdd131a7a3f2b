//! The floor: gvnc alone. It decodes into memory and draws nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use glib::translate::{FromGlibPtrFull, ToGlibPtr};
use gvnc::{BaseFramebuffer, Connection, PixelFormat};

use crate::part;

/// Encodings in the order of the helper's.
const ENCODINGS: [i32; 5] = [7, 16, 5, 1, 0];

/// Shows nothing of what the server at `port` shows.
pub fn run(port: u16) {
    let main_loop = glib::MainLoop::new(None, false);
    let connection = Connection::new();
    let memory: Rc<RefCell<Vec<u8>>> = Rc::default();
    let frames = Rc::new(Cell::new(0_u64));
    connection.connect_vnc_auth_choose_type(|connection, _| {
        let _ = connection.set_auth_type(1);
    });
    let into = Rc::clone(&memory);
    connection.connect_vnc_initialized(move |connection| begin(connection, &into));
    let counted = Rc::clone(&frames);
    connection.connect_vnc_framebuffer_update(move |connection, _, _, _, _| {
        if counted.get() == 0 {
            part::ready();
        }
        counted.set(counted.get() + 1);
        let (width, height) = size(connection);
        let _ = connection.framebuffer_update_request(true, 0, 0, width, height);
    });
    let _ = connection.set_shared(true);
    connection
        .open_host("127.0.0.1", &port.to_string())
        .expect("an address");
    let ending = main_loop.clone();
    part::when_told(move || ending.quit());
    main_loop.run();
    println!("{}", frames.get());
}

fn size(connection: &Connection) -> (u16, u16) {
    let side = |side: i32| u16::try_from(side).expect("as the protocol says");
    (side(connection.width()), side(connection.height()))
}

fn begin(connection: &Connection, memory: &RefCell<Vec<u8>>) {
    let (width, height) = size(connection);
    let stride = usize::from(width) * 4;
    memory.replace(vec![0; stride * usize::from(height)]);
    let format: PixelFormat = connection.pixel_format().expect("a connection has one");
    let format: *const gvnc::ffi::VncPixelFormat = format.to_glib_none().0;
    // SAFETY: the memory is of this size and is not moved or freed before the main loop ends; the formats are copied.
    let buffer = unsafe {
        BaseFramebuffer::from_glib_full(gvnc::ffi::vnc_base_framebuffer_new(
            memory.borrow_mut().as_mut_ptr(),
            width,
            height,
            i32::from(width) * 4,
            format,
            format,
        ))
    };
    connection.set_framebuffer(&buffer).expect("a connection");
    connection.set_encodings(&ENCODINGS).expect("a connection");
    connection
        .framebuffer_update_request(false, 0, 0, width, height)
        .expect("a connection");
}
