//! Colours of graphs, taken from the theme that is in force.

use gtk::gdk;
use gtk::prelude::*;
use relm4::{adw, gtk};

/// Names of libadwaita's palette for light and dark backgrounds, in the order in which series take them. Neighbours
/// differ in lightness as well as in hue, for eyes that see hues alike.
const LIGHT: [&str; 6] = ["blue_4", "orange_4", "green_5", "purple_3", "red_4", "brown_4"];
const DARK: [&str; 6] = ["blue_2", "orange_2", "green_2", "purple_1", "red_1", "yellow_2"];

/// Colours as a widget sees them now.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Text and axes.
    pub text: gdk::RGBA,
    /// The user's or theme's accent.
    pub accent: gdk::RGBA,
    /// All is well.
    pub success: gdk::RGBA,
    /// Something wants attention.
    pub warning: gdk::RGBA,
    /// Something is wrong.
    pub error: gdk::RGBA,
    /// High contrast was asked for: no faint lines, no translucent fills alone.
    pub high_contrast: bool,
    dark: bool,
}

impl Palette {
    /// Reads the colours that hold for `widget`.
    #[must_use]
    pub fn of(widget: &impl IsA<gtk::Widget>) -> Self {
        let style = widget.style_context();
        let manager = adw::StyleManager::default();
        let text = style.color();
        let named = |name: &str| style.lookup_color(name).unwrap_or(text);
        Self {
            text,
            accent: named("accent_color"),
            success: named("success_color"),
            warning: named("warning_color"),
            error: named("error_color"),
            high_contrast: manager.is_high_contrast(),
            dark: manager.is_dark(),
        }
    }

    /// The colour of series number `index` in a graph.
    #[must_use]
    pub fn series(&self, widget: &impl IsA<gtk::Widget>, index: usize) -> gdk::RGBA {
        let names = if self.dark { &DARK } else { &LIGHT };
        let name = names[index % names.len()];
        widget.style_context().lookup_color(name).unwrap_or(self.accent)
    }
}

/// `color` with another opacity.
#[must_use]
pub(super) fn faded(color: gdk::RGBA, alpha: f32) -> gdk::RGBA {
    gdk::RGBA::new(color.red(), color.green(), color.blue(), color.alpha() * alpha)
}

/// Makes `color` the source of what is drawn next.
pub(super) fn set_source(cr: &gtk::cairo::Context, color: gdk::RGBA) {
    cr.set_source_rgba(
        f64::from(color.red()),
        f64::from(color.green()),
        f64::from(color.blue()),
        f64::from(color.alpha()),
    );
}
