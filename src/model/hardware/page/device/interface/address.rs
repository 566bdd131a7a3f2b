//! The addresses that the guest has on an interface now.

use super::Nic;
use crate::i18n::tr;
use crate::model::hardware::{Button, Control, Edit, Row, Value};
use crate::model::xml::domain::fields::interface;
use crate::model::xml::domain::normal_mac;

/// While the machine runs: what is known, and a button to ask again.
pub(super) fn row(nic: &Nic<'_>) -> Option<Row> {
    let context = nic.form.context;
    context.live?;
    let known = context.facts.addresses.as_ref()?;
    let own = normal_mac(&nic.form.says(interface::MAC))?;
    let is_own = |mac: &str| normal_mac(mac).as_ref() == Some(&own);
    let mut all: Vec<&str> = known
        .iter()
        .filter(|address| address.mac.as_deref().is_some_and(is_own))
        .map(|address| address.address.as_str())
        .collect();
    // What every card gives itself tells nothing where there is more.
    let is_local = |address: &str| address.to_ascii_lowercase().starts_with("fe80:");
    if all.iter().any(|address| !is_local(address)) {
        all.retain(|address| !is_local(address));
    }
    let shown = match all.is_empty() {
        // Translators: addresses of a guest.
        true => tr("Not known"),
        false => all.join(", "),
    };
    Some(Row::new(
        "guest-addresses",
        tr("Addresses now"),
        Control::Button(tr("Refresh"), Button::RefreshAddresses),
        Value::of(shown),
        Edit::None,
    ))
}
