//! Making machines: new ones, copies, and those that come from elsewhere.

use std::time::Duration;

use uuid::Uuid;

use super::{HostClient, Result};
use crate::i18n::tr_f;
use crate::model::creation::{self, Course, Order, Plan, Reads};
use crate::model::facts::HostFacts;
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::name;
use crate::model::os::Os;
use crate::virt::creation as making;
use crate::virt::facts;
use crate::virt::journal::Journal;
use crate::virt::session::Crew;

impl HostClient {
    /// What the host has and can do for the machine that an order gives: the facts for its `model::creation::kind`.
    ///
    /// # Errors
    /// `Kind::Unreachable` without a connection.
    pub async fn creation_facts(&self, order: Order, os: Option<Os>) -> Result<HostFacts> {
        self.0
            .0
            .run(Crew::Queries, None, "read facts", move |connection| {
                let any = facts::facts(connection, order.kind.clone())?;
                let kind = creation::kind(&order, &any, os.as_ref());
                if kind == any.kind {
                    return Ok(any);
                }
                facts::facts(connection, kind)
            })
            .await
    }

    /// What speaks against an order and has to be asked for: whether name and files are free, whether the hypervisor's user
    /// reaches the images, why there is no KVM. What is known without asking tells `model::creation::problems`.
    ///
    /// # Errors
    /// Where the host cannot be asked at all.
    pub async fn examine(&self, order: Order, plan: Plan) -> Result<Vec<creation::Problem>> {
        self.0
            .0
            .run(Crew::Queries, None, "examine", move |connection| {
                making::examine(connection, &order, &plan)
            })
            .await
    }

    /// Makes a machine as planned: its files, its definition, its first start. What it makes is in the journal meanwhile. A
    /// cancel or failure at any moment takes back everything that was made, and nothing else.
    ///
    /// # Errors
    /// What libvirt, the network or the file system says, by remedy; `Kind::Cancelled`. What could not be taken back is named in
    /// the message.
    pub async fn create_machine(&self, plan: Plan, job: Job) -> Result<Uuid> {
        const OP: &str = "create";
        let title = tr_f("Creating {name}", &[("name", &name::name(&plan.name))]);
        let entry = self.entry(title);
        self.0
            .0
            .apart(OP, move |connection| {
                let record = Journal::of_user().begun(entry, OP)?;
                making::create(connection, &plan, record, &job)
            })
            .await
    }

    /// Removes what a job left half-done when its program died, as far as no machine uses it, and tells what stays, with its
    /// reason. What is not there is fine.
    ///
    /// # Errors
    /// Where the host cannot be reached.
    pub async fn remove_leftover(&self, made: Vec<Made>) -> Result<Vec<String>> {
        self.0
            .0
            .run(Crew::Jobs, None, "remove", move |connection| {
                making::remove_leftover(connection, &made)
            })
            .await
    }

    /// What is to be done when the guest of a machine is installed and the machine is off: media are taken out, files of the
    /// installer deleted; with `restart` it is started again where the end of the installer was its end. Tells whether the
    /// installation has ended by that: `false` where there was nothing to do, or an installer goes on that restarts several times.
    ///
    /// # Errors
    /// What libvirt says, by remedy; `Kind::Invalid` where it was turned off and its guest has not ended; with [`FINISHED_START`]
    /// where all was done but the start.
    pub async fn finish_installation(&self, uuid: Uuid, restart: bool) -> Result<bool> {
        self.0
            .0
            .run(Crew::Actions, Some(uuid), "finish installation", move |connection| {
                making::finish_installation(connection, uuid, restart)
            })
            .await
    }

    /// Says in the definition of a machine with something left to do after the installation that it was started, so that
    /// whoever sees it off later knows that it has ended.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn begin_installation(&self, uuid: Uuid) -> Result<()> {
        self.0
            .0
            .run(Crew::Actions, Some(uuid), "begin installation", move |connection| {
                making::begin_installation(connection, uuid)
            })
            .await
    }

    /// To be called when a guest that is being installed has restarted. Waits, for two minutes at most, until it is clear whether
    /// it goes on from its disk; after the last restart of the installation its media are taken out while it runs. Tells
    /// whether the installation has ended by that. Calls on the main thread.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn after_restart(&self, uuid: Uuid) -> Result<bool> {
        const PAUSE: Duration = Duration::from_secs(3);
        const LOOKS: usize = 40;
        let Some(before) = self.installation_reads(uuid).await? else {
            return Ok(false);
        };
        for _ in 0..LOOKS {
            glib::timeout_future(PAUSE).await;
            let Some(now) = self.installation_reads(uuid).await? else {
                return Ok(false);
            };
            match now.course(before) {
                Course::Unclear => {}
                Course::Medium => return Ok(false),
                Course::Disk => {
                    let run = self
                        .0
                        .0
                        .run(Crew::Actions, Some(uuid), "finish installation", move |connection| {
                            making::restarted(connection, uuid)
                        });
                    return run.await;
                }
            }
        }
        Ok(false)
    }

    async fn installation_reads(&self, uuid: Uuid) -> Result<Option<Reads>> {
        self.0
            .0
            .run(Crew::Queries, Some(uuid), "read disks", move |connection| {
                making::reads(connection, uuid)
            })
            .await
    }
}
