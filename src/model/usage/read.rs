//! The images in a definition.

use std::borrow::Cow;
use std::sync::Arc;

use super::image::{Access, Image, Role, Source};
use crate::model::xml::domain::Domain;
use crate::model::xml::{Document, NodeId};

/// Images above each other that are believed.
const DEEPEST: usize = 64;

/// All images and leases that a `<domain>` names.
#[must_use]
pub fn images(document: &Document) -> Vec<Image> {
    images_of(document, document.root())
}

/// All images that going back to a snapshot needs: what its machine had then, before and after, and the memory that was saved.
#[must_use]
pub fn snapshot_images(snapshot: &Document) -> Vec<Image> {
    let root = snapshot.root();
    let name: Arc<str> = snapshot.value(root, "name").unwrap_or_default().into();
    let mut found = Vec::new();
    for machine in ["domain", "inactiveDomain"] {
        if let Some(machine) = snapshot.child(root, machine) {
            found.extend(images_of(snapshot, machine));
        }
    }
    let disks = snapshot.child(root, "disks");
    let overlays = disks
        .into_iter()
        .flat_map(|disks| snapshot.children_named(disks, "disk"));
    let mut sources: Vec<Source> = overlays.filter_map(|disk| source(snapshot, disk)).collect();
    let memory = snapshot.child(root, "memory");
    let memory = memory.and_then(|memory| text(snapshot, memory, "file"));
    sources.extend(memory.map(|file| Source::path(&file)));
    found.extend(sources.into_iter().map(|source| Image {
        source,
        role: Role::Snapshot(Arc::clone(&name)),
        access: Access::Base,
        chain: Box::default(),
    }));
    for image in &mut found {
        image.role = Role::Snapshot(Arc::clone(&name));
        image.access = Access::Base;
    }
    found
}

fn images_of(document: &Document, root: NodeId) -> Vec<Image> {
    let mut found = Vec::new();
    if let Some(os) = document.child(root, "os") {
        boot(document, os, &mut found);
    }
    for devices in document.children_named(root, "devices") {
        for device in document.children(devices) {
            if document.is(device, "disk") {
                found.extend(disk(document, device));
                found.extend(beside(document, device));
            } else if document.is(device, "filesystem") {
                found.extend(filesystem(document, device));
            } else if document.is(device, "memory") {
                found.extend(module(document, device));
            } else if document.is(device, "lease") {
                found.extend(lease(document, device));
            }
        }
    }
    found
}

/// The images that an edited definition names and the one before did not, or not in the same way: what must be asked about
/// before the edit is applied.
#[must_use]
pub fn additions(before: &Domain, edited: &Domain) -> Vec<Image> {
    let known = images(before.document());
    let mut new = images(edited.document());
    new.retain(|image| {
        !known
            .iter()
            .any(|known| known.source == image.source && known.role == image.role && known.access == image.access)
    });
    new
}

/// The image of a `<disk>`; `None` for an empty drive, and for what is no image (`vhostuser`).
#[must_use]
pub fn disk(document: &Document, node: NodeId) -> Option<Image> {
    let source = source(document, node)?;
    Some(Image {
        source,
        role: Role::Disk(target(document, node).into()),
        access: access(document, node),
        chain: chain(document, node),
    })
}

fn text<'d>(document: &'d Document, node: NodeId, name: &str) -> Option<Cow<'d, str>> {
    document.attribute(node, name).filter(|value| !value.is_empty())
}

fn target(document: &Document, disk: NodeId) -> Cow<'_, str> {
    document
        .child(disk, "target")
        .and_then(|target| document.attribute(target, "dev"))
        .unwrap_or_default()
}

fn access(document: &Document, disk: NodeId) -> Access {
    let has = |name| document.child(disk, name).is_some();
    let shares_base = || {
        let transient = document.child(disk, "transient")?;
        (document.attribute(transient, "shareBacking")? == "yes").then_some(())
    };
    // libvirt makes every CD-ROM read-only.
    if has("readonly") || document.attribute(disk, "device").as_deref() == Some("cdrom") {
        Access::Read
    } else if has("shareable") {
        Access::Share
    } else if shares_base().is_some() {
        Access::Base
    } else {
        Access::Write
    }
}

/// The `<source>` of an element that says with `type` what kind it is: `<disk>`, `<backingStore>`, `<mirror>`.
fn source(document: &Document, holder: NodeId) -> Option<Source> {
    let source = document.child(holder, "source")?;
    let of = |name| text(document, source, name);
    let kind = text(document, holder, "type").unwrap_or(Cow::Borrowed("file"));
    match &*kind {
        "file" => of("file").map(|path| Source::path(&path)),
        "block" | "vhostvdpa" => of("dev").map(|path| Source::path(&path)),
        "dir" => of("dir").map(|path| Source::path(&path)),
        "volume" => Some(Source::volume(&of("pool")?, &of("volume")?)),
        "network" => {
            let host = document.child(source, "host");
            let part = |name| host.and_then(|host| text(document, host, name)).unwrap_or_default();
            let place = match (part("name"), part("port")) {
                (name, port) if !port.is_empty() => Cow::Owned(format!("{name}:{port}")),
                (name, _) if name.is_empty() => part("socket"),
                (name, _) => name,
            };
            Some(Source::network(
                &of("protocol")?,
                &of("name").unwrap_or_default(),
                &place,
            ))
        }
        "nvme" => {
            let address = document.child(source, "address")?;
            let number = |name| document.attribute(address, name).unwrap_or_default();
            let plain = |name| number(name).trim_start_matches("0x").to_ascii_lowercase();
            let place = format!(
                "{:0>4}:{:0>2}:{:0>2}.{}",
                plain("domain"),
                plain("bus"),
                plain("slot"),
                plain("function")
            );
            Some(Source::nvme(&place, &of("namespace").unwrap_or_default()))
        }
        _ => None,
    }
}

fn chain(document: &Document, disk: NodeId) -> Box<[Source]> {
    let mut found = Vec::new();
    let mut at = disk;
    while let Some(below) = document.child(at, "backingStore")
        && found.len() < DEEPEST
    {
        let Some(source) = source(document, below) else { break };
        found.push(source);
        at = below;
    }
    found.into()
}

/// What belongs to a disk besides its image: where a running job copies it to, and the file that holds its data.
fn beside(document: &Document, disk: NodeId) -> Vec<Image> {
    let name = || target(document, disk).into();
    let data = document
        .child(disk, "source")
        .and_then(|source| document.child(source, "dataStore"));
    let data = data.and_then(|data| source(document, data)).map(|source| Image {
        source,
        role: Role::Disk(name()),
        access: access(document, disk),
        chain: Box::default(),
    });
    let mirror = document.child(disk, "mirror").and_then(|mirror| {
        let source = source(document, mirror)?;
        Some(Image {
            source,
            role: Role::Copy(name()),
            access: Access::Write,
            chain: chain(document, mirror),
        })
    });
    data.into_iter().chain(mirror).collect()
}

fn boot(document: &Document, os: NodeId, found: &mut Vec<Image>) {
    for child in document.children(os) {
        let (role, access) = match document.local_name(child) {
            "loader" if document.attribute(child, "readonly").as_deref() == Some("no") => {
                (Role::Firmware, Access::Write)
            }
            "loader" => (Role::Firmware, Access::Read),
            "nvram" => (Role::Nvram, Access::Write),
            "kernel" => (Role::Kernel, Access::Read),
            "initrd" => (Role::Initrd, Access::Read),
            "dtb" => (Role::DeviceTree, Access::Read),
            _ => continue,
        };
        if !document.is(child, document.local_name(child)) {
            continue;
        }
        let path = document.text(child);
        let source = match path.trim() {
            "" => source(document, child),
            path => Some(Source::path(path)),
        };
        found.extend(source.map(|source| Image {
            source,
            role,
            access,
            chain: Box::default(),
        }));
    }
}

fn filesystem(document: &Document, node: NodeId) -> Option<Image> {
    let source = document.child(node, "source")?;
    let place = match &*document.attribute(node, "type")? {
        "file" => Source::path(&text(document, source, "file")?),
        "block" => Source::path(&text(document, source, "dev")?),
        "volume" => Source::volume(&text(document, source, "pool")?, &text(document, source, "volume")?),
        // A folder is no image: many machines may have it.
        _ => return None,
    };
    let folder = document
        .child(node, "target")
        .and_then(|target| document.attribute(target, "dir"))
        .unwrap_or_default();
    let reads = document.child(node, "readonly").is_some();
    Some(Image {
        source: place,
        role: Role::Filesystem(folder.into()),
        access: if reads { Access::Read } else { Access::Write },
        chain: Box::default(),
    })
}

fn module(document: &Document, node: NodeId) -> Option<Image> {
    let path = document.value(node, "source/path").filter(|path| !path.is_empty())?;
    let reads = document.find(node, "target/readonly").is_some();
    Some(Image {
        source: Source::path(&path),
        role: Role::MemoryModule,
        access: if reads { Access::Read } else { Access::Write },
        chain: Box::default(),
    })
}

fn lease(document: &Document, node: NodeId) -> Option<Image> {
    let key = document.value(node, "key").filter(|key| !key.is_empty())?;
    let space = document.value(node, "lockspace").unwrap_or_default();
    Some(Image {
        source: Source::lease(&space, &key),
        role: Role::Lease,
        access: Access::Write,
        chain: Box::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshot_needs_what_its_machine_had_and_what_it_saved() {
        let disk = |path: &str| format!("<devices><disk><source file='{path}'/><target dev='vda'/></disk></devices>");
        let text = format!(
            "<domainsnapshot><name>first</name><memory snapshot='external' file='/memory'/>\
             <disks><disk name='vda' type='file'><source file='/overlay'/></disk><disk name='vdb'/></disks>\
             <domain>{}</domain><inactiveDomain>{}</inactiveDomain></domainsnapshot>",
            disk("/before"),
            disk("/after")
        );
        let found = snapshot_images(&Document::parse(&text).unwrap());
        let paths: Vec<&str> = found.iter().map(|image| image.source.as_str()).collect();
        assert_eq!(paths, ["/before", "/after", "/overlay", "/memory"]);
        assert!(found.iter().all(|image| image.role == Role::Snapshot("first".into())));
    }
}
