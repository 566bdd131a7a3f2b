//! Deleting machines, and the images that the user chose with them.

use std::collections::HashMap;
use std::time::Duration;

use super::{Core, Notice};
use crate::i18n::tr_n;
use crate::model::deletion::{Belongings, Fate, Keep, Report, Undo};
use crate::model::error::{Kind, VirtError};
use crate::model::key::{DomainKey, HostId};
use crate::model::store::Pending;
use crate::model::usage::{Leaving, Leftover, leftovers};
use crate::virt::client::{HostClient, XmlFlags};

/// How long one waits for what machines have and hosts store.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known about a machine that may be deleted.
pub type Prospect = (DomainKey, Result<Belongings, VirtError>);

/// What to do with one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doom {
    /// Which one.
    pub key: DomainKey,
    /// It may be forced off if it runs.
    pub force_off: bool,
    /// What stays on the host.
    pub keep: Keep,
    /// Nothing goes but its definition, so that it can be had back.
    pub only_definition: bool,
}

impl Core {
    /// What these machines have besides their definitions, as their hosts tell at this moment.
    pub async fn belongings(&self, keys: &[DomainKey]) -> Vec<Prospect> {
        let asked = keys.iter().map(|key| {
            let client = self.client(key.host);
            let uuid = key.uuid;
            self.0.context.spawn_local(async move {
                let client = client.ok_or_else(|| unreachable("read definition"))?;
                let late = || VirtError::own(Kind::Timeout, "read definition", "the machine does not answer");
                let answer = glib::future_with_timeout(PATIENCE, client.belongings(uuid)).await;
                answer.unwrap_or_else(|_| Err(late()))
            })
        });
        let asked: Vec<_> = asked.collect();
        let mut found = Vec::new();
        for (key, answer) in keys.iter().zip(asked) {
            let answer = answer.await.unwrap_or_else(|_| Err(unreachable("read definition")));
            found.push((*key, answer));
        }
        found
    }

    /// The images that these machines would leave behind, by host, once the storage pools of each were read.
    pub async fn leftovers(&self, machines: &[Prospect]) -> Vec<(HostId, Vec<Leftover>)> {
        let mut hosts: Vec<HostId> = Vec::new();
        for (key, _) in machines {
            if !hosts.contains(&key.host) {
                hosts.push(key.host);
            }
        }
        let mut found = Vec::new();
        for host in hosts {
            if glib::future_with_timeout(PATIENCE, self.learn_storage(host))
                .await
                .is_err()
            {
                tracing::debug!(%host, "it has not told about volumes in time");
            }
            let of_host = machines.iter().filter(|(key, _)| key.host == host);
            let known = of_host.filter_map(|(key, about)| {
                let images = &about.as_ref().ok()?.images;
                Some(Leaving { uuid: key.uuid, images })
            });
            let left = leftovers(&known.collect::<Vec<_>>(), &self.usage(host));
            if !left.is_empty() {
                found.push((host, left));
            }
        }
        found
    }

    /// Deletes machines, one after the other, then these images, by the paths of their volumes. What fails does not keep the
    /// rest from going; an image that a machine uses which is still there is kept.
    pub async fn delete(&self, machines: Vec<Doom>, images: HashMap<HostId, Vec<String>>) -> Report {
        let mut report = Report::default();
        for doom in &machines {
            self.mark(doom.key, Some(Pending::Deleting));
        }
        for doom in machines {
            let name = self.name_of(doom.key);
            let undo = if doom.only_definition {
                self.undo_of(doom.key).await
            } else {
                None
            };
            let fate = self.delete_machine(doom).await;
            report.undo.extend(undo.filter(|_| fate == Fate::Deleted));
            self.settle(doom.key, &fate);
            match &fate {
                Fate::Deleted => tracing::info!(key = %doom.key, "machine deleted"),
                Fate::Running => tracing::info!(key = %doom.key, "machine not deleted: it runs"),
                Fate::NotStopped(error) | Fate::NotDeleted { error, .. } => {
                    tracing::warn!(key = %doom.key, op = error.op, code = error.code, "{}", error.message);
                }
            }
            report.machines.push((name, fate));
        }
        for (host, paths) in images {
            self.delete_chosen(host, paths, &mut report).await;
        }
        if report.is_complete() && !report.undo.is_empty() {
            self.notify(&Notice::Deleted(report.undo.clone()));
        }
        report
    }

    /// What brings a machine back whose definition is about to go; `None` where there is no definition, or where it can't be read.
    async fn undo_of(&self, key: DomainKey) -> Option<Undo> {
        let autostart = self
            .store()
            .domain(key)
            .filter(|domain| domain.persistent)
            .map(|domain| domain.autostart)?;
        let flags = XmlFlags {
            inactive: true,
            secure: true,
        };
        let client = self.client(key.host)?;
        let read = glib::future_with_timeout(PATIENCE, client.dump_xml(key.uuid, flags));
        let definition = read.await.ok()?.ok()?;
        let name = self.name_of(key);
        Some(Undo {
            key,
            name,
            definition,
            autostart,
        })
    }

    /// Defines a machine again that was deleted.
    ///
    /// # Errors
    /// What libvirt says, by remedy: another machine has its name by now.
    pub async fn undelete(&self, undo: &Undo) -> Result<(), VirtError> {
        let client = self.client(undo.key.host).ok_or_else(|| unreachable("define"))?;
        let uuid = undo.key.uuid;
        client.define(uuid, undo.definition.clone(), false).await?;
        if undo.autostart {
            client.set_autostart(uuid, true).await?;
        }
        tracing::info!(key = %undo.key, "deletion undone");
        Ok(())
    }

    /// Takes the mark of a machine back that is still there. That of a deleted one goes with it; where no event tells of that,
    /// the host is asked.
    fn settle(&self, key: DomainKey, fate: &Fate) {
        match self.client(key.host) {
            Some(client) if *fate == Fate::Deleted => {
                let core = self.clone();
                self.0.context.spawn_local(async move {
                    core.watch_for_event(&client, key, Pending::Deleting).await;
                });
            }
            _ => self.unmark(key, Pending::Deleting),
        }
    }

    async fn delete_machine(&self, doom: Doom) -> Fate {
        let key = doom.key;
        let Some(client) = self.client(key.host) else {
            let error = unreachable("delete");
            return Fate::NotDeleted { stopped: false, error };
        };
        let known = self.store().domain(key).map(|domain| {
            let runs = domain.state.is_active() || domain.id.is_some();
            (runs, domain.persistent)
        });
        // For one that is not listed any more libvirt tells whether it is there.
        let (runs, persistent) = known.unwrap_or((false, true));
        if runs && !doom.force_off {
            return Fate::Running;
        }
        let mut stopped = false;
        if runs {
            match client.force_off(key.uuid).await {
                Ok(()) => stopped = true,
                Err(error) if !persistent && error.kind == Kind::Gone => return Fate::Deleted,
                Err(error) if is_off(&client, key).await => {
                    tracing::debug!(%key, "off already: {}", error.message);
                }
                Err(error) => return Fate::NotStopped(error),
            }
        }
        if !persistent {
            return Fate::Deleted;
        }
        match client.undefine(key.uuid, doom.keep).await {
            Ok(()) => Fate::Deleted,
            Err(error) if error.kind == Kind::Gone => Fate::Deleted,
            Err(error) => Fate::NotDeleted { stopped, error },
        }
    }

    async fn delete_chosen(&self, host: HostId, paths: Vec<String>, report: &mut Report) {
        let title = tr_n("Deleting {n} disk image", "Deleting {n} disk images", paths.len(), &[]);
        let operation = self.begin(None, &title, false).0;
        match self.delete_images(host, paths.clone()).await {
            Ok(results) => {
                self.end(operation, &Ok(()));
                report.images.extend(results);
            }
            Err(error) => {
                tracing::warn!(%host, op = error.op, code = error.code, "{}", error.message);
                self.end(operation, &Err(error.clone()));
                report.untouched.push((paths, error));
            }
        }
    }
}

/// Whether a machine is off at this moment, for one that could not be forced off.
async fn is_off(client: &HostClient, key: DomainKey) -> bool {
    let list = glib::future_with_timeout(PATIENCE, client.list()).await;
    let Ok(Ok(list)) = list else { return false };
    let found = list.iter().find(|machine| machine.key.uuid == key.uuid);
    found.is_none_or(|machine| !machine.state.is_active() && machine.id.is_none())
}

fn unreachable(op: &'static str) -> VirtError {
    VirtError::own(Kind::Unreachable, op, "")
}
