//! Hosts whose libvirt lost the files that definitions are checked against.

use uuid::Uuid;
use vireo::model::network::ForwardMode;

use super::support::{Host, SystemDaemon, on_main};
use super::{define, draft};

const SCHEMAS: &str = "/usr/share/libvirt/schemas";
const MACHINE: &str = "<domain type='qemu'><name>box</name><uuid>06578fc1-c686-46fa-bc2c-83893b466a6b</uuid>\
    <memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>";

#[test]
fn a_host_without_schemas_takes_machines_unchecked_and_refuses_what_it_would_drop_in_silence() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let machine: Uuid = "06578fc1-c686-46fa-bc2c-83893b466a6b".parse().expect("a UUID");
        let strange = MACHINE.replace("<memory", "<no-such-element/><memory");
        let answer = host.ask(async move |client| client.define(machine, strange, true).await);
        assert_eq!(answer.expect_err("the schema has no such element").code, 92);

        daemon.inside(&format!("mount -t tmpfs none {SCHEMAS}"));
        let lab = || define(&host, &draft("lab", ForwardMode::Isolated));
        let refused = lab().expect_err("it cannot be checked");
        assert!(refused.message.contains("install it anew"), "{}", refused.message);
        assert_eq!(daemon.virsh(&["net-list", "--all", "--name"]).trim(), "");
        let answer = host.ask(async move |client| client.define(machine, MACHINE.into(), true).await);
        answer.expect("a machine, whose losses are told after it was read back");
        assert_eq!(daemon.virsh(&["list", "--all", "--name"]).trim(), "box");

        daemon.inside(&format!("umount {SCHEMAS}"));
        lab().expect("a network");
        host.close();
    });
}
