//! PLACEHOLDER features

use super::{Context, Page};

pub(super) fn page(_context: &Context<'_>) -> Page {
    Page::default()
}
