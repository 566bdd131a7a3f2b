//! Users of images, in words.

use super::{Access, Clash, Conflict, Holder, Reason, Role, Source, Usage};
use crate::i18n::{tr, tr_c, tr_f, tr_n};
use crate::model::name::name;

impl Role {
    /// What a person calls it: “vda”, “kernel”; for the inside of a sentence.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Disk(target) => name(target),
            Self::Copy(target) => tr_f("copy of {target}", &[("target", &name(target))]),
            Self::Filesystem(folder) => tr_f("file system {folder}", &[("folder", &name(folder))]),
            Self::MemoryModule => tr_c("use of an image", "memory module"),
            Self::Firmware => tr_c("use of an image", "firmware"),
            Self::Nvram => tr_c("use of an image", "firmware settings"),
            Self::Kernel => tr_c("use of an image", "kernel"),
            Self::Initrd => tr_c("use of an image", "initial RAM disk"),
            Self::DeviceTree => tr_c("use of an image", "device tree"),
            Self::Snapshot(snapshot) => tr_f("snapshot {snapshot}", &[("snapshot", &name(snapshot))]),
            Self::Lease => tr_c("use of an image", "lease"),
        }
    }
}

impl Source {
    /// What a person calls it: the path, `pool/volume`, or the address.
    #[must_use]
    pub fn label(&self) -> String {
        let text = self.as_str();
        let plain = text.strip_prefix("volume:").or_else(|| text.strip_prefix("lease:"));
        name(plain.unwrap_or(text))
    }
}

impl Holder {
    /// “old-mail” uses it as vda (running).
    #[must_use]
    pub fn sentence(&self) -> String {
        let (machine, active, role, access) = match self {
            Self::Volume(overlay) => {
                return tr_f("The volume {volume} builds on it.", &[("volume", &overlay.label())]);
            }
            Self::Machine {
                name,
                active,
                role,
                access,
                ..
            } => (name, *active, role, *access),
        };
        let arguments = [("machine", name(machine)), ("device", role.label())];
        let arguments = arguments.each_ref().map(|(key, value)| (*key, value.as_str()));
        match (role, access, active) {
            (Role::Lease, _, true) => tr_f("“{machine}” holds it (running).", &arguments),
            (Role::Lease, _, false) => tr_f("“{machine}” wants it, too (off).", &arguments),
            (Role::Snapshot(snapshot), ..) => tr_f(
                "The snapshot {snapshot} of “{machine}” needs it.",
                &[("snapshot", &name(snapshot)), ("machine", &name(machine))],
            ),
            (_, Access::Base, true) => tr_f("“{machine}” builds on it with {device} (running).", &arguments),
            (_, Access::Base, false) => tr_f("“{machine}” builds on it with {device} (off).", &arguments),
            (_, _, true) => tr_f("“{machine}” uses it as {device} (running).", &arguments),
            (_, _, false) => tr_f("“{machine}” uses it as {device} (off).", &arguments),
        }
    }

    /// Its name: that of the machine, or of the volume.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Machine { name: machine, .. } => name(machine),
            Self::Volume(overlay) => overlay.label(),
        }
    }
}

impl Conflict {
    /// Image and user on one line, for a list.
    #[must_use]
    pub fn line(&self) -> String {
        let arguments = [("image", self.source.label()), ("sentence", self.holder.sentence())];
        let arguments = arguments.each_ref().map(|(key, value)| (*key, value.as_str()));
        // Translators: an image and who uses it: “/images/a.qcow2: “mail” uses it as vda (running).”
        tr_f("{image}: {sentence}", &arguments)
    }
}

/// What would happen if it were done all the same: one or two sentences for all of them. Empty for none.
#[must_use]
pub fn consequence(conflicts: &[Conflict]) -> String {
    let any = |wanted: fn(Reason) -> bool| conflicts.iter().any(|conflict| wanted(conflict.reason));
    let of_lease = |conflict: &Conflict| matches!(&conflict.holder, Holder::Machine { role: Role::Lease, .. });
    let mut said = Vec::new();
    if any(|reason| reason == Reason::Clash(Clash::WritesBase)) {
        said.push(tr(
            "Other disks build on an image that this machine writes to. They would be damaged for good.",
        ));
    }
    if conflicts.iter().any(|conflict| {
        matches!(conflict.reason, Reason::Clash(clash) if clash != Clash::WritesBase) && !of_lease(conflict)
    }) {
        said.push(tr(
            "While one machine writes to an image no other one may use it, or what is on it is damaged.",
        ));
    }
    if conflicts.iter().any(of_lease) {
        said.push(tr("A lease belongs to one running machine at a time."));
    }
    if any(|reason| reason == Reason::Changing) {
        said.push(tr("An image that changes while it is copied makes a damaged copy."));
    }
    if any(|reason| reason == Reason::Used) {
        said.push(tr("What is deleted is lost for all that use it."));
    }
    said.join(" ")
}

impl Usage {
    /// What to say beside an image that can be chosen: “used by “db-1””; `None` where nobody uses it. `path` as definitions
    /// have it, or the path of a volume.
    #[must_use]
    pub fn note(&self, path: &str) -> Option<String> {
        let mut names: Vec<String> = Vec::new();
        for holder in self.holders(&Source::path(path)) {
            let name = holder.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let first = names.first()?;
        Some(match names.len() - 1 {
            0 => tr_f("used by “{machine}”", &[("machine", first)]),
            others => tr_n(
                "used by “{machine}” and {n} other",
                "used by “{machine}” and {n} others",
                others,
                &[("machine", first)],
            ),
        })
    }
}
