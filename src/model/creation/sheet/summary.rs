//! What will be created, in words.

use super::problems::{places, problem_row};
use super::{Around, Begin, Sheet, image_text};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::creation::{Plan, Planned, Problem, Weight};
use crate::model::facts::GuestKind;
use crate::model::hardware::size;
use crate::model::xml::domain::{DeviceKind, Domain};

/// What will be created, as parts of one line.
#[must_use]
pub fn summary(sheet: &Sheet, around: &Around, plan: &Plan, domain: &Domain) -> String {
    let mut parts = Vec::new();
    let os = sheet.system().and_then(|id| around.system(id));
    let is_newer = sheet.os.is_none() && sheet.recognised().is_some_and(|found| found.newer);
    parts.extend(os.map(|os| match is_newer {
        true => tr_f("{name} or newer", &[("name", &os.name)]),
        false => os.name.clone(),
    }));
    let is_container = sheet.begin == Begin::Container;
    if is_container {
        parts.push(tr("container"));
    }
    let cpus = usize::try_from(domain.vcpus()).unwrap_or(usize::MAX);
    parts.push(tr_n("{n} processor", "{n} processors", cpus, &[]));
    if let Some(kib) = domain.current_memory_kib() {
        let memory = size::about(kib.saturating_mul(1024));
        parts.push(tr_f("{size} memory", &[("size", &memory)]));
    }
    parts.extend(plan.files.iter().filter_map(made));
    let document = domain.document();
    let root = document.root();
    let attribute = |path: &str, name: &str| {
        let node = document.find(root, path)?;
        document.attribute(node, name).map(std::borrow::Cow::into_owned)
    };
    if !is_container {
        let is_efi =
            attribute("os", "firmware").as_deref() == Some("efi") || document.find(root, "os/loader").is_some();
        if is_efi {
            parts.push("UEFI".to_owned());
        } else if GuestKind::of(domain).is_x86() {
            parts.push("BIOS".to_owned());
        }
        if domain.devices_of(DeviceKind::Tpm).next().is_some() {
            parts.push("TPM".to_owned());
        }
    }
    parts.push(network(domain));
    let when = match (sheet.starts(), sheet.begin) {
        (false, _) => tr("not started yet"),
        (true, Begin::Media | Begin::Tree) => tr("starts with the installation"),
        (true, _) => tr("starts at once"),
    };
    parts.push(when);
    format!("{}: {}", plan.name, parts.join(" · "))
}

/// A file that will be made, if it is worth a word.
fn made(file: &Planned) -> Option<String> {
    match file {
        Planned::Image { pool, capacity, .. } => Some(tr_f(
            "new disk of {size} in {pool}",
            &[("size", &size::about(*capacity)), ("pool", pool)],
        )),
        Planned::Copy { from, pool, .. } => {
            let from = image_text(from);
            let name = from.rsplit('/').next().unwrap_or_default();
            Some(tr_f("copy of {name} in {pool}", &[("name", name), ("pool", pool)]))
        }
        Planned::Tree { .. } => Some(tr("kernel and memory disk of the tree")),
        Planned::Seed { .. } => Some(tr("a disk for cloud-init")),
        Planned::Upload { name, pool, .. } => {
            Some(tr_f("{name} uploaded to {pool}", &[("name", name), ("pool", pool)]))
        }
        Planned::Download { name, pool, .. } => {
            Some(tr_f("{name} downloaded to {pool}", &[("name", name), ("pool", pool)]))
        }
        Planned::Content { .. } => None,
    }
}

fn network(domain: &Domain) -> String {
    let document = domain.document();
    let cards: Vec<_> = domain.devices_of(DeviceKind::Interface).collect();
    let names = cards.iter().filter_map(|card| {
        let source = document.child(*card, "source");
        let said = |name: &str| source.and_then(|source| document.attribute(source, name));
        let name = said("network").or_else(|| said("bridge")).or_else(|| said("dev"));
        name.map(std::borrow::Cow::into_owned)
    });
    let names: Vec<String> = names.collect();
    match (cards.is_empty(), names.is_empty()) {
        (true, _) => tr("no network"),
        (false, true) => tr("network of the user"),
        (false, false) => tr_f("network {name}", &[("name", &names.join(", "))]),
    }
}

/// Why it can't be created yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hurdle {
    /// What it is, a whole sentence, translated.
    pub text: String,
    /// The rows where it is put right, the best first; a page has some of them.
    pub rows: Vec<String>,
    /// Nothing is wrong: something has still to be said, or is being found out.
    pub is_open: bool,
}

impl Hurdle {
    /// Something has still to be said in a row.
    #[must_use]
    pub fn open(row: &str, text: String) -> Self {
        Self {
            text,
            rows: vec![row.to_owned()],
            is_open: true,
        }
    }

    /// Something is wrong in a row.
    #[must_use]
    pub fn wrong(row: &str, text: String) -> Self {
        Self {
            is_open: false,
            ..Self::open(row, text)
        }
    }
}

/// Why it can't be created yet: what is missing on the sheet, or the first problem that is an error.
#[must_use]
pub fn hurdle(sheet: &Sheet, problems: &[Problem]) -> Option<Hurdle> {
    let is_blank = |text: &str| text.trim().is_empty();
    let lacks_image = sheet.image().is_none_or(|image| is_blank(&image_text(image)));
    let missing = match sheet.begin {
        Begin::Media if lacks_image => Some(("image", tr("Choose an installation image first."))),
        Begin::Disk if lacks_image => Some(("image", tr("Choose a disk first."))),
        Begin::Cloud if lacks_image => Some(("image", tr("Choose a cloud image first."))),
        Begin::Tree if is_blank(&sheet.tree) => Some(("tree", tr("Give the address of the tree first."))),
        Begin::Container if sheet.is_system && is_blank(&sheet.root) => {
            Some(("root", tr("Choose the folder of the system first.")))
        }
        Begin::Container if !sheet.is_system && is_blank(&sheet.init) => {
            Some(("init", tr("Give the program of the container first.")))
        }
        // What speaks against a copy is said where it is ordered.
        Begin::Machine => return None,
        Begin::Xml if is_blank(&sheet.xml) => Some(("definition", tr("Give the definition first."))),
        _ => None,
    };
    if let Some((row, text)) = missing {
        return Some(Hurdle::open(row, text));
    }
    let mut numbered = problems.iter().enumerate();
    let (number, error) = numbered.find(|(_, problem)| problem.weight == Weight::Error)?;
    let mut rows = vec![problem_row(number)];
    rows.extend(places(error.row).iter().map(|row| (*row).to_owned()));
    Some(Hurdle {
        text: error.text.clone(),
        rows,
        is_open: false,
    })
}
