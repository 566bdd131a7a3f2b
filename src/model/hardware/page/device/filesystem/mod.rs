//! Folders of the host that the guest sees.

mod daemon;

use crate::i18n::{tr, tr_f};
use crate::model::facts::{Choice, Family, HostFacts};
use crate::model::hardware::page::form::{when, with_default, words};
use crate::model::hardware::page::table::check_path;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Control, Edit, PathKind, Row, Value};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::filesystem;
use crate::model::xml::field::Field;

/// Where the folder of a new device is, for the user to change.
const USUAL: &str = "/srv/shared";

/// What the page is about, as far as it decides which rows there are.
#[derive(Debug)]
struct Share<'a> {
    form: &'a Form<'a>,
    kind: String,
    driver: String,
    is_container: bool,
}

impl Share<'_> {
    fn is_virtiofs(&self) -> bool {
        self.driver == "virtiofs"
    }

    /// 9p, which QEMU does itself.
    fn is_plan9(&self) -> bool {
        !self.is_container && !matches!(self.driver.as_str(), "virtiofs" | "mtp")
    }
}

/// Whether the machine is a container: libvirt's test driver can have such ones, too.
pub(super) fn is_container(context: &Context<'_>) -> bool {
    let document = context.domain.document();
    let system = document.value(document.root(), "os/type");
    context.facts.family() == Family::Container || system.as_deref() == Some("exe")
}

pub(super) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(filesystem::TYPE);
    let share = Share {
        form,
        kind: if kind.is_empty() { "mount".to_owned() } else { kind },
        driver: form.says(filesystem::DRIVER),
        is_container: is_container(form.context),
    };
    let mut groups = vec![
        Group::new(String::new(), first(&share)),
        Group::new(tr("Owners and permissions"), rights(&share)),
    ];
    let mut rare = daemon::rows(&share);
    rare.extend(advanced(&share));
    groups.push(Group::advanced(rare));
    Page {
        notice: notice(&share),
        missing: missing(&share),
        groups,
    }
}

/// What the guest's user has to type.
fn notice(share: &Share<'_>) -> Option<String> {
    let tag = share.form.says(filesystem::TARGET);
    if share.is_container || tag.is_empty() || share.driver == "mtp" {
        return None;
    }
    // A shell takes the tag apart at blanks.
    let plain = tag
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let tag = if plain {
        tag
    } else {
        format!("'{}'", tag.replace('\'', "'\\''"))
    };
    let command = match share.is_virtiofs() {
        true => format!("mount -t virtiofs {tag} /mnt"),
        false => format!("mount -t 9p -o trans=virtio,version=9p2000.L {tag} /mnt"),
    };
    Some(tr_f("In the guest, as root: {command}", &[("command", &command)]))
}

fn first(share: &Share<'_>) -> Vec<Row> {
    let (form, facts) = (share.form, share.form.context.facts);
    let drivers = facts.filesystem_drivers();
    let driver = form
        .choice("driver", tr("Shared by"), filesystem::DRIVER, drivers.clone())
        .edit(|domain, node, value| domain.set_folder_driver(node, value.some()))
        .help(
            tr("How the folder reaches the guest. virtiofs is the fastest, and shares the machine's memory with a program of the host; 9p works with older versions."),
            "<driver type='virtiofs'/>",
        );
    let kinds = words(&[
        ("mount", tr("Folder")),
        ("file", tr("Image file")),
        ("block", tr("Disk or partition of the host")),
        ("ram", tr("Memory")),
        ("bind", tr("Folder of the container")),
        ("template", tr("Template")),
    ]);
    let kind = form
        .required_choice("source-type", tr("Stored in"), filesystem::TYPE, kinds)
        .edit(|domain, node, value| domain.set_folder_source(node, value.text()))
        .help(
            tr("What the container sees: a folder, an image, memory that is gone at the end."),
            "<filesystem type='mount'>",
        );
    let kind = Row {
        value: Value::of(share.kind.clone()),
        ..kind
    };
    let readonly = form
        .switch("readonly", tr("Read-only"), filesystem::READONLY, false)
        .help(tr("The guest cannot write to it."), "<readonly/>");
    [
        share.is_container.then_some(kind),
        when(
            !drivers.is_empty() && matches!(share.kind.as_str(), "mount" | "file"),
            driver,
        ),
    ]
    .into_iter()
    .flatten()
    .chain(source(share))
    .chain([target(share), readonly])
    .chain(shared_memory(share))
    .collect()
}

fn path(share: &Share<'_>, id: &'static str, title: String, field: Field<String>, kind: PathKind) -> Row {
    let name = title.clone();
    share
        .form
        .path(id, title, field, kind)
        .edit(move |domain, node, value| {
            if value.text().is_empty() {
                return Err(Refused(tr_f("{name} must not be empty.", &[("name", &name)])));
            }
            check_path(value.text())?;
            domain.document_mut().set(node, field, value.some().map(str::to_owned))
        })
}

fn source(share: &Share<'_>) -> Vec<Row> {
    let form = share.form;
    let has_socket = form.value(filesystem::SOURCE_SOCKET).some().is_some();
    match share.kind.as_str() {
        "mount" | "bind" if has_socket => vec![
            path(share, "socket", tr("Socket"), filesystem::SOURCE_SOCKET, PathKind::File)
                .example("/run/virtiofs.sock")
                .help(
                    tr("The socket of a virtiofsd that somebody has started already."),
                    "<source socket='/run/virtiofs.sock'/>",
                ),
        ],
        "mount" | "bind" => vec![
            path(
                share,
                "source",
                tr("Folder of the host"),
                filesystem::SOURCE_DIR,
                PathKind::Folder,
            )
            .example("/srv/shared")
            .help(
                tr("The folder that the guest sees, with all below it."),
                "<source dir='/srv/shared'/>",
            ),
        ],
        "file" => vec![
            path(
                share,
                "source-file",
                tr("Image"),
                filesystem::SOURCE_FILE,
                PathKind::Image,
            )
            .example("/var/lib/images/files.img")
            .help(
                tr("The image with the file system."),
                "<source file='/var/lib/images/files.img'/>",
            ),
        ],
        "block" => vec![
            path(
                share,
                "source-dev",
                tr("Device"),
                filesystem::SOURCE_DEV,
                PathKind::File,
            )
            .example("/dev/vg/files")
            .help(
                tr("The disk or partition with the file system."),
                "<source dev='/dev/vg/files'/>",
            ),
        ],
        "ram" => vec![memory(share)],
        "template" => vec![
            form.text("source-name", tr("Template"), filesystem::SOURCE_NAME)
                .example("debian-12")
                .help(
                    tr("The name of the template that the container begins with."),
                    "<source name='debian-12'/>",
                ),
        ],
        _ => Vec::new(),
    }
}

/// A file system in memory; libvirt counts it in KiB where no unit is said.
fn memory(share: &Share<'_>) -> Row {
    let document = share.form.context.domain.document();
    let bytes = document.child(share.form.node, "source").and_then(|source| {
        let usage = document.attribute(source, "usage")?;
        let unit = document.attribute(source, "units");
        crate::model::xml::unit::to_bytes(&usage, unit.as_deref(), "KiB")
    });
    let control = Control::Size {
        min: 1024,
        max: 1 << 50,
        required: true,
    };
    Row::new(
        "usage",
        tr("Size"),
        control,
        Value::Text(bytes.map(|bytes| bytes.to_string())),
        Edit::with(|domain, node, value| {
            let kib = value.number().unwrap_or(0).div_ceil(1024);
            let document = domain.document_mut();
            document.set(node, filesystem::SOURCE_UNITS, None)?;
            document.set(node, filesystem::SOURCE_USAGE, Some(kib))
        }),
    )
    .example("67108864")
    .help(
        tr("How much memory the file system may take."),
        "<source usage='65536' units='KiB'/>",
    )
}

fn target(share: &Share<'_>) -> Row {
    let is_container = share.is_container;
    let title = if is_container {
        tr("Folder in the guest")
    } else {
        tr("Tag")
    };
    let row = share
        .form
        .text("target", title, filesystem::TARGET)
        .edit(move |domain, node, value| {
            let text = value.text().trim();
            if text.is_empty() {
                return Err(Refused(tr("The guest finds the folder by this: it must not be empty.")));
            }
            if is_container {
                check_path(text)?;
            }
            let document = domain.document();
            let is_taken = domain
                .devices_of(crate::model::xml::domain::DeviceKind::Filesystem)
                .any(|other| other != node && document.get(other, filesystem::TARGET).as_deref() == Some(text));
            if is_taken {
                return Err(Refused(tr("Another shared folder has this name.")));
            }
            domain
                .document_mut()
                .set(node, filesystem::TARGET, Some(text.to_owned()))
        });
    match is_container {
        true => row
            .example("/srv")
            .help(tr("Where the container finds it."), "<target dir='/srv'/>"),
        false => row.example("shared").help(
            tr("The name by which the guest mounts the folder."),
            "<target dir='shared'/>",
        ),
    }
}

/// What virtiofs cannot be without.
fn shared_memory(share: &Share<'_>) -> Option<Row> {
    let shared = share.form.context.domain.shares_memory();
    let row = Row::new(
        "shared-memory",
        tr("Shared memory"),
        Control::Switch { default: false },
        Value::Text(shared.then(|| "yes".to_owned())),
        Edit::with(|domain, _, value| match value.is_on() {
            true => domain.share_memory(),
            false => Ok(()),
        }),
    )
    .locked(shared.then(|| tr("A folder that virtiofs shares needs it.")))
    .note((!shared).then(|| tr("Without it the machine cannot start with this folder.")))
    .help(
        tr("The program that shares the folder sees the machine's memory. It is a setting of the whole machine."),
        "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
    );
    share.is_virtiofs().then_some(row)
}

fn rights(share: &Share<'_>) -> Vec<Row> {
    let form = share.form;
    let only = |choice: Choice| {
        let fits = !share.is_virtiofs() || choice.value == "passthrough";
        choice.but((!fits).then(|| tr("virtiofs knows only the owners of the host.")))
    };
    let modes = words(&[
        ("passthrough", tr("Those of the host")),
        ("mapped", tr("Kept beside the files")),
        ("squash", tr("Those of the host, errors ignored")),
    ]);
    let modes = modes.into_iter().map(only).collect();
    let access = form
        .choice("access", tr("Owners"), filesystem::ACCESS_MODE, modes)
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            if value.text() != "mapped" {
                document.set(node, filesystem::FILE_MODE, None)?;
                document.set(node, filesystem::DIR_MODE, None)?;
            }
            document.set(node, filesystem::ACCESS_MODE, value.some().map(str::to_owned))
        })
        .help(
            tr("Whom the guest's files belong to on the host."),
            "<filesystem accessmode='mapped'>",
        );
    let octal = |row: Row, field: Field<String>| {
        row.edit(move |domain, node, value| {
            let text = value.text();
            if !text.is_empty() && (text.len() > 4 || !text.bytes().all(|byte| (b'0'..=b'7').contains(&byte))) {
                return Err(Refused(tr("A mode has three or four digits from 0 to 7.")));
            }
            domain.document_mut().set(node, field, value.some().map(str::to_owned))
        })
    };
    let files = octal(
        form.text("fmode", tr("Mode of new files"), filesystem::FILE_MODE),
        filesystem::FILE_MODE,
    )
    .example("644")
    .help(
        tr("The permissions of new files on the host, where owners are kept beside the files."),
        "<filesystem accessmode='mapped' fmode='644'>",
    );
    let folders = octal(
        form.text("dmode", tr("Mode of new folders"), filesystem::DIR_MODE),
        filesystem::DIR_MODE,
    )
    .example("755")
    .help(
        tr("The permissions of new folders on the host, where owners are kept beside the files."),
        "<filesystem accessmode='mapped' dmode='755'>",
    );
    let mapped = share.is_plan9() && form.says(filesystem::ACCESS_MODE) == "mapped";
    [
        when(share.driver != "mtp", access),
        when(mapped, files),
        when(mapped, folders),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn advanced(share: &Share<'_>) -> Vec<Row> {
    let (form, facts) = (share.form, share.form.context.facts);
    let several = form
        .choice(
            "multidevs",
            tr("Several file systems in it"),
            filesystem::MULTIDEVS,
            words(&[
                ("remap", tr("Give files new numbers")),
                ("forbid", tr("Hide all but one")),
                ("warn", tr("Warn only")),
            ]),
        )
        .help(
            tr("What happens where the folder has other file systems in it, whose files have the same numbers."),
            "<filesystem multidevs='remap'>",
        );
    let policy = Row {
        control: Control::Choice(with_default(words(&[("immediate", tr("At once"))]))),
        ..form.text("wrpolicy", tr("Writing to the host"), filesystem::WRITE_POLICY)
    };
    let policy = policy.help(
        tr("Whether what the guest writes reaches the host's disk at once."),
        "<driver type='path' wrpolicy='immediate'/>",
    );
    let format = form
        .choice("format", tr("Format"), filesystem::FORMAT, facts.disk_formats())
        .help(tr("The format of the image."), "<driver type='nbd' format='qcow2'/>");
    let limit = |id, title, field: Field<u64>| form.size(id, title, field, 1..=1 << 60).example("1073741824");
    let hard = limit("hard-limit", tr("Most that fits"), filesystem::HARD_LIMIT).help(
        tr("How much the container may store in it."),
        "<space_hard_limit unit='GiB'>1</space_hard_limit>",
    );
    let soft = limit("soft-limit", tr("Warn from"), filesystem::SOFT_LIMIT).help(
        tr("From how much on the container is warned."),
        "<space_soft_limit unit='GiB'>1</space_soft_limit>",
    );
    let models = facts.disk_models();
    let model = form
        .choice("model", tr("VirtIO version"), filesystem::MODEL, models)
        .help(
            tr("Which versions of VirtIO the card speaks: old guests know only the old one."),
            "<filesystem model='virtio-transitional'>",
        );
    let plan9 = share.is_plan9();
    [
        when(plan9, several),
        when(plan9, policy),
        when(share.is_container && share.kind == "file", format),
        when(share.is_container, hard),
        when(share.is_container, soft),
        when(!share.is_container && share.driver != "mtp", model),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let is_container = is_container(context);
    let drivers = facts.filesystem_drivers();
    if drivers.is_empty() {
        return Vec::new();
    }
    let best = drivers.iter().find(|driver| driver.problem.is_none());
    let problem = match best {
        None => drivers.first().and_then(|driver| driver.problem.clone()),
        Some(_) if !is_container && !facts.board().has_pci() => Some(tr("These machines cannot have it.")),
        Some(_) => None,
    };
    let make = move |domain: &mut crate::model::xml::domain::Domain, facts: &HostFacts| {
        let drivers = facts.filesystem_drivers();
        let best = drivers.iter().find(|driver| driver.problem.is_none());
        let best = best.map(|driver| driver.value.as_str()).filter(|_| !is_container);
        domain.add_folder(best, USUAL)
    };
    vec![
        Addition::new("filesystem", tr("Shared Folder"), "folder-remote-symbolic", make)
            .description(tr("A folder of the host that the guest can mount."))
            .problem(problem),
    ]
}

/// What has to be said before the machine can have the folder.
fn missing(share: &Share<'_>) -> Option<String> {
    let is_empty = |field| share.form.value(field).some().is_none();
    let no_place = match share.kind.as_str() {
        "mount" | "bind" => is_empty(filesystem::SOURCE_DIR) && is_empty(filesystem::SOURCE_SOCKET),
        "file" => is_empty(filesystem::SOURCE_FILE),
        "block" => is_empty(filesystem::SOURCE_DEV),
        _ => false,
    };
    if no_place {
        return Some(tr("Choose what of the host is shared."));
    }
    is_empty(filesystem::TARGET).then(|| tr("Say under which name the guest finds it."))
}
