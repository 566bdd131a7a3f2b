//! Editing a file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::words::{Plan, read_file};
use super::{Stop, changed, one_line, print_diff};
use crate::model::xml::Document;
use crate::model::xml::domain::Domain;

pub(super) fn run(input: &str, plan: &Plan) -> Result<(), Stop> {
    if plan.autostart.is_some() {
        return Err(Stop::refused(
            "autostart is no part of a definition: give --connect instead of --file",
        ));
    }
    let refuse = |reason: String| Stop::refused(one_line(&format!("{input}: {reason}")));
    let document = Document::from_bytes(&read_file(input)?).map_err(|error| refuse(error.to_string()))?;
    let domain = Domain::new(document).map_err(|error| refuse(error.to_string()))?;
    let after = changed(&domain, &plan.changes)?;
    if plan.diff {
        let name = plan.output.as_deref().unwrap_or(input);
        print_diff(&domain, &after, (input, name))?;
    }
    match &plan.output {
        Some(output) if !plan.dry_run => write(output, &after.document().to_bytes(), input),
        _ => Ok(()),
    }
}

/// Writes a file as a whole or not at all. One that is there keeps its mode; a new one gets that of the input, because a
/// definition may hold passwords.
fn write(output: &str, bytes: &[u8], input: &str) -> Result<(), Stop> {
    let refuse = |error: &dyn std::fmt::Display| Stop::refused(one_line(&format!("{output}: {error}")));
    if output == "-" {
        let mut out = std::io::stdout().lock();
        return out
            .write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|error| refuse(&error));
    }
    let there = fs::metadata(output).ok();
    if let Some(there) = &there
        && (there.file_type().is_char_device() || there.file_type().is_fifo() || there.file_type().is_block_device())
    {
        return fs::OpenOptions::new()
            .write(true)
            .open(output)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| refuse(&error));
    }
    let mode = there
        .or_else(|| fs::metadata(input).ok().filter(fs::Metadata::is_file))
        .map_or(0o600, |metadata| metadata.permissions().mode() & 0o7777);
    // A link stays one: what it points to is replaced.
    let path: PathBuf = fs::canonicalize(output).unwrap_or_else(|_| Path::new(output).to_owned());
    let mode = i32::try_from(mode).unwrap_or(0o600);
    let flags = glib::FileSetContentsFlags::CONSISTENT | glib::FileSetContentsFlags::DURABLE;
    glib::file_set_contents_full(path, bytes, flags, mode).map_err(|error| refuse(&error))
}
