//! Folding: the lines inside an element are hidden, its first and last one stay. GtkSourceView has nothing for this: the lines
//! get a tag that makes them invisible, and the gutter has a column of triangles. Its own column of line numbers writes those of
//! hidden lines over each other (5.6), so this one has its own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use relm4::gtk;
use sourceview5::prelude::*;
use sourceview5::{Buffer, GutterLines, GutterRendererAlignmentMode, GutterRendererPixbuf, GutterRendererText, View};

/// The name of the tag of lines that are hidden.
pub(super) const TAG: &str = "folded";

/// What can be folded, and what is.
#[derive(Clone)]
pub(super) struct Folding {
    buffer: Buffer,
    gutter: GutterRendererPixbuf,
    numbers: GutterRendererText,
    /// How many digits there is room for.
    digits: Rc<Cell<u32>>,
    /// The last line of each element by its first one.
    folds: Rc<RefCell<BTreeMap<u32, u32>>>,
}

impl Folding {
    /// Adds the column of triangles to a view.
    pub(super) fn install(view: &View, buffer: &Buffer) -> Self {
        let tag = gtk::TextTag::builder().name(TAG).invisible(true).build();
        buffer.tag_table().add(&tag);
        let numbers = GutterRendererText::new();
        numbers.set_alignment_mode(GutterRendererAlignmentMode::First);
        numbers.set_xpad(3);
        numbers.set_xalign(1.0);
        let gutter = GutterRendererPixbuf::new();
        gutter.set_alignment_mode(GutterRendererAlignmentMode::First);
        gutter.set_xalign(0.5);
        gutter.set_width_request(20);
        gutter.add_css_class("vireo-xml-folds");
        let columns = ViewExt::gutter(view, gtk::TextWindowType::Left);
        columns.insert(&numbers, -30);
        columns.insert(&gutter, 10);
        let folding = Self {
            buffer: buffer.clone(),
            numbers,
            gutter,
            digits: Rc::default(),
            folds: Rc::default(),
        };
        folding.wire(view);
        folding
    }

    fn wire(&self, view: &View) {
        let weak = self.downgrade();
        self.gutter.connect_query_data(move |gutter, _, line| match weak() {
            Some(folding) if folding.folds.borrow().contains_key(&line) && !folding.hides(line) => {
                let is_folded = is_folded(&folding.buffer, line);
                gutter.set_icon_name(Some(if is_folded {
                    "pan-end-symbolic"
                } else {
                    "pan-down-symbolic"
                }));
            }
            _ => gutter.set_paintable(None::<&gtk::gdk::Paintable>),
        });
        let weak = self.downgrade();
        self.numbers.connect_query_data(move |numbers, lines, line| {
            let Some(folding) = weak().filter(|folding| !folding.hides(line)) else {
                numbers.set_text("");
                return;
            };
            let here = lines
                .downcast_ref::<GutterLines>()
                .is_some_and(|lines| lines.is_cursor(line));
            let number = line + 1;
            if here && folding.is_editable() {
                numbers.set_markup(&format!("<b>{number}</b>"));
            } else {
                numbers.set_text(&number.to_string());
            }
        });
        let weak = self.downgrade();
        view.connect_map(move |view| {
            if let Some(folding) = weak() {
                folding.digits.set(0);
                folding.widen(view);
            }
        });
        let (weak, view) = (self.downgrade(), view.downgrade());
        self.buffer.connect_changed(move |_| {
            if let (Some(folding), Some(view)) = (weak(), view.upgrade()) {
                folding.widen(&view);
            }
        });
        let folds = self.folds.clone();
        self.gutter
            .connect_query_activatable(move |_, at, _| folds.borrow().contains_key(&number(at.line())));
        let weak = self.downgrade();
        self.gutter.connect_activate(move |_, at, _, _, _, _| {
            if let Some(folding) = weak() {
                folding.toggle(number(at.line()));
            }
        });
    }

    /// What a handler of the view's own parts may hold of it.
    pub(super) fn downgrade(&self) -> impl Fn() -> Option<Self> + Clone + use<> {
        let (buffer, digits, folds) = (self.buffer.downgrade(), self.digits.clone(), self.folds.clone());
        let (gutter, numbers) = (self.gutter.downgrade(), self.numbers.downgrade());
        move || {
            Some(Self {
                buffer: buffer.upgrade()?,
                gutter: gutter.upgrade()?,
                numbers: numbers.upgrade()?,
                digits: digits.clone(),
                folds: folds.clone(),
            })
        }
    }

    /// Takes what a new reading of the text says. What is hidden and is no element any more is shown.
    pub(super) fn set(&self, folds: BTreeMap<u32, u32>) {
        *self.folds.borrow_mut() = folds;
        let mut at = self.buffer.start_iter();
        let Some(tag) = self.tag() else { return };
        while at.has_tag(&tag) || at.forward_to_tag_toggle(Some(&tag)) && at.has_tag(&tag) {
            let start = at;
            at.forward_to_tag_toggle(Some(&tag));
            let last = start.line().checked_sub(1).and_then(|first| {
                let first = u32::try_from(first).ok()?;
                self.folds.borrow().get(&first).copied()
            });
            if !(start.starts_line() && at.starts_line() && last == Some(number(at.line()))) {
                self.buffer.remove_tag(&tag, &start, &at);
            }
        }
        self.gutter.queue_draw();
    }

    /// Folds or unfolds the element that begins on a line.
    pub(super) fn toggle(&self, line: u32) {
        let Some(last) = self.folds.borrow().get(&line).copied() else {
            return;
        };
        if is_folded(&self.buffer, line) {
            self.show(line, last);
        } else {
            self.hide(line, last);
        }
    }

    /// Folds or unfolds the innermost element around the cursor.
    pub(super) fn toggle_here(&self) {
        let line = number(self.cursor().line());
        let folds = self.folds.borrow();
        let around = folds.range(..=line).rev().find(|(_, last)| **last >= line);
        let first = around.map(|(first, _)| *first);
        drop(folds);
        if let Some(first) = first {
            self.toggle(first);
        }
    }

    /// Folds all elements but the outermost one.
    pub(super) fn fold_all(&self) {
        let folds = self.folds.borrow().clone();
        let mut done = 0;
        for (first, last) in folds.into_iter().skip(1) {
            // What is inside of something that is hidden needs nothing.
            if first >= done {
                self.hide(first, last);
                done = last;
            }
        }
    }

    /// Shows everything.
    pub(super) fn unfold_all(&self) {
        let (start, end) = self.buffer.bounds();
        self.buffer.remove_tag_by_name(TAG, &start, &end);
        self.gutter.queue_draw();
    }

    /// Shows what hides a place.
    pub(super) fn uncover(&self, at: &gtk::TextIter) {
        let Some(tag) = self.tag().filter(|tag| at.has_tag(tag)) else {
            return;
        };
        let (mut start, mut end) = (*at, *at);
        if !start.starts_tag(Some(&tag)) {
            start.backward_to_tag_toggle(Some(&tag));
        }
        end.forward_to_tag_toggle(Some(&tag));
        self.buffer.remove_tag(&tag, &start, &end);
        self.gutter.queue_draw();
    }

    fn hide(&self, first: u32, last: u32) {
        let (start, end) = (self.line(first + 1), self.line(last));
        let cursor = self.cursor();
        if cursor.in_range(&start, &end) {
            let mut place = self.line(first);
            place.forward_to_line_end();
            self.buffer.place_cursor(&place);
        }
        self.buffer.apply_tag_by_name(TAG, &start, &end);
        self.gutter.queue_draw();
    }

    fn show(&self, first: u32, last: u32) {
        let (start, end) = (self.line(first + 1), self.line(last));
        self.buffer.remove_tag_by_name(TAG, &start, &end);
        self.gutter.queue_draw();
    }

    /// Gives the numbers as much room as the last one takes.
    fn widen(&self, view: &View) {
        let digits = self.buffer.line_count().max(10).ilog10() + 1;
        let last = "0".repeat(usize::try_from(digits).unwrap_or(2));
        if self.digits.replace(digits) != digits {
            let (width, _) = view.create_pango_layout(Some(&last)).pixel_size();
            self.numbers.set_width_request(width + 10);
        }
    }

    /// Whether a line is hidden.
    fn hides(&self, line: u32) -> bool {
        self.tag().is_some_and(|tag| self.line(line).has_tag(&tag))
    }

    fn is_editable(&self) -> bool {
        self.numbers.view().is_editable()
    }

    fn tag(&self) -> Option<gtk::TextTag> {
        self.buffer.tag_table().lookup(TAG)
    }

    fn cursor(&self) -> gtk::TextIter {
        self.buffer.iter_at_mark(&self.buffer.get_insert())
    }

    fn line(&self, line: u32) -> gtk::TextIter {
        let line = i32::try_from(line).unwrap_or(i32::MAX);
        self.buffer.iter_at_line(line).unwrap_or_else(|| self.buffer.end_iter())
    }
}

/// Whether the lines below this one are hidden.
fn is_folded(buffer: &Buffer, line: u32) -> bool {
    let below = i32::try_from(line + 1).ok().and_then(|line| buffer.iter_at_line(line));
    let tag = buffer.tag_table().lookup(TAG);
    below.zip(tag).is_some_and(|(below, tag)| below.has_tag(&tag))
}

fn number(line: i32) -> u32 {
    u32::try_from(line).unwrap_or(0)
}
