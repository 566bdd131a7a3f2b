//! Dialogs as a user meets them: questions in line, addresses that follow fields. Needs a
//! display (`scripts/headless cargo test --test dialogs`).

mod support;

use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use support::widgets::{all, button, entry, until, windows};
use vireo::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use vireo::model::settings::Settings;
use vireo::ui::core::Core;
use vireo::ui::{auth, host, widgets};

fn core() -> Core {
    adw::init().expect("a display");
    Core::new(Settings::in_memory().expect("the schema"))
}

fn window() -> adw::Window {
    let window = adw::Window::new();
    window.present();
    window
}

type Answer = async_channel::Receiver<Option<Vec<Secret>>>;

fn question(prompts: &[(CredentialKind, &str)]) -> (CredentialQuestion, Answer) {
    let (reply, answer) = async_channel::bounded(1);
    let prompts = prompts.iter().map(|(kind, prompt)| CredentialPrompt {
        kind: *kind,
        prompt: (*prompt).to_owned(),
        challenge: None,
        default: None,
    });
    let question = CredentialQuestion {
        host: None,
        origin: "qemu+tcp://h/system".to_owned(),
        prompts: prompts.collect(),
        attempt: 1,
        reply,
    };
    (question, answer)
}

#[gtk4::test]
fn questions_wait_in_line_and_cancel_answers_nothing() {
    let core = core();
    let parent = window();
    let over = parent.clone();
    let queue = auth::Queue::new(&core, move || Some(over.clone().upcast()));
    let login = [(CredentialKind::AuthName, ""), (CredentialKind::Passphrase, "")];
    let ((first, first_answer), (second, second_answer)) = (question(&login), question(&login));
    queue.push(first);
    queue.push(second);
    until("a dialog", || windows::<adw::MessageDialog>().len() == 1);
    let dialog = windows::<adw::MessageDialog>().remove(0);
    entry(&dialog, "User name").set_text("me");
    entry(&dialog, "Password").set_text("secret");
    dialog.response("answer");
    dialog.close();
    let mut given = None;
    until("an answer", || {
        given = first_answer.try_recv().ok();
        given.is_some()
    });
    let given = given.flatten().expect("answers");
    assert_eq!(given, [Secret("me".to_owned()), Secret("secret".to_owned())]);

    until("the next dialog", || {
        windows::<adw::MessageDialog>().iter().any(|other| *other != dialog)
    });
    let next = windows::<adw::MessageDialog>()
        .into_iter()
        .find(|other| *other != dialog);
    next.expect("the next dialog").close();
    let mut given = None;
    until("a cancel", || {
        given = second_answer.try_recv().ok();
        given.is_some()
    });
    assert_eq!(given, Some(None));
    parent.destroy();
}

#[gtk4::test]
fn a_question_whose_asker_gave_up_leaves_the_screen() {
    let core = core();
    let parent = window();
    let over = parent.clone();
    let queue = auth::Queue::new(&core, move || Some(over.clone().upcast()));
    let (asked, answer) = question(&[(
        CredentialKind::EchoPrompt,
        "ED25519 key fingerprint is SHA256:x. (yes/no)?",
    )]);
    queue.push(asked);
    until("a dialog", || !windows::<adw::MessageDialog>().is_empty());
    drop(answer);
    until("no dialog", || windows::<adw::MessageDialog>().is_empty());
    parent.destroy();
}

#[gtk4::test]
fn fields_and_address_of_a_host_follow_each_other_on_screen() {
    let core = core();
    let parent = window();
    host::add(&parent, &core);
    until("the dialog", || windows::<adw::Window>().len() == 2);
    let dialog = windows::<adw::Window>()
        .into_iter()
        .find(|window| *window != parent)
        .expect("the dialog");
    let address = entry(&dialog, "Address (URI)");
    entry(&dialog, "Host name or address").set_text("rack1");
    entry(&dialog, "Port (optional)").set_text("2222");
    assert_eq!(address.text(), "qemu+ssh://rack1:2222/system");
    address.set_text("test:///default");
    assert_eq!(entry(&dialog, "Path").text(), "/default");
    let add = button(&dialog, "Add").expect("the button");
    assert!(add.is_sensitive());
    address.set_text("qemu+ssh://rack1:99999/system");
    assert!(!add.is_sensitive());
    assert_eq!(address.text(), "qemu+ssh://rack1:99999/system");
    dialog.destroy();
    parent.destroy();
}

#[gtk4::test]
fn address_that_somebody_else_wrote_is_shown_in_full_before_it_is_used() {
    let _core = core();
    let parent = window();
    let confirm = |uri: &'static str| {
        let (said, answer) = async_channel::bounded(1);
        let over = parent.clone();
        glib::MainContext::default().spawn_local(async move {
            let _ = said.send(host::confirm_uri(&over, uri).await).await;
        });
        answer
    };
    let result = |answer: &async_channel::Receiver<bool>| {
        let mut given = None;
        until("an answer", || {
            given = answer.try_recv().ok();
            given.is_some()
        });
        given.expect("an answer")
    };
    for harmless in [
        "qemu+ssh://me@rack1:22/system",
        "qemu+ssh://h/system?keyfile=/home/me/k",
        "qemu+unix:///system?socket=/tmp/s",
    ] {
        assert!(result(&confirm(harmless)), "{harmless}");
    }
    for nonsense in ["", "no address", "qemu+ssh://h/system#x", "qemu+ssh://h:99999/system"] {
        assert!(!result(&confirm(nonsense)), "{nonsense}");
    }
    for (uri, says) in [
        ("qemu+ext:///system?command=/tmp/x", "/tmp/x"),
        ("qemu+ssh://h/system?command=/tmp/x", "/tmp/x"),
        ("qemu+ssh://h/system?proxy=netcat&netcat=/tmp/n", "/tmp/n"),
        ("qemu+ssh://h/system?proxy=netcat&socket=/x%3Btouch%20y", "/x;touch y"),
        ("qemu+ssh://h/system?netcat=/n&keyfile=/home/me/k", "/home/me/k"),
        ("qemu+libssh://h/system?known_hosts=/tmp/kh", "/tmp/kh"),
        ("qemu://h/system?no_verify=1", "no_verify"),
        ("qemu://h/system?pkipath=/tmp/pki", "/tmp/pki"),
    ] {
        for (response, expected) in [("cancel", false), ("use", true)] {
            let answer = confirm(uri);
            until("a dialog", || !windows::<adw::MessageDialog>().is_empty());
            let dialog = windows::<adw::MessageDialog>().remove(0);
            let shown: Vec<String> = all::<gtk::Label>(&dialog)
                .iter()
                .map(|label| label.text().into())
                .collect();
            assert!(
                shown.iter().any(|text| text == uri),
                "{uri} is not shown in full: {shown:?}"
            );
            assert!(
                shown.iter().any(|text| text != uri && text.contains(says)),
                "{uri}: {shown:?}"
            );
            dialog.response(response);
            dialog.close();
            assert_eq!(result(&answer), expected, "{uri}");
            until("the end of the dialog", || windows::<adw::MessageDialog>().is_empty());
        }
    }
    parent.destroy();
}

/// A page that was read keeps its spinner behind it.
#[gtk::test]
fn spinner_that_is_not_seen_draws_no_frames() {
    adw::init().expect("a display");
    let spinner = widgets::spinner("Reading");
    let stack = gtk::Stack::new();
    stack.add_named(&spinner, Some("reading"));
    stack.add_named(&gtk::Label::new(Some("Read")), Some("page"));
    let window = adw::Window::builder().content(&stack).build();
    window.present();
    until("the spinner turns", || spinner.is_spinning());
    stack.set_visible_child_name("page");
    until("the page is shown", || !spinner.is_mapped());
    let clock = window.frame_clock().expect("a clock");
    let frames = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = frames.clone();
    clock.connect_update(move |_| count.set(count.get() + 1));
    // The frames that the switch itself asks for come to an end; those of a turning spinner never do.
    until("the window rests", || {
        frames.set(0);
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(200) {
            glib::MainContext::default().iteration(false);
        }
        frames.get() == 0
    });
    window.destroy();
}
