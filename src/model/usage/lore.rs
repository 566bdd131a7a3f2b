//! What a host told about images besides what stands in definitions.

use std::collections::HashMap;

use super::image::Source;
use crate::model::facts::VolumeFact;

/// Images above each other that are believed.
const DEEPEST: usize = 64;
/// Images that are remembered of one host; with more it begins anew.
const MOST: usize = 50_000;

/// A volume, as far as it matters who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Its path as libvirt looks a volume up by; empty for what is no volume.
    pub path: String,
    /// Space that it takes, in bytes.
    pub size: Option<u64>,
    /// Size that a guest sees, in bytes.
    pub capacity: Option<u64>,
    /// What it builds on.
    pub backing: Option<Source>,
    /// A volume of a pool that runs: libvirt can delete it.
    pub is_volume: bool,
}

/// What a host told about images: which volume is which path, and what builds on what. Definitions of running machines tell
/// the chain of each disk; for machines that are off only the storage pools know it.
#[derive(Debug, Clone, Default)]
pub struct Lore {
    volumes: HashMap<Source, Source>,
    images: HashMap<Source, Seen>,
}

impl Lore {
    /// Learns the volumes of a pool.
    pub fn learn_pool(&mut self, pool: &str, volumes: &[VolumeFact]) {
        for volume in volumes {
            self.learn_volume(Some(pool), volume);
        }
    }

    /// Learns one volume; `pool` where it is known.
    pub fn learn_volume(&mut self, pool: Option<&str>, volume: &VolumeFact) {
        if volume.path.is_empty() {
            return;
        }
        self.make_room();
        let source = Self::source_of(volume);
        if let Some(pool) = pool {
            self.volumes.insert(Source::volume(pool, &volume.name), source.clone());
        }
        let seen = Seen {
            path: volume.path.clone(),
            size: volume.allocation.or(volume.capacity),
            capacity: volume.capacity,
            backing: volume.backing.as_deref().map(Source::backing),
            is_volume: true,
        };
        self.images.insert(source, seen);
    }

    /// The image that a volume is.
    #[must_use]
    pub fn source_of(volume: &VolumeFact) -> Source {
        match volume.kind.as_str() {
            // Pools of Ceph call their volumes `pool/image`.
            "network" if !volume.path.contains("://") => Source::network("rbd", &volume.path, ""),
            _ => Source::backing(&volume.path),
        }
    }

    /// Learns what images build on, nearest first.
    pub fn learn_chains<'a>(&mut self, chains: impl IntoIterator<Item = (&'a String, &'a Vec<String>)>) {
        for (top, below) in chains {
            self.make_room();
            let mut at = Source::path(top);
            for next in below {
                let next = Source::backing(next);
                self.images.entry(at).or_default().backing = Some(next.clone());
                at = next;
            }
        }
    }

    /// The image that a volume is; everything else is itself.
    #[must_use]
    pub fn resolved<'a>(&'a self, source: &'a Source) -> &'a Source {
        self.volumes.get(source).unwrap_or(source)
    }

    /// The image that is the volume with this path, as libvirt calls it.
    #[must_use]
    pub fn volume(&self, path: &str) -> Source {
        let plain = Source::backing(path);
        if self.images.contains_key(&plain) {
            return plain;
        }
        let found = self.images.iter().find(|(_, seen)| seen.path == path);
        found.map_or(plain, |(source, _)| source.clone())
    }

    /// What was told of an image.
    #[must_use]
    pub fn seen(&self, source: &Source) -> Option<&Seen> {
        self.images.get(self.resolved(source))
    }

    /// Names of the volumes of a pool, in their order.
    #[must_use]
    pub fn volumes(&self, pool: &str) -> Vec<&str> {
        let all = self.volumes.keys().filter_map(Source::as_volume);
        let mut names: Vec<&str> = all.filter(|(of, _)| *of == pool).map(|(_, name)| name).collect();
        names.sort_unstable();
        names
    }

    /// Paths of volumes that are media by their name: `….iso`, `….img` of a floppy drive and the like, in their order.
    #[must_use]
    pub fn media(&self, ending: &str) -> Vec<&str> {
        let all = self.volumes.values().filter_map(Source::as_path);
        let mut paths: Vec<&str> = all.filter(|path| path.to_lowercase().ends_with(ending)).collect();
        paths.sort_unstable();
        paths
    }

    /// What an image builds on, nearest first.
    #[must_use]
    pub fn chain(&self, source: &Source) -> Vec<Source> {
        let mut found: Vec<Source> = Vec::new();
        let top = self.resolved(source);
        let mut at = top;
        while let Some(next) = self.images.get(at).and_then(|seen| seen.backing.as_ref()) {
            if next == top || found.contains(next) || found.len() >= DEEPEST {
                break;
            }
            found.push(next.clone());
            at = next;
        }
        found
    }

    /// Volumes that build on this one directly, whether a machine uses them or not.
    pub fn overlays<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = &'a Source> {
        let source = self.resolved(source);
        self.images
            .iter()
            .filter(move |(_, seen)| seen.backing.as_ref() == Some(source))
            .map(|(overlay, _)| overlay)
    }

    fn make_room(&mut self) {
        if self.images.len() >= MOST {
            *self = Self::default();
        }
    }
}
