//! Who uses which image on a host, so that no two machines destroy what is on a disk and nothing is deleted that somebody
//! needs.
//!
//! [`images`] reads what one definition uses, [`additions`] what an edit adds. [`Usage`] is the index over all machines of a
//! host, backing chains included; [`Usage::check`] asks it before something is started, added, copied or deleted, [`removal`]
//! what would go with a disk, [`leftovers`] what machines leave behind, [`Usage::note`] what to say beside an image that can
//! be chosen. The rules are in [`clash`].

mod deletion;
mod doomed;
mod image;
mod leftover;
mod lore;
mod read;
mod removal;
mod rule;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub use deletion::{Deleted, Kept};
pub use doomed::{Doom, Doomed, names};
pub use image::{Access, Image, Role, Source};
pub use leftover::{Leaving, Leftover, leftovers};
pub use lore::{Lore, Seen};
pub use read::{additions, disk, images, snapshot_images};
pub use removal::{File, Removal, removal};
pub use rule::{Clash, clash};
pub use words::consequence;

use crate::model::key::HostId;
use crate::model::store::{Domain, Store};

/// A machine, as far as its images matter.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Identity.
    pub uuid: Uuid,
    /// Name.
    pub name: Arc<str>,
    /// A hypervisor process has its images open.
    pub active: bool,
    /// Its hypervisor is QEMU, which locks images itself: what would clash does not start.
    pub locks: bool,
    /// What it uses; `None` where its definition is not known.
    pub images: Option<Arc<[Image]>>,
}

impl Machine {
    /// As the store knows it.
    #[must_use]
    pub fn of(domain: &Domain) -> Self {
        let details = domain.details.as_ref();
        let qemu = |hypervisor: &str| matches!(hypervisor, "kvm" | "qemu" | "hvf" | "nvmm");
        Self {
            uuid: domain.key.uuid,
            name: domain.name.as_str().into(),
            active: domain.state.is_active(),
            locks: details.is_some_and(|details| qemu(&details.hypervisor)),
            images: details.map(|details| Arc::clone(&details.images)),
        }
    }
}

/// Who uses an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A machine.
    Machine {
        /// Identity.
        uuid: Uuid,
        /// Name.
        name: Arc<str>,
        /// It runs.
        active: bool,
        /// What it has the image for; for a base: the image above it.
        role: Role,
        /// How it uses it.
        access: Access,
    },
    /// A volume that builds on it and that no machine uses.
    Volume(Source),
}

/// What somebody is about to do with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Start the machine that has it.
    Start,
    /// Give it to a machine, which may run.
    Add {
        /// The machine runs: its hypervisor opens the image at once.
        running: bool,
    },
    /// Delete it.
    Delete,
    /// Read it as a whole, for a clone.
    Copy,
}

/// Why something should not be done with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Two uses that disagree.
    Clash(Clash),
    /// It is needed.
    Used,
    /// It changes while it would be copied.
    Changing,
}

/// What speaks against doing something with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The image: that of the disk, or one that it builds on.
    pub source: Source,
    /// Who uses it.
    pub holder: Holder,
    /// Why that matters.
    pub reason: Reason,
    /// It cannot or must not be done: QEMU would refuse, or data would be lost for good. Otherwise the user may insist.
    pub refused: bool,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    machine: usize,
    image: usize,
    access: Access,
}

/// The index of who uses which image on one host, at one moment.
#[derive(Debug, Default)]
pub struct Usage {
    machines: Vec<Machine>,
    users: HashMap<Source, Vec<Use>>,
    lore: Arc<Lore>,
}

impl Usage {
    /// The index over these machines, which are all of a host.
    #[must_use]
    pub fn new(machines: Vec<Machine>, lore: Arc<Lore>) -> Self {
        let mut users: HashMap<Source, Vec<Use>> = HashMap::with_capacity(machines.len());
        for (machine, about) in machines.iter().enumerate() {
            for (image, used) in about.images.iter().flat_map(|images| images.iter()).enumerate() {
                let mut put = |source: &Source, access| {
                    let uses = users.entry(lore.resolved(source).clone()).or_default();
                    uses.push(Use { machine, image, access });
                };
                put(&used.source, used.access);
                chain(&lore, used).iter().for_each(|base| put(base, Access::Base));
            }
        }
        Self { machines, users, lore }
    }

    /// The index over the machines of a host as the store knows them.
    #[must_use]
    pub fn of(store: &Store, host: HostId, lore: Arc<Lore>) -> Self {
        let machines = store.domains().filter(|domain| domain.key.host == host);
        Self::new(machines.map(Machine::of).collect(), lore)
    }

    /// What the host told about its images.
    #[must_use]
    pub fn lore(&self) -> &Lore {
        &self.lore
    }

    /// Names of machines whose definitions are not known: they may use anything.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let unknown = self.machines.iter().filter(|machine| machine.images.is_none());
        unknown.map(|machine| &*machine.name)
    }

    /// What a machine uses; empty where that is not known.
    #[must_use]
    pub fn images(&self, machine: Uuid) -> &[Image] {
        let found = self.machines.iter().find(|known| known.uuid == machine);
        found.and_then(|known| known.images.as_deref()).unwrap_or_default()
    }

    /// All that use an image, for itself or as a base; running ones first, by name.
    #[must_use]
    pub fn holders(&self, source: &Source) -> Vec<Holder> {
        self.uses(source).into_iter().map(|(_, holder)| holder).collect()
    }

    fn uses(&self, source: &Source) -> Vec<(&Machine, Holder)> {
        let uses = self.users.get(self.lore.resolved(source)).into_iter().flatten();
        let mut found: Vec<(&Machine, Holder)> = Vec::new();
        for used in uses {
            let machine = &self.machines[used.machine];
            let Some(image) = machine.images.as_ref().and_then(|images| images.get(used.image)) else {
                continue;
            };
            let holder = Holder::Machine {
                uuid: machine.uuid,
                name: Arc::clone(&machine.name),
                active: machine.active,
                role: image.role.clone(),
                access: used.access,
            };
            // The running definition and that of the next start name most images twice. Uses are in the order of machines.
            let mut same = found.iter().rev().take_while(|(known, _)| known.uuid == machine.uuid);
            if !same.any(|(_, known)| *known == holder) {
                found.push((machine, holder));
            }
        }
        found.sort_by(|(a, _), (b, _)| b.active.cmp(&a.active).then_with(|| a.name.cmp(&b.name)));
        found
    }

    /// What speaks against doing something with an image of a machine; nothing for an empty answer. The machine's own use
    /// of it, by the same role, does not count; `None` for a machine that does not exist yet, or where every use counts.
    ///
    /// Only images that a definition or a storage pool names are known: see [`Usage::unknown`] and [`Lore`].
    #[must_use]
    pub fn check(&self, machine: Option<Uuid>, image: &Image, purpose: Purpose) -> Vec<Conflict> {
        let own = |holder: &Holder| {
            matches!(holder, Holder::Machine { uuid, role, .. }
                if Some(*uuid) == machine && *role == image.role)
        };
        let mut wanted = vec![(image.source.clone(), image.access)];
        if purpose != Purpose::Delete {
            wanted.extend(chain(&self.lore, image).into_iter().map(|base| (base, Access::Base)));
        }
        let mut found = Vec::new();
        for (source, access) in wanted {
            for (user, holder) in self.uses(&source) {
                if own(&holder) {
                    continue;
                }
                let active = user.active || (purpose == Purpose::Start && Some(user.uuid) == machine);
                let enforced = user.locks && source.as_path().is_some();
                if let Some((reason, refused)) = judge(purpose, access, &holder, active, enforced) {
                    found.push(Conflict {
                        source: source.clone(),
                        holder,
                        reason,
                        refused,
                    });
                }
            }
        }
        if purpose == Purpose::Delete {
            found.extend(self.idle_overlays(&image.source));
        }
        found
    }

    /// The same for all images of a definition that is about to start, or be copied.
    #[must_use]
    pub fn check_all(&self, machine: Option<Uuid>, images: &[Image], purpose: Purpose) -> Vec<Conflict> {
        let mut found: Vec<Conflict> = Vec::new();
        for image in images {
            for conflict in self.check(machine, image, purpose) {
                if !found.contains(&conflict) {
                    found.push(conflict);
                }
            }
        }
        found
    }

    /// Volumes that build on an image, and that no machine uses.
    fn idle_overlays(&self, source: &Source) -> Vec<Conflict> {
        let mut idle: Vec<&Source> = self
            .lore
            .overlays(source)
            .filter(|overlay| !self.users.contains_key(*overlay))
            .collect();
        idle.sort_unstable();
        let conflict = |overlay: &Source| Conflict {
            source: source.clone(),
            holder: Holder::Volume(overlay.clone()),
            reason: Reason::Used,
            refused: true,
        };
        idle.into_iter().map(conflict).collect()
    }
}

/// What an image builds on: as its definition tells, else as the host told.
fn chain(lore: &Lore, image: &Image) -> Vec<Source> {
    if image.chain.is_empty() {
        lore.chain(&image.source)
    } else {
        image.chain.to_vec()
    }
}

fn judge(purpose: Purpose, access: Access, holder: &Holder, active: bool, enforced: bool) -> Option<(Reason, bool)> {
    let Holder::Machine { access: other, .. } = holder else {
        return None;
    };
    let clash = clash(access, *other);
    match purpose {
        Purpose::Delete => Some((Reason::Used, true)),
        Purpose::Copy => (active && other.writes()).then_some((Reason::Changing, false)),
        Purpose::Start => clash
            // An image above a base is worthless after the base was written, also if nobody uses it at the moment.
            .filter(|clash| active || *clash == Clash::WritesBase)
            .map(|clash| (Reason::Clash(clash), active && enforced)),
        Purpose::Add { running } => clash.map(|clash| (Reason::Clash(clash), running && active && enforced)),
    }
}
