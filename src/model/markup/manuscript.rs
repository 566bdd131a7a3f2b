//! A definition under the hands of somebody who writes XML: as the host has it, as it is to be, and the part that is on screen.

use super::part::Part;
use crate::model::xml::{Conflict, Document, merge};

/// A text that is being edited, as a whole or one device at a time.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Manuscript {
    base: String,
    edited: String,
    part: Option<Part>,
}

impl Manuscript {
    /// Begins with what the host has.
    #[must_use]
    pub fn new(base: String) -> Self {
        Self {
            edited: base.clone(),
            base,
            part: None,
        }
    }

    /// The definition that the host had.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The whole definition as it is to be.
    #[must_use]
    pub fn edited(&self) -> &str {
        &self.edited
    }

    /// The place of the part that is on screen; `None` for everything.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.part.as_ref().map(|part| part.place.as_str())
    }

    /// What is on screen.
    #[must_use]
    pub fn shown(&self) -> String {
        let part = self
            .part
            .as_ref()
            .and_then(|part| Part::take(&self.edited, &part.place));
        part.map_or_else(|| self.edited.clone(), |(_, text)| text)
    }

    /// Whether there is anything to apply.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.base != self.edited
    }

    /// Takes what is on screen now; false where it is not what it has to be: one element in the place of a device.
    #[must_use]
    pub fn write(&mut self, text: &str) -> bool {
        let Some(part) = &self.part else {
            text.clone_into(&mut self.edited);
            return true;
        };
        if text == self.shown() {
            return true;
        }
        match part.put_back(&self.edited, text) {
            Some((part, whole)) => {
                self.part = Some(part);
                self.edited = whole;
                true
            }
            None => false,
        }
    }

    /// Shows another part, or everything. What has no such place is shown as a whole.
    pub fn choose(&mut self, place: Option<&str>) {
        self.part = place
            .and_then(|place| Part::take(&self.edited, place))
            .map(|(part, _)| part);
    }

    /// Takes what the host has now instead of everything that was edited.
    pub fn settle(&mut self, base: String) {
        self.edited.clone_from(&base);
        self.base = base;
        self.keep_part();
    }

    /// Takes what the host has now, and leaves the edits as they are: they are changes to it.
    pub fn stand_on(&mut self, base: String) {
        self.base = base;
        self.keep_part();
    }

    /// Brings the edits together with what the host has now.
    ///
    /// # Errors
    /// The places that both have changed, each in another way; none where one of the texts is no XML. Nothing changes then.
    pub fn merge(&mut self, current: &str) -> Result<(), Vec<Conflict>> {
        let read = |text: &str| Document::parse(text).map_err(|_| Vec::new());
        let merged = merge(&read(&self.base)?, &read(&self.edited)?, &read(current)?)?;
        self.edited = merged.to_string();
        current.clone_into(&mut self.base);
        self.keep_part();
        Ok(())
    }

    fn keep_part(&mut self) {
        let place = self.place().map(str::to_owned);
        self.choose(place.as_deref());
    }
}

/// Without the texts: they hold passwords.
impl std::fmt::Debug for Manuscript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Manuscript({:?}, changed: {})", self.place(), self.is_changed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<domain>\n  <name>a</name>\n  <vcpu>1</vcpu>\n  <devices>\n    <disk>\n      \
        <target dev='vda'/>\n    </disk>\n  </devices>\n</domain>\n";

    #[test]
    fn edits_of_a_device_and_of_the_whole_come_together() {
        let mut text = Manuscript::new(TEXT.to_owned());
        text.choose(Some("devices/disk[vda]"));
        assert_eq!(text.shown(), "<disk>\n  <target dev='vda'/>\n</disk>\n");
        assert!(text.write("<disk>\n  <target dev='vdb'/>\n</disk>\n"));
        assert_eq!(text.place(), Some("devices/disk[vdb]"));
        assert!(!text.write("<disk>"), "no element");
        text.choose(None);
        assert_eq!(text.shown(), TEXT.replace("vda", "vdb"));
        assert!(text.is_changed());
        assert!(text.write(TEXT));
        assert!(!text.is_changed());
    }

    #[test]
    fn what_others_changed_is_merged_and_never_lost() {
        let mut text = Manuscript::new(TEXT.to_owned());
        assert!(text.write(&TEXT.replace("vda", "vdb")));
        let theirs = TEXT.replace("<vcpu>1", "<vcpu>2");
        assert_eq!(text.merge(&theirs), Ok(()));
        assert_eq!(text.edited(), TEXT.replace("vda", "vdb").replace("<vcpu>1", "<vcpu>2"));
        assert_eq!(text.base(), theirs);
        // Both changed the same.
        assert!(text.write(&text.edited().replace("<vcpu>2", "<vcpu>3")));
        let before = text.clone();
        let conflicts = text.merge(&theirs.replace("<vcpu>2", "<vcpu>4")).expect_err("a clash");
        assert_eq!(conflicts.len(), 1);
        assert_eq!(text, before);
    }

    #[test]
    fn a_part_that_is_gone_gives_way_to_the_whole() {
        let mut text = Manuscript::new(TEXT.to_owned());
        text.choose(Some("devices/disk[vda]"));
        text.settle("<domain/>".to_owned());
        assert_eq!((text.place(), text.shown().as_str()), (None, "<domain/>"));
        text.choose(Some("devices/disk[vda]"));
        assert_eq!(text.place(), None);
    }
}
