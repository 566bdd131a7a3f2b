//! What can be added to a machine.

use std::fmt;
use std::sync::Arc;

use super::page::{self, Context};
use crate::model::facts::HostFacts;
use crate::model::xml::domain::Domain;
use crate::model::xml::{NodeId, Refused};

type Maker = dyn Fn(&mut Domain, &HostFacts) -> Result<NodeId, Refused> + Send + Sync;

/// One type of device in the dialog for new hardware. Its page is the page that the device will have.
#[derive(Clone)]
pub struct Addition {
    /// What it is found by.
    pub id: &'static str,
    /// Name.
    pub title: String,
    /// A sentence on what it is for.
    pub description: String,
    /// Symbolic icon.
    pub icon: &'static str,
    /// Why it cannot be added here.
    pub problem: Option<String>,
    make: Arc<Maker>,
}

impl fmt::Debug for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Addition({})", self.id)
    }
}

impl Addition {
    /// A type of device; `make` puts one with sensible values into a definition, and what it needs beside it.
    pub fn new(
        id: &'static str,
        title: String,
        icon: &'static str,
        make: impl Fn(&mut Domain, &HostFacts) -> Result<NodeId, Refused> + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            title,
            description: String::new(),
            icon,
            problem: None,
            make: Arc::new(make),
        }
    }

    /// With a sentence on what it is for.
    #[must_use]
    pub fn description(mut self, text: String) -> Self {
        self.description = text;
        self
    }

    /// Not to be added, with the reason.
    #[must_use]
    pub fn problem(mut self, reason: Option<String>) -> Self {
        self.problem = reason;
        self
    }

    /// A copy of the definition with such a device, and the device in it.
    ///
    /// # Errors
    /// Why it cannot be added.
    pub fn try_on(&self, domain: &Domain, facts: &HostFacts) -> Result<(Domain, NodeId), Refused> {
        if let Some(problem) = &self.problem {
            return Err(Refused(problem.clone()));
        }
        let mut copy = domain.clone();
        let node = (self.make)(&mut copy, facts)?;
        Ok((copy, node))
    }
}

/// Everything that can be added, in the order of the dialog.
#[must_use]
pub fn additions(context: &Context<'_>) -> Vec<Addition> {
    page::additions(context)
}
