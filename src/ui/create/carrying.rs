//! Has the machine made: as a job with stages and Cancel. A failure brings the page back with everything as it was typed.

use std::rc::Rc;

use gtk4::prelude::*;

use super::page::CreatePage;
use crate::i18n::{tr, tr_f};
use crate::model::creation::sheet::Begin;
use crate::model::error::{Kind, VirtError};
use crate::model::key::{DomainKey, HostId};
use crate::model::operation::{Operation, OperationState};
use crate::ui::core::Notice;
use crate::ui::{actions, clone, errors, text};

impl CreatePage {
    /// Keeps the progress on the page current.
    pub(super) fn connect_work(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let subscription = self.core.subscribe_notices(move |_, notice| {
            if let (Notice::Operations, Some(this)) = (notice, weak.upgrade()) {
                this.show_progress();
            }
        });
        let kept = std::cell::RefCell::new(Some(subscription));
        self.view.window.connect_destroy(move |_| drop(kept.take()));
        let weak = Rc::downgrade(self);
        self.view.stop.connect_clicked(move |button| {
            button.set_sensitive(false);
            if let Some((this, operation)) = weak.upgrade().and_then(|this| Some((this.clone(), this.operation()?))) {
                this.core.cancel_operation(operation.id);
            }
        });
        let weak = Rc::downgrade(self);
        self.view.leave.connect_clicked(move |_| {
            if let Some(this) = weak.upgrade() {
                this.view.window.set_visible(false);
            }
        });
        let weak = Rc::downgrade(self);
        self.view
            .window
            .connect_close_request(move |window| match weak.upgrade() {
                Some(this) if this.is_working.get() => {
                    // It goes on in the list of jobs, and comes back where it fails.
                    window.set_visible(false);
                    glib::Propagation::Stop
                }
                _ => glib::Propagation::Proceed,
            });
    }

    fn title(&self) -> String {
        let desk = self.desk.borrow();
        let name = desk
            .plan
            .as_ref()
            .map(|plan| text::name(&plan.name))
            .unwrap_or_default();
        tr_f("Creating {name}", &[("name", &name)])
    }

    /// The job of this page.
    fn operation(&self) -> Option<Operation> {
        let title = self.title();
        let all = self.core.operations();
        all.into_iter()
            .find(|operation| operation.title == title && operation.is_ongoing())
    }

    fn show_progress(&self) {
        if !self.is_working.get() {
            return;
        }
        let Some(operation) = self.operation() else { return };
        match operation.state {
            OperationState::Ongoing(progress) => {
                let stage = operation.stage.unwrap_or_default();
                self.view.say_stage(&stage, progress.fraction());
            }
            OperationState::Cancelling => self.view.say_stage(&tr("Removing what was made…"), None),
            _ => {}
        }
    }

    /// Goes on where copies are ordered, in place of this page.
    fn copy(&self) {
        let original = {
            let desk = self.desk.borrow();
            let uuid = desk
                .sheet
                .original(&desk.world.around())
                .and_then(|uuid| uuid.parse().ok());
            desk.world.host.zip(uuid)
        };
        let (Some((host, uuid)), Some(parent)) = (original, self.view.window.transient_for()) else {
            return;
        };
        self.core.settings().set_last_host(host);
        self.view.window.destroy();
        clone::open(&parent, &self.core, DomainKey::new(host, uuid));
    }

    pub(super) fn create(self: &Rc<Self>) {
        if self.desk.borrow().sheet.begin == Begin::Machine {
            self.copy();
            return;
        }
        if !self.is_settled() {
            self.is_wanted.set(true);
            self.refresh();
            return;
        }
        let (plan, host) = {
            let desk = self.desk.borrow();
            let is_possible = desk.show().hurdle.is_none();
            (desk.plan.clone().filter(|_| is_possible), desk.world.host)
        };
        let (Some(plan), Some(host), false) = (plan, host, self.is_working.get()) else {
            return;
        };
        let Some(client) = self.core.client(host) else { return };
        self.core.settings().set_last_host(host);
        self.is_working.set(true);
        self.view.banner.hide();
        self.view.stop.set_sensitive(true);
        let title = self.title();
        self.view.set_working(Some(&title));
        let this = self.clone();
        glib::spawn_future_local(async move {
            let done = this
                .core
                .do_job(&title, |job| async move { client.create_machine(plan, job).await })
                .await;
            this.is_working.set(false);
            match done {
                Ok(uuid) => this.succeed(DomainKey::new(host, uuid)),
                Err(error) => this.fail(host, error),
            }
        });
    }

    fn succeed(&self, key: DomainKey) {
        self.remember_image(key.host);
        let (starts, is_container) = {
            let sheet = &self.desk.borrow().sheet;
            (sheet.starts(), sheet.begin == Begin::Container)
        };
        self.view.window.destroy();
        if let Some(app) = gio::Application::default() {
            // Whoever starts a machine wants to see what it shows: an installer asks there.
            let page = if starts && !is_container {
                "open-console"
            } else {
                "open-domain"
            };
            app.activate_action(page, Some(&actions::target(&[key])));
        }
    }

    /// The medium, or the address of the tree, is offered again the next time.
    fn remember_image(&self, host: HostId) {
        use crate::model::creation::ImageRef;
        use crate::model::creation::sheet::image_text;
        let desk = self.desk.borrow();
        if desk.sheet.begin == Begin::Tree {
            self.core.settings().remember_tree(desk.sheet.tree.trim());
        }
        if desk.sheet.begin == Begin::Media
            && let Some(image @ (ImageRef::Path(_) | ImageRef::Volume { .. })) = desk.sheet.image()
        {
            self.core.settings().remember_medium(host, &image_text(image));
        }
    }

    /// What an error means, in one line.
    pub(super) fn explained(&self, host: HostId, error: &VirtError) -> String {
        let config = self.core.store().host(host).map(|host| host.config.clone());
        let said = errors::explain(error, config.as_ref());
        tr_f("{title}: {body}", &[("title", &said.title), ("body", &said.body)])
    }

    fn fail(self: &Rc<Self>, host: HostId, error: VirtError) {
        self.view.set_working(None);
        self.read_host();
        self.refresh();
        if error.kind == Kind::Cancelled {
            self.view
                .banner
                .show(&tr("Cancelled. What was made already is removed again."), None, false);
        } else {
            let text = self.explained(host, &error);
            self.view.banner.show(&text, Some(&tr("Details")), true);
            self.failure.replace(Some(error));
        }
        self.view.window.present();
    }
}
