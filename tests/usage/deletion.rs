//! Machines that are deleted, with and without their images.

use std::collections::HashMap;
use std::fs;

use vireo::model::deletion::{Fate, Keep, Report};
use vireo::model::error::Kind;
use vireo::model::key::DomainKey;
use vireo::ui::core::Doom;

use crate::support::widgets::until;
use crate::support::{Guest, block_on, on_main};
use crate::{LIMIT, Storage, World};

const GO: Keep = Keep {
    nvram: false,
    tpm: false,
};

fn doom(key: DomainKey, force_off: bool) -> Doom {
    Doom {
        key,
        force_off,
        keep: GO,
        only_definition: false,
    }
}

impl World {
    fn delete(&self, machines: Vec<Doom>, images: &[String]) -> Report {
        let (core, host) = (self.core.clone(), self.host);
        let images = images.to_vec();
        let images = HashMap::from_iter((!images.is_empty()).then_some((host, images)));
        block_on(
            "the deletion",
            LIMIT,
            async move { core.delete(machines, images).await },
        )
    }

    fn fate(&self, machine: Doom) -> Fate {
        let mut report = self.delete(vec![machine], &[]);
        report.machines.remove(0).1
    }

    fn is_listed(&self, key: DomainKey) -> bool {
        self.core.store().domain(key).is_some()
    }

    fn is_marked(&self, key: DomainKey) -> bool {
        let store = self.core.store();
        store.domain(key).is_some_and(|domain| domain.pending.is_some())
    }
}

fn names(storage: &Storage) -> Vec<String> {
    let listed = storage
        .daemon
        .virsh(&storage.daemon.uri_qemu(), &["list", "--all", "--name"]);
    let mut names: Vec<String> = listed.split_whitespace().map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn machine_goes_with_the_chosen_image_and_what_others_need_stays() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("base.qcow2", None);
        for top in ["mail.qcow2", "other.qcow2"] {
            storage.image(top, Some("base.qcow2"));
        }
        let mail = storage.machine("mail", "mail.qcow2");
        let other = storage.machine("mail-2", "other.qcow2");
        storage.refresh();
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let key = world.key(&mail);

        let core = world.core.clone();
        let left = block_on("the images", LIMIT, async move {
            let machines = core.belongings(&[key]).await;
            core.leftovers(&machines).await
        });
        let offered: Vec<(&str, Option<&str>)> = left[0]
            .1
            .iter()
            .map(|left| (left.file.path.as_str(), left.file.problem.as_deref()))
            .collect();
        assert_eq!(
            offered,
            [
                (storage.path("mail.qcow2").as_str(), None),
                (
                    storage.path("base.qcow2").as_str(),
                    Some("“mail-2” builds on it with vda (off).")
                ),
            ]
        );

        // Whatever is asked for, the image of another machine stays, and who has it is told.
        let wanted = ["mail.qcow2", "other.qcow2", "base.qcow2"].map(|name| storage.path(name));
        let report = world.delete(vec![doom(key, false)], &wanted);
        assert_eq!(report.machines, [("mail".to_owned(), Fate::Deleted)]);
        assert!(!report.is_complete());
        let mut kept = report.kept_images(|error| error.message.clone());
        kept.sort();
        assert_eq!(
            kept,
            [
                format!("{}: “mail-2” builds on it with vda (off).", storage.path("base.qcow2")),
                format!("{}: “mail-2” uses it as vda (off).", storage.path("other.qcow2")),
            ]
        );
        assert!(!storage.exists("mail.qcow2") && storage.exists("other.qcow2") && storage.exists("base.qcow2"));
        until("the machine to go from the list", || !world.is_listed(key));
        assert_eq!(names(&storage), ["mail-2"]);
        assert!(world.is_listed(world.key(&other)));
        world.close();
    });
}

#[test]
fn running_machine_is_forced_off_only_with_consent() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("mail.qcow2", None);
        let mail = storage.machine("mail", "mail.qcow2");
        mail.start();
        storage.refresh();
        let world = World::open(&storage.daemon.uri_qemu(), 1);
        let key = world.key(&mail);
        assert_eq!(world.fate(doom(key, false)), Fate::Running);
        assert!(world.runs(key) && !world.is_marked(key));

        // Nor does the call by itself stop one, or make it one that vanishes when it stops.
        let client = world.core.client(world.host).expect("the client");
        let refused = block_on("the refusal", LIMIT, async move { client.undefine(key.uuid, GO).await });
        assert_eq!(refused.expect_err("it runs").kind, Kind::Invalid);
        assert!(mail.virsh("dominfo", &[]).contains("Persistent:     yes"));

        let report = world.delete(vec![doom(key, true)], &[storage.path("mail.qcow2")]);
        assert!(report.is_complete(), "{report:?}");
        assert!(names(&storage).is_empty() && !storage.exists("mail.qcow2"));
        until("the machine to go from the list", || !world.is_listed(key));
        world.close();
    });
}

#[test]
fn machine_without_definition_is_gone_with_its_process() {
    on_main(|| {
        let storage = Storage::start();
        let builder = storage.daemon.guest("guest").empty();
        let file = storage.daemon.write("guest.xml", &builder.xml());
        let uri = storage.daemon.uri_qemu();
        storage.daemon.virsh(&uri, &["create", &file.to_string_lossy()]);
        let world = World::open(&uri, 1);
        let key = world.core.store().domains().next().expect("the machine").key;
        assert_eq!(world.fate(doom(key, false)), Fate::Running);
        assert_eq!(world.fate(doom(key, true)), Fate::Deleted);
        assert!(names(&storage).is_empty());
        until("the machine to go from the list", || !world.is_listed(key));
        world.close();
    });
}

/// Gives a machine firmware with settings of its own, as a file that is there.
fn with_nvram(storage: &Storage, guest: &Guest<'_>) -> String {
    let vars = storage.path(&format!("{}.fd", guest.name));
    fs::write(&vars, "settings").expect("the settings");
    let text = guest.virsh("dumpxml", &["--inactive"]);
    let text = text.replace(
        "</type>",
        &format!("</type><loader readonly='yes' type='pflash'>/firmware/code.fd</loader><nvram>{vars}</nvram>"),
    );
    let file = storage.daemon.write("nvram.xml", &text);
    storage
        .daemon
        .virsh(&storage.daemon.uri_qemu(), &["define", &file.to_string_lossy()]);
    vars
}

#[test]
fn saved_state_snapshots_and_firmware_settings_are_told_and_go_unless_kept() {
    on_main(|| {
        let storage = Storage::start();
        for name in ["mail.qcow2", "web.qcow2"] {
            storage.image(name, None);
        }
        let (mail, web) = (
            storage.machine("mail", "mail.qcow2"),
            storage.machine("web", "web.qcow2"),
        );
        for name in ["first", "second"] {
            mail.virsh("snapshot-create-as", &[name]);
        }
        mail.start();
        mail.virsh("managedsave", &[]);
        let web_settings = with_nvram(&storage, &web);
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let keys = [world.key(&mail), world.key(&web)];
        let core = world.core.clone();
        let known = block_on("what they have", LIMIT, async move { core.belongings(&keys).await });
        let about = known[0].1.as_ref().expect("an answer");
        assert!(about.saved && !about.nvram && !about.tpm, "{about:?}");
        assert_eq!((about.snapshots, about.checkpoints), (2, 0));
        assert!(known[1].1.as_ref().expect("an answer").nvram);

        assert_eq!(world.fate(doom(keys[0], false)), Fate::Deleted);
        let kept = Doom {
            keep: Keep { nvram: true, tpm: true },
            ..doom(keys[1], false)
        };
        assert_eq!(world.fate(kept), Fate::Deleted);
        assert!(names(&storage).is_empty());
        assert!(fs::exists(&web_settings).expect("a readable folder"));

        let again = storage.machine("web", "web.qcow2");
        let settings = with_nvram(&storage, &again);
        let key = world.key(&again);
        until("the machine to be listed", || world.is_listed(key));
        assert_eq!(world.fate(doom(key, false)), Fate::Deleted);
        assert!(!fs::exists(settings).expect("a readable folder"));
        world.close();
    });
}

#[test]
fn refusal_of_one_machine_leaves_its_image_and_does_not_save_the_others() {
    on_main(|| {
        let storage = Storage::start();
        for name in ["mail.qcow2", "web.qcow2"] {
            storage.image(name, None);
        }
        let (mail, web) = (
            storage.machine("mail", "mail.qcow2"),
            storage.machine("web", "web.qcow2"),
        );
        web.start();
        storage.refresh();
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let keys = [world.key(&web), world.key(&mail)];
        let images = ["web.qcow2", "mail.qcow2"].map(|name| storage.path(name));
        let report = world.delete(keys.map(|key| doom(key, false)).to_vec(), &images);
        assert_eq!(
            report.machines,
            [("web".to_owned(), Fate::Running), ("mail".to_owned(), Fate::Deleted)]
        );
        assert_eq!(
            report.kept_images(|error| error.message.clone()),
            [format!(
                "{}: “web” uses it as vda (running).",
                storage.path("web.qcow2")
            )]
        );
        assert!(storage.exists("web.qcow2") && !storage.exists("mail.qcow2"));
        assert_eq!(names(&storage), ["web"]);
        world.close();
    });
}
