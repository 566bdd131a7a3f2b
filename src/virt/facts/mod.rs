//! Reading what a host has. Each piece is read by itself, several side by side, kept for a while, and forgotten when an
//! event tells that it changed.

mod cache;
mod call;
mod chain;
mod creation;
mod deletion;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use cache::Cache;
use cache::{Piece, Value};
pub(crate) use call::{described, handles, list, named, owned};
pub(crate) use chain::chains;
pub(crate) use creation::create_image;
pub(crate) use deletion::{check_unused, delete_volumes, usage};

use crate::model::error::{Kind, VirtError};
use crate::model::facts::{
    GuestKind, HostFacts, HostInterface, NetworkFact, PoolFact, SecretFact, VolumeFact, Volumes,
};
use crate::virt::connection::{Connection, Result, lock, unreachable};

/// Pieces that are read side by side. A connection has five seats, and others want to use it, too.
const READERS: usize = 3;
/// How long somebody waits for all of them. What comes later is there the next time.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the host has for machines of a kind. Blocks; a piece that cannot be read is `None`.
///
/// # Errors
/// Where the connection is lost.
pub(crate) fn facts(connection: &Arc<Connection>, kind: GuestKind) -> Result<HostFacts> {
    let mut wanted = Piece::GENERAL.to_vec();
    wanted.push(Piece::Domain(kind.clone()));
    let mut facts = HostFacts {
        kind,
        ..HostFacts::default()
    };
    for value in get(connection, &wanted, "read facts")? {
        match value {
            Value::Capabilities(value) => facts.capabilities = Some(value),
            Value::Domain(value) => facts.domain_capabilities = Some(value),
            Value::Networks(value) => facts.networks = Some(value),
            Value::Pools(value) => facts.pools = Some(value),
            Value::Devices(value) => facts.devices = Some(value),
            Value::Filters(value) => facts.filters = Some(value),
            Value::Secrets(value) => facts.secrets = Some(value),
            Value::Interfaces(value) => facts.interfaces = Some(value),
            Value::Node(value) => facts.node = Some(value),
            Value::Sysinfo(value) => facts.sysinfo = Some(value),
            Value::Volumes(_) => {}
        }
    }
    // The node knows its processors, the capabilities its cells.
    if let (Some(node), Some(capabilities)) = (&mut facts.node, &facts.capabilities) {
        Arc::make_mut(node).learn(capabilities);
    }
    Ok(facts)
}

/// The storage pools, without their volumes.
///
/// # Errors
/// Where the host cannot be asked, or has no storage pools.
pub(crate) fn pools(connection: &Arc<Connection>) -> Result<Arc<[PoolFact]>> {
    const OP: &str = "list pools";
    match get(connection, &[Piece::Pools], OP)?.pop() {
        Some(Value::Pools(pools)) => Ok(pools),
        _ => Err(connection.facts().error(&Piece::Pools).unwrap_or_else(|| late(OP))),
    }
}

/// The volumes of a pool.
///
/// # Errors
/// What libvirt says: a pool that is off has none.
pub(crate) fn volumes(connection: &Arc<Connection>, pool: &str) -> Result<Arc<[VolumeFact]>> {
    const OP: &str = "list volumes";
    let piece = Piece::Volumes(pool.to_owned());
    let mut found = get(connection, std::slice::from_ref(&piece), OP)?.into_iter();
    if let Some(Value::Volumes(volumes)) = found.next() {
        return Ok(volumes);
    }
    Err(connection.facts().error(&piece).unwrap_or_else(|| late(OP)))
}

/// The volumes of all pools that run.
///
/// # Errors
/// Where the host cannot be asked, or has no storage pools.
pub(crate) fn storage(connection: &Arc<Connection>) -> Result<Volumes> {
    const OP: &str = "list volumes";
    let pools = match get(connection, &[Piece::Pools], OP)?.pop() {
        Some(Value::Pools(pools)) => pools,
        _ => return Err(connection.facts().error(&Piece::Pools).unwrap_or_else(|| late(OP))),
    };
    let until = Instant::now() + PATIENCE;
    let mut all = Volumes {
        pools: Vec::new(),
        complete: true,
    };
    for pool in pools.iter().filter(|pool| pool.active) {
        if Instant::now() >= until {
            all.complete = false;
            break;
        }
        match volumes(connection, &pool.name) {
            Ok(volumes) => all.pools.push((pool.name.clone(), volumes)),
            Err(error) if error.kind == Kind::Unreachable => return Err(error),
            Err(_) => all.complete = false,
        }
    }
    Ok(all)
}

/// Lists that are one piece each.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident -> $item:ty = $piece:ident, $op:literal;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// What libvirt says, by remedy: `Kind::Unsupported` where the driver has none.
        pub(crate) fn $name(connection: &Arc<Connection>) -> Result<Arc<[$item]>> {
            match get(connection, &[Piece::$piece], $op)?.pop() {
                Some(Value::$piece(all)) => Ok(all),
                _ => Err(connection.facts().error(&Piece::$piece).unwrap_or_else(|| late($op))),
            }
        })*
    };
}

lists! {
    /// All networks.
    networks -> NetworkFact = Networks, "list networks";
    /// All secrets.
    secrets -> SecretFact = Secrets, "list secrets";
    /// All interfaces of the host.
    interfaces -> HostInterface = Interfaces, "list interfaces";
}

fn late(op: &'static str) -> VirtError {
    VirtError::own(Kind::Timeout, op, "the host has not answered yet")
}

/// Gets pieces, from the cache or the host. Those that fail, or that take too long, are left out.
fn get(connection: &Arc<Connection>, wanted: &[Piece], op: &'static str) -> Result<Vec<Value>> {
    let until = Instant::now() + PATIENCE;
    let missing = connection.facts().take_over(wanted);
    let queue = Arc::new(Mutex::new(missing));
    let count = lock(&queue).len();
    for _ in 0..count.min(READERS) {
        let (work, line) = (Arc::clone(&queue), Arc::clone(connection));
        let started = thread::Builder::new()
            .name("vireo-facts".into())
            .spawn(move || read_all(&line, &work));
        if let Err(error) = started {
            // Nobody reads what is left.
            tracing::error!("no thread can be started: {error}");
            read_all(connection, &queue);
        }
    }
    let values = connection.facts().wait(wanted, until);
    if connection.is_closing() {
        return Err(unreachable(op));
    }
    Ok(values)
}

fn read_all(connection: &Arc<Connection>, queue: &Mutex<Vec<(Piece, u64)>>) {
    loop {
        let next = lock(queue).pop();
        let Some((piece, epoch)) = next else { return };
        let value = if connection.is_closing() {
            Err(unreachable("read facts"))
        } else {
            call::read(connection, &piece)
        };
        if let Err(error) = &value {
            tracing::debug!(?piece, code = error.code, "not known: {}", error.message);
        }
        connection.facts().put(piece, epoch, value);
    }
}
