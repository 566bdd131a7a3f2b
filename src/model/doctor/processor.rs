//! Whether guests run at full speed, and what is missing for that.

use super::{Area, Case, Computer, Finding, KvmDevice, Verdict};
use crate::i18n::{tr, tr_f};

const AREA: Area = Area::Processor;

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    if case.driver() != "qemu" {
        return other(case).into_iter().collect();
    }
    let offered = offers_kvm(case);
    let mut all = Vec::new();
    match (offered, &case.computer) {
        (Some(true), _) => all.push(Finding::fine("kvm", AREA, tr("Machines run at full speed (KVM)"))),
        (offered, Some(computer)) => all.extend(missing(case, computer, offered)),
        (Some(false), None) => all.push(
            slow().text(tr(
                "The host offers no KVM: machines are emulated, many times slower. Virtualisation may be off in its firmware, or its kernel module may not be loaded.",
            )),
        ),
        (None, None) => {}
    }
    if let Some(computer) = &case.computer
        && all.iter().all(|finding| finding.verdict == Verdict::Fine)
    {
        all.extend(nested(computer));
    }
    all
}

/// Whether the host offers KVM for any guest; `None` where it does not tell.
fn offers_kvm(case: &Case) -> Option<bool> {
    let capabilities = case.facts.as_ref()?.capabilities.as_ref()?;
    let guests = capabilities.guests();
    Some(
        guests
            .iter()
            .any(|guest| guest.hypervisors.iter().any(|name| name == "kvm")),
    )
}

fn other(case: &Case) -> Option<Finding> {
    let capabilities = case.facts.as_ref()?.capabilities.as_ref()?;
    let mut names: Vec<String> = capabilities
        .guests()
        .into_iter()
        .flat_map(|guest| guest.hypervisors)
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        let none = Finding::new(
            "guests",
            AREA,
            Verdict::Problem,
            tr("The host offers no kind of machine"),
        );
        return Some(none.text(tr("The hypervisor may not be installed, or it may not run.")));
    }
    let title = tr_f("Machines run with {names}", &[("names", &names.join(", "))]);
    Some(Finding::fine("guests", AREA, title))
}

fn slow() -> Finding {
    Finding::new("kvm", AREA, Verdict::Warning, tr("Machines run slowly, without KVM"))
}

/// Which of the steps to KVM is the one that is missing.
fn missing(case: &Case, computer: &Computer, offered: Option<bool>) -> Option<Finding> {
    let module = match (computer.flag.as_deref(), computer.arch.as_str()) {
        (Some("vmx"), _) => "kvm_intel",
        (Some("svm"), _) => "kvm_amd",
        (_, "ppc64" | "ppc64le") => "kvm_hv",
        _ => "kvm",
    };
    match computer.kvm {
        KvmDevice::Missing if computer.flag.is_none() && matches!(computer.arch.as_str(), "x86_64" | "i686") => {
            let text = if computer.is_guest {
                tr(
                    "This computer is a virtual machine whose processor has no virtualisation. Nested virtualisation has to be allowed on its host, and its CPU mode there has to be that of the host.",
                )
            } else {
                tr(
                    "The processor tells of no virtualisation. It may be off in the firmware of the computer, where it is called VT-x, AMD-V or SVM.",
                )
            };
            Some(slow().text(text))
        }
        KvmDevice::Missing => Some(
            slow()
                .text(tr(
                    "The device /dev/kvm is missing: the kernel's module for virtualisation is not loaded.",
                ))
                .run(computer.as_root(&format!("modprobe {module}"))),
        ),
        // The service of the system runs as root and doesn't need the user's rights.
        KvmDevice::Denied if case.is_session() => {
            let later = computer.groups_later.iter().any(|group| group == "kvm");
            let user = [("user", computer.user.as_str())];
            let text = tr_f("{user} may not use /dev/kvm, which belongs to the group kvm.", &user);
            Some(if later && !computer.groups.iter().any(|group| group == "kvm") {
                let again = tr("The user has been added to that group since the last login. Log out and in again.");
                slow().text(format!("{text} {again}"))
            } else {
                let command = format!("usermod -aG kvm {}", computer.user);
                slow().text(text).run(computer.as_root(&command))
            })
        }
        _ if offered == Some(false) => {
            let service = computer
                .units
                .iter()
                .find(|unit| unit.active && unit.name.ends_with(".service"));
            let name = service.map_or("libvirtd.service", |unit| unit.name.as_str());
            let text = tr(
                "The processor and the kernel are ready for KVM, and libvirt does not offer it. It may have looked before, or QEMU may have been built without it.",
            );
            let finding = slow().text(text);
            Some(if case.is_session() {
                finding
            } else {
                finding.run(computer.as_root(&format!("systemctl restart {name}")))
            })
        }
        _ => Some(Finding::fine(
            "kvm",
            AREA,
            tr("The processor and the kernel are ready for KVM"),
        )),
    }
}

fn nested(computer: &Computer) -> Option<Finding> {
    Some(match computer.nested? {
        true => Finding::fine(
            "nested",
            AREA,
            tr("Machines can run machines of their own (nested virtualisation)"),
        ),
        false => {
            let module = if computer.flag.as_deref() == Some("svm") {
                "kvm_amd"
            } else {
                "kvm_intel"
            };
            let command = format!("sh -c 'echo options {module} nested=1 > /etc/modprobe.d/kvm-nested.conf'");
            Finding::new(
                "nested",
                AREA,
                Verdict::Note,
                tr("Machines cannot run machines of their own"),
            )
            .text(tr(
                "Nested virtualisation is off. This takes effect when the module is loaded anew.",
            ))
            .run(computer.as_root(&command))
        }
    })
}
