//! The database, and what of it becomes our own values.

use std::cell::OnceCell;
use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::Arc;

use glib::Object;
use glib::gobject_ffi::GObject;

use super::entity::{flag, id, items, lent, number, owned, raw, text, texts};
use super::ffi;
use crate::model::os::{Amounts, Firmware, Offer, Os, Resources, Script, catalogue};

/// The database. Not `Send`: it stays on its thread.
pub(super) struct Database {
    /// Keeps `db`.
    _loader: Object,
    db: Object,
    all: OnceCell<Arc<[Os]>>,
}

impl Database {
    /// Reads it; `None` where it is not installed or can't be read.
    pub(super) fn load() -> Option<Self> {
        // SAFETY: a new loader, ours; the error is ours and freed by `from_glib_full`; the database belongs to the loader.
        unsafe {
            let loader = owned(ffi::osinfo_loader_new())?;
            let mut error = ptr::null_mut();
            ffi::osinfo_loader_process_default_path(raw(&loader), &raw mut error);
            if !error.is_null() {
                let error: glib::Error = glib::translate::from_glib_full(error);
                // What was read until then is there all the same.
                tracing::warn!(%error, "the database of operating systems could not be read whole");
            }
            let db = lent(ffi::osinfo_loader_get_db(raw(&loader)))?;
            let database = Self {
                _loader: loader,
                db,
                all: OnceCell::new(),
            };
            (!database.entities().is_empty()).then_some(database)
        }
    }

    /// The object of the library.
    pub(super) fn raw(&self) -> *mut GObject {
        raw(&self.db)
    }

    fn entities(&self) -> Vec<Object> {
        // SAFETY: the database lives; the list is ours.
        items(unsafe { owned(ffi::osinfo_db_get_os_list(self.raw())) })
    }

    /// An operating system by its identity.
    pub(super) fn os(&self, wanted: &str) -> Option<Object> {
        let wanted = CString::new(wanted).ok()?;
        // SAFETY: the database and the text live; the answer is NULL or kept by the database.
        unsafe { lent(ffi::osinfo_db_get_os(self.raw(), wanted.as_ptr())) }
    }

    /// All of them as values, made once.
    pub(super) fn all(&self) -> Arc<[Os]> {
        let all = self.all.get_or_init(|| {
            let mut all: Vec<Os> = self.entities().iter().map(system).collect();
            catalogue::sort(&mut all);
            all.into()
        });
        Arc::clone(all)
    }
}

/// A list that belongs to an operating system.
fn part(os: &Object, of: unsafe extern "C" fn(*mut GObject) -> *mut GObject) -> Vec<Object> {
    // SAFETY: `of` is a getter of an operating system, which `os` is; the list is ours.
    items(unsafe { owned(of(raw(os))) })
}

fn system(os: &Object) -> Os {
    let status = text(os, c"release-status");
    // SAFETY: an operating system, no filter; the lists are ours.
    let (devices, firmware) = unsafe {
        (
            items(owned(ffi::osinfo_os_get_all_devices(raw(os), ptr::null_mut()))),
            items(owned(ffi::osinfo_os_get_complete_firmware_list(
                raw(os),
                ptr::null_mut(),
            ))),
        )
    };
    Os {
        id: id(os),
        short_id: text(os, c"short-id").unwrap_or_default(),
        name: text(os, c"name").unwrap_or_default(),
        version: text(os, c"version"),
        codename: text(os, c"codename"),
        family: text(os, c"family").unwrap_or_default(),
        distro: text(os, c"distro").unwrap_or_default(),
        vendor: text(os, c"vendor"),
        released: text(os, c"release-date"),
        ends: text(os, c"eol-date"),
        unstable: status.is_some_and(|status| status != "released"),
        resources: resources(os),
        devices: devices.iter().map(id).collect(),
        firmware: firmware.iter().map(self::firmware).collect(),
        scripts: part(os, ffi::osinfo_os_get_install_script_list)
            .iter()
            .map(script)
            .collect(),
        images: part(os, ffi::osinfo_os_get_image_list)
            .iter()
            .filter_map(offer)
            .collect(),
        trees: part(os, ffi::osinfo_os_get_tree_list)
            .iter()
            .filter_map(offer)
            .collect(),
        media: part(os, ffi::osinfo_os_get_media_list)
            .iter()
            .filter_map(offer)
            .collect(),
        cloud_user: text(os, c"cloud-image-username"),
        url_argument: text(os, c"kernel-url-argument"),
    }
}

fn resources(os: &Object) -> Vec<Resources> {
    let mut found: Vec<Resources> = Vec::new();
    let mut take = |list: Vec<Object>, place: fn(&mut Resources) -> &mut Amounts| {
        for entity in list {
            let arch = text(&entity, c"architecture").unwrap_or_else(|| "all".into());
            let at = found.iter().position(|one| one.arch == arch).unwrap_or_else(|| {
                found.push(Resources {
                    arch,
                    ..Resources::default()
                });
                found.len() - 1
            });
            *place(&mut found[at]) = Amounts {
                memory: number(&entity, c"ram").filter(|bytes| *bytes > 0),
                cpus: number(&entity, c"n-cpus")
                    .and_then(|count| u32::try_from(count).ok())
                    .filter(|count| *count > 0),
                storage: number(&entity, c"storage").filter(|bytes| *bytes > 0),
            };
        }
    };
    take(part(os, ffi::osinfo_os_get_minimum_resources), |one| &mut one.minimum);
    take(part(os, ffi::osinfo_os_get_recommended_resources), |one| {
        &mut one.recommended
    });
    take(part(os, ffi::osinfo_os_get_network_install_resources), |one| {
        &mut one.network_install
    });
    found
}

fn firmware(entity: &Object) -> Firmware {
    Firmware {
        arch: text(entity, c"architecture").unwrap_or_default(),
        kind: text(entity, c"type").unwrap_or_default(),
        supported: flag(entity, c"supported").unwrap_or(true),
    }
}

fn script(entity: &Object) -> Script {
    // SAFETY: a script; its parameters are kept by it.
    let asks = items(unsafe { lent(ffi::osinfo_install_script_get_config_params(raw(entity))) });
    let asks: Vec<(String, bool)> = asks.iter().map(|param| (id(param), required(param))).collect();
    Script {
        id: id(entity),
        profile: text(entity, c"profile").unwrap_or_default(),
        injection: texts(entity, c"injection-method"),
        needs_key: asks
            .iter()
            .any(|(name, required)| name == "reg-product-key" && *required),
        needs_internet: flag(entity, c"needs-internet").unwrap_or(false),
        asks,
    }
}

fn required(param: &Object) -> bool {
    // SAFETY: a parameter of a script.
    unsafe { ffi::osinfo_install_config_param_is_required(raw(param)) != 0 }
}

/// Something with an address.
fn offer(entity: &Object) -> Option<Offer> {
    let yes = |key: &CStr| flag(entity, key).unwrap_or(false);
    Some(Offer {
        url: text(entity, c"url")?,
        arch: text(entity, c"architecture").unwrap_or_default(),
        variant: text(entity, c"variant").or_else(|| text(entity, c"format")),
        cloud_init: yes(c"cloud-init"),
        kernel: text(entity, c"kernel"),
        initrd: text(entity, c"initrd"),
        live: yes(c"live"),
    })
}
