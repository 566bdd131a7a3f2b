//! Making machines: new ones, copies, and those that come from elsewhere.

use super::{HostClient, Result};
use crate::model::creation::{self, Order};
use crate::model::facts::HostFacts;
use crate::model::os::Os;
use crate::virt::facts;
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
}
