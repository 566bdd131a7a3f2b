//! The window for adding and changing a host.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::host::HostConfig;
use crate::model::uri::Field;
use crate::ui::core::Core;
use crate::ui::host::draft::{Draft, Edit, KINDS};
use crate::ui::host::rows::{Rows, set_text};
use crate::ui::host::test::Test;
use crate::ui::host::{color, risk};
use crate::ui::widgets::name_once;
use crate::ui::{message, text};

/// The window with what it edits.
pub(super) struct Form {
    pub window: adw::Window,
    pub draft: RefCell<Draft>,
    core: Core,
    rows: Rows,
    finish: gtk::Button,
    problem: gtk::Label,
    test: Test,
    is_new: bool,
    /// Set while the form writes into its own widgets.
    quiet: Cell<bool>,
}

/// Opens the window for `known`, or for a new host.
pub(super) fn open(parent: &impl IsA<gtk::Widget>, core: &Core, known: Option<HostConfig>) {
    let is_new = known.is_none();
    let draft = known.map_or_else(Draft::new, Draft::of);
    let window = adw::Window::builder()
        .title(if is_new { tr("Add Host") } else { tr("Edit Host") })
        .modal(true)
        .default_width(560)
        .default_height(680)
        .destroy_with_parent(true)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    window.connect_map(name_once);

    let header = adw::HeaderBar::builder()
        .show_start_title_buttons(false)
        .show_end_title_buttons(false)
        .build();
    let cancel = gtk::Button::with_mnemonic(&tr("_Cancel"));
    let finish = gtk::Button::with_mnemonic(&if is_new { tr("_Add") } else { tr("_Save") });
    finish.add_css_class("suggested-action");
    header.pack_start(&cancel);
    header.pack_end(&finish);

    let rows = Rows::new();
    let problem = gtk::Label::builder()
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .margin_top(6)
        .margin_start(6)
        .visible(false)
        .css_classes(["caption", "error"])
        .build();
    let test = Test::new();
    let page = adw::PreferencesPage::new();
    rows.place(&page, &problem, test.group(), keepalive(&draft.config));

    let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
    content.append(&header);
    content.append(&page);
    window.set_content(Some(&content));
    window.set_default_widget(Some(&finish));

    let form = Rc::new(Form {
        window,
        draft: RefCell::new(draft),
        core: core.clone(),
        rows,
        finish,
        problem,
        test,
        is_new,
        quiet: Cell::new(false),
    });
    form.wire(&cancel);
    form.show();
    // The window owns the form: dispose drops this handler and with it the last reference.
    let kept = form.clone();
    form.window.connect_destroy(move |_| kept.test.stop());
    if is_new {
        form.rows.host.grab_focus();
    }
    form.window.present();
}

fn keepalive(config: &HostConfig) -> (u32, u32) {
    (config.keepalive_interval, config.keepalive_count)
}

impl Form {
    fn wire(self: &Rc<Self>, cancel: &gtk::Button) {
        let form = Rc::downgrade(self);
        self.rows.connect(move |edit| {
            if let Some(form) = form.upgrade() {
                form.edited(edit);
            }
        });
        let (autoconnect, read_only) = {
            let draft = self.draft.borrow();
            (draft.config.autoconnect, draft.config.read_only)
        };
        self.rows.autoconnect.set_active(autoconnect);
        self.rows.read_only.set_active(read_only);
        let current = self.draft.borrow().config.color.clone();
        let form = Rc::downgrade(self);
        self.rows
            .color
            .add_suffix(&color::chooser(current.as_deref(), move |name| {
                if let Some(form) = form.upgrade() {
                    form.draft.borrow_mut().config.color = name;
                }
            }));
        let window = self.window.clone();
        cancel.connect_clicked(move |_| window.close());
        let escape = gtk::ShortcutController::new();
        escape.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string("Escape"),
            Some(gtk::NamedAction::new("window.close")),
        ));
        self.window.add_controller(escape);
        let form = Rc::downgrade(self);
        self.finish.connect_clicked(move |_| {
            if let Some(form) = form.upgrade() {
                glib::spawn_future_local(async move { form.finish().await });
            }
        });
        let form = Rc::downgrade(self);
        self.test.connect(move || {
            if let Some(form) = form.upgrade() {
                glib::spawn_future_local(async move { form.try_it().await });
            }
        });
    }

    fn edited(&self, edit: Edit) {
        if self.quiet.get() {
            return;
        }
        self.draft.borrow_mut().apply(edit);
        self.test.stop();
        self.show();
    }

    /// Writes the draft into the widgets.
    fn show(&self) {
        self.quiet.set(true);
        let draft = self.draft.borrow();
        let rows = &self.rows;
        let uri = &draft.uri;
        rows.kind.set_selected(u32::try_from(draft.kind()).unwrap_or(0));
        rows.transport
            .set_selected(u32::try_from(draft.transport()).unwrap_or(0));
        set_text(&rows.driver, &uri.driver);
        set_text(&rows.host, uri.host.as_deref().unwrap_or_default());
        set_text(&rows.user, uri.user.as_deref().unwrap_or_default());
        set_text(&rows.port, &draft.port);
        set_text(&rows.path, &uri.path);
        set_text(&rows.address, &draft.address);
        set_text(&rows.name, &draft.config.name);
        rows.show_parameters(uri);
        rows.show_for(uri, draft.kind() == KINDS.len());
        let errors = draft.errors();
        rows.mark(&errors, draft.is_unreadable());
        // A host that was not typed yet is no mistake: the button waits, nothing turns red.
        let said = errors
            .iter()
            .find(|error| error.field != Field::Host || uri.host.is_some());
        self.problem.set_visible(said.is_some());
        self.problem
            .set_label(&said.map(|error| error.message.clone()).unwrap_or_default());
        self.finish.set_sensitive(errors.is_empty());
        self.test.set_possible(errors.is_empty());
        drop(draft);
        self.quiet.set(false);
    }

    /// The host as it would be saved, once the user accepted what its address does. A new risk is asked about once.
    async fn accepted(&self) -> Option<HostConfig> {
        let (risks, address) = {
            let draft = self.draft.borrow();
            draft.finished()?;
            (draft.new_risks(), draft.address.clone())
        };
        if !risks.is_empty() {
            if !risk::ask(&self.window, &address, &risks).await {
                return None;
            }
            self.draft.borrow_mut().accept_risks();
        }
        let mut config = self.draft.borrow().finished()?;
        config.autoconnect = self.rows.autoconnect.is_active();
        config.read_only = self.rows.read_only.is_active();
        (config.keepalive_interval, config.keepalive_count) = self.rows.keepalive();
        Some(config)
    }

    async fn finish(&self) {
        let Some(config) = self.accepted().await else { return };
        let id = config.id;
        if self.is_new && self.is_known(&config) && !self.confirm_twice(&config).await {
            return;
        }
        let before = {
            let store = self.core.store();
            store
                .host(id)
                .map(|host| (host.config.clone(), host.status.is_connected()))
        };
        // It stands in full above the button.
        self.core.settings().accept_address(&config.uri);
        self.core
            .put_host(config.clone(), self.is_new || self.core.is_saved(id));
        match before {
            // Another way to the host takes effect with a new connection.
            Some((old, _)) if needs_reconnect(&old, &config) => {
                self.core.disconnect_host(id);
                self.core.connect_host(id);
            }
            Some(_) => {}
            None => self.core.connect_host(id),
        }
        self.window.destroy();
    }

    fn is_known(&self, config: &HostConfig) -> bool {
        let store = self.core.store();
        store.hosts().any(|host| host.config.uri == config.uri)
    }

    async fn confirm_twice(&self, config: &HostConfig) -> bool {
        let dialog = message::dialog(
            &self.window,
            &tr("This host is in the list already"),
            &tr_f(
                "There is a host with the address {uri}. Add it a second time?",
                &[("uri", text::one_line(&config.uri, 200).as_ref())],
            ),
        );
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("add", &tr("_Add Again"))]);
        dialog.set_close_response("cancel");
        message::choose(dialog).await == "add"
    }

    async fn try_it(&self) {
        if let Some(config) = self.accepted().await {
            self.test.run(&self.window, config);
        }
    }
}

fn needs_reconnect(old: &HostConfig, new: &HostConfig) -> bool {
    old.uri != new.uri || old.read_only != new.read_only || keepalive(old) != keepalive(new)
}
