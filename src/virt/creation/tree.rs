//! Kernel and memory disk of an installation tree.

use std::io;
use std::path::{Path, PathBuf};

use super::definition::place;
use super::file::{brought, web};
use super::{Ledger, OP};
use crate::i18n::{tr, tr_f};
use crate::model::creation::{Planned, tree};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::VolumeFact;
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::storage::{Origin, VolumeRef};
use crate::virt::connection::{Connection, Result};
use crate::virt::storage::transfer::{self, Piece};

/// No memory disk of an installer is larger.
const LARGEST: usize = 1 << 30;

/// Brings both to the host.
pub(super) fn make(
    connection: &Connection,
    file: &Planned,
    ledger: &mut Ledger<'_>,
    job: &Job,
) -> Result<Vec<(VolumeFact, VolumeRef)>> {
    let Planned::Tree {
        url,
        arch,
        kernel,
        initrd,
        appendix,
        pool,
        kernel_name,
        initrd_name,
    } = file
    else {
        return Ok(Vec::new());
    };
    job.stage(tr("Looking for the installer"));
    let known = kernel.clone().zip(initrd.clone());
    let (kernel, initrd) = find(url, arch, known, job)?;
    let mut made = Vec::new();
    for (origin, name) in [(kernel, kernel_name), (initrd, initrd_name)] {
        job.check(OP)?;
        let at = place(pool, name);
        ledger.record.note(Made::of(&at), OP)?;
        job.stage(tr_f("Downloading {name}", &[("name", &crate::model::name::name(name))]));
        let origin = match appendix {
            Some(more) if name == initrd_name => joined(&origin, more, job)?,
            _ => origin,
        };
        let volume = brought(connection, &at, origin, job)?;
        ledger.done.push(Made::of(&at));
        made.push((volume, at));
    }
    Ok(made)
}

/// Where they are: as the database says, else by the conventions of distributions.
fn find(url: &str, arch: &str, known: Option<(String, String)>, job: &Job) -> Result<(Origin, Origin)> {
    let mut first = None;
    for (kernel, initrd) in known.into_iter().chain(tree::places(arch)) {
        job.check(OP)?;
        let origin = at(url, &kernel);
        match transfer::feed(&origin, job) {
            Ok(_) => return Ok((origin, at(url, &initrd))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => job.check(OP)?,
            Err(error) => first = first.or(Some(error)),
        }
    }
    let reason = first.map(|error| error.to_string()).unwrap_or_default();
    Err(VirtError::own(
        Kind::Invalid,
        OP,
        tr_f(
            "There is no installer at this address that could be started: {reason}",
            &[("reason", &reason)],
        ),
    ))
}

fn at(url: &str, relative: &str) -> Origin {
    let local = url
        .strip_prefix("file://")
        .or_else(|| url.starts_with('/').then_some(url));
    match local {
        Some(folder) => Origin::File(Path::new(folder).join(PathBuf::from(relative))),
        None => web(&format!("{}/{relative}", url.trim_end_matches('/'))),
    }
}

/// A memory disk with more behind its end: the kernel unpacks one archive after the other.
fn joined(origin: &Origin, more: &[u8], job: &Job) -> Result<Origin> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::Interrupted => VirtError::own(Kind::Cancelled, OP, ""),
        _ => VirtError::own(Kind::Other, OP, error.to_string()),
    };
    let mut feed = transfer::feed(origin, job).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        job.check(OP)?;
        let grown = match feed.next(&mut buffer).map_err(unreadable)? {
            Piece::Data(count) => {
                bytes.extend_from_slice(&buffer[..count]);
                bytes.len()
            }
            Piece::Hole(count) => {
                let grown = bytes.len().saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
                if grown <= LARGEST {
                    bytes.resize(grown, 0);
                }
                grown
            }
            Piece::End => break,
        };
        if grown > LARGEST {
            return Err(VirtError::own(
                Kind::Invalid,
                OP,
                tr("The memory disk of the installer is too large."),
            ));
        }
    }
    // Archives begin at multiples of four.
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend_from_slice(more);
    Ok(Origin::Bytes(bytes.into()))
}
