//! The script of an installation without questions, made as soon as what it is made of stays the same for a moment.

use std::path::PathBuf;
use std::rc::Rc;

use super::asking::{Asking, Question};
use super::page::CreatePage;
use crate::model::creation::sheet::Begin;
use crate::model::creation::unattended::Setting;
use crate::model::creation::{ImageRef, Problem, Unattended, Weight};
use crate::virt::client::osinfo;

/// What a script was made of.
pub type Made = (Unattended, Setting);

impl CreatePage {
    /// Makes the script anew where it is wanted and would be another one.
    pub(super) fn prepare(self: &Rc<Self>) {
        let wanted = self.wanted_script();
        let Some(wanted) = wanted else {
            let mut desk = self.desk.borrow_mut();
            (desk.world.prepared, desk.world.prepared_of) = (None, None);
            desk.script = None;
            drop(desk);
            self.open.drop_question(Question::Script);
            return;
        };
        if self.desk.borrow().world.prepared_of.as_ref() == Some(&wanted) {
            return;
        }
        self.desk.borrow_mut().world.prepared_of = Some(wanted.clone());
        let (weak, asking) = (Rc::downgrade(self), Asking::new(self, Question::Script));
        glib::spawn_future_local(async move {
            let (wish, setting) = wanted.clone();
            let made = osinfo::unattended(wish, setting).await;
            let Some(this) = weak.upgrade() else { return };
            {
                let mut desk = this.desk.borrow_mut();
                if desk.world.prepared_of.as_ref() != Some(&wanted) {
                    return;
                }
                desk.script = made.as_ref().err().map(|error| Problem {
                    weight: Weight::Error,
                    row: "user",
                    text: error.message.clone(),
                    remedy: None,
                });
                desk.world.prepared = made.ok();
            }
            this.refresh();
            drop(asking);
        });
    }

    fn wanted_script(&self) -> Option<Made> {
        let desk = self.desk.borrow();
        let wish = desk.order().unattended?;
        let os = desk.system()?;
        let medium = match desk.sheet.image() {
            Some(ImageRef::Upload { file, .. }) => Some(file.clone()),
            Some(ImageRef::Path(path)) if desk.world.is_here() => Some(PathBuf::from(path)),
            _ => None,
        };
        let setting = Setting {
            machine: desk.plan.as_ref().map(|plan| plan.name.clone()).unwrap_or_default(),
            os: os.id.clone(),
            arch: desk.world.around().arch(&desk.sheet),
            disk: if os.is_windows() { "C" } else { "/dev/vda" }.to_owned(),
            tree: (desk.sheet.begin == Begin::Tree).then(|| desk.sheet.tree.trim().to_owned()),
            medium: medium.filter(|_| desk.sheet.begin == Begin::Media),
        };
        Some((wish, setting))
    }
}
