//! Copies of machines, with real images.

use std::fs;

use uuid::Uuid;
use vireo::model::action::StartOptions;
use vireo::model::cloning::{COPIES, ClonePlan, Cloning, Fate};
use vireo::model::error::Kind;
use vireo::model::storage::VolumeRef;
use vireo::model::usage::Kept;

use super::*;

/// A machine that is off, with these disks.
fn machine(here: &Storage, name: &str, os: &str, disks: &[(&str, &str, &str)]) -> Uuid {
    let disks: String = disks
        .iter()
        .map(|(target, format, path)| {
            format!(
                "<disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='{path}'/>\
                 <target dev='{target}' bus='virtio'/></disk>"
            )
        })
        .collect();
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
         <metadata><other:x xmlns:other='urn:other'>kept</other:x></metadata>\
         <os><type arch='x86_64' machine='q35'>hvm</type>{os}</os><features><acpi/></features>\
         <devices>{disks}<disk type='file' device='cdrom'><source file='/nowhere.iso'/><target dev='sda' bus='sata'/>\
         <readonly/></disk><interface type='user'><mac address='52:54:00:12:34:56'/></interface></devices></domain>"
    );
    let file = here.daemon.write("machine.xml", &xml);
    let uri = here.daemon.uri_qemu();
    here.daemon.virsh(&uri, &["define", &file.to_string_lossy()]);
    let told = here.daemon.virsh(&uri, &["domuuid", name]);
    told.trim().parse().expect("a UUID")
}

#[track_caller]
fn plan(here: &Storage, uuid: Uuid, wish: &Cloning) -> ClonePlan {
    let original = here.host.ask(async move |client| client.original(uuid).await);
    wish.plan(&original.expect("it can be read"))
        .expect("nothing hinders it")
}

fn carry_out(here: &Storage, plan: ClonePlan) -> Result<Vec<vireo::model::cloning::Cloned>, VirtError> {
    here.done(async move |client, job| client.clone_machines(plan, job).await)
}

fn machines(here: &Storage) -> Vec<String> {
    let list = here.host.ask(async |client| client.list().await).expect("a list");
    let mut names: Vec<String> = list.into_iter().map(|machine| machine.name.to_string()).collect();
    names.sort();
    names
}

fn xml(here: &Storage, name: &str) -> String {
    here.daemon
        .virsh(&here.daemon.uri_qemu(), &["dumpxml", "--inactive", name])
}

#[test]
fn whole_copy_has_its_own_disk_and_nothing_of_the_identity() {
    on_main(|| {
        let here = Storage::start();
        here.make("web.img", "raw", 3 * MIB);
        let image = here.folder("images").join("web.img");
        fs::write(&image, noise(3 * MIB as usize)).expect("what it holds");
        // Firmware settings, and an image in a folder that is no pool.
        let apart = here.folder("apart");
        fs::create_dir_all(&apart).expect("a folder");
        fs::write(apart.join("data.img"), noise(MIB as usize)).expect("an image");
        fs::write(apart.join("web_VARS.fd"), noise(4096)).expect("settings");
        let given = std::process::Command::new("chown")
            .args(["-R", "--reference"])
            .args([&image, &apart])
            .status();
        assert!(given.is_ok_and(|status| status.success()));
        let os = format!(
            "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>{}/web_VARS.fd</nvram>",
            apart.display()
        );
        let data = apart.join("data.img").display().to_string();
        let uuid = machine(
            &here,
            "web",
            &os,
            &[("vda", "raw", &image.display().to_string()), ("vdb", "raw", &data)],
        );
        let before = xml(&here, "web");
        let wish = plan(&here, uuid, &Cloning::default());
        assert!(!wish.marks_template);
        let made = carry_out(&here, wish).expect("there is room");
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].notes, Vec::<String>::new());
        assert_eq!(machines(&here), ["web", "web-clone"]);
        let copy = xml(&here, "web-clone");
        let images = here.folder("images");
        for wanted in ["web-clone.img", "web-clone-vdb.img"] {
            let path = images.join(wanted).display().to_string();
            assert!(copy.contains(&format!("<source file='{path}'/>")), "{path}: {copy}");
        }
        assert!(copy.contains("/nowhere.iso") && copy.contains("urn:other"), "{copy}");
        assert!(!copy.contains("52:54:00:12:34:56"), "{copy}");
        assert!(fs::read(images.join("web-clone.img")).expect("a copy") == noise(3 * MIB as usize));
        assert!(fs::read(images.join("web-clone-vdb.img")).expect("a copy") == noise(MIB as usize));
        assert!(fs::read(apart.join("web-clone_VARS.fd")).expect("its settings") == noise(4096));
        assert_eq!(xml(&here, "web"), before);
        let pools = here
            .daemon
            .virsh(&here.daemon.uri_qemu(), &["pool-list", "--all", "--name"]);
        assert_eq!(pools.trim(), "images", "a folder stays a pool");
        assert!(journal_is_empty());
        here.host.close();
    });
}

#[test]
fn linked_copies_build_on_a_template_that_is_neither_started_nor_deleted() {
    on_main(|| {
        let here = Storage::start();
        here.make("web.qcow2", "qcow2", 8 * MIB);
        let base = here.folder("images").join("web.qcow2").display().to_string();
        let uuid = machine(&here, "web", "", &[("vda", "qcow2", &base)]);
        let wish = Cloning {
            names: COPIES.to_owned(),
            count: 2,
            linked: true,
            ..Cloning::default()
        };
        let planned = plan(&here, uuid, &wish);
        assert!(planned.marks_template && !planned.notes.is_empty());
        let made = carry_out(&here, planned).expect("there is room");
        assert_eq!(
            made.iter().map(|copy| copy.name.as_str()).collect::<Vec<_>>(),
            ["web-1", "web-2"]
        );
        for number in 1..=2 {
            let name = format!("web-{number}.qcow2");
            let volume = here
                .host
                .ask(async move |client| client.volume(VolumeRef::new("images", name)).await);
            let volume = volume.expect("an image");
            assert_eq!(
                (volume.backing.as_deref(), volume.capacity),
                (Some(base.as_str()), Some(8 * MIB))
            );
            assert!(volume.allocation.is_some_and(|bytes| bytes < MIB), "{volume:?}");
        }
        let copy = xml(&here, "web-1");
        assert!(
            copy.contains("web-1.qcow2") && !copy.contains("vireo-template"),
            "{copy}"
        );

        let started = here
            .host
            .ask(async move |client| client.start(uuid, StartOptions::default()).await);
        assert_eq!(
            started.map_err(|error| error.kind),
            Err(Kind::Invalid),
            "a template is not started"
        );
        let path = base.clone();
        let kept = here
            .host
            .ask(async move |client| client.delete_volumes(vec![path], Vec::new()).await);
        let kept = kept.expect("the host answers");
        assert!(matches!(kept[0].result, Err(Kept::Used(_))), "{kept:?}");
        assert!(fs::metadata(&base).is_ok(), "the base is gone");
        // Not even when the template itself is gone.
        here.daemon.virsh(&here.daemon.uri_qemu(), &["undefine", "web"]);
        let path = base.clone();
        let kept = here
            .host
            .ask(async move |client| client.delete_volumes(vec![path], Vec::new()).await);
        let kept = kept.expect("the host answers");
        assert!(matches!(kept[0].result, Err(Kept::Used(_))), "{kept:?}");
        assert!(fs::metadata(&base).is_ok(), "the base is gone");
        here.host.close();
    });
}

#[test]
fn template_is_a_machine_again_when_that_is_said() {
    on_main(|| {
        let here = Storage::start();
        let uuid = machine(&here, "web", "", &[]);
        let uri = here.daemon.uri_qemu();
        here.daemon.virsh(&uri, &["autostart", "web"]);
        let set = |template| {
            here.host
                .ask(async move |client| client.set_template(uuid, template).await)
        };
        set(true).expect("it is off");
        let details = vireo::model::xml::read_domain(&xml(&here, "web")).expect("XML");
        assert!(details.is_template);
        assert!(
            here.daemon
                .virsh(&uri, &["dominfo", "web"])
                .contains("Autostart:      disable")
        );
        set(true).expect("twice is once");
        set(false).expect("it is off");
        assert!(!xml(&here, "web").contains("vireo-template"));
        let started = here
            .host
            .ask(async move |client| client.start(uuid, StartOptions::default()).await);
        // The medium is nowhere, which is another matter.
        assert!(started.is_err_and(|error| !error.message.contains("template")));
        here.host.close();
    });
}

#[test]
fn failure_of_a_later_copy_leaves_nothing_but_what_was_there() {
    on_main(|| {
        let here = Storage::start();
        here.make("web.qcow2", "qcow2", 8 * MIB);
        let base = here.folder("images").join("web.qcow2").display().to_string();
        let uuid = machine(&here, "web", "", &[("vda", "qcow2", &base)]);
        for linked in [false, true] {
            let wish = Cloning {
                names: COPIES.to_owned(),
                count: 3,
                linked,
                ..Cloning::default()
            };
            let planned = plan(&here, uuid, &wish);
            // Somebody else is faster.
            here.make("web-3.qcow2", "qcow2", MIB);
            let failed = carry_out(&here, planned.clone());
            assert_eq!(failed.map_err(|error| error.kind), Err(Kind::Invalid));
            assert_eq!(machines(&here), ["web"]);
            assert_eq!(here.names("images"), ["web-3.qcow2", "web.qcow2"]);
            assert!(
                !xml(&here, "web").contains("vireo-template"),
                "the original is a template now"
            );
            here.daemon.virsh(
                &here.daemon.uri_qemu(),
                &["vol-delete", "--pool", "images", "web-3.qcow2"],
            );

            let (job, watch) = Job::new();
            watch.cancel();
            let cancelled = here
                .host
                .ask(async move |client| client.clone_machines(planned, job).await);
            assert_eq!(cancelled.map_err(|error| error.kind), Err(Kind::Cancelled));
            assert_eq!(here.names("images"), ["web.qcow2"]);
            assert!(journal_is_empty());
        }
        here.host.close();
    });
}

#[test]
fn failed_linked_copy_takes_no_mark_that_another_copy_needs() {
    on_main(|| {
        let here = Storage::start();
        here.make("web.qcow2", "qcow2", 8 * MIB);
        let base = here.folder("images").join("web.qcow2").display().to_string();
        let uuid = machine(&here, "web", "", &[("vda", "qcow2", &base)]);
        let linked = |count| Cloning {
            names: COPIES.to_owned(),
            count,
            linked: true,
            ..Cloning::default()
        };
        let (fails, works) = (plan(&here, uuid, &linked(2)), plan(&here, uuid, &linked(1)));
        assert!(fails.marks_template && works.marks_template);
        carry_out(&here, works).expect("there is room");
        let is_marked = || xml(&here, "web").contains("vireo-template");
        assert!(is_marked());
        // Its first name is taken now.
        assert!(carry_out(&here, fails.clone()).is_err());
        assert!(is_marked(), "the copy that is there builds on it");
        // The mark is its own, but an image builds on the original since.
        here.host
            .ask(async move |client| client.set_template(uuid, false).await)
            .expect("it is off");
        assert!(carry_out(&here, fails).is_err());
        assert!(is_marked(), "the copy that is there builds on it");
        here.host.close();
    });
}

#[test]
fn jobs_that_look_into_one_folder_at_once_share_it() {
    on_main(|| {
        let here = Storage::start();
        let apart = here.folder("apart");
        fs::create_dir_all(&apart).expect("a folder");
        let jobs: Vec<_> = (0..4)
            .map(|number| {
                let file = apart.join(format!("{number}.img"));
                fs::write(&file, noise(MIB as usize)).expect("an image");
                let name = format!("m{number}");
                machine(&here, &name, "", &[("vda", "raw", &file.display().to_string())])
            })
            .collect::<Vec<_>>()
            .into_iter()
            .map(|uuid| plan(&here, uuid, &Cloning::default()))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|plan| here.job(async move |client, job| client.clone_machines(plan, job).await))
            .collect();
        for (answer, _watch) in jobs {
            until("a copy", 120, || answer.borrow_mut().take()).expect("there is room");
        }
        assert_eq!(here.names("images").len(), 4);
        let uri = here.daemon.uri_qemu();
        let pools = here.daemon.virsh(&uri, &["pool-list", "--all", "--name"]);
        assert_eq!(pools.trim(), "images", "a folder stays a pool");
        assert!(journal_is_empty());
        here.host.close();
    });
}

#[test]
fn disks_are_shared_or_left_out_as_it_was_said_and_copies_go_to_another_pool() {
    on_main(|| {
        let here = Storage::start();
        here.make_pool("other");
        let mut disks = Vec::new();
        for name in ["a", "b", "c"] {
            here.make(&format!("{name}.qcow2"), "qcow2", MIB);
            disks.push(
                here.folder("images")
                    .join(format!("{name}.qcow2"))
                    .display()
                    .to_string(),
            );
        }
        let uuid = machine(
            &here,
            "a",
            "",
            &[
                ("vda", "qcow2", &disks[0]),
                ("vdb", "qcow2", &disks[1]),
                ("vdc", "qcow2", &disks[2]),
            ],
        );
        let wish = Cloning {
            names: "new".to_owned(),
            disks: [("vdb".to_owned(), Fate::Share), ("vdc".to_owned(), Fate::LeaveOut)].into(),
            pool: Some("other".to_owned()),
            ..Cloning::default()
        };
        carry_out(&here, plan(&here, uuid, &wish)).expect("there is room");
        assert_eq!(here.names("other"), ["new.qcow2"]);
        let copy = xml(&here, "new");
        assert!(copy.contains("other/new.qcow2") && copy.contains(&disks[1]), "{copy}");
        assert!(!copy.contains(&disks[2]) && !copy.contains("'vdc'"), "{copy}");
        let taken = Cloning {
            names: "new".to_owned(),
            ..Cloning::default()
        };
        let original = here
            .host
            .ask(async move |client| client.original(uuid).await)
            .expect("it can be read");
        assert!(taken.plan(&original).is_err(), "the name is taken");
        here.host.close();
    });
}
