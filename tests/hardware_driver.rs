//! Applying edited definitions on libvirt's test driver: two people at once, what the schema refuses, what libvirt drops,
//! and every fault made for real.

mod support;

#[path = "hardware_driver/meanwhile.rs"]
mod meanwhile;

use support::{Daemon, Host, on_main, private_state};
use uuid::Uuid;
use vireo::model::error::{Kind, VirtError};
use vireo::model::hardware::apply::{Definitions, Outcome, Report, Verdict, Wish};
use vireo::model::host::HostConfig;
use vireo::model::xml::domain::{Domain, DomainChange};
use vireo::virt::client::Archive;

/// A world with the machine `test`, running, and another one, `spare`, that is off.
struct Bench {
    daemon: Daemon,
    world: support::World,
    host: Host,
    test: Uuid,
    spare: Uuid,
}

const SPARE: &str = "<domain type='test'><name>spare</name><memory unit='KiB'>8192</memory><vcpu>2</vcpu>\
    <os><type arch='i686'>hvm</type></os><devices><disk type='file' device='disk'><source file='/tmp/a.img'/>\
    <target dev='vda' bus='virtio'/></disk><interface type='network'><mac address='52:54:00:00:00:01'/>\
    <source network='default'/></interface><graphics type='vnc' passwd='hush'/></devices></domain>";

impl Bench {
    fn new() -> Self {
        let daemon = Daemon::start();
        let mut world = daemon.hold_world();
        let file = daemon.write("spare.xml", SPARE);
        world.run(&format!("define {}", file.display()));
        let uuid = |world: &mut support::World, name: &str| -> Uuid {
            let text = world.run(&format!("domuuid {name}"));
            text.trim().parse().expect("a UUID")
        };
        let (test, spare) = (uuid(&mut world, "test"), uuid(&mut world, "spare"));
        let host = Host::connect(&daemon.uri_test());
        Self {
            daemon,
            world,
            host,
            test,
            spare,
        }
    }

    fn definitions(&self, uuid: Uuid) -> Definitions {
        self.host
            .ask(async move |client| client.definitions(uuid).await)
            .expect("definitions")
    }

    fn persistent(&self, uuid: Uuid) -> String {
        self.definitions(uuid).persistent.expect("it is persistent")
    }

    fn try_apply(&self, uuid: Uuid, base: &str, edited: &str, validate: bool) -> Result<Verdict, VirtError> {
        let wish = Wish {
            base: base.to_owned(),
            edited: edited.to_owned(),
            live: true,
            validate,
        };
        self.host.ask(async move |client| client.apply(uuid, wish).await)
    }

    #[track_caller]
    fn apply(&self, uuid: Uuid, base: &str, edited: &str) -> Report {
        done(self.try_apply(uuid, base, edited, true))
    }
}

#[track_caller]
fn done(verdict: Result<Verdict, VirtError>) -> Report {
    match verdict {
        Ok(Verdict::Done(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// The definition with changes.
#[track_caller]
fn edited(base: &str, changes: &[DomainChange]) -> String {
    let domain = Domain::parse(base).expect("a machine");
    let after = DomainChange::apply_all(changes, &domain).expect("possible");
    after.document().to_string()
}

fn title(text: &str) -> DomainChange {
    DomainChange::Title(text.to_owned())
}

fn outcomes(report: &Report) -> Vec<(&str, &Outcome)> {
    let all = report.changes.iter();
    all.map(|applied| (applied.change.place.as_str(), &applied.outcome))
        .collect()
}

#[test]
fn a_definition_is_read_with_its_passwords_and_both_where_both_exist() {
    on_main(|| {
        let mut bench = Bench::new();
        let spare = bench.definitions(bench.spare);
        assert!(spare.live.is_none() && spare.locked.is_none());
        assert!(spare.persistent.is_some_and(|text| text.contains("passwd='hush'")));
        let both = bench.definitions(bench.test);
        assert!(both.persistent.is_some() && both.live.is_some());
        let transient = SPARE.replace("spare", "passing");
        let file = bench.daemon.write("passing.xml", &transient);
        bench.world.run(&format!("create {}", file.display()));
        let uuid = bench.world.run("domuuid passing").trim().parse().expect("a UUID");
        let passing = bench.definitions(uuid);
        assert!(passing.persistent.is_none() && passing.live.is_some());
        let gone = bench
            .host
            .ask(async move |client| client.definitions(Uuid::new_v4()).await);
        assert_eq!(gone.expect_err("no such machine").kind, Kind::Gone);
        bench.host.close();
    });
}

#[test]
fn a_change_is_written_and_read_back_and_nothing_else() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let wanted = edited(&base, &[title("A & b"), DomainChange::Memory(16384)]);
        let report = bench.apply(bench.spare, &base, &wanted);
        assert!(!report.merged && report.dropped.is_empty(), "{report:?}");
        let next_start = Outcome::NextStart(String::new());
        assert_eq!(
            outcomes(&report),
            [("title", &next_start), ("memory", &next_start)],
            "{report:?}"
        );
        assert_eq!(report.definition, wanted);
        assert_eq!(bench.persistent(bench.spare), wanted);
        bench.host.close();
    });
}

#[test]
fn two_people_who_edit_at_once_lose_nothing() {
    on_main(|| {
        let bench = Bench::new();
        let other = Host::connect(&bench.daemon.uri_test());
        let base = bench.persistent(bench.spare);
        let mine = edited(&base, &[title("mine")]);
        let theirs = edited(&base, &[DomainChange::AddDisk("/tmp/theirs.img".to_owned())]);
        let (uuid, wish) = (
            bench.spare,
            Wish {
                base: base.clone(),
                edited: theirs,
                live: true,
                validate: true,
            },
        );
        let report = done(other.ask(async move |client| client.apply(uuid, wish).await));
        assert!(!report.merged);
        let report = bench.apply(bench.spare, &base, &mine);
        assert!(report.merged);
        assert_eq!(outcomes(&report).len(), 1, "only what I have changed: {report:?}");
        let both = bench.persistent(bench.spare);
        assert!(
            both.contains("<title>mine</title>") && both.contains("/tmp/theirs.img"),
            "{both}"
        );
        // Both changed one place in one way: no clash.
        let again = bench.apply(bench.spare, &base, &mine);
        assert!(again.changes.is_empty() && again.merged);
        assert_eq!(bench.persistent(bench.spare), both);
        other.close();
        bench.host.close();
    });
}

#[test]
fn a_clash_is_told_with_both_sides_and_writes_nothing() {
    on_main(|| {
        let mut bench = Bench::new();
        let base = bench.persistent(bench.spare);
        bench.world.run("desc spare --config --title theirs");
        let now = bench.persistent(bench.spare);
        assert_ne!(base, now);
        let mine = edited(&base, &[title("mine"), DomainChange::Memory(16384)]);
        match bench.try_apply(bench.spare, &base, &mine, true) {
            Ok(Verdict::Clash { conflicts, current }) => {
                assert_eq!(conflicts.len(), 1);
                assert_eq!(conflicts[0].place, "title");
                assert!(conflicts[0].ours.as_deref().is_some_and(|ours| ours.contains("mine")));
                assert!(
                    conflicts[0]
                        .theirs
                        .as_deref()
                        .is_some_and(|theirs| theirs.contains("theirs"))
                );
                assert_eq!(current, now);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(bench.persistent(bench.spare), now, "nothing is written");
        bench.host.close();
    });
}

#[test]
fn what_the_schema_refuses_is_named_and_can_be_defined_anyway() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let odd = base.replace("<devices>", "<wing span='2'/><devices>");
        match bench.try_apply(bench.spare, &base, &odd, true) {
            Ok(Verdict::Invalid { error, named }) => {
                assert_eq!(error.kind, Kind::Invalid);
                assert!(named.is_some(), "{}", error.message);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(bench.persistent(bench.spare), base, "nothing is written");
        let report = done(bench.try_apply(bench.spare, &base, &odd, false));
        let dropped: Vec<_> = report.dropped.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(dropped, ["wing"], "libvirt drops without a word, Vireo tells");
        assert_eq!(bench.persistent(bench.spare), base);
        bench.host.close();
    });
}

#[test]
fn what_libvirt_adds_and_leaves_out_is_read_back() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let wanted = base
            .replace("<devices>", "<!-- mine --><devices>")
            .replace("</devices>", "<controller type='scsi'/></devices>");
        let report = bench.apply(bench.spare, &base, &wanted);
        let places = |list: &[vireo::model::xml::Difference]| -> Vec<String> {
            list.iter().map(|one| one.place.clone()).collect()
        };
        assert_eq!(places(&report.dropped), ["#comment"], "{report:?}");
        assert!(
            places(&report.added).iter().any(|place| place.contains("controller")),
            "{report:?}"
        );
        bench.host.close();
    });
}

#[test]
fn a_definition_of_another_machine_never_makes_a_twin() {
    on_main(|| {
        let mut bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let uuid = bench.spare.to_string();
        let other = Uuid::new_v4().to_string();
        for (base, wanted) in [
            (base.clone(), base.replace(&uuid, &other)),
            (base.replace(&uuid, &other), base.replace(&uuid, &other)),
            (base.clone(), base.replace(&format!("<uuid>{uuid}</uuid>"), "")),
            (base.clone(), bench.persistent(bench.test)),
            (base.clone(), "<domain>".to_owned()),
        ] {
            let refused = bench.try_apply(bench.spare, &base, &wanted, false);
            assert_eq!(refused.expect_err("refused").kind, Kind::Invalid);
        }
        let machines = bench.world.run("list --all --name");
        assert_eq!(machines.split_whitespace().count(), 2, "{machines}");
        assert_eq!(bench.persistent(bench.spare), base);
        bench.host.close();
    });
}

#[test]
fn a_running_machine_takes_what_it_can_and_the_rest_waits_with_a_reason() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.test);
        let wanted = edited(
            &base,
            &[
                title("now"),
                DomainChange::Memory(4_194_304),
                DomainChange::AddDisk("/tmp/x.img".to_owned()),
            ],
        );
        let report = bench.apply(bench.test, &base, &wanted);
        let fate = |place: &str| {
            let found = report.changes.iter().find(|applied| applied.change.place == place);
            found.map(|applied| applied.outcome.clone())
        };
        assert_eq!(fate("title"), Some(Outcome::Now));
        assert!(matches!(fate("memory"), Some(Outcome::NextStart(reason)) if !reason.is_empty()));
        let after = bench.definitions(bench.test);
        let (persistent, live) = (after.persistent.expect("persistent"), after.live.expect("running"));
        assert!(persistent.contains("<title>now</title>") && live.contains("<title>now</title>"));
        assert!(persistent.contains(">4194304</memory>") && !live.contains(">4194304</memory>"));
        // The driver may know nothing of plugging: then it waits, and says why.
        let disk = report
            .changes
            .iter()
            .find(|applied| applied.change.place.contains("disk"));
        let disk = &disk.expect("a disk").outcome;
        assert!(persistent.contains("/tmp/x.img"));
        assert_eq!(live.contains("/tmp/x.img"), *disk == Outcome::Now, "{disk:?}");
        bench.host.close();
    });
}

#[test]
fn the_running_machine_is_left_alone_where_that_is_wished() {
    on_main(|| {
        let bench = Bench::new();
        let (base, uuid) = (bench.persistent(bench.test), bench.test);
        let wish = Wish {
            edited: edited(&base, &[title("later")]),
            base,
            live: false,
            validate: true,
        };
        let report = done(bench.host.ask(async move |client| client.apply(uuid, wish).await));
        assert!(matches!(outcomes(&report)[..], [("title", Outcome::NextStart(reason))] if !reason.is_empty()));
        let after = bench.definitions(uuid);
        assert!(after.persistent.is_some_and(|text| text.contains("later")));
        assert!(after.live.is_some_and(|text| !text.contains("later")));
        bench.host.close();
    });
}

#[test]
fn a_transient_machine_changes_now_or_not_at_all() {
    on_main(|| {
        let mut bench = Bench::new();
        let file = bench.daemon.write("passing.xml", &SPARE.replace("spare", "passing"));
        bench.world.run(&format!("create {}", file.display()));
        let uuid: Uuid = bench.world.run("domuuid passing").trim().parse().expect("a UUID");
        let base = bench.definitions(uuid).live.expect("it runs");
        let wanted = edited(&base, &[title("now"), DomainChange::Memory(16384)]);
        let report = bench.apply(uuid, &base, &wanted);
        assert!(report.definition.is_empty());
        match &outcomes(&report)[..] {
            [("title", Outcome::Now), ("memory", Outcome::Failed(error))] => assert!(!error.message.is_empty()),
            other => panic!("{other:?}"),
        }
        let after = bench.definitions(uuid);
        assert!(after.persistent.is_none(), "it stays transient");
        assert!(after.live.is_some_and(|text| text.contains("<title>now</title>")));
        bench.host.close();
    });
}

#[test]
fn a_new_name_is_given_while_off_and_the_old_definition_is_kept() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let wanted = edited(&base, &[DomainChange::Name("other".to_owned()), title("t")]);
        let report = bench.apply(bench.spare, &base, &wanted);
        assert!(outcomes(&report).contains(&("name", &Outcome::Now)), "{report:?}");
        assert_eq!(report.dropped, []);
        assert_eq!(bench.persistent(bench.spare), wanted);
        let kept = report.backup.expect("a backup");
        assert!(kept.starts_with(private_state()), "{}", kept.display());
        assert_eq!(std::fs::read_to_string(&kept).expect("readable"), base);
        assert_eq!(Archive::of_user().list(bench.spare).expect("a list"), [kept]);
        bench.host.close();
    });
}

#[test]
fn a_running_machine_keeps_its_name_and_gets_the_rest() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.test);
        let wanted = edited(&base, &[DomainChange::Name("other".to_owned()), title("t")]);
        let report = bench.apply(bench.test, &base, &wanted);
        let outcomes = outcomes(&report);
        assert!(
            outcomes
                .iter()
                .any(|(place, outcome)| *place == "name" && matches!(outcome, Outcome::Failed(_))),
            "{outcomes:?}"
        );
        assert!(outcomes.contains(&("title", &Outcome::Now)), "{outcomes:?}");
        let after = bench.persistent(bench.test);
        assert!(
            after.contains("<name>test</name>") && after.contains("<title>t</title>"),
            "{after}"
        );
        bench.host.close();
    });
}

#[test]
fn a_name_that_is_taken_fails_alone() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let wanted = edited(&base, &[DomainChange::Name("test".to_owned()), title("t")]);
        let report = bench.apply(bench.spare, &base, &wanted);
        match &outcomes(&report)[..] {
            [("title", Outcome::NextStart(_)), ("name", Outcome::Failed(error))] => assert!(!error.message.is_empty()),
            other => panic!("{other:?}"),
        }
        let after = bench.persistent(bench.spare);
        assert!(
            after.contains("<name>spare</name>") && after.contains("<title>t</title>"),
            "{after}"
        );
        bench.host.close();
    });
}

#[test]
fn a_read_only_connection_shows_definitions_and_changes_none() {
    on_main(|| {
        let bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let mut config = HostConfig::new("view", bench.daemon.uri_test());
        config.read_only = true;
        let view = Host::with(config);
        view.listed(0);
        let uuid = bench.spare;
        let seen = view
            .ask(async move |client| client.definitions(uuid).await)
            .expect("readable");
        assert!(seen.locked.is_some_and(|reason| !reason.is_empty()));
        assert!(seen.persistent.is_some_and(|text| !text.contains("hush")));
        let wish = Wish {
            edited: edited(&base, &[title("t")]),
            base: base.clone(),
            live: true,
            validate: true,
        };
        let refused = view.ask(async move |client| client.apply(uuid, wish).await);
        assert_eq!(refused.expect_err("refused").kind, Kind::Denied);
        assert_eq!(bench.persistent(bench.spare), base);
        view.close();
        bench.host.close();
    });
}

#[test]
fn a_machine_that_is_gone_and_a_host_that_is_lost_are_told() {
    on_main(|| {
        let mut bench = Bench::new();
        let base = bench.persistent(bench.spare);
        let wanted = edited(&base, &[title("t")]);
        bench.world.run("undefine spare");
        let gone = bench.try_apply(bench.spare, &base, &wanted, true);
        assert_eq!(gone.expect_err("gone").kind, Kind::Gone);
        assert!(
            !bench.world.run("list --all --name").contains("spare"),
            "nothing is made anew"
        );
        let base = bench.persistent(bench.test);
        let wanted = edited(&base, &[title("t")]);
        bench.daemon.stop();
        let (uuid, wish) = (
            bench.test,
            Wish {
                base,
                edited: wanted,
                live: true,
                validate: true,
            },
        );
        let call = bench.host.call(async move |client| client.apply(uuid, wish).await);
        assert!(call.borrow().is_none());
        bench.daemon.kill9();
        let lost = support::answer("the end of the call", 10, &call);
        assert_eq!(lost.expect_err("lost").kind, Kind::Unreachable);
    });
}
