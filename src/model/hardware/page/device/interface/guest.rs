//! Addresses and routes that the guest or the host's end is given, where the hypervisor can do that.

use super::Nic;
use crate::i18n::{tr, tr_f};
use crate::model::facts::Family;
use crate::model::hardware::page::Group;
use crate::model::hardware::page::form::when;
use crate::model::hardware::page::table::{Lines, check_number, column};
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::fields::{interface, ip, route};
use crate::model::xml::{Document, NodeId, Refused};

const ADDRESSES: Lines = Lines {
    holder: "",
    element: "ip",
    fields: &[ip::ADDRESS, ip::PREFIX],
    required: 1,
};

const HOST_ADDRESSES: Lines = Lines {
    holder: "source",
    ..ADDRESSES
};

const ROUTES: Lines = Lines {
    holder: "",
    element: "route",
    fields: &[route::ADDRESS, route::PREFIX, route::GATEWAY, route::METRIC],
    required: 3,
};

pub(super) fn groups(nic: &Nic<'_>) -> Vec<Group> {
    let form = nic.form;
    let is_container = nic.family == Family::Container;
    let given = is_container || nic.kind == "user";
    let guest = addresses(nic, "addresses", tr("Addresses of the guest"), ADDRESSES).help(
        tr("The addresses that the guest is given; in user mode, those of the network that it sees."),
        "<ip address='172.17.2.4' family='ipv4' prefix='24'/>",
    );
    let host = addresses(nic, "host-addresses", tr("Addresses of the host's end"), HOST_ADDRESSES).help(
        tr("The addresses that the host's end of the cable is given."),
        "<source><ip address='192.0.2.1' family='ipv4' prefix='24'/></source>",
    );
    let name = form
        .text("guest-name", tr("Name in the guest"), interface::GUEST)
        .example("eth0")
        .help(tr("What the container calls the interface."), "<guest dev='eth0'/>");
    let rows = [
        when(is_container, name),
        when(given, guest),
        when(is_container, routes(nic)),
        when(nic.kind == "ethernet", host),
    ];
    vec![Group::new(tr("Addresses"), rows.into_iter().flatten().collect())]
}

fn addresses(nic: &Nic<'_>, id: &'static str, title: String, lines: Lines) -> Row {
    let columns = vec![
        column(tr("Address"), "192.0.2.10", Vec::new()),
        column(tr("Prefix"), "24", Vec::new()),
    ];
    let control = Control::Table {
        columns,
        add: tr("Add Address"),
    };
    let value = lines.read(nic.form.context.domain.document(), nic.form.node);
    let edit = Edit::with(move |domain, node, value| set(domain.document_mut(), node, &lines, value, &[0]));
    Row::new(id, title, control, value, edit)
}

fn routes(nic: &Nic<'_>) -> Row {
    let columns = vec![
        column(tr("Network"), "198.51.100.0", Vec::new()),
        column(tr("Prefix"), "24", Vec::new()),
        column(tr("Over"), "192.0.2.1", Vec::new()),
        column(tr("Cost"), "10", Vec::new()),
    ];
    let control = Control::Table {
        columns,
        add: tr("Add Route"),
    };
    let value = ROUTES.read(nic.form.context.domain.document(), nic.form.node);
    let edit = Edit::with(|domain, node, value| set(domain.document_mut(), node, &ROUTES, value, &[0, 2]));
    Row::new("routes", tr("Routes"), control, value, edit).help(
        tr("Which networks the container reaches over which router."),
        "<route family='ipv4' address='198.51.100.0' prefix='24' gateway='192.0.2.1'/>",
    )
}

/// Writes lines whose columns `addresses` are IP addresses, the first of which tells the family.
fn set(
    document: &mut Document,
    node: NodeId,
    lines: &Lines,
    value: &Value,
    addresses: &[usize],
) -> Result<(), Refused> {
    let mut families = Vec::new();
    for line in value.lines() {
        for at in addresses {
            let text = line.get(*at).map(|text| text.trim()).unwrap_or_default();
            let Ok(address) = text.parse::<std::net::IpAddr>() else {
                return Err(Refused(tr_f("“{address}” is no address.", &[("address", text)])));
            };
            if *at == 0 {
                families.push(if address.is_ipv6() { "ipv6" } else { "ipv4" });
            }
        }
        let most = if families.last() == Some(&"ipv6") { 128 } else { 32 };
        check_number(
            &tr("Prefix"),
            line.get(1).map(String::as_str).unwrap_or_default(),
            0,
            most,
        )?;
        check_number(
            &tr("Cost"),
            line.get(3).map(String::as_str).unwrap_or_default(),
            1,
            u64::from(u32::MAX),
        )?;
    }
    let is_user = document.get(node, interface::TYPE).as_deref() == Some("user");
    for family in ["ipv4", "ipv6"] {
        if is_user && families.iter().filter(|other| **other == family).count() > 1 {
            return Err(Refused(tr(
                "In user mode there is one address of IPv4 and one of IPv6.",
            )));
        }
    }
    lines.write(document, node, value.lines())?;
    let holder = match lines.holder {
        "" => Some(node),
        holder => document.child(node, holder),
    };
    let elements: Vec<NodeId> = holder
        .into_iter()
        .flat_map(|holder| document.children_named(holder, lines.element))
        .collect();
    for (element, family) in elements.into_iter().zip(families) {
        let said = document.attribute(element, "family").map(std::borrow::Cow::into_owned);
        // libvirt takes an address without a family for one of IPv4.
        if said.as_deref().unwrap_or("ipv4") != family {
            document.set_attribute(element, "family", family)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_family() {
        let mut document =
            Document::parse("<interface><ip address='192.0.2.1' prefix='24'/></interface>").expect("well-formed");
        let root = document.root();
        let line = |address: &str, prefix: &str| vec![address.to_owned(), prefix.to_owned()];
        let lines = Value::Table(vec![line("192.0.2.1", "24"), line("2001:db8::1", "64")]);
        set(&mut document, root, &ADDRESSES, &lines, &[0]).expect("set");
        assert_eq!(
            document.to_string(),
            "<interface><ip address='192.0.2.1' prefix='24'/><ip address='2001:db8::1' prefix='64' family='ipv6'/></interface>"
        );
        let wrong = Value::Table(vec![line("192.0.2.1", "33")]);
        assert!(set(&mut document, root, &ADDRESSES, &wrong, &[0]).is_err());
    }
}
