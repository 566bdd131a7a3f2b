//! Tooltips that cost nothing while a window is made.

use gtk4 as gtk;
use gtk4::prelude::*;

/// Gives a widget a tooltip, or none. GTK 4.8 looks each time what is under the pointer, as if somebody waited for the
/// tooltip; with X that is four round trips, during which all other programs stand still. It leaves out widgets that are
/// hidden, so that one that isn't on screen is, for the moment.
pub fn set_tip(widget: &impl IsA<gtk::Widget>, text: Option<&str>) {
    if widget.tooltip_text().as_deref() == text {
        return;
    }
    let unseen = widget.get_visible() && !widget.is_mapped();
    if unseen {
        widget.set_visible(false);
    }
    widget.set_tooltip_text(text);
    if unseen {
        widget.set_visible(true);
    }
}

/// Tooltips for widgets that are just built: the builder's `tooltip_text` is the slow one.
pub trait Tip: IsA<gtk::Widget> {
    /// The widget, with a tooltip.
    #[must_use]
    fn with_tip(self, text: impl AsRef<str>) -> Self {
        set_tip(&self, Some(text.as_ref()));
        self
    }
}

impl<W: IsA<gtk::Widget>> Tip for W {}
