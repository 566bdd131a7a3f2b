//! Which attempt to connect a process works for. ssh asks through a helper that knows no more than its parent; libvirt
//! started that parent, or the parent's parent, on the thread that waits for the connection.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CONVERSATIONS, Conversation};
use crate::virt::connection::lock;

/// `ssh` that jumps over another host runs a second one beneath itself; nobody nests much deeper.
const DEEPEST: usize = 16;

/// The calling thread, `/proc/PID/task/TID`.
pub(super) fn this_thread() -> Option<PathBuf> {
    fs::read_link("/proc/thread-self")
        .ok()
        .map(|link| Path::new("/proc").join(link))
}

/// The conversation of the attempt that started `process`, itself or through others; `None` when it can't be told. Where
/// the system doesn't say which thread has which children, a single attempt that is under way is taken.
pub(crate) fn conversation_of(process: u32) -> Option<Arc<Conversation>> {
    let child = child_of_ours(process)?;
    let open: Vec<_> = lock(&CONVERSATIONS)
        .values()
        .map(|open| (Arc::clone(&open.conversation), open.thread.clone()))
        .collect();
    let mut unknown = 0;
    for (conversation, thread) in &open {
        match thread.as_deref().and_then(children) {
            Some(children) if children.contains(&child) => return Some(Arc::clone(conversation)),
            Some(_) => {}
            None => unknown += 1,
        }
    }
    match open.as_slice() {
        [(only, _)] if unknown > 0 => Some(Arc::clone(only)),
        _ => None,
    }
}

/// Ends the program that an attempt has started, found by a process of it: ssh takes a refused question for an empty
/// password and sends that.
pub(crate) fn end(process: u32) {
    if let Some(child) = child_of_ours(process) {
        terminate(child);
    }
}

/// Ends what a thread has started, as [`end`].
pub(super) fn end_children(thread: &Path) {
    for child in children(thread).unwrap_or_default() {
        terminate(child);
    }
}

fn terminate(child: u32) {
    if let Ok(child) = libc::pid_t::try_from(child) {
        // SAFETY: a number; a child of ours that libvirt has not waited for keeps it.
        unsafe { libc::kill(child, libc::SIGTERM) };
    }
}

/// The ancestor of a process, or the process itself, that is a child of this one.
fn child_of_ours(mut process: u32) -> Option<u32> {
    let us = std::process::id();
    for _ in 0..DEEPEST {
        let parent = parent(process)?;
        if parent == us {
            return Some(process);
        }
        process = parent;
    }
    None
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may contain anything, parentheses included.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

/// Processes that a thread has started (`CONFIG_PROC_CHILDREN`); `None` where that isn't told.
fn children(thread: &Path) -> Option<Vec<u32>> {
    let text = fs::read_to_string(thread.join("children")).ok()?;
    Some(
        text.split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect(),
    )
}
