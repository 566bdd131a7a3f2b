//! The window that lists the keyboard shortcuts.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_c};
use crate::ui::message;

/// A heading with its shortcuts: accelerator and what it does.
type Group = (String, Vec<(&'static str, String)>);

/// Shows all shortcuts over `parent`'s window.
pub fn show(parent: &impl IsA<gtk::Widget>) {
    let builder = gtk::Builder::from_string(&interface(&groups()));
    let Some(window) = builder.object::<gtk::ShortcutsWindow>("window") else {
        return;
    };
    window.set_transient_for(message::window_of(parent).as_ref());
    window.present();
}

/// The window as a builder file: GTK 4.8 has no other way to fill one.
fn interface(groups: &[Group]) -> String {
    let escape = |text: &str| glib::markup_escape_text(text).to_string();
    let mut xml = String::from(
        r#"<interface><object class="GtkShortcutsWindow" id="window"><property name="modal">1</property>
        <property name="destroy-with-parent">1</property><child><object class="GtkShortcutsSection">
        <property name="section-name">shortcuts</property><property name="max-height">12</property>"#,
    );
    for (title, shortcuts) in groups {
        xml += r#"<child><object class="GtkShortcutsGroup"><property name="title">"#;
        xml += &escape(title);
        xml += "</property>";
        for (accelerator, title) in shortcuts {
            xml += r#"<child><object class="GtkShortcutsShortcut"><property name="accelerator">"#;
            xml += &escape(accelerator);
            xml += r#"</property><property name="title">"#;
            xml += &escape(title);
            xml += "</property></object></child>";
        }
        xml += "</object></child>";
    }
    xml + "</object></child></object></interface>"
}

fn groups() -> Vec<Group> {
    vec![
        (
            tr_c("shortcuts", "General"),
            vec![
                ("<Control>n", tr("Add a host")),
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
                ("Return", tr("Open the machine")),
                ("space", tr("Start or resume")),
                ("Menu <Shift>F10", tr("Menu of the machine")),
                ("<Control>a", tr("Select all")),
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
