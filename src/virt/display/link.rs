//! The thread of a display: starts the helper, hands on its checked news, sends what did not go at once, keeps the last of what
//! its libraries complain about, and reaps it.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::model::display::wire::{End, LONGEST_MESSAGE, News};
use crate::virt::display::channel::Inbox;
use crate::virt::display::check::Checker;
use crate::virt::display::outbound::{Outbound, Standing};
use crate::virt::display::{DisplayNews, Picture, program};

/// News that wait for their reader.
pub(super) const WAITING_NEWS: usize = 32;
/// Time that a helper has to end in order.
const FAREWELL: Duration = Duration::from_secs(2);
/// Time without a sign of life before the connection stands; the helper tells earlier by itself.
const SILENCE: Duration = Duration::from_secs(30);
/// News a second that are handed on: the main thread has other things to do.
const PACE: u32 = 500;
/// Pieces that are read at once of what may come without end.
const PIECES: usize = 64;
/// Bytes of complaints that are kept.
const COMPLAINTS: usize = 4096;

/// Starts the thread. `theirs` becomes the standard input of the helper.
pub(super) fn start(
    outbound: Arc<Outbound>,
    theirs: OwnedFd,
    news: async_channel::Sender<DisplayNews>,
) -> io::Result<()> {
    thread::Builder::new()
        .name("display".to_owned())
        .spawn(move || run(outbound, theirs, &news))?;
    Ok(())
}

fn run(outbound: Arc<Outbound>, theirs: OwnedFd, news: &async_channel::Sender<DisplayNews>) {
    let end = match program::start(theirs) {
        Ok(child) => {
            let mut link = Link::new(outbound, child, news);
            let end = link.follow();
            link.reap(end)
        }
        Err(error) => End::HelperLost(error.to_string()),
    };
    // A closed channel: nobody wants to know.
    let _ = news.send_blocking(DisplayNews::News(News::Ended(end)));
}

/// Why the thread stopped listening.
enum Stop {
    /// The helper said so.
    Told(End),
    /// The helper closed its socket without a word.
    Lost,
    /// It must be ended.
    Fault(End),
    /// Nobody wants the display any more.
    Unwanted,
}

struct Link<'a> {
    outbound: Arc<Outbound>,
    child: Child,
    complaints: Option<ChildStderr>,
    said: Vec<u8>,
    inbox: Inbox,
    checker: Checker,
    news: &'a async_channel::Sender<DisplayNews>,
    /// Until when something must be heard, while the connection does not stand.
    patience: Option<Instant>,
    second: Instant,
    passed: u32,
}

impl<'a> Link<'a> {
    fn new(outbound: Arc<Outbound>, mut child: Child, news: &'a async_channel::Sender<DisplayNews>) -> Self {
        let complaints = child.stderr.take();
        if let Some(complaints) = &complaints
            && let Err(error) = rustix::io::ioctl_fionbio(complaints, true)
        {
            tracing::warn!(%error, "the errors of a display helper can't be read");
        }
        let now = Instant::now();
        Self {
            outbound,
            child,
            complaints,
            said: Vec::new(),
            inbox: Inbox::new(LONGEST_MESSAGE),
            checker: Checker::default(),
            news,
            patience: Some(now + SILENCE),
            second: now,
            passed: 0,
        }
    }

    fn follow(&mut self) -> Stop {
        loop {
            let standing = self.outbound.standing();
            match standing {
                Standing::Closed => return Stop::Unwanted,
                Standing::Stuck => return Stop::Fault(End::Silent),
                Standing::Empty | Standing::Waiting => {}
            }
            if self.patience.is_some_and(|patience| patience <= Instant::now()) {
                return Stop::Fault(End::Silent);
            }
            let ready = match self.wait(standing == Standing::Waiting) {
                Ok(ready) => ready,
                Err(error) => return Stop::Fault(End::HelperLost(error.to_string())),
            };
            if ready.woken {
                self.outbound.calm();
            }
            if ready.writable {
                self.outbound.flush();
            }
            if ready.complaints {
                self.listen();
            }
            if ready.readable
                && let Some(stop) = self.read()
            {
                return stop;
            }
        }
    }

    fn wait(&self, waiting: bool) -> io::Result<Ready> {
        let mut interest = PollFlags::IN;
        interest.set(PollFlags::OUT, waiting);
        let mut watched = vec![
            PollFd::from_borrowed_fd(self.outbound.socket(), interest),
            PollFd::from_borrowed_fd(self.outbound.woken(), PollFlags::IN),
        ];
        if let Some(complaints) = &self.complaints {
            watched.push(PollFd::from_borrowed_fd(complaints.as_fd(), PollFlags::IN));
        }
        // A display that is open and idle wakes nobody.
        let second = Timespec { tv_sec: 1, tv_nsec: 0 };
        let timeout = (waiting || self.patience.is_some()).then_some(&second);
        match poll(&mut watched, timeout) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is = |at: usize, flags: PollFlags| watched.get(at).is_some_and(|fd| fd.revents().intersects(flags));
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        Ok(Ready {
            readable: is(0, readable),
            writable: is(0, PollFlags::OUT),
            woken: is(1, readable),
            complaints: is(2, readable),
        })
    }

    /// Reads once and hands on what is whole.
    fn read(&mut self) -> Option<Stop> {
        match self.inbox.read(self.outbound.socket()) {
            Ok(true) => {}
            Ok(false) => return Some(Stop::Lost),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            // A helper that was killed with requests unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Some(Stop::Lost),
            Err(error) => return Some(Stop::Fault(End::Broken(error.to_string()))),
        }
        loop {
            let (news, descriptor) = match self.inbox.next::<News>() {
                Ok(Some(message)) => message,
                Ok(None) => return None,
                Err(error) => return Some(Stop::Fault(End::Broken(error.to_string()))),
            };
            if let Some(stop) = self.take(news, descriptor) {
                return Some(stop);
            }
        }
    }

    fn take(&mut self, news: News, descriptor: Option<OwnedFd>) -> Option<Stop> {
        let news = match self.checker.check(news) {
            Ok(Some(news)) => news,
            Ok(None) => return None,
            Err(rule) => return Some(Stop::Fault(End::Broken(rule.to_owned()))),
        };
        match &news {
            // Questions for the user or the road take as long as they take; the answer starts the time anew.
            News::Connected { .. } | News::NeedCredentials { .. } | News::NeedSocket { .. } => self.patience = None,
            _ => {}
        }
        let news = match news {
            News::Ended(end) => return Some(Stop::Told(end)),
            News::Surface {
                head,
                width,
                height,
                stride,
            } => {
                let mapped = descriptor
                    .ok_or_else(|| io::Error::other("a surface came without memory"))
                    .and_then(|descriptor| Picture::map(&descriptor, width, height, stride));
                match mapped {
                    Ok(picture) => DisplayNews::Surface { head, picture },
                    Err(error) => return Some(Stop::Fault(End::Broken(error.to_string()))),
                }
            }
            other => DisplayNews::News(other),
        };
        self.slow_down();
        self.news.send_blocking(news).is_err().then_some(Stop::Unwanted)
    }

    /// A flood waits in the helper, where it is folded.
    fn slow_down(&mut self) {
        self.passed += 1;
        if self.passed < PACE {
            return;
        }
        let spent = self.second.elapsed();
        if let Some(left) = Duration::from_secs(1).checked_sub(spent) {
            thread::sleep(left);
        }
        self.second = Instant::now();
        self.passed = 0;
    }

    /// Keeps the last of what the helper's libraries print.
    fn listen(&mut self) {
        let mut bytes = [0; 1024];
        // Not without end: who writes on and on must not keep us from what else is to be done.
        for _ in 0..PIECES {
            let Some(complaints) = &mut self.complaints else { return };
            match complaints.read(&mut bytes) {
                Ok(0) => self.complaints = None,
                Ok(count) => {
                    self.said.extend_from_slice(&bytes[..count]);
                    let surplus = self.said.len().saturating_sub(COMPLAINTS);
                    self.said.drain(..surplus);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.complaints = None,
            }
        }
    }

    /// Ends the process, in order if it can, and says how the display ended.
    fn reap(mut self, stop: Stop) -> End {
        let patient = !matches!(stop, Stop::Fault(_));
        let status = self.wait_for_end(patient);
        self.listen();
        let said = String::from_utf8_lossy(&self.said).trim().to_owned();
        if !said.is_empty() {
            tracing::debug!(%said, "a display helper ended");
        }
        match stop {
            Stop::Told(end) | Stop::Fault(end) => end,
            Stop::Unwanted => End::Closed,
            Stop::Lost => End::HelperLost(format!("{}\n{said}", in_words(status)).trim().to_owned()),
        }
    }

    fn wait_for_end(&mut self, patient: bool) -> io::Result<ExitStatus> {
        if patient {
            let deadline = Instant::now() + FAREWELL;
            while Instant::now() < deadline {
                self.outbound.flush();
                if let Some(status) = self.child.try_wait()? {
                    return Ok(status);
                }
                self.listen();
                self.drain();
                thread::sleep(Duration::from_millis(5));
            }
        }
        self.child.kill()?;
        self.child.wait()
    }

    /// A helper that still has to say something must not wait for us.
    fn drain(&self) {
        let mut bytes = [0; 4096];
        for _ in 0..PIECES {
            if !rustix::io::read(self.outbound.socket(), &mut bytes).is_ok_and(|count| count > 0) {
                return;
            }
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "what poll found, one for each question")]
struct Ready {
    readable: bool,
    writable: bool,
    woken: bool,
    complaints: bool,
}

fn in_words(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match status.signal() {
            Some(signal) => format!("vireo-display: signal {signal}"),
            None => format!("vireo-display: {status}"),
        },
        Err(error) => error.to_string(),
    }
}
