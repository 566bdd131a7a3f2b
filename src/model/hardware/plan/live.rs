//! What can change while a machine runs, and how. The tables are those of libvirt's QEMU driver; other drivers are asked, and
//! what they cannot do waits for the next start.

mod device;
mod tune;

use super::part::carry_into;
use super::{Change, ChangeKind, Step, pair, property};
use crate::i18n::tr;
use crate::model::action::LiveChange;
use crate::model::xml::domain::fields::general;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Document, NodeId};

pub use device::hot_pluggable;

/// How a change gets into the running machine.
pub(super) enum Live {
    /// By these steps; none where it is so already.
    Steps(Vec<Step>),
    /// Not before the next start, and why.
    NextStart(String),
    /// Not before the machine is off, and why.
    Off(String),
}

impl Live {
    fn step(does: LiveChange, back: LiveChange) -> Self {
        match does == back {
            true => Self::Steps(Vec::new()),
            false => Self::Steps(vec![Step { does, back: Some(back) }]),
        }
    }

    fn fixed() -> Self {
        Self::NextStart(tr("It is fixed while the machine runs."))
    }
}

/// Whether libvirt's QEMU driver runs the machine.
fn is_qemu(live: &Domain) -> bool {
    matches!(live.hypervisor().as_str(), "qemu" | "kvm" | "hvf" | "nvmm")
}

/// The running machine beside the definitions of the next start.
pub(super) struct Running<'d> {
    base: &'d Domain,
    edited: &'d Domain,
    live: &'d Domain,
    /// PCIe ports that are free still for devices of this plan.
    ports: std::cell::Cell<usize>,
}

impl<'d> Running<'d> {
    pub(super) fn new(base: &'d Domain, edited: &'d Domain, live: &'d Domain) -> Self {
        Self {
            base,
            edited,
            live,
            ports: live.free_pcie_ports().len().into(),
        }
    }

    /// What the change means to the running machine.
    pub(super) fn steps(&self, change: &Change) -> Live {
        let part = change.parts.first();
        match (change.kind, change.owner.kind) {
            (ChangeKind::Added, Some(kind)) => match part.and_then(|part| part.after) {
                Some(node) => self.added(kind, node),
                None => Live::fixed(),
            },
            (ChangeKind::Removed, Some(kind)) => match part.and_then(|part| part.before) {
                Some(node) => self.removed(kind, node),
                None => Live::fixed(),
            },
            (ChangeKind::Changed, Some(kind)) => match part.and_then(|part| part.before) {
                Some(node) => self.changed(change, kind, node),
                None => Live::fixed(),
            },
            (_, None) => self.machine(change),
        }
    }

    fn machine(&self, change: &Change) -> Live {
        let text = |domain: &Domain, field| {
            let document = domain.document();
            document.get(document.root(), field).unwrap_or_default()
        };
        match change.place.as_str() {
            "title" => Live::step(
                LiveChange::Title(text(self.edited, general::TITLE)),
                LiveChange::Title(text(self.live, general::TITLE)),
            ),
            "description" => Live::step(
                LiveChange::Description(text(self.edited, general::DESCRIPTION)),
                LiveChange::Description(text(self.live, general::DESCRIPTION)),
            ),
            "name" => Live::Off(tr("A machine can be renamed only while it is off.")),
            "currentMemory" => self.balloon(),
            "vcpu/@current" => self.vcpus(),
            "vcpu" => Live::NextStart(tr("The maximum of virtual CPUs is fixed while the machine runs.")),
            "memory" => Live::NextStart(tr("The memory that the machine starts with is fixed while it runs.")),
            property::BOOT => Live::NextStart(tr("It is looked at when the machine starts.")),
            place if place.starts_with("metadata/") => self.metadata(place),
            _ if is_qemu(self.live) => self.tuned(change),
            _ => Live::fixed(),
        }
    }

    fn balloon(&self) -> Live {
        let (Some(new), Some(old)) = (self.edited.current_memory_kib(), self.live.current_memory_kib()) else {
            return Live::fixed();
        };
        if self.live.memory_kib().is_some_and(|most| new > most) {
            return Live::NextStart(tr("That is more memory than the running machine has."));
        }
        let document = self.live.document();
        let has_balloon = self
            .live
            .devices_of(DeviceKind::Memballoon)
            .any(|node| document.attribute(node, "model").as_deref() != Some("none"));
        if is_qemu(self.live) && !has_balloon {
            return Live::NextStart(tr("The machine has no memory balloon."));
        }
        Live::step(LiveChange::Memory(new), LiveChange::Memory(old))
    }

    fn vcpus(&self) -> Live {
        let (new, old) = (self.edited.vcpus(), self.live.vcpus());
        if new > self.live.max_vcpus() {
            return Live::NextStart(tr("That is more virtual CPUs than the running machine can have."));
        }
        match (u32::try_from(new), u32::try_from(old)) {
            (Ok(new), Ok(old)) => Live::step(LiveChange::Vcpus(new), LiveChange::Vcpus(old)),
            _ => Live::fixed(),
        }
    }

    fn metadata(&self, place: &str) -> Live {
        let name = place.trim_start_matches("metadata/");
        let mut uris = Vec::new();
        for domain in [self.base, self.edited] {
            for (node, uri) in programs(domain) {
                if domain.document().local_name(node) == name && !uris.contains(&uri) {
                    uris.push(uri);
                }
            }
        }
        let element = |domain: &Domain, uri: &str| {
            let node = domain.metadata(uri)?;
            plain_metadata(domain.document(), node, uri)
        };
        let mut steps = Vec::new();
        for uri in uris {
            let (new, old) = (element(self.edited, &uri), element(self.live, &uri));
            if new == old {
                continue;
            }
            let change = |said: &Option<(String, String)>, other: &Option<(String, String)>| {
                let key = said.as_ref().or(other.as_ref()).map(|(key, _)| key.clone());
                LiveChange::Metadata {
                    key: key.unwrap_or_default(),
                    uri: uri.clone(),
                    xml: said.as_ref().map(|(_, xml)| xml.clone()).unwrap_or_default(),
                }
            };
            steps.push(Step {
                does: change(&new, &old),
                back: Some(change(&old, &new)),
            });
        }
        Live::Steps(steps)
    }

    /// The device of the running machine that is `node` of the first definition.
    fn partner(&self, node: NodeId) -> Option<NodeId> {
        pair::partner(self.base, node, self.live)
    }

    /// The running device with the change in it, and as it is.
    fn updated(&self, change: &Change, live: NodeId) -> Option<(Domain, String)> {
        let mut copy = self.live.clone();
        carry_into(change, self.edited.document(), copy.document_mut(), live).ok()?;
        Some((copy, self.live.document().source(live)))
    }
}

/// What programs keep in a definition, with their namespaces.
fn programs(domain: &Domain) -> Vec<(NodeId, String)> {
    let document = domain.document();
    let Some(metadata) = document.child(document.root(), "metadata") else {
        return Vec::new();
    };
    document
        .children(metadata)
        .filter_map(|node| Some((node, document.namespace(node)?)))
        .collect()
}

/// A program's element as `virDomainSetMetadata` wants it, without its prefix, which comes first.
pub(crate) fn plain_metadata(document: &Document, node: NodeId, uri: &str) -> Option<(String, String)> {
    let mut element = Document::parse(&document.source(node)).ok()?;
    let root = element.root();
    let prefix = element.name(root).split_once(':').map(|(prefix, _)| prefix.to_owned());
    let start = prefix.as_ref().map(|prefix| format!("{prefix}:"));
    for id in element.descendants(root) {
        let plain = start
            .as_ref()
            .and_then(|start| element.name(id).strip_prefix(start.as_str()))
            .map(str::to_owned);
        if let Some(plain) = plain {
            element.rename(id, &plain).ok()?;
        }
    }
    match &prefix {
        Some(prefix) => {
            element.remove_attribute(root, &format!("xmlns:{prefix}"));
        }
        None => {
            element.remove_attribute(root, "xmlns");
        }
    }
    let source = element.source(root);
    // A namespace of one's own needs a prefix; which one doesn't matter.
    let key = prefix.unwrap_or_else(|| element.name(root).to_owned());
    debug_assert!(!uri.is_empty());
    Some((key, source))
}
