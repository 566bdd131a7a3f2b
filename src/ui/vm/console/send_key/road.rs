//! The two ways that keys take.

use std::rc::Rc;

use uuid::Uuid;

use crate::model::display::keys::Stroke;
use crate::model::display::wire::Request;
use crate::model::error::VirtError;
use crate::virt::client::HostClient;

/// Where keys go.
#[derive(Clone)]
pub enum Road {
    /// To the open display.
    Display(Rc<dyn Fn(Request)>),
    /// Through libvirt (`virDomainSendKey`), to this machine.
    Host(HostClient, Uuid),
}

impl Road {
    /// Presses and releases; through libvirt it waits until the host has taken them.
    ///
    /// # Errors
    /// What libvirt says.
    pub async fn send(&self, stroke: &Stroke) -> Result<(), VirtError> {
        match self {
            Self::Display(display) => {
                for request in stroke.requests() {
                    display(request);
                }
                Ok(())
            }
            Self::Host(client, uuid) => client.send_key(*uuid, stroke.codes()).await,
        }
    }
}
