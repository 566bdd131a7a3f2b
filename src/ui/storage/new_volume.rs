//! The window that asks what a new volume is to be like.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use zeroize::Zeroizing;

use super::chooser::{self, Fetch, Purpose, Request};
use super::page::StoragePage;
use super::sheet::{Sheet, chosen, combo, entry, group, switch};
use crate::i18n::{tr, tr_f};
use crate::model::creation::ImageRef;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::hardware::size;
use crate::model::key::HostId;
use crate::model::storage::{Encryption, NewVolume, pool_kind};
use crate::ui::core::Core;
use crate::ui::widgets::{Tip, name_lists};
use crate::ui::{errors, format, text};

/// Size of a volume that nobody has said another one for.
const USUAL: u64 = 20 << 30;
/// Sizes of clusters that qcow2 knows, the usual one first.
const CLUSTERS: [u64; 7] = [64 << 10, 4 << 10, 16 << 10, 128 << 10, 512 << 10, 1 << 20, 2 << 20];

type Made = Box<dyn Fn(VolumeFact)>;

/// The window with its rows.
struct Form {
    core: Core,
    host: HostId,
    pool: PoolFact,
    taken: Vec<String>,
    stem: String,
    formats: Vec<&'static str>,
    sheet: Sheet,
    name: adw::EntryRow,
    format: adw::ComboRow,
    size: adw::EntryRow,
    allocate: gtk::Switch,
    backing: adw::ActionRow,
    backing_drop: gtk::Button,
    base: RefCell<Option<(String, String)>>,
    more: adw::ExpanderRow,
    passphrase: adw::PasswordEntryRow,
    cluster: adw::ComboRow,
    tables: (adw::ActionRow, gtk::Switch),
    lazy: (adw::ActionRow, gtk::Switch),
    old: (adw::ActionRow, gtk::Switch),
    no_cow: (adw::ActionRow, gtk::Switch),
    touched: Cell<bool>,
    made: Made,
}

/// Opens it for a pool of the page.
pub(super) fn open(page: &Rc<StoragePage>, pool: &PoolFact) {
    let weak = page.weak();
    let made = move |_| {
        if let Some(page) = weak.upgrade() {
            page.reload();
        }
    };
    ask(&page.core, page.host, &page.toasts, pool, &page.volumes(), "", made);
}

/// Opens it over `parent`; `made` is told of the volume. `machine` is whom the image is for, after whom it is named; empty for
/// nobody in particular.
pub(super) fn ask(
    core: &Core,
    host: HostId,
    parent: &impl IsA<gtk::Widget>,
    pool: &PoolFact,
    volumes: &[VolumeFact],
    machine: &str,
    made: impl Fn(VolumeFact) + 'static,
) {
    let title = tr_f("New Volume in {pool}", &[("pool", &text::name(&pool.name))]);
    let formats = pool_kind(&pool.kind)
        .map_or(&[][..], |kind| kind.volume_formats)
        .to_vec();
    let names: Vec<String> = formats.iter().map(|format| (*format).to_owned()).collect();
    let clusters: Vec<String> = CLUSTERS.iter().map(|bytes| format::axis_bytes(*bytes as f64)).collect();
    let drop = gtk::Button::builder()
        .icon_name("edit-clear-symbolic")
        .valign(gtk::Align::Center)
        .visible(false)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Build on nothing"));
    drop.update_property(&[gtk::accessible::Property::Label(&tr("Build on nothing"))]);
    let allocate = switch(
        &tr("Take the space now"),
        &tr("Otherwise it takes space only for what is written into it."),
    );
    let form = Rc::new(Form {
        core: core.clone(),
        host,
        pool: pool.clone(),
        taken: volumes.iter().map(|volume| volume.name.clone()).collect(),
        stem: if machine.is_empty() {
            "disk".to_owned()
        } else {
            machine.to_owned()
        },
        formats,
        sheet: Sheet::new(parent, &title, &tr("_Create")),
        name: entry(&tr("Name")),
        format: combo(&tr("Format"), &names),
        size: entry(&tr("Size")),
        allocate: allocate.1.clone(),
        backing: adw::ActionRow::builder().title(tr("Builds on")).build(),
        backing_drop: drop,
        base: RefCell::default(),
        more: adw::ExpanderRow::builder().title(tr("More")).build(),
        passphrase: adw::PasswordEntryRow::builder()
            .title(tr("Passphrase for encryption (optional)"))
            .build(),
        cluster: combo(&tr("Cluster size"), &clusters),
        tables: switch(&tr("Make its tables now"), &tr("The first writes are quicker then.")),
        lazy: switch(
            &tr("Count lazily"),
            &tr("Writes are quicker, and a check after a crash takes longer."),
        ),
        old: switch(&tr("Readable by QEMU before 1.1"), ""),
        no_cow: switch(
            &tr("Without copy-on-write"),
            &tr("Quicker on btrfs, whose checksums don't hold for it then."),
        ),
        touched: Cell::default(),
        made: Box::new(made),
    });
    form.build(&allocate.0);
    form.wire();
    form.suggest();
    form.show();
    form.sheet.window.present();
    form.name.grab_focus();
}

impl Form {
    fn build(&self, allocate: &adw::ActionRow) {
        let choose = gtk::Button::builder()
            .label(tr("Choose…"))
            .valign(gtk::Align::Center)
            .build();
        self.backing.add_suffix(&self.backing_drop);
        self.backing.add_suffix(&choose);
        self.backing.set_activatable_widget(Some(&choose));
        for row in [&self.tables.0, &self.lazy.0, &self.old.0, &self.no_cow.0] {
            self.more.add_row(row);
        }
        self.more.add_row(&self.cluster);
        self.more.add_row(&self.passphrase);
        let main = group(
            "",
            &[
                self.name.upcast_ref(),
                self.format.upcast_ref(),
                self.size.upcast_ref(),
                allocate.upcast_ref(),
            ],
        );
        if let Some(free) = self.pool.available {
            let free = tr_f("{size} free", &[("size", &format::bytes(free as f64))]);
            main.set_description(Some(&glib::markup_escape_text(&free)));
        }
        let more = group("", &[self.backing.upcast_ref(), self.more.upcast_ref()]);
        name_lists(&main, &tr("New volume"));
        name_lists(&more, &tr("More"));
        self.sheet.page.add(&main);
        self.sheet.page.add(&more);
        self.size.set_text(&size::write(usual_size(self.pool.available)));
        self.format.set_visible(!self.formats.is_empty());
        choose.set_action_name(Some("form.base"));
    }

    fn wire(self: &Rc<Self>) {
        let group = gio::SimpleActionGroup::new();
        let base = gio::SimpleAction::new("base", None);
        let weak = Rc::downgrade(self);
        base.connect_activate(move |_, _| {
            if let Some(form) = weak.upgrade() {
                form.choose_base();
            }
        });
        group.add_action(&base);
        self.sheet.window.insert_action_group("form", Some(&group));
        let weak = Rc::downgrade(self);
        self.backing_drop.connect_clicked(move |_| {
            if let Some(form) = weak.upgrade() {
                form.base.replace(None);
                form.show();
            }
        });
        for row in [&self.name, &self.size] {
            let weak = Rc::downgrade(self);
            row.connect_changed(move |_| {
                if let Some(form) = weak.upgrade() {
                    form.touched.set(true);
                    form.show();
                }
            });
        }
        let weak = Rc::downgrade(self);
        self.allocate.connect_active_notify(move |_| {
            if let Some(form) = weak.upgrade() {
                form.show();
            }
        });
        let weak = Rc::downgrade(self);
        self.format.connect_selected_notify(move |_| {
            if let Some(form) = weak.upgrade() {
                form.suggest();
                form.show();
            }
        });
        // The window owns the form.
        let own = self.clone();
        self.sheet.done.connect_clicked(move |_| {
            let form = own.clone();
            glib::spawn_future_local(async move { form.create().await });
        });
    }

    fn format(&self) -> Option<&'static str> {
        self.formats.get(chosen(&self.format)).copied()
    }

    /// Names the volume after the format, unless somebody has named it.
    fn suggest(&self) {
        let names: Vec<&str> = self.taken.iter().map(String::as_str).collect();
        let usual = |format| self.pool.image_name(&self.stem, format, &names);
        let typed = self.name.text();
        let own = self.formats.iter().any(|format| usual(Some(format)) == typed);
        if typed.is_empty() || own {
            self.name.set_text(&usual(self.format()));
        }
    }

    /// Shows the rows that make sense, and what is wrong with them.
    fn show(&self) {
        let qcow = self.format() == Some("qcow2");
        let logical = self.pool.kind == "logical";
        let base = self.base.borrow().clone();
        self.backing.set_visible(qcow || logical);
        let below = base.as_ref().map(|(path, _)| text::one_line(path, 400).into_owned());
        let below = below.unwrap_or_else(|| tr("Nothing: it is empty at first"));
        self.backing.set_subtitle(&glib::markup_escape_text(&below));
        self.backing_drop.set_visible(base.is_some());
        let files = !self.formats.is_empty() && self.pool.path.is_some() && self.pool.kind != "disk";
        let encrypts = files && matches!(self.format(), Some("qcow2" | "raw")) || self.pool.kind == "rbd";
        self.passphrase.set_visible(encrypts);
        for row in [&self.tables.0, &self.lazy.0, &self.old.0] {
            row.set_visible(qcow);
        }
        self.cluster.set_visible(qcow);
        self.no_cow.0.set_visible(files);
        self.more.set_visible(files || encrypts);
        let problem = self.problem();
        self.sheet.set_problem(problem.as_deref(), false);
    }

    fn problem(&self) -> Option<String> {
        let name = self.name.text();
        let name = name.trim();
        if name.is_empty() {
            return Some(tr("The volume needs a name."));
        }
        if name.contains('/') {
            return Some(tr("The name cannot have a slash."));
        }
        if self.taken.iter().any(|taken| taken == name) {
            return Some(tr_f(
                "There is a volume “{name}” already.",
                &[("name", &text::name(name))],
            ));
        }
        let Some(bytes) = self.capacity() else {
            return Some(tr("The size is written like “20 GiB”."));
        };
        let takes = self.allocate.is_active() || self.pool.kind == "logical";
        if takes && self.pool.available.is_some_and(|free| bytes > free) {
            return Some(tr("There is not that much space in the pool."));
        }
        None
    }

    fn capacity(&self) -> Option<u64> {
        size::read_beside(&self.size.text(), &size::write(USUAL)).filter(|bytes| *bytes > 0)
    }

    fn volume(&self) -> Option<NewVolume> {
        let capacity = self.capacity()?;
        let qcow = self.format() == Some("qcow2");
        let passphrase = Some(self.passphrase.text()).filter(|text| !text.is_empty() && self.passphrase.is_visible());
        let allocate = self.allocate.is_active();
        let cluster = CLUSTERS.get(chosen(&self.cluster)).copied();
        let new = NewVolume {
            pool: self.pool.name.clone(),
            name: self.name.text().trim().to_owned(),
            format: self.format().map(str::to_owned),
            capacity,
            allocation: Some(if allocate { capacity } else { 0 }),
            preallocate: qcow && (self.tables.1.is_active() || allocate),
            backing: self.base.borrow().clone().filter(|_| self.backing.is_visible()),
            encryption: passphrase.map(|text| Encryption::Passphrase(Zeroizing::new(text.to_string()))),
            cluster: cluster.filter(|bytes| qcow && *bytes != CLUSTERS[0]),
            compat: (qcow && self.old.1.is_active()).then(|| "0.10".to_owned()),
            lazy_refcounts: qcow && self.lazy.1.is_active(),
            no_cow: self.no_cow.0.is_visible() && self.no_cow.1.is_active(),
        };
        Some(new.in_pool(&self.pool.kind))
    }

    fn choose_base(self: &Rc<Self>) {
        let request = Request {
            fetch: Fetch::Now,
            ..Request::new(Purpose::Disk)
        };
        let weak = Rc::downgrade(self);
        let chosen = move |choice: chooser::Choice| {
            let Some(form) = weak.upgrade() else { return };
            let format = choice.volume.as_ref().and_then(|volume| volume.format.clone());
            let path = match choice.image {
                ImageRef::Volume { path, .. } | ImageRef::Path(path) => path,
                ImageRef::Upload { .. } | ImageRef::Download { .. } => return,
            };
            // A base whose format is guessed could be made to say anything by the guest that wrote it.
            let usual = if path.ends_with(".qcow2") { "qcow2" } else { "raw" };
            let format = format.unwrap_or_else(|| usual.to_owned());
            form.base.replace(Some((path, format)));
            if let Some(bytes) = choice.volume.and_then(|volume| volume.capacity) {
                form.size.set_text(&size::write(bytes));
            }
            form.show();
        };
        chooser::open_for(
            &self.core,
            self.host,
            self.sheet.window.upcast_ref(),
            request,
            Rc::new(chosen),
        );
    }

    async fn create(self: Rc<Self>) {
        let (Some(new), Some(client)) = (self.volume(), self.core.client(self.host)) else {
            return;
        };
        let name = text::name(&new.name);
        self.sheet.set_busy(true);
        let title = tr_f("Creating {name}", &[("name", &name)]);
        let made = self
            .core
            .do_job(&title, |job| async move { client.create_volume(new, job).await })
            .await;
        self.sheet.set_busy(false);
        match made {
            Ok(volume) => {
                self.sheet.window.destroy();
                (self.made)(volume);
            }
            Err(error) => {
                let context = errors::Context {
                    title: Some(tr_f("{name} could not be created", &[("name", &name)])),
                    ..errors::Context::default()
                };
                errors::show(&self.sheet.window, None, &error, context);
            }
        }
    }
}
/// The size to begin with: what is usual, or as many whole GiB as there is room for.
fn usual_size(free: Option<u64>) -> u64 {
    let room = free.map(|free| free >> 30 << 30).filter(|room| *room > 0);
    room.map_or(USUAL, |room| room.min(USUAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_volume_begins_no_larger_than_the_room_for_it() {
        assert_eq!(usual_size(None), USUAL);
        assert_eq!(usual_size(Some(500 << 30)), USUAL);
        assert_eq!(usual_size(Some((16 << 30) + 5)), 16 << 30);
        assert_eq!(usual_size(Some(1 << 20)), USUAL, "a full pool says so itself");
    }
}
