//! What every device has: name, address, and the options of virtio cards.

use crate::i18n::tr;
use crate::model::hardware::Row;
use crate::model::hardware::page::{Form, Group};
use crate::model::xml::domain::DeviceKind;
use crate::model::xml::domain::fields::device;

/// Kinds that libvirt's schema gives no name.
const NAMELESS: &[DeviceKind] = &[
    DeviceKind::Audio,
    DeviceKind::Graphics,
    DeviceKind::Lease,
    DeviceKind::Nvram,
    DeviceKind::Redirfilter,
    DeviceKind::Smartcard,
];

/// The rows that any device may have, folded away.
pub(super) fn group(form: &Form<'_>) -> Group {
    let document = form.context.domain.document();
    let address = document.child(form.node, "address").map(|address| {
        let parts: Vec<String> = document
            .attributes(address)
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        parts.join(", ")
    });
    let alias = form
        .text("alias", tr("Name for libvirt"), device::ALIAS)
        .example("ua-mine")
        .help(
            tr("A name for the device in commands and logs; one of your own begins with “ua-”."),
            "<alias name='ua-mine'/>",
        );
    let kind = DeviceKind::of(document.name(form.node));
    let mut rows: Vec<Row> = (!NAMELESS.contains(&kind)).then_some(alias).into_iter().collect();
    rows.extend(address.map(|address| form.fact("address", tr("Address"), address)));
    Group::advanced(rows)
}
