//! The dialog for new hardware: which type, its rows, the XML that comes of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::browse::{self, Choose, Chosen};
use super::form::{FormView, Problem, Problems};
use super::kinds::find;
use super::row::RowEvent;
use super::source::SourceWindow;
use crate::i18n::{tr, tr_f};
use crate::model::facts::HostFacts;
use crate::model::hardware::{Addition, Control, Draft, PageId, PathKind, Value, additions, page};
use crate::model::schema::DocumentKind;
use crate::model::xml::domain::Domain;
use crate::model::xml::{NodeId, Refused};
use crate::ui::message;
use crate::ui::widgets::{Tip, name_once, set_tip};
use crate::ui::xml::Excerpt;

/// A new device: the definition without it, as it was when the dialog was opened, and with it.
#[derive(Debug, Clone)]
pub struct New {
    /// The definition that the dialog began with.
    pub before: Domain,
    /// The same with the new device.
    pub after: Domain,
    /// The device there.
    pub node: NodeId,
}

/// Takes a new device.
type Taken = Rc<dyn Fn(New)>;
/// Opens a chooser of paths over a window, and hands on what was chosen.
type Browse = Box<dyn Fn(&gtk::Window, PathKind, Choose)>;

struct Scratch {
    draft: Draft,
    node: NodeId,
    problems: Problems,
}

/// What the dialog is about and what is on it.
struct Dialog {
    window: adw::Window,
    base: Domain,
    live: Option<Domain>,
    facts: HostFacts,
    kinds: Vec<Addition>,
    chosen: Cell<usize>,
    scratch: RefCell<Option<Scratch>>,
    form: RefCell<FormView>,
    title: gtk::Label,
    words: gtk::Label,
    problem: gtk::Label,
    preview: Excerpt,
    xml: gtk::Expander,
    add: gtk::Button,
    browse: Browse,
    taken: Taken,
}

/// Shows the dialog over the window of `parent`. `taken` gets the new device; `browse` opens a chooser of paths.
pub fn show(
    parent: &impl IsA<gtk::Widget>,
    draft: &Draft,
    facts: &HostFacts,
    browse: impl Fn(&gtk::Window, PathKind, Choose) + 'static,
    taken: impl Fn(New) + 'static,
) {
    let kinds = additions(&draft.context(facts));
    let window = adw::Window::builder()
        .title(tr("Add Hardware"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(820)
        .default_height(600)
        .width_request(360)
        .height_request(360)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    let label = |classes: &'static [&'static str]| {
        gtk::Label::builder()
            .css_classes(classes)
            .xalign(0.0)
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .build()
    };
    let add = gtk::Button::builder()
        .label(tr("_Add"))
        .use_underline(true)
        .css_classes(["suggested-action"])
        .build();
    let dialog = Rc::new_cyclic(|weak: &std::rc::Weak<Dialog>| {
        let weak = weak.clone();
        let form = FormView::new(move |row, event| {
            if let Some(dialog) = weak.upgrade() {
                dialog.said(row, event);
            }
        });
        Dialog {
            window,
            base: draft.edited().clone(),
            live: draft.live().cloned(),
            facts: facts.clone(),
            kinds,
            chosen: Cell::new(0),
            scratch: RefCell::new(None),
            form: RefCell::new(form),
            title: label(&["title-4"]),
            words: label(&["dim-label"]),
            problem: label(&["card", "vireo-notice"]),
            preview: Excerpt::new(&tr("XML of the new device")),
            xml: gtk::Expander::builder().label(tr("XML")).build(),
            add,
            browse: Box::new(browse),
            taken: Rc::new(taken),
        }
    });
    dialog.build();
    let first = dialog.kinds.iter().position(|kind| kind.problem.is_none()).unwrap_or(0);
    dialog.choose(first);
    dialog.window.present();
}

impl Dialog {
    fn build(self: &Rc<Self>) {
        let cancel = gtk::Button::builder().label(tr("_Cancel")).use_underline(true).build();
        let weak = self.window.downgrade();
        cancel.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
        });
        let weak = Rc::downgrade(self);
        self.add.connect_clicked(move |_| {
            if let Some(this) = weak.upgrade() {
                this.finish();
            }
        });
        // The dialog lives as long as its window.
        let own = RefCell::new(Some(self.clone()));
        self.window.connect_destroy(move |_| drop(own.take()));
        let header = adw::HeaderBar::builder()
            .show_end_title_buttons(false)
            .show_start_title_buttons(false)
            .build();
        header.pack_start(&cancel);
        header.pack_end(&self.add);

        let leaflet = adw::Leaflet::builder().can_navigate_back(true).vexpand(true).build();
        let page = self.page();
        let (side, list) = self.types(&page);
        leaflet.append(&side);
        leaflet
            .append(&gtk::Separator::new(gtk::Orientation::Vertical))
            .set_navigatable(false);
        leaflet.append(&page);
        let back = gtk::Button::builder()
            .icon_name("go-previous-symbolic")
            .visible(false)
            .build()
            .with_tip(tr("Back to the list"));
        back.update_property(&[gtk::accessible::Property::Label(&tr("Back to the list"))]);
        header.pack_start(&back);
        let see_back = {
            let (back, side) = (back.clone(), side.clone());
            move |leaflet: &adw::Leaflet| {
                let on_page = leaflet.visible_child().as_ref() != Some(side.upcast_ref());
                back.set_visible(leaflet.is_folded() && on_page);
            }
        };
        leaflet.connect_folded_notify(see_back.clone());
        leaflet.connect_visible_child_notify(see_back);
        {
            let (leaflet, side) = (leaflet.downgrade(), side.clone());
            back.connect_clicked(move |_| {
                if let Some(leaflet) = leaflet.upgrade() {
                    leaflet.set_visible_child(&side);
                }
            });
        }
        {
            let (leaflet, page) = (leaflet.downgrade(), page.clone());
            list.connect_row_activated(move |_, _| {
                if let Some(leaflet) = leaflet.upgrade() {
                    leaflet.set_visible_child(&page);
                }
            });
        }
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&leaflet);
        self.window.set_content(Some(&content));
        self.window.set_default_widget(Some(&self.add));
        list.grab_focus();
        escape(&self.window);
        self.window.connect_map(name_once);
    }

    fn types(self: &Rc<Self>, page: &gtk::ScrolledWindow) -> (gtk::Box, gtk::ListBox) {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Browse)
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&tr("Types of hardware"))]);
        for kind in &self.kinds {
            list.append(&type_line(kind));
        }
        let search = gtk::SearchEntry::builder()
            .placeholder_text(tr("Search"))
            .margin_top(6)
            .margin_bottom(6)
            .margin_start(6)
            .margin_end(6)
            .build();
        search.update_property(&[gtk::accessible::Property::Label(&tr("Search the types of hardware"))]);
        {
            let (list, kinds) = (list.downgrade(), self.kinds.clone());
            search.connect_search_changed(move |search| {
                if let Some(list) = list.upgrade() {
                    find(&list, &kinds, &search.text());
                }
            });
        }
        {
            let (list, kinds, page) = (list.downgrade(), self.kinds.clone(), page.downgrade());
            search.connect_activate(move |search| {
                let (Some(list), Some(page)) = (list.upgrade(), page.upgrade()) else {
                    return;
                };
                // What was typed last may not have been looked for yet.
                find(&list, &kinds, &search.text());
                if let Some(row) = list.selected_row().filter(gtk::ListBoxRow::is_visible) {
                    row.activate();
                    page.child_focus(gtk::DirectionType::TabForward);
                }
            });
        }
        let window = self.window.downgrade();
        search.connect_stop_search(move |search| {
            if !search.text().is_empty() {
                search.set_text("");
            } else if let Some(window) = window.upgrade() {
                window.close();
            }
        });
        let weak = Rc::downgrade(self);
        list.connect_row_selected(move |_, row| {
            let index = row.and_then(|row| usize::try_from(row.index()).ok());
            if let (Some(dialog), Some(index)) = (weak.upgrade(), index) {
                dialog.choose(index);
            }
        });
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&list)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let side = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .width_request(240)
            .build();
        side.append(&search);
        side.append(&scrolled);
        (side, list)
    }

    fn page(self: &Rc<Self>) -> gtk::ScrolledWindow {
        let edit = gtk::Button::builder()
            .label(tr("Edit as XML…"))
            .halign(gtk::Align::Start)
            .build();
        let weak = Rc::downgrade(self);
        edit.connect_clicked(move |_| {
            if let Some(this) = weak.upgrade() {
                this.edit_source();
            }
        });
        let below = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(9)
            .margin_top(6)
            .build();
        below.append(self.preview.widget());
        below.append(&edit);
        self.xml.set_child(Some(&below));
        self.xml
            .update_property(&[gtk::accessible::Property::Label(&tr("XML"))]);
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        content.append(&self.title);
        content.append(&self.words);
        content.append(&self.problem);
        content.append(self.form.borrow().widget());
        content.append(&self.xml);
        let clamp = adw::Clamp::builder().maximum_size(640).child(&content).build();
        gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .hexpand(true)
            .width_request(340)
            .build()
    }

    /// Shows another type, with a new device of it.
    fn choose(&self, index: usize) {
        let Some(kind) = self.kinds.get(index) else { return };
        self.chosen.set(index);
        self.title.set_text(&kind.title);
        self.words.set_text(&kind.description);
        self.form.borrow_mut().clear();
        match kind.try_on(&self.base, &self.facts) {
            Ok((domain, node)) => {
                let draft = Draft::new(domain, self.live.clone());
                self.scratch.replace(Some(Scratch {
                    draft,
                    node,
                    problems: Problems::new(),
                }));
                self.problem.set_visible(false);
            }
            Err(Refused(reason)) => {
                self.scratch.replace(None);
                self.problem.set_text(&reason);
                self.problem.set_visible(true);
            }
        }
        self.refresh();
    }

    fn refresh(&self) {
        let scratch = self.scratch.borrow();
        self.xml.set_visible(scratch.is_some());
        self.form.borrow().widget().set_visible(scratch.is_some());
        let Some(scratch) = &*scratch else {
            self.add.set_sensitive(false);
            return;
        };
        let mut shown = page(&scratch.draft.context(&self.facts), PageId::Device(scratch.node));
        // Nothing can be done yet with what isn't there.
        for group in &mut shown.groups {
            group.rows.retain(|row| !matches!(row.control, Control::Button(..)));
        }
        self.form.borrow_mut().show(&shown, &scratch.problems);
        self.preview.show(&scratch.draft.source(scratch.node));
        let problem = scratch.problems.values().next().map(|problem| problem.reason.as_str());
        let problem = problem.or(shown.missing.as_deref());
        self.add.set_sensitive(problem.is_none());
        set_tip(&self.add, problem);
    }

    fn said(self: &Rc<Self>, row: &str, event: RowEvent) {
        match event {
            RowEvent::Set(value) => {
                self.form.borrow().heard(row);
                self.set(row, &value);
            }
            RowEvent::Browse(kind) => {
                let (this, row) = (Rc::downgrade(self), row.to_owned());
                let chosen = Rc::new(move |chosen: Chosen| {
                    if let Some(this) = this.upgrade() {
                        this.put(&row, &chosen);
                    }
                });
                (self.browse)(self.window.upcast_ref(), kind, chosen);
            }
            // What a button does needs a device that is there.
            RowEvent::Pressed(_) => {}
        }
    }

    fn set(&self, row: &str, value: &Value) {
        self.change(row, value, |draft, facts, page| draft.set(facts, page, row, value));
    }

    fn put(&self, row: &str, chosen: &Chosen) {
        self.change(row, &chosen.typed(), |draft, facts, page| {
            browse::put(draft, facts, page, row, chosen)
        });
    }

    /// Changes the new device; what it cannot have stays on screen as the row's problem.
    fn change(
        &self,
        row: &str,
        value: &Value,
        change: impl FnOnce(&mut Draft, &HostFacts, PageId) -> Result<(), Refused>,
    ) {
        if let Some(scratch) = &mut *self.scratch.borrow_mut() {
            let page = PageId::Device(scratch.node);
            match change(&mut scratch.draft, &self.facts, page) {
                Ok(()) => {
                    scratch.problems.remove(row);
                }
                Err(Refused(reason)) => {
                    let value = value.clone();
                    scratch.problems.insert(row.to_owned(), Problem { value, reason });
                }
            }
        }
        self.refresh();
    }

    fn edit_source(self: &Rc<Self>) {
        let Some(text) = self.scratch.borrow().as_ref().map(|it| it.draft.source(it.node)) else {
            return;
        };
        let weak = Rc::downgrade(self);
        let taken = move |window: &Rc<SourceWindow>, text: String| {
            if let Some(this) = weak.upgrade() {
                window.answer(this.write(&text));
            }
        };
        SourceWindow::show(
            &self.window,
            DocumentKind::Device,
            &self.title.text(),
            text,
            Some(taken),
        );
    }

    fn write(&self, text: &str) -> Result<(), Refused> {
        if let Some(scratch) = &mut *self.scratch.borrow_mut() {
            scratch.node = scratch.draft.rewrite(scratch.node, text)?;
            scratch.problems.clear();
        }
        self.form.borrow_mut().clear();
        self.refresh();
        Ok(())
    }

    fn finish(&self) {
        let Some(scratch) = self.scratch.take() else { return };
        (self.taken)(New {
            before: self.base.clone(),
            after: scratch.draft.edited().clone(),
            node: scratch.node,
        });
        self.window.close();
    }
}

fn type_line(kind: &Addition) -> gtk::ListBoxRow {
    let icon = gtk::Image::from_icon_name(kind.icon);
    icon.set_accessible_role(gtk::AccessibleRole::Presentation);
    let title = gtk::Label::builder()
        .label(&kind.title)
        .xalign(0.0)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .hexpand(true)
        .build();
    let content = gtk::Box::builder()
        .spacing(12)
        .margin_top(6)
        .margin_bottom(6)
        .margin_start(2)
        .margin_end(2)
        .build();
    content.append(&icon);
    content.append(&title);
    if let Some(problem) = &kind.problem {
        title.add_css_class("dim-label");
        set_tip(&content, Some(&tr_f("Not here: {reason}", &[("reason", problem)])));
    }
    let row = gtk::ListBoxRow::builder().child(&content).build();
    row.update_property(&[gtk::accessible::Property::Label(&kind.title)]);
    row
}

/// Escape closes.
pub fn escape(window: &adw::Window) {
    let controller = gtk::ShortcutController::new();
    controller.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("Escape"),
        Some(gtk::CallbackAction::new(|widget, _| {
            if let Some(window) = widget.downcast_ref::<gtk::Window>() {
                window.close();
            }
            glib::Propagation::Stop
        })),
    ));
    window.add_controller(controller);
}
