//! An image that is encrypted: its format, and the secret that opens it.

use super::Disk;
use crate::i18n::tr;
use crate::model::hardware::page::Group;
use crate::model::hardware::page::form::{when, with_default, words};
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::disk as disk_fields;
use crate::model::xml::{Document, NodeId, Refused};

/// The element: in the source, or beside it, as older definitions have it.
fn element(document: &Document, node: NodeId) -> Option<NodeId> {
    document
        .find(node, "source/encryption")
        .or_else(|| document.child(node, "encryption"))
}

pub(super) fn group(disk: &Disk<'_>) -> Group {
    let form = disk.form;
    let document = form.context.domain.document();
    let element = element(document, form.node);
    let says = |node: Option<NodeId>, name: &str| {
        let text = document.attribute(node?, name)?;
        Some(text.into_owned())
    };
    let formats = with_default(words(&[
        ("luks", "LUKS".to_owned()),
        ("luks2", "LUKS 2 (RBD)".to_owned()),
        ("luks-any", tr("LUKS of any version (RBD)")),
    ]));
    let mut formats = formats;
    formats[0].label = tr("Not encrypted");
    let is_rbd = form.says(disk_fields::SOURCE_PROTOCOL) == "rbd";
    for format in &mut formats {
        let only_rbd = matches!(format.value.as_str(), "luks2" | "luks-any");
        format.problem = (only_rbd && !is_rbd).then(|| tr("Only Ceph opens these."));
    }
    let format = Row::new(
        "encryption",
        tr("Encryption"),
        Control::Choice(formats),
        Value::Text(says(element, "format")),
        Edit::with(set_format),
    )
    .help(
        tr("How the data are encrypted. The image has to be made so; the hypervisor opens it and the guest sees plain data."),
        "<encryption format='luks'><secret type='passphrase' uuid='…'/></encryption>",
    );
    let secret = element.and_then(|element| document.child(element, "secret"));
    let id = says(secret, "uuid").or_else(|| says(secret, "usage"));
    let missing = id
        .is_none()
        .then(|| tr("Without its secret the disk cannot be opened."));
    let secret = Row::new(
        "passphrase",
        tr("Passphrase"),
        Control::Proposal(form.context.facts.secret_choices("volume")),
        Value::Text(id),
        Edit::with(set_secret),
    )
    .note(missing)
    .example("2a4b1c9e-7d3f-4f0a-9c55-1d0e6a7b8c9d")
    .help(
        tr("The secret of libvirt on the host that has the passphrase: its UUID, or what it is used for."),
        "<encryption format='luks'><secret type='passphrase' uuid='…'/></encryption>",
    );
    let fits = disk.is_qemu
        && !disk.is_drive()
        && disk.has_source()
        && !matches!(disk.kind.as_str(), "vhostuser" | "vhostvdpa" | "dir");
    let mut rows: Vec<Row> = when(fits, format).into_iter().collect();
    if element.is_some() {
        rows.push(secret);
    }
    Group::new(tr("Encrypted data"), rows)
}

fn set_format(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let old = element(domain.document(), node);
    let Some(format) = value.some() else {
        if let Some(old) = old {
            domain.document_mut().remove(old);
        }
        return Ok(());
    };
    let element = match old {
        Some(old) => old,
        None => {
            let source = domain.disk_source(node)?;
            domain
                .document_mut()
                .insert_ordered(source, &format!("<encryption format='{format}'/>"))?
        }
    };
    let document = domain.document_mut();
    // QEMU itself opens only the first version.
    if matches!(format, "luks2" | "luks-any") {
        document.set_attribute(element, "engine", "librbd")?;
    }
    document.set_attribute(element, "format", format)
}

fn set_secret(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let document = domain.document_mut();
    let Some(element) = element(document, node) else {
        return Ok(());
    };
    let old = document.child(element, "secret");
    let Some(text) = value.some() else {
        if let Some(old) = old {
            document.remove(old);
        }
        return Ok(());
    };
    let secret = match old {
        Some(old) => old,
        None => document.insert_ordered(element, "<secret type='passphrase'/>")?,
    };
    let (name, other) = match uuid::Uuid::parse_str(text) {
        Ok(_) => ("uuid", "usage"),
        Err(_) => ("usage", "uuid"),
    };
    document.remove_attribute(secret, other);
    document.set_attribute(secret, name, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    #[test]
    fn an_encrypted_image_has_its_secret_where_libvirt_writes_it() {
        let text = "<domain type='kvm'><devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Disk).next().expect("a disk");
        set_format(&mut domain, node, &Value::of("luks")).expect("set");
        set_secret(&mut domain, node, &Value::of("system")).expect("set");
        set_secret(&mut domain, node, &Value::of("2a4b1c9e-7d3f-4f0a-9c55-1d0e6a7b8c9d")).expect("set");
        assert_eq!(
            domain.document().source(node),
            "<disk type='file'><source file='/a'><encryption format='luks'><secret type='passphrase' \
             uuid='2a4b1c9e-7d3f-4f0a-9c55-1d0e6a7b8c9d'/></encryption></source><target dev='vda'/></disk>"
        );
        set_format(&mut domain, node, &Value::Text(None)).expect("cleared");
        assert_eq!(
            domain.document().to_string(),
            text.replace("<source file='/a'/>", "<source file='/a'></source>")
        );
    }
}
