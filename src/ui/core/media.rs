//! Media that were in drives not long ago, to be put in again.

use std::sync::Arc;

use super::Core;
use crate::model::key::HostId;
use crate::model::xml::domain::Domain;

impl Core {
    /// Media that were put into drives of a host's machines, the last one first.
    #[must_use]
    pub fn recent_media(&self, host: HostId) -> Arc<[String]> {
        self.settings().recent_media(host).into()
    }

    /// Remembers the media that an edit has put into drives of a machine, and those that it took out.
    pub fn remember_media(&self, host: HostId, before: &Domain, after: &Domain) {
        let (old, new) = (before.media(), after.media());
        let gone = old.iter().filter(|path| !new.contains(path));
        let come = new.iter().filter(|path| !old.contains(path));
        for path in gone.chain(come) {
            self.settings().remember_medium(host, path);
        }
    }
}
