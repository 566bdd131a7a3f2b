//! Protection from the host, security labels, and what the guest reads about its hardware.

mod labels;
mod launch;
mod tables;

use super::{Context, Form, Group, Page};
use crate::i18n::tr;
use crate::model::facts::{Board, Family, GuestKind};
use crate::model::hardware::Row;
use crate::model::xml::domain::fields::{general, launch as fields};

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let kind = GuestKind::of(context.domain);
    let mut groups = Vec::new();
    let mut advanced = Vec::new();
    if kind.family() == Family::Qemu {
        groups.push(Group::new(tr("Protection From the Host"), launch::rows(&form)));
        advanced.extend(launch::advanced(&form));
    }
    groups.push(Group::new(tr("Security Labels"), labels::rows(&form)).description(tr(
        "The host keeps machines apart with these labels. Without any it makes them by itself, which is right for most.",
    )));
    if kind.family() == Family::Qemu {
        if kind.is_x86() || kind.is_arm() {
            groups.push(Group::new(tr("SMBIOS Tables"), tables::rows(&form)));
        }
        if kind.board() == Board::S390 || context.domain.document().child(form.node, "keywrap").is_some() {
            advanced.extend(keys(&form));
        }
        advanced.push(
            form.text("fibre-channel", tr("Fibre Channel ID"), general::FC_APPID)
                .example("database-1")
                .help(
                    tr("A name that the machine's traffic in a Fibre Channel network carries."),
                    "<resource><fibrechannel appid='database-1'/></resource>",
                ),
        );
    }
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

/// Wrapped keys of IBM Z.
fn keys(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("wrap-aes", tr("Protected AES keys"), fields::WRAP_AES, true)
            .help(
                tr("The guest can use AES keys that the machine wraps for it."),
                "<keywrap><cipher name='aes' state='on'/></keywrap>",
            ),
        form.switch("wrap-dea", tr("Protected DEA keys"), fields::WRAP_DEA, true)
            .help(
                tr("The guest can use DEA keys that the machine wraps for it."),
                "<keywrap><cipher name='dea' state='on'/></keywrap>",
            ),
    ]
}
