//! Where measurements happen: a private daemon with so many machines.

use std::path::PathBuf;

use crate::support::Daemon;
use crate::world::World;

/// A private daemon whose test driver has so many machines.
pub struct Place {
    /// The daemon.
    pub daemon: Daemon,
    /// How many machines.
    pub machines: usize,
    /// Another administrator.
    pub world: World,
}

impl Place {
    /// Starts the daemon and defines the machines.
    pub fn with(machines: usize) -> Self {
        let daemon = Daemon::start();
        let mut world = World::open(&daemon.uri_test());
        world.fill(machines);
        Self {
            daemon,
            machines,
            world,
        }
    }
}

/// Where results are kept.
pub fn results() -> PathBuf {
    crate::support::root().join("target/bench")
}
