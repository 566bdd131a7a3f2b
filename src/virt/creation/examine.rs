//! What speaks against an order and has to be asked for: of the host, and of this computer's files where that is the host.

use std::sync::Arc;

use super::access::{self, Reader};
use super::{OP, definition, file};
use crate::i18n::{tr, tr_f};
use crate::model::creation::{self, ImageRef, Order, Plan, Planned, Problem, Remedy, Source, Weight};
use crate::model::error::Kind;
use crate::model::usage;
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result};
use crate::virt::facts;
use crate::virt::session::listing;
use crate::virt::storage::volume;

/// Examines an order with its plan.
///
/// # Errors
/// Where the host cannot be asked at all.
pub(crate) fn examine(connection: &Arc<Connection>, order: &Order, plan: &Plan) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    let host = facts::facts(connection, creation_kind(connection, order)?)?;
    if definition::is_taken(connection, &plan.name)? {
        let machines: Vec<String> = listing::summaries(connection)?
            .into_iter()
            .map(|one| one.name)
            .collect();
        found.push(creation::taken(&plan.name, &machines));
    }
    for (pool, name) in plan.files.iter().flat_map(Planned::volumes) {
        let at = definition::place(pool, name);
        match volume::is_there(connection, &at) {
            Ok(true) => found.push(problem(Weight::Error, "disk", volume::taken(&at), None)),
            Err(error) if error.kind == Kind::Unreachable => return Err(error),
            // What is wrong with a pool is known without asking.
            Ok(false) | Err(_) => {}
        }
    }
    for path in uploads(plan) {
        if let Err(error) = std::fs::File::open(path) {
            let names = [("file", path.display().to_string()), ("reason", error.to_string())];
            let names = names.each_ref().map(|(key, value)| (*key, value.as_str()));
            let text = tr_f("“{file}” cannot be read: {reason}", &names);
            found.push(problem(Weight::Error, "source", text, None));
        }
    }
    if connection.is_local {
        found.extend(copied(plan).into_iter().filter_map(|path| missing(path, "source")));
        let hypervisor = host.kind.hypervisor.as_str();
        if hypervisor == "qemu" && order.kind.hypervisor != "qemu" {
            found.extend(no_kvm());
        }
        let reader = host
            .capabilities
            .as_ref()
            .and_then(|capabilities| Reader::of(capabilities, hypervisor));
        for path in images(order, plan) {
            found.extend(unreadable(&path, order, reader.as_ref(), &host));
        }
    }
    Ok(found)
}

fn creation_kind(connection: &Arc<Connection>, order: &Order) -> Result<crate::model::facts::GuestKind> {
    let any = facts::facts(connection, order.kind.clone())?;
    Ok(creation::kind(order, &any, None))
}

fn problem(weight: Weight, row: &'static str, text: String, remedy: Option<Remedy>) -> Problem {
    Problem {
        weight,
        row,
        text,
        remedy,
    }
}

/// Files of this computer that will be uploaded.
fn uploads(plan: &Plan) -> Vec<&std::path::Path> {
    let all = plan.files.iter().filter_map(|file| match file {
        Planned::Upload { file, .. }
        | Planned::Copy {
            from: ImageRef::Upload { file, .. },
            ..
        } => Some(file.as_path()),
        _ => None,
    });
    all.collect()
}

/// Files of the host that will be copied.
fn copied(plan: &Plan) -> Vec<&str> {
    let all = plan.files.iter().filter_map(|file| match file {
        Planned::Copy {
            from: ImageRef::Path(path),
            ..
        } => Some(path.as_str()),
        _ => None,
    });
    all.collect()
}

/// Says so where a file of this computer is not there.
fn missing(path: &str, row: &'static str) -> Option<Problem> {
    let error = std::fs::metadata(path).err()?;
    (error.kind() == std::io::ErrorKind::NotFound).then(|| problem(Weight::Error, row, file::not_there(path), None))
}

/// Images that are there already, by their paths.
fn images(order: &Order, plan: &Plan) -> Vec<String> {
    let made: Vec<String> = match Domain::parse(&plan.xml) {
        Ok(domain) => usage::images(domain.document())
            .iter()
            .filter_map(|image| image.source.as_path().map(str::to_owned))
            .collect(),
        Err(_) => Vec::new(),
    };
    let mut named = match &order.source {
        Source::Media(ImageRef::Path(path)) | Source::Disk(ImageRef::Path(path)) => vec![path.clone()],
        _ => Vec::new(),
    };
    if let creation::DiskWish::Existing(ImageRef::Path(path)) = &order.disk {
        named.push(path.clone());
    }
    named.retain(|path| made.contains(path) || plan.xml.is_empty());
    named
}

/// Why an image can't be used by the hypervisor, and what gives it the right.
fn unreadable(
    path: &str,
    order: &Order,
    reader: Option<&Reader>,
    host: &crate::model::facts::HostFacts,
) -> Vec<Problem> {
    let row = match &order.source {
        Source::Media(ImageRef::Path(other)) | Source::Disk(ImageRef::Path(other)) if other == path => "source",
        _ => "disk",
    };
    if let Some(missing) = missing(path, row) {
        return vec![missing];
    }
    let Some(reader) = reader else { return Vec::new() };
    let closed = access::closed_folders(path, reader);
    let Some(folder) = closed.first() else {
        return Vec::new();
    };
    let text = tr_f(
        "The hypervisor runs as the user “{user}”, who may not enter the folder “{folder}”.",
        &[("user", &reader.name), ("folder", folder)],
    );
    let commands = closed.iter().map(|folder| access::grant(reader, folder)).collect();
    let mut found = vec![problem(Weight::Error, row, text, Some(Remedy::Grant(commands)))];
    let pools = host.pools.iter().flat_map(|all| all.iter());
    let mut pools = pools.filter(|pool| pool.takes_images());
    if let Some(pool) = pools.next() {
        let text = tr_f(
            "A copy in the storage pool “{pool}” could be read.",
            &[("pool", &pool.name)],
        );
        found.push(problem(
            Weight::Hint,
            row,
            text,
            Some(Remedy::CopyToPool(pool.name.clone())),
        ));
    }
    found
}

/// Why there is no KVM on this computer.
fn no_kvm() -> Option<Problem> {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = processor.lines().find(|line| line.starts_with("flags"))?;
    let can = flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm");
    let text = if !can {
        tr(
            "The processor does not offer virtualisation: it is off in the firmware of the host, or the host is a machine itself without nesting.",
        )
    } else if !std::path::Path::new("/dev/kvm").exists() {
        tr("The kernel module for KVM is not loaded: “modprobe kvm_intel” or “modprobe kvm_amd” loads it.")
    } else {
        tr("/dev/kvm is there, but the hypervisor may not use it.")
    };
    tracing::debug!(op = OP, "no KVM");
    Some(problem(Weight::Hint, "host", text, None))
}
