//! What a person counts as one property, and what it is called.

use super::pair;
use crate::i18n::{tr, tr_f};
use crate::model::xml::domain::fields::{controller, disk, graphics, hostdev, input, interface, port, video};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Difference, Document, NodeId};

/// The key of the boot order, wherever it stands.
pub(super) const BOOT: &str = "os/boot";

/// Something that changes as one.
pub(super) struct Property {
    /// The place that stands for all places of it.
    pub(super) key: String,
    /// What it is called.
    pub(super) title: String,
}

fn property(key: &str, title: String) -> Property {
    Property {
        key: key.to_owned(),
        title,
    }
}

/// Settings of the machine by where they stand: the longest beginning that fits is meant.
fn machine_title(key: &str) -> Option<String> {
    Some(match key {
        "name" => tr("Name"),
        "uuid" => tr("Identity"),
        "title" => tr("Title"),
        "description" => tr("Description"),
        "memory" => tr("Memory"),
        "currentMemory" => tr("Current memory"),
        "maxMemory" => tr("Limit of memory"),
        "memoryBacking" => tr("Backing of memory"),
        "memtune" => tr("Memory limits"),
        "numatune" => tr("NUMA placement"),
        "blkiotune" => tr("Weight of disk traffic"),
        "cputune/emulatorpin" => tr("Pinning of the emulator"),
        "cputune" => tr("CPU shares and quotas"),
        "vcpu" => tr("Maximum of virtual CPUs"),
        "vcpu/@current" => tr("Virtual CPUs"),
        "vcpu/@cpuset" => tr("Host CPUs"),
        "iothreads" => tr("I/O threads"),
        "cpu/topology" => tr("CPU topology"),
        "cpu/numa" => tr("NUMA cells"),
        "cpu" => tr("CPU model"),
        "os/firmware" => tr("Firmware"),
        BOOT => tr("Boot order"),
        "os/bootmenu" => tr("Boot menu"),
        "os/kernel" => tr("Direct kernel boot"),
        "os/type/@machine" => tr("Chipset"),
        "os/type/@arch" => tr("Architecture"),
        "os/smbios" => tr("System information"),
        "clock" => tr("Clock"),
        "pm" => tr("Sleep"),
        "on_poweroff" => tr("On power-off"),
        "on_reboot" => tr("On reboot"),
        "on_crash" => tr("On crash"),
        "on_lockfailure" => tr("On loss of a lock"),
        "seclabel" => tr("Security label"),
        "launchSecurity" => tr("Memory encryption"),
        "resource" => tr("Resource partition"),
        "throttlegroups" => tr("Throttle groups"),
        "perf" => tr("Performance events"),
        "idmap" => tr("Users of the container"),
        "qemu:commandline" => tr("QEMU command line"),
        "features/hyperv" => tr("Hyper-V features"),
        "@type" => tr("Hypervisor"),
        _ => return None,
    })
}

/// What several places of one setting have in common.
const MACHINE_KEYS: &[(&str, &str)] = &[
    ("vcpus", "vcpu/@current"),
    ("iothreadids", "iothreads"),
    ("defaultiothread", "iothreads"),
    ("os/boot", BOOT),
    ("os/@firmware", "os/firmware"),
    ("os/loader", "os/firmware"),
    ("os/nvram", "os/firmware"),
    ("os/firmware", "os/firmware"),
    ("os/initrd", "os/kernel"),
    ("os/cmdline", "os/kernel"),
    ("os/dtb", "os/kernel"),
    ("os/kernel", "os/kernel"),
    ("os/bios", "os/bootmenu"),
    ("os/bootmenu", "os/bootmenu"),
    ("sysinfo", "os/smbios"),
    ("os/smbios", "os/smbios"),
    ("cputune/emulatorpin", "cputune/emulatorpin"),
    ("cpu/topology", "cpu/topology"),
    ("cpu/numa", "cpu/numa"),
    ("features/hyperv", "features/hyperv"),
    ("memory", "memory"),
    ("currentMemory", "currentMemory"),
    ("maxMemory", "maxMemory"),
    ("memoryBacking", "memoryBacking"),
    ("memtune", "memtune"),
    ("numatune", "numatune"),
    ("blkiotune", "blkiotune"),
    ("cputune", "cputune"),
    ("cpu", "cpu"),
    ("clock", "clock"),
    ("pm", "pm"),
    ("launchSecurity", "launchSecurity"),
    ("resource", "resource"),
    ("throttlegroups", "throttlegroups"),
    ("seclabel", "seclabel"),
    ("perf", "perf"),
    ("idmap", "idmap"),
    ("qemu:commandline", "qemu:commandline"),
    ("name", "name"),
    ("title", "title"),
    ("description", "description"),
];

/// Whether a place lies at or below another one.
pub(super) fn is_below(place: &str, outer: &str) -> bool {
    place
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '[', '#']))
}

/// The property of the machine that a place belongs to.
pub(super) fn of_machine(place: &str, base: &Domain, edited: &Domain) -> Property {
    for (word, title) in [("cputune/vcpupin", 0), ("cputune/iothreadpin", 1)] {
        if let Some(rest) = place.strip_prefix(word).filter(|_| is_below(place, word)) {
            let (mark, _) = rest.split_once('/').unwrap_or((rest, ""));
            let id = mark.trim_matches(['[', ']', '#']);
            let title = match title {
                0 => tr_f("Pinning of virtual CPU {id}", &[("id", id)]),
                _ => tr_f("Pinning of I/O thread {id}", &[("id", id)]),
            };
            return property(&format!("{word}{mark}"), title);
        }
    }
    if is_below(place, "vcpu") && !place.contains('@') || place == "vcpu/@current" {
        // The maximum writes the number of those that are on, too, and that is no change of it.
        let (max, on) = (base.max_vcpus() != edited.max_vcpus(), base.vcpus() != edited.vcpus());
        let key = match place {
            "vcpu/@current" if on || !max => "vcpu/@current",
            _ if max || !on => "vcpu",
            _ => "vcpu/@current",
        };
        return property(key, machine_title(key).unwrap_or_default());
    }
    if let Some(rest) = place.strip_prefix("metadata/") {
        let name = rest.split(['/', '[', '#']).next().unwrap_or(rest);
        return property(
            &format!("metadata/{name}"),
            tr_f("Metadata of {program}", &[("program", name)]),
        );
    }
    if let Some(rest) = place.strip_prefix("features/").filter(|rest| !is_below(rest, "hyperv")) {
        let name = rest.split(['/', '[', '#']).next().unwrap_or(rest);
        return property(&format!("features/{name}"), tr_f("Feature {name}", &[("name", name)]));
    }
    let known = MACHINE_KEYS.iter().find(|(outer, _)| is_below(place, outer));
    let key = known.map_or(place, |(_, key)| key);
    let title = machine_title(key).unwrap_or_else(|| place.to_owned());
    property(key, title)
}

/// The property of a device that a difference, with a place relative to the device, belongs to.
pub(super) fn of_device(
    kind: DeviceKind,
    difference: &Difference,
    before: (&Document, NodeId),
    after: (&Document, NodeId),
) -> Property {
    let place = with_attribute(difference, before, after);
    let key = common(kind, &place);
    let title = match (kind, key) {
        (_, BOOT) => machine_title(BOOT),
        (DeviceKind::Disk, "source") if is_medium(after) || is_medium(before) => {
            // Translators: of a CD-ROM or floppy drive.
            Some(tr("medium"))
        }
        _ => device_property(key),
    };
    property(key, title.unwrap_or_else(|| key.to_owned()))
}

fn is_medium((document, node): (&Document, NodeId)) -> bool {
    document
        .get(node, disk::DEVICE)
        .is_some_and(|device| matches!(device.as_str(), "cdrom" | "floppy"))
}

/// A new element with one attribute is that attribute.
fn with_attribute(difference: &Difference, before: (&Document, NodeId), after: (&Document, NodeId)) -> String {
    let place = &difference.place;
    if difference.before.is_some() == difference.after.is_some() || place.contains('@') {
        return place.clone();
    }
    let (document, node) = if difference.after.is_some() { after } else { before };
    let element = document.at(node, place);
    let only = element.and_then(|element| {
        let mut attributes = document.attributes(element);
        let (name, _) = attributes.next()?;
        (attributes.next().is_none() && document.children(element).next().is_none()).then(|| name.to_owned())
    });
    match only {
        Some(name) => format!("{place}/@{name}"),
        None => place.clone(),
    }
}

/// The key of what is set together.
fn common(kind: DeviceKind, place: &str) -> &str {
    // A size in another unit is another size.
    let place = place.strip_suffix("/@unit").unwrap_or(place);
    let below = |outers: &[&'static str]| outers.iter().any(|outer| is_below(place, outer));
    if below(&["boot"]) {
        return BOOT;
    }
    match kind {
        DeviceKind::Disk if place == "source/@startupPolicy" => place,
        DeviceKind::Disk if below(&["source", "backingStore", "mirror", "@type"]) => "source",
        DeviceKind::Disk if below(&["iotune", "throttlefilters"]) => "iotune",
        DeviceKind::Disk if below(&["target/@bus", "target/@dev"]) => "target",
        DeviceKind::Interface if below(&["source", "@type", "portForward"]) => "source",
        DeviceKind::Interface if below(&["bandwidth"]) => "bandwidth",
        DeviceKind::Interface if below(&["filterref"]) => "filterref",
        DeviceKind::Interface if below(&["vlan"]) => "vlan",
        DeviceKind::Interface if below(&["virtualport"]) => "virtualport",
        DeviceKind::Interface if below(&["coalesce"]) => "coalesce",
        DeviceKind::Graphics
            if below(&[
                "listen",
                "@listen",
                "@port",
                "@tlsPort",
                "@autoport",
                "@websocket",
                "@socket",
            ]) =>
        {
            "listen"
        }
        DeviceKind::Graphics if below(&["@passwd", "@passwdValidTo"]) => "@passwd",
        DeviceKind::Graphics if below(&["gl"]) => "gl",
        DeviceKind::Video if below(&["model/acceleration"]) => "model/acceleration",
        DeviceKind::Video if below(&["model/resolution"]) => "model/resolution",
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel
            if below(&["source", "protocol", "@type"]) =>
        {
            "source"
        }
        DeviceKind::Hostdev | DeviceKind::Redirdev if below(&["source"]) => "source",
        DeviceKind::Rng if below(&["rate"]) => "rate",
        DeviceKind::Rng | DeviceKind::Tpm if below(&["backend"]) => "backend",
        _ if below(&["address"]) => "address",
        _ => place,
    }
}

/// What a property is called behind the name of its device.
fn device_property(key: &str) -> Option<String> {
    Some(match key {
        "source" => tr("source"),
        "target" => tr("bus and name"),
        "address" => tr("address"),
        "iotune" => tr("limits"),
        "bandwidth" => tr("bandwidth"),
        "filterref" => tr("packet filter"),
        "vlan" => tr("VLAN"),
        "virtualport" => tr("virtual port"),
        "link/@state" => tr("cable"),
        "mtu/@size" => tr("largest packet"),
        "mac/@address" => tr("hardware address"),
        "model/@type" | "@model" | "model" => tr("model"),
        "driver/@name" => tr("driver"),
        "driver/@type" => tr("format"),
        "driver/@cache" => tr("cache mode"),
        "driver/@io" => tr("I/O mode"),
        "driver/@discard" => tr("discard"),
        "driver/@detect_zeroes" => tr("zero detection"),
        "driver/@iothread" => tr("I/O thread"),
        "driver/@queues" => tr("queues"),
        "source/@startupPolicy" => tr("when missing at the start"),
        "readonly" => tr("read-only"),
        "shareable" => tr("shareable"),
        "transient" => tr("discards writes"),
        "serial" => tr("serial number"),
        "target/@removable" => tr("removable"),
        "target/@tray" => tr("tray"),
        "listen" => tr("address and port"),
        "@passwd" => tr("password"),
        "@keymap" => tr("keyboard layout"),
        "gl" => tr("OpenGL"),
        "clipboard/@copypaste" => tr("clipboard"),
        "model/acceleration" | "model/acceleration/@accel3d" => tr("3D acceleration"),
        "model/resolution" => tr("resolution"),
        "model/@heads" => tr("screens"),
        "model/@vram" | "model/@ram" | "model/@vgamem" => tr("video memory"),
        "@action" => tr("action"),
        "@type" => tr("type"),
        "@bus" => tr("bus"),
        "@autodeflate" => tr("automatic deflation"),
        "@freePageReporting" => tr("free page reporting"),
        "stats/@period" | "stats" => tr("period of the figures"),
        "target/requested" => tr("requested size"),
        "target/size" => tr("size"),
        "rate" => tr("rate"),
        "backend" => tr("backend"),
        "rom/@bar" | "rom/@file" => tr("boot ROM"),
        "@managed" => tr("taken from the host"),
        _ => return None,
    })
}

/// “Disk vda: cache mode”.
pub(super) fn of_its(device: &str, property: &str) -> String {
    // Translators: a property of a device, as in "Disk vda: cache mode".
    tr_f("{device}: {property}", &[("device", device), ("property", property)])
}

/// What a new device is called in a list of changes.
pub(super) fn new_device(device: &str) -> String {
    // Translators: a change, as in "New: Disk vda".
    tr_f("New: {device}", &[("device", device)])
}

/// What a device that goes is called in a list of changes.
pub(super) fn no_device(device: &str) -> String {
    // Translators: a change, as in "Removed: Disk vda".
    tr_f("Removed: {device}", &[("device", device)])
}

/// “Disk vda”.
pub(super) fn device_title(kind: DeviceKind, domain: &Domain, node: NodeId) -> String {
    let document = domain.document();
    let get = |field| document.get::<String>(node, field).unwrap_or_default();
    let with = |words: String, what: &str| match what {
        "" => words,
        // Translators: a device and what tells it from others, as in "Disk vda".
        _ => tr_f("{device} {name}", &[("device", &words), ("name", what)]),
    };
    let number = || {
        let label = pair::label(kind, domain, node);
        label
            .split_once('#')
            .map(|(_, number)| number.to_owned())
            .unwrap_or_default()
    };
    match kind {
        DeviceKind::Disk => {
            let words = match get(disk::DEVICE).as_str() {
                "cdrom" => tr("CD-ROM drive"),
                "floppy" => tr("Floppy drive"),
                "lun" => tr("SCSI unit"),
                _ => tr("Disk"),
            };
            with(words, &get(disk::TARGET))
        }
        DeviceKind::Interface => with(tr("Network interface"), &get(interface::MAC)),
        DeviceKind::Controller => {
            let index = document.attribute(node, "index").unwrap_or_default();
            let what = format!("{} {index}", get(controller::TYPE));
            with(tr("Controller"), what.trim())
        }
        DeviceKind::Graphics => with(tr("Display"), &get(graphics::TYPE).to_uppercase()),
        DeviceKind::Video => with(tr("Graphics card"), &get(video::MODEL)),
        DeviceKind::Serial => with(tr("Serial port"), &get(port::TARGET_PORT.raw())),
        DeviceKind::Parallel => with(tr("Parallel port"), &get(port::TARGET_PORT.raw())),
        DeviceKind::Console => with(tr("Console"), &get(port::TARGET_PORT.raw())),
        DeviceKind::Channel => with(tr("Channel"), &get(port::TARGET_NAME)),
        DeviceKind::Input => with(tr("Input device"), &get(input::TYPE)),
        DeviceKind::Hostdev => with(tr("Host device"), &get(hostdev::TYPE).to_uppercase()),
        DeviceKind::Filesystem => with(
            tr("File system"),
            &document
                .attribute(document.child(node, "target").unwrap_or(node), "dir")
                .unwrap_or_default(),
        ),
        _ => with(plain_title(kind, document.name(node)), &number()),
    }
}

fn plain_title(kind: DeviceKind, name: &str) -> String {
    match kind {
        DeviceKind::Emulator => tr("Emulator"),
        DeviceKind::Lease => tr("Lease"),
        DeviceKind::Smartcard => tr("Smartcard"),
        DeviceKind::Tpm => tr("TPM"),
        DeviceKind::Sound => tr("Sound card"),
        DeviceKind::Audio => tr("Audio backend"),
        DeviceKind::Redirdev => tr("USB redirection"),
        DeviceKind::Redirfilter => tr("USB redirection filter"),
        DeviceKind::Hub => tr("USB hub"),
        DeviceKind::Watchdog => tr("Watchdog"),
        DeviceKind::Memballoon => tr("Memory balloon"),
        DeviceKind::Rng => tr("Random number generator"),
        DeviceKind::Nvram => tr("NVRAM"),
        DeviceKind::Panic => tr("Panic notifier"),
        DeviceKind::Shmem => tr("Shared memory"),
        DeviceKind::Memory => tr("Memory module"),
        DeviceKind::Iommu => tr("IOMMU"),
        DeviceKind::Vsock => tr("Socket to the host"),
        DeviceKind::Crypto => tr("Crypto accelerator"),
        DeviceKind::Pstore => tr("Crash store"),
        _ => name.to_owned(),
    }
}
