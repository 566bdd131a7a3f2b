//! Credentials: libvirt's questions go out as values, the answers come back, on a thread that may wait.

mod conversation;
mod process;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use zeroize::Zeroize;

use crate::model::credential::{CredentialKind, CredentialPrompt};
use crate::model::error::{Kind, VirtError};
use crate::model::uri::Uri;
use crate::virt::certificate;
use crate::virt::connection::{Result, c_string, lock};
use crate::virt::error::{FROM_RPC, last_error};
use crate::virt::handle::{Connect, Handle};
use crate::virt::sys;

/// How often one attempt to connect asks for the same.
const ROUNDS: u32 = 3;

pub(crate) use conversation::{Answers, Conversation};
pub(crate) use process::{conversation_of, end};

/// An attempt to connect, with the thread that it runs on.
struct Open {
    conversation: Arc<Conversation>,
    /// `/proc/PID/task/TID`; `None` where there is no such file system.
    thread: Option<PathBuf>,
}

static CONVERSATIONS: LazyLock<Mutex<HashMap<usize, Open>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicUsize = AtomicUsize::new(1);

struct Registered(usize);

impl Registered {
    fn new(conversation: &Arc<Conversation>) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let open = Open {
            conversation: Arc::clone(conversation),
            thread: process::this_thread(),
        };
        lock(&CONVERSATIONS).insert(id, open);
        Self(id)
    }
}

/// Lets an attempt fail: takes back the question that is open, and ends the ssh that it waits for. Inside libvirt there is
/// no such way out.
pub(crate) fn cancel(conversation: &Arc<Conversation>) {
    conversation.cancel();
    if !conversation.runs_program() {
        return;
    }
    let thread = lock(&CONVERSATIONS)
        .values()
        .find(|open| Arc::ptr_eq(&open.conversation, conversation))
        .and_then(|open| open.thread.clone());
    if let Some(thread) = thread {
        process::end_children(&thread);
    }
}

/// Lets questions of programs that this thread starts reach a conversation, until the answer is dropped.
pub(crate) fn register(conversation: &Arc<Conversation>) -> impl Drop + use<> {
    Registered::new(conversation)
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&CONVERSATIONS).remove(&self.0);
    }
}

/// Opens a connection (`virConnectOpenAuth`), asking up to three times after wrong answers. Blocks for as long as the host
/// or the user takes.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` for a URI that is none, the empty one included.
pub(crate) fn open(uri: &str, read_only: bool, conversation: &Arc<Conversation>) -> Result<Handle<Connect>> {
    const OP: &str = "connect";
    if uri.trim().is_empty() {
        return Err(VirtError::own(Kind::Invalid, OP, "the URI is empty"));
    }
    let name = c_string(uri, OP)?;
    let id = Registered::new(conversation);
    let mut kinds: [c_int; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let mut auth = sys::virConnectAuth {
        credtype: kinds.as_mut_ptr(),
        ncredtype: kinds.len() as c_uint,
        cb: Some(on_credentials),
        cbdata: id.0 as *mut c_void,
    };
    let flags = if read_only { sys::VIR_CONNECT_RO } else { 0 };
    let mut round = 1;
    loop {
        conversation.begin();
        // SAFETY: `name` and `auth` outlive the call; the callback gets an id, not memory; the answer is ours.
        let handle =
            unsafe { Handle::<Connect>::from_owned(sys::virConnectOpenAuth(name.as_ptr(), &raw mut auth, flags)) };
        if let Some(handle) = handle {
            conversation.accepted();
            return Ok(handle);
        }
        let mut error = last_error(OP);
        if conversation.is_cancelled() {
            error.kind = Kind::AuthCancelled;
            return Err(error);
        }
        if conversation.is_exhausted() {
            conversation.forget();
            error.kind = Kind::AuthFailed;
            return Err(error);
        }
        if error.kind == Kind::AuthFailed && round < ROUNDS && conversation.refused() {
            round += 1;
            continue;
        }
        // Nobody was asked, so what could not be verified is the server.
        if error.kind == Kind::AuthFailed
            && error.domain == FROM_RPC
            && !conversation.has_asked()
            && let Some(fault) = certificate::fault(uri)
        {
            error.message = format!("{}: {fault}", error.message);
        }
        error.kind = open_kind(&error, uri);
        if error.kind == Kind::AuthFailed {
            conversation.forget();
        }
        return Err(error);
    }
}

/// Failures of an open carry codes that mean other things elsewhere.
fn open_kind(error: &VirtError, uri: &str) -> Kind {
    const INTERNAL: i32 = 1;
    const FROM_NONE: i32 = 0;
    const FROM_URI: i32 = 45;
    // ssh itself is told to speak English.
    let ssh_says = |text| error.message.contains(text);
    let refused = ssh_says("Permission denied (") || ssh_says("Too many authentication failures");
    let unknown = ssh_says("Host key verification failed") || ssh_says("HOST IDENTIFICATION HAS CHANGED");
    match (error.code, error.domain) {
        // Trying again by itself would only ask again.
        _ if refused => Kind::AuthFailed,
        _ if unknown => Kind::Denied,
        // libvirt has no word for a tunnel whose other end goes away between two of its questions.
        (INTERNAL, FROM_NONE) if Uri::parse(uri).is_ok_and(|uri| uri.is_remote()) => Kind::Unreachable,
        (_, FROM_URI) | (INTERNAL, FROM_NONE) => Kind::Invalid,
        // The test driver's file is missing or wrong: time does not heal that.
        _ if error.kind == Kind::Other && (uri.starts_with("test:") || uri.starts_with("test+")) => Kind::Invalid,
        _ => error.kind,
    }
}

unsafe extern "C" fn on_credentials(raw: sys::virConnectCredentialPtr, count: c_uint, data: *mut c_void) -> c_int {
    if count == 0 {
        return 0;
    }
    if raw.is_null() {
        return -1;
    }
    // SAFETY: libvirt passes `count` credentials that are ours to read and fill during this call.
    let credentials = unsafe { std::slice::from_raw_parts_mut(raw, count as usize) };
    catch_unwind(AssertUnwindSafe(|| fill(credentials, data as usize))).unwrap_or(-1)
}

fn text(raw: *const c_char) -> Option<String> {
    // SAFETY: NULL or a C string of libvirt that lives during the callback.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned())
}

fn fill(credentials: &mut [sys::virConnectCredential], id: usize) -> c_int {
    let conversation = lock(&CONVERSATIONS).get(&id).map(|open| Arc::clone(&open.conversation));
    let Some(conversation) = conversation else {
        return -1;
    };
    let kinds: Vec<i32> = credentials.iter().map(|credential| credential.type_).collect();
    let prompts = credentials
        .iter()
        .map(|credential| CredentialPrompt {
            kind: CredentialKind::from_raw(credential.type_),
            prompt: text(credential.prompt).unwrap_or_default(),
            challenge: text(credential.challenge),
            default: text(credential.defresult),
        })
        .collect();
    let Some(answers) = conversation.answer(prompts, &kinds) else {
        return -1;
    };
    // All or nothing: what was filled before a refusal would be lost memory.
    let Ok(answers) = answers
        .iter()
        .map(|answer| CString::new(answer.0.as_bytes()))
        .collect::<std::result::Result<Vec<_>, _>>()
    else {
        return -1;
    };
    for (credential, answer) in credentials.iter_mut().zip(answers) {
        // SAFETY: a copy by malloc, which libvirt frees.
        let copy = unsafe { libc::strdup(answer.as_ptr()) };
        let mut answer = answer.into_bytes();
        credential.resultlen = c_uint::try_from(answer.len()).unwrap_or(0);
        answer.zeroize();
        if copy.is_null() {
            return -1;
        }
        credential.result = copy;
    }
    0
}
