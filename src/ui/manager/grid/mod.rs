//! The list of machines as a grid of cards with live pictures: the same model, selection and input as the lines, another
//! view of them.

mod album;
mod card;
mod round;
mod watch;

pub use card::measure;
pub(super) use card::{Look, draw};
pub use watch::Watch;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;

/// A card is at least this wide, where at least two fit beside each other; with the usual size of text.
const CARD: f64 = 212.0;
/// Cards side by side at most: GTK keeps thirty rows of widgets ready.
const MOST: u32 = 10;
/// Room left and right of all cards.
const MARGIN: i32 = 12;

/// An empty grid.
pub(super) fn view(factory: &gtk::SignalListItemFactory) -> gtk::GridView {
    let view = gtk::GridView::builder()
        .css_classes(["vireo-grid"])
        .factory(factory)
        .single_click_activate(false)
        .build();
    view.update_property(&[gtk::accessible::Property::Label(&tr("Machines"))]);
    view
}

/// Puts as many cards side by side as there is room for; whether that is another number than before.
pub(super) fn arrange(view: &gtk::GridView, width: i32, text_scale: f64) -> bool {
    let count = columns(width, text_scale);
    if view.min_columns() == count && view.max_columns() == count {
        return false;
    }
    // The least may never be more than the most.
    view.set_min_columns(1);
    view.set_max_columns(count);
    view.set_min_columns(count);
    true
}

/// Size of the picture of a card of this width, in pixels of a screen of this scale.
pub(super) fn picture_size(card_width: i32, scale: i32) -> (u32, u32) {
    let (width, height) = card::picture(card_width);
    let scale = scale.unsigned_abs().max(1);
    (width.unsigned_abs() * scale, height.unsigned_abs() * scale)
}

/// How many cards fit side by side.
fn columns(width: i32, text_scale: f64) -> u32 {
    let room = f64::from((width - MARGIN).max(1));
    let fitting = (room / (CARD * text_scale.max(0.5))) as u32;
    let least = if room >= 300.0 * text_scale { 2 } else { 1 };
    fitting.clamp(least, MOST)
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn two_cards_fit_on_a_narrow_window_and_large_text_gets_larger_cards() {
        assert_eq!(columns(360, 1.0), 2);
        assert_eq!(columns(360, 2.0), 1);
        assert_eq!(columns(980, 1.0), 4);
        assert_eq!(columns(980, 1.5), 3);
        assert_eq!(columns(5000, 1.0), 10);
        assert_eq!(columns(0, 1.0), 1);
    }
}
