//! What the page is about, without widgets: the sheet, what is known around it, and what comes of both.

use crate::i18n::tr;
use crate::model::creation::sheet::{Begin, Sheet, hurdle, summary, tell};
use crate::model::creation::{Order, Plan, Problem, kind};
use crate::model::facts::GuestKind;
use crate::model::hardware::{Page, Value};
use crate::model::os::Os;
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;
use crate::ui::hardware::form::{self, Problems};

use super::world::World;

/// The sheet and what is known around it.
#[derive(Debug)]
pub struct Desk {
    /// What was chosen and typed.
    pub sheet: Sheet,
    /// What is known.
    pub world: World,
    /// Values that rows cannot have, which stay on screen.
    wrong: Problems,
    /// What will be done; `None` while too little is known or said.
    pub plan: Option<Plan>,
    /// What speaks against it as far as that is known.
    known: Vec<Problem>,
    /// What the host said speaks against it.
    pub asked: Vec<Problem>,
    /// What speaks against an installation without questions.
    pub script: Option<Problem>,
}

/// What is to be shown.
#[derive(Debug)]
pub struct Shown {
    /// Where the machine will be.
    pub host: Page,
    /// The ways to begin.
    pub offered: Vec<Begin>,
    /// All other rows.
    pub page: Page,
    /// What is wrong with them.
    pub problems: Problems,
    /// What will be created.
    pub summary: String,
    /// Why it can't be created.
    pub hurdle: Option<String>,
}

impl Desk {
    /// Begins with an empty sheet.
    pub fn new(user: &str) -> Self {
        Self {
            sheet: Sheet::new(user),
            world: World::default(),
            wrong: Problems::new(),
            plan: None,
            known: Vec::new(),
            asked: Vec::new(),
            script: None,
        }
    }

    /// What the user wants.
    pub fn order(&self) -> Order {
        self.sheet.order(&self.world.around())
    }

    /// The operating system of the order.
    pub fn system(&self) -> Option<&Os> {
        let around = self.world.around();
        self.sheet.system().and_then(|id| around.system(id)).map(|os| {
            // The one in the list lives as long as the desk.
            self.world.systems.iter().find(|other| other.id == os.id).unwrap_or(os)
        })
    }

    /// The kind of machine that the host has to be asked about.
    pub fn kind(&self) -> GuestKind {
        kind(&self.order(), &self.world.facts, self.system())
    }

    /// Problems, first those that are known without asking.
    pub fn problems(&self) -> Vec<Problem> {
        if self.sheet.begin == Begin::Machine {
            return Vec::new();
        }
        let mut all = self.known.clone();
        let asked = self.asked.iter().filter(|problem| !self.known.contains(problem));
        all.extend(asked.cloned());
        all.extend(self.script.clone());
        all
    }

    /// Gives a row another value; what it cannot have is kept with the reason.
    pub fn set(&mut self, row: &str, value: &Value) {
        match self.sheet.set(&self.world.around(), row, value) {
            Ok(()) => {
                self.wrong.remove(row);
            }
            Err(Refused(reason)) => {
                let value = value.clone();
                self.wrong.insert(row.to_owned(), form::Problem { value, reason });
            }
        }
    }

    /// Makes the plan anew.
    pub fn plan_anew(&mut self) {
        if self.sheet.begin == Begin::Machine {
            // What a copy will be is planned where it is ordered.
            self.plan = None;
            self.world.planned = None;
            return;
        }
        let around = self.world.around();
        let order = self.sheet.order(&around);
        let surroundings = self.sheet.surroundings(&around);
        let made = crate::model::creation::plan(&order, &surroundings);
        self.known = crate::model::creation::problems(&order, &surroundings);
        self.plan = made.ok();
        self.world.planned = self.plan.as_ref().and_then(|plan| Domain::parse(&plan.xml).ok());
    }

    /// What is to be shown.
    pub fn show(&self) -> Shown {
        let around = self.world.around();
        let mut page = self.sheet.page(&around);
        let all = self.problems();
        // While the host is asked, what it lacks is not known.
        let is_read = self.world.facts.capabilities.is_some();
        let is_blank = hurdle(&self.sheet, &[]).is_some();
        // What is missing needs no reproach before anything was chosen.
        let is_said = |problem: &&Problem| is_read && !(is_blank && problem.row == "source");
        let said: Vec<Problem> = all.iter().filter(is_said).cloned().collect();
        let told = tell(&mut page, &said);
        let mut problems = self.wrong.clone();
        problems.retain(|id, _| page.row(id).is_some());
        for (id, reason) in told.errors {
            let Some(row) = page.row(&id) else { continue };
            let value = row.value.clone();
            problems.entry(id).or_insert(form::Problem { value, reason });
        }
        let typed_wrong = self.wrong.values().next().map(|problem| problem.reason.clone());
        let no_host = self
            .world
            .host
            .is_none()
            .then(|| tr("No host is connected that machines can be made on."));
        let summary = match (&self.plan, &self.world.planned) {
            (Some(plan), Some(domain)) => summary(&self.sheet, &around, plan, domain),
            _ => String::new(),
        };
        Shown {
            host: self.sheet.host_page(&around),
            offered: Begin::offered(&around),
            hurdle: no_host.or(typed_wrong).or_else(|| hurdle(&self.sheet, &all)),
            page,
            problems,
            summary,
        }
    }
}

/// Nothing wrong.
pub fn none() -> Problems {
    Problems::new()
}
