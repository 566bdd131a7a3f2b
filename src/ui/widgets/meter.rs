//! A thin bar that shows how full something is.

use std::cell::Cell;

use gtk::subclass::prelude::*;
use gtk::{glib, graphene, prelude::*};
use relm4::gtk;

use super::palette::{Palette, faded, set_source};

/// From here on the bar warns.
const HIGH: f64 = 0.80;
/// From here on it is as good as full.
const FULL: f64 = 0.95;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Meter {
        pub(super) fraction: Cell<Option<f64>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Meter {
        const NAME: &'static str = "VireoMeter";
        type Type = super::Meter;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("meter");
            class.set_accessible_role(gtk::AccessibleRole::Meter);
        }
    }

    impl ObjectImpl for Meter {}

    impl WidgetImpl for Meter {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            match orientation {
                gtk::Orientation::Horizontal => (24, 48, -1, -1),
                _ => (6, 6, -1, -1),
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            let (width, height) = (f64::from(widget.width()), f64::from(widget.height()));
            if width < 4.0 || height < 2.0 {
                return;
            }
            let palette = Palette::of(&*widget);
            let bounds = graphene::Rect::new(0.0, 0.0, width as f32, height as f32);
            let cr = snapshot.append_cairo(&bounds);
            let rtl = widget.direction() == gtk::TextDirection::Rtl;
            if rtl {
                cr.translate(width, 0.0);
                cr.scale(-1.0, 1.0);
            }
            draw(&cr, self.fraction.get(), width, height, &palette);
        }
    }
}

glib::wrapper! {
    /// Thin capacity bar. The colour follows the level, and so do marks that need no colour: a bar that is as good as
    /// full ends in a notch.
    pub struct Meter(ObjectSubclass<imp::Meter>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// An empty bar of unknown level.
    #[must_use]
    pub fn new() -> Self {
        let meter: Self = glib::Object::new();
        meter.set_valign(gtk::Align::Center);
        meter.update_property(&[
            gtk::accessible::Property::ValueMin(0.0),
            gtk::accessible::Property::ValueMax(1.0),
        ]);
        meter
    }

    /// Shows a level of 0.0 to 1.0; `None` shows an empty, fainter track.
    pub fn set_fraction(&self, fraction: Option<f64>) {
        let fraction = fraction
            .filter(|value| value.is_finite())
            .map(|value| value.clamp(0.0, 1.0));
        if self.imp().fraction.replace(fraction) == fraction {
            return;
        }
        if let Some(value) = fraction {
            self.update_property(&[gtk::accessible::Property::ValueNow(value)]);
        }
        self.queue_draw();
    }

    /// What a screen reader says ("Memory 1.2 of 4.0 GiB").
    pub fn set_accessible_text(&self, text: &str) {
        self.update_property(&[
            gtk::accessible::Property::Label(text),
            gtk::accessible::Property::ValueText(text),
        ]);
    }
}

fn pill(cr: &gtk::cairo::Context, x: f64, y: f64, width: f64, height: f64) {
    use std::f64::consts::{FRAC_PI_2, PI};
    let radius = (height / 2.0).min(width / 2.0);
    cr.new_sub_path();
    cr.arc(x + width - radius, y + radius, radius, -FRAC_PI_2, FRAC_PI_2);
    cr.arc(x + radius, y + radius, radius, FRAC_PI_2, PI + FRAC_PI_2);
    cr.close_path();
}

/// Draws the bar into the upper left corner; `fraction` from 0.0 to 1.0, `None` for an unknown level.
pub fn draw(cr: &gtk::cairo::Context, fraction: Option<f64>, width: f64, height: f64, palette: &Palette) {
    let height = height.min(8.0);
    let track = match (fraction, palette.high_contrast) {
        (_, true) => 0.4,
        (Some(_), false) => 0.15,
        (None, false) => 0.08,
    };
    set_source(cr, faded(palette.text, track));
    pill(cr, 0.0, 0.0, width, height);
    let _ = cr.fill();
    let Some(fraction) = fraction else { return };
    let color = if fraction >= FULL {
        palette.error
    } else if fraction >= HIGH {
        palette.warning
    } else {
        palette.accent
    };
    let filled = (fraction * width).max(if fraction > 0.0 { height } else { 0.0 });
    if filled <= 0.0 {
        return;
    }
    set_source(cr, color);
    pill(cr, 0.0, 0.0, filled, height);
    let _ = cr.fill();
    if fraction >= FULL {
        cr.set_operator(gtk::cairo::Operator::DestOut);
        cr.rectangle(filled - height - 2.0, 0.0, 2.0, height);
        let _ = cr.fill();
    }
}
