//! The terminal widget: how it looks, and everything that keeps a guest from reaching beyond it.

use std::cell::Cell;

use gtk::{gdk, gio, glib, pango};
use relm4::{adw, gtk};
use vte4::prelude::*;

use crate::ui::core::Core;

/// The sixteen colours, a little softer than those of a text mode.
const COLORS: [&str; 16] = [
    "#241f31", "#c01c28", "#2ec27e", "#b58900", "#1e78e4", "#9841bb", "#0ab9dc", "#c0bfbc", "#5e5c64", "#ed333b",
    "#57e389", "#e5a50a", "#51a1ff", "#c061cb", "#4fd2fd", "#f6f5f4",
];

/// Smallest, largest and step of the zoom.
const ZOOM: (f64, f64, f64) = (0.5, 4.0, 1.1);

/// A terminal in which guest output can draw and nothing else: no links, no bell, no titles.
#[must_use]
pub fn build(core: &Core) -> vte4::Terminal {
    let terminal = vte4::Terminal::builder()
        .allow_hyperlink(false)
        .audible_bell(false)
        .scroll_on_output(false)
        .scroll_on_keystroke(true)
        .pointer_autohide(true)
        .hexpand(true)
        .vexpand(true)
        .build();
    follow_settings(&terminal, core);
    terminal.update_property(&[gtk::accessible::Property::Label(&crate::i18n::tr(
        "Console of the machine",
    ))]);
    follow_style(&terminal);
    terminal
}

/// Applies font and scroll-back, now and whenever they are changed.
fn follow_settings(terminal: &vte4::Terminal, core: &Core) {
    apply_settings(terminal, core);
    for key in ["console-scrollback", "console-font"] {
        let (weak, follower) = (terminal.downgrade(), core.clone());
        let handler = core.settings().connect_changed(key, move || {
            if let Some(terminal) = weak.upgrade() {
                apply_settings(&terminal, &follower);
            }
        });
        let (backend, handler) = (core.settings().backend().clone(), Cell::new(Some(handler)));
        terminal.connect_destroy(move |_| {
            if let Some(handler) = handler.take() {
                backend.disconnect(handler);
            }
        });
    }
}

fn apply_settings(terminal: &vte4::Terminal, core: &Core) {
    let settings = core.settings();
    let font = settings.console_font();
    let font = pango::FontDescription::from_string(font.as_deref().unwrap_or("Monospace 11"));
    terminal.set_font(Some(&font));
    let lines = i64::from(settings.console_scrollback());
    if terminal.scrollback_lines() != lines {
        terminal.set_scrollback_lines(lines);
    }
}

fn rgba(text: &str) -> gdk::RGBA {
    text.parse().unwrap_or(gdk::RGBA::BLACK)
}

fn apply_style(terminal: &vte4::Terminal, manager: &adw::StyleManager) {
    let (foreground, background) = if manager.is_dark() {
        (rgba("#ffffff"), rgba("#1d1d20"))
    } else {
        (rgba("#171421"), rgba("#ffffff"))
    };
    let palette: Vec<gdk::RGBA> = COLORS.iter().map(|color| rgba(color)).collect();
    let palette: Vec<&gdk::RGBA> = palette.iter().collect();
    terminal.set_colors(Some(&foreground), Some(&background), &palette);
}

/// Follows light and dark for as long as the terminal lives.
fn follow_style(terminal: &vte4::Terminal) {
    let manager = adw::StyleManager::default();
    apply_style(terminal, &manager);
    let weak = terminal.downgrade();
    let handler = manager.connect_dark_notify(move |manager| {
        if let Some(terminal) = weak.upgrade() {
            apply_style(&terminal, manager);
        }
    });
    let handler = Cell::new(Some(handler));
    terminal.connect_destroy(move |_| {
        if let Some(handler) = handler.take() {
            adw::StyleManager::default().disconnect(handler);
        }
    });
}

/// Makes the text larger (`1`), smaller (`-1`) or as it was (`0`).
pub fn zoom(terminal: &vte4::Terminal, direction: i32) {
    let scale = match direction.signum() {
        1 => (terminal.font_scale() * ZOOM.2).min(ZOOM.1),
        -1 => (terminal.font_scale() / ZOOM.2).max(ZOOM.0),
        _ => 1.0,
    };
    terminal.set_font_scale(scale);
}

/// The command that tells a guest how large the terminal is; a serial line can't carry it.
#[must_use]
pub fn size_command(columns: i64, rows: i64) -> String {
    format!("stty rows {rows} cols {columns}")
}

/// Writes everything in the terminal, scroll-back included, to `file` piece by piece. The file changes when all is
/// written.
///
/// # Errors
/// What VTE or the file says.
pub fn write(terminal: &vte4::Terminal, file: &gio::File) -> Result<(), glib::Error> {
    let stream = file.replace(
        None,
        false,
        gio::FileCreateFlags::REPLACE_DESTINATION,
        gio::Cancellable::NONE,
    )?;
    let buffered = gio::BufferedOutputStream::builder()
        .base_stream(&stream)
        .buffer_size(64 * 1024)
        .build();
    match terminal.write_contents_sync(&buffered, vte4::WriteFlags::Default, gio::Cancellable::NONE) {
        Ok(()) => buffered.close(gio::Cancellable::NONE),
        Err(error) => {
            // A cancelled close leaves the old file as it was.
            let cancelled = gio::Cancellable::new();
            cancelled.cancel();
            let _ = stream.close(Some(&cancelled));
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::size_command;

    #[test]
    fn size_command_names_rows_before_columns_as_stty_wants_them() {
        assert_eq!(size_command(80, 24), "stty rows 24 cols 80");
    }
}
