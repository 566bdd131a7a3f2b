//! The sheet that an order is written on: all that was chosen and typed, for every source at once, so that going from one to
//! another loses nothing. Its rows are made anew after each change, as data (`page`).

mod begin;
mod image;
mod network;
mod page;
mod problems;
mod resources;
mod set;
mod source;
mod summary;
#[cfg(test)]
mod tests;

use super::{
    Account, Container, DiskWish, FirmwareWish, ImageRef, NetworkWish, Order, Recommended, Seed, Source, Surroundings,
    Unattended, amounts,
};
use crate::model::creation::unattended::Prepared;
use crate::model::facts::{Choice, GuestKind, HostFacts, PoolFact, Volumes};
use crate::model::os::{Os, Recognised, catalogue};
use crate::model::storage::usual_order;
use crate::model::xml::domain::Domain;

pub use begin::Begin;
pub use image::{image_text, typed_image};
pub use problems::{Told, tell, verb};
pub use summary::{Hurdle, hurdle, summary};

/// Where the disk comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// A new image.
    #[default]
    New,
    /// One that is there.
    Existing,
    /// None.
    None,
}

/// An operating system that was found out, not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What it is; `None` where nothing was recognised.
    pub what: Option<Recognised>,
    /// What was looked at, as [`image_text`] writes it.
    pub of: String,
}

/// An SSH key of the user of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The whole line.
    pub line: String,
    /// What a person knows it by: its comment, or the name of the file.
    pub name: String,
}

/// All that was chosen and typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// What the machine begins with.
    pub begin: Begin,
    /// Name; empty for one after the operating system.
    pub name: String,
    /// Title.
    pub title: String,
    /// Installation medium.
    pub media: Option<ImageRef>,
    /// Disk that is used as it is.
    pub disk: Option<ImageRef>,
    /// Cloud image.
    pub cloud: Option<ImageRef>,
    /// What cloud-init sets up, but for keys that were typed.
    pub seed: Seed,
    /// SSH keys that were typed, a line each.
    pub more_keys: String,
    /// Packages as they were typed.
    pub packages: String,
    /// Installation tree.
    pub tree: String,
    /// More arguments for its kernel.
    pub arguments: String,
    /// The container has a system of its own.
    pub is_system: bool,
    /// Program of a container.
    pub init: String,
    /// Folder of a container.
    pub root: String,
    /// The machine that is copied, by its UUID; empty for the first that is offered.
    pub original: String,
    /// Definition that somebody brings.
    pub xml: String,
    /// The operating system that the user has chosen; empty for none that is known.
    pub os: Option<String>,
    /// The one that was found out.
    pub found: Found,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Processors.
    pub cpus: Option<u32>,
    /// Where the disk comes from.
    pub storage: Storage,
    /// Pool for new images; empty for the usual one.
    pub pool: String,
    /// Size of the disk in bytes.
    pub capacity: Option<u64>,
    /// Format of the disk; `None` for the usual one.
    pub format: Option<String>,
    /// Its space is taken at once.
    pub allocate: bool,
    /// A disk that is there.
    pub existing: Option<ImageRef>,
    /// Network.
    pub network: NetworkWish,
    /// Firmware.
    pub firmware: FirmwareWish,
    /// A TPM.
    pub tpm: Option<bool>,
    /// Hypervisor, architecture, machine type.
    pub kind: GuestKind,
    /// The installation asks nothing.
    pub is_unattended: bool,
    /// What it would ask.
    pub unattended: Unattended,
    /// The definition as the user has changed it, with the plan's that it was made from.
    pub customised: Option<Customised>,
    /// It is started when it is made; `None` for what is usual with what it begins with.
    pub start: Option<bool>,
    /// It starts with the host.
    pub autostart: bool,
}

/// A definition that was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customised {
    /// As the user wants it.
    pub xml: String,
    /// As it was planned.
    pub planned: String,
}

/// What a sheet stands in: the host, and what was found out meanwhile. What is not known yet is absent.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Hosts to choose from: their identity as text, and their name.
    pub hosts: &'a [(String, String)],
    /// The one that was chosen.
    pub host: &'a str,
    /// It is this computer.
    pub is_here: bool,
    /// What the host can do and has.
    pub facts: &'a HostFacts,
    /// The operating systems that are known.
    pub systems: &'a [Os],
    /// The image is being looked at.
    pub is_looking: bool,
    /// Keys of the user.
    pub keys: &'a [PublicKey],
    /// Names of the machines of the host.
    pub machines: &'a [String],
    /// The machines of the host by their UUID, templates first.
    pub originals: &'a [Choice],
    /// Addresses of installation trees that were used not long ago, the last one first.
    pub recent_trees: &'a [String],
    /// The volumes of the host.
    pub volumes: Option<&'a Volumes>,
    /// The script of an installation without questions.
    pub prepared: Option<&'a Prepared>,
    /// The definition that was planned.
    pub planned: Option<&'a Domain>,
}

impl<'a> Around<'a> {
    /// The operating system with this identity.
    #[must_use]
    pub fn system(&self, id: &str) -> Option<&'a Os> {
        catalogue::find(self.systems, id)
    }

    /// Architecture of the machine.
    #[must_use]
    pub fn arch(&self, sheet: &Sheet) -> String {
        let own = || {
            let capabilities = self.facts.capabilities.as_ref()?;
            capabilities.arch()
        };
        sheet
            .kind
            .arch
            .clone()
            .or_else(own)
            .unwrap_or_else(|| "x86_64".to_owned())
    }

    /// The pool that images go to where none was chosen: `default`, else that of libvirt's own folder for images, else the one
    /// with the most free space, one for media last. One with room for so many bytes comes before all that have not.
    #[must_use]
    pub fn usual_pool(&self, bytes: u64) -> Option<&'a PoolFact> {
        let pools = self.facts.pools.iter().flat_map(|pools| pools.iter());
        let able = pools.filter(|pool| pool.takes_images());
        let has_room = |pool: &PoolFact| pool.available.is_none_or(|free| free >= bytes);
        able.max_by_key(|pool| (has_room(pool), usual_order(pool)))
    }
}

impl Sheet {
    /// A sheet on which nothing is written yet; `user` is who sits at this computer.
    #[must_use]
    pub fn new(user: &str) -> Self {
        let account = || Account {
            name: login_name(user),
            ..Account::default()
        };
        Self {
            init: "/bin/sh".to_owned(),
            seed: Seed {
                account: account(),
                ..Seed::default()
            },
            unattended: Unattended {
                account: account(),
                ..Unattended::default()
            },
            ..Self::default()
        }
    }

    /// The image that it begins with, if it begins with one.
    #[must_use]
    pub fn image(&self) -> Option<&ImageRef> {
        match self.begin {
            Begin::Media => self.media.as_ref(),
            Begin::Disk => self.disk.as_ref(),
            Begin::Cloud => self.cloud.as_ref(),
            _ => None,
        }
    }

    /// Takes an image for what it begins with.
    pub fn set_image(&mut self, image: Option<ImageRef>) {
        match self.begin {
            Begin::Media => self.media = image,
            Begin::Disk => self.disk = image,
            Begin::Cloud => self.cloud = image,
            _ => {}
        }
    }

    /// The machine that is copied, by its UUID: the one that was chosen, else the first that is offered.
    #[must_use]
    pub fn original<'a>(&self, around: &Around<'a>) -> Option<&'a str> {
        let mut all = around.originals.iter().map(|choice| choice.value.as_str());
        all.clone().find(|uuid| *uuid == self.original).or_else(|| all.next())
    }

    /// What there is to recognise an operating system from: an image or an address, as text.
    #[must_use]
    pub fn evidence(&self) -> String {
        match self.begin {
            Begin::Tree => self.tree.trim().to_owned(),
            _ => self.image().map(image_text).unwrap_or_default(),
        }
    }

    /// The operating system: what the user said, else what was found out of what it begins with now.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        match self.os.as_deref() {
            Some("") => None,
            Some(id) => Some(id),
            None => self
                .recognised()
                .map(|found| found.os.as_str())
                .filter(|id| !id.is_empty()),
        }
    }

    /// What was found out of what it begins with now.
    #[must_use]
    pub fn recognised(&self) -> Option<&Recognised> {
        let is_of_this = self.found.of == self.evidence();
        self.found.what.as_ref().filter(|_| is_of_this)
    }

    /// What is known around the order.
    #[must_use]
    pub fn surroundings<'a>(&'a self, around: &Around<'a>) -> Surroundings<'a> {
        Surroundings {
            os: self.system().and_then(|id| around.system(id)),
            recognised: self.recognised(),
            volumes: around.volumes,
            machines: around.machines,
            prepared: around.prepared,
            ..Surroundings::new(around.facts)
        }
    }

    /// How much it gets where nothing is said.
    #[must_use]
    pub fn recommended(&self, around: &Around) -> Recommended {
        let source = self.source();
        amounts(
            &Order {
                source,
                kind: self.kind.clone(),
                ..Order::default()
            },
            &self.surroundings(around),
        )
    }

    /// Takes keys of the user that were found; the first one may log in unless somebody was chosen already.
    pub fn offer_keys(&mut self, keys: &[PublicKey]) {
        if self.seed.ssh_keys.is_empty()
            && let Some(first) = keys.first()
        {
            self.seed.ssh_keys.push(first.line.clone());
        }
    }

    /// The name of the pool that new images go to.
    #[must_use]
    pub fn pool_name(&self, around: &Around) -> String {
        let chosen = Some(self.pool.clone()).filter(|name| around.facts.pool(name).is_some());
        chosen
            .or_else(|| {
                let usual = around.usual_pool(self.recommended(around).storage)?;
                Some(usual.name.clone())
            })
            .unwrap_or_default()
    }

    /// Size of the new disk in bytes.
    #[must_use]
    pub fn disk_size(&self, around: &Around) -> u64 {
        self.capacity.unwrap_or_else(|| self.recommended(around).storage)
    }

    /// Whether the disk is a matter of this sheet at all.
    fn has_disk(&self) -> bool {
        !matches!(self.begin, Begin::Disk | Begin::Container | Begin::Machine | Begin::Xml)
    }

    /// Whether it is started when it is made: one with nothing to start from is not, unless the user says so.
    #[must_use]
    pub fn starts(&self) -> bool {
        self.start.unwrap_or(self.begin != Begin::Empty)
    }

    /// Whether there is something that an operating system can be recognised from.
    #[must_use]
    pub fn can_recognise(&self) -> bool {
        matches!(self.begin, Begin::Media | Begin::Disk | Begin::Cloud | Begin::Tree)
    }

    /// What the user wants.
    #[must_use]
    pub fn order(&self, around: &Around) -> Order {
        Order {
            name: self.name.trim().to_owned(),
            title: self.title.trim().to_owned(),
            kind: self.kind.clone(),
            source: self.source(),
            os: self.system().map(str::to_owned),
            memory: self.memory,
            cpus: self.cpus,
            disk: self.disk_wish(around),
            network: self.network.clone(),
            firmware: self.firmware,
            tpm: self.tpm,
            unattended: self.unattended_wish(around),
            customised: self.customised.as_ref().map(|customised| customised.xml.clone()),
            start: self.starts(),
            autostart: self.autostart,
        }
    }

    fn source(&self) -> Source {
        let image = |image: &Option<ImageRef>| image.clone().unwrap_or_else(|| ImageRef::Path(String::new()));
        match self.begin {
            Begin::Media => Source::Media(image(&self.media)),
            Begin::Disk => Source::Disk(image(&self.disk)),
            Begin::Cloud => Source::Cloud {
                image: image(&self.cloud),
                seed: self.whole_seed(),
            },
            Begin::NetworkBoot => Source::NetworkBoot,
            Begin::Tree => Source::Tree {
                url: self.tree.trim().to_owned(),
                arguments: self.arguments.trim().to_owned(),
            },
            // A copy is ordered elsewhere.
            Begin::Empty | Begin::Machine => Source::Empty,
            Begin::Container if self.is_system => Source::Container(Container::System {
                root: self.root.trim().to_owned(),
            }),
            Begin::Container => Source::Container(Container::Application {
                init: self.init.trim().to_owned(),
            }),
            Begin::Xml => Source::Xml(self.xml.clone()),
        }
    }

    /// What cloud-init sets up, with what was typed.
    #[must_use]
    pub fn whole_seed(&self) -> Seed {
        let mut seed = self.seed.clone();
        let typed = self.more_keys.lines().map(str::trim).filter(|line| !line.is_empty());
        seed.ssh_keys.extend(typed.map(str::to_owned));
        let packages = self.packages.split([' ', ',', '\n', '\t']);
        seed.packages = packages.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        seed
    }

    fn disk_wish(&self, around: &Around) -> DiskWish {
        if !self.has_disk() {
            return DiskWish::None;
        }
        match (self.storage, self.begin) {
            // A cloud image is always copied: it stays as it is.
            (Storage::New, _) | (_, Begin::Cloud) => DiskWish::New {
                pool: self.pool_name(around),
                name: String::new(),
                format: self.format.clone(),
                capacity: self.disk_size(around),
                allocate: self.allocate,
            },
            (Storage::Existing, _) => match &self.existing {
                Some(image) => DiskWish::Existing(image.clone()),
                None => DiskWish::Existing(ImageRef::Path(String::new())),
            },
            (Storage::None, _) => DiskWish::None,
        }
    }

    /// Whether the operating system can be installed without questions from what it begins with.
    #[must_use]
    pub fn can_be_unattended(&self, around: &Around) -> bool {
        matches!(self.begin, Begin::Media | Begin::Tree)
            && self
                .system()
                .and_then(|id| around.system(id))
                .is_some_and(|os| !os.scripts.is_empty())
    }

    fn unattended_wish(&self, around: &Around) -> Option<Unattended> {
        let wanted = self.is_unattended && self.can_be_unattended(around);
        let first = || {
            let os = around.system(self.system()?)?;
            os.scripts.first().map(|script| script.profile.clone())
        };
        wanted.then(|| {
            let mut wish = self.unattended.clone();
            if wish.profile.is_empty() {
                wish.profile = first().unwrap_or_default();
            }
            wish
        })
    }
}

/// A login name after that of the user here: what guests allow is letters, digits, `-` and `_`.
fn login_name(user: &str) -> String {
    let is_plain = !user.is_empty()
        && user != "root"
        && user.starts_with(|c: char| c.is_ascii_lowercase())
        && user
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
    if is_plain { user.to_owned() } else { "user".to_owned() }
}
