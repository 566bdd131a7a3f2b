//! How an interface's packets are moved, and what few need.

use super::Nic;
use crate::i18n::tr;
use crate::model::facts::Family;
use crate::model::hardware::page::form::{when, words};
use crate::model::hardware::page::table::check_path;
use crate::model::hardware::{Edit, PathKind, Row};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::interface;
use crate::model::xml::field::Field;

pub(super) fn advanced(nic: &Nic<'_>) -> Vec<Row> {
    queues(nic)
        .into_iter()
        .chain(packets(nic))
        .chain(host(nic))
        .chain(files(nic))
        .collect()
}

fn queues(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let sensible = nic.is_virtio() && nic.kind != "hostdev";
    let driver = form
        .choice(
            "driver",
            tr("Packets are moved by"),
            interface::DRIVER,
            words(&[("vhost", tr("The host's kernel (vhost)")), ("qemu", "QEMU".to_owned())]),
        )
        .help(
            tr("Who moves packets between guest and host. The kernel is faster."),
            "<driver name='vhost'/>",
        );
    let queues = form.number("queues", tr("Queues"), interface::QUEUES, 1..=256, "").example("4").help(
        tr("Queues for sending and receiving, so that several virtual CPUs can do it at once; one for each is usual."),
        "<driver queues='4'/>",
    );
    let receive = power_of_two(form.number(
        "rx-queue",
        tr("Length of a receive queue"),
        interface::RX_QUEUE_SIZE,
        256..=1024,
        "",
    ))
    .example("1024")
    .help(
        tr("How many packets wait for the guest: 256, 512 or 1024."),
        "<driver rx_queue_size='1024'/>",
    );
    let send = power_of_two(form.number("tx-queue", tr("Length of a send queue"), interface::TX_QUEUE_SIZE, 256..=1024, ""))
        .example("1024")
        .help(
            tr("How many packets of the guest wait to be sent: 256, 512 or 1024; only switches in user space take another than 256."),
            "<driver tx_queue_size='1024'/>",
        );
    let spread = form
        .switch("rss", tr("Spread packets over the queues"), interface::RSS, false)
        .help(
            tr("Packets of one connection go to the same queue, chosen by QEMU or the host's kernel."),
            "<driver rss='on'/>",
        );
    let mode = form
        .choice(
            "txmode",
            tr("Sending"),
            interface::TX_MODE,
            words(&[
                ("iothread", tr("At once, beside the guest")),
                ("timer", tr("When a timer runs out")),
            ]),
        )
        .help(
            tr("When QEMU sends what the guest gave it. The usual one is right for nearly all."),
            "<driver txmode='iothread'/>",
        );
    [
        when(sensible && nic.has_tap(), driver),
        when(sensible && nic.kind != "user", queues),
        when(sensible, receive),
        when(sensible, send),
        when(sensible && nic.has_tap(), spread),
        when(sensible && nic.has_tap(), mode),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A length of a queue is a power of two.
fn power_of_two(row: Row) -> Row {
    let Edit::Field(field) = row.edit else { return row };
    row.edit(move |domain, node, value| {
        if value.number().is_some_and(|length| !length.is_power_of_two()) {
            return Err(Refused(tr("The length is 256, 512 or 1024.")));
        }
        domain.document_mut().set(node, field, value.some().map(str::to_owned))
    })
}

fn packets(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let mtu = form
        .number("mtu", tr("Largest packet"), interface::MTU, 68..=65_535, "B")
        .example("9000")
        .help(
            tr("The MTU: how large a packet may be. All in the network have to take as much; 1500 is usual."),
            "<mtu size='9000'/>",
        );
    let coalesce = form
        .number(
            "coalesce",
            tr("Collect packets"),
            interface::COALESCE,
            0..=u64::from(u32::MAX),
            "",
        )
        .live()
        .example("7")
        .help(
            tr("How many packets are collected before the guest is told of them: more is less work and takes longer."),
            "<coalesce><rx><frames max='7'/></rx></coalesce>",
        );
    let buffer = form
        .number(
            "sndbuf",
            tr("Buffer for sending"),
            interface::SEND_BUFFER,
            0..=u64::from(u32::MAX),
            "B",
        )
        .example("1600")
        .help(
            tr("How many bytes of the guest may wait in the host's end; 0 is without limit."),
            "<tune><sndbuf>1600</sndbuf></tune>",
        );
    let isolated = form
        .switch("isolated", tr("Apart from other machines"), interface::ISOLATED, false)
        .live()
        .help(
            tr("The guest reaches the network outside, but not other guests on the bridge that are apart, too."),
            "<port isolated='yes'/>",
        );
    let trust = form.switch("trust", tr("Trust the guest's filters"), interface::TRUST_RX_FILTERS, false).live().help(
        tr("The guest may change its hardware address and join groups, and the host's end follows. Otherwise the host ignores it."),
        "<interface trustGuestRxFilters='yes'>",
    );
    let on_bridge = matches!(nic.kind.as_str(), "network" | "bridge");
    let qemu_tap = nic.is_qemu() && nic.has_tap();
    [
        when(nic.has_tap() || matches!(nic.kind.as_str(), "user" | "vhostuser"), mtu),
        when(on_bridge, isolated),
        when(nic.has_tap() && nic.is_virtio(), trust),
        when(qemu_tap, coalesce),
        when(qemu_tap, buffer),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn host(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let check = form
        .switch("mac-check", tr("Address checked"), interface::MAC_CHECK, true)
        .help(
            tr("On VMware the address has to be one of VMware's own, unless this is off."),
            "<mac address='52:54:00:12:34:56' check='no'/>",
        );
    let target = form
        .text("target", tr("Name on the host"), interface::TARGET)
        .example("mine0")
        .help(
            tr("What the host calls its end. Names that begin with “vnet” are libvirt's, which then chooses another."),
            "<target dev='mine0'/>",
        );
    let managed = form
        .switch("target-managed", tr("Made by libvirt"), interface::TARGET_MANAGED, true)
        .help(
            tr("libvirt makes the host's end and sets it up. Otherwise somebody has made it already."),
            "<target dev='mine0' managed='no'/>",
        );
    let domain = form
        .text("backend-domain", tr("Driver domain"), interface::BACKEND_DOMAIN)
        .example("network")
        .help(
            tr("The Xen domain that has the network card."),
            "<backenddomain name='network'/>",
        );
    [
        when(nic.has_tap(), target),
        when(nic.kind == "ethernet", managed),
        when(nic.family == Family::Vmware, check),
        when(nic.family == Family::Xen, domain),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn files(nic: &Nic<'_>) -> Vec<Row> {
    let form = nic.form;
    let path = |id, title, field: Field<String>| {
        form.path(id, title, field, PathKind::File)
            .edit(move |domain, node, value| {
                check_path(value.text())?;
                domain.document_mut().set(node, field, value.some().map(str::to_owned))
            })
    };
    let log = path("backend-log", tr("Log"), interface::BACKEND_LOG)
        .example("/var/log/passt.log")
        .help(
            tr("The file on the host in which passt writes what it does."),
            "<backend type='passt' logFile='/var/log/passt.log'/>",
        );
    let script = path("script", tr("Script at the start"), interface::SCRIPT)
        .example("/etc/network/up")
        .help(
            tr("The program that sets up the host's end before the guest starts."),
            "<script path='/etc/network/up'/>",
        );
    let down = path("downscript", tr("Script at the end"), interface::DOWN_SCRIPT)
        .example("/etc/network/down")
        .help(
            tr("The program that takes the host's end down when the guest is gone."),
            "<downscript path='/etc/network/down'/>",
        );
    let tap = path("tap", tr("Device for taps"), interface::BACKEND_TAP)
        .example("/dev/net/tun")
        .help(
            tr("The device file that makes taps, where it is not the usual one."),
            "<backend tap='/dev/net/tun'/>",
        );
    let vhost = path("vhost", tr("Device for vhost"), interface::BACKEND_VHOST)
        .example("/dev/vhost-net")
        .help(
            tr("The device file of the kernel that moves packets, where it is not the usual one."),
            "<backend vhost='/dev/vhost-net'/>",
        );
    let is_passt = form.says(interface::BACKEND) == "passt";
    let scripted = nic.kind == "ethernet" || nic.family == Family::Xen;
    let qemu_tap = nic.is_qemu() && nic.has_tap() && nic.kind != "direct";
    [
        when(is_passt, log),
        when(scripted, script),
        when(nic.kind == "ethernet", down),
        when(qemu_tap, tap),
        when(qemu_tap && nic.is_virtio(), vhost),
    ]
    .into_iter()
    .flatten()
    .collect()
}
