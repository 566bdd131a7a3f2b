//! Volumes on the command line. Names of commands and options follow virsh.

mod words;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::host::why;
use super::pool::{bytes, table, would};
use super::{Stop, job, print};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::VolumeFact;
use crate::model::hardware::size;
use crate::model::storage::{
    Brought, Encryption, IfUsed, NewVolume, Origin, Reach, Resize, VolumeRef, Wipe, shown_address,
};
use crate::virt::client::HostClient;

pub use words::{VolumeCommand, VolumeCreateWords};

/// Does it.
pub(super) async fn perform(host: &HostClient, command: &VolumeCommand) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    match command {
        VolumeCommand::List { pool, json, names } => list(host, pool, *json, *names).await,
        VolumeCommand::Info { which, json } => {
            let fact = host.volume(which.volume()).await.map_err(refused)?;
            say(&fact, *json)
        }
        VolumeCommand::Create(words) => create(host, words).await,
        VolumeCommand::Resize {
            which,
            size: capacity,
            shrink,
            allocate,
            force,
            dry_run,
        } => {
            if *dry_run {
                let now = host.volume(which.volume()).await.map_err(refused)?;
                let sizes = (bytes(now.capacity), size::about(*capacity));
                return would(&format!("resize {} from {} to {}", which.volume, sizes.0, sizes.1));
            }
            let wish = Resize {
                capacity: *capacity,
                shrink: *shrink,
                allocate: *allocate,
                if_used: if_used(*force),
            };
            host.resize_volume(which.volume(), wish).await.map_err(in_use)
        }
        VolumeCommand::Clone {
            which,
            new,
            to_pool,
            format,
            dry_run,
            json,
        } => {
            let from = host.volume(which.volume()).await.map_err(refused)?;
            let wish = NewVolume {
                pool: to_pool.clone().unwrap_or_else(|| which.pool.clone()),
                name: new.clone(),
                format: format.clone().or(from.format),
                capacity: from.capacity.unwrap_or(0),
                allocation: Some(0),
                ..NewVolume::default()
            };
            if *dry_run {
                let pool = host.pool(wish.pool.clone()).await.map_err(refused)?;
                return show(&wish.in_pool(&pool.kind), *json);
            }
            let made = job::follow(|job| host.clone_volume(which.volume(), wish, job)).await;
            say_if(&made.map_err(refused)?, *json)
        }
        VolumeCommand::Wipe {
            which,
            algorithm,
            force,
            dry_run,
        } => {
            let how = Wipe::ALL
                .into_iter()
                .find(|how| how.name() == algorithm)
                .unwrap_or_default();
            if *dry_run {
                return would(&format!("wipe {}/{} ({})", which.pool, which.volume, how.name()));
            }
            let wiped = host.wipe_volume(which.volume(), how, if_used(*force)).await;
            wiped.map_err(in_use)
        }
        VolumeCommand::Delete {
            pool,
            volumes,
            dry_run,
            json,
        } => delete(host, pool, volumes, *dry_run, *json).await,
        VolumeCommand::Upload { .. } => upload(host, command).await,
        VolumeCommand::Download {
            which,
            file,
            offset,
            length,
        } => {
            let reach = Reach {
                offset: *offset,
                length: *length,
            };
            let done = job::follow(|job| host.download_volume(which.volume(), file.clone(), reach, job)).await;
            done.map(drop).map_err(refused)
        }
        VolumeCommand::Dumpxml { which } => {
            let xml = host.volume_xml(which.volume()).await.map_err(refused)?;
            print::wanted(xml.trim_end()).map(drop)
        }
    }
}

fn if_used(force: bool) -> IfUsed {
    if force { IfUsed::Insist } else { IfUsed::Refuse }
}

/// Says also how it is done all the same where somebody uses the volume.
fn in_use(error: VirtError) -> Stop {
    let why = why(&error);
    Stop::refused(match error.kind {
        Kind::Busy => format!("{why} With --force it is done all the same."),
        _ => why,
    })
}

async fn list(host: &HostClient, pool: &str, json: bool, names: bool) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    if names {
        let mut volumes = host.volume_names(pool.to_owned()).await.map_err(refused)?;
        volumes.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<String> = volumes.iter().map(|volume| print::safe(&volume.name)).collect();
        return print::wanted(&names.join("\n")).map(drop);
    }
    let volumes = host.volumes(pool.to_owned()).await.map_err(refused)?;
    let mut volumes: Vec<&VolumeFact> = volumes.iter().collect();
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    let text = if json {
        Value::Array(volumes.into_iter().map(as_json).collect()).to_string()
    } else {
        let lines = volumes.iter().map(|volume| {
            [
                print::safe(&volume.name),
                print::safe(volume.format.as_deref().unwrap_or("-")),
                bytes(volume.capacity),
                bytes(volume.allocation),
                print::safe(volume.backing.as_deref().unwrap_or("-")),
            ]
        });
        table(["Name", "Format", "Size", "Taken", "Builds on"], lines)
    };
    print::wanted(&text).map(drop)
}

fn as_json(volume: &VolumeFact) -> Value {
    json!({
        "name": volume.name,
        "path": volume.path,
        "type": volume.kind,
        "format": volume.format,
        "capacity": volume.capacity,
        "allocation": volume.allocation,
        "backing": volume.backing,
    })
}

fn say(volume: &VolumeFact, json: bool) -> Result<(), Stop> {
    if json {
        return print::wanted(&as_json(volume).to_string()).map(drop);
    }
    let lines = [
        ("Name", print::safe(&volume.name)),
        ("Path", print::safe(&volume.path)),
        ("Type", volume.kind.clone()),
        ("Format", print::safe(volume.format.as_deref().unwrap_or("-"))),
        ("Size", bytes(volume.capacity)),
        ("Taken", bytes(volume.allocation)),
        ("Builds on", print::safe(volume.backing.as_deref().unwrap_or("-"))),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<10} {value}"));
    print::wanted(&lines.join("\n")).map(drop)
}

fn say_if(volume: &VolumeFact, json: bool) -> Result<(), Stop> {
    if json { say(volume, true) } else { Ok(()) }
}

/// What a dry run would make.
fn show(new: &NewVolume, json: bool) -> Result<(), Stop> {
    let secret = match &new.encryption {
        Some(Encryption::Secret(uuid)) => Some(uuid.as_str()),
        _ => None,
    };
    let xml = new.xml(secret);
    let text = if json {
        json!({ "pool": new.pool, "name": new.name, "xml": xml }).to_string()
    } else {
        xml.trim_end().to_owned()
    };
    print::wanted(&text).map(drop)
}

async fn create(host: &HostClient, words: &VolumeCreateWords) -> Result<(), Stop> {
    let backing = words.backing_vol.clone().zip(words.backing_vol_format.clone());
    let new = NewVolume {
        pool: words.which.pool.clone(),
        name: words.which.volume.clone(),
        format: words.format.clone(),
        capacity: words.capacity,
        allocation: words.allocation,
        preallocate: words.prealloc_metadata,
        backing,
        encryption: words.secret_uuid.clone().map(Encryption::Secret),
        cluster: words.cluster_size,
        ..NewVolume::default()
    };
    if words.dry_run {
        let pool = host.pool(new.pool.clone()).await;
        let pool = pool.map_err(|error| Stop::refused(why(&error)))?;
        return show(&new.in_pool(&pool.kind), words.json);
    }
    let made = job::follow(|job| host.create_volume(new, job)).await;
    say_if(&made.map_err(|error| Stop::refused(why(&error)))?, words.json)
}

async fn delete(host: &HostClient, pool: &str, names: &[String], dry_run: bool, json: bool) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    let mut paths = Vec::new();
    for name in names {
        let volume = host.volume(VolumeRef::new(pool, name)).await.map_err(refused)?;
        paths.push(volume.path);
    }
    if dry_run {
        if json {
            return print::wanted(&json!({ "delete": paths }).to_string()).map(drop);
        }
        return paths.iter().try_for_each(|path| would(&format!("delete {path}")));
    }
    let results = host.delete_volumes(paths, Vec::new()).await.map_err(refused)?;
    if json {
        let list = results.iter().map(|image| {
            let reason = image.result.as_ref().err().map(crate::model::usage::Kept::sentence);
            json!({ "path": image.path, "deleted": image.result.is_ok(), "reason": reason })
        });
        print::wanted(&Value::Array(list.collect()).to_string())?;
    }
    let kept = results.iter().filter_map(|image| {
        let reason = image.result.as_ref().err()?.sentence();
        Some(print::safe(&format!("{}: {reason}", image.path)))
    });
    match kept.collect::<Vec<_>>() {
        kept if kept.is_empty() => Ok(()),
        kept => Err(Stop::refused(kept.join("\n"))),
    }
}

async fn upload(host: &HostClient, command: &VolumeCommand) -> Result<(), Stop> {
    let VolumeCommand::Upload {
        which,
        source,
        overwrite,
        offset,
        force,
        checksum,
        dry_run,
        json,
    } = command
    else {
        return Ok(());
    };
    let is_url = source.starts_with("http://") || source.starts_with("https://");
    let origin = if is_url {
        Origin::Url {
            url: source.clone(),
            checksum: checksum.clone(),
        }
    } else if checksum.is_some() {
        return Err(Stop::usage("--checksum is for addresses."));
    } else {
        Origin::File(PathBuf::from(source))
    };
    if *dry_run {
        return would(&format!(
            "upload {} to {}/{}",
            if is_url { shown_address(source) } else { source.clone() },
            which.pool,
            which.volume
        ));
    }
    let wish = Brought {
        volume: which.volume(),
        origin,
    };
    let refused = |error| Stop::refused(why(&error));
    if *overwrite {
        let reach = Reach {
            offset: *offset,
            length: None,
        };
        let done = job::follow(|job| host.overwrite_volume(wish, reach, if_used(*force), job)).await;
        return done.map(drop).map_err(in_use);
    }
    let made = job::follow(|job| host.bring(wish, job)).await;
    say_if(&made.map_err(refused)?, *json)
}
