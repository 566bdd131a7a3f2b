//! Who uses which image, for what is about to happen to one.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::Core;
use crate::model::error::{Kind, VirtError};
use crate::model::key::{DomainKey, HostId};
use crate::model::store::ChangeSet;
use crate::model::usage::{Conflict, Holder, Image, Kept, Lore, Machine, Purpose, Usage};
use crate::model::xml::read_domain;
use crate::virt::client::{HostClient, XmlFlags};

/// How long a start waits for what the host tells about images.
const PATIENCE: Duration = Duration::from_secs(2);
/// Definitions of other machines that are read again before they hold up a start.
const READ_AGAIN: usize = 8;

/// What is known about the images of each host.
#[derive(Default)]
pub(super) struct Images {
    lore: HashMap<HostId, Arc<Lore>>,
    index: HashMap<HostId, Rc<Usage>>,
}

impl Core {
    /// The index of who uses which image on a host, as the definitions and pools that were read so far tell. Made anew after
    /// news, so ask again rather than keep it.
    #[must_use]
    pub fn usage(&self, host: HostId) -> Rc<Usage> {
        let mut images = self.0.images.borrow_mut();
        if let Some(known) = images.index.get(&host) {
            return Rc::clone(known);
        }
        let lore = images.lore.get(&host).cloned().unwrap_or_default();
        let usage = Rc::new(Usage::of(&self.store(), host, lore));
        images.index.insert(host, Rc::clone(&usage));
        usage
    }

    /// Forgets the indexes that news have made old.
    pub(super) fn note_images(&self, changes: &ChangeSet) {
        let mut images = self.0.images.borrow_mut();
        if images.index.is_empty() {
            return;
        }
        let news = changes.changed.iter();
        let news = news.filter(|(_, aspects)| aspects.state || aspects.identity);
        let keys = news.map(|(key, _)| key).chain(&changes.added).chain(&changes.removed);
        for key in keys {
            images.index.remove(&key.host);
        }
    }

    /// Forgets what a host told about images, because its client is new.
    pub(super) fn forget_images(&self, host: HostId) {
        let mut images = self.0.images.borrow_mut();
        images.lore.remove(&host);
        images.index.remove(&host);
    }

    fn learn(&self, host: HostId, teach: impl FnOnce(&mut Lore)) {
        let mut images = self.0.images.borrow_mut();
        teach(Arc::make_mut(images.lore.entry(host).or_default()));
        images.index.remove(&host);
    }

    /// Asks the host for the volumes of all pools, which tell what images build on and which can be deleted, and completes
    /// when [`Core::usage`] knows them. A host that has no pools, or doesn't answer, leaves things as they are.
    pub async fn learn_storage(&self, host: HostId) {
        let Some(client) = self.client(host) else { return };
        match client.storage().await {
            Ok((pools, _)) => self.learn(host, |lore| {
                *lore = Lore::default();
                for (pool, volumes) in &pools {
                    lore.learn_pool(pool, volumes);
                }
            }),
            Err(error) => tracing::debug!(%host, "no volumes: {}", error.message),
        }
    }

    /// What speaks against starting a machine: images that others use. Empty also where the host can't be asked: the start
    /// itself tells then.
    pub async fn start_conflicts(&self, key: DomainKey) -> Vec<Conflict> {
        let is_off = |core: &Self| core.store().domain(key).is_some_and(|domain| !domain.state.is_active());
        let (Some(client), true) = (self.client(key.host), is_off(self)) else {
            return Vec::new();
        };
        let Ok(own) = read(&client, key, true).await else {
            return Vec::new();
        };
        if own.is_empty() {
            return Vec::new();
        }
        let asked = self.learn_about(&client, key.host, &own);
        if glib::future_with_timeout(PATIENCE, asked).await.is_err() {
            tracing::debug!(%key, "the host has not told about images in time");
        }
        let found = self.usage(key.host).check_all(Some(key.uuid), &own, Purpose::Start);
        if found.is_empty() {
            return found;
        }
        // What is known of the others may be old: a disk that was unplugged a moment ago shall hold up nobody.
        let mut fresh = HashMap::from([(key.uuid, Arc::from(own.clone()))]);
        for conflict in found.iter().take(READ_AGAIN) {
            if let Holder::Machine { uuid, active: true, .. } = &conflict.holder
                && !fresh.contains_key(uuid)
            {
                let again = read(&client, DomainKey::new(key.host, *uuid), false);
                if let Ok(Ok(images)) = glib::future_with_timeout(PATIENCE, again).await {
                    fresh.insert(*uuid, images.into());
                }
            }
        }
        let machines = self.machines(key.host).into_iter().map(|mut machine| {
            if let Some(images) = fresh.remove(&machine.uuid) {
                machine.images = Some(images);
            }
            machine
        });
        let lore = self.0.images.borrow().lore.get(&key.host).cloned().unwrap_or_default();
        Usage::new(machines.collect(), lore).check_all(Some(key.uuid), &own, Purpose::Start)
    }

    /// Learns what these images are and build on, and what builds on them.
    async fn learn_about(&self, client: &HostClient, host: HostId, images: &[Image]) {
        let writes = images.iter().any(|image| image.access.writes());
        let of_pools = images.iter().any(|image| image.source.as_volume().is_some());
        if writes || of_pools {
            self.learn_storage(host).await;
        }
        let paths: Vec<String> = images
            .iter()
            .filter(|image| image.chain.is_empty())
            .filter_map(|image| image.source.as_path().map(str::to_owned))
            .collect();
        if paths.is_empty() {
            return;
        }
        match client.chains(paths).await {
            Ok((chains, _)) => self.learn(host, |lore| lore.learn_chains(&chains)),
            Err(error) => tracing::debug!(%host, "no chains: {}", error.message),
        }
    }

    fn machines(&self, host: HostId) -> Vec<Machine> {
        let store = self.store();
        let machines = store.domains().filter(|domain| domain.key.host == host);
        machines.map(Machine::of).collect()
    }

    /// Deletes images of a host by the paths of their volumes ([`crate::model::usage::File::path`]), and tells of each what
    /// became of it. What anybody uses is kept, whatever was known before.
    ///
    /// # Errors
    /// Where the host cannot be asked: then nothing was deleted.
    pub async fn delete_images(
        &self,
        host: HostId,
        paths: Vec<String>,
    ) -> Result<Vec<(String, Result<(), Kept>)>, VirtError> {
        let client = self
            .client(host)
            .ok_or_else(|| VirtError::own(Kind::Unreachable, "delete storage", ""))?;
        let results = client.delete_volumes(paths, self.machines(host)).await?;
        self.learn_storage(host).await;
        Ok(results)
    }
}

/// The images of a machine as its definition has them at this moment.
async fn read(client: &HostClient, key: DomainKey, inactive: bool) -> Result<Vec<Image>, VirtError> {
    let flags = XmlFlags {
        inactive,
        secure: false,
    };
    let text = client.dump_xml(key.uuid, flags).await?;
    match read_domain(&text) {
        Ok(details) => Ok(details.images.to_vec()),
        Err(error) => Err(VirtError::own(Kind::Invalid, "read definition", error.to_string())),
    }
}
