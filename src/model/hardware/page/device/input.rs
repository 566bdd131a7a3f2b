//! Keyboards, mice, tablets, and input devices of the host.

use super::common::{best, drop_address, needed, problem_of};
use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Choice, PathKind, Row};
use crate::model::xml::domain::fields::{controller, input};
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused, escape};

/// A device of the host to begin with where the definition needs one.
const SOME_DEVICE: &str = "/dev/input/event0";

const PARTS: &Parts = &[
    ("tablet", &["@bus", "@model", "driver"]),
    ("mouse", &["@bus", "@model", "driver"]),
    ("keyboard", &["@bus", "@model", "driver"]),
    ("passthrough", &["@bus", "@model", "driver", "source"]),
    ("evdev", &["source"]),
];

/// The page of an input.
pub(super) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(input::TYPE);
    let bus = form.says(input::BUS);
    let is_fixed = matches!(bus.as_str(), "ps2" | "xen");
    let locked = || is_fixed.then(|| tr("It is part of the machine: the hypervisor would bring it back."));
    let facts = form.context.facts;
    let mut rows = vec![
        form.required_choice("type", tr("Type"), input::TYPE, facts.input_types())
            .locked(locked())
            .help(
                tr("A tablet says where the pointer is, so that it need not be captured; a mouse says how it moves."),
                "<input type='tablet' bus='usb'/>",
            )
            .edit({
                let facts = facts.clone();
                move |domain, node, value| set_kind(domain, &facts, node, value.text())
            }),
    ];
    match kind.as_str() {
        "evdev" => rows.extend(shared(form)),
        "passthrough" => rows.push(needed(
            form.path("device", tr("Device of the host"), input::SOURCE_EVDEV, PathKind::File)
                .example("/dev/input/event3")
                .help(
                    tr("The input device that the guest gets for itself."),
                    "<source evdev='/dev/input/event3'/>",
                ),
        )),
        _ => rows.push(
            form.required_choice("bus", tr("Bus"), input::BUS, facts.input_buses(&kind))
                .locked(locked())
                .help(
                    tr("What the guest finds it on; USB needs no driver of its own."),
                    "<input type='tablet' bus='usb'/>",
                )
                .edit(|domain, node, value| set_bus(domain, node, value.text())),
        ),
    }
    if bus == "virtio" {
        let models = facts
            .input_buses(&kind)
            .iter()
            .any(|choice| choice.value == "virtio" && choice.is_usable());
        let all = if models { virtio_models() } else { Vec::new() };
        rows.push(form.choice("model", tr("Model"), input::MODEL, all).help(
            tr("Which form of VirtIO it speaks; old guests know the older one only."),
            "<input bus='virtio' model='virtio'/>",
        ));
    }
    Page::new(vec![Group::new(String::new(), rows)])
}

/// The forms of a virtio device, where no list of the host's own is to be had.
pub(super) fn virtio_models() -> Vec<Choice> {
    vec![
        Choice::new("virtio", "VirtIO"),
        Choice::new("virtio-transitional", tr("VirtIO, for old and new guests")),
        Choice::new("virtio-non-transitional", tr("VirtIO, for new guests only")),
    ]
}

/// A device that host and guest take turns with.
fn shared(form: &Form<'_>) -> Vec<Row> {
    let keys = [
        "ctrl-ctrl",
        "alt-alt",
        "shift-shift",
        "meta-meta",
        "scrolllock",
        "ctrl-scrolllock",
    ];
    vec![
        needed(
            form.path("device", tr("Device of the host"), input::SOURCE_DEV, PathKind::File)
                .example("/dev/input/event3")
                .help(
                    tr("The input device that host and guest take turns with."),
                    "<source dev='/dev/input/event3'/>",
                ),
        ),
        form.choice(
            "grab",
            tr("Taken together"),
            input::GRAB,
            vec![Choice::new("all", tr("All such devices of the machine"))],
        )
        .help(
            tr("Whether the keys that take this device over take the machine's others, too."),
            "<source grab='all'/>",
        ),
        form.choice(
            "grab-toggle",
            tr("Keys that switch"),
            input::GRAB_TOGGLE,
            keys.map(Choice::plain).to_vec(),
        )
        .help(
            tr("The keys that, pressed together, hand the device from host to guest and back."),
            "<source grabToggle='ctrl-ctrl'/>",
        ),
        form.switch("repeat", tr("Repeat keys"), input::REPEAT, false).help(
            tr("Keys that are held down are repeated by the host."),
            "<source repeat='on'/>",
        ),
    ]
}

fn set_kind(domain: &mut Domain, facts: &HostFacts, node: NodeId, kind: &str) -> Result<(), Refused> {
    let document = domain.document();
    let device = document
        .get(node, input::SOURCE_EVDEV)
        .or_else(|| document.get(node, input::SOURCE_DEV))
        .unwrap_or_else(|| SOME_DEVICE.to_owned());
    let bus = document.get(node, input::BUS);
    domain.set_type(node, "type", kind, PARTS)?;
    let document = domain.document_mut();
    if let Some(source) = document.child(node, "source") {
        let gone: &[&str] = match kind {
            "evdev" => &["evdev"],
            _ => &["dev", "grab", "grabToggle", "repeat"],
        };
        for name in gone {
            document.remove_attribute(source, name);
        }
    }
    match kind {
        "evdev" => document.set(node, input::SOURCE_DEV, Some(device))?,
        "passthrough" => {
            document.set(node, input::SOURCE_EVDEV, Some(device))?;
            document.set(node, input::BUS, Some("virtio".to_owned()))?;
        }
        _ => {
            let buses = facts.input_buses(kind);
            let fits = |bus: &String| buses.iter().any(|choice| choice.value == *bus && choice.is_usable());
            if !bus.as_ref().is_some_and(fits)
                && let Some(best) = best(&buses)
            {
                document.set(node, input::BUS, Some(best))?;
            }
        }
    }
    let now = domain.document().get(node, input::BUS);
    if now != bus {
        forget_bus(domain, node, now.as_deref());
    }
    Ok(())
}

fn set_bus(domain: &mut Domain, node: NodeId, bus: &str) -> Result<(), Refused> {
    domain.document_mut().set(node, input::BUS, Some(bus.to_owned()))?;
    forget_bus(domain, node, Some(bus));
    Ok(())
}

/// What belongs to the bus that it was on.
fn forget_bus(domain: &mut Domain, node: NodeId, bus: Option<&str>) {
    drop_address(domain, node);
    if bus != Some("virtio") {
        domain.document_mut().remove_attribute(node, "model");
        domain.remove_children(node, "driver");
    }
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let types = facts.input_types();
    let missing = |kind: &str| {
        let offered = types.iter().find(|choice| choice.value == kind);
        offered.map_or_else(
            || Some(tr("Machines of this kind cannot have it.")),
            |choice| choice.problem.clone(),
        )
    };
    let plain = |id, kind: &'static str, title, icon, text| {
        let problem = missing(kind).or_else(|| problem_of(&facts.input_buses(kind)));
        Addition::new(id, title, icon, move |domain, facts| add(domain, facts, kind))
            .description(text)
            .problem(problem)
    };
    let host = |id, title, xml: &'static str, text, kind: &str| {
        Addition::new(id, title, "input-gaming-symbolic", move |domain, _| {
            domain.add_device(xml)
        })
        .description(text)
        .problem(missing(kind))
    };
    vec![
        plain(
            "input-tablet",
            "tablet",
            tr("Tablet"),
            "input-tablet-symbolic",
            tr("A pointer that is where the viewer's is, without capturing it."),
        ),
        plain(
            "input-mouse",
            "mouse",
            tr("Mouse"),
            "input-mouse-symbolic",
            tr("A pointer that says how it moves; the viewer has to capture it."),
        ),
        plain(
            "input-keyboard",
            "keyboard",
            tr("Keyboard"),
            "input-keyboard-symbolic",
            tr("A keyboard besides the one that the machine has."),
        ),
        host(
            "input-evdev",
            tr("Shared Input Device of the Host"),
            "<input type='evdev'>\n  <source dev='/dev/input/event0' grab='all' repeat='on'/>\n</input>",
            tr("A keyboard or mouse of the host that host and guest take turns with."),
            "evdev",
        ),
        host(
            "input-passthrough",
            tr("Input Device of the Host"),
            "<input type='passthrough' bus='virtio'>\n  <source evdev='/dev/input/event0'/>\n</input>",
            tr("A keyboard, mouse or other input device of the host that the guest gets for itself."),
            "passthrough",
        ),
    ]
}

fn add(domain: &mut Domain, facts: &HostFacts, kind: &str) -> Result<NodeId, Refused> {
    let document = domain.document();
    let no_usb = domain.devices_of(DeviceKind::Controller).any(|node| {
        document.get(node, controller::TYPE).as_deref() == Some("usb")
            && document.get(node, controller::MODEL).as_deref() == Some("none")
    });
    let mut buses = facts.input_buses(kind);
    // PS/2 ones are there already.
    buses.retain(|choice| choice.value != "ps2" && !(no_usb && choice.value == "usb"));
    let Some(bus) = best(&buses) else {
        return Err(Refused(tr("The machine has no bus for it.")));
    };
    domain.add_device(&format!("<input type='{kind}' bus='{}'/>", escape(&bus)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hardware::{Draft, PageId, Value};

    fn after(device: &str, row: &str, value: &str) -> String {
        let domain = Domain::parse(&format!("<domain type='kvm'><devices>{device}</devices></domain>"));
        let domain = domain.expect("a machine");
        let node = domain.devices_of(DeviceKind::Input).next().expect("there");
        let mut draft = Draft::new(domain, None);
        let facts = HostFacts::default();
        draft
            .set(&facts, PageId::Device(node), row, &Value::of(value))
            .expect("it can be set");
        draft.edited().document().source(node)
    }

    #[test]
    fn another_type_has_what_it_needs_and_no_more() {
        let tablet =
            "<input type='tablet' bus='usb'><alias name='ua-t'/><address type='usb' bus='0' port='1'/></input>";
        assert_eq!(
            after(tablet, "type", "mouse"),
            tablet.replace("tablet", "mouse"),
            "the bus stays"
        );
        assert_eq!(
            after(tablet, "type", "evdev"),
            "<input type='evdev'><alias name='ua-t'/><source dev='/dev/input/event0'/></input>"
        );
        let evdev = "<input type='evdev'><source dev='/dev/input/event7' grab='all'/></input>";
        assert_eq!(
            after(evdev, "type", "passthrough"),
            "<input type='passthrough' bus='virtio'><source evdev='/dev/input/event7'/></input>"
        );
        assert_eq!(
            after(evdev, "type", "keyboard"),
            "<input type='keyboard' bus='usb'></input>"
        );
    }

    #[test]
    fn another_bus_drops_address_and_model() {
        let virtio = "<input type='tablet' bus='virtio' model='virtio'><address type='pci' bus='1'/></input>";
        assert_eq!(after(virtio, "bus", "usb"), "<input type='tablet' bus='usb'></input>");
    }

    #[test]
    fn a_machine_without_usb_gets_virtio() {
        let text = "<domain type='kvm'><devices><controller type='usb' model='none'/></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let node = add(&mut domain, &HostFacts::default(), "tablet").expect("possible");
        assert_eq!(domain.document().source(node), "<input type='tablet' bus='virtio'/>");
    }
}
