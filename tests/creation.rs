//! Making machines on a private daemon with real QEMU: every source that can run here, and that a failure or a cancel at any
//! stage leaves nothing behind.

mod support;

#[path = "creation/command.rs"]
mod command;
#[path = "creation/container.rs"]
mod container;
#[path = "creation/installation.rs"]
mod installation;
#[path = "creation/media.rs"]
mod media;
#[path = "creation/schema.rs"]
mod schema;
#[path = "creation/unattended.rs"]
mod unattended;

use std::path::Path;
use std::time::Duration;

use support::{Daemon, Host, block_on, on_main, private_state, skipped, until};
use vireo::model::creation::{
    Account, DiskWish, ImageRef, NetworkWish, Order, Plan, Problem, Remedy, Seed, Source, Surroundings, Weight, plan,
    problems,
};
use vireo::model::error::{Kind, VirtError};
use vireo::model::facts::GuestKind;
use vireo::model::job::{Job, Step};
use vireo::model::journal::{Entry, Made};
use vireo::virt::client::{Journal, Leftover};

const LIMIT: Duration = Duration::from_secs(120);
/// The installer of Debian takes its time without KVM.
const BOOT: Duration = Duration::from_secs(300);

/// A daemon with a pool in a folder of its own.
struct Stand {
    daemon: Daemon,
    host: Host,
}

impl Stand {
    fn new() -> Self {
        let daemon = Daemon::start_prepared("", |folder| {
            std::fs::create_dir_all(folder.join("images")).unwrap();
        });
        let uri = daemon.uri_qemu();
        let target = daemon.directory().join("images").display().to_string();
        daemon.virsh(&uri, &["pool-create-as", "images", "dir", "--target", &target]);
        let host = Host::connect(&uri);
        Self { daemon, host }
    }

    fn virsh(&self, arguments: &[&str]) -> String {
        self.daemon.virsh(&self.daemon.uri_qemu(), arguments)
    }

    /// The plan for an order; the console is logged to a file.
    fn plan(&self, order: &Order) -> Plan {
        let (order, asked) = (order.clone(), order.clone());
        let facts = self
            .host
            .ask(async move |client| client.creation_facts(asked, None).await)
            .unwrap();
        let mut plan = plan(&order, &Surroundings::new(&facts)).unwrap_or_else(|problem| panic!("{}", problem.text));
        self.log_console(&mut plan);
        plan
    }

    fn log_console(&self, plan: &mut Plan) {
        let logged = format!(
            "<console type='pty'>\n      <log file='{}'/>\n    </console>",
            self.log().display()
        );
        for xml in [Some(&mut plan.xml), plan.install_xml.as_mut()].into_iter().flatten() {
            *xml = xml.replace("<console type='pty'/>", &logged);
        }
    }

    fn log(&self) -> std::path::PathBuf {
        self.daemon.directory().join("serial.log")
    }

    fn create(&self, plan: Plan) -> Result<uuid::Uuid, VirtError> {
        let client = self.host.client.clone();
        let (job, _watch) = Job::new();
        block_on(
            "a new machine",
            LIMIT,
            async move { client.create_machine(plan, job).await },
        )
    }

    /// Waits for words of the guest.
    #[track_caller]
    fn says(&self, words: &str) {
        // Turns the main loop meanwhile: a host closes the connection of a program that is silent for half a minute.
        until(words, BOOT.as_secs(), || {
            let said = std::fs::read(self.log()).unwrap_or_default();
            String::from_utf8_lossy(&said).contains(words).then_some(())
        });
    }

    /// Names of machines and volumes, and the number of open entries of the journal.
    fn everything(&self) -> (String, String, usize) {
        let machines = self.virsh(&["list", "--all", "--name"]);
        self.virsh(&["pool-refresh", "images"]);
        let volumes = self.virsh(&["vol-list", "images"]);
        (machines, volumes, entries())
    }

    fn end(self) {
        for name in self.virsh(&["list", "--name"]).split_whitespace() {
            self.virsh(&["destroy", name]);
        }
        self.host.close();
    }
}

/// Files in the journal.
fn entries() -> usize {
    let folder = private_state().join("vireo/jobs");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Ends a guest, which libvirt takes for its own end.
fn turn_off(daemon: &Daemon, name: &str) {
    let file = daemon.directory().join(format!("run/libvirt/qemu/run/{name}.pid"));
    let pid = std::fs::read_to_string(file).unwrap();
    support::signal(pid.trim().parse().unwrap(), "TERM");
    support::wait_for("the end of the guest", LIMIT, || {
        let state = daemon.virsh(&daemon.uri_qemu(), &["domstate", "--reason", name]);
        (state.trim() == "shut off (shutdown)").then_some(())
    });
}

fn order(name: &str, source: Source) -> Order {
    Order {
        name: name.to_owned(),
        source,
        kind: GuestKind {
            // KVM may be there and still not work where tests run.
            hypervisor: "qemu".to_owned(),
            ..GuestKind::default()
        },
        memory: Some(256 << 20),
        cpus: Some(1),
        network: NetworkWish::None,
        start: true,
        ..Order::default()
    }
}

fn new_disk() -> DiskWish {
    DiskWish::New {
        pool: "images".to_owned(),
        name: String::new(),
        format: None,
        capacity: 64 << 20,
        allocate: false,
    }
}

fn path(path: &Path) -> ImageRef {
    ImageRef::Path(path.display().to_string())
}

/// A medium that boots the small guest; its folder is the daemon's.
fn medium(stand: &Stand) -> std::path::PathBuf {
    media::bootable(stand.daemon.directory())
}

/// An order that installs from [`medium`] to a new disk.
fn installer(stand: &Stand, name: &str) -> Order {
    Order {
        disk: new_disk(),
        ..order(name, Source::Media(path(&medium(stand))))
    }
}

#[test]
fn an_installation_medium_boots_past_an_empty_disk() {
    on_main(|| {
        let stand = Stand::new();
        let uuid = stand.create(stand.plan(&installer(&stand, "web"))).unwrap();
        stand.says(support::READY);
        let (machines, volumes, open) = stand.everything();
        assert!(
            machines.contains("web") && volumes.contains("web.qcow2"),
            "{machines}{volumes}"
        );
        assert_eq!(open, 0, "the journal is empty");
        // The guest is done: the medium is out and the note is gone.
        turn_off(&stand.daemon, "web");
        let done = stand
            .host
            .ask(async move |client| client.finish_installation(uuid, false).await)
            .unwrap();
        assert!(done);
        let xml = stand.virsh(&["dumpxml", "--inactive", "web"]);
        assert!(!xml.contains(".iso") && !xml.contains("vireo-installation"), "{xml}");
        assert!(xml.contains("device='cdrom'") && xml.contains("web.qcow2"), "{xml}");
        let again = stand
            .host
            .ask(async move |client| client.finish_installation(uuid, false).await);
        assert!(!again.unwrap(), "nothing is left to do");
        stand.end();
    });
}

#[test]
fn an_image_with_a_system_is_imported_and_boots() {
    on_main(|| {
        let stand = Stand::new();
        let image = media::disk(&medium(&stand));
        let plan = stand.plan(&order("old", Source::Disk(path(&image))));
        assert!(plan.files.is_empty(), "it is used as it is: {:?}", plan.files);
        stand.create(plan).unwrap();
        stand.says(support::READY);
        stand.end();
    });
}

#[test]
fn an_uploaded_image_gets_the_format_that_its_bytes_have() {
    on_main(|| {
        let stand = Stand::new();
        let image = media::disk(&medium(&stand));
        let packed = media::packed(&image);
        let upload = ImageRef::Upload {
            file: packed,
            pool: "images".to_owned(),
        };
        stand.create(stand.plan(&order("up", Source::Disk(upload)))).unwrap();
        let xml = stand.virsh(&["dumpxml", "--inactive", "up"]);
        assert!(xml.contains("type='qcow2'"), "{xml}");
        stand.says(support::READY);
        stand.end();
    });
}

#[test]
fn a_cloud_image_is_copied_made_larger_and_gets_its_settings() {
    on_main(|| {
        let stand = Stand::new();
        let image = media::packed(&media::disk(&medium(&stand)));
        let before = std::fs::read(&image).unwrap();
        let seed = Seed {
            account: Account {
                name: "anna".to_owned(),
                ..Account::default()
            },
            ssh_keys: vec![
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhWwNQpRYEoFyjJQJ4b4nW8vOIBnUQ4CFFcnTLeXs3q anna".to_owned(),
            ],
            ..Seed::default()
        };
        let order = Order {
            disk: new_disk(),
            ..order(
                "cloud",
                Source::Cloud {
                    image: path(&image),
                    seed,
                },
            )
        };
        stand.create(stand.plan(&order)).unwrap();
        assert_eq!(std::fs::read(&image).unwrap(), before, "the original is as it was");
        let about = stand.virsh(&["vol-info", "--bytes", "cloud.qcow2", "--pool", "images"]);
        assert!(about.contains(&(64_u64 << 20).to_string()), "{about}");
        let seed = stand.daemon.directory().join("images/cloud-cloud-init.iso");
        let bytes = std::fs::read(&seed).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains("local-hostname: cloud") && text.contains("anna"),
            "what cloud-init reads"
        );
        stand.says(support::READY);
        let (_, volumes, open) = stand.everything();
        assert!(volumes.contains("cloud-cloud-init.iso"), "it stays: {volumes}");
        assert_eq!(open, 0);
        stand.end();
    });
}

#[test]
fn a_compressed_cloud_image_is_unpacked_on_its_way() {
    on_main(|| {
        let stand = Stand::new();
        let image = media::compressed(&media::packed(&media::disk(&medium(&stand))));
        for (name, image) in [
            ("here", path(&image)),
            (
                "brought",
                ImageRef::Upload {
                    file: image.clone(),
                    pool: "images".to_owned(),
                },
            ),
        ] {
            let seed = Seed::default();
            let order = Order {
                disk: new_disk(),
                ..order(name, Source::Cloud { image, seed })
            };
            stand.create(stand.plan(&order)).unwrap();
            let xml = stand.virsh(&["dumpxml", "--inactive", name]);
            assert!(xml.contains("type='qcow2'"), "{xml}");
            let volume = xml
                .split("source file='")
                .nth(1)
                .and_then(|rest| rest.split('\'').next());
            let about = stand.virsh(&["vol-info", "--bytes", volume.unwrap()]);
            assert!(
                about.contains(&(64_u64 << 20).to_string()),
                "it was made larger: {about}"
            );
            stand.says(support::READY);
            stand.virsh(&["destroy", name]);
            std::fs::write(stand.log(), "").unwrap();
        }
        assert_eq!(entries(), 0);
        stand.end();
    });
}

/// The installer of Debian from its tree: a package of Debian has it.
#[test]
fn the_installer_of_a_tree_starts_and_its_files_go_after_it() {
    on_main(|| {
        let tree = Path::new("/usr/lib/debian-installer/images/12/amd64/text");
        if !tree.exists() {
            skipped("needs the package debian-installer-12-netboot-amd64");
            return;
        }
        let stand = Stand::new();
        let order = Order {
            memory: Some(1 << 30),
            disk: new_disk(),
            ..order(
                "tree",
                Source::Tree {
                    url: tree.display().to_string(),
                    arguments: "console=ttyS0".to_owned(),
                },
            )
        };
        let uuid = stand.create(stand.plan(&order)).unwrap();
        stand.says("Select a language");
        let (_, volumes, _) = stand.everything();
        assert!(
            volumes.contains("tree-kernel") && volumes.contains("tree-initrd"),
            "{volumes}"
        );
        let kept = stand.virsh(&["dumpxml", "--inactive", "tree"]);
        assert!(!kept.contains("<kernel>"), "the next start is from the disk: {kept}");
        turn_off(&stand.daemon, "tree");
        let done = stand
            .host
            .ask(async move |client| client.finish_installation(uuid, true).await);
        assert!(done.unwrap());
        let (_, volumes, _) = stand.everything();
        assert!(
            !volumes.contains("tree-kernel") && !volumes.contains("tree-initrd") && volumes.contains("tree.qcow2"),
            "{volumes}"
        );
        assert!(stand.virsh(&["list", "--name"]).contains("tree"), "it runs again");
        stand.end();
    });
}

#[test]
fn a_definition_that_somebody_brings_never_replaces_a_machine() {
    on_main(|| {
        let stand = Stand::new();
        let xml = "<domain type='qemu'><name>mine</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>";
        let order = Order {
            start: false,
            ..order("", Source::Xml(xml.to_owned()))
        };
        let uuid = stand.create(stand.plan(&order)).unwrap();
        let name_taken = stand.create(stand.plan(&order)).unwrap_err();
        assert_eq!(name_taken.kind, Kind::Invalid, "{}", name_taken.message);
        let same = xml.replace("<name>mine</name>", &format!("<name>other</name><uuid>{uuid}</uuid>"));
        let order = Order {
            source: Source::Xml(same),
            ..order.clone()
        };
        let uuid_taken = stand.create(stand.plan(&order)).unwrap_err();
        assert_eq!(uuid_taken.kind, Kind::Invalid, "{}", uuid_taken.message);
        assert_eq!(stand.virsh(&["list", "--all", "--name"]).trim(), "mine");
        assert_eq!(entries(), 0);
        stand.end();
    });
}

#[test]
fn a_failure_at_any_stage_leaves_nothing() {
    on_main(|| {
        let stand = Stand::new();
        let iso = medium(&stand);
        let good = stand.plan(&Order {
            disk: new_disk(),
            ..order("bad", Source::Media(path(&iso)))
        });
        let before = stand.everything();
        let missing = ImageRef::Upload {
            file: "/nonexistent/file.iso".into(),
            pool: "images".to_owned(),
        };
        let upload = stand.plan(&Order {
            disk: new_disk(),
            ..order("bad", Source::Media(missing))
        });
        let refused = Plan {
            xml: good.xml.replace("<vcpu>1</vcpu>", "<vcpu>1</vcpu><nonsense/>"),
            ..good.clone()
        };
        let unstartable = Plan {
            xml: good.xml.replace(&iso.display().to_string(), "/nonexistent.iso"),
            ..good.clone()
        };
        let tree = stand.plan(&Order {
            disk: new_disk(),
            ..order(
                "bad",
                Source::Tree {
                    url: "/nonexistent".to_owned(),
                    arguments: String::new(),
                },
            )
        });
        for (what, plan) in [
            ("the upload", upload),
            ("the definition", refused),
            ("the start", unstartable),
            ("the tree", tree),
        ] {
            let error = stand.create(plan).expect_err(what);
            assert!(!error.message.is_empty(), "{what}");
            assert_eq!(stand.everything(), before, "{what}: {}", error.message);
        }
        stand.create(good).unwrap();
        stand.end();
    });
}

#[test]
fn a_cancel_at_any_stage_leaves_nothing() {
    on_main(|| {
        let stand = Stand::new();
        let image = media::packed(&media::disk(&medium(&stand)));
        let order = Order {
            disk: new_disk(),
            ..order(
                "gone",
                Source::Cloud {
                    image: path(&image),
                    seed: Seed::default(),
                },
            )
        };
        let before = stand.everything();
        let mut cancelled = 0;
        // Each stage tells that it begins; the cancel comes with the first, the second, and so on.
        for stage in 1..20 {
            let plan = stand.plan(&order);
            let client = stand.host.client.clone();
            let (job, watch) = Job::new();
            let result = block_on("a cancelled creation", LIMIT, async move {
                let steps = watch.steps.clone();
                let stop = glib::MainContext::default().spawn_local(async move {
                    let mut seen = 0;
                    while let Ok(step) = steps.recv().await {
                        seen += u32::from(matches!(step, Step::Stage(_)));
                        if seen == stage {
                            watch.cancel();
                        }
                    }
                });
                let result = client.create_machine(plan, job).await;
                stop.abort();
                result
            });
            match result {
                Err(error) => {
                    assert_eq!(error.kind, Kind::Cancelled, "stage {stage}: {}", error.message);
                    assert_eq!(stand.everything(), before, "stage {stage}");
                    cancelled += 1;
                }
                Ok(_) => break,
            }
        }
        assert!(cancelled >= 3, "only {cancelled} stages could be cancelled");
        stand.end();
    });
}

#[test]
fn a_volume_that_is_there_is_never_taken_or_removed() {
    on_main(|| {
        let stand = Stand::new();
        let file = stand.daemon.directory().join("images/precious.img");
        std::fs::write(&file, "precious").unwrap();
        stand.virsh(&["pool-refresh", "images"]);
        let order = Order {
            disk: DiskWish::New {
                pool: "images".to_owned(),
                name: "precious.img".to_owned(),
                format: Some("raw".to_owned()),
                capacity: 1 << 20,
                allocate: false,
            },
            ..order("thief", Source::Empty)
        };
        let plan = stand.plan(&order);
        let (asked, planned) = (order.clone(), plan.clone());
        let said = stand
            .host
            .ask(async move |client| client.examine(asked, planned).await)
            .unwrap();
        assert!(said.iter().any(|problem| problem.row == "disk"), "{said:?}");
        assert_eq!(stand.create(plan).unwrap_err().kind, Kind::Invalid);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        assert_eq!(entries(), 0);
        stand.end();
    });
}

#[test]
fn problems_are_said_before() {
    on_main(|| {
        let stand = Stand::new();
        let asked = order("web", Source::Empty);
        let facts = {
            let asked = asked.clone();
            stand
                .host
                .ask(async move |client| client.creation_facts(asked, None).await)
                .unwrap()
        };
        let machines = ["web".to_owned(), "web-2".to_owned()];
        let around = Surroundings {
            machines: &machines,
            ..Surroundings::new(&facts)
        };
        let large = Order {
            memory: Some(1 << 50),
            disk: DiskWish::New {
                pool: "images".to_owned(),
                name: String::new(),
                format: None,
                capacity: 1 << 60,
                allocate: true,
            },
            network: NetworkWish::Network("nowhere".to_owned()),
            ..asked.clone()
        };
        let found = problems(&large, &around);
        let of = |row: &str| -> Vec<&Problem> { found.iter().filter(|problem| problem.row == row).collect() };
        assert_eq!(of("name")[0].remedy, Some(Remedy::Rename("web-3".to_owned())));
        assert!(matches!(of("memory")[0].remedy, Some(Remedy::Memory(bytes)) if bytes > 0));
        assert_eq!(of("disk")[0].weight, Weight::Error);
        assert_eq!(of("network")[0].weight, Weight::Error);
        let missing = order("x", Source::Media(ImageRef::Path("/nonexistent.iso".to_owned())));
        let plan = stand.plan(&missing);
        let said = stand
            .host
            .ask(async move |client| client.examine(missing, plan).await)
            .unwrap();
        assert!(
            said.iter()
                .any(|problem| problem.row == "source" && problem.text.contains("/nonexistent.iso")),
            "{said:?}"
        );
        stand.end();
    });
}

#[test]
fn an_image_to_copy_that_is_not_there_is_named_before_and_when_it_fails() {
    on_main(|| {
        let stand = Stand::new();
        let gone = stand.daemon.directory().join("gone.qcow2");
        let missing = Source::Cloud {
            image: path(&gone),
            seed: Seed::default(),
        };
        let order = Order {
            disk: new_disk(),
            ..order("web", missing)
        };
        let plan = stand.plan(&order);
        let (asked, planned) = (order.clone(), plan.clone());
        let said = stand
            .host
            .ask(async move |client| client.examine(asked, planned).await)
            .unwrap();
        let said = said.iter().find(|problem| problem.row == "source").expect("a problem");
        assert!(said.text.contains("/gone.qcow2"), "{said:?}");
        assert_eq!(said.weight, Weight::Error);
        let failure = stand.create(plan).unwrap_err();
        assert_eq!(failure.kind, Kind::Invalid);
        assert!(failure.message.contains("/gone.qcow2"), "{failure:?}");
        assert_eq!(entries(), 0);
        stand.end();
    });
}

#[test]
fn a_medium_over_an_old_system_comes_first_once() {
    on_main(|| {
        let stand = Stand::new();
        let iso = medium(&stand);
        let image = media::disk(&iso);
        let order = Order {
            disk: DiskWish::Existing(path(&image)),
            ..order("again", Source::Media(path(&iso)))
        };
        let uuid = stand.create(stand.plan(&order)).unwrap();
        stand.says(support::READY);
        let running = stand.virsh(&["dumpxml", "again"]);
        let (disk, medium) = (running.find("guest.img").unwrap(), running.find("guest.iso").unwrap());
        let first = running.find("<boot order='1'/>").unwrap();
        assert!(disk < medium && medium < first, "the medium boots first: {running}");
        let console = stand
            .host
            .ask(async move |client| client.open_console(uuid, None, false).await)
            .unwrap();
        assert!(console.write(b"reboot -f\n"));
        until("the end of the installer", BOOT.as_secs(), || {
            (stand.virsh(&["domstate", "again"]).trim() == "shut off").then_some(())
        });
        let reason = stand.virsh(&["domstate", "--reason", "again"]);
        assert!(
            reason.contains("shutdown"),
            "the guest's own restart is told from the user's order: {reason}"
        );
        let done = stand
            .host
            .ask(async move |client| client.finish_installation(uuid, true).await);
        assert!(done.unwrap());
        stand.says(support::READY);
        let now = stand.virsh(&["dumpxml", "again"]);
        assert!(
            !now.contains("guest.iso") && now.contains("<on_reboot>restart</on_reboot>"),
            "{now}"
        );
        stand.end();
    });
}

#[test]
fn what_a_crash_left_is_named_and_removed_unless_a_machine_uses_it() {
    on_main(|| {
        let stand = Stand::new();
        for name in ["half.qcow2", "used.qcow2"] {
            stand.virsh(&["vol-create-as", "images", name, "1M", "--format", "qcow2"]);
        }
        let used = stand.daemon.directory().join("images/used.qcow2");
        let xml = format!(
            "<domain type='qemu'><name>user</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os>\
             <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
             <target dev='vda' bus='virtio'/></disk></devices></domain>",
            used.display()
        );
        let file = stand.daemon.write("user.xml", &xml);
        stand.virsh(&["define", &file.to_string_lossy()]);
        let made = |name: &str| Made::Volume {
            pool: "images".to_owned(),
            name: name.to_owned(),
        };
        let entry = Entry {
            title: "Creating half".to_owned(),
            host: stand.host.client.id(),
            uri: stand.daemon.uri_qemu(),
            started: 1,
            made: Vec::new(),
        };
        let mut record = Journal::of_user().begin(entry).unwrap();
        for name in ["half.qcow2", "used.qcow2", "never.qcow2"] {
            record.will_make(made(name)).unwrap();
        }
        // The program dies.
        drop(record);
        let found = Journal::of_user().leftovers().unwrap();
        assert_eq!(found.len(), 1);
        let things = found[0].entry.made.clone();
        let staying = stand
            .host
            .ask(async move |client| client.remove_leftover(things).await)
            .unwrap();
        assert_eq!(staying.len(), 1, "{staying:?}");
        assert!(
            staying[0].contains("used.qcow2") && staying[0].contains("user"),
            "{staying:?}"
        );
        let (_, volumes, _) = stand.everything();
        assert!(
            !volumes.contains("half.qcow2") && volumes.contains("used.qcow2"),
            "{volumes}"
        );
        found.into_iter().for_each(Leftover::forget);
        assert_eq!(entries(), 0);
        stand.end();
    });
}
