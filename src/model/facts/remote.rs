//! Volumes that machines reach by themselves, over the network: their pool is no folder and no device of the host.

use crate::model::xml::object::Pool;
use crate::model::xml::{Document, NodeId, escape};

/// How machines reach the volumes of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteSource {
    /// By the pool: the host asks it when the machine starts (`<disk type='volume'>`).
    Pool,
    /// By an address in their own definition, since libvirt does not translate volumes of this kind of pool.
    Network {
        /// `rbd`, `gluster`.
        protocol: String,
        /// What comes before the name of a volume: Ceph's pool, Gluster's volume and folder.
        base: String,
        /// Servers, each with its port.
        hosts: Vec<(String, Option<String>)>,
        /// The user.
        auth: Option<RemoteAuth>,
    },
}

/// The user of a server, and the secret of the host with the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAuth {
    /// Name.
    pub user: String,
    /// Kind of the secret: `ceph`.
    pub kind: String,
    /// How the secret is named, `uuid` or `usage`, and its name.
    pub secret: (String, String),
}

impl RemoteSource {
    /// That of a pool; `None` for kinds that the host itself reaches.
    pub(super) fn of(definition: &Pool, kind: &str) -> Option<Self> {
        if kind == "iscsi-direct" {
            return Some(Self::Pool);
        }
        if !matches!(kind, "rbd" | "gluster") {
            return None;
        }
        let document = definition.document();
        let source = document.child(document.root(), "source")?;
        let said = |id: NodeId, name: &str| document.attribute(id, name).map(std::borrow::Cow::into_owned);
        let mut base = document.value(source, "name")?;
        if kind == "gluster"
            && let Some(folder) = document.child(source, "dir").and_then(|id| said(id, "path"))
        {
            let folder = folder.trim_matches('/');
            if !folder.is_empty() {
                base = format!("{base}/{folder}");
            }
        }
        let hosts = document.children_named(source, "host");
        Some(Self::Network {
            protocol: kind.to_owned(),
            base,
            hosts: hosts
                .filter_map(|id| Some((said(id, "name")?, said(id, "port"))))
                .collect(),
            auth: document.child(source, "auth").and_then(|id| auth(document, id)),
        })
    }

    /// Type of a disk with a volume of the pool, and its source.
    #[must_use]
    pub fn disk(&self, pool: &str, volume: &str) -> (&'static str, String) {
        use std::fmt::Write;
        match self {
            Self::Pool => {
                let source = format!("<source pool='{}' volume='{}'/>", escape(pool), escape(volume));
                ("volume", source)
            }
            Self::Network {
                protocol, hosts, auth, ..
            } => {
                let mut text = format!(
                    "<source protocol='{}' name='{}'>\n",
                    escape(protocol),
                    escape(&self.name(pool, volume))
                );
                // Writing to a string cannot fail.
                for (host, port) in hosts {
                    let port = port.as_deref().map(|port| format!(" port='{}'", escape(port)));
                    let _ = writeln!(text, "  <host name='{}'{}/>", escape(host), port.unwrap_or_default());
                }
                if let Some(auth) = auth {
                    let _ = writeln!(
                        text,
                        "  <auth username='{}'>\n    <secret type='{}' {}='{}'/>\n  </auth>",
                        escape(&auth.user),
                        escape(&auth.kind),
                        auth.secret.0,
                        escape(&auth.secret.1)
                    );
                }
                text.push_str("</source>");
                ("network", text)
            }
        }
    }

    /// What names a volume in a definition.
    #[must_use]
    pub fn name(&self, pool: &str, volume: &str) -> String {
        match self {
            Self::Pool => format!("{pool}/{volume}"),
            Self::Network { base, .. } => format!("{base}/{volume}"),
        }
    }
}

fn auth(document: &Document, id: NodeId) -> Option<RemoteAuth> {
    let secret = document.child(id, "secret")?;
    let named = ["uuid", "usage"].into_iter().find_map(|name| {
        let value = document.attribute(secret, name)?.into_owned();
        Some((name.to_owned(), value))
    });
    Some(RemoteAuth {
        user: document.attribute(id, "username")?.into_owned(),
        kind: document.attribute(id, "type").unwrap_or_default().into_owned(),
        secret: named?,
    })
}
