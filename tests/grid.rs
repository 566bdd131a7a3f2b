//! The grid of machines in this process: cards, pictures, keys. Needs a display
//! (`scripts/headless cargo test --test grid`).

mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gdk, gio, glib};
use relm4::{adw, gtk};
use support::core::{key_of, played};
use support::widgets::{all, on_gtk, until};
use vireo::model::key::DomainKey;
use vireo::model::query::Query;
use vireo::model::settings::{ListMode, Settings};
use vireo::model::view::Item;
use vireo::ui::app::App;
use vireo::ui::core::Core;
use vireo::ui::manager::list::{List, ListEvent};
use vireo::ui::manager::strip::Strip;
use vireo::ui::vm::screenshot;

/// A world of the test driver: `m-…-web` run, `m-…-box` are off, by turns.
fn world(count: usize) -> String {
    let machine = |number: usize| {
        let (name, state) = if number.is_multiple_of(2) {
            ("web", 1)
        } else {
            ("box", 5)
        };
        format!(
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>m-{number:03}-{name}</name>\
             <memory>524288</memory><vcpu>1</vcpu><os><type>hvm</type></os><test:runstate>{state}</test:runstate></domain>"
        )
    };
    let machines: String = (0..count).map(machine).collect();
    format!("<node>{machines}</node>")
}

/// A list in a window of its own.
struct Desk {
    core: Core,
    list: Rc<List>,
    window: gtk::Window,
    opened: Rc<RefCell<Vec<DomainKey>>>,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn open(count: usize) -> Self {
        let (folder, config) = played(&world(count));
        let core = Core::new(Settings::in_memory().expect("the schema"));
        let host = config.id;
        core.put_host(config, false);
        core.connect_host(host);
        let opened = Rc::new(RefCell::new(Vec::new()));
        let into = opened.clone();
        let list = List::new(&core, move |event| {
            if let ListEvent::Opened(key) = event {
                into.borrow_mut().push(key);
            }
        });
        let window = gtk::Window::builder()
            .default_width(900)
            .default_height(600)
            .child(list.widget())
            .build();
        list.set_grid(true);
        window.present();
        until("all machines", || core.store().domains().count() == count);
        Self {
            core,
            list,
            window,
            opened,
            _folder: folder,
        }
    }

    fn key(&self, name: &str) -> DomainKey {
        key_of(&self.core, name).unwrap_or_else(|| panic!("no machine {name}"))
    }

    /// Machines whose cards are on screen.
    fn seen(&self) -> Vec<DomainKey> {
        let strips = all::<Strip>(self.list.widget());
        let seen = strips.iter().filter(|strip| strip.is_seen());
        let items = seen.filter_map(|strip| strip.row()?.item());
        items
            .filter_map(|item| match item {
                Item::Domain(key) => Some(key),
                Item::Host(_) => None,
            })
            .collect()
    }

    fn runs(&self, key: DomainKey) -> bool {
        self.core
            .store()
            .domain(key)
            .is_some_and(|domain| domain.state.is_running())
    }

    fn asked(&self, key: DomainKey) -> usize {
        self.list.watch().expect("a grid").asked(key)
    }

    fn picture(&self, key: DomainKey) -> Option<(gdk::Texture, bool)> {
        self.list.watch().expect("a grid").picture(key)
    }

    /// Waits for the pictures of all that run and are on screen.
    #[track_caller]
    fn pictures(&self) -> Vec<DomainKey> {
        let running = || -> Vec<DomainKey> { self.seen().into_iter().filter(|key| self.runs(*key)).collect() };
        until("all pictures on screen", || {
            let running = running();
            !running.is_empty() && running.iter().all(|key| self.picture(*key).is_some())
        });
        running()
    }

    fn close(self) {
        self.window.destroy();
        for host in self.core.store().hosts().map(|host| host.config.id).collect::<Vec<_>>() {
            self.core.disconnect_host(host);
        }
    }
}

#[test]
fn pictures_are_taken_of_running_machines_on_screen_and_of_no_others() {
    on_gtk(|| {
        let desk = Desk::open(400);
        let first = desk.pictures();
        let seen = desk.seen();
        assert!(seen.len() >= 12 && seen.len() <= 60, "{}", seen.len());
        let asked_elsewhere = || -> Vec<String> {
            let store = desk.core.store();
            let others = store.domains().filter(|domain| !seen.contains(&domain.key));
            let asked = others.filter(|domain| desk.asked(domain.key) > 0);
            asked.map(|domain| domain.name.clone()).collect()
        };
        assert_eq!(asked_elsewhere(), [""; 0], "machines beyond the screen");
        let off = seen.iter().filter(|key| !desk.runs(**key));
        assert!(off.clone().count() > 3);
        assert!(off.clone().all(|key| desk.asked(*key) == 0), "machines that are off");
        // As small as the card.
        let (texture, past) = desk.picture(first[0]).expect("a picture");
        assert!(
            !past && texture.width() <= 300 * desk.window.scale_factor(),
            "{}",
            texture.width()
        );

        let scroller = all::<gtk::ScrolledWindow>(desk.list.widget()).remove(0);
        scroller.vadjustment().set_value(scroller.vadjustment().upper());
        until("other cards", || {
            !desk.seen().contains(&first[0]) && !desk.seen().is_empty()
        });
        let last = desk.pictures();
        assert!(last.iter().all(|key| !first.contains(key)));

        desk.window.set_visible(false);
        until("nothing to be asked by a hidden window", || {
            desk.list.watch().expect("a grid").is_asleep()
        });
        desk.close();
    });
}

#[test]
fn picture_of_a_machine_that_stops_is_a_memory_until_it_starts() {
    on_gtk(|| {
        let desk = Desk::open(6);
        desk.pictures();
        let key = desk.key("m-000-web");
        let client = desk.core.client(key.host).expect("a client");
        let own = client.clone();
        glib::spawn_future_local(async move { own.force_off(key.uuid).await });
        until("the picture to be over", || {
            desk.picture(key).is_some_and(|(_, past)| past)
        });
        let before = desk.asked(key);
        glib::spawn_future_local(async move { client.start(key.uuid, Default::default()).await });
        until("another picture", || {
            desk.picture(key).is_some_and(|(_, past)| !past) && desk.asked(key) > before
        });
        // Whoever wants no pictures has none, at once.
        desk.core
            .settings()
            .backend()
            .set_boolean("thumbnails", false)
            .expect("a setting");
        until("the pictures to go", || desk.picture(key).is_none());
        until("nothing to be asked", || desk.list.watch().expect("a grid").is_asleep());
        desk.core
            .settings()
            .backend()
            .set_boolean("thumbnails", true)
            .expect("a setting");
        desk.pictures();
        desk.close();
    });
}

#[test]
fn grid_shows_what_is_searched_for_keeps_the_selection_and_opens_machines() {
    on_gtk(|| {
        let desk = Desk::open(30);
        until("the cards", || desk.seen().len() >= 12);
        let grid = all::<gtk::GridView>(desk.list.widget()).remove(0);
        let model = grid.model().expect("a model");
        desk.list.want(|wanted| wanted.query = Query::parse("box"));
        until("the machines that match", || model.n_items() == 15);
        until("their cards alone", || {
            let store = desk.core.store();
            let name = |key: &DomainKey| store.domain(*key).map(|domain| domain.name.clone());
            let seen = desk.seen();
            !seen.is_empty() && seen.iter().filter_map(name).all(|name| name.ends_with("box"))
        });
        desk.list.want(|wanted| wanted.query = Query::default());
        until("all machines again", || model.n_items() == 30);

        // Columns by room, two at least on the narrowest window.
        assert_eq!(grid.max_columns(), grid.min_columns());
        assert!((3..=5).contains(&grid.max_columns()), "{}", grid.max_columns());

        let two = model.item(2).expect("a card");
        model.select_item(2, true);
        let chosen = desk.list.selected();
        assert_eq!(chosen.len(), 1);
        desk.list.set_grid(false);
        assert_eq!(desk.list.selected(), chosen);
        until("lines", || {
            all::<gtk::ListView>(desk.list.widget())
                .iter()
                .any(gtk::ListView::is_mapped)
        });
        assert!(grid.model().is_none(), "a grid that is not seen keeps widgets");
        desk.list.set_grid(true);
        assert_eq!(desk.list.selected(), chosen);
        until("the cards", || desk.seen().len() >= 12);
        assert_eq!(model.item(2), Some(two));

        // Enter, as GTK tells it.
        grid.emit_by_name::<()>("activate", &[&2u32]);
        assert_eq!(*desk.opened.borrow(), chosen);
        desk.close();
    });
}

#[test]
fn the_way_machines_are_shown_is_remembered_and_a_screenshot_can_be_copied() {
    on_gtk(|| {
        let settings = Settings::in_memory().expect("the schema");
        let application = adw::Application::new(None, gio::ApplicationFlags::NON_UNIQUE);
        application.register(gio::Cancellable::NONE).expect("a display");
        let (_folder, config) = played(&world(4));
        let app = App::new(&application, settings.clone());
        let core = app.core().clone();
        app.present();
        let window = application.windows().remove(0);
        let window = window.downcast::<adw::ApplicationWindow>().expect("ours");
        let host = config.id;
        core.put_host(config, true);
        core.connect_host(host);
        until("the machines", || core.store().domains().count() == 4);
        let act = |name: &str| gio::prelude::ActionGroupExt::activate_action(&window, name, None);
        let is_enabled = |name: &str| gio::prelude::ActionGroupExt::is_action_enabled(&window, name);
        act("grouped");
        until("a flat list", || settings.list_mode() == ListMode::Flat);
        act("grid");
        until("a grid", || settings.list_mode() == ListMode::Grid);
        assert!(!is_enabled("grouped"), "a grid has no groups");
        until("four cards and no host", || {
            let grids = all::<gtk::GridView>(&window);
            grids
                .iter()
                .any(|grid| grid.is_mapped() && grid.model().is_some_and(|model| model.n_items() == 4))
        });
        act("grid");
        until("the flat list again", || settings.list_mode() == ListMode::Flat);
        assert!(is_enabled("grouped"));

        let running = core
            .store()
            .domains()
            .find(|domain| domain.state.is_running())
            .expect("one")
            .key;
        screenshot::show(window.upcast_ref(), &core, running);
        let preview = || {
            let windows = gtk::Window::list_toplevels();
            let titled = |window: &gtk::Window| window.title().is_some_and(|title| title.contains("Screenshot of m-"));
            windows
                .into_iter()
                .filter_map(|window| window.downcast::<gtk::Window>().ok())
                .find(titled)
        };
        until("the preview", || preview().is_some());
        let preview = preview().expect("the preview");
        let copy = || {
            let buttons = all::<gtk::Button>(&preview);
            buttons
                .into_iter()
                .find(|button| button.icon_name().as_deref() == Some("edit-copy-symbolic"))
        };
        until("the picture", || copy().is_some_and(|button| button.is_sensitive()));
        copy().expect("a button").emit_clicked();
        let read = Rc::new(Cell::new(None));
        let into = read.clone();
        let clipboard = preview.clipboard();
        glib::spawn_future_local(async move {
            let texture = clipboard.read_texture_future().await.expect("a picture");
            into.set(texture.map(|texture| (texture.width(), texture.height())));
        });
        until("the picture on the clipboard", || read.get() == Some((1120, 832)));
        preview.close();

        // Without its host there is none, and the window says why.
        core.disconnect_host(host);
        screenshot::show(window.upcast_ref(), &core, running);
        let told = || {
            let windows = gtk::Window::list_toplevels();
            let pages = windows.iter().flat_map(all::<adw::StatusPage>);
            pages.into_iter().any(|page| {
                page.is_mapped()
                    && page.title() == "No Picture"
                    && page.description().is_some_and(|text| !text.is_empty())
            })
        };
        until("the reason", told);
        let gone = Rc::new(Cell::new(false));
        let saw = gone.clone();
        application.connect_window_removed(move |application, _| saw.set(application.windows().is_empty()));
        application.activate_action("quit", None);
        until("the windows to close", || gone.get());
    });
}
