//! Every definition of the corpus: nothing done changes nothing, and each edit changes what it names.

#[path = "xml/judge.rs"]
mod judge;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use judge::{Item, assert_same_outside, range, read};
use vireo::model::xml::domain::{DeviceKind, Domain, DomainChange, fields};
use vireo::model::xml::field::{Field, Form};
use vireo::model::xml::object::{
    Capabilities, Checkpoint, DomainCapabilities, Network, NodeDevice, NwFilter, Pool, Secret, Snapshot, Volume,
    checkpoint, domain_capabilities, network, network_ip, node_device, nwfilter, pool, secret, snapshot, volume,
};
use vireo::model::xml::{Document, NodeId, differences, merge, read_domain};

const SCHEMA: &str = "/usr/share/libvirt/schemas/domain.rng";

/// All files, with their path below the corpus.
fn corpus() -> Vec<(String, Vec<u8>)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "xml") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let name = |path: &Path| {
        path.strip_prefix(&root)
            .expect("below it")
            .to_string_lossy()
            .into_owned()
    };
    let all: Vec<_> = paths
        .iter()
        .map(|path| (name(path), fs::read(path).expect("readable")))
        .collect();
    assert!(all.len() >= 150, "{} definitions", all.len());
    all
}

/// The machines among them, as text.
fn machines() -> Vec<(String, Domain)> {
    let read = |(name, bytes): (String, Vec<u8>)| {
        let document = Document::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        Some((name, Domain::new(document).ok()?))
    };
    let machines: Vec<_> = corpus().into_iter().filter_map(read).collect();
    assert!(machines.len() > 150, "{} machines", machines.len());
    machines
}

#[test]
fn places_of_devices_are_those_that_each_is_asked_for() {
    for (name, domain) in machines() {
        let document = domain.document();
        for (node, place) in domain.device_places() {
            assert_eq!(place, document.place(node), "{name}");
            assert_eq!(document.at_place(&place), Some(node), "{name}: {place}");
        }
        let told: Vec<NodeId> = domain.device_places().into_iter().map(|(node, _)| node).collect();
        assert!(domain.devices().all(|device| told.contains(&device.node)), "{name}");
    }
}

#[test]
fn nothing_done_is_nothing_changed() {
    for (name, bytes) in corpus() {
        let document = Document::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(document.to_bytes() == bytes, "{name}");
        let text = document.to_string();
        assert!(
            differences(&document, &Document::parse(&text).expect("the same text")).is_empty(),
            "{name}"
        );
        // Both parsers agree on what is there.
        let judge = roxmltree::Document::parse(text.trim_start_matches('\u{feff}'))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let elements = judge
            .root_element()
            .descendants()
            .filter(roxmltree::Node::is_element)
            .count();
        assert_eq!(document.descendants(document.root()).len(), elements, "{name}");
    }
}

#[test]
fn overview_reads_every_machine() {
    for (name, machine) in machines() {
        let details = read_domain(&machine.document().to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            details.disks.len(),
            machine.devices_of(DeviceKind::Disk).count(),
            "{name}"
        );
        assert_eq!(u64::from(details.max_vcpus), machine.max_vcpus(), "{name}");
    }
}

/// Takes elements away for which `wanted` holds, wherever they are.
fn without(mut item: Item, wanted: &dyn Fn(&Item, &str) -> bool) -> Item {
    fn clean(item: &mut Item, wanted: &dyn Fn(&Item, &str) -> bool) {
        let parent = item.name().to_owned();
        if let Item::Element { content, .. } = item {
            content
                .retain(|item| !wanted(item, &parent) && !matches!(item, Item::Text(text) if text.trim().is_empty()));
            content.iter_mut().for_each(|item| clean(item, wanted));
            // A list that is made for its first entry says nothing by itself.
            content.retain(
                |item| !matches!(item, Item::Element { name, content, .. } if name == "devices" && content.is_empty()),
            );
        }
    }
    clean(&mut item, wanted);
    item.without_layout()
}

fn attribute<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    let Item::Element { attributes, .. } = item else {
        return None;
    };
    attributes
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

fn child<'i>(item: &'i Item, name: &str) -> Option<&'i Item> {
    let Item::Element { content, .. } = item else {
        return None;
    };
    content.iter().find(|item| item.name() == name)
}

fn plain(item: &Item) -> bool {
    matches!(item, Item::Element { namespace: None, .. })
}

/// What each change may touch: (change, elements by name and parent).
type Touches = (DomainChange, Wanted);
/// Holds for the elements that a change is about; takes the element and its parent's name.
type Wanted = Box<dyn Fn(&Item, &str) -> bool>;

fn changes() -> Vec<Touches> {
    let named = |names: &'static [(&'static str, &'static str)]| -> Wanted {
        Box::new(move |item, parent| plain(item) && names.contains(&(item.name(), parent)))
    };
    vec![
        (DomainChange::Nothing, named(&[])),
        (
            DomainChange::Memory(3_000_001),
            named(&[("memory", "domain"), ("currentMemory", "domain"), ("cell", "numa")]),
        ),
        (
            DomainChange::Memory(262_144),
            named(&[("memory", "domain"), ("currentMemory", "domain"), ("cell", "numa")]),
        ),
        (DomainChange::CurrentMemory(1000), named(&[("currentMemory", "domain")])),
        (DomainChange::Vcpus(1), named(&[("vcpu", "domain"), ("vcpu", "vcpus")])),
        (
            DomainChange::MaxVcpus(16),
            named(&[
                ("vcpu", "domain"),
                ("vcpu", "vcpus"),
                ("topology", "cpu"),
                ("cell", "numa"),
            ]),
        ),
        (
            DomainChange::MaxVcpus(1),
            named(&[
                ("vcpu", "domain"),
                ("vcpu", "vcpus"),
                ("topology", "cpu"),
                ("cell", "numa"),
            ]),
        ),
        (
            DomainChange::Title("New & <title>".into()),
            named(&[("title", "domain")]),
        ),
        (DomainChange::Title(String::new()), named(&[("title", "domain")])),
        (
            DomainChange::Description("a\n b\t\"c\"".into()),
            named(&[("description", "domain")]),
        ),
        (DomainChange::Name("new-name".into()), named(&[("name", "domain")])),
        (
            DomainChange::AddDisk("/img/new & old.qcow2".into()),
            Box::new(|item, parent| {
                parent == "devices"
                    && (child(item, "source").and_then(|source| attribute(source, "file"))
                        == Some("/img/new & old.qcow2")
                        || (item.name() == "controller" && attribute(item, "model") == Some("virtio-scsi")))
            }),
        ),
        (
            DomainChange::RemoveDisk("vda".into()),
            Box::new(|item, parent| {
                plain(item)
                    && parent == "devices"
                    && item.name() == "disk"
                    && child(item, "target").and_then(|target| attribute(target, "dev")) == Some("vda")
            }),
        ),
        (
            DomainChange::AddNic("a new network".into()),
            Box::new(|item, parent| {
                parent == "devices"
                    && child(item, "source").and_then(|source| attribute(source, "network")) == Some("a new network")
            }),
        ),
        (
            DomainChange::AddDevice("<watchdog model='ib700' action='none'/>".into()),
            Box::new(|item, parent| {
                parent == "devices" && item.name() == "watchdog" && attribute(item, "model") == Some("ib700")
            }),
        ),
        (
            DomainChange::Boot(vec!["network".into(), "hd".into()]),
            Box::new(|item, _| plain(item) && item.name() == "boot"),
        ),
        (
            DomainChange::Boot(vec!["vda".into()]),
            Box::new(|item, _| plain(item) && item.name() == "boot"),
        ),
        (
            DomainChange::Metadata {
                key: "t".into(),
                uri: "urn:t".into(),
                xml: "<a>x</a>".into(),
            },
            Box::new(|item, _| {
                matches!(item, Item::Element { namespace: Some(uri), .. } if uri == "urn:t") || is_hollow_metadata(item)
            }),
        ),
    ]
}

fn is_hollow_metadata(item: &Item) -> bool {
    matches!(item, Item::Element { name, content, .. } if name == "metadata"
        && content.iter().all(|item| !matches!(item, Item::Element { namespace, .. } if namespace.as_deref() != Some("urn:t"))))
}

#[test]
fn each_change_touches_what_it_names_in_every_machine() {
    let mut done: HashMap<String, usize> = HashMap::new();
    for (name, machine) in machines() {
        let before = machine.document().to_string();
        let judged = read(before.trim_start_matches('\u{feff}'));
        for (change, touches) in changes() {
            let Ok(after) = DomainChange::apply_all(std::slice::from_ref(&change), &machine) else {
                continue;
            };
            *done.entry(format!("{change:?}")).or_default() += 1;
            let text = after.document().to_string();
            if change == DomainChange::Nothing {
                assert_eq!(text, before, "{name}");
            }
            let now = read(text.trim_start_matches('\u{feff}'));
            let (one, other) = (without(judged.clone(), &*touches), without(now, &*touches));
            assert!(
                one == other,
                "{name}: {change:?} has changed more:\n{before}\n---\n{text}"
            );
            // Making the same change again changes nothing more, where it is no addition.
            if !matches!(
                change,
                DomainChange::AddDisk(_)
                    | DomainChange::AddNic(_)
                    | DomainChange::AddDevice(_)
                    | DomainChange::RemoveDisk(_)
            ) {
                let again = DomainChange::apply_all(std::slice::from_ref(&change), &after).expect("possible once more");
                assert_eq!(again.document().to_string(), text, "{name}: {change:?}");
            }
        }
    }
    for (change, _) in changes() {
        let count = done.get(&format!("{change:?}")).copied().unwrap_or_default();
        assert!(count > 20, "{change:?} was possible on {count} machines only");
    }
}

#[test]
fn what_was_set_is_what_the_views_say() {
    for (name, machine) in machines() {
        let apply = |change: DomainChange| DomainChange::apply_all(&[change], &machine);
        if let Ok(after) = apply(DomainChange::Memory(3_000_001)) {
            assert_eq!(after.memory_kib(), Some(3_000_001), "{name}");
            assert!(after.current_memory_kib() <= Some(3_000_001), "{name}");
        }
        if let Ok(after) = apply(DomainChange::CurrentMemory(1000)) {
            assert_eq!(after.current_memory_kib(), Some(1000), "{name}");
            assert_eq!(after.memory_kib(), machine.memory_kib(), "{name}");
        }
        if let Ok(after) = apply(DomainChange::MaxVcpus(16)) {
            assert_eq!((after.max_vcpus(), after.vcpus()), (16, machine.vcpus()), "{name}");
        }
        if let Ok(after) = apply(DomainChange::MaxVcpus(1)) {
            assert_eq!((after.max_vcpus(), after.vcpus()), (1, 1), "{name}");
        }
        if let Ok(after) = apply(DomainChange::AddDisk("/x".into())) {
            assert_eq!(
                after.targets().len(),
                machine.targets().len() + 1,
                "{name}: a target of its own"
            );
        }
        assert_eq!(
            apply(DomainChange::Name("n".into())).expect("a good name").name(),
            "n",
            "{name}"
        );
    }
}

/// A value that the field has not, in its form.
fn other_value(form: Form, old: Option<&str>) -> String {
    let choices: &[&str] = match form {
        Form::Text => &["some <value> & more", "other"],
        Form::Number => &["7", "8"],
        Form::YesNo | Form::Present => &["yes", "no"],
        Form::OnOff => &["on", "off"],
        Form::Size(_) => &["1048576", "2097153"],
    };
    let value = choices
        .iter()
        .find(|choice| Some(**choice) != old)
        .expect("two choices");
    (*value).to_owned()
}

/// Element and fields, set and cleared.
fn try_fields(
    name: &str,
    document: &Document,
    element: NodeId,
    path: &[usize],
    list: &[Field<String>],
    tried: &mut HashMap<String, usize>,
) {
    let before = document.to_string();
    for field in list {
        let key = format!("{} {}", document.name(element), field.path);
        let count = tried.entry(key.clone()).or_default();
        if *count >= 4 {
            continue;
        }
        let mut copy = document.clone();
        let old = copy.get(element, *field);
        let value = other_value(field.form, old.as_deref());
        // A text among elements is nothing that can be set.
        if copy.set(element, *field, Some(value.clone())).is_err() {
            continue;
        }
        *count += 1;
        let after = copy.to_string();
        match field.form {
            Form::Present => assert!(copy.get(element, *field).is_some() == (value == "yes"), "{name}: {key}"),
            _ => assert_eq!(copy.get(element, *field), Some(value.clone()), "{name}: {key}"),
        }
        assert_same_outside(&before, &after, range(&before, path));
        let mut place = path.to_vec();
        let elements = roxmltree::Document::parse(&after)
            .expect("well-formed")
            .descendants()
            .filter(roxmltree::Node::is_element)
            .count();
        let had = document.descendants(document.root()).len();
        assert!(
            elements <= had + field.path.matches('/').count() + 1,
            "{name}: {key} made {elements} of {had} elements"
        );
        // Setting what is there already changes nothing.
        copy.set(element, *field, Some(value)).expect("possible once");
        assert_eq!(copy.to_string(), after, "{name}: {key}");
        // What is cleared is gone, and what was made for it is, too.
        copy.set(element, *field, None).expect("clearing");
        assert_eq!(copy.get(element, *field), None, "{name}: {key}");
        if old.is_none() {
            place.clear();
            // An element that said nothing may go with it.
            let hollow = |text: &str| {
                Document::parse(text).is_ok_and(|part| {
                    part.attributes(part.root()).next().is_none()
                        && part.children(part.root()).next().is_none()
                        && part.text(part.root()).trim().is_empty()
                })
            };
            let mut rest = differences(document, &copy);
            rest.retain(|difference| !(difference.after.is_none() && difference.before.as_deref().is_some_and(hollow)));
            assert!(rest.is_empty(), "{name}: {key} left {rest:?}");
        }
    }
}

fn path_of(document: &Document, id: NodeId) -> Vec<usize> {
    let mut path = Vec::new();
    let mut at = id;
    while let Some(parent) = document.parent(at) {
        path.insert(
            0,
            document
                .children(parent)
                .position(|child| child == at)
                .expect("a child"),
        );
        at = parent;
    }
    path
}

#[test]
fn every_field_is_read_set_and_cleared_alone() {
    let mut tried = HashMap::new();
    for (name, machine) in machines() {
        let document = machine.document();
        if document.to_string().starts_with('\u{feff}') {
            continue;
        }
        for list in fields::MACHINE {
            try_fields(&name, document, document.root(), &[], list, &mut tried);
        }
        for device in machine.devices() {
            let path = path_of(document, device.node);
            try_fields(&name, document, device.node, &path, fields::of(device.kind), &mut tried);
            if !fields::of(device.kind).is_empty() {
                try_fields(&name, document, device.node, &path, fields::device::ALL, &mut tried);
            }
        }
    }
    let missing: Vec<_> = DeviceKind::ALL
        .iter()
        .flat_map(|kind| {
            fields::of(*kind)
                .iter()
                .map(|field| format!("{} {}", kind.element(), field.path))
        })
        .chain(
            fields::MACHINE
                .iter()
                .flat_map(|list| list.iter().map(|field| format!("domain {}", field.path))),
        )
        .filter(|key| tried.get(key).copied().unwrap_or_default() == 0)
        .collect();
    assert!(missing.is_empty(), "never tried: {missing:?}");
}

#[test]
fn every_other_object_is_read_and_its_fields_set() {
    let mut tried = HashMap::new();
    let mut kinds: HashMap<String, usize> = HashMap::new();
    for (name, bytes) in corpus() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Ok(document) = Document::parse(&text) else { continue };
        let root = document.root();
        let list = match document.name(root) {
            "network" => {
                let network = Network::parse(&text).expect("a network");
                for ip in network.ips() {
                    try_fields(
                        &name,
                        &document,
                        ip,
                        &path_of(&document, ip),
                        network_ip::ALL,
                        &mut tried,
                    );
                }
                network::ALL
            }
            "pool" => Pool::parse(&text).map(|_| pool::ALL).expect("a pool"),
            "volume" => Volume::parse(&text).map(|_| volume::ALL).expect("a volume"),
            "domainsnapshot" => Snapshot::parse(&text).map(|_| snapshot::ALL).expect("a snapshot"),
            "domaincheckpoint" => Checkpoint::parse(&text).map(|_| checkpoint::ALL).expect("a checkpoint"),
            "device" => NodeDevice::parse(&text).map(|_| node_device::ALL).expect("a device"),
            "secret" => Secret::parse(&text).map(|_| secret::ALL).expect("a secret"),
            "filter" => NwFilter::parse(&text).map(|_| nwfilter::ALL).expect("a filter"),
            "domainCapabilities" => DomainCapabilities::parse(&text)
                .map(|_| domain_capabilities::ALL)
                .expect("capabilities"),
            _ => continue,
        };
        *kinds.entry(document.name(root).to_owned()).or_default() += 1;
        try_fields(&name, &document, root, &[], list, &mut tried);
    }
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

#[test]
fn capabilities_say_what_can_be_chosen() {
    let text = |name: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)).expect("a file")
    };
    let host = Capabilities::parse(&text("capabilities/qemu.xml")).expect("capabilities");
    let guests = host.guests();
    let pc = guests.iter().find(|guest| guest.arch == "x86_64").expect("x86_64");
    assert!(
        pc.machines.iter().any(|machine| machine == "q35") && pc.hypervisors.iter().any(|kind| kind == "qemu"),
        "{pc:?}"
    );
    assert_eq!((pc.os_type.as_str(), pc.word_size), ("hvm", Some(64)));
    assert_eq!(host.arch().as_deref(), Some("x86_64"));
    let machine = DomainCapabilities::parse(&text("domaincaps/qemu-q35.xml")).expect("capabilities");
    assert_eq!(machine.is_supported("devices/disk"), Some(true));
    assert_eq!(machine.is_supported("devices/hologram"), None);
    let buses = machine.values("devices/disk", "bus").expect("buses");
    assert!(
        buses.iter().any(|bus| bus == "virtio") && buses.iter().any(|bus| bus == "sata"),
        "{buses:?}"
    );
    assert!(machine.cpu_modes().iter().any(|mode| mode == "custom"));
    let models = machine.cpu_models();
    assert!(
        models.len() > 10 && models.iter().any(|model| model.usable == Some(false)),
        "{models:?}"
    );
    let filter = NwFilter::parse(&text("nwfilter/only-web.xml")).expect("a filter");
    assert_eq!(
        (filter.rules().len(), filter.includes()),
        (3, vec!["no-spoof".to_owned()])
    );
    let network = Network::parse(&text("network/nat.xml")).expect("a network");
    assert_eq!((network.ips().len(), network.reservations().len()), (2, 2));
    let gpu = NodeDevice::parse(&text("nodedev/pci-gpu.xml")).expect("a device");
    assert_eq!(
        (gpu.capabilities(), gpu.iommu_group().len()),
        (vec!["pci".to_owned(), "mdev_types".to_owned()], 2)
    );
    assert_eq!(gpu.get(node_device::PRODUCT).as_deref(), Some("GP104 [GeForce & co]"));
    assert!(Network::parse("<pool/>").is_err());
}

#[test]
fn what_the_schema_took_before_an_edit_it_takes_after() {
    let folder = tempfile::tempdir().expect("a directory");
    let mut pairs = Vec::new();
    let write = |name: String, domain: &Domain| {
        fs::write(folder.path().join(&name), domain.document().to_bytes()).expect("written");
        name
    };
    for (number, (name, machine)) in machines().into_iter().enumerate() {
        let before = write(format!("{number}.xml"), &machine);
        for (at, (change, _)) in changes().into_iter().enumerate() {
            if let Ok(after) = DomainChange::apply_all(std::slice::from_ref(&change), &machine) {
                let after = write(format!("{number}-{at}.xml"), &after);
                pairs.push((before.clone(), after, format!("{name}: {change:?}")));
            }
        }
    }
    let files = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name());
    let files: Vec<_> = files.collect();
    let output = Command::new("xmllint")
        .args(["--noout", "--relaxng", SCHEMA])
        .args(&files)
        .current_dir(folder.path())
        .output()
        .expect("xmllint (see scripts/install-deps)");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let good: std::collections::HashSet<&str> = said
        .lines()
        .filter_map(|line| line.strip_suffix(" validates"))
        .collect();
    let valid = pairs
        .iter()
        .filter(|(before, _, _)| good.contains(before.as_str()))
        .count();
    assert!(valid > 1000, "{valid} edits of valid machines: {said}");
    let broken: Vec<_> = pairs
        .iter()
        .filter(|(before, after, _)| good.contains(before.as_str()) && !good.contains(after.as_str()))
        .map(|(_, after, what)| {
            let why: Vec<_> = said
                .lines()
                .filter(|line| line.starts_with(after.as_str()))
                .take(3)
                .collect();
            format!("{what}: {why:?}")
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn two_people_editing_lose_nothing_in_any_machine() {
    let mut merged = 0;
    for (name, machine) in machines() {
        let mine = [DomainChange::Title("mine".into()), DomainChange::AddNic("mine".into())];
        let theirs = [
            DomainChange::Description("theirs".into()),
            DomainChange::AddDisk("/theirs".into()),
        ];
        let (Ok(ours), Ok(other)) = (
            DomainChange::apply_all(&mine, &machine),
            DomainChange::apply_all(&theirs, &machine),
        ) else {
            continue;
        };
        let (base, ours, other) = (machine.document(), ours.document(), other.document());
        let result = merge(base, ours, other).unwrap_or_else(|conflicts| panic!("{name}: {conflicts:?}"));
        let places = |from: &Document, to: &Document| {
            let mut places: Vec<_> = differences(from, to)
                .into_iter()
                .map(|difference| difference.place)
                .collect();
            places.sort();
            places
        };
        let mut expected = places(base, ours);
        expected.extend(places(base, other));
        expected.sort();
        expected.dedup();
        assert_eq!(places(base, &result), expected, "{name}");
        // Whoever changed nothing gets the other's text.
        assert_eq!(
            merge(base, base, other).expect("no conflict").to_string(),
            other.to_string(),
            "{name}"
        );
        assert!(
            differences(&merge(base, ours, base).expect("no conflict"), ours).is_empty(),
            "{name}"
        );
        merged += 1;
    }
    assert!(merged > 150, "{merged}");
}
