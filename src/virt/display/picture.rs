//! The picture of a surface: memory that the helper writes and this program reads.

use std::fmt;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;

use rustix::fs::SealFlags;
use rustix::mm::{MapFlags, ProtFlags};

use crate::model::display::wire::{LONGEST_SIDE, MOST_PIXELS};

/// `TMPFS_MAGIC` of `statfs(2)`: memory of `memfd_create` in pages of the usual size.
const TMPFS: rustix::fs::FsWord = 0x0102_1994;

/// The picture of a surface; cheap to clone. Its pixels are blue, green, red and an alpha of 255, and change while the helper
/// writes: between [`News::Damage`](crate::model::display::wire::News::Damage) and
/// [`Request::Drawn`](crate::model::display::wire::Request::Drawn) it does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    memory: Arc<Mapping>,
    width: u32,
    height: u32,
    stride: u32,
}

impl Picture {
    /// Maps the memory of a surface.
    ///
    /// # Errors
    /// The sizes don't fit together or exceed the bounds, the memory is too small or its size could change, or it can't be
    /// mapped.
    pub(super) fn map(descriptor: &OwnedFd, width: u32, height: u32, stride: u32) -> io::Result<Self> {
        let invalid = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what.to_owned()));
        if width == 0 || height == 0 || width > LONGEST_SIDE || height > LONGEST_SIDE {
            return invalid("a surface has an impossible size");
        }
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return invalid("a surface is too large");
        }
        if stride < width * 4 || stride > width * 4 + 256 || !stride.is_multiple_of(4) {
            return invalid("a surface has rows of an impossible length");
        }
        // Huge pages could run out when they are touched.
        if rustix::fs::fstatfs(descriptor)?.f_type != TMPFS {
            return invalid("the memory of a surface is of another kind");
        }
        let needed = SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        if !rustix::fs::fcntl_get_seals(descriptor)?.contains(needed) {
            return invalid("the memory of a surface is not sealed");
        }
        let length = stride as usize * height as usize;
        if usize::try_from(rustix::fs::fstat(descriptor)?.st_size).is_ok_and(|size| size < length) {
            return invalid("the memory of a surface is too small");
        }
        Ok(Self {
            memory: Arc::new(Mapping::new(descriptor, length)?),
            width,
            height,
            stride,
        })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes of a row.
    #[must_use]
    pub fn stride(&self) -> u32 {
        self.stride
    }

    /// `rows` rows from `y` on, as far as there are any: the shared memory itself, without a copy. It keeps the picture alive.
    #[must_use]
    pub fn strip(&self, y: u32, rows: u32) -> glib::Bytes {
        let stride = self.stride as usize;
        let start = y.min(self.height);
        let end = start.saturating_add(rows).min(self.height);
        glib::Bytes::from_owned(Strip {
            memory: Arc::clone(&self.memory),
            range: start as usize * stride..end as usize * stride,
        })
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}

struct Strip {
    memory: Arc<Mapping>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Strip {
    fn as_ref(&self) -> &[u8] {
        &self.memory.bytes()[self.range.clone()]
    }
}

/// Shared memory, read only.
#[derive(PartialEq, Eq)]
struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: the memory is only read, and unmapped by the last owner.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(descriptor: &OwnedFd, length: usize) -> io::Result<Self> {
        // SAFETY: a new mapping at a place that the kernel chooses; its size is sealed, so that no access can fault.
        let start = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ,
                MapFlags::SHARED,
                descriptor.as_fd(),
                0,
            )
        }?;
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, length })
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: mapped for as long as `self` lives, and every byte is a valid `u8` whatever the helper writes. That it may
        // write at any time is why these bytes are only ever copied or drawn, never decided upon.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length; nobody borrows from it any more.
        if let Err(error) = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.length) } {
            tracing::warn!(%error, "the memory of a picture could not be unmapped");
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::MemfdFlags;

    use super::*;

    fn memory(size: u64, seals: SealFlags) -> OwnedFd {
        let descriptor =
            rustix::fs::memfd_create("test", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).expect("memory");
        rustix::fs::ftruncate(&descriptor, size).expect("a size");
        rustix::fs::fcntl_add_seals(&descriptor, seals).expect("seals");
        descriptor
    }

    const ALL: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

    #[test]
    fn a_strip_is_the_memory_itself() {
        let descriptor = memory(16 * 4, ALL);
        let picture = Picture::map(&descriptor, 4, 4, 16).expect("mapped");
        rustix::io::pwrite(&descriptor, &[7; 16], 16).expect("written");
        assert_eq!(&*picture.strip(1, 1), &[7; 16]);
        assert_eq!(picture.strip(0, 2).len(), 32);
        assert_eq!(picture.strip(3, 100).len(), 16);
        assert!(picture.strip(4, 1).is_empty());
        assert!(picture.strip(u32::MAX, u32::MAX).is_empty());
    }

    #[test]
    fn memory_that_could_shrink_under_us_is_refused() {
        assert!(Picture::map(&memory(64, SealFlags::GROW), 4, 4, 16).is_err());
        assert!(Picture::map(&memory(63, ALL), 4, 4, 16).is_err());
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let descriptor = memory(4096, ALL);
        for (width, height, stride) in [
            (0, 4, 16),
            (4, 0, 16),
            (4, 4, 12),
            (4, 4, 18),
            (4, 4, 4096),
            (LONGEST_SIDE, LONGEST_SIDE, LONGEST_SIDE * 4),
            (u32::MAX, 1, 0),
            (1 << 30, 1, 0),
        ] {
            assert!(
                Picture::map(&descriptor, width, height, stride).is_err(),
                "{width}×{height}"
            );
        }
    }
}
