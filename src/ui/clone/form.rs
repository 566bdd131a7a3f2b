//! What the user says about the copies, and what will come of it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::disks::DiskRow;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::cloning::{COPIES, COPY, ClonePlan, Cloning, Original};
use crate::model::facts::PoolFact;
use crate::model::storage::pool_kind;
use crate::ui::format;
use crate::ui::widgets::plain_row;

/// Copies that are made at once at most.
const MOST: f64 = 100.0;
/// Names that are shown.
const SHOWN: usize = 4;

/// The form.
pub(super) struct Form {
    root: gtk::ScrolledWindow,
    original: Original,
    name: adw::EntryRow,
    count: gtk::SpinButton,
    names: gtk::Label,
    full: gtk::CheckButton,
    linked: gtk::CheckButton,
    disks: RefCell<Vec<DiskRow>>,
    pool: adw::ComboRow,
    pools: Vec<String>,
    problems: gtk::Label,
    notes: adw::PreferencesGroup,
    note_rows: RefCell<Vec<adw::ActionRow>>,
    plan: RefCell<Option<ClonePlan>>,
    /// The form changes itself.
    quiet: Cell<bool>,
    ready: Box<dyn Fn(bool)>,
}

impl Form {
    /// A form for this machine; `ready` hears whether there is something that can be made.
    pub(super) fn new(original: Original, ready: impl Fn(bool) + 'static) -> Rc<Self> {
        let makes = |pool: &&PoolFact| pool_kind(&pool.kind).is_some_and(|kind| kind.makes_volumes);
        let pools: Vec<PoolFact> = original.pools.iter().filter(makes).cloned().collect();
        let template = original.is_template;
        let this = Rc::new_cyclic(|weak: &Weak<Self>| {
            let full = gtk::CheckButton::builder().active(!template).build();
            let linked = gtk::CheckButton::builder().active(template).group(&full).build();
            let disks = original.choices(template).into_iter().map(|choice| {
                let weak = weak.clone();
                DiskRow::new(choice, move || {
                    if let Some(this) = weak.upgrade() {
                        this.changed();
                    }
                })
            });
            Self {
                root: gtk::ScrolledWindow::builder()
                    .hscrollbar_policy(gtk::PolicyType::Never)
                    .vexpand(true)
                    .build(),
                name: adw::EntryRow::builder().title(tr("Name")).text(COPY).build(),
                count: gtk::SpinButton::with_range(1.0, MOST, 1.0),
                names: gtk::Label::builder()
                    .css_classes(["dim-label", "caption"])
                    .xalign(0.0)
                    .wrap(true)
                    .wrap_mode(gtk::pango::WrapMode::WordChar)
                    .build(),
                full,
                linked,
                disks: RefCell::new(disks.collect()),
                pool: pool_row(&pools),
                pools: pools.into_iter().map(|pool| pool.name).collect(),
                problems: gtk::Label::builder()
                    .css_classes(["card", "vireo-notice", "error"])
                    .xalign(0.0)
                    .wrap(true)
                    .visible(false)
                    .build(),
                notes: adw::PreferencesGroup::builder().title(tr("What to Know")).build(),
                note_rows: RefCell::default(),
                plan: RefCell::default(),
                quiet: Cell::default(),
                ready: Box::new(ready),
                original,
            }
        });
        // Shown as it will be called, not as a pattern, as long as one copy is made.
        this.name.set_text(&COPY.replace("{name}", &this.original.name));
        this.lay_out();
        this.connect();
        this.changed();
        this
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// Puts the keyboard where one begins.
    pub(super) fn grab_focus(&self) {
        self.name.grab_focus();
    }

    /// What will be made; `None` while something hinders it.
    pub(super) fn plan(&self) -> Option<ClonePlan> {
        self.plan.borrow().clone()
    }

    fn lay_out(&self) {
        let copies = adw::PreferencesGroup::new();
        copies.add(&self.name);
        self.count.set_valign(gtk::Align::Center);
        let count = adw::ActionRow::builder()
            .title(tr("Copies"))
            .activatable_widget(&self.count)
            .build();
        count.add_suffix(&self.count);
        copies.add(&count);
        let kinds = adw::PreferencesGroup::new();
        for (button, title, text) in [
            (
                &self.full,
                tr("Full"),
                tr("Each copy stands alone, and takes as much space as the original."),
            ),
            (
                &self.linked,
                tr("Linked"),
                tr(
                    "Made at once, and small: copies hold only what differs from the original, which stays as it is as their template.",
                ),
            ),
        ] {
            button.set_valign(gtk::Align::Center);
            button.update_property(&[gtk::accessible::Property::Label(&title)]);
            let row = adw::ActionRow::builder()
                .title(&title)
                .subtitle(&text)
                .subtitle_lines(4)
                .activatable_widget(button)
                .build();
            row.add_prefix(button);
            kinds.add(&row);
        }
        let disks = adw::PreferencesGroup::builder().title(tr("Disks")).build();
        for row in self.disks.borrow().iter() {
            disks.add(row.widget());
        }
        disks.add(&self.pool);
        disks.set_visible(!self.disks.borrow().is_empty());
        let page = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        let top = gtk::Box::new(gtk::Orientation::Vertical, 6);
        top.append(&copies);
        self.names.set_margin_start(12);
        top.append(&self.names);
        page.append(&top);
        page.append(&self.problems);
        page.append(&kinds);
        page.append(&disks);
        page.append(&self.notes);
        let clamp = adw::Clamp::builder().maximum_size(640).child(&page).build();
        self.root.set_child(Some(&clamp));
    }

    fn connect(self: &Rc<Self>) {
        let told = |this: &Rc<Self>| {
            let weak = Rc::downgrade(this);
            move || {
                if let Some(this) = weak.upgrade() {
                    this.changed();
                }
            }
        };
        let changed = told(self);
        self.name.connect_changed(move |_| changed());
        let changed = told(self);
        self.pool.connect_selected_notify(move |_| changed());
        let weak = Rc::downgrade(self);
        self.count.connect_value_changed(move |_| {
            if let Some(this) = weak.upgrade() {
                this.count_changed();
            }
        });
        let weak = Rc::downgrade(self);
        self.linked.connect_toggled(move |_| {
            if let Some(this) = weak.upgrade() {
                this.kind_changed();
            }
        });
    }

    /// Several copies need a number in their name, one needs none.
    fn count_changed(&self) {
        let name = self.name.text();
        let (one, many) = (
            COPY.replace("{name}", &self.original.name),
            COPIES.replace("{name}", &self.original.name),
        );
        if self.count.value_as_int() > 1 && !name.contains("{n}") {
            let better = if name == one { many } else { format!("{name}-{{n}}") };
            self.name.set_text(&better);
        } else if self.count.value_as_int() == 1 && name == many {
            self.name.set_text(&one);
        }
        self.changed();
    }

    /// Full or linked is what is usual for all disks from now on.
    fn kind_changed(&self) {
        self.quiet.set(true);
        let choices = self.original.choices(self.linked.is_active());
        for (row, choice) in self.disks.borrow().iter().zip(choices) {
            row.follow(choice);
        }
        self.quiet.set(false);
        self.changed();
    }

    fn wish(&self) -> Cloning {
        let disks = self.disks.borrow();
        let fates: HashMap<_, _> = disks.iter().map(DiskRow::fate).collect();
        let chosen = usize::try_from(self.pool.selected()).unwrap_or(0);
        Cloning {
            names: self.name.text().trim().to_owned(),
            count: u32::try_from(self.count.value_as_int()).unwrap_or(1),
            linked: self.linked.is_active(),
            disks: fates,
            pool: chosen.checked_sub(1).and_then(|at| self.pools.get(at).cloned()),
            ..Cloning::default()
        }
    }

    /// Plans anew, and says what comes of it.
    fn changed(&self) {
        if self.quiet.get() {
            return;
        }
        let planned = self.wish().plan(&self.original);
        (self.ready)(planned.is_ok());
        match planned {
            Ok(plan) => {
                self.problems.set_visible(false);
                self.names.set_text(&names(&plan));
                self.names.set_visible(plan.machines.len() > 1);
                self.show_notes(&plan);
                self.plan.replace(Some(plan));
            }
            Err(problems) => {
                let texts = problems.into_iter().map(|problem| match problem.disk {
                    Some(disk) => format!("{disk}: {}", problem.text),
                    None => problem.text,
                });
                let text = texts.collect::<Vec<_>>().join("\n");
                self.problems.set_text(&text);
                self.problems.set_visible(true);
                self.names.set_visible(false);
                self.plan.replace(None);
            }
        }
    }

    fn show_notes(&self, plan: &ClonePlan) {
        for row in self.note_rows.take() {
            self.notes.remove(&row);
        }
        let mut notes = plan.notes.clone();
        notes.push(tr(
            "Each copy has an identity, hardware addresses and firmware settings of its own. Everything else is as in the original.",
        ));
        notes.push(tr(
            "Inside it is the same system: its host name, keys of SSH and fixed addresses are those of the original until they are changed there.",
        ));
        let rows = notes.iter().map(|note| {
            let row = plain_row("", note);
            self.notes.add(&row);
            row
        });
        let rows = rows.collect();
        self.note_rows.replace(rows);
    }
}

/// What the copies will be called.
fn names(plan: &ClonePlan) -> String {
    if plan.machines.len() < 2 {
        return String::new();
    }
    let names: Vec<&str> = plan.machines.iter().map(|machine| machine.name.as_str()).collect();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => tr_n(
            "{names} and {n} more",
            "{names} and {n} more",
            more,
            &[("names", &shown)],
        ),
        None => shown,
    }
}

fn pool_row(pools: &[PoolFact]) -> adw::ComboRow {
    let mut words = vec![tr("Beside the original")];
    words.extend(pools.iter().map(|pool| match pool.available {
        Some(free) => tr_f(
            "{pool}, {size} free",
            &[("pool", &pool.name), ("size", &format::bytes(free as f64))],
        ),
        None => pool.name.clone(),
    }));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    adw::ComboRow::builder()
        .title(tr("New images go to"))
        .model(&gtk::StringList::new(&words))
        .build()
}
