//! The order of the nodes: columns from the guests to the world, and in each the order that lets few links cross.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::{Column, Link, Node, Standing, Subject, Topology};

/// How often the columns are looked through; more changes little.
const ROUNDS: usize = 4;

/// Sorts the nodes into columns, and their links with them.
pub(super) fn arranged(topology: Topology) -> Topology {
    let Topology { nodes, links } = topology;
    let mut columns: Vec<Vec<usize>> = Column::ALL
        .iter()
        .map(|column| {
            let of_column = nodes.iter().enumerate().filter(|(_, node)| node.column == *column);
            let mut places: Vec<usize> = of_column.map(|(place, _)| place).collect();
            places.sort_by(|a, b| by_nature(&nodes[*a], &nodes[*b]));
            places
        })
        .collect();
    let mut neighbours: HashMap<usize, Vec<usize>> = HashMap::new();
    for link in &links {
        neighbours.entry(link.from).or_default().push(link.to);
        neighbours.entry(link.to).or_default().push(link.from);
    }
    for _ in 0..ROUNDS {
        // Machines follow networks; networks stand where they are, so that the picture doesn't turn with each machine.
        for column in [0, 2, 3] {
            sort_by_neighbours(&mut columns, column, &neighbours);
        }
    }
    let order: Vec<usize> = columns.into_iter().flatten().collect();
    let mut new = vec![0; nodes.len()];
    for (at, old) in order.iter().enumerate() {
        new[*old] = at;
    }
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut links: Vec<Link> = links
        .into_iter()
        .map(|link| Link {
            from: new[link.from],
            to: new[link.to],
            ..link
        })
        .collect();
    links.sort_by_key(|link| (link.from, link.to));
    Topology {
        nodes: order.into_iter().filter_map(|old| nodes[old].take()).collect(),
        links,
    }
}

fn sort_by_neighbours(columns: &mut [Vec<usize>], column: usize, neighbours: &HashMap<usize, Vec<usize>>) {
    let mut heights: HashMap<usize, f64> = HashMap::new();
    for places in columns.iter() {
        for (at, place) in places.iter().enumerate() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a host has fewer nodes than a float has places"
            )]
            heights.insert(*place, (at as f64 + 0.5) / places.len() as f64);
        }
    }
    let middle = |place: &usize| {
        let near = neighbours.get(place)?;
        let sum: f64 = near.iter().filter_map(|near| heights.get(near)).sum();
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        Some(sum / near.len() as f64)
    };
    // Without links at the end; a stable sort keeps the order of names.
    columns[column].sort_by(|a, b| match (middle(a), middle(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
}

/// Real ones first, running ones first, then by name.
fn by_nature(a: &Node, b: &Node) -> Ordering {
    let rank = |node: &Node| match node.subject {
        Subject::Machine(_) | Subject::Machines(..) | Subject::Network(_) => 0,
        Subject::Bridge(_) | Subject::Interface(_) => 1,
        Subject::User => 2,
        Subject::Other(_) => 3,
        Subject::Outside => 4,
        Subject::Nowhere => 5,
    };
    let off = |node: &Node| node.standing != Standing::On;
    rank(a)
        .cmp(&rank(b))
        .then_with(|| off(a).cmp(&off(b)))
        .then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase()))
        .then_with(|| a.name.cmp(&b.name))
}
