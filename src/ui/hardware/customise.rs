//! The Hardware pages for a machine that is not made yet: the same pages over a draft, and nothing of a host.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::editing::Editing;
use super::reading::Reading;
use super::row::RowEvent;
use super::source::SourceWindow;
use super::view::HardwareView;
use super::{HardwareMsg, add, browse};
use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::hardware::{PageId, PathKind, entries};
use crate::model::key::{DomainKey, HostId};
use crate::model::schema::DocumentKind;
use crate::model::xml::domain::Domain;
use crate::ui::core::Core;
use crate::ui::widgets::name_once;

/// The window.
struct Customising {
    window: adw::Window,
    core: Core,
    host: HostId,
    input: relm4::Sender<HardwareMsg>,
    view: RefCell<HardwareView>,
    editing: RefCell<Editing>,
    done: gtk::Button,
}

/// Shows the pages of `domain` over `parent`; `facts` are those of the host for machines of its kind. `done` gets the definition
/// as the user wants it.
pub(in crate::ui) fn customise(
    parent: &gtk::Window,
    core: &Core,
    host: HostId,
    domain: Domain,
    facts: HostFacts,
    done: impl Fn(&Domain) + 'static,
) {
    let window = adw::Window::builder()
        .title(tr("Customise the New Machine"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(900)
        .default_height(680)
        .width_request(340)
        .height_request(360)
        .build();
    window.set_transient_for(Some(parent));
    let (input, messages) = relm4::channel();
    let root = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .vexpand(true)
        .build();
    let view = HardwareView::new(&root, &input);
    // Nothing is applied here.
    view.bar.widget().set_visible(false);
    let mut editing = Editing::for_new(Reading {
        base: domain,
        live: None,
        locked: None,
    });
    editing.set_facts(facts);
    let this = Rc::new(Customising {
        window,
        core: core.clone(),
        host,
        input,
        view: RefCell::new(view),
        editing: RefCell::new(editing),
        done: gtk::Button::with_mnemonic(&tr("_Done")),
    });
    this.build(&root, done);
    this.refresh();
    let weak = Rc::downgrade(&this);
    glib::spawn_future_local(async move {
        while let Some(message) = messages.recv().await {
            let Some(this) = weak.upgrade() else { break };
            this.hear(message);
        }
    });
    this.window.present();
}

impl Customising {
    fn build(self: &Rc<Self>, root: &gtk::Box, done: impl Fn(&Domain) + 'static) {
        let cancel = gtk::Button::with_mnemonic(&tr("_Cancel"));
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        header.pack_start(&cancel);
        self.done.add_css_class("suggested-action");
        header.pack_end(&self.done);
        let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
        all.append(&header);
        all.append(root);
        self.window.set_content(Some(&all));
        self.window.connect_map(name_once);
        let weak = self.window.downgrade();
        cancel.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
        });
        let (weak, done) = (Rc::downgrade(self), Rc::new(done));
        self.done.connect_clicked(move |_| {
            // What was typed last may be on its way.
            let (weak, done) = (weak.clone(), done.clone());
            glib::idle_add_local_once(move || {
                if let Some(this) = weak.upgrade() {
                    this.finish(&*done);
                }
            });
        });
        add::escape(&self.window);
        // It lives as long as its window.
        let own = RefCell::new(Some(self.clone()));
        self.window.connect_destroy(move |_| drop(own.take()));
    }

    fn finish(&self, done: &dyn Fn(&Domain)) {
        let (domain, is_changed, is_sound) = {
            let editing = self.editing.borrow();
            let draft = editing.draft();
            (draft.edited().clone(), draft.is_changed(), editing.obstacle().is_none())
        };
        if !is_sound {
            return;
        }
        if is_changed {
            done(&domain);
        }
        self.window.close();
    }

    fn refresh(&self) {
        let mut editing = self.editing.borrow_mut();
        editing.recount();
        self.view.borrow_mut().show(&mut editing, &[], false);
        let obstacle = editing.obstacle();
        self.done.set_sensitive(obstacle.is_none());
        crate::ui::widgets::set_tip(&self.done, obstacle.as_deref());
    }

    fn hear(self: &Rc<Self>, message: HardwareMsg) {
        match message {
            HardwareMsg::Selected(index) => {
                let id = self.view.borrow().list.page(index);
                let Some(id) = id.filter(|id| self.editing.borrow().selected() != *id) else {
                    return;
                };
                self.editing.borrow_mut().select(id);
            }
            HardwareMsg::Entered => self.view.borrow().layout.enter(),
            HardwareMsg::Row(row, RowEvent::Set(value)) => {
                self.view.borrow().form.heard(&row);
                self.editing.borrow_mut().set(&row, &value);
            }
            HardwareMsg::Row(row, RowEvent::Browse(kind)) => {
                let input = self.input.clone();
                let chosen = Rc::new(move |chosen| input.emit(HardwareMsg::Chosen(row.clone(), chosen)));
                self.browse(self.window.upcast_ref(), kind, chosen);
            }
            HardwareMsg::Chosen(row, chosen) => self.editing.borrow_mut().put(&row, &chosen),
            HardwareMsg::AddClicked => self.add(),
            HardwareMsg::Added(new) => {
                let added = self.editing.borrow_mut().add(*new);
                if let Err(refused) = added {
                    self.say(&refused.0);
                }
            }
            HardwareMsg::RemoveClicked => self.remove(),
            HardwareMsg::SourceClicked => self.edit_source(),
            _ => return,
        }
        self.refresh();
    }

    fn browse(&self, window: &gtk::Window, kind: PathKind, chosen: browse::Choose) {
        // The machine has no identity yet; only its host matters here.
        let key = DomainKey::new(self.host, Uuid::nil());
        browse::show(&self.core, key, window, kind, chosen);
    }

    fn add(self: &Rc<Self>) {
        let editing = self.editing.borrow();
        let weak = Rc::downgrade(self);
        let input = self.input.clone();
        add::show(
            &self.window,
            editing.draft(),
            editing.facts(),
            move |window, kind, chosen| {
                if let Some(this) = weak.upgrade() {
                    this.browse(window, kind, chosen);
                }
            },
            move |new| input.emit(HardwareMsg::Added(Box::new(new))),
        );
    }

    /// Nothing is lost by it: the device is not made yet.
    fn remove(&self) {
        let mut editing = self.editing.borrow_mut();
        let PageId::Device(node) = editing.selected() else {
            return;
        };
        let at = editing
            .entries()
            .iter()
            .position(|entry| entry.id == PageId::Device(node));
        let facts = editing.facts().clone();
        if let Err(refused) = editing.draft_mut().remove(&facts, node) {
            drop(editing);
            self.say(&refused.0);
            return;
        }
        let next = editing.entries();
        if let Some(entry) = next.get(at.unwrap_or(0)).or(next.last()) {
            editing.select(entry.id);
        }
    }

    fn edit_source(self: &Rc<Self>) {
        let (title, text, node) = {
            let editing = self.editing.borrow();
            let id = editing.selected();
            let PageId::Device(node) = id else { return };
            let all = entries(&editing.context());
            let title = all.into_iter().find(|entry| entry.id == id).map(|entry| entry.title);
            (title.unwrap_or_default(), editing.draft().source(node), node)
        };
        let weak = Rc::downgrade(self);
        let taken = move |window: &Rc<SourceWindow>, text: String| {
            let Some(this) = weak.upgrade() else { return };
            let rewritten = this.editing.borrow_mut().draft_mut().rewrite(node, &text);
            if let Ok(node) = rewritten {
                this.editing.borrow_mut().select(PageId::Device(node));
                this.refresh();
            }
            window.answer(rewritten.map(|_| ()));
        };
        SourceWindow::show(&self.window, DocumentKind::Device, &title, text, Some(taken));
    }

    fn say(&self, text: &str) {
        let toast = adw::Toast::new(&glib::markup_escape_text(text));
        self.view.borrow().toasts.add_toast(toast);
    }
}
