//! Everything else that libvirt describes in XML: networks, pools, volumes, snapshots, checkpoints, secrets, filters, devices
//! of the host, and what host and hypervisor can do. Each is a [`Document`] with a known root; values are read and set through
//! the fields beside it.

mod capabilities;
mod filter;
mod networks;
mod nodedev;
mod snapshots;
mod storage;

pub use capabilities::{Capabilities, CpuModel, DomainCapabilities, Guest, MachineType, domain_capabilities};
pub use filter::{NwFilter, Secret, nwfilter, secret};
pub use networks::{
    Network, network, network_dns, network_forward, network_ip, network_portgroup, network_range, network_reservation,
    network_route, network_tag, network_traffic,
};
pub use nodedev::{NodeDevice, node_device};
pub use snapshots::{Checkpoint, Snapshot, checkpoint, snapshot};
pub use storage::{Pool, Volume, pool, volume};

/// Declares a type for documents with a certain root.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident = $root:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            document: $crate::model::xml::Document,
        }

        impl $name {
            /// Name of the root element.
            pub const ROOT: &str = $root;

            /// Reads one.
            ///
            /// # Errors
            /// As [`Document::parse`](crate::model::xml::Document::parse); and where it is something else.
            pub fn parse(text: &str) -> Result<Self, $crate::model::xml::XmlError> {
                let document = $crate::model::xml::Document::parse(text)?;
                if document.is(document.root(), $root) {
                    return Ok(Self { document });
                }
                let (line, column) = document.position(document.root());
                let message = concat!("expected a <", $root, "> document").to_owned();
                Err($crate::model::xml::XmlError { line, column, message })
            }

            /// The document.
            #[must_use]
            pub fn document(&self) -> &$crate::model::xml::Document {
                &self.document
            }

            /// The document, to be changed.
            pub fn document_mut(&mut self) -> &mut $crate::model::xml::Document {
                &mut self.document
            }

            /// What a field says.
            #[must_use]
            pub fn get<T: $crate::model::xml::field::Value>(&self, field: $crate::model::xml::field::Field<T>) -> Option<T> {
                self.document.get(self.document.root(), field)
            }

            /// Sets or clears a field.
            ///
            /// # Errors
            /// Where the value cannot be written there.
            pub fn set<T: $crate::model::xml::field::Value>(
                &mut self,
                field: $crate::model::xml::field::Field<T>,
                value: Option<T>,
            ) -> Result<(), $crate::model::xml::Refused> {
                self.document.set(self.document.root(), field, value)
            }
        }
    };
}
use object;
