//! What the machine starts with: BIOS or UEFI, Secure Boot, and the firmware's variables.

use super::running;
use crate::i18n::tr;
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::page::Form;
use crate::model::hardware::{Button, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{features, os};
use crate::model::xml::{NodeId, Refused};

/// What a machine boots with, as the row has it: `efi`, `bios`, a path, or nothing.
fn current(domain: &Domain) -> Option<String> {
    let root = domain.document().root();
    let said = |field| {
        domain
            .document()
            .get(root, field)
            .filter(|text: &String| !text.is_empty())
    };
    let usual = || GuestKind::of(domain).is_x86().then(|| "bios".to_owned());
    said(os::FIRMWARE).or_else(|| said(os::LOADER)).or_else(usual)
}

fn is_uefi(domain: &Domain) -> bool {
    let root = domain.document().root();
    let kind = domain.document().get(root, os::LOADER_TYPE);
    match current(domain).as_deref() {
        None | Some("bios") => false,
        Some("efi") => true,
        Some(_) => kind.as_deref() != Some("rom"),
    }
}

pub(super) fn rows(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    let domain = form.context.domain;
    let says_hvm = matches!(form.says(os::TYPE).as_str(), "hvm" | "");
    if !says_hvm || !matches!(kind.family(), Family::Qemu | Family::Xen | Family::Bhyve) {
        return Vec::new();
    }
    let mut rows = vec![firmware(form, kind)];
    if !is_uefi(domain) {
        return rows;
    }
    if form.says(os::FIRMWARE) == "efi" {
        rows.extend(secure_boot(form));
    }
    let reset = Row::new(
        "reset",
        tr("Variables"),
        Control::Button(tr("Reset…"), Button::ResetNvram),
        Value::Text(None),
        Edit::None,
    );
    rows.push(reset.locked(running(form.context)));
    rows
}

fn firmware(form: &Form<'_>, kind: &GuestKind) -> Row {
    let mut choices = form.context.facts.firmwares();
    if !kind.is_x86() {
        choices.retain(|choice| choice.value != "bios");
        choices.insert(0, Choice::new("", tr("Hypervisor default")));
    }
    choices.extend(form.context.facts.loaders());
    Row::new(
        "firmware",
        tr("Firmware"),
        Control::Choice(choices),
        Value::Text(current(form.context.domain)),
        Edit::with(|domain, _, value| set_firmware(domain, value.text())),
    )
    .note((!is_uefi(form.context.domain)).then(|| {
        tr("An installed system starts only with the firmware that it was installed with.")
    }))
    .help(
        tr("What starts the guest's system. With UEFI libvirt finds the files by itself; single files are for special ones."),
        "<os firmware='efi'>",
    )
}

/// Removes elements below `<os>`.
fn drop_elements(domain: &mut Domain, names: &[&str]) {
    let root = domain.document().root();
    for name in names {
        if let Some(node) = domain.document().find(root, &format!("os/{name}")) {
            domain.document_mut().remove(node);
        }
    }
}

fn set_firmware(domain: &mut Domain, value: &str) -> Result<(), Refused> {
    if current(domain).unwrap_or_default() == value {
        return Ok(());
    }
    let root = domain.document().root();
    // The files of one firmware are of no use to another.
    drop_elements(domain, &["loader", "nvram", "varstore"]);
    if value == "efi" {
        return domain.document_mut().set(root, os::FIRMWARE, Some(value.to_owned()));
    }
    drop_elements(domain, &["firmware"]);
    domain.document_mut().set(root, os::FIRMWARE, None)?;
    if value.starts_with('/') {
        let document = domain.document_mut();
        document.set(root, os::LOADER, Some(value.to_owned()))?;
        document.set(root, os::LOADER_READONLY, Some(true))?;
        document.set(root, os::LOADER_TYPE, Some("pflash".to_owned()))?;
        // Builds with Secure Boot have it in their names, and need protected memory.
        if value.contains("secboot") {
            document.set(root, os::LOADER_SECURE, Some(true))?;
            document.set(root, features::SMM, Some(true))?;
        }
    } else if GuestKind::of(domain).is_arm() {
        // Without UEFI there is no ACPI on ARM.
        domain.document_mut().set(root, features::ACPI, None)?;
    }
    Ok(())
}

fn secure_boot(form: &Form<'_>) -> Vec<Row> {
    let is_on = form.says(os::SECURE_BOOT) == "yes";
    let problem = form.context.facts.secure_boot_problem().filter(|_| !is_on);
    let secure = form
        .switch("secure-boot", tr("Secure Boot"), os::SECURE_BOOT, false)
        .locked(problem)
        .help(
            tr("The firmware starts signed systems only. Changing it takes other firmware files, with fresh variables."),
            "<feature enabled='yes' name='secure-boot'/>",
        )
        .edit(set_secure_boot);
    let keys = form
        .switch("enrolled-keys", tr("Keys of the vendors"), os::ENROLLED_KEYS, false)
        .locked((!is_on).then(|| tr("Only with Secure Boot.")))
        .help(
            tr("The firmware knows the keys that Windows and the large distributions sign with from the start."),
            "<feature enabled='yes' name='enrolled-keys'/>",
        )
        .edit(|domain, node, value| {
            drop_elements(domain, &["loader", "nvram"]);
            set_feature(domain, node, true, value)
        });
    vec![secure, keys]
}

fn set_secure_boot(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    drop_elements(domain, &["loader", "nvram"]);
    set_feature(domain, node, false, value)?;
    let document = domain.document_mut();
    if value.is_on() {
        // libvirt turns it on by itself, but not against the definition.
        if document.get(node, features::SMM) == Some(false) {
            document.set(node, features::SMM, Some(true))?;
        }
        return Ok(());
    }
    if document.get(node, os::ENROLLED_KEYS) == Some(true) {
        set_feature(domain, node, true, value)?;
    }
    Ok(())
}

fn set_feature(domain: &mut Domain, node: NodeId, keys: bool, value: &Value) -> Result<(), Refused> {
    let field = if keys { os::ENROLLED_KEYS } else { os::SECURE_BOOT };
    let document = domain.document_mut();
    if value.some().is_some() {
        return document.set(node, field, Some(value.is_on()));
    }
    // The name alone would not say anything.
    let name = if keys { "enrolled-keys" } else { "secure-boot" };
    let Some(firmware) = document.find(node, "os/firmware") else {
        return Ok(());
    };
    let known = document
        .children_named(firmware, "feature")
        .find(|feature| document.attribute(*feature, "name").as_deref() == Some(name));
    if let Some(feature) = known {
        document.prune(feature);
    }
    Ok(())
}

/// The firmware's files, for who chooses them himself.
pub(super) fn advanced(form: &Form<'_>) -> Vec<Row> {
    // libvirt finds a file by these words where none is named.
    let has_loader = form.context.domain.document().find(form.node, "os/loader").is_some();
    let mut rows = Vec::new();
    if has_loader {
        rows.push(
            form.required_choice(
                "loader-type",
                tr("Firmware file is"),
                os::LOADER_TYPE,
                form.context.facts.loader_types(),
            )
            .help(
                tr("How the firmware file is loaded."),
                "<loader type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>",
            ),
        );
        rows.push(
            form.switch(
                "loader-readonly",
                tr("Firmware file is read-only"),
                os::LOADER_READONLY,
                false,
            )
            .help(
                tr("The guest cannot change the firmware file; its variables are in a file of their own."),
                "<loader readonly='yes'>/usr/share/OVMF/OVMF_CODE.fd</loader>",
            ),
        );
        rows.push(
            form.switch(
                "loader-secure",
                tr("Firmware demands protected memory"),
                os::LOADER_SECURE,
                false,
            )
            .help(
                tr("For firmware files that were built with Secure Boot. It needs system management mode."),
                "<loader secure='yes'>/usr/share/OVMF/OVMF_CODE.secboot.fd</loader>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                if value.is_on() {
                    document.set(node, features::SMM, Some(true))?;
                }
                let on = value.some().map(|_| value.is_on());
                document.set(node, os::LOADER_SECURE, on)
            }),
        );
    }
    let document = form.context.domain.document();
    let in_source = document.find(form.node, "os/nvram/source").is_some();
    if is_uefi(form.context.domain) && !in_source {
        rows.push(
            form.path("nvram", tr("File of the variables"), os::NVRAM, PathKind::File)
                .example("/var/lib/libvirt/qemu/nvram/mine_VARS.fd")
                .help(
                    tr("Where the firmware keeps its variables. Empty lets libvirt choose a place."),
                    "<nvram>/var/lib/libvirt/qemu/nvram/mine_VARS.fd</nvram>",
                ),
        );
        rows.push(
            form.path(
                "template",
                tr("Template of the variables"),
                os::NVRAM_TEMPLATE,
                PathKind::File,
            )
            .example("/usr/share/OVMF/OVMF_VARS.fd")
            .help(
                tr("What new variables are copied from."),
                "<nvram template='/usr/share/OVMF/OVMF_VARS.fd'/>",
            ),
        );
    }
    rows
}
