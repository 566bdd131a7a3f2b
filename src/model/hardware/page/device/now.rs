//! What a running machine says of a device and its definition leaves to libvirt: names on the host.

use crate::i18n::tr;
use crate::model::hardware::Row;
use crate::model::hardware::page::Form;
use crate::model::xml::domain::DeviceKind;
use crate::model::xml::domain::fields::{interface, port};
use crate::model::xml::field::Field;

/// Shown only; no row while the machine is off, or where the definition says it itself.
pub(super) fn row(form: &Form<'_>, kind: DeviceKind) -> Option<Row> {
    match kind {
        DeviceKind::Interface => {
            let name = known(form, interface::TARGET)?;
            Some(form.fact("now-target", tr("Network device of the host"), name))
        }
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel
            if form.says(port::TYPE) == "unix" =>
        {
            let path = known(form, port::SOURCE_PATH)?;
            Some(form.fact("now-path", tr("Socket now"), path))
        }
        _ => None,
    }
}

/// What the running machine says, where the definition says nothing.
fn known(form: &Form<'_>, field: Field<String>) -> Option<String> {
    if form.value(field).some().is_some() {
        return None;
    }
    let running = form.context.live?.document();
    let twin = running.at_place(&form.context.domain.document().place(form.node))?;
    running.get(twin, field).filter(|text| !text.is_empty())
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

    #[test]
    fn a_running_machine_tells_the_names_that_libvirt_chose() {
        let pair = |id: &str, text: &str| vec![(id.to_owned(), text.to_owned())];
        let agent = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
        let running = agent.replace("<target", "<source mode='bind' path='/run/a'/><target");
        assert_eq!(told(agent, &running), pair("now-path", "/run/a"));
        assert_eq!(told(&running, &running), [], "the definition says it");
        let card = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>";
        let running = card.replace("</i", "<target dev='vnet3'/></i");
        assert_eq!(told(card, &running), pair("now-target", "vnet3"));
        assert_eq!(told(card, card), []);
    }
}
