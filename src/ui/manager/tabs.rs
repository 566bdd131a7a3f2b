//! The tabs of machines and hosts, in the main window or torn off into windows of their own. Keyed: one tab each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::{Component, ComponentController, Controller};

use super::windows;
use crate::i18n::{tr, tr_f};
use crate::model::key::{DomainKey, HostId};
use crate::ui::actions;
use crate::ui::core::Core;
use crate::ui::host::tab::{HostTab, Place};
use crate::ui::vm::{Page, VmInit, VmMsg, VmOutput, VmPage};
use crate::ui::{message, text};

struct Tab {
    controller: Controller<VmPage>,
    page: adw::TabPage,
    /// Closing it would lose what was not applied.
    unsaved: bool,
}

/// All tabs of machines and hosts.
pub struct Tabs {
    core: Core,
    app: adw::Application,
    open: RefCell<HashMap<DomainKey, Tab>>,
    hosts: RefCell<HashMap<HostId, (Rc<HostTab>, adw::TabPage)>>,
    main: RefCell<glib::WeakRef<adw::TabView>>,
    this: Weak<Self>,
}

impl Tabs {
    /// No tabs.
    pub fn new(core: &Core, app: &adw::Application) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            core: core.clone(),
            app: app.clone(),
            open: RefCell::default(),
            hosts: RefCell::default(),
            main: RefCell::default(),
            this: this.clone(),
        })
    }

    /// A tab view for the main window, where machines open.
    pub(super) fn adopt(&self, window: &adw::ApplicationWindow) -> adw::TabView {
        let view = self.view(window);
        *self.main.borrow_mut() = view.downgrade();
        view
    }

    /// Shows a machine's tab, wherever it is; opens it if it is not.
    pub fn open(&self, key: DomainKey, page: Option<Page>) {
        let known = {
            let open = self.open.borrow();
            open.get(&key).map(|tab| {
                if let Some(page) = page {
                    tab.controller.emit(VmMsg::PageChosen(page));
                }
                tab.page.clone()
            })
        };
        let Some(tab) = known.or_else(|| self.create(key, page.unwrap_or_default())) else {
            return;
        };
        bring_forward(&tab);
    }

    /// Shows a host's tab, wherever it is; opens it if it is not.
    pub fn open_host(&self, host: HostId, place: Place) {
        let known = self.hosts.borrow().get(&host).cloned();
        if let Some((tab, page)) = known {
            tab.show(place);
            bring_forward(&page);
            return;
        }
        let name = self.core.store().host(host).map(|host| text::name(&host.config.name));
        let (Some(view), Some(name)) = (self.main.borrow().upgrade(), name) else {
            return;
        };
        let tab = HostTab::new(&self.core, host, place);
        let page = view.append(tab.widget());
        page.set_title(&name);
        page.set_icon(Some(&gio::ThemedIcon::new("network-server-symbolic")));
        self.hosts.borrow_mut().insert(host, (tab, page.clone()));
        bring_forward(&page);
    }

    fn create(&self, key: DomainKey, page: Page) -> Option<adw::TabPage> {
        let view = self.main.borrow().upgrade()?;
        let name = self.core.store().domain(key).map(|domain| text::name(&domain.name))?;
        let weak = self.this.clone();
        let controller = VmPage::builder()
            .launch(VmInit {
                core: self.core.clone(),
                key,
                page,
            })
            .connect_receiver(move |_, output| {
                if let Some(tabs) = weak.upgrade() {
                    tabs.hear(output);
                }
            });
        let tab = view.append(controller.widget());
        tab.set_title(&name);
        self.open.borrow_mut().insert(
            key,
            Tab {
                controller,
                page: tab.clone(),
                unsaved: false,
            },
        );
        Some(tab)
    }

    /// The machine of a tab.
    pub(super) fn key_of(&self, page: &adw::TabPage) -> Option<DomainKey> {
        let open = self.open.borrow();
        open.iter().find(|(_, tab)| tab.page == *page).map(|(key, _)| *key)
    }

    fn hear(&self, output: VmOutput) {
        match output {
            VmOutput::Titled { key, name, icon } => {
                if let Some(tab) = self.open.borrow().get(&key) {
                    tab.page.set_title(&text::name(&name));
                    tab.page.set_icon(Some(&gio::ThemedIcon::new(icon)));
                }
            }
            VmOutput::Unsaved { key, unsaved } => {
                if let Some(tab) = self.open.borrow_mut().get_mut(&key) {
                    tab.unsaved = unsaved;
                }
            }
        }
    }

    /// Names of the machines among these tabs that have changes which were not applied.
    fn unsaved(&self, pages: &[adw::TabPage]) -> Vec<String> {
        let open = self.open.borrow();
        let lost = open.values().filter(|tab| tab.unsaved && pages.contains(&tab.page));
        lost.map(|tab| tab.page.title().to_string()).collect()
    }

    /// Tabs whose page is gone end: their component with them.
    fn forget(&self, page: &adw::TabPage) {
        let gone: Vec<_> = self
            .hosts
            .borrow_mut()
            .extract_if(|_, (_, other)| other == page)
            .collect();
        drop(gone);
        let key = self
            .open
            .borrow()
            .iter()
            .find(|(_, tab)| tab.page == *page)
            .map(|(key, _)| *key);
        let gone = key.and_then(|key| self.open.borrow_mut().remove(&key));
        // Dropped outside of the borrow: its end may come back here.
        drop(gone);
    }

    fn view(&self, window: &adw::ApplicationWindow) -> adw::TabView {
        window.insert_action_group(actions::GROUP, Some(&actions::group(&self.core, window)));
        let view = adw::TabView::new();
        // They belong to the text or the list that has the focus.
        view.remove_shortcuts(
            adw::TabViewShortcuts::CONTROL_HOME
                | adw::TabViewShortcuts::CONTROL_END
                | adw::TabViewShortcuts::CONTROL_SHIFT_HOME
                | adw::TabViewShortcuts::CONTROL_SHIFT_END,
        );
        let this = self.this.clone();
        view.connect_close_page(move |view, page| {
            let lost = this.upgrade().map(|tabs| tabs.unsaved(std::slice::from_ref(page)));
            let lost = lost.unwrap_or_default();
            if page.is_pinned() {
                view.close_page_finish(page, false);
            } else if lost.is_empty() {
                close(&this, view, page);
            } else {
                let (this, view, page) = (this.clone(), view.clone(), page.clone());
                glib::spawn_future_local(async move {
                    if confirm_loss(&view, &lost).await {
                        close(&this, &view, &page);
                    } else {
                        view.close_page_finish(&page, false);
                    }
                });
            }
            glib::Propagation::Stop
        });
        let this = self.this.clone();
        view.connect_create_window(move |_| Some(this.upgrade()?.tear_off()));
        let close = gio::SimpleAction::new("close-tab", None);
        let (weak_view, weak_window) = (view.downgrade(), window.downgrade());
        close.connect_activate(move |_, _| {
            let (Some(view), Some(window)) = (weak_view.upgrade(), weak_window.upgrade()) else {
                return;
            };
            match view.selected_page().filter(|page| !page.is_pinned()) {
                Some(page) => view.close_page(&page),
                None => window.close(),
            }
        });
        window.add_action(&close);
        let weak_view = view.downgrade();
        let this = self.this.clone();
        window.connect_close_request(move |window| {
            if let (Some(view), Some(tabs)) = (weak_view.upgrade(), this.upgrade()) {
                let pages: Vec<adw::TabPage> = (0..view.n_pages()).map(|n| view.nth_page(n)).collect();
                let lost = tabs.unsaved(&pages);
                if !lost.is_empty() {
                    ask_and_close(&tabs, window.clone(), view, lost);
                    return glib::Propagation::Stop;
                }
                for page in pages {
                    tabs.forget(&page);
                }
            }
            glib::Propagation::Proceed
        });
        view
    }

    /// A window for a tab that was dragged out; it closes with its last tab.
    fn tear_off(&self) -> adw::TabView {
        let window = adw::ApplicationWindow::builder()
            .application(&self.app)
            .default_width(900)
            .default_height(640)
            .width_request(360)
            .build();
        let view = self.view(&window);
        let title = adw::WindowTitle::new("", "");
        let header = adw::HeaderBar::builder().title_widget(&title).build();
        let body = windows::body(&header, &view);
        window.set_content(Some(&body.root));
        let weak_title = title.downgrade();
        let weak = window.downgrade();
        view.connect_selected_page_notify(move |view| {
            let (Some(title), Some(window)) = (weak_title.upgrade(), weak.upgrade()) else {
                return;
            };
            if let Some(page) = view.selected_page() {
                title.set_title(&page.title());
                window.set_title(Some(&page.title()));
            }
        });
        let weak = window.downgrade();
        view.connect_n_pages_notify(move |view| {
            if view.n_pages() == 0
                && let Some(window) = weak.upgrade()
            {
                window.close();
            }
        });
        window.present();
        view
    }
}

/// Brings a tab and its window to the front.
fn bring_forward(tab: &adw::TabPage) {
    let view = tab
        .child()
        .ancestor(adw::TabView::static_type())
        .and_downcast::<adw::TabView>();
    if let Some(view) = view {
        view.set_selected_page(tab);
        if let Some(window) = view.root().and_downcast::<gtk::Window>() {
            window.present();
        }
    }
}

fn close(tabs: &Weak<Tabs>, view: &adw::TabView, page: &adw::TabPage) {
    view.close_page_finish(page, true);
    if let Some(tabs) = tabs.upgrade() {
        tabs.forget(page);
    }
}

/// Closes a window whose tabs have changes that were not applied, if the user gives them up.
fn ask_and_close(tabs: &Rc<Tabs>, window: adw::ApplicationWindow, view: adw::TabView, lost: Vec<String>) {
    let tabs = Rc::downgrade(tabs);
    glib::spawn_future_local(async move {
        if !confirm_loss(&view, &lost).await {
            return;
        }
        if let Some(tabs) = tabs.upgrade() {
            for tab in tabs.open.borrow_mut().values_mut() {
                tab.unsaved = tab.unsaved && tab.page.child().root().as_ref() != Some(window.upcast_ref());
            }
        }
        window.close();
    });
}

/// Asks whether changes that were not applied may be lost.
async fn confirm_loss(parent: &adw::TabView, machines: &[String]) -> bool {
    let dialog = message::dialog(
        parent,
        &tr("Discard changes?"),
        &tr_f(
            "Changes of {machines} were not applied. They are lost when you go on.",
            &[("machines", &machines.join(", "))],
        ),
    );
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("discard", &tr("_Discard"))]);
    dialog.set_response_appearance("discard", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    message::choose(dialog).await == "discard"
}
