//! What the machine boots from.

use super::{Context, Form, Group, Page, PageId};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{Family, GuestKind};
use crate::model::hardware::{Column, Control, Edit, HostSetting, OrderItem, PathKind, Row, Value};
use crate::model::xml::domain::fields::{disk, hostdev, interface, os};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::lines::TEXT;
use crate::model::xml::{NodeId, Refused};

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let kind = GuestKind::of(context.domain);
    match form.says(os::TYPE).as_str() {
        "exe" => {
            return Page::new(vec![
                Group::new(String::new(), vec![autostart()]),
                Group::new(tr("First Program"), container(&form)),
            ]);
        }
        "xen" | "linux" | "xenpvh" => {
            let mut loader = loader(&form);
            loader.extend(direct(&form, &kind));
            return Page::new(vec![
                Group::new(String::new(), vec![autostart()]),
                Group::new(tr("Boot Loader and Kernel"), loader),
            ]);
        }
        _ => {}
    }
    let mut advanced = bios(&form);
    if !form.says(os::BOOTLOADER).is_empty() {
        advanced.extend(loader(&form));
    }
    let mut everyday = order(&form);
    everyday.push(autostart());
    Page::new(vec![
        Group::new(String::new(), everyday),
        Group::new(tr("Direct Kernel Boot"), direct(&form, &kind)).description(tr(
            "Starts a kernel that lies on the host, without firmware and boot loader of the guest.",
        )),
        Group::advanced(advanced),
    ])
}

fn autostart() -> Row {
    Row::new(
        "autostart",
        tr("Start with the host"),
        Control::OfHost(HostSetting::Autostart),
        Value::Text(None),
        Edit::None,
    )
    .help(
        tr("The host starts the machine when it starts itself. It keeps that beside the definition."),
        "",
    )
}

/// Devices that can be booted from, by what they are known by in an order.
fn bootable(domain: &Domain) -> Vec<(String, NodeId)> {
    let document = domain.document();
    let says = |node, field| document.get(node, field).unwrap_or_default();
    let mut found: Vec<(String, NodeId)> = Vec::new();
    for (at, device) in domain.devices().enumerate() {
        let key = match device.kind {
            DeviceKind::Disk => says(device.node, disk::TARGET),
            DeviceKind::Interface => says(device.node, interface::MAC),
            DeviceKind::Hostdev if matches!(says(device.node, hostdev::TYPE).as_str(), "usb" | "pci" | "scsi") => {
                String::new()
            }
            DeviceKind::Redirdev => String::new(),
            _ => continue,
        };
        let is_taken = |key: &String| found.iter().any(|(other, _)| other == key);
        let key = Some(key).filter(|key| !key.is_empty() && !is_taken(key));
        found.push((
            key.unwrap_or_else(|| format!("{}-{at}", device.kind.element())),
            device.node,
        ));
    }
    found
}

/// The devices in their order, whichever way the definition says it.
fn ordered(domain: &Domain) -> Vec<NodeId> {
    let numbered = domain.boot_devices();
    if !numbered.is_empty() {
        return numbered;
    }
    let document = domain.document();
    let of_class = |class: &str| -> Vec<NodeId> {
        let all = domain.devices().filter(|device| match device.kind {
            DeviceKind::Interface => class == "network",
            DeviceKind::Disk => {
                let kind = document.get(device.node, disk::DEVICE);
                match kind.as_deref().unwrap_or("disk") {
                    "cdrom" => class == "cdrom",
                    "floppy" => class == "fd",
                    _ => class == "hd",
                }
            }
            _ => false,
        });
        // A class is its first device to the firmware.
        all.take(1).map(|device| device.node).collect()
    };
    let classes = domain.boot_classes();
    classes.iter().flat_map(|class| of_class(class)).collect()
}

fn order(form: &Form<'_>) -> Vec<Row> {
    let domain = form.context.domain;
    let known = bootable(domain);
    let chosen: Vec<String> = ordered(domain)
        .into_iter()
        .filter_map(|node| known.iter().find(|(_, other)| *other == node))
        .map(|(key, _)| key.clone())
        .collect();
    let entries = super::entries(form.context);
    let mut items: Vec<OrderItem> = Vec::new();
    for (key, node) in &known {
        let Some(entry) = entries.iter().find(|entry| entry.id == PageId::Device(*node)) else {
            continue;
        };
        let label = match entry.subtitle.is_empty() {
            true => entry.title.clone(),
            // Translators: a device and what tells it from its like: “Disk 1 (vda)”.
            false => tr_f(
                "{device} ({details})",
                &[("device", &entry.title), ("details", &entry.subtitle)],
            ),
        };
        items.push(OrderItem {
            key: key.clone(),
            label,
            icon: entry.icon,
        });
    }
    let mut rows = Vec::new();
    if items.is_empty() {
        rows.push(form.fact("order", tr("Boot order"), tr("The machine has no device to boot from.")));
    } else {
        let has_kernel = !form.says(os::KERNEL).is_empty();
        rows.push(
            Row::new(
                "order",
                tr("Boot order"),
                Control::Order(items),
                Value::Order(chosen),
                Edit::with(|domain, _, value| set_order(domain, value)),
            )
            .note(has_kernel.then(|| tr("The kernel below starts before any device.")))
            .help(
                tr("The devices that the firmware tries, in this order."),
                "<boot order='1'/>",
            ),
        );
    }
    rows.push(
        form.switch("menu", tr("Boot menu"), os::BOOT_MENU, false)
            .help(
                tr("The firmware waits for a key with which another device can be chosen."),
                "<bootmenu enable='yes'/>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                if value.some().is_none() {
                    // A time alone says nothing.
                    if let Some(menu) = document.find(node, "os/bootmenu") {
                        document.prune(menu);
                    }
                    return Ok(());
                }
                document.set(node, os::BOOT_MENU, Some(value.is_on()))
            }),
    );
    if form.says(os::BOOT_MENU) == "yes" {
        rows.push(
            form.number(
                "menu-timeout",
                tr("Menu is shown for"),
                os::BOOT_MENU_TIMEOUT,
                0..=65_535,
                "ms",
            )
            .example("3000")
            .help(
                tr("How long the firmware waits for a key."),
                "<bootmenu enable='yes' timeout='3000'/>",
            ),
        );
    }
    rows
}

fn set_order(domain: &mut Domain, value: &Value) -> Result<(), Refused> {
    let known = bootable(domain);
    let mut nodes = Vec::new();
    for key in value.keys() {
        let Some((_, node)) = known.iter().find(|(other, _)| other == key) else {
            return Err(Refused(tr_f(
                "There is no device “{entry}” to boot from.",
                &[("entry", key)],
            )));
        };
        if !nodes.contains(node) {
            nodes.push(*node);
        }
    }
    domain.set_boot_devices(&nodes)
}

fn direct(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    let mut rows = vec![
        form.path("kernel", tr("Kernel"), os::KERNEL, PathKind::File)
            .example("/var/lib/libvirt/boot/vmlinuz")
            .help(
                tr("A kernel on the host that the machine starts with."),
                "<kernel>/var/lib/libvirt/boot/vmlinuz</kernel>",
            ),
        form.path("initrd", tr("Initial RAM disk"), os::INITRD, PathKind::File)
            .example("/var/lib/libvirt/boot/initrd.img")
            .note(needs_kernel(form, form.says(os::INITRD)))
            .help(
                tr("What the kernel finds its first programs in."),
                "<initrd>/var/lib/libvirt/boot/initrd.img</initrd>",
            ),
        form.text("cmdline", tr("Kernel command line"), os::CMDLINE)
            .example("console=ttyS0 root=/dev/vda1")
            .note(needs_kernel(form, form.says(os::CMDLINE)))
            .help(
                tr("What the kernel is told at the start."),
                "<cmdline>console=ttyS0 root=/dev/vda1</cmdline>",
            ),
    ];
    if !kind.is_x86() && kind.family() == Family::Qemu || !form.says(os::DTB).is_empty() {
        rows.push(
            form.path("dtb", tr("Device tree"), os::DTB, PathKind::File)
                .example("/var/lib/libvirt/boot/board.dtb")
                .help(
                    tr("A description of the board for the kernel, in place of the hypervisor's own."),
                    "<dtb>/var/lib/libvirt/boot/board.dtb</dtb>",
                ),
        );
    }
    rows
}

fn needs_kernel(form: &Form<'_>, value: String) -> Option<String> {
    let is_idle = !value.is_empty() && form.says(os::KERNEL).is_empty();
    is_idle.then(|| tr("It has no effect without a kernel."))
}

fn bios(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("serial", tr("BIOS on the serial port"), os::BIOS_SERIAL, false)
            .help(
                tr("The BIOS shows its messages on the first serial port, too."),
                "<bios useserial='yes'/>",
            ),
        form.number("reboot", tr("Try again after"), os::REBOOT_TIMEOUT, 0..=65_535, "ms")
            .example("5000")
            .help(
                tr("How long the BIOS waits after a failed boot before it tries again; empty for never."),
                "<bios rebootTimeout='5000'/>",
            ),
    ]
}

fn loader(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.path(
            "bootloader",
            tr("Boot loader on the host"),
            os::BOOTLOADER,
            PathKind::File,
        )
        .example("/usr/bin/pygrub")
        .help(
            tr("A program on the host that takes the kernel out of the guest's disk."),
            "<bootloader>/usr/bin/pygrub</bootloader>",
        ),
        form.text(
            "bootloader-args",
            tr("Arguments of the boot loader"),
            os::BOOTLOADER_ARGS,
        )
        .example("--append single")
        .help(
            tr("What the boot loader on the host is started with."),
            "<bootloader_args>--append single</bootloader_args>",
        ),
    ]
}

fn column(title: String, example: &'static str) -> Column {
    Column {
        title,
        choices: Vec::new(),
        example,
    }
}

fn container(form: &Form<'_>) -> Vec<Row> {
    let document = form.context.domain.document();
    let os = document.child(form.node, "os");
    let table = |id, title, columns, add, element: &'static str, attributes: &'static [&'static str]| {
        Row::new(
            id,
            title,
            Control::Table { columns, add },
            Value::Table(document.lines(os, element, attributes)),
            Edit::with(move |domain, node, value| {
                let document = domain.document_mut();
                let os = document.ensure_path(node, "os")?;
                document.set_lines(os, element, attributes, value.lines())
            }),
        )
    };
    let arguments = vec![column(tr("Argument"), "--unit=rescue.target")];
    let variables = vec![column(tr("Variable"), "LANG"), column(tr("Value"), "C.UTF-8")];
    let owner = |domain: &mut Domain, node: NodeId, value: &Value, field, other| -> Result<(), Refused> {
        let document = domain.document_mut();
        let text = value.some().map(str::to_owned);
        // libvirt wants both or none.
        if text.is_none() || document.get::<String>(node, other).is_none() {
            document.set(node, other, text.clone())?;
        }
        document.set(node, field, text)
    };
    vec![
        form.text("init", tr("First program"), os::INIT)
            .example("/sbin/init")
            .help(
                tr("The program in the container that is started first; the container ends with it."),
                "<init>/sbin/init</init>",
            ),
        table(
            "arguments",
            tr("Arguments"),
            arguments,
            tr("Add Argument"),
            "initarg",
            &[TEXT],
        )
        .help(
            tr("What the first program is started with."),
            "<initarg>--unit=rescue.target</initarg>",
        ),
        table(
            "environment",
            tr("Environment"),
            variables,
            tr("Add Variable"),
            "initenv",
            &["name", TEXT],
        )
        .help(
            tr("Variables in the environment of the first program."),
            "<initenv name='LANG'>C.UTF-8</initenv>",
        ),
        form.text("directory", tr("Working folder"), os::INIT_DIR)
            .example("/root")
            .help(
                tr("The folder in which the first program is started."),
                "<initdir>/root</initdir>",
            ),
        form.text("user", tr("User"), os::INIT_USER)
            .example("0")
            .help(tr("The user as whom the first program runs."), "<inituser>0</inituser>")
            .edit(move |domain, node, value| owner(domain, node, value, os::INIT_USER, os::INIT_GROUP)),
        form.text("group", tr("Group"), os::INIT_GROUP)
            .example("0")
            .help(
                tr("The group as which the first program runs."),
                "<initgroup>0</initgroup>",
            )
            .edit(move |domain, node, value| owner(domain, node, value, os::INIT_GROUP, os::INIT_USER)),
    ]
}
