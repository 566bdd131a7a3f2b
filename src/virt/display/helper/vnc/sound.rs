//! Sound: played by `gvncpulse`, which is loaded when it is wanted for the first time. It speaks with PulseAudio and
//! everything that stands in for it.

use std::ffi::c_void;

use glib::translate::{ToGlibPtr, from_glib_none};

/// A player, if this computer has one.
pub fn player() -> Option<gvnc::Audio> {
    // SAFETY: a library of `gvnc` itself, loaded for good; loading runs no code but that of libraries of this computer.
    let library = unsafe { libc::dlopen(c"libgvncpulse-1.0.so.0".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
    if library.is_null() {
        return None;
    }
    // SAFETY: looks a name up in it.
    let found = unsafe { libc::dlsym(library, c"vnc_audio_pulse_new".as_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: that function takes nothing and gives an object that implements `VncAudio`, or nothing.
    let new: unsafe extern "C" fn() -> *mut c_void = unsafe { std::mem::transmute(found) };
    // SAFETY: as above; it lives as long as this process.
    let player = unsafe { new() }.cast::<gvnc::ffi::VncAudio>();
    // SAFETY: a fresh object, checked for null.
    (!player.is_null()).then(|| unsafe { from_glib_none(player) })
}

/// What every server can send and every computer can play.
pub fn set_format(connection: &gvnc::Connection) {
    let format = gvnc::ffi::VncAudioFormat {
        format: u8::try_from(gvnc::ffi::VNC_AUDIO_FORMAT_RAW_S16).unwrap_or_default(),
        nchannels: 2,
        frequency: 44100,
    };
    // SAFETY: the format is copied.
    unsafe { gvnc::ffi::vnc_connection_set_audio_format(connection.to_glib_none().0, &raw const format) };
}
