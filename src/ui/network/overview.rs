//! What a network is at the moment, who is on it, and which addresses it has lent.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::plugged::{Member, members, owner};
use super::{applying, words};
use crate::i18n::{tr, tr_c, tr_f, tr_n};
use crate::model::facts::NetworkFact;
use crate::model::key::HostId;
use crate::model::network::{DhcpHost, Lease, NetworkDefinitions, NetworkDetails, NetworkPort};
use crate::model::xml::object::Network;
use crate::ui::core::Core;
use crate::ui::widgets::{Tip, plain_row};
use crate::ui::{format, text};

/// Leases are read this often while they are seen: libvirt tells nothing of new ones.
const BEAT: Duration = Duration::from_secs(5);
/// Machines and leases that are listed; who has more reads the picture or the list of machines.
const MOST: usize = 200;

type Reserve = Box<dyn Fn(&Lease)>;

/// The page.
pub(super) struct Overview {
    core: Core,
    host: HostId,
    uuid: Uuid,
    root: gtk::ScrolledWindow,
    column: gtk::Box,
    state: adw::ActionRow,
    autostart: gtk::Switch,
    autostart_row: adw::ActionRow,
    facts: RefCell<adw::PreferencesGroup>,
    machines: RefCell<adw::PreferencesGroup>,
    leases: RefCell<adw::PreferencesGroup>,
    fact: RefCell<NetworkFact>,
    /// Its definition; `None` until it is read.
    details: RefCell<Option<NetworkDetails>>,
    members: RefCell<Vec<Member>>,
    ports: RefCell<Vec<NetworkPort>>,
    /// Counts readings of ports: only the last one counts.
    turn: Cell<u64>,
    lent: RefCell<Option<Vec<Lease>>>,
    reserve: Reserve,
}

impl Overview {
    /// An empty page; `reserve` hears that an address is to be kept for who has it.
    pub(super) fn new(core: &Core, host: HostId, uuid: Uuid, reserve: impl Fn(&Lease) + 'static) -> Rc<Self> {
        let state = plain_row(&tr("State"), "");
        let autostart = gtk::Switch::builder().valign(gtk::Align::Center).build();
        let autostart_row = adw::ActionRow::builder()
            .title(tr("Start with the host"))
            .activatable_widget(&autostart)
            .build();
        autostart_row.add_suffix(&autostart);
        let head = adw::PreferencesGroup::new();
        head.add(&state);
        head.add(&autostart_row);
        crate::ui::widgets::name_lists(&head, &tr("State"));
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(12)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        column.append(&head);
        let groups = [(); 3].map(|()| {
            let group = adw::PreferencesGroup::new();
            column.append(&group);
            RefCell::new(group)
        });
        let [facts, machines, leases] = groups;
        let clamp = adw::Clamp::builder().maximum_size(760).child(&column).build();
        let root = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let overview = Rc::new(Self {
            core: core.clone(),
            host,
            uuid,
            root,
            column,
            state,
            autostart,
            autostart_row,
            facts,
            machines,
            leases,
            fact: RefCell::default(),
            details: RefCell::default(),
            members: RefCell::default(),
            ports: RefCell::default(),
            turn: Cell::default(),
            lent: RefCell::default(),
            reserve: Box::new(reserve),
        });
        overview.listen();
        overview
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Names of the machines that are plugged into it.
    pub(super) fn machines(&self) -> Vec<String> {
        let members = self.members.borrow();
        let mut names: Vec<String> = members.iter().map(|member| text::name(&member.name)).collect();
        names.dedup();
        names
    }

    fn listen(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.autostart.connect_state_set(move |_, wanted| {
            if let Some(this) = weak.upgrade() {
                this.set_autostart(wanted);
            }
            glib::Propagation::Proceed
        });
        let weak = Rc::downgrade(self);
        self.root.connect_map(move |_| {
            let weak = weak.clone();
            glib::spawn_future_local(async move {
                while let Some(this) = seen(&weak) {
                    this.read_leases().await;
                    drop(this);
                    glib::timeout_future(BEAT).await;
                }
            });
        });
    }

    fn set_autostart(self: &Rc<Self>, wanted: bool) {
        if self.fact.borrow().autostart == wanted {
            return;
        }
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let (uuid, this) = (self.uuid, Rc::clone(self));
        let title = tr("The setting was not changed");
        applying::act(&self.root, &self.core, self.host, title, async move {
            let changed = client.set_network_autostart(uuid, wanted).await;
            match &changed {
                Ok(()) => this.fact.borrow_mut().autostart = wanted,
                Err(_) => this.autostart.set_active(!wanted),
            }
            changed
        });
    }

    /// Follows what the list of networks tells, and the machines.
    pub(super) fn show(self: &Rc<Self>, fact: &NetworkFact) {
        self.fact.replace(fact.clone());
        let mut said = vec![match fact.active {
            true => tr_c("network", "Running"),
            false => tr_c("network", "Off"),
        }];
        if !fact.persistent {
            said.push(tr("It has no definition: it is gone as soon as it is off."));
        }
        self.state.set_subtitle(&said.join(" · "));
        if self.autostart.is_active() != fact.autostart {
            self.autostart.set_active(fact.autostart);
        }
        let locked = super::settings::lock_of(&self.core, self.host).is_some();
        self.autostart_row.set_sensitive(!locked && fact.persistent);
        self.show_machines(&fact.name);
        self.read_ports();
    }

    /// Reads who is plugged in: drivers that know of no ports have machines alone.
    fn read_ports(self: &Rc<Self>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let (uuid, weak, active) = (self.uuid, Rc::downgrade(self), self.fact.borrow().active);
        let turn = self.turn.get() + 1;
        self.turn.set(turn);
        glib::spawn_future_local(async move {
            let read = match active {
                true => client.network_ports(uuid).await,
                false => Ok(Vec::new()),
            };
            // An older answer knows nothing of newer news.
            let Some(this) = weak.upgrade().filter(|this| this.turn.get() == turn) else {
                return;
            };
            let ports = match read {
                Ok(ports) => ports,
                Err(error) => {
                    tracing::debug!(%error, "no ports");
                    return;
                }
            };
            if *this.ports.borrow() != ports {
                this.ports.replace(ports);
                let name = this.fact.borrow().name.clone();
                this.show_machines(&name);
            }
        });
    }

    /// Follows the definitions.
    pub(super) fn follow(self: &Rc<Self>, definitions: &NetworkDefinitions) {
        let text = definitions.live.as_deref().or(definitions.persistent.as_deref());
        let Some(details) = text.and_then(|text| NetworkDetails::parse(text).ok()) else {
            return;
        };
        if self.details.borrow().as_ref() == Some(&details) {
            return;
        }
        self.details.replace(Some(details));
        self.show_facts();
        // Which of them are reserved is part of the definition.
        let lent = self.lent.take();
        self.show_leases(lent);
    }

    fn replace(&self, place: &RefCell<adw::PreferencesGroup>, fresh: adw::PreferencesGroup) {
        let old = place.replace(fresh.clone());
        self.column.insert_child_after(&fresh, Some(&old));
        self.column.remove(&old);
    }

    fn show_facts(&self) {
        let group = adw::PreferencesGroup::new();
        {
            let details = self.details.borrow();
            let fact = self.fact.borrow();
            for (title, value) in details.iter().flat_map(|details| facts(details, &fact)) {
                let row = plain_row(&title, &value);
                row.set_subtitle_lines(8);
                group.add(&row);
            }
        }
        crate::ui::widgets::name_lists(&group, &tr("What it is"));
        self.replace(&self.facts, group);
    }

    fn show_machines(self: &Rc<Self>, network: &str) {
        let members = members(&self.core, self.host, network, &self.ports.borrow());
        if *self.members.borrow() == members && self.machines.borrow().title() != "" {
            return;
        }
        let group = adw::PreferencesGroup::builder().title(tr("Machines on it")).build();
        if members.is_empty() {
            group.set_description(Some(&tr("No machine is plugged into this network.")));
        }
        for member in members.iter().take(MOST) {
            let row = plain_row(&text::name(&member.name), &member.detail);
            row.set_subtitle_lines(3);
            group.add(&row);
            let Some(key) = member.key else { continue };
            row.set_activatable(true);
            row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
            let target = key.to_string();
            row.connect_activated(move |row| {
                if let Err(error) = row.activate_action("win.open", Some(&target.to_variant())) {
                    tracing::warn!(%error, "the machine cannot be opened from here");
                }
            });
        }
        if members.len() > MOST {
            let rest = members.len() - MOST;
            group.add(&plain_row(&tr_n("And {n} more", "And {n} more", rest, &[]), ""));
        }
        crate::ui::widgets::hide_pictures(&group);
        self.members.replace(members);
        self.replace(&self.machines, group);
    }

    async fn read_leases(self: &Rc<Self>) {
        let wanted = {
            let fact = self.fact.borrow();
            fact.active && fact.dhcp
        };
        let Some(client) = self.core.client(self.host).filter(|_| wanted) else {
            self.show_leases(None);
            return;
        };
        match client.network_leases(self.uuid, None).await {
            Ok(leases) => self.show_leases(Some(leases)),
            Err(error) => {
                tracing::debug!(%error, "no leases");
                self.show_leases(None);
            }
        }
    }

    fn show_leases(self: &Rc<Self>, leases: Option<Vec<Lease>>) {
        if *self.lent.borrow() == leases && (leases.is_none() || self.leases.borrow().title() != "") {
            return;
        }
        let group = adw::PreferencesGroup::new();
        if let Some(leases) = &leases {
            group.set_title(&tr("Lent addresses"));
            if leases.is_empty() {
                group.set_description(Some(&tr("No address is lent at the moment.")));
            }
            let locked = super::settings::lock_of(&self.core, self.host).is_some();
            for lease in leases.iter().take(MOST) {
                group.add(&self.lease_row(lease, locked));
            }
        }
        self.lent.replace(leases);
        self.replace(&self.leases, group);
    }

    fn lease_row(self: &Rc<Self>, lease: &Lease, locked: bool) -> adw::ActionRow {
        let who = lease.mac.as_deref().and_then(|mac| owner(&self.core, self.host, mac));
        let mut parts: Vec<String> = who.into_iter().map(|name| text::name(&name)).collect();
        parts.extend(lease.hostname.as_deref().map(text::name));
        parts.dedup();
        parts.extend(lease.mac.clone());
        parts.extend(lease.expires.and_then(until));
        let row = plain_row(&lease.ip, &parts.join(" · "));
        let copy = gtk::Button::builder()
            .icon_name("edit-copy-symbolic")
            .css_classes(["flat"])
            .valign(gtk::Align::Center)
            .build()
            .with_tip(tr("Copy the address"));
        let name = tr_f("Copy {address}", &[("address", &lease.ip)]);
        copy.update_property(&[gtk::accessible::Property::Label(&name)]);
        let ip = lease.ip.clone();
        copy.connect_clicked(move |button| button.clipboard().set_text(&ip));
        row.add_suffix(&copy);
        let details = self.details.borrow();
        let is_kept = |(details, mac): (&NetworkDetails, &String)| is_reserved(details, mac);
        let kept = details.as_ref().zip(lease.mac.as_ref()).is_some_and(is_kept);
        let keep = gtk::Button::builder()
            .label(if kept { tr("Reserved") } else { tr("Reserve") })
            .valign(gtk::Align::Center)
            // A reservation is a change of the definition.
            .sensitive(!kept && !locked && lease.mac.is_some() && details.is_some())
            .build()
            .with_tip(tr("This machine always gets this address"));
        let (weak, lease) = (Rc::downgrade(self), lease.clone());
        keep.connect_clicked(move |_| {
            if let Some(this) = weak.upgrade() {
                (this.reserve)(&lease);
            }
        });
        row.add_suffix(&keep);
        row
    }
}

fn seen(weak: &Weak<Overview>) -> Option<Rc<Overview>> {
    weak.upgrade().filter(|overview| overview.root.is_mapped())
}

/// When a lease ends.
fn until(expires: i64) -> Option<String> {
    let at = glib::DateTime::from_unix_local(expires).ok()?;
    let now = glib::DateTime::now_local().ok()?;
    Some(tr_f("until {time}", &[("time", &format::moment(&at, &now))]))
}

fn is_reserved(details: &NetworkDetails, mac: &str) -> bool {
    let hosts = details
        .ips
        .iter()
        .filter_map(|block| block.dhcp.as_ref())
        .flat_map(|dhcp| &dhcp.hosts);
    hosts
        .filter_map(|host| host.mac.as_deref())
        .any(|known| known.eq_ignore_ascii_case(mac))
}

/// A definition in which the address is kept for who has it; `None` where it belongs to no subnet that lends addresses.
pub(super) fn reserved(base: &str, lease: &Lease) -> Option<String> {
    let mut definition = Network::parse(base).ok()?;
    let mut details = NetworkDetails::read(&definition);
    let address: std::net::IpAddr = lease.ip.parse().ok()?;
    let block = details
        .ips
        .iter_mut()
        .find(|block| block.net().is_some_and(|net| net.contains(&address)))?;
    let dhcp = block.dhcp.as_mut()?;
    let (mac, id) = match lease.is_ipv6 {
        true => (None, lease.client_id.clone()),
        false => (lease.mac.clone(), None),
    };
    if mac.is_none() && id.is_none() {
        return None;
    }
    dhcp.hosts.push(DhcpHost {
        mac,
        id,
        name: lease.hostname.clone(),
        ip: Some(lease.ip.clone()),
        ..DhcpHost::default()
    });
    details.write(&mut definition).ok()?;
    Some(definition.document().to_string())
}

/// What is worth a row.
fn facts(details: &NetworkDetails, fact: &NetworkFact) -> Vec<(String, String)> {
    let mut rows = vec![(tr("Kind"), words::mode(fact.forward.as_deref()))];
    let mut add = |title: String, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push((title, value));
        }
    };
    add(tr("Title"), details.title.clone());
    add(tr("Description"), details.description.clone());
    add(tr("Bridge"), details.bridge.name.clone());
    let uplinks = fact.uplinks.join(", ");
    add(tr("Interfaces of the host"), Some(uplinks));
    for block in &details.ips {
        let title = if block.is_ipv6() {
            tr("IPv6 subnet")
        } else {
            tr("IPv4 subnet")
        };
        let ranges = block.dhcp.iter().flat_map(|dhcp| &dhcp.ranges).map(|range| {
            let end = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{} – {}", end(&range.start), end(&range.end))
        });
        let ranges: Vec<String> = ranges.collect();
        let mut lines = vec![tr_f("The host has {address}", &[("address", &block.address_text())])];
        if !ranges.is_empty() {
            lines.push(tr_f("Lent: {ranges}", &[("ranges", &ranges.join(", "))]));
        }
        let kept = block.dhcp.as_ref().map_or(0, |dhcp| dhcp.hosts.len());
        if kept > 0 {
            lines.push(tr_n("{n} reserved address", "{n} reserved addresses", kept, &[]));
        }
        add(title, Some(lines.join("\n")));
    }
    add(tr("DNS domain"), details.domain.name.clone());
    add(tr("MTU"), details.mtu.map(|mtu| mtu.to_string()));
    let groups: Vec<String> = details
        .portgroups
        .iter()
        .filter_map(|group| group.name.clone())
        .collect();
    add(tr("Port groups"), Some(groups.join(", ")));
    let routes: Vec<String> = details
        .routes
        .iter()
        .map(crate::model::network::Route::address_text)
        .collect();
    add(tr("Routes"), Some(routes.join(", ")));
    add(tr("UUID"), details.uuid.clone());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<network><name>n</name><forward mode='nat'/><ip address='10.0.0.1' prefix='24'><dhcp>\
        <range start='10.0.0.100' end='10.0.0.200'/></dhcp></ip></network>";

    fn lease(ip: &str) -> Lease {
        Lease {
            ip: ip.to_owned(),
            mac: Some("52:54:00:00:00:01".to_owned()),
            hostname: Some("web".to_owned()),
            ..Lease::default()
        }
    }

    #[test]
    fn a_lease_becomes_a_reservation_of_its_subnet() {
        let text = reserved(XML, &lease("10.0.0.123")).expect("reserved");
        let details = NetworkDetails::parse(&text).expect("a network");
        assert!(is_reserved(&details, "52:54:00:00:00:01"));
        let host = &details.ips[0].dhcp.as_ref().expect("DHCP").hosts[0];
        assert_eq!(
            (host.ip.as_deref(), host.name.as_deref()),
            (Some("10.0.0.123"), Some("web"))
        );
        assert!(reserved(XML, &lease("10.9.0.123")).is_none());
        let anonymous = Lease {
            mac: None,
            ..lease("10.0.0.123")
        };
        assert!(reserved(XML, &anonymous).is_none());
    }
}
