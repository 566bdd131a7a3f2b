//! What the page knows around the sheet: hosts, what the chosen one offers, operating systems, keys of the user.

use std::sync::Arc;

use super::script::Made;
use crate::i18n::tr_f;
use crate::model::creation::sheet::{Around, PublicKey};
use crate::model::creation::unattended::Prepared;
use crate::model::facts::{Choice, HostFacts, Volumes};
use crate::model::key::HostId;
use crate::model::os::Os;
use crate::model::storage::usual_folder;
use crate::model::uri::Uri;
use crate::model::xml::domain::Domain;
use crate::ui::core::Core;
use crate::ui::text;

/// What is known. Everything begins as not known, so that the page opens at once.
#[derive(Debug, Default)]
pub struct World {
    /// Hosts that are connected: their identity as text, and their name.
    pub hosts: Vec<(String, String)>,
    /// The chosen one.
    pub host: Option<HostId>,
    host_text: String,
    is_here: bool,
    /// Where its default pool would be; `None` where that can't be known.
    pub pool_folder: Option<String>,
    /// What it offers for machines of the kind that the sheet says.
    pub facts: HostFacts,
    /// Why it does not say that.
    pub refusal: Option<String>,
    /// Its volumes.
    pub volumes: Option<Volumes>,
    /// Names of its machines.
    pub machines: Vec<String>,
    /// The same to choose from, by UUID, templates first.
    pub originals: Vec<Choice>,
    /// Addresses of installation trees that were used not long ago.
    pub recent_trees: Vec<String>,
    /// The operating systems that are known.
    pub systems: Arc<[Os]>,
    /// Keys of the user.
    pub keys: Vec<PublicKey>,
    /// The image is being looked at.
    pub is_looking: bool,
    /// The script of an installation without questions.
    pub prepared: Option<Prepared>,
    /// What it is made of.
    pub prepared_of: Option<Made>,
    /// The definition that was planned.
    pub planned: Option<Domain>,
}

impl World {
    /// Reads which hosts there are.
    pub fn see_hosts(&mut self, core: &Core) {
        let store = core.store();
        let connected = store
            .hosts()
            .filter(|host| host.status.is_connected() && !host.config.read_only)
            .map(|host| (host.config.id.to_string(), text::name(&host.config.name)));
        self.hosts = connected.collect();
    }

    /// Takes another host; what was known of the last one is forgotten.
    pub fn set_host(&mut self, core: &Core, host: Option<HostId>) {
        self.host = host;
        self.host_text = host.map(|host| host.to_string()).unwrap_or_default();
        self.facts = HostFacts::default();
        self.refusal = None;
        self.volumes = None;
        self.planned = None;
        self.recent_trees = core.settings().recent_trees();
        let uri = core
            .store()
            .hosts()
            .find(|other| Some(other.config.id) == host)
            .and_then(|host| Uri::parse(&host.config.uri).ok());
        self.is_here = uri.as_ref().is_some_and(|uri| !uri.is_remote());
        self.pool_folder = uri.and_then(|uri| usual_folder(&uri, &glib::user_data_dir()));
        self.see_machines(core);
    }

    /// Reads the names of the host's machines.
    pub fn see_machines(&mut self, core: &Core) {
        let store = core.store();
        let own = || store.domains().filter(|domain| Some(domain.key.host) == self.host);
        self.machines = own().map(|domain| domain.name.clone()).collect();
        let mut originals: Vec<(bool, String, String)> = own()
            .map(|domain| {
                let is_template = domain.details.as_ref().is_some_and(|details| details.is_template);
                (!is_template, text::name(&domain.name), domain.key.uuid.to_string())
            })
            .collect();
        originals.sort();
        let choices = originals.into_iter().map(|(is_machine, name, uuid)| {
            let label = match is_machine {
                true => name,
                false => tr_f("{name} (template)", &[("name", &name)]),
            };
            Choice::new(uuid, label)
        });
        self.originals = choices.collect();
    }

    /// Whether the host is this computer.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.is_here
    }

    /// The same as the sheet wants it.
    #[must_use]
    pub fn around(&self) -> Around<'_> {
        Around {
            hosts: &self.hosts,
            host: &self.host_text,
            is_here: self.is_here,
            facts: &self.facts,
            systems: &self.systems,
            is_looking: self.is_looking,
            keys: &self.keys,
            machines: &self.machines,
            originals: &self.originals,
            recent_trees: &self.recent_trees,
            volumes: self.volumes.as_ref(),
            prepared: self.prepared.as_ref(),
            planned: self.planned.as_ref(),
        }
    }
}
