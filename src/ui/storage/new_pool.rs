//! The window that asks what a new pool is to be like. Each kind has the rows that it needs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use zeroize::Zeroizing;

use super::chooser::{self, Fetch, Purpose, Request};
use super::new_pool_rows::{self as rows, Rows};
use super::page::StoragePage;
use super::pool_actions::make;
use super::sheet::{Sheet, chosen, set_texts};
use super::waiting::advice;
use crate::i18n::{tr, tr_f};
use crate::model::creation::ImageRef;
use crate::model::facts::{GuestKind, HostDeviceKind, SecretFact};
use crate::model::storage::{
    AdapterWish, AuthKind, AuthWish, Build, Field, Finding, FoundSource, NewPool, PoolKind, SecretWish, pool_kinds,
};
use crate::ui::{errors, message, text};
use crate::virt::client::PoolBuild;

/// The window.
struct Form {
    page: Rc<StoragePage>,
    sheet: Sheet,
    rows: Rows,
    taken: Vec<String>,
    secrets: RefCell<Vec<SecretFact>>,
    /// Somebody typed: what is missing may be said.
    touched: Cell<bool>,
    /// Name and folder as they were suggested: what differs was typed.
    suggested: RefCell<(String, String)>,
    suggesting: Cell<bool>,
}

/// Opens it over the page.
pub(super) fn open(page: &Rc<StoragePage>) {
    let form = Rc::new(Form {
        page: page.clone(),
        sheet: Sheet::new(&page.toasts, &tr("New Storage Pool"), &tr("_Create")),
        rows: Rows::new(),
        taken: page.pools().iter().map(|pool| pool.name.clone()).collect(),
        secrets: RefCell::default(),
        touched: Cell::default(),
        suggested: RefCell::default(),
        suggesting: Cell::default(),
    });
    form.rows.place(&form.sheet.page);
    form.wire();
    form.show();
    form.learn();
    form.sheet.window.present();
    form.rows.name.grab_focus();
    // Whoever has another name types it over this one.
    form.rows.name.select_region(0, -1);
}

impl Form {
    fn kind(&self) -> &'static PoolKind {
        let kinds = pool_kinds();
        kinds.get(chosen(&self.rows.kind)).unwrap_or(&kinds[0])
    }

    fn wire(self: &Rc<Self>) {
        for row in self.rows.entries() {
            let weak = Rc::downgrade(self);
            row.connect_changed(move |_| {
                if let Some(form) = weak.upgrade()
                    && !form.suggesting.get()
                {
                    form.touched.set(true);
                    form.suggest();
                    form.check();
                }
            });
        }
        let weak = Rc::downgrade(self);
        self.rows.kind.connect_selected_notify(move |_| {
            if let Some(form) = weak.upgrade() {
                form.show();
            }
        });
        for row in [&self.rows.build, &self.rows.secret, &self.rows.adapter] {
            let weak = Rc::downgrade(self);
            row.connect_selected_notify(move |_| {
                if let Some(form) = weak.upgrade() {
                    form.check();
                }
            });
        }
        let weak = Rc::downgrade(self);
        self.rows.login.connect_expanded_notify(move |_| {
            if let Some(form) = weak.upgrade() {
                form.check();
            }
        });
        let weak = Rc::downgrade(self);
        self.rows.browse.connect_clicked(move |_| {
            if let Some(form) = weak.upgrade() {
                form.choose_target();
            }
        });
        let weak = Rc::downgrade(self);
        self.rows.find.connect_clicked(move |_| {
            if let Some(form) = weak.upgrade() {
                glib::spawn_future_local(async move { form.find().await });
            }
        });
        // The window owns the form.
        let own = self.clone();
        self.sheet.done.connect_clicked(move |_| {
            let form = own.clone();
            glib::spawn_future_local(async move { form.create().await });
        });
    }

    /// Reads what can be chosen: adapters and secrets of the host.
    fn learn(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let (core, host) = (self.page.core.clone(), self.page.host);
        glib::spawn_future_local(async move {
            let Ok(facts) = core.facts(host, GuestKind::default()).await else {
                return;
            };
            let Some(form) = weak.upgrade() else { return };
            let adapters: Vec<String> = facts
                .devices()
                .filter(|device| matches!(device.kind, HostDeviceKind::ScsiHost { .. }))
                .map(|device| device.name.clone())
                .collect();
            if !adapters.is_empty() {
                set_texts(&form.rows.adapter, &adapters);
            }
            form.rows.adapters.replace(adapters);
            let usable = |secret: &&SecretFact| matches!(secret.usage.as_deref(), Some("iscsi" | "ceph") | None);
            let secrets: Vec<SecretFact> = facts
                .secrets
                .iter()
                .flat_map(|all| all.iter())
                .filter(usable)
                .cloned()
                .collect();
            let mut titles = vec![tr("A new password")];
            titles.extend(secrets.iter().map(|secret| {
                let name = secret.name.as_deref().or(secret.description.as_deref());
                text::name(name.unwrap_or(&secret.uuid))
            }));
            form.secrets.replace(secrets);
            set_texts(&form.rows.secret, &titles);
            form.check();
        });
    }

    /// What was typed so far.
    fn wish(&self) -> NewPool {
        let kind = self.kind();
        let rows = &self.rows;
        let typed = |row: &adw::EntryRow| row.text().trim().to_owned();
        let list = |row: &adw::EntryRow| -> Vec<String> {
            let text = row.text();
            let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let format = kind.formats.get(chosen(&rows.format)).copied().unwrap_or_default();
        let secret = chosen(&rows.secret).checked_sub(1);
        let secret = secret.and_then(|at| self.secrets.borrow().get(at).cloned());
        let auth = (kind.has(Field::Auth) && rows.login.enables_expansion()).then(|| AuthWish {
            user: typed(&rows.user),
            secret: match secret {
                Some(secret) => SecretWish::of(&secret, kind.auth),
                None => SecretWish::Password {
                    usage: typed(&rows.name),
                    password: Zeroizing::new(rows.password.text().to_string()),
                },
            },
        });
        let adapters = rows.adapters.borrow();
        let adapter = adapters.get(chosen(&rows.adapter)).cloned();
        NewPool {
            name: typed(&rows.name),
            kind: kind.name.to_owned(),
            target: typed(&rows.target),
            hosts: list(&rows.hosts),
            directory: typed(&rows.directory),
            devices: list(&rows.devices),
            source_name: typed(&rows.source_name),
            format: format.to_owned(),
            adapter: adapter.map(AdapterWish::Host),
            initiator: typed(&rows.initiator),
            auth,
            protocol: typed(&rows.protocol),
            is_session: self.page.is_session(),
        }
    }

    /// Shows the rows of the kind.
    fn show(&self) {
        let kind = self.kind();
        self.rows.show_kind(kind);
        if kind.auth == Some(AuthKind::Ceph) {
            self.rows.password.set_title(&tr("Key"));
        } else {
            self.rows.password.set_title(&tr("Password"));
        }
        self.suggest();
        self.check();
    }

    /// Writes what is usual for the kind where nobody has typed anything else.
    fn suggest(&self) {
        let (name, target) = self.suggested.take();
        let rows = &self.rows;
        self.suggesting.set(true);
        let taken: Vec<&str> = self.taken.iter().map(String::as_str).collect();
        let usual_name = self.wish().usual_name(&taken);
        if rows.name.text() == name && name != usual_name {
            rows.name.set_text(&usual_name);
        }
        let usual_target = self.page.usual_folder_of(&self.wish()).unwrap_or_default();
        if rows.target.text() == target && target != usual_target {
            rows.target.set_text(&usual_target);
        }
        self.suggested.replace((usual_name, usual_target));
        self.suggesting.set(false);
    }

    /// Says what is missing or wrong, and what is usual where nothing was typed.
    fn check(&self) {
        let wish = self.wish();
        let taken: Vec<&str> = self.taken.iter().map(String::as_str).collect();
        let mut problems = wish.problems(&taken).into_iter().map(|problem| problem.text);
        let usual = self.page.usual_folder_of(&wish);
        self.rows
            .show_usual_target(usual.as_deref().filter(|_| wish.target.is_empty()));
        let problem = problems.next();
        self.sheet.set_problem(problem.as_deref(), !self.touched.get());
        let kind = self.kind();
        let overwrites =
            kind.build == Build::FormatBlindly && chosen(&self.rows.build) > 0 || chosen(&self.rows.build) == 2;
        self.rows.warning.set_visible(overwrites);
        self.rows.password.set_visible(chosen(&self.rows.secret) == 0);
        self.rows
            .find
            .set_sensitive(kind.finding == Finding::Host || !wish.hosts.is_empty());
    }

    fn choose_target(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let request = Request {
            fetch: Fetch::Now,
            ..Request::new(Purpose::Folder)
        };
        let window = self.sheet.window.upcast_ref();
        let chosen = move |choice: chooser::Choice| {
            if let (Some(form), ImageRef::Path(path)) = (weak.upgrade(), choice.image) {
                form.rows.target.set_text(&path);
            }
        };
        chooser::open_for(&self.page.core, self.page.host, window, request, Rc::new(chosen));
    }

    /// Looks for sources, and lets one be chosen.
    async fn find(self: Rc<Self>) {
        let Some(client) = self.page.core.client(self.page.host) else {
            return;
        };
        self.sheet.set_busy(true);
        let late = self.sheet.say_when_late();
        let found = client.pool_sources(self.wish()).await;
        late.abort();
        self.sheet.set_busy(false);
        self.check();
        match found {
            _ if self.sheet.is_closed() => {}
            Ok(sources) => {
                if let Some(source) = rows::choose_source(&self.sheet.window, &sources).await {
                    self.take(&source);
                }
            }
            Err(error) => self.fail(tr("Nothing could be looked for"), &error),
        }
    }

    fn take(&self, source: &FoundSource) {
        let rows = &self.rows;
        let put = |row: &adw::EntryRow, text: Option<&str>| {
            if let Some(text) = text {
                row.set_text(text);
            }
        };
        put(&rows.directory, source.directory.as_deref());
        put(&rows.source_name, source.name.as_deref());
        if !source.devices.is_empty() {
            rows.devices.set_text(&source.devices.join(", "));
        }
        let format = source.format.as_deref();
        if let Some(at) = self.kind().formats.iter().position(|known| Some(*known) == format) {
            rows.format.set_selected(u32::try_from(at).unwrap_or(0));
        }
    }

    fn fail(&self, title: String, error: &crate::model::error::VirtError) {
        let advice = advice(self.kind().name);
        let context = errors::Context {
            title: Some(title),
            has_server: advice.is_some(),
            advice,
            ..errors::Context::default()
        };
        errors::show(&self.sheet.window, None, error, context);
    }

    async fn create(self: Rc<Self>) {
        let mut wish = self.wish();
        if wish.target.is_empty()
            && let Some(usual) = self.page.usual_folder_of(&wish)
        {
            wish.target = usual;
        }
        let Some(client) = self.page.core.client(self.page.host) else {
            return;
        };
        let build = match (self.kind().build, chosen(&self.rows.build)) {
            (Build::Format, 1) => PoolBuild::Careful,
            (Build::Format, 2) | (Build::FormatBlindly, 1) => PoolBuild::Overwrite,
            _ => PoolBuild::Plain,
        };
        if build == PoolBuild::Overwrite && !self.may_overwrite(&wish).await {
            return;
        }
        self.sheet.set_busy(true);
        let name = wish.name.clone();
        let late = self.sheet.say_when_late();
        let made = make(&client, wish, build, self.rows.autostart.is_active()).await;
        late.abort();
        self.sheet.set_busy(false);
        self.check();
        match made {
            Ok(pool) => {
                if !self.sheet.is_closed() {
                    self.page.select(&pool.name);
                }
                self.sheet.window.destroy();
                self.page.reload();
            }
            Err(error) => {
                self.page.reload();
                let title = tr_f("{pool} could not be made", &[("pool", &text::name(&name))]);
                // Whoever waits no longer is told on the page.
                if self.sheet.is_closed() {
                    let kind = self.kind().name;
                    self.page.tell_with(title, &error, advice(kind));
                } else {
                    self.fail(title, &error);
                }
            }
        }
    }

    /// Asks once more before devices lose what they hold.
    async fn may_overwrite(&self, wish: &NewPool) -> bool {
        let what = match wish.devices.is_empty() {
            true => wish.source_name.clone(),
            false => wish.devices.join(", "),
        };
        let dialog = message::dialog(
            &self.sheet.window,
            &tr("Overwrite the Devices?"),
            &tr_f(
                "Everything on {devices} is lost for good.",
                &[("devices", &text::one_line(&what, 400))],
            ),
        );
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("overwrite", &tr("_Overwrite"))]);
        dialog.set_response_appearance("overwrite", adw::ResponseAppearance::Destructive);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("cancel"));
        message::choose(dialog).await == "overwrite"
    }
}
