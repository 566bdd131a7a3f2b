//! What ssh means by what it says, in English as it is told to.

use crate::model::display::cause::Cause;
use crate::model::display::plan::Target;

/// Bytes of what a program says that are kept: its last words.
pub(super) const LONGEST: usize = 4096;
const LONGEST_LINE: usize = 300;
const MOST_LINES: usize = 12;

/// The last words of a program, fit to be shown: no control characters, no endless lines.
pub(super) fn cleaned(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let shown = line.chars().filter(|c| !c.is_control()).take(LONGEST_LINE);
            shown.collect::<String>().trim().to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(MOST_LINES)..].join("\n")
}

/// Whether the connection to the host is there and only the way onwards from it was refused: another way may lead there.
pub(super) fn is_beyond(said: &str) -> bool {
    [
        "open failed",
        "stdio forwarding",
        "Stdio forwarding",
        "refused by peer",
        "Bad stdio forwarding specification",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// Why the host itself was not reached; `None` where ssh had no trouble with that.
fn before(said: &str) -> Option<Cause> {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    let text = || said.to_owned();
    if says(&["Host key verification failed", "HOST IDENTIFICATION HAS CHANGED"]) {
        Some(Cause::SshHostKey(text()))
    } else if says(&[
        "Permission denied (",
        "Too many authentication failures",
        "No more authentication methods",
    ]) {
        Some(Cause::SshLogin(text()))
    } else if says(&[
        "Could not resolve hostname",
        "connect to host",
        "kex_exchange_identification",
        "banner exchange",
    ]) {
        Some(Cause::SshUnreachable(text()))
    } else if says(&["No such file or directory (os error 2)"]) {
        Some(Cause::NoSsh)
    } else {
        None
    }
}

/// The cause in what was said by the ssh that forwarded and, where that was refused, by the program on the host that was
/// to stand in.
pub(super) fn cause(target: &Target, forward: &str, relay: Option<&str>) -> Cause {
    let all = match relay {
        Some(relay) if !relay.is_empty() => format!("{forward}\n{relay}"),
        _ => forward.to_owned(),
    };
    if let Some(cause) = before(&all) {
        return cause;
    }
    // The stand-in says more: a shared connection hides the host's reason from who asked for the way.
    if let Some(cause) = relay
        .and_then(|said| onwards(target, said))
        .or_else(|| onwards(target, forward))
    {
        return cause;
    }
    let missing = |said: &str| said.contains("not found") || said.contains("No such file");
    match relay {
        Some(said) if missing(said) => Cause::SshForbids(all),
        _ => Cause::Ssh(all),
    }
}

/// Why the host did not get further.
fn onwards(target: &Target, said: &str) -> Option<Cause> {
    let says = |words: &str| said.contains(words);
    match target {
        Target::Tcp { host, .. } => {
            if says("Connection refused") {
                Some(Cause::Refused(target.clone()))
            } else if says("timed out") {
                Some(Cause::NoAnswer(target.clone()))
            } else if says("No route to host")
                || says("Network is unreachable")
                || says("Cannot assign requested address")
            {
                Some(Cause::NoRoute(target.clone()))
            } else if says("Name or service not known") || says("Unknown host") || says("Could not resolve") {
                Some(Cause::UnknownHost(host.clone()))
            } else if says("administratively prohibited") {
                Some(Cause::SshForbids(said.to_owned()))
            } else {
                None
            }
        }
        Target::Unix { path } => {
            let connecting = says("connect") || says(path.as_str());
            if says("Permission denied") {
                Some(Cause::SocketDenied(path.clone()))
            } else if says("Connection refused") || connecting && says("No such file or directory") {
                Some(Cause::SocketGone(path.clone()))
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port() -> Target {
        Target::Tcp {
            host: "127.0.0.1".into(),
            port: 5901,
        }
    }

    fn socket() -> Target {
        Target::Unix {
            path: "/run/v.sock".into(),
        }
    }

    #[test]
    fn reason_is_found_in_the_words_of_ssh_and_of_its_stand_in() {
        let by_peer = "mux_client_request_stdio_fwd: session request failed: Session open refused by peer";
        let alone = "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed";
        let forbidden = "channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed";
        let nc = "nc: connect to 127.0.0.1 port 5901 (tcp) failed: Connection refused";
        let old_nc = "(UNKNOWN) [127.0.0.1] 5901 (?) : Connection refused";
        let none = "sh: 1: exec: nc: not found";
        for (forward, relay) in [
            (by_peer, Some(nc)),
            (by_peer, Some(old_nc)),
            (alone, Some(none)),
            (alone, None),
        ] {
            assert!(is_beyond(forward));
            assert_eq!(
                cause(&port(), forward, relay),
                Cause::Refused(port()),
                "{forward} {relay:?}"
            );
        }
        assert!(matches!(cause(&port(), forbidden, Some(none)), Cause::SshForbids(_)));
        assert!(matches!(cause(&port(), by_peer, Some(none)), Cause::SshForbids(_)));
        let slow = "channel 2: open failed: connect failed: Connection timed out";
        assert_eq!(cause(&port(), slow, None), Cause::NoAnswer(port()));
        let far = "nc: connect to 192.0.2.1 port 5901 (tcp) failed: No route to host";
        assert_eq!(cause(&port(), by_peer, Some(far)), Cause::NoRoute(port()));
    }

    #[test]
    fn trouble_with_the_host_itself_is_told_from_trouble_behind_it() {
        for (said, is) in [
            (
                "anna@srv: Permission denied (publickey,password).",
                Cause::SshLogin as fn(String) -> Cause,
            ),
            ("Host key verification failed.", Cause::SshHostKey),
            (
                "ssh: connect to host srv port 22: Connection refused",
                Cause::SshUnreachable,
            ),
            (
                "ssh: connect to host srv port 22: Connection timed out",
                Cause::SshUnreachable,
            ),
            (
                "ssh: Could not resolve hostname srv: Name or service not known",
                Cause::SshUnreachable,
            ),
            (
                "kex_exchange_identification: Connection closed by remote host",
                Cause::SshUnreachable,
            ),
            ("something new", Cause::Ssh),
        ] {
            assert!(!is_beyond(said), "{said}");
            assert_eq!(cause(&port(), said, None), is(said.to_owned()), "{said}");
        }
    }

    #[test]
    fn sockets_that_are_gone_or_forbidden_are_told_apart() {
        let first = "Bad stdio forwarding specification '/run/v.sock'";
        assert!(is_beyond(first));
        let gone = "nc: unix connect failed: No such file or directory";
        assert_eq!(
            cause(&socket(), first, Some(gone)),
            Cause::SocketGone("/run/v.sock".into())
        );
        let gone = "nc: /run/v.sock: No such file or directory";
        assert_eq!(
            cause(&socket(), first, Some(gone)),
            Cause::SocketGone("/run/v.sock".into())
        );
        let denied = "nc: unix connect failed: Permission denied";
        assert_eq!(
            cause(&socket(), first, Some(denied)),
            Cause::SocketDenied("/run/v.sock".into())
        );
        let none = "sh: 1: exec: nc: not found";
        assert!(matches!(cause(&socket(), first, Some(none)), Cause::SshForbids(_)));
    }

    #[test]
    fn last_words_are_short_and_without_control_characters() {
        let said = format!("\x1b[31mred\x07\n\n{}\n", "x".repeat(5000));
        let shown = cleaned(said.as_bytes());
        assert!(shown.starts_with("[31mred\n") && shown.len() < 400, "{shown}");
        let many: String = (0..1000).map(|line| format!("line {line}\n")).collect();
        assert_eq!(cleaned(many.as_bytes()).lines().count(), MOST_LINES);
        assert!(cleaned(many.as_bytes()).ends_with("line 999"));
    }
}
