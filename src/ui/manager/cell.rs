//! How the cells of a line are drawn.

use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::{gdk, graphene, gsk, pango};

use super::column::{self, Place};
use super::row::Content;
use crate::model::state::Severity;
use crate::model::view::Column;
use crate::ui::widgets::{Palette, draw_meter, draw_sparkline};

/// Room for the arrow of a host, in a list that is grouped by host.
pub(super) const GUTTER: i32 = 26;
pub(super) const ICON: i32 = 16;
/// Room on both sides of a cell.
const PADDING: i32 = 8;
/// Room between an icon and its text, and between tags.
const GAP: i32 = 8;
/// Longest tag in pixels; a longer one is cut.
const TAG: i32 = 110;

/// Where to, colours, direction and the widget, for one line.
pub(super) struct Brush<'a> {
    pub(super) snapshot: &'a gtk::Snapshot,
    widget: &'a gtk::Widget,
    pub(super) palette: Palette,
    pub(super) rtl: bool,
    height: i32,
    is_host: bool,
    gutter: i32,
}

impl<'a> Brush<'a> {
    /// What holds for `widget` now.
    pub(super) fn of(
        snapshot: &'a gtk::Snapshot,
        widget: &'a impl IsA<gtk::Widget>,
        is_host: bool,
        grouped: bool,
    ) -> Self {
        let widget = widget.upcast_ref();
        Self {
            snapshot,
            widget,
            palette: Palette::of(widget),
            rtl: widget.direction() == gtk::TextDirection::Rtl,
            height: widget.height(),
            is_host,
            gutter: if grouped { GUTTER } else { 0 },
        }
    }

    /// Colour of what is less important.
    pub(super) fn dim(&self) -> gdk::RGBA {
        let text = self.palette.text;
        let alpha = if self.palette.high_contrast { 0.9 } else { 0.6 };
        text.with_alpha(text.alpha() * alpha)
    }

    /// Colour of a state.
    pub(super) fn severity(&self, severity: Option<Severity>) -> gdk::RGBA {
        match severity {
            Some(Severity::Good) => self.palette.success,
            Some(Severity::Attention) => self.palette.warning,
            Some(Severity::Problem) => self.palette.error,
            Some(Severity::Neutral) => self.dim(),
            None => self.palette.accent,
        }
    }

    /// Draws an icon of the usual size.
    pub(super) fn icon(&self, name: &str, color: gdk::RGBA, x: i32, y: i32) {
        self.sign(name, color, x, y, ICON);
    }

    /// Draws an icon with sides of so many pixels.
    pub(super) fn sign(&self, name: &str, color: gdk::RGBA, x: i32, y: i32, side: i32) {
        let theme = gtk::IconTheme::for_display(&self.widget.display());
        let paintable = theme.lookup_icon(
            name,
            &[],
            side,
            self.widget.scale_factor(),
            self.widget.direction(),
            gtk::IconLookupFlags::FORCE_SYMBOLIC,
        );
        self.snapshot.save();
        self.snapshot.translate(&graphene::Point::new(x as f32, y as f32));
        paintable.snapshot_symbolic(self.snapshot, f64::from(side), f64::from(side), &[color; 4]);
        self.snapshot.restore();
    }
}

/// A stretch of a line, from its start edge inwards.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) x: i32,
    pub(super) width: i32,
}

impl Span {
    /// Cuts `width` off at the start edge (with `rtl` the right one) and gives it.
    pub(super) fn take_start(&mut self, width: i32, rtl: bool) -> Self {
        let width = width.clamp(0, self.width);
        self.width -= width;
        let x = if rtl { self.x + self.width } else { self.x };
        if !rtl {
            self.x += width;
        }
        Self { x, width }
    }
}

/// How a text looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Face {
    Plain,
    Name,
    Host,
    Small,
    Figures,
}

impl Face {
    fn attributes(self) -> Option<pango::AttrList> {
        let list = pango::AttrList::new();
        match self {
            Self::Plain => return None,
            Self::Name => list.insert(pango::AttrInt::new_weight(pango::Weight::Medium)),
            Self::Host => list.insert(pango::AttrInt::new_weight(pango::Weight::Bold)),
            Self::Small => list.insert(pango::AttrFloat::new_scale(0.83)),
            Self::Figures => list.insert(pango::AttrFontFeatures::new("tnum")),
        }
        Some(list)
    }
}

/// Laid out texts of a line, kept until they change: laying out is what drawing a line costs.
#[derive(Default)]
pub(super) struct Texts {
    kept: Vec<Kept>,
    tags: Vec<String>,
}

struct Kept {
    column: Column,
    /// Which of several texts of the cell.
    part: usize,
    face: Face,
    text: String,
    layout: pango::Layout,
}

impl Texts {
    /// Lets go of tags that the content no longer has.
    pub(super) fn keep_up(&mut self, content: &Content) {
        if self.tags != content.tags {
            self.kept.retain(|kept| kept.column != Column::Tags);
            self.tags.clone_from(&content.tags);
        }
    }

    /// Whether the text of a column is longer than its cell.
    pub(super) fn is_cut(&self, column: Column) -> bool {
        self.kept
            .iter()
            .any(|kept| kept.column == column && kept.layout.is_ellipsized())
    }

    /// The layout of a text, made where it isn't kept.
    pub(super) fn layout(
        &mut self,
        brush: &Brush,
        column: Column,
        part: usize,
        face: Face,
        text: &str,
    ) -> pango::Layout {
        let place = self
            .kept
            .iter()
            .position(|kept| kept.column == column && kept.part == part);
        if let Some(kept) = place.and_then(|place| self.kept.get_mut(place)) {
            if kept.text != text {
                text.clone_into(&mut kept.text);
                kept.layout.set_text(text);
            }
            if kept.face != face {
                kept.face = face;
                kept.layout.set_attributes(face.attributes().as_ref());
            }
            return kept.layout.clone();
        }
        let layout = brush.widget.create_pango_layout(Some(text));
        layout.set_single_paragraph_mode(true);
        layout.set_ellipsize(pango::EllipsizeMode::End);
        layout.set_attributes(face.attributes().as_ref());
        self.kept.push(Kept {
            column,
            part,
            face,
            text: text.to_owned(),
            layout: layout.clone(),
        });
        layout
    }
}

/// Draws one cell at `place`, counted from the left edge.
pub(super) fn draw(brush: &Brush, texts: &mut Texts, content: &Content, place: Place) {
    let area = graphene::Rect::new(place.start as f32, 0.0, place.width as f32, brush.height as f32);
    brush.snapshot.push_clip(&area);
    let mut span = Span {
        x: place.start + PADDING,
        width: (place.width - 2 * PADDING).max(0),
    };
    match place.column {
        Column::Name => name(brush, texts, content, span),
        Column::Cpu => {
            let color = brush.palette.text;
            let figure = span.take_end(figure_width(brush, 6), brush.rtl);
            line(brush, texts, place.column, Face::Figures, content, color, figure);
            sparkline(brush, &content.history, span.without_end(GAP, brush.rtl));
        }
        Column::Memory => {
            let color = brush.palette.text;
            if let Some(share) = content.memory_share {
                let bar = span.take_start(40, brush.rtl);
                let _ = span.take_start(GAP, brush.rtl);
                meter(brush, share, bar);
            }
            line(brush, texts, place.column, Face::Figures, content, color, span);
        }
        Column::Tags => tags(brush, texts, content, span),
        Column::Autostart => {
            if content.autostart {
                let x = place.start + (place.width - ICON) / 2;
                brush.icon(
                    "object-select-symbolic",
                    brush.palette.text,
                    x,
                    (brush.height - ICON) / 2,
                );
            }
        }
        column => {
            let quiet = matches!(column, Column::Host | Column::Address | Column::Title);
            let color = if quiet { brush.dim() } else { brush.palette.text };
            let face = if column::shows_figures(column) {
                Face::Figures
            } else {
                Face::Plain
            };
            line(brush, texts, column, face, content, color, span);
        }
    }
    brush.snapshot.pop();
}

impl Span {
    fn take_end(&mut self, width: i32, rtl: bool) -> Self {
        self.take_start(width, !rtl)
    }

    fn without_end(mut self, width: i32, rtl: bool) -> Self {
        let _ = self.take_end(width, rtl);
        self
    }
}

/// Width of so many digits.
fn figure_width(brush: &Brush, digits: i32) -> i32 {
    let metrics = brush.widget.pango_context().metrics(None, None);
    digits * metrics.approximate_digit_width() / pango::SCALE
}

/// The text of a column in the middle of the line; figures stand at the end of their cell.
fn line(brush: &Brush, texts: &mut Texts, column: Column, face: Face, content: &Content, color: gdk::RGBA, span: Span) {
    let text = content.text(column);
    if text.is_empty() {
        return;
    }
    let layout = texts.layout(brush, column, 0, face, text);
    let (width, height) = fit(&layout, span.width);
    let y = (brush.height - height) / 2;
    put(brush, &layout, color, span, width, y, face == Face::Figures);
}

/// Gives a layout this much room; its size then.
pub(super) fn fit(layout: &pango::Layout, width: i32) -> (i32, i32) {
    if layout.width() != width * pango::SCALE {
        layout.set_width(width * pango::SCALE);
    }
    layout.pixel_size()
}

/// Draws a layout of this width at an end of its span.
pub(super) fn put(
    brush: &Brush,
    layout: &pango::Layout,
    color: gdk::RGBA,
    span: Span,
    width: i32,
    y: i32,
    at_end: bool,
) {
    // Pango aligns a paragraph by its own direction inside the layout's width; here the place decides.
    let offset = layout.pixel_extents().1.x();
    let left = if at_end == brush.rtl {
        span.x
    } else {
        span.x + span.width - width
    };
    brush.snapshot.save();
    brush
        .snapshot
        .translate(&graphene::Point::new((left - offset) as f32, y as f32));
    brush.snapshot.append_layout(layout, &color);
    brush.snapshot.restore();
}

/// Arrow of a host, icon of the state, name and below it the title.
fn name(brush: &Brush, texts: &mut Texts, content: &Content, mut span: Span) {
    let middle = (brush.height - ICON) / 2;
    let gutter = span.take_start(brush.gutter, brush.rtl);
    if brush.is_host && brush.gutter > 0 {
        let arrow = match (content.expanded, brush.rtl) {
            (true, _) => "pan-down-symbolic",
            (false, false) => "pan-end-symbolic",
            (false, true) => "pan-start-symbolic",
        };
        let x = if brush.rtl {
            gutter.x + gutter.width - ICON
        } else {
            gutter.x
        };
        brush.icon(arrow, brush.palette.text, x, middle);
    }
    if !content.icon.is_empty() {
        let icon = span.take_start(ICON, brush.rtl);
        brush.icon(content.icon, brush.severity(content.severity), icon.x, middle);
        let _ = span.take_start(GAP + 2, brush.rtl);
    }
    let face = if brush.is_host { Face::Host } else { Face::Name };
    let first = texts.layout(brush, Column::Name, 0, face, &content.name);
    let (width, height) = fit(&first, span.width);
    if content.title.is_empty() {
        let y = (brush.height - height) / 2;
        put(brush, &first, brush.palette.text, span, width, y, false);
        return;
    }
    let second = texts.layout(brush, Column::Name, 1, Face::Small, &content.title);
    let (small_width, small_height) = fit(&second, span.width);
    let y = (brush.height - height - small_height) / 2;
    put(brush, &first, brush.palette.text, span, width, y, false);
    put(brush, &second, brush.dim(), span, small_width, y + height, false);
}

fn sparkline(brush: &Brush, history: &[Option<f32>], span: Span) {
    let height = 18.min(brush.height - 4);
    if span.width < 12 || height < 8 || history.iter().all(Option::is_none) {
        return;
    }
    let y = (brush.height - height) / 2;
    let area = graphene::Rect::new(span.x as f32, y as f32, span.width as f32, height as f32);
    let cr = brush.snapshot.append_cairo(&area);
    cr.translate(f64::from(span.x), f64::from(y));
    draw_sparkline(&cr, history, f64::from(span.width), f64::from(height), &brush.palette);
}

fn meter(brush: &Brush, share: f64, span: Span) {
    const THICK: i32 = 6;
    if span.width < 8 {
        return;
    }
    let y = (brush.height - THICK) / 2;
    let area = graphene::Rect::new(span.x as f32, y as f32, span.width as f32, THICK as f32);
    let cr = brush.snapshot.append_cairo(&area);
    cr.translate(f64::from(span.x), f64::from(y));
    if brush.rtl {
        cr.translate(f64::from(span.width), 0.0);
        cr.scale(-1.0, 1.0);
    }
    draw_meter(
        &cr,
        Some(share),
        f64::from(span.width),
        f64::from(THICK),
        &brush.palette,
    );
}

/// Tags as pills, as many as have room, and how many more there are.
fn tags(brush: &Brush, texts: &mut Texts, content: &Content, mut span: Span) {
    const INSIDE: i32 = 8;
    /// Room for "+7".
    const REST: i32 = 22;
    let count = content.tags.len();
    for (index, tag) in content.tags.iter().enumerate() {
        let layout = texts.layout(brush, Column::Tags, index, Face::Small, tag);
        layout.set_width(-1);
        let natural = layout.pixel_size().0;
        let reserved = if index + 1 < count { REST } else { 0 };
        let room = (span.width - reserved - 2 * INSIDE).min(TAG);
        // A pill that would show less than a few letters says nothing.
        if room < natural.min(28) {
            let rest = format!("+{}", count - index);
            let layout = texts.layout(brush, Column::Tags, count, Face::Small, &rest);
            let (width, height) = fit(&layout, span.width);
            put(
                brush,
                &layout,
                brush.dim(),
                span,
                width,
                (brush.height - height) / 2,
                false,
            );
            return;
        }
        let (width, height) = fit(&layout, natural.min(room));
        let pill = span.take_start(width + 2 * INSIDE, brush.rtl);
        let _ = span.take_start(GAP / 2, brush.rtl);
        let tall = height + 4;
        let y = (brush.height - tall) / 2;
        let bounds = graphene::Rect::new(pill.x as f32, y as f32, pill.width as f32, tall as f32);
        let text = brush.palette.text;
        brush
            .snapshot
            .push_rounded_clip(&gsk::RoundedRect::from_rect(bounds, tall as f32 / 2.0));
        let alpha = if brush.palette.high_contrast { 0.25 } else { 0.1 };
        brush
            .snapshot
            .append_color(&text.with_alpha(text.alpha() * alpha), &bounds);
        brush.snapshot.pop();
        let inner = Span {
            x: pill.x + INSIDE,
            width,
        };
        put(brush, &layout, text, inner, width, y + 2, false);
    }
}
