//! The text with its gutter.

use gtk::glib;
use relm4::{adw, gtk};
use sourceview5::prelude::*;
use sourceview5::{Buffer, SmartHomeEndType, StyleSchemeManager, View};

use super::colour;

/// Builds the view of a buffer, in the colours of the theme.
pub(super) fn build(buffer: &Buffer, name: &str) -> View {
    let view = View::builder()
        .buffer(buffer)
        .monospace(true)
        .show_line_marks(true)
        .highlight_current_line(true)
        .auto_indent(true)
        .indent_width(2)
        .tab_width(2)
        .insert_spaces_instead_of_tabs(true)
        .smart_backspace(true)
        .smart_home_end(SmartHomeEndType::Before)
        .top_margin(4)
        .bottom_margin(4)
        .left_margin(6)
        .right_margin(6)
        .hexpand(true)
        .vexpand(true)
        .build();
    view.set_direction(gtk::TextDirection::Ltr);
    view.upcast_ref::<gtk::TextView>()
        .update_property(&[gtk::accessible::Property::Label(name)]);
    colour::install(&view, buffer);
    view
}

/// An empty buffer that follows the light or dark style of the program.
pub(super) fn buffer() -> Buffer {
    let buffer = Buffer::new(None);
    buffer.set_highlight_matching_brackets(false);
    let style = adw::StyleManager::default();
    dress(&buffer, style.is_dark());
    let weak = buffer.downgrade();
    let dark = style.connect_dark_notify(move |style| {
        if let Some(buffer) = weak.upgrade() {
            dress(&buffer, style.is_dark());
        }
    });
    let weak = buffer.downgrade();
    let contrast = style.connect_high_contrast_notify(move |_| {
        if let Some(buffer) = weak.upgrade() {
            buffer.notify("style-scheme");
        }
    });
    let handlers = std::cell::Cell::new(Some([dark, contrast]));
    buffer.add_weak_ref_notify_local(move || {
        for handler in handlers.take().into_iter().flatten() {
            adw::StyleManager::default().disconnect(handler);
        }
    });
    buffer
}

fn dress(buffer: &Buffer, dark: bool) {
    let name = if dark { "Adwaita-dark" } else { "Adwaita" };
    buffer.set_style_scheme(StyleSchemeManager::default().scheme(name).as_ref());
}

/// All of the text, what is folded included.
pub(super) fn text(buffer: &Buffer) -> String {
    let (start, end) = buffer.bounds();
    buffer.text(&start, &end, true).into()
}

/// Puts another text in, which undo does not take back.
pub(super) fn load(buffer: &Buffer, text: &str) {
    buffer.begin_irreversible_action();
    buffer.set_text(text);
    buffer.end_irreversible_action();
    buffer.place_cursor(&buffer.start_iter());
    buffer.set_modified(false);
}

/// Puts another text in as one step of undo: only what differs is touched, so that the cursor stays where it was.
pub(super) fn replace(buffer: &Buffer, text: &str) {
    let old = self::text(buffer);
    if old == text {
        return;
    }
    let same = old.chars().zip(text.chars()).take_while(|(a, b)| a == b);
    let (mut start, mut bytes) = (0, 0);
    for (c, _) in same {
        start += 1;
        bytes += c.len_utf8();
    }
    let (rest, new) = (&old[bytes..], &text[bytes..]);
    let tail = rest.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
    let (mut chars, mut end) = (0, 0);
    for (c, _) in tail {
        chars += 1;
        end += c.len_utf8();
    }
    let offset = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    buffer.begin_user_action();
    let mut from = buffer.iter_at_offset(offset(start));
    let mut to = buffer.iter_at_offset(buffer.char_count() - offset(chars));
    buffer.delete(&mut from, &mut to);
    buffer.insert(&mut from, &new[..new.len() - end]);
    buffer.end_user_action();
}

/// Puts the cursor somewhere and shows the place. Lines and columns are counted from 0, columns in characters.
pub(super) fn go_to(view: &View, line: u32, column: u32) {
    let buffer = view.buffer();
    let Ok(line) = i32::try_from(line) else { return };
    let mut place = buffer.iter_at_line(line).unwrap_or_else(|| buffer.end_iter());
    let last = place.chars_in_line().saturating_sub(1).max(0);
    place.forward_chars(i32::try_from(column).unwrap_or(0).min(last));
    buffer.place_cursor(&place);
    let view = view.clone();
    // Heights of lines above may not be known yet.
    glib::idle_add_local_once(move || {
        view.scroll_to_mark(&view.buffer().get_insert(), 0.1, false, 0.0, 0.5);
    });
}

/// The text of the lines around the cursor, as far as `before` and `after` bytes reach, cut at the cursor.
pub(super) fn around(buffer: &Buffer, before: i32, after: i32) -> (String, String) {
    let cursor = buffer.iter_at_mark(&buffer.get_insert());
    let (mut start, mut end) = (cursor, cursor);
    start.backward_chars(before);
    end.forward_chars(after);
    (
        buffer.text(&start, &cursor, true).into(),
        buffer.text(&cursor, &end, true).into(),
    )
}
