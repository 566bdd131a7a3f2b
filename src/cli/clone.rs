//! Copying machines on the command line.

use std::collections::HashMap;

use clap::Args;
use serde_json::json;

use super::host::why;
use super::{Stop, job, print};
use crate::model::cloning::{COPIES, COPY, ClonePlan, Cloned, Cloning, CopySource, Fate};
use crate::model::domain::DomainSummary;
use crate::virt::client::HostClient;

/// What stands behind `vireo clone`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct CloneWords {
    /// Name or UUID of a machine that is off
    pub machine: String,
    /// Name of the copies; {name} is that of the original, {n} a number that is free
    #[arg(short, long, value_name = "PATTERN")]
    pub name: Option<String>,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub count: u32,
    /// Makes images that hold only what is changed and read the rest from the original, which becomes a template
    #[arg(long)]
    pub linked: bool,
    /// Pool for the new images, if it is another one
    #[arg(long, value_name = "POOL")]
    pub pool: Option<String>,
    /// Shares this disk with the original; may be given several times
    #[arg(long, value_name = "TARGET")]
    pub share: Vec<String>,
    /// Leaves this disk out; may be given several times
    #[arg(long, value_name = "TARGET")]
    pub leave_out: Vec<String>,
    /// Only prints what would be made
    #[arg(long)]
    pub dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

impl CloneWords {
    fn wish(&self) -> Cloning {
        let shared = self.share.iter().map(|target| (target.clone(), Fate::Share));
        let left = self.leave_out.iter().map(|target| (target.clone(), Fate::LeaveOut));
        let usual = if self.count > 1 { COPIES } else { COPY };
        Cloning {
            names: self.name.clone().unwrap_or_else(|| usual.to_owned()),
            count: self.count,
            linked: self.linked,
            disks: shared.chain(left).collect::<HashMap<_, _>>(),
            pool: self.pool.clone(),
            ..Cloning::default()
        }
    }
}

/// Does it.
pub(super) async fn clone(host: &HostClient, machine: &DomainSummary, words: &CloneWords) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    let original = host.original(machine.key.uuid).await.map_err(refused)?;
    let wish = words.wish();
    if let Some(unknown) = wish
        .disks
        .keys()
        .find(|target| !original.disks.iter().any(|disk| disk.target == **target))
    {
        return Err(Stop::usage(print::safe(&format!("The machine has no disk {unknown}."))));
    }
    let plan = wish.plan(&original).map_err(|problems| {
        let lines = problems.into_iter().map(|problem| match problem.disk {
            Some(disk) => print::safe(&format!("{disk}: {}", problem.text)),
            None => print::safe(&problem.text),
        });
        Stop::refused(lines.collect::<Vec<_>>().join("\n"))
    })?;
    if words.dry_run {
        return print::wanted(&shown(&plan, words.json)).map(drop);
    }
    for note in &plan.notes {
        eprintln!("{}", print::safe(note));
    }
    let made = job::follow(|job| host.clone_machines(plan, job))
        .await
        .map_err(refused)?;
    for note in made.iter().flat_map(|machine| &machine.notes) {
        eprintln!("{}", print::safe(note));
    }
    print::wanted(&told(&made, words.json)).map(drop)
}

fn told(made: &[Cloned], json: bool) -> String {
    if json {
        let list = made
            .iter()
            .map(|machine| json!({ "uuid": machine.uuid, "name": machine.name, "notes": machine.notes }));
        return serde_json::Value::Array(list.collect()).to_string();
    }
    let names: Vec<String> = made.iter().map(|machine| print::safe(&machine.name)).collect();
    names.join("\n")
}

fn shown(plan: &ClonePlan, json: bool) -> String {
    let from = |source: &CopySource| match source {
        CopySource::Volume(volume) => format!("{}/{}", volume.pool, volume.name),
        CopySource::File(path) => path.clone(),
        CopySource::Base => String::new(),
    };
    if json {
        let machines = plan.machines.iter().map(|machine| {
            let files = machine.copies.iter().map(|copy| {
                json!({
                    "disk": copy.target,
                    "pool": copy.new.pool,
                    "name": copy.new.name,
                    "copy_of": (copy.from != CopySource::Base).then(|| from(&copy.from)),
                    "builds_on": copy.new.backing.as_ref().map(|(path, _)| path),
                })
            });
            json!({
                "name": machine.name,
                "uuid": machine.uuid,
                "files": files.collect::<Vec<_>>(),
                "xml": machine.xml,
            })
        });
        return json!({
            "template": plan.marks_template,
            "notes": plan.notes,
            "machines": machines.collect::<Vec<_>>(),
        })
        .to_string();
    }
    let mut lines: Vec<String> = plan.notes.iter().map(|note| print::safe(note)).collect();
    for machine in &plan.machines {
        for copy in &machine.copies {
            let how = match (&copy.from, &copy.new.backing) {
                (CopySource::Base, Some((path, _))) => format!("builds on {path}"),
                (source, _) => format!("copy of {}", from(source)),
            };
            let line = format!("{}: {}/{} ({how})", copy.target, copy.new.pool, copy.new.name);
            lines.push(print::safe(&line));
        }
        lines.push(machine.xml.trim_end().to_owned());
    }
    lines.join("\n")
}
