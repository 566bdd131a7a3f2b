//! Disks and drives that can be added.

use crate::i18n::tr;
use crate::model::facts::{Choice, HostFacts};
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;

/// The bus for a new drive: the one that the machine's disks use where that can be, else the best.
fn bus(domain: &Domain, facts: &HostFacts, device: &str) -> Result<String, Refused> {
    let buses = facts.disk_buses(device);
    let usual = domain.usual_bus();
    let usable = |choice: &&Choice| choice.problem.is_none();
    let same = buses.iter().filter(usable).find(|choice| choice.value == usual);
    // A container's disks have no bus to speak of; libvirt wants one all the same.
    let none = buses.is_empty().then_some(usual.clone());
    same.or_else(|| buses.iter().find(usable))
        .map(|choice| choice.value.clone())
        .or(none)
        .ok_or_else(|| Refused(problem(facts, device).unwrap_or_default()))
}

/// Why no drive of a kind can be added.
fn problem(facts: &HostFacts, device: &str) -> Option<String> {
    let kind = facts.disk_devices().into_iter().find(|choice| choice.value == device);
    let Some(kind) = kind else {
        return Some(tr("These machines cannot have it."));
    };
    let buses = facts.disk_buses(device);
    let first = buses.first().and_then(|bus| bus.problem.clone());
    kind.problem.or(first)
}

pub(in crate::model::hardware::page::device) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let format = facts.disk_formats().into_iter().next();
    let format = format.map_or_else(|| "raw".to_owned(), |choice| choice.value);
    let floppies_full = {
        let used = context.domain.targets();
        ["fda", "fdb"].iter().all(|name| used.contains(*name))
    };
    let full = floppies_full.then(|| tr("The machine has two floppy drives already."));
    vec![
        Addition::new("disk", tr("Disk"), "drive-harddisk-symbolic", move |domain, facts| {
            let bus = bus(domain, facts, "disk")?;
            domain.add_drive("disk", &bus, "file", &format)
        })
        .description(tr(
            "An image, a volume of a storage pool, a disk of the host or of a server.",
        ))
        .problem(problem(facts, "disk")),
        Addition::new(
            "cdrom",
            tr("CD/DVD Drive"),
            "media-optical-symbolic",
            |domain, facts| {
                let bus = bus(domain, facts, "cdrom")?;
                domain.add_drive("cdrom", &bus, "file", "raw")
            },
        )
        .description(tr(
            "A drive for images of CDs and DVDs, such as those that systems are installed from.",
        ))
        .problem(problem(facts, "cdrom")),
        Addition::new(
            "floppy",
            tr("Floppy Drive"),
            "media-floppy-symbolic",
            |domain, facts| {
                let bus = bus(domain, facts, "floppy")?;
                domain.add_drive("floppy", &bus, "file", "raw")
            },
        )
        .description(tr("A drive for images of floppy disks, for old systems and drivers."))
        .problem(full.or_else(|| problem(facts, "floppy"))),
        Addition::new("lun", tr("SCSI LUN"), "drive-harddisk-symbolic", |domain, facts| {
            let bus = bus(domain, facts, "lun")?;
            domain.add_drive("lun", &bus, "block", "raw")
        })
        .description(tr("A SCSI unit of the host that takes the guest's own SCSI commands."))
        .problem(problem(facts, "lun")),
    ]
}
