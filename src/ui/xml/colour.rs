//! Colours. GtkSourceView's own highlighting reads the text in stretches of 30 ms, and after each key again to its end; a large
//! text stands still while one types. XML needs less: a `<` always begins anew, so what is on screen can be told from some lines
//! above it, in every frame and at any size.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::rc::Rc;

use gtk::{glib, pango};
use relm4::{adw, gtk};
use sourceview5::prelude::*;
use sourceview5::{Buffer, View};

use super::fold;
use crate::model::markup::{Ink, inks};

/// Lines beside those on screen that are coloured, too: for scrolling.
const BESIDE: i32 = 40;
/// Lines before those, from which on the text is read. A comment that began earlier, and says nothing of its end there, is not known.
const BEFORE: i32 = 120;
/// After GTK has found out what is on screen, and before it draws.
const PRIORITY: i32 = 115;

/// The class of a view with high contrast: numbers and plain text are as dark as everything else.
const STARK: &str = "vireo-stark";
const ELEMENT: &str = "xml:element-name";
const COMMENT: &str = "xml:comment";
/// How each kind of piece looks: the style of XML in the scheme, or else a general one.
const STYLES: [(Ink, &str, &str); 7] = [
    (Ink::Element, ELEMENT, "def:identifier"),
    (Ink::Prefix, "xml:namespace", "def:identifier"),
    (Ink::Attribute, "xml:attribute-name", "def:type"),
    (Ink::Value, "xml:attribute-value", "def:string"),
    (Ink::Comment, COMMENT, "def:comment"),
    (Ink::Instruction, "xml:processing-instruction", "def:preprocessor"),
    (Ink::Entity, "xml:entity", "def:preprocessor"),
];

/// What a line was painted with, and after which change of the text.
type Coat = (u64, u64);

/// The colours of a text.
struct Colours {
    buffer: glib::WeakRef<Buffer>,
    view: glib::WeakRef<View>,
    tags: Vec<(Ink, gtk::TextTag)>,
    /// Of every line, as far as it was painted.
    lines: RefCell<Vec<Option<Coat>>>,
    edits: Cell<u64>,
    is_waiting: Cell<bool>,
}

/// Colours what is on screen, now and whenever it changes. Comes before all other tags, which show through.
pub(super) fn install(view: &View, buffer: &Buffer) {
    let tags = STYLES.map(|(ink, name, _)| (ink, gtk::TextTag::builder().name(name).build()));
    for (_, tag) in &tags {
        buffer.tag_table().add(tag);
    }
    let colours = Rc::new(Colours {
        buffer: buffer.downgrade(),
        view: view.downgrade(),
        tags: tags.to_vec(),
        lines: RefCell::default(),
        edits: Cell::new(0),
        is_waiting: Cell::new(false),
    });
    colours.dress();
    colours.follow(view, buffer);
}

impl Colours {
    fn follow(self: &Rc<Self>, view: &View, buffer: &Buffer) {
        let this = self.clone();
        buffer.connect_style_scheme_notify(move |_| this.dress());
        let this = self.clone();
        buffer.connect_insert_text(move |_, at, text| this.inserted(at.line(), text));
        let this = self.clone();
        buffer.connect_delete_range(move |_, from, to| this.deleted(from.line(), to.line()));
        let this = self.clone();
        buffer.connect_changed(move |_| this.soon());
        let this = self.clone();
        view.connect_map(move |_| this.soon());
        let this = Rc::downgrade(self);
        let scrolled = move |view: &View| {
            let (this, Some(adjustment)) = (this.clone(), view.vadjustment()) else {
                return;
            };
            let soon = move |_: &gtk::Adjustment| {
                if let Some(this) = this.upgrade() {
                    this.soon();
                }
            };
            adjustment.connect_value_changed(soon.clone());
            adjustment.connect_changed(soon);
        };
        scrolled(view);
        view.connect_vadjustment_notify(scrolled);
    }

    /// Takes the scheme's colours; with high contrast, weight and slant instead.
    fn dress(&self) {
        let is_stark = adw::StyleManager::default().is_high_contrast();
        match self.view.upgrade() {
            Some(view) if is_stark => view.add_css_class(STARK),
            Some(view) => view.remove_css_class(STARK),
            None => {}
        }
        let Some(scheme) = self.buffer.upgrade().and_then(|buffer| buffer.style_scheme()) else {
            return;
        };
        for ((_, tag), (_, name, other)) in self.tags.iter().zip(STYLES) {
            match scheme.style(name).or_else(|| scheme.style(other)) {
                Some(style) if !is_stark => style.apply(tag),
                _ => tag.set_foreground(None),
            }
            if is_stark {
                tag.set_weight(if name == ELEMENT { 700 } else { 400 });
                tag.set_style(if name == COMMENT {
                    pango::Style::Italic
                } else {
                    pango::Style::Normal
                });
            }
        }
    }

    fn inserted(&self, line: i32, text: &str) {
        self.edits.set(self.edits.get() + 1);
        let line = index(line);
        let mut lines = self.lines.borrow_mut();
        if line < lines.len() {
            lines[line] = None;
            let more = text.matches('\n').count();
            lines.splice(line + 1..line + 1, std::iter::repeat_n(None, more));
        }
    }

    fn deleted(&self, first: i32, last: i32) {
        self.edits.set(self.edits.get() + 1);
        let mut lines = self.lines.borrow_mut();
        let (first, last) = (index(first), index(last).min(lines.len().saturating_sub(1)));
        if first < lines.len() {
            lines[first] = None;
            lines.drain(first + 1..(last + 1).max(first + 1));
        }
    }

    /// Paints before the next frame.
    fn soon(self: &Rc<Self>) {
        if self.is_waiting.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        glib::idle_add_local_full(glib::Priority::from(PRIORITY), move || {
            if let Some(this) = weak.upgrade() {
                this.is_waiting.set(false);
                this.paint();
            }
            glib::ControlFlow::Break
        });
    }

    fn paint(&self) {
        let (Some(view), Some(buffer)) = (self.view.upgrade(), self.buffer.upgrade()) else {
            return;
        };
        if !view.is_mapped() {
            return;
        }
        // Lines may have been counted otherwise: the text has other line ends than `\n`, too.
        let count = index(buffer.line_count());
        if self.lines.borrow().len() != count {
            *self.lines.borrow_mut() = vec![None; count];
        }
        let seen = view.visible_rect();
        let (top, _) = view.line_at_y(seen.y());
        let (bottom, _) = view.line_at_y(seen.y() + seen.height());
        let last = (bottom.line() + BESIDE).min(buffer.line_count() - 1);
        let mut line = (top.line() - BESIDE).max(0);
        let folded = buffer.tag_table().lookup(fold::TAG);
        while let Some(start) = buffer.iter_at_line(line).filter(|_| line <= last) {
            let mut end = start;
            let found = folded.as_ref().is_some_and(|tag| end.forward_to_tag_toggle(Some(tag)));
            if folded.as_ref().is_some_and(|tag| start.has_tag(tag)) {
                line = end.line().max(line + 1);
                continue;
            }
            let stop = if found { end.line() - 1 } else { last };
            let stop = stop.clamp(line, last);
            self.paint_lines(&buffer, line, stop);
            line = stop + 1;
        }
    }

    /// Paints lines that are not hidden.
    fn paint_lines(&self, buffer: &Buffer, first: i32, last: i32) {
        let edits = self.edits.get();
        let is_fresh = |coat: &Option<Coat>| coat.is_some_and(|(_, painted)| painted == edits);
        if self.lines.borrow()[index(first)..=index(last)].iter().all(is_fresh) {
            return;
        }
        let Some(start) = buffer.iter_at_line((first - BEFORE).max(0)) else {
            return;
        };
        let mut end = buffer.iter_at_line(last).unwrap_or_else(|| buffer.end_iter());
        end.forward_line();
        let text = buffer.text(&start, &end, true);
        let pieces = offsets(&text, start.offset());
        let mut next = 0;
        for line in first..=last {
            let Some(begin) = buffer.iter_at_line(line) else { return };
            let mut stop = begin;
            stop.forward_line();
            let (from, to) = (begin.offset(), stop.offset());
            while pieces.get(next).is_some_and(|(_, piece)| piece.end <= from) {
                next += 1;
            }
            let here = pieces[next..].iter().take_while(|(_, piece)| piece.start < to);
            let own: Vec<_> = here
                .map(|(ink, piece)| (*ink, piece.start.max(from)..piece.end.min(to)))
                .collect();
            self.paint_line(buffer, line, &begin, &stop, &own);
        }
    }

    fn paint_line(
        &self,
        buffer: &Buffer,
        line: i32,
        begin: &gtk::TextIter,
        stop: &gtk::TextIter,
        own: &[(Ink, Range<i32>)],
    ) {
        let mut hasher = DefaultHasher::new();
        for (ink, piece) in own {
            (ink, piece.start - begin.offset(), piece.end - begin.offset()).hash(&mut hasher);
        }
        let hash = hasher.finish();
        let coat = self.lines.borrow_mut()[index(line)].replace((hash, self.edits.get()));
        if coat.is_some_and(|(painted, _)| painted == hash) {
            return;
        }
        for (_, tag) in &self.tags {
            buffer.remove_tag(tag, begin, stop);
        }
        for (ink, piece) in own {
            if let Some((_, tag)) = self.tags.iter().find(|(other, _)| other == ink) {
                buffer.apply_tag(
                    tag,
                    &buffer.iter_at_offset(piece.start),
                    &buffer.iter_at_offset(piece.end),
                );
            }
        }
    }
}

/// The pieces of a text that begins at this character of its buffer, in characters.
fn offsets(text: &str, start: i32) -> Vec<(Ink, Range<i32>)> {
    let (mut at, mut count) = (0, start);
    let mut to = |byte: usize| {
        count += i32::try_from(text[at..byte].chars().count()).unwrap_or(0);
        at = byte;
        count
    };
    inks(text)
        .into_iter()
        .map(|(ink, piece)| (ink, to(piece.start)..to(piece.end)))
        .collect()
}

fn index(line: i32) -> usize {
    usize::try_from(line).unwrap_or(0)
}
