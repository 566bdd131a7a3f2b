//! The log of a console: what arrives is appended to a file as text, by GIO's own threads.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::{ComponentSender, gtk};

use super::plain::Plain;
use super::view::View;
use super::{ConsoleMsg, ConsolePage, text_name};
use crate::i18n::{tr, tr_f};

/// Pieces of at most 64 KiB that wait for the disk. What does not fit is left out, which the log says.
const WAITING: usize = 64;
/// Characters of a file's name.
const LONGEST_NAME: usize = 120;

/// A log that may be on or off.
#[derive(Default)]
pub struct Log(RefCell<Option<Open>>);

struct Open {
    file: gio::File,
    pieces: async_channel::Sender<Vec<u8>>,
    plain: RefCell<Plain>,
    /// Bytes that did not fit since the last piece that did.
    lost: Cell<usize>,
    /// Number of this log: news of an earlier one are old.
    number: u64,
}

impl Log {
    /// Appends to `file` from now on, which is made if need be, for its owner's eyes. `ended` hears the number and why it
    /// ended by itself.
    pub fn start(&self, file: gio::File, number: u64, ended: impl FnOnce(u64, String) + 'static) {
        let (pieces, waiting) = async_channel::bounded(WAITING);
        let target = file.clone();
        glib::spawn_future_local(async move {
            if let Err(error) = write(&target, waiting).await {
                ended(number, error.message().to_owned());
            }
        });
        self.0.replace(Some(Open {
            file,
            pieces,
            plain: RefCell::default(),
            lost: Cell::default(),
            number,
        }));
    }

    /// Ends it; what waits is still written.
    pub fn stop(&self) {
        self.0.take();
    }

    /// Whether this is the log that is on.
    pub fn is_number(&self, number: u64) -> bool {
        self.0.borrow().as_ref().is_some_and(|open| open.number == number)
    }

    /// The file, while it is on.
    pub fn file(&self) -> Option<gio::File> {
        self.0.borrow().as_ref().map(|open| open.file.clone())
    }

    /// Takes a piece of output.
    pub fn take(&self, output: &[u8]) {
        let log = self.0.borrow();
        let Some(open) = log.as_ref() else { return };
        let mut text = open.plain.borrow_mut().text(output);
        if text.is_empty() {
            return;
        }
        let length = text.len();
        let lost = open.lost.replace(0);
        if lost > 0 {
            let mut note = format!("\n[… {} KiB …]\n", lost.div_ceil(1024)).into_bytes();
            note.append(&mut text);
            text = note;
        }
        if open.pieces.try_send(text).is_err() {
            open.lost.set(lost + length);
        }
    }
}

async fn write(file: &gio::File, pieces: async_channel::Receiver<Vec<u8>>) -> Result<(), glib::Error> {
    let priority = glib::Priority::DEFAULT;
    let stream = file.append_to_future(gio::FileCreateFlags::PRIVATE, priority).await?;
    while let Ok(piece) = pieces.recv().await {
        let (_, _, error) = stream
            .write_all_future(piece, priority)
            .await
            .map_err(|(_, error)| error)?;
        if let Some(error) = error {
            return Err(error);
        }
    }
    stream.close_future(priority).await
}

impl ConsolePage {
    pub(super) fn toggle_log(&mut self, view: &View, sender: &ComponentSender<Self>) {
        if self.log.file().is_some() {
            self.log.stop();
        } else if let Some(folder) = self.log_folder.clone() {
            self.start_log(folder, sender);
        } else {
            let parent = view.terminal.root().and_downcast::<gtk::Window>();
            let input = sender.input_sender().clone();
            glib::spawn_future_local(async move {
                if let Some(folder) = choose_folder(parent).await {
                    input.emit(ConsoleMsg::LogChosen(folder));
                }
            });
        }
    }

    pub(super) fn start_log(&mut self, folder: gio::File, sender: &ComponentSender<Self>) {
        let Some(device) = self.devices.get(self.chosen) else {
            return;
        };
        let name = file_name(&self.situation().name, &text_name(device));
        let input = sender.input_sender().clone();
        self.logs += 1;
        self.log.start(folder.child(name), self.logs, move |number, reason| {
            input.emit(ConsoleMsg::LogFailed(number, reason));
        });
        self.log_folder = Some(folder);
    }

    pub(super) fn log_failed(&mut self, number: u64, reason: &str, view: &View) {
        if self.log.is_number(number) {
            self.log.stop();
            // Next time somewhere else.
            self.log_folder = None;
        }
        view.toast(&tr_f("The log could not be written: {reason}", &[("reason", reason)]));
    }
}

/// Name of the log of a console in the folder that was chosen.
fn file_name(machine: &str, console: &str) -> String {
    let name = format!("{machine} {console}");
    let mut plain: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .map(|letter| if letter == '/' { '_' } else { letter })
        .take(LONGEST_NAME)
        .collect();
    if plain.starts_with('.') {
        plain.insert(0, '_');
    }
    plain.push_str(".log");
    plain
}

/// Asks where logs go; `None` when cancelled.
async fn choose_folder(parent: Option<gtk::Window>) -> Option<gio::File> {
    let chooser = Rc::new(
        gtk::FileChooserNative::builder()
            .title(tr("Folder for the Log"))
            .action(gtk::FileChooserAction::SelectFolder)
            .accept_label(tr("_Write Here"))
            .modal(true)
            .build(),
    );
    chooser.set_transient_for(parent.as_ref());
    let chosen = chooser.run_future().await == gtk::ResponseType::Accept;
    chosen.then(|| chooser.file()).flatten()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, Instant};

    use super::*;

    /// Runs a test on a main context of its own, until `done`.
    fn on_context(test: impl FnOnce(), mut done: impl FnMut() -> bool) {
        let context = glib::MainContext::new();
        let run = || {
            test();
            let start = Instant::now();
            while !done() {
                assert!(
                    start.elapsed() < Duration::from_secs(10),
                    "the log is not as it should be"
                );
                context.iteration(false);
                std::thread::yield_now();
            }
        };
        context.with_thread_default(run).expect("a context");
    }

    #[test]
    fn output_is_appended_as_text_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vm Serial 1.log");
        for (number, words) in [(1, "one"), (2, "two")] {
            let log = Log::default();
            let wanted = if number == 1 { "one\n" } else { "one\ntwo\n" };
            let file = gio::File::for_path(&path);
            on_context(
                || {
                    log.start(file, number, |_, reason| panic!("{reason}"));
                    log.take(format!("\u{1b}[31m{words}").as_bytes());
                    log.take(b"\r\n\x07");
                    assert!(log.is_number(number) && log.file().is_some());
                    log.stop();
                    log.take(b"not any more");
                },
                || fs::read_to_string(&path).is_ok_and(|text| text == wanted),
            );
        }
        let mode = fs::metadata(&path).expect("the log").permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may read it");
    }

    #[test]
    fn a_log_that_can_not_be_written_says_why() {
        let reason = Rc::new(RefCell::new(None));
        let (told, log) = (reason.clone(), Log::default());
        let file = gio::File::for_path("/proc/nowhere/vm.log");
        on_context(
            || {
                log.start(file, 7, move |number, reason| {
                    drop(told.replace(Some((number, reason))))
                })
            },
            || reason.borrow().is_some(),
        );
        let reason = reason.take().expect("a reason");
        assert!(reason.0 == 7 && !reason.1.is_empty());
    }

    #[test]
    fn a_disk_that_is_too_slow_costs_output_and_never_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let log = Log::default();
        on_context(
            || {
                log.start(gio::File::for_path(&path), 1, |_, reason| panic!("{reason}"));
                // Nothing is written before the context runs.
                for _ in 0..WAITING + 10 {
                    log.take(&[b'x'; 1024]);
                }
                let waiting = log.0.borrow().as_ref().map(|open| (open.pieces.len(), open.lost.get()));
                assert_eq!(waiting, Some((WAITING, 10 * 1024)));
            },
            || fs::metadata(&path).is_ok_and(|log| log.len() == (WAITING * 1024) as u64),
        );
    }

    #[test]
    fn a_log_is_named_after_its_machine_and_stays_in_its_folder() {
        assert_eq!(file_name("debian-12", "Serial 1"), "debian-12 Serial 1.log");
        assert_eq!(file_name("../../etc/x\n", "Serial 1"), "_.._.._etc_x Serial 1.log");
        assert!(file_name(&"é".repeat(4000), "Serial 1").len() <= 255);
    }
}
