//! The window that lists the keyboard shortcuts.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_c};
use crate::ui::message;

/// A heading with its shortcuts: accelerators with blanks between, and what they do.
type Group = (String, Vec<(&'static str, String)>);

/// Shows all shortcuts over `parent`'s window. Rows instead of GTK's own window for this, which is two columns wide at any
/// size of screen and text.
pub fn show(parent: &impl IsA<gtk::Widget>) {
    let window = adw::PreferencesWindow::builder()
        .title(tr("Keyboard Shortcuts"))
        .modal(true)
        .destroy_with_parent(true)
        .search_enabled(false)
        .default_width(480)
        .default_height(620)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    let page = adw::PreferencesPage::new();
    for (title, shortcuts) in groups() {
        let group = adw::PreferencesGroup::builder().title(title).build();
        for (accelerators, title) in shortcuts {
            group.add(&row(accelerators, &title));
        }
        page.add(&group);
    }
    window.add(&page);
    window.present();
}

/// What keys do, and the keys; several ways to say the same one below the other.
fn row(accelerators: &str, title: &str) -> adw::ActionRow {
    let keys = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(6)
        .valign(gtk::Align::Center)
        .margin_top(6)
        .margin_bottom(6)
        .build();
    for accelerator in accelerators.split(' ') {
        let label = gtk::ShortcutLabel::new(accelerator);
        label.set_halign(gtk::Align::End);
        // Keys are pressed in this order in every language.
        label.set_direction(gtk::TextDirection::Ltr);
        keys.append(&label);
    }
    let row = adw::ActionRow::builder().title(title).build();
    row.add_suffix(&keys);
    row
}

fn groups() -> Vec<Group> {
    vec![
        (
            tr_c("shortcuts", "General"),
            vec![
                ("<Control>n", tr("New machine")),
                ("<Control><Shift>n", tr("Add a host")),
                ("<Control>comma", tr("Preferences")),
                ("<Control>question", tr("Keyboard shortcuts")),
                ("F9", tr("Show or hide the sidebar")),
                ("<Control>w", tr("Close the tab")),
                ("<Control>q", tr("Quit")),
            ],
        ),
        (
            tr_c("shortcuts", "List of machines"),
            vec![
                ("<Control>f", tr("Search")),
                ("Escape", tr("Clear the search")),
                ("<Control>g", tr("Group by host")),
                ("<Control><Shift>g", tr("Grid with pictures")),
                ("Return", tr("Open the machine")),
                ("space", tr("Start or resume")),
                ("Menu <Shift>F10", tr("Menu of the machine")),
                ("<Control>a", tr("Select all")),
                ("F2", tr("Rename the machine, or change the host")),
                ("Delete", tr("Delete the machine, or remove the host from the list")),
            ],
        ),
        (
            tr_c("shortcuts", "Screen"),
            vec![
                ("Return", tr("Give the screen the keyboard")),
                ("<Control>Alt_L", tr("Release keyboard and pointer")),
                ("F11", tr("Full screen, and back")),
            ],
        ),
        (
            tr_c("shortcuts", "Text console"),
            vec![
                ("<Control><Shift>c", tr("Copy")),
                ("<Control><Shift>v <Shift>Insert", tr("Paste")),
                ("<Control><Shift>a", tr("Select everything")),
                ("<Control><Shift>f", tr("Find in the output")),
                ("<Control>plus", tr("Larger text")),
                ("<Control>minus", tr("Smaller text")),
                ("<Control>0", tr("Normal size")),
            ],
        ),
        (
            tr_c("shortcuts", "XML editor"),
            vec![
                ("<Control>f", tr("Search")),
                ("<Control>h", tr("Search and replace")),
                ("F7", tr("Fold or unfold the element at the cursor")),
                ("<Control>space", tr("Complete the word")),
                ("<Control>z", tr("Undo")),
                ("<Control><Shift>z", tr("Redo")),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn no_shortcut_is_listed_twice_in_a_group() {
        for (title, shortcuts) in groups() {
            let mut keys: Vec<&str> = shortcuts.iter().map(|(keys, _)| *keys).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), shortcuts.len(), "{title}");
        }
    }
}
