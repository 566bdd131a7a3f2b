//! The process itself: what has to be set before the first thread.

use std::ffi::CStr;
use std::path::Path;

/// Makes GTK draw with cairo where there is no graphics hardware, and not load software GL at all: that costs 26 MB and a
/// third of the start, and is no faster. A renderer that the user chose (`GSK_RENDERER`) stays. `gtk_minor` is the
/// version of GTK 4 that runs; how GL is left alone changed with 4.16.
///
/// Call first thing in `main`, before any thread and before GTK starts.
pub fn choose_renderer(gtk_minor: u32) {
    let chosen = std::env::var("GSK_RENDERER").ok();
    let cairo = match &chosen {
        Some(renderer) => renderer == "cairo",
        None => !has_graphics(),
    };
    let (switch, value) = match gtk_minor {
        16.. => ("GDK_DISABLE", "gl"),
        _ => ("GDK_DEBUG", "gl-disable"),
    };
    if cairo && chosen.is_none() {
        // SAFETY: the caller promises that no other thread exists, so nobody reads the environment meanwhile.
        unsafe { std::env::set_var("GSK_RENDERER", "cairo") };
    }
    if cairo && std::env::var_os(switch).is_none() {
        // SAFETY: as above.
        unsafe { std::env::set_var(switch, value) };
    }
}

/// Hands the marks of the locale that was set to `take`: decimal point, separator of groups of digits, sizes of the groups.
///
/// Call after the locale was set and before any other thread exists.
pub fn with_number_marks(take: impl FnOnce(&CStr, &CStr, &CStr)) {
    // SAFETY: the caller promises that no other thread exists, so nobody changes the locale while the static answer of
    // `localeconv` is borrowed. Its texts are never null and end with a zero byte.
    unsafe {
        let marks = &*libc::localeconv();
        take(
            CStr::from_ptr(marks.decimal_point),
            CStr::from_ptr(marks.thousands_sep),
            CStr::from_ptr(marks.grouping),
        );
    }
}

fn has_graphics() -> bool {
    let rendering = |name: &str| name.starts_with("renderD");
    let devices = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let mut names = devices.filter_map(|device| device.file_name().into_string().ok());
    names.any(|name| rendering(&name)) || Path::new("/dev/nvidia0").exists() || Path::new("/dev/dxg").exists()
}
