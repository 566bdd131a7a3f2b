//! A picture in strips: only those that changed are made anew, and each becomes a node that GTK draws again for nothing.
//!
//! Strips meet on whole pixels of the screen, and each has a few rows of its neighbours where the picture is scaled, so that no
//! seam is seen. They are textures for a renderer with graphics memory. The software renderer copies a texture twice before it
//! draws it, and blends what has no transparency; it gets surfaces, and so does what must stay crisp: the oldest supported GTK
//! smooths every texture.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gtk::{cairo, gdk, graphene, gsk, prelude::*};
use gtk4 as gtk;

use super::Pixels;
use crate::model::display::geometry::Placement;
use crate::model::display::wire::Rect;

/// Rows of a strip.
pub const ROWS: u32 = 64;

/// How strips are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// Drawn by the processor.
    pub software: bool,
    /// Pixels keep their edges.
    pub crisp: bool,
    /// Drawn pixels for each of the desktop.
    pub scale: f64,
}

/// A picture and what was made of it.
pub struct Strips {
    pixels: Rc<dyn Pixels>,
    strips: Vec<Strip>,
    /// What the nodes were made for: size on the screen and manner.
    made_for: Option<((f64, f64), Manner)>,
    margin: u32,
    uploads: u64,
    /// Something was painted on it. Before that, its memory is empty and without alpha.
    begun: bool,
    /// Surfaces that the frame on the screen still draws. Were one dropped before its node, cairo would copy it for the node.
    retired: Vec<Content>,
    spare: Spare,
}

/// Memory of strips that are gone, for the next ones: giving it back and asking anew costs more than the copy.
type Spare = Rc<RefCell<Vec<Vec<u8>>>>;

/// Memory of a strip, which returns to the others.
struct Rows {
    bytes: Vec<u8>,
    spare: Weak<RefCell<Vec<Vec<u8>>>>,
}

impl AsMut<[u8]> for Rows {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.upgrade() {
            spare.borrow_mut().push(std::mem::take(&mut self.bytes));
        }
    }
}

#[derive(Default)]
struct Strip {
    content: Option<Content>,
    node: Option<gsk::RenderNode>,
}

enum Content {
    Texture(gdk::Texture),
    Surface(cairo::ImageSurface),
}

impl Strips {
    pub fn new(pixels: Rc<dyn Pixels>) -> Self {
        let count = pixels.height().div_ceil(ROWS);
        Self {
            pixels,
            strips: (0..count).map(|_| Strip::default()).collect(),
            made_for: None,
            margin: 0,
            uploads: 0,
            begun: false,
            retired: Vec::new(),
            spare: Spare::default(),
        }
    }

    pub fn size(&self) -> (u32, u32) {
        (self.pixels.width(), self.pixels.height())
    }

    /// Whether there is anything to draw.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Strips that were taken from the picture so far.
    pub fn uploads(&self) -> u64 {
        self.uploads
    }

    /// Forgets the strips that show any of these parts.
    pub fn damage(&mut self, parts: &[Rect]) {
        let (width, height) = self.size();
        self.begun = true;
        for part in parts.iter().filter(|part| part.width > 0 && part.height > 0) {
            if part.x >= width || part.y >= height {
                continue;
            }
            let end = part.y.saturating_add(part.height).min(height) + self.margin;
            let first = part.y.saturating_sub(self.margin) / ROWS;
            let last = ((end - 1) / ROWS).min(self.strips.len() as u32 - 1);
            for strip in &mut self.strips[first as usize..=last as usize] {
                strip.node = None;
                self.retired.extend(strip.content.take());
            }
        }
    }

    /// The frame with the newest strips is on the screen.
    pub fn painted(&mut self) {
        self.retired.clear();
        // What waits from a larger picture or a margin is not kept for ever.
        self.spare.borrow_mut().truncate(self.strips.len());
    }

    /// Draws the picture with its corner at the snapshot's origin.
    pub fn snapshot(&mut self, snapshot: &gtk::Snapshot, placement: &Placement, manner: Manner) {
        self.prepare(placement, manner);
        for index in 0..self.strips.len() {
            if self.strips[index].node.is_none() {
                self.strips[index].node = self.draw(index, placement, manner);
            }
            if let Some(node) = &self.strips[index].node {
                snapshot.append_node(node);
            }
        }
    }

    /// Forgets what can't be used for this size and manner.
    fn prepare(&mut self, placement: &Placement, manner: Manner) {
        let wanted = (placement.drawn(), manner);
        let Some(before) = self.made_for.replace(wanted) else {
            self.margin = margin(placement);
            return;
        };
        if before == wanted {
            return;
        }
        let margin = margin(placement);
        let reusable = margin == self.margin && before.1.surfaces(placement) == manner.surfaces(placement);
        self.margin = margin;
        for strip in &mut self.strips {
            strip.node = None;
            if !reusable {
                self.retired.extend(strip.content.take());
            }
        }
    }

    fn draw(&mut self, index: usize, placement: &Placement, manner: Manner) -> Option<gsk::RenderNode> {
        let height = self.pixels.height();
        let (first, end) = (index as u32 * ROWS, ((index as u32 + 1) * ROWS).min(height));
        let (top, bottom) = placement.rows(first, end);
        if bottom <= top {
            return None;
        }
        let from = first.saturating_sub(self.margin);
        let to = (end + self.margin).min(height);
        if self.strips[index].content.is_none() {
            self.strips[index].content = self.take(from, to - from, manner.surfaces(placement));
            self.uploads += 1;
        }
        let drawn = placement.drawn();
        let area = [0.0, top, drawn.0, bottom - top].map(|length| (length / manner.scale) as f32);
        let area = graphene::Rect::new(area[0], area[1], area[2], area[3]);
        let per_row = drawn.1 / f64::from(height) / manner.scale;
        let snapshot = gtk::Snapshot::new();
        match self.strips[index].content.as_ref()? {
            Content::Texture(texture) if self.margin == 0 => snapshot.append_texture(texture, &area),
            Content::Texture(texture) => {
                let whole = graphene::Rect::new(
                    0.0,
                    (f64::from(from) * per_row) as f32,
                    area.width(),
                    (f64::from(to - from) * per_row) as f32,
                );
                snapshot.push_clip(&area);
                snapshot.append_texture(texture, &whole);
                snapshot.pop();
            }
            Content::Surface(surface) => {
                let painter = snapshot.append_cairo(&area);
                let per_column = drawn.0 / f64::from(self.pixels.width()) / manner.scale;
                let origin = f64::from(from) * per_row;
                let filter = if placement.is_whole() || manner.crisp {
                    cairo::Filter::Nearest
                } else {
                    cairo::Filter::Good
                };
                // A failure leaves this strip empty until its next damage; there is nobody to tell.
                let _ = paint(&painter, surface, &area, (per_column, per_row, origin), filter);
            }
        }
        snapshot.to_node()
    }

    /// All of the picture, as it is now.
    pub fn copy(&self) -> Option<gdk::Texture> {
        let (width, height) = self.size();
        let bytes = glib::Bytes::from_owned(self.pixels.strip(0, height).to_vec());
        if bytes.len() < self.length(height) {
            return None;
        }
        let (width, height) = (i32::try_from(width).ok()?, i32::try_from(height).ok()?);
        let format = gdk::MemoryFormat::B8g8r8a8Premultiplied;
        let texture = gdk::MemoryTexture::new(width, height, format, &bytes, self.pixels.stride() as usize);
        Some(texture.upcast())
    }

    /// Bytes that so many rows have at least.
    fn length(&self, rows: u32) -> usize {
        self.pixels.stride() as usize * (rows as usize - 1) + self.pixels.width() as usize * 4
    }

    /// Takes rows out of the picture.
    fn take(&self, y: u32, rows: u32, surface: bool) -> Option<Content> {
        let (width, stride) = (self.pixels.width(), self.pixels.stride());
        let bytes = self.pixels.strip(y, rows);
        let (width, height) = (i32::try_from(width).ok()?, i32::try_from(rows).ok()?);
        if bytes.len() < self.length(rows) {
            return None;
        }
        if !surface {
            let format = gdk::MemoryFormat::B8g8r8a8Premultiplied;
            let texture = gdk::MemoryTexture::new(width, height, format, &bytes, stride as usize);
            return Some(Content::Texture(texture.upcast()));
        }
        let mut copy = self.spare.borrow_mut().pop().unwrap_or_default();
        copy.clear();
        copy.extend_from_slice(&bytes);
        copy.resize(stride as usize * rows as usize, 0);
        let copy = Rows {
            bytes: copy,
            spare: Rc::downgrade(&self.spare),
        };
        let stride = i32::try_from(stride).ok()?;
        cairo::ImageSurface::create_for_data(copy, cairo::Format::Rgb24, width, height, stride)
            .ok()
            .map(Content::Surface)
    }
}

impl Manner {
    /// Whether strips are surfaces.
    fn surfaces(self, placement: &Placement) -> bool {
        self.software || (self.crisp && !placement.is_exact())
    }
}

/// Rows of its neighbours that a strip needs.
fn margin(placement: &Placement) -> u32 {
    if placement.is_exact() {
        return 0;
    }
    let per_row = placement.drawn().1 / f64::from(placement.picture().1);
    ((1.0 / per_row).ceil() as u32 + 1).min(ROWS)
}

fn paint(
    painter: &cairo::Context,
    surface: &cairo::ImageSurface,
    area: &graphene::Rect,
    (per_column, per_row, origin): (f64, f64, f64),
    filter: cairo::Filter,
) -> Result<(), cairo::Error> {
    let [x, y, width, height] = [area.x(), area.y(), area.width(), area.height()].map(f64::from);
    painter.set_antialias(cairo::Antialias::None);
    painter.rectangle(x, y, width, height);
    painter.translate(0.0, origin);
    painter.scale(per_column, per_row);
    painter.set_source_surface(surface, 0.0, 0.0)?;
    painter.source().set_filter(filter);
    painter.source().set_extend(cairo::Extend::Pad);
    painter.set_operator(cairo::Operator::Source);
    painter.fill()
}
