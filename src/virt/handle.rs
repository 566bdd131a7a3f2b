//! Owned references to libvirt's objects.
//!
//! libvirt counts references; the last `…Free` of a connection closes it, which is a network round trip. So handles live
//! and die on the threads of their host and never reach the main thread.

use std::fmt;
use std::ptr::NonNull;

use crate::virt::sys;

/// A reference-counted object of libvirt.
///
/// # Safety
/// `reference` and `release` must be the pair that libvirt documents for `Raw`, and the object must be usable from any
/// thread (libvirt's objects are: lockable, with atomic counts).
pub(crate) unsafe trait VirObject {
    /// The C structure.
    type Raw;
    /// Takes one more reference.
    ///
    /// # Safety
    /// `raw` must be a live object.
    unsafe fn reference(raw: *mut Self::Raw) -> i32;
    /// Gives one reference back.
    ///
    /// # Safety
    /// `raw` must be a live object of which the caller owns a reference.
    unsafe fn release(raw: *mut Self::Raw) -> i32;
}

macro_rules! vir_object {
    ($($(#[$doc:meta])* $name:ident($raw:ident, $reference:ident, $release:ident);)*) => {
        $(
            $(#[$doc])*
            pub(crate) enum $name {}

            // SAFETY: the pair that libvirt documents for this object.
            unsafe impl VirObject for $name {
                type Raw = sys::$raw;
                unsafe fn reference(raw: *mut Self::Raw) -> i32 {
                    // SAFETY: the caller promises a live object.
                    unsafe { sys::$reference(raw) }
                }
                unsafe fn release(raw: *mut Self::Raw) -> i32 {
                    // SAFETY: the caller promises a reference of its own.
                    unsafe { sys::$release(raw) }
                }
            }
        )*
    };
}

vir_object! {
    /// `virConnect`.
    Connect(virConnect, virConnectRef, virConnectClose);
    /// `virDomain`.
    Dom(virDomain, virDomainRef, virDomainFree);
    /// `virDomainSnapshot`.
    Snapshot(virDomainSnapshot, virDomainSnapshotRef, virDomainSnapshotFree);
    /// `virStream`.
    Stream(virStream, virStreamRef, virStreamFree);
    /// `virNetwork`.
    Network(virNetwork, virNetworkRef, virNetworkFree);
    /// `virInterface`.
    Interface(virInterface, virInterfaceRef, virInterfaceFree);
    /// `virStoragePool`.
    Pool(virStoragePool, virStoragePoolRef, virStoragePoolFree);
    /// `virStorageVol`.
    Volume(virStorageVol, virStorageVolRef, virStorageVolFree);
    /// `virNodeDevice`.
    Device(virNodeDevice, virNodeDeviceRef, virNodeDeviceFree);
    /// `virNetworkPort`.
    Port(virNetworkPort, virNetworkPortRef, virNetworkPortFree);
    /// `virNWFilterBinding`.
    Binding(virNWFilterBinding, virNWFilterBindingRef, virNWFilterBindingFree);
    /// `virNWFilter`.
    Filter(virNWFilter, virNWFilterRef, virNWFilterFree);
    /// `virSecret`.
    Secret(virSecret, virSecretRef, virSecretFree);
}

/// One owned reference.
pub(crate) struct Handle<T: VirObject>(NonNull<T::Raw>);

// SAFETY: libvirt's objects may be used and released from any thread (see `VirObject`).
unsafe impl<T: VirObject> Send for Handle<T> {}
// SAFETY: as above; every method of libvirt locks the object itself.
unsafe impl<T: VirObject> Sync for Handle<T> {}

impl<T: VirObject> Handle<T> {
    /// Takes over a reference that a libvirt call returned; `None` for NULL.
    ///
    /// # Safety
    /// `raw` must be NULL or a live object of which the caller owns a reference that it gives away.
    pub(crate) unsafe fn from_owned(raw: *mut T::Raw) -> Option<Self> {
        NonNull::new(raw).map(Self)
    }

    /// Takes a reference of its own to an object that libvirt lent.
    ///
    /// # Safety
    /// `raw` must be NULL or a live object.
    pub(crate) unsafe fn from_lent(raw: *mut T::Raw) -> Option<Self> {
        let raw = NonNull::new(raw)?;
        // SAFETY: not null, and live as the caller promises.
        (unsafe { T::reference(raw.as_ptr()) } == 0).then_some(Self(raw))
    }

    /// The pointer, for a call while this handle lives.
    pub(crate) fn as_ptr(&self) -> *mut T::Raw {
        self.0.as_ptr()
    }
}

impl<T: VirObject> Clone for Handle<T> {
    fn clone(&self) -> Self {
        // SAFETY: we own a reference, so the object lives. Failure is impossible for a live object.
        unsafe { T::reference(self.0.as_ptr()) };
        Self(self.0)
    }
}

impl<T: VirObject> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: this is our own reference, given back once.
        let result = unsafe { T::release(self.0.as_ptr()) };
        if result < 0 {
            tracing::debug!("libvirt refused to release a {}", std::any::type_name::<T>());
        }
    }
}

impl<T: VirObject> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle<{}>", std::any::type_name::<T>())
    }
}
