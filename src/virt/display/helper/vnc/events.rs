//! What a server says, as `gvnc` signals it.

use std::ffi::CStr;
use std::os::raw::c_char;
use std::rc::{Rc, Weak};

use glib::prelude::*;
use glib::translate::ToGlibPtr;
use gvnc::ConnectionEncoding as Encoding;

use super::{HEAD, Session, framebuffer, security, sound};
use crate::wire::{End, LONGEST_TEXT, Locks, News, Rect};

/// What is understood, the preferred first. Nothing that `gvnc` does not handle, or every update would be its end; and no
/// quality for JPEG, whose decoder outside of `gvnc` is one more thing to trust.
const PICTURES: [Encoding; 6] = [
    Encoding::Tight,
    Encoding::Zrle,
    Encoding::Hextile,
    Encoding::Rre,
    Encoding::CopyRect,
    Encoding::Raw,
];
/// On the same computer.
const NEAR: [Encoding; 3] = [Encoding::Hextile, Encoding::CopyRect, Encoding::Raw];
const OTHERS: [Encoding; 8] = [
    Encoding::ExtKeyEvent,
    Encoding::LedState,
    Encoding::ExtendedDesktopResize,
    Encoding::DesktopResize,
    Encoding::DesktopName,
    Encoding::LastRect,
    Encoding::RichCursor,
    Encoding::PointerChange,
];

type Handler = fn(&Rc<Session>, &gvnc::Connection, &[glib::Value]);

/// Follows all signals of a connection.
pub fn follow(connection: &gvnc::Connection, session: &Rc<Session>) {
    let handlers: [(&str, Handler); 14] = [
        ("vnc-auth-choose-type", |session, connection, values| {
            security::choose_type(session, connection, &numbers(values.get(1)));
        }),
        ("vnc-auth-choose-subtype", |session, connection, values| {
            let of = values.get(1).and_then(|value| value.get().ok()).unwrap_or(0);
            security::choose_subtype(session, connection, of, &numbers(values.get(2)));
        }),
        ("vnc-auth-credential", |session, connection, values| {
            security::want(session, connection, &numbers(values.get(1)));
        }),
        ("vnc-auth-failure", |session, connection, values| {
            session.state.borrow_mut().refused = Some(text(values.get(1)));
            // Or it would go on as if nothing had happened, after some failures.
            connection.shutdown();
        }),
        ("vnc-auth-unsupported", |session, _, values| {
            let which: u32 = values.get(1).and_then(|value| value.get().ok()).unwrap_or(0);
            session.state.borrow_mut().unknown = Some(which.to_string());
        }),
        ("vnc-error", |session, _, values| {
            session.state.borrow_mut().error.get_or_insert(text(values.get(1)));
        }),
        ("vnc-initialized", |session, connection, _| {
            initialized(session, connection)
        }),
        ("vnc-disconnected", |session, _, _| security::over(session)),
        ("vnc-framebuffer-update", |session, _, values| updated(session, values)),
        ("vnc-desktop-resize", resized),
        ("vnc-desktop-rename", |session, _, values| {
            session.outlet.tell(News::Name(text(values.get(1))));
        }),
        ("vnc-cursor-changed", |session, _, values| {
            let shape: Option<gvnc::Cursor> = values.get(1).and_then(|value| value.get().ok()).flatten();
            session.outlet.tell(News::Cursor(framebuffer::cursor(shape.as_ref())));
        }),
        ("vnc-bell", |session, _, _| session.outlet.tell(News::Bell)),
        ("vnc-pointer-mode-changed", |session, connection, _| {
            tell_mode(session, connection)
        }),
    ];
    for (signal, handler) in handlers {
        listen(connection, session, signal, handler);
    }
    // Declared in `gvnc` 1.3 without the argument that its marshaller wants: only a closure of our own is called.
    listen(connection, session, "vnc-led-state", |session, connection, _| {
        lights(session, connection)
    });
}

fn listen(connection: &gvnc::Connection, session: &Rc<Session>, signal: &str, handler: Handler) {
    let session: Weak<Session> = Rc::downgrade(session);
    connection.connect_local(signal, false, move |values| {
        let connection = values.first().and_then(|value| value.get::<gvnc::Connection>().ok());
        if let (Some(session), Some(connection)) = (session.upgrade(), connection) {
            handler(&session, &connection, values);
        }
        None
    });
}

/// A text of the server, which may be anything but text.
fn text(value: Option<&glib::Value>) -> String {
    let Some(value) = value.filter(|value| value.type_() == glib::Type::STRING) else {
        return String::new();
    };
    // SAFETY: the value holds a text, as was just checked, and outlives the borrow.
    lossy(unsafe { glib::gobject_ffi::g_value_get_string(value.to_glib_none().0) })
}

fn lossy(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: ended by zero, as all texts of GLib, and only borrowed here.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_string_lossy().chars().take(LONGEST_TEXT).collect()
}

/// The numbers of an array of enumerations, whether they have names or not.
fn numbers(value: Option<&glib::Value>) -> Vec<i32> {
    let array = value.and_then(|value| value.get::<glib::ValueArray>().ok());
    let Some(array) = array else {
        return Vec::new();
    };
    let number = |value: &glib::Value| {
        let is_enum = value.type_().is_a(glib::Type::ENUM);
        // SAFETY: the value holds an enumeration, as was just checked.
        is_enum.then(|| unsafe { glib::gobject_ffi::g_value_get_enum(value.to_glib_none().0) })
    };
    array.iter().filter_map(number).collect()
}

fn initialized(session: &Rc<Session>, connection: &gvnc::Connection) {
    if !connection.is_initialized() {
        // A refusal that `gvnc` has overlooked.
        session.state.borrow_mut().refused.get_or_insert_with(String::new);
        return connection.shutdown();
    }
    let mut state = session.state.borrow_mut();
    state.initialized = true;
    let security = state.security.clone();
    drop(state);
    session.outlet.tell(News::Connected { security });
    // SAFETY: the name is `gvnc`'s, and copied at once.
    let name = lossy(unsafe { gvnc::ffi::vnc_connection_get_name(connection.to_glib_none().0) });
    session.qemu.set(name.starts_with("QEMU"));
    session.outlet.tell(News::Name(name));
    let size = |side: i32| u32::try_from(side).unwrap_or(0);
    let (width, height) = (size(connection.width()), size(connection.height()));
    let prepared = framebuffer::set_format(connection).is_some() && set_encodings(session, connection).is_ok();
    let begun = if prepared {
        session.resize(connection, width, height)
    } else {
        Err(End::Broken("no pixel format".to_owned()))
    };
    match begun {
        Ok(()) => {
            tell_mode(session, connection);
            session.request(false);
            if session.open.sound {
                set_sound(session, connection, true);
            }
            session.share_clipboard();
        }
        Err(end) => session.outlet.end(end),
    }
}

fn set_encodings(session: &Session, connection: &gvnc::Connection) -> Result<(), glib::BoolError> {
    let pictures: &[Encoding] = if session.near.get() { &NEAR } else { &PICTURES };
    let sound = session.player.borrow().as_ref().map(|_| &Encoding::Audio);
    // QEMU sends it blue first, as `gvnc` gives all shapes; others follow the letter of the protocol, red first.
    let soft = session.qemu.get().then_some(&Encoding::AlphaCursor);
    let encodings = pictures.iter().chain(soft).chain(&OTHERS).chain(sound);
    let encodings: Vec<i32> = encodings.map(|encoding| number(*encoding)).collect();
    connection.set_encodings(&encodings)
}

/// Begins or stops to listen to the guest. Without a player nothing of it is even negotiated: `gvnc` ends when a sound comes
/// that it can't play.
pub fn set_sound(session: &Session, connection: &gvnc::Connection, on: bool) {
    if !on {
        let _ = connection.audio_disable();
        return;
    }
    if session.player.borrow().is_none() {
        let Some(player) = sound::player() else {
            return session.tell_abilities(|abilities| abilities.sound = false);
        };
        let _ = connection.set_audio(&player);
        session.player.replace(Some(player));
        sound::set_format(connection);
        let _ = set_encodings(session, connection);
    }
    let _ = connection.audio_enable();
    session.tell_abilities(|abilities| abilities.sound = true);
}

fn number(encoding: Encoding) -> i32 {
    glib::translate::IntoGlib::into_glib(encoding)
}

fn side(value: Option<&glib::Value>) -> u32 {
    let side: Option<i32> = value.and_then(|value| value.get().ok());
    side.and_then(|side| u32::try_from(side).ok()).unwrap_or(0)
}

fn updated(session: &Rc<Session>, values: &[glib::Value]) {
    // Before the copy, so that the server works meanwhile.
    session.request_soon();
    session.outlet.damage(
        HEAD,
        Rect {
            x: side(values.get(1)),
            y: side(values.get(2)),
            width: side(values.get(3)),
            height: side(values.get(4)),
        },
    );
}

fn resized(session: &Rc<Session>, connection: &gvnc::Connection, values: &[glib::Value]) {
    let (width, height) = (side(values.get(1)), side(values.get(2)));
    let same = session.pixels.borrow().as_ref().map(super::Pixels::size);
    if same.is_some_and(|(old_width, old_height)| (u32::from(old_width), u32::from(old_height)) == (width, height)) {
        // Only servers that also take sizes repeat theirs.
        session.tell_abilities(|abilities| abilities.resize = true);
        return session.request_soon();
    }
    match session.resize(connection, width, height) {
        Ok(()) => session.request(false),
        Err(end) => session.outlet.end(end),
    }
}

fn tell_mode(session: &Session, connection: &gvnc::Connection) {
    let absolute = connection.is_abs_pointer();
    session.pointer.borrow_mut().absolute = absolute;
    session.outlet.tell(News::PointerMode { absolute });
}

fn lights(session: &Session, connection: &gvnc::Connection) {
    let lights = connection.ledstate();
    let is = |light: i32| lights & light != 0;
    let locks = Locks {
        caps: is(gvnc::ffi::VNC_LEDSTATE_CAPS_LOCK),
        num: is(gvnc::ffi::VNC_LEDSTATE_NUM_LOCK),
        scroll: is(gvnc::ffi::VNC_LEDSTATE_SCROLL_LOCK),
    };
    session.state.borrow_mut().locks = Some(locks);
    session.outlet.tell(News::Locks(locks));
}
