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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::domain::DomainSummary;
    use crate::model::error::{Kind, VirtError};
    use crate::model::event::{HostEvent, Lifecycle};
    use crate::model::host::HostConfig;

    struct World {
        store: Store,
        told: Told,
        key: DomainKey,
    }

    impl World {
        fn new(state: DomainState) -> Self {
            let config = HostConfig::new("rack", "test:///default");
            let key = DomainKey::new(config.id, Uuid::from_u128(1));
            let (store, told) = (Store::default(), Told::default());
            let mut world = Self { store, told, key };
            world.store.put_host(config);
            world.apply(connection(key.host, ConnectionStatus::Connected));
            let machine = DomainSummary {
                key,
                name: "vm".into(),
                id: None,
                state,
                reason: 0,
                persistent: true,
                autostart: false,
                managed_save: false,
            };
            let list = HostEvent::Listed {
                host: key.host,
                seq: 1,
                domains: vec![machine],
            };
            assert!(world.apply(list).is_empty(), "what is found is no news");
            world
        }

        fn apply(&mut self, event: HostEvent) -> Vec<String> {
            let changes = self.store.apply(event);
            let news = self.told.of_changes(&self.store, &changes);
            news.into_iter().map(|item| item.title).collect()
        }

        fn happen(&mut self, seq: u64, change: Lifecycle, detail: i32) -> Vec<String> {
            self.apply(HostEvent::Lifecycle {
                key: self.key,
                seq,
                name: "vm".into(),
                id: None,
                change,
                detail,
            })
        }
    }

    fn connection(host: HostId, status: ConnectionStatus) -> HostEvent {
        HostEvent::Connection { host, status }
    }

    #[test]
    fn a_crash_is_told_once_and_again_only_after_another_run() {
        let mut world = World::new(DomainState::Running);
        assert_eq!(world.happen(2, Lifecycle::Crashed, 0), ["vm crashed"]);
        assert!(world.happen(3, Lifecycle::Crashed, 0).is_empty());
        assert!(world.happen(4, Lifecycle::Started, 0).is_empty());
        assert_eq!(world.happen(5, Lifecycle::Crashed, 0), ["vm crashed"]);
    }

    #[test]
    fn a_machine_that_was_found_crashed_is_no_news() {
        let mut world = World::new(DomainState::Crashed);
        assert!(world.happen(2, Lifecycle::Crashed, 0).is_empty());
    }

    #[test]
    fn a_lost_host_is_told_once_however_often_it_is_tried_again() {
        let mut world = World::new(DomainState::Running);
        let host = world.key.host;
        let lost = |retry_in_ms| ConnectionStatus::Lost {
            error: VirtError::own(Kind::Unreachable, "connect", "gone"),
            retry_in_ms,
        };
        assert_eq!(world.apply(connection(host, lost(1000))), ["rack was lost"]);
        assert!(world.apply(connection(host, lost(2000))).is_empty());
        assert!(world.apply(connection(host, ConnectionStatus::Connected)).is_empty());
        assert_eq!(world.apply(connection(host, lost(1000))), ["rack was lost"]);
    }
}
