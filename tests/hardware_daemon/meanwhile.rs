//! Where a change of a running machine could be lost or made twice: two changes of one device, devices that are alike, what
//! the guest still holds.

use vireo::model::hardware::apply::{Outcome, Report, Verdict};
use vireo::model::xml::domain::{Domain, DomainChange};

use crate::bench::{Bench, NEVER_ANSWERS, domain, edited, only, waiting};
use crate::support::{answer, on_main};

/// A guest without a system, with these devices; the test goes on while it runs.
fn with_devices(devices: &str, body: impl FnOnce(&Bench, uuid::Uuid)) {
    let bench = Bench::new();
    let guest = bench.daemon.guest("vm").empty().device(devices).start();
    body(&bench, guest.uuid);
    guest.destroy();
    bench.host.close();
}

fn outcome<'r>(report: &'r Report, place: &str) -> &'r Outcome {
    let found = report.changes.iter().find(|one| one.change.place == place);
    &found.unwrap_or_else(|| panic!("{place} in {report:#?}")).outcome
}

#[test]
fn two_changes_of_one_device_do_not_take_back_each_other() {
    on_main(|| {
        let bench = Bench::new();
        let (one, two) = (bench.image("one.iso", 1), bench.image("two.iso", 1));
        let drive = format!(
            "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{one}'/>\
             <target dev='hdc' bus='ide'/><readonly/></disk>"
        );
        let guest = bench.daemon.guest("vm").empty().device(&drive).start();
        let uuid = guest.uuid;
        let report = bench.replace(
            uuid,
            &format!("<source file='{one}'/>"),
            &format!("<source file='{two}' startupPolicy='optional'/>"),
        );
        assert_eq!(report.changes.len(), 2, "{report:#?}");
        for place in ["source", "source/@startupPolicy"] {
            assert_eq!(*outcome(&report, &format!("devices/disk[hdc]/{place}")), Outcome::Now);
        }
        let live = bench.live(uuid);
        assert!(
            live.contains(&two) && live.contains("startupPolicy='optional'"),
            "{live}"
        );
        assert!(!live.contains(&one), "{live}");
        bench.nothing_waits(uuid);
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn two_windows_that_change_one_device_do_not_take_back_each_other() {
    on_main(|| {
        let devices = "<graphics type='vnc' port='-1' autoport='yes' passwd='hush'/>";
        with_devices(devices, |bench, uuid| {
            let base = bench.persistent(uuid);
            let begin = |new: &str| {
                let wish = bench.wish(&base, &base.replace("passwd='hush'", new));
                bench.host.call(async move |client| client.apply(uuid, wish).await)
            };
            let calls = [
                begin("passwd='shush'"),
                begin("passwd='hush' passwdValidTo='2040-01-01T00:00:00'"),
            ];
            for call in &calls {
                match answer("the end of a call", 60, call) {
                    Ok(Verdict::Done(report)) => assert_eq!(only(&report).1, &Outcome::Now),
                    other => panic!("{other:?}"),
                }
            }
            let live = bench.live(uuid);
            assert!(
                live.contains("passwd='shush'") && live.contains("2040-01-01T00:00:00"),
                "{live}"
            );
            bench.nothing_waits(uuid);
        });
    });
}

#[test]
fn of_two_interfaces_with_one_address_the_right_one_changes_and_goes() {
    on_main(|| {
        let nic = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>";
        with_devices(&nic.repeat(2), |bench, uuid| {
            let links = |text: &str| -> Vec<bool> {
                let nics = text.split("<interface ").skip(1);
                nics.map(|nic| {
                    nic.split("</interface>")
                        .next()
                        .is_some_and(|nic| nic.contains("state='down'"))
                })
                .collect()
            };
            let mac = "<mac address='52:54:00:00:00:01'/>";
            let report = bench.change(uuid, |base| {
                let (head, tail) = base.rsplit_once(mac).expect("an interface");
                format!("{head}{mac}<link state='down'/>{tail}")
            });
            assert_eq!(only(&report).1, &Outcome::Now);
            assert_eq!(links(&bench.live(uuid)), [false, true]);
            assert_eq!(links(&bench.persistent(uuid)), [false, true]);
            bench.nothing_waits(uuid);
            // The first one goes, as far as it is for us: nobody in there answers.
            let report = bench.change(uuid, |base| {
                let start = base.find("<interface ").expect("an interface");
                let end = start + base[start..].find("</interface>").expect("its end") + "</interface>".len();
                format!("{}{}", &base[..start], &base[end..])
            });
            assert!(waiting(&report).is_some());
            assert_eq!(links(&bench.persistent(uuid)), [true]);
        });
    });
}

#[test]
fn a_new_interface_without_an_address_gets_one_for_now_and_later() {
    on_main(|| {
        with_devices("", |bench, uuid| {
            let base = bench.persistent(uuid);
            let wanted = base.replace(
                "</devices>",
                "<interface type='user'><model type='virtio'/></interface></devices>",
            );
            match bench.try_apply(uuid, &base, &wanted) {
                Ok(Verdict::Done(report)) => assert_eq!(only(&report).1, &Outcome::Now),
                other => panic!("{other:?}"),
            }
            let macs = |text: &str| -> Vec<String> {
                let parts = text.split("<mac address='").skip(1);
                parts.map(|part| part.chars().take(17).collect()).collect()
            };
            let (live, persistent) = (macs(&bench.live(uuid)), macs(&bench.persistent(uuid)));
            assert!(live.len() == 1 && live == persistent, "{live:?} {persistent:?}");
            bench.nothing_waits(uuid);
        });
    });
}

#[test]
fn another_disk_of_the_name_that_the_guest_still_holds_waits() {
    on_main(|| {
        let bench = Bench::new();
        let (old, new) = (bench.image("old.img", 1), bench.image("new.img", 1));
        let guest = bench
            .daemon
            .guest("vm")
            .empty()
            .device(&NEVER_ANSWERS.replace("IMAGE", &old))
            .start();
        let uuid = guest.uuid;
        let report = bench.change(uuid, |base| {
            let mut domain = domain(base);
            domain.remove_disk("vdx").expect("it is there");
            domain.document().to_string()
        });
        assert!(waiting(&report).is_some());
        let disk = NEVER_ANSWERS.replace("IMAGE", &new);
        let report = bench.replace(uuid, "</devices>", &format!("{disk}</devices>"));
        match only(&report) {
            ("devices/disk[vdx]", Outcome::NextStart(reason)) => assert!(!reason.is_empty()),
            other => panic!("{other:?}"),
        }
        let (live, persistent) = (bench.live(uuid), bench.persistent(uuid));
        assert!(live.contains(&old) && !live.contains(&new), "{live}");
        assert!(persistent.contains(&new) && !persistent.contains(&old), "{persistent}");
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn a_device_with_a_name_of_the_users_keeps_it_and_is_found_by_it() {
    on_main(|| {
        let bench = Bench::new();
        let guest = bench.daemon.guest("vm").start();
        let uuid = guest.uuid;
        guest.wait_ready();
        let rng =
            "<rng model='virtio'><backend model='random'>/dev/urandom</backend><alias name='ua-dice'/></rng></devices>";
        let report = bench.replace(uuid, "</devices>", rng);
        assert_eq!(only(&report).1, &Outcome::Now);
        assert!(bench.live(uuid).contains("ua-dice") && bench.persistent(uuid).contains("ua-dice"));
        bench.nothing_waits(uuid);
        // A second one of that name is refused as a whole.
        let base = bench.persistent(uuid);
        let twice = bench.try_apply(uuid, &base, &base.replace("</devices>", rng));
        assert!(twice.is_err(), "{twice:?}");
        assert_eq!(bench.persistent(uuid), base, "nothing is written");
        let seen = bench.host.seen();
        let report = bench.change(uuid, |base| {
            let mut domain: Domain = domain(base);
            let rng = domain.devices_of(vireo::model::xml::domain::DeviceKind::Rng).next();
            domain.remove_device(rng.expect("it is there")).expect("possible");
            domain.document().to_string()
        });
        if let Some(alias) = waiting(&report) {
            assert_eq!(alias, "ua-dice");
            bench.removed(uuid, &alias, seen);
        }
        bench.nothing_waits(uuid);
        guest.destroy();
        bench.host.close();
    });
}

#[test]
fn a_saved_machine_goes_on_with_its_old_hardware_and_that_is_told() {
    on_main(|| {
        let bench = Bench::new();
        let guest = bench.daemon.guest("vm").empty().start();
        let uuid = guest.uuid;
        guest.virsh("managedsave", &[]);
        let base = bench.persistent(uuid);
        let wanted = edited(&base, &[DomainChange::MaxVcpus(3), DomainChange::Vcpus(3)]);
        match bench.try_apply(uuid, &base, &wanted) {
            Ok(Verdict::Done(report)) => {
                assert!(report.is_saved && !report.changes.is_empty());
                let tells = |one: &Outcome| matches!(one, Outcome::NextStart(reason) if !reason.is_empty());
                assert!(report.changes.iter().all(|one| tells(&one.outcome)), "{report:#?}");
            }
            other => panic!("{other:?}"),
        }
        guest.start();
        assert_eq!(domain(&bench.live(uuid)).vcpus(), 1, "the warning was right");
        guest.destroy();
        guest.start();
        assert_eq!(domain(&bench.live(uuid)).vcpus(), 3);
        guest.destroy();
        bench.host.close();
    });
}
