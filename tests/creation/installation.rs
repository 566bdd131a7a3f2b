//! From the first start of an installer to a machine that needs it no more, with guests that really restart.

use std::path::Path;

use uuid::Uuid;
use vireo::model::creation::{Order, Plan, Source};
use vireo::model::event::{DomainNews, HostEvent};
use vireo::model::host::HostConfig;
use vireo::model::key::{DomainKey, HostId};
use vireo::model::sample::StatGroups;
use vireo::model::settings::Settings;
use vireo::ui::core::Core;

use super::{BOOT, LIMIT, Stand, block_on, entries, installer, media, medium, on_main, order, support, until};

/// The plan for an order, with the disk from which the guest installs: it has no driver for CDs.
fn with_source(stand: &Stand, order: &Order) -> Plan {
    let image = media::disk(&medium(stand));
    let mut plan = stand.plan(order);
    let disk = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='vdz' bus='virtio'/></disk>\n    <console",
        image.display()
    );
    plan.xml = plan.xml.replacen("<console", &disk, 1);
    plan
}

/// The machine, its guest at the shell, installed from the second disk to the first one.
fn installed(stand: &Stand, plan: Plan) -> Uuid {
    let uuid = stand.create(plan).unwrap();
    stand.says(support::READY);
    let console = stand
        .host
        .ask(async move |client| client.open_console(uuid, None, false).await)
        .unwrap();
    assert!(console.write(b"dd if=/dev/vdb of=/dev/vda bs=1M && sync && echo cop''ied\n"));
    stand.says("copied");
    uuid
}

fn restart(stand: &Stand, uuid: Uuid) {
    let seen = stand.host.seen();
    let console = stand
        .host
        .ask(async move |client| client.open_console(uuid, None, true).await)
        .unwrap();
    assert!(console.write(b"reboot -f\n"));
    stand.host.wait("the restart", BOOT.as_secs(), seen, |event| {
        let restarted = matches!(event, HostEvent::Domain { key, news: DomainNews::Rebooted, .. } if key.uuid == uuid);
        restarted.then_some(())
    });
}

/// What a window does when the guest has restarted.
fn after_restart(stand: &Stand, uuid: Uuid) -> bool {
    let client = stand.host.client.clone();
    block_on("how the guest goes on", LIMIT * 2, async move {
        client.after_restart(uuid).await
    })
    .unwrap()
}

#[test]
fn a_guest_that_restarts_after_its_installation_loses_the_medium_while_it_runs() {
    on_main(|| {
        let stand = Stand::new();
        let plan = with_source(&stand, &installer(&stand, "web"));
        let uuid = installed(&stand, plan);
        let noted = stand.virsh(&["dumpxml", "--inactive", "web"]);
        assert!(noted.contains("begun=\"yes\""), "it was started: {noted}");
        restart(&stand, uuid);
        assert!(after_restart(&stand, uuid), "the installation has ended");
        for flags in [&["dumpxml", "web"][..], &["dumpxml", "--inactive", "web"]] {
            let xml = stand.virsh(flags);
            assert!(
                !xml.contains("guest.iso") && !xml.contains("vireo-installation"),
                "{xml}"
            );
            assert!(xml.contains("device='cdrom'") && xml.contains("web.qcow2"), "{xml}");
        }
        assert_eq!(stand.virsh(&["domstate", "web"]).trim(), "running");
        stand.says(support::READY);
        assert_eq!(entries(), 0);
        stand.end();
    });
}

#[test]
fn a_restart_into_the_installer_again_ends_nothing() {
    on_main(|| {
        let stand = Stand::new();
        // The disk stays empty: the firmware goes on to the medium.
        let uuid = stand.create(stand.plan(&installer(&stand, "web"))).unwrap();
        stand.says(support::READY);
        restart(&stand, uuid);
        assert!(!after_restart(&stand, uuid));
        let xml = stand.virsh(&["dumpxml", "web"]);
        assert!(xml.contains("guest.iso") && xml.contains("vireo-installation"), "{xml}");
        stand.end();
    });
}

#[test]
fn media_stay_in_for_the_restarts_of_an_installer_that_restarts_several_times() {
    on_main(|| {
        let stand = Stand::new();
        let mut plan = with_source(&stand, &installer(&stand, "win"));
        plan.xml = plan.xml.replace("restarts='0'", "restarts='1'");
        let uuid = installed(&stand, plan);
        restart(&stand, uuid);
        assert!(!after_restart(&stand, uuid), "one is still to come");
        let xml = stand.virsh(&["dumpxml", "--inactive", "win"]);
        assert!(xml.contains("guest.iso") && xml.contains("seen=\"1\""), "{xml}");
        // Another client that has seen the same restart does not count it again.
        assert!(!after_restart(&stand, uuid));
        assert!(stand.virsh(&["dumpxml", "--inactive", "win"]).contains("seen=\"1\""));
        stand.end();
    });
}

/// The machine `web`, whose guest has turned itself off while nobody was listening.
fn ended(stand: &Stand) -> Uuid {
    let uuid = stand.create(stand.plan(&installer(stand, "web"))).unwrap();
    stand.says(support::READY);
    let console = stand
        .host
        .ask(async move |client| client.open_console(uuid, None, false).await)
        .unwrap();
    assert!(console.write(b"poweroff -f\n"));
    until("the end of the guest", BOOT.as_secs(), || {
        (stand.virsh(&["domstate", "web"]).trim() == "shut off").then_some(())
    });
    let note = stand.virsh(&["dumpxml", "web"]);
    assert!(
        note.contains("begun=\"yes\""),
        "whoever sees it off knows that it has ended: {note}"
    );
    uuid
}

/// What the windows stand on, with a list of this host's machines.
fn window(stand: &Stand) -> (Core, HostId) {
    let core = Core::new(Settings::in_memory().unwrap());
    let config = HostConfig::new("later", stand.daemon.uri_qemu());
    let host = config.id;
    core.put_host(config, false);
    core.connect_host(host);
    until("the list", LIMIT.as_secs(), || {
        core.store().host(host)?.listed.then_some(())
    });
    let keys = core.store().domains().map(|domain| domain.key).collect();
    // Definitions are read once somebody looks.
    core.show_rows(core.next_id(), keys, StatGroups::default());
    (core, host)
}

/// Waits until a window reads this in the note of a machine: whether it was begun, or that there is none.
#[track_caller]
fn until_noted(core: &Core, key: DomainKey, begun: Option<bool>) {
    until("what is noted", LIMIT.as_secs(), || {
        let store = core.store();
        let details = store.domain(key)?.details.as_ref()?;
        (details.installation == begun).then_some(())
    });
}

/// Whether the medium is in and the note is there; never one without the other.
#[track_caller]
fn installs(stand: &Stand, name: &str) -> bool {
    let xml = stand.virsh(&["dumpxml", "--inactive", name]);
    let (medium, note) = (xml.contains("guest.iso"), xml.contains("vireo-installation"));
    assert_eq!(medium, note, "{xml}");
    assert!(xml.contains("device='cdrom'") && xml.contains(".qcow2"), "{xml}");
    medium
}

#[test]
fn an_installation_whose_end_nobody_saw_is_finished_later_unless_it_was_forced_off() {
    on_main(|| {
        let stand = Stand::new();
        let forced = stand.create(stand.plan(&installer(&stand, "again"))).unwrap();
        stand.virsh(&["destroy", "again"]);
        let web = ended(&stand);
        assert!(installs(&stand, "web") && installs(&stand, "again"));

        let (core, host) = window(&stand);
        until_noted(&core, DomainKey::new(host, web), None);
        assert!(!installs(&stand, "web"));
        // Known to be off with something left to do, it was decided about.
        until_noted(&core, DomainKey::new(host, forced), Some(true));
        // What is asked of a machine is done in this order.
        let client = core.client(host).unwrap();
        block_on("a call after that", LIMIT, async move {
            client.begin_installation(forced).await
        })
        .unwrap();
        assert!(installs(&stand, "again"), "its user wants to try again");
        assert_eq!(stand.virsh(&["list", "--name"]).trim(), "", "nobody has started one");
        block_on("the end", LIMIT, async move { core.close().await });
        stand.end();
    });
}

#[test]
fn an_installation_is_finished_by_a_window_that_only_learns_that_the_machine_is_off() {
    on_main(|| {
        let stand = Stand::new();
        let web = ended(&stand);
        // The daemon no longer knows why.
        stand.daemon.restart();
        let state = stand.virsh(&["domstate", "--reason", "web"]);
        assert_eq!(state.trim(), "shut off (unknown)");
        assert!(installs(&stand, "web"));

        let (core, host) = window(&stand);
        until_noted(&core, DomainKey::new(host, web), None);
        assert!(!installs(&stand, "web"));
        block_on("the end", LIMIT, async move { core.close().await });
        stand.end();
    });
}

#[test]
fn a_machine_is_not_taken_for_installed_before_it_was_started() {
    on_main(|| {
        let stand = Stand::new();
        let order = Order {
            start: false,
            ..installer(&stand, "web")
        };
        let uuid = stand.create(stand.plan(&order)).unwrap();
        let xml = stand.virsh(&["dumpxml", "web"]);
        assert!(
            xml.contains("vireo-installation") && xml.contains("begun=\"no\""),
            "{xml}"
        );
        // Somebody starts it, and a window notes that.
        stand.virsh(&["start", "web"]);
        stand
            .host
            .ask(async move |client| client.begin_installation(uuid).await)
            .unwrap();
        for flags in [&["dumpxml", "web"][..], &["dumpxml", "--inactive", "web"]] {
            assert!(stand.virsh(flags).contains("begun=\"yes\""), "{flags:?}");
        }
        stand.end();
    });
}

#[test]
fn settings_of_an_older_machine_of_the_name_outlive_a_start_that_fails() {
    on_main(|| {
        let stand = Stand::new();
        let code = stand.daemon.directory().join("code.fd");
        std::fs::write(&code, vec![0; 1 << 20]).unwrap();
        // A firmware in flash: libvirt keeps its settings in a file of the machine's name. The disk is not there.
        let xml = format!(
            "<domain type='qemu'><name>old</name><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type>\
             <loader readonly='yes' type='pflash'>{code}</loader><nvram template='{code}'/></os>\
             <features><acpi/></features>\
             <devices><disk type='file' device='disk'><source file='/nonexistent'/>\
             <target dev='vda' bus='virtio'/></disk></devices></domain>",
            code = code.display(),
        );
        let plan = stand.plan(&order("", Source::Xml(xml)));
        let mut kept = plan.clone();
        kept.start = false;
        stand.create(kept).unwrap();
        let xml = stand.virsh(&["dumpxml", "old"]);
        let line = xml
            .lines()
            .find(|line| line.contains("<nvram"))
            .unwrap_or_else(|| panic!("{xml}"));
        let file = line.split('>').nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        let file = Path::new(file);
        stand.virsh(&["undefine", "--keep-nvram", "old"]);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        for were_there in [false, true] {
            if were_there {
                std::fs::write(file, vec![7; 1 << 20]).unwrap();
            }
            let error = stand.create(plan.clone()).unwrap_err();
            assert!(error.message.contains("/nonexistent"), "{}", error.message);
            assert_eq!(stand.virsh(&["list", "--all", "--name"]).trim(), "");
            assert_eq!(
                file.exists(),
                were_there,
                "what was there before stays, and nothing else"
            );
        }
        stand.end();
    });
}
