//! What Vireo remembers, as typed values over GSettings. Works with nothing installed: the schema is found in the build
//! directory then.

mod consoles;
mod keys;

use std::path::PathBuf;

use gio::prelude::*;
use gio::{Settings as Backend, SettingsBackend, SettingsSchemaSource};

use crate::model::host::HostConfig;
use crate::model::key::HostId;
use crate::model::uri::Uri;

pub use self::consoles::{ConsoleSettings, Scaling, Sharing};

const SCHEMA: &str = "io.github.vireo_vm.Vireo";
/// Media that are remembered of one host.
const RECENT_MEDIA: usize = 12;
/// Addresses of installation trees that are remembered.
const RECENT_TREES: usize = 8;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As the desktop says.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// How the list is arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// Machines beneath their hosts.
    Tree,
    /// One list of all machines.
    Flat,
    /// Cards with pictures of all machines.
    Grid,
}

/// A column of the list as the user arranged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSetting {
    /// Identifier of the column.
    pub id: String,
    /// Shown.
    pub visible: bool,
    /// Width in pixels; `None` for automatic.
    pub width: Option<i32>,
}

/// A search that the user gave a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// The name.
    pub name: String,
    /// The query, see [`crate::model::query`].
    pub query: String,
}

/// The settings. Cheap to clone; main thread only.
#[derive(Debug, Clone)]
pub struct Settings(Backend);

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[error("the settings schema {SCHEMA} is not installed")]
pub struct MissingSchema;

impl Settings {
    /// Opens the user's settings.
    ///
    /// # Errors
    /// Where the schema is neither installed nor in the build directory.
    pub fn open() -> Result<Self, MissingSchema> {
        Self::with_backend(None)
    }

    /// Settings that are forgotten with the process, for tests and for trying things.
    ///
    /// # Errors
    /// As for [`Settings::open`].
    pub fn in_memory() -> Result<Self, MissingSchema> {
        Self::with_backend(Some(gio::memory_settings_backend_new()))
    }

    fn with_backend(backend: Option<SettingsBackend>) -> Result<Self, MissingSchema> {
        let schema = schema_folders()
            .into_iter()
            .filter_map(|folder| {
                let parent = SettingsSchemaSource::default();
                SettingsSchemaSource::from_directory(folder, parent.as_ref(), true).ok()
            })
            .chain(SettingsSchemaSource::default())
            .find_map(|source| source.lookup(SCHEMA, true))
            .ok_or(MissingSchema)?;
        Ok(Self(Backend::new_full(&schema, backend.as_ref(), None)))
    }

    /// The GSettings object, to bind keys to properties of widgets.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.0
    }

    /// Calls `changed` whenever `key` changes; lives as long as the settings.
    pub fn connect_changed(&self, key: &str, changed: impl Fn() + 'static) -> glib::SignalHandlerId {
        self.0.connect_changed(Some(key), move |_, _| changed())
    }

    /// Saved hosts in the user's order. Entries that cannot be read (made by a newer version, or damaged) are left out
    /// here and stay in the settings.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostConfig> {
        self.0.strv("hosts").iter().filter_map(|text| read_host(text)).collect()
    }

    /// Adds a host, or replaces the one of the same identity, at its place.
    pub fn put_host(&self, config: &HostConfig) {
        let text = match serde_json::to_string(config) {
            Ok(text) => text,
            Err(error) => return tracing::error!(%error, "a host cannot be saved"),
        };
        let mut entries = self.raw_hosts();
        match entries.iter_mut().find(|entry| is_host(entry, config.id)) {
            Some(entry) => *entry = text,
            None => entries.push(text),
        }
        self.set_strings("hosts", &entries);
    }

    /// Forgets a host.
    pub fn remove_host(&self, id: HostId) {
        let mut entries = self.raw_hosts();
        entries.retain(|entry| !is_host(entry, id));
        self.set_strings("hosts", &entries);
    }

    /// Whether the user has accepted this address, with all that it does, on this computer.
    #[must_use]
    pub fn is_accepted(&self, uri: &str) -> bool {
        self.0.strv("accepted-addresses").iter().any(|accepted| accepted == uri)
    }

    /// Remembers that the user has accepted an address. One without risks need not be.
    pub fn accept_address(&self, uri: &str) {
        let risky = Uri::parse(uri).is_ok_and(|parsed| !parsed.risks().is_empty());
        if risky && !self.is_accepted(uri) {
            let stored = self.0.strv("accepted-addresses");
            let mut accepted: Vec<String> = stored.iter().map(ToString::to_string).collect();
            accepted.push(uri.to_owned());
            self.set_strings("accepted-addresses", &accepted);
        }
    }

    fn raw_hosts(&self) -> Vec<String> {
        self.0.strv("hosts").iter().map(ToString::to_string).collect()
    }

    /// Size of the main window in logical pixels.
    #[must_use]
    pub fn window_size(&self) -> (i32, i32) {
        (self.0.int("window-width"), self.0.int("window-height"))
    }

    /// Remembers the size of the main window.
    pub fn set_window_size(&self, (width, height): (i32, i32)) {
        warn(self.0.set_int("window-width", width.clamp(200, 20_000)));
        warn(self.0.set_int("window-height", height.clamp(200, 20_000)));
    }

    /// Whether the main window is maximised.
    #[must_use]
    pub fn window_maximized(&self) -> bool {
        self.0.boolean("window-maximized")
    }

    /// Remembers whether the main window is maximised.
    pub fn set_window_maximized(&self, maximized: bool) {
        warn(self.0.set_boolean("window-maximized", maximized));
    }

    /// Whether the sidebar is shown.
    #[must_use]
    pub fn sidebar_visible(&self) -> bool {
        self.0.boolean("sidebar-visible")
    }

    /// Shows or hides the sidebar from now on.
    pub fn set_sidebar_visible(&self, visible: bool) {
        warn(self.0.set_boolean("sidebar-visible", visible));
    }

    /// How the list is arranged.
    #[must_use]
    pub fn list_mode(&self) -> ListMode {
        match self.0.enum_("list-mode") {
            1 => ListMode::Flat,
            2 => ListMode::Grid,
            _ => ListMode::Tree,
        }
    }

    /// Arranges the list.
    pub fn set_list_mode(&self, mode: ListMode) {
        let value = match mode {
            ListMode::Tree => 0,
            ListMode::Flat => 1,
            ListMode::Grid => 2,
        };
        warn(self.0.set_enum("list-mode", value));
    }

    /// Whether the grid shows what machines show.
    #[must_use]
    pub fn thumbnails(&self) -> bool {
        self.0.boolean("thumbnails")
    }

    /// Where pictures of screens were saved last, as a URI; `None` before the first one.
    #[must_use]
    pub fn screenshot_folder(&self) -> Option<String> {
        let folder = self.0.string("screenshot-folder");
        (!folder.is_empty()).then(|| folder.into())
    }

    /// The host that a machine was made on last, by its identity.
    #[must_use]
    pub fn last_host(&self) -> Option<String> {
        let host = self.0.string("create-host");
        (!host.is_empty()).then(|| host.into())
    }

    /// Remembers the host that a machine was made on.
    pub fn set_last_host(&self, host: HostId) {
        warn(self.0.set_string("create-host", &host.to_string()));
    }

    /// Remembers where a picture of a screen was saved.
    pub fn set_screenshot_folder(&self, uri: &str) {
        warn(self.0.set_string("screenshot-folder", uri));
    }

    /// Columns as the user arranged them; empty for the default.
    #[must_use]
    pub fn list_columns(&self) -> Vec<ColumnSetting> {
        let stored: Vec<(String, bool, i32)> = self.0.get("list-columns");
        stored
            .into_iter()
            .map(|(id, visible, width)| ColumnSetting {
                id,
                visible,
                width: (width > 0).then_some(width),
            })
            .collect()
    }

    /// Remembers the arrangement of columns.
    pub fn set_list_columns(&self, columns: &[ColumnSetting]) {
        let stored: Vec<(String, bool, i32)> = columns
            .iter()
            .map(|column| (column.id.clone(), column.visible, column.width.unwrap_or(-1)))
            .collect();
        warn(self.0.set("list-columns", stored));
    }

    /// Column that the list is sorted by, and whether downwards.
    #[must_use]
    pub fn sort(&self) -> (String, bool) {
        (self.0.string("sort-column").into(), self.0.boolean("sort-descending"))
    }

    /// Remembers the sorting.
    pub fn set_sort(&self, column: &str, descending: bool) {
        warn(self.0.set_string("sort-column", column));
        warn(self.0.set_boolean("sort-descending", descending));
    }

    /// Hosts whose machines are folded away.
    #[must_use]
    pub fn collapsed_hosts(&self) -> Vec<HostId> {
        let stored = self.0.strv("collapsed-hosts");
        stored.iter().filter_map(|id| id.parse().ok()).collect()
    }

    /// Remembers which hosts are folded.
    pub fn set_collapsed_hosts(&self, hosts: &[HostId]) {
        let stored: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        self.set_strings("collapsed-hosts", &stored);
    }

    /// Media that were put into drives of a host's machines, the last one first.
    #[must_use]
    pub fn recent_media(&self, host: HostId) -> Vec<String> {
        let stored = self.0.strv("recent-media");
        let of_host = stored.iter().filter_map(|entry| {
            let (id, path) = entry.split_once(' ')?;
            (id.parse() == Ok(host)).then(|| path.to_owned())
        });
        of_host.collect()
    }

    /// Remembers a medium that was put into a drive of one of a host's machines.
    pub fn remember_medium(&self, host: HostId, path: &str) {
        let entry = format!("{host} {path}");
        let mut entries: Vec<String> = self.0.strv("recent-media").iter().map(ToString::to_string).collect();
        entries.retain(|other| *other != entry);
        entries.insert(0, entry);
        let of_host = format!("{host} ");
        let mut count = 0;
        entries.retain(|other| {
            count += usize::from(other.starts_with(&of_host));
            !other.starts_with(&of_host) || count <= RECENT_MEDIA
        });
        self.set_strings("recent-media", &entries);
    }

    /// Addresses of trees that machines were installed from, the last one first.
    #[must_use]
    pub fn recent_trees(&self) -> Vec<String> {
        self.0.strv("recent-trees").iter().map(ToString::to_string).collect()
    }

    /// Remembers the address of a tree, unless a password or, behind `?`, what may be a key stands in it.
    pub fn remember_tree(&self, address: &str) {
        let server = address.split_once("://").map_or(address, |(_, rest)| rest);
        let has_login = server.split('/').next().is_some_and(|server| server.contains('@'));
        if address.is_empty() || has_login || address.contains(['?', '#']) {
            return;
        }
        let mut all = self.recent_trees();
        all.retain(|other| other != address);
        all.insert(0, address.to_owned());
        all.truncate(RECENT_TREES);
        self.set_strings("recent-trees", &all);
    }

    /// The folder of this computer where something of this kind (`iso`, `disk`) was last chosen.
    #[must_use]
    pub fn last_folder(&self, kind: &str) -> Option<String> {
        let stored = self.0.strv("last-folders");
        stored.iter().find_map(|entry| {
            let (of, folder) = entry.split_once(' ')?;
            (of == kind).then(|| folder.to_owned())
        })
    }

    /// Remembers the folder of this computer where something of this kind was chosen. A kind is one word.
    pub fn remember_folder(&self, kind: &str, folder: &str) {
        let mut entries: Vec<String> = self.0.strv("last-folders").iter().map(ToString::to_string).collect();
        let of_kind = format!("{kind} ");
        entries.retain(|entry| !entry.starts_with(&of_kind));
        entries.push(format!("{kind} {folder}"));
        self.set_strings("last-folders", &entries);
    }

    /// Saved searches.
    #[must_use]
    pub fn saved_searches(&self) -> Vec<SavedSearch> {
        let stored: Vec<(String, String)> = self.0.get("saved-searches");
        stored
            .into_iter()
            .map(|(name, query)| SavedSearch { name, query })
            .collect()
    }

    /// Replaces the saved searches.
    pub fn set_saved_searches(&self, searches: &[SavedSearch]) {
        let stored: Vec<(String, String)> = searches
            .iter()
            .map(|search| (search.name.clone(), search.query.clone()))
            .collect();
        warn(self.0.set("saved-searches", stored));
    }

    /// Seconds between two readings of load figures.
    #[must_use]
    pub fn poll_interval(&self) -> u32 {
        self.0.uint("poll-interval")
    }

    /// Light or dark.
    #[must_use]
    pub fn style(&self) -> Style {
        match self.0.enum_("style") {
            1 => Style::Light,
            2 => Style::Dark,
            _ => Style::System,
        }
    }

    /// Lines of scrollback in text consoles.
    #[must_use]
    pub fn console_scrollback(&self) -> u32 {
        self.0.uint("console-scrollback")
    }

    /// Font of text consoles as a Pango description; `None` for the system's.
    #[must_use]
    pub fn console_font(&self) -> Option<String> {
        let font = self.0.string("console-font");
        (!font.is_empty()).then(|| font.into())
    }

    /// Whether to ask before an action of this kind (`model::action` names the kinds).
    #[must_use]
    pub fn confirms(&self, kind: &str) -> bool {
        !self.0.strv("skip-confirmations").iter().any(|skipped| skipped == kind)
    }

    /// Asks, or does not ask, before actions of this kind from now on.
    pub fn set_confirms(&self, kind: &str, confirm: bool) {
        let stored = self.0.strv("skip-confirmations");
        let mut kinds: Vec<String> = stored
            .iter()
            .map(ToString::to_string)
            .filter(|other| other != kind)
            .collect();
        if !confirm {
            kinds.push(kind.to_owned());
        }
        self.set_strings("skip-confirmations", &kinds);
    }

    /// Whether to notify while no window is in front.
    #[must_use]
    pub fn notifications(&self) -> bool {
        self.0.boolean("notifications")
    }

    /// Whether the first start is over.
    #[must_use]
    pub fn welcomed(&self) -> bool {
        self.0.boolean("welcomed")
    }

    /// Marks the first start as over.
    pub fn set_welcomed(&self) {
        warn(self.0.set_boolean("welcomed", true));
    }

    fn set_strings(&self, key: &str, values: &[String]) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        warn(self.0.set_strv(key, values));
    }
}

fn warn(result: Result<(), glib::BoolError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "a setting cannot be saved");
    }
}

fn schema_folders() -> Vec<PathBuf> {
    let named = std::env::var_os("VIREO_SCHEMA_DIR").map(PathBuf::from);
    let built = option_env!("VIREO_BUILD_DIR").map(PathBuf::from);
    named
        .into_iter()
        .chain(built)
        .filter(|folder| folder.join("gschemas.compiled").is_file())
        .collect()
}

fn read_host(text: &str) -> Option<HostConfig> {
    match serde_json::from_str(text) {
        Ok(config) => Some(config),
        Err(error) => {
            tracing::warn!(%error, "a saved host cannot be read and is left alone");
            None
        }
    }
}

fn is_host(text: &str, id: HostId) -> bool {
    #[derive(serde::Deserialize)]
    struct Identity {
        id: HostId,
    }
    serde_json::from_str::<Identity>(text).is_ok_and(|found| found.id == id)
}

#[cfg(test)]
mod tests;
