//! Settings of the machine that libvirt changes while it runs: CPU time, pinning, limits of memory and disks, I/O threads.

use std::collections::BTreeSet;

use super::{Live, Running, Step};
use crate::i18n::tr;
use crate::model::action::{LiveChange, Setting, Settings};
use crate::model::hardware::plan::Change;
use crate::model::xml::domain::Domain;
use crate::model::xml::unit;

/// Names in `<cputune>` and those of `virDomainSetSchedulerParametersFlags`; quotas have a sign.
const SCHEDULER: &[(&str, &str)] = &[
    ("shares", "cpu_shares"),
    ("period", "vcpu_period"),
    ("quota", "vcpu_quota"),
    ("global_period", "global_period"),
    ("global_quota", "global_quota"),
    ("emulator_period", "emulator_period"),
    ("emulator_quota", "emulator_quota"),
    ("iothread_period", "iothread_period"),
    ("iothread_quota", "iothread_quota"),
];

/// `VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`.
const UNLIMITED: u64 = 9_007_199_254_740_991;

const MEMORY: &[&str] = &["hard_limit", "soft_limit", "swap_hard_limit"];

/// What `<blkiotune>` says of a device, and libvirt's name for the list of that.
const BLKIO: &[(&str, &str)] = &[
    ("weight", "device_weight"),
    ("read_iops_sec", "device_read_iops_sec"),
    ("write_iops_sec", "device_write_iops_sec"),
    ("read_bytes_sec", "device_read_bytes_sec"),
    ("write_bytes_sec", "device_write_bytes_sec"),
];

fn value(domain: &Domain, path: &str) -> Option<String> {
    let document = domain.document();
    document.value(document.root(), path).filter(|text| !text.is_empty())
}

/// The words of a path's elements that come after `outer`, up to the next separator.
fn inner<'p>(place: &'p str, outer: &str) -> &'p str {
    let rest = place.strip_prefix(outer).unwrap_or(place).trim_start_matches('/');
    rest.split(['/', '[', '#']).next().unwrap_or(rest)
}

impl Running<'_> {
    pub(super) fn tuned(&self, change: &Change) -> Live {
        let place = change.place.as_str();
        match place {
            "cputune" => self.scheduler(change),
            "memtune" => self.memory_limits(change),
            "blkiotune" => self.blkio(change),
            "numatune" => self.numa(change),
            "iothreads" => self.io_threads(),
            "cputune/emulatorpin" => {
                let cpus = |domain| pinned(domain, "emulatorpin", None);
                Live::step(
                    LiveChange::PinEmulator(cpus(self.edited)),
                    LiveChange::PinEmulator(cpus(self.live)),
                )
            }
            _ => {
                for (outer, element, key) in [
                    ("cputune/vcpupin", "vcpupin", "vcpu"),
                    ("cputune/iothreadpin", "iothreadpin", "iothread"),
                ] {
                    let Some(mark) = place.strip_prefix(outer) else {
                        continue;
                    };
                    let Ok(id) = mark.trim_matches(['[', ']']).parse::<u32>() else {
                        return Live::fixed();
                    };
                    let pin = |domain| {
                        let cpus = pinned(domain, element, Some((key, id)));
                        match key {
                            "vcpu" => LiveChange::PinVcpu(id, cpus),
                            _ => LiveChange::PinIoThread(id, cpus),
                        }
                    };
                    return Live::step(pin(self.edited), pin(self.live));
                }
                Live::fixed()
            }
        }
    }

    fn scheduler(&self, change: &Change) -> Live {
        let read = |domain: &Domain, name: &str| value(domain, &format!("cputune/{name}"));
        let setting = |name: &str, text: &str| {
            Some(match name.ends_with("quota") {
                true => Setting::Signed(text.parse().ok()?),
                false => Setting::Large(text.parse().ok()?),
            })
        };
        let (mut new, mut old) = (Settings::new(), Settings::new());
        for part in &change.parts {
            let name = inner(&part.place, "cputune");
            let names: Vec<_> = match name {
                // All of it came or went.
                "" | "cputune" => SCHEDULER
                    .iter()
                    .filter(|(name, _)| read(self.edited, name) != read(self.live, name))
                    .collect(),
                _ => SCHEDULER.iter().filter(|(known, _)| *known == name).collect(),
            };
            if names.is_empty() {
                return Live::fixed();
            }
            for (name, libvirt) in names {
                // What no limit is can be said of quotas only.
                let unlimited = name.ends_with("quota").then(|| "-1".to_owned());
                let wanted = read(self.edited, name).or_else(|| unlimited.clone());
                let Some(wanted) = wanted.and_then(|text| setting(name, &text)) else {
                    return Live::NextStart(tr("What it is without this setting is known at the next start only."));
                };
                new.push(((*libvirt).to_owned(), wanted));
                let had = read(self.live, name)
                    .or(unlimited)
                    .and_then(|text| setting(name, &text));
                old.extend(had.map(|had| ((*libvirt).to_owned(), had)));
            }
        }
        Live::step(LiveChange::Scheduler(new), LiveChange::Scheduler(old))
    }

    fn memory_limits(&self, change: &Change) -> Live {
        let read = |domain: &Domain, name: &str| -> Option<u64> {
            let document = domain.document();
            let node = document.find(document.root(), &format!("memtune/{name}"))?;
            unit::to_kib(&document.text(node), document.attribute(node, "unit").as_deref())
        };
        if change
            .parts
            .iter()
            .any(|part| inner(&part.place, "memtune") == "min_guarantee")
        {
            return Live::fixed();
        }
        let side = |domain: &Domain, other: &Domain| -> Settings {
            let differs = MEMORY.iter().filter(|name| read(domain, name) != read(other, name));
            differs
                .map(|name| {
                    let kib = read(domain, name).unwrap_or(UNLIMITED);
                    ((*name).to_owned(), Setting::Large(kib))
                })
                .collect()
        };
        Live::step(
            LiveChange::MemoryLimits(side(self.edited, self.live)),
            LiveChange::MemoryLimits(side(self.live, self.edited)),
        )
    }

    fn blkio(&self, change: &Change) -> Live {
        let of = |domain: &Domain, other: &Domain| -> Option<Settings> {
            let mut settings = Settings::new();
            let weight = value(domain, "blkiotune/weight");
            if weight != value(other, "blkiotune/weight") {
                settings.push(("weight".to_owned(), Setting::Small(weight?.parse().ok()?)));
            }
            for (name, libvirt) in BLKIO {
                let (here, there) = (devices(domain, name), devices(other, name));
                if here == there {
                    continue;
                }
                let mut words: Vec<String> = here.iter().map(|(path, value)| format!("{path},{value}")).collect();
                let gone = there
                    .iter()
                    .filter(|(path, _)| !here.iter().any(|(known, _)| known == path));
                words.extend(gone.map(|(path, _)| format!("{path},0")));
                settings.push(((*libvirt).to_owned(), Setting::Text(words.join(","))));
            }
            Some(settings)
        };
        match (of(self.edited, self.live), of(self.live, self.edited)) {
            (Some(new), Some(old)) if !new.is_empty() || change.parts.is_empty() => {
                Live::step(LiveChange::BlkioWeights(new), LiveChange::BlkioWeights(old))
            }
            (Some(_), _) => Live::Steps(Vec::new()),
            (None, _) => Live::NextStart(tr("What it is without this setting is known at the next start only.")),
        }
    }

    fn numa(&self, change: &Change) -> Live {
        let nodes = |domain: &Domain| {
            let document = domain.document();
            let memory = document.find(document.root(), "numatune/memory")?;
            let text = |name| document.attribute(memory, name).map(std::borrow::Cow::into_owned);
            Some((text("mode").unwrap_or_default(), text("nodeset")?))
        };
        if change
            .parts
            .iter()
            .any(|part| inner(&part.place, "numatune") == "memnode")
        {
            return Live::fixed();
        }
        match (nodes(self.edited), nodes(self.live)) {
            (Some((mode, new)), Some((old_mode, old))) if mode == old_mode && mode == "strict" => {
                let set = |nodes| LiveChange::NumaNodes(vec![("numa_nodeset".to_owned(), Setting::Text(nodes))]);
                Live::step(set(new), set(old))
            }
            _ => Live::NextStart(tr(
                "Only the nodes of strict placement can change while the machine runs.",
            )),
        }
    }

    fn io_threads(&self) -> Live {
        let (new, old) = (io_threads(self.edited), io_threads(self.live));
        if new == old {
            return Live::fixed();
        }
        let add = |id: &u32| (LiveChange::AddIoThread(*id), LiveChange::RemoveIoThread(*id));
        let steps = new
            .difference(&old)
            .map(add)
            .chain(old.difference(&new).map(add).map(|(add, remove)| (remove, add)));
        Live::Steps(steps.map(|(does, back)| Step { does, back: Some(back) }).collect())
    }
}

/// The host CPUs of a pin; empty for all.
fn pinned(domain: &Domain, element: &str, key: Option<(&str, u32)>) -> String {
    let document = domain.document();
    let Some(tune) = document.child(document.root(), "cputune") else {
        return String::new();
    };
    let pin = document.children_named(tune, element).find(|node| {
        key.is_none_or(|(key, id)| {
            document
                .attribute(*node, key)
                .is_some_and(|text| text.trim() == id.to_string())
        })
    });
    pin.and_then(|pin| document.attribute(pin, "cpuset"))
        .unwrap_or_default()
        .into_owned()
}

/// What is set for devices: path and value.
fn devices(domain: &Domain, name: &str) -> Vec<(String, String)> {
    let document = domain.document();
    let Some(tune) = document.child(document.root(), "blkiotune") else {
        return Vec::new();
    };
    document
        .children_named(tune, "device")
        .filter_map(|device| Some((document.value(device, "path")?, document.value(device, name)?)))
        .collect()
}

/// The numbers of the I/O threads: those that are listed, and as many more as are wanted, from 1.
fn io_threads(domain: &Domain) -> BTreeSet<u32> {
    let document = domain.document();
    let mut ids = BTreeSet::new();
    if let Some(list) = document.child(document.root(), "iothreadids") {
        let listed = document.children_named(list, "iothread");
        ids.extend(listed.filter_map(|node| document.attribute(node, "id")?.trim().parse::<u32>().ok()));
    }
    let count: usize = value(domain, "iothreads")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut next = 1;
    // A host has no use for more, and a document may say anything.
    while ids.len() < count.min(1024) {
        ids.insert(next);
        next += 1;
    }
    ids
}
