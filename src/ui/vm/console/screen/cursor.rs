//! The guest's pointer: the shape of the user's while that is on the picture, or drawn where the guest has put it.

use std::cell::{Cell, RefCell};

use gtk::{gdk, gdk_pixbuf, graphene, prelude::*};
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

use super::Screen;
use crate::model::display::geometry::Placement;
use crate::model::display::wire::{Cursor, LARGEST_CURSOR};

/// Width and height of a cursor on the monitor at most: compositors refuse larger ones.
const LARGEST: f64 = 256.0;
/// Least size: what is smaller can't be found.
const SMALLEST: f64 = 8.0;

/// What the guest's pointer looks like.
#[derive(Default)]
pub struct Shape {
    image: RefCell<Image>,
    /// Where the guest has put it.
    at: Cell<Option<(u32, u32)>>,
    /// Size for which the cursor was made.
    made_for: Cell<(i32, i32)>,
    /// A shape that came since the main loop last was idle: a guest may change it thousands of times a second.
    newest: RefCell<Option<Cursor>>,
}

#[derive(Default, Clone)]
enum Image {
    #[default]
    Default,
    Hidden,
    Shape {
        pixels: glib::Bytes,
        texture: gdk::Texture,
        hot: (u32, u32),
    },
}

impl Image {
    /// Takes the cursor over if it is what it says: it is a stranger's.
    fn of(cursor: &Cursor) -> Self {
        let Cursor::Shape {
            width,
            height,
            hot_x,
            hot_y,
            pixels,
        } = cursor
        else {
            return if *cursor == Cursor::Hidden {
                Self::Hidden
            } else {
                Self::Default
            };
        };
        let sane = 1..=LARGEST_CURSOR;
        if !sane.contains(width) || !sane.contains(height) || pixels.len() != (width * height * 4) as usize {
            return Self::Default;
        }
        if pixels.iter().skip(3).step_by(4).all(|alpha| *alpha == 0) {
            return Self::Hidden;
        }
        let pixels = glib::Bytes::from(pixels);
        let format = gdk::MemoryFormat::R8g8b8a8;
        let texture = gdk::MemoryTexture::new(*width as i32, *height as i32, format, &pixels, *width as usize * 4);
        Self::Shape {
            pixels,
            texture: texture.upcast(),
            hot: ((*hot_x).min(width - 1), (*hot_y).min(height - 1)),
        }
    }
}

impl Screen {
    /// Another shape, from the next idle moment on.
    pub(super) fn set_shape(&self, cursor: &Cursor) {
        if self.imp().shape.newest.replace(Some(cursor.clone())).is_some() {
            return;
        }
        let weak = self.downgrade();
        glib::idle_add_local_once(move || {
            if let Some(screen) = weak.upgrade() {
                screen.show_newest_shape();
            }
        });
    }

    fn show_newest_shape(&self) {
        let shape = &self.imp().shape;
        let Some(cursor) = shape.newest.take() else { return };
        shape.image.replace(Image::of(&cursor));
        shape.made_for.set((0, 0));
        self.shape_changed();
        if self.shows_guest_pointer() {
            self.queue_draw();
        }
    }

    /// The guest has put its pointer there.
    pub(super) fn move_guest_pointer(&self, x: u32, y: u32) {
        if self.imp().shape.at.replace(Some((x, y))) != Some((x, y)) && self.shows_guest_pointer() {
            self.show_pixel(x, y);
            self.queue_draw();
        }
    }

    /// The next guest has not told a shape yet.
    pub(super) fn forget_shape(&self) {
        let shape = &self.imp().shape;
        shape.image.take();
        shape.newest.take();
        shape.at.set(None);
        shape.made_for.set((0, 0));
    }

    /// The user's pointer is not the guest's: the guest's is drawn.
    fn shows_guest_pointer(&self) -> bool {
        !self.imp().pointer.absolute()
    }

    /// Chooses the cursor anew: shape, size on the screen or mode have changed.
    pub(super) fn shape_changed(&self) {
        let imp = self.imp();
        let is_shape = matches!(&*imp.shape.image.borrow(), Image::Shape { .. });
        if imp.view_only.get() || self.shows_guest_pointer() || !is_shape {
            imp.shape.made_for.set((0, 0));
        }
        if imp.view_only.get() || imp.strips.borrow().is_none() {
            self.set_cursor(None);
            return;
        }
        if self.shows_guest_pointer() {
            let name = if self.grab().pointer { "none" } else { "default" };
            self.set_cursor_from_name(Some(name));
            return;
        }
        let image = imp.shape.image.borrow().clone();
        match image {
            Image::Default => self.set_cursor(None),
            Image::Hidden => self.set_cursor_from_name(Some("none")),
            Image::Shape { pixels, texture, hot } => self.set_shape_cursor(&pixels, &texture, hot),
        }
    }

    fn set_shape_cursor(&self, pixels: &glib::Bytes, texture: &gdk::Texture, hot: (u32, u32)) {
        let factor = self.placement().map_or(1.0, |placement| placement.factor()) * cursor_scale(self);
        let (width, height) = (texture.width(), texture.height());
        let size = scaled((width, height), factor);
        let made_for = &self.imp().shape.made_for;
        if made_for.replace(size) == size {
            return;
        }
        let image = if size == (width, height) {
            Some(texture.clone())
        } else {
            let whole =
                gdk_pixbuf::Pixbuf::from_bytes(pixels, gdk_pixbuf::Colorspace::Rgb, true, 8, width, height, width * 4);
            whole
                .scale_simple(size.0, size.1, gdk_pixbuf::InterpType::Bilinear)
                .map(|scaled| gdk::Texture::for_pixbuf(&scaled))
        };
        let Some(image) = image else { return };
        let place = |hot: u32, from: i32, to: i32| {
            (((f64::from(hot) + 0.5) * f64::from(to) / f64::from(from)) as i32).min(to - 1)
        };
        let fallback = gdk::Cursor::from_name("default", None);
        let hot = (place(hot.0, width, size.0), place(hot.1, height, size.1));
        self.set_cursor(Some(&gdk::Cursor::from_texture(
            &image,
            hot.0,
            hot.1,
            fallback.as_ref(),
        )));
    }

    /// Draws the guest's pointer over the picture, if it is not the user's.
    pub(super) fn draw_guest_pointer(&self, snapshot: &gtk::Snapshot, placement: &Placement) {
        let shape = &self.imp().shape;
        if !self.shows_guest_pointer() {
            return;
        }
        if let (Image::Shape { texture, hot, .. }, Some((x, y))) = (&*shape.image.borrow(), shape.at.get()) {
            let (left, top, width, height) = placement.area();
            let picture = placement.picture();
            let per = (width / f64::from(picture.0), height / f64::from(picture.1));
            let area = graphene::Rect::new(
                (left + (f64::from(x) - f64::from(hot.0)) * per.0) as f32,
                (top + (f64::from(y) - f64::from(hot.1)) * per.1) as f32,
                (f64::from(texture.width()) * per.0) as f32,
                (f64::from(texture.height()) * per.1) as f32,
            );
            snapshot.append_texture(texture, &area);
        }
    }
}

/// Pixels of a cursor's image per pixel of the desktop. Wayland takes images in pixels of the desktop, X11 in the monitor's.
fn cursor_scale(screen: &Screen) -> f64 {
    if screen.display().type_().name() == "GdkWaylandDisplay" {
        1.0
    } else {
        f64::from(screen.scale_factor())
    }
}

/// The size of an image at this factor, within what can be shown.
fn scaled((width, height): (i32, i32), factor: f64) -> (i32, i32) {
    let longest = f64::from(width.max(height));
    let smallest = (SMALLEST / longest).min(1.0);
    let factor = factor.max(smallest).min(LARGEST / longest);
    // A few percent are not worth the blur.
    if (0.9..1.1).contains(&factor) {
        return (width, height);
    }
    let side = |side: i32| ((f64::from(side) * factor).round() as i32).max(1);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_stay_within_what_can_be_shown() {
        assert_eq!(scaled((32, 32), 1.0), (32, 32));
        assert_eq!(scaled((32, 32), 1.05), (32, 32));
        assert_eq!(scaled((32, 16), 2.0), (64, 32));
        assert_eq!(scaled((512, 512), 1.0), (256, 256));
        assert_eq!(scaled((32, 32), 0.01), (8, 8));
        assert_eq!(scaled((1, 1), 0.01), (1, 1));
    }
}
