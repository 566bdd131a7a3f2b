//! The rows of a new pool: their widgets and words, and which of them a kind has.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::sheet::{combo, entry, group, set_texts, switch};
use crate::i18n::{tr, tr_f};
use crate::model::storage::{Build, Field, Finding, FoundSource, PoolKind, pool_kinds};
use crate::ui::widgets::{Tip, name_lists, plain_row};
use crate::ui::{hardware, message, text};

/// The widgets.
pub(super) struct Rows {
    pub(super) kind: adw::ComboRow,
    pub(super) name: adw::EntryRow,
    pub(super) hosts: adw::EntryRow,
    pub(super) directory: adw::EntryRow,
    pub(super) devices: adw::EntryRow,
    pub(super) source_name: adw::EntryRow,
    pub(super) target: adw::EntryRow,
    pub(super) browse: gtk::Button,
    pub(super) format: adw::ComboRow,
    pub(super) adapter: adw::ComboRow,
    pub(super) adapters: RefCell<Vec<String>>,
    pub(super) initiator: adw::EntryRow,
    pub(super) protocol: adw::EntryRow,
    pub(super) login: adw::ExpanderRow,
    pub(super) user: adw::EntryRow,
    pub(super) secret: adw::ComboRow,
    pub(super) password: adw::PasswordEntryRow,
    pub(super) find: gtk::Button,
    pub(super) build: adw::ComboRow,
    pub(super) warning: gtk::Label,
    pub(super) autostart: gtk::Switch,
    autostart_row: adw::ActionRow,
}

impl Rows {
    /// All rows, for no kind yet.
    pub(super) fn new() -> Self {
        let titles: Vec<String> = pool_kinds().iter().map(PoolKind::title).collect();
        let browse = gtk::Button::builder()
            .icon_name("folder-open-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Choose a folder"));
        browse.update_property(&[gtk::accessible::Property::Label(&tr("Choose a folder"))]);
        let login = adw::ExpanderRow::builder()
            .title(tr("Login"))
            .subtitle(tr("The server wants a user name and a password"))
            .show_enable_switch(true)
            .enable_expansion(false)
            .build();
        let (autostart_row, autostart) = switch(&tr("Start with the host"), "");
        autostart.set_active(true);
        let kind = combo(&tr("Kind"), &titles);
        // Some are long.
        kind.set_use_subtitle(true);
        Self {
            kind,
            name: entry(&tr("Name")),
            hosts: entry(&tr("Server")),
            directory: entry(&tr("Folder on the server")),
            devices: entry(&tr("Device")),
            source_name: entry(&tr("Source")),
            target: entry(&tr("Folder on the host")),
            browse,
            format: combo(&tr("Format"), &[]),
            adapter: combo(&tr("Adapter"), &[]),
            adapters: RefCell::default(),
            initiator: entry(&tr("Name of the initiator (IQN)")),
            protocol: entry(&tr("Version of NFS (optional)")),
            login,
            user: entry(&tr("User name")),
            secret: combo(&tr("Password from"), &[tr("A new password")]),
            password: adw::PasswordEntryRow::builder().title(tr("Password")).build(),
            find: gtk::Button::builder()
                .label(tr("_Find…"))
                .use_underline(true)
                .valign(gtk::Align::Center)
                .css_classes(["flat"])
                .build(),
            build: combo(&tr("Before it starts"), &[]),
            warning: gtk::Label::builder()
                .label(tr("Everything on these devices will be lost for good."))
                .wrap(true)
                .xalign(0.0)
                .margin_top(6)
                .visible(false)
                .css_classes(["caption", "error"])
                .build(),
            autostart,
            autostart_row,
        }
    }

    /// Puts them into groups.
    pub(super) fn place(&self, page: &adw::PreferencesPage) {
        self.target.add_suffix(&self.browse);
        self.login.add_row(&self.user);
        self.login.add_row(&self.secret);
        self.login.add_row(&self.password);
        let first = group("", &[self.kind.upcast_ref(), self.name.upcast_ref()]);
        name_lists(&first, &tr("New pool"));
        let source = group(
            &tr("Where it is"),
            &[
                self.hosts.upcast_ref(),
                self.directory.upcast_ref(),
                self.devices.upcast_ref(),
                self.source_name.upcast_ref(),
                self.adapter.upcast_ref(),
                self.initiator.upcast_ref(),
                self.target.upcast_ref(),
                self.format.upcast_ref(),
                self.protocol.upcast_ref(),
                self.login.upcast_ref(),
            ],
        );
        source.set_header_suffix(Some(&self.find));
        name_lists(&source, &tr("Where it is"));
        let last = group("", &[self.build.upcast_ref(), self.autostart_row.upcast_ref()]);
        last.add(&self.warning);
        name_lists(&last, &tr("Start"));
        page.add(&first);
        page.add(&source);
        page.add(&last);
    }

    /// All that are typed into.
    pub(super) fn entries(&self) -> [&gtk::Editable; 10] {
        [
            self.name.upcast_ref(),
            self.hosts.upcast_ref(),
            self.directory.upcast_ref(),
            self.devices.upcast_ref(),
            self.source_name.upcast_ref(),
            self.target.upcast_ref(),
            self.initiator.upcast_ref(),
            self.protocol.upcast_ref(),
            self.user.upcast_ref(),
            self.password.upcast_ref(),
        ]
    }

    /// Shows those that a kind has, in its words.
    pub(super) fn show_kind(&self, kind: &PoolKind) {
        let has = |field| kind.has(field);
        self.hosts.set_visible(has(Field::Hosts));
        self.directory.set_visible(has(Field::Directory));
        self.devices.set_visible(has(Field::Devices));
        self.source_name.set_visible(has(Field::Name));
        self.adapter.set_visible(has(Field::Adapter));
        self.initiator.set_visible(has(Field::Initiator));
        self.target.set_visible(has(Field::Target));
        self.format.set_visible(has(Field::Format) && kind.formats.len() > 1);
        self.protocol.set_visible(has(Field::Protocol));
        self.login.set_visible(has(Field::Auth));
        self.find.set_visible(kind.finding != Finding::None);
        self.hosts.set_title(&match kind.name {
            "rbd" => tr("Monitors, with commas between them"),
            _ => tr("Server"),
        });
        self.directory.set_title(&match kind.name {
            "gluster" => tr("Folder in the volume (optional)"),
            _ => tr("Folder on the server"),
        });
        self.devices.set_title(&match kind.name {
            "iscsi" | "iscsi-direct" => tr("Name of the target (IQN)"),
            "logical" => tr("Devices for a new group (optional)"),
            "zfs" => tr("Devices for a new pool (optional)"),
            _ => tr("Device"),
        });
        self.source_name.set_title(&match kind.name {
            "logical" => tr("Volume group"),
            "rbd" => tr("Ceph pool"),
            "gluster" => tr("Gluster volume"),
            "zfs" => tr("ZFS pool"),
            "vstorage" => tr("Cluster"),
            _ => tr("Source"),
        });
        let formats: Vec<String> = kind.formats.iter().map(|format| (*format).to_owned()).collect();
        set_texts(&self.format, &formats);
        let ways = match kind.build {
            Build::None | Build::Folder => Vec::new(),
            Build::Format => vec![
                tr("Use what is there"),
                tr("Make it where nothing is there"),
                tr("Make it and overwrite what is there"),
            ],
            Build::FormatBlindly => vec![tr("Use what is there"), tr("Make it and overwrite what is there")],
        };
        set_texts(&self.build, &ways);
        self.build.set_visible(!ways.is_empty());
    }

    /// Says which folder is taken where none is typed.
    pub(super) fn show_usual_target(&self, usual: Option<&str>) {
        self.target.set_title(&match usual {
            Some(path) => tr_f("Folder on the host ({path})", &[("path", &text::markup_name(path))]),
            None => tr("Folder on the host"),
        });
    }
}

/// Lets the user choose one of what was found.
pub(super) async fn choose_source(parent: &adw::Window, sources: &[FoundSource]) -> Option<FoundSource> {
    if sources.is_empty() {
        let dialog = message::dialog(
            parent,
            &tr("Nothing was found"),
            &tr("What you know can be typed all the same."),
        );
        dialog.add_response("close", &tr("_Close"));
        dialog.set_close_response("close");
        dialog.set_default_response(Some("close"));
        message::choose(dialog).await;
        return None;
    }
    let window = adw::Window::builder()
        .title(tr("Found"))
        .modal(true)
        .transient_for(parent)
        .destroy_with_parent(true)
        .default_width(420)
        .default_height(360)
        .build();
    hardware::escape(&window);
    let group = adw::PreferencesGroup::new();
    let (answered, answer) = async_channel::bounded(1);
    for (at, source) in sources.iter().enumerate() {
        let (title, below) = words(source);
        let row = plain_row(&title, &below);
        row.set_activatable(true);
        let (weak, answered) = (window.downgrade(), answered.clone());
        row.connect_activated(move |_| {
            let _ = answered.try_send(at);
            if let Some(window) = weak.upgrade() {
                window.close();
            }
        });
        group.add(&row);
    }
    drop(answered);
    name_lists(&group, &tr("Found"));
    let page = adw::PreferencesPage::new();
    page.add(&group);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
    content.append(&adw::HeaderBar::new());
    content.append(&page);
    window.set_content(Some(&content));
    window.present();
    // The list of windows keeps it; references of ours would keep the channel open after its end.
    drop((window, content, page, group));
    let at = answer.recv().await.ok()?;
    sources.get(at).cloned()
}

/// What a source is, and where.
fn words(source: &FoundSource) -> (String, String) {
    let devices = source.devices.join(", ");
    let named = [
        source.name.as_deref(),
        source.directory.as_deref(),
        Some(devices.as_str()),
    ];
    let mut named = named.into_iter().flatten().filter(|text| !text.is_empty());
    let title = named.next().unwrap_or_default();
    let mut below: Vec<&str> = named.collect();
    below.extend(source.host.as_deref());
    below.extend(source.format.as_deref());
    (
        text::one_line(title, 200).into_owned(),
        text::one_line(&below.join(" · "), 400).into_owned(),
    )
}
