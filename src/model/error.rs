//! Errors, cut by what the user can do about them.

use std::fmt;

/// The remedy that fits an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The object is not there any more: forget it.
    Gone,
    /// The user has no right to do this: ask for the right, or work read-only.
    Denied,
    /// The user cancelled a password prompt: stay quiet.
    AuthCancelled,
    /// The password or user name was wrong: ask again.
    AuthFailed,
    /// The host cannot be reached or the connection was lost: try again or edit the host.
    Unreachable,
    /// Somebody else holds what we want (a lock, a console): wait or take over.
    Busy,
    /// This host or driver cannot do it.
    Unsupported,
    /// What was asked is wrong: correct it. State errors ("domain is not running") included.
    Invalid,
    /// No answer in time.
    Timeout,
    /// The caller gave up before the answer came.
    Cancelled,
    /// Anything else: show the text of libvirt.
    Other,
}

/// `VIR_FROM_RPC`: the connection itself failed, whatever the code says.
pub const FROM_RPC: i32 = 7;

/// A failed call, with everything libvirt said about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct VirtError {
    /// What can be done about it.
    pub kind: Kind,
    /// `virErrorNumber`; 0 where the error is our own.
    pub code: i32,
    /// `virErrorDomain`; [`FROM_RPC`] is the connection itself.
    pub domain: i32,
    /// libvirt's sentence, in the language of the libvirt library.
    pub message: String,
    /// The call that failed, as the user would say it: "start", "list machines".
    pub op: &'static str,
}

impl VirtError {
    /// An error of our own making.
    #[must_use]
    pub fn own(kind: Kind, op: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: 0,
            domain: 0,
            message: message.into(),
            op,
        }
    }

    /// Whether libvirt said this over a connection that holds: what did not answer then is not the host.
    #[must_use]
    pub fn is_past_connection(&self) -> bool {
        self.code != 0 && self.domain != FROM_RPC
    }
}

impl fmt::Display for VirtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
