//! Processors and memory as graphs. The host is asked only while the page is on screen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::key::HostId;
use crate::model::node::{NodeHistory, NodeLoad, NodeShare};
use crate::ui::core::Core;
use crate::ui::format;
use crate::ui::widgets::{GraphCard, PlotPoint, PlotSeries, Unit};

/// Processors that are asked one by one also while only their sum is shown: each is a call.
const FEW: u32 = 16;
/// Readings after which a share would be known.
const PATIENCE: usize = 2;
const KIB: f64 = 1024.0;

type Told = Box<dyn Fn(&NodeLoad)>;

/// The graphs.
pub(super) struct LoadGraphs {
    core: Core,
    host: HostId,
    cpu: GraphCard,
    memory: GraphCard,
    per_cpu: gtk::ToggleButton,
    history: RefCell<NodeHistory>,
    /// Processors and cells of the host, as far as they are known.
    shape: RefCell<(u32, Vec<u32>)>,
    memory_kib: Cell<u64>,
    asked: Cell<bool>,
    polling: RefCell<Option<glib::JoinHandle<()>>>,
    told: Told,
}

impl LoadGraphs {
    /// Empty graphs; `told` hears each reading.
    pub(super) fn new(core: &Core, host: HostId, told: impl Fn(&NodeLoad) + 'static) -> Rc<Self> {
        let cpu = GraphCard::new(&tr("Processors"), Unit::Share);
        let memory = GraphCard::new(&tr("Memory"), Unit::Bytes);
        let per_cpu = gtk::ToggleButton::builder()
            .label(tr("Each"))
            .css_classes(["caption", "pill-toggle"])
            .valign(gtk::Align::Center)
            .build();
        per_cpu.update_property(&[gtk::accessible::Property::Label(&tr("Each processor by itself"))]);
        cpu.add_control(&per_cpu);
        for card in [&cpu, &memory] {
            card.set_empty_text(&tr("No figures yet"));
            card.widget().set_height_request(220);
        }
        let this = Rc::new(Self {
            core: core.clone(),
            host,
            cpu,
            memory,
            per_cpu: per_cpu.clone(),
            history: RefCell::default(),
            shape: RefCell::default(),
            memory_kib: Cell::default(),
            asked: Cell::default(),
            polling: RefCell::default(),
            told: Box::new(told),
        });
        let weak = Rc::downgrade(&this);
        per_cpu.connect_toggled(move |_| {
            if let Some(this) = weak.upgrade() {
                this.draw();
            }
        });
        this
    }

    /// The cards.
    pub(super) fn cards(&self) -> [&gtk::Box; 2] {
        [self.cpu.widget(), self.memory.widget()]
    }

    /// How far back the graphs reach, in seconds.
    pub(super) fn set_span(&self, seconds: Option<f64>) {
        self.cpu.set_span(seconds);
        self.memory.set_span(seconds);
    }

    /// Says how many processors, how much memory and which cells the host has.
    pub(super) fn set_shape(&self, cpus: u32, memory_kib: u64, cells: Vec<u32>) {
        self.memory_kib.set(memory_kib);
        self.shape.replace((cpus, cells));
    }

    /// Asks the host now and then from now on, or no more.
    pub(super) fn set_shown(self: &Rc<Self>, shown: bool) {
        if let Some(polling) = self.polling.take() {
            polling.abort();
        }
        if !shown {
            self.history.borrow_mut().pause();
            return;
        }
        let weak = Rc::downgrade(self);
        let polling = glib::spawn_future_local(async move {
            loop {
                let Some(this) = weak.upgrade() else { return };
                let client = this.core.client(this.host);
                let pause = Duration::from_secs(u64::from(this.core.settings().poll_interval().max(1)));
                let (cpus, cells) = this.wanted();
                drop(this);
                if let Some(client) = client.filter(|client| client.status().is_connected()) {
                    let load = client.node_load(cpus, cells).await;
                    let Some(this) = weak.upgrade() else { return };
                    this.take(load.ok());
                } else if let Some(this) = weak.upgrade() {
                    this.history.borrow_mut().pause();
                }
                glib::timeout_future(pause).await;
            }
        });
        self.polling.replace(Some(polling));
    }

    fn wanted(&self) -> (u32, Vec<u32>) {
        let (cpus, cells) = self.shape.borrow().clone();
        let each = self.per_cpu.is_active() || cpus <= FEW;
        (if each { cpus } else { 0 }, cells)
    }

    fn take(&self, load: Option<NodeLoad>) {
        self.asked.set(true);
        match load {
            Some(load) => {
                (self.told)(&load);
                self.history.borrow_mut().push(load);
            }
            None => self.history.borrow_mut().pause(),
        }
        self.draw();
    }

    fn draw(&self) {
        let history = self.history.borrow();
        let newest = history.shares().next_back();
        let unknown = || format::UNKNOWN.to_owned();
        let last = history.last();
        let told = last.is_some_and(|last| last.cpu.is_some() || last.utilization.is_some());
        // Counters that stand still tell nothing either.
        let waited = history.shares().count() > PATIENCE && history.shares().all(|share| share.cpu.is_none());
        let no_cpu = self.asked.get() && (!told || waited);
        let no_memory = self.asked.get() && last.is_none_or(|last| last.memory.is_none());
        let now = newest.map_or(0.0, |share| share.at);
        let cpu = newest.and_then(|share| share.cpu);
        let cpu_text = cpu.map_or_else(unknown, |share| format::percent(f64::from(share)));
        let cpus: Vec<PlotSeries> = if self.per_cpu.is_active() {
            let count = history.shares().map(|share| share.cpus.len()).max().unwrap_or(0);
            let name = |at: usize| tr_f("CPU {n}", &[("n", &at.to_string())]);
            let of = |at: usize| move |share: &NodeShare| share.cpus.get(at).copied().flatten().map(f64::from);
            (0..count).map(|at| series(&history, name(at), of(at))).collect()
        } else {
            vec![series(&history, tr("Processors"), |share| share.cpu.map(f64::from))]
        };
        let memory = series(&history, tr("Memory"), |share| {
            share.memory_kib.map(|kib| kib as f64 * KIB)
        });
        let of_host = last.and_then(|last| last.memory);
        let memory_text = of_host.map_or_else(unknown, |memory| format::used_of_kib(memory.used(), memory.total));
        let total = of_host.map_or(self.memory_kib.get(), |memory| memory.total);
        let limit = Some(total as f64 * KIB).filter(|bytes| *bytes > 0.0);
        let note = match of_host.and_then(|memory| memory.cached) {
            Some(cached) => tr_f(
                "Another {size} hold files that were read, and are free when they are needed.",
                &[("size", &format::bytes_kib(cached))],
            ),
            None => String::new(),
        };
        drop(history);
        let untold = tr("Not available on this host");
        let waiting = tr("No figures yet");
        self.cpu.set_empty_text(if no_cpu { &untold } else { &waiting });
        self.memory.set_empty_text(if no_memory { &untold } else { &waiting });
        self.per_cpu.set_sensitive(!no_cpu);
        self.cpu.set_series(now, cpus, &cpu_text);
        self.memory.set_limit(limit);
        self.memory.set_note(&note);
        self.memory.set_series(now, vec![memory], &memory_text);
    }
}

fn series(history: &NodeHistory, name: String, value: impl Fn(&NodeShare) -> Option<f64>) -> PlotSeries {
    let points = history.shares().map(|share| PlotPoint {
        at: share.at,
        value: value(share),
    });
    PlotSeries {
        name,
        points: points.collect(),
    }
}
