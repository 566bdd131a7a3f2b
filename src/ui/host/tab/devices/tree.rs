//! The tree of devices: lines that open, one of them chosen.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::words;
use crate::i18n::tr;
use crate::model::node::{Branch, Line, NodeDeviceFact, group_title};

/// With so few lines all are open from the start.
const FEW: usize = 40;

/// A line as the list model holds it.
struct Item {
    key: String,
    icon: &'static str,
    title: String,
    subtitle: String,
    badge: String,
    children: Vec<Branch>,
    devices: Rc<[NodeDeviceFact]>,
    used: Rc<HashSet<String>>,
}

/// The tree.
pub(super) struct DeviceTree {
    root: gtk::ScrolledWindow,
    view: gtk::ListView,
    selection: gtk::SingleSelection,
    closed: RefCell<HashSet<String>>,
    opened: RefCell<HashSet<String>>,
    quiet: Cell<bool>,
}

impl DeviceTree {
    /// An empty tree; `chosen` hears the name of the device that the user chose, `None` for a line that is none.
    pub(super) fn new(chosen: impl Fn(Option<String>) + 'static) -> Rc<Self> {
        let selection = gtk::SingleSelection::builder()
            .autoselect(false)
            .can_unselect(true)
            .build();
        let view = gtk::ListView::builder()
            .model(&selection)
            .factory(&factory())
            .css_classes(["navigation-sidebar"])
            .build();
        view.update_property(&[gtk::accessible::Property::Label(&tr("Devices of the host"))]);
        let root = gtk::ScrolledWindow::builder()
            .child(&view)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let this = Rc::new(Self {
            root,
            view: view.clone(),
            selection: selection.clone(),
            closed: RefCell::default(),
            opened: RefCell::default(),
            quiet: Cell::default(),
        });
        let weak = Rc::downgrade(&this);
        selection.connect_selected_item_notify(move |selection| {
            if let Some(this) = weak.upgrade().filter(|this| !this.quiet.get()) {
                let key = selection.selected_item().and_then(|item| key_of(&item));
                drop(this);
                chosen(key.and_then(|key| key.strip_prefix("d:").map(str::to_owned)));
            }
        });
        view.connect_activate(|view, place| {
            let row = view
                .model()
                .and_then(|model| model.item(place))
                .and_downcast::<gtk::TreeListRow>();
            if let Some(row) = row.filter(gtk::TreeListRow::is_expandable) {
                row.set_expanded(!row.is_expanded());
            }
        });
        this
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Shows this tree; `used` are names of devices that machines have, `all_open` is for what was searched. What was open and
    /// chosen stays so.
    pub(super) fn show(
        &self,
        devices: &Rc<[NodeDeviceFact]>,
        branches: &[Branch],
        used: &Rc<HashSet<String>>,
        all_open: bool,
    ) {
        let chosen = self.selection.selected_item().and_then(|item| key_of(&item));
        self.remember();
        let lines: usize = branches.iter().map(|branch| branch.devices() + 1).sum();
        let store = store(branches, devices, used);
        let open = all_open || lines <= FEW;
        let tree = gtk::TreeListModel::new(store, false, open, |item| {
            let item = item.downcast_ref::<glib::BoxedAnyObject>()?.try_borrow::<Item>().ok()?;
            let children = (!item.children.is_empty()).then(|| store_of(&item))?;
            Some(children.upcast())
        });
        self.quiet.set(true);
        self.selection.set_model(Some(&tree));
        self.restore(&tree, open, all_open);
        self.choose(chosen.as_deref());
        self.quiet.set(false);
    }

    /// Chooses a device by its name, opening what it hangs on.
    pub(super) fn choose_device(&self, name: &str) {
        self.choose(Some(&format!("d:{name}")));
        let place = self.selection.selected();
        if place != gtk::INVALID_LIST_POSITION {
            let _ = self
                .view
                .activate_action("list.scroll-to-item", Some(&place.to_variant()));
        }
    }

    fn choose(&self, key: Option<&str>) {
        let mut at = 0;
        while let Some(item) = self.selection.item(at) {
            if key.is_some() && key_of(&item).as_deref() == key {
                self.selection.set_selected(at);
                return;
            }
            at += 1;
        }
        self.selection.set_selected(gtk::INVALID_LIST_POSITION);
    }

    /// Notes which lines are open and closed now.
    fn remember(&self) {
        let (mut closed, mut opened) = (self.closed.borrow_mut(), self.opened.borrow_mut());
        for at in 0..self.selection.n_items() {
            let Some(item) = self.selection.item(at) else { continue };
            let (Some(row), Some(key)) = (item.downcast_ref::<gtk::TreeListRow>(), key_of(&item)) else {
                continue;
            };
            if row.is_expandable() {
                let (to, from) = match row.is_expanded() {
                    true => (&mut *opened, &mut *closed),
                    false => (&mut *closed, &mut *opened),
                };
                from.remove(&key);
                to.insert(key);
            }
        }
    }

    fn restore(&self, tree: &gtk::TreeListModel, open: bool, all_open: bool) {
        if all_open {
            return;
        }
        let (closed, opened) = (self.closed.borrow().clone(), self.opened.borrow().clone());
        let mut at = 0;
        while let Some(row) = tree.item(at).and_downcast::<gtk::TreeListRow>() {
            let key = key_of(row.upcast_ref()).unwrap_or_default();
            let wanted = if open {
                !closed.contains(&key)
            } else {
                opened.contains(&key)
            };
            if row.is_expandable() && row.is_expanded() != wanted {
                row.set_expanded(wanted);
            }
            at += 1;
        }
    }
}

fn key_of(item: &glib::Object) -> Option<String> {
    let row = item.downcast_ref::<gtk::TreeListRow>()?;
    let item = row.item().and_downcast::<glib::BoxedAnyObject>()?;
    let item = item.try_borrow::<Item>().ok()?;
    Some(item.key.clone())
}

fn store(branches: &[Branch], devices: &Rc<[NodeDeviceFact]>, used: &Rc<HashSet<String>>) -> gio::ListStore {
    let store = gio::ListStore::new::<glib::BoxedAnyObject>();
    for branch in branches {
        store.append(&glib::BoxedAnyObject::new(item(branch, devices, used)));
    }
    store
}

fn store_of(item: &Item) -> gio::ListStore {
    store(&item.children, &item.devices, &item.used)
}

fn item(branch: &Branch, devices: &Rc<[NodeDeviceFact]>, used: &Rc<HashSet<String>>) -> Item {
    let (key, icon, title, subtitle, badge) = match &branch.line {
        Line::Category(category) => (
            format!("c:{category:?}"),
            words::category_icon(*category),
            category.title(),
            branch.count(),
            String::new(),
        ),
        Line::Group(group) => (
            format!("g:{group}"),
            "view-list-symbolic",
            group_title(*group),
            branch.count(),
            String::new(),
        ),
        Line::Device(at) => {
            let fact = &devices[*at];
            let badge = if !fact.active {
                tr("Off")
            } else if used.contains(&fact.device.name) {
                tr("In use")
            } else {
                String::new()
            };
            (
                format!("d:{}", fact.device.name),
                words::icon(&fact.device.kind),
                words::title(&fact.device),
                words::subtitle(fact),
                badge,
            )
        }
    };
    Item {
        key,
        icon,
        title,
        subtitle,
        badge,
        children: branch.children.clone(),
        devices: Rc::clone(devices),
        used: Rc::clone(used),
    }
}

fn factory() -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let line = gtk::Box::builder().spacing(9).margin_top(3).margin_bottom(3).build();
        line.append(
            &gtk::Image::builder()
                .accessible_role(gtk::AccessibleRole::Presentation)
                .build(),
        );
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .hexpand(true)
            .valign(gtk::Align::Center)
            .build();
        let label = |classes: &[&'static str]| {
            gtk::Label::builder()
                .xalign(0.0)
                .css_classes(classes.to_vec())
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .build()
        };
        words.append(&label(&[]));
        words.append(&label(&["caption", "dim-label"]));
        line.append(&words);
        let badge = gtk::Label::builder()
            .css_classes(["caption", "vireo-badge"])
            .valign(gtk::Align::Center)
            .build();
        line.append(&badge);
        let expander = gtk::TreeExpander::builder().child(&line).build();
        item.set_child(Some(&expander));
    });
    factory.connect_bind(|_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        let row = item.item().and_downcast::<gtk::TreeListRow>();
        let expander = item.child().and_downcast::<gtk::TreeExpander>();
        if let (Some(row), Some(expander)) = (row, expander) {
            bind(&row, &expander);
        }
    });
    factory
}

fn bind(row: &gtk::TreeListRow, expander: &gtk::TreeExpander) {
    expander.set_list_row(Some(row));
    let Some(object) = row.item().and_downcast::<glib::BoxedAnyObject>() else {
        return;
    };
    let Ok(item) = object.try_borrow::<Item>() else { return };
    let Some(line) = expander.child() else { return };
    let icon = line.first_child().and_downcast::<gtk::Image>();
    let badge = line.last_child().and_downcast::<gtk::Label>();
    let words = icon.as_ref().and_then(|icon| icon.next_sibling());
    if let Some(icon) = icon {
        icon.set_icon_name(Some(item.icon));
    }
    if let Some(words) = words {
        let labels = [words.first_child(), words.last_child()];
        for (label, text) in labels.into_iter().zip([&item.title, &item.subtitle]) {
            if let Some(label) = label.and_downcast::<gtk::Label>() {
                label.set_text(text);
                label.set_visible(!text.is_empty());
            }
        }
    }
    if let Some(badge) = badge {
        badge.set_text(&item.badge);
        badge.set_visible(!item.badge.is_empty());
    }
}
