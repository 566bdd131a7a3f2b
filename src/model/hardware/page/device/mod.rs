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
mod now;
mod port;
mod redirection;
mod rest;
mod screen;
mod sound;
mod tpm;
mod vsock;

use super::{Context, Form, Page};
use crate::i18n::tr;
use crate::model::facts::Family;
use crate::model::hardware::Addition;
use crate::model::xml::NodeId;
use crate::model::xml::domain::DeviceKind;

pub(super) use generic::{heading, rows as all_rows};

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
    if let Some(first) = page.groups.first_mut() {
        first.rows.extend(now::row(&form, kind));
    }
    let common = common::group(&form);
    match page.groups.iter_mut().find(|group| group.advanced) {
        Some(advanced) => advanced.rows.extend(common.rows),
        None => page.groups.push(common),
    }
    page.groups.push(rest::group(&form, kind));
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
    let has_display = context.domain.devices_of(DeviceKind::Graphics).next().is_some();
    let document = context.domain.document();
    match DeviceKind::of(document.name(node)) {
        DeviceKind::Controller if context.domain.is_in_use(node) => Err(tr("Other devices hang on this controller.")),
        DeviceKind::Input if matches!(document.attribute(node, "bus").as_deref(), Some("ps2" | "xen")) => {
            Err(tr("It is part of the machine: the hypervisor would bring it back."))
        }
        DeviceKind::Video if is_last(context, DeviceKind::Video) && has_display => Err(tr(
            "A machine with a display needs a video card: choose the model “None” instead.",
        )),
        DeviceKind::Memballoon if context.facts.family() == Family::Qemu => Err(tr(
            "The hypervisor would bring it back: choose the model “None” instead.",
        )),
        DeviceKind::Audio if sound::is_in_use(context.domain, node) => {
            Err(tr("Sound cards or displays of the machine play through it."))
        }
        DeviceKind::Graphics if screen::is_needed(context.domain, node) => Err(tr(
            "Channels, USB redirection or sound go through this display: choose another type instead, or remove them first.",
        )),
        _ => Ok(()),
    }
}

fn is_last(context: &Context<'_>, kind: DeviceKind) -> bool {
    context.domain.devices_of(kind).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::HostFacts;
    use crate::model::xml::domain::Domain;

    fn refused(devices: &str) -> Vec<String> {
        let text = format!("<domain type='kvm'><devices>{devices}</devices></domain>");
        let domain = Domain::parse(&text).expect("a machine");
        let facts = HostFacts::default();
        let context = Context {
            domain: &domain,
            live: None,
            facts: &facts,
        };
        let all = domain
            .devices()
            .filter(|device| removal(&context, device.node).is_err());
        all.map(|device| domain.document().name(device.node).to_owned())
            .collect()
    }

    #[test]
    fn what_others_need_is_not_removed() {
        let spice = "<graphics type='spice'/><video><model type='vga'/></video>";
        assert_eq!(refused(spice), ["video"], "the last card of a display");
        assert_eq!(refused("<video/>"), [""; 0]);
        let carried = format!("<redirdev bus='usb' type='spicevmc'/>{spice}<video/>");
        assert_eq!(refused(&carried), ["graphics"]);
        assert_eq!(
            refused(&format!("<graphics type='spice'/>{carried}")),
            [""; 0],
            "another one carries it"
        );
        assert_eq!(
            refused(
                "<sound model='ich9'><audio id='2'/></sound><audio id='1' type='none'/><audio id='2' type='none'/>"
            ),
            ["audio"]
        );
        assert_eq!(
            refused("<memballoon model='virtio'/><input type='mouse' bus='ps2'/>"),
            ["memballoon", "input"]
        );
    }
}
