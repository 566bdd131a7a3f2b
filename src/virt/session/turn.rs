//! Turns of transfers: a few of a host at once, each on a connection of its own, and the rest wait. A daemon takes a limited
//! number of clients, and more at once are not quicker.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use async_channel::{Receiver, Sender};

use crate::i18n::tr;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::virt::connection::Result;

/// Transfers of a host at once.
const AT_ONCE: usize = 4;

/// The turns of a host: a channel that holds one word for each that is taken.
#[derive(Debug)]
pub(crate) struct Turns {
    take: Sender<()>,
    give_back: Receiver<()>,
}

/// A turn that was taken; given back when dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Turn(Receiver<()>);

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = self.0.try_recv();
    }
}

impl Default for Turns {
    fn default() -> Self {
        let (take, give_back) = async_channel::bounded(AT_ONCE);
        Self { take, give_back }
    }
}

impl Turns {
    /// Waits for a turn; the job says so where it has to.
    ///
    /// # Errors
    /// `Kind::Cancelled` when the job is cancelled meanwhile.
    pub(crate) async fn take(&self, job: &Job, op: &'static str) -> Result<Turn> {
        job.check(op)?;
        if self.take.try_send(()).is_err() {
            job.stage(tr("Waiting for other transfers to end"));
            self.wait(job, op).await?;
            job.stage(tr("Transferring"));
        }
        Ok(Turn(self.give_back.clone()))
    }

    async fn wait(&self, job: &Job, op: &'static str) -> Result<()> {
        let (stop, stopped) = async_channel::bounded::<()>(1);
        let _hook = job.on_cancel(move || {
            stop.close();
        });
        let mut cancelled = pin!(stopped.recv());
        let mut seat = pin!(self.take.send(()));
        poll_fn(|context| {
            if cancelled.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(VirtError::own(Kind::Cancelled, op, "")));
            }
            // It cannot be closed while we have both ends.
            seat.as_mut().poll(context).map(|_| Ok(()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::job::Step;

    fn done<T>(work: impl Future<Output = T>) -> T {
        glib::MainContext::new().block_on(work)
    }

    fn all_taken(turns: &Turns) -> Vec<Turn> {
        let (job, _watch) = Job::new();
        (0..AT_ONCE)
            .map(|_| done(turns.take(&job, "test")).expect("a turn"))
            .collect()
    }

    /// Polls once.
    fn is_ready<T>(work: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        done(poll_fn(|context| {
            Poll::Ready(match pin!(&mut *work).poll(context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            })
        }))
    }

    #[test]
    fn one_too_many_waits_says_so_and_goes_on_after_another() {
        let turns = Turns::default();
        let mut held = all_taken(&turns);
        let (job, watch) = Job::new();
        let mut next = Box::pin(turns.take(&job, "test"));
        assert!(is_ready(&mut next).is_none());
        assert!(matches!(watch.steps.try_recv(), Ok(Step::Stage(_))));
        held.pop();
        let turn = is_ready(&mut next).expect("its turn").expect("no error");
        assert!(
            matches!(watch.steps.try_recv(), Ok(Step::Stage(_))),
            "it says that it goes on"
        );
        assert_eq!(turns.take.len(), AT_ONCE);
        drop((turn, held));
        assert!(turns.take.is_empty());
    }

    #[test]
    fn cancel_ends_the_waiting_and_takes_no_turn() {
        let turns = Turns::default();
        let held = all_taken(&turns);
        let (job, watch) = Job::new();
        let mut next = Box::pin(turns.take(&job, "test"));
        assert!(is_ready(&mut next).is_none());
        watch.cancel();
        let error = is_ready(&mut next).expect("an end").expect_err("it was cancelled");
        assert_eq!(error.kind, Kind::Cancelled);
        drop((next, held));
        assert!(turns.take.is_empty());
    }

    #[test]
    fn a_hundred_at_once_are_never_more_than_the_bound() {
        let turns = Turns::default();
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| {
                    let (job, _watch) = Job::new();
                    let turn = done(turns.take(&job, "test")).expect("a turn");
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                });
            }
        });
        let most = most.into_inner();
        assert!((1..=AT_ONCE).contains(&most), "{most} at once");
    }
}
