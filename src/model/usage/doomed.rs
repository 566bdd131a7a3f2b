//! Files that go with disks that are taken out of a definition: each is tied to the removal that it was chosen at.

use super::{Source, disk, images};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Document, NodeId};

/// The files that were chosen when disks were removed from an edited definition. They go when the removal was applied, and
/// stay when it was taken back.
#[derive(Debug, Clone, Default)]
pub struct Doomed {
    removals: Vec<Doom>,
}

/// A removed disk and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doom {
    /// Where the disk was in the definition: `devices/disk[vda]`.
    pub place: String,
    /// Paths of the files.
    pub files: Vec<String>,
    target: String,
    /// What the disk had when it was removed, then what it has in the host's definition.
    sources: Vec<Source>,
}

impl Doomed {
    /// The disk at `node` of `edited` is about to be removed with these files. `base` is the host's definition.
    pub fn add(&mut self, base: &Domain, edited: &Domain, node: NodeId, files: Vec<String>) {
        if files.is_empty() {
            return;
        }
        let document = edited.document();
        let target = target(document, node);
        let mut sources: Vec<Source> = source(document, node).into_iter().collect();
        let before = disks(base).find(|(_, other)| *other == target);
        sources.extend(before.and_then(|(node, _)| source(base.document(), node)));
        self.removals.push(Doom {
            place: document.place(node),
            files,
            target,
            sources,
        });
    }

    /// Forgets the files of disks that `edited` has again, and those that it names in another place, for good: what happens
    /// to such a disk later is another matter.
    pub fn follow(&mut self, edited: &Domain) {
        self.removals.retain(|doom| doom.is_gone(edited));
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.removals.clear();
    }

    /// The files, for people.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.removals
            .iter()
            .flat_map(|doom| doom.files.iter().map(String::as_str))
    }

    /// Takes the removals out that `definition`, which the host has now, has seen. Those that failed stay.
    pub fn take_applied(&mut self, definition: &Domain) -> Vec<Doom> {
        let all = std::mem::take(&mut self.removals);
        let (applied, failed) = all.into_iter().partition(|doom| doom.is_gone(definition));
        self.removals = failed;
        applied
    }
}

impl Doom {
    fn is_gone(&self, domain: &Domain) -> bool {
        let document = domain.document();
        let is_back = disks(domain).any(|(node, target)| {
            target == self.target && source(document, node).is_some_and(|source| self.sources.contains(&source))
        });
        let is_named = self.sources.first().is_some_and(|own| {
            let mut images = images(document).into_iter();
            images.any(|image| image.source == *own)
        });
        !is_back && !is_named && !self.files.iter().any(|file| names(domain, file))
    }
}

/// Whether a definition names a file, be it below another image.
#[must_use]
pub fn names(domain: &Domain, file: &str) -> bool {
    let file = Source::path(file);
    let mut images = images(domain.document()).into_iter();
    images.any(|image| image.source == file || image.chain.contains(&file))
}

fn disks(domain: &Domain) -> impl Iterator<Item = (NodeId, String)> + '_ {
    let disks = domain.devices_of(DeviceKind::Disk);
    disks.map(|node| (node, target(domain.document(), node)))
}

fn target(document: &Document, node: NodeId) -> String {
    let target = document.child(node, "target");
    let name = target.and_then(|target| document.attribute(target, "dev"));
    name.unwrap_or_default().into_owned()
}

fn source(document: &Document, node: NodeId) -> Option<Source> {
    disk(document, node).map(|image| image.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(disks: &[(&str, &str)]) -> Domain {
        let disks: String = disks
            .iter()
            .map(|(target, file)| {
                format!("<disk type='file' device='disk'><source file='{file}'/><target dev='{target}'/></disk>")
            })
            .collect();
        Domain::parse(&format!(
            "<domain type='test'><name>vm</name><devices>{disks}</devices></domain>"
        ))
        .expect("a machine")
    }

    /// `vdb` of this machine was removed with its image.
    fn doomed(base: &Domain, edited: &Domain) -> Doomed {
        let (node, _) = disks(edited).find(|(_, target)| target == "vdb").expect("the disk");
        let image = source(edited.document(), node).expect("an image");
        let mut doomed = Doomed::default();
        doomed.add(base, edited, node, vec![image.as_str().to_owned()]);
        doomed
    }

    #[test]
    fn image_of_a_disk_whose_removal_was_taken_back_stays_when_the_disk_gets_another() {
        let base = machine(&[("vda", "/a"), ("vdb", "/b")]);
        let mut doomed = doomed(&base, &base);
        doomed.follow(&machine(&[("vda", "/a")]));
        assert_eq!(doomed.files().collect::<Vec<_>>(), ["/b"]);
        doomed.follow(&base);
        let other = machine(&[("vda", "/a"), ("vdb", "/c")]);
        doomed.follow(&other);
        assert_eq!(doomed.take_applied(&other), []);
    }

    #[test]
    fn image_of_a_removed_disk_goes_although_another_disk_has_its_name_now() {
        let base = machine(&[("vda", "/a"), ("vdb", "/b")]);
        let mut doomed = doomed(&base, &base);
        doomed.follow(&machine(&[("vda", "/a")]));
        let other = machine(&[("vda", "/a"), ("vdb", "/c")]);
        doomed.follow(&other);
        let applied = doomed.take_applied(&other);
        assert_eq!(applied.len(), 1);
        assert_eq!(
            (applied[0].place.as_str(), applied[0].files.as_slice()),
            ("devices/disk[vdb]", &["/b".to_owned()][..])
        );
        assert_eq!(doomed.files().count(), 0);
    }

    #[test]
    fn a_removal_that_is_forgotten_brings_back_the_image_that_the_host_knows() {
        let base = machine(&[("vda", "/a"), ("vdb", "/b")]);
        let mut doomed = doomed(&base, &machine(&[("vda", "/a"), ("vdb", "/c")]));
        assert_eq!(doomed.files().collect::<Vec<_>>(), ["/c"]);
        doomed.follow(&base);
        assert_eq!(doomed.files().count(), 0);
    }

    #[test]
    fn image_with_an_ampersand_stays_while_another_disk_names_it() {
        let base = machine(&[("vda", "/this &amp; that"), ("vdb", "/this &amp; that")]);
        let mut doomed = doomed(&base, &base);
        assert_eq!(doomed.files().collect::<Vec<_>>(), ["/this & that"]);
        assert!(names(&base, "/this & that"));
        doomed.follow(&machine(&[("vda", "/this &amp; that")]));
        assert_eq!(doomed.files().count(), 0);
    }

    #[test]
    fn a_removal_that_failed_keeps_its_files() {
        let base = machine(&[("vda", "/a"), ("vdb", "/b")]);
        let mut doomed = doomed(&base, &base);
        assert_eq!(doomed.take_applied(&base), []);
        assert_eq!(doomed.files().collect::<Vec<_>>(), ["/b"]);
    }
}
