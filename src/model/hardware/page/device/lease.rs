//! A lease of a lock manager: whoever holds it may use what it stands for.

use crate::i18n::tr;
use crate::model::hardware::page::table::check_path;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, PathKind, Row};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::lease;
use crate::model::xml::field::Field;

pub(super) fn page(form: &Form<'_>) -> Page {
    let said = |row: Row, field: Field<String>| {
        row.edit(move |domain, node, value| match value.some() {
            Some(text) => domain.document_mut().set(node, field, Some(text.to_owned())),
            None => Err(Refused(tr("A lease needs a lock space, a key and a file."))),
        })
    };
    let space = said(
        form.text("lockspace", tr("Lock space"), lease::LOCKSPACE),
        lease::LOCKSPACE,
    )
    .example("storage")
    .help(
        tr("The lock space of the lock manager that the lease belongs to."),
        "<lockspace>storage</lockspace>",
    );
    let key = said(form.text("key", tr("Key"), lease::KEY), lease::KEY)
        .example("system-disk")
        .help(
            tr("The name of the lease in its lock space; only one machine holds it at a time."),
            "<key>system-disk</key>",
        );
    let path = form
        .path("path", tr("File"), lease::PATH, PathKind::File)
        .edit(|domain, node, value| {
            if value.some().is_none() {
                return Err(Refused(tr("A lease needs a lock space, a key and a file.")));
            }
            check_path(value.text())?;
            domain
                .document_mut()
                .set(node, lease::PATH, value.some().map(str::to_owned))
        })
        .example("/var/lib/leases/storage")
        .help(
            tr("The file of the lock manager that has the lease, seen by all hosts."),
            "<target path='/var/lib/leases/storage'/>",
        );
    let offset = form
        .number("offset", tr("Offset"), lease::OFFSET, 0..=u64::from(u32::MAX), "B")
        .example("1048576")
        .help(
            tr("Where in the file the lease is."),
            "<target path='/var/lib/leases/storage' offset='1048576'/>",
        );
    Page::new(vec![Group::new(String::new(), vec![space, key, path, offset])])
}

pub(super) fn additions(_context: &Context<'_>) -> Vec<Addition> {
    vec![
        Addition::new("lease", tr("Lock Lease"), "changes-prevent-symbolic", |domain, _| {
            domain.add_device(
                "<lease>\n  <lockspace>storage</lockspace>\n  <key>machine</key>\n  <target path='/var/lib/libvirt/sanlock/storage'/>\n</lease>",
            )
        })
        .description(tr(
            "A lease of the host's lock manager that only one machine can hold, for what the machine uses besides its disks.",
        )),
    ]
}
