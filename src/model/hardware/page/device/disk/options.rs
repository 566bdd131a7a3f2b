//! How a disk's data are handled, what the guest sees of the disk, and what few need.

use super::{Disk, source};
use crate::i18n::tr;
use crate::model::hardware::page::Group;
use crate::model::hardware::page::form::{when, words};
use crate::model::hardware::{Control, Edit, Row};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::free_target;

pub(super) fn groups(disk: &Disk<'_>) -> Vec<Group> {
    vec![
        Group::new(tr("What the guest sees"), identity(disk)),
        Group::new(tr("When something goes wrong"), trouble(disk)),
    ]
}

/// Cache modes that pass the host's cache by.
const PAST_CACHE: &[&str] = &["none", "directsync"];

/// Its source is read by the hypervisor itself, not by somebody else.
fn is_read(disk: &Disk<'_>) -> bool {
    !matches!(disk.kind.as_str(), "vhostuser" | "vhostvdpa")
}

/// Format and cache.
pub(super) fn image(disk: &Disk<'_>) -> Group {
    Group::new(tr("Image and cache"), handling(disk))
}

fn handling(disk: &Disk<'_>) -> Vec<Row> {
    let (form, facts) = (disk.form, disk.form.context.facts);
    let tuned = disk.is_qemu && is_read(disk);
    let format = form.choice("format", tr("Format"), disk::FORMAT, facts.disk_formats()).help(
        tr("What the image is. Wrong, the guest sees nonsense; never let it be guessed for an image from somebody else."),
        "<driver name='qemu' type='qcow2'/>",
    );
    let cache = form
        .choice("cache", tr("Cache"), disk::CACHE, facts.disk_caches())
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            // QEMU does native I/O only past the host's cache.
            if !PAST_CACHE.contains(&value.text()) && document.get(node, disk::IO).as_deref() == Some("native") {
                document.set(node, disk::IO, None)?;
            }
            document.set(node, disk::CACHE, value.some().map(str::to_owned))
        })
        .help(
        tr("Whether the host's memory stands between guest and disk. Past the host's cache is needed to move the running machine to another host."),
        "<driver cache='none'/>",
    );
    let discard = form
        .choice("discard", tr("Discarded space"), disk::DISCARD, facts.disk_discards())
        .help(
            tr("Whether space that the guest gives up becomes free on the host, too."),
            "<driver discard='unmap'/>",
        );
    let zeroes = form
        .choice("zeroes", tr("Written zeroes"), disk::DETECT_ZEROES, facts.disk_zeroes())
        .help(
            tr("What happens with zeroes that the guest writes: they need no space in the image."),
            "<driver detect_zeroes='unmap'/>",
        );
    let io = form
        .choice("io", tr("Input and output"), disk::IO, facts.disk_ios())
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            let cache = document.get(node, disk::CACHE).unwrap_or_default();
            if value.text() == "native" && !PAST_CACHE.contains(&cache.as_str()) {
                document.set(node, disk::CACHE, Some("none".to_owned()))?;
            }
            document.set(node, disk::IO, value.some().map(str::to_owned))
        })
        .help(
            tr("How the host reads and writes. Native I/O is fast, and passes the host's cache by."),
            "<driver io='native'/>",
        );
    let writes = matches!(disk.device.as_str(), "disk" | "lun");
    [
        when(is_read(disk), format),
        when(tuned, cache),
        when(tuned && writes, discard),
        when(tuned && writes, zeroes),
        when(tuned, io),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Who works for the disk.
fn workers(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let is_virtio = disk.bus == "virtio" && disk.is_qemu && is_read(disk);
    let queues = form.number("queues", tr("Queues"), disk::QUEUES, 1..=1024, "").help(
        tr("Queues for the disk's work; one for each virtual CPU is usual."),
        "<driver queues='4'/>",
    );
    let thread = form
        .number("iothread", tr("I/O thread"), disk::IOTHREAD, 1..=1000, "")
        .edit(|domain, node, value| {
            if let Some(number) = value.number() {
                domain.ensure_iothread(number)?;
            }
            domain.document_mut().set(node, disk::IOTHREAD, value.number())
        })
        .help(
            tr("The number of the I/O thread that works for this disk, so that it does not wait for others."),
            "<driver iothread='1'/>",
        );
    [when(is_virtio, queues), when(is_virtio, thread)]
        .into_iter()
        .flatten()
        .collect()
}

fn identity(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let serial = form
        .text("serial", tr("Serial number"), disk::SERIAL)
        .example("WD-1234")
        .empty(tr("None"))
        .help(
            tr("The serial number that the guest sees; it finds the disk by it in /dev/disk/by-id."),
            "<serial>WD-1234</serial>",
        );
    let wwn = form
        .text("wwn", tr("World-wide name"), disk::WWN)
        .edit(|domain, node, value| {
            let text = value.text().trim();
            let is_wwn = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !text.is_empty() && !is_wwn {
                return Err(Refused(tr("A world-wide name has 16 hexadecimal digits.")));
            }
            domain
                .document_mut()
                .set(node, disk::WWN, value.some().map(|_| text.to_owned()))
        });
    let wwn = wwn.example("5000c500155a8ea1").empty(tr("None")).help(
        tr("The name by which the disk is known in a storage network: 16 hexadecimal digits."),
        "<wwn>5000c500155a8ea1</wwn>",
    );
    let vendor = form.text("vendor", tr("Vendor"), disk::VENDOR).example("ACME").help(
        tr("The vendor that the guest sees, at most 8 characters."),
        "<vendor>ACME</vendor>",
    );
    let product = form
        .text("product", tr("Product"), disk::PRODUCT)
        .example("Fast disk")
        .help(
            tr("The product that the guest sees, at most 16 characters."),
            "<product>Fast disk</product>",
        );
    let rotation = form
        .number("rotation", tr("Rotation"), disk::ROTATION_RATE, 1..=65_534, "rpm")
        .example("1")
        .help(
            tr("How fast the guest believes the disk turns; 1 means that it is an SSD."),
            "<target dev='sda' bus='sata' rotation_rate='1'/>",
        );
    let bus = disk.bus.as_str();
    let is_disk = disk.device == "disk";
    [
        when(is_disk || disk.device == "cdrom", serial),
        when(is_disk && matches!(bus, "scsi" | "sata" | "ide"), wwn),
        when(
            matches!(disk.device.as_str(), "disk" | "cdrom") && bus == "scsi",
            vendor,
        ),
        when(
            matches!(disk.device.as_str(), "disk" | "cdrom") && bus == "scsi",
            product,
        ),
        when(is_disk && matches!(bus, "scsi" | "sata" | "ide" | "usb"), rotation),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Sizes of blocks.
fn blocks(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let size = |id, title, field: crate::model::xml::field::Field<u64>| {
        let control = Control::Size {
            min: 512,
            max: 2 << 20,
            required: false,
        };
        Row::new(id, title, control, form.value(field), Edit::Field(field.raw()))
    };
    let logical = size("block-logical", tr("Block size"), disk::LOGICAL_BLOCK_SIZE)
        .example("512")
        .help(
            tr("The least that the guest can read or write at once: 512 B, or 4 KiB for newer systems."),
            "<blockio logical_block_size='4096'/>",
        );
    let physical = size("block-physical", tr("Physical block size"), disk::PHYSICAL_BLOCK_SIZE)
        .example("4096")
        .help(
            tr("The size of blocks below, by which the guest aligns what it writes."),
            "<blockio physical_block_size='4096'/>",
        );
    let is_disk = disk.is_qemu && disk.device == "disk";
    [when(is_disk, logical), when(is_disk, physical)]
        .into_iter()
        .flatten()
        .collect()
}

fn trouble(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let stop = ("stop", tr("Pause the machine"));
    let report = ("report", tr("Tell the guest"));
    let ignore = ("ignore", tr("Ignore it"));
    let full = (
        "enospace",
        tr("Pause the machine where the host is full, else tell the guest"),
    );
    let writing = form
        .choice(
            "error-policy",
            tr("If writing fails"),
            disk::ERROR_POLICY,
            words(&[stop.clone(), full, report.clone(), ignore.clone()]),
        )
        .help(
            tr("What happens when the host cannot write. A paused machine goes on where it was once there is space again."),
            "<driver error_policy='stop'/>",
        );
    let reading = form
        .choice(
            "read-error-policy",
            tr("If reading fails"),
            disk::READ_ERROR_POLICY,
            words(&[stop, report, ignore]),
        )
        .help(
            tr("What happens when the host cannot read."),
            "<driver rerror_policy='stop'/>",
        );
    let tuned = disk.is_qemu && is_read(disk);
    source::policy(disk)
        .into_iter()
        .chain(when(tuned && disk.device != "cdrom", writing))
        .chain(when(tuned, reading))
        .collect()
}

/// What few need.
pub(super) fn advanced(disk: &Disk<'_>) -> Vec<Row> {
    let (form, facts) = (disk.form, disk.form.context.facts);
    let tuned = disk.is_qemu && is_read(disk);
    let buses: Vec<(String, Vec<String>)> = facts
        .disk_devices()
        .into_iter()
        .map(|device| {
            let usable = facts
                .disk_buses(&device.value)
                .into_iter()
                .filter(|bus| bus.problem.is_none());
            (device.value, usable.map(|bus| bus.value).collect())
        })
        .collect();
    let device = form
        .required_choice("device", tr("Kind of drive"), disk::DEVICE, facts.disk_devices())
        .edit(move |domain, node, value| {
            let usable = buses.iter().find(|(device, _)| device == value.text());
            let usable = usable.map(|(_, buses)| buses.as_slice()).unwrap_or_default();
            domain.set_disk_device(node, value.text(), usable)
        })
        .help(
            tr("What the guest believes the drive to be. It moves to a bus where such drives can be."),
            "<disk device='cdrom'>",
        );
    let device = Row {
        value: crate::model::hardware::Value::of(disk.device.clone()),
        ..device
    };
    let model = form
        .choice("model", tr("VirtIO version"), disk::MODEL, facts.disk_models())
        .help(
            tr("Which versions of VirtIO the disk speaks: old guests know only the old one."),
            "<disk model='virtio-transitional'>",
        );
    let transient = form
        .switch("transient", tr("Forget what is written"), disk::TRANSIENT, false)
        .help(
            tr("When the machine stops, the disk is again as it was at the start."),
            "<transient/>",
        );
    let copy = form
        .switch("copy-on-read", tr("Keep what is read"), disk::COPY_ON_READ, false)
        .help(
            tr("What is read from a backing image is kept in the disk's own, so that it is near the next time."),
            "<driver copy_on_read='on'/>",
        );
    let (is_disk, is_qemu) = (disk.device == "disk", disk.is_qemu);
    let shareable = form.switch("shareable", tr("Shared with other machines"), disk::SHAREABLE, false)
        .edit(move |domain, node, value| {
            let document = domain.document_mut();
            let format = document.get(node, disk::FORMAT);
            if value.is_on() && is_qemu && format.is_some_and(|format| format != "raw") {
                return Err(Refused(tr("Only raw data can be shared: the tables of an image cannot.")));
            }
            document.set(node, disk::SHAREABLE, value.is_on().then_some(true))
        })
        .help(
        tr("Several machines may use it at the same time. Their file systems have to be made for that, or they destroy the data."),
        "<shareable/>",
    );
    [
        Some(target(disk)),
        Some(device),
        // Drives of files have no row for it on top.
        (disk.is_drive() && disk.is_plain()).then(|| source::kind(disk)),
        when(is_disk || disk.device == "lun", shareable),
        when(disk.bus == "virtio" && disk.is_qemu, model),
        when(is_disk && disk.is_qemu && disk.kind == "file", transient),
        when(tuned && is_disk, copy),
    ]
    .into_iter()
    .flatten()
    .chain(workers(disk))
    .chain(blocks(disk))
    .chain(rare(disk))
    .chain(passed_through(disk))
    .collect()
}

fn target(disk: &Disk<'_>) -> Row {
    let used = disk.form.context.domain.targets();
    let free = free_target(&disk.bus, &used).map(crate::model::facts::Choice::plain);
    disk.form
        .proposal("target", tr("Name"), disk::TARGET, free.into_iter().collect())
        .edit(|domain, node, value| {
            let name = value.text().trim();
            if name.is_empty() {
                return Err(Refused(tr("A disk needs a name.")));
            }
            if domain.document().get(node, disk::TARGET).as_deref() != Some(name) && domain.targets().contains(name) {
                return Err(Refused(crate::i18n::tr_f("There is a disk {target} already.", &[("target", name)])));
            }
            domain.document_mut().set(node, disk::TARGET, Some(name.to_owned()))
        })
        .help(
            tr("What libvirt calls the disk, and the order among those of its bus. The guest may give it another name."),
            "<target dev='vdb' bus='virtio'/>",
        )
}

fn rare(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let is_disk = disk.device == "disk";
    let qcow = form.says(disk::FORMAT) == "qcow2" && is_disk;
    let cache = form
        .size(
            "metadata-cache",
            tr("Cache for the image's tables"),
            disk::METADATA_CACHE,
            1..=1 << 40,
        )
        .example("33554432")
        .help(
            tr("How much memory the tables of a qcow2 image may take: more makes large images faster."),
            "<driver type='qcow2'><metadata_cache><max_size unit='MiB'>32</max_size></metadata_cache></driver>",
        );
    let unref = form
        .switch(
            "keep-clusters",
            tr("Keep the places of discarded blocks"),
            disk::DISCARD_NO_UNREF,
            false,
        )
        .help(
            tr("Blocks that are given up keep their place in the image, which does not get scattered so."),
            "<driver discard='unmap' discard_no_unref='on'/>",
        );
    let length = form
        .number("queue-size", tr("Length of a queue"), disk::QUEUE_SIZE, 1..=1024, "")
        .example("256")
        .help(
            tr("How many requests wait in each queue."),
            "<driver queue_size='256'/>",
        );
    let snapshots = form
        .choice(
            "snapshot",
            tr("In snapshots"),
            disk::SNAPSHOT,
            words(&[
                ("no", tr("Left out")),
                ("internal", tr("Inside the image")),
                ("external", tr("In a new file")),
                ("manual", tr("Made by somebody else")),
            ]),
        )
        .help(
            tr("What a snapshot of the machine does with this disk, unless the snapshot says otherwise."),
            "<disk snapshot='external'>",
        );
    [
        when(qcow, cache),
        when(qcow && form.says(disk::DISCARD) == "unmap", unref),
        when(disk.bus == "virtio" && disk.is_qemu, length),
        when(is_disk && disk.is_qemu, granularity(disk)),
        when(is_disk, snapshots),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn granularity(disk: &Disk<'_>) -> Row {
    let control = Control::Size {
        min: 0,
        max: 1 << 32,
        required: false,
    };
    let (value, edit) = (
        disk.form.value(disk::DISCARD_GRANULARITY),
        Edit::Field(disk::DISCARD_GRANULARITY.raw()),
    );
    Row::new(
        "discard-granularity",
        tr("Least that is discarded"),
        control,
        value,
        edit,
    )
    .example("65536")
    .help(
        tr("The guest gives up space in pieces of this size; 0 tells it that it cannot."),
        "<blockio discard_granularity='65536'/>",
    )
}

/// A unit of the host.
fn passed_through(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let is_unit = disk.device == "lun";
    let raw = form.switch("rawio", tr("Any SCSI command"), disk::RAW_IO, false).help(
        tr("The guest may send every command to the unit, those that write firmware, too."),
        "<disk device='lun' rawio='yes'>",
    );
    let reserve = form
        .switch("reservations", tr("Reservations"), disk::RESERVATIONS, false)
        .edit(|domain, node, value| {
            let text = value.is_on().then_some(true);
            domain.document_mut().set(node, disk::RESERVATIONS, text)
        });
    let reserve = reserve.help(
        tr("The guest can reserve the unit for itself, as clusters do; a program of the host does it for it."),
        "<reservations managed='yes'/>",
    );
    let domain = form
        .text("backend-domain", tr("Driver domain"), disk::BACKEND_DOMAIN)
        .example("storage")
        .help(
            tr("The Xen domain that has the disk."),
            "<backenddomain name='storage'/>",
        );
    let is_xen = form.context.facts.family() == crate::model::facts::Family::Xen;
    [
        when(is_unit, raw),
        when(is_unit && disk.kind == "block", reserve),
        when(is_xen, domain),
    ]
    .into_iter()
    .flatten()
    .collect()
}
