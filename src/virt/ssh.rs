//! The ssh of a host, shared: libvirt's own connection and every display go over one login.
//!
//! libvirt starts ssh by itself. For a host of ours it is told to start this program under another name instead
//! ([`program`]), which runs the real ssh with a control socket in our private directory. Whatever else is wanted of the host
//! ([`tunnel`]) asks at that socket. Where sharing cannot be had (the user chose a program or a control socket of their own,
//! the path is too long, ssh is not there) libvirt starts ssh as ever, and each tunnel logs in by itself or over the user's
//! own socket.
//!
//! The master runs apart from the ssh that made it, so that a display survives when the service on the host is restarted. It
//! ends with the session of the host, and by itself soon after this program was killed.

pub(crate) mod failure;
mod pipe;
pub(crate) mod program;
pub(crate) mod tunnel;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::model::display::cause::Cause;
use crate::model::display::plan::Target;
use crate::model::uri::Uri;
use crate::virt::askpass;
use crate::virt::connection::lock;

/// Seconds that a master waits for more work before it ends: as long as reconnecting may take, and no longer than it may
/// outlive a program that was killed.
const PERSIST: u32 = 15;
/// Longest path of a control socket: what the system takes, without what ssh appends while it makes one.
const LONGEST_PATH: usize = 107 - 17;
/// Reading the user's configuration is a matter of milliseconds, unless a program in it hangs.
const CONFIGURATION_LIMIT: Duration = Duration::from_secs(5);
/// A master that does not answer in this time hangs.
const EXIT_LIMIT: Duration = Duration::from_millis(1500);
/// Failures that are remembered.
const MOST_FAILURES: usize = 16;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Who is logged in where, and with what, as libvirt takes it from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Destination {
    /// `ssh`, or the program that the address names.
    program: String,
    arguments: Vec<String>,
    host: String,
    /// What stands in for netcat on the host.
    netcat: String,
    given_program: bool,
}

impl Destination {
    fn of(uri: &Uri) -> Option<Self> {
        let host = uri
            .host
            .clone()
            .filter(|host| !host.is_empty() && !host.starts_with('-'))?;
        if uri.effective_transport() != "ssh" {
            return None;
        }
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        if let Some(port) = uri.port {
            add("-p", port.to_string());
        }
        if let Some(user) = uri.user.clone().filter(|user| !user.is_empty()) {
            add("-l", user);
        }
        let set = |name: &str| uri.parameter(name).filter(|value| !value.is_empty());
        if let Some(key) = set("keyfile") {
            add("-i", key.to_owned());
        }
        // libvirt reads numbers: everything but 0 is yes.
        let on = |name: &str| set(name).is_some_and(|value| value.parse::<i32>().is_ok_and(|value| value != 0));
        if on("no_tty") {
            add("-o", "BatchMode=yes".to_owned());
        }
        if on("no_verify") {
            add("-o", "StrictHostKeyChecking=no".to_owned());
        }
        let command = set("command");
        Some(Self {
            program: command.unwrap_or("ssh").to_owned(),
            arguments,
            host,
            netcat: set("netcat").unwrap_or("nc").to_owned(),
            given_program: command.is_some(),
        })
    }

    /// ssh to this host, with `options` of our own before those of the address.
    fn command(&self, options: &[OsString], more: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(options)
            .args(&self.arguments)
            .args(more)
            .arg("--")
            .arg(&self.host);
        // So that what it says is understood.
        command.env("LC_ALL", "C");
        if let Some(directory) = askpass::directory() {
            askpass::name_in(&mut command, &directory);
        }
        command
    }
}

/// A control socket of our own.
#[derive(Debug)]
struct Share {
    /// What libvirt is to start.
    program: PathBuf,
    socket: PathBuf,
    options: Vec<OsString>,
}

impl Share {
    /// Makes what libvirt needs to start ssh with a shared connection. Numbers are never used twice: what belonged to a
    /// master that hangs is nobody else's.
    fn new(directory: &Path, alive: bool) -> io::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let socket = directory.join(format!("c{number}"));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '+');
        let text = socket
            .to_str()
            .filter(|text| text.chars().all(plain) && text.len() <= LONGEST_PATH);
        let text = text.ok_or_else(|| io::Error::other("the path of the control socket is too long or unusual"))?;
        let mut settings = vec![
            "ControlMaster=auto".to_owned(),
            format!("ControlPath={text}"),
            format!("ControlPersist={PERSIST}"),
        ];
        if alive {
            // A master that has lost its host should not stay for hours.
            settings.extend(["ServerAliveInterval=15".to_owned(), "ServerAliveCountMax=3".to_owned()]);
        }
        let program = directory.join(format!("{}{number}", program::NAME));
        fs::write(program.with_extension(program::OPTIONS), settings.join("\n"))?;
        symlink(askpass::program()?, &program)?;
        let options = settings
            .into_iter()
            .flat_map(|setting| ["-o".into(), setting.into()])
            .collect();
        Ok(Self {
            program,
            socket,
            options,
        })
    }

    fn remove(&self) {
        let options = self.program.with_extension(program::OPTIONS);
        for path in [&self.program, &options, &self.socket] {
            if let Err(error) = fs::remove_file(path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!("{} stays: {error}", path.display());
            }
        }
    }
}

/// The ssh of one host.
#[derive(Debug)]
pub(crate) struct Line {
    destination: Destination,
    share: Mutex<Option<Share>>,
    failures: Mutex<Vec<(Target, Cause)>>,
    closed: AtomicBool,
}

impl Line {
    /// `None` for a host that is not reached by the ssh program. Starts nothing.
    pub(crate) fn new(uri: &str) -> Option<Self> {
        Some(Self {
            destination: Destination::of(&Uri::parse(uri).ok()?)?,
            share: Mutex::default(),
            failures: Mutex::default(),
            closed: AtomicBool::new(false),
        })
    }

    /// The address that libvirt is given: with our program in the place of ssh, where sharing can be had. Reads the user's
    /// configuration (`ssh -G`): call it where waiting is allowed.
    pub(crate) fn address(&self, uri: &str) -> String {
        self.prepare();
        let Some(program) = lock(&self.share).as_ref().map(|share| share.program.clone()) else {
            return uri.to_owned();
        };
        match (Uri::parse(uri), program.to_str()) {
            (Ok(mut parsed), Some(program)) => {
                parsed.set_parameter("command", Some(program));
                parsed.to_string()
            }
            _ => uri.to_owned(),
        }
    }

    fn prepare(&self) {
        if self.destination.given_program || self.closed.load(Ordering::SeqCst) {
            return;
        }
        let gone = {
            let mut share = lock(&self.share);
            match share.as_ref() {
                // Our directory was cleared, or this program was removed: ssh itself is there still.
                Some(known) if fs::metadata(&known.program).is_err() => share.take(),
                Some(_) => return,
                None => None,
            }
        };
        drop(gone);
        let Some(directory) = askpass::directory() else { return };
        let Some(found) = self.configured() else { return };
        if found.shares_itself(|| self.is_answering(&[])) {
            tracing::debug!(host = self.destination.host, "the user's own control socket is used");
            return;
        }
        match Share::new(&directory, found.alive == Some(0)) {
            Ok(share) => {
                let late = lock(&self.share).replace(share);
                if let Some(late) = late {
                    late.remove();
                }
            }
            Err(error) => tracing::info!(
                host = self.destination.host,
                "each connection logs in by itself: {error}"
            ),
        }
    }

    /// What ssh's configuration says for this host.
    fn configured(&self) -> Option<Configured> {
        let output = pipe::output(&mut self.destination.command(&[], &["-G"]), CONFIGURATION_LIMIT)
            .inspect_err(|error| tracing::info!(host = self.destination.host, "ssh -G: {error}"))
            .ok()?;
        Some(Configured::read(&output))
    }

    /// Whether a master answers at the control socket that these options, or the user's own, name.
    fn is_answering(&self, options: &[OsString]) -> bool {
        let mut command = self.destination.command(options, &["-O", "check"]);
        command.stderr(Stdio::null());
        pipe::status(&mut command, EXIT_LIMIT).is_ok_and(|status| status.success())
    }

    /// Options for whoever wants to use the connection.
    fn options(&self) -> Vec<OsString> {
        lock(&self.share)
            .as_ref()
            .map(|share| share.options.clone())
            .unwrap_or_default()
    }

    /// Gives the shared connection up: the host was silent, and whoever comes next shall log in anew. Waits for a moment.
    pub(crate) fn retire(&self) {
        let Some(share) = lock(&self.share).take() else { return };
        if share.socket.exists() {
            let mut command = self.destination.command(&share.options, &["-O", "exit"]);
            command.stderr(Stdio::null());
            if !pipe::status(&mut command, EXIT_LIMIT).is_ok_and(|status| status.success()) {
                pipe::kill_master(&share.socket);
            }
        }
        share.remove();
    }

    /// As [`Line::retire`], for good: the session of the host is over.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.retire();
    }

    /// Remembers why a tunnel failed, for [`Line::failure`].
    fn note(&self, target: &Target, cause: Option<Cause>) {
        let mut failures = lock(&self.failures);
        failures.retain(|(known, _)| known != target);
        if let Some(cause) = cause {
            if failures.len() >= MOST_FAILURES {
                failures.remove(0);
            }
            failures.push((target.clone(), cause));
        }
    }

    /// Why the last tunnel to this target failed, if it did.
    pub(crate) fn failure(&self, target: &Target) -> Option<Cause> {
        let failures = lock(&self.failures);
        failures
            .iter()
            .find(|(known, _)| known == target)
            .map(|(_, cause)| cause.clone())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.retire();
    }
}

/// What matters here of `ssh -G`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Configured {
    control_path: Option<String>,
    control_master: Option<String>,
    alive: Option<u32>,
}

impl Configured {
    fn read(text: &str) -> Self {
        let mut found = Self::default();
        for line in text.lines() {
            let Some((name, value)) = line.split_once(' ') else {
                continue;
            };
            match name {
                "controlpath" => found.control_path = Some(value.to_owned()).filter(|value| value != "none"),
                "controlmaster" => found.control_master = Some(value.to_owned()),
                "serveraliveinterval" => found.alive = value.parse().ok(),
                _ => {}
            }
        }
        found
    }

    /// Whether the user has arranged for one connection to this host: then it is not ours to arrange.
    fn shares_itself(&self, answers: impl FnOnce() -> bool) -> bool {
        let makes_one = !matches!(self.control_master.as_deref(), None | Some("false" | "no"));
        self.control_path.is_some() && (makes_one || answers())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(uri: &str) -> Option<Destination> {
        Destination::of(&Uri::parse(uri).unwrap())
    }

    #[test]
    fn destination_is_what_libvirt_would_give_to_ssh() {
        let found =
            destination("qemu+ssh://anna@srv:2222/system?keyfile=/k%20k&no_verify=1&no_tty=1&netcat=ncat").unwrap();
        assert_eq!(
            found.arguments,
            [
                "-p",
                "2222",
                "-l",
                "anna",
                "-i",
                "/k k",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no"
            ]
        );
        assert_eq!((found.host.as_str(), found.netcat.as_str()), ("srv", "ncat"));
        assert_eq!((found.program.as_str(), found.given_program), ("ssh", false));
        let found = destination("qemu+ssh://srv/system?command=/opt/ssh&no_verify=0").unwrap();
        assert_eq!((found.program.as_str(), found.given_program), ("/opt/ssh", true));
        assert!(found.arguments.is_empty());
        for uri in [
            "qemu:///system",
            "qemu+tls://srv/system",
            "qemu+libssh://srv/system",
            "qemu+ssh:///system",
        ] {
            assert_eq!(destination(uri), None, "{uri}");
        }
        let hostile = Uri {
            host: Some("-oProxyCommand=x".into()),
            ..Uri::parse("qemu+ssh://srv/system").unwrap()
        };
        assert_eq!(Destination::of(&hostile), None);
    }

    #[test]
    fn control_socket_of_the_user_is_left_alone_where_it_is_in_use() {
        let read = |text: &str| Configured::read(text);
        let usual = read("user anna\ncontrolmaster false\nserveraliveinterval 0\n");
        assert_eq!((usual.alive, usual.shares_itself(|| true)), (Some(0), false));
        let auto = read("controlmaster auto\ncontrolpath /home/anna/.ssh/c-abc\n");
        assert!(auto.shares_itself(|| false));
        let named = read("controlmaster false\ncontrolpath /home/anna/.ssh/c-abc\n");
        assert!(named.shares_itself(|| true) && !named.shares_itself(|| false));
        assert!(!read("controlmaster auto\ncontrolpath none\n").shares_itself(|| true));
    }

    #[test]
    fn path_that_ssh_could_not_take_makes_no_share() {
        let directory = tempfile::tempdir().unwrap();
        let long = directory.path().join("x".repeat(100));
        fs::create_dir(&long).unwrap();
        assert!(Share::new(&long, false).is_err());
        let odd = directory.path().join("a %h b");
        fs::create_dir(&odd).unwrap();
        assert!(Share::new(&odd, false).is_err());
    }
}
