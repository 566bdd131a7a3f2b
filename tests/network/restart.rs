//! Networks that are restarted under machines that run, and networks that get another name.

use std::time::Duration;

use uuid::Uuid;
use vireo::model::error::{Kind, VirtError};
use vireo::model::job::Job;
use vireo::model::journal::Made;
use vireo::model::network::{ForwardMode, NetworkOutcome, Replugged};
use vireo::virt::client::Journal;

use super::support::{Daemon, Host, SystemDaemon, on_main, private_state, wait_for};
use super::{apply, define, definitions, draft, kind, outcomes, report};

const MACHINE: &str = "<domain type='qemu'><name>box</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
    <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='lab' portgroup='guests'/>\
    <model type='virtio'/></interface>\
    <interface type='network'><mac address='52:54:00:00:00:02'/><source network='lab'/><model type='virtio'/>\
    </interface></devices></domain>";

/// The bridge that each cable hangs in.
fn cables(daemon: &SystemDaemon) -> Vec<String> {
    let told = daemon.inside("ip -o link show type tun");
    let bridge = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "master").skip(1);
        words.next().unwrap_or_default().to_owned()
    };
    told.lines().map(bridge).collect()
}

fn restart(host: &Host, uuid: Uuid) -> Result<Vec<Replugged>, VirtError> {
    host.ask(async move |client| client.restart_network(uuid, Job::new().0).await)
}

fn start(host: &Host, uuid: Uuid) {
    host.ask(async move |client| client.start_network(uuid).await)
        .expect("to start");
}

/// A network that runs, with a bridge and a port group of its own.
fn lab(host: &Host) -> Uuid {
    let mut details = draft("lab", ForwardMode::Nat);
    details.bridge.name = Some("virbr77".into());
    let text = details.to_xml().expect("a definition");
    let text = text.replace("</network>", "<portgroup name='guests'/></network>");
    let uuid = host
        .ask(async move |client| client.define_network(text, true).await)
        .expect("a network");
    start(host, uuid);
    uuid
}

/// A file for virsh.
fn written(daemon: &SystemDaemon, name: &str, text: &str) -> String {
    let file = daemon.directory().join(name);
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("a path").to_owned()
}

#[test]
fn machines_are_plugged_in_again_after_their_network_was_restarted() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let uuid = lab(&host);
        daemon.virsh(&["create", &written(&daemon, "box.xml", MACHINE)]);
        let plugged = ["virbr77", "virbr77"];
        assert_eq!(cables(&daemon), plugged);
        let base = definitions(&host, uuid).persistent.expect("a definition");
        let report = report(apply(&host, uuid, &base, |details| details.mtu = Some(1400)));
        assert!(matches!(outcomes(&report)[..], [("mtu", NetworkOutcome::Restart(_))]));

        let told = restart(&host, uuid).expect("a restart");
        let left = Journal::of_user().leftovers().expect("the journal");
        assert!(left.is_empty(), "{left:?}");
        let macs: Vec<_> = told.iter().filter_map(|card| card.mac.as_deref()).collect();
        assert_eq!(macs, ["52:54:00:00:00:01", "52:54:00:00:00:02"]);
        assert!(
            told.iter().all(|card| card.failure.is_none() && card.name == "box"),
            "{told:?}"
        );
        assert_eq!(cables(&daemon), plugged);
        let found = definitions(&host, uuid);
        assert!(found.live.is_some_and(|text| text.contains("<mtu size='1400'/>")));
        // The machine is in its network as before, and nothing is left of the way that its cards took.
        let machine = daemon.virsh(&["dumpxml", "box"]);
        assert_eq!(machine.matches("network='lab'").count(), 2, "{machine}");
        assert!(
            machine.contains("portgroup='guests'") && !machine.contains("vireo-restart"),
            "{machine}"
        );
        assert!(!daemon.virsh(&["net-list", "--all"]).contains("vireo-restart"));
        assert_eq!(daemon.virsh(&["net-port-list", "lab"]).trim().lines().count(), 2);

        // Another administrator has restarted it: the cables hang loose until somebody plugs them in.
        daemon.virsh(&["net-destroy", "lab"]);
        daemon.virsh(&["net-start", "lab"]);
        assert_eq!(cables(&daemon), ["", ""]);
        let told = host
            .ask(async move |client| client.reattach_network(uuid, Job::new().0).await)
            .expect("the cards");
        assert!(
            told.len() == 2 && told.iter().all(|card| card.failure.is_none()),
            "{told:?}"
        );
        assert_eq!(cables(&daemon), plugged);
        daemon.virsh(&["destroy", "box"]);
        host.close();
    });
}

#[test]
fn a_restart_that_died_in_the_middle_is_finished_and_leaves_no_other_network() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let uuid = lab(&host);
        let write = |name: &str, text: &str| written(&daemon, name, text);
        daemon.virsh(&["create", &write("box.xml", MACHINE)]);
        // One card is on its way, the other one hangs loose, and the network is off.
        let between =
            "<network><name>vireo-restart-1</name><bridge stp='off' delay='0'/><portgroup name='guests'/></network>";
        daemon.virsh(&["net-create", &write("between.xml", between)]);
        let card = "<interface type='network'><mac address='52:54:00:00:00:01'/>\
            <source network='vireo-restart-1' portgroup='guests'/><model type='virtio'/></interface>";
        daemon.virsh(&["update-device", "box", &write("card.xml", card), "--live"]);
        daemon.virsh(&["net-destroy", "lab"]);
        let finish = |network: Uuid| {
            let made = Made::Detour {
                name: "vireo-restart-1".into(),
                network,
            };
            host.ask(async move |client| client.remove_leftover(vec![made]).await)
        };
        assert_eq!(finish(uuid), Ok(Vec::new()));
        assert_eq!(cables(&daemon), ["virbr77", "virbr77"]);
        let machine = daemon.virsh(&["dumpxml", "box"]);
        assert_eq!(machine.matches("network='lab'").count(), 2, "{machine}");
        let networks = || daemon.virsh(&["net-list", "--all", "--name"]);
        assert_eq!(networks().trim(), "lab");
        assert_eq!(finish(uuid), Ok(Vec::new()), "it is finished already");

        // The network is gone: there is nothing to finish.
        daemon.virsh(&["net-create", &write("between.xml", between)]);
        assert_eq!(finish(Uuid::nil()), Ok(Vec::new()));
        assert_eq!(networks().trim(), "lab");
        let left = Journal::of_user().leftovers().expect("the journal");
        assert!(left.is_empty(), "{left:?}");
        daemon.virsh(&["destroy", "box"]);
        host.close();
    });
}

#[test]
fn a_network_that_cannot_start_again_says_that_it_is_off_and_one_without_definition_stays() {
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let mut details = draft("lab", ForwardMode::Isolated);
        details.bridge.name = Some("virbr77".into());
        let uuid = define(&host, &details).expect("a network");
        start(&host, uuid);
        let base = definitions(&host, uuid).persistent.expect("a definition");
        // Meanwhile somebody takes the name of the bridge that it is to have.
        daemon.inside("ip link add virbr78 type veth peer name vireo9");
        report(apply(&host, uuid, &base, |details| {
            details.bridge.name = Some("virbr78".into());
        }));
        let error = restart(&host, uuid).expect_err("no restart");
        assert!(error.message.starts_with("The network is off now"), "{error}");
        assert!(error.message.contains("virbr78"), "{error}");

        let file = daemon.directory().join("passing.xml");
        std::fs::write(&file, "<network><name>passing</name><bridge name='virbr79'/></network>").expect("a file");
        daemon.virsh(&["net-create", file.to_str().expect("a path")]);
        let passing: Uuid = daemon.virsh(&["net-uuid", "passing"]).trim().parse().expect("a UUID");
        assert_eq!(kind(restart(&host, passing)), Some(Kind::Invalid));
        assert!(daemon.virsh(&["net-list"]).contains("passing"), "it would be gone");
        host.close();
    });
}

#[test]
fn a_network_that_cannot_get_its_new_name_keeps_its_old_one() {
    private_state();
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let uuid = define(&host, &draft("old", ForwardMode::Isolated)).expect("a network");
        host.ask(async move |client| client.set_network_autostart(uuid, true).await)
            .expect("autostart");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        // libvirt cannot write the new definition.
        daemon.inside("mkdir /etc/libvirt/qemu/networks/new.xml.new");
        let refused = apply(&host, uuid, &base, |details| details.name = "new".into());
        assert!(refused.is_err());
        let found = definitions(&host, uuid);
        assert_eq!(found.persistent, Some(base));
        assert!(found.autostart);
        host.close();
    });
}

#[test]
fn a_network_whose_definition_cannot_be_kept_is_not_renamed() {
    private_state();
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_test());
        let uuid = define(&host, &draft("old", ForwardMode::Isolated)).expect("a network");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        let folder = private_state().join("vireo/definitions");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(uuid.to_string()), "in the way").expect("a file");
        let error = apply(&host, uuid, &base, |details| details.name = "new".into()).expect_err("it cannot be kept");
        assert!(error.message.contains("kept"), "{error}");
        assert_eq!(definitions(&host, uuid).persistent, Some(base));
        host.close();
    });
}

#[test]
fn a_definition_that_a_rename_would_lose_is_kept_and_told() {
    private_state();
    on_main(|| {
        let Some(daemon) = SystemDaemon::start() else { return };
        let host = Host::connect(&daemon.uri());
        let uuid = define(&host, &draft("old", ForwardMode::Isolated)).expect("a network");
        let base = definitions(&host, uuid).persistent.expect("a definition");
        // Neither the new definition nor the old one can be written.
        daemon.inside("cd /etc/libvirt/qemu/networks && mkdir new.xml.new old.xml.new");
        let error = apply(&host, uuid, &base, |details| details.name = "new".into()).expect_err("a failure");
        assert!(error.message.contains(base.trim()), "{error}");
        let folder = private_state().join("vireo/definitions").join(uuid.to_string());
        let kept = wait_for("the kept definition", Duration::from_secs(5), || {
            std::fs::read_dir(&folder)
                .ok()?
                .flatten()
                .next()
                .map(|entry| entry.path())
        });
        assert!(error.message.contains(&kept.display().to_string()), "{error}");
        assert_eq!(std::fs::read_to_string(&kept).expect("its text"), base);
        host.close();
    });
}
