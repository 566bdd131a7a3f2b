//! What is installed.

use super::{Area, Case, Finding, Program, Verdict};
use crate::i18n::{tr, tr_f};

const AREA: Area = Area::Programs;

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let Some(computer) = case.computer.as_ref().filter(|_| case.driver() == "qemu") else {
        return Vec::new();
    };
    let mut all: Vec<Finding> = wanted()
        .into_iter()
        .filter(|(program, ..)| !computer.has(*program))
        .map(|(program, id, name, verdict, text)| {
            let title = tr_f("{name} is not installed", &[("name", name.as_str())]);
            let finding = Finding::new(id, AREA, verdict, title).text(text);
            match computer.install(program) {
                Some(command) => finding.run(command),
                None => finding,
            }
        })
        .collect();
    if all.is_empty() {
        all.push(Finding::fine(
            "programs",
            AREA,
            tr("Everything that machines may need is installed"),
        ));
    }
    all
}

fn wanted() -> [(Program, &'static str, String, Verdict, String); 7] {
    use Verdict::{Note, Problem, Warning};
    [
        (
            Program::Qemu,
            "qemu",
            tr("QEMU for this processor"),
            Problem,
            tr("Machines need it to run."),
        ),
        (
            Program::QemuImg,
            "qemu-img",
            "qemu-img".to_owned(),
            Warning,
            tr("Disk images cannot be made or converted."),
        ),
        (
            Program::Firmware,
            "firmware",
            tr("UEFI firmware for machines"),
            Warning,
            tr("Machines can start with a BIOS only; Windows 11 needs UEFI."),
        ),
        (
            Program::Swtpm,
            "swtpm",
            "swtpm".to_owned(),
            Note,
            tr("Machines cannot have a TPM; Windows 11 needs one."),
        ),
        (
            Program::Virtiofsd,
            "virtiofsd",
            "virtiofsd".to_owned(),
            Note,
            tr("Folders cannot be shared with machines the fast way."),
        ),
        (
            Program::OsinfoDb,
            "osinfo-db",
            tr("The database of operating systems"),
            Note,
            tr("New machines do not get what suits their system by themselves."),
        ),
        (
            Program::VirtV2v,
            "virt-v2v",
            "virt-v2v".to_owned(),
            Note,
            tr("Machines of other programs are imported without their drivers being changed."),
        ),
    ]
}
