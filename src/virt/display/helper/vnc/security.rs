//! Being let in: which of the offered ways is taken, and what is told when none fits.

use std::rc::Rc;

use gvnc::{ConnectionAuth as Auth, ConnectionAuthVencrypt as Vencrypt, ConnectionCredential as Credential};

use super::Session;
use crate::wire::{End, News};

/// The best first. Those with DES keys of their own making (ARD, MS-Logon) are no better than none.
const TYPES: [Auth; 5] = [Auth::Vencrypt, Auth::Sasl, Auth::Tls, Auth::Vnc, Auth::None];
/// The best first. `Plain` without TLS would send the password for everybody to read, and to whoever stands in the way
/// with a TLS that shows no certificate.
const SUBTYPES: [Vencrypt; 6] = [
    Vencrypt::X509sasl,
    Vencrypt::X509plain,
    Vencrypt::X509vnc,
    Vencrypt::X509none,
    Vencrypt::Tlsvnc,
    Vencrypt::Tlsnone,
];
/// Below `Tls`, the older way.
const INNER: [Auth; 3] = [Auth::Sasl, Auth::Vnc, Auth::None];
/// Folder of the user's own certificate below `/etc/pki` and `~/.pki`, where libvirt's clients have it.
const CLIENT: &str = "libvirt";

/// Text that C can take.
pub fn text(text: &str) -> String {
    text.split('\0').next().unwrap_or_default().to_owned()
}

fn list(types: &[i32]) -> String {
    let names: Vec<String> = types.iter().map(ToString::to_string).collect();
    names.join(", ")
}

pub fn choose_type(session: &Session, connection: &gvnc::Connection, offered: &[i32]) {
    let found = TYPES.into_iter().find(|auth| offered.contains(&number(*auth)));
    let Some(found) = found else {
        return session.outlet.end(End::UnknownSecurity(list(offered)));
    };
    session.state.borrow_mut().security = format!("{found:?}");
    let _ = connection.set_auth_type(number(found).unsigned_abs());
}

pub fn choose_subtype(session: &Session, connection: &gvnc::Connection, of: u32, offered: &[i32]) {
    let outer = if of == number(Auth::Tls).unsigned_abs() {
        "TLS"
    } else {
        "VeNCrypt"
    };
    let found = if outer == "TLS" {
        let found = INNER.into_iter().find(|auth| offered.contains(&number(*auth)));
        found.map(|found| (number(found), format!("{found:?}")))
    } else {
        let found = SUBTYPES
            .into_iter()
            .find(|subtype| offered.contains(&subnumber(*subtype)));
        found.map(|found| (subnumber(found), format!("{found:?}")))
    };
    let Some((number, name)) = found else {
        return session
            .outlet
            .end(End::UnknownSecurity(format!("{outer} {}", list(offered))));
    };
    let mut state = session.state.borrow_mut();
    state.security = format!("{outer} {name}");
    state.tls = true;
    drop(state);
    let _ = connection.set_auth_subtype(number.unsigned_abs());
}

fn number(auth: Auth) -> i32 {
    glib::translate::IntoGlib::into_glib(auth)
}

fn subnumber(subtype: Vencrypt) -> i32 {
    glib::translate::IntoGlib::into_glib(subtype)
}

fn credential(which: Credential) -> i32 {
    glib::translate::IntoGlib::into_glib(which)
}

/// The server asks who we are.
pub fn want(session: &Session, connection: &gvnc::Connection, wanted: &[i32]) {
    if wanted.contains(&credential(Credential::Clientname)) {
        let _ = connection.set_credential(credential(Credential::Clientname), CLIENT);
    }
    let user = wanted.contains(&credential(Credential::Username));
    let password = wanted.contains(&credential(Credential::Password));
    if !user && !password {
        return;
    }
    let mut state = session.state.borrow_mut();
    state.wanted = (user, password);
    state.waiting = true;
    let known = (!user || state.user.is_some()) && (!password || state.password.is_some());
    drop(state);
    if known {
        give(session, connection);
    } else {
        ask(session, None);
    }
}

/// Gives what is known.
pub fn give(session: &Session, connection: &gvnc::Connection) {
    let mut state = session.state.borrow_mut();
    state.waiting = false;
    state.given = true;
    state.tries += 1;
    let (user, password) = state.wanted;
    let name = state.user.clone().unwrap_or_default();
    let secret = state.password.clone().unwrap_or_default();
    drop(state);
    if user {
        let _ = connection.set_credential(credential(Credential::Username), &text(&name));
    }
    if password {
        let _ = connection.set_credential(credential(Credential::Password), &text(&secret));
    }
}

fn ask(session: &Session, reason: Option<String>) {
    let state = session.state.borrow();
    let (user, password) = state.wanted;
    let attempt = state.tries + 1;
    drop(state);
    session.outlet.tell(News::NeedCredentials {
        user,
        password,
        attempt,
        reason,
    });
}

/// The connection is over: either another attempt is made, or that was it.
pub fn over(session: &Rc<Session>) {
    session.connection.replace(None);
    let mut state = session.state.borrow_mut();
    let error = state.error.take().unwrap_or_default();
    let refused = state.refused.take();
    if !state.initialized && state.given && (refused.is_some() || !state.tls_failed(&error)) {
        // Some servers say nothing, they close.
        state.given = false;
        state.password = None;
        drop(state);
        let reason = refused.unwrap_or(error);
        return ask(session, Some(reason).filter(|reason| !reason.is_empty()));
    }
    let end = if let Some(unknown) = state.unknown.take() {
        End::UnknownSecurity(unknown)
    } else if let Some(reason) = refused {
        End::Refused(reason)
    } else if state.initialized {
        end_of_session(error)
    } else if state.tls_failed(&error) {
        End::Untrusted(error)
    } else {
        end_of_handshake(error)
    };
    drop(state);
    session.outlet.end(end);
}

impl super::State {
    /// `gvnc` has no codes, only sentences.
    fn tls_failed(&self, error: &str) -> bool {
        let signs = [
            "certificate",
            "handshake",
            "verify peer",
            "hostname",
            "peers",
            "allocate credentials",
        ];
        self.tls && signs.iter().any(|sign| error.contains(sign))
    }
}

/// Sentences of `gvnc` when the other side has just gone.
fn is_closed(error: &str) -> bool {
    let signs = [
        "",
        "Server closed the connection",
        "Unable to read from server",
        "Failed to flush data",
    ];
    signs.contains(&error)
}

fn end_of_session(error: String) -> End {
    if is_closed(&error) {
        End::Closed
    } else {
        End::Broken(error)
    }
}

fn end_of_handshake(error: String) -> End {
    if is_closed(&error) {
        End::Unreachable(error)
    } else if error.contains("auth") {
        End::UnknownSecurity(error)
    } else {
        End::Broken(error)
    }
}
