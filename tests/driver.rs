//! Sessions against libvirt's test driver, in this process.

mod support;

use std::time::Duration;

use support::{Host, block_on, on_main, until};
use uuid::Uuid;
use vireo::model::action::{GuestSignal, StartOptions};
use vireo::model::credential::{CredentialKind, CredentialQuestion, Secret};
use vireo::model::deletion::Keep;
use vireo::model::domain::DomainState;
use vireo::model::error::Kind;
use vireo::model::event::{HostEvent, Lifecycle};
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::virt::client::{HostClient, XmlFlags, probe};

const SOON: Duration = Duration::from_secs(20);

/// A private world: one machine, and users who may open it.
fn world(machines: usize, users: &str) -> tempfile::NamedTempFile {
    let domains: String = (0..machines)
        .map(|n| {
            format!("<domain type='test'><name>m{n}</name><memory>8192</memory><os><type>hvm</type></os></domain>")
        })
        .collect();
    let file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::fs::write(file.path(), format!("<node>{users}{domains}</node>")).unwrap();
    file
}

fn uri(file: &tempfile::NamedTempFile) -> String {
    format!("test://{}", file.path().display())
}

#[test]
fn machine_is_listed_and_obeys() {
    on_main(|| {
        let file = world(3, "");
        let host = Host::new(&uri(&file));
        let list = host.list();
        assert_eq!(list.len(), 3);
        assert!(
            list.iter()
                .all(|domain| domain.state == DomainState::Running && domain.id.is_some())
        );
        let uuid = list[0].key.uuid;
        host.ask(async move |client| client.suspend(uuid).await).unwrap();
        host.lifecycle(uuid, Lifecycle::Suspended, 0);
        host.ask(async move |client| client.resume(uuid).await).unwrap();
        host.lifecycle(uuid, Lifecycle::Resumed, 0);
        host.ask(async move |client| client.force_off(uuid).await).unwrap();
        host.lifecycle(uuid, Lifecycle::Stopped, 0);
        let again = host
            .ask(async move |client| client.shutdown(uuid, GuestSignal::Default).await)
            .unwrap_err();
        // The test driver calls it an internal error, QEMU an invalid operation.
        assert!(again.op == "shut down" && again.kind != Kind::Unreachable, "{again:?}");
        host.close();
    });
}

#[test]
fn machine_is_deleted_where_the_driver_knows_fewer_flags() {
    on_main(|| {
        let file = world(2, "");
        let host = Host::new(&uri(&file));
        let uuid = host.list()[0].key.uuid;
        let delete = |keep| async move |client: HostClient| client.undefine(uuid, keep).await;
        let refused = host.ask(delete(Keep::default())).unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "it runs: {refused:?}");
        host.ask(async move |client| client.force_off(uuid).await).unwrap();
        host.lifecycle(uuid, Lifecycle::Stopped, 0);
        // What it cannot keep it would delete.
        let keep = Keep { nvram: true, tpm: true };
        let refused = host.ask(delete(keep)).unwrap_err();
        assert_eq!(refused.kind, Kind::Unsupported, "{refused:?}");
        let told = host.ask(async move |client| client.belongings(uuid).await).unwrap();
        assert!(!told.saved && told.snapshots == 0 && told.images.is_empty());
        host.ask(delete(Keep::default())).unwrap();
        host.lifecycle(uuid, Lifecycle::Undefined, 0);
        let left = host.ask(async |client| client.list().await).unwrap();
        assert!(left.len() == 1 && left[0].key.uuid != uuid);
        let again = host.ask(delete(Keep::default())).unwrap_err();
        assert_eq!(again.kind, Kind::Gone);
        host.close();
    });
}

#[test]
fn events_come_after_the_list_that_was_asked_before_them() {
    on_main(|| {
        let file = world(1, "");
        let host = Host::new(&uri(&file));
        let uuid = host.list()[0].key.uuid;
        host.ask(async move |client| {
            client.force_off(uuid).await?;
            client.start(uuid, StartOptions::default()).await
        })
        .unwrap();
        host.lifecycle(uuid, Lifecycle::Started, 0);
        let news = host.news.borrow();
        let listed = news
            .iter()
            .find_map(|event| match event {
                HostEvent::Listed { seq, .. } => Some(*seq),
                _ => None,
            })
            .unwrap();
        let seqs: Vec<u64> = news
            .iter()
            .filter_map(|event| match event {
                HostEvent::Lifecycle { seq, .. } => Some(*seq),
                _ => None,
            })
            .collect();
        assert!(seqs.iter().all(|&seq| seq > listed), "{listed} {seqs:?}");
        assert!(seqs.is_sorted());
        drop(news);
        host.close();
    });
}

#[test]
fn definition_of_every_machine_is_read_without_being_asked_for() {
    on_main(|| {
        let file = world(20, "");
        let host = Host::new(&uri(&file));
        let listed = host.list();
        let last = listed.last().unwrap().key.uuid;
        host.client.request_details(vec![last]);
        until("all definitions", 20, || {
            let news = host.news.borrow();
            let read = news.iter().filter_map(|event| match event {
                HostEvent::Details {
                    key,
                    details: Ok(details),
                    ..
                } if details.memory_kib == 8192 => Some(key.uuid),
                _ => None,
            });
            (read.collect::<std::collections::HashSet<_>>().len() == 20).then_some(())
        });
        host.close();
    });
}

#[test]
fn text_that_c_cannot_hold_is_refused_and_nothing_panics() {
    on_main(|| {
        let file = world(1, "");
        let host = Host::new(&uri(&file));
        let uuid = host.list()[0].key.uuid;
        let kinds = host.ask(async move |client| {
            [
                client.set_title(uuid, Some("a\0b".into())).await.unwrap_err().kind,
                client.rename(uuid, "a\0b".into()).await.unwrap_err().kind,
                client.rename(uuid, "running".into()).await.unwrap_err().kind,
                client.rename(uuid, String::new()).await.unwrap_err().kind,
                client.set_tags(uuid, vec!["\0".into()]).await.unwrap_err().kind,
            ]
        });
        assert_eq!(kinds, [Kind::Invalid; 5]);
        host.close();
    });
}

#[test]
fn title_tags_and_autostart_reach_the_definition() {
    on_main(|| {
        let file = world(1, "");
        let host = Host::new(&uri(&file));
        let uuid = host.list()[0].key.uuid;
        let xml = host
            .ask(async move |client| {
                client.set_title(uuid, Some("A <b> & c".into())).await?;
                client.set_description(uuid, Some("what it is for".into())).await?;
                client.set_tags(uuid, vec!["web".into(), "x<y".into()]).await?;
                client.set_autostart(uuid, true).await?;
                client.dump_xml(uuid, XmlFlags::default()).await
            })
            .unwrap();
        for part in [
            "<title>A &lt;b&gt; &amp; c</title>",
            "what it is for",
            "x&lt;y",
            "https://vireo-vm.github.io/ns/1",
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
        host.wait("autostart", 20, 0, |event| match event {
            HostEvent::Summary { summary, .. } if summary.autostart => Some(()),
            _ => None,
        });
        host.close();
    });
}

#[test]
fn machine_that_is_not_there_is_gone() {
    on_main(|| {
        let file = world(1, "");
        let host = Host::new(&uri(&file));
        host.list();
        let error = host
            .ask(async move |client| client.start(Uuid::new_v4(), StartOptions::default()).await)
            .unwrap_err();
        assert_eq!(error.kind, Kind::Gone);
        host.close();
    });
}

const USERS: &str = "<auth><user password='right'>anna</user></auth>";

/// Answers each question; `None` cancels.
fn answer(
    host: &Host,
    mut how: impl FnMut(&CredentialQuestion) -> Option<Vec<Secret>>,
    done: impl Fn(&HostEvent) -> bool,
) -> u32 {
    let mut highest = 0;
    until("the end of the conversation", 20, || {
        while let Ok(question) = host.questions.try_recv() {
            highest = highest.max(question.attempt);
            let _ = question.reply.try_send(how(&question));
        }
        host.news.borrow().iter().any(&done).then_some(highest)
    })
}

fn with_password(question: &CredentialQuestion, password: &str) -> Option<Vec<Secret>> {
    let text = |kind: CredentialKind| if kind.is_secret() { password } else { "anna" };
    Some(
        question
            .prompts
            .iter()
            .map(|prompt| Secret(text(prompt.kind).to_owned()))
            .collect(),
    )
}

fn is_failed(event: &HostEvent) -> bool {
    matches!(
        event,
        HostEvent::Connection {
            status: ConnectionStatus::Failed { .. },
            ..
        }
    )
}

#[test]
fn right_password_opens() {
    on_main(|| {
        let file = world(1, USERS);
        let host = Host::new(&uri(&file));
        answer(
            &host,
            |question| with_password(question, "right"),
            |event| matches!(event, HostEvent::Listed { .. }),
        );
        host.close();
    });
}

#[test]
fn wrong_password_is_asked_for_again_and_then_given_up() {
    on_main(|| {
        let file = world(1, USERS);
        let host = Host::new(&uri(&file));
        let rounds = answer(&host, |question| with_password(question, "wrong"), is_failed);
        assert_eq!(rounds, 3);
        assert_eq!(host.failed(20, 0), (Kind::AuthFailed, None));
        host.close();
    });
}

#[test]
fn second_try_with_the_right_password_opens() {
    on_main(|| {
        let file = world(1, USERS);
        let host = Host::new(&uri(&file));
        answer(
            &host,
            |question| with_password(question, if question.attempt == 1 { "wrong" } else { "right" }),
            |event| matches!(event, HostEvent::Listed { .. }),
        );
        host.close();
    });
}

#[test]
fn cancelled_prompt_is_no_wrong_password() {
    on_main(|| {
        let file = world(1, USERS);
        let host = Host::new(&uri(&file));
        let rounds = answer(&host, |_| None, is_failed);
        assert_eq!(rounds, 1);
        assert_eq!(host.failed(20, 0), (Kind::AuthCancelled, None));
        host.close();
    });
}

#[test]
fn disconnecting_takes_an_open_question_back() {
    on_main(|| {
        let file = world(1, USERS);
        let host = Host::new(&uri(&file));
        let question = until("a question", 20, || host.questions.try_recv().ok());
        host.client.disconnect();
        until("the question to be taken back", 20, || {
            question.reply.is_closed().then_some(())
        });
        host.close();
    });
}

#[test]
fn uri_that_is_none_fails_for_good() {
    on_main(|| {
        for uri in [
            "",
            "  ",
            "test:///no/such/file.xml\0",
            "qemu+warp://host/system",
            "qemu:///sys tem",
            "nonsense",
            "test:///no/such/file.xml",
            "://",
            "qemu://[::1/system",
        ] {
            let host = Host::new(uri);
            let (kind, retry) = host.failed(20, 0);
            assert!(kind != Kind::AuthCancelled, "{uri}");
            assert_eq!(retry, None, "{uri}: {kind:?}");
            host.close();
        }
    });
}

#[test]
fn read_only_connection_says_so_and_refuses_changes() {
    on_main(|| {
        let host = Host::with(HostConfig {
            read_only: true,
            ..HostConfig::new("test", "test:///default")
        });
        let uuid = host.list()[0].key.uuid;
        host.wait("the facts", 20, 0, |event| match event {
            HostEvent::HostInfo { info, .. } => info.features.read_only.then_some(()),
            _ => None,
        });
        let (errors, xml) = host.ask(async move |client| {
            let errors = [
                client.suspend(uuid).await.unwrap_err(),
                client.force_off(uuid).await.unwrap_err(),
                client.set_title(uuid, Some("other".into())).await.unwrap_err(),
                client.set_autostart(uuid, true).await.unwrap_err(),
            ];
            (errors, client.dump_xml(uuid, XmlFlags::default()).await)
        });
        for error in errors {
            assert!(
                error.kind == Kind::Denied && error.message.contains("read only"),
                "{error:?}"
            );
        }
        assert!(xml.is_ok());
        host.close();
    });
}

#[test]
fn addresses_are_read_and_a_machine_that_is_off_gets_another_name() {
    on_main(|| {
        let host = Host::new("test:///default");
        let uuid = host.list()[0].key.uuid;
        let found = host.ask(async move |client| client.addresses(uuid).await).unwrap();
        assert!(
            found
                .iter()
                .all(|address| !address.address.is_empty() && address.interface != "lo")
        );
        host.close();

        let file = world(1, "");
        let host = Host::new(&uri(&file));
        let uuid = host.list()[0].key.uuid;
        host.ask(async move |client| {
            client.force_off(uuid).await?;
            client.rename(uuid, "another & name".into()).await
        })
        .unwrap();
        host.wait("the new name", 20, 0, |event| match event {
            HostEvent::Lifecycle {
                name,
                change: Lifecycle::Defined,
                ..
            } if name == "another & name" => Some(()),
            _ => None,
        });
        let list = host.ask(async move |client| client.list().await).unwrap();
        assert_eq!((list[0].key.uuid, list[0].name.as_str()), (uuid, "another & name"));
        host.close();
    });
}

#[test]
fn definition_with_another_uuid_or_none_makes_no_twin() {
    on_main(|| {
        let file = world(1, "");
        let host = Host::new(&uri(&file));
        let uuid = host.list()[0].key.uuid;
        let secure = XmlFlags {
            inactive: true,
            secure: true,
        };
        let xml = host
            .ask(async move |client| client.dump_xml(uuid, secure).await)
            .unwrap();
        let own = format!("<uuid>{uuid}</uuid>");
        assert!(xml.contains(&own), "{xml}");
        let foreign = xml.replace(&own, &format!("<uuid>{}</uuid>", Uuid::new_v4()));
        let commented = xml.replace(&own, &format!("<!-- {own} -->"));
        for xml in [foreign, commented, xml.replace(&own, "")] {
            let xml = xml.replace("<name>m0</name>", "<name>twin</name>");
            let refused = host.ask(async move |client| client.define(uuid, xml, false).await);
            assert_eq!(refused.map_err(|error| error.kind), Err(Kind::Invalid));
        }
        // Its own one is taken, so that the refusals meant the identity and nothing else.
        assert_eq!(
            host.ask(async move |client| client.define(uuid, xml, false).await),
            Ok(())
        );
        let list = host.ask(async |client| client.list().await).unwrap();
        let names: Vec<_> = list.iter().map(|machine| machine.name.as_str()).collect();
        assert_eq!(names, ["m0"]);
        host.close();
    });
}

#[test]
fn closed_client_refuses_calls_at_once() {
    on_main(|| {
        let host = Host::new("test:///default");
        host.list();
        let client = host.client.clone();
        host.close();
        let start = async move { client.start(Uuid::new_v4(), StartOptions::default()).await };
        let error = block_on("a refusal", SOON, start).unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable);
    });
}

#[test]
fn probe_reads_the_facts() {
    on_main(|| {
        let (ask, _questions) = async_channel::unbounded();
        let facts = probe(HostConfig::new("test", "test:///default"), ask);
        let info = block_on("the facts", SOON, facts).unwrap();
        assert_eq!(info.driver, "TEST");
        assert!(info.hostname.is_some() && info.libvirt_version.is_some());
    });
}
