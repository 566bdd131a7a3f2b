//! The calls about one machine, as functions on an open connection. All of them block.

use std::ffi::{CStr, CString};
use std::ptr;

use uuid::Uuid;

use crate::model::action::{GuestSignal, StartOptions};
use crate::model::domain::GuestAddress;
use crate::model::error::{Kind, VirtError};
use crate::model::tags;
use crate::virt::cloning;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::session::refresh;
use crate::virt::sys;

/// Namespace of what Vireo keeps in a definition.
const TAGS_URI: &CStr = c"https://vireo-vm.github.io/ns/1";
const TAGS_KEY: &CStr = c"vireo";

macro_rules! plain_calls {
    ($($(#[$doc:meta])* $name:ident($op:literal, $call:ident $(, $flags:literal)?);)*) => {
        $($(#[$doc])*
        pub(crate) fn $name(connection: &Connection, uuid: Uuid) -> Result<()> {
            // SAFETY: the machine lives during the call.
            connection.on_domain(uuid, $op, |domain| unsafe { sys::$call(domain $(, $flags)?) }).map(drop)
        })*
    };
}

plain_calls! {
    /// `virDomainReset`.
    reset("reset", virDomainReset, 0);
    /// `virDomainDestroy`.
    destroy("force off", virDomainDestroy);
    /// `virDomainSuspend`.
    suspend("pause", virDomainSuspend);
    /// `virDomainResume`.
    resume("resume", virDomainResume);
    /// `virDomainInjectNMI`.
    inject_nmi("send NMI", virDomainInjectNMI, 0);
    /// `virDomainPMWakeup`.
    pm_wakeup("wake up", virDomainPMWakeup, 0);
    /// `virDomainAbortJob`.
    abort_job("cancel", virDomainAbortJob);
}

/// `virDomainCreateWithFlags`.
pub(crate) fn start(connection: &Connection, uuid: Uuid, options: StartOptions) -> Result<()> {
    const OP: &str = "start";
    cloning::refuse(connection, uuid)?;
    let mut flags = 0;
    if options.paused {
        flags |= sys::VIR_DOMAIN_START_PAUSED;
    }
    if options.force_boot {
        flags |= sys::VIR_DOMAIN_START_FORCE_BOOT;
    }
    if options.reset_nvram {
        flags |= sys::VIR_DOMAIN_START_RESET_NVRAM;
    }
    // No event tells that a saved image was used up.
    // SAFETY: the machine lives during the call; a driver without saved images answers −1.
    let saved = connection
        .domain(uuid, OP)
        .map(|domain| unsafe { sys::virDomainHasManagedSaveImage(domain.as_ptr(), 0) });
    // SAFETY: the machine lives during the call.
    connection.on_domain(uuid, OP, |domain| unsafe {
        sys::virDomainCreateWithFlags(domain, flags)
    })?;
    if saved.is_ok_and(|saved| saved > 0) {
        refresh(connection, uuid);
    }
    Ok(())
}

/// `virDomainShutdownFlags`.
pub(crate) fn shutdown(connection: &Connection, uuid: Uuid, signal: GuestSignal) -> Result<()> {
    let flags = match signal {
        GuestSignal::Default => 0,
        GuestSignal::Agent => sys::VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
        GuestSignal::Acpi => sys::VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN,
    };
    // SAFETY: the machine lives during the call.
    connection
        .on_domain(uuid, "shut down", |domain| unsafe {
            sys::virDomainShutdownFlags(domain, flags)
        })
        .map(drop)
}

/// `virDomainReboot`.
pub(crate) fn reboot(connection: &Connection, uuid: Uuid, signal: GuestSignal) -> Result<()> {
    let flags = match signal {
        GuestSignal::Default => 0,
        GuestSignal::Agent => sys::VIR_DOMAIN_REBOOT_GUEST_AGENT,
        GuestSignal::Acpi => sys::VIR_DOMAIN_REBOOT_ACPI_POWER_BTN,
    };
    // SAFETY: the machine lives during the call.
    connection
        .on_domain(uuid, "reboot", |domain| unsafe { sys::virDomainReboot(domain, flags) })
        .map(drop)
}

/// `virDomainManagedSaveRemove`; no event tells of it.
pub(crate) fn discard_saved(connection: &Connection, uuid: Uuid) -> Result<()> {
    // SAFETY: the machine lives during the call.
    connection.on_domain(uuid, "discard saved state", |domain| unsafe {
        sys::virDomainManagedSaveRemove(domain, 0)
    })?;
    refresh(connection, uuid);
    Ok(())
}

/// `virDomainSetAutostart`; no event tells of it.
pub(crate) fn set_autostart(connection: &Connection, uuid: Uuid, autostart: bool) -> Result<()> {
    let value = i32::from(autostart);
    // SAFETY: the machine lives during the call.
    connection.on_domain(uuid, "set autostart", |domain| unsafe {
        sys::virDomainSetAutostart(domain, value)
    })?;
    refresh(connection, uuid);
    Ok(())
}

/// `virDomainRename`.
pub(crate) fn rename(connection: &Connection, uuid: Uuid, name: &str) -> Result<()> {
    const OP: &str = "rename";
    let name = c_string(name, OP)?;
    if name.is_empty() {
        return Err(VirtError::own(Kind::Invalid, OP, "the name is empty"));
    }
    // SAFETY: the machine lives during the call.
    if connection.on_domain(uuid, OP, |domain| unsafe { sys::virDomainIsActive(domain) })? > 0 {
        return Err(VirtError::own(
            Kind::Invalid,
            OP,
            "a machine can be renamed only while it is off",
        ));
    }
    // SAFETY: machine and name live during the call.
    connection.on_domain(uuid, OP, |domain| unsafe {
        sys::virDomainRename(domain, name.as_ptr(), 0)
    })?;
    connection.forget(uuid);
    Ok(())
}

/// Title; `None` removes it.
pub(crate) fn set_title(connection: &Connection, uuid: Uuid, title: Option<&str>) -> Result<()> {
    let text = title
        .filter(|text| !text.is_empty())
        .map(|text| c_string(text, "set title"))
        .transpose()?;
    set_metadata(
        connection,
        uuid,
        "set title",
        sys::VIR_DOMAIN_METADATA_TITLE,
        text,
        false,
    )
}

/// Description; `None` removes it.
pub(crate) fn set_description(connection: &Connection, uuid: Uuid, description: Option<&str>) -> Result<()> {
    const OP: &str = "set description";
    let text = description
        .filter(|text| !text.is_empty())
        .map(|text| c_string(text, OP))
        .transpose()?;
    set_metadata(connection, uuid, OP, sys::VIR_DOMAIN_METADATA_DESCRIPTION, text, false)
}

/// Tags, as an element of our own namespace.
pub(crate) fn set_tags(connection: &Connection, uuid: Uuid, tags: &[String]) -> Result<()> {
    const OP: &str = "set tags";
    let xml = tags::to_xml(tags).map(|xml| c_string(&xml, OP)).transpose()?;
    let removes = xml.is_none();
    match set_metadata(connection, uuid, OP, sys::VIR_DOMAIN_METADATA_ELEMENT, xml, true) {
        // There were none.
        Err(error) if removes && error.code == sys::VIR_ERR_NO_DOMAIN_METADATA as i32 => Ok(()),
        result => result,
    }
}

fn set_metadata(
    connection: &Connection,
    uuid: Uuid,
    op: &'static str,
    kind: sys::virDomainMetadataType,
    text: Option<CString>,
    ours: bool,
) -> Result<()> {
    // SAFETY: the machine lives during the calls.
    let active = connection.on_domain(uuid, op, |domain| unsafe { sys::virDomainIsActive(domain) })? > 0;
    // SAFETY: as above.
    let persistent = connection.on_domain(uuid, op, |domain| unsafe { sys::virDomainIsPersistent(domain) })? > 0;
    let mut flags = 0;
    if active {
        flags |= sys::VIR_DOMAIN_AFFECT_LIVE;
    }
    if persistent {
        flags |= sys::VIR_DOMAIN_AFFECT_CONFIG;
    }
    let text = text.as_deref().map_or(ptr::null(), CStr::as_ptr);
    let (key, uri) = if ours {
        (TAGS_KEY.as_ptr(), TAGS_URI.as_ptr())
    } else {
        (ptr::null(), ptr::null())
    };
    connection
        .on_domain(uuid, op, |domain| {
            // SAFETY: the machine and all strings live during the call; NULL is allowed for each.
            unsafe { sys::virDomainSetMetadata(domain, kind as i32, text, key, uri, flags) }
        })
        .map(drop)
}

/// Keys that are pressed together at most (`VIR_DOMAIN_SEND_KEY_MAX_KEYS`).
const MOST_KEYS: usize = 16;
/// How long keys are held, in milliseconds: as long as a fast typist would, so that calls one after the other don't pile up
/// in the hypervisor.
const HELD: u32 = 20;

/// `virDomainSendKey` with Linux input event codes: pressed in order, released in reverse after a moment.
pub(crate) fn send_key(connection: &Connection, uuid: Uuid, codes: &[u32]) -> Result<()> {
    const OP: &str = "send keys";
    let mut codes = codes.to_vec();
    if codes.is_empty() || codes.len() > MOST_KEYS {
        return Err(VirtError::own(
            Kind::Invalid,
            OP,
            "between 1 and 16 keys can be sent at once",
        ));
    }
    let count = codes.len() as i32;
    connection
        .on_domain(uuid, OP, |domain| {
            let set = sys::VIR_KEYCODE_SET_LINUX;
            // SAFETY: the machine lives during the call, `codes` has `count` numbers and is only read.
            unsafe { sys::virDomainSendKey(domain, set, HELD, codes.as_mut_ptr(), count, 0) }
        })
        .map(drop)
}

/// Addresses of a running guest: what the agent says, else leases, else the host's ARP table.
pub(crate) fn addresses(connection: &Connection, uuid: Uuid) -> Result<Vec<GuestAddress>> {
    let mut first_error = None;
    for source in [
        sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
        sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
        sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
    ] {
        match addresses_from(connection, uuid, source) {
            Ok(found) if !found.is_empty() => return Ok(found),
            Ok(_) => first_error = first_error.or(Some(Ok(Vec::new()))),
            Err(error) if matches!(error.kind, Kind::Gone | Kind::Unreachable) => return Err(error),
            Err(error) => first_error = first_error.or(Some(Err(error))),
        }
    }
    first_error.unwrap_or(Ok(Vec::new()))
}

fn addresses_from(connection: &Connection, uuid: Uuid, source: u32) -> Result<Vec<GuestAddress>> {
    let mut raw: *mut sys::virDomainInterfacePtr = ptr::null_mut();
    let count = connection.on_domain(uuid, "read addresses", |domain| {
        // SAFETY: the machine lives during the call, `raw` is a place for the answer.
        unsafe { sys::virDomainInterfaceAddresses(domain, &raw mut raw, source, 0) }
    })?;
    let mut found = Vec::new();
    if raw.is_null() {
        return Ok(found);
    }
    for at in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: `count` interfaces of ours, each freed once after it was copied.
        unsafe {
            let interface = *raw.add(at);
            if !interface.is_null() {
                copy_addresses(&*interface, &mut found);
                sys::virDomainInterfaceFree(interface);
            }
        }
    }
    // SAFETY: the array itself, made by malloc.
    unsafe { libc::free(raw.cast()) };
    Ok(found)
}

/// # Safety
/// An interface that libvirt filled.
unsafe fn copy_addresses(interface: &sys::virDomainInterface, found: &mut Vec<GuestAddress>) {
    let text = |raw: *mut libc::c_char| {
        // SAFETY: NULL or a C string.
        (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned())
    };
    let name = text(interface.name).unwrap_or_default();
    if name == "lo" || interface.addrs.is_null() {
        return;
    }
    for at in 0..interface.naddrs as usize {
        // SAFETY: `naddrs` addresses stand there.
        let address = unsafe { &*interface.addrs.add(at) };
        if let Some(text_form) = text(address.addr) {
            found.push(GuestAddress {
                interface: name.clone(),
                mac: text(interface.hwaddr),
                address: text_form,
                prefix: address.prefix,
            });
        }
    }
}
