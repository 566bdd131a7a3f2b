//! The widget that draws the links and holds the nodes, which are buttons: so keyboard, pointer and screen readers have them
//! as they have any.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::*;
use relm4::gtk;

use super::place::{self, Spot};
use super::words;
use crate::model::topology::{Column, Standing, Subject, Topology};
use crate::ui::widgets::{Palette, set_tip};

type Chosen = Rc<dyn Fn(&Subject)>;

mod imp {
    use std::collections::HashSet;

    use super::*;

    #[derive(Default)]
    pub struct Canvas {
        pub(super) topology: RefCell<Topology>,
        pub(super) nodes: RefCell<Vec<gtk::Button>>,
        pub(super) headings: RefCell<Vec<gtk::Label>>,
        pub(super) spots: RefCell<Vec<Spot>>,
        /// The node whose links stand out: the one under the pointer, or with the keyboard.
        pub(super) marked: Cell<Option<usize>>,
        pub(super) way: RefCell<HashSet<usize>>,
        /// Where Tab comes back to.
        pub(super) last: RefCell<Option<Subject>>,
        pub(super) chosen: RefCell<Option<Chosen>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Canvas {
        const NAME: &'static str = "VireoNetworkPicture";
        type Type = super::Canvas;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("networkpicture");
            class.set_accessible_role(gtk::AccessibleRole::Group);
        }
    }

    impl ObjectImpl for Canvas {
        fn dispose(&self) {
            self.nodes.take().into_iter().for_each(|node| node.unparent());
            self.headings.take().into_iter().for_each(|label| label.unparent());
        }
    }

    impl WidgetImpl for Canvas {
        fn request_mode(&self) -> gtk::SizeRequestMode {
            gtk::SizeRequestMode::ConstantSize
        }

        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            if orientation == gtk::Orientation::Horizontal {
                let (least, natural) = place::widths(&self.wishes());
                return (least, natural, -1, -1);
            }
            let topology = self.topology.borrow();
            let height = place::height(&topology, self.heading_height(), self.node_height());
            (height, height, -1, -1)
        }

        fn size_allocate(&self, width: i32, _height: i32, _baseline: i32) {
            let heading = self.heading_height();
            let across = self.across(width);
            let spots = place::spots(&self.topology.borrow(), &across, heading, self.node_height());
            for (button, spot) in self.nodes.borrow().iter().zip(&spots) {
                let place = gtk::Allocation::new(spot.x, spot.y, spot.width, spot.height);
                // GTK wants a widget measured before it is placed.
                let _ = button.measure(gtk::Orientation::Horizontal, -1);
                button.size_allocate(&place, -1);
            }
            for (label, (x, wide)) in self.headings.borrow().iter().zip(across) {
                let _ = label.measure(gtk::Orientation::Horizontal, -1);
                label.size_allocate(&gtk::Allocation::new(x, place::MARGIN, wide, heading), -1);
            }
            self.spots.replace(spots);
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            self.draw_links(snapshot);
            let widget = self.obj();
            for node in self.nodes.borrow().iter() {
                widget.snapshot_child(node, snapshot);
            }
            for label in self.headings.borrow().iter() {
                widget.snapshot_child(label, snapshot);
            }
        }

        fn focus(&self, direction: gtk::DirectionType) -> bool {
            let inside = self.obj().focus_child().is_some();
            match direction {
                // One stop for Tab, however many nodes there are; arrows go from node to node.
                gtk::DirectionType::TabForward | gtk::DirectionType::TabBackward if inside => false,
                gtk::DirectionType::TabForward | gtk::DirectionType::TabBackward => self.enter(),
                _ => self.go(direction),
            }
        }
    }

    impl Canvas {
        /// Goes from the node that has the keyboard to the next one that way: along its links, where there are any.
        fn go(&self, direction: gtk::DirectionType) -> bool {
            let focus = self.obj().focus_child();
            let next = {
                let nodes = self.nodes.borrow();
                let Some(place) = nodes.iter().position(|node| Some(node.upcast_ref()) == focus.as_ref()) else {
                    drop(nodes);
                    return self.enter();
                };
                // A picture that has just changed has not been laid out yet.
                let (topology, across) = (self.topology.borrow(), self.across(self.obj().width()));
                let spots = place::spots(&topology, &across, self.heading_height(), self.node_height());
                let next = place::next(&topology, &spots, place, direction);
                next.and_then(|next| nodes.get(next).cloned())
            };
            next.is_some_and(|node| node.grab_focus())
        }

        fn enter(&self) -> bool {
            let last = self
                .last
                .borrow()
                .as_ref()
                .and_then(|last| self.topology.borrow().find(last));
            let node = self.nodes.borrow().get(last.unwrap_or(0)).cloned();
            node.is_some_and(|node| node.grab_focus())
        }

        /// How wide the columns would like to be.
        fn wishes(&self) -> Vec<i32> {
            let (topology, nodes) = (self.topology.borrow(), self.nodes.borrow());
            let natural = |widget: &gtk::Widget| widget.measure(gtk::Orientation::Horizontal, -1).1;
            let columns = place::columns(&topology);
            let of = |(at, column): (usize, &Column)| {
                let heading = self.headings.borrow().get(at).map(|label| natural(label.upcast_ref()));
                let own = topology.column(*column).filter_map(|at| nodes.get(at));
                let widest = own.map(|node| natural(node.upcast_ref())).max();
                heading.max(widest).unwrap_or(0)
            };
            columns.iter().enumerate().map(of).collect()
        }

        /// Where the columns begin and how wide they are, as the language is read.
        fn across(&self, width: i32) -> Vec<(i32, i32)> {
            let mut across = place::across(&self.wishes(), width);
            if self.obj().direction() == gtk::TextDirection::Rtl {
                for (x, wide) in &mut across {
                    *x = width - *x - *wide;
                }
            }
            across
        }

        fn heading_height(&self) -> i32 {
            let headings = self.headings.borrow();
            let heights = headings
                .iter()
                .map(|label| label.measure(gtk::Orientation::Vertical, -1).1);
            heights.max().map_or(0, |height| height + 6)
        }

        fn node_height(&self) -> i32 {
            let nodes = self.nodes.borrow();
            let heights = nodes.iter().map(|node| node.measure(gtk::Orientation::Vertical, -1).1);
            heights.max().unwrap_or(0)
        }

        fn draw_links(&self, snapshot: &gtk::Snapshot) {
            let widget = self.obj();
            let bounds = gtk::graphene::Rect::new(0.0, 0.0, narrow(widget.width()), narrow(widget.height()));
            let cairo = snapshot.append_cairo(&bounds);
            let palette = Palette::of(&*widget);
            let (topology, spots, way) = (self.topology.borrow(), self.spots.borrow(), self.way.borrow());
            let marked = self.marked.get();
            for link in &topology.links {
                let (Some(from), Some(to)) = (spots.get(link.from), spots.get(link.to)) else {
                    continue;
                };
                let on_way = marked.is_some() && way.contains(&link.from) && way.contains(&link.to);
                let (color, strength) = match (marked.is_some(), on_way, link.live) {
                    (_, true, _) => (palette.accent, 1.0),
                    (true, false, _) if !palette.high_contrast => (palette.text, 0.12),
                    (_, _, true) => (palette.text, if palette.high_contrast { 1.0 } else { 0.5 }),
                    _ => (palette.text, if palette.high_contrast { 0.8 } else { 0.3 }),
                };
                cairo.set_source_rgba(
                    f64::from(color.red()),
                    f64::from(color.green()),
                    f64::from(color.blue()),
                    f64::from(color.alpha()) * strength,
                );
                cairo.set_line_width(if link.count > 1 { 2.5 } else { 1.5 });
                let dashes: &[f64] = if link.live { &[] } else { &[4.0, 4.0] };
                cairo.set_dash(dashes, 0.0);
                curve(&cairo, from, to);
                // A failed drawing has nothing better to fall back to.
                let _ = cairo.stroke();
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no widget is wide enough for that")]
    fn narrow(length: i32) -> f32 {
        length as f32
    }

    fn curve(cairo: &gtk::cairo::Context, from: &Spot, to: &Spot) {
        let middle = |spot: &Spot| f64::from(spot.y) + f64::from(spot.height) / 2.0;
        let (left_first, near, far) = (from.x <= to.x, middle(from), middle(to));
        let side = |spot: &Spot, right: bool| f64::from(if right { spot.x + spot.width } else { spot.x });
        let (start, end) = (side(from, left_first), side(to, !left_first));
        let bend = (end - start) / 2.0;
        cairo.move_to(start, near);
        cairo.curve_to(start + bend, near, end - bend, far, end, far);
    }
}

glib::wrapper! {
    /// A picture of [`Topology`].
    pub struct Canvas(ObjectSubclass<imp::Canvas>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Canvas {
    /// An empty one; `chosen` hears which node was clicked.
    pub fn new(name: &str, chosen: impl Fn(&Subject) + 'static) -> Self {
        let canvas: Self = glib::Object::new();
        canvas.update_property(&[gtk::accessible::Property::Label(name)]);
        canvas.imp().chosen.replace(Some(Rc::new(chosen)));
        canvas
    }

    /// Shows a picture. Whoever has the keyboard keeps it where the node is still there.
    pub fn show_topology(&self, topology: Topology) {
        let imp = self.imp();
        if *imp.topology.borrow() == topology {
            return;
        }
        let focused = self.focused();
        let subjects =
            |topology: &Topology| -> Vec<Subject> { topology.nodes.iter().map(|node| node.subject.clone()).collect() };
        let same = subjects(&imp.topology.borrow()) == subjects(&topology);
        imp.topology.replace(topology);
        imp.marked.set(None);
        if !same {
            self.rebuild();
        }
        self.fill();
        if let Some(place) = focused.and_then(|subject| imp.topology.borrow().find(&subject)) {
            let node = imp.nodes.borrow().get(place).cloned();
            node.inspect(|node| {
                node.grab_focus();
            });
        }
        self.queue_resize();
        self.queue_draw();
    }

    /// The button of a node.
    #[must_use]
    pub fn node(&self, subject: &Subject) -> Option<gtk::Button> {
        let place = self.imp().topology.borrow().find(subject)?;
        self.imp().nodes.borrow().get(place).cloned()
    }

    fn focused(&self) -> Option<Subject> {
        let focus = self.focus_child()?;
        let nodes = self.imp().nodes.borrow();
        let place = nodes.iter().position(|node| *node == focus)?;
        let topology = self.imp().topology.borrow();
        topology.nodes.get(place).map(|node| node.subject.clone())
    }

    fn rebuild(&self) {
        let imp = self.imp();
        imp.nodes.take().into_iter().for_each(|node| node.unparent());
        imp.headings.take().into_iter().for_each(|label| label.unparent());
        let headings = place::columns(&imp.topology.borrow()).into_iter().map(|column| {
            let label = gtk::Label::builder()
                .label(words::heading(column))
                .css_classes(["heading"])
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .build();
            label.set_parent(self);
            label
        });
        let headings: Vec<gtk::Label> = headings.collect();
        imp.headings.replace(headings);
        let count = imp.topology.borrow().nodes.len();
        let nodes: Vec<gtk::Button> = (0..count).map(|place| self.button(place)).collect();
        imp.nodes.replace(nodes);
    }

    fn button(&self, place: usize) -> gtk::Button {
        let content = gtk::Box::builder().spacing(8).build();
        content.append(&gtk::Image::new());
        let lines = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .build();
        for class in ["vireo-node-title", "caption"] {
            let label = gtk::Label::builder()
                .xalign(0.0)
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .css_classes([class])
                .build();
            lines.append(&label);
        }
        content.append(&lines);
        let button = gtk::Button::builder()
            .child(&content)
            .css_classes(["vireo-node"])
            .build();
        let weak = self.downgrade();
        button.connect_clicked(move |_| {
            if let Some(canvas) = weak.upgrade() {
                canvas.choose(place);
            }
        });
        let pointer = gtk::EventControllerMotion::new();
        let weak = self.downgrade();
        pointer.connect_enter(move |_, _, _| {
            if let Some(canvas) = weak.upgrade() {
                canvas.mark(Some(place));
            }
        });
        let weak = self.downgrade();
        pointer.connect_leave(move |_| {
            if let Some(canvas) = weak.upgrade() {
                canvas.mark(None);
            }
        });
        button.add_controller(pointer);
        let keyboard = gtk::EventControllerFocus::new();
        let weak = self.downgrade();
        keyboard.connect_enter(move |_| {
            if let Some(canvas) = weak.upgrade() {
                canvas.remember(place);
                canvas.mark(Some(place));
            }
        });
        let weak = self.downgrade();
        keyboard.connect_leave(move |_| {
            if let Some(canvas) = weak.upgrade() {
                canvas.mark(None);
            }
        });
        button.add_controller(keyboard);
        button.set_parent(self);
        button
    }

    fn fill(&self) {
        let topology = self.imp().topology.borrow();
        for (place, (node, button)) in topology.nodes.iter().zip(self.imp().nodes.borrow().iter()).enumerate() {
            let Some(content) = button.child() else { continue };
            let image = content.first_child().and_downcast::<gtk::Image>();
            let lines = content.last_child();
            let title = lines
                .as_ref()
                .and_then(gtk::Widget::first_child)
                .and_downcast::<gtk::Label>();
            let detail = lines
                .as_ref()
                .and_then(gtk::Widget::last_child)
                .and_downcast::<gtk::Label>();
            if let Some(image) = image {
                image.set_icon_name(Some(words::icon(node)));
                image.set_accessible_role(gtk::AccessibleRole::Presentation);
            }
            if let (Some(title), Some(detail)) = (title, detail) {
                title.set_text(&words::title(node));
                let below = words::detail(node);
                detail.set_visible(!below.is_empty());
                detail.set_text(&below);
            }
            for (class, is) in [
                ("off", matches!(node.standing, Standing::Off)),
                ("missing", matches!(node.standing, Standing::Missing)),
                (
                    "running",
                    matches!(node.subject, Subject::Machine(_)) && node.standing == Standing::On,
                ),
            ] {
                if is {
                    button.add_css_class(class);
                } else {
                    button.remove_css_class(class);
                }
            }
            let spoken = words::spoken(&topology, place);
            set_tip(button, Some(&spoken));
            button.update_property(&[gtk::accessible::Property::Label(&spoken)]);
        }
    }

    fn remember(&self, place: usize) {
        let subject = self
            .imp()
            .topology
            .borrow()
            .nodes
            .get(place)
            .map(|node| node.subject.clone());
        self.imp().last.replace(subject);
    }

    fn mark(&self, place: Option<usize>) {
        let imp = self.imp();
        if imp.marked.get() == place {
            return;
        }
        imp.marked.set(place);
        let way = place.map(|place| imp.topology.borrow().way(place)).unwrap_or_default();
        imp.way.replace(way);
        self.queue_draw();
    }

    fn choose(&self, place: usize) {
        let subject = self
            .imp()
            .topology
            .borrow()
            .nodes
            .get(place)
            .map(|node| node.subject.clone());
        let chosen = self.imp().chosen.borrow().clone();
        if let (Some(subject), Some(chosen)) = (subject, chosen) {
            chosen(&subject);
        }
    }
}
