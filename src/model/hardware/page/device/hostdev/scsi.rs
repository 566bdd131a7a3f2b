//! SCSI units and adapters.

use super::pick;
use crate::i18n::tr;
use crate::model::hardware::page::Form;
use crate::model::hardware::page::device::common::{drop_address, needed};
use crate::model::hardware::{Choice, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::hostdev;
use crate::model::xml::{NodeId, Refused};

/// Everyday rows, and those for few.
pub(super) fn rows(form: &Form<'_>) -> (Vec<Row>, Vec<Row>) {
    let is_remote = form.says(hostdev::SOURCE_PROTOCOL) == "iscsi";
    let control = Control::Choice(vec![
        Choice::new("adapter", tr("A device of the host")),
        Choice::new("iscsi", tr("A unit on the network (iSCSI)")),
    ]);
    let said = Value::of(if is_remote { "iscsi" } else { "adapter" });
    let source = Row::new("source", tr("Source"), control, said, Edit::None)
        .help(
            tr("Whether the unit is one of the host's, or one that the emulator reaches by itself."),
            "<source protocol='iscsi' name='iqn.2014-08.com.example:target/1'/>",
        )
        .edit(|domain, node, value| set_source(domain, node, value.text()));
    let mut rows = vec![source];
    match is_remote {
        true => rows.extend(remote(form)),
        false => rows.push(local(form)),
    }
    rows.push(
        form.switch("readonly", tr("Read-only"), hostdev::READONLY, false)
            .help(tr("The guest cannot write."), "<readonly/>"),
    );
    rows.push(
        form.switch("shareable", tr("Shareable"), hostdev::SHAREABLE, false)
            .help(
                tr("Other machines may use it at the same time; their file systems have to be made for that."),
                "<shareable/>",
            ),
    );
    let filters = vec![
        Choice::new("filtered", tr("Harmless ones only")),
        Choice::new("unfiltered", tr("All")),
    ];
    let advanced = vec![
        form.choice("sgio", tr("SCSI commands"), hostdev::SGIO, filters).help(
            tr("Which commands of the guest reach the device."),
            "<hostdev mode='subsystem' type='scsi' sgio='filtered'/>",
        ),
        form.switch("rawio", tr("Raw access"), hostdev::RAWIO, false).help(
            tr("The emulator has the right to raw access, which some commands need; it lowers the wall to the host."),
            "<hostdev mode='subsystem' type='scsi' rawio='yes'/>",
        ),
    ];
    (rows, advanced)
}

fn set_source(domain: &mut Domain, node: NodeId, protocol: &str) -> Result<(), Refused> {
    let xml = match protocol {
        "iscsi" => {
            "<source protocol='iscsi' name='iqn.2014-08.com.example:target/1'><host name='localhost' port='3260'/></source>"
        }
        _ => "<source><adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/></source>",
    };
    let document = domain.document_mut();
    match document.child(node, "source") {
        Some(source) => document.replace(source, xml).map(drop),
        None => document.insert_ordered(node, xml).map(drop),
    }
}

fn local(form: &Form<'_>) -> Row {
    let host = form.says(hostdev::SOURCE_ADAPTER);
    let host = host.strip_prefix("scsi_host").unwrap_or(&host).to_owned();
    let (bus, target, unit) = (
        form.says(hostdev::SOURCE_BUS),
        form.says(hostdev::SOURCE_TARGET),
        form.says(hostdev::SOURCE_UNIT),
    );
    let value = match bus.is_empty() && target.is_empty() {
        true => String::new(),
        false => format!("{host}:{bus}:{target}:{unit}"),
    };
    pick(form, "device", tr("Device"), form.context.facts.scsi_choices(), value)
        .example("2:0:0:1")
        .help(
            tr("The disk, tape or other SCSI unit of the host: adapter, bus, target and unit."),
            "<source> <adapter name='scsi_host2'/> <address bus='0' target='0' unit='1'/> </source>",
        )
        .edit(|domain, node, value| set_unit(domain, node, value.text()))
}

pub(super) fn set_unit(domain: &mut Domain, node: NodeId, text: &str) -> Result<(), Refused> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let [host, bus, target, unit] = parts[..] else {
        return Err(Refused(tr("A SCSI unit is written 2:0:0:1.")));
    };
    if !parts.iter().all(is_number) {
        return Err(Refused(tr("A SCSI unit is written 2:0:0:1.")));
    }
    let document = domain.document_mut();
    document.set(node, hostdev::SOURCE_ADAPTER, Some(format!("scsi_host{host}")))?;
    document.set(node, hostdev::SOURCE_BUS, Some(bus.to_owned()))?;
    document.set(node, hostdev::SOURCE_TARGET, Some(target.to_owned()))?;
    document.set(node, hostdev::SOURCE_UNIT, Some(unit.to_owned()))
}

fn remote(form: &Form<'_>) -> Vec<Row> {
    let xml = "<source protocol='iscsi' name='iqn.2014-08.com.example:target/1'> <host name='localhost' port='3260'/> </source>";
    vec![
        needed(
            form.text("name", tr("Target and unit"), hostdev::SOURCE_NAME)
                .example("iqn.2014-08.com.example:target/1")
                .help(tr("The name of the target, with the number of the unit."), xml),
        ),
        needed(
            form.text("host", tr("Host"), hostdev::SOURCE_HOST)
                .example("localhost")
                .help(tr("The server."), xml),
        ),
        form.number("port", tr("Port"), hostdev::SOURCE_PORT, 1..=65535, "")
            .example("3260")
            .help(tr("The port there."), xml),
    ]
}

/// A whole adapter, by way of the host's kernel.
pub(super) fn adapter(form: &Form<'_>) -> Vec<Row> {
    let models = super::super::input::virtio_models();
    vec![
        needed(
            form.text("wwpn", tr("Adapter"), hostdev::SOURCE_WWPN)
                .example("naa.50014057667280d8")
                .help(
                    tr("The world-wide name of the adapter that the host has set up."),
                    "<source protocol='vhost' wwpn='naa.50014057667280d8'/>",
                ),
        ),
        form.choice("model", tr("Model"), hostdev::MODEL, models)
            .help(
                tr("Which form of VirtIO it speaks; old guests know the older one only."),
                "<hostdev mode='subsystem' type='scsi_host' model='virtio'/>",
            )
            .edit(|domain, node, value| {
                let text = value.some().map(str::to_owned);
                domain.document_mut().set(node, hostdev::MODEL, text)?;
                drop_address(domain, node);
                Ok(())
            }),
    ]
}
