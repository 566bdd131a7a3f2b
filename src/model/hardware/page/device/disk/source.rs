//! Where the data of a disk are, by kind of source.

use super::Disk;
use crate::i18n::tr;
use crate::model::facts::{HostDeviceKind, PciAddress};
use crate::model::hardware::page::form::{when, with_default, words};
use crate::model::hardware::page::pci;
use crate::model::hardware::page::table::check_path;
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// What kind of thing on the host has the data.
pub(super) fn kind(disk: &Disk<'_>) -> Row {
    let (form, facts) = (disk.form, disk.form.context.facts);
    let title = match disk.is_drive() {
        true => tr("Media come from"),
        false => tr("Stored in"),
    };
    let kind = form
        .required_choice("source-type", title, disk::TYPE, facts.disk_sources(&disk.device))
        .edit(|domain, node, value| domain.set_disk_source(node, value.text()))
        .help(
            tr("What the disk is on the host. Another kind needs to be told anew where the data are."),
            "<disk type='block'>",
        );
    Row {
        value: Value::of(disk.kind.clone()),
        ..kind
    }
}

pub(super) fn rows(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let mut rows = vec![kind(disk)];
    match disk.kind.as_str() {
        "file" => rows.push(file(disk)),
        "block" => rows.push(block(disk)),
        "dir" => rows.push(
            path(disk, "source-dir", tr("Folder"), disk::SOURCE_DIR, PathKind::Folder)
                .example("/srv/files")
                .help(
                    tr("A folder of the host that the guest sees as a disk with a FAT file system."),
                    "<source dir='/srv/files'/>",
                ),
        ),
        "volume" => rows.extend(volume(disk)),
        "network" => rows.extend(super::network::rows(disk)),
        "nvme" => rows.extend(nvme(disk)),
        "vhostuser" => rows.extend(vhost_user(disk)),
        "vhostvdpa" => rows.push(
            form.text("vdpa", tr("Device"), disk::SOURCE_DEV)
                .example("/dev/vhost-vdpa-0")
                .help(
                    tr("The vDPA device of the host that does the work of the disk."),
                    "<source dev='/dev/vhost-vdpa-0'/>",
                ),
        ),
        _ => {}
    }
    rows
}

/// What is missing before the machine can have the disk.
pub(super) fn without(disk: &Disk<'_>) -> Option<String> {
    let is_missing = !disk.is_drive() && !disk.has_source();
    is_missing.then(|| match disk.kind.as_str() {
        "file" => tr("The disk has no image yet: choose or create one."),
        _ => tr("Choose where the disk's data are."),
    })
}

fn path(disk: &Disk<'_>, id: &'static str, title: String, field: Field<String>, kind: PathKind) -> Row {
    disk.form
        .path(id, title, field, kind)
        .edit(move |domain, node, value| set_place(domain, node, field, value))
}

/// Another image has another chain of images below it.
fn set_place(domain: &mut Domain, node: NodeId, field: Field<String>, value: &Value) -> Result<(), Refused> {
    // VMware's paths begin with the name of a datastore in brackets.
    if !value.text().starts_with('[') {
        check_path(value.text())?;
    }
    domain.forget_disk_chain(node);
    if let Some(source) = domain.document().child(node, "source") {
        domain.document_mut().remove_attribute(source, "index");
    }
    domain
        .document_mut()
        .set(node, field, value.some().map(str::to_owned))?;
    match field.path == disk::SOURCE_FILE.path {
        true => domain.follow_name(node, value.text()),
        false => Ok(()),
    }
}

fn file(disk: &Disk<'_>) -> Row {
    path(disk, "source-file", tr("Image"), disk::SOURCE_FILE, PathKind::Image)
        .example("/var/lib/libvirt/images/system.qcow2")
        .help(
            tr("The file on the host that holds the disk's data."),
            "<source file='/images/system.qcow2'/>",
        )
}

fn block(disk: &Disk<'_>) -> Row {
    disk.form
        .proposal(
            "source-dev",
            tr("Device"),
            disk::SOURCE_DEV,
            disk.form.context.facts.host_disks(),
        )
        .edit(|domain, node, value| set_place(domain, node, disk::SOURCE_DEV, value))
        .example("/dev/vg/system")
        .help(
            tr("A disk, partition or logical volume of the host. The host itself must not use it at the same time."),
            "<source dev='/dev/vg/system'/>",
        )
}

fn volume(disk: &Disk<'_>) -> Vec<Row> {
    let (form, facts) = (disk.form, disk.form.context.facts);
    let (pool, name) = (form.says(disk::SOURCE_POOL), form.says(disk::SOURCE_VOLUME));
    let is_iscsi = facts.pool(&pool).is_none_or(|pool| pool.kind.starts_with("iscsi"));
    let mode = form
        .choice(
            "volume-mode",
            tr("Reached"),
            disk::SOURCE_MODE,
            words(&[
                ("host", tr("Through a device of the host")),
                ("direct", tr("Directly by the hypervisor")),
            ]),
        )
        .help(
            tr("Whether the host logs in to the iSCSI server, or the hypervisor itself."),
            "<source pool='iscsi' volume='unit:0:0:1' mode='direct'/>",
        );
    let both = |domain: &mut Domain, node: NodeId, field: Field<String>, value: &Value| {
        domain.forget_disk_chain(node);
        let source = domain.disk_source(node)?;
        // The schema knows no pool without a volume and no volume without a pool.
        for name in ["pool", "volume"] {
            if domain.document().attribute(source, name).is_none() {
                domain.document_mut().set_attribute(source, name, "")?;
            }
        }
        let name = if field.path == disk::SOURCE_POOL.path {
            "pool"
        } else {
            "volume"
        };
        domain.document_mut().set_attribute(source, name, value.text())?;
        domain.follow_name(node, if name == "volume" { value.text() } else { "" })
    };
    let known = facts.usage.as_ref().map(|usage| usage.lore().volumes(&pool));
    let volumes = known.unwrap_or_default().into_iter().map(Choice::plain).collect();
    let note = (pool.is_empty() != name.is_empty()).then(|| tr("A pool and a volume in it are needed."));
    [
        Some(
            form.proposal("pool", tr("Storage pool"), disk::SOURCE_POOL, facts.pool_choices())
                .edit(move |domain, node, value| both(domain, node, disk::SOURCE_POOL, value))
                .example("default")
                .help(
                    tr("The storage pool of the host that has the volume. It has to run when the machine starts."),
                    "<source pool='default' volume='system.qcow2'/>",
                ),
        ),
        Some(
            form.proposal("volume", tr("Volume"), disk::SOURCE_VOLUME, volumes)
                .edit(move |domain, node, value| both(domain, node, disk::SOURCE_VOLUME, value))
                .example("system.qcow2")
                .note(note)
                .help(
                    tr("The name of the volume in its pool."),
                    "<source pool='default' volume='system.qcow2'/>",
                ),
        ),
        when(is_iscsi, mode),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// NVMe controllers of the host, by address.
fn controllers(disk: &Disk<'_>) -> Vec<Choice> {
    let is_nvme = |class: Option<u32>| class.is_some_and(|class| class >> 8 == 0x0108 || class == 0x0108);
    let devices = disk.form.context.facts.devices();
    let found = devices.filter_map(|device| match &device.kind {
        HostDeviceKind::Pci(pci) if is_nvme(pci.class) => Some(Choice::new(pci.address.to_string(), device.label())),
        _ => None,
    });
    found.collect()
}

fn nvme(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let document = form.context.domain.document();
    let address = document
        .find(form.node, "source/address")
        .and_then(|address| PciAddress::read(document, address));
    let device = Row::new(
        "nvme",
        tr("Controller"),
        Control::Proposal(controllers(disk)),
        Value::Text(address.map(|address| address.to_string())),
        Edit::with(set_nvme),
    )
    .example("0000:03:00.0")
    .help(
        tr("The PCI address of the NVMe controller on the host, which must not use it itself."),
        "<source type='pci' namespace='1'><address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source>",
    );
    let mut rows = vec![device];
    if address.is_some() {
        rows.push(
            Row::new(
                "namespace",
                tr("Namespace"),
                Control::Number {
                    min: 1,
                    max: u64::from(u32::MAX),
                    required: true,
                    unit: "",
                },
                form.value(disk::SOURCE_NAMESPACE),
                Edit::Field(disk::SOURCE_NAMESPACE.raw()),
            )
            .help(
                tr("The number of the namespace on the controller that holds the data."),
                "<source type='pci' namespace='1'/>",
            ),
        );
        rows.push(
            form.switch("nvme-managed", tr("Take it from the host"), disk::SOURCE_MANAGED, true)
                .help(
                    tr("libvirt takes the controller from the host at the start and gives it back at the end."),
                    "<source type='pci' managed='yes'/>",
                ),
        );
    }
    rows
}

fn set_nvme(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let wanted = pci::read(value.text())?;
    let source = domain.disk_source(node)?;
    let document = domain.document_mut();
    document.set_attribute(source, "type", "pci")?;
    for (name, usual) in [("managed", "yes"), ("namespace", "1")] {
        if document.attribute(source, name).is_none() {
            document.set_attribute(source, name, usual)?;
        }
    }
    let address = match document.child(source, "address") {
        Some(address) => address,
        None => document.insert_ordered(source, "<address/>")?,
    };
    pci::write(document, address, wanted)
}

fn vhost_user(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let shared = form.context.domain.shares_memory();
    let note = (!shared).then(|| tr("The machine's memory is not shared, which the storage program needs."));
    vec![
        form.text("socket", tr("Socket"), disk::SOURCE_PATH)
            .edit(|domain, node, value| {
                check_path(value.text())?;
                let source = domain.disk_source(node)?;
                domain.document_mut().set_attribute(source, "path", value.text())
            })
            .note(note)
            .example("/run/storage.sock")
            .help(
                tr("The socket on which the storage program waits for machines."),
                "<source type='unix' path='/run/storage.sock'/>",
            ),
        form.number(
            "socket-reconnect",
            tr("Connect again for"),
            disk::SOURCE_RECONNECT_TIMEOUT,
            1..=86_400,
            "s",
        )
        .edit(|domain, node, value| domain.set_reconnect(node, value.number()))
        .help(
            tr("How long a storage program that went away is waited for."),
            "<reconnect enabled='yes' timeout='10'/>",
        ),
    ]
}

/// What is done when the source is missing at the start; drives may start without.
pub(super) fn policy(disk: &Disk<'_>) -> Option<Row> {
    let mut choices = words(&[("mandatory", tr("Do not start")), ("optional", tr("Start without"))]);
    if disk.is_drive() {
        choices.push(Choice::new(
            "requisite",
            tr("Do not start; go on without when moved or restored"),
        ));
    }
    let row = Row {
        control: Control::Choice(with_default(choices)),
        ..disk
            .form
            .text("startup-policy", tr("If it is missing"), disk::STARTUP_POLICY)
    };
    let row = row.live().help(
        tr("What happens when the file or device is not there as the machine starts."),
        "<source file='/images/system.iso' startupPolicy='optional'/>",
    );
    let fits = disk.has_source() && matches!(disk.kind.as_str(), "file" | "block" | "volume");
    when(fits, row)
}
