//! XML that is only looked at, in a page or dialog: in the editor's colours, with its passwords masked.

use relm4::gtk;
use sourceview5::Buffer;
use sourceview5::prelude::*;

use super::view;
use crate::model::markup;

/// A text as high as its lines.
pub struct Excerpt {
    root: gtk::ScrolledWindow,
    buffer: Buffer,
}

impl Excerpt {
    /// An empty one, called `name` by screen readers.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let buffer = view::buffer();
        let text = view::build(&buffer, name);
        text.set_editable(false);
        text.set_cursor_visible(false);
        text.set_accepts_tab(false);
        text.set_highlight_current_line(false);
        text.set_show_line_marks(false);
        text.set_vexpand(false);
        for set in [
            TextViewExt::set_top_margin,
            TextViewExt::set_bottom_margin,
            TextViewExt::set_left_margin,
            TextViewExt::set_right_margin,
        ] {
            set(&text, 9);
        }
        let root = gtk::ScrolledWindow::builder()
            .child(&text)
            .vscrollbar_policy(gtk::PolicyType::Never)
            .css_classes(["vireo-frame"])
            .overflow(gtk::Overflow::Hidden)
            .build();
        Self { root, buffer }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Shows a text; one that is there already stays as it is, with what is selected in it.
    pub fn show(&self, text: &str) {
        let masked = markup::masked(text.trim_end());
        if view::text(&self.buffer) != masked {
            view::load(&self.buffer, &masked);
        }
    }
}
