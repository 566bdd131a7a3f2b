//! Files that are copied into the guest by its agent.

use std::cell::Cell;
use std::ffi::c_int;
use std::path::Path;
use std::rc::{Rc, Weak};

use gio::prelude::*;
use glib::ffi::gpointer;
use glib::translate::{FromGlibPtrFull, ToGlibPtr};
use spice_client_glib::ffi;

use super::Spice;
use crate::wire::News;

/// Progress is told this often, in microseconds.
const PACE: i64 = 100_000;

/// A transfer that runs.
#[derive(Debug)]
pub struct Transfer {
    cancellable: gio::Cancellable,
}

/// What the library's callbacks are given. Freed by the last one.
struct Context {
    spice: Weak<Spice>,
    id: u64,
    told: Cell<i64>,
}

unsafe extern "C" fn progressed(done: i64, total: i64, data: gpointer) {
    // SAFETY: `data` is the context of `send_files`, which only `finished` frees, after which the library does not call this.
    let context = unsafe { &*data.cast_const().cast::<Context>() };
    let now = glib::monotonic_time();
    if done < total && now - context.told.get() < PACE {
        return;
    }
    context.told.set(now);
    if let Some(spice) = context.spice.upgrade()
        && spice.transfers.borrow().contains_key(&context.id)
    {
        spice.tell(News::FilesProgress {
            id: context.id,
            done: done.max(0).cast_unsigned(),
            total: total.max(0).cast_unsigned(),
        });
    }
}

unsafe extern "C" fn finished(
    channel: *mut glib::gobject_ffi::GObject,
    result: *mut gio::ffi::GAsyncResult,
    data: gpointer,
) {
    // SAFETY: the box of `send_files`; the library calls this once, as the last one.
    let context = unsafe { Box::from_raw(data.cast::<Context>()) };
    let mut error = std::ptr::null_mut();
    // SAFETY: the source of this result is the channel that was asked, and `error` is ours to free.
    let error: Option<glib::Error> = unsafe {
        ffi::spice_main_channel_file_copy_finish(channel.cast(), result, &mut error);
        (!error.is_null()).then(|| glib::Error::from_glib_full(error))
    };
    if let Some(spice) = context.spice.upgrade() {
        spice.transfer_done(context.id, error.map(|error| error.message().to_owned()));
    }
}

impl Spice {
    pub(super) fn send_files(self: &Rc<Self>, id: u64, paths: &[String]) {
        if let Err(error) = self.begin_transfer(id, paths) {
            self.tell(News::FilesDone { id, error: Some(error) });
        }
    }

    fn begin_transfer(self: &Rc<Self>, id: u64, paths: &[String]) -> Result<(), String> {
        let main = self.main().filter(|_| self.abilities.get().files);
        let main = main.ok_or("the agent in the guest takes no files")?;
        if paths.is_empty() || self.transfers.borrow().contains_key(&id) {
            return Err("no files".to_owned());
        }
        for path in paths {
            let kind = std::fs::metadata(path).map_err(|error| format!("{path}: {error}"))?;
            // The library would send a folder as an empty file.
            if !kind.is_file() {
                return Err(format!("{path}: not a regular file"));
            }
        }
        let files: Vec<gio::File> = paths.iter().map(|path| gio::File::for_path(Path::new(path))).collect();
        let mut pointers: Vec<*mut gio::ffi::GFile> = files.iter().map(|file| file.to_glib_none().0).collect();
        pointers.push(std::ptr::null_mut());
        let cancellable = gio::Cancellable::new();
        let context = Box::new(Context {
            spice: Rc::downgrade(self),
            id,
            told: Cell::new(0),
        });
        let context: gpointer = Box::into_raw(context).cast();
        let transfer = Transfer {
            cancellable: cancellable.clone(),
        };
        // Before the call: it may finish at once.
        self.transfers.borrow_mut().insert(id, transfer);
        let flags: c_int = 0;
        // SAFETY: the array ends with a null pointer and lives as long as the call, in which the library takes references of its
        // own; the context lives until `finished`. All callbacks come on this thread, that of the main context.
        unsafe {
            ffi::spice_main_channel_file_copy_async(
                main.to_glib_none().0,
                pointers.as_mut_ptr(),
                flags.cast_unsigned(),
                cancellable.to_glib_none().0,
                Some(progressed),
                context,
                Some(finished),
                context,
            );
        }
        Ok(())
    }

    /// Tells the end of a transfer, once.
    fn transfer_done(&self, id: u64, error: Option<String>) {
        if self.transfers.borrow_mut().remove(&id).is_some() {
            self.tell(News::FilesDone { id, error });
        }
    }

    pub(super) fn cancel_files(&self, id: u64) {
        let cancellable = self
            .transfers
            .borrow()
            .get(&id)
            .map(|transfer| transfer.cancellable.clone());
        if let Some(cancellable) = cancellable {
            cancellable.cancel();
            // The library itself tells only when the agent speaks the next time, which may be never.
            self.transfer_done(id, Some("given up".to_owned()));
        }
    }
}
