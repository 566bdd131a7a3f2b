//! 3D: one switch for what three places must agree about: the card, the display that shows what it draws, and the host's
//! graphics card that draws it.

use super::graphics::set_gl;
use super::{displays, field};
use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::Form;
use crate::model::hardware::page::device::common::best;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::fields::video;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused};

/// How the picture gets from the host's graphics card to the display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By displays that take it from there: D-Bus, a window, SPICE that listens nowhere.
    Direct,
    /// By a display that only draws, for others to show a copy.
    Headless,
    /// By SPICE, which must stop listening for that.
    Spice,
}

/// The switch, and which card of the host draws.
pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let is_on = form.value(video::ACCEL3D).is_on();
    let facts = form.context.facts;
    let (way, node) = (way(form.context.domain, facts), best(&facts.render_nodes()));
    let switch = form
        .switch("accel3d", tr("3D acceleration"), video::ACCEL3D, false)
        .locked(facts.acceleration_problem().filter(|_| !is_on))
        .help(
            tr("The host's graphics card draws for the guest. This sets the card, the display and the host's card together."),
            "<acceleration accel3d='yes'/> <gl enable='yes' rendernode='/dev/dri/renderD128'/>",
        )
        .edit(move |domain, card, value| {
            let means = value.is_on().then(|| (way, node.clone()));
            set(domain, card, value.is_on(), means)
        });
    let mut rows = vec![switch];
    if is_on {
        rows.push(drawing_card(form));
    }
    rows
}

/// The way that keeps viewers working that work now.
fn way(domain: &Domain, facts: &HostFacts) -> Way {
    let document = domain.document();
    let is_local = |node: &NodeId| {
        matches!(
            document.get(*node, field::LISTEN_TYPE).as_deref(),
            Some("none" | "socket")
        )
    };
    let has_direct = !displays(domain, &["dbus", "sdl", "egl-headless"]).is_empty();
    if has_direct || displays(domain, &["spice"]).iter().any(is_local) {
        return Way::Direct;
    }
    let types = facts.graphics_types();
    let headless = types
        .iter()
        .any(|choice| choice.value == "egl-headless" && choice.is_usable());
    match headless || displays(domain, &["spice"]).is_empty() {
        true => Way::Headless,
        false => Way::Spice,
    }
}

/// Turns 3D of a card on, by these means, or off.
pub(super) fn set(
    domain: &mut Domain,
    card: NodeId,
    on: bool,
    means: Option<(Way, Option<String>)>,
) -> Result<(), Refused> {
    let document = domain.document_mut();
    document.set(card, video::ACCEL3D, on.then_some(true))?;
    let Some((way, node)) = means else {
        let others = domain
            .devices_of(DeviceKind::Video)
            .any(|other| domain.document().get(other, video::ACCEL3D) == Some(true));
        return if others { Ok(()) } else { stop(domain) };
    };
    match way {
        Way::Direct => {}
        Way::Headless => {
            domain.add_device("<graphics type='egl-headless'/>")?;
        }
        Way::Spice => {
            for display in displays(domain, &["spice"]) {
                let document = domain.document_mut();
                for name in ["listen", "port", "tlsPort", "autoport"] {
                    document.remove_attribute(display, name);
                }
                domain.remove_children(display, "listen");
                domain
                    .document_mut()
                    .set(display, field::LISTEN_TYPE, Some("none".to_owned()))?;
            }
        }
    }
    for display in drawing(domain) {
        let document = domain.document_mut();
        let kind = document.get(display, field::TYPE).unwrap_or_default();
        if kind != "egl-headless" {
            document.set(display, field::GL, Some(true))?;
        }
        if kind != "sdl" && document.get(display, field::RENDER_NODE).is_none() {
            document.set(display, field::RENDER_NODE, node.clone())?;
        }
    }
    Ok(())
}

/// No display shows what the host's card draws any more.
fn stop(domain: &mut Domain) -> Result<(), Refused> {
    for display in displays(domain, &["dbus", "sdl", "spice"]) {
        if domain.document().get(display, field::GL) == Some(true) {
            set_gl(domain, display, false)?;
        }
    }
    for display in displays(domain, &["egl-headless"]) {
        domain.remove_device(display)?;
    }
    Ok(())
}

/// The displays that show what the host's card draws.
fn drawing(domain: &Domain) -> Vec<NodeId> {
    let document = domain.document();
    let mut found = displays(domain, &["dbus", "sdl", "egl-headless"]);
    let local = displays(domain, &["spice"]).into_iter().filter(|node| {
        matches!(
            document.get(*node, field::LISTEN_TYPE).as_deref(),
            Some("none" | "socket")
        )
    });
    found.extend(local);
    found
}

fn drawing_card(form: &Form<'_>) -> Row {
    let domain = form.context.domain;
    let document = domain.document();
    let draws = |node: &NodeId| {
        document.get(*node, field::GL) == Some(true)
            || document.get(*node, field::TYPE).as_deref() == Some("egl-headless")
    };
    let mut shown = displays(domain, &["dbus", "egl-headless", "spice"]);
    shown.retain(draws);
    let said = shown.iter().find_map(|node| document.get(*node, field::RENDER_NODE));
    let control = Control::Proposal(form.context.facts.render_nodes());
    let row = Row::new(
        "render-node",
        tr("Graphics card of the host"),
        control,
        Value::Text(said),
        Edit::None,
    );
    let in_window = displays(domain, &["sdl"]).iter().any(draws);
    let note =
        (shown.is_empty() && !in_window).then(|| tr("No display shows what is drawn: turn 3D off and on again."));
    let locked = shown.is_empty().then(|| match in_window {
        true => tr("The machine's display draws on the card that its window is on."),
        false => tr("No display shows what is drawn."),
    });
    row.example("/dev/dri/renderD128")
        .note(note)
        .locked(locked)
        .help(
            tr("The host's graphics card that draws for the guest; without one the host chooses."),
            "<gl rendernode='/dev/dri/renderD128'/>",
        )
        .edit(|domain, _, value| {
            for display in displays(domain, &["dbus", "egl-headless", "spice"]) {
                let document = domain.document_mut();
                let is_headless = document.get(display, field::TYPE).as_deref() == Some("egl-headless");
                if is_headless || document.get(display, field::GL) == Some(true) {
                    document.set(display, field::RENDER_NODE, value.some().map(str::to_owned))?;
                }
            }
            Ok(())
        })
}
