//! The rows of what a machine has.

use super::source::{row, switch};
use super::{Around, Begin, Sheet, Storage, image_text, network};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::creation::{FirmwareWish, suggested_name};
use crate::model::facts::{Board, Choice};
use crate::model::hardware::{Button, Control, Group, PathKind, Row, Value, size};

/// Most that a size may be: 1 EiB.
const MOST: u64 = 1 << 60;

pub(super) fn groups(sheet: &Sheet, around: &Around) -> Vec<Group> {
    if sheet.begin == Begin::Machine {
        return Vec::new();
    }
    if sheet.begin == Begin::Xml {
        return vec![Group::new(
            String::new(),
            vec![switch("start", tr("Start it now"), sheet.starts())],
        )];
    }
    let mut all = Vec::new();
    if sheet.is_unattended && sheet.can_be_unattended(around) {
        all.push(Group::new(
            tr("Installation without questions"),
            unattended(sheet, around),
        ));
    }
    let mut machine = vec![name(sheet, around)];
    machine.extend(power(sheet, around));
    all.push(Group::new(String::new(), machine));
    if sheet.has_disk() {
        all.push(Group::new(String::new(), disk(sheet, around)));
    }
    let mut connected = vec![row(
        "network",
        tr("Connected to"),
        Control::Choice(network::choices(around.facts)),
        Value::of(network::chosen(&sheet.network, around.facts)),
    )];
    connected.push(switch("start", tr("Start it now"), sheet.starts()));
    all.push(Group::new(String::new(), connected));
    all.push(Group::folded(tr("Firmware and hypervisor"), kind(sheet, around)));
    all
}

/// The operating system, beside what it begins with.
pub(super) fn system(sheet: &Sheet, around: &Around) -> Vec<Row> {
    let system = sheet.system();
    let known = system.and_then(|id| around.system(id));
    let is_newer = sheet.os.is_none() && sheet.recognised().is_some_and(|found| found.newer);
    let value = match (system, known) {
        _ if around.is_looking && sheet.os.is_none() => tr("Looking…"),
        (_, Some(os)) if is_newer => tr_f("{name} or newer", &[("name", &os.name)]),
        (_, Some(os)) => os.name.clone(),
        (Some(id), None) => id.to_owned(),
        (None, _) => tr("Not known"),
    };
    let note = match (&sheet.os, system) {
        (None, Some(_)) if is_newer => Some(tr(
            "The image names a version that the list of operating systems does not have yet: it is treated as the newest that it has.",
        )),
        (None, Some(_)) if sheet.recognised().is_some_and(|found| found.guess) => {
            Some(tr("Guessed from the name of the image."))
        }
        (None, Some(_)) => Some(tr("Recognised from what it begins with.")),
        (None, None) if !around.is_looking && !sheet.evidence().is_empty() => Some(tr(
            "Not recognised. With the right one chosen, devices and sizes fit better.",
        )),
        (_, Some(_)) => known
            .and_then(|os| os.ends.as_ref())
            .map(|day| tr_f("Supported until {date}.", &[("date", day)])),
        _ => None,
    };
    let change = Control::Button(tr("Change…"), Button::Own("system", 0));
    let mut os = row("os", tr("Operating system"), change, Value::of(value)).note(note);
    os.is_busy = around.is_looking && sheet.os.is_none();
    let mut rows = vec![os];
    if sheet.can_be_unattended(around) {
        rows.push(
            switch("is-unattended", tr("Install without questions"), sheet.is_unattended)
                .note(Some(tr("A script answers what the installer asks."))),
        );
    }
    rows
}

fn unattended(sheet: &Sheet, around: &Around) -> Vec<Row> {
    let wish = &sheet.unattended;
    let os = sheet.system().and_then(|id| around.system(id));
    let mut profiles: Vec<&str> = Vec::new();
    for script in os.iter().flat_map(|os| &os.scripts) {
        if !profiles.contains(&script.profile.as_str()) {
            profiles.push(&script.profile);
        }
    }
    let choices = profiles.iter().map(|profile| {
        let label = match *profile {
            "desktop" => tr("With a desktop"),
            "jeos" => tr("As small as possible"),
            other => other.to_owned(),
        };
        Choice::new(*profile, label)
    });
    let profile = match wish.profile.as_str() {
        "" => profiles.first().copied().unwrap_or_default(),
        profile => profile,
    };
    let text = |id: &'static str, title: String, value: &str| row(id, title, Control::Text, Value::of(value));
    let option = |id, title, value: &Option<String>| {
        text(id, title, value.as_deref().unwrap_or_default()).empty(tr("As on this computer"))
    };
    let mut rows = vec![
        row(
            "profile",
            tr("What is installed"),
            Control::Choice(choices.collect()),
            Value::of(profile),
        ),
        text("installer-user", tr("User"), &wish.account.name),
        text("installer-full-name", tr("Full name"), &wish.account.full_name).empty(tr("As the user")),
        row(
            "installer-password",
            tr("Password"),
            Control::Password,
            Value::of(wish.account.password.as_str()),
        ),
        text("installer-hostname", tr("Host name"), &wish.hostname).empty(tr("As the machine")),
        option("installer-locale", tr("Language"), &wish.locale),
        option("installer-timezone", tr("Time zone"), &wish.timezone),
        option("installer-keyboard", tr("Keyboard"), &wish.keyboard),
    ];
    let needs_key = os.is_some_and(|os| os.scripts.iter().any(|script| script.needs_key));
    if needs_key {
        rows.push(text(
            "installer-key",
            tr("Product key"),
            wish.product_key.as_deref().unwrap_or_default(),
        ));
    }
    rows
}

fn name(sheet: &Sheet, around: &Around) -> Row {
    let os = sheet.system().and_then(|id| around.system(id));
    let usual = suggested_name(os, sheet.begin == Begin::Container, around.machines);
    row("name", tr("Name"), Control::Text, Value::of(sheet.name.as_str())).empty(usual)
}

/// Memory and processors.
fn power(sheet: &Sheet, around: &Around) -> Vec<Row> {
    let node = around.facts.node.as_ref();
    let usual = sheet.recommended(around);
    let memory = Control::Size {
        min: 1 << 20,
        max: MOST,
        required: false,
    };
    let memory = row("memory", tr("Memory"), memory, number(sheet.memory))
        .empty(size::about(usual.memory))
        .note(node.map(|node| {
            let all = size::about(node.memory_kib.saturating_mul(1024));
            tr_f("The host has {size}.", &[("size", &all)])
        }));
    let most = around.facts.max_vcpus().unwrap_or(4096);
    let cpus = Control::Number {
        min: 1,
        max: most.max(1),
        required: false,
        unit: "",
    };
    let cpus = row("cpus", tr("Processors"), cpus, number(sheet.cpus))
        .empty(usual.cpus.to_string())
        .note(
            node.filter(|node| node.cpus > 0)
                .map(|node| tr_n("The host has {n}.", "The host has {n}.", node.cpus as usize, &[])),
        );
    vec![memory, cpus]
}

fn number<T: ToString>(number: Option<T>) -> Value {
    Value::of(number.map(|number| number.to_string()).unwrap_or_default())
}

fn disk(sheet: &Sheet, around: &Around) -> Vec<Row> {
    let choices = vec![
        Choice::new("new", tr("A new image")),
        Choice::new("existing", tr("An image that is there")),
        Choice::new("none", tr("No disk")),
    ];
    let storage = match sheet.storage {
        Storage::New => "new",
        Storage::Existing => "existing",
        Storage::None => "none",
    };
    let is_cloud = sheet.begin == Begin::Cloud;
    let mut rows = Vec::new();
    if !is_cloud {
        rows.push(row("storage", tr("Disk"), Control::Choice(choices), Value::of(storage)));
    }
    match sheet.storage {
        Storage::Existing if !is_cloud => {
            let value = sheet.existing.as_ref().map(image_text).unwrap_or_default();
            rows.push(row(
                "existing",
                tr("Image"),
                Control::Path(PathKind::Image),
                Value::of(value),
            ));
        }
        Storage::None if !is_cloud => {}
        _ => rows.extend(new_disk(sheet, around)),
    }
    rows
}

fn new_disk(sheet: &Sheet, around: &Around) -> Vec<Row> {
    let name = sheet.pool_name(around);
    let pool = around.facts.pool(&name);
    let capacity = Control::Size {
        min: 1 << 20,
        max: MOST,
        required: false,
    };
    let is_cloud = sheet.begin == Begin::Cloud;
    let title = if is_cloud { tr("Size of the copy") } else { tr("Size") };
    let free = pool.and_then(|pool| pool.available).map(|free| {
        let free = size::about(free);
        tr_f("{size} are free. Space is taken as it is written.", &[("size", &free)])
    });
    let mut rows = vec![
        row("capacity", title, capacity, number(sheet.capacity))
            .empty(size::about(sheet.disk_size(around)))
            .note(free.filter(|_| !sheet.allocate)),
    ];
    let pools = around.facts.pool_choices();
    // A host without pools has a problem that says so, with its remedy.
    if !pools.is_empty() && (pools.len() != 1 || pool.is_none()) {
        rows.push(row("pool", tr("Storage pool"), Control::Choice(pools), Value::of(name)));
    }
    let formats = pool.map(|pool| pool.image_formats()).unwrap_or_default();
    if formats.len() > 1 {
        let usual = formats.first().copied().unwrap_or_default();
        let choices = formats.iter().map(|format| {
            let note = match *format {
                "qcow2" => Some(tr("Grows with what is written, can have snapshots")),
                "raw" => Some(tr("Plain, a little faster")),
                _ => None,
            };
            Choice::plain(*format).noted(note)
        });
        let value = sheet.format.as_deref().unwrap_or(usual);
        rows.push(row(
            "format",
            tr("Format"),
            Control::Choice(choices.collect()),
            Value::of(value),
        ));
    }
    if !is_cloud {
        rows.push(switch("allocate", tr("Take the space now"), sheet.allocate));
    }
    rows
}

/// What few people need.
fn kind(sheet: &Sheet, around: &Around) -> Vec<Row> {
    let facts = around.facts;
    // What is usual is known by the facts, unless something else was asked for.
    let usual = |choices: Vec<Choice>, known: Option<&str>| {
        let name = known.and_then(|value| choices.iter().find(|choice| choice.value == value));
        let label = match name {
            Some(choice) => tr_f("{name} (usual)", &[("name", &choice.label)]),
            None => tr("The usual one"),
        };
        let mut all = vec![Choice::new("", label)];
        all.extend(choices);
        all
    };
    let known = &facts.kind;
    let hypervisor = Some(known.hypervisor.as_str()).filter(|_| sheet.kind.hypervisor.is_empty());
    let arch = known.arch.as_deref().filter(|_| sheet.kind.arch.is_none());
    let machine = known.machine.as_deref().filter(|_| sheet.kind.machine.is_none());
    let text = |value: &Option<String>| Value::of(value.clone().unwrap_or_default());
    let mut rows = vec![
        row("title", tr("Title"), Control::Text, Value::of(sheet.title.as_str())).empty(tr("None")),
        row(
            "hypervisor",
            tr("Hypervisor"),
            Control::Choice(usual(facts.hypervisors(), hypervisor)),
            Value::of(sheet.kind.hypervisor.as_str()),
        ),
        row(
            "arch",
            tr("Architecture"),
            Control::Choice(usual(facts.architectures(), arch)),
            text(&sheet.kind.arch),
        ),
    ];
    if sheet.begin == Begin::Container {
        rows.push(switch("autostart", tr("Start it with the host"), sheet.autostart));
        return rows;
    }
    rows.push(row(
        "machine",
        tr("Machine type"),
        Control::Choice(usual(facts.machines(None), machine)),
        text(&sheet.kind.machine),
    ));
    rows.push(firmware(sheet, around));
    let has_tpm = !matches!(facts.board(), Board::S390 | Board::Microvm | Board::Isapc);
    if has_tpm {
        let choices = vec![
            Choice::new("", tr("As the operating system needs it")),
            Choice::new("yes", tr("Yes")),
            Choice::new("no", tr("No")),
        ];
        let value = match sheet.tpm {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        };
        rows.push(row("tpm", tr("TPM"), Control::Choice(choices), Value::of(value)));
    }
    rows.push(switch("autostart", tr("Start it with the host"), sheet.autostart));
    rows
}

fn firmware(sheet: &Sheet, around: &Around) -> Row {
    let found = around.facts.firmwares();
    let problem = |value: &str| {
        let choice = found.iter().find(|choice| choice.value == value);
        choice.and_then(|choice| choice.problem.clone())
    };
    let choices = vec![
        Choice::new("", tr("As the operating system needs it")),
        Choice::new("bios", "BIOS").but(problem("bios")),
        Choice::new("efi", "UEFI").but(problem("efi")),
        Choice::new("efi-secure", tr("UEFI with Secure Boot")).but(around.facts.secure_boot_problem()),
    ];
    let value = match sheet.firmware {
        FirmwareWish::Usual => "",
        FirmwareWish::Bios => "bios",
        FirmwareWish::Efi => "efi",
        FirmwareWish::EfiSecure => "efi-secure",
    };
    row("firmware", tr("Firmware"), Control::Choice(choices), Value::of(value))
}
