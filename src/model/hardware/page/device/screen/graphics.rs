//! How a screen is seen.

use super::kind::{set_kind, spice_parts};
use super::{audio_choices, displays, network, spice};
use crate::i18n::tr;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Choice, PathKind, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::graphics;
use crate::model::xml::{NodeId, Refused};

/// Names of keyboard layouts for QEMU.
const KEYMAPS: &[&str] = &[
    "ar", "bepo", "cz", "da", "de", "de-ch", "en-gb", "en-us", "es", "et", "fi", "fo", "fr", "fr-be", "fr-ca", "fr-ch",
    "hr", "hu", "is", "it", "ja", "lt", "lv", "mk", "nl", "no", "pl", "pt", "pt-br", "ru", "sl", "sv", "th", "tr",
];

/// The page of a display.
pub(in crate::model::hardware::page::device) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(graphics::TYPE);
    let mut first = vec![kind_row(form)];
    let mut groups = Vec::new();
    let mut advanced = Vec::new();
    match kind.as_str() {
        "vnc" => {
            first.extend(network::rows(form));
            first.push(network::password(form));
            advanced = vnc(form);
        }
        "spice" => {
            first.extend(network::rows(form));
            first.push(network::password(form));
            first.extend(spice::sharing(form));
            first.extend(open_gl(form));
            groups.push(Group::new(tr("Picture and Sound"), spice::compression(form)));
            advanced = spice::security(form);
        }
        "rdp" => {
            first.extend(network::rows(form));
            first.extend(remote_desktop(form));
        }
        "dbus" => {
            first.extend(open_gl(form));
            advanced = bus(form);
        }
        "egl-headless" => first.push(render_node(form)),
        "sdl" => {
            first.extend(window(form));
            first.extend(open_gl(form));
        }
        "desktop" => first.extend(window(form)),
        _ => {}
    }
    groups.insert(0, Group::new(String::new(), first));
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

fn kind_row(form: &Form<'_>) -> Row {
    let types = form.context.facts.graphics_types();
    let last = displays(form.context.domain, &["spice"]).len() == 1;
    let note = (form.says(graphics::TYPE) == "spice" && last && !spice_parts(form.context.domain).is_empty())
        .then(|| tr("Without SPICE its channels, USB redirection and sound through the viewer go, too."));
    form.required_choice("type", tr("Type"), graphics::TYPE, types)
        .note(note)
        .help(
            tr("How the screen is seen: VNC is what every viewer knows, SPICE adds USB, sound and a shared clipboard."),
            "<graphics type='vnc'/>",
        )
        .edit(|domain, node, value| set_kind(domain, node, value.text()))
}

fn open_gl(form: &Form<'_>) -> Vec<Row> {
    let kind = form.says(graphics::TYPE);
    let is_on = form.value(graphics::GL).is_on();
    let is_remote = kind == "spice" && !matches!(form.says(graphics::LISTEN_TYPE).as_str(), "none" | "socket");
    let note = (is_on && is_remote)
        .then(|| tr("SPICE shows OpenGL only on the host itself: let it listen nowhere, or on a socket."));
    let switch = form
        .switch("gl", tr("OpenGL"), graphics::GL, false)
        .note(note)
        .help(
            tr("Pictures go to the viewer as they are drawn on the host's graphics card. The video card's 3D switch sets this, too."),
            "<gl enable='yes'/>",
        )
        .edit(|domain, node, value| set_gl(domain, node, value.is_on()));
    let mut rows = vec![switch];
    if is_on && kind != "sdl" {
        rows.push(render_node(form));
    }
    rows
}

/// Turns OpenGL of a display on or off; which card draws is kept.
pub(super) fn set_gl(domain: &mut Domain, node: NodeId, on: bool) -> Result<(), Refused> {
    let document = domain.document_mut();
    if !on && document.get(node, graphics::RENDER_NODE).is_none() {
        return document.set(node, graphics::GL, None);
    }
    document.set(node, graphics::GL, Some(on))
}

fn render_node(form: &Form<'_>) -> Row {
    form.proposal(
        "render-node",
        tr("Graphics card of the host"),
        graphics::RENDER_NODE,
        form.context.facts.render_nodes(),
    )
    .example("/dev/dri/renderD128")
    .help(
        tr("The host's graphics card that draws for the guest; without one the host chooses."),
        "<gl rendernode='/dev/dri/renderD128'/>",
    )
}

/// The audio backend of a display.
fn sound(form: &Form<'_>) -> Row {
    form.choice(
        "audio",
        tr("Sound"),
        graphics::AUDIO,
        audio_choices(form.context.domain),
    )
    .help(
        tr("The audio backend whose sound the viewer gets with the picture."),
        "<audio id='1'/>",
    )
}

/// Keyboard layout.
pub(super) fn keymap(form: &Form<'_>) -> Row {
    let layouts = KEYMAPS.iter().copied().map(Choice::plain).collect();
    form.proposal("keymap", tr("Keyboard layout"), graphics::KEYMAP, layouts)
        .example("de")
        .help(
            tr("The layout that keys are translated with; without one the viewer sends the keys as they are, which fits most."),
            "<graphics keymap='de'/>",
        )
}

fn vnc(form: &Form<'_>) -> Vec<Row> {
    let policies = vec![
        Choice::new("allow-exclusive", tr("A viewer may ask to be the only one")),
        Choice::new("force-shared", tr("Always several")),
        Choice::new("ignore", tr("Whatever viewers ask for is granted")),
    ];
    vec![
        form.choice("share-policy", tr("Several viewers"), graphics::SHARE_POLICY, policies)
            .help(
                tr("What happens when a second viewer connects."),
                "<graphics sharePolicy='force-shared'/>",
            ),
        form.text("websocket", tr("WebSocket port"), graphics::WEBSOCKET)
            .example("5700")
            .help(
                tr("A port for viewers that run in a web browser; −1 lets libvirt choose one."),
                "<graphics websocket='5700'/>",
            ),
        form.switch("power", tr("Viewers may turn it off"), graphics::POWER_CONTROL, false)
            .help(
                tr("A viewer may shut the machine down, restart and reset it."),
                "<graphics powerControl='yes'/>",
            ),
        network::valid_to(form),
        form.choice(
            "connected",
            tr("When the password changes"),
            graphics::CONNECTED,
            vec![Choice::new("keep", tr("Viewers stay connected"))],
        )
        .help(
            tr("What happens with viewers that are connected when the password changes."),
            "<graphics connected='keep'/>",
        ),
        keymap(form),
        sound(form),
    ]
}

fn bus(form: &Form<'_>) -> Vec<Row> {
    let p2p = form
        .switch("p2p", tr("Without a bus"), graphics::P2P, false)
        .help(
            tr("The viewer connects to the emulator itself, not by way of a message bus; libvirt hands the connection over."),
            "<graphics type='dbus' p2p='yes'/>",
        )
        .edit(|domain, node, value| exclusive(domain, node, "address", graphics::P2P, value));
    let mut rows = vec![p2p];
    if !form.value(graphics::P2P).is_on() {
        rows.push(
            form.text("bus-address", tr("Address of the bus"), graphics::ADDRESS)
                .example("unix:path=/run/bus")
                .help(
                    tr("The message bus that the display is offered on; without one libvirt starts its own."),
                    "<graphics type='dbus' address='unix:path=/run/bus'/>",
                )
                .edit(|domain, node, value| exclusive(domain, node, "p2p", graphics::ADDRESS.raw(), value)),
        );
    }
    rows.push(sound(form));
    rows
}

/// Writes a field, and removes the attribute that cannot stand beside it.
fn exclusive<T>(
    domain: &mut Domain,
    node: NodeId,
    other: &str,
    field: crate::model::xml::field::Field<T>,
    value: &Value,
) -> Result<(), Refused> {
    let text = value.some().map(str::to_owned);
    if text.is_some() {
        domain.document_mut().remove_attribute(node, other);
    }
    domain.document_mut().set(node, field.raw(), text)
}

fn remote_desktop(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.text("user", tr("User"), graphics::USERNAME)
            .example("guest")
            .help(tr("Who may connect."), "<graphics type='rdp' username='guest'/>"),
        form.password("password", tr("Password"), graphics::PASSWORD)
            .example("secret")
            .help(tr("What a viewer has to know."), "<graphics type='rdp' passwd='…'/>"),
        form.switch("multi-user", tr("Several viewers"), graphics::MULTI_USER, false)
            .help(
                tr("More than one viewer can be connected."),
                "<graphics type='rdp' multiUser='yes'/>",
            ),
        form.switch(
            "replace-user",
            tr("The newest viewer wins"),
            graphics::REPLACE_USER,
            false,
        )
        .help(
            tr("Whoever connects takes the place of the viewer that is connected."),
            "<graphics type='rdp' replaceUser='yes'/>",
        ),
    ]
}

fn window(form: &Form<'_>) -> Vec<Row> {
    let mut rows = vec![
        form.text("display", tr("Display of the host"), graphics::DISPLAY)
            .example(":0")
            .help(
                tr("The host's own display that the window opens on."),
                "<graphics type='sdl' display=':0'/>",
            ),
        form.switch("fullscreen", tr("Full screen"), graphics::FULLSCREEN, false)
            .help(
                tr("The window fills the screen."),
                "<graphics type='sdl' fullscreen='yes'/>",
            ),
    ];
    if form.says(graphics::TYPE) == "sdl" {
        rows.push(
            form.path("xauth", tr("X authority file"), graphics::XAUTH, PathKind::File)
                .example("/root/.Xauthority")
                .help(
                    tr("The file with the key to that display."),
                    "<graphics type='sdl' xauth='/root/.Xauthority'/>",
                ),
        );
    }
    rows
}
