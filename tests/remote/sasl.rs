//! Passwords over TCP.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::time::Duration;

use glib::MainContext;
use vireo::model::credential::{CredentialKind, CredentialQuestion, Secret};
use vireo::model::error::{Kind, VirtError};
use vireo::model::event::HostEvent;
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::virt::client::{HostClient, channel};

use crate::server::run;
use crate::support::{Daemon, Footprint, iterate_until, on_main};

/// A daemon that wants a password on TCP.
fn with_password() -> Daemon {
    Daemon::start_prepared("auth_tcp = \"sasl\"", |directory| {
        let database = directory.join("users.db");
        let text = format!("mech_list: digest-md5\nsasldb_path: {}\n", database.display());
        fs::write(directory.join("config/libvirt.conf"), text).unwrap();
        let command = format!(
            "printf secret | saslpasswd2 -c -p -f '{}' -a libvirt anna",
            database.display()
        );
        run("sh", &["-c", &command]);
    })
}

/// Connects with these answers (`None` cancels) and returns how it ended: `None` is a list.
fn log_in(daemon: &Daemon, password: Option<&str>) -> (Option<(VirtError, Option<u64>)>, u32) {
    let (sink, stream) = channel();
    let (ask, questions) = async_channel::unbounded::<CredentialQuestion>();
    let news = Rc::new(RefCell::new(Vec::new()));
    let into = Rc::clone(&news);
    stream.attach(&MainContext::default(), move |batch| into.borrow_mut().extend(batch));
    let uri = daemon.uri_test_tcp(daemon.address().port());
    let client = HostClient::connect(HostConfig::new("test", uri), sink, ask);
    let (end, rounds) = (RefCell::new(None), RefCell::new(0));
    iterate_until(&MainContext::default(), "the end", Duration::from_secs(30), || {
        while let Ok(question) = questions.try_recv() {
            *rounds.borrow_mut() = question.attempt;
            let answer = |kind: CredentialKind, password: &str| match kind.is_secret() {
                true => Secret(password.to_owned()),
                false => Secret("anna".to_owned()),
            };
            let answers = password.map(|password| {
                let prompts = question.prompts.iter();
                prompts.map(|prompt| answer(prompt.kind, password)).collect()
            });
            let _ = question.reply.try_send(answers);
        }
        *end.borrow_mut() = news.borrow().iter().find_map(|event| match event {
            HostEvent::Listed { .. } => Some(None),
            HostEvent::Connection {
                status: ConnectionStatus::Failed { error, retry_in_ms },
                ..
            } => Some(Some((error.clone(), *retry_in_ms))),
            _ => None,
        });
        end.borrow().is_some()
    });
    client.disconnect();
    (end.take().unwrap(), rounds.take())
}

#[test]
fn password_over_tcp_is_asked_for_again_while_it_is_wrong_and_a_cancel_is_quiet() {
    on_main(|| {
        let daemon = with_password();
        assert_eq!(log_in(&daemon, Some("secret")), (None, 1));
        let (error, rounds) = log_in(&daemon, Some("wrong"));
        let (error, retry) = error.unwrap();
        assert_eq!(
            (error.kind, retry, rounds),
            (Kind::AuthFailed, None, 3),
            "{}",
            error.message
        );
        let (error, rounds) = log_in(&daemon, None);
        let (error, retry) = error.unwrap();
        assert_eq!(
            (error.kind, retry, rounds),
            (Kind::AuthCancelled, None, 1),
            "{}",
            error.message
        );
    });
}

#[test]
fn a_hundred_logins_over_tcp_leave_no_pipe_socket_or_thread_behind() {
    on_main(|| {
        let daemon = with_password();
        let log_in_often = |times: usize| {
            for _ in 0..times {
                assert_eq!(log_in(&daemon, Some("secret")), (None, 1));
            }
        };
        log_in_often(20);
        let held = || (Footprint::now().files, Footprint::now().threads);
        let (files, threads) = held();
        log_in_often(100);
        // The last of them may still be closing.
        let context = MainContext::default();
        iterate_until(&context, "as before", Duration::from_secs(20), || {
            let now = held();
            now.0 <= files && now.1 <= threads
        });
    });
}
