//! The IOMMU of the guest.

use crate::i18n::tr;
use crate::model::hardware::Row;
use crate::model::hardware::page::device::common::drop_address;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::xml::domain::fields::{features, iommu};
use crate::model::xml::domain::{Domain, Parts};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

const PARTS: &Parts = &[("intel", &["driver"]), ("smmuv3", &[]), ("virtio", &[])];

/// The page of an IOMMU.
pub(super) fn page(form: &Form<'_>) -> Page {
    let model = form
        .required_choice("model", tr("Model"), iommu::MODEL, form.context.facts.iommu_models())
        .help(
            tr("Lets the guest say which memory each of its devices may reach, and give devices to machines of its own."),
            "<iommu model='intel'/>",
        )
        .edit(|domain, node, value| {
            domain.set_type(node, "model", value.text(), PARTS)?;
            drop_address(domain, node);
            Ok(())
        });
    let mut groups = vec![Group::new(String::new(), vec![model])];
    if form.says(iommu::MODEL) == "intel" {
        groups.push(Group::new(tr("Driver"), intel(form)));
    }
    Page::new(groups)
}

fn intel(form: &Form<'_>) -> Vec<Row> {
    let switch = |id, title, field: Field<bool>, help, xml| form.switch(id, title, field, false).help(help, xml);
    vec![
        switch(
            "interrupts",
            tr("Remap interrupts"),
            iommu::INTERRUPTS,
            tr("Interrupts of devices go through it, too; more than 255 processors need that. It sets the I/O APIC of the emulator."),
            "<driver intremap='on'/> <ioapic driver='qemu'/>",
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            document.set(node, iommu::INTERRUPTS, value.some().map(|_| value.is_on()))?;
            match value.is_on() {
                true => split_apic(domain),
                // Extended mode is a part of it.
                false => domain.document_mut().set(node, iommu::EIM, None),
            }
        }),
        switch(
            "eim",
            tr("Extended interrupt mode"),
            iommu::EIM,
            tr("Processors with numbers over 255 can be interrupted; it turns the remapping of interrupts on."),
            "<driver intremap='on' eim='on'/>",
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            document.set(node, iommu::EIM, value.some().map(|_| value.is_on()))?;
            if value.is_on() {
                document.set(node, iommu::INTERRUPTS, Some(true))?;
                split_apic(domain)?;
            }
            Ok(())
        }),
        switch(
            "caching",
            tr("Caching mode"),
            iommu::CACHING,
            tr("The guest tells of each change, so that devices of the host can be given to machines inside of it."),
            "<driver caching_mode='on'/>",
        ),
        switch(
            "iotlb",
            tr("Devices keep translations"),
            iommu::IOTLB,
            tr("Devices with an address translation cache of their own use it."),
            "<driver iotlb='on'/>",
        ),
        form.switch("dma", tr("Translate memory accesses"), iommu::DMA_TRANSLATION, true).help(
            tr("Without it only interrupts go through the IOMMU."),
            "<driver dma_translation='off'/>",
        ),
        form.number("address-bits", tr("Bits of an address"), iommu::ADDRESS_BITS, 39..=64, "")
            .example("48")
            .help(
                tr("How large the addresses can be that it translates: 39 or 48."),
                "<driver aw_bits='48'/>",
            ),
    ]
}

/// Remapped interrupts need the emulator's own I/O APIC.
fn split_apic(domain: &mut Domain) -> Result<(), Refused> {
    let root: NodeId = domain.document().root();
    domain
        .document_mut()
        .set(root, features::IOAPIC, Some("qemu".to_owned()))
}
