//! Long work on the command line: its stages on standard error, and Ctrl+C cancels it.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use crate::cli::print;
use crate::model::error::VirtError;
use crate::model::job::{Job, JobWatch, Step};

/// Shortest time between two lines of progress.
const PACE: Duration = Duration::from_millis(250);

/// Does long work: tells its stages, and its progress where a person looks. Interrupted, it cleans up and ends; a second
/// Ctrl+C ends the program at once, and what is half-done is in the journal.
pub(super) async fn follow<T, F>(work: impl FnOnce(Job) -> F) -> Result<T, VirtError>
where
    F: Future<Output = Result<T, VirtError>>,
{
    let (job, watch) = Job::new();
    let context = glib::MainContext::ref_thread_default();
    let told = context.spawn_local(tell(watch.clone()));
    let stop = interrupt(&context, &watch);
    let result = work(job).await;
    stop.destroy();
    told.abort();
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    result
}

fn interrupt(context: &glib::MainContext, watch: &JobWatch) -> glib::Source {
    let watch = watch.clone();
    let mut asked = false;
    let source = glib_unix::signal_source_new(
        libc::SIGINT,
        Some("vireo-interrupt"),
        glib::Priority::DEFAULT,
        move || {
            if asked {
                std::process::exit(130);
            }
            asked = true;
            eprintln!();
            watch.cancel();
            glib::ControlFlow::Continue
        },
    );
    source.attach(Some(context));
    source
}

async fn tell(watch: JobWatch) {
    let person = std::io::stderr().is_terminal();
    let mut last: Option<std::time::Instant> = None;
    while let Ok(step) = watch.steps.recv().await {
        match step {
            Step::Stage(stage) if person => eprintln!("\r\x1b[K{}", print::safe(&stage)),
            Step::Stage(stage) => eprintln!("{}", print::safe(&stage)),
            Step::Progress(progress) if person && progress.total > 0 => {
                let now = std::time::Instant::now();
                if last.is_none_or(|last| now.duration_since(last) >= PACE) {
                    last = Some(now);
                    eprint!("\r\x1b[K{} %", progress.done * 100 / progress.total);
                    let _ = std::io::stderr().flush();
                }
            }
            Step::Progress(_) => {}
        }
    }
}
