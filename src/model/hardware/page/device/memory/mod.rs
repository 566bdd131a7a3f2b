//! Memory balloon, memory modules, memory shared with other machines.

mod addition;
mod module;
mod room;
mod shared;

pub(super) use module::page as module;
pub(super) use shared::page as shared;

use crate::i18n::tr;
use crate::model::hardware::Addition;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::xml::domain::fields::memballoon;

pub(super) fn balloon(form: &Form<'_>) -> Page {
    Page::new(vec![Group::new(
        String::new(),
        vec![
            form.required_choice(
                "model",
                tr("Model"),
                memballoon::MODEL,
                form.context.facts.balloon_models(),
            )
            .help(
                tr("The device that lets the host take memory back from the guest and see how much it uses."),
                "<memballoon model='virtio'/>",
            ),
            form.number(
                "period",
                tr("Seconds between figures"),
                memballoon::PERIOD,
                1..=3600,
                "s",
            )
            .example("5")
            .live()
            .help(
                tr("How often the guest reports how much memory it uses; without it the figures stand still."),
                "<stats period='5'/>",
            ),
            form.switch(
                "autodeflate",
                tr("Give back before memory runs out"),
                memballoon::AUTODEFLATE,
                false,
            )
            .help(
                tr("The balloon gives memory back to the guest before the guest has to end programs."),
                "<memballoon autodeflate='on'/>",
            ),
            form.switch(
                "reporting",
                tr("Report free pages"),
                memballoon::FREE_PAGE_REPORTING,
                false,
            )
            .help(
                tr("The guest tells the host which memory it does not use, and the host takes it back by itself."),
                "<memballoon freePageReporting='on'/>",
            ),
        ],
    )])
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let mut all = addition::additions(context);
    all.extend(shared::additions(context));
    all
}
