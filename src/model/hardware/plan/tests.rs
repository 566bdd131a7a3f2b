use super::*;
use crate::model::action::{Setting, Settings};

const BASE: &str = "<domain type='kvm'>
  <name>vm</name>
  <uuid>11111111-2222-3333-4444-555555555555</uuid>
  <memory unit='KiB'>4194304</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu current='2'>4</vcpu>
  <iothreads>1</iothreads>
  <cputune><shares>100</shares><vcpupin vcpu='0' cpuset='0'/></cputune>
  <os><type arch='x86_64' machine='pc-q35-9.0'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a.img'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><source file='/cd.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'/>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio'/></interface>
    <graphics type='vnc' port='-1' autoport='yes' passwd='hush'/>
    <memballoon model='virtio'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>";

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a machine")
}

/// The plan for a running machine that is as it was defined.
fn planned(old: &str, new: &str) -> Vec<Change> {
    assert!(BASE.contains(old), "{old}");
    let base = domain(BASE);
    plan(&base, &domain(&BASE.replacen(old, new, 1)), Some(&base))
}

/// The only change, with its one step.
fn only(old: &str, new: &str) -> (Change, Option<LiveChange>) {
    let mut changes = planned(old, new);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    let change = changes.remove(0);
    let step = change.steps.first().map(|step| step.does.clone());
    (change, step)
}

#[test]
fn each_change_says_what_it_is_and_when_it_takes_effect() {
    use Timing::{Both, NextStart, Off};
    let waits = || NextStart(String::new());
    for (old, new, place, title, timing) in [
        ("<name>vm", "<name>wm", "name", "Name", Off(String::new())),
        (
            "<memory unit='KiB'>4194304",
            "<memory unit='KiB'>6291456",
            "memory",
            "Memory",
            waits(),
        ),
        (">2097152<", ">1048576<", "currentMemory", "Current memory", Both),
        ("current='2'>4", "current='3'>4", "vcpu/@current", "Virtual CPUs", Both),
        (
            "current='2'>4",
            "current='2'>8",
            "vcpu",
            "Maximum of virtual CPUs",
            waits(),
        ),
        ("<shares>100", "<shares>200", "cputune", "CPU shares and quotas", Both),
        ("<iothreads>1", "<iothreads>2", "iothreads", "I/O threads", Both),
        (
            "cpuset='0'",
            "cpuset='1'",
            "cputune/vcpupin[0]",
            "Pinning of virtual CPU 0",
            Both,
        ),
        (
            "machine='pc-q35-9.0'",
            "machine='pc-q35-8.0'",
            "os/type/@machine",
            "Chipset",
            waits(),
        ),
        (
            "<boot dev='hd'/>",
            "<boot dev='network'/>",
            "os/boot",
            "Boot order",
            waits(),
        ),
        ("<acpi/>", "<acpi/><apic/>", "features/apic", "Feature apic", waits()),
        (
            "type='raw'/>",
            "type='raw' cache='none'/>",
            "devices/disk[vda]/driver/@cache",
            "Disk vda: cache mode",
            waits(),
        ),
        (
            "/cd.iso",
            "/other.iso",
            "devices/disk[sda]/source",
            "CD-ROM drive sda: medium",
            Both,
        ),
        (
            "/a.img",
            "/b.img",
            "devices/disk[vda]/source",
            "Disk vda: source",
            waits(),
        ),
        (
            "<model type='virtio'/></interface>",
            "<model type='virtio'/><link state='down'/></interface>",
            "devices/interface[52:54:00:00:00:01]/link/@state",
            "Network interface 52:54:00:00:00:01: cable",
            Both,
        ),
        (
            "passwd='hush'",
            "passwd='other'",
            "devices/graphics[vnc]/@passwd",
            "Display VNC: password",
            Both,
        ),
        (
            "port='-1' autoport='yes'",
            "port='5999' autoport='no'",
            "devices/graphics[vnc]/listen",
            "Display VNC: address and port",
            waits(),
        ),
        (
            "<memballoon model='virtio'/>",
            "<memballoon model='virtio'><stats period='5'/></memballoon>",
            "devices/memballoon/stats/@period",
            "Memory balloon: period of the figures",
            Both,
        ),
        (
            "<features>",
            "<on_crash>restart</on_crash><features>",
            "on_crash",
            "On crash",
            waits(),
        ),
        ("<memory ", "<title>t</title><memory ", "title", "Title", Both),
    ] {
        let (change, step) = only(old, new);
        assert_eq!((change.place.as_str(), change.title.as_str()), (place, title));
        let same = std::mem::discriminant(&change.timing) == std::mem::discriminant(&timing);
        assert!(same, "{place}: {:?}", change.timing);
        assert_eq!(step.is_some(), timing == Both, "{place}");
        if let NextStart(reason) | Off(reason) = &change.timing {
            assert!(!reason.is_empty(), "{place} says why");
        }
        let whole = &change.steps;
        assert!(
            whole.iter().all(|step| step.back.is_some()),
            "{place} can be taken back"
        );
    }
}

#[test]
fn a_machine_that_is_off_waits_for_its_start_without_a_reason() {
    let base = domain(BASE);
    let changes = plan(&base, &domain(&BASE.replace(">2097152<", ">1048576<")), None);
    assert_eq!(changes[0].timing, Timing::NextStart(String::new()));
    assert!(changes[0].steps.is_empty());
    assert_eq!(plan(&base, &base, None), Vec::new());
}

#[test]
fn before_and_after_are_for_people() {
    let (change, _) = only(">2097152<", ">1048576<");
    assert_eq!(
        (change.before.as_deref(), change.after.as_deref()),
        (Some("2 GiB"), Some("1 GiB"))
    );
    let (change, _) = only("passwd='hush'", "passwd='other'");
    let text = format!("{:?} {:?} {:?}", change.before, change.after, change.details);
    assert!(
        !text.contains("hush") && !text.contains("other") && text.contains("•"),
        "{text}"
    );
    let (change, _) = only("<graphics type='vnc' port='-1' autoport='yes' passwd='hush'/>", "");
    let text = format!("{:?} {:?}", change.before, change.details);
    assert!(!text.contains("hush"), "{text}");
    let (change, _) = only("<readonly/>", "");
    assert_eq!((change.before.as_deref(), change.after), (Some("yes"), None));
}

#[test]
fn what_is_set_together_is_one_change() {
    let throttled =
        "<iotune><read_bytes_sec>5</read_bytes_sec><write_iops_sec>7</write_iops_sec></iotune><target dev='vda'";
    let (change, step) = only("<target dev='vda'", throttled);
    assert_eq!(change.place, "devices/disk[vda]/iotune");
    let Some(LiveChange::Throttle { disk, limits }) = step else {
        panic!("{step:?}")
    };
    assert_eq!(disk, "vda");
    assert!(
        limits.contains(&("read_bytes_sec".to_owned(), Setting::Large(5))),
        "{limits:?}"
    );
    assert!(
        limits.contains(&("total_bytes_sec".to_owned(), Setting::Large(0))),
        "what is not wanted is said, too"
    );
    // The order of boot devices is one order, wherever it stands.
    let base = domain(BASE);
    let edited = BASE
        .replace("<boot dev='hd'/>", "")
        .replace("<readonly/>", "<readonly/><boot order='1'/>")
        .replace(
            "<model type='virtio'/></interface>",
            "<model type='virtio'/><boot order='2'/></interface>",
        );
    let changes = plan(&base, &domain(&edited), Some(&base));
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].details.len(), 3);
}

#[test]
fn devices_that_come_and_go_are_one_change_each() {
    let disk = "<disk type='file' device='disk'><source file='/c.img'/><target dev='vdb' bus='virtio'/></disk>";
    let (change, step) = only(
        "<controller type='pci' index='0'",
        &format!("{disk}<controller type='pci' index='0'"),
    );
    assert_eq!(
        (change.kind, change.title.as_str()),
        (ChangeKind::Added, "New: Disk vdb")
    );
    assert_eq!(change.after.as_deref(), Some("/c.img"));
    assert_eq!(step, Some(LiveChange::Attach(disk.to_owned())));
    let start = BASE.find("<interface").expect("one");
    let end = BASE.find("</interface>").expect("its end") + "</interface>".len();
    let (change, step) = only(&BASE[start..end], "");
    assert_eq!(change.kind, ChangeKind::Removed);
    assert!(
        matches!(step, Some(LiveChange::Detach(_))),
        "no alias is known: {step:?}"
    );
    // Without a PCIe port there is no place for a second one.
    let nic = "<interface type='network'><source network='b'/><model type='virtio'/></interface>";
    let changes = planned("<graphics", &format!("{disk}{nic}<graphics"));
    assert_eq!(changes.len(), 2);
    assert_eq!(
        Counts::of(&changes),
        Counts {
            now: 1,
            next_start: 1,
            off: 0
        }
    );
    let waits: Vec<_> = changes.iter().filter(|change| change.steps.is_empty()).collect();
    assert!(matches!(&waits[0].timing, Timing::NextStart(reason) if reason.contains("PCIe")));
    // What QEMU plugs into no running machine.
    let (change, _) = only("<graphics", "<sound model='ich9'/><graphics");
    assert!(matches!(change.timing, Timing::NextStart(_)));
}

#[test]
fn a_disk_on_another_bus_is_changed_and_not_unplugged() {
    let (change, _) = {
        let changes = planned("<target dev='vda' bus='virtio'/>", "<target dev='sdb' bus='sata'/>");
        assert_eq!(changes.len(), 1, "{changes:#?}");
        (changes[0].clone(), ())
    };
    assert_eq!(change.kind, ChangeKind::Changed);
    assert!(matches!(change.timing, Timing::NextStart(_)));
}

#[test]
fn the_right_one_of_several_alike_goes() {
    let device = |bus: u8| {
        format!(
            "<hostdev mode='subsystem' type='usb'><source><address bus='{bus}' device='2'/></source><alias name='hostdev{bus}'/></hostdev>"
        )
    };
    let with = |devices: &str| domain(&BASE.replace("<graphics", &format!("{devices}<graphics")));
    let both = with(&format!("{}{}", device(1), device(2)));
    let changes = plan(&both, &with(&device(2)), Some(&both));
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0].kind, ChangeKind::Removed);
    assert_eq!(changes[0].steps[0].does, LiveChange::Unplug("hostdev1".to_owned()));
}

#[test]
fn an_update_keeps_what_runs_and_brings_the_new_medium() {
    let live = BASE
        .replace(
            "<source file='/cd.iso'/>",
            "<source file='/cd.iso' index='3'/><backingStore/>",
        )
        .replace("passwd='hush'", "port='5900' passwd='hush'")
        .replace("port='-1' ", "")
        .replace("<readonly/>", "<readonly/><alias name='sata0-0-0'/>");
    let live = domain(&live);
    let base = domain(BASE);
    let changes = plan(
        &base,
        &domain(&BASE.replace("<source file='/cd.iso'/>", "")),
        Some(&live),
    );
    let LiveChange::Update(xml) = &changes[0].steps[0].does else {
        panic!("{changes:?}")
    };
    assert!(
        xml.contains("alias") && !xml.contains("<source") && !xml.contains("backingStore"),
        "{xml}"
    );
    let changes = plan(
        &base,
        &domain(&BASE.replace("passwd='hush'", "passwd='new'")),
        Some(&live),
    );
    let LiveChange::Update(xml) = &changes[0].steps[0].does else {
        panic!("{changes:?}")
    };
    assert!(xml.contains("port='5900'") && xml.contains("passwd='new'"), "{xml}");
}

#[test]
fn what_runs_already_needs_no_step() {
    let edited = BASE.replace(">2097152<", ">1048576<").replace("/cd.iso", "/other.iso");
    let (base, edited) = (domain(BASE), domain(&edited));
    let changes = plan(&base, &edited, Some(&edited));
    assert_eq!(changes.len(), 2);
    for change in changes {
        assert_eq!((change.timing, change.steps), (Timing::Both, Vec::new()));
    }
}

#[test]
fn some_changes_are_done_and_others_left() {
    let edited = BASE
        .replace("<name>", "<!-- mine --><name>")
        .replace(">2097152<", ">1048576<")
        .replace("type='raw'/>", "type='raw' cache='none' io='native'/>")
        .replace(
            "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
            "<sound model='ich9'/>",
        );
    let (base, edited) = (domain(BASE), domain(&edited));
    let changes = plan(&base, &edited, None);
    assert_eq!(changes.len(), 5, "{changes:#?}");
    for wanted in &changes {
        let some = chosen(&base, &edited, &changes, |change| change == wanted).expect("possible");
        let left = plan(&base, &some, None);
        assert_eq!(left.len(), 1, "{} alone: {left:#?}", wanted.place);
        assert_eq!(left[0].place, wanted.place);
        let others = reverted(&base, &edited, [wanted]).expect("possible");
        assert_eq!(plan(&base, &others, None).len(), 4, "all but {}", wanted.place);
    }
    let none = chosen(&base, &edited, &changes, |_| false).expect("possible");
    assert_eq!(none.document().to_string(), BASE);
    let all = chosen(&base, &edited, &changes, |_| true).expect("possible");
    assert_eq!(all.document().to_string(), edited.document().to_string());
}

#[test]
fn what_only_holds_other_things_is_those_things() {
    let base = domain(&BASE.replace(
        "<cputune><shares>100</shares><vcpupin vcpu='0' cpuset='0'/></cputune>",
        "",
    ));
    let edited = domain(BASE);
    let changes = plan(&base, &edited, Some(&base));
    let places: Vec<_> = changes.iter().map(|change| change.place.as_str()).collect();
    assert_eq!(places, ["cputune", "cputune/vcpupin[0]"]);
    assert_eq!(changes[1].steps[0].does, LiveChange::PinVcpu(0, "0".to_owned()));
    let shares = Settings::from([("cpu_shares".to_owned(), Setting::Large(100))]);
    assert_eq!(changes[0].steps[0].does, LiveChange::Scheduler(shares));
    let pin = chosen(&base, &edited, &changes, |change| change.place.ends_with(']')).expect("possible");
    let text = pin.document().to_string();
    assert!(
        text.contains("<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>"),
        "{text}"
    );
    // The other way round: what the weight is without a setting, nobody knows.
    let changes = plan(&edited, &base, Some(&edited));
    assert!(matches!(changes[0].timing, Timing::NextStart(_)), "{changes:?}");
    assert_eq!(changes[1].steps[0].does, LiveChange::PinVcpu(0, String::new()));
}

#[test]
fn metadata_is_named_by_its_program_and_set_without_its_prefix() {
    let tags = "<metadata><v:vireo xmlns:v='urn:v'><v:tag>a</v:tag></v:vireo></metadata><memory ";
    let (change, step) = only("<memory ", tags);
    assert_eq!(change.title, "Metadata of vireo");
    assert!(matches!(step, Some(LiveChange::Metadata { .. })), "{step:?}");
    let base = domain(&BASE.replace("<memory ", tags));
    let edited = domain(&BASE.replace("<memory ", &tags.replace(">a<", ">b<")));
    let changes = plan(&base, &edited, Some(&base));
    assert_eq!(changes[0].title, "Metadata of vireo");
    let wanted = LiveChange::Metadata {
        key: "v".to_owned(),
        uri: "urn:v".to_owned(),
        xml: "<vireo><tag>b</tag></vireo>".to_owned(),
    };
    assert_eq!(changes[0].steps[0].does, wanted);
}

#[test]
fn figures_that_a_running_machine_was_asked_for_do_not_wait_for_the_next_start() {
    let asked = BASE.replace(
        "<memballoon model='virtio'/>",
        "<memballoon model='virtio'><stats period='2'/></memballoon>",
    );
    let (live, persistent) = (domain(&asked), domain(BASE));
    assert_eq!(pending(&live, &persistent), []);
    // A period that somebody has chosen does.
    let chosen = domain(&asked.replace("period='2'", "period='9'"));
    let waiting = pending(&live, &chosen);
    assert_eq!(waiting.len(), 1, "{waiting:#?}");
    assert_eq!(waiting[0].place, "devices/memballoon/stats/@period");
}
