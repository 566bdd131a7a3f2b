//! The core between windows and hosts, without any window: marks, failures, long work, what is polled, hosts that come
//! and go. On libvirt's test driver with machines of our own.

mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use glib::MainContext;
use support::core::{key_of, played};
use support::widgets::until;
use support::{block_on, iterate_until, on_main};
use vireo::model::action::{DomainAction, StartOptions};
use vireo::model::credential::Secret;
use vireo::model::error::Kind;
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::key::{DomainKey, HostId};
use vireo::model::operation::OperationState;
use vireo::model::sample::StatGroups;
use vireo::model::settings::Settings;
use vireo::model::store::Pending;
use vireo::ui::core::{Core, Notice, Subscription};

const LIMIT: Duration = Duration::from_secs(20);
const START: DomainAction = DomainAction::Start(StartOptions {
    paused: false,
    force_boot: false,
    reset_nvram: false,
});

/// What failed, in order.
type Failures = Rc<RefCell<Vec<(DomainKey, Kind)>>>;

/// A card that the test driver has an address for.
const USER_CARD: &str = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>";

fn machine(name: &str, state: &str, device: &str) -> String {
    format!(
        "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name>\
         <memory>524288</memory><vcpu>1</vcpu><os><type>hvm</type></os>\
         <devices>{device}</devices>\
         <test:runstate>{state}</test:runstate></domain>"
    )
}

/// A core with one host of two machines, `up` and `off`.
struct World {
    core: Core,
    host: HostId,
    _folder: tempfile::TempDir,
}

impl World {
    #[track_caller]
    fn open() -> Self {
        Self::with(USER_CARD, "")
    }

    /// Both with this device, and further elements beside them.
    #[track_caller]
    fn with(device: &str, rest: &str) -> Self {
        let (up, off) = (machine("up", "1", device), machine("off", "5", device));
        let (folder, config) = played(&format!("<node>{up}{off}{rest}</node>"));
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let host = config.id;
        core.put_host(config, true);
        core.connect_host(host);
        let world = Self {
            core,
            host,
            _folder: folder,
        };
        until("the list", || {
            world.core.store().host(host).is_some_and(|host| host.listed)
        });
        world
    }

    fn key(&self, name: &str) -> DomainKey {
        key_of(&self.core, name).expect("the machine")
    }

    fn status(&self) -> ConnectionStatus {
        self.core.store().host(self.host).expect("the host").status.clone()
    }

    fn is_running(&self, name: &str) -> bool {
        let key = self.key(name);
        self.core
            .store()
            .domain(key)
            .is_some_and(|domain| domain.state.is_running())
    }

    /// All that is marked on a machine from now on, in order.
    fn marks(&self, key: DomainKey) -> (Rc<RefCell<Vec<Option<Pending>>>>, Subscription) {
        let marks: Rc<RefCell<Vec<Option<Pending>>>> = Rc::default();
        let into = marks.clone();
        let subscription = self.core.subscribe(move |core, _| {
            let now = core.store().domain(key).and_then(|domain| domain.pending);
            if into.borrow().last() != Some(&now) {
                into.borrow_mut().push(now);
            }
        });
        (marks, subscription)
    }

    /// All failures from now on.
    fn failures(&self) -> (Failures, Subscription) {
        let failures = Failures::default();
        let into = failures.clone();
        let subscription = self.core.subscribe_notices(move |_, notice| {
            if let Notice::ActionFailed { key, error, .. } = notice {
                into.borrow_mut().push((*key, error.kind));
            }
        });
        (failures, subscription)
    }

    #[track_caller]
    fn close(self) {
        let core = self.core.clone();
        block_on("the end", LIMIT, async move { core.close().await });
    }
}

#[test]
fn start_is_marked_until_its_event_and_state_is_never_claimed_early() {
    on_main(|| {
        let world = World::open();
        let key = world.key("off");
        let (marks, _marks) = world.marks(key);
        let (failures, _failures) = world.failures();
        world.core.perform(key, START);
        assert_eq!(
            world.core.store().domain(key).and_then(|domain| domain.pending),
            Some(Pending::Starting)
        );
        assert!(
            !world.is_running("off"),
            "the state was claimed before the host said so"
        );
        until("the machine to run without a mark", || {
            world.is_running("off")
                && world
                    .core
                    .store()
                    .domain(key)
                    .is_some_and(|domain| domain.pending.is_none())
        });
        assert_eq!(*marks.borrow(), [Some(Pending::Starting), None]);
        assert!(failures.borrow().is_empty());
        world.close();
    });
}

#[test]
fn refused_action_is_told_once_and_takes_its_mark_back() {
    on_main(|| {
        let world = World::open();
        let key = world.key("up");
        let (marks, _marks) = world.marks(key);
        let (failures, _failures) = world.failures();
        world.core.perform(key, START);
        until("the failure", || !failures.borrow().is_empty());
        until("the mark to go", || marks.borrow().last() == Some(&None));
        assert_eq!(*marks.borrow(), [Some(Pending::Starting), None]);
        assert_eq!(failures.borrow().len(), 1);
        assert!(world.is_running("up"));
        world.close();
    });
}

#[test]
fn save_is_listed_as_work_until_dismissed() {
    on_main(|| {
        let world = World::open();
        let key = world.key("up");
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        let _notices = world.core.subscribe_notices(move |_, notice| {
            if matches!(notice, Notice::Operations) {
                count.set(count.get() + 1);
            }
        });
        world.core.perform(key, DomainAction::Save);
        until("the work to be listed", || !world.core.operations().is_empty());
        let first = world.core.operations().remove(0);
        assert!(first.is_ongoing() && first.title.contains("up"), "{first:?}");
        until("the work to end", || !world.core.operations()[0].is_ongoing());
        assert_eq!(world.core.operations()[0].state, OperationState::Done);
        until("the machine to be off", || !world.is_running("up"));
        assert!(told.get() >= 2, "told {} times", told.get());
        world.core.dismiss_operation(None);
        assert!(world.core.operations().is_empty());
        world.close();
    });
}

#[test]
fn hidden_window_is_not_polled_for() {
    on_main(|| {
        let world = World::open();
        world.core.set_poll_interval(Duration::from_millis(100));
        let key = world.key("up");
        // Another host tells how often this one would have been polled meanwhile.
        let beside = HostConfig::new("beside", "test:///default");
        let near = beside.id;
        world.core.put_host(beside, false);
        world.core.connect_host(near);
        until("the other list", || {
            world.core.store().host(near).is_some_and(|host| host.listed)
        });
        let keys: Vec<DomainKey> = world.core.store().domains().map(|domain| domain.key).collect();
        let its = keys.into_iter().filter(|key| key.host == near).collect();
        let (loads, ticks) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let (count, tick) = (loads.clone(), ticks.clone());
        let _news = world.core.subscribe(move |_, changes| {
            let of = |host| {
                changes
                    .changed
                    .iter()
                    .any(|(key, aspects)| key.host == host && aspects.load)
            };
            count.set(count.get() + i32::from(of(key.host)));
            tick.set(tick.get() + i32::from(of(near)));
        });
        let groups = StatGroups {
            cpu: true,
            ..StatGroups::default()
        };
        let list = world.core.next_id();
        world.core.show_rows(list, vec![key], groups);
        world.core.show_rows(world.core.next_id(), its, groups);
        until("figures", || loads.get() >= 3 && ticks.get() >= 3);
        world.core.show_rows(list, Vec::new(), StatGroups::default());
        // One poll may be on its way.
        let hidden = ticks.get();
        until("the last poll", || ticks.get() >= hidden + 4);
        let before = loads.get();
        until("ten intervals", || ticks.get() >= hidden + 14);
        assert_eq!(loads.get(), before, "somebody was polled for nobody");
        world.core.show_rows(list, vec![key], groups);
        until("figures again", || loads.get() > before);
        world.close();
    });
}

#[test]
fn machine_of_focus_is_polled_without_any_list() {
    on_main(|| {
        let world = World::open();
        world.core.set_poll_interval(Duration::from_millis(100));
        let key = world.key("up");
        let guard = world.core.focus(key);
        let second = world.core.focus(key);
        drop(guard);
        until("a history", || {
            world
                .core
                .store()
                .history(key)
                .is_some_and(|history| history.len() >= 2)
        });
        drop(second);
        world.close();
    });
}

#[test]
fn definitions_of_shown_machines_are_read() {
    on_main(|| {
        let world = World::open();
        let key = world.key("off");
        world
            .core
            .show_rows(world.core.next_id(), vec![key], StatGroups::default());
        world.core.show_rows(
            world.core.next_id(),
            vec![key],
            StatGroups {
                cpu: true,
                ..StatGroups::default()
            },
        );
        until("its definition", || {
            world
                .core
                .store()
                .domain(key)
                .is_some_and(|domain| domain.details.is_some())
        });
        assert!(!world.core.store().wants_details(key));
        world.close();
    });
}

#[test]
fn addresses_of_a_shown_guest_come_without_being_asked_for_and_go_with_it() {
    on_main(|| {
        let world = World::open();
        let key = world.key("up");
        let addresses = || {
            let store = world.core.store();
            store.domain(key).map_or(0, |domain| domain.addresses.len())
        };
        let groups = StatGroups {
            cpu: true,
            ..StatGroups::default()
        };
        world.core.show_rows(world.core.next_id(), vec![key], groups);
        until("an address", || addresses() > 0);
        world.core.perform(key, DomainAction::ForceOff);
        until("the end of the machine", || !world.is_running("up"));
        assert_eq!(addresses(), 0);
        world.close();
    });
}

#[test]
fn network_without_an_address_in_a_file_of_the_test_driver_ends_nothing() {
    on_main(|| {
        let network = "<network><name>plain</name><bridge name='plain0'/></network>";
        let near = machine("near", "1", USER_CARD);
        let world = World::with(
            "<interface type='network'><source network='plain'/></interface>",
            &format!("{network}{near}"),
        );
        let (key, near) = (world.key("up"), world.key("near"));
        let groups = StatGroups {
            cpu: true,
            ..StatGroups::default()
        };
        let list = world.core.next_id();
        world.core.show_rows(list, vec![key], groups);
        until("definition and figures, with which addresses are asked for", || {
            let store = world.core.store();
            let domain = store.domain(key);
            domain.is_some_and(|domain| domain.details.is_some() && domain.load.cpu.is_some())
        });
        // One machine of a host is asked after the other, in this order: the answer of the second comes after that of the first.
        world.core.show_rows(list, vec![key, near], groups);
        until("the address of the other one", || {
            let store = world.core.store();
            store.domain(near).is_some_and(|domain| !domain.addresses.is_empty())
        });
        world.close();
    });
}

#[test]
fn disconnected_host_refuses_with_a_reason_and_connects_again() {
    on_main(|| {
        let world = World::open();
        world.core.disconnect_host(world.host);
        until("the end of the connection", || {
            world.status() == ConnectionStatus::Disconnected
        });
        let (failures, _failures) = world.failures();
        let keys: Vec<DomainKey> = world.core.store().domains().map(|domain| domain.key).collect();
        if let Some(key) = keys.first() {
            world.core.perform(*key, DomainAction::Suspend);
            until("the refusal", || !failures.borrow().is_empty());
            assert!(
                world
                    .core
                    .store()
                    .domain(*key)
                    .is_none_or(|domain| domain.pending.is_none())
            );
        }
        world.core.connect_host(world.host);
        until("the connection", || world.status().is_connected());
        until("the machines", || world.core.store().domains().count() == 2);
        world.close();
    });
}

#[test]
fn removed_host_leaves_nothing_behind() {
    on_main(|| {
        let world = World::open();
        let key = world.key("up");
        assert!(world.core.is_saved(world.host));
        let removed = Rc::new(Cell::new(false));
        let saw = removed.clone();
        let _news = world.core.subscribe(move |_, changes| {
            if changes.removed.contains(&key) {
                saw.set(true);
            }
        });
        world.core.remove_host(world.host);
        assert!(removed.get(), "windows were not told");
        assert_eq!(world.core.store().domains().count(), 0);
        assert!(world.core.settings().hosts().is_empty());
        assert!(world.core.client(world.host).is_none());
        // Late news of the closing connection must not bring it back.
        let quiet = Instant::now();
        until("late news", || quiet.elapsed() > Duration::from_millis(300));
        assert_eq!(world.core.store().hosts().count(), 0);
        world.close();
    });
}

#[test]
fn listener_that_owns_subscriptions_takes_them_along_without_a_panic() {
    on_main(|| {
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let inner = (core.subscribe(|_, _| {}), core.subscribe_notices(|_, _| {}));
        let outer = core.subscribe_notices(move |_, _| {
            let _owned = &inner;
        });
        drop(outer);
    });
}

#[test]
fn connecting_that_is_cancelled_stays_cancelled_and_is_no_failure() {
    on_main(|| {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = silent.local_addr().expect("its number").port();
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let config = HostConfig::new("silent", format!("test+tcp://127.0.0.1:{port}/default"));
        let host = config.id;
        core.put_host(config, false);
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        let _notices = core.subscribe_notices(move |_, _| count.set(count.get() + 1));
        let seen: Rc<RefCell<Vec<ConnectionStatus>>> = Rc::default();
        let into = seen.clone();
        let _status = core.subscribe(move |core, _| {
            let now = core.store().host(host).map(|host| host.status.clone());
            into.borrow_mut().extend(now);
        });
        let status = || core.store().host(host).expect("the host").status.clone();
        core.connect_host(host);
        until("the attempt", || status() == ConnectionStatus::Connecting);
        core.disconnect_host(host);
        iterate_until(&MainContext::default(), "the cancel", Duration::from_secs(2), || {
            status() == ConnectionStatus::Disconnected
        });
        // The line breaks: what the abandoned attempt says now interests nobody, and nobody tries again.
        drop(silent);
        let quiet = Instant::now();
        until("a retry that must not come", || {
            quiet.elapsed() > Duration::from_millis(2500)
        });
        assert_eq!(status(), ConnectionStatus::Disconnected);
        let last: Vec<_> = seen
            .borrow()
            .iter()
            .skip_while(|status| **status != ConnectionStatus::Disconnected)
            .cloned()
            .collect();
        assert!(
            last.iter().all(|status| *status == ConnectionStatus::Disconnected),
            "{last:?}"
        );
        assert_eq!(told.get(), 0, "the user was told of what the user did");
        let closing = core.clone();
        block_on("the end", LIMIT, async move { closing.close().await });
    });
}

#[test]
fn login_that_is_cancelled_leaves_the_host_not_connected_and_tries_nothing_by_itself() {
    on_main(|| {
        let (_folder, config) = played("<node><auth><user password='x'>anna</user></auth></node>");
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let host = config.id;
        core.put_host(config, false);
        let asked = Rc::new(Cell::new(0));
        let told = Rc::new(Cell::new(0));
        let (questions, others) = (asked.clone(), told.clone());
        let cancel = Rc::new(Cell::new(true));
        let cancels = cancel.clone();
        let _notices = core.subscribe_notices(move |_, notice| match notice {
            Notice::Question(question) => {
                questions.set(questions.get() + 1);
                let secret = question.prompts[0].kind.is_secret();
                let answer = if secret { "x" } else { "anna" };
                let answer = (!cancels.get()).then(|| vec![Secret(answer.to_owned())]);
                let _ = question.reply.try_send(answer);
            }
            _ => others.set(others.get() + 1),
        });
        let status = || core.store().host(host).expect("the host").status.clone();
        core.connect_host(host);
        until("the cancel", || {
            asked.get() == 1 && status() == ConnectionStatus::Disconnected
        });
        let quiet = Instant::now();
        until("a retry that must not come", || {
            quiet.elapsed() > Duration::from_millis(2500)
        });
        assert_eq!((asked.get(), told.get()), (1, 0));
        assert_eq!(status(), ConnectionStatus::Disconnected);
        // And the next click begins anew.
        cancel.set(false);
        core.connect_host(host);
        until("the connection", || status().is_connected());
        let closing = core.clone();
        block_on("the end", LIMIT, async move { closing.close().await });
    });
}

#[test]
fn saved_host_that_runs_a_program_and_came_from_elsewhere_waits_for_consent() {
    on_main(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let (script, trace) = (folder.path().join("run"), folder.path().join("trace"));
        std::fs::write(&script, format!("#!/bin/sh\ntouch '{}'\n", trace.display())).expect("a script");
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its mode");
        let settings = Settings::in_memory().expect("the schema");
        // As an import writes it, which knows nothing of what was accepted.
        let uri = format!("test+ext:///default?command={}", script.display());
        let config = HostConfig::new("imported", &uri);
        let host = config.id;
        settings.put_host(&config);
        let core = Core::new(settings);
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        let _notices = core.subscribe_notices(move |_, notice| {
            if matches!(notice, Notice::Unaccepted(id) if *id == host) {
                count.set(count.get() + 1);
            }
        });
        core.connect_host(host);
        core.connect_host(host);
        assert_eq!(told.get(), 2);
        assert!(core.client(host).is_none() && !trace.exists());

        core.settings().accept_address(&uri);
        core.connect_host(host);
        until("the program to run", || trace.exists());
        assert_eq!(told.get(), 2);
        let closing = core.clone();
        block_on("the end", LIMIT, async move { closing.close().await });
    });
}
