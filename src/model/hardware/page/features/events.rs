//! What happens when the guest stops.

use crate::i18n::{tr, tr_c};
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::Row;
use crate::model::hardware::page::Form;
use crate::model::xml::domain::fields::general;

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.choice(
            "poweroff",
            tr("When it shuts down"),
            general::ON_POWEROFF,
            ends(form, false),
        )
        .help(
            tr("What becomes of the machine when the guest has shut down."),
            "<on_poweroff>destroy</on_poweroff>",
        ),
        form.choice("reboot", tr("When it reboots"), general::ON_REBOOT, ends(form, false))
            .help(
                tr("What becomes of the machine when the guest asks for a restart."),
                "<on_reboot>restart</on_reboot>",
            ),
        form.choice("crash", tr("When it crashes"), general::ON_CRASH, ends(form, true))
            .help(
                tr("What becomes of the machine when the guest has crashed. It needs a panic notifier to be noticed."),
                "<on_crash>restart</on_crash>",
            ),
        form.choice(
            "lock-failure",
            tr("When a lock is lost"),
            general::ON_LOCKFAILURE,
            lock_ends(),
        )
        .help(
            tr("What becomes of the machine when the lock manager takes its disks away."),
            "<on_lockfailure>pause</on_lockfailure>",
        ),
    ]
}

fn ends(form: &Form<'_>, crash: bool) -> Vec<Choice> {
    let family = GuestKind::of(form.context.domain).family();
    let goes_on = family == Family::Qemu && !crash;
    let mut all = vec![
        Choice::new("destroy", tr("It is off")),
        Choice::new("restart", tr("It starts again")),
        Choice::new("preserve", tr("It stays as it is, to be looked at"))
            .but(goes_on.then(|| tr("QEMU does not do that."))),
    ];
    if crash {
        all.push(Choice::new(
            "coredump-destroy",
            tr("Its memory is written to a file, and it is off"),
        ));
        all.push(Choice::new(
            "coredump-restart",
            tr("Its memory is written to a file, and it starts again"),
        ));
    }
    let rename = Choice::new("rename-restart", tr("It starts again with another name"));
    all.push(match family {
        Family::Xen => rename,
        _ => rename.but(Some(tr("Only Xen does that."))),
    });
    all
}

fn lock_ends() -> Vec<Choice> {
    vec![
        Choice::new("poweroff", tr("It is off")),
        Choice::new("restart", tr("It starts again")),
        Choice::new("pause", tr("It is paused")),
        Choice::new("ignore", tr_c("lock failure", "Nothing")),
    ]
}
