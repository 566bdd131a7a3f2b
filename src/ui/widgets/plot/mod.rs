//! A large graph of one or several series over time, with axes, units and a readout under the pointer.

mod curve;
mod draw;
mod legend;
mod scale;

use std::cell::{Cell, RefCell};

use gtk::subclass::prelude::*;
use gtk::{gdk, glib, prelude::*};
use relm4::{adw, gtk};

use crate::i18n::tr;

pub use curve::PlotPoint;
pub use legend::Legend;
pub use scale::Unit;

/// One line of a graph.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlotSeries {
    /// Name in readout and legend.
    pub name: String,
    /// Samples, the oldest first.
    pub points: Vec<PlotPoint>,
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Plot {
        pub(super) series: RefCell<Vec<PlotSeries>>,
        pub(super) now: Cell<f64>,
        pub(super) span: Cell<Option<f64>>,
        pub(super) unit: Cell<Unit>,
        pub(super) limit: Cell<Option<f64>>,
        /// What stands in a graph without values.
        pub(super) empty: RefCell<String>,
        /// Age in seconds at which the crosshair stands.
        pub(super) cursor: Cell<Option<f64>>,
        pub(super) style_handler: RefCell<Vec<glib::SignalHandlerId>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Plot {
        const NAME: &'static str = "VireoPlot";
        type Type = super::Plot;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("plot");
            class.set_accessible_role(gtk::AccessibleRole::Img);
        }
    }

    impl ObjectImpl for Plot {
        fn constructed(&self) {
            self.parent_constructed();
            let widget = self.obj();
            widget.set_focusable(true);
            widget.set_overflow(gtk::Overflow::Hidden);
            widget.watch_pointer();
            widget.watch_keys();
            let manager = adw::StyleManager::default();
            let weak = widget.downgrade();
            let redraw = move |_: &adw::StyleManager| {
                if let Some(widget) = weak.upgrade() {
                    widget.queue_draw();
                }
            };
            let handlers = vec![
                manager.connect_dark_notify(redraw.clone()),
                manager.connect_high_contrast_notify(redraw),
            ];
            *self.style_handler.borrow_mut() = handlers;
        }

        fn dispose(&self) {
            let manager = adw::StyleManager::default();
            for handler in self.style_handler.take() {
                manager.disconnect(handler);
            }
        }
    }

    impl WidgetImpl for Plot {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            match orientation {
                gtk::Orientation::Horizontal => (180, 360, -1, -1),
                _ => (140, 180, -1, -1),
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            draw::draw(&self.obj(), snapshot);
        }
    }
}

glib::wrapper! {
    /// Graph over time. Redrawn only on new data, and only while it is on screen. The pointer, or the arrow keys while it
    /// has the focus, read single values.
    pub struct Plot(ObjectSubclass<imp::Plot>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Plot {
    fn default() -> Self {
        Self::new(Unit::Share)
    }
}

impl Plot {
    /// An empty graph of values in `unit`.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        let plot: Self = glib::Object::new();
        plot.imp().unit.set(unit);
        plot.imp().span.set(Some(300.0));
        plot.set_empty_text(&tr("No figures yet"));
        plot
    }

    /// Shows `series` as of `now` (same clock as the points, in seconds).
    pub fn set_series(&self, now: f64, series: Vec<PlotSeries>) {
        let imp = self.imp();
        imp.now.set(now);
        imp.series.replace(series);
        if self.is_mapped() {
            self.queue_draw();
        }
    }

    /// How far back the graph reaches, in seconds; `None` shows everything there is.
    pub fn set_span(&self, span: Option<f64>) {
        if self.imp().span.replace(span) != span {
            self.queue_draw();
        }
    }

    /// A value at which the axis ends even if nothing reaches it, such as the memory of the machine.
    pub fn set_limit(&self, limit: Option<f64>) {
        if self.imp().limit.replace(limit) != limit {
            self.queue_draw();
        }
    }

    /// What stands in the graph while there are no values.
    pub fn set_empty_text(&self, text: &str) {
        if *self.imp().empty.borrow() != text {
            self.imp().empty.replace(text.to_owned());
            self.queue_draw();
        }
    }

    /// What a screen reader says.
    pub fn set_accessible_text(&self, text: &str) {
        self.update_property(&[gtk::accessible::Property::Label(text)]);
    }

    /// The span that is shown now.
    fn shown_span(&self) -> f64 {
        let imp = self.imp();
        imp.span.get().unwrap_or_else(|| {
            let series = imp.series.borrow();
            let first = series
                .iter()
                .filter_map(|series| series.points.first())
                .map(|point| point.at);
            let oldest = first.fold(imp.now.get(), f64::min);
            (imp.now.get() - oldest).max(60.0)
        })
    }

    fn set_cursor(&self, age: Option<f64>) {
        if self.imp().cursor.replace(age) != age {
            self.queue_draw();
            if let Some(readout) = draw::readout(self) {
                let text = readout
                    .lines
                    .iter()
                    .fold(readout.title, |text, (_, line)| text + ", " + line);
                self.update_property(&[gtk::accessible::Property::Description(&text)]);
            }
        }
    }

    fn watch_pointer(&self) {
        let motion = gtk::EventControllerMotion::new();
        let follow = {
            let weak = self.downgrade();
            move |x: f64| {
                let Some(plot) = weak.upgrade() else { return };
                let area = draw::Area::of(&plot);
                plot.set_cursor(area.age_at(x, plot.shown_span()));
            }
        };
        let enter = follow.clone();
        motion.connect_enter(move |_, x, _| enter(x));
        motion.connect_motion(move |_, x, _| follow(x));
        let weak = self.downgrade();
        motion.connect_leave(move |_| {
            if let Some(plot) = weak.upgrade() {
                plot.set_cursor(None);
            }
        });
        self.add_controller(motion);
    }

    fn watch_keys(&self) {
        let keys = gtk::EventControllerKey::new();
        let weak = self.downgrade();
        keys.connect_key_pressed(move |_, key, _, _| {
            let Some(plot) = weak.upgrade() else {
                return glib::Propagation::Proceed;
            };
            let span = plot.shown_span();
            let step = (span / 60.0).max(1.0);
            let age = plot.imp().cursor.get();
            let next = match key {
                gdk::Key::Left => Some(age.map_or(0.0, |age| (age + step).min(span))),
                gdk::Key::Right => Some(age.map_or(0.0, |age| (age - step).max(0.0))),
                gdk::Key::Home => Some(span),
                gdk::Key::End => Some(0.0),
                gdk::Key::Escape if age.is_some() => None,
                _ => return glib::Propagation::Proceed,
            };
            plot.set_cursor(next);
            glib::Propagation::Stop
        });
        self.add_controller(keys);
        let focus = gtk::EventControllerFocus::new();
        let weak = self.downgrade();
        focus.connect_leave(move |_| {
            if let Some(plot) = weak.upgrade() {
                plot.set_cursor(None);
            }
        });
        self.add_controller(focus);
    }
}
