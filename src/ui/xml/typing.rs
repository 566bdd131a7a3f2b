//! What is typed by itself: end tags, and the indentation of a new line.

use std::cell::Cell;
use std::rc::Rc;

use gtk::{gdk, glib};
use relm4::gtk;
use sourceview5::prelude::*;
use sourceview5::{Buffer, View};

use super::view::around;
use crate::model::markup::{Kind, closes_later, innermost, tokens};

/// How far the text is looked at on both sides of the cursor, in characters. What closes an element further away is not known,
/// and nothing is typed then.
const REACH: i32 = 100_000;
const STEP: &str = "  ";

/// Completes what is typed into a view.
pub(super) fn install(view: &View, buffer: &Buffer) {
    let choosing = Rc::new(Cell::new(false));
    let completion = view.completion();
    let shown = choosing.clone();
    completion.connect_show(move |_| shown.set(true));
    let shown = choosing.clone();
    completion.connect_hide(move |_| shown.set(false));
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    let (view_of, buffer_of) = (view.downgrade(), buffer.downgrade());
    keys.connect_key_pressed(move |_, key, _, state| {
        let (Some(view), Some(buffer)) = (view_of.upgrade(), buffer_of.upgrade()) else {
            return glib::Propagation::Proceed;
        };
        let held = gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::ALT_MASK | gdk::ModifierType::SUPER_MASK;
        if !view.is_editable() || state.intersects(held) || buffer.has_selection() {
            return glib::Propagation::Proceed;
        }
        let at = || around(&buffer, REACH, REACH);
        let typed = match key {
            gdk::Key::greater => {
                let (before, after) = at();
                end_tag(&before, &after).map(|end| (">".to_owned(), end))
            }
            gdk::Key::slash => {
                let (before, after) = at();
                end_name(&before, &after).map(|end| (end, String::new()))
            }
            gdk::Key::Return | gdk::Key::KP_Enter if !choosing.get() => {
                let (before, after) = at();
                new_line(&before, &after)
            }
            _ => None,
        };
        let Some((left, right)) = typed else {
            return glib::Propagation::Proceed;
        };
        buffer.begin_user_action();
        buffer.insert_at_cursor(&left);
        let behind = i32::try_from(right.chars().count()).unwrap_or(0);
        if behind > 0 {
            buffer.insert_at_cursor(&right);
            let mut place = buffer.iter_at_mark(&buffer.get_insert());
            place.backward_chars(behind);
            buffer.place_cursor(&place);
        }
        buffer.end_user_action();
        view.scroll_mark_onscreen(&buffer.get_insert());
        glib::Propagation::Stop
    });
    view.add_controller(keys);
}

/// What follows a `>` that is typed here: the end tag of the element that it begins, unless that is there already.
fn end_tag(before: &str, after: &str) -> Option<String> {
    let start = before.rfind('<')?;
    let tag = format!("{}>", &before[start..]);
    let token = tokens(&tag).next()?;
    let begins = token.kind == Kind::Start && token.whole && token.span.end == tag.len() && !token.name.is_empty();
    if !begins || is_inside(before, start) {
        return None;
    }
    let name = &tag[token.name];
    (knows_end(after) && !closes_later(after, name)).then(|| format!("</{name}>"))
}

/// What a `/` behind a `<` becomes: the rest of the end tag of the element around it.
fn end_name(before: &str, after: &str) -> Option<String> {
    let outside = before.strip_suffix('<')?;
    if is_inside(before, outside.len()) || after.starts_with(|c: char| c.is_alphabetic() || c == '/') {
        return None;
    }
    let name = innermost(outside)?;
    Some(format!("/{name}>"))
}

/// A new line: deeper behind a start tag; with the end tag on a line of its own where that follows at once.
fn new_line(before: &str, after: &str) -> Option<(String, String)> {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let last = tokens(line.trim_end()).last()?;
    let begins = last.kind == Kind::Start && last.whole && last.span.end == line.trim_end().len();
    if !begins {
        return None;
    }
    let deeper = format!("\n{indent}{STEP}");
    if after.starts_with("</") {
        return Some((deeper, format!("\n{indent}")));
    }
    Some((deeper, String::new()))
}

/// Whether byte `at` stands in a comment or the like.
fn is_inside(before: &str, at: usize) -> bool {
    let token = tokens(before).take_while(|token| token.span.start <= at).last();
    token.is_some_and(|token| token.kind == Kind::Other && token.span.start < at && token.span.end > at)
}

/// Whether all that follows was looked at.
fn knows_end(after: &str) -> bool {
    after.chars().count() < usize::try_from(REACH).unwrap_or(usize::MAX)
        || tokens(after).any(|token| token.kind == Kind::End)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_element_is_closed_and_one_that_is_closed_is_not() {
        let end = |before: &str, after: &str| end_tag(before, after);
        assert_eq!(end("<a><b c='d'", "</a>").as_deref(), Some("</b>"));
        assert_eq!(end("<a><b", "</b></a>"), None);
        assert_eq!(
            end("<devices><disk", "<disk></disk></devices>").as_deref(),
            Some("</disk>")
        );
        assert_eq!(end("<a><b/", "</a>"), None);
        assert_eq!(end("<a></b", "</a>"), None);
        assert_eq!(end("<a><!-- <b", " --></a>"), None);
        assert_eq!(end("<a><!-- --", "</a>"), None);
        assert_eq!(end("<a b='", "'/>"), None, "a value may hold it");
        assert_eq!(end("a ", ""), None);
    }

    #[test]
    fn an_end_tag_gets_the_name_of_what_it_closes() {
        assert_eq!(end_name("<a><b>x<", "</a>").as_deref(), Some("/b>"));
        assert_eq!(end_name("<a><b/><", "").as_deref(), Some("/a>"));
        assert_eq!(end_name("<a><b ", ""), None);
        assert_eq!(end_name("<a><!-- <", " -->"), None);
        assert_eq!(end_name("<", ""), None);
    }

    #[test]
    fn a_line_behind_a_start_tag_is_deeper() {
        let line = |before: &str, after: &str| new_line(before, after);
        let two = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(line("<a>\n  <b>", "</b>"), two("\n    ", "\n  "));
        assert_eq!(line("<a>\n  <b>", "\n"), two("\n    ", ""));
        assert_eq!(line("  <b/>", ""), None);
        assert_eq!(line("  <b></b>", ""), None);
        assert_eq!(line("  <b>x", ""), None);
        assert_eq!(line("", ""), None);
    }
}
