//! PLACEHOLDER redirection

use crate::model::hardware::Addition;
use crate::model::hardware::page::{Context, Form, Page};

pub(super) fn device(_form: &Form<'_>) -> Page {
    Page::default()
}

pub(super) fn filter(_form: &Form<'_>) -> Page {
    Page::default()
}

pub(super) fn smartcard(_form: &Form<'_>) -> Page {
    Page::default()
}

pub(super) fn additions(_context: &Context<'_>) -> Vec<Addition> {
    Vec::new()
}
