//! The place where a text is wrong: a sign beside its line, a wavy line below it.

use std::cell::RefCell;

use gtk::{gdk, gio, glib, pango};
use relm4::gtk;
use sourceview5::prelude::*;
use sourceview5::{Buffer, Mark, MarkAttributes, View};

/// The gutter paints symbolic icons in the colour of its numbers. A mistake is red, and told by its shape, too.
const ICON: &[u8] =
    br##"<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="7" fill="#e01b24"/>
<path d="M4 7h8v2H4z" fill="#fff"/></svg>"##;
const CATEGORY: &str = "problem";

/// The sign of a buffer; there is one at most.
pub(super) struct Sign {
    buffer: Buffer,
    mark: RefCell<Option<Mark>>,
}

impl Sign {
    /// Prepares a view.
    pub(super) fn install(view: &View, buffer: &Buffer) -> Self {
        let look = MarkAttributes::new();
        look.set_gicon(&gio::BytesIcon::new(&glib::Bytes::from_static(ICON)));
        look.set_background(&gdk::RGBA::new(0.88, 0.11, 0.14, 0.1));
        view.set_mark_attributes(CATEGORY, &look, 1);
        let tag = gtk::TextTag::builder()
            .name(CATEGORY)
            .underline(pango::Underline::Error)
            .build();
        buffer.tag_table().add(&tag);
        Self {
            buffer: buffer.clone(),
            mark: RefCell::default(),
        }
    }

    /// Marks a line, counted from 0, and no other one; `None` marks none.
    pub(super) fn set(&self, line: Option<u32>) {
        let (start, end) = self.buffer.bounds();
        if let Some(mark) = self.mark.take() {
            self.buffer.delete_mark(&mark);
            self.buffer.remove_tag_by_name(CATEGORY, &start, &end);
        }
        let Some(line) = line.and_then(|line| i32::try_from(line).ok()) else {
            return;
        };
        let mut from = self.buffer.iter_at_line(line).unwrap_or(end);
        from.set_line_offset(0);
        *self.mark.borrow_mut() = Some(self.buffer.create_source_mark(None, CATEGORY, &from));
        while !from.ends_line() && from.char().is_whitespace() {
            from.forward_char();
        }
        let mut to = from;
        if !to.ends_line() {
            to.forward_to_line_end();
        }
        self.buffer.apply_tag_by_name(CATEGORY, &from, &to);
    }

    /// The line that is marked, which follows its text.
    pub(super) fn line(&self) -> Option<u32> {
        let mark = self.mark.borrow();
        let at = self.buffer.iter_at_mark(mark.as_ref()?);
        u32::try_from(at.line()).ok()
    }
}
