//! Where the nodes of a picture stand. No widgets.

use crate::model::topology::{Column, Topology};

/// Narrowest and widest that a node gets.
pub(super) const NARROW: i32 = 118;
const WIDE: i32 = 320;
/// Room between columns, for the links: at least, and at most.
pub(super) const GAP: i32 = 30;
const WIDEST_GAP: i32 = 120;
/// Room between nodes of a column.
const BETWEEN: i32 = 10;
/// Room around everything.
pub(super) const MARGIN: i32 = 12;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spot {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// The columns that have nodes.
pub(super) fn columns(topology: &Topology) -> Vec<Column> {
    let used = |column: &Column| topology.column(*column).next().is_some();
    Column::ALL.into_iter().filter(used).collect()
}

/// Least and natural width of a picture whose columns would like to be as wide as `wishes` says.
pub(super) fn widths(wishes: &[i32]) -> (i32, i32) {
    let count = i32::try_from(wishes.len()).unwrap_or(1).max(1);
    let of = |nodes: i32, gap: i32| nodes + (count - 1) * gap + 2 * MARGIN;
    let natural: i32 = wishes.iter().map(|wish| (*wish).clamp(NARROW, WIDE)).sum();
    (of(count * NARROW, GAP), of(natural.max(NARROW), WIDEST_GAP))
}

/// Height of a picture.
pub(super) fn height(topology: &Topology, heading: i32, node: i32) -> i32 {
    let most = columns(topology)
        .into_iter()
        .map(|column| topology.column(column).count())
        .max()
        .unwrap_or(0);
    let most = i32::try_from(most).unwrap_or(i32::MAX / 1000);
    2 * MARGIN + heading + most * (node + BETWEEN)
}

/// Where the columns begin in this width, and how wide each is: as it wishes where there is room, else the widest give way.
pub(super) fn across(wishes: &[i32], width: i32) -> Vec<(i32, i32)> {
    let count = i32::try_from(wishes.len()).unwrap_or(1).max(1);
    let room = (width - 2 * MARGIN).max(count * NARROW + (count - 1) * GAP);
    let given = give(wishes, room - (count - 1) * GAP);
    let nodes: i32 = given.iter().sum();
    let gap = match count {
        1 => 0,
        _ => ((room - nodes) / (count - 1)).clamp(GAP, WIDEST_GAP),
    };
    let mut x = MARGIN + (room - nodes - (count - 1) * gap).max(0) / 2;
    let place = |wide: i32| {
        let start = x;
        x += wide + gap;
        (start, wide)
    };
    given.into_iter().map(place).collect()
}

/// Shares out `room`, so that none gets more than it wishes, and those that get less get alike.
fn give(wishes: &[i32], room: i32) -> Vec<i32> {
    let mut given = vec![NARROW; wishes.len()];
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|at| wishes[*at]);
    let mut left = room;
    for (done, at) in order.iter().enumerate() {
        let others = i32::try_from(order.len() - done).unwrap_or(1);
        given[*at] = wishes[*at].min(WIDE).min(left / others).max(NARROW);
        left -= given[*at];
    }
    given
}

/// Where each node stands, below headings of this height. Each is as near to what it is linked to as its neighbours let it.
/// `across` has a place and a width for each column.
pub(super) fn spots(topology: &Topology, across: &[(i32, i32)], heading: i32, node: i32) -> Vec<Spot> {
    let columns = columns(topology);
    let mut spots = vec![Spot::default(); topology.nodes.len()];
    let step = node + BETWEEN;
    let top = MARGIN + heading;
    let whole = height(topology, heading, node) - MARGIN;
    for (column, (x, wide)) in columns.iter().zip(across) {
        for (row, at) in topology.column(*column).enumerate() {
            let y = top + i32::try_from(row).unwrap_or(0) * step;
            spots[at] = Spot {
                x: *x,
                y,
                width: *wide,
                height: node,
            };
        }
    }
    // The longest column stays; the others move towards it, nearest first.
    let Some(longest) = (0..columns.len()).max_by_key(|at| topology.column(columns[*at]).count()) else {
        return spots;
    };
    let mut others: Vec<usize> = (0..columns.len()).filter(|at| *at != longest).collect();
    others.sort_by_key(|at| at.abs_diff(longest));
    for at in others {
        let nearer = |other: Column| {
            let other = columns.iter().position(|column| *column == other).unwrap_or(at);
            other.abs_diff(longest) < at.abs_diff(longest)
        };
        let members: Vec<usize> = topology.column(columns[at]).collect();
        let wanted: Vec<Option<i32>> = members
            .iter()
            .map(|member| {
                let near: Vec<i32> = topology
                    .neighbours(*member)
                    .filter(|near| nearer(topology.nodes[*near].column))
                    .map(|near| spots[near].y)
                    .collect();
                let count = i32::try_from(near.len()).unwrap_or(1);
                (!near.is_empty()).then(|| near.iter().sum::<i32>() / count)
            })
            .collect();
        for (member, y) in members.iter().zip(settle(&wanted, top, whole, step)) {
            spots[*member].y = y;
        }
    }
    spots
}

/// Heights in this order, at least a step apart and within bounds, near to what is wanted.
fn settle(wanted: &[Option<i32>], top: i32, bottom: i32, step: i32) -> Vec<i32> {
    let mut found: Vec<i32> = Vec::with_capacity(wanted.len());
    for wish in wanted {
        let least = found.last().map_or(top, |last| last + step);
        found.push(wish.unwrap_or(least).max(least));
    }
    let mut most = bottom - step + BETWEEN;
    for y in found.iter_mut().rev() {
        *y = (*y).min(most).max(top);
        most = *y - step;
    }
    found
}

/// The node that is next in a direction: up and down within a column; left and right the nearest of those that this one is linked
/// to in the next column, else the nearest.
pub(super) fn next(topology: &Topology, spots: &[Spot], from: usize, direction: gtk4::DirectionType) -> Option<usize> {
    use gtk4::DirectionType::{Down, Left, Right, Up};
    let here = spots.get(from)?;
    let far = |at: usize| (spots[at].y - here.y).abs();
    let all = || (0..spots.len()).filter(|at| *at != from);
    match direction {
        Up => all()
            .filter(|at| spots[*at].x == here.x && spots[*at].y < here.y)
            .min_by_key(|at| far(*at)),
        Down => all()
            .filter(|at| spots[*at].x == here.x && spots[*at].y > here.y)
            .min_by_key(|at| far(*at)),
        Left | Right => {
            let ahead = |at: &usize| match direction {
                Left => here.x - spots[*at].x,
                _ => spots[*at].x - here.x,
            };
            let linked: Vec<usize> = topology.neighbours(from).filter(|at| ahead(at) > 0).collect();
            let nearest = |found: &mut dyn Iterator<Item = usize>| found.min_by_key(|at| (ahead(at), far(*at)));
            nearest(&mut linked.into_iter()).or_else(|| nearest(&mut all().filter(|at| ahead(at) > 0)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;
    use crate::model::topology::{Machine, Net, Target};

    fn picture(machines: u128) -> Topology {
        let machines: Vec<Machine> = (0..machines)
            .map(|number| Machine {
                uuid: Uuid::from_u128(number + 1),
                name: format!("m{number}"),
                running: true,
                plugs: Some(vec![Target::Network(
                    if number % 2 == 0 { "a" } else { "b" }.to_owned(),
                )]),
            })
            .collect();
        let net = |name: &str| Net {
            name: name.to_owned(),
            active: true,
            forward: Some("nat".to_owned()),
            bridge: Some(format!("virbr-{name}")),
            ..Net::default()
        };
        let open = HashSet::new();
        Topology::of(&machines, &[net("a"), net("b"), net("unused")], &[], &open)
    }

    fn even(topology: &Topology, width: i32) -> Vec<(i32, i32)> {
        across(&vec![200; columns(topology).len()], width)
    }

    #[test]
    fn a_name_is_cut_only_where_there_is_no_room() {
        let wishes = [150, 300, 200, 120];
        let (least, natural) = widths(&wishes);
        let wide = |width: i32| -> Vec<i32> { across(&wishes, width).iter().map(|(_, wide)| *wide).collect() };
        assert_eq!(wide(natural), wishes);
        assert_eq!(
            wide(2 * MARGIN + 3 * GAP + 770),
            wishes,
            "the room between them gives way first"
        );
        assert_eq!(
            wide(2 * MARGIN + 3 * GAP + 700),
            [150, 230, 200, 120],
            "the widest gives way"
        );
        assert_eq!(wide(least), [NARROW; 4]);
        assert_eq!(wide(0), [NARROW; 4]);
    }

    #[test]
    fn nodes_never_overlap_and_stay_inside() {
        for machines in [0, 1, 2, 7, 12] {
            let topology = picture(machines);
            for width in [360, 560, 900, 3840] {
                let spots = spots(&topology, &even(&topology, width), 24, 44);
                let high = height(&topology, 24, 44);
                for (at, spot) in spots.iter().enumerate() {
                    assert!(
                        spot.y >= MARGIN + 24 && spot.y + spot.height <= high,
                        "{machines} {spot:?} {high}"
                    );
                    assert!(spot.x >= 0);
                    for other in &spots[..at] {
                        let apart = spot.x + spot.width <= other.x
                            || other.x + other.width <= spot.x
                            || spot.y + spot.height <= other.y
                            || other.y + other.height <= spot.y;
                        assert!(apart, "{spot:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_column_fits_the_width_it_is_given() {
        let topology = picture(4);
        let (least, natural) = widths(&vec![200; columns(&topology).len()]);
        for width in [least, natural, 2000] {
            let spots = spots(&topology, &even(&topology, width), 24, 44);
            assert!(
                spots.iter().all(|spot| spot.x + spot.width + MARGIN <= width),
                "{width}"
            );
        }
    }

    #[test]
    fn arrows_follow_links_and_every_node_is_reached() {
        use gtk4::DirectionType::{Down, Left, Right, Up};
        let topology = picture(8);
        let spots = spots(&topology, &even(&topology, 900), 24, 44);
        let mut seen = HashSet::from([0]);
        let mut todo = vec![0];
        while let Some(at) = todo.pop() {
            for direction in [Up, Down, Left, Right] {
                if let Some(next) = next(&topology, &spots, at, direction)
                    && seen.insert(next)
                {
                    todo.push(next);
                }
            }
        }
        assert_eq!(seen.len(), topology.nodes.len());
        let machine = topology.column(Column::Machines).next().expect("a machine");
        let right = next(&topology, &spots, machine, Right).expect("a network");
        assert!(topology.neighbours(machine).any(|near| near == right));
        assert_eq!(next(&topology, &spots, machine, Left), None);
    }

    #[test]
    fn a_network_stands_beside_its_machines() {
        let topology = picture(8);
        let spots = spots(&topology, &even(&topology, 900), 24, 44);
        let network = topology
            .find(&crate::model::topology::Subject::Network("a".into()))
            .expect("there");
        let near: Vec<i32> = topology
            .neighbours(network)
            .filter(|near| topology.nodes[*near].column == Column::Machines)
            .map(|near| spots[near].y)
            .collect();
        let (first, last) = (near.iter().min().unwrap(), near.iter().max().unwrap());
        assert!((first..=last).contains(&&spots[network].y));
    }
}
