//! Disks in use: refused before libvirt is asked, explained where libvirt refuses, and never deleted.

mod support;

#[path = "usage/deletion.rs"]
mod deletion;

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use support::core::read_definitions;
use support::widgets::until;
use support::{Daemon, Guest, Host, block_on, on_main};
use vireo::model::action::{DomainAction, StartOptions};
use vireo::model::error::VirtError;
use vireo::model::host::HostConfig;
use vireo::model::key::{DomainKey, HostId};
use vireo::model::settings::Settings;
use vireo::model::usage::{Conflict, Deleted, Holder, Kept, removal};
use vireo::model::xml::domain::Domain;
use vireo::ui::core::{Core, Notice, Subscription};
use vireo::ui::errors;

const LIMIT: Duration = Duration::from_secs(60);
const START: DomainAction = DomainAction::Start(StartOptions {
    paused: false,
    force_boot: false,
    reset_nvram: false,
});

/// A daemon with a storage pool in a folder of its own.
struct Storage {
    daemon: Daemon,
}

impl Storage {
    fn start() -> Self {
        let daemon = Daemon::start_prepared("", |folder| {
            std::fs::create_dir(folder.join("pool")).expect("the pool's folder");
        });
        let folder = daemon.directory().join("pool");
        let target = folder.to_string_lossy();
        daemon.virsh(
            &daemon.uri_qemu(),
            &["pool-create-as", "images", "dir", "--target", &target],
        );
        Self { daemon }
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.daemon.directory().join("pool").join(name);
        path.to_string_lossy().into_owned()
    }

    /// Makes an image without telling the pool.
    #[track_caller]
    fn image(&self, name: &str, base: Option<&str>) -> String {
        let path = self.path(name);
        let mut command = Command::new("qemu-img");
        command.args(["create", "-q", "-f", "qcow2"]);
        if let Some(base) = base {
            command.args(["-b", &self.path(base), "-F", "qcow2"]);
        }
        let status = command.arg(&path).args(base.is_none().then_some("4M")).status();
        assert!(status.is_ok_and(|status| status.success()), "qemu-img create {name}");
        let owner = Command::new("chown")
            .args(["--reference", &self.path(""), &path])
            .status();
        assert!(owner.is_ok_and(|status| status.success()), "chown {name}");
        path
    }

    fn refresh(&self) {
        self.daemon.virsh(&self.daemon.uri_qemu(), &["pool-refresh", "images"]);
    }

    /// A machine without an operating system that has this image as `vda`.
    fn machine(&self, name: &str, image: &str) -> Guest<'_> {
        self.daemon
            .guest(name)
            .empty()
            .device(&disk(&self.path(image), "vda"))
            .define()
    }

    fn exists(&self, name: &str) -> bool {
        PathBuf::from(self.path(name)).exists()
    }
}

fn disk(path: &str, target: &str) -> String {
    format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{path}'/>\
         <target dev='{target}' bus='virtio'/></disk>"
    )
}

/// Deletes images and tells for each by its file name: "gone", or why not.
fn delete(host: &Host, paths: Vec<String>) -> Vec<(String, String)> {
    let results = host
        .ask(async move |client| client.delete_volumes(paths, Vec::new()).await)
        .expect("the host answers");
    let told = results.into_iter().map(|Deleted { path, result }| {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let what = match result {
            Ok(()) => "gone".to_owned(),
            Err(kept) => kept.sentence(),
        };
        (name, what)
    });
    told.collect()
}

fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn nothing_is_deleted_that_a_machine_or_a_volume_needs() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("base.qcow2", None);
        storage.image("top.qcow2", Some("base.qcow2"));
        storage.image("lone.qcow2", None);
        let (base, top, lone) = (
            storage.path("base.qcow2"),
            storage.path("top.qcow2"),
            storage.path("lone.qcow2"),
        );
        let mail = storage.machine("mail", "top.qcow2");
        storage.refresh();
        let host = Host::connect(&storage.daemon.uri_qemu());
        assert_eq!(
            delete(&host, vec![base.clone(), top.clone()]),
            told(&[
                ("top.qcow2", "“mail” uses it as vda (off)."),
                ("base.qcow2", "“mail” builds on it with vda (off)."),
            ])
        );
        // However it is spelled, it is the same image, and is told as it was asked for.
        let odd = top.replace("top.qcow2", "./top.qcow2");
        let asked = vec![odd.clone(), top.clone()];
        let found = host.ask(async move |client| client.delete_volumes(asked, Vec::new()).await);
        let found = found.expect("an answer").into_iter();
        let found: Vec<(String, bool)> = found.map(|image| (image.path, image.result.is_ok())).collect();
        assert_eq!(found, [(odd, false), (top.clone(), false)]);
        // An image that was made behind the pool's back counts, too.
        let idle = storage.image("idle.qcow2", Some("lone.qcow2"));
        let found = delete(&host, vec![lone.clone()]);
        assert_eq!(found[0].1, format!("The volume {idle} builds on it."));
        // Both together can go, whatever their order.
        assert_eq!(
            delete(&host, vec![lone, idle]),
            told(&[("idle.qcow2", "gone"), ("lone.qcow2", "gone")])
        );
        assert!(!storage.exists("lone.qcow2") && !storage.exists("idle.qcow2"));
        let missing = host.ask(async |client| client.delete_volumes(vec!["/nowhere".into()], Vec::new()).await);
        assert_eq!(missing.expect("an answer")[0].result, Err(Kept::NoVolume));
        mail.virsh("undefine", &[]);
        assert_eq!(
            delete(&host, vec![base, top]),
            told(&[("top.qcow2", "gone"), ("base.qcow2", "gone")])
        );
        host.close();
    });
}

#[test]
fn what_only_the_running_or_only_the_next_definition_has_is_kept() {
    on_main(|| {
        let storage = Storage::start();
        for name in ["now.qcow2", "next.qcow2"] {
            storage.image(name, None);
        }
        storage.refresh();
        let guest = storage.daemon.guest("mail").empty().start();
        for (name, target, scope) in [("now.qcow2", "vdx", "--live"), ("next.qcow2", "vdy", "--config")] {
            let file = storage.daemon.write("disk.xml", &disk(&storage.path(name), target));
            guest.virsh("attach-device", &[&file.to_string_lossy(), scope]);
        }
        let host = Host::connect(&storage.daemon.uri_qemu());
        assert_eq!(
            delete(&host, vec![storage.path("now.qcow2"), storage.path("next.qcow2")]),
            told(&[
                ("now.qcow2", "“mail” uses it as vdx (running)."),
                ("next.qcow2", "“mail” uses it as vdy (running)."),
            ])
        );
        host.close();
    });
}

#[test]
fn image_that_only_a_snapshot_has_is_kept() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("mail.qcow2", None);
        let mail = storage.machine("mail", "mail.qcow2");
        mail.virsh("snapshot-create-as", &["before"]);
        mail.virsh("detach-disk", &["vda", "--config"]);
        storage.refresh();
        let host = Host::connect(&storage.daemon.uri_qemu());
        let path = storage.path("mail.qcow2");
        assert_eq!(
            delete(&host, vec![path.clone()]),
            told(&[("mail.qcow2", "The snapshot before of “mail” needs it.")])
        );
        mail.virsh("snapshot-delete", &["before", "--metadata"]);
        assert_eq!(delete(&host, vec![path]), told(&[("mail.qcow2", "gone")]));
        host.close();
    });
}

/// What a window is told.
#[derive(Default)]
struct Told {
    in_use: RefCell<Vec<Vec<Conflict>>>,
    failed: RefCell<Vec<VirtError>>,
}

/// A core that is connected, as a window has it.
struct World {
    core: Core,
    host: HostId,
    told: Rc<Told>,
    _notices: Subscription,
}

impl World {
    fn open(uri: &str, machines: usize) -> Self {
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let config = HostConfig::new("world", uri);
        let host = config.id;
        core.put_host(config, true);
        core.connect_host(host);
        let told = Rc::new(Told::default());
        let into = Rc::clone(&told);
        let notices = core.subscribe_notices(move |_, notice| match notice {
            Notice::InUse { conflicts, .. } => into.in_use.borrow_mut().push(conflicts.clone()),
            Notice::ActionFailed { error, .. } => into.failed.borrow_mut().push(error.clone()),
            _ => {}
        });
        let world = Self {
            core,
            host,
            told,
            _notices: notices,
        };
        until("the list", || world.core.store().domains().count() == machines);
        read_definitions(&world.core);
        world
    }

    fn key(&self, guest: &Guest<'_>) -> DomainKey {
        DomainKey::new(self.host, guest.uuid)
    }

    fn runs(&self, key: DomainKey) -> bool {
        self.core
            .store()
            .domain(key)
            .is_some_and(|domain| domain.state.is_active())
    }

    fn close(self) {
        let core = self.core.clone();
        block_on("the end", LIMIT, async move { core.close().await });
    }
}

#[test]
fn second_writer_is_refused_with_the_name_of_the_first() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("mail.qcow2", None);
        let old = storage.machine("old-mail", "mail.qcow2");
        let new = storage.machine("mail", "mail.qcow2");
        old.start();
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let key = world.key(&new);
        world.core.perform(key, START);
        until("the refusal", || !world.told.in_use.borrow().is_empty());
        let conflicts = world.told.in_use.borrow()[0].clone();
        assert_eq!(conflicts.len(), 1);
        assert!(conflicts[0].refused);
        assert_eq!(
            conflicts[0].line(),
            format!("{}: “old-mail” uses it as vda (running).", storage.path("mail.qcow2"))
        );
        assert!(
            world
                .core
                .store()
                .domain(key)
                .is_some_and(|domain| domain.pending.is_none())
        );
        assert!(world.told.failed.borrow().is_empty(), "libvirt was asked");

        // Whoever insists is refused by QEMU, and told the same.
        world.core.perform_anyway(key, START);
        until("QEMU's refusal", || !world.told.failed.borrow().is_empty());
        let error = world.told.failed.borrow()[0].clone();
        let explanation = errors::explain_action(&error, &world.core, key);
        assert!(
            explanation.body.contains("“old-mail” uses it as vda (running)."),
            "{}",
            explanation.body
        );

        // An older index holds up nobody: it asks again.
        old.destroy();
        until("the end of the first", || !world.runs(world.key(&old)));
        world.core.perform(key, START);
        until("the start", || world.runs(key));
        world.close();
    });
}

#[test]
fn writing_to_the_base_of_another_disk_is_asked_about_even_while_that_is_off() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("base.qcow2", None);
        storage.image("top.qcow2", Some("base.qcow2"));
        let template = storage.machine("template", "base.qcow2");
        let clone = storage.machine("clone", "top.qcow2");
        storage.refresh();
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let key = world.key(&template);
        world.core.perform(key, START);
        until("the question", || !world.told.in_use.borrow().is_empty());
        let conflicts = world.told.in_use.borrow()[0].clone();
        assert!(matches!(&conflicts[0].holder, Holder::Machine { uuid, active: false, .. } if *uuid == clone.uuid));
        assert!(!conflicts[0].refused);
        world.core.perform_anyway(key, START);
        until("the start", || world.runs(key));
        // Now the other one builds on what is being written.
        world.core.perform(world.key(&clone), START);
        until("the refusal", || world.told.in_use.borrow().len() == 2);
        let conflicts = world.told.in_use.borrow()[1].clone();
        assert!(conflicts[0].refused, "{conflicts:?}");
        world.close();
    });
}

#[test]
fn edit_is_told_who_has_the_new_disk() {
    on_main(|| {
        let storage = Storage::start();
        for name in ["a.qcow2", "b.qcow2", "free.qcow2"] {
            storage.image(name, None);
        }
        let mail = storage.machine("mail", "a.qcow2");
        let old = storage.machine("old-mail", "b.qcow2");
        old.start();
        storage.refresh();
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let before = Domain::parse(&mail.virsh("dumpxml", &[])).expect("a definition");
        let conflicts = |path: Option<&str>, target: &str| {
            let mut edited = before.clone();
            match path {
                Some(path) => edited.add_device(&disk(path, target)).map(drop).expect("the disk"),
                // Another bus, the same image.
                None => {
                    let node = edited.disk("vda").expect("the disk");
                    edited.set_disk_bus(node, target).expect("the bus");
                }
            }
            let (core, key, before) = (world.core.clone(), world.key(&mail), before.clone());
            block_on("the answer", LIMIT, async move {
                core.edit_conflicts(key, &before, &edited).await
            })
        };
        assert_eq!(conflicts(Some(&storage.path("free.qcow2")), "vdb"), []);
        assert_eq!(conflicts(None, "sata"), []);
        let found = conflicts(Some(&storage.path("b.qcow2")), "vdb");
        assert_eq!(found[0].holder.sentence(), "“old-mail” uses it as vda (running).");
        // The machine is off: it may well be meant for later.
        assert!(!found[0].refused);
        // A disk of its own a second time.
        let found = conflicts(Some(&storage.path("a.qcow2")), "vdb");
        assert_eq!(found[0].holder.sentence(), "“mail” uses it as vda (off).");
        mail.start();
        until("the start", || world.runs(world.key(&mail)));
        assert!(conflicts(Some(&storage.path("b.qcow2")), "vdb")[0].refused);
        world.close();
    });
}

#[test]
fn disk_is_removed_with_its_file_and_what_it_builds_on_stays() {
    on_main(|| {
        let storage = Storage::start();
        storage.image("base.qcow2", None);
        storage.image("top.qcow2", Some("base.qcow2"));
        storage.image("other.qcow2", Some("base.qcow2"));
        let mail = storage.machine("mail", "top.qcow2");
        let other = storage.machine("other", "other.qcow2");
        storage.refresh();
        let world = World::open(&storage.daemon.uri_qemu(), 2);
        let (core, host) = (world.core.clone(), world.host);
        block_on("the volumes", LIMIT, async move { core.learn_storage(host).await });
        let domain = Domain::parse(&mail.virsh("dumpxml", &[])).expect("a definition");
        let disk = domain.disk("vda").expect("the disk");
        let files = removal(&domain, disk, &world.core.usage(world.host)).files;
        assert_eq!(files.len(), 2);
        assert_eq!(
            (files[0].path.as_str(), files[0].problem.as_deref()),
            (storage.path("top.qcow2").as_str(), None)
        );
        assert!(files[0].size.is_some_and(|size| size > 0));
        assert_eq!(
            files[1].problem.as_deref(),
            Some("“other” builds on it with vda (off).")
        );
        assert_eq!(
            world
                .core
                .usage(world.host)
                .note(&storage.path("base.qcow2"))
                .as_deref(),
            Some("used by “mail” and 1 other")
        );
        mail.virsh("detach-disk", &["vda", "--config"]);
        let (core, path) = (world.core.clone(), files[0].path.clone());
        let results = block_on("the deletion", LIMIT, async move {
            core.delete_images(host, vec![path]).await
        });
        assert_eq!(results.expect("an answer")[0].result, Ok(()));
        assert!(!storage.exists("top.qcow2") && storage.exists("base.qcow2"));
        drop(other);
        world.close();
    });
}
