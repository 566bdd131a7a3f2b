//! Storage pools as a user wants them.

use zeroize::Zeroizing;

use super::kind::{Field, PoolKind, pool_kind};
use super::usual::SYSTEM_IMAGES;
use crate::i18n::{tr, tr_f};
use crate::model::facts::SecretFact;
use crate::model::xml::escape;

/// Kinds of logins to storage servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// iSCSI.
    Chap,
    /// Ceph.
    Ceph,
}

/// Where the password of a login is.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretWish {
    /// A secret of the host, by its UUID.
    Uuid(String),
    /// A secret of the host, by the name that its users give.
    Usage(String),
    /// This password: a secret is made for it, which the user finds under this name.
    Password {
        /// Name that users of the secret give.
        usage: String,
        /// The password, or Ceph's key in its base64 form.
        password: Zeroizing<String>,
    },
}

impl SecretWish {
    /// A secret of the host: by its name where it is for such a login, which still holds when the secret is made anew, else
    /// by its UUID.
    #[must_use]
    pub fn of(secret: &SecretFact, login: Option<AuthKind>) -> Self {
        let usage = match login {
            Some(AuthKind::Chap) => Some("iscsi"),
            Some(AuthKind::Ceph) => Some("ceph"),
            None => None,
        };
        match &secret.name {
            Some(name) if usage.is_some() && secret.usage.as_deref() == usage => Self::Usage(name.clone()),
            _ => Self::Uuid(secret.uuid.clone()),
        }
    }
}

impl std::fmt::Debug for SecretWish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Uuid(uuid) => write!(f, "Uuid({uuid})"),
            Self::Usage(usage) => write!(f, "Usage({usage})"),
            Self::Password { usage, .. } => write!(f, "Password({usage})"),
        }
    }
}

/// A login to a storage server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthWish {
    /// Its user.
    pub user: String,
    /// Its password.
    pub secret: SecretWish,
}

/// An adapter of SCSI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdapterWish {
    /// A host adapter by its name: `scsi_host2`, or `host2`.
    Host(String),
    /// A virtual Fibre Channel adapter.
    FibreChannel {
        /// Name of the adapter that it is made on; `None` where the host chooses.
        parent: Option<String>,
        /// World wide node name.
        wwnn: String,
        /// World wide port name.
        wwpn: String,
    },
}

/// A pool to be defined. Fields that its kind does not have are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewPool {
    /// Name.
    pub name: String,
    /// Kind: `dir`, `iscsi` …
    pub kind: String,
    /// Folder on the host where its volumes are seen; empty for what is usual.
    pub target: String,
    /// Servers: `name` or `name:port`, `[::1]:port`.
    pub hosts: Vec<String>,
    /// Folder on the server.
    pub directory: String,
    /// Devices on the host; for iSCSI the name of the target.
    pub devices: Vec<String>,
    /// Name of what it is: volume group, Ceph pool …
    pub source_name: String,
    /// Format; empty for the usual one.
    pub format: String,
    /// Adapter.
    pub adapter: Option<AdapterWish>,
    /// Our name to the iSCSI server.
    pub initiator: String,
    /// Login.
    pub auth: Option<AuthWish>,
    /// Version of the NFS protocol.
    pub protocol: String,
    /// It is for the machines of one user, who may not write where libvirt's own folders are.
    pub is_session: bool,
}

/// Something that hinders a pool from being defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolProblem {
    /// What it is about; `None` for the name.
    pub field: Option<Field>,
    /// What is wrong, for the user.
    pub text: String,
}

impl NewPool {
    /// What it is made as.
    #[must_use]
    pub fn pool_kind(&self) -> Option<&'static PoolKind> {
        pool_kind(&self.kind)
    }

    /// The folder where its volumes will be seen.
    #[must_use]
    pub fn target_path(&self) -> Option<String> {
        let kind = self.pool_kind()?;
        let base = if self.kind == "logical" && !self.source_name.is_empty() {
            &self.source_name
        } else {
            &self.name
        };
        let is_system = |folder: &String| folder.starts_with(SYSTEM_IMAGES);
        let usual = kind
            .usual_target(base)
            .filter(|folder| !(self.is_session && is_system(folder)));
        // Kinds whose volumes are no paths of the host know none.
        let knows = usual.is_some() || kind.has(Field::Target);
        if self.target.is_empty() {
            usual
        } else {
            knows.then(|| self.target.clone())
        }
    }

    /// The folder that it gets on its host where none is typed; `first` is that of the host's first pool, which `taken`, the
    /// folders of its pools, may have already.
    #[must_use]
    pub fn usual_folder(&self, first: Option<String>, taken: &[&str]) -> Option<String> {
        let kind = self.pool_kind()?;
        let is_folder = kind.fixed_target.is_none() && kind.needs.contains(&Field::Target);
        let is_free = |folder: &String| !taken.contains(&folder.as_str());
        if kind.name == "dir"
            && self.name == "default"
            && let Some(folder) = first.clone().filter(is_free)
        {
            return Some(folder);
        }
        if self.name.is_empty() {
            return None;
        }
        if is_folder && self.is_session {
            return first.map(|folder| format!("{folder}/{}", self.name));
        }
        let bare = Self {
            target: String::new(),
            ..self.clone()
        };
        bare.target_path().filter(|_| kind.has(Field::Target))
    }

    /// A name that none of `taken` has: after what it is made of where that has a name, else after its kind. The first folder
    /// is `default`, which other programs look for.
    #[must_use]
    pub fn usual_name(&self, taken: &[&str]) -> String {
        let Some(kind) = self.pool_kind() else {
            return String::new();
        };
        if kind.name == "dir" && !taken.contains(&"default") {
            return "default".to_owned();
        }
        let of_source = [(Field::Name, &self.source_name), (Field::Directory, &self.directory)]
            .into_iter()
            .filter(|(field, _)| kind.needs.contains(field))
            .find_map(|(_, text)| text.rsplit('/').map(str::trim).find(|part| !part.is_empty()));
        let stem = of_source.unwrap_or_else(|| kind.usual_name());
        let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
        let mut names = std::iter::once(stem.to_owned()).chain(numbered);
        names.find(|name| !taken.contains(&name.as_str())).unwrap_or_default()
    }

    /// What is missing or wrong, in the order of the form. `taken` are the names of pools that are there.
    #[must_use]
    pub fn problems(&self, taken: &[&str]) -> Vec<PoolProblem> {
        let mut found = Vec::new();
        let mut say = |field, text| found.push(PoolProblem { field, text });
        if self.name.trim().is_empty() {
            say(None, tr("The pool needs a name."));
        } else if self.name.contains('/') || self.name.contains('\n') {
            say(None, tr("The name cannot have a slash."));
        } else if taken.contains(&self.name.as_str()) {
            say(None, tr_f("There is a pool “{name}” already.", &[("name", &self.name)]));
        }
        let Some(kind) = self.pool_kind() else {
            say(None, tr("This kind of pool is not known."));
            return found;
        };
        for field in kind.needs {
            if let Some(text) = self.missing(*field) {
                say(Some(*field), text);
            }
        }
        if kind.has(Field::Target) && !self.target.is_empty() && !self.target.starts_with('/') {
            say(Some(Field::Target), tr("The folder has to be a full path."));
        }
        if let Some(auth) = self.auth.as_ref().filter(|_| kind.auth.is_some())
            && auth.user.trim().is_empty()
        {
            say(Some(Field::Auth), tr("The login needs a user name."));
        }
        found
    }

    fn missing(&self, field: Field) -> Option<String> {
        let some = |list: &[String]| list.iter().any(|text| !text.trim().is_empty());
        match field {
            Field::Target => self.target_path().is_none().then(|| tr("Choose a folder.")),
            Field::Hosts => (!some(&self.hosts)).then(|| tr("Name the server.")),
            Field::Directory => self.directory.is_empty().then(|| tr("Name the folder on the server.")),
            Field::Devices if self.kind.starts_with("iscsi") => {
                (!some(&self.devices)).then(|| tr("Name the iSCSI target."))
            }
            Field::Devices => (!some(&self.devices)).then(|| tr("Choose a device.")),
            Field::Name => self.source_name.trim().is_empty().then(|| tr("Name the source.")),
            Field::Adapter => self.adapter.is_none().then(|| tr("Choose an adapter.")),
            Field::Initiator => self.initiator.is_empty().then(|| tr("Name the initiator.")),
            Field::Format | Field::Auth | Field::Protocol => None,
        }
    }

    /// The definition. `secret` is the UUID of the one that was made for a typed password.
    #[must_use]
    pub fn xml(&self, secret: Option<&str>) -> String {
        let mut xml = format!(
            "<pool type='{}'>\n  <name>{}</name>\n",
            escape(&self.kind),
            escape(&self.name)
        );
        let source = self.source(secret);
        if !source.is_empty() {
            xml.push_str(&format!("  <source>\n{source}  </source>\n"));
        }
        if let Some(target) = self.target_path() {
            xml.push_str(&format!(
                "  <target>\n    <path>{}</path>\n  </target>\n",
                escape(&target)
            ));
        }
        xml.push_str("</pool>\n");
        xml
    }

    /// What is asked for with `virConnectFindStoragePoolSources`.
    #[must_use]
    pub fn search_xml(&self) -> String {
        let mut inside: String = self.hosts.iter().filter_map(|host| host_xml(host)).collect();
        if !self.initiator.is_empty() {
            inside.push_str(&initiator_xml(&self.initiator));
        }
        format!("<source>\n{inside}</source>\n")
    }

    fn source(&self, secret: Option<&str>) -> String {
        let Some(kind) = self.pool_kind() else {
            return String::new();
        };
        let mut xml = String::new();
        if kind.has(Field::Hosts) {
            xml.extend(self.hosts.iter().filter_map(|host| host_xml(host)));
        }
        if kind.has(Field::Devices) {
            let named = self.devices.iter().filter(|device| !device.trim().is_empty());
            xml.extend(named.map(|device| format!("    <device path='{}'/>\n", escape(device.trim()))));
        }
        if kind.has(Field::Directory) && !self.directory.is_empty() {
            xml.push_str(&format!("    <dir path='{}'/>\n", escape(&self.directory)));
        }
        if kind.has(Field::Adapter) {
            xml.extend(self.adapter.as_ref().map(adapter_xml));
        }
        if kind.has(Field::Name) && !self.source_name.is_empty() {
            xml.push_str(&format!("    <name>{}</name>\n", escape(&self.source_name)));
        }
        if kind.has(Field::Initiator) && !self.initiator.is_empty() {
            xml.push_str(&initiator_xml(&self.initiator));
        }
        if let (Some(auth), Some(how)) = (&self.auth, kind.auth) {
            xml.push_str(&auth_xml(auth, how, secret));
        }
        let format = if self.format.is_empty() {
            kind.formats.first().copied().unwrap_or_default()
        } else {
            &self.format
        };
        if kind.has(Field::Format) && !format.is_empty() {
            xml.push_str(&format!("    <format type='{}'/>\n", escape(format)));
        }
        if kind.has(Field::Protocol) && !self.protocol.is_empty() {
            xml.push_str(&format!("    <protocol ver='{}'/>\n", escape(&self.protocol)));
        }
        xml
    }
}

/// A server as definitions name it; `None` for an empty one.
fn host_xml(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (name, port) = match (text.strip_prefix('['), text.rsplit_once(':')) {
        (Some(rest), _) => {
            let (name, rest) = rest.split_once(']')?;
            (name, rest.strip_prefix(':'))
        }
        // More than one colon: an address of IPv6 without port.
        (None, Some((name, port))) if !name.contains(':') && port.parse::<u16>().is_ok() => (name, Some(port)),
        _ => (text, None),
    };
    let port = port.map(|port| format!(" port='{}'", escape(port))).unwrap_or_default();
    Some(format!("    <host name='{}'{port}/>\n", escape(name)))
}

fn initiator_xml(name: &str) -> String {
    format!(
        "    <initiator>\n      <iqn name='{}'/>\n    </initiator>\n",
        escape(name)
    )
}

fn adapter_xml(adapter: &AdapterWish) -> String {
    match adapter {
        AdapterWish::Host(name) => format!("    <adapter type='scsi_host' name='{}'/>\n", escape(name)),
        AdapterWish::FibreChannel { parent, wwnn, wwpn } => {
            let parent = parent
                .as_ref()
                .map(|parent| format!(" parent='{}'", escape(parent)))
                .unwrap_or_default();
            format!(
                "    <adapter type='fc_host'{parent} wwnn='{}' wwpn='{}'/>\n",
                escape(wwnn),
                escape(wwpn)
            )
        }
    }
}

fn auth_xml(auth: &AuthWish, kind: AuthKind, made: Option<&str>) -> String {
    let kind = match kind {
        AuthKind::Chap => "chap",
        AuthKind::Ceph => "ceph",
    };
    let secret = match (&auth.secret, made) {
        (SecretWish::Uuid(uuid), _) => format!("uuid='{}'", escape(uuid)),
        (SecretWish::Password { .. }, Some(uuid)) => format!("uuid='{}'", escape(uuid)),
        (SecretWish::Usage(usage) | SecretWish::Password { usage, .. }, _) => format!("usage='{}'", escape(usage)),
    };
    format!(
        "    <auth type='{kind}' username='{}'>\n      <secret {secret}/>\n    </auth>\n",
        escape(&auth.user)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_pool_has_a_name_that_fits_before_anybody_types() {
        let name = |kind: &str, source: &str, directory: &str, taken: &[&str]| {
            let wish = NewPool {
                kind: kind.to_owned(),
                source_name: source.to_owned(),
                directory: directory.to_owned(),
                ..NewPool::default()
            };
            wish.usual_name(taken)
        };
        assert_eq!(name("dir", "", "", &[]), "default");
        assert_eq!(name("dir", "", "", &["default"]), "images");
        assert_eq!(name("dir", "", "", &["default", "images", "images-2"]), "images-3");
        assert_eq!(name("logical", "vg0", "", &[]), "vg0");
        assert_eq!(name("netfs", "", "/srv/nfs/isos/", &["isos"]), "isos-2");
        assert_eq!(name("netfs", "", "/", &[]), "share");
        // What another kind was given is none of this one's.
        assert_eq!(name("iscsi", "vg0", "/srv", &[]), "iscsi");
        for kind in super::super::pool_kinds() {
            let name = name(kind.name, "", "", &["default"]);
            assert!(!name.is_empty() && !name.contains('/'), "{}", kind.name);
        }
    }

    #[test]
    fn a_pool_of_a_user_is_not_put_into_the_folder_of_the_system() {
        let wish = |is_session| NewPool {
            name: "media".to_owned(),
            kind: "dir".to_owned(),
            is_session,
            ..NewPool::default()
        };
        assert_eq!(
            wish(false).target_path().as_deref(),
            Some("/var/lib/libvirt/images/media")
        );
        assert_eq!(wish(true).target_path(), None);
        let problems = wish(true).problems(&[]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field, Some(Field::Target));
        let typed = NewPool {
            target: "/home/me/media".to_owned(),
            ..wish(true)
        };
        assert!(typed.problems(&[]).is_empty());
    }

    #[test]
    fn a_folder_is_usual_by_name_host_and_what_is_taken() {
        let folder = |name: &str, kind: &str, is_session, taken: &[&str]| {
            let wish = NewPool {
                name: name.to_owned(),
                kind: kind.to_owned(),
                is_session,
                ..NewPool::default()
            };
            let first = if is_session { "/home/me/images" } else { SYSTEM_IMAGES };
            wish.usual_folder(Some(first.to_owned()), taken)
        };
        assert_eq!(folder("default", "dir", false, &[]).as_deref(), Some(SYSTEM_IMAGES));
        let other = folder("default", "dir", false, &[SYSTEM_IMAGES]);
        assert_eq!(other.as_deref(), Some("/var/lib/libvirt/images/default"));
        assert_eq!(folder("a", "netfs", true, &[]).as_deref(), Some("/home/me/images/a"));
        assert_eq!(folder("a", "logical", true, &[]), None, "its folder is fixed");
        assert_eq!(folder("", "dir", false, &[]), None);
        assert_eq!(folder("a", "rbd", false, &[]), None);
    }

    #[test]
    fn a_secret_for_such_logins_is_named_and_any_other_has_its_uuid() {
        let secret = |usage: Option<&str>| SecretFact {
            uuid: "5d0a".to_owned(),
            usage: usage.map(str::to_owned),
            name: usage.map(|_| "nas".to_owned()),
            description: None,
        };
        let wish = |usage, login| SecretWish::of(&secret(usage), Some(login));
        assert_eq!(wish(Some("iscsi"), AuthKind::Chap), SecretWish::Usage("nas".to_owned()));
        assert_eq!(wish(Some("iscsi"), AuthKind::Ceph), SecretWish::Uuid("5d0a".to_owned()));
        assert_eq!(wish(None, AuthKind::Chap), SecretWish::Uuid("5d0a".to_owned()));
    }
}
