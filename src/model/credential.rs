//! Questions that a connection may ask before it opens, as values.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::model::key::HostId;

/// `virConnectCredentialType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// Identity to act as.
    UserName,
    /// Identity to authorise.
    AuthName,
    /// Language (RFC 1766).
    Language,
    /// Client-supplied nonce.
    Cnonce,
    /// Passphrase.
    Passphrase,
    /// Challenge, answer shown while typing (host key questions, too).
    EchoPrompt,
    /// Challenge, answer hidden.
    NoEchoPrompt,
    /// Authentication realm.
    Realm,
    /// Handled outside; only to be acknowledged.
    External,
    /// Of a newer libvirt.
    Other(i32),
}

impl CredentialKind {
    /// From libvirt's number.
    #[must_use]
    pub fn from_raw(raw: i32) -> Self {
        match raw {
            1 => Self::UserName,
            2 => Self::AuthName,
            3 => Self::Language,
            4 => Self::Cnonce,
            5 => Self::Passphrase,
            6 => Self::EchoPrompt,
            7 => Self::NoEchoPrompt,
            8 => Self::Realm,
            9 => Self::External,
            other => Self::Other(other),
        }
    }

    /// Whether the answer must not be readable on screen.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Passphrase | Self::NoEchoPrompt)
    }
}

/// An answer. Never printed: `Debug` shows nothing of it. Overwritten in memory when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(pub String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One thing libvirt wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialPrompt {
    /// What kind of answer.
    pub kind: CredentialKind,
    /// libvirt's question.
    pub prompt: String,
    /// Text to base the answer on, where there is one.
    pub challenge: Option<String>,
    /// Answer to take when the user gives none.
    pub default: Option<String>,
}

/// Everything a connection asks at once. Dropping it, or answering `None`, cancels the attempt.
#[derive(Debug, Clone)]
pub struct CredentialQuestion {
    /// Which host asks; `None` for a program like ssh that does not say.
    pub host: Option<HostId>,
    /// URI or program that asks, to show.
    pub origin: String,
    /// The questions, in libvirt's order.
    pub prompts: Vec<CredentialPrompt>,
    /// 1 for the first time; larger after a refused answer, when stored answers must not be used again.
    pub attempt: u32,
    /// Where the answers go: one for each prompt, in order.
    pub reply: async_channel::Sender<Option<Vec<Secret>>>,
}
