//! What an imported machine is to be here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::import::places;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::conversion::{Appliance, ApplianceDisk, Converter, ImportWish};
use crate::model::creation::{NetworkWish, Weight};
use crate::model::hardware::size;
use crate::model::key::HostId;
use crate::ui::core::Core;
use crate::ui::{format, message, text};

/// Width of what stands in the dialog where there is room, and the height from which it scrolls, in pixels.
const WIDTH: i32 = 400;
/// What the dialog has at its sides, and the least width of what stands in it.
const SIDES: i32 = 80;
const NARROWEST: i32 = 240;
const TALLEST: i32 = 460;

/// Most processors that can be chosen for a machine that comes with fewer.
const MOST_CPUS: u32 = 512;
/// Least memory of a machine that is counted in gibibytes.
const MODERN: u64 = 256 << 20;

/// What there is to choose from.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    /// What the file holds.
    pub appliance: Appliance,
    /// Hosts with their names.
    pub hosts: Vec<(HostId, String)>,
    /// The one that is chosen at first.
    pub host: Option<HostId>,
    /// virt-v2v, which gives a guest its drivers, is installed on this computer.
    pub drivers: bool,
}

impl Offer {
    /// Whether virt-v2v can convert it: a machine of another program, or one disk that is not packed.
    fn may_get_drivers(&self) -> bool {
        let is_packed = |disk: &ApplianceDisk| disk.compression.is_some();
        self.drivers && self.appliance.definition.is_none() && !self.appliance.disks.iter().any(is_packed)
    }
}

/// The dialog.
pub(super) struct Form {
    core: Core,
    offer: Offer,
    dialog: glib::WeakRef<adw::MessageDialog>,
    name: adw::EntryRow,
    host: adw::ComboRow,
    pool: adw::ComboRow,
    network: adw::ComboRow,
    convert: adw::ComboRow,
    memory: adw::EntryRow,
    cpus: gtk::SpinButton,
    start: gtk::Switch,
    note: gtk::Label,
    pools: RefCell<Vec<String>>,
    networks: RefCell<Vec<String>>,
    /// Each question to the host has a number: only the answer to the last one counts.
    asked: Cell<u64>,
}

impl Form {
    /// Builds the dialog over `window`, filled with a wish.
    pub(super) fn new(window: &gtk::Window, core: &Core, offer: Offer, wish: &ImportWish) -> Rc<Self> {
        let appliance = &offer.appliance;
        let shown = text::name(&appliance.name);
        let dialog = message::dialog(window, &tr_f("Import {name}", &[("name", &shown)]), &summary(appliance));
        let names: Vec<&str> = offer.hosts.iter().map(|(_, name)| name.as_str()).collect();
        let chosen = offer.hosts.iter().position(|(id, _)| Some(*id) == offer.host);
        let form = Rc::new(Self {
            core: core.clone(),
            name: entry(
                &tr("Name"),
                if wish.name.is_empty() {
                    &appliance.name
                } else {
                    &wish.name
                },
            ),
            host: combo(&tr("Host"), &names, chosen.unwrap_or(0)),
            pool: combo(&tr("Storage pool"), &[], 0),
            network: combo(&tr("Network"), &[], 0),
            convert: converters(&offer, wish.converter),
            memory: entry(
                &tr("Memory"),
                &wish.memory.or(appliance.memory).map(size::write).unwrap_or_default(),
            ),
            // One that comes with more keeps them.
            cpus: gtk::SpinButton::with_range(1.0, f64::from(appliance.cpus.unwrap_or(0).max(MOST_CPUS)), 1.0),
            start: gtk::Switch::builder()
                .valign(gtk::Align::Center)
                .active(wish.start)
                .build(),
            note: gtk::Label::builder().wrap(true).xalign(0.0).build(),
            pools: RefCell::default(),
            networks: RefCell::default(),
            asked: Cell::new(0),
            dialog: dialog.downgrade(),
            offer,
        });
        form.cpus
            .set_value(f64::from(wish.cpus.or(form.offer.appliance.cpus).unwrap_or(2)));
        // A dialog would stick out of a narrow window.
        let room = if window.width() > 0 {
            window.width() - SIDES
        } else {
            WIDTH
        };
        form.fill(&dialog, room.clamp(NARROWEST, WIDTH));
        form.connect();
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("import", &tr("_Import"))]);
        dialog.set_response_appearance("import", adw::ResponseAppearance::Suggested);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("import"));
        // Nothing can be imported before the host has answered.
        form.read_host(wish.clone());
        form
    }

    fn fill(&self, dialog: &adw::MessageDialog, width: i32) {
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .width_request(width)
            .margin_start(2)
            .margin_end(2)
            .margin_bottom(4)
            .build();
        for sentence in &self.offer.appliance.left_out {
            let label = gtk::Label::builder()
                .label(sentence)
                .wrap(true)
                .xalign(0.0)
                .css_classes(["dim-label"])
                .build();
            content.append(&label);
        }
        let list = message::rows(&tr("The machine"));
        list.append(&self.name);
        self.host.set_visible(self.offer.hosts.len() > 1);
        list.append(&self.host);
        list.append(&self.pool);
        list.append(&self.memory);
        let cpus = adw::ActionRow::builder()
            .title(tr("Processors"))
            .activatable_widget(&self.cpus)
            .build();
        self.cpus.set_valign(gtk::Align::Center);
        self.cpus
            .update_property(&[gtk::accessible::Property::Label(&tr("Processors"))]);
        cpus.add_suffix(&self.cpus);
        list.append(&cpus);
        list.append(&self.network);
        list.append(&self.convert);
        let start = adw::ActionRow::builder()
            .title(tr("Start it when it is there"))
            .activatable_widget(&self.start)
            .build();
        self.start
            .update_property(&[gtk::accessible::Property::Label(&tr("Start it when it is there"))]);
        start.add_suffix(&self.start);
        list.append(&start);
        content.append(&list);
        content.append(&self.note);
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&content)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .propagate_natural_height(true)
            .max_content_height(TALLEST)
            .build();
        dialog.set_extra_child(Some(&scrolled));
    }

    fn connect(self: &Rc<Self>) {
        let again = || {
            let weak = Rc::downgrade(self);
            move || {
                if let Some(form) = weak.upgrade() {
                    form.examine();
                }
            }
        };
        for entry in [&self.name, &self.memory] {
            let again = again();
            entry.connect_changed(move |_| again());
        }
        for combo in [&self.pool, &self.network, &self.convert] {
            let again = again();
            combo.connect_selected_notify(move |_| again());
        }
        let changed = again();
        self.cpus.connect_value_changed(move |_| changed());
        let weak = Rc::downgrade(self);
        self.host.connect_selected_notify(move |_| {
            if let Some(form) = weak.upgrade() {
                form.read_host(form.wish().unwrap_or_default());
            }
        });
    }

    /// The chosen host.
    fn chosen(&self) -> Option<HostId> {
        let place = usize::try_from(self.host.selected()).ok()?;
        self.offer.hosts.get(place).map(|(id, _)| *id)
    }

    /// Fills in what the chosen host has.
    fn read_host(self: &Rc<Self>, wish: ImportWish) {
        let Some(host) = self.chosen() else { return };
        self.allow(false);
        let weak = Rc::downgrade(self);
        let core = self.core.clone();
        glib::spawn_future_local(async move {
            let (pools, networks) = places(&core, host).await;
            let Some(form) = weak.upgrade().filter(|form| form.chosen() == Some(host)) else {
                return;
            };
            // The usual one comes first.
            let wanted = pools.iter().position(|name| *name == wish.pool);
            choose_from(&form.pool, &pools, wanted.unwrap_or(0));
            let mut words = vec![tr("The usual one"), tr("None")];
            words.extend(networks.iter().map(|name| text::name(name)));
            let wanted = match &wish.network {
                NetworkWish::None => 1,
                NetworkWish::Network(name) => networks.iter().position(|other| other == name).map_or(0, |at| at + 2),
                _ => 0,
            };
            choose_from(&form.network, &words, wanted);
            form.pools.replace(pools);
            form.networks.replace(networks);
            form.examine();
        });
    }

    /// What the user wants; `None` where what was typed is none yet.
    fn wish(&self) -> Option<ImportWish> {
        let appliance = &self.offer.appliance;
        let memory = match self.memory.text().trim() {
            "" => None,
            text => Some(memory_of(text, appliance.memory)?),
        };
        let at = |combo: &adw::ComboRow| usize::try_from(combo.selected()).unwrap_or(0);
        let network = match at(&self.network) {
            0 => NetworkWish::Usual,
            1 => NetworkWish::None,
            place => self
                .networks
                .borrow()
                .get(place - 2)
                .map_or(NetworkWish::Usual, |name| NetworkWish::Network(name.clone())),
        };
        Some(ImportWish {
            name: self.name.text().trim().to_owned(),
            pool: self.pools.borrow().get(at(&self.pool)).cloned().unwrap_or_default(),
            // What was not changed stays exactly as it comes.
            memory: memory.filter(|bytes| appliance.memory.map(size::write) != Some(size::write(*bytes))),
            cpus: Some(self.cpus.value_as_int().unsigned_abs()).filter(|count| appliance.cpus != Some(*count)),
            network,
            start: self.start.is_active(),
            converter: match self.convert.selected() {
                1 => Converter::VirtV2v,
                _ => Converter::QemuImg,
            },
        })
    }

    /// Asks the host what speaks against the wish, and shows it.
    fn examine(self: &Rc<Self>) {
        let number = self.asked.get() + 1;
        self.asked.set(number);
        self.allow(false);
        let (Some(wish), Some(client)) = (self.wish(), self.chosen().and_then(|host| self.core.client(host))) else {
            self.say(&tr("The size is written like “2 GiB”."), true);
            return;
        };
        let appliance = self.offer.appliance.clone();
        let weak = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let answer = client.plan_import(appliance, wish).await;
            let Some(form) = weak.upgrade().filter(|form| form.asked.get() == number) else {
                return;
            };
            match answer {
                Ok((_, problems)) => {
                    let worst = problems.iter().map(|problem| problem.weight).max();
                    let said = problems.iter().filter(|problem| Some(problem.weight) == worst);
                    let said: Vec<&str> = said.map(|problem| problem.text.as_str()).collect();
                    let stops = worst == Some(Weight::Error);
                    form.say(&said.join("\n"), stops);
                    form.allow(!stops);
                }
                Err(error) => form.say(&error.message, true),
            }
        });
    }

    fn say(&self, words: &str, is_wrong: bool) {
        self.note.set_label(words);
        self.note.set_visible(!words.is_empty());
        if is_wrong {
            self.note.add_css_class("error");
        } else {
            self.note.remove_css_class("error");
        }
    }

    fn allow(&self, allowed: bool) {
        if let Some(dialog) = self.dialog.upgrade() {
            message::allow(&dialog, "import", allowed);
        }
    }

    /// Shows the dialog; the host and the wish, or `None` where the user thinks better of it.
    pub(super) async fn ask(form: &Rc<Self>) -> Option<(HostId, ImportWish)> {
        let dialog = form.dialog.upgrade()?;
        let answer = message::choose(dialog).await;
        let wanted = form.chosen().zip(form.wish());
        wanted.filter(|_| answer == "import")
    }

    /// The name of the machine, for the list of jobs.
    pub(super) fn machine(&self) -> &str {
        &self.offer.appliance.name
    }
}

/// The memory that is typed for a machine that comes with so much: a small number is in gibibytes, unless the machine is small.
fn memory_of(text: &str, brought: Option<u64>) -> Option<u64> {
    let is_small = brought.is_some_and(|bytes| bytes < MODERN);
    let unit = if is_small { "MiB" } else { "GiB" };
    size::read_beside(text, unit).filter(|bytes| *bytes > 0)
}

fn entry(title: &str, value: &str) -> adw::EntryRow {
    adw::EntryRow::builder()
        .title(title)
        .text(value)
        .activates_default(true)
        .build()
}

fn combo(title: &str, words: &[&str], chosen: usize) -> adw::ComboRow {
    let row = adw::ComboRow::builder()
        .title(title)
        .model(&gtk::StringList::new(words))
        .build();
    row.set_selected(u32::try_from(chosen).unwrap_or(0));
    row
}

/// The choice of what converts the disks; hidden where there is none.
fn converters(offer: &Offer, chosen: Converter) -> adw::ComboRow {
    let words = [tr("As they are"), tr("Added by virt-v2v")];
    let words = words.each_ref().map(String::as_str);
    let row = combo(
        &tr("Drivers of the guest"),
        &words,
        usize::from(chosen == Converter::VirtV2v),
    );
    row.set_visible(offer.may_get_drivers());
    row
}

fn choose_from(row: &adw::ComboRow, words: &[String], chosen: usize) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    row.set_model(Some(&gtk::StringList::new(&words)));
    row.set_selected(u32::try_from(chosen).unwrap_or(0));
}

/// What a file holds, in a line.
fn summary(appliance: &Appliance) -> String {
    let mut parts = Vec::new();
    let disks = appliance.disks.len();
    parts.push(tr_n("{n} disk", "{n} disks", disks, &[]));
    let sizes: Option<u64> = appliance.disks.iter().map(|disk| disk.capacity).sum();
    if let Some(bytes) = sizes.filter(|bytes| *bytes > 0) {
        parts.push(format::bytes(bytes as f64));
    }
    if let Some(os) = &appliance.os {
        parts.push(text::one_line(os, 80).into_owned());
    }
    if appliance.efi {
        parts.push(tr("UEFI"));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::memory_of;

    #[test]
    fn four_is_four_gibibytes_of_memory() {
        assert_eq!(memory_of("4", Some(2 << 30)), Some(4 << 30));
        assert_eq!(memory_of("4", Some(1536 << 20)), Some(4 << 30));
        assert_eq!(memory_of("4", None), Some(4 << 30));
        assert_eq!(memory_of("2048", Some(16 << 30)), Some(2 << 30));
        assert_eq!(memory_of("512", Some(16 << 30)), Some(512 << 20));
        // A machine of another age.
        assert_eq!(memory_of("32", Some(16 << 20)), Some(32 << 20));
        assert_eq!(memory_of("0", None), None);
    }
}
