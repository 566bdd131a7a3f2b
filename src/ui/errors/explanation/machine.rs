//! Failures of work on machines.

use super::{Explanation, Remedy};
use crate::i18n::{tr, tr_f};
use crate::ui::errors::cause::Cause;
use crate::ui::text;

/// Failures of work on machines.
pub(super) fn working(cause: &Cause) -> Option<Explanation> {
    let path = |path: &Option<String>| text::name(path.as_deref().unwrap_or("?"));
    Some(match cause {
        Cause::FileMissing(file) => Explanation::new(
            tr("File missing"),
            tr_f("{path} does not exist on the host.", &[("path", &path(file))]),
        )
        .way_out(&[Remedy::Retry]),
        Cause::FileDenied(file) => Explanation::new(
            tr("No access to a file"),
            tr_f(
                "The host's virtualisation service may not use {path}. Check the permissions of the file and of its folders.",
                &[("path", &path(file))],
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::DiskInUse(None) => Explanation::new(
            tr("Disk in use"),
            tr("Another machine or program uses a disk of this machine. Stop that first."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::DiskInUse(file) => Explanation::new(
            tr("Disk in use"),
            tr_f(
                "Another machine or program uses {path}, perhaps on another host. Stop that first.",
                &[("path", &path(file))],
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::DeviceInUse(Some(machine)) => Explanation::new(
            tr("Device in use"),
            tr_f(
                "The machine {name} has a device of the host that this one wants, too. Stop it first, or remove the device from one of them.",
                &[("name", &text::name(machine))],
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::DeviceInUse(None) => Explanation::new(
            tr("Device in use"),
            tr("Another machine has a device of the host that this one wants, too. Stop that first."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoLockManager => Explanation::new(
            tr("Lock manager missing"),
            tr("The host is set up to lock disks, but the service that does it (virtlockd or sanlock) does not answer. No machine with a disk starts until it does."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoSpace => Explanation::new(
            tr("No space left"),
            tr("There is no space left on a disk of the host. Free some and try again."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoMemory => Explanation::new(
            tr("Not enough memory"),
            tr("The host has not enough free memory for this machine. Stop others, or give it less."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoAgent => Explanation::new(
            tr("No guest agent"),
            tr("The agent in the guest is not installed, not running, or does not answer. Ask by ACPI instead."),
        )
        .toast(),
        Cause::NotRunning => Explanation::new(tr("Not running"), tr("The machine is not running any more.")).toast(),
        Cause::AlreadyRunning => Explanation::new(tr("Already running"), tr("The machine runs already.")).toast(),
        Cause::NameTaken => Explanation::new(
            tr("Name already used"),
            tr("Another machine on this host has this name. Choose another one."),
        )
        .toast(),
        Cause::ReadOnly => Explanation::new(
            tr("View only"),
            tr("This connection is read-only: nothing can be changed over it."),
        )
        .way_out(&[Remedy::EditHost])
        .toast(),
        Cause::Locked => Explanation::new(
            tr("Busy"),
            tr("Another operation on this machine has not ended. Try again later."),
        )
        .way_out(&[Remedy::Retry])
        .toast(),
        _ => return None,
    })
}
