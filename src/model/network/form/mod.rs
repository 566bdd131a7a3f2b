//! The form of a network: what is on it for its kind, and what each row writes. The same for a new network and for one that
//! is there.

mod tables;
#[cfg(test)]
mod tests;
mod traffic;
mod write;

pub use write::set;

use super::check::{Problem, Severity, Spot};
use super::details::{ForwardMode, IpBlock, NetworkDetails};
use crate::i18n::{tr, tr_c};
use crate::model::facts::{Choice, HostDeviceKind, HostFacts};
use crate::model::hardware::{Control, Edit, Group, Page, Row, Value};

/// What of a host can be chosen in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormFacts {
    /// Bridges that the host has.
    pub bridges: Vec<String>,
    /// Its other interfaces.
    pub interfaces: Vec<String>,
}

impl FormFacts {
    /// As the host tells; interfaces of its list of devices where it lists no others.
    #[must_use]
    pub fn of(facts: &HostFacts) -> Self {
        let mut own = Self::default();
        for interface in facts.interfaces.iter().flat_map(|all| all.iter()) {
            match interface.kind.as_str() {
                "bridge" => own.bridges.push(interface.name.clone()),
                _ => own.interfaces.push(interface.name.clone()),
            }
        }
        for device in facts.devices() {
            if let HostDeviceKind::Net { interface, .. } = &device.kind
                && !own.bridges.contains(interface)
                && !own.interfaces.contains(interface)
            {
                own.interfaces.push(interface.clone());
            }
        }
        let inner =
            |name: &String| name != "lo" && !["vnet", "macvtap", "tap"].iter().any(|start| name.starts_with(start));
        own.interfaces.retain(inner);
        // Bridges that libvirt made for its networks are nobody else's.
        let networks = facts.networks.as_deref().unwrap_or_default();
        let made = |name: &String| {
            let owner = networks.iter().find(|network| network.bridge.as_ref() == Some(name));
            owner.is_some_and(|owner| owner.forward.as_deref() != Some("bridge"))
        };
        own.bridges.retain(|name| !made(name));
        own.interfaces.retain(|name| !made(name));
        own
    }
}

/// What the form is made from.
#[derive(Debug, Clone, Copy)]
pub struct FormContext<'a> {
    /// The network as it is edited.
    pub details: &'a NetworkDetails,
    /// What can be chosen.
    pub facts: &'a FormFacts,
    /// It runs: its name stays.
    pub running: bool,
    /// Why nothing can be changed.
    pub locked: Option<&'a str>,
    /// What is wrong with it.
    pub problems: &'a [Problem],
}

/// The row that a problem belongs to.
#[must_use]
pub fn row_of(spot: Spot) -> String {
    match spot {
        Spot::Name => "name".to_owned(),
        Spot::Forward => "mode".to_owned(),
        Spot::Nat => "nat-addresses".to_owned(),
        Spot::Interface(_) => "interfaces".to_owned(),
        Spot::Bridge => "bridge".to_owned(),
        Spot::Mtu => "mtu".to_owned(),
        Spot::Mac => "mac".to_owned(),
        Spot::Domain => "domain".to_owned(),
        Spot::Ip(block) => format!("{block}.address"),
        Spot::Range(block, _) => format!("{block}.ranges"),
        Spot::Host(block, _) => format!("{block}.hosts"),
        Spot::Boot(block) => format!("{block}.boot-file"),
        Spot::Route(_) => "routes".to_owned(),
        Spot::Forwarder(_) => "forwarders".to_owned(),
        Spot::Txt(_) => "texts".to_owned(),
        Spot::DnsHost(_) => "names".to_owned(),
        Spot::Srv(_) => "services".to_owned(),
        Spot::Traffic => "inbound".to_owned(),
        Spot::PortGroup(_) => "groups".to_owned(),
    }
}

/// What a mode is called, and what it means.
#[must_use]
pub fn mode_label(mode: ForwardMode) -> String {
    match mode {
        ForwardMode::Isolated => tr("Isolated: machines reach each other and the host"),
        ForwardMode::Nat => tr("NAT: machines share the host’s address"),
        ForwardMode::Route => tr("Routed: machines have addresses of their own"),
        ForwardMode::Open => tr("Open: routed, without rules in the firewall"),
        ForwardMode::Bridge => tr("Bridge: machines stand in the host’s own network"),
        ForwardMode::Private => tr("Macvtap, private: machines do not see each other"),
        ForwardMode::Vepa => tr("Macvtap, VEPA: the switch connects the machines"),
        ForwardMode::Passthrough => tr("Macvtap, passthrough: each machine has an interface"),
        ForwardMode::Hostdev => tr("SR-IOV: each machine has a virtual network card"),
    }
}

fn text(value: Option<&str>) -> Value {
    Value::of(value.unwrap_or_default())
}

fn number(value: Option<u64>) -> Value {
    Value::of(value.map(|number| number.to_string()).unwrap_or_default())
}

fn flag(value: Option<bool>) -> Value {
    Value::Text(value.map(|yes| if yes { "yes" } else { "no" }.to_owned()))
}

fn row(id: impl Into<String>, title: String, control: Control, value: Value) -> Row {
    Row::new(id, title, control, value, Edit::None)
}

fn switch(id: impl Into<String>, title: String, value: Option<bool>, default: bool) -> Row {
    row(id, title, Control::Switch { default }, flag(value))
}

fn whole(id: impl Into<String>, title: String, value: Option<u64>, most: u64, unit: &'static str) -> Row {
    let control = Control::Number {
        min: 0,
        max: most,
        required: false,
        unit,
    };
    row(id, title, control, number(value))
}

fn choices(names: &[String]) -> Vec<Choice> {
    names
        .iter()
        .map(|name| Choice::new(name.clone(), name.clone()))
        .collect()
}

/// The form.
#[must_use]
pub fn page(context: &FormContext<'_>) -> Page {
    let details = context.details;
    let own = details.forward.mode.is_some_and(ForwardMode::has_own_bridge);
    let mut groups = vec![general(context), way_out(context)];
    if own {
        groups.push(families(details));
        groups.extend(details.ips.iter().enumerate().map(|(at, block)| addresses(at, block)));
        groups.push(dns(details));
        groups.push(tables::routes(details));
    }
    groups.push(traffic::network(&details.traffic));
    groups.push(tables::port_groups(details));
    groups.extend(
        details
            .portgroups
            .iter()
            .enumerate()
            .map(|(at, group)| traffic::port_group(at, group)),
    );
    groups.push(advanced(details, own));
    let mut page = Page::new(groups);
    for row in page.groups.iter_mut().flat_map(|group| &mut group.rows) {
        let note = context
            .problems
            .iter()
            .find(|problem| problem.severity == Severity::Warning && row_of(problem.spot) == row.id);
        if let Some(note) = note {
            row.note = Some(note.text.clone());
        }
        if let Some(reason) = context.locked {
            row.locked = Some(reason.to_owned());
        }
    }
    page.tell_locks_once();
    page
}

fn general(context: &FormContext<'_>) -> Group {
    let details = context.details;
    let fixed = context
        .running
        .then(|| tr("A network that runs cannot get another name."));
    let mode = details.forward.mode.and_then(ForwardMode::word).unwrap_or_default();
    let modes = ForwardMode::ALL
        .into_iter()
        .map(|mode| Choice::new(mode.word().unwrap_or_default(), mode_label(mode)));
    let value = Value::Text(Some(mode.to_owned()));
    Group::new(
        tr("General"),
        vec![
            row("name", tr("Name"), Control::Text, text(Some(&details.name))).locked(fixed),
            row("mode", tr("Kind"), Control::Choice(modes.collect()), value),
        ],
    )
}

fn way_out(context: &FormContext<'_>) -> Group {
    let (details, facts) = (context.details, context.facts);
    let forward = &details.forward;
    let mut rows = Vec::new();
    match forward.mode {
        Some(ForwardMode::Nat | ForwardMode::Route) => {
            let devices = Control::Proposal(choices(&facts.interfaces));
            rows.push(
                row("dev", tr("Only through"), devices, text(forward.dev.as_deref()))
                    .empty(tr("Any interface of the host")),
            );
        }
        Some(ForwardMode::Bridge) => {
            let bridges = Control::Proposal(choices(&facts.bridges));
            rows.push(
                row(
                    "bridge",
                    tr("Bridge of the host"),
                    bridges,
                    text(details.bridge.name.as_deref()),
                )
                .empty(tr("None: macvtap on the interfaces below")),
            );
            rows.push(tables::interfaces(details, facts));
        }
        Some(ForwardMode::Private | ForwardMode::Vepa) => rows.push(tables::interfaces(details, facts)),
        Some(ForwardMode::Passthrough) => {
            rows.push(card(context));
            rows.push(tables::interfaces(details, facts));
        }
        Some(ForwardMode::Hostdev) => {
            rows.push(card(context));
            let drivers = vec![
                Choice::new("", tr_c("driver", "Chosen by libvirt")),
                Choice::new("vfio", "VFIO"),
            ];
            let driver = Value::Text(Some(forward.driver.clone().unwrap_or_default()));
            rows.push(row("driver", tr("Driver"), Control::Choice(drivers), driver));
            rows.push(switch(
                "managed",
                tr("Detach from the host by itself"),
                forward.managed,
                false,
            ));
            rows.push(tables::addresses(details));
        }
        _ => {}
    }
    if forward.mode == Some(ForwardMode::Nat) {
        let range = match (&forward.nat_start, &forward.nat_end) {
            (Some(start), Some(end)) => format!("{start} – {end}"),
            (Some(start), None) => start.clone(),
            _ => String::new(),
        };
        rows.push(switch("nat-ipv6", tr("Translate IPv6, too"), forward.nat_ipv6, false));
        rows.push(
            row(
                "nat-addresses",
                tr("Leave with addresses"),
                Control::Text,
                Value::of(range),
            )
            .empty(tr("That of the host"))
            .example("203.0.113.10 – 203.0.113.20"),
        );
        let ports = match (forward.nat_port_start, forward.nat_port_end) {
            (Some(start), Some(end)) => format!("{start} – {end}"),
            (Some(start), None) => start.to_string(),
            _ => String::new(),
        };
        rows.push(
            row("nat-ports", tr("Leave from ports"), Control::Text, Value::of(ports))
                .empty(tr_c("port", "Any"))
                .example("1024 – 65535"),
        );
    }
    Group::new(tr("Way out"), rows)
}

/// The card whose virtual functions are handed out.
fn card(context: &FormContext<'_>) -> Row {
    let cards = Control::Proposal(choices(&context.facts.interfaces));
    row(
        "pf",
        tr("Network card"),
        cards,
        text(context.details.forward.pf.as_deref()),
    )
    .note(Some(tr("All virtual functions of this card are handed out.")))
}

fn families(details: &NetworkDetails) -> Group {
    let has = |ipv6: bool| details.ips.iter().any(|block| block.is_ipv6() == ipv6);
    Group::new(
        tr("Addresses"),
        vec![
            switch("ipv4", tr("IPv4"), Some(has(false)), false),
            switch("ipv6", tr("IPv6"), Some(has(true)), false),
        ],
    )
}

fn addresses(at: usize, block: &IpBlock) -> Group {
    let id = |name: &str| format!("{at}.{name}");
    let ipv6 = block.is_ipv6();
    let title = if ipv6 { tr("IPv6 subnet") } else { tr("IPv4 subnet") };
    let mut rows = vec![
        row(
            id("address"),
            tr("Address of the host"),
            Control::Text,
            Value::of(block.address_text()),
        )
        .example(if ipv6 { "fd00:100::1/64" } else { "192.168.100.1/24" }),
        switch(
            id("dhcp"),
            tr("Lend addresses (DHCP)"),
            Some(block.dhcp.is_some()),
            false,
        ),
        switch(
            id("local-ptr"),
            tr("Ask nobody else for names of its addresses"),
            block.local_ptr,
            false,
        ),
    ];
    if let Some(dhcp) = &block.dhcp {
        rows.push(tables::ranges(id("ranges"), dhcp));
        rows.push(tables::hosts(id("hosts"), dhcp, ipv6));
        if !ipv6 {
            rows.push(
                row(
                    id("boot-file"),
                    tr("Boot file of network cards"),
                    Control::Text,
                    text(dhcp.boot_file.as_deref()),
                )
                .example("pxelinux.0"),
            );
            rows.push(
                row(
                    id("boot-server"),
                    tr("Boot server"),
                    Control::Text,
                    text(dhcp.boot_server.as_deref()),
                )
                .empty(tr("The host itself")),
            );
            rows.push(
                row(
                    id("tftp"),
                    tr("Folder served by TFTP"),
                    Control::Text,
                    text(block.tftp.as_deref()),
                )
                .example("/var/lib/tftpboot"),
            );
        }
    }
    Group::new(title, rows)
}

fn dns(details: &NetworkDetails) -> Group {
    let dns = &details.dns;
    let mut rows = vec![
        row(
            "domain",
            tr("Domain"),
            Control::Text,
            text(details.domain.name.as_deref()),
        )
        .example("lab.example.net"),
        switch("dns", tr("Answer names (DNS)"), dns.enable, true),
    ];
    if details.domain.name.is_some() {
        rows.push(switch(
            "local-only",
            tr("Ask nobody else for names of the domain"),
            details.domain.local_only,
            false,
        ));
        let register = switch(
            "register",
            tr("The host itself finds these names"),
            details.domain.register,
            false,
        );
        rows.push(register.note(Some(tr("Needs libvirt 10.1 and systemd-resolved on the host."))));
    }
    if dns.enable != Some(false) {
        rows.extend(tables::dns(details));
        rows.push(switch(
            "plain-names",
            tr("Ask others for names without a dot"),
            dns.forward_plain_names,
            true,
        ));
    }
    Group::folded(tr("Names (DNS)"), rows)
}

fn advanced(details: &NetworkDetails, own: bool) -> Group {
    let bridge = &details.bridge;
    let mut rows = vec![
        row("title", tr("Title"), Control::Text, text(details.title.as_deref())),
        row(
            "description",
            tr("Description"),
            Control::LongText,
            text(details.description.as_deref()),
        ),
        whole("mtu", tr("MTU"), details.mtu, 65_535, "bytes"),
    ];
    if own {
        rows.extend([
            row(
                "bridge",
                tr("Name of the bridge"),
                Control::Text,
                text(bridge.name.as_deref()),
            )
            .empty(tr("libvirt chooses one")),
            switch("stp", tr("Spanning tree"), bridge.stp, true),
            whole("delay", tr("Delay of the spanning tree"), bridge.delay, 3600, "s"),
            row(
                "zone",
                tr("Zone of firewalld"),
                Control::Text,
                text(bridge.zone.as_deref()),
            )
            .example("libvirt"),
            row(
                "mac",
                tr("Hardware address of the bridge"),
                Control::Text,
                text(details.mac.as_deref()),
            )
            .example("52:54:00:aa:bb:cc"),
            switch(
                "guest-ipv6",
                tr("Machines may use IPv6 among themselves"),
                details.guest_ipv6,
                false,
            ),
            row(
                "mac-table",
                tr("Who fills the table of hardware addresses"),
                Control::Choice(vec![
                    Choice::new("", tr("The bridge, as packets pass (usual)")),
                    Choice::new("kernel", tr("The bridge, as packets pass")),
                    Choice::new("libvirt", tr("libvirt: no packet goes to all ports")),
                ]),
                Value::Text(Some(bridge.mac_table.clone().unwrap_or_default())),
            ),
            row(
                "dnsmasq",
                tr("Options of dnsmasq, one a line"),
                Control::LongText,
                Value::of(details.dnsmasq.join("\n")),
            ),
        ]);
    }
    Group::advanced(rows)
}
