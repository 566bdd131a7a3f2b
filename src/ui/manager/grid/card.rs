//! How a card is drawn: the picture of the screen, below it name and state.

use std::cell::Cell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::{gdk, graphene, gsk, pango};

use super::Watch;
use crate::model::view::Column;
use crate::ui::manager::cell::{self, Brush, Face, Span, Texts};
use crate::ui::manager::row::Content;

/// Room around everything in a card.
const EDGE: i32 = 8;
/// Room between picture, name and state.
const GAP: i32 = 6;
const ROUND: f32 = 8.0;
/// Side of the icon in the place of a picture, at most.
const SIGN: i32 = 40;

/// What all cards of a grid share.
pub struct Look {
    /// Where the pictures come from.
    pub watch: Rc<Watch>,
    /// Machines of several hosts are in the grid: each says where it is.
    pub several_hosts: Cell<bool>,
}

/// Height of the picture of a card of this width: sixteen to ten.
fn picture_height(width: i32) -> i32 {
    ((width - 2 * EDGE).max(16) * 10 + 8) / 16
}

/// Size of the picture within a card of this width.
pub(super) fn picture(width: i32) -> (i32, i32) {
    ((width - 2 * EDGE).max(16), picture_height(width))
}

/// Minimal and natural size of a card; a height belongs to a width.
#[must_use]
pub fn measure(widget: &impl IsA<gtk::Widget>, orientation: gtk::Orientation, width: i32) -> (i32, i32) {
    if orientation == gtk::Orientation::Horizontal {
        return (96, 220);
    }
    let metrics = widget.as_ref().pango_context().metrics(None, None);
    let line = (metrics.ascent() + metrics.descent()).div_euclid(pango::SCALE) + 1;
    let height = EDGE + picture_height(width.max(96)) + GAP + line + line * 9 / 10 + 2 + EDGE;
    (height, height)
}

/// Draws a card over all of its widget.
pub(in crate::ui::manager) fn draw(
    brush: &Brush,
    texts: &mut Texts,
    content: &Content,
    look: &Look,
    picture: Option<(gdk::Texture, bool)>,
    width: i32,
) {
    let (wide, high) = self::picture(width);
    let area = graphene::Rect::new(EDGE as f32, EDGE as f32, wide as f32, high as f32);
    screen(brush, content, picture, &area);
    let mut span = Span { x: EDGE, width: wide };
    let top = EDGE + high + GAP;
    let icon = span.take_start(cell::ICON, brush.rtl);
    let _ = span.take_start(GAP, brush.rtl);
    let name = texts.layout(brush, Column::Name, 0, Face::Name, &content.name);
    let (name_width, name_height) = cell::fit(&name, span.width);
    let middle = top + (name_height - cell::ICON) / 2;
    brush.icon(content.icon, brush.severity(content.severity), icon.x, middle);
    cell::put(brush, &name, brush.palette.text, span, name_width, top, false);
    let below = if look.several_hosts.get() && !content.host.is_empty() {
        format!("{} · {}", content.state, content.host)
    } else {
        content.state.clone()
    };
    let state = texts.layout(brush, Column::State, 0, Face::Small, &below);
    let (state_width, _) = cell::fit(&state, span.width);
    cell::put(brush, &state, brush.dim(), span, state_width, top + name_height, false);
}

/// What the machine shows, or the sign of its state.
fn screen(brush: &Brush, content: &Content, picture: Option<(gdk::Texture, bool)>, area: &graphene::Rect) {
    let text = brush.palette.text;
    let bounds = gsk::RoundedRect::from_rect(*area, ROUND);
    let snapshot = brush.snapshot;
    snapshot.push_rounded_clip(&bounds);
    let live = content.on && picture.as_ref().is_some_and(|(_, past)| !past);
    if live {
        snapshot.append_color(&gdk::RGBA::BLACK, area);
    } else {
        snapshot.append_color(&text.with_alpha(text.alpha() * 0.07), area);
    }
    if let Some((texture, _)) = &picture {
        if !live {
            snapshot.push_opacity(0.22);
        }
        snapshot.append_texture(texture, &centred(texture, area));
        if !live {
            snapshot.pop();
        }
    }
    if !live {
        let side = SIGN.min(area.height() as i32 / 2).max(cell::ICON);
        let name = if content.on { "computer-symbolic" } else { content.icon };
        let x = area.x() as i32 + (area.width() as i32 - side) / 2;
        let y = area.y() as i32 + (area.height() as i32 - side) / 2;
        let faint = if brush.palette.high_contrast { 0.9 } else { 0.4 };
        brush.sign(name, text.with_alpha(text.alpha() * faint), x, y, side);
    }
    snapshot.pop();
    let line = if brush.palette.high_contrast { 0.7 } else { 0.12 };
    snapshot.append_border(&bounds, &[1.0; 4], &[text.with_alpha(text.alpha() * line); 4]);
}

/// Where a picture stands within an area, in its own proportions.
fn centred(texture: &gdk::Texture, area: &graphene::Rect) -> graphene::Rect {
    let (width, height) = (texture.width().max(1) as f32, texture.height().max(1) as f32);
    let scale = (area.width() / width).min(area.height() / height);
    let (width, height) = (width * scale, height * scale);
    graphene::Rect::new(
        area.x() + (area.width() - width) / 2.0,
        area.y() + (area.height() - height) / 2.0,
        width,
        height,
    )
}
