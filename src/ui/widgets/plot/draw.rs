//! Drawing of a [`Plot`].

use gtk::subclass::prelude::*;
use gtk::{gdk, graphene, gsk, pango, prelude::*};
use relm4::gtk;

use super::curve::{self, PlotPoint};
use super::{Plot, PlotSeries, scale};
use crate::i18n::{tr, tr_f};
use crate::ui::format;
use crate::ui::widgets::palette::{Palette, faded, set_source};

/// Dash patterns by series, so that lines can be told apart without colour.
const DASHES: [&[f64]; 4] = [&[], &[7.0, 3.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0]];
/// Most lines of a readout; the rest is counted.
const READOUT_LINES: usize = 9;
/// Where the value axis may have labels.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// The dash pattern of series number `index`.
pub(super) fn dash(index: usize) -> &'static [f64] {
    DASHES[index % DASHES.len()]
}

/// Where the curves are drawn inside the widget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Area {
    pub(super) fn of(plot: &Plot) -> Self {
        let (width, height) = (f64::from(plot.width()), f64::from(plot.height()));
        let line = f64::from(layout(plot, "0").pixel_size().1);
        let gutter = f64::from(widest_label(plot)) + 8.0;
        Self {
            left: gutter,
            top: line / 2.0 + 1.0,
            width: (width - gutter - 2.0).max(1.0),
            height: (height - line * 2.0 - 4.0).max(1.0),
        }
    }

    fn x(&self, age: f64, span: f64) -> f64 {
        self.left + self.width * (1.0 - age / span)
    }

    fn y(&self, share: f64) -> f64 {
        self.top + self.height * (1.0 - share.clamp(0.0, 1.0))
    }

    /// The age in seconds under `x`; `None` outside the area.
    pub(super) fn age_at(&self, x: f64, span: f64) -> Option<f64> {
        let share = (x - self.left) / self.width;
        (-0.01..=1.01)
            .contains(&share)
            .then(|| (1.0 - share.clamp(0.0, 1.0)) * span)
    }
}

/// What the crosshair reads.
pub(super) struct Readout {
    pub(super) title: String,
    /// Number of the series (`None` for a remark) and its text.
    pub(super) lines: Vec<(Option<usize>, String)>,
}

fn layout(plot: &Plot, text: &str) -> pango::Layout {
    let layout = plot.create_pango_layout(Some(text));
    let attributes = pango::AttrList::new();
    attributes.insert(pango::AttrFloat::new_scale(0.82));
    attributes.insert(pango::AttrFontFeatures::new("tnum=1"));
    layout.set_attributes(Some(&attributes));
    layout
}

/// The end of the value axis.
fn top(plot: &Plot) -> f64 {
    let imp = plot.imp();
    if let Some(limit) = imp.limit.get().filter(|limit| *limit > 0.0 && limit.is_finite()) {
        return limit;
    }
    let from = imp.now.get() - plot.shown_span();
    let series = imp.series.borrow();
    let values = series.iter().flat_map(|series| {
        let first = series.points.partition_point(|point| point.at < from);
        series.points[first..].iter().filter_map(|point| point.value)
    });
    imp.unit.get().top(values.fold(0.0, f64::max))
}

/// Room that the labels of the value axis need. `512 MiB` is wider than `1.0 GiB`, with as many letters.
fn widest_label(plot: &Plot) -> i32 {
    let unit = plot.imp().unit.get();
    let top = top(plot);
    let widths = SHARES.map(|share| layout(plot, &unit.axis_text(top * share)).pixel_size().0);
    widths.into_iter().max().unwrap_or(0)
}

fn append_text(snapshot: &gtk::Snapshot, layout: &pango::Layout, x: f64, y: f64, color: &gdk::RGBA) {
    snapshot.save();
    snapshot.translate(&graphene::Point::new(x as f32, y as f32));
    snapshot.append_layout(layout, color);
    snapshot.restore();
}

/// Draws everything.
pub(super) fn draw(plot: &Plot, snapshot: &gtk::Snapshot) {
    if plot.width() < 60 || plot.height() < 50 {
        return;
    }
    let palette = Palette::of(plot);
    let area = Area::of(plot);
    let top = top(plot);
    if is_empty(plot) {
        return draw_empty(plot, snapshot, &palette);
    }
    draw_axes(plot, snapshot, &area, top, &palette);
    let bounds = graphene::Rect::new(0.0, 0.0, plot.width() as f32, plot.height() as f32);
    let cr = snapshot.append_cairo(&bounds);
    cr.rectangle(area.left, 0.0, area.width + 2.0, area.top + area.height);
    cr.clip();
    let span = plot.shown_span();
    let now = plot.imp().now.get();
    let series = plot.imp().series.borrow();
    for (index, one) in series.iter().enumerate() {
        draw_series(&cr, plot, &area, one, (index, series.len()), (now, span, top), &palette);
    }
    drop(cr);
    drop(series);
    draw_cursor(plot, snapshot, &area, top, &palette);
}

fn is_empty(plot: &Plot) -> bool {
    let series = plot.imp().series.borrow();
    let mut values = series.iter().flat_map(|one| &one.points);
    !values.any(|point| point.value.is_some())
}

/// Words in place of curves: axes would run through them, and measure nothing.
fn draw_empty(plot: &Plot, snapshot: &gtk::Snapshot, palette: &Palette) {
    let text = layout(plot, &plot.imp().empty.borrow());
    let (width, height) = text.pixel_size();
    append_text(
        snapshot,
        &text,
        f64::from(plot.width() - width) / 2.0,
        f64::from(plot.height() - height) / 2.0,
        &faded(palette.text, 0.6),
    );
}

fn draw_axes(plot: &Plot, snapshot: &gtk::Snapshot, area: &Area, top: f64, palette: &Palette) {
    let unit = plot.imp().unit.get();
    let label_color = faded(palette.text, if palette.high_contrast { 1.0 } else { 0.65 });
    let line_color = faded(palette.text, if palette.high_contrast { 0.5 } else { 0.12 });
    let steps = if area.height < 110.0 { 2 } else { 4 };
    for step in 0..=steps {
        let share = f64::from(step) / f64::from(steps);
        let y = area.y(share).round();
        let line = graphene::Rect::new(area.left as f32, y as f32, area.width as f32, 1.0);
        snapshot.append_color(&line_color, &line);
        let text = layout(plot, &unit.axis_text(top * share));
        let (width, height) = text.pixel_size();
        append_text(
            snapshot,
            &text,
            area.left - 6.0 - f64::from(width),
            y - f64::from(height) / 2.0,
            &label_color,
        );
    }
    let span = plot.shown_span();
    let most = (area.width / 70.0) as usize;
    let mut free_from = f64::INFINITY;
    for age in scale::ages(span, most) {
        let x = area.x(age, span);
        let text = layout(plot, &scale::age_text(age));
        let width = f64::from(text.pixel_size().0);
        let right = (area.left + area.width + 2.0).min(x + width / 2.0);
        let left = (right - width).max(area.left - 4.0);
        if left + width > free_from {
            continue;
        }
        free_from = left - 6.0;
        append_text(snapshot, &text, left, area.top + area.height + 4.0, &label_color);
        if age > 0.0 && age < span {
            let line = graphene::Rect::new(x.round() as f32, area.top as f32, 1.0, area.height as f32);
            snapshot.append_color(&faded(line_color, 0.6), &line);
        }
    }
}

/// One series: `place` is its number and how many there are, `frame` is now, span and top of the axes.
fn draw_series(
    cr: &gtk::cairo::Context,
    plot: &Plot,
    area: &Area,
    series: &PlotSeries,
    place: (usize, usize),
    frame: (f64, f64, f64),
    palette: &Palette,
) {
    let (index, count) = place;
    let (now, span, top) = frame;
    let color = palette.series(plot, index);
    let columns = area.width.max(2.0) as usize;
    for line in curve::lines(&series.points, now - span, now, columns) {
        let on_screen: Vec<(f64, f64)> = line
            .iter()
            .map(|(at, value)| (area.x(now - at, span), area.y(value / top)))
            .collect();
        let (Some(first), Some(last)) = (on_screen.first(), on_screen.last()) else {
            continue;
        };
        if on_screen.len() == 1 {
            set_source(cr, color);
            cr.arc(first.0, first.1, 1.5, 0.0, std::f64::consts::TAU);
            let _ = cr.fill();
            continue;
        }
        if count <= 2 {
            trace(cr, &on_screen);
            cr.line_to(last.0, area.y(0.0));
            cr.line_to(first.0, area.y(0.0));
            cr.close_path();
            set_source(cr, faded(color, if count == 1 { 0.22 } else { 0.12 }));
            let _ = cr.fill();
        }
        trace(cr, &on_screen);
        set_source(cr, color);
        cr.set_line_width(if palette.high_contrast { 2.5 } else { 1.75 });
        cr.set_line_join(gtk::cairo::LineJoin::Round);
        cr.set_dash(dash(index), 0.0);
        let _ = cr.stroke();
        cr.set_dash(&[], 0.0);
    }
}

/// Lays a smooth path through the points, or a straight one where they stand so dense that nobody could tell.
fn trace(cr: &gtk::cairo::Context, points: &[(f64, f64)]) {
    let Some((first, last)) = points.first().zip(points.last()) else {
        return;
    };
    cr.move_to(first.0, first.1);
    let dense = (last.0 - first.0) < points.len() as f64 * 2.5;
    if dense {
        for (x, y) in &points[1..] {
            cr.line_to(*x, *y);
        }
        return;
    }
    let slopes = curve::slopes(points);
    for (index, pair) in points.windows(2).enumerate() {
        let third = (pair[1].0 - pair[0].0) / 3.0;
        cr.curve_to(
            pair[0].0 + third,
            pair[0].1 + slopes[index] * third,
            pair[1].0 - third,
            pair[1].1 - slopes[index + 1] * third,
            pair[1].0,
            pair[1].1,
        );
    }
}

/// What the crosshair reads now; `None` while there is none.
pub(super) fn readout(plot: &Plot) -> Option<Readout> {
    let imp = plot.imp();
    let age = imp.cursor.get()?;
    let unit = imp.unit.get();
    let at = imp.now.get() - age;
    let reach = (plot.shown_span() / 100.0).max(3.0);
    let series = imp.series.borrow();
    let mut lines: Vec<(Option<usize>, String)> = series
        .iter()
        .take(READOUT_LINES)
        .enumerate()
        .map(|(index, one)| {
            let value = curve::nearest(&one.points, at, reach).and_then(|PlotPoint { value, .. }| value);
            let value = value.map_or_else(|| format::UNKNOWN.to_owned(), |value| unit.text(value));
            // Translators: a line of a graph and its value, "vda read: 1.2 MiB/s".
            let text = tr_f("{name}: {value}", &[("name", &one.name), ("value", &value)]);
            (Some(index), text)
        })
        .collect();
    if series.len() > READOUT_LINES {
        let more = (series.len() - READOUT_LINES).to_string();
        lines.push((None, tr_f("and {n} more", &[("n", &more)])));
    }
    let title = if age < 1.5 {
        tr("Now")
    } else {
        let age = format::duration(std::time::Duration::from_secs_f64(age));
        tr_f("{time} ago", &[("time", &age)])
    };
    Some(Readout { title, lines })
}

fn draw_cursor(plot: &Plot, snapshot: &gtk::Snapshot, area: &Area, top: f64, palette: &Palette) {
    let (Some(age), Some(readout)) = (plot.imp().cursor.get(), readout(plot)) else {
        return;
    };
    let span = plot.shown_span();
    let x = area.x(age, span).round();
    let line = graphene::Rect::new(x as f32, area.top as f32, 1.0, area.height as f32);
    snapshot.append_color(&faded(palette.text, 0.5), &line);
    draw_dots(plot, snapshot, area, (age, span, top));

    let title = layout(plot, &readout.title);
    let lines: Vec<(Option<usize>, pango::Layout)> = readout
        .lines
        .iter()
        .map(|(index, text)| (*index, layout(plot, text)))
        .collect();
    let line_height = f64::from(title.pixel_size().1) + 2.0;
    let widest = lines
        .iter()
        .map(|(_, line)| line.pixel_size().0 + 14)
        .max()
        .unwrap_or(0);
    let width = f64::from(widest.max(title.pixel_size().0)) + 16.0;
    let height = line_height * (lines.len() + 1) as f64 + 12.0;
    let left = if x + 10.0 + width <= f64::from(plot.width()) {
        x + 10.0
    } else {
        (x - 10.0 - width).max(0.0)
    };
    let y = area.top + 2.0;
    let bounds = graphene::Rect::new(left as f32, y as f32, width as f32, height as f32);
    let rounded = gsk::RoundedRect::from_rect(bounds, 6.0);
    let style = plot.style_context();
    let background = style.lookup_color("popover_bg_color").unwrap_or(gdk::RGBA::WHITE);
    snapshot.push_rounded_clip(&rounded);
    snapshot.append_color(&background, &bounds);
    snapshot.pop();
    let border = faded(palette.text, if palette.high_contrast { 1.0 } else { 0.2 });
    snapshot.append_border(&rounded, &[1.0; 4], &[border; 4]);
    append_text(snapshot, &title, left + 8.0, y + 6.0, &faded(palette.text, 0.7));
    for (row, (index, text)) in lines.iter().enumerate() {
        let y = y + 6.0 + line_height * (row + 1) as f64;
        if let Some(index) = index {
            let swatch = graphene::Rect::new((left + 8.0) as f32, (y + line_height / 2.0 - 3.0) as f32, 8.0, 4.0);
            snapshot.append_color(&palette.series(plot, *index), &swatch);
        }
        append_text(snapshot, text, left + 22.0, y, &palette.text);
    }
}

/// Dots where the crosshair meets the curves; `frame` is age, span and top.
fn draw_dots(plot: &Plot, snapshot: &gtk::Snapshot, area: &Area, frame: (f64, f64, f64)) {
    let (age, span, top) = frame;
    let imp = plot.imp();
    let palette = Palette::of(plot);
    let reach = (span / 100.0).max(3.0);
    for (index, one) in imp.series.borrow().iter().take(READOUT_LINES).enumerate() {
        let Some(value) = curve::nearest(&one.points, imp.now.get() - age, reach).and_then(|point| point.value) else {
            continue;
        };
        let (x, y) = (area.x(age, span) as f32, area.y(value / top) as f32);
        let dot = graphene::Rect::new(x - 3.0, y - 3.0, 7.0, 7.0);
        snapshot.push_rounded_clip(&gsk::RoundedRect::from_rect(dot, 3.5));
        snapshot.append_color(&palette.series(plot, index), &dot);
        snapshot.pop();
    }
}
