//! Programs that do the work: with bounds, without a way to ask anything, ended by a cancel.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::Result;
use crate::i18n::tr_f;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;

/// Most bytes of what a program says that are kept.
const WORDS: u64 = 64 * 1024;
/// What a program has for cleaning up when it is asked to end.
const GRACE: Duration = Duration::from_secs(5);

/// What a program may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of its address space; `None` for as much as it takes.
    pub(super) memory: Option<u64>,
    /// Seconds of processor time; `None` for as long as it takes.
    pub(super) seconds: Option<u64>,
}

impl Bounds {
    /// For looking at a header.
    pub(super) const LOOK: Self = Self {
        memory: Some(1 << 30),
        seconds: Some(30),
    };
    /// For converting.
    pub(super) const WORK: Self = Self {
        memory: Some(4 << 30),
        seconds: None,
    };
    /// For what starts machines of its own: theirs would count, too.
    pub(super) const NONE: Self = Self {
        memory: None,
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
    read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
) -> Result<()> {
    job.check(op)?;
    let name = command.get_program().to_string_lossy().into_owned();
    command.env("LC_ALL", "C").stdout(Stdio::piped()).stderr(Stdio::piped());
    // What it starts ends with it.
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => VirtError::own(
            Kind::Unsupported,
            op,
            tr_f(
                "The program {name} is not installed on this computer.",
                &[("name", &name)],
            ),
        ),
        _ => VirtError::own(Kind::Other, op, format!("{name}: {error}")),
    })?;
    limit(&child, bounds);
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let group = Arc::new(Group::of(&child));
    let hook = job.on_cancel({
        let group = Arc::clone(&group);
        move || group.end()
    });
    let words = std::thread::spawn(move || {
        let mut words = Vec::new();
        if let Some(mut errors) = errors {
            let _ = errors.by_ref().take(WORDS).read_to_end(&mut words);
            // A full pipe would stop the program.
            let _ = io::copy(&mut errors, &mut io::sink());
        }
        String::from_utf8_lossy(&words).trim().to_owned()
    });
    let taken = output.map_or(Ok(()), |mut output| read(&mut output));
    if taken.is_err() {
        group.end();
    }
    let status = group.wait(&mut child);
    // Only now: what it has started may hold the pipe.
    let words = words.join().unwrap_or_default();
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

/// A program with everything that it has started. No lock is held while it is waited for: a cancel must not block.
struct Group {
    leader: Option<Pid>,
    gone: Mutex<bool>,
    news: Condvar,
}

impl Group {
    fn of(child: &Child) -> Self {
        Self {
            leader: i32::try_from(child.id()).ok().and_then(Pid::from_raw),
            gone: Mutex::new(false),
            news: Condvar::new(),
        }
    }

    fn signal(&self, signal: Signal) {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        // After that the number may be another's.
        if let (false, Some(leader)) = (*gone, self.leader) {
            let _ = kill_process_group(leader, signal);
        }
    }

    /// Asks it to end, so that it can clean up, and ends it when it does not.
    fn end(self: &Arc<Self>) {
        self.signal(Signal::TERM);
        let group = Arc::clone(self);
        std::thread::spawn(move || {
            let gone = group.gone.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = group.news.wait_timeout_while(gone, GRACE, |gone| !*gone);
            let gone = *waited.unwrap_or_else(PoisonError::into_inner).0;
            if !gone {
                group.signal(Signal::KILL);
            }
        });
    }

    fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        if let Some(leader) = self.leader {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(leader), options), Err(rustix::io::Errno::INTR)) {}
            self.signal(Signal::KILL);
        }
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.news.notify_all();
        child.wait()
    }
}

/// Sets the bounds of a program that has just begun: before it has read anything it only loads its libraries.
fn limit(child: &Child, bounds: Bounds) {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    let set = |resource, most| {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if let Err(error) = rustix::process::prlimit(Some(pid), resource, limit) {
            tracing::debug!(%error, "a program has no bounds");
        }
    };
    if let Some(memory) = bounds.memory {
        set(Resource::As, memory);
    }
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
