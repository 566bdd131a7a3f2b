//! Deleting machines with all that goes with them, and with their images where that is asked for. Says beforehand what would
//! go; never touches an image that something else needs.

use std::collections::HashMap;

use clap::Args;
use serde_json::json;

use super::host::{find, why};
use super::{Stop, print};
use crate::model::deletion::{Belongings, Keep, gone_with};
use crate::model::domain::DomainSummary;
use crate::model::hardware::size;
use crate::model::usage::{Leaving, Leftover, leftovers};
use crate::virt::client::HostClient;

/// What stands behind `vireo delete`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct DeleteWords {
    /// Names or UUIDs of machines
    #[arg(required = true, value_name = "MACHINE")]
    pub machines: Vec<String>,
    /// Deletes their disk images, too: those that nothing else needs, and no media
    #[arg(long)]
    pub storage: bool,
    /// Forces machines off first that run; what was not saved in their guests is lost
    #[arg(long)]
    pub force_off: bool,
    /// Keeps the settings of their firmware
    #[arg(long)]
    pub keep_nvram: bool,
    /// Keeps the keys of their TPMs
    #[arg(long)]
    pub keep_tpm: bool,
    /// Only prints what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// What will be, or was, done to one file.
struct FileLine<'a> {
    leftover: &'a Leftover,
    /// Why it stays; `None` where it goes.
    kept: Option<String>,
}

/// Deletes machines, then images; what can't be deleted is told and does not keep the rest from going.
pub(super) async fn delete(host: &HostClient, words: &DeleteWords) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    let all = host.list().await.map_err(refused)?;
    let mut machines: Vec<&DomainSummary> = Vec::new();
    for word in &words.machines {
        let machine = find(&all, word)?;
        if !machines.iter().any(|known| known.key == machine.key) {
            machines.push(machine);
        }
    }
    let runs = |machine: &DomainSummary| machine.state.is_active() || machine.id.is_some();
    if let Some(machine) = machines.iter().find(|machine| runs(machine) && !words.force_off) {
        return Err(Stop::refused(format!(
            "{} runs: shut it down first, or add --force-off.",
            print::safe(&machine.name)
        )));
    }
    let mut belongings = Vec::new();
    for machine in &machines {
        belongings.push(host.belongings(machine.key.uuid).await.map_err(refused)?);
    }
    let usage = host.usage().await.map_err(refused)?;
    let leaving: Vec<Leaving<'_>> = machines
        .iter()
        .zip(&belongings)
        .map(|(machine, about)| Leaving {
            uuid: machine.key.uuid,
            images: &about.images,
        })
        .collect();
    let found = leftovers(&leaving, &usage);
    let mut files: Vec<FileLine<'_>> = found.iter().map(|leftover| planned(words.storage, leftover)).collect();
    hold_bases(&mut files);
    if words.dry_run {
        return show(words, &machines, &belongings, &files);
    }
    let failures = carry_out(host, words, &machines, &belongings, &mut files).await?;
    show(words, &machines, &belongings, &files)?;
    match &failures[..] {
        [] => Ok(()),
        failures => Err(Stop::refused(failures.join("\n"))),
    }
}

fn planned(storage: bool, leftover: &Leftover) -> FileLine<'_> {
    let kept = match &leftover.file.problem {
        Some(problem) => Some(problem.clone()),
        None => (!storage).then(|| "disk images stay without --storage".to_owned()),
    };
    FileLine { leftover, kept }
}

/// A base stays where something stays that builds on it.
fn hold_bases(files: &mut [FileLine<'_>]) {
    loop {
        let held = files.iter().position(|file| {
            let stays = |place: &usize| files.get(*place).is_some_and(|above| above.kept.is_some());
            file.kept.is_none() && file.leftover.above.iter().any(stays)
        });
        match held.and_then(|place| files.get_mut(place)) {
            Some(file) => file.kept = Some("another image that stays builds on it".to_owned()),
            None => return,
        }
    }
}

/// Returns what failed, in words.
async fn carry_out(
    host: &HostClient,
    words: &DeleteWords,
    machines: &[&DomainSummary],
    belongings: &[Belongings],
    files: &mut [FileLine<'_>],
) -> Result<Vec<String>, Stop> {
    let mut failures = Vec::new();
    for (machine, about) in machines.iter().zip(belongings) {
        let uuid = machine.key.uuid;
        let keep = Keep {
            nvram: words.keep_nvram && about.nvram,
            tpm: words.keep_tpm && about.tpm,
        };
        let mut done = Ok(());
        if machine.state.is_active() || machine.id.is_some() {
            done = host.force_off(uuid).await;
        }
        if done.is_ok() && machine.persistent {
            done = host.undefine(uuid, keep).await;
        }
        if let Err(error) = done {
            failures.push(format!("{}: {}", print::safe(&machine.name), why(&error)));
        }
    }
    let going: Vec<String> = files
        .iter()
        .filter(|file| file.kept.is_none())
        .map(|file| file.leftover.file.path.clone())
        .collect();
    if going.is_empty() {
        return Ok(failures);
    }
    match host.delete_volumes(going, Vec::new()).await {
        Ok(results) => {
            let mut results: HashMap<String, _> = results.into_iter().map(|image| (image.path, image.result)).collect();
            for file in files.iter_mut().filter(|file| file.kept.is_none()) {
                if let Some(Err(kept)) = results.remove(&file.leftover.file.path) {
                    let reason = kept.sentence();
                    failures.push(print::safe(&format!("{}: {reason}", file.leftover.file.path)));
                    file.kept = Some(reason);
                }
            }
        }
        Err(error) => {
            let reason = why(&error);
            failures.push(format!("The images stay: {reason}"));
            for file in files.iter_mut().filter(|file| file.kept.is_none()) {
                file.kept = Some(reason.clone());
            }
        }
    }
    Ok(failures)
}

fn show(
    words: &DeleteWords,
    machines: &[&DomainSummary],
    belongings: &[Belongings],
    files: &[FileLine<'_>],
) -> Result<(), Stop> {
    let text = if words.json {
        as_json(words, machines, belongings, files)
    } else {
        as_text(words, machines, belongings, files)
    };
    print::wanted(&text).map(|_| ())
}

fn as_json(
    words: &DeleteWords,
    machines: &[&DomainSummary],
    belongings: &[Belongings],
    files: &[FileLine<'_>],
) -> String {
    let machines = machines.iter().zip(belongings).map(|(machine, about)| {
        json!({
            "name": machine.name,
            "uuid": machine.key.uuid,
            "saved": about.saved,
            "snapshots": about.snapshots,
            "checkpoints": about.checkpoints,
            "nvram": about.nvram && !words.keep_nvram,
            "tpm": about.tpm && !words.keep_tpm,
        })
    });
    let files = files.iter().map(|file| {
        json!({
            "path": file.leftover.file.path,
            "machine": file.leftover.owner.0,
            "device": file.leftover.owner.1,
            "bytes": file.leftover.file.size,
            "deleted": file.kept.is_none(),
            "reason": file.kept,
        })
    });
    json!({
        "dry_run": words.dry_run,
        "machines": machines.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
    })
    .to_string()
}

fn as_text(
    words: &DeleteWords,
    machines: &[&DomainSummary],
    belongings: &[Belongings],
    files: &[FileLine<'_>],
) -> String {
    let (goes, stays) = if words.dry_run {
        ("would be deleted", "would stay")
    } else {
        ("deleted", "stays")
    };
    let mut lines = Vec::new();
    for (machine, about) in machines.iter().zip(belongings) {
        lines.push(format!("{}: {goes}", print::safe(&machine.name)));
        lines.extend(gone_with([about]).iter().map(|line| format!("  {line}")));
    }
    for file in files {
        let path = print::safe(&file.leftover.file.path);
        let size = file.leftover.file.size.map(|size| format!(" ({})", size::write(size)));
        let size = size.unwrap_or_default();
        lines.push(match &file.kept {
            None => format!("{path}{size}: {goes}"),
            Some(reason) => format!("{path}{size}: {stays}: {}", print::safe(reason)),
        });
    }
    lines.join("\n")
}
