//! Something from the network (HTTP, HTTPS), as it comes: nothing is kept. A line that breaks is taken up again where it
//! broke, where the server can do that.

use std::io;

use gio::prelude::*;
use sha2::{Digest, Sha256, Sha512};
use soup::prelude::*;
use soup::{ContentDecoder, Message, MessageFlags, Session, Status};

use super::transfer::{Feed, Piece};
use crate::i18n::{tr, tr_f};
use crate::model::job::{CancelHook, Job};
use crate::model::storage::Checksum;

/// Addresses that lead to another one are followed so often.
const REDIRECTS: usize = 10;
/// A line is taken up again so often without anything coming.
const TRIES: usize = 5;
/// Seconds of silence that end a line.
const SILENCE: u32 = 30;

enum Sum {
    Sha256(Sha256, String),
    Sha512(Sha512, String),
}

/// A download that is under way. It stays on the thread that opened it.
pub(crate) struct Fetch {
    session: Session,
    cancel: gio::Cancellable,
    _hook: CancelHook,
    /// Where it really is, after all redirects.
    url: String,
    stream: gio::InputStream,
    length: Option<u64>,
    /// What tells that it is still the same on the server.
    mark: Option<String>,
    at: u64,
    tries: usize,
    sum: Option<Sum>,
}

/// What a server answered.
struct Answer {
    url: String,
    stream: gio::InputStream,
    length: Option<u64>,
    mark: Option<String>,
    /// It begins where it was asked to.
    partial: bool,
}

fn failed(text: impl Into<String>) -> io::Error {
    io::Error::other(text.into())
}

fn from_glib(error: &glib::Error) -> io::Error {
    if error.matches(gio::IOErrorEnum::Cancelled) {
        return io::Error::from(io::ErrorKind::Interrupted);
    }
    failed(error.message())
}

impl Fetch {
    /// Asks the server and waits for its answer.
    ///
    /// # Errors
    /// What the server or the network says; `ErrorKind::Interrupted` after a cancel.
    pub(crate) fn open(url: &str, checksum: Option<Checksum>, job: &Job) -> io::Result<Self> {
        let cancel = gio::Cancellable::new();
        let hook = job.on_cancel({
            let cancel = cancel.clone();
            move || cancel.cancel()
        });
        // A session belongs to the context of its thread; that of the main thread is not ours.
        let session = glib::MainContext::new()
            .with_thread_default(|| Session::builder().timeout(SILENCE).user_agent("vireo ").build())
            .map_err(|error| failed(error.to_string()))?;
        // What is fetched is stored as it is, and its length has to be that of the header.
        session.remove_feature_by_type(ContentDecoder::static_type());
        let answer = ask(&session, &cancel, url, 0, None)?;
        Ok(Self {
            session,
            cancel,
            _hook: hook,
            url: answer.url,
            stream: answer.stream,
            length: answer.length,
            mark: answer.mark,
            at: 0,
            tries: 0,
            sum: checksum.map(|checksum| match checksum {
                Checksum::Sha256(digits) => Sum::Sha256(Sha256::new(), digits),
                Checksum::Sha512(digits) => Sum::Sha512(Sha512::new(), digits),
            }),
        })
    }

    /// Takes the line up again where it broke.
    fn resume(&mut self, reason: io::Error) -> io::Result<()> {
        self.tries += 1;
        if self.tries > TRIES || reason.kind() == io::ErrorKind::Interrupted {
            return Err(reason);
        }
        let (Some(mark), Some(length)) = (self.mark.clone(), self.length) else {
            return Err(reason);
        };
        tracing::info!(at = self.at, "the line broke and is taken up again: {reason}");
        let answer = ask(&self.session, &self.cancel, &self.url, self.at, Some(&mark))?;
        if !answer.partial || answer.length != Some(length - self.at) {
            return Err(reason);
        }
        self.stream = answer.stream;
        Ok(())
    }

    fn check(&mut self) -> io::Result<()> {
        let (found, wanted) = match self.sum.take() {
            None => return Ok(()),
            Some(Sum::Sha256(sum, wanted)) => (digits(&sum.finalize()), wanted),
            Some(Sum::Sha512(sum, wanted)) => (digits(&sum.finalize()), wanted),
        };
        if found == wanted {
            return Ok(());
        }
        Err(failed(tr(
            "The checksum is another one: what the server sent is not what it should be.",
        )))
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Feed for Fetch {
    fn length(&self) -> Option<u64> {
        self.length
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        loop {
            let read = self.stream.read(&mut *buffer, Some(&self.cancel));
            let missing = self.length.is_some_and(|length| self.at < length);
            match read {
                Ok(0) if missing => self.resume(io::Error::from(io::ErrorKind::UnexpectedEof))?,
                Ok(0) => return self.check().map(|()| Piece::End),
                Ok(count) => {
                    let piece = buffer.get(..count).unwrap_or_default();
                    match &mut self.sum {
                        Some(Sum::Sha256(sum, _)) => sum.update(piece),
                        Some(Sum::Sha512(sum, _)) => sum.update(piece),
                        None => {}
                    }
                    self.at += count as u64;
                    self.tries = 0;
                    return Ok(Piece::Data(count));
                }
                Err(error) => self.resume(from_glib(&error))?,
            }
        }
    }
}

/// Asks for everything from `from` on, if it is still what `mark` says.
fn ask(session: &Session, cancel: &gio::Cancellable, url: &str, from: u64, mark: Option<&str>) -> io::Result<Answer> {
    let mut at = address(url)?;
    for _ in 0..=REDIRECTS {
        let message = Message::from_uri("GET", &at);
        message.set_flags(MessageFlags::NO_REDIRECT);
        if let (Some(mark), Some(headers)) = (mark, message.request_headers()) {
            headers.replace("Range", &format!("bytes={from}-"));
            headers.replace("If-Range", mark);
        }
        let stream = session
            .send(&message, Some(cancel))
            .map_err(|error| from_glib(&error))?;
        let headers = message.response_headers();
        let header = |name: &str| headers.as_ref()?.one(name).map(|text| text.to_string());
        let status = message.status();
        if let (
            Status::MovedPermanently
            | Status::Found
            | Status::SeeOther
            | Status::TemporaryRedirect
            | Status::PermanentRedirect,
            Some(next),
        ) = (status, header("Location"))
        {
            at = follow(&at, &next)?;
            continue;
        }
        if !matches!(status, Status::Ok | Status::PartialContent) {
            return Err(refused(&message));
        }
        // A weak mark says nothing of single bytes.
        let mark = header("ETag").filter(|mark| !mark.starts_with("W/"));
        return Ok(Answer {
            url: at.to_str().to_string(),
            stream,
            length: header("Content-Length").and_then(|text| text.trim().parse().ok()),
            mark: mark.or_else(|| header("Last-Modified")),
            partial: status == Status::PartialContent,
        });
    }
    Err(failed(tr("The address leads in a circle.")))
}

fn refused(message: &Message) -> io::Error {
    let code = message.status_code().to_string();
    let phrase = message.reason_phrase().unwrap_or_default();
    failed(tr_f(
        "The server answered: {code} {phrase}",
        &[("code", &code), ("phrase", &phrase)],
    ))
}

fn address(text: &str) -> io::Result<glib::Uri> {
    // Passwords in addresses are taken, fragments are not sent.
    let uri = glib::Uri::parse(text, glib::UriFlags::HAS_PASSWORD | glib::UriFlags::ENCODED)
        .map_err(|error| failed(error.message()))?;
    match uri.scheme().as_str() {
        "http" | "https" => Ok(uri),
        _ => Err(failed(tr(
            "Only addresses that begin with http:// or https:// can be fetched.",
        ))),
    }
}

/// Where a redirect leads. Not from a line that is protected to one that is not.
fn follow(from: &glib::Uri, to: &str) -> io::Result<glib::Uri> {
    let next = from
        .parse_relative(to, glib::UriFlags::HAS_PASSWORD | glib::UriFlags::ENCODED)
        .map_err(|error| failed(error.message()))?;
    let next = address(&next.to_str())?;
    if from.scheme() == "https" && next.scheme() != "https" {
        return Err(failed(tr("The server leads to an address that is not protected.")));
    }
    Ok(next)
}
