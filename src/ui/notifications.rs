//! Desktop notifications: a job ended, a machine crashed, a host was lost. Only while no window of ours is in front.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gio;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::domain::DomainState;
use crate::model::host::ConnectionStatus;
use crate::model::key::{DomainKey, HostId};
use crate::model::operation::{OperationId, OperationState};
use crate::model::store::{ChangeSet, Store};
use crate::ui::core::{Core, Notice, Subscription};
use crate::ui::{errors, text};

/// Sends notifications for as long as it lives; the application keeps one.
#[must_use]
pub struct Notifier {
    _subscriptions: [Subscription; 2],
}

/// What was told already, so that nothing is told twice.
#[derive(Default)]
struct Told {
    crashed: HashSet<DomainKey>,
    lost: HashSet<HostId>,
    jobs: HashMap<OperationId, bool>,
}

/// Something worth a notification.
#[derive(Debug, PartialEq, Eq)]
struct News {
    /// Replaces an older one of the same id.
    id: String,
    title: String,
    body: String,
    /// Where a click leads.
    machine: Option<DomainKey>,
}

impl Notifier {
    /// Begins to watch. Clicks activate `app.open-domain` with the machine's key, or `app.activate`.
    pub fn new(app: &impl IsA<gtk::Application>, core: &Core) -> Self {
        let told = Rc::new(RefCell::new(Told::default()));
        let (weak, seen) = (app.as_ref().downgrade(), told.clone());
        let changes = core.subscribe(move |core, changes| {
            // Taken out first: sending must not happen while the store is borrowed.
            let news = seen.borrow_mut().of_changes(&core.store(), changes);
            send_all(weak.upgrade(), core, news);
        });
        let weak = app.as_ref().downgrade();
        let notices = core.subscribe_notices(move |core, notice| {
            if matches!(notice, Notice::Operations) {
                let news = told.borrow_mut().of_jobs(core);
                send_all(weak.upgrade(), core, news);
            }
        });
        Self {
            _subscriptions: [changes, notices],
        }
    }
}

fn send_all(app: Option<gtk::Application>, core: &Core, news: Vec<News>) {
    let Some(app) = app else { return };
    if news.is_empty() || !core.settings().notifications() || app.windows().iter().any(gtk::Window::is_active) {
        return;
    }
    for item in news {
        let notification = gio::Notification::new(&item.title);
        notification.set_body(Some(&item.body));
        match item.machine {
            Some(key) => {
                let target = key.to_string().to_variant();
                notification.set_default_action_and_target_value("app.open-domain", Some(&target));
            }
            None => notification.set_default_action("app.activate"),
        }
        app.send_notification(Some(&item.id), &notification);
    }
}

impl Told {
    fn of_changes(&mut self, store: &Store, changes: &ChangeSet) -> Vec<News> {
        let mut news = Vec::new();
        for key in changes.changed.keys().chain(&changes.removed) {
            let crashed = store
                .domain(*key)
                .is_some_and(|domain| domain.state == DomainState::Crashed);
            if !crashed {
                self.crashed.remove(key);
            } else if self.crashed.insert(*key)
                && let Some(domain) = store.domain(*key)
            {
                news.push(News {
                    id: format!("crash-{key}"),
                    title: tr_f("{name} crashed", &[("name", &text::name(&domain.name))]),
                    body: tr("The guest stopped with an error."),
                    machine: Some(*key),
                });
            }
        }
        // Machines that were found crashed are old news.
        for key in &changes.added {
            if store
                .domain(*key)
                .is_some_and(|domain| domain.state == DomainState::Crashed)
            {
                self.crashed.insert(*key);
            }
        }
        for id in &changes.hosts {
            let Some(host) = store.host(*id) else {
                self.lost.remove(id);
                continue;
            };
            match &host.status {
                ConnectionStatus::Connected | ConnectionStatus::Disconnected => {
                    self.lost.remove(id);
                }
                ConnectionStatus::Lost { error, .. } if self.lost.insert(*id) => {
                    let said = errors::explain(error, Some(&host.config));
                    news.push(News {
                        id: format!("host-{id}"),
                        title: tr_f("{host} was lost", &[("host", &text::name(&host.config.name))]),
                        body: said.body,
                        machine: None,
                    });
                }
                _ => {}
            }
        }
        news
    }

    fn of_jobs(&mut self, core: &Core) -> Vec<News> {
        let operations = core.operations();
        self.jobs
            .retain(|id, _| operations.iter().any(|operation| operation.id == *id));
        let mut news = Vec::new();
        for operation in &operations {
            let ended = !operation.is_ongoing();
            let before = self.jobs.insert(operation.id, ended);
            if !ended || before == Some(true) {
                continue;
            }
            let body = match &operation.state {
                OperationState::Done => tr("Done"),
                OperationState::Failed(error) => errors::explain(error, None).title,
                // The user was there to cancel it.
                _ => continue,
            };
            news.push(News {
                id: format!("job-{}", operation.id.0),
                title: operation.title.clone(),
                body,
                machine: operation.target,
            });
        }
        news
    }
}
