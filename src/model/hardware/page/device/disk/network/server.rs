//! The servers that have the data of a disk.

use crate::i18n::tr;
use crate::model::hardware::page::device::disk::Disk;
use crate::model::hardware::page::table::{check_number, column};
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{disk, server};
use crate::model::xml::{Document, NodeId, Refused};

/// A server for people: a path is a socket of the host.
fn shown(document: &Document, host: NodeId) -> String {
    let says = |field| document.get::<String>(host, field).filter(|text| !text.is_empty());
    says(server::NAME).or_else(|| says(server::SOCKET)).unwrap_or_default()
}

fn name_server(document: &mut Document, host: NodeId, name: &str) -> Result<(), Refused> {
    if shown(document, host) == name {
        return Ok(());
    }
    if name.starts_with('/') {
        document.remove_attribute(host, "name");
        document.remove_attribute(host, "port");
        document.set_attribute(host, "transport", "unix")?;
        return document.set_attribute(host, "socket", name);
    }
    document.remove_attribute(host, "socket");
    if document.attribute(host, "transport").as_deref() == Some("unix") {
        document.remove_attribute(host, "transport");
    }
    document.set_attribute(host, "name", name)
}

fn no_server() -> Refused {
    Refused(tr("A network disk needs a server."))
}

/// The row of the only server.
pub(super) fn one(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let document = form.context.domain.document();
    let host = document.find(form.node, "source/host");
    let name = Row::new(
        "server",
        tr("Server"),
        Control::Text,
        Value::of(host.map(|host| shown(document, host)).unwrap_or_default()),
        Edit::with(|domain, node, value| {
            let name = value.text().trim();
            if name.is_empty() {
                return Err(no_server());
            }
            let source = domain.disk_source(node)?;
            let document = domain.document_mut();
            let host = match document.child(source, "host") {
                Some(host) => host,
                None => document.insert_ordered(source, "<host/>")?,
            };
            name_server(document, host, name)
        }),
    )
    .example("storage.example.org")
    .help(
        tr("Name or address of the server, or the path of a socket on the host."),
        "<host name='storage.example.org' port='10809'/>",
    );
    let mut rows = vec![name];
    let is_socket = host.is_some_and(|host| document.attribute(host, "transport").as_deref() == Some("unix"));
    if !is_socket {
        rows.push(
            form.number("port", tr("Port"), disk::SOURCE_PORT, 1..=65_535, "")
                .example("10809")
                .help(
                    tr("The port of the server; empty for the usual one of the protocol."),
                    "<host name='storage.example.org' port='10809'/>",
                ),
        );
    }
    rows
}

/// The table of servers that have the same data.
pub(super) fn several(disk: &Disk<'_>) -> Row {
    let form = disk.form;
    let document = form.context.domain.document();
    let hosts = |document: &Document, node| -> Vec<NodeId> {
        let source = document.child(node, "source").into_iter();
        source
            .flat_map(|source| document.children_named(source, "host"))
            .collect()
    };
    let lines = hosts(document, form.node).into_iter().map(|host| {
        vec![
            shown(document, host),
            document.get(host, server::PORT).unwrap_or_default(),
        ]
    });
    let columns = vec![
        column(tr("Server"), "mon1.example.org", Vec::new()),
        column(tr("Port"), "6789", Vec::new()),
    ];
    let control = Control::Table {
        columns,
        add: tr("Add Server"),
    };
    let edit = Edit::with(move |domain, node, value| set_servers(domain, node, value, hosts(domain.document(), node)));
    Row::new("servers", tr("Servers"), control, Value::Table(lines.collect()), edit).help(
        tr("The servers that have the data, by name, address, or socket of the host."),
        "<host name='mon1.example.org' port='6789'/>",
    )
}

fn set_servers(domain: &mut Domain, node: NodeId, value: &Value, hosts: Vec<NodeId>) -> Result<(), Refused> {
    let protocol = domain.document().get(node, disk::SOURCE_PROTOCOL);
    if value.lines().is_empty() && protocol.as_deref() != Some("rbd") {
        return Err(no_server());
    }
    let source = domain.disk_source(node)?;
    let document = domain.document_mut();
    for (number, line) in value.lines().iter().enumerate() {
        let [name, port] = line.as_slice() else { continue };
        if name.trim().is_empty() {
            return Err(no_server());
        }
        check_number(&tr("Port"), port, 1, 65_535)?;
        let host = match hosts.get(number) {
            Some(host) => *host,
            None => document.insert_ordered(source, "<host/>")?,
        };
        name_server(document, host, name.trim())?;
        let port = Some(port.trim().to_owned()).filter(|port| !port.is_empty() && !name.starts_with('/'));
        document.set(host, server::PORT, port)?;
    }
    for host in hosts.iter().skip(value.lines().len()) {
        document.remove(*host);
    }
    Ok(())
}
