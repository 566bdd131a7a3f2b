//! The process itself: what has to be set before the first thread.

use std::path::Path;

/// Makes GTK draw with cairo where there is no graphics hardware: software GL costs 70 MB and 0.2 CPU seconds at the start
/// and is no faster. A renderer that the user chose (`GSK_RENDERER`) stays.
///
/// Call first thing in `main`, before any thread and before GTK starts.
pub fn choose_renderer() {
    if std::env::var_os("GSK_RENDERER").is_some() || has_graphics() {
        return;
    }
    // SAFETY: the caller promises that no other thread exists, so nobody reads the environment meanwhile.
    unsafe { std::env::set_var("GSK_RENDERER", "cairo") };
}

fn has_graphics() -> bool {
    let rendering = |name: &str| name.starts_with("renderD");
    let devices = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let mut names = devices.filter_map(|device| device.file_name().into_string().ok());
    names.any(|name| rendering(&name)) || Path::new("/dev/nvidia0").exists() || Path::new("/dev/dxg").exists()
}
