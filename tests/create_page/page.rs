//! The page in a window, and what a user reads and does there.

use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use vireo::model::host::HostConfig;
use vireo::model::key::HostId;
use vireo::ui::core::Core;
use vireo::ui::create;

use crate::form;
use crate::support::core::connected;
use crate::support::widgets::{button, picture_after, says, shown, until};

/// The page over a window of its own.
pub struct Page {
    pub core: Core,
    pub host: HostId,
    pub over: adw::Window,
    pub window: gtk::Window,
}

impl Page {
    /// Opens it on a host.
    #[track_caller]
    pub fn open(uri: &str) -> Self {
        let (core, host) = connected(HostConfig::new("private", uri));
        Self::on(core, host)
    }

    /// Opens it on a host that is connected.
    #[track_caller]
    pub fn on(core: Core, host: HostId) -> Self {
        let over = adw::Window::new();
        over.present();
        create::open(over.upcast_ref(), &core, Some(host));
        let window = form::window("New Machine");
        let page = Self {
            core,
            host,
            over,
            window,
        };
        page.until("the plan", |page| {
            !page.summary().is_empty() || page.tile("Installation Image").is_active()
        });
        page
    }

    #[track_caller]
    pub fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        until(what, || done(self));
    }

    /// The tile with this title.
    #[track_caller]
    pub fn tile(&self, title: &str) -> gtk::ToggleButton {
        let tiles = shown::<gtk::ToggleButton>(&self.window).into_iter();
        let found = tiles
            .filter(|tile| tile.has_css_class("vireo-tile"))
            .find(|tile| says(tile, title));
        found.unwrap_or_else(|| panic!("no tile {title}"))
    }

    /// Chooses what the machine begins with.
    #[track_caller]
    pub fn begin(&self, title: &str) {
        self.tile(title).set_active(true);
        form::rest();
    }

    /// What will be created, in words.
    pub fn summary(&self) -> String {
        let labels = shown::<gtk::Label>(&self.window).into_iter();
        let words = labels
            .filter(|label| label.has_css_class("vireo-summary"))
            .map(|label| label.text().into());
        words.into_iter().next().unwrap_or_default()
    }

    /// The button below that says why it can't be created.
    pub fn why(&self) -> Option<gtk::Button> {
        let buttons = shown::<gtk::Button>(&self.window).into_iter();
        buttons.into_iter().find(|button| button.has_css_class("vireo-why"))
    }

    /// What it says; nothing where nothing stands in the way.
    pub fn reason(&self) -> String {
        let label = self.why().and_then(|why| shown::<gtk::Label>(&why).into_iter().next());
        label.map(|label| label.text().into()).unwrap_or_default()
    }

    /// Presses a button in the row below the one that a problem is about.
    #[track_caller]
    pub fn cures(&self, words: &str) {
        form::click(&self.window, words);
        form::rest();
    }

    /// The definition, as its editor shows it.
    #[track_caller]
    pub fn xml(&self) -> String {
        form::click(&self.window, "XML…");
        let window = form::window("XML of the new machine");
        let view = shown::<gtk::TextView>(&window).into_iter().next().expect("the editor");
        let buffer = view.buffer();
        let (start, end) = buffer.bounds();
        let text = buffer.text(&start, &end, false).into();
        window.destroy();
        form::rest();
        text
    }

    /// The line of text in a row.
    #[track_caller]
    pub fn entry(&self, title: &str) -> gtk::Entry {
        let row = form::row(&self.window, title);
        let entry = shown::<gtk::Entry>(&row).into_iter().next();
        entry.unwrap_or_else(|| panic!("no entry in {title}"))
    }

    #[track_caller]
    pub fn types(&self, title: &str, text: &str) {
        form::type_over(&self.entry(title), text);
        form::rest();
    }

    /// Whether a row has the keyboard.
    pub fn has_keyboard(&self, title: &str) -> bool {
        let row = form::row(&self.window, title);
        let focus = gtk::prelude::GtkWindowExt::focus(&self.window);
        focus.is_some_and(|focus| focus.is_ancestor(&row) || focus == *row.upcast_ref::<gtk::Widget>())
    }

    /// A key on the tiles.
    #[track_caller]
    pub fn presses_on_tiles(&self, key: gtk::gdk::Key) {
        let tiles = shown::<gtk::FlowBox>(&self.window).into_iter();
        let flow = tiles
            .into_iter()
            .find(|flow| flow.has_css_class("vireo-tiles"))
            .expect("the tiles");
        let controllers = flow.observe_controllers();
        let keys = (0..controllers.n_items())
            .filter_map(|at| controllers.item(at).and_downcast::<gtk::EventControllerKey>())
            .next()
            .expect("what hears keys");
        let state = gtk::gdk::ModifierType::empty();
        let taken: bool = keys.emit_by_name(
            "key-pressed",
            &[&gtk::glib::translate::IntoGlib::into_glib(key), &0_u32, &state],
        );
        assert!(taken);
        form::rest();
    }

    /// Turns a switch on.
    #[track_caller]
    pub fn turns_on(&self, title: &str) {
        let row = form::row(&self.window, title);
        let switch = shown::<gtk::Switch>(&row).into_iter().next().expect("a switch");
        switch.set_active(true);
        form::rest();
    }

    /// Chooses the line with this label in a row.
    #[track_caller]
    pub fn choose(&self, title: &str, label: &str) {
        let row = form::row(&self.window, title);
        let list = shown::<gtk::DropDown>(&row).into_iter().next().expect("a list");
        let model = list.model().expect("its lines");
        let at = (0..model.n_items()).find(|at| {
            let line = model.item(*at).and_downcast::<gtk::StringObject>();
            line.is_some_and(|line| line.string() == label)
        });
        list.set_selected(at.unwrap_or_else(|| panic!("no {label} in {title}")));
        form::rest();
    }

    /// The button that makes the machine.
    pub fn create(&self) -> gtk::Button {
        button(&self.window, "Create").expect("the button")
    }

    /// Presses it as soon as it can be.
    #[track_caller]
    pub fn presses_create(&self) {
        form::click(&self.window, "Create");
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        until(text, || says(&self.window, text));
    }

    /// Leaves a picture, where pictures are wanted.
    pub fn picture(&self, name: &str, patience: Duration) {
        picture_after(patience, name, &self.window);
    }

    /// Closes everything.
    pub fn close(self) {
        self.window.destroy();
        self.over.destroy();
        self.core.disconnect_host(self.host);
        form::rest();
    }
}
