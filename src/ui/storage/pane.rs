//! What is seen of one pool: what it is, what can be done with it, and its volumes.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::pango;
use gtk4::prelude::*;
use libadwaita as adw;

use super::pools::{icon, kind_title, share, usage_text};
use super::volumes::VolumeList;
use super::waiting::Waiting;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::facts::PoolFact;
use crate::ui::text;
use crate::ui::widgets::{Meter, Tip, set_tip, spinner};

/// What stands in place of the volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Their list.
    Volumes,
    /// They are being read.
    Reading,
    /// Something is being done with their pool; `true` where that takes long.
    Waiting(bool),
    /// They can't be read: a title and a sentence.
    Failed(String, String),
}

/// The widgets.
pub(super) struct Pane {
    root: gtk::Box,
    back: gtk::Box,
    pub(super) back_button: gtk::Button,
    title: gtk::Label,
    below: gtk::Label,
    start: gtk::Button,
    stop: gtk::Button,
    refresh: gtk::Button,
    pub(super) menu: gtk::MenuButton,
    meter: Meter,
    usage: gtk::Label,
    autostart: gtk::Switch,
    autostart_box: gtk::Box,
    autostart_told: glib::SignalHandlerId,
    tools: gtk::Box,
    pub(super) filter: gtk::SearchEntry,
    upload: gtk::Button,
    new: gtk::Button,
    stack: gtk::Stack,
    waiting: Waiting,
    status: adw::StatusPage,
    way_out: gtk::Button,
    count: gtk::Label,
    pub(super) volumes: Rc<VolumeList>,
}

fn icon_button(icon: &str, name: &str, action: &str) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name(icon)
        .action_name(action)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(name);
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}

fn text_button(label: &str, action: &str) -> gtk::Button {
    gtk::Button::builder()
        .label(label)
        .use_underline(true)
        .action_name(action)
        .valign(gtk::Align::Center)
        .build()
}

impl Pane {
    /// Builds it; `autostart` is told how the switch stands.
    pub(super) fn new(autostarted: impl Fn(bool) + 'static) -> Self {
        let back_button = gtk::Button::builder()
            .icon_name("go-previous-symbolic")
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Back to the list"));
        back_button.update_property(&[gtk::accessible::Property::Label(&tr("Back to the list"))]);
        let back = gtk::Box::builder().visible(false).margin_start(6).margin_top(6).build();
        back.append(&back_button);
        let label = |classes: &[&str]| {
            gtk::Label::builder()
                .xalign(0.0)
                .ellipsize(pango::EllipsizeMode::Middle)
                .css_classes(classes.to_vec())
                .build()
        };
        let (title, below, usage) = (
            label(&["title-3"]),
            label(&["caption", "dim-label"]),
            label(&["caption", "dim-label", "numeric"]),
        );
        below.set_selectable(true);
        usage.set_ellipsize(pango::EllipsizeMode::None);
        usage.set_wrap(true);
        let menu = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat"])
            .build()
            .with_tip(tr("More for this pool"));
        menu.update_property(&[gtk::accessible::Property::Label(&tr("More for this pool"))]);
        let autostart = gtk::Switch::builder().valign(gtk::Align::Center).build();
        autostart.update_property(&[gtk::accessible::Property::Label(&tr("Start with the host"))]);
        let autostart_told = autostart.connect_active_notify(move |switch| autostarted(switch.is_active()));
        let filter = gtk::SearchEntry::builder()
            .placeholder_text(tr("Find volumes"))
            .hexpand(true)
            .build();
        filter.update_property(&[gtk::accessible::Property::Label(&tr("Find volumes"))]);
        let pane = Self {
            root: gtk::Box::builder()
                .orientation(gtk::Orientation::Vertical)
                .hexpand(true)
                .width_request(340)
                .build(),
            back,
            back_button,
            title,
            below,
            start: text_button(&tr("_Start"), "pool.start"),
            stop: text_button(&tr("S_top"), "pool.stop"),
            refresh: icon_button("view-refresh-symbolic", &tr("Look for volumes again"), "pool.refresh"),
            menu,
            meter: Meter::new(),
            usage,
            autostart,
            autostart_box: gtk::Box::builder().spacing(8).build(),
            autostart_told,
            tools: gtk::Box::builder().spacing(6).build(),
            filter,
            upload: icon_button("document-send-symbolic", &tr("Upload files…"), "pool.upload"),
            new: icon_button("list-add-symbolic", &tr("New volume…"), "pool.new-volume"),
            stack: gtk::Stack::builder().vexpand(true).hhomogeneous(false).build(),
            waiting: Waiting::new(),
            status: adw::StatusPage::builder().vexpand(true).build(),
            way_out: gtk::Button::builder()
                .halign(gtk::Align::Center)
                .use_underline(true)
                .css_classes(["pill", "suggested-action"])
                .build(),
            count: label(&["caption", "dim-label"]),
            volumes: VolumeList::new(true),
        };
        pane.build();
        pane
    }

    fn build(&self) {
        let names = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .hexpand(true)
            .spacing(2)
            .build();
        names.append(&self.title);
        names.append(&self.below);
        let head = gtk::Box::builder().spacing(6).build();
        head.append(&names);
        head.append(&self.start);
        head.append(&self.stop);
        head.append(&self.refresh);
        head.append(&self.menu);
        self.meter.set_hexpand(true);
        let text = gtk::Label::builder()
            .label(tr("Start with the host"))
            .css_classes(["caption"])
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        self.autostart_box.append(&text);
        self.autostart_box.append(&self.autostart);
        let figures = gtk::Box::builder().spacing(12).build();
        self.usage.set_hexpand(true);
        figures.append(&self.usage);
        figures.append(&self.autostart_box);
        self.tools.append(&self.filter);
        self.tools.append(&self.upload);
        self.tools.append(&self.new);
        let top = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(8)
            .margin_top(12)
            .margin_bottom(8)
            .margin_start(12)
            .margin_end(12)
            .build();
        top.append(&head);
        top.append(&self.meter);
        top.append(&figures);
        top.append(&self.tools);
        self.status.set_child(Some(&self.way_out));
        self.stack.add_named(self.volumes.widget(), Some("volumes"));
        self.stack
            .add_named(&spinner(&tr("Reading the volumes…")), Some("reading"));
        self.stack.add_named(self.waiting.widget(), Some("waiting"));
        self.stack.add_named(&self.status, Some("status"));
        self.count.set_margin_start(12);
        self.count.set_margin_end(12);
        self.count.set_margin_top(6);
        self.count.set_margin_bottom(6);
        self.root.append(&self.back);
        self.root.append(&top);
        self.root.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        self.root.append(&self.stack);
        self.root.append(&self.count);
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows the way back to the list only where the list is not beside it.
    pub(super) fn follow(&self, leaflet: &adw::Leaflet) {
        leaflet
            .bind_property("folded", &self.back, "visible")
            .sync_create()
            .build();
    }

    /// Shows what a pool is.
    pub(super) fn show_pool(&self, pool: &PoolFact, may_change: bool, busy: bool) {
        self.title.set_text(&text::name(&pool.name));
        let mut below = vec![kind_title(&pool.kind)];
        if !pool.active {
            below.push(tr("off"));
        }
        below.extend(pool.path.as_deref().map(|path| text::one_line(path, 400).into_owned()));
        self.below.set_text(&below.join(" · "));
        set_tip(&self.below, pool.path.as_deref());
        self.start.set_visible(may_change && !pool.active);
        self.stop.set_visible(may_change && pool.active);
        self.refresh.set_visible(pool.active);
        for button in [&self.start, &self.stop, &self.refresh] {
            button.set_sensitive(!busy);
        }
        let usage = usage_text(pool);
        self.meter.set_visible(usage.is_some());
        self.meter.set_fraction(share(pool));
        self.meter.set_accessible_text(usage.as_deref().unwrap_or_default());
        self.usage.set_text(usage.as_deref().unwrap_or_default());
        self.autostart_box.set_visible(may_change);
        if self.autostart.is_active() != pool.autostart {
            self.autostart.block_signal(&self.autostart_told);
            self.autostart.set_active(pool.autostart);
            self.autostart.unblock_signal(&self.autostart_told);
        }
        self.tools.set_visible(pool.active);
        self.upload.set_visible(may_change && pool.takes_images());
        self.new.set_visible(may_change && pool.takes_images());
    }

    /// Shows the volumes, or what stands in their place; `may_change` offers a way out.
    pub(super) fn show_volumes(&self, pool: &PoolFact, shown: &Shown, may_change: bool) {
        let (listed, all) = self.volumes.counts();
        self.count
            .set_visible(*shown == Shown::Volumes && pool.active && all > 0);
        self.count.set_text(&match listed == all {
            true => tr_n("{n} volume", "{n} volumes", all, &[]),
            false => tr_n(
                "{found} of {n} volume",
                "{found} of {n} volumes",
                all,
                &[("found", &listed.to_string())],
            ),
        });
        if let Shown::Waiting(slow) = shown {
            self.waiting.show(*slow, &pool.kind);
            self.stack.set_visible_child_name("waiting");
            return;
        }
        if !pool.active {
            let name = text::name(&pool.name);
            self.say(
                icon(&pool.kind),
                &tr("The pool is off"),
                &tr_f("The volumes of {pool} are seen when it runs.", &[("pool", &name)]),
                may_change.then(|| (tr("_Start"), "pool.start")),
            );
            return;
        }
        match shown {
            Shown::Reading | Shown::Waiting(_) => self.stack.set_visible_child_name("reading"),
            Shown::Failed(title, text) => self.say(
                "dialog-warning-symbolic",
                title,
                text,
                Some((tr("_Try Again"), "pool.refresh")),
            ),
            Shown::Volumes if all == 0 => self.say(
                "drive-harddisk-symbolic",
                &tr("No volumes"),
                &tr("Images and media in this pool show up here. Files can be dropped here, too."),
                (may_change && pool.takes_images()).then(|| (tr("_New Volume…"), "pool.new-volume")),
            ),
            Shown::Volumes if listed == 0 => self.say(
                "edit-find-symbolic",
                &tr("Nothing found"),
                &tr("No volume of this pool has all these words."),
                None,
            ),
            Shown::Volumes => self.stack.set_visible_child_name("volumes"),
        }
    }

    fn say(&self, icon: &str, title: &str, body: &str, way_out: Option<(String, &str)>) {
        self.status.set_icon_name(Some(icon));
        self.status.set_title(&glib::markup_escape_text(title));
        self.status.set_description(Some(&glib::markup_escape_text(body)));
        self.way_out.set_visible(way_out.is_some());
        if let Some((label, action)) = way_out {
            self.way_out.set_label(&label);
            self.way_out.set_action_name(Some(action));
        }
        self.stack.set_visible_child_name("status");
    }
}
