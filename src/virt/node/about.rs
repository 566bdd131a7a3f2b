//! The connection, pages of memory, what the capabilities say word for word.

use std::ffi::{c_char, c_uint};
use std::ptr;

use crate::model::node::{CellPages, FreePages, NodeAbout, PageGoal};
use crate::virt::connection::{Connection, Result};
use crate::virt::facts::owned;
use crate::virt::params::{self, Value};
use crate::virt::sys;

const OP: &str = "read facts";
/// Cells and sizes of pages that are asked for at most.
const MOST: usize = 1024;

/// What the host says of itself. Asks again for what a page shows as it is now: `cells` are the numbers of the NUMA cells,
/// `sizes` the sizes of pages in KiB, as the capabilities tell them.
///
/// # Errors
/// Where the connection is lost; a call that the driver has not is `None`.
pub(crate) fn about(connection: &Connection, cells: &[u32], sizes: &[u32]) -> Result<NodeAbout> {
    let handle = connection.handle();
    // SAFETY: the connection lives; the answer is NULL or a string of ours.
    let uri = unsafe { owned(connection, sys::virConnectGetURI(handle.as_ptr()), OP) }?;
    // SAFETY: the connection lives.
    let (encrypted, secure) = unsafe {
        (
            sys::virConnectIsEncrypted(handle.as_ptr()),
            sys::virConnectIsSecure(handle.as_ptr()),
        )
    };
    let told = |answer: i32| (answer >= 0).then_some(answer != 0);
    Ok(NodeAbout {
        uri: Some(uri),
        encrypted: told(encrypted),
        secure: told(secure),
        pages: free_pages(connection, cells, sizes),
        sev: sev(connection),
    })
}

/// Free pages, cell by cell: a cell without memory makes the call for all of them fail.
fn free_pages(connection: &Connection, cells: &[u32], sizes: &[u32]) -> Option<FreePages> {
    let sizes = &sizes[..sizes.len().min(MOST)];
    if sizes.is_empty() {
        return None;
    }
    let cells = cells.iter().take(MOST).filter_map(|cell| {
        let mut asked: Vec<c_uint> = sizes.to_vec();
        let mut counts = vec![0; sizes.len()];
        // SAFETY: the connection lives; both arrays have `len` places, for one cell.
        let filled = unsafe {
            sys::virNodeGetFreePages(
                connection.handle().as_ptr(),
                c_uint::try_from(asked.len()).ok()?,
                asked.as_mut_ptr(),
                i32::try_from(*cell).ok()?,
                1,
                counts.as_mut_ptr(),
                0,
            )
        };
        (filled >= 0).then_some(CellPages {
            cell: *cell,
            free: counts,
        })
    });
    let cells: Vec<CellPages> = cells.collect();
    (!cells.is_empty()).then(|| FreePages {
        sizes_kib: sizes.to_vec(),
        cells,
    })
}

fn sev(connection: &Connection) -> Option<(u64, Option<u64>)> {
    let mut raw: sys::virTypedParameterPtr = ptr::null_mut();
    let mut count = 0;
    // SAFETY: the connection lives; the answer is an array of ours, freed once after it was copied.
    unsafe {
        if sys::virNodeGetSEVInfo(connection.handle().as_ptr(), &raw mut raw, &raw mut count, 0) < 0 {
            return None;
        }
        let (mut plain, mut state) = (None, None);
        params::for_each(raw, count, |name, value: Value| match name {
            "max-guests" => plain = value.counter(),
            "max-es-guests" => state = value.counter(),
            _ => {}
        });
        sys::virTypedParamsFree(raw, count);
        Some((plain?, state))
    }
}

/// Gives a cell, or the whole host, so many huge pages of a size (`virNodeAllocPages`). The kernel may find room for fewer:
/// read them again.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn alloc_pages(connection: &Connection, goal: PageGoal) -> Result<()> {
    const OP: &str = "set apart huge pages";
    let (mut size, mut count) = (goal.size_kib, goal.count);
    let start = goal.cell.map_or(-1, |cell| i32::try_from(cell).unwrap_or(-1));
    // SAFETY: the connection lives; one size, one count, one cell (or -1 for all).
    let made = unsafe {
        sys::virNodeAllocPages(
            connection.handle().as_ptr(),
            1,
            &raw mut size,
            &raw mut count,
            start,
            1,
            sys::VIR_NODE_ALLOC_PAGES_SET,
        )
    };
    if made < 0 {
        return Err(connection.error(OP));
    }
    Ok(())
}

/// The capabilities as the host wrote them (`virConnectGetCapabilities`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn capabilities_xml(connection: &Connection) -> Result<String> {
    // SAFETY: the connection lives; the answer is NULL or a string of ours.
    unsafe {
        let raw: *mut c_char = sys::virConnectGetCapabilities(connection.handle().as_ptr());
        owned(connection, raw, OP)
    }
}
