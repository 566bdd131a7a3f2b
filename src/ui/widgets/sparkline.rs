//! A small filled graph without axes, for cells of lists.

use std::cell::RefCell;

use gtk::subclass::prelude::*;
use gtk::{glib, graphene, prelude::*};
use relm4::gtk;

use super::palette::{Palette, faded, set_source};

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Sparkline {
        pub(super) values: RefCell<Vec<Option<f32>>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Sparkline {
        const NAME: &'static str = "VireoSparkline";
        type Type = super::Sparkline;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("sparkline");
            class.set_accessible_role(gtk::AccessibleRole::Img);
        }
    }

    impl ObjectImpl for Sparkline {}

    impl WidgetImpl for Sparkline {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            match orientation {
                gtk::Orientation::Horizontal => (24, 64, -1, -1),
                _ => (12, 20, -1, -1),
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            let (width, height) = (widget.width() as f32, widget.height() as f32);
            let values = self.values.borrow();
            if width < 2.0 || height < 2.0 || values.is_empty() {
                return;
            }
            let palette = Palette::of(&*widget);
            let cr = snapshot.append_cairo(&graphene::Rect::new(0.0, 0.0, width, height));
            draw(&cr, &values, f64::from(width), f64::from(height), &palette);
        }
    }
}

glib::wrapper! {
    /// Filled graph of a short history. Redrawn only when the values change; draws nothing where values are unknown.
    pub struct Sparkline(ObjectSubclass<imp::Sparkline>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Sparkline {
    fn default() -> Self {
        Self::new()
    }
}

impl Sparkline {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        glib::Object::new()
    }

    /// Shows `values`, each 0.0 to 1.0, the newest last; `None` leaves a gap. Costs a comparison if nothing changed.
    pub fn set_values(&self, values: &[Option<f32>]) {
        let mut own = self.imp().values.borrow_mut();
        if own.as_slice() == values {
            return;
        }
        own.clear();
        own.extend_from_slice(values);
        drop(own);
        self.queue_draw();
    }

    /// What a screen reader says: the figure that the graph shows and its newest value ("CPU 12 %").
    pub fn set_accessible_text(&self, text: &str) {
        self.update_property(&[gtk::accessible::Property::Label(text)]);
    }
}

/// Fills the area below the values, and draws a line on top of it, one piece for each run of known values.
fn draw(cr: &gtk::cairo::Context, values: &[Option<f32>], width: f64, height: f64, palette: &Palette) {
    let step = width / (values.len().max(2) - 1) as f64;
    let bottom = height - 0.5;
    let y = |value: f32| bottom - f64::from(value.clamp(0.0, 1.0)) * (height - 2.0);

    // A base line keeps a machine without load apart from one without figures.
    for (start, run) in runs(values) {
        let left = start as f64 * step;
        let right = (start + run.len() - 1) as f64 * step;
        let right = if run.len() == 1 { left + step } else { right };
        cr.move_to(left, bottom);
        let mut last = left;
        for (index, value) in run.iter().enumerate() {
            last = (start + index) as f64 * step;
            cr.line_to(last, y(*value));
        }
        if run.len() == 1 {
            cr.line_to(right, y(run[0]));
            last = right;
        }
        cr.line_to(last, bottom);
        cr.close_path();
        let fill = if palette.high_contrast { 1.0 } else { 0.35 };
        set_source(cr, faded(palette.accent, fill));
        let _ = cr.fill();
        set_source(cr, palette.accent);
        cr.set_line_width(1.0);
        cr.move_to(left, y(run[0]));
        for (index, value) in run.iter().enumerate() {
            cr.line_to((start + index) as f64 * step, y(*value));
        }
        cr.line_to(right, y(run[run.len() - 1]));
        let _ = cr.stroke();
    }
}

/// Runs of known values with the position of their first.
fn runs(values: &[Option<f32>]) -> Vec<(usize, Vec<f32>)> {
    let mut out: Vec<(usize, Vec<f32>)> = Vec::new();
    let mut open = false;
    for (index, value) in values.iter().enumerate() {
        match value.filter(|value| value.is_finite()) {
            Some(value) if open => {
                if let Some((_, run)) = out.last_mut() {
                    run.push(value);
                }
            }
            Some(value) => {
                out.push((index, vec![value]));
                open = true;
            }
            None => open = false,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn unknown_values_split_the_line_instead_of_falling_to_zero() {
        let values = [None, Some(0.5), Some(0.6), None, Some(f32::NAN), Some(1.0)];
        assert_eq!(runs(&values), vec![(1, vec![0.5, 0.6]), (5, vec![1.0])]);
        assert!(runs(&[]).is_empty());
    }
}
