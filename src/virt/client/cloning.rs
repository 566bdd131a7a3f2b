//! What can be asked of a host about copies of machines, and templates.

use uuid::Uuid;

use super::{HostClient, Result};
use crate::i18n::tr_f;
use crate::model::cloning::{ClonePlan, Cloned, Original};
use crate::model::job::Job;
use crate::virt::cloning;
use crate::virt::journal::Journal;
use crate::virt::session::Crew;

impl HostClient {
    /// A machine and what lies around it, for [`Cloning::plan`](crate::model::cloning::Cloning::plan).
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn original(&self, uuid: Uuid) -> Result<Original> {
        self.0
            .0
            .run(Crew::Jobs, Some(uuid), "read definition", move |connection| {
                cloning::original(connection, uuid)
            })
            .await
    }

    /// Makes all copies of a plan, or none: a cancel or failure removes what was made.
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Cancelled`; `Kind::Invalid` where the original runs. What cannot be removed is named
    /// in the message, and where the line broke the journal has it.
    pub async fn clone_machines(&self, plan: ClonePlan, job: Job) -> Result<Vec<Cloned>> {
        let entry = self.entry(tr_f("Cloning {name}", &[("name", &plan.name)]));
        self.0
            .0
            .apart("clone", move |connection| {
                let record = Journal::of_user().begun(entry, "clone")?;
                cloning::carry_out(connection, &plan, record, &job)
            })
            .await
    }

    /// Makes a machine that is off a template, which nothing starts, or a machine of a template again
    /// (`virDomainSetMetadata`).
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn set_template(&self, uuid: Uuid, template: bool) -> Result<()> {
        self.0
            .0
            .run(Crew::Actions, Some(uuid), "mark as template", move |connection| {
                cloning::set_template(connection, uuid, template)
            })
            .await
    }
}
