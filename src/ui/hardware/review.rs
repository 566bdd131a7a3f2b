//! The review of changes before they are applied: by device in words, with the XML of each beside what it was, and the whole
//! definition.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use indexmap::IndexMap;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::hardware::plan::{Change, ChangeKind, Owner, Timing};
use crate::model::xml::domain::Domain;
use crate::ui::message;
use crate::ui::widgets::{Tip, name_once, plain_row, set_tip};
use crate::ui::xml::diff;

/// What the user decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// All of it is to be done.
    Apply,
    /// The change at this place is to be forgotten.
    Revert(String),
}

/// Shows the changes between two definitions over the window of `parent`. `files` are deleted with
/// removed disks; `problem` is why the changes cannot be applied.
pub fn show(
    parent: &impl IsA<gtk::Widget>,
    base: &Domain,
    edited: &Domain,
    changes: &[Change],
    files: &[&str],
    problem: Option<&str>,
    decided: impl Fn(Decision) + 'static,
) {
    let decided: Rc<dyn Fn(Decision)> = Rc::new(decided);
    let window = adw::Window::builder()
        .title(tr("Review Changes"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(900)
        .default_height(640)
        .width_request(360)
        .height_request(360)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    let stack = adw::ViewStack::new();
    stack
        .add_titled(
            &words(base, edited, changes, files, &window, &decided),
            Some("words"),
            &tr("Changes"),
        )
        .set_icon_name(Some("view-list-symbolic"));
    let whole = diff::view(&base.document().to_string(), &edited.document().to_string());
    stack
        .add_titled(&whole, Some("xml"), &tr("XML"))
        .set_icon_name(Some("vireo-xml-symbolic"));
    let header = adw::HeaderBar::builder()
        .title_widget(
            &adw::ViewSwitcher::builder()
                .stack(&stack)
                .policy(adw::ViewSwitcherPolicy::Wide)
                .build(),
        )
        .show_end_title_buttons(false)
        .show_start_title_buttons(false)
        .build();
    let close = gtk::Button::builder().label(tr("_Close")).use_underline(true).build();
    let apply = gtk::Button::builder()
        .label(tr("_Apply"))
        .use_underline(true)
        .css_classes(["suggested-action"])
        .sensitive(problem.is_none())
        .build();
    set_tip(&apply, problem);
    for (button, decision) in [(&close, None), (&apply, Some(Decision::Apply))] {
        let (weak, decided) = (window.downgrade(), decided.clone());
        button.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
            if let Some(decision) = &decision {
                decided(decision.clone());
            }
        });
    }
    header.pack_start(&close);
    header.pack_end(&apply);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
    content.append(&header);
    stack.set_vexpand(true);
    content.append(&stack);
    window.set_content(Some(&content));
    super::add::escape(&window);
    window.connect_map(name_once);
    window.present();
}

fn words(
    base: &Domain,
    edited: &Domain,
    changes: &[Change],
    files: &[&str],
    window: &adw::Window,
    decided: &Rc<dyn Fn(Decision)>,
) -> gtk::ScrolledWindow {
    let mut owners: IndexMap<&Owner, Vec<&Change>> = IndexMap::new();
    for change in changes {
        owners.entry(&change.owner).or_default().push(change);
    }
    let content = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .margin_top(18)
        .margin_bottom(24)
        .margin_start(12)
        .margin_end(12)
        .build();
    for (owner, changes) in owners {
        let group = adw::PreferencesGroup::builder()
            .title(glib::markup_escape_text(&owner.title))
            .build();
        for change in &changes {
            group.add(&line(change, window, decided));
        }
        if owner.kind.is_some() {
            group.add(&xml(base, edited, &changes));
        }
        content.append(&group);
    }
    if !files.is_empty() {
        let group = adw::PreferencesGroup::builder().title(tr("Files to delete")).build();
        for file in files {
            group.add(&plain_row(file, ""));
        }
        content.append(&group);
    }
    let clamp = adw::Clamp::builder().maximum_size(900).child(&content).build();
    gtk::ScrolledWindow::builder()
        .child(&clamp)
        .hscrollbar_policy(gtk::PolicyType::Never)
        .vexpand(true)
        .build()
}

fn line(change: &Change, window: &adw::Window, decided: &Rc<dyn Fn(Decision)>) -> adw::ActionRow {
    let row = plain_row(&change.title, &sides(change));
    let (text, class, why) = timing(&change.timing);
    let badge = gtk::Label::builder()
        .label(text)
        .css_classes(["caption", "vireo-badge", class])
        .valign(gtk::Align::Center)
        .build();
    set_tip(&badge, Some(&why).filter(|why| !why.is_empty()).map(String::as_str));
    let undo = gtk::Button::builder()
        .icon_name("edit-undo-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Forget this change"));
    undo.update_property(&[gtk::accessible::Property::Label(&tr_f(
        "Forget this change: {change}",
        &[("change", &change.title)],
    ))]);
    let (weak, decided, place) = (window.downgrade(), decided.clone(), change.place.clone());
    undo.connect_clicked(move |_| {
        if let Some(window) = weak.upgrade() {
            window.close();
        }
        decided(Decision::Revert(place.clone()));
    });
    row.add_suffix(&badge);
    row.add_suffix(&undo);
    row
}

/// “writeback → none”
#[must_use]
pub fn sides(change: &Change) -> String {
    let value = |side: &Option<String>| side.clone().filter(|text| !text.is_empty());
    match (change.kind, value(&change.before), value(&change.after)) {
        (ChangeKind::Added, _, Some(after)) => after,
        (ChangeKind::Removed, Some(before), _) => before,
        (_, Some(before), Some(after)) => format!("{before} → {after}"),
        (_, None, Some(after)) => format!("{} → {after}", tr("not set")),
        (_, Some(before), None) => format!("{before} → {}", tr("not set")),
        (_, None, None) => String::new(),
    }
}

/// What the badge of a change says, how it looks, and why.
fn timing(timing: &Timing) -> (String, &'static str, String) {
    match timing {
        Timing::Now => (
            tr("now"),
            "success",
            tr("The machine is transient: the change is gone when it stops."),
        ),
        Timing::Both => (tr("now"), "success", String::new()),
        Timing::NextStart(why) if why.is_empty() => (tr("next start"), "dim-label", String::new()),
        Timing::NextStart(why) => (tr("next start"), "warning", why.clone()),
        Timing::Off(why) => (tr("while off"), "error", why.clone()),
    }
}

/// The XML of a device, as it was and as it will be.
fn xml(base: &Domain, edited: &Domain, changes: &[&Change]) -> adw::ExpanderRow {
    let row = adw::ExpanderRow::builder().title(tr("XML")).build();
    row.update_property(&[gtk::accessible::Property::Label(&tr("XML"))]);
    let place = changes
        .first()
        .map(|change| device_place(&change.place))
        .unwrap_or_default();
    let source = |domain: &Domain| {
        let document = domain.document();
        let node = document.at_place(&place);
        node.map(|node| document.source(node)).unwrap_or_default()
    };
    let (before, after) = (source(base), source(edited));
    // Made when it is looked at: there may be many.
    row.connect_expanded_notify(move |row| {
        if row.is_expanded() && !row.has_css_class("vireo-filled") {
            row.add_css_class("vireo-filled");
            let view = diff::view(&before, &after);
            view.set_size_request(-1, 220);
            let line = gtk::ListBoxRow::builder().child(&view).activatable(false).build();
            row.add_row(&line);
        }
    });
    row
}

/// `devices/disk[vda]` of `devices/disk[vda]/driver/@cache`.
fn device_place(place: &str) -> String {
    place.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::device_place;

    #[test]
    fn the_device_of_a_place_is_its_first_two_steps() {
        assert_eq!(device_place("devices/disk[vda]/driver/@cache"), "devices/disk[vda]");
        assert_eq!(device_place("devices/disk[vda]"), "devices/disk[vda]");
    }
}
