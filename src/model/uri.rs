//! libvirt connection URIs as fields, both ways without loss, and what is dangerous about them.
//!
//! `DRIVER[+TRANSPORT]://[USER@][HOST][:PORT]/PATH[?NAME=VALUE&…]`, read the way libvirt reads it: names of parameters in
//! any case, percent-encoding in names and values, `;` as a separator after the last `&`.

use std::fmt;

use crate::i18n::{tr, tr_f};

mod parse;
mod risk;
#[cfg(test)]
mod tests;

pub(crate) use parse::decode;
pub use risk::Risk;

/// The transports that libvirt knows, as they are written in a URI.
pub const TRANSPORTS: &[&str] = &["unix", "ssh", "tls", "tcp", "libssh2", "libssh", "ext"];

/// A connection URI, taken apart. Values are decoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uri {
    /// `qemu`, `lxc`, `xen`, `test` …
    pub driver: String,
    /// After the plus; `None` means local, or TLS where there is a host.
    pub transport: Option<String>,
    /// Login name.
    pub user: Option<String>,
    /// Name or address; IPv6 without its brackets.
    pub host: Option<String>,
    /// Port; `None` for the usual one.
    pub port: Option<u16>,
    /// With its leading slash: `/system`, `/session`, or a file for the test driver.
    pub path: String,
    /// Parameters in their order.
    pub query: Vec<(String, String)>,
}

/// The part of a URI that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The URI as a whole.
    Whole,
    /// The driver.
    Driver,
    /// The transport.
    Transport,
    /// The login name.
    User,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The path.
    Path,
    /// A parameter.
    Query,
}

/// What is wrong with a URI, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UriError {
    /// Where.
    pub field: Field,
    /// What.
    pub message: String,
}

impl UriError {
    fn new(field: Field, message: String) -> Self {
        Self { field, message }
    }
}

impl Uri {
    /// Takes a URI apart.
    ///
    /// # Errors
    /// The first field that can't be understood. A URI that is returned may still be incomplete: see [`Uri::check`].
    pub fn parse(text: &str) -> Result<Self, UriError> {
        parse::parse(text)
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Sets a parameter in place, or removes it when `value` is `None` or empty.
    pub fn set_parameter(&mut self, name: &str, value: Option<&str>) {
        let value = value.filter(|value| !value.is_empty());
        let mut written = false;
        self.query.retain_mut(|(known, old)| {
            if !known.eq_ignore_ascii_case(name) {
                return true;
            }
            match value {
                Some(value) if !written => {
                    value.clone_into(old);
                    written = true;
                    true
                }
                _ => false,
            }
        });
        if let (Some(value), false) = (value, written) {
            self.query.push((name.to_owned(), value.to_owned()));
        }
    }

    /// How the connection travels, with libvirt's default filled in: `unix` without a host, `tls` with one.
    #[must_use]
    pub fn effective_transport(&self) -> &str {
        match (&self.transport, &self.host) {
            (Some(transport), _) => transport,
            (None, Some(_)) => "tls",
            (None, None) => "unix",
        }
    }

    /// Whether it leads to another computer (or would, with a host filled in).
    #[must_use]
    pub fn is_remote(&self) -> bool {
        !matches!(self.effective_transport(), "unix" | "ext") || self.host.is_some()
    }

    /// The port that is used when none is given.
    #[must_use]
    pub fn usual_port(&self) -> Option<u16> {
        match self.effective_transport() {
            "ssh" | "libssh" | "libssh2" => Some(22),
            "tls" => Some(16514),
            "tcp" => Some(16509),
            _ => None,
        }
    }

    /// Everything that keeps it from being used, field by field; empty when it is complete.
    #[must_use]
    pub fn check(&self) -> Vec<UriError> {
        let mut errors = Vec::new();
        let mut wrong = |field, message| errors.push(UriError::new(field, message));
        if self.driver.is_empty() {
            wrong(Field::Driver, tr("A driver is needed, for example “qemu”."));
        }
        if let Some(transport) = &self.transport
            && !TRANSPORTS.contains(&transport.as_str())
        {
            wrong(
                Field::Transport,
                tr_f(
                    "There is no transport “{name}”. Known are: {list}.",
                    &[("name", transport), ("list", &TRANSPORTS.join(", "))],
                ),
            );
        }
        let has_host = self.host.as_ref().is_some_and(|host| !host.is_empty());
        if matches!(self.effective_transport(), "ssh" | "tls" | "tcp" | "libssh" | "libssh2") && !has_host {
            wrong(Field::Host, tr("This kind of connection needs a host."));
        }
        for (field, value) in [(Field::Host, &self.host), (Field::User, &self.user)] {
            if let Some(value) = value {
                if value.starts_with('-') {
                    wrong(field, tr("It must not begin with a hyphen."));
                } else if value.chars().any(|c| c.is_control() || c.is_whitespace()) {
                    wrong(field, tr("It must not contain spaces."));
                } else if field == Field::Host && value.contains(['/', '@', '?', '#', '%', '[', ']']) {
                    wrong(field, tr("A host name or an address is expected."));
                }
            }
        }
        if self.port == Some(0) {
            wrong(Field::Port, tr("A port is a number from 1 to 65535."));
        }
        if self.driver == "qemu" && !matches!(self.path.as_str(), "/system" | "/session" | "/embed") {
            wrong(Field::Path, tr("For QEMU the path is /system or /session."));
        } else if self.driver == "test" && matches!(self.path.as_str(), "" | "/") {
            wrong(Field::Path, tr("The test driver needs /default or the path of a file."));
        } else if self.path.chars().any(char::is_control) {
            wrong(Field::Path, tr("It must not contain control characters."));
        }
        errors
    }

    /// What this URI does besides connecting. See [`Risk`].
    #[must_use]
    pub fn risks(&self) -> Vec<Risk> {
        risk::risks(self)
    }

    /// What the user should see of a URI that somebody else wrote: the risks, and every parameter besides.
    #[must_use]
    pub fn effects(&self) -> Vec<Risk> {
        risk::effects(self)
    }

    /// Whether it must be shown in full, and accepted, before it is used for somebody who did not write it.
    #[must_use]
    pub fn wants_consent(&self) -> bool {
        self.effects().iter().any(|effect| !matches!(effect, Risk::Setting(..)))
    }

    /// A name to propose for the host.
    #[must_use]
    pub fn suggested_name(&self) -> String {
        let is_here = !self.is_remote();
        let driver = match (self.driver.as_str(), self.path.as_str()) {
            ("qemu", "/system") if is_here => tr("This Computer"),
            ("qemu", "/session") if is_here => tr("This Computer (User Session)"),
            ("qemu", "/session") => tr("User Session"),
            ("qemu", _) => "QEMU/KVM".to_owned(),
            ("lxc", _) => tr("Containers (LXC)"),
            ("xen", _) => "Xen".to_owned(),
            ("test", _) => tr("Test"),
            (driver, _) => driver.to_uppercase(),
        };
        match self.host.as_deref().filter(|host| !host.is_empty()) {
            None => driver,
            Some(host) if self.driver == "qemu" && self.path == "/system" => host.to_owned(),
            Some(host) => format!("{host} · {driver}"),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.driver)?;
        if let Some(transport) = &self.transport {
            write!(f, "+{transport}")?;
        }
        f.write_str("://")?;
        if let Some(user) = &self.user {
            write!(f, "{}@", parse::encode(user, "!$&'()*+,;="))?;
        }
        match self.host.as_deref() {
            Some(host) if host.contains(':') => write!(f, "[{host}]")?,
            Some(host) => f.write_str(&parse::encode(host, "!$&'()*+,;="))?,
            None => {}
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&parse::encode(&self.path, "/:@!$&'()*+,;="))?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            f.write_str(&parse::encode(name, ""))?;
            write!(f, "={}", parse::encode(value, "/:@,+*()!'"))?;
        }
        Ok(())
    }
}
