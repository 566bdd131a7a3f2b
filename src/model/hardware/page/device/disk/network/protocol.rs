//! What only some protocols have: certificates, cookies, keys, time limits.

use super::login::auth;
use crate::i18n::tr;
use crate::model::hardware::page::device::disk::Disk;
use crate::model::hardware::page::table::{Lines, check_path, column};
use crate::model::hardware::{Control, Edit, PathKind, Row};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::{cookie, disk};

pub(super) fn rows(disk: &Disk<'_>, protocol: &str) -> Vec<Row> {
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
