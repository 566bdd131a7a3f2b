//! What the page is about, without widgets: the sheet, what is known around it, and what comes of both.

use crate::i18n::tr;
use crate::model::creation::sheet::{Begin, Hurdle, Sheet, hurdle, summary, tell};
use crate::model::creation::{Order, Plan, Problem, Remedy, kind};
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
    /// What is wrong with that.
    pub host_problems: Problems,
    /// The ways to begin.
    pub offered: Vec<Begin>,
    /// All other rows.
    pub page: Page,
    /// What is wrong with them.
    pub problems: Problems,
    /// What will be created.
    pub summary: String,
    /// Why it can't be created; there is no reason without words.
    pub hurdle: Option<Hurdle>,
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
        for problem in &mut all {
            let is_lost = self.world.pool_folder.is_none() && problem.remedy == Some(Remedy::MakePool);
            problem.remedy.take_if(|_| is_lost);
        }
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
        let (mut host, mut page) = (self.sheet.host_page(&around), self.sheet.page(&around));
        let all = self.problems();
        // While the host is asked, what it lacks is not known.
        let is_read = self.world.facts.capabilities.is_some();
        if !is_read {
            // What is folded is not seen, and what can be chosen there is not known: the page opens sooner without.
            page.groups.retain(|group| !group.advanced);
        }
        let is_blank = hurdle(&self.sheet, &[]).is_some();
        // What is missing needs no reproach before anything was chosen.
        let is_said = |problem: &Problem| is_read && !(is_blank && problem.row == "source");
        let said = || all.iter().enumerate().filter(|(_, problem)| is_said(problem));
        let is_of_host = |problem: &Problem| problem.row == "host";
        let told_host = tell(&mut host, said().filter(|(_, problem)| is_of_host(problem)));
        let told = tell(&mut page, said().filter(|(_, problem)| !is_of_host(problem)));
        let hurdle = self.hurdle(&page, &all);
        let summary = match (&self.plan, &self.world.planned) {
            (Some(plan), Some(domain)) if !self.is_typed_wrong(&page) => summary(&self.sheet, &around, plan, domain),
            _ => String::new(),
        };
        let mut problems = at_rows(told.errors, &page);
        problems.extend(self.wrong.iter().filter(|(id, _)| page.row(id).is_some()).map(own));
        Shown {
            host_problems: at_rows(told_host.errors, &host),
            host,
            offered: Begin::offered(&around),
            hurdle,
            page,
            problems,
            summary,
        }
    }

    /// What is typed in a row on screen and can't be; what the plan says then is not what stands there.
    fn is_typed_wrong(&self, page: &Page) -> bool {
        page.rows().any(|row| self.wrong.contains_key(&row.id))
    }

    /// Why it can't be created yet.
    fn hurdle(&self, page: &Page, problems: &[Problem]) -> Option<Hurdle> {
        if self.world.host.is_none() {
            let text = tr("No host is connected that machines can be made on.");
            return Some(Hurdle::wrong("host", text));
        }
        let wrong = page.rows().find_map(|row| Some((&row.id, self.wrong.get(&row.id)?)));
        if let Some((id, problem)) = wrong {
            return Some(Hurdle::wrong(id, problem.reason.clone()));
        }
        if let Some(text) = &self.world.refusal {
            return Some(Hurdle::wrong("host", text.clone()));
        }
        let missing = hurdle(&self.sheet, &[]);
        if missing.is_none() && self.world.facts.capabilities.is_none() && self.sheet.begin != Begin::Machine {
            return Some(Hurdle::open("host", tr("The host is being asked what it offers.")));
        }
        missing.or_else(|| hurdle(&self.sheet, problems))
    }
}

/// Problems at the rows of a page.
fn at_rows(errors: Vec<(String, String)>, page: &Page) -> Problems {
    let with_value = |(id, reason): (String, String)| {
        let value = page.row(&id)?.value.clone();
        Some((id, form::Problem { value, reason }))
    };
    errors.into_iter().filter_map(with_value).collect()
}

fn own((id, problem): (&String, &form::Problem)) -> (String, form::Problem) {
    (id.clone(), problem.clone())
}
