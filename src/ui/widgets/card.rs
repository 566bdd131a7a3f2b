//! One large graph in a frame: heading, newest value, plot, legend.

use gtk::pango;
use gtk::prelude::*;
use relm4::gtk;

use super::{Legend, Plot, PlotSeries, Unit};
use crate::i18n::tr_f;
use crate::ui::format;

/// A framed graph.
#[derive(Debug)]
pub struct GraphCard {
    root: gtk::Box,
    heading: String,
    value: gtk::Label,
    extra: gtk::Box,
    plot: Plot,
    legend: Legend,
    note: gtk::Label,
    unit: Unit,
}

impl GraphCard {
    /// An empty graph of values in `unit`.
    #[must_use]
    pub fn new(heading: &str, unit: Unit) -> Self {
        let title = gtk::Label::builder()
            .label(heading)
            .css_classes(["heading"])
            .xalign(0.0)
            .ellipsize(pango::EllipsizeMode::End)
            .build();
        let value = gtk::Label::builder()
            .css_classes(["numeric", "dim-label"])
            .hexpand(true)
            .xalign(1.0)
            .ellipsize(pango::EllipsizeMode::End)
            .build();
        let extra = gtk::Box::new(gtk::Orientation::Horizontal, 0);
        let top = gtk::Box::builder().spacing(12).height_request(34).build();
        top.append(&title);
        top.append(&extra);
        top.append(&value);
        let plot = Plot::new(unit);
        plot.set_vexpand(true);
        let legend = Legend::new();
        let inner = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .margin_top(12)
            .margin_bottom(12)
            .margin_start(12)
            .margin_end(12)
            .build();
        inner.append(&top);
        inner.append(&plot);
        inner.append(legend.widget());
        let note = gtk::Label::builder()
            .css_classes(["caption", "dim-label"])
            .xalign(0.0)
            .wrap(true)
            .visible(false)
            .build();
        inner.append(&note);
        let root = gtk::Box::builder().css_classes(["card"]).build();
        root.append(&inner);
        Self {
            root,
            heading: heading.to_owned(),
            value,
            extra,
            plot,
            legend,
            note,
            unit,
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Puts a small control beside the heading.
    pub fn add_control(&self, control: &impl IsA<gtk::Widget>) {
        self.extra.append(control);
    }

    /// How far back the graph reaches, in seconds; `None` for everything.
    pub fn set_span(&self, span: Option<f64>) {
        self.plot.set_span(span);
    }

    /// Where the axis ends even if nothing reaches it.
    pub fn set_limit(&self, limit: Option<f64>) {
        self.plot.set_limit(limit);
    }

    /// What stands in the graph while there are no values.
    pub fn set_empty_text(&self, text: &str) {
        self.plot.set_empty_text(text);
    }

    /// What must be known to read the graph, below it; nothing for an empty text.
    pub fn set_note(&self, text: &str) {
        if self.note.text() != text {
            self.note.set_text(text);
            self.note.set_visible(!text.is_empty());
        }
    }

    /// Shows `series` as of `now`, and `summary` as the newest value. The legend shows where there are several lines.
    pub fn set_series(&self, now: f64, series: Vec<PlotSeries>, summary: &str) {
        if self.value.text() != summary {
            self.value.set_text(summary);
        }
        let text = tr_f("{name}: {value}", &[("name", &self.heading), ("value", summary)]);
        self.plot.set_accessible_text(&text);
        self.legend.widget().set_visible(series.len() > 1);
        if series.len() > 1 {
            let entries: Vec<(String, String)> = series
                .iter()
                .map(|one| {
                    let newest = one.points.last().and_then(|point| point.value);
                    let value = newest.map_or_else(|| format::UNKNOWN.to_owned(), |value| self.unit.text(value));
                    (one.name.clone(), value)
                })
                .collect();
            self.legend.set_entries(&entries);
        }
        self.plot.set_series(now, series);
    }
}
