//! Virtual ports of switches, and cards that work as a team.

use super::Nic;
use crate::i18n::tr;
use crate::model::hardware::page::form::{when, with_default, words};
use crate::model::hardware::{Control, Row};
use crate::model::xml::domain::fields::{device, interface};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

pub(super) fn rows(nic: &Nic<'_>) -> Vec<Row> {
    virtual_port(nic).into_iter().chain(team(nic)).collect()
}

fn virtual_port(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let mut choices = with_default(words(&[
        ("openvswitch", "Open vSwitch".to_owned()),
        ("802.1Qbg", "802.1Qbg (VEPA)".to_owned()),
        ("802.1Qbh", "802.1Qbh (VN-Link)".to_owned()),
        ("midonet", "MidoNet".to_owned()),
    ]));
    choices[0].label = tr("An ordinary one");
    let kind = Row {
        control: Control::Choice(choices),
        ..form.text("port-type", tr("Port of the switch"), interface::VIRTUALPORT)
    };
    let kind = kind
        .edit(|domain, node, value| domain.set_virtual_port(node, value.some()))
        .live()
        .help(
            tr("How the switch behind the bridge or card is told about the guest."),
            "<virtualport type='openvswitch'/>",
        );
    let sensible = matches!(nic.kind.as_str(), "network" | "bridge" | "direct" | "hostdev");
    let text = |id, title, field: Field<String>| {
        form.text(id, title, field).edit(move |domain, node, value| {
            // A port of MidoNet is known by nothing else.
            if value.some().is_none()
                && domain.document().get(node, interface::VIRTUALPORT).as_deref() == Some("midonet")
            {
                return Err(Refused(tr("Such a port needs its interface.")));
            }
            domain.document_mut().set(node, field, value.some().map(str::to_owned))
        })
    };
    let profile = || {
        text("port-profile", tr("Profile"), interface::PROFILE)
            .live()
            .example("web")
            .help(
                tr("The profile of the switch that holds for this port."),
                "<virtualport type='openvswitch'><parameters profileid='web'/></virtualport>",
            )
    };
    let identity = || {
        text("port-interface", tr("Interface"), interface::INTERFACE_ID)
            .live()
            .example("09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f")
            .help(
                tr("The UUID by which the switch knows the interface."),
                "<virtualport type='openvswitch'><parameters interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport>",
            )
    };
    let rows: Vec<Row> = match form.says(interface::VIRTUALPORT).as_str() {
        "openvswitch" => vec![identity(), profile()],
        "midonet" => vec![identity()],
        "802.1Qbh" => vec![profile()],
        "802.1Qbg" => vepa(nic),
        _ => Vec::new(),
    };
    when(sensible, kind).into_iter().chain(rows).collect()
}

fn vepa(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let xml = "<virtualport type='802.1Qbg'><parameters managerid='11' typeid='1193047' typeidversion='2' instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport>";
    vec![
        form.text("vsi-manager", tr("Manager"), interface::MANAGER_ID)
            .live()
            .example("11")
            .help(tr("The number of the database of VSI types, from 0 to 255."), xml),
        form.text("vsi-type", tr("VSI type"), interface::TYPE_ID)
            .live()
            .example("1193047")
            .help(tr("The type of the interface in that database."), xml),
        form.text("vsi-version", tr("Version of the VSI type"), interface::TYPE_VERSION)
            .live()
            .example("2")
            .help(tr("The version of the type, from 0 to 255."), xml),
        form.text("vsi-instance", tr("VSI instance"), interface::INSTANCE_ID)
            .live()
            .example("09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f")
            .help(tr("The UUID of the instance; empty lets libvirt make one."), xml),
    ]
}

/// A fast card of the host beside a VirtIO one, which stays when the machine moves.
fn team(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let mut choices = with_default(words(&[
        ("persistent", tr("The one that stays")),
        ("transient", tr("The one that goes before the machine moves")),
    ]));
    choices[0].label = tr("In no team");
    let kind = Row {
        control: Control::Choice(choices),
        ..form.text("teaming", tr("Part in a team"), interface::TEAMING)
    };
    let kind = kind
        .edit(|domain, node, value| {
            let partner = partner(domain, node);
            let document = domain.document_mut();
            match value.text() {
                "" => {
                    if let Some(old) = document.child(node, "teaming") {
                        document.remove(old);
                    }
                    return Ok(());
                }
                "transient" if document.get(node, interface::TEAMING_PERSISTENT).is_none() => {
                    document.set(node, interface::TEAMING_PERSISTENT, Some(partner))?;
                }
                "persistent" => document.set(node, interface::TEAMING_PERSISTENT, None)?,
                _ => {}
            }
            document.set(node, interface::TEAMING, Some(value.text().to_owned()))
        })
        .help(
            tr("Two cards that the guest uses as one: a virtual function, which is fast, and a VirtIO card, which stays when the machine moves to another host."),
            "<teaming type='transient' persistent='ua-net0'/>",
        );
    let is_transient = kind.value.text() == "transient";
    let other = form
        .text("teaming-partner", tr("Its partner"), interface::TEAMING_PERSISTENT)
        .edit(|domain, node, value| match value.some() {
            Some(name) => domain
                .document_mut()
                .set(node, interface::TEAMING_PERSISTENT, Some(name.to_owned())),
            None => Err(Refused(tr(
                "It needs a partner: the name for libvirt of the card that stays.",
            ))),
        })
        .example("ua-net0")
        .help(
            tr("The name for libvirt of the card that stays."),
            "<teaming type='transient' persistent='ua-net0'/>",
        );
    [
        when(nic.is_virtio() || nic.kind == "hostdev", kind),
        is_transient.then_some(other),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The name of the card that a new partner is most likely for.
fn partner(domain: &Domain, node: NodeId) -> String {
    let document = domain.document();
    let mut others = domain.devices_of(DeviceKind::Interface).filter(|other| *other != node);
    let stays = others.find(|other| document.get(*other, interface::TEAMING).as_deref() == Some("persistent"));
    stays
        .and_then(|other| document.get(other, device::ALIAS))
        .unwrap_or_else(|| "ua-net0".to_owned())
}
