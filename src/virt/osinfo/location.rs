//! Reading the little that tells what a file or a tree is. Each question has a thread of its own: a share that hangs or a slow
//! server holds nobody up but whoever asked.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use gio::prelude::*;
use soup::prelude::*;

use crate::model::creation::unattended::{INITRD, KERNEL, KernelPair, extended};
use crate::model::iso::Medium;
use crate::model::os::Recognised;

/// Bytes at the begin of an image that tell what it is.
pub(crate) const HEAD: usize = 64 * 1024;
/// Most bytes of a `.treeinfo`; usual are 5 KiB.
const TREEINFO: usize = 256 * 1024;
/// Seconds that a server may take.
const PATIENCE: u32 = 15;

/// Runs `work` on a thread of its own.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let (reply, answer) = async_channel::bounded(1);
    let thread = std::thread::Builder::new().name("recognise".into()).spawn(move || {
        let _ = reply.try_send(work());
    });
    thread.ok()?;
    answer.recv().await.ok().flatten()
}

/// The descriptors of a medium in a file or device of this computer.
pub(super) fn medium(path: &Path) -> Option<Medium> {
    // A pipe would wait for a writer.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .ok()?;
    let kind = file.metadata().ok()?.file_type();
    if !kind.is_file() && !kind.is_block_device() {
        return None;
    }
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head).ok()?;
    Medium::parse(&head)
}

/// Kernel and memory disk of a medium, the latter with an archive after it.
pub(super) fn kernel(path: &Path, medium: &Medium, known: &Recognised, archive: &[u8]) -> Option<KernelPair> {
    let mut file = File::open(path).ok()?;
    let kernel = medium.file(&mut file, known.kernel.as_deref()?, KERNEL).ok()??;
    let initrd = medium.file(&mut file, known.initrd.as_deref()?, INITRD).ok()??;
    Some((kernel.into(), extended(initrd, archive).into()))
}

/// The `.treeinfo` of a tree: on a web server, or in a folder of this computer.
pub(super) fn treeinfo(url: &str) -> Option<String> {
    let base = url.trim_end_matches('/');
    [".treeinfo", "treeinfo"].iter().find_map(|name| {
        let bytes = match base.split_once("://") {
            Some(("http" | "https", _)) => download(&format!("{base}/{name}"))?,
            Some(("file", path)) => read(&Path::new(path).join(name))?,
            Some(_) => return None,
            None => read(&Path::new(base).join(name))?,
        };
        let text = String::from_utf8(bytes).ok()?;
        text.contains("[general]").then_some(text)
    })
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(TREEINFO as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= TREEINFO).then_some(bytes)
}

fn download(url: &str) -> Option<Vec<u8>> {
    let session = soup::Session::builder().timeout(PATIENCE).user_agent("Vireo").build();
    let message = soup::Message::new("GET", url).ok()?;
    let body = session.send(&message, gio::Cancellable::NONE).ok()?;
    if message.status() != soup::Status::Ok {
        return None;
    }
    let mut bytes = vec![0; TREEINFO + 1];
    let (count, fault) = body.read_all(&mut bytes, gio::Cancellable::NONE).ok()?;
    if fault.is_some() || count > TREEINFO {
        return None;
    }
    bytes.truncate(count);
    Some(bytes)
}
