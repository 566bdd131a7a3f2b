//! PLACEHOLDER input

use crate::model::hardware::Addition;
use crate::model::hardware::page::{Context, Form, Page};

pub(super) fn page(_form: &Form<'_>) -> Page {
    Page::default()
}

pub(super) fn additions(_context: &Context<'_>) -> Vec<Addition> {
    Vec::new()
}
