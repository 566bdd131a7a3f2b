//! Having deleted machines back, as long as the toast shows.

use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::deletion::Undo;
use crate::ui::core::Core;
use crate::ui::errors;

/// How long the offer stands, in seconds.
const OFFER: u32 = 15;

/// Offers to bring machines back of which only the definitions were deleted.
pub fn offer(window: &adw::ApplicationWindow, overlay: &adw::ToastOverlay, core: &Core, undo: Vec<Undo>) {
    let title = match &undo[..] {
        [only] => tr_f("{name} deleted", &[("name", &only.name)]),
        several => tr_n("{n} machine deleted", "{n} machines deleted", several.len(), &[]),
    };
    let toast = adw::Toast::builder()
        .title(glib::markup_escape_text(&title))
        .button_label(tr("_Undo"))
        .timeout(OFFER)
        .build();
    let (core, window) = (core.clone(), window.downgrade());
    toast.connect_button_clicked(move |_| {
        let (core, window, undo) = (core.clone(), window.clone(), undo.clone());
        glib::spawn_future_local(async move {
            for one in &undo {
                let Err(error) = core.undelete(one).await else { continue };
                tracing::warn!(key = %one.key, op = error.op, code = error.code, "{}", error.message);
                if let Some(window) = window.upgrade() {
                    let context = errors::Context {
                        title: Some(tr_f("{name} could not be brought back", &[("name", &one.name)])),
                        ..errors::Context::default()
                    };
                    errors::show(&window, None, &error, context);
                }
            }
        });
    });
    overlay.add_toast(toast);
}
