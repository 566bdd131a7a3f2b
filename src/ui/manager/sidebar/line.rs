//! Lines of the sidebar.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::pango;
use gtk4::prelude::*;

use super::super::fill::{literal, status_class, status_text};
use crate::i18n::{tr, tr_f, whole};
use crate::model::key::HostId;
use crate::model::store::Host;
use crate::ui::core::Core;
use crate::ui::format;
use crate::ui::widgets::{Meter, Tip, set_tip};

/// The line of a host.
pub(super) struct HostLine {
    pub(super) id: HostId,
    pub(super) row: gtk::ListBoxRow,
    dot: gtk::Image,
    name: gtk::Label,
    status: gtk::Label,
    count: gtk::Label,
    cpu: Meter,
    memory: Meter,
    meters: gtk::Box,
    open: gtk::Button,
    look: RefCell<Look>,
}

/// A label for a number of machines.
pub(super) fn count_label() -> gtk::Label {
    gtk::Label::builder().css_classes(["dim-label", "numeric"]).build()
}

fn text(label: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(label)
        .xalign(0.0)
        .hexpand(true)
        .single_line_mode(true)
        .ellipsize(pango::EllipsizeMode::End)
        .build()
}

/// An image that says nothing that the line does not say in words.
fn decoration(icon: &str) -> gtk::Image {
    gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

/// A line with an icon, a text and a number.
pub(super) fn line(icon: &str, label: &str, count: &gtk::Label) -> gtk::ListBoxRow {
    let content = gtk::Box::builder().spacing(10).build();
    content.append(&decoration(icon));
    content.append(&text(label));
    content.append(count);
    let row = gtk::ListBoxRow::builder().child(&content).build().with_tip(label);
    row.update_property(&[gtk::accessible::Property::Label(label)]);
    row
}

/// The line of a host, not filled yet.
pub(super) fn host_line(core: &Core, id: HostId) -> HostLine {
    let dot = decoration("network-server-symbolic");
    let name = text("");
    let status = text("");
    status.add_css_class("caption");
    status.add_css_class("dim-label");
    let count = count_label();
    let (cpu, memory) = (Meter::new(), Meter::new());
    let meters = gtk::Box::builder()
        .spacing(6)
        .homogeneous(true)
        .css_classes(["vireo-meters"])
        .build();
    meters.append(&cpu);
    meters.append(&memory);
    let texts = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(2)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .build();
    texts.append(&name);
    texts.append(&status);
    texts.append(&meters);
    let content = gtk::Box::builder().spacing(10).build();
    content.append(&dot);
    content.append(&texts);
    content.append(&count);
    let open = gtk::Button::builder()
        .icon_name("go-next-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat", "circular"])
        .action_name("host.open")
        .action_target(&id.to_string().to_variant())
        .visible(false)
        .build()
        .with_tip(tr("Storage, Networks, Devices"));
    open.update_property(&[gtk::accessible::Property::Label(&tr("Open the Host"))]);
    content.append(&open);
    let row = gtk::ListBoxRow::builder().child(&content).build();
    let click = gtk::GestureClick::builder().button(3).build();
    let (menu_core, menu_row) = (core.clone(), row.downgrade());
    click.connect_pressed(move |gesture, _, x, y| {
        if let Some(row) = menu_row.upgrade() {
            gesture.set_state(gtk::EventSequenceState::Claimed);
            super::super::menu::host(&menu_core, id, &row, x, y);
        }
    });
    row.add_controller(click);
    HostLine {
        id,
        row,
        dot,
        name,
        status,
        count,
        cpu,
        memory,
        meters,
        open,
        look: RefCell::default(),
    }
}

/// What a host's line shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Look {
    name: String,
    class: &'static str,
    status: String,
    status_visible: bool,
    count: String,
    /// Whole percent: less is not seen.
    cpu: Option<u32>,
    memory: Option<u32>,
    tip: String,
}

/// What the line of a host shows.
pub(super) fn look(host: &Host, machines: usize, (cpu, memory): (Option<f64>, Option<f64>)) -> Look {
    let name = literal(&host.config.name);
    let connected = host.status.is_connected();
    let read_only = host.info.as_ref().is_some_and(|info| info.features.read_only);
    let percent = |share: Option<f64>| share.filter(|_| connected).map(|share| (share * 100.0).round() as u32);
    Look {
        tip: super::super::status::tip(host),
        name,
        class: status_class(&host.status),
        status: if read_only {
            tr("View only")
        } else {
            status_text(&host.status)
        },
        status_visible: !connected || read_only,
        count: if host.listed {
            whole(machines)
        } else {
            format::UNKNOWN.to_owned()
        },
        cpu: percent(cpu),
        memory: percent(memory),
    }
}

/// Shows a look. What stays the same is left alone: GTK lays the window out anew even for a style class that was there.
pub(super) fn update(line: &HostLine, look: Look) {
    let old = line.look.replace(look.clone());
    if old == look {
        return;
    }
    line.name.set_label(&look.name);
    if old.class != look.class {
        line.dot.set_css_classes(&[look.class]);
    }
    line.status.set_label(&look.status);
    line.status.set_visible(look.status_visible);
    line.count.set_label(&look.count);
    line.meters.set_visible(look.cpu.is_some() || look.memory.is_some());
    let share = |percent: u32| f64::from(percent) / 100.0;
    let said = |percent: Option<u32>| {
        percent.map_or_else(|| format::UNKNOWN.to_owned(), |percent| format::percent(share(percent)))
    };
    if old.cpu != look.cpu {
        line.cpu.set_fraction(look.cpu.map(share));
        line.cpu
            .set_accessible_text(&tr_f("CPU {load}", &[("load", &said(look.cpu))]));
    }
    if old.memory != look.memory {
        line.memory.set_fraction(look.memory.map(share));
        line.memory
            .set_accessible_text(&tr_f("Memory {load}", &[("load", &said(look.memory))]));
    }
    if old.tip != look.tip {
        set_tip(&line.row, Some(&look.tip));
    }
    if (&old.name, &old.status) != (&look.name, &look.status) {
        let label = format!("{}, {}", look.name, look.status);
        line.row.update_property(&[gtk::accessible::Property::Label(&label)]);
    }
}

/// Mean CPU load of the running machines of a host, and the share of their memory in use.
pub(super) fn load(core: &Core, host: HostId) -> (Option<f64>, Option<f64>) {
    let store = core.store();
    let (mut cpu, mut machines, mut used, mut total) = (0.0, 0u32, 0u64, 0u64);
    let domains = store.host(host).into_iter().flat_map(|host| &host.domains);
    for uuid in domains {
        let Some(domain) = store.domain(crate::model::key::DomainKey::new(host, *uuid)) else {
            continue;
        };
        if let Some(share) = domain.load.cpu {
            cpu += f64::from(share);
            machines += 1;
        }
        if let (Some(now), Some(all)) = (domain.load.memory_used_kib, domain.load.memory_total_kib) {
            used += now;
            total += all;
        }
    }
    let cpu = (machines > 0).then(|| cpu / f64::from(machines));
    let memory = (total > 0).then(|| used as f64 / total as f64);
    (cpu, memory)
}

impl HostLine {
    /// Shows the way to the host's own pages, or not.
    pub(super) fn offer_to_open(&self, offer: bool) {
        self.open.set_visible(offer);
    }
}
