//! Doing what helps.

use uuid::Uuid;

use crate::i18n::{tr, tr_f};
use crate::model::doctor::Remedy;
use crate::model::error::{Kind, VirtError};
use crate::model::facts::GuestKind;
use crate::model::key::HostId;
use crate::model::network::{ForwardMode, NetworkDraft, new_network};
use crate::model::storage::NewPool;
use crate::ui::core::Core;
use crate::virt::client::{HostClient, PoolBuild};

/// Does it, and tells what was done; nothing where that is seen without words.
///
/// # Errors
/// What libvirt says, by remedy.
pub(in crate::ui) async fn cure(core: &Core, host: HostId, remedy: &Remedy) -> Result<Option<String>, VirtError> {
    if *remedy == Remedy::Reconnect {
        core.connect_host(host);
        return Ok(None);
    }
    let client = core
        .client(host)
        .ok_or_else(|| VirtError::own(Kind::Unreachable, "mend", ""))?;
    let named = |text: fn(&[(&str, &str)]) -> String, name: &str| Some(text(&[("name", name)]));
    Ok(match remedy {
        Remedy::StartPool(name) => {
            client.start_pool(name.clone()).await?;
            named(|name| tr_f("The storage pool “{name}” is on", name), name)
        }
        Remedy::BuildPool(name) => {
            build_pool(&client, core, host, name).await?;
            named(|name| tr_f("The storage pool “{name}” is on", name), name)
        }
        Remedy::PoolAutostart(name) => {
            client.set_pool_autostart(name.clone(), true).await?;
            named(
                |name| tr_f("The storage pool “{name}” starts with the host", name),
                name,
            )
        }
        Remedy::DefinePool(folder) => {
            make_pool(&client, folder).await?;
            Some(tr("The storage pool was created"))
        }
        Remedy::StartNetwork(name) => {
            client.start_network(network(core, host, name).await?).await?;
            named(|name| tr_f("The network “{name}” is on", name), name)
        }
        Remedy::NetworkAutostart(name) => {
            let uuid = network(core, host, name).await?;
            client.set_network_autostart(uuid, true).await?;
            named(|name| tr_f("The network “{name}” starts with the host", name), name)
        }
        Remedy::DefineNetwork => {
            make_network(&client).await?;
            Some(tr("The network was created"))
        }
        Remedy::Reconnect => None,
    })
}

/// The identity of a network.
async fn network(core: &Core, host: HostId, name: &str) -> Result<Uuid, VirtError> {
    let facts = core.facts(host, GuestKind::default()).await?;
    let uuid = facts.network(name).and_then(|network| network.uuid);
    uuid.ok_or_else(|| VirtError::own(Kind::Gone, "mend", ""))
}

/// Makes the usual network, in a subnet that nobody has yet.
async fn make_network(client: &HostClient) -> Result<(), VirtError> {
    let around = client.network_surroundings().await?;
    let draft = NetworkDraft {
        name: Some("default".to_owned()),
        mode: ForwardMode::Nat,
        ipv4: true,
        ipv6: false,
        dhcp: true,
    };
    let xml = new_network(&draft, &around).to_xml();
    let xml = xml.map_err(|refused| VirtError::own(Kind::Invalid, "mend", refused.0))?;
    let uuid = client.define_network(xml, true).await?;
    client.start_network(uuid).await?;
    client.set_network_autostart(uuid, true).await
}

/// Makes the folder of a pool that has lost it. A pool is built only while it is off.
async fn build_pool(client: &HostClient, core: &Core, host: HostId, name: &str) -> Result<(), VirtError> {
    let facts = core.facts(host, GuestKind::default()).await?;
    let pools = facts.pools.unwrap_or_default();
    if pools.iter().any(|pool| pool.name == name && pool.active) {
        client.stop_pool(name.to_owned()).await?;
    }
    client.build_pool(name.to_owned(), PoolBuild::Plain).await?;
    client.start_pool(name.to_owned()).await
}

/// Makes the usual pool.
async fn make_pool(client: &HostClient, folder: &str) -> Result<(), VirtError> {
    let name = "default".to_owned();
    let new = NewPool {
        name: name.clone(),
        kind: "dir".to_owned(),
        target: folder.to_owned(),
        ..NewPool::default()
    };
    client.define_pool(new).await?;
    client.set_up_pool(&name, Some(PoolBuild::Plain), true, true).await
}
