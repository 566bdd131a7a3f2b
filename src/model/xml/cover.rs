//! Whether one element says all that another one says.

use super::{Document, NodeId};

impl Document {
    /// Whether the element `id` is `wanted` of another document, together with what a host has filled in: all attributes,
    /// texts and elements that are wanted are there.
    #[must_use]
    pub fn covers(&self, id: NodeId, other: &Document, wanted: NodeId) -> bool {
        // The depth of both is bounded by the parser.
        let is_layout = |name: &str| name == "xmlns" || name.starts_with("xmlns:");
        let is_mac = other.is(wanted, "mac");
        let attributes = other.attributes(wanted).all(|(name, value)| {
            let own = self.attribute(id, name);
            is_layout(name) || own.is_some_and(|own| own == value || is_mac && own.eq_ignore_ascii_case(&value))
        });
        let text = other.leaf_text(wanted).unwrap_or_default();
        if self.name(id) != other.name(wanted)
            || !attributes
            || !text.is_empty() && self.leaf_text(id).as_deref() != Some(text.as_str())
        {
            return false;
        }
        let mut left: Vec<NodeId> = self.children(id).collect();
        other.children(wanted).all(|child| {
            let found = left.iter().position(|own| self.covers(*own, other, child));
            found.map(|place| left.remove(place)).is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn covers(whole: &str, part: &str) -> bool {
        let (whole, part) = (
            Document::parse(whole).expect("XML"),
            Document::parse(part).expect("XML"),
        );
        whole.covers(whole.root(), &part, part.root())
    }

    #[test]
    fn what_a_host_fills_in_does_not_count_and_everything_else_does() {
        let whole = "<interface type='network'><mac address='52:54:00:aa:00:01'/><source network='default' portid='7'/>\
                     <target dev='vnet0'/><alias name='net0'/><address type='pci' slot='0x03'/></interface>";
        for part in [
            "<interface type='network'/>",
            "<interface type='network'>\n  <source network='default'/>\n</interface>",
            "<interface type='network'><mac address='52:54:00:AA:00:01'/></interface>",
            "<interface type='network'><address type='pci' slot='0x03'/></interface>",
        ] {
            assert!(covers(whole, part), "{part}");
        }
        for part in [
            "<interface type='bridge'/>",
            "<interface type='network'><address type='pci' slot='0x09'/></interface>",
            "<interface type='network'><source network='DEFAULT'/></interface>",
            "<interface type='network'><source network='other'/></interface>",
            "<interface type='network'><link state='down'/></interface>",
            "<interface type='network'><source network='default'/><source network='default'/></interface>",
            "<rng type='network'/>",
        ] {
            assert!(!covers(whole, part), "{part}");
        }
        assert!(covers("<a><b>1</b><c/></a>", "<a><b> 1 </b></a>"));
        assert!(!covers("<a><b>1</b></a>", "<a><b>2</b></a>"));
    }
}
