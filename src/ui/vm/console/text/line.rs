//! The line between a console stream and the terminal: paced output, filtered input.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk::glib;
use relm4::gtk;
use vte4::prelude::*;

use super::filter::input_for_guest;
use crate::model::error::VirtError;
use crate::virt::client::ConsoleStream;

/// One frame, and how much output is fed in it: 4 MiB a second is more than anybody reads, and leaves most of the frame to
/// the rest of the window. What is not taken stays in the bounded queue and slows the guest.
const FRAME: Duration = Duration::from_millis(16);
const FRAME_BYTES: usize = 64 * 1024;

/// Where typing goes: the open stream, if there is one.
#[derive(Clone, Default)]
pub struct Line(Rc<RefCell<Option<Rc<ConsoleStream>>>>);

impl Line {
    /// Connects a new stream; an earlier one is dropped, which closes it.
    pub fn open(&self, stream: ConsoleStream) -> Rc<ConsoleStream> {
        let stream = Rc::new(stream);
        self.0.replace(Some(stream.clone()));
        stream
    }

    /// Lets the stream go.
    pub fn close(&self) {
        let stream = self.0.take();
        drop(stream);
    }

    fn write(&self, bytes: &[u8]) -> bool {
        let stream = self.0.borrow().clone();
        stream.is_none_or(|stream| stream.write(bytes))
    }

    /// Sends what the user types in `terminal`; `dropped` is called when the guest doesn't take it.
    pub fn attach(&self, terminal: &vte4::Terminal, dropped: impl Fn() + 'static) {
        let line = self.clone();
        terminal.connect_commit(move |_, text, size| {
            let allowed = input_for_guest(text);
            let mut bytes = allowed.into_bytes();
            // Ctrl+Space is a zero byte, where the text ends for C.
            if text.is_empty() && size == 1 {
                bytes.push(0);
            }
            if !bytes.is_empty() && !line.write(&bytes) {
                dropped();
            }
        });
    }
}

/// Feeds the terminal until the stream ends; returns why it ended, `None` for a plain end. `heard` gets every piece first.
pub async fn pump(
    stream: Rc<ConsoleStream>,
    terminal: glib::WeakRef<vte4::Terminal>,
    first: impl FnOnce(),
    heard: impl Fn(&[u8]),
) -> Option<VirtError> {
    let output = stream.output.clone();
    // Only the line keeps the stream open: closing it must not wait for the next output.
    drop(stream);
    let mut first = Some(first);
    let mut frame = Instant::now();
    let mut fed = 0;
    while let Ok(piece) = output.recv().await {
        let bytes = match piece {
            Ok(bytes) => bytes,
            Err(error) => return Some(error),
        };
        if let Some(first) = first.take() {
            first();
        }
        heard(&bytes);
        terminal.upgrade()?.feed(&bytes);
        fed += bytes.len();
        let spent = frame.elapsed();
        if spent >= FRAME {
            frame = Instant::now();
            fed = 0;
        } else if fed >= FRAME_BYTES {
            glib::timeout_future(FRAME - spent).await;
            frame = Instant::now();
            fed = 0;
        }
    }
    None
}
