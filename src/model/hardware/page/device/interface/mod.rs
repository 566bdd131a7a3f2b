//! Network interfaces.

mod address;
mod forward;
mod guest;
mod options;
mod port;
mod source;
mod traffic;

use crate::i18n::{tr, tr_f};
use crate::model::facts::{Family, HostFacts};
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Control, Edit, Row, Value};
use crate::model::xml::domain::fields::interface;
use crate::model::xml::domain::{Domain, normal_mac};
use crate::model::xml::{NodeId, Refused};

/// What the page is about, as far as it decides which rows there are.
#[derive(Debug)]
struct Nic<'a> {
    form: &'a Form<'a>,
    /// Kind of source.
    kind: String,
    /// Model of the card; empty for the usual one.
    model: String,
    family: Family,
}

impl Nic<'_> {
    fn is_qemu(&self) -> bool {
        self.family == Family::Qemu
    }

    /// The card is one of VirtIO, or libvirt may make it one.
    fn is_virtio(&self) -> bool {
        self.is_qemu() && (self.model.is_empty() || self.model.starts_with("virtio"))
    }

    /// The host has an end of it that packets pass.
    fn has_tap(&self) -> bool {
        matches!(self.kind.as_str(), "network" | "bridge" | "direct" | "ethernet")
    }
}

pub(super) fn page(form: &Form<'_>) -> Page {
    let nic = Nic {
        form,
        kind: form.says(interface::TYPE),
        model: form.says(interface::MODEL),
        family: match super::filesystem::is_container(form.context) {
            true => Family::Container,
            false => form.context.facts.family(),
        },
    };
    let mut first = source::rows(&nic);
    first.extend(card(&nic));
    first.extend(address::row(&nic));
    let mut groups = vec![Group::new(String::new(), first)];
    groups.extend(forward::group(&nic));
    groups.extend(traffic::groups(&nic));
    groups.extend(guest::groups(&nic));
    let mut rare = port::rows(&nic);
    rare.extend(options::advanced(&nic));
    groups.push(Group::advanced(rare));
    Page {
        notice: notice(&nic),
        missing: missing(&nic),
        groups,
    }
}

fn notice(nic: &Nic<'_>) -> Option<String> {
    match nic.kind.as_str() {
        "direct" => Some(tr(
            "With macvtap the guest reaches the network, but host and guest cannot reach each other.",
        )),
        _ => None,
    }
}

fn card(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let model = form
        .choice("model", tr("Model"), interface::MODEL, form.context.facts.nic_models())
        .edit(|domain, node, value| domain.set_nic_model(node, value.some()))
        .help(
            tr("The card that the guest sees. VirtIO is the fastest and needs a driver in the guest."),
            "<model type='virtio'/>",
        );
    let mac = form
        .text("mac", tr("Hardware address"), interface::MAC)
        .edit(set_mac)
        .example("52:54:00:12:34:56")
        .help(
            tr("The MAC address of the card. Empty lets libvirt choose one."),
            "<mac address='52:54:00:12:34:56'/>",
        );
    let state = form.says(interface::LINK);
    let link = Row::new(
        "link",
        tr("Cable plugged in"),
        Control::Switch { default: true },
        Value::Text((!state.is_empty()).then(|| if state == "up" { "yes" } else { "no" }.to_owned())),
        Edit::with(|domain, node, value| {
            let state = value
                .some()
                .map(|_| if value.is_on() { "up" } else { "down" }.to_owned());
            domain.document_mut().set(node, interface::LINK, state)
        }),
    )
    .live()
    .help(
        tr("Pulled out, the guest sees a card without a cable."),
        "<link state='down'/>",
    );
    [
        (nic.family != Family::Container).then_some(model),
        Some(mac),
        Some(link),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Gives an interface another address, which no other one here has.
fn set_mac(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let Some(text) = value.some().map(str::trim).filter(|text| !text.is_empty()) else {
        return domain.document_mut().set(node, interface::MAC, None);
    };
    let normal = normal_mac(text).ok_or_else(|| Refused(tr_f("“{mac}” is no hardware address.", &[("mac", text)])))?;
    let first = normal.get(..2).and_then(|octet| u8::from_str_radix(octet, 16).ok());
    if first.is_some_and(|octet| octet & 1 == 1) {
        return Err(Refused(tr_f(
            "“{mac}” is the address of a group, which no card can have.",
            &[("mac", text)],
        )));
    }
    let is_taken = |other: NodeId| {
        let mac = domain.document().get::<String>(other, interface::MAC);
        other != node && mac.and_then(|mac| normal_mac(&mac)).as_ref() == Some(&normal)
    };
    if domain
        .devices_of(crate::model::xml::domain::DeviceKind::Interface)
        .any(is_taken)
    {
        return Err(Refused(tr_f(
            "There is a network interface {mac} already.",
            &[("mac", text)],
        )));
    }
    domain.document_mut().set(node, interface::MAC, Some(text.to_owned()))
}

pub(super) fn additions(_context: &Context<'_>) -> Vec<Addition> {
    vec![
        Addition::new("interface", tr("Network Interface"), "network-wired-symbolic", add).description(tr(
            "A network card, in a virtual network or on a bridge or card of the host.",
        )),
    ]
}

/// A card in the network that fits best: a virtual one that runs, a bridge, else whatever needs no rights.
fn add(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let networks = facts.network_choices();
    let bridges = facts.bridges();
    let known = facts.networks.is_some();
    let usual = networks.iter().find(|network| network.value == "default");
    let usual = usual.filter(|network| facts.network(&network.value).is_some_and(|fact| fact.active));
    let network = usual.or(networks.first()).map(|network| network.value.clone());
    let has_model = domain
        .devices_of(crate::model::xml::domain::DeviceKind::Interface)
        .any(|other| domain.document().get::<String>(other, interface::MODEL).is_some());
    let node = domain.add_nic(network.as_deref().unwrap_or("default"))?;
    if network.is_none() && known {
        match bridges.first() {
            Some(bridge) => domain.set_nic_source(node, "bridge", &bridge.value)?,
            None if facts.nic_sources().iter().any(|source| source.value == "user") => {
                domain.set_nic_source(node, "user", "")?;
            }
            None => {}
        }
    }
    let best = facts.nic_models().into_iter().find(|model| model.problem.is_none());
    if let Some(best) = best.filter(|_| !has_model) {
        domain.set_nic_model(node, Some(&best.value))?;
    }
    Ok(node)
}

/// What has to be said before the machine can have the card.
fn missing(nic: &Nic<'_>) -> Option<String> {
    let is_empty = |field| nic.form.value(field).some().is_none();
    match nic.kind.as_str() {
        "network" => is_empty(interface::SOURCE_NETWORK).then(|| tr("Choose the virtual network.")),
        "bridge" if nic.family != Family::Container => {
            is_empty(interface::SOURCE_BRIDGE).then(|| tr("Choose the bridge of the host."))
        }
        "direct" => is_empty(interface::SOURCE_DEV).then(|| tr("Choose the card of the host.")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    #[test]
    fn an_address_is_checked_before_it_is_written() {
        let text = "<domain type='kvm'><devices><interface type='user'><mac address='52:54:00:00:00:01'/></interface>\
                    <interface type='user'><mac address='52:54:00:00:00:02'/></interface></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Interface).next().expect("an interface");
        for wrong in ["52:54:00", "53:54:00:00:00:09", "52:54:0:0:0:2", "x"] {
            assert!(set_mac(&mut domain, node, &Value::of(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(domain.document().to_string(), text);
        set_mac(&mut domain, node, &Value::of("52:54:00:00:00:03")).expect("it is free");
        set_mac(&mut domain, node, &Value::of("52:54:00:00:00:03")).expect("it is its own");
        assert_eq!(domain.document().to_string(), text.replace("00:01", "00:03"));
    }
}
