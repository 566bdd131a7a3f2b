//! Virtual networks, and what else a host has for the traffic of machines: packet filters, interfaces of the host; and secrets.
//!
//! [`NetworkDetails`] is a definition as values: read from the XML, and written back into it without losing what is not known
//! ([`NetworkDetails::write_into`]). [`check`] says what is wrong with one, value by value, [`plan()`] what an edited definition
//! changes and whether a network that runs can follow. Calls are in `virt::network`.

mod apply;
mod check;
mod defaults;
mod details;
mod document;
mod filter;
mod form;
mod part;
mod plan;
mod replug;
mod runtime;
mod subnet;
#[cfg(test)]
mod tests;

pub use apply::{NetworkApplied, NetworkOutcome, NetworkReport, NetworkVerdict, NetworkWish};
pub use check::{Neighbour, Problem, Severity, Spot, Surroundings, check};
pub use defaults::{NetworkDraft, new_network, usual_range};
pub use details::{
    Bridge, Dhcp, DhcpHost, DhcpRange, Dns, DnsDomain, DnsHost, Forward, ForwardAddress, ForwardInterface, ForwardMode,
    Forwarder, IpBlock, NetworkDetails, PortGroupDetails, Rate, Route, Srv, Traffic, Txt, VlanTag,
};
pub use filter::{FilterBinding, FilterFact, SecretUse, secret_xml};
pub use form::{FormContext, FormFacts, mode_label, page as form_page, row_of, set as set_row};
pub use plan::{Command, NetworkChange, NetworkTiming, Section, Update, plan};
pub use replug::{NetworkCard, Replugged, detour, unplugs_when_stopped};
pub use runtime::{Attachment, AttachmentKind, Lease, NetworkDefinitions, NetworkPort};
pub use subnet::{first_free_ipv4, first_free_ipv6, subnets};
