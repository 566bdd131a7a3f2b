//! Limits, VLANs and kinds of ports: of a network, and of each of its port groups.

use super::tables::{self, column, said, table};
use super::{row, switch, text, whole};
use crate::i18n::{tr, tr_c, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::{Column, Control, Group, Row, Value};
use crate::model::network::details::{PortGroupDetails, Rate, Traffic};

const MOST: u64 = u32::MAX as u64;

/// Those of the network.
pub(super) fn network(traffic: &Traffic) -> Group {
    let mut rows = vec![
        switch(
            "isolated",
            tr("Machines cannot reach each other"),
            traffic.isolated,
            false,
        ),
        whole(
            "inbound",
            tr("Machines receive at most"),
            traffic.inbound.average,
            MOST,
            "KiB/s",
        ),
    ];
    rows.extend(bursts("", Way::In, traffic.inbound));
    rows.push(whole(
        "outbound",
        tr("Machines send at most"),
        traffic.outbound.average,
        MOST,
        "KiB/s",
    ));
    rows.extend(bursts("", Way::Out, traffic.outbound));
    rows.push(tables::vlans(&traffic.tags));
    rows.extend(ports("", traffic));
    Group::folded(tr("Limits and VLANs"), rows)
}

/// What the table of port groups has no column for.
pub(super) fn port_group(at: usize, group: &PortGroupDetails) -> Group {
    let prefix = format!("group{at}.");
    let traffic = &group.traffic;
    let name = group.name.as_deref().unwrap_or_default();
    let native = traffic.tags.iter().find(|tag| tag.native.is_some());
    let native = native.and_then(|tag| tag.id).map(|id| id.to_string());
    let mut rows = Vec::new();
    rows.extend(bursts(&prefix, Way::In, traffic.inbound));
    rows.extend(bursts(&prefix, Way::Out, traffic.outbound));
    rows.push(
        row(
            format!("{prefix}native"),
            tr("VLAN of packets without a tag"),
            Control::Text,
            text(native.as_deref()),
        )
        .empty(tr_c("VLAN", "None")),
    );
    rows.extend(ports(&prefix, traffic));
    Group::folded(tr_f("More of the port group {name}", &[("name", name)]), rows)
}

#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

fn bursts(prefix: &str, way: Way, rate: Rate) -> [Row; 2] {
    let (word, peak, burst) = match way {
        Way::In => ("inbound", tr("Receiving, for a moment"), tr("Received at that rate")),
        Way::Out => ("outbound", tr("Sending, for a moment"), tr("Sent at that rate")),
    };
    [
        whole(format!("{prefix}{word}-peak"), peak, rate.peak, MOST, "KiB/s"),
        whole(format!("{prefix}{word}-burst"), burst, rate.burst, MOST, "KiB"),
    ]
}

fn ports(prefix: &str, traffic: &Traffic) -> Vec<Row> {
    let kinds = vec![
        Choice::new("", tr_c("virtual port", "None")),
        Choice::new("openvswitch", "Open vSwitch"),
        Choice::new("802.1Qbg", "802.1Qbg"),
        Choice::new("802.1Qbh", "802.1Qbh"),
        Choice::new("midonet", "MidoNet"),
    ];
    let mut rows = vec![
        switch(
            format!("{prefix}trunk"),
            tr("Packets keep their VLAN tags"),
            traffic.trunk,
            false,
        ),
        row(
            format!("{prefix}virtualport"),
            tr("Kind of virtual port"),
            Control::Choice(kinds),
            Value::Text(Some(traffic.virtualport.clone().unwrap_or_default())),
        ),
    ];
    if traffic.virtualport.is_some() || !traffic.parameters.is_empty() {
        rows.push(parameters(format!("{prefix}parameters"), traffic));
    }
    rows.push(switch(
        format!("{prefix}trust"),
        tr("Accept which packets guests ask for (macvtap)"),
        traffic.trust,
        false,
    ));
    rows
}

fn parameters(id: String, traffic: &Traffic) -> Row {
    let known = [
        "interfaceid",
        "profileid",
        "managerid",
        "typeid",
        "typeidversion",
        "instanceid",
    ];
    let columns = vec![
        Column {
            title: tr("Parameter"),
            choices: known.map(|name| Choice::new(name, name)).to_vec(),
            example: "profileid",
        },
        column(tr("Value"), "guests"),
    ];
    let lines = traffic
        .parameters
        .iter()
        .map(|(name, value)| vec![name.clone(), value.clone()]);
    table(
        id,
        tr("Parameters of the port"),
        columns,
        tr("Add Parameter"),
        lines.collect(),
    )
}

pub(super) fn write_parameters(traffic: &mut Traffic, lines: &[Vec<String>]) -> Result<(), String> {
    let read = |line: &Vec<String>| match (said(line, 0), said(line, 1)) {
        (Some(name), Some(value)) => Ok((name, value)),
        _ => Err(tr("Each parameter has a name and a value.")),
    };
    traffic.parameters = lines.iter().map(read).collect::<Result<_, String>>()?;
    Ok(())
}
