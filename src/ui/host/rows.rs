//! The rows of the host window: their widgets, which of them make sense, and what is wrong with them.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::tr;
use crate::model::uri::{Field, Uri, UriError};
use crate::ui::host::draft::{Edit, KINDS, TRANSPORTS};
use crate::ui::widgets::{name_lists, set_tip};

/// Parameters with an entry of their own, and the transports that know them.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("keyfile", &["ssh", "libssh2", "libssh"]),
    ("known_hosts", &["ssh", "libssh2", "libssh"]),
    ("socket", &["unix", "ssh", "libssh2", "libssh"]),
    ("pkipath", &["tls"]),
];

/// Ways for ssh to reach the service on the other side, as `proxy=` names them.
const PROXIES: &[&str] = &["", "native", "netcat"];

pub(super) struct Rows {
    pub kind: adw::ComboRow,
    pub transport: adw::ComboRow,
    pub driver: adw::EntryRow,
    pub host: adw::EntryRow,
    pub user: adw::EntryRow,
    pub port: adw::EntryRow,
    pub path: adw::EntryRow,
    pub address: adw::EntryRow,
    pub name: adw::EntryRow,
    pub color: adw::ActionRow,
    pub autoconnect: gtk::Switch,
    pub read_only: gtk::Switch,
    parameters: Vec<adw::EntryRow>,
    proxy: adw::ComboRow,
    unverified: gtk::Switch,
    unverified_row: adw::ActionRow,
    interval: gtk::SpinButton,
    count: gtk::SpinButton,
}

impl Rows {
    pub fn new() -> Self {
        let parameter_title = |name: &str| match name {
            "keyfile" => tr("Private key file"),
            "known_hosts" => tr("Known hosts file"),
            "socket" => tr("Socket of the service"),
            _ => tr("Folder with certificates"),
        };
        let (unverified_row, unverified) = switch_row(
            &tr("Don't verify identity"),
            &tr("Anybody in between can read and change everything"),
        );
        Self {
            kind: combo_row(
                &tr("Hypervisor"),
                &[
                    tr("QEMU/KVM system"),
                    tr("QEMU/KVM user session"),
                    tr("Linux containers (LXC)"),
                    tr("Xen"),
                    tr("Test driver"),
                    tr("Custom"),
                ],
            ),
            transport: combo_row(
                &tr("Connection"),
                &[
                    tr("This computer"),
                    tr("SSH"),
                    tr("TLS with certificates"),
                    tr("TCP, not encrypted"),
                    tr("SSH, built in (libssh2)"),
                    tr("SSH, built in (libssh)"),
                    tr("As in the address"),
                ],
            ),
            driver: entry_row(&tr("Driver"), gtk::InputPurpose::FreeForm),
            host: entry_row(&tr("Host name or address"), gtk::InputPurpose::Url),
            user: entry_row(&tr("User name (optional)"), gtk::InputPurpose::FreeForm),
            port: entry_row(&tr("Port (optional)"), gtk::InputPurpose::Digits),
            path: entry_row(&tr("Path"), gtk::InputPurpose::FreeForm),
            address: entry_row(&tr("Address (URI)"), gtk::InputPurpose::Url),
            name: entry_row(&tr("Name in the list"), gtk::InputPurpose::FreeForm),
            color: adw::ActionRow::builder().title(tr("Colour")).build(),
            autoconnect: gtk::Switch::new(),
            read_only: gtk::Switch::new(),
            parameters: PARAMETERS
                .iter()
                .map(|(name, _)| entry_row(&parameter_title(name), gtk::InputPurpose::FreeForm))
                .collect(),
            proxy: combo_row(
                &tr("Program on the other side"),
                &[tr("Automatic"), tr("virt-ssh-helper"), tr("netcat")],
            ),
            unverified,
            unverified_row,
            interval: gtk::SpinButton::with_range(0.0, 600.0, 1.0),
            count: gtk::SpinButton::with_range(1.0, 100.0, 1.0),
        }
    }

    /// Puts the rows into groups on `page`.
    pub fn place(
        &self,
        page: &adw::PreferencesPage,
        problem: &gtk::Label,
        test: &adw::PreferencesGroup,
        keepalive: (u32, u32),
    ) {
        let reach = adw::PreferencesGroup::new();
        let fields: [&adw::PreferencesRow; 7] = [
            self.kind.upcast_ref(),
            self.driver.upcast_ref(),
            self.transport.upcast_ref(),
            self.host.upcast_ref(),
            self.user.upcast_ref(),
            self.port.upcast_ref(),
            self.path.upcast_ref(),
        ];
        for row in fields {
            reach.add(row);
        }
        name_lists(&reach, &tr("Way to the host"));
        page.add(&reach);

        let address = adw::PreferencesGroup::new();
        self.address.add_css_class("monospace");
        address.add(&self.address);
        address.add(problem);
        name_lists(&address, &tr("Address (URI)"));
        page.add(&address);

        page.add(test);

        let look = adw::PreferencesGroup::new();
        look.add(&self.name);
        look.add(&self.color);
        look.add(&with_switch(&tr("Connect when Vireo starts"), "", &self.autoconnect));
        look.add(&with_switch(
            &tr("View only"),
            &tr("Nothing can be changed over this connection"),
            &self.read_only,
        ));
        name_lists(&look, &tr("In the list"));
        page.add(&look);

        let more = adw::PreferencesGroup::new();
        let advanced = adw::ExpanderRow::builder().title(tr("Advanced")).build();
        for row in &self.parameters {
            advanced.add_row(row);
        }
        advanced.add_row(&self.proxy);
        advanced.add_row(&self.unverified_row);
        self.interval.set_value(f64::from(keepalive.0));
        self.count.set_value(f64::from(keepalive.1));
        advanced.add_row(&spin_row(
            &tr("Keepalive interval"),
            &tr("Seconds between signs of life; 0 turns them off"),
            &self.interval,
        ));
        advanced.add_row(&spin_row(
            &tr("Missed signs of life"),
            &tr("Until the connection counts as lost"),
            &self.count,
        ));
        more.add(&advanced);
        advanced.update_property(&[gtk::accessible::Property::Label(&tr("Advanced"))]);
        name_lists(&more, &tr("Advanced"));
        page.add(&more);
    }

    /// Reports every change by the user (and by [`set_text`]: the caller tells them apart).
    pub fn connect(&self, edited: impl Fn(Edit) + Clone + 'static) {
        let combo = |row: &adw::ComboRow, make: fn(usize) -> Option<Edit>| {
            let edited = edited.clone();
            row.connect_selected_notify(move |row| {
                if let Some(edit) = usize::try_from(row.selected()).ok().and_then(make) {
                    edited(edit);
                }
            });
        };
        combo(&self.kind, |index| (index <= KINDS.len()).then_some(Edit::Kind(index)));
        combo(&self.transport, |index| {
            (index < TRANSPORTS.len()).then_some(Edit::Transport(index))
        });
        combo(&self.proxy, |index| {
            PROXIES
                .get(index)
                .map(|name| Edit::Parameter("proxy", (*name).to_owned()))
        });
        let entry = |row: &adw::EntryRow, make: fn(String) -> Edit| {
            let edited = edited.clone();
            row.connect_changed(move |row| edited(make(row.text().into())));
        };
        entry(&self.driver, Edit::Driver);
        entry(&self.host, Edit::Host);
        entry(&self.user, Edit::User);
        entry(&self.port, Edit::Port);
        entry(&self.path, Edit::Path);
        entry(&self.address, Edit::Address);
        entry(&self.name, Edit::Name);
        for ((name, _), row) in PARAMETERS.iter().zip(&self.parameters) {
            let edited = edited.clone();
            row.connect_changed(move |row| edited(Edit::Parameter(name, row.text().into())));
        }
        self.unverified.connect_active_notify(move |switch| {
            let value = if switch.is_active() { "1" } else { "" };
            edited(Edit::Parameter("no_verify", value.to_owned()));
        });
    }

    /// Writes the parameters of the address into their widgets.
    pub fn show_parameters(&self, uri: &Uri) {
        for ((name, _), row) in PARAMETERS.iter().zip(&self.parameters) {
            set_text(row, uri.parameter(name).unwrap_or_default());
        }
        let proxy = uri.parameter("proxy").unwrap_or_default();
        let index = PROXIES.iter().position(|known| *known == proxy).unwrap_or(0);
        self.proxy.set_selected(u32::try_from(index).unwrap_or(0));
        self.unverified
            .set_active(uri.parameter("no_verify").is_some_and(|value| value != "0"));
    }

    /// Shows the rows that make sense.
    pub fn show_for(&self, uri: &Uri, custom: bool) {
        let transport = uri.effective_transport();
        let remote = !matches!(transport, "unix" | "ext") || uri.host.is_some();
        self.driver.set_visible(custom);
        self.path.set_visible(custom || uri.driver == "test");
        self.host.set_visible(remote);
        self.port.set_visible(remote);
        self.user
            .set_visible(matches!(transport, "ssh" | "libssh" | "libssh2") || uri.user.is_some());
        for ((name, transports), row) in PARAMETERS.iter().zip(&self.parameters) {
            row.set_visible(transports.contains(&transport) || uri.parameter(name).is_some());
        }
        self.proxy.set_visible(transport == "ssh");
        self.unverified_row
            .set_visible(matches!(transport, "ssh" | "tls" | "libssh" | "libssh2"));
        if let Some(port) = uri.usual_port() {
            // A hint where the entry is empty.
            set_tip(&self.port, Some(&port.to_string()));
        }
    }

    /// Marks the rows that something is wrong with.
    pub fn mark(&self, errors: &[UriError], unreadable: bool) {
        for (row, fields) in [
            (&self.driver, [Field::Driver].as_slice()),
            (&self.host, &[Field::Host]),
            (&self.user, &[Field::User]),
            (&self.port, &[Field::Port]),
            (&self.path, &[Field::Path]),
            (&self.address, &[Field::Whole, Field::Transport, Field::Query]),
        ] {
            let error = errors.iter().find(|error| {
                let whole = row == &self.address && unreadable;
                whole || (fields.contains(&error.field) && !unreadable)
            });
            let untouched = row == &self.host && row.text().is_empty();
            if error.is_some() && !untouched {
                row.add_css_class("error");
            } else {
                row.remove_css_class("error");
            }
            let message = error.map(|error| error.message.as_str());
            set_tip(row, message);
            row.update_property(&[gtk::accessible::Property::Description(message.unwrap_or_default())]);
        }
    }

    /// Interval in seconds and count.
    pub fn keepalive(&self) -> (u32, u32) {
        let number = |spin: &gtk::SpinButton| u32::try_from(spin.value_as_int()).unwrap_or(0);
        (number(&self.interval), number(&self.count))
    }
}

/// Sets a text where it differs, so that the cursor stays while the user types.
pub(super) fn set_text(row: &adw::EntryRow, text: &str) {
    if row.text() != text {
        row.set_text(text);
    }
}

fn entry_row(title: &str, purpose: gtk::InputPurpose) -> adw::EntryRow {
    let row = adw::EntryRow::builder().title(title).input_purpose(purpose).build();
    row.set_activates_default(true);
    row
}

fn combo_row(title: &str, choices: &[String]) -> adw::ComboRow {
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    adw::ComboRow::builder()
        .title(title)
        .model(&gtk::StringList::new(&choices))
        .build()
}

fn switch_row(title: &str, subtitle: &str) -> (adw::ActionRow, gtk::Switch) {
    let switch = gtk::Switch::new();
    (with_switch(title, subtitle, &switch), switch)
}

fn with_switch(title: &str, subtitle: &str, switch: &gtk::Switch) -> adw::ActionRow {
    switch.set_valign(gtk::Align::Center);
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .activatable_widget(switch)
        .build();
    row.add_suffix(switch);
    row
}

fn spin_row(title: &str, subtitle: &str, spin: &gtk::SpinButton) -> adw::ActionRow {
    spin.set_valign(gtk::Align::Center);
    spin.update_property(&[gtk::accessible::Property::Label(title)]);
    let row = adw::ActionRow::builder().title(title).subtitle(subtitle).build();
    row.add_suffix(spin);
    row
}
