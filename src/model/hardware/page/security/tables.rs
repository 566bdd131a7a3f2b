//! SMBIOS tables: maker, model and serial number of the hardware that the guest reads.

use crate::i18n::{tr, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::general;
use crate::model::xml::{NodeId, Place, Refused};

/// Blocks, and the names of entries in each.
const BLOCKS: &[(&str, &[&str])] = &[
    ("bios", &["vendor", "version", "date", "release"]),
    (
        "system",
        &["manufacturer", "product", "version", "serial", "uuid", "sku", "family"],
    ),
    (
        "baseBoard",
        &["manufacturer", "product", "version", "serial", "asset", "location"],
    ),
    ("chassis", &["manufacturer", "version", "serial", "asset", "sku"]),
    ("oemStrings", &[]),
];

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let modes = vec![
        Choice::new("emulate", tr("What the hypervisor says")),
        Choice::new("host", tr("What the host's hardware says")),
        Choice::new("sysinfo", tr("What the table below says")),
    ];
    let blocks = vec![
        Choice::new("bios", "BIOS"),
        Choice::new("system", tr("System")),
        Choice::new("baseBoard", tr("Board")),
        Choice::new("chassis", tr("Chassis")),
        Choice::new("oemStrings", tr("Other text")),
    ];
    let text = |title, example| Column {
        title,
        choices: Vec::new(),
        example,
    };
    let columns = vec![
        Column {
            title: tr("Part"),
            choices: blocks,
            example: "",
        },
        text(tr("Entry"), "vendor"),
        text(tr("Text"), "ACME"),
    ];
    let table = Row::new(
        "entries",
        tr("Entries"),
        Control::Table {
            columns,
            add: tr("Add Entry"),
        },
        Value::Table(entries(form.context.domain).into_iter().map(|(_, line)| line).collect()),
        Edit::with(|domain, _, value| set_entries(domain, value.lines())),
    );
    vec![
        form.choice("smbios", tr("Maker and model"), general::SMBIOS, modes)
            .help(
                tr("Where the maker, model and serial number come from that the guest reads about its hardware."),
                "<os><smbios mode='sysinfo'/></os>",
            )
            .edit(|domain, node, value| {
                if value.text() == "sysinfo" && sysinfo(domain).is_none() {
                    return Err(Refused(tr("Write an entry into the table first.")));
                }
                domain
                    .document_mut()
                    .set(node, general::SMBIOS, value.some().map(str::to_owned))
            }),
        table.help(
            tr("Entries such as manufacturer, product and serial. Some licenses are bound to them."),
            "<sysinfo type='smbios'><system><entry name='serial'>1234</entry></system></sysinfo>",
        ),
    ]
}

fn sysinfo(domain: &Domain) -> Option<NodeId> {
    let document = domain.document();
    let mut all = document.children_named(document.root(), "sysinfo");
    all.find(|node| document.attribute(*node, "type").as_deref() == Some("smbios"))
}

/// Elements of entries with their lines: block, name, text.
fn entries(domain: &Domain) -> Vec<(NodeId, Vec<String>)> {
    let document = domain.document();
    let Some(sysinfo) = sysinfo(domain) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for block in document.children(sysinfo) {
        for entry in document.children_named(block, "entry") {
            let name = document.attribute(entry, "name").unwrap_or_default().into_owned();
            let text = document.text(entry).trim().to_owned();
            found.push((entry, vec![document.name(block).to_owned(), name, text]));
        }
    }
    found
}

fn check(domain: &Domain, lines: &[Vec<String>]) -> Result<(), Refused> {
    for (at, line) in lines.iter().enumerate() {
        let [block, name, text] = [0, 1, 2].map(|at| line.get(at).map(|text| text.trim()).unwrap_or_default());
        let known = BLOCKS.iter().find(|(other, _)| *other == block);
        let names = known.map(|(_, names)| *names).unwrap_or_default();
        if text.is_empty() {
            return Err(Refused(tr("A line of the table is not filled in.")));
        }
        let is_known = match names {
            [] => known.is_some() && name.is_empty(),
            names => names.contains(&name),
        };
        if !is_known {
            let names = names.join(", ");
            return Err(Refused(tr_f(
                "There is no entry “{entry}” here; there are: {names}.",
                &[("entry", name), ("names", &names)],
            )));
        }
        let is_single = !matches!(block, "oemStrings" | "baseBoard");
        let same = |other: &Vec<String>| other[0].trim() == block && other[1].trim() == name;
        if is_single && lines[..at].iter().any(same) {
            return Err(Refused(tr_f("“{entry}” is there twice.", &[("entry", name)])));
        }
        let uuid = domain.uuid();
        if name == "uuid" && uuid.is_some() && text.parse::<uuid::Uuid>().ok() != uuid {
            return Err(Refused(tr("The UUID must be the machine's own.")));
        }
        if name == "date" && !is_date(text) {
            return Err(Refused(tr("The date is written as month/day/year: 11/30/2025.")));
        }
    }
    Ok(())
}

/// Whether it is a date as SMBIOS has it, `MM/DD/YYYY`.
fn is_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('/').map(|part| part.parse().ok()).collect();
    matches!(parts[..], [Some(month), Some(day), Some(year)]
        if (1..=12).contains(&month) && (1..=31).contains(&day) && (year < 100 || (1900..=9999).contains(&year)))
}

fn set_entries(domain: &mut Domain, lines: &[Vec<String>]) -> Result<(), Refused> {
    check(domain, lines)?;
    let root = domain.document().root();
    let mut old = entries(domain);
    if lines.is_empty() {
        if let Some(place) = sysinfo(domain) {
            domain.document_mut().remove(place);
        }
        // libvirt refuses tables that are not there.
        if domain.document().get(root, general::SMBIOS).as_deref() == Some("sysinfo") {
            domain.document_mut().set(root, general::SMBIOS, None)?;
        }
        return Ok(());
    }
    let place = match sysinfo(domain) {
        Some(place) => place,
        None => domain.document_mut().insert_ordered(root, "<sysinfo type='smbios'/>")?,
    };
    let document = domain.document_mut();
    for line in lines {
        let [block, name, text] = [0, 1, 2].map(|at| line[at].trim());
        let known = old.iter().position(|(_, known)| known[0] == block && known[1] == name);
        let entry = match known {
            Some(at) => old.remove(at).0,
            None => {
                let block = document.ensure_path(place, block)?;
                document.insert(block, Place::Last, "<entry/>")?
            }
        };
        if !name.is_empty() {
            document.set_attribute(entry, "name", name)?;
        }
        document.set_value(entry, text)?;
    }
    for (entry, _) in old {
        document.prune(entry);
    }
    if document.get(root, general::SMBIOS).is_none() {
        document.set(root, general::SMBIOS, Some("sysinfo".to_owned()))?;
    }
    Ok(())
}
