//! The core between windows and hosts, connected to a host as the program has it.

use tempfile::TempDir;
use vireo::model::host::HostConfig;
use vireo::model::key::{DomainKey, HostId};
use vireo::model::sample::StatGroups;
use vireo::model::settings::Settings;
use vireo::ui::core::Core;

use super::widgets::until;

/// A host of libvirt's test driver, and the folder with its world (`<node>…</node>`), which every connection has for itself.
pub fn played(world: &str) -> (TempDir, HostConfig) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("world.xml");
    std::fs::write(&file, world).expect("the world");
    (folder, HostConfig::new("world", format!("test://{}", file.display())))
}

/// A core with a host that is connected and has listed its machines.
#[track_caller]
pub fn connected(config: HostConfig) -> (Core, HostId) {
    let core = Core::new(Settings::in_memory().expect("the schema"));
    let host = config.id;
    core.put_host(config, false);
    core.connect_host(host);
    until("the connection and its list", || {
        let store = core.store();
        store
            .host(host)
            .is_some_and(|host| host.status.is_connected() && host.listed)
    });
    (core, host)
}

/// Has the definitions of all machines read, as a list on screen does, and waits for them.
#[track_caller]
pub fn read_definitions(core: &Core) {
    let keys = core.store().domains().map(|domain| domain.key).collect();
    core.show_rows(1, keys, StatGroups::default());
    until("the definitions", || {
        core.store().domains().all(|domain| domain.details.is_some())
    });
}

/// The machine with this name, if there is one.
pub fn key_of(core: &Core, name: &str) -> Option<DomainKey> {
    let store = core.store();
    let found = store.domains().find(|domain| domain.name == name);
    found.map(|domain| domain.key)
}
