//! Disks, CD-ROM drives, floppy drives, SCSI units of the host.

mod addition;
mod chain;
mod encryption;
mod medium;
mod network;
mod options;
mod source;
mod throttle;
mod users;

use crate::i18n::tr;
use crate::model::facts::Family;
use crate::model::hardware::page::form::when;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Button, Control, Edit, PathKind, Row, Value, size};
use crate::model::usage;
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::{NodeId, Refused};

pub(super) use addition::additions;

/// What the page is about, as far as it decides which rows there are.
#[derive(Debug)]
struct Disk<'a> {
    form: &'a Form<'a>,
    /// `disk`, `cdrom`, `floppy`, `lun`.
    device: String,
    /// Kind of source.
    kind: String,
    bus: String,
    /// The hypervisor is QEMU: it has all the settings.
    is_qemu: bool,
}

pub(super) fn page(form: &Form<'_>) -> Page {
    let or = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
    let disk = Disk {
        form,
        device: or(form.says(disk::DEVICE), "disk"),
        kind: or(form.says(disk::TYPE), "file"),
        bus: form.says(disk::BUS),
        is_qemu: form.context.facts.family() == Family::Qemu,
    };
    let mut first = if disk.is_drive() { disk.medium() } else { Vec::new() };
    if !disk.is_drive() || !disk.is_plain() {
        first.extend(source::rows(&disk));
    }
    first.extend(disk.everyday());
    users::tell(form, &mut first);
    let mut groups = vec![Group::new(String::new(), first)];
    groups.extend(network::groups(&disk));
    groups.push(options::image(&disk));
    groups.push(chain::group(form));
    groups.extend(throttle::groups(&disk));
    groups.extend(options::groups(&disk));
    groups.push(encryption::group(&disk));
    groups.push(Group::advanced(options::advanced(&disk)));
    Page::new(groups).missing(source::without(&disk))
}

impl Disk<'_> {
    fn is_drive(&self) -> bool {
        matches!(self.device.as_str(), "cdrom" | "floppy")
    }

    /// The medium is a file or a device of the host.
    fn is_plain(&self) -> bool {
        matches!(self.kind.as_str(), "file" | "block")
    }

    fn has_source(&self) -> bool {
        let document = self.form.context.domain.document();
        document
            .child(self.form.node, "source")
            .is_some_and(|source| document.attributes(source).next().is_some())
    }

    /// The medium of a drive.
    fn medium(&self) -> Vec<Row> {
        let form = self.form;
        let eject = Row::new(
            "eject",
            tr("Medium in the drive"),
            Control::Button(tr("Eject"), Button::Eject),
            self.capacity(),
            Edit::None,
        );
        let eject = self.has_source().then_some(eject);
        if !self.is_plain() {
            return eject.into_iter().collect();
        }
        let says = |field| form.value(field).some().map(str::to_owned);
        let medium = says(disk::SOURCE_FILE).or_else(|| says(disk::SOURCE_DEV));
        let row = Row::new(
            "medium",
            tr("Medium"),
            Control::Path(PathKind::Media),
            Value::Text(medium),
            Edit::with(set_medium),
        )
        .example("/var/lib/libvirt/images/system.iso")
        .empty(tr("Empty"))
        .proposals(medium::proposals(self))
        .live()
        .help(
            tr("The image or drive of the host that the guest finds in its drive; empty for none."),
            "<source file='/images/system.iso'/>",
        );
        [Some(row), eject].into_iter().flatten().collect()
    }

    fn everyday(&self) -> Vec<Row> {
        let (form, facts) = (self.form, self.form.context.facts);
        let bus = form
            .required_choice("bus", tr("Bus"), disk::BUS, facts.disk_buses(&self.device))
            .edit(|domain, node, value| domain.set_disk_bus(node, value.text()))
            .note(self.bus_note())
            .help(
                tr("What the guest reaches the disk through. VirtIO is the fastest and needs a driver in the guest; SATA works everywhere. The disk gets a name of the new bus."),
                "<target dev='vda' bus='virtio'/>",
            );
        let readonly = form
            .switch("readonly", tr("Read-only"), disk::READONLY, false)
            .help(tr("The guest cannot write to it."), "<readonly/>");
        let removable = form.switch("removable", tr("Removable"), disk::REMOVABLE, false).help(
            tr("The guest treats it as a stick that can be taken out."),
            "<target dev='sda' bus='usb' removable='on'/>",
        );
        let fits = matches!(self.bus.as_str(), "usb" | "scsi") && self.device == "disk";
        [
            self.size(),
            Some(bus),
            // A CD-ROM never is anything else, and libvirt writes it for each.
            (self.device != "cdrom").then_some(readonly),
            when(fits && self.bus == "usb", removable),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// How much the guest sees, where the host's storage pools tell it.
    fn capacity(&self) -> Value {
        let (form, document) = (self.form, self.form.context.domain.document());
        let known = form.context.facts.usage.as_ref().and_then(|usage| {
            let image = usage::disk(document, form.node)?;
            usage.lore().seen(&image.source)?.capacity
        });
        Value::Text(known.map(size::about))
    }

    /// How much the guest sees, and a button for more.
    fn size(&self) -> Option<Row> {
        let said = self.capacity();
        let can_grow = matches!(self.device.as_str(), "disk" | "lun")
            && !matches!(self.kind.as_str(), "nvme" | "dir" | "vhostuser" | "vhostvdpa");
        let row = match can_grow && self.has_source() && self.is_qemu {
            true => Row::new(
                "resize",
                tr("Size"),
                Control::Button(tr("Resize…"), Button::Resize),
                said,
                Edit::None,
            ),
            false if said.some().is_none() || self.is_drive() => return None,
            false => Row::new("size", tr("Size"), Control::Fact, said, Edit::None),
        };
        Some(row)
    }

    fn bus_note(&self) -> Option<String> {
        let domain = self.form.context.domain;
        let system = domain.metadata("http://libosinfo.org/xmlns/libvirt/domain/1.0");
        let windows = system.is_some_and(|system| domain.document().source(system).contains("//microsoft.com/"));
        (windows && self.bus == "virtio")
            .then(|| tr("Windows starts from a VirtIO disk only with its driver installed."))
    }
}

/// Puts another medium in: a file or a device of the host. The rest of the drive stays.
fn set_medium(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let path = value.some();
    domain.forget_disk_chain(node);
    let Some(path) = path else {
        let document = domain.document_mut();
        document.set(node, disk::SOURCE_FILE, None)?;
        document.set(node, disk::SOURCE_DEV, None)?;
        if let Some(source) = document.child(node, "source") {
            document.remove_attribute(source, "startupPolicy");
            if document.is_bare_element(source) {
                document.remove(source);
            }
        }
        return Ok(());
    };
    crate::model::hardware::page::table::check_path(path)?;
    let kind = if path.starts_with("/dev/") { "block" } else { "file" };
    domain.set_disk_source(node, kind)?;
    let field = match kind {
        "block" => disk::SOURCE_DEV,
        _ => disk::SOURCE_FILE,
    };
    domain.document_mut().set(node, field, Some(path.to_owned()))
}
