//! Programs that do the work: with bounds, without a way to ask anything, ended by a cancel.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, WaitId, WaitIdOptions, waitid};

use super::Result;
use crate::i18n::tr_f;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;

/// Most bytes of what a program says that are kept.
const WORDS: u64 = 64 * 1024;

/// What a program may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of its address space.
    pub(super) memory: u64,
    /// Seconds of processor time; `None` for as long as it takes.
    pub(super) seconds: Option<u64>,
}

impl Bounds {
    /// For looking at a header.
    pub(super) const LOOK: Self = Self {
        memory: 1 << 30,
        seconds: Some(30),
    };
    /// For converting.
    pub(super) const WORK: Self = Self {
        memory: 4 << 30,
        seconds: None,
    };
}

/// Runs a program to its end, and gives `read` what it writes as it comes.
///
/// # Errors
/// `Kind::Unsupported` where it isn't installed, what it says where it fails; `Kind::Cancelled`.
pub(super) fn run(
    op: &'static str,
    command: &mut Command,
    bounds: Bounds,
    job: &Job,
    read: impl FnOnce(&mut dyn Read) -> std::io::Result<()>,
) -> Result<()> {
    job.check(op)?;
    let name = command.get_program().to_string_lossy().into_owned();
    command.env("LC_ALL", "C").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => VirtError::own(
            Kind::Unsupported,
            op,
            tr_f(
                "The program {name} is not installed on this computer.",
                &[("name", &name)],
            ),
        ),
        _ => VirtError::own(Kind::Other, op, format!("{name}: {error}")),
    })?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    limit(pid, bounds);
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let child = Arc::new(Mutex::new(child));
    let hook = job.on_cancel({
        let child = Arc::clone(&child);
        move || {
            // One that has ended already needs none.
            let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
        }
    });
    let words = std::thread::spawn(move || {
        let mut words = Vec::new();
        if let Some(mut errors) = errors {
            let _ = errors.by_ref().take(WORDS).read_to_end(&mut words);
            // A full pipe would stop the program.
            let _ = std::io::copy(&mut errors, &mut std::io::sink());
        }
        String::from_utf8_lossy(&words).trim().to_owned()
    });
    let taken = output.map_or(Ok(()), |mut output| read(&mut output));
    if taken.is_err() {
        let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }
    let words = words.join().unwrap_or_default();
    // A cancel must not wait for a program that has closed its output and lives: what is waited for here stays to be reaped.
    if let Some(pid) = pid {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(pid), ended).is_err_and(|error| error == Errno::INTR) {}
    }
    let status = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    drop(hook);
    job.check(op)?;
    taken.map_err(|error| VirtError::own(Kind::Other, op, error.to_string()))?;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) if words.is_empty() => Err(VirtError::own(Kind::Other, op, format!("{name}: {status}"))),
        Ok(_) => Err(VirtError::own(Kind::Other, op, words)),
        Err(error) => Err(VirtError::own(Kind::Other, op, format!("{name}: {error}"))),
    }
}

/// Sets the bounds of a program that has just begun: before it has read anything it only loads its libraries.
fn limit(pid: Option<Pid>, bounds: Bounds) {
    let Some(pid) = pid else { return };
    let set = |resource, most| {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if let Err(error) = rustix::process::prlimit(Some(pid), resource, limit) {
            tracing::debug!(%error, "a program has no bounds");
        }
    };
    set(Resource::As, bounds.memory);
    set(Resource::Core, 0);
    if let Some(seconds) = bounds.seconds {
        set(Resource::Cpu, seconds);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn cancel_ends_a_program_that_has_closed_its_output_and_keeps_nobody_waiting() {
        let (job, watch) = Job::new();
        let (silent, is_silent) = std::sync::mpsc::channel();
        let work = std::thread::spawn(move || {
            let mut command = Command::new("sh");
            command.args(["-c", "exec >&- 2>&-; exec sleep 60"]);
            run("test", &mut command, Bounds::LOOK, &job, |output| {
                std::io::copy(output, &mut std::io::sink())?;
                let _ = silent.send(());
                Ok(())
            })
        });
        is_silent.recv().expect("it closes its output");
        // The thread is on its way to waiting, or there: either must do.
        let begin = Instant::now();
        watch.cancel();
        assert!(begin.elapsed() < Duration::from_secs(5), "whoever cancels waits");
        let result = work.join().expect("it ends");
        assert_eq!(result.map_err(|error| error.kind), Err(Kind::Cancelled));
        assert!(begin.elapsed() < Duration::from_secs(30), "it went on to its end");
    }
}
