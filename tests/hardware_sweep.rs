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

/// Edits of which something else comes than was asked for, and why. Each is told in the report.
const EXCEPTIONS: &[(&str, &str)] = &[
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
const MOST: usize = 12;

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

#[test]
fn every_addition_and_every_row_reaches_the_definition_and_nothing_else() {
    on_main(|| {
        let bench = Bench::new();
        let start = bench.persistent();
        let mut failed: BTreeMap<String, String> = BTreeMap::new();
        let mut tried = BTreeSet::new();
        let mut done = 0;
        let base = domain(&start);
        sweep(&bench, &start, &mut tried, &mut failed, &mut done);
        let draft = Draft::new(base.clone(), None);
        for addition in additions(&draft.context(&bench.facts)) {
            let what = format!("new {}", addition.id);
            match addition.try_on(&base, &bench.facts) {
                Err(refused) => println!("{what}: not here: {}", refused.0),
                Ok((with, _)) => match bench.check(&start, &with) {
                    Err(reason) => drop(failed.insert(what, reason)),
                    Ok(definition) => {
                        done += 1;
                        sweep(&bench, &definition, &mut tried, &mut failed, &mut done);
                    }
                },
            }
            bench.restore(&start);
        }
        let (refused, wrong): (Vec<_>, Vec<_>) = failed.iter().partition(|(_, reason)| reason.starts_with(REFUSED));
        for (what, reason) in &refused {
            println!("{what}: {reason}");
        }
        println!("{done} changes came out as asked for, {} are refused", refused.len());
        let is_known = |what: &str| EXCEPTIONS.iter().any(|(start, _)| what.starts_with(start));
        let wrong: Vec<_> = wrong.into_iter().filter(|(what, _)| !is_known(what)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        // Some need something else first: a source, another model, a program of the host.
        assert!(
            done > 300 && refused.len() < done / 4,
            "{done} done, {} refused",
            refused.len()
        );
        bench.host.close();
    });
}

/// Every row of every page of a machine that has this definition, once for each kind of device.
fn sweep(
    bench: &Bench,
    base: &str,
    tried: &mut BTreeSet<String>,
    failed: &mut BTreeMap<String, String>,
    done: &mut usize,
) {
    let draft = Draft::new(domain(base), None);
    let context = draft.context(&bench.facts);
    for entry in entries(&context) {
        if let PageId::Device(node) = entry.id {
            let what = format!("no {}", kind_of(draft.edited(), node));
            let mut draft = draft.clone();
            if !tried.contains(&what) && draft.remove(&bench.facts, node).is_ok() {
                tried.insert(what.clone());
                match bench.check(base, draft.edited()) {
                    Ok(_) => *done += 1,
                    Err(reason) => drop(failed.insert(what, reason)),
                }
                bench.restore(base);
            }
        }
        let kind = match entry.id {
            PageId::Device(node) => kind_of(draft.edited(), node),
            id => format!("{id:?}"),
        };
        for row in page(&context, entry.id).rows() {
            if row.locked.is_some() || matches!(row.edit, Edit::None) {
                continue;
            }
            for value in values(row) {
                let what = format!("{kind}: {} = {}", row.id, shown(&value));
                let mut draft = draft.clone();
                if tried.contains(&what)
                    || draft.set(&bench.facts, entry.id, &row.id, &value).is_err()
                    || !draft.is_changed()
                {
                    continue;
                }
                tried.insert(what.clone());
                match bench.check(base, draft.edited()) {
                    Ok(_) => *done += 1,
                    Err(reason) => drop(failed.insert(what, reason)),
                }
                bench.restore(base);
            }
        }
    }
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
