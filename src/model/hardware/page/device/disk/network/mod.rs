//! Disks that are reached over the network: protocol, servers, who asks.

mod login;
mod protocol;
mod server;

use super::Disk;
use crate::i18n::tr;
use crate::model::hardware::Row;
use crate::model::hardware::page::Group;
use crate::model::xml::domain::fields::disk;

/// Protocols that know several servers of the same data.
const MANY: &[&str] = &["rbd", "gluster"];

fn protocol(disk: &Disk<'_>) -> String {
    disk.form.says(disk::SOURCE_PROTOCOL)
}

/// What says where the data are.
pub(super) fn rows(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let protocol = protocol(disk);
    let choices = form.context.facts.disk_protocols();
    let mut rows = vec![
        form.required_choice("protocol", tr("Protocol"), disk::SOURCE_PROTOCOL, choices)
            .edit(|domain, node, value| domain.set_disk_protocol(node, value.text()))
            .help(
                tr("How the hypervisor talks to the server. The disk needs no mount on the host."),
                "<source protocol='nbd'/>",
            ),
    ];
    match MANY.contains(&protocol.as_str()) {
        true => rows.push(server::several(disk)),
        false => rows.extend(server::one(disk)),
    }
    let (title, example) = match protocol.as_str() {
        "rbd" => (tr("Pool and image"), "pool/image"),
        "iscsi" => (tr("Target and unit"), "iqn.2026-01.org.example:storage/1"),
        "nbd" => (tr("Export"), "system"),
        "gluster" => (tr("Volume and path"), "volume/system.qcow2"),
        _ => (tr("Path on the server"), "images/system.qcow2"),
    };
    let name = form
        .text("source-name", title, disk::SOURCE_NAME)
        .edit(|domain, node, value| {
            let source = domain.disk_source(node)?;
            let is_nbd = domain.document().attribute(source, "protocol").as_deref() == Some("nbd");
            domain.forget_disk_chain(node);
            match value.some() {
                None if is_nbd => domain.document_mut().set(node, disk::SOURCE_NAME, None),
                _ => domain.document_mut().set_attribute(source, "name", value.text()),
            }
        })
        .example(example)
        .help(
            tr("What the server calls the data."),
            "<source protocol='rbd' name='pool/image'/>",
        );
    rows.push(name);
    rows
}

/// Who asks, and how the connection is.
pub(super) fn groups(disk: &Disk<'_>) -> Vec<Group> {
    if disk.kind != "network" {
        return Vec::new();
    }
    let protocol = protocol(disk);
    let mut who = Vec::new();
    if matches!(
        protocol.as_str(),
        "rbd" | "iscsi" | "http" | "https" | "ftp" | "ftps" | "ssh"
    ) {
        who.extend(login::rows(disk, &protocol));
    }
    who.extend(protocol::rows(disk, &protocol));
    vec![Group::new(tr("Connection to the server"), who)]
}
