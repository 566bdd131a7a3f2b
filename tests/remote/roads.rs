//! The ways to a display: handed over by libvirt on this computer, over one ssh from another.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use vireo::model::credential::Secret;
use vireo::model::display::cause::Cause;
use vireo::model::display::plan::{Road, Standing, Target, plan};
use vireo::model::display::wire::{Protocol, Route};
use vireo::model::error::Kind;
use vireo::model::event::HostEvent;
use vireo::model::host::ConnectionStatus;
use vireo::model::uri::Uri;
use vireo::model::xml::Document;
use vireo::virt::client::XmlFlags;

use crate::host::Host;
use crate::server::{PASSWORD, Ssh, usual_private};
use crate::support::{self, Daemon, Guest, block_on, on_main, until, wait_for};

const LIMIT: Duration = Duration::from_secs(30);
const LOOPBACK: &str = "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>";

fn with_display<'a>(daemon: &'a Daemon, display: &str) -> Guest<'a> {
    daemon.guest("screen").empty().device(display).start()
}

/// What the display server says first; blocks.
#[track_caller]
fn greeting(socket: OwnedFd) -> String {
    let mut stream = UnixStream::from(socket);
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut hello = [0; 12];
    match stream.read_exact(&mut hello) {
        Ok(()) => String::from_utf8_lossy(&hello).into_owned(),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => String::new(),
        Err(error) => panic!("{error}"),
    }
}

/// The road to the machine's first display.
#[track_caller]
fn road(host: &Host, guest: &Guest) -> Road {
    let (client, uuid) = (host.client.clone(), guest.uuid);
    let xml = block_on("the definition", LIMIT, async move {
        client.dump_xml(uuid, XmlFlags::default()).await
    });
    let uri = Uri::parse(&host.config.uri).unwrap();
    let found = plan(&Document::parse(&xml.unwrap()).unwrap(), &uri, Standing::default());
    found[0].1.clone().unwrap()
}

#[track_caller]
fn open(host: &Host, guest: &Guest, road: &Road) -> OwnedFd {
    let (client, uuid, road) = (host.client.clone(), guest.uuid, road.clone());
    let way = block_on("the way", LIMIT, async move {
        client.open_way(uuid, 0, Protocol::Vnc, road).await
    });
    let way = way.unwrap();
    assert_eq!(way.route, Route::Socket);
    way.socket.expect("a socket")
}

#[track_caller]
fn cause(host: &Host, road: &Road) -> Cause {
    let (client, road) = (host.client.clone(), road.clone());
    block_on("the cause", LIMIT, async move { client.diagnose(road).await })
}

fn tunnel(target: Target) -> Road {
    Road::Tunnel {
        plain: Some(target),
        tls: None,
    }
}

fn port(port: u16) -> Target {
    Target::Tcp {
        host: "127.0.0.1".into(),
        port,
    }
}

/// The road to a display server that takes any number of callers at once. QEMU lets one wait: of several at the same moment
/// the kernel may tell one that it got through of whom QEMU never hears.
fn greeter() -> Road {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let road = tunnel(port(server.local_addr().expect("its number").port()));
    std::thread::spawn(move || {
        for caller in server.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let _ = (&caller).write_all(b"RFB 003.008\n");
                let _ = (&caller).read(&mut [0]);
            });
        }
    });
    road
}

/// Closes the host; no ssh of it may be left.
#[track_caller]
fn close(host: Host, ssh: &Ssh) {
    host.close();
    wait_for("the end of ssh", LIMIT, || ssh.clients().is_empty().then_some(()));
}

#[track_caller]
fn lost_and_listed(host: &Host, seen: usize) {
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
}

#[test]
fn libvirt_of_this_computer_hands_displays_over_wherever_they_listen() {
    on_main(|| {
        let daemon = Daemon::start();
        let host = Host::new(&daemon.uri_qemu());
        host.listed(None);
        let socket = daemon.directory().join("screen.sock").display().to_string();
        for display in [
            LOOPBACK.to_owned(),
            "<graphics type='vnc'><listen type='none'/></graphics>".to_owned(),
            format!("<graphics type='vnc' passwd='hush'><listen type='socket' socket='{socket}'/></graphics>"),
        ] {
            let guest = with_display(&daemon, &display);
            let road = road(&host, &guest);
            assert_eq!(road, Road::Handover, "{display}");
            assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n", "{display}");
            guest.destroy();
            guest.virsh("undefine", &[]);
        }
        host.close();
    });
}

#[test]
fn host_and_three_displays_are_one_login_and_leave_no_ssh_behind() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let guest = with_display(&daemon, LOOPBACK);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        assert!(host.listed(None).is_empty(), "a question was asked");
        let road = road(&host, &guest);
        let sockets: Vec<_> = (0..3).map(|_| open(&host, &guest, &road)).collect();
        for socket in sockets {
            assert_eq!(greeting(socket), "RFB 003.008\n");
        }
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        assert_eq!(cause(&host, &road), Cause::Server);
        // Those of the displays end with them: libvirt's and the master are left.
        wait_for("the end of the tunnels", LIMIT, || {
            (ssh.clients().len() == 2).then_some(())
        });
        close(host, &ssh);
    });
}

#[test]
fn password_is_asked_for_once_for_host_and_displays() {
    on_main(|| {
        let (daemon, Some(ssh)) = (Daemon::start(), Ssh::start_with_password()) else {
            return;
        };
        ssh.trust();
        ssh.become_usual(&[]);
        let guest = with_display(&daemon, LOOPBACK);
        let host = Host::new(&ssh.uri_shared(&daemon, "none"));
        let asked = host.listed(Some(PASSWORD));
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].origin, host.config.uri);
        let road = road(&host, &guest);
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        close(host, &ssh);
    });
}

#[test]
fn display_at_a_socket_of_the_host_is_reached_over_the_same_login() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let socket = daemon.directory().join("screen.sock").display().to_string();
        let display = format!("<graphics type='vnc'><listen type='socket' socket='{socket}'/></graphics>");
        let guest = with_display(&daemon, &display);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let road = road(&host, &guest);
        assert_eq!(road, tunnel(Target::Unix { path: socket.clone() }));
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        guest.destroy();
        assert_eq!(greeting(open(&host, &guest, &road)), "");
        assert_eq!(cause(&host, &road), Cause::SocketGone(socket));
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        close(host, &ssh);
    });
}

#[test]
fn closed_port_is_told_from_a_host_that_forbids_forwarding() {
    on_main(|| {
        let (daemon, mut ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let guest = with_display(&daemon, LOOPBACK);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let nobody = tunnel(port(1));
        assert_eq!(greeting(open(&host, &guest, &nobody)), "");
        assert_eq!(cause(&host, &nobody), Cause::Refused(port(1)));
        close(host, &ssh);

        // A program on the host stands in.
        ssh.more = "DisableForwarding yes".to_owned();
        ssh.serve();
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let road = road(&host, &guest);
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        assert_eq!(greeting(open(&host, &guest, &nobody)), "");
        assert_eq!(cause(&host, &nobody), Cause::Refused(port(1)));
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        close(host, &ssh);
    });
}

#[test]
fn descriptor_is_never_asked_of_another_computer_and_the_connection_lives() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let guest = with_display(&daemon, LOOPBACK);
        for uri in [
            ssh.uri_shared(&daemon, "user"),
            daemon.uri_qemu_tcp(daemon.address().port()),
        ] {
            let host = Host::new(&uri);
            host.listed(None);
            let (client, uuid) = (host.client.clone(), guest.uuid);
            let refused = block_on("a refusal", LIMIT, async move { client.open_graphics(uuid, 0).await });
            assert_eq!(refused.err().map(|error| error.kind), Some(Kind::Unsupported), "{uri}");
            let client = host.client.clone();
            let list = block_on("the list", LIMIT, async move { client.list().await });
            assert_eq!(list.unwrap().len(), 1, "{uri}");
            assert_eq!(host.client.status(), ConnectionStatus::Connected, "{uri}");
            host.close();
        }
    });
}

#[test]
fn killed_ssh_comes_back_without_a_login_and_a_killed_master_with_one() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let find = |master: bool| {
            let clients = ssh.clients();
            let found = clients.iter().find(|(_, line)| line.contains("[mux]") == master);
            found.unwrap_or_else(|| panic!("{clients:?}")).0
        };
        let seen = host.news.borrow().len();
        support::signal(find(false), "KILL");
        lost_and_listed(&host, seen);
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());

        let seen = host.news.borrow().len();
        support::signal(find(true), "KILL");
        lost_and_listed(&host, seen);
        assert_eq!(ssh.logins(), 2, "{}", ssh.log());
        close(host, &ssh);
    });
}

#[test]
fn master_that_hangs_is_ended_with_the_connection_and_not_used_again() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let master = ssh.clients().into_iter().find(|(_, line)| line.contains("[mux]"));
        let (master, _) = master.expect("a master");
        let seen = host.news.borrow().len();
        support::signal(master, "STOP");
        host.client.check_alive();
        lost_and_listed(&host, seen);
        assert_eq!(ssh.logins(), 2, "{}", ssh.log());
        until("the end of the first master", 30, || {
            ssh.clients().iter().all(|(pid, _)| *pid != master).then_some(())
        });
        close(host, &ssh);
    });
}

#[test]
fn display_stays_when_the_service_on_the_host_is_restarted() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let guest = with_display(&daemon, LOOPBACK);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let road = road(&host, &guest);
        let mut display = UnixStream::from(open(&host, &guest, &road));
        let mut hello = [0; 12];
        display.read_exact(&mut hello).unwrap();
        let seen = host.news.borrow().len();
        daemon.kill9();
        daemon.restart();
        lost_and_listed(&host, seen);
        display.set_nonblocking(true).unwrap();
        let open = display.read(&mut hello).map_err(|error| error.kind());
        assert_eq!(open, Err(ErrorKind::WouldBlock), "the display was closed");
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        drop(display);
        close(host, &ssh);
    });
}

#[test]
fn program_of_the_user_logs_in_for_itself_and_the_words_of_ssh_tell_why_it_could_not() {
    on_main(|| {
        let (daemon, mut ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let guest = with_display(&daemon, LOOPBACK);
        let uri = format!("{}&command={}", ssh.uri_shared(&daemon, "user"), ssh.text("ssh"));
        let host = Host::new(&uri);
        host.listed(None);
        let road = road(&host, &guest);
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        assert_eq!(ssh.logins(), 2, "{}", ssh.log());

        ssh.end();
        assert_eq!(greeting(open(&host, &guest, &road)), "");
        match cause(&host, &road) {
            Cause::SshUnreachable(said) => assert!(said.contains("Connection refused"), "{said}"),
            other => panic!("{other:?}"),
        }
        ssh.key("host", "");
        ssh.serve();
        assert_eq!(greeting(open(&host, &guest, &road)), "");
        assert!(matches!(cause(&host, &road), Cause::SshHostKey(_)));
        close(host, &ssh);
    });
}

#[test]
fn login_that_a_display_needs_is_asked_for_as_that_of_its_host() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let guest = with_display(&daemon, LOOPBACK);
        let uri = format!("{}&command={}", ssh.uri_shared(&daemon, "locked"), ssh.text("ssh"));
        let host = Host::new(&uri);
        assert_eq!(host.listed(Some("open sesame")).len(), 1);
        let road = road(&host, &guest);
        // The session has not forgotten what its first connection was told.
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        assert_eq!(ssh.logins(), 2, "{}", ssh.log());
        close(host, &ssh);
    });
}

#[test]
fn control_socket_of_the_users_own_is_used_and_left_alone() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let path = format!("ControlPath={}", ssh.text("own"));
        ssh.become_usual(&["ControlMaster=auto", &path, "ControlPersist=20"]);
        let guest = with_display(&daemon, LOOPBACK);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let road = road(&host, &guest);
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        host.close();
        assert!(ssh.path("own").exists(), "the user's master was ended");
        let output = std::process::Command::new(ssh.path("ssh"))
            .args(["-O", "exit", "-o", &path, "127.0.0.1"])
            .stderr(File::create(ssh.path("words")).unwrap())
            .status();
        assert!(output.unwrap().success());
    });
}

#[test]
fn question_of_a_display_is_put_to_its_host_and_taken_back_with_it() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        let guest = with_display(&daemon, LOOPBACK);
        let uri = format!("{}&command={}", ssh.uri_shared(&daemon, "user"), ssh.text("ssh"));
        let host = Host::new(&uri);
        host.listed(None);
        let road = road(&host, &guest);
        std::fs::remove_file(ssh.path("known")).unwrap();
        let before = ssh.clients().len();

        let socket = open(&host, &guest, &road);
        let question = host.question();
        assert_eq!(question.origin, uri);
        drop(socket);
        until("the question to be taken back", 30, || {
            question.reply.is_closed().then_some(())
        });
        wait_for("the end of its ssh", LIMIT, || {
            (ssh.clients().len() == before).then_some(())
        });

        let socket = open(&host, &guest, &road);
        let question = host.question();
        question.reply.try_send(Some(vec![Secret("yes".to_owned())])).unwrap();
        assert_eq!(greeting(socket), "RFB 003.008\n");

        std::fs::remove_file(ssh.path("known")).unwrap();
        let socket = open(&host, &guest, &road);
        host.question().reply.try_send(None).unwrap();
        assert_eq!(greeting(socket), "");
        assert_eq!(cause(&host, &road), Cause::SshLogin(String::new()));
        close(host, &ssh);
    });
}

#[test]
fn tunnels_leave_no_descriptor_thread_or_process_behind() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let guest = with_display(&daemon, LOOPBACK);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        let road = greeter();
        let count = |what: &str| std::fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
        let tunnels = || {
            let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
            let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
            names.filter(|name| name.trim() == "vireo-tunnel").count()
        };
        let settle = || wait_for("the end of the tunnels", LIMIT, || (tunnels() == 0).then_some(()));
        assert_eq!(greeting(open(&host, &guest, &road)), "RFB 003.008\n");
        settle();
        let before = count("fd");
        for _ in 0..3 {
            let sockets: Vec<_> = (0..8).map(|_| open(&host, &guest, &road)).collect();
            // Some are closed before anything was said.
            for socket in sockets.into_iter().step_by(2) {
                assert_eq!(greeting(socket), "RFB 003.008\n");
            }
        }
        settle();
        wait_for("descriptors to be closed", LIMIT, || {
            (count("fd") <= before).then_some(())
        });
        assert_eq!(ssh.clients().len(), 2, "{:?}", ssh.clients());
        assert_eq!(ssh.logins(), 1, "{}", ssh.log());
        close(host, &ssh);
    });
}

#[test]
fn host_is_found_again_when_what_its_ssh_was_shared_by_is_gone() {
    on_main(|| {
        let (daemon, ssh) = (Daemon::start(), Ssh::start());
        ssh.trust();
        ssh.become_usual(&[]);
        let host = Host::new(&ssh.uri_shared(&daemon, "user"));
        host.listed(None);
        for entry in std::fs::read_dir(usual_private()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("vireo-ssh-") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        let clients = ssh.clients();
        let seen = host.news.borrow().len();
        for (pid, _) in clients {
            support::signal(pid, "KILL");
        }
        lost_and_listed(&host, seen);
        close(host, &ssh);
    });
}
