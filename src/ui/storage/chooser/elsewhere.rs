//! Things that are not on the host yet: an address, or a file of this computer, and the pool that is to keep them.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::tr;
use crate::model::facts::PoolFact;
use crate::model::storage::usual_pool;
use crate::ui::storage::sheet::{chosen, combo, entry, group};
use crate::ui::text;
use crate::ui::widgets::name_lists;

/// The row that says which pool is to keep something.
pub(super) struct Keeper {
    row: adw::ComboRow,
    pools: Vec<PoolFact>,
}

impl Keeper {
    /// One of these pools, at first the usual one.
    pub(super) fn new(pools: Vec<PoolFact>) -> Self {
        let names: Vec<String> = pools.iter().map(|pool| text::name(&pool.name)).collect();
        let row = combo(&tr("Keep it in"), &names);
        row.set_visible(!pools.is_empty());
        let usual = usual_pool(&pools).and_then(|usual| pools.iter().position(|pool| pool.name == usual.name));
        row.set_selected(usual.and_then(|at| u32::try_from(at).ok()).unwrap_or(0));
        Self { row, pools }
    }

    /// The row.
    pub(super) fn row(&self) -> &adw::ComboRow {
        &self.row
    }

    /// The chosen pool.
    pub(super) fn pool(&self) -> Option<&PoolFact> {
        self.pools.get(chosen(&self.row))
    }
}

/// Rows for something that has to be brought to the host.
pub(super) struct Elsewhere {
    root: adw::PreferencesPage,
    pub(super) entry: adw::EntryRow,
    keeper: Keeper,
}

impl Elsewhere {
    /// Rows for these pools; `title` is what is typed or was chosen.
    pub(super) fn new(title: &str, note: &str, pools: Vec<PoolFact>) -> Self {
        let entry = entry(title);
        let keeper = Keeper::new(pools);
        let rows = group("", &[entry.upcast_ref(), keeper.row().upcast_ref()]);
        rows.set_description(Some(&glib::markup_escape_text(note)));
        name_lists(&rows, title);
        let root = adw::PreferencesPage::new();
        root.add(&rows);
        Self { root, entry, keeper }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::PreferencesPage {
        &self.root
    }

    /// The pool that is to keep it.
    pub(super) fn pool(&self) -> Option<&PoolFact> {
        self.keeper.pool()
    }

    /// What was typed, without spaces around it.
    pub(super) fn text(&self) -> String {
        self.entry.text().trim().to_owned()
    }
}

/// The name of what an address leads to; `None` where it is no address that can be fetched.
pub(super) fn name_of(address: &str) -> Option<String> {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))?;
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = path.split_once('/')?;
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = glib::Uri::unescape_string(name, None::<&str>).map_or_else(|| name.to_owned(), |name| name.to_string());
    let is_name = !host.is_empty() && !name.is_empty() && !name.contains(['/', '\0']) && !name.starts_with('.');
    is_name.then_some(name)
}

/// The mark of a page that waits for the user to type.
pub(super) fn focus(entry: &adw::EntryRow) {
    entry.upcast_ref::<gtk::Widget>().grab_focus();
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn addresses_name_what_they_lead_to() {
        let of = |address| name_of(address).unwrap_or_default();
        assert_eq!(of("https://cloud.debian.org/images/debian-12.qcow2"), "debian-12.qcow2");
        assert_eq!(of("http://example.org/a%20b.iso?x=/y#z"), "a b.iso");
        for wrong in [
            "",
            "https://example.org",
            "https://example.org/",
            "ftp://x/y",
            "https:///y",
            "https://x/%2e%2e",
        ] {
            assert_eq!(name_of(wrong), None, "{wrong}");
        }
    }
}
