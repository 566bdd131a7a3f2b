//! USB devices and smartcards of whoever watches.

use super::common::{has, needed, problem_of};
use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Choice, Column, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::fields::{graphics, redirdev, smartcard};
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused};

const PARTS: &Parts = &[("spicevmc", &[]), ("tcp", &["source", "protocol"])];

/// The page of a redirected USB port.
pub(super) fn device(form: &Form<'_>) -> Page {
    let types = vec![
        Choice::new("spicevmc", tr("The viewer, through SPICE")).but(spice_problem(form.context.domain)),
        Choice::new("tcp", tr("A program on the network (TCP)")),
    ];
    let mut rows = vec![
        form.required_choice("type", tr("Comes from"), redirdev::TYPE, types)
            .help(
                tr("Who gives the USB devices: the viewer, or a program that speaks the protocol."),
                "<redirdev bus='usb' type='spicevmc'/>",
            )
            .edit(|domain, node, value| {
                domain.set_type(node, "type", value.text(), PARTS)?;
                if value.text() == "tcp" && domain.document().child(node, "source").is_none() {
                    let document = domain.document_mut();
                    document.insert_ordered(node, "<source mode='connect' host='localhost' service='4000'/>")?;
                }
                Ok(())
            }),
    ];
    if form.says(redirdev::TYPE) == "tcp" {
        rows.push(
            form.required_choice("mode", tr("Connection"), redirdev::SOURCE_MODE, connection_modes())
                .help(
                    tr("Whether the machine waits for the other side, or calls it."),
                    "<source mode='connect' host='localhost' service='4000'/>",
                ),
        );
        rows.push(needed(
            form.text("host", tr("Host"), redirdev::SOURCE_HOST)
                .example("localhost")
                .help(
                    tr("The host that the devices come from, or the address to wait at."),
                    "<source mode='connect' host='localhost' service='4000'/>",
                ),
        ));
        rows.push(needed(
            form.text("port", tr("Port"), redirdev::SOURCE_SERVICE)
                .example("4000")
                .help(
                    tr("The port there."),
                    "<source mode='connect' host='localhost' service='4000'/>",
                ),
        ));
    }
    Page::new(vec![Group::new(String::new(), rows)])
}

/// Who begins a connection.
pub(super) fn connection_modes() -> Vec<Choice> {
    vec![
        Choice::new("bind", tr("Waits for the other side")),
        Choice::new("connect", tr("Connects to the other side")),
    ]
}

fn spice_problem(domain: &Domain) -> Option<String> {
    let none = !has(domain, DeviceKind::Graphics, graphics::TYPE, "spice");
    none.then(|| tr("The machine has no SPICE display."))
}

/// Attributes of a rule, in the order of the columns.
const RULE: [&str; 5] = ["class", "vendor", "product", "version", "allow"];

/// The page of the filter.
pub(super) fn filter(form: &Form<'_>) -> Page {
    let document = form.context.domain.document();
    let lines = document
        .children_named(form.node, "usbdev")
        .map(|rule| {
            RULE.map(|name| document.attribute(rule, name).unwrap_or_default().into_owned())
                .to_vec()
        })
        .collect();
    let column = |title, example| Column {
        title,
        choices: Vec::new(),
        example,
    };
    let columns = vec![
        column(tr("Class"), "0x08"),
        column(tr("Vendor"), "0x1234"),
        column(tr("Product"), "0xbeef"),
        column(tr("Version"), "2.0"),
        Column {
            title: tr("Allowed"),
            choices: vec![Choice::new("yes", tr("Yes")), Choice::new("no", tr("No"))],
            example: "yes",
        },
    ];
    let control = Control::Table {
        columns,
        add: tr("Add a Rule"),
    };
    let rules = Row::new("rules", tr("Rules"), control, Value::Table(lines), Edit::None)
        .help(
            tr("Which USB devices a viewer may hand over: the first rule that fits decides, an empty cell fits all."),
            "<usbdev class='0x08' vendor='0x1234' product='0xbeef' version='2.0' allow='yes'/>",
        )
        .edit(|domain, node, value| set_rules(domain, node, value.lines()));
    Page::new(vec![Group::new(String::new(), vec![rules])])
}

/// Writes the rules in place: what a rule has beside its columns stays.
fn set_rules(domain: &mut Domain, node: NodeId, lines: &[Vec<String>]) -> Result<(), Refused> {
    for (at, line) in lines.iter().enumerate() {
        let number = (at + 1).to_string();
        if !matches!(line.last().map(String::as_str), Some("yes" | "no")) {
            return Err(Refused(tr_f(
                "Rule {number} says neither that it allows nor that it forbids.",
                &[("number", &number)],
            )));
        }
    }
    let document = domain.document_mut();
    let old: Vec<NodeId> = document.children_named(node, "usbdev").collect();
    for (at, line) in lines.iter().enumerate() {
        let rule = match old.get(at) {
            Some(rule) => *rule,
            None => document.insert_ordered(node, "<usbdev/>")?,
        };
        for (name, cell) in RULE.iter().zip(line) {
            if cell.is_empty() {
                document.remove_attribute(rule, name);
            } else {
                document.set_attribute(rule, name, cell)?;
            }
        }
    }
    for rule in old.into_iter().skip(lines.len()) {
        document.remove(rule);
    }
    Ok(())
}

const CARD_PARTS: &Parts = &[
    ("host", &[]),
    ("host-certificates", &["certificate", "database"]),
    ("passthrough", &["@type", "source", "protocol", "log", "target"]),
];

/// The page of a smartcard reader.
pub(super) fn smartcard(form: &Form<'_>) -> Page {
    let modes = form.context.facts.smartcard_modes();
    let mut rows = vec![
        form.required_choice("mode", tr("The card is"), smartcard::MODE, modes)
            .help(
                tr("Whether the card is in the viewer's reader, in the host's, or made of certificates."),
                "<smartcard mode='passthrough' type='spicevmc'/>",
            )
            .edit(|domain, node, value| set_mode(domain, node, value.text())),
    ];
    match form.says(smartcard::MODE).as_str() {
        "passthrough" => rows.extend(passthrough(form)),
        "host-certificates" => {
            rows.extend((0..3).map(|number| certificate(form, number)));
            rows.push(
                form.path(
                    "database",
                    tr("Folder of the certificates"),
                    smartcard::DATABASE,
                    PathKind::Folder,
                )
                .example("/etc/pki/nssdb")
                .help(
                    tr("The database that holds the certificates; without one it is the host's usual one."),
                    "<database>/etc/pki/nssdb</database>",
                ),
            );
        }
        _ => {}
    }
    Page::new(vec![Group::new(String::new(), rows)])
}

fn set_mode(domain: &mut Domain, node: NodeId, mode: &str) -> Result<(), Refused> {
    domain.set_type(node, "mode", mode, CARD_PARTS)?;
    let has_spice = has(domain, DeviceKind::Graphics, graphics::TYPE, "spice");
    let document = domain.document_mut();
    match mode {
        "passthrough" if document.get(node, smartcard::TYPE).is_none() => {
            if has_spice {
                return document.set(node, smartcard::TYPE, Some("spicevmc".to_owned()));
            }
            document.set(node, smartcard::TYPE, Some("tcp".to_owned()))?;
            let xml = "<source mode='bind' host='127.0.0.1' service='2001'/>";
            document.insert_ordered(node, xml).map(drop)
        }
        "host-certificates" => {
            for number in document.children_named(node, "certificate").count()..3 {
                let name = format!("<certificate>cert{}</certificate>", number + 1);
                document.insert_ordered(node, &name)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn passthrough(form: &Form<'_>) -> Vec<Row> {
    let types = vec![
        Choice::new("spicevmc", tr("The viewer, through SPICE")).but(spice_problem(form.context.domain)),
        Choice::new("tcp", tr("A program on the network (TCP)")),
    ];
    let mut rows = vec![
        form.required_choice("type", tr("Comes from"), smartcard::TYPE, types)
            .help(
                tr("Who gives the smartcard: the viewer, or a program that speaks the protocol."),
                "<smartcard mode='passthrough' type='spicevmc'/>",
            )
            .edit(|domain, node, value| {
                domain.set_type(node, "type", value.text(), PARTS)?;
                if value.text() == "tcp" && domain.document().child(node, "source").is_none() {
                    let document = domain.document_mut();
                    document.insert_ordered(node, "<source mode='bind' host='127.0.0.1' service='2001'/>")?;
                }
                Ok(())
            }),
    ];
    if form.says(smartcard::TYPE) == "tcp" {
        let xml = "<source mode='bind' host='127.0.0.1' service='2001'/>";
        rows.push(
            form.required_choice(
                "connection",
                tr("Connection"),
                smartcard::SOURCE_MODE,
                connection_modes(),
            )
            .help(tr("Whether the machine waits for the other side, or calls it."), xml),
        );
        rows.push(needed(
            form.text("host", tr("Host"), smartcard::SOURCE_HOST)
                .example("127.0.0.1")
                .help(tr("The host of the other side, or the address to wait at."), xml),
        ));
        rows.push(needed(
            form.text("port", tr("Port"), smartcard::SOURCE_SERVICE)
                .example("2001")
                .help(tr("The port there."), xml),
        ));
    }
    rows
}

/// The name of one of the three certificates.
fn certificate(form: &Form<'_>, number: usize) -> Row {
    const IDS: [&str; 3] = ["certificate-1", "certificate-2", "certificate-3"];
    let document = form.context.domain.document();
    let node = document.children_named(form.node, "certificate").nth(number);
    let said = node
        .map(|node| document.text(node).trim().to_owned())
        .unwrap_or_default();
    let shown = (number + 1).to_string();
    let title = tr_f("Certificate {number}", &[("number", &shown)]);
    Row::new(
        IDS.get(number).copied().unwrap_or_default(),
        title,
        Control::Text,
        Value::of(said),
        Edit::None,
    )
    .example("cert1")
    .help(
        tr("The name of a certificate in the database; the card holds three."),
        "<certificate>cert1</certificate>",
    )
    .edit(move |domain, card, value| {
        let document = domain.document_mut();
        let node = document.children_named(card, "certificate").nth(number);
        match (node, value.some()) {
            (_, None) => Err(Refused(tr("A card made of certificates needs three."))),
            (Some(node), Some(name)) => document.set_value(node, name),
            (None, Some(name)) => {
                let xml = format!("<certificate>{}</certificate>", crate::model::xml::escape(name));
                document.insert_ordered(card, &xml).map(drop)
            }
        }
    })
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let domain = context.domain;
    let (redirection, modes) = (context.facts.redirection_buses(), context.facts.smartcard_modes());
    let has_filter = domain.devices_of(DeviceKind::Redirfilter).next().is_some();
    vec![
        Addition::new("redirdev", tr("USB Redirection"), "vireo-usb-symbolic", |domain, _| {
            match has(domain, DeviceKind::Graphics, graphics::TYPE, "spice") {
                true => domain.add_device("<redirdev bus='usb' type='spicevmc'/>"),
                false => domain.add_device(
                    "<redirdev bus='usb' type='tcp'>\n  <source mode='connect' host='localhost' service='4000'/>\n</redirdev>",
                ),
            }
        })
        .description(tr("A USB port that takes a device of whoever watches the machine."))
        .problem(problem_of(&redirection)),
        Addition::new(
            "redirfilter",
            tr("USB Redirection Filter"),
            "vireo-usb-symbolic",
            |domain, _| domain.add_device("<redirfilter>\n  <usbdev allow='yes'/>\n</redirfilter>"),
        )
        .description(tr("Says which USB devices viewers may hand over."))
        .problem(
            has_filter
                .then(|| tr("The machine has a filter already: its rules are on its page."))
                .or_else(|| problem_of(&redirection)),
        ),
        Addition::new("smartcard", tr("Smartcard Reader"), "security-high-symbolic", |domain, _| {
            match has(domain, DeviceKind::Graphics, graphics::TYPE, "spice") {
                true => domain.add_device("<smartcard mode='passthrough' type='spicevmc'/>"),
                false => domain.add_device("<smartcard mode='host'/>"),
            }
        })
        .description(tr("Gives the guest a smartcard of the viewer or of the host."))
        .problem(problem_of(&modes)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::HostFacts;
    use crate::model::hardware::{Draft, PageId};

    fn after(device: &str, kind: DeviceKind, row: &str, value: Value) -> Result<String, Refused> {
        let domain = Domain::parse(&format!("<domain type='kvm'><devices>{device}</devices></domain>"));
        let domain = domain.expect("a machine");
        let node = domain.devices_of(kind).next().expect("there");
        let mut draft = Draft::new(domain, None);
        draft.set(&HostFacts::default(), PageId::Device(node), row, &value)?;
        Ok(draft.edited().document().source(node))
    }

    fn line(cells: [&str; 5]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn rules_are_written_in_place() {
        let filter = "<redirfilter><usbdev class='0x08' new='1' allow='yes'/><usbdev allow='no'/></redirfilter>";
        let rules = Value::Table(vec![line(["", "0x1", "", "", "no"])]);
        assert_eq!(
            after(filter, DeviceKind::Redirfilter, "rules", rules).expect("possible"),
            "<redirfilter><usbdev new='1' allow='no' vendor='0x1'/></redirfilter>"
        );
        let rules = Value::Table(vec![line(["", "", "", "", "perhaps"])]);
        assert!(after(filter, DeviceKind::Redirfilter, "rules", rules).is_err());
    }

    #[test]
    fn another_mode_has_what_it_needs_and_no_more() {
        let card = "<smartcard mode='host-certificates'><certificate>a</certificate><certificate>b</certificate>\
             <certificate>c</certificate><database>/d</database><address type='ccid'/></smartcard>";
        assert_eq!(
            after(card, DeviceKind::Smartcard, "mode", Value::of("host")).expect("possible"),
            "<smartcard mode='host'><address type='ccid'/></smartcard>"
        );
        let after = after(
            "<smartcard mode='host'/><graphics type='spice'/>",
            DeviceKind::Smartcard,
            "mode",
            Value::of("passthrough"),
        );
        assert_eq!(
            after.expect("possible"),
            "<smartcard mode='passthrough' type='spicevmc'/>"
        );
    }

    #[test]
    fn a_port_for_the_network_says_where() {
        let port = "<redirdev bus='usb' type='spicevmc'/>";
        assert_eq!(
            after(port, DeviceKind::Redirdev, "type", Value::of("tcp")).expect("possible"),
            "<redirdev bus='usb' type='tcp'><source mode='connect' host='localhost' service='4000'/></redirdev>"
        );
    }
}
