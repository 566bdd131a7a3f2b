//! Name, title, description and tags: shown large, changed where they stand.

use std::cell::RefCell;

use adw::prelude::*;
use relm4::{adw, gtk};

use crate::i18n::tr;
use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::store::Domain;
use crate::ui::core::Core;
use crate::ui::vm::tab_actions::GROUP;
use crate::ui::widgets::Tip;

/// What the user says about a machine.
pub struct Identity {
    group: adw::PreferencesGroup,
    title: adw::EntryRow,
    tags: adw::EntryRow,
    description: adw::ActionRow,
    /// Texts of the host that the entries show; news overwrite an entry only while the user has not touched it.
    known: RefCell<(String, String)>,
}

impl Identity {
    /// Rows whose changes go to `core`.
    #[must_use]
    pub fn new(core: &Core, key: DomainKey) -> Self {
        let group = adw::PreferencesGroup::builder().title(tr("About")).build();
        let title = adw::EntryRow::builder()
            .title(tr("Title"))
            .show_apply_button(true)
            .build();
        let tags = adw::EntryRow::builder()
            .title(tr("Tags, separated by commas"))
            .show_apply_button(true)
            .build();
        let edit = gtk::Button::builder()
            .icon_name("document-edit-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .action_name(format!("{GROUP}.description"))
            .build()
            .with_tip(tr("Edit the description"));
        let description = adw::ActionRow::builder()
            .title(tr("Description"))
            .use_markup(false)
            .subtitle_lines(6)
            .activatable_widget(&edit)
            .build();
        description.add_suffix(&edit);
        {
            let core = core.clone();
            title.connect_apply(move |row| {
                let text = row.text().trim().to_owned();
                core.perform(key, DomainAction::SetTitle((!text.is_empty()).then_some(text)));
            });
        }
        {
            let core = core.clone();
            tags.connect_apply(move |row| core.perform(key, DomainAction::SetTags(split_tags(&row.text()))));
        }
        group.add(&title);
        group.add(&description);
        group.add(&tags);
        Self {
            group,
            title,
            tags,
            description,
            known: RefCell::default(),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Shows what is known; `editable` where it can be changed now.
    pub fn refresh(&self, domain: &Domain, editable: bool) {
        let details = domain.details.as_deref();
        let title = details.and_then(|details| details.title.clone()).unwrap_or_default();
        let tags = details.map(|details| details.tags.join(", ")).unwrap_or_default();
        let before = self.known.replace((title.clone(), tags.clone()));
        follow(&self.title, &before.0, &title);
        follow(&self.tags, &before.1, &tags);
        let description = details
            .and_then(|details| details.description.as_deref())
            .unwrap_or_default();
        self.description.set_subtitle(description.trim());
        self.title.set_sensitive(editable && details.is_some());
        self.tags.set_sensitive(editable && details.is_some());
    }
}

/// Puts the host's text in, unless the user is at work on another.
fn follow(row: &adw::EntryRow, before: &str, now: &str) {
    let text = row.text();
    if text != now && (text == before || before == now && !row.has_focus() && text.is_empty()) {
        // The apply button must not appear for a text that came from the host.
        row.set_show_apply_button(false);
        row.set_text(now);
        row.set_show_apply_button(true);
    }
}

fn split_tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|other| other == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::split_tags;

    #[test]
    fn tags_are_trimmed_and_never_twice() {
        assert_eq!(split_tags(" web, dev ,,web,"), vec!["web", "dev"]);
        assert!(split_tags(" , ").is_empty());
    }
}
