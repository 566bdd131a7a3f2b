//! The columns of a list of volumes: their words, and which of them there is room for.

use crate::i18n::tr;
use crate::model::facts::VolumeFact;
use crate::model::usage::Usage;
use crate::model::view::{VolumeColumn, users};
use crate::ui::{format, text};

/// Narrowest name beside other columns, in pixels.
const NAME: i32 = 190;
/// Wide enough for most names, in pixels.
const ROOMY: i32 = 260;

/// Where a column stands, in pixels from the start edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: VolumeColumn,
    pub(super) start: i32,
    pub(super) width: i32,
}

fn width(column: VolumeColumn) -> i32 {
    match column {
        VolumeColumn::Name => NAME,
        VolumeColumn::Format => 84,
        VolumeColumn::Capacity | VolumeColumn::Allocation => 104,
        VolumeColumn::Users => 150,
        VolumeColumn::Backing => 160,
    }
}

/// The columns for which there is room: the name takes what the others leave, at least two fifths until it is roomy.
pub(super) fn places(room: i32) -> Vec<Place> {
    const BY_WEIGHT: [VolumeColumn; 5] = [
        VolumeColumn::Capacity,
        VolumeColumn::Users,
        VolumeColumn::Format,
        VolumeColumn::Allocation,
        VolumeColumn::Backing,
    ];
    let mut name = room.max(NAME);
    let mut shown = vec![VolumeColumn::Name];
    for column in BY_WEIGHT {
        if name - width(column) < NAME.max((room * 2 / 5).min(ROOMY)) {
            break;
        }
        name -= width(column);
        shown.push(column);
    }
    let mut start = 0;
    let fitting = VolumeColumn::ALL.into_iter().filter(|column| shown.contains(column));
    fitting
        .map(|column| {
            let width = if column == VolumeColumn::Name {
                name
            } else {
                width(column)
            };
            let place = Place { column, start, width };
            start += place.width;
            place
        })
        .collect()
}

/// The words over a column.
pub(super) fn title(column: VolumeColumn) -> String {
    match column {
        VolumeColumn::Name => tr("Name"),
        VolumeColumn::Format => tr("Format"),
        VolumeColumn::Capacity => tr("Size"),
        VolumeColumn::Allocation => tr("Takes"),
        VolumeColumn::Users => tr("Used by"),
        VolumeColumn::Backing => tr("Builds on"),
    }
}

/// Numbers stand at the end of their cells.
pub(super) fn is_figure(column: VolumeColumn) -> bool {
    matches!(column, VolumeColumn::Capacity | VolumeColumn::Allocation)
}

/// What a cell says.
pub(super) fn content(volume: &VolumeFact, usage: &Usage, column: VolumeColumn) -> String {
    let size = |size: Option<u64>| size.map_or_else(|| format::UNKNOWN.to_owned(), |size| format::bytes(size as f64));
    match column {
        VolumeColumn::Name => text::one_line(&volume.name, 200).into_owned(),
        VolumeColumn::Format => volume.format.as_deref().map(text::name).unwrap_or_default(),
        VolumeColumn::Capacity => size(volume.capacity),
        VolumeColumn::Allocation => size(volume.allocation),
        VolumeColumn::Users => {
            let names: Vec<String> = users(usage, volume).iter().map(|name| text::name(name)).collect();
            names.join(", ")
        }
        VolumeColumn::Backing => {
            let path = volume.backing.as_deref().unwrap_or_default();
            text::one_line(path.rsplit('/').next().unwrap_or(path), 200).into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_share_the_room_and_the_least_important_go_first() {
        let shown = |room| places(room).iter().map(|place| place.column).collect::<Vec<_>>();
        assert_eq!(shown(340), [VolumeColumn::Name, VolumeColumn::Capacity]);
        assert_eq!(shown(1000), VolumeColumn::ALL);
        let name = |room| places(room)[0].width;
        assert_eq!([name(200), name(340)], [200, 236]);
        assert!(
            (500..1400).all(|room| name(room) >= (room * 2 / 5).min(ROOMY)),
            "names are read first"
        );
        for room in [200, 340, 500, 640, 800, 1400] {
            let all = places(room);
            let end = all.last().map(|place| place.start + place.width);
            assert_eq!(end, Some(room.max(NAME)), "{room}");
            assert!(
                all.windows(2)
                    .all(|pair| pair[0].start + pair[0].width == pair[1].start)
            );
        }
    }
}
