//! Passwords in a real Secret Service (gnome-keyring) on a bus of our own: kept on request and only when they were right,
//! used without a question, replaced, forgotten; and a service that is locked, missing, or hangs. Needs a display
//! (`scripts/headless cargo test --test keyring`).

mod support;

#[path = "keyring/secrets.rs"]
mod secrets;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use secrets::{Bus, Secrets};
use support::widgets::{all, until, windows};
use support::{block_on, on_main};
use vireo::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use vireo::model::error::Kind;
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::key::HostId;
use vireo::model::settings::Settings;
use vireo::ui::core::{Core, Notice, Subscription};
use vireo::ui::{auth, keyring};

const LIMIT: Duration = Duration::from_secs(30);

fn question(host: HostId) -> CredentialQuestion {
    let prompt = |kind, text: &str| CredentialPrompt {
        kind,
        prompt: text.to_owned(),
        challenge: None,
        default: None,
    };
    CredentialQuestion {
        host: Some(host),
        origin: "qemu+tcp://h/system".to_owned(),
        prompts: vec![
            prompt(CredentialKind::AuthName, "name"),
            prompt(CredentialKind::Passphrase, "password"),
        ],
        attempt: 1,
        reply: async_channel::bounded(1).0,
    }
}

fn answers(password: &str) -> Vec<Secret> {
    vec![Secret("anna".to_owned()), Secret(password.to_owned())]
}

#[track_caller]
fn store(asked: &CredentialQuestion, password: &str) -> bool {
    let (asked, answers) = (asked.clone(), answers(password));
    block_on("storing", LIMIT, async move { keyring::store(&asked, &answers).await })
}

#[track_caller]
fn look_up(asked: &CredentialQuestion) -> Option<Vec<Secret>> {
    let asked = asked.clone();
    block_on("a look-up", LIMIT, async move { keyring::lookup(&asked).await })
}

#[track_caller]
fn forget(host: HostId) -> bool {
    block_on("forgetting", LIMIT, keyring::forget(host))
}

/// A host of libvirt's test driver that wants a name and a password, in the core, with the program's own dialogs.
struct Desk {
    core: Core,
    host: HostId,
    parent: adw::Window,
    folder: tempfile::TempDir,
    _questions: Subscription,
}

impl Desk {
    fn open() -> Self {
        adw::init().expect("a display");
        let folder = tempfile::tempdir().expect("a folder");
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let config = HostConfig::new("vault", format!("test://{}/world.xml", folder.path().display()));
        let host = config.id;
        core.put_host(config, true);
        let parent = adw::Window::new();
        parent.present();
        let over = parent.clone();
        let questions = auth::answer(&core, move || Some(over.clone().upcast()));
        let desk = Self {
            core,
            host,
            parent,
            folder,
            _questions: questions,
        };
        desk.password("first");
        desk
    }

    /// Changes what the host accepts.
    fn password(&self, password: &str) {
        let world = format!("<node><auth><user password='{password}'>anna</user></auth></node>");
        std::fs::write(self.folder.path().join("world.xml"), world).expect("the world");
    }

    fn status(&self) -> ConnectionStatus {
        let store = self.core.store();
        store.host(self.host).map(|host| host.status.clone()).expect("the host")
    }

    /// Connects, types into each dialog what `user` says (the password, and whether to tick the box), and gives the number
    /// of dialogs and how it ended.
    #[track_caller]
    fn connect(&self, user: impl Fn(&str, bool) -> (String, bool)) -> (Vec<bool>, Option<Kind>) {
        self.core.connect_host(self.host);
        let seen = RefCell::new(Vec::<(adw::MessageDialog, bool)>::new());
        let end = RefCell::new(None);
        until("the end of the login", || {
            for dialog in windows::<adw::MessageDialog>() {
                if seen.borrow().iter().any(|(known, _)| *known == dialog) {
                    continue;
                }
                let entry: adw::EntryRow = all(&dialog).remove(0);
                let tick: gtk4::CheckButton = all(&dialog).remove(0);
                assert!(tick.is_visible(), "the host is kept, but its password can't be");
                seen.borrow_mut().push((dialog.clone(), tick.is_active()));
                let (text, remember) = user(&entry.title(), tick.is_active());
                entry.set_text(&text);
                tick.set_active(remember);
                dialog.response("answer");
                dialog.close();
            }
            *end.borrow_mut() = match self.status() {
                ConnectionStatus::Connected => Some(None),
                ConnectionStatus::Failed { error, .. } => Some(Some(error.kind)),
                _ => None,
            };
            end.borrow().is_some()
        });
        let ticks = seen.take().into_iter().map(|(_, tick)| tick).collect();
        (ticks, end.take().flatten())
    }

    #[track_caller]
    fn disconnect(&self) {
        self.core.disconnect_host(self.host);
        until("the end", || self.status() == ConnectionStatus::Disconnected);
    }

    #[track_caller]
    fn close(self) {
        let core = self.core.clone();
        block_on("the end", LIMIT, async move { core.close().await });
        self.parent.destroy();
    }
}

/// What a person says who knows this password and wants it kept or not.
fn person(password: &'static str, remember: bool) -> impl Fn(&str, bool) -> (String, bool) {
    move |title, _| {
        let text = if title == "User name" { "anna" } else { password };
        (text.to_owned(), remember)
    }
}

#[test]
fn answers_are_found_again_replaced_and_forgotten() {
    on_main(|| {
        let bus = Bus::get();
        let _secrets = Secrets::start(&bus);
        let host = HostId::new();
        let asked = question(host);
        assert_eq!(look_up(&asked), None);
        assert!(store(&asked, "first"));
        assert_eq!(look_up(&asked), Some(answers("first")));
        assert!(store(&asked, "second"));
        assert_eq!(look_up(&asked), Some(answers("second")));
        let mut elsewhere = asked.clone();
        elsewhere.origin = "qemu+tcp://elsewhere/system".to_owned();
        assert_eq!(look_up(&elsewhere), None, "another address got the password");
        let mut again = asked.clone();
        again.attempt = 2;
        assert_eq!(look_up(&again), None, "a refused password was offered again");
        let other = question(HostId::new());
        assert!(store(&other, "other"));
        assert!(forget(host));
        assert_eq!(look_up(&asked), None);
        assert_eq!(
            look_up(&other),
            Some(answers("other")),
            "another host was forgotten, too"
        );
    });
}

#[test]
fn password_is_stored_on_request_used_without_a_question_and_replaced_when_it_is_wrong() {
    on_main(|| {
        let bus = Bus::get();
        let secrets = Secrets::start(&bus);
        let desk = Desk::open();
        // Not asked for: not stored.
        assert_eq!(desk.connect(person("first", false)), (vec![false, false], None));
        desk.disconnect();
        assert_eq!(desk.connect(person("first", true)), (vec![false, false], None));
        secrets.until_items(&bus, 2);
        desk.disconnect();
        assert_eq!(
            desk.connect(person("-", false)),
            (vec![], None),
            "asked although it is stored"
        );
        desk.disconnect();

        // The stored password is wrong by now: asked again, the box is ticked, and the new one takes its place.
        desk.password("second");
        let (ticks, end) = desk.connect(|title, ticked| {
            let text = if title == "User name" { "anna" } else { "second" };
            (text.to_owned(), ticked)
        });
        assert_eq!((ticks, end), (vec![true, true], None));
        secrets.until_items(&bus, 2);
        desk.disconnect();
        assert_eq!(
            desk.connect(person("-", false)),
            (vec![], None),
            "the wrong password stayed"
        );

        let host = desk.host;
        assert!(forget(host));
        secrets.until_items(&bus, 0);
        desk.close();
    });
}

#[test]
fn password_that_the_host_refuses_is_not_stored() {
    on_main(|| {
        let bus = Bus::get();
        let secrets = Secrets::start(&bus);
        let desk = Desk::open();
        let (ticks, end) = desk.connect(person("wrong", true));
        assert_eq!(end, Some(Kind::AuthFailed));
        // Three times name and password; once ticked the box stays so.
        assert_eq!(ticks, [false, false, true, true, true, true]);
        assert_eq!(secrets.items(&bus), 0);
        desk.close();
    });
}

#[test]
fn locked_keyring_that_nobody_unlocks_leads_to_the_question() {
    on_main(|| {
        let bus = Bus::get();
        let mut secrets = Secrets::start(&bus);
        let asked = question(HostId::new());
        assert!(store(&asked, "first"));
        secrets.lock(&bus);
        // There is nobody here who could be asked to unlock it, which is as good as a no.
        let start = Instant::now();
        assert_eq!(look_up(&asked), None);
        assert!(!store(&asked, "second"));
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        secrets.unlock(&bus);
        assert_eq!(look_up(&asked), Some(answers("first")));
    });
}

#[test]
fn without_a_service_or_a_bus_nothing_is_found_and_nobody_waits() {
    on_main(|| {
        let bus = Bus::get();
        let asked = question(HostId::new());
        let start = Instant::now();
        assert_eq!(look_up(&asked), None);
        assert!(!store(&asked, "x"));
        assert!(!forget(HostId::new()));
        bus.hide();
        assert_eq!(look_up(&asked), None);
        bus.show();
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    });
}

#[test]
fn service_that_hangs_holds_up_each_question_for_three_seconds_only_and_all_at_once() {
    on_main(|| {
        let bus = Bus::get();
        let secrets = Secrets::start(&bus);
        let core = Core::new(Settings::in_memory().expect("the schema"));
        core.set_secret_lookup(|question| async move { keyring::lookup(&question).await });
        let told: Rc<RefCell<Vec<HostId>>> = Rc::default();
        let into = told.clone();
        let _notices = core.subscribe_notices(move |_, notice| {
            if let Notice::Question(question) = notice {
                into.borrow_mut().extend(question.host);
            }
        });
        secrets.hang();
        let mut waiting = Vec::new();
        let start = Instant::now();
        let hosts: Vec<HostId> = (0..8).map(|_| HostId::new()).collect();
        for host in &hosts {
            let (reply, answer) = async_channel::bounded(1);
            waiting.push(answer);
            core.ask(CredentialQuestion {
                reply,
                ..question(*host)
            });
        }
        // One whose answer can't be stored is not looked up at all.
        let (reply, answer) = async_channel::bounded(1);
        let mut trust = question(HostId::new());
        trust.prompts.truncate(1);
        trust.prompts[0].kind = CredentialKind::EchoPrompt;
        let trusted = trust.host;
        core.ask(CredentialQuestion { reply, ..trust });
        let longest = RefCell::new(Duration::ZERO);
        let last = RefCell::new(Instant::now());
        until("all questions", || {
            let pause = last.replace(Instant::now()).elapsed();
            if pause > *longest.borrow() {
                longest.replace(pause);
            }
            told.borrow().len() == 9
        });
        assert_eq!(told.borrow().first().copied(), trusted);
        assert!(
            start.elapsed() < Duration::from_secs(6),
            "one after the other: {:?}",
            start.elapsed()
        );
        assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
        assert!(longest.take() < Duration::from_secs(1), "the main loop stood still");
        drop((waiting, answer));
        secrets.go_on();
    });
}
