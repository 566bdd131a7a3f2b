//! Credentials: libvirt's questions go out as values, the answers come back, on a thread that may wait.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use async_channel::{Sender, WeakSender};

use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use crate::model::error::{Kind, VirtError};
use crate::model::key::HostId;
use crate::virt::askpass;
use crate::virt::certificate;
use crate::virt::connection::{Result, c_string, lock};
use crate::virt::error::{FROM_RPC, last_error};
use crate::virt::handle::{Connect, Handle};
use crate::virt::sys;

/// How often one attempt to connect asks again after a wrong answer.
const ROUNDS: u32 = 3;

/// Answers that a host has accepted, kept in memory for reconnects and second connections only.
#[derive(Default)]
pub(crate) struct Answers(Mutex<HashMap<(i32, String), Secret>>);

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers(…)")
    }
}

#[derive(Default)]
struct Talk {
    round: u32,
    asked: bool,
    cancelled: bool,
    over: bool,
    given: Vec<((i32, String), Secret)>,
    pending: Option<WeakSender<Option<Vec<Secret>>>>,
}

/// The questions of one attempt to connect.
pub(crate) struct Conversation {
    host: HostId,
    origin: String,
    questions: Sender<CredentialQuestion>,
    answers: Arc<Answers>,
    talk: Mutex<Talk>,
}

impl Conversation {
    /// A conversation about `origin` (the URI). `answers` are tried before anybody is asked.
    pub(crate) fn new(
        host: HostId,
        origin: &str,
        questions: Sender<CredentialQuestion>,
        answers: Arc<Answers>,
    ) -> Self {
        Self {
            host,
            origin: origin.to_owned(),
            questions,
            answers,
            talk: Mutex::default(),
        }
    }

    /// Takes the question back that is open now and lets the attempt fail.
    pub(crate) fn cancel(&self) {
        let mut talk = lock(&self.talk);
        talk.over = true;
        talk.cancelled = true;
        if let Some(reply) = talk.pending.take().and_then(|reply| reply.upgrade()) {
            let _ = reply.try_send(None);
        }
    }

    /// Whether a question waits for the user.
    pub(crate) fn is_asking(&self) -> bool {
        lock(&self.talk).pending.is_some()
    }

    fn begin(&self, round: u32) {
        let mut talk = lock(&self.talk);
        talk.round = round;
        talk.asked = false;
        talk.given.clear();
    }

    fn accepted(&self) {
        let given = std::mem::take(&mut lock(&self.talk).given);
        lock(&self.answers.0).extend(given);
    }

    /// Whether it makes sense to ask once more after a refusal.
    fn refused(&self) -> bool {
        lock(&self.answers.0).clear();
        let mut talk = lock(&self.talk);
        talk.given.clear();
        talk.asked && !talk.cancelled
    }

    fn has_asked(&self) -> bool {
        lock(&self.talk).asked
    }

    fn is_cancelled(&self) -> bool {
        lock(&self.talk).cancelled
    }

    /// The answers to these prompts; `None` cancels.
    fn answer(&self, prompts: Vec<CredentialPrompt>, raw_kinds: &[i32]) -> Option<Vec<Secret>> {
        if prompts.iter().all(|prompt| prompt.kind == CredentialKind::External) {
            return Some(vec![Secret::default(); prompts.len()]);
        }
        let keys: Vec<_> = raw_kinds
            .iter()
            .zip(&prompts)
            .map(|(&kind, prompt)| (kind, prompt.prompt.clone()))
            .collect();
        let known = {
            let answers = lock(&self.answers.0);
            keys.iter()
                .map(|key| answers.get(key).cloned())
                .collect::<Option<Vec<_>>>()
        };
        let (reply, answer) = async_channel::bounded(1);
        let question = {
            let mut talk = lock(&self.talk);
            if talk.over {
                return None;
            }
            talk.asked = true;
            if let Some(known) = known {
                return Some(known);
            }
            talk.pending = Some(reply.downgrade());
            CredentialQuestion {
                host: Some(self.host),
                origin: self.origin.clone(),
                prompts,
                attempt: talk.round,
                reply,
            }
        };
        // Unbounded or not, the channel belongs to the user interface; it may be gone.
        let given = match self.questions.send_blocking(question) {
            Ok(()) => answer.recv_blocking().ok().flatten(),
            Err(_) => None,
        };
        let mut talk = lock(&self.talk);
        talk.pending = None;
        match given {
            Some(given) if given.len() == keys.len() => {
                // A host key that was accepted once is not to be accepted unseen the next time.
                let remembered = keys.into_iter().zip(given.iter().cloned());
                talk.given.extend(
                    remembered.filter(|((kind, _), _)| CredentialKind::from_raw(*kind) != CredentialKind::EchoPrompt),
                );
                Some(given)
            }
            _ => {
                talk.cancelled = true;
                None
            }
        }
    }
}

static CONVERSATIONS: LazyLock<Mutex<HashMap<usize, Arc<Conversation>>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicUsize = AtomicUsize::new(1);

struct Registered(usize);

impl Registered {
    fn new(conversation: &Arc<Conversation>) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        lock(&CONVERSATIONS).insert(id, Arc::clone(conversation));
        Self(id)
    }
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
    let cancellations = askpass::cancellations();
    loop {
        conversation.begin(round);
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
        error.kind = open_kind(&error, uri, askpass::cancellations() != cancellations);
        return Err(error);
    }
}

/// Failures of an open carry codes that mean other things elsewhere.
fn open_kind(error: &VirtError, uri: &str, cancelled: bool) -> Kind {
    const INTERNAL: i32 = 1;
    const FROM_NONE: i32 = 0;
    const FROM_URI: i32 = 45;
    // ssh itself is told to speak English.
    let ssh_says = |text| error.message.contains(text);
    let refused = ssh_says("Permission denied (") || ssh_says("Too many authentication failures");
    let unknown = ssh_says("Host key verification failed") || ssh_says("HOST IDENTIFICATION HAS CHANGED");
    match (error.code, error.domain) {
        // Trying again by itself would only ask again.
        _ if cancelled && (refused || unknown) => Kind::AuthCancelled,
        _ if refused => Kind::AuthFailed,
        _ if unknown => Kind::Denied,
        (_, FROM_URI) | (INTERNAL, FROM_NONE) => Kind::Invalid,
        // The test driver's file is missing or wrong: time does not heal that.
        _ if error.kind == Kind::Other && (uri.starts_with("test:") || uri.starts_with("test+")) => Kind::Invalid,
        _ => error.kind,
    }
}

unsafe extern "C" fn on_credentials(raw: sys::virConnectCredentialPtr, count: c_uint, data: *mut c_void) -> c_int {
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
    let Some(conversation) = lock(&CONVERSATIONS).get(&id).cloned() else {
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
        .into_iter()
        .map(|answer| CString::new(answer.0))
        .collect::<std::result::Result<Vec<_>, _>>()
    else {
        return -1;
    };
    for (credential, answer) in credentials.iter_mut().zip(answers) {
        // SAFETY: a copy by malloc, which libvirt frees.
        let copy = unsafe { libc::strdup(answer.as_ptr()) };
        if copy.is_null() {
            return -1;
        }
        credential.result = copy;
        credential.resultlen = c_uint::try_from(answer.as_bytes().len()).unwrap_or(0);
    }
    0
}
