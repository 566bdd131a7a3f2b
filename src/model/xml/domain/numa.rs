//! NUMA cells of the guest, and the nodes of the host that its memory comes from.

use std::collections::BTreeSet;

use super::Domain;
use super::fields::{memory, tune};
use super::processor::check_cpuset;
use crate::i18n::{tr, tr_f};
use crate::model::xml::lines::cpuset;
use crate::model::xml::{NodeId, Refused};

/// A NUMA cell of the guest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// Its virtual CPUs, as a list (`0-3`); empty for a cell with memory only.
    pub cpus: String,
    /// Its memory in KiB.
    pub kib: u64,
    /// Whether helpers on the host may see its memory: `shared`, `private`, or empty.
    pub access: String,
}

const MEMNODE: &[&str] = &["cellid", "mode", "nodeset"];
const CELL: &[&str] = &["cpus", "memAccess"];

impl Domain {
    /// The NUMA cells of the guest.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let sizes = self.memory_cells();
        let size_of = |node: NodeId| sizes.iter().find(|(cell, _)| *cell == node).map_or(0, |(_, kib)| *kib);
        let said = |node, name| self.document().attribute(node, name).unwrap_or_default().into_owned();
        let cells = self.cell_nodes().into_iter().map(|node| Cell {
            cpus: said(node, "cpus"),
            kib: size_of(node),
            access: said(node, "memAccess"),
        });
        cells.collect()
    }

    fn cell_nodes(&self) -> Vec<NodeId> {
        let document = self.document();
        let numa = document.find(document.root(), "cpu/numa");
        numa.into_iter()
            .flat_map(|numa| document.children_named(numa, "cell"))
            .collect()
    }

    /// Sets the NUMA cells. Memory becomes what they have in sum, modules on top; distances to cells that are gone go.
    ///
    /// # Errors
    /// Where virtual CPUs are not there or in two cells, a cell has no memory, or modules need a cell.
    pub fn set_cells(&mut self, cells: &[Cell]) -> Result<(), Refused> {
        self.check_new_cells(cells)?;
        let root = self.document().root();
        let old = self.cell_nodes();
        if cells.is_empty() {
            if let Some(numa) = self.document().find(root, "cpu/numa") {
                self.document_mut().prune(numa);
            }
            return Ok(());
        }
        let numa = self.document_mut().ensure_path(root, "cpu/numa")?;
        for (at, cell) in cells.iter().enumerate() {
            let node = match old.get(at) {
                Some(node) => *node,
                None => {
                    let id = at.to_string();
                    let xml = format!("<cell id='{id}' memory='{}' unit='KiB'/>", cell.kib);
                    self.document_mut().insert_ordered(numa, &xml)?
                }
            };
            for (name, text) in CELL.iter().zip([&cell.cpus, &cell.access]) {
                match text.is_empty() {
                    true => drop(self.document_mut().remove_attribute(node, name)),
                    false => self.document_mut().set_attribute(node, name, text)?,
                }
            }
            self.set_cell_kib(node, cell.kib)?;
        }
        for node in old.into_iter().skip(cells.len()) {
            self.document_mut().remove(node);
        }
        self.forget_cells(cells.len());
        let sum = cells
            .iter()
            .fold(self.modules_kib(), |all, cell| all.saturating_add(cell.kib));
        self.set_total_kib(sum)
    }

    fn check_new_cells(&self, cells: &[Cell]) -> Result<(), Refused> {
        if cells.is_empty() && (self.max_memory_kib().is_some() || self.modules_kib() > 0) {
            return Err(Refused(tr(
                "Memory that is plugged in needs a NUMA cell: remove modules and hot-plug limit first.",
            )));
        }
        let max = self.max_vcpus();
        let mut seen = BTreeSet::new();
        for cell in cells {
            if cell.kib == 0 {
                return Err(Refused(tr("A NUMA cell needs some memory.")));
            }
            if cell.cpus.is_empty() {
                continue;
            }
            check_cpuset(&cell.cpus)?;
            for cpu in cpuset(&cell.cpus).unwrap_or_default() {
                let text = cpu.to_string();
                if u64::from(cpu) >= max {
                    return Err(Refused(tr_f("There is no virtual CPU {cpu}.", &[("cpu", &text)])));
                }
                if !seen.insert(cpu) {
                    return Err(Refused(tr_f(
                        "Virtual CPU {cpu} is in two NUMA cells.",
                        &[("cpu", &text)],
                    )));
                }
            }
        }
        Ok(())
    }

    /// Removes distances to cells that are not there.
    fn forget_cells(&mut self, count: usize) {
        for cell in self.cell_nodes() {
            let document = self.document();
            let siblings: Vec<_> = document
                .child(cell, "distances")
                .into_iter()
                .flat_map(|distances| document.children_named(distances, "sibling"))
                .filter(|sibling| {
                    let id = document.attribute(*sibling, "id");
                    id.and_then(|id| id.trim().parse::<usize>().ok())
                        .is_some_and(|id| id >= count)
                })
                .collect();
            for sibling in siblings {
                self.document_mut().prune(sibling);
            }
        }
    }

    /// Sets how memory is placed on the host's nodes; empty leaves it to the host. Without nodes it is the first.
    ///
    /// # Errors
    /// Where XML cannot hold it.
    pub fn set_numa_mode(&mut self, mode: &str) -> Result<(), Refused> {
        let root = self.document().root();
        if mode.is_empty() {
            self.remove_numa_memory();
            return Ok(());
        }
        let document = self.document_mut();
        document.set(root, tune::NUMA_MODE, Some(mode.to_owned()))?;
        let is_auto = document.get(root, tune::NUMA_PLACEMENT).as_deref() == Some("auto");
        if !is_auto && document.get(root, tune::NUMA_NODES).is_none() {
            document.set(root, tune::NUMA_NODES, Some("0".to_owned()))?;
        }
        Ok(())
    }

    /// Sets the host's nodes that memory comes from; empty leaves it to the host.
    ///
    /// # Errors
    /// Where it is no list of nodes.
    pub fn set_numa_nodes(&mut self, nodes: &str) -> Result<(), Refused> {
        let root = self.document().root();
        if nodes.is_empty() {
            self.remove_numa_memory();
            return Ok(());
        }
        check_cpuset(nodes)?;
        let document = self.document_mut();
        if document.get(root, tune::NUMA_PLACEMENT).as_deref() == Some("auto") {
            document.set(root, tune::NUMA_PLACEMENT, Some("static".to_owned()))?;
        }
        document.set(root, tune::NUMA_NODES, Some(nodes.to_owned()))
    }

    /// Where the memory of single cells comes from: cell, mode, nodes of the host.
    #[must_use]
    pub fn placed_cells(&self) -> Vec<Vec<String>> {
        self.document().lines(self.child("numatune"), "memnode", MEMNODE)
    }

    /// Sets that.
    ///
    /// # Errors
    /// Where a cell comes twice or nodes are none.
    pub fn set_placed_cells(&mut self, lines: &[Vec<String>]) -> Result<(), Refused> {
        super::lines_of(lines, MEMNODE.len())?;
        for line in lines {
            check_cpuset(&line[2])?;
        }
        if lines.is_empty() && self.child("numatune").is_none() {
            return Ok(());
        }
        let tune = self.ensure("numatune")?;
        let document = self.document_mut();
        document.set_lines(tune, "memnode", MEMNODE, lines)?;
        if document.is_bare_element(tune) {
            document.remove(tune);
        }
        Ok(())
    }

    fn remove_numa_memory(&mut self) {
        let root = self.document().root();
        if let Some(node) = self.document().find(root, "numatune/memory") {
            self.document_mut().prune(node);
        }
    }

    /// Lets helpers on the host see the guest's memory, as virtiofs and vhost-user need it, or no more.
    ///
    /// # Errors
    /// Where XML cannot hold it.
    pub fn set_shared_memory(&mut self, shared: bool) -> Result<(), Refused> {
        let root = self.document().root();
        let document = self.document_mut();
        let source = document.get(root, memory::SOURCE);
        if shared {
            document.set(root, memory::ACCESS, Some("shared".to_owned()))?;
            // Anonymous memory cannot be shared.
            if source.as_deref().is_none_or(|source| source == "anonymous") {
                document.set(root, memory::SOURCE, Some("memfd".to_owned()))?;
            }
            return Ok(());
        }
        document.set(root, memory::ACCESS, None)?;
        if source.as_deref() == Some("memfd") {
            document.set(root, memory::SOURCE, None)?;
        }
        Ok(())
    }
}
