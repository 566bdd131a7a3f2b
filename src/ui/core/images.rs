//! Who uses which image, for what is about to happen to one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Core;
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{GuestKind, HostFacts, NewImage, VolumeFact};
use crate::model::key::{DomainKey, HostId};
use crate::model::store::ChangeSet;
use crate::model::usage::{self, Conflict, Deleted, Holder, Image, Lore, Machine, Purpose, Usage};
use crate::model::xml::domain::Domain;
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
    index: HashMap<HostId, Arc<Usage>>,
}

impl Core {
    /// The index of who uses which image on a host, as the definitions and pools that were read so far tell. Made anew after
    /// news, so ask again rather than keep it.
    #[must_use]
    pub fn usage(&self, host: HostId) -> Arc<Usage> {
        let mut images = self.0.images.borrow_mut();
        if let Some(known) = images.index.get(&host) {
            return Arc::clone(known);
        }
        let lore = images.lore.get(&host).cloned().unwrap_or_default();
        let usage = Arc::new(Usage::of(&self.store(), host, lore));
        images.index.insert(host, Arc::clone(&usage));
        usage
    }

    /// What a host has for machines of a kind ([`HostClient::facts`]), and who uses its images.
    ///
    /// # Errors
    /// Where the host cannot be asked.
    pub async fn facts(&self, host: HostId, kind: GuestKind) -> Result<HostFacts, VirtError> {
        let client = self
            .client(host)
            .ok_or_else(|| VirtError::own(Kind::Unreachable, "read facts", ""))?;
        let facts = client.facts(kind).await?;
        Ok(HostFacts {
            usage: Some(self.usage(host)),
            recent_media: Some(self.recent_media(host)),
            ..facts
        })
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
            Ok(volumes) => self.learn(host, |lore| {
                *lore = Lore::default();
                for (pool, volumes) in &volumes.pools {
                    lore.learn_pool(pool, volumes);
                }
            }),
            Err(error) => tracing::debug!(%host, "no volumes: {}", error.message),
        }
    }

    /// What speaks against starting a machine: images that others use. Empty also where the host can't be asked, or is too
    /// busy to answer: the start itself tells then.
    pub async fn start_conflicts(&self, key: DomainKey) -> Vec<Conflict> {
        let is_off = |core: &Self| core.store().domain(key).is_some_and(|domain| !domain.state.is_active());
        let (Some(client), true) = (self.client(key.host), is_off(self)) else {
            return Vec::new();
        };
        let own = glib::future_with_timeout(PATIENCE, read(&client, key, true)).await;
        let Ok(Ok(own)) = own else {
            return Vec::new();
        };
        self.conflicts(&client, key, &own, &own, Purpose::Start).await
    }

    /// What speaks against an edited definition: images that it has and the one before had not, and that others use. Empty
    /// also where the host can't be asked.
    pub async fn edit_conflicts(&self, key: DomainKey, before: &Domain, edited: &Domain) -> Vec<Conflict> {
        let Some(client) = self.client(key.host) else {
            return Vec::new();
        };
        let running = self.store().domain(key).is_some_and(|domain| domain.state.is_active());
        let new = usage::additions(before, edited);
        // A disk that only moves is its own neighbour in what is known so far.
        let whole = usage::images(edited.document());
        let purpose = Purpose::Add { running };
        self.conflicts(&client, key, &new, &whole, purpose).await
    }

    /// Checks the images `own` of a machine that will have the images `whole`.
    async fn conflicts(
        &self,
        client: &HostClient,
        key: DomainKey,
        own: &[Image],
        whole: &[Image],
        purpose: Purpose,
    ) -> Vec<Conflict> {
        if own.is_empty() {
            return Vec::new();
        }
        let (host, machine) = (key.host, Some(key.uuid));
        let asked = self.learn_about(client, host, own);
        if glib::future_with_timeout(PATIENCE, asked).await.is_err() {
            tracing::debug!(%host, "it has not told about images in time");
        }
        let found = self.usage(host).check_all(machine, own, purpose);
        if found.is_empty() {
            return found;
        }
        // What is known of the others may be old: a disk that was unplugged a moment ago shall hold up nobody.
        let fresh = self.read_again(client, host, &found).await;
        let machines = self.machines(host).into_iter().map(|mut known| {
            if let Some(images) = fresh.get(&known.uuid) {
                known.images = Some(Arc::clone(images));
            }
            if Some(known.uuid) == machine {
                known.images = Some(whole.into());
            }
            known
        });
        let lore = self.0.images.borrow().lore.get(&host).cloned().unwrap_or_default();
        Usage::new(machines.collect(), lore).check_all(machine, own, purpose)
    }

    /// The images of the running machines in these conflicts, as they are at this moment, as far as they can be read in time.
    async fn read_again(
        &self,
        client: &HostClient,
        host: HostId,
        conflicts: &[Conflict],
    ) -> HashMap<Uuid, Arc<[Image]>> {
        let mut fresh = HashMap::new();
        let until = Instant::now() + PATIENCE;
        for conflict in conflicts.iter().take(READ_AGAIN) {
            if let Holder::Machine { uuid, active: true, .. } = &conflict.holder
                && !fresh.contains_key(uuid)
            {
                let again = read(client, DomainKey::new(host, *uuid), false);
                let left = until.saturating_duration_since(Instant::now());
                if let Ok(Ok(images)) = glib::future_with_timeout(left, again).await {
                    fresh.insert(*uuid, images.into());
                }
            }
        }
        fresh
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

    /// Makes an image in a storage pool of a host.
    ///
    /// # Errors
    /// Why it could not be made.
    pub async fn create_image(&self, host: HostId, image: NewImage) -> Result<VolumeFact, VirtError> {
        let client = self
            .client(host)
            .ok_or_else(|| VirtError::own(Kind::Unreachable, "create image", ""))?;
        let made = client.create_image(image).await?;
        self.learn_storage(host).await;
        Ok(made)
    }

    /// Deletes images of a host by the paths of their volumes ([`crate::model::usage::File::path`]), and tells of each what
    /// became of it. What anybody uses is kept, whatever was known before.
    ///
    /// # Errors
    /// Where the host cannot be asked: then nothing was deleted.
    pub async fn delete_images(&self, host: HostId, paths: Vec<String>) -> Result<Vec<Deleted>, VirtError> {
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
