//! Ports, bridges and roots of PCI.

use std::ops::RangeInclusive;

use crate::i18n::tr;
use crate::model::hardware::page::Form;
use crate::model::hardware::page::form::when;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::controller;
use crate::model::xml::field::Field;

/// A number that libvirt may write as a hexadecimal one.
fn hexadecimal(
    form: &Form<'_>,
    id: &'static str,
    title: String,
    field: Field<u64>,
    bounds: RangeInclusive<u64>,
) -> Row {
    let said = form.context.domain.document().get(form.node, field);
    let control = Control::Number {
        min: *bounds.start(),
        max: *bounds.end(),
        required: false,
        unit: "",
    };
    let write = move |domain: &mut Domain, node, value: &Value| {
        let document = domain.document_mut();
        match (document.get(node, field), value.number()) {
            (old, new) if old == new => Ok(()),
            (_, new) => document.set(node, field, new),
        }
    };
    Row::new(
        id,
        title,
        control,
        Value::Text(said.map(|number: u64| number.to_string())),
        Edit::with(write),
    )
}

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let model = form.says(controller::MODEL);
    let is = |models: &[&str]| models.contains(&model.as_str());
    let port = is(&["pcie-root-port", "pcie-switch-downstream-port"]);
    let expander = is(&["pcie-expander-bus", "pci-expander-bus"]);
    let chassis = hexadecimal(form, "chassis", tr("Chassis"), controller::CHASSIS, 0..=255).help(
        tr("The number by which the guest knows the slot; each port has its own."),
        "<target chassis='1' port='0x8'/>",
    );
    let number = hexadecimal(form, "port", tr("Port"), controller::PORT, 0..=255).help(
        tr("The number of the port on its chassis."),
        "<target chassis='1' port='0x8'/>",
    );
    let plug = form.switch("hotplug", tr("Devices come and go"), controller::HOTPLUG, true).help(
        tr("Devices can be plugged into the port and out of it while the machine runs. Without it the guest does not offer to eject them."),
        "<target hotplug='off'/>",
    );
    let bridge = hexadecimal(
        form,
        "chassis-number",
        tr("Chassis"),
        controller::CHASSIS_NUMBER,
        1..=255,
    )
    .help(
        tr("The number by which the guest knows the bridge."),
        "<target chassisNr='1'/>",
    );
    let bus = hexadecimal(form, "bus-number", tr("Bus"), controller::BUS_NUMBER, 1..=254).help(
        tr("The number of the bus behind it; those behind other expanders lie above."),
        "<target busNr='252'/>",
    );
    let cells = form.context.domain.memory_cells().len() as u64;
    let node = form
        .number(
            "node",
            tr("NUMA node"),
            controller::NODE,
            0..=cells.saturating_sub(1),
            "",
        )
        .help(
            tr("The NUMA node of the guest to which the devices behind it are near."),
            "<target><node>0</node></target>",
        );
    let hole = form
        .size("hole64", tr("Room for large devices"), controller::HOLE64, 0..=1 << 50)
        .example("1099511627776")
        .help(
            tr("How much address space devices with much memory, such as graphics cards, get; 0 is none."),
            "<pcihole64 unit='KiB'>1073741824</pcihole64>",
        );
    [
        when(port, chassis),
        when(port, number),
        when(port, plug),
        when(model == "pci-bridge", bridge),
        when(expander, bus),
        (expander && cells > 0).then_some(node),
        when(is(&["pcie-root", "pci-root"]), hole),
    ]
    .into_iter()
    .flatten()
    .collect()
}
