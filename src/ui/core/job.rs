//! Long work with stages, progress and Cancel, shown in the list of jobs.

use super::Core;
use crate::model::error::VirtError;
use crate::model::job::{Job, JobWatch, Step};
use crate::model::operation::{OperationId, OperationState};

impl Core {
    /// Does long work: `work` gets the job to report to. It shows in the list of jobs under `title` (in the words of the user:
    /// "Creating web"), can be cancelled there and through `watch`, and ends there with what comes of it. Names in the title must be safe to show.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn do_job<T, F>(&self, title: &str, work: impl FnOnce(Job) -> F) -> Result<T, VirtError>
    where
        F: Future<Output = Result<T, VirtError>>,
    {
        let (job, watch) = Job::new();
        let id = self.follow(title, &watch);
        let result = work(job).await;
        self.0.jobs.borrow_mut().remove(&id);
        let ended = result.as_ref().map(|_| ()).map_err(Clone::clone);
        self.end(id, &ended);
        result
    }

    /// The same for work that nothing can stop once it has begun: nobody is offered to.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn do_to_its_end<T>(
        &self,
        title: &str,
        work: impl Future<Output = Result<T, VirtError>>,
    ) -> Result<T, VirtError> {
        let (id, _) = self.begin(None, title, false);
        let result = work.await;
        let ended = result.as_ref().map(|_| ()).map_err(Clone::clone);
        self.end(id, &ended);
        result
    }

    fn follow(&self, title: &str, watch: &JobWatch) -> OperationId {
        let (id, _) = self.begin(None, title, true);
        self.0.jobs.borrow_mut().insert(id, watch.clone());
        let (core, steps) = (self.clone(), watch.steps.clone());
        self.0.context.spawn_local(async move {
            while let Ok(step) = steps.recv().await {
                match step {
                    Step::Stage(stage) => core.set_stage(id, stage),
                    Step::Progress(progress) => core.set_progress(id, progress),
                }
            }
        });
        id
    }

    fn set_stage(&self, id: OperationId, stage: String) {
        {
            let mut operations = self.0.operations.borrow_mut();
            let Some(operation) = operations.iter_mut().find(|operation| operation.id == id) else {
                return;
            };
            if !matches!(operation.state, OperationState::Ongoing(_)) {
                return;
            }
            operation.stage = Some(stage);
            operation.state = OperationState::Ongoing(crate::model::operation::Progress::default());
        }
        self.notify(&super::Notice::Operations);
    }
}
