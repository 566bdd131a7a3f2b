//! Answers that the user wants in the keyring, until the host has accepted them: a wrong password is never stored.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use super::Given;
use crate::model::credential::{CredentialQuestion, Secret};
use crate::model::host::ConnectionStatus;
use crate::model::key::HostId;
use crate::ui::core::{Core, Subscription};
use crate::ui::keyring;

/// What makes two questions the same.
type Identity = (HostId, String, Vec<String>);

#[derive(Default)]
struct Kept {
    waiting: Vec<(Identity, CredentialQuestion, Vec<Secret>)>,
    /// Questions whose next answer is meant for the keyring as well, because the last one was.
    wanted: HashSet<Identity>,
}

pub(super) struct Unsaved {
    kept: Rc<RefCell<Kept>>,
    core: Core,
    _status: Subscription,
}

impl Unsaved {
    pub fn new(core: &Core) -> Self {
        let kept = Rc::new(RefCell::new(Kept::default()));
        let weak = Rc::downgrade(&kept);
        let status = core.subscribe(move |core, changes| {
            let Some(kept) = weak.upgrade() else { return };
            for &host in &changes.hosts {
                settle(core, &kept, host);
            }
        });
        Self {
            kept,
            core: core.clone(),
            _status: status,
        }
    }

    /// Whether the user wanted it kept the last time.
    pub fn is_wanted(&self, question: &CredentialQuestion) -> bool {
        identity(question).is_some_and(|identity| self.kept.borrow().wanted.contains(&identity))
    }

    /// The keyring answered a question.
    pub fn note_stored(&self, question: &CredentialQuestion) {
        self.kept.borrow_mut().wanted.extend(identity(question));
    }

    /// The user answered a question, or cancelled it.
    pub fn note(&self, question: &CredentialQuestion, given: Option<&Given>) {
        let Some(identity) = identity(question) else { return };
        let host = identity.0;
        {
            let mut kept = self.kept.borrow_mut();
            kept.waiting.retain(|(known, _, _)| *known != identity);
            match given.filter(|given| given.remember) {
                Some(given) => {
                    kept.wanted.insert(identity.clone());
                    kept.waiting.push((identity, question.clone(), given.answers.clone()));
                }
                None => {
                    kept.wanted.remove(&identity);
                }
            }
        }
        // A second connection of a host that is connected changes nothing that could be waited for.
        settle(&self.core, &self.kept, host);
    }
}

fn identity(question: &CredentialQuestion) -> Option<Identity> {
    let prompts = question
        .prompts
        .iter()
        .map(|prompt| format!("{:?} {}", prompt.kind, prompt.prompt));
    Some((question.host?, question.origin.clone(), prompts.collect()))
}

/// Stores what a host has accepted, and forgets what it has not.
fn settle(core: &Core, kept: &RefCell<Kept>, host: HostId) {
    let status = core.store().host(host).map(|host| host.status.clone());
    let accepted = match status {
        Some(ConnectionStatus::Connecting) => return,
        Some(status) => status.is_connected(),
        None => false,
    };
    let settled: Vec<_> = {
        let mut kept = kept.borrow_mut();
        kept.wanted.retain(|(known, _, _)| *known != host);
        kept.waiting
            .extract_if(.., |((known, _, _), _, _)| *known == host)
            .collect()
    };
    if accepted {
        for (_, question, answers) in settled {
            glib::spawn_future_local(async move {
                if !keyring::store(&question, &answers).await {
                    tracing::warn!("the keyring did not take the password");
                }
            });
        }
    }
}
