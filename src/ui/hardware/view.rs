//! The widgets of the Hardware page, put together.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::HardwareMsg;
use super::bar::ChangesBar;
use super::editing::Editing;
use super::form::FormView;
use super::layout::Layout;
use super::list::{Mark, PageList};
use crate::i18n::tr;
use crate::model::hardware::PageId;
use crate::ui::vm::Banner;
use crate::ui::widgets::{set_tip, spinner};

/// The widgets.
pub struct HardwareView {
    stack: gtk::Stack,
    status: adw::StatusPage,
    pub(super) banner: Banner,
    pub(super) list: PageList,
    pub(super) layout: Layout,
    pub(super) form: FormView,
    pub(super) bar: ChangesBar,
    pub(super) toasts: adw::ToastOverlay,
    add: gtk::Button,
    source: gtk::Button,
    remove: gtk::Button,
    shown: Option<PageId>,
}

impl HardwareView {
    /// Builds the page into `root`.
    pub(super) fn new(root: &gtk::Box, input: &relm4::Sender<HardwareMsg>) -> Self {
        let list = {
            let input = input.clone();
            PageList::new(move |index| input.emit(HardwareMsg::Selected(index)))
        };
        {
            let input = input.clone();
            list.list()
                .connect_row_activated(move |_, _| input.emit(HardwareMsg::Entered));
        }
        let form = {
            let input = input.clone();
            FormView::new(move |row, event| input.emit(HardwareMsg::Row(row.to_owned(), event)))
        };
        let add = gtk::Button::builder()
            .child(
                &adw::ButtonContent::builder()
                    .icon_name("list-add-symbolic")
                    .label(tr("_Add Hardware…"))
                    .use_underline(true)
                    .halign(gtk::Align::Center)
                    .build(),
            )
            .css_classes(["flat"])
            .margin_top(6)
            .margin_bottom(6)
            .margin_start(6)
            .margin_end(6)
            .build();
        let icon = |name: &str| {
            gtk::Button::builder()
                .icon_name(name)
                .valign(gtk::Align::Center)
                .css_classes(["flat"])
                .build()
        };
        let (source, remove) = (icon("vireo-xml-symbolic"), icon("user-trash-symbolic"));
        for (button, message) in [
            (&add, HardwareMsg::AddClicked),
            (&source, HardwareMsg::SourceClicked),
            (&remove, HardwareMsg::RemoveClicked),
        ] {
            let input = input.clone();
            button.connect_clicked(move |_| input.emit(message.clone()));
        }
        list_keys(list.list(), &add, input);
        let layout = Layout::new(list.widget(), &add, form.widget(), [&source, &remove]);
        let bar = {
            let input = input.clone();
            ChangesBar::new(move |choice| input.emit(HardwareMsg::Bar(choice)))
        };
        let banner = {
            let input = input.clone();
            Banner::new(move || input.emit(HardwareMsg::BannerClicked))
        };
        let body = gtk::Box::new(gtk::Orientation::Vertical, 0);
        body.append(banner.widget());
        body.append(layout.widget());
        body.append(bar.widget());
        let again = gtk::Button::builder()
            .label(tr("Try Again"))
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        {
            let input = input.clone();
            again.connect_clicked(move |_| input.emit(HardwareMsg::Again));
        }
        let status = adw::StatusPage::builder()
            .icon_name("dialog-warning-symbolic")
            .child(&again)
            .build();
        let stack = gtk::Stack::builder().vexpand(true).build();
        stack.add_named(&spinner(&tr("Reading the definition…")), Some("reading"));
        stack.add_named(&status, Some("failed"));
        stack.add_named(&body, Some("page"));
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&stack));
        root.append(&toasts);
        Self {
            stack,
            status,
            banner,
            list,
            layout,
            form,
            bar,
            toasts,
            add,
            source,
            remove,
            shown: None,
        }
    }

    /// Says why there is nothing to see.
    pub(super) fn show_failure(&self, title: &str, text: &str) {
        self.status.set_title(title);
        self.status.set_description(Some(&glib::markup_escape_text(text)));
        self.stack.set_visible_child_name("failed");
    }

    /// Shows the machine as it is edited.
    pub(super) fn show(&mut self, editing: &mut Editing, leaving: &[PageId], busy: bool) {
        let entries = editing.entries();
        let selected = editing.selected();
        let title = entries
            .iter()
            .find(|entry| entry.id == selected)
            .map(|entry| entry.title.clone());
        self.list.show(entries, |id| {
            if leaving.contains(&id) {
                Mark::Leaving
            } else if editing.is_page_changed(id) {
                Mark::Changed
            } else {
                Mark::None
            }
        });
        self.list.select(selected);
        self.layout.set_title(&title.unwrap_or_default());
        if self.shown != Some(selected) {
            self.form.clear();
            self.layout.scroll_up();
            self.shown = Some(selected);
        }
        self.form.show(&editing.page(), &editing.problems());
        self.show_remove(editing);
        self.show_source(editing, busy);
        let locked = editing.locked().map(str::to_owned);
        self.add.set_sensitive(locked.is_none() && !busy);
        set_tip(&self.add, locked.as_deref());
        self.form.widget().set_sensitive(!busy);
        self.show_bar(editing, busy);
        self.stack.set_visible_child_name("page");
    }

    /// Shows the changes bar alone.
    pub(super) fn show_bar(&self, editing: &Editing, busy: bool) {
        let problem = editing.obstacle();
        self.bar
            .show(editing.counts(), editing.runs(), problem.as_deref(), busy);
    }

    /// The nodes of the pages have changed: the rows belong to others now.
    pub(super) fn forget(&mut self, selected: PageId) {
        self.shown = Some(selected);
    }

    fn show_source(&self, editing: &Editing, busy: bool) {
        let text = match editing.locked() {
            Some(_) => tr("Show as XML…"),
            None => tr("Edit as XML…"),
        };
        self.source.set_visible(matches!(editing.selected(), PageId::Device(_)));
        self.source.set_sensitive(!busy);
        set_tip(&self.source, Some(&text));
        self.source.update_property(&[gtk::accessible::Property::Label(&text)]);
    }

    fn show_remove(&self, editing: &Editing) {
        let removal = editing.removal();
        self.remove.set_visible(removal.is_some());
        let Some((_, allowed)) = removal else { return };
        let text = allowed
            .as_ref()
            .err()
            .cloned()
            .unwrap_or_else(|| tr("Remove this device"));
        self.remove.set_sensitive(allowed.is_ok());
        set_tip(&self.remove, Some(&text));
        self.remove.update_property(&[gtk::accessible::Property::Label(&text)]);
    }
}

/// Delete on a line of the list removes the device; Tab leaves the list, which has many lines, for what follows it.
fn list_keys(list: &gtk::ListBox, next: &gtk::Button, input: &relm4::Sender<HardwareMsg>) {
    let keys = gtk::EventControllerKey::new();
    let (input, next) = (input.clone(), next.downgrade());
    keys.connect_key_pressed(move |_, key, _, _| {
        let is_done = match key {
            gtk::gdk::Key::Delete | gtk::gdk::Key::KP_Delete => {
                input.emit(HardwareMsg::RemoveClicked);
                true
            }
            gtk::gdk::Key::Tab => next.upgrade().is_some_and(|next| next.grab_focus()),
            _ => false,
        };
        match is_done {
            true => glib::Propagation::Stop,
            false => glib::Propagation::Proceed,
        }
    });
    list.add_controller(keys);
}
