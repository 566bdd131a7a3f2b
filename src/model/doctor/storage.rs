//! Pools, their space, and the way into their folders.

use std::path::Path;

use super::shell::quoted;
use super::{Area, Case, Finding, Remedy, Verdict};
use crate::i18n::{tr, tr_f};
use crate::model::facts::PoolFact;
use crate::model::hardware::size;
use crate::model::storage::usual_folder;
use crate::model::uri::Uri;

const AREA: Area = Area::Storage;
/// Below this much of free space a warning comes, in bytes.
const LITTLE: u64 = 5 << 30;

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let Some(pools) = case.facts.as_ref().and_then(|facts| facts.pools.as_deref()) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if pools.is_empty() {
        let finding = Finding::new("pool", AREA, Verdict::Warning, tr("There is no storage pool")).text(tr(
            "Images of machines need a place. The usual one is a folder on the host.",
        ));
        let own = case.computer.as_ref().map(|computer| computer.data.as_path());
        let folder = Uri::parse(&case.uri)
            .ok()
            .and_then(|uri| usual_folder(&uri, own.unwrap_or(Path::new(""))));
        all.push(match folder.filter(|_| case.may_change() && case.driver() != "lxc") {
            Some(folder) => finding.fix(Remedy::DefinePool(folder)),
            None => finding,
        });
    }
    for pool in pools {
        all.extend(of_pool(case, pool));
    }
    if !pools.is_empty() && all.is_empty() {
        all.push(Finding::fine("pool", AREA, tr("Storage pools are on and have space")));
    }
    all.extend(folders(case));
    all
}

fn of_pool(case: &Case, pool: &PoolFact) -> Option<Finding> {
    let name = [("name", pool.name.as_str())];
    if !pool.active {
        // Somebody may have turned off what does not start by itself.
        if !pool.autostart && pool.name != "default" {
            return None;
        }
        let finding = Finding::new(
            "pool",
            AREA,
            Verdict::Warning,
            tr_f("The storage pool “{name}” is off", &name),
        )
        .text(tr(
            "Machines whose images are named by this pool cannot start, and none can be made in it.",
        ));
        let folder = pool.path.as_deref().filter(|path| is_missing(case, path));
        return Some(match folder {
            Some(folder) => finding
                .text(tr_f(
                    "Its folder {folder} is missing. If it is on a disk that is not mounted, mount that first. Machines whose images are named by this pool cannot start.",
                    &[("folder", folder)],
                ))
                .fix_if_allowed(case, Remedy::BuildPool(pool.name.clone())),
            None => finding.fix_if_allowed(case, Remedy::StartPool(pool.name.clone())),
        });
    }
    let (capacity, free) = (pool.capacity.unwrap_or(0), pool.available.unwrap_or(u64::MAX));
    if capacity > 0 && free < LITTLE && free < capacity / 10 {
        let free = size::about(free);
        let title = tr_f("The storage pool “{name}” is almost full", &name);
        let text = tr_f(
            "{free} are free. Machines whose images grow are paused when nothing is left.",
            &[("free", &free)],
        );
        return Some(Finding::new("space", AREA, Verdict::Warning, title).text(text));
    }
    if !pool.autostart {
        let title = tr_f("The storage pool “{name}” does not start with the host", &name);
        let finding = Finding::new("pool-autostart", AREA, Verdict::Note, title);
        let finding = finding.text(tr("After the host's next start it has to be started by hand."));
        return Some(finding.fix_if_allowed(case, Remedy::PoolAutostart(pool.name.clone())));
    }
    None
}

fn folders(case: &Case) -> Vec<Finding> {
    let Some(computer) = &case.computer else {
        return Vec::new();
    };
    let found = computer.folders.iter().filter_map(|folder| {
        let names = [
            ("folder", folder.path.as_str()),
            ("closed", folder.closed.as_deref().unwrap_or_default()),
            ("user", folder.user.as_str()),
        ];
        if !folder.exists {
            let pools = case.facts.as_ref().and_then(|facts| facts.pools.as_deref());
            let pool = pools.unwrap_or_default().iter().find(|pool| {
                pool.active && pool.path.as_deref() == Some(&folder.path)
            })?;
            let title = tr_f("The folder {folder} is missing", &names);
            let text = tr_f(
                "The storage pool “{name}” has its images there. If it is on a disk that is not mounted, mount that first.",
                &[("name", &pool.name)],
            );
            let finding = Finding::new("folder", AREA, Verdict::Warning, title).text(text);
            return Some(finding.fix_if_allowed(case, Remedy::BuildPool(pool.name.clone())));
        }
        let closed = folder.closed.as_deref()?;
        let title = tr_f("{user} cannot get into {folder}", &names);
        let text = tr_f(
            "Machines run as {user}, who may not enter {closed}. Images below it cannot be used. The command lets that user pass, and see nothing else there.",
            &names,
        );
        let command = format!("setfacl -m u:{}:x {}", folder.user, quoted(closed));
        Some(
            Finding::new("folder", AREA, Verdict::Problem, title)
                .text(text)
                .run(computer.as_root(&command)),
        )
    });
    found.collect()
}

/// A folder of this computer that was looked for and is not there.
fn is_missing(case: &Case, path: &str) -> bool {
    let folders = case.computer.iter().flat_map(|computer| &computer.folders);
    folders.into_iter().any(|folder| folder.path == path && !folder.exists)
}
