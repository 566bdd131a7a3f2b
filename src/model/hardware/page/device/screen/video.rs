//! What draws the screen.

use super::acceleration;
use crate::i18n::{tr, tr_f};
use crate::model::facts::Family;
use crate::model::hardware::page::device::common::drop_address;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Choice, Control, Edit, Row, Value};
use crate::model::xml::domain::fields::video;
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// What models have inside of `<model>`; sizes are for the model that they were chosen for.
const PARTS: &Parts = &[
    (
        "qxl",
        &[
            "@ram",
            "@vram",
            "@vram64",
            "@vgamem",
            "@heads",
            "@primary",
            "resolution",
        ],
    ),
    ("virtio", &["@heads", "@primary", "@blob", "acceleration", "resolution"]),
    ("vga", &["@vram", "@primary", "resolution"]),
    ("bochs", &["@vram", "@primary", "resolution"]),
    ("cirrus", &["@vram", "@primary"]),
    ("vmvga", &["@vram", "@primary", "acceleration"]),
    ("vbox", &["@vram", "@heads", "@primary", "acceleration"]),
    ("xen", &["@vram", "@heads", "@primary"]),
    ("gop", &["@primary", "resolution"]),
    ("ramfb", &["@primary", "resolution"]),
    ("none", &[]),
];

/// Models of which QEMU knows the first resolution.
const SIZED: &[&str] = &["virtio", "qxl", "vga", "bochs", "gop", "ramfb"];

/// The page of a graphics card.
pub(in crate::model::hardware::page::device) fn page(form: &Form<'_>) -> Page {
    let model = form.says(video::MODEL);
    let mut rows = vec![model_row(form)];
    if model == "virtio" {
        rows.extend(acceleration::rows(form));
    }
    if matches!(model.as_str(), "virtio" | "qxl" | "vbox" | "xen") {
        rows.push(
            form.number("heads", tr("Screens"), video::HEADS, 1..=16, "")
                .example("1")
                .help(
                    tr("How many screens the guest can have."),
                    "<model type='virtio' heads='1'/>",
                ),
        );
    }
    if SIZED.contains(&model.as_str()) {
        rows.push(resolution(form));
    }
    let mut page = Page::new(vec![
        Group::new(String::new(), rows),
        Group::new(tr("Memory"), memory(form, &model)),
        Group::advanced(advanced(form, &model)),
    ]);
    if model == "none" {
        page.notice = Some(tr("The machine has no screen of its own."));
    }
    page
}

fn model_row(form: &Form<'_>) -> Row {
    let others = form.context.domain.devices_of(DeviceKind::Video).count() > 1;
    let models = form
        .context
        .facts
        .video_models()
        .into_iter()
        .map(|choice| match choice.value.as_str() {
            "none" if others && choice.is_usable() => choice.but(Some(tr("The machine has other video cards."))),
            _ => choice,
        });
    form.required_choice("model", tr("Model"), video::MODEL, models.collect())
        .help(
            tr("VirtIO is the fastest where the guest has a driver, VGA works everywhere, QXL is for older guests on SPICE."),
            "<model type='virtio'/>",
        )
        .edit(|domain, node, value| set_model(domain, node, value.text()))
}

fn set_model(domain: &mut Domain, node: NodeId, model: &str) -> Result<(), Refused> {
    let was_3d = domain.document().get(node, video::ACCEL3D) == Some(true);
    if was_3d && model != "virtio" {
        acceleration::set(domain, node, false, None)?;
    }
    let inner = domain.ensure_child(node, "model")?;
    domain.set_type(inner, "type", model, PARTS)?;
    // A size that was right for one model is too small for another.
    for name in ["ram", "vram", "vram64", "vgamem"] {
        domain.document_mut().remove_attribute(inner, name);
    }
    if model != "virtio" {
        domain.remove_children(node, "driver");
    }
    if model == "none" {
        domain.remove_children(node, "acpi");
    }
    drop_address(domain, node);
    Ok(())
}

fn resolution(form: &Form<'_>) -> Row {
    let (width, height) = (form.says(video::WIDTH), form.says(video::HEIGHT));
    let value = match width.is_empty() && height.is_empty() {
        true => Value::Text(None),
        false => Value::of(format!("{width}x{height}")),
    };
    let sizes = ["1024x768", "1280x800", "1920x1080", "2560x1440", "3840x2160"];
    let control = Control::Proposal(sizes.map(Choice::plain).to_vec());
    Row::new("resolution", tr("First resolution"), control, value, Edit::None)
        .example("1920x1080")
        .help(
            tr("The size in pixels that the guest starts with; it may choose another one later."),
            "<resolution x='1920' y='1080'/>",
        )
        .edit(set_resolution)
}

fn set_resolution(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let document = domain.document_mut();
    let Some(text) = value.some() else {
        document.set(node, video::WIDTH, None)?;
        return document.set(node, video::HEIGHT, None);
    };
    let parts = text.split_once(['x', '×']);
    let number = |part: &str| {
        part.trim()
            .parse::<u64>()
            .ok()
            .filter(|pixels| (1..=65535).contains(pixels))
    };
    let Some((width, height)) = parts.and_then(|(width, height)| Some((number(width)?, number(height)?))) else {
        return Err(Refused(tr_f(
            "“{text}” is no resolution: write 1920x1080.",
            &[("text", text)],
        )));
    };
    document.set(node, video::WIDTH, Some(width))?;
    document.set(node, video::HEIGHT, Some(height))
}

/// A size that the definition has in KiB, as bytes.
fn size(form: &Form<'_>, id: &'static str, title: String, field: Field<u64>) -> Row {
    let kib = form.context.domain.document().get(form.node, field);
    let value = Value::Text(kib.map(|kib| kib.saturating_mul(1024).to_string()));
    let control = Control::Size {
        min: 1 << 20,
        max: 4 << 30,
        required: false,
    };
    Row::new(id, title, control, value, Edit::None)
        .example("67108864")
        .edit(move |domain, node, value| {
            let kib = value.number().map(|bytes| bytes.div_ceil(1024));
            domain.document_mut().set(node, field, kib)
        })
}

fn memory(form: &Form<'_>, model: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    if matches!(model, "qxl" | "vga" | "bochs" | "cirrus" | "vmvga" | "vbox" | "xen") {
        rows.push(size(form, "vram", tr("Video memory"), video::VRAM).help(
            tr("Memory for pictures; more allows larger and more screens."),
            "<model type='vga' vram='65536'/>",
        ));
    }
    if model == "qxl" {
        rows.push(size(form, "ram", tr("Main memory of the card"), video::RAM).help(
            tr("Memory for the commands that draw; it holds the picture memory, too."),
            "<model type='qxl' ram='65536'/>",
        ));
        rows.push(size(form, "vgamem", tr("Picture memory"), video::VGAMEM).help(
            tr("The part of the main memory that holds the picture: it limits the resolution."),
            "<model type='qxl' vgamem='65536'/>",
        ));
        rows.push(
            size(form, "vram64", tr("Video memory above 4 GiB"), video::VRAM64).help(
                tr("More video memory, for guests that reach it at high addresses."),
                "<model type='qxl' vram64='65536'/>",
            ),
        );
    }
    rows
}

fn advanced(form: &Form<'_>, model: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    if model != "none" && form.context.domain.devices_of(DeviceKind::Video).count() > 1 {
        rows.push(
            form.switch("primary", tr("First card"), video::PRIMARY, false)
                .help(
                    tr("The card that firmware and boot messages appear on; there is one of these."),
                    "<model type='virtio' primary='yes'/>",
                )
                .edit(set_primary),
        );
    }
    if model == "virtio" {
        rows.push(
            form.switch("blob", tr("Share pictures without copying"), video::BLOB, false)
                .help(
                    tr("Guest and host use the same memory for pictures instead of copying them; the machine's memory becomes one that can be shared."),
                    "<model type='virtio' blob='on'/> <memoryBacking> <source type='memfd'/> <access mode='shared'/> </memoryBacking>",
                )
                .edit(|domain, node, value| {
                    if value.is_on() {
                        domain.set_shared_memory(true)?;
                    }
                    domain.document_mut().set(node, video::BLOB, value.some().map(|_| value.is_on()))
                }),
        );
        let drivers = vec![
            Choice::new("qemu", tr("The emulator")),
            Choice::new("vhostuser", tr("A program of its own")),
        ];
        rows.push(
            form.choice("driver", tr("Drawn by"), video::DRIVER, drivers)
                .help(
                    tr("Whether drawing happens in the emulator, or apart from it, where a fault in it does less harm."),
                    "<driver name='vhostuser'/>",
                )
                .edit(|domain, node, value| {
                    if value.text() == "vhostuser" {
                        domain.set_shared_memory(true)?;
                    }
                    let text = value.some().map(str::to_owned);
                    domain.document_mut().set(node, video::DRIVER, text)
                }),
        );
    }
    if form.context.facts.family() == Family::Bhyve {
        rows.push(
            form.choice(
                "vga-conf",
                tr("VGA accesses"),
                video::VGA_CONF,
                vec![
                    Choice::new("io", tr("Answered, for firmware that asks")),
                    Choice::new("on", tr("All answered")),
                    Choice::new("off", tr("None")),
                ],
            )
            .help(
                tr("Which accesses of the old VGA kind the card answers."),
                "<driver vgaconf='io'/>",
            ),
        );
    }
    rows
}

/// One card is the first: the others stop to be.
fn set_primary(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let cards: Vec<NodeId> = domain.devices_of(DeviceKind::Video).collect();
    let document = domain.document_mut();
    if value.is_on() {
        for other in cards.into_iter().filter(|other| *other != node) {
            document.set(other, video::PRIMARY, None)?;
        }
    }
    document.set(node, video::PRIMARY, value.some().map(|_| value.is_on()))
}
