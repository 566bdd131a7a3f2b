//! Deleting machines: what goes with one, what stays if the user says so, and what became of it.

use std::fmt;

use super::error::VirtError;
use super::key::DomainKey;
use super::usage::{Deleted, Image, Role, images};
use super::xml::Document;
use crate::i18n::tr_n;

/// What a machine has besides its definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Belongings {
    /// Its memory was saved (`virDomainHasManagedSaveImage`).
    pub saved: bool,
    /// Snapshots that libvirt knows of.
    pub snapshots: usize,
    /// Checkpoints that libvirt knows of.
    pub checkpoints: usize,
    /// Its firmware keeps settings in a file of its own.
    pub nvram: bool,
    /// It has an emulated TPM, which keeps its keys on the host.
    pub tpm: bool,
    /// The images that it uses now and would use at the next start, each once.
    pub images: Vec<Image>,
}

impl Belongings {
    /// Learns what a definition tells, that of the running machine or that of the next start.
    pub fn learn(&mut self, definition: &Document) {
        for image in images(definition) {
            if image.role == Role::Nvram {
                self.nvram = true;
            } else if !self.images.contains(&image) {
                self.images.push(image);
            }
        }
        let devices = definition.child(definition.root(), "devices");
        self.tpm |= devices.is_some_and(|devices| {
            definition.children_named(devices, "tpm").any(|tpm| {
                let backend = definition.child(tpm, "backend");
                let kind = backend.and_then(|backend| definition.attribute(backend, "type"));
                kind.as_deref() == Some("emulator")
            })
        });
    }
}

impl Belongings {
    /// Whether the definition is all that goes: defined again, the machine is what it was.
    #[must_use]
    pub fn only_definition_goes(&self, keep: Keep) -> bool {
        let kept = (!self.nvram || keep.nvram) && (!self.tpm || keep.tpm);
        kept && !self.saved && self.snapshots == 0 && self.checkpoints == 0
    }
}

/// A machine of which only the definition is gone, so that it can be had back.
#[derive(Clone, PartialEq, Eq)]
pub struct Undo {
    /// Which one it was.
    pub key: DomainKey,
    /// Its name, as sentences show it.
    pub name: String,
    /// Its definition, with passwords.
    pub definition: String,
    /// It started with the host.
    pub autostart: bool,
}

impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undo").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What to leave on the host when a machine is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Keep {
    /// The settings of the firmware (`VIR_DOMAIN_UNDEFINE_KEEP_NVRAM`).
    pub nvram: bool,
    /// The keys of the TPM (`VIR_DOMAIN_UNDEFINE_KEEP_TPM`).
    pub tpm: bool,
}

/// What of all machines that are about to be deleted goes with their definitions, in words, one line each. What the user may
/// keep is not among it.
#[must_use]
pub fn gone_with<'a>(machines: impl IntoIterator<Item = &'a Belongings>) -> Vec<String> {
    let (mut saved, mut snapshots, mut checkpoints) = (0, 0, 0);
    for machine in machines {
        saved += usize::from(machine.saved);
        snapshots += machine.snapshots;
        checkpoints += machine.checkpoints;
    }
    let mut lines = Vec::new();
    if saved > 0 {
        lines.push(tr_n(
            "{n} saved state: what was in memory is lost.",
            "{n} saved states: what was in memory is lost.",
            saved,
            &[],
        ));
    }
    if snapshots > 0 {
        lines.push(tr_n(
            "{n} snapshot: nobody can go back to it any more.",
            "{n} snapshots: nobody can go back to them any more.",
            snapshots,
            &[],
        ));
    }
    if checkpoints > 0 {
        lines.push(tr_n(
            "{n} checkpoint: the next backup is a full one.",
            "{n} checkpoints: the next backup is a full one.",
            checkpoints,
            &[],
        ));
    }
    lines
}

/// What became of a machine that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is gone.
    Deleted,
    /// It runs, and forcing it off was not agreed to: nothing was done.
    Running,
    /// It was to be forced off first, and runs still: nothing was done.
    NotStopped(VirtError),
    /// Its definition is still there.
    NotDeleted {
        /// It was forced off.
        stopped: bool,
        /// What libvirt said.
        error: VirtError,
    },
}

/// What became of everything that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The machines by name.
    pub machines: Vec<(String, Fate)>,
    /// The images that the user chose.
    pub images: Vec<Deleted>,
    /// Hosts that could not be asked to delete images, and which images were not touched.
    pub untouched: Vec<(Vec<String>, VirtError)>,
    /// Deleted machines that can be had back.
    pub undo: Vec<Undo>,
}

impl Report {
    /// Everything is gone that was to go.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.untouched.is_empty()
            && self.machines.iter().all(|(_, fate)| *fate == Fate::Deleted)
            && self.images.iter().all(|image| image.result.is_ok())
    }

    /// How many machines are gone.
    #[must_use]
    pub fn deleted(&self) -> usize {
        let gone = self.machines.iter().filter(|(_, fate)| *fate == Fate::Deleted);
        gone.count()
    }

    /// What is still there of the images and why, in words, one line each. `why` puts a failure into words.
    #[must_use]
    pub fn kept_images(&self, why: impl Fn(&VirtError) -> String) -> Vec<String> {
        let mut lines = Vec::new();
        for image in &self.images {
            if let Err(kept) = &image.result {
                lines.push(format!("{}: {}", image.path, kept.sentence()));
            }
        }
        for (paths, error) in &self.untouched {
            let why = why(error);
            lines.extend(paths.iter().map(|path| format!("{path}: {why}")));
        }
        lines
    }

    /// What to say of the images that are gone; `None` for none.
    #[must_use]
    pub fn gone_images(&self) -> Option<String> {
        match self.images.iter().filter(|image| image.result.is_ok()).count() {
            0 => None,
            n => Some(tr_n(
                "{n} disk image was deleted.",
                "{n} disk images were deleted.",
                n,
                &[],
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::Domain;

    #[test]
    fn both_definitions_tell_what_a_machine_has() {
        let text = |disk: &str, rest: &str| {
            format!(
                "<domain><os><loader type='pflash' readonly='yes'>/code</loader>{rest}</os><devices>\
                 <disk type='file'><source file='{disk}'/><target dev='vda'/></disk>\
                 <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices></domain>"
            )
        };
        let mut found = Belongings::default();
        let learn = |found: &mut Belongings, text: &str| found.learn(Domain::parse(text).unwrap().document());
        learn(&mut found, &text("/a", ""));
        assert!(found.tpm && !found.nvram);
        learn(&mut found, &text("/a", "<nvram>/vars</nvram>"));
        learn(&mut found, &text("/b", ""));
        assert!(found.nvram);
        let paths: Vec<&str> = found.images.iter().map(|image| image.source.as_str()).collect();
        assert_eq!(paths, ["/code", "/a", "/b"]);
        // A device of the host keeps its keys itself.
        let mut other = Belongings::default();
        learn(
            &mut other,
            "<domain><devices><tpm><backend type='passthrough'/></tpm></devices></domain>",
        );
        assert!(!other.tpm);
    }

    #[test]
    fn what_goes_with_machines_is_counted() {
        let plain = Belongings::default();
        assert_eq!(gone_with([&plain]), [""; 0]);
        let rich = Belongings {
            saved: true,
            snapshots: 3,
            checkpoints: 1,
            ..plain.clone()
        };
        let lines = gone_with([&plain, &rich]);
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("3 snapshots"), "{lines:?}");
        assert!(gone_with([&rich, &rich])[0].starts_with("2 saved states"));
    }
}
