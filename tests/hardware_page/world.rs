//! A world of the test driver that virsh can change, too.

use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::model::xml::domain::Domain;
use vireo::model::xml::{Document, differences};
use vireo::ui::core::Core;

use crate::form::{Form, connect};
use crate::support::{self, Daemon};

/// A machine that is off.
pub const SPARE: &str = "<domain type='test'><name>spare</name><uuid>d0000000-0000-4000-8000-000000000001</uuid>\
    <memory unit='MiB'>512</memory><vcpu>2</vcpu>\
    <os><type arch='x86_64'>hvm</type></os><devices>\
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/tmp/a.img'/>\
    <target dev='vda' bus='virtio'/></disk>\
    <disk type='file' device='disk'><source file='/tmp/b.img'/><target dev='vdb' bus='virtio'/></disk>\
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>\
    <graphics type='vnc' passwd='hush'/></devices></domain>";

/// The private daemon with that world, in which `spare` is.
pub struct World {
    pub daemon: Daemon,
    virsh: support::World,
}

impl World {
    pub fn new() -> Self {
        let daemon = Daemon::start();
        let virsh = daemon.hold_world();
        let world = Self { daemon, virsh };
        world.define(SPARE);
        world
    }

    pub fn run(&mut self, command: &str) -> String {
        self.virsh.run(command)
    }

    #[track_caller]
    pub fn define(&self, xml: &str) {
        let file = self.daemon.write("machine.xml", xml);
        self.daemon
            .virsh(&self.daemon.uri_test(), &["define", &file.to_string_lossy()]);
    }

    /// The definition of a machine's next start.
    pub fn definition(&mut self, name: &str) -> String {
        let text = self.run(&format!("dumpxml --inactive --security-info {name}"));
        assert!(Domain::parse(&text).is_ok(), "{text}");
        text
    }

    /// Another administrator changes a definition.
    #[track_caller]
    pub fn replace(&mut self, name: &str, old: &str, new: &str) {
        let text = self.definition(name);
        assert!(text.contains(old), "{old} in {text}");
        self.define(&text.replace(old, new));
    }

    pub fn config(&self) -> HostConfig {
        HostConfig::new("world", self.daemon.uri_test())
    }

    pub fn open(&self, machine: &str) -> (Core, DomainKey, Form) {
        let (core, key) = connect(self.config(), machine);
        let form = Form::open(&core, key);
        (core, key, form)
    }
}

/// The places at which two definitions differ, sorted, with what stands there.
pub fn places(before: &str, after: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let read = |text: &str| Document::parse(text).expect("a definition");
    let found = differences(&read(before), &read(after)).into_iter();
    let mut found: Vec<_> = found
        .map(|difference| (difference.place, difference.before, difference.after))
        .collect();
    found.sort();
    found
}

/// A place as [`places`] tells it; an empty side is not there.
pub fn place(place: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
    let side = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (place.to_owned(), side(before), side(after))
}
