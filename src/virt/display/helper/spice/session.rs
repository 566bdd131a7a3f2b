//! Beginning and end of a session: where to, whom to trust, who we are, and why it failed.

use std::collections::VecDeque;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use glib::prelude::*;
use spice_client_glib::prelude::*;
use spice_client_glib::{Channel, ChannelEvent, ChannelType, ClientError, Session, SessionVerify};

use super::Spice;
use crate::wire::{End, Hidden, LONGEST_TEXT, News, Open, Route};

/// Protocol of all servers of the last ten years; the library falls back to 1 for good when a connection breaks early.
const PROTOCOL: i32 = 2;
const KEPT_WARNINGS: usize = 8;

static WARNINGS: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Keeps the library's last warnings: for a failure of TLS they are the only place that says why.
pub fn keep_warnings() {
    let levels = glib::LogLevels::LEVEL_ERROR | glib::LogLevels::LEVEL_CRITICAL | glib::LogLevels::LEVEL_WARNING;
    // Of the library, and of what it shares with the server: verifying a certificate is there.
    for domain in ["GSpice", "Spice"] {
        glib::log_set_handler(Some(domain), levels, false, false, |_, _, message| keep(message));
    }
}

fn keep(message: &str) {
    eprintln!("{message}");
    // Where in its sources that is.
    let message = match message.split_once(": ") {
        Some((place, rest)) if place.contains(".c:") => rest,
        _ => message,
    };
    let mut warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    if warnings.back().is_none_or(|last| last != message) {
        warnings.push_back(message.to_owned());
    }
    if warnings.len() > KEPT_WARNINGS {
        warnings.pop_front();
    }
}

fn warnings() -> Option<String> {
    let warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    let all: Vec<&str> = warnings.iter().map(String::as_str).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

/// A session as `open` wants it, not connected.
pub fn configured(open: &Open) -> Session {
    let session = Session::new();
    match &open.route {
        Route::Socket => {}
        Route::Tcp { host, port, tls_port } => {
            let text = |port: &Option<u16>| port.map(|port| port.to_string());
            session.set_host(Some(host));
            session.set_port(text(port).as_deref());
            session.set_tls_port(text(tls_port).as_deref());
        }
        Route::Unix { path } => session.set_unix_path(Some(path)),
    }
    if !open.tls.ca.is_empty() {
        session.set_ca_file(Some(&open.tls.ca));
    }
    if open.tls.subject.is_empty() {
        session.set_verify(SessionVerify::HOSTNAME);
    } else {
        session.set_cert_subject(Some(&open.tls.subject));
        session.set_verify(SessionVerify::SUBJECT);
    }
    session.set_username(open.user.as_deref());
    session.set_password(open.password.as_ref().map(|password| password.0.as_str()));
    // Audio channels are made in any case, so that sound can be turned on later; they are connected when it is.
    session.set_enable_audio(true);
    session.set_enable_smartcard(open.smartcard);
    session.set_enable_usbredir(true);
    session.set_gl_scanout(false);
    session.set_shared_dir(open.folder.as_ref().map(|(path, _)| path.as_str()));
    session.set_share_dir_ro(open.folder.as_ref().is_none_or(|(_, read_only)| *read_only));
    session
}

impl Spice {
    /// Begins to connect.
    pub(super) fn connect(&self, socket: Option<OwnedFd>) -> Result<(), End> {
        WARNINGS.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.session.set_protocol(PROTOCOL);
        let begun = if self.by_sockets() {
            self.session.open_fd(socket.map_or(-1, IntoRawFd::into_raw_fd))
        } else {
            self.session.connect()
        };
        if begun {
            Ok(())
        } else {
            Err(End::Unreachable("the session could not be started".to_owned()))
        }
    }

    /// A channel needs a connection that only Vireo can make.
    pub(super) fn need_socket(&self, channel: &Channel, tls: bool) {
        if tls {
            // The library does no TLS over a socket that is handed to it.
            let reason =
                "the server takes this channel over TLS only, which can't be had over a socket that is handed over";
            return self.channel_failed(channel, End::UnknownSecurity(reason.to_owned()));
        }
        let token = self.next_token.replace(self.next_token.get() + 1);
        self.waiting.borrow_mut().insert(token, channel.clone());
        self.tell(News::NeedSocket {
            token,
            channel: name_of(channel),
            tls,
        });
    }

    pub(super) fn socket(&self, token: u64, error: Option<String>, socket: Option<OwnedFd>) {
        let Some(channel) = self.waiting.borrow_mut().remove(&token) else {
            return;
        };
        match socket {
            Some(socket) => {
                channel.open_fd(socket.into_raw_fd());
            }
            None => self.channel_failed(&channel, End::Unreachable(error.unwrap_or_default())),
        }
    }

    /// The main channel was refused: asks for a password, or ends.
    pub(super) fn refused(&self, channel: &impl IsA<Channel>) {
        let kind = channel.error().and_then(|error| error.kind::<ClientError>());
        let reason = reason_of(channel, ChannelEvent::ErrorAuth);
        let (user, password) = match kind {
            Some(ClientError::AuthNeedsPassword) => (false, true),
            Some(ClientError::AuthNeedsUsername) => (true, false),
            Some(ClientError::AuthNeedsPasswordAndUsername) => (true, true),
            _ => return self.end(End::Refused(reason)),
        };
        let tried = self.tried.get();
        self.asking.set(true);
        self.tell(News::NeedCredentials {
            user,
            password,
            attempt: tried + 1,
            reason: (tried > 0).then_some(reason),
        });
    }

    pub(super) fn credentials(&self, user: Option<String>, password: Option<Hidden>) {
        if !self.asking.replace(false) {
            return;
        }
        if user.is_none() && password.is_none() {
            return self.end(End::Refused("no password was given".to_owned()));
        }
        self.tried.set(self.tried.get() + 1);
        if user.is_some() {
            self.session.set_username(user.as_deref());
        }
        self.session
            .set_password(password.as_ref().map(|password| password.0.as_str()));
        if let Err(end) = self.connect(None) {
            self.end(end);
        }
    }

    /// A channel can't be connected. Without one of those that make the picture there is no display.
    pub(super) fn channel_failed(&self, channel: &impl IsA<Channel>, end: End) {
        if is_essential(channel) {
            self.end(end);
        } else {
            eprintln!("channel {}: {end:?}", name_of(channel));
        }
    }

    /// What the main channel's connection is protected by.
    pub(super) fn security(&self) -> String {
        let tls_port = match &self.open.route {
            Route::Tcp { tls_port, .. } => *tls_port,
            Route::Socket | Route::Unix { .. } => None,
        };
        let remote = self
            .main()
            .and_then(|main| main.socket())
            .and_then(|socket| socket.remote_address().ok())
            .and_then(|address| address.downcast::<gio::InetSocketAddress>().ok());
        let tls = tls_port.is_some() && remote.is_some_and(|remote| Some(remote.port()) == tls_port);
        if tls { "TLS" } else { "None" }.to_owned()
    }
}

/// The channels without which there is no picture or no way to use it.
pub fn is_essential(channel: &impl IsA<Channel>) -> bool {
    let kind = ChannelType::try_from(channel.channel_type()).unwrap_or(ChannelType::Invalid);
    matches!(kind, ChannelType::Main | ChannelType::Display | ChannelType::Inputs)
}

/// A channel in the protocol's words.
pub fn name_of(channel: &impl IsA<Channel>) -> String {
    let name = Channel::type_to_string(channel.channel_type()).unwrap_or_else(|| "unknown".into());
    match channel.channel_id() {
        0 => name.to_string(),
        id => format!("{name} {id}"),
    }
}

/// What the library says about a failure.
pub fn reason_of(channel: &impl IsA<Channel>, event: ChannelEvent) -> String {
    let said = channel.error().map(|error| error.message().to_owned());
    let reason = said.or_else(warnings).unwrap_or_else(|| format!("{event:?}"));
    let mut reason = format!("{}: {reason}", name_of(channel));
    if let Some((cut, _)) = reason.char_indices().nth(LONGEST_TEXT) {
        reason.truncate(cut);
    }
    reason
}

/// What an event of a channel means for the display; `None` if nothing.
pub fn end_of(channel: &impl IsA<Channel>, event: ChannelEvent) -> Option<End> {
    let reason = reason_of(channel, event);
    Some(match event {
        ChannelEvent::Closed | ChannelEvent::ErrorIo => End::Closed,
        ChannelEvent::ErrorConnect => End::Unreachable(reason),
        ChannelEvent::ErrorTls => End::Untrusted(reason),
        ChannelEvent::ErrorLink => End::Broken(reason),
        ChannelEvent::ErrorAuth => End::Refused(reason),
        _ => return None,
    })
}
