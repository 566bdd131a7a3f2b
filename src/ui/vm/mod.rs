//! A machine's tab: what can be done with it, its console, its overview.

mod banner;
pub mod console;
mod header;
pub mod overview;
pub mod screenshot;
mod switcher;
mod tab_actions;
pub mod xml;

use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use gtk::glib;
use gtk::prelude::*;
use relm4::gtk;
use relm4::{Component, ComponentController, ComponentParts, ComponentSender, Controller};

pub use self::banner::Banner;
use self::console::display::Real;
use self::console::{ConsolesInit, ConsolesMsg, ConsolesOutput, ConsolesPage};
use self::header::Header;
use self::overview::{Overview, OverviewInit, OverviewMsg};
use self::tab_actions::Actions;
pub use self::tab_actions::GROUP;
use self::xml::{XmlInit, XmlMsg, XmlOutput, XmlPage};
use crate::i18n::{tr, tr_f};
use crate::model::action::DomainAction;
use crate::model::host::ConnectionStatus;
use crate::model::key::DomainKey;
use crate::model::state;
use crate::model::store::{Aspects, Domain, Pending};
use crate::ui::actions::{self, Surroundings};
use crate::ui::core::{Core, Subscription};
use crate::ui::hardware::{HardwareInit, HardwareMsg, HardwareOutput, HardwarePage};
use crate::ui::text;

/// How long a guest may ignore a shutdown before the way out is offered.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page of a machine's tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Page {
    /// Screens and text consoles.
    Console,
    /// Facts and graphs.
    #[default]
    Overview,
    /// What it consists of.
    Hardware,
    /// The definition as text.
    Xml,
}

/// What a tab needs to begin.
pub struct VmInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
    /// The page to open.
    pub page: Page,
}

/// What happened in a tab.
#[derive(Debug)]
pub enum VmMsg {
    /// The store has news about the machine or its host, load figures apart.
    Changed,
    /// New load figures arrived.
    Load,
    /// A page was chosen, here or from outside.
    PageChosen(Page),
    /// A shutdown was asked and [`PATIENCE`] is over.
    PatienceOver,
    /// The button of the banner was clicked.
    BannerClicked,
    /// A page has something that was not applied, or no more.
    Unsaved(Page, bool),
    /// The display with this number is to be changed.
    DisplayWanted(u32),
}

/// What a tab tells its window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmOutput {
    /// The machine's name or state changed: the tab's title and icon follow.
    Titled {
        /// Which machine.
        key: DomainKey,
        /// Its name.
        name: String,
        /// Symbolic icon of its state.
        icon: &'static str,
    },
    /// Something in the tab was changed and not applied, or no more.
    Unsaved {
        /// Which machine.
        key: DomainKey,
        /// Whether closing the tab would lose something.
        unsaved: bool,
    },
}

/// What the banner is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    HostLost,
    Ignored,
}

/// A machine's tab.
pub struct VmPage {
    core: Core,
    key: DomainKey,
    page: Page,
    /// Pages are made when they are first looked at.
    console: Option<Controller<ConsolesPage>>,
    overview: Option<Controller<Overview>>,
    hardware: Option<Controller<HardwarePage>>,
    xml: Option<Controller<XmlPage>>,
    /// Pages with something that was not applied.
    unsaved: HashSet<Page>,
    /// The machine as last seen; stays when it is removed.
    seen: Option<Domain>,
    matter: Option<Matter>,
    patience: Option<glib::JoinHandle<()>>,
    ignored: bool,
    titled: Option<(String, &'static str)>,
    _subscription: Subscription,
}

/// The widgets of a tab.
pub struct VmView {
    header: Header,
    banner: Banner,
    stack: gtk::Stack,
    actions: Actions,
}

impl Component for VmPage {
    type Init = VmInit;
    type Input = VmMsg;
    type Output = VmOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = VmView;

    fn init_root() -> Self::Root {
        gtk::Box::new(gtk::Orientation::Vertical, 0)
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let VmInit { core, key, page } = init;
        let header = Header::build(sender.input_sender());
        let banner = {
            let input = sender.input_sender().clone();
            Banner::new(move || input.emit(VmMsg::BannerClicked))
        };
        let actions = Actions::install(&root, &core, key);
        let stack = gtk::Stack::builder().vexpand(true).hhomogeneous(false).build();
        root.append(header.widget());
        root.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        root.append(banner.widget());
        root.append(&stack);
        let input = sender.input_sender().clone();
        let subscription = core.subscribe(move |_, changes| {
            let aspects = changes.changed.get(&key);
            let here = aspects.is_some() || changes.added.contains(&key) || changes.removed.contains(&key);
            let rest = Aspects {
                load: false,
                ..aspects.copied().unwrap_or_default()
            };
            let only_load = aspects.is_some() && rest.is_empty();
            if aspects.is_some_and(|aspects| aspects.load) {
                input.emit(VmMsg::Load);
            }
            if here && !only_load || changes.hosts.contains(&key.host) {
                input.emit(VmMsg::Changed);
            }
        });
        if let Some(client) = core.client(key.host) {
            client.request_details(vec![key.uuid]);
        }
        let mut model = Self {
            core,
            key,
            page,
            console: None,
            overview: None,
            hardware: None,
            xml: None,
            unsaved: HashSet::new(),
            seen: None,
            matter: None,
            patience: None,
            ignored: false,
            titled: None,
            _subscription: subscription,
        };
        let view = VmView {
            header,
            banner,
            stack,
            actions,
        };
        model.show_page(page, &view, &sender);
        sender.input(VmMsg::Changed);
        ComponentParts { model, widgets: view }
    }

    fn update_with_view(
        &mut self,
        view: &mut VmView,
        message: VmMsg,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match message {
            VmMsg::Changed => {
                if let Some(console) = &self.console {
                    console.emit(ConsolesMsg::Changed);
                }
                if let Some(overview) = &self.overview {
                    overview.emit(OverviewMsg::Changed);
                }
                if let Some(xml) = &self.xml {
                    xml.emit(XmlMsg::Changed);
                }
            }
            VmMsg::Load => {
                if let Some(overview) = &self.overview {
                    overview.emit(OverviewMsg::Load);
                }
                return;
            }
            VmMsg::PageChosen(page) => {
                self.show_page(page, view, &sender);
                return;
            }
            VmMsg::DisplayWanted(index) => {
                self.show_page(Page::Hardware, view, &sender);
                if let Some(hardware) = &self.hardware {
                    hardware.emit(HardwareMsg::DisplayWanted(index));
                }
                return;
            }
            VmMsg::PatienceOver => {
                self.patience = None;
                self.ignored = true;
            }
            VmMsg::BannerClicked => self.banner_clicked(root),
            VmMsg::Unsaved(page, unsaved) => {
                if unsaved {
                    self.unsaved.insert(page);
                } else {
                    self.unsaved.remove(&page);
                }
                let unsaved = !self.unsaved.is_empty();
                let _ = sender.output(VmOutput::Unsaved { key: self.key, unsaved });
                return;
            }
        }
        self.refresh(view, &sender);
    }

    fn shutdown(&mut self, _: &mut VmView, _: relm4::Sender<VmOutput>) {
        if let Some(wait) = self.patience.take() {
            wait.abort();
        }
    }
}

fn child_name(page: Page) -> &'static str {
    match page {
        Page::Console => "console",
        Page::Overview => "overview",
        Page::Hardware => "hardware",
        Page::Xml => "xml",
    }
}

impl VmPage {
    fn show_page(&mut self, page: Page, view: &VmView, sender: &ComponentSender<Self>) {
        self.page = page;
        if view.stack.child_by_name(child_name(page)).is_none() {
            self.build_page(page, view, sender);
        }
        if let Some(xml) = &self.xml {
            xml.emit(XmlMsg::Shown(page == Page::Xml));
        }
        view.stack.set_visible_child_name(child_name(page));
        view.header.set_page(page);
    }

    /// Makes a page that is looked at for the first time.
    fn build_page(&mut self, page: Page, view: &VmView, sender: &ComponentSender<Self>) {
        let (core, key) = (self.core.clone(), self.key);
        let widget: &gtk::Widget = match page {
            Page::Console => {
                let doors = Rc::new(Real);
                let console = ConsolesPage::builder()
                    .launch(ConsolesInit { core, key, doors })
                    .forward(sender.input_sender(), |output| match output {
                        ConsolesOutput::ChangeDisplay(index) => VmMsg::DisplayWanted(index),
                    });
                self.console.insert(console).widget().upcast_ref()
            }
            Page::Overview => {
                let overview = Overview::builder().launch(OverviewInit { core, key }).detach();
                self.overview.insert(overview).widget().upcast_ref()
            }
            Page::Hardware => {
                let hardware = HardwarePage::builder().launch(HardwareInit { core, key }).forward(
                    sender.input_sender(),
                    |output| match output {
                        HardwareOutput::Unsaved(unsaved) => VmMsg::Unsaved(Page::Hardware, unsaved),
                    },
                );
                self.hardware.insert(hardware).widget().upcast_ref()
            }
            Page::Xml => {
                let xml = XmlPage::builder()
                    .launch(XmlInit { core, key })
                    .forward(sender.input_sender(), |output| match output {
                        XmlOutput::Unsaved(unsaved) => VmMsg::Unsaved(Page::Xml, unsaved),
                    });
                self.xml.insert(xml).widget().upcast_ref()
            }
        };
        view.stack.add_named(widget, Some(child_name(page)));
    }

    fn refresh(&mut self, view: &VmView, sender: &ComponentSender<Self>) {
        let (domain, status, around, host) = {
            let store = self.core.store();
            let host = store.host(self.key.host);
            let status = host.map(|host| host.status.clone()).unwrap_or_default();
            let around = host.map_or(
                Surroundings {
                    connected: false,
                    read_only: false,
                },
                Surroundings::of,
            );
            let name = host.map(|host| host.config.name.clone()).unwrap_or_default();
            (store.domain(self.key).cloned(), status, around, name)
        };
        view.actions.refresh(domain.as_ref(), around);
        let exists = domain.is_some();
        if domain.is_some() {
            self.seen = domain;
        }
        self.watch_patience(exists, sender);
        let Some(seen) = &self.seen else { return };
        let usable = Surroundings {
            connected: around.connected && exists,
            ..around
        };
        view.header.refresh(seen, exists, usable);
        view.stack
            .set_opacity(if around.connected && exists { 1.0 } else { 0.55 });
        let titled = (seen.name.clone(), state::icon(seen));
        if self.titled.as_ref() != Some(&titled) {
            let (name, icon) = titled.clone();
            let key = self.key;
            let _ = sender.output(VmOutput::Titled { key, name, icon });
            self.titled = Some(titled);
        }
        self.matter = self.show_banner(view, exists, &status, &host);
    }

    fn show_banner(&self, view: &VmView, exists: bool, status: &ConnectionStatus, host: &str) -> Option<Matter> {
        if !exists && status.is_connected() {
            view.banner.show(&tr("This machine was removed"), None, true);
            return None;
        }
        if !status.is_connected() {
            let host = text::name(host);
            let text = match status {
                ConnectionStatus::Connecting => tr_f("Connecting to {host}…", &[("host", &host)]),
                ConnectionStatus::Lost { .. } => tr_f("The connection to {host} was lost", &[("host", &host)]),
                _ => tr_f("{host} is not connected", &[("host", &host)]),
            };
            let connecting = matches!(status, ConnectionStatus::Connecting);
            let label = (!connecting).then(|| tr("Reconnect"));
            view.banner.show(&text, label.as_deref(), !connecting);
            return Some(Matter::HostLost);
        }
        if self.ignored {
            let text = tr("The guest has not answered the request to shut down");
            view.banner.show(&text, Some(&tr("Force Off")), true);
            return Some(Matter::Ignored);
        }
        view.banner.hide();
        None
    }

    /// Starts to wait when a shutdown was asked, and forgets it when the machine is off or something else was asked.
    fn watch_patience(&mut self, exists: bool, sender: &ComponentSender<Self>) {
        let asked = self
            .seen
            .as_ref()
            .is_some_and(|domain| domain.pending == Some(Pending::ShuttingDown));
        let active = exists && self.seen.as_ref().is_some_and(|domain| domain.state.is_active());
        if !active || self.seen.as_ref().is_some_and(|domain| domain.pending.is_some()) && !asked {
            self.ignored = false;
            if let Some(wait) = self.patience.take() {
                wait.abort();
            }
        } else if asked && self.patience.is_none() && !self.ignored {
            let input = sender.input_sender().clone();
            self.patience = Some(glib::spawn_future_local(async move {
                glib::timeout_future(PATIENCE).await;
                input.emit(VmMsg::PatienceOver);
            }));
        }
    }

    fn banner_clicked(&mut self, root: &gtk::Box) {
        match self.matter {
            Some(Matter::HostLost) => match self.core.client(self.key.host) {
                Some(client) => client.reconnect(),
                None => self.core.connect_host(self.key.host),
            },
            Some(Matter::Ignored) => {
                actions::ask(&self.core, root, &DomainAction::ForceOff, &[self.key]);
            }
            None => {}
        }
    }
}
