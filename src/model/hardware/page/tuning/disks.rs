//! Weights and limits of disk traffic, by device of the host.

use super::column;
use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::Form;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::tune;
use crate::model::xml::{NodeId, Place, Refused, escape};

/// Elements of a device, in the order of the columns.
const PARTS: [&str; 6] = [
    "path",
    "weight",
    "read_bytes_sec",
    "write_bytes_sec",
    "read_iops_sec",
    "write_iops_sec",
];

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let columns = vec![
        column(tr("Device of the host"), "/dev/sda"),
        column(tr("Weight"), "500"),
        column(tr("Bytes read per second"), "10485760"),
        column(tr("Bytes written per second"), "10485760"),
        column(tr("Reads per second"), "1000"),
        column(tr("Writes per second"), "1000"),
    ];
    let table = Row::new(
        "devices",
        tr("Single devices of the host"),
        Control::Table {
            columns,
            add: tr("Add Device"),
        },
        Value::Table(devices(form.context.domain)),
        Edit::with(|domain, _, value| set_devices(domain, value.lines())),
    );
    vec![
        form.number("weight", tr("Weight"), tune::BLKIO_WEIGHT, 100..=1000, "")
            .example("500")
            .live()
            .help(
                tr("How much of the disks the machine gets beside others when they all want more."),
                "<blkiotune><weight>500</weight></blkiotune>",
            ),
        table.live().help(
            tr("Weight and limits of all that the machine reads and writes on a disk of the host. Empty is no limit."),
            "<blkiotune><device><path>/dev/sda</path><read_bytes_sec>10485760</read_bytes_sec></device></blkiotune>",
        ),
    ]
}

fn nodes(domain: &Domain) -> Vec<NodeId> {
    let document = domain.document();
    let tune = document.child(document.root(), "blkiotune");
    tune.into_iter()
        .flat_map(|tune| document.children_named(tune, "device"))
        .collect()
}

fn devices(domain: &Domain) -> Vec<Vec<String>> {
    let document = domain.document();
    let line = |node: NodeId| {
        PARTS
            .iter()
            .map(|part| document.value(node, part).unwrap_or_default())
            .collect()
    };
    nodes(domain).into_iter().map(line).collect()
}

fn check(lines: &[Vec<String>]) -> Result<(), Refused> {
    for (at, line) in lines.iter().enumerate() {
        let path = line.first().map(|path| path.trim()).unwrap_or_default();
        if !path.starts_with('/') || line.len() != PARTS.len() {
            return Err(Refused(tr_f("“{text}” is no path of a device.", &[("text", path)])));
        }
        if lines[..at].iter().any(|other| other[0].trim() == path) {
            return Err(Refused(tr_f("“{entry}” is there twice.", &[("entry", path)])));
        }
        for (part, text) in PARTS.iter().zip(line).skip(1) {
            let number = text.trim().parse::<u64>();
            let fits = match (*part, number) {
                (_, Err(_)) => text.trim().is_empty(),
                ("weight", Ok(weight)) => (100..=1000).contains(&weight),
                _ => true,
            };
            if !fits {
                return Err(Refused(tr_f("“{text}” is no number.", &[("text", text)])));
            }
        }
    }
    Ok(())
}

fn set_devices(domain: &mut Domain, lines: &[Vec<String>]) -> Result<(), Refused> {
    check(lines)?;
    let root = domain.document().root();
    let mut old = nodes(domain);
    if lines.is_empty() && old.is_empty() {
        return Ok(());
    }
    let document = domain.document_mut();
    let tune = document.ensure_path(root, "blkiotune")?;
    let same_count = old.len() == lines.len();
    for line in lines {
        let path = line[0].trim();
        let known = old
            .iter()
            .position(|node| same_count || document.value(*node, "path").as_deref() == Some(path));
        let node = match known {
            Some(at) => old.remove(at),
            None => {
                let xml = format!("<device><path>{}</path></device>", escape(path));
                document.insert(tune, Place::Last, &xml)?
            }
        };
        for (part, text) in PARTS.iter().zip(line) {
            let text = text.trim();
            match (document.child(node, part), text.is_empty()) {
                (Some(place), false) => document.set_value(place, text)?,
                (Some(place), true) => document.remove(place),
                (None, false) => drop(document.insert(node, Place::Last, &format!("<{part}>{text}</{part}>"))?),
                (None, true) => {}
            }
        }
    }
    for node in old {
        document.prune(node);
    }
    Ok(())
}
