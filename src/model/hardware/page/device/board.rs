//! PLACEHOLDER board

use crate::model::hardware::Addition;
use crate::model::hardware::page::{Context, Form, Page};
use crate::model::xml::domain::DeviceKind;

pub(super) fn page(_form: &Form<'_>, _kind: DeviceKind) -> Page {
    Page::default()
}

pub(super) fn additions(_context: &Context<'_>) -> Vec<Addition> {
    Vec::new()
}
