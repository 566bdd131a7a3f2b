//! The main thread's core: store, clients, operations and settings in one place. The only one that applies news to the
//! store; windows subscribe to the resulting change sets and act through it. No widget lives here, so it runs in tests.

use std::cell::{Ref, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use crate::model::action::DomainAction;
use crate::model::credential::CredentialQuestion;
use crate::model::error::VirtError;
use crate::model::host::HostConfig;
use crate::model::key::{DomainKey, HostId};
use crate::model::operation::{Operation, OperationId};
use crate::model::sample::StatGroups;
use crate::model::store::{ChangeSet, Store};
use crate::virt::client::HostClient;

/// What a window has to show besides the store: errors, questions, finished work.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Something asked of a machine failed.
    ActionFailed {
        /// Which machine.
        key: DomainKey,
        /// What was asked.
        action: DomainAction,
        /// Why it failed.
        error: VirtError,
    },
    /// A connection asks for credentials that are not stored.
    Question(CredentialQuestion),
    /// Operations began, moved on or ended.
    Operations,
}

type Listener = Rc<dyn Fn(&Core, &ChangeSet)>;
type NoticeListener = Rc<dyn Fn(&Core, &Notice)>;

/// Handle to the core; cheap to clone, main thread only.
#[derive(Clone)]
pub struct Core(Rc<Inner>);

struct Inner {
    store: RefCell<Store>,
    clients: RefCell<HashMap<HostId, HostClient>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    notice_listeners: RefCell<Vec<(u64, NoticeListener)>>,
}

/// Ends a subscription when dropped.
#[must_use]
pub struct Subscription {
    id: u64,
    core: Weak<Inner>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(core) = self.core.upgrade() {
            core.listeners.borrow_mut().retain(|(id, _)| *id != self.id);
            core.notice_listeners.borrow_mut().retain(|(id, _)| *id != self.id);
        }
    }
}

impl Core {
    /// The store, to read. Never keep the borrow across a call into GTK.
    pub fn store(&self) -> Ref<'_, Store> {
        self.0.store.borrow()
    }

    /// The client of a host, if it was ever connected.
    #[must_use]
    pub fn client(&self, host: HostId) -> Option<HostClient> {
        self.0.clients.borrow().get(&host).cloned()
    }

    /// Calls `listener` after every change of the store, on the main thread, outside any borrow.
    pub fn subscribe(&self, listener: impl Fn(&Self, &ChangeSet) + 'static) -> Subscription {
        let _ = listener;
        Subscription {
            id: 0,
            core: Rc::downgrade(&self.0),
        }
    }

    /// Calls `listener` for every notice.
    pub fn subscribe_notices(&self, listener: impl Fn(&Self, &Notice) + 'static) -> Subscription {
        let _ = listener;
        Subscription {
            id: 0,
            core: Rc::downgrade(&self.0),
        }
    }

    /// Adds a host, or changes it, and keeps it in the settings if `saved`.
    pub fn put_host(&self, config: HostConfig, saved: bool) {
        let _ = (config, saved);
    }

    /// Forgets a host.
    pub fn remove_host(&self, id: HostId) {
        let _ = id;
    }

    /// Connects a host.
    pub fn connect_host(&self, id: HostId) {
        let _ = id;
    }

    /// Disconnects a host.
    pub fn disconnect_host(&self, id: HostId) {
        let _ = id;
    }

    /// Asks something of a machine: sets the pending mark, calls, reports failure as a [`Notice`]. Confirmation is the
    /// caller's business and has happened.
    pub fn perform(&self, key: DomainKey, action: DomainAction) {
        let _ = (key, action);
    }

    /// Long work, newest first, ended ones included until dismissed.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        Vec::new()
    }

    /// Asks the host to stop an operation.
    pub fn cancel_operation(&self, id: OperationId) {
        let _ = id;
    }

    /// Says which rows a list shows, and which figures; `list` identifies the list (one per window).
    pub fn show_rows(&self, list: u64, rows: Vec<DomainKey>, groups: StatGroups) {
        let _ = (list, rows, groups);
    }

    /// Says that large graphs of a machine are on screen, for as long as the guard lives.
    pub fn focus(&self, key: DomainKey) -> FocusGuard {
        FocusGuard {
            key,
            core: Rc::downgrade(&self.0),
        }
    }
}

/// Keeps a machine's detailed figures coming; see [`Core::focus`].
#[must_use]
pub struct FocusGuard {
    #[allow(dead_code)]
    key: DomainKey,
    #[allow(dead_code)]
    core: Weak<Inner>,
}
