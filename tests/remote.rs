//! Hosts that are reached through ssh: a real sshd on the loopback interface, real keys, and the questions that ssh asks.

mod support;

use std::cell::RefCell;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;

use async_channel::Receiver;
use glib::MainContext;
use support::{Daemon, iterate_until, on_main, wait_for};
use vireo::model::credential::{CredentialKind, CredentialQuestion, Secret};
use vireo::model::error::{Kind, VirtError};
use vireo::model::event::HostEvent;
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::ui::errors::explain;
use vireo::virt::client::askpass::{self, Askpass};
use vireo::virt::client::{HostClient, Limits, channel};

/// A server of ours with its keys, and the client's side: a known_hosts file of its own.
struct Ssh {
    directory: tempfile::TempDir,
    port: u16,
    server: Option<Child>,
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Ssh {
    fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("vireo-ssh-").tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut ssh = Self {
            directory,
            port,
            server: None,
        };
        ssh.key("host", "");
        ssh.key("user", "");
        ssh.key("locked", "open sesame");
        let keys = ["user.pub", "locked.pub"].map(|name| fs::read_to_string(ssh.path(name)).unwrap());
        fs::write(ssh.path("authorized"), keys.concat()).unwrap();
        // Everything that a user's own configuration could add is left out.
        let client = format!(
            "#!/bin/sh\nexec ssh -F none -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes \"$@\"\n",
            ssh.text("known")
        );
        script(&ssh.path("ssh"), &client);
        script(&ssh.path("relay"), RELAY);
        ssh.serve();
        ssh
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn key(&self, name: &str, passphrase: &str) {
        let _ = fs::remove_file(self.path(name));
        run(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", passphrase, "-f", &self.text(name)],
        );
    }

    /// Starts the server, with whatever host key is there now.
    fn serve(&mut self) {
        self.end();
        // The server of a root insists on it.
        let _ = fs::create_dir_all("/run/sshd");
        let lines = [
            format!("Port {}\nListenAddress 127.0.0.1", self.port),
            format!(
                "HostKey {}\nAuthorizedKeysFile {}",
                self.text("host"),
                self.text("authorized")
            ),
            format!("PidFile {}\nStrictModes no\nUsePAM no", self.text("pid")),
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n".to_owned(),
        ];
        fs::write(self.path("conf"), lines.join("\n")).unwrap();
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f", &self.text("conf")]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        wait_for("sshd", Duration::from_secs(10), || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()
        });
    }

    fn end(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Remembers the host's key as if it had been accepted before.
    fn trust(&self) {
        let key = fs::read_to_string(self.path("host.pub")).unwrap();
        fs::write(self.path("known"), format!("[127.0.0.1]:{} {key}", self.port)).unwrap();
    }

    fn uri(&self, daemon: &Daemon, key: &str) -> String {
        format!(
            "test+ssh://127.0.0.1:{}/default?keyfile={}&command={}&proxy=netcat&netcat={}&socket={}",
            self.port,
            self.text(key),
            self.text("ssh"),
            self.text("relay"),
            daemon.socket().display()
        )
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.end();
    }
}

/// What netcat does with `-U PATH`; it is not installed everywhere.
const RELAY: &str = r#"#!/usr/bin/env python3
import os, select, socket, sys
if "-U" not in sys.argv:
    sys.exit(1)
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[-1])
while True:
    for ready in select.select([0, line], [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else line.recv(65536)
        if not data:
            sys.exit(0)
        if ready == 0:
            line.sendall(data)
        else:
            while data:
                data = data[os.write(1, data):]
"#;

/// The questions of ssh; the helper that ssh starts is the real program.
fn questions() -> Receiver<CredentialQuestion> {
    static INSTALLED: OnceLock<(Askpass, tempfile::TempDir, Receiver<CredentialQuestion>)> = OnceLock::new();
    let (_, _, questions) = INSTALLED.get_or_init(|| {
        let (sender, questions) = async_channel::unbounded();
        let askpass = askpass::listen(sender).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let helper = directory.path().join("vireo-askpass");
        symlink(env!("CARGO_BIN_EXE_vireo"), &helper).unwrap();
        symlink(askpass.socket(), directory.path().join("askpass")).unwrap();
        // SAFETY: the test thread is the only one that reads or writes the environment.
        unsafe {
            std::env::set_var("SSH_ASKPASS", &helper);
            std::env::set_var("SSH_ASKPASS_REQUIRE", "force");
        }
        (askpass, directory, questions)
    });
    while questions.try_recv().is_ok() {}
    questions.clone()
}

struct Host {
    client: HostClient,
    news: Rc<RefCell<Vec<HostEvent>>>,
    questions: Receiver<CredentialQuestion>,
    config: HostConfig,
}

impl Host {
    fn new(uri: &str) -> Self {
        Self::within(uri, Limits::default())
    }

    fn within(uri: &str, limits: Limits) -> Self {
        let questions = questions();
        let (sink, stream) = channel();
        let (ask, _) = async_channel::unbounded();
        let news = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&news);
        stream.attach(&MainContext::default(), move |batch| into.borrow_mut().extend(batch));
        let config = HostConfig::new("test", uri);
        let client = HostClient::connect_within(config.clone(), sink, ask, limits);
        Self {
            client,
            news,
            questions,
            config,
        }
    }

    /// Waits for news after the first `seen`; answers questions meanwhile (`None` cancels) and collects their texts.
    #[track_caller]
    fn wait<T>(
        &self,
        what: &str,
        seen: usize,
        answer: Option<&str>,
        pick: impl Fn(&HostEvent) -> Option<T>,
    ) -> (T, Vec<CredentialQuestion>) {
        let (found, asked) = (RefCell::new(None), RefCell::new(Vec::new()));
        iterate_until(&MainContext::default(), what, Duration::from_secs(30), || {
            while let Ok(question) = self.questions.try_recv() {
                let _ = question
                    .reply
                    .try_send(answer.map(|text| vec![Secret(text.to_owned())]));
                asked.borrow_mut().push(question);
            }
            *found.borrow_mut() = self.news.borrow().iter().skip(seen).find_map(&pick);
            found.borrow().is_some()
        });
        (found.into_inner().unwrap(), asked.into_inner())
    }

    #[track_caller]
    fn listed(&self, answer: Option<&str>) -> Vec<CredentialQuestion> {
        let listed = |event: &HostEvent| matches!(event, HostEvent::Listed { .. }).then_some(());
        self.wait("the list", 0, answer, listed).1
    }

    #[track_caller]
    fn failed(&self, answer: Option<&str>) -> ((VirtError, Option<u64>), Vec<CredentialQuestion>) {
        self.wait("a failure", 0, answer, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Failed { error, retry_in_ms },
                ..
            } => Some((error.clone(), *retry_in_ms)),
            _ => None,
        })
    }

    /// What the user is told.
    fn told(&self, error: &VirtError) -> String {
        let explanation = explain(error, Some(&self.config));
        format!("{}. {}", explanation.title, explanation.body)
    }

    fn close(self) {
        self.client.disconnect();
        self.wait("the end", 0, None, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Disconnected,
                ..
            } => Some(()),
            _ => None,
        });
    }
}

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
            open: Duration::from_secs(1),
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

/// Certificates of an authority of our own, made in `directory`.
struct Authority<'a>(&'a Path);

impl Authority<'_> {
    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .current_dir(self.0)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn authority(&self, name: &str) {
        let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
        self.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            &subject,
            "-keyout",
            &key,
            "-out",
            &certificate,
        ]);
    }

    /// A certificate for `usage` with these names, signed by `authority`.
    fn sign(&self, name: &str, authority: &str, names: &str, usage: &str, days: &str) {
        let file = |ending: &str| format!("{name}.{ending}");
        let extensions =
            format!("subjectAltName={names}\nextendedKeyUsage={usage}\nkeyUsage=digitalSignature,keyEncipherment\n");
        fs::write(self.0.join(file("ext")), extensions).unwrap();
        self.openssl(&[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=vireo",
            "-keyout",
            &file("key"),
            "-out",
            &file("csr"),
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &file("csr"),
            "-CA",
            &format!("{authority}.pem"),
            "-CAkey",
            &format!("{authority}.key"),
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            &file("ext"),
            "-out",
            &file("pem"),
        ]);
    }

    /// The folder that a client is pointed to.
    fn client(&self, name: &str, authority: &str, certificate: Option<&str>) -> PathBuf {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder).unwrap();
        let put = |from: String, to: &str| assert!(fs::copy(self.0.join(from), folder.join(to)).is_ok());
        put(format!("{authority}.pem"), "cacert.pem");
        if let Some(certificate) = certificate {
            put(format!("{certificate}.pem"), "clientcert.pem");
            put(format!("{certificate}.key"), "clientkey.pem");
        }
        folder
    }
}

/// A daemon that speaks TLS on its own port with the named certificate.
fn with_tls(names: &str, days: &str) -> (Daemon, u16, tempfile::TempDir) {
    let directory = tempfile::Builder::new().prefix("vireo-tls-").tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let authority = Authority(directory.path());
    authority.authority("ours");
    authority.authority("other");
    authority.sign("server", "ours", names, "serverAuth", days);
    authority.sign("client", "ours", "DNS:client", "clientAuth", "30");
    // The daemon is somebody else.
    fs::set_permissions(directory.path().join("server.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let configuration = format!(
        "listen_tls = 1\ntls_port = \"{port}\"\nauth_tls = \"none\"\ntls_no_sanity_certificate = 1\n\
         key_file = \"{}\"\ncert_file = \"{}\"\nca_file = \"{}\"\n",
        path("server.key"),
        path("server.pem"),
        path("ours.pem")
    );
    (Daemon::start_with(&configuration), port, directory)
}

fn over_tls(port: u16, folder: &Path) -> Host {
    Host::new(&format!(
        "test+tls://localhost:{port}/default?pkipath={}",
        folder.display()
    ))
}

#[test]
fn certificates_that_are_no_good_are_told_apart_from_passwords_and_networks() {
    on_main(|| {
        let (daemon, port, directory) = with_tls("DNS:localhost,IP:127.0.0.1", "30");
        let authority = Authority(directory.path());
        let good = authority.client("good", "ours", Some("client"));
        let host = over_tls(port, &good);
        host.listed(None);
        host.close();

        let mut told = Vec::new();
        let mut refused = |port: u16, folder: &Path| {
            let host = over_tls(port, folder);
            let ((error, _), _) = host.failed(None);
            eprintln!(
                "{:?} {}/{} {}\n  -> {}",
                error.kind,
                error.code,
                error.domain,
                error.message,
                host.told(&error)
            );
            told.push(host.told(&error));
            host.close();
        };
        refused(port, &authority.client("stranger", "other", Some("client")));
        refused(port, &authority.client("nobody", "ours", None));
        let (_expired, expired, kept) = with_tls("DNS:localhost", "-1");
        refused(expired, &Authority(kept.path()).client("good", "ours", Some("client")));
        let (_named, named, kept) = with_tls("DNS:elsewhere.example", "30");
        refused(named, &Authority(kept.path()).client("good", "ours", Some("client")));
        let distinct: std::collections::HashSet<&String> = told.iter().collect();
        assert_eq!(distinct.len(), told.len(), "{told:?}");
        for text in &told {
            assert!(text.contains("ertificate"), "{text}");
        }
        drop(daemon);
    });
}
