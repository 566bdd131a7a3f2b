//! What is inside the cells of the list. Each is made once per visible line and bound by expressions, so that a recycled
//! cell can't show another row's figures.

use glib::prelude::*;
use gtk4 as gtk;
use gtk4::pango;
use gtk4::prelude::*;

use super::row::Row;
use crate::i18n::tr;
use crate::ui::widgets::{Meter, Sparkline};

/// The expression for a property of the row that `item` shows.
fn of_row(property: &str) -> gtk::Expression {
    gtk::PropertyExpression::new(gtk::ListItem::static_type(), gtk::Expression::NONE, "item")
        .chain_property::<Row>(property)
        .upcast()
}

fn bind(item: &gtk::ListItem, property: &str, target: &impl IsA<glib::Object>, to: &str) {
    of_row(property).bind(target, to, Some(item));
}

/// A cell of numbers: right-aligned, figures of equal width.
pub(super) fn number(item: &gtk::ListItem, property: &str) {
    let text = gtk::Inscription::builder()
        .xalign(1.0)
        .min_chars(7)
        .nat_chars(9)
        .text_overflow(gtk::InscriptionOverflow::EllipsizeEnd)
        .css_classes(["numeric"])
        .build();
    bind(item, property, &text, "text");
    dim_when_stale(item, &text);
    item.set_child(Some(&text));
}

/// A cell of text.
pub(super) fn text(item: &gtk::ListItem, property: &str) {
    let text = label();
    text.add_css_class("dim-label");
    bind(item, property, &text, "label");
    item.set_child(Some(&text));
}

/// A label that shows foreign text as it is: no markup, no mnemonic, one line, ellipsised.
fn label() -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .use_markup(false)
        .use_underline(false)
        .single_line_mode(true)
        .ellipsize(pango::EllipsizeMode::End)
        .build()
}

fn dim_when_stale(item: &gtk::ListItem, widget: &impl IsA<glib::Object>) {
    let dimmed = of_row("stale").chain_closure::<f64>(glib::closure!(|_: Option<glib::Object>, stale: bool| {
        if stale { 0.45 } else { 1.0 }
    }));
    dimmed.bind(widget, "opacity", Some(item));
}

/// State icon, name and title; for a host an arrow, its name and counts.
pub(super) fn name(item: &gtk::ListItem, toggle: impl Fn(&Row) + 'static) {
    let arrow = gtk::Button::builder()
        .css_classes(["flat", "circular", "vireo-arrow"])
        .valign(gtk::Align::Center)
        .tooltip_text(tr("Show or hide the machines of this host"))
        .build();
    arrow.update_property(&[gtk::accessible::Property::Label(&tr(
        "Show or hide the machines of this host",
    ))]);
    let icon = gtk::Image::builder().valign(gtk::Align::Center).build();
    let first = label();
    first.add_css_class("vireo-name");
    let second = label();
    second.add_css_class("caption");
    second.add_css_class("dim-label");
    let texts = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .build();
    texts.append(&first);
    texts.append(&second);
    let line = gtk::Box::builder().spacing(10).css_classes(["vireo-name-cell"]).build();
    line.append(&arrow);
    line.append(&icon);
    line.append(&texts);

    bind(item, "name", &first, "label");
    bind(item, "name", &first, "tooltip-text");
    bind(item, "title", &second, "label");
    bind(item, "icon", &icon, "icon-name");
    bind(item, "state", &icon, "tooltip-text");
    let shown =
        of_row("title").chain_closure::<bool>(glib::closure!(|_: Option<glib::Object>, title: &str| !title.is_empty()));
    shown.bind(&second, "visible", Some(item));
    let classes = of_row("severity").chain_closure::<Vec<String>>(glib::closure!(
        |_: Option<glib::Object>, severity: &str| vec![severity.to_owned()]
    ));
    classes.bind(&icon, "css-classes", Some(item));
    let pointing = of_row("expanded").chain_closure::<String>(glib::closure!(
        |_: Option<glib::Object>, expanded: bool| if expanded {
            "pan-down-symbolic"
        } else {
            "pan-end-symbolic"
        }
    ));
    pointing.bind(&arrow, "icon-name", Some(item));
    dim_when_stale(item, &line);

    arrow.connect_clicked(glib::clone!(
        #[weak]
        item,
        move |_| {
            if let Some(row) = item.item().and_downcast::<Row>() {
                toggle(&row);
            }
        }
    ));
    item.connect_item_notify(glib::clone!(
        #[weak]
        arrow,
        #[weak]
        line,
        move |item| {
            let header = item.item().and_downcast::<Row>().is_some_and(|row| row.is_header());
            arrow.set_visible(header);
            if header {
                line.add_css_class("vireo-host");
            } else {
                line.remove_css_class("vireo-host");
            }
        }
    ));
    item.set_child(Some(&line));
}

/// State in words, with what is asked and not answered.
pub(super) fn state(item: &gtk::ListItem) {
    let text = label();
    bind(item, "state", &text, "label");
    dim_when_stale(item, &text);
    item.set_child(Some(&text));
}

/// Recent CPU load as a graph, and its newest value.
pub(super) fn cpu(item: &gtk::ListItem) {
    let graph = Sparkline::new();
    graph.set_size_request(56, 18);
    graph.set_valign(gtk::Align::Center);
    graph.set_hexpand(true);
    let figure = gtk::Inscription::builder()
        .xalign(1.0)
        .min_chars(6)
        .nat_chars(6)
        .css_classes(["numeric"])
        .build();
    let line = gtk::Box::builder().spacing(6).build();
    line.append(&graph);
    line.append(&figure);
    bind(item, "cpu", &figure, "text");
    dim_when_stale(item, &line);
    follow(item, "samples", &graph, |graph, row| {
        row.with_history(|values| graph.set_values(values));
        graph.set_accessible_text(&crate::i18n::tr_f("CPU {load}", &[("load", &row.cpu())]));
    });
    item.set_child(Some(&line));
}

/// Memory as a bar, and in figures.
pub(super) fn memory(item: &gtk::ListItem) {
    let bar = Meter::new();
    bar.set_size_request(40, -1);
    let figure = gtk::Inscription::builder()
        .xalign(1.0)
        .min_chars(15)
        .nat_chars(15)
        .hexpand(true)
        .css_classes(["numeric"])
        .build();
    let line = gtk::Box::builder().spacing(8).build();
    line.append(&bar);
    line.append(&figure);
    bind(item, "memory", &figure, "text");
    dim_when_stale(item, &line);
    follow(item, "memory-share", &bar, |bar, row| {
        let share = row.memory_share();
        bar.set_visible(share >= 0.0);
        bar.set_fraction((share >= 0.0).then_some(share));
    });
    item.set_child(Some(&line));
}

/// Tags as pills.
pub(super) fn tags(item: &gtk::ListItem) {
    let pills = gtk::Box::builder().spacing(4).build();
    let clip = gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::External)
        .vscrollbar_policy(gtk::PolicyType::Never)
        .child(&pills)
        .build();
    dim_when_stale(item, &pills);
    follow(item, "tags", &pills, |pills, row| {
        while let Some(child) = pills.first_child() {
            pills.remove(&child);
        }
        for tag in row.tags().lines() {
            let pill = label();
            pill.set_label(tag);
            pill.set_max_width_chars(16);
            pill.set_valign(gtk::Align::Center);
            pill.add_css_class("vireo-tag");
            pills.append(&pill);
        }
    });
    item.set_child(Some(&clip));
}

/// A mark where the machine starts with its host.
pub(super) fn autostart(item: &gtk::ListItem) {
    let mark = gtk::Image::builder()
        .icon_name("object-select-symbolic")
        .tooltip_text(tr("Starts with the host"))
        .halign(gtk::Align::Center)
        .build();
    bind(item, "autostart", &mark, "visible");
    dim_when_stale(item, &mark);
    item.set_child(Some(&mark));
}

/// Shows a property that is no widget property: now, on each notification, and when the cell gets another row. The
/// connection goes with the row that the cell leaves.
fn follow<W: IsA<gtk::Widget>>(
    item: &gtk::ListItem,
    property: &'static str,
    widget: &W,
    show: impl Fn(&W, &Row) + Clone + 'static,
) {
    let connected = std::cell::RefCell::new(None::<(Row, glib::SignalHandlerId)>);
    let widget = widget.downgrade();
    item.connect_item_notify(move |item| {
        if let Some((row, handler)) = connected.take() {
            row.disconnect(handler);
        }
        let Some(row) = item.item().and_downcast::<Row>() else {
            return;
        };
        if let Some(widget) = widget.upgrade() {
            show(&widget, &row);
        }
        let (widget, show) = (widget.clone(), show.clone());
        let handler = row.connect_notify_local(Some(property), move |row, _| {
            if let Some(widget) = widget.upgrade() {
                show(&widget, row);
            }
        });
        connected.replace(Some((row, handler)));
    });
}
