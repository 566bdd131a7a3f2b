//! The pages of devices, one module for those that are alike.

mod board;
mod common;
mod controller;
mod disk;
mod filesystem;
mod generic;
mod hostdev;
mod input;
mod interface;
mod lease;
mod memory;
mod port;
mod redirection;
mod screen;
mod sound;
mod tpm;
mod vsock;

use super::{Context, Form, Page};
use crate::i18n::tr;
use crate::model::hardware::Addition;
use crate::model::xml::NodeId;
use crate::model::xml::domain::DeviceKind;

/// What is on the page of a device.
pub(super) fn page(context: &Context<'_>, node: NodeId) -> Page {
    let form = Form::new(context, node);
    let kind = DeviceKind::of(context.domain.document().name(node));
    let mut page = match kind {
        DeviceKind::Disk => disk::page(&form),
        DeviceKind::Controller => controller::page(&form),
        DeviceKind::Filesystem => filesystem::page(&form),
        DeviceKind::Interface => interface::page(&form),
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel => {
            port::page(&form, kind)
        }
        DeviceKind::Input => input::page(&form),
        DeviceKind::Graphics => screen::graphics(&form),
        DeviceKind::Video => screen::video(&form),
        DeviceKind::Sound => sound::sound(&form),
        DeviceKind::Audio => sound::audio(&form),
        DeviceKind::Hostdev => hostdev::page(&form),
        DeviceKind::Redirdev => redirection::device(&form),
        DeviceKind::Redirfilter => redirection::filter(&form),
        DeviceKind::Smartcard => redirection::smartcard(&form),
        DeviceKind::Tpm => tpm::page(&form),
        DeviceKind::Memballoon => memory::balloon(&form),
        DeviceKind::Memory => memory::module(&form),
        DeviceKind::Shmem => memory::shared(&form),
        DeviceKind::Lease => lease::page(&form),
        DeviceKind::Vsock => vsock::page(&form),
        DeviceKind::Hub
        | DeviceKind::Watchdog
        | DeviceKind::Rng
        | DeviceKind::Nvram
        | DeviceKind::Panic
        | DeviceKind::Iommu
        | DeviceKind::Crypto
        | DeviceKind::Pstore => board::page(&form, kind),
        DeviceKind::Emulator | DeviceKind::Other => generic::page(&form),
    };
    let common = common::group(&form);
    match page.groups.iter_mut().find(|group| group.advanced) {
        Some(advanced) => advanced.rows.extend(common.rows),
        None => page.groups.push(common),
    }
    page.groups.retain(|group| !group.rows.is_empty());
    page
}

/// Everything that can be added, in the order of the dialog.
pub(in crate::model::hardware) fn additions(context: &Context<'_>) -> Vec<Addition> {
    [
        disk::additions(context),
        interface::additions(context),
        input::additions(context),
        screen::additions(context),
        sound::additions(context),
        port::additions(context),
        hostdev::additions(context),
        redirection::additions(context),
        filesystem::additions(context),
        tpm::additions(context),
        board::additions(context),
        memory::additions(context),
        controller::additions(context),
        vsock::additions(context),
        lease::additions(context),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a device may be removed.
///
/// # Errors
/// Why not, as a sentence for a tooltip.
pub(in crate::model::hardware) fn removal(context: &Context<'_>, node: NodeId) -> Result<(), String> {
    let document = context.domain.document();
    match DeviceKind::of(document.name(node)) {
        DeviceKind::Controller if context.domain.is_in_use(node) => Err(tr("Other devices hang on this controller.")),
        DeviceKind::Input if matches!(document.attribute(node, "bus").as_deref(), Some("ps2" | "xen")) => {
            Err(tr("It is part of the machine: the hypervisor would bring it back."))
        }
        _ => Ok(()),
    }
}
