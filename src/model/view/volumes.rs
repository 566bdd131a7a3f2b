//! Which volumes of a pool are listed, and in which order.

use std::cmp::Ordering;

use crate::model::facts::VolumeFact;
use crate::model::query::text::natural_key;
use crate::model::usage::{Holder, Lore, Usage};

/// What a list of volumes can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum VolumeColumn {
    /// Name, with numbers in it as numbers.
    #[default]
    Name,
    /// Format.
    Format,
    /// Size that a guest sees.
    Capacity,
    /// Space that it takes.
    Allocation,
    /// Machines that use it.
    Users,
    /// What it builds on.
    Backing,
}

impl VolumeColumn {
    /// All of them, as they stand beside each other.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Format,
        Self::Capacity,
        Self::Allocation,
        Self::Users,
        Self::Backing,
    ];
}

/// The order of a list of volumes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VolumeOrder {
    /// What they are sorted by.
    pub column: VolumeColumn,
    /// The largest first.
    pub down: bool,
    /// Words that must all stand in name, format, path or user; empty for no filter.
    pub filter: String,
    /// Formats that are listed alone; empty for all. Volumes whose format is not known are listed.
    pub formats: Vec<String>,
}

/// Names of the machines that use a volume, each once, running ones first.
#[must_use]
pub fn users(usage: &Usage, volume: &VolumeFact) -> Vec<String> {
    let mut names = Vec::new();
    for holder in usage.holders(&Lore::source_of(volume)) {
        if let Holder::Machine { name, .. } = &holder
            && !names.iter().any(|known: &String| **known == **name)
        {
            names.push(name.to_string());
        }
    }
    names
}

/// Positions of the volumes that are listed, in their order. Takes some milliseconds for ten thousand: not for the thread that
/// draws.
#[must_use]
pub fn volume_order(volumes: &[VolumeFact], usage: &Usage, order: &VolumeOrder) -> Vec<u32> {
    let words: Vec<String> = order.filter.split_whitespace().map(str::to_lowercase).collect();
    let listed = volumes.iter().enumerate().filter(|(_, volume)| {
        let format = volume.format.as_deref();
        let fits =
            order.formats.is_empty() || format.is_none_or(|format| order.formats.iter().any(|wanted| wanted == format));
        fits && matches(volume, usage, &words)
    });
    let mut keyed: Vec<(Key, Vec<u8>, u32)> = listed
        .filter_map(|(index, volume)| {
            let key = Key::of(volume, usage, order.column);
            Some((key, natural_key(&volume.name), u32::try_from(index).ok()?))
        })
        .collect();
    keyed.sort_by(|(a, a_name, a_index), (b, b_name, b_index)| {
        let first = match (a.is_empty(), b.is_empty()) {
            // What is not known stands last in both directions.
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            _ if order.down => b.cmp(a),
            _ => a.cmp(b),
        };
        let by_name = if order.down && order.column == VolumeColumn::Name {
            b_name.cmp(a_name)
        } else {
            a_name.cmp(b_name)
        };
        first.then(by_name).then(a_index.cmp(b_index))
    });
    keyed.into_iter().map(|(_, _, index)| index).collect()
}

fn matches(volume: &VolumeFact, usage: &Usage, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let name = volume.name.to_lowercase();
    words.iter().all(|word| {
        name.contains(word)
            || volume.format.as_ref().is_some_and(|format| format.starts_with(word))
            || volume.path.to_lowercase().contains(word)
            || users(usage, volume)
                .iter()
                .any(|user| user.to_lowercase().contains(word))
    })
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Name,
    Text(Vec<u8>),
    Size(u64),
    Unknown,
}

impl Key {
    fn of(volume: &VolumeFact, usage: &Usage, column: VolumeColumn) -> Self {
        let text = |text: Option<&str>| match text {
            Some(text) if !text.is_empty() => Self::Text(natural_key(text)),
            _ => Self::Unknown,
        };
        match column {
            VolumeColumn::Name => Self::Name,
            VolumeColumn::Format => text(volume.format.as_deref()),
            VolumeColumn::Capacity => volume.capacity.map_or(Self::Unknown, Self::Size),
            VolumeColumn::Allocation => volume.allocation.map_or(Self::Unknown, Self::Size),
            VolumeColumn::Users => text(users(usage, volume).first().map(String::as_str)),
            VolumeColumn::Backing => text(volume.backing.as_deref()),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::model::usage::{Access, Image, Machine, Role, Source};

    fn volume(name: &str, capacity: Option<u64>, format: &str) -> VolumeFact {
        VolumeFact {
            name: name.to_owned(),
            path: format!("/images/{name}"),
            kind: "file".to_owned(),
            format: Some(format.to_owned()),
            capacity,
            ..VolumeFact::default()
        }
    }

    fn usage() -> Usage {
        let image = Image {
            source: Source::path("/images/disk10"),
            role: Role::Disk("vda".into()),
            access: Access::Write,
            chain: Box::default(),
        };
        let machine = Machine {
            uuid: Uuid::from_u128(1),
            name: "Web".into(),
            active: true,
            locks: true,
            images: Some(Arc::from([image])),
        };
        Usage::new(vec![machine], Arc::new(Lore::default()))
    }

    fn names(order: &VolumeOrder) -> Vec<String> {
        let volumes = [
            volume("disk10", Some(5), "qcow2"),
            volume("disk2", None, "raw"),
            volume("Setup.iso", Some(9), "iso"),
        ];
        let order = volume_order(&volumes, &usage(), order);
        order.into_iter().map(|at| volumes[at as usize].name.clone()).collect()
    }

    #[test]
    fn names_sort_naturally_and_unknown_figures_stand_last() {
        assert_eq!(names(&VolumeOrder::default()), ["disk2", "disk10", "Setup.iso"]);
        let by = |column, down| VolumeOrder {
            column,
            down,
            ..VolumeOrder::default()
        };
        assert_eq!(names(&by(VolumeColumn::Name, true)), ["Setup.iso", "disk10", "disk2"]);
        assert_eq!(
            names(&by(VolumeColumn::Capacity, true)),
            ["Setup.iso", "disk10", "disk2"]
        );
        assert_eq!(
            names(&by(VolumeColumn::Capacity, false)),
            ["disk10", "Setup.iso", "disk2"]
        );
        assert_eq!(names(&by(VolumeColumn::Users, false)), ["disk10", "disk2", "Setup.iso"]);
    }

    #[test]
    fn words_are_looked_for_in_names_formats_and_users() {
        let filter = |filter: &str| VolumeOrder {
            filter: filter.to_owned(),
            ..VolumeOrder::default()
        };
        assert_eq!(names(&filter("DISK 2")), ["disk2"]);
        assert_eq!(names(&filter("iso")), ["Setup.iso"]);
        assert_eq!(names(&filter("web")), ["disk10"]);
        let media = VolumeOrder {
            formats: vec!["iso".to_owned()],
            ..VolumeOrder::default()
        };
        assert_eq!(names(&media), ["Setup.iso"]);
    }
}
