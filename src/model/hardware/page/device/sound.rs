//! PLACEHOLDER sound

use crate::model::hardware::Addition;
use crate::model::hardware::page::{Context, Form, Page};

pub(super) fn sound(_form: &Form<'_>) -> Page {
    Page::default()
}

pub(super) fn audio(_form: &Form<'_>) -> Page {
    Page::default()
}

pub(super) fn additions(_context: &Context<'_>) -> Vec<Addition> {
    Vec::new()
}
