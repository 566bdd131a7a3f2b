//! Images that a machine can't use as they are, known by their names and pools.

use super::Surroundings;
use super::order::{DiskWish, ImageRef, Order, Source};
use super::plan::Planned;
use super::problem::{Problem, Remedy, Weight};
use crate::i18n::tr_f;
use crate::model::facts::PoolFact;

/// What is packed, by the ending of its name, and the command that unpacks it. The longest come first.
const PACKED: &[(&str, &str)] = &[
    (".tar.gz", "tar -xf"),
    (".tar.xz", "tar -xf"),
    (".tar.zst", "tar -xf"),
    (".tgz", "tar -xf"),
    (".txz", "tar -xf"),
    (".xz", "xz -dk"),
    (".lzma", "xz -dk"),
    (".gz", "gzip -dk"),
    (".bz2", "bzip2 -dk"),
    (".zst", "zstd -d"),
    (".zip", "unzip"),
    (".7z", "7z x"),
];

/// Kinds of pools whose volumes a machine reaches by itself, over the network.
const REMOTE: &[&str] = &["rbd", "gluster", "sheepdog", "iscsi-direct"];

/// What is unpacked while it is brought, by the ending of its name.
const UNPACKED: &[&str] = &[".xz", ".gz", ".bz2", ".zst"];

/// The name of what is in a packed image that is unpacked while it is brought; `None` for every other.
#[must_use]
pub fn unpacked_name(name: &str) -> Option<&str> {
    let (ending, _) = packing(name)?;
    let stem = name.get(..name.len() - ending.len())?;
    (UNPACKED.contains(&ending) && !stem.is_empty() && !stem.ends_with('/')).then_some(stem)
}

/// The ending of a packed image's name, and the command that unpacks it.
fn packing(name: &str) -> Option<(&'static str, &'static str)> {
    let low = name.to_ascii_lowercase();
    PACKED.iter().copied().find(|(ending, _)| low.ends_with(ending))
}

/// What is said of a packed image that cannot be unpacked on the way.
#[must_use]
pub fn packed_text(name: &str) -> String {
    let command = packing(name).map_or("", |(_, command)| command);
    tr_f(
        "“{file}” is compressed: a machine cannot read it like this. Unpack it first, for example with “{command}”.",
        &[("file", name), ("command", command)],
    )
}

/// Tells images that are packed and cannot be unpacked on their way: a machine would find nothing on them.
pub(super) fn packed(order: &Order, around: &Surroundings<'_>) -> Vec<Problem> {
    let source = match &order.source {
        Source::Media(image) | Source::Disk(image) => Some(("source", image, false)),
        Source::Cloud { image, .. } => Some(("source", image, true)),
        _ => None,
    };
    let disk = match &order.disk {
        DiskWish::Existing(image) => Some(("disk", image, false)),
        _ => None,
    };
    let images = source.into_iter().chain(disk);
    images
        .filter_map(|(row, image, is_copied)| one(row, image, is_copied, around))
        .collect()
}

fn one(row: &'static str, image: &ImageRef, is_copied: bool, around: &Surroundings<'_>) -> Option<Problem> {
    let name = file_name(image);
    packing(&name)?;
    let is_brought = is_copied || matches!(image, ImageRef::Upload { .. } | ImageRef::Download { .. });
    let can = unpacked_name(&name).is_some();
    if is_brought && can {
        return None;
    }
    // A copy is unpacked on its way.
    let pools = around.facts.pools.iter().flat_map(|all| all.iter());
    let mut pools = pools.filter(|pool| pool.takes_images() && pool.holds_files());
    let pool = pools.next().filter(|_| can && matches!(image, ImageRef::Path(_)));
    Some(Problem {
        weight: Weight::Error,
        row,
        text: packed_text(&name),
        remedy: pool.map(|pool| Remedy::CopyToPool(pool.name.clone())),
    })
}

/// Tells pools into which nothing can be unpacked: how large it will be is not known before.
pub(super) fn unpacking(files: &[Planned], around: &Surroundings<'_>) -> Vec<Problem> {
    let packed = files.iter().filter(|file| file.is_unpacked());
    let pools = packed
        .flat_map(Planned::volumes)
        .filter_map(|(pool, _)| around.facts.pool(pool));
    let others = pools.filter(|pool| !pool.holds_files());
    let tell = |pool: &PoolFact| Problem {
        weight: Weight::Error,
        row: "disk",
        text: no_room_text(&pool.name),
        remedy: None,
    };
    others.map(tell).collect()
}

/// What is said of a pool into which nothing can be unpacked.
#[must_use]
pub fn no_room_text(pool: &str) -> String {
    tr_f(
        "A compressed image can be unpacked into a pool of files only, and “{pool}” is none: how large it will be is not known before.",
        &[("pool", pool)],
    )
}

/// The last part of an image's name.
pub(super) fn file_name(image: &ImageRef) -> String {
    let whole = match image {
        ImageRef::Path(path) => path.clone(),
        ImageRef::Volume { name, .. } => name.clone(),
        ImageRef::Upload { file, .. } => file.display().to_string(),
        ImageRef::Download { url, .. } => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    let last = whole.trim_end_matches('/').rsplit('/').next();
    last.unwrap_or_default().to_owned()
}

/// Tells pools that are reached over the network by the machine itself, and of which nobody knows how, with these names and those of the files to be made.
pub(super) fn remote(named: &[&str], files: &[Planned], around: &Surroundings<'_>) -> Vec<Problem> {
    let made = files.iter().flat_map(Planned::volumes).map(|(pool, _)| pool);
    let mut pools: Vec<&str> = named.iter().copied().chain(made).collect();
    pools.sort_unstable();
    pools.dedup();
    let facts = pools.into_iter().filter_map(|name| around.facts.pool(name));
    let remote = facts.filter(|fact| fact.remote.is_none() && REMOTE.contains(&fact.kind.as_str()));
    let tell = |fact: &PoolFact| Problem {
        weight: Weight::Warning,
        row: "disk",
        text: tr_f(
            "A machine reaches the storage pool “{pool}” ({kind}) over the network by itself, and the new one will not know how: it may not start. Choose another pool, or write the disk into the definition.",
            &[("pool", &fact.name), ("kind", &fact.kind)],
        ),
        remedy: None,
    };
    remote.map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::creation::problems;
    use crate::model::facts::{HostFacts, PoolFact};

    fn told(order: &Order, facts: &HostFacts) -> Vec<(Weight, &'static str, String)> {
        let found = problems(order, &Surroundings::new(facts));
        found.into_iter().map(|one| (one.weight, one.row, one.text)).collect()
    }

    fn pools() -> HostFacts {
        let pool = |name: &str, kind: &str| PoolFact {
            name: name.to_owned(),
            kind: kind.to_owned(),
            active: true,
            ..PoolFact::default()
        };
        HostFacts {
            pools: Some([pool("ceph", "rbd"), pool("near", "dir"), pool("vg", "logical")].into()),
            ..HostFacts::default()
        }
    }

    #[test]
    fn compressed_cloud_images_are_unpacked_on_their_way() {
        let facts = pools();
        let order = |pool: &str| Order {
            name: "web".to_owned(),
            source: Source::Cloud {
                image: ImageRef::Download {
                    url: "https://example.org/noble.QCOW2.xz?mirror=1".to_owned(),
                    pool: pool.to_owned(),
                },
                seed: crate::model::creation::Seed::default(),
            },
            ..Order::default()
        };
        let near = crate::model::creation::plan(&order("near"), &Surroundings::new(&facts)).unwrap();
        assert!(near.files[0].is_unpacked());
        assert_eq!(near.files[0].volumes(), [("near", "web.qcow2")]);
        assert!(near.xml.contains("type='qcow2'"), "{}", near.xml);
        let refused = |pool: &str| {
            let found = told(&order(pool), &facts);
            found
                .iter()
                .any(|(weight, _, text)| *weight == Weight::Error && text.contains("compressed"))
        };
        assert!(refused("vg") && !refused("near"));
        assert_eq!(unpacked_name("a.tar.gz"), None);
        assert_eq!(unpacked_name(".xz"), None);
        assert_eq!(unpacked_name("/images/a.raw.ZST"), Some("/images/a.raw"));
    }

    #[test]
    fn packed_images_are_refused_before_anything_is_made() {
        let facts = pools();
        let images = [
            (ImageRef::Path("/iso/a.qcow2.XZ".to_owned()), "xz -dk", true),
            (
                ImageRef::Download {
                    url: "https://example.org/b.raw.tar.gz?x=1".to_owned(),
                    pool: String::new(),
                },
                "tar -xf",
                false,
            ),
            (
                ImageRef::Upload {
                    file: "/home/c.img.7z".into(),
                    pool: String::new(),
                },
                "7z x",
                false,
            ),
        ];
        for (image, command, is_copied) in images {
            let order = Order {
                source: Source::Disk(image),
                ..Order::default()
            };
            let found = packed(&order, &Surroundings::new(&facts));
            assert!(
                found[0].text.contains(command) && found[0].weight == Weight::Error,
                "{found:?}"
            );
            let copy = Remedy::CopyToPool("near".to_owned());
            assert_eq!(found[0].remedy, is_copied.then_some(copy), "{found:?}");
        }
        let plain = Order {
            source: Source::Disk(ImageRef::Path("/images/gz.qcow2".to_owned())),
            ..Order::default()
        };
        assert_eq!(packed(&plain, &Surroundings::new(&facts)), []);
    }

    #[test]
    fn pools_that_only_machines_reach_are_warned_of() {
        let facts = pools();
        let order = |pool: &str| Order {
            name: "web".to_owned(),
            disk: DiskWish::New {
                pool: pool.to_owned(),
                name: String::new(),
                format: None,
                capacity: 1 << 30,
                allocate: false,
            },
            ..Order::default()
        };
        let warned = |pool: &str| {
            let found = told(&order(pool), &facts);
            found.iter().any(|(weight, row, text)| {
                *weight == Weight::Warning && *row == "disk" && text.contains("over the network")
            })
        };
        assert!(warned("ceph") && !warned("near"));
    }
}
