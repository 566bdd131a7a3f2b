//! Whether there is room for a disk.

use super::order::{DiskWish, Order};
use super::problem::{Problem, Remedy, Weight};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{HostFacts, PoolFact};
use crate::model::storage::first_by_use;

/// A new disk needs a pool, which a fresh host has not.
pub fn no_pool(order: &Order, facts: &HostFacts) -> Option<Problem> {
    let is_missed = matches!(&order.disk, DiskWish::New { pool, .. } if pool.is_empty());
    let pools = facts.pools.as_ref().filter(|_| is_missed)?;
    if pools.iter().any(PoolFact::takes_images) {
        return None;
    }
    let off = |pool: &&PoolFact| {
        let started = PoolFact {
            active: true,
            ..(*pool).clone()
        };
        !pool.active && started.takes_images()
    };
    let has_default = pools.iter().any(|pool| pool.name == "default");
    let (text, remedy) = match first_by_use(pools.iter().filter(off)) {
        Some(pool) => (
            tr_f("The storage pool “{pool}” is off.", &[("pool", &pool.name)]),
            Some(Remedy::StartPool(pool.name.clone())),
        ),
        None => (
            tr("The host has no storage pool for disks yet."),
            (!has_default).then_some(Remedy::MakePool),
        ),
    };
    Some(Problem {
        weight: Weight::Error,
        row: "disk",
        text,
        remedy,
    })
}

/// What a pool has left when a disk of this size is full, where that is next to nothing: less than a twentieth.
pub fn left_over(pool: &PoolFact, capacity: u64) -> Option<u64> {
    let (free, all) = (pool.available?, pool.capacity.filter(|all| *all > 0)?);
    Some(free.saturating_sub(capacity)).filter(|left| *left < all / 20)
}
