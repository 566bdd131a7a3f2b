//! The application: one instance, its windows, its hosts at the start, its orderly end.

mod questions;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use relm4::{Component, ComponentController, Controller};

use crate::i18n::{tr, tr_f};
use crate::model::demo;
use crate::model::host::HostConfig;
use crate::model::key::HostId;
use crate::model::settings::{Settings, Style};
use crate::model::uri::Uri;
use crate::ui::core::{Core, Subscription};
use crate::ui::manager::tabs::Tabs;
use crate::ui::manager::window::{ManagerMsg, ManagerWindow};
use crate::ui::notifications::Notifier;
use crate::ui::storage::dragged;
use crate::ui::vm::Page;
use crate::ui::wish::{Answer, Wish};
use crate::ui::{host, leftover, text};

/// Identity of the application on the session bus and in the desktop.
pub const ID: &str = "io.github.vireo_vm.Vireo";

/// The running application; main thread only.
pub struct App {
    app: adw::Application,
    core: Core,
    tabs: Rc<Tabs>,
    window: RefCell<Option<Controller<ManagerWindow>>>,
    wishes: RefCell<Vec<Wish>>,
    closing: Cell<bool>,
    hold: RefCell<Option<gio::ApplicationHoldGuard>>,
    _notifier: Notifier,
    subscriptions: RefCell<Vec<Subscription>>,
}

impl App {
    /// The application around a core with these settings. Call after GTK was started (`startup`).
    pub fn new(app: &adw::Application, settings: Settings) -> Rc<Self> {
        let core = Core::new(settings);
        let this = Rc::new(Self {
            app: app.clone(),
            tabs: Tabs::new(&core, app),
            window: RefCell::new(None),
            wishes: RefCell::default(),
            closing: Cell::new(false),
            // The last window is not the end: hosts are closed first.
            hold: RefCell::new(Some(app.hold())),
            _notifier: Notifier::new(app, &core),
            subscriptions: RefCell::default(),
            core,
        });
        crate::ui::stalls::watch();
        this.dress();
        this.add_actions();
        this.answer_questions();
        this.watch_surroundings();
        this
    }

    /// The core.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Shows the main window, made on the first call.
    pub fn present(self: &Rc<Self>) {
        if self.closing.get() {
            return;
        }
        if self.window.borrow().is_none() {
            let controller = ManagerWindow::builder()
                .launch((self.core.clone(), self.tabs.clone()))
                .detach();
            self.app.add_window(controller.widget());
            let weak = Rc::downgrade(self);
            controller.widget().connect_destroy(move |_| {
                if let Some(this) = weak.upgrade() {
                    let gone = this.window.take();
                    glib::idle_add_local_once(move || drop(gone));
                }
            });
            *self.window.borrow_mut() = Some(controller);
        }
        if let Some(window) = self.window.borrow().as_ref() {
            window.widget().present();
        }
    }

    /// Tells what was left half-done by a program that died, over the window, and removes what nobody needs any more.
    pub fn look_for_leftovers(&self) {
        if let Some(window) = self.window.borrow().as_ref() {
            leftover::look(window.widget(), &self.core);
        }
        drop(gio::spawn_blocking(dragged::forget_old));
    }

    /// Connects what the settings say, or on a first start the hypervisor of this computer, or else opens the demo.
    pub fn connect_saved(&self) {
        let hosts: Vec<(HostId, bool)> = self
            .core
            .store()
            .hosts()
            .map(|host| (host.config.id, host.config.autoconnect))
            .collect();
        if hosts.is_empty() && !self.core.settings().welcomed() {
            self.core.settings().set_welcomed();
            if local_uri().is_some() {
                self.connect_local();
            } else {
                self.open_demo(None);
            }
        }
        for (id, autoconnect) in hosts {
            if autoconnect {
                self.core.connect_host(id);
            }
        }
    }

    /// Adds the hypervisor of this computer and connects it.
    pub fn connect_local(&self) {
        let uri = local_uri().unwrap_or("qemu:///system");
        let known = self.known(uri);
        let id = known.unwrap_or_else(|| {
            let config = HostConfig::new(tr("This Computer"), uri);
            let id = config.id;
            self.core.put_host(config, true);
            id
        });
        self.core.connect_host(id);
    }

    /// Opens the demo, or a large one of `scale` machines. It is not kept in the settings.
    pub fn open_demo(&self, scale: Option<u32>) -> Option<HostId> {
        match demo::open(scale) {
            Ok(uri) => {
                let id = self.known(&uri).unwrap_or_else(|| {
                    let config = HostConfig::new(tr("Demo"), uri);
                    let id = config.id;
                    self.core.put_host(config, false);
                    id
                });
                self.core.connect_host(id);
                Some(id)
            }
            Err(error) => {
                tracing::error!(%error, "the demo could not be written");
                None
            }
        }
    }

    /// Connects a URI that came from outside, for this run only, and opens machines there. A URI that carries risks is
    /// shown in full first, over the main window.
    pub fn connect_uri(self: &Rc<Self>, uri: &str, machines: Vec<(String, Page)>) {
        if self.known(uri).is_some() || host::is_harmless(uri) {
            self.connect_known(uri, machines);
            return;
        }
        let this = self.clone();
        let uri = uri.to_owned();
        glib::MainContext::default().spawn_local(async move {
            this.present();
            let window = this.window.borrow().as_ref().map(|window| window.widget().clone());
            let Some(window) = window else { return };
            if host::confirm_uri(&window, &uri).await {
                this.connect_known(&uri, machines);
            }
        });
    }

    fn connect_known(&self, uri: &str, machines: Vec<(String, Page)>) {
        let id = self.known(uri).unwrap_or_else(|| {
            let config = HostConfig::new(self.name_of(uri), uri);
            let id = config.id;
            self.core.put_host(config, false);
            id
        });
        let connected = self
            .core
            .store()
            .host(id)
            .is_some_and(|host| host.status.is_connected());
        if !connected {
            self.core.connect_host(id);
        }
        self.show_machines(id, machines);
    }

    /// Opens the tabs of machines, given by name, UUID or number, now or as soon as their host lists them.
    pub fn show_machines(&self, host: HostId, machines: Vec<(String, Page)>) {
        let wishes = machines.into_iter().map(|(machine, page)| Wish { host, machine, page });
        self.wishes.borrow_mut().extend(wishes);
        self.fulfil_wishes();
    }

    fn fulfil_wishes(&self) {
        let mut answered = Vec::new();
        self.wishes.borrow_mut().retain(|wish| {
            let answer = wish.answer(&self.core.store());
            if answer != Answer::Later {
                answered.push((wish.clone(), answer));
            }
            answer == Answer::Later
        });
        for (wish, answer) in answered {
            match answer {
                Answer::Machine(key) => self.tabs.open(key, Some(wish.page)),
                Answer::Unknown => self.tell_unknown(&wish),
                Answer::Later | Answer::Pointless => {}
            }
        }
    }

    fn tell_unknown(&self, wish: &Wish) {
        let host = self
            .core
            .store()
            .host(wish.host)
            .map(|host| text::name(&host.config.name));
        let names = [
            ("machine", text::name(&wish.machine)),
            ("host", host.unwrap_or_default()),
        ];
        let names = names.each_ref().map(|(key, name)| (*key, name.as_str()));
        if let Some(window) = self.window.borrow().as_ref() {
            window.emit(ManagerMsg::Told(tr_f("{host} has no machine named {machine}", &names)));
        }
    }

    /// What a host is called that nobody named: as the dialog would propose, or by its URI where another has that name.
    fn name_of(&self, uri: &str) -> String {
        let name = Uri::parse(uri).map_or_else(|_| uri.to_owned(), |uri| uri.suggested_name());
        let store = self.core.store();
        let is_taken = store.hosts().any(|host| host.config.name == name);
        if is_taken { uri.to_owned() } else { name }
    }

    fn known(&self, uri: &str) -> Option<HostId> {
        let store = self.core.store();
        store
            .hosts()
            .find(|host| host.config.uri == uri)
            .map(|host| host.config.id)
    }

    /// Style sheet, light or dark, and figures at the user's pace.
    fn dress(self: &Rc<Self>) {
        let sheet = gtk::CssProvider::new();
        sheet.load_from_data(include_str!("../../resources/style.css"));
        if let Some(display) = gtk::gdk::Display::default() {
            gtk::style_context_add_provider_for_display(&display, &sheet, gtk::STYLE_PROVIDER_PRIORITY_APPLICATION);
        }
        let apply = |settings: &Settings| {
            adw::StyleManager::default().set_color_scheme(match settings.style() {
                Style::System => adw::ColorScheme::Default,
                Style::Light => adw::ColorScheme::ForceLight,
                Style::Dark => adw::ColorScheme::ForceDark,
            });
        };
        let settings = self.core.settings().clone();
        apply(&settings);
        let own = settings.clone();
        settings.connect_changed("style", move || apply(&own));
        let (core, own) = (self.core.clone(), settings.clone());
        settings.connect_changed("poll-interval", move || {
            core.set_poll_interval(std::time::Duration::from_secs(u64::from(own.poll_interval().max(1))));
        });
    }

    fn add_actions(self: &Rc<Self>) {
        let add = |name: &str, act: fn(&Rc<Self>)| {
            let action = gio::SimpleAction::new(name, None);
            let weak = Rc::downgrade(self);
            action.connect_activate(move |_, _| {
                if let Some(this) = weak.upgrade() {
                    act(&this);
                }
            });
            self.app.add_action(&action);
        };
        add("quit", Self::quit);
        add("connect-local", |this| this.connect_local());
        add("open-demo", |this| {
            this.open_demo(None);
        });
        add("activate", Self::present);
        for (name, page) in [("open-domain", None), ("open-console", Some(Page::Console))] {
            let open = gio::SimpleAction::new(name, Some(glib::VariantTy::STRING));
            let weak = Rc::downgrade(self);
            open.connect_activate(move |_, target| {
                if let (Some(this), [key, ..]) = (weak.upgrade(), crate::ui::actions::keys(target).as_slice()) {
                    this.present();
                    this.tabs.open(*key, page);
                }
            });
            self.app.add_action(&open);
        }
        let accels: [(&str, &[&str]); 12] = [
            ("app.quit", &["<Control>q"]),
            ("win.close-tab", &["<Control>w"]),
            ("win.search", &["<Control>f"]),
            ("win.sidebar", &["F9"]),
            ("win.create", &["<Control>n"]),
            ("win.add-host", &["<Control><Shift>n"]),
            ("win.preferences", &["<Control>comma"]),
            ("win.shortcuts", &["<Control>question", "<Control>slash"]),
            ("win.grouped", &["<Control>g"]),
            ("win.grid", &["<Control><Shift>g"]),
            ("win.show-help-overlay", &[]),
            ("win.about", &[]),
        ];
        for (action, keys) in accels {
            self.app.set_accels_for_action(action, keys);
        }
        let weak = Rc::downgrade(self);
        self.app.connect_window_removed(move |app, _| {
            if let Some(this) = weak.upgrade().filter(|_| app.windows().is_empty()) {
                this.quit();
            }
        });
    }

    fn answer_questions(self: &Rc<Self>) {
        let asked = questions::answer(&self.app, &self.core);
        let weak = Rc::downgrade(self);
        let listed = self.core.subscribe(move |_, changes| {
            let news = !changes.added.is_empty() || !changes.hosts.is_empty();
            if let Some(this) = weak.upgrade().filter(|_| news) {
                this.fulfil_wishes();
            }
        });
        self.subscriptions
            .borrow_mut()
            .extend(asked.into_iter().chain([listed]));
    }

    /// After a change of the network or a resume from suspend, connections are looked at at once.
    fn watch_surroundings(&self) {
        let core = self.core.clone();
        gio::NetworkMonitor::default().connect_network_changed(move |_, available| {
            if available {
                core.check_hosts();
            }
        });
        let core = self.core.clone();
        glib::MainContext::default().spawn_local(async move {
            let Ok(bus) = gio::bus_get_future(gio::BusType::System).await else {
                return;
            };
            let subscription = bus.subscribe_to_signal(
                Some("org.freedesktop.login1"),
                Some("org.freedesktop.login1.Manager"),
                Some("PrepareForSleep"),
                Some("/org/freedesktop/login1"),
                None,
                gio::DBusSignalFlags::NONE,
                move |signal| {
                    if signal.parameters.get::<(bool,)>() == Some((false,)) {
                        core.check_hosts();
                    }
                },
            );
            let _kept = subscription;
            std::future::pending::<()>().await;
        });
    }

    /// Closes windows and hosts in order, then ends.
    fn quit(self: &Rc<Self>) {
        if self.closing.replace(true) {
            return;
        }
        for window in self.app.windows() {
            window.close();
        }
        // A window that asks about changes first stays; the last one to close ends the program then.
        if self.app.windows().iter().any(WidgetExt::is_visible) {
            self.closing.set(false);
            return;
        }
        let this = self.clone();
        glib::MainContext::default().spawn_local(async move {
            this.core.close().await;
            this.hold.take();
            this.app.quit();
        });
    }
}

/// The hypervisor of this computer: the system's daemon where its socket is, else the user's own where QEMU is installed.
fn local_uri() -> Option<&'static str> {
    let sockets = ["/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"];
    if sockets
        .iter()
        .any(|socket| std::os::unix::net::UnixStream::connect(socket).is_ok())
    {
        return Some("qemu:///system");
    }
    let programs = ["qemu-system-x86_64", "qemu-kvm", "qemu-system-aarch64"];
    let installed = programs
        .iter()
        .any(|program| glib::find_program_in_path(program).is_some());
    installed.then_some("qemu:///session")
}
