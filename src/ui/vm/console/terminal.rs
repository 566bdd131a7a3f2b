//! The terminal widget: how it looks, and everything that keeps a guest from reaching beyond it.

use gtk::{gdk, gio, glib, pango};
use relm4::{adw, gtk};
use vte4::prelude::*;

/// The sixteen colours, a little softer than those of a text mode.
const COLORS: [&str; 16] = [
    "#241f31", "#c01c28", "#2ec27e", "#b58900", "#1e78e4", "#9841bb", "#0ab9dc", "#c0bfbc", "#5e5c64", "#ed333b",
    "#57e389", "#e5a50a", "#51a1ff", "#c061cb", "#4fd2fd", "#f6f5f4",
];

/// Smallest, largest and step of the zoom.
const ZOOM: (f64, f64, f64) = (0.5, 4.0, 1.1);

/// A terminal in which guest output can draw and nothing else: no links, no bell, no titles.
#[must_use]
pub fn build(scrollback: i64) -> vte4::Terminal {
    let terminal = vte4::Terminal::builder()
        .allow_hyperlink(false)
        .audible_bell(false)
        .scrollback_lines(u32::try_from(scrollback.max(0)).unwrap_or(u32::MAX))
        .scroll_on_output(false)
        .scroll_on_keystroke(true)
        .pointer_autohide(true)
        .hexpand(true)
        .vexpand(true)
        .build();
    terminal.set_font(Some(&pango::FontDescription::from_string("Monospace 11")));
    terminal.update_property(&[gtk::accessible::Property::Label(&crate::i18n::tr(
        "Console of the machine",
    ))]);
    follow_style(&terminal);
    terminal
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
    let handler = std::cell::Cell::new(Some(handler));
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

/// Everything in the terminal as text, scroll-back included.
///
/// # Errors
/// What VTE says.
pub fn contents(terminal: &vte4::Terminal) -> Result<glib::Bytes, glib::Error> {
    let memory = gio::MemoryOutputStream::new_resizable();
    terminal.write_contents_sync(&memory, vte4::WriteFlags::Default, gio::Cancellable::NONE)?;
    memory.close(gio::Cancellable::NONE)?;
    Ok(memory.steal_as_bytes())
}

#[cfg(test)]
mod tests {
    use super::size_command;

    #[test]
    fn size_command_names_rows_before_columns_as_stty_wants_them() {
        assert_eq!(size_command(80, 24), "stty rows 24 cols 80");
    }
}
