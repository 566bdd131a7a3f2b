//! What a running machine says of a device and its definition leaves to libvirt: ports, terminals, names on the host.

use crate::i18n::tr;
use crate::model::hardware::Row;
use crate::model::hardware::page::{Form, Group};
use crate::model::xml::domain::DeviceKind;
use crate::model::xml::domain::fields::{graphics, interface, port, vsock};
use crate::model::xml::field::Field;
use crate::model::xml::{Document, NodeId};

/// Shown only; no rows while the machine is off, or where there is nothing to tell.
pub(super) fn group(form: &Form<'_>, kind: DeviceKind) -> Group {
    let rows = match kind {
        DeviceKind::Graphics => ports(form),
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console => terminal(form).into_iter().collect(),
        DeviceKind::Channel => agent(form).into_iter().chain(terminal(form)).collect(),
        DeviceKind::Interface => known(form, interface::TARGET)
            .map(|name| form.fact("now-target", tr("Network device of the host"), name))
            .into_iter()
            .collect(),
        DeviceKind::Vsock => known(form, vsock::CID)
            .map(|number| form.fact("now-cid", tr("Number"), number))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    Group::new(tr("In the Running Machine"), rows)
}

/// The same device in the running machine.
fn twin<'a>(form: &Form<'a>) -> Option<(&'a Document, NodeId)> {
    let running = form.context.live?.document();
    let twin = running.at_place(&form.context.domain.document().place(form.node))?;
    Some((running, twin))
}

fn live(form: &Form<'_>, field: Field<String>) -> Option<String> {
    let (running, twin) = twin(form)?;
    running.get(twin, field).filter(|text| !text.is_empty())
}

/// What the running machine says, where the definition says nothing.
fn known<T>(form: &Form<'_>, field: Field<T>) -> Option<String> {
    let is_open = form.value(field).some().is_none();
    live(form, field.raw()).filter(|_| is_open)
}

fn ports(form: &Form<'_>) -> Vec<Row> {
    let is_port = |text: &String| text.parse::<u16>().is_ok_and(|number| number > 0);
    let port = live(form, graphics::PORT.raw()).filter(is_port);
    let tls = live(form, graphics::TLS_PORT.raw()).filter(is_port);
    let websocket = live(form, graphics::WEBSOCKET.raw()).filter(is_port);
    [
        ("now-port", tr("Port"), port),
        ("now-tls", tr("Encrypted port"), tls),
        ("now-websocket", tr("WebSocket port"), websocket),
    ]
    .into_iter()
    .filter_map(|(id, title, port)| Some(form.fact(id, title, port?)))
    .collect()
}

fn terminal(form: &Form<'_>) -> Option<Row> {
    let path = known(form, port::SOURCE_PATH)?;
    let title = match path.starts_with("/dev/") {
        true => tr("Terminal of the host"),
        false => tr("Socket"),
    };
    Some(form.fact("now-path", title, path))
}

fn agent(form: &Form<'_>) -> Option<Row> {
    let (running, twin) = twin(form)?;
    let state = running.attribute(running.child(twin, "target")?, "state")?;
    let text = match state.as_ref() {
        "connected" => tr("A program listens"),
        _ => tr("No program listens"),
    };
    Some(form.fact("now-state", tr("In the guest"), text))
}

#[cfg(test)]
mod tests {
    use crate::model::facts::HostFacts;
    use crate::model::hardware::page::{Context, PageId, page};
    use crate::model::xml::domain::Domain;

    fn told(definition: &str, running: &str) -> Vec<(String, String)> {
        let parse = |devices: &str| {
            let text = format!("<domain type='kvm'><devices>{devices}</devices></domain>");
            Domain::parse(&text).expect("a machine")
        };
        let (domain, live, facts) = (parse(definition), parse(running), HostFacts::default());
        let context = Context {
            domain: &domain,
            live: Some(&live),
            facts: &facts,
        };
        let node = domain.devices().next().expect("a device").node;
        let page = page(&context, PageId::Device(node));
        let rows = page.rows().filter(|row| row.id.starts_with("now-"));
        rows.map(|row| (row.id.clone(), row.value.text().to_owned())).collect()
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter()
            .map(|(id, text)| ((*id).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_running_machine_tells_what_libvirt_chose() {
        let vnc = "<graphics type='vnc' port='-1' autoport='yes'/>";
        assert_eq!(told(vnc, &vnc.replace("-1", "5901")), pairs(&[("now-port", "5901")]));
        assert_eq!(told(vnc, vnc), pairs(&[]));
        let serial = "<serial type='pty'><target port='0'/></serial>";
        let running = "<serial type='pty'><source path='/dev/pts/4'/><target port='0'/></serial>";
        assert_eq!(told(serial, running), pairs(&[("now-path", "/dev/pts/4")]));
        assert_eq!(told(running, running), pairs(&[]), "the definition says it");
        let agent = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
        let running = agent.replace("'/><", "' state='connected'/><");
        assert_eq!(told(agent, &running), pairs(&[("now-state", "A program listens")]));
        let card = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>";
        let running = card.replace("</i", "<target dev='vnet3'/></i");
        assert_eq!(told(card, &running), pairs(&[("now-target", "vnet3")]));
    }
}
