//! `vireo import` and `vireo export`: machines from elsewhere, and machines that go there.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::host::{find, why};
use super::{Stop, job, print};
use crate::model::conversion::{Appliance, Converter, ImportWish, folder_name};
use crate::model::creation::{NetworkWish, Plan, Problem, Weight};
use crate::model::error::VirtError;
use crate::model::hardware::size;
use crate::virt::client::{self, HostClient};

/// What stands behind `vireo import`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct ImportWords {
    /// OVA or OVF files, disk images in any format, packed or not, or folders that vireo export made
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name of the machine
    #[arg(long)]
    pub name: Option<String>,
    /// Storage pool for its disks
    #[arg(long, value_name = "NAME")]
    pub pool: Option<String>,
    /// Memory: 2GiB, or a number of MiB
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Number of processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub vcpus: Option<u32>,
    /// network=NAME, bridge=NAME, direct=DEVICE, user or none
    #[arg(short = 'w', long, value_name = "NETWORK")]
    pub network: Option<String>,
    /// What converts its disks
    #[arg(long, value_name = "PROGRAM", default_value = "qemu-img")]
    pub convert: ConvertWord,
    /// Starts it when it is there
    #[arg(long)]
    pub start: bool,
    /// Prints what would be made, and makes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// A program that converts disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ConvertWord {
    /// Changes only the format of the disks
    #[default]
    QemuImg,
    /// Also gives the guest drivers for its new devices; has to be installed
    VirtV2v,
}

impl From<ConvertWord> for Converter {
    fn from(word: ConvertWord) -> Self {
        match word {
            ConvertWord::QemuImg => Self::QemuImg,
            ConvertWord::VirtV2v => Self::VirtV2v,
        }
    }
}

/// What stands behind `vireo export`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct ExportWords {
    /// Name or UUID of a machine that is off
    #[arg(value_name = "MACHINE")]
    pub machine: String,
    /// Folder in which a new one of the machine's name is made
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// Prints what would be made, and makes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

fn refused(error: VirtError) -> Stop {
    Stop::refused(why(&error))
}

impl ImportWords {
    fn wish(&self) -> Result<ImportWish, Stop> {
        if self.files.len() > 1 && self.name.is_some() {
            return Err(Stop::usage("Only one file can be imported under a name."));
        }
        let memory = self.memory.as_deref().map(|text| {
            let mebibytes = text.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << 20));
            let bytes = mebibytes.or_else(|| size::read(text));
            bytes.ok_or_else(|| Stop::usage(format!("{text:?} is no size: write 2GiB, or a number of MiB.")))
        });
        Ok(ImportWish {
            name: self.name.clone().unwrap_or_default(),
            pool: self.pool.clone().unwrap_or_default(),
            memory: memory.transpose()?,
            cpus: self.vcpus,
            network: self.network.as_deref().map_or(Ok(NetworkWish::Usual), network)?,
            start: self.start,
            converter: self.convert.into(),
        })
    }
}

fn network(word: &str) -> Result<NetworkWish, Stop> {
    Ok(match word.split_once('=') {
        Some(("network", name)) => NetworkWish::Network(name.to_owned()),
        Some(("bridge", name)) => NetworkWish::Bridge(name.to_owned()),
        Some(("direct", name)) => NetworkWish::Direct(name.to_owned()),
        None if word == "user" => NetworkWish::User,
        None if word == "none" => NetworkWish::None,
        _ => {
            return Err(Stop::usage(format!(
                "{word:?} is no network: write network=NAME, bridge=NAME, direct=DEVICE, user or none."
            )));
        }
    })
}

/// Imports one file after the other; the first that fails ends it.
pub(super) async fn import(host: &HostClient, words: &ImportWords) -> Result<(), Stop> {
    let wish = words.wish()?;
    let mut made = Vec::new();
    for file in &words.files {
        let appliance = client::inspect_appliance(file.clone()).await.map_err(refused)?;
        let planned = host.plan_import(appliance.clone(), wish.clone()).await;
        let (plan, problems) = planned.map_err(refused)?;
        for sentence in &appliance.left_out {
            eprintln!("vireo: {}", print::safe(sentence));
        }
        if words.dry_run && wish.converter == Converter::VirtV2v {
            eprintln!("vireo: virt-v2v chooses the devices when it has seen the disks.");
        }
        let errors = tell(&problems, words.dry_run);
        if words.dry_run {
            made.push(report(words, &appliance, &plan, &problems, None));
            continue;
        }
        if !errors.is_empty() {
            return Err(Stop::refused(errors.join("\n")));
        }
        let work = |job| host.import_machine(file.clone(), appliance.clone(), wish.clone(), job);
        let uuid = job::follow(work).await.map_err(refused)?;
        made.push(report(words, &appliance, &plan, &problems, Some(uuid)));
    }
    print_all(words.json, made)
}

/// Says what stands in the way; errors are told apart where they end the command.
fn tell(problems: &[Problem], all: bool) -> Vec<String> {
    let mut errors = Vec::new();
    for problem in problems {
        let text = print::safe(&problem.text);
        if problem.weight == Weight::Error && !all {
            errors.push(text);
        } else {
            eprintln!("vireo: {text}");
        }
    }
    errors
}

/// What will be, or was, made: for a program, or for a person.
enum Report {
    Json(Value),
    Text(String),
}

fn report(
    words: &ImportWords,
    appliance: &Appliance,
    plan: &Plan,
    problems: &[Problem],
    uuid: Option<uuid::Uuid>,
) -> Report {
    let places: Vec<String> = plan
        .files
        .iter()
        .flat_map(|file| file.volumes())
        .map(|(pool, name)| format!("{pool}/{name}"))
        .collect();
    if words.json {
        let files: Vec<Value> = appliance
            .disks
            .iter()
            .zip(&places)
            .map(|(disk, place)| json!({ "from": disk.file, "format": disk.format.driver(), "volume": place }))
            .collect();
        let problems: Vec<&str> = problems.iter().map(|problem| problem.text.as_str()).collect();
        return Report::Json(json!({
            "name": plan.name, "uuid": uuid, "files": files, "xml": plan.xml, "problems": problems,
            "left_out": appliance.left_out,
        }));
    }
    if let Some(uuid) = uuid {
        return Report::Text(format!("{} ({uuid})", print::safe(&plan.name)));
    }
    let lines = appliance.disks.iter().zip(&places).map(|(disk, place)| {
        let (file, format) = (print::safe(&disk.file), disk.format.driver());
        format!("# {}: from {file} ({format})\n", print::safe(place))
    });
    let text: String = lines.collect();
    Report::Text(text + plan.xml.trim_end())
}

fn print_all(as_json: bool, made: Vec<Report>) -> Result<(), Stop> {
    let mut values = Vec::new();
    let mut texts = Vec::new();
    for report in made {
        match report {
            Report::Json(value) => values.push(value),
            Report::Text(text) => texts.push(text),
        }
    }
    let text = if as_json {
        serde_json::to_string_pretty(&values).unwrap_or_default()
    } else {
        texts.join("\n")
    };
    print::wanted(&text).map(|_| ())
}

/// Makes the bundle of a machine.
pub(super) async fn export(host: &HostClient, words: &ExportWords) -> Result<(), Stop> {
    let machines = host.list().await.map_err(refused)?;
    let machine = find(&machines, &words.machine)?;
    let folder = words.to.join(folder_name(&machine.name));
    let plan = host.export_plan(machine.key.uuid).await.map_err(refused)?;
    for sentence in &plan.left_out {
        eprintln!("vireo: {}", print::safe(sentence));
    }
    let folder = if words.dry_run {
        folder
    } else {
        job::follow(|job| host.export_machine(machine.key.uuid, folder.clone(), job))
            .await
            .map_err(refused)?
    };
    let shown = folder.display().to_string();
    if words.json {
        let disks: Vec<Value> = plan
            .disks
            .iter()
            .map(|(target, volume)| json!({ "target": target, "pool": volume.pool, "volume": volume.name, "file": format!("{target}.qcow2") }))
            .collect();
        let value = json!({ "name": machine.name, "folder": shown, "disks": disks, "firmware": plan.firmware, "left_out": plan.left_out });
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        return print::wanted(&text).map(|_| ());
    }
    let mut text = print::safe(&shown);
    if words.dry_run {
        for (target, volume) in &plan.disks {
            let from = print::safe(&format!("{}/{}", volume.pool, volume.name));
            text.push_str(&format!("\n{target}.qcow2: from {from}"));
        }
        if let Some(path) = &plan.firmware {
            text.push_str(&format!("\nfirmware.fd: from {}", print::safe(path)));
        }
        text.push_str("\nmachine.xml\nmachine.json");
    }
    print::wanted(&text).map(|_| ())
}
