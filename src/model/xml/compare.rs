//! What differs between two documents, and how changes of two people come together.
//!
//! Elements of two documents belong together by what makes them themselves: a disk by its target, an interface by its
//! hardware address, others by their name and place. Layout, comments and the order of attributes are no differences.

use std::collections::{HashMap, HashSet};

use super::tree::Kind;
use super::{Document, NodeId, Place, Refused};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, as a person would point at it: `devices/disk[vda]/driver/@cache`.
    pub place: String,
    /// What the first document says there: a value, or the source of an element.
    pub before: Option<String>,
    /// What the second one says.
    pub after: Option<String>,
}

/// A place that both sides changed, each in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where, as in [`Difference::place`].
    pub place: String,
    /// What our side wants there; `None` where it removed it.
    pub ours: Option<String>,
    /// What the other side made of it.
    pub theirs: Option<String>,
}

/// Elements that only hold others.
const CONTAINERS: &[&str] = &[
    "devices",
    "metadata",
    "features",
    "cputune",
    "blkiotune",
    "memtune",
    "numatune",
    "memoryBacking",
    "vcpus",
    "iothreadids",
    "pm",
    "resource",
    "dhcp",
    "dns",
    "disks",
];

/// What makes an element itself among its siblings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    name: String,
    namespace: Option<String>,
    mark: String,
    /// Which one of several that are alike.
    number: usize,
}

impl Identity {
    pub(super) fn label(&self) -> String {
        let number = if self.number > 0 {
            format!("#{}", self.number + 1)
        } else {
            String::new()
        };
        match self.mark.as_str() {
            "" => format!("{}{number}", self.name),
            mark => format!("{}[{mark}]{number}", self.name),
        }
    }
}

/// Where to look for the mark of an element: paths of names, the last one an attribute.
fn marks(name: &str, parent: &str) -> &'static [&'static str] {
    match (name, parent) {
        ("disk", _) => &["target/dev", "name"],
        ("interface", "devices") => &["mac/address"],
        ("controller", _) => &["type", "index"],
        ("graphics" | "watchdog" | "tpm", _) => &["type", "model"],
        ("input", _) => &["type", "bus"],
        ("filesystem", _) => &["target/dir"],
        ("channel", _) => &["target/type", "target/name"],
        ("serial" | "console" | "parallel", _) => &["target/type", "target/port"],
        ("vcpupin" | "iothreadpin", _) => &["vcpu", "iothread"],
        ("vcpu" | "cell" | "audio" | "iothread", _) => &["id"],
        ("feature" | "entry" | "timer" | "host" | "portgroup" | "variable" | "parameter", _) => &["name", "ip"],
        ("seclabel", _) => &["model", "type"],
        ("memnode", _) => &["cellid"],
        ("ip", _) => &["family", "address"],
        ("shmem", _) => &["name"],
        _ => &[],
    }
}

impl Document {
    pub(super) fn identities(&self, parent: NodeId) -> Vec<(Identity, NodeId)> {
        let mut seen: HashMap<(String, Option<String>, String), usize> = HashMap::new();
        let of = |id| {
            let name = self.local_name(id).to_owned();
            let namespace = if self.is(id, &name) { None } else { self.namespace(id) };
            let mark: Vec<_> = marks(&name, self.name(parent))
                .iter()
                .filter_map(|path| self.mark(id, path))
                .collect();
            let mark = mark.join(" ");
            let number = seen.entry((name.clone(), namespace.clone(), mark.clone())).or_default();
            *number += 1;
            (
                Identity {
                    name,
                    namespace,
                    mark,
                    number: *number - 1,
                },
                id,
            )
        };
        self.children(parent).map(of).collect()
    }

    /// Where an element stands, as a person would point at it and as [`Difference::place`] names it:
    /// `devices/disk[vda]`. Empty for the root.
    #[must_use]
    pub fn place(&self, id: NodeId) -> String {
        let mut steps = Vec::new();
        let mut at = id;
        while at != self.root()
            && let Some(parent) = self.parent(at)
        {
            let label = self.identities(parent).into_iter().find(|(_, child)| *child == at);
            steps.extend(label.map(|(identity, _)| identity.label()));
            at = parent;
        }
        steps.reverse();
        steps.join("/")
    }

    /// The places of all elements in `parent`, as [`Document::place`] names each. Asked one by one, a hundred devices would be
    /// told apart a hundred times.
    #[must_use]
    pub fn places(&self, parent: NodeId) -> Vec<(NodeId, String)> {
        let above = self.place(parent);
        let below = |label: String| match above.as_str() {
            "" => label,
            above => format!("{above}/{label}"),
        };
        let identities = self.identities(parent).into_iter();
        identities
            .map(|(identity, child)| (child, below(identity.label())))
            .collect()
    }

    /// The element at a place, as [`Document::place`] names it.
    #[must_use]
    pub fn at_place(&self, place: &str) -> Option<NodeId> {
        let mut at = self.root();
        let mut rest = place;
        while !rest.is_empty() {
            // A mark may hold a slash: the longest label that fits is the step.
            let step = self.identities(at).into_iter().find_map(|(identity, child)| {
                let rest = rest.strip_prefix(identity.label().as_str())?;
                match rest.strip_prefix('/') {
                    Some(rest) => Some((child, rest)),
                    None => rest.is_empty().then_some((child, rest)),
                }
            });
            (at, rest) = step?;
        }
        Some(at)
    }

    fn mark(&self, id: NodeId, path: &str) -> Option<String> {
        let (place, attribute) = match path.rsplit_once('/') {
            Some((elements, attribute)) => (self.find(id, elements)?, attribute),
            None => (id, path),
        };
        self.attribute(place, attribute).map(std::borrow::Cow::into_owned)
    }

    /// The element without layout, comments and order of attributes: two that say the same are the same text.
    #[must_use]
    pub fn canonical(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.tree.walk(id, |id, enters| {
            if self.tree.node(id).kind != Kind::Element {
                return;
            }
            if !enters {
                out.push_str("</>");
                return;
            }
            let mut attributes: Vec<_> = self
                .attributes(id)
                .filter(|(name, _)| *name != "xmlns" && !name.starts_with("xmlns:"))
                .collect();
            attributes.sort_unstable();
            let namespace = if self.is(id, self.local_name(id)) {
                None
            } else {
                self.namespace(id)
            };
            out.push_str(&format!("<{:?}{:?}{attributes:?}>", self.local_name(id), namespace));
            let text = self.text(id);
            if !text.trim().is_empty() || self.children(id).next().is_none() {
                out.push_str(&format!("{:?}", text.trim()));
            }
        });
        out
    }

    pub(super) fn leaf_text(&self, id: NodeId) -> Option<String> {
        self.children(id)
            .next()
            .is_none()
            .then(|| self.text(id).trim().to_owned())
    }

    fn attribute_map(&self, id: NodeId) -> HashMap<String, String> {
        let plain = self
            .attributes(id)
            .filter(|(name, _)| *name != "xmlns" && !name.starts_with("xmlns:"));
        plain
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect()
    }
}

/// What `after` says differently than `before`, in the order of the documents.
#[must_use]
pub fn differences(before: &Document, after: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    // Places are compared one after the other, not by recursion: a document decides how deep it is.
    let mut open = vec![(before.root(), after.root(), String::new())];
    while let Some((one, other, place)) = open.pop() {
        let (old, new) = (before.attribute_map(one), after.attribute_map(other));
        for name in names_of(&[&old, &new]) {
            let (before, after) = (old.get(&name), new.get(&name));
            if before != after {
                found.push(difference(format!("{place}@{name}"), before, after));
            }
        }
        let (old, new) = (
            before.leaf_text(one).unwrap_or_default(),
            after.leaf_text(other).unwrap_or_default(),
        );
        if old != new {
            let place = place.trim_end_matches('/').to_owned();
            found.push(difference(place, Some(&old), Some(&new)));
        }
        let (olds, news) = (before.identities(one), after.identities(other));
        let by_identity: HashMap<_, _> = news.iter().map(|(identity, id)| (identity, *id)).collect();
        for (identity, old) in &olds {
            let place = format!("{place}{}", identity.label());
            match by_identity.get(identity) {
                Some(new) if before.canonical(*old) == after.canonical(*new) => {}
                Some(new) => open.push((*old, *new, place + "/")),
                None => found.push(difference(place, Some(&before.source(*old)), None)),
            }
        }
        let known: HashSet<_> = olds.iter().map(|(identity, _)| identity).collect();
        for (identity, new) in &news {
            if !known.contains(identity) {
                found.push(difference(
                    format!("{place}{}", identity.label()),
                    None,
                    Some(&after.source(*new)),
                ));
            }
        }
    }
    found
}

fn difference(place: String, before: Option<&String>, after: Option<&String>) -> Difference {
    Difference {
        place,
        before: before.cloned(),
        after: after.cloned(),
    }
}

fn names_of(maps: &[&HashMap<String, String>]) -> Vec<String> {
    let mut names: Vec<String> = maps.iter().flat_map(|map| map.keys().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Brings two changes of one document together: `theirs` with everything that `ours` has changed since `base`.
///
/// # Errors
/// The places that both have changed, each in another way. Nothing is merged then.
pub fn merge(base: &Document, ours: &Document, theirs: &Document) -> Result<Document, Vec<Conflict>> {
    let mut merge = Merge {
        base,
        ours,
        result: theirs.clone(),
        conflicts: Vec::new(),
        refused: None,
    };
    let mut open = vec![(Some(base.root()), ours.root(), theirs.root(), String::new())];
    while let Some((one, our, their, place)) = open.pop() {
        merge.attributes(one, our, their, &place);
        merge.text(one, our, their, &place);
        merge.children(one, our, their, &place, &mut open);
    }
    if let Some(Refused(reason)) = merge.refused {
        merge.conflicts.push(Conflict {
            place: String::new(),
            ours: Some(reason),
            theirs: None,
        });
    }
    if merge.conflicts.is_empty() {
        Ok(merge.result)
    } else {
        Err(merge.conflicts)
    }
}

struct Merge<'d> {
    base: &'d Document,
    ours: &'d Document,
    /// Begins as theirs.
    result: Document,
    conflicts: Vec<Conflict>,
    refused: Option<Refused>,
}

impl Merge<'_> {
    fn keep(&mut self, done: Result<(), Refused>) {
        if let Err(refused) = done {
            self.refused = Some(refused);
        }
    }

    /// Whether our value has to be written: not where we changed nothing, or they did the same.
    fn decide(&mut self, place: &str, base: Option<&String>, ours: Option<&String>, theirs: Option<&String>) -> bool {
        if ours == base || ours == theirs {
            return false;
        }
        if theirs == base {
            return true;
        }
        self.conflicts.push(Conflict {
            place: place.to_owned(),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        });
        false
    }

    fn attributes(&mut self, one: Option<NodeId>, our: NodeId, their: NodeId, place: &str) {
        let (base, ours, theirs) = (
            one.map(|one| self.base.attribute_map(one)).unwrap_or_default(),
            self.ours.attribute_map(our),
            self.result.attribute_map(their),
        );
        for name in names_of(&[&base, &ours]) {
            let (base, ours, theirs) = (base.get(&name), ours.get(&name), theirs.get(&name));
            if self.decide(&format!("{place}@{name}"), base, ours, theirs) {
                match ours {
                    Some(value) => {
                        let done = self.result.set_attribute(their, &name, value);
                        self.keep(done);
                    }
                    None => drop(self.result.remove_attribute(their, &name)),
                }
            }
        }
    }

    fn text(&mut self, one: Option<NodeId>, our: NodeId, their: NodeId, place: &str) {
        let (base, ours) = (one.and_then(|one| self.base.leaf_text(one)), self.ours.leaf_text(our));
        let (Some(base), Some(ours)) = (base, ours) else { return };
        let theirs = self.result.leaf_text(their);
        if self.decide(place.trim_end_matches('/'), Some(&base), Some(&ours), theirs.as_ref()) {
            // The text as it is, not as it was compared.
            let text = self.ours.text(our).into_owned();
            let done = self.result.set_text(their, &text);
            self.keep(done);
        }
    }

    fn children(
        &mut self,
        one: Option<NodeId>,
        our: NodeId,
        their: NodeId,
        place: &str,
        open: &mut Vec<(Option<NodeId>, NodeId, NodeId, String)>,
    ) {
        let olds = one.map(|one| self.base.identities(one)).unwrap_or_default();
        let ours: HashMap<_, _> = self.ours.identities(our).into_iter().collect();
        let all = self.result.identities(their);
        let theirs: HashMap<_, _> = all.iter().cloned().collect();
        for (identity, old) in &olds {
            let place = format!("{place}{}", identity.label());
            let same = self.base.canonical(*old);
            match (ours.get(identity), theirs.get(identity)) {
                (Some(our), _) if self.ours.canonical(*our) == same => {}
                (Some(our), Some(their)) => open.push((Some(*old), *our, *their, place + "/")),
                (Some(our), None) => {
                    let ours = Some(self.ours.source(*our));
                    self.conflicts.push(Conflict {
                        place,
                        ours,
                        theirs: None,
                    });
                }
                (None, Some(their)) if self.result.canonical(*their) == same => self.result.remove(*their),
                (None, Some(their)) => {
                    let theirs = Some(self.result.source(*their));
                    self.conflicts.push(Conflict {
                        place,
                        ours: None,
                        theirs,
                    });
                }
                (None, None) => {}
            }
        }
        let known: HashSet<_> = olds.iter().map(|(identity, _)| identity).collect();
        // In their order, so that the first of several that are alike is the first.
        let mut fresh: Vec<NodeId> = all
            .into_iter()
            .filter(|(identity, _)| !known.contains(identity))
            .map(|(_, id)| id)
            .collect();
        let mut previous: Option<NodeId> = None;
        for (identity, new) in self.ours.identities(our) {
            let here = theirs.get(&identity).copied().filter(|id| self.result.contains(*id));
            if known.contains(&identity) {
                previous = here.or(previous);
                continue;
            }
            // Both have added it, or it was we ourselves, and the host has filled it in.
            let same = fresh.iter().position(|id| self.result.covers(*id, self.ours, new));
            if let Some(place) = same {
                previous = Some(fresh.remove(place));
                continue;
            }
            match here {
                Some(here) if CONTAINERS.contains(&identity.name.as_str()) && identity.namespace.is_none() => {
                    // Both have begun it: what is in it is compared.
                    open.push((None, new, here, format!("{place}{}/", identity.label())));
                    previous = Some(here);
                }
                Some(here) => {
                    let place = format!("{place}{}", identity.label());
                    let (ours, theirs) = (Some(self.ours.source(new)), Some(self.result.source(here)));
                    self.conflicts.push(Conflict { place, ours, theirs });
                }
                None => {
                    let at = previous.map_or(Place::First, Place::After);
                    match self.result.insert(their, at, &self.ours.source(new)) {
                        Ok(id) => previous = Some(id),
                        Err(refused) => self.refused = Some(refused),
                    }
                }
            }
        }
    }
}
