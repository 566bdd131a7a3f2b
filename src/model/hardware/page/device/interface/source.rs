//! What an interface is plugged into.

use super::Nic;
use crate::i18n::tr;
use crate::model::facts::{Choice, HostDeviceKind, PciAddress};
use crate::model::hardware::page::form::{when, words};
use crate::model::hardware::page::pci;
use crate::model::hardware::page::table::check_path;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::interface;
use crate::model::xml::field::Field;

/// Every kind with the place there that is proposed.
fn places(nic: &Nic<'_>) -> Vec<(&'static str, String)> {
    let facts = nic.form.context.facts;
    let first = |choices: Vec<Choice>, usual: &str| {
        let first = choices.into_iter().find(|choice| choice.problem.is_none());
        first.map_or_else(|| usual.to_owned(), |choice| choice.value)
    };
    vec![
        ("network", first(facts.network_choices(), "default")),
        ("bridge", first(facts.bridges(), "br0")),
        ("direct", first(facts.host_cards(), "eth0")),
        ("vdpa", "/dev/vhost-vdpa-0".to_owned()),
        ("vhostuser", "/run/switch.sock".to_owned()),
        ("internal", "internal".to_owned()),
        ("hostdev", first(functions(nic), "")),
    ]
}

/// Virtual functions of the host's cards, by address.
fn functions(nic: &Nic<'_>) -> Vec<Choice> {
    let devices = nic.form.context.facts.devices();
    let found = devices.filter_map(|device| match &device.kind {
        HostDeviceKind::Pci(pci) if pci.physical_function.is_some() => {
            Some(Choice::new(pci.address.to_string(), device.label()))
        }
        _ => None,
    });
    found.collect()
}

pub(super) fn rows(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let places = places(nic);
    let kind = form
        .required_choice(
            "source-type",
            tr("Plugged into"),
            interface::TYPE,
            form.context.facts.nic_sources(),
        )
        .edit(move |domain, node, value| {
            let kind = value.text();
            let place = places.iter().find(|(name, _)| *name == kind);
            let place = place.map(|(_, place)| place.as_str()).unwrap_or_default();
            domain.set_nic_source(node, kind, place)?;
            let document = domain.document_mut();
            match (kind, pci::read(place), document.find(node, "source/address")) {
                ("hostdev", Ok(function), Some(address)) => pci::write(document, address, function),
                _ => Ok(()),
            }
        })
        .help(
            tr("What the guest's network card is connected to on the host."),
            "<interface type='network'>",
        );
    let kind = if nic.has_tap() { kind.live() } else { kind };
    let mut rows = vec![kind];
    rows.extend(match nic.kind.as_str() {
        "network" => network(nic),
        "bridge" => bridge(nic),
        "direct" => direct(nic),
        "user" => user(nic),
        "hostdev" => function(nic),
        "vdpa" => vec![
            said(nic, "vdpa", tr("Device"), interface::SOURCE_DEV)
                .example("/dev/vhost-vdpa-0")
                .help(
                    tr("The vDPA device of the host that does the work of the card."),
                    "<source dev='/dev/vhost-vdpa-0'/>",
                ),
        ],
        "vhostuser" => switch(nic),
        "internal" => vec![
            said(nic, "internal", tr("Name"), interface::SOURCE_NAME)
                .example("lan")
                .help(
                    tr("Machines with the same name here see each other."),
                    "<source name='lan'/>",
                ),
        ],
        "mcast" | "client" | "server" | "udp" => tunnel(nic),
        "vds" => distributed(nic),
        _ => Vec::new(),
    });
    rows
}

/// A text that the kind of source cannot be without.
fn said(nic: &Nic<'_>, id: &'static str, title: String, field: Field<String>) -> Row {
    let name = title.clone();
    nic.form.text(id, title, field).edit(move |domain, node, value| {
        if value.text().trim().is_empty() {
            return Err(Refused(crate::i18n::tr_f(
                "{name} must not be empty.",
                &[("name", &name)],
            )));
        }
        domain.document_mut().set(node, field, value.some().map(str::to_owned))
    })
}

fn network(nic: &Nic<'_>) -> Vec<Row> {
    let (form, facts) = (nic.form, nic.form.context.facts);
    let name = form.says(interface::SOURCE_NETWORK);
    let state = match facts.network(&name) {
        Some(network) if !network.active => Some(tr(
            "The network is not running: the machine cannot start before it does.",
        )),
        None if facts.networks.is_some() => Some(tr("The host has no network of this name.")),
        _ => None,
    };
    let network = Row {
        control: Control::Proposal(facts.network_choices()),
        ..said(nic, "network", tr("Virtual network"), interface::SOURCE_NETWORK)
    };
    let groups = facts.portgroups(&name);
    let group = form
        .proposal(
            "portgroup",
            tr("Port group"),
            interface::SOURCE_PORTGROUP,
            groups.clone(),
        )
        .live()
        .example("engineering")
        .help(
            tr("The port group of the network whose limits and VLAN hold here; empty for the usual one."),
            "<source network='ovs' portgroup='engineering'/>",
        );
    [
        Some(network.live().note(state).example("default").help(
            tr("The virtual network of the host that the guest is in."),
            "<source network='default'/>",
        )),
        when(!groups.is_empty() || facts.network(&name).is_none(), group),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn bridge(nic: &Nic<'_>) -> Vec<Row> {
    vec![
        nic.form
            .proposal(
                "bridge",
                tr("Bridge"),
                interface::SOURCE_BRIDGE,
                nic.form.context.facts.bridges(),
            )
            .live()
            .example("br0")
            .help(
                tr("The bridge of the host: the guest is in the same network as the host's card there."),
                "<source bridge='br0'/>",
            ),
    ]
}

fn direct(nic: &Nic<'_>) -> Vec<Row> {
    let card = Row {
        control: Control::Proposal(nic.form.context.facts.host_cards()),
        ..said(nic, "card", tr("Card of the host"), interface::SOURCE_DEV)
    };
    vec![
        card.live().example("eth0").help(
            tr("The network card of the host that the guest shares."),
            "<source dev='eth0' mode='bridge'/>",
        ),
        nic.form
            .choice(
                "mode",
                tr("Mode"),
                interface::SOURCE_MODE,
                vec![
                    Choice::new("bridge", tr("Bridge")).noted(Some(tr("Guests on the card see each other"))),
                    Choice::new("vepa", "VEPA").noted(Some(tr("The switch outside passes on, between guests, too"))),
                    Choice::new("private", tr("Private")).noted(Some(tr("Guests on the card do not see each other"))),
                    Choice::new("passthrough", tr("Passthrough")).noted(Some(tr("The card is this guest's alone"))),
                ],
            )
            .live()
            .help(
                tr("What the guest can reach besides the network behind the card."),
                "<source dev='eth0' mode='bridge'/>",
            ),
    ]
}

fn user(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let backend = form
        .choice(
            "backend",
            tr("Done by"),
            interface::BACKEND,
            form.context.facts.nic_backends(),
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            if value.text() != "passt" {
                // Only passt forwards ports, and only it has a log.
                while let Some(forward) = document.child(node, "portForward") {
                    document.remove(forward);
                }
                document.set(node, interface::BACKEND_LOG, None)?;
                document.set(node, interface::SOURCE_DEV, None)?;
            }
            document.set(node, interface::BACKEND, value.some().map(str::to_owned))
        })
        .help(
            tr("The program that connects the guest in the name of the user. Only passt can forward ports to the guest."),
            "<backend type='passt'/>",
        );
    let card = form
        .proposal(
            "through",
            tr("Through the card"),
            interface::SOURCE_DEV,
            form.context.facts.host_cards(),
        )
        .example("eth0")
        .help(
            tr("The card of the host that passt uses and takes the guest's addresses from; empty for the usual one."),
            "<source dev='eth0'/>",
        );
    let is_passt = form.says(interface::BACKEND) == "passt";
    [when(nic.is_qemu(), backend), when(is_passt, card)]
        .into_iter()
        .flatten()
        .collect()
}

fn function(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let document = form.context.domain.document();
    let address = document.find(form.node, "source/address");
    let is_pci = address.is_some_and(|address| document.attribute(address, "type").as_deref() == Some("pci"));
    if !is_pci {
        return Vec::new();
    }
    let shown = address.and_then(|address| PciAddress::read(document, address));
    let nowhere = shown == Some(PciAddress::default());
    let device = Row::new(
        "function",
        tr("Virtual function"),
        Control::Proposal(functions(nic)),
        Value::Text(shown.map(|address| address.to_string())),
        Edit::with(|domain, node, value| {
            let function = pci::read(value.text())?;
            let document = domain.document_mut();
            match document.find(node, "source/address") {
                Some(address) => pci::write(document, address, function),
                None => Ok(()),
            }
        }),
    )
    .note(nowhere.then(|| tr("Choose the virtual function that the guest gets.")))
    .example("0000:03:10.0")
    .help(
        tr("The PCI address of the virtual function on the host; its hardware address and VLAN are set before the guest gets it."),
        "<source><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x0'/></source>",
    );
    let managed = form
        .switch("managed", tr("Take it from the host"), interface::MANAGED, false)
        .help(
            tr("libvirt takes the function from the host's driver at the start and gives it back at the end."),
            "<interface type='hostdev' managed='yes'>",
        );
    vec![device, managed]
}

fn switch(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let shared = form.context.domain.shares_memory();
    let note = (!shared).then(|| tr("The machine's memory is not shared, which the switch needs."));
    let mut rows = vec![
        form.text("socket", tr("Socket"), interface::SOURCE_PATH)
            .edit(|domain, node, value| {
                check_path(value.text())?;
                domain
                    .document_mut()
                    .set(node, interface::SOURCE_PATH, value.some().map(str::to_owned))
            })
            .note(note)
            .example("/run/openvswitch/port1.sock")
            .help(
                tr("The socket over which guest and switch talk."),
                "<source type='unix' path='/run/openvswitch/port1.sock' mode='server'/>",
            ),
        form.choice(
            "socket-mode",
            tr("Makes the socket"),
            interface::SOURCE_MODE,
            words(&[("server", tr("The machine")), ("client", tr("The switch"))]),
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            // Who waits does not connect again.
            if value.text() == "server"
                && let Some(old) = document.find(node, "source/reconnect")
            {
                document.remove(old);
            }
            document.set(node, interface::SOURCE_MODE, value.some().map(str::to_owned))
        })
        .help(
            tr("Which of the two makes the socket, and waits there for the other one."),
            "<source type='unix' path='/run/openvswitch/port1.sock' mode='server'/>",
        ),
    ];
    if form.says(interface::SOURCE_MODE) != "server" {
        rows.push(
            form.number(
                "socket-reconnect",
                tr("Connect again for"),
                interface::SOURCE_RECONNECT,
                1..=86_400,
                "s",
            )
            .edit(|domain, node, value| domain.set_reconnect(node, value.number()))
            .help(
                tr("How long a switch that went away is waited for."),
                "<reconnect enabled='yes' timeout='10'/>",
            ),
        );
    }
    rows
}

fn required_port(nic: &Nic<'_>, id: &'static str, title: String, field: Field<u64>) -> Row {
    let control = Control::Number {
        min: 1,
        max: 65_535,
        required: true,
        unit: "",
    };
    Row::new(id, title, control, nic.form.value(field), Edit::Field(field.raw())).example("5558")
}

fn tunnel(nic: &Nic<'_>) -> Vec<Row> {
    let xml = "<source address='230.0.0.1' port='5558'/>";
    let address = match nic.kind.as_str() {
        "server" => nic
            .form
            .text("source-address", tr("Address"), interface::SOURCE_ADDRESS),
        _ => said(nic, "source-address", tr("Address"), interface::SOURCE_ADDRESS),
    };
    let address = match nic.kind.as_str() {
        "mcast" => address.example("230.0.0.1").help(
            tr("The address of the group: all machines with the same one see each other."),
            xml,
        ),
        "server" => address
            .example("192.0.2.1")
            .help(tr("The address of the host on which it waits; empty for all."), xml),
        _ => address
            .example("192.0.2.1")
            .help(tr("The address of the host with the other machine."), xml),
    };
    let port = required_port(nic, "source-port", tr("Port"), interface::SOURCE_PORT)
        .help(tr("The port there; both machines need the same."), xml);
    let mut rows = vec![address, port];
    if nic.kind == "udp" {
        let xml = "<source address='192.0.2.1' port='5558'><local address='192.0.2.2' port='5559'/></source>";
        rows.push(
            said(
                nic,
                "local-address",
                tr("Address of this side"),
                interface::LOCAL_ADDRESS,
            )
            .example("192.0.2.2")
            .help(tr("The address of this host from which the packets come."), xml),
        );
        rows.push(
            required_port(nic, "local-port", tr("Port of this side"), interface::LOCAL_PORT)
                .help(tr("The port of this host from which the packets come."), xml),
        );
    }
    rows
}

fn distributed(nic: &Nic<'_>) -> Vec<Row> {
    let xml = "<source switchid='8f1b3a5e-0d6c-4f43-9a1e-2b7c5d9e4f10' portgroupid='group-7'/>";
    vec![
        said(nic, "switch", tr("Switch"), interface::SOURCE_SWITCH)
            .example("8f1b3a5e-0d6c-4f43-9a1e-2b7c5d9e4f10")
            .help(tr("The UUID of the distributed switch."), xml),
        nic.form
            .text("switch-group", tr("Group of ports"), interface::SOURCE_PORTGROUP_ID)
            .example("group-7")
            .help(tr("The group of ports on the switch."), xml),
    ]
}
