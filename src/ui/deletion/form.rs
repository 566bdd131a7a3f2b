//! What stands in the question: what goes, what may stay, and boxes to tick, none of which is ticked beforehand.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::deletion::{Belongings, Keep, gone_with};
use crate::model::error::VirtError;
use crate::model::key::{DomainKey, HostId};
use crate::model::store::{Domain, Store};
use crate::model::usage::Leftover;
use crate::ui::confirm::described;
use crate::ui::core::{Core, Doom, Prospect};
use crate::ui::widgets::tick_row;
use crate::ui::{errors, format, message, text};

/// Width of what stands in the dialog, and the height from which it scrolls, in pixels.
const WIDTH: i32 = 420;
const TALLEST: i32 = 400;

/// A box to tick, with its row.
type Tick = (adw::ActionRow, gtk::CheckButton);

/// An image that may be deleted.
struct Choice {
    host: HostId,
    leftover: Leftover,
    /// Place of the first one of its host.
    first: usize,
    tick: Tick,
}

/// The inside of the dialog.
pub(super) struct Form {
    dialog: glib::WeakRef<adw::MessageDialog>,
    core: Core,
    keys: Vec<DomainKey>,
    scrolled: gtk::ScrolledWindow,
    content: gtk::Box,
    waiting: gtk::Box,
    stop: Tick,
    stops: gtk::ListBox,
    nvram: Tick,
    tpm: Tick,
    images: RefCell<Vec<Choice>>,
    /// What was read of each machine.
    known: RefCell<HashMap<DomainKey, Belongings>>,
    filled: Cell<bool>,
}

impl Form {
    /// Fills a dialog with what is known at once.
    pub(super) fn new(dialog: &adw::MessageDialog, core: &Core, keys: &[DomainKey]) -> Rc<Self> {
        // The shadows of lists need room.
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .width_request(WIDTH)
            .margin_start(2)
            .margin_end(2)
            .margin_bottom(4)
            .build();
        let names = {
            let store = core.store();
            let known: Vec<&Domain> = keys.iter().filter_map(|key| store.domain(*key)).collect();
            described(&store, &known)
        };
        if !names.is_empty() {
            let list = words(&names.join("\n"));
            list.set_justify(gtk::Justification::Center);
            list.add_css_class("dim-label");
            content.append(&list);
        }
        let stop = tick_row("", "", &tr("Force off first"));
        let stops = message::rows(&tr("Before the deletion"));
        stops.append(&stop.0);
        content.append(&stops);
        let waiting = gtk::Box::builder().spacing(12).halign(gtk::Align::Center).build();
        waiting.append(&gtk::Spinner::builder().spinning(true).build());
        waiting.append(&gtk::Label::new(Some(&tr("Reading what goes with it…"))));
        content.append(&waiting);
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&content)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        dialog.set_extra_child(Some(&scrolled));
        let form = Rc::new(Self {
            dialog: dialog.downgrade(),
            core: core.clone(),
            keys: keys.to_vec(),
            scrolled,
            content,
            waiting,
            stop,
            stops,
            nvram: keep_nvram(),
            tpm: keep_tpm(),
            images: RefCell::default(),
            known: RefCell::default(),
            filled: Cell::new(false),
        });
        for (_, tick) in [&form.stop, &form.nvram, &form.tpm] {
            let weak = Rc::downgrade(&form);
            tick.connect_toggled(move |_| {
                if let Some(form) = weak.upgrade() {
                    form.refresh();
                }
            });
        }
        form.refresh();
        form
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }

    pub(super) fn keys(&self) -> &[DomainKey] {
        &self.keys
    }

    /// Follows the machines: whether they run decides what has to be ticked.
    pub(super) fn refresh(&self) {
        let (running, of) = {
            let store = self.core.store();
            (running(&store, &self.keys).count(), self.keys.len())
        };
        let agreed = running == 0 || self.stop.1.is_active();
        self.stops.set_visible(running > 0);
        if running > 0 {
            let (title, subtitle) = consent(running, of);
            self.stop.0.set_title(&title);
            self.stop.0.set_subtitle(&subtitle);
        }
        // The natural height that GTK takes is the one without line breaks.
        let (_, height, ..) = self.content.measure(gtk::Orientation::Vertical, WIDTH);
        self.scrolled.set_min_content_height(height.min(TALLEST));
        if let Some(dialog) = self.dialog.upgrade() {
            message::allow(&dialog, "delete", self.filled.get() && agreed);
            let verb = if running > 0 {
                tr("_Force Off and Delete")
            } else {
                tr("_Delete")
            };
            if dialog.response_label("delete") != verb {
                dialog.set_response_label("delete", &verb);
            }
            let body = self.body();
            if dialog.body() != body {
                dialog.set_body(&body);
            }
        }
    }

    /// What happens, and whether it can be undone.
    fn body(&self) -> String {
        let what = {
            let store = self.core.store();
            match &self.keys[..] {
                [only] if store.domain(*only).is_some_and(|domain| !domain.persistent) => {
                    tr("It has no definition: it is gone as soon as it is off.")
                }
                [_] => tr("Its definition is deleted."),
                _ => tr("Their definitions are deleted."),
            }
        };
        let undo = if self.keys.iter().all(|key| self.only_definition(*key)) {
            tr("You can undo this right afterwards.")
        } else {
            tr("This can't be undone.")
        };
        format!("{what} {undo}")
    }

    /// Whether nothing but the definition of a machine would go.
    fn only_definition(&self, key: DomainKey) -> bool {
        let persistent = self.core.store().domain(key).is_some_and(|domain| domain.persistent);
        let images = self.images.borrow().iter().any(|choice| choice.tick.1.is_active());
        let known = self.known.borrow();
        persistent
            && !images
            && known
                .get(&key)
                .is_some_and(|about| about.only_definition_goes(self.keep()))
    }

    fn keep(&self) -> Keep {
        Keep {
            nvram: self.nvram.1.is_active(),
            tpm: self.tpm.1.is_active(),
        }
    }

    /// Shows what was read of the machines; of none where there are too many.
    pub(super) fn fill(self: &Rc<Self>, machines: &[Prospect], left: &[(HostId, Vec<Leftover>)]) {
        self.content.remove(&self.waiting);
        let read = machines
            .iter()
            .filter_map(|(key, about)| Some((*key, about.as_ref().ok()?.clone())));
        self.known.replace(read.collect());
        let known: Vec<&Belongings> = machines.iter().filter_map(|(_, about)| about.as_ref().ok()).collect();
        let mut lines = gone_with(known.iter().copied());
        if machines.is_empty() {
            lines.push(tr(
                "All that libvirt keeps of these machines goes with them. Their disk images stay.",
            ));
        }
        if !lines.is_empty() {
            let list = words(&lines.join("\n"));
            list.set_xalign(0.0);
            self.content.append(&group(&tr("Also deleted"), &[list.upcast_ref()]));
        }
        for line in self.unread(machines) {
            self.content.append(&words(&line));
        }
        let kept = message::rows(&tr("What stays"));
        let any = |has: fn(&Belongings) -> bool| known.iter().any(|about| has(about));
        let mut rows = 0;
        for (has, tick) in [
            (any(|about| about.nvram), &self.nvram),
            (any(|about| about.tpm), &self.tpm),
        ] {
            if has {
                kept.append(&tick.0);
                rows += 1;
            }
        }
        if rows > 0 {
            self.content.append(&kept);
        }
        if !left.is_empty() {
            self.offer(left);
        }
        self.filled.set(true);
        self.refresh();
    }

    /// Says of which machines it is not known what they have.
    fn unread(&self, machines: &[Prospect]) -> Vec<String> {
        let store = self.core.store();
        let failed = machines.iter().filter_map(|(key, about)| {
            let error: &VirtError = about.as_ref().err()?;
            let name = text::name(&store.domain(*key)?.name);
            let why = errors::explain(error, None).body;
            Some(tr_f(
                "What {name} uses could not be read, so its disk images stay. {why}",
                &[("name", &name), ("why", &why)],
            ))
        });
        failed.collect()
    }

    /// Offers images for deletion.
    fn offer(self: &Rc<Self>, left: &[(HostId, Vec<Leftover>)]) {
        let note = words(&tr("Those that are not ticked stay on the host."));
        note.set_xalign(0.0);
        note.add_css_class("dim-label");
        let list = message::rows(&tr("Disk images to delete"));
        let mut choices = Vec::new();
        for (host, leftovers) in left {
            let first = choices.len();
            for leftover in leftovers {
                let tick = self.row(*host, leftover);
                list.append(&tick.0);
                let weak = Rc::downgrade(self);
                tick.1.connect_toggled(move |_| {
                    if let Some(form) = weak.upgrade() {
                        form.couple();
                    }
                });
                choices.push(Choice {
                    host: *host,
                    leftover: leftover.clone(),
                    first,
                    tick,
                });
            }
        }
        self.images.replace(choices);
        self.couple();
        let parts = [note.upcast_ref(), list.upcast_ref()];
        self.content.append(&group(&tr("Disk images"), &parts));
    }

    fn row(&self, host: HostId, leftover: &Leftover) -> Tick {
        let file = &leftover.file;
        let (uuid, device) = &leftover.owner;
        let owner = self.core.store().domain(DomainKey::new(host, *uuid)).map(|domain| {
            let name = text::name(&domain.name);
            // Translators: a machine and its disk: “mail: vda”.
            tr_f("{machine}: {device}", &[("machine", &name), ("device", device)])
        });
        let owner = if self.keys.len() == 1 { None } else { owner };
        let owner = owner.unwrap_or_else(|| device.clone());
        let size = file.size.map(|size| format::bytes(size as f64));
        let facts: Vec<String> = [Some(owner), size].into_iter().flatten().collect();
        let said = file.problem.clone().or_else(|| file.note.clone());
        let below: Vec<String> = [Some(facts.join(" · ")), said].into_iter().flatten().collect();
        tick_row(
            &file.path,
            &below.join("\n"),
            &tr_f("Delete {file}", &[("file", &file.path)]),
        )
    }

    /// A base can go only together with all that builds on it.
    fn couple(&self) {
        let images = self.images.borrow();
        for choice in images.iter() {
            let above = |place: &usize| {
                images
                    .get(choice.first + place)
                    .is_some_and(|above| above.tick.1.is_active())
            };
            let free = choice.leftover.file.problem.is_none() && choice.leftover.above.iter().all(above);
            // Why it stays is to be read: only the box is grey.
            choice.tick.1.set_sensitive(free);
            if !free {
                choice.tick.1.set_active(false);
            }
        }
        drop(images);
        if self.filled.get() {
            self.refresh();
        }
    }

    /// What the user chose.
    pub(super) fn choice(&self) -> (Vec<Doom>, HashMap<HostId, Vec<String>>) {
        let keep = self.keep();
        let force_off = self.stop.1.is_active();
        let dooms = self.keys.iter().map(|key| Doom {
            key: *key,
            force_off,
            keep,
            only_definition: self.only_definition(*key),
        });
        let mut images: HashMap<HostId, Vec<String>> = HashMap::new();
        for choice in self.images.borrow().iter().filter(|choice| choice.tick.1.is_active()) {
            let paths = images.entry(choice.host).or_default();
            paths.push(choice.leftover.file.path.clone());
        }
        (dooms.collect(), images)
    }
}

/// What has to be agreed to before machines that run are deleted, and why.
fn consent(running: usize, of: usize) -> (String, String) {
    if of == 1 {
        return (
            tr("Force it off first"),
            tr("It runs, and only what is off can be deleted. Unsaved data in the guest is lost."),
        );
    }
    let why = tr_n(
        "{n} of them runs, and only what is off can be deleted. Unsaved data in the guest is lost.",
        "{n} of them run, and only what is off can be deleted. Unsaved data in the guests is lost.",
        running,
        &[],
    );
    (tr("Force off those that run first"), why)
}

/// The machines that have a process.
fn running<'a>(store: &'a Store, keys: &'a [DomainKey]) -> impl Iterator<Item = &'a Domain> {
    let known = keys.iter().filter_map(|key| store.domain(*key));
    known.filter(|domain| domain.state.is_active() || domain.id.is_some())
}

fn keep_nvram() -> Tick {
    let title = tr("Keep the firmware's settings");
    tick_row(
        &title,
        &tr("Otherwise its variables and boot entries are deleted."),
        &title,
    )
}

fn keep_tpm() -> Tick {
    let title = tr("Keep the keys of the TPM");
    let note = tr("Otherwise disks that are encrypted with them can't be unlocked any more.");
    tick_row(&title, &note, &title)
}

/// Parts of the dialog under a heading.
fn group(heading: &str, parts: &[&gtk::Widget]) -> gtk::Box {
    let group = gtk::Box::new(gtk::Orientation::Vertical, 6);
    let heading = gtk::Label::builder()
        .label(heading)
        .xalign(0.0)
        .css_classes(["heading"])
        .build();
    group.append(&heading);
    for part in parts.iter().copied() {
        group.append(part);
    }
    group
}

fn words(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .selectable(true)
        .can_focus(false)
        .build()
}
