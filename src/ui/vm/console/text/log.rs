//! The log of a console: what arrives is appended to a file as text, by GIO's own threads.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use super::plain::Plain;

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
        let lost = open.lost.replace(0);
        if lost > 0 {
            let mut note = format!("\n[… {} KiB …]\n", lost.div_ceil(1024)).into_bytes();
            note.append(&mut text);
            text = note;
        }
        let length = text.len();
        if open.pieces.try_send(text).is_err() {
            open.lost.set(lost + length);
        }
    }
}

async fn write(file: &gio::File, pieces: async_channel::Receiver<Vec<u8>>) -> Result<(), glib::Error> {
    let priority = glib::Priority::DEFAULT;
    let stream = file.append_to_future(gio::FileCreateFlags::PRIVATE, priority).await?;
    while let Ok(piece) = pieces.recv().await {
        let (_, _, error) = stream.write_all_future(piece, priority).await.map_err(|(_, error)| error)?;
        if let Some(error) = error {
            return Err(error);
        }
    }
    stream.close_future(priority).await
}

/// Name of the log of a console in the folder that was chosen.
pub fn file_name(machine: &str, console: &str) -> String {
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
pub async fn choose_folder(parent: Option<gtk::Window>) -> Option<gio::File> {
    let chooser = Rc::new(
        gtk::FileChooserNative::builder()
            .title(crate::i18n::tr("Folder for the Log"))
            .action(gtk::FileChooserAction::SelectFolder)
            .accept_label(crate::i18n::tr("_Write Here"))
            .modal(true)
            .build(),
    );
    chooser.set_transient_for(parent.as_ref());
    let chosen = chooser.run_future().await == gtk::ResponseType::Accept;
    chosen.then(|| chooser.file()).flatten()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_log_is_named_after_its_machine_and_stays_in_its_folder() {
        assert_eq!(file_name("debian-12", "Serial 1"), "debian-12 Serial 1.log");
        assert_eq!(file_name("../../etc/x\n", "Serial 1"), "_.._.._etc_x Serial 1.log");
        assert!(file_name(&"é".repeat(4000), "Serial 1").len() <= 255);
    }
}
