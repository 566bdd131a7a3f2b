//! Name, identity, and the words that a user gives a machine.

use uuid::Uuid;

use super::{Domain, fields::general};
use crate::i18n::{tr, tr_f};
use crate::model::xml::Refused;

impl Domain {
    /// Gives the machine another name. The identity stays.
    ///
    /// # Errors
    /// Where libvirt would not take the name.
    pub fn set_name(&mut self, name: &str) -> Result<(), Refused> {
        if name.trim().is_empty() {
            return Err(Refused(tr("The name is empty.")));
        }
        // libvirt makes file names of it.
        if let Some(c) = name.chars().find(|c| *c == '/' || c.is_control()) {
            let shown = c.escape_default().to_string();
            return Err(Refused(tr_f(
                "A name cannot contain “{character}”.",
                &[("character", &shown)],
            )));
        }
        if matches!(name, "." | "..") {
            return Err(Refused(tr_f("“{name}” is no name for a machine.", &[("name", name)])));
        }
        let place = self.ensure("name")?;
        self.document_mut().set_text(place, name)
    }

    /// Sets or, with an empty text, removes the title.
    ///
    /// # Errors
    /// Where it has more than one line.
    pub fn set_title(&mut self, title: &str) -> Result<(), Refused> {
        if title.contains(['\n', '\r']) {
            return Err(Refused(tr("A title has one line only.")));
        }
        self.set_words("title", title)
    }

    /// Sets or, with an empty text, removes the description.
    ///
    /// # Errors
    /// Where XML cannot hold it.
    pub fn set_description(&mut self, text: &str) -> Result<(), Refused> {
        self.set_words("description", text)
    }

    fn set_words(&mut self, element: &str, text: &str) -> Result<(), Refused> {
        if text.is_empty() {
            // libvirt reads the first one only, but a second would take its place.
            let root = self.document().root();
            while let Some(id) = self.document().child(root, element) {
                self.document_mut().remove(id);
            }
            return Ok(());
        }
        let place = self.ensure(element)?;
        self.document_mut().set_text(place, text)
    }

    /// Gives the definition an identity of its own, for a copy.
    ///
    /// # Errors
    /// Never for a sound document.
    pub fn set_new_uuid(&mut self) -> Result<Uuid, Refused> {
        let uuid = Uuid::new_v4();
        let root = self.document().root();
        self.document_mut().set(root, general::UUID, Some(uuid.to_string()))?;
        Ok(uuid)
    }
}
