//! The tables of the form: which columns they have, and what their lines mean.

use super::{FormFacts, choices, row};
use crate::i18n::{tr, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::{Column, Control, Group, Row, Value};
use crate::model::network::details::{
    Dhcp, DhcpHost, DhcpRange, DnsHost, ForwardAddress, ForwardInterface, Forwarder, NetworkDetails, PortGroupDetails,
    Route, Srv, Txt, VlanTag,
};

pub(super) fn column(title: String, example: &'static str) -> Column {
    Column {
        title,
        choices: Vec::new(),
        example,
    }
}

pub(super) fn table(
    id: impl Into<String>,
    title: String,
    columns: Vec<Column>,
    add: String,
    lines: Vec<Vec<String>>,
) -> Row {
    row(id, title, Control::Table { columns, add }, Value::Table(lines))
}

fn cell(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

fn cell_number(value: Option<u64>) -> String {
    value.map(|number| number.to_string()).unwrap_or_default()
}

pub(super) fn said(cells: &[String], at: usize) -> Option<String> {
    let text = cells.get(at)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn said_number(cells: &[String], at: usize, title: &str) -> Result<Option<u64>, String> {
    said(cells, at)
        .map(|text| {
            text.parse()
                .map_err(|_| tr_f("{name} is a whole number.", &[("name", title)]))
        })
        .transpose()
}

/// The entry that a line was made of: the same by its key, else the one in its place while their number stays.
fn origin<T: Clone + Default>(old: &[T], lines: usize, at: usize, same: impl Fn(&T) -> bool) -> T {
    old.iter()
        .find(|entry| same(entry))
        .or_else(|| old.get(at).filter(|_| old.len() == lines))
        .cloned()
        .unwrap_or_default()
}

pub(super) fn interfaces(details: &NetworkDetails, facts: &FormFacts) -> Row {
    let columns = vec![Column {
        title: tr("Interface"),
        choices: choices(&facts.interfaces),
        example: "eth0",
    }];
    let lines = details
        .forward
        .interfaces
        .iter()
        .map(|interface| vec![cell(&interface.dev)]);
    table(
        "interfaces",
        tr("Interfaces of the host"),
        columns,
        tr("Add Interface"),
        lines.collect(),
    )
}

pub(super) fn write_interfaces(details: &mut NetworkDetails, lines: &[Vec<String>]) {
    details.forward.interfaces = lines
        .iter()
        .map(|line| ForwardInterface { dev: said(line, 0) })
        .collect();
    // libvirt has the first of them as an attribute, too, and wants both to agree.
    if details.forward.dev.is_some() {
        details.forward.dev = details.forward.interfaces.first().and_then(|first| first.dev.clone());
    }
}

pub(super) fn addresses(details: &NetworkDetails) -> Row {
    let columns = vec![column(tr("PCI address"), "0000:03:10.0")];
    let part = |value: &Option<String>, width: usize| {
        let number = value.as_deref().map_or(0, |text| {
            u32::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or(0)
        });
        format!("{number:0width$x}")
    };
    let lines = details.forward.addresses.iter().map(|address| {
        vec![format!(
            "{}:{}:{}.{}",
            part(&address.domain, 4),
            part(&address.bus, 2),
            part(&address.slot, 2),
            part(&address.function, 1)
        )]
    });
    table(
        "addresses",
        tr("Virtual functions"),
        columns,
        tr("Add Virtual Function"),
        lines.collect(),
    )
}

pub(super) fn write_addresses(details: &mut NetworkDetails, lines: &[Vec<String>]) -> Result<(), String> {
    let read = |line: &Vec<String>| {
        let text = said(line, 0).unwrap_or_default();
        let wrong = || tr("A PCI address looks like 0000:03:10.0.");
        let mut numbers = text.split([':', '.']).map(|part| u32::from_str_radix(part, 16).ok());
        let mut next = || numbers.next().flatten().ok_or_else(wrong);
        let address = ForwardAddress {
            domain: Some(format!("0x{:04x}", next()?)),
            bus: Some(format!("0x{:02x}", next()?)),
            slot: Some(format!("0x{:02x}", next()?)),
            function: Some(format!("0x{:x}", next()?)),
        };
        match numbers.next() {
            None => Ok(address),
            Some(_) => Err(wrong()),
        }
    };
    details.forward.addresses = lines.iter().map(read).collect::<Result<_, String>>()?;
    Ok(())
}

pub(super) fn ranges(id: String, dhcp: &Dhcp) -> Row {
    let columns = vec![
        column(tr("First address"), "192.168.100.128"),
        column(tr("Last address"), "192.168.100.254"),
        column(tr("Minutes"), "60"),
    ];
    let lines = dhcp.ranges.iter().map(|range| {
        vec![
            cell(&range.start),
            cell(&range.end),
            minutes(range.expiry, range.unit.as_deref()),
        ]
    });
    table(id, tr("Lent addresses"), columns, tr("Add Range"), lines.collect())
}

pub(super) fn write_ranges(dhcp: &mut Dhcp, lines: &[Vec<String>]) -> Result<(), String> {
    let old = dhcp.ranges.clone();
    let read = |(at, line): (usize, &Vec<String>)| {
        let mut range: DhcpRange = origin(&old, lines.len(), at, |range| range.start == said(line, 0));
        (range.start, range.end) = (said(line, 0), said(line, 1));
        (range.expiry, range.unit) = lent(line, 2, range.expiry, range.unit)?;
        Ok(range)
    };
    dhcp.ranges = lines.iter().enumerate().map(read).collect::<Result<_, String>>()?;
    Ok(())
}

pub(super) fn hosts(id: String, dhcp: &Dhcp, ipv6: bool) -> Row {
    let who = match ipv6 {
        true => column(tr("DUID or hardware address"), "0:4:7e:7d:f0:7d"),
        false => column(tr("Hardware address"), "52:54:00:aa:bb:cc"),
    };
    let columns = vec![
        who,
        column(tr("Address"), if ipv6 { "fd00:100::10" } else { "192.168.100.10" }),
        column(tr("Host name"), "web"),
        column(tr("Minutes"), ""),
    ];
    let lines = dhcp.hosts.iter().map(|host| {
        vec![
            cell(&host.mac.clone().or_else(|| host.id.clone())),
            cell(&host.ip),
            cell(&host.name),
            minutes(host.expiry, host.unit.as_deref()),
        ]
    });
    table(
        id,
        tr("Reserved addresses"),
        columns,
        tr("Add Reservation"),
        lines.collect(),
    )
}

pub(super) fn write_hosts(dhcp: &mut Dhcp, lines: &[Vec<String>], ipv6: bool) -> Result<(), String> {
    let old = dhcp.hosts.clone();
    let read = |(at, line): (usize, &Vec<String>)| {
        let who = said(line, 0);
        let same = |host: &DhcpHost| who.is_some() && (host.mac == who || host.id == who);
        let mut host: DhcpHost = origin(&old, lines.len(), at, same);
        // A DUID is longer than a hardware address.
        let is_id = ipv6
            && who
                .as_ref()
                .is_some_and(|who| crate::model::bridge::mac_bytes(who).is_none());
        (host.mac, host.id) = if is_id { (None, who) } else { (who, None) };
        (host.ip, host.name) = (said(line, 1), said(line, 2));
        (host.expiry, host.unit) = lent(line, 3, host.expiry, host.unit)?;
        Ok(host)
    };
    dhcp.hosts = lines.iter().enumerate().map(read).collect::<Result<_, String>>()?;
    Ok(())
}

/// For how long an address is lent, in minutes where that is a whole number of them.
fn minutes(expiry: Option<u64>, unit: Option<&str>) -> String {
    let Some(expiry) = expiry else { return String::new() };
    match unit.unwrap_or("minutes") {
        "hours" => (expiry.saturating_mul(60)).to_string(),
        "seconds" if expiry % 60 == 0 => (expiry / 60).to_string(),
        "seconds" => format!("{expiry} s"),
        _ => expiry.to_string(),
    }
}

fn lent(
    line: &[String],
    at: usize,
    expiry: Option<u64>,
    unit: Option<String>,
) -> Result<(Option<u64>, Option<String>), String> {
    let text = said(line, at).unwrap_or_default();
    if text == minutes(expiry, unit.as_deref()) {
        return Ok((expiry, unit));
    }
    Ok((said_number(line, at, &tr("Minutes"))?, None))
}

pub(super) fn routes(details: &NetworkDetails) -> Group {
    let columns = vec![
        column(tr("Leads to"), "10.0.0.0/8"),
        column(tr("Over"), "192.168.100.2"),
        column(tr("Cost"), "2"),
    ];
    let lines = details
        .routes
        .iter()
        .map(|route| vec![route.address_text(), cell(&route.gateway), cell_number(route.metric)]);
    let rows = vec![table(
        "routes",
        tr("Routes of the host into the network"),
        columns,
        tr("Add Route"),
        lines.collect(),
    )];
    Group::folded(tr("Routes"), rows)
}

pub(super) fn write_routes(details: &mut NetworkDetails, lines: &[Vec<String>]) -> Result<(), String> {
    let old = details.routes.clone();
    let read = |(at, line): (usize, &Vec<String>)| {
        let target = said(line, 0).unwrap_or_default();
        let mut route: Route = origin(&old, lines.len(), at, |route| route.address_text() == target);
        if route.address_text() != target {
            match target.parse() {
                Ok(net) => route.set_net(net),
                Err(_) => route.address = said(line, 0),
            }
        }
        route.gateway = said(line, 1);
        route.metric = said_number(line, 2, &tr("Cost"))?;
        Ok(route)
    };
    details.routes = lines.iter().enumerate().map(read).collect::<Result<_, String>>()?;
    Ok(())
}

pub(super) fn dns(details: &NetworkDetails) -> Vec<Row> {
    let dns = &details.dns;
    let names = dns.hosts.iter().map(|host| vec![cell(&host.ip), host.names.join(" ")]);
    let forwarders = dns
        .forwarders
        .iter()
        .map(|forwarder| vec![cell(&forwarder.address), cell(&forwarder.domain)]);
    let texts = dns.txts.iter().map(|txt| vec![cell(&txt.name), cell(&txt.value)]);
    let services = dns.srvs.iter().map(|srv| {
        vec![
            cell(&srv.service),
            cell(&srv.protocol),
            cell(&srv.domain),
            cell(&srv.target),
            cell_number(srv.port),
            cell_number(srv.priority),
            cell_number(srv.weight),
        ]
    });
    let protocols = vec![Choice::new("tcp", "TCP"), Choice::new("udp", "UDP")];
    vec![
        table(
            "names",
            tr("Names of addresses"),
            vec![column(tr("Address"), "192.168.100.10"), column(tr("Names"), "web www")],
            tr("Add Name"),
            names.collect(),
        ),
        table(
            "forwarders",
            tr("Servers that are asked"),
            vec![
                column(tr("Address"), "9.9.9.9"),
                column(tr("For the domain"), "example.net"),
            ],
            tr("Add Server"),
            forwarders.collect(),
        ),
        table(
            "texts",
            tr("Texts (TXT)"),
            vec![column(tr("Name"), "example"), column(tr("Text"), "some text")],
            tr("Add Text"),
            texts.collect(),
        ),
        table(
            "services",
            tr("Services (SRV)"),
            vec![
                column(tr("Service"), "ldap"),
                Column {
                    title: tr("Protocol"),
                    choices: protocols,
                    example: "tcp",
                },
                column(tr("Domain"), "example.net"),
                column(tr("Target"), "ldap.example.net"),
                column(tr("Port"), "389"),
                column(tr("Rank"), "10"),
                column(tr("Weight"), "50"),
            ],
            tr("Add Service"),
            services.collect(),
        ),
    ]
}

pub(super) fn write_names(details: &mut NetworkDetails, lines: &[Vec<String>]) {
    let read = |line: &Vec<String>| DnsHost {
        ip: said(line, 0),
        names: said(line, 1)
            .unwrap_or_default()
            .split([' ', ','])
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    details.dns.hosts = lines.iter().map(read).collect();
}

pub(super) fn write_forwarders(details: &mut NetworkDetails, lines: &[Vec<String>]) {
    let read = |line: &Vec<String>| Forwarder {
        address: said(line, 0),
        domain: said(line, 1),
    };
    details.dns.forwarders = lines.iter().map(read).collect();
}

pub(super) fn write_texts(details: &mut NetworkDetails, lines: &[Vec<String>]) {
    let read = |line: &Vec<String>| Txt {
        name: said(line, 0),
        value: said(line, 1),
    };
    details.dns.txts = lines.iter().map(read).collect();
}

pub(super) fn write_services(details: &mut NetworkDetails, lines: &[Vec<String>]) -> Result<(), String> {
    let old = details.dns.srvs.clone();
    let read = |(at, line): (usize, &Vec<String>)| {
        let same =
            |srv: &Srv| srv.service == said(line, 0) && srv.domain == said(line, 2) && srv.target == said(line, 3);
        let mut srv: Srv = origin(&old, lines.len(), at, same);
        (srv.service, srv.protocol) = (said(line, 0), said(line, 1));
        (srv.domain, srv.target) = (said(line, 2), said(line, 3));
        srv.port = said_number(line, 4, &tr("Port"))?;
        srv.priority = said_number(line, 5, &tr("Rank"))?;
        srv.weight = said_number(line, 6, &tr("Weight"))?;
        Ok(srv)
    };
    details.dns.srvs = lines.iter().enumerate().map(read).collect::<Result<_, String>>()?;
    Ok(())
}

pub(super) fn vlans(tags: &[VlanTag]) -> Row {
    let columns = vec![
        column(tr("VLAN"), "42"),
        Column {
            title: tr("Packets without a tag"),
            choices: vec![
                Choice::new("", tr("As they are")),
                Choice::new("tagged", tr("Get this tag")),
                Choice::new("untagged", tr("Belong here, without a tag")),
            ],
            example: "",
        },
    ];
    let lines = tags.iter().map(|tag| vec![cell_number(tag.id), cell(&tag.native)]);
    table("vlans", tr("VLANs"), columns, tr("Add VLAN"), lines.collect())
}

pub(super) fn write_vlans(details: &mut NetworkDetails, lines: &[Vec<String>]) -> Result<(), String> {
    let read = |line: &Vec<String>| {
        Ok(VlanTag {
            id: said_number(line, 0, &tr("VLAN"))?,
            native: said(line, 1),
        })
    };
    details.traffic.tags = lines.iter().map(read).collect::<Result<_, String>>()?;
    Ok(())
}

pub(super) fn port_groups(details: &NetworkDetails) -> Group {
    let columns = vec![
        column(tr("Name"), "web"),
        Column {
            title: tr("For ports without a group"),
            choices: vec![Choice::new("", tr("No")), Choice::new("yes", tr("Yes"))],
            example: "",
        },
        column(tr("VLANs"), "42"),
        column(tr("Receive KiB/s"), "10240"),
        column(tr("Send KiB/s"), "10240"),
    ];
    let lines = details.portgroups.iter().map(|group| {
        let tags: Vec<String> = group.traffic.tags.iter().map(|tag| cell_number(tag.id)).collect();
        vec![
            cell(&group.name),
            if group.default == Some(true) {
                "yes".to_owned()
            } else {
                String::new()
            },
            tags.join(", "),
            cell_number(group.traffic.inbound.average),
            cell_number(group.traffic.outbound.average),
        ]
    });
    let rows = vec![table(
        "groups",
        tr("Groups of ports"),
        columns,
        tr("Add Group"),
        lines.collect(),
    )];
    Group::folded(tr("Port groups"), rows)
}

pub(super) fn write_port_groups(details: &mut NetworkDetails, lines: &[Vec<String>]) -> Result<(), String> {
    let old = details.portgroups.clone();
    let read = |(at, line): (usize, &Vec<String>)| {
        let mut group: PortGroupDetails = origin(&old, lines.len(), at, |group| group.name == said(line, 0));
        group.name = said(line, 0);
        let is_default = said(line, 1).is_some();
        if group.default.unwrap_or(false) != is_default {
            group.default = is_default.then_some(true);
        }
        let wanted = said(line, 2).unwrap_or_default();
        let tags: Vec<&str> = wanted.split([',', ' ']).filter(|tag| !tag.is_empty()).collect();
        let known = group.traffic.tags.clone();
        group.traffic.tags = tags
            .iter()
            .map(|tag| {
                let id: u64 = tag
                    .parse()
                    .map_err(|_| tr_f("{name} is a whole number.", &[("name", &tr("VLAN"))]))?;
                let same = known.iter().find(|tag| tag.id == Some(id)).cloned();
                Ok(same.unwrap_or(VlanTag {
                    id: Some(id),
                    native: None,
                }))
            })
            .collect::<Result<_, String>>()?;
        group.traffic.inbound.average = said_number(line, 3, &tr("Receive KiB/s"))?;
        group.traffic.outbound.average = said_number(line, 4, &tr("Send KiB/s"))?;
        Ok(group)
    };
    details.portgroups = lines.iter().enumerate().map(read).collect::<Result<_, String>>()?;
    Ok(())
}
