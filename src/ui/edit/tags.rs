//! The dialog for the tags of a machine.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::tags::normalise;
use crate::ui::core::Core;
use crate::ui::{message, text};

struct Editor {
    tags: RefCell<Vec<String>>,
    known: Vec<String>,
    pills: gtk::FlowBox,
    proposals: gtk::FlowBox,
}

/// Opens the dialog.
pub(super) fn edit(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let (name, now, known) = {
        let store = core.store();
        let Some(domain) = store.domain(key) else { return };
        let now = domain
            .details
            .as_ref()
            .map(|details| details.tags.clone())
            .unwrap_or_default();
        let mut known: Vec<String> = store
            .domains()
            .filter_map(|other| other.details.as_ref())
            .flat_map(|details| details.tags.iter().cloned())
            .collect();
        known.sort();
        known.dedup();
        (text::name(&domain.name), now, known)
    };
    let dialog = message::dialog(
        parent,
        &tr_f("Tags of {name}", &[("name", &name)]),
        &tr("Tags are kept in the definition of the machine: everybody who uses the host sees them."),
    );
    let entry = adw::EntryRow::builder().title(tr("New tag")).build();
    let list = message::rows(&tr("Tags"));
    list.append(&entry);
    let editor = Rc::new(Editor {
        tags: RefCell::new(now.clone()),
        known,
        pills: flow(&tr("Tags")),
        proposals: flow(&tr("Tags of other machines")),
    });
    let others = gtk::Label::builder()
        .label(tr("Used on other machines"))
        .xalign(0.0)
        .css_classes(["caption", "dim-label"])
        .build();
    let content = gtk::Box::new(gtk::Orientation::Vertical, 9);
    content.append(&editor.pills);
    content.append(&list);
    if !editor.known.is_empty() {
        content.append(&others);
        content.append(&editor.proposals);
    }
    dialog.set_extra_child(Some(&content));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("save", &tr("_Save"))]);
    dialog.set_response_appearance("save", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("save"));

    let weak = Rc::downgrade(&editor);
    let window = dialog.downgrade();
    entry.connect_entry_activated(move |entry| {
        let typed = entry.text();
        // Return on an empty entry means that all is said.
        if typed.trim().is_empty() {
            if let Some(dialog) = window.upgrade() {
                dialog.response("save");
                dialog.close();
            }
        } else if let Some(editor) = weak.upgrade() {
            editor.add(&typed);
            entry.set_text("");
        }
    });
    gtk::prelude::GtkWindowExt::set_focus(&dialog, Some(&entry));
    editor.show();
    let core = core.clone();
    dialog.connect_response(Some("save"), move |_, _| {
        editor.add(&entry.text());
        let tags = editor.tags.borrow().clone();
        if tags != now {
            core.perform(key, DomainAction::SetTags(tags));
        }
    });
    dialog.present();
}

fn flow(label: &str) -> gtk::FlowBox {
    let flow = gtk::FlowBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .column_spacing(6)
        .row_spacing(6)
        .min_children_per_line(2)
        .max_children_per_line(3)
        .halign(gtk::Align::Start)
        .build();
    flow.update_property(&[gtk::accessible::Property::Label(label)]);
    flow
}

impl Editor {
    /// Takes what was typed: several tags with commas between them.
    fn add(self: &Rc<Self>, typed: &str) {
        let mut tags = self.tags.borrow().clone();
        tags.extend(typed.split(',').map(ToOwned::to_owned));
        self.tags.replace(normalise(tags));
        self.show();
    }

    fn remove(self: &Rc<Self>, tag: &str) {
        self.tags.borrow_mut().retain(|other| other != tag);
        self.show();
    }

    fn show(self: &Rc<Self>) {
        clear(&self.pills);
        clear(&self.proposals);
        let tags = self.tags.borrow().clone();
        self.pills.set_visible(!tags.is_empty());
        for tag in &tags {
            let button = pill(
                tag,
                "window-close-symbolic",
                &tr_f("Remove the tag {tag}", &[("tag", tag)]),
            );
            let (editor, tag) = (Rc::downgrade(self), tag.clone());
            button.connect_clicked(move |_| {
                if let Some(editor) = editor.upgrade() {
                    editor.remove(&tag);
                }
            });
            append(&self.pills, &button);
        }
        for tag in self.known.iter().filter(|tag| !tags.contains(tag)).take(12) {
            let button = pill(tag, "list-add-symbolic", &tr_f("Add the tag {tag}", &[("tag", tag)]));
            button.add_css_class("flat");
            let (editor, tag) = (Rc::downgrade(self), tag.clone());
            button.connect_clicked(move |_| {
                if let Some(editor) = editor.upgrade() {
                    editor.add(&tag);
                }
            });
            append(&self.proposals, &button);
        }
    }
}

/// The focus goes to the button and not to a frame around it.
fn append(flow: &gtk::FlowBox, button: &gtk::Button) {
    let child = gtk::FlowBoxChild::builder().child(button).focusable(false).build();
    flow.append(&child);
}

fn clear(flow: &gtk::FlowBox) {
    while let Some(child) = flow.first_child() {
        flow.remove(&child);
    }
}

fn pill(tag: &str, icon: &str, label: &str) -> gtk::Button {
    let content = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    let name = gtk::Label::builder()
        .label(text::one_line(tag, 60).as_ref())
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .max_width_chars(20)
        .build();
    content.append(&name);
    let icon = gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    content.append(&icon);
    let button = gtk::Button::builder().child(&content).css_classes(["pill-tag"]).build();
    button.update_property(&[gtk::accessible::Property::Label(label)]);
    button
}
