//! Screens: how they are seen, what draws them.

mod acceleration;
mod graphics;
mod kind;
mod network;
mod spice;
mod video;

pub(super) use graphics::page as graphics;
pub(super) use video::page as video;

use super::common::{best, has, problem_of, those};
use crate::i18n::tr;
use crate::model::facts::{Choice, HostFacts};
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::xml::domain::fields::{audio, graphics as field, video as card};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused, escape};

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let cards = problem_of(&facts.video_models()).or_else(|| {
        let none = has(context.domain, DeviceKind::Video, card::MODEL, "none");
        none.then(|| tr("The machine is said to have no video card: choose another model for that one instead."))
    });
    vec![
        Addition::new("graphics", tr("Display"), "video-display-symbolic", add_graphics)
            .description(tr("A way to see the machine's screen, with a viewer or in Vireo."))
            .problem(problem_of(&facts.graphics_types())),
        Addition::new("video", tr("Video Card"), "vireo-video-card-symbolic", add_video)
            .description(tr("What draws the machine's screen."))
            .problem(cards),
    ]
}

/// A display of the best kind that the machine has not got yet.
fn add_graphics(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let types = facts.graphics_types();
    let free = |choice: &&Choice| choice.is_usable() && !has(domain, DeviceKind::Graphics, field::TYPE, &choice.value);
    let Some(kind) = types.iter().find(free).map(|choice| choice.value.clone()) else {
        return Err(Refused(tr("The machine has a display of each kind already.")));
    };
    let xml = match kind.as_str() {
        "vnc" | "spice" | "rdp" => format!("<graphics type='{kind}' autoport='yes'/>"),
        _ => format!("<graphics type='{}'/>", escape(&kind)),
    };
    domain.add_device(&xml)
}

fn add_video(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let models = facts.video_models();
    let is_second = domain.devices_of(DeviceKind::Video).next().is_some();
    // QEMU has only these as cards beside the first one.
    let fits = |choice: &&Choice| !is_second || matches!(choice.value.as_str(), "virtio" | "qxl");
    let fitting: Vec<Choice> = models.iter().filter(fits).cloned().collect();
    let Some(model) = best(&fitting) else {
        return Err(Refused(tr("This host has no card that fits beside the first one.")));
    };
    domain.add_device(&format!("<video>\n  <model type='{}'/>\n</video>", escape(&model)))
}

/// The sound backends of the machine, for the devices that name one.
pub(super) fn audio_choices(domain: &Domain) -> Vec<Choice> {
    let document = domain.document();
    let all = domain.devices_of(DeviceKind::Audio).filter_map(|node| {
        let id: u64 = document.get(node, audio::ID)?;
        let kind = document.get(node, audio::TYPE).unwrap_or_default();
        Some(Choice::new(id.to_string(), format!("{id} · {kind}")))
    });
    all.collect()
}

/// Whether the display carries what cannot be without one of its kind.
pub(super) fn is_needed(domain: &Domain, node: NodeId) -> bool {
    let spice = displays(domain, &["spice"]);
    spice == [node] && !kind::spice_parts(domain).is_empty()
}

/// The displays of these kinds.
fn displays(domain: &Domain, kinds: &[&str]) -> Vec<NodeId> {
    kinds
        .iter()
        .flat_map(|kind| those(domain, DeviceKind::Graphics, field::TYPE, kind))
        .collect()
}

#[cfg(test)]
mod tests;
