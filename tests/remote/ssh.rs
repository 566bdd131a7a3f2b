//! Hosts behind the ssh program.

use std::fs;
use std::time::Duration;

use glib::MainContext;
use vireo::model::credential::CredentialKind;
use vireo::model::error::Kind;
use vireo::model::event::HostEvent;
use vireo::model::host::ConnectionStatus;
use vireo::virt::client::Limits;

use crate::host::Host;
use crate::server::{PASSWORD, Ssh};
use crate::support::{self, Daemon, block_on, iterate_until, on_main};

/// Children of this process that run ssh, or ran it and were not waited for.
fn ssh_children() -> Vec<u32> {
    let us = std::process::id();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let (head, tail) = stat.rsplit_once(')')?;
            let parent: u32 = tail.split_whitespace().nth(1)?.parse().ok()?;
            (parent == us && head.ends_with("(ssh")).then(|| entry.file_name().to_str()?.parse().ok())?
        })
        .collect()
}

#[test]
fn key_opens_without_a_question_and_a_killed_ssh_is_found_again_without_zombies() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let host = Host::new(&ssh.uri(&daemon, "user"));
        assert!(host.listed(None).is_empty(), "a question was asked");
        let children = ssh_children();
        assert_eq!(children.len(), 1, "{children:?}");
        let seen = host.news.borrow().len();
        support::signal(children[0], "KILL");
        host.wait("the loss", seen, None, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Lost { .. },
                ..
            } => Some(()),
            _ => None,
        });
        host.wait("the list", seen, None, |event| {
            matches!(event, HostEvent::Listed { .. }).then_some(())
        });
        let now = ssh_children();
        assert!(now.len() == 1 && now != children, "{children:?} {now:?}");
        host.close();
        iterate_until(
            &MainContext::default(),
            "the end of ssh",
            Duration::from_secs(10),
            || ssh_children().is_empty(),
        );
    });
}

#[test]
fn unknown_host_key_is_asked_for_and_remembered_or_refused() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        let host = Host::new(&ssh.uri(&daemon, "user"));
        let asked = host.listed(Some("yes"));
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].prompts[0].kind, CredentialKind::EchoPrompt);
        assert!(asked[0].prompts[0].prompt.contains("SHA256:"), "{:?}", asked[0].prompts);
        host.close();
        let host = Host::new(&ssh.uri(&daemon, "user"));
        assert!(host.listed(None).is_empty(), "the key was not remembered");
        host.close();

        fs::remove_file(ssh.path("known")).unwrap();
        let host = Host::new(&ssh.uri(&daemon, "user"));
        let ((error, retry), asked) = host.failed(None);
        assert_eq!(asked.len(), 1);
        assert_eq!((error.kind, retry), (Kind::AuthCancelled, None), "{}", error.message);
        host.close();
    });
}

#[test]
fn changed_host_key_is_never_accepted_and_named_as_such() {
    on_main(|| {
        let (daemon, mut ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.key("host", "");
        ssh.serve();
        let host = Host::new(&ssh.uri(&daemon, "user"));
        let ((error, retry), asked) = host.failed(Some("yes"));
        assert!(asked.is_empty(), "the user was asked to accept it");
        assert_eq!(retry, None);
        let told = host.told(&error);
        assert!(
            told.contains("identity") && told.contains("changed"),
            "{told}: {}",
            error.message
        );
        host.close();
    });
}

#[test]
fn passphrase_of_a_key_is_asked_for_until_it_is_right_or_cancelled() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let uri = ssh.uri(&daemon, "locked");
        let host = Host::new(&uri);
        let asked = host.listed(Some("open sesame"));
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].prompts[0].kind, CredentialKind::NoEchoPrompt);
        host.close();

        let host = Host::new(&uri);
        let ((error, retry), asked) = host.failed(Some("wrong"));
        assert!((2..=3).contains(&asked.len()), "asked {} times", asked.len());
        let attempts: Vec<u32> = asked.iter().map(|question| question.attempt).collect();
        assert!(attempts.is_sorted() && attempts[..2] == [1, 2], "{attempts:?}");
        assert_eq!((error.kind, retry), (Kind::AuthFailed, None), "{}", error.message);
        host.close();

        let host = Host::new(&uri);
        let ((error, retry), asked) = host.failed(None);
        assert_eq!(asked.len(), 1, "asked again after a cancel");
        assert_eq!((error.kind, retry), (Kind::AuthCancelled, None), "{}", error.message);
        host.close();
    });
}

#[test]
fn server_that_takes_the_line_and_hangs_is_given_up() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let server = ssh.server.as_ref().unwrap().id();
        support::signal(server, "STOP");
        let limits = Limits {
            open: Duration::from_secs(5),
            ..Limits::default()
        };
        let host = Host::within(&ssh.uri(&daemon, "user"), limits);
        host.failed(None);
        support::signal(server, "CONT");
        host.listed(None);
        host.close();
        iterate_until(
            &MainContext::default(),
            "the end of ssh",
            Duration::from_secs(20),
            || ssh_children().is_empty(),
        );
    });
}

#[test]
fn password_of_an_account_is_asked_for_until_it_is_right_or_cancelled() {
    on_main(|| {
        let (daemon, Some(ssh)) = (Daemon::start(), Ssh::start_with_password()) else {
            return;
        };
        ssh.trust();
        let uri = ssh.uri(&daemon, "none");
        let host = Host::new(&uri);
        let asked = host.listed(Some(PASSWORD));
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].prompts[0].kind, CredentialKind::NoEchoPrompt);
        assert!(
            asked[0].prompts[0].prompt.contains("password"),
            "{:?}",
            asked[0].prompts
        );
        assert_eq!(asked[0].origin, uri);
        host.close();

        let host = Host::new(&uri);
        let ((error, retry), asked) = host.failed(Some("wrong"));
        let attempts: Vec<u32> = asked.iter().map(|question| question.attempt).collect();
        assert_eq!(attempts, [1, 2, 3]);
        assert_eq!((error.kind, retry), (Kind::AuthFailed, None), "{}", error.message);
        assert!(host.told(&error).contains("refused the login"), "{}", host.told(&error));
        host.close();
    });
}

#[test]
fn cancelled_password_is_not_sent_as_an_empty_one() {
    on_main(|| {
        let (daemon, Some(ssh)) = (Daemon::start(), Ssh::start_with_password()) else {
            return;
        };
        ssh.trust();
        let host = Host::new(&ssh.uri(&daemon, "none"));
        let ((error, retry), asked) = host.failed(None);
        assert_eq!(asked.len(), 1, "asked again after a cancel");
        assert_eq!((error.kind, retry), (Kind::AuthCancelled, None), "{}", error.message);
        host.close();
        assert!(!ssh.log().contains("Failed password"), "{}", ssh.log());
    });
}

#[test]
fn jobs_and_reconnects_of_a_session_ask_for_nothing_again() {
    on_main(|| {
        let (daemon, Some(ssh)) = (Daemon::start(), Ssh::start_with_password()) else {
            return;
        };
        let _world = daemon.hold_world();
        ssh.trust();
        let host = Host::new(&ssh.uri(&daemon, "none"));
        assert_eq!(host.listed(Some(PASSWORD)).len(), 1);
        let uuid = host.wait("a machine", 0, None, |event| match event {
            HostEvent::Listed { domains, .. } => domains.first().map(|domain| domain.key.uuid),
            _ => None,
        });
        let (progress, _steps) = async_channel::bounded(4);
        let client = host.client.clone();
        // A connection of its own makes the job: two logins, one question.
        let saved = block_on("the job", Duration::from_secs(30), async move {
            client.save(uuid.0, progress).await
        });
        assert_eq!(saved.map_err(|error| error.message), Ok(()));
        assert_eq!(ssh.log().matches("Accepted password").count(), 2, "{}", ssh.log());

        let seen = host.news.borrow().len();
        for child in ssh_children() {
            support::signal(child, "KILL");
        }
        let (_, asked) = host.wait("the list", seen, None, |event| {
            matches!(event, HostEvent::Listed { .. }).then_some(())
        });
        assert!(asked.is_empty(), "asked again for a reconnect");
        host.close();
    });
}

#[test]
fn two_hosts_that_ask_at_once_get_each_their_own_answer() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let uri = ssh.uri(&daemon, "locked");
        let (first, second) = (Host::new(&uri), Host::new(&uri));
        // Both questions are open before either is answered; each arrives at the host that asks.
        let ((error, _), asked) = first.failed(None);
        assert_eq!((error.kind, asked.len()), (Kind::AuthCancelled, 1), "{}", error.message);
        assert_eq!(second.listed(Some("open sesame")).len(), 1);
        first.close();
        second.close();
    });
}

#[test]
fn time_that_the_user_takes_for_an_answer_to_ssh_is_not_the_hosts() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let limits = Limits {
            open: Duration::from_secs(3),
            ..Limits::default()
        };
        let host = Host::within(&ssh.uri(&daemon, "locked"), limits);
        host.thinks(Duration::from_secs(5));
        assert_eq!(host.listed(Some("open sesame")).len(), 1);
        host.close();
    });
}
