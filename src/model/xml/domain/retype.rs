//! Another type for a device: what only the old type has goes, what nobody knows stays.

use super::Domain;
use crate::model::xml::{NodeId, Refused};

/// What each type has beside what all have: `@name` is an attribute of the element, `name` one inside it.
pub type Parts = [(&'static str, &'static [&'static str])];

impl Domain {
    /// Gives an element another type and removes what, by the table, other types have and this one has not. A type that the
    /// table does not know keeps everything.
    ///
    /// # Errors
    /// Where XML cannot hold the type.
    pub fn set_type(&mut self, element: NodeId, attribute: &str, to: &str, table: &Parts) -> Result<(), Refused> {
        self.document_mut().set_attribute(element, attribute, to)?;
        self.keep_parts(element, to, table);
        Ok(())
    }

    /// The second half of [`Domain::set_type`], for what stands elsewhere than the type.
    pub fn keep_parts(&mut self, element: NodeId, to: &str, table: &Parts) {
        let Some((_, kept)) = table.iter().find(|(name, _)| *name == to) else {
            return;
        };
        let gone = table
            .iter()
            .flat_map(|(_, parts)| parts.iter())
            .filter(|part| !kept.contains(part));
        for part in gone {
            match part.strip_prefix('@') {
                Some(attribute) => drop(self.document_mut().remove_attribute(element, attribute)),
                None => self.remove_children(element, part),
            }
        }
    }

    /// Removes all elements of a name directly inside.
    pub fn remove_children(&mut self, parent: NodeId, name: &str) {
        while let Some(child) = self.document().child(parent, name) {
            self.document_mut().remove(child);
        }
    }

    /// The element of this name directly inside, made where it is missing.
    ///
    /// # Errors
    /// Where it is no name.
    pub fn ensure_child(&mut self, parent: NodeId, name: &str) -> Result<NodeId, Refused> {
        match self.document().child(parent, name) {
            Some(child) => Ok(child),
            None => self.document_mut().insert_ordered(parent, &format!("<{name}/>")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    #[test]
    fn another_type_drops_what_only_the_old_one_had() {
        const TABLE: &Parts = &[("a", &["@one", "inner"]), ("b", &["@two", "inner"]), ("c", &[])];
        let text = "<domain><devices><input type='a' one='1' other='2'><inner/><new/></input></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Input).next().expect("there");
        domain.set_type(node, "type", "b", TABLE).expect("possible");
        let source = |domain: &Domain| domain.document().source(node);
        assert_eq!(source(&domain), "<input type='b' other='2'><inner/><new/></input>");
        domain.set_type(node, "type", "unheard", TABLE).expect("possible");
        assert_eq!(
            source(&domain),
            "<input type='unheard' other='2'><inner/><new/></input>"
        );
        domain.set_type(node, "type", "c", TABLE).expect("possible");
        assert_eq!(source(&domain), "<input type='c' other='2'><new/></input>");
    }
}
