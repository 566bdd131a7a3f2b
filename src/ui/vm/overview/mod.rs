//! The overview of a machine: graphs and facts, in one column or two.

mod facts;
mod figures;
mod identity;
mod waiting;

use adw::prelude::*;
use relm4::{Component, ComponentParts, ComponentSender, Sender, adw, gtk};

use self::facts::Facts;
use self::figures::{Figures, disk_text, net_text, newest};
use self::identity::Identity;
use self::waiting::{Waiting, WaitingGroup};
use crate::i18n::{tr, tr_f};
use crate::model::domain::DomainDetails;
use crate::model::key::DomainKey;
use crate::model::store::Domain;
use crate::ui::core::{Core, FocusGuard};
use crate::ui::widgets::{GraphCard, Unit};
use crate::ui::{format, message};

/// What an overview needs to begin.
pub struct OverviewInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
}

/// What happened on an overview.
#[derive(Debug, Clone)]
pub enum OverviewMsg {
    /// The store has news about the machine or its host, load figures apart.
    Changed,
    /// New load figures arrived.
    Load,
    /// The page appeared (true) or disappeared.
    Shown(bool),
    /// Another range was chosen, in seconds; `None` is everything.
    RangeChosen(Option<u32>),
    /// CPU per virtual CPU or as a whole.
    PerCpuChosen(bool),
    /// What waits for the next start was read; nothing where that cannot be told.
    Waits(Option<Box<Waiting>>),
    /// *Restart Now*.
    RestartClicked,
    /// The change at this place is to be taken back; all of them for `None`.
    RevertClicked(Option<String>),
    /// Taking back failed, with this sentence.
    RevertFailed(String),
}

/// The overview page.
pub struct Overview {
    core: Core,
    key: DomainKey,
    per_cpu: bool,
    /// Held while the page is on screen: the host sends detailed figures meanwhile.
    focus: Option<FocusGuard>,
    waiting: Option<Waiting>,
    /// What waits is being read, and has to be read again after that.
    reading: bool,
    stale: bool,
}

/// The widgets of the overview.
pub struct OverviewView {
    identity: Identity,
    facts: Facts,
    waiting: WaitingGroup,
    cpu: GraphCard,
    memory: GraphCard,
    disk: GraphCard,
    net: GraphCard,
}

impl Component for Overview {
    type Init = OverviewInit;
    type Input = OverviewMsg;
    type Output = ();
    type CommandOutput = ();
    type Root = gtk::ScrolledWindow;
    type Widgets = OverviewView;

    fn init_root() -> Self::Root {
        gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build()
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let view = build(&root, &init, sender.input_sender());
        for shown in [true, false] {
            let input = sender.input_sender().clone();
            if shown {
                root.connect_map(move |_| input.emit(OverviewMsg::Shown(true)));
            } else {
                root.connect_unmap(move |_| input.emit(OverviewMsg::Shown(false)));
            }
        }
        let model = Self {
            core: init.core,
            key: init.key,
            per_cpu: false,
            focus: None,
            waiting: None,
            reading: false,
            stale: true,
        };
        ComponentParts { model, widgets: view }
    }

    fn update_with_view(
        &mut self,
        view: &mut OverviewView,
        message: OverviewMsg,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match message {
            OverviewMsg::Load => {
                self.refresh_graphs(view);
                return;
            }
            OverviewMsg::Changed => {
                self.stale = true;
                self.read_waiting(&sender);
            }
            OverviewMsg::Waits(waiting) => {
                self.reading = false;
                self.waiting = waiting.map(|waiting| *waiting);
                self.read_waiting(&sender);
            }
            OverviewMsg::RestartClicked => self.core.restart(self.key),
            OverviewMsg::RevertClicked(place) => self.revert(place, &sender),
            OverviewMsg::RevertFailed(reason) => {
                let dialog = message::dialog(root, &tr("The change could not be reverted"), &reason);
                dialog.add_response("close", &tr("_Close"));
                dialog.present();
            }
            OverviewMsg::Shown(shown) => {
                self.focus = shown.then(|| self.core.focus(self.key));
                self.refresh_graphs(view);
                self.read_waiting(&sender);
            }
            OverviewMsg::RangeChosen(seconds) => {
                for card in [&view.cpu, &view.memory, &view.disk, &view.net] {
                    card.set_span(seconds.map(f64::from));
                }
                return;
            }
            OverviewMsg::PerCpuChosen(per_cpu) => {
                self.per_cpu = per_cpu;
                self.refresh_graphs(view);
                return;
            }
        }
        if self.focus.is_some() {
            self.refresh_facts(view);
            self.refresh_waiting(view);
        }
    }
}

impl Overview {
    fn refresh_waiting(&self, view: &mut OverviewView) {
        view.waiting
            .show(self.waiting.as_ref(), self.core.is_restarting(self.key));
    }

    fn refresh_facts(&self, view: &OverviewView) {
        let (domain, editable) = {
            let store = self.core.store();
            let host = store.host(self.key.host);
            let editable = host.is_some_and(|host| {
                let read_only = host.info.as_ref().is_some_and(|info| info.features.read_only);
                host.status.is_connected() && !host.config.read_only && !read_only
            });
            (store.domain(self.key).cloned(), editable)
        };
        if let Some(domain) = domain {
            view.facts.refresh(&domain);
            view.identity.refresh(&domain, editable);
        }
    }

    fn refresh_graphs(&self, view: &OverviewView) {
        if self.focus.is_none() {
            return;
        }
        let (figures, load, defined, empty) = {
            let store = self.core.store();
            let domain = store.domain(self.key);
            let empty = domain.map(EmptyTexts::of).unwrap_or_default();
            let load = domain.map(|domain| domain.load).unwrap_or_default();
            if let Some(domain) = domain {
                view.facts.refresh_since(domain);
            }
            let defined = domain.and_then(|domain| domain.details.as_ref().map(|details| details.memory_kib));
            let figures = store.history(self.key).map(Figures::of).unwrap_or_default();
            (figures, load, defined.filter(|kib| *kib > 0), empty)
        };
        view.cpu.set_empty_text(&empty.general);
        view.memory.set_empty_text(&empty.memory);
        view.memory.set_note(&empty.memory_note);
        view.disk.set_empty_text(&empty.disk);
        view.net.set_empty_text(&empty.net);
        let unknown = || format::UNKNOWN.to_owned();
        let now = figures.now;
        let cpu = load.cpu.map_or_else(unknown, |share| format::percent(f64::from(share)));
        view.cpu
            .set_series(now, if self.per_cpu { figures.vcpus } else { figures.cpu }, &cpu);
        let used = load.memory_used_kib.map(format::bytes_kib);
        let total = load.memory_total_kib.map(format::bytes_kib);
        let memory = match (used, total) {
            (Some(used), Some(total)) => tr_f("{now} of {most}", &[("now", &used), ("most", &total)]),
            (Some(used), None) => used,
            _ => unknown(),
        };
        let limit = load.memory_total_kib.or(defined);
        view.memory.set_limit(limit.map(|kib| kib as f64 * 1024.0));
        view.memory.set_series(now, figures.memory, &memory);
        let disk = newest(&figures.disks).map_or_else(unknown, |rate| disk_text(rate, load.disk_ops));
        view.disk.set_series(now, figures.disks, &disk);
        let net = newest(&figures.nics).map_or_else(unknown, |rate| net_text(rate, load.net_packets));
        view.net.set_series(now, figures.nics, &net);
    }
}

/// Why a graph has nothing to show, and what must be known to read it.
#[derive(Default)]
struct EmptyTexts {
    general: String,
    memory: String,
    memory_note: String,
    disk: String,
    net: String,
}

impl EmptyTexts {
    fn of(domain: &Domain) -> Self {
        let general = if domain.state.is_active() {
            tr("No figures yet")
        } else {
            tr("No figures while the machine is off")
        };
        let details = domain.details.as_deref().filter(|_| domain.state.is_active());
        let disk = match details {
            Some(details) if details.disks.is_empty() => tr("The machine has no disk"),
            _ => general.clone(),
        };
        let net = match details {
            Some(details) if details.nics.is_empty() => tr("The machine has no network interface"),
            // The traffic of these never passes an interface of the host that could be counted.
            Some(details) if details.nics.iter().all(|nic| nic.kind == "user") => {
                tr("The host has no figures for user networking")
            }
            _ => general.clone(),
        };
        let load = &domain.load;
        let memory = if load.cpu.is_some() && load.memory_used_kib.is_none() {
            tr("The host does not tell how much memory is in use")
        } else {
            general.clone()
        };
        let memory_note = if load.memory_by_host && details.is_some_and(has_balloon) {
            tr("What the host holds for it. What the guest uses is known when its balloon driver runs.")
        } else {
            String::new()
        };
        Self {
            general,
            memory,
            memory_note,
            disk,
            net,
        }
    }
}

/// Whether guests of this kind have a balloon: the memory of a container is what its host holds for it.
fn has_balloon(details: &DomainDetails) -> bool {
    matches!(details.hypervisor.as_str(), "kvm" | "qemu" | "hvf" | "xen")
}

fn columns() -> gtk::FlowBox {
    gtk::FlowBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .accessible_role(gtk::AccessibleRole::Group)
        .min_children_per_line(1)
        .max_children_per_line(2)
        .homogeneous(true)
        .column_spacing(18)
        .row_spacing(18)
        .build()
}

fn add_cell(columns: &gtk::FlowBox, child: &impl IsA<gtk::Widget>) {
    let cell = gtk::FlowBoxChild::builder()
        .child(child)
        .focusable(false)
        .accessible_role(gtk::AccessibleRole::Group)
        .build();
    columns.append(&cell);
}

fn build(root: &gtk::ScrolledWindow, init: &OverviewInit, input: &Sender<OverviewMsg>) -> OverviewView {
    let identity = Identity::new(&init.core, init.key);
    let facts = Facts::new();
    let waiting = WaitingGroup::new(input);
    let cpu = GraphCard::new(&tr("CPU"), Unit::Share);
    let memory = GraphCard::new(&tr("Memory"), Unit::Bytes);
    let disk = GraphCard::new(&tr("Disks"), Unit::Rate);
    let net = GraphCard::new(&tr("Network"), Unit::Rate);
    let per_cpu = gtk::ToggleButton::builder()
        .label(tr("Per vCPU"))
        .css_classes(["caption", "pill-toggle"])
        .valign(gtk::Align::Center)
        .build();
    {
        let input = input.clone();
        per_cpu.connect_toggled(move |button| input.emit(OverviewMsg::PerCpuChosen(button.is_active())));
    }
    cpu.add_control(&per_cpu);

    let graphs = columns();
    for card in [&cpu, &memory, &disk, &net] {
        add_cell(&graphs, card.widget());
    }
    let details = columns();
    let left = gtk::Box::new(gtk::Orientation::Vertical, 18);
    let right = gtk::Box::new(gtk::Orientation::Vertical, 18);
    let [general, devices] = facts.groups();
    left.append(general);
    right.append(identity.widget());
    right.append(devices);
    add_cell(&details, &left);
    add_cell(&details, &right);

    // The cells of a flow box stand three pixels in.
    let top = gtk::Box::builder().spacing(12).margin_start(3).margin_end(3).build();
    let heading = gtk::Label::builder()
        .label(tr("Load"))
        .css_classes(["heading"])
        .xalign(0.0)
        .hexpand(true)
        .build();
    top.append(&heading);
    top.append(&range_switch(input));
    let page = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .margin_top(18)
        .margin_bottom(24)
        .margin_start(12)
        .margin_end(12)
        .build();
    page.append(waiting.widget());
    page.append(&top);
    page.append(&graphs);
    page.append(&details);
    let clamp = adw::Clamp::builder()
        .maximum_size(1200)
        .tightening_threshold(800)
        .child(&page)
        .build();
    root.set_child(Some(&clamp));
    OverviewView {
        identity,
        facts,
        waiting,
        cpu,
        memory,
        disk,
        net,
    }
}

fn range_switch(input: &Sender<OverviewMsg>) -> gtk::Box {
    let row = gtk::Box::builder()
        .css_classes(["linked"])
        .valign(gtk::Align::Center)
        .build();
    let mut first: Option<gtk::ToggleButton> = None;
    let ranges = [(tr("5 min"), Some(300)), (tr("1 h"), Some(3600)), (tr("All"), None)];
    for (label, seconds) in ranges {
        let button = gtk::ToggleButton::with_label(&label);
        button.set_group(first.as_ref());
        let input = input.clone();
        button.connect_toggled(move |button| {
            if button.is_active() {
                input.emit(OverviewMsg::RangeChosen(seconds));
            }
        });
        row.append(&button);
        first.get_or_insert(button);
    }
    if let Some(first) = first {
        first.set_active(true);
    }
    row
}
