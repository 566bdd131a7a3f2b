//! The functions that libvirt calls. Each copies its arguments, queues an owned event and returns; no call of libvirt but
//! the getters of the lent object. None lets a panic out.

use std::ffi::{CStr, c_char, c_int, c_longlong, c_uint, c_ulonglong, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use uuid::Uuid;

use super::CloseReason;
use super::registry::{self, Hub};
use crate::model::event::{DomainNews, HostEvent, Lifecycle, ObjectKind};
use crate::model::key::DomainKey;
use crate::virt::sys;

/// In place of libvirt's event number where there is none.
const CONTENT: c_int = -1;

type Text = *const c_char;

/// Runs `body` for those that `opaque` stands for, if anybody still listens.
fn guarded(opaque: *mut c_void, body: impl FnOnce(&Hub)) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        if let Some(hub) = registry::find(opaque) {
            body(&hub);
        }
    }));
    if outcome.is_err() {
        tracing::error!("an event callback panicked");
    }
}

/// A copy of a string that libvirt lends; `None` for NULL.
fn text(lent: Text) -> Option<String> {
    // SAFETY: libvirt lends NULL or a terminated string for the time of the callback.
    (!lent.is_null()).then(|| unsafe { CStr::from_ptr(lent) }.to_string_lossy().into_owned())
}

/// `virDomainGetUUID`
fn domain_uuid(domain: sys::virDomainPtr) -> Option<Uuid> {
    let mut bytes = [0; 16];
    // SAFETY: a lent domain is live; the buffer has VIR_UUID_BUFLEN bytes.
    (!domain.is_null() && unsafe { sys::virDomainGetUUID(domain, bytes.as_mut_ptr()) } == 0)
        .then(|| Uuid::from_bytes(bytes))
}

/// Queues news of a machine.
fn domain_news(domain: sys::virDomainPtr, opaque: *mut c_void, news: impl FnOnce() -> DomainNews) {
    guarded(opaque, |hub| {
        let Some(uuid) = domain_uuid(domain) else { return };
        let news = news();
        hub.each(|target| {
            target.push(|host, seq| HostEvent::Domain {
                key: DomainKey::new(host, uuid),
                seq,
                news: news.clone(),
            });
        });
    });
}

/// Queues news of something else.
fn object_news(
    opaque: *mut c_void,
    kind: ObjectKind,
    event: c_int,
    detail: c_int,
    name: impl FnOnce() -> Option<String>,
) {
    guarded(opaque, |hub| {
        let Some(name) = name() else { return };
        hub.each(|target| {
            target.push(|host, _| HostEvent::Object {
                host,
                kind,
                name: name.clone(),
                event,
                detail,
            });
        });
    });
}

/// `virFreeCallback`: runs on whichever thread deregisters, under libvirt's locks.
pub(super) unsafe extern "C" fn free(opaque: *mut c_void) {
    if catch_unwind(|| registry::remove(opaque.addr())).is_err() {
        tracing::error!("forgetting a subscription panicked");
    }
}

/// `virConnectCloseFunc`
pub(super) unsafe extern "C" fn closed(_: sys::virConnectPtr, reason: c_int, opaque: *mut c_void) {
    guarded(opaque, |hub| {
        hub.each(|target| (target.closed)(CloseReason::from_raw(reason)))
    });
}

unsafe extern "C" fn lifecycle(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    event: c_int,
    detail: c_int,
    opaque: *mut c_void,
) -> c_int {
    guarded(opaque, |hub| {
        let Some(uuid) = domain_uuid(domain) else { return };
        // SAFETY: a lent domain is live; its name lives as long.
        let (name, id) = unsafe { (text(sys::virDomainGetName(domain)), sys::virDomainGetID(domain)) };
        hub.each(|target| {
            target.push(|host, seq| HostEvent::Lifecycle {
                key: DomainKey::new(host, uuid),
                seq,
                name: name.clone().unwrap_or_default(),
                // (unsigned) −1 stands for off.
                id: (id != u32::MAX).then_some(id),
                change: Lifecycle::from_raw(event),
                detail,
            });
        });
    });
    0
}

/// Callbacks about a machine: the arguments between the machine and the opaque pointer, and the news made of them.
macro_rules! domain_callbacks {
    ($($name:ident($($arg:ident: $type:ty),*) $news:expr;)*) => {
        $(unsafe extern "C" fn $name(
            _: sys::virConnectPtr,
            domain: sys::virDomainPtr,
            $($arg: $type,)*
            opaque: *mut c_void,
        ) {
            domain_news(domain, opaque, || $news);
        })*
    };
}

domain_callbacks! {
    rebooted() DomainNews::Rebooted;
    clock_changed(offset: c_longlong) DomainNews::ClockChanged(offset);
    watchdog(action: c_int) DomainNews::Watchdog(action);
    io_error(source: Text, device: Text, action: c_int) DomainNews::IoError {
        source: text(source).unwrap_or_default(),
        device: text(device).unwrap_or_default(),
        action,
        reason: String::new(),
    };
    io_error_reason(source: Text, device: Text, action: c_int, reason: Text) DomainNews::IoError {
        source: text(source).unwrap_or_default(),
        device: text(device).unwrap_or_default(),
        action,
        reason: text(reason).unwrap_or_default(),
    };
    graphics(
        phase: c_int,
        _local: *const c_void,
        _remote: *const c_void,
        _scheme: Text,
        _subject: *const c_void
    ) DomainNews::Graphics { phase };
    control_error() DomainNews::ControlError;
    block_job(disk: Text, kind: c_int, status: c_int) DomainNews::BlockJob {
        disk: text(disk).unwrap_or_default(),
        kind,
        status,
    };
    disk_changed(_old: Text, new: Text, device: Text, reason: c_int) DomainNews::DiskChanged {
        device: text(device).unwrap_or_default(),
        source: text(new),
        reason,
    };
    tray_changed(device: Text, reason: c_int) DomainNews::TrayChanged {
        device: text(device).unwrap_or_default(),
        reason,
    };
    pm_wakeup(_reason: c_int) DomainNews::PmWakeup;
    pm_suspend(_reason: c_int) DomainNews::PmSuspend;
    pm_suspend_disk(_reason: c_int) DomainNews::PmSuspendDisk;
    balloon_changed(size_kib: c_ulonglong) DomainNews::BalloonChanged(size_kib);
    device_removed(alias: Text) DomainNews::DeviceRemoved(text(alias).unwrap_or_default());
    device_added(alias: Text) DomainNews::DeviceAdded(text(alias).unwrap_or_default());
    device_removal_failed(alias: Text) DomainNews::DeviceRemovalFailed(text(alias).unwrap_or_default());
    tunable(_params: *mut c_void, _count: c_int) DomainNews::Tunable;
    agent_lifecycle(state: c_int, _reason: c_int) DomainNews::AgentLifecycle { state };
    migration_iteration(iteration: c_int) DomainNews::MigrationIteration(iteration);
    job_completed(_params: *mut c_void, _count: c_int) DomainNews::JobCompleted;
    metadata_changed(kind: c_int, uri: Text) DomainNews::MetadataChanged { kind, uri: text(uri) };
    block_threshold(device: Text, _path: Text, _threshold: c_ulonglong, _excess: c_ulonglong)
        DomainNews::BlockThreshold { device: text(device).unwrap_or_default() };
    memory_failure(_recipient: c_int, _action: c_int, _flags: c_uint) DomainNews::MemoryFailure;
    memory_device_size_changed(alias: Text, size_kib: c_ulonglong) DomainNews::MemoryDeviceSizeChanged {
        alias: text(alias).unwrap_or_default(),
        size_kib,
    };
}

/// The callback for a `virDomainEventID` (libvirt 9.0), in the shape that registration takes.
pub(super) fn domain(id: c_int) -> sys::virConnectDomainEventGenericCallback {
    let callback = match id {
        0 => lifecycle as *const (),
        1 => rebooted as *const (),
        2 => clock_changed as *const (),
        3 => watchdog as *const (),
        4 => io_error as *const (),
        5 => graphics as *const (),
        6 => io_error_reason as *const (),
        7 => control_error as *const (),
        8 | 16 => block_job as *const (),
        9 => disk_changed as *const (),
        10 => tray_changed as *const (),
        11 => pm_wakeup as *const (),
        12 => pm_suspend as *const (),
        13 => balloon_changed as *const (),
        14 => pm_suspend_disk as *const (),
        15 => device_removed as *const (),
        17 => tunable as *const (),
        18 => agent_lifecycle as *const (),
        19 => device_added as *const (),
        20 => migration_iteration as *const (),
        21 => job_completed as *const (),
        22 => device_removal_failed as *const (),
        23 => metadata_changed as *const (),
        24 => block_threshold as *const (),
        25 => memory_failure as *const (),
        26 => memory_device_size_changed as *const (),
        _ => return None,
    };
    // SAFETY: libvirt casts back to the signature of the event id, which is the callback's own (see libvirt-domain.h).
    Some(unsafe {
        std::mem::transmute::<*const (), unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, *mut c_void)>(
            callback,
        )
    })
}

/// Callbacks of other objects: one with event and detail, one without, and the function that gives them in the shape that
/// registration takes.
macro_rules! object_callbacks {
    ($choose:ident, $lifecycle:ident, $content:ident, $kind:ident, $pointer:ident, $generic:ident, $name:expr) => {
        unsafe extern "C" fn $lifecycle(
            _: sys::virConnectPtr,
            object: sys::$pointer,
            event: c_int,
            detail: c_int,
            opaque: *mut c_void,
        ) {
            object_news(opaque, ObjectKind::$kind, event, detail, || $name(object));
        }

        unsafe extern "C" fn $content(_: sys::virConnectPtr, object: sys::$pointer, opaque: *mut c_void) {
            object_news(opaque, ObjectKind::$kind, CONTENT, 0, || $name(object));
        }

        /// The callback for an event id: 0 is the lifecycle, 1 a change of what the object holds.
        pub(super) fn $choose(id: c_int) -> sys::$generic {
            match id {
                // SAFETY: libvirt casts back to the signature of the event id, which is the callback's own.
                0 => Some(unsafe {
                    std::mem::transmute::<*const (), unsafe extern "C" fn(sys::virConnectPtr, sys::$pointer, *mut c_void)>(
                        $lifecycle as *const (),
                    )
                }),
                1 => Some($content),
                _ => None,
            }
        }
    };
}

/// A copy of a name, given the function that reads it.
fn name_of<T>(object: *mut T, read: unsafe extern "C" fn(*mut T) -> Text) -> Option<String> {
    if object.is_null() {
        return None;
    }
    // SAFETY: a lent object is live, and its name lives as long.
    text(unsafe { read(object) })
}

fn secret_name(secret: sys::virSecretPtr) -> Option<String> {
    let mut bytes = [0; 16];
    // SAFETY: a lent secret is live; the buffer has VIR_UUID_BUFLEN bytes.
    (!secret.is_null() && unsafe { sys::virSecretGetUUID(secret, bytes.as_mut_ptr()) } == 0)
        .then(|| Uuid::from_bytes(bytes).to_string())
}

object_callbacks!(
    network,
    network_lifecycle,
    network_content,
    Network,
    virNetworkPtr,
    virConnectNetworkEventGenericCallback,
    |object| name_of(object, sys::virNetworkGetName)
);
object_callbacks!(
    pool,
    pool_lifecycle,
    pool_refreshed,
    StoragePool,
    virStoragePoolPtr,
    virConnectStoragePoolEventGenericCallback,
    |object| name_of(object, sys::virStoragePoolGetName)
);
object_callbacks!(
    device,
    device_lifecycle,
    device_updated,
    NodeDevice,
    virNodeDevicePtr,
    virConnectNodeDeviceEventGenericCallback,
    |object| name_of(object, sys::virNodeDeviceGetName)
);
object_callbacks!(
    secret,
    secret_lifecycle,
    secret_value_changed,
    Secret,
    virSecretPtr,
    virConnectSecretEventGenericCallback,
    secret_name
);
