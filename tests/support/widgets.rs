//! What is on screen, as a user reads and uses it: widgets below another, windows and dialogs, what they say, and pictures of
//! them.

use std::cell::Cell;
use std::panic::UnwindSafe;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use vireo::virt::client::EventLoop;

use super::iterate_until;

/// What a test waits for on screen comes within this time, however busy the computer is.
pub const LIMIT: Duration = Duration::from_secs(60);
/// The animations are over by then.
const STILL: Duration = Duration::from_secs(2);

/// Runs a test on the one thread that GTK belongs to, with libvirt's event loop on it.
pub fn on_gtk(test: impl FnOnce() + Send + UnwindSafe + 'static) {
    gtk::test_synced(move || {
        thread_local!(static INSTALLED: Cell<bool> = const { Cell::new(false) });
        if !INSTALLED.replace(true) {
            EventLoop::install(&glib::MainContext::default()).expect("the event loop");
            adw::init().expect("a display");
        }
        test();
    });
}

/// Gives all widgets the program's own style.
pub fn use_style() {
    let sheet = gtk::CssProvider::new();
    sheet.load_from_data(include_str!("../../resources/style.css"));
    let display = gtk::gdk::Display::default().expect("a display");
    gtk::style_context_add_provider_for_display(&display, &sheet, gtk::STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/// Turns the main loop until `done`.
///
/// # Panics
/// After [`LIMIT`], naming `what` was waited for.
#[track_caller]
pub fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

/// All widgets of a type below `root`, in their order; `root` may be one of them.
pub fn all<T: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>) -> Vec<T> {
    let root: &gtk::Widget = root.upcast_ref();
    let mut found: Vec<T> = root.downcast_ref::<T>().cloned().into_iter().collect();
    let mut child = root.first_child();
    while let Some(widget) = child {
        found.extend(all(&widget));
        child = widget.next_sibling();
    }
    found
}

/// Those of [`all`] that are on screen.
pub fn shown<T: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>) -> Vec<T> {
    let mut found = all::<T>(root);
    found.retain(WidgetExt::is_mapped);
    found
}

/// The first of [`all`] that is wanted.
pub fn find<T: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>, wanted: &dyn Fn(&T) -> bool) -> Option<T> {
    all(root).into_iter().find(|widget| wanted(widget))
}

/// Whether a label on screen below `root` has this in its text.
pub fn says(root: &impl IsA<gtk::Widget>, text: &str) -> bool {
    let labels = shown::<gtk::Label>(root);
    labels.iter().any(|label| label.text().contains(text))
}

/// What all labels below `root` say, a line each.
pub fn told(root: &impl IsA<gtk::Widget>) -> String {
    let labels = all::<gtk::Label>(root).into_iter();
    labels.map(|label| format!("{}\n", label.text())).collect()
}

/// The button on screen with this label, without the mark of its key; one without a label goes by its tooltip.
pub fn button(root: &impl IsA<gtk::Widget>, words: &str) -> Option<gtk::Button> {
    shown::<gtk::Button>(root).into_iter().find(|button| {
        let labels = shown::<gtk::Label>(button);
        if labels.is_empty() {
            button.tooltip_text().as_deref() == Some(words)
        } else {
            labels.iter().any(|label| label.text() == words)
        }
    })
}

/// The row of a type with this title.
pub fn row<T: IsA<adw::PreferencesRow> + IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>, title: &str) -> Option<T> {
    all::<T>(root).into_iter().find(|row| row.title() == title)
}

/// The row to type in with this title.
///
/// # Panics
/// If there is none.
#[track_caller]
pub fn entry(root: &impl IsA<gtk::Widget>, title: &str) -> adw::EntryRow {
    row(root, title).unwrap_or_else(|| panic!("no entry with the title {title}"))
}

/// All windows of a type that are open, the newest first.
pub fn windows<T: IsA<gtk::Window> + IsA<gtk::Widget>>() -> Vec<T> {
    gtk::Window::list_toplevels()
        .into_iter()
        .filter(WidgetExt::is_visible)
        .filter_map(|window| window.downcast().ok())
        .collect()
}

/// The question or message that is open.
pub fn dialog() -> Option<adw::MessageDialog> {
    windows().into_iter().next()
}

/// Waits for the question or message with this heading.
///
/// # Panics
/// After [`LIMIT`].
#[track_caller]
pub fn dialog_called(heading: &str) -> adw::MessageDialog {
    let mut found = None;
    until(heading, || {
        let mut dialogs = windows::<adw::MessageDialog>().into_iter();
        found = dialogs.find(|dialog| dialog.heading().as_deref() == Some(heading));
        found.is_some()
    });
    found.expect("the dialog")
}

/// Leaves a picture of the display in the folder that `VIREO_PICTURES` names; without that there is none.
pub fn screenshot(name: &str) {
    shoot(name, STILL, || None);
}

/// The same of a window. Without a window manager it stands in the corner.
pub fn picture(name: &str, window: &impl IsA<gtk::Window>) {
    picture_after(STILL, name, window);
}

/// The same at another moment.
pub fn picture_after(patience: Duration, name: &str, window: &impl IsA<gtk::Window>) {
    shoot(name, patience, || {
        let surface = window.as_ref().surface().expect("a window on screen");
        Some(format!("{}x{}+0+0", surface.width(), surface.height()))
    });
}

fn shoot(name: &str, patience: Duration, area: impl FnOnce() -> Option<String>) {
    let Some(folder) = std::env::var_os("VIREO_PICTURES") else {
        return;
    };
    let start = Instant::now();
    until("the screen to be drawn", || start.elapsed() > patience);
    let mut import = Command::new("import");
    import.args(["-window", "root"]);
    if let Some(area) = area() {
        import.args(["-crop", &area, "+repage"]);
    }
    let mut taken = import
        .arg(Path::new(&folder).join(format!("{name}.png")))
        .spawn()
        .expect("import");
    // The display server may want an answer of ours meanwhile.
    let mut status = None;
    until("the picture", || {
        status = taken.try_wait().expect("its end");
        status.is_some()
    });
    assert!(status.is_some_and(|status| status.success()), "{name}");
}
