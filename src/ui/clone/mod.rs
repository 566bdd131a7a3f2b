//! *Clone*: copies of a machine, whole or linked, one or many.

mod disks;
mod form;

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use self::form::Form;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::cloning::{ClonePlan, Original};
use crate::model::error::VirtError;
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::errors::{self, Context};
use crate::ui::widgets::spinner;
use crate::ui::{message, text};

/// Opens the dialog that copies a machine, over the window of `parent`. For a template linked copies are proposed.
pub fn open(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let Some(name) = core.store().domain(key).map(|domain| text::name(&domain.name)) else {
        return;
    };
    let dialog = Rc::new(Dialog::new(parent, core, key, &name));
    dialog.window.present();
    let reading = Rc::clone(&dialog);
    glib::spawn_future_local(async move { reading.read().await });
}

struct Dialog {
    core: Core,
    key: DomainKey,
    parent: glib::WeakRef<gtk::Widget>,
    window: adw::Window,
    content: gtk::Stack,
    clone: gtk::Button,
    failure: adw::StatusPage,
    form: RefCell<Option<Rc<Form>>>,
}

impl Dialog {
    fn new(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey, name: &str) -> Self {
        let window = adw::Window::builder()
            .title(tr_f("Clone {name}", &[("name", name)]))
            .modal(true)
            .destroy_with_parent(true)
            .default_width(620)
            .default_height(720)
            .width_request(340)
            .height_request(360)
            .build();
        window.set_transient_for(message::window_of(parent).as_ref());
        let cancel = gtk::Button::builder()
            .label(tr("_Cancel"))
            .use_underline(true)
            .action_name("window.close")
            .build();
        let clone = gtk::Button::builder()
            .label(tr("_Clone"))
            .use_underline(true)
            .css_classes(["suggested-action"])
            .sensitive(false)
            .build();
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        header.pack_start(&cancel);
        header.pack_end(&clone);
        let content = gtk::Stack::builder().vexpand(true).build();
        let waiting = spinner(&tr("Reading the machine"));
        content.add_named(&waiting, Some("waiting"));
        let failure = adw::StatusPage::builder().icon_name("dialog-error-symbolic").build();
        content.add_named(&failure, Some("failure"));
        let page = gtk::Box::new(gtk::Orientation::Vertical, 0);
        page.append(&header);
        page.append(&content);
        adw::prelude::AdwWindowExt::set_content(&window, Some(&page));
        crate::ui::host::tab::closes_with_escape(&window);
        window.set_default_widget(Some(&clone));
        Self {
            core: core.clone(),
            key,
            parent: parent.upcast_ref::<gtk::Widget>().downgrade(),
            window,
            content,
            clone,
            failure,
            form: RefCell::default(),
        }
    }

    async fn read(self: &Rc<Self>) {
        let original = match self.core.client(self.key.host) {
            Some(client) => client.original(self.key.uuid).await,
            None => return,
        };
        match original {
            Ok(original) => self.show(original),
            Err(error) => {
                let host = self.core.store().host(self.key.host).map(|host| host.config.clone());
                let why = errors::explain(&error, host.as_ref());
                self.failure.set_title(&why.title);
                self.failure.set_description(Some(&glib::markup_escape_text(&why.body)));
                self.content.set_visible_child_name("failure");
            }
        }
    }

    fn show(self: &Rc<Self>, original: Original) {
        let button = self.clone.clone();
        let form = Form::new(original, move |ready| button.set_sensitive(ready));
        self.content.add_named(form.widget(), Some("form"));
        self.content.set_visible_child_name("form");
        form.grab_focus();
        let dialog = Rc::clone(self);
        // The window holds the button, which holds the dialog until the window is gone.
        let handler = self.clone.connect_clicked({
            let weak = Rc::downgrade(&dialog);
            move |_| {
                if let Some(dialog) = weak.upgrade() {
                    dialog.begin();
                }
            }
        });
        let _ = handler;
        self.form.replace(Some(form));
        let kept = RefCell::new(Some(dialog));
        self.window.connect_destroy(move |_| drop(kept.take()));
    }

    /// Begins, and leaves the rest to the list of jobs.
    fn begin(&self) {
        let plan = self.form.borrow().as_ref().and_then(|form| form.plan());
        let (Some(plan), Some(parent)) = (plan, self.parent.upgrade()) else {
            return;
        };
        self.window.close();
        let (core, key) = (self.core.clone(), self.key);
        glib::spawn_future_local(async move {
            if let Err(error) = carry_out(&core, key, plan).await {
                tell(&parent, &core, key, &error);
            }
        });
    }
}

async fn carry_out(core: &Core, key: DomainKey, plan: ClonePlan) -> Result<(), VirtError> {
    let Some(client) = core.client(key.host) else {
        return Ok(());
    };
    let original = text::name(&plan.name);
    let title = match plan.machines.as_slice() {
        [only] => tr_f(
            "Cloning {name} to {copy}",
            &[("name", &original), ("copy", &text::name(&only.name))],
        ),
        several => tr_n(
            "Making {n} copy of {name}",
            "Making {n} copies of {name}",
            several.len(),
            &[("name", &original)],
        ),
    };
    let made = core
        .do_job(&title, |job| client.clone_machines(plan, job))
        .await
        .map(|_| ());
    core.learn_storage(key.host).await;
    made
}

fn tell(parent: &gtk::Widget, core: &Core, key: DomainKey, error: &VirtError) {
    let host = core.store().host(key.host).map(|host| host.config.clone());
    let context = Context {
        host,
        title: Some(tr("The machine could not be copied")),
        ..Context::default()
    };
    errors::show(parent, None, error, context);
}

/// Makes a machine a template, or a template a machine again.
pub fn toggle_template(parent: &gtk::Widget, core: &Core, key: DomainKey) {
    let is_template = {
        let store = core.store();
        let details = store.domain(key).and_then(|domain| domain.details.clone());
        details.is_some_and(|details| details.is_template)
    };
    let (core, parent) = (core.clone(), parent.clone());
    glib::spawn_future_local(async move {
        let Some(client) = core.client(key.host) else { return };
        match client.set_template(key.uuid, !is_template).await {
            Ok(()) => client.request_details(vec![key.uuid]),
            Err(error) => {
                let host = core.store().host(key.host).map(|host| host.config.clone());
                let context = Context {
                    host,
                    ..Context::default()
                };
                errors::show(&parent, None, &error, context);
            }
        }
    });
}
