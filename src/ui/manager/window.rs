//! The main window: header bar, tabs, and the actions that belong to a window.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::{Component, ComponentParts, ComponentSender};

use super::column::Change;
use super::page::Page;
use super::tabs::Tabs;
use super::{host_actions, memory, mode, saved, windows};
use crate::i18n::{tr, tr_n, whole};
use crate::model::action::DomainAction;
use crate::model::deletion::Undo;
use crate::model::error::VirtError;
use crate::model::key::{DomainKey, HostId};
use crate::model::settings::ListMode;
use crate::model::usage::Conflict;
use crate::ui::core::{Core, Notice, Subscription};
use crate::ui::host::tab::Place;
use crate::ui::widgets::Tip;
use crate::ui::{
    about, actions, confirm, conversion, create, deletion, errors, host, jobs, preferences, shortcuts, text,
};

/// What happened to the main window.
#[derive(Debug)]
pub enum ManagerMsg {
    /// Hosts or the number of machines changed.
    CountsChanged,
    /// Something asked of a machine failed.
    ActionFailed(DomainKey, Box<DomainAction>, Box<VirtError>),
    /// A machine was not started because others use its images.
    FoundInUse(DomainKey, Box<DomainAction>, Vec<Conflict>),
    /// Machines were deleted that can be had back.
    Deleted(Vec<Undo>),
    /// A machine is to be shown.
    OpenAsked(DomainKey),
    /// A page of a host is to be shown.
    HostAsked(HostId, Place),
    /// The machines are to be shown in another way.
    ModeChosen(ListMode),
    /// A column is wanted, or not any more.
    ColumnToggled(String),
    /// Another tab is in front.
    TabChosen,
    /// Something is to be said in passing.
    Told(String),
}

/// The main window.
pub struct ManagerWindow {
    core: Core,
    tabs: Rc<Tabs>,
    page: Rc<Page>,
    _subscriptions: [Subscription; 3],
}

/// What changes in the window.
pub struct ManagerWidgets {
    window: adw::ApplicationWindow,
    title: adw::WindowTitle,
    list_tools: Vec<gtk::Widget>,
    toasts: adw::ToastOverlay,
}

impl Component for ManagerWindow {
    type Init = (Core, Rc<Tabs>);
    type Input = ManagerMsg;
    type Output = ();
    type CommandOutput = ();
    type Root = adw::ApplicationWindow;
    type Widgets = ManagerWidgets;

    fn init_root() -> Self::Root {
        adw::ApplicationWindow::builder()
            .title(tr("Vireo"))
            .width_request(360)
            .height_request(294)
            .build()
    }

    fn init((core, tabs): Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let page = Page::new(&core, move |key| input.emit(ManagerMsg::OpenAsked(key)));
        let title = adw::WindowTitle::new(&tr("Machines"), "");
        let (header, list_tools, work) = header(&core, &title, &page);
        let body = windows::body(&header, &tabs.adopt(&root));
        let machines = body.view.append_pinned(page.widget());
        machines.set_title(&tr("Machines"));
        machines.set_icon(Some(&gio::ThemedIcon::new("computer-symbolic")));
        root.set_content(Some(&body.root));
        restore(&core, &root, &page);
        add_actions(&core, &root, &page, &sender);
        let input = sender.input_sender().clone();
        body.view
            .connect_selected_page_notify(move |_| input.emit(ManagerMsg::TabChosen));
        let input = sender.input_sender().clone();
        let news = core.subscribe(move |_, changes| {
            let states = changes.changed.values().any(|aspects| aspects.state);
            if states || !changes.hosts.is_empty() || !changes.added.is_empty() || !changes.removed.is_empty() {
                input.emit(ManagerMsg::CountsChanged);
            }
        });
        let input = sender.input_sender().clone();
        let notices = core.subscribe_notices(move |_, notice| {
            input.emit(match notice {
                Notice::ActionFailed { key, action, error } => {
                    ManagerMsg::ActionFailed(*key, Box::new(action.clone()), Box::new(error.clone()))
                }
                Notice::InUse { key, action, conflicts } => {
                    ManagerMsg::FoundInUse(*key, Box::new(action.clone()), conflicts.clone())
                }
                Notice::Deleted(undo) => ManagerMsg::Deleted(undo.clone()),
                Notice::Told(text) => ManagerMsg::Told(text.clone()),
                _ => return,
            });
        });
        let mapped = RefCell::new(false);
        root.connect_map(move |_| {
            if !mapped.replace(true) {
                tracing::info!("window mapped");
            }
        });
        let widgets = ManagerWidgets {
            window: root,
            title,
            list_tools,
            toasts: body.toasts,
        };
        show_counts(&core, &widgets.title);
        let show_work = move |core: &Core| work.set_visible(!core.operations().is_empty());
        show_work(&core);
        let work = core.subscribe_notices(move |core, notice| {
            if matches!(notice, Notice::Operations) {
                show_work(core);
            }
        });
        let model = Self {
            core,
            tabs,
            page,
            _subscriptions: [news, notices, work],
        };
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        message: Self::Input,
        _: ComponentSender<Self>,
        _: &Self::Root,
    ) {
        match message {
            ManagerMsg::CountsChanged => self.show_title(widgets),
            ManagerMsg::ActionFailed(key, action, error) => {
                errors::show_action(&widgets.window, Some(&widgets.toasts), &self.core, key, &action, &error);
            }
            ManagerMsg::FoundInUse(key, action, conflicts) => {
                confirm::in_use(&widgets.window, &self.core, key, *action, &conflicts);
            }
            ManagerMsg::Deleted(undo) => deletion::offer_undo(&widgets.window, &widgets.toasts, &self.core, undo),
            ManagerMsg::OpenAsked(key) => self.tabs.open(key, None),
            ManagerMsg::HostAsked(host, place) => self.tabs.open_host(host, place),
            ManagerMsg::Told(text) => {
                widgets
                    .toasts
                    .add_toast(adw::Toast::new(&glib::markup_escape_text(&text)));
            }
            ManagerMsg::ModeChosen(mode) => {
                self.page.set_mode(mode);
                self.core.settings().set_list_mode(mode);
            }
            ManagerMsg::ColumnToggled(id) => {
                self.page.list().columns().toggle(&id);
            }
            ManagerMsg::TabChosen => {
                let front = self.machine_tab().is_none();
                for tool in &widgets.list_tools {
                    tool.set_visible(front);
                }
                self.show_title(widgets);
            }
        }
    }
}

impl ManagerWindow {
    /// The tab in front, if it is a machine's.
    fn machine_tab(&self) -> Option<adw::TabPage> {
        let view = self.page.widget().ancestor(adw::TabView::static_type());
        let selected = view.and_downcast::<adw::TabView>()?.selected_page()?;
        (!selected.is_pinned()).then_some(selected)
    }

    /// The machine in front and its host, or how many machines there are.
    fn show_title(&self, widgets: &ManagerWidgets) {
        let Some(tab) = self.machine_tab() else {
            show_counts(&self.core, &widgets.title);
            widgets.window.set_title(Some(&tr("Vireo")));
            return;
        };
        let host = self.tabs.key_of(&tab).and_then(|key| {
            let store = self.core.store();
            store.host(key.host).map(|host| text::name(&host.config.name))
        });
        widgets.title.set_title(&tab.title());
        widgets.title.set_subtitle(&host.unwrap_or_default());
        widgets.window.set_title(Some(&tab.title()));
    }
}

fn show_counts(core: &Core, title: &adw::WindowTitle) {
    let store = core.store();
    let counts = store.totals();
    let text = tr_n(
        "{running} running of {n}",
        "{running} running of {n}",
        counts.total,
        &[("running", &whole(counts.running))],
    );
    let hosts = store.hosts().next().is_some();
    drop(store);
    title.set_title(&tr("Machines"));
    title.set_subtitle(if hosts { &text } else { "" });
}

/// The header bar, and those of its widgets that belong to the list.
fn header(core: &Core, title: &adw::WindowTitle, page: &Page) -> (adw::HeaderBar, Vec<gtk::Widget>, gtk::MenuButton) {
    let header = adw::HeaderBar::builder().title_widget(title).build();
    let sidebar = gtk::ToggleButton::builder()
        .icon_name("sidebar-show-symbolic")
        .build()
        .with_tip(tr("Hosts and Tags (F9)"));
    label(&sidebar, &tr("Hosts and Tags"));
    page.flap()
        .bind_property("reveal-flap", &sidebar, "active")
        .bidirectional()
        .sync_create()
        .build();
    let add = gtk::Button::builder()
        .icon_name("list-add-symbolic")
        .action_name("win.create")
        .build()
        .with_tip(tr("New Machine (Ctrl+N)"));
    label(&add, &tr("New Machine"));
    header.pack_start(&sidebar);
    let menu = gtk::MenuButton::builder()
        .icon_name("open-menu-symbolic")
        .primary(true)
        .build()
        .with_tip(tr("Main Menu"));
    label(&menu, &tr("Main Menu"));
    menu.update_property(&[gtk::accessible::Property::HasPopup(true)]);
    // Its widgets take more time than the rest of the header bar.
    let model = primary_menu(page);
    menu.set_create_popup_func(move |menu| {
        if menu.popover().is_none() {
            menu.set_menu_model(Some(&model));
        }
    });
    header.pack_end(&menu);
    let work = jobs::button(core);
    header.pack_end(&work);
    let modes = mode::buttons();
    let search = gtk::ToggleButton::builder()
        .icon_name("system-search-symbolic")
        .build()
        .with_tip(tr("Search (Ctrl+F)"));
    label(&search, &tr("Search"));
    page.search_bar()
        .bind_property("search-mode-enabled", &search, "active")
        .bidirectional()
        .sync_create()
        .build();
    header.pack_end(&search);
    // What the menu offers, too, leaves its room to the title in a narrow window.
    let spare = |tool: &gtk::Widget| {
        let folded = page.flap().bind_property("folded", tool, "visible");
        folded.invert_boolean().sync_create().build();
        adw::Bin::builder().child(tool).build().upcast::<gtk::Widget>()
    };
    let (add, modes) = (spare(add.upcast_ref()), spare(modes.upcast_ref()));
    header.pack_start(&add);
    header.pack_end(&modes);
    let list_tools = vec![sidebar.upcast(), add, search.upcast(), modes];
    (header, list_tools, work)
}

fn label(widget: &impl IsA<gtk::Accessible>, text: &str) {
    widget.update_property(&[gtk::accessible::Property::Label(text)]);
}

fn primary_menu(page: &Page) -> gio::Menu {
    let menu = gio::Menu::new();
    let view = gio::Menu::new();
    mode::add_entries(&view);
    let columns = columns_menu(page);
    page.list().header().set_menu(&columns);
    view.append_submenu(Some(&tr("_Columns")), &columns);
    menu.append_section(None, &view);
    let hosts = gio::Menu::new();
    hosts.append(Some(&tr("_New Machine…")), Some("win.create"));
    hosts.append(Some(&tr("_Import a Machine…")), Some("win.import"));
    hosts.append(Some(&tr("_Add a Host…")), Some("win.add-host"));
    menu.append_section(None, &hosts);
    let rest = gio::Menu::new();
    rest.append(Some(&tr("_Preferences")), Some("win.preferences"));
    rest.append(Some(&tr("_Keyboard Shortcuts")), Some("win.shortcuts"));
    rest.append(Some(&tr("_About Vireo")), Some("win.about"));
    rest.append(Some(&tr("_Quit")), Some("app.quit"));
    menu.append_section(None, &rest);
    menu
}

fn columns_menu(page: &Page) -> gio::Menu {
    let columns = gio::Menu::new();
    for (id, title, _) in page.list().columns().all() {
        if id != "name" {
            columns.append(Some(&title), Some(&format!("win.column-{id}")));
        }
    }
    let all = gio::Menu::new();
    all.append(Some(&tr("_Reset Columns")), Some("win.reset-columns"));
    columns.append_section(None, &all);
    columns
}

fn restore(core: &Core, window: &adw::ApplicationWindow, page: &Page) {
    let settings = core.settings();
    let (width, height) = settings.window_size();
    window.set_default_size(width, height);
    if settings.window_maximized() {
        window.maximize();
    }
    if let Some(chosen) = memory::columns(core) {
        page.list().columns().choose(&chosen);
    }
    let (column, descending) = memory::order(core);
    page.list().columns().set_order(column, descending);
    page.list().want(|wanted| wanted.order = Some((column, descending)));
    let weak = Rc::downgrade(page.list());
    let owner = core.clone();
    page.list().columns().connect(move |change| {
        if let (Change::Arranged, Some(list)) = (change, weak.upgrade()) {
            memory::remember_columns(&owner, list.columns());
        }
    });
    let folded = settings.collapsed_hosts();
    page.list()
        .want(|wanted| wanted.collapsed = folded.into_iter().collect());
    page.set_mode(settings.list_mode());
    page.flap().set_reveal_flap(settings.sidebar_visible());
    let settings = settings.clone();
    let flap = page.flap().clone();
    window.connect_close_request(move |window| {
        settings.set_window_maximized(window.is_maximized());
        if !window.is_maximized() {
            settings.set_window_size(window.default_size());
        }
        if !flap.is_folded() {
            settings.set_sidebar_visible(flap.reveals_flap());
        }
        glib::Propagation::Proceed
    });
}

fn add_actions(core: &Core, window: &adw::ApplicationWindow, page: &Rc<Page>, sender: &ComponentSender<ManagerWindow>) {
    let add = |name: &str, run: Box<dyn Fn(&adw::ApplicationWindow)>| {
        let action = gio::SimpleAction::new(name, None);
        let window_ref = window.downgrade();
        action.connect_activate(move |_, _| {
            if let Some(window) = window_ref.upgrade() {
                run(&window);
            }
        });
        window.add_action(&action);
    };
    let owned = core.clone();
    add("add-host", Box::new(move |window| host::add(window, &owned)));
    let (owned, weak) = (core.clone(), Rc::downgrade(page));
    add(
        "create",
        Box::new(move |window| {
            let host = weak.upgrade().and_then(|page| page.host());
            create::open(window.upcast_ref(), &owned, host);
        }),
    );
    let (owned, weak) = (core.clone(), Rc::downgrade(page));
    let import = core.clone();
    add(
        "import",
        Box::new(move |window| conversion::import(window.upcast_ref(), &import, None)),
    );
    let over = window.downgrade();
    create::accept_files(window, move |file| {
        if let (Some(page), Some(window)) = (weak.upgrade(), over.upgrade()) {
            create::open_file(window.upcast_ref(), &owned, page.host(), file);
        }
    });
    let owned = core.clone();
    add("preferences", Box::new(move |window| preferences::show(window, &owned)));
    add("shortcuts", Box::new(shortcuts::show));
    add("about", Box::new(about::show));
    let with = |act: fn(&Rc<Page>)| -> Box<dyn Fn(&adw::ApplicationWindow)> {
        let page = Rc::downgrade(page);
        Box::new(move |_| {
            if let Some(page) = page.upgrade() {
                act(&page);
            }
        })
    };
    add("search", with(|page| windows::search(page)));
    add("clear-search", with(|page| page.clear_search()));
    let (owned, weak) = (core.clone(), Rc::downgrade(page));
    add(
        "save-search",
        Box::new(move |window| {
            if let Some(page) = weak.upgrade() {
                saved::save(window, &owned, page.query());
            }
        }),
    );
    let remove = gio::SimpleAction::new("remove-search", Some(glib::VariantTy::STRING));
    let owned = core.clone();
    remove.connect_activate(move |_, name| {
        if let Some(name) = name.and_then(glib::Variant::str) {
            saved::remove(&owned, name);
        }
    });
    window.add_action(&remove);
    add("unselect", with(|page| page.list().unselect()));
    add(
        "sidebar",
        with(|page| page.flap().set_reveal_flap(!page.flap().reveals_flap())),
    );
    let weak = Rc::downgrade(page);
    add(
        "reset-columns",
        Box::new(move |window| {
            let Some(page) = weak.upgrade() else { return };
            let columns = page.list().columns();
            columns.reset();
            for (id, _, shown) in columns.all() {
                let action = window.lookup_action(&format!("column-{id}"));
                if let Some(action) = action.and_downcast::<gio::SimpleAction>() {
                    action.set_state(&shown.to_variant());
                }
            }
        }),
    );
    let input = sender.input_sender().clone();
    mode::add_actions(core, window, move |mode| input.emit(ManagerMsg::ModeChosen(mode)));
    for (id, _, shown) in page.list().columns().all() {
        let action = gio::SimpleAction::new_stateful(&format!("column-{id}"), None, &shown.to_variant());
        let input = sender.input_sender().clone();
        action.connect_change_state(move |action, state| {
            if let Some(state) = state {
                action.set_state(state);
                input.emit(ManagerMsg::ColumnToggled(id.to_owned()));
            }
        });
        window.add_action(&action);
    }
    let open = gio::SimpleAction::new("open", Some(glib::VariantTy::STRING));
    let input = sender.input_sender().clone();
    open.connect_activate(move |_, target| {
        for key in actions::keys(target) {
            input.emit(ManagerMsg::OpenAsked(key));
        }
    });
    window.add_action(&open);
    let group = host_actions::group(core, window);
    let places = [
        ("open", Place::Overview),
        ("storage", Place::Storage),
        ("networks", Place::Networks),
        ("devices", Place::Devices),
    ];
    for (name, place) in places {
        let action = gio::SimpleAction::new(name, Some(glib::VariantTy::STRING));
        let input = sender.input_sender().clone();
        action.connect_activate(move |_, target| {
            if let Some(id) = target.and_then(glib::Variant::str).and_then(|id| id.parse().ok()) {
                input.emit(ManagerMsg::HostAsked(id, place));
            }
        });
        group.add_action(&action);
    }
    window.insert_action_group("host", Some(&group));
}
