//! From a wish to a call: marks, calls, failures, long work.

use std::time::Duration;

use super::{Core, Notice};
use crate::i18n::tr_f;
use crate::model::action::DomainAction;
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::model::operation::{Operation, OperationId, OperationState, Progress};
use crate::model::store::Pending;
use crate::ui::text;
use crate::virt::client::HostClient;

/// A reply without its event is doubted after this long.
const EVENT_GRACE: Duration = Duration::from_secs(3);
/// A guest that was asked to shut down or reboot may think about it for this long before the mark goes.
const GUEST_GRACE: Duration = Duration::from_secs(120);
/// The same for a reboot, which not every driver reports.
const REBOOT_GRACE: Duration = Duration::from_secs(15);

impl Core {
    /// Asks something of a machine: sets the pending mark, calls, reports failure as a [`Notice`]. Confirmation is the
    /// caller's business and has happened. A machine whose images others use is not started but told as [`Notice::InUse`].
    pub fn perform(&self, key: DomainKey, action: DomainAction) {
        self.begin_deed(key, action, false);
    }

    /// As [`Core::perform`], whoever uses its images: the user was told and insists.
    pub fn perform_anyway(&self, key: DomainKey, action: DomainAction) {
        self.begin_deed(key, action, true);
    }

    fn begin_deed(&self, key: DomainKey, action: DomainAction, insists: bool) {
        let Some(client) = self.client(key.host) else {
            let error = VirtError::own(Kind::Unreachable, "connect", "");
            self.notify(&Notice::ActionFailed { key, action, error });
            return;
        };
        let mark = mark(&action);
        self.mark(key, Some(mark));
        let core = self.clone();
        self.0.context.spawn_local(async move {
            if matches!(action, DomainAction::Start(_)) && !insists {
                let conflicts = core.start_conflicts(key).await;
                if !conflicts.is_empty() {
                    core.unmark(key, mark);
                    tracing::info!(%key, "not started: others use its images");
                    core.notify(&Notice::InUse { key, action, conflicts });
                    return;
                }
            }
            let result = core.call(&client, key, &action).await;
            match result {
                Ok(()) => core.watch_for_event(&client, key, mark).await,
                Err(error) => {
                    core.unmark(key, mark);
                    if error.kind != Kind::Cancelled {
                        tracing::warn!(%key, op = error.op, code = error.code, "{}", error.message);
                        core.notify(&Notice::ActionFailed { key, action, error });
                    }
                }
            }
        });
    }

    async fn call(&self, client: &HostClient, key: DomainKey, action: &DomainAction) -> Result<(), VirtError> {
        let uuid = key.uuid;
        match action {
            DomainAction::Start(options) => client.start(uuid, *options).await,
            DomainAction::Shutdown(signal) => client.shutdown(uuid, *signal).await,
            DomainAction::Reboot(signal) => client.reboot(uuid, *signal).await,
            DomainAction::Reset => client.reset(uuid).await,
            DomainAction::ForceOff => client.force_off(uuid).await,
            DomainAction::Suspend => client.suspend(uuid).await,
            DomainAction::Resume => client.resume(uuid).await,
            DomainAction::DiscardSaved => client.discard_saved(uuid).await,
            DomainAction::InjectNmi => client.inject_nmi(uuid).await,
            DomainAction::PmWakeup => client.pm_wakeup(uuid).await,
            DomainAction::SetAutostart(on) => client.set_autostart(uuid, *on).await,
            DomainAction::Rename(name) => client.rename(uuid, name.clone()).await,
            DomainAction::SetTitle(title) => client.set_title(uuid, title.clone()).await,
            DomainAction::SetDescription(text) => client.set_description(uuid, text.clone()).await,
            DomainAction::SetTags(tags) => client.set_tags(uuid, tags.clone()).await,
            DomainAction::Delete(keep) => client.undefine(uuid, *keep).await,
            DomainAction::Save => {
                let (operation, progress) =
                    self.begin(Some(key), &tr_f("Saving {name}", &[("name", &self.name_of(key))]), true);
                let result = client.save(uuid, progress).await;
                self.end(operation, &result);
                result
            }
            DomainAction::CoreDump(path) => {
                let title = tr_f("Writing a core dump of {name}", &[("name", &self.name_of(key))]);
                // libvirt refuses to abort a dump of memory alone.
                let (operation, progress) = self.begin(Some(key), &title, false);
                let result = client.core_dump(uuid, path.clone(), progress).await;
                self.end(operation, &result);
                result
            }
        }
    }

    /// The mark goes with the event. Where none comes the host is asked how things stand.
    pub(super) async fn watch_for_event(&self, client: &HostClient, key: DomainKey, mark: Pending) {
        let grace = match mark {
            Pending::Changing | Pending::Dumping | Pending::Resetting => {
                self.unmark(key, mark);
                return;
            }
            Pending::ShuttingDown => GUEST_GRACE,
            Pending::Rebooting => REBOOT_GRACE,
            _ => EVENT_GRACE,
        };
        glib::timeout_future(grace).await;
        let marked = self
            .store()
            .domain(key)
            .is_some_and(|domain| domain.pending == Some(mark));
        if marked {
            self.unmark(key, mark);
            if grace == EVENT_GRACE {
                client.resync();
            }
        }
    }

    pub(super) fn mark(&self, key: DomainKey, mark: Option<Pending>) {
        let changes = self.0.store.borrow_mut().set_pending(key, mark);
        self.publish(&changes);
    }

    /// Takes the mark back unless something else was asked meanwhile.
    pub(super) fn unmark(&self, key: DomainKey, mark: Pending) {
        let mine = self
            .store()
            .domain(key)
            .is_some_and(|domain| domain.pending == Some(mark));
        if mine {
            self.mark(key, None);
        }
    }

    /// The name of a machine as sentences show it.
    pub(super) fn name_of(&self, key: DomainKey) -> String {
        self.store()
            .domain(key)
            .map_or_else(|| key.uuid.to_string(), |domain| text::name(&domain.name))
    }

    /// Long work, newest first, ended ones included until dismissed.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.0.operations.borrow().iter().rev().cloned().collect()
    }

    /// Asks the host to stop an operation.
    pub fn cancel_operation(&self, id: OperationId) {
        let target = {
            let mut operations = self.0.operations.borrow_mut();
            let Some(operation) = operations.iter_mut().find(|operation| operation.id == id) else {
                return;
            };
            if !matches!(operation.state, OperationState::Ongoing(_)) || !operation.can_cancel {
                return;
            }
            operation.state = OperationState::Cancelling;
            operation.target
        };
        self.notify(&Notice::Operations);
        let watch = self.0.jobs.borrow().get(&id).cloned();
        if let Some(watch) = watch {
            watch.cancel();
            return;
        }
        let Some((key, client)) = target.and_then(|key| Some((key, self.client(key.host)?))) else {
            return;
        };
        let core = self.clone();
        self.0.context.spawn_local(async move {
            if let Err(error) = client.abort_job(key.uuid).await {
                tracing::warn!(%key, op = "cancel", code = error.code, "{}", error.message);
                core.set_state(id, OperationState::Ongoing(Progress::default()));
            }
        });
    }

    /// Takes an ended operation off the list; all ended ones for `None`.
    pub fn dismiss_operation(&self, id: Option<OperationId>) {
        self.0
            .operations
            .borrow_mut()
            .retain(|operation| operation.is_ongoing() || id.is_some_and(|id| id != operation.id));
        self.notify(&Notice::Operations);
    }

    pub(super) fn begin(
        &self,
        target: Option<DomainKey>,
        title: &str,
        can_cancel: bool,
    ) -> (OperationId, async_channel::Sender<Progress>) {
        let id = OperationId(self.next_id());
        self.0.operations.borrow_mut().push(Operation {
            id,
            title: title.to_owned(),
            target,
            stage: None,
            started_ns: u64::try_from(glib::monotonic_time()).unwrap_or(0) * 1000,
            state: OperationState::Ongoing(Progress::default()),
            can_cancel,
        });
        self.notify(&Notice::Operations);
        let (sender, receiver) = async_channel::bounded(16);
        let core = self.clone();
        self.0.context.spawn_local(async move {
            while let Ok(progress) = receiver.recv().await {
                core.set_progress(id, progress);
            }
        });
        (id, sender)
    }

    pub(super) fn set_progress(&self, id: OperationId, progress: Progress) {
        let ongoing = self
            .0
            .operations
            .borrow()
            .iter()
            .any(|operation| operation.id == id && matches!(operation.state, OperationState::Ongoing(_)));
        if ongoing {
            self.set_state(id, OperationState::Ongoing(progress));
        }
    }

    fn set_state(&self, id: OperationId, state: OperationState) {
        {
            let mut operations = self.0.operations.borrow_mut();
            let Some(operation) = operations.iter_mut().find(|operation| operation.id == id) else {
                return;
            };
            // One way only: what has ended stays ended.
            if !operation.is_ongoing() || operation.state == state {
                return;
            }
            operation.state = state;
        }
        self.notify(&Notice::Operations);
    }

    pub(super) fn end(&self, id: OperationId, result: &Result<(), VirtError>) {
        let state = match result {
            Ok(()) => OperationState::Done,
            Err(error) if error.kind == Kind::Cancelled => OperationState::Cancelled,
            Err(error) => OperationState::Failed(error.clone()),
        };
        self.set_state(id, state);
    }
}

fn mark(action: &DomainAction) -> Pending {
    match action {
        DomainAction::Start(_) => Pending::Starting,
        DomainAction::Shutdown(_) => Pending::ShuttingDown,
        DomainAction::Reboot(_) => Pending::Rebooting,
        DomainAction::Reset => Pending::Resetting,
        DomainAction::ForceOff => Pending::ForcingOff,
        DomainAction::Suspend => Pending::Pausing,
        DomainAction::Resume | DomainAction::PmWakeup => Pending::Resuming,
        DomainAction::Save => Pending::Saving,
        DomainAction::CoreDump(_) => Pending::Dumping,
        DomainAction::Delete(_) => Pending::Deleting,
        DomainAction::DiscardSaved
        | DomainAction::InjectNmi
        | DomainAction::SetAutostart(_)
        | DomainAction::Rename(_)
        | DomainAction::SetTitle(_)
        | DomainAction::SetDescription(_)
        | DomainAction::SetTags(_) => Pending::Changing,
    }
}
