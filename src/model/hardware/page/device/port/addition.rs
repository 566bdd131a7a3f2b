//! New ports.

use super::source::kinds;
use crate::i18n::tr;
use crate::model::facts::{Choice, Family, HostFacts};
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::hardware::page::device::common::{best, has, problem_of};
use crate::model::xml::domain::fields::port;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused, escape};

pub(in crate::model::hardware::page::device) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let mut all = ports(context);
    all.extend(channels(context));
    all
}

fn ports(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let backends = problem_of(&facts.character_backends());
    let parallel = (facts.family() == Family::Qemu && !facts.kind.is_x86() && facts.kind.machine.is_some())
        .then(|| tr("Only PCs have parallel ports."))
        .or_else(|| facts.is_container().then(|| tr("Containers have text consoles only.")));
    let serial = facts.is_container().then(|| tr("Containers have text consoles only."));
    vec![
        Addition::new(
            "serial",
            tr("Serial Port"),
            "utilities-terminal-symbolic",
            |domain, facts| {
                let kind = plain_kind(facts);
                domain.add_device(&format!("<serial type='{kind}'/>"))
            },
        )
        .description(tr(
            "A serial port, for boot messages and a text console, or for a device or program of the host.",
        ))
        .problem(serial.or_else(|| backends.clone())),
        Addition::new("parallel", tr("Parallel Port"), "printer-symbolic", |domain, facts| {
            let kind = plain_kind(facts);
            domain.add_device(&format!("<parallel type='{kind}'/>"))
        })
        .description(tr("A parallel port, for old printers and dongles."))
        .problem(parallel.or_else(|| backends.clone())),
        Addition::new(
            "console",
            tr("Text Console"),
            "utilities-terminal-symbolic",
            |domain, facts| {
                let types = facts.console_types();
                let usable = |kind: &str| types.iter().any(|choice| choice.value == kind && choice.is_usable());
                let kind = plain_kind(facts);
                match usable("virtio") {
                    true => domain.add_device(&format!(
                        "<console type='{kind}'>\n  <target type='virtio'/>\n</console>"
                    )),
                    false => domain.add_device(&format!("<console type='{kind}'/>")),
                }
            },
        )
        .description(tr("A text console that needs no screen and no network."))
        .problem(backends),
    ]
}

fn plain_kind(facts: &HostFacts) -> String {
    escape(&best(&facts.character_backends()).unwrap_or_else(|| "pty".to_owned()))
}

/// Channels for the agents that guests know, and one of any name.
fn channels(context: &Context<'_>) -> Vec<Addition> {
    let domain = context.domain;
    let types = kinds(domain, context.facts, DeviceKind::Channel);
    let no_channels = match context.facts.family() {
        Family::Qemu | Family::Xen => None,
        _ => Some(tr("Machines of this kind cannot have it.")),
    };
    let preset = |id, title, icon, text, name: &'static str, kind: &'static str| {
        let taken = has(domain, DeviceKind::Channel, port::TARGET_NAME, name);
        let problem = no_channels
            .clone()
            .or_else(|| taken.then(|| tr("The machine has such a channel already.")))
            .or_else(|| problem_of_kind(&types, kind));
        Addition::new(id, title, icon, move |domain, _| add(domain, kind, name))
            .description(text)
            .problem(problem)
    };
    vec![
        preset(
            "channel-agent",
            tr("Guest Agent Channel"),
            "network-transmit-receive-symbolic",
            tr("Lets the QEMU guest agent tell addresses and file systems, and shut the guest down cleanly."),
            "org.qemu.guest_agent.0",
            "unix",
        ),
        preset(
            "channel-spice",
            tr("SPICE Agent Channel"),
            "edit-paste-symbolic",
            tr("Shares the clipboard with the viewer and fits the resolution to its window."),
            "com.redhat.spice.0",
            "spicevmc",
        ),
        preset(
            "channel-clipboard",
            tr("Clipboard Channel for VNC"),
            "edit-paste-symbolic",
            tr("Shares the clipboard with a VNC viewer; the guest needs the SPICE agent."),
            "com.redhat.spice.0",
            "qemu-vdagent",
        ),
        preset(
            "channel-folder",
            tr("Shared Folder Channel of SPICE"),
            "folder-remote-symbolic",
            tr("Lets the viewer share a folder with the guest."),
            "org.spice-space.webdav.0",
            "spiceport",
        ),
        Addition::new(
            "channel",
            tr("Channel"),
            "network-transmit-receive-symbolic",
            |domain, _| {
                let free = |name: &String| !has(domain, DeviceKind::Channel, port::TARGET_NAME, name);
                let mut names = (0..=u16::MAX).map(|number| format!("org.example.channel.{number}"));
                let name = names.find(free).unwrap_or_default();
                add(domain, "unix", &name)
            },
        )
        .description(tr("A channel between programs of the host and the guest."))
        .problem(no_channels.or_else(|| problem_of_kind(&types, "unix"))),
    ]
}

/// What speaks against a kind; nothing where the list does not know it.
fn problem_of_kind(types: &[Choice], kind: &str) -> Option<String> {
    let choice = types.iter().find(|choice| choice.value == kind)?;
    choice.problem.clone()
}

fn add(domain: &mut Domain, kind: &str, name: &str) -> Result<NodeId, Refused> {
    let target = match domain.hypervisor().as_str() {
        "xen" => "xen",
        _ => "virtio",
    };
    let name = escape(name);
    let source = match kind {
        "spiceport" => format!("  <source channel='{name}'/>\n"),
        "qemu-vdagent" => "  <source>\n    <clipboard copypaste='yes'/>\n  </source>\n".to_owned(),
        _ => String::new(),
    };
    domain.add_device(&format!(
        "<channel type='{kind}'>\n{source}  <target type='{target}' name='{name}'/>\n</channel>"
    ))
}
