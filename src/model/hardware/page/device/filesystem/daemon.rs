//! The program that shares a folder with virtiofs.

use super::Share;
use crate::i18n::tr;
use crate::model::hardware::page::form::{when, words};
use crate::model::hardware::page::table::{Lines, check_number, check_path, column};
use crate::model::hardware::{Control, Edit, PathKind, Row};
use crate::model::xml::domain::fields::{filesystem, id_range};

const USERS: Lines = Lines {
    holder: "idmap",
    element: "uid",
    fields: &[id_range::START, id_range::TARGET, id_range::COUNT],
    required: 3,
};

const GROUPS: Lines = Lines {
    element: "gid",
    ..USERS
};

/// What few need.
pub(super) fn rows(share: &Share<'_>) -> Vec<Row> {
    if !share.is_virtiofs() {
        return Vec::new();
    }
    let own = share.form.value(filesystem::SOURCE_SOCKET).some().is_none();
    let mut rows = vec![
        share
            .form
            .number("queue", tr("Length of the queue"), filesystem::QUEUE, 1..=1024, "")
            .example("1024")
            .help(
                tr("How many requests of the guest wait at most."),
                "<driver type='virtiofs' queue='1024'/>",
            ),
    ];
    if own {
        rows.extend(program(share));
        rows.push(range(share, "users", tr("Users in the guest and on the host"), USERS));
        rows.push(range(
            share,
            "groups",
            tr("Groups in the guest and on the host"),
            GROUPS,
        ));
    }
    rows
}

fn program(share: &Share<'_>) -> Vec<Row> {
    let form = share.form;
    let cache = form
        .choice(
            "cache",
            tr("Cache"),
            filesystem::CACHE,
            words(&[
                ("none", tr("None: changes of the host are seen at once")),
                ("always", tr("Everything: only the guest changes the folder")),
            ]),
        )
        .help(
            tr("How much the guest remembers of the folder without asking the host again."),
            "<binary><cache mode='always'/></binary>",
        );
    let attributes = form
        .switch("xattr", tr("Extended attributes"), filesystem::XATTR, false)
        .help(
            tr("The guest can keep labels and access lists with the files."),
            "<binary xattr='on'/>",
        );
    let sandbox = form
        .choice(
            "sandbox",
            tr("Shut in by"),
            filesystem::SANDBOX,
            words(&[
                ("namespace", tr("A namespace of its own")),
                ("chroot", tr("A root folder of its own")),
            ]),
        )
        .help(
            tr("How the program is kept from the rest of the host."),
            "<binary><sandbox mode='chroot'/></binary>",
        );
    let threads = form
        .number("threads", tr("Threads"), filesystem::THREADS, 0..=1024, "")
        .example("16")
        .help(
            tr("How many requests the program works on at once; 0 is one after the other."),
            "<binary><thread_pool size='16'/></binary>",
        );
    let files = form
        .number(
            "open-files",
            tr("Open files"),
            filesystem::OPEN_FILES,
            1..=u64::from(u32::MAX),
            "",
        )
        .example("100000")
        .help(
            tr("How many files the guest may have open at once."),
            "<binary><openfiles max='100000'/></binary>",
        );
    let posix = form
        .switch(
            "lock-posix",
            tr("POSIX locks reach the host"),
            filesystem::LOCK_POSIX,
            false,
        )
        .help(
            tr("A lock that a program in the guest takes holds on the host, too."),
            "<binary><lock posix='on'/></binary>",
        );
    let flock = form
        .switch(
            "lock-flock",
            tr("BSD locks reach the host"),
            filesystem::LOCK_FLOCK,
            false,
        )
        .help(
            tr("A lock that a program in the guest takes holds on the host, too."),
            "<binary><lock flock='on'/></binary>",
        );
    let binary = form
        .path("binary", tr("Program"), filesystem::BINARY, PathKind::File)
        .edit(|domain, node, value| {
            check_path(value.text())?;
            domain
                .document_mut()
                .set(node, filesystem::BINARY, value.some().map(str::to_owned))
        })
        .example("/usr/libexec/virtiofsd")
        .help(
            tr("The virtiofsd that shares the folder; empty for the usual one."),
            "<binary path='/usr/libexec/virtiofsd'/>",
        );
    [
        Some(cache),
        Some(attributes),
        Some(sandbox),
        Some(threads),
        Some(files),
        // Today's virtiofsd knows no locks any more.
        when(false, posix),
        when(false, flock),
        Some(binary),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn range(share: &Share<'_>, id: &'static str, title: String, lines: Lines) -> Row {
    let columns = vec![
        column(tr("First in the guest"), "0", Vec::new()),
        column(tr("First on the host"), "100000", Vec::new()),
        column(tr("How many"), "65536", Vec::new()),
    ];
    let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
    let control = Control::Table {
        columns,
        add: tr("Add Range"),
    };
    let value = lines.read(share.form.context.domain.document(), share.form.node);
    let edit = Edit::with(move |domain, node, value| {
        for line in value.lines() {
            for (text, title) in line.iter().zip(&titles) {
                if text.trim().is_empty() {
                    return Err(crate::model::xml::Refused(crate::i18n::tr_f(
                        "“{column}” must not be empty.",
                        &[("column", title)],
                    )));
                }
                check_number(title, text, 0, u64::from(u32::MAX))?;
            }
        }
        lines.write(domain.document_mut(), node, value.lines())
    });
    Row::new(id, title, control, value, edit).help(
        tr("Numbers in the guest from the first one on are numbers on the host from its first one on."),
        "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>",
    )
}
