//! Defining a pool.

use clap::Args;
use serde_json::json;

use super::as_json;
use crate::cli::host::why;
use crate::cli::{Stop, print};
use crate::model::storage::{AdapterWish, AuthWish, Build, NewPool, SecretWish, is_session, pool_kind, usual_folder};
use crate::model::uri::Uri;
use crate::virt::client::{HostClient, PoolBuild};

/// What stands behind `vireo pool define`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct PoolDefineWords {
    /// Name of the pool; with --file the file has it
    #[arg(required_unless_present = "file")]
    pub pool: Option<String>,
    /// Takes the definition from a file
    #[arg(long, value_name = "XML", conflicts_with_all = ["pool", "kind"])]
    pub file: Option<std::path::PathBuf>,
    /// Type: dir, fs, netfs, logical, disk, iscsi, iscsi-direct, scsi, mpath, rbd, gluster, zfs, vstorage
    #[arg(long = "type", value_name = "TYPE", default_value = "dir")]
    pub kind: String,
    /// Folder where its volumes are seen on the host
    #[arg(long, value_name = "PATH")]
    pub target: Option<String>,
    /// Server, with its port behind a colon where it has another one; may be given several times
    #[arg(long, value_name = "HOST")]
    pub source_host: Vec<String>,
    /// Folder on the server
    #[arg(long, value_name = "PATH")]
    pub source_path: Option<String>,
    /// Device, or name of the iSCSI target; may be given several times
    #[arg(long, value_name = "PATH")]
    pub source_dev: Vec<String>,
    /// Name of the source: volume group, Ceph pool …
    #[arg(long, value_name = "NAME")]
    pub source_name: Option<String>,
    /// Format of the source
    #[arg(long, value_name = "FORMAT")]
    pub source_format: Option<String>,
    /// Version of the NFS protocol
    #[arg(long, value_name = "VERSION")]
    pub source_protocol_ver: Option<String>,
    /// Name of this computer for an iSCSI server
    #[arg(long, value_name = "IQN")]
    pub source_initiator: Option<String>,
    /// SCSI adapter
    #[arg(long, value_name = "NAME")]
    pub adapter_name: Option<String>,
    /// World wide node name of a virtual Fibre Channel adapter
    #[arg(long, value_name = "NAME", requires = "adapter_wwpn")]
    pub adapter_wwnn: Option<String>,
    /// World wide port name of a virtual Fibre Channel adapter
    #[arg(long, value_name = "NAME", requires = "adapter_wwnn")]
    pub adapter_wwpn: Option<String>,
    /// Adapter that a virtual Fibre Channel adapter is made on
    #[arg(long, value_name = "NAME", requires = "adapter_wwnn")]
    pub adapter_parent: Option<String>,
    /// User on the server
    #[arg(long, value_name = "NAME")]
    pub auth_username: Option<String>,
    /// Secret with the password, by its UUID
    #[arg(long, value_name = "UUID", requires = "auth_username")]
    pub secret_uuid: Option<String>,
    /// Secret with the password, by the name that its users give
    #[arg(
        long,
        value_name = "NAME",
        requires = "auth_username",
        conflicts_with = "secret_uuid"
    )]
    pub secret_usage: Option<String>,
    /// Builds it: makes its folder, or formats devices that hold nothing
    #[arg(long)]
    pub build: bool,
    /// Starts it
    #[arg(long)]
    pub start: bool,
    /// Starts it with the host
    #[arg(long)]
    pub autostart: bool,
    /// Only prints the definition
    #[arg(long)]
    pub dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

impl PoolDefineWords {
    /// What is wanted; for the machines of one user where `is_session`.
    fn wish(&self, is_session: bool) -> NewPool {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let adapter = match (&self.adapter_wwnn, &self.adapter_wwpn, &self.adapter_name) {
            (Some(wwnn), Some(wwpn), _) => Some(AdapterWish::FibreChannel {
                parent: self.adapter_parent.clone(),
                wwnn: wwnn.clone(),
                wwpn: wwpn.clone(),
            }),
            (_, _, Some(name)) => Some(AdapterWish::Host(name.clone())),
            _ => None,
        };
        let secret = match (&self.secret_uuid, &self.secret_usage) {
            (Some(uuid), _) => Some(SecretWish::Uuid(uuid.clone())),
            (None, Some(usage)) => Some(SecretWish::Usage(usage.clone())),
            _ => None,
        };
        NewPool {
            name: text(&self.pool),
            kind: self.kind.clone(),
            target: text(&self.target),
            hosts: self.source_host.clone(),
            directory: text(&self.source_path),
            devices: self.source_dev.clone(),
            source_name: text(&self.source_name),
            format: text(&self.source_format),
            adapter,
            initiator: text(&self.source_initiator),
            auth: secret.map(|secret| AuthWish {
                user: text(&self.auth_username),
                secret,
            }),
            protocol: text(&self.source_protocol_ver),
            is_session,
        }
    }
}

/// What is wanted, in the folder that it usually has where none is named.
async fn complete(host: &HostClient, uri: &str, words: &PoolDefineWords) -> NewPool {
    let uri = Uri::parse(uri).ok();
    let mut wish = words.wish(uri.as_ref().is_some_and(is_session));
    if wish.target.is_empty() && words.file.is_none() {
        let pools = host.pools().await.unwrap_or_default();
        let taken: Vec<&str> = pools.iter().filter_map(|pool| pool.path.as_deref()).collect();
        let first = uri.and_then(|uri| usual_folder(&uri, &glib::user_data_dir()));
        wish.target = wish.usual_folder(first, &taken).unwrap_or_default();
    }
    wish
}

/// Defines it, and what else was said; half a pool is none.
pub(super) async fn define(host: &HostClient, uri: &str, words: &PoolDefineWords) -> Result<(), Stop> {
    let refused = |error| Stop::refused(why(&error));
    let text = match &words.file {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            Some(read.map_err(|error| Stop::usage(format!("{}: {error}", file.display())))?)
        }
        None => None,
    };
    let wish = complete(host, uri, words).await;
    if text.is_none()
        && let Some(problem) = wish.problems(&[]).first()
    {
        return Err(Stop::usage(problem.text.clone()));
    }
    let xml = text.clone().unwrap_or_else(|| wish.xml(None));
    if words.dry_run {
        let shown = if words.json {
            json!({ "xml": xml }).to_string()
        } else {
            xml.trim_end().to_owned()
        };
        return print::wanted(&shown).map(drop);
    }
    let made = match text {
        Some(xml) => host.define_pool_xml(xml).await,
        None => host.define_pool(wish).await,
    };
    let made = made.map_err(refused)?;
    let name = made.name.clone();
    let build = words.build.then(|| {
        // What devices hold is never lost on the way.
        let careful = pool_kind(&made.kind).is_some_and(|kind| kind.build == Build::Format);
        if careful { PoolBuild::Careful } else { PoolBuild::Plain }
    });
    let done = async {
        host.set_up_pool(&name, build, words.start, words.autostart).await?;
        host.pool(name.clone()).await
    };
    match done.await {
        Ok(pool) if words.autostart && !pool.autostart => Err(Stop::refused(format!(
            "The driver of the host does not start pools with it; “{}” is there without that.",
            pool.name
        ))),
        Ok(pool) if words.json => print::wanted(&as_json(&pool).to_string()).map(drop),
        Ok(_) => Ok(()),
        Err(error) => {
            let kept = host.pool(name).await.is_ok();
            let stays = if kept { " Its definition stays." } else { "" };
            Err(Stop::refused(format!("{}{stays}", why(&error))))
        }
    }
}
