//! What `vireo create` prints.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::print;
use crate::model::creation::{ImageRef, Plan, Planned, Problem, Weight};
use crate::model::hardware::size;
use crate::model::storage::shown_address;

/// The plan for a person: files, then definitions.
pub(super) fn text(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for file in &plan.files {
        let _ = writeln!(text, "# {}", print::safe(&line(file)));
    }
    if let Some(first) = &plan.install_xml {
        let _ = writeln!(
            text,
            "# The definition of the first start:\n{first}\n# The definition that stays:"
        );
    }
    text.push_str(plan.xml.trim_end());
    text
}

fn line(file: &Planned) -> String {
    let places = file
        .volumes()
        .iter()
        .map(|(pool, name)| format!("{pool}/{name}"))
        .collect::<Vec<_>>();
    let place = places.join(", ");
    match file {
        Planned::Image { capacity, format, .. } => {
            let format = format.as_deref().unwrap_or("plain");
            format!("{place}: new disk, {}, {format}", size::about(*capacity))
        }
        Planned::Upload { file, .. } => format!("{place}: upload of {}", file.display()),
        Planned::Download { url, .. } => format!("{place}: download of {}", shown_address(url)),
        Planned::Copy { from, capacity, .. } => {
            let larger = capacity
                .map(|bytes| format!(", {}", size::about(bytes)))
                .unwrap_or_default();
            format!("{place}: copy of {}{larger}", origin(from))
        }
        Planned::Seed { .. } => format!("{place}: settings for cloud-init"),
        Planned::Tree { url, .. } => format!(
            "{place}: kernel and memory disk of {}, until it is installed",
            shown_address(url)
        ),
        Planned::Content { bytes, temporary, .. } => {
            let until = if *temporary { ", until it is installed" } else { "" };
            format!("{place}: {} bytes{until}", bytes.len())
        }
    }
}

fn origin(image: &ImageRef) -> String {
    match image {
        ImageRef::Volume { pool, name, .. } => format!("{pool}/{name}"),
        ImageRef::Path(path) => path.clone(),
        ImageRef::Upload { file, .. } => file.display().to_string(),
        ImageRef::Download { url, .. } => shown_address(url),
    }
}

/// The plan for a program.
pub(super) fn json(plan: &Plan, problems: &[Problem], uuid: Option<uuid::Uuid>) -> Value {
    let files: Vec<Value> = plan
        .files
        .iter()
        .flat_map(|file| {
            let kind = match file {
                Planned::Image { .. } => "image",
                Planned::Upload { .. } => "upload",
                Planned::Download { .. } => "download",
                Planned::Copy { .. } => "copy",
                Planned::Seed { .. } => "cloud-init",
                Planned::Tree { .. } => "tree",
                Planned::Content { .. } => "content",
            };
            let capacity = match file {
                Planned::Image { capacity, .. } => Some(*capacity),
                Planned::Copy { capacity, .. } => *capacity,
                _ => None,
            };
            file.volumes().into_iter().map(move |(pool, name)| {
                json!({
                    "kind": kind, "pool": pool, "name": name, "capacity": capacity,
                    "temporary": file.is_temporary(),
                })
            })
        })
        .collect();
    let problems: Vec<Value> = problems
        .iter()
        .map(|problem| {
            let weight = match problem.weight {
                Weight::Hint => "hint",
                Weight::Warning => "warning",
                Weight::Error => "error",
            };
            json!({ "weight": weight, "row": problem.row, "text": problem.text })
        })
        .collect();
    json!({
        "name": plan.name,
        "uuid": uuid,
        "files": files,
        "xml": plan.xml,
        "install_xml": plan.install_xml,
        "start": plan.start,
        "autostart": plan.autostart,
        "problems": problems,
    })
}
