//! Giving PCI devices to machines.

use super::{Area, Case, Finding, Verdict};
use crate::i18n::tr;

const AREA: Area = Area::Devices;

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    if case.driver() != "qemu" || !case.is_open() {
        return Vec::new();
    }
    let Some(facts) = &case.facts else { return Vec::new() };
    let told = facts.has_iommu();
    let seen = case.computer.as_ref().map(|computer| computer.iommu_groups > 0);
    if told == Some(true) || seen == Some(true) {
        return vec![Finding::fine(
            "iommu",
            AREA,
            tr("PCI devices can be given to machines (IOMMU)"),
        )];
    }
    if told.is_none() && seen.is_none() {
        return Vec::new();
    }
    let finding = Finding::new("iommu", AREA, Verdict::Note, tr("PCI devices cannot be given to machines")).text(tr(
        "The IOMMU is off. It is turned on in the firmware of the host (VT-d or AMD-Vi) and, with processors of Intel, by the word intel_iommu=on on the command line of the host's kernel.",
    ));
    vec![finding]
}
