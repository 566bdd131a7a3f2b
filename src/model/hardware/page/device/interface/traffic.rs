//! How much an interface may send and receive, and which packets pass.

use super::Nic;
use crate::i18n::tr;
use crate::model::hardware::page::Group;
use crate::model::hardware::page::form::when;
use crate::model::hardware::page::table::{Lines, check_number, column};
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::{filter_parameter, interface, vlan_tag};
use crate::model::xml::field::Field;
use crate::model::xml::{Document, NodeId};

/// Most that libvirt takes, in KiB a second.
const MOST: u64 = 18_014_398_509_481_984;

pub(super) fn groups(nic: &Nic<'_>) -> Vec<Group> {
    let limited = nic.has_tap();
    let inward = [
        interface::INBOUND_AVERAGE,
        interface::INBOUND_PEAK,
        interface::INBOUND_BURST,
    ];
    let outward = [
        interface::OUTBOUND_AVERAGE,
        interface::OUTBOUND_PEAK,
        interface::OUTBOUND_BURST,
    ];
    let titles = [tr("Receiving"), tr("Receiving, peak"), tr("Receiving, burst")];
    let mut rows = limits(nic, limited, ["in-average", "in-peak", "in-burst"], titles, inward);
    rows.extend(floor(nic));
    let titles = [tr("Sending"), tr("Sending, peak"), tr("Sending, burst")];
    rows.extend(limits(
        nic,
        limited,
        ["out-average", "out-peak", "out-burst"],
        titles,
        outward,
    ));
    vec![
        Group::new(tr("Bandwidth"), rows),
        Group::new(
            tr("Packet filter and VLAN"),
            filter(nic).into_iter().chain(vlan(nic)).collect(),
        ),
    ]
}

fn limits(
    nic: &Nic<'_>,
    sensible: bool,
    ids: [&'static str; 3],
    titles: [String; 3],
    fields: [Field<u64>; 3],
) -> Vec<Row> {
    let form = nic.form;
    let [average, peak, burst] = fields;
    let [title, peak_title, burst_title] = titles;
    let xml = "<bandwidth><inbound average='12500' peak='25000' burst='4096'/></bandwidth>";
    let usual = form
        .number(ids[0], title, average, 1..=MOST, "KiB/s")
        .edit(move |domain, node, value| {
            let document = domain.document_mut();
            if value.number().is_none() {
                // Without an average there is nothing to go above.
                document.set(node, peak, None)?;
                document.set(node, burst, None)?;
            }
            document.set(node, average, value.number())
        })
        .live()
        .example("12500")
        .empty(tr("No limit"))
        .help(
            tr("How much a second it is in the long run, from the guest's side."),
            xml,
        );
    let has_average = usual.value.some().is_some();
    let most = form
        .number(ids[1], peak_title, peak, 1..=MOST, "KiB/s")
        .live()
        .example("25000")
        .help(tr("How much a second it may be for a moment."), xml);
    let moment = form
        .number(ids[2], burst_title, burst, 1..=u64::from(u32::MAX), "KiB")
        .live()
        .example("4096")
        .help(tr("How much may pass at the peak before the average holds again."), xml);
    [
        when(sensible, usual),
        has_average.then_some(most),
        has_average.then_some(moment),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn floor(nic: &Nic<'_>) -> Option<Row> {
    let form = nic.form;
    let row = form
        .number(
            "in-floor",
            tr("Receiving, at least"),
            interface::INBOUND_FLOOR,
            1..=MOST,
            "KiB/s",
        )
        .live()
        .example("1000")
        .help(
            tr("What it gets at least, where the virtual network has limits of its own to share out."),
            "<bandwidth><inbound average='12500' floor='1000'/></bandwidth>",
        );
    let has_average = form.value(interface::INBOUND_AVERAGE).some().is_some();
    (nic.kind == "network" && has_average).then_some(row)
}

/// Parameters of a filter.
const PARAMETERS: Lines = Lines {
    holder: "filterref",
    element: "parameter",
    fields: &[filter_parameter::NAME, filter_parameter::VALUE],
    required: 2,
};

fn filter(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let choices = form.context.facts.filter_choices();
    let filter = form
        .proposal("filter", tr("Packet filter"), interface::FILTER, choices)
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            match (value.some(), document.child(node, "filterref")) {
                (Some(name), _) => document.set(node, interface::FILTER, Some(name.to_owned())),
                (None, Some(old)) => {
                    document.remove(old);
                    Ok(())
                }
                (None, None) => Ok(()),
            }
        })
        .live()
        .example("clean-traffic")
        .help(
            tr("The filter of the host that decides which packets pass: “clean-traffic” keeps the guest from posing as others."),
            "<filterref filter='clean-traffic'/>",
        );
    let has_filter = filter.value.some().is_some();
    let columns = vec![
        column(tr("Name"), "IP", Vec::new()),
        column(tr("Value"), "192.0.2.10", Vec::new()),
    ];
    let parameters = form
        .table(
            "filter-parameters",
            tr("Parameters"),
            PARAMETERS,
            columns,
            tr("Add Parameter"),
        )
        .live()
        .help(
            tr("Values for the variables of the filter, such as the addresses that the guest may use."),
            "<filterref filter='clean-traffic'><parameter name='IP' value='192.0.2.10'/></filterref>",
        );
    let sensible = matches!(nic.kind.as_str(), "network" | "bridge" | "ethernet");
    [when(sensible, filter), has_filter.then_some(parameters)]
        .into_iter()
        .flatten()
        .collect()
}

/// Tags of VLANs.
const TAGS: Lines = Lines {
    holder: "vlan",
    element: "tag",
    fields: &[vlan_tag::ID, vlan_tag::NATIVE_MODE],
    required: 1,
};

fn vlan(nic: &Nic<'_>) -> Option<Row> {
    let form = nic.form;
    let native = crate::model::hardware::page::form::words(&[
        ("", tr("no")),
        ("untagged", tr("yes, untagged")),
        ("tagged", tr("yes, tagged")),
    ]);
    let columns = vec![
        column(tr("Tag"), "42", Vec::new()),
        // Translators: of a VLAN, whether packets without a tag belong to it.
        column(tr("Native"), "", native),
    ];
    let value = TAGS.read(form.context.domain.document(), form.node);
    let control = Control::Table {
        columns,
        add: tr("Add VLAN"),
    };
    let edit = Edit::with(|domain, node, value| set_vlan(domain.document_mut(), node, value));
    let row = Row::new("vlan", tr("VLANs"), control, value, edit).live().help(
        tr("The VLANs that the guest is in. With one, the guest knows nothing of it; with several, it sees the tags. Open vSwitch and virtual functions can do it, bridges from libvirt 11.0 on."),
        "<vlan><tag id='42'/></vlan>",
    );
    when(
        matches!(nic.kind.as_str(), "network" | "bridge" | "hostdev" | "direct"),
        row,
    )
}

fn set_vlan(document: &mut Document, node: NodeId, value: &Value) -> Result<(), Refused> {
    let lines = value.lines();
    for line in lines {
        let tag = line.first().map(String::as_str).unwrap_or_default();
        if tag.trim().is_empty() {
            return Err(Refused(tr("A VLAN is a number from 0 to 4095.")));
        }
        check_number(&tr("Tag"), tag, 0, 4095)?;
    }
    let is_native = |line: &Vec<String>| line.get(1).is_some_and(|mode| !mode.is_empty());
    let natives = lines.iter().filter(|line| is_native(line)).count();
    if natives > 1 {
        return Err(Refused(tr("Only one VLAN can be the native one.")));
    }
    TAGS.write(document, node, lines)?;
    let Some(vlan) = document.child(node, "vlan") else {
        return Ok(());
    };
    if lines.is_empty() {
        document.remove(vlan);
    } else if lines.len() > 1 || natives > 0 {
        // libvirt takes several only as a trunk.
        document.set_attribute(vlan, "trunk", "yes")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str, lines: &[[&str; 2]]) -> Result<String, Refused> {
        let mut document = Document::parse(text).expect("well-formed");
        let lines = lines.iter().map(|line| line.map(str::to_owned).to_vec()).collect();
        let root = document.root();
        set_vlan(&mut document, root, &Value::Table(lines))?;
        Ok(document.to_string())
    }

    #[test]
    fn several_vlans_are_a_trunk() {
        let one = "<interface><vlan><tag id='1'/></vlan></interface>";
        assert_eq!(after("<interface/>", &[["1", ""]]).ok().as_deref(), Some(one));
        let two = "<interface><vlan trunk='yes'><tag id='1'/><tag id='2' nativeMode='untagged'/></vlan></interface>";
        assert_eq!(after(one, &[["1", ""], ["2", "untagged"]]).ok().as_deref(), Some(two));
        assert_eq!(after(two, &[]).ok().as_deref(), Some("<interface></interface>"));
        assert!(after(one, &[["4096", ""]]).is_err());
        assert!(after(one, &[["1", "tagged"], ["2", "untagged"]]).is_err());
    }
}
