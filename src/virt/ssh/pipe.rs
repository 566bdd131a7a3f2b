//! Programs that are run for a moment, each with an end to its time.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// Output of a program that is kept.
const LONGEST_OUTPUT: u64 = 256 * 1024;

/// What a program prints.
///
/// # Errors
/// It can't be started, takes longer than `limit`, or fails.
pub(super) fn output(command: &mut Command, limit: Duration) -> io::Result<String> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer).stderr(Stdio::null());
    heard(command, reader, limit)
}

/// The same for what it prints as errors.
///
/// # Errors
/// As [`output`].
pub(super) fn words(command: &mut Command, limit: Duration) -> io::Result<String> {
    let (reader, writer) = io::pipe()?;
    command.stdout(Stdio::null()).stderr(writer);
    heard(command, reader, limit)
}

fn heard(command: &mut Command, reader: io::PipeReader, limit: Duration) -> io::Result<String> {
    let mut child = command.stdin(Stdio::null()).spawn()?;
    // The command holds the end for writing.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let until = Instant::now() + limit;
    let mut text = Vec::new();
    let mut reader = reader.take(LONGEST_OUTPUT);
    let mut piece = [0; 8192];
    let read = loop {
        if !readable(reader.get_ref(), until) {
            break Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        match reader.read(&mut piece) {
            Ok(0) => break Ok(()),
            Ok(count) => text.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    let status = end(&mut child, until);
    read?;
    if status?.success() {
        Ok(String::from_utf8_lossy(&text).into_owned())
    } else {
        Err(io::Error::other("the program failed"))
    }
}

/// How a program ends that prints nothing we want.
///
/// # Errors
/// It can't be started or takes longer than `limit`.
pub(super) fn status(command: &mut Command, limit: Duration) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    end(&mut child, Instant::now() + limit)
}

/// Waits for the end of a child; one that does not end in time is killed.
pub(super) fn end(child: &mut Child, until: Instant) -> io::Result<ExitStatus> {
    match handle(child) {
        Some(handle) => {
            if !readable(&handle, until) {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::from(io::ErrorKind::TimedOut));
            }
        }
        None => {
            while child.try_wait()?.is_none() {
                if Instant::now() > until {
                    child.kill()?;
                    child.wait()?;
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    child.wait()
}

/// A descriptor that becomes readable when the child ends; `None` where the system has no such thing.
pub(super) fn handle(child: &Child) -> Option<OwnedFd> {
    let pid = Pid::from_raw(i32::try_from(child.id()).ok()?)?;
    pidfd_open(pid, PidfdFlags::empty()).ok()
}

fn readable(descriptor: &impl AsFd, until: Instant) -> bool {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let mut watched = [PollFd::new(descriptor, PollFlags::IN)];
        match poll(&mut watched, Some(&timespec(left))) {
            Ok(0) => return false,
            Ok(_) => return true,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// A duration as `poll` takes it.
pub(super) fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    }
}

/// Ends a master that does not take orders any more: it is known by the control socket in its name.
pub(super) fn kill_master(socket: &Path) {
    let Some(socket) = socket.to_str() else { return };
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        if line.starts_with("ssh: ")
            && line.contains(&format!("{socket} [mux]"))
            && let Some(pid) = Pid::from_raw(pid)
            && let Err(error) = kill_process(pid, Signal::KILL)
        {
            tracing::debug!("an ssh stays: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_that_hangs_is_ended_in_time_and_one_that_prints_is_heard() {
        let limit = Duration::from_millis(100);
        let start = Instant::now();
        let mut hangs = Command::new("sleep");
        let error = output(hangs.arg("60"), limit).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let mut hangs = Command::new("sleep");
        assert_eq!(
            status(hangs.arg("60"), limit).unwrap_err().kind(),
            io::ErrorKind::TimedOut
        );
        assert!(start.elapsed() < Duration::from_secs(30));
        let limit = Duration::from_secs(30);
        assert_eq!(output(Command::new("echo").arg("hello"), limit).unwrap(), "hello\n");
        assert!(output(&mut Command::new("false"), limit).is_err());
        assert!(output(&mut Command::new("/nonexistent"), limit).is_err());
    }
}
