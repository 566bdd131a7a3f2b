//! What a host says of itself beside its capabilities.

/// What a host and the connection to it say of themselves. What a driver does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeAbout {
    /// The URI as libvirt completed it (`virConnectGetURI`).
    pub uri: Option<String>,
    /// What passes between here and there is encrypted (`virConnectIsEncrypted`).
    pub encrypted: Option<bool>,
    /// Nobody between can listen: encrypted, or a socket of this computer (`virConnectIsSecure`).
    pub secure: Option<bool>,
    /// Free pages by size and cell (`virNodeGetFreePages`).
    pub pages: Option<FreePages>,
    /// Most guests with encrypted memory that run at once (`virNodeGetSEVInfo`: SEV, and SEV-ES).
    pub sev: Option<(u64, Option<u64>)>,
}

/// Free pages of memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FreePages {
    /// Sizes in KiB, in the order of the counts.
    pub sizes_kib: Vec<u32>,
    /// One line a NUMA cell.
    pub cells: Vec<CellPages>,
}

/// Free pages of one NUMA cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellPages {
    /// Number of the cell.
    pub cell: u32,
    /// How many are free, of each size.
    pub free: Vec<u64>,
}

/// How many huge pages a cell is to have (`virNodeAllocPages`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageGoal {
    /// Number of the cell; `None` for all together.
    pub cell: Option<u32>,
    /// Size of a page in KiB.
    pub size_kib: u32,
    /// How many.
    pub count: u64,
}

impl FreePages {
    /// Free pages of a size in a cell.
    #[must_use]
    pub fn free(&self, cell: u32, size_kib: u64) -> Option<u64> {
        let at = self.sizes_kib.iter().position(|size| u64::from(*size) == size_kib)?;
        let line = self.cells.iter().find(|line| line.cell == cell)?;
        line.free.get(at).copied()
    }

    /// Free pages of a size on the whole host.
    #[must_use]
    pub fn free_everywhere(&self, size_kib: u64) -> Option<u64> {
        let each = self.cells.iter().map(|line| self.free(line.cell, size_kib));
        each.reduce(|sum, free| Some(sum?.saturating_add(free?)))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_pages_are_added_up_only_where_every_cell_tells() {
        let cell = |cell, free: &[u64]| CellPages {
            cell,
            free: free.to_vec(),
        };
        let pages = FreePages {
            sizes_kib: vec![4, 2048],
            cells: vec![cell(0, &[7, 49]), cell(1, &[19])],
        };
        assert_eq!(pages.free(0, 2048), Some(49));
        assert_eq!(pages.free_everywhere(4), Some(26));
        assert_eq!(pages.free_everywhere(2048), None);
        assert_eq!(pages.free_everywhere(8), None);
        assert_eq!(FreePages::default().free_everywhere(4), None);
    }
}
