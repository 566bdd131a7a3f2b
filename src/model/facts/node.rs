//! Processors and memory of a host.

use crate::model::xml::object::Capabilities;
use crate::model::xml::{Document, NodeId, unit};

/// Processors and memory of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeFact {
    /// Model of the processor or architecture, as `virNodeGetInfo` tells it.
    pub model: String,
    /// Memory in KiB.
    pub memory_kib: u64,
    /// Processors that run threads (`virNodeInfo.cpus`).
    pub cpus: u32,
    /// Sockets of a NUMA cell.
    pub sockets: u32,
    /// Cores of a socket.
    pub cores: u32,
    /// Threads of a core.
    pub threads: u32,
    /// NUMA cells; empty where the host doesn't tell.
    pub cells: Vec<NumaCell>,
    /// Sizes of memory pages that a machine's memory can be in, the ordinary ones included.
    pub pages: Vec<PageSize>,
    /// The host has an IOMMU that is on: PCI devices can be given away. `None` where it doesn't tell.
    pub iommu: Option<bool>,
}

/// A NUMA cell of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumaCell {
    /// Number.
    pub id: u32,
    /// Memory in KiB.
    pub memory_kib: u64,
    /// Its processors.
    pub cpus: Vec<u32>,
    /// Pages, by size.
    pub pages: Vec<PageSize>,
    /// How far the memory of each cell is from its processors, by the cell's number: 10 is its own.
    pub distances: Vec<(u32, u32)>,
}

/// Memory pages of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageSize {
    /// Size in KiB.
    pub size_kib: u64,
    /// How many the host has set apart; `None` where it doesn't tell.
    pub count: Option<u64>,
}

impl NodeFact {
    /// Takes over what the capabilities tell of NUMA cells, pages and the IOMMU.
    pub fn learn(&mut self, capabilities: &Capabilities) {
        let document = capabilities.document();
        let root = document.root();
        let cells = document.find(root, "host/topology/cells");
        self.cells = cells
            .into_iter()
            .flat_map(|cells| document.children_named(cells, "cell"))
            .map(|id| cell(document, id))
            .collect();
        let processor = document.find(root, "host/cpu");
        self.pages = processor.map(|cpu| pages(document, cpu)).unwrap_or_default();
        for page in &mut self.pages {
            let counts = self.cells.iter().flat_map(|cell| &cell.pages);
            let counts = counts.filter(|other| other.size_kib == page.size_kib);
            page.count = counts.filter_map(|other| other.count).reduce(u64::saturating_add);
        }
        let iommu = document.find(root, "host/iommu");
        self.iommu = iommu.map(|iommu| document.attribute(iommu, "support").as_deref() == Some("yes"));
    }
}

fn number<T: std::str::FromStr>(document: &Document, id: NodeId, name: &str) -> Option<T> {
    document.attribute(id, name)?.trim().parse().ok()
}

fn cell(document: &Document, id: NodeId) -> NumaCell {
    let memory = document.child(id, "memory");
    let cpus = document.child(id, "cpus");
    NumaCell {
        id: number(document, id, "id").unwrap_or(0),
        memory_kib: memory
            .and_then(|memory| unit::to_kib(&document.text(memory), document.attribute(memory, "unit").as_deref()))
            .unwrap_or(0),
        cpus: cpus
            .into_iter()
            .flat_map(|cpus| document.children_named(cpus, "cpu"))
            .filter_map(|cpu| number(document, cpu, "id"))
            .collect(),
        pages: pages(document, id),
        distances: document
            .child(id, "distances")
            .into_iter()
            .flat_map(|distances| document.children_named(distances, "sibling"))
            .filter_map(|sibling| Some((number(document, sibling, "id")?, number(document, sibling, "value")?)))
            .collect(),
    }
}

/// The `<pages>` directly below: sizes in attributes, counts as text.
fn pages(document: &Document, parent: NodeId) -> Vec<PageSize> {
    let pages = document.children_named(parent, "pages").filter_map(|id| {
        let size = document.attribute(id, "size")?;
        Some(PageSize {
            size_kib: unit::to_kib(&size, document.attribute(id, "unit").as_deref())?,
            count: document.text(id).trim().parse().ok(),
        })
    });
    pages.collect()
}
