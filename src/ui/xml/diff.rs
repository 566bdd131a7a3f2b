//! Two texts beside each other, with what differs tinted and marked; one below the other where there is no room for two.

use gtk::prelude::*;
use gtk::{gio, glib, pango};
use relm4::{adw, gtk};

use crate::i18n::{tr, tr_n};
use crate::model::markup::{self, Comparison, Line, Row};
use crate::ui::widgets::spinner;

/// Below this width the texts stand one below the other.
const WIDE: i32 = 620;
/// Longer texts are compared on another thread.
const LONG: usize = 100_000;

/// What differs between two texts, under "Before" and "After". Passwords are masked; that one changes is said.
#[must_use]
pub fn view(before: &str, after: &str) -> gtk::Widget {
    titled((&tr("Before"), before), (&tr("After"), after))
}

/// As [`view`], under other titles: each text comes with its own.
#[must_use]
pub fn titled(before: (&str, &str), after: (&str, &str)) -> gtk::Widget {
    let root = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .css_classes(["vireo-diff"])
        .build();
    let titles = (before.0.to_owned(), after.0.to_owned());
    if before.1.len() + after.1.len() <= LONG {
        fill(&root, &titles, &markup::compare(before.1, after.1));
        return root.upcast();
    }
    let spinner = spinner(&tr("Comparing…"));
    spinner.set_vexpand(true);
    root.append(&spinner);
    let texts = (before.1.to_owned(), after.1.to_owned());
    let weak = root.downgrade();
    glib::spawn_future_local(async move {
        let found = gio::spawn_blocking(move || markup::compare(&texts.0, &texts.1)).await;
        if let (Some(root), Ok(found)) = (weak.upgrade(), found) {
            root.remove(&spinner);
            fill(&root, &titles, &found);
        }
    });
    root.upcast()
}

fn fill(root: &gtk::Box, titles: &(String, String), found: &Comparison) {
    let summary = gtk::Label::builder()
        .label(summary(found))
        .xalign(0.0)
        .wrap(true)
        .css_classes(["caption", "vireo-diff-summary"])
        .build();
    root.append(&summary);
    if found.rows.is_empty() {
        summary.set_vexpand(true);
        summary.set_halign(gtk::Align::Center);
        return;
    }
    let digits = found.rows.iter().map(digits).max().unwrap_or(1);
    let wide = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .width_request(WIDE)
        .build();
    wide.append(&headings(titles));
    wide.append(&list(&found.rows, Layout::Beside, digits));
    let narrow = list(&unified(&found.rows), Layout::Below, digits);
    let squeezer = adw::Squeezer::builder()
        .homogeneous(false)
        .switch_threshold_policy(adw::FoldThresholdPolicy::Minimum)
        .vexpand(true)
        .build();
    squeezer.add(&wide);
    squeezer.add(&narrow);
    root.append(&squeezer);
}

/// How much differs, in a sentence.
fn summary(found: &Comparison) -> String {
    if found.rows.is_empty() {
        return tr("Both say the same.");
    }
    let mut sentences = Vec::new();
    if found.added > 0 {
        sentences.push(tr_n("{n} line is added.", "{n} lines are added.", found.added, &[]));
    }
    if found.removed > 0 {
        sentences.push(tr_n(
            "{n} line is removed.",
            "{n} lines are removed.",
            found.removed,
            &[],
        ));
    }
    if found.secret {
        sentences.push(tr("A password changes; it is not shown."));
    }
    sentences.join(" ")
}

fn headings(titles: &(String, String)) -> gtk::Box {
    let row = gtk::Box::builder()
        .homogeneous(true)
        .css_classes(["vireo-diff-titles"])
        .build();
    for title in [&titles.0, &titles.1] {
        let label = gtk::Label::builder()
            .label(title)
            .xalign(0.0)
            .ellipsize(pango::EllipsizeMode::End)
            .css_classes(["heading"])
            .build();
        row.append(&label);
    }
    row
}

/// How the lines of a change stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Beside,
    Below,
}

/// The rows with each stretch of changes as what was there, and then what comes.
fn unified(rows: &[Row]) -> Vec<Row> {
    let mut all = Vec::with_capacity(rows.len());
    let mut waiting = Vec::new();
    for row in rows {
        if let Row::Changed { before, after } = row {
            let single = |before: &Option<Line>, after: &Option<Line>| Row::Changed {
                before: before.clone(),
                after: after.clone(),
            };
            all.extend(before.as_ref().map(|_| single(before, &None)));
            waiting.extend(after.as_ref().map(|_| single(&None, after)));
            continue;
        }
        all.append(&mut waiting);
        all.push(row.clone());
    }
    all.append(&mut waiting);
    all
}

fn list(rows: &[Row], layout: Layout, digits: i32) -> gtk::ScrolledWindow {
    let store = gio::ListStore::new::<glib::BoxedAnyObject>();
    let shown = rows.iter().filter(|row| !is_nothing(row));
    let objects: Vec<_> = shown.map(|row| glib::BoxedAnyObject::new(row.clone())).collect();
    store.extend_from_slice(&objects);
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&Strip::new(layout, digits).root));
            item.set_activatable(false);
        }
    });
    factory.connect_bind(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let object = item.item().and_downcast::<glib::BoxedAnyObject>();
        let child = item.child().and_downcast::<gtk::Stack>();
        if let (Some(object), Some(strip)) = (object, child.and_then(Strip::of)) {
            strip.show(&object.borrow::<Row>());
        }
    });
    let list = gtk::ListView::builder()
        .model(&gtk::NoSelection::new(Some(store)))
        .factory(&factory)
        .css_classes(["vireo-diff-lines"])
        .build();
    list.update_property(&[gtk::accessible::Property::Label(&tr("Changes"))]);
    gtk::ScrolledWindow::builder()
        .child(&list)
        .hscrollbar_policy(gtk::PolicyType::Never)
        .min_content_height(160)
        .vexpand(true)
        .build()
}

fn is_nothing(row: &Row) -> bool {
    matches!(row, Row::Gap { lines: 0, place } if place.is_empty())
}

/// How many digits the largest number of a row has.
fn digits(row: &Row) -> i32 {
    let number = match row {
        Row::Gap { .. } => 1,
        Row::Same(before, after) => before.number.max(after.number),
        Row::Changed { before, after } => {
            let number = |line: &Option<Line>| line.as_ref().map_or(1, |line| line.number);
            number(before).max(number(after))
        }
    };
    i32::try_from(number.max(1).ilog10()).unwrap_or(0) + 1
}

/// The widgets of a row: a gap, or the cells of its lines.
struct Strip {
    root: gtk::Stack,
    gap: gtk::Label,
    cells: Vec<Cell>,
}

impl Strip {
    fn new(layout: Layout, digits: i32) -> Self {
        let root = gtk::Stack::builder().hhomogeneous(false).vhomogeneous(false).build();
        let gap = gtk::Label::builder()
            .xalign(0.0)
            .ellipsize(pango::EllipsizeMode::End)
            .css_classes(["caption", "vireo-diff-gap"])
            .build();
        root.add_named(&gap, Some("gap"));
        let row = gtk::Box::builder().homogeneous(true).build();
        let count = if layout == Layout::Beside { 2 } else { 1 };
        let cells: Vec<_> = (0..count).map(|_| Cell::new(digits)).collect();
        for cell in &cells {
            row.append(&cell.root);
        }
        root.add_named(&row, Some("lines"));
        Self { root, gap, cells }
    }

    /// The widgets of a row that was made by [`Strip::new`].
    fn of(root: gtk::Stack) -> Option<Self> {
        let gap = root.child_by_name("gap").and_downcast()?;
        let mut cells = Vec::new();
        let mut child = root.child_by_name("lines")?.first_child();
        while let Some(cell) = child {
            child = cell.next_sibling();
            cells.push(Cell::of(cell.downcast().ok()?)?);
        }
        Some(Self { root, gap, cells })
    }

    fn show(&self, row: &Row) {
        match row {
            Row::Gap { lines, place } => {
                self.gap.set_label(&gap(*lines, place));
                self.root.set_visible_child_name("gap");
            }
            Row::Same(before, after) => {
                match self.cells.as_slice() {
                    [left, right] => {
                        left.show(Some(before), Side::Same);
                        right.show(Some(after), Side::Same);
                    }
                    cells => cells.iter().for_each(|cell| cell.show(Some(after), Side::Same)),
                }
                self.root.set_visible_child_name("lines");
            }
            Row::Changed { before, after } => {
                match self.cells.as_slice() {
                    [left, right] => {
                        left.show(before.as_ref(), Side::Removed);
                        right.show(after.as_ref(), Side::Added);
                    }
                    cells => {
                        let (line, side) = match before {
                            Some(_) => (before, Side::Removed),
                            None => (after, Side::Added),
                        };
                        cells.iter().for_each(|cell| cell.show(line.as_ref(), side));
                    }
                }
                self.root.set_visible_child_name("lines");
            }
        }
    }
}

fn gap(lines: usize, place: &str) -> String {
    let same = tr_n("{n} line is the same", "{n} lines are the same", lines, &[]);
    match (lines, place) {
        (0, place) => place.to_owned(),
        (_, "") => same,
        (_, place) => format!("{place}  ·  {same}"),
    }
}

/// What a line is to the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Same,
    Removed,
    Added,
}

/// Number, sign and text of a line.
struct Cell {
    root: gtk::Box,
    number: gtk::Label,
    sign: gtk::Label,
    text: gtk::Label,
}

impl Cell {
    fn new(digits: i32) -> Self {
        let root = gtk::Box::builder().css_classes(["vireo-diff-line"]).build();
        // Code runs from left to right in every language.
        root.set_direction(gtk::TextDirection::Ltr);
        let number = gtk::Label::builder()
            .width_chars(digits)
            .xalign(1.0)
            .yalign(0.0)
            .css_classes(["numeric", "dim-label"])
            .build();
        let sign = gtk::Label::builder().width_chars(1).yalign(0.0).build();
        let text = gtk::Label::builder()
            .xalign(0.0)
            .hexpand(true)
            .wrap(true)
            .wrap_mode(pango::WrapMode::WordChar)
            .build();
        text.set_direction(gtk::TextDirection::Ltr);
        for label in [&number, &sign, &text] {
            root.append(label);
        }
        Self {
            root,
            number,
            sign,
            text,
        }
    }

    fn of(root: gtk::Box) -> Option<Self> {
        let number = root.first_child().and_downcast::<gtk::Label>()?;
        let sign = number.next_sibling().and_downcast::<gtk::Label>()?;
        let text = sign.next_sibling().and_downcast::<gtk::Label>()?;
        Some(Self {
            root,
            number,
            sign,
            text,
        })
    }

    fn show(&self, line: Option<&Line>, side: Side) {
        let (class, sign) = match (line, side) {
            (None, _) => ("nothing", ""),
            (Some(_), Side::Same) => ("same", ""),
            (Some(_), Side::Removed) => ("removed", "−"),
            (Some(_), Side::Added) => ("added", "+"),
        };
        self.root.set_css_classes(&["vireo-diff-line", class]);
        self.number
            .set_label(&line.map(|line| line.number.to_string()).unwrap_or_default());
        self.sign.set_label(sign);
        self.text.set_label(line.map_or("", |line| line.text.as_str()));
        let attributes = pango::AttrList::new();
        if let Some(line) = line.filter(|line| side != Side::Same && !line.changed.is_empty()) {
            let mut bold = pango::AttrInt::new_weight(pango::Weight::Bold);
            bold.set_start_index(u32::try_from(line.changed.start).unwrap_or(u32::MAX));
            bold.set_end_index(u32::try_from(line.changed.end).unwrap_or(u32::MAX));
            attributes.insert(bold);
        }
        self.text.set_attributes(Some(&attributes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_each_other_all_that_goes_stands_before_what_comes() {
        let found = markup::compare("a\nb\nc\n", "a\nB\nC\nc\n");
        let signs: Vec<_> = unified(&found.rows)
            .iter()
            .filter_map(|row| match row {
                Row::Changed { before: Some(line), .. } => Some(format!("-{}", line.text)),
                Row::Changed { after: Some(line), .. } => Some(format!("+{}", line.text)),
                Row::Same(..) | Row::Gap { .. } | Row::Changed { .. } => None,
            })
            .collect();
        assert_eq!(signs, ["-b", "+B", "+C"]);
    }
}
