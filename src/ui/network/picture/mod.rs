//! What is connected with what, as a picture or as a list that says the same.

mod canvas;
mod place;
mod words;

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

pub use self::canvas::Canvas;
use crate::i18n::tr;
use crate::model::topology::{Column, Machine, Net, Port, Subject, Topology};

/// What the picture is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matter {
    /// The machines of the host.
    pub machines: Vec<Machine>,
    /// Its networks.
    pub networks: Vec<Net>,
    /// Its bridges and interfaces.
    pub ports: Vec<Port>,
}

type Chosen = Rc<dyn Fn(&Subject)>;

/// The picture with its heading and its list.
pub struct Picture {
    root: gtk::Box,
    tools: gtk::Box,
    stack: gtk::Stack,
    canvas: Canvas,
    lines: gtk::StringList,
    subjects: Rc<RefCell<Vec<Subject>>>,
    matter: RefCell<Matter>,
    open: RefCell<HashSet<String>>,
    waiting: gtk::Label,
    fold: gtk::Button,
    chosen: Chosen,
}

impl Picture {
    /// An empty one; `chosen` hears what was clicked, except for groups, which open.
    pub fn new(chosen: impl Fn(&Subject) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|weak: &std::rc::Weak<Self>| {
            let of_canvas = weak.clone();
            let canvas = Canvas::new(&tr("Picture of the networks"), move |subject| {
                if let Some(this) = of_canvas.upgrade() {
                    this.choose(subject);
                }
            });
            let scrolled = gtk::ScrolledWindow::builder().child(&canvas).vexpand(true).build();
            let lines = gtk::StringList::new(&[]);
            let subjects: Rc<RefCell<Vec<Subject>>> = Rc::default();
            let list = list(&lines);
            let of_list = weak.clone();
            list.connect_activate(move |_, row| {
                if let Some(this) = of_list.upgrade() {
                    this.choose_line(row);
                }
            });
            let listed = gtk::ScrolledWindow::builder().child(&list).vexpand(true).build();
            let nothing = adw::StatusPage::builder()
                .icon_name("network-workgroup-symbolic")
                .title(tr("Nothing to show"))
                .description(tr(
                    "This host has no networks, and no machine is connected to anything.",
                ))
                .build();
            let stack = gtk::Stack::builder().hhomogeneous(false).vexpand(true).build();
            stack.add_named(&scrolled, Some("picture"));
            stack.add_named(&listed, Some("list"));
            stack.add_named(&nothing, Some("nothing"));
            let waiting = gtk::Label::builder()
                .label(tr("Definitions are being read…"))
                .css_classes(["dim-label", "caption"])
                .xalign(1.0)
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .build();
            let fold = gtk::Button::builder().label(tr("Group Again")).visible(false).build();
            let of_fold = weak.clone();
            fold.connect_clicked(move |_| {
                if let Some(this) = of_fold.upgrade() {
                    this.open.borrow_mut().clear();
                    this.refresh();
                }
            });
            let tools = gtk::Box::builder().spacing(6).build();
            tools.append(&waiting);
            tools.append(&fold);
            tools.append(&ways(weak));
            let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
            root.append(&stack);
            Self {
                root,
                tools,
                stack,
                canvas,
                lines,
                subjects,
                matter: RefCell::default(),
                open: RefCell::default(),
                waiting,
                fold,
                chosen: Rc::new(chosen),
            }
        })
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// What stands beside the heading.
    #[must_use]
    pub fn tools(&self) -> &gtk::Box {
        &self.tools
    }

    /// The picture itself.
    #[must_use]
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// Shows what there is now.
    pub fn show(&self, matter: Matter) {
        self.matter.replace(matter);
        self.refresh();
    }

    fn refresh(&self) {
        let (topology, unread) = {
            let (matter, open) = (self.matter.borrow(), self.open.borrow());
            let unread = matter.machines.iter().any(|machine| machine.plugs.is_none());
            (
                Topology::of(&matter.machines, &matter.networks, &matter.ports, &open),
                unread,
            )
        };
        self.waiting.set_visible(unread);
        self.fold.set_visible(!self.open.borrow().is_empty());
        self.write_lines(&topology);
        let empty = topology.nodes.is_empty();
        let shown = self.stack.visible_child_name();
        match shown.as_deref() {
            _ if empty => self.stack.set_visible_child_name("nothing"),
            Some("nothing") => self.stack.set_visible_child_name("picture"),
            _ => {}
        }
        self.canvas.show_topology(topology);
    }

    fn write_lines(&self, topology: &Topology) {
        // Each machine, and each network that no machine begins a line for.
        let begins = |at: &usize| {
            let node = &topology.nodes[*at];
            node.column == Column::Machines
                || (node.column == Column::Networks
                    && !topology
                        .neighbours(*at)
                        .any(|near| topology.nodes[near].column == Column::Machines))
        };
        let places: Vec<usize> = (0..topology.nodes.len()).filter(begins).collect();
        let lines: Vec<String> = places.iter().map(|at| words::way(topology, *at)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        *self.subjects.borrow_mut() = places.iter().map(|at| topology.nodes[*at].subject.clone()).collect();
        self.lines.splice(0, self.lines.n_items(), &lines);
    }

    fn choose_line(&self, row: u32) {
        let subject = usize::try_from(row)
            .ok()
            .and_then(|row| self.subjects.borrow().get(row).cloned());
        if let Some(subject) = subject {
            self.choose(&subject);
        }
    }

    fn choose(&self, subject: &Subject) {
        if let Subject::Machines(group, _) = subject {
            self.open.borrow_mut().insert(group.clone());
            self.refresh();
            return;
        }
        (self.chosen)(subject);
    }
}

/// The choice between picture and list.
fn ways(weak: &std::rc::Weak<Picture>) -> gtk::Box {
    let both = gtk::Box::builder().css_classes(["linked"]).build();
    let mut first: Option<gtk::ToggleButton> = None;
    for (name, label, icon) in [
        ("picture", tr("As a picture"), "vireo-bridge-symbolic"),
        ("list", tr("As a list"), "view-list-symbolic"),
    ] {
        let button = gtk::ToggleButton::builder()
            .icon_name(icon)
            .active(first.is_none())
            .build();
        crate::ui::widgets::set_tip(&button, Some(&label));
        button.update_property(&[gtk::accessible::Property::Label(&label)]);
        button.set_group(first.as_ref());
        first.get_or_insert_with(|| button.clone());
        let weak = weak.clone();
        button.connect_toggled(move |button| {
            let Some(this) = weak.upgrade().filter(|_| button.is_active()) else {
                return;
            };
            if this.stack.visible_child_name().as_deref() != Some("nothing") {
                this.stack.set_visible_child_name(name);
            }
        });
        both.append(&button);
    }
    both
}

fn list(lines: &gtk::StringList) -> gtk::ListView {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, item: &glib::Object| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            let label = gtk::Label::builder()
                .xalign(0.0)
                .wrap(true)
                .wrap_mode(gtk::pango::WrapMode::WordChar)
                .margin_top(6)
                .margin_bottom(6)
                .margin_start(12)
                .margin_end(12)
                .build();
            item.set_child(Some(&label));
        }
    });
    factory.connect_bind(|_, item: &glib::Object| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let text = item.item().and_downcast::<gtk::StringObject>();
        if let (Some(label), Some(text)) = (item.child().and_downcast::<gtk::Label>(), text) {
            label.set_text(&text.string());
        }
    });
    let list = gtk::ListView::builder()
        .model(&gtk::SingleSelection::new(Some(lines.clone())))
        .factory(&factory)
        .single_click_activate(true)
        .build();
    list.update_property(&[gtk::accessible::Property::Label(&tr("Ways of the machines’ packets"))]);
    list
}
