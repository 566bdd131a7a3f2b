//! Applying edited definitions to real machines of QEMU: what changes at once, what the guest has to answer, what waits.
//! Each test reads back the running and the persistent definition and finds exactly its change.

mod support;

#[path = "hardware_daemon/bench.rs"]
mod bench;
#[path = "hardware_daemon/meanwhile.rs"]
mod meanwhile;

use std::collections::BTreeSet;

use bench::{Bench, NEVER_ANSWERS, domain, edited, only, places, waiting};
use support::{on_main, until};
use vireo::model::error::Kind;
use vireo::model::hardware::apply::{Outcome, Report, Verdict, Wish};
use vireo::model::hardware::plan::pending;
use vireo::model::xml::domain::{Domain, DomainChange};

#[test]
fn devices_come_and_go_while_the_guest_runs() {
    on_main(|| {
        let bench = Bench::new();
        let guest = bench.daemon.guest("vm").disk_mib(4).start();
        let uuid = guest.uuid;
        let image = bench.image("more.img", 2);
        guest.wait_ready();

        let report = bench.change(uuid, |base| edited(base, &[DomainChange::AddDisk(image.clone())]));
        assert_eq!(only(&report), ("devices/disk[vdb]", &Outcome::Now));
        assert!(bench.live(uuid).contains(&image));
        let nic =
            "<interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface></devices>";
        let report = bench.replace(uuid, "</devices>", nic);
        assert_eq!(only(&report), ("devices/interface[52:54:00:12:34:56]", &Outcome::Now));
        let rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>";
        let report = bench.replace(uuid, "</devices>", rng);
        assert_eq!(only(&report).1, &Outcome::Now);
        bench.nothing_waits(uuid);

        // Away again, as the guest lets go.
        for change in [
            &(|domain: &mut Domain| domain.remove_disk("vdb")) as &dyn Fn(&mut Domain) -> Result<(), _>,
            &|domain: &mut Domain| domain.remove_nic("52:54:00:12:34:56"),
            &|domain: &mut Domain| {
                let rng = domain.devices_of(vireo::model::xml::domain::DeviceKind::Rng).next();
                domain.remove_device(rng.expect("it is there"))
            },
        ] {
            let seen = bench.host.seen();
            let report = bench.change(uuid, |base| {
                let mut domain = domain(base);
                change(&mut domain).expect("possible");
                domain.document().to_string()
            });
            if let Some(alias) = waiting(&report) {
                bench.removed(uuid, &alias, seen);
            }
            bench.nothing_waits(uuid);
        }
        assert!(!bench.live(uuid).contains(&image));
        bench.host.close();
    });
}

#[test]
fn a_guest_that_never_answers_keeps_its_device_and_can_be_asked_again() {
    on_main(|| {
        let bench = Bench::new();
        let image = bench.image("stays.img", 1);
        let disk = NEVER_ANSWERS.replace("IMAGE", &image);
        let guest = bench.daemon.guest("deaf").empty().device(&disk).start();
        let uuid = guest.uuid;
        let report = bench.change(uuid, |base| {
            let mut domain = domain(base);
            domain.remove_disk("vdx").expect("it is there");
            domain.document().to_string()
        });
        let alias = waiting(&report).expect("nobody in there answers");
        assert!(bench.live(uuid).contains(&image) && !report.definition.contains(&image));
        // It is told as what waits for the next start.
        let found = bench.definitions(uuid);
        let left = pending(
            &domain(&found.live.expect("it runs")),
            &domain(&found.persistent.expect("persistent")),
        );
        assert_eq!(left.len(), 1, "{left:#?}");
        assert_eq!(left[0].place, "devices/disk[vdx]");
        for _ in 0..2 {
            let again = alias.clone();
            let asked = bench.host.ask(async move |client| client.unplug(uuid, again).await);
            assert_eq!(asked, Ok(Outcome::Waiting(alias.clone())));
        }
        // A device that is not there any more is what was wanted.
        let asked = bench
            .host
            .ask(async move |client| client.unplug(uuid, "nothing0".to_owned()).await);
        assert_eq!(asked, Ok(Outcome::Now));
        guest.destroy();
        let asked = bench.host.ask(async move |client| client.unplug(uuid, alias).await);
        assert_eq!(asked, Ok(Outcome::Now));
        bench.host.close();
    });
}

#[test]
fn a_medium_is_put_in_changed_and_ejected() {
    on_main(|| {
        let bench = Bench::new();
        let (one, two) = (bench.image("one.iso", 1), bench.image("two.iso", 1));
        let drive = "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='hdc' bus='ide'/><readonly/></disk>";
        let guest = bench.daemon.guest("cd").device(drive).start();
        let uuid = guest.uuid;
        guest.wait_ready();
        let put = |from: &str, to: &str| {
            let source = |path: &str| match path {
                "" => String::new(),
                path => format!("<source file='{path}'/>\n      "),
            };
            bench.replace(
                uuid,
                &format!("{}<target dev='hdc'", source(from)),
                &format!("{}<target dev='hdc'", source(to)),
            )
        };
        for (from, to) in [("", one.as_str()), (&one, &two), (&two, "")] {
            let report = put(from, to);
            assert_eq!(
                only(&report),
                ("devices/disk[hdc]/source", &Outcome::Now),
                "{from} to {to}"
            );
            let live = bench.live(uuid);
            assert_eq!(live.contains(&one), to == one, "{live}");
            assert_eq!(live.contains(&two), to == two, "{live}");
            bench.nothing_waits(uuid);
        }
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn settings_change_at_once_and_for_later_starts() {
    on_main(|| {
        let bench = Bench::new();
        let image = bench.image("disk.img", 1);
        let devices = format!(
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{image}'/><target dev='vda' bus='virtio'/></disk>\
             <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>\
             <graphics type='vnc' port='-1' autoport='yes' passwd='hush'/>"
        );
        let guest = bench.daemon.guest("set").empty().device(&devices).start();
        let uuid = guest.uuid;
        let now = |report: &Report, place: &str| {
            assert_eq!(only(report), (place, &Outcome::Now), "{report:#?}");
            bench.nothing_waits(uuid);
        };

        let report = bench.change(uuid, |base| {
            edited(
                base,
                &[
                    DomainChange::Title("A & b".to_owned()),
                    DomainChange::Description("<words>".to_owned()),
                    DomainChange::Metadata {
                        key: "k".to_owned(),
                        uri: "urn:k".to_owned(),
                        xml: "<a>1</a>".to_owned(),
                    },
                ],
            )
        });
        assert_eq!(report.changes.len(), 3, "{report:#?}");
        assert!(
            report.changes.iter().all(|one| one.outcome == Outcome::Now),
            "{report:#?}"
        );
        let live = bench.live(uuid);
        assert!(live.contains("A &amp; b") && live.contains("&lt;words&gt;") && live.contains("urn:k"));
        bench.nothing_waits(uuid);

        let link = "<mac address='52:54:00:00:00:01'/>";
        let report = bench.replace(uuid, link, &format!("{link}<link state='down'/>"));
        now(&report, "devices/interface[52:54:00:00:00:01]/link/@state");
        assert!(bench.live(uuid).contains("<link state='down'/>"));
        let report = bench.replace(uuid, "<link state='down'/>", "<link state='up'/>");
        now(&report, "devices/interface[52:54:00:00:00:01]/link/@state");

        let target = "<target dev='vda' bus='virtio'/>";
        let tune = "<iotune><total_bytes_sec>1000000</total_bytes_sec><total_iops_sec>500</total_iops_sec></iotune>";
        let report = bench.replace(uuid, target, &format!("{target}{tune}"));
        now(&report, "devices/disk[vda]/iotune");
        let live = bench.live(uuid);
        assert!(
            live.contains("<total_bytes_sec>1000000<") && live.contains("<total_iops_sec>500<"),
            "{live}"
        );
        let report = bench.replace(uuid, "<total_bytes_sec>1000000</total_bytes_sec>", "");
        now(&report, "devices/disk[vda]/iotune");
        assert!(!bench.live(uuid).contains("total_bytes_sec"));

        let report = bench.replace(uuid, "passwd='hush'", "passwd='shush'");
        now(&report, "devices/graphics[vnc]/@passwd");
        assert!(bench.live(uuid).contains("passwd='shush'"));
        assert!(!format!("{:?}", report.changes[0].change.details).contains("hush"));

        let report = bench.replace(
            uuid,
            "<memballoon model='virtio'>",
            "<memballoon model='virtio'><stats period='5'/>",
        );
        now(&report, "devices/memballoon/stats/@period");
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn memory_and_processors_of_a_running_guest_change() {
    on_main(|| {
        let bench = Bench::new();
        let guest = bench
            .daemon
            .guest("cpu")
            .memory_mib(160)
            .element("<iothreads>1</iothreads>")
            .define();
        let uuid = guest.uuid;
        // Off: everything is for the next start.
        let report = bench.change(uuid, |base| edited(base, &[DomainChange::MaxVcpus(2)]));
        assert!(
            report
                .changes
                .iter()
                .all(|one| one.outcome == Outcome::NextStart(String::new()))
        );
        guest.start();
        guest.wait_ready();

        let report = bench.change(uuid, |base| edited(base, &[DomainChange::Vcpus(2)]));
        assert_eq!(only(&report), ("vcpu/@current", &Outcome::Now));
        assert_eq!(domain(&bench.live(uuid)).vcpus(), 2);
        let report = bench.change(uuid, |base| edited(base, &[DomainChange::CurrentMemory(128 << 10)]));
        assert_eq!(only(&report), ("currentMemory", &Outcome::Now));
        until("the balloon", 60, || {
            let reached = domain(&bench.live(uuid)).current_memory_kib();
            (reached == Some(128 << 10)).then_some(())
        });
        let report = bench.change(uuid, |base| edited(base, &[DomainChange::Memory(256 << 10)]));
        let memory = report.changes.iter().find(|one| one.change.place == "memory");
        match memory.map(|one| &one.outcome) {
            Some(Outcome::NextStart(reason)) => assert!(!reason.is_empty()),
            other => panic!("{other:?}"),
        }
        assert_eq!(domain(&bench.live(uuid)).memory_kib(), Some(160 << 10));
        let report = bench.replace(uuid, "<iothreads>1</iothreads>", "<iothreads>2</iothreads>");
        assert_eq!(only(&report), ("iothreads", &Outcome::Now));
        assert!(bench.live(uuid).contains("<iothreads>2<"));
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn what_the_running_machine_refuses_waits_or_leaves_the_definition_again() {
    on_main(|| {
        let bench = Bench::new();
        let guest = bench.daemon.guest("vm").empty().start();
        let uuid = guest.uuid;
        let base = bench.persistent(uuid);
        // An image that isn't there would hinder the next start, too; the rest of the wish is done.
        let wanted = edited(
            &base,
            &[
                DomainChange::AddDisk("/does/not/exist.img".to_owned()),
                DomainChange::Title("t".to_owned()),
            ],
        );
        let report = match bench.try_apply(uuid, &base, &wanted) {
            Ok(Verdict::Done(report)) => *report,
            other => panic!("{other:?}"),
        };
        let fate = |place: &str| {
            let found = report.changes.iter().find(|one| one.change.place.contains(place));
            &found.expect("it is told").outcome
        };
        assert!(
            matches!(fate("disk"), Outcome::Failed(error) if error.message.contains("exist.img")),
            "{report:#?}"
        );
        assert_eq!(*fate("title"), Outcome::Now);
        let now = bench.persistent(uuid);
        assert_eq!(report.definition, now);
        assert_eq!(
            places(&base, &now),
            BTreeSet::from(["title".to_owned()]),
            "nothing half done"
        );
        bench.nothing_waits(uuid);
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn a_machine_that_answers_nothing_gets_its_definition_and_does_not_hold_the_host() {
    on_main(|| {
        let bench = Bench::new();
        let guest = bench.daemon.guest("vm").empty().start();
        let other = bench.daemon.guest("other").empty().define();
        let (uuid, other) = (guest.uuid, other.uuid);
        let base = bench.persistent(uuid);
        let wanted = edited(
            &base,
            &[
                DomainChange::Title("t".to_owned()),
                DomainChange::CurrentMemory(16 << 10),
            ],
        );
        guest.signal("STOP");
        let wish = Wish {
            base,
            edited: wanted,
            live: true,
            validate: true,
        };
        let call = bench.host.call(async move |client| client.apply(uuid, wish).await);
        // Meanwhile the host goes on for others.
        let elsewhere = bench.persistent(other);
        let changed = edited(&elsewhere, &[DomainChange::Title("elsewhere".to_owned())]);
        let report = bench.try_apply(other, &elsewhere, &changed);
        assert!(matches!(report, Ok(Verdict::Done(_))), "{report:?}");
        guest.signal("CONT");
        let verdict = support::answer("the end", 60, &call);
        assert!(matches!(verdict, Ok(Verdict::Done(_))), "{verdict:?}");
        assert!(bench.persistent(uuid).contains("<title>t</title>"));
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn disks_grow_and_never_shrink() {
    on_main(|| {
        let bench = Bench::new();
        let folder = bench.daemon.directory().join("data");
        let uri = bench.daemon.uri_qemu();
        let pool = folder.to_string_lossy().into_owned();
        bench
            .daemon
            .virsh(&uri, &["pool-create-as", "images", "dir", "--target", &pool]);
        bench.daemon.virsh(
            &uri,
            &["vol-create-as", "images", "grows.qcow2", "1M", "--format", "qcow2"],
        );
        let path = folder.join("grows.qcow2").to_string_lossy().into_owned();
        let disk = format!(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{path}'/><target dev='vda' bus='virtio'/></disk>\
             <disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='images' volume='grows.qcow2'/><target dev='vdb' bus='virtio'/></disk>\
             <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>"
        );
        let guest = bench.daemon.guest("vm").empty().device(&disk).define();
        let uuid = guest.uuid;
        let resize = |target: &str, mib: u64| {
            let target = target.to_owned();
            bench
                .host
                .ask(async move |client| client.resize_disk(uuid, target, mib << 20).await)
        };
        let capacity = || {
            let text = bench
                .daemon
                .virsh(&uri, &["vol-info", "--bytes", "--pool", "images", "grows.qcow2"]);
            let line = text.lines().find(|line| line.starts_with("Capacity:"));
            line.expect("its size")
                .split_whitespace()
                .nth(1)
                .expect("a number")
                .parse::<u64>()
                .expect("a number")
                >> 20
        };
        assert_eq!(resize("vda", 4), Ok(()));
        assert_eq!(capacity(), 4);
        assert_eq!(resize("vdb", 5), Ok(()));
        assert_eq!(capacity(), 5);
        assert_eq!(resize("vda", 2).expect_err("smaller").kind, Kind::Invalid);
        assert_eq!(resize("hdc", 8).expect_err("empty").kind, Kind::Invalid);
        assert_eq!(resize("vdz", 8).expect_err("no such disk").kind, Kind::Invalid);
        assert_eq!(capacity(), 5);
        // Running: QEMU makes it larger, and the guest sees it.
        bench.change(uuid, |base| {
            let mut domain = domain(base);
            domain.remove_disk("vdb").expect("it is there");
            domain.document().to_string()
        });
        guest.start();
        assert_eq!(resize("vda", 8), Ok(()));
        assert_eq!(resize("vda", 6).expect_err("smaller").kind, Kind::Invalid);
        let text = bench.daemon.virsh(&uri, &["domblkinfo", "vm", "vda"]);
        assert!(text.contains(&(8_u64 << 20).to_string()), "{text}");
        guest.destroy();
        // An image in no pool.
        let image = bench.image("alone.img", 1);
        bench.change(uuid, |base| edited(base, &[DomainChange::AddDisk(image)]));
        let refused = resize("vdb", 8).expect_err("no volume");
        assert!(!refused.message.is_empty(), "{refused:?}");
        bench.host.close();
    });
}
