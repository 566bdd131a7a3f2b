//! Messages over a socket of this computer, some with a file descriptor: four bytes of length (little endian), one byte that says
//! whether a descriptor comes along, then the message in postcard's form. Used by both programs; it names nothing of either.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const HEAD: usize = 5;
/// Descriptors that may wait for their messages.
const MOST_DESCRIPTORS: usize = 64;

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A message in the form that passes the socket.
///
/// # Errors
/// It is longer than `longest`.
pub fn encode<T: Serialize>(message: &T, with_descriptor: bool, longest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; HEAD];
    bytes = postcard::to_extend(message, bytes).map_err(|error| invalid(&error.to_string()))?;
    let length = bytes.len() - HEAD;
    if length > longest {
        return Err(invalid("a message is too long"));
    }
    let length = u32::try_from(length).map_err(|_| invalid("a message is too long"))?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes[4] = u8::from(with_descriptor);
    Ok(bytes)
}

/// Sends bytes, and the descriptor with the first of them. Returns how many went; `WouldBlock` like the socket.
///
/// # Errors
/// Of the socket: the other side is gone.
pub fn send_some(socket: BorrowedFd<'_>, bytes: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors: Vec<BorrowedFd<'_>> = descriptor.into_iter().collect();
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(invalid("no room for a descriptor"));
    }
    loop {
        match rustix::net::sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

/// Sends a whole message over a blocking socket.
///
/// # Errors
/// As [`encode`] and [`send_some`].
pub fn send<T: Serialize>(
    socket: BorrowedFd<'_>,
    message: &T,
    descriptor: Option<BorrowedFd<'_>>,
    longest: usize,
) -> io::Result<()> {
    let bytes = encode(message, descriptor.is_some(), longest)?;
    let mut sent = send_some(socket, &bytes, descriptor)?;
    while sent < bytes.len() {
        sent += send_some(socket, &bytes[sent..], None)?;
    }
    Ok(())
}

/// Puts messages together from what arrives.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
    longest: usize,
}

impl Inbox {
    /// For messages of at most `longest` bytes.
    #[must_use]
    pub fn new(longest: usize) -> Self {
        Self {
            bytes: Vec::new(),
            descriptors: VecDeque::new(),
            longest,
        }
    }

    /// Reads once from the socket. `Ok(false)`: the other side has closed.
    ///
    /// # Errors
    /// Of the socket (`WouldBlock` too), and for more descriptors than messages.
    pub fn read(&mut self, socket: impl AsFd) -> io::Result<bool> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let start = self.bytes.len();
        self.bytes.resize(start + 64 * 1024, 0);
        let read = loop {
            let mut space = [IoSliceMut::new(&mut self.bytes[start..])];
            match rustix::net::recvmsg(&socket, &mut space, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(Errno::INTR) => {}
                result => break result,
            }
        };
        self.bytes
            .truncate(start + read.as_ref().map_or(0, |message| message.bytes));
        let count = read?.bytes;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        if self.descriptors.len() > MOST_DESCRIPTORS {
            return Err(invalid("too many descriptors"));
        }
        Ok(count > 0)
    }

    /// The next whole message, with its descriptor.
    ///
    /// # Errors
    /// It is too long, can't be read, or its descriptor is missing: the other side is broken, close.
    pub fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<(T, Option<OwnedFd>)>> {
        let Some(head) = self.bytes.first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let with_descriptor = head[4] != 0;
        if length > self.longest {
            return Err(invalid("a message is too long"));
        }
        let Some(body) = self.bytes.get(HEAD..HEAD + length) else {
            return Ok(None);
        };
        let message = postcard::from_bytes(body).map_err(|error| invalid(&error.to_string()))?;
        self.bytes.drain(..HEAD + length);
        let descriptor = if with_descriptor {
            Some(
                self.descriptors
                    .pop_front()
                    .ok_or_else(|| invalid("a descriptor is missing"))?,
            )
        } else {
            None
        };
        Ok(Some((message, descriptor)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn messages_arrive_whole_and_with_their_descriptors() {
        let (here, there) = UnixStream::pair().expect("a pair of sockets");
        let (extra, _other) = UnixStream::pair().expect("a pair of sockets");
        let long = "x".repeat(50_000);
        send(here.as_fd(), &"first", None, 100_000).expect("sent");
        send(here.as_fd(), &"second", Some(extra.as_fd()), 100_000).expect("sent");
        send(here.as_fd(), &long, None, 100_000).expect("sent");
        drop(here);
        let mut inbox = Inbox::new(100_000);
        let mut found: Vec<(String, bool)> = Vec::new();
        while inbox.read(&there).expect("readable") {
            while let Some((text, descriptor)) = inbox.next::<String>().expect("whole messages") {
                found.push((text, descriptor.is_some()));
            }
        }
        assert_eq!(
            found,
            [("first".to_owned(), false), ("second".to_owned(), true), (long, false)]
        );
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_kept() {
        let mut inbox = Inbox::new(10);
        inbox.bytes = vec![0xff, 0xff, 0xff, 0x7f, 0, 1, 2];
        assert!(inbox.next::<String>().is_err());
        assert!(encode(&"a text of more than ten bytes", false, 10).is_err());
    }

    #[test]
    fn a_message_without_its_descriptor_is_refused() {
        let mut inbox = Inbox::new(100);
        inbox.bytes = encode(&"text", true, 100).expect("short");
        assert!(inbox.next::<String>().is_err());
    }
}
