//! Small dialogs that change a machine's name, title, description and tags.

mod tags;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::store::{Domain, Store};
use crate::ui::core::Core;
use crate::ui::{message, text};

/// Longest name that file systems on the host take, with room for what libvirt adds (`.xml`, `.log` …).
const LONGEST_NAME: usize = 200;

/// What an entry dialog needs to know.
struct Question<'a> {
    heading: String,
    body: String,
    label: String,
    verb: String,
    text: &'a str,
}

/// Asks for another name; says why not while the machine runs.
pub fn rename(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let Some(domain) = core.store().domain(key).cloned() else {
        return;
    };
    let shown = text::name(&domain.name);
    if domain.state.is_active() {
        let dialog = message::dialog(
            parent,
            &tr_f("{name} can't be renamed now", &[("name", &shown)]),
            &tr("A machine can be renamed only while it is off. Its title can be changed at any time."),
        );
        dialog.add_responses(&[("close", &tr("_Close")), ("title", &tr("Change _Title…"))]);
        dialog.set_close_response("close");
        let (parent, core) = (parent.as_ref().downgrade(), core.clone());
        dialog.connect_response(Some("title"), move |_, _| {
            if let Some(parent) = parent.upgrade() {
                title(&parent, &core, key);
            }
        });
        dialog.present();
        return;
    }
    let question = Question {
        heading: tr_f("Rename {name}", &[("name", &shown)]),
        body: String::new(),
        label: tr("Name"),
        verb: tr("_Rename"),
        text: &domain.name,
    };
    let (validate_core, core) = (core.clone(), core.clone());
    ask(
        parent,
        question,
        move |text| name_problem(&validate_core.store(), key, text),
        move |name| core.perform(key, DomainAction::Rename(name.trim().to_owned())),
    );
}

/// Why a text can't be the new name of a machine; empty for the old name, which changes nothing.
fn name_problem(store: &Store, key: DomainKey, text: &str) -> Option<String> {
    let text = text.trim();
    let taken = |domain: &Domain| domain.key.host == key.host && domain.key != key && domain.name == text;
    if text.is_empty() || store.domain(key).is_some_and(|domain| domain.name == text) {
        Some(String::new())
    } else if text.contains('/') {
        Some(tr("A name can't contain a slash."))
    } else if text.chars().any(char::is_control) {
        Some(tr("A name can't contain control characters."))
    } else if text == "." || text == ".." {
        Some(tr("This name is reserved."))
    } else if text.len() > LONGEST_NAME {
        Some(tr("The name is too long."))
    } else if store.domains().any(taken) {
        Some(tr("Another machine on this host has this name."))
    } else {
        None
    }
}

/// Asks for a title.
pub fn title(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let Some((name, now)) = named(core, key, |domain| {
        domain.details.as_ref().and_then(|details| details.title.clone())
    }) else {
        return;
    };
    let question = Question {
        heading: tr_f("Title of {name}", &[("name", &name)]),
        body: tr("A short text that says what the machine is for. Leave it empty for none."),
        label: tr("Title"),
        verb: tr("_Save"),
        text: &now,
    };
    let old = now.clone();
    let core = core.clone();
    ask(
        parent,
        question,
        move |text| (text.trim() == old).then(String::new),
        move |text| core.perform(key, DomainAction::SetTitle(non_empty(&text))),
    );
}

/// Asks for a description of several lines.
pub fn description(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let Some((name, now)) = named(core, key, |domain| {
        domain.details.as_ref().and_then(|details| details.description.clone())
    }) else {
        return;
    };
    let dialog = message::dialog(parent, &tr_f("Description of {name}", &[("name", &name)]), "");
    let view = gtk::TextView::builder()
        .wrap_mode(gtk::WrapMode::WordChar)
        .accepts_tab(false)
        .left_margin(9)
        .right_margin(9)
        .top_margin(9)
        .bottom_margin(9)
        .build();
    view.update_property(&[gtk::accessible::Property::Label(&tr("Description"))]);
    view.buffer().set_text(&now);
    let frame = gtk::ScrolledWindow::builder()
        .child(&view)
        .css_classes(["card"])
        .min_content_height(160)
        .min_content_width(260)
        .build();
    dialog.set_extra_child(Some(&frame));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("save", &tr("_Save"))]);
    dialog.set_response_appearance("save", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    gtk::prelude::GtkWindowExt::set_focus(&dialog, Some(&view));
    let core = core.clone();
    dialog.connect_response(Some("save"), move |_, _| {
        let buffer = view.buffer();
        let text = buffer.text(&buffer.start_iter(), &buffer.end_iter(), false);
        if text != now {
            core.perform(key, DomainAction::SetDescription(non_empty(&text)));
        }
    });
    dialog.present();
}

/// Edits the tags of one machine.
pub fn tags(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    tags::edit(parent, core, key);
}

/// Asks for the path of a core dump on the host; calls nothing when cancelled.
pub fn core_dump(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let Some((name, _)) = named(core, key, |_| None) else {
        return;
    };
    let question = Question {
        heading: tr_f("Write a core dump of {name}", &[("name", &name)]),
        body: tr(
            "The memory of the guest is written to a file on the host. It holds everything the guest knows, passwords included. The guest stands still meanwhile.",
        ),
        label: tr("File on the host"),
        verb: tr("_Write"),
        text: &format!("/var/lib/libvirt/qemu/dump/{}.core", key.uuid),
    };
    let core = core.clone();
    ask(
        parent,
        question,
        |text| {
            let text = text.trim();
            if text.is_empty() {
                Some(String::new())
            } else if !text.starts_with('/') || text.ends_with('/') || text.chars().any(char::is_control) {
                Some(tr("The full path of a file is needed, for example /var/tmp/dump."))
            } else {
                None
            }
        },
        move |path| core.perform(key, DomainAction::CoreDump(path.trim().to_owned())),
    );
}

/// The name of a machine to show, and something of it as text.
fn named(core: &Core, key: DomainKey, text_of: impl Fn(&Domain) -> Option<String>) -> Option<(String, String)> {
    let store = core.store();
    let domain = store.domain(key)?;
    Some((text::name(&domain.name), text_of(domain).unwrap_or_default()))
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A dialog with one entry. `problem` judges what is typed: nothing lets it pass, an empty text holds it back silently.
fn ask(
    parent: &impl IsA<gtk::Widget>,
    question: Question<'_>,
    problem: impl Fn(&str) -> Option<String> + 'static,
    accept: impl Fn(String) + 'static,
) {
    let dialog = message::dialog(parent, &question.heading, &question.body);
    let entry = adw::EntryRow::builder()
        .title(&question.label)
        .text(question.text)
        .build();
    entry.set_activates_default(true);
    let list = message::rows(&question.label);
    list.set_width_request(280);
    list.append(&entry);
    let said = gtk::Label::builder()
        .wrap(true)
        .xalign(0.0)
        .visible(false)
        .css_classes(["caption", "error"])
        .build();
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.append(&list);
    content.append(&said);
    dialog.set_extra_child(Some(&content));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("accept", &question.verb)]);
    dialog.set_response_appearance("accept", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("accept"));

    let weak = dialog.downgrade();
    let judge = move |entry: &adw::EntryRow| {
        let problem = problem(&entry.text());
        if let Some(dialog) = weak.upgrade() {
            dialog.set_response_enabled("accept", problem.is_none());
        }
        let words = problem.filter(|words| !words.is_empty());
        said.set_visible(words.is_some());
        if words.is_some() {
            entry.add_css_class("error");
        } else {
            entry.remove_css_class("error");
        }
        said.set_label(words.as_deref().unwrap_or_default());
    };
    judge(&entry);
    entry.connect_changed(judge);
    gtk::prelude::GtkWindowExt::set_focus(&dialog, Some(&entry));
    dialog.connect_response(Some("accept"), move |_, _| accept(entry.text().into()));
    dialog.present();
}
