//! The fields of a machine and of each kind of device, by the element that they belong to.
//!
//! Fields of [`general`], [`os`], [`cpu`] and the like are relative to `<domain>`, those of devices to the device's element.

mod board;
mod machine;
mod net;
mod screen;
mod storage;

pub use board::{crypto, hostdev, iommu, memballoon, module, nvram, panic, pstore, rng, shmem, tpm, watchdog};
pub use machine::{clock, cpu, features, general, launch, memory, os, perf_event, tune};
pub use net::{filter_parameter, interface, ip, port, route, vlan_tag, vsock};
pub use screen::{audio, graphics, hub, input, redirdev, smartcard, sound, video};
pub use storage::{controller, cookie, device, disk, filesystem, id_range, lease, server};

use super::DeviceKind;
use crate::model::xml::field::Field;

/// The attribute that holds a password, on whatever element: never shown unasked.
pub const PASSWORD: &str = "passwd";

/// All fields of the machine itself.
pub const MACHINE: &[&[Field<String>]] = &[
    general::ALL,
    os::ALL,
    cpu::ALL,
    memory::ALL,
    tune::ALL,
    features::ALL,
    clock::ALL,
    launch::ALL,
];

/// All fields of a kind of device; those of [`device`] come on top. Filters of redirection have a list of their own, and
/// what a newer libvirt knows has none.
#[must_use]
pub fn of(kind: DeviceKind) -> &'static [Field<String>] {
    match kind {
        DeviceKind::Disk => disk::ALL,
        DeviceKind::Controller => controller::ALL,
        DeviceKind::Lease => lease::ALL,
        DeviceKind::Filesystem => filesystem::ALL,
        DeviceKind::Interface => interface::ALL,
        DeviceKind::Smartcard => smartcard::ALL,
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel => port::ALL,
        DeviceKind::Input => input::ALL,
        DeviceKind::Tpm => tpm::ALL,
        DeviceKind::Graphics => graphics::ALL,
        DeviceKind::Sound => sound::ALL,
        DeviceKind::Audio => audio::ALL,
        DeviceKind::Video => video::ALL,
        DeviceKind::Hostdev => hostdev::ALL,
        DeviceKind::Redirdev => redirdev::ALL,
        DeviceKind::Hub => hub::ALL,
        DeviceKind::Watchdog => watchdog::ALL,
        DeviceKind::Memballoon => memballoon::ALL,
        DeviceKind::Rng => rng::ALL,
        DeviceKind::Nvram => nvram::ALL,
        DeviceKind::Panic => panic::ALL,
        DeviceKind::Shmem => shmem::ALL,
        DeviceKind::Memory => module::ALL,
        DeviceKind::Iommu => iommu::ALL,
        DeviceKind::Vsock => vsock::ALL,
        DeviceKind::Crypto => crypto::ALL,
        DeviceKind::Pstore => pstore::ALL,
        DeviceKind::Emulator | DeviceKind::Redirfilter | DeviceKind::Other => &[],
    }
}
