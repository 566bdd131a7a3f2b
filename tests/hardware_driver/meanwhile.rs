//! What happens to a machine, and to the line to its host, while somebody edits it: no edit is lost and none is made twice.

use vireo::model::hardware::Draft;

use crate::support::{self, Host, Proxy, on_main, until};
use crate::*;

/// `remote_procedure`: what the proxy sees.
const GET_XML: u32 = 14;
const DEFINE_XML_FLAGS: u32 = 350;

/// A host behind a proxy that looks at each call.
struct Line {
    bench: Bench,
    proxy: Proxy,
    host: Host,
}

impl Line {
    fn new() -> Self {
        let bench = Bench::new();
        let proxy = Proxy::counting(bench.daemon.address());
        let host = Host::connect(&bench.daemon.uri_test_tcp(proxy.port()));
        Self { bench, proxy, host }
    }

    fn begin(&self, uuid: Uuid, base: &str, edited: &str) -> support::Answer<Result<Verdict, VirtError>> {
        let wish = wish(base, edited);
        self.host.call(async move |client| client.apply(uuid, wish).await)
    }

    /// Lets calls pass, one by one, until so many `wanted` ones have passed behind the first `after`; holds back the rest.
    #[track_caller]
    fn pass_until(&self, seen: usize, after: Option<u32>, wanted: u32, count: usize) {
        until("the call", 30, || {
            let calls = self.proxy.calls();
            let mut new = calls[seen..].iter();
            let begun = after.is_none_or(|after| new.any(|call| *call == after));
            if begun && new.filter(|call| **call == wanted).count() >= count {
                return Some(());
            }
            self.proxy.allow_calls(calls.len() + 1);
            None
        });
    }

    /// Holds back everything from here; gives the number of calls so far.
    fn hold(&self) -> usize {
        let seen = self.proxy.calls().len();
        self.proxy.allow_calls(seen);
        seen
    }

    fn release(&self) {
        self.proxy.allow_calls(usize::MAX);
    }

    fn close(self) {
        self.host.close();
        self.bench.host.close();
    }
}

fn wish(base: &str, edited: &str) -> Wish {
    Wish {
        base: base.to_owned(),
        edited: edited.to_owned(),
        live: true,
        validate: true,
    }
}

/// Devices that nothing names: libvirt gives them an address, or a name, of its own.
fn with_nameless(base: &str) -> String {
    base.replace(
        "</devices>",
        "<interface type='user'/><disk type='file' device='disk'><source file='/tmp/b.img'/><target dev='vdb'/></disk></devices>",
    )
}

#[test]
fn an_edit_whose_answer_was_lost_is_not_made_twice() {
    on_main(|| {
        let line = Line::new();
        let uuid = line.bench.spare;
        let base = line.bench.persistent(uuid);
        let wanted = with_nameless(&base);
        let seen = line.hold();
        let call = line.begin(uuid, &base, &wanted);
        line.pass_until(seen, None, DEFINE_XML_FLAGS, 1);
        let written = until("the definition", 20, || {
            let now = line.bench.persistent(uuid);
            now.contains("/tmp/b.img").then_some(now)
        });
        let news = line.host.seen();
        line.proxy.cut();
        let lost = support::answer("the end of the call", 20, &call);
        assert_eq!(lost.expect_err("the answer is lost").kind, Kind::Unreachable);
        line.release();
        assert!(line.host.listed(news) > 0, "connected again");
        // Whoever tries again, or takes the new definition below what was edited, finds it done.
        let again = line.begin(uuid, &base, &wanted);
        let report = done(support::answer("the second time", 20, &again));
        assert!(report.changes.is_empty() && report.merged, "{report:#?}");
        assert_eq!(line.bench.persistent(uuid), written);
        let read = |text: &str| Domain::parse(text).expect("a machine");
        let mut draft = Draft::new(read(&base), None);
        draft.replace(read(&wanted));
        assert_eq!(draft.rebase(read(&written), None), Ok(()));
        assert!(!draft.is_changed(), "{}", draft.edited().document());
        line.close();
    });
}

#[test]
fn what_was_written_before_the_line_broke_is_told_as_waiting() {
    on_main(|| {
        let line = Line::new();
        let uuid = line.bench.test;
        let base = line.bench.persistent(uuid);
        let wanted = edited(&base, &[title("written"), DomainChange::Description("too".to_owned())]);
        let seen = line.hold();
        let call = line.begin(uuid, &base, &wanted);
        // The definition is read back, and the running machine is looked at.
        line.pass_until(seen, Some(DEFINE_XML_FLAGS), GET_XML, 2);
        line.proxy.cut();
        let report = done(support::answer("the end of the call", 20, &call));
        line.release();
        match &outcomes(&report)[..] {
            [
                ("title", Outcome::NextStart(one)),
                ("description", Outcome::NextStart(other)),
            ] => {
                assert!(!one.is_empty() && one == other);
            }
            other => panic!("{other:?}"),
        }
        let found = line.bench.definitions(uuid);
        assert_eq!(found.persistent.as_deref(), Some(report.definition.as_str()));
        assert!(report.definition.contains("written"));
        assert!(found.live.is_some_and(|live| !live.contains("written")));
        line.close();
    });
}

#[test]
fn what_others_define_while_the_old_definition_is_kept_is_not_overwritten() {
    on_main(|| {
        let mut line = Line::new();
        let uuid = line.bench.spare;
        let base = line.bench.persistent(uuid);
        let wanted = edited(
            &base,
            &[DomainChange::Name("mine".to_owned()), DomainChange::Memory(16384)],
        );
        let seen = line.hold();
        let call = line.begin(uuid, &base, &wanted);
        line.pass_until(seen, None, GET_XML, 1);
        line.bench.world.run("desc spare --config --title theirs");
        line.release();
        let report = done(support::answer("the end of the call", 20, &call));
        assert!(report.merged && report.backup.is_some(), "{report:#?}");
        let now = line.bench.persistent(uuid);
        for words in ["<name>mine</name>", "<title>theirs</title>", ">16384</memory>"] {
            assert!(now.contains(words), "{words} in {now}");
        }
        line.close();
    });
}

#[test]
fn a_machine_that_is_renamed_meanwhile_gets_the_edit_under_its_new_name() {
    on_main(|| {
        let mut bench = Bench::new();
        let base = bench.persistent(bench.spare);
        bench.world.run("domrename spare theirs");
        let report = bench.apply(bench.spare, &base, &edited(&base, &[title("t")]));
        assert!(report.merged, "{report:#?}");
        let now = bench.persistent(bench.spare);
        assert!(
            now.contains("<name>theirs</name>") && now.contains("<title>t</title>"),
            "{now}"
        );
        let machines = bench.world.run("list --all --name");
        assert_eq!(machines.split_whitespace().count(), 2, "{machines}");
        let mine = edited(&base, &[DomainChange::Name("mine".to_owned())]);
        match bench.try_apply(bench.spare, &base, &mine, true) {
            Ok(Verdict::Clash { conflicts, .. }) => assert_eq!(conflicts[0].place, "name"),
            other => panic!("{other:?}"),
        }
        bench.host.close();
    });
}

#[test]
fn a_running_machine_that_is_undefined_meanwhile_changes_now_and_is_not_defined_anew() {
    on_main(|| {
        let mut bench = Bench::new();
        let base = bench.persistent(bench.test);
        let wanted = edited(&base, &[title("now"), DomainChange::MaxVcpus(7)]);
        bench.world.run("undefine test");
        let report = bench.apply(bench.test, &base, &wanted);
        let now: Vec<_> = outcomes(&report);
        assert_eq!(now[0], ("title", &Outcome::Now), "{now:?}");
        assert!(
            now[1..]
                .iter()
                .all(|(_, outcome)| matches!(outcome, Outcome::Failed(_))),
            "{now:?}"
        );
        let found = bench.definitions(bench.test);
        assert!(found.persistent.is_none() && report.definition.is_empty());
        assert!(found.live.is_some_and(|live| live.contains("<title>now</title>")));
        bench.host.close();
    });
}

#[test]
fn two_windows_that_apply_at_the_same_moment_lose_nothing() {
    on_main(|| {
        let bench = Bench::new();
        let uuid = bench.test;
        let base = bench.persistent(uuid);
        let begin = |change: DomainChange| {
            let wish = wish(&base, &edited(&base, &[change]));
            bench.host.call(async move |client| client.apply(uuid, wish).await)
        };
        let calls = [
            begin(title("one")),
            begin(DomainChange::Description("two".to_owned())),
            begin(DomainChange::Memory(4_194_304)),
        ];
        for call in &calls {
            let report = done(support::answer("the end of a call", 20, call));
            assert_eq!(report.changes.len(), 1, "{report:#?}");
        }
        let found = bench.definitions(uuid);
        let (persistent, live) = (found.persistent.expect("persistent"), found.live.expect("it runs"));
        for words in ["<title>one</title>", "<description>two</description>"] {
            assert!(
                persistent.contains(words) && live.contains(words),
                "{words} in {persistent}"
            );
        }
        assert!(persistent.contains(">4194304</memory>"));
        bench.host.close();
    });
}

#[test]
fn a_saved_state_that_hides_the_change_is_told() {
    on_main(|| {
        let mut bench = Bench::new();
        // A job that virsh watches for keys would take in what is written to it next.
        let uri = bench.daemon.uri_test();
        bench.daemon.virsh(&uri, &["managedsave", "test"]);
        let base = bench.persistent(bench.test);
        let report = bench.apply(bench.test, &base, &edited(&base, &[title("later")]));
        assert!(report.is_saved);
        assert!(matches!(outcomes(&report)[..], [("title", Outcome::NextStart(reason))] if !reason.is_empty()));
        assert!(bench.persistent(bench.test).contains("later"));
        // Without it there is nothing to tell.
        bench.world.run("managedsave-remove test");
        let base = bench.persistent(bench.test);
        let report = bench.apply(bench.test, &base, &edited(&base, &[title("now")]));
        assert!(!report.is_saved);
        assert_eq!(outcomes(&report), [("title", &Outcome::NextStart(String::new()))]);
        bench.host.close();
    });
}

#[test]
fn a_machine_with_snapshots_keeps_them_and_takes_the_edit() {
    on_main(|| {
        let mut bench = Bench::new();
        bench.world.run("snapshot-create-as spare first");
        let base = bench.persistent(bench.spare);
        let report = bench.apply(
            bench.spare,
            &base,
            &edited(&base, &[title("t"), DomainChange::Memory(16384)]),
        );
        assert_eq!(report.changes.len(), 2);
        assert_eq!(report.dropped, []);
        let now = bench.persistent(bench.spare);
        assert!(now.contains("<title>t</title>") && now.contains(">16384</memory>"));
        assert_eq!(bench.world.run("snapshot-list spare --name").trim(), "first");
        bench.host.close();
    });
}
