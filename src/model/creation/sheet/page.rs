//! The sheet as a page of rows.

use super::source::row;
use super::{Around, Sheet, resources, source};
use crate::i18n::tr;
use crate::model::facts::Choice;
use crate::model::hardware::{Control, Group, Page, Value};

impl Sheet {
    /// The rows above what the machine begins with: where it will be.
    #[must_use]
    pub fn host_page(&self, around: &Around) -> Page {
        let choices: Vec<Choice> = around
            .hosts
            .iter()
            .map(|(id, name)| Choice::new(id.as_str(), name.as_str()))
            .collect();
        let host = row("host", tr("Host"), Control::Choice(choices), Value::of(around.host));
        Page::new(vec![Group::new(String::new(), vec![host])])
    }

    /// The rows below: what it begins with in detail, and what it will have.
    #[must_use]
    pub fn page(&self, around: &Around) -> Page {
        let mut groups = source::groups(self, around);
        groups.extend(resources::groups(self, around));
        if self.customised.is_some() {
            let is_said = |id: &str| matches!(id, "name" | "start" | "autostart");
            for row in groups.iter_mut().flat_map(|group| &mut group.rows) {
                if !is_said(&row.id) {
                    row.locked
                        .get_or_insert_with(|| tr("The definition was changed by hand. It says this now."));
                }
            }
        }
        let mut page = Page::new(groups);
        if self.customised.is_some() {
            page.notice = Some(tr(
                "The definition was changed by hand, and so these rows hold no more. “Start Over” below makes it from them again.",
            ));
            for row in page.groups.iter_mut().flat_map(|group| &mut group.rows) {
                row.is_lock_told = row.locked.is_some();
            }
        }
        page
    }
}
