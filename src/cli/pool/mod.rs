//! Storage pools on the command line. Names of commands and options follow virsh.

mod define;
mod words;

use serde_json::{Value, json};

use super::host::why;
use super::{Stop, print};
use crate::model::facts::{GuestKind, PoolFact};
use crate::model::hardware::size;
use crate::model::storage::{FoundSource, NewPool, pool_kind};
use crate::virt::client::{HostClient, PoolBuild};

pub use define::PoolDefineWords;
pub use words::PoolCommand;

/// Does it.
pub(super) async fn perform(host: &HostClient, uri: &str, command: &PoolCommand) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    match command {
        PoolCommand::List { json, names } => list(host, *json, *names).await,
        PoolCommand::Info { pool, json } => {
            let fact = host.pool(pool.clone()).await.map_err(refused)?;
            let text = if *json {
                as_json(&fact).to_string()
            } else {
                about(&fact)
            };
            print::wanted(&text).map(drop)
        }
        PoolCommand::Define(words) => define::define(host, uri, words).await,
        PoolCommand::Build {
            pool,
            overwrite,
            no_overwrite,
            dry_run,
        } => {
            let how = match (overwrite, no_overwrite) {
                (true, _) => PoolBuild::Overwrite,
                (_, true) => PoolBuild::Careful,
                _ => PoolBuild::Plain,
            };
            if *dry_run {
                let fact = host.pool(pool.clone()).await.map_err(refused)?;
                return would(&format!("build {} ({})", fact.name, fact.kind));
            }
            host.build_pool(pool.clone(), how).await.map_err(refused)
        }
        PoolCommand::Start { pool, build } => {
            if *build {
                host.build_pool(pool.clone(), PoolBuild::Plain).await.map_err(refused)?;
            }
            host.start_pool(pool.clone()).await.map_err(refused)
        }
        PoolCommand::Stop { pool } => host.stop_pool(pool.clone()).await.map_err(refused),
        PoolCommand::Refresh { pool } => host.refresh_pool(pool.clone()).await.map_err(refused),
        PoolCommand::Autostart { pool, disable } => {
            host.set_pool_autostart(pool.clone(), !disable).await.map_err(refused)
        }
        PoolCommand::Rename { pool, new } => host
            .rename_pool(pool.clone(), new.clone())
            .await
            .map(drop)
            .map_err(refused),
        PoolCommand::Undefine { pool, dry_run } => {
            if *dry_run {
                let fact = host.pool(pool.clone()).await.map_err(refused)?;
                return would(&format!("remove the definition of {}", fact.name));
            }
            host.undefine_pool(pool.clone()).await.map_err(refused)
        }
        PoolCommand::Delete { pool, zeroed, dry_run } => {
            if *dry_run {
                let fact = host.pool(pool.clone()).await.map_err(refused)?;
                let place = fact.path.unwrap_or_default();
                return would(&format!("delete {} {place}", fact.name));
            }
            host.delete_pool(pool.clone(), *zeroed).await.map_err(refused)
        }
        PoolCommand::Sources {
            kind,
            source_host,
            source_initiator,
            json,
        } => {
            let wish = NewPool {
                kind: kind.clone(),
                hosts: source_host.iter().cloned().collect(),
                initiator: source_initiator.clone().unwrap_or_default(),
                ..NewPool::default()
            };
            let found = host.pool_sources(wish).await.map_err(refused)?;
            print::wanted(&sources(&found, *json)).map(drop)
        }
        PoolCommand::Dumpxml { pool, inactive } => {
            let xml = host.pool_xml(pool.clone(), *inactive).await.map_err(refused)?;
            print::wanted(xml.trim_end()).map(drop)
        }
    }
}

/// Says what a dry run does not do.
pub(super) fn would(what: &str) -> Result<(), Stop> {
    print::wanted(&print::safe(&format!("Would {what}"))).map(drop)
}

async fn list(host: &HostClient, json: bool, names: bool) -> Result<(), Stop> {
    let facts = host.facts(GuestKind::default()).await;
    let facts = facts.map_err(|error| Stop::refused(why(&error)))?;
    let Some(pools) = facts.pools else {
        return Err(Stop::refused("This host has no storage pools."));
    };
    let mut pools: Vec<&PoolFact> = pools.iter().collect();
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    let text = if json {
        Value::Array(pools.into_iter().map(as_json).collect()).to_string()
    } else if names {
        let names: Vec<String> = pools.iter().map(|pool| print::safe(&pool.name)).collect();
        names.join("\n")
    } else {
        let lines = pools.iter().map(|pool| {
            [
                print::safe(&pool.name),
                pool.kind.clone(),
                state(pool).to_owned(),
                bytes(pool.capacity),
                bytes(pool.available),
            ]
        });
        table(["Name", "Type", "State", "Size", "Free"], lines)
    };
    print::wanted(&text).map(drop)
}

fn state(pool: &PoolFact) -> &'static str {
    if pool.active { "running" } else { "stopped" }
}

/// A number of bytes for people; a dash where it is not known.
pub(super) fn bytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), size::about)
}

/// Columns that are as wide as they must be.
pub(super) fn table<const N: usize>(head: [&str; N], lines: impl Iterator<Item = [String; N]>) -> String {
    let mut all = vec![head.map(str::to_owned)];
    all.extend(lines);
    let width = |column: usize| {
        all.iter()
            .filter_map(|line| line.get(column))
            .map(|text| text.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    let print = |line: &[String; N]| {
        let cells = line.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(print).collect::<Vec<_>>().join("\n")
}

fn about(pool: &PoolFact) -> String {
    let known = pool_kind(&pool.kind);
    let lines = [
        ("Name", print::safe(&pool.name)),
        (
            "Type",
            known.map_or_else(|| pool.kind.clone(), |kind| format!("{} ({})", kind.name, kind.title())),
        ),
        ("State", state(pool).to_owned()),
        ("Autostart", if pool.autostart { "yes" } else { "no" }.to_owned()),
        ("Size", bytes(pool.capacity)),
        ("Free", bytes(pool.available)),
        ("Path", print::safe(pool.path.as_deref().unwrap_or("-"))),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<10} {value}"));
    lines.join("\n")
}

fn as_json(pool: &PoolFact) -> Value {
    json!({
        "name": pool.name,
        "type": pool.kind,
        "state": state(pool),
        "autostart": pool.autostart,
        "capacity": pool.capacity,
        "available": pool.available,
        "path": pool.path,
    })
}

fn sources(found: &[FoundSource], json: bool) -> String {
    if json {
        let list = found.iter().map(|source| {
            json!({
                "host": source.host,
                "path": source.directory,
                "devices": source.devices,
                "name": source.name,
                "format": source.format,
            })
        });
        return Value::Array(list.collect()).to_string();
    }
    let some = |text: &Option<String>| print::safe(text.as_deref().unwrap_or("-"));
    let lines = found.iter().map(|source| {
        [
            some(&source.name),
            some(&source.directory),
            print::safe(&source.devices.join(" ")),
            some(&source.format),
        ]
    });
    table(["Name", "Path", "Devices", "Format"], lines)
}
