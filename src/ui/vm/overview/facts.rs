//! The facts of a machine as rows.

use std::cell::RefCell;
use std::time::Duration;

use adw::prelude::*;
use gtk::glib;
use relm4::{adw, gtk};

use crate::i18n::{tr, tr_f};
use crate::model::domain::{DiskInfo, DomainDetails, NicInfo};
use crate::model::state;
use crate::model::store::Domain;
use crate::ui::format;
use crate::ui::vm::tab_actions::GROUP;
use crate::ui::widgets::{Tip, set_tip};

/// A row of a name and a value.
struct Fact {
    row: adw::ActionRow,
    value: gtk::Label,
}

impl Fact {
    fn new(group: &adw::PreferencesGroup, name: &str) -> Self {
        let value = gtk::Label::builder()
            .label(format::UNKNOWN)
            .css_classes(["dim-label"])
            .xalign(1.0)
            .selectable(true)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let row = adw::ActionRow::builder().title(name).use_markup(false).build();
        row.add_suffix(&value);
        group.add(&row);
        Self { row, value }
    }

    fn set(&self, text: Option<&str>) {
        let text = text.unwrap_or(format::UNKNOWN);
        if self.value.text() != text {
            self.value.set_text(text);
        }
    }
}

/// Groups of rows about a machine.
pub struct Facts {
    general: adw::PreferencesGroup,
    devices: adw::PreferencesGroup,
    state: Fact,
    since: Fact,
    os: Fact,
    vcpus: Fact,
    memory: Fact,
    firmware: Fact,
    machine: Fact,
    addresses: Fact,
    agent: Fact,
    uuid: Fact,
    shown: RefCell<Vec<(String, String, &'static str)>>,
    rows: RefCell<Vec<adw::ActionRow>>,
}

fn copy_button(label: &gtk::Label, text: &str) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(text);
    button.update_property(&[gtk::accessible::Property::Label(text)]);
    let label = label.downgrade();
    button.connect_clicked(move |button| {
        if let Some(label) = label.upgrade() {
            button.clipboard().set_text(&label.text());
        }
    });
    button
}

impl Facts {
    /// Empty rows.
    #[must_use]
    pub fn new() -> Self {
        let general = adw::PreferencesGroup::builder().title(tr("Machine")).build();
        let devices = adw::PreferencesGroup::builder().title(tr("Disks and Networks")).build();
        let state = Fact::new(&general, &tr("State"));
        let since = Fact::new(&general, &tr("Running since"));
        let os = Fact::new(&general, &tr("Operating system"));
        let addresses = Fact::new(&general, &tr("Addresses"));
        addresses
            .row
            .add_suffix(&copy_button(&addresses.value, &tr("Copy the addresses")));
        let agent = Fact::new(&general, &tr("Guest agent"));
        let vcpus = Fact::new(&general, &tr("Virtual CPUs"));
        let memory = Fact::new(&general, &tr("Memory"));
        let firmware = Fact::new(&general, &tr("Firmware"));
        let machine = Fact::new(&general, &tr("Machine type"));
        let uuid = Fact::new(&general, &tr("UUID"));
        // Below the title: beside it there is no room for both on a narrow window.
        uuid.value
            .bind_property("label", &uuid.row, "subtitle")
            .sync_create()
            .build();
        uuid.value.set_visible(false);
        uuid.row.add_suffix(&copy_button(&uuid.value, &tr("Copy the UUID")));
        let switch = gtk::Switch::builder()
            .valign(gtk::Align::Center)
            .action_name(format!("{GROUP}.autostart"))
            .build();
        let row = adw::ActionRow::builder()
            .title(tr("Start with the host"))
            .activatable_widget(&switch)
            .build();
        row.add_suffix(&switch);
        general.add(&row);
        Self {
            general,
            devices,
            state,
            since,
            os,
            vcpus,
            memory,
            firmware,
            machine,
            addresses,
            agent,
            uuid,
            shown: RefCell::default(),
            rows: RefCell::default(),
        }
    }

    /// The groups, in reading order.
    #[must_use]
    pub fn groups(&self) -> [&adw::PreferencesGroup; 2] {
        [&self.general, &self.devices]
    }

    /// Shows what is known.
    pub fn refresh(&self, domain: &Domain) {
        self.state.set(Some(&state::status(domain)));
        self.refresh_since(domain);
        self.uuid.set(Some(&domain.key.uuid.to_string()));
        let addresses: Vec<&str> = domain
            .addresses
            .iter()
            .map(|address| address.address.as_str())
            .collect();
        self.addresses
            .set((!addresses.is_empty()).then(|| addresses.join("\n")).as_deref());
        let Some(details) = domain.details.as_deref() else {
            return;
        };
        self.os.set(details.os.as_deref());
        self.vcpus.set(Some(&vcpus_text(details)));
        self.memory.set(Some(&memory_text(details)));
        self.firmware.set(Some(&match details.firmware.as_deref() {
            Some("efi") => "UEFI".to_owned(),
            Some("bios") => "BIOS".to_owned(),
            Some(other) => other.to_owned(),
            None => tr("Default of the host"),
        }));
        let machine = [
            details.machine.as_deref(),
            details.arch.as_deref(),
            Some(details.hypervisor.as_str()),
        ];
        let machine: Vec<&str> = machine.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        self.machine
            .set((!machine.is_empty()).then(|| machine.join(" · ")).as_deref());
        let agent = match (details.has_agent_channel, details.agent_connected) {
            (false, _) => tr("No channel for it"),
            (true, false) => tr("Not running"),
            (true, true) => tr("Running"),
        };
        self.agent.set(Some(&agent));
        self.refresh_devices(details);
    }

    /// Shows when the machine was seen to start, and how long ago that is now.
    pub fn refresh_since(&self, domain: &Domain) {
        self.since.row.set_visible(domain.state.is_active());
        if domain.state.is_active() {
            self.since.set(Some(&since(domain.started)));
        }
    }

    fn refresh_devices(&self, details: &DomainDetails) {
        let disks = details
            .disks
            .iter()
            .map(|disk| (disk.target.clone(), disk_text(disk), disk_icon(disk)));
        let nics = details.nics.iter().map(|nic| {
            let name = nic.target.clone().or_else(|| nic.mac.clone());
            let name = name.unwrap_or_else(|| tr("Network interface"));
            (name, nic_text(nic), "network-wired-symbolic")
        });
        let wanted: Vec<(String, String, &'static str)> = disks.chain(nics).collect();
        if *self.shown.borrow() == wanted && !self.rows.borrow().is_empty() {
            return;
        }
        for row in self.rows.take() {
            self.devices.remove(&row);
        }
        let mut rows = Vec::new();
        for (title, subtitle, icon) in &wanted {
            let row = adw::ActionRow::builder()
                .use_markup(false)
                .title(title)
                .subtitle(subtitle)
                .title_lines(1)
                .subtitle_lines(2)
                .build();
            set_tip(&row, Some(subtitle));
            let icon = gtk::Image::builder()
                .icon_name(*icon)
                .accessible_role(gtk::AccessibleRole::Presentation)
                .build();
            row.add_prefix(&icon);
            self.devices.add(&row);
            rows.push(row);
        }
        if wanted.is_empty() {
            let row = adw::ActionRow::builder()
                .title(tr("No disks and no network interfaces"))
                .build();
            self.devices.add(&row);
            rows.push(row);
        }
        self.rows.replace(rows);
        self.shown.replace(wanted);
    }
}

/// "09:12:30 (3 h 12 min)"; libvirt knows no start, so those before the connection are called what they are.
fn since(started: Option<i64>) -> String {
    let moments = started.and_then(|seconds| {
        let at = glib::DateTime::from_unix_local(seconds).ok()?;
        Some((at, glib::DateTime::now_local().ok()?))
    });
    let Some((at, now)) = moments else {
        return tr("Before Vireo connected");
    };
    let passed = u64::try_from(now.to_unix() - at.to_unix()).unwrap_or(0);
    // Translators: when a machine started, and how long ago that is: "09:12:30 (3 h 12 min)".
    tr_f(
        "{time} ({length})",
        &[
            ("time", &format::moment(&at, &now)),
            ("length", &format::duration(Duration::from_secs(passed))),
        ],
    )
}

fn vcpus_text(details: &DomainDetails) -> String {
    let (now, most) = (details.vcpus.to_string(), details.max_vcpus.to_string());
    if details.vcpus == details.max_vcpus {
        now
    } else {
        tr_f("{now} of {most}", &[("now", &now), ("most", &most)])
    }
}

fn memory_text(details: &DomainDetails) -> String {
    let most = format::bytes_kib(details.memory_kib);
    if details.current_memory_kib == 0 || details.current_memory_kib == details.memory_kib {
        return most;
    }
    let now = format::bytes_kib(details.current_memory_kib);
    tr_f("{now} of {most}", &[("now", &now), ("most", &most)])
}

fn disk_icon(disk: &DiskInfo) -> &'static str {
    match disk.device.as_str() {
        "cdrom" => "media-optical-symbolic",
        "floppy" => "media-floppy-symbolic",
        _ => "drive-harddisk-symbolic",
    }
}

fn disk_text(disk: &DiskInfo) -> String {
    let source = disk.source.clone().unwrap_or_else(|| tr("Empty"));
    match &disk.bus {
        Some(bus) => format!("{source} · {bus}"),
        None => source,
    }
}

fn nic_text(nic: &NicInfo) -> String {
    let source = match &nic.source {
        Some(source) => format!("{} {source}", nic.kind),
        None => nic.kind.clone(),
    };
    let parts = [
        Some(source),
        nic.model.clone(),
        nic.mac.clone().filter(|_| nic.target.is_some()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}
