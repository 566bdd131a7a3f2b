//! Doing what helps.

use crate::i18n::{tr, tr_f};
use crate::model::doctor::Remedy;
use crate::model::error::{Kind, VirtError};
use crate::model::key::HostId;
use crate::model::storage::NewPool;
use crate::ui::core::Core;
use crate::virt::client::{HostClient, PoolBuild};

/// Does it, and tells what was done; nothing where that is seen without words.
///
/// # Errors
/// What libvirt says, by remedy.
pub(super) async fn cure(core: &Core, host: HostId, remedy: &Remedy) -> Result<Option<String>, VirtError> {
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
            named(|name| tr_f("The storage pool {name} runs", name), name)
        }
        Remedy::PoolAutostart(name) => {
            client.set_pool_autostart(name.clone(), true).await?;
            named(|name| tr_f("The storage pool {name} starts with the host", name), name)
        }
        Remedy::DefinePool(folder) => {
            make_pool(&client, folder).await?;
            Some(tr("The storage pool was created"))
        }
        Remedy::StartNetwork(_) | Remedy::NetworkAutostart(_) | Remedy::DefineNetwork | Remedy::Reconnect => None,
    })
}

/// Makes the usual pool. One that could be defined and not started stays, to be looked at.
async fn make_pool(client: &HostClient, folder: &str) -> Result<(), VirtError> {
    let name = "default".to_owned();
    let new = NewPool {
        name: name.clone(),
        kind: "dir".to_owned(),
        target: folder.to_owned(),
        ..NewPool::default()
    };
    client.define_pool(new).await?;
    client.build_pool(name.clone(), PoolBuild::Plain).await?;
    client.start_pool(name.clone()).await?;
    client.set_pool_autostart(name, true).await
}
