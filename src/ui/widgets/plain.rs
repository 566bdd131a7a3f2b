//! Rows whose words come from elsewhere: shown as they are, never read as markup.

use libadwaita as adw;
use libadwaita::prelude::*;

/// A row with a title and a line below it, neither of which is markup.
#[must_use]
pub fn plain_row(title: &str, subtitle: &str) -> adw::ActionRow {
    // While a row is being made its labels still read markup: the words come after that.
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title_lines(2)
        .subtitle_lines(6)
        .build();
    row.set_title(title);
    row.set_subtitle(subtitle);
    row
}
