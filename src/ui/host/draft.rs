//! A host while it is being edited: fields and address, each following the other. No widgets.

use crate::model::host::HostConfig;
use crate::model::uri::{Field, Risk, Uri, UriError};

/// Kinds of host that the dialog offers, as (driver, path).
pub(super) const KINDS: &[(&str, &str)] = &[
    ("qemu", "/system"),
    ("qemu", "/session"),
    ("lxc", "/system"),
    ("xen", "/system"),
    ("test", "/default"),
];

/// Transports that the dialog offers; `unix` stands for this computer.
pub(super) const TRANSPORTS: &[&str] = &["unix", "ssh", "tls", "tcp", "libssh2", "libssh"];

/// Something the user changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// Another kind, by its place in [`KINDS`]; one past the end means custom.
    Kind(usize),
    /// Another transport, by its place in [`TRANSPORTS`].
    Transport(usize),
    /// Typed a driver (custom kind).
    Driver(String),
    /// Typed a host.
    Host(String),
    /// Typed a login name.
    User(String),
    /// Typed a port.
    Port(String),
    /// Typed a path.
    Path(String),
    /// Changed a parameter; empty removes it.
    Parameter(&'static str, String),
    /// Typed the address itself.
    Address(String),
    /// Typed a name.
    Name(String),
}

/// The draft.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Everything but name and URI as it will be saved.
    pub config: HostConfig,
    /// The fields. While the address can't be read they keep their last sense.
    pub uri: Uri,
    /// The address as text.
    pub address: String,
    /// The port as text.
    pub port: String,
    custom: bool,
    unreadable: Option<UriError>,
    wrong_port: bool,
    named: bool,
    accepted: Vec<Risk>,
}

impl Draft {
    /// A new host on another computer or this one.
    pub fn new() -> Self {
        let mut draft = Self::of(HostConfig::new("", "qemu+ssh://root@/system"));
        draft.accepted.clear();
        draft.named = false;
        draft.uri.user = None;
        draft.rewrite();
        draft
    }

    /// A known host.
    pub fn of(config: HostConfig) -> Self {
        let (uri, unreadable) = match Uri::parse(&config.uri) {
            Ok(uri) => (uri, None),
            Err(error) => (Uri::default(), Some(error)),
        };
        Self {
            address: config.uri.clone(),
            port: uri.port.map(|port| port.to_string()).unwrap_or_default(),
            custom: kind_of(&uri).is_none(),
            unreadable,
            wrong_port: false,
            named: !config.name.is_empty() && config.name != uri.suggested_name(),
            accepted: uri.risks(),
            uri,
            config,
        }
    }

    /// Takes a change in.
    pub fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Kind(index) => {
                self.custom = index >= KINDS.len();
                if let Some((driver, path)) = KINDS.get(index) {
                    (*driver).clone_into(&mut self.uri.driver);
                    (*path).clone_into(&mut self.uri.path);
                }
                self.rewrite();
            }
            Edit::Transport(index) => {
                self.uri.transport = match TRANSPORTS.get(index).copied() {
                    // With no host nothing needs to be said; a socket of one's own makes it explicit.
                    Some("unix") if self.uri.parameter("socket").is_none() => None,
                    Some(name) => Some(name.to_owned()),
                    None => return,
                };
                if TRANSPORTS.get(index) == Some(&"unix") {
                    (self.uri.host, self.uri.user, self.uri.port) = (None, None, None);
                    self.port.clear();
                    self.wrong_port = false;
                }
                self.rewrite();
            }
            Edit::Driver(text) => {
                self.uri.driver = text.trim().to_owned();
                self.rewrite();
            }
            Edit::Host(text) => {
                // An address with brackets is one without for us.
                let text = text.trim().trim_start_matches('[').trim_end_matches(']');
                self.uri.host = (!text.is_empty()).then(|| text.to_owned());
                self.rewrite();
            }
            Edit::User(text) => {
                self.uri.user = (!text.trim().is_empty()).then(|| text.trim().to_owned());
                self.rewrite();
            }
            Edit::Port(text) => {
                self.uri.port = text.trim().parse().ok().filter(|port| *port > 0);
                self.wrong_port = !text.trim().is_empty() && self.uri.port.is_none();
                self.port = text;
                self.rewrite();
            }
            Edit::Path(text) => {
                let text = text.trim();
                self.uri.path = if text.is_empty() || text.starts_with('/') {
                    text.to_owned()
                } else {
                    format!("/{text}")
                };
                self.rewrite();
            }
            Edit::Parameter(name, value) => {
                self.uri.set_parameter(name, Some(value.trim()));
                if name == "socket" && !self.uri.is_remote() {
                    self.uri.transport = self.uri.parameter("socket").map(|_| "unix".to_owned());
                }
                self.rewrite();
            }
            Edit::Address(text) => self.read(text),
            Edit::Name(text) => {
                self.named = !text.trim().is_empty();
                self.config.name = text;
            }
        }
        if !self.named {
            self.config.name = if self.uri.is_remote() && self.uri.host.is_none() {
                String::new()
            } else {
                self.uri.suggested_name()
            };
        }
    }

    fn read(&mut self, text: String) {
        match Uri::parse(text.trim()) {
            Ok(uri) => {
                self.port = uri.port.map(|port| port.to_string()).unwrap_or_default();
                self.wrong_port = false;
                self.custom = kind_of(&uri).is_none();
                self.uri = uri;
                self.unreadable = None;
            }
            Err(error) => self.unreadable = Some(error),
        }
        self.address = text;
    }

    fn rewrite(&mut self) {
        self.unreadable = None;
        self.address = self.uri.to_string();
    }

    /// Place of the kind in [`KINDS`], or one past the end.
    pub fn kind(&self) -> usize {
        if self.custom {
            return KINDS.len();
        }
        kind_of(&self.uri).unwrap_or(KINDS.len())
    }

    /// Place of the transport in [`TRANSPORTS`], or one past the end for those that only the address can express.
    pub fn transport(&self) -> usize {
        let name = self.uri.effective_transport();
        TRANSPORTS
            .iter()
            .position(|known| *known == name)
            .unwrap_or(TRANSPORTS.len())
    }

    /// Everything that keeps the host from being saved.
    pub fn errors(&self) -> Vec<UriError> {
        if let Some(error) = &self.unreadable {
            return vec![error.clone()];
        }
        let mut errors = self.uri.check();
        if self.wrong_port {
            errors.push(UriError {
                field: Field::Port,
                message: crate::i18n::tr("A port is a number from 1 to 65535."),
            });
        }
        errors
    }

    /// Whether the address can't be read, so that the fields don't show what it says.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable.is_some()
    }

    /// Risks that were not in the address before it was edited, or were not accepted yet.
    pub fn new_risks(&self) -> Vec<Risk> {
        let risks = self.uri.risks();
        risks.into_iter().filter(|risk| !self.accepted.contains(risk)).collect()
    }

    /// The user accepted the risks of the address as it is.
    pub fn accept_risks(&mut self) {
        self.accepted = self.uri.risks();
    }

    /// The host to save; `None` while something is wrong.
    pub fn finished(&self) -> Option<HostConfig> {
        if !self.errors().is_empty() {
            return None;
        }
        let mut config = self.config.clone();
        config.uri = self.uri.to_string();
        config.name = match config.name.trim() {
            "" => self.uri.suggested_name(),
            name => name.chars().filter(|c| !c.is_control()).take(100).collect(),
        };
        Some(config)
    }
}

fn kind_of(uri: &Uri) -> Option<usize> {
    KINDS
        .iter()
        .position(|(driver, path)| uri.driver == *driver && uri.path == *path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(address: &str) -> Draft {
        let mut draft = Draft::new();
        draft.apply(Edit::Address(address.to_owned()));
        draft
    }

    #[test]
    fn fields_write_the_address() {
        let mut draft = Draft::new();
        draft.apply(Edit::Host("rack1".into()));
        draft.apply(Edit::User("admin".into()));
        draft.apply(Edit::Port("2222".into()));
        draft.apply(Edit::Parameter("keyfile", "/home/me/.ssh/id".into()));
        assert_eq!(
            draft.address,
            "qemu+ssh://admin@rack1:2222/system?keyfile=/home/me/.ssh/id"
        );
        draft.apply(Edit::Transport(0));
        draft.apply(Edit::Parameter("keyfile", String::new()));
        assert_eq!(draft.address, "qemu:///system");
        draft.apply(Edit::Kind(4));
        assert_eq!(draft.address, "test:///default");
    }

    #[test]
    fn the_address_writes_the_fields() {
        let draft = typed("qemu+tls://[::1]:16600/session?pkipath=/p");
        assert_eq!((draft.kind(), draft.transport()), (1, 2));
        assert_eq!(draft.uri.host.as_deref(), Some("::1"));
        assert_eq!(draft.port, "16600");
        assert_eq!(typed("bhyve:///system").kind(), KINDS.len());
    }

    #[test]
    fn half_an_address_keeps_the_fields_and_what_was_typed() {
        let mut draft = typed("qemu+ssh://rack1/system");
        draft.apply(Edit::Address("qemu+ssh://rack1:99999/system".into()));
        assert_eq!(draft.address, "qemu+ssh://rack1:99999/system");
        assert_eq!(draft.uri.host.as_deref(), Some("rack1"));
        assert_eq!(draft.errors()[0].field, Field::Port);
        assert_eq!(draft.finished(), None);
    }

    #[test]
    fn an_empty_address_never_means_some_default_host() {
        assert_eq!(typed("").finished(), None);
        assert_eq!(Draft::new().finished(), None);
    }

    #[test]
    fn a_wrong_port_is_kept_as_typed_and_refused() {
        let mut draft = typed("qemu+ssh://rack1/system");
        draft.apply(Edit::Port("70000".into()));
        assert_eq!(draft.port, "70000");
        assert_eq!(draft.errors()[0].field, Field::Port);
    }

    #[test]
    fn the_name_follows_the_host_until_the_user_gives_one() {
        let mut draft = typed("qemu+ssh://rack1/system");
        assert_eq!(draft.config.name, "rack1");
        draft.apply(Edit::Name("Cellar".into()));
        draft.apply(Edit::Host("rack2".into()));
        assert_eq!(draft.config.name, "Cellar");
        draft.apply(Edit::Name(String::new()));
        assert_eq!(draft.config.name, "rack2");
    }

    #[test]
    fn risks_are_asked_about_once() {
        let mut draft = typed("qemu+ssh://h/system?command=/bin/x");
        assert_eq!(draft.new_risks(), [Risk::LocalCommand("/bin/x".into())]);
        draft.accept_risks();
        assert_eq!(draft.new_risks(), []);
        draft.apply(Edit::Parameter("command", "/bin/y".into()));
        assert_eq!(draft.new_risks(), [Risk::LocalCommand("/bin/y".into())]);
    }

    #[test]
    fn a_socket_of_ones_own_on_this_computer_says_so() {
        let mut draft = typed("qemu:///system");
        draft.apply(Edit::Parameter("socket", "/run/x-sock".into()));
        assert_eq!(draft.address, "qemu+unix:///system?socket=/run/x-sock");
        draft.apply(Edit::Parameter("socket", String::new()));
        assert_eq!(draft.address, "qemu:///system");
    }
}
