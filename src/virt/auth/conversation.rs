//! The questions and answers of one attempt to connect, whoever asks: libvirt itself, or the ssh that it started.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_channel::{Sender, WeakSender};

use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use crate::model::key::HostId;
use crate::virt::auth::ROUNDS;
use crate::virt::connection::lock;

/// What an answer belongs to: libvirt's number of the kind, and the words of the question.
type Key = (i32, String);

/// Number of [`CredentialKind::NoEchoPrompt`], and of [`CredentialKind::EchoPrompt`], for questions of programs.
const NO_ECHO: i32 = 7;
const ECHO: i32 = 6;

/// Answers that a host has accepted: in memory only, for the other connections of its session and for reconnects, and
/// overwritten when the session ends.
#[derive(Default)]
pub(crate) struct Answers(Mutex<HashMap<Key, Secret>>);

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers(…)")
    }
}

#[derive(Default)]
struct Talk {
    asked: bool,
    cancelled: bool,
    over: bool,
    given: Vec<(Key, Secret)>,
    /// Names that were given before the answer was refused: nobody should type them twice.
    names: HashMap<Key, String>,
    /// How often somebody (a process, or libvirt as "") has asked the same.
    times: Vec<(String, Vec<Key>, u32)>,
    /// libvirt asked on and on.
    exhausted: bool,
    pending: Option<WeakSender<Option<Vec<Secret>>>>,
    /// When the user last answered.
    answered: Option<Instant>,
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

    /// Whether the way to the host is a program that libvirt runs.
    pub(super) fn runs_program(&self) -> bool {
        let scheme = self.origin.split("://").next().unwrap_or_default();
        ["+ssh", "+ext"]
            .iter()
            .any(|ending| scheme.to_ascii_lowercase().ends_with(ending))
    }

    /// Takes the question back that is open now and gives no answer any more.
    pub(super) fn cancel(&self) {
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

    /// When the user last answered: from then on the host has its time.
    pub(crate) fn answered(&self) -> Option<Instant> {
        lock(&self.talk).answered
    }

    /// Begins a round: libvirt is told to open, once more after a refusal.
    pub(super) fn begin(&self) {
        let mut talk = lock(&self.talk);
        talk.asked = false;
        talk.given.clear();
    }

    /// What was answered was right: the other connections of the session may use it.
    pub(crate) fn accepted(&self) {
        let given = std::mem::take(&mut lock(&self.talk).given);
        lock(&self.answers.0).extend(given);
    }

    /// Whether it makes sense to ask once more after a refusal.
    pub(super) fn refused(&self) -> bool {
        self.forget();
        let mut talk = lock(&self.talk);
        talk.given.clear();
        talk.asked && !talk.cancelled
    }

    /// Drops what the session remembered: it is no good any more.
    pub(super) fn forget(&self) {
        lock(&self.answers.0).clear();
    }

    pub(super) fn has_asked(&self) -> bool {
        lock(&self.talk).asked
    }

    /// Whether libvirt got as many answers as one attempt is worth: its SSH clients ask on until the server hangs up.
    pub(super) fn is_exhausted(&self) -> bool {
        lock(&self.talk).exhausted
    }

    /// Whether the user gave an answer up.
    pub(crate) fn is_cancelled(&self) -> bool {
        lock(&self.talk).cancelled
    }

    /// The answers to libvirt's own prompts; `None` cancels.
    pub(super) fn answer(&self, prompts: Vec<CredentialPrompt>, raw_kinds: &[i32]) -> Option<Vec<Secret>> {
        if prompts.iter().all(|prompt| prompt.kind == CredentialKind::External) {
            return Some(vec![Secret::default(); prompts.len()]);
        }
        let keys: Vec<Key> = raw_kinds
            .iter()
            .zip(&prompts)
            .map(|(&kind, prompt)| (kind, prompt.prompt.clone()))
            .collect();
        let attempt = self.count("", &keys);
        if attempt > ROUNDS {
            lock(&self.talk).exhausted = true;
            return None;
        }
        self.ask(prompts, keys, attempt)
    }

    /// The answer to a program that this attempt has started; `asker` tells its processes apart. `None` cancels.
    pub(crate) fn answer_program(&self, asker: &str, prompt: CredentialPrompt) -> Option<Secret> {
        let kind = if prompt.kind.is_secret() { NO_ECHO } else { ECHO };
        let keys = vec![(kind, prompt.prompt.clone())];
        let attempt = self.count(asker, &keys);
        self.ask(vec![prompt], keys, attempt)?.into_iter().next()
    }

    /// How often the same was asked, this time included. Whoever asks again was given something wrong before: that is
    /// forgotten.
    fn count(&self, asker: &str, keys: &[Key]) -> u32 {
        let count = {
            let mut talk = lock(&self.talk);
            match talk
                .times
                .iter_mut()
                .find(|(who, what, _)| who == asker && what == keys)
            {
                Some((_, _, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    talk.times.push((asker.to_owned(), keys.to_vec(), 1));
                    1
                }
            }
        };
        if count > 1 {
            lock(&self.answers.0).retain(|key, _| !keys.contains(key));
            lock(&self.talk).given.retain(|(key, _)| !keys.contains(key));
        }
        count
    }

    fn ask(&self, mut prompts: Vec<CredentialPrompt>, keys: Vec<Key>, attempt: u32) -> Option<Vec<Secret>> {
        let known = {
            let answers = lock(&self.answers.0);
            keys.iter()
                .map(|key| answers.get(key).cloned())
                .collect::<Option<Vec<_>>>()
        };
        let (reply, answer) = async_channel::bounded(1);
        let question = {
            let mut talk = lock(&self.talk);
            // A program that was refused an answer may ask on; the user has said enough.
            if talk.over || talk.cancelled {
                return None;
            }
            talk.asked = true;
            if let Some(known) = known {
                return Some(known);
            }
            for (prompt, key) in prompts.iter_mut().zip(&keys) {
                if prompt.default.is_none() {
                    prompt.default = talk.names.get(key).cloned();
                }
            }
            talk.pending = Some(reply.downgrade());
            CredentialQuestion {
                host: Some(self.host),
                origin: self.origin.clone(),
                prompts,
                attempt,
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
        talk.answered = Some(Instant::now());
        match given {
            Some(given) if given.len() == keys.len() => {
                for (key, answer) in keys.into_iter().zip(&given) {
                    match CredentialKind::from_raw(key.0) {
                        // A host key that was accepted once is not to be accepted unseen the next time.
                        CredentialKind::EchoPrompt => {}
                        kind => {
                            if is_name(kind) && !answer.0.is_empty() {
                                talk.names.insert(key.clone(), answer.0.clone());
                            }
                            talk.given.push((key, answer.clone()));
                        }
                    }
                }
                Some(given)
            }
            _ => {
                talk.cancelled = true;
                None
            }
        }
    }
}

fn is_name(kind: CredentialKind) -> bool {
    matches!(
        kind,
        CredentialKind::UserName | CredentialKind::AuthName | CredentialKind::Realm
    )
}
