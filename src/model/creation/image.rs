//! Images that a machine can't use as they are, known by their names and pools.

use super::Surroundings;
use super::order::{DiskWish, ImageRef, Order, Source};
use super::plan::Planned;
use super::problem::{Problem, Weight};
use crate::i18n::tr_f;

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

/// Tells images that are packed: a machine would find nothing on them.
pub(super) fn packed(order: &Order) -> Vec<Problem> {
    let source = match &order.source {
        Source::Media(image) | Source::Disk(image) | Source::Cloud { image, .. } => Some(("source", image)),
        _ => None,
    };
    let disk = match &order.disk {
        DiskWish::Existing(image) => Some(("disk", image)),
        _ => None,
    };
    let images = source.into_iter().chain(disk);
    images.filter_map(|(row, image)| one(row, &file_name(image))).collect()
}

fn one(row: &'static str, name: &str) -> Option<Problem> {
    let low = name.to_ascii_lowercase();
    let (_, command) = PACKED.iter().find(|(ending, _)| low.ends_with(ending))?;
    Some(Problem {
        weight: Weight::Error,
        row,
        text: tr_f(
            "“{file}” is compressed: a machine cannot read it like this. Unpack it first, for example with “{command}”.",
            &[("file", name), ("command", command)],
        ),
        remedy: None,
    })
}

/// The last part of an image's name.
fn file_name(image: &ImageRef) -> String {
    let whole = match image {
        ImageRef::Path(path) => path.clone(),
        ImageRef::Volume { name, .. } => name.clone(),
        ImageRef::Upload { file, .. } => file.display().to_string(),
        ImageRef::Download { url, .. } => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    let last = whole.trim_end_matches('/').rsplit('/').next();
    last.unwrap_or_default().to_owned()
}

/// Tells pools that are reached over the network by the machine itself, with these names and those of the files to be made.
pub(super) fn remote(named: &[&str], files: &[Planned], around: &Surroundings<'_>) -> Vec<Problem> {
    let made = files.iter().flat_map(Planned::volumes).map(|(pool, _)| pool);
    let mut pools: Vec<&str> = named.iter().copied().chain(made).collect();
    pools.sort_unstable();
    pools.dedup();
    let facts = pools.into_iter().filter_map(|name| around.facts.pool(name));
    let remote = facts.filter(|fact| REMOTE.contains(&fact.kind.as_str()));
    let tell = |fact: &crate::model::facts::PoolFact| Problem {
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

    #[test]
    fn packed_images_are_refused_before_anything_is_made() {
        let facts = HostFacts::default();
        let images = [
            (ImageRef::Path("/iso/a.qcow2.XZ".to_owned()), "xz -dk"),
            (
                ImageRef::Download {
                    url: "https://example.org/b.raw.tar.gz?x=1".to_owned(),
                    pool: String::new(),
                },
                "tar -xf",
            ),
            (
                ImageRef::Upload {
                    file: "/home/c.img.gz".into(),
                    pool: String::new(),
                },
                "gzip -dk",
            ),
        ];
        for (image, command) in images {
            let order = Order {
                source: Source::Disk(image),
                ..Order::default()
            };
            let found = told(&order, &facts);
            let hit = found
                .iter()
                .find(|(_, row, text)| *row == "source" && text.contains(command));
            assert_eq!(hit.map(|one| one.0), Some(Weight::Error), "{found:?}");
        }
        let plain = Order {
            source: Source::Disk(ImageRef::Path("/images/gz.qcow2".to_owned())),
            ..Order::default()
        };
        assert_eq!(packed(&plain), []);
    }

    #[test]
    fn pools_that_only_machines_reach_are_warned_of() {
        let pool = |name: &str, kind: &str| PoolFact {
            name: name.to_owned(),
            kind: kind.to_owned(),
            active: true,
            ..PoolFact::default()
        };
        let facts = HostFacts {
            pools: Some([pool("ceph", "rbd"), pool("near", "dir")].into()),
            ..HostFacts::default()
        };
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
