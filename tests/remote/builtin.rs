//! Hosts behind the SSH clients that libvirt has built in.

use std::fs;

use vireo::model::credential::CredentialKind;
use vireo::model::error::Kind;

use crate::host::Host;
use crate::server::{PASSWORD, Ssh};
use crate::support::{Daemon, on_main};

const CLIENTS: [&str; 2] = ["libssh", "libssh2"];

#[test]
fn key_password_and_passphrase_open_a_connection() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        for client in CLIENTS {
            let host = Host::new(&ssh.uri_builtin(&daemon, client, "privkey", "user"));
            assert!(host.listed(None).is_empty(), "{client}: a question was asked");
            host.close();
            let host = Host::new(&ssh.uri_builtin(&daemon, client, "privkey", "locked"));
            let asked = host.listed(Some("open sesame"));
            assert_eq!(asked.len(), 1, "{client}");
            assert!(asked[0].prompts[0].kind.is_secret(), "{client}: {:?}", asked[0].prompts);
            host.close();
        }
        let Some(ssh) = Ssh::start_with_password() else { return };
        ssh.trust();
        for client in CLIENTS {
            let uri = ssh.uri_builtin(&daemon, client, "password", "user");
            let host = Host::new(&uri);
            let asked = host.listed(Some(PASSWORD));
            assert_eq!(asked.len(), 1, "{client}");
            assert!(asked[0].prompts[0].kind.is_secret(), "{client}: {:?}", asked[0].prompts);
            host.close();
            let host = Host::new(&uri);
            let ((error, retry), asked) = host.failed(Some("wrong"));
            assert_eq!(
                (error.kind, retry),
                (Kind::AuthFailed, None),
                "{client}: {}",
                error.message
            );
            let attempts: Vec<u32> = asked.iter().map(|question| question.attempt).collect();
            assert_eq!(attempts, [1, 2, 3], "{client}");
            host.close();
            let host = Host::new(&uri);
            let ((error, retry), asked) = host.failed(None);
            assert_eq!(asked.len(), 1, "{client}: asked again after a cancel");
            assert_eq!(
                (error.kind, retry),
                (Kind::AuthCancelled, None),
                "{client}: {}",
                error.message
            );
            host.close();
        }
    });
}

#[test]
fn unknown_host_key_is_asked_for_and_remembered_and_a_changed_one_refused() {
    on_main(|| {
        let (daemon, mut ssh) = (Daemon::start(), Ssh::start());
        for client in CLIENTS {
            let _ = fs::remove_file(ssh.path("known"));
            let uri = ssh.uri_builtin(&daemon, client, "privkey", "user");
            let host = Host::new(&uri);
            eprintln!("{client} cancel");
            let ((error, retry), asked) = host.failed(None);
            assert_eq!(asked.len(), 1, "{client}");
            assert_eq!(asked[0].prompts[0].kind, CredentialKind::EchoPrompt, "{client}");
            assert_eq!(
                (error.kind, retry),
                (Kind::AuthCancelled, None),
                "{client}: {}",
                error.message
            );
            host.close();
            let host = Host::new(&uri);
            assert_eq!(host.listed(Some("y")).len(), 1, "{client}");
            host.close();
            let host = Host::new(&uri);
            assert!(host.listed(None).is_empty(), "{client}: the key was not remembered");
            host.close();

            ssh.key("host", "");
            ssh.serve();
            let host = Host::new(&uri);
            let ((error, retry), asked) = host.failed(Some("y"));
            assert!(asked.is_empty(), "{client}: the user was asked to accept it");
            assert_eq!(retry, None);
            let told = host.told(&error);
            assert!(
                told.contains("identity") && told.contains("changed"),
                "{client}: {told}"
            );
            assert!(
                told.contains(&ssh.path("known").display().to_string()),
                "{client}: {told}"
            );
            host.close();
        }
    });
}
