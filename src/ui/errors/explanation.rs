//! Failures in the user's words.

mod host;
mod machine;
mod traffic;

use crate::i18n::{tr, tr_c, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::host::HostConfig;
use crate::ui::errors::cause::{Cause, cause};
use crate::ui::text;

/// A way out of a failure, as a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Try the same again.
    Retry,
    /// Open the host's settings.
    EditHost,
    /// Stop the machine at once.
    ForceOff,
    /// Take the console from whoever holds it.
    TakeOver,
    /// Look at what keeps machines of the host from running.
    Check,
    /// Start the virtual network that a machine needs, then try again.
    StartNetwork,
}

impl Remedy {
    /// What stands on its button.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Retry => tr("_Try Again"),
            Self::EditHost => tr("_Edit Host…"),
            Self::ForceOff => tr("_Force Off"),
            Self::TakeOver => tr("_Take Over"),
            Self::Check => tr("_Check the Host…"),
            Self::StartNetwork => tr("_Start Network"),
        }
    }
}

/// A failure in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// A short heading.
    pub title: String,
    /// What happened and what to do about it, one to three sentences.
    pub body: String,
    /// Ways out, the best first.
    pub remedies: Vec<Remedy>,
    /// Nothing to read: a toast is enough.
    pub recoverable: bool,
    /// Nothing to say at all: the user cancelled.
    pub quiet: bool,
}

impl Explanation {
    fn new(title: String, body: String) -> Self {
        Self {
            title,
            body,
            remedies: Vec::new(),
            recoverable: false,
            quiet: false,
        }
    }

    fn way_out(mut self, remedies: &[Remedy]) -> Self {
        self.remedies.extend_from_slice(remedies);
        self
    }

    fn toast(mut self) -> Self {
        self.recoverable = true;
        self
    }
}

const CONNECT: &[Remedy] = &[Remedy::Retry, Remedy::EditHost];
const CORRECT: &[Remedy] = &[Remedy::EditHost, Remedy::Retry];

/// Puts a failure into words. `host` is the host it is about, where there is one.
#[must_use]
pub fn explain(error: &VirtError, host: Option<&HostConfig>) -> Explanation {
    let place = Place::of(host);
    match cause(error) {
        Cause::Quiet => Explanation {
            quiet: true,
            ..Explanation::new(tr("Cancelled"), String::new())
        },
        Cause::HostKeyChanged(key) => host::key_changed(&place, &key),
        Cause::Certificate(problem) => host::certificate(&place, problem),
        cause => host::connecting(&place, &cause)
            .or_else(|| host::entering(&place, &cause))
            .or_else(|| traffic::networks(&cause))
            .or_else(|| machine::working(&cause))
            .unwrap_or_else(|| by_kind(error, &place)),
    }
}

/// The same about what has a server of its own, such as a storage pool: where the host itself has answered, it is that server
/// which does not.
#[must_use]
pub fn explain_of_server(error: &VirtError, host: Option<&HostConfig>) -> Explanation {
    let is_silence = match cause(error) {
        Cause::NameNotFound | Cause::Refused | Cause::NoAnswer => true,
        Cause::Unknown => matches!(error.kind, Kind::Unreachable | Kind::Timeout),
        _ => false,
    };
    if is_silence && error.is_past_connection() {
        let other = VirtError {
            kind: Kind::Other,
            ..error.clone()
        };
        return by_kind(&other, &Place::of(host));
    }
    explain(error, host)
}

/// The virtual network that is off, where a failure means that: its name.
pub(super) fn network_off(error: &VirtError) -> Option<String> {
    match cause(error) {
        Cause::NetworkOff(name) => name,
        _ => None,
    }
}

/// What can be said without knowing the cause.
fn by_kind(error: &VirtError, place: &Place) -> Explanation {
    let host = [("host", place.address.as_str())];
    let said = || text::one_line(error.message.trim(), 300).into_owned();
    match error.kind {
        Kind::Gone => Explanation::new(
            tr("Not there any more"),
            tr("It was removed, perhaps by somebody else."),
        )
        .toast(),
        Kind::Denied => Explanation::new(tr("Not authorised"), tr("Your account may not do this on this host.")),
        Kind::AuthFailed => Explanation::new(
            tr("Wrong password"),
            tr_f("{host} did not accept the user name or the password.", &host),
        )
        .way_out(CONNECT),
        Kind::Unreachable => Explanation::new(
            tr("No connection"),
            tr_f(
                "{host} can't be reached. The details tell what the connection said.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Kind::Busy => Explanation::new(tr("Busy"), tr("Somebody else uses it at the moment.")).toast(),
        Kind::Unsupported => Explanation::new(
            tr("Not supported"),
            tr("This host, its version of libvirt or this machine can't do this."),
        )
        .toast(),
        Kind::Timeout => Explanation::new(
            tr("No answer in time"),
            tr("The host did not answer in time. The operation may still end there."),
        )
        .way_out(&[Remedy::Retry])
        .toast(),
        Kind::Invalid | Kind::Other => Explanation::new(tr("It did not work"), said()),
        Kind::AuthCancelled | Kind::Cancelled => Explanation {
            quiet: true,
            ..Explanation::new(tr("Cancelled"), String::new())
        },
    }
}

/// How sentences call the host.
struct Place {
    address: String,
    port: Option<String>,
    local: bool,
}

impl Place {
    fn of(host: Option<&HostConfig>) -> Self {
        let Some(config) = host else {
            return Self {
                address: tr_c("in place of a name", "Host"),
                port: None,
                local: false,
            };
        };
        let uri = glib::Uri::parse(&config.uri, glib::UriFlags::NON_DNS).ok();
        let named = uri.as_ref().and_then(glib::Uri::host).filter(|host| !host.is_empty());
        Self {
            local: named.is_none(),
            address: match named {
                Some(host) => text::name(&host),
                None => text::name(&config.name),
            },
            port: uri
                .map(|uri| uri.port())
                .filter(|port| *port > 0)
                .map(|port| port.to_string()),
        }
    }
}
