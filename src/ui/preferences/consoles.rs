//! How consoles are shown, for all machines that the user chose nothing else for.

use gio::prelude::*;
use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::switch_row;
use crate::i18n::tr;
use crate::model::display::chord::Chord;
use crate::model::settings::{Scaling, Settings, Sharing};
use crate::ui::vm::console::display::{scaling_name, sharing_name};

/// The groups about screens.
pub fn groups(settings: &Settings) -> Vec<adw::PreferencesGroup> {
    vec![screens(settings), keyboard(settings)]
}

fn screens(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder()
        .title(tr("Screens"))
        .description(tr("For machines that nothing else was chosen for"))
        .build();
    let bound = |key: &str, title: String, subtitle: String| {
        let (row, switch) = switch_row(&title, &subtitle);
        settings.backend().bind(key, &switch, "active").build();
        group.add(&row);
    };
    bound(
        "display-autoconnect",
        tr("Connect at once"),
        tr("When the page of a screen is shown"),
    );
    bound(
        "display-resize-guest",
        tr("Resize guests with their windows"),
        tr("Where the guest can follow"),
    );
    bound(
        "display-sound",
        tr("Play sound"),
        tr("Of machines whose screen is shown"),
    );
    group.add(&choice(
        settings,
        "display-scaling",
        &tr("Size of the picture"),
        Scaling::ALL.map(|one| (one.word(), scaling_name(one))),
    ));
    let clipboard = choice(
        settings,
        "display-clipboard",
        &tr("Share the clipboard"),
        Sharing::ALL.map(|one| (one.word(), sharing_name(one))),
    );
    clipboard.set_subtitle(&tr(
        "A guest that is given the clipboard reads everything that is copied here",
    ));
    group.add(&clipboard);
    group
}

/// A row with some words, of which one is in the settings.
fn choice(settings: &Settings, key: &'static str, title: &str, words: [(&'static str, String); 4]) -> adw::ComboRow {
    let labels: Vec<&str> = words.iter().map(|(_, label)| label.as_str()).collect();
    let row = adw::ComboRow::builder()
        .title(title)
        .model(&gtk::StringList::new(&labels))
        .build();
    let now = settings.backend().string(key);
    let place = words.iter().position(|(word, _)| *word == now).unwrap_or(0);
    row.set_selected(u32::try_from(place).unwrap_or(0));
    let backend = settings.backend().clone();
    let words = words.map(|(word, _)| word);
    row.connect_selected_notify(move |row| {
        if let Some(word) = words.get(row.selected() as usize) {
            save(backend.set_string(key, word));
        }
    });
    row
}

fn keyboard(settings: &Settings) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder()
        .title(tr("Keyboard of Screens"))
        .build();
    let chord = adw::EntryRow::builder()
        .title(tr("Keys that release keyboard and pointer"))
        .show_apply_button(true)
        .text(settings.release_chord())
        .build();
    let backend = settings.backend().clone();
    chord.connect_changed(|row| mark(row, row.text().parse::<Chord>().is_ok()));
    chord.connect_apply(move |row| {
        if let Ok(chord) = row.text().parse::<Chord>() {
            save(backend.set_string("display-release-chord", &chord.to_string()));
        }
    });
    group.add(&chord);
    let kept = adw::EntryRow::builder()
        .title(tr("Shortcuts that stay with this computer"))
        .show_apply_button(true)
        .text(settings.pass_through().join(" "))
        .build();
    let readable = |word: &str| gtk::accelerator_parse(word).is_some();
    kept.connect_changed(move |row| mark(row, row.text().split_whitespace().all(readable)));
    let backend = settings.backend().clone();
    kept.connect_apply(move |row| {
        let text = row.text();
        let words: Vec<&str> = text.split_whitespace().filter(|word| readable(word)).collect();
        save(backend.set_strv("display-pass-through", words));
    });
    // A description is markup.
    group.set_description(Some(&glib::markup_escape_text(&tr(
        "Keys are written as Control_L+Alt_L, shortcuts as F11 or <Super>l, several with blanks between",
    ))));
    group.add(&kept);
    group
}

fn mark(row: &adw::EntryRow, right: bool) {
    if right {
        row.remove_css_class("error");
    } else {
        row.add_css_class("error");
    }
}

fn save(result: Result<(), glib::BoolError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "a setting cannot be saved");
    }
}
