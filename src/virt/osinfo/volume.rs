//! The begin of a volume, wherever its host is: enough to tell what is on it.

use std::ffi::CString;
use std::sync::Arc;

use super::location::HEAD;
use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Stream, Volume};
use crate::virt::sys;

/// The call, as the user would say it.
pub(crate) const OP: &str = "read volume";

/// The first bytes of a volume, at most 64 KiB (`virStorageVolDownload`).
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Gone` for a path that no pool has.
pub(crate) fn head(connection: &Arc<Connection>, path: &str) -> Result<Vec<u8>> {
    let path = CString::new(path).map_err(|_| VirtError::own(Kind::Invalid, OP, ""))?;
    // SAFETY: connection and text live during the calls; the answers are NULL or references of ours.
    let (volume, stream) = unsafe {
        let volume = sys::virStorageVolLookupByPath(connection.handle().as_ptr(), path.as_ptr());
        let volume = Handle::<Volume>::from_owned(volume).ok_or_else(|| connection.error(OP))?;
        let stream = sys::virStreamNew(connection.handle().as_ptr(), 0);
        (
            volume,
            Handle::<Stream>::from_owned(stream).ok_or_else(|| connection.error(OP))?,
        )
    };
    // SAFETY: volume and stream live during the call.
    if unsafe { sys::virStorageVolDownload(volume.as_ptr(), stream.as_ptr(), 0, HEAD as u64, 0) } < 0 {
        return Err(connection.error(OP));
    }
    let mut head = vec![0_u8; HEAD];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        // SAFETY: the stream lives and blocks; the buffer has that many bytes.
        let count = unsafe { sys::virStreamRecv(stream.as_ptr(), rest.as_mut_ptr().cast(), rest.len()) };
        match usize::try_from(count) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(_) => {
                let error = connection.error(OP);
                // SAFETY: the stream lives and is not finished.
                unsafe { sys::virStreamAbort(stream.as_ptr()) };
                return Err(error);
            }
        }
    }
    // What comes after is not wanted; a stream that is not at its end can only be aborted.
    // SAFETY: the stream lives and is not finished.
    unsafe { sys::virStreamAbort(stream.as_ptr()) };
    head.truncate(filled);
    Ok(head)
}
