//! The list of a host's storage pools.

use std::cell::RefCell;
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::facts::PoolFact;
use crate::model::query::text::natural_key;
use crate::model::storage::{PoolKind, pool_kind};
use crate::ui::host::tab::side::SideLine;
use crate::ui::widgets::Meter;
use crate::ui::{format, text};

/// The list, following the pools that it is given.
pub(super) struct PoolList {
    root: gtk::ScrolledWindow,
    list: gtk::ListBox,
    told: glib::SignalHandlerId,
    lines: RefCell<Vec<Line>>,
}

struct Line {
    name: String,
    line: SideLine,
    meter: Meter,
}

impl PoolList {
    /// An empty list; `chosen` is told which pool the user wants to see.
    pub(super) fn new(chosen: impl Fn(usize) + 'static) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Browse)
            .css_classes(["navigation-sidebar"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&tr("Storage pools"))]);
        let told = list.connect_row_selected(move |_, row| {
            if let Some(index) = row.and_then(|row| usize::try_from(row.index()).ok()) {
                chosen(index);
            }
        });
        let root = gtk::ScrolledWindow::builder()
            .child(&list)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        Self {
            root,
            list,
            told,
            lines: RefCell::default(),
        }
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    /// The list itself, for what is done with its rows.
    pub(super) fn list(&self) -> &gtk::ListBox {
        &self.list
    }

    /// The name of the pool in a row.
    pub(super) fn name_at(&self, index: usize) -> Option<String> {
        self.lines.borrow().get(index).map(|line| line.name.clone())
    }

    /// Shows these pools; `busy` are those with which something is being done.
    pub(super) fn show(&self, pools: &[PoolFact], selected: Option<&str>, busy: impl Fn(&str) -> bool) {
        self.list.block_signal(&self.told);
        let mut lines = self.lines.take();
        while lines.len() > pools.len() {
            if let Some(line) = lines.pop() {
                self.list.remove(line.line.row());
            }
        }
        while lines.len() < pools.len() {
            let line = Line::new();
            self.list.append(line.line.row());
            lines.push(line);
        }
        for (line, pool) in lines.iter_mut().zip(pools) {
            line.show(pool, busy(&pool.name));
        }
        let row = lines
            .iter()
            .find(|line| Some(line.name.as_str()) == selected)
            .map(|line| line.line.row().clone());
        self.lines.replace(lines);
        if self.list.selected_row() != row {
            self.list.select_row(row.as_ref());
        }
        self.list.unblock_signal(&self.told);
    }
}

impl Line {
    fn new() -> Self {
        let meter = Meter::new();
        meter.set_hexpand(true);
        meter.add_css_class("vireo-meters");
        let line = SideLine::new();
        line.append(&meter);
        Self {
            name: String::new(),
            line,
            meter,
        }
    }

    fn show(&mut self, pool: &PoolFact, busy: bool) {
        pool.name.clone_into(&mut self.name);
        let name = text::name(&pool.name);
        let kind = kind_title(&pool.kind);
        let below = match (busy, pool.active, pool.available) {
            (true, _, _) => tr("working…"),
            (_, false, _) => tr_f("{kind} · off", &[("kind", &kind)]),
            (_, true, Some(free)) => {
                let free = format::bytes(free as f64);
                tr_f("{kind} · {size} free", &[("kind", &kind), ("size", &free)])
            }
            (_, true, None) => kind,
        };
        self.line
            .show(&name, &below, Some(pool.active), &format!("{name}, {below}"));
        let share = share(pool);
        self.meter.set_visible(share.is_some());
        self.meter.set_fraction(share);
        self.meter.set_accessible_text(&usage_text(pool).unwrap_or_default());
    }
}

/// Pools by their names, numbers in them as numbers: libvirt tells them in any order.
pub(super) fn in_order(pools: &[PoolFact]) -> Arc<[PoolFact]> {
    let mut sorted = pools.to_vec();
    sorted.sort_by_cached_key(|pool| natural_key(&pool.name));
    sorted.into()
}

/// How full a pool is; `None` where that is not known, or means nothing.
pub(super) fn share(pool: &PoolFact) -> Option<f64> {
    let capacity = pool.capacity.filter(|capacity| pool.active && *capacity > 0)?;
    let used = capacity.saturating_sub(pool.available?);
    Some(used as f64 / capacity as f64)
}

/// How full a pool is, in words.
pub(super) fn usage_text(pool: &PoolFact) -> Option<String> {
    let (capacity, free) = (pool.capacity?, pool.available?);
    let size = |bytes: u64| format::bytes(bytes as f64);
    pool.active.then(|| {
        tr_f(
            "{used} used of {all}, {free} free",
            &[
                ("used", &size(capacity.saturating_sub(free))),
                ("all", &size(capacity)),
                ("free", &size(free)),
            ],
        )
    })
}

/// The picture of a kind of pool.
pub(super) fn icon(kind: &str) -> &'static str {
    match kind {
        "dir" => "folder-symbolic",
        "netfs" | "gluster" | "vstorage" => "folder-remote-symbolic",
        "iscsi" | "iscsi-direct" | "rbd" => "network-server-symbolic",
        _ => "drive-harddisk-symbolic",
    }
}

/// What a kind of pool is called.
pub(super) fn kind_title(kind: &str) -> String {
    pool_kind(kind).map_or_else(|| text::name(kind), PoolKind::title)
}
