//! The files of a plan: where they will be and what they are called.

use std::sync::Arc;

use super::Surroundings;
use super::image::unpacked_name;
use super::order::ImageRef;
use super::plan::Planned;
use super::planning::{no_pool, nothing_chosen};
use super::problem::{Problem, Weight};
use super::recipe::Drive;
use crate::model::facts::PoolFact;
use crate::model::storage::usual_pool;

/// Kinds of pools whose volumes are files in a folder.
const FOLDERS: &[&str] = &["dir", "fs", "netfs", "vstorage"];
/// Kinds of pools whose volumes are devices of the host.
const DEVICES: &[&str] = &["logical", "disk", "iscsi", "scsi", "mpath", "zfs"];

/// Something that stands in the way of a plan.
pub(super) fn problem(row: &'static str, text: String) -> Problem {
    Problem {
        weight: Weight::Error,
        row,
        text,
        remedy: None,
    }
}

/// The files of a plan while it is made.
pub(super) struct Files<'a> {
    around: &'a Surroundings<'a>,
    machine: String,
    pub(super) made: Vec<Planned>,
    /// Places that were given out for files that are not in the list yet.
    given: Vec<(String, String)>,
}

impl<'a> Files<'a> {
    pub(super) fn new(around: &'a Surroundings<'a>, machine: &str) -> Self {
        Self {
            around,
            machine: machine.to_owned(),
            made: Vec::new(),
            given: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, file: Planned) {
        self.made.push(file);
    }

    pub(super) fn push_content(&mut self, pool: String, name: String, bytes: &Arc<[u8]>) {
        self.push(Planned::Content {
            pool,
            name,
            bytes: bytes.clone(),
            temporary: true,
        });
    }

    /// Leaves out the files of which no path is named.
    pub(super) fn keep_named(&mut self, is_named: impl Fn(&str) -> bool) {
        let kept: Vec<bool> = self
            .made
            .iter()
            .map(|file| {
                file.volumes()
                    .iter()
                    .any(|(pool, name)| is_named(&self.label(pool, name)))
            })
            .collect();
        let mut kept = kept.into_iter();
        self.made.retain(|_| kept.next().unwrap_or(true));
    }

    fn pool(&self, name: &str) -> Option<&'a PoolFact> {
        self.around.facts.pool(name)
    }

    /// The pool with this name; without one that which images usually go to.
    fn pool_for_images(&self, name: &str) -> Result<&'a PoolFact, Problem> {
        if !name.is_empty() {
            return self.pool(name).ok_or_else(|| no_pool(name));
        }
        usual_pool(self.pools()).ok_or_else(|| no_pool(""))
    }

    fn pools(&self) -> impl Iterator<Item = &'a PoolFact> {
        self.around.facts.pools.iter().flat_map(|all| all.iter())
    }

    /// The pool for small files: that of the disk where it is a folder, else the usual one.
    fn pool_for_files(&self) -> Result<&'a PoolFact, Problem> {
        let near = self
            .made
            .iter()
            .flat_map(Planned::volumes)
            .find_map(|(pool, _)| self.pool(pool));
        if let Some(pool) = near.filter(|pool| is_folder(pool)) {
            return Ok(pool);
        }
        usual_pool(self.pools().filter(|pool| is_folder(pool))).ok_or_else(|| no_pool(""))
    }

    /// Names in a pool that are taken, or will be.
    fn taken(&self, pool: &str) -> Vec<String> {
        let mut taken: Vec<String> = Vec::new();
        for (_, volumes) in self
            .around
            .volumes
            .iter()
            .flat_map(|all| all.pools.iter())
            .filter(|(name, _)| name == pool)
        {
            taken.extend(volumes.iter().map(|volume| volume.name.clone()));
        }
        let planned = self.made.iter().flat_map(Planned::volumes);
        taken.extend(
            planned
                .filter(|(place, _)| *place == pool)
                .map(|(_, name)| name.to_owned()),
        );
        let given = self.given.iter().filter(|(place, _)| place == pool);
        taken.extend(given.map(|(_, name)| name.clone()));
        taken
    }

    /// A free name in a pool, like the wanted one.
    fn free_name(&self, pool: &str, wanted: &str) -> String {
        let taken = self.taken(pool);
        let wanted = wanted.replace(['/', '\0'], "-");
        let wanted = wanted.trim_start_matches('.');
        let (stem, ending) = match wanted.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
            _ => (wanted, String::new()),
        };
        let stem = if stem.is_empty() { "image" } else { stem };
        let names = (0_u32..).map(|number| match number {
            0 => format!("{stem}{ending}"),
            number => format!("{stem}-{number}{ending}"),
        });
        let mut free = names.filter(|name| !taken.contains(name));
        free.next().unwrap_or_default()
    }

    /// A place for a small file.
    pub(super) fn place_for(&mut self, wanted: &str) -> Result<(String, String), Problem> {
        let pool = self.pool_for_files()?;
        let name = self.free_name(&pool.name, wanted);
        self.given.push((pool.name.clone(), name.clone()));
        Ok((pool.name.clone(), name))
    }

    /// The path that a volume will have; a mark that stands for it where the pool does not tell.
    pub(super) fn path(&self, pool: &str, name: &str) -> String {
        let fact = self.pool(pool);
        let kind = fact.map(|pool| pool.kind.as_str()).unwrap_or_default();
        volume_path(kind, fact.and_then(|pool| pool.path.as_deref()), pool, name)
    }

    /// What a definition names a volume by.
    fn label(&self, pool: &str, name: &str) -> String {
        match self.pool(pool).and_then(|pool| pool.remote.as_ref()) {
            Some(remote) => remote.name(pool, name),
            None => self.path(pool, name),
        }
    }

    /// A drive with a volume in it.
    pub(super) fn drive(&self, device: &'static str, pool: &str, name: &str, format: &str) -> Drive {
        Drive {
            device,
            path: Some(self.path(pool, name)),
            remote: self
                .pool(pool)
                .and_then(|fact| fact.remote.as_ref())
                .map(|remote| remote.disk(pool, name)),
            block: self
                .pool(pool)
                .is_some_and(|pool| DEVICES.contains(&pool.kind.as_str())),
            format: format.to_owned(),
            sparse: true,
            boot: None,
            temporary: false,
        }
    }

    /// A new empty image.
    pub(super) fn new_image(
        &mut self,
        pool: &str,
        name: &str,
        format: Option<&str>,
        capacity: u64,
        allocate: bool,
    ) -> Result<Drive, Problem> {
        let pool = self.pool_for_images(pool)?;
        let format = format.or_else(|| pool.image_formats().first().copied());
        let name = self.image_name(pool, name, format);
        let mut drive = self.drive("disk", &pool.name, &name, format.unwrap_or("raw"));
        drive.sparse = !allocate;
        self.push(Planned::Image {
            pool: pool.name.clone(),
            name,
            format: format.map(str::to_owned),
            capacity,
            allocate,
        });
        Ok(drive)
    }

    fn image_name(&self, pool: &PoolFact, name: &str, format: Option<&str>) -> String {
        if !name.is_empty() {
            return name.to_owned();
        }
        let taken = self.taken(&pool.name);
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        pool.image_name(&self.machine, format, &taken)
    }

    /// A drive with an image that is there, or is brought.
    pub(super) fn image(&mut self, image: &ImageRef, device: &'static str) -> Result<Drive, Problem> {
        match image {
            ImageRef::Volume { pool, name, path } => {
                let mut drive = self.drive(device, pool, name, &self.format(path, device));
                if !path.is_empty() {
                    drive.path = Some(path.clone());
                }
                Ok(drive)
            }
            ImageRef::Path(path) if path.trim().is_empty() => Err(nothing_chosen(device)),
            ImageRef::Path(path) => Ok(Drive {
                device,
                block: path.starts_with("/dev/"),
                format: self.format(path, device),
                path: Some(path.clone()),
                remote: None,
                sparse: true,
                boot: None,
                temporary: false,
            }),
            ImageRef::Upload { file, pool } => {
                let pool = self.pool_for_images(pool)?;
                let wanted = file.file_name().map(|name| name.to_string_lossy().into_owned());
                let wanted = wanted.ok_or_else(|| nothing_chosen(device))?;
                let name = self.free_name(&pool.name, unpacked_name(&wanted).unwrap_or(&wanted));
                let drive = self.drive(device, &pool.name, &name, &by_name(&name, device));
                self.push(Planned::Upload {
                    file: file.clone(),
                    pool: pool.name.clone(),
                    name,
                });
                Ok(drive)
            }
            ImageRef::Download { url, pool } => {
                let pool = self.pool_for_images(pool)?;
                let wanted = name_in(url).ok_or_else(|| nothing_chosen(device))?;
                let name = self.free_name(&pool.name, unpacked_name(wanted).unwrap_or(wanted));
                let drive = self.drive(device, &pool.name, &name, &by_name(&name, device));
                self.push(Planned::Download {
                    url: url.clone(),
                    pool: pool.name.clone(),
                    name,
                });
                Ok(drive)
            }
        }
    }

    /// A disk that is a copy of an image. One that has to be brought comes straight to its place, in its own format.
    pub(super) fn copy(
        &mut self,
        image: &ImageRef,
        pool: &str,
        name: &str,
        format: Option<&str>,
        capacity: Option<u64>,
    ) -> Result<Drive, Problem> {
        let (near, own) = match image {
            ImageRef::Path(path) if path.trim().is_empty() => return Err(nothing_chosen("disk")),
            ImageRef::Path(path) => ("", unpacked_name(path).map(|name| by_name(name, "disk"))),
            ImageRef::Volume { pool, name, .. } => {
                (pool.as_str(), unpacked_name(name).map(|name| by_name(name, "disk")))
            }
            ImageRef::Upload { file, pool } => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                (
                    pool.as_str(),
                    Some(by_name(unpacked_name(&name).unwrap_or(&name), "disk")),
                )
            }
            ImageRef::Download { url, pool } => {
                let name = name_in(url).ok_or_else(|| nothing_chosen("disk"))?;
                (
                    pool.as_str(),
                    Some(by_name(unpacked_name(name).unwrap_or(name), "disk")),
                )
            }
        };
        let near = if self.pool(near).is_some_and(PoolFact::takes_images) {
            near
        } else {
            ""
        };
        let pool = self.pool_for_images(if pool.is_empty() { near } else { pool })?;
        let format = match &own {
            Some(own) => Some(own.as_str()),
            None => format.or_else(|| pool.image_formats().first().copied()),
        };
        let name = self.image_name(pool, name, format);
        let drive = self.drive("disk", &pool.name, &name, format.unwrap_or("raw"));
        self.push(Planned::Copy {
            from: image.clone(),
            pool: pool.name.clone(),
            name,
            format: format.map(str::to_owned),
            capacity,
        });
        Ok(drive)
    }

    /// The format of an image that is there: what its pool says, else what its name says.
    fn format(&self, path: &str, device: &str) -> String {
        if device != "disk" {
            return "raw".to_owned();
        }
        let pools = self.around.volumes.iter().flat_map(|all| all.pools.iter());
        let mut volumes = pools.flat_map(|(_, volumes)| volumes.iter());
        let known = volumes
            .find(|volume| volume.path == path)
            .and_then(|volume| volume.format.clone());
        let known = known.filter(|format| !matches!(format.as_str(), "unknown" | "iso"));
        known.unwrap_or_else(|| by_name(path, device))
    }
}

/// The path that a volume will have in a pool of a kind; `{{POOL/NAME}}` where its pool does not tell before it is made.
#[must_use]
pub fn volume_path(kind: &str, folder: Option<&str>, pool: &str, name: &str) -> String {
    let tells = FOLDERS.contains(&kind) || matches!(kind, "logical" | "zfs");
    match folder.filter(|_| tells) {
        Some(folder) => format!("{}/{name}", folder.trim_end_matches('/')),
        None => format!("{{{{{pool}/{name}}}}}"),
    }
}

fn is_folder(pool: &PoolFact) -> bool {
    FOLDERS.contains(&pool.kind.as_str())
}

/// The format that a name promises. A name is believed where its content is not known yet; an image is never guessed by its
/// content, which a guest may have written.
fn by_name(name: &str, device: &str) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let format = match ending.as_deref() {
        _ if device != "disk" => "raw",
        Some("qcow2") => "qcow2",
        Some("qed") => "qed",
        Some("vmdk") => "vmdk",
        Some("vdi") => "vdi",
        Some("vhd" | "vpc") => "vpc",
        Some("vhdx") => "vhdx",
        _ => "raw",
    };
    format.to_owned()
}

/// The name of the file in an address.
fn name_in(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let (rest, name) = path.trim_end_matches('/').rsplit_once('/')?;
    (!name.is_empty() && rest.contains("//")).then_some(name)
}
