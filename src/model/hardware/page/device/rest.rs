//! What a device says beside what its page has rows for, as it stands.

use crate::i18n::tr;
use crate::model::hardware::page::{Form, Group, raw};
use crate::model::xml::domain::DeviceKind;

/// Places that the pages of these kinds have no row for.
fn places(kind: DeviceKind) -> &'static [&'static str] {
    match kind {
        DeviceKind::Controller => &["target/node"],
        DeviceKind::Disk => &[
            "boot@loadparm",
            "geometry",
            "source/encryption@engine",
            "source/reconnect@enabled",
            "source/slices",
            "throttlefilters",
            "transient@shareBacking",
        ],
        DeviceKind::Interface => &[
            "boot@loadparm",
            "driver/guest",
            "driver/host",
            "driver@event_idx",
            "driver@ioeventfd",
            "vlan@trunk",
        ],
        DeviceKind::Hostdev => &["boot@loadparm"],
        DeviceKind::Redirdev | DeviceKind::Smartcard => &["protocol", "source/seclabel"],
        DeviceKind::Rng => &["backend/source@mode"],
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel => &["source/seclabel"],
        DeviceKind::Tpm => &["backend/source@mode", "backend/source@type"],
        _ => &[],
    }
}

/// The rows, each named by where it stands.
pub(super) fn group(form: &Form<'_>, kind: DeviceKind) -> Group {
    let places = places(kind);
    let mut all = Vec::new();
    if !places.is_empty() {
        let document = form.context.domain.document();
        let found = raw::elements(document, form.node, |_| false, |_, leaf| raw::is_among(leaf, places));
        for (_, path, rows) in found {
            all.extend(rows.into_iter().map(|mut row| {
                row.title = match row.id.split_once('@') {
                    Some((_, attribute)) => format!("{path} › {attribute}"),
                    None => path.clone(),
                };
                row
            }));
        }
    }
    Group::folded(tr("Other Settings"), all)
}
