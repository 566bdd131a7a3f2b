//! A connection to somewhere on the host or behind it, over the ssh of the host: one end of a socket pair is ours, the other
//! is input and output of an ssh. Each has a thread, so that a question of ssh is known to be this tunnel's, its last words
//! are kept, and no process is left behind.

use std::io;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::{Line, failure, pipe};
use crate::model::display::cause::Cause;
use crate::model::display::plan::Target;
use crate::virt::auth::{self, Conversation};

/// How long ssh may take to end by itself when nobody is left at our end.
const FAREWELL: Duration = Duration::from_secs(1);
/// A stand-in that lasted longer has led somewhere.
const SHORT: Duration = Duration::from_secs(5);
const VERSION_LIMIT: Duration = Duration::from_secs(5);

/// Stands in for ssh's own forwarding where the host forbids it, or where it can't reach a socket in the file system
/// (before OpenSSH 9.4): netcat, as libvirt itself uses it, or what there is. Said by `sh` on the host, so it is given
/// program, address and port as arguments. With `-q` a netcat that knows it ends when we do.
const RELAY_TCP: &str = r#"q=; if "$1" -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then q=-q0; fi; if command -v "$1" >/dev/null 2>&1; then exec "$1" $q "$2" "$3"; elif command -v socat >/dev/null 2>&1; then exec socat - "TCP:$2:$3"; else exec bash -c "exec 3<>\"/dev/tcp/\$0/\$1\" || exit 1; cat <&3 & cat >&3; kill \$!" "$2" "$3"; fi"#;
const RELAY_UNIX: &str = r#"q=; if "$1" -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then q=-q0; fi; if command -v "$1" >/dev/null 2>&1; then exec "$1" $q -U "$2"; elif command -v socat >/dev/null 2>&1; then exec socat - "UNIX-CONNECT:$2"; else echo "$1: not found" >&2; exit 127; fi"#;

/// Begins a tunnel and gives our end at once. What comes of it is seen there: data, or its end, and then
/// [`Line::failure`] tells why.
///
/// # Errors
/// No socket or no thread is to be had.
pub(crate) fn open(line: &Arc<Line>, target: Target, conversation: Arc<Conversation>) -> io::Result<OwnedFd> {
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    let line = Arc::clone(line);
    thread::Builder::new()
        .name("vireo-tunnel".into())
        .stack_size(256 * 1024)
        .spawn(move || {
            let cause = run(&line, &target, &theirs, &conversation);
            if let Some(cause) = &cause {
                tracing::info!(host = line.destination.host, ?target, "no tunnel: {cause:?}");
            }
            // Before the end can be seen.
            line.note(&target, cause);
            drop(theirs);
        })?;
    Ok(ours)
}

fn run(line: &Line, target: &Target, end: &OwnedFd, conversation: &Arc<Conversation>) -> Option<Cause> {
    let _known = auth::register(conversation);
    let options = line.options();
    let forward = if can_forward(line, target) {
        match attempt(forward(line, &options, target), end, conversation) {
            Outcome::Over => return None,
            Outcome::Failed(said) if failure::is_beyond(&said) => said,
            // It was ended for that, and says nothing.
            Outcome::Failed(said) if conversation.is_cancelled() => return Some(Cause::SshLogin(said)),
            // Without a word: it was cut off, by a master that ended or by somebody who killed it.
            Outcome::Failed(said) if said.is_empty() => return None,
            Outcome::Failed(said) => return Some(failure::cause(target, &said, None)),
        }
    } else {
        String::new()
    };
    let Some(relay) = relay(line, &options, target) else {
        return Some(failure::cause(target, &forward, None));
    };
    let begun = Instant::now();
    match attempt(relay, end, conversation) {
        Outcome::Over => None,
        Outcome::Failed(said) if said.is_empty() && begun.elapsed() > SHORT => None,
        Outcome::Failed(said) => Some(failure::cause(target, &forward, Some(&said))),
    }
}

/// Whether ssh itself leads there: before OpenSSH 9.4 a path is misread, and the master waits for ever.
fn can_forward(line: &Line, target: &Target) -> bool {
    let Target::Unix { .. } = target else { return true };
    let version = pipe::words(&mut line.destination.command(&[], &["-V"]), VERSION_LIMIT);
    version.is_ok_and(|words| version_of(&words).is_some_and(|version| version >= (9, 4)))
}

fn version_of(words: &str) -> Option<(u32, u32)> {
    let (_, version) = words.split_once("OpenSSH_")?;
    let number = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().ok()
    };
    let (major, minor) = version.split_once('.')?;
    Some((number(major)?, number(minor)?))
}

fn forward(line: &Line, options: &[std::ffi::OsString], target: &Target) -> Command {
    let place = match target {
        Target::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
        Target::Tcp { host, port } => format!("{host}:{port}"),
        Target::Unix { path } => path.clone(),
    };
    line.destination.command(options, &["-T", "-e", "none", "-W", &place])
}

/// `None` where the target can't be told to a shell.
fn relay(line: &Line, options: &[std::ffi::OsString], target: &Target) -> Option<Command> {
    let netcat = quoted(&line.destination.netcat)?;
    let script = match target {
        Target::Tcp { host, port } => format!("sh -c '{RELAY_TCP}' sh {netcat} {} {port}", quoted(host)?),
        Target::Unix { path } => format!("sh -c '{RELAY_UNIX}' sh {netcat} {}", quoted(path)?),
    };
    let more = ["-T", "-e", "none", "-o", "ClearAllForwardings=yes"];
    let mut command = line.destination.command(options, &more);
    command.arg(script);
    Some(command)
}

/// The text in quotes that every shell reads alike.
fn quoted(text: &str) -> Option<String> {
    let plain = |c: char| !c.is_control() && !matches!(c, '\'' | '!' | '\\');
    (!text.is_empty() && !text.starts_with('-') && text.chars().all(plain)).then(|| format!("'{text}'"))
}

enum Outcome {
    /// It worked, or nobody waits for it any more.
    Over,
    /// ssh ended by itself, with these words.
    Failed(String),
}

fn attempt(mut command: Command, end: &OwnedFd, conversation: &Arc<Conversation>) -> Outcome {
    let started = io::pipe().and_then(|(words, writer)| {
        command.stdin(Stdio::from(end.try_clone()?));
        command.stdout(Stdio::from(end.try_clone()?));
        let child = command.stderr(writer).spawn()?;
        Ok((child, words))
    });
    // It holds copies of both ends.
    drop(command);
    let (mut child, words) = match started {
        Ok(started) => started,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let (said, left) = listen(&mut child, words, end, conversation);
    match pipe::end(&mut child, Instant::now() + FAREWELL) {
        Ok(status) if status.success() => {
            conversation.accepted();
            Outcome::Over
        }
        _ if left => Outcome::Over,
        _ => Outcome::Failed(failure::cleaned(&said)),
    }
}

/// Keeps the last words of ssh until it ends or our end is closed, and says whether that was it.
fn listen(
    child: &mut Child,
    mut words: io::PipeReader,
    end: &OwnedFd,
    conversation: &Arc<Conversation>,
) -> (Vec<u8>, bool) {
    let handle = pipe::handle(child);
    let (mut said, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        let (spoke, ended, left) = {
            // Nothing of the socket is asked for: that both ends are closed is told anyway.
            let mut watched = vec![PollFd::new(&words, PollFlags::IN), PollFd::new(end, PollFlags::empty())];
            watched.extend(handle.as_ref().map(|handle| PollFd::new(handle, PollFlags::IN)));
            match poll(&mut watched, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return (said, true),
            }
            let told = |index: usize| watched.get(index).is_some_and(|watched| !watched.revents().is_empty());
            (told(0), told(2), told(1))
        };
        if spoke {
            match words.read(&mut piece) {
                // Its standard error is closed: it has ended, or is about to.
                Ok(0) | Err(_) => return (said, false),
                Ok(count) => said.extend_from_slice(&piece[..count]),
            }
            let surplus = said.len().saturating_sub(failure::LONGEST);
            said.drain(..surplus);
        } else if left {
            auth::cancel(conversation);
            return (said, true);
        } else if ended {
            return (said, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_plain_words_reaches_the_shell_of_the_host() {
        assert_eq!(quoted("/run/v m.sock").as_deref(), Some("'/run/v m.sock'"));
        assert_eq!(quoted("$(touch /x)").as_deref(), Some("'$(touch /x)'"));
        for text in ["", "-oProxyCommand=x", "it's", "a\nb", "bang!", "back\\slash"] {
            assert_eq!(quoted(text), None, "{text}");
        }
        // They stand in single quotes themselves.
        assert!(!RELAY_TCP.contains('\'') && !RELAY_UNIX.contains('\''));
    }

    #[test]
    fn version_of_ssh_is_read() {
        assert_eq!(
            version_of("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19"),
            Some((9, 2))
        );
        assert_eq!(version_of("OpenSSH_10.0p2, LibreSSL"), Some((10, 0)));
        assert_eq!(version_of("something else"), None);
    }

    #[test]
    fn way_is_given_as_ssh_takes_it() {
        let line = Line::new("qemu+ssh://anna@srv/system").unwrap();
        let arguments = |target: &Target| -> Vec<String> {
            let command = forward(&line, &[], target);
            command
                .get_args()
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect()
        };
        let tcp = |host: &str| Target::Tcp {
            host: host.into(),
            port: 5900,
        };
        let way = ["-l", "anna", "-T", "-e", "none", "-W", "127.0.0.1:5900", "--", "srv"];
        assert_eq!(arguments(&tcp("127.0.0.1")), way);
        assert_eq!(arguments(&tcp("::1"))[6], "[::1]:5900");
        let socket = Target::Unix {
            path: "/run/v.sock".into(),
        };
        assert_eq!(arguments(&socket)[6], "/run/v.sock");
    }
}
