//! Pools on whole devices: a file system on a loop device, under a daemon with all rights.

use std::process::Command;

use support::{SystemDaemon, skipped};
use vireo::model::error::Kind;

use super::*;

/// A loop device over a file; taken apart again in the end.
struct Device(String);

impl Device {
    #[track_caller]
    fn over(file: &Path, mib: u64) -> Option<Self> {
        let image = std::fs::File::create(file).expect("a file");
        image.set_len(mib * MIB).expect("its length");
        let made = Command::new("losetup").args(["-P", "-f", "--show"]).arg(file).output();
        let Some(made) = made.ok().filter(|made| made.status.success()) else {
            skipped("needs loop devices");
            return None;
        };
        let name = String::from_utf8(made.stdout).expect("a name");
        Some(Self(name.trim().to_owned()))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["-d", &self.0]).status();
    }
}

/// Does what takes a pool's name only.
fn on_pool(host: &Host, what: &'static str) -> Result<(), VirtError> {
    host.ask(async move |client| {
        let name = "device".to_owned();
        match what {
            "build carefully" => client.build_pool(name, PoolBuild::Careful).await,
            "build" => client.build_pool(name, PoolBuild::Overwrite).await,
            "start" => client.start_pool(name).await,
            "stop" => client.stop_pool(name).await,
            "delete" => client.delete_pool(name, false).await,
            "undefine" => client.undefine_pool(name).await,
            what => panic!("{what}?"),
        }
    })
}

fn make(host: &Host, name: &'static str, format: Option<&str>) -> Result<Option<u64>, VirtError> {
    let new = NewVolume {
        pool: "device".into(),
        name: name.into(),
        format: format.map(str::to_owned),
        capacity: 32 * MIB,
        allocation: Some(0),
        ..NewVolume::default()
    };
    let (job, _watch) = Job::new();
    let made = host.ask(async move |client| client.create_volume(new, job).await);
    made.map(|volume| volume.capacity)
}

fn names(host: &Host) -> Vec<String> {
    let listed = host.ask(async |client| client.volume_names("device".into()).await);
    let names = listed.expect("a list").into_iter().map(|volume| volume.name);
    // A new file system has that folder.
    names.filter(|name| name != "lost+found").collect()
}

#[test]
fn pool_on_a_file_system_is_built_mounted_filled_and_taken_apart() {
    on_main(|| {
        private_state();
        let Some(daemon) = SystemDaemon::start() else { return };
        let Some(device) = Device::over(&daemon.directory().join("device.img"), 256) else {
            return;
        };
        let host = Host::connect(&daemon.uri());
        let target = daemon.directory().join("mounted").display().to_string();
        let new = NewPool {
            name: "device".into(),
            kind: "fs".into(),
            target: target.clone(),
            devices: vec![device.0.clone()],
            format: "ext4".into(),
            ..NewPool::default()
        };
        host.ask(async move |client| client.define_pool(new).await)
            .expect("a definition");
        on_pool(&host, "build carefully").expect("the device is empty");
        on_pool(&host, "start").expect("it has a file system now");
        let mounts = daemon.inside("cat /proc/mounts");
        assert!(
            mounts
                .lines()
                .any(|line| line.starts_with(&format!("{} {target} ext4", device.0))),
            "{mounts}"
        );
        assert_eq!(make(&host, "a.qcow2", Some("qcow2")), Ok(Some(32 * MIB)));
        assert_eq!(names(&host), ["a.qcow2"]);
        on_pool(&host, "stop").expect("nobody uses it");
        assert!(
            !daemon.inside("cat /proc/mounts").contains(&target),
            "it is still mounted"
        );
        let refused = on_pool(&host, "build carefully").expect_err("the device has a file system");
        assert_ne!(refused.kind, Kind::Unreachable, "{refused:?}");
        on_pool(&host, "start").expect("what it held is there");
        assert_eq!(names(&host), ["a.qcow2"]);
        on_pool(&host, "stop").expect("nobody uses it");
        on_pool(&host, "build").expect("it was said that all is lost");
        on_pool(&host, "start").expect("it has a new file system");
        assert!(names(&host).is_empty());
        on_pool(&host, "stop").expect("nobody uses it");
        on_pool(&host, "delete").expect("its folder is empty");
        on_pool(&host, "undefine").expect("it is off");
        host.close();
    });
}
