//! What can be asked of a host about itself and its devices.

use super::{HostClient, Result};
use crate::model::node::{DeviceCall, NodeAbout, NodeDeviceFact, NodeLoad, PageGoal};
use crate::virt::node;
use crate::virt::session::Crew;

pub use crate::virt::node::{look, uses};

impl HostClient {
    /// What host and connection say of themselves, and which pages of memory are free in these cells (`virConnectGetURI`,
    /// `virConnectIsEncrypted`, `virNodeGetFreePages` …); sizes in KiB.
    ///
    /// # Errors
    /// `Kind::Unreachable` without a connection.
    pub async fn node_about(&self, cells: Vec<u32>, sizes: Vec<u32>) -> Result<NodeAbout> {
        self.0
            .0
            .run(Crew::Queries, None, "read facts", move |connection| {
                node::about(connection, &cells, &sizes)
            })
            .await
    }

    /// What the counters of processors and memory say now (`virNodeGetCPUStats`, `virNodeGetMemoryStats`): the sum, `cpus`
    /// processors one by one, and the memory of these cells.
    ///
    /// # Errors
    /// `Kind::Unreachable` without a connection; what the driver does not tell is `None`.
    pub async fn node_load(&self, cpus: u32, cells: Vec<u32>) -> Result<NodeLoad> {
        self.0
            .0
            .run(Crew::Queries, None, "read load", move |connection| {
                node::load(connection, cpus, &cells)
            })
            .await
    }

    /// Sets huge pages apart (`virNodeAllocPages`). The kernel may find room for fewer.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn set_huge_pages(&self, goal: PageGoal) -> Result<()> {
        self.0
            .0
            .run(Crew::Jobs, None, "set apart huge pages", move |connection| {
                node::alloc_pages(connection, goal)
            })
            .await
    }

    /// The capabilities as the host wrote them (`virConnectGetCapabilities`).
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn capabilities_xml(&self) -> Result<String> {
        self.0
            .0
            .run(Crew::Queries, None, "read facts", |connection| {
                node::capabilities_xml(connection)
            })
            .await
    }

    /// All devices of the host (`virConnectListAllNodeDevices`), with their descriptions.
    ///
    /// # Errors
    /// What libvirt says, by remedy: `Kind::Unsupported` where the driver has none.
    pub async fn node_devices(&self) -> Result<Vec<NodeDeviceFact>> {
        self.0.0.run(Crew::Queries, None, "list devices", node::devices).await
    }

    /// Does something with a device (the calls that [`DeviceCall`] names).
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn device(&self, name: String, call: DeviceCall) -> Result<()> {
        self.0
            .0
            .run(Crew::Jobs, None, "change device", move |connection| {
                node::call(connection, &name, &call)
            })
            .await
    }

    /// Makes a device: defined for good and started (`virNodeDeviceDefineXML`, `virNodeDeviceCreate`), or only until it is
    /// stopped (`virNodeDeviceCreateXML`). Tells its name. One that could be defined and not started stays defined.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn create_device(&self, xml: String, lasting: bool) -> Result<String> {
        self.0
            .0
            .run(Crew::Jobs, None, "create device", move |connection| {
                if !lasting {
                    return node::make(connection, &xml);
                }
                let name = node::define(connection, &xml)?;
                node::call(connection, &name, &DeviceCall::Start)?;
                Ok(name)
            })
            .await
    }
}
