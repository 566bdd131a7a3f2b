//! Disks that are reached over the network: protocol, servers, who asks.

use super::Disk;
use crate::i18n::tr;
use crate::model::hardware::page::Group;
use crate::model::hardware::page::table::{Lines, check_number, check_path, column};
use crate::model::hardware::{Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{cookie, disk, server};
use crate::model::xml::{Document, NodeId, Refused};

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
        true => rows.push(servers(disk)),
        false => rows.extend(one_server(disk)),
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

fn one_server(disk: &Disk<'_>) -> Vec<Row> {
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

fn servers(disk: &Disk<'_>) -> Row {
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
        who.extend(login(disk, &protocol));
    }
    who.extend(of_protocol(disk, &protocol));
    vec![Group::new(tr("Connection to the server"), who)]
}

/// The element of the login: in the source, or beside it, as older definitions have it.
fn auth(document: &Document, node: NodeId) -> Option<NodeId> {
    document
        .find(node, "source/auth")
        .or_else(|| document.child(node, "auth"))
}

fn login(disk: &Disk<'_>, protocol: &str) -> Vec<Row> {
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

fn of_protocol(disk: &Disk<'_>, protocol: &str) -> Vec<Row> {
    match protocol {
        "rbd" => ceph(disk),
        "iscsi" => vec![
            disk.form
                .text("initiator", tr("Name of this side"), disk::SOURCE_INITIATOR)
                .example("iqn.2026-01.org.example:guest")
                .help(
                    tr("The name by which the server knows who connects."),
                    "<initiator><iqn name='iqn.2026-01.org.example:guest'/></initiator>",
                ),
        ],
        "nbd" => nbd(disk),
        "http" | "https" | "ftp" | "ftps" | "tftp" => web(disk, protocol),
        "ssh" => ssh(disk),
        "nfs" => nfs(disk),
        _ => Vec::new(),
    }
}

fn ceph(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    vec![
        form.text("rbd-snapshot", tr("Snapshot"), disk::SOURCE_SNAPSHOT)
            .example("before")
            .help(
                tr("A snapshot of the image to use instead of the image itself."),
                "<snapshot name='before'/>",
            ),
        form.path(
            "rbd-config",
            tr("Configuration file"),
            disk::SOURCE_CONFIG,
            PathKind::File,
        )
        .example("/etc/ceph/other.conf")
        .help(
            tr("Ceph's configuration file on the host, where it is not the usual one."),
            "<config file='/etc/ceph/other.conf'/>",
        ),
    ]
}

fn nbd(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    vec![
        form.switch("tls", tr("Encrypt the connection"), disk::SOURCE_TLS, false)
            .help(
                tr("The connection is encrypted with TLS."),
                "<source protocol='nbd' tls='yes'/>",
            ),
        form.text("tls-name", tr("Name in the certificate"), disk::SOURCE_TLS_HOST)
            .example("storage.example.org")
            .help(
                tr("The name that the server's certificate has, where it is another than that of the server."),
                "<source protocol='nbd' tls='yes' tlsHostname='storage.example.org'/>",
            ),
        form.number(
            "reconnect",
            tr("Connect again for"),
            disk::SOURCE_RECONNECT,
            0..=86_400,
            "s",
        )
        .help(
            tr("How long a lost connection is tried again before the guest sees an error."),
            "<reconnect delay='10'/>",
        ),
    ]
}

/// Cookies that are sent along.
const COOKIES: Lines = Lines {
    holder: "source/cookies",
    element: "cookie",
    fields: &[cookie::NAME, cookie::VALUE],
    required: 2,
};

fn web(disk: &Disk<'_>, protocol: &str) -> Vec<Row> {
    let form = disk.form;
    let mut rows = Vec::new();
    if matches!(protocol, "http" | "https") {
        rows.push(
            form.text("query", tr("Query"), disk::SOURCE_QUERY)
                .example("version=2")
                .help(
                    tr("What follows the question mark of the address."),
                    "<source protocol='https' name='image.iso' query='version=2'/>",
                ),
        );
        let columns = vec![
            column(tr("Name"), "session", Vec::new()),
            column(tr("Value"), "a1b2c3", Vec::new()),
        ];
        rows.push(
            form.table("cookies", tr("Cookies"), COOKIES, columns, tr("Add Cookie"))
                .help(
                    tr("Cookies that are sent to the server."),
                    "<cookies><cookie name='session'>a1b2c3</cookie></cookies>",
                ),
        );
    }
    if matches!(protocol, "https" | "ftps") {
        rows.push(
            form.switch("verify", tr("Check the certificate"), disk::SOURCE_SSL_VERIFY, true)
                .help(
                    tr("The server has to prove who it is. Without it anybody on the way can give the guest other data."),
                    "<ssl verify='no'/>",
                ),
        );
    }
    rows.push(
        Row::new(
            "readahead",
            tr("Read ahead"),
            Control::Size {
                min: 1,
                max: 1 << 40,
                required: false,
            },
            form.value(disk::SOURCE_READAHEAD),
            Edit::Field(disk::SOURCE_READAHEAD.raw()),
        )
        .example("65536")
        .help(
            tr("How much is fetched before the guest asks for it."),
            "<readahead size='65536'/>",
        ),
    );
    rows.push(
        form.number(
            "timeout",
            tr("Wait for an answer"),
            disk::SOURCE_TIMEOUT,
            1..=86_400,
            "s",
        )
        .help(
            tr("How long the server may take before the guest sees an error."),
            "<timeout seconds='6'/>",
        ),
    );
    rows
}

fn ssh(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    let document = form.context.domain.document();
    let mut rows = vec![
        form.path(
            "known-hosts",
            tr("Known hosts"),
            disk::SOURCE_KNOWN_HOSTS,
            PathKind::File,
        )
        .edit(|domain, node, value| {
            check_path(value.text())?;
            domain
                .document_mut()
                .set(node, disk::SOURCE_KNOWN_HOSTS, value.some().map(str::to_owned))
        })
        .example("/etc/ssh/known_hosts")
        .help(
            tr("The file with the keys of the servers that are trusted."),
            "<knownHosts path='/etc/ssh/known_hosts'/>",
        ),
    ];
    // Either a login with a password or a key.
    if auth(document, form.node).is_some() {
        return rows;
    }
    rows.push(
        form.path("ssh-key", tr("Key"), disk::SOURCE_KEY_FILE, PathKind::File)
            .edit(|domain, node, value| {
                check_path(value.text())?;
                let document = domain.document_mut();
                if value.some().is_none() {
                    document.set(node, disk::SOURCE_KEY_FILE, None)?;
                    return document.set(node, disk::SOURCE_USERNAME, None);
                }
                if document.get(node, disk::SOURCE_USERNAME).is_none() {
                    document.set(node, disk::SOURCE_USERNAME, Some("root".to_owned()))?;
                }
                document.set(node, disk::SOURCE_KEY_FILE, value.some().map(str::to_owned))
            })
            .example("/etc/vireo/id_ed25519")
            .help(
                tr("The file on the host with the key of the user."),
                "<identity username='root' keyfile='/etc/vireo/id_ed25519'/>",
            ),
    );
    if document.find(form.node, "source/identity").is_some() {
        rows.push(
            form.text("ssh-user", tr("User"), disk::SOURCE_USERNAME)
                .edit(|domain, node, value| match value.some() {
                    Some(name) => domain
                        .document_mut()
                        .set(node, disk::SOURCE_USERNAME, Some(name.to_owned())),
                    None => Err(Refused(tr("A login needs the name of a user."))),
                })
                .example("root")
                .help(
                    tr("The name of the user on the server."),
                    "<identity username='root' keyfile='/etc/vireo/id_ed25519'/>",
                ),
        );
    }
    rows
}

fn nfs(disk: &Disk<'_>) -> Vec<Row> {
    let form = disk.form;
    vec![
        form.text("nfs-user", tr("User"), disk::SOURCE_USER)
            .example("nobody")
            .help(
                tr("As whom the server is asked: a name, or a number after “+”."),
                "<identity user='nobody' group='nogroup'/>",
            ),
        form.text("nfs-group", tr("Group"), disk::SOURCE_GROUP)
            .example("nogroup")
            .help(
                tr("The group for that: a name, or a number after “+”."),
                "<identity user='nobody' group='nogroup'/>",
            ),
    ]
}
