//! Places as [`Difference`](super::Difference) names them: found again in a document, and carried from one to another.

use super::{Document, NodeId, Refused};

/// What a place names below an element.
enum Step<'p> {
    /// An attribute of the element itself.
    Attribute(&'p str),
    /// The element itself, or the text in it.
    Here,
    /// Something in the element.
    Below,
}

fn step(place: &str) -> Step<'_> {
    match (place, place.strip_prefix('@')) {
        ("", _) => Step::Here,
        (_, Some(name)) => Step::Attribute(name),
        _ => Step::Below,
    }
}

impl Document {
    /// The child that a place goes through or ends at, and what is left of the place then.
    fn towards<'p>(&self, parent: NodeId, place: &'p str) -> Option<(NodeId, &'p str)> {
        let fits = |label: &str| {
            let rest = place.strip_prefix(label)?;
            rest.strip_prefix('/').or_else(|| rest.is_empty().then_some(rest))
        };
        let found = self.identities(parent).into_iter().filter_map(|(identity, id)| {
            let label = identity.label();
            fits(&label).map(|rest| (id, rest))
        });
        // A label may hold a slash itself: the longest one is meant.
        found.min_by_key(|(_, rest)| rest.len())
    }

    /// The element at a place of [`Difference`](super::Difference), seen from `from`; for that of an attribute the element
    /// that has it.
    #[must_use]
    pub fn at(&self, from: NodeId, place: &str) -> Option<NodeId> {
        let (mut at, mut rest) = (from, place);
        loop {
            match step(rest) {
                Step::Below => (at, rest) = self.towards(at, rest)?,
                Step::Attribute(_) | Step::Here => return Some(at),
            }
        }
    }

    /// Makes the place below `to` say what `source` says there below `from`: an attribute, a text or a whole element, which
    /// is removed where the source has none. What lies around the place stays.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn carry(&mut self, to: NodeId, place: &str, source: &Self, from: NodeId) -> Result<(), Refused> {
        let (mut to, mut from, mut rest) = (to, from, place);
        loop {
            match step(rest) {
                Step::Attribute(name) => {
                    return match source.attribute(from, name) {
                        Some(value) => self.set_attribute(to, name, &value),
                        None => {
                            self.remove_attribute(to, name);
                            Ok(())
                        }
                    };
                }
                Step::Here => return self.carry_element(to, source, from),
                Step::Below => {}
            }
            match (source.towards(from, rest), self.towards(to, rest)) {
                (Some((new, left)), Some((old, _))) => (from, to, rest) = (new, old, left),
                (Some((new, "")), None) => return self.insert_ordered(to, &source.source(new)).map(drop),
                (Some((new, left)), None) => {
                    let shell = source.shell(new);
                    (from, to, rest) = (new, self.insert_ordered(to, &shell)?, left);
                }
                (None, Some(_)) => {
                    self.clear_place(to, rest);
                    return Ok(());
                }
                (None, None) => return Ok(()),
            }
        }
    }

    /// The element with its attributes, and nothing in it.
    fn shell(&self, id: NodeId) -> String {
        let tag = self.start_tag(id);
        match tag.strip_suffix("/>") {
            Some(_) => tag.to_owned(),
            None => format!("{}/>", tag.strip_suffix('>').unwrap_or(tag)),
        }
    }

    /// Removes what a place names, and the elements below `top` that were only there for it.
    fn clear_place(&mut self, top: NodeId, place: &str) {
        let (mut way, mut rest) = (vec![top], place);
        while let (Step::Below, Some(at)) = (step(rest), way.last()) {
            let Some((next, left)) = self.towards(*at, rest) else {
                return;
            };
            way.push(next);
            rest = left;
        }
        let Some(end) = way.pop().filter(|_| !way.is_empty()) else {
            return;
        };
        match step(rest) {
            Step::Attribute(name) => {
                self.remove_attribute(end, name);
                way.push(end);
            }
            _ => self.remove(end),
        }
        while let Some(outer) = way.pop().filter(|outer| *outer != top && self.is_bare(*outer)) {
            self.remove(outer);
        }
    }

    fn carry_element(&mut self, to: NodeId, source: &Self, from: NodeId) -> Result<(), Refused> {
        match (source.leaf_text(from), self.leaf_text(to)) {
            (Some(_), Some(_)) => {
                let text = source.text(from).into_owned();
                self.set_text(to, &text)
            }
            _ => self.replace(to, &source.source(from)).map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences;
    use super::*;

    const ONE: &str = "<domain><memory>1</memory><devices><disk><driver name='qemu'/><target dev='vda'/><serial>a</serial>\
        </disk><filesystem><target dir='/a/b'/></filesystem></devices></domain>";
    const OTHER: &str = "<domain id='2'><memory unit='MiB'>2</memory><os/><devices><disk><driver name='qemu' cache='none'/>\
        <target dev='vda'/><iotune><read>3</read></iotune></disk><filesystem><target dir='/a/b'/><readonly/></filesystem>\
        <rng/></devices></domain>";

    #[test]
    fn what_differs_can_be_carried_over_place_by_place() {
        let (one, other) = (
            Document::parse(ONE).expect("sound"),
            Document::parse(OTHER).expect("sound"),
        );
        for (from, to) in [(&one, &other), (&other, &one)] {
            let mut copy = to.clone();
            for difference in differences(to, from) {
                let root = copy.root();
                copy.carry(root, &difference.place, from, from.root())
                    .expect("possible");
            }
            assert_eq!(differences(&copy, from), Vec::new(), "{copy}");
        }
    }

    #[test]
    fn one_place_is_carried_without_its_neighbours() {
        let (one, other) = (
            Document::parse(ONE).expect("sound"),
            Document::parse(OTHER).expect("sound"),
        );
        let mut copy = one.clone();
        let root = copy.root();
        copy.carry(root, "devices/disk[vda]/driver/@cache", &other, other.root())
            .expect("possible");
        assert_eq!(
            copy.to_string(),
            ONE.replace("<driver name='qemu'/>", "<driver name='qemu' cache='none'/>")
        );
        copy.carry(root, "devices/filesystem[/a/b]/readonly", &other, other.root())
            .expect("possible");
        assert!(
            copy.to_string()
                .contains("<target dir='/a/b'/><readonly/></filesystem>"),
            "{copy}"
        );
        let iotune = "devices/disk[vda]/iotune/read";
        copy.carry(root, iotune, &other, other.root()).expect("possible");
        assert!(copy.to_string().contains("<iotune><read>3</read></iotune>"), "{copy}");
        copy.carry(root, iotune, &one, one.root()).expect("possible");
        assert!(
            !copy.to_string().contains("iotune"),
            "what was only there for it goes: {copy}"
        );
        copy.carry(root, "nonsense/@x", &other, other.root())
            .expect("nothing to do");
        assert!(copy.at(root, "devices/disk[vda]/serial").is_some());
        assert!(copy.at(root, "devices/disk[vdb]").is_none());
    }
}
