//! The picture of one surface: shared memory that this process writes and Vireo reads.

use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};

use crate::damage::Damage;
use crate::wire::{LONGEST_SIDE, MOST_PIXELS, Rect};

/// The alpha of a pixel, in memory blue, green, red, alpha.
const OPAQUE: u32 = u32::from_ne_bytes([0, 0, 0, 0xff]);

/// A surface, where its pixels come from, and what of it Vireo does not know yet.
pub struct Surface {
    pub width: u32,
    pub height: u32,
    start: NonNull<u8>,
    source: Option<Source>,
    pub damage: Damage,
    /// Vireo has not drawn yet what it was told last.
    pub drawing: bool,
    /// The copy is due when the main loop has nothing better to do.
    pub scheduled: bool,
    /// When the oldest damage came, in microseconds of GLib's clock.
    pub since: Option<i64>,
}

/// The frame buffer of a back end.
#[derive(Clone, Copy)]
struct Source {
    start: *const u8,
    stride: usize,
}

impl Surface {
    /// Whether a surface may have this size.
    pub fn fits(width: u32, height: u32) -> bool {
        width > 0
            && height > 0
            && width <= LONGEST_SIDE
            && height <= LONGEST_SIDE
            && u64::from(width) * u64::from(height) <= MOST_PIXELS
    }

    /// Makes the memory of a surface whose size fits; the descriptor is for Vireo.
    pub fn new(width: u32, height: u32) -> rustix::io::Result<(Self, OwnedFd)> {
        let length = width as usize * 4 * height as usize;
        let descriptor = rustix::fs::memfd_create("picture", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        rustix::fs::ftruncate(&descriptor, length as u64)?;
        rustix::fs::fcntl_add_seals(&descriptor, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        // SAFETY: a new mapping at a place that the kernel chooses.
        let start = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                descriptor.as_fd(),
                0,
            )
        }?;
        let start: NonNull<u8> = NonNull::new(start.cast()).ok_or(rustix::io::Errno::NOMEM)?;
        // SAFETY: mapped just now with this length, a multiple of four at the start of a page; nobody else has it yet.
        unsafe { std::slice::from_raw_parts_mut(start.as_ptr().cast::<u32>(), length / 4) }.fill(OPAQUE);
        let surface = Self {
            width,
            height,
            start,
            source: None,
            damage: Damage::default(),
            drawing: false,
            scheduled: false,
            since: None,
        };
        Ok((surface, descriptor))
    }

    pub fn stride(&self) -> u32 {
        self.width * 4
    }

    /// # Safety
    /// `start` must stay readable for `stride` bytes a row, until it is replaced or cleared.
    pub unsafe fn set_source(&mut self, start: *const u8, stride: usize) {
        self.source = (stride >= self.stride() as usize).then_some(Source { start, stride });
    }

    pub fn clear_source(&mut self) {
        self.source = None;
    }

    pub fn has_source(&self) -> bool {
        self.source.is_some()
    }

    /// Copies a part of the source, opaque. The part must lie inside.
    pub fn copy(&mut self, rect: &Rect) {
        let Some(source) = self.source else { return };
        let stride = self.stride() as usize;
        let length = rect.width as usize * 4;
        for row in rect.y as usize..(rect.y + rect.height) as usize {
            let offset = rect.x as usize * 4;
            // SAFETY: the part lies inside the surface; the source has as many rows of at least that length, as whoever set
            // it has promised. The two are different memory, and nothing else borrows from either on this only thread.
            let (from, to) = unsafe {
                (
                    std::slice::from_raw_parts(source.start.add(row * source.stride + offset), length),
                    std::slice::from_raw_parts_mut(self.start.as_ptr().add(row * stride + offset), length),
                )
            };
            for (to, from) in to.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<4>().0) {
                *to = (u32::from_ne_bytes(*from) | OPAQUE).to_ne_bytes();
            }
        }
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        let length = self.stride() as usize * self.height as usize;
        // SAFETY: mapped by `new` with this length, and nothing borrows from it.
        if let Err(error) = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), length) } {
            eprintln!("vireo-display: a surface stays mapped: {error}");
        }
    }
}
