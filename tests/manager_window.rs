//! The main window in this process: what it shows, remembers and closes. Needs a display
//! (`scripts/headless cargo test --test manager_window`).

mod support;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::{gio, glib};
use relm4::{adw, gtk};
use support::widgets::{find, until};
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::key::DomainKey;
use vireo::model::settings::{SavedSearch, Settings};
use vireo::ui::actions;
use vireo::ui::app::App;
use vireo::ui::manager::row::Row;
use vireo::ui::manager::strip::Strip;
use vireo::virt::client::EventLoop;

const HOSTILE: &str = "&lt;b&gt;bold &amp;amp; %s \u{202e}mirrored _under";

static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what GTK and Pango complain about.
fn listen_to_complaints() {
    glib::log_set_writer_func(|level, fields| {
        if matches!(
            level,
            glib::LogLevel::Warning | glib::LogLevel::Critical | glib::LogLevel::Error
        ) {
            let message = fields.iter().find(|field| field.key() == "MESSAGE");
            let text = message.and_then(glib::LogField::value_str).unwrap_or_default();
            COMPLAINTS.lock().expect("complaints").push(text.to_owned());
        }
        glib::LogWriterOutput::Handled
    });
}

fn act(window: &adw::ApplicationWindow, name: &str, target: Option<&glib::Variant>) {
    gio::prelude::ActionGroupExt::activate_action(window, name, target);
}

fn world(folder: &std::path::Path) -> String {
    let machine = |name: &str| {
        format!(
            "<domain type='test'><name>{name}</name><memory>524288</memory><vcpu>1</vcpu>\
             <os><type>hvm</type></os></domain>"
        )
    };
    let long = "x".repeat(10_000);
    let machines: String = ["one", "two", HOSTILE, &long].into_iter().map(machine).collect();
    let file = folder.join("world.xml");
    std::fs::write(&file, format!("<node>{machines}</node>")).expect("the world");
    format!("test://{}", file.display())
}

/// A right click: GTK shows a line as pressed until the button is released, which then happens on the menu.
fn menu_of_a_line_is_whole_uncovered_and_leaves_no_line_pressed(view: &gtk::ListView) {
    let is_two = |strip: &Strip| strip.row().is_some_and(|row| row.content().name == "two");
    let place = || {
        let strip = find::<Strip>(view, &is_two)?;
        let (x, y) = strip.translate_coordinates(view, 40.0, 10.0)?;
        let there = view.pick(x, y, gtk::PickFlags::DEFAULT).as_ref() == Some(strip.upcast_ref());
        there.then_some((strip, x, y))
    };
    until("the line in its place", || place().is_some());
    let (strip, x, y) = place().expect("the line");
    let line = strip.parent().expect("what GTK wraps it in");
    line.set_state_flags(gtk::StateFlags::ACTIVE, false);
    let controllers = view.observe_controllers();
    let clicks = (0..controllers.n_items()).filter_map(|n| controllers.item(n).and_downcast::<gtk::GestureClick>());
    let right = clicks.into_iter().find(|click| click.button() == 3);
    right
        .expect("a gesture for menus")
        .emit_by_name::<()>("pressed", &[&1i32, &x, &y]);
    let root: gtk::Widget = view.root().expect("a window").upcast();
    let shown = || {
        find::<gtk::PopoverMenu>(&root, &|popover| {
            popover.has_css_class("context-menu") && popover.is_mapped()
        })
    };
    until("the menu", || shown().is_some());
    let menu = shown().expect("the menu");
    assert!(!line.state_flags().contains(gtk::StateFlags::ACTIVE));
    assert!(!strip.has_tooltip(), "a tooltip would cover the menu");
    until("room for all of the menu", || {
        let scroller = find::<gtk::ScrolledWindow>(&menu, &|_| true).expect("what scrolls when room lacks");
        let adjustment = scroller.vadjustment();
        adjustment.page_size() >= adjustment.upper()
    });
    menu.popdown();
    until("the menu to go and the tooltip to come back", || {
        shown().is_none() && strip.has_tooltip()
    });
}

/// Tabs in the tab bar; those that fade away are counted, too.
fn tabs_that_are_drawn(root: &impl IsA<gtk::Widget>) -> usize {
    let root = root.upcast_ref::<gtk::Widget>();
    let children = std::iter::successors(root.first_child(), |child| child.next_sibling());
    let below: usize = children.map(|child| tabs_that_are_drawn(&child)).sum();
    below + usize::from(root.type_().name() == "AdwTab")
}

#[test]
fn window_lists_hostile_names_opens_tears_off_remembers_and_ends_in_time() {
    EventLoop::install(&glib::MainContext::default()).expect("the event loop");
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings::in_memory().expect("the schema");
    let application = adw::Application::new(None, gio::ApplicationFlags::NON_UNIQUE);
    application.register(gio::Cancellable::NONE).expect("a display");
    listen_to_complaints();
    let app = App::new(&application, settings.clone());
    let core = app.core().clone();
    app.present();
    let window = application
        .windows()
        .remove(0)
        .downcast::<adw::ApplicationWindow>()
        .expect("ours");
    let place =
        |name: &str| find::<adw::StatusPage>(&window, &|page| page.is_mapped() && page.title() == name).is_some();
    until("the page of a user without hosts", || place("No Host Yet"));

    let config = HostConfig::new("world", world(folder.path()));
    let host = config.id;
    core.put_host(config, true);
    core.connect_host(host);
    let view = find::<gtk::ListView>(&window, &|list| list.has_css_class("vireo-list")).expect("the list");
    let model = view.model().expect("its model");
    until("the machines and their host", || model.n_items() == 5);
    let label = |text: &str| find::<gtk::Label>(&window, &|label| label.is_mapped() && label.text().contains(text));
    let shown = |text: &str| {
        find::<Strip>(&window, &|strip| {
            strip.was_drawn() && strip.row().is_some_and(|row| row.content().name.contains(text))
        })
    };
    until("the hostile name as it is", || shown("<b>bold &amp; %s").is_some());

    // Headings sort, and say so; the second click turns the order around.
    let names = || -> Vec<String> {
        let rows = (1..5).filter_map(|place| model.item(place).and_downcast::<Row>());
        rows.map(|row| row.content().name.chars().take(3).collect()).collect()
    };
    let heading = |title: &str| {
        find::<gtk::Button>(&window, &|button| {
            button.accessible_role() == gtk::AccessibleRole::ColumnHeader
                && button.is_child_visible()
                && find::<gtk::Label>(button, &|label| label.text() == title).is_some()
        })
        .unwrap_or_else(|| panic!("the heading {title}"))
    };
    let ascending = names();
    heading("Name").emit_clicked();
    until("the names downwards", || {
        let mut now = names();
        now.reverse();
        now == ascending
    });
    assert_eq!(settings.sort(), ("name".to_owned(), true));
    assert!(heading("Name").has_css_class("sorted"));
    heading("State").emit_clicked();
    assert_eq!(settings.sort(), ("state".to_owned(), false));
    assert!(!heading("Name").has_css_class("sorted"));
    heading("Name").emit_clicked();
    until("the names upwards again", || names() == ascending);

    menu_of_a_line_is_whole_uncovered_and_leaves_no_line_pressed(&view);
    act(&window, "unselect", None);

    // Columns go, and come back.
    let columns = ["state", "title"].map(|id| format!("column-{id}"));
    let wanted = || {
        columns
            .each_ref()
            .map(|name| window.action_state(name).and_then(|state| state.get::<bool>()))
    };
    for name in &columns {
        act(&window, name, None);
    }
    until("other columns", || {
        settings.list_columns().iter().any(|column| column.id == "title")
    });
    assert_eq!(wanted(), [Some(false), Some(true)]);
    act(&window, "reset-columns", None);
    assert_eq!(wanted(), [Some(true), Some(false)]);
    assert!(
        settings
            .list_columns()
            .iter()
            .all(|column| column.id != "title" && column.width.is_none())
    );
    assert!(heading("State").is_child_visible());

    // The whole selection, and the bar that comes with it.
    let bar = find::<gtk::ActionBar>(&window, &|_| true).expect("the bar");
    model.select_all();
    until("the bar for the selected", || {
        bar.is_revealed() && label("4 selected").is_some()
    });
    act(&window, "unselect", None);
    until("the bar to go", || !bar.is_revealed());

    // Tabs: open two, close one, tear the other off.
    let keys: Vec<DomainKey> = ["one", "two"]
        .iter()
        .map(|name| {
            let store = core.store();
            store
                .domains()
                .find(|domain| domain.name == *name)
                .expect("the machine")
                .key
        })
        .collect();
    let tabs = find::<adw::TabView>(&window, &|_| true).expect("tabs");
    act(&window, "open", Some(&actions::target(&keys)));
    until("both tabs", || tabs.n_pages() == 3);
    until("the title of the machine in front", || {
        window.title().as_deref() == Some("two")
    });
    assert_eq!(tabs_that_are_drawn(&window), 3, "each tab is in the bar once");
    // The keys of a text stay with the text, and the search of the machines isn't opened behind a machine.
    assert!(!tabs.shortcuts().intersects(
        adw::TabViewShortcuts::CONTROL_HOME
            | adw::TabViewShortcuts::CONTROL_END
            | adw::TabViewShortcuts::CONTROL_SHIFT_HOME
            | adw::TabViewShortcuts::CONTROL_SHIFT_END
    ));
    let machines = tabs.nth_page(0).child();
    let is_searched = move || find::<gtk::SearchBar>(&machines, &|_| true).is_some_and(|bar| bar.is_search_mode());
    assert!(!is_searched());
    act(&window, "search", None);
    assert!(!is_searched(), "the machines are hidden");
    act(&window, "close-tab", None);
    until("one of them to close", || tabs.n_pages() == 2);
    let torn = tabs
        .emit_by_name::<Option<adw::TabView>>("create-window", &[])
        .expect("a window for the tab");
    tabs.transfer_page(&tabs.nth_page(1), &torn, 0);
    until("a second window", || {
        application.windows().len() == 2 && torn.is_mapped()
    });
    assert_eq!(tabs.n_pages(), 1);
    torn.close_page(&torn.nth_page(0));
    until("the window to close with its tab", || application.windows().len() == 1);

    // Folded hosts and saved searches are remembered.
    view.emit_by_name::<()>("activate", &[&0u32]);
    until("the host to fold", || model.n_items() == 1);
    // A list that is folded up is not an empty one: the host must stay there to be unfolded.
    let mut turns = 0;
    until("everything that follows", || {
        turns += 1;
        turns > 50
    });
    assert!(view.is_mapped() && !place("No Machines"));
    assert_eq!(settings.collapsed_hosts(), [host]);
    view.emit_by_name::<()>("activate", &[&0u32]);
    until("the host to unfold", || model.n_items() == 5);
    settings.set_saved_searches(&[SavedSearch {
        name: "the second".to_owned(),
        query: "two".to_owned(),
    }]);
    until("the search in the sidebar", || label("the second").is_some());
    let row = label("the second").and_then(|label| label.ancestor(gtk::ListBoxRow::static_type()));
    let row = row.and_downcast::<gtk::ListBoxRow>().expect("its row");
    let sidebar = row.parent().and_downcast::<gtk::ListBox>().expect("the sidebar");
    sidebar.select_row(Some(&row));
    until("the one machine and its host", || model.n_items() == 2);
    act(&window, "remove-search", Some(&"the second".to_variant()));
    until("the search to go", || label("the second").is_none());
    act(&window, "clear-search", None);
    until("all machines again", || model.n_items() == 5);

    let start = Instant::now();
    let gone = std::rc::Rc::new(std::cell::Cell::new(false));
    let saw = gone.clone();
    application.connect_window_removed(move |application, _| saw.set(application.windows().is_empty()));
    application.activate_action("quit", None);
    until("the windows to close and the host with them", || {
        let store = core.store();
        gone.get()
            && store
                .host(host)
                .is_some_and(|host| host.status == ConnectionStatus::Disconnected)
    });
    assert!(start.elapsed() < Duration::from_millis(2500), "{:?}", start.elapsed());
    // The net must be one that catches.
    glib::g_warning!("net", "caught");
    let complaints = COMPLAINTS.lock().expect("complaints");
    let ours: Vec<_> = complaints
        .iter()
        .filter(|text| !text.contains("a11y") && !text.contains("accessib"))
        .collect();
    let (caught, ours): (Vec<_>, Vec<_>) = ours.into_iter().partition(|text| *text == "caught");
    assert_eq!(caught.len(), 1);
    assert!(ours.is_empty(), "{ours:#?}");
}
