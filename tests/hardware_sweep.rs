//! Every addition, and an edit of every row of every page, given to a machine of QEMU that is off: libvirt takes it, and what
//! is read back is exactly this change.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::{Daemon, Host, on_main};
use uuid::Uuid;
use vireo::model::error::{Kind, VirtError};
use vireo::model::facts::{GuestKind, HostFacts};
use vireo::model::hardware::apply::{Report, Verdict, Wish};
use vireo::model::hardware::plan::plan;
use vireo::model::hardware::{Control, Draft, Edit, PageId, Row, Value, additions, entries, page};
use vireo::model::xml::domain::Domain;

/// A machine with what most machines have.
const BASE: &str = "<domain type='qemu'><name>sweep</name><memory unit='MiB'>512</memory><vcpu>2</vcpu>\
    <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/><apic/></features><cpu mode='maximum'/>\
    <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/tmp/a.qcow2'/>\
    <target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>\
    <controller type='scsi' model='virtio-scsi'/>\
    <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>\
    <serial type='pty'/><graphics type='vnc' port='-1' autoport='yes'/><video><model type='virtio'/></video>\
    <sound model='ich9'/><input type='tablet' bus='usb'/><memballoon model='virtio'/>\
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>";

const ANY: &str = "libvirt does not write down what it does anyway";

/// Edits of which something else comes than was asked for, and why. Each is told in the report.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "graphics spice: connected",
        "libvirt keeps what belongs to a password with a password only",
    ),
    (
        "graphics spice: valid-to",
        "libvirt keeps what belongs to a password with a password only",
    ),
    ("graphics spice: default-mode = any", ANY),
    ("graphics spice: mode-cursor = any", ANY),
    ("graphics spice: mode-display = any", ANY),
    ("graphics spice: mode-inputs = any", ANY),
    ("graphics spice: mode-main = any", ANY),
    ("graphics spice: mode-playback = any", ANY),
    ("graphics spice: mode-record = any", ANY),
    ("graphics spice: mode-smartcard = any", ANY),
    ("graphics spice: mode-usb = any", ANY),
    (
        "graphics vnc: type = spice",
        "libvirt writes no port for SPICE that chooses its own",
    ),
    (
        "Cpu: cells",
        "libvirt gives the first cell the processors that no cell has",
    ),
    (
        "channel unix: mode",
        "without a path libvirt makes one up, and says neither",
    ),
    (
        "controller pci",
        "another kind of controller is another model of QEMU's, with numbers that libvirt chooses",
    ),
    (
        "controller usbqemu-xhci: model = ich9-ehci1",
        "libvirt puts in its companions",
    ),
    (
        "controller virtio-serial: index",
        "what hangs on the old number has a controller of that number again",
    ),
    ("disk filecdrom: source-type", "without a medium its kind says nothing"),
    ("disk filefloppy: source-type", "without a medium its kind says nothing"),
    (
        "Overview: chipset",
        "each board has a PCI root of its own, which libvirt puts in",
    ),
    (
        "Overview: machine",
        "each board has a PCI root of its own, which libvirt puts in",
    ),
    ("disk filecdrom: readonly", "for libvirt a CD-ROM is always read-only"),
    (
        "filesystem mount: groups",
        "libvirt maps groups only where it maps users",
    ),
    ("graphics dbus: type", "libvirt gives the new display a default address"),
    ("graphics vnc: connected", "libvirt keeps it with a password only"),
    ("graphics vnc: valid-to", "libvirt keeps it with a password only"),
    ("memballoon virtio: model", "a balloon that isn't there has no address"),
    ("interface user: backend = default", "what is meant without a word"),
    (
        "memory ",
        "a module of another kind is another module, for which libvirt chooses the rest",
    ),
    ("no audio", "libvirt puts in what the sound card plays to"),
    ("no controller", "libvirt puts in what other devices need"),
    (
        "no memballoon",
        "libvirt puts one in unless there is one of the model none",
    ),
    ("no memory", "libvirt counts the memory of the machine anew"),
    ("no video", "libvirt puts in what the display shows"),
    ("no watchdog itco", "this machine type has it on board"),
    ("rng virtio: model", "another model sits on another bus"),
    (
        "video : primary",
        "one video card has to be the first one, at its own address",
    ),
    ("watchdog itco: model", "this machine type has one on board anyway"),
];

/// How a reason begins that libvirt gives.
const REFUSED: &str = "libvirt refuses: ";

/// Values that are tried of a long list.
const MOST: usize = 5;

struct Bench {
    host: Host,
    uuid: Uuid,
    facts: HostFacts,
    _daemon: Daemon,
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a machine")
}

fn places(before: &Domain, after: &Domain) -> BTreeSet<String> {
    let changes = plan(before, after, None);
    changes.into_iter().map(|change| change.place).collect()
}

impl Bench {
    fn new() -> Self {
        let daemon = Daemon::start();
        let uri = daemon.uri_qemu();
        let file = daemon.write("sweep.xml", BASE);
        daemon.virsh(&uri, &["define", &file.to_string_lossy()]);
        let uuid = daemon
            .virsh(&uri, &["domuuid", "sweep"])
            .trim()
            .parse()
            .expect("a UUID");
        let host = Host::new(&uri);
        host.listed(0);
        let kind = GuestKind {
            hypervisor: "qemu".to_owned(),
            arch: Some("x86_64".to_owned()),
            machine: Some("q35".to_owned()),
            emulator: None,
        };
        let facts = host.ask(async move |client| client.facts(kind).await).expect("facts");
        Self {
            host,
            uuid,
            facts,
            _daemon: daemon,
        }
    }

    fn persistent(&self) -> String {
        let uuid = self.uuid;
        let found = self.host.ask(async move |client| client.definitions(uuid).await);
        found.expect("definitions").persistent.expect("it is persistent")
    }

    fn apply(&self, base: &str, edited: &str) -> Result<Verdict, VirtError> {
        let (uuid, wish) = (
            self.uuid,
            Wish {
                base: base.to_owned(),
                edited: edited.to_owned(),
                live: true,
                validate: true,
            },
        );
        self.host.ask(async move |client| client.apply(uuid, wish).await)
    }

    /// Applies and compares; the definition afterwards, or why there is none.
    fn check(&self, base: &str, edited: &Domain) -> Result<String, String> {
        let text = edited.document().to_string();
        let report: Report = match self.apply(base, &text) {
            Ok(Verdict::Done(report)) => *report,
            Ok(Verdict::Invalid { error, named }) => return Err(format!("the schema refuses {named:?}: {error}")),
            Ok(other) => return Err(format!("{other:?}")),
            Err(error) => {
                assert!(
                    !error.message.is_empty() && error.kind != Kind::Unreachable,
                    "{error:?}"
                );
                assert_eq!(self.persistent(), base, "what is refused changes nothing");
                return Err(format!("{REFUSED}{error}"));
            }
        };
        if !report.dropped.is_empty() {
            return Err(format!("left out: {:?}", report.dropped));
        }
        let (before, after) = (domain(base), domain(&report.definition));
        let (wanted, got) = (places(&before, edited), places(&before, &after));
        // What libvirt has added by itself is told as that.
        let is_below = |one: &str, other: &str| {
            let rest = one.strip_prefix(other);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@', '+']))
        };
        let is_told = |place: &&String| {
            let mut added = report.added.iter();
            added.any(|one| is_below(&one.place, place) || is_below(place, &one.place))
        };
        let besides: BTreeSet<_> = got.difference(&wanted).filter(|place| !is_told(place)).collect();
        if !besides.is_empty() {
            return Err(format!("done besides: {besides:?}"));
        }
        // What was taken out is out, but for what libvirt has to choose: places in the guest, numbers of screens.
        let chosen =
            |place: &str| place.contains("/address") || place.ends_with("/@heads") || place.ends_with("/alignsize");
        let document = before.document();
        let back: Vec<_> = report
            .added
            .iter()
            .map(|one| one.place.as_str())
            .filter(|place| !chosen(place) && !place.contains('@') && document.at_place(place).is_some())
            .collect();
        if !back.is_empty() {
            return Err(format!("there again: {back:?}"));
        }
        Ok(report.definition)
    }

    /// Gives the machine a definition that it had.
    fn restore(&self, wanted: &str) {
        {
            let uuid = self.uuid;
            let text = wanted.to_owned();
            let done = self
                .host
                .ask(async move |client| client.define(uuid, text, false).await);
            done.expect("it had it before");
        }
    }
}

/// Values that a row may be given, besides the one that it has.
fn values(row: &Row) -> Vec<Value> {
    let text = |text: &str| Value::of(text);
    let all = match &row.control {
        Control::Fact | Control::Button(..) | Control::OfHost(_) => Vec::new(),
        Control::Text | Control::LongText | Control::Password | Control::Path(_) => vec![text(row.example)],
        Control::Number { min, max, .. } => {
            let example: u64 = row.example.parse().unwrap_or(*min);
            vec![text(&example.clamp(*min, *max).to_string())]
        }
        Control::Size { .. } => vec![text(row.example)],
        Control::Switch { default } => vec![text(if *default { "no" } else { "yes" }), text("yes"), text("no")],
        Control::Choice(choices) => choices
            .iter()
            .filter(|choice| choice.problem.is_none())
            .map(|choice| text(&choice.value))
            .collect(),
        Control::Proposal(choices) => {
            let usable = choices.iter().filter(|choice| choice.problem.is_none());
            usable.map(|choice| text(&choice.value)).collect()
        }
        Control::Order(items) => {
            let keys: Vec<String> = items.iter().map(|item| item.key.clone()).collect();
            vec![Value::Order(keys.iter().rev().cloned().collect())]
        }
        Control::Table { columns, .. } => {
            let line = |column: &vireo::model::hardware::Column| match column.choices.first() {
                Some(choice) => choice.value.clone(),
                None => column.example.to_owned(),
            };
            let mut more = row.value.lines().to_vec();
            more.push(columns.iter().map(line).collect());
            vec![Value::Table(more)]
        }
    };
    let said = row.value.clone();
    all.into_iter()
        .filter(|value| *value != said && *value != Value::of(""))
        .take(MOST)
        .collect()
}

/// What was tried, and what came of it.
#[derive(Default)]
struct Sweep {
    tried: BTreeSet<String>,
    failed: BTreeMap<String, String>,
    done: usize,
    /// Pages on which at least one edit came out as asked for, and all pages.
    pages: (BTreeSet<String>, BTreeSet<String>),
}

#[test]
fn every_addition_and_every_row_reaches_the_definition_and_nothing_else() {
    on_main(|| {
        let bench = Bench::new();
        let start = bench.persistent();
        let base = domain(&start);
        let mut sweep = Sweep::default();
        sweep.pages_of(&bench, &start);
        let draft = Draft::new(base.clone(), None);
        for addition in additions(&draft.context(&bench.facts)) {
            let what = format!("new {}", addition.id);
            match addition.try_on(&base, &bench.facts) {
                Err(refused) => println!("{what}: not here: {}", refused.0),
                Ok((with, node)) => {
                    let mut added = Draft::new(with, None);
                    let done = match bench.check(&start, added.edited()) {
                        Err(_) if fill(&bench, &start, PageId::Device(node), &mut added) => {
                            bench.restore(&start);
                            bench.check(&start, added.edited())
                        }
                        done => done,
                    };
                    match done {
                        Err(reason) => drop(sweep.failed.insert(what, reason)),
                        Ok(definition) => {
                            sweep.done += 1;
                            sweep.pages_of(&bench, &definition);
                        }
                    }
                }
            }
            bench.restore(&start);
        }
        sweep.judge();
        bench.host.close();
    });
}

impl Sweep {
    /// Every row of every page of a machine that has this definition, once for each kind of device.
    fn pages_of(&mut self, bench: &Bench, base: &str) {
        let draft = Draft::new(domain(base), None);
        let context = draft.context(&bench.facts);
        for entry in entries(&context) {
            if let PageId::Device(node) = entry.id {
                let what = format!("no {}", kind_of(draft.edited(), node));
                let mut draft = draft.clone();
                if !self.tried.contains(&what) && draft.remove(&bench.facts, node).is_ok() {
                    self.tried.insert(what.clone());
                    self.record(what, bench.check(base, draft.edited()));
                    bench.restore(base);
                }
            }
            let kind = match entry.id {
                PageId::Device(node) => kind_of(draft.edited(), node),
                id => format!("{id:?}"),
            };
            for row in page(&context, entry.id).rows() {
                if row.locked.is_none() && !matches!(row.edit, Edit::None) {
                    self.row(bench, base, (&draft, entry.id, &kind), row);
                }
            }
        }
    }

    fn row(&mut self, bench: &Bench, base: &str, (draft, page, kind): (&Draft, PageId, &str), row: &Row) {
        for value in values(row) {
            let what = format!("{kind}: {} = {}", row.id, shown(&value));
            let mut draft = draft.clone();
            if self.tried.contains(&what)
                || draft.set(&bench.facts, page, &row.id, &value).is_err()
                || !draft.is_changed()
            {
                continue;
            }
            self.tried.insert(what.clone());
            self.pages.1.insert(kind.to_owned());
            let done = match bench.check(base, draft.edited()) {
                // What was chosen needs more.
                Err(_) if fill(bench, base, page, &mut draft) => {
                    bench.restore(base);
                    bench.check(base, draft.edited())
                }
                done => done,
            };
            if done.is_ok() {
                self.pages.0.insert(kind.to_owned());
            }
            self.record(what, done);
            bench.restore(base);
        }
    }

    fn record(&mut self, what: String, done: Result<String, String>) {
        match done {
            Ok(_) => self.done += 1,
            Err(reason) => drop(self.failed.insert(what, reason)),
        }
    }

    fn judge(&self) {
        let (refused, wrong): (Vec<_>, Vec<_>) =
            self.failed.iter().partition(|(_, reason)| reason.starts_with(REFUSED));
        for (what, reason) in &refused {
            println!("{what}: {reason}");
        }
        println!(
            "{} changes came out as asked for, {} are refused",
            self.done,
            refused.len()
        );
        let is_known = |what: &str| EXCEPTIONS.iter().any(|(start, _)| what.starts_with(start));
        let wrong: Vec<_> = wrong.into_iter().filter(|(what, _)| !is_known(what)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        // Some need something else first: another model, a program of the host, hardware.
        assert!(
            self.done > 300 && refused.len() < self.done / 8,
            "{} done, {} refused",
            self.done,
            refused.len()
        );
        let new: Vec<_> = refused.iter().filter(|(what, _)| what.starts_with("new ")).collect();
        assert!(new.is_empty(), "nothing that is offered is refused: {new:#?}");
        let untouched: Vec<_> = self.pages.1.difference(&self.pages.0).collect();
        assert!(
            untouched.is_empty(),
            "pages without an edit that came out: {untouched:?}"
        );
    }
}

/// Fills in what stands empty on a page, and did not before. Whether there was something.
fn fill(bench: &Bench, base: &str, id: PageId, draft: &mut Draft) -> bool {
    let is_empty = |value: &Value| *value == Value::of("") || *value == Value::Text(None);
    let before = Draft::new(domain(base), None);
    let is_new = matches!(id, PageId::Device(node) if !before.edited().document().contains(node));
    let left: BTreeSet<String> = match is_new {
        true => BTreeSet::new(),
        false => {
            let page = page(&before.context(&bench.facts), id);
            let empty = page.rows().filter(|row| is_empty(&row.value));
            empty.map(|row| row.id.clone()).collect()
        }
    };
    let rows: Vec<Row> = page(&draft.context(&bench.facts), id).rows().cloned().collect();
    let mut is_filled = false;
    for row in rows {
        if row.locked.is_some() || !is_empty(&row.value) || left.contains(&row.id) {
            continue;
        }
        let value = match &row.control {
            Control::Text | Control::Path(_) | Control::Proposal(_) => row.example,
            _ => "",
        };
        if !value.is_empty() {
            is_filled |= draft.set(&bench.facts, id, &row.id, &Value::of(value)).is_ok();
        }
    }
    is_filled
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone().unwrap_or_default(),
        other => format!("{other:?}"),
    }
}

/// A kind of device with what tells its pages apart.
fn kind_of(domain: &Domain, node: vireo::model::xml::NodeId) -> String {
    let document = domain.document();
    let attribute = |name| document.attribute(node, name).unwrap_or_default().into_owned();
    let words = [attribute("type"), attribute("device"), attribute("model")].concat();
    format!("{} {words}", document.name(node))
}
