//! The calls that change a running machine and leave its definition alone.

use std::ffi::CString;
use std::ptr;

use uuid::Uuid;

use super::cpus::cpu_map;
use super::settings::Parameters;
use crate::model::action::LiveChange;
use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::sys;

const OP: &str = "change the running machine";
/// A firmware that looks for media does so a few times while it starts.
const TRAY_TRIES: u32 = 5;
const LIVE: u32 = sys::VIR_DOMAIN_AFFECT_LIVE;

/// Changes the running machine only, by the call that [`LiveChange`] names.
pub(crate) fn change_live(connection: &Connection, uuid: Uuid, change: &LiveChange) -> Result<()> {
    let done = match change {
        LiveChange::Memory(kib) => {
            let kib =
                libc::c_ulong::try_from(*kib).map_err(|_| invalid("that is more memory than libvirt can count"))?;
            // SAFETY: the machine lives during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainSetMemoryFlags(domain, kib, LIVE)
            })
        }
        // SAFETY: the machine lives during the call.
        LiveChange::Vcpus(count) => connection.on_domain(uuid, OP, |domain| unsafe {
            sys::virDomainSetVcpusFlags(domain, *count, LIVE)
        }),
        LiveChange::Title(text) => metadata(connection, uuid, sys::VIR_DOMAIN_METADATA_TITLE, text, None),
        LiveChange::Description(text) => metadata(connection, uuid, sys::VIR_DOMAIN_METADATA_DESCRIPTION, text, None),
        LiveChange::Metadata { key, uri, xml } => {
            let place = Some((key.as_str(), uri.as_str()));
            metadata(connection, uuid, sys::VIR_DOMAIN_METADATA_ELEMENT, xml, place)
        }
        LiveChange::Attach(_) | LiveChange::Detach(_) | LiveChange::Unplug(_) | LiveChange::Update(_) => {
            device(connection, uuid, change)
        }
        LiveChange::Resize { disk, bytes } => {
            let disk = c_string(disk, OP)?;
            // SAFETY: machine and text live during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainBlockResize(domain, disk.as_ptr(), *bytes, sys::VIR_DOMAIN_BLOCK_RESIZE_BYTES)
            })
        }
        LiveChange::StatsPeriod(seconds) => {
            let seconds = i32::try_from(*seconds).map_err(|_| invalid("the period is too long"))?;
            // SAFETY: the machine lives during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainSetMemoryStatsPeriod(domain, seconds, LIVE)
            })
        }
        LiveChange::Throttle { .. }
        | LiveChange::Scheduler(_)
        | LiveChange::MemoryLimits(_)
        | LiveChange::BlkioWeights(_)
        | LiveChange::NumaNodes(_) => tune(connection, uuid, change),
        LiveChange::PinVcpu(..) | LiveChange::PinEmulator(_) | LiveChange::PinIoThread(..) => {
            pin(connection, uuid, change)
        }
        // SAFETY: the machine lives during the call.
        LiveChange::AddIoThread(id) => connection.on_domain(uuid, OP, |domain| unsafe {
            sys::virDomainAddIOThread(domain, *id, LIVE)
        }),
        // SAFETY: the machine lives during the call.
        LiveChange::RemoveIoThread(id) => connection.on_domain(uuid, OP, |domain| unsafe {
            sys::virDomainDelIOThread(domain, *id, LIVE)
        }),
    };
    done.map(drop)
}

fn invalid(text: &str) -> VirtError {
    VirtError::own(Kind::Invalid, OP, text)
}

/// A device comes, goes or changes.
fn device(connection: &Connection, uuid: Uuid, change: &LiveChange) -> Result<i32> {
    let (text, call): (
        _,
        unsafe extern "C" fn(sys::virDomainPtr, *const libc::c_char, libc::c_uint) -> libc::c_int,
    ) = match change {
        LiveChange::Attach(xml) => (xml, sys::virDomainAttachDeviceFlags),
        LiveChange::Detach(xml) => (xml, sys::virDomainDetachDeviceFlags),
        LiveChange::Unplug(alias) => (alias, sys::virDomainDetachDeviceAlias),
        LiveChange::Update(xml) => (xml, sys::virDomainUpdateDeviceFlags),
        _ => return Err(invalid("no device is named")),
    };
    let text = c_string(text, OP)?;
    let mut tries = 1;
    loop {
        // SAFETY: all four take a machine, a text and flags; machine and text live during the call.
        let done = connection.on_domain(uuid, OP, |domain| unsafe { call(domain, text.as_ptr(), LIVE) });
        match done {
            // The guest closed the tray between libvirt's opening it and the change of the medium.
            Err(error) if tries < TRAY_TRIES && is_closed_tray(&error.message) => tries += 1,
            done => return done,
        }
    }
}

/// “Tray of the device is not open”, or of a device by its name.
fn is_closed_tray(message: &str) -> bool {
    message.contains("Tray of ") && message.contains("is not open")
}

fn tune(connection: &Connection, uuid: Uuid, change: &LiveChange) -> Result<i32> {
    type Tune =
        unsafe extern "C" fn(sys::virDomainPtr, sys::virTypedParameterPtr, libc::c_int, libc::c_uint) -> libc::c_int;
    let (settings, call): (_, Tune) = match change {
        LiveChange::Throttle { disk, limits } => {
            let (disk, limits) = (c_string(disk, OP)?, Parameters::new(limits, OP)?);
            // SAFETY: machine, text and parameters live during the call.
            return connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainSetBlockIoTune(domain, disk.as_ptr(), limits.as_ptr(), limits.len(), LIVE)
            });
        }
        LiveChange::Scheduler(settings) => (settings, sys::virDomainSetSchedulerParametersFlags),
        LiveChange::MemoryLimits(settings) => (settings, sys::virDomainSetMemoryParameters),
        LiveChange::BlkioWeights(settings) => (settings, sys::virDomainSetBlkioParameters),
        LiveChange::NumaNodes(settings) => (settings, sys::virDomainSetNumaParameters),
        _ => return Err(invalid("nothing is tuned")),
    };
    let settings = Parameters::new(settings, OP)?;
    // SAFETY: machine and parameters live during the call.
    connection.on_domain(uuid, OP, |domain| unsafe {
        call(domain, settings.as_ptr(), settings.len(), LIVE)
    })
}

fn pin(connection: &Connection, uuid: Uuid, change: &LiveChange) -> Result<i32> {
    let (LiveChange::PinVcpu(_, cpus) | LiveChange::PinEmulator(cpus) | LiveChange::PinIoThread(_, cpus)) = change
    else {
        return Err(invalid("nothing is pinned"));
    };
    // SAFETY: the connection lives; without places for an answer only the number of CPUs is given.
    let count = unsafe { sys::virNodeGetCPUMap(connection.handle().as_ptr(), ptr::null_mut(), ptr::null_mut(), 0) };
    let Ok(count) = usize::try_from(count) else {
        return Err(connection.error(OP));
    };
    let mut map = cpu_map(cpus, count).map_err(|text| invalid(&text))?;
    let length = libc::c_int::try_from(map.len()).map_err(|_| invalid("the host has too many CPUs"))?;
    connection.on_domain(uuid, OP, |domain| {
        let map = map.as_mut_ptr();
        // SAFETY: the machine lives during the calls, and the map has `length` bytes.
        unsafe {
            match change {
                LiveChange::PinVcpu(vcpu, _) => sys::virDomainPinVcpuFlags(domain, *vcpu, map, length, LIVE),
                LiveChange::PinIoThread(id, _) => sys::virDomainPinIOThread(domain, *id, map, length, LIVE),
                _ => sys::virDomainPinEmulator(domain, map, length, LIVE),
            }
        }
    })
}

/// An empty text removes.
fn metadata(
    connection: &Connection,
    uuid: Uuid,
    kind: sys::virDomainMetadataType,
    text: &str,
    place: Option<(&str, &str)>,
) -> Result<i32> {
    let text = (!text.trim().is_empty()).then(|| c_string(text, OP)).transpose()?;
    let (key, uri): (Option<CString>, Option<CString>) = match place {
        Some((key, uri)) => (Some(c_string(key, OP)?), Some(c_string(uri, OP)?)),
        None => (None, None),
    };
    let pointer = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    let done = connection.on_domain(uuid, OP, |domain| {
        // SAFETY: the machine and all strings live during the call; NULL is allowed for each.
        unsafe { sys::virDomainSetMetadata(domain, kind as i32, pointer(&text), pointer(&key), pointer(&uri), LIVE) }
    });
    match done {
        // There was none.
        Err(error) if text.is_none() && error.code == sys::VIR_ERR_NO_DOMAIN_METADATA as i32 => Ok(0),
        done => done,
    }
}
