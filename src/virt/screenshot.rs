//! Pictures of what machines show. The hypervisor takes one and libvirt sends it as a stream, which is read here as it
//! comes, on a thread of the host.

use std::sync::Weak;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::i18n::tr;
use crate::model::display::image::{self, Screenshot};
use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Stream};
use crate::virt::sys;

/// The call, as the user would say it.
pub(crate) const OP: &str = "take screenshot";
/// Whoever waits for a picture is told after this time that there is none.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
/// Most bytes of a picture: three for each pixel of the largest, and its head.
const LARGEST: usize = image::LARGEST * 3 + 4096;
/// Bytes that are taken off the stream at a time; libvirt sends messages of 256 KiB.
const PIECE: usize = 256 * 1024;

/// The error of a picture that did not come in time.
pub(crate) fn too_late() -> VirtError {
    VirtError::own(Kind::Timeout, OP, tr("The machine did not answer in time."))
}

/// Takes a picture of a machine's screen, counted from 0 over its video devices (`virDomainScreenshot`). It is given up
/// between two pieces when nobody wants it any more.
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver can't, `Kind::Invalid` for a machine that is off or has no
/// screen; `Kind::Other` where what comes is no picture.
pub(crate) fn take(connection: &Connection, uuid: Uuid, screen: u32, wanted: &Weak<()>) -> Result<Screenshot> {
    // The call would wait for the hypervisor for ever.
    if connection.is_unresponsive(uuid) {
        return Err(too_late());
    }
    let domain = connection.domain(uuid, OP)?;
    // SAFETY: the connection lives; the answer is NULL or a reference of ours.
    let stream = unsafe { Handle::<Stream>::from_owned(sys::virStreamNew(connection.handle().as_ptr(), 0)) }
        .ok_or_else(|| connection.error(OP))?;
    // SAFETY: machine and stream live during the call; the answer is NULL or a string that malloc made for us.
    let format = unsafe { sys::virDomainScreenshot(domain.as_ptr(), stream.as_ptr(), screen, 0) };
    if format.is_null() {
        let error = connection.error(OP);
        if error.kind == Kind::Gone {
            connection.forget(uuid);
        }
        return Err(error);
    }
    // What it is, the picture itself tells.
    // SAFETY: not null, ours, freed once.
    unsafe { libc::free(format.cast()) };
    let begin = Instant::now();
    let data = receive(connection, &stream, || {
        wanted.strong_count() > 0 && begin.elapsed() < LIMIT
    })?;
    Screenshot::read(data).map_err(|fault| VirtError::own(Kind::Other, OP, fault.sentence()))
}

/// All bytes of a stream that blocks.
fn receive(connection: &Connection, stream: &Handle<Stream>, goes_on: impl Fn() -> bool) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut piece = vec![0_u8; PIECE];
    let error = loop {
        // SAFETY: the stream lives and blocks; the buffer has that many bytes.
        let count = unsafe { sys::virStreamRecv(stream.as_ptr(), piece.as_mut_ptr().cast(), piece.len()) };
        let received = usize::try_from(count).ok().and_then(|count| piece.get(..count));
        match received {
            None => break connection.error(OP),
            Some([]) => {
                // SAFETY: the stream lives and is at its end.
                if unsafe { sys::virStreamFinish(stream.as_ptr()) } < 0 {
                    return Err(connection.error(OP));
                }
                return Ok(data);
            }
            Some(bytes) if data.len() + bytes.len() <= LARGEST => data.extend_from_slice(bytes),
            Some(_) => break VirtError::own(Kind::Other, OP, image::Fault::TooLarge.sentence()),
        }
        if !goes_on() {
            break too_late();
        }
    };
    // SAFETY: the stream lives and is not finished.
    unsafe { sys::virStreamAbort(stream.as_ptr()) };
    Err(error)
}
