//! The service and the way to it.

use super::{Area, Case, Computer, Connected, Finding, Remedy, Verdict, package};
use crate::i18n::{tr, tr_f};

const AREA: Area = Area::Connection;

/// The services that run QEMU: one for everything, or one of several.
const MONOLITH: &str = "libvirtd";
const MODULE: &str = "virtqemud";
/// Services beside the latter, whose sockets wake them.
const BESIDE: [&str; 4] = ["virtnetworkd", "virtstoraged", "virtnodedevd", "virtsecretd"];

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let mut all = vec![state(case)];
    // The service of a session is started by whoever connects; other drivers have services of their own.
    if let Some(computer) = &case.computer
        && case.driver() == "qemu"
        && !case.is_session()
    {
        all.extend(service(case, computer));
        all.extend(socket(case, computer));
        all.extend(beside(computer));
    }
    all
}

fn state(case: &Case) -> Finding {
    match &case.connected {
        Connected::Open { read_only: false } => Finding::fine("connection", AREA, tr("The host is connected")),
        Connected::Open { read_only: true } => {
            Finding::new("connection", AREA, Verdict::Note, tr("The connection is read-only"))
                .text(tr("Machines can be looked at, and nothing can be changed."))
        }
        Connected::Failed(error) => Finding::new("connection", AREA, Verdict::Problem, tr("The host does not answer"))
            .text(error.message.clone())
            .fix(Remedy::Reconnect),
        Connected::Not => Finding::new("connection", AREA, Verdict::Note, tr("The host is not connected"))
            .text(tr("What libvirt tells of networks, storage and devices is not known."))
            .fix(Remedy::Reconnect),
    }
}

fn service(case: &Case, computer: &Computer) -> Option<Finding> {
    if !computer.has_systemd {
        return None;
    }
    let of = |service: &str| {
        let mut units = computer.units.iter();
        let own = |name: &str| name == format!("{service}.service") || name == format!("{service}.socket");
        units
            .by_ref()
            .filter(|unit| own(&unit.name))
            .cloned()
            .collect::<Vec<_>>()
    };
    let found = match (of(MODULE), of(MONOLITH)) {
        (module, monolith) if module.is_empty() && monolith.is_empty() => {
            // Others may have put it elsewhere.
            return (!case.is_open()).then(|| {
                let missing = Finding::new(
                    "service",
                    AREA,
                    Verdict::Problem,
                    tr("libvirt's service is not installed"),
                )
                .text(tr("Machines of this computer need it."));
                match computer.install_one(package::SERVICE) {
                    Some(command) => missing.run(command),
                    None => missing,
                }
            });
        }
        (module, monolith) => {
            let wants_module = module.iter().any(|unit| unit.active || unit.enabled) || monolith.is_empty();
            if wants_module {
                (MODULE, module)
            } else {
                (MONOLITH, monolith)
            }
        }
    };
    let (name, units) = found;
    let socket = format!("{name}.socket");
    if units.iter().any(|unit| unit.active) {
        let lasting = units.iter().any(|unit| unit.enabled);
        let fine = Finding::fine("service", AREA, tr_f("The service {name} is ready", &[("name", name)]));
        if lasting {
            return Some(fine);
        }
        return Some(
            Finding::new(
                "service",
                AREA,
                Verdict::Note,
                tr_f("The service {name} does not start with the computer", &[("name", name)]),
            )
            .text(tr("Machines that start with the host stay off after its next start."))
            .run(computer.as_root(&format!("systemctl enable {socket}"))),
        );
    }
    let stopped = Finding::new(
        "service",
        AREA,
        if case.is_open() {
            Verdict::Note
        } else {
            Verdict::Problem
        },
        tr_f("The service {name} is off", &[("name", name)]),
    );
    if units.iter().any(|unit| unit.masked) {
        let text = tr("Somebody has forbidden it to start (masked).");
        let command = format!("systemctl unmask {name}.service {socket}");
        return Some(stopped.text(text).run(computer.as_root(&command)));
    }
    Some(
        stopped
            .text(tr("Nobody listens for connections."))
            .run(computer.as_root(&format!("systemctl enable --now {socket}"))),
    )
}

fn socket(case: &Case, computer: &Computer) -> Option<Finding> {
    if case.is_open() || computer.is_root {
        return None;
    }
    let closed = computer.sockets.iter().find(|socket| !socket.usable)?;
    if computer.sockets.iter().any(|socket| socket.usable) {
        return None;
    }
    let user = [("user", computer.user.as_str()), ("socket", closed.path.as_str())];
    let title = tr_f("{user} may not use the service", &user);
    let finding = Finding::new("permission", AREA, Verdict::Problem, title);
    let (now, later) = (
        computer.groups.iter().any(|group| group == "libvirt"),
        computer.groups_later.iter().any(|group| group == "libvirt"),
    );
    Some(match (now, later) {
        (false, true) => finding.text(tr(
            "The user has been added to the group libvirt since the last login. Log out and in again.",
        )),
        _ => finding
            .text(tr_f(
                "The socket {socket} belongs to others. Members of the group libvirt may use it, from their next login on.",
                &user,
            ))
            .run(computer.as_root(&format!("usermod -aG libvirt {}", computer.user))),
    })
}

/// Services for networks, storage and devices, where each is one of its own.
fn beside(computer: &Computer) -> Option<Finding> {
    let known = |name: &str| computer.units.iter().find(|unit| unit.name == name);
    known(&format!("{MODULE}.socket")).filter(|unit| unit.active)?;
    let off: Vec<String> = BESIDE
        .iter()
        .map(|name| format!("{name}.socket"))
        .filter(|name| known(name).is_some_and(|unit| !unit.active))
        .collect();
    if off.is_empty() {
        return None;
    }
    let names = off.join(", ");
    Some(
        Finding::new(
            "services",
            AREA,
            Verdict::Warning,
            tr("Services for networks, storage or devices are off"),
        )
        .text(tr_f("Nobody listens on {names}.", &[("names", &names)]))
        .run(computer.as_root(&format!("systemctl enable --now {}", off.join(" ")))),
    )
}
