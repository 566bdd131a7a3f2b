//! Another kind of display, with what depends on it.

use crate::model::hardware::page::device::common::{has, those};
use crate::model::xml::domain::fields::{audio, graphics, port, redirdev, smartcard};
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused};

const PARTS: &Parts = &[
    (
        "vnc",
        &[
            "@port",
            "@autoport",
            "@websocket",
            "@listen",
            "@sharePolicy",
            "@powerControl",
            "@socket",
            "@passwd",
            "@keymap",
            "@passwdValidTo",
            "@connected",
            "audio",
            "listen",
        ],
    ),
    (
        "spice",
        &[
            "@port",
            "@tlsPort",
            "@autoport",
            "@listen",
            "@passwd",
            "@keymap",
            "@passwdValidTo",
            "@connected",
            "@defaultMode",
            "listen",
            "channel",
            "image",
            "jpeg",
            "zlib",
            "playback",
            "streaming",
            "clipboard",
            "mouse",
            "filetransfer",
            "gl",
        ],
    ),
    ("dbus", &["@address", "@p2p", "gl", "audio"]),
    ("egl-headless", &["gl"]),
    ("sdl", &["@display", "@xauth", "@fullscreen", "gl"]),
    (
        "rdp",
        &[
            "@port",
            "@autoport",
            "@listen",
            "@passwd",
            "@username",
            "@multiUser",
            "@replaceUser",
            "listen",
        ],
    ),
    ("desktop", &["@display", "@fullscreen"]),
];

/// What works only through a SPICE display.
pub(super) fn spice_parts(domain: &Domain) -> Vec<NodeId> {
    let mut found = Vec::new();
    for kind in [
        DeviceKind::Channel,
        DeviceKind::Serial,
        DeviceKind::Console,
        DeviceKind::Parallel,
    ] {
        found.extend(those(domain, kind, port::TYPE, "spicevmc"));
        found.extend(those(domain, kind, port::TYPE, "spiceport"));
    }
    found.extend(those(domain, DeviceKind::Redirdev, redirdev::TYPE, "spicevmc"));
    found.extend(those(domain, DeviceKind::Smartcard, smartcard::TYPE, "spicevmc"));
    found.extend(those(domain, DeviceKind::Audio, audio::TYPE, "spice"));
    found
}

/// Another kind of display. What only SPICE carries leaves with the last SPICE display; the clipboard moves along.
pub(super) fn set_kind(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    domain.set_type(node, "type", kind, PARTS)?;
    if let Some(gl) = domain.document().child(node, "gl") {
        let document = domain.document_mut();
        match kind {
            "egl-headless" => drop(document.remove_attribute(gl, "enable")),
            "sdl" => drop(document.remove_attribute(gl, "rendernode")),
            _ => {}
        }
        if kind == "egl-headless" && document.is_bare_element(gl) {
            document.remove(gl);
        } else if kind != "egl-headless" && document.attribute(gl, "enable").is_none() {
            document.set_attribute(gl, "enable", "yes")?;
        }
    }
    let document = domain.document_mut();
    if kind == "vnc"
        && document
            .get(node, graphics::CONNECTED)
            .is_some_and(|what| what != "keep")
    {
        document.set(node, graphics::CONNECTED, None)?;
    }
    if kind == "spice" {
        return agents(domain, "qemu-vdagent", "spicevmc");
    }
    if has(domain, DeviceKind::Graphics, graphics::TYPE, "spice") {
        return Ok(());
    }
    if kind == "vnc" {
        agents(domain, "spicevmc", "qemu-vdagent")?;
    }
    for part in spice_parts(domain) {
        match domain.document().is(part, "audio") {
            true => domain.set_type(part, "type", "none", &[])?,
            false => domain.remove_device(part)?,
        }
    }
    Ok(())
}

/// The channels that carry the clipboard, from one kind to another.
fn agents(domain: &mut Domain, from: &str, to: &str) -> Result<(), Refused> {
    for channel in those(domain, DeviceKind::Channel, port::TYPE, from) {
        if domain.document().get(channel, port::TARGET_NAME).as_deref() != Some("com.redhat.spice.0") {
            continue;
        }
        domain.document_mut().set_attribute(channel, "type", to)?;
        domain.remove_children(channel, "source");
        if to == "qemu-vdagent" {
            domain.document_mut().set(channel, port::CLIPBOARD, Some(true))?;
        }
    }
    Ok(())
}
