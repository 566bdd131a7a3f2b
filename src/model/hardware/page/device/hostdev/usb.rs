//! USB devices.

use super::pick;
use crate::i18n::tr;
use crate::model::facts::{HostDeviceKind, HostFacts, UsbDevice};
use crate::model::hardware::page::Form;
use crate::model::hardware::{Choice, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::hostdev;
use crate::model::xml::{NodeId, Refused};

/// Says which make and model, or which place.
const PRODUCT: &str = "product";
const PLACE: &str = "place";

/// The USB devices of the host that are no hubs, with their names for people.
pub(super) fn devices(facts: &HostFacts) -> Vec<(&UsbDevice, String)> {
    let all = facts.devices().filter_map(|device| match &device.kind {
        // Linux's root hubs are devices of the Linux Foundation.
        HostDeviceKind::Usb(usb) if usb.vendor.id.as_deref() != Some("0x1d6b") => Some((usb, device.label())),
        _ => None,
    });
    all.collect()
}

/// Make and model as one text.
pub(super) fn product_of(device: &UsbDevice) -> Option<String> {
    Some(format!(
        "{}:{}",
        device.vendor.id.as_ref()?,
        device.product.id.as_ref()?
    ))
}

fn place_of(device: &UsbDevice) -> String {
    format!("{}:{}", device.bus, device.device)
}

/// Everyday rows, and those for few.
pub(super) fn rows(form: &Form<'_>) -> (Vec<Row>, Vec<Row>) {
    let facts = form.context.facts;
    let is_product = !form.says(hostdev::VENDOR).is_empty();
    let all = devices(facts);
    let (value, choices): (String, Vec<Choice>) = if is_product {
        let value = format!("{}:{}", form.says(hostdev::VENDOR), form.says(hostdev::PRODUCT));
        let mut choices: Vec<Choice> = Vec::new();
        for (device, label) in &all {
            if let Some(product) = product_of(device)
                && !choices.iter().any(|choice| choice.value == product)
            {
                choices.push(Choice::new(product, label.clone()));
            }
        }
        (value, choices)
    } else {
        let value = format!(
            "{}:{}",
            form.says(hostdev::SOURCE_BUS),
            form.says(hostdev::SOURCE_DEVICE)
        );
        let choices = all
            .iter()
            .map(|(device, label)| Choice::new(place_of(device), label.clone()));
        (value, choices.collect())
    };
    let example = if is_product { "0x046d:0xc077" } else { "1:4" };
    let xml = match is_product {
        true => "<source> <vendor id='0x046d'/> <product id='0xc077'/> </source>",
        false => "<source> <address bus='1' device='4'/> </source>",
    };
    let is_open = matches!(value.as_str(), "0x0000:0x0000");
    let device = pick(form, "device", tr("Device"), choices, value.clone())
        .example(example)
        .note(is_open.then(|| tr("Choose a device of the host.")))
        .help(tr("The USB device of the host that the guest gets."), xml)
        .edit(move |domain, node, value| match is_product {
            true => set_product(domain, node, value.text()),
            false => set_place(domain, node, value.text()),
        });
    let by = by(form, &all, is_product, &value);
    (vec![device, by], vec![reset(form)])
}

fn by(form: &Form<'_>, all: &[(&UsbDevice, String)], is_product: bool, value: &str) -> Row {
    let found = all.iter().find(|(device, _)| match is_product {
        true => product_of(device).as_deref() == Some(value),
        false => place_of(device) == value,
    });
    let other = found.and_then(|(device, _)| match is_product {
        true => Some(place_of(device)),
        false => product_of(device),
    });
    let control = Control::Choice(vec![
        Choice::new(PRODUCT, tr("Make and model, wherever it is plugged in")),
        Choice::new(PLACE, tr("The place where it is plugged in now")),
    ]);
    let said = Value::of(if is_product { PRODUCT } else { PLACE });
    let missing = other.is_none().then(|| match form.context.facts.devices.is_some() {
        true => tr("The device is not plugged in now."),
        false => tr("The host does not tell its devices."),
    });
    Row::new("by", tr("Known by"), control, said, Edit::None)
        .locked(missing)
        .help(
            tr("Whether any device of this make and model will do, or the one in a place, whose number changes each time it is plugged in."),
            "<source> <vendor id='0x046d'/> <product id='0xc077'/> </source>",
        )
        .edit(move |domain, node, value| match (value.text(), &other) {
            (PRODUCT, Some(other)) => set_product(domain, node, other),
            (PLACE, Some(other)) => {
                if let Some(source) = domain.document().child(node, "source") {
                    domain.remove_children(source, "vendor");
                    domain.remove_children(source, "product");
                }
                set_place(domain, node, other)
            }
            _ => Ok(()),
        })
}

fn set_product(domain: &mut Domain, node: NodeId, text: &str) -> Result<(), Refused> {
    let parts = text
        .split_once(':')
        .filter(|(vendor, product)| is_id(vendor) && is_id(product));
    let Some((vendor, product)) = parts else {
        return Err(Refused(tr("A make and model is written 0x046d:0xc077.")));
    };
    if let Some(source) = domain.document().child(node, "source") {
        domain.remove_children(source, "address");
    }
    let document = domain.document_mut();
    document.set(node, hostdev::VENDOR, Some(vendor.to_owned()))?;
    document.set(node, hostdev::PRODUCT, Some(product.to_owned()))
}

fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn set_place(domain: &mut Domain, node: NodeId, text: &str) -> Result<(), Refused> {
    let number = |text: &str| text.parse::<u32>().ok();
    let place = text
        .split_once(':')
        .and_then(|(bus, device)| Some((number(bus)?, number(device)?)));
    let Some((bus, device)) = place else {
        return Err(Refused(tr("A place is written 1:4, for bus and device.")));
    };
    let document = domain.document_mut();
    document.set(node, hostdev::SOURCE_BUS, Some(bus.to_string()))?;
    document.set(node, hostdev::SOURCE_DEVICE, Some(device.to_string()))
}

fn reset(form: &Form<'_>) -> Row {
    form.choice(
        "guest-reset",
        tr("The guest may reset it"),
        hostdev::GUEST_RESET,
        vec![
            Choice::new("on", tr("Always")),
            Choice::new("off", tr("Never")),
            Choice::new("uninitialized", tr("Until it works for the first time")),
        ],
    )
    .help(
        tr("Whether the guest's resets reach the device: some forget what they are when they are reset."),
        "<source guestReset='off'/>",
    )
}
