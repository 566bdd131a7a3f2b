//! Who asks a server for the data of a disk.

use crate::i18n::tr;
use crate::model::hardware::page::device::disk::Disk;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::{Document, NodeId, Refused};

/// The element of the login: in the source, or beside it, as older definitions have it.
pub(super) fn auth(document: &Document, node: NodeId) -> Option<NodeId> {
    document
        .find(node, "source/auth")
        .or_else(|| document.child(node, "auth"))
}

pub(super) fn rows(disk: &Disk<'_>, protocol: &str) -> Vec<Row> {
    let (form, facts) = (disk.form, disk.form.context.facts);
    let document = form.context.domain.document();
    let usage = if protocol == "rbd" { "ceph" } else { "iscsi" };
    let element = auth(document, form.node);
    let secret = element
        .and_then(|auth| document.child(auth, "secret"))
        .and_then(|secret| {
            let id = document.attribute(secret, "uuid");
            id.or_else(|| document.attribute(secret, "usage"))
                .map(std::borrow::Cow::into_owned)
        });
    let choices = facts.secret_choices(usage);
    let mut rows = vec![
        Row::new(
            "secret",
            tr("Secret"),
            Control::Proposal(choices),
            Value::Text(secret),
            Edit::with(move |domain, node, value| set_secret(domain, node, usage, value)),
        )
        .example("2a4b1c9e-7d3f-4f0a-9c55-1d0e6a7b8c9d")
        .help(
            tr("The secret of libvirt on the host that has the password: its UUID, or what it is used for. Empty for no login."),
            "<auth username='admin'><secret type='ceph' uuid='…'/></auth>",
        ),
    ];
    if let Some(element) = element {
        let user = document.attribute(element, "username").unwrap_or_default().into_owned();
        rows.push(
            Row::new(
                "login",
                tr("User"),
                Control::Text,
                Value::of(user),
                Edit::with(|domain, node, value| {
                    let Some(auth) = auth(domain.document(), node) else {
                        return Ok(());
                    };
                    if value.text().trim().is_empty() {
                        return Err(Refused(tr("A login needs the name of a user.")));
                    }
                    domain
                        .document_mut()
                        .set_attribute(auth, "username", value.text().trim())
                }),
            )
            .example("libvirt")
            .help(tr("The name of the user on the server."), "<auth username='libvirt'/>"),
        );
    }
    rows
}

fn set_secret(domain: &mut Domain, node: NodeId, usage: &str, value: &Value) -> Result<(), Refused> {
    let old = auth(domain.document(), node);
    let Some(text) = value.some() else {
        if let Some(auth) = old {
            domain.document_mut().remove(auth);
        }
        return Ok(());
    };
    let source = domain.disk_source(node)?;
    let document = domain.document_mut();
    let auth = match old {
        Some(auth) => auth,
        None => document.insert_ordered(source, "<auth username='admin'/>")?,
    };
    let secret = match document.child(auth, "secret") {
        Some(secret) => secret,
        None => document.insert_ordered(auth, &format!("<secret type='{usage}'/>"))?,
    };
    let (name, other) = match uuid::Uuid::parse_str(text) {
        Ok(_) => ("uuid", "usage"),
        Err(_) => ("usage", "uuid"),
    };
    document.remove_attribute(secret, other);
    document.set_attribute(secret, name, text)
}
