//! Choosing the operating system by hand.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::CreatePage;
use crate::i18n::tr;
use crate::model::os::{Os, catalogue};
use crate::ui::widgets::{hide_pictures, name_once, plain_row};

/// Most lines of the list: who looks for more types more.
const MOST: usize = 200;

/// The window.
struct Picker {
    window: adw::Window,
    list: gtk::ListBox,
    search: gtk::SearchEntry,
    ended: gtk::Switch,
    systems: Arc<[Os]>,
    shown: RefCell<Vec<String>>,
    today: String,
    chosen: Box<dyn Fn(Option<String>)>,
    is_first: Cell<bool>,
}

impl CreatePage {
    pub(super) fn choose_system(self: &Rc<Self>) {
        let (systems, can_recognise) = {
            let desk = self.desk.borrow();
            (desk.world.systems.clone(), desk.sheet.can_recognise())
        };
        let weak = Rc::downgrade(self);
        show(self.view.window.upcast_ref(), systems, can_recognise, move |chosen| {
            if let Some(this) = weak.upgrade() {
                this.desk.borrow_mut().sheet.os = chosen;
                this.refresh();
                this.think_soon();
            }
        });
    }
}

/// Shows the list over `parent`. `chosen` gets an identity, an empty one for none that is known, and `None` for what is
/// recognised, which is offered where there is something to recognise.
fn show(parent: &gtk::Window, systems: Arc<[Os]>, can_recognise: bool, chosen: impl Fn(Option<String>) + 'static) {
    let window = adw::Window::builder()
        .title(tr("Operating System"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(460)
        .default_height(600)
        .width_request(320)
        .height_request(300)
        .build();
    window.set_transient_for(Some(parent));
    let today = glib::DateTime::now_local().and_then(|now| now.format("%Y-%m-%d"));
    let picker = Rc::new(Picker {
        window,
        list: gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .css_classes(["boxed-list"])
            .build(),
        search: gtk::SearchEntry::builder()
            .placeholder_text(tr("Search"))
            .hexpand(true)
            .build(),
        ended: gtk::Switch::builder().valign(gtk::Align::Center).build(),
        systems,
        shown: RefCell::default(),
        today: today.map(|day| day.to_string()).unwrap_or_default(),
        chosen: Box::new(chosen),
        is_first: Cell::new(true),
    });
    picker.build(can_recognise);
    picker.fill();
    picker.window.present();
    picker.search.grab_focus();
}

impl Picker {
    fn build(self: &Rc<Self>, can_recognise: bool) {
        let header = adw::HeaderBar::new();
        let automatic = gtk::Button::builder()
            .label(tr("_Recognise"))
            .use_underline(true)
            .visible(can_recognise)
            .build();
        crate::ui::widgets::set_tip(&automatic, Some(&tr("Take what is recognised from the image")));
        header.pack_start(&automatic);
        let (weak, window) = (Rc::downgrade(self), self.window.downgrade());
        automatic.connect_clicked(move |_| {
            if let (Some(this), Some(window)) = (weak.upgrade(), window.upgrade()) {
                (this.chosen)(None);
                window.close();
            }
        });
        self.search
            .update_property(&[gtk::accessible::Property::Label(&tr("Search operating systems"))]);
        self.list
            .update_property(&[gtk::accessible::Property::Label(&tr("Operating systems"))]);
        let ended = adw::ActionRow::builder()
            .title(tr("Show systems that are no longer supported"))
            .activatable_widget(&self.ended)
            .build();
        ended.add_suffix(&self.ended);
        let above = crate::ui::message::rows(&tr("What is shown"));
        above.append(&ended);
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .margin_top(12)
            .margin_bottom(18)
            .margin_start(12)
            .margin_end(12)
            .build();
        content.append(&self.search);
        content.append(&above);
        content.append(&self.list);
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&adw::Clamp::builder().child(&content).build())
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
        all.append(&header);
        all.append(&scrolled);
        self.window.set_content(Some(&all));
        self.window.connect_map(name_once);
        self.connect();
    }

    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.search.connect_search_changed(move |_| {
            if let Some(this) = weak.upgrade() {
                this.fill();
            }
        });
        let window = self.window.downgrade();
        self.search.connect_stop_search(move |_| {
            if let Some(window) = window.upgrade() {
                window.close();
            }
        });
        let weak = Rc::downgrade(self);
        self.search.connect_activate(move |_| {
            if let Some(this) = weak.upgrade() {
                this.fill();
                this.choose(0);
            }
        });
        let weak = Rc::downgrade(self);
        self.ended.connect_active_notify(move |_| {
            if let Some(this) = weak.upgrade() {
                this.fill();
            }
        });
        let weak = Rc::downgrade(self);
        self.list.connect_row_activated(move |_, row| {
            if let (Some(this), Ok(index)) = (weak.upgrade(), usize::try_from(row.index())) {
                this.choose(index);
            }
        });
        crate::ui::hardware::escape(&self.window);
        // It lives as long as its window.
        let own = RefCell::new(Some(self.clone()));
        self.window.connect_destroy(move |_| drop(own.take()));
    }

    fn choose(&self, index: usize) {
        let chosen = self.shown.borrow().get(index).cloned();
        if let Some(id) = chosen {
            (self.chosen)(Some(id));
            self.window.close();
        }
    }

    fn fill(&self) {
        let words = self.search.text();
        let is_first = self.is_first.replace(false);
        let found: Vec<&Os> = if words.trim().is_empty() && !self.ended.is_active() {
            catalogue::recent(&self.systems, &self.today)
        } else {
            catalogue::search(&self.systems, words.trim(), &self.today, self.ended.is_active())
        };
        if !is_first {
            while let Some(row) = self.list.first_child() {
                self.list.remove(&row);
            }
        }
        let mut shown = Vec::new();
        for os in found.into_iter().take(MOST) {
            let note = match (&os.ends, os.is_supported(&self.today)) {
                (Some(day), false) => crate::i18n::tr_f("Without support since {date}", &[("date", day)]),
                _ => os.vendor.clone().unwrap_or_default(),
            };
            self.append(&os.name, &note);
            shown.push(os.id.clone());
        }
        if words.trim().is_empty() || shown.is_empty() {
            let note = tr("Devices and sizes that fit any system of today");
            self.append(&tr("Another one, or not known"), &note);
            shown.push(String::new());
        }
        self.shown.replace(shown);
    }

    fn append(&self, title: &str, note: &str) {
        let row = plain_row(title, note);
        row.set_activatable(true);
        hide_pictures(&row);
        self.list.append(&row);
    }
}
