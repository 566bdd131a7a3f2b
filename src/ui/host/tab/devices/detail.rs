//! What is known of one device, and what can be done with it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Devices, assign, held, making, words};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::facts::PciDevice;
use crate::model::key::DomainKey;
use crate::model::node::{Hold, NodeDeviceFact, companions};
use crate::ui::actions;
use crate::ui::host::tab::facts::FactGroup;
use crate::ui::text;
use crate::ui::widgets::plain_row;
use crate::ui::xml::Excerpt;

/// What a button does.
type Clicked = Box<dyn Fn(&Rc<Devices>)>;

/// What the page of a device was made of.
type Shown = (NodeDeviceFact, Vec<(DomainKey, String)>, Vec<Hold>, usize, bool);

/// The page of a device.
pub(super) struct Detail {
    root: gtk::Stack,
    scrolled: gtk::ScrolledWindow,
    place: adw::Clamp,
    shown: RefCell<Option<Shown>>,
    devices: Weak<Devices>,
}

fn vertical() -> gtk::Box {
    gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .margin_top(18)
        .margin_bottom(24)
        .margin_start(12)
        .margin_end(12)
        .build()
}

impl Detail {
    /// A page that says that nothing is chosen.
    pub(super) fn new(devices: Weak<Devices>) -> Self {
        let empty = adw::StatusPage::builder()
            .icon_name("vireo-card-symbolic")
            .title(tr("No Device Chosen"))
            .build();
        let place = adw::Clamp::builder()
            .maximum_size(760)
            .tightening_threshold(560)
            .build();
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&place)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let root = gtk::Stack::builder().vexpand(true).build();
        root.add_named(&empty, Some("empty"));
        root.add_named(&scrolled, Some("device"));
        Self {
            root,
            scrolled,
            place,
            shown: RefCell::default(),
            devices,
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Stack {
        &self.root
    }

    /// Shows a device, with the machines that have it and what the host has of it.
    pub(super) fn show(
        &self,
        fact: Option<&NodeDeviceFact>,
        all: &Rc<[NodeDeviceFact]>,
        users: &[(DomainKey, String)],
        holds: &[Hold],
        may_change: bool,
    ) {
        let Some(fact) = fact else {
            self.shown.take();
            self.root.set_visible_child_name("empty");
            return;
        };
        let shown = Some((fact.clone(), users.to_vec(), holds.to_vec(), all.len(), may_change));
        self.root.set_visible_child_name("device");
        if *self.shown.borrow() == shown {
            return;
        }
        let before = self.shown.replace(shown);
        let page = vertical();
        page.append(&head(fact));
        page.append(&self.buttons(fact, may_change));
        if !users.is_empty() {
            page.append(&used_by(users));
        }
        if !holds.is_empty() {
            page.append(&held::group(holds));
        }
        let facts = FactGroup::new("");
        facts.show(words::facts(fact));
        page.append(facts.widget());
        if let Some(group) = self.group(fact, all) {
            page.append(&group);
        }
        if let Some(types) = fact.device.pci().and_then(|pci| self.mediated(fact, pci, may_change)) {
            page.append(&types);
        }
        let xml = Excerpt::new(&tr("XML of the device"));
        xml.show(&fact.xml);
        let expander = gtk::Expander::builder().label(tr("XML")).child(xml.widget()).build();
        page.append(&expander);
        self.place.set_child(Some(&page));
        if before.is_none_or(|(old, ..)| old.device.name != fact.device.name) {
            self.scrolled.vadjustment().set_value(0.0);
        }
    }

    fn buttons(&self, fact: &NodeDeviceFact, may_change: bool) -> gtk::FlowBox {
        let flow = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .accessible_role(gtk::AccessibleRole::Group)
            .column_spacing(6)
            .row_spacing(6)
            .max_children_per_line(6)
            .sensitive(may_change)
            .build();
        let add = |label: &str, suggested: bool, clicked: Clicked| {
            let button = gtk::Button::builder().label(label).use_underline(true).build();
            if suggested {
                button.add_css_class("suggested-action");
            }
            let devices = self.devices.clone();
            button.connect_clicked(move |_| {
                if let Some(devices) = devices.upgrade() {
                    clicked(&devices);
                }
            });
            let child = gtk::FlowBoxChild::builder()
                .child(&button)
                .focusable(false)
                .accessible_role(gtk::AccessibleRole::Group)
                .build();
            flow.append(&child);
        };
        if fact.refusal().is_none() {
            let given = fact.clone();
            add(
                &tr("_Assign to Machine…"),
                true,
                Box::new(move |devices| assign::open(devices, &given)),
            );
        }
        for call in fact.calls() {
            let (of, label) = (fact.clone(), words::button(&call, fact));
            add(&label, false, Box::new(move |devices| devices.act(&of, call.clone())));
        }
        if fact.makes_ports() {
            let of = fact.clone();
            add(
                &tr("New Virtual _Port…"),
                false,
                Box::new(move |devices| making::port(devices, &of)),
            );
        }
        flow.set_visible(flow.first_child().is_some());
        flow
    }

    /// What leaves the host together with a PCI device.
    fn group(&self, fact: &NodeDeviceFact, all: &Rc<[NodeDeviceFact]>) -> Option<adw::PreferencesGroup> {
        let number = fact.device.pci()?.iommu_group?;
        let others = companions(all, fact);
        let group = adw::PreferencesGroup::builder()
            .title(tr_f("IOMMU group {n}", &[("n", &number.to_string())]))
            .build();
        let words = match fact.refusal() {
            Some(reason) => reason,
            None if others.is_empty() => tr("It is alone in its group, and can be given away by itself."),
            None => tr("The hardware cannot keep these devices apart: they leave the host together."),
        };
        group.set_description(Some(&words));
        for other in others {
            group.add(&self.link(other));
        }
        Some(group)
    }

    /// A row that goes to another device.
    fn link(&self, other: &NodeDeviceFact) -> adw::ActionRow {
        let row = plain_row(&words::title(&other.device), &words::subtitle(other));
        row.set_activatable(true);
        let arrow = gtk::Image::builder()
            .icon_name("go-next-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        row.add_suffix(&arrow);
        let (devices, name) = (self.devices.clone(), other.device.name.clone());
        row.connect_activated(move |_| {
            if let Some(devices) = devices.upgrade() {
                devices.go_to(&name);
            }
        });
        row
    }

    /// The kinds of mediated devices that a card makes.
    fn mediated(&self, fact: &NodeDeviceFact, pci: &PciDevice, may_change: bool) -> Option<adw::PreferencesGroup> {
        if pci.mediated.is_empty() {
            return None;
        }
        let group = adw::PreferencesGroup::builder()
            .title(tr("Parts It Can Be Cut Into"))
            .description(tr("Mediated devices: each goes to a machine of its own."))
            .build();
        for kind in &pci.mediated {
            let name = kind.name.clone().unwrap_or_else(|| kind.id.clone());
            let free = kind.available.map(|free| {
                let count = usize::try_from(free).unwrap_or(usize::MAX);
                tr_n("{n} more can be made", "{n} more can be made", count, &[])
            });
            let mut parts = vec![kind.id.clone()];
            parts.extend(kind.api.clone());
            parts.extend(free);
            let row = plain_row(&name, &parts.join(" · "));
            let button = gtk::Button::builder()
                .label(tr("_New…"))
                .use_underline(true)
                .valign(gtk::Align::Center)
                .sensitive(may_change && kind.available != Some(0))
                .build();
            let (devices, parent, kind) = (self.devices.clone(), fact.clone(), kind.id.clone());
            button.connect_clicked(move |_| {
                if let Some(devices) = devices.upgrade() {
                    making::mediated(&devices, &parent, &kind);
                }
            });
            row.add_suffix(&button);
            group.add(&row);
        }
        Some(group)
    }
}

fn head(fact: &NodeDeviceFact) -> gtk::Box {
    let icon = gtk::Image::builder()
        .icon_name(words::icon(&fact.device.kind))
        .pixel_size(32)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let title = gtk::Label::builder()
        .label(words::title(&fact.device))
        .css_classes(["title-3"])
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build();
    let subtitle = gtk::Label::builder()
        .label(words::subtitle(fact))
        .css_classes(["dim-label"])
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build();
    let words = gtk::Box::new(gtk::Orientation::Vertical, 3);
    words.append(&title);
    words.append(&subtitle);
    let head = gtk::Box::builder().spacing(12).build();
    head.append(&icon);
    head.append(&words);
    head
}

fn used_by(users: &[(DomainKey, String)]) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(tr("Used By")).build();
    for (key, name) in users {
        let row = plain_row(&text::name(name), "");
        let arrow = gtk::Image::builder()
            .icon_name("go-next-symbolic")
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        row.add_suffix(&arrow);
        row.set_action_name(Some("win.open"));
        row.set_action_target_value(Some(&actions::target(&[*key])));
        row.set_activatable(true);
        group.add(&row);
    }
    group
}
